//! The table of answered questions. What an answer means is the learning room's.

use rusqlite::{Connection, Row, params};

use super::rows::{length, text};
use crate::{
    catalogue::types::{CourseId, LessonId},
    learning::quiz::{Choice, QuestionId, QuizAnswer},
    time::UtcMs,
};

pub(super) const SELECT: &str = "SELECT seq, course, lesson, question, choice, is_right, tries, at FROM answers";

pub(super) fn of_row(row: &Row<'_>) -> Result<QuizAnswer, String> {
    let choice: Choice = serde_json::from_str(&text(row, 4)?).map_err(|e| format!("choice: {e}"))?;
    Ok(QuizAnswer {
        course: CourseId(text(row, 1)?),
        lesson: LessonId(text(row, 2)?),
        question: QuestionId(text(row, 3)?),
        choice,
        right: length(row, 5)? == 1,
        tries: u32::try_from(length(row, 6)?).unwrap_or(u32::MAX),
        at: UtcMs(length(row, 7)?.try_into().unwrap_or(i64::MAX)),
    })
}

pub(super) fn save(conn: &Connection, answer: &QuizAnswer) -> rusqlite::Result<()> {
    let QuizAnswer { course, lesson, question, choice, right, tries, at } = answer;
    conn.prepare_cached("DELETE FROM answers WHERE course = ?1 AND lesson = ?2 AND question = ?3")?
        .execute(params![course.0, lesson.0, question.0])?;
    let choice = serde_json::to_string(choice).unwrap_or_else(|_| "null".into());
    conn.prepare_cached(
        "INSERT INTO answers (course, lesson, question, choice, is_right, tries, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![course.0, lesson.0, question.0, choice, right, tries, at.0.max(0)])?;
    Ok(())
}

pub(super) fn remove(conn: &Connection, course: Option<&CourseId>) -> rusqlite::Result<()> {
    match course {
        Some(course) => conn.execute("DELETE FROM answers WHERE course = ?1", params![course.0])?,
        None => conn.execute("DELETE FROM answers", [])?,
    };
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// About few questions, so that they meet each other often.
    pub(in crate::store) fn answer() -> impl Strategy<Value = QuizAnswer> {
        let choice = prop_oneof![
            (0usize..6).prop_map(Choice::One),
            prop::collection::btree_set(0usize..6, 0..4).prop_map(Choice::Several),
            prop::collection::vec(0usize..6, 0..4).prop_map(Choice::Sequence),
        ];
        (0u8..2, 0u8..2, 0u8..2, choice, any::<bool>(), any::<u32>(), 0..=i64::MAX).prop_map(
            |(course, lesson, question, choice, right, tries, at)| QuizAnswer {
                course: CourseId(format!("课{course}")),
                lesson: LessonId(format!("l'{lesson}")),
                question: QuestionId(format!("q{question}")),
                choice,
                right,
                tries,
                at: UtcMs(at),
            },
        )
    }
}
