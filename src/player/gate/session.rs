//! What the gate remembers of one opening of one medium: its manifest, what it was told, what went wrong last.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use reqwest::header::HeaderMap;
use tokio::sync::watch;

use super::{
    policy::FLOWING_BYTES,
    rules::{self, Place},
    transfer::Transfer,
};
use crate::player::types::Trouble;

/// A DASH manifest as it was last seen.
#[derive(Clone, Debug)]
pub struct Manifest {
    pub live: bool,
    /// As the demuxer gets it.
    pub body: String,
    pub at: Instant,
    /// Hosts that it may send its segments from.
    pub origins: Vec<Place>,
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
    manifest: Mutex<Option<Manifest>>,
    latest: Mutex<Latest>,
    bytes: AtomicU64,
    requests: AtomicU64,
    retries: AtomicU64,
    throughput_bps: AtomicU64,
    /// The medium itself, opened while it was looked at: whoever asks for it first gets it without a second request.
    parked: Mutex<Option<Box<Transfer>>>,
    closed: watch::Sender<bool>,
    asked_last: Mutex<Instant>,
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
            manifest: Mutex::default(),
            latest: Mutex::default(),
            bytes: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            throughput_bps: AtomicU64::new(0),
            parked: Mutex::default(),
            closed: watch::channel(false).0,
            asked_last: Mutex::new(Instant::now()),
        }
    }

    /// Another one of the same medium that remembers for itself.
    pub fn beside(&self) -> Self {
        Self::new(self.serial, self.root.clone(), self.headers.clone())
    }

    /// The channel's headers as far as the host of `place` may see them.
    pub fn headers_for(&self, place: &Place) -> HeaderMap {
        if rules::same_host(&self.root.url, &place.url) {
            self.headers.clone()
        } else {
            rules::for_strangers(&self.headers)
        }
    }

    pub fn manifest(&self) -> Option<Manifest> {
        lock(&self.manifest).clone()
    }

    pub fn keep(&self, manifest: &Manifest) {
        *lock(&self.manifest) = Some(manifest.clone());
    }

    /// One of the manifest's hosts, and whether what comes from there is live.
    pub fn origin(&self, origin: usize) -> Option<(Place, bool)> {
        let manifest = lock(&self.manifest);
        let manifest = manifest.as_ref()?;
        Some((manifest.origins.get(origin)?.clone(), manifest.live))
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

    /// Takes a measured transfer into the running figure. The newest counts a third of the time that a bit takes, not
    /// of the bits in a second: a line that has become slow is seen at once, one that has become fast after a while.
    pub fn measured(&self, bytes: u64, waited: Duration) {
        let bps = (bytes as f64 * 8.0 / waited.as_secs_f64().max(0.001)).max(1.0);
        let old = self.throughput_bps.load(Ordering::Relaxed);
        let mean = if old == 0 { bps } else { 3.0 / (2.0 / old as f64 + 1.0 / bps) };
        self.throughput_bps.store((mean as u64).max(1), Ordering::Relaxed);
    }

    pub fn stats(&self) -> GateStats {
        GateStats {
            bytes: self.bytes.load(Ordering::Relaxed),
            requests: self.requests.load(Ordering::Relaxed),
            retries: self.retries.load(Ordering::Relaxed),
            throughput_bps: self.throughput_bps.load(Ordering::Relaxed),
        }
    }

    /// Somebody asks the local server.
    pub fn asks(&self) {
        *lock(&self.asked_last) = Instant::now();
    }

    pub fn asked_last(&self) -> Instant {
        *lock(&self.asked_last)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::player::{gate::GatePolicy, types::Trust};

    #[test]
    fn what_is_personal_is_told_to_its_own_host_alone() {
        let place = |url| Place::named(url, Trust::Person, &GatePolicy::default()).unwrap();
        let given = [("Cookie", "a=b"), ("Authorization", "c"), ("Referer", "http://tv.example/")];
        let headers = rules::headers(&given.map(|(n, v)| (n.into(), v.into()))).unwrap();
        let session = Session::new(1, place("http://tv.example/a.m3u8"), headers);
        assert_eq!(session.headers_for(&place("https://TV.example:80/b/k")).len(), 3);
        for stranger in ["http://cdn.example/s.ts", "http://tv.example:8080/s.ts", "http://x.tv.example/s.ts"] {
            let told = session.headers_for(&place(stranger));
            assert_eq!((told.len(), told.contains_key("referer")), (1, true), "{stranger}");
        }
    }

    #[test]
    fn a_line_that_becomes_slow_is_seen_sooner_than_one_that_becomes_fast() {
        let place = Place::named("http://tv.example/", Trust::Person, &GatePolicy::default()).unwrap();
        let session = Session::new(1, place, HeaderMap::new());
        let measured = |bps: u64| {
            session.measured(bps / 8, Duration::from_secs(1));
            session.stats().throughput_bps
        };
        assert_eq!(measured(20_000_000), 20_000_000);
        assert!(measured(1_000_000) < 3_000_000);
        assert!(measured(1_000_000) < 2_000_000);
        assert!(measured(20_000_000) < 3_000_000);
        for _ in 0..8 {
            measured(20_000_000);
        }
        assert!((15_000_000..20_000_001).contains(&measured(20_000_000)));
        session.measured(0, Duration::ZERO);
        assert!(session.stats().throughput_bps > 0);
    }
}
