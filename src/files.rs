//! Files that a reader finds whole or not at all: bounded reading, a checksum, writing beside and renaming. What stands
//! in them is for those who keep them.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

/// What a file in the making is called until it is whole.
pub const UNFINISHED: &str = "part";

/// Whether a file has to survive a power cut right after it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durable {
    Yes,
    /// Nothing is lost but what can be fetched again, and the reader looks at a checksum.
    No,
}

pub fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// The whole file, if it is no larger than `limit` bytes.
pub fn read_bounded(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}

/// Old content or new content, never a piece of either. One writer at a time for each path.
pub fn replace(path: &Path, bytes: &[u8], durable: Durable) -> io::Result<()> {
    let mut part = path.as_os_str().to_owned();
    part.push(".");
    part.push(UNFINISHED);
    let part = PathBuf::from(part);
    let written = write(&part, bytes, durable).and_then(|()| fs::rename(&part, path));
    if written.is_err() {
        let _ = fs::remove_file(&part);
        return written;
    }
    if durable == Durable::Yes
        && let Some(dir) = path.parent()
    {
        // The rename itself must survive a power cut too.
        File::open(dir)?.sync_all()?;
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8], durable: Durable) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    if durable == Durable::Yes {
        file.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_the_old_one_or_the_new_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("kept");
        for (durable, bytes) in [(Durable::Yes, b"first"), (Durable::No, b"other")] {
            replace(&path, bytes, durable).unwrap();
            assert_eq!(read_bounded(&path, 5).unwrap(), bytes);
        }
        assert_eq!(read_bounded(&path, 4).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        // Where it cannot be put in place nothing is left behind.
        fs::create_dir(dir.path().join("folder")).unwrap();
        assert!(replace(&dir.path().join("folder"), b"x", Durable::No).is_err());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }
}
