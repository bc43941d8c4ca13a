//! Between rows and plain data. A row that makes no sense is skipped with a warning; the good rest is used.

use std::collections::{BTreeMap, HashMap, HashSet};

use rusqlite::{Connection, Row, params, types::ValueRef};

use super::{
    answers, credits, outbox, schema,
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

/// Does one command. The caller holds the transaction.
pub(super) fn execute(conn: &Connection, command: &StoreCommand) -> rusqlite::Result<()> {
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

pub(super) fn set(conn: &Connection, key: &str, value: &serde_json::Value) -> rusqlite::Result<()> {
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

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{player::types::Speed, store::schema};

    fn key() -> impl Strategy<Value = HistoryKey> {
        (0u8..4).prop_map(|n| match n {
            0 | 1 => HistoryKey::Lesson { course: CourseId("健康".into()), lesson: LessonId(format!("第{n}课")) },
            n => HistoryKey::Channel(ChannelId(format!("ch-{n}"))),
        })
    }

    fn entry() -> impl Strategy<Value = HistoryEntry> {
        let text = prop_oneof!["[a-z']{0,4}", Just("一'\";--\u{0}丁".to_string()), any::<String>()];
        let ranges = prop::collection::vec((0u32..500, 0u32..500), 0..4);
        (key(), text, prop::option::of("[a-z]{1,8}"), 0..=i64::MAX as u64, 0u64..1 << 40, ranges, 0..=i64::MAX)
            .prop_map(|(key, title, poster, position_ms, duration_ms, ranges, at)| HistoryEntry {
                key,
                detail: title.chars().rev().collect(),
                title,
                poster,
                position_ms,
                duration_ms,
                watched: WatchedSeconds::from_ranges(ranges),
                at: UtcMs(at),
            })
    }

    fn reminder_key() -> impl Strategy<Value = (ReminderOf, UtcMs)> {
        (0u8..3, 0i64..2).prop_map(|(n, at)| {
            let of = match n {
                0 => ReminderOf::Programme(ChannelId("ch-1".into())),
                n => ReminderOf::Class { course: CourseId("健康".into()), session: format!("s{n}") },
            };
            (of, UtcMs(at * i64::MAX - 1))
        })
    }

    /// Up to `n` commands about few keys, so that they meet each other often.
    pub(in crate::store) fn commands(n: usize) -> impl Strategy<Value = Vec<StoreCommand>> {
        let one = prop_oneof![
            6 => entry().prop_map(StoreCommand::SaveHistory),
            2 => key().prop_map(StoreCommand::RemoveHistory),
            1 => Just(StoreCommand::ClearLessons),
            1 => Just(StoreCommand::ClearChannels),
            2 => (0u8..3, any::<bool>()).prop_map(|(n, on)|
                StoreCommand::SetFavouriteChannel { channel: ChannelId(format!("ch-{n}")), on }),
            2 => (0u8..3, any::<bool>()).prop_map(|(n, on)|
                StoreCommand::SetFavouriteCourse { course: CourseId(format!("课{n}")), on }),
            1 => (20_000i32..20_003, 0u32..86_400).prop_map(|(day, seconds)| StoreCommand::SaveDay { day, seconds }),
            3 => (reminder_key(), any::<i64>(), any::<String>()).prop_map(|((of, start), end, title)| {
                let place = title.chars().rev().collect();
                StoreCommand::SaveReminder(Reminder { of, start, end: UtcMs(end), title, place })
            }),
            2 => reminder_key().prop_map(|(of, start)| StoreCommand::RemoveReminder { of, start }),
            2 => (0u8..3, any::<bool>()).prop_map(|(n, on)|
                StoreCommand::SetLocked { channel: ChannelId(format!("ch-{n}")), on }),
            1 => (0u8..3).prop_map(|n| StoreCommand::SavePin(crate::store::seal::tests::seal(n))),
            1 => Just(StoreCommand::ClearLock),
            2 => (0u8..2, 0i64..2, 0..=i64::MAX as u64).prop_map(|(n, start, at_ms)| {
                let channel = ChannelId(format!("ch-{n}"));
                StoreCommand::SaveReplayPlace(ReplayPlace { channel, start: UtcMs(start), at_ms })
            }),
            1 => (0u8..2, 0i64..2).prop_map(|(n, start)|
                StoreCommand::RemoveReplayPlace { channel: ChannelId(format!("ch-{n}")), start: UtcMs(start) }),
            2 => (0u8..2, any::<String>(), prop::option::of("[a-z]{3}")).prop_map(|(n, name, language)|
                StoreCommand::SaveSound { channel: ChannelId(format!("ch-{n}")), sound: Sound { name, language } }),
            2 => (0u8..2, prop::option::of((any::<String>(), prop::option::of("[a-z]{3}")))).prop_map(|(n, caption)| {
                let caption = caption.map(|(name, language)| Caption { name, language });
                StoreCommand::SaveCaption { channel: ChannelId(format!("ch-{n}")), caption }
            }),
            3 => answers::tests::answer().prop_map(StoreCommand::SaveAnswer),
            4 => taste::tests::said(),
            1 => prop::option::of(0u8..2).prop_map(|n|
                StoreCommand::RemoveAnswers(n.map(|n| CourseId(format!("课{n}"))))),
            2 => credits::tests::earned().prop_map(|e| StoreCommand::SaveCredit(Box::new(e))),
            1 => "[a-z]{0,3}".prop_map(|id| StoreCommand::SaveLastChannel(ChannelId(id))),
            1 => (any::<bool>(), prop_oneof![Just(Speed::Slow), Just(Speed::Normal), Just(Speed::Fast)])
                .prop_map(|(subtitles, speed)| StoreCommand::SaveSettings(Settings { subtitles, speed, ..Settings::default() })),
        ];
        prop::collection::vec(one, 0..=n)
    }

    fn fresh() -> Connection {
        let mut conn = Connection::open_in_memory().unwrap();
        schema::migrate(&mut conn).unwrap();
        conn
    }

    proptest! {
        #[test]
        fn rows_say_what_the_plain_data_says(given in commands(60)) {
            let conn = fresh();
            let mut plain = UserData::default();
            for command in &given {
                execute(&conn, command).unwrap();
                plain.apply(command);
                watch_log::tests::says_what_the_history_says(&conn, &plain)?;
            }
            prop_assert_eq!(load(&conn).unwrap(), plain);
        }
    }

    #[test]
    fn nonsense_rows_cost_only_themselves() {
        let conn = fresh();
        conn.execute_batch(
            r#"
            INSERT INTO history VALUES
                (1,'lesson','c','l1','好','',NULL,5,9,'[[0,5]]',7),
                (2,'lesson','c','l2','负数','',NULL,-5,9,'[]',7),
                (3,'lesson','c','l3','坏','',NULL,5,9,'[[0,',7),
                (4,'film','c','l4','别的','',NULL,5,9,'[]',7),
                (5,'lesson','c','l5','反','',NULL,5,9,'[[9,2],[3,4]]',7),
                (6,'lesson','c','l6','负','',NULL,5,9,'[[-1,2]]',7),
                (7,'lesson','c','l7',CAST(X'FFFE' AS TEXT),'',NULL,5,9,'[]',7),
                (-8,'channel','早','','也好','',NULL,0,0,'[]',7);
            INSERT INTO favourite VALUES (1,'nothing','x'),(2,'course','c');
            INSERT INTO reminders VALUES
                (1,'programme','c','',5,9,'好','台'),(2,'film','c','',5,9,'别的','台'),
                (3,'class','c','s',5,9,CAST(X'FFFE' AS TEXT),'课');
            INSERT INTO locked VALUES (1,CAST(X'FFFE' AS TEXT)),(2,'好');
            INSERT INTO replay_place VALUES (1,'台',5,-9),(2,'台',6,9);
            INSERT INTO answers VALUES
                (1,'c','l1','q','{"one":1}',1,2,7),(2,'c','l1','q2','{"one":-1}',1,2,7),(3,'c','l1','q3','x',0,1,7),
                (4,'c','l1','q4','{"sequence":[1,0]}',0,-1,7);
            INSERT INTO watch_log VALUES
                (1,'c','l1',3,8,7),(2,'c','l1',30,20,7),(3,'c','l1',-3,1,7),(4,'c','l1',0,99999999999,7),(5,'c','l9',0,5,7);
            INSERT INTO credit VALUES
                (1,'c','好','校',15,20,NULL,'{"pass_percent":null,"lessons":[]}',7),(2,'d','坏','校',15,20,NULL,'{',7),
                (3,'e','负','校',-15,20,NULL,'{"pass_percent":null,"lessons":[]}',7);
            INSERT INTO days VALUES (1,-1),(2,99999999999),(3,60),(99999999999,1),(5,999999);
            INSERT INTO setting VALUES
                ('settings.speed','"Warp"'),('settings.subtitles','false'),('last_channel','7'),
                ('pin','"1234"'),('broken','{'),('settings.of_the_future','1');
            "#,
        )
        .unwrap();
        let data = load(&conn).unwrap();
        let titles: Vec<_> = data.history.iter().map(|h| h.title.as_str()).collect();
        assert_eq!(titles, ["反", "好", "也好"]);
        assert_eq!(data.history[0].watched.ranges(), [(3, 4)]);
        assert_eq!(data.history[1].watched.ranges(), [(0, 8)]);
        assert_eq!(data.answers.iter().map(|a| a.question.0.as_str()).collect::<Vec<_>>(), ["q"]);
        assert_eq!(data.favourite_courses, [CourseId("c".into())]);
        assert_eq!(data.settings, Settings { subtitles: false, ..Settings::default() });
        assert_eq!(data.last_channel, None);
        assert_eq!(data.credits.iter().map(|e| e.title.as_str()).collect::<Vec<_>>(), ["好"]);
        assert_eq!(data.days, [(3, 60)]);
        assert_eq!((data.locked_channels.len(), data.replay_places.len(), data.pin), (1, 1, None));
        assert_eq!(data.reminders.iter().map(|r| r.title.as_str()).collect::<Vec<_>>(), ["好"]);
    }

    #[test]
    fn numbers_beyond_the_signed_range_are_held_at_its_end() {
        let conn = fresh();
        let entry = HistoryEntry {
            key: HistoryKey::Channel(ChannelId("a".into())),
            title: String::new(),
            detail: String::new(),
            poster: None,
            position_ms: u64::MAX,
            duration_ms: u64::MAX,
            watched: WatchedSeconds::default(),
            at: UtcMs(-1),
        };
        execute(&conn, &StoreCommand::SaveHistory(entry)).unwrap();
        let data = load(&conn).unwrap();
        assert_eq!(data.history[0].position_ms, i64::MAX as u64);
        assert_eq!(data.history[0].at, UtcMs(0));
    }
}
