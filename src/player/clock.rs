//! The one monotonic clock of the process, so that instants in player events and in the rest of the program compare.

use std::{sync::OnceLock, time::Instant};

use crate::time::MonoMs;

/// Now, counted from the first call in this process.
pub fn now() -> MonoMs {
    static ZERO: OnceLock<Instant> = OnceLock::new();
    let zero = *ZERO.get_or_init(Instant::now);
    MonoMs(u64::try_from(zero.elapsed().as_millis()).unwrap_or(u64::MAX))
}
