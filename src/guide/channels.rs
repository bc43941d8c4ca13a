//! The channels of a lineup as they are held: shared, so that a copy costs nothing, and indexed once, so that no key
//! press walks a list of 212,000. What a channel is lives in `lineup`.

use std::{
    collections::HashMap,
    fmt,
    hash::{BuildHasher, RandomState},
    mem,
    ops::{Deref, DerefMut, Range},
    sync::{Arc, OnceLock},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::lineup::{Channel, ChannelId, ChannelNumber};

/// Freeing more channels than this takes longer than a frame may: it is done beside whoever lets go.
const FREED_HERE_AT_MOST: usize = 20_000;

/// A list of channels. Reads as a `Vec`; changing it copies it where somebody else holds it too, and forgets the index.
#[derive(Clone, Default)]
pub struct Channels(Arc<Held>);

#[derive(Default)]
struct Held {
    list: Vec<Channel>,
    index: OnceLock<Index>,
}

/// The channels of one group of the operator, by their places in the lineup.
#[derive(Debug)]
pub struct ChannelGroup {
    pub name: String,
    /// Ascending.
    pub places: Vec<u32>,
}

/// Places are packed into the lower half of a word and sorted: eight bytes for each channel and way to find it.
struct Index {
    hasher: RandomState,
    by_id: Vec<u64>,
    by_number: Vec<u64>,
    groups: Vec<ChannelGroup>,
}

fn packed(key: u32, place: usize) -> u64 {
    u64::from(key) << 32 | place as u64
}

fn key_of(word: u64) -> u32 {
    (word >> 32) as u32
}

fn place_of(word: u64) -> usize {
    (word & u64::from(u32::MAX)) as usize
}

impl Index {
    fn of(list: &[Channel]) -> Self {
        let hasher = RandomState::new();
        let sorted = |key: &dyn Fn(&Channel) -> u32| {
            let mut words: Vec<u64> = list.iter().enumerate().map(|(place, c)| packed(key(c), place)).collect();
            words.sort_unstable();
            words
        };
        let by_id = sorted(&|c| short_hash(&hasher, &c.id));
        let by_number = sorted(&|c| c.number.0);
        Self { by_id, by_number, groups: groups(list), hasher }
    }
}

fn short_hash(hasher: &RandomState, id: &ChannelId) -> u32 {
    (hasher.hash_one(id) >> 32) as u32
}

/// In the order in which the lineup names them first.
fn groups(list: &[Channel]) -> Vec<ChannelGroup> {
    let mut known: HashMap<&str, usize> = HashMap::new();
    let mut groups: Vec<ChannelGroup> = Vec::new();
    let mut last = usize::MAX;
    for (place, channel) in (0_u32..).zip(list) {
        for name in &channel.groups {
            // Neighbours in a lineup mostly share their group: one comparison in place of a hash.
            if groups.get(last).is_none_or(|g| g.name != *name) {
                last = *known.entry(name).or_insert_with(|| {
                    groups.push(ChannelGroup { name: name.clone(), places: Vec::new() });
                    groups.len() - 1
                });
            }
            if let Some(group) = groups.get_mut(last)
                && group.places.last() != Some(&place)
            {
                group.places.push(place);
            }
        }
    }
    groups.iter_mut().for_each(|g| g.places.shrink_to_fit());
    groups
}

impl Channels {
    /// Builds the index now. For the thread that reads a lineup, so that the first key press does not have to.
    pub fn prepare(&self) {
        self.index();
    }

    fn index(&self) -> &Index {
        self.0.index.get_or_init(|| Index::of(&self.0.list))
    }

    /// Where a channel stands; the first one where two bear the same name.
    pub fn place(&self, id: &ChannelId) -> Option<usize> {
        let index = self.index();
        let hash = short_hash(&index.hasher, id);
        let from = index.by_id.partition_point(|w| key_of(*w) < hash);
        let alike = index.by_id.get(from..)?.iter().take_while(|w| key_of(**w) == hash);
        alike.map(|w| place_of(*w)).find(|place| self.get(*place).is_some_and(|c| c.id == *id))
    }

    pub fn by_number(&self, number: ChannelNumber) -> Option<&Channel> {
        let (_, place) = self.numbered(u64::from(number.0)..u64::from(number.0) + 1).next()?;
        self.get(place)
    }

    /// Numbers of a range in ascending order, with the places of their channels.
    pub fn numbered(&self, range: Range<u64>) -> impl DoubleEndedIterator<Item = (ChannelNumber, usize)> {
        let words = &self.index().by_number;
        let from = words.partition_point(|w| u64::from(key_of(*w)) < range.start);
        let to = words.partition_point(|w| u64::from(key_of(*w)) < range.end);
        let found = words.get(from..to).unwrap_or_default();
        found.iter().map(|w| (ChannelNumber(key_of(*w)), place_of(*w)))
    }

    /// The groups that the channels name.
    pub fn groups(&self) -> &[ChannelGroup] {
        &self.index().groups
    }

    pub fn group(&self, name: &str) -> Option<&ChannelGroup> {
        self.groups().iter().find(|g| g.name == name)
    }
}

impl Clone for Held {
    fn clone(&self) -> Self {
        Self { list: self.list.clone(), index: OnceLock::new() }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.list.len() > FREED_HERE_AT_MOST {
            let list = mem::take(&mut self.list);
            // Without a thread it is freed here after all: the closure goes with the error.
            drop(std::thread::Builder::new().name("free-lineup".into()).spawn(move || drop(list)));
        }
    }
}

impl Deref for Channels {
    type Target = Vec<Channel>;

    fn deref(&self) -> &Self::Target {
        &self.0.list
    }
}

impl DerefMut for Channels {
    fn deref_mut(&mut self) -> &mut Self::Target {
        let held = Arc::make_mut(&mut self.0);
        held.index = OnceLock::new();
        &mut held.list
    }
}

impl From<Vec<Channel>> for Channels {
    fn from(list: Vec<Channel>) -> Self {
        Self(Arc::new(Held { list, index: OnceLock::new() }))
    }
}

impl FromIterator<Channel> for Channels {
    fn from_iter<I: IntoIterator<Item = Channel>>(channels: I) -> Self {
        channels.into_iter().collect::<Vec<_>>().into()
    }
}

impl IntoIterator for Channels {
    type Item = Channel;
    type IntoIter = std::vec::IntoIter<Channel>;

    fn into_iter(mut self) -> Self::IntoIter {
        mem::take(&mut *self).into_iter()
    }
}

impl<'a> IntoIterator for &'a Channels {
    type Item = &'a Channel;
    type IntoIter = std::slice::Iter<'a, Channel>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl PartialEq for Channels {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.list == other.0.list
    }
}

impl Eq for Channels {}

impl<const N: usize> PartialEq<[Channel; N]> for Channels {
    fn eq(&self, other: &[Channel; N]) -> bool {
        self.0.list == other
    }
}

impl fmt::Debug for Channels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.list.fmt(f)
    }
}

impl Serialize for Channels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.list.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Channels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn channel(id: &str, number: u32, groups: &[&str]) -> Channel {
        Channel {
            id: ChannelId(id.into()),
            number: ChannelNumber(number),
            name: format!("频道{id}"),
            groups: groups.iter().map(|g| (*g).to_owned()).collect(),
            logo: None,
            sources: vec![],
            catchup: None,
            epg_id: None,
            epg_name: None,
            radio: false,
        }
    }

    #[test]
    fn a_change_reaches_one_copy_and_its_index() {
        let first: Channels = vec![channel("a", 1, &["x"]), channel("b", 7, &[])].into();
        first.prepare();
        let mut second = first.clone();
        assert_eq!(second.place(&ChannelId("b".into())), Some(1));
        second.remove(0);
        assert_eq!(second.place(&ChannelId("b".into())), Some(0));
        assert_eq!(first.place(&ChannelId("b".into())), Some(1));
        assert_eq!((first.groups().len(), second.groups().len()), (1, 0));
        assert_eq!(first.clone().into_iter().count(), 2);
    }

    #[test]
    fn written_as_a_plain_list() {
        let channels: Channels = vec![channel("a", 1, &["x"])].into();
        let json = serde_json::to_string(&channels).unwrap();
        assert_eq!(json, serde_json::to_string(&*channels).unwrap());
        assert_eq!(serde_json::from_str::<Channels>(&json).unwrap(), channels);
    }

    #[test]
    fn a_great_list_is_let_go_of() {
        let many: Channels = (0..30_000).map(|n| channel(&n.to_string(), n, &[])).collect();
        assert_eq!(many.place(&ChannelId("29999".into())), Some(29_999));
        drop(many);
    }

    proptest! {
        /// The index says what a walk through the list says.
        #[test]
        fn the_index_is_true(
            of in proptest::collection::vec(("[a-d]{1,2}", 0_u32..50, proptest::collection::vec("[x-z]", 0..3)), 0..40),
            from in 0_u64..60,
            length in 0_u64..60,
        ) {
            let channels: Channels = of
                .iter()
                .map(|(id, number, groups)| {
                    channel(id, *number, &groups.iter().map(String::as_str).collect::<Vec<_>>())
                })
                .collect();
            for (id, number, groups) in &of {
                let id = ChannelId(id.clone());
                prop_assert_eq!(channels.place(&id), channels.iter().position(|c| c.id == id));
                let number = ChannelNumber(*number);
                prop_assert_eq!(channels.by_number(number), channels.iter().find(|c| c.number == number));
                for name in groups {
                    let walked: Vec<u32> =
                        (0..).zip(channels.iter()).filter(|(_, c)| c.groups.contains(name)).map(|(i, _)| i).collect();
                    prop_assert_eq!(channels.group(name).map(|g| &g.places), Some(&walked));
                }
            }
            let mut walked: Vec<_> =
                channels.iter().enumerate().map(|(place, c)| (c.number, place)).collect();
            walked.retain(|(number, _)| (from..from + length).contains(&u64::from(number.0)));
            walked.sort_unstable();
            prop_assert_eq!(channels.numbered(from..from + length).collect::<Vec<_>>(), walked);
        }
    }
}
