//! The end of a pipeline where pictures leave it: scaled straight into the painter's memory, never queued.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use gstreamer::{self as gst, prelude::*};
use gstreamer_app as gst_app;
use gstreamer_video as gst_video;

use super::scaler::{Scaler, fit};
use crate::player::{
    frames::{Filled, Painter},
    inband::Inside,
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
    sink: gst_app::AppSink,
    painter: Arc<dyn Painter>,
    place: Arc<Mutex<(u32, u32)>>,
    late_seen: AtomicU64,
}

/// Paints samples of one pipeline; lives in its streaming thread.
struct Brush {
    session: SessionId,
    painter: Arc<dyn Painter>,
    curtain: Arc<Curtain>,
    place: Arc<Mutex<(u32, u32)>>,
    told: AtomicBool,
    on_first: Box<dyn Fn() + Send + Sync>,
    /// Made for the last sample: making it anew for every picture is waste.
    scaler: Mutex<Option<Scaler>>,
}

impl Brush {
    fn draw(&self, sample: &gst::Sample) -> Option<()> {
        if self.curtain.closed.load(Ordering::Acquire) || self.curtain.hidden.load(Ordering::Acquire) {
            return None;
        }
        let buffer = sample.buffer()?;
        let position = sample
            .segment()
            .and_then(|s| s.downcast_ref::<gst::ClockTime>().and_then(|s| s.to_stream_time(buffer.pts())))
            .map(|t| t.mseconds());
        let (width, height) = *lock(&self.place);
        let canvas = {
            let mut kept = lock(&self.scaler);
            let caps = sample.caps()?;
            if kept.as_ref().is_none_or(|s| s.caps.as_ref() != caps || s.place != (width, height)) {
                *kept = Scaler::new(caps, (width, height), self.painter.format());
            }
            let scaler = kept.as_ref()?;
            scaler.paint(buffer, self.painter.canvas(width, height)?)?
        };
        // The session may have ended while the picture was written.
        if self.curtain.closed.load(Ordering::Acquire) {
            return None;
        }
        self.painter.show(Filled { session: self.session, width, height, canvas, position_ms: position });
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
        let place = Arc::new(Mutex::new(place));
        let brush = Arc::new(Brush {
            session,
            painter: painter.clone(),
            curtain,
            place: place.clone(),
            told: AtomicBool::new(false),
            on_first,
            scaler: Mutex::default(),
        });
        let preroll = brush.clone();
        let sink = gst_app::AppSink::builder()
            .caps(&gst::Caps::new_empty_simple("video/x-raw"))
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
        bin.add(&sink)?;
        let target = sink.static_pad("sink").ok_or_else(|| glib::bool_error!("appsink has no sink pad"))?;
        // Without a word about it a decoder copies each picture into rows without padding.
        target.add_probe(gst::PadProbeType::QUERY_DOWNSTREAM, |_, info| {
            if let Some(query) = info.query_mut()
                && let gst::QueryViewMut::Allocation(allocation) = query.view_mut()
            {
                allocation.add_allocation_meta::<gst_video::VideoMeta>(None);
                return gst::PadProbeReturn::Handled;
            }
            gst::PadProbeReturn::Ok
        });
        bin.add_pad(&gst::GhostPad::with_target(&target)?)?;
        Ok(Self { bin, sink, painter, place, late_seen: AtomicU64::new(0) })
    }

    /// From the next picture on.
    pub fn set_place(&self, place: (u32, u32)) {
        *lock(&self.place) = place;
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

    /// The place, and where in it the picture is. None before there is one.
    pub fn inside(&self) -> Option<((u32, u32), Inside)> {
        let caps = self.bin.static_pad("sink")?.current_caps()?;
        let info = gst_video::VideoInfo::from_caps(&caps).ok()?;
        let place = *lock(&self.place);
        Some((place, fit(&info, place)))
    }

    /// Width and height of what the decoder gives.
    pub fn native_size(&self) -> Option<(i32, i32)> {
        let caps = self.bin.static_pad("sink")?.current_caps()?;
        let first = caps.structure(0)?;
        Some((first.get("width").ok()?, first.get("height").ok()?))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere leaves nothing half done here.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
