//! From commands to rows. Reading them back is the parent's.

use rusqlite::{Connection, params};

use super::{DAY_MAX_SECONDS, LAST_CHANNEL, PIN, SETTING_PREFIX};
use crate::{
    guide::lineup::ChannelId,
    store::{
        answers, credits, outbox, taste,
        types::{HistoryKey, Reminder, ReminderOf, StoreCommand},
        watch_log,
    },
    time::UtcMs,
};

/// Does one command. The caller holds the transaction.
pub(in crate::store) fn execute(conn: &Connection, command: &StoreCommand) -> rusqlite::Result<()> {
    match command {
        StoreCommand::SaveHistory(entry) => {
            forget(conn, &entry.key)?;
            let (kind, owner, item) = key_columns(&entry.key);
            let watched = serde_json::to_string(entry.watched.ranges()).unwrap_or_else(|_| "[]".into());
            conn.prepare_cached(
                "INSERT INTO history (kind, owner, item, title, detail, poster, position_ms, duration_ms, watched, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(params![
                kind,
                owner,
                item,
                entry.title,
                entry.detail,
                entry.poster,
                clamped(entry.position_ms),
                clamped(entry.duration_ms),
                watched,
                entry.at.0.max(0),
            ])?;
            watch_log::save(conn, entry)?;
        }
        StoreCommand::RemoveHistory(key) => {
            forget(conn, key)?;
            watch_log::forget(conn, key)?;
        }
        StoreCommand::ClearLessons => {
            conn.execute_batch("DELETE FROM history WHERE kind = 'lesson'; DELETE FROM watch_log;")?
        }
        StoreCommand::ClearChannels => conn.execute_batch("DELETE FROM history WHERE kind = 'channel';")?,
        StoreCommand::SaveAnswer(answer) => answers::save(conn, answer)?,
        StoreCommand::RemoveAnswers(course) => answers::remove(conn, course.as_ref())?,
        StoreCommand::SetDeclined { course, on } => taste::decline(conn, course, *on)?,
        StoreCommand::SetLiking { subject, liking } => taste::like(conn, subject, *liking)?,
        StoreCommand::ForgetTaste => conn.execute_batch("DELETE FROM declined; DELETE FROM liking;")?,
        StoreCommand::SaveSurveyAnswer(answer) => taste::answer(conn, answer)?,
        StoreCommand::SaveCredit(earned) => credits::save(conn, earned)?,
        StoreCommand::Record(statement) => outbox::put(conn, statement)?,
        StoreCommand::RecordsArrived(ids) => outbox::arrived(conn, ids)?,
        StoreCommand::RecordRefused { id, status } => outbox::refused(conn, *id, *status)?,
        StoreCommand::ForgetRecords => conn.execute_batch("DELETE FROM outbox")?,
        StoreCommand::SetFavouriteChannel { channel, on } => favour(conn, "channel", &channel.0, *on)?,
        StoreCommand::SetFavouriteCourse { course, on } => favour(conn, "course", &course.0, *on)?,
        StoreCommand::SaveLastChannel(channel) => set(conn, LAST_CHANNEL, &channel.0.as_str().into())?,
        StoreCommand::SaveDay { day, seconds } => {
            conn.prepare_cached("INSERT INTO days VALUES (?1, ?2) ON CONFLICT (day) DO UPDATE SET seconds = ?2")?
                .execute(params![day, seconds.min(&DAY_MAX_SECONDS)])?;
        }
        StoreCommand::SaveReminder(reminder) => {
            unbook(conn, &reminder.of, reminder.start)?;
            let (kind, owner, item) = reminder_columns(&reminder.of);
            let Reminder { start, end, title, place, .. } = reminder;
            conn.prepare_cached(
                "INSERT INTO reminders (kind, owner, item, start, stop, title, place) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![kind, owner, item, start.0, end.0, title, place])?;
        }
        StoreCommand::RemoveReminder { of, start } => unbook(conn, of, *start)?,
        StoreCommand::SetLocked { channel, on } => {
            let sql = if *on {
                "INSERT INTO locked (channel) VALUES (?1) ON CONFLICT (channel) DO NOTHING"
            } else {
                "DELETE FROM locked WHERE channel = ?1"
            };
            conn.prepare_cached(sql)?.execute([&channel.0])?;
        }
        StoreCommand::SavePin(seal) => set(conn, PIN, &seal.text().into())?,
        StoreCommand::ClearLock => {
            conn.execute("DELETE FROM locked", [])?;
            conn.execute("DELETE FROM setting WHERE key = ?1", [PIN])?;
        }
        StoreCommand::SaveReplayPlace(place) => {
            forget_place(conn, &place.channel, place.start)?;
            conn.prepare_cached("INSERT INTO replay_place (channel, start, at_ms) VALUES (?1, ?2, ?3)")?
                .execute(params![place.channel.0, place.start.0, clamped(place.at_ms)])?;
        }
        StoreCommand::RemoveReplayPlace { channel, start } => forget_place(conn, channel, *start)?,
        StoreCommand::SaveSound { channel, sound } => {
            conn.prepare_cached("DELETE FROM channel_sound WHERE channel = ?1")?.execute([&channel.0])?;
            conn.prepare_cached("INSERT INTO channel_sound (channel, name, language) VALUES (?1, ?2, ?3)")?
                .execute(params![channel.0, sound.name, sound.language])?;
        }
        StoreCommand::SaveCaption { channel, caption } => {
            conn.prepare_cached("DELETE FROM channel_caption WHERE channel = ?1")?.execute([&channel.0])?;
            if let Some(caption) = caption {
                conn.prepare_cached("INSERT INTO channel_caption (channel, name, language) VALUES (?1, ?2, ?3)")?
                    .execute(params![channel.0, caption.name, caption.language])?;
            }
        }
        StoreCommand::SaveSettings(settings) => {
            if let Ok(serde_json::Value::Object(fields)) = serde_json::to_value(settings) {
                for (field, value) in fields {
                    set(conn, &format!("{SETTING_PREFIX}{field}"), &value)?;
                }
            }
        }
    }
    Ok(())
}

pub(in crate::store) fn set(conn: &Connection, key: &str, value: &serde_json::Value) -> rusqlite::Result<()> {
    conn.prepare_cached("INSERT INTO setting VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2")?
        .execute(params![key, value.to_string()])?;
    Ok(())
}

fn key_columns(key: &HistoryKey) -> (&'static str, &str, &str) {
    match key {
        HistoryKey::Lesson { course, lesson } => ("lesson", &course.0, &lesson.0),
        HistoryKey::Channel(channel) => ("channel", &channel.0, ""),
    }
}

fn forget(conn: &Connection, key: &HistoryKey) -> rusqlite::Result<()> {
    let (kind, owner, item) = key_columns(key);
    conn.prepare_cached("DELETE FROM history WHERE kind = ?1 AND owner = ?2 AND item = ?3")?
        .execute(params![kind, owner, item])?;
    Ok(())
}

fn reminder_columns(of: &ReminderOf) -> (&'static str, &str, &str) {
    match of {
        ReminderOf::Programme(channel) => ("programme", &channel.0, ""),
        ReminderOf::Class { course, session } => ("class", &course.0, session),
    }
}

fn unbook(conn: &Connection, of: &ReminderOf, start: UtcMs) -> rusqlite::Result<()> {
    let (kind, owner, item) = reminder_columns(of);
    conn.prepare_cached("DELETE FROM reminders WHERE kind = ?1 AND owner = ?2 AND item = ?3 AND start = ?4")?
        .execute(params![kind, owner, item, start.0])?;
    Ok(())
}

fn forget_place(conn: &Connection, channel: &ChannelId, start: UtcMs) -> rusqlite::Result<()> {
    conn.prepare_cached("DELETE FROM replay_place WHERE channel = ?1 AND start = ?2")?
        .execute(params![channel.0, start.0])?;
    Ok(())
}

fn favour(conn: &Connection, kind: &str, id: &str, on: bool) -> rusqlite::Result<()> {
    let sql = if on {
        "INSERT INTO favourite (kind, id) VALUES (?1, ?2) ON CONFLICT (kind, id) DO NOTHING"
    } else {
        "DELETE FROM favourite WHERE kind = ?1 AND id = ?2"
    };
    conn.prepare_cached(sql)?.execute(params![kind, id])?;
    Ok(())
}

/// SQLite's integers are signed; nothing is longer than 292 million years.
fn clamped(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
