//! The tables that say what a transport stream consists of: PAT and PMT, put together from packets, their checksums
//! verified. The first programme with media is the one that is followed.

use super::{
    Packet,
    continuity::{Continuity, Order},
    descriptors,
};
use crate::player::demux::{Codec, Kind, Track, TrackId, reader::Reader};

const MAX_PROGRAMMES: usize = 64;
const PAT_PID: u16 = 0;
const PAT_TABLE: u8 = 0x00;
const PMT_TABLE: u8 = 0x02;
const STUFFING: u8 = 0xFF;
const CHECKSUM_BYTES: usize = 4;

/// What the followed programme consists of.
pub struct Table {
    pub tracks: Vec<Track>,
    /// It names streams that are encrypted as a whole.
    pub encrypted: bool,
}

impl Table {
    /// More than subtitles.
    pub fn has_media(&self) -> bool {
        self.tracks.iter().any(|track| track.kind() != Kind::Text)
    }
}

#[derive(Default)]
pub struct Psi {
    pat: Sections,
    programmes: Vec<Programme>,
    followed: Option<u16>,
}

struct Programme {
    number: u16,
    pid: u16,
    sections: Sections,
}

impl Psi {
    /// A new segment: half a section from before is worth nothing.
    pub fn begin(&mut self) {
        self.pat.forget();
        self.programmes.iter_mut().for_each(|programme| programme.sections.forget());
    }

    /// Takes the packets of all PIDs that are no tracks. A table comes when the followed programme's arrived whole.
    pub fn packet(&mut self, pid: u16, packet: &Packet) -> Option<Table> {
        if packet.scrambled {
            return None;
        }
        if pid == PAT_PID {
            self.pat.packet(packet);
            while let Some(section) = self.pat.next() {
                if let Some((is_all, listed)) = pat(&section) {
                    self.list(is_all, listed);
                }
            }
            return None;
        }
        let at = self.programmes.iter().position(|programme| programme.pid == pid)?;
        let mut result = None;
        self.programmes.get_mut(at)?.sections.packet(packet);
        while let Some(section) = self.programmes.get_mut(at)?.sections.next() {
            let Some((number, table)) = pmt(&section) else { continue };
            let listed = self.programmes.iter().any(|programme| programme.pid == pid && programme.number == number);
            let playable = table.has_media();
            match self.followed {
                _ if !listed => {}
                Some(followed) if followed != number => {}
                None if !playable => result = result.or(Some(table)),
                _ => {
                    self.followed = Some(number);
                    result = Some(table);
                }
            }
        }
        result
    }

    /// `is_all`: the table has this one section. Of longer ones the programmes are gathered, none is ever struck off.
    fn list(&mut self, is_all: bool, mut listed: Vec<(u16, u16)>) {
        let known = |programme: &Programme| (programme.number, programme.pid);
        if is_all {
            if self.programmes.iter().map(known).eq(listed.iter().copied().take(MAX_PROGRAMMES)) {
                return;
            }
            if !listed.iter().any(|(number, _)| Some(*number) == self.followed) {
                self.followed = None;
            }
            self.programmes.clear();
        } else {
            listed.retain(|entry| !self.programmes.iter().any(|programme| known(programme) == *entry));
        }
        let room = MAX_PROGRAMMES.saturating_sub(self.programmes.len());
        let new = listed.into_iter().take(room);
        self.programmes.extend(new.map(|(number, pid)| Programme { number, pid, sections: Sections::default() }));
    }
}

/// Puts sections together from the packets of one PID.
#[derive(Default)]
struct Sections {
    continuity: Continuity,
    held: Vec<u8>,
    running: bool,
    /// The tail of a section that ended in the packet that also begins another.
    finished: Vec<u8>,
}

impl Sections {
    fn forget(&mut self) {
        self.continuity.forget();
        self.held.clear();
        self.finished.clear();
        self.running = false;
    }

    fn packet(&mut self, packet: &Packet) {
        match self.continuity.order(packet.counter, packet.payload, packet.discontinuity) {
            Order::Duplicate => return,
            Order::Gap => self.running = false,
            Order::Next => {}
        }
        let mut payload = packet.payload;
        if packet.start {
            let Some((pointer, rest)) = payload.split_first() else { return };
            let Some((tail, rest)) = rest.split_at_checked(usize::from(*pointer)) else {
                self.running = false;
                return;
            };
            if self.running {
                self.held.extend_from_slice(tail);
                self.finished = std::mem::take(&mut self.held);
            }
            self.held.clear();
            self.running = true;
            payload = rest;
        }
        if self.running {
            self.held.extend_from_slice(payload);
        }
    }

    /// The next whole section whose checksum is right, without the checksum.
    fn next(&mut self) -> Option<Vec<u8>> {
        let finished = std::mem::take(&mut self.finished);
        if let Some(body) = whole(&finished).and_then(checked) {
            return Some(body.to_vec());
        }
        while self.running {
            if self.held.first().is_none_or(|table| *table == STUFFING) {
                // The packet's end; another section begins only in a packet that says so.
                self.running = false;
                self.held.clear();
                return None;
            }
            let length = whole(&self.held)?.len();
            let rest = self.held.split_off(length);
            let section = std::mem::replace(&mut self.held, rest);
            if let Some(body) = checked(&section) {
                return Some(body.to_vec());
            }
        }
        None
    }
}

/// The section at the front. Its length field has 12 bits, so no more than 4 KB are ever waited for.
fn whole(bytes: &[u8]) -> Option<&[u8]> {
    let [_, high, low] = bytes.first_chunk::<3>()?;
    bytes.get(..3 + (usize::from(high & 0x0F) << 8 | usize::from(*low)))
}

fn checked(section: &[u8]) -> Option<&[u8]> {
    let body = section.len().checked_sub(CHECKSUM_BYTES)?;
    // The checksum over everything, itself included, is zero.
    (checksum(section) == 0).then(|| section.get(..body)).flatten()
}

/// CRC-32 of MPEG.
pub fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8)
            .fold(sum ^ u32::from(*byte) << 24, |sum, _| if sum >> 31 == 1 { sum << 1 ^ 0x04C1_1DB7 } else { sum << 1 })
    })
}

/// The head that PAT and PMT share, if the table is this one and in force: the number it is about, and whether it
/// consists of this one section.
fn head(section: &[u8], table: u8) -> Option<(u16, bool, Reader<'_>)> {
    let mut reader = Reader::new(section);
    let found = reader.u8()?;
    reader.u16()?;
    let number = reader.u16()?;
    let in_force = reader.u8()? & 1 == 1;
    let sections = reader.u16()?;
    (found == table && in_force).then_some((number, sections == 0, reader))
}

/// Programmes with the PIDs of their PMTs.
fn pat(section: &[u8]) -> Option<(bool, Vec<(u16, u16)>)> {
    let (_, is_all, mut reader) = head(section, PAT_TABLE)?;
    let mut programmes = Vec::new();
    while let (Some(number), Some(pid)) = (reader.u16(), reader.u16()) {
        // Number 0 is the network's own table.
        if number != 0 {
            programmes.push((number, pid & 0x1FFF));
        }
    }
    Some((is_all, programmes))
}

fn pmt(section: &[u8]) -> Option<(u16, Table)> {
    let (number, _, mut reader) = head(section, PMT_TABLE)?;
    let _clock_pid = reader.u16()?;
    let length = usize::from(reader.u16()? & 0x0FFF);
    reader.skip(length)?;
    let mut table = Table { tracks: Vec::new(), encrypted: false };
    while let (Some(stream_type), Some(pid), Some(length)) = (reader.u8(), reader.u16(), reader.u16()) {
        let Some(descriptors) = reader.take(usize::from(length & 0x0FFF)) else { break };
        table.encrypted |= is_encrypted(stream_type);
        if let Some(codec) = codec(stream_type, descriptors) {
            let language = descriptors::language(descriptors);
            table.tracks.push(Track { id: TrackId(u32::from(pid & 0x1FFF)), codec, language });
        }
    }
    Some((number, table))
}

fn codec(stream_type: u8, descriptors: &[u8]) -> Option<Codec> {
    Some(match stream_type {
        0x01 => Codec::Mpeg1Video,
        0x02 => Codec::Mpeg2Video,
        0x03 | 0x04 => Codec::MpegAudio,
        0x06 => return descriptors::private_codec(descriptors),
        0x0F => Codec::AacAdts,
        0x10 => Codec::Mpeg4Video,
        0x11 => Codec::AacLatm,
        0x1B => Codec::H264,
        0x24 => Codec::H265,
        0x42 => Codec::Avs,
        0x81 => Codec::Ac3,
        0x87 => Codec::Eac3,
        _ => return None,
    })
}

/// The types by which Sample-AES marks H.264, AAC, AC-3 and E-AC-3.
fn is_encrypted(stream_type: u8) -> bool {
    matches!(stream_type, 0xDB | 0xCF | 0xC1 | 0xC2)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_checksum_is_that_of_mpeg() {
        // The reference value of CRC-32/MPEG-2.
        assert_eq!(super::checksum(b"123456789"), 0x0376_E6E7);
    }
}
