//! The one place of the running program that reads a clock. A test bench may put it forward; on the tour it stands
//! still but for the steps it is given, so that nothing on a picture depends on how fast the machine is.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use jiff::{Timestamp, tz::TimeZone};

use crate::{
    app::What,
    player::{
        self,
        types::{Phase, PlayerEvent},
    },
    time::{EARLIEST, MonoMs, Now, UtcMs, Zone},
    tls,
};

pub struct Clock {
    ahead_ms: AtomicU64,
    /// A fixed wall clock for pictures that are compared.
    fixed_utc: Option<UtcMs>,
    stands: bool,
    /// By how much the system's clock is taken to be wrong.
    skew_ms: i64,
    correction: Mutex<Option<Correction>>,
}

/// Somebody who knows the time has said it.
#[derive(Clone, Copy, Debug)]
struct Correction {
    /// What is added to the system's clock.
    ms: i64,
    stride_ms: i64,
}

/// The system's clock runs beside the monotonic one; where it has leapt by more than this, it was set.
const LEAP_MS: i64 = 60_000;

impl Clock {
    pub fn new(fixed_utc: Option<UtcMs>) -> Self {
        Self { ahead_ms: AtomicU64::new(0), fixed_utc, stands: false, skew_ms: 0, correction: Mutex::default() }
    }

    /// As if the system's clock were wrong.
    pub fn off_by_s(self, seconds: i64) -> Self {
        Self { skew_ms: seconds.saturating_mul(1000), ..self }
    }

    /// Waits only pass by `advance`; the wall clock does not move at all.
    pub fn standing(utc: UtcMs) -> Self {
        Self { stands: true, ..Self::new(Some(utc)) }
    }

    pub fn now(&self) -> Now {
        let ahead = if self.stands { 0 } else { self.ahead_ms.load(Ordering::Relaxed) };
        Now { utc: self.corrected().plus(i64::try_from(ahead).unwrap_or(0)), mono: self.mono() }
    }

    fn base(&self) -> UtcMs {
        self.fixed_utc.unwrap_or_else(|| wall().plus(self.skew_ms))
    }

    /// Without what a test bench has put it forward.
    fn corrected(&self) -> UtcMs {
        self.base().plus(self.correction_ms())
    }

    /// What is added to the system's clock for all that is shown.
    pub fn correction_ms(&self) -> i64 {
        let correction = *self.correction.lock().unwrap_or_else(PoisonError::into_inner);
        let valid = correction.filter(|correction| !self.was_set_since(correction.stride_ms));
        valid.map_or(0, |correction| correction.ms)
    }

    /// Whether the wall clock can be believed.
    pub fn is_right(&self) -> bool {
        self.corrected() >= EARLIEST
    }

    /// Whether this clock may be put right: a fixed one shows what it is told to, unless that is no time at all.
    pub fn follows_time(&self) -> bool {
        !self.stands && self.fixed_utc.is_none_or(|fixed| fixed < EARLIEST)
    }

    /// By how many milliseconds `said`, somebody's time of this moment, is ahead.
    pub fn off_by(&self, said: UtcMs) -> i64 {
        said.since(self.corrected())
    }

    /// Takes the time from elsewhere, where it can be. A system that is set later has the last word.
    pub fn set(&self, utc: UtcMs) -> bool {
        let possible = utc >= EARLIEST;
        if possible {
            let correction = Correction { ms: utc.since(self.base()), stride_ms: self.stride_ms() };
            *self.correction.lock().unwrap_or_else(PoisonError::into_inner) = Some(correction);
            tls::take_time(utc);
        }
        possible
    }

    /// By how much the system's clock is ahead of the monotonic one. It stays, unless somebody sets the former or the
    /// box has slept.
    pub fn stride_ms(&self) -> i64 {
        let mono = i64::try_from(player::clock::now().0).unwrap_or(i64::MAX);
        self.fixed_utc.map_or_else(|| wall().0.saturating_sub(mono), |_| 0)
    }

    /// Whether the system's clock was set since it had that stride.
    pub fn was_set_since(&self, stride_ms: i64) -> bool {
        self.stride_ms().saturating_sub(stride_ms).saturating_abs() > LEAP_MS
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
            Phase::Failed { trouble, next_try } => {
                Phase::Failed { trouble, next_try: next_try.map(|at| self.of_player(at)) }
            }
            phase @ (Phase::Idle | Phase::Opening | Phase::Playing | Phase::Paused | Phase::Ended) => phase,
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
    let zone = TimeZone::system();
    offset_s(&zone, at)
}

fn offset_s(rules: &TimeZone, at: UtcMs) -> i32 {
    Timestamp::from_millisecond(at.0).map_or(0, |t| rules.to_offset(t).seconds())
}

/// The box's zone from a year before `now` on: nothing older is kept anywhere to be seen again.
pub fn zone(now: UtcMs) -> Zone {
    const DAY_MS: i64 = 86_400_000;
    let from = now.max(EARLIEST).plus(-366 * DAY_MS);
    // Longer than any box stays switched on.
    zone_between(&TimeZone::system(), from, from.plus(10 * 366 * DAY_MS))
}

/// What the rules of a zone come to between two moments.
pub fn zone_between(rules: &TimeZone, from: UtcMs, until: UtcMs) -> Zone {
    let mut zone = Zone::fixed(offset_s(rules, from));
    if let Ok(after) = Timestamp::from_millisecond(from.0) {
        let changes = rules.following(after).map(|c| (UtcMs(c.timestamp().as_millisecond()), c.offset().seconds()));
        zone.changes.extend(changes.take_while(|(at, _)| *at <= until));
    }
    zone
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http;

    #[test]
    fn a_box_that_begins_in_1970_takes_the_time_from_a_server() {
        let clock = Clock::new(Some(UtcMs(5_000)));
        assert!(!clock.is_right());
        assert_eq!(clock.now().utc, UtcMs(5_000));
        assert!(!clock.set(http::date("Thu, 01 Jan 1970 00:10:00 GMT").unwrap()), "a server may be wrong, too");
        assert!(!clock.is_right());
        assert!(clock.set(http::date("Tue, 24 Nov 2026 10:12:00 GMT").unwrap()));
        assert!(clock.is_right());
        assert_eq!(clock.now().utc, UtcMs(1_795_515_120_000));
        clock.advance(1_000);
        assert_eq!(clock.now().utc, UtcMs(1_795_515_121_000));
    }

    #[test]
    fn summer_time_comes_and_goes() {
        let rules = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let at = |text: &str| UtcMs(text.parse::<Timestamp>().unwrap().as_millisecond());
        let zone = zone_between(&rules, at("2026-01-15T00:00:00Z"), at("2026-12-31T00:00:00Z"));
        assert_eq!(zone.changes.len(), 2);
        for (time, hours) in [
            ("2026-02-01T00:00:00Z", 1),
            ("2026-03-29T00:59:59Z", 1),
            ("2026-03-29T01:00:00Z", 2),
            ("2026-10-25T00:59:59Z", 2),
            ("2026-10-25T01:00:00Z", 1),
        ] {
            assert_eq!(zone.offset_s(at(time)), hours * 3600, "{time}");
        }
        assert_eq!(zone_between(&TimeZone::fixed(jiff::tz::offset(8)), UtcMs(0), UtcMs(1)), Zone::fixed(8 * 3600));
    }

    #[test]
    fn a_clock_that_is_off_is_put_right_and_a_system_that_is_set_has_the_last_word() {
        let clock = Clock::new(Some(UtcMs(1_795_515_120_000)));
        assert!(clock.is_right());
        assert_eq!(clock.off_by(UtcMs(1_795_525_920_000)), 10_800_000);
        clock.advance(5_000);
        assert!(clock.set(UtcMs(1_795_525_920_000)));
        assert_eq!((clock.off_by(UtcMs(1_795_525_920_000)), clock.now().utc), (0, UtcMs(1_795_525_925_000)));

        let clock = Clock::new(None).off_by_s(-10_800);
        let right = wall();
        assert!((clock.off_by(right) - 10_800_000).abs() < 60_000);
        assert!(clock.set(right));
        assert!(clock.off_by(right).abs() < 60_000 && (clock.correction_ms() - 10_800_000).abs() < 60_000);
        // As if the system's clock had been put forward since.
        if let Some(correction) = &mut *clock.correction.lock().unwrap() {
            correction.stride_ms -= 10_800_000;
        }
        assert_eq!(clock.correction_ms(), 0);
        let follows = |clock: Clock| clock.follows_time();
        assert!(follows(clock) && follows(Clock::new(Some(UtcMs(0)))));
        assert!(!follows(Clock::new(Some(EARLIEST))) && !follows(Clock::standing(UtcMs(0))));
    }
}
