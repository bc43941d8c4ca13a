//! Sends learning records from the outbox to the operator's record store (LRS), in batches, whenever it is allowed, there
//! and ready. What an answer means is `verdict`'s, when to go on `pace`'s; nothing here knows what a statement says.
//!
//! Nothing is lost: a statement leaves the outbox only when the store has it, or has refused this very one. Nothing
//! counts twice: it bears its id from the moment it was written down, and a store takes an id once (xAPI 1.0.3,
//! Communication 2.1).

mod pace;
mod senders;
mod verdict;

use std::{collections::HashSet, time::Duration};

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use tokio::{runtime::Handle, sync::watch, task::AbortHandle};
use url::Url;
use uuid::Uuid;

pub use self::senders::RecordSenders;
use self::{
    pace::Pace,
    verdict::{Verdict, judge},
};
use crate::{
    app::records::Standing,
    net,
    schedule::Manner,
    store::{Outbox, StoreSender, Waiting, types::StoreCommand},
};

/// A batch is at most this much text: below what web servers take in front of a store (nginx: 1 MiB).
const BATCH_BYTES: usize = 512 * 1024;
/// An answer is a list of ids or a sentence; no more of it is read.
const ANSWER_BYTES: u64 = 256 * 1024;
const VERSION: &str = "X-Experience-API-Version";

/// Where records go (docs/config.md). Not to be printed: it holds a password.
#[derive(Clone)]
pub struct RecordStore {
    /// The store's resource of statements: `…/statements`.
    pub statements: Url,
    /// User and password (RFC 7617).
    pub credentials: Option<(String, String)>,
    /// How long it is waited for more after the first of a batch.
    pub gather: Duration,
}

pub struct Parts {
    /// One that follows no redirect (`net::poster`).
    pub http: reqwest::Client,
    pub to: RecordStore,
    pub outbox: Outbox,
    pub store: StoreSender,
    pub manner: Manner,
}

/// Dropping it ends the sending.
pub struct RecordSender {
    allowed: watch::Sender<bool>,
    more: watch::Sender<u64>,
    task: AbortHandle,
}

impl RecordSender {
    /// `tell` hears how it goes.
    pub fn start(on: &Handle, parts: Parts, allowed: bool, tell: impl Fn(Standing) + Send + Sync + 'static) -> Self {
        let (allowed, may) = watch::channel(allowed);
        let (more, there_is_more) = watch::channel(0);
        let task = on.spawn(watch_over(parts, may, there_is_more, tell)).abort_handle();
        Self { allowed, more, task }
    }

    /// Something was put into the outbox.
    pub fn more(&self) {
        self.more.send_modify(|n| *n = n.wrapping_add(1));
    }

    /// Whether anything may leave. Forbidding breaks off a request that is under way.
    pub fn let_out(&self, on: bool) {
        self.allowed.send_replace(on);
    }
}

impl Drop for RecordSender {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn watch_over(
    parts: Parts,
    mut may: watch::Receiver<bool>,
    mut more: watch::Receiver<u64>,
    tell: impl Fn(Standing),
) {
    while may.wait_for(|on| *on).await.is_ok() {
        tokio::select! {
            // Dropping the other arm closes its connection.
            _ = may.wait_for(|on| !on) => {}
            () = send_on(&parts, &mut more, &tell) => return,
        }
    }
}

/// Sends for as long as it is let.
async fn send_on(parts: &Parts, more: &mut watch::Receiver<u64>, tell: &impl Fn(Standing)) {
    let mut pace = Pace::new(parts.manner);
    let mut done = HashSet::new();
    // Of a start there may be something left from before.
    tokio::time::sleep(pace.first(chance())).await;
    loop {
        more.mark_unchanged();
        let drained = drain(parts, &mut pace, &mut done).await;
        tell(Standing { waiting: count(&parts.outbox).await });
        match drained {
            Drained::All => {
                if more.changed().await.is_err() {
                    return;
                }
                tokio::time::sleep(parts.to.gather).await;
            }
            Drained::Later(wait) => tokio::time::sleep(wait).await,
        }
    }
}

enum Drained {
    All,
    Later(Duration),
}

/// `done`: what has arrived or was refused and is still in the outbox. The store's own thread deletes it, in its own time,
/// or never on a disk that is full; it is not sent again meanwhile.
async fn drain(parts: &Parts, pace: &mut Pace, done: &mut HashSet<Uuid>) -> Drained {
    let mut after = 0;
    let mut still_there = HashSet::new();
    loop {
        let mut batch = match read(&parts.outbox, after, pace.size()).await {
            Ok(batch) => batch,
            Err(e) => {
                tracing::warn!("learning records cannot be read: {e}");
                return Drained::Later(pace.failed(None, chance()));
            }
        };
        let Some(last) = batch.last().map(|w| w.seq) else {
            done.retain(|id| still_there.contains(id));
            return Drained::All;
        };
        batch.retain(|w| {
            let known = done.contains(&w.statement.id);
            if known {
                still_there.insert(w.statement.id);
            }
            !known
        });
        if batch.is_empty() {
            after = last;
            continue;
        }
        let verdict = send(parts, &batch).await;
        match verdict {
            Verdict::Taken => {
                after = last;
                pace.went_well();
                let ids: Vec<Uuid> = batch.into_iter().map(|w| w.statement.id).collect();
                done.extend(ids.iter().copied());
                still_there.extend(ids.iter().copied());
                parts.store.send(StoreCommand::RecordsArrived(ids));
            }
            Verdict::Split => pace.too_much(batch.len()),
            Verdict::Refused(status) => {
                after = last;
                pace.went_well();
                for waiting in batch {
                    let id = waiting.statement.id;
                    done.insert(id);
                    still_there.insert(id);
                    tracing::warn!(%id, status, "the record store refuses a learning record; it is kept and not sent again");
                    parts.store.send(StoreCommand::RecordRefused { id, status });
                }
            }
            Verdict::Later { after, why } => {
                let wait = pace.failed(after, chance());
                tracing::info!(wait_s = wait.as_secs(), "learning records wait: {why}");
                return Drained::Later(wait);
            }
            Verdict::NotLetIn { status } => {
                let wait = pace.not_let_in(chance());
                tracing::warn!(
                    status,
                    wait_s = wait.as_secs(),
                    "the record store lets nothing in; check [records] of the configuration"
                );
                return Drained::Later(wait);
            }
        }
    }
}

async fn send(parts: &Parts, batch: &[Waiting]) -> Verdict {
    let bodies: Vec<&str> = batch.iter().map(|w| w.statement.body.as_str()).collect();
    let mut request = parts
        .http
        .post(parts.to.statements.clone())
        .header(VERSION, "1.0.3")
        .header(CONTENT_TYPE, "application/json")
        .body(format!("[{}]", bodies.join(",")));
    if let Some((user, password)) = &parts.to.credentials {
        request = request.basic_auth(user, Some(password));
    }
    let response = match request.send().await {
        Ok(response) => response,
        Err(e) => return Verdict::Later { after: None, why: e.to_string() },
    };
    let status = response.status().as_u16();
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|v| v.to_str().ok()).map(str::to_owned);
    // To its end, so that the connection can be used again; what it says beyond the status is for the log.
    let said = net::body(response, ANSWER_BYTES).await.unwrap_or_default();
    if !(200..300).contains(&status) {
        tracing::debug!(status, "the record store says: {}", String::from_utf8_lossy(&said));
    }
    judge(status, batch.len(), retry_after.as_deref(), super::clock::wall())
}

async fn read(outbox: &Outbox, after: i64, count: usize) -> Result<Vec<Waiting>, String> {
    let outbox = outbox.clone();
    let read = tokio::task::spawn_blocking(move || outbox.read(after, count, BATCH_BYTES));
    match read.await {
        Ok(read) => read.map_err(|e| e.to_string()),
        Err(e) => Err(e.to_string()),
    }
}

async fn count(outbox: &Outbox) -> u64 {
    let outbox = outbox.clone();
    tokio::task::spawn_blocking(move || outbox.waiting().unwrap_or(0)).await.unwrap_or(0)
}

fn chance() -> f64 {
    use rand::Rng as _;
    rand::rng().random_range(0.0..1.0)
}
