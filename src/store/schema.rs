//! The tables, as a list of steps from an empty file. A step that has been released is never edited: the next change
//! is one more entry at the end, and its test migrates a file that the earlier version wrote.

use std::time::Duration;

use rusqlite::Connection;

/// Rows carry `seq`, the order of saving, because a box without a battery-backed clock cannot order by time.
/// No CHECKs: a row that makes no sense is one row lost at reading, not a damaged file.
const STEPS: &[&str] = &[
    // 1
    "CREATE TABLE history (
        seq INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,             -- 'lesson' or 'channel'
        owner TEXT NOT NULL,            -- the course, or the channel
        item TEXT NOT NULL,             -- the lesson; '' for a channel
        title TEXT NOT NULL,
        detail TEXT NOT NULL,
        poster TEXT,
        position_ms INTEGER NOT NULL,
        duration_ms INTEGER NOT NULL,
        watched TEXT NOT NULL,          -- JSON: [[from, to], …] in seconds, half open
        at INTEGER NOT NULL             -- ms since 1970, UTC
    ) STRICT;
    CREATE UNIQUE INDEX history_key ON history (kind, owner, item);
    CREATE TABLE favourite (
        seq INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,             -- 'course' or 'channel'
        id TEXT NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX favourite_key ON favourite (kind, id);
    CREATE TABLE days (
        day INTEGER PRIMARY KEY,        -- since 1970-01-01 on the viewer's calendar
        seconds INTEGER NOT NULL        -- really watched
    ) STRICT;
    CREATE TABLE setting (
        key TEXT PRIMARY KEY,
        value TEXT NOT NULL             -- JSON
    ) STRICT;",
    // 2
    "CREATE TABLE reminders (
        seq INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,             -- 'programme' or 'class'
        owner TEXT NOT NULL,            -- the channel, or the course
        item TEXT NOT NULL,             -- the live session; '' for a programme
        start INTEGER NOT NULL,         -- ms since 1970, UTC
        stop INTEGER NOT NULL,
        title TEXT NOT NULL,
        place TEXT NOT NULL             -- the channel's or the course's name
    ) STRICT;
    CREATE UNIQUE INDEX reminders_key ON reminders (kind, owner, item, start);",
    // 3
    "CREATE TABLE locked (
        seq INTEGER PRIMARY KEY,
        channel TEXT NOT NULL UNIQUE
    ) STRICT;
    CREATE TABLE replay_place (         -- programmes of the past that were left in the middle
        seq INTEGER PRIMARY KEY,
        channel TEXT NOT NULL,
        start INTEGER NOT NULL,         -- of the programme, ms since 1970, UTC
        at_ms INTEGER NOT NULL,         -- from its start
        UNIQUE (channel, start)
    ) STRICT;
    CREATE TABLE channel_sound (        -- which of its sounds the viewer has chosen
        seq INTEGER PRIMARY KEY,
        channel TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        language TEXT
    ) STRICT;",
    // 4
    "CREATE TABLE answers (
        seq INTEGER PRIMARY KEY,
        course TEXT NOT NULL,
        lesson TEXT NOT NULL,
        question TEXT NOT NULL,
        choice TEXT NOT NULL,           -- JSON: {\"one\": n}, {\"several\": [n, …]} or {\"sequence\": [n, …]}
        is_right INTEGER NOT NULL,      -- 0 or 1
        tries INTEGER NOT NULL,
        at INTEGER NOT NULL             -- ms since 1970, UTC
    ) STRICT;
    CREATE UNIQUE INDEX answers_key ON answers (course, lesson, question);
    CREATE TABLE watch_log (
        seq INTEGER PRIMARY KEY,
        course TEXT NOT NULL,
        lesson TEXT NOT NULL,
        from_s INTEGER NOT NULL,        -- seconds of the lesson that counted for the first time, half open
        to_s INTEGER NOT NULL,
        at INTEGER NOT NULL             -- when the last of them was saved, ms since 1970, UTC
    ) STRICT;
    CREATE INDEX watch_log_lesson ON watch_log (course, lesson);",
    // 5
    "CREATE TABLE declined (             -- 不感兴趣
        seq INTEGER PRIMARY KEY,
        course TEXT NOT NULL UNIQUE
    ) STRICT;
    CREATE TABLE liking (
        seq INTEGER PRIMARY KEY,
        subject TEXT NOT NULL UNIQUE,   -- JSON: {\"band\": …} or {\"teacher\": …}
        liking TEXT NOT NULL            -- JSON: \"more\", \"less\" or \"never\"
    ) STRICT;
    CREATE TABLE survey_answers (
        seq INTEGER PRIMARY KEY,
        survey TEXT NOT NULL,
        question TEXT NOT NULL,
        answer INTEGER NOT NULL,        -- 1 to 5 on a scale, or the option's number from 1
        at INTEGER NOT NULL,            -- ms since 1970, UTC
        sent INTEGER NOT NULL,          -- 0 or 1: handed to the outbox
        UNIQUE (survey, question)
    ) STRICT;",
    // 6
    "CREATE TABLE credit (               -- finished courses, with what each was computed from
        seq INTEGER PRIMARY KEY,
        course TEXT NOT NULL UNIQUE,
        title TEXT NOT NULL,
        provider TEXT NOT NULL,
        credit_tenths INTEGER NOT NULL,
        hours_tenths INTEGER NOT NULL,
        climbed TEXT,                   -- the ladder of which it was the last step
        proof TEXT NOT NULL,            -- JSON: lessons with seconds and answers
        at INTEGER NOT NULL             -- ms since 1970, UTC
    ) STRICT;",
    // 7
    "CREATE TABLE outbox (               -- learning records that have not arrived
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        body TEXT NOT NULL,             -- JSON: an xAPI statement
        refused INTEGER NOT NULL        -- 0, or the HTTP status with which the record store refused this very one
    ) STRICT;",
    // 8
    "CREATE TABLE channel_caption (      -- which of its subtitles the viewer has turned on
        seq INTEGER PRIMARY KEY,
        channel TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        language TEXT
    ) STRICT;",
    // 9: nothing ever read it.
    "ALTER TABLE survey_answers DROP COLUMN sent;",
];

pub(super) const KNOWN: u32 = STEPS.len() as u32;

/// Another program on the same file (a backup script, a second start) gets this long before the store tries later.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

/// What every connection to the file is told first.
pub(super) fn tune(conn: &Connection) -> rusqlite::Result<()> {
    conn.busy_timeout(BUSY_TIMEOUT)?;
    conn.execute_batch(
        "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL;",
    )
}

/// Whether the file lacks the table, being from before it. Files are read without being migrated, too, and a damaged one
/// does not always say what it has: then the table is looked for.
pub(super) fn lacks(conn: &Connection, table: &str) -> bool {
    let there = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?1";
    conn.query_row(there, [table], |row| row.get::<_, i64>(0)).is_ok_and(|n| n == 0)
}

pub(super) fn version(conn: &Connection) -> rusqlite::Result<u32> {
    conn.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Brings the file to the version that this program knows; each step and its number in one transaction.
pub(super) fn migrate(conn: &mut Connection) -> rusqlite::Result<()> {
    migrate_along(conn, STEPS)
}

fn migrate_along(conn: &mut Connection, steps: &[&str]) -> rusqlite::Result<()> {
    let from = version(conn)?;
    for (number, step) in (1u32..).zip(steps).skip(from as usize) {
        let tx = conn.transaction()?;
        tx.execute_batch(step)?;
        tx.pragma_update(None, "user_version", number)?;
        tx.commit()?;
        tracing::info!(version = number, "user database migrated");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{
        rows,
        types::{StoreCommand, UserData},
    };

    /// A file as version 1 wrote it, spelled out rather than made by the code under test.
    const WRITTEN_BY_1: &str = r#"
        INSERT INTO history VALUES (1,'lesson','c1','l1','手机支付','第一课','p.png',61000,90000,'[[0,61]]',1767225600000);
        INSERT INTO history VALUES (2,'channel','dragon','','东方卫视','',NULL,0,0,'[]',1767225700000);
        INSERT INTO favourite VALUES (1,'channel','dragon');
        INSERT INTO days VALUES (20454, 1800);
        INSERT INTO setting VALUES ('last_channel','"dragon"'),('settings.subtitles','false');
    "#;

    #[test]
    fn migrates_from_1_and_keeps_every_row() {
        let mut conn = Connection::open_in_memory().unwrap();
        migrate_along(&mut conn, &STEPS[..1]).unwrap();
        conn.execute_batch(WRITTEN_BY_1).unwrap();
        assert_eq!(version(&conn).unwrap(), 1);

        // Looked at without being migrated, as a file that cannot be written is.
        assert_eq!(rows::load(&conn).unwrap().history.len(), 2);
        migrate(&mut conn).unwrap();
        assert_eq!(version(&conn).unwrap(), KNOWN);
        conn.execute_batch(
            "INSERT INTO reminders VALUES (1,'programme','dragon','',1767225600000,1767227400000,'晚间新闻','东方卫视');
             INSERT INTO answers VALUES (1,'c1','l1','q1','{\"one\":1}',1,2,1767225600000);
             INSERT INTO watch_log VALUES (1,'c1','l1',0,70,1767225600000);",
        )
        .unwrap();

        // The step that a next version would add.
        let next = [STEPS, &["ALTER TABLE history ADD COLUMN profile TEXT NOT NULL DEFAULT '';"]].concat();
        migrate_along(&mut conn, &next).unwrap();
        assert_eq!(version(&conn).unwrap(), KNOWN + 1);

        let data: UserData = rows::load(&conn).unwrap();
        assert_eq!(data.reminders.len(), 1);
        assert_eq!(data.answers[0].tries, 2);
        assert_eq!(data.history[1].watched.total(), 70, "what the log knows beyond the history's row counts");
        assert_eq!(data.history.len(), 2);
        assert_eq!(data.history[1].position_ms, 61_000);
        assert_eq!(data.favourite_channels.len(), 1);
        assert_eq!(data.last_channel.unwrap().0, "dragon");
        assert!(!data.settings.subtitles);
        assert_eq!(data.days, [(20_454, 1800)]);
    }

    #[test]
    fn an_answer_to_a_survey_outlives_the_column_that_nobody_read() {
        let mut conn = Connection::open_in_memory().unwrap();
        migrate_along(&mut conn, &STEPS[..8]).unwrap();
        conn.execute_batch("INSERT INTO survey_answers VALUES (1,'s','q',4,1767225600000,1);").unwrap();
        let before = rows::load(&conn).unwrap();
        migrate(&mut conn).unwrap();
        let after = rows::load(&conn).unwrap();
        assert_eq!(after.survey_answers, before.survey_answers);
        assert_eq!(after.survey_answers[0].answer, 4);
        let mut again = after.survey_answers[0].clone();
        again.answer = 2;
        rows::execute(&conn, &StoreCommand::SaveSurveyAnswer(again.clone())).unwrap();
        assert_eq!(rows::load(&conn).unwrap().survey_answers, [again]);
    }

    #[test]
    fn a_step_that_fails_leaves_the_version_before_it() {
        let mut conn = Connection::open_in_memory().unwrap();
        let broken = [STEPS[0], "CREATE TABLE extra (a); CREATE TABLE history (a);"];
        assert!(migrate_along(&mut conn, &broken).is_err());
        assert_eq!(version(&conn).unwrap(), 1);
        let extra: i64 =
            conn.query_row("SELECT count(*) FROM sqlite_schema WHERE name = 'extra'", [], |r| r.get(0)).unwrap();
        assert_eq!(extra, 0);
    }
}
