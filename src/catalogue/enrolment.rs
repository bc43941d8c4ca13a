//! 报名: what is said to the operator about a seat, and what it answers (docs/enrolment.md). Pure; asking happens in the
//! shell.

use serde::{Deserialize, Serialize};

/// Of a refusal's words. More is no sentence for a television.
const REFUSAL_CHARS: usize = 40;

/// Where the learner of this box stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mine {
    None,
    Enrolled,
    Waiting,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Wish {
    Enrol,
    Withdraw,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seats {
    pub seats: u32,
    pub taken: u32,
    #[serde(default)]
    pub waiting: u32,
    pub mine: Mine,
}

impl Seats {
    pub fn left(self) -> u32 {
        self.seats.saturating_sub(self.taken)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    Seats(Seats),
    /// The operator's words.
    Refused(String),
    /// No answer that can be understood: asking again later may help.
    Unreachable,
}

#[derive(Deserialize)]
struct Refusal {
    refused: String,
}

pub fn read(bytes: &[u8]) -> Reply {
    if let Ok(Refusal { refused }) = serde_json::from_slice(bytes) {
        let words: String = refused.chars().filter(|c| !c.is_control()).take(REFUSAL_CHARS).collect();
        return Reply::Refused(words);
    }
    serde_json::from_slice(bytes).map_or(Reply::Unreachable, Reply::Seats)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_answers_are_read_and_anything_else_is_none() {
        let seats = read(br#"{"seats":30,"taken":28,"waiting":0,"mine":"enrolled","more":1}"#);
        assert_eq!(seats, Reply::Seats(Seats { seats: 30, taken: 28, waiting: 0, mine: Mine::Enrolled }));
        assert_eq!(read("{\"refused\":\"本期\\n已经开课\"}".as_bytes()), Reply::Refused("本期已经开课".into()));
        for other in [&b"{}"[..], b"[]", b"", b"{\"seats\":-1,\"taken\":0,\"mine\":\"none\"}", b"{\"mine\":\"x\"}"] {
            assert_eq!(read(other), Reply::Unreachable);
        }
    }

    #[test]
    fn more_taken_than_there_are_leaves_none() {
        assert_eq!(Seats { seats: 3, taken: 5, waiting: 0, mine: Mine::None }.left(), 0);
    }
}
