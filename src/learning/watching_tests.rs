//! A player and a busy interface under random hands, against the truth of what was on the screen.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::learning::progress::WatchedSeconds;

const LENGTH_MS: u64 = 60_000;
const TICK_MS: u64 = 50;

#[derive(Clone, Copy, Debug)]
enum Hand {
    Wait(u64),
    Pause,
    Play,
    Seek(i64),
    Speed(u64),
    /// The network is away for a while; the player comes back where it was, or a little before.
    Stall(u64),
    /// The interface does nothing for a while and then takes in everything at once.
    Busy(u64),
    /// The power goes, and the lesson is opened again where it was left.
    PowerCut,
}

fn hands() -> impl Strategy<Value = Vec<Hand>> {
    let one = prop_oneof![
        6 => (50u64..9_000).prop_map(Hand::Wait),
        2 => Just(Hand::Pause),
        3 => Just(Hand::Play),
        4 => prop::sample::select(vec![-30_000i64, -10_000, 10_000, 30_000]).prop_map(Hand::Seek),
        1 => prop::sample::select(vec![75u64, 100, 125]).prop_map(Hand::Speed),
        1 => (100u64..20_000).prop_map(Hand::Stall),
        1 => (100u64..6_000).prop_map(Hand::Busy),
        1 => Just(Hand::PowerCut),
    ];
    prop::collection::vec(one, 1..40)
}

/// A player that shows, and a model that only hears of it.
struct Room {
    now: u64,
    place: u64,
    playing: bool,
    speed: u64,
    stalled_until: u64,
    busy_until: u64,
    waiting: Vec<(u64, bool)>,
    next_event: u64,
    /// Every 50 ms of the lesson that was shown, by its start.
    shown: BTreeSet<u64>,
    watching: Watching,
    watched: WatchedSeconds,
}

impl Room {
    fn new() -> Self {
        let mut watching = Watching::default();
        watching.sent_to(0);
        Self {
            now: 1_000,
            place: 0,
            playing: true,
            speed: 100,
            stalled_until: 0,
            busy_until: 0,
            waiting: vec![],
            next_event: 0,
            shown: BTreeSet::new(),
            watching,
            watched: WatchedSeconds::default(),
        }
    }

    fn pass(&mut self, ms: u64) {
        for _ in 0..ms.div_ceil(TICK_MS) {
            self.now += TICK_MS;
            if self.playing && self.now >= self.stalled_until && self.place < LENGTH_MS {
                let to = (self.place + TICK_MS * self.speed / 100).min(LENGTH_MS);
                self.shown.extend((self.place / TICK_MS..to.div_ceil(TICK_MS)).map(|n| n * TICK_MS));
                self.place = to;
            }
            if self.now >= self.next_event {
                self.next_event = self.now + 250;
                self.waiting.push((self.place, self.playing));
            }
            if self.now >= self.busy_until {
                self.hear();
            }
        }
    }

    fn hear(&mut self) {
        for (place, playing) in std::mem::take(&mut self.waiting) {
            if let Some((from, to)) = self.watching.position(place, playing, MonoMs(self.now)) {
                self.watched.add(from, to);
            }
        }
    }

    fn take(&mut self, hand: Hand) {
        match hand {
            Hand::Wait(ms) => self.pass(ms),
            Hand::Pause => self.playing = false,
            Hand::Play => self.playing = true,
            Hand::Speed(percent) => self.speed = percent,
            Hand::Seek(by) => {
                // The interface has heard of everything before it takes a key.
                self.hear();
                self.place = self.place.saturating_add_signed(by).min(LENGTH_MS - 1_000);
                self.watching.sent_to(self.place);
            }
            Hand::Stall(ms) => {
                self.stalled_until = self.now + ms;
                self.place = self.place.saturating_sub(ms / 20);
            }
            Hand::Busy(ms) => self.busy_until = self.now + ms,
            Hand::PowerCut => {
                self.waiting.clear();
                self.place = self.place / 1000 * 1000;
                self.watching.sent_to(self.place);
            }
        }
    }

    fn check(&self) -> Result<(), TestCaseError> {
        for &(from, to) in self.watched.ranges() {
            for second in from..to {
                let seen = self.shown.range(u64::from(second) * 1000..u64::from(second + 1) * 1000).count();
                prop_assert_eq!(seen as u64, 1000 / TICK_MS, "second {} counts and was not shown whole", second);
            }
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn no_hands_earn_a_second_that_was_not_shown(hands in hands()) {
        let mut room = Room::new();
        for hand in hands {
            room.take(hand);
            room.check()?;
        }
    }

    #[test]
    fn watching_to_the_end_earns_all_of_it_at_any_speed(
        speed in prop::sample::select(vec![75u64, 100, 125]),
        pauses in prop::collection::vec(1u64..20_000, 0..8),
        busy in prop::collection::vec(1u64..1_500, 0..4),
    ) {
        let mut room = Room::new();
        room.speed = speed;
        for (i, pause) in pauses.iter().enumerate() {
            room.pass(3_000);
            room.playing = false;
            room.pass(*pause);
            room.playing = true;
            if let Some(ms) = busy.get(i) {
                room.pass(500);
                room.busy_until = room.now + ms;
            }
        }
        room.busy_until = 0;
        room.pass(90_000);
        if let Some((from, to)) = room.watching.ended(LENGTH_MS, MonoMs(room.now)) {
            room.watched.add(from, to);
        }
        prop_assert_eq!(room.watched.total(), 60);
    }

    #[test]
    fn nothing_that_can_be_reported_breaks_it(events in prop::collection::vec((any::<u64>(), any::<bool>(), any::<u64>()), 0..50)) {
        let mut watching = Watching::default();
        for (place, playing, at) in events {
            if let Some((from, to)) = watching.position(place, playing, MonoMs(at)) {
                prop_assert!(from < to && u64::from(to - from) <= LONGEST_STEP_MS / 1000 + 1);
            }
        }
    }
}

fn gained(watching: &mut Watching, place: u64, at: u64) -> Option<(u32, u32)> {
    watching.position(place, true, MonoMs(at))
}

#[test]
fn a_second_counts_when_all_of_it_was_passed() {
    let mut watching = Watching::default();
    assert_eq!(gained(&mut watching, 700, 0), None);
    assert_eq!(gained(&mut watching, 1_000, 300), None, "its first 700 ms were not seen");
    assert_eq!(gained(&mut watching, 1_600, 900), None);
    assert_eq!(gained(&mut watching, 2_100, 1_400), Some((1, 2)));
    assert_eq!(gained(&mut watching, 2_100, 9_000), None);
    assert_eq!(gained(&mut watching, 3_000, 9_900), Some((2, 3)));
}

#[test]
fn a_jump_that_the_player_makes_by_itself_earns_nothing() {
    let mut watching = Watching::default();
    gained(&mut watching, 0, 0);
    assert_eq!(gained(&mut watching, 1_900, 250), None, "more than a quarter of a second can show");
    assert_eq!(gained(&mut watching, 30_000, 60_000), None, "nobody saw half a minute of it");
    assert_eq!(watching.since_ms(), Some(30_000));
    watching.sent_to(10_000);
    assert_eq!(gained(&mut watching, 10_300, 61_000), None);
    assert_eq!(gained(&mut watching, 11_000, 61_700), Some((10, 11)), "it was sent there, and began there");
    let mut paused = Watching::default();
    paused.position(5_000, false, MonoMs(0));
    assert_eq!(paused.position(6_200, false, MonoMs(5_000)), None, "a jump during a pause");
}
