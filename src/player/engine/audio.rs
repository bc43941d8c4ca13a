//! Where the sound goes. Found once at the start, since asking every sound system for a device takes longer than a
//! zap may; where there is none, a sink that only keeps time.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use gstreamer::{self as gst, prelude::*};

/// A sound server that does not answer in this time is as good as none.
const PROBE: gst::ClockTime = gst::ClockTime::from_seconds(2);
/// The same for the thread that waits for it.
const PROBE_THREAD: Duration = Duration::from_millis(2_500);

/// Sound servers first: they mix, and hold the device themselves.
const CANDIDATES: [&str; 3] = ["pipewiresink", "pulsesink", "alsasink"];

#[derive(Debug)]
pub struct AudioOut {
    /// Factory of the sink that worked, none where no device opened.
    factory: Option<String>,
    /// The device went away while playing.
    lost: AtomicBool,
}

impl AudioOut {
    /// Asks for a device, with a bound. Says in the log what was found.
    pub fn probe() -> Self {
        let (tell, told) = std::sync::mpsc::channel();
        // On a thread of its own: a broken sound server can hang its client for ever.
        let spawned = std::thread::Builder::new().name("audio-probe".into()).spawn(move || {
            let _ = tell.send(find());
        });
        let factory = spawned.ok().and_then(|_| told.recv_timeout(PROBE_THREAD).ok()).flatten();
        match &factory {
            Some(name) => tracing::info!(sink = name, "sound goes to a device"),
            None => tracing::warn!("no sound device opens; playing without sound"),
        }
        Self { factory, lost: AtomicBool::new(false) }
    }

    /// The device failed: from now on without sound.
    pub fn give_up(&self) {
        if !self.lost.swap(true, Ordering::Relaxed) {
            tracing::warn!("the sound device failed; playing without sound");
        }
    }

    /// A fresh sink for one pipeline.
    pub fn sink(&self) -> Result<gst::Element, glib::BoolError> {
        let device = self.factory.as_deref().filter(|_| !self.lost.load(Ordering::Relaxed));
        let sink = match device {
            Some(name) => gst::ElementFactory::make(name).build()?,
            None => gst::ElementFactory::make("fakesink").property("sync", true).build()?,
        };
        if sink.has_property("enable-last-sample") {
            sink.set_property("enable-last-sample", false);
        }
        Ok(sink)
    }
}

/// Not `autoaudiosink`: on a machine without sound it tries a dozen sinks, some of which write to standard error.
fn find() -> Option<String> {
    CANDIDATES.iter().find(|name| (**name != "alsasink" || has_card()) && opens(name)).map(|name| (*name).to_owned())
}

fn opens(name: &str) -> bool {
    let Ok(sink) = gst::ElementFactory::make(name).build() else { return false };
    let ready = sink.set_state(gst::State::Ready).is_ok() && sink.state(PROBE).0.is_ok();
    let _ = sink.set_state(gst::State::Null);
    ready
}

fn has_card() -> bool {
    // One line "--- no soundcards ---" where there is none.
    std::fs::read_to_string("/proc/asound/cards").is_ok_and(|text| text.contains('['))
}
