//! Questions of a lesson and what counts as a right answer. Reading them from a catalogue is the catalogue's work.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Options stand as large rows on one screen, and each has a number key.
pub const OPTIONS: std::ops::RangeInclusive<usize> = 2..=6;

/// Unique within its lesson. Results hang on it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct QuestionId(pub String);

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quiz {
    pub questions: Vec<Question>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    pub id: QuestionId,
    pub when: When,
    pub prompt: String,
    pub image: Option<String>,
    /// What is read aloud in place of the prompt.
    pub spoken: Option<String>,
    pub answer: Answer,
    /// Said after a wrong choice: what to look for, never the answer.
    pub hint: String,
    /// Said after the right one: why it is so.
    pub reason: String,
    /// The part of the lesson that shows it, in seconds ("再看这一段").
    pub part: Option<Part>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum When {
    AfterLesson,
    /// The lesson stops here and asks.
    At {
        second: u32,
    },
}

/// `[from_s, to_s)` of the lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub from_s: u32,
    pub to_s: u32,
}

/// What is offered and what is right. Made by the constructors only, so that what is right is always offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    Single {
        options: Vec<String>,
        right: usize,
    },
    Multiple {
        options: Vec<String>,
        right: BTreeSet<usize>,
    },
    TrueFalse {
        right: bool,
    },
    /// In the right order; shown in another.
    Order {
        items: Vec<String>,
    },
}
