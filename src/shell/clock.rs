//! The one place of the running program that reads a clock. A test bench may put it forward; on the tour it stands
//! still but for the steps it is given, so that nothing on a picture depends on how fast the machine is.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use crate::{
    app::What,
    player::{
        self,
        types::{Phase, PlayerEvent},
    },
    time::{MonoMs, Now, UtcMs},
};

pub struct Clock {
    ahead_ms: AtomicU64,
    /// A fixed wall clock for pictures that are compared.
    fixed_utc: Option<UtcMs>,
    stands: bool,
}

impl Clock {
    pub fn new(fixed_utc: Option<UtcMs>) -> Self {
        Self { ahead_ms: AtomicU64::new(0), fixed_utc, stands: false }
    }

    /// Waits only pass by `advance`; the wall clock does not move at all.
    pub fn standing(utc: UtcMs) -> Self {
        Self { stands: true, ..Self::new(Some(utc)) }
    }

    pub fn now(&self) -> Now {
        let ahead = if self.stands { 0 } else { self.ahead_ms.load(Ordering::Relaxed) };
        let utc = self.fixed_utc.unwrap_or_else(wall);
        Now { utc: utc.plus(i64::try_from(ahead).unwrap_or(0)), mono: self.mono() }
    }

    pub fn mono(&self) -> MonoMs {
        let ahead = self.ahead_ms.load(Ordering::Relaxed);
        if self.stands { MonoMs(ahead) } else { player::clock::now().plus(ahead) }
    }

    /// An instant that the player named on its own clock, on this one. The player's clock is never put forward, since
    /// no stream would follow.
    fn of_player(&self, at: MonoMs) -> MonoMs {
        let (here, there) = (self.mono(), player::clock::now());
        if at >= there { here.plus(at.since(there)) } else { MonoMs(here.0.saturating_sub(there.since(at))) }
    }

    /// The instants in what the player says, on this clock.
    pub fn align(&self, what: What) -> What {
        let What::Player(session, PlayerEvent::Phase(phase)) = what else { return what };
        let phase = match phase {
            Phase::Stalled { since, trouble } => Phase::Stalled { since: self.of_player(since), trouble },
            Phase::Reconnecting { attempt, since, next_try, trouble } => Phase::Reconnecting {
                attempt,
                since: self.of_player(since),
                next_try: self.of_player(next_try),
                trouble,
            },
            phase => phase,
        };
        What::Player(session, PlayerEvent::Phase(phase))
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
