//! A segment of subtitles as HLS carries it: WebVTT (RFC 8216, 3.5), or fragmented MP4 with WebVTT or TTML inside. Its
//! words, and where on the medium's one time line they stand. Pure. Which segments are fetched is `written`.

use super::timeline::Timeline;
use crate::{
    player::{
        subtitles::{self, Cue, segment},
        types::Trouble,
    },
    time::ns,
};

/// A clock of 33 bits at 90 kHz comes around after this: 26½ hours.
const AROUND_NS: i128 = (1 << 33) * 100_000 / 9;
/// Words that would stand further than this from their segment's place in its list are not where their clock says. Two
/// lists of one live channel are a few segments apart at most.
const FAR_NS: i64 = 30_000_000_000;
/// Lines looked at for the clock's line: it stands in the header.
const HEADER_LINES: usize = 32;

/// `X-TIMESTAMP-MAP`: at which tick of the media's clock a time of the words lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Map {
    /// Of 90 kHz, 33 bits.
    pub ticks: u64,
    pub local_ms: u64,
}

impl Map {
    fn read(text: &str) -> Option<Self> {
        let mut header = text.lines().skip(1).take(HEADER_LINES).map(str::trim).take_while(|line| !line.is_empty());
        let said = header.find_map(|line| line.strip_prefix("X-TIMESTAMP-MAP"))?.trim_start().strip_prefix('=')?;
        let (mut ticks, mut local_ms) = (None, None);
        for part in said.split(',') {
            match part.trim().split_once(':') {
                Some(("MPEGTS", value)) => ticks = value.trim().parse::<u64>().ok(),
                Some(("LOCAL", value)) => local_ms = subtitles::instant(value),
                _ => {}
            }
        }
        Some(Self { ticks: ticks? % (1 << 33), local_ms: local_ms? })
    }
}

/// Where a segment lies by its list, on the one time line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    pub start_ns: i64,
    pub end_ns: i64,
}

impl Due {
    fn length_ms(self) -> u64 {
        u64::try_from(self.end_ns.saturating_sub(self.start_ns) / 1_000_000).unwrap_or(0)
    }

    /// How far the two spans are apart; zero where they touch.
    fn gap_to(self, from_ns: i64, to_ns: i64) -> i64 {
        from_ns.saturating_sub(self.end_ns).max(self.start_ns.saturating_sub(to_ns)).max(0)
    }
}

/// What one segment says, in its own time.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    pub timeline: u64,
    pub due: Due,
    /// Its list is complete.
    pub ended: bool,
    pub map: Option<Map>,
    /// Sorted by start.
    pub cues: Vec<Cue>,
}

impl Piece {
    /// Reads a segment's bytes, behind its initialisation section where its list names one. Anything else than subtitles
    /// is broken; inside, what is no cue is left out.
    pub fn read(init: Option<&[u8]>, bytes: &[u8], timeline: u64, due: Due, ended: bool) -> Result<Self, Trouble> {
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim_start_matches('\u{feff}');
        let (map, cues) = match init {
            _ if text.starts_with("WEBVTT") => (Map::read(text), subtitles::parse(text)),
            // Times in MP4 are those of the picture's clock.
            Some(init) => (Some(Map::default()), segment::parse(init, bytes, due.length_ms())?),
            None => return Err(Trouble::BrokenMedia),
        };
        Ok(Self { timeline, due, ended, map, cues })
    }

    /// What it takes in memory, roughly.
    pub fn bytes(&self) -> usize {
        self.cues.iter().map(|cue| cue.text.len() + size_of::<Cue>()).sum::<usize>() + size_of::<Self>()
    }

    /// What to add to the times of its words. None as long as that is not known, or where nothing makes sense.
    ///
    /// The clock inside decides. It is of 33 bits, so the turn is taken that is nearest to the segment's place in its
    /// list. Without the line that ties the words to it they count from the media's zero (RFC 8216, 3.5); but in a
    /// complete list from its beginning, as the tools write that leave the line out (ffmpeg).
    pub fn shift_ns(&self, timeline: &Timeline) -> Option<i64> {
        let first_ns = ns(self.cues.first()?.start_ms);
        let last_ns = self.cues.iter().map(|cue| ns(cue.end_ms)).max()?;
        let gap = |shift: i64| self.due.gap_to(first_ns.saturating_add(shift), last_ns.saturating_add(shift));
        let map = self.map.or((!self.ended).then(Map::default));
        let by_clock = |offset_ns: i64| {
            let shift = map.map(|map| i128::from(map.ticks) * 100_000 / 9 - i128::from(ns(map.local_ms)))?
                + i128::from(offset_ns);
            let off = (i128::from(self.due.start_ns) + i128::from(self.due.end_ns)) / 2
                - (i128::from(first_ns) + i128::from(last_ns)) / 2
                - shift;
            let turns = (2 * off + AROUND_NS).div_euclid(2 * AROUND_NS);
            i64::try_from(shift + turns * AROUND_NS).ok()
        };
        let near = |shift: &i64| gap(*shift) <= FAR_NS;
        if let Some(shift) = timeline.known(self.timeline).and_then(by_clock).filter(near) {
            return Some(shift);
        }
        // Lists of subtitles without the picture's discontinuities count other time lines than it does.
        let strange = timeline.all().filter_map(by_clock).filter(near).min_by_key(|shift| gap(*shift));
        if strange.is_some() {
            return strange;
        }
        if self.map.is_some() && timeline.known(self.timeline).is_none() {
            return None;
        }
        let from_the_beginning = self.ended.then_some(0);
        from_the_beginning.into_iter().chain([self.due.start_ns]).find(near)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const S: i64 = 1_000_000_000;

    fn piece(text: &str, due: (i64, i64), ended: bool) -> Piece {
        let due = Due { start_ns: due.0 * S, end_ns: due.1 * S };
        Piece::read(None, text.as_bytes(), 0, due, ended).expect("WebVTT")
    }

    /// The picture's clock stands at `first_s` where the line stands at `at_s`.
    fn clock(number: u64, at_s: i64, first_s: i64) -> Timeline {
        let mut timeline = Timeline::default();
        timeline.offset(number, at_s * S, first_s * S);
        timeline
    }

    #[test]
    fn the_clocks_line_is_read_where_it_stands_and_nowhere_else() {
        let read = |text: &str| Map::read(text);
        let map = Some(Map { ticks: 900_000, local_ms: 1_500 });
        assert_eq!(read("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:01.500\n\n"), map);
        assert_eq!(read("WEBVTT - x\r\nX-TIMESTAMP-MAP = LOCAL:00:01.500, MPEGTS:900000\r\n\r\n"), map);
        assert_eq!(read("WEBVTT\n\nX-TIMESTAMP-MAP=MPEGTS:1,LOCAL:00:00.000\n"), None, "behind the header");
        for bad in ["MPEGTS:1", "MPEGTS:-1,LOCAL:00:00.000", "MPEGTS:x,LOCAL:00:00.000", "MPEGTS:1,LOCAL:x", ""] {
            assert_eq!(read(&format!("WEBVTT\nX-TIMESTAMP-MAP={bad}\n\n")), None, "{bad}");
        }
        let over = read("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:8589934597,LOCAL:00:00.000\n\n");
        assert_eq!(over, Some(Map { ticks: 5, local_ms: 0 }));
    }

    #[test]
    fn words_stand_where_the_clock_of_the_picture_says() {
        let said = "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:9000000,LOCAL:00:00:02.000\n\n00:03.000 --> 00:04.000\n好";
        // Tick 9,000,000 is second 100; the picture's second 96 is second 10 of the line: so the words stand at 15.
        let live = piece(said, (14, 18), false);
        assert_eq!(live.shift_ns(&clock(0, 10, 96)), Some(12 * S));
        assert_eq!(live.shift_ns(&Timeline::default()), None, "not known yet");
        // A list without the picture's discontinuities.
        assert_eq!(live.shift_ns(&clock(7, 10, 96)), Some(12 * S));
        // And one of another piece of the programme, far from here, says nothing.
        assert_eq!(live.shift_ns(&clock(7, 10, 5_000)), None);
    }

    #[test]
    fn a_clock_that_leads_far_away_is_not_believed() {
        let said = |map: &str, at: &str| format!("WEBVTT\n{map}\n\n{at}\n好");
        let wrong = "X-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000";
        let recorded = piece(&said(wrong, "00:01:41.000 --> 00:01:42.000"), (100, 104), true);
        assert_eq!(recorded.shift_ns(&clock(0, 0, 5_000)), Some(0), "from the beginning");
        let recorded = piece(&said(wrong, "00:01.000 --> 00:02.000"), (100, 104), true);
        assert_eq!(recorded.shift_ns(&clock(0, 0, 5_000)), Some(100 * S), "from the segment's own");
        let nonsense = piece(&said(wrong, "09:00:00.000 --> 09:00:01.000"), (100, 104), true);
        assert_eq!(nonsense.shift_ns(&clock(0, 0, 5_000)), None);
    }

    #[test]
    fn without_the_line_words_count_from_the_beginning_or_from_the_medias_zero() {
        let said = "WEBVTT\n\n00:01:41.000 --> 00:01:42.000\n好";
        assert_eq!(piece(said, (0, 600), true).shift_ns(&clock(0, 0, 1)), Some(0), "a whole file");
        assert_eq!(piece(said, (11, 15), false).shift_ns(&clock(0, 10, 100)), Some(-90 * S), "live");
    }

    #[test]
    fn other_files_are_no_subtitles() {
        let due = Due { start_ns: 0, end_ns: S };
        for bytes in [&b"<tt/>"[..], b"\x00\x00\x00\x18stypmsdh", b"", b"1\n00:01.000 --> 00:02.000\nx"] {
            assert_eq!(Piece::read(None, bytes, 0, due, true), Err(Trouble::BrokenMedia));
        }
        let torn = b"\xef\xbb\xbfWEBVTT\n\n00:01.000 --> \xff\xfe\n";
        assert!(Piece::read(None, torn, 0, due, true).unwrap().cues.is_empty());
        assert_eq!(Piece::read(Some(b"<tt/>"), b"<tt/>", 0, due, true), Err(Trouble::BrokenMedia));
    }

    proptest! {
        /// However often the clock of 33 bits has come around, and wherever the picture began.
        #[test]
        fn the_turn_of_the_clock_does_not_matter(
            begun in 0u64..1 << 33, at_s in 0i64..400_000, said_ms in 0u64..100_000_000, into_ms in 0u64..4_000,
        ) {
            // On the line the words stand `into_ms` behind `at_s`; the picture's clock began with `begun` at zero.
            let truth_ns = at_s * S + ns(into_ms);
            let ticks = (begun + (truth_ns as u64 / 100_000 * 9)) % (1 << 33);
            let cue = Cue { start_ms: said_ms, end_ms: said_ms + 1_000, text: "好".into() };
            let due = Due { start_ns: at_s * S, end_ns: (at_s + 4) * S };
            let map = Some(Map { ticks, local_ms: said_ms });
            let mut timeline = Timeline::default();
            timeline.offset(0, 0, (i128::from(begun) * 100_000 / 9) as i64);
            let piece = Piece { timeline: 0, due, ended: false, map, cues: vec![cue] };
            let stands = piece.shift_ns(&timeline).map(|shift| ns(said_ms) + shift);
            prop_assert!(stands.is_some_and(|at| at.abs_diff(truth_ns) < 1_000_000), "{stands:?} for {truth_ns}");
        }

        #[test]
        fn no_bytes_harm(
            bytes in prop::collection::vec(any::<u8>(), 0..200), start in any::<i64>(), known in any::<i64>(),
            ended in any::<bool>(), map in "[A-Z:,0-9.]{0,60}",
        ) {
            let due = Due { start_ns: start, end_ns: start.saturating_add(4 * S) };
            let mut text = format!("WEBVTT\nX-TIMESTAMP-MAP={map}\n\n00:01.000 --> 99999:59:59.000\nx\n\n").into_bytes();
            text.extend(&bytes);
            let mut timeline = Timeline::default();
            timeline.offset(3, known, start);
            if let Ok(piece) = Piece::read(None, &text, 3, due, ended) {
                let _ = piece.shift_ns(&timeline);
            }
            let _ = Piece::read(None, &bytes, 3, due, ended);
            let _ = Piece::read(Some(&bytes), &bytes, 3, due, ended);
        }
    }
}
