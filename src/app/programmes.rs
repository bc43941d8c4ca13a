//! The days of programmes that the guide has answered, by channel. Bounded: a viewer who wanders through a thousand
//! channels keeps those looked at last. What is asked when, and what is shown of it, is the screens' matter.

use std::collections::HashMap;

use super::civil;
use crate::{
    guide::{lineup::ChannelId, programme::Programme},
    time::{MonoMs, UtcMs, Zone},
};

/// Days kept: two screens of the grid with both days that midnight divides, and some of the list.
const MOST_DAYS: usize = 64;
/// A day is asked for again after this: a late guide, or one that was corrected, comes up by itself.
const AGES_MS: u64 = 60_000;
/// An answer that takes longer than this is none.
const ANSWER_WITHIN_MS: u64 = 5_000;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Programmes {
    days: HashMap<(ChannelId, i32), Day>,
}

#[derive(Clone, Debug, PartialEq)]
struct Day {
    /// When the first question that is still open, or the newest one, was asked.
    asked: MonoMs,
    stale: bool,
    programmes: Option<Vec<Programme>>,
}

/// What is known of a channel's day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Known<'a> {
    /// The answer is on its way.
    Waiting,
    /// None came, or nobody asked.
    Unknown,
    Day(&'a [Programme]),
}

impl Programmes {
    pub fn known(&self, channel: &ChannelId, day: i32, now: MonoMs) -> Known<'_> {
        match self.days.get(&(channel.clone(), day)) {
            Some(Day { programmes: Some(programmes), .. }) => Known::Day(programmes),
            Some(found) if now.since(found.asked) < ANSWER_WITHIN_MS => Known::Waiting,
            _ => Known::Unknown,
        }
    }

    /// Whether the day is to be asked for now; if so, it counts as asked.
    pub fn ask(&mut self, channel: &ChannelId, day: i32, now: MonoMs) -> bool {
        let key = (channel.clone(), day);
        match self.days.get_mut(&key) {
            Some(known) if !known.stale && now.since(known.asked) < AGES_MS => false,
            Some(known) => {
                known.asked = now;
                known.stale = false;
                true
            }
            None => {
                self.make_room();
                self.days.insert(key, Day { asked: now, stale: false, programmes: None });
                true
            }
        }
    }

    fn make_room(&mut self) {
        if self.days.len() < MOST_DAYS {
            return;
        }
        let oldest = self.days.iter().min_by_key(|(key, day)| (day.asked, key.1)).map(|(key, _)| key.clone());
        if let Some(oldest) = oldest {
            self.days.remove(&oldest);
        }
    }

    /// Takes an answer in; one that nobody waits for any more is dropped.
    pub fn put(&mut self, channel: ChannelId, day: i32, programmes: Vec<Programme>) {
        if let Some(known) = self.days.get_mut(&(channel, day)) {
            known.programmes = Some(in_a_row(programmes));
        }
    }

    /// A newer guide is there: everything is worth asking again, and is shown until the answer comes.
    pub fn age(&mut self) {
        self.days.values_mut().for_each(|day| day.stale = true);
    }

    /// Everything known, in no order.
    pub fn all(&self) -> impl Iterator<Item = (&ChannelId, &Programme)> {
        self.days.iter().flat_map(|((channel, _), day)| day.programmes.iter().flatten().map(move |p| (channel, p)))
    }

    pub fn clear(&mut self) {
        self.days.clear();
    }

    /// When an open question is given up, so that the page says so without a key.
    pub fn next_deadline(&self, now: MonoMs) -> Option<MonoMs> {
        let open = self.days.values().filter(|d| d.programmes.is_none());
        open.map(|d| d.asked.plus(ANSWER_WITHIN_MS)).filter(|at| *at > now).min()
    }

    /// The programmes that touch `from..to`, in order.
    pub fn between(&self, channel: &ChannelId, from: UtcMs, to: UtcMs, zone: &Zone) -> Vec<&Programme> {
        let day = |at: UtcMs| civil::day_number(at, zone);
        let mut found: Vec<&Programme> = Vec::new();
        for day in day(from)..=day(to.plus(-1)) {
            let Some(Day { programmes: Some(programmes), .. }) = self.days.get(&(channel.clone(), day)) else {
                continue;
            };
            for programme in programmes.iter().filter(|p| p.start < to && p.end > from) {
                // What runs over midnight belongs to both days.
                if found.last().is_none_or(|last| last.start < programme.start) {
                    found.push(programme);
                }
            }
        }
        found
    }
}

/// One after the other: in order, no two with one beginning, none reaching into the next.
fn in_a_row(mut programmes: Vec<Programme>) -> Vec<Programme> {
    programmes.retain(|p| p.start < p.end);
    programmes.sort_by_key(|p| p.start);
    programmes.dedup_by_key(|p| p.start);
    let starts: Vec<UtcMs> = programmes.iter().skip(1).map(|p| p.start).collect();
    for (programme, next) in programmes.iter_mut().zip(starts) {
        programme.end = programme.end.min(next);
    }
    programmes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::time::UTC;

    fn programme(start: i64, end: i64) -> Programme {
        Programme { title: format!("{start}"), start: UtcMs(start), end: UtcMs(end), ..Programme::default() }
    }

    fn id() -> ChannelId {
        ChannelId("c".into())
    }

    proptest! {
        #[test]
        fn whatever_a_guide_says_comes_out_one_after_the_other(
            given in prop::collection::vec((any::<i64>(), any::<i64>()), 0..40),
        ) {
            let row = in_a_row(given.into_iter().map(|(a, b)| programme(a, b)).collect());
            prop_assert!(row.iter().all(|p| p.start < p.end));
            prop_assert!(row.windows(2).all(|w| w[0].end <= w[1].start && w[0].start < w[1].start));
        }
    }

    #[test]
    fn a_day_is_asked_once_a_minute_and_again_when_the_guide_is_new() {
        let mut all = Programmes::default();
        assert!(all.ask(&id(), 3, MonoMs(0)));
        assert!(!all.ask(&id(), 3, MonoMs(59_999)));
        assert_eq!(all.known(&id(), 3, MonoMs(10)), Known::Waiting);
        assert_eq!(all.known(&id(), 3, MonoMs(ANSWER_WITHIN_MS)), Known::Unknown);
        all.put(id(), 3, vec![programme(5, 6)]);
        all.age();
        assert!(all.ask(&id(), 3, MonoMs(1)));
        assert!(matches!(all.known(&id(), 3, MonoMs(1)), Known::Day([_])), "shown until the new answer comes");
        all.put(ChannelId("other".into()), 3, vec![programme(5, 6)]);
        assert_eq!(all.known(&ChannelId("other".into()), 3, MonoMs(1)), Known::Unknown);
    }

    #[test]
    fn what_runs_over_midnight_is_there_once() {
        let mut all = Programmes::default();
        let midnight = civil::DAY_MS;
        for day in [0, 1] {
            all.ask(&id(), day, MonoMs(0));
        }
        let over = programme(midnight - 1_000, midnight + 1_000);
        all.put(id(), 0, vec![programme(midnight - 9_000, midnight - 1_000), over.clone()]);
        all.put(id(), 1, vec![over, programme(midnight + 1_000, midnight + 2_000)]);
        let found = all.between(&id(), UtcMs(midnight - 500), UtcMs(midnight + 1_500), &UTC);
        assert_eq!(found.iter().map(|p| p.start.0 - midnight).collect::<Vec<_>>(), [-1_000, 1_000]);
    }

    #[test]
    fn wandering_far_keeps_few_days() {
        let mut all = Programmes::default();
        for n in 0..1_000 {
            all.ask(&ChannelId(n.to_string()), 0, MonoMs(n));
        }
        assert_eq!(all.days.len(), MOST_DAYS);
        assert_ne!(all.known(&ChannelId("999".into()), 0, MonoMs(999)), Known::Unknown);
    }
}
