//! One thread for each pipeline: builds it, works it, reads its bus, takes it down. Whatever hangs in GStreamer hangs
//! here, and costs this thread alone; the player thread never touches a pipeline.

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
    errors,
    picture::{Curtain, Picture},
};
use crate::player::{
    frames::Painter,
    types::{MediaKind, SessionId, Trouble},
};

/// Position is asked four times a second: finer than a viewer reads, coarse enough to cost nothing.
const POSITION_EVERY: Duration = Duration::from_millis(250);
/// A seek that has not ended by then is taken as lost, and the next one goes through.
const SEEK_LOST: Duration = Duration::from_secs(2);
/// Seeks that follow each other faster than this are a key held down: they go to key frames, which is cheaper.
const SEEK_RUN: Duration = Duration::from_millis(400);
/// A refused change of state is followed by a message that says why; this long is waited for it.
const REASON_WAIT: Duration = Duration::from_millis(500);

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
    /// The pipeline is gone. The last report.
    Closed,
}

enum Note {
    Op(Op),
    Bus(gst::Message),
    FirstFrame,
}

/// The player's end of a hand.
pub struct Hand {
    pub generation: u64,
    notes: Sender<Note>,
    curtain: Arc<Curtain>,
}

impl Hand {
    pub fn start(
        plan: Plan,
        painter: Arc<dyn Painter>,
        audio: Arc<OnceLock<AudioOut>>,
        report: impl Fn(Report) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (notes, inbox) = channel();
        let curtain = Arc::new(Curtain::default());
        let hand = Self { generation: plan.generation, notes: notes.clone(), curtain: curtain.clone() };
        std::thread::Builder::new().name(format!("media-{}", plan.generation)).spawn(move || {
            // The bindings panic where another version of an element has a property of another type.
            let done = std::panic::catch_unwind(AssertUnwindSafe(|| {
                run(plan, painter, &audio, curtain, notes, &inbox, &report);
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

    /// From this moment nothing is painted; the pipeline goes away in its own time.
    pub fn shutdown(self) {
        self.curtain.closed.store(true, Ordering::Release);
        self.send(Op::Shutdown);
    }
}

fn run(
    plan: Plan,
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
        .and_then(|picture| Ok((build::pipeline(&plan.what, &picture, audio)?, picture)));
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
    let mut work = Work {
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
        pending: None,
        missing: None,
        facts: (None, None),
    };
    work.apply();
    let mut polled = Instant::now();
    loop {
        match inbox.recv_timeout(POSITION_EVERY.saturating_sub(polled.elapsed())) {
            Ok(Note::Op(Op::Shutdown)) | Err(RecvTimeoutError::Disconnected) => break,
            Ok(Note::Op(op)) => work.obey(op),
            Ok(Note::Bus(message)) => work.hear(&message),
            Ok(Note::FirstFrame) => work.open(),
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

struct Work<'a> {
    pipeline: gst::Pipeline,
    picture: Picture,
    audio: &'a AudioOut,
    curtain: Arc<Curtain>,
    report: &'a dyn Fn(Report),
    kind: MediaKind,
    /// The viewer's intent.
    playing: bool,
    rate: f64,
    /// Where to go once the pipeline can seek; nothing is shown before.
    start: Option<u64>,
    /// The state last asked for.
    asked: Option<gst::State>,
    /// The source gives data in real time: waiting for a buffer would never end.
    live: bool,
    buffering: bool,
    opened: bool,
    failed: bool,
    /// Whether there are pictures and sound, once known.
    streams: Option<(bool, bool)>,
    refused_at: Option<Instant>,
    seeking: Option<Instant>,
    last_seek: Option<Instant>,
    /// The newest place asked for while a seek was on its way.
    pending: Option<u64>,
    missing: Option<Trouble>,
    facts: (Option<String>, Option<String>),
}

impl Work<'_> {
    /// Brings the pipeline to the state that intent, start and buffer call for.
    fn apply(&mut self) {
        let run = self.playing && self.start.is_none() && (self.live || !self.buffering);
        let wanted = if run { gst::State::Playing } else { gst::State::Paused };
        if self.asked == Some(wanted) {
            return;
        }
        self.asked = Some(wanted);
        match self.pipeline.set_state(wanted) {
            Ok(gst::StateChangeSuccess::NoPreroll) if !self.live => {
                self.live = true;
                // A stream that comes in real time has no other place to start at.
                self.start = None;
                self.curtain.hidden.store(false, Ordering::Release);
                self.apply();
            }
            Ok(_) => {}
            Err(_) => self.refused_at = Some(Instant::now()),
        }
    }

    fn obey(&mut self, op: Op) {
        match op {
            Op::SetPlaying(playing) => {
                self.playing = playing;
                self.apply();
            }
            Op::Seek(to_ms) => self.want(to_ms),
            Op::Rate(rate) => {
                self.rate = rate;
                if let (true, Some(at)) = (self.opened && self.can_seek(), self.position()) {
                    self.want(self.pending.unwrap_or(at));
                }
            }
            Op::Place(place) => {
                self.picture.set_place(place);
                // A standing picture comes again in its new size only when it is asked for.
                if self.opened
                    && !self.playing
                    && self.can_seek()
                    && let Some(at) = self.position()
                {
                    self.want(self.pending.unwrap_or(at));
                }
            }
            Op::Shutdown => {}
        }
    }

    fn can_seek(&self) -> bool {
        self.kind == MediaKind::OnDemand && !self.live
    }

    fn want(&mut self, to_ms: u64) {
        if !self.can_seek() {
            return;
        }
        if self.start.is_some() {
            self.start = Some(to_ms);
        } else if self.seeking.is_some() {
            self.pending = Some(to_ms);
        } else {
            self.seek(to_ms);
        }
    }

    fn seek(&mut self, to_ms: u64) {
        let now = Instant::now();
        let running = self.last_seek.is_some_and(|at| now.duration_since(at) < SEEK_RUN);
        self.last_seek = Some(now);
        self.seeking = Some(now);
        // Never to the next key frame: past the last one there is none, and hlsdemux2 aborts the process over it
        // ("g_mutex_clear() called on uninitialised or locked mutex").
        let how =
            if running { gst::SeekFlags::KEY_UNIT | gst::SeekFlags::SNAP_BEFORE } else { gst::SeekFlags::ACCURATE };
        let to = gst::ClockTime::from_mseconds(to_ms);
        let done = self.pipeline.seek(
            self.rate,
            gst::SeekFlags::FLUSH | how,
            gst::SeekType::Set,
            to,
            gst::SeekType::None,
            gst::ClockTime::NONE,
        );
        if let Err(error) = done {
            tracing::warn!(to_ms, %error, "the medium does not seek");
            self.seeking = None;
            self.tell_position();
        }
    }

    /// The first picture is out, or the sound runs where there is no picture.
    fn open(&mut self) {
        if self.opened {
            return;
        }
        self.opened = true;
        if let (Some((width, height)), Some(codec)) = (self.picture.native_size(), self.facts.0.clone()) {
            self.facts.0 = Some(format!("{codec} {width}x{height}"));
        } else if let Some((width, height)) = self.picture.native_size() {
            self.facts.0 = Some(format!("{width}x{height}"));
        }
        self.tell_facts();
        (self.report)(Report::Opened);
    }

    fn tell_facts(&self) {
        (self.report)(Report::Facts { video: self.facts.0.clone(), audio: self.facts.1.clone() });
    }

    fn position(&self) -> Option<u64> {
        self.pipeline.query_position::<gst::ClockTime>().map(gst::ClockTime::mseconds)
    }

    fn tell_position(&self) {
        let duration_ms = match self.kind {
            MediaKind::Live => None,
            MediaKind::OnDemand => self.pipeline.query_duration::<gst::ClockTime>().map(gst::ClockTime::mseconds),
        };
        if let Some(position_ms) = self.position() {
            (self.report)(Report::Progress { position_ms, duration_ms });
        }
    }

    fn look(&mut self) {
        self.picture.count_late();
        if self.seeking.is_some_and(|at| at.elapsed() > SEEK_LOST) {
            self.settle();
        }
        if self.refused_at.is_some_and(|at| at.elapsed() > REASON_WAIT) {
            self.fail(Trouble::BrokenMedia, "the pipeline refused to start".into());
        }
        if self.opened && self.playing && self.seeking.is_none() {
            self.tell_position();
        }
    }

    /// A seek has ended.
    fn settle(&mut self) {
        self.seeking = None;
        match self.pending.take() {
            Some(next) => self.seek(next),
            None => self.tell_position(),
        }
    }

    fn fail(&mut self, trouble: Trouble, why: String) {
        self.refused_at = None;
        if !self.failed {
            self.failed = true;
            (self.report)(Report::Error(trouble, why));
        }
    }

    fn hear(&mut self, message: &gst::Message) {
        match message.view() {
            gst::MessageView::Error(error) => self.hear_error(error),
            gst::MessageView::Warning(warning) => tracing::debug!(warning = %warning.error(), "from the pipeline"),
            gst::MessageView::Eos(_) => {
                // The last position before the end decides whether it is one.
                self.tell_position();
                (self.report)(Report::Eos);
            }
            gst::MessageView::AsyncDone(_) => self.hear_ready(),
            gst::MessageView::Buffering(buffering) => self.hear_buffering(buffering.percent()),
            gst::MessageView::Latency(_) => {
                let _ = self.pipeline.recalculate_latency();
            }
            gst::MessageView::ClockLost(_) if self.asked == Some(gst::State::Playing) => {
                let _ = self.pipeline.set_state(gst::State::Paused);
                self.asked = None;
                self.apply();
            }
            gst::MessageView::StreamCollection(found) => {
                let streams = found.stream_collection();
                let has = |kind| streams.iter().any(|s| s.stream_type().contains(kind));
                self.streams = Some((has(gst::StreamType::VIDEO), has(gst::StreamType::AUDIO)));
                self.check_worth();
            }
            gst::MessageView::Tag(tag) => self.hear_tags(&tag.tags()),
            gst::MessageView::Element(element) => {
                if let Some(structure) = element.structure()
                    && let Some((trouble, what)) = errors::missing(structure)
                {
                    tracing::warn!(what, "nothing on this machine plays this");
                    self.missing = Some(trouble);
                    if errors::is_video(structure) {
                        self.fail(trouble, format!("no decoder: {what}"));
                    }
                    self.check_worth();
                }
            }
            _ => {}
        }
    }

    /// A page or an archive is one stream of neither kind, after which the pipeline says nothing more.
    fn check_worth(&mut self) {
        if let (Some(trouble), Some((false, false))) = (self.missing, self.streams) {
            self.fail(trouble, "neither picture nor sound".into());
        }
    }

    fn hear_ready(&mut self) {
        if let Some(start) = self.start.take() {
            self.curtain.hidden.store(false, Ordering::Release);
            // What has no length has no place to go to either, whatever the request called it.
            if self.pipeline.query_duration::<gst::ClockTime>().is_some() {
                self.seek(start);
            }
        } else if self.seeking.is_some() {
            self.settle();
        }
        if self.streams == Some((false, true)) && self.seeking.is_none() {
            self.open();
        }
        self.apply();
    }

    fn hear_buffering(&mut self, percent: i32) {
        let buffering = percent < 100;
        if self.live || buffering == self.buffering {
            return;
        }
        self.buffering = buffering;
        (self.report)(Report::Buffering(buffering));
        self.apply();
    }

    fn hear_tags(&mut self, tags: &gst::TagList) {
        let before = self.facts.clone();
        if let Some(codec) = tags.get::<gst::tags::VideoCodec>()
            && self.facts.0.is_none()
        {
            self.facts.0 = Some(codec.get().to_owned());
        }
        if let Some(codec) = tags.get::<gst::tags::AudioCodec>()
            && self.facts.1.is_none()
        {
            self.facts.1 = Some(codec.get().to_owned());
        }
        if self.opened && before != self.facts {
            self.tell_facts();
        }
    }

    fn hear_error(&mut self, error: &gst::message::Error) {
        let cause = error.error();
        let details = error.details();
        let class = error
            .src()
            .and_then(|s| s.downcast_ref::<gst::Element>())
            .and_then(gst::Element::factory)
            .and_then(|factory| factory.metadata("klass").map(str::to_owned))
            .unwrap_or_default();
        if class.contains("Sink") && class.contains("Audio") {
            self.audio.give_up();
        }
        let debug = error.debug().map(|d| d.lines().last().unwrap_or_default().to_owned()).unwrap_or_default();
        let trouble = match errors::of(&cause, details, self.missing) {
            // souphttpsrc says no more than this when nobody answers.
            Trouble::BrokenMedia if class.contains("Source") && debug.contains("(-5)") => Trouble::ServerDown,
            // And hlsdemux2 no more than this when a live playlist or a segment stays away.
            Trouble::BrokenMedia if debug.contains("update playlist") || debug.contains("ownload") => {
                Trouble::ServerDown
            }
            trouble => trouble,
        };
        self.fail(trouble, format!("{cause} ({debug})"));
    }
}
