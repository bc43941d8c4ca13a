//! Sample descriptions: how the samples of an MP4 track are coded.

use super::boxes::{Name, child, children};
use crate::player::demux::{Codec, opus, reader::Bits, reader::Reader};

pub enum Entry {
    Known(Codec),
    Encrypted,
    Unknown,
}

impl Entry {
    pub fn codec(self) -> Option<Codec> {
        match self {
            Self::Known(codec) => Some(codec),
            Self::Encrypted | Self::Unknown => None,
        }
    }
}

/// What a visual entry holds before its children: the general head, and sizes, resolutions, a name.
const VISUAL_BYTES: usize = 78;
const SOUND_BYTES: usize = 28;

/// Reads the description `name` of `stsd`.
pub fn entry(name: &Name, content: &[u8]) -> Entry {
    let codec = match name {
        b"encv" | b"enca" => return Entry::Encrypted,
        b"wvtt" => Some(Codec::WebVtt),
        b"stpp" => Some(Codec::Ttml),
        b"avc1" | b"avc3" | b"avc2" | b"avc4" => visual(content, b"avcC").map(|config| Codec::Avc { config }),
        b"hvc1" | b"hev1" | b"dvh1" | b"dvhe" => visual(content, b"hvcC").map(|config| Codec::Hevc { config }),
        b"mp4a" => mp4a(content),
        b".mp3" => Some(Codec::MpegAudio),
        b"ac-3" => Some(Codec::Ac3),
        b"ec-3" => Some(Codec::Eac3),
        b"Opus" => sound(content).and_then(|(_, _, children)| opus_head(child(children, b"dOps")?)),
        _ => None,
    };
    codec.map_or(Entry::Unknown, Entry::Known)
}

fn visual(content: &[u8], name: &Name) -> Option<Vec<u8>> {
    child(content.get(VISUAL_BYTES..)?, name).filter(|config| !config.is_empty()).map(<[u8]>::to_vec)
}

/// Channels, rate and children of a sound entry, of whichever of QuickTime's versions.
fn sound(content: &[u8]) -> Option<(u32, u32, &[u8])> {
    let mut reader = Reader::new(content);
    reader.skip(8)?;
    let version = reader.u16()?;
    reader.skip(6)?;
    let channels = u32::from(reader.u16()?);
    reader.skip(6)?;
    let rate = reader.u32()? >> 16;
    let children = match version {
        0 => SOUND_BYTES,
        1 => SOUND_BYTES + 16,
        2 => SOUND_BYTES + 36,
        _ => return None,
    };
    Some((channels, rate, content.get(children..)?))
}

fn mp4a(content: &[u8]) -> Option<Codec> {
    let (channels, rate, inside) = sound(content)?;
    let esds = children(inside).find_map(|(name, content)| match &name {
        b"esds" => Some(content),
        // QuickTime puts it one deeper.
        b"wave" => child(content, b"esds"),
        _ => None,
    })?;
    let (object, config) = decoder(esds.get(4..)?)?;
    match object {
        // MPEG-4 and MPEG-2 AAC.
        0x40 | 0x66..=0x68 => {
            let config = config.filter(|config| config.len() >= 2)?;
            let (said_rate, said_channels) = aac_config(config).unwrap_or((0, 0));
            let or = |said: u32, outside: u32| if said > 0 { said } else { outside };
            let (rate, channels) = (or(said_rate, rate), or(said_channels, channels));
            Some(Codec::AacRaw { config: config.to_vec(), rate, channels })
        }
        0x69 | 0x6B => Some(Codec::MpegAudio),
        0xA5 => Some(Codec::Ac3),
        0xA6 => Some(Codec::Eac3),
        _ => None,
    }
}

/// Object type and decoder configuration out of the descriptors of `esds`.
fn decoder(bytes: &[u8]) -> Option<(u8, Option<&[u8]>)> {
    let (0x03, stream) = descriptor(&mut Reader::new(bytes))? else { return None };
    let mut reader = Reader::new(stream);
    reader.skip(2)?;
    let flags = reader.u8()?;
    if flags & 0x80 != 0 {
        reader.skip(2)?;
    }
    if flags & 0x40 != 0 {
        let length = reader.u8()?;
        reader.skip(usize::from(length))?;
    }
    if flags & 0x20 != 0 {
        reader.skip(2)?;
    }
    let (0x04, decoder) = descriptor(&mut reader)? else { return None };
    let mut reader = Reader::new(decoder);
    let object = reader.u8()?;
    reader.skip(12)?;
    let config = descriptor(&mut reader).and_then(|(tag, config)| (tag == 0x05).then_some(config));
    Some((object, config))
}

fn descriptor<'a>(reader: &mut Reader<'a>) -> Option<(u8, &'a [u8])> {
    let tag = reader.u8()?;
    let mut length = 0usize;
    for _ in 0..4 {
        let byte = reader.u8()?;
        length = length << 7 | usize::from(byte & 0x7F);
        if byte & 0x80 == 0 {
            break;
        }
    }
    // A length that says too much is cut: some writers count wrongly, and what is needed stands at the front.
    Some((tag, reader.take(length.min(reader.left()))?))
}

/// Rate and channels out of an AudioSpecificConfig; zero channels where they are told elsewhere in it.
fn aac_config(config: &[u8]) -> Option<(u32, u32)> {
    const RATES: [u32; 13] =
        [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];
    let mut bits = Bits::new(config);
    if bits.bits(5)? == 31 {
        bits.bits(6)?;
    }
    let rate = match bits.bits(4)? {
        15 => bits.bits(24)?,
        index => *RATES.get(index as usize)?,
    };
    let channels = match bits.bits(4)? {
        7 => 8,
        11 => 7,
        12 | 14 => 8,
        few @ 1..=6 => few,
        _ => 0,
    };
    Some((rate, channels))
}

/// `dOps` says in big-endian what `OpusHead` says in little-endian.
fn opus_head(dops: &[u8]) -> Option<Codec> {
    let mut reader = Reader::new(dops);
    let _version = reader.u8()?;
    let channels = reader.u8()?;
    let (pre_skip, rate, gain, family) = (reader.u16()?, reader.u32()?, reader.u16()?, reader.u8()?);
    let mapping = if family == 0 { &[] } else { reader.take(2 + usize::from(channels))? };
    Some(Codec::Opus { head: opus::head_of(channels, pre_skip, rate, gain, family, mapping) })
}
