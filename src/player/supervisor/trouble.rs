//! What becomes of trouble: standing still, failing, trying again, ending too early.

use super::{Action, Supervisor};
use crate::{
    player::types::{MediaKind, Phase, Trouble},
    time::MonoMs,
};

impl Supervisor {
    /// Forgets past failures once play has been undisturbed for long enough.
    pub(super) fn settle(&mut self, at: MonoMs) {
        if self.phase == Phase::Playing && at.since(self.calm_since) >= self.policy.calm_after_ms {
            self.attempt = 0;
        }
    }

    pub(super) fn on_tick(&mut self, at: MonoMs, upstream: Option<Trouble>, roll: f64, actions: &mut Vec<Action>) {
        let cause = upstream.unwrap_or(if self.slow { Trouble::TooSlow } else { Trouble::Stalled });
        if self.pipeline && !self.opened {
            if at.since(self.built_at) >= self.policy.first_frame_ms {
                self.fail(at, cause, roll, actions);
            }
            return;
        }
        let still = at.since(self.progress_at);
        match self.phase {
            Phase::Playing | Phase::Stalled { .. } if still >= self.policy.rebuild_after_ms => {
                self.fail(at, cause, roll, actions);
            }
            Phase::Playing if still >= self.policy.notice_after_ms => {
                self.phase = Phase::Stalled { since: self.progress_at, trouble: cause };
            }
            Phase::Playing => self.settle(at),
            Phase::Reconnecting { next_try, .. } if at >= next_try => self.build(at, actions),
            Phase::Failed { trouble, next_try } if next_try.is_some_and(|due| at >= due) => {
                // The same words stay until it is known whether they still hold.
                self.ruled_out.fill(None);
                self.attempt = self.attempt.saturating_add(1);
                let since = *self.trouble_since.get_or_insert(self.failed_at);
                self.phase = Phase::Reconnecting { attempt: self.attempt, since, next_try: at, trouble };
                self.build(at, actions);
            }
            _ => {}
        }
    }

    /// Waiting cures the network, never a missing codec or a forbidden address.
    fn is_hard(trouble: Trouble) -> bool {
        matches!(trouble, Trouble::Blocked | Trouble::MissingCodec | Trouble::MissingPlugin)
    }

    /// The next source that is not ruled out, after the present one and round to it.
    fn next_source(&self) -> Option<usize> {
        let count = self.ruled_out.len();
        (1..=count)
            .map(|step| (self.source + step) % count)
            .find(|at| self.ruled_out.get(*at).is_some_and(Option::is_none))
    }

    pub(super) fn fail(&mut self, at: MonoMs, trouble: Trouble, roll: f64, actions: &mut Vec<Action>) {
        self.teardown(actions);
        let hard = Self::is_hard(trouble);
        if hard && let Some(slot) = self.ruled_out.get_mut(self.source) {
            *slot = Some(trouble);
        }
        let Some(next) = self.next_source() else {
            self.failed_at = at;
            self.phase = Phase::Failed { trouble, next_try: Some(at.plus(self.policy.failed_retry_ms)) };
            return;
        };
        self.source = next;
        let since = *self.trouble_since.get_or_insert(at);
        if hard {
            // Another address may do, and nothing is gained by waiting.
            if self.phase != Phase::Opening {
                self.attempt = self.attempt.max(1);
                self.phase = Phase::Reconnecting { attempt: self.attempt, since, next_try: at, trouble };
            }
            self.build(at, actions);
            return;
        }
        self.attempt = self.attempt.saturating_add(1);
        let next_try = at.plus(self.policy.wait_ms(self.attempt, roll));
        self.phase = Phase::Reconnecting { attempt: self.attempt, since, next_try, trouble };
    }

    pub(super) fn on_end(&mut self, at: MonoMs, roll: f64, actions: &mut Vec<Action>) {
        if !self.pipeline {
            return;
        }
        if !self.opened {
            return self.fail(at, Trouble::BrokenMedia, roll, actions);
        }
        if self.kind == MediaKind::Live {
            return self.fail(at, Trouble::ServerDown, roll, actions);
        }
        let place = self.last_position.unwrap_or(self.resume_ms);
        let early = self.duration_ms.is_some_and(|d| place.saturating_add(self.policy.end_tolerance_ms) < d);
        if early && self.note_short_end(place) < self.policy.short_ends {
            return self.fail(at, Trouble::ServerDown, roll, actions);
        }
        self.teardown(actions);
        self.phase = Phase::Ended;
    }

    /// Counts ends that came too early at about the same place: a medium may be shorter than its header says.
    fn note_short_end(&mut self, place: u64) -> u32 {
        let count = match self.short_end {
            Some((before, count)) if before.abs_diff(place) <= self.policy.end_tolerance_ms => count.saturating_add(1),
            _ => 1,
        };
        self.short_end = Some((place, count));
        count
    }

    pub(super) fn on_retry_now(&mut self, at: MonoMs, actions: &mut Vec<Action>) {
        match self.phase {
            Phase::Reconnecting { attempt, since, trouble, .. } if !self.pipeline => {
                self.phase = Phase::Reconnecting { attempt, since, next_try: at, trouble };
                self.build(at, actions);
            }
            Phase::Failed { .. } => {
                self.ruled_out.fill(None);
                self.attempt = 0;
                self.trouble_since = None;
                self.phase = Phase::Opening;
                self.build(at, actions);
            }
            Phase::Stalled { .. } => {
                self.teardown(actions);
                self.phase = Phase::Opening;
                self.build(at, actions);
            }
            _ => {}
        }
    }
}
