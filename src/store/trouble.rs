//! What went wrong with the file, reduced to what the store does about it. Codes 5xxx.

use std::{fs, io, io::Write as _, path::Path};

use rusqlite::ErrorCode;

/// Enough to be refused by a disk on which SQLite cannot write one more page and its journal frame.
const PROBE_BYTES: usize = 32 * 1024;

#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error("5001: no room left on the disk: {0}")]
    DiskFull(String),
    #[error("5002: the place cannot be written: {0}")]
    NotWritable(String),
    #[error("5003: the file is damaged: {0}")]
    Damaged(String),
    #[error("5004: another program holds the file: {0}")]
    Busy(String),
    #[error("5005: the file belongs to version {found} of the database, this program knows {known}")]
    Newer { found: u32, known: u32 },
}

impl Trouble {
    /// SQLite says "I/O error" for a full disk in several places (shared memory, directory entries), so those are
    /// settled by trying to write beside the file.
    pub(super) fn of_sql(error: &rusqlite::Error, dir: &Path) -> Self {
        let what = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull(what),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed) => {
                Self::Busy(what)
            }
            Some(
                ErrorCode::ReadOnly
                | ErrorCode::CannotOpen
                | ErrorCode::PermissionDenied
                | ErrorCode::SystemIoFailure
                | ErrorCode::OutOfMemory
                | ErrorCode::NoLargeFileSupport,
            ) => match probe(dir) {
                Err(e) if is_full(&e) => Self::DiskFull(what),
                _ => Self::NotWritable(what),
            },
            _ => Self::Damaged(what),
        }
    }

    pub(super) fn of_io(error: &io::Error) -> Self {
        if is_full(error) { Self::DiskFull(error.to_string()) } else { Self::NotWritable(error.to_string()) }
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

fn probe(dir: &Path) -> io::Result<()> {
    let path = dir.join(format!(".room-{}", std::process::id()));
    let written =
        fs::File::create(&path).and_then(|mut f| f.write_all(&[0u8; PROBE_BYTES]).and_then(|()| f.sync_all()));
    let _ = fs::remove_file(&path);
    written
}
