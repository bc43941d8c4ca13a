//! The last good catalogue on disk: the files as they were published, and a manifest that names them with their
//! checksums. A file is written beside its place, flushed and renamed, and the manifest comes last: whatever is cut off
//! in between, the earlier catalogue stays whole. Anything that does not check out counts as absent.

use std::{fs, io, path::PathBuf};

use serde::{Deserialize, Serialize};
use url::Url;

use crate::{
    catalogue::format::SHARD_MAX_BYTES,
    files::{Durable, checksum, read_bounded, replace},
};

const MANIFEST: &str = "manifest.json";
/// A thousand shards with long addresses and validators fit.
const MANIFEST_MAX_BYTES: u64 = 4 << 20;
/// All files together, so that a full disk is never this cache's doing.
pub(super) const TOTAL_MAX_BYTES: u64 = 256 << 20;
const LAYOUT: u32 = 1;

/// One published file as it was last fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// As the index names it.
    pub url: String,
    /// Where it finally came from (after redirects): relative addresses in it are read against this.
    pub base: String,
    pub file: String,
    pub bytes: u64,
    pub crc: u32,
    pub etag: Option<String>,
    pub last_modified: Option<String>,
}

impl Entry {
    /// Whether `other` has the same content.
    pub(super) fn same_content(&self, other: &Self) -> bool {
        self.bytes == other.bytes && self.crc == other.crc && self.base == other.base
    }
}

/// A file that repeats the others (see `quick`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Quick {
    pub file: String,
    pub bytes: u64,
    pub crc: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub layout: u32,
    pub index_url: String,
    pub generation: u32,
    pub index: Entry,
    pub shards: Vec<Entry>,
    /// The same in one file, where the catalogue is large.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quick: Option<Quick>,
    pub courses: usize,
    pub lessons: usize,
    /// How often in a row the published catalogue was found to have shrunk by more than half.
    pub shrunk_seen: u8,
}

impl Manifest {
    pub(super) fn new(index_url: &Url, generation: u32, index: Entry, shards: Vec<Entry>) -> Self {
        let index_url = index_url.to_string();
        Self {
            layout: LAYOUT,
            index_url,
            generation,
            index,
            shards,
            quick: None,
            courses: 0,
            lessons: 0,
            shrunk_seen: 0,
        }
    }

    pub(super) fn shard(&self, url: &Url) -> Option<&Entry> {
        self.shards.iter().find(|e| e.url == url.as_str())
    }

    fn entries(&self) -> impl Iterator<Item = &Entry> {
        std::iter::once(&self.index).chain(&self.shards)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Cache {
    dir: PathBuf,
}

impl Cache {
    pub(super) fn new(dir: PathBuf) -> Self {
        Self { dir }
    }

    /// The manifest, if it is whole and belongs to this index.
    pub(super) fn manifest(&self, index_url: &Url) -> Option<Manifest> {
        let bytes = read_bounded(&self.dir.join(MANIFEST), MANIFEST_MAX_BYTES).ok()?;
        let (crc, json) = bytes.split_at_checked(9)?;
        let crc = u32::from_str_radix(std::str::from_utf8(crc).ok()?.trim_end(), 16).ok()?;
        if crc != checksum(json) {
            return None;
        }
        let manifest: Manifest = serde_json::from_slice(json).ok()?;
        let known = manifest.layout == LAYOUT && manifest.index_url == index_url.as_str();
        (known && manifest.entries().map(|e| e.bytes).sum::<u64>() <= TOTAL_MAX_BYTES).then_some(manifest)
    }

    /// Whether every file that the manifest names is there and undamaged.
    pub(super) fn is_whole(&self, manifest: &Manifest) -> bool {
        manifest.entries().all(|e| self.read(e).is_some())
    }

    /// The content of a file, if it is what was written.
    pub(super) fn read(&self, entry: &Entry) -> Option<Vec<u8>> {
        let bytes = read_bounded(&self.path(&entry.file)?, SHARD_MAX_BYTES).ok()?;
        (bytes.len() as u64 == entry.bytes && checksum(&bytes) == entry.crc).then_some(bytes)
    }

    pub(super) fn read_quick(&self, quick: &Quick) -> Option<Vec<u8>> {
        let bytes = read_bounded(&self.path(&quick.file)?, TOTAL_MAX_BYTES).ok()?;
        (bytes.len() as u64 == quick.bytes && checksum(&bytes) == quick.crc).then_some(bytes)
    }

    /// Writes the one file that repeats the others. Where the disk refuses, they are read instead.
    pub(super) fn write_quick(&self, generation: u32, bytes: &[u8]) -> Option<Quick> {
        let file = format!("g{generation:08x}-0.bin");
        self.write(&file, bytes).ok()?;
        Some(Quick { file, bytes: bytes.len() as u64, crc: checksum(bytes) })
    }

    /// Writes a content file. Nothing refers to it until a manifest does.
    pub(super) fn write(&self, file: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(file).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        fs::create_dir_all(&self.dir)?;
        replace(&path, bytes, Durable::Yes)
    }

    /// Makes `manifest` the one that counts, then removes what it no longer names.
    pub(super) fn commit(&self, manifest: &Manifest) -> io::Result<()> {
        let json = serde_json::to_vec(manifest)?;
        let mut bytes = format!("{:08x}\n", checksum(&json)).into_bytes();
        bytes.extend_from_slice(&json);
        fs::create_dir_all(&self.dir)?;
        replace(&self.dir.join(MANIFEST), &bytes, Durable::Yes)?;
        self.sweep(manifest);
        Ok(())
    }

    /// Failing to remove an old file costs disk only; the next commit tries again.
    fn sweep(&self, manifest: &Manifest) {
        for entry in fs::read_dir(&self.dir).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            let ours = is_content_name(name.trim_end_matches(".part"));
            let quick = manifest.quick.iter().map(|q| &q.file);
            if ours && !manifest.entries().map(|e| &e.file).chain(quick).any(|file| file == name) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    /// A name out of the manifest never leads out of the directory.
    fn path(&self, file: &str) -> Option<PathBuf> {
        is_content_name(file).then(|| self.dir.join(file))
    }
}

pub(super) fn content_name(generation: u32, number: usize) -> String {
    format!("g{generation:08x}-{number}.json")
}

fn is_content_name(name: &str) -> bool {
    let middle = name.strip_prefix('g').and_then(|n| n.strip_suffix(".json").or(n.strip_suffix(".bin")));
    middle.is_some_and(|m| !m.is_empty() && m.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-'))
}
