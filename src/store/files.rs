//! Names in the store's directory, and moves that a power cut cannot leave half done.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use super::header::beside;
use crate::time::UtcMs;

pub(super) const DATABASE: &str = "user.db";
/// Where the next database is made before it takes its place.
pub(super) const IN_THE_MAKING: &str = "user.db.new";
const ASIDE: &str = "user.db.damaged-";
/// Damaged files are evidence and the last hope for rows, but a failing disk must not be filled with them.
const ASIDE_KEPT: usize = 5;
const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

pub(super) fn database(dir: &Path) -> PathBuf {
    dir.join(DATABASE)
}

/// Moves the database and what belongs to it out of the way, and returns where the database lies now. The database
/// goes first: a log without a database is moved aside at the next start, a database without its log would be read.
pub(super) fn set_aside(dir: &Path, now: UtcMs) -> io::Result<PathBuf> {
    let from = database(dir);
    let stamp = stamp(now, "%Y%m%dT%H%M%SZ");
    let to = (0..)
        .map(|n| dir.join(if n == 0 { format!("{ASIDE}{stamp}") } else { format!("{ASIDE}{stamp}.{n}") }))
        .find(|to| !to.exists() && COMPANIONS.iter().all(|c| !beside(to, c).exists()))
        .unwrap_or_else(|| dir.join(ASIDE));
    rename_if_there(&from, &to)?;
    for companion in COMPANIONS {
        rename_if_there(&beside(&from, companion), &beside(&to, companion))?;
    }
    sync_dir(dir)?;
    forget_oldest_aside(dir);
    Ok(to)
}

/// Whether something that belongs to a database lies there without one.
pub(super) fn orphaned_log(dir: &Path) -> bool {
    COMPANIONS.iter().any(|c| beside(&database(dir), c).exists())
}

/// Puts the database that was made beside into its place.
pub(super) fn put_in_place(dir: &Path) -> io::Result<()> {
    fs::rename(dir.join(IN_THE_MAKING), database(dir))?;
    sync_dir(dir)
}

/// Removes what an interrupted start left behind.
pub(super) fn clear_the_making(dir: &Path) {
    let path = dir.join(IN_THE_MAKING);
    let _ = fs::remove_file(&path);
    for companion in COMPANIONS {
        let _ = fs::remove_file(beside(&path, companion));
    }
}

pub(super) fn sync_dir(dir: &Path) -> io::Result<()> {
    fs::File::open(dir)?.sync_all()
}

/// A moment as part of a file name, UTC.
pub(super) fn stamp(at: UtcMs, format: &str) -> String {
    jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH).strftime(format).to_string()
}

/// An address under which SQLite reads the file and writes nothing, not even beside it.
pub(super) fn untouched_uri(path: &Path) -> String {
    let mut uri = String::from("file:");
    for &byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"/._-~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri + "?immutable=1"
}

fn rename_if_there(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn forget_oldest_aside(dir: &Path) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    let names: BTreeSet<String> = entries
        .filter_map(|e| e.ok()?.file_name().into_string().ok())
        .filter(|name| name.starts_with(ASIDE))
        .map(|name| COMPANIONS.iter().find_map(|c| name.strip_suffix(c)).unwrap_or(&name).to_owned())
        .collect();
    for name in names.iter().take(names.len().saturating_sub(ASIDE_KEPT)) {
        let path = dir.join(name);
        tracing::warn!(path = %path.display(), "too many damaged databases, the oldest is removed");
        let _ = fs::remove_file(&path);
        for companion in COMPANIONS {
            let _ = fs::remove_file(beside(&path, companion));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn set_aside_moves_everything_and_keeps_the_newest_five() {
        let dir = tempfile::tempdir().unwrap();
        for n in 0..8i64 {
            fs::write(database(dir.path()), format!("{n}")).unwrap();
            fs::write(beside(&database(dir.path()), "-wal"), "log").unwrap();
            // Two in the same second must not meet.
            let aside = set_aside(dir.path(), UtcMs(1_767_225_600_000 + n / 2 * 1000)).unwrap();
            assert_eq!(fs::read_to_string(&aside).unwrap(), format!("{n}"));
            assert_eq!(fs::read_to_string(beside(&aside, "-wal")).unwrap(), "log");
            assert!(!database(dir.path()).exists() && !orphaned_log(dir.path()));
        }
        let mut left: Vec<_> =
            fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        left.sort();
        assert_eq!(left.len(), 10, "{left:?}");
        assert!(left[0].starts_with("user.db.damaged-20260101T000001Z.1"), "{left:?}");
    }

    #[test]
    fn names_with_odd_characters_stay_one_path() {
        assert_eq!(untouched_uri(Path::new("/a b/数?#%.db")), "file:/a%20b/%E6%95%B0%3F%23%25.db?immutable=1");
    }
}
