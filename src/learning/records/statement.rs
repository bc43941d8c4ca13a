//! One statement: who did what with which activity. The forms common to all verbs are here, what a verb adds is not.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

use crate::{
    catalogue::types::{Course, CourseId, LessonId},
    learning::{quiz::QuestionId, survey::SurveyId},
    time::UtcMs,
};

/// The language of every name that is sent.
const LANGUAGE: &str = "zh-CN";
const PLATFORM: &str = "金色学堂";
pub(super) const VIDEO_PROFILE: &str = "https://w3id.org/xapi/video";

/// As it is kept and sent. The id is made once, so that sending it again does no harm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    pub id: Uuid,
    /// The JSON object, its id in it.
    pub body: String,
}

/// What the operator's configuration gives: without it nothing is recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    pub activities: Activities,
    /// Random, made at each start: ids follow from it and a count.
    pub seed: Uuid,
}

/// Ids of statements and of viewings, in a row. The same seed gives the same ids, so that a recording replays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ids {
    seed: Uuid,
    made: u64,
}

impl Ids {
    pub fn new(seed: Uuid) -> Self {
        Self { seed, made: 0 }
    }

    pub fn another(&mut self) -> Uuid {
        self.made += 1;
        Uuid::new_v5(&self.seed, &self.made.to_be_bytes())
    }
}

/// Where the ids of activities begin: an address of the operator's, which need not answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Activities(pub Url);

impl TryFrom<String> for Activities {
    type Error = url::ParseError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Url::parse(&text).map(Self)
    }
}

impl From<Activities> for String {
    fn from(activities: Activities) -> Self {
        activities.0.into()
    }
}

impl Activities {
    fn at(&self, path: &[&str]) -> String {
        let mut url = self.0.clone();
        url.set_query(None);
        url.set_fragment(None);
        // Fails only for addresses that have no path, which a configuration does not take.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url.into()
    }

    pub fn course(&self, course: &CourseId) -> String {
        self.at(&["courses", &course.0])
    }

    pub fn lesson(&self, course: &CourseId, lesson: &LessonId) -> String {
        self.at(&["courses", &course.0, "lessons", &lesson.0])
    }

    pub fn quiz(&self, course: &CourseId, lesson: &LessonId) -> String {
        self.at(&["courses", &course.0, "lessons", &lesson.0, "quiz"])
    }

    pub fn question(&self, course: &CourseId, lesson: &LessonId, question: &QuestionId) -> String {
        self.at(&["courses", &course.0, "lessons", &lesson.0, "quiz", &question.0])
    }

    pub fn survey(&self, survey: &SurveyId) -> String {
        self.at(&["surveys", &survey.0])
    }

    pub fn survey_question(&self, survey: &SurveyId, question: &str) -> String {
        self.at(&["surveys", &survey.0, question])
    }

    pub(super) fn extension(&self, name: &str) -> String {
        self.at(&["extensions", name])
    }

    /// Whose accounts the learners' names are.
    fn home_page(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// One for all that a learner does with a course, the same on every box that knows the learner by this name.
    fn registration(&self, learner: &str, activity: &str) -> Uuid {
        Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("{activity}#{learner}").as_bytes())
    }
}

/// What is the same in all statements of a moment.
pub struct Frame<'a> {
    pub activities: &'a Activities,
    /// By what the operator knows the learner; says nothing of the person.
    pub learner: &'a str,
    /// None while the box does not know the time: the LRS then takes that of the arrival (xAPI 1.0.3, Data 2.4.7).
    pub at: Option<UtcMs>,
}

/// Where statements are written down, each with the next id.
pub struct Pen<'a> {
    pub ids: &'a mut Ids,
    pub written: &'a mut Vec<Statement>,
}

impl Pen<'_> {
    pub(super) fn write(&mut self, frame: &Frame<'_>, said: Said) {
        let id = self.ids.another();
        self.written.push(frame.statement(id, said));
    }
}

/// What a verb says beyond the frame.
pub(super) struct Said {
    pub(super) verb: Verb,
    pub(super) object: Value,
    pub(super) result: Option<Value>,
    /// The activity whose registration this belongs to.
    pub(super) within: String,
    pub(super) parents: Vec<Value>,
    pub(super) categories: Vec<&'static str>,
    /// Of the context.
    pub(super) extensions: Option<Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Initialized,
    Played,
    Paused,
    Seeked,
    Completed,
    Terminated,
    Answered,
    Passed,
    Failed,
}

impl Verb {
    /// Its id, and the word for people as the profiles have it.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Initialized => ("http://adlnet.gov/expapi/verbs/initialized", "initialized"),
            Self::Played => ("https://w3id.org/xapi/video/verbs/played", "played"),
            Self::Paused => ("https://w3id.org/xapi/video/verbs/paused", "paused"),
            Self::Seeked => ("https://w3id.org/xapi/video/verbs/seeked", "seeked"),
            Self::Completed => ("http://adlnet.gov/expapi/verbs/completed", "completed"),
            Self::Terminated => ("http://adlnet.gov/expapi/verbs/terminated", "terminated"),
            Self::Answered => ("http://adlnet.gov/expapi/verbs/answered", "answered"),
            Self::Passed => ("http://adlnet.gov/expapi/verbs/passed", "passed"),
            Self::Failed => ("http://adlnet.gov/expapi/verbs/failed", "failed"),
        }
    }
}

impl Frame<'_> {
    pub(super) fn statement(&self, id: Uuid, said: Said) -> Statement {
        let (verb, english) = said.verb.words();
        let mut body = json!({
            "id": id,
            "actor": {
                "objectType": "Agent",
                "account": { "homePage": self.activities.home_page(), "name": self.learner },
            },
            "verb": { "id": verb, "display": { "en-US": english } },
            "object": said.object,
            "context": {
                "registration": self.activities.registration(self.learner, &said.within),
                "platform": PLATFORM,
                "language": LANGUAGE,
            },
            "version": "1.0.0",
        });
        put(&mut body, &["result"], said.result);
        put(&mut body, &["timestamp"], self.at.and_then(rfc3339).map(Value::from));
        put(&mut body, &["context", "extensions"], said.extensions);
        let categories: Vec<Value> = said.categories.iter().map(|id| json!({ "id": id })).collect();
        put(&mut body, &["context", "contextActivities", "category"], filled(categories));
        put(&mut body, &["context", "contextActivities", "parent"], filled(said.parents));
        Statement { id, body: body.to_string() }
    }
}

fn filled(list: Vec<Value>) -> Option<Value> {
    (!list.is_empty()).then(|| list.into())
}

/// Sets what is there; objects on the way are made.
fn put(body: &mut Value, path: &[&str], value: Option<Value>) {
    let Some(value) = value else { return };
    let mut place = body;
    for name in path {
        let Value::Object(fields) = place else { return };
        place = fields.entry(*name).or_insert_with(|| json!({}));
    }
    *place = value;
}

fn rfc3339(at: UtcMs) -> Option<String> {
    let stamp = jiff::Timestamp::from_millisecond(at.0).ok()?;
    Some(format!("{stamp:.3}"))
}

/// An activity with its name in the viewer's language.
pub(super) fn activity(id: &str, kind: &str, name: &str) -> Value {
    json!({
        "objectType": "Activity",
        "id": id,
        "definition": { "type": kind, "name": { LANGUAGE: name } },
    })
}

pub(super) const COURSE: &str = "http://adlnet.gov/expapi/activities/course";

pub(super) fn course(activities: &Activities, course: &Course) -> Value {
    activity(&activities.course(&course.id), COURSE, &course.title)
}

/// Seconds with three places, as the video profile has them.
pub(super) fn seconds(ms: u64) -> f64 {
    // Exact up to 285,000 years.
    ms as f64 / 1000.0
}

/// ISO 8601 with seconds alone.
pub(super) fn duration(ms: u64) -> String {
    format!("PT{}S", seconds(ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_activities_hold_any_id_of_a_catalogue() {
        let activities = Activities(Url::parse("https://school.example/xapi/?x#y").unwrap());
        let id = activities.lesson(&CourseId("太极/24 式".into()), &LessonId("../1?".into()));
        assert_eq!(id, "https://school.example/xapi/courses/%E5%A4%AA%E6%9E%81%2F24%20%E5%BC%8F/lessons/..%2F1%3F",);
        assert_eq!(activities.home_page(), "https://school.example");
    }

    #[test]
    fn a_seed_gives_its_ids_again_and_none_twice() {
        let seed = Uuid::from_u128(7);
        let (mut a, mut b) = (Ids::new(seed), Ids::new(seed));
        let first: Vec<Uuid> = (0..100).map(|_| a.another()).collect();
        assert_eq!(first, (0..100).map(|_| b.another()).collect::<Vec<_>>());
        let mut sorted = first.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!(sorted.len(), 100);
        assert_ne!(Ids::new(Uuid::from_u128(8)).another(), first[0]);
    }

    #[test]
    fn a_box_without_the_time_leaves_it_to_the_store() {
        let activities = Activities(Url::parse("https://school.example/").unwrap());
        let said = || Said {
            verb: Verb::Played,
            object: activity("https://school.example/a", COURSE, "课"),
            result: None,
            within: "https://school.example/a".into(),
            parents: Vec::new(),
            categories: Vec::new(),
            extensions: None,
        };
        let body = |at| {
            let frame = Frame { activities: &activities, learner: "abc", at };
            serde_json::from_str::<Value>(&frame.statement(Uuid::from_u128(1), said()).body).unwrap()
        };
        assert_eq!(body(Some(UtcMs(1_767_225_600_005)))["timestamp"], "2026-01-01T00:00:00.005Z");
        assert!(body(None).get("timestamp").is_none());
        assert!(body(None).get("result").is_none());
        assert!(body(None)["context"].get("contextActivities").is_none());
    }
}
