//! What the rest of the program says to the player and hears from it. Plain data, no GStreamer.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{captions::Caption, sounds::Sound, subtitles::Cue};
use crate::{guide::lineup::MediaSource, time::MonoMs};

/// One opening of one medium. Events that bear an earlier one are dropped, so that fast zapping never shows the
/// state of the wrong channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SessionId(pub u64);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MediaKind {
    /// Re-joins the live edge after trouble.
    Live,
    /// Resumes at its position after trouble.
    OnDemand,
}

/// Playback speed with the pitch kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Speed {
    Slow,
    #[default]
    Normal,
    Fast,
}

impl Speed {
    pub fn factor(self) -> f64 {
        match self {
            Self::Slow => 0.75,
            Self::Normal => 1.0,
            Self::Fast => 1.25,
        }
    }
}

/// Who named an address; decides what the gate lets it reach (DESIGN §3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Trust {
    /// Named by a person on the command line, or by the configuration: its host and port may be anywhere.
    Person,
    /// Named by the configured operator's lineup or catalogue: private and multicast addresses are fine; the
    /// operator's own host and port too, loopback, link-local and `file:` otherwise never.
    Operator,
    /// Anything else, a child of a playlist or the target of a redirect above all: public addresses only,
    /// or the very host and port that it came from.
    #[default]
    Feed,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaRequest {
    pub session: SessionId,
    pub kind: MediaKind,
    /// Tried alternately on trouble. Never empty.
    pub sources: Vec<MediaSource>,
    pub start_ms: u64,
    pub speed: Speed,
    pub trust: Trust,
    /// Streams a viewer is likely to want next (previous and next channel): the gate may keep them warm.
    pub neighbours: Vec<MediaSource>,
    /// Which of several sounds the viewer wishes to hear.
    #[serde(default)]
    pub sound: Option<Sound>,
    /// Which of its subtitles the viewer wishes to read; none where no words are wanted.
    #[serde(default)]
    pub caption: Option<Caption>,
    /// On a live medium that has a window: how far behind its edge to begin. Holds until the first picture.
    #[serde(default)]
    pub behind_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PlayerCommand {
    /// Ends what runs and opens this.
    Open(MediaRequest),
    Pause(SessionId),
    Resume(SessionId),
    Seek {
        session: SessionId,
        to_ms: u64,
    },
    SetSpeed {
        session: SessionId,
        speed: Speed,
    },
    /// Other subtitles of the medium from now on, or none. The picture goes on.
    SetCaption {
        session: SessionId,
        caption: Option<Caption>,
    },
    /// Tries again at once instead of waiting for the countdown.
    RetryNow(SessionId),
    /// Nothing plays afterwards; no pipeline is left.
    Stop,
}

/// Why there is no picture. Codes are stable, in bands: network 2xxx, formats 3xxx, decoding 4xxx.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trouble {
    /// The box itself has no way out (no route, interface down).
    NoNetwork,
    /// The name of the server cannot be resolved.
    Dns,
    /// Refused, reset, or no answer in time.
    ServerDown,
    /// 5xx.
    ServerError,
    /// 404 and 410.
    NotFound,
    /// 401 and 403.
    Forbidden,
    Tls,
    /// An answer came, and then too little of it to play.
    TooSlow,
    /// The address is one that this program does not open (scheme, loopback, link-local, allow-list).
    Blocked,
    /// The playlist or container is broken or of an unknown kind.
    BrokenMedia,
    /// The playlist or file goes beyond the limits.
    TooBig,
    /// No decoder for the picture or the sound on this machine.
    MissingCodec,
    /// A GStreamer plugin is not installed.
    MissingPlugin,
    /// The decoder gave up.
    Decode,
    /// Data came, but nothing moved for too long.
    Stalled,
}

impl Trouble {
    pub fn code(self) -> u16 {
        match self {
            Self::NoNetwork => 2001,
            Self::Dns => 2002,
            Self::ServerDown => 2003,
            Self::ServerError => 2004,
            Self::NotFound => 2005,
            Self::Forbidden => 2006,
            Self::Tls => 2007,
            Self::TooSlow => 2008,
            Self::Stalled => 2009,
            Self::Blocked => 2010,
            Self::BrokenMedia => 3001,
            Self::TooBig => 3002,
            Self::MissingCodec => 4001,
            Self::MissingPlugin => 4002,
            Self::Decode => 4003,
        }
    }
}

/// Where playback stands. The intent to play or pause is a field of its own in the model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    #[default]
    Idle,
    Opening,
    Playing,
    Paused,
    /// No progress since `since`; the pipeline still stands.
    Stalled {
        since: MonoMs,
        trouble: Trouble,
    },
    /// The pipeline is gone; a new one is built at `next_try`. `attempt` counts from 1.
    Reconnecting {
        attempt: u32,
        since: MonoMs,
        next_try: MonoMs,
        trouble: Trouble,
    },
    /// Reached the end of an on-demand medium.
    Ended,
    /// Not cured by waiting (`Blocked`, `MissingCodec`, `MissingPlugin`): tried again once a minute only, and never
    /// where there is no player to try it.
    Failed {
        trouble: Trouble,
        next_try: Option<MonoMs>,
    },
}

/// What of a live medium can be gone back to, in its own time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveWindow {
    /// The oldest place that can be had.
    pub from_ms: u64,
    /// Where a viewer is who never left the edge.
    pub live_ms: u64,
}

/// Red, green, blue and opacity of each pixel, premultiplied, line by line. A recording leaves them out, as it does the
/// moving picture: they are looked at, and nothing follows from them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Pixels(pub Arc<[u8]>);

impl fmt::Debug for Pixels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

/// Subtitles that are sent as a picture, as they are drawn over the moving one. In pixels of the place of that picture,
/// of the size that it had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plate {
    pub place: (u32, u32),
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
    #[serde(skip)]
    pub pixels: Pixels,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlayerEvent {
    Phase(Phase),
    /// The first picture of this session (or after a reconnection) is in the mailbox.
    FirstFrame,
    /// About four times a second while playing, once after a seek. `duration_ms` is none on live.
    Position {
        position_ms: u64,
        duration_ms: Option<u64>,
    },
    /// Before each position of a live medium that has one. Both ends move with time.
    Window(LiveWindow),
    /// Where a medium has several sounds: which, and which of them is heard.
    Sounds {
        all: Vec<Sound>,
        chosen: usize,
    },
    /// Where a medium brings subtitles along: which, and which of them come.
    Captions {
        all: Vec<Caption>,
        chosen: Option<usize>,
    },
    /// The words around the present place, in place of those before; in the medium's own time, like its position.
    Cues(Vec<Cue>),
    /// The subtitles that stand at the present place as a picture, in place of those before.
    Plate(Option<Plate>),
}
