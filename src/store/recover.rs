//! What replaces a damaged file: the newest good backup, and on top of it every row of the damaged file that can still
//! be read and is newer. The damaged file itself is moved aside first and only ever read.

use std::{fs, path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags};

use super::{
    backup, files, open, outbox, rows, schema,
    trouble::Trouble,
    types::{Settings, StoreCommand, StoreNotice, UserData},
};
use crate::time::UtcMs;

/// A damaged file can send a reader in circles; what has not come out by then is given up.
const SALVAGE_LIMIT: Duration = Duration::from_secs(1);
/// A row from later than this beyond now is taken for damage.
const CLOCK_SLACK_MS: i64 = 2 * 24 * 3600 * 1000;

type Ready = (Connection, UserData, Option<StoreNotice>);

pub(super) fn recover(dir: &Path, now: UtcMs, what: &str) -> Result<Ready, Trouble> {
    let aside = files::set_aside(dir, now).map_err(|e| Trouble::of_io(&e))?;
    tracing::warn!(aside = %aside.display(), what, "the user database is damaged and was set aside");
    let found = salvage(&aside);
    let backup = backup::newest_good(dir);

    let mut kept = 0;
    let make = |base: UserData| {
        let more = newer(&base, &found, now);
        kept = u32::try_from(more.len()).unwrap_or(u32::MAX);
        more
    };
    let outbox = found.settings.records_since.map(|_| aside.as_path());
    build(dir, backup.as_ref().map(|b| b.path.as_path()), outbox, make)?;
    let (conn, data) = open::open_file(&files::database(dir), dir)?;
    let notice = backup.map_or(StoreNotice::StartedAfresh, |b| StoreNotice::Restored { backup_at: b.at });
    tracing::warn!(?notice, salvaged_rows = kept, "the user database was made anew");
    Ok((conn, data, Some(notice)))
}

/// The database is missing: a first start, or a recovery that was cut off in its middle.
pub(super) fn from_backup_or_new(dir: &Path) -> Result<Ready, Trouble> {
    let backup = backup::newest_good(dir);
    build(dir, backup.as_ref().map(|b| b.path.as_path()), None, |_| Vec::new())?;
    let (conn, data) = open::open_file(&files::database(dir), dir)?;
    Ok((conn, data, backup.map(|b| StoreNotice::Restored { backup_at: b.at })))
}

/// Sets the file aside and writes everything anew from memory: what the writer does when damage shows while running.
pub(super) fn rebuild(dir: &Path, now: UtcMs, data: &UserData) -> Result<Connection, Trouble> {
    let aside = files::set_aside(dir, now).map_err(|e| Trouble::of_io(&e))?;
    let outbox = data.settings.records_since.map(|_| aside.as_path());
    build(dir, None, outbox, |_| as_commands(data))?;
    Ok(open::open_file(&files::database(dir), dir)?.0)
}

/// Makes the next database beside its place, whole and on the disk, before it takes its place. `outbox`: the file whose
/// learning records still wait.
fn build(
    dir: &Path,
    base: Option<&Path>,
    outbox: Option<&Path>,
    more: impl FnOnce(UserData) -> Vec<StoreCommand>,
) -> Result<(), Trouble> {
    files::clear_the_making(dir);
    let path = dir.join(files::IN_THE_MAKING);
    if let Some(base) = base {
        fs::copy(base, &path).map_err(|e| Trouble::of_io(&e))?;
    }
    let made = (|| {
        let mut conn = Connection::open(&path)?;
        schema::tune(&conn)?;
        conn.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
        schema::migrate(&mut conn)?;
        let more = more(rows::load(&conn)?);
        let tx = conn.transaction()?;
        for command in &more {
            rows::execute(&tx, command)?;
        }
        if let Some(from) = outbox {
            outbox::carry(from, &tx);
        }
        tx.commit()?;
        conn.close().map_err(|(_, e)| e)
    })();
    made.map_err(|e: rusqlite::Error| Trouble::of_sql(&e, dir))
        .and_then(|()| {
            // A copied file that needed no change has not been through SQLite's own sync.
            let synced = fs::File::open(&path).and_then(|f| f.sync_all());
            synced.and_then(|()| files::put_in_place(dir)).map_err(|e| Trouble::of_io(&e))
        })
        .inspect_err(|_| files::clear_the_making(dir))
}

/// Everything that can still be read of the file set aside.
fn salvage(aside: &Path) -> UserData {
    if !aside.is_file() {
        return UserData::default();
    }
    open_with_log(aside)
        .map(|conn| open::bounded(&conn, SALVAGE_LIMIT, rows::salvage))
        .filter(|data| *data != UserData::default())
        .or_else(|| {
            let conn = backup::read_only(aside).ok()?;
            Some(open::bounded(&conn, SALVAGE_LIMIT, rows::salvage))
        })
        .unwrap_or_default()
}

/// Opens a file together with its write-ahead log, for reading only; both stay as they are.
pub(super) fn open_with_log(path: &Path) -> Option<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags).ok()?;
    conn.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;").ok()?;
    Some(conn)
}

/// What `found` knows beyond `base`, oldest first.
fn newer(base: &UserData, found: &UserData, now: UtcMs) -> Vec<StoreCommand> {
    let beyond = found.history.iter().rev().filter(|entry| {
        let known = base.history.iter().find(|h| h.key == entry.key);
        entry.at <= now.plus(CLOCK_SLACK_MS) && known.is_none_or(|h| h.at < entry.at)
    });
    let mut more: Vec<_> = beyond.cloned().map(StoreCommand::SaveHistory).collect();
    // Settings at their defaults may only mean that theirs could not be read, so they change nothing.
    let mut rest = UserData { history: Vec::new(), ..found.clone() };
    rest.favourite_channels.retain(|c| !base.favourite_channels.contains(c));
    rest.favourite_courses.retain(|c| !base.favourite_courses.contains(c));
    rest.reminders.retain(|r| !base.reminders.contains(r));
    rest.locked_channels.retain(|c| !base.locked_channels.contains(c));
    rest.replay_places.retain(|p| !base.replay_places.contains(p));
    rest.sounds.retain(|s| !base.sounds.contains(s));
    rest.captions.retain(|c| !base.captions.contains(c));
    rest.taste.declined.retain(|c| !base.taste.declined.contains(c));
    rest.taste.likings.retain(|(subject, _)| base.taste.liking(subject).is_none());
    rest.survey_answers
        .retain(|a| !base.survey_answers.iter().any(|b| b.survey == a.survey && b.question == a.question));
    // A course counts once.
    rest.credits.retain(|e| !base.credits.iter().any(|b| b.course == e.course));
    // Tries only ever grow.
    rest.answers.retain(|a| {
        let known = base.answers.iter().find(|b| b.is_about(&a.course, &a.lesson, &a.question));
        known.is_none_or(|b| b.tries < a.tries)
    });
    // A day only ever gains seconds.
    let known = |day| base.days.iter().find(|(d, _)| *d == day).map_or(0, |(_, seconds)| *seconds);
    rest.days.retain(|&(day, seconds)| seconds > known(day));
    more.extend(as_commands(&rest));
    more
}

/// The commands that make `data` out of nothing.
fn as_commands(data: &UserData) -> Vec<StoreCommand> {
    let history = data.history.iter().rev().cloned().map(StoreCommand::SaveHistory);
    let channels = data.favourite_channels.iter().cloned();
    let courses = data.favourite_courses.iter().cloned();
    history
        .chain(channels.map(|channel| StoreCommand::SetFavouriteChannel { channel, on: true }))
        .chain(courses.map(|course| StoreCommand::SetFavouriteCourse { course, on: true }))
        .chain(data.days.iter().map(|&(day, seconds)| StoreCommand::SaveDay { day, seconds }))
        .chain(data.reminders.iter().cloned().map(StoreCommand::SaveReminder))
        .chain(data.locked_channels.iter().cloned().map(|channel| StoreCommand::SetLocked { channel, on: true }))
        .chain(data.pin.iter().cloned().map(StoreCommand::SavePin))
        .chain(data.replay_places.iter().rev().cloned().map(StoreCommand::SaveReplayPlace))
        .chain(data.sounds.iter().cloned().map(|(channel, sound)| StoreCommand::SaveSound { channel, sound }))
        .chain(
            data.captions
                .iter()
                .cloned()
                .map(|(channel, caption)| StoreCommand::SaveCaption { channel, caption: Some(caption) }),
        )
        .chain(data.answers.iter().cloned().map(StoreCommand::SaveAnswer))
        .chain(data.taste.declined.iter().cloned().map(|course| StoreCommand::SetDeclined { course, on: true }))
        .chain(
            data.taste
                .likings
                .iter()
                .cloned()
                .map(|(subject, liking)| StoreCommand::SetLiking { subject, liking: Some(liking) }),
        )
        .chain(data.survey_answers.iter().cloned().map(StoreCommand::SaveSurveyAnswer))
        .chain(data.credits.iter().cloned().map(|e| StoreCommand::SaveCredit(Box::new(e))))
        .chain(data.last_channel.iter().cloned().map(StoreCommand::SaveLastChannel))
        .chain((data.settings != Settings::default()).then(|| StoreCommand::SaveSettings(data.settings.clone())))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::rows::tests::commands, *};

    proptest! {
        #[test]
        fn data_is_its_commands(given in commands(60)) {
            let mut data = UserData::default();
            given.iter().for_each(|c| data.apply(c));
            let mut again = UserData::default();
            as_commands(&data).iter().for_each(|c| again.apply(c));
            prop_assert_eq!(again, data);
        }
    }
}
