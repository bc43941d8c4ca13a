//! Instants and lengths as plain numbers. Nothing here reads a clock: whoever has one passes its value in.
//! `UtcMs` is wall time and may jump; `MonoMs` only moves forward and is what waits are measured in.

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct UtcMs(pub i64);

/// Milliseconds on a clock that never goes back; its zero means nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MonoMs(pub u64);

/// Milliseconds in nanoseconds; of a time that those cannot say, the last that they can.
pub fn ns(ms: u64) -> i64 {
    i64::try_from(ms.saturating_mul(1_000_000)).unwrap_or(i64::MAX)
}

/// No box runs this program before 2026-01-01T00:00:00Z: a clock that shows less was never set.
pub const EARLIEST: UtcMs = UtcMs(1_767_225_600_000);

impl UtcMs {
    /// The same instant moved by `ms`, kept inside the range of the type.
    pub fn plus(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to `self`; negative when `earlier` is later.
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl MonoMs {
    /// The instant `ms` later.
    pub fn plus(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds since `earlier`, zero when `earlier` lies ahead.
    pub fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// By how much the box's clock on the wall is ahead of UTC, and when that changes (summer time).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// Seconds east of UTC before the first change.
    pub first_s: i32,
    /// Each with the seconds from then on, the earliest first.
    pub changes: Vec<(UtcMs, i32)>,
}

pub static UTC: Zone = Zone::fixed(0);

impl Zone {
    pub const fn fixed(offset_s: i32) -> Self {
        Self { first_s: offset_s, changes: Vec::new() }
    }

    pub fn offset_s(&self, at: UtcMs) -> i32 {
        let before = self.changes.partition_point(|(from, _)| *from <= at);
        before.checked_sub(1).and_then(|i| self.changes.get(i)).map_or(self.first_s, |(_, offset)| *offset)
    }
}

/// Both clocks read at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Now {
    pub utc: UtcMs,
    pub mono: MonoMs,
}
