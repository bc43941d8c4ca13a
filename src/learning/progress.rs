//! Which seconds of a lesson were really watched. Skipping adds nothing; watching twice adds nothing.

use serde::{Deserialize, Serialize};

/// Share of a lesson's seconds that makes it count as finished.
const DONE_PERCENT: u64 = 90;

/// A set of whole seconds as sorted, disjoint, non-touching half-open ranges `[from, to)`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchedSeconds {
    ranges: Vec<(u32, u32)>,
}

impl WatchedSeconds {
    /// Takes ranges in any order and shape (a damaged record, say) and keeps what makes sense of them.
    pub fn from_ranges(ranges: impl IntoIterator<Item = (u32, u32)>) -> Self {
        let mut set = Self::default();
        for (from, to) in ranges {
            set.add(from, to);
        }
        set
    }

    pub fn ranges(&self) -> &[(u32, u32)] {
        &self.ranges
    }

    /// Adds `[from, to)`. An empty or reversed range changes nothing.
    pub fn add(&mut self, from: u32, to: u32) {
        if from >= to {
            return;
        }
        let (mut from, mut to) = (from, to);
        self.ranges.retain(|&(a, b)| {
            let apart = b < from || to < a;
            if !apart {
                from = from.min(a);
                to = to.max(b);
            }
            apart
        });
        let at = self.ranges.partition_point(|&(a, _)| a < from);
        self.ranges.insert(at, (from, to));
    }

    pub fn total(&self) -> u32 {
        self.ranges.iter().map(|&(a, b)| b - a).sum()
    }

    /// Those before `end_s`: a lesson that was made shorter must not count what is no longer in it.
    pub fn total_within(&self, end_s: u32) -> u32 {
        self.ranges.iter().map(|&(a, b)| b.min(end_s).saturating_sub(a)).sum()
    }

    /// What of `[from, to)` is not in the set yet.
    pub fn missing(&self, from: u32, to: u32) -> Vec<(u32, u32)> {
        let mut gaps = Vec::new();
        let mut at = from;
        for &(a, b) in &self.ranges {
            if at < a.min(to) {
                gaps.push((at, a.min(to)));
            }
            at = at.max(b);
        }
        if at < to {
            gaps.push((at, to));
        }
        gaps
    }

    pub fn holds(&self, other: &Self) -> bool {
        other.ranges.iter().all(|&(from, to)| self.missing(from, to).is_empty())
    }

    /// 0…100 of a lesson that lasts `duration_s`.
    pub fn percent(&self, duration_s: u32) -> u8 {
        if duration_s == 0 {
            return 0;
        }
        let seen = u64::from(self.total_within(duration_s));
        u8::try_from(seen * 100 / u64::from(duration_s)).unwrap_or(100)
    }

    pub fn is_done(&self, duration_s: u32) -> bool {
        duration_s > 0 && u64::from(self.total_within(duration_s)) * 100 >= u64::from(duration_s) * DONE_PERCENT
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn behaves_like_a_set_of_seconds(ops in prop::collection::vec((0u32..300, 0u32..300), 0..40)) {
            let mut plain = BTreeSet::new();
            let mut set = WatchedSeconds::default();
            for (a, b) in ops {
                plain.extend(a..b);
                set.add(a, b);
                prop_assert_eq!(set.total() as usize, plain.len());
                prop_assert!(set.ranges().windows(2).all(|w| w[0].1 < w[1].0));
            }
            prop_assert_eq!(&WatchedSeconds::from_ranges(set.ranges().iter().copied()), &set);
            for (a, b) in [(0, 300), (17, 230), (250, 20)] {
                let gaps: BTreeSet<u32> = set.missing(a, b).into_iter().flat_map(|(x, y)| x..y).collect();
                prop_assert_eq!(gaps, (a..b).filter(|s| !plain.contains(s)).collect());
            }
            prop_assert_eq!(set.total_within(150) as usize, plain.range(..150).count());
        }
    }

    #[test]
    fn a_skip_to_the_end_earns_nothing() {
        let mut set = WatchedSeconds::default();
        set.add(0, 5);
        set.add(95, 100);
        assert_eq!(set.percent(100), 10);
        assert!(!set.is_done(100));
        set.add(5, 85);
        assert!(set.is_done(100));
    }

    #[test]
    fn seconds_beyond_the_end_are_no_part_of_the_lesson() {
        let set = WatchedSeconds::from_ranges([(0, 20), (60, 200)]);
        assert_eq!(set.percent(50), 40);
        assert!(!set.is_done(50));
    }
}
