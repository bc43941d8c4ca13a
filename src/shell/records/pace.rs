//! How much is sent at a time and how long is waited after what went wrong. Pure: chance comes in with each call.

use std::time::Duration;

use crate::schedule::Manner;

/// A store that is asked for more at a time only answers later.
const LARGEST: usize = 500;
const FIRST_WAIT: Duration = Duration::from_secs(2);
/// Of one box with which somebody tries a store.
const EAGER_FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(10 * 60);
/// Somebody has to change a configuration first.
const SHUT_OUT_WAIT: Duration = Duration::from_secs(15 * 60);
/// A fleet that starts after a power cut spreads what it has left.
const FLEET_START: Duration = Duration::from_secs(10 * 60);
const EAGER_START: Duration = Duration::from_secs(2);

#[derive(Clone, Debug)]
pub struct Pace {
    manner: Manner,
    size: usize,
    failures: u32,
}

impl Pace {
    pub fn new(manner: Manner) -> Self {
        Self { manner, size: LARGEST, failures: 0 }
    }

    /// How many go into the next batch; never 0.
    pub fn size(&self) -> usize {
        self.size
    }

    /// After a start. `chance`: 0…1.
    pub fn first(&self, chance: f64) -> Duration {
        match self.manner {
            Manner::Eager => EAGER_START.mul_f64(chance),
            Manner::Fleet => FLEET_START.mul_f64(chance),
        }
    }

    pub fn went_well(&mut self) {
        self.failures = 0;
        self.size = (self.size * 2).min(LARGEST);
    }

    /// A batch of `sent` was too much at once.
    pub fn too_much(&mut self, sent: usize) {
        self.size = (sent / 2).max(1);
    }

    /// The store is not ready. `asked`: as long as it says. Never sooner than asked, and spread beyond it.
    pub fn failed(&mut self, asked: Option<Duration>, chance: f64) -> Duration {
        let first = match self.manner {
            Manner::Eager => EAGER_FIRST_WAIT,
            Manner::Fleet => FIRST_WAIT,
        };
        let most = first.saturating_mul(1 << self.failures.min(16)).min(LONGEST_WAIT);
        self.failures = self.failures.saturating_add(1);
        asked.unwrap_or(most / 2) + (most / 2).mul_f64(chance)
    }

    pub fn not_let_in(&mut self, chance: f64) -> Duration {
        self.failures = 0;
        SHUT_OUT_WAIT + SHUT_OUT_WAIT.mul_f64(chance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_their_end_and_success_forgets_them() {
        let mut pace = Pace::new(Manner::Fleet);
        let waits: Vec<u64> = (0..12).map(|_| pace.failed(None, 1.0).as_secs()).collect();
        assert_eq!(waits, [2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600]);
        assert_eq!(pace.failed(None, 0.0).as_secs(), 300);
        pace.went_well();
        assert_eq!(pace.failed(None, 0.0), FIRST_WAIT / 2);
        assert!(pace.failed(Some(Duration::from_secs(90)), 0.0) >= Duration::from_secs(90));
    }

    #[test]
    fn one_bad_statement_is_found_in_halves() {
        let mut pace = Pace::new(Manner::Eager);
        let (mut at, mut requests) = (0_usize, 0);
        // The 311th of 500 is what the store cannot bear.
        while at < 500 {
            let batch = pace.size().min(500 - at);
            requests += 1;
            if (at..at + batch).contains(&310) && batch > 1 {
                pace.too_much(batch);
            } else {
                at += batch;
                pace.went_well();
            }
        }
        assert!(requests < 40, "{requests}");
    }
}
