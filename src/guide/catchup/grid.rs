//! The moments that a server can be asked for, where it does not know seconds.

use crate::time::UtcMs;

/// Moments that lie a whole number of units from one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// A second at least.
    pub unit_ms: i64,
    pub(super) origin: UtcMs,
}

impl Grid {
    /// The last one that is not after `at`.
    pub fn floor(&self, at: UtcMs) -> UtcMs {
        at.plus(-at.since(self.origin).rem_euclid(self.unit_ms))
    }

    /// The first one that is not before `at`.
    pub fn ceil(&self, at: UtcMs) -> UtcMs {
        let before = self.floor(at);
        if before == at { at } else { before.plus(self.unit_ms) }
    }
}
