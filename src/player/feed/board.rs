//! Words that have come and may be shown, by segment. Kept small whatever a list holds: what lies far from the viewer's
//! place is let go, and there is room for so much only. One lock; nobody waits under it.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{timeline::Timeline, vtt::Piece};
use crate::{player::subtitles::Cue, time::ns};

/// Words this long before the viewer's place are kept, so that a step back finds them.
const KEPT_BEFORE_NS: i64 = 60_000_000_000;
/// And this long behind it: more than is ever fetched ahead.
const KEPT_BEHIND_NS: i64 = 120_000_000_000;
/// The words of a lecture of ten hours. What comes on top of it waits until others have been let go.
const MOST_BYTES: usize = 4 << 20;
/// Two minutes of segments of a fifth of a second.
const MOST_PIECES: usize = 600;
/// What is handed on reaches from here before the viewer's place …
const NEAR_BEFORE_NS: i64 = 5_000_000_000;
/// … to here behind it: the next hand-over comes four times a second.
const NEAR_BEHIND_NS: i64 = 20_000_000_000;
/// Words that stand so near to each other at once are no subtitles.
const MOST_CUES: usize = 64;
/// Words that a list repeats in each segment that they touch, whole or cut in pieces, come with rounded times.
const SAME_MS: u64 = 100;

#[derive(Default)]
pub struct Board {
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    place_ns: i64,
    /// By sequence number.
    pieces: BTreeMap<u64, Piece>,
    bytes: usize,
}

impl Inside {
    fn let_go(&mut self) {
        let place_ns = self.place_ns;
        let gone = |piece: &Piece| {
            piece.due.end_ns < place_ns.saturating_sub(KEPT_BEFORE_NS)
                || piece.due.start_ns > place_ns.saturating_add(KEPT_BEHIND_NS)
        };
        self.pieces.retain(|_, piece| !gone(piece));
        self.bytes = self.pieces.values().map(Piece::bytes).sum();
    }
}

impl Board {
    pub fn at(place_ns: i64) -> Self {
        Self { inside: Mutex::new(Inside { place_ns, ..Inside::default() }) }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        // A panic elsewhere leaves nothing half done here.
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn place_ns(&self) -> i64 {
        self.inside().place_ns
    }

    pub fn has(&self, sequence: u64) -> bool {
        self.inside().pieces.contains_key(&sequence)
    }

    pub fn has_room(&self) -> bool {
        let inside = self.inside();
        inside.bytes < MOST_BYTES && inside.pieces.len() < MOST_PIECES
    }

    pub fn put(&self, sequence: u64, piece: Piece) {
        let mut inside = self.inside();
        inside.pieces.insert(sequence, piece);
        inside.let_go();
    }

    /// The list counts anew: its numbers mean others.
    pub fn clear(&self) {
        let mut inside = self.inside();
        (inside.pieces, inside.bytes) = (BTreeMap::new(), 0);
    }

    /// The viewer is here now. Says the words around, sorted by start, in the one line's milliseconds.
    pub fn near(&self, place_ns: i64, timeline: &Timeline) -> Vec<Cue> {
        let mut inside = self.inside();
        inside.place_ns = place_ns;
        inside.let_go();
        let (from_ns, to_ns) = (place_ns.saturating_sub(NEAR_BEFORE_NS), place_ns.saturating_add(NEAR_BEHIND_NS));
        let ms = |local_ms: u64, shift_ns: i64| {
            let at_ns = ns(local_ms).saturating_add(shift_ns).max(0);
            u64::try_from(at_ns / 1_000_000).unwrap_or(0)
        };
        let mut near: Vec<Cue> = Vec::new();
        for piece in inside.pieces.values() {
            let Some(shift_ns) = piece.shift_ns(timeline) else { continue };
            for cue in &piece.cues {
                let (start_ms, end_ms) = (ms(cue.start_ms, shift_ns), ms(cue.end_ms, shift_ns));
                let is_near = ns(end_ms) > from_ns && ns(start_ms) < to_ns && end_ms > start_ms;
                let same = |c: &&mut Cue| {
                    let goes_on = c.end_ms.abs_diff(start_ms) < SAME_MS;
                    c.text == cue.text && (goes_on || c.start_ms.abs_diff(start_ms) < SAME_MS)
                };
                if let Some(known) = near.iter_mut().find(same).filter(|_| is_near) {
                    known.end_ms = known.end_ms.max(end_ms);
                } else if is_near && near.len() < MOST_CUES {
                    near.push(Cue { start_ms, end_ms, text: cue.text.clone() });
                }
            }
        }
        near.sort_by_key(|cue| (cue.start_ms, cue.end_ms));
        near
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::vtt::Due, *};

    const S: i64 = 1_000_000_000;

    /// Four seconds from `start_s` of a complete list, saying its number in its middle.
    fn piece(start_s: i64, text: &str) -> Piece {
        let cue = |ms: i64, text: &str| {
            let start_ms = (start_s * 1_000 + ms) as u64;
            Cue { start_ms, end_ms: start_ms + 2_000, text: text.into() }
        };
        let due = Due { start_ns: start_s * S, end_ns: (start_s + 4) * S };
        Piece { timeline: 0, due, ended: true, map: None, cues: vec![cue(1_000, text)] }
    }

    #[test]
    fn what_is_near_is_said_once_and_in_order() {
        let board = Board::at(0);
        for (n, at) in [(3, 12), (1, 4), (0, 0), (2, 8), (9, 100)] {
            board.put(n, piece(at, &n.to_string()));
        }
        // A list repeats words that reach over a segment's end.
        let repeated = Cue { start_ms: 5_040, end_ms: 7_000, text: "1".into() };
        board.put(2, Piece { cues: [vec![repeated], piece(8, "2").cues].concat(), ..piece(8, "2") });
        let said = |at_s: i64| -> Vec<String> {
            board.near(at_s * S, &Timeline::default()).into_iter().map(|c| c.text).collect()
        };
        assert_eq!(said(2), ["0", "1", "2", "3"]);
        assert_eq!(said(13), ["2", "3"]);
        assert_eq!(said(90), ["9"]);
        assert!(!board.has(0) && board.has(9), "what lies far behind is let go");
    }

    #[test]
    fn words_that_are_cut_at_a_segments_end_are_one_and_keep_their_turn() {
        let board = Board::at(0);
        let cue = |start_ms, end_ms, text: &str| Cue { start_ms, end_ms, text: text.into() };
        board.put(0, Piece { cues: vec![cue(1_000, 4_000, "甲"), cue(2_000, 4_000, "乙")], ..piece(0, "") });
        board.put(1, Piece { cues: vec![cue(4_000, 5_000, "乙"), cue(4_040, 6_000, "甲")], ..piece(4, "") });
        let near = board.near(4 * S, &Timeline::default());
        assert_eq!(near, [cue(1_000, 6_000, "甲"), cue(2_000, 5_000, "乙")]);
    }

    #[test]
    fn there_is_room_for_so_much_only() {
        let board = Board::at(0);
        let long = "好".repeat(600);
        let mut put = 0;
        while board.has_room() && put < 10_000 {
            let cues = (0..1_000).map(|_| Cue { start_ms: 0, end_ms: 1_000, text: long.clone() }).collect();
            board.put(put, Piece { cues, ..piece(0, "") });
            put += 1;
        }
        assert!((2..5).contains(&put), "{put}");
        board.near(10_000 * S, &Timeline::default());
        assert!(board.has_room());
        let board = Board::at(0);
        let pieces = (0..).take_while(|n| board.has_room().then(|| board.put(*n, piece(0, "x"))).is_some()).count();
        assert_eq!(pieces, MOST_PIECES);
    }

    proptest! {
        #[test]
        fn whatever_comes_little_is_kept_and_less_is_said(
            steps in prop::collection::vec((0u64..400, -100i64..4_000, any::<bool>()), 0..200),
        ) {
            let board = Board::at(0);
            for (sequence, at_s, moves) in steps {
                if moves {
                    let near = board.near(at_s * S, &Timeline::default());
                    prop_assert!(near.len() <= MOST_CUES && near.is_sorted_by_key(|c| c.start_ms));
                    prop_assert!(near.iter().all(|c| ns(c.end_ms) > at_s * S - NEAR_BEFORE_NS));
                } else if board.has_room() {
                    board.put(sequence, piece(at_s.max(0), &sequence.to_string()));
                }
                let inside = board.inside();
                prop_assert!(inside.pieces.len() <= MOST_PIECES);
                let place = inside.place_ns;
                prop_assert!(inside.pieces.values().all(|p| p.due.end_ns >= place - KEPT_BEFORE_NS));
            }
        }
    }
}
