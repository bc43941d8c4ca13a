//! What was watched when: one row for each stretch of seconds that counted for the first time. Appended in the very
//! transaction that saves the lesson's line of the history, so that the two never tell different figures.

use std::collections::HashMap;

use rusqlite::{Connection, Row, params};

use super::{
    rows::{length, scan, text},
    types::{HistoryEntry, HistoryKey},
};
use crate::{
    catalogue::types::{CourseId, LessonId},
    learning::progress::WatchedSeconds,
};

/// A stretch goes on in its row as long as it is saved again within this: the player saves every 10 s.
const GOES_ON_MS: i64 = 60_000;

type Logged = HashMap<HistoryKey, WatchedSeconds>;

/// The log, replayed.
pub(super) fn read(conn: &Connection, failed: &mut Option<rusqlite::Error>) -> Logged {
    let mut logged = Logged::new();
    for (key, (from, to)) in
        scan(conn, "SELECT seq, course, lesson, from_s, to_s FROM watch_log", "seq", of_row, failed)
    {
        logged.entry(key).or_default().add(from, to);
    }
    logged
}

fn of_row(row: &Row<'_>) -> Result<(HistoryKey, (u32, u32)), String> {
    let key = HistoryKey::Lesson { course: CourseId(text(row, 1)?), lesson: LessonId(text(row, 2)?) };
    let second = |column| {
        let second = length(row, column)?;
        u32::try_from(second).map_err(|_| format!("column {column} is out of range ({second})"))
    };
    Ok((key, (second(3)?, second(4)?)))
}

/// Appends what the entry counts beyond the log.
pub(super) fn save(conn: &Connection, entry: &HistoryEntry) -> rusqlite::Result<()> {
    let HistoryKey::Lesson { course, lesson } = &entry.key else { return Ok(()) };
    let at = entry.at.0.max(0);
    let mut logged = of_lesson(conn, course, lesson)?;
    if !entry.watched.holds(&logged) {
        // Seconds are never taken back; an entry that has fewer speaks of a new beginning.
        forget(conn, &entry.key)?;
        logged = WatchedSeconds::default();
    }
    for &(from, to) in entry.watched.ranges() {
        for (from, to) in logged.missing(from, to) {
            append(conn, course, lesson, (from, to), at)?;
        }
    }
    Ok(())
}

fn of_lesson(conn: &Connection, course: &CourseId, lesson: &LessonId) -> rusqlite::Result<WatchedSeconds> {
    let mut select = conn.prepare_cached("SELECT from_s, to_s FROM watch_log WHERE course = ?1 AND lesson = ?2")?;
    let mut rows = select.query(params![course.0, lesson.0])?;
    let mut logged = WatchedSeconds::default();
    while let Some(row) = rows.next()? {
        // Out of range is nonsense that reading skips, too.
        if let (Ok(from), Ok(to)) = (row.get(0), row.get(1)) {
            logged.add(from, to);
        }
    }
    Ok(logged)
}

fn append(
    conn: &Connection,
    course: &CourseId,
    lesson: &LessonId,
    (from, to): (u32, u32),
    at: i64,
) -> rusqlite::Result<()> {
    let longer = conn
        .prepare_cached(
            "UPDATE watch_log SET to_s = ?4, at = ?5 WHERE seq = (SELECT max(seq) FROM watch_log)
             AND course = ?1 AND lesson = ?2 AND to_s = ?3 AND at <= ?5 AND ?5 - at <= ?6",
        )?
        .execute(params![course.0, lesson.0, from, to, at, GOES_ON_MS])?;
    if longer == 0 {
        conn.prepare_cached("INSERT INTO watch_log (course, lesson, from_s, to_s, at) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![course.0, lesson.0, from, to, at])?;
    }
    Ok(())
}

pub(super) fn forget(conn: &Connection, key: &HistoryKey) -> rusqlite::Result<()> {
    let HistoryKey::Lesson { course, lesson } = key else { return Ok(()) };
    conn.prepare_cached("DELETE FROM watch_log WHERE course = ?1 AND lesson = ?2")?
        .execute(params![course.0, lesson.0])?;
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::{super::types::UserData, *};
    use crate::{
        store::{rows, schema, types::StoreCommand},
        time::UtcMs,
    };

    /// Replaying the log gives the figures of the history, lesson by lesson.
    pub(in crate::store) fn says_what_the_history_says(
        conn: &Connection,
        data: &UserData,
    ) -> Result<(), TestCaseError> {
        let mut failed = None;
        let logged = read(conn, &mut failed);
        prop_assert!(failed.is_none());
        for entry in data.history.iter().filter(|e| matches!(e.key, HistoryKey::Lesson { .. })) {
            prop_assert_eq!(&logged.get(&entry.key).cloned().unwrap_or_default(), &entry.watched);
        }
        let lines = data.history.iter().filter(|e| e.watched.total() > 0 && matches!(e.key, HistoryKey::Lesson { .. }));
        prop_assert_eq!(lines.count(), logged.len());
        Ok(())
    }

    fn entry(ranges: &[(u32, u32)], at: i64) -> HistoryEntry {
        HistoryEntry {
            key: HistoryKey::Lesson { course: CourseId("c".into()), lesson: LessonId("l".into()) },
            title: String::new(),
            detail: String::new(),
            poster: None,
            position_ms: 0,
            duration_ms: 60_000,
            watched: WatchedSeconds::from_ranges(ranges.iter().copied()),
            at: UtcMs(at),
        }
    }

    fn rows_of(conn: &Connection) -> Vec<(u32, u32, i64)> {
        let mut select = conn.prepare("SELECT from_s, to_s, at FROM watch_log ORDER BY seq").unwrap();
        let rows = select.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).unwrap();
        rows.map(Result::unwrap).collect()
    }

    #[test]
    fn each_stretch_is_one_row_and_watching_again_adds_none() {
        let mut conn = Connection::open_in_memory().unwrap();
        schema::migrate(&mut conn).unwrap();
        let save = |ranges: &[(u32, u32)], at| {
            rows::execute(&conn, &StoreCommand::SaveHistory(entry(ranges, at))).unwrap();
        };
        save(&[(0, 10)], 10_000);
        save(&[(0, 20)], 20_000);
        save(&[(0, 20)], 30_000);
        save(&[(0, 20), (40, 45)], 35_000);
        assert_eq!(rows_of(&conn), [(0, 20, 20_000), (40, 45, 35_000)]);
        // The gap is filled an evening later, and the stretch after it went on.
        save(&[(0, 50)], 90_000_000);
        assert_eq!(rows_of(&conn), [(0, 20, 20_000), (40, 45, 35_000), (20, 40, 90_000_000), (45, 50, 90_000_000)]);
        // A clock that was set back is no continuation.
        save(&[(0, 55)], 1_000);
        assert_eq!(rows_of(&conn).last(), Some(&(50, 55, 1_000)));
        save(&[(0, 5)], 2_000);
        assert_eq!(rows_of(&conn), [(0, 5, 2_000)]);
        rows::execute(&conn, &StoreCommand::RemoveHistory(entry(&[], 0).key)).unwrap();
        assert_eq!(rows_of(&conn), []);
    }
}
