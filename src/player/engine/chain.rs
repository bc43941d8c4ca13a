//! The pipeline of a feed: for each track an `appsrc`, its parser and decoder, and the same ends as everywhere else.
//! What comes next, and where from, is the feed's affair.

use std::sync::Arc;

use gstreamer::{self as gst, prelude::*};
use gstreamer_app as gst_app;

use super::{audio::AudioOut, build, picture::Picture};
use crate::player::{
    demux::{Codec, Kind, Track},
    feed::{Feed, Level, Outlet, Packet},
};

/// Where a pipeline of a feed begins to play.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    pub at: gst::ClockTime,
    pub rate: f64,
}

pub struct Chain {
    pub pipeline: gst::Pipeline,
    pub video: Option<Arc<dyn Outlet>>,
    pub audio: Option<Arc<dyn Outlet>>,
}

/// Why a chain cannot be.
pub enum NoChain {
    /// Nothing on this machine decodes this.
    Codec(Codec),
    Plumbing(glib::BoolError),
}

impl From<glib::BoolError> for NoChain {
    fn from(error: glib::BoolError) -> Self {
        Self::Plumbing(error)
    }
}

pub fn build(feed: &Feed, picture: &Picture, audio: &AudioOut, start: Start) -> Result<Chain, NoChain> {
    let pipeline = gst::Pipeline::new();
    let mut outlets: [Option<Arc<dyn Outlet>>; 2] = [None, None];
    let [video, sound] = &mut outlets;
    if let Some(track) = feed.track(Kind::Video) {
        pipeline.add(&picture.bin)?;
        let (source, decoder) = branch(&pipeline, feed, track, start)?;
        decoder.link(&build::woven(&pipeline, &decoder, picture.bin.upcast_ref())?)?;
        *video = Some(Arc::new(Pipe { source }));
    }
    if let Some(track) = feed.track(Kind::Audio) {
        match branch(&pipeline, feed, track, start) {
            Ok((source, decoder)) => {
                // Sound that is announced and does not come would hold the picture of a channel back.
                let waits = video.is_none() || feed.duration_ns.is_some();
                decoder.link(&build::sound_end(&pipeline, audio, waits, true)?)?;
                *sound = Some(Arc::new(Pipe { source }));
            }
            // A picture without its sound is better than none.
            Err(NoChain::Codec(codec)) if video.is_some() => {
                tracing::warn!(?codec, "no decoder for the sound; playing without");
            }
            Err(error) => return Err(error),
        }
    }
    let [video, audio] = outlets;
    Ok(Chain { pipeline, video, audio })
}

/// Source, parser and decoder of one track, linked.
fn branch(
    pipeline: &gst::Pipeline,
    feed: &Feed,
    track: &Track,
    start: Start,
) -> Result<(gst_app::AppSrc, gst::Element), NoChain> {
    let caps = caps(&track.codec);
    let decoder =
        build::best(gst::ElementFactoryType::DECODER, &caps).ok_or_else(|| NoChain::Codec(track.codec.clone()))?;
    let source = gst_app::AppSrc::builder()
        .caps(&caps)
        .format(gst::Format::Time)
        .stream_type(gst_app::AppStreamType::Seekable)
        .max_bytes(0)
        .is_live(false)
        .block(false)
        // The feed is told of a jump before the pipeline is, so there is nothing left to do here.
        .callbacks(gst_app::AppSrcCallbacks::builder().seek_data(|_, _| true).build())
        .build();
    if let Some(duration) = feed.duration_ns {
        source.set_duration(gst::ClockTime::from_nseconds(duration));
    }
    // Kept by the source until it starts: the first segment begins at the right place and speed.
    let first = gst::event::Seek::new(
        start.rate,
        gst::SeekFlags::FLUSH,
        gst::SeekType::Set,
        start.at,
        gst::SeekType::None,
        gst::ClockTime::NONE,
    );
    source.send_event(first);
    let mut chain: Vec<gst::Element> = vec![source.clone().upcast()];
    if let Some(parser) = build::best(gst::ElementFactoryType::PARSER, &caps) {
        chain.push(parser.create().build()?);
    }
    let decoder = decoder.create().build()?;
    build::tune(&decoder);
    chain.push(decoder.clone());
    pipeline.add_many(&chain)?;
    gst::Element::link_many(&chain)?;
    Ok((source, decoder))
}

/// What a codec is called in GStreamer.
pub(super) fn caps(codec: &Codec) -> gst::Caps {
    let data = |bytes: &[u8]| gst::Buffer::from_slice(bytes.to_vec());
    let h26x = |name: &str, format: &str| gst::Caps::builder(name).field("stream-format", format);
    match codec {
        Codec::H264 => h26x("video/x-h264", "byte-stream").build(),
        Codec::H265 => h26x("video/x-h265", "byte-stream").build(),
        Codec::Avc { config } => {
            h26x("video/x-h264", "avc").field("alignment", "au").field("codec_data", data(config)).build()
        }
        Codec::Hevc { config } => {
            h26x("video/x-h265", "hvc1").field("alignment", "au").field("codec_data", data(config)).build()
        }
        Codec::Mpeg2Video | Codec::Mpeg1Video | Codec::Mpeg4Video => {
            let version = match codec {
                Codec::Mpeg1Video => 1,
                Codec::Mpeg2Video => 2,
                _ => 4,
            };
            gst::Caps::builder("video/mpeg").field("mpegversion", version).field("systemstream", false).build()
        }
        Codec::Avs => gst::Caps::new_empty_simple("video/x-cavs"),
        Codec::AacAdts => aac("adts").build(),
        Codec::AacLatm => aac("loas").build(),
        Codec::AacRaw { config, rate, channels } => {
            let number = |n: u32| i32::try_from(n).unwrap_or(0);
            aac("raw")
                .field("rate", number(*rate))
                .field("channels", number(*channels))
                .field("codec_data", data(config))
                .build()
        }
        Codec::MpegAudio => gst::Caps::builder("audio/mpeg").field("mpegversion", 1).build(),
        Codec::Ac3 => gst::Caps::new_empty_simple("audio/x-ac3"),
        Codec::Eac3 => gst::Caps::new_empty_simple("audio/x-eac3"),
        // Read by this program alone.
        Codec::WebVtt | Codec::Ttml | Codec::Inband { .. } => gst::Caps::new_empty(),
        Codec::Opus { head } => {
            let channels = head.get(9).copied().map_or(2, i32::from);
            gst::Caps::builder("audio/x-opus")
                .field("channel-mapping-family", 0)
                .field("rate", 48_000)
                .field("channels", channels)
                .build()
        }
    }
}

fn aac(format: &str) -> gst::caps::Builder<gst::caps::NoFeature> {
    gst::Caps::builder("audio/mpeg").field("mpegversion", 4).field("stream-format", format)
}

/// One track's way into the pipeline.
struct Pipe {
    source: gst_app::AppSrc,
}

impl Outlet for Pipe {
    fn format(&self, track: &Track) {
        let caps = caps(&track.codec);
        if self.source.caps().as_ref() != Some(&caps) {
            self.source.set_caps(Some(&caps));
        }
    }

    fn push(&self, packet: Packet) {
        let mut buffer = gst::Buffer::from_slice(packet.data);
        if let Some(buffer) = buffer.get_mut() {
            buffer.set_pts(packet.pts.map(gst::ClockTime::from_nseconds));
            buffer.set_dts(packet.dts.map(gst::ClockTime::from_nseconds));
            if !packet.key {
                buffer.set_flags(gst::BufferFlags::DELTA_UNIT);
            }
        }
        // Refused only while the pipeline goes down or jumps, when nothing of it is wanted any more.
        let _ = self.source.push_buffer(buffer);
    }

    fn end(&self) {
        let _ = self.source.end_of_stream();
    }

    fn level(&self) -> Level {
        let ns = self.source.current_level_time().nseconds();
        let bytes = self.source.current_level_bytes();
        // Packets without a time still are something to play.
        Level { bytes, ns: if bytes == 0 { 0 } else { ns.max(1) } }
    }
}
