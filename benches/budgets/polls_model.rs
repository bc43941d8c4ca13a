//! A million boxes after a power cut, by the very schedule that the client waits by. Counts how many of them begin to ask
//! in each second of a day; what an answer costs is for the operator's server.

use std::time::Duration;

use jinse_xuetang::schedule::{Manner, Schedule};

const DAY_S: usize = 86_400;
/// From power to the program's first request: boxes of one kind differ by their disks and networks.
const BOOT_S: (f64, f64) = (20.0, 60.0);

pub struct Case {
    pub manner: Manner,
    /// Share of boxes without a copy of what they ask for.
    pub empty: f64,
    /// The server does not answer before this second.
    pub server_from_s: f64,
}

/// The highest number of boxes that begin to ask in one second, in the first hour and a quarter and in the rest of the
/// day.
pub fn peaks(boxes: usize, case: &Case) -> (u32, u32) {
    const FIRST_S: usize = 4_500;
    let mut seconds = vec![0_u32; DAY_S];
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for _ in 0..boxes {
        let held = random.next() >= case.empty;
        let mut schedule = Schedule::new(case.manner, held);
        let mut at = BOOT_S.0 + (BOOT_S.1 - BOOT_S.0) * random.next() + schedule.wanted(random.next()).as_secs_f64();
        while let Some(count) = seconds.get_mut(at as usize) {
            *count += 1;
            let answered = at >= case.server_from_s;
            let wait: Duration =
                if answered { schedule.succeeded(random.next()) } else { schedule.failed(random.next()) };
            at += wait.as_secs_f64();
        }
    }
    let highest = |part: Option<&[u32]>| part.and_then(|p| p.iter().max()).copied().unwrap_or(0);
    (highest(seconds.get(..FIRST_S)), highest(seconds.get(FIRST_S..)))
}

/// xorshift64*: the same figures in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 / (1_u64 << 53) as f64
    }
}
