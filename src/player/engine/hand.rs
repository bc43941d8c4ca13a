//! One thread for each pipeline: builds it, works it, reads its bus, takes it down. Whatever hangs in GStreamer hangs
//! here, and costs this thread alone; the player thread never touches a pipeline.

mod work;

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc, OnceLock,
        atomic::Ordering,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    time::{Duration, Instant},
};

use gstreamer::{self as gst, prelude::*};

use super::{
    audio::AudioOut,
    build::{self, What},
    picture::{Curtain, Picture},
};
use crate::player::{
    cast::{Cast, Feed, Watch},
    frames::Painter,
    types::{MediaKind, SessionId, Trouble},
};

/// Position is asked four times a second: finer than a viewer reads, coarse enough to cost nothing.
const POSITION_EVERY: Duration = Duration::from_millis(250);

/// What one pipeline is for.
pub struct Plan {
    pub session: SessionId,
    pub generation: u64,
    pub what: What,
    pub kind: MediaKind,
    pub start_ms: u64,
    pub rate: f64,
    pub playing: bool,
    pub place: (u32, u32),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Op {
    SetPlaying(bool),
    Seek(u64),
    Rate(f64),
    Place((u32, u32)),
    Shutdown,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Report {
    Opened,
    Error(Trouble, String),
    Eos,
    Progress {
        position_ms: u64,
        duration_ms: Option<u64>,
    },
    Buffering(bool),
    Facts {
        video: Option<String>,
        audio: Option<String>,
    },
    /// The group carries what only GStreamer's own chain may know.
    Strange,
    /// What is on air needs other decoders from here.
    Changed,
    /// The pipeline is gone. The last report.
    Closed,
}

enum Note {
    Op(Op),
    Bus(gst::Message),
    FirstFrame,
    Feed(Feed),
}

/// The player's end of a hand.
pub struct Hand {
    pub generation: u64,
    notes: Sender<Note>,
    curtain: Arc<Curtain>,
    /// Of a group. Ends with this, not with the thread: what hangs is fed no more.
    watch: Option<Watch>,
}

impl Hand {
    pub fn start(
        plan: Plan,
        cast: &Cast,
        painter: Arc<dyn Painter>,
        audio: Arc<OnceLock<AudioOut>>,
        report: impl Fn(Report) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (notes, inbox) = channel();
        let curtain = Arc::new(Curtain::default());
        let mut hand =
            Self { generation: plan.generation, notes: notes.clone(), curtain: curtain.clone(), watch: None };
        let origin = cast.origin();
        if let What::Cast { at } = plan.what {
            let fed = notes.clone();
            hand.watch = Some(cast.watch(at, Box::new(move |feed| drop(fed.send(Note::Feed(feed))))));
        }
        std::thread::Builder::new().name(format!("media-{}", plan.generation)).spawn(move || {
            // The bindings panic where another version of an element has a property of another type.
            let done = std::panic::catch_unwind(AssertUnwindSafe(|| {
                run(plan, origin, painter, &audio, curtain, notes, &inbox, &report);
            }));
            if done.is_err() {
                tracing::error!("a pipeline's thread panicked");
                report(Report::Error(Trouble::MissingPlugin, "an element does not fit this program".into()));
            }
            report(Report::Closed);
        })?;
        Ok(hand)
    }

    pub fn send(&self, op: Op) {
        let _ = self.notes.send(Note::Op(op));
    }

    /// Received in datagrams.
    pub fn bytes(&self) -> u64 {
        self.watch.as_ref().map_or(0, Watch::bytes)
    }

    /// From this moment nothing is painted; the pipeline goes away in its own time.
    pub fn shutdown(self) {
        self.curtain.closed.store(true, Ordering::Release);
        self.send(Op::Shutdown);
    }
}

#[allow(clippy::too_many_arguments)]
fn run(
    plan: Plan,
    origin: Instant,
    painter: Arc<dyn Painter>,
    audio: &OnceLock<AudioOut>,
    curtain: Arc<Curtain>,
    notes: Sender<Note>,
    inbox: &Receiver<Note>,
    report: &dyn Fn(Report),
) {
    let seek_first = plan.kind == MediaKind::OnDemand && (plan.start_ms > 0 || plan.rate != 1.0);
    curtain.hidden.store(seek_first, Ordering::Release);
    let first = notes.clone();
    let on_first = Box::new(move || {
        let _ = first.send(Note::FirstFrame);
    });
    let audio = audio.get_or_init(AudioOut::probe);
    let built = Picture::new(plan.session, painter, curtain.clone(), plan.place, on_first)
        .and_then(|picture| Ok((build::pipeline(&plan.what, origin, &picture, audio)?, picture)));
    let (pipeline, picture) = match built {
        Ok(built) => built,
        Err(error) => {
            report(Report::Error(Trouble::MissingPlugin, error.to_string()));
            return;
        }
    };
    if let Some(bus) = pipeline.bus() {
        // Only hands messages over: acting on them here would deadlock with the streaming thread.
        bus.set_sync_handler(move |_, message| {
            let _ = notes.send(Note::Bus(message.clone()));
            gst::BusSyncReply::Drop
        });
    }
    let mut work = work::Work {
        start: seek_first.then_some(plan.start_ms),
        playing: plan.playing,
        rate: plan.rate,
        kind: plan.kind,
        curtain,
        pipeline,
        picture,
        audio,
        report,
        asked: None,
        live: false,
        buffering: false,
        opened: false,
        failed: false,
        streams: None,
        refused_at: None,
        seeking: None,
        last_seek: None,
        target: 0,
        pending: None,
        missing: None,
        facts: (None, None),
        chain: None,
        unbuilt: matches!(plan.what, What::Cast { .. }),
    };
    work.apply();
    let mut polled = Instant::now();
    loop {
        match inbox.recv_timeout(POSITION_EVERY.saturating_sub(polled.elapsed())) {
            Ok(Note::Op(Op::Shutdown)) | Err(RecvTimeoutError::Disconnected) => break,
            Ok(Note::Op(op)) => work.obey(op),
            Ok(Note::Bus(message)) => work.hear(&message),
            Ok(Note::FirstFrame) => work.open(),
            Ok(Note::Feed(feed)) => work.feed(feed),
            Err(RecvTimeoutError::Timeout) => {}
        }
        if polled.elapsed() >= POSITION_EVERY {
            polled = Instant::now();
            work.look();
        }
    }
    if let Some(bus) = work.pipeline.bus() {
        bus.unset_sync_handler();
        bus.set_flushing(true);
    }
    work.picture.count_late();
    if work.pipeline.set_state(gst::State::Null).is_err() {
        tracing::warn!("a pipeline did not go down cleanly");
    }
}
