//! What the engine asks of the media gate. The engine never names an address to GStreamer that did not come
//! from here.

use crate::{
    guide::lineup::MediaSource,
    player::{
        feed::Looked,
        types::{MediaKind, SessionId, Trouble, Trust},
    },
};

/// Looks out for a server until it is dropped.
pub type Watch = Box<dyn Send>;
/// A look at a medium, given up when dropped.
pub type Guard = Box<dyn Send>;

/// The only way by which HTTP media comes in. No call may block: the work happens behind the returned address.
pub trait MediaAccess: Send + Sync {
    /// Checks an `http` or `https` source and gives the local address under which the pipeline may fetch it.
    fn open(&self, session: SessionId, source: &MediaSource, trust: Trust) -> Result<String, Trouble>;
    /// Looks what an opened medium is, and calls back once. HLS is read here and begins to come from `start_ms` on;
    /// everything else GStreamer fetches under the address that `open` gave.
    fn look(
        &self,
        _session: SessionId,
        _kind: MediaKind,
        _start_ms: u64,
        done: Box<dyn FnOnce(Looked) + Send>,
    ) -> Guard {
        done(Looked::Plain);
        Box::new(())
    }
    /// Nothing of this session is fetched any more.
    fn close(&self, session: SessionId);
    /// The cause of what the pipeline saw, where it lies upstream.
    fn trouble(&self, session: SessionId) -> Option<Trouble>;
    /// Streams that a viewer is likely to want next.
    fn warm(&self, sources: &[(MediaSource, Trust)]);
    /// Calls `on_back` whenever the source's server, unreachable until then, takes connections again; until the
    /// result is dropped.
    fn watch(&self, _source: &MediaSource, _trust: Trust, _on_back: Box<dyn Fn() + Send + Sync>) -> Option<Watch> {
        None
    }
    /// Bytes of media fetched for this session so far.
    fn bytes(&self, _session: SessionId) -> u64 {
        0
    }
}

/// Hands addresses through unchecked: the engine by itself, without the gate before it.
pub struct Direct;

impl MediaAccess for Direct {
    fn open(&self, _: SessionId, source: &MediaSource, _: Trust) -> Result<String, Trouble> {
        Ok(source.url.clone())
    }
    fn close(&self, _: SessionId) {}
    fn trouble(&self, _: SessionId) -> Option<Trouble> {
        None
    }
    fn warm(&self, _: &[(MediaSource, Trust)]) {}
}
