//! The GStreamer elements that the player asks for, directly or by autoplugging: the one list from which the player
//! starts or does not, `run` ends with exit code 3, and `doctor` says what to install. Only names; which of them may be
//! chosen where several fit is `engine/ranks`.

const BASE: &str = "gstreamer1.0-plugins-base";
const GOOD: &str = "gstreamer1.0-plugins-good";
const BAD: &str = "gstreamer1.0-plugins-bad";
const LIBAV: &str = "gstreamer1.0-libav";

/// What one element, or any of several, is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// Any of these will do; the first is what the package brings.
    pub any_of: &'static [&'static str],
    /// Of Debian.
    pub package: &'static str,
    pub purpose: &'static str,
    /// Without an essential one there is no picture or no sound from an ordinary stream.
    pub essential: bool,
}

impl Need {
    /// The one that is usually there.
    pub fn name(&self) -> &'static str {
        self.any_of.first().copied().unwrap_or_default()
    }
}

const fn need(any_of: &'static [&'static str], package: &'static str, purpose: &'static str) -> Need {
    Need { any_of, package, purpose, essential: true }
}

const fn nice(any_of: &'static [&'static str], package: &'static str, purpose: &'static str) -> Need {
    Need { any_of, package, purpose, essential: false }
}

pub const ELEMENTS: &[Need] = &[
    need(&["playbin3"], BASE, "plays any stream"),
    need(&["appsrc"], BASE, "takes media from the gate"),
    need(&["appsink"], BASE, "hands pictures to the interface"),
    need(&["videoconvertscale"], BASE, "fits pictures to their place"),
    need(&["audioconvert"], BASE, "fits sound to the device"),
    need(&["audioresample"], BASE, "fits sound to the device"),
    need(&["souphttpsrc"], GOOD, "takes files from the gate"),
    need(&["qtdemux"], GOOD, "reads MP4"),
    need(&["aacparse"], GOOD, "reads AAC sound"),
    need(&["scaletempo"], GOOD, "plays slower and faster with the pitch kept"),
    need(&["tsdemux"], BAD, "reads MPEG transport streams"),
    need(&["h264parse"], BAD, "reads H.264 pictures"),
    need(&["avdec_h264", "vah264dec", "v4l2slh264dec", "openh264dec"], LIBAV, "decodes H.264 pictures"),
    need(&["avdec_aac", "fdkaacdec", "faad"], LIBAV, "decodes AAC sound"),
    nice(&["udpsrc"], GOOD, "receives multicast channels"),
    nice(&["dashdemux2"], GOOD, "reads DASH"),
    nice(&["mpegaudioparse"], GOOD, "reads MPEG sound (MP2, MP3)"),
    nice(&["mpg123audiodec", "avdec_mp2float"], GOOD, "decodes MPEG sound (MP2, MP3)"),
    nice(&["h265parse"], BAD, "reads H.265 pictures"),
    nice(&["avdec_h265", "vah265dec", "v4l2slh265dec"], LIBAV, "decodes H.265 pictures"),
];

/// Essential ones of which this machine has none, by what it says it has.
pub fn lacking(has: impl Fn(&str) -> bool) -> Vec<&'static Need> {
    ELEMENTS.iter().filter(|need| need.essential && !need.any_of.iter().any(|name| has(name))).collect()
}

/// In words for whoever sets the machine up: each by name, and what to install.
pub fn told(lacking: &[&Need]) -> String {
    let names: Vec<String> = lacking.iter().map(|n| format!("{} ({})", n.any_of.join(" or "), n.purpose)).collect();
    let mut packages: Vec<&str> = lacking.iter().map(|n| n.package).collect();
    packages.sort_unstable();
    packages.dedup();
    format!("GStreamer lacks {}: apt-get install {}", names.join(", "), packages.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_element_has_a_package_of_gstreamer() {
        for need in ELEMENTS {
            assert!(need.package.starts_with("gstreamer1.0-") && !need.name().is_empty(), "{need:?}");
        }
    }

    #[test]
    fn what_is_lacking_is_named_with_its_package() {
        assert!(lacking(|_| true).is_empty());
        assert!(lacking(|name| !["udpsrc", "avdec_h264", "h265parse"].contains(&name)).is_empty());
        let without = lacking(|name| !["tsdemux", "h264parse", "qtdemux"].contains(&name));
        assert_eq!(
            told(&without),
            "GStreamer lacks qtdemux (reads MP4), tsdemux (reads MPEG transport streams), h264parse (reads H.264 \
             pictures): apt-get install gstreamer1.0-plugins-bad gstreamer1.0-plugins-good"
        );
    }
}
