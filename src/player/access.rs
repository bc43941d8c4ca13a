//! The media gate as the engine asks for it.

use super::{
    engine::{Guard, MediaAccess, Watch},
    feed::{self, Looked, Wish},
    gate::Gate,
    types::{MediaKind, SessionId, Trouble, Trust},
};
use crate::guide::lineup::MediaSource;

pub struct Access(Gate);

impl Access {
    pub fn new(gate: Gate) -> Self {
        Self(gate)
    }
}

impl MediaAccess for Access {
    fn open(&self, session: SessionId, source: &MediaSource, trust: Trust) -> Result<String, Trouble> {
        self.0.open(session, source, trust).map(|gate| gate.url)
    }

    fn look(
        &self,
        session: SessionId,
        kind: MediaKind,
        start_ms: u64,
        wish: Wish,
        done: Box<dyn FnOnce(Looked) + Send>,
    ) -> Guard {
        let gate = self.0.clone();
        let looking =
            self.0.runtime().spawn(async move { done(feed::look(gate, session, kind, start_ms, wish).await) });
        Box::new(Looking(looking.abort_handle()))
    }

    fn close(&self, session: SessionId) {
        self.0.close(session);
    }

    fn trouble(&self, session: SessionId) -> Option<Trouble> {
        self.0.trouble(session)
    }

    fn warm(&self, sources: &[(MediaSource, Trust)]) {
        self.0.warm(sources);
    }

    fn watch(&self, source: &MediaSource, trust: Trust, on_back: Box<dyn Fn() + Send + Sync>) -> Option<Watch> {
        Some(Box::new(self.0.watch(source, trust, on_back)?))
    }

    fn bytes(&self, session: SessionId) -> u64 {
        self.0.stats(session).bytes
    }
}

struct Looking(tokio::task::AbortHandle);

impl Drop for Looking {
    fn drop(&mut self) {
        self.0.abort();
    }
}
