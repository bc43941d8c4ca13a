//! MPEG transport streams: packets found and kept in step, sorted by PID, handed to the tables (`psi`) and to the
//! tracks (`pes`).

mod continuity;
mod descriptors;
mod pes;
mod psi;

use super::{DemuxError, Event, MAX_TRACKS, Out, Track, probe};
#[cfg(test)]
pub use psi::checksum;

use pes::Stream;
use psi::{Psi, Table};

const SYNC: u8 = 0x47;
const PACKET_BYTES: usize = 188;
/// How much is looked through at a time while packets are out of step: enough to see three packets of any size.
const SEARCH_BYTES: usize = 1024;
/// After so many scrambled packets (a good half second of television) without a clear unit, none is waited for.
const SCRAMBLED_PACKETS: u32 = 2000;

pub struct Ts {
    /// From one packet's beginning to the next: 188, or 192 and 204 with something between.
    stride: usize,
    in_step: bool,
    /// Bytes between packets still to be passed over.
    gap: usize,
    /// What a push left over: less than a packet, or less than the search needs.
    carry: Vec<u8>,
    psi: Psi,
    streams: Vec<Stream>,
    announced: Vec<Track>,
    /// Packets and units of the running segment that are scrambled.
    scrambled: u32,
    /// The running segment gave a unit.
    clear: bool,
    /// The running segment's tables name media, but none for us.
    unsupported: bool,
}

/// What a packet's head says.
struct Packet<'a> {
    start: bool,
    random_access: bool,
    discontinuity: bool,
    scrambled: bool,
    counter: u8,
    payload: &'a [u8],
}

impl Ts {
    pub fn new(stride: usize) -> Self {
        Self {
            stride,
            in_step: false,
            gap: 0,
            carry: Vec::new(),
            psi: Psi::default(),
            streams: Vec::new(),
            announced: Vec::new(),
            scrambled: 0,
            clear: false,
            unsupported: false,
        }
    }

    /// A new segment: its counters and tables may stand anywhere, the tracks are known until its tables say
    /// otherwise.
    pub fn begin(&mut self, stride: usize) {
        self.stride = stride;
        self.in_step = false;
        self.gap = 0;
        self.carry.clear();
        self.psi.begin();
        self.streams.iter_mut().for_each(Stream::begin);
        self.scrambled = 0;
        self.clear = false;
        self.unsupported = false;
    }

    pub fn push(&mut self, mut bytes: &[u8], out: &mut Out) -> Result<(), DemuxError> {
        while !self.carry.is_empty() {
            if bytes.is_empty() {
                return Ok(());
            }
            let mut carry = std::mem::take(&mut self.carry);
            let before = carry.len();
            let (more, rest) = bytes.split_at_checked(SEARCH_BYTES).unwrap_or((bytes, &[]));
            carry.extend_from_slice(more);
            let used = self.consume(&carry, false, out)?;
            if used >= before {
                // From here on the bytes are read where they lie.
                bytes = bytes.get(used - before..).unwrap_or_default();
            } else {
                carry.drain(..used);
                self.carry = carry;
                bytes = rest;
            }
        }
        let used = self.consume(bytes, false, out)?;
        self.carry.extend_from_slice(bytes.get(used..).unwrap_or_default());
        Ok(())
    }

    pub fn end(&mut self, out: &mut Out) -> Result<(), DemuxError> {
        let carry = std::mem::take(&mut self.carry);
        self.consume(&carry, true, out)?;
        for stream in &mut self.streams {
            let given = out.events.len();
            self.scrambled = self.scrambled.saturating_add(u32::from(stream.finish(out)));
            self.clear |= out.events.len() > given && !stream.is_text();
        }
        if self.scrambled > 0 && !self.clear {
            return Err(DemuxError::Scrambled);
        }
        if self.unsupported && self.streams.is_empty() { Err(DemuxError::Unsupported) } else { Ok(()) }
    }

    /// Reads as many packets as are whole, and says how many bytes are done with. Decides by the bytes alone, never
    /// by where they were cut.
    fn consume(&mut self, bytes: &[u8], complete: bool, out: &mut Out) -> Result<usize, DemuxError> {
        let mut at = 0;
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            if rest.is_empty() {
                return Ok(at);
            }
            if self.gap > 0 {
                let passed = self.gap.min(rest.len());
                self.gap -= passed;
                at += passed;
            } else if !self.in_step {
                let found = (0..rest.len()).find(|at| probe::is_sync(rest, *at, self.stride, complete));
                match found {
                    Some(offset) => {
                        at += offset;
                        self.in_step = true;
                    }
                    // The last stretch may still turn out to be the beginning.
                    None => return Ok(at + rest.len().saturating_sub(2 * self.stride)),
                }
            } else if rest.first() != Some(&SYNC) {
                self.in_step = false;
            } else if let Some(packet) = rest.first_chunk::<PACKET_BYTES>() {
                at += PACKET_BYTES;
                self.gap = self.stride - PACKET_BYTES;
                self.packet(packet, out)?;
            } else {
                return Ok(at);
            }
        }
    }

    fn packet(&mut self, bytes: &[u8; PACKET_BYTES], out: &mut Out) -> Result<(), DemuxError> {
        const NOTHING_PID: u16 = 0x1FFF;
        let [_, b, c, d, rest @ ..] = bytes;
        let has_error = b & 0x80 != 0;
        let pid = u16::from(b & 0x1F) << 8 | u16::from(*c);
        if has_error || pid == NOTHING_PID || d & 0x10 == 0 {
            return Ok(());
        }
        let mut packet = Packet {
            start: b & 0x40 != 0,
            random_access: false,
            discontinuity: false,
            scrambled: d & 0xC0 != 0,
            counter: d & 0x0F,
            payload: rest,
        };
        if d & 0x20 != 0 {
            let Some((length, field)) = rest.split_first() else { return Ok(()) };
            let Some((field, payload)) = field.split_at_checked(usize::from(*length)) else { return Ok(()) };
            let flags = field.first().copied().unwrap_or(0);
            packet.discontinuity = flags & 0x80 != 0;
            packet.random_access = flags & 0x40 != 0;
            packet.payload = payload;
        }
        if packet.payload.is_empty() {
            return Ok(());
        }
        if let Some(stream) = self.streams.iter_mut().find(|stream| stream.pid() == pid) {
            let given = out.events.len();
            let scrambled = packet.scrambled || stream.packet(&packet, out)?;
            // Subtitles are sent in the clear beside scrambled pictures, and the other way round.
            if stream.is_text() {
                return Ok(());
            }
            self.clear |= out.events.len() > given;
            return self.count(scrambled);
        }
        match self.psi.packet(pid, &packet) {
            Some(table) => self.apply(table, out),
            None => Ok(()),
        }
    }

    fn count(&mut self, scrambled: bool) -> Result<(), DemuxError> {
        self.scrambled = self.scrambled.saturating_add(u32::from(scrambled));
        if !self.clear && self.scrambled >= SCRAMBLED_PACKETS { Err(DemuxError::Scrambled) } else { Ok(()) }
    }

    /// The programme's table came: tracks that stay keep what they are in the middle of.
    fn apply(&mut self, table: Table, out: &mut Out) -> Result<(), DemuxError> {
        let mut tracks = Vec::new();
        let mut video = false;
        let (has_media, encrypted) = (table.has_media(), table.encrypted);
        for track in table.tracks {
            let is_second = tracks.iter().any(|known: &Track| known.id == track.id);
            let is_video = track.kind() == super::Kind::Video;
            if is_second || is_video && video || tracks.len() >= MAX_TRACKS {
                continue;
            }
            video |= is_video;
            tracks.push(track);
        }
        self.unsupported = !has_media;
        if !has_media {
            return if encrypted { Err(DemuxError::Scrambled) } else { Ok(()) };
        }
        if tracks == self.announced {
            return Ok(());
        }
        let mut old = std::mem::take(&mut self.streams);
        for track in &tracks {
            let known = old.iter().position(|stream| stream.track().id == track.id);
            let stream = match known.map(|at| old.swap_remove(at)) {
                Some(mut stream) if stream.track().codec == track.codec => {
                    stream.rename(track.clone());
                    stream
                }
                _ => Stream::new(track.clone()),
            };
            self.streams.push(stream);
        }
        for stream in &mut old {
            stream.finish(out);
        }
        self.announced.clone_from(&tracks);
        out.events.push(Event::Tracks(tracks));
        Ok(())
    }
}
