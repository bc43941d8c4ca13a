//! The list of learners in `learners.json`, and the folders of all but the first. A file of its own, beside the databases:
//! it is needed before any of them is open, and a damaged database must not take away who there is. It is written whole or
//! not at all; where it cannot be read it is set aside, and the folders say who there is, without their names.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::files::sync_dir;
use crate::{
    files::{self, Durable},
    learning::roster::{LearnerId, Roster},
};

const LIST: &str = "learners.json";
const ASIDE: &str = "learners.json.damaged";
const FOLDER: &str = "learners";
/// A folder that is on its way out: what a power cut left of it goes at the next start.
const GOING: &str = ".removed";
/// Six names and numbers; a list that is larger is none.
const LIST_MAX_BYTES: u64 = 64 * 1024;

/// Where the learner's data lies, below the household's folder.
pub(super) fn folder(dir: &Path, id: LearnerId) -> PathBuf {
    if id == LearnerId::FIRST { dir.to_owned() } else { dir.join(FOLDER).join(id.to_string()) }
}

/// Reads and changes nothing.
pub(super) fn look(dir: &Path) -> Roster {
    let mut roster = read(dir).unwrap_or_else(|_| Roster::of_folders(folders(dir)));
    folders(dir).into_iter().for_each(|id| roster.number_taken(id));
    roster
}

/// Reads, and puts in order what a power cut or a damaged disk left.
pub(super) fn open(dir: &Path) -> Roster {
    sweep(dir);
    if let Err(error) = read(dir)
        && error.kind() != io::ErrorKind::NotFound
    {
        let aside = dir.join(ASIDE);
        tracing::warn!(%error, aside = %aside.display(), "the list of learners cannot be read and is set aside");
        if let Err(error) = fs::rename(dir.join(LIST), &aside) {
            tracing::warn!(%error, "the list of learners stays where it is");
        }
    }
    look(dir)
}

pub(super) fn write(dir: &Path, roster: &Roster) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    let mut bytes = serde_json::to_vec_pretty(roster)?;
    bytes.push(b'\n');
    files::replace(&dir.join(LIST), &bytes, Durable::Yes)
}

/// Deletes everything of a learner other than the first. Once this has begun to succeed, nothing of it is ever read again.
pub(super) fn remove(dir: &Path, id: LearnerId) -> io::Result<()> {
    if id == LearnerId::FIRST {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let from = folder(dir, id);
    let going = dir.join(FOLDER).join(format!("{id}{GOING}"));
    match fs::rename(&from, &going) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other?,
    }
    sync_dir(&dir.join(FOLDER))?;
    fs::remove_dir_all(&going)
}

fn read(dir: &Path) -> io::Result<Roster> {
    let bytes = files::read_bounded(&dir.join(LIST), LIST_MAX_BYTES)?;
    serde_json::from_slice(&bytes).map_err(Into::into)
}

fn names(dir: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(dir.join(FOLDER)) else { return Vec::new() };
    entries.filter_map(|e| e.ok()?.file_name().into_string().ok()).collect()
}

fn folders(dir: &Path) -> Vec<LearnerId> {
    names(dir).iter().filter_map(|name| name.parse().ok()).filter(|id| *id != LearnerId::FIRST).collect()
}

fn sweep(dir: &Path) {
    for name in names(dir).iter().filter(|name| name.ends_with(GOING)) {
        let path = dir.join(FOLDER).join(name);
        if let Err(error) = fs::remove_dir_all(&path) {
            tracing::warn!(%error, path = %path.display(), "a removed learner's folder is still there");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> (Roster, LearnerId) {
        let mut roster = Roster::default();
        let id = roster.add("奶奶").unwrap();
        roster.enter(id);
        (roster, id)
    }

    #[test]
    fn a_list_comes_back_as_it_was_written() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(open(dir.path()), Roster::default());
        let (roster, id) = two();
        write(dir.path(), &roster).unwrap();
        assert_eq!(open(dir.path()), roster);
        assert_eq!(folder(dir.path(), id), dir.path().join("learners/2"));
        assert_eq!(folder(dir.path(), LearnerId::FIRST), dir.path());
    }

    #[test]
    fn a_broken_list_is_set_aside_and_the_folders_stay() {
        for broken in ["", "{\"now\":1,\"lear", "[]", "\u{0}\u{0}"] {
            let dir = tempfile::tempdir().unwrap();
            for folder in ["2", "5", "notes", "7.removed", "1", "02"] {
                fs::create_dir_all(dir.path().join(FOLDER).join(folder).join("inside")).unwrap();
            }
            fs::write(dir.path().join(LIST), broken).unwrap();
            assert_eq!(look(dir.path()).count(), 3, "{broken:?}");
            assert!(dir.path().join(LIST).exists(), "looking changes nothing");
            let mut roster = open(dir.path());
            let known: Vec<String> = roster.all().map(|(id, _)| id.to_string()).collect();
            assert_eq!((known.join(" ").as_str(), roster.now()), ("1 2 5", LearnerId::FIRST), "{broken:?}");
            assert_eq!(roster.add("奶奶").unwrap().to_string(), "6", "not into a folder that is there");
            assert_eq!(fs::read(dir.path().join(ASIDE)).unwrap(), broken.as_bytes());
            assert!(!dir.path().join(LIST).exists());
            let mut left = names(dir.path());
            left.sort();
            assert_eq!(left, ["02", "1", "2", "5", "notes"], "what was on its way out is gone, and nothing else");
        }
    }

    #[test]
    fn a_removed_learner_leaves_nothing_and_the_first_stays() {
        let dir = tempfile::tempdir().unwrap();
        let (_, id) = two();
        fs::create_dir_all(folder(dir.path(), id).join("backups")).unwrap();
        fs::write(folder(dir.path(), id).join("backups/user-20260101.db"), "rows").unwrap();
        remove(dir.path(), id).unwrap();
        assert!(names(dir.path()).is_empty());
        remove(dir.path(), id).unwrap();
        assert!(remove(dir.path(), LearnerId::FIRST).is_err());
        assert!(dir.path().exists());
    }
}
