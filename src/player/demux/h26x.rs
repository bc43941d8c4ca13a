//! Whether decoding can begin at a picture, by looking into the elementary stream of a video track.
//! Looks no further than the first slice's head; pictures themselves are not read.

use super::{Codec, reader::Bits};

/// Whether the unit holds what a decoder needs to begin with.
pub fn is_key(codec: &Codec, unit: &[u8]) -> bool {
    match codec {
        Codec::H264 => h264(unit),
        Codec::H265 => h265(unit),
        Codec::Mpeg1Video | Codec::Mpeg2Video => mpeg(unit),
        Codec::Avs => avs(unit),
        Codec::Mpeg4Video => mpeg4(unit),
        _ => false,
    }
}

/// What stands behind each start code 00 00 01, to the end of the unit.
fn parts(unit: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = unit;
    std::iter::from_fn(move || {
        rest = after_start_code(rest)?;
        (!rest.is_empty()).then_some(rest)
    })
}

fn after_start_code(bytes: &[u8]) -> Option<&[u8]> {
    // The third byte decides how far to go on: a start code ends in one, and cannot end right after anything larger.
    let mut at = 2;
    loop {
        match bytes.get(at)? {
            0 => at += 1,
            1 if bytes.get(at - 2..at) == Some(&[0, 0]) => return bytes.get(at + 1..),
            _ => at += 3,
        }
    }
}

/// An IDR picture; or an intra slice behind parameter sets or a recovery point.
fn h264(unit: &[u8]) -> bool {
    let mut entry = false;
    for nal in parts(unit) {
        let Some((head, body)) = nal.split_first() else { continue };
        match head & 0x1F {
            5 => return true,
            7 => entry = true,
            6 => entry |= has_recovery_point(body),
            1 | 2 => return entry && is_intra_slice(body),
            _ => {}
        }
    }
    false
}

fn is_intra_slice(slice: &[u8]) -> bool {
    let mut bits = Bits::new(slice);
    let kind = bits.golomb().and_then(|_first_macroblock| bits.golomb());
    matches!(kind, Some(2 | 4 | 7 | 9))
}

/// Walks the messages of an SEI unit up to its end or the recovery point (type 6).
fn has_recovery_point(mut sei: &[u8]) -> bool {
    const RECOVERY_POINT: usize = 6;
    let number = |rest: &mut &[u8]| -> Option<usize> {
        let mut sum = 0usize;
        loop {
            let (byte, after) = rest.split_first()?;
            *rest = after;
            sum += usize::from(*byte);
            if *byte != 0xFF {
                return Some(sum);
            }
        }
    };
    // A payload is at least its two head bytes, and 0x80 closes the unit.
    while sei.len() >= 2 && sei.first() != Some(&0x80) {
        let (Some(kind), Some(size)) = (number(&mut sei), number(&mut sei)) else { return false };
        if kind == RECOVERY_POINT {
            return true;
        }
        let Some(rest) = sei.get(size..) else { return false };
        if rest.starts_with(&[0, 0, 1]) {
            return false;
        }
        sei = rest;
    }
    false
}

/// BLA, IDR or CRA pictures.
fn h265(unit: &[u8]) -> bool {
    for nal in parts(unit) {
        match nal.first().map(|head| head >> 1 & 0x3F) {
            Some(16..=21) => return true,
            Some(0..=15 | 22..=31) => return false,
            _ => {}
        }
    }
    false
}

/// A sequence header followed by an intra picture.
fn mpeg(unit: &[u8]) -> bool {
    let mut sequence = false;
    for part in parts(unit) {
        match part {
            [0xB3, ..] => sequence = true,
            [0x00, _, second, ..] => return sequence && second >> 3 & 0x07 == 1,
            _ => {}
        }
    }
    false
}

fn avs(unit: &[u8]) -> bool {
    let mut sequence = false;
    for part in parts(unit) {
        match part.first() {
            Some(0xB0) => sequence = true,
            Some(0xB3) => return sequence,
            Some(0xB6) => return false,
            _ => {}
        }
    }
    false
}

/// An intra VOP. Its headers may come out of band, so they are not asked for.
fn mpeg4(unit: &[u8]) -> bool {
    parts(unit)
        .find(|part| part.first() == Some(&0xB6))
        .is_some_and(|part| part.get(1).is_some_and(|byte| byte >> 6 == 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn start_codes_are_found_wherever_they_stand() {
        let unit = [9, 0, 0, 1, 7, 0, 0, 0, 1, 8, 1, 0, 1, 0, 0, 2, 0, 0, 1];
        let found: Vec<usize> = parts(&unit).map(<[u8]>::len).collect();
        assert_eq!(found, [15, 10]);
        assert_eq!(parts(&[0, 0]).count(), 0);
        assert_eq!(parts(&[0, 0, 1, 5]).count(), 1);
    }

    #[test]
    fn a_recovery_point_counts_with_an_intra_slice_only() {
        // A message of another kind before it; slice types I and P.
        let sei = [0, 0, 1, 0x06, 5, 2, 9, 9, 6, 1, 0xC4, 0x80];
        let intra = [0, 0, 1, 0x41, 0b1011_0000];
        let inter = [0, 0, 1, 0x41, 0b1100_0000];
        assert!(is_key(&Codec::H264, &[&sei[..], &intra].concat()));
        assert!(!is_key(&Codec::H264, &[&sei[..], &inter].concat()));
        assert!(!is_key(&Codec::H264, &intra));
        assert!(is_key(&Codec::H264, &[0, 0, 1, 0x65]));
    }

    #[test]
    fn intra_pictures_of_other_codings_are_known() {
        let unit = |parts: &[&[u8]]| parts.iter().flat_map(|part| [&[0, 0, 1], *part].concat()).collect::<Vec<u8>>();
        assert!(is_key(&Codec::Mpeg2Video, &unit(&[&[0xB3, 1, 2], &[0xB8, 1], &[0x00, 0, 1 << 3]])));
        assert!(!is_key(&Codec::Mpeg2Video, &unit(&[&[0xB3, 1, 2], &[0x00, 0, 2 << 3]])));
        assert!(!is_key(&Codec::Mpeg1Video, &unit(&[&[0x00, 0, 1 << 3]])));
        assert!(is_key(&Codec::Avs, &unit(&[&[0xB0, 1], &[0xB3, 1]])));
        assert!(!is_key(&Codec::Avs, &unit(&[&[0xB6, 1]])));
        assert!(is_key(&Codec::Mpeg4Video, &unit(&[&[0xB6, 0x10]])));
        assert!(!is_key(&Codec::Mpeg4Video, &unit(&[&[0xB6, 0x50]])));
        assert!(is_key(&Codec::H265, &unit(&[&[32 << 1, 1], &[21 << 1, 1]])));
        assert!(!is_key(&Codec::H265, &unit(&[&[35 << 1, 1], &[1 << 1, 1]])));
    }
}
