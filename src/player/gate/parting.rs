//! How a demuxer that fetches by itself is taken leave of. `dashdemux2` never frees a download that runs while it is
//! stopped, nor what hangs on it, and it can be asked for none less. So it is made to give up first: of a session that is
//! over every piece breaks off, and after four of them a stream asks for nothing more.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::session::Session;

/// A stream asks again 10 ms after a failure. This is far longer, for machines that are busy.
const QUIET: Duration = Duration::from_millis(200);
/// A demuxer that still asks after this is stopped nevertheless; a pipeline is given three seconds to go down.
const LONGEST: Duration = Duration::from_secs(1);

/// Held for as long as the demuxer may ask, so that its session is known beyond its end.
pub struct Parting(Arc<Session>);

impl Parting {
    /// None where no manifest was found, and so nothing but one pipeline's own source fetches.
    pub(super) fn from(session: &Arc<Session>) -> Option<Self> {
        session.manifest().map(|_| Self(Arc::clone(session)))
    }

    /// Ends the session and waits until the demuxer has given up. Blocks, within a bound.
    pub fn end(self) {
        self.0.close();
        let began = Instant::now();
        loop {
            let now = Instant::now();
            let quiet_at = self.0.asked_last().max(began) + QUIET;
            if now >= quiet_at || now >= began + LONGEST {
                return;
            }
            std::thread::sleep(quiet_at.min(began + LONGEST) - now);
        }
    }
}
