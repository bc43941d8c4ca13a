//! Several lists as one lineup. Each is fetched by itself, and the last good form of each is kept, in memory and in the
//! cache folder, so that a server that is away takes nothing from the screen but what it has published since.

use std::path::{Path, PathBuf};

use super::{
    cache,
    formats::{LineupRead, assemble::List, merge},
};

/// What is known of one list.
enum Held {
    /// The cache folder has not been looked into.
    Unread,
    Nothing,
    List(List),
}

/// The lists of an operator, in the order in which they are merged.
pub struct Lists {
    folder: PathBuf,
    sources: Vec<String>,
    held: Vec<Held>,
}

impl Lists {
    /// `sources` are their addresses.
    pub fn new(folder: &Path, sources: Vec<String>) -> Self {
        let held = sources.iter().map(|_| Held::Unread).collect();
        Self { folder: folder.to_owned(), sources, held }
    }

    /// All lists as one lineup, with a new form of the one at `place`. Reads and writes files.
    pub fn put(&mut self, place: usize, list: List) -> LineupRead {
        // One alone is the lineup itself, which is cached as such.
        if let [source] = self.sources.as_slice() {
            return merge(vec![list], source);
        }
        self.look();
        if let (Some(held), Some(source)) = (self.held.get_mut(place), self.sources.get(place))
            && !matches!(held, Held::List(known) if *known == list)
        {
            if let Err(e) = cache::save_list(&file(&self.folder, place), source, &list) {
                tracing::warn!("lineup: not kept for the next start: {e}");
            }
            *held = Held::List(list);
        }
        self.merged()
    }

    /// What is held of all of them. None where that is nothing, or where there is only one list.
    pub fn held(&mut self) -> Option<LineupRead> {
        if self.sources.len() < 2 {
            return None;
        }
        self.look();
        Some(self.merged()).filter(|read| !read.lineup.channels.is_empty())
    }

    fn look(&mut self) {
        for (place, (held, source)) in self.held.iter_mut().zip(&self.sources).enumerate() {
            if matches!(held, Held::Unread) {
                *held = cache::load_list(&file(&self.folder, place), source).map_or(Held::Nothing, Held::List);
            }
        }
    }

    fn merged(&self) -> LineupRead {
        let lists = self.held.iter().filter_map(|held| match held {
            Held::List(list) => Some(list.clone()),
            Held::Unread | Held::Nothing => None,
        });
        merge(lists.collect(), "the lineups together")
    }
}

fn file(folder: &Path, place: usize) -> PathBuf {
    folder.join(format!("list-{place}.json"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guide::formats::{address::Origin, read_list};

    fn list(text: &str) -> List {
        read_list(text.as_bytes(), &Origin::Stdin, "l").unwrap().list
    }

    fn names(read: &LineupRead) -> Vec<(&str, usize)> {
        read.lineup.channels.iter().map(|c| (c.name.as_str(), c.sources.len())).collect()
    }

    #[test]
    fn what_one_list_held_stays_while_the_other_is_new() {
        let folder = tempfile::tempdir().unwrap();
        let lists = || Lists::new(folder.path(), vec!["http://a/".into(), "http://b/".into()]);
        let mut first = lists();
        assert_eq!(first.held(), None);
        assert_eq!(names(&first.put(1, list("乙,http://b/1\n"))), [("乙", 1)]);
        assert_eq!(names(&first.put(0, list("甲,http://a/1\n乙,http://a/2\n"))), [("甲", 1), ("乙", 2)]);
        assert_eq!(names(&first.put(0, list("甲,http://a/1\n"))), [("甲", 1), ("乙", 1)]);
        // After a start, too, where only one of them answers, or none.
        assert_eq!(names(&lists().put(0, list("丙,http://a/3\n"))), [("丙", 1), ("乙", 1)]);
        assert_eq!(names(&lists().held().unwrap()), [("丙", 1), ("乙", 1)]);
        // What another configuration has left is no help.
        let mut other = Lists::new(folder.path(), vec!["http://a/".into(), "http://c/".into()]);
        assert_eq!(names(&other.held().unwrap()), [("丙", 1)]);
        std::fs::write(file(folder.path(), 0), "{").unwrap();
        assert_eq!(names(&lists().put(1, list("丁,http://b/1\n"))), [("丁", 1)]);
    }

    #[test]
    fn one_list_alone_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let mut lists = Lists::new(folder.path(), vec!["http://a/".into()]);
        assert_eq!(names(&lists.put(0, list("甲,http://a/1\n"))), [("甲", 1)]);
        assert_eq!(lists.held(), None);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
