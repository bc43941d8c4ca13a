//! Programmes of a channel and what is on now. Pure types and rules.

use serde::{Deserialize, Serialize};

use crate::time::UtcMs;

/// One programme. `start < end` always holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Programme {
    pub title: String,
    pub start: UtcMs,
    pub end: UtcMs,
    #[serde(default)]
    pub description: Option<String>,
}

impl Programme {
    pub fn is_on(&self, at: UtcMs) -> bool {
        self.start <= at && at < self.end
    }
}

/// What runs now and what follows. A programme of another time is never shown as now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NowNext {
    pub now: Option<Programme>,
    pub next: Option<Programme>,
}

/// Picks from programmes sorted by start.
pub fn now_next(programmes: &[Programme], at: UtcMs) -> NowNext {
    NowNext {
        now: programmes.iter().rev().find(|p| p.is_on(at)).cloned(),
        next: programmes.iter().find(|p| p.start > at).cloned(),
    }
}
