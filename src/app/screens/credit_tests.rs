//! A course that is finished counts, once and for good; its certificate is turned over and kept.

use super::tests::{Sofa, catalogue};
use crate::{
    app::{
        Effect, What,
        model::Page,
        screens::{self, paper::Paper},
    },
    catalogue::types::{Catalogue, CourseId, LessonId},
    learning::{credit, progress::WatchedSeconds},
    player::types::{Phase, PlayerEvent},
    remote::key::RemoteKey,
    store::types::{HistoryEntry, HistoryKey, StoreCommand},
    time::UtcMs,
};

fn watched(sofa: &mut Sofa, course: &str, seconds: u32) {
    let key = HistoryKey::Lesson { course: CourseId(course.into()), lesson: LessonId("l0".into()) };
    let entry = HistoryEntry {
        key,
        title: "课".into(),
        detail: String::new(),
        poster: None,
        position_ms: 0,
        duration_ms: 60_000,
        watched: WatchedSeconds::from_ranges([(0, seconds)]),
        at: UtcMs(7),
    };
    sofa.model.user.apply(&StoreCommand::SaveHistory(entry));
    sofa.send(What::Catalogue(catalogue()));
}

fn saved(sofa: &Sofa) -> usize {
    sofa.effects.iter().filter(|e| matches!(e, Effect::Store(StoreCommand::SaveCredit(_)))).count()
}

#[test]
fn a_course_counts_once_and_stays_when_catalogue_and_history_have_lost_it() {
    let mut sofa = Sofa::new();
    watched(&mut sofa, "h0", 53);
    assert_eq!((sofa.model.user.credits.len(), saved(&sofa)), (0, 0));
    watched(&mut sofa, "h0", 54);
    assert_eq!((sofa.model.user.credits.len(), saved(&sofa)), (1, 1));
    watched(&mut sofa, "h0", 60);
    assert_eq!((sofa.model.user.credits.len(), saved(&sofa)), (1, 0));
    sofa.model.user.apply(&StoreCommand::ClearLessons);
    sofa.send(What::Catalogue(Catalogue::default()));
    assert_eq!(credit::credit_tenths(&sofa.model.user.credits), 10);
}

#[test]
fn without_the_time_nothing_is_dated_and_the_time_makes_up_for_it() {
    let mut sofa = Sofa::new();
    sofa.model.clock_wrong = true;
    watched(&mut sofa, "h0", 60);
    assert!(sofa.model.user.credits.is_empty());
    sofa.send(What::ClockSet);
    assert_eq!(sofa.model.user.credits[0].at, sofa.now.utc);
}

#[test]
fn certificates_are_turned_over_and_kept_by_their_name() {
    let mut sofa = Sofa::new();
    let page = |sofa: &Sofa| match sofa.model.page() {
        Page::Paper(page) => page.clone(),
        other => panic!("{other:?}"),
    };
    screens::paper::open_certificates(&mut sofa.model);
    sofa.press(RemoteKey::Ok);
    assert!(matches!(sofa.model.page(), Page::Home(_)), "without a certificate there is only the way back");
    watched(&mut sofa, "h0", 60);
    watched(&mut sofa, "h0", 60);
    sofa.model.user.credits.push(credit::Earned {
        course: CourseId("gone".into()),
        title: "从前的课".into(),
        ..sofa.model.user.credits[0].clone()
    });
    screens::paper::open_certificates(&mut sofa.model);
    assert_eq!(screens::focused(&sofa.model).label, "《从前的课》结业证书");
    sofa.press(RemoteKey::Ok);
    assert!(sofa.effects.contains(&Effect::SavePaper { name: "证书-从前的课".into() }));
    sofa.send(What::PaperSaved(Some("/x/y.png".into())));
    assert_eq!(page(&sofa).kept.as_deref(), Some("/x/y.png"));
    sofa.press(RemoteKey::Right);
    assert_eq!((page(&sofa).paper, page(&sofa).kept), (Paper::Certificate(1), None));
    sofa.press(RemoteKey::Right);
    assert_eq!(page(&sofa).paper, Paper::Certificate(1), "the last one is an edge");
    sofa.send(What::PaperSaved(None));
    assert!(sofa.model.toast.is_some());
}

#[test]
fn the_archive_turns_over_years_in_which_something_was_learnt() {
    let mut sofa = Sofa::new();
    let shown = |sofa: &Sofa| match sofa.model.page() {
        Page::Paper(page) => (page.paper, screens::paper::place(&sofa.model, page)),
        other => panic!("{other:?}"),
    };
    // 2023-06-01, nothing on a day of 2024, and a course earned in 2025.
    sofa.model.user.days = vec![(19_509, 600), (19_900, 0)];
    watched(&mut sofa, "h0", 60);
    sofa.model.user.credits[0].at = UtcMs(1_750_000_000_000);
    screens::paper::open_archive(&mut sofa.model);
    assert_eq!(shown(&sofa), (Paper::Archive { year: 2026 }, (2, 3)), "the present year is there in any case");
    assert_eq!(screens::focused(&sofa.model).label, "今年还没有学过，什么时候开始都好");
    sofa.press(RemoteKey::Right);
    assert_eq!(shown(&sofa).0, Paper::Archive { year: 2026 });
    sofa.press(RemoteKey::Left);
    assert_eq!(shown(&sofa), (Paper::Archive { year: 2025 }, (1, 3)));
    assert_eq!(screens::focused(&sofa.model).label, "2025年学习档案");
    sofa.press(RemoteKey::Left);
    assert_eq!(shown(&sofa).0, Paper::Archive { year: 2023 });
    sofa.press(RemoteKey::Ok);
    assert!(sofa.effects.contains(&Effect::SavePaper { name: "学习档案-2023".into() }));
    sofa.press(RemoteKey::Left);
    assert_eq!(shown(&sofa).0, Paper::Archive { year: 2023 }, "the earliest one is an edge");
}

/// A lesson of a feed that does not say how long it is.
fn unmeasured(sofa: &mut Sofa) {
    let mut all = catalogue();
    for lesson in all.courses.iter_mut().filter(|c| c.id.0 == "h1").flat_map(|c| c.lessons.iter_mut()) {
        lesson.duration_s = 0;
    }
    sofa.send(What::Catalogue(all));
}

fn open_unmeasured(sofa: &mut Sofa, lesson: &str) {
    screens::go_home(&mut sofa.model);
    screens::lesson::start(&mut sofa.model, CourseId("h1".into()), LessonId(lesson.into()), 0);
    sofa.send(What::Tick);
    assert_eq!(sofa.model.playback.duration_ms, None);
    sofa.plays();
}

#[test]
fn a_lesson_whose_length_the_feed_leaves_out_is_measured_by_the_player_and_counts() {
    let mut sofa = Sofa::new();
    unmeasured(&mut sofa);
    open_unmeasured(&mut sofa, "l0");
    let standing = |sofa: &Sofa| {
        let course = sofa.model.catalogue.ready().unwrap().course(&CourseId("h1".into())).unwrap();
        screens::course::standing(&sofa.model, course)
    };
    // The player says 60 s.
    sofa.watch(30);
    assert_eq!((standing(&sofa).done, standing(&sofa).percent), (0, 25), "half of one of two");
    sofa.watch(25);
    screens::go_home(&mut sofa.model);
    sofa.send(What::Tick);
    assert_eq!((standing(&sofa).done, standing(&sofa).percent), (1, 45), "nine tenths count");
    assert!(sofa.model.user.credits.is_empty(), "the other one is not watched");
    open_unmeasured(&mut sofa, "l1");
    sofa.watch(60);
    sofa.player(PlayerEvent::Phase(Phase::Ended));
    assert_eq!(sofa.model.user.credits.len(), 1);
    let proof = &sofa.model.user.credits[0].proof;
    assert!(proof.holds() && proof.lessons.iter().all(|l| l.duration_s == 60));
}

#[test]
fn a_length_that_was_heard_once_is_kept() {
    let mut sofa = Sofa::new();
    unmeasured(&mut sofa);
    open_unmeasured(&mut sofa, "l0");
    sofa.watch(12);
    screens::go_home(&mut sofa.model);
    sofa.send(What::Tick);
    // Opened again and left before the player has said anything.
    screens::lesson::start(&mut sofa.model, CourseId("h1".into()), LessonId("l0".into()), 10_000);
    sofa.send(What::Tick);
    assert_eq!(sofa.model.playback.duration_ms, Some(60_000));
    sofa.plays();
    screens::go_home(&mut sofa.model);
    sofa.send(What::Tick);
    assert_eq!(sofa.model.user.history[0].duration_ms, 60_000);
}

#[test]
fn a_medium_that_never_says_its_length_is_as_long_as_it_was() {
    let mut sofa = Sofa::new();
    unmeasured(&mut sofa);
    open_unmeasured(&mut sofa, "l0");
    for quarter in 1..=160 {
        sofa.now.mono = sofa.now.mono.plus(250);
        sofa.player(PlayerEvent::Position { position_ms: quarter * 250, duration_ms: None });
    }
    let course = CourseId("h1".into());
    let course = sofa.model.catalogue.ready().unwrap().course(&course).unwrap();
    let state = screens::course::lesson_state(&sofa.model, course, 0);
    assert!(matches!(state, screens::course::LessonState::Started { left_ms: None, .. }), "{state:?}");
    sofa.player(PlayerEvent::Phase(Phase::Ended));
    let course = sofa.model.catalogue.ready().unwrap().course(&CourseId("h1".into())).unwrap();
    assert_eq!(screens::course::lesson_state(&sofa.model, course, 0), screens::course::LessonState::Done);
}
