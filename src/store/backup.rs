//! The daily copy of the database, through SQLite's own backup interface, checked before it counts.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, backup::Backup};

use super::{files, header, open, outbox, rows, schema, trouble::Trouble};
use crate::time::UtcMs;

const FOLDER: &str = "backups";
const PREFIX: &str = "user-";
const SUFFIX: &str = ".db";
/// Three days: long enough to come back from a fault that is noticed late, short enough for a small flash disk.
const KEPT: usize = 3;
/// Per step; the whole of an ordinary file in one go, and a large one without holding its lock for long.
const STEP_PAGES: i32 = 512;
const STEP_PAUSE: Duration = Duration::from_millis(5);

fn folder(dir: &Path) -> PathBuf {
    dir.join(FOLDER)
}

/// Today's file, whether or not it exists.
pub(super) fn path_for(dir: &Path, now: UtcMs) -> PathBuf {
    folder(dir).join(format!("{PREFIX}{}{SUFFIX}", files::stamp(now, "%Y%m%d")))
}

/// Copies the open database to today's file and forgets those beyond the third.
pub(super) fn make(conn: &Connection, dir: &Path, now: UtcMs) -> Result<PathBuf, Trouble> {
    let io = |e: std::io::Error| Trouble::of_io(&e);
    let target = path_for(dir, now);
    let part = folder(dir).join("user.db.part");
    fs::create_dir_all(folder(dir)).map_err(io)?;
    let _ = fs::remove_file(&part);
    let copied = copy(conn, &part, now).map_err(|e| Trouble::of_sql(&e, dir)).and_then(|()| {
        fs::rename(&part, &target).map_err(io)?;
        files::sync_dir(&folder(dir)).map_err(io)
    });
    if copied.is_err() {
        for suffix in ["", "-journal"] {
            let _ = fs::remove_file(header::beside(&part, suffix));
        }
    }
    copied?;
    for (_, old) in all(dir).into_iter().skip(KEPT) {
        let _ = fs::remove_file(old);
    }
    Ok(target)
}

fn copy(conn: &Connection, part: &Path, now: UtcMs) -> rusqlite::Result<()> {
    let mut to = Connection::open(part)?;
    Backup::new(conn, &mut to)?.run_to_completion(STEP_PAGES, STEP_PAUSE, None)?;
    // Out of write-ahead mode, so that the file stands alone.
    to.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    to.pragma_update(None, "synchronous", "FULL")?;
    rows::set(&to, rows::BACKUP_AT, &now.0.into())?;
    outbox::leave_out(&to)?;
    open::check(&to)?;
    to.close().map_err(|(_, e)| e)
}

/// Newest first, with the day in the name.
fn all(dir: &Path) -> Vec<(String, PathBuf)> {
    let Ok(entries) = fs::read_dir(folder(dir)) else { return Vec::new() };
    let mut found: Vec<_> = entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let day = path.file_name()?.to_str()?.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.to_owned();
            (day.len() == 8 && day.bytes().all(|b| b.is_ascii_digit())).then_some((day, path))
        })
        .collect();
    found.sort_by(|a, b| b.cmp(a));
    found
}

/// A backup that passed its check, and when it was made.
#[derive(Debug)]
pub(super) struct Good {
    pub(super) path: PathBuf,
    pub(super) at: UtcMs,
}

pub(super) fn newest_good(dir: &Path) -> Option<Good> {
    all(dir).into_iter().find_map(|(day, path)| match examine(&path) {
        Ok(at) => Some(Good { at: at.unwrap_or_else(|| midnight(&day)), path }),
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "backup is not usable");
            None
        }
    })
}

fn examine(path: &Path) -> Result<Option<UtcMs>, String> {
    match header::read(path) {
        Ok(header::Header::Version(v)) if (1..=schema::KNOWN).contains(&v) => {}
        other => return Err(format!("{other:?}")),
    }
    let conn = read_only(path).map_err(|e| e.to_string())?;
    open::check(&conn).map_err(|e| e.to_string())?;
    rows::load(&conn).map_err(|e| e.to_string())?;
    let at: Result<String, _> =
        conn.query_row("SELECT value FROM setting WHERE key = ?1", [rows::BACKUP_AT], |row| row.get(0));
    Ok(at.ok().and_then(|at| at.parse().ok()).map(UtcMs))
}

/// Opens a file that stands alone without writing to it or beside it.
pub(super) fn read_only(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(files::untouched_uri(path), flags)?;
    conn.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;")?;
    Ok(conn)
}

fn midnight(day: &str) -> UtcMs {
    let at = jiff::civil::Date::strptime("%Y%m%d", day).map(|d| d.at(0, 0, 0, 0));
    let at = at.and_then(|at| jiff::tz::Offset::UTC.to_timestamp(at));
    UtcMs(at.map_or(0, jiff::Timestamp::as_millisecond))
}
