use proptest::prelude::*;
use serde_json::Value;
use url::Url;

use super::*;
use crate::learning::{
    credit::tests::course as course_of_two,
    records::{Activities, Ids, Statement},
};

/// What happens to a viewing, and everything it has said.
struct Played {
    activities: Activities,
    ids: Ids,
    course: Course,
    lesson: Lesson,
    viewing: Option<Viewing>,
    said: Vec<Statement>,
    watched_s: u32,
}

impl Played {
    fn begin(at_ms: u64) -> Self {
        let course = course_of_two("taiji", None);
        let mut played = Self {
            activities: Activities(Url::parse("https://school.example/").unwrap()),
            ids: Ids::new(Uuid::from_u128(1)),
            lesson: course.lessons[0].clone(),
            course,
            viewing: None,
            said: Vec::new(),
            watched_s: 0,
        };
        let viewing = played.with(|frame, about, pen| Viewing::begin(frame, about, at_ms, false, pen));
        played.viewing = Some(viewing);
        played
    }

    fn with<T>(&mut self, f: impl FnOnce(&Frame<'_>, &About<'_>, &mut Pen<'_>) -> T) -> T {
        let frame = Frame { activities: &self.activities, learner: "abc", at: None };
        let about = About {
            course: &self.course,
            lesson: &self.lesson,
            opening: SessionId(1),
            length_ms: 60_000,
            watched_s: self.watched_s,
            speed: Speed::Normal,
            subtitles: true,
        };
        f(&frame, &about, &mut Pen { ids: &mut self.ids, written: &mut self.said })
    }

    fn tell(&mut self, at_ms: u64, plays: bool, jumps: bool) {
        let mut viewing = self.viewing.take().unwrap();
        let counts = self.watched_s >= 54;
        self.with(|frame, about, pen| viewing.tell(frame, about, Place { at_ms, plays, jumps }, counts, pen));
        self.viewing = Some(viewing);
    }

    fn end(mut self) -> Vec<Value> {
        let viewing = self.viewing.take().unwrap();
        self.with(|frame, about, pen| viewing.end(frame, about, pen));
        self.said.iter().map(|s| serde_json::from_str(&s.body).unwrap()).collect()
    }
}

fn verb(statement: &Value) -> &str {
    statement["verb"]["id"].as_str().unwrap().rsplit('/').next().unwrap()
}

fn of_result<'a>(statement: &'a Value, name: &str) -> &'a Value {
    &statement["result"]["extensions"][format!("{EXTENSIONS}{name}")]
}

#[test]
fn an_evening_is_told_by_the_profile() {
    let mut played = Played::begin(0);
    for at in [0, 250, 1000, 2500, 4000] {
        played.tell(at, true, false);
    }
    played.tell(4000, false, false);
    played.tell(4000, true, false);
    played.tell(5000, true, false);
    // Forward: while the jump is under way the old place is told.
    played.tell(5000, true, true);
    played.tell(5000, true, true);
    played.tell(30_000, true, false);
    played.watched_s = 54;
    played.tell(31_500, true, false);
    let said = played.end();
    let verbs: Vec<&str> = said.iter().map(verb).collect();
    assert_eq!(verbs, ["initialized", "played", "paused", "played", "seeked", "completed", "terminated"]);
    assert_eq!(of_result(&said[1], "time"), 0.0);
    assert_eq!(of_result(&said[2], "played-segments"), "0[.]4");
    assert_eq!((of_result(&said[4], "time-from"), of_result(&said[4], "time-to")), (&json!(5.0), &json!(30.0)));
    assert_eq!(of_result(&said[5], "played-segments"), "0[.]4[,]4[.]5[,]30[.]31.5");
    assert_eq!((of_result(&said[5], "progress"), &said[5]["result"]["completion"]), (&json!(0.9), &json!(true)));
    assert_eq!(said[5]["result"]["duration"], "PT6.5S");
    let session = |s: &Value| s["context"]["extensions"][format!("{EXTENSIONS}session-id")].clone();
    assert!(said.iter().all(|s| session(s) == session(&said[0])));
    assert_eq!(said[0]["context"]["extensions"][format!("{EXTENSIONS}length")], 60.0);
    assert_eq!(said[0]["context"]["contextActivities"]["category"][0]["id"], VIDEO_PROFILE);
    assert_eq!(said[0]["object"]["id"], "https://school.example/courses/taiji/lessons/l0");
}

proptest! {
    #[test]
    fn whatever_happens_makes_a_viewing_that_can_be_read(
        begins in 0u64..60_000,
        steps in prop::collection::vec((0u64..60_000, 0u8..4, any::<bool>(), any::<bool>()), 0..60),
    ) {
        let mut played = Played::begin(begins);
        let mut at = begins;
        for (to, how, plays, jumps) in steps {
            // Mostly small steps, as a player reports them.
            at = if how > 0 { (at + to % 900).min(60_000) } else { to };
            played.tell(at, plays, jumps);
        }
        let said = played.end();
        let verbs: Vec<&str> = said.iter().map(verb).collect();
        prop_assert_eq!(verbs.first(), Some(&"initialized"));
        prop_assert_eq!(verbs.last(), Some(&"terminated"));
        prop_assert_eq!(verbs.iter().filter(|v| ["initialized", "terminated"].contains(v)).count(), 2);
        let mut plays = false;
        for verb in &verbs {
            match *verb {
                "played" => {
                    prop_assert!(!plays, "played twice: {verbs:?}");
                    plays = true;
                }
                "paused" => {
                    prop_assert!(plays, "paused what stood: {verbs:?}");
                    plays = false;
                }
                _ => {}
            }
        }
        let segments = of_result(said.last().unwrap(), "played-segments").as_str().unwrap().to_owned();
        for segment in segments.split("[,]").filter(|s| !s.is_empty()) {
            let (from, to) = segment.split_once("[.]").unwrap();
            let (from, to): (f64, f64) = (from.parse().unwrap(), to.parse().unwrap());
            prop_assert!(from < to && to <= 60.0, "{segments}");
        }
    }

    #[test]
    fn seconds_that_nobody_saw_are_in_no_segment(jump in 2_001u64..50_000) {
        let mut played = Played::begin(0);
        played.tell(0, true, false);
        played.tell(1_000, true, false);
        // A line that broke and came back elsewhere.
        played.tell(1_000 + jump, true, false);
        played.tell(1_500 + jump, true, false);
        let said = played.end();
        let segments = of_result(said.last().unwrap(), "played-segments").as_str().unwrap();
        prop_assert_eq!(segments, format!("0[.]1[,]{}[.]{}", seconds(1_000 + jump), seconds(1_500 + jump)));
    }
}
