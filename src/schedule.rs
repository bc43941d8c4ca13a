//! When a box asks again for what its operator publishes. Pure: chance and time come from outside. A million boxes that
//! start at once after a power cut must not ask at once, and a server that fails must not be knocked on by all of them
//! every minute.

use std::time::Duration;

/// Something healthy is looked at again after this on average; every box at its own moment.
const INTERVAL: Duration = Duration::from_secs(6 * 3600);
/// Each wait lies within this share of the interval on both sides, so that boxes that ever asked together drift apart.
const INTERVAL_JITTER: f64 = 0.25;
/// A box that has a copy to show asks within this time after its start or after the network came back. A million boxes
/// make 1,700 requests a second of it for each file, which one plain nginx bears.
const SPREAD: Duration = Duration::from_secs(600);
/// Waits after failures of a box that has nothing to show: quick at first, since a box often starts before its network
/// does, and slower than a restarting server needs in the end.
const EMPTY_RETRIES_S: [u64; 7] = [1, 3, 8, 20, 60, 120, 300];
/// Waits after failures of a box that has a copy: nobody sees the difference, and the server gets the time to recover.
const HELD_RETRIES_S: [u64; 3] = [180, 600, 900];
const RETRY_JITTER: f64 = 0.5;

/// Who is asking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Manner {
    /// One of very many boxes: spread over time.
    #[default]
    Fleet,
    /// One box that somebody tries an operator with: at once, and again soon.
    Eager,
}

/// The rhythm of one thing that is published. `chance` is a number from 0 to 1, drawn anew for each call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    manner: Manner,
    /// There is a copy to show meanwhile.
    held: bool,
    failures: usize,
}

impl Schedule {
    pub fn new(manner: Manner, held: bool) -> Self {
        Self { manner, held, failures: 0 }
    }

    /// How long to wait when it is wanted: at the start, or when the network has come back.
    pub fn wanted(&mut self, chance: f64) -> Duration {
        match (self.manner, self.held) {
            (Manner::Fleet, true) => SPREAD.mul_f64(share(chance)),
            _ => Duration::ZERO,
        }
    }

    pub fn succeeded(&mut self, chance: f64) -> Duration {
        (self.held, self.failures) = (true, 0);
        INTERVAL.mul_f64(around(INTERVAL_JITTER, chance))
    }

    pub fn failed(&mut self, chance: f64) -> Duration {
        let waits: &[u64] = match (self.manner, self.held) {
            (Manner::Fleet, true) => &HELD_RETRIES_S,
            _ => &EMPTY_RETRIES_S,
        };
        // Somebody who waits in front of the box has it looked for each minute at the least.
        let waits = if self.manner == Manner::Eager { waits.get(..5).unwrap_or(waits) } else { waits };
        let wait = waits.get(self.failures).or(waits.last()).copied().unwrap_or(60);
        self.failures = self.failures.saturating_add(1);
        Duration::from_secs(wait).mul_f64(around(RETRY_JITTER, chance))
    }
}

fn share(chance: f64) -> f64 {
    if chance.is_finite() { chance.clamp(0.0, 1.0) } else { 0.5 }
}

/// From `1 - jitter` to `1 + jitter`.
fn around(jitter: f64, chance: f64) -> f64 {
    1.0 - jitter + 2.0 * jitter * share(chance)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn an_empty_box_asks_at_once_and_one_with_a_copy_at_its_own_moment() {
        assert_eq!(Schedule::new(Manner::Fleet, false).wanted(0.9), Duration::ZERO);
        assert_eq!(Schedule::new(Manner::Eager, true).wanted(0.9), Duration::ZERO);
        let mut held = Schedule::new(Manner::Fleet, true);
        assert_eq!((held.wanted(0.0), held.wanted(0.5), held.wanted(1.0)), (Duration::ZERO, SPREAD / 2, SPREAD));
    }

    #[test]
    fn failures_are_asked_about_ever_more_slowly_until_one_succeeds() {
        let mut empty = Schedule::new(Manner::Fleet, false);
        let waits: Vec<u64> = (0..9).map(|_| empty.failed(0.5).as_secs()).collect();
        assert_eq!(waits, [1, 3, 8, 20, 60, 120, 300, 300, 300]);
        assert_eq!(empty.succeeded(0.5), INTERVAL);
        let waits: Vec<u64> = (0..6).map(|_| empty.failed(0.5).as_secs()).collect();
        assert_eq!(waits, [180, 600, 900, 900, 900, 900], "it has a copy now");
        let mut eager = Schedule::new(Manner::Eager, true);
        let waits: Vec<u64> = (0..6).map(|_| eager.failed(0.5).as_secs()).collect();
        assert_eq!(waits, [1, 3, 8, 20, 60, 60]);
    }

    proptest! {
        #[test]
        fn every_wait_is_bounded(
            steps in proptest::collection::vec((0_u8..3, any::<f64>()), 0..60),
            held: bool,
            eager: bool,
        ) {
            let mut schedule = Schedule::new(if eager { Manner::Eager } else { Manner::Fleet }, held);
            for (step, chance) in steps {
                match step {
                    0 => prop_assert!(schedule.wanted(chance) <= SPREAD),
                    1 => {
                        let wait = schedule.succeeded(chance);
                        prop_assert!(wait >= 4 * HOUR && wait <= 8 * HOUR);
                    }
                    _ => {
                        let wait = schedule.failed(chance);
                        prop_assert!(wait >= Duration::from_millis(500) && wait <= Duration::from_secs(1350));
                    }
                }
            }
        }
    }
}
