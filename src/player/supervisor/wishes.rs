//! What the viewer wishes for: a pause, going on, another place.

use super::{Action, Supervisor};
use crate::{
    player::types::{MediaKind, Phase},
    time::MonoMs,
};

impl Supervisor {
    pub(super) fn on_pause(&mut self, at: MonoMs, actions: &mut Vec<Action>) {
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

    pub(super) fn on_resume(&mut self, at: MonoMs, actions: &mut Vec<Action>) {
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

    pub(super) fn on_seek(&mut self, at: MonoMs, to_ms: u64, actions: &mut Vec<Action>) {
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
}
