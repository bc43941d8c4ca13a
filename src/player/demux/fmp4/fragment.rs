//! A fragment's head, `moof`: where each sample lies in the bytes that follow, and when it is due.

use super::{
    boxes::{child, children, full},
    init::{Defaults, InitTrack},
};
use crate::player::demux::{DemuxError, Kind, MAX_UNIT_BYTES, MediaNs, TrackId, reader::Reader, time};
use std::collections::HashMap;

/// Samples of one segment: an hour of pictures and sound has fewer, and a claim of billions is not believed.
const MAX_SAMPLES: usize = 500_000;
const NOT_SYNC: u32 = 0x0001_0000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    pub track: TrackId,
    /// Counted from the segment's beginning.
    pub offset: u64,
    pub bytes: usize,
    pub pts: MediaNs,
    pub dts: MediaNs,
    pub until: MediaNs,
    pub key: bool,
}

/// Where the fragment stands in the segment.
#[derive(Clone, Copy)]
pub struct Place {
    pub start: u64,
    /// Behind its last byte.
    pub end: u64,
}

/// What the fragments of a time line leave to those that follow, for each track in its own ticks.
#[derive(Default)]
pub struct Timeline {
    next: HashMap<u32, i64>,
    /// By how much samples were shown before their decoding time, which some writers do to do without an edit list.
    early: HashMap<u32, i64>,
    /// Samples of the running segment so far.
    count: usize,
}

impl Timeline {
    pub fn begin(&mut self, continues: bool) {
        self.count = 0;
        if !continues {
            self.next.clear();
            self.early.clear();
        }
    }
}

pub struct Fragment {
    /// In the order of the bytes.
    pub samples: Vec<Sample>,
    /// Another sample description came into force.
    pub changes: bool,
}

/// Reads the content of a `moof`.
pub fn parse(moof: &[u8], place: Place, tracks: &mut [InitTrack], line: &mut Timeline) -> Result<Fragment, DemuxError> {
    let mut fragment = Fragment { samples: Vec::new(), changes: false };
    // Where the data of the track before ended.
    let mut implied = place.start;
    for (_, traf) in children(moof).filter(|(name, _)| name == b"traf") {
        let head = child(traf, b"tfhd").and_then(|tfhd| head(tfhd, place, implied));
        let Some(head) = head else { return Err(DemuxError::Broken) };
        let track = tracks.iter_mut().find(|track| track.id == head.id);
        // Tracks that are nothing for us are walked too: the place of the next may hang on their data.
        let unknown = Defaults::default();
        let defaults = track.as_ref().map_or(unknown, |track| track.defaults);
        let defaults = head.defaults(defaults);
        let mut run = Run {
            target: track.as_ref().map(|track| Target::of(track)),
            defaults,
            offset: head.base,
            place,
            base: head.base,
            dts: start(traf, head.id, line),
            early: line.early.get(&head.id).copied().unwrap_or(0),
        };
        let first = fragment.samples.len();
        if let Some(track) = track {
            fragment.changes |= track.describe(defaults.description);
        }
        for (_, trun) in children(traf).filter(|(name, _)| name == b"trun") {
            run.read(trun, &mut line.count, &mut fragment.samples)?;
        }
        if let Some(target) = run.target {
            for sample in fragment.samples.iter_mut().skip(first) {
                // Decoders take it badly if a picture is due before it is decoded.
                sample.dts = MediaNs(sample.dts.0.saturating_add(time::to_ns(run.early, target.timescale).0));
            }
            line.next.insert(target.id, run.dts);
            line.early.insert(target.id, run.early);
        }
        implied = run.offset;
    }
    fragment.samples.sort_by_key(|sample| sample.offset);
    Ok(fragment)
}

struct TrackHead {
    id: u32,
    base: u64,
    description: Option<u32>,
    duration: Option<u32>,
    size: Option<u32>,
    flags: Option<u32>,
}

impl TrackHead {
    fn defaults(&self, otherwise: Defaults) -> Defaults {
        Defaults {
            description: self.description.unwrap_or(otherwise.description),
            duration: self.duration.unwrap_or(otherwise.duration),
            size: self.size.unwrap_or(otherwise.size),
            flags: self.flags.unwrap_or(otherwise.flags),
        }
    }
}

fn head(tfhd: &[u8], place: Place, implied: u64) -> Option<TrackHead> {
    let (_, flags, mut reader) = full(tfhd)?;
    let id = reader.u32()?;
    let base = if flags & 0x01 != 0 { Some(reader.u64()?) } else { None };
    let mut field = |bit: u32| if flags & bit != 0 { reader.u32().map(Some) } else { Some(None) };
    let (description, duration, size, sample_flags) = (field(0x02)?, field(0x08)?, field(0x10)?, field(0x20)?);
    let starts_at_moof = flags & 0x02_0000 != 0;
    let base = match base {
        // Counted in the whole file, of which the segment may be a part: what points neither at this fragment nor at
        // the data right behind it is taken for the fragment's place in that file.
        Some(base) if (place.end..=place.end.saturating_add(16)).contains(&base) => base,
        Some(_) => place.start,
        None if starts_at_moof => place.start,
        None => implied,
    };
    Some(TrackHead { id, base, description, duration, size, flags: sample_flags })
}

/// The first sample's decoding time: as the fragment says, or where the track's last fragment ended.
fn start(traf: &[u8], id: u32, line: &Timeline) -> i64 {
    let expected = line.next.get(&id).copied();
    let said = child(traf, b"tfdt").and_then(full).and_then(|(version, _, mut reader)| {
        if version == 1 {
            return reader.u64().map(|ticks| i64::try_from(ticks).unwrap_or(i64::MAX));
        }
        // 32 bits overflow after half a day; then the time line goes on all the same.
        let ticks = i64::from(reader.u32()?);
        Some(expected.map_or(ticks, |last| time::nearest(ticks, last, 1 << 32)))
    });
    said.or(expected).unwrap_or(0)
}

/// What is needed of the track to write its samples down.
#[derive(Clone, Copy)]
struct Target {
    id: u32,
    is_video: bool,
    timescale: u32,
    shift: MediaNs,
}

impl Target {
    fn of(track: &InitTrack) -> Self {
        let is_video = track.kind == Kind::Video;
        Self { id: track.id, is_video, timescale: track.timescale, shift: track.shift }
    }

    fn time(&self, ticks: i64) -> MediaNs {
        MediaNs(time::to_ns(ticks, self.timescale).0.saturating_add(self.shift.0))
    }
}

/// Goes through the runs of one track.
struct Run {
    target: Option<Target>,
    defaults: Defaults,
    place: Place,
    base: u64,
    /// Where the next sample lies.
    offset: u64,
    dts: i64,
    /// The lowest composition offset so far, if one is below zero.
    early: i64,
}

impl Run {
    fn read(&mut self, trun: &[u8], total: &mut usize, samples: &mut Vec<Sample>) -> Result<(), DemuxError> {
        self.walk(trun, total, samples).unwrap_or(Err(DemuxError::Broken))
    }

    fn walk(&mut self, trun: &[u8], total: &mut usize, samples: &mut Vec<Sample>) -> Option<Result<(), DemuxError>> {
        let (version, flags, mut reader) = full(trun)?;
        let count = reader.u32()? as usize;
        if flags & 0x01 != 0 {
            let offset = i64::from(reader.u32()? as i32);
            self.offset = self.base.checked_add_signed(offset)?;
        }
        if self.offset < self.place.end {
            // Nothing said where the data is: right behind the fragment, after a head of eight bytes.
            self.offset = self.place.end.checked_add(8)?;
        }
        let first_flags = if flags & 0x04 != 0 { Some(reader.u32()?) } else { None };
        *total = total.saturating_add(count);
        if *total > MAX_SAMPLES {
            return Some(Err(DemuxError::TooBig));
        }
        for at in 0..count {
            let duration = field(&mut reader, flags, 0x100)?.unwrap_or(self.defaults.duration);
            let bytes = field(&mut reader, flags, 0x200)?.unwrap_or(self.defaults.size);
            let own_flags = field(&mut reader, flags, 0x400)?;
            let composition = field(&mut reader, flags, 0x800)?.unwrap_or(0);
            let own_flags = if at == 0 { first_flags.or(own_flags) } else { own_flags };
            let sample_flags = own_flags.unwrap_or(self.defaults.flags);
            let later = if version == 0 { i64::from(composition) } else { i64::from(composition as i32) };
            self.early = self.early.min(later);
            let bytes = bytes as usize;
            if bytes > MAX_UNIT_BYTES {
                return Some(Err(DemuxError::TooBig));
            }
            if let Some(target) = self.target.filter(|_| bytes > 0) {
                let shown = self.dts.saturating_add(later);
                samples.push(Sample {
                    track: TrackId(target.id),
                    offset: self.offset,
                    bytes,
                    pts: target.time(shown),
                    dts: target.time(self.dts),
                    until: target.time(shown.saturating_add(i64::from(duration))),
                    key: !target.is_video || sample_flags & NOT_SYNC == 0,
                });
            }
            self.offset = self.offset.checked_add(bytes as u64)?;
            self.dts = self.dts.saturating_add(i64::from(duration));
        }
        Some(Ok(()))
    }
}

/// A field that is there if its bit is set.
fn field(reader: &mut Reader, flags: u32, bit: u32) -> Option<Option<u32>> {
    if flags & bit != 0 { reader.u32().map(Some) } else { Some(None) }
}
