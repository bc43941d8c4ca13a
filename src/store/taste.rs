//! The tables of what the learner said: tastes and surveys. What follows from it is the learning room's.

use rusqlite::{Connection, Row, params};

use super::{
    rows::{length, scan, text},
    types::StoreCommand,
};
use crate::{
    catalogue::types::CourseId,
    learning::{
        survey::{SurveyAnswer, SurveyId},
        taste::{Liking, Subject},
    },
    time::UtcMs,
};

pub(super) fn read(conn: &Connection, failed: &mut Option<rusqlite::Error>) -> Vec<StoreCommand> {
    let mut said = scan(conn, "SELECT seq, course FROM declined", "seq", declined_of, failed);
    said.extend(scan(conn, "SELECT seq, subject, liking FROM liking", "seq", liking_of, failed));
    let select = "SELECT seq, survey, question, answer, at FROM survey_answers";
    said.extend(scan(conn, select, "seq", answer_of, failed));
    said
}

fn declined_of(row: &Row<'_>) -> Result<StoreCommand, String> {
    Ok(StoreCommand::SetDeclined { course: CourseId(text(row, 1)?), on: true })
}

fn liking_of(row: &Row<'_>) -> Result<StoreCommand, String> {
    let subject: Subject = serde_json::from_str(&text(row, 1)?).map_err(|e| format!("subject: {e}"))?;
    let liking: Liking = serde_json::from_str(&text(row, 2)?).map_err(|e| format!("liking: {e}"))?;
    Ok(StoreCommand::SetLiking { subject, liking: Some(liking) })
}

fn answer_of(row: &Row<'_>) -> Result<StoreCommand, String> {
    Ok(StoreCommand::SaveSurveyAnswer(SurveyAnswer {
        survey: SurveyId(text(row, 1)?),
        question: text(row, 2)?,
        answer: u32::try_from(length(row, 3)?).map_err(|e| format!("answer: {e}"))?,
        at: UtcMs(length(row, 4)?.try_into().unwrap_or(i64::MAX)),
    }))
}

pub(super) fn decline(conn: &Connection, course: &CourseId, on: bool) -> rusqlite::Result<()> {
    let sql = if on {
        "INSERT INTO declined (course) VALUES (?1) ON CONFLICT (course) DO NOTHING"
    } else {
        "DELETE FROM declined WHERE course = ?1"
    };
    conn.prepare_cached(sql)?.execute([&course.0])?;
    Ok(())
}

pub(super) fn like(conn: &Connection, subject: &Subject, liking: Option<Liking>) -> rusqlite::Result<()> {
    let subject = serde_json::to_string(subject).unwrap_or_default();
    conn.prepare_cached("DELETE FROM liking WHERE subject = ?1")?.execute([&subject])?;
    if let Some(liking) = liking {
        let liking = serde_json::to_string(&liking).unwrap_or_default();
        conn.prepare_cached("INSERT INTO liking (subject, liking) VALUES (?1, ?2)")?.execute([&subject, &liking])?;
    }
    Ok(())
}

pub(super) fn answer(conn: &Connection, answer: &SurveyAnswer) -> rusqlite::Result<()> {
    let SurveyAnswer { survey, question, answer, at } = answer;
    conn.prepare_cached("DELETE FROM survey_answers WHERE survey = ?1 AND question = ?2")?
        .execute([&survey.0, question])?;
    conn.prepare_cached("INSERT INTO survey_answers (survey, question, answer, at) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![survey.0, question, answer, at.0.max(0)])?;
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::catalogue::types::Band;

    /// About few things, so that they meet each other often.
    pub(in crate::store) fn said() -> impl Strategy<Value = StoreCommand> {
        let subject = prop_oneof![
            Just(Subject::Band(Band::Health)),
            Just(Subject::Band(Band::Arts)),
            "[张王]老师".prop_map(Subject::Teacher),
        ];
        let liking = prop_oneof![Just(Liking::More), Just(Liking::Less), Just(Liking::Never)];
        prop_oneof![
            3 => (0u8..3, any::<bool>())
                .prop_map(|(n, on)| StoreCommand::SetDeclined { course: CourseId(format!("课{n}")), on }),
            3 => (subject, prop::option::of(liking))
                .prop_map(|(subject, liking)| StoreCommand::SetLiking { subject, liking }),
            1 => Just(StoreCommand::ForgetTaste),
            2 => (0u8..2, 0u8..2, 0u32..6, 0i64..9).prop_map(|(survey, question, answer, at)| {
                let survey = SurveyId(format!("s{survey}"));
                let question = format!("q'{question}");
                StoreCommand::SaveSurveyAnswer(SurveyAnswer { survey, question, answer, at: UtcMs(at) })
            }),
        ]
    }
}
