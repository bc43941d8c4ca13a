//! Several learners from the sofa: whoever watches gets what was watched, whatever happens in between. Random hands are
//! `walks`; the sofa with everybody's files is `house`.

mod house;
mod walks;

use super::tests::{START, Sofa, catalogue, lineup};
use crate::{
    app::{
        Effect, Model, What, enrolment,
        learners::{Busy, LearnerOrder},
        model::{Overlay, Page, Power},
        msg::Boot,
        playback::Playing,
        screens,
    },
    catalogue::{
        enrolment::{Mine, Reply, Seats, Wish},
        types::CourseId,
    },
    learning::roster::{LearnerId, MOST, NAMES, Roster},
    remote::key::RemoteKey,
    store::types::{Settings, StoreCommand, StoreNotice},
    time::{MonoMs, Now},
};
use house::{House, watched};

#[test]
fn whoever_is_called_in_the_middle_of_a_lesson_gets_nothing_of_it() {
    let (mut house, grandma) = House::of_two();
    house.switch(LearnerId::FIRST);
    house.order(grandma);
    assert_eq!(house.toast(), "马上就好");
    // The disk takes its time, and a lesson is under way when it answers.
    house.start("h1", 0);
    house.watch(57);
    assert!(matches!(house.model().playback.what, Some(Playing::Lesson { .. })));
    house.answer(true);
    assert_eq!(house.watched(LearnerId::FIRST), [("h1/l0".to_owned(), 57)]);
    assert_eq!(house.files[&LearnerId::FIRST].days.iter().map(|(_, s)| s).sum::<u32>(), 57);
    assert_eq!(house.watched(grandma), []);
    assert_eq!(house.files[&grandma].days, []);
    assert_eq!((watched(&house.model().user), house.model().user.days.len()), (vec![], 0));
    assert_eq!(house.toast(), "现在是奶奶在学");
    assert!(matches!(house.model().page(), Page::Home(_)) && house.model().overlay.is_none());
    assert!(matches!(house.model().playback.what, Some(Playing::Channel(_))), "{:?}", house.model().playback.what);
    assert_eq!(house.kept.now(), grandma);

    // She watches the same lesson, and neither has the other's seconds.
    house.start("h1", 0);
    house.watch(12);
    house.switch(LearnerId::FIRST);
    assert_eq!(watched(&house.model().user), [("h1/l0".to_owned(), 57)]);
    assert_eq!(house.watched(grandma), [("h1/l0".to_owned(), 12)]);
}

#[test]
fn the_last_seconds_before_a_switch_earn_their_credit_for_the_one_who_watched() {
    let (mut house, grandma) = House::of_two();
    house.order(LearnerId::FIRST);
    house.start("h0", 0);
    house.watch(58);
    let earned = house.files[&grandma].credits.len();
    house.answer(true);
    assert_eq!((earned, house.files[&grandma].credits.len()), (0, 1));
    assert_eq!((house.files[&LearnerId::FIRST].credits.len(), house.model().user.credits.len()), (0, 0));
    house.switch(grandma);
    assert_eq!(house.model().user.credits.len(), 1);
}

#[test]
fn seconds_of_a_wrong_clock_wait_for_their_own_learner() {
    let mut house = House::new();
    house.sofa.model.clock_wrong = true;
    house.start("h1", 0);
    house.watch(20);
    let grandma = house.add("奶奶");
    assert_eq!(house.model().undated_seconds, 0);
    house.start("h1", 1);
    house.watch(5);
    house.send(What::ClockSet);
    let days = |house: &House, id| house.files[&id].days.iter().map(|(_, s)| *s).sum::<u32>();
    assert_eq!((days(&house, grandma), days(&house, LearnerId::FIRST)), (5, 0));
    house.switch(LearnerId::FIRST);
    assert_eq!((days(&house, grandma), days(&house, LearnerId::FIRST)), (5, 20));
    house.switch(grandma);
    house.switch(LearnerId::FIRST);
    assert_eq!(days(&house, LearnerId::FIRST), 20, "counted once");
}

#[test]
fn an_answer_about_a_seat_is_for_the_one_who_asked() {
    let (mut house, grandma) = House::of_two();
    for (id, name) in [(LearnerId::FIRST, "of-the-first"), (grandma, "of-grandma")] {
        let settings = Settings { learner: name.into(), ..Settings::default() };
        house.files.entry(id).or_default().settings = settings;
    }
    house.switch(LearnerId::FIRST);
    house.switch(grandma);
    let hall = CourseId("hall".into());
    let mut effects = Vec::new();
    enrolment::want(&mut house.sofa.model, &hall, Wish::Enrol, &mut effects);
    house.take(&effects);
    let asked = effects
        .iter()
        .find_map(|e| if let Effect::Enrolment { learner, .. } = e { Some(learner.clone()) } else { None });
    assert_eq!(asked.as_deref(), Some("of-grandma"));
    house.switch(LearnerId::FIRST);
    enrolment::want(&mut house.sofa.model, &hall, Wish::Enrol, &mut effects);
    let reply = Reply::Seats(Seats { seats: 3, taken: 3, waiting: 0, mine: Mine::Enrolled });
    house.send(What::Enrolment { learner: "of-grandma".into(), course: hall.clone(), wish: Some(Wish::Enrol), reply });
    assert_eq!(enrolment::wish(house.model(), &hall), Some(Wish::Enrol), "the first's own wish is not answered yet");
    house.switch(grandma);
    assert_eq!(enrolment::wish(house.model(), &hall), Some(Wish::Enrol));
    assert!(
        house.sofa.effects.iter().any(|e| matches!(e, Effect::Enrolment { learner, .. } if learner == "of-grandma"))
    );
}

#[test]
fn learning_records_are_of_the_one_who_agreed_and_end_before_the_other_comes() {
    let (mut house, grandma) = House::of_two();
    let settings = Settings { learner: "of-grandma".into(), records_since: Some(START), ..Settings::default() };
    house.files.entry(grandma).or_default().settings = settings;
    let at = |house: &House, what: &dyn Fn(&Effect) -> bool| house.sofa.effects.iter().position(what);
    let enter = |house: &House| at(house, &|e| matches!(e, Effect::Learners(LearnerOrder::Enter(_))));
    let lets = |house: &House, on| at(house, &|e| *e == Effect::SendRecords(on));
    let said = |house: &House| -> Vec<String> {
        let body = |e: &Effect| match e {
            Effect::Store(StoreCommand::Record(statement)) => Some(statement.body.clone()),
            _ => None,
        };
        house.sofa.effects.iter().filter_map(body).collect()
    };
    house.switch(LearnerId::FIRST);
    house.switch(grandma);
    assert!(enter(&house) < lets(&house, true), "her word is asked of her own file");
    house.order(LearnerId::FIRST);
    house.start("h1", 0);
    house.watch(20);
    house.answer(true);
    let last = said(&house).pop().unwrap();
    assert!(last.contains("terminated") && last.contains("of-grandma"), "{last}");
    let written = house.sofa.effects.iter().rposition(|e| matches!(e, Effect::Store(StoreCommand::Record(_))));
    assert!(written < enter(&house) && enter(&house) < lets(&house, false));
    // Whoever has not agreed is not spoken of.
    house.start("h1", 0);
    house.watch(20);
    house.press(RemoteKey::Home);
    assert!(said(&house).is_empty());
    house.switch(grandma);
    assert!(said(&house).is_empty());
}

/// From anywhere to 换人学 by 设置.
fn open_page(house: &mut House) {
    house.press(RemoteKey::Home);
    screens::settings::open(&mut house.sofa.model);
    while house.sofa.focus() != "settings.learners" {
        house.press(RemoteKey::Down);
    }
    house.press(RemoteKey::Ok);
}

#[test]
fn somebody_new_is_named_without_typing_and_learns_at_once() {
    let mut house = House::new();
    open_page(&mut house);
    assert_eq!(screens::focused(house.model()).label, "第一位学员 现在在学");
    house.press(RemoteKey::Ok);
    assert_eq!(house.toast(), "现在就是第一位学员在学");
    house.press(RemoteKey::Down);
    house.press(RemoteKey::Down);
    assert!(house.model().nudge.is_some(), "the last row is an edge");
    assert_eq!(house.sofa.focus(), "learners.add");
    house.press(RemoteKey::Ok);
    house.press(RemoteKey::Right);
    assert_eq!(screens::focused(house.model()).label, "奶奶");
    house.press(RemoteKey::Ok);
    house.answer(true);
    assert_eq!(house.model().learners.roster.now_name(), "奶奶");
    assert_eq!((house.toast(), house.sofa.focus()), ("现在是奶奶在学", "home.window".to_owned()));
    assert_eq!(house.kept, house.model().learners.roster);
    assert!(screens::home::card_label(house.model()).starts_with("奶奶"));

    // The first is renamed from the same list, less the name that is taken.
    open_page(&mut house);
    assert_eq!(screens::focused(house.model()).label, "奶奶 现在在学", "the page opens on who learns");
    house.press(RemoteKey::Up);
    house.press(RemoteKey::Menu);
    house.press(RemoteKey::Down);
    assert_eq!(screens::focused(house.model()).label, "改称呼");
    house.press(RemoteKey::Ok);
    house.press(RemoteKey::Right);
    assert_eq!(screens::focused(house.model()).label, "外公");
    house.press(RemoteKey::Ok);
    assert_eq!(house.kept.name(LearnerId::FIRST), Some("外公"));
    assert_eq!(house.sofa.focus(), "learners.1");
    house.press(RemoteKey::Ok);
    house.answer(true);
    assert_eq!(house.kept.now(), LearnerId::FIRST);
}

#[test]
fn a_full_house_has_no_row_for_somebody_new() {
    let mut house = House::new();
    for name in &NAMES[..MOST - 1] {
        house.add(name);
    }
    open_page(&mut house);
    assert_eq!(screens::focusables(house.model()).len(), MOST);
    assert_eq!(house.sofa.focus(), format!("learners.{MOST}"));
    let mut effects = Vec::new();
    crate::app::learners::add(&mut house.sofa.model, NAMES[MOST], &mut effects);
    assert_eq!((effects.len(), house.toast()), (0, "这台电视记满六位了"));
}

#[test]
fn a_learner_is_deleted_only_when_two_questions_are_answered_with_yes() {
    let (mut house, grandma) = House::of_two();
    house.start("h1", 0);
    house.watch(20);
    open_page(&mut house);
    house.press(RemoteKey::Red);
    assert_eq!(house.toast(), "正在学的先不删，换一位再删");
    house.press(RemoteKey::Up);
    house.press(RemoteKey::Red);
    assert_eq!(house.toast(), "这位删不掉，可以改称呼");
    house.switch(LearnerId::FIRST);
    let ask = |house: &mut House, first: &[RemoteKey], second: &[RemoteKey]| {
        open_page(house);
        house.press(RemoteKey::Down);
        house.press(RemoteKey::Red);
        for keys in [first, second] {
            assert!(
                matches!(&house.model().overlay, Some(Overlay::Dialog(d)) if d.focus == 0),
                "the safe answer has the focus"
            );
            assert_eq!(screens::focused(house.model()).label, "留着");
            keys.iter().for_each(|key| house.press(*key));
            if house.model().overlay.is_none() {
                break;
            }
        }
    };
    use RemoteKey::{Back, Ok, Right};
    let all_but_yes: [(&[RemoteKey], &[RemoteKey]); 4] =
        [(&[Ok], &[]), (&[Back], &[]), (&[Right, Ok], &[Ok]), (&[Right, Ok], &[Back])];
    for (first, second) in all_but_yes {
        ask(&mut house, first, second);
        assert!(house.model().learners.busy.is_none() && house.files.contains_key(&grandma));
    }
    ask(&mut house, &[Right, Ok], &[Right, Ok]);
    // Until it is done nobody comes in or goes; where it could not be done everything is as before.
    house.press(Ok);
    assert_eq!(house.toast(), "马上就好");
    house.answer(false);
    assert_eq!((house.toast(), house.model().learners.roster.count()), ("没有删成，过一会儿再试", 2));
    ask(&mut house, &[Right, Ok], &[Right, Ok]);
    house.answer(true);
    assert_eq!((house.toast(), house.kept.count()), ("删好了", 1));
    assert!(!house.files.contains_key(&grandma));
    assert_eq!(house.sofa.focus(), "learners.add", "the focus is where the row was");
}

#[test]
fn a_disk_that_does_not_answer_changes_nobody_and_troubles_are_said() {
    let (mut house, grandma) = House::of_two();
    house.start("h1", 0);
    house.watch(20);
    house.order(LearnerId::FIRST);
    house.answer(false);
    assert_eq!((house.toast(), house.model().learners.roster.now()), ("一时换不了，过一会儿再试", grandma));
    assert_eq!(watched(&house.model().user).len(), 1);
    house.order(LearnerId::FIRST);
    let Some(Busy::Coming { ask, .. }) = house.model().learners.busy else { panic!("{:?}", house.model().learners) };
    let answer = |ask| What::LearnerRead { ask, user: Some(Box::default()), notices: vec![StoreNotice::StartedAfresh] };
    house.send(answer(ask));
    assert_eq!(house.toast(), "学习记录坏了，从今天重新记");
    // Answers that nobody waits for any more: to a question that was answered, to an earlier one, to one taken back.
    house.order(grandma);
    house.send(answer(ask));
    assert_eq!(house.model().learners.roster.now(), LearnerId::FIRST);
    house.order(LearnerId::FIRST);
    assert_eq!(house.toast(), "现在就是第一位学员在学");
    house.send(answer(ask + 1));
    assert_eq!(house.model().learners.roster.now(), LearnerId::FIRST);
}

#[test]
fn the_last_learner_goes_on_after_a_start_and_after_a_rest() {
    let mut roster = Roster::default();
    let grandma = roster.add("奶奶").unwrap();
    roster.enter(grandma);
    let now = Now { utc: START, mono: MonoMs(1_000) };
    let mut sofa = Sofa { model: Model::default(), now, effects: vec![] };
    let boot = Boot { roster, lineup: Some(lineup()), catalogue: Some(catalogue()), ..Boot::default() };
    sofa.send(What::Boot(Box::new(boot)));
    assert_eq!((sofa.focus(), sofa.model.overlay.is_none()), ("home.window".to_owned(), true));
    assert_eq!(screens::home::card_label(&sofa.model), "奶奶今天学什么");
    sofa.press(RemoteKey::Power);
    assert_eq!(sofa.model.power, Power::Standby);
    sofa.press(RemoteKey::Ok);
    assert_eq!(sofa.model.learners.roster.now(), grandma);
}
