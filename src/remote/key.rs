//! The keys of a television remote by meaning. Where a press came from is for `keymap` and its sources to know.

use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A digit key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Digit(u8);

impl Digit {
    pub fn new(value: u8) -> Option<Self> {
        (value <= 9).then_some(Self(value))
    }

    pub fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Digit {
    type Error = String;
    fn try_from(value: u8) -> Result<Self, String> {
        Self::new(value).ok_or_else(|| format!("a digit is 0 to 9, not {value}"))
    }
}

impl From<Digit> for u8 {
    fn from(d: Digit) -> u8 {
        d.0
    }
}

macro_rules! keys {
    ($($variant:ident $name:literal $chinese:literal),* $(,)?) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum RemoteKey { $($variant,)* Digit(Digit) }

        impl RemoteKey {
            /// Every key but the digits.
            pub const NAMED: &[(&str, RemoteKey)] = &[$(($name, RemoteKey::$variant)),*];

            /// What stands on the key of a Chinese remote.
            pub fn chinese(self) -> Cow<'static, str> {
                match self {
                    $(Self::$variant => $chinese.into(),)*
                    Self::Digit(digit) => format!("数字 {}", digit.get()).into(),
                }
            }
        }
    };
}

keys! {
    Up "up" "上", Down "down" "下", Left "left" "左", Right "right" "右", Ok "ok" "确认",
    Back "back" "返回", Home "home" "主页", Menu "menu" "菜单", Guide "guide" "节目单",
    Live "live" "看电视", ChannelUp "channel-up" "频道+", ChannelDown "channel-down" "频道−",
    PageUp "page-up" "上一页", PageDown "page-down" "下一页", PlayPause "play-pause" "播放/暂停",
    Play "play" "播放", Pause "pause" "暂停", Stop "stop" "停止", Forward "forward" "快进",
    Rewind "rewind" "快退", Next "next" "下一个", Previous "previous" "上一个", Red "red" "红键",
    Green "green" "绿键", Yellow "yellow" "黄键", Blue "blue" "蓝键", Info "info" "信息",
    Subtitle "subtitle" "字幕", Audio "audio" "声道", Mute "mute" "静音",
    VolumeUp "volume-up" "音量+", VolumeDown "volume-down" "音量−", Favourite "favourite" "收藏",
    Search "search" "搜索", Power "power" "电源",
}

impl RemoteKey {
    /// Whether holding the key runs on (arrows and their like) or counts once (确认, 返回, digits, …).
    pub fn repeats(self) -> bool {
        use RemoteKey::*;
        matches!(
            self,
            Up | Down
                | Left
                | Right
                | PageUp
                | PageDown
                | ChannelUp
                | ChannelDown
                | Forward
                | Rewind
                | VolumeUp
                | VolumeDown
        )
    }

    pub fn digit(value: u8) -> Option<Self> {
        Digit::new(value).map(Self::Digit)
    }
}

impl fmt::Display for RemoteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digit(d) => write!(f, "digit-{}", d.get()),
            other => f.write_str(Self::NAMED.iter().find(|(_, k)| k == other).map_or("?", |(n, _)| n)),
        }
    }
}

/// A key's name is not one that exists.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("no key is called \"{0}\"; {hint}", hint = nearest(.0))]
pub struct UnknownKey(pub String);

fn nearest(name: &str) -> String {
    RemoteKey::NAMED
        .iter()
        .map(|(n, _)| (strsim::damerau_levenshtein(n, name), *n))
        .min()
        .filter(|(d, _)| *d <= 3)
        .map_or_else(|| "names are up, down, ok, back, digit-0 …".into(), |(_, n)| format!("did you mean \"{n}\"?"))
}

impl FromStr for RemoteKey {
    type Err = UnknownKey;
    fn from_str(s: &str) -> Result<Self, UnknownKey> {
        if let Some(d) = s.strip_prefix("digit-").and_then(|d| d.parse().ok()).and_then(Self::digit) {
            return Ok(d);
        }
        Self::NAMED.iter().find(|(n, _)| *n == s).map(|(_, k)| *k).ok_or_else(|| UnknownKey(s.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for (_, key) in RemoteKey::NAMED {
            assert_eq!(key.to_string().parse(), Ok(*key));
        }
        assert_eq!("digit-3".parse(), Ok(RemoteKey::Digit(Digit(3))));
    }

    #[test]
    fn a_slip_of_the_pen_gets_a_suggestion() {
        let said = "chanel-up".parse::<RemoteKey>().unwrap_err().to_string();
        assert!(said.contains("channel-up"), "{said}");
    }
}
