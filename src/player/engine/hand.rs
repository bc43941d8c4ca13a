//! One thread for each pipeline: builds it, works it, reads its bus, takes it down. Whatever hangs in GStreamer hangs
//! here, and costs this thread alone; the player thread never touches a pipeline.

mod captions;
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
    MediaAccess,
    audio::AudioOut,
    build::{self, What},
    cast,
    chain::{self, Chain, NoChain},
    picture::{Curtain, Picture},
};
use crate::player::{
    captions::Caption,
    cast::{Cast, Signal, Watch},
    demux::Kind,
    feed::{Feed, FeedEvent, Looked, Wish},
    frames::Painter,
    inband::Inband,
    sounds::Sound,
    subtitles::Cue,
    types::{LiveWindow, MediaKind, Plate, SessionId, Trouble},
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
    pub wish: Wish,
    /// Which subtitles are wished for.
    pub caption: Option<Caption>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    SetPlaying(bool),
    Seek(u64),
    Rate(f64),
    Place((u32, u32)),
    Caption(Option<Caption>),
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
    /// What of a live medium can be gone back to.
    Window(LiveWindow),
    /// Several sounds, and the one that is heard.
    Sounds(Vec<Sound>, usize),
    /// The subtitles that there are, and those that come.
    Captions(Vec<Caption>, Option<usize>),
    /// The words around the present place.
    Cues(Vec<Cue>),
    /// The subtitles that stand there as a picture.
    Plate(Option<Plate>),
    Buffering(bool),
    Facts {
        video: Option<String>,
        audio: Option<String>,
    },
    /// The group or stream carries what only GStreamer's own chain may know.
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
    Looked(Looked),
    Feed(FeedEvent),
    Signal(Signal),
    /// A stream goes no further, and why where something went wrong.
    Over(Option<Trouble>),
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
        access: Arc<dyn MediaAccess>,
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
            hand.watch = Some(cast.watch(
                at,
                plan.wish.sound.clone(),
                Box::new(move |signal| drop(fed.send(Note::Signal(signal)))),
            ));
        }
        std::thread::Builder::new().name(format!("media-{}", plan.generation)).spawn(move || {
            // The bindings panic where another version of an element has a property of another type.
            let done = std::panic::catch_unwind(AssertUnwindSafe(|| {
                run(plan, origin, access.as_ref(), painter, &audio, curtain, notes, &inbox, &report);
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

/// Waits until it is known what the medium is. What is asked meanwhile changes the plan. None when it is not wanted
/// any more.
fn look(plan: &mut Plan, access: &dyn MediaAccess, notes: &Sender<Note>, inbox: &Receiver<Note>) -> Option<Looked> {
    if !matches!(plan.what, What::Gate(_)) {
        return Some(Looked::Plain);
    }
    let notes = notes.clone();
    let done = Box::new(move |looked| {
        let _ = notes.send(Note::Looked(looked));
    });
    let _looking = access.look(plan.session, plan.kind, plan.start_ms, plan.wish.clone(), done);
    let mut jumped = None;
    let looked = loop {
        match inbox.recv() {
            Ok(Note::Looked(looked)) => break looked,
            Ok(Note::Op(Op::Shutdown)) | Err(_) => return None,
            Ok(Note::Op(Op::SetPlaying(playing))) => plan.playing = playing,
            Ok(Note::Op(Op::Rate(rate))) => plan.rate = rate,
            Ok(Note::Op(Op::Place(place))) => plan.place = place,
            Ok(Note::Op(Op::Caption(caption))) => plan.caption = caption,
            Ok(Note::Op(Op::Seek(to_ms))) if plan.kind == MediaKind::OnDemand => {
                plan.start_ms = to_ms;
                jumped = Some(to_ms);
            }
            Ok(_) => {}
        }
    };
    if let (Looked::Feed(feed), Some(to_ms)) = (&looked, jumped) {
        feed.jump(to_ms);
    }
    Some(looked)
}

#[allow(clippy::too_many_arguments)]
fn run(
    mut plan: Plan,
    origin: Instant,
    access: &dyn MediaAccess,
    painter: Arc<dyn Painter>,
    audio: &OnceLock<AudioOut>,
    curtain: Arc<Curtain>,
    notes: Sender<Note>,
    inbox: &Receiver<Note>,
    report: &dyn Fn(Report),
) {
    let Some(looked) = look(&mut plan, access, &notes, inbox) else { return };
    let (mut feed, mut stream, mut parting) = (None, None, None);
    match looked {
        Looked::Plain => {}
        Looked::Dash(found) => parting = Some(found),
        Looked::Feed(found) => feed = Some(*found),
        Looked::Stream(found) => stream = Some(found),
        Looked::Trouble(trouble) => return report(Report::Error(trouble, "the medium cannot be opened".into())),
    }
    // A feed begins where it shall; everything else is taken there once it stands.
    let seek_first = feed.is_none() && plan.kind == MediaKind::OnDemand && (plan.start_ms > 0 || plan.rate != 1.0);
    curtain.hidden.store(seek_first, Ordering::Release);
    let first = notes.clone();
    let on_first = Box::new(move || {
        let _ = first.send(Note::FirstFrame);
    });
    let audio = audio.get_or_init(AudioOut::probe);
    let picture = match Picture::new(plan.session, painter, curtain.clone(), plan.place, on_first) {
        Ok(picture) => picture,
        Err(error) => return report(Report::Error(Trouble::MissingPlugin, error.to_string())),
    };
    let built = match &feed {
        None if stream.is_some() => Ok(Chain { pipeline: cast::pipeline(origin), video: None, audio: None }),
        None => build::pipeline(&plan.what, origin, &picture, audio)
            .map(|pipeline| Chain { pipeline, video: None, audio: None })
            .map_err(NoChain::from),
        Some(feed) => {
            let live = feed.duration_ns.is_none();
            let at = gst::ClockTime::from_mseconds(if live { feed.start_ms() } else { plan.start_ms });
            chain::build(feed, &picture, audio, chain::Start { at, rate: plan.rate })
        }
    };
    let Chain { pipeline, video, audio: sound } = match built {
        Ok(chain) => chain,
        Err(NoChain::Codec(codec)) => {
            return report(Report::Error(Trouble::MissingCodec, format!("no decoder for {codec:?}")));
        }
        Err(NoChain::Plumbing(error)) => return report(Report::Error(Trouble::MissingPlugin, error.to_string())),
    };
    if let Some(bus) = pipeline.bus() {
        let notes = notes.clone();
        // Only hands messages over: acting on them here would deadlock with the streaming thread.
        bus.set_sync_handler(move |_, message| {
            let _ = notes.send(Note::Bus(message.clone()));
            gst::BusSyncReply::Drop
        });
    }
    if let Some((sounds, chosen)) = feed.as_ref().and_then(Feed::several_sounds) {
        report(Report::Sounds(sounds.to_vec(), chosen));
    }
    let mut inband = Inband::default();
    match &mut feed {
        Some(feed) => feed.choose_caption(plan.caption.as_ref()),
        None => inband.choose(plan.caption.as_ref()),
    }
    let streams = feed.as_ref().map(|f| (f.track(Kind::Video).is_some(), f.track(Kind::Audio).is_some()));
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
        feed: None,
        asked: None,
        live: feed.as_ref().is_some_and(|f| f.duration_ns.is_none()),
        buffering: false,
        opened: false,
        failed: false,
        streams,
        refused_at: None,
        seeking: None,
        last_seek: None,
        target: 0,
        pending: None,
        missing: None,
        facts: (None, None),
        told: captions::Told::default(),
        inband,
        air: None,
        unbuilt: stream.is_some() || matches!(plan.what, What::Cast { .. }),
    };
    work.apply();
    if let Some(stream) = &mut stream {
        let (fed, over) = (notes.clone(), notes.clone());
        stream.connect(
            origin,
            Box::new(move |signal| drop(fed.send(Note::Signal(signal)))),
            Box::new(move |trouble| drop(over.send(Note::Over(trouble)))),
        );
    }
    if let Some(feed) = &mut feed {
        // After the sources have started: what comes before that they would throw away.
        feed.connect(
            video,
            sound,
            Box::new(move |event| {
                let _ = notes.send(Note::Feed(event));
            }),
        );
    }
    work.feed = feed;
    work.tell_captions();
    let mut polled = Instant::now();
    loop {
        match inbox.recv_timeout(POSITION_EVERY.saturating_sub(polled.elapsed())) {
            Ok(Note::Op(Op::Shutdown)) | Err(RecvTimeoutError::Disconnected) => break,
            Ok(Note::Op(op)) => work.obey(op),
            Ok(Note::Bus(message)) => work.hear(&message),
            Ok(Note::FirstFrame) => work.open(),
            Ok(Note::Feed(event)) => work.hear_feed(event),
            Ok(Note::Signal(signal)) => work.hear_signal(signal),
            Ok(Note::Over(trouble)) => work.hear_over(trouble),
            Ok(Note::Looked(_)) | Err(RecvTimeoutError::Timeout) => {}
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
    work.feed = None;
    drop(stream);
    work.picture.count_late();
    if let Some(parting) = parting {
        work.fall_silent();
        parting.end();
    }
    if work.pipeline.set_state(gst::State::Null).is_err() {
        tracing::warn!("a pipeline did not go down cleanly");
    }
}
