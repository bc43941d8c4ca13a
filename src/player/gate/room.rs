//! Whether the line has room for what is fetched ahead, and at which pace. Pure: measures and moments come in.

use std::time::{Duration, Instant};

/// What plays is given twice its rate: it has to catch up after each hiccup, and its next rendition may take more.
const RUNNING_SHARE: u64 = 2;
/// A line that was too thin has to give half as much again before it is trusted: what was fetched ahead is not missing
/// from its measure any more.
const BACK_PERCENT: u64 = 150;

/// What is known of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// Nothing that plays has been measured yet.
    Unknown,
    Enough,
    /// Since then there is not.
    Thin(Instant),
}

impl Room {
    /// Takes in a measure: what the line gives, what plays takes, both in bits a second, and how many streams are to be
    /// kept ready. The channels of a lineup take about the same. `rest`: how long a thin line is not tried again.
    pub fn judge(self, line_bps: u64, running_bps: u64, streams: u64, rest: Duration, now: Instant) -> Self {
        let need = running_bps.saturating_mul(RUNNING_SHARE + streams);
        match self {
            Self::Thin(since) if now.duration_since(since) < rest => self,
            Self::Thin(_) if line_bps >= need.saturating_mul(BACK_PERCENT) / 100 => Self::Enough,
            Self::Thin(_) => self,
            Self::Unknown | Self::Enough if line_bps < need => Self::Thin(now),
            Self::Unknown | Self::Enough => Self::Enough,
        }
    }
}

/// Keeps what is fetched ahead within so many bits a second, all streams together.
#[derive(Debug)]
pub struct Pace {
    bps: Option<u64>,
    free_at: Instant,
}

impl Pace {
    pub fn new(bps: Option<u64>, now: Instant) -> Self {
        Self { bps: bps.filter(|bps| *bps > 0), free_at: now }
    }

    /// How long to wait before anything more is fetched.
    pub fn wait(&self, now: Instant) -> Duration {
        self.free_at.saturating_duration_since(now)
    }

    pub fn spent(&mut self, bytes: usize, now: Instant) {
        if let Some(bps) = self.bps {
            let length = Duration::from_secs_f64(bytes as f64 * 8.0 / bps as f64);
            self.free_at = self.free_at.max(now) + length;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REST: Duration = Duration::from_secs(60);

    #[test]
    fn a_thin_line_is_left_to_what_plays_and_trusted_again_with_room_to_spare() {
        let begin = Instant::now();
        let later = |s| begin + Duration::from_secs(s);
        // Two neighbours of 1 Mbit/s beside one that plays: 4 Mbit/s.
        let judge = |room: Room, mbps: u64, s| room.judge(mbps * 1_000_000, 1_000_000, 2, REST, later(s));
        assert_eq!(judge(Room::Unknown, 4, 0), Room::Enough);
        assert_eq!(judge(Room::Enough, 4, 0), Room::Enough);
        let thin = judge(Room::Enough, 3, 1);
        assert_eq!(thin, Room::Thin(later(1)));
        assert_eq!(judge(Room::Unknown, 3, 1), thin);
        assert_eq!(judge(thin, 100, 60), thin, "it is not tried at once");
        assert_eq!(judge(thin, 5, 61), thin, "nor with no more than before");
        assert_eq!(judge(thin, 6, 61), Room::Enough);
        // A line that is taken up and let go of in turns gives nothing to either.
        assert_eq!(judge(Room::Enough, 4, 62), Room::Enough);
    }

    #[test]
    fn the_pace_holds_whatever_is_fetched() {
        let begin = Instant::now();
        let mut pace = Pace::new(Some(8_000), begin);
        assert_eq!(pace.wait(begin), Duration::ZERO);
        pace.spent(1_000, begin);
        pace.spent(500, begin);
        assert_eq!(pace.wait(begin), Duration::from_millis(1_500));
        // What was not used is not saved up.
        let later = begin + Duration::from_secs(100);
        pace.spent(1_000, later);
        assert_eq!(pace.wait(later), Duration::from_secs(1));
        let mut free = Pace::new(None, begin);
        free.spent(usize::MAX, begin);
        assert_eq!(free.wait(begin), Duration::ZERO);
    }
}
