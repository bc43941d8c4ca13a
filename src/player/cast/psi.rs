//! What is on air: sections put together from packets, the tables PAT and PMT read from them. Only tables whose checksum
//! holds are believed.

use super::{
    codec::{AudioCodec, VideoCodec},
    packet::Packet,
};
use crate::player::{
    inband::{self, Service},
    sounds::{Sound, wished},
};

/// Nobody goes through more sounds than these with one key.
const MOST_SOUNDS: usize = 16;
/// Nor through more streams of subtitles.
const MOST_WRITTEN: usize = 16;
/// Longest section that the standard allows for these tables, with room to spare.
const SECTION_BYTES: usize = 4096 + 3;

/// Puts the sections of one PID together, over as many packets as they take.
#[derive(Clone, Debug, Default)]
pub struct Sections {
    held: Vec<u8>,
    /// A section has begun and is not complete.
    open: bool,
    counter: Option<u8>,
}

impl Sections {
    /// Calls `found` with each complete section whose checksum holds.
    pub fn take(&mut self, packet: &Packet<'_>, mut found: impl FnMut(&[u8])) {
        if packet.payload.is_empty() || packet.scrambled {
            return;
        }
        let before = self.counter.replace(packet.counter);
        if before == Some(packet.counter) && !packet.discontinuity {
            // Sent twice, as the standard allows.
            return;
        }
        if before.is_some_and(|b| (b + 1) & 0x0f != packet.counter) {
            self.open = false;
        }
        let mut payload = packet.payload;
        if packet.starts {
            let Some((&pointer, rest)) = payload.split_first() else { return };
            let Some((tail, fresh)) = rest.split_at_checked(usize::from(pointer)) else {
                self.open = false;
                return;
            };
            self.grow(tail, &mut found);
            self.held.clear();
            self.open = true;
            payload = fresh;
        }
        self.grow(payload, &mut found);
    }

    fn grow(&mut self, bytes: &[u8], found: &mut impl FnMut(&[u8])) {
        if !self.open {
            return;
        }
        self.held.extend_from_slice(bytes);
        let mut at = 0;
        while let Some(&[table, high, low]) = self.held.get(at..at + 3) {
            // Stuffing up to the end of the packet.
            if table == 0xff {
                self.open = false;
                break;
            }
            let length = 3 + usize::from(u16::from_be_bytes([high & 0x0f, low]));
            let Some(section) = self.held.get(at..at + length) else { break };
            if checksum(section) == 0 {
                found(section);
            }
            at += length;
        }
        self.held.drain(..at.min(self.held.len()));
        if self.held.len() > SECTION_BYTES {
            self.open = false;
        }
        if !self.open {
            self.held.clear();
        }
    }
}

/// CRC-32 of MPEG; zero over a section with its own checksum.
pub fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(u32::MAX, |mut crc, byte| {
        crc ^= u32::from(*byte) << 24;
        for _ in 0..8 {
            crc = if crc & 0x8000_0000 != 0 { (crc << 1) ^ 0x04c1_1db7 } else { crc << 1 };
        }
        crc
    })
}

/// The part of a long section between its header and its checksum, if it is this table and in force.
fn body(section: &[u8], table: u8) -> Option<&[u8]> {
    let &[id, flags, _, _, _, validity, _, _, ref rest @ ..] = section else { return None };
    let in_force = id == table && flags & 0x80 != 0 && validity & 1 == 1;
    in_force.then(|| rest.get(..rest.len().checked_sub(4)?)).flatten()
}

/// Where the maps of the programmes are, from a section of PID 0.
pub fn association(section: &[u8]) -> Option<Vec<u16>> {
    let pids = body(section, 0)?
        .chunks_exact(4)
        .filter_map(|entry| match *entry {
            // Number 0 is the network's own table.
            [0, 0, _, _] => None,
            [_, _, high, low] => Some(u16::from_be_bytes([high & 0x1f, low])),
            _ => None,
        })
        .collect();
    Some(pids)
}

/// What plays of a programme, and whether that is all there is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Programme {
    pub video: Option<(u16, VideoCodec)>,
    /// The first sound, or the one that was preferred.
    pub audio: Option<(u16, AudioCodec)>,
    /// All its sounds, in the map's order.
    pub sounds: Vec<Heard>,
    /// Streams with subtitles, and which.
    pub written: Vec<(u16, Vec<Service>)>,
    /// Streams that may be picture or sound, and are of no kind known here.
    pub strange: bool,
}

/// One of the sounds of a programme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    pub pid: u16,
    pub codec: AudioCodec,
    /// Three letters of ISO 639.
    pub language: Option<String>,
}

impl Programme {
    /// Its sounds as a viewer chooses among them, and which of them plays.
    pub fn choice(&self) -> (Vec<Sound>, usize) {
        let languages: Vec<Option<String>> = self.sounds.iter().map(|s| s.language.clone()).collect();
        let plays = self.sounds.iter().position(|s| Some(s.pid) == self.audio.map(|(pid, _)| pid));
        (Sound::of_languages(&languages), plays.unwrap_or(0))
    }

    /// Plays the sound wished for; the first one where there is nothing like it.
    pub fn prefer(&mut self, wish: Option<&Sound>) {
        let at = wished(&self.choice().0, wish).unwrap_or(0);
        self.audio = self.sounds.get(at).map(|s| (s.pid, s.codec));
    }

    /// The same decoders play both.
    pub fn same_codecs(&self, other: &Self) -> bool {
        let kinds = |p: &Self| (p.video.map(|v| v.1), p.audio.map(|a| a.1));
        kinds(self) == kinds(other)
    }

    /// This reader does justice to it.
    pub fn is_known(&self) -> bool {
        match (self.video, self.audio) {
            (Some(_), Some(_)) => true,
            (None, None) => false,
            _ => !self.strange,
        }
    }
}

enum Kind {
    Video(VideoCodec),
    Audio(AudioCodec),
    /// Subtitles, teletext, data.
    Beside,
    Strange,
}

fn kind(stream_type: u8, descriptors: &[u8]) -> Kind {
    match stream_type {
        0x01 | 0x02 => Kind::Video(VideoCodec::Mpeg2),
        0x1b => Kind::Video(VideoCodec::H264),
        0x24 => Kind::Video(VideoCodec::H265),
        0x42 => Kind::Video(VideoCodec::Avs),
        0x03 | 0x04 => Kind::Audio(AudioCodec::Mpeg),
        0x0f => Kind::Audio(AudioCodec::Adts),
        0x11 => Kind::Audio(AudioCodec::Latm),
        0x81 => Kind::Audio(AudioCodec::Ac3),
        0x87 => Kind::Audio(AudioCodec::Eac3),
        0x06 => private(descriptors),
        // MPEG-4 part 2, JPEG 2000, AVS2 and AVS3, the newer ones of MPEG, DRA and whatever else operators use.
        0x10 | 0x1c | 0x20..=0x23 | 0x25.. => Kind::Strange,
        _ => Kind::Beside,
    }
}

/// What private data is says a descriptor, as DVB and ATSC have it.
fn private(descriptors: &[u8]) -> Kind {
    let mut rest = descriptors;
    while let &[tag, length, ref after @ ..] = rest {
        let Some((value, next)) = after.split_at_checked(usize::from(length)) else { break };
        match (tag, value) {
            (0x6a, _) | (0x05, [b'A', b'C', b'-', b'3', ..]) => return Kind::Audio(AudioCodec::Ac3),
            (0x7a, _) | (0x05, [b'E', b'A', b'C', b'3', ..]) => return Kind::Audio(AudioCodec::Eac3),
            (0x05, [b'H', b'E', b'V', b'C', ..]) => return Kind::Video(VideoCodec::H265),
            // AAC and DTS in DVB's way.
            (0x7b | 0x7c, _) => return Kind::Strange,
            _ => rest = next,
        }
    }
    Kind::Beside
}

/// The subtitles that a stream of private data says it carries.
fn written(stream_type: u8, descriptors: &[u8]) -> Vec<Service> {
    let mut all = Vec::new();
    let mut rest = descriptors;
    while let &[tag, length, ref after @ ..] = rest {
        let Some((value, next)) = after.split_at_checked(usize::from(length)) else { break };
        all.extend(inband::services(tag, value));
        rest = next;
    }
    all.retain(|_| stream_type == 0x06);
    all
}

/// What an ISO 639 descriptor says.
fn language(descriptors: &[u8]) -> Option<String> {
    let mut rest = descriptors;
    while let &[tag, length, ref after @ ..] = rest {
        let (value, next) = after.split_at_checked(usize::from(length))?;
        if let (0x0a, Some(code)) = (tag, value.get(..3)) {
            let letters = code.iter().all(u8::is_ascii_alphabetic);
            return letters.then(|| String::from_utf8_lossy(code).to_ascii_lowercase());
        }
        rest = next;
    }
    None
}

/// The first picture and the sounds of a programme, from a section of its map.
pub fn map(section: &[u8]) -> Option<Programme> {
    let &[_, _, high, low, ref rest @ ..] = body(section, 2)? else { return None };
    let mut rest = rest.get(usize::from(u16::from_be_bytes([high & 0x0f, low]))..)?;
    let mut programme = Programme::default();
    while let &[stream_type, high, low, more, length, ref after @ ..] = rest {
        let pid = u16::from_be_bytes([high & 0x1f, low]);
        let (descriptors, next) = after.split_at_checked(usize::from(u16::from_be_bytes([more & 0x0f, length])))?;
        match kind(stream_type, descriptors) {
            Kind::Video(codec) => programme.video = programme.video.or(Some((pid, codec))),
            Kind::Audio(codec) => {
                programme.audio = programme.audio.or(Some((pid, codec)));
                if programme.sounds.len() < MOST_SOUNDS {
                    programme.sounds.push(Heard { pid, codec, language: language(descriptors) });
                }
            }
            Kind::Strange => programme.strange = true,
            Kind::Beside => {
                let services = written(stream_type, descriptors);
                if !services.is_empty() && programme.written.len() < MOST_WRITTEN {
                    programme.written.push((pid, services));
                }
            }
        }
        rest = next;
    }
    Some(programme)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::player::cast::{
        packet::packets,
        writer::{Writer, pat_section, pmt_section},
    };

    fn sections(bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut reader = Sections::default();
        let mut found = Vec::new();
        for packet in packets(bytes) {
            reader.take(&packet, |s| found.push(s.to_vec()));
        }
        found
    }

    #[test]
    fn tables_are_read() {
        assert_eq!(association(&pat_section(&[(0, 16), (1, 0x100), (2, 0x1ff)])), Some(vec![0x100, 0x1ff]));
        let map_of = |streams: &[(u8, u16, &[u8])]| map(&pmt_section(3, streams)).expect("a map");
        let usual = map_of(&[(0x1b, 0x101, b""), (0x0f, 0x102, b""), (0x03, 0x103, b"")]);
        assert_eq!(usual.video, Some((0x101, VideoCodec::H264)));
        assert_eq!(usual.audio, Some((0x102, AudioCodec::Adts)), "the first sound");
        assert!(usual.is_known());
        let languages: Vec<_> = usual.sounds.iter().map(|s| (s.pid, s.language.as_deref())).collect();
        assert_eq!(languages, [(0x102, None), (0x103, None)]);
        let dvb =
            map_of(&[(0x06, 0x30, b"\x59\x08chi00000"), (0x24, 0x31, b""), (0x06, 0x32, b"\x0a\x04chi\0\x6a\x01\0")]);
        assert_eq!((dvb.video, dvb.audio), (Some((0x31, VideoCodec::H265)), Some((0x32, AudioCodec::Ac3))));
        let written: Vec<_> = dvb.written.iter().map(|(pid, s)| (*pid, s[0].language.as_deref())).collect();
        assert_eq!(written, [(0x30, Some("chi"))]);
        let avs = map_of(&[(0x42, 0x31, b""), (0x03, 0x32, b"")]);
        assert_eq!(avs.video, Some((0x31, VideoCodec::Avs)));
        let newer = map_of(&[(0xd2, 0x31, b""), (0x03, 0x32, b"")]);
        assert!(newer.strange && !newer.is_known());
        assert!(!map_of(&[]).is_known());
    }

    #[test]
    fn the_sound_wished_for_plays_and_the_first_where_there_is_none_like_it() {
        let of = |language: &str| [&[0x0a, 4][..], language.as_bytes(), &[0]].concat();
        let (chinese, shanghai) = (of("chi"), of("WUU"));
        let streams = [
            (0x1b, 0x101, &b""[..]),
            (0x03, 0x102, &chinese),
            (0x0f, 0x103, &shanghai),
            (0x03, 0x104, b"\x0a\x03\0\0\0"),
        ];
        let mut programme = map(&pmt_section(3, &streams)).expect("a map");
        let wish = |language: &str| Some(Sound { name: String::new(), language: Some(language.into()) });
        let mut plays = |wish: Option<Sound>| {
            programme.prefer(wish.as_ref());
            (programme.audio, programme.choice().1)
        };
        assert_eq!(plays(None), (Some((0x102, AudioCodec::Mpeg)), 0));
        assert_eq!(plays(wish("wuu")), (Some((0x103, AudioCodec::Adts)), 1));
        assert_eq!(plays(wish("en")), (Some((0x102, AudioCodec::Mpeg)), 0));
        let third = Some(Sound { name: "3".into(), language: None });
        assert_eq!(plays(third), (Some((0x104, AudioCodec::Mpeg)), 2));
    }

    #[test]
    fn a_map_over_several_packets_is_put_together() {
        let long = [0x0a, 250].into_iter().chain([7; 250]).collect::<Vec<u8>>();
        let section = pmt_section(1, &[(0x02, 0x21, &long), (0x04, 0x22, &long)]);
        assert!(section.len() > 400);
        let mut writer = Writer::default();
        writer.section(0x20, &section);
        assert_eq!(sections(&writer.bytes), vec![section.clone()]);
        // Without its middle there is nothing, and the next one is read again.
        let mut holed = writer.bytes.clone();
        holed.drain(188..376);
        writer.bytes.clear();
        writer.section(0x20, &section);
        holed.extend(&writer.bytes);
        assert_eq!(sections(&holed), vec![section]);
    }

    #[test]
    fn a_table_with_a_broken_byte_is_not_believed() {
        let mut section = pmt_section(1, &[(0x1b, 0x21, b"")]);
        section[10] ^= 1;
        let mut writer = Writer::default();
        writer.section(0x20, &section);
        assert!(sections(&writer.bytes).is_empty());
    }

    proptest! {
        #[test]
        fn any_bytes_are_taken(bytes in proptest::collection::vec(any::<u8>(), 0..1100)) {
            let _ = association(&bytes);
            let _ = map(&bytes);
            let mut reader = Sections::default();
            for (at, payload) in bytes.chunks(184).enumerate() {
                let packet = Packet { pid: 0, starts: payload.len() % 2 == 0, scrambled: false, counter: at as u8 & 15,
                    discontinuity: false, random_access: false, filled: false, payload };
                reader.take(&packet, |_| {});
                prop_assert!(reader.held.len() <= SECTION_BYTES + 184);
            }
        }

        #[test]
        fn a_map_with_any_body_is_taken(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = map(&[&[2, 0xb0, 0, 0, 1, 0xc1, 0, 0][..], &body].concat());
        }
    }
}
