//! Learning records on their way: rows of `user.db`, written with the progress that they speak of. They are never all in
//! memory, since a box may be without a network for months; whoever sends them reads a piece at a time.
//!
//! A backup holds none of them, and no word of consent: what a learner has taken back must not come back with a file.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, params};
use uuid::Uuid;

use super::{files, recover, rows::SETTING_PREFIX, schema};
use crate::learning::records::Statement;

/// Above this the oldest go: ten years of two lessons a day without one evening of network.
const MOST_WAITING: i64 = 250_000;
/// How often the outbox is held to that: counting takes longer than writing.
const COUNT_EVERY: i64 = 1_000;

pub(super) fn put(conn: &Connection, statement: &Statement) -> rusqlite::Result<()> {
    conn.prepare_cached("INSERT INTO outbox (id, body, refused) VALUES (?1, ?2, 0) ON CONFLICT (id) DO NOTHING")?
        .execute(params![statement.id.to_string(), statement.body])?;
    let newest = conn.last_insert_rowid();
    if newest % COUNT_EVERY == 0 {
        let gone = conn
            .prepare_cached(
                "DELETE FROM outbox WHERE seq <= (SELECT seq FROM outbox ORDER BY seq DESC LIMIT 1 OFFSET ?1)",
            )?
            .execute([MOST_WAITING])?;
        if gone > 0 {
            tracing::warn!(gone, "the outbox is full: the oldest learning records were given up");
        }
    }
    Ok(())
}

pub(super) fn arrived(conn: &Connection, ids: &[Uuid]) -> rusqlite::Result<()> {
    let mut delete = conn.prepare_cached("DELETE FROM outbox WHERE id = ?1")?;
    for id in ids {
        delete.execute([id.to_string()])?;
    }
    Ok(())
}

pub(super) fn refused(conn: &Connection, id: Uuid, status: u16) -> rusqlite::Result<()> {
    conn.prepare_cached("UPDATE outbox SET refused = ?2 WHERE id = ?1")?.execute(params![id.to_string(), status])?;
    Ok(())
}

/// A statement that waits, with its place in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub seq: i64,
    pub statement: Statement,
}

/// Reads what waits, beside the one thread that writes. Knows a place, not a connection: the file may be set aside and
/// made anew at any time.
#[derive(Clone, Debug)]
pub struct Outbox {
    path: PathBuf,
}

impl Outbox {
    /// Of the database in `dir`.
    pub fn of(dir: &Path) -> Self {
        Self { path: files::database(dir) }
    }

    /// The oldest that wait behind `after`, at most `count` of them and about `bytes` of text, one at least.
    pub fn read(&self, after: i64, count: usize, bytes: usize) -> rusqlite::Result<Vec<Waiting>> {
        let Some(conn) = self.open()? else { return Ok(Vec::new()) };
        let mut select =
            conn.prepare("SELECT seq, id, body FROM outbox WHERE seq > ?1 AND refused = 0 ORDER BY seq")?;
        let mut rows = select.query([after])?;
        let (mut found, mut size) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            let (seq, id, body): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            size += body.len();
            if !found.is_empty() && size > bytes {
                break;
            }
            match Uuid::parse_str(&id) {
                Ok(id) => found.push(Waiting { seq, statement: Statement { id, body } }),
                Err(e) => tracing::warn!(seq, "a learning record has no id that makes sense, left out: {e}"),
            }
            if found.len() >= count {
                break;
            }
        }
        Ok(found)
    }

    /// How many wait.
    pub fn waiting(&self) -> rusqlite::Result<u64> {
        let Some(conn) = self.open()? else { return Ok(0) };
        let count: i64 = conn.query_row("SELECT count(*) FROM outbox WHERE refused = 0", [], |row| row.get(0))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    fn open(&self) -> rusqlite::Result<Option<Connection>> {
        if !self.path.is_file() {
            return Ok(None);
        }
        let Some(conn) = recover::open_with_log(&self.path) else { return Ok(None) };
        conn.busy_timeout(schema::BUSY_TIMEOUT)?;
        Ok((!schema::lacks(&conn, "outbox")).then_some(conn))
    }
}

/// Takes what a backup must not hold out of the copy, and where the disk has room for that the pages that it took.
pub(super) fn leave_out(copy: &Connection) -> rusqlite::Result<()> {
    copy.query_row("PRAGMA secure_delete = ON", [], |_| Ok(()))?;
    let consent = format!("{SETTING_PREFIX}records_since");
    copy.execute("DELETE FROM setting WHERE key = ?1", [consent])?;
    if !schema::lacks(copy, "outbox") {
        copy.execute("DELETE FROM outbox", [])?;
    }
    let free: i64 = copy.query_row("PRAGMA freelist_count", [], |row| row.get(0))?;
    if free > 0
        && let Err(e) = copy.execute_batch("VACUUM")
    {
        tracing::debug!(%e, "a backup keeps its free pages");
    }
    Ok(())
}

/// Brings what waits in a file that was set aside, as far as it can be read, into the one that takes its place.
pub(super) fn carry(from: &Path, to: &Connection) {
    let Some(conn) = recover::open_with_log(from).filter(|conn| !schema::lacks(conn, "outbox")) else { return };
    for direction in ["ASC", "DESC"] {
        match carry_along(&conn, to, direction) {
            Ok(()) => return,
            Err(e) => tracing::warn!(%e, direction, "learning records of the damaged file cannot be read on"),
        }
    }
}

fn carry_along(from: &Connection, to: &Connection, direction: &str) -> rusqlite::Result<()> {
    let mut select = from.prepare(&format!("SELECT id, body, refused FROM outbox ORDER BY seq {direction}"))?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let (Ok(id), Ok(body), Ok(refused)) = (row.get::<_, String>(0), row.get::<_, String>(1), row.get::<_, i64>(2))
        else {
            continue;
        };
        to.prepare_cached("INSERT INTO outbox (id, body, refused) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO NOTHING")?
            .execute(params![id, body, refused])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        store::{
            Store, backup, open,
            types::{Settings, StoreCommand, StoreNotice},
        },
        time::UtcMs,
    };

    const NOW: UtcMs = UtcMs(1_795_515_120_000);

    fn statement(n: u128) -> Statement {
        Statement { id: Uuid::from_u128(n), body: format!("{{\"n\":{n}}}") }
    }

    fn fresh() -> Connection {
        let mut conn = Connection::open_in_memory().unwrap();
        schema::migrate(&mut conn).unwrap();
        conn
    }

    fn rows(conn: &Connection) -> Vec<(String, i64)> {
        let mut select = conn.prepare("SELECT body, refused FROM outbox ORDER BY seq").unwrap();
        let rows = select.query_map([], |r| Ok((r.get(0)?, r.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect()
    }

    #[test]
    fn a_statement_is_there_once_until_it_has_arrived() {
        let conn = fresh();
        for n in [1, 2, 3, 2] {
            put(&conn, &statement(n)).unwrap();
        }
        refused(&conn, Uuid::from_u128(3), 400).unwrap();
        arrived(&conn, &[Uuid::from_u128(1), Uuid::from_u128(9)]).unwrap();
        assert_eq!(rows(&conn), [("{\"n\":2}".into(), 0), ("{\"n\":3}".into(), 400)]);
    }

    fn settings(consents: bool) -> StoreCommand {
        let records_since = consents.then_some(NOW);
        StoreCommand::SaveSettings(Settings { records_since, ..Settings::default() })
    }

    fn open_store(dir: &Path) -> (Store, crate::store::types::UserData, Vec<StoreNotice>) {
        Store::open(dir, NOW, Box::new(|_| {}))
    }

    #[test]
    fn read_in_pieces_of_a_size() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Outbox::of(dir.path()).read(0, 9, 999).unwrap(), []);
        let (store, ..) = open_store(dir.path());
        store.send_all((1..=10).map(|n| StoreCommand::Record(statement(n))));
        assert!(store.flush(Duration::from_secs(10)));
        let outbox = Outbox::of(dir.path());
        let seqs = |after, count, bytes| -> Vec<i64> {
            outbox.read(after, count, bytes).unwrap().iter().map(|w| w.seq).collect()
        };
        assert_eq!(seqs(0, 3, 999), [1, 2, 3]);
        assert_eq!(seqs(3, 99, 16), [4, 5]);
        assert_eq!(seqs(3, 99, 1), [4], "one at least");
        assert_eq!(seqs(8, 99, 999), [9, 10]);
        assert_eq!(outbox.waiting().unwrap(), 10);
    }

    #[test]
    fn a_backup_holds_neither_records_nor_consent() {
        let dir = tempfile::tempdir().unwrap();
        let (store, ..) = open_store(dir.path());
        store.send_all([settings(true), StoreCommand::Record(statement(1))]);
        assert!(store.flush(Duration::from_secs(10)));
        drop(store);
        let conn = Connection::open(files::database(dir.path())).unwrap();
        let path = backup::make(&conn, dir.path(), NOW).unwrap();
        let text = std::fs::read(path).unwrap();
        assert!(!text.windows(7).any(|w| w == b"{\"n\":1}"), "not even in a free page");
        drop(conn);
        // The database is lost, and the backup takes its place: nobody has agreed to anything.
        std::fs::remove_file(files::database(dir.path())).unwrap();
        let (_store, data, notices) = open_store(dir.path());
        assert!(matches!(notices.as_slice(), [StoreNotice::Restored { .. }]));
        assert_eq!(data.settings.records_since, None);
        assert_eq!(Outbox::of(dir.path()).waiting().unwrap(), 0);
    }

    #[test]
    fn what_waits_outlives_a_file_that_is_made_anew() {
        for consents in [true, false] {
            let dir = tempfile::tempdir().unwrap();
            let (store, ..) = open_store(dir.path());
            store.send(settings(consents));
            store.send_all((1..=5).map(|n| StoreCommand::Record(statement(n))));
            store.send(StoreCommand::RecordRefused { id: Uuid::from_u128(2), status: 413 });
            assert!(store.flush(Duration::from_secs(10)));
            drop(store);
            recover::recover(dir.path(), NOW, "a test says so").unwrap();
            let found = rows(&Connection::open(files::database(dir.path())).unwrap());
            if consents {
                assert_eq!(found.len(), 5);
                assert_eq!(found[1], ("{\"n\":2}".into(), 413));
            } else {
                assert_eq!(found, []);
            }
        }
    }

    #[test]
    fn damage_is_found_beside_a_large_outbox() {
        let dir = tempfile::tempdir().unwrap();
        let (store, ..) = open_store(dir.path());
        let long = "x".repeat(4_000);
        store.send_all(
            (1..=3_000)
                .map(|n| StoreCommand::Record(Statement { body: format!("{{\"n\":\"{n}{long}\"}}"), ..statement(n) })),
        );
        store.send(StoreCommand::SaveDay { day: 20_000, seconds: 60 });
        assert!(store.flush(Duration::from_secs(60)));
        drop(store);
        let path = files::database(dir.path());
        let conn = Connection::open(&path).unwrap();
        open::check(&conn).unwrap();
        let page: i64 =
            conn.query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'days'", [], |r| r.get(0)).unwrap();
        drop(conn);
        let mut bytes = std::fs::read(&path).unwrap();
        let from = (usize::try_from(page).unwrap() - 1) * 4096;
        bytes[from..from + 64].fill(0xa5);
        std::fs::write(&path, bytes).unwrap();
        assert!(open::check(&Connection::open(&path).unwrap()).is_err());
    }
}
