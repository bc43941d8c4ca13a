//! The archive's JSON is a contract (docs/cli.md): the golden file is what readers hold on to.

use super::*;
use crate::{
    catalogue::types::{CourseId, LessonId},
    learning::{
        credit::{AnswerProof, LessonProof, Proof},
        progress::WatchedSeconds,
        quiz::QuestionId,
    },
    store::types::HistoryEntry,
};

const GOLDEN: &str = include_str!("../../tests/samples/archive.expected.json");
/// 2026-11-24 18:12 in Shanghai.
const EVENING: UtcMs = UtcMs(1_795_515_120_000);
const SHANGHAI: i32 = 8 * 3600;

fn records() -> UserData {
    let entry = |lesson: &str, watched: (u32, u32), at: UtcMs| HistoryEntry {
        key: HistoryKey::Lesson { course: CourseId("baduanjin".into()), lesson: LessonId(lesson.into()) },
        title: "八段锦入门".into(),
        detail: format!("第1课 {lesson}"),
        poster: None,
        position_ms: 40_000,
        duration_ms: 40_500,
        watched: WatchedSeconds::from_ranges([watched]),
        at,
    };
    let lesson = LessonProof {
        lesson: LessonId("first".into()),
        title: "两手托天".into(),
        duration_s: 40,
        watched: WatchedSeconds::from_ranges([(0, 30), (32, 40)]),
        answers: vec![AnswerProof { question: QuestionId("q".into()), right: true, tries: 2 }],
    };
    let earned = |course: &str, at| Earned {
        course: CourseId(course.into()),
        title: "八段锦入门".into(),
        provider: "市老年大学".into(),
        credit_tenths: 15,
        hours_tenths: 20,
        at,
        proof: Proof { pass_percent: Some(60), lessons: vec![lesson.clone()] },
        climbed: None,
    };
    // The last night of the year in Shanghai is the new year's in no other month's count.
    let new_year = UtcMs(1_798_732_800_000);
    UserData {
        history: vec![
            entry("second", (0, 10), EVENING),
            entry("first", (0, 40), EVENING),
            entry("later", (0, 40), new_year),
        ],
        days: vec![(20_088, 60), (20_454, 1_800), (20_781, 90), (20_818, 600), (20_819, 300)],
        credits: vec![earned("baduanjin", EVENING), earned("later", new_year)],
        ..UserData::default()
    }
}

#[test]
fn the_same_records_give_the_golden_file() {
    let archive = Archive::of(&records(), 2026, SHANGHAI);
    let json = serde_json::to_string_pretty(&archive).unwrap() + "\n";
    if std::env::var_os("UPDATE_REFERENCES").is_some() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/samples/archive.expected.json");
        std::fs::write(file, &json).unwrap();
        return;
    }
    assert_eq!(json, GOLDEN);
    assert_eq!(archive, Archive::of(&records(), 2026, SHANGHAI));
}

#[test]
fn a_year_has_what_fell_into_it_on_the_viewers_calendar() {
    let archive = Archive::of(&records(), 2026, SHANGHAI);
    assert_eq!((archive.courses.len(), archive.credit_tenths, archive.hours_tenths), (1, 15, 20));
    assert!(archive.courses[0].proved);
    assert_eq!(archive.lessons.iter().map(|l| l.lesson.as_str()).collect::<Vec<_>>(), ["first", "second"]);
    assert_eq!(archive.seconds, archive.days.iter().map(|d| u64::from(d.seconds)).sum::<u64>());
    assert_eq!(archive.seconds, 1_800 + 90 + 600);
    // Twelve hours further west the new year's courses belong to the old one.
    assert_eq!(Archive::of(&records(), 2026, -4 * 3600).courses.len(), 2);
    assert!(Archive::of(&records(), 1999, SHANGHAI).is_empty());
}
