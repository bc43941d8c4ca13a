//! Fragmented MP4, read as it streams in: heads of boxes are held until they are whole, samples are given out as
//! soon as their last byte is there, everything else is passed over.

mod boxes;
mod codec;
mod fragment;
mod init;
mod wvtt;

use super::{DemuxError, Event, Out, Track, Unit};
use boxes::{Head, MAX_HEAD_BYTES, Parsed};
use bytes::Bytes;
use fragment::{Place, Sample, Timeline};
use init::InitTrack;
pub use wvtt::words;

/// An initialisation section has some kilobytes, a fragment's head at most some hundred.
const MAX_HELD_BYTES: u64 = 8 << 20;

#[derive(Default)]
pub struct Fmp4 {
    state: State,
    /// Of the next byte, counted from the segment's beginning.
    at: u64,
    /// The head or the whole of a box that is not complete yet.
    held: Vec<u8>,
    tracks: Vec<InitTrack>,
    announced: Vec<Track>,
    line: Timeline,
    /// The running fragment's samples, and how many of them are done with.
    samples: Vec<Sample>,
    done: usize,
    /// The beginning of the sample that is running.
    partial: Vec<u8>,
}

#[derive(Default)]
enum State {
    /// Between boxes.
    #[default]
    Head,
    /// Inside a box that is needed whole: `moov` or `moof`.
    Hold { head: Head, start: u64, left: u64 },
    /// Inside `mdat`.
    Data { left: Option<u64> },
    /// Inside any other box.
    Skip { left: Option<u64> },
}

impl Fmp4 {
    pub fn begin(&mut self, continues: bool) {
        self.state = State::Head;
        self.at = 0;
        self.held.clear();
        self.samples.clear();
        self.done = 0;
        self.partial.clear();
        self.line.begin(continues);
    }

    /// The segment is over. A sample without its end is worth nothing; all others are out.
    pub fn end(&mut self) {
        self.begin(true);
    }

    pub fn push(&mut self, mut bytes: &[u8], out: &mut Out) -> Result<(), DemuxError> {
        while !bytes.is_empty() {
            bytes = match std::mem::take(&mut self.state) {
                State::Head => self.head(bytes)?,
                State::Hold { head, start, left } => {
                    let (part, rest) = split(bytes, Some(left));
                    self.held.extend_from_slice(part);
                    self.at += part.len() as u64;
                    let left = left - part.len() as u64;
                    if left > 0 {
                        self.state = State::Hold { head, start, left };
                    } else {
                        let held = std::mem::take(&mut self.held);
                        self.whole(&head, &held, start, out)?;
                    }
                    rest
                }
                State::Data { left } => {
                    let (part, rest) = split(bytes, left);
                    self.data(part, out);
                    let left = left.map(|left| left - part.len() as u64);
                    self.state = if left == Some(0) { State::Head } else { State::Data { left } };
                    rest
                }
                State::Skip { left } => {
                    let (part, rest) = split(bytes, left);
                    self.at += part.len() as u64;
                    let left = left.map(|left| left - part.len() as u64);
                    self.state = if left == Some(0) { State::Head } else { State::Skip { left } };
                    rest
                }
            };
        }
        Ok(())
    }

    /// Reads a box's head, of which a part may be held already.
    fn head<'a>(&mut self, mut bytes: &'a [u8]) -> Result<&'a [u8], DemuxError> {
        while let Some((byte, rest)) = bytes.split_first() {
            self.held.push(*byte);
            bytes = rest;
            let head = match boxes::head(&self.held) {
                Parsed::Head(head) => head,
                Parsed::More if self.held.len() < MAX_HEAD_BYTES => continue,
                Parsed::More | Parsed::Broken => return Err(DemuxError::Broken),
            };
            if !head.name.iter().all(|byte| (0x20..0x7F).contains(byte) || *byte == 0xA9) {
                return Err(DemuxError::Broken);
            }
            let start = self.at;
            self.at += self.held.len() as u64;
            self.held.clear();
            let left = head.content_bytes;
            self.state = match &head.name {
                b"moov" | b"moof" => match left {
                    Some(left) if left <= MAX_HELD_BYTES => State::Hold { head, start, left },
                    Some(_) => return Err(DemuxError::TooBig),
                    None => return Err(DemuxError::Broken),
                },
                b"mdat" => State::Data { left },
                _ => State::Skip { left },
            };
            if left == Some(0) {
                self.state = State::Head;
            }
            break;
        }
        Ok(bytes)
    }

    fn whole(&mut self, head: &Head, content: &[u8], start: u64, out: &mut Out) -> Result<(), DemuxError> {
        if &head.name == b"moov" {
            self.tracks = init::parse(content)?;
            self.announce(out);
            return Ok(());
        }
        if self.tracks.is_empty() {
            return Err(DemuxError::NoInit);
        }
        let place = Place { start, end: self.at };
        let fragment = fragment::parse(content, place, &mut self.tracks, &mut self.line)?;
        if fragment.changes {
            self.announce(out);
        }
        self.samples = fragment.samples;
        self.done = 0;
        self.partial.clear();
        Ok(())
    }

    fn announce(&mut self, out: &mut Out) {
        let tracks: Vec<Track> = self.tracks.iter().filter_map(InitTrack::track).collect();
        if tracks != self.announced {
            self.announced.clone_from(&tracks);
            out.events.push(Event::Tracks(tracks));
        }
    }

    /// Cuts the samples out of the data.
    fn data(&mut self, mut bytes: &[u8], out: &mut Out) {
        while let Some(sample) = self.samples.get(self.done) {
            let next = sample.offset.saturating_add(self.partial.len() as u64);
            let Some(ahead) = next.checked_sub(self.at) else {
                // It began in what is past already, or reaches out of its box.
                self.partial.clear();
                self.done += 1;
                continue;
            };
            let (passed, rest) = split(bytes, Some(ahead));
            self.at += passed.len() as u64;
            bytes = rest;
            if bytes.is_empty() {
                return;
            }
            let (part, rest) = split(bytes, Some((sample.bytes - self.partial.len()) as u64));
            self.at += part.len() as u64;
            bytes = rest;
            let data = if part.len() == sample.bytes {
                Bytes::copy_from_slice(part)
            } else {
                self.partial.extend_from_slice(part);
                if self.partial.len() < sample.bytes {
                    return;
                }
                Bytes::from(std::mem::take(&mut self.partial))
            };
            let Sample { track, pts, dts, until, key, .. } = *sample;
            out.events.push(Event::Unit(Unit { track, pts: Some(pts), dts: Some(dts), until: Some(until), key, data }));
            self.done += 1;
        }
        self.at += bytes.len() as u64;
    }
}

/// At most `count` bytes, and the rest.
fn split(bytes: &[u8], count: Option<u64>) -> (&[u8], &[u8]) {
    let count = count.and_then(|count| usize::try_from(count).ok()).unwrap_or(usize::MAX);
    bytes.split_at_checked(count).unwrap_or((bytes, &[]))
}
