//! What the gate remembers of one opening of one medium: its documents, what it was told, what went wrong last.

use std::{
    collections::HashMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use reqwest::header::HeaderMap;
use tokio::sync::watch;

use super::{
    policy::{DOCUMENTS, FLOWING_BYTES},
    rules::{self, Place},
    transfer::Transfer,
};
use crate::player::types::Trouble;

/// Which document something is: the medium itself, or a reference that another document made.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DocKey {
    Root,
    Child { doc: u32, reference: String },
}

/// A playlist or manifest as it was last seen.
#[derive(Clone, Debug)]
pub struct Doc {
    /// Where its latest answer came from, after redirects: what its references are relative to.
    pub place: Place,
    pub live: bool,
    /// Nothing before this sequence number is ever handed out.
    pub first: u64,
    pub body: String,
    pub content_type: &'static str,
    pub at: Instant,
    /// Hosts that a DASH manifest may send its segments from.
    pub origins: Vec<Place>,
}

#[derive(Default)]
struct Docs {
    all: Vec<Doc>,
    keys: HashMap<DocKey, u32>,
}

#[derive(Default)]
struct Latest {
    trouble: Option<Trouble>,
    flowed: u64,
}

/// Figures of one session so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GateStats {
    /// Bytes of media handed on.
    pub bytes: u64,
    /// Requests to the outside.
    pub requests: u64,
    /// Those of them that repeated a failed one.
    pub retries: u64,
    /// What the line gave lately, in bits a second; zero when not yet known.
    pub throughput_bps: u64,
}

pub struct Session {
    /// Part of every local path, so that a pipeline of an earlier opening cannot reach this one.
    pub serial: u64,
    pub root: Place,
    headers: HeaderMap,
    docs: Mutex<Docs>,
    latest: Mutex<Latest>,
    first_playlist: Mutex<Option<Instant>>,
    bytes: AtomicU64,
    requests: AtomicU64,
    retries: AtomicU64,
    throughput_bps: AtomicU64,
    /// The medium itself, opened while it was looked at: whoever asks for it first gets it without a second request.
    parked: Mutex<Option<Box<Transfer>>>,
    closed: watch::Sender<bool>,
}

/// Nothing that panics runs under these locks; if it did, the data is still whole.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Session {
    pub fn new(serial: u64, root: Place, headers: HeaderMap) -> Self {
        Self {
            serial,
            root,
            headers,
            docs: Mutex::default(),
            latest: Mutex::default(),
            first_playlist: Mutex::default(),
            bytes: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            throughput_bps: AtomicU64::new(0),
            parked: Mutex::default(),
            closed: watch::channel(false).0,
        }
    }

    /// The channel's headers as far as the host of `place` may see them.
    pub fn headers_for(&self, place: &Place) -> HeaderMap {
        if rules::same_host(&self.root.url, &place.url) {
            self.headers.clone()
        } else {
            rules::for_strangers(&self.headers)
        }
    }

    pub fn doc_id(&self, key: &DocKey) -> Option<u32> {
        lock(&self.docs).keys.get(key).copied()
    }

    pub fn doc(&self, id: u32) -> Option<Doc> {
        lock(&self.docs).all.get(id as usize).cloned()
    }

    /// The place and liveness of a document, without copying its text.
    pub fn doc_place(&self, id: u32) -> Option<(Place, bool)> {
        lock(&self.docs).all.get(id as usize).map(|d| (d.place.clone(), d.live))
    }

    pub fn origin(&self, id: u32, origin: usize) -> Option<(Place, bool)> {
        let docs = lock(&self.docs);
        let doc = docs.all.get(id as usize)?;
        Some((doc.origins.get(origin)?.clone(), doc.live))
    }

    /// Keeps a document under its key and hands back its number. Two first loads of one document may race: the
    /// number is decided here, and the second simply replaces the first.
    pub fn keep(&self, key: DocKey, write: impl FnOnce(u32) -> Result<Doc, Trouble>) -> Result<Doc, Trouble> {
        let mut docs = lock(&self.docs);
        let known = docs.keys.get(&key).copied();
        if known.is_none() && docs.all.len() >= DOCUMENTS {
            return Err(Trouble::TooBig);
        }
        let id = known.unwrap_or(docs.all.len() as u32);
        let doc = write(id)?;
        match docs.all.get_mut(id as usize) {
            Some(slot) => *slot = doc.clone(),
            None => {
                docs.all.push(doc.clone());
                docs.keys.insert(key, id);
            }
        }
        Ok(doc)
    }

    /// Whether this playlist belongs to the start of the session, where the live window is kept short.
    pub fn is_starting(&self, span: Duration) -> bool {
        lock(&self.first_playlist).get_or_insert_with(Instant::now).elapsed() < span
    }

    pub fn note(&self, trouble: Trouble) {
        *lock(&self.latest) = Latest { trouble: Some(trouble), flowed: 0 };
    }

    pub fn trouble(&self) -> Option<Trouble> {
        lock(&self.latest).trouble
    }

    /// Media was handed on. Enough of it, or a whole piece, ends the trouble of before.
    pub fn flowed(&self, bytes: u64, whole: bool) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        let mut latest = lock(&self.latest);
        latest.flowed += bytes;
        if whole || latest.flowed >= FLOWING_BYTES {
            latest.trouble = None;
        }
    }

    pub fn park(&self, transfer: Box<Transfer>) {
        *lock(&self.parked) = Some(transfer);
    }

    pub fn parked(&self) -> Option<Box<Transfer>> {
        lock(&self.parked).take()
    }

    pub fn asked(&self, again: bool) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.retries.fetch_add(u64::from(again), Ordering::Relaxed);
    }

    /// Takes a measured transfer into the running figure; the newest counts a third.
    pub fn measured(&self, bytes: u64, waited: Duration) {
        let bps = (bytes as f64 * 8.0 / waited.as_secs_f64().max(0.001)) as u64;
        let old = self.throughput_bps.load(Ordering::Relaxed);
        self.throughput_bps.store(if old == 0 { bps } else { (old * 2 + bps) / 3 }, Ordering::Relaxed);
    }

    pub fn stats(&self) -> GateStats {
        GateStats {
            bytes: self.bytes.load(Ordering::Relaxed),
            requests: self.requests.load(Ordering::Relaxed),
            retries: self.retries.load(Ordering::Relaxed),
            throughput_bps: self.throughput_bps.load(Ordering::Relaxed),
        }
    }

    pub fn close(&self) {
        drop(self.parked());
        self.closed.send_replace(true);
    }

    /// Resolves when the session is closed.
    pub fn until_closed(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut closed = self.closed.subscribe();
        async move {
            // An error means that the session itself is gone, which is the same.
            let _ = closed.wait_for(|c| *c).await;
        }
    }
}
