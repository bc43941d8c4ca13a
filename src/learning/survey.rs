//! Short surveys (需求调研). When one is offered is the core's decision, sending the answers the outbox's work.

use serde::{Deserialize, Serialize};

use crate::time::UtcMs;

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
    /// One to five, with words for both ends; what lies between is said by them.
    Scale {
        low: String,
        high: String,
    },
    Choice {
        options: Vec<String>,
    },
}

impl SurveyQuestion {
    /// What can be chosen, in order; an answer is a number from 1 on.
    pub fn options(&self) -> Vec<String> {
        match &self.kind {
            SurveyKind::Scale { low, high } => {
                let words = |n: u8| match n {
                    1 => format!("1　{low}"),
                    2 => format!("2　靠近“{low}”"),
                    3 => "3　在中间".to_owned(),
                    4 => format!("4　靠近“{high}”"),
                    n => format!("{n}　{high}"),
                };
                (1..=SCALE_TOP).map(words).collect()
            }
            SurveyKind::Choice { options } => options.clone(),
        }
    }
}

const SCALE_TOP: u8 = 5;

/// What was answered to one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SurveyAnswer {
    pub survey: SurveyId,
    pub question: String,
    /// From 1 on.
    pub answer: u32,
    pub at: UtcMs,
}

/// At most one in this time.
const APART_MS: i64 = 7 * 86_400_000;
/// Somebody new is left in peace for so many days.
pub const NEW_FOR_DAYS: i32 = 3;

/// The survey to offer now, if any. `first_day` and `today`: on the viewer's calendar.
pub fn due<'a>(
    surveys: &'a [Survey],
    offered: &[(SurveyId, UtcMs)],
    refused: bool,
    first_day: Option<i32>,
    today: i32,
    now: UtcMs,
) -> Option<&'a Survey> {
    let settled = first_day.is_some_and(|first| today.saturating_sub(first) >= NEW_FOR_DAYS);
    // A clock that was set back does not make the last one lie ahead for ever: what lies ahead counts as now.
    let rested = offered.iter().all(|(_, at)| now.0.saturating_sub(at.0) >= APART_MS);
    if refused || !settled || !rested {
        return None;
    }
    surveys.iter().find(|s| !s.questions.is_empty() && !offered.iter().any(|(id, _)| *id == s.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asked_seldom_never_twice_and_never_the_new() {
        let of = |id: &str| Survey {
            id: SurveyId(id.into()),
            title: String::new(),
            questions: vec![SurveyQuestion {
                id: "q".into(),
                prompt: String::new(),
                kind: SurveyKind::Choice { options: vec!["好".into(), "不好".into()] },
            }],
        };
        let surveys = [of("a"), of("b")];
        let at = UtcMs(100 * 86_400_000);
        let due = |offered: &[(SurveyId, UtcMs)], refused, first, now: UtcMs| {
            due(&surveys, offered, refused, first, 100, now).map(|s| s.id.0.clone())
        };
        assert_eq!(due(&[], false, Some(97), at), Some("a".into()));
        assert_eq!(due(&[], false, Some(98), at), None);
        assert_eq!(due(&[], false, None, at), None);
        assert_eq!(due(&[], true, Some(90), at), None);
        let offered = [(SurveyId("a".into()), at)];
        assert_eq!(due(&offered, false, Some(90), at.plus(APART_MS - 1)), None);
        assert_eq!(due(&offered, false, Some(90), at.plus(APART_MS)), Some("b".into()));
        let both = [(SurveyId("a".into()), at), (SurveyId("b".into()), at)];
        assert_eq!(due(&both, false, Some(90), at.plus(9 * APART_MS)), None);
    }

    #[test]
    fn a_scale_has_words_for_each_answer() {
        let kind = SurveyKind::Scale { low: "太小".into(), high: "正好".into() };
        let question = SurveyQuestion { id: String::new(), prompt: String::new(), kind };
        let said = ["1　太小", "2　靠近“太小”", "3　在中间", "4　靠近“正好”", "5　正好"];
        assert_eq!(question.options(), said);
    }
}
