//! Which whole seconds of a lesson were on the screen, told from the positions that a player reports. Pure: its clock
//! comes in with each call and only ever runs forward.
//!
//! Promises: a second counts once all of it was passed in steady play, at any speed; no order of jumps, pauses,
//! stalls and late events makes one count that was not shown.

use crate::time::MonoMs;

/// Positions come about four times a second. A step longer than this is a jump, or a time that nobody saw.
const LONGEST_STEP_MS: u64 = 2_000;
/// The quickest speed is a quarter more than the clock (`Speed::Fast`) …
const FASTEST_PERCENT: u64 = 125;
/// … and an event may be taken in this much earlier after its forerunner than it was sent: a busy interface takes in
/// several at once. More than one step at the quickest speed, less than anything that could be called a second.
const LATENESS_MS: u64 = 400;
/// The last position that is reported lies up to this far before the end.
const LAST_STEP_MS: u64 = 1_000;
/// A player that was sent to a place tells its first position up to this far behind it.
const FIRST_STEP_MS: u64 = 500;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watching {
    run: Option<Run>,
    /// Where the player was sent.
    sent_to_ms: Option<u64>,
}

/// A stretch of steady play.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Run {
    from_ms: u64,
    to_ms: u64,
    /// When `to_ms` was heard of.
    at: MonoMs,
}

impl Run {
    /// The whole seconds that `to_ms` completes when the run goes on to it.
    fn completes(&self, to_ms: u64) -> Option<(u32, u32)> {
        let second = |ms: u64| u32::try_from(ms / 1000).unwrap_or(u32::MAX);
        let first = second(self.from_ms.saturating_add(999)).max(second(self.to_ms));
        let last = second(to_ms);
        (first < last).then_some((first, last))
    }
}

impl Watching {
    /// What comes next does not follow from what was.
    pub fn cut(&mut self) {
        *self = Self::default();
    }

    /// A jump, or another medium: the next stretch begins there.
    pub fn sent_to(&mut self, place_ms: u64) {
        *self = Self { run: None, sent_to_ms: Some(place_ms) };
    }

    /// Where the present stretch of steady play began.
    pub fn since_ms(&self) -> Option<u64> {
        self.run.as_ref().map(|r| r.from_ms)
    }

    /// A position is reported. Answers the seconds `[from, to)` that are complete with it.
    pub fn position(&mut self, position_ms: u64, playing: bool, at: MonoMs) -> Option<(u32, u32)> {
        self.step(position_ms, playing, at, 0)
    }

    /// The medium played to its end.
    pub fn ended(&mut self, duration_ms: u64, at: MonoMs) -> Option<(u32, u32)> {
        let gained = self.step(duration_ms, true, at, LAST_STEP_MS);
        self.cut();
        gained
    }

    fn step(&mut self, position_ms: u64, playing: bool, at: MonoMs, more_ms: u64) -> Option<(u32, u32)> {
        let follows = self.run.as_ref().is_some_and(|run| {
            let step = position_ms.checked_sub(run.to_ms);
            let passed = at.since(run.at).saturating_mul(FASTEST_PERCENT) / 100;
            // A pause tells where it stands, which may be a little beyond what was told last.
            let most = if playing { passed.saturating_add(LATENESS_MS) } else { LATENESS_MS };
            let most = most.max(more_ms).min(LONGEST_STEP_MS);
            step.is_some_and(|step| step <= most)
        });
        match &mut self.run {
            Some(run) if follows => {
                let gained = run.completes(position_ms);
                (run.to_ms, run.at) = (position_ms, at);
                gained
            }
            run => {
                let begins = |place: &u64| position_ms.checked_sub(*place).is_some_and(|d| d <= FIRST_STEP_MS);
                let from_ms = self.sent_to_ms.take().filter(begins).unwrap_or(position_ms);
                *run = Some(Run { from_ms, to_ms: position_ms, at });
                None
            }
        }
    }
}

#[cfg(test)]
#[path = "watching_tests.rs"]
mod tests;
