//! Questions of a lesson, what counts as a right answer, and what is kept of it. Reading questions from a catalogue is
//! the catalogue's work, asking them the core's.
//!
//! Kept true by the constructors: what is right is always offered, no two options read alike, and no two questions of
//! a quiz share an id.

mod answer;
mod result;

pub use answer::{Answer, AnswerFault, Choice, Kind, OPTIONS};
pub use result::QuizAnswer;

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

/// Unique within its lesson. Results hang on it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct QuestionId(pub String);

/// Never empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Question>", into = "Vec<Question>")]
pub struct Quiz {
    questions: Vec<Question>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuizFault {
    #[error("has no question")]
    Empty,
    #[error("the question id \"{0}\" is used twice")]
    Twice(String),
}

impl Quiz {
    pub fn new(questions: Vec<Question>) -> Result<Self, QuizFault> {
        if questions.is_empty() {
            return Err(QuizFault::Empty);
        }
        let mut seen = HashSet::new();
        match questions.iter().find(|q| !seen.insert(&q.id)) {
            Some(twice) => Err(QuizFault::Twice(twice.id.0.clone())),
            None => Ok(Self { questions }),
        }
    }

    /// In the order of the catalogue.
    pub fn questions(&self) -> &[Question] {
        &self.questions
    }

    /// Questions that stop the lesson, each with its second.
    pub fn checkpoints(&self) -> impl Iterator<Item = (u32, &Question)> {
        self.questions.iter().filter_map(|q| match q.when {
            When::At { second } => Some((second, q)),
            When::AfterLesson => None,
        })
    }
}

impl TryFrom<Vec<Question>> for Quiz {
    type Error = QuizFault;

    fn try_from(questions: Vec<Question>) -> Result<Self, QuizFault> {
        Self::new(questions)
    }
}

impl From<Quiz> for Vec<Question> {
    fn from(quiz: Quiz) -> Self {
        quiz.questions
    }
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
    /// Said after a wrong choice: what to look for, never the answer. Empty: something kind is said in its place.
    pub hint: String,
    /// Said after the right one: why it is so. May be empty.
    pub reason: String,
    /// The part of the lesson that shows it ("再看这一段").
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

/// `[from_s, to_s)` of the lesson; never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "(u32, u32)", into = "(u32, u32)")]
pub struct Part {
    from_s: u32,
    to_s: u32,
}

impl Part {
    pub fn new(from_s: u32, to_s: u32) -> Option<Self> {
        (from_s < to_s).then_some(Self { from_s, to_s })
    }

    pub fn from_ms(self) -> u64 {
        u64::from(self.from_s) * 1000
    }

    pub fn to_ms(self) -> u64 {
        u64::from(self.to_s) * 1000
    }
}

impl TryFrom<(u32, u32)> for Part {
    type Error = &'static str;

    fn try_from((from_s, to_s): (u32, u32)) -> Result<Self, Self::Error> {
        Self::new(from_s, to_s).ok_or("a part ends after it begins")
    }
}

impl From<Part> for (u32, u32) {
    fn from(part: Part) -> Self {
        (part.from_s, part.to_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(id: &str, when: When) -> Question {
        Question {
            id: QuestionId(id.into()),
            when,
            prompt: "问".into(),
            image: None,
            spoken: None,
            answer: Answer::true_false(true),
            hint: String::new(),
            reason: String::new(),
            part: Part::new(3, 9),
        }
    }

    #[test]
    fn a_quiz_has_questions_with_ids_of_their_own() {
        assert_eq!(Quiz::new(vec![]), Err(QuizFault::Empty));
        let twice = vec![question("a", When::AfterLesson), question("a", When::At { second: 3 })];
        assert_eq!(Quiz::new(twice), Err(QuizFault::Twice("a".into())));
        let quiz = Quiz::new(vec![question("a", When::At { second: 7 }), question("b", When::AfterLesson)]).unwrap();
        assert_eq!(quiz.checkpoints().map(|(s, q)| (s, q.id.0.as_str())).collect::<Vec<_>>(), [(7, "a")]);
    }

    #[test]
    fn what_is_read_back_keeps_the_promises() {
        let quiz = Quiz::new(vec![question("a", When::AfterLesson)]).unwrap();
        let text = serde_json::to_string(&quiz).unwrap();
        assert_eq!(serde_json::from_str::<Quiz>(&text).unwrap(), quiz);
        assert!(serde_json::from_str::<Quiz>("[]").is_err());
        assert!(serde_json::from_str::<Part>("[9,9]").is_err());
        assert!(Part::new(9, 3).is_none());
    }
}
