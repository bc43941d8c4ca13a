//! Which demuxers, parsers and decoders may be chosen at all. Everything that no operator's stream needs is switched
//! off: it would only be reached by broken or hostile media.

use std::sync::Once;

use gstreamer::{self as gst, prelude::*};

use crate::player::elements::{self, Need};

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

/// What this machine lacks of what the player cannot do without. Initialises GStreamer.
pub fn missing() -> Result<Vec<&'static Need>, glib::Error> {
    gst::init()?;
    Ok(elements::lacking(|name| gst::ElementFactory::find(name).is_some()))
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

    #[test]
    fn what_the_player_asks_for_is_not_switched_off() {
        for name in elements::ELEMENTS.iter().flat_map(|need| need.any_of) {
            let plugged = ["demux", "demux2", "parse", "dec", "float", "faad"].iter().any(|end| name.ends_with(end));
            let decodes = ["avdec_", "mpg123"].iter().any(|start| name.starts_with(start));
            assert!(!(plugged || decodes) || is_wanted(name), "{name}");
        }
    }
}
