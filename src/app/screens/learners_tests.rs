//! Several learners from the sofa: whoever watches gets what was watched, whatever happens in between.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{
    lesson,
    tests::{START, Sofa, catalogue, lineup},
};
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
        types::{CourseId, LessonId},
    },
    learning::roster::{LearnerId, MOST, NAMES, Roster},
    player::types::{Phase, PlayerEvent},
    remote::{hands::Press, key::RemoteKey},
    store::{
        Whose,
        types::{HistoryKey, Settings, StoreCommand, StoreNotice, UserData},
    },
    time::{MonoMs, Now},
};

/// A sofa and what the store would hold of everybody who sits on it.
struct House {
    sofa: Sofa,
    files: BTreeMap<LearnerId, UserData>,
    now: LearnerId,
    kept: Roster,
}

impl House {
    fn new() -> Self {
        let files = BTreeMap::from([(LearnerId::FIRST, UserData::default())]);
        Self { sofa: Sofa::new(), files, now: LearnerId::FIRST, kept: Roster::default() }
    }

    /// Two learners, the second of whom, 奶奶, has come.
    fn of_two() -> (Self, LearnerId) {
        let mut house = Self::new();
        let id = house.add("奶奶");
        (house, id)
    }

    fn add(&mut self, name: &str) -> LearnerId {
        let mut effects = Vec::new();
        crate::app::learners::add(&mut self.sofa.model, name, &mut effects);
        self.take(&effects);
        self.answer(true);
        self.sofa.model.learners.roster.now()
    }

    fn order(&mut self, id: LearnerId) {
        let mut effects = Vec::new();
        crate::app::learners::switch(&mut self.sofa.model, id, &mut effects);
        self.take(&effects);
    }

    fn switch(&mut self, id: LearnerId) {
        self.order(id);
        self.answer(true);
    }

    fn take(&mut self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Store(command) => {
                    let whose = if command.whose() == Whose::Household { LearnerId::FIRST } else { self.now };
                    self.files.entry(whose).or_default().apply(command);
                }
                Effect::Learners(LearnerOrder::Enter(id)) => self.now = *id,
                Effect::Learners(LearnerOrder::Keep(roster)) => self.kept = roster.clone(),
                _ => {}
            }
        }
    }

    fn send(&mut self, what: What) {
        self.sofa.send(what);
        let effects = self.sofa.effects.clone();
        self.take(&effects);
    }

    fn press(&mut self, key: RemoteKey) {
        self.send(What::Key(Press { key, repeat: false }));
    }

    /// The keeper does what was ordered, or says that it could not.
    fn answer(&mut self, good: bool) {
        match self.sofa.model.learners.busy {
            Some(Busy::Coming { learner, ask }) => {
                let user = good.then(|| Box::new(self.files.entry(learner).or_default().clone().learners_own()));
                self.send(What::LearnerRead { ask, user, notices: vec![] });
            }
            Some(Busy::Leaving(learner)) => {
                if good {
                    self.files.remove(&learner);
                }
                self.send(What::LearnerRemoved { learner, gone: good });
            }
            None => {}
        }
    }

    fn start(&mut self, course: &str, lesson: u32) {
        self.start_at(course, lesson, 0);
    }

    fn start_at(&mut self, course: &str, lesson: u32, at_ms: u64) {
        screens::go_home(&mut self.sofa.model);
        lesson::start(&mut self.sofa.model, CourseId(course.into()), LessonId(format!("l{lesson}")), at_ms);
        self.send(What::Tick);
    }

    fn player(&mut self, event: PlayerEvent) {
        self.send(What::Player(self.sofa.model.playback.session, event));
    }

    fn watch(&mut self, seconds: u64) {
        self.player(PlayerEvent::FirstFrame);
        self.player(PlayerEvent::Phase(Phase::Playing));
        for _ in 0..seconds * 4 {
            self.pass(250);
            let position_ms = self.sofa.model.playback.position_ms.saturating_add(250);
            self.player(PlayerEvent::Position { position_ms, duration_ms: Some(60_000) });
        }
    }

    fn pass(&mut self, ms: u64) {
        self.sofa.now.mono = self.sofa.now.mono.plus(ms);
        self.sofa.now.utc = self.sofa.now.utc.plus(i64::try_from(ms).unwrap());
    }

    fn model(&self) -> &Model {
        &self.sofa.model
    }

    fn toast(&self) -> &str {
        self.model().toast.as_ref().map_or("", |t| &t.text)
    }

    /// Lessons with their seconds, as a file has them.
    fn watched(&self, id: LearnerId) -> Vec<(String, u32)> {
        self.files.get(&id).map_or_else(Vec::new, watched)
    }
}

fn watched(user: &UserData) -> Vec<(String, u32)> {
    let lesson = |key: &HistoryKey| match key {
        HistoryKey::Lesson { course, lesson } => Some(format!("{}/{}", course.0, lesson.0)),
        HistoryKey::Channel(_) => None,
    };
    let mut all: Vec<_> = user.history.iter().filter_map(|e| Some((lesson(&e.key)?, e.watched.total()))).collect();
    all.sort();
    all
}

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

#[derive(Clone, Debug)]
enum Hand {
    Key(RemoteKey),
    /// From its beginning, before a question, or before its end.
    Lesson(u8, u32, u64),
    Watch(u8),
    Call(u8),
    Answer(bool),
    Pass(u16),
    Clock(bool),
    Ended,
}

fn hand() -> impl Strategy<Value = Hand> {
    use RemoteKey::*;
    let keys = vec![Up, Down, Left, Right, Ok, Ok, Back, Menu, Red, Yellow, Home, Power];
    prop_oneof![
        20 => prop::sample::select(keys).prop_map(Hand::Key),
        3 => (0u8..6, 0u32..3, prop::sample::select(vec![0, 8_000, 55_000]))
            .prop_map(|(course, lesson, at_ms)| Hand::Lesson(course, lesson, at_ms)),
        4 => (1u8..25).prop_map(Hand::Watch),
        3 => (0u8..6).prop_map(Hand::Call),
        4 => prop::bool::weighted(0.8).prop_map(Hand::Answer),
        2 => (0u16..30_000).prop_map(Hand::Pass),
        1 => any::<bool>().prop_map(Hand::Clock),
        1 => Just(Hand::Ended),
    ]
}

/// What the model shows of the learner is what is in the file of the one who learns; all other files stand still.
fn verify(house: &House, before: &BTreeMap<LearnerId, UserData>) -> Result<(), TestCaseError> {
    let model = house.model();
    let now = model.learners.roster.now();
    prop_assert_eq!(now, house.now, "core and store think of different learners");
    let (shown, kept) = (model.user.clone().learners_own(), house.files[&now].clone().learners_own());
    let keys = |user: &UserData| user.history.iter().map(|e| e.key.clone()).collect::<Vec<_>>();
    prop_assert_eq!(keys(&shown), keys(&kept));
    prop_assert_eq!(&shown.settings, &kept.settings);
    prop_assert_eq!(&shown.favourite_courses, &kept.favourite_courses);
    prop_assert_eq!((&shown.answers, &shown.taste, &shown.credits), (&kept.answers, &kept.taste, &kept.credits));
    for (entry, known) in shown.history.iter().zip(&kept.history) {
        prop_assert!(entry.watched.holds(&known.watched), "the file has seconds that nobody is shown");
    }
    for (id, file) in &house.files {
        if let Some(earlier) = before.get(id).filter(|_| *id != now) {
            prop_assert_eq!(&earlier.clone().learners_own(), &file.clone().learners_own(), "{} learnt asleep", id);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, max_shrink_iters: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_course_of_events_mixes_two_learners(hands in prop::collection::vec(hand(), 1..100)) {
        let mut house = House::new();
        let ids = [LearnerId::FIRST, house.add("奶奶"), house.add("爷爷")];
        for hand in hands {
            let (before, learnt) = (house.files.clone(), house.now);
            match hand {
                Hand::Key(key) => house.press(key),
                Hand::Lesson(course, lesson, at_ms) if house.model().power == Power::On => {
                    let course = ["h0", "h1", "h2", "h5", "x", "hall"][usize::from(course)];
                    house.start_at(course, lesson, at_ms);
                }
                Hand::Watch(seconds) => house.watch(u64::from(seconds)),
                Hand::Call(n) => match n {
                    0..3 => {
                        let id = ids[usize::from(n)];
                        if house.model().learners.roster.holds(id) {
                            house.order(id);
                        }
                    }
                    _ => {
                        screens::go_home(&mut house.sofa.model);
                        screens::learners::open(&mut house.sofa.model);
                        house.send(What::Tick);
                    }
                },
                Hand::Answer(good) => house.answer(good),
                Hand::Pass(ms) => {
                    house.pass(u64::from(ms));
                    house.send(What::Tick);
                }
                Hand::Clock(true) => house.send(What::ClockSet),
                Hand::Clock(false) => house.sofa.model.clock_wrong = true,
                Hand::Ended => house.player(PlayerEvent::Phase(Phase::Ended)),
                Hand::Lesson(..) => {}
            }
            // Whoever has just left wrote down the last seconds.
            let mut standing = before;
            standing.remove(&learnt);
            verify(&house, &standing)?;
        }
    }
}
