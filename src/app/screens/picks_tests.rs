//! What next, what the box believes, and what the school asks: with keys, as from the sofa.

use super::tests::{START, Sofa, catalogue};
use crate::{
    app::{
        Effect, What,
        model::{Overlay, Page},
        screens::{self, course::CoursePage, picks},
    },
    catalogue::types::*,
    learning::{
        progress::WatchedSeconds,
        survey::{Survey, SurveyId, SurveyKind, SurveyQuestion},
        taste::{Liking, Subject},
    },
    player::types::{Phase, PlayerEvent},
    remote::key::{Digit, RemoteKey},
    store::types::{HistoryEntry, HistoryKey, StoreCommand},
};

fn watched(sofa: &mut Sofa, course: &str, lesson: &str) {
    let entry = HistoryEntry {
        key: HistoryKey::Lesson { course: CourseId(course.into()), lesson: LessonId(lesson.into()) },
        title: course.into(),
        detail: lesson.into(),
        poster: None,
        position_ms: 60_000,
        duration_ms: 60_000,
        watched: WatchedSeconds::from_ranges([(0, 60)]),
        at: START,
    };
    sofa.model.user.apply(&StoreCommand::SaveHistory(entry));
}

fn survey(id: &str) -> Survey {
    let question = |id: &str, kind| SurveyQuestion { id: id.into(), prompt: "您觉得呢？".into(), kind };
    let scale = SurveyKind::Scale { low: "太小".into(), high: "正好".into() };
    let options = vec!["健康".into(), "手机".into()];
    Survey {
        id: SurveyId(id.into()),
        title: "听听您的想法".into(),
        questions: vec![question("size", scale), question("wish", SurveyKind::Choice { options })],
    }
}

/// 八段锦 in two steps, and surveys.
fn school(sofa: &mut Sofa) {
    let mut all = catalogue();
    for (id, tier) in [("h0", Tier::Beginner), ("h3", Tier::Intermediate)] {
        let course = all.courses.iter_mut().find(|c| c.id.0 == id).unwrap();
        course.ladder = Some("八段锦".into());
        course.tier = tier;
    }
    all.surveys = vec![survey("one"), survey("two")];
    sofa.send(What::Catalogue(all));
}

fn first(sofa: &Sofa) -> String {
    picks::courses(&sofa.model).first().map_or(String::new(), |c| c.id.0.clone())
}

#[test]
fn the_next_step_is_offered_with_its_reason_and_declined_at_once() {
    let mut sofa = Sofa::new();
    watched(&mut sofa, "h0", "l0");
    school(&mut sofa);
    assert_eq!(first(&sofa), "h3");
    assert_eq!(picks::words(&sofa.model, &CourseId("h3".into())), "因为您学完了《课程h0》");
    sofa.press(RemoteKey::Right);
    assert_eq!(screens::home::card(&sofa.model), screens::home::Card::Suggest(CourseId("h3".into())));
    sofa.press(RemoteKey::Red);
    let stored = |sofa: &Sofa| {
        sofa.effects.iter().any(|e| matches!(e, Effect::Store(StoreCommand::SetDeclined { on: true, .. })))
    };
    assert!(stored(&sofa));
    assert_ne!(screens::home::card(&sofa.model), screens::home::Card::Suggest(CourseId("h3".into())));
    assert!(picks::courses(&sofa.model).iter().all(|c| c.id.0 != "h3" && c.id.0 != "h0"));

    // Taken back from 我的兴趣.
    screens::interests::open(&mut sofa.model);
    for _ in 0..20 {
        sofa.press(RemoteKey::Down);
    }
    sofa.press(RemoteKey::Up);
    sofa.press(RemoteKey::Ok);
    assert_eq!(sofa.focus(), "category.h3");
    sofa.press(RemoteKey::Red);
    assert_eq!(sofa.focus(), "category.empty");
    assert_eq!(first(&sofa), "h3");
}

#[test]
fn the_shelf_is_left_by_what_is_not_wanted() {
    let mut sofa = Sofa::new();
    school(&mut sofa);
    screens::category::open(&mut sofa.model, screens::category::Shelf::ForYou);
    let before = picks::courses(&sofa.model).len();
    let gone = sofa.focus();
    sofa.press(RemoteKey::Red);
    assert_ne!(sofa.focus(), gone);
    let ids: Vec<String> = screens::focusables(&sofa.model).into_iter().map(|f| f.id).collect();
    assert!(!ids.contains(&gone) && before > 0, "{ids:?}");
}

#[test]
fn interests_are_corrected_and_forgotten() {
    let mut sofa = Sofa::new();
    watched(&mut sofa, "h1", "l0");
    school(&mut sofa);
    screens::interests::open(&mut sofa.model);
    let label = |sofa: &Sofa| screens::focused(&sofa.model).label;
    assert_eq!(label(&sofa), "健康 很喜欢");
    sofa.press(RemoteKey::Left);
    assert_eq!(label(&sofa), "健康 您说：少一点");
    sofa.press(RemoteKey::Red);
    assert_eq!(sofa.model.user.taste.liking(&Subject::Band(Band::Health)), Some(Liking::Never));
    assert!(picks::courses(&sofa.model).iter().all(|c| c.band != Band::Health));
    for _ in 0..20 {
        sofa.press(RemoteKey::Down);
    }
    sofa.press(RemoteKey::Ok);
    assert!(matches!(sofa.model.overlay, Some(Overlay::Dialog(_))));
    sofa.press(RemoteKey::Right);
    sofa.wait(1_000);
    sofa.press(RemoteKey::Ok);
    assert!(sofa.model.user.taste.is_empty());
    for _ in 0..20 {
        sofa.press(RemoteKey::Up);
    }
    assert_eq!(label(&sofa), "健康 还不知道");
    assert_eq!(sofa.model.user.history.len(), 1, "what was learnt stays");
}

/// Somebody who has been here for days opens 我的学习.
fn offered(sofa: &mut Sofa) {
    school(sofa);
    let today = crate::app::civil::day_number(START, &crate::time::Zone::fixed(8 * 3600));
    sofa.model.user.add_seconds(today - 3, 60);
    screens::learning::open(&mut sofa.model);
    sofa.press(RemoteKey::Up);
    sofa.wait(screens::survey::QUIET_MS - 1);
    assert_eq!(sofa.model.overlay, None, "whoever only passes is not asked");
    assert!(sofa.model.next_deadline().is_some_and(|at| at == sofa.now.mono.plus(1)));
    sofa.wait(1);
}

#[test]
fn a_survey_is_offered_once_answered_and_kept() {
    let mut sofa = Sofa::new();
    offered(&mut sofa);
    assert!(matches!(&sofa.model.overlay, Some(Overlay::Dialog(d)) if d.title == "学校想听听您的想法"));
    assert_eq!(screens::focused(&sofa.model).label, "下次再说", "the safe answer has the focus");
    sofa.press(RemoteKey::Right);
    sofa.press(RemoteKey::Ok);
    sofa.press(RemoteKey::Digit(Digit::new(4).unwrap()));
    sofa.press(RemoteKey::Down);
    sofa.press(RemoteKey::Ok);
    assert_eq!(sofa.focus(), "survey.done");
    let answers: Vec<(&str, u32)> =
        sofa.model.user.survey_answers.iter().map(|a| (a.question.as_str(), a.answer)).collect();
    assert_eq!(answers, [("size", 4), ("wish", 2)]);
    sofa.press(RemoteKey::Ok);
    assert!(matches!(sofa.model.page(), Page::Learning(_)));
    sofa.wait(5_000);
    assert_eq!(sofa.model.overlay, None, "one a week");
    sofa.wait(7 * 86_400_000);
    assert!(sofa.model.overlay.is_some(), "the other one a week later");
}

#[test]
fn surveys_are_refused_for_good() {
    let mut sofa = Sofa::new();
    offered(&mut sofa);
    sofa.press(RemoteKey::Right);
    sofa.press(RemoteKey::Right);
    assert_eq!(screens::focused(&sofa.model).label, "以后都不问");
    sofa.press(RemoteKey::Ok);
    assert!(sofa.model.user.settings.surveys_refused);
    sofa.wait(30 * 86_400_000);
    assert_eq!(sofa.model.overlay, None);
}

/// Somebody who has been here for days watches a lesson to its end.
fn at_the_end_of_a_lesson(sofa: &mut Sofa) {
    school(sofa);
    let today = crate::app::civil::day_number(START, &crate::time::Zone::fixed(8 * 3600));
    sofa.model.user.add_seconds(today - 3, 60);
    screens::push(
        &mut sofa.model,
        Page::Course(CoursePage { course: CourseId("h0".into()), spot: screens::course::Spot::Main }),
    );
    sofa.press(RemoteKey::Ok);
    sofa.plays();
    sofa.watch(10);
    assert_eq!(sofa.model.overlay, None, "never over a programme");
    sofa.player(PlayerEvent::Phase(Phase::Ended));
    sofa.wait(1_000);
    assert_eq!((sofa.focus().as_str(), &sofa.model.overlay), ("end.0", &None), "nor over the card at its end");
}

#[test]
fn a_survey_is_offered_when_a_lesson_that_has_ended_is_left() {
    let offers =
        |sofa: &Sofa| matches!(&sofa.model.overlay, Some(Overlay::Dialog(d)) if d.title == "学校想听听您的想法");
    let mut sofa = Sofa::new();
    at_the_end_of_a_lesson(&mut sofa);
    sofa.press(RemoteKey::Back);
    assert!(matches!(sofa.model.page(), Page::Course(_)) && offers(&sofa));
    sofa.press(RemoteKey::Back);
    sofa.wait(1_000);
    assert!(!offers(&sofa), "once");
    // From the card to Home or to live, nothing is asked.
    for key in [RemoteKey::Home, RemoteKey::Live] {
        let mut sofa = Sofa::new();
        at_the_end_of_a_lesson(&mut sofa);
        sofa.press(key);
        sofa.wait(1_000);
        assert!(!offers(&sofa), "{key}");
    }
}

#[test]
fn a_lesson_that_is_left_in_the_middle_asks_nothing() {
    let mut sofa = Sofa::new();
    school(&mut sofa);
    let today = crate::app::civil::day_number(START, &crate::time::Zone::fixed(8 * 3600));
    sofa.model.user.add_seconds(today - 3, 60);
    screens::push(
        &mut sofa.model,
        Page::Course(CoursePage { course: CourseId("h0".into()), spot: screens::course::Spot::Main }),
    );
    sofa.press(RemoteKey::Ok);
    sofa.plays();
    sofa.watch(10);
    sofa.press(RemoteKey::Back);
    sofa.wait(1_000);
    assert!(matches!(sofa.model.page(), Page::Course(_)));
    assert_eq!(sofa.model.overlay, None);
}

#[test]
fn the_new_and_the_watching_are_left_in_peace() {
    let mut sofa = Sofa::new();
    school(&mut sofa);
    screens::learning::open(&mut sofa.model);
    sofa.wait(5_000);
    assert_eq!(sofa.model.overlay, None);
    let today = crate::app::civil::day_number(START, &crate::time::Zone::fixed(8 * 3600));
    sofa.model.user.add_seconds(today - 9, 60);
    sofa.press(RemoteKey::Live);
    sofa.wait(10);
    assert_eq!(sofa.model.overlay, None, "never over a programme");
}
