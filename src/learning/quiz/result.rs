//! What is kept of an answered question: one line for each, the latest state of it.

use serde::{Deserialize, Serialize};

use super::{Choice, QuestionId};
use crate::{
    catalogue::types::{CourseId, LessonId},
    time::UtcMs,
};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuizAnswer {
    pub course: CourseId,
    pub lesson: LessonId,
    pub question: QuestionId,
    pub choice: Choice,
    pub right: bool,
    /// How often it was answered, this time included.
    pub tries: u32,
    pub at: UtcMs,
}

impl QuizAnswer {
    pub fn is_about(&self, course: &CourseId, lesson: &LessonId, question: &QuestionId) -> bool {
        self.course == *course && self.lesson == *lesson && self.question == *question
    }

    /// The line after one more try. What was once answered right stays so: looking at a question again must not
    /// take away what was earned.
    pub fn again(self, before: Option<&Self>) -> Self {
        let Some(before) = before else { return self };
        let tries = before.tries.saturating_add(1);
        if before.right && !self.right { Self { tries, ..before.clone() } } else { Self { tries, ..self } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(chosen: usize, at: i64) -> QuizAnswer {
        QuizAnswer {
            course: CourseId("c".into()),
            lesson: LessonId("l".into()),
            question: QuestionId("q".into()),
            choice: Choice::One(chosen),
            right: chosen == 1,
            tries: 1,
            at: UtcMs(at),
        }
    }

    #[test]
    fn right_once_stays_right_and_every_try_counts() {
        let first = answer(0, 1).again(None);
        let second = answer(1, 2).again(Some(&first));
        assert_eq!((second.right, second.tries, second.at), (true, 2, UtcMs(2)));
        let third = answer(2, 3).again(Some(&second));
        assert_eq!((third.choice, third.right, third.tries, third.at), (Choice::One(1), true, 3, UtcMs(2)));
    }
}
