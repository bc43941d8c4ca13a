//! Segments taken apart: bytes of MPEG-TS, fragmented MP4 or packed audio go in, elementary units with their times
//! come out. Pure: no network, no files, no GStreamer; who fetches and who plays is the feeder's affair.
//! One `Demux` reads one medium; it keeps the time line and the tracks from segment to segment.

mod audio;
mod fmp4;
mod h26x;
mod opus;
mod packed;
mod probe;
mod reader;
mod time;
mod ts;
mod types;

#[cfg(test)]
pub(in crate::player) mod tests;

pub use fmp4::words as wvtt_words;
pub use reader::Bits;
pub use types::{Codec, DemuxError, Event, Kind, MediaNs, Track, TrackId, Unit};

use fmp4::Fmp4;
use packed::Packed;
use probe::{Found, Probe, Verdict};
use time::Clock;
use ts::Ts;

/// The largest unit taken: far above any real picture (a 4K key frame at 100 Mbit/s has about 4 MB).
const MAX_UNIT_BYTES: usize = 16 << 20;
/// Tracks beyond this are not listed; real media have fewer than ten.
const MAX_TRACKS: usize = 64;

/// Where the parts of the demuxer put what they find.
struct Out<'a> {
    clock: &'a mut Clock,
    events: &'a mut Vec<Event>,
}

enum Format {
    Unknown,
    Ts(Box<Ts>),
    Mp4(Box<Fmp4>),
    Packed(Box<Packed>),
}

/// Takes one medium apart. Recognises by the first bytes: MPEG-TS (188, 192 and 204 byte packets), fragmented MP4,
/// and packed ADTS, MPEG audio and AC-3, each after optional ID3 tags.
pub struct Demux {
    format: Format,
    /// Present until the first bytes of a segment have said what it is.
    probe: Option<Probe>,
    clock: Clock,
    continues: bool,
    /// A segment that failed stays failed; `begin` starts anew.
    failed: Option<DemuxError>,
}

impl Default for Demux {
    fn default() -> Self {
        Self::new()
    }
}

impl Demux {
    pub fn new() -> Self {
        Self {
            format: Format::Unknown,
            probe: Some(Probe::default()),
            clock: Clock::default(),
            continues: false,
            failed: None,
        }
    }

    /// The initialisation section (EXT-X-MAP): an MP4 header, or PAT and PMT. Before or after `begin`, but before
    /// the segment's own bytes.
    pub fn init(&mut self, bytes: &[u8]) -> Result<Vec<Event>, DemuxError> {
        let mut events = Vec::new();
        self.restart();
        self.push(bytes, &mut events)?;
        self.end(&mut events);
        let trouble = self.trouble();
        self.restart();
        trouble.map_or(Ok(events), Err)
    }

    /// A new segment begins. `continues`: the same time line goes on, so a 33-bit clock is unwrapped against what
    /// came before; otherwise it begins afresh.
    pub fn begin(&mut self, continues: bool) {
        self.restart();
        self.continues = continues;
        if !continues {
            self.clock.forget();
        }
    }

    /// After `begin(false)`, says about where on the time line the segment lies, so that a 33-bit clock is unwrapped
    /// to that neighbourhood: two renditions fetched around the clock's overflow then agree.
    pub fn near(&mut self, time: MediaNs) {
        self.clock.near(time);
    }

    /// Bytes of the running segment, in pieces of any size. Events are given out as soon as they are complete. After
    /// an error the rest of the segment is refused with the same error.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<Event>) -> Result<(), DemuxError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let result = self.take(bytes, out);
        self.failed = result.err();
        result
    }

    /// The segment has ended: what is half done and whole enough is given out.
    pub fn end(&mut self, out: &mut Vec<Event>) {
        if self.failed.is_some() {
            return;
        }
        let result = self.finish(out);
        self.failed = result.err();
    }

    /// Why the segment gave nothing, as far as it is known: the error of `push`, and after `end` also what only the
    /// end could show (too short to be recognised, everything scrambled, nothing playable inside).
    pub fn trouble(&self) -> Option<DemuxError> {
        self.failed
    }

    fn restart(&mut self) {
        self.probe = Some(Probe::default());
        self.failed = None;
    }

    fn take(&mut self, mut bytes: &[u8], events: &mut Vec<Event>) -> Result<(), DemuxError> {
        while let Some(probe) = &mut self.probe {
            if bytes.is_empty() {
                return Ok(());
            }
            bytes = probe.take(bytes);
            match probe.verdict(false) {
                Verdict::More => {}
                Verdict::Not(error) => return Err(error),
                Verdict::Is(found) => self.recognised(found, events)?,
            }
        }
        self.feed(bytes, events)
    }

    fn finish(&mut self, events: &mut Vec<Event>) -> Result<(), DemuxError> {
        if let Some(probe) = &mut self.probe {
            match probe.verdict(true) {
                Verdict::More => return Ok(()),
                Verdict::Not(error) => return Err(error),
                Verdict::Is(found) => self.recognised(found, events)?,
            }
        }
        let mut out = Out { clock: &mut self.clock, events };
        match &mut self.format {
            Format::Unknown => Ok(()),
            Format::Ts(ts) => ts.end(&mut out),
            Format::Mp4(mp4) => {
                mp4.end();
                Ok(())
            }
            Format::Packed(packed) => {
                packed.end(&mut out);
                Ok(())
            }
        }
    }

    /// The segment's kind is known: its reader goes on where it was, or a new one begins; then comes what was held.
    fn recognised(&mut self, found: Found, events: &mut Vec<Event>) -> Result<(), DemuxError> {
        let Some(probe) = self.probe.take() else { return Ok(()) };
        match (found, &mut self.format) {
            (Found::Ts { stride }, Format::Ts(ts)) => ts.begin(stride),
            (Found::Ts { stride }, format) => *format = Format::Ts(Box::new(Ts::new(stride))),
            (Found::Mp4, Format::Mp4(mp4)) => mp4.begin(self.continues),
            (Found::Mp4, format) => *format = Format::Mp4(Box::default()),
            (Found::Packed { coding, start }, format) => {
                let mut out = Out { clock: &mut self.clock, events };
                match format {
                    Format::Packed(packed) if packed.coding() == coding => {
                        packed.begin(start, self.continues, &mut out);
                    }
                    format => {
                        let mut packed = Packed::new(coding);
                        packed.begin(start, false, &mut out);
                        *format = Format::Packed(Box::new(packed));
                    }
                }
            }
        }
        self.feed(&probe.into_held(), events)
    }

    fn feed(&mut self, bytes: &[u8], events: &mut Vec<Event>) -> Result<(), DemuxError> {
        let mut out = Out { clock: &mut self.clock, events };
        match &mut self.format {
            Format::Unknown => Ok(()),
            Format::Ts(ts) => ts.push(bytes, &mut out),
            Format::Mp4(mp4) => mp4.push(bytes, &mut out),
            Format::Packed(packed) => packed.push(bytes, &mut out),
        }
    }
}
