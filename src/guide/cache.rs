//! The last good lineup as a file in the cache folder, so that Home shows channels before any network answers.
//! Written beside and renamed: a reader finds the old one or the new one, never half of one.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{
    error::GuideError,
    formats::{LineupRead, assemble::List},
    lineup::{ChannelId, Lineup},
};

/// Another number means another shape: the file is ignored then.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Saved<'a> {
    version: u32,
    source: &'a str,
    lineup: &'a Lineup,
    shifts: &'a [(&'a ChannelId, i64)],
}

#[derive(Deserialize)]
struct Loaded {
    version: u32,
    source: String,
    lineup: Lineup,
    #[serde(default)]
    shifts: Vec<(ChannelId, i64)>,
}

/// What a cache file held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CachedLineup {
    /// Where the lineup had come from.
    pub source: String,
    pub lineup: Lineup,
    pub shifts: BTreeMap<ChannelId, i64>,
}

#[derive(Clone, Debug)]
pub struct LineupCache {
    path: PathBuf,
}

impl LineupCache {
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where other files of the cache lie.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    pub fn save(&self, source: &str, read: &LineupRead) -> Result<(), GuideError> {
        let shifts: Vec<_> = read.shifts.iter().map(|(id, shift)| (id, *shift)).collect();
        write(&self.path, &Saved { version: VERSION, source, lineup: &read.lineup, shifts: &shifts })
    }

    /// `None` where there is none that can be used; a damaged one is a matter for the log, not for the viewer.
    pub fn load(&self) -> Option<CachedLineup> {
        // Whole, because reading it byte by byte takes several times as long, and the first picture waits for it.
        let bytes = fs::read(&self.path).ok()?;
        let loaded: Loaded = parsed(&self.path, &bytes)?;
        let usable = loaded.version == VERSION && loaded.lineup.channels.iter().all(|c| !c.sources.is_empty());
        loaded.lineup.channels.prepare();
        usable.then(|| CachedLineup {
            source: loaded.source,
            lineup: loaded.lineup,
            shifts: loaded.shifts.into_iter().collect(),
        })
    }
}

#[derive(Serialize)]
struct SavedList<'a> {
    version: u32,
    source: &'a str,
    list: &'a List,
}

#[derive(Deserialize)]
struct LoadedList {
    version: u32,
    source: String,
    list: List,
}

/// Keeps one of several lists.
pub fn save_list(path: &Path, source: &str, list: &List) -> Result<(), GuideError> {
    write(path, &SavedList { version: VERSION, source, list })
}

/// The list that was kept there, if it had come from `source`.
pub fn load_list(path: &Path, source: &str) -> Option<List> {
    let loaded: LoadedList = parsed(path, &fs::read(path).ok()?)?;
    (loaded.version == VERSION && loaded.source == source).then_some(loaded.list)
}

fn parsed<'b, T: Deserialize<'b>>(path: &Path, bytes: &'b [u8]) -> Option<T> {
    serde_json::from_slice(bytes)
        .inspect_err(|e| tracing::warn!("{}: {e}; what was kept there is ignored", path.display()))
        .ok()
}

fn write(path: &Path, what: &impl Serialize) -> Result<(), GuideError> {
    let beside = path.with_extension("new");
    let written = || -> io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = BufWriter::new(fs::File::create(&beside)?);
        serde_json::to_writer(&mut file, what)?;
        file.flush()?;
        file.get_ref().sync_all()?;
        fs::rename(&beside, path)
    };
    written().map_err(|e| GuideError::Io(path.display().to_string(), e))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guide::formats::{address::Origin, read_lineup};

    #[test]
    fn saved_is_loaded_and_damage_is_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let cache = LineupCache::new(folder.path().join("cache/lineup.json"));
        assert_eq!(cache.load(), None);
        let text = "#EXTM3U x-tvg-url=\"http://e/g.xml\"\n#EXTINF:-1 tvg-shift=\"2\",甲\nhttp://a/1|Referer=x\n";
        let read = read_lineup(text.as_bytes(), &Origin::Stdin, "x").unwrap();
        cache.save("http://a/", &read).unwrap();
        cache.save("http://a/list", &read).unwrap();
        let loaded = cache.load().unwrap();
        assert_eq!(
            (loaded.source.as_str(), &loaded.lineup, &loaded.shifts),
            ("http://a/list", &read.lineup, &read.shifts)
        );
        let path = folder.path().join("cache/lineup.json");
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        assert_eq!(cache.load(), None);
    }
}
