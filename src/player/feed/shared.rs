//! Between the lanes, which fetch, and the outlets, which play. Nobody waits under a lock. A jump of the viewer's
//! begins a new generation: whatever a lane of an earlier one still brings is dropped here.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use bytes::Bytes;
use tokio::sync::watch;

use super::timeline::Timeline;
use crate::player::{
    demux::{Kind, Track, TrackId},
    inband::Inband,
    types::Trouble,
};

/// A piece of picture or sound on the medium's one time line, in nanoseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    pub pts: Option<u64>,
    pub dts: Option<u64>,
    pub key: bool,
    pub data: Bytes,
}

/// What waits to be played.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Level {
    pub bytes: u64,
    pub ns: u64,
}

/// Where one kind of medium goes. No call may wait.
pub trait Outlet: Send + Sync {
    /// From the next packet on the medium has this form.
    fn format(&self, track: &Track);
    fn push(&self, packet: Packet);
    fn end(&self);
    fn level(&self) -> Level;
}

/// What of a live medium can be had, on its one time line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveSpan {
    pub from_ns: i64,
    /// The end of the newest segment.
    pub edge_ns: i64,
}

/// What a feed says by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedEvent {
    /// Nothing is left to play, or enough again.
    Buffering(bool),
    /// Nothing more will come.
    Failed(Trouble),
}

pub type OnFeed = Box<dyn Fn(FeedEvent) + Send + Sync>;

pub enum Item {
    Format(Track),
    Packet(Packet),
    End,
}

#[derive(Default)]
struct Pipe {
    /// The medium has this kind.
    has: bool,
    ended: bool,
    outlet: Option<Arc<dyn Outlet>>,
}

#[derive(Default)]
struct State {
    generation: u64,
    target_ns: i64,
    /// The outlets take: no jump is on its way.
    open: bool,
    pipes: [Pipe; 2],
    waiting: VecDeque<(Kind, Item)>,
    waiting_bytes: u64,
    failed: Option<Trouble>,
    on_event: Option<Arc<OnFeed>>,
    /// Where the segments of a complete medium begin.
    starts_ns: Vec<i64>,
    /// As it was read, and when.
    span: Option<(LiveSpan, Instant)>,
    /// Where the first picture to be shown lies, and how far a viewer at a live edge is from the list's end.
    first: (i64, i64),
    /// The viewer has left the live edge on purpose: nothing is left out for being late.
    behind: bool,
}

pub struct Shared {
    pub behind_ns: i64,
    state: Mutex<State>,
    timeline: Mutex<Timeline>,
    /// Subtitles inside the segments. Taken after `state` where both are.
    inband: Mutex<Inband>,
    generation: watch::Sender<u64>,
}

impl State {
    /// Subtitles have none.
    fn pipe(&mut self, kind: Kind) -> Option<&mut Pipe> {
        let [video, audio] = &mut self.pipes;
        match kind {
            Kind::Video => Some(video),
            Kind::Audio => Some(audio),
            Kind::Text => None,
        }
    }

    fn hand_on(&mut self, kind: Kind, item: Item) {
        let Some(outlet) = self.pipe(kind).and_then(|pipe| pipe.outlet.as_ref()) else { return };
        match item {
            Item::Format(track) => outlet.format(&track),
            Item::Packet(packet) => outlet.push(packet),
            Item::End => outlet.end(),
        }
    }
}

impl Shared {
    /// `behind_ns`: how far behind the edge of a live medium its first walk begins.
    pub fn new(target_ns: i64, behind_ns: i64) -> Self {
        Self {
            behind_ns,
            state: Mutex::new(State { target_ns, behind: behind_ns > 0, ..State::default() }),
            timeline: Mutex::default(),
            inband: Mutex::default(),
            generation: watch::channel(0).0,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves nothing half done here.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn timeline(&self) -> MutexGuard<'_, Timeline> {
        self.timeline.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn inband(&self) -> MutexGuard<'_, Inband> {
        self.inband.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A piece of subtitles of this generation, due at this time of the one line.
    pub fn words(&self, generation: u64, track: TrackId, at_ns: i64, data: Bytes) {
        let state = self.state();
        if state.generation == generation {
            self.inband().give(track, at_ns, data);
        }
    }

    /// The running generation and where it began; the receiver hears of the next.
    pub fn generations(&self) -> watch::Receiver<u64> {
        self.generation.subscribe()
    }

    pub fn target(&self) -> (u64, i64) {
        let state = self.state();
        (state.generation, state.target_ns)
    }

    pub fn set_starts(&self, starts_ns: Vec<i64>) {
        self.state().starts_ns = starts_ns;
    }

    /// The last beginning of a segment up to here.
    pub fn start_before(&self, at_ns: i64) -> Option<i64> {
        let state = self.state();
        let after = state.starts_ns.partition_point(|s| *s <= at_ns);
        state.starts_ns.get(after.checked_sub(1)?).copied()
    }

    pub fn set_span(&self, span: LiveSpan) {
        self.state().span = Some((span, Instant::now()));
    }

    /// What can be had now: both ends have gone on since the list was read.
    pub fn span(&self) -> Option<LiveSpan> {
        let (span, at) = self.state().span?;
        let gone = i64::try_from(at.elapsed().as_nanos()).unwrap_or(0);
        Some(LiveSpan { from_ns: span.from_ns.saturating_add(gone), edge_ns: span.edge_ns.saturating_add(gone) })
    }

    /// Where the first picture to be shown lies, in the first walk's first segment, and how far before the end of a live list a viewer is who never left its edge.
    pub fn set_first(&self, first_ns: i64, lag_ns: i64) {
        self.state().first = (first_ns, lag_ns);
    }

    pub fn first_ns(&self) -> i64 {
        self.state().first.0
    }

    /// Where a viewer would be now who had never left the edge.
    pub fn live_ns(&self) -> Option<i64> {
        let span = self.span()?;
        Some(span.edge_ns.saturating_sub(self.state().first.1))
    }

    pub fn set_behind(&self, behind: bool) {
        self.state().behind = behind;
    }

    pub fn is_behind(&self) -> bool {
        self.state().behind
    }

    pub fn has(&self, kind: Kind) {
        if let Some(pipe) = self.state().pipe(kind) {
            pipe.has = true;
        }
    }

    /// False when this generation is over.
    pub fn give(&self, generation: u64, kind: Kind, item: Item) -> bool {
        let mut state = self.state();
        if state.generation != generation {
            return false;
        }
        if matches!(item, Item::End)
            && let Some(pipe) = state.pipe(kind)
        {
            pipe.ended = true;
        }
        if state.open {
            state.hand_on(kind, item);
        } else {
            if let Item::Packet(packet) = &item {
                state.waiting_bytes += packet.data.len() as u64;
            }
            state.waiting.push_back((kind, item));
        }
        true
    }

    /// From here on the outlets take what comes, and what has come.
    pub fn connect(&self, video: Option<Arc<dyn Outlet>>, audio: Option<Arc<dyn Outlet>>, on_event: OnFeed) {
        let mut state = self.state();
        let [v, a] = &mut state.pipes;
        (v.outlet, a.outlet) = (video, audio);
        let on_event = Arc::new(on_event);
        state.on_event = Some(Arc::clone(&on_event));
        let failed = state.failed;
        drop(state);
        if let Some(trouble) = failed {
            on_event(FeedEvent::Failed(trouble));
        }
        self.open();
    }

    /// The viewer jumps: what is on its way is dropped, and nothing reaches an outlet until `open`.
    pub fn jump(&self, to_ns: i64) {
        let mut state = self.state();
        state.generation += 1;
        state.target_ns = to_ns;
        state.open = false;
        state.waiting.clear();
        state.waiting_bytes = 0;
        state.failed = None;
        for pipe in &mut state.pipes {
            pipe.ended = false;
        }
        let generation = state.generation;
        drop(state);
        self.timeline().clear();
        self.inband().clear();
        self.generation.send_replace(generation);
    }

    pub fn open(&self) {
        let mut state = self.state();
        state.open = true;
        state.waiting_bytes = 0;
        while let Some((kind, item)) = state.waiting.pop_front() {
            state.hand_on(kind, item);
        }
    }

    /// What the emptiest of the running kinds has in hand, and all bytes together. None once everything has ended.
    pub fn level(&self) -> Option<Level> {
        let state = self.state();
        let mut bytes = state.waiting_bytes;
        let mut ns: Option<u64> = None;
        for pipe in state.pipes.iter().filter(|p| p.has) {
            let level = pipe.outlet.as_ref().map(|o| o.level()).unwrap_or_default();
            bytes += level.bytes;
            if !pipe.ended {
                ns = Some(ns.map_or(level.ns, |least| least.min(level.ns)));
            }
        }
        ns.map(|ns| Level { bytes, ns })
    }

    pub fn fail(&self, generation: u64, trouble: Trouble) {
        let mut state = self.state();
        if state.generation != generation {
            return;
        }
        state.failed = Some(trouble);
        let on_event = state.on_event.clone();
        drop(state);
        if let Some(on_event) = on_event {
            on_event(FeedEvent::Failed(trouble));
        }
    }

    pub fn tell(&self, event: FeedEvent) {
        let on_event = self.state().on_event.clone();
        if let Some(on_event) = on_event {
            on_event(event);
        }
    }

    pub fn is_open(&self) -> bool {
        self.state().open
    }
}
