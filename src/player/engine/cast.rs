//! The fixed chain for whole coded pictures and sound that come with their times: no demuxer, no typefinding, nothing to
//! wait for. Built when it is known what is on air; fed by the hand.

use std::{sync::Arc, time::Instant};

use gstreamer::{self as gst, prelude::*};
use gstreamer_app as gst_app;
use gstreamer_video as gst_video;

use super::{
    audio::AudioOut,
    build::{Decoding, sound_end, woven},
    chain::caps,
    picture::Picture,
};
use crate::player::{
    cast::{AudioCodec, Programme, Track, Unit, VideoCodec},
    demux::Codec,
};

/// What may wait for the decoder. Reached in a long pause only: then what comes is thrown away.
const WAITING_BYTES: u64 = 12 << 20;

pub struct AirChain {
    pub programme: Programme,
    video: Option<Entrance>,
    audio: Option<Entrance>,
}

struct Entrance {
    source: gst_app::AppSrc,
    /// What comes next does not continue what was before.
    broken: bool,
    full: bool,
    last: Option<gst::ClockTime>,
}

/// Lends a unit's bytes to a buffer.
struct Lent(Arc<Unit>);

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.0.data
    }
}

/// A pipeline whose running time is what has gone by since `origin`, by the clock that never jumps: the times in a feed
/// hold in it as they are. A sound device follows that clock by itself.
pub fn pipeline(origin: Instant) -> gst::Pipeline {
    let pipeline = gst::Pipeline::new();
    let clock = gst::SystemClock::obtain();
    let gone = gst::ClockTime::try_from(origin.elapsed()).unwrap_or(gst::ClockTime::ZERO);
    let base = clock.time().saturating_sub(gone);
    pipeline.use_clock(Some(&clock));
    pipeline.set_start_time(gst::ClockTime::NONE);
    pipeline.set_base_time(base);
    pipeline
}

fn video_caps(codec: VideoCodec) -> gst::Caps {
    caps(&match codec {
        VideoCodec::H264 => Codec::H264,
        VideoCodec::H265 => Codec::H265,
        VideoCodec::Mpeg2 => Codec::Mpeg2Video,
        VideoCodec::Avs => Codec::Avs,
    })
}

fn audio_caps(codec: AudioCodec) -> gst::Caps {
    caps(&match codec {
        AudioCodec::Mpeg => Codec::MpegAudio,
        AudioCodec::Adts => Codec::AacAdts,
        AudioCodec::Latm => Codec::AacLatm,
        AudioCodec::Ac3 => Codec::Ac3,
        AudioCodec::Eac3 => Codec::Eac3,
    })
}

impl AirChain {
    pub fn build(
        pipeline: &gst::Pipeline,
        programme: Programme,
        picture: &Picture,
        audio: &AudioOut,
    ) -> Result<Self, glib::BoolError> {
        let mut chain = Self { programme, video: None, audio: None };
        if let Some((_, codec)) = chain.programme.video {
            pipeline.add(&picture.bin)?;
            chain.video = Some(entrance(pipeline, &video_caps(codec), picture.bin.upcast_ref(), true)?);
        }
        if let Some((_, codec)) = chain.programme.audio {
            let alone = chain.video.is_none();
            let sounds = sound_end(pipeline, audio, alone, false)
                .and_then(|end| entrance(pipeline, &audio_caps(codec), &end, false));
            match sounds {
                Ok(entrance) => chain.audio = Some(entrance),
                Err(error) if alone => return Err(error),
                Err(error) => tracing::warn!(%error, ?codec, "playing without sound"),
            }
        }
        Ok(chain)
    }

    pub fn has(&self) -> (bool, bool) {
        (self.video.is_some(), self.audio.is_some())
    }

    pub fn break_off(&mut self) {
        for entrance in self.video.iter_mut().chain(&mut self.audio) {
            entrance.broken = true;
        }
    }

    /// The decoder gives out what it holds back for the sake of order. It forgets it thereby: the next picture has to be
    /// one with which it can begin.
    pub fn still(&mut self) {
        if let Some(entrance) = &self.video
            && let Some(last) = entrance.last
        {
            entrance.source.send_event(gst::event::Gap::builder(last).duration(gst::ClockTime::ZERO).build());
        }
    }

    /// Nothing comes after what came.
    pub fn end(&self) {
        for entrance in self.video.iter().chain(&self.audio) {
            let _ = entrance.source.end_of_stream();
        }
    }

    pub fn push(&mut self, unit: Arc<Unit>, present_ns: i64, decode_ns: i64) {
        let entrance = match unit.track {
            Track::Video => &mut self.video,
            Track::Audio => &mut self.audio,
        };
        if let Some(entrance) = entrance {
            entrance.push(unit, present_ns, decode_ns);
        }
    }
}

impl Entrance {
    fn push(&mut self, unit: Arc<Unit>, present_ns: i64, decode_ns: i64) {
        let waiting = self.source.current_level_bytes();
        self.full = if self.full {
            // Sound begins anywhere.
            waiting > WAITING_BYTES / 4 || !(unit.begins || unit.track == Track::Audio)
        } else {
            waiting > WAITING_BYTES
        };
        if self.full {
            self.broken = true;
            return;
        }
        let begins = unit.begins;
        let time = |ns: i64| gst::ClockTime::from_nseconds(u64::try_from(ns).unwrap_or(0));
        self.last = Some(time(present_ns));
        let mut buffer = gst::Buffer::from_slice(Lent(unit));
        if let Some(buffer) = buffer.get_mut() {
            buffer.set_pts(time(present_ns));
            buffer.set_dts(time(decode_ns));
            if std::mem::take(&mut self.broken) {
                buffer.set_flags(gst::BufferFlags::DISCONT);
            }
            if !begins {
                buffer.set_flags(gst::BufferFlags::DELTA_UNIT);
            }
        }
        // Refused only while the pipeline goes down.
        let _ = self.source.push_buffer(buffer);
    }
}

fn entrance(
    pipeline: &gst::Pipeline,
    caps: &gst::Caps,
    end: &gst::Element,
    pictures: bool,
) -> Result<Entrance, glib::BoolError> {
    let source = gst_app::AppSrc::builder()
        .caps(caps)
        .format(gst::Format::Time)
        .stream_type(gst_app::AppStreamType::Stream)
        .block(false)
        .max_bytes(0)
        .build();
    let decoding = Decoding::of(pipeline.upcast_ref(), caps)?;
    let mut end = end.clone();
    if pictures && let Some(decoder) = decoding.decoder() {
        if let Some(door) = decoder.static_pad("sink") {
            drain_at_gaps(&door);
        }
        end = woven(pipeline, decoder, &end)?;
    }
    pipeline.add(&source)?;
    decoding.join(pipeline, source.upcast_ref(), &end)?;
    Ok(Entrance { source, broken: true, full: false, last: None })
}

/// A gap makes a parser give out what it has, and no decoder; a still picture, as DVDs have them, makes every decoder do
/// so. It cannot be sent in the gap's place: a parser would keep it for the next picture.
fn drain_at_gaps(door: &gst::Pad) {
    door.add_probe(gst::PadProbeType::EVENT_DOWNSTREAM, |pad, info| {
        if info.event().is_none_or(|event| event.type_() != gst::EventType::Gap) {
            return gst::PadProbeReturn::Ok;
        }
        pad.send_event(gst_video::StillFrameEvent::builder(true).build());
        // It would pass for the first picture.
        drop(info.take_event());
        gst::PadProbeReturn::Handled
    });
}
