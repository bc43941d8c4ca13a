//! Short surveys (需求调研). When one is offered is the core's decision, sending the answers the outbox's work.

use serde::{Deserialize, Serialize};

/// More would not be answered kindly.
pub const MAX_QUESTIONS: usize = 5;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SurveyId(pub String);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survey {
    pub id: SurveyId,
    pub title: String,
    /// One to `MAX_QUESTIONS`.
    pub questions: Vec<SurveyQuestion>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SurveyQuestion {
    pub id: String,
    pub prompt: String,
    pub kind: SurveyKind,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SurveyKind {
    /// One to five, with words for both ends.
    Scale {
        low: String,
        high: String,
    },
    Choice {
        options: Vec<String>,
    },
}
