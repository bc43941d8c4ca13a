//! From entries in the order of a playlist to a lineup: same names in one group become one channel, numbers and ids
//! become unique. Kept true: what was explicit in the playlist wins over what is derived from position.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    hash::{BuildHasher, RandomState},
};

use super::{Warnings, quote};
use crate::guide::lineup::{Catchup, Channel, ChannelId, ChannelNumber, Lineup, MediaSource};

/// Two and a half times the largest public list.
pub const MAX_CHANNELS: usize = 500_000;
/// Nobody waits for a seventeenth address of one channel.
pub const MAX_SOURCES: usize = 16;
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
    pub shift_ms: i64,
    pub radio: bool,
}

/// Where an entry went: a channel of the list that is being assembled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place(usize);

/// Collects entries.
#[derive(Default)]
pub struct Assembler {
    channels: Vec<Building>,
    /// The hash of (group, name) → index in `channels`: the texts themselves would be in memory twice.
    known: HashMap<u64, u32>,
    hasher: RandomState,
    guides: Vec<String>,
}

/// A channel whose id and number are still to be found; `epg_id` and `epg_name` are `tvg-id` and `tvg-name` meanwhile.
struct Building {
    channel: Channel,
    line: u64,
    number: Option<u32>,
    shift_ms: i64,
}

impl Assembler {
    pub fn is_full(&self) -> bool {
        self.channels.len() >= MAX_CHANNELS
    }

    pub fn guide(&mut self, url: String) {
        if self.guides.len() < 32 && !self.guides.contains(&url) {
            self.guides.push(url);
        }
    }

    pub fn name(&self, place: Place) -> &str {
        self.channels.get(place.0).map_or("", |b| b.channel.name.as_str())
    }

    /// One more address of a channel that is there.
    pub fn add_source(&mut self, place: Place, source: MediaSource, line: u64, warnings: &mut Warnings) {
        if let Some(building) = self.channels.get_mut(place.0) {
            building.add_source(source, line, warnings);
        }
    }

    pub fn push(&mut self, entry: Entry, warnings: &mut Warnings) -> Place {
        let ungrouped = [String::new()];
        let groups = if entry.groups.is_empty() { &ungrouped[..] } else { &entry.groups[..] };
        let keys: Vec<u64> = groups.iter().map(|group| self.hasher.hash_one((group, &entry.name))).collect();
        let known = keys.iter().zip(groups).find_map(|(key, group)| {
            let index = *self.known.get(key)?;
            // Two texts of one hash are as good as impossible, and still no reason to mix two channels.
            let channel = &self.channels.get(index as usize)?.channel;
            let same = channel.name == entry.name && (group.is_empty() || channel.groups.contains(group));
            same.then_some(index)
        });
        // The limit of channels is far below the type's.
        let index = known.unwrap_or(u32::try_from(self.channels.len()).unwrap_or(u32::MAX));
        for key in keys {
            self.known.entry(key).or_insert(index);
        }
        match self.channels.get_mut(index as usize) {
            Some(channel) => channel.join(entry, warnings),
            None => self.channels.push(Building::new(entry)),
        }
        Place(index as usize)
    }

    /// The lineup and, where the playlist shifts a channel's guide, by how many milliseconds.
    pub fn finish(mut self, warnings: &mut Warnings) -> (Lineup, BTreeMap<ChannelId, i64>) {
        self.known = HashMap::new();
        give_numbers(&mut self.channels, warnings);
        give_ids(&mut self.channels, &self.hasher);
        let mut shifts = BTreeMap::new();
        let finished = |building: Building| {
            let Building { mut channel, shift_ms, .. } = building;
            if shift_ms != 0 {
                shifts.insert(channel.id.clone(), shift_ms);
            }
            if channel.epg_id.is_none() {
                channel.epg_id = channel.epg_name.take();
            }
            channel.epg_name =
                channel.epg_name.take().filter(|name| *name != channel.name && channel.epg_id.as_ref() != Some(name));
            channel
        };
        // Collected in place: the list is never in memory twice.
        let channels: Vec<Channel> = self.channels.into_iter().map(finished).collect();
        (Lineup { channels: channels.into(), guides: self.guides }, shifts)
    }
}

impl Building {
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
            radio,
        };
        Self { channel, line, number: number.filter(|n| (1..=MAX_NUMBER).contains(n)), shift_ms }
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

    fn join(&mut self, other: Entry, warnings: &mut Warnings) {
        let Entry { line, source, groups, logo, catchup, tvg_id, tvg_name, number, .. } = other;
        self.add_source(source, line, warnings);
        let channel = &mut self.channel;
        for group in groups {
            if !channel.groups.contains(&group) {
                channel.groups.push(group);
            }
        }
        channel.logo = channel.logo.take().or(logo);
        channel.catchup = channel.catchup.take().or(catchup);
        channel.epg_id = channel.epg_id.take().or(tvg_id);
        channel.epg_name = channel.epg_name.take().or(tvg_name);
        self.number = self.number.or(number.filter(|n| (1..=MAX_NUMBER).contains(n)));
    }
}

/// Explicit numbers first, in order; then every other channel by its position; a taken one moves to the next free.
fn give_numbers(channels: &mut [Building], warnings: &mut Warnings) {
    let mut taken = HashSet::with_capacity(channels.len());
    let mut colliding = Vec::new();
    for (index, building) in channels.iter_mut().enumerate() {
        match building.number {
            Some(number) if taken.insert(number) => building.channel.number = ChannelNumber(number),
            Some(number) => colliding.push((index, number)),
            None => {}
        }
    }
    // From a number to one that may be free: shortened as it is walked, so that collisions stay cheap.
    let mut ahead: HashMap<u32, u32> = HashMap::new();
    for (index, wanted) in colliding {
        let number = next_free(wanted, &mut taken, &mut ahead);
        let Some(building) = channels.get_mut(index) else { continue };
        building.channel.number = ChannelNumber(number);
        warnings.add(building.line, || {
            format!("number {wanted} is taken; \"{}\" becomes {number}", quote(&building.channel.name))
        });
    }
    for (building, position) in channels.iter_mut().zip(1_u32..) {
        if building.channel.number.0 == 0 {
            building.channel.number = ChannelNumber(next_free(position, &mut taken, &mut ahead));
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
fn give_ids(channels: &mut [Building], hasher: &RandomState) {
    let mut uses: HashMap<u64, u32> = HashMap::with_capacity(channels.len());
    for id in channels.iter().filter_map(|b| b.channel.epg_id.as_deref()) {
        *uses.entry(hasher.hash_one(id)).or_default() += 1;
    }
    let mut given: HashSet<u64> = uses.iter().filter(|(_, count)| **count == 1).map(|(hash, _)| *hash).collect();
    let mut counts: HashMap<u64, u32> = HashMap::new();
    for Building { channel, .. } in channels {
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
