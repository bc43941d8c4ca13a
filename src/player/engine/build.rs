//! Puts one pipeline together: `playbin3` for what GStreamer fetches through the media gate; nothing yet for what
//! `player::cast` reads, whose chain (`cast`) is built when it is known what is on air; a chain with GStreamer's own
//! receiver and demuxer for groups that carry what `player::cast` does not know.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Instant,
};

use gstreamer::{self as gst, prelude::*};

use super::{audio::AudioOut, cast, picture::Picture};

/// No answer from the loopback gate in this time: it has its own, shorter limits, so this never comes first.
const HTTP_TIMEOUT_S: u32 = 15;
/// Kernel buffer of a UDP socket: 2 MiB is two seconds at 8 Mbit/s, enough for a busy moment of a small box.
const UDP_BUFFER_BYTES: i32 = 2 * 1024 * 1024;
/// Reordering window of RTP on a home network.
const RTP_JITTER_MS: u32 = 60;
/// What a queue after the demuxer may hold: bounds memory, not time.
const QUEUE_BYTES: u32 = 8 * 1024 * 1024;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// An address that the media gate gave. What it is has to be looked at.
    Gate(String),
    /// The same, for what carries more than is read here: GStreamer's in any case.
    Relay(String),
    /// A transport stream in datagrams, read by `player::cast`.
    Cast { at: SocketAddr },
    /// One that is read by GStreamer alone.
    Datagrams { at: SocketAddr, rtp: bool },
}

/// `udp://239.1.1.1:1234`, `rtp://@239.1.1.1:1234`, `udp://@:1234`. Names are not resolved: a group is a number.
pub fn parse_datagrams(url: &str) -> Option<(SocketAddr, bool)> {
    let (scheme, rest) = url.split_once("://")?;
    let rtp = match scheme.to_ascii_lowercase().as_str() {
        "udp" => false,
        "rtp" => true,
        _ => return None,
    };
    let rest = rest.split(['?', '#', '/']).next()?;
    let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let (host, port) = rest.rsplit_once(':')?;
    let port: u16 = port.parse().ok().filter(|p| *p != 0)?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let ip: IpAddr = if host.is_empty() { Ipv4Addr::UNSPECIFIED.into() } else { host.parse().ok()? };
    (ip.is_multicast() || ip.is_unspecified()).then_some((SocketAddr::new(ip, port), rtp))
}

/// `origin` is the zero of the times of what `player::cast` hands out.
pub fn pipeline(
    what: &What,
    origin: Instant,
    picture: &Picture,
    audio: &AudioOut,
) -> Result<gst::Pipeline, glib::BoolError> {
    match what {
        What::Cast { .. } => Ok(cast::pipeline(origin)),
        What::Gate(uri) | What::Relay(uri) => playbin(uri, picture, audio),
        What::Datagrams { at, rtp } => datagrams(*at, *rtp, picture, audio),
    }
}

fn playbin(uri: &str, picture: &Picture, audio: &AudioOut) -> Result<gst::Pipeline, glib::BoolError> {
    let playbin = gst::ElementFactory::make("playbin3")
        .property("uri", uri)
        .property("video-sink", &picture.bin)
        .property("audio-sink", audio.sink()?)
        .build()?;
    // Keeps the pitch at 0.75 and 1.25; passes through at 1.
    if let Ok(tempo) = gst::ElementFactory::make("scaletempo").build() {
        playbin.set_property("audio-filter", tempo);
    }
    // No text (the interface draws subtitles) and no second converter before ours.
    playbin.set_property_from_str("flags", "video+audio+soft-volume+native-video+deinterlace");
    let pipeline = playbin.downcast::<gst::Pipeline>().map_err(|_| glib::bool_error!("playbin3 is no pipeline"))?;
    pipeline.connect_deep_element_added(|_, _, element| tune(element));
    Ok(pipeline)
}

/// Settings of elements that `playbin3` makes by itself.
pub(super) fn tune(element: &gst::Element) {
    let Some(factory) = element.factory() else { return };
    let name = factory.name();
    if name.starts_with("avdec_") && element.has_property("max-threads") {
        // On two cores a second decoding thread only adds a frame of delay and takes time from the interface.
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        element.set_property("max-threads", if cores <= 2 { 1i32 } else { 4 });
    } else if name == "souphttpsrc" {
        element.set_property("timeout", HTTP_TIMEOUT_S);
        element.set_property("retries", 0i32);
        element.set_property("iradio-mode", false);
        element.set_property("proxy", "");
    }
}

fn queue() -> Result<gst::Element, glib::BoolError> {
    gst::ElementFactory::make("queue")
        .property("max-size-bytes", QUEUE_BYTES)
        .property("max-size-buffers", 0u32)
        .property("max-size-time", 0u64)
        .build()
}

fn datagrams(at: SocketAddr, rtp: bool, picture: &Picture, audio: &AudioOut) -> Result<gst::Pipeline, glib::BoolError> {
    let pipeline = gst::Pipeline::new();
    let source = gst::ElementFactory::make("udpsrc")
        .property("address", at.ip().to_string())
        .property("port", i32::from(at.port()))
        .property("buffer-size", UDP_BUFFER_BYTES)
        .property("auto-multicast", true)
        .build()?;
    let demux = gst::ElementFactory::make("tsdemux").build()?;
    if demux.has_property("latency") {
        demux.set_property_from_str("latency", "0");
    }
    pipeline.add_many([&source, &demux])?;
    if rtp {
        let caps = gst::Caps::builder("application/x-rtp")
            .field("media", "video")
            .field("encoding-name", "MP2T")
            .field("clock-rate", 90_000i32)
            .build();
        source.set_property("caps", caps);
        let jitter = gst::ElementFactory::make("rtpjitterbuffer").property("latency", RTP_JITTER_MS).build()?;
        let depay = gst::ElementFactory::make("rtpmp2tdepay").build()?;
        pipeline.add_many([&jitter, &depay])?;
        gst::Element::link_many([&source, &jitter, &depay, &demux])?;
    } else {
        source.set_property("caps", gst::Caps::builder("video/mpegts").field("systemstream", true).build());
        source.link(&demux)?;
    }
    pipeline.add(&picture.bin)?;
    let ends =
        Arc::new(Ends { picture: picture.bin.clone().upcast(), sound: sound_end(&pipeline, audio, false, false)? });
    let weak = pipeline.downgrade();
    demux.connect_pad_added(move |demux, pad| {
        let Some(pipeline) = weak.upgrade() else { return };
        if let Err(error) = attach(&pipeline, demux, pad, &ends) {
            tracing::warn!(%error, pad = %pad.name(), "a stream of the transport stream is left out");
        }
    });
    Ok(pipeline)
}

struct Ends {
    picture: gst::Element,
    sound: gst::Element,
}

/// Where sound goes: made to fit, and out. `waits`: the pipeline is ready only once there is sound, as where there is no
/// picture by which it could know that it is. `speeds`: the medium may be played slower and faster.
pub(super) fn sound_end(
    pipeline: &gst::Pipeline,
    audio: &AudioOut,
    waits: bool,
    speeds: bool,
) -> Result<gst::Element, glib::BoolError> {
    let make = |name: &str| gst::ElementFactory::make(name).build();
    let (convert, sink) = (make("audioconvert")?, audio.sink()?);
    sink.set_property("async", waits);
    let mut chain = vec![convert.clone()];
    // Keeps the pitch at 0.75 and 1.25; passes through at 1.
    if speeds && let Ok(tempo) = make("scaletempo") {
        chain.extend([tempo, make("audioconvert")?]);
    }
    chain.extend([make("audioresample")?, sink]);
    let bin = gst::Bin::new();
    bin.add_many(&chain)?;
    gst::Element::link_many(&chain)?;
    let target = convert.static_pad("sink").ok_or_else(|| glib::bool_error!("audioconvert has no sink pad"))?;
    bin.add_pad(&gst::GhostPad::with_target(&target)?)?;
    pipeline.add(&bin)?;
    Ok(bin.upcast())
}

/// Links the first picture and the first sound; other streams stay unlinked, which the demuxer bears.
fn attach(pipeline: &gst::Pipeline, demux: &gst::Element, pad: &gst::Pad, ends: &Ends) -> Result<(), glib::BoolError> {
    let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
    let media = caps.structure(0).map(|s| s.name().to_string()).unwrap_or_default();
    let end = match media.split('/').next() {
        Some("video") => &ends.picture,
        Some("audio") => &ends.sound,
        _ => return Ok(()),
    };
    let sink = end.static_pad("sink").ok_or_else(|| glib::bool_error!("no sink pad"))?;
    if sink.is_linked() {
        return Ok(());
    }
    let decoding = Decoding::of(demux, &caps)?;
    let queue = queue()?;
    pipeline.add(&queue)?;
    decoding.join(pipeline, &queue, end)?;
    let entry = queue.static_pad("sink").ok_or_else(|| glib::bool_error!("queue has no sink pad"))?;
    pad.link(&entry).map_err(|e| glib::bool_error!("{e}"))?;
    Ok(())
}

/// The element of the highest rank that takes these caps.
pub(super) fn best(kind: gst::ElementFactoryType, caps: &gst::Caps) -> Option<gst::ElementFactory> {
    gst::ElementFactory::factories_with_type(kind, gst::Rank::MARGINAL)
        .into_iter()
        .filter(|f| f.can_sink_any_caps(caps))
        .max_by_key(|f| f.rank())
}

/// Where the pictures of a decoder go on their way to `end`. Programmes of the air are mostly interlaced; for all others
/// the element that weaves their halves stands aside. Decoders in a chip do that themselves.
pub(super) fn woven(
    pipeline: &gst::Pipeline,
    decoder: &gst::Element,
    end: &gst::Element,
) -> Result<gst::Element, glib::BoolError> {
    let in_software = decoder.factory().is_some_and(|f| f.name().starts_with("avdec_"));
    match gst::ElementFactory::make("deinterlace").build() {
        Ok(deinterlace) if in_software => {
            pipeline.add(&deinterlace)?;
            deinterlace.link(end)?;
            Ok(deinterlace)
        }
        _ => Ok(end.clone()),
    }
}

/// Parser and decoder of one stream.
pub(super) struct Decoding(Vec<gst::Element>);

impl Decoding {
    /// The highest ranks that take these caps. `on_behalf` says on the bus what is missing.
    pub(super) fn of(on_behalf: &gst::Element, caps: &gst::Caps) -> Result<Self, glib::BoolError> {
        let mut chain = Vec::new();
        if let Some(parser) = best(gst::ElementFactoryType::PARSER, caps) {
            chain.push(parser.create().build()?);
        }
        let Some(decoder) = best(gst::ElementFactoryType::DECODER, caps) else {
            let media = caps.structure(0).map(|s| s.name().to_string()).unwrap_or_default();
            // The same message that `playbin3` posts.
            let lack = gst::Structure::builder("missing-plugin")
                .field("type", "decoder")
                .field("name", media.as_str())
                .field("detail", caps)
                .build();
            let _ = on_behalf.post_message(gst::message::Element::builder(lack).src(on_behalf).build());
            return Err(glib::bool_error!("no decoder for {media}"));
        };
        let decoder = decoder.create().build()?;
        tune(&decoder);
        chain.push(decoder);
        Ok(Self(chain))
    }

    pub(super) fn decoder(&self) -> Option<&gst::Element> {
        self.0.last()
    }

    /// Puts it between `source` and `end`, both in the pipeline, and lets all of it run as the pipeline does.
    pub(super) fn join(
        self,
        pipeline: &gst::Pipeline,
        source: &gst::Element,
        end: &gst::Element,
    ) -> Result<(), glib::BoolError> {
        pipeline.add_many(&self.0)?;
        let whole: Vec<&gst::Element> = [source].into_iter().chain(&self.0).chain([end]).collect();
        gst::Element::link_many(&whole)?;
        for element in whole.iter().rev() {
            element.sync_state_with_parent()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_groups_are_read_as_other_players_write_them() {
        let group = |at: &str, rtp| Some((at.parse().expect("address"), rtp));
        assert_eq!(parse_datagrams("udp://239.1.1.1:1234"), group("239.1.1.1:1234", false));
        assert_eq!(parse_datagrams("rtp://@239.1.1.1:5004/x?y"), group("239.1.1.1:5004", true));
        assert_eq!(parse_datagrams("UDP://@:1234"), group("0.0.0.0:1234", false));
        assert_eq!(parse_datagrams("udp://[ff15::1]:1234"), group("[ff15::1]:1234", false));
        for bad in [
            "udp://239.1.1.1",
            "udp://239.1.1.1:0",
            "udp://example.org:1",
            "udp://10.0.0.1:1234",
            "http://239.1.1.1:1",
            "udp://",
            "",
        ] {
            assert_eq!(parse_datagrams(bad), None, "{bad}");
        }
    }
}
