//! `guide.db`: programmes of every guide, each import a generation with tables of its own. What is shown changes only
//! by the one transaction that points a source at its new generation. The file is a cache: damaged, it is made anew.
//! What is asked of it is `lookup`'s.

mod lookup;

use std::{
    io::Read,
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use rusqlite::{Connection, OptionalExtension, params};

use super::{
    error::GuideError,
    formats::{Warnings, xmltv::Ending},
    lineup::Warning,
    matching::MatchedBy,
    programme::Programme,
    settle::{Settled, settle},
    writer::Writer,
};
use crate::time::UtcMs;

/// Raised whenever the tables change; another number means another cache, which is thrown away.
const SCHEMA: i64 = 2;
/// A guide that ends in the middle replaces one that reaches less than this beyond the new one's beginning.
const RUN_OUT_MS: i64 = 24 * 3_600_000;
const BUSY: Duration = Duration::from_secs(5);
const PAGE_CACHE_KIB: i64 = 8 * 1024;

/// A channel of one generation of one guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EpgKey {
    generation: i64,
    channel: i64,
}

/// A channel's guide: the first source that knows it has the best trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    pub key: EpgKey,
    /// The channel's id in the guide.
    pub guide_id: String,
    pub matched_by: MatchedBy,
}

/// How an import treats its input.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    /// For times that name no zone; without it what the guide's format says.
    pub zone_offset_minutes: Option<i32>,
    /// The guide must be DIYP's JSON.
    pub diyp_required: bool,
    /// Set from elsewhere to stop at the next batch.
    pub cancel: Arc<AtomicBool>,
}

/// What became of an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Switched,
    /// The guide before stays, and why.
    KeptOld(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportReport {
    pub source: String,
    pub channels: u64,
    pub programmes: u64,
    /// The earliest programme and the one that ends last.
    pub first: Option<Programme>,
    pub last: Option<Programme>,
    pub outcome: Outcome,
    pub warnings: Vec<Warning>,
}

pub struct GuideDb {
    connection: Connection,
}

impl GuideDb {
    /// Opens or creates the cache. A damaged one, or one of another version, is deleted and created anew.
    pub fn open(path: &Path) -> Result<Self, GuideError> {
        match Self::try_open(path) {
            Ok(Some(db)) => Ok(db),
            Ok(None) => Self::anew(path),
            Err(e) if e.is_damage() => {
                tracing::warn!("{}: {e}; the cache is made anew", path.display());
                Self::anew(path)
            }
            Err(e) => Err(e),
        }
    }

    /// A database that vanishes with the value; SQLite moves it to disk when it grows.
    pub fn temporary() -> Result<Self, GuideError> {
        let connection = Connection::open("")?;
        Self::prepare(&connection)?;
        Ok(Self { connection })
    }

    /// Deletes the file and its companions, then creates it.
    pub fn anew(path: &Path) -> Result<Self, GuideError> {
        for end in ["", "-wal", "-shm", "-journal"] {
            let file = PathBuf::from(format!("{}{end}", path.display()));
            match std::fs::remove_file(&file) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                    return Err(GuideError::Io(file.display().to_string(), e));
                }
                _ => {}
            }
        }
        Self::try_open(path)?.ok_or_else(|| {
            GuideError::Io(path.display().to_string(), std::io::Error::other("the file changes while it is created"))
        })
    }

    /// `None` for a file of another version.
    fn try_open(path: &Path) -> Result<Option<Self>, GuideError> {
        let connection = Connection::open(path)?;
        let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0))?;
        if version != SCHEMA && !(version == 0 && tables == 0) {
            return Ok(None);
        }
        Self::prepare(&connection)?;
        let db = Self { connection };
        // Touches each guide's first page: gross damage shows here rather than in front of the viewer.
        for (_, generation) in db.sources()? {
            for table in ["programme", "channel"] {
                let sql = format!("SELECT 1 FROM {table}_{generation} LIMIT 1");
                match db.connection.query_row(&sql, [], |_| Ok(())).optional() {
                    Ok(_) => {}
                    Err(e) if missing_table(&e) => return Ok(None),
                    Err(e) => return Err(e.into()),
                }
            }
        }
        Ok(Some(db))
    }

    fn prepare(connection: &Connection) -> Result<(), GuideError> {
        connection.busy_timeout(BUSY)?;
        connection.execute_batch(&format!(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-{PAGE_CACHE_KIB};
             PRAGMA journal_size_limit=16777216;
             CREATE TABLE IF NOT EXISTS source(
                 url TEXT PRIMARY KEY, rank INTEGER NOT NULL, generation INTEGER NOT NULL,
                 programmes INTEGER NOT NULL, last_stop INTEGER NOT NULL, shrunk INTEGER NOT NULL DEFAULT 0);
             CREATE TABLE IF NOT EXISTS counter(value INTEGER NOT NULL);
             INSERT INTO counter SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM counter);
             PRAGMA user_version={SCHEMA};"
        ))?;
        Ok(())
    }

    /// The guides that are shown, in order of trust, with their generations.
    pub fn sources(&self) -> Result<Vec<(String, i64)>, GuideError> {
        let mut statement = self.connection.prepare_cached("SELECT url, generation FROM source ORDER BY rank, url")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Forgets every guide that is not in `urls` and takes their order as the order of trust. While none of `urls`
    /// is there yet, the others stay: an old guide is better than none.
    pub fn retain(&mut self, urls: &[String]) -> Result<(), GuideError> {
        let known = self.sources()?;
        if !known.iter().any(|(url, _)| urls.contains(url)) {
            return Ok(());
        }
        let transaction = self.connection.transaction()?;
        for (url, _) in known {
            match urls.iter().position(|u| *u == url) {
                Some(rank) => {
                    transaction.execute("UPDATE source SET rank=?2 WHERE url=?1", params![url, rank as i64])?
                }
                None => transaction.execute("DELETE FROM source WHERE url=?1", [url])?,
            };
        }
        transaction.commit()?;
        self.sweep()
    }

    /// Drops the tables of generations that nothing points at: old ones, and those of imports that never ended.
    pub fn sweep(&mut self) -> Result<(), GuideError> {
        let current: Vec<i64> = self.sources()?.into_iter().map(|(_, generation)| generation).collect();
        let tables: Vec<String> = {
            let mut statement = self.connection.prepare(
                "SELECT name FROM sqlite_master WHERE type='table' AND (name GLOB 'programme_*' OR name GLOB 'channel_*')",
            )?;
            statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?
        };
        for table in tables {
            let generation = table.rsplit('_').next().and_then(|n| n.parse::<i64>().ok());
            if let Some(generation) = generation
                && !current.contains(&generation)
            {
                let kind = if table.starts_with("programme") { "programme" } else { "channel" };
                self.connection.execute_batch(&format!("DROP TABLE IF EXISTS {kind}_{generation}"))?;
            }
        }
        Ok(())
    }

    /// Reads a guide into a new generation and switches `source` to it, unless it is worse than what is there.
    pub fn import(
        &mut self,
        source: &str,
        rank: usize,
        reader: impl Read,
        options: &ImportOptions,
    ) -> Result<ImportReport, GuideError> {
        self.connection.execute("UPDATE counter SET value = value + 1", [])?;
        let generation: i64 = self.connection.query_row("SELECT value FROM counter", [], |row| row.get(0))?;
        let report = self.fill(source, rank, generation, reader, options);
        // What failed, and what was replaced, goes; a failure here only leaves dead tables for the next sweep.
        if let Err(e) = self.sweep() {
            tracing::warn!("{source}: old guide not cleared: {e}");
        }
        report
    }

    fn fill(
        &mut self,
        source: &str,
        rank: usize,
        generation: i64,
        reader: impl Read,
        options: &ImportOptions,
    ) -> Result<ImportReport, GuideError> {
        let mut warnings = Warnings::new(source);
        let written = Writer::write(&self.connection, generation, reader, options, &mut warnings);
        let (ending, channels) = match written {
            Ok(done) => done,
            Err(e) => {
                if !self.connection.is_autocommit() {
                    // The tables of this generation go with the sweep.
                    self.connection.execute_batch("ROLLBACK")?;
                }
                return Err(e);
            }
        };
        let settled = settle(&self.connection, generation, &mut warnings)?;
        let outcome = self.decide(source, rank, generation, &ending, &settled)?;
        Ok(ImportReport {
            source: source.to_owned(),
            channels,
            programmes: settled.programmes,
            first: settled.first,
            last: settled.last,
            outcome,
            warnings: warnings.into_vec(),
        })
    }

    /// Switches in one transaction, or says why not.
    fn decide(
        &mut self,
        source: &str,
        rank: usize,
        generation: i64,
        ending: &Ending,
        new: &Settled,
    ) -> Result<Outcome, GuideError> {
        let transaction = self.connection.transaction()?;
        let old: Option<(i64, i64, bool)> = transaction
            .query_row("SELECT programmes, last_stop, shrunk FROM source WHERE url=?1", [source], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        let count = i64::try_from(new.programmes).unwrap_or(i64::MAX);
        let (Some(first), Some(last)) = (&new.first, &new.last) else {
            let why = match ending {
                Ending::Broken(why) => format!("no usable programme: {why}"),
                Ending::Whole => "no usable programme".to_owned(),
            };
            return Ok(Outcome::KeptOld(why));
        };
        if let Some((programmes, last_stop, shrunk)) = old {
            let run_out = last_stop < first.start.0.saturating_add(RUN_OUT_MS);
            if let Ending::Broken(why) = ending
                && !run_out
            {
                return Ok(Outcome::KeptOld(format!("it ends in the middle: {why}")));
            }
            // A feed that lost more than half is believed when it says so twice.
            if count < programmes / 2 && !shrunk && !run_out {
                transaction.execute("UPDATE source SET shrunk=1 WHERE url=?1", [source])?;
                transaction.commit()?;
                return Ok(Outcome::KeptOld(format!(
                    "{count} programmes where {programmes} were: held back until it comes again"
                )));
            }
        }
        transaction.execute(
            "INSERT OR REPLACE INTO source(url, rank, generation, programmes, last_stop, shrunk) VALUES(?1,?2,?3,?4,?5,0)",
            params![source, rank as i64, generation, count, last.end.0],
        )?;
        transaction.commit()?;
        Ok(Outcome::Switched)
    }
}

/// What `programme` reads.
pub(super) const COLUMNS: &str = "title, start, stop, description, catchup_id";

pub(super) fn programme(row: &rusqlite::Row<'_>) -> rusqlite::Result<Programme> {
    Ok(Programme {
        title: row.get(0)?,
        start: UtcMs(row.get(1)?),
        end: UtcMs(row.get(2)?),
        description: row.get(3)?,
        catchup_id: row.get(4)?,
    })
}

fn missing_table(e: &rusqlite::Error) -> bool {
    e.to_string().contains("no such table")
}

#[cfg(test)]
#[path = "db_tests.rs"]
mod tests;
