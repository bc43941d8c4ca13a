//! Neighbours kept ready: their playlists polled, their newest segments held within a budget, so that a change of
//! channel needs no round trip; on a line that has no room for them, nothing of them is asked for. Failures here are
//! nobody's trouble; the source is simply asked again later.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use reqwest::header::HeaderMap;
use tokio::{sync::watch, task::JoinHandle};

use super::{
    Inner,
    asking::{Patience, Wanted},
    hls::Playlist,
    policy::{GatePolicy, LIVE_WINDOW, PLAYLIST_BYTES, RETRY_JITTER, SEGMENT_BYTES, WARM_SOURCES},
    room::{Pace, Room},
    rules::{self, Place},
    session::{Session, lock},
    sniff::Content,
    token::Role,
};
use crate::{
    guide::lineup::MediaSource,
    player::{feed::Master, types::Trust},
};

/// A source that failed is left alone for this long, and for twice as long each further time: nobody waits for it.
const REST: Duration = Duration::from_secs(5);
const REST_DOUBLINGS: u32 = 4;
/// Without a target duration of its own a playlist is polled this often; also the least wait between two polls.
const POLL: Duration = Duration::from_secs(1);
/// A playlist older than this is no good start any more.
const FRESH: Duration = Duration::from_secs(6);

/// Endless streams that are remembered: more than anybody zaps through in a day.
const ENDLESS: usize = 1_024;

struct Text {
    source: u64,
    place: Place,
    bytes: Bytes,
    at: Instant,
    /// A master playlist does not go stale with the segments.
    lasting: bool,
}

struct Piece {
    source: u64,
    bytes: Bytes,
}

#[derive(Default)]
struct Store {
    texts: HashMap<Place, Text>,
    pieces: HashMap<Place, Piece>,
    held: usize,
    /// Streams without an end, of which nothing is held.
    endless: HashSet<Place>,
    tasks: Vec<(MediaSource, Trust, JoinHandle<()>)>,
}

pub struct Warm {
    store: Mutex<Store>,
    budget: usize,
    room: watch::Sender<Room>,
    /// What plays takes, in bits a second; zero before it is known.
    running_bps: AtomicU64,
    pace: Mutex<Pace>,
    grace: Duration,
    rest: Duration,
}

impl Warm {
    pub fn new(policy: &GatePolicy) -> Self {
        Self {
            store: Mutex::default(),
            budget: policy.warm_bytes,
            room: watch::channel(Room::Unknown).0,
            running_bps: AtomicU64::new(0),
            pace: Mutex::new(Pace::new(policy.warm_bps, Instant::now())),
            grace: policy.warm_grace,
            rest: policy.warm_rest,
        }
    }

    /// A piece of what plays took so many bytes for so long a time, on a line that gives so much.
    pub fn measured(&self, line_bps: u64, bytes: u64, length: Duration) {
        let bps = (bytes as f64 * 8.0 / length.as_secs_f64().max(0.1)) as u64;
        let before = self.running_bps.load(Ordering::Relaxed);
        // Segments differ: a quiet one shall not open what the next one needs.
        let running = if before == 0 { bps } else { (before * 2 + bps) / 3 };
        self.running_bps.store(running, Ordering::Relaxed);
        let streams = lock(&self.store).tasks.len() as u64;
        self.room.send_if_modified(|room| {
            let before = *room;
            *room = before.judge(line_bps, running, streams.max(1), self.rest, Instant::now());
            if *room != before {
                tracing::info!(line_bps, running, streams, room = ?*room, "room for neighbours");
            }
            *room != before
        });
    }

    /// What was found at this place. Of an endless stream nothing is asked for ahead: each request takes one of the few
    /// seats that its server has.
    pub fn note(&self, place: &Place, endless: bool) {
        let store = &mut lock(&self.store).endless;
        if !endless {
            store.remove(place);
        } else if store.len() < ENDLESS {
            store.insert(place.clone());
        }
    }

    fn is_endless(&self, place: &Place) -> bool {
        lock(&self.store).endless.contains(place)
    }

    async fn pause(&self) {
        let wait = lock(&self.pace).wait(Instant::now());
        tokio::time::sleep(wait).await;
    }

    /// A fresh playlist for a first load.
    pub fn playlist(&self, place: &Place) -> Option<(Place, Bytes)> {
        let store = lock(&self.store);
        let text = store.texts.get(place)?;
        (text.lasting || text.at.elapsed() < FRESH).then(|| (text.place.clone(), text.bytes.clone()))
    }

    pub fn segment(&self, place: &Place) -> Option<Bytes> {
        lock(&self.store).pieces.get(place).map(|p| p.bytes.clone())
    }

    fn keep_text(&self, place: Place, text: Text) {
        lock(&self.store).texts.insert(place, text);
    }

    /// Lets go of what this source no longer needs.
    fn keep_only(&self, source: u64, wanted: &[Place]) {
        let mut store = lock(&self.store);
        store.pieces.retain(|place, piece| piece.source != source || wanted.contains(place));
        store.held = store.pieces.values().map(|p| p.bytes.len()).sum();
    }

    fn has(&self, place: &Place) -> bool {
        lock(&self.store).pieces.contains_key(place)
    }

    pub fn held(&self) -> usize {
        lock(&self.store).held
    }

    fn space(&self) -> usize {
        self.budget.saturating_sub(lock(&self.store).held)
    }

    fn keep_piece(&self, place: Place, piece: Piece) {
        let mut store = lock(&self.store);
        if store.held + piece.bytes.len() <= self.budget {
            store.held += piece.bytes.len();
            store.pieces.insert(place, piece);
        }
    }

    fn forget(&self, source: u64) {
        self.keep_only(source, &[]);
        lock(&self.store).texts.retain(|_, t| t.source != source);
    }
}

/// Ends what is no longer wanted and starts what is new; what stays is not disturbed.
pub fn replace(inner: &Arc<Inner>, sources: &[(MediaSource, Trust)]) {
    let wanted = sources.get(..sources.len().min(WARM_SOURCES)).unwrap_or_default();
    let mut kept = Vec::new();
    let old = std::mem::take(&mut lock(&inner.warm.store).tasks);
    for (source, trust, task) in old {
        if wanted.iter().any(|(s, t)| *s == source && *t == trust) {
            kept.push((source, trust, task));
        } else {
            task.abort();
        }
    }
    for (source, trust) in wanted {
        if kept.iter().any(|(s, t, _)| s == source && t == trust) {
            continue;
        }
        let (Ok(place), Ok(headers)) =
            (Place::named(&source.url, *trust, &inner.policy), rules::headers(&source.headers))
        else {
            continue;
        };
        let keeper = Keeper { inner: Arc::downgrade(inner), number: rand::random::<u64>(), place, headers };
        kept.push((source.clone(), *trust, inner.runtime.spawn(keeper.run())));
    }
    lock(&inner.warm.store).tasks = kept;
}

/// The wait after so many failures in a row, spread by chance (`roll` in 0..1): a town's boxes lost the same server
/// at the same moment.
pub(super) fn rest(failures: u32, roll: f64) -> Duration {
    let spread = 1.0 + RETRY_JITTER * (roll * 2.0 - 1.0);
    (REST * 2_u32.pow(failures.saturating_sub(1).min(REST_DOUBLINGS))).mul_f64(spread)
}

/// Keeps one source warm until it is aborted or the gate is gone.
struct Keeper {
    inner: Weak<Inner>,
    number: u64,
    place: Place,
    headers: HeaderMap,
}

/// Gives back what a keeper held, also when it is aborted.
struct Held(Weak<Inner>, u64);

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(inner) = self.0.upgrade() {
            inner.warm.forget(self.1);
        }
    }
}

impl Keeper {
    async fn run(self) {
        let _held = Held(self.inner.clone(), self.number);
        let mut failures = 0;
        let Some((mut room, grace)) = self.inner.upgrade().map(|i| (i.warm.room.subscribe(), i.warm.grace)) else {
            return;
        };
        loop {
            let _ = tokio::time::timeout(grace, room.wait_for(|room| *room != Room::Unknown)).await;
            if matches!(*room.borrow(), Room::Thin(_))
                && let Some(inner) = self.inner.upgrade()
            {
                inner.warm.forget(self.number);
            }
            // An error is the gate's end, which `upgrade` sees.
            let _ = room.wait_for(|room| !matches!(room, Room::Thin(_))).await;
            let Some(inner) = self.inner.upgrade() else { return };
            if inner.warm.is_endless(&self.place) {
                return;
            }
            let session = Arc::new(Session::new(0, self.place.clone(), self.headers.clone()));
            let round = tokio::time::timeout(inner.policy.playlist_total * 2, self.round(&inner, &session));
            let next = tokio::select! {
                next = round => next.ok().flatten(),
                // What plays is starved by this very request.
                _ = room.wait_for(|room| matches!(room, Room::Thin(_))) => continue,
            };
            drop(inner);
            failures = if next.is_some() { 0 } else { failures + 1 };
            tokio::time::sleep(next.unwrap_or_else(|| rest(failures, rand::random()))).await;
        }
    }

    /// One look at the playlist and its newest segments. How long to wait for the next.
    async fn round(&self, inner: &Arc<Inner>, session: &Arc<Session>) -> Option<Duration> {
        let mut at = self.place.clone();
        for _ in 0..2 {
            let (place, bytes) = self.text(inner, session, &at).await?;
            let text = String::from_utf8_lossy(&bytes);
            let list = Playlist::parse(&text).ok()?;
            let lasting = list.is_master;
            let kept =
                Text { source: self.number, place: place.clone(), bytes: bytes.clone(), at: Instant::now(), lasting };
            inner.warm.keep_text(at, kept);
            if !list.is_master {
                let wanted: Vec<Place> = list
                    .last_files(LIVE_WINDOW)
                    .into_iter()
                    .filter_map(|uri| place.child(uri, &inner.policy).ok())
                    .collect();
                if list.is_live() {
                    self.pieces(inner, session, &wanted).await;
                }
                return Some(Duration::from_secs(list.target_s.min(10)).mul_f64(0.5).max(POLL));
            }
            // The one that the feed would begin with now.
            let master = Master::new(&list);
            let line = Some(inner.line_bps.load(Ordering::Relaxed)).filter(|bps| *bps > 0);
            let variant = master.variants.get(master.choose(None, line, 0.0))?;
            at = place.child(&variant.uri, &inner.policy).ok()?;
        }
        None
    }

    async fn text(&self, inner: &Arc<Inner>, session: &Arc<Session>, place: &Place) -> Option<(Place, Bytes)> {
        let transfer = self.wanted(inner, session, place, None).open().await.ok()?;
        inner.warm.note(place, transfer.opening.is_stream());
        if transfer.opening.content != Content::HlsPlaylist {
            return None;
        }
        let at = transfer.opening.place.clone();
        Some((at, transfer.into_bytes(PLAYLIST_BYTES).await.ok()?))
    }

    async fn pieces(&self, inner: &Arc<Inner>, session: &Arc<Session>, wanted: &[Place]) {
        inner.warm.keep_only(self.number, wanted);
        for place in wanted {
            let space = inner.warm.space().min(SEGMENT_BYTES as usize);
            if inner.warm.has(place) || space == 0 {
                continue;
            }
            // Whatever its bytes are: the demuxer is the judge of an encrypted segment.
            inner.warm.pause().await;
            let Ok(transfer) = self.wanted(inner, session, place, Some(Role::Sealed)).open().await else { return };
            if transfer.opening.end.is_some_and(|end| end > space as u64) {
                continue;
            }
            // A body without a length that broke off cannot be told from a whole one: `into_bytes` fails on both.
            let Ok(bytes) = transfer.into_bytes(space).await else { return };
            lock(&inner.warm.pace).spent(bytes.len(), Instant::now());
            inner.warm.keep_piece(place.clone(), Piece { source: self.number, bytes });
        }
    }

    fn wanted(&self, inner: &Arc<Inner>, session: &Arc<Session>, place: &Place, role: Option<Role>) -> Wanted {
        Wanted {
            inner: Arc::clone(inner),
            session: Arc::clone(session),
            place: place.clone(),
            role,
            patience: Patience::none(&inner.policy),
            range: None,
        }
    }
}
