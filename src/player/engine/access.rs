//! What the engine asks of the media gate. The engine never names an address to GStreamer that did not come
//! from here.

use crate::{
    guide::lineup::MediaSource,
    player::{
        feed::{Looked, Wish},
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
    /// Looks what an opened medium is, and calls back once. HLS is read here and begins to come from `start_ms` on, and
    /// a live transport stream without an end; everything else GStreamer fetches under the address that `open` gave.
    fn look(
        &self,
        session: SessionId,
        kind: MediaKind,
        start_ms: u64,
        wish: Wish,
        done: Box<dyn FnOnce(Looked) + Send>,
    ) -> Guard;
    /// Nothing of this session is fetched any more.
    fn close(&self, session: SessionId);
    /// The cause of what the pipeline saw, where it lies upstream.
    fn trouble(&self, session: SessionId) -> Option<Trouble>;
    /// Streams that a viewer is likely to want next.
    fn warm(&self, sources: &[(MediaSource, Trust)]);
    /// Calls `on_back` whenever the source's server, unreachable until then, takes connections again; until the
    /// result is dropped.
    fn watch(&self, source: &MediaSource, trust: Trust, on_back: Box<dyn Fn() + Send + Sync>) -> Option<Watch>;
    /// Bytes of media fetched for this session so far.
    fn bytes(&self, session: SessionId) -> u64;
}
