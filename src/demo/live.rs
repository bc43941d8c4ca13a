//! Live channels without an encoder: a sliding window over an endless loop of segments, worked out from the wall clock
//! alone. Two servers with the same clock give the same playlist, and a restart continues where it would have been.
//!
//! What holds at any two instants: a media sequence number always means the same segment, the discontinuity sequence of a
//! segment never changes, the window only moves forward, and its last segment has wholly passed.

use std::fmt::Write;

use jiff::Timestamp;

/// Players want three segments to start on and some to fall back to.
pub const WINDOW_MIN_SEGMENTS: usize = 6;
/// What a viewer can go back to: long enough for a telephone call, short enough for a list that is asked for every other
/// second.
pub const WINDOW_MIN_US: i64 = 300_000_000;
/// Segment 0 lies a day before 1970, so that a box whose clock starts at 1970 has a whole window behind it.
const ANCHOR_MS: i64 = -86_400_000;
const SEGMENT_MAX_US: i64 = 60_000_000;
/// More than any of the demo's lessons takes.
const MASTER_BPS: u32 = 600_000;
/// No programme of the guide is longer.
const ARCHIVE_MAX_MS: i64 = 6 * 3_600_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Relative to the directory `live/`.
    pub uri: String,
    pub duration_us: i64,
    /// Timestamps start anew here.
    pub discontinuity: bool,
}

/// Segments played for ever, one after another. Never empty; every duration is positive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loop {
    segments: Vec<Segment>,
    total_us: i64,
    discontinuities: i64,
    target_s: i64,
}

impl Loop {
    pub fn new(mut segments: Vec<Segment>) -> Result<Self, String> {
        let first = segments.first_mut().ok_or("the loop has no segments")?;
        // From the last segment back to the first, time always starts anew.
        first.discontinuity = true;
        if let Some(bad) = segments.iter().find(|s| !(1_000..=SEGMENT_MAX_US).contains(&s.duration_us)) {
            return Err(format!("{}: a segment lasts from a millisecond to a minute", bad.uri));
        }
        if let Some(bad) = segments.iter().find(|s| s.uri.is_empty() || s.uri.chars().any(char::is_control)) {
            return Err(format!("{:?}: not a name of a segment", bad.uri));
        }
        let longest_us = segments.iter().map(|s| s.duration_us).max().unwrap_or(0);
        Ok(Self {
            total_us: segments.iter().map(|s| s.duration_us).sum(),
            discontinuities: segments.iter().filter(|s| s.discontinuity).count() as i64,
            target_s: (longest_us + 999_999) / 1_000_000,
            segments,
        })
    }

    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    fn len(&self) -> i64 {
        self.segments.len() as i64
    }

    /// The segment with a media sequence number.
    fn at(&self, sequence: i64) -> Option<&Segment> {
        usize::try_from(sequence.rem_euclid(self.len())).ok().and_then(|i| self.segments.get(i))
    }

    /// How many segments have wholly passed at `us` after the anchor.
    fn passed(&self, us: i64) -> i64 {
        let mut left = us.rem_euclid(self.total_us);
        let whole = self.segments.iter().take_while(|s| {
            left -= s.duration_us;
            left >= 0
        });
        us.div_euclid(self.total_us) * self.len() + whole.count() as i64
    }

    /// When a segment begins, in microseconds after the anchor.
    fn starts_us(&self, sequence: i64) -> i64 {
        let before = usize::try_from(sequence.rem_euclid(self.len())).unwrap_or(0);
        let within: i64 = self.segments.iter().take(before).map(|s| s.duration_us).sum();
        sequence.div_euclid(self.len()) * self.total_us + within
    }

    /// How many discontinuities lie before a segment.
    fn discontinuities_before(&self, sequence: i64) -> i64 {
        let before = usize::try_from(sequence.rem_euclid(self.len())).unwrap_or(0);
        let within = self.segments.iter().take(before).filter(|s| s.discontinuity).count() as i64;
        sequence.div_euclid(self.len()) * self.discontinuities + within
    }
}

/// A media playlist, ready to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Playlist {
    pub target_duration_s: i64,
    pub media_sequence: i64,
    pub discontinuity_sequence: i64,
    /// Wall time at which the first segment began; none where the playlist is no broadcast.
    pub starts_ms: Option<i64>,
    pub segments: Vec<Segment>,
    pub ended: bool,
}

/// The window that a player sees at `now_ms` (Unix time).
pub fn window(looped: &Loop, now_ms: i64) -> Playlist {
    let us = now_ms.max(0).saturating_sub(ANCHOR_MS).saturating_mul(1_000);
    let end = looped.passed(us);
    let mut first = end;
    let (mut count, mut length_us) = (0, 0);
    while first > 0 && (count < WINDOW_MIN_SEGMENTS || length_us < WINDOW_MIN_US) {
        first -= 1;
        count += 1;
        length_us += looped.at(first).map_or(0, |s| s.duration_us);
    }
    Playlist {
        target_duration_s: looped.target_s,
        media_sequence: first,
        discontinuity_sequence: looped.discontinuities_before(first),
        starts_ms: Some(looped.starts_us(first) / 1_000 + ANCHOR_MS),
        segments: (first..end).filter_map(|n| looped.at(n).cloned()).collect(),
        ended: false,
    }
}

/// What was on the air from `from_ms` to `to_ms` (Unix time), as far as it has passed at `now_ms`: a recording. None
/// where nothing of it has.
pub fn archive(looped: &Loop, from_ms: i64, to_ms: i64, now_ms: i64) -> Option<Playlist> {
    let us = |ms: i64| ms.max(0).saturating_sub(ANCHOR_MS).saturating_mul(1_000);
    let to_ms = to_ms.min(now_ms).min(from_ms.saturating_add(ARCHIVE_MAX_MS));
    let (first, end) = (looped.passed(us(from_ms)), looped.passed(us(to_ms)));
    (first < end).then(|| Playlist {
        target_duration_s: looped.target_s,
        media_sequence: 0,
        discontinuity_sequence: 0,
        starts_ms: Some(looped.starts_us(first) / 1_000 + ANCHOR_MS),
        segments: (first..end).filter_map(|n| looped.at(n).cloned()).collect(),
        ended: true,
    })
}

/// The loop as a recording of at least `hours`: what a plain file server can offer in place of a window that moves.
pub fn recording(looped: &Loop, hours: u32) -> Playlist {
    let mut left_us = i64::from(hours) * 3_600_000_000;
    let segments = looped.segments.iter().cycle().take_while(|s| {
        let more = left_us > 0;
        left_us -= s.duration_us;
        more
    });
    Playlist {
        target_duration_s: looped.target_s,
        media_sequence: 0,
        discontinuity_sequence: 0,
        starts_ms: None,
        segments: segments.cloned().collect(),
        ended: true,
    }
}

/// A master playlist over a picture and its subtitles, each with a list of its own.
pub fn master(picture: &str, words: &str, name: &str, language: &str) -> String {
    let plain = |text: &str| -> String { text.chars().filter(|c| !c.is_control() && *c != '"').collect() };
    format!(
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-INDEPENDENT-SEGMENTS\n\
         #EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"words\",NAME=\"{}\",LANGUAGE=\"{}\",DEFAULT=NO,AUTOSELECT=NO,URI=\"{words}\"\n\
         #EXT-X-STREAM-INF:BANDWIDTH={MASTER_BPS},SUBTITLES=\"words\"\n{picture}\n",
        plain(name),
        plain(language),
    )
}

impl Playlist {
    /// The text of the playlist; `prefix` leads from its address to the directory `live/`.
    pub fn render(&self, prefix: &str) -> String {
        let mut text = String::from("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-INDEPENDENT-SEGMENTS\n");
        let mut line = |arguments: std::fmt::Arguments<'_>| {
            // Writing to a string does not fail.
            let _ = writeln!(text, "{arguments}");
        };
        line(format_args!("#EXT-X-TARGETDURATION:{}", self.target_duration_s));
        line(format_args!("#EXT-X-MEDIA-SEQUENCE:{}", self.media_sequence));
        if self.ended {
            line(format_args!("#EXT-X-PLAYLIST-TYPE:VOD"));
        } else {
            line(format_args!("#EXT-X-DISCONTINUITY-SEQUENCE:{}", self.discontinuity_sequence));
        }
        let mut at_us = self.starts_ms.map(|ms| ms * 1_000);
        for (i, segment) in self.segments.iter().enumerate() {
            // The first segment of a recording follows nothing that it could break with.
            if segment.discontinuity && !(self.ended && i == 0) {
                line(format_args!("#EXT-X-DISCONTINUITY"));
            }
            let begins = at_us.filter(|_| i == 0 || segment.discontinuity);
            if let Some(time) = begins.and_then(|us| Timestamp::from_millisecond(us / 1_000).ok()) {
                line(format_args!("#EXT-X-PROGRAM-DATE-TIME:{time:.3}"));
            }
            at_us = at_us.map(|us| us + segment.duration_us);
            line(format_args!("#EXTINF:{}.{:06},", segment.duration_us / 1_000_000, segment.duration_us % 1_000_000));
            line(format_args!("{prefix}{}", segment.uri));
        }
        if self.ended {
            line(format_args!("#EXT-X-ENDLIST"));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn looped(durations_ms: &[i64], breaks: &[usize]) -> Loop {
        let segments = durations_ms.iter().enumerate().map(|(i, ms)| Segment {
            uri: format!("a/{i}.ts"),
            duration_us: ms * 1_000,
            discontinuity: breaks.contains(&i),
        });
        Loop::new(segments.collect()).unwrap()
    }

    #[test]
    fn the_archive_is_what_was_on_the_air() {
        let looped = looped(&[2_000, 4_000, 4_000], &[]);
        let now = 1_000_000_000;
        let on_air = window(&looped, now);
        let (from, last) = (on_air.starts_ms.unwrap(), on_air.segments.len());
        let archive = archive(&looped, from, now, now).expect("an archive");
        assert_eq!((archive.segments.len(), archive.ended), (last, true));
        assert_eq!(archive.segments, on_air.segments);
        assert_eq!(super::archive(&looped, now + 60_000, now + 120_000, now), None);
        assert_eq!(super::archive(&looped, now, now - 1, now), None);
    }

    #[test]
    fn the_text_is_a_playlist_that_players_read() {
        let looped = looped(&[2_000, 4_000, 4_000, 3_960], &[1]);
        // Ten loops of 13.96 s and 9 s after the anchor.
        let text = window(&looped, 0).render("../");
        assert!(text.starts_with("#EXTM3U\n#EXT-X-VERSION:3\n"), "{text}");
        for part in
            ["#EXT-X-TARGETDURATION:4\n", "#EXTINF:3.960000,\n../a/3.ts\n", "#EXT-X-PROGRAM-DATE-TIME:1969-12-31T"]
        {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!text.contains("ENDLIST"));
    }

    #[test]
    fn a_recording_ends_and_lasts_as_long_as_asked() {
        let recording = recording(&looped(&[2_000, 4_000], &[]), 4);
        let length: i64 = recording.segments.iter().map(|s| s.duration_us).sum();
        assert!((14_400_000_000..14_404_000_000).contains(&length));
        let text = recording.render("../");
        assert!(text.ends_with("#EXT-X-ENDLIST\n"));
        assert_eq!(text.matches("#EXT-X-DISCONTINUITY\n").count(), recording.segments.len() / 2 - 1);
    }

    #[test]
    fn a_loop_that_cannot_be_played_is_refused() {
        assert!(Loop::new(Vec::new()).is_err());
        for (uri, duration_us) in [("a", 0), ("a", -1), ("a", 61_000_000), ("", 1_000_000), ("a\nb", 1_000_000)] {
            let segment = Segment { uri: uri.into(), duration_us, discontinuity: false };
            assert!(Loop::new(vec![segment]).is_err(), "{uri:?} {duration_us}");
        }
    }

    fn any_loop() -> impl Strategy<Value = Loop> {
        proptest::collection::vec((1i64..=12_000, any::<bool>()), 1..40).prop_map(|items| {
            let segments = items.iter().enumerate().map(|(i, (ms, discontinuity))| Segment {
                uri: format!("{i}.ts"),
                duration_us: ms * 1_000,
                discontinuity: *discontinuity,
            });
            Loop::new(segments.collect()).unwrap()
        })
    }

    /// Sequence number, discontinuity sequence, start and content of each segment.
    fn numbered(playlist: &Playlist) -> Vec<(i64, i64, i64, Segment)> {
        let (mut discontinuity, mut us) = (playlist.discontinuity_sequence, playlist.starts_ms.unwrap() * 1_000);
        let segments = playlist.segments.iter().zip(playlist.media_sequence..);
        segments
            .map(|(segment, sequence)| {
                discontinuity += i64::from(segment.discontinuity);
                us += segment.duration_us;
                (sequence, discontinuity, us, segment.clone())
            })
            .collect()
    }

    proptest! {
        #[test]
        fn a_window_has_wholly_passed_and_is_long_enough(looped in any_loop(), now in 0i64..4_000_000_000_000) {
            let playlist = window(&looped, now);
            let length: i64 = playlist.segments.iter().map(|s| s.duration_us).sum();
            prop_assert!(playlist.segments.len() >= WINDOW_MIN_SEGMENTS && length >= WINDOW_MIN_US);
            let end_us = numbered(&playlist).last().unwrap().2;
            prop_assert!(end_us <= now * 1_000, "the last segment has passed");
            let next = looped.at(playlist.media_sequence + playlist.segments.len() as i64).unwrap();
            prop_assert!(end_us + next.duration_us > now * 1_000 - 1_000, "and it is the newest that has");
            prop_assert!(playlist.segments.iter().all(|s| s.duration_us <= playlist.target_duration_s * 1_000_000));
        }

        #[test]
        fn two_fetches_agree_and_the_window_only_moves_forward(looped in any_loop(), now in 0i64..4_000_000_000_000, later in 0i64..60_000) {
            let (a, b) = (window(&looped, now), window(&looped, now + later));
            prop_assert!(b.media_sequence >= a.media_sequence);
            prop_assert!(b.media_sequence + b.segments.len() as i64 >= a.media_sequence + a.segments.len() as i64);
            prop_assert_eq!(a.target_duration_s, b.target_duration_s);
            let (a_segments, b_segments) = (numbered(&a), numbered(&b));
            for (sequence, discontinuity, us, segment) in &a_segments {
                if let Some(same) = b_segments.iter().find(|s| s.0 == *sequence) {
                    prop_assert_eq!(&same.3, segment);
                    prop_assert_eq!(same.1, *discontinuity);
                    prop_assert!((same.2 - us).abs() <= 1_000, "the start is written in milliseconds");
                }
            }
            if later <= a.target_duration_s * 1_000 {
                let overlap = b_segments.iter().filter(|s| a_segments.iter().any(|a| a.0 == s.0)).count();
                prop_assert!(overlap >= 1, "a player that reloads in time misses nothing");
            }
        }

        #[test]
        fn no_clock_makes_it_fail(looped in any_loop(), now in any::<i64>()) {
            let _ = window(&looped, now).render("");
        }
    }
}
