//! What the demuxer gives out: tracks, units, times, and the reasons why it gives nothing.

use bytes::Bytes;

use crate::player::inband::Service;

/// Nanoseconds on the medium's own time line; may be negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MediaNs(pub i64);

/// The PID in a transport stream, the track_ID in MP4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TrackId(pub u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Video,
    Audio,
    /// Subtitles, as words or as pictures.
    Text,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Codec {
    // Elementary byte streams (H.264 and H.265 with start codes), as a transport stream carries them.
    H264,
    H265,
    Mpeg2Video,
    Mpeg1Video,
    Avs,
    Mpeg4Video,
    /// Length-prefixed H.264 with the payload of `avcC`.
    Avc {
        config: Vec<u8>,
    },
    /// Length-prefixed H.265 with the payload of `hvcC`.
    Hevc {
        config: Vec<u8>,
    },
    AacAdts,
    AacLatm,
    /// Bare AAC frames with their AudioSpecificConfig.
    AacRaw {
        config: Vec<u8>,
        rate: u32,
        channels: u32,
    },
    MpegAudio,
    Ac3,
    Eac3,
    /// Bare Opus packets with an `OpusHead`.
    Opus {
        head: Vec<u8>,
    },
    /// WebVTT in the boxes of ISO/IEC 14496-30.
    WebVtt,
    /// TTML, a document a sample (ISO/IEC 14496-30).
    Ttml,
    /// Subtitles of broadcasts, each of them a choice of its own.
    Inband {
        services: Vec<Service>,
    },
}

impl Codec {
    pub fn kind(&self) -> Kind {
        match self {
            Self::H264
            | Self::H265
            | Self::Mpeg2Video
            | Self::Mpeg1Video
            | Self::Avs
            | Self::Mpeg4Video
            | Self::Avc { .. }
            | Self::Hevc { .. } => Kind::Video,
            Self::AacAdts
            | Self::AacLatm
            | Self::AacRaw { .. }
            | Self::MpegAudio
            | Self::Ac3
            | Self::Eac3
            | Self::Opus { .. } => Kind::Audio,
            Self::WebVtt | Self::Ttml | Self::Inband { .. } => Kind::Text,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Track {
    pub id: TrackId,
    pub codec: Codec,
    /// As the medium writes it, mostly three letters of ISO 639-2; none if it says nothing or "und".
    pub language: Option<String>,
}

impl Track {
    pub fn kind(&self) -> Kind {
        self.codec.kind()
    }
}

/// One access unit or one PES payload, with the time of its first picture or sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    pub track: TrackId,
    pub pts: Option<MediaNs>,
    pub dts: Option<MediaNs>,
    /// When it ends, where the medium says so.
    pub until: Option<MediaNs>,
    /// Decoding can begin here. Always so but for pictures.
    pub key: bool,
    pub data: Bytes,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// What the medium consists of: at most one video track, all audio tracks, and subtitles that are known here. Again
    /// whenever it changes.
    Tracks(Vec<Track>),
    Unit(Unit),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DemuxError {
    #[error("these bytes are no media segment that is known here")]
    NotMedia,
    #[error("the media is encrypted")]
    Scrambled,
    #[error("a part of the segment is larger than any sound medium needs")]
    TooBig,
    #[error("the segment's structure is broken")]
    Broken,
    #[error("a fragment came without the initialisation section that describes it")]
    NoInit,
    #[error("the MP4 file is not fragmented, so it cannot be played as a segment")]
    NotFragmented,
    #[error("nothing inside that can be played here")]
    Unsupported,
}
