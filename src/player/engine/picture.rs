//! The end of a pipeline where pictures leave it: scaled to the exact pixels of their place with black bars, handed
//! to the painter, never queued.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use gstreamer::{self as gst, prelude::*};
use gstreamer_app as gst_app;
use gstreamer_video::{self as gst_video, prelude::*};

use crate::player::{
    frames::{FrameView, Painter, PixelFormat},
    types::SessionId,
};

/// A picture later than two of its neighbours is not worth drawing; the decoder hears of it and may skip.
const LATEST: i64 = 80_000_000;
/// Until the interface says where the picture goes.
pub const DEFAULT_PLACE: (u32, u32) = (1280, 720);

/// Who may still paint. Both are flipped from other threads.
#[derive(Debug, Default)]
pub struct Curtain {
    /// The session is over: nothing is painted any more.
    pub closed: AtomicBool,
    /// The pipeline stands at its beginning and has yet to go where it starts.
    pub hidden: AtomicBool,
}

pub struct Picture {
    pub bin: gst::Bin,
    filter: gst::Element,
    sink: gst_app::AppSink,
    format: PixelFormat,
    painter: Arc<dyn Painter>,
    late_seen: AtomicU64,
}

/// Paints samples of one pipeline; lives in its streaming thread.
struct Brush {
    session: SessionId,
    painter: Arc<dyn Painter>,
    curtain: Arc<Curtain>,
    told: AtomicBool,
    on_first: Box<dyn Fn() + Send + Sync>,
    /// The format of the last sample: reading caps anew for every picture is waste.
    info: Mutex<Option<(gst::Caps, gst_video::VideoInfo)>>,
}

impl Brush {
    fn draw(&self, sample: &gst::Sample) -> Option<()> {
        if self.curtain.closed.load(Ordering::Acquire) || self.curtain.hidden.load(Ordering::Acquire) {
            return None;
        }
        let caps = sample.caps_owned()?;
        let info = {
            let mut kept = self.info.lock().unwrap_or_else(PoisonError::into_inner);
            match kept.as_ref() {
                Some((known, info)) if *known == caps => info.clone(),
                _ => {
                    let info = gst_video::VideoInfo::from_caps(&caps).ok()?;
                    *kept = Some((caps, info.clone()));
                    info
                }
            }
        };
        let buffer = sample.buffer()?;
        let position = sample
            .segment()
            .and_then(|s| s.downcast_ref::<gst::ClockTime>().and_then(|s| s.to_stream_time(buffer.pts())))
            .map(|t| t.mseconds());
        let frame = gst_video::VideoFrameRef::from_buffer_ref_readable(buffer, &info).ok()?;
        let stride = usize::try_from(*frame.plane_stride().first()?).ok()?;
        self.painter.paint(FrameView {
            session: self.session,
            width: frame.width(),
            height: frame.height(),
            stride,
            data: frame.plane_data(0).ok()?,
            position_ms: position,
        });
        if !self.told.swap(true, Ordering::AcqRel) {
            (self.on_first)();
        }
        Some(())
    }
}

impl Picture {
    pub fn new(
        session: SessionId,
        painter: Arc<dyn Painter>,
        curtain: Arc<Curtain>,
        place: (u32, u32),
        on_first: Box<dyn Fn() + Send + Sync>,
    ) -> Result<Self, glib::BoolError> {
        let format = painter.format();
        let convert = gst::ElementFactory::make("videoconvertscale").build()?;
        let filter = gst::ElementFactory::make("capsfilter").property("caps", caps(format, place)).build()?;
        let brush = Arc::new(Brush {
            session,
            painter: painter.clone(),
            curtain,
            told: AtomicBool::new(false),
            on_first,
            info: Mutex::default(),
        });
        let preroll = brush.clone();
        let sink = gst_app::AppSink::builder()
            .max_buffers(1)
            .drop(true)
            .sync(true)
            .qos(true)
            .max_lateness(LATEST)
            .enable_last_sample(false)
            .wait_on_eos(false)
            .callbacks(
                gst_app::AppSinkCallbacks::builder()
                    .new_preroll(move |sink| {
                        if let Ok(sample) = sink.pull_preroll() {
                            preroll.draw(&sample);
                        }
                        Ok(gst::FlowSuccess::Ok)
                    })
                    .new_sample(move |sink| {
                        if let Ok(sample) = sink.pull_sample() {
                            brush.draw(&sample);
                        }
                        Ok(gst::FlowSuccess::Ok)
                    })
                    .build(),
            )
            .build();
        let bin = gst::Bin::new();
        bin.add_many([&convert, &filter, sink.upcast_ref()])?;
        gst::Element::link_many([&convert, &filter, sink.upcast_ref()])?;
        let target =
            convert.static_pad("sink").ok_or_else(|| glib::bool_error!("videoconvertscale has no sink pad"))?;
        bin.add_pad(&gst::GhostPad::with_target(&target)?)?;
        Ok(Self { bin, filter, sink, format, painter, late_seen: AtomicU64::new(0) })
    }

    /// From the next picture on.
    pub fn set_place(&self, place: (u32, u32)) {
        self.filter.set_property("caps", caps(self.format, place));
    }

    /// Tells the painter how many pictures were thrown away since the last call.
    pub fn count_late(&self) {
        let stats = self.sink.property::<gst::Structure>("stats");
        let now = stats.get::<u64>("dropped").unwrap_or(0);
        let before = self.late_seen.swap(now, Ordering::Relaxed);
        if now > before {
            self.painter.late(now - before);
        }
    }

    /// Width and height of what the decoder gives.
    pub fn native_size(&self) -> Option<(i32, i32)> {
        let caps = self.bin.static_pad("sink")?.current_caps()?;
        let first = caps.structure(0)?;
        Some((first.get("width").ok()?, first.get("height").ok()?))
    }
}

fn caps(format: PixelFormat, (width, height): (u32, u32)) -> gst::Caps {
    let side = |n: u32| i32::try_from(n.clamp(1, 8192)).unwrap_or(1);
    gst::Caps::builder("video/x-raw")
        .field(
            "format",
            match format {
                PixelFormat::Rgb8 => "RGB",
                PixelFormat::Bgrx => "BGRx",
            },
        )
        .field("width", side(width))
        .field("height", side(height))
        .field("pixel-aspect-ratio", gst::Fraction::new(1, 1))
        .build()
}
