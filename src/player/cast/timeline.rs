//! The sender's clock in ours. Nothing is asked of PCR, which many head ends get wrong: what counts is how early each
//! unit is here before its own decoding time. The latest of the last seconds decides when pictures are due, so that what
//! comes regularly is never late, and a drift of the two clocks is followed at a rate that nobody sees or hears.

use std::{collections::VecDeque, time::Duration};

/// How much earlier than due everything is here: a sound server holds 200 ms, a home network wavers by some tens.
pub const CUSHION: Duration = Duration::from_millis(300);
/// Span over which the latest unit counts. Large pictures come once in a group; groups are up to some seconds long.
const WINDOW_BUCKETS: u64 = 12;
const BUCKET_NS: i64 = 1_000_000_000;
/// Crystals differ by at most 60 millionths; 500 follow any, and are far below what an ear notices in speech.
const SLEW: i64 = 2_000;
/// Until so much has been seen, the estimate is set, not slewed.
const SETTLE_NS: i64 = 500_000_000;
/// Times that differ by more belong to another timeline. Buffers of broadcasts hold up to two seconds.
const BREAK_NS: i64 = 3_000_000_000;
/// So many strangers in a row are the new timeline; fewer are damaged packets.
const STRANGERS: u32 = 3;
/// Times have 33 bits.
const WRAP: u64 = 1 << 33;

/// What a timestamp is to the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Fits, at this time of the sender's clock in nanoseconds.
    Fits(i64),
    /// The first of a new timeline, in whose nanoseconds the time is given.
    Breaks(i64),
    /// Does not fit, and may be a mistake.
    Stranger,
}

#[derive(Clone, Debug, Default)]
pub struct Timeline {
    /// Last decoding time in ticks, unwrapped.
    reference: Option<i64>,
    /// Arrival less decoding time, as followed.
    lead: i64,
    /// The largest such difference in each second of arrival.
    window: VecDeque<(i64, i64)>,
    begun_at: i64,
    last_at: i64,
    strangers: u32,
}

impl Timeline {
    /// Judges a unit's decoding time `ticks`, complete at `at_ns` of our clock. `entry`: a decoder can begin with it, so
    /// that a splice is believed at once. Only pictures may move the timeline where there are pictures (`leads`).
    pub fn take(&mut self, ticks: u64, at_ns: i64, leads: bool, entry: bool) -> Verdict {
        let Some(reference) = self.reference else {
            return if leads { self.begin(ticks, at_ns) } else { Verdict::Stranger };
        };
        let near = unwrap(ticks, reference);
        let time = to_ns(near);
        let late = at_ns.saturating_sub(time);
        if late.saturating_sub(self.lead).saturating_abs() > BREAK_NS {
            if !leads {
                return Verdict::Stranger;
            }
            self.strangers += 1;
            if entry || self.strangers >= STRANGERS {
                return self.begin(ticks, at_ns);
            }
            return Verdict::Stranger;
        }
        if leads {
            self.strangers = 0;
            self.reference = Some(near);
        }
        self.note(late, at_ns);
        Verdict::Fits(time)
    }

    fn begin(&mut self, ticks: u64, at_ns: i64) -> Verdict {
        let near = unwrap(ticks, 0);
        let time = to_ns(near);
        *self = Self {
            reference: Some(near),
            lead: at_ns.saturating_sub(time),
            window: VecDeque::new(),
            begun_at: at_ns,
            last_at: at_ns,
            strangers: 0,
        };
        self.note(self.lead, at_ns);
        Verdict::Breaks(time)
    }

    fn note(&mut self, late: i64, at_ns: i64) {
        let bucket = at_ns.div_euclid(BUCKET_NS);
        match self.window.back_mut() {
            Some((last, most)) if *last >= bucket => *most = late.max(*most),
            _ => self.window.push_back((bucket, late)),
        }
        while self.window.len() as u64 > WINDOW_BUCKETS {
            self.window.pop_front();
        }
        let most = self.window.iter().map(|(_, most)| *most).max().unwrap_or(late);
        let step = at_ns.saturating_sub(self.last_at).max(0) / SLEW;
        self.last_at = self.last_at.max(at_ns);
        let cushion = i64::try_from(CUSHION.as_nanos()).unwrap_or(i64::MAX);
        let settling = at_ns.saturating_sub(self.begun_at) < SETTLE_NS && most > self.lead;
        self.lead = if settling || most > self.lead.saturating_add(cushion) {
            // Later than the cushion bears: better one short stop than a picture that is always late.
            most
        } else {
            self.lead.saturating_add(most.saturating_sub(self.lead).clamp(-step, step))
        };
    }

    /// How much earlier than in time the last leading unit came, for who takes it as come at `at_ns`.
    pub fn early_ns(&self, at_ns: i64) -> i64 {
        self.reference.map_or(0, |ticks| to_ns(ticks).saturating_add(self.lead).saturating_sub(at_ns))
    }

    /// A presentation time in ticks, near to the decoding time of the same unit.
    pub fn present(&self, ticks: u64) -> i64 {
        to_ns(unwrap(ticks, self.reference.unwrap_or(0)))
    }

    /// What has to be added to the sender's time to know when it is due here.
    pub fn offset(&self) -> i64 {
        self.lead.saturating_add(i64::try_from(CUSHION.as_nanos()).unwrap_or(0))
    }
}

/// The value of `ticks` nearest to `reference`.
fn unwrap(ticks: u64, reference: i64) -> i64 {
    let wrap = WRAP as i64;
    let ahead = ((ticks % WRAP) as i64).wrapping_sub(reference).rem_euclid(wrap);
    reference + if ahead >= wrap / 2 { ahead - wrap } else { ahead }
}

fn to_ns(ticks: i64) -> i64 {
    ticks.saturating_mul(100_000) / 9
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: i64 = 1_000_000_000;
    const CUSHION_NS: i64 = 300_000_000;

    /// A picture each 40 ms from `first`, `early` before its time, for so many seconds; the sender's clock runs
    /// `ppm` faster. Gives the time at the end.
    fn run(line: &mut Timeline, first: u64, from_ns: i64, seconds: i64, ppm: i64) -> i64 {
        let mut at = from_ns;
        for n in 0..seconds * 25 {
            let ticks = (first + n as u64 * 3600) % WRAP;
            at = from_ns + n * 40_000_000 - n * 40 * ppm;
            let verdict = line.take(ticks, at, true, n % 25 == 0);
            assert!(!matches!(verdict, Verdict::Stranger) && (n == 0 || matches!(verdict, Verdict::Fits(_))), "{n}");
        }
        at
    }

    #[test]
    fn the_wrap_of_33_bits_is_no_break() {
        let mut line = Timeline::default();
        run(&mut line, WRAP - 90_000 * 5, 7 * SECOND, 10, 0);
        let due = line.present(90_000 * 5) + line.offset();
        assert_eq!(due, 17 * SECOND + CUSHION_NS);
    }

    #[test]
    fn a_drift_is_followed_and_the_delay_does_not_grow() {
        for ppm in [-60, 60] {
            let mut line = Timeline::default();
            let end = run(&mut line, 0, 0, 3600, ppm);
            let last = line.present((3600 * 25 - 1) * 3600) + line.offset();
            let early = last - end;
            // A quarter of a second of drift in this hour, of which next to nothing is left.
            assert!((early - CUSHION_NS).abs() < 20_000_000, "{ppm} ppm: {early}");
        }
    }

    #[test]
    fn a_splice_is_believed_at_once_and_a_damaged_time_never() {
        let mut line = Timeline::default();
        let at = run(&mut line, 0, 0, 5, 0);
        assert_eq!(line.take(WRAP / 2, at + 1, true, false), Verdict::Stranger);
        assert!(matches!(line.take(90_000 * 5, at + 40_000_000, true, false), Verdict::Fits(_)));
        assert!(matches!(line.take(WRAP / 3, at + 80_000_000, true, true), Verdict::Breaks(_)));
        assert_eq!(
            line.take(90_000 * 5, at + 120_000_000, false, true),
            Verdict::Stranger,
            "sound of the old timeline"
        );
        for n in 0..STRANGERS {
            let verdict = line.take(90_000 * 9 + u64::from(n) * 3600, at + 160_000_000, true, false);
            assert_eq!(matches!(verdict, Verdict::Breaks(_)), n + 1 == STRANGERS);
        }
    }

    #[test]
    fn a_late_burst_moves_the_line_once() {
        let mut line = Timeline::default();
        let at = run(&mut line, 0, 0, 5, 0);
        let before = line.offset();
        line.take(90_000 * 5, at + 40_000_000 + 2 * CUSHION_NS, true, false);
        assert_eq!(line.offset() - before, 2 * CUSHION_NS);
        line.take(90_000 * 5 + 3600, at + 80_000_000, true, false);
        assert!(before + 2 * CUSHION_NS - line.offset() < 2_000_000);
    }

    proptest! {
        #[test]
        fn any_times_are_taken(units in proptest::collection::vec((any::<u64>(), any::<i64>(), any::<bool>(), any::<bool>()), 0..60)) {
            let mut line = Timeline::default();
            for (ticks, at, leads, entry) in units {
                line.take(ticks, at, leads, entry);
                let _ = line.present(ticks).saturating_add(line.offset());
                prop_assert!(line.window.len() as u64 <= WINDOW_BUCKETS);
            }
        }

        #[test]
        fn unwrapping_is_nearest(reference in -(1i64 << 50)..(1i64 << 50), step in -(1i64 << 31)..(1i64 << 31)) {
            let ticks = (reference + step).rem_euclid(WRAP as i64) as u64;
            prop_assert_eq!(unwrap(ticks, reference), reference + step);
        }
    }
}
