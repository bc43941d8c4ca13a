//! From entries in the order of a playlist to a lineup: same names in one group become one channel, numbers and ids
//! become unique. Kept true: what was explicit in the playlist wins over what is derived from position.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Warnings;
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
}

/// Collects entries.
#[derive(Default)]
pub struct Assembler {
    channels: Vec<Building>,
    /// (group, name) → index in `channels`.
    known: HashMap<(String, String), usize>,
    guides: Vec<String>,
}

struct Building {
    entry: Entry,
    more: Vec<MediaSource>,
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

    pub fn push(&mut self, entry: Entry, warnings: &mut Warnings) {
        let ungrouped = [String::new()];
        let groups = if entry.groups.is_empty() { &ungrouped[..] } else { &entry.groups[..] };
        let keys: Vec<_> = groups.iter().map(|group| (group.clone(), entry.name.clone())).collect();
        let known = keys.iter().find_map(|key| self.known.get(key).copied());
        let index = known.unwrap_or(self.channels.len());
        for key in keys {
            self.known.entry(key).or_insert(index);
        }
        match self.channels.get_mut(index) {
            Some(channel) => channel.join(entry, warnings),
            None => self.channels.push(Building { entry, more: Vec::new() }),
        }
    }

    /// The lineup and, where the playlist shifts a channel's guide, by how many milliseconds.
    pub fn finish(self, warnings: &mut Warnings) -> (Lineup, BTreeMap<ChannelId, i64>) {
        drop(self.known);
        let numbers = numbers(&self.channels, warnings);
        let ids = ids(&self.channels);
        let mut shifts = BTreeMap::new();
        let mut channels = Vec::with_capacity(self.channels.len());
        for ((building, number), id) in self.channels.into_iter().zip(numbers).zip(ids) {
            let Building { entry, more } = building;
            if entry.shift_ms != 0 {
                shifts.insert(id.clone(), entry.shift_ms);
            }
            let mut sources = vec![entry.source];
            sources.extend(more);
            channels.push(Channel {
                id,
                number: ChannelNumber(number),
                name: entry.name,
                groups: entry.groups,
                logo: entry.logo,
                sources,
                catchup: entry.catchup,
                epg_id: entry.tvg_id.or(entry.tvg_name),
            });
        }
        (Lineup { channels: channels.into(), guides: self.guides }, shifts)
    }
}

impl Building {
    fn join(&mut self, other: Entry, warnings: &mut Warnings) {
        let line = other.line;
        let Entry { source, groups, logo, catchup, tvg_id, tvg_name, number, .. } = other;
        if self.entry.source == source || self.more.contains(&source) {
            warnings
                .add(line, || format!("\"{}\" with the same address again; ignored", super::quote(&self.entry.name)));
        } else if self.more.len() + 1 >= MAX_SOURCES {
            warnings.add(line, || {
                format!("\"{}\" has more than {MAX_SOURCES} addresses; ignored", super::quote(&self.entry.name))
            });
        } else {
            self.more.push(source);
        }
        for group in groups {
            if !self.entry.groups.contains(&group) {
                self.entry.groups.push(group);
            }
        }
        self.entry.logo = self.entry.logo.take().or(logo);
        self.entry.catchup = self.entry.catchup.take().or(catchup);
        self.entry.tvg_id = self.entry.tvg_id.take().or(tvg_id);
        self.entry.tvg_name = self.entry.tvg_name.take().or(tvg_name);
        self.entry.number = self.entry.number.or(number);
    }
}

/// Explicit numbers first, in order; then every other channel by its position; a taken one moves to the next free.
fn numbers(channels: &[Building], warnings: &mut Warnings) -> Vec<u32> {
    let mut taken = HashSet::with_capacity(channels.len());
    let mut numbers = vec![0; channels.len()];
    let mut colliding = Vec::new();
    for (channel, slot) in channels.iter().zip(&mut numbers) {
        match channel.entry.number.filter(|n| (1..=MAX_NUMBER).contains(n)) {
            Some(number) if taken.insert(number) => *slot = number,
            Some(number) => colliding.push((channel, slot, number)),
            None => {}
        }
    }
    // From a number to one that may be free: shortened as it is walked, so that collisions stay cheap.
    let mut ahead: HashMap<u32, u32> = HashMap::new();
    for (channel, slot, wanted) in colliding {
        *slot = next_free(wanted, &mut taken, &mut ahead);
        warnings.add(channel.entry.line, || {
            format!("number {wanted} is taken; \"{}\" becomes {slot}", super::quote(&channel.entry.name))
        });
    }
    for (slot, position) in numbers.iter_mut().zip(1_u32..) {
        if *slot == 0 {
            *slot = next_free(position, &mut taken, &mut ahead);
        }
    }
    numbers
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

/// `tvg-id` where only one channel has it, else the name, with a count where the name comes again.
fn ids(channels: &[Building]) -> Vec<ChannelId> {
    let mut uses: HashMap<&str, u32> = HashMap::with_capacity(channels.len());
    for id in channels.iter().filter_map(|c| c.entry.tvg_id.as_deref()) {
        *uses.entry(id).or_default() += 1;
    }
    let mut given: HashSet<String> =
        uses.iter().filter(|(_, count)| **count == 1).map(|(id, _)| (*id).to_owned()).collect();
    let mut counts: HashMap<&str, u32> = HashMap::new();
    let mut ids = Vec::with_capacity(channels.len());
    for channel in channels {
        let own = channel.entry.tvg_id.as_deref().filter(|id| uses.get(id) == Some(&1));
        ids.push(ChannelId(match own {
            Some(id) => id.to_owned(),
            None => {
                let name = channel.entry.name.as_str();
                let count = counts.entry(name).or_default();
                loop {
                    *count += 1;
                    let id = if *count == 1 { name.to_owned() } else { format!("{name}#{count}") };
                    if given.insert(id.clone()) {
                        break id;
                    }
                }
            }
        }));
    }
    ids
}
