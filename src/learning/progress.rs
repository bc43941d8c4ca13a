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

    /// 0…100 of a lesson that lasts `duration_s`.
    pub fn percent(&self, duration_s: u32) -> u8 {
        if duration_s == 0 {
            return 0;
        }
        let seen = u64::from(self.total().min(duration_s));
        u8::try_from(seen * 100 / u64::from(duration_s)).unwrap_or(100)
    }

    pub fn is_done(&self, duration_s: u32) -> bool {
        duration_s > 0 && u64::from(self.total()) * 100 >= u64::from(duration_s) * DONE_PERCENT
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
}
