//! The ordered channels of an operator. Pure types: reading formats is `formats`, fetching is `import`.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::channels::Channels;

/// Stable name of a channel inside one lineup. Taken from `tvg-id` where unique, else from name and position.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ChannelId(pub String);

/// The number a viewer types. One-based; several digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ChannelNumber(pub u32);

impl fmt::Display for ChannelNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// One address of a stream with the request headers it asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MediaSource {
    pub url: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
}

/// How earlier programmes are asked for (`catchup`, `catchup-source`, `catchup-days`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catchup {
    /// The mode's name as the playlist gives it: `default`, `append`, `shift`, `flussonic`, `xc`, …
    pub mode: String,
    pub days: u32,
    pub source: Option<String>,
    /// `catchup-correction`: by how much the playlist's times run ahead of the server's.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub correction_minutes: i32,
    /// `catchup-replace`: what the channel's address has, and what it has instead where it is asked for the past.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replace: Option<Box<(String, String)>>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_zero(minutes: &i32) -> bool {
    *minutes == 0
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    pub id: ChannelId,
    pub number: ChannelNumber,
    pub name: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo: Option<String>,
    /// Tried in order. Never empty.
    pub sources: Vec<MediaSource>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catchup: Option<Catchup>,
    /// `tvg-id`: the channel's id in the guide, when the playlist names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epg_id: Option<String>,
    /// `tvg-name`, where it is another name than these two: the guide may know the channel by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epg_name: Option<String>,
    /// Sound only (`radio`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub radio: bool,
}

/// All channels in the order of the operator. Numbers are unique.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lineup {
    pub channels: Channels,
    /// Addresses of guides that the playlist names (`x-tvg-url`, `url-tvg`).
    pub guides: Vec<String>,
}

impl Lineup {
    pub fn index_of(&self, id: &ChannelId) -> Option<usize> {
        self.channels.place(id)
    }

    pub fn by_id(&self, id: &ChannelId) -> Option<&Channel> {
        self.channels.get(self.channels.place(id)?)
    }

    pub fn by_number(&self, number: ChannelNumber) -> Option<&Channel> {
        self.channels.by_number(number)
    }
}

/// Something in the input that could not be used as it stood. The rest was used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// File or URL.
    pub source: String,
    /// One-based.
    pub line: Option<u64>,
    pub what: String,
}
