//! The media gate: the only way in which media comes from the network. HLS is read through it inside the program
//! (`reader`); everything else GStreamer fetches from one HTTP server, this one, on loopback and under a secret path.
//! Two promises hold for everything that passes: nothing is connected to that its trust does not allow (`rules`,
//! `crate::address`, `resolver`), and nothing is waited for or stored without bound (`policy`).

mod asking;
mod dash;
mod documents;
mod fetch;
pub(in crate::player) mod hls;
mod manners;
mod network;
mod parting;
mod policy;
mod probe;
pub(in crate::player) mod reader;
mod relay;
mod resolver;
mod room;
pub(in crate::player) mod rules;
mod session;
mod sniff;
mod token;
mod transfer;
mod warm;

use std::{
    collections::HashMap,
    io,
    net::Ipv4Addr,
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{Router, serve::ListenerExt};
use reqwest::{
    StatusCode,
    header::{self, HeaderMap, HeaderValue},
};
use tokio::sync::watch;

pub use parting::Parting;
pub use policy::GatePolicy;
pub(in crate::player) use policy::LIVE_WINDOW;
pub use resolver::{Checked, LookUp, Looking, System as SystemLookUp};
pub use rules::{Place, Refusal, same_host};
pub use session::GateStats;

pub use crate::address::{AddressClass, Reach, classify};
use crate::{
    guide::lineup::MediaSource,
    player::types::{SessionId, Trouble, Trust},
};
use session::{Session, lock};

/// The gate could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    #[error("no local port for the media gate: {0}")]
    Listen(#[from] io::Error),
    #[error("the HTTP client for media could not be built: {0}")]
    Client(#[from] reqwest::Error),
}

/// What the pipeline opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateUrl {
    pub url: String,
}

/// Whether a request failed because the name leads to an address that it may not reach.
pub fn is_forbidden(error: &reqwest::Error) -> bool {
    fetch::fault_of_error(error).trouble == Trouble::Blocked
}

/// What a server says of a document, by which it is asked later whether that has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    pub etag: Option<String>,
    pub last_modified: Option<String>,
}

impl Validators {
    fn of(headers: &HeaderMap) -> Self {
        let text = |name| headers.get(name).and_then(|v: &HeaderValue| v.to_str().ok()).map(str::to_owned);
        Self { etag: text(header::ETAG), last_modified: text(header::LAST_MODIFIED) }
    }

    fn to_headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in [(header::IF_NONE_MATCH, &self.etag), (header::IF_MODIFIED_SINCE, &self.last_modified)] {
            if let Some(value) = value.as_ref().and_then(|v| HeaderValue::from_str(v).ok()) {
                headers.insert(name, value);
            }
        }
        headers
    }
}

/// A document, or that the copy at hand still holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Unchanged,
    Content { bytes: Vec<u8>, validators: Validators },
}

/// Looks out for a server until it is dropped.
pub struct Watch(tokio::task::AbortHandle);

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A handle to the gate; cheap to clone. The local server ends with the last one.
#[derive(Clone)]
pub struct Gate {
    inner: Arc<Inner>,
    _alive: Arc<watch::Sender<()>>,
}

/// What the local server and its tasks share.
struct Inner {
    policy: GatePolicy,
    fetcher: fetch::Fetcher,
    look_up: Arc<dyn LookUp>,
    tokens: token::Tokens,
    /// `http://127.0.0.1:PORT`.
    base: String,
    sessions: Mutex<HashMap<SessionId, Arc<Session>>>,
    /// Those that are over, for as long as somebody may still ask.
    ended: Mutex<Vec<Weak<Session>>>,
    serial: AtomicU64,
    warm: warm::Warm,
    /// What the line gave last, whatever the session; zero when not yet known.
    line_bps: AtomicU64,
    runtime: tokio::runtime::Handle,
}

impl Inner {
    fn by_serial(&self, serial: u64) -> Option<Arc<Session>> {
        let running = lock(&self.sessions).values().find(|s| s.serial == serial).map(Arc::clone);
        running.or_else(|| lock(&self.ended).iter().filter_map(Weak::upgrade).find(|s| s.serial == serial))
    }

    fn end(&self, session: &Arc<Session>) {
        session.close();
        let mut ended = lock(&self.ended);
        ended.retain(|s| s.strong_count() > 0);
        ended.push(Arc::downgrade(session));
    }
}

impl Gate {
    /// Listens on a free port of 127.0.0.1 and serves until the last handle is dropped.
    pub fn start(runtime: tokio::runtime::Handle, policy: GatePolicy) -> Result<Self, GateError> {
        Self::start_with(runtime, policy, Arc::new(resolver::System))
    }

    /// The same with a resolver of one's own.
    pub fn start_with(
        runtime: tokio::runtime::Handle,
        policy: GatePolicy,
        look_up: Arc<dyn LookUp>,
    ) -> Result<Self, GateError> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let base = format!("http://{}", listener.local_addr()?);
        let inner = Arc::new(Inner {
            fetcher: fetch::Fetcher::new(policy.clone(), &look_up)?,
            look_up,
            warm: warm::Warm::new(&policy),
            policy,
            tokens: token::Tokens::new(),
            base,
            sessions: Mutex::default(),
            ended: Mutex::default(),
            serial: AtomicU64::new(1),
            line_bps: AtomicU64::new(0),
            runtime: runtime.clone(),
        });
        let (alive, mut gone) = watch::channel(());
        let app = Router::new().fallback(relay::answer).with_state(Arc::clone(&inner));
        let _inside = runtime.enter();
        // A segment's last bytes shall not wait for an acknowledgement.
        let listener = tokio::net::TcpListener::from_std(listener)?.tap_io(|io| {
            let _ = io.set_nodelay(true);
        });
        runtime.spawn(async move {
            let serving = axum::serve(listener, app).with_graceful_shutdown(async move {
                // The sender is never used, only dropped.
                let _ = gone.changed().await;
            });
            if let Err(error) = serving.await {
                tracing::error!(%error, "the media gate's server ended");
            }
        });
        Ok(Self { inner, _alive: Arc::new(alive) })
    }

    /// Registers a medium and hands back its local address. An address that may not be opened is refused here,
    /// before anything is resolved or connected. Opening a session again starts it afresh.
    pub fn open(&self, session: SessionId, source: &MediaSource, trust: Trust) -> Result<GateUrl, Trouble> {
        let refused = |refusal: Refusal| {
            tracing::warn!(%refusal, "medium refused");
            Trouble::Blocked
        };
        let place = Place::named(&source.url, trust, &self.inner.policy).map_err(refused)?;
        let headers = rules::headers(&source.headers).map_err(refused)?;
        let serial = self.inner.serial.fetch_add(1, Ordering::Relaxed);
        let opened = Arc::new(Session::new(serial, place, headers));
        let earlier = lock(&self.inner.sessions).insert(session, opened);
        if let Some(earlier) = earlier {
            self.inner.end(&earlier);
        }
        Ok(GateUrl { url: format!("{}{}", self.inner.base, self.inner.tokens.root(serial)) })
    }

    /// Forgets the session; its running transfers end.
    pub fn close(&self, session: SessionId) {
        let closed = lock(&self.inner.sessions).remove(&session);
        if let Some(closed) = closed {
            self.inner.end(&closed);
        }
    }

    /// The session as one reads it who takes playlists apart here, in this program.
    pub(in crate::player) fn reader(&self, session: SessionId) -> Option<reader::Reader> {
        let session = lock(&self.inner.sessions).get(&session).map(Arc::clone)?;
        Some(reader::Reader::new(Arc::clone(&self.inner), session))
    }

    pub(in crate::player) fn runtime(&self) -> &tokio::runtime::Handle {
        &self.inner.runtime
    }

    /// What went wrong upstream last, none once media flows again.
    pub fn trouble(&self, session: SessionId) -> Option<Trouble> {
        lock(&self.inner.sessions).get(&session).and_then(|s| s.trouble())
    }

    pub fn stats(&self, session: SessionId) -> GateStats {
        lock(&self.inner.sessions).get(&session).map(|s| s.stats()).unwrap_or_default()
    }

    /// Keeps these ready for a quick start: playlists polled, the newest segments held within the memory budget.
    /// Replaces the earlier set.
    pub fn warm(&self, sources: &[(MediaSource, Trust)]) {
        warm::replace(&self.inner, sources);
    }

    /// Bytes of segments that are held for those.
    pub fn held_ahead(&self) -> usize {
        self.inner.warm.held()
    }

    /// Whether an address named by the configured operator may be opened, as far as the address alone says.
    pub fn may_open(&self, url: &str) -> bool {
        Place::named(url, Trust::Operator, &self.inner.policy)
            .inspect_err(|refusal| tracing::warn!(%refusal, "address refused"))
            .is_ok()
    }

    /// A small document (a picture, subtitles) that the operator's lineup or catalogue names, under the same rules as
    /// media. The caller bounds the time.
    pub async fn document(&self, url: &str, limit: usize) -> Result<Vec<u8>, Trouble> {
        match self.document_if_changed(url, limit, &Validators::default()).await? {
            Answer::Content { bytes, .. } => Ok(bytes),
            Answer::Unchanged => Err(Trouble::BrokenMedia),
        }
    }

    /// The same for a document of which a copy is here: `known` is what its server said of it.
    pub async fn document_if_changed(&self, url: &str, limit: usize, known: &Validators) -> Result<Answer, Trouble> {
        let place = Place::named(url, Trust::Operator, &self.inner.policy).map_err(|refusal| {
            tracing::warn!(%refusal, "document refused");
            Trouble::Blocked
        })?;
        let got = self
            .inner
            .fetcher
            .get(&place, &known.to_headers(), None, self.inner.policy.first_byte)
            .await
            .map_err(|fault| fault.trouble)?;
        let mut response = got.response;
        if response.status() == StatusCode::NOT_MODIFIED {
            return Ok(Answer::Unchanged);
        }
        let validators = Validators::of(response.headers());
        let mut bytes = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|e| fetch::fault_of_error(&e).trouble)? {
            if bytes.len() + part.len() > limit {
                return Err(Trouble::TooBig);
            }
            bytes.extend_from_slice(&part);
        }
        Ok(Answer::Content { bytes, validators })
    }

    /// Calls `on_back` whenever the server of `source`, unreachable until then, takes connections again; until the
    /// result is dropped. None where the address may not be opened.
    pub fn watch(
        &self,
        source: &MediaSource,
        trust: Trust,
        on_back: impl Fn() + Send + Sync + 'static,
    ) -> Option<Watch> {
        let place = Place::named(&source.url, trust, &self.inner.policy).ok()?;
        let inner = Arc::clone(&self.inner);
        let task = self.inner.runtime.spawn(async move { probe::watch(&inner, &place, on_back).await });
        Some(Watch(task.abort_handle()))
    }

    /// Is there any way out of this box? Tells a dead network from a dead server.
    pub fn way_out(&self) -> bool {
        network::way_out() || self.inner.fetcher.last_ok()
    }
}
