//! Hands that press long, tremble, or hold a key that the box loses sight of. Between the physical presses and the
//! presses that count; pure, its clock comes in with each call.
//!
//! Promises: a key that does not run on counts once however long it is held; a key that runs on does so calmly and
//! stops with its release; two presses of 确认 close together are one.

use serde::{Deserialize, Serialize};

use super::key::RemoteKey;
use crate::time::MonoMs;

/// A slow hand rests on a key for up to half a second without meaning to run.
const FIRST_REPEAT_MS: u64 = 500;
/// Five steps a second can still be followed by eye and stopped in time.
const REPEAT_MS: u64 = 200;
/// A trembling thumb presses 确认 twice within this.
const OK_TWICE_MS: u64 = 300;
/// Infrared loses the release now and then; no hand rests on a key longer without a sign.
const LOST_UP_MS: u64 = 10_000;
/// No hand lets go and presses again this fast: X11's own repeat comes as such pairs.
const BOUNCE_MS: u64 = 30;
/// No system begins to repeat earlier. A key let go sooner was tapped, and what follows at once is another tap: while
/// a slow box draws, the release and the next press wait and are taken in together.
const REPEAT_BEGINS_MS: u64 = 250;
/// The system's own repeat begins well within this (X11: 660 ms), so a later press without a release between is a new
/// one whose release was lost.
const NEW_PRESS_MS: u64 = 1_500;

/// A press that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Press {
    pub key: RemoteKey,
    /// The key is being held and runs on.
    pub repeat: bool,
}

#[derive(Clone, Copy, Debug)]
struct Held {
    key: RemoteKey,
    since: MonoMs,
    /// The last sign of it: its press or the system's repeat.
    seen: MonoMs,
    next_repeat: Option<MonoMs>,
}

/// What the hands are doing.
#[derive(Clone, Debug, Default)]
pub struct Hands {
    held: Vec<Held>,
    let_go: Option<(Held, MonoMs)>,
    last_ok: Option<MonoMs>,
}

impl Hands {
    /// A key goes down, or the system repeats it.
    pub fn down(&mut self, key: RemoteKey, at: MonoMs) -> Option<Press> {
        self.forget_lost(at);
        if let Some(held) = self.held.iter_mut().find(|h| h.key == key) {
            let gap = at.since(held.seen);
            held.seen = at;
            if gap < NEW_PRESS_MS {
                return None;
            }
            self.held.retain(|h| h.key != key);
        } else if let Some((mut held, up)) = self.let_go.take().filter(|(h, _)| h.key == key)
            && at.since(up) < BOUNCE_MS
            && up.since(held.since) >= REPEAT_BEGINS_MS
        {
            held.seen = at;
            // Another key pressed meanwhile keeps the run.
            if self.held.iter().any(|h| h.next_repeat.is_some()) {
                held.next_repeat = None;
            }
            self.held.push(held);
            return None;
        }
        for other in &mut self.held {
            other.next_repeat = None;
        }
        let next_repeat = key.repeats().then(|| at.plus(FIRST_REPEAT_MS));
        self.held.push(Held { key, since: at, seen: at, next_repeat });
        if key == RemoteKey::Ok {
            if self.last_ok.is_some_and(|last| at.since(last) < OK_TWICE_MS) {
                return None;
            }
            self.last_ok = Some(at);
        } else {
            // A thumb that trembles does not reach another key in between.
            self.last_ok = None;
        }
        Some(Press { key, repeat: false })
    }

    /// A key comes up.
    pub fn up(&mut self, key: RemoteKey, at: MonoMs) {
        if let Some(held) = self.held.iter().find(|h| h.key == key) {
            self.let_go = Some((*held, at));
            self.held.retain(|h| h.key != key);
        }
    }

    /// The clock moves on. At most one press comes out, however late the call.
    pub fn tick(&mut self, at: MonoMs) -> Option<Press> {
        self.forget_lost(at);
        let running = self.held.iter_mut().find(|h| h.next_repeat.is_some_and(|due| due <= at))?;
        running.next_repeat = Some(at.plus(REPEAT_MS));
        Some(Press { key: running.key, repeat: true })
    }

    /// When `tick` has something to do next.
    pub fn next_deadline(&self) -> Option<MonoMs> {
        self.held.iter().flat_map(|h| h.next_repeat.into_iter().chain([h.seen.plus(LOST_UP_MS + 1)])).min()
    }

    /// The window lost the keyboard: releases will not be seen.
    pub fn release_all(&mut self) {
        self.held.clear();
        self.let_go = None;
    }

    fn forget_lost(&mut self, at: MonoMs) {
        self.held.retain(|h| at.since(h.seen) <= LOST_UP_MS);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    const KEYS: [RemoteKey; 5] =
        [RemoteKey::Right, RemoteKey::ChannelUp, RemoteKey::Ok, RemoteKey::Back, RemoteKey::Power];

    fn press(key: RemoteKey) -> Option<Press> {
        Some(Press { key, repeat: false })
    }

    fn again(key: RemoteKey) -> Option<Press> {
        Some(Press { key, repeat: true })
    }

    #[test]
    fn a_held_arrow_runs_after_half_a_second_and_stops_with_its_release() {
        let mut hands = Hands::default();
        assert_eq!(hands.down(RemoteKey::Right, MonoMs(1000)), press(RemoteKey::Right));
        assert_eq!(hands.tick(MonoMs(1499)), None);
        assert_eq!(hands.next_deadline(), Some(MonoMs(1500)));
        assert_eq!(hands.tick(MonoMs(1500)), again(RemoteKey::Right));
        assert_eq!(hands.tick(MonoMs(1699)), None);
        // A late tick gives one press, not what was missed.
        assert_eq!(hands.tick(MonoMs(3000)), again(RemoteKey::Right));
        assert_eq!(hands.tick(MonoMs(3001)), None);
        hands.up(RemoteKey::Right, MonoMs(3100));
        assert_eq!(hands.tick(MonoMs(9000)), None);
        assert_eq!(hands.next_deadline(), None);
    }

    #[test]
    fn a_held_ok_is_one_press_whatever_the_system_repeats() {
        for pairs in [false, true] {
            let mut hands = Hands::default();
            assert_eq!(hands.down(RemoteKey::Ok, MonoMs(0)), press(RemoteKey::Ok));
            for at in (660..8000).step_by(40) {
                if pairs {
                    hands.up(RemoteKey::Ok, MonoMs(at));
                }
                assert_eq!(hands.down(RemoteKey::Ok, MonoMs(at + 2)), None, "at {at}, pairs {pairs}");
                assert_eq!(hands.tick(MonoMs(at + 3)), None);
            }
        }
    }

    #[test]
    fn an_arrow_that_x11_repeats_in_pairs_runs_at_our_rate() {
        let mut hands = Hands::default();
        let mut presses = 0;
        hands.down(RemoteKey::Down, MonoMs(0));
        for at in (300..2300).step_by(30) {
            hands.up(RemoteKey::Down, MonoMs(at));
            presses += usize::from(hands.down(RemoteKey::Down, MonoMs(at + 1)).is_some());
            presses += usize::from(hands.tick(MonoMs(at + 1)).is_some());
        }
        assert!((8..=10).contains(&presses), "{presses} in 1.8 s");
    }

    #[test]
    fn taps_that_a_slow_box_takes_in_together_all_count() {
        let mut hands = Hands::default();
        for at in [0, 90, 91, 170] {
            assert_eq!(hands.down(RemoteKey::ChannelUp, MonoMs(at)), press(RemoteKey::ChannelUp), "at {at}");
            hands.up(RemoteKey::ChannelUp, MonoMs(at + 1));
        }
    }

    #[test]
    fn another_key_between_two_oks_makes_both_count() {
        let mut hands = Hands::default();
        for key in [RemoteKey::Ok, RemoteKey::Right, RemoteKey::Ok] {
            assert_eq!(hands.down(key, MonoMs(100)), press(key));
            hands.up(key, MonoMs(120));
        }
    }

    #[test]
    fn two_oks_of_a_trembling_thumb_are_one() {
        let mut hands = Hands::default();
        let mut tap = |at| {
            let pressed = hands.down(RemoteKey::Ok, MonoMs(at));
            hands.up(RemoteKey::Ok, MonoMs(at + 60));
            pressed.is_some()
        };
        assert!(tap(0));
        assert!(!tap(150));
        assert!(!tap(299));
        assert!(tap(400));
        assert!(tap(701));
    }

    #[test]
    fn another_key_takes_the_run_over() {
        let mut hands = Hands::default();
        hands.down(RemoteKey::Right, MonoMs(0));
        assert_eq!(hands.tick(MonoMs(500)), again(RemoteKey::Right));
        assert_eq!(hands.down(RemoteKey::Down, MonoMs(600)), press(RemoteKey::Down));
        assert_eq!(hands.tick(MonoMs(1000)), None);
        assert_eq!(hands.tick(MonoMs(1100)), again(RemoteKey::Down));
        hands.up(RemoteKey::Down, MonoMs(1200));
        assert_eq!(hands.tick(MonoMs(5000)), None);
    }

    #[test]
    fn a_lost_release_does_not_hold_a_key_for_ever() {
        let mut hands = Hands::default();
        hands.down(RemoteKey::Right, MonoMs(0));
        assert!(hands.tick(MonoMs(10_000)).is_some());
        assert_eq!(hands.tick(MonoMs(10_001)), None);
        assert_eq!(hands.next_deadline(), None);
        hands.down(RemoteKey::Back, MonoMs(20_000));
        assert_eq!(hands.down(RemoteKey::Back, MonoMs(22_000)), press(RemoteKey::Back), "the release was lost");
        hands.release_all();
        assert_eq!(hands.next_deadline(), None);
    }

    #[derive(Clone, Debug)]
    enum Op {
        Down(usize),
        Up(usize),
        Wait(u64),
    }

    fn op() -> impl Strategy<Value = Op> {
        prop_oneof![
            (0..KEYS.len()).prop_map(Op::Down),
            (0..KEYS.len()).prop_map(Op::Up),
            prop_oneof![0u64..40, 0u64..700, 0u64..12_000].prop_map(Op::Wait),
        ]
    }

    proptest! {
        #[test]
        fn whatever_the_hands_do(ops in prop::collection::vec(op(), 0..120), step in 1u64..120) {
            let mut hands = Hands::default();
            let mut now = MonoMs(0);
            let mut down: HashMap<RemoteKey, MonoMs> = HashMap::new();
            let mut pressed: HashMap<RemoteKey, MonoMs> = HashMap::new();
            let mut last_run: Option<MonoMs> = None;
            let mut last_ok: Option<MonoMs> = None;
            for op in ops {
                match op {
                    Op::Down(k) => {
                        let key = KEYS[k];
                        let got = hands.down(key, now);
                        down.insert(key, now);
                        if let Some(p) = got {
                            prop_assert_eq!(p, Press { key, repeat: false });
                            pressed.insert(key, now);
                            if key != RemoteKey::Ok {
                                last_ok = None;
                            } else {
                                prop_assert!(last_ok.is_none_or(|l| now.since(l) >= OK_TWICE_MS));
                                last_ok = Some(now);
                            }
                        }
                    }
                    Op::Up(k) => {
                        hands.up(KEYS[k], now);
                        down.remove(&KEYS[k]);
                    }
                    Op::Wait(ms) => {
                        let until = now.plus(ms);
                        while now < until {
                            now = now.plus(step);
                            if let Some(p) = hands.tick(now) {
                                prop_assert!(p.repeat && p.key.repeats());
                                let seen = down.get(&p.key);
                                prop_assert!(seen.is_some_and(|s| now.since(*s) <= LOST_UP_MS), "runs though released");
                                prop_assert!(now.since(pressed[&p.key]) >= FIRST_REPEAT_MS, "runs too early");
                                prop_assert!(last_run.is_none_or(|l| now.since(l) >= REPEAT_MS), "runs too fast");
                                last_run = Some(now);
                            }
                            prop_assert!(hands.next_deadline().is_none_or(|d| d > now), "a deadline is left behind");
                        }
                    }
                }
            }
            now = now.plus(LOST_UP_MS + 1);
            hands.tick(now);
            prop_assert_eq!(hands.next_deadline(), None);
        }
    }
}
