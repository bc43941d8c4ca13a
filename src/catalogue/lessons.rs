//! The lessons of one course as they are held: a plain list, or packed until somebody looks into them. Two hundred
//! thousand lessons would take 120 MB as plain lists, and a viewer opens a handful. What a lesson is lives in `types`.

use std::{
    fmt,
    io::Read as _,
    mem,
    ops::{Deref, DerefMut},
    sync::OnceLock,
};

use flate2::{Compress, Compression, FlushCompress, Status, read::DeflateDecoder};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::types::Lesson;

/// What one course may unpack to: the largest shard there may be.
const UNPACKED_MAX_BYTES: u64 = super::format::SHARD_MAX_BYTES;

/// A list of lessons. Reads as a `Vec`; `len` and `is_empty` do not unpack it, everything else does, and what is
/// unpacked stays so. To look through all courses use `peek`, which leaves no trace.
#[derive(Clone, Default)]
pub struct Lessons {
    packed: Option<Box<[u8]>>,
    /// Of the packed ones.
    count: u32,
    #[expect(clippy::box_collection, reason = "most stay shut: a course is smaller by sixteen bytes")]
    open: OnceLock<Box<Vec<Lesson>>>,
}

impl Lessons {
    pub fn len(&self) -> usize {
        match &self.packed {
            Some(_) => self.count as usize,
            None => self.open.get().map_or(0, |list| list.len()),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The lessons as a list of their own: for indexes over the whole catalogue, which must not leave every course
    /// unpacked behind them.
    pub fn peek(&self) -> Vec<Lesson> {
        match (self.open.get(), &self.packed) {
            (Some(list), _) => (**list).clone(),
            (None, Some(packed)) => unpack(packed),
            (None, None) => Vec::new(),
        }
    }

    pub(super) fn of_packed(count: u32, packed: Box<[u8]>) -> Self {
        Self { packed: Some(packed), count, open: OnceLock::new() }
    }

    /// The packed form, if it is that.
    pub(super) fn as_packed(&self) -> Option<(u32, &[u8])> {
        self.packed.as_deref().map(|bytes| (self.count, bytes))
    }

    fn list(&self) -> &Vec<Lesson> {
        self.open.get_or_init(|| Box::new(self.packed.as_deref().map(unpack).unwrap_or_default()))
    }
}

fn unpack(packed: &[u8]) -> Vec<Lesson> {
    let mut json = Vec::new();
    let read = DeflateDecoder::new(packed).take(UNPACKED_MAX_BYTES).read_to_end(&mut json);
    let lessons =
        read.map_err(|e| e.to_string()).and_then(|_| serde_json::from_slice(&json).map_err(|e| e.to_string()));
    lessons.unwrap_or_else(|error| {
        tracing::error!(%error, "packed lessons cannot be read");
        Vec::new()
    })
}

/// Packs lists one after another with one set of tables, which are far larger than what they work on.
pub(super) struct Packer {
    deflate: Compress,
    json: Vec<u8>,
    packed: Vec<u8>,
}

impl Default for Packer {
    fn default() -> Self {
        Self { deflate: Compress::new(Compression::fast(), false), json: Vec::new(), packed: Vec::new() }
    }
}

impl fmt::Debug for Packer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Packer")
    }
}

impl Packer {
    /// A list that cannot be packed stays as it is.
    pub(super) fn pack(&mut self, lessons: &mut Lessons) {
        if lessons.packed.is_none()
            && let Some(list) = lessons.open.get()
            && let Some(packed) = self.packed(list)
        {
            *lessons = Lessons::of_packed(u32::try_from(list.len()).unwrap_or(u32::MAX), packed);
        }
    }

    /// The packed form of any list.
    pub(super) fn packed_of(&mut self, lessons: &Lessons) -> Option<(u32, Box<[u8]>)> {
        match lessons.as_packed() {
            Some((count, bytes)) => Some((count, bytes.into())),
            None => self.packed(lessons.list()).map(|bytes| (u32::try_from(lessons.len()).unwrap_or(u32::MAX), bytes)),
        }
    }

    fn packed(&mut self, list: &[Lesson]) -> Option<Box<[u8]>> {
        self.json.clear();
        serde_json::to_writer(&mut self.json, list).ok()?;
        if self.json.len() as u64 > UNPACKED_MAX_BYTES {
            return None;
        }
        self.deflate.reset();
        self.packed.clear();
        // Deflate never grows its input by more than a few bytes for each block.
        self.packed.reserve(self.json.len() + self.json.len() / 8 + 64);
        let done = self.deflate.compress_vec(&self.json, &mut self.packed, FlushCompress::Finish);
        matches!(done, Ok(Status::StreamEnd)).then(|| self.packed.as_slice().into())
    }
}

impl Deref for Lessons {
    type Target = Vec<Lesson>;

    fn deref(&self) -> &Self::Target {
        self.list()
    }
}

impl DerefMut for Lessons {
    #[expect(clippy::expect_used, reason = "filled in the line above")]
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.list();
        self.packed = None;
        self.open.get_mut().expect("filled")
    }
}

impl From<Vec<Lesson>> for Lessons {
    fn from(list: Vec<Lesson>) -> Self {
        Self { packed: None, count: 0, open: OnceLock::from(Box::new(list)) }
    }
}

impl FromIterator<Lesson> for Lessons {
    fn from_iter<I: IntoIterator<Item = Lesson>>(lessons: I) -> Self {
        lessons.into_iter().collect::<Vec<_>>().into()
    }
}

impl IntoIterator for Lessons {
    type Item = Lesson;
    type IntoIter = std::vec::IntoIter<Lesson>;

    fn into_iter(mut self) -> Self::IntoIter {
        mem::take(&mut *self).into_iter()
    }
}

impl<'a> IntoIterator for &'a Lessons {
    type Item = &'a Lesson;
    type IntoIter = std::slice::Iter<'a, Lesson>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl PartialEq for Lessons {
    fn eq(&self, other: &Self) -> bool {
        match (&self.packed, &other.packed) {
            (Some(a), Some(b)) if a == b => true,
            _ => self.len() == other.len() && self.peek() == other.peek(),
        }
    }
}

impl Eq for Lessons {}

impl fmt::Debug for Lessons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.peek().fmt(f)
    }
}

impl Serialize for Lessons {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.open.get() {
            Some(list) => list.serialize(serializer),
            None => self.peek().serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Lessons {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        catalogue::types::{LessonId, SubtitleTrack},
        guide::lineup::MediaSource,
    };

    fn lesson() -> impl Strategy<Value = Lesson> {
        (".{0,8}", 0_u32..90_000, proptest::collection::vec(".{0,20}", 0..3), proptest::option::of(".{0,6}")).prop_map(
            |(text, duration_s, urls, chapter)| Lesson {
                id: LessonId(text.clone()),
                title: text.clone(),
                duration_s,
                sources: urls
                    .iter()
                    .map(|u| MediaSource { url: u.clone(), headers: vec![("A".into(), text.clone())] })
                    .collect(),
                subtitles: urls
                    .into_iter()
                    .map(|url| SubtitleTrack { lang: "zh".into(), label: text.clone(), url })
                    .collect(),
                chapter,
                quiz: None,
            },
        )
    }

    proptest! {
        #[test]
        fn packed_lessons_are_the_same_lessons(lists in proptest::collection::vec(proptest::collection::vec(lesson(), 0..12), 1..4)) {
            let mut packer = Packer::default();
            for list in lists {
                let plain = Lessons::from(list.clone());
                let mut packed = plain.clone();
                packer.pack(&mut packed);
                prop_assert!(packed.as_packed().is_some());
                prop_assert_eq!((packed.len(), packed.is_empty()), (list.len(), list.is_empty()));
                prop_assert_eq!(packed.peek(), list.clone());
                prop_assert!(packed.open.get().is_none(), "a peek leaves no trace");
                prop_assert_eq!(&packed, &plain);
                prop_assert_eq!(serde_json::to_string(&packed).unwrap(), serde_json::to_string(&list).unwrap());
                prop_assert_eq!(&*packed, &list);
                packed.truncate(1);
                prop_assert_eq!(packed.len(), list.len().min(1));
                prop_assert_eq!(packed.into_iter().collect::<Vec<_>>(), list.into_iter().take(1).collect::<Vec<_>>());
            }
        }

        #[test]
        fn damaged_bytes_are_no_lessons_and_no_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let broken = Lessons::of_packed(3, bytes.into());
            prop_assert_eq!(broken.len(), 3);
            prop_assert!(broken.iter().count() <= 3);
        }
    }
}
