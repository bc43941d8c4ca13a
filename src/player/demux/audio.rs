//! The frame headers of the audio streams that need no container: ADTS, MPEG audio, AC-3 and E-AC-3.

use super::Codec;

/// Bytes that show any of the headers whole.
pub const HEADER_BYTES: usize = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    Adts,
    Mpeg,
    Ac3,
    Eac3,
}

impl Coding {
    pub fn codec(self) -> Codec {
        match self {
            Self::Adts => Codec::AacAdts,
            Self::Mpeg => Codec::MpegAudio,
            Self::Ac3 => Codec::Ac3,
            Self::Eac3 => Codec::Eac3,
        }
    }

    /// Whether frames of both may stand in one stream: E-AC-3 may be built around AC-3.
    pub fn is_like(self, other: Self) -> bool {
        let is_dolby = |coding| matches!(coding, Self::Ac3 | Self::Eac3);
        self == other || is_dolby(self) && is_dolby(other)
    }
}

/// What a frame's header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    pub coding: Coding,
    /// With the header; never zero.
    pub bytes: usize,
    pub samples: u32,
    pub rate: u32,
}

/// The frame whose header stands at the front of `bytes`.
pub fn frame(bytes: &[u8]) -> Option<Frame> {
    let header = bytes.first_chunk::<HEADER_BYTES>()?;
    match header {
        [0xFF, second, ..] if second & 0xF6 == 0xF0 => adts(header),
        [0xFF, second, ..] if second & 0xE0 == 0xE0 => mpeg(header),
        [0x0B, 0x77, ..] => dolby(header),
        _ => None,
    }
}

fn adts(&[_, _, c, d, e, f, g, _]: &[u8; HEADER_BYTES]) -> Option<Frame> {
    const RATES: [u32; 13] =
        [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];
    let rate = *RATES.get(usize::from(c >> 2 & 0x0F))?;
    let bytes = usize::from(d & 0x03) << 11 | usize::from(e) << 3 | usize::from(f >> 5);
    let blocks = u32::from(g & 0x03) + 1;
    (bytes >= 7).then_some(Frame { coding: Coding::Adts, bytes, samples: 1024 * blocks, rate })
}

fn mpeg(&[_, b, c, ..]: &[u8; HEADER_BYTES]) -> Option<Frame> {
    const V1_L1: [u32; 15] = [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448];
    const V1_L2: [u32; 15] = [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384];
    const V1_L3: [u32; 15] = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
    const V2_L1: [u32; 15] = [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256];
    const V2_L23: [u32; 15] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
    const RATES: [u32; 3] = [44_100, 48_000, 32_000];
    let version = b >> 3 & 0x03;
    let layer = 4 - (b >> 1 & 0x03);
    let slower = match version {
        3 => 0,
        2 => 1,
        0 => 2,
        _ => return None,
    };
    let table = match (version == 3, layer) {
        (_, 4) => return None,
        (true, 1) => V1_L1,
        (true, 2) => V1_L2,
        (true, _) => V1_L3,
        (false, 1) => V2_L1,
        (false, _) => V2_L23,
    };
    let bitrate = *table.get(usize::from(c >> 4)).filter(|rate| **rate > 0)? * 1000;
    let rate = RATES.get(usize::from(c >> 2 & 0x03))? >> slower;
    let padding = u32::from(c >> 1 & 1);
    let samples = match (layer, version == 3) {
        (1, _) => 384,
        (3, false) => 576,
        _ => 1152,
    };
    let bytes =
        if layer == 1 { (12 * bitrate / rate + padding) * 4 } else { samples / 8 * bitrate / rate + padding } as usize;
    (bytes >= 4).then_some(Frame { coding: Coding::Mpeg, bytes, samples, rate })
}

/// AC-3 up to bit stream id 10, E-AC-3 above.
fn dolby(&[_, _, c, d, e, f, ..]: &[u8; HEADER_BYTES]) -> Option<Frame> {
    const RATES: [u32; 3] = [48_000, 44_100, 32_000];
    const KBIT: [u32; 19] = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640];
    let id = f >> 3;
    if id > 16 {
        return None;
    }
    if id > 10 {
        let words = (usize::from(c & 0x07) << 8 | usize::from(d)) + 1;
        let (rate, blocks) = match e >> 6 {
            3 => (RATES.get(usize::from(e >> 4 & 0x03))? / 2, 6),
            code => (*RATES.get(usize::from(code))?, *[1, 2, 3, 6].get(usize::from(e >> 4 & 0x03))?),
        };
        // A dependent substream belongs to the sound of the frame before it.
        let samples = if c >> 6 == 1 { 0 } else { 256 * blocks };
        return (words >= 4).then_some(Frame { coding: Coding::Eac3, bytes: words * 2, samples, rate });
    }
    let rate = *RATES.get(usize::from(e >> 6))?;
    let size = e & 0x3F;
    let kbit = *KBIT.get(usize::from(size >> 1))?;
    let words = match rate {
        48_000 => kbit * 2,
        32_000 => kbit * 3,
        _ => kbit * 320 / 147 + u32::from(size & 1),
    };
    let rate = rate >> id.saturating_sub(8);
    Some(Frame { coding: Coding::Ac3, bytes: words as usize * 2, samples: 1536, rate })
}
