//! Long lists as they are held: shared, so that a copy costs nothing, and indexed once, so that no key press walks one
//! to find something. What is found by which key is the rooms' own (`catalogue::courses`, `guide::channels`).

use std::{
    fmt,
    hash::{BuildHasher, Hash, RandomState},
    mem,
    ops::{Deref, DerefMut, Range},
    sync::{Arc, OnceLock},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What stands in such a list.
pub trait Entry: Clone + Send + 'static {
    type Index;
    /// Freeing more than this takes longer than a frame may: it is done beside whoever lets go.
    const FREED_HERE_AT_MOST: usize;
    /// The name of the thread that frees them.
    const FREEING: &'static str;

    fn index(list: &[Self]) -> Self::Index;
}

/// Reads as a `Vec`; changing it copies it where somebody else holds it too, and forgets the index.
pub struct Indexed<T: Entry>(Arc<Held<T>>);

struct Held<T: Entry> {
    list: Vec<T>,
    index: OnceLock<T::Index>,
}

impl<T: Entry> Indexed<T> {
    /// Builds the index now. For the thread that reads the list, so that the first key press does not have to.
    pub fn prepare(&self) {
        self.index();
    }

    pub fn index(&self) -> &T::Index {
        self.0.index.get_or_init(|| T::index(&self.0.list))
    }
}

/// Places in a list by a key, packed into one word with it and sorted: eight bytes for each.
pub struct Places(Vec<u64>);

impl Places {
    pub fn of<T>(list: &[T], key: impl Fn(&T) -> u32) -> Self {
        let mut words: Vec<u64> =
            list.iter().enumerate().map(|(place, entry)| u64::from(key(entry)) << 32 | place as u64).collect();
        words.sort_unstable();
        Self(words)
    }

    /// The places of one key, ascending.
    pub fn at(&self, key: u32) -> impl Iterator<Item = usize> {
        self.within(u64::from(key)..u64::from(key) + 1).map(|(_, place)| place)
    }

    /// Keys of a range in ascending order, with their places.
    pub fn within(&self, keys: Range<u64>) -> impl DoubleEndedIterator<Item = (u32, usize)> {
        let from = self.0.partition_point(|w| w >> 32 < keys.start);
        let to = self.0.partition_point(|w| w >> 32 < keys.end);
        let found = self.0.get(from..to).unwrap_or_default();
        found.iter().map(|w| ((w >> 32) as u32, (w & u64::from(u32::MAX)) as usize))
    }
}

/// Places by what is too long to be a key. Several things may share a hash: whoever asks compares.
pub struct HashedPlaces {
    hasher: RandomState,
    places: Places,
}

impl HashedPlaces {
    pub fn of<T, K: Hash>(list: &[T], key: impl Fn(&T) -> &K) -> Self {
        let hasher = RandomState::new();
        let places = Places::of(list, |entry| short(&hasher, key(entry)));
        Self { hasher, places }
    }

    /// Where it may be, ascending.
    pub fn at<K: Hash>(&self, key: &K) -> impl Iterator<Item = usize> + use<'_, K> {
        self.places.at(short(&self.hasher, key))
    }
}

fn short(hasher: &RandomState, key: &impl Hash) -> u32 {
    (hasher.hash_one(key) >> 32) as u32
}

impl<T: Entry> Clone for Indexed<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Entry> Clone for Held<T> {
    fn clone(&self) -> Self {
        Self { list: self.list.clone(), index: OnceLock::new() }
    }
}

impl<T: Entry> Drop for Held<T> {
    fn drop(&mut self) {
        if self.list.len() > T::FREED_HERE_AT_MOST {
            let list = mem::take(&mut self.list);
            // Without a thread it is freed here after all: the closure goes with the error.
            drop(std::thread::Builder::new().name(T::FREEING.into()).spawn(move || drop(list)));
        }
    }
}

impl<T: Entry> Default for Indexed<T> {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl<T: Entry> Deref for Indexed<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Self::Target {
        &self.0.list
    }
}

impl<T: Entry> DerefMut for Indexed<T> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        let held = Arc::make_mut(&mut self.0);
        held.index = OnceLock::new();
        &mut held.list
    }
}

impl<T: Entry> From<Vec<T>> for Indexed<T> {
    fn from(list: Vec<T>) -> Self {
        Self(Arc::new(Held { list, index: OnceLock::new() }))
    }
}

impl<T: Entry> FromIterator<T> for Indexed<T> {
    fn from_iter<I: IntoIterator<Item = T>>(entries: I) -> Self {
        entries.into_iter().collect::<Vec<_>>().into()
    }
}

impl<T: Entry> IntoIterator for Indexed<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(mut self) -> Self::IntoIter {
        mem::take(&mut *self).into_iter()
    }
}

impl<'a, T: Entry> IntoIterator for &'a Indexed<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: Entry + PartialEq> PartialEq for Indexed<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.list == other.0.list
    }
}

impl<T: Entry + Eq> Eq for Indexed<T> {}

impl<T: Entry + PartialEq, const N: usize> PartialEq<[T; N]> for Indexed<T> {
    fn eq(&self, other: &[T; N]) -> bool {
        self.0.list == other
    }
}

impl<T: Entry + fmt::Debug> fmt::Debug for Indexed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.list.fmt(f)
    }
}

impl<T: Entry + Serialize> Serialize for Indexed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.list.serialize(serializer)
    }
}

impl<'de, T: Entry + Deserialize<'de>> Deserialize<'de> for Indexed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from)
    }
}
