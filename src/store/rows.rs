//! Between rows and plain data: here from rows, in `write` to them. A row that makes no sense is skipped with a
//! warning; the good rest is used.

#[cfg(test)]
pub(super) mod tests;
mod write;

use std::collections::{BTreeMap, HashMap, HashSet};

use rusqlite::{Connection, Row, types::ValueRef};

use super::{
    answers, credits, schema,
    seal::PinSeal,
    taste,
    types::{HistoryEntry, HistoryKey, Reminder, ReminderOf, ReplayPlace, Settings, StoreCommand, UserData},
    watch_log,
};
use crate::{
    catalogue::types::{CourseId, LessonId},
    guide::lineup::ChannelId,
    learning::progress::WatchedSeconds,
    player::{captions::Caption, sounds::Sound},
    time::UtcMs,
};
pub(super) use write::{execute, set};

/// A day's lesson has 86,400 seconds at most, so an honest set of ranges stays far below this.
const WATCHED_JSON_MAX_BYTES: usize = 512 * 1024;
/// A day whose clock was set back may count more than it had, but not without end.
const DAY_MAX_SECONDS: u32 = 2 * 86_400;
pub(super) const SETTING_PREFIX: &str = "settings.";
const LAST_CHANNEL: &str = "last_channel";
const PIN: &str = "pin";
/// Written into a backup, so that its age survives copying the file.
pub(super) const BACKUP_AT: &str = "backup_at";

/// Every readable row. An error means that the file itself could not be read on.
pub(super) fn load(conn: &Connection) -> rusqlite::Result<UserData> {
    match read(conn) {
        (data, None) => Ok(data),
        (_, Some(error)) => Err(error),
    }
}

/// As much as can be read of a damaged file, from both ends of each table.
pub(super) fn salvage(conn: &Connection) -> UserData {
    read(conn).0
}

fn read(conn: &Connection) -> (UserData, Option<rusqlite::Error>) {
    let mut data = UserData::default();
    let mut failed = None;

    let columns = "seq, kind, owner, item, title, detail, poster, position_ms, duration_ms, watched, at";
    let mut seen = HashSet::new();
    // A file of before is read where it stands, and a damaged one does not always say its version.
    let mut logged = HashMap::new();
    if !schema::lacks(conn, "answers") {
        logged = watch_log::read(conn, &mut failed);
        for answer in scan(conn, answers::SELECT, "seq", answers::of_row, &mut failed) {
            data.apply(&StoreCommand::SaveAnswer(answer));
        }
    }
    for mut entry in
        scan(conn, &format!("SELECT {columns} FROM history"), "seq", history_of, &mut failed).into_iter().rev()
    {
        if seen.insert(entry.key.clone()) {
            // Both say the same unless a file was damaged.
            for &(from, to) in logged.get(&entry.key).map_or(&[][..], WatchedSeconds::ranges) {
                entry.watched.add(from, to);
            }
            data.history.push(entry);
        }
    }

    for favourite in scan(conn, "SELECT seq, kind, id FROM favourite", "seq", favourite_of, &mut failed) {
        data.apply(&favourite);
    }

    for day in scan(conn, "SELECT day, seconds FROM days", "day", day_of, &mut failed) {
        data.apply(&day);
    }

    // A file of before is read where it stands.
    if !schema::lacks(conn, "reminders") {
        let select = "SELECT seq, kind, owner, item, start, stop, title, place FROM reminders";
        for reminder in scan(conn, select, "seq", reminder_of, &mut failed) {
            data.apply(&StoreCommand::SaveReminder(reminder));
        }
    }
    if !schema::lacks(conn, "locked") {
        for locked in scan(conn, "SELECT seq, channel FROM locked", "seq", locked_of, &mut failed) {
            data.apply(&locked);
        }
    }
    if !schema::lacks(conn, "replay_place") {
        let select = "SELECT seq, channel, start, at_ms FROM replay_place";
        for place in scan(conn, select, "seq", replay_place_of, &mut failed) {
            data.apply(&StoreCommand::SaveReplayPlace(place));
        }
    }

    if !schema::lacks(conn, "channel_sound") {
        let select = "SELECT seq, channel, name, language FROM channel_sound";
        for sound in scan(conn, select, "seq", sound_of, &mut failed) {
            data.apply(&sound);
        }
    }

    if !schema::lacks(conn, "channel_caption") {
        let select = "SELECT seq, channel, name, language FROM channel_caption";
        for caption in scan(conn, select, "seq", caption_of, &mut failed) {
            data.apply(&caption);
        }
    }

    if !schema::lacks(conn, "liking") {
        for said in taste::read(conn, &mut failed) {
            data.apply(&said);
        }
    }
    if !schema::lacks(conn, "credit") {
        for earned in scan(conn, credits::SELECT, "seq", credits::of_row, &mut failed) {
            data.apply(&StoreCommand::SaveCredit(Box::new(earned)));
        }
    }

    // Field by field, so that one bad value costs one setting.
    let mut fields = serde_json::Map::new();
    for (key, value) in scan(conn, "SELECT rowid, key, value FROM setting", "rowid", setting_of, &mut failed) {
        if key == LAST_CHANNEL {
            match value {
                serde_json::Value::String(id) => data.last_channel = Some(ChannelId(id)),
                other => tracing::warn!(%other, "last channel in the user database makes no sense, skipped"),
            }
        } else if key == PIN {
            data.pin = value.as_str().and_then(PinSeal::from_text);
            if data.pin.is_none() {
                tracing::warn!("the PIN in the user database makes no sense, skipped");
            }
        } else if let Some(field) = key.strip_prefix(SETTING_PREFIX) {
            let before = fields.insert(field.into(), value);
            match serde_json::from_value::<Settings>(fields.clone().into()) {
                Ok(settings) => data.settings = settings,
                Err(error) => {
                    tracing::warn!(field, %error, "setting in the user database makes no sense, skipped");
                    match before {
                        Some(before) => fields.insert(field.into(), before),
                        None => fields.remove(field),
                    };
                }
            }
        }
    }
    (data, failed)
}

/// All rows in the order of `key`. Where reading forward breaks off, reading backward gets what lies behind the damage.
pub(super) fn scan<T>(
    conn: &Connection,
    select: &str,
    key: &str,
    parse: impl Fn(&Row<'_>) -> Result<T, String>,
    failed: &mut Option<rusqlite::Error>,
) -> Vec<T> {
    let mut found = BTreeMap::new();
    for direction in ["ASC", "DESC"] {
        match walk(conn, &format!("{select} ORDER BY {key} {direction}"), &parse, &mut found) {
            Ok(()) => break,
            Err(error) => *failed = Some(error),
        }
    }
    found.into_values().flatten().collect()
}

fn walk<T>(
    conn: &Connection,
    sql: &str,
    parse: impl Fn(&Row<'_>) -> Result<T, String>,
    found: &mut BTreeMap<i64, Option<T>>,
) -> rusqlite::Result<()> {
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let seq: i64 = row.get(0)?;
        if found.contains_key(&seq) {
            break;
        }
        let parsed = parse(row).inspect_err(|what| tracing::warn!(seq, %what, "row of the user database skipped"));
        found.insert(seq, parsed.ok());
    }
    Ok(())
}

pub(super) fn text(row: &Row<'_>, column: usize) -> Result<String, String> {
    match row.get_ref(column) {
        Ok(ValueRef::Text(bytes)) => {
            String::from_utf8(bytes.to_vec()).map_err(|_| format!("column {column} is not UTF-8"))
        }
        Ok(other) => Err(format!("column {column} is {:?}, not text", other.data_type())),
        Err(error) => Err(error.to_string()),
    }
}

pub(super) fn length(row: &Row<'_>, column: usize) -> Result<u64, String> {
    match row.get_ref(column) {
        Ok(ValueRef::Integer(n)) => u64::try_from(n).map_err(|_| format!("column {column} is negative ({n})")),
        Ok(other) => Err(format!("column {column} is {:?}, not a number", other.data_type())),
        Err(error) => Err(error.to_string()),
    }
}

fn history_of(row: &Row<'_>) -> Result<HistoryEntry, String> {
    let (owner, item) = (text(row, 2)?, text(row, 3)?);
    let key = match text(row, 1)?.as_str() {
        "lesson" => HistoryKey::Lesson { course: CourseId(owner), lesson: LessonId(item) },
        "channel" => HistoryKey::Channel(ChannelId(owner)),
        other => return Err(format!("kind \"{other}\" is neither lesson nor channel")),
    };
    let poster = match row.get_ref(6) {
        Ok(ValueRef::Null) => None,
        _ => Some(text(row, 6)?),
    };
    let watched = text(row, 9)?;
    if watched.len() > WATCHED_JSON_MAX_BYTES {
        return Err(format!("watched ranges take {} bytes", watched.len()));
    }
    let ranges: Vec<(u32, u32)> = serde_json::from_str(&watched).map_err(|e| format!("watched ranges: {e}"))?;
    Ok(HistoryEntry {
        key,
        title: text(row, 4)?,
        detail: text(row, 5)?,
        poster,
        position_ms: length(row, 7)?,
        duration_ms: length(row, 8)?,
        watched: WatchedSeconds::from_ranges(ranges),
        at: UtcMs(length(row, 10)?.try_into().unwrap_or(i64::MAX)),
    })
}

fn favourite_of(row: &Row<'_>) -> Result<StoreCommand, String> {
    let id = text(row, 2)?;
    match text(row, 1)?.as_str() {
        "channel" => Ok(StoreCommand::SetFavouriteChannel { channel: ChannelId(id), on: true }),
        "course" => Ok(StoreCommand::SetFavouriteCourse { course: CourseId(id), on: true }),
        other => Err(format!("kind \"{other}\" is neither course nor channel")),
    }
}

fn day_of(row: &Row<'_>) -> Result<StoreCommand, String> {
    let (Ok(day), Ok(seconds)) = (row.get::<_, i32>(0), row.get::<_, u32>(1)) else {
        return Err("a day or its seconds are out of range".into());
    };
    if seconds > DAY_MAX_SECONDS {
        return Err(format!("{seconds} seconds in one day"));
    }
    Ok(StoreCommand::SaveDay { day, seconds })
}

fn reminder_of(row: &Row<'_>) -> Result<Reminder, String> {
    let (owner, item) = (text(row, 2)?, text(row, 3)?);
    let of = match text(row, 1)?.as_str() {
        "programme" => ReminderOf::Programme(ChannelId(owner)),
        "class" => ReminderOf::Class { course: CourseId(owner), session: item },
        other => return Err(format!("kind \"{other}\" is neither programme nor class")),
    };
    let time = |column| row.get::<_, i64>(column).map(UtcMs).map_err(|e| e.to_string());
    Ok(Reminder { of, start: time(4)?, end: time(5)?, title: text(row, 6)?, place: text(row, 7)? })
}

fn locked_of(row: &Row<'_>) -> Result<StoreCommand, String> {
    Ok(StoreCommand::SetLocked { channel: ChannelId(text(row, 1)?), on: true })
}

fn replay_place_of(row: &Row<'_>) -> Result<ReplayPlace, String> {
    let start = row.get::<_, i64>(2).map(UtcMs).map_err(|e| e.to_string())?;
    Ok(ReplayPlace { channel: ChannelId(text(row, 1)?), start, at_ms: length(row, 3)? })
}

fn sound_of(row: &Row<'_>) -> Result<StoreCommand, String> {
    let sound = Sound { name: text(row, 2)?, language: text_or_none(row, 3)? };
    Ok(StoreCommand::SaveSound { channel: ChannelId(text(row, 1)?), sound })
}

fn caption_of(row: &Row<'_>) -> Result<StoreCommand, String> {
    let caption = Caption { name: text(row, 2)?, language: text_or_none(row, 3)? };
    Ok(StoreCommand::SaveCaption { channel: ChannelId(text(row, 1)?), caption: Some(caption) })
}

fn text_or_none(row: &Row<'_>, column: usize) -> Result<Option<String>, String> {
    match row.get_ref(column) {
        Ok(ValueRef::Null) => Ok(None),
        _ => text(row, column).map(Some),
    }
}

fn setting_of(row: &Row<'_>) -> Result<(String, serde_json::Value), String> {
    let (key, value) = (text(row, 1)?, text(row, 2)?);
    let value = serde_json::from_str(&value).map_err(|e| format!("setting {key}: {e}"))?;
    Ok((key, value))
}
