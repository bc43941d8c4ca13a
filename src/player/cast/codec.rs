//! Just enough of each codec to know where a decoder can begin. Decodes nothing.

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VideoCodec {
    Mpeg2,
    H264,
    H265,
    /// The Chinese standard, first edition.
    Avs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AudioCodec {
    /// MPEG-1 and 2, layers 1 to 3.
    Mpeg,
    /// AAC with a header on each frame.
    Adts,
    /// AAC as DVB has it.
    Latm,
    Ac3,
    Eac3,
}

/// How well a decoder can begin with a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Entry {
    #[default]
    None,
    /// Said to be a place to begin, but without what a decoder needs to know of the stream.
    Bare,
    Full,
}

/// Looks at the head of a coded picture, up to its first slice. `flagged` is what the transport says of it. Encoders
/// repeat parameter sets before pictures that refer to others, and some flag those too few: neither alone is enough.
pub fn entry(codec: VideoCodec, data: &[u8], flagged: bool) -> Entry {
    let mut sets = false;
    for unit in units(data) {
        match part(codec, unit) {
            Part::Sets => sets = true,
            Part::Other => {}
            Part::Picture { intra } => {
                return match (sets, intra || flagged) {
                    (true, true) => Entry::Full,
                    (false, true) => Entry::Bare,
                    (_, false) => Entry::None,
                };
            }
        }
    }
    Entry::None
}

enum Part {
    /// What a decoder has to know first.
    Sets,
    /// A picture begins; `intra` where it refers to no other.
    Picture {
        intra: bool,
    },
    Other,
}

fn part(codec: VideoCodec, unit: &[u8]) -> Part {
    let first = unit.first().copied();
    match (codec, first) {
        (VideoCodec::H264, Some(byte)) => match byte & 0x1f {
            7 => Part::Sets,
            5 => Part::Picture { intra: true },
            1..=4 => Part::Picture { intra: is_intra_slice(unit.get(1..).unwrap_or_default()) },
            _ => Part::Other,
        },
        (VideoCodec::H265, Some(byte)) => match byte >> 1 & 0x3f {
            33 => Part::Sets,
            kind @ 0..=31 => Part::Picture { intra: (16..=23).contains(&kind) },
            _ => Part::Other,
        },
        (VideoCodec::Mpeg2, Some(0xb3)) => Part::Sets,
        // Coding type 1 of the picture header.
        (VideoCodec::Mpeg2, Some(0)) => Part::Picture { intra: unit.get(2).is_some_and(|b| b >> 3 & 7 == 1) },
        (VideoCodec::Avs, Some(0xb0)) => Part::Sets,
        // Pictures of its own, and those that refer to others.
        (VideoCodec::Avs, Some(kind @ (0xb3 | 0xb6))) => Part::Picture { intra: kind == 0xb3 },
        _ => Part::Other,
    }
}

/// What follows each start code; runs to the end of the data, not of the unit.
fn units(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = data;
    std::iter::from_fn(move || {
        let at = rest.windows(3).position(|w| w == [0, 0, 1])?;
        rest = rest.get(at + 3..)?;
        Some(rest)
    })
}

/// Slice types 2, 4, 7 and 9 refer to no other picture. Two numbers in Exp-Golomb code lead there.
fn is_intra_slice(header: &[u8]) -> bool {
    let mut bits = header.iter().take(16).flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1));
    let mut number = || -> Option<u32> {
        let zeros = bits.by_ref().take_while(|bit| *bit == 0).count();
        if zeros > 20 {
            return None;
        }
        let mut value = 1;
        for _ in 0..zeros {
            value = value << 1 | u32::from(bits.next()?);
        }
        Some(value - 1)
    };
    let kind = number().and_then(|_| number());
    matches!(kind, Some(2 | 4 | 7 | 9))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const AUD: &[u8] = &[0, 0, 0, 1, 9, 0xf0];
    const SPS: &[u8] = &[0, 0, 0, 1, 0x67, 1, 2, 3, 0, 0, 1, 0x68, 4];

    fn h264(parts: &[&[u8]], flagged: bool) -> Entry {
        entry(VideoCodec::H264, &parts.concat(), flagged)
    }

    #[test]
    fn places_to_begin_are_found_in_h264() {
        let idr: &[u8] = &[0, 0, 1, 0x65, 0x88];
        // first_mb 0 ("1"), then slice type 7 ("0001000") or 5 ("00110").
        let intra: &[u8] = &[0, 0, 1, 0x41, 0b1000_1000];
        let predicted: &[u8] = &[0, 0, 1, 0x41, 0b1001_1000];
        assert_eq!(h264(&[AUD, SPS, idr], false), Entry::Full);
        assert_eq!(h264(&[AUD, SPS, intra], false), Entry::Full, "an open group of pictures");
        assert_eq!(h264(&[AUD, SPS, predicted], false), Entry::None, "parameter sets before every picture");
        assert_eq!(h264(&[AUD, SPS, predicted], true), Entry::Full, "gradual refresh, flagged");
        assert_eq!(h264(&[AUD, idr], false), Entry::Bare);
        assert_eq!(h264(&[AUD, predicted], false), Entry::None);
        assert_eq!(h264(&[predicted, SPS, idr], false), Entry::None, "only the first picture counts");
    }

    #[test]
    fn places_to_begin_are_found_in_the_others() {
        let hevc = |nal: u8| [&[0, 0, 1, 33 << 1, 1, 5][..], &[0, 0, 1, nal << 1, 1, 0x80]].concat();
        assert_eq!(entry(VideoCodec::H265, &hevc(19), false), Entry::Full);
        assert_eq!(entry(VideoCodec::H265, &hevc(21), false), Entry::Full, "clean random access");
        assert_eq!(entry(VideoCodec::H265, &hevc(1), false), Entry::None);
        let mpeg = |kind: u8| [&[0, 0, 1, 0xb3, 1][..], &[0, 0, 1, 0xb8, 0, 0, 0, 1, 0, 0, kind << 3]].concat();
        assert_eq!(entry(VideoCodec::Mpeg2, &mpeg(1), false), Entry::Full);
        assert_eq!(entry(VideoCodec::Mpeg2, &mpeg(2), false), Entry::None);
        let avs = |kind: u8| [0, 0, 1, 0xb0, 0x20, 0x12, 0, 0, 1, kind, 3];
        assert_eq!(entry(VideoCodec::Avs, &avs(0xb3), false), Entry::Full);
        assert_eq!(entry(VideoCodec::Avs, &avs(0xb6), false), Entry::None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_taken(bytes in proptest::collection::vec(0u8..40, 0..400), flagged: bool) {
            for codec in [VideoCodec::Mpeg2, VideoCodec::H264, VideoCodec::H265, VideoCodec::Avs] {
                let _ = entry(codec, &bytes, flagged);
            }
            let _ = is_intra_slice(&bytes);
        }
    }
}
