//! One request to the outside: checked, redirected by hand, with what went wrong named. Retrying is the caller's.

use std::{
    error::Error as StdError,
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use reqwest::{
    Client, Response, StatusCode,
    header::{ACCEPT_ENCODING, HeaderMap, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LOCATION, RANGE, RETRY_AFTER},
};

use super::{
    manners::Manners,
    network,
    policy::{GatePolicy, POOL_IDLE, POOL_PER_HOST, REDIRECTS, RETRY_AFTER_MAX},
    resolver::{Checked, ForbiddenAddress, LookUp, NoSuchName},
    rules::{self, Place, Refusal},
    session::lock,
};
use crate::{
    address::{Reach, redact},
    http,
    player::types::Trouble,
};

/// Why one try brought nothing, and whether another may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub trouble: Trouble,
    pub retry: bool,
    /// How long the server asks to be left alone.
    pub after: Option<Duration>,
    /// Not even a connection came about.
    pub unreached: bool,
}

impl Fault {
    pub fn passing(trouble: Trouble) -> Self {
        Self { trouble, retry: true, after: None, unreached: false }
    }

    pub fn lasting(trouble: Trouble) -> Self {
        Self { trouble, retry: false, after: None, unreached: false }
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        tracing::warn!(%refusal, "address refused");
        Self::lasting(Trouble::Blocked)
    }
}

/// An answer with where it came from at last: children are judged against that.
pub struct Fetched {
    pub response: Response,
    pub place: Place,
}

/// One client for each reach, so that a connection that one was allowed to open is never lent to another.
pub struct Fetcher {
    public: Client,
    private: Client,
    anywhere: Client,
    policy: GatePolicy,
    last_ok: AtomicBool,
    manners: Mutex<Manners>,
    began: Instant,
}

impl Fetcher {
    pub fn new(policy: GatePolicy, look_up: &Arc<dyn LookUp>) -> Result<Self, reqwest::Error> {
        let client = |reach| {
            crate::tls::client()
                .user_agent(concat!("jinse-xuetang/", env!("CARGO_PKG_VERSION")))
                .connect_timeout(policy.connect)
                .redirect(reqwest::redirect::Policy::none())
                .referer(false)
                .no_proxy()
                .tcp_nodelay(true)
                .pool_idle_timeout(POOL_IDLE)
                .pool_max_idle_per_host(POOL_PER_HOST)
                .dns_resolver(Arc::new(Checked::all(Arc::clone(look_up), reach)))
                .build()
        };
        Ok(Self {
            public: client(Reach::Public)?,
            private: client(Reach::Private)?,
            anywhere: client(Reach::Anywhere)?,
            policy: policy.clone(),
            last_ok: AtomicBool::new(false),
            manners: Mutex::default(),
            began: Instant::now(),
        })
    }

    /// The last request was answered by somebody.
    pub fn last_ok(&self) -> bool {
        self.last_ok.load(Ordering::Relaxed)
    }

    /// Asks for `place`. A status that is not 2xx is a fault, except 416 where a range was asked for
    /// and 304 where that was asked.
    /// `first_byte` is how long each server on the way may be silent.
    pub async fn get(
        &self,
        place: &Place,
        headers: &HeaderMap,
        range: Option<&str>,
        first_byte: Duration,
    ) -> Result<Fetched, Fault> {
        let origin = place;
        let mut place = place.clone();
        for _ in 0..=REDIRECTS {
            let response = self.once(&place, origin, headers, range, first_byte).await?;
            let status = response.status();
            if status.is_redirection() && status != StatusCode::NOT_MODIFIED {
                let target = response.headers().get(LOCATION).and_then(|v| v.to_str().ok());
                let Some(target) = target else { return Err(Fault::passing(Trouble::BrokenMedia)) };
                place = place.child(target, &self.policy)?;
                continue;
            }
            let asked_if_changed = headers.contains_key(IF_NONE_MATCH) || headers.contains_key(IF_MODIFIED_SINCE);
            let wanted = (status.is_success() && status != StatusCode::NO_CONTENT)
                || (status == StatusCode::NOT_MODIFIED && asked_if_changed);
            if wanted || (status == StatusCode::RANGE_NOT_SATISFIABLE && range.is_some()) {
                return Ok(Fetched { response, place });
            }
            return Err(fault_of_status(status, response.headers()));
        }
        tracing::warn!(url = redact(origin.url.as_str()), "more than {REDIRECTS} redirects");
        Err(Fault::lasting(Trouble::BrokenMedia))
    }

    async fn once(
        &self,
        place: &Place,
        origin: &Place,
        headers: &HeaderMap,
        range: Option<&str>,
        first_byte: Duration,
    ) -> Result<Response, Fault> {
        let client = match place.reach {
            Reach::Public => &self.public,
            Reach::Private => &self.private,
            Reach::Anywhere => &self.anywhere,
        };
        let asked = lock(&self.manners).ask(&place.url, self.began.elapsed(), rand::random());
        if let Err(wait) = asked {
            // As the server itself would say.
            return Err(Fault { after: Some(wait), ..Fault::passing(Trouble::ServerError) });
        }
        let stranger = !rules::same_host(&place.url, &origin.url);
        let mut headers = if stranger { rules::for_strangers(headers) } else { headers.clone() };
        // Ranges and lengths are counted in the bytes of the medium itself.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        if let Some(range) = range.and_then(|r| HeaderValue::from_str(r).ok()) {
            headers.insert(RANGE, range);
        }
        let sending = client.get(place.url.clone()).headers(headers).send();
        let answer = match tokio::time::timeout(first_byte, sending).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(e)) => Err(fault_of_error(&e)),
            Err(_) => Err(Fault::passing(Trouble::ServerDown)),
        };
        self.last_ok.store(answer.is_ok(), Ordering::Relaxed);
        let mut fault = match answer {
            Ok(response) => {
                self.note(place, response.status(), response.headers());
                return Ok(response);
            }
            Err(fault) => fault,
        };
        let on_this_machine = matches!(place.url.host(), Some(url::Host::Ipv4(a)) if a.is_loopback());
        if matches!(fault.trouble, Trouble::Dns | Trouble::ServerDown) && !on_this_machine && !network::way_out() {
            fault.trouble = Trouble::NoNetwork;
        }
        tracing::debug!(host = place.url.host_str(), ?fault, "request failed");
        Err(fault)
    }

    /// Remembers how the server is.
    fn note(&self, place: &Place, status: StatusCode, headers: &HeaderMap) {
        let mut manners = lock(&self.manners);
        if trouble_of(status) == Trouble::ServerError {
            let too_many = status == StatusCode::TOO_MANY_REQUESTS;
            manners.failed(&place.url, retry_after(headers), too_many, self.began.elapsed());
        } else {
            manners.answered(&place.url);
        }
    }
}

fn fault_of_status(status: StatusCode, headers: &HeaderMap) -> Fault {
    let trouble = trouble_of(status);
    let after = if trouble == Trouble::ServerError { retry_after(headers) } else { None };
    Fault { after, ..Fault::passing(trouble) }
}

fn trouble_of(status: StatusCode) -> Trouble {
    match status.as_u16() {
        401 | 402 | 403 | 407 | 451 => Trouble::Forbidden,
        404 | 410 => Trouble::NotFound,
        408 | 429 | 500..=599 => Trouble::ServerError,
        _ => Trouble::BrokenMedia,
    }
}

/// A box's clock may be anything: only seconds are used.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let wait = http::retry_after(headers.get(RETRY_AFTER)?.to_str().ok()?, None)?;
    Some(wait.min(RETRY_AFTER_MAX))
}

/// What an error of the HTTP client means.
pub fn fault_of_error(error: &reqwest::Error) -> Fault {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(e) = cause {
        // An io::Error hides what it wraps from `source`.
        let inner = e.downcast_ref::<io::Error>().and_then(io::Error::get_ref).map(|b| b as &(dyn StdError + 'static));
        for e in [Some(e), inner].into_iter().flatten() {
            if e.is::<ForbiddenAddress>() {
                return Fault::lasting(Trouble::Blocked);
            }
            if e.is::<NoSuchName>() {
                return Fault { unreached: true, ..Fault::passing(Trouble::Dns) };
            }
            if e.is::<rustls::Error>() {
                return Fault::lasting(Trouble::Tls);
            }
        }
        cause = inner.and_then(StdError::source).or_else(|| e.source());
    }
    if error.is_builder() {
        return Fault::lasting(Trouble::BrokenMedia);
    }
    Fault { unreached: error.is_connect(), ..Fault::passing(Trouble::ServerDown) }
}
