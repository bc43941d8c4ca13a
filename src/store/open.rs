//! From a directory to an open database and its data, whatever lies there. Never fails: the worst that comes out is
//! an empty memory and a notice.

use std::{
    fs,
    path::Path,
    sync::mpsc,
    time::{Duration, Instant},
};

use rusqlite::{Connection, OpenFlags};

use super::{
    backup, files,
    header::{self, Header},
    recover, rows, schema,
    trouble::Trouble,
    types::{StoreNotice, UserData},
};
use crate::time::UtcMs;

/// Home must stand within seconds, so a check that takes longer is given up and the file trusted; a damage that it
/// would have found is met when the page is read.
const CHECK_LIMIT: Duration = Duration::from_millis(1500);
/// Up to this size the indexes are compared with their tables as well (`integrity_check`); it takes milliseconds.
const FULL_CHECK_MAX_BYTES: i64 = 8 * 1024 * 1024;
/// The write-ahead log is cut back to this after a checkpoint.
const LOG_KEPT_BYTES: u32 = 1024 * 1024;

/// Whether what is not on the disk now may get there later.
#[derive(Debug)]
pub(super) enum Home {
    Open(Connection),
    /// To be tried again.
    Later,
    /// The file belongs to a newer version; never touched.
    Refused,
}

#[derive(Debug)]
pub(super) struct Opened {
    pub(super) home: Home,
    pub(super) data: UserData,
    pub(super) notices: Vec<StoreNotice>,
}

pub(super) fn open(dir: &Path, now: UtcMs) -> Opened {
    match try_open(dir, now) {
        Ok((conn, data, notice)) => Opened { home: Home::Open(conn), data, notices: notice.into_iter().collect() },
        Err(trouble) => without_a_file(dir, &trouble),
    }
}

fn without_a_file(dir: &Path, trouble: &Trouble) -> Opened {
    tracing::warn!(dir = %dir.display(), %trouble, "the viewer's data is kept in memory only");
    let (home, notice) = match *trouble {
        Trouble::Newer { found, known } => (Home::Refused, StoreNotice::FromNewerVersion { found, known }),
        Trouble::DiskFull(_) => (Home::Later, StoreNotice::DiskFull),
        _ => (Home::Later, StoreNotice::NotWritable),
    };
    let data = match home {
        Home::Refused => UserData::default(),
        _ => only_read(dir).unwrap_or_default(),
    };
    Opened { home, data, notices: vec![notice] }
}

/// The data of a file that cannot be written, or of the newest backup.
fn only_read(dir: &Path) -> Option<UserData> {
    let path = files::database(dir);
    let ours = |path: &Path| matches!(header::read(path), Ok(Header::Version(v)) if (1..=schema::KNOWN).contains(&v));
    let alone = |path: &Path| rows::load(&backup::read_only(path).ok()?).ok();
    let with_log = |path: &Path| rows::load(&recover::open_with_log(path)?).ok();
    ours(&path)
        .then(|| with_log(&path).or_else(|| alone(&path)))
        .flatten()
        .or_else(|| alone(&backup::newest_good(dir)?.path))
}

type Ready = (Connection, UserData, Option<StoreNotice>);

fn try_open(dir: &Path, now: UtcMs) -> Result<Ready, Trouble> {
    let io = |e: std::io::Error| Trouble::of_io(&e);
    fs::create_dir_all(dir).map_err(io)?;
    files::clear_the_making(dir);
    let path = files::database(dir);
    match header::read(&path).map_err(io)? {
        Header::Version(found) if found > schema::KNOWN => Err(Trouble::Newer { found, known: schema::KNOWN }),
        Header::Version(_) => match open_file(&path, dir) {
            Ok((conn, data)) => Ok((conn, data, None)),
            Err(Trouble::Damaged(what)) => recover::recover(dir, now, &what),
            Err(other) => Err(other),
        },
        Header::NotADatabase => recover::recover(dir, now, "not an SQLite file"),
        // A kill between setting the damaged file aside and putting the backup in its place ends here.
        Header::Missing if files::orphaned_log(dir) => recover::recover(dir, now, "a log without its database"),
        Header::Missing => recover::from_backup_or_new(dir),
    }
}

/// Opens the file that is there, checks it, migrates it and reads it.
pub(super) fn open_file(path: &Path, dir: &Path) -> Result<(Connection, UserData), Trouble> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    (|| {
        let mut conn = Connection::open_with_flags(path, flags)?;
        schema::tune(&conn)?;
        check(&conn)?;
        conn.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
        conn.query_row(&format!("PRAGMA journal_size_limit = {LOG_KEPT_BYTES}"), [], |_| Ok(()))?;
        schema::migrate(&mut conn)?;
        // Takes the lock that a write takes: a place that cannot be written shows here, not ten seconds later.
        conn.execute_batch("BEGIN IMMEDIATE; ROLLBACK;")?;
        let data = rows::load(&conn)?;
        Ok((conn, data))
    })()
    .map_err(|e: rusqlite::Error| Trouble::of_sql(&e, dir))
    .and_then(|ready| match ready.0.is_readonly("main") {
        Ok(true) => Err(Trouble::NotWritable("the file is read-only".into())),
        _ => Ok(ready),
    })
}

/// SQLite's own check of the file, bounded in time. An error of kind `DatabaseCorrupt` says that it failed.
pub(super) fn check(conn: &Connection) -> rusqlite::Result<()> {
    let pages: i64 = conn.query_row("PRAGMA page_count", [], |row| row.get(0))?;
    let page_bytes: i64 = conn.query_row("PRAGMA page_size", [], |row| row.get(0))?;
    let full = pages.saturating_mul(page_bytes) <= FULL_CHECK_MAX_BYTES;
    let said = bounded(conn, CHECK_LIMIT, |conn| if full { check_all(conn) } else { check_tables(conn) });
    match said {
        Ok(said) if said == "ok" => Ok(()),
        Ok(said) => {
            let corrupt = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
            Err(rusqlite::Error::SqliteFailure(corrupt, Some(said)))
        }
        Err(e) if e.sqlite_error_code() == Some(rusqlite::ErrorCode::OperationInterrupted) => {
            tracing::warn!(limit_ms = CHECK_LIMIT.as_millis(), "the check of the user database was cut short");
            Ok(())
        }
        Err(e) => Err(e),
    }
}

fn check_all(conn: &Connection) -> rusqlite::Result<String> {
    conn.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
}

/// Every table but the outbox, which may be larger than all others by far and is not needed for the first screen: damage
/// in it is met where it is read.
fn check_tables(conn: &Connection) -> rusqlite::Result<String> {
    let mut select = conn.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'outbox'")?;
    let names: Vec<String> = select.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for name in names {
        let sql = format!("PRAGMA quick_check(\"{}\")", name.replace('"', "\"\""));
        let said: String = conn.query_row(&sql, [], |row| row.get(0))?;
        if said != "ok" {
            return Ok(said);
        }
    }
    Ok("ok".into())
}

/// Runs `work` and interrupts it after `limit`.
pub(super) fn bounded<T>(conn: &Connection, limit: Duration, work: impl FnOnce(&Connection) -> T) -> T {
    let interrupt = conn.get_interrupt_handle();
    let (done, wait) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let until = Instant::now() + limit;
            // Again and again, since an interrupt between two statements is lost.
            while let Err(mpsc::RecvTimeoutError::Timeout) =
                wait.recv_timeout(until.saturating_duration_since(Instant::now()).max(Duration::from_millis(50)))
            {
                interrupt.interrupt();
            }
        });
        let result = work(conn);
        drop(done);
        result
    })
}
