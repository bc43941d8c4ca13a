//! What happens when playback meets trouble: a pure state machine. It reads no clock, draws no lots and touches no
//! pipeline; time and chance come in with each input, and what is to be done goes out as actions. At most one
//! pipeline stands at any moment, and whenever a viewer waits there is an instant at which something will happen.

mod policy;
#[cfg(test)]
mod tests;

pub use policy::Policy;

use crate::{
    player::types::{MediaKind, Phase, Trouble},
    time::MonoMs,
};

/// Something that happened. The engine reports it; the supervisor decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// The standing pipeline shows its first picture (or sounds, where there is no picture).
    Opened,
    /// The standing pipeline has given up.
    PipelineError(Trouble),
    Progress {
        position_ms: u64,
        duration_ms: Option<u64>,
    },
    /// The live medium has a window that can be gone back into.
    Window,
    /// Data comes slower than it is played.
    Buffering(bool),
    Eos,
    UserPause,
    UserResume,
    UserSeek {
        to_ms: u64,
    },
    RetryNow,
    Stop,
    /// Time went by. `upstream` is what the media gate knows of the cause, where it knows one.
    Tick {
        upstream: Option<Trouble>,
    },
}

/// What the engine has to do, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Builds a pipeline for this source; `start_ms` is zero on live.
    Build {
        source: usize,
        start_ms: u64,
        playing: bool,
    },
    Teardown,
    Seek {
        to_ms: u64,
    },
    SetPlaying(bool),
}

/// The outcome of one input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    pub actions: Vec<Action>,
    /// The new phase, when it changed.
    pub phase: Option<Phase>,
}

#[derive(Clone, Debug)]
pub struct Supervisor {
    policy: Policy,
    kind: MediaKind,
    /// One for each source: the hard trouble that rules it out.
    ruled_out: Vec<Option<Trouble>>,
    source: usize,
    phase: Phase,
    /// The viewer's intent, apart from the phase.
    wants_play: bool,
    pipeline: bool,
    /// The standing pipeline has shown a picture.
    opened: bool,
    built_at: MonoMs,
    /// Where the next pipeline starts, on demand.
    resume_ms: u64,
    /// Wished for before the pipeline could seek.
    pending_seek: Option<u64>,
    last_position: Option<u64>,
    duration_ms: Option<u64>,
    progress_at: MonoMs,
    /// Start of the play that has been undisturbed since.
    calm_since: MonoMs,
    paused_at: MonoMs,
    slow: bool,
    /// The standing pipeline can go back in a live medium.
    windowed: bool,
    attempt: u32,
    trouble_since: Option<MonoMs>,
    failed_at: MonoMs,
    /// Place and number of ends that came too early.
    short_end: Option<(u64, u32)>,
}

impl Supervisor {
    /// Starts with the first of `sources` (at least one) and asks for its pipeline.
    pub fn open(policy: Policy, kind: MediaKind, sources: usize, start_ms: u64, at: MonoMs) -> (Self, Step) {
        let mut new = Self {
            policy,
            kind,
            ruled_out: vec![None; sources.max(1)],
            source: 0,
            phase: Phase::Idle,
            wants_play: true,
            pipeline: false,
            opened: false,
            built_at: at,
            resume_ms: if kind == MediaKind::Live { 0 } else { start_ms },
            pending_seek: None,
            last_position: None,
            duration_ms: None,
            progress_at: at,
            calm_since: at,
            paused_at: at,
            slow: false,
            windowed: false,
            attempt: 0,
            trouble_since: None,
            failed_at: at,
            short_end: None,
        };
        let mut actions = Vec::new();
        new.phase = Phase::Opening;
        new.build(at, &mut actions);
        (new, Step { actions, phase: Some(Phase::Opening) })
    }

    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    pub fn source(&self) -> usize {
        self.source
    }

    /// A pipeline stands that has not shown anything yet.
    pub fn is_opening(&self) -> bool {
        self.pipeline && !self.opened
    }

    pub fn wants_play(&self) -> bool {
        self.wants_play
    }

    /// When a `Tick` is due at the latest. None where only an input from outside can change anything.
    pub fn wake_at(&self) -> Option<MonoMs> {
        if self.pipeline && !self.opened {
            return Some(self.built_at.plus(self.policy.first_frame_ms));
        }
        match self.phase {
            Phase::Playing => {
                let notice = self.progress_at.plus(self.policy.notice_after_ms);
                let calm = self.calm_since.plus(self.policy.calm_after_ms);
                Some(if self.attempt > 0 { notice.min(calm) } else { notice })
            }
            Phase::Stalled { .. } => Some(self.progress_at.plus(self.policy.rebuild_after_ms)),
            Phase::Reconnecting { next_try, .. } => Some(next_try),
            Phase::Failed { next_try, .. } => next_try,
            Phase::Idle | Phase::Opening | Phase::Paused | Phase::Ended => None,
        }
    }

    /// Takes one input. `roll` is a fresh random number in 0..1.
    pub fn step(&mut self, at: MonoMs, input: Input, roll: f64) -> Step {
        let before = self.phase.clone();
        let mut actions = Vec::new();
        match input {
            Input::Opened => self.on_opened(at, &mut actions),
            Input::PipelineError(trouble) if self.pipeline => self.fail(at, trouble, roll, &mut actions),
            Input::PipelineError(_) => {}
            Input::Progress { position_ms, duration_ms } => self.on_progress(at, position_ms, duration_ms),
            Input::Window => self.windowed = true,
            Input::Buffering(slow) => self.slow = slow,
            Input::Eos => self.on_end(at, roll, &mut actions),
            Input::UserPause => self.on_pause(at, &mut actions),
            Input::UserResume => self.on_resume(at, &mut actions),
            Input::UserSeek { to_ms } => self.on_seek(at, to_ms, &mut actions),
            Input::RetryNow => self.on_retry_now(at, &mut actions),
            Input::Stop => {
                self.teardown(&mut actions);
                self.phase = Phase::Idle;
            }
            Input::Tick { upstream } => self.on_tick(at, upstream, roll, &mut actions),
        }
        let phase = (self.phase != before).then(|| self.phase.clone());
        Step { actions, phase }
    }

    fn build(&mut self, at: MonoMs, actions: &mut Vec<Action>) {
        let start_ms = if self.kind == MediaKind::Live { 0 } else { self.resume_ms };
        self.pipeline = true;
        self.opened = false;
        self.built_at = at;
        self.progress_at = at;
        self.slow = false;
        self.windowed = false;
        self.last_position = None;
        actions.push(Action::Build { source: self.source, start_ms, playing: self.wants_play });
    }

    fn teardown(&mut self, actions: &mut Vec<Action>) {
        if self.pipeline {
            actions.push(Action::Teardown);
        }
        if let Some(place) = self.pending_seek.take().or(self.last_position) {
            self.resume_ms = place;
        }
        self.pipeline = false;
        self.opened = false;
    }

    fn running(&self) -> Phase {
        if self.wants_play { Phase::Playing } else { Phase::Paused }
    }

    fn on_opened(&mut self, at: MonoMs, actions: &mut Vec<Action>) {
        if !self.pipeline || self.opened {
            return;
        }
        self.opened = true;
        self.progress_at = at;
        self.calm_since = at;
        self.paused_at = at;
        self.trouble_since = None;
        self.last_position = (self.kind == MediaKind::OnDemand).then_some(self.resume_ms);
        self.phase = self.running();
        if let Some(to_ms) = self.pending_seek.take() {
            self.last_position = Some(to_ms);
            actions.push(Action::Seek { to_ms });
        }
    }

    fn on_progress(&mut self, at: MonoMs, position_ms: u64, duration_ms: Option<u64>) {
        if !self.opened {
            return;
        }
        if duration_ms.is_some() {
            self.duration_ms = duration_ms;
        }
        if self.last_position == Some(position_ms) {
            return;
        }
        self.last_position = Some(position_ms);
        self.progress_at = at;
        if matches!(self.phase, Phase::Stalled { .. }) {
            self.phase = self.running();
            self.calm_since = at;
        }
        self.settle(at);
    }

    /// Forgets past failures once play has been undisturbed for long enough.
    fn settle(&mut self, at: MonoMs) {
        if self.phase == Phase::Playing && at.since(self.calm_since) >= self.policy.calm_after_ms {
            self.attempt = 0;
        }
    }

    fn on_tick(&mut self, at: MonoMs, upstream: Option<Trouble>, roll: f64, actions: &mut Vec<Action>) {
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

    fn fail(&mut self, at: MonoMs, trouble: Trouble, roll: f64, actions: &mut Vec<Action>) {
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

    fn on_end(&mut self, at: MonoMs, roll: f64, actions: &mut Vec<Action>) {
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

    fn on_pause(&mut self, at: MonoMs, actions: &mut Vec<Action>) {
        if !self.wants_play || matches!(self.phase, Phase::Idle | Phase::Ended | Phase::Failed { .. }) {
            return;
        }
        self.wants_play = false;
        self.paused_at = at;
        if self.pipeline {
            actions.push(Action::SetPlaying(false));
        }
        if self.opened {
            self.phase = Phase::Paused;
        }
    }

    fn on_resume(&mut self, at: MonoMs, actions: &mut Vec<Action>) {
        match self.phase {
            Phase::Ended => {
                self.wants_play = true;
                self.resume_ms = 0;
                self.last_position = None;
                self.phase = Phase::Opening;
                self.build(at, actions);
            }
            Phase::Paused if self.stale_edge(at) => {
                self.wants_play = true;
                self.teardown(actions);
                self.phase = Phase::Opening;
                self.build(at, actions);
            }
            Phase::Idle | Phase::Failed { .. } => {}
            _ if self.wants_play => {}
            _ => {
                self.wants_play = true;
                if self.pipeline {
                    actions.push(Action::SetPlaying(true));
                }
                if self.opened {
                    self.progress_at = at;
                    self.calm_since = at;
                    self.phase = Phase::Playing;
                }
            }
        }
    }

    /// A live picture that stood for long, and has no window to go on in, joins the edge anew.
    fn stale_edge(&self, at: MonoMs) -> bool {
        self.kind == MediaKind::Live && !self.windowed && at.since(self.paused_at) > self.policy.live_rejoin_ms
    }

    fn on_seek(&mut self, at: MonoMs, to_ms: u64, actions: &mut Vec<Action>) {
        if self.kind == MediaKind::Live {
            if self.windowed && self.opened {
                self.progress_at = at;
                actions.push(Action::Seek { to_ms });
            }
            return;
        }
        let to_ms = self.duration_ms.map_or(to_ms, |d| to_ms.min(d));
        match self.phase {
            Phase::Idle => {}
            Phase::Failed { .. } => self.resume_ms = to_ms,
            Phase::Ended => {
                self.resume_ms = to_ms;
                self.last_position = None;
                self.phase = Phase::Opening;
                self.build(at, actions);
            }
            _ if self.opened => {
                self.last_position = Some(to_ms);
                self.progress_at = at;
                self.phase = self.running();
                actions.push(Action::Seek { to_ms });
            }
            _ if self.pipeline => self.pending_seek = Some(to_ms),
            _ => {
                self.last_position = None;
                self.resume_ms = to_ms;
            }
        }
    }

    fn on_retry_now(&mut self, at: MonoMs, actions: &mut Vec<Action>) {
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
