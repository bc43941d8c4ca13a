//! The medium's time line: ticks to nanoseconds, and the 33-bit clock of MPEG unwrapped.

use super::MediaNs;

const NS_PER_SECOND: i128 = 1_000_000_000;
pub const MPEG_TICKS_PER_SECOND: u32 = 90_000;
const WRAP: i64 = 1 << 33;

/// `ticks` of a clock with `scale` ticks a second, rounded down. A scale of zero counts as one.
pub fn to_ns(ticks: i64, scale: u32) -> MediaNs {
    let ns = (i128::from(ticks) * NS_PER_SECOND).div_euclid(i128::from(scale.max(1)));
    MediaNs(i64::try_from(ns).unwrap_or(if ns < 0 { i64::MIN } else { i64::MAX }))
}

/// The 33-bit, 90 kHz clock that overflows every 26.5 hours. Whatever is read is taken to lie nearest to what was
/// read last, of any track; so it runs on over the overflow, and a little backwards too.
#[derive(Default)]
pub struct Clock {
    last: Option<i64>,
}

impl Clock {
    pub fn forget(&mut self) {
        self.last = None;
    }

    pub fn near(&mut self, time: MediaNs) {
        let ticks = (i128::from(time.0) * i128::from(MPEG_TICKS_PER_SECOND)).div_euclid(NS_PER_SECOND);
        self.last = i64::try_from(ticks).ok();
    }

    pub fn unwrap(&mut self, raw: u64) -> MediaNs {
        let ticks = self.nearest(raw);
        self.last = Some(ticks);
        to_ns(ticks, MPEG_TICKS_PER_SECOND)
    }

    /// Unwraps, and stays where it was.
    pub fn look(&self, raw: u64) -> MediaNs {
        to_ns(self.nearest(raw), MPEG_TICKS_PER_SECOND)
    }

    fn nearest(&self, raw: u64) -> i64 {
        let raw = (raw & (WRAP as u64 - 1)) as i64;
        self.last.map_or(raw, |last| nearest(raw, last, WRAP))
    }
}

/// The number nearest to `last` that leaves `raw` when divided by `wrap`.
pub fn nearest(raw: i64, last: i64, wrap: i64) -> i64 {
    let ahead = raw.wrapping_sub(last).rem_euclid(wrap);
    let step = if ahead >= wrap / 2 { ahead - wrap } else { ahead };
    // Only hostile streams come near the edges; there the time stands still instead of jumping.
    last.saturating_add(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_become_nanoseconds() {
        assert_eq!(to_ns(90_000, 90_000), MediaNs(1_000_000_000));
        assert_eq!(to_ns(-1, 90_000), MediaNs(-11_112));
        assert_eq!(to_ns(1, 0), MediaNs(1_000_000_000));
        assert_eq!(to_ns(i64::MAX, 1), MediaNs(i64::MAX));
    }

    #[test]
    fn the_clock_runs_over_its_overflow_and_back() {
        let mut clock = Clock::default();
        assert_eq!(clock.unwrap(WRAP as u64 - 90_000).0, to_ns(WRAP - 90_000, 90_000).0);
        assert_eq!(clock.unwrap(90_000).0, to_ns(WRAP + 90_000, 90_000).0);
        assert_eq!(clock.unwrap(WRAP as u64 - 1).0, to_ns(WRAP - 1, 90_000).0);
        clock.forget();
        assert_eq!(clock.unwrap(0).0, 0);
        assert_eq!(clock.unwrap(WRAP as u64 - 90_000).0, -1_000_000_000);
    }

    #[test]
    fn a_neighbourhood_decides_the_round() {
        let mut clock = Clock::default();
        clock.near(to_ns(WRAP - 1000, 90_000));
        assert_eq!(clock.unwrap(500), to_ns(WRAP + 500, 90_000));
    }
}
