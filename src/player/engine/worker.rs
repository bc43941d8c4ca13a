//! The player thread: takes commands and reports, asks the supervisor, has its actions done by hands. It calls
//! nothing of GStreamer that can wait.

mod address;
mod lookout;
mod near;
mod pipeline;

use std::{
    collections::{HashSet, VecDeque},
    net::SocketAddr,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, Sender},
    },
    time::Duration,
};

use super::{
    MediaAccess, MediaFacts, OnEvent,
    audio::AudioOut,
    hand::{Hand, Op, Report},
    picture,
};
use crate::{
    address::redact,
    guide::lineup::MediaSource,
    player::{
        cast::{Cast, Limits},
        clock,
        frames::Painter,
        supervisor::{Input, Policy, Step, Supervisor},
        types::{MediaRequest, Phase, PlayerCommand, PlayerEvent, SessionId, Trouble},
    },
    time::MonoMs,
};
use lookout::Lookout;

/// How often it is looked at what the gate says while a pipeline opens.
const LOOK_MS: u64 = 250;
/// A programme whose codecs change again so soon is no programme: the supervisor's growing waits are for it.
const CHANGED_MS: u64 = 3_000;
/// Nothing is due: look again after this.
const IDLE: Duration = Duration::from_secs(60);

pub enum Note {
    Command(PlayerCommand),
    Place((u32, u32)),
    Groups(Limits),
    Report(u64, Report),
    /// The server of this session, unreachable until now, takes connections again.
    ServerBack(SessionId),
    Quit,
}

struct Current {
    request: MediaRequest,
    supervisor: Supervisor,
    hand: Option<Hand>,
    /// Since when the gate has named a forbidden address and nothing else while the pipeline opens.
    refused_since: Option<MonoMs>,
    lookout: Option<Lookout>,
    changed_at: Option<MonoMs>,
}

/// What carries more than `cast` knows. Forgotten at rest.
#[derive(Default)]
struct Strange {
    groups: HashSet<SocketAddr>,
    /// By their addresses; each until it fails, for it may be another thing then.
    streams: HashSet<String>,
}

pub struct Worker {
    access: Arc<dyn MediaAccess>,
    cast: Cast,
    strange: Strange,
    painter: Arc<dyn Painter>,
    on_event: OnEvent,
    inbox: Sender<Note>,
    facts: Arc<Mutex<MediaFacts>>,
    audio: Arc<OnceLock<AudioOut>>,
    place: (u32, u32),
    current: Option<Current>,
    generation: u64,
    /// Pipelines on their way down: generation, and when they are given up.
    closing: Vec<(u64, MonoMs)>,
}

impl Worker {
    pub fn new(
        access: Arc<dyn MediaAccess>,
        painter: Arc<dyn Painter>,
        on_event: OnEvent,
        inbox: Sender<Note>,
        facts: Arc<Mutex<MediaFacts>>,
    ) -> Self {
        Self {
            access,
            cast: Cast::default(),
            strange: Strange::default(),
            painter,
            on_event,
            inbox,
            facts,
            audio: Arc::default(),
            place: picture::DEFAULT_PLACE,
            current: None,
            generation: 0,
            closing: Vec::new(),
        }
    }

    pub fn run(mut self, notes: &Receiver<Note>) {
        let audio = self.audio.clone();
        // Found ahead of the first channel. Without this thread the first hand looks by itself.
        let _ = std::thread::Builder::new().name("media-warm".into()).spawn(move || {
            audio.get_or_init(AudioOut::probe);
            super::preload();
        });
        loop {
            match notes.recv_timeout(self.wait()) {
                Ok(Note::Quit) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(Note::Command(command)) => self.obey(command),
                Ok(Note::Place(place)) => self.set_place(place),
                Ok(Note::Groups(limits)) => self.cast.limit(limits),
                Ok(Note::Report(generation, report)) => self.hear(generation, report),
                Ok(Note::ServerBack(session)) => self.server_back(session),
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.tick();
        }
        self.leave();
        while !self.closing.is_empty() {
            match notes.recv_timeout(self.wait()) {
                Ok(Note::Report(generation, report)) => self.hear(generation, report),
                Ok(_) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.tick();
        }
    }

    fn wait(&self) -> Duration {
        let now = clock::now();
        let supervisor = self.current.as_ref().and_then(|c| c.supervisor.wake_at());
        let closing = self.closing.iter().map(|(_, at)| *at).min();
        let opening = self.current.as_ref().is_some_and(|c| c.supervisor.is_opening()).then(|| now.plus(LOOK_MS));
        let due = supervisor.into_iter().chain(closing).chain(opening).min();
        due.map_or(IDLE, |at| Duration::from_millis(at.since(now)))
    }

    fn tick(&mut self) {
        let now = clock::now();
        self.closing.retain(|(generation, until)| {
            let keep = *until > now;
            if !keep {
                tracing::warn!(generation, "a pipeline did not go down in 3 s and is left behind");
            }
            keep
        });
        self.heed_refusal(now);
        let Some(current) = &self.current else { return };
        if current.supervisor.wake_at().is_some_and(|at| at <= now) {
            let upstream = self.access.trouble(current.request.session);
            self.step(Input::Tick { upstream });
        }
    }

    fn obey(&mut self, command: PlayerCommand) {
        let session = self.current.as_ref().map(|c| c.request.session);
        let mine = |asked: SessionId| Some(asked) == session;
        match command {
            PlayerCommand::Open(request) => self.open(request),
            PlayerCommand::Pause(s) if mine(s) => self.step(Input::UserPause),
            PlayerCommand::Resume(s) if mine(s) => self.step(Input::UserResume),
            PlayerCommand::Seek { session, to_ms } if mine(session) => self.step(Input::UserSeek { to_ms }),
            PlayerCommand::RetryNow(s) if mine(s) => self.step(Input::RetryNow),
            PlayerCommand::SetSpeed { session, speed } if mine(session) => {
                if let Some(current) = &mut self.current {
                    current.request.speed = speed;
                    if let Some(hand) = &current.hand {
                        hand.send(Op::Rate(speed.factor()));
                    }
                }
            }
            PlayerCommand::SetCaption { session, caption } if mine(session) => {
                if let Some(current) = &mut self.current {
                    current.request.caption.clone_from(&caption);
                    if let Some(hand) = &current.hand {
                        hand.send(Op::Caption(caption));
                    }
                }
            }
            PlayerCommand::Stop => {
                self.step(Input::Stop);
                self.leave();
                // A box at rest fetches nothing.
                self.access.warm(&[]);
                self.cast.keep(Vec::new(), false);
                self.strange = Strange::default();
            }
            // Meant for a session that is over.
            _ => {}
        }
    }

    fn open(&mut self, request: MediaRequest) {
        // Before the present group is left: as a neighbour of what comes it stays.
        let groups = self.groups(request.sources.iter().chain(&request.neighbours), request.trust);
        self.cast.keep(groups, false);
        self.leave();
        *self.facts.lock().unwrap_or_else(PoisonError::into_inner) = MediaFacts::default();
        let at = clock::now();
        let (supervisor, step) =
            Supervisor::open(Policy::default(), request.kind, request.sources.len(), request.start_ms, at);
        self.current =
            Some(Current { request, supervisor, hand: None, refused_since: None, lookout: None, changed_at: None });
        self.carry_out(step);
    }

    /// Ends the present session without a word about it.
    fn leave(&mut self) {
        self.drop_hand();
        if let Some(current) = self.current.take() {
            self.access.close(current.request.session);
        }
    }

    fn set_place(&mut self, place: (u32, u32)) {
        if place.0 == 0 || place.1 == 0 || place == self.place {
            return;
        }
        self.place = place;
        if let Some(hand) = self.current.as_ref().and_then(|c| c.hand.as_ref()) {
            hand.send(Op::Place(place));
        }
    }

    fn hear(&mut self, generation: u64, report: Report) {
        if report == Report::Closed {
            self.closing.retain(|(closing, _)| *closing != generation);
        }
        let Some(current) = &self.current else { return };
        if current.hand.as_ref().is_none_or(|hand| hand.generation != generation) {
            return;
        }
        let session = current.request.session;
        match report {
            Report::Opened => {
                if let Some(current) = &mut self.current {
                    // After trouble a live medium is joined at its edge.
                    current.request.behind_ms = 0;
                }
                self.emit(session, PlayerEvent::FirstFrame);
                self.step(Input::Opened);
                self.warm();
            }
            Report::Error(trouble, why) => {
                let upstream = self.access.trouble(session);
                let url = self.source().map(|s| redact(&s.url)).unwrap_or_default();
                tracing::warn!(session = session.0, ?trouble, ?upstream, %url, why, "playback failed");
                if let Some(url) = self.source().map(|s| s.url.clone()) {
                    self.strange.streams.remove(&url);
                }
                self.step(Input::PipelineError(upstream.unwrap_or(trouble)));
            }
            Report::Eos => {
                // A source that broke off looks like an end to the pipeline.
                match self.access.trouble(session) {
                    Some(trouble) => self.step(Input::PipelineError(trouble)),
                    None => self.step(Input::Eos),
                }
            }
            Report::Progress { position_ms, duration_ms } => {
                self.step(Input::Progress { position_ms, duration_ms });
                let received = self.current.as_ref().and_then(|c| c.hand.as_ref()).map_or(0, Hand::bytes);
                let bytes = self.access.bytes(session) + received;
                self.facts.lock().unwrap_or_else(PoisonError::into_inner).bytes = bytes;
                self.emit(session, PlayerEvent::Position { position_ms, duration_ms });
            }
            Report::Window(window) => {
                self.step(Input::Window);
                self.emit(session, PlayerEvent::Window(window));
            }
            Report::Sounds(all, chosen) => self.emit(session, PlayerEvent::Sounds { all, chosen }),
            Report::Captions(all, chosen) => self.emit(session, PlayerEvent::Captions { all, chosen }),
            Report::Cues(cues) => self.emit(session, PlayerEvent::Cues(cues)),
            Report::Plate(plate) => self.emit(session, PlayerEvent::Plate(plate)),
            Report::Buffering(slow) => self.step(Input::Buffering(slow)),
            Report::Facts { video, audio } => {
                let mut facts = self.facts.lock().unwrap_or_else(PoisonError::into_inner);
                facts.video = video;
                facts.audio = audio;
            }
            Report::Strange => {
                self.find_strange();
                self.rebuild();
            }
            Report::Changed => {
                let now = clock::now();
                let before = self.current.as_mut().and_then(|c| c.changed_at.replace(now));
                tracing::info!(session = session.0, "other codecs on air");
                if before.is_some_and(|before| now.since(before) < CHANGED_MS) {
                    self.step(Input::PipelineError(Trouble::BrokenMedia));
                } else {
                    self.rebuild();
                }
            }
            // A hand that ends by itself could not build its pipeline and has said why.
            Report::Closed => {}
        }
    }

    fn emit(&self, session: SessionId, event: PlayerEvent) {
        (self.on_event)(session, event);
    }

    fn source(&self) -> Option<&MediaSource> {
        let current = self.current.as_ref()?;
        current.request.sources.get(current.supervisor.source())
    }

    fn step(&mut self, input: Input) {
        let Some(current) = &mut self.current else { return };
        let step = current.supervisor.step(clock::now(), input, rand::random());
        self.carry_out(step);
    }

    fn carry_out(&mut self, first: Step) {
        let mut steps = VecDeque::from([first]);
        while let Some(step) = steps.pop_front() {
            if let (Some(phase), Some(current)) = (step.phase, &self.current) {
                log(current.request.session, &phase);
                self.emit(current.request.session, PlayerEvent::Phase(phase));
            }
            for action in step.actions {
                let Err(trouble) = self.act(action) else { continue };
                if let Some(current) = &mut self.current {
                    // Bounded: a blocked source is ruled out, and every other trouble waits.
                    let input = Input::PipelineError(trouble);
                    steps.push_back(current.supervisor.step(clock::now(), input, rand::random()));
                }
            }
        }
        self.look_out();
    }
}

fn log(session: SessionId, phase: &Phase) {
    match phase {
        Phase::Reconnecting { attempt, trouble, .. } => {
            tracing::info!(session = session.0, attempt, ?trouble, code = trouble.code(), "trying again");
        }
        Phase::Failed { trouble, .. } => {
            tracing::warn!(session = session.0, ?trouble, code = trouble.code(), "cannot be played");
        }
        Phase::Stalled { trouble, .. } => tracing::info!(session = session.0, ?trouble, "the picture stands"),
        phase => tracing::debug!(session = session.0, ?phase, "phase"),
    }
}
