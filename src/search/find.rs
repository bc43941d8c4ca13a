//! The best of what a query finds. Several ways of looking, one after the other, from what was surely meant to what
//! might have been: a later way is gone only where the earlier ones found little, and what it finds ranks below theirs.

use std::{collections::HashSet, ops::Range};

use serde::{Deserialize, Serialize};

use super::{
    index::{Index, Kind},
    matching::{self, Where},
    query::Pattern,
    scan::Scan,
    units::{Unit, units},
};

/// Below this the next way is gone.
const FEW: usize = 3;
/// Readings that a character has only elsewhere are looked at as long as the list is not full of better ones.
const ENOUGH: usize = 60;
/// An index of so many is gone through by two threads.
const WORTH_A_THREAD: usize = if cfg!(test) { 8 } else { 20_000 };
/// Of each way so many, by a quick guess at their rank, are looked at closely.
const LOOKED_AT_CLOSELY: usize = 256;
/// A slip in a query of two symbols would leave one: that finds everything.
const SLIP_SYMBOLS: usize = 3;
/// The same for whole syllables spelled on digit keys: shorter ones are initials.
const SPELLED_KEYS: usize = 4;

/// The ways, the surest first. The figures are what their results rank by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Slip = 1,
    Alike = 2,
    Terms = 3,
    OtherReading = 4,
    Exact = 5,
}

/// Something found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    pub kind: Kind,
    pub id: String,
    /// The course of a lesson.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    pub title: String,
    /// From which character to which (excluded) the title has what was typed; ascending.
    pub matched: Vec<(u32, u32)>,
    pub score: f64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Best first, as many as were asked for.
    pub results: Vec<Found>,
    /// How many there are in all.
    pub total: usize,
    /// What was typed is found nowhere; these are near to it.
    pub near: bool,
}

/// What the learner has watched ranks above its like: ids of courses and channels.
pub type Own<'a> = HashSet<&'a str>;

pub fn find(parts: &[&Index], query: &str, own: &Own<'_>, limit: usize) -> Answer {
    let mut search = Search { parts, own, hits: Vec::new(), seen: parts.iter().map(|p| Bits::new(p.len())).collect() };
    let pattern = Pattern::of(query);
    if pattern.is_empty() {
        return Answer::default();
    }
    search.go(Way::Exact, std::slice::from_ref(&pattern), false);
    let exact = search.total();
    if exact < ENOUGH.max(limit) {
        search.go(Way::OtherReading, &[pattern.with_any_reading()], false);
    }
    let meant = search.total();
    if search.total() < FEW {
        let terms: Vec<Pattern> = query.split_whitespace().map(|t| Pattern::of(t).with_any_reading()).collect();
        // One letter apart from the others is an initial typed with spaces, found above.
        if terms.len() > 1 && terms.iter().all(|t| t.len() > 1 || t.has_characters()) {
            search.go(Way::Terms, &terms, false);
        }
    }
    if search.total() < FEW {
        if let Some(toneless) = pattern.without_tones() {
            search.go(Way::Alike, &[toneless.with_any_reading()], false);
        }
        if pattern.has_characters() {
            search.go(Way::Alike, &[pattern.heard()], false);
        } else if pattern.all_digits() && pattern.len() >= SPELLED_KEYS {
            search.go(Way::Alike, &[pattern.spelled_on_keys()], false);
        }
    }
    if search.total() < FEW && pattern.len() >= SLIP_SYMBOLS {
        search.go(Way::Slip, &[pattern.with_any_reading()], true);
    }
    let total = search.total();
    Answer { results: search.best(limit), total: if meant > 0 { meant } else { total }, near: meant == 0 && total > 0 }
}

/// Which entries have been found already.
struct Bits(Vec<u64>);

impl Bits {
    fn new(len: usize) -> Self {
        Self(vec![0; len.div_ceil(64)])
    }

    fn has(&self, at: usize) -> bool {
        self.0.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    fn set(&mut self, at: usize) {
        if let Some(word) = self.0.get_mut(at / 64) {
            *word |= 1 << (at % 64);
        }
    }
}

#[derive(Clone, Copy)]
struct Guess {
    rank: u32,
    part: usize,
    place: usize,
}

struct Search<'a> {
    parts: &'a [&'a Index],
    own: &'a Own<'a>,
    /// All that each way found, the best guesses first where there are many.
    hits: Vec<(Way, Vec<Pattern>, bool, Vec<Guess>)>,
    seen: Vec<Bits>,
}

impl Search<'_> {
    fn total(&self) -> usize {
        self.hits.iter().map(|(.., guesses)| guesses.len()).sum()
    }

    /// Entries that have all of `patterns`, `slip` allowing one wrong symbol.
    fn go(&mut self, way: Way, patterns: &[Pattern], slip: bool) {
        let scans: Vec<Scan> = patterns.iter().map(|p| Scan::new(p, slip)).collect();
        let mut guesses = Vec::new();
        for (part, (index, seen)) in self.parts.iter().zip(&mut self.seen).enumerate() {
            let look = Look { part, index, seen, scans: &scans, patterns, slip, own: self.own };
            let found = look.all();
            found.iter().for_each(|guess| seen.set(guess.place));
            guesses.extend(found);
        }
        guesses.sort_unstable_by_key(|g| (std::cmp::Reverse(g.rank), g.part, g.place));
        if !guesses.is_empty() {
            self.hits.push((way, patterns.to_vec(), slip, guesses));
        }
    }

    fn best(&self, limit: usize) -> Vec<Found> {
        let mut all = Vec::new();
        for (way, patterns, slip, guesses) in &self.hits {
            let some = guesses.iter().take(LOOKED_AT_CLOSELY.max(limit));
            all.extend(some.filter_map(|guess| Some((self.close(*way, patterns, *slip, *guess)?, *guess))));
        }
        all.sort_by(|(a, x), (b, y)| {
            b.score.total_cmp(&a.score).then_with(|| (x.part, x.place).cmp(&(y.part, y.place)))
        });
        all.into_iter().map(|(found, _)| found).take(limit).collect()
    }

    fn close(&self, way: Way, patterns: &[Pattern], slip: bool, guess: Guess) -> Option<Found> {
        let item = self.parts.get(guess.part)?.item(guess.place)?;
        let units = units(item.title);
        let mut at = Where::Inside;
        let mut taken: Vec<usize> = Vec::new();
        for pattern in patterns {
            let found = matching::find(&units, pattern, slip)?;
            at = at.max(found.place);
            taken.extend(found.units);
        }
        taken.sort_unstable();
        let rank = rank(at, item.kind, item.weight, self.own.contains(item.id), units.len());
        Some(Found {
            kind: item.kind,
            id: item.id.to_owned(),
            parent: item.parent.map(str::to_owned),
            title: item.title.to_owned(),
            matched: ranges(&units, &taken),
            score: f64::from(way as u32 * WAY + rank) / f64::from(1_u32 << LENGTH_BITS),
        })
    }
}

/// One way through one index.
struct Look<'a> {
    part: usize,
    index: &'a Index,
    seen: &'a Bits,
    scans: &'a [Scan],
    patterns: &'a [Pattern],
    slip: bool,
    own: &'a Own<'a>,
}

impl Look<'_> {
    /// In two halves at once where that is worth a thread: a query with a slip goes three ways, and the answer belongs
    /// into the next frame.
    fn all(&self) -> Vec<Guess> {
        let (half, len) = (self.index.len() / 2, self.index.len());
        if len < WORTH_A_THREAD {
            return self.through(0..len);
        }
        std::thread::scope(|scope| {
            let second =
                std::thread::Builder::new().name("search".into()).spawn_scoped(scope, || self.through(half..len));
            let mut found = self.through(0..half);
            found.extend(match second {
                Ok(second) => second.join().unwrap_or_default(),
                Err(_) => self.through(half..len),
            });
            found
        })
    }

    fn through(&self, places: Range<usize>) -> Vec<Guess> {
        let mut guesses = Vec::new();
        for (place, codes) in self.index.codes(places) {
            let mut at = None;
            for scan in self.scans {
                match scan.look(codes) {
                    Some(here) => at = at.max(Some(here)),
                    None => {
                        at = None;
                        break;
                    }
                }
            }
            let Some(at) = at.filter(|_| !self.seen.has(place)) else { continue };
            let Some(item) = self.index.item(place) else { continue };
            if !self.patterns.iter().all(|p| surely(p, item.title, self.slip)) {
                continue;
            }
            let own = self.own.contains(item.id);
            guesses.push(Guess { rank: rank(at, item.kind, item.weight, own, codes.len()), part: self.part, place });
        }
        guesses
    }
}

/// What codes cannot tell: whether characters typed as such are the title's own.
fn surely(pattern: &Pattern, title: &str, slip: bool) -> bool {
    if pattern.codes_say_all() {
        return true;
    }
    // Quick, and for most titles enough to say no.
    let own = |c: char| title.contains(c) || title.chars().any(|t| super::units::fold(t) == c);
    if !slip && !pattern.by_sound && !pattern.symbols.iter().filter_map(|s| s.character).all(own) {
        return false;
    }
    matching::find(&units(title), pattern, slip).is_some()
}

const LENGTH_BITS: u32 = 5;
/// More than all that a match's place and its entry may bring.
const WAY: u32 = 1000 << LENGTH_BITS;
const OWN: u32 = 30;

/// Place first, then who has watched it and how many, then what it is; of equals the shortest title.
fn rank(at: Where, kind: Kind, weight: u8, own: bool, length: usize) -> u32 {
    let place = match at {
        Where::Whole => 300,
        Where::Prefix => 200,
        Where::WordStart => 100,
        Where::Inside => 0,
    };
    let kind = match kind {
        Kind::Course => 6,
        Kind::Channel => 5,
        Kind::Teacher => 4,
        Kind::Programme => 3,
        Kind::Provider => 2,
        Kind::Lesson => 1,
        Kind::Title => 0,
    };
    let longest = (1 << LENGTH_BITS) - 1;
    let short = longest - u32::try_from(length).unwrap_or(u32::MAX).min(longest);
    (place + u32::from(weight) + kind + if own { OWN } else { 0 }) << LENGTH_BITS | short
}

/// Units as characters of the title; marks between two of them belong to the match.
fn ranges(units: &[Unit], taken: &[usize]) -> Vec<(u32, u32)> {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    let mut last = None;
    for at in taken {
        let Some(unit) = units.get(*at) else { continue };
        match ranges.last_mut() {
            Some((_, end)) if last.is_some_and(|l| *at <= l + 1) => *end = (*end).max(unit.place + 1),
            _ => ranges.push((unit.place, unit.place + 1)),
        }
        last = Some(*at);
    }
    ranges
}
