//! Descriptors of a programme's streams: languages, and what is inside streams of the private type.

use crate::player::{
    demux::{Codec, opus, reader::Reader},
    inband,
    sounds::descriptor_language,
};

/// Tag and content of each descriptor.
fn each(bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut reader = Reader::new(bytes);
    std::iter::from_fn(move || {
        let tag = reader.u8()?;
        let length = reader.u8()?;
        Some((tag, reader.take(usize::from(length))?))
    })
}

/// The first language that is one.
pub fn language(descriptors: &[u8]) -> Option<String> {
    const LANGUAGE: u8 = 0x0A;
    each(descriptors).filter(|(tag, _)| *tag == LANGUAGE).find_map(|(_, body)| descriptor_language(body))
}

/// What a stream of type 0x06 carries, if it says so.
pub fn private_codec(descriptors: &[u8]) -> Option<Codec> {
    let services: Vec<_> = each(descriptors).flat_map(|(tag, body)| inband::services(tag, body)).collect();
    if !services.is_empty() {
        return Some(Codec::Inband { services });
    }
    each(descriptors).find_map(|(tag, body)| match tag {
        // DVB: AC-3 and E-AC-3.
        0x6A => Some(Codec::Ac3),
        0x7A => Some(Codec::Eac3),
        // Registration by a name of four letters.
        0x05 => match body.get(..4)? {
            b"AC-3" => Some(Codec::Ac3),
            b"EAC3" => Some(Codec::Eac3),
            b"HEVC" => Some(Codec::H265),
            b"Opus" => Some(Codec::Opus { head: opus_head(descriptors)? }),
            _ => None,
        },
        _ => None,
    })
}

/// The extension descriptor that tells an Opus stream's channels.
fn opus_head(descriptors: &[u8]) -> Option<Vec<u8>> {
    const EXTENSION: u8 = 0x7F;
    const OPUS: u8 = 0x80;
    const STEREO: u8 = 2;
    let channels = each(descriptors).find_map(|(tag, body)| match body {
        [OPUS, channels, ..] if tag == EXTENSION => Some(*channels),
        _ => None,
    });
    opus::head(channels.unwrap_or(STEREO))
}
