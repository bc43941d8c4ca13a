//! One pattern against one title, exactly: whether, where, and which characters. Slow and plain; `scan` says over many
//! titles which are worth it.

use super::{query::Pattern, readings::readings, units::Unit};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Where {
    Inside,
    WordStart,
    Prefix,
    Whole,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    pub place: Where,
    /// Places of the units that the symbols stand for, ascending.
    pub units: Vec<usize>,
}

/// `slip`: one symbol may be wrong, missing, too much, or swapped with its neighbour.
pub fn find(units: &[Unit], pattern: &Pattern, slip: bool) -> Option<Match> {
    if pattern.is_empty() {
        return None;
    }
    let words = (1..units.len()).filter(|i| units.get(*i).is_some_and(|u| u.starts_word));
    let inside = (1..units.len()).filter(|i| units.get(*i).is_some_and(|u| !u.starts_word));
    let mut walk = Walk { units, pattern, slip, failed: Vec::new(), taken: Vec::new() };
    walk.failed.resize((units.len() + 1) * (pattern.len() + 1) * 2, false);
    for start in std::iter::once(0).chain(words).chain(inside) {
        if let Some(end) = walk.go(start, 0, false) {
            let place = match (start, end == units.len()) {
                (0, true) => Where::Whole,
                (0, false) => Where::Prefix,
                _ if units.get(start).is_some_and(|u| u.starts_word) => Where::WordStart,
                _ => Where::Inside,
            };
            let mut units = walk.taken;
            units.reverse();
            return Some(Match { place, units });
        }
    }
    None
}

struct Walk<'a> {
    units: &'a [Unit],
    pattern: &'a Pattern,
    slip: bool,
    /// What has been tried in vain: unit, symbol, whether the slip is spent.
    failed: Vec<bool>,
    /// Backwards.
    taken: Vec<usize>,
}

impl Walk<'_> {
    /// Where the match ends that goes on with this unit and this symbol. Depth is bounded by the query's length.
    fn go(&mut self, unit: usize, symbol: usize, slipped: bool) -> Option<usize> {
        if symbol >= self.pattern.len() {
            return Some(unit);
        }
        let key = ((unit * (self.pattern.len() + 1)) + symbol) * 2 + usize::from(slipped);
        if self.failed.get(key).copied().unwrap_or(true) {
            return None;
        }
        let end = self.step(unit, symbol, slipped);
        if end.is_none()
            && let Some(failed) = self.failed.get_mut(key)
        {
            *failed = true;
        }
        end
    }

    fn take(&mut self, unit: usize, end: Option<usize>) -> Option<usize> {
        if end.is_some() {
            self.taken.push(unit);
        }
        end
    }

    fn step(&mut self, unit: usize, symbol: usize, slipped: bool) -> Option<usize> {
        let pattern = self.pattern;
        if let Some(here) = self.units.get(unit).copied() {
            let meaning = readings().meaning(here.code);
            let mut counts = Vec::new();
            pattern.spelled(symbol, meaning, |count| counts.push(count));
            counts.sort_unstable_by(|a, b| b.cmp(a));
            if pattern.symbols.get(symbol).is_some_and(|s| pattern.takes(s, here.character, meaning)) {
                counts.push(1);
            }
            for count in counts {
                let end = self.go(unit + 1, symbol + count, slipped);
                if self.take(unit, end).is_some() {
                    return end;
                }
            }
        }
        if !self.slip || slipped {
            return None;
        }
        self.slips(unit, symbol)
    }

    fn slips(&mut self, unit: usize, symbol: usize) -> Option<usize> {
        let pattern = self.pattern;
        if let Some(here) = self.units.get(unit).copied() {
            let meaning = readings().meaning(here.code);
            let mut counts = Vec::new();
            pattern.misspelled(symbol, meaning, |count| counts.push(count));
            for count in counts {
                let end = self.go(unit + 1, symbol + count, true);
                if self.take(unit, end).is_some() {
                    return end;
                }
            }
            if let (Some(next), Some(a), Some(b)) =
                (self.units.get(unit + 1).copied(), pattern.symbols.get(symbol), pattern.symbols.get(symbol + 1))
                && pattern.takes(b, here.character, meaning)
                && pattern.takes(a, next.character, readings().meaning(next.code))
            {
                let end = self.go(unit + 2, symbol + 2, true);
                if end.is_some() {
                    self.taken.extend([unit + 1, unit]);
                    return end;
                }
            }
            if let Some(end) = self.go(unit + 1, symbol + 1, true) {
                return Some(end);
            }
            if symbol > 0
                && let Some(end) = self.go(unit + 1, symbol, true)
            {
                return Some(end);
            }
        }
        self.go(unit, symbol + 1, true)
    }
}
