//! A transport stream that somebody else fetches over a connection: bytes go in as they come, what is due when comes out as
//! it does of a group. A connection may bring seconds at once. They are taken in their order, and no faster than they can
//! be told from another timeline; what is left waits at the sender. Pure: the time is said.

use std::{sync::Arc, time::Duration};

use super::{
    audience::Audience,
    channel::{Carrier, Channel},
    cutter::Cutter,
    groups::{Limits, Sink},
};
use crate::player::sounds::Sound;

/// Looked at in one go: as much as a datagram has, so that what is early is seen in time.
const PIECE_PACKETS: usize = 7;
/// What comes earlier than this waits. Less than what is taken for a break of the timeline (three seconds).
const TOO_EARLY_NS: i64 = 2_500_000_000;
/// Then this much of what is in hand is played before more is taken, lest it be asked for each picture.
const WAIT_NS: u64 = 500_000_000;

/// What became of the bytes that were put in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    All,
    /// The rest is too early: go on after this time.
    Early(Duration),
}

pub struct Flow {
    cutter: Cutter,
    audience: Audience,
}

impl Flow {
    /// `sound`: which of several is wished for.
    pub fn new(sound: Option<Sound>) -> Self {
        let mut audience = Audience::new(Channel::new(Limits::default().ring_bytes, Carrier::Connection));
        audience.prefer(sound);
        Self { cutter: Cutter::default(), audience }
    }

    /// To be looked at by `go_on`, to the end before more is put in.
    pub fn put(&mut self, bytes: &[u8]) {
        self.cutter.put(bytes);
    }

    /// Takes what was put in as come at `now_ns` of a clock that never goes back.
    pub fn go_on(&mut self, now_ns: i64) -> Taken {
        while let Some(packets) = self.cutter.next(PIECE_PACKETS) {
            self.audience.take(packets, now_ns);
            if self.audience.early_ns(now_ns) > TOO_EARLY_NS {
                return Taken::Early(Duration::from_nanos(WAIT_NS));
            }
        }
        Taken::All
    }

    /// Hands out everything from now on, and first what is kept. One watches.
    pub fn watch(&mut self, sink: Sink, now_ns: i64) {
        self.audience.dismiss(0);
        self.audience.admit(0, Arc::default(), sink, now_ns);
    }
}

#[cfg(test)]
#[path = "flow_tests.rs"]
mod tests;
