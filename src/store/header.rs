//! What a database file says about itself, read from its bytes alone: opening it with SQLite would already write
//! beside it, and a file from a newer version must stay exactly as it is.

use std::{
    fs::{self, File},
    io::{self, BufReader, Read as _},
    path::{Path, PathBuf},
};

const MAGIC: &[u8; 16] = b"SQLite format 3\0";
const USER_VERSION_AT: usize = 60;
const HEADER_BYTES: usize = 100;
const WAL_MAGIC_LITTLE: u32 = 0x377f_0682;
const WAL_MAGIC_BIG: u32 = 0x377f_0683;
/// SQLite's own largest page; a WAL that claims more is nonsense.
const PAGE_MAX_BYTES: usize = 65_536;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Header {
    Missing,
    NotADatabase,
    Version(u32),
}

/// The version of the file as a reader would see it, its write-ahead log included.
pub(super) fn read(path: &Path) -> io::Result<Header> {
    match fs::metadata(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Header::Missing),
        Err(e) => return Err(e),
        // Opening a pipe would wait for ever.
        Ok(found) if !found.is_file() => return Ok(Header::NotADatabase),
        Ok(_) => {}
    }
    let file = File::open(path)?;
    let mut head = Vec::with_capacity(HEADER_BYTES);
    file.take(HEADER_BYTES as u64).read_to_end(&mut head)?;
    let Some(version) = user_version(&head) else { return Ok(Header::NotADatabase) };
    Ok(Header::Version(version_in_wal(&beside(path, "-wal")).unwrap_or(version)))
}

/// `user.db` → `user.db-wal`.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn user_version(page: &[u8]) -> Option<u32> {
    // Any other format number makes SQLite take the file for read-only or for none.
    let format = |at: usize| page.get(at).is_some_and(|f| (1..=2).contains(f));
    if page.len() < HEADER_BYTES || !page.starts_with(MAGIC) || !format(18) || !format(19) {
        return None;
    }
    be32(page, USER_VERSION_AT)
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at.checked_add(4)?)?.try_into().ok().map(u32::from_be_bytes)
}

/// The version in the newest committed first page of the log; none where the log holds no such page.
fn version_in_wal(path: &Path) -> Option<u32> {
    let mut wal = BufReader::new(File::open(path).ok()?);
    let mut head = [0u8; 32];
    wal.read_exact(&mut head).ok()?;
    let big = match be32(&head, 0)? {
        WAL_MAGIC_BIG => true,
        WAL_MAGIC_LITTLE => false,
        _ => return None,
    };
    let page_bytes = be32(&head, 8)? as usize;
    if !page_bytes.is_power_of_two() || !(512..=PAGE_MAX_BYTES).contains(&page_bytes) {
        return None;
    }
    let mut sum = checksum((0, 0), head.get(..24)?, big);
    if sum != (be32(&head, 24)?, be32(&head, 28)?) {
        return None;
    }
    let salts = head.get(16..24)?;

    let (mut committed, mut pending) = (None, None);
    let mut frame = vec![0u8; 24 + page_bytes];
    // A frame that does not fit the chain of checksums ends the log, as it does for SQLite.
    while wal.read_exact(&mut frame).is_ok() {
        let (frame_head, page) = frame.split_at(24);
        sum = checksum(checksum(sum, frame_head.get(..8)?, big), page, big);
        if frame_head.get(8..16) != Some(salts) || Some(sum) != be32(frame_head, 16).zip(be32(frame_head, 20)) {
            break;
        }
        if be32(frame_head, 0) == Some(1) {
            pending = user_version(page).or(pending);
        }
        if be32(frame_head, 4) != Some(0) {
            committed = pending.or(committed);
        }
    }
    committed
}

fn checksum(from: (u32, u32), bytes: &[u8], big: bool) -> (u32, u32) {
    let word = |chunk: &[u8]| {
        let bytes = chunk.try_into().unwrap_or_default();
        if big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    };
    bytes.chunks_exact(8).fold(from, |(a, b), chunk| {
        let (first, second) = chunk.split_at(4);
        let a = a.wrapping_add(word(first)).wrapping_add(b);
        (a, b.wrapping_add(word(second)).wrapping_add(a))
    })
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    #[test]
    fn sees_the_version_that_sqlite_would_see() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        assert_eq!(read(&path).unwrap(), Header::Missing);
        fs::write(&path, "nothing").unwrap();
        assert_eq!(read(&path).unwrap(), Header::NotADatabase);
        fs::remove_file(&path).unwrap();

        let conn = Connection::open(&path).unwrap();
        conn.execute_batch("PRAGMA journal_mode = WAL; PRAGMA user_version = 3; CREATE TABLE t (a);").unwrap();
        // The connection is still open, so the version lies in the log alone.
        assert_eq!(read(&path).unwrap(), Header::Version(3));
        for n in 4..40 {
            conn.execute_batch(&format!("BEGIN; PRAGMA user_version = {n}; INSERT INTO t VALUES (1); COMMIT;"))
                .unwrap();
            assert_eq!(read(&path).unwrap(), Header::Version(n));
        }
        conn.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA user_version = 40;").unwrap();
        assert_eq!(read(&path).unwrap(), Header::Version(40));

        // A torn tail is not a commit.
        let (main, wal) = (fs::read(&path).unwrap(), fs::read(beside(&path, "-wal")).unwrap());
        drop(conn);
        fs::write(&path, main).unwrap();
        fs::write(beside(&path, "-wal"), &wal[..wal.len() - 1]).unwrap();
        assert_eq!(read(&path).unwrap(), Header::Version(39));
    }
}
