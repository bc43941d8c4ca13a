//! What is watched beside the pipeline: a server that cannot be reached, until it can be again, and a gate that refuses
//! while a pipeline still hopes. What to do about it is the supervisor's.

use super::{Note, Worker, address::is_web};
use crate::{
    player::{
        engine::Watch,
        supervisor::Input,
        types::{Phase, SessionId, Trouble},
    },
    time::MonoMs,
};

/// Media that flows takes a refusal back: one rendition of several may be out of reach.
const REFUSED_MS: u64 = 1_000;

/// Watches for the return of a server that cannot be reached, from the first failure to the next picture.
pub(super) struct Lookout {
    source: usize,
    /// It came back while a pipeline stood that had begun before.
    came_back: bool,
    _watch: Option<Watch>,
}

impl Worker {
    /// A demuxer goes on asking for segments that it may not have until the patience with the first picture is over.
    /// That nothing else comes is known long before.
    pub(super) fn heed_refusal(&mut self, now: MonoMs) {
        let Some(current) = &mut self.current else { return };
        let refused =
            current.supervisor.is_opening() && self.access.trouble(current.request.session) == Some(Trouble::Blocked);
        if !refused {
            current.refused_since = None;
            return;
        }
        let since = *current.refused_since.get_or_insert(now);
        if now.since(since) >= REFUSED_MS {
            current.refused_since = None;
            self.step(Input::PipelineError(Trouble::Blocked));
        }
    }

    /// Waits grow to a quarter of a minute so that a server in trouble is not stormed. One that cannot even be
    /// connected to is no server in trouble: its return ends the wait.
    pub(super) fn look_out(&mut self) {
        let Some(current) = &mut self.current else { return };
        let unreached = match current.supervisor.phase() {
            Phase::Reconnecting { trouble, .. } => {
                matches!(trouble, Trouble::ServerDown | Trouble::NoNetwork | Trouble::Dns)
            }
            _ => false,
        };
        if !unreached {
            current.lookout = None;
            return;
        }
        let source = current.supervisor.source();
        if current.lookout.as_ref().is_some_and(|l| l.source == source) {
            if current.hand.is_none() && current.lookout.as_mut().is_some_and(|l| std::mem::take(&mut l.came_back)) {
                self.step(Input::RetryNow);
            }
            return;
        }
        let session = current.request.session;
        let inbox = self.inbox.clone();
        let on_back = Box::new(move || {
            let _ = inbox.send(Note::ServerBack(session));
        });
        let watch = current
            .request
            .sources
            .get(source)
            .filter(|s| is_web(&s.url))
            .and_then(|s| self.access.watch(s, current.request.trust, on_back));
        current.lookout = Some(Lookout { source, came_back: false, _watch: watch });
    }

    pub(super) fn server_back(&mut self, session: SessionId) {
        let Some(current) = self.current.as_mut().filter(|c| c.request.session == session) else { return };
        let Some(lookout) = &mut current.lookout else { return };
        tracing::info!(session = session.0, "the server can be reached again");
        lookout.came_back = true;
        self.look_out();
    }
}
