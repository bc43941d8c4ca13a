//! One track of a transport stream: its PES packets put together and given out as units.

use super::{
    Packet,
    continuity::{Continuity, Order},
};
use crate::player::demux::{
    Codec, DemuxError, Event, Kind, MAX_UNIT_BYTES, MediaNs, Out, Track, TrackId, Unit, h26x, opus, reader::Reader,
    time,
};
use bytes::Bytes;

/// Sound comes in pieces of less than 64 KB; more than this is none.
const MAX_AUDIO_BYTES: usize = 1 << 20;
/// The length field of what carries subtitles holds no more.
const MAX_TEXT_BYTES: usize = 65_541 + 188;
/// A buffer larger than this is given back after a unit, so that one huge picture does not stay in memory.
const KEPT_BYTES: usize = 1 << 20;
/// Start code, stream id and length.
const FIXED_BYTES: usize = 6;

pub struct Stream {
    track: Track,
    continuity: Continuity,
    /// The running PES packet, head and all.
    held: Vec<u8>,
    running: bool,
    random_access: bool,
}

/// What a PES packet's head says.
struct Head {
    scrambled: bool,
    pts: Option<u64>,
    dts: Option<u64>,
    /// Where the payload begins.
    payload: usize,
}

impl Stream {
    pub fn new(track: Track) -> Self {
        Self { track, continuity: Continuity::default(), held: Vec::new(), running: false, random_access: false }
    }

    pub fn pid(&self) -> u16 {
        u16::try_from(self.track.id.0).unwrap_or(u16::MAX)
    }

    pub fn track(&self) -> &Track {
        &self.track
    }

    /// The same stream, described anew.
    pub fn rename(&mut self, track: Track) {
        self.track = track;
    }

    pub fn begin(&mut self) {
        self.continuity.forget();
        self.drop_running();
    }

    fn drop_running(&mut self) {
        self.running = false;
        self.held.clear();
    }

    fn is_audio(&self) -> bool {
        self.track.kind() == Kind::Audio
    }

    pub fn is_text(&self) -> bool {
        self.track.kind() == Kind::Text
    }

    /// Takes a packet. Says whether the packet ended a unit that turned out to be scrambled.
    pub fn packet(&mut self, packet: &Packet, out: &mut Out) -> Result<bool, DemuxError> {
        let order = self.continuity.order(packet.counter, packet.payload, packet.discontinuity);
        if order == Order::Duplicate {
            return Ok(false);
        }
        let lost = order == Order::Gap;
        let mut scrambled = false;
        if packet.start {
            // Without a length nobody knows whether what is missing belonged to the running unit: it counts as broken.
            if lost && !self.is_whole() {
                self.drop_running();
            }
            scrambled = self.give_out(out);
            self.running = packet.payload.starts_with(&[0, 0, 1]);
            self.random_access = packet.random_access;
        } else if lost {
            self.drop_running();
        }
        if !self.running {
            return Ok(scrambled);
        }
        let limit = if self.is_audio() { MAX_AUDIO_BYTES } else { MAX_UNIT_BYTES };
        if self.is_text() && self.held.len() + packet.payload.len() > MAX_TEXT_BYTES {
            // The picture goes on without them.
            self.drop_running();
            return Ok(scrambled);
        }
        if self.held.len() + packet.payload.len() > limit {
            self.drop_running();
            return Err(DemuxError::TooBig);
        }
        self.held.extend_from_slice(packet.payload);
        // A picture waits for the next one's beginning: the length field of large ones is not to be relied on.
        if (self.is_audio() || self.is_text()) && self.is_whole() {
            scrambled |= self.give_out(out);
        }
        Ok(scrambled)
    }

    /// The segment is over: a unit without a length is whole now; one that is short of its length is given out only
    /// if it is sound, where the frames inside stand for themselves.
    pub fn finish(&mut self, out: &mut Out) -> bool {
        self.give_out(out)
    }

    /// The running unit's length as its head tells it, if it does.
    fn declared(&self) -> Option<usize> {
        let [_, _, _, _, high, low] = self.held.first_chunk::<FIXED_BYTES>()?;
        let length = usize::from(*high) << 8 | usize::from(*low);
        (length > 0).then_some(FIXED_BYTES + length)
    }

    fn is_whole(&self) -> bool {
        self.running && self.declared().is_some_and(|length| self.held.len() >= length)
    }

    fn give_out(&mut self, out: &mut Out) -> bool {
        let scrambled = self.running && self.unit(out);
        self.drop_running();
        if self.held.capacity() > KEPT_BYTES {
            self.held = Vec::new();
        }
        scrambled
    }

    fn unit(&mut self, out: &mut Out) -> bool {
        let Some(head) = head(&self.held) else { return false };
        if head.scrambled {
            return true;
        }
        let end = match self.declared() {
            Some(length) if self.is_audio() => length.min(self.held.len()),
            Some(length) if length > self.held.len() => return false,
            Some(length) if self.is_text() => length,
            _ => self.held.len(),
        };
        let Some(data) = self.held.get(head.payload..end).filter(|data| !data.is_empty()) else { return false };
        if self.is_text() {
            // Their times are the picture's, and nothing that is wrong with them may move its clock.
            let pts = head.pts.map(|ticks| out.clock.look(ticks));
            let data = Bytes::copy_from_slice(data);
            out.events.push(Event::Unit(Unit { track: self.track.id, pts, dts: pts, until: None, key: true, data }));
            return false;
        }
        // The decoding time first: it is the earlier one, from which the other is unwrapped.
        let dts = head.dts.map(|ticks| out.clock.unwrap(ticks));
        let pts = head.pts.map(|ticks| out.clock.unwrap(ticks));
        let dts = dts.or(pts);
        if matches!(self.track.codec, Codec::Opus { .. }) {
            opus_units(self.track.id, pts, data, out);
            return false;
        }
        let key = self.is_audio() || self.random_access || h26x::is_key(&self.track.codec, data);
        let data = Bytes::copy_from_slice(data);
        out.events.push(Event::Unit(Unit { track: self.track.id, pts, dts, until: None, key, data }));
        false
    }
}

fn opus_units(track: TrackId, start: Option<MediaNs>, data: &[u8], out: &mut Out) {
    let mut ticks = 0i64;
    for packet in opus::packets(data) {
        let pts = start.map(|start| MediaNs(start.0.saturating_add(time::to_ns(ticks, opus::TICKS_PER_SECOND).0)));
        ticks += i64::from(opus::duration(packet));
        let data = Bytes::copy_from_slice(packet);
        out.events.push(Event::Unit(Unit { track, pts, dts: pts, until: None, key: true, data }));
    }
}

fn head(bytes: &[u8]) -> Option<Head> {
    let mut reader = Reader::new(bytes);
    reader.skip(3)?;
    let id = reader.u8()?;
    reader.u16()?;
    if matches!(id, 0xBC | 0xBE | 0xBF | 0xF0 | 0xF1 | 0xF2 | 0xF8 | 0xFF) {
        return None;
    }
    let flags = reader.u16()?;
    if flags >> 14 != 2 {
        return None;
    }
    let length = usize::from(reader.u8()?);
    let mut fields = Reader::new(reader.take(length)?);
    let has_pts = flags & 0x80 != 0;
    let has_dts = has_pts && flags & 0x40 != 0;
    let pts = if has_pts { fields.array().map(timestamp) } else { None };
    let dts = if has_dts { fields.array().map(timestamp) } else { None };
    Some(Head { scrambled: flags >> 12 & 3 != 0, pts, dts, payload: bytes.len() - reader.left() })
}

/// 33 bits among marker bits, which are taken as they come.
fn timestamp(bytes: [u8; 5]) -> u64 {
    let [a, b, c, d, e] = bytes.map(u64::from);
    (a >> 1 & 0x07) << 30 | b << 22 | (c >> 1) << 15 | d << 7 | e >> 1
}
