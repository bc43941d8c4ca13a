//! From entries in the order of a playlist to a lineup: same names in one group become one channel, numbers and ids
//! become unique. Kept true: what was explicit in the playlist wins over what is derived from position.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    hash::{BuildHasher, RandomState},
};

use serde::{Deserialize, Serialize};

use super::{Warnings, quote};
use crate::guide::lineup::{Catchup, Channel, ChannelId, ChannelNumber, Lineup, MediaSource};

/// Two and a half times the largest public list.
pub const MAX_CHANNELS: usize = 500_000;
/// Nobody waits for a seventeenth address of one channel.
pub const MAX_SOURCES: usize = 16;
/// More are a mistake, and each takes a download.
const MAX_GUIDES: usize = 32;
/// Seven digits: more than any viewer types, room for the largest list.
const MAX_NUMBER: u32 = 9_999_999;

/// One address with what the playlist says about it.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    pub line: u64,
    pub name: String,
    pub groups: Vec<String>,
    pub logo: Option<String>,
    pub source: MediaSource,
    pub catchup: Option<Catchup>,
    pub tvg_id: Option<String>,
    pub tvg_name: Option<String>,
    pub number: Option<u32>,
    pub shift_ms: Option<i64>,
    pub radio: Option<bool>,
}

/// Where an entry went: a channel of the list that is being assembled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place(usize);

/// The channels of one list as it describes them, before numbers and ids are given: what can still be merged with others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    channels: Vec<Listed>,
    /// Addresses of guides that the list names.
    pub guides: Vec<String>,
}

/// A channel whose id and number are still to be found; `epg_id` and `epg_name` are `tvg-id` and `tvg-name` meanwhile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Listed {
    channel: Channel,
    /// Zero where no line is to blame.
    line: u64,
    number: Option<u32>,
    shift_ms: Option<i64>,
    radio: Option<bool>,
}

/// Collects entries.
#[derive(Default)]
pub struct Assembler {
    list: List,
    /// The hash of (group, name) → index in the list: the texts themselves would be in memory twice.
    known: HashMap<u64, u32>,
    hasher: RandomState,
}

impl Assembler {
    pub fn is_full(&self) -> bool {
        self.list.channels.len() >= MAX_CHANNELS
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub fn guide(&mut self, url: String) {
        if self.list.guides.len() < MAX_GUIDES && !self.list.guides.contains(&url) {
            self.list.guides.push(url);
        }
    }

    pub fn name(&self, place: Place) -> &str {
        self.list.channels.get(place.0).map_or("", |listed| listed.channel.name.as_str())
    }

    /// One more address of a channel that is there.
    pub fn add_source(&mut self, place: Place, source: MediaSource, line: u64, warnings: &mut Warnings) {
        if let Some(listed) = self.list.channels.get_mut(place.0) {
            listed.add_source(source, line, warnings);
        }
    }

    pub fn push(&mut self, entry: Entry, warnings: &mut Warnings) -> Place {
        self.add(Listed::new(entry), warnings)
    }

    fn add(&mut self, listed: Listed, warnings: &mut Warnings) -> Place {
        let ungrouped = [String::new()];
        let Channel { groups, name, .. } = &listed.channel;
        let groups = if groups.is_empty() { &ungrouped[..] } else { &groups[..] };
        let keys: Vec<u64> = groups.iter().map(|group| self.hasher.hash_one((group, name))).collect();
        let known = keys.iter().zip(groups).find_map(|(key, group)| {
            let index = *self.known.get(key)?;
            // Two texts of one hash are as good as impossible, and still no reason to mix two channels.
            let channel = &self.list.channels.get(index as usize)?.channel;
            let same = channel.name == *name && (group.is_empty() || channel.groups.contains(group));
            same.then_some(index)
        });
        // The limit of channels is far below the type's.
        let index = known.unwrap_or(u32::try_from(self.list.channels.len()).unwrap_or(u32::MAX));
        for key in keys {
            self.known.entry(key).or_insert(index);
        }
        match self.list.channels.get_mut(index as usize) {
            Some(known) => known.join(listed, warnings),
            None => self.list.channels.push(listed),
        }
        Place(index as usize)
    }

    pub fn into_list(self) -> List {
        self.list
    }
}

impl List {
    pub fn is_empty(&self) -> bool {
        self.channels.is_empty()
    }

    /// The lineup and, where the list shifts a channel's guide, by how many milliseconds.
    pub fn finish(mut self, warnings: &mut Warnings) -> (Lineup, BTreeMap<ChannelId, i64>) {
        give_numbers(&mut self.channels, warnings);
        give_ids(&mut self.channels, &RandomState::new());
        let mut shifts = BTreeMap::new();
        let finished = |listed: Listed| {
            let Listed { mut channel, shift_ms, radio, .. } = listed;
            if let Some(shift) = shift_ms.filter(|shift| *shift != 0) {
                shifts.insert(channel.id.clone(), shift);
            }
            channel.radio = radio.unwrap_or(false);
            channel.epg_name =
                channel.epg_name.take().filter(|name| *name != channel.name && channel.epg_id.as_ref() != Some(name));
            channel
        };
        // Collected in place: the list is never in memory twice.
        let channels: Vec<Channel> = self.channels.into_iter().map(finished).collect();
        (Lineup { channels: channels.into(), guides: self.guides }, shifts)
    }
}

/// Several lists in order as one, as if their lines stood in one file. Faults that come of it bear no line, for they
/// belong to no list alone.
pub fn merge(lists: impl IntoIterator<Item = List>, warnings: &mut Warnings) -> List {
    let mut assembler = Assembler::default();
    for list in lists {
        list.guides.into_iter().for_each(|url| assembler.guide(url));
        for listed in list.channels {
            if assembler.is_full() {
                warnings.add_general(|| format!("more than {MAX_CHANNELS} channels; the rest is ignored"));
                return assembler.into_list();
            }
            assembler.add(Listed { line: 0, ..listed }, warnings);
        }
    }
    assembler.into_list()
}

impl Listed {
    fn new(entry: Entry) -> Self {
        let Entry { line, name, groups, logo, source, catchup, tvg_id, tvg_name, number, shift_ms, radio } = entry;
        let channel = Channel {
            id: ChannelId(String::new()),
            number: ChannelNumber(0),
            name,
            groups,
            logo,
            sources: vec![source],
            catchup,
            epg_id: tvg_id,
            epg_name: tvg_name,
            radio: false,
        };
        Self { channel, line, number: number.filter(|n| (1..=MAX_NUMBER).contains(n)), shift_ms, radio }
    }

    fn add_source(&mut self, source: MediaSource, line: u64, warnings: &mut Warnings) {
        let channel = &mut self.channel;
        if channel.sources.contains(&source) {
            warnings.add(line, || format!("\"{}\" with the same address again; ignored", quote(&channel.name)));
        } else if channel.sources.len() >= MAX_SOURCES {
            warnings
                .add(line, || format!("\"{}\" has more than {MAX_SOURCES} addresses; ignored", quote(&channel.name)));
        } else {
            channel.sources.push(source);
        }
    }

    /// What the first says of itself stays; a later one of its name adds addresses and whatever was not said.
    fn join(&mut self, other: Self, warnings: &mut Warnings) {
        let Self { channel: Channel { sources, groups, logo, catchup, epg_id, epg_name, .. }, line, .. } = other;
        for source in sources {
            self.add_source(source, line, warnings);
        }
        let channel = &mut self.channel;
        for group in groups {
            if !channel.groups.contains(&group) {
                channel.groups.push(group);
            }
        }
        channel.logo = channel.logo.take().or(logo);
        channel.catchup = channel.catchup.take().or(catchup);
        channel.epg_id = channel.epg_id.take().or(epg_id);
        channel.epg_name = channel.epg_name.take().or(epg_name);
        self.number = self.number.or(other.number);
        self.shift_ms = self.shift_ms.or(other.shift_ms);
        self.radio = self.radio.or(other.radio);
    }
}

/// Explicit numbers first, in order; then every other channel by its position; a taken one moves to the next free.
fn give_numbers(channels: &mut [Listed], warnings: &mut Warnings) {
    let mut taken = HashSet::with_capacity(channels.len());
    let mut colliding = Vec::new();
    for (index, listed) in channels.iter_mut().enumerate() {
        match listed.number {
            Some(number) if taken.insert(number) => listed.channel.number = ChannelNumber(number),
            Some(number) => colliding.push((index, number)),
            None => {}
        }
    }
    // From a number to one that may be free: shortened as it is walked, so that collisions stay cheap.
    let mut ahead: HashMap<u32, u32> = HashMap::new();
    for (index, wanted) in colliding {
        let number = next_free(wanted, &mut taken, &mut ahead);
        let Some(listed) = channels.get_mut(index) else { continue };
        listed.channel.number = ChannelNumber(number);
        warnings.add(listed.line, || {
            format!("number {wanted} is taken; \"{}\" becomes {number}", quote(&listed.channel.name))
        });
    }
    for (listed, position) in channels.iter_mut().zip(1_u32..) {
        if listed.channel.number.0 == 0 {
            listed.channel.number = ChannelNumber(next_free(position, &mut taken, &mut ahead));
        }
    }
}

fn next_free(from: u32, taken: &mut HashSet<u32>, ahead: &mut HashMap<u32, u32>) -> u32 {
    let mut at = from;
    while taken.contains(&at) {
        at = ahead.get(&at).copied().unwrap_or(at + 1);
    }
    taken.insert(at);
    ahead.insert(from, at + 1);
    ahead.insert(at, at + 1);
    at
}

/// `tvg-id` where only one channel has it, else the name, with a count where the name comes again. Ids are counted by
/// their hashes: two of one hash would only cost a channel its short id.
fn give_ids(channels: &mut [Listed], hasher: &RandomState) {
    let mut uses: HashMap<u64, u32> = HashMap::with_capacity(channels.len());
    for id in channels.iter().filter_map(|listed| listed.channel.epg_id.as_deref()) {
        *uses.entry(hasher.hash_one(id)).or_default() += 1;
    }
    let mut given: HashSet<u64> = uses.iter().filter(|(_, count)| **count == 1).map(|(hash, _)| *hash).collect();
    let mut counts: HashMap<u64, u32> = HashMap::new();
    for Listed { channel, .. } in channels {
        let own = channel.epg_id.as_deref().filter(|id| uses.get(&hasher.hash_one(id)) == Some(&1));
        channel.id = ChannelId(match own {
            Some(id) => id.to_owned(),
            None => {
                let name = channel.name.as_str();
                let count = counts.entry(hasher.hash_one(name)).or_default();
                loop {
                    *count += 1;
                    let id = if *count == 1 { name.to_owned() } else { format!("{name}#{count}") };
                    if given.insert(hasher.hash_one(id.as_str())) {
                        break id;
                    }
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::guide::formats::{LineupRead, address::Origin, merge, read_lineup, read_list};

    fn merged(texts: &[&str]) -> LineupRead {
        let lists = texts.iter().map(|text| read_list(text.as_bytes(), &Origin::Stdin, "l").unwrap().list);
        merge(lists.collect(), "all")
    }

    #[test]
    fn what_the_first_of_a_name_does_not_say_a_later_one_may() {
        let text = "#EXTM3U\n#EXTINF:-1,甲\nhttp://a/1\n#EXTINF:-1 tvg-shift=\"2\" radio=\"true\" tvg-id=\"x\" tvg-chno=\"7\" \
            catchup=\"append\" catchup-source=\"?u={utc}\",甲\nhttp://a/2\n#EXTINF:-1 tvg-shift=\"5\" radio=\"false\",甲\nhttp://a/3\n";
        let read = read_lineup(text.as_bytes(), &Origin::Stdin, "l").unwrap();
        let [channel] = &read.lineup.channels[..] else { panic!("{:?}", read.lineup) };
        assert_eq!((channel.radio, channel.number.0, channel.epg_id.as_deref()), (true, 7, Some("x")));
        assert_eq!(channel.catchup.as_ref().map(|c| c.mode.as_str()), Some("append"));
        assert_eq!(read.shifts.values().collect::<Vec<_>>(), [&7_200_000]);
        assert_eq!(channel.sources.len(), 3);
    }

    #[test]
    fn several_lists_are_one() {
        let own = "#EXTM3U x-tvg-url=\"http://g/1\"\n#EXTINF:-1 tvg-chno=\"1\" group-title=\"央视\",甲\nhttp://a/1\n\
            #EXTINF:-1 group-title=\"央视\",乙\nhttp://a/2\n";
        let other = "#EXTM3U x-tvg-url=\"http://g/1,http://g/2\"\n#EXTINF:-1 tvg-chno=\"1\" group-title=\"地方\",丙\nhttp://b/1\n\
            #EXTINF:-1 group-title=\"央视\" tvg-id=\"z\",乙\nhttp://b/2\n";
        let read = merged(&[own, other]);
        let found: Vec<_> = read
            .lineup
            .channels
            .iter()
            .map(|c| (c.name.as_str(), c.number.0, c.sources.len(), c.id.0.as_str()))
            .collect();
        assert_eq!(found, [("甲", 1, 1, "甲"), ("乙", 3, 2, "z"), ("丙", 2, 1, "丙")]);
        assert_eq!(read.lineup.guides, ["http://g/1", "http://g/2"]);
        let whats: Vec<_> = read.warnings.iter().map(|w| (w.line, w.what.as_str())).collect();
        assert_eq!(whats, [(None, "number 1 is taken; \"丙\" becomes 2")]);
        assert_eq!(merged(&[own]).lineup, read_lineup(own.as_bytes(), &Origin::Stdin, "l").unwrap().lineup);
        assert_eq!(merged(&[]).lineup.channels.len(), 0);
    }

    proptest! {
        /// Cutting a list in two and putting it together again changes nothing.
        #[test]
        fn two_halves_are_the_whole(
            of in proptest::collection::vec(("[甲乙丙丁]", "[xy]?", proptest::option::of(1_u32..9), 0_u32..40), 0..30),
            at in 0_usize..30,
        ) {
            let lines: Vec<_> = of
                .iter()
                .map(|(name, group, number, address)| {
                    let number = number.map(|n| format!(" tvg-chno=\"{n}\"")).unwrap_or_default();
                    format!("#EXTINF:-1 group-title=\"{group}\"{number},{name}\nhttp://a/{address}\n")
                })
                .collect();
            let (first, second) = lines.split_at(at.min(lines.len()));
            let whole = read_lineup(lines.concat().as_bytes(), &Origin::Stdin, "l").unwrap();
            let read = merged(&[&first.concat(), &second.concat()]);
            prop_assert_eq!((read.lineup, read.shifts), (whole.lineup, whole.shifts));
        }
    }
}
