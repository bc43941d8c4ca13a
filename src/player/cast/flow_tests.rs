use std::sync::{Mutex, PoisonError};

use super::*;
use crate::player::cast::{
    Signal, Track,
    writer::{Writer, pat_section, pmt_section},
};

const MS: i64 = 1_000_000;
const BEGUN_NS: i64 = 60_000 * MS;

/// The bytes of each picture and of the sound beside it: one each 40 ms, a key picture each second.
fn film(pictures: u64) -> Vec<Vec<u8>> {
    let mut writer = Writer::default();
    let picture = |count: u64| {
        let key = count.is_multiple_of(25);
        if key {
            writer.section(0, &pat_section(&[(1, 0x100)]));
            writer.section(0x100, &pmt_section(0, &[(0x1b, 0x101, &b""[..]), (0x0f, 0x202, b"")]));
        }
        let head: &[u8] = if key { &[0, 0, 1, 0x67, 1, 0, 0, 1, 0x65, 0x88] } else { &[0, 0, 1, 0x41, 0b1001_1000] };
        let ticks = 900_000 + count * 3_600;
        writer.pes(0x101, 0xe0, ticks + 7_200, Some(ticks), &[head, &[0x55; 3_000]].concat(), false);
        writer.pes(0x202, 0xc0, ticks, None, &[0xff; 200], false);
        writer.take()
    };
    (0..pictures).map(picture).collect()
}

/// What a viewer was given.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<Signal>>>);

impl Seen {
    fn sink(&self) -> Sink {
        let seen = self.0.clone();
        Box::new(move |signal| seen.lock().unwrap_or_else(PoisonError::into_inner).push(signal))
    }

    /// When each picture is due, without the first that is given twice; and how often it broke off after that.
    fn pictures(&self) -> (Vec<i64>, usize) {
        let signals = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut due, mut breaks) = (Vec::new(), 0);
        for signal in signals.iter() {
            match signal {
                Signal::Unit { unit, present_ns, .. }
                    if unit.track == Track::Video && due.last() != Some(present_ns) =>
                {
                    due.push(*present_ns);
                }
                Signal::Broken if !due.is_empty() => breaks += 1,
                _ => {}
            }
        }
        (due, breaks)
    }
}

fn watched() -> (Flow, Seen) {
    let (mut flow, seen) = (Flow::new(None), Seen::default());
    flow.watch(seen.sink(), BEGUN_NS);
    (flow, seen)
}

/// Each picture is due 40 ms after the one before.
fn assert_whole(due: &[i64], pictures: usize) {
    // The last packet of each is filled up: none waits for its successor.
    assert_eq!(due.len(), pictures);
    assert!(due.windows(2).all(|d| (d[1] - d[0] - 40 * MS).abs() < MS), "{due:?}");
}

#[test]
fn what_comes_at_once_is_played_in_its_order_and_the_rest_waits_at_the_sender() {
    let (mut flow, seen) = watched();
    flow.put(&film(250).concat());
    let mut now = BEGUN_NS;
    while let Taken::Early(wait) = flow.go_on(now) {
        let (due, _) = seen.pictures();
        assert!(due.last().is_some_and(|last| *last - now < 3_200 * MS), "too much is in hand");
        now += i64::try_from(wait.as_nanos()).expect("a wait");
    }
    let (due, breaks) = seen.pictures();
    // Its place in the order of the pictures, and the time that the line is given.
    assert_eq!((due.first(), breaks), (Some(&(BEGUN_NS + 380 * MS)), 0));
    assert_whole(&due, 250);
    assert!(now - BEGUN_NS >= 6_500 * MS, "{}", now - BEGUN_NS);
}

#[test]
fn nothing_is_lost_in_a_silence_of_a_connection() {
    let (mut flow, seen) = watched();
    let film = film(250);
    for (count, picture) in film.iter().enumerate() {
        // Two seconds in which nothing comes, in the middle of a group of pictures; then all of them.
        let count = if (110..160).contains(&count) { 160 } else { count };
        flow.put(picture);
        assert_eq!(flow.go_on(BEGUN_NS + count as i64 * 40 * MS), Taken::All);
    }
    let (due, breaks) = seen.pictures();
    assert_eq!((due.len(), breaks), (250, 0));
    assert!(due.is_sorted());
}

#[test]
fn who_comes_later_gets_everything_since_the_last_key_picture() {
    let (mut flow, seen) = (Flow::new(None), Seen::default());
    let film = film(100);
    for (count, picture) in film.iter().enumerate() {
        flow.put(picture);
        flow.go_on(BEGUN_NS + count as i64 * 40 * MS);
    }
    let now = BEGUN_NS + 4_000 * MS;
    flow.watch(seen.sink(), now);
    let (due, breaks) = seen.pictures();
    // 75 to 99
    assert_eq!((due.len(), due.first(), breaks), (25, Some(&now), 0));
}
