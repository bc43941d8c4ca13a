//! Which demuxers, parsers and decoders may be chosen at all. Everything that no operator's stream needs is switched
//! off: it would only be reached by broken or hostile media.

use std::sync::Once;

use gstreamer::{self as gst, prelude::*};

/// Containers and elementary streams of DASH, MP4, MPEG-TS and FLV. HLS is read by this program itself; the older
/// `dashdemux` is left out on purpose: it follows `file:` segments.
const PLUMBING: &[&str] = &[
    "dashdemux2",
    "qtdemux",
    "tsdemux",
    "mpegpsdemux",
    "flvdemux",
    "id3demux",
    "h264parse",
    "h265parse",
    "mpegvideoparse",
    "aacparse",
    "ac3parse",
    "mpegaudioparse",
    "opusparse",
    "rtpmp2tdepay",
];

const DECODERS: &[&str] = &[
    "avdec_h264",
    "openh264dec",
    "avdec_h265",
    "libde265dec",
    "avdec_mpeg2video",
    "mpeg2dec",
    "avdec_cavs",
    "avdec_aac",
    "avdec_aac_latm",
    "faad",
    "fdkaacdec",
    "avdec_mp2float",
    "avdec_mp3",
    "mpg123audiodec",
    "avdec_ac3",
    "avdec_eac3",
    "a52dec",
    "opusdec",
    "avdec_opus",
];

/// Decoders in the chip of a box, by the first letters of their names.
const HARDWARE: &[&str] = &["v4l2", "va", "omx", "mpp", "aml", "nvh", "nvdec"];

fn is_wanted(name: &str) -> bool {
    PLUMBING.contains(&name) || DECODERS.contains(&name) || HARDWARE.iter().any(|p| name.starts_with(p))
}

/// Applies the list to this process, once.
pub fn apply() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let kinds = gst::ElementFactoryType::DEMUXER
            | gst::ElementFactoryType::PARSER
            | gst::ElementFactoryType::DECODER
            | gst::ElementFactoryType::DEPAYLOADER;
        let mut off = 0;
        for factory in gst::ElementFactory::factories_with_type(kinds, gst::Rank::MARGINAL) {
            let is_bin = factory.metadata("klass").is_some_and(|k| k.contains("Bin"));
            if !is_bin && !is_wanted(&factory.name()) {
                factory.set_rank(gst::Rank::NONE);
                off += 1;
            }
        }
        tracing::debug!(off, "demuxers, parsers and decoders switched off");
    });
}

/// Elements without which nothing plays, with the package that brings each.
pub const NEEDED: &[(&str, &str)] = &[
    ("playbin3", "gstreamer1.0-plugins-base"),
    ("videoconvertscale", "gstreamer1.0-plugins-base"),
    ("appsink", "gstreamer1.0-plugins-base"),
    ("audioconvert", "gstreamer1.0-plugins-base"),
    ("audioresample", "gstreamer1.0-plugins-base"),
    ("appsrc", "gstreamer1.0-plugins-base"),
    ("souphttpsrc", "gstreamer1.0-plugins-good"),
    ("qtdemux", "gstreamer1.0-plugins-good"),
    ("scaletempo", "gstreamer1.0-plugins-good"),
    ("udpsrc", "gstreamer1.0-plugins-good"),
    ("tsdemux", "gstreamer1.0-plugins-bad"),
    ("h264parse", "gstreamer1.0-plugins-bad"),
    ("avdec_h264", "gstreamer1.0-libav"),
    ("avdec_aac", "gstreamer1.0-libav"),
];

/// Elements of `NEEDED` that this machine lacks. Initialises GStreamer.
pub fn missing() -> Result<Vec<(&'static str, &'static str)>, glib::Error> {
    gst::init()?;
    Ok(NEEDED.iter().copied().filter(|(name, _)| gst::ElementFactory::find(name).is_none()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn demuxers_that_nothing_needs_are_off_and_the_others_on() {
        gst::init().expect("gstreamer");
        apply();
        let rank = |name: &str| gst::ElementFactory::find(name).map(|f| f.rank());
        for name in ["hlsdemux", "hlsdemux2", "dashdemux", "avidemux", "matroskademux", "subparse"] {
            assert!(rank(name).is_none_or(|r| r == gst::Rank::NONE), "{name}");
        }
        for name in ["dashdemux2", "qtdemux", "tsdemux", "h264parse", "avdec_h264", "avdec_aac"] {
            assert!(rank(name).is_some_and(|r| r > gst::Rank::NONE), "{name}");
        }
    }
}
