//! Nothing but watching and answering earns, and what was earned can be computed again.

use proptest::prelude::*;

use super::*;
use crate::{
    catalogue::types::{Band, Form, Lesson, Tier},
    learning::watching::Watching,
    time::MonoMs,
};

pub(in crate::learning) fn course(id: &str, ladder: Option<&str>) -> Course {
    let lesson = |n: usize| Lesson {
        id: LessonId(format!("l{n}")),
        title: format!("第{n}讲"),
        duration_s: 20,
        sources: vec![],
        subtitles: vec![],
        chapter: None,
        quiz: None,
    };
    Course {
        provider: "社区学院".into(),
        credit_tenths: 15,
        lessons: (0..2).map(lesson).collect(),
        hours_tenths: 20,
        ladder: ladder.map(Into::into),
        ..Course::new(CourseId(id.into()), format!("课程{id}"), Band::Health, Tier::Beginner, Form::Mooc)
    }
}

fn earned_by(course: &Course, watched: &[WatchedSeconds; 2], before: &[Earned]) -> Option<Earned> {
    let of = |i: usize| LessonWatched { duration_s: 20, watched: watched.get(i) };
    earn(course, of, &[], before, UtcMs(7))
}

#[derive(Clone, Debug)]
enum Act {
    /// Plays on for so long.
    Play(u64),
    /// Jumps to a place.
    Seek(u64),
    Pause(u64),
    OtherLesson,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => (0u64..6_000).prop_map(Act::Play),
        2 => (0u64..20_000).prop_map(Act::Seek),
        1 => (0u64..9_000).prop_map(Act::Pause),
        1 => Just(Act::OtherLesson),
    ]
}

proptest! {
    /// Credits only grow, a course counts once, and never with fewer seconds on the screen than nine tenths of it.
    #[test]
    fn no_order_of_jumps_earns_what_was_not_watched(acts in prop::collection::vec(act(), 0..60)) {
        let course = course("c", None);
        let mut watched = [WatchedSeconds::default(), WatchedSeconds::default()];
        let (mut lesson, mut place, mut clock, mut played) = (0, 0u64, 1_000u64, 0u64);
        let mut player = Watching::default();
        let mut ledger: Vec<Earned> = Vec::new();
        for act in acts {
            match act {
                Act::Play(ms) => {
                    let end = (place + ms).min(20_000);
                    while place < end {
                        let step = (end - place).min(250);
                        (place, clock, played) = (place + step, clock + step, played + step);
                        if let Some((from, to)) = player.position(place, true, MonoMs(clock)) {
                            watched[lesson].add(from, to);
                        }
                    }
                }
                Act::Seek(to) => {
                    place = to;
                    player.sent_to(to);
                }
                Act::Pause(ms) => {
                    clock += ms;
                    player.position(place, false, MonoMs(clock));
                }
                Act::OtherLesson => {
                    (lesson, place) = (1 - lesson, 0);
                    player.sent_to(0);
                }
            }
            let before = credit_tenths(&ledger);
            ledger.extend(earned_by(&course, &watched, &ledger));
            prop_assert!(credit_tenths(&ledger) >= before);
            prop_assert!(ledger.len() <= 1);
            if let Some(earned) = ledger.first() {
                prop_assert!(played >= 2 * 18_000 - 2_000, "earned after {played} ms");
                prop_assert!(earned.proof.holds());
            }
        }
    }

    /// The proof is the standing of the course, written down.
    #[test]
    fn computing_it_again_gives_the_same(
        ranges in prop::array::uniform2(prop::collection::vec((0u32..22, 0u32..22), 0..4)),
    ) {
        let course = course("c", None);
        let watched = ranges.map(WatchedSeconds::from_ranges);
        let of = |i: usize| LessonWatched { duration_s: 20, watched: watched.get(i) };
        let standing = standing::course(&course, of, &[]);
        let earned = earned_by(&course, &watched, &[]);
        prop_assert_eq!(earned.is_some(), standing.is_finished());
        prop_assert_eq!(&earned, &earned_by(&course, &watched, &[]));
        if let Some(earned) = earned {
            let text = serde_json::to_string(&earned).unwrap();
            let read: Earned = serde_json::from_str(&text).unwrap();
            prop_assert!(read.proof.holds());
            prop_assert_eq!(read, earned);
        }
    }
}

fn whole() -> [WatchedSeconds; 2] {
    [WatchedSeconds::from_ranges([(0, 20)]), WatchedSeconds::from_ranges([(0, 19)])]
}

#[test]
fn a_course_counts_once_and_at_what_it_was_worth() {
    let mut course = course("c", None);
    let earned = earned_by(&course, &whole(), &[]).unwrap();
    assert_eq!((earned.credit_tenths, earned.hours_tenths, earned.proof.watched_s()), (15, 20, 39));
    course.credit_tenths = 900;
    assert_eq!(earned_by(&course, &whole(), std::slice::from_ref(&earned)), None);
}

#[test]
fn a_proof_without_the_answers_does_not_hold() {
    let mut proof = earned_by(&course("c", None), &whole(), &[]).unwrap().proof;
    proof.pass_percent = Some(60);
    proof.lessons[0].answers =
        (0..3).map(|n| AnswerProof { question: QuestionId(n.to_string()), right: n == 0, tries: 1 }).collect();
    assert!(!proof.holds());
    proof.lessons[0].answers[2].right = true;
    assert!(proof.holds());
    proof.lessons.clear();
    assert!(!proof.holds(), "no lessons, nothing learnt");
}

#[test]
fn a_ladder_is_climbed_with_its_last_step() {
    let steps = [course("a", Some("书画")), course("b", Some("书画")), course("other", None)];
    let first = earned_by(&steps[0], &whole(), &[]).unwrap();
    assert_eq!(climbed(&steps[0], steps.iter(), &[]), None);
    assert_eq!(climbed(&steps[1], steps.iter(), std::slice::from_ref(&first)).as_deref(), Some("书画"));
    assert_eq!(climbed(&steps[2], steps.iter(), std::slice::from_ref(&first)), None);
    assert_eq!(climbed(&steps[0], steps[..1].iter(), &[]), None, "one step is no ladder");
    let mut second = earned_by(&steps[1], &whole(), &[]).unwrap();
    second.climbed = Some("书画".into());
    let ledger = [first.clone(), second.clone()];
    let expected =
        [Certificate::Ladder("书画", &ledger[1]), Certificate::Course(&ledger[1]), Certificate::Course(&ledger[0])];
    assert_eq!(certificates(&ledger), expected);
    assert_eq!((credit_tenths(&ledger), hours_tenths(&ledger)), (30, 40));
}

#[test]
fn days_in_a_row_end_today_or_yesterday() {
    let days = [(10, 60), (11, 60), (12, 0), (13, 5), (14, 60)];
    assert_eq!(days_in_a_row(&days, 14), 2);
    assert_eq!(days_in_a_row(&days, 15), 2, "today is still young");
    assert_eq!(days_in_a_row(&days, 16), 0);
    assert_eq!(days_in_a_row(&days, 11), 2);
    assert_eq!(days_in_a_row(&[], i32::MIN), 0);
    assert_eq!((tenths(120), tenths(15), tenths(2)), ("12".into(), "1.5".into(), "0.2".into()));
}
