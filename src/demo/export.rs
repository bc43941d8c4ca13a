//! The demo operator as plain files, for a folder behind any web server. Only what moves with the clock differs: a live
//! channel becomes a recording of some hours (a window that moves needs a packager), and guide and live lessons are placed
//! around the time of the export.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{DemoError, DemoRoot, feeds, live};

/// A channel's recording: an evening in front of the television.
const RECORDING_HOURS: u32 = 4;
/// A folder is exported less often than a server is asked.
const GUIDE_DAYS_AHEAD: i64 = 7;
/// Directories hold directories: this many levels are more than the demo has.
const MAX_DEPTH: usize = 8;

/// Writes the operator's files into `dir`, as of `now_ms`. An earlier export there is overwritten; a directory with
/// anything else in it is refused.
pub fn export_static(root: &DemoRoot, dir: &Path, now_ms: i64) -> Result<(), DemoError> {
    let station = root.load()?;
    let used = fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some());
    if used && !dir.join("lineup.m3u").is_file() {
        return Err(DemoError::NotEmpty(dir.into()));
    }
    copy(&root.dir, dir, 0)?;
    place_sessions(&dir.join("catalogue"), now_ms)?;
    for channel in &station.channels {
        let folder = dir.join("live").join(&channel.id);
        fs::create_dir_all(&folder).map_err(at(&folder))?;
        let recording = |looped| live::recording(looped, RECORDING_HOURS).render("../");
        match &channel.written {
            None => write(&folder.join("index.m3u8"), &recording(&channel.looped))?,
            Some(written) => {
                let master = live::master("picture.m3u8", "words.m3u8", &written.name, &written.language);
                write(&folder.join("index.m3u8"), &master)?;
                write(&folder.join("picture.m3u8"), &recording(&channel.looped))?;
                write(&folder.join("words.m3u8"), &recording(&written.looped))?;
            }
        }
    }
    let (from, to) = feeds::guide_days(now_ms, GUIDE_DAYS_AHEAD);
    write(&dir.join("guide.xml"), &feeds::guide(&station, from, to))?;
    write(&dir.join("lineup.m3u"), &feeds::lineup(&station, ""))
}

fn place_sessions(catalogue: &Path, now_ms: i64) -> Result<(), DemoError> {
    for entry in fs::read_dir(catalogue).map_err(at(catalogue))? {
        let path = entry.map_err(at(catalogue))?.path();
        if path.extension().is_none_or(|e| e != "json") {
            continue;
        }
        let bytes = fs::read(&path).map_err(at(&path))?;
        let bad = |e: serde_json::Error| DemoError::Bad { file: path.clone(), what: e.to_string() };
        let mut json: serde_json::Value = serde_json::from_slice(&bytes).map_err(bad)?;
        feeds::place_sessions(&mut json, now_ms, now_ms);
        write(&path, &serde_json::to_string_pretty(&json).map_err(bad)?)?;
    }
    Ok(())
}

/// Files and directories only; a link is not followed.
fn copy(from: &Path, to: &Path, depth: usize) -> Result<(), DemoError> {
    fs::create_dir_all(to).map_err(at(to))?;
    for entry in fs::read_dir(from).map_err(at(from))? {
        let entry = entry.map_err(at(from))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().map_err(at(&source))?;
        if kind.is_dir() && depth < MAX_DEPTH {
            copy(&source, &target, depth + 1)?;
        } else if kind.is_file() {
            fs::copy(&source, &target).map_err(at(&source))?;
        }
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), DemoError> {
    fs::write(path, text).map_err(at(path))
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> DemoError {
    let path = PathBuf::from(path);
    move |source| DemoError::Write { path, source }
}
