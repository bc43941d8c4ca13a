//! Packed audio: bare ADTS, MPEG audio or AC-3 frames, cut at their borders and given out in units of about a tenth
//! of a second. The time comes from the ID3 tag in front, or goes on from the segment before.

use super::{
    DemuxError, Event, MediaNs, Out, Track, TrackId, Unit,
    audio::{self, Coding, Frame, HEADER_BYTES},
    probe,
    time::to_ns,
};
use bytes::Bytes;

const UNIT_NS: i64 = 100_000_000;
/// A unit is closed at this size even if its frames claim to sound no time at all.
const UNIT_BYTES: usize = 64 << 10;
const TRACK: TrackId = TrackId(1);

pub struct Packed {
    coding: Coding,
    announced: bool,
    /// Where the counting of samples began, and how many were counted since.
    origin: MediaNs,
    samples: i64,
    rate: u32,
    /// Less than a frame.
    carry: Vec<u8>,
    in_step: bool,
    /// Bytes of a tag between frames still to be passed over.
    skip: usize,
    unit: Vec<u8>,
    unit_start: MediaNs,
}

enum Step {
    /// So many bytes are a frame.
    Frame(Frame),
    Pass(usize),
    More,
}

impl Packed {
    pub fn new(coding: Coding) -> Self {
        Self {
            coding,
            announced: false,
            origin: MediaNs(0),
            samples: 0,
            rate: 0,
            carry: Vec::new(),
            in_step: true,
            skip: 0,
            unit: Vec::new(),
            unit_start: MediaNs(0),
        }
    }

    pub fn coding(&self) -> Coding {
        self.coding
    }

    /// A new segment, its first frame due at `start`; without one the time goes on, or begins at zero.
    pub fn begin(&mut self, start: Option<u64>, continues: bool, out: &mut Out) {
        let origin = match start {
            Some(ticks) => out.clock.unwrap(ticks),
            None if continues => self.now(),
            None => MediaNs(0),
        };
        self.origin = origin;
        self.samples = 0;
        self.carry.clear();
        self.in_step = true;
        self.skip = 0;
        self.unit.clear();
        if !self.announced {
            self.announced = true;
            out.events.push(Event::Tracks(vec![Track { id: TRACK, codec: self.coding.codec(), language: None }]));
        }
    }

    fn now(&self) -> MediaNs {
        MediaNs(self.origin.0.saturating_add(to_ns(self.samples, self.rate).0))
    }

    pub fn push(&mut self, mut bytes: &[u8], out: &mut Out) -> Result<(), DemuxError> {
        /// More than the longest frame with the head of the one after it.
        const PIECE_BYTES: usize = 16 << 10;
        while !self.carry.is_empty() {
            if bytes.is_empty() {
                return Ok(());
            }
            let mut carry = std::mem::take(&mut self.carry);
            let before = carry.len();
            let (more, rest) = bytes.split_at_checked(PIECE_BYTES).unwrap_or((bytes, &[]));
            carry.extend_from_slice(more);
            let used = self.consume(&carry, false, out);
            if used >= before {
                bytes = bytes.get(used - before..).unwrap_or_default();
            } else {
                carry.drain(..used);
                self.carry = carry;
                bytes = rest;
            }
        }
        let used = self.consume(bytes, false, out);
        self.carry.extend_from_slice(bytes.get(used..).unwrap_or_default());
        Ok(())
    }

    pub fn end(&mut self, out: &mut Out) {
        let carry = std::mem::take(&mut self.carry);
        self.consume(&carry, true, out);
        self.give_out(out);
        if let Some(raw) = i64::checked_mul(self.now().0, 9).map(|ns| ns.div_euclid(100_000)) {
            // The clock has seen what was read, so that it unwraps the next tag against it.
            out.clock.unwrap(raw as u64);
        }
    }

    fn consume(&mut self, bytes: &[u8], complete: bool, out: &mut Out) -> usize {
        let mut at = 0;
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            if rest.is_empty() {
                return at;
            }
            if self.skip > 0 {
                let passed = self.skip.min(rest.len());
                self.skip -= passed;
                at += passed;
                continue;
            }
            match self.step(rest, complete) {
                Step::More => return at,
                Step::Pass(count) => at += count,
                Step::Frame(frame) => {
                    self.frame(&frame, rest.get(..frame.bytes).unwrap_or_default(), out);
                    at += frame.bytes;
                }
            }
        }
    }

    fn step(&mut self, bytes: &[u8], complete: bool) -> Step {
        let more = |otherwise: Step| if complete { otherwise } else { Step::More };
        if bytes.len() < HEADER_BYTES.max(probe::TAG_HEADER_BYTES) && !complete {
            return Step::More;
        }
        let frame = padded(bytes).filter(|frame| frame.coding.is_like(self.coding));
        let Some(frame) = frame else {
            if let Some(length) = probe::tag_bytes(bytes) {
                self.skip = length;
                return Step::Pass(0);
            }
            self.in_step = false;
            return Step::Pass(1);
        };
        if bytes.len() < frame.bytes {
            // At the end half a frame is worth nothing; but what looked like one may have been rubbish.
            return more(Step::Pass(if self.in_step { bytes.len() } else { 1 }));
        }
        if !self.in_step {
            // A header found among rubbish counts only if another follows the frame.
            let after = bytes.get(frame.bytes..).unwrap_or_default();
            if after.len() < HEADER_BYTES && !complete {
                return Step::More;
            }
            let follows = padded(after).is_some_and(|next| next.coding == frame.coding);
            let is_last = complete && after.is_empty();
            if !follows && !is_last {
                return Step::Pass(1);
            }
            self.in_step = true;
        }
        Step::Frame(frame)
    }

    fn frame(&mut self, frame: &Frame, bytes: &[u8], out: &mut Out) {
        if frame.rate != self.rate {
            self.origin = self.now();
            self.samples = 0;
            self.rate = frame.rate;
        }
        let now = self.now();
        let is_due = now.0.saturating_sub(self.unit_start.0) >= UNIT_NS || self.unit.len() >= UNIT_BYTES;
        // Frames without a time of their own stay with the one before.
        if is_due && frame.samples > 0 {
            self.give_out(out);
        }
        if self.unit.is_empty() {
            self.unit_start = now;
        }
        self.unit.extend_from_slice(bytes);
        self.samples = self.samples.saturating_add(i64::from(frame.samples));
    }

    fn give_out(&mut self, out: &mut Out) {
        if self.unit.is_empty() {
            return;
        }
        let pts = Some(self.unit_start);
        let data = Bytes::copy_from_slice(&self.unit);
        self.unit.clear();
        out.events.push(Event::Unit(Unit { track: TRACK, pts, dts: pts, until: None, key: true, data }));
    }
}

/// The frame at the front, where the end of the bytes may be nearer than a whole header.
fn padded(bytes: &[u8]) -> Option<Frame> {
    if bytes.len() >= HEADER_BYTES {
        return audio::frame(bytes);
    }
    let mut header = [0; HEADER_BYTES];
    header.get_mut(..bytes.len())?.copy_from_slice(bytes);
    audio::frame(&header)
}
