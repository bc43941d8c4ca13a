//! What a segment is, by its first bytes; and the ID3 tags in front of it, read for the time they carry.
//! The verdict is asked for at fixed lengths only, so that it does not depend on how the bytes were cut.

use super::{
    DemuxError,
    audio::{self, Coding},
    reader::Reader,
};

/// Lengths at which the verdict is tried: one that shows any header, one that shows three packets of any size after
/// a little rubbish, and one that gives up.
const STEPS_BYTES: [usize; 3] = [16, 1024, 4096];
/// Tags with pictures inside are larger than this only in music files, not in segments.
const MAX_TAG_BYTES: usize = 1 << 20;
pub const TAG_HEADER_BYTES: usize = 10;
const TIMESTAMP_OWNER: &[u8] = b"com.apple.streaming.transportStreamTimestamp\0";
const SYNC: u8 = 0x47;
const PACKET_BYTES: usize = 188;
const STRIDES_BYTES: [usize; 3] = [PACKET_BYTES, 192, 204];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Packets of 188 bytes, their beginnings `stride` bytes apart.
    Ts {
        stride: usize,
    },
    Mp4,
    /// `start`: the first frame's time on the 33-bit clock, from the tag.
    Packed {
        coding: Coding,
        start: Option<u64>,
    },
}

pub enum Verdict {
    More,
    Is(Found),
    Not(DemuxError),
}

#[derive(Default)]
pub struct Probe {
    held: Vec<u8>,
    step: usize,
    /// Length of the tag at the front of `held`, header and all.
    tag: Option<usize>,
    start: Option<u64>,
}

impl Probe {
    pub fn into_held(self) -> Vec<u8> {
        self.held
    }

    /// Holds what is needed for the next verdict, and gives back the rest.
    pub fn take<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let wanted = self.wanted().saturating_sub(self.held.len());
        let (head, rest) = bytes.split_at_checked(wanted).unwrap_or((bytes, &[]));
        self.held.extend_from_slice(head);
        rest
    }

    fn wanted(&self) -> usize {
        self.tag.unwrap_or_else(|| STEPS_BYTES.get(self.step).copied().unwrap_or(0))
    }

    pub fn verdict(&mut self, complete: bool) -> Verdict {
        loop {
            if self.tag.is_none() && self.step == 0 {
                self.tag = tag_bytes(&self.held);
            }
            if let Some(bytes) = self.tag {
                if bytes > MAX_TAG_BYTES {
                    return Verdict::Not(DemuxError::TooBig);
                }
                if self.held.len() < bytes {
                    return if complete { Verdict::Not(DemuxError::NotMedia) } else { Verdict::More };
                }
                let rest = self.held.split_off(bytes);
                self.start = timestamp(&self.held).or(self.start);
                self.held = rest;
                self.tag = None;
                continue;
            }
            if self.held.len() < self.wanted() && !complete {
                return Verdict::More;
            }
            if complete && self.held.is_empty() {
                return Verdict::More;
            }
            let first = self.step == 0 && !complete;
            if let Some(found) = self.recognise(first, complete) {
                return Verdict::Is(found);
            }
            self.step += 1;
            if complete || self.step >= STEPS_BYTES.len() || is_text(&self.held) {
                return Verdict::Not(DemuxError::NotMedia);
            }
            return Verdict::More;
        }
    }

    fn recognise(&self, first: bool, complete: bool) -> Option<Found> {
        let bytes = self.held.as_slice();
        if first && (bytes.first() == Some(&SYNC) || bytes.get(4) == Some(&SYNC)) {
            // Most likely packets. A few of them decide.
            return None;
        }
        let ts = || packet_stride(bytes, complete).map(|stride| Found::Ts { stride });
        let packed = || {
            let coding = audio::frame(bytes)?.coding;
            Some(Found::Packed { coding, start: self.start })
        };
        let mp4 = || is_mp4(bytes).then_some(Found::Mp4);
        if first { mp4().or_else(packed) } else { ts().or_else(mp4).or_else(packed) }
    }
}

/// An error page, a playlist or subtitles where media should be: known at once.
fn is_text(bytes: &[u8]) -> bool {
    let bytes = bytes.trim_ascii_start();
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    [&b"<"[..], b"{", b"#EXT", b"WEBVTT"].iter().any(|start| bytes.starts_with(start))
}

fn is_mp4(bytes: &[u8]) -> bool {
    const TYPES: [&[u8; 4]; 12] =
        [b"ftyp", b"styp", b"moof", b"sidx", b"moov", b"emsg", b"prft", b"mdat", b"free", b"skip", b"ssix", b"uuid"];
    let mut reader = Reader::new(bytes);
    let (Some(size), Some(name)) = (reader.u32(), reader.array::<4>()) else { return false };
    !(2..8).contains(&size) && TYPES.contains(&&name)
}

/// How far apart packets begin, if packets are there.
fn packet_stride(bytes: &[u8], complete: bool) -> Option<usize> {
    (0..bytes.len()).find_map(|at| STRIDES_BYTES.into_iter().find(|stride| is_sync(bytes, at, *stride, complete)))
}

/// Whether packets go on from `at`: three of them, or all there are if the end is known.
pub fn is_sync(bytes: &[u8], at: usize, stride: usize, complete: bool) -> bool {
    let whole = bytes.len() >= at.saturating_add(PACKET_BYTES);
    let hit = |at: usize| bytes.get(at).map_or(complete && whole, |byte| *byte == SYNC);
    bytes.get(at) == Some(&SYNC) && hit(at.saturating_add(stride)) && hit(at.saturating_add(2 * stride))
}

/// The length of the ID3 tag at the front, if there is one.
pub fn tag_bytes(bytes: &[u8]) -> Option<usize> {
    let [b'I', b'D', b'3', major, _, flags, a, b, c, d] = bytes.first_chunk::<TAG_HEADER_BYTES>()? else {
        return None;
    };
    if *major == 0xFF || [a, b, c, d].into_iter().any(|byte| *byte > 0x7F) {
        return None;
    }
    let footer = if flags & 0x10 != 0 { TAG_HEADER_BYTES } else { 0 };
    let size = [a, b, c, d].into_iter().fold(0usize, |sum, byte| sum << 7 | usize::from(*byte));
    Some(TAG_HEADER_BYTES + size + footer)
}

/// The 33-bit time in a tag's PRIV frame. Looked for by its owner's name: a frame's size is written differently by
/// different versions, the name is not.
fn timestamp(tag: &[u8]) -> Option<u64> {
    let at = tag.windows(TIMESTAMP_OWNER.len()).position(|part| part == TIMESTAMP_OWNER)?;
    let mut reader = Reader::new(tag.get(at.checked_add(TIMESTAMP_OWNER.len())?..)?);
    reader.u64()
}
