//! Titles to be searched, packed: one text, one row of codes, twenty bytes for each entry. Built off the interface's
//! thread and then never changed; what changed is built anew. What goes in is `source`'s to say.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{scan::WORD, units::units};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Course,
    Lesson,
    Teacher,
    Provider,
    Channel,
    Programme,
    /// A line of a file.
    Title,
}

/// A popular course comes before others of its like; never before a better match.
pub const MOST_WEIGHT: u8 = 60;

#[derive(Clone, Copy, Debug)]
struct Entry {
    kind: Kind,
    weight: u8,
    /// The course of a lesson, by its place in the index.
    parent: u32,
    text_end: u32,
    id_end: u32,
    code_end: u32,
}

#[derive(Debug, Default)]
pub struct Index {
    entries: Vec<Entry>,
    text: String,
    ids: String,
    codes: Vec<u16>,
}

/// One thing that can be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item<'a> {
    pub kind: Kind,
    pub id: &'a str,
    /// The id of a lesson's course.
    pub parent: Option<&'a str>,
    pub title: &'a str,
    pub weight: u8,
}

impl Index {
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub fn bytes(&self) -> usize {
        self.entries.capacity() * size_of::<Entry>()
            + self.text.capacity()
            + self.ids.capacity()
            + self.codes.capacity() * 2
    }

    /// Adds one; its place, by which lessons name their course. Titles without anything to search for are added, too,
    /// so that places can be counted on. None where four gigabytes are not enough.
    pub fn add(&mut self, item: Item<'_>, parent: Option<u32>) -> Option<u32> {
        let place = u32::try_from(self.entries.len()).ok()?;
        let text_end = u32::try_from(self.text.len() + item.title.len()).ok()?;
        let id_end = u32::try_from(self.ids.len() + item.id.len()).ok()?;
        let units = units(item.title);
        let code_end = u32::try_from(self.codes.len() + units.len()).ok()?;
        self.text.push_str(item.title);
        self.ids.push_str(item.id);
        self.codes.extend(units.iter().map(|u| u.code.0 | if u.starts_word { WORD } else { 0 }));
        let weight = item.weight.min(MOST_WEIGHT);
        let parent = parent.unwrap_or(u32::MAX);
        self.entries.push(Entry { kind: item.kind, weight, parent, text_end, id_end, code_end });
        Some(place)
    }

    /// Nothing more is coming.
    pub fn finish(mut self) -> Self {
        self.entries.shrink_to_fit();
        self.text.shrink_to_fit();
        self.ids.shrink_to_fit();
        self.codes.shrink_to_fit();
        self
    }

    fn before(&self, place: usize) -> Option<&Entry> {
        place.checked_sub(1).and_then(|p| self.entries.get(p))
    }

    fn id(&self, place: usize) -> Option<&str> {
        let end = self.entries.get(place)?.id_end;
        let start = self.before(place).map_or(0, |e| e.id_end);
        self.ids.get(start as usize..end as usize)
    }

    pub fn item(&self, place: usize) -> Option<Item<'_>> {
        let entry = self.entries.get(place)?;
        let start = self.before(place).map_or(0, |e| e.text_end);
        Some(Item {
            kind: entry.kind,
            id: self.id(place)?,
            parent: self.id(entry.parent as usize),
            title: self.text.get(start as usize..entry.text_end as usize)?,
            weight: entry.weight,
        })
    }

    /// The codes of these entries with their places, in order.
    pub fn codes(&self, places: Range<usize>) -> impl Iterator<Item = (usize, &[u16])> {
        let mut start = self.before(places.start).map_or(0, |e| e.code_end);
        let mut rest = self.codes.get(start as usize..).unwrap_or_default();
        let entries = self.entries.get(places.clone()).unwrap_or_default();
        places.zip(entries).map(move |(place, entry)| {
            let (here, after) = rest.split_at_checked((entry.code_end - start) as usize).unwrap_or_default();
            rest = after;
            start = entry.code_end;
            (place, here)
        })
    }
}
