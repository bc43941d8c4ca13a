//! What happens when playback meets trouble: a pure state machine. It reads no clock, draws no lots and touches no
//! pipeline; time and chance come in with each input, and what is to be done goes out as actions. At most one
//! pipeline stands at any moment, and whenever a viewer waits there is an instant at which something will happen.

mod policy;
#[cfg(test)]
mod tests;
mod trouble;
mod wishes;

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
}
