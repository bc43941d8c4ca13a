//! From the times inside segments to one time line that begins at zero and never jumps. Each discontinuity has clocks
//! of its own; its first segment fixes how far they are off. Pure.

use std::collections::HashMap;

/// A clock that is further off than this has jumped without a word, or begun anew.
const JUMP_NS: i64 = 5_000_000_000;

/// How far the clocks of each numbered time line are off. Shared by picture and sound where they come apart.
#[derive(Debug, Default)]
pub struct Timeline {
    offsets: HashMap<u64, i64>,
}

impl Timeline {
    /// After a jump of the viewer's, places are reckoned from the playlist again.
    pub fn clear(&mut self) {
        self.offsets.clear();
    }

    pub fn known(&self, timeline: u64) -> Option<i64> {
        self.offsets.get(&timeline).copied()
    }

    pub fn all(&self) -> impl Iterator<Item = i64> {
        self.offsets.values().copied()
    }

    /// What to add to the times in a segment that is expected to begin at `expected_ns` and begins with `first_ns`.
    pub fn offset(&mut self, timeline: u64, expected_ns: i64, first_ns: i64) -> i64 {
        let fresh = expected_ns.saturating_sub(first_ns);
        let kept = self.offsets.get(&timeline).copied();
        match kept {
            Some(kept) if kept.abs_diff(fresh) < JUMP_NS.unsigned_abs() => kept,
            _ => {
                self.offsets.insert(timeline, fresh);
                fresh
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_line_keeps_its_offset_and_a_jump_gets_a_new_one() {
        let second = 1_000_000_000;
        let mut line = Timeline::default();
        assert_eq!(line.offset(0, 0, 90 * second), -90 * second);
        // Lengths in playlists are rounded: the clocks inside the segments are right.
        assert_eq!(line.offset(0, 4 * second, 94 * second + 20_000_000), -90 * second);
        // A discontinuity with its number, and a jump without.
        assert_eq!(line.offset(1, 8 * second, 5 * second), 3 * second);
        assert_eq!(line.offset(1, 12 * second, 2 * second), 10 * second);
        assert_eq!((line.known(1), line.known(2)), (Some(10 * second), None));
        line.clear();
        assert_eq!(line.known(0), None);
    }
}
