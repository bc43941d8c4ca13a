//! The one place of the running program that reads a clock. A test bench may put it forward.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use crate::{
    app::What,
    player::types::{Phase, PlayerEvent},
    time::{MonoMs, Now, UtcMs},
};

pub struct Clock {
    ahead_ms: AtomicU64,
    /// A fixed wall clock for pictures that are compared.
    fixed_utc: Option<UtcMs>,
}

impl Clock {
    pub fn new(fixed_utc: Option<UtcMs>) -> Self {
        Self { ahead_ms: AtomicU64::new(0), fixed_utc }
    }

    pub fn now(&self) -> Now {
        let ahead = self.ahead_ms.load(Ordering::Relaxed);
        let utc = self.fixed_utc.unwrap_or_else(wall);
        Now { utc: utc.plus(i64::try_from(ahead).unwrap_or(0)), mono: self.mono() }
    }

    pub fn mono(&self) -> MonoMs {
        let ahead = self.ahead_ms.load(Ordering::Relaxed);
        // The player's instants are compared with these.
        crate::player::clock::now().plus(ahead)
    }

    /// The player's clock is never put forward, since no stream would follow; the instants that it names are, so that
    /// they compare with those of this clock.
    pub fn align(&self, what: What) -> What {
        let ahead = self.ahead_ms.load(Ordering::Relaxed);
        match what {
            What::Player(session, PlayerEvent::Phase(phase)) => {
                let phase = match phase {
                    Phase::Stalled { since, trouble } => Phase::Stalled { since: since.plus(ahead), trouble },
                    Phase::Reconnecting { attempt, since, next_try, trouble } => {
                        let (since, next_try) = (since.plus(ahead), next_try.plus(ahead));
                        Phase::Reconnecting { attempt, since, next_try, trouble }
                    }
                    phase => phase,
                };
                What::Player(session, PlayerEvent::Phase(phase))
            }
            what => what,
        }
    }

    pub fn advance(&self, ms: u64) {
        self.ahead_ms.fetch_add(ms, Ordering::Relaxed);
    }
}

/// The wall clock.
pub fn wall() -> UtcMs {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis());
    UtcMs(i64::try_from(since).unwrap_or(i64::MAX))
}

/// Seconds east of UTC in the box's zone at `at`.
pub fn zone_offset_s(at: UtcMs) -> i32 {
    let zone = jiff::tz::TimeZone::system();
    jiff::Timestamp::from_millisecond(at.0).map_or(0, |t| zone.to_offset(t).seconds())
}
