//! The table of finished courses. What makes one is the learning room's.

use rusqlite::{Connection, Row, params};

use super::rows::{length, text};
use crate::{
    catalogue::types::CourseId,
    learning::{
        credit::{Earned, Proof},
        progress::WatchedSeconds,
    },
    time::UtcMs,
};

pub(super) const SELECT: &str =
    "SELECT seq, course, title, provider, credit_tenths, hours_tenths, climbed, proof, at FROM credit";

pub(super) fn of_row(row: &Row<'_>) -> Result<Earned, String> {
    let tenths = |column| {
        let tenths = length(row, column)?;
        u32::try_from(tenths).map_err(|_| format!("column {column} is out of range ({tenths})"))
    };
    let mut proof: Proof = serde_json::from_str(&text(row, 7)?).map_err(|e| format!("proof: {e}"))?;
    for lesson in &mut proof.lessons {
        lesson.watched = WatchedSeconds::from_ranges(lesson.watched.ranges().iter().copied());
    }
    Ok(Earned {
        course: CourseId(text(row, 1)?),
        title: text(row, 2)?,
        provider: text(row, 3)?,
        credit_tenths: tenths(4)?,
        hours_tenths: tenths(5)?,
        climbed: row.get(6).map_err(|e| e.to_string())?,
        proof,
        at: UtcMs(length(row, 8)?.try_into().unwrap_or(i64::MAX)),
    })
}

pub(super) fn save(conn: &Connection, earned: &Earned) -> rusqlite::Result<()> {
    let Earned { course, title, provider, credit_tenths, hours_tenths, at, proof, climbed } = earned;
    let proof = serde_json::to_string(proof).unwrap_or_else(|_| "null".into());
    conn.prepare_cached(
        "INSERT INTO credit (course, title, provider, credit_tenths, hours_tenths, climbed, proof, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (course) DO NOTHING",
    )?
    .execute(params![course.0, title, provider, credit_tenths, hours_tenths, climbed, proof, at.0.max(0)])?;
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        catalogue::types::LessonId,
        learning::{
            credit::{AnswerProof, LessonProof},
            quiz::QuestionId,
        },
    };

    /// Of few courses, so that they meet each other.
    pub(in crate::store) fn earned() -> impl Strategy<Value = Earned> {
        let lesson = (any::<String>(), any::<u32>(), prop::collection::vec((0u32..99, 0u32..99), 0..3), any::<u32>());
        let lessons = prop::collection::vec(lesson, 0..3);
        let words = (any::<String>(), any::<String>(), prop::option::of(any::<String>()));
        (0u8..3, words, any::<(u32, u32)>(), 0..=i64::MAX, prop::option::of(any::<u8>()), lessons).prop_map(
            |(n, (title, provider, climbed), (credit_tenths, hours_tenths), at, pass_percent, lessons)| {
                let lessons = lessons.into_iter().map(|(title, duration_s, ranges, tries)| LessonProof {
                    lesson: LessonId("l".into()),
                    title,
                    duration_s,
                    watched: WatchedSeconds::from_ranges(ranges),
                    answers: vec![AnswerProof { question: QuestionId("q".into()), right: tries > 9, tries }],
                });
                let proof = Proof { pass_percent, lessons: lessons.collect() };
                let course = CourseId(format!("课{n}"));
                Earned { course, title, provider, credit_tenths, hours_tenths, at: UtcMs(at), proof, climbed }
            },
        )
    }
}
