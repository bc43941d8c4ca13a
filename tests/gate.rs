//! The media gate and what reads through it, against servers that misbehave: every fault, outage and hostile address
//! ends either in the right pictures, in order and once, or in a named trouble, within bounds. One JSON line for each
//! family.

// Helpers of tests fail as loudly as tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "gate_parts/addresses.rs"]
mod addresses;
#[path = "support/fault_proxy.rs"]
mod fault_proxy;
#[path = "gate_parts/faults.rs"]
mod faults;
#[path = "gate_parts/files.rs"]
mod files;
#[path = "gate_parts/hostile.rs"]
mod hostile;
#[path = "gate_parts/jumps.rs"]
mod jumps;
#[path = "gate_parts/limits.rs"]
mod limits;
#[path = "gate_parts/live.rs"]
mod live;
#[path = "gate_parts/mp4_words.rs"]
mod mp4_words;
#[path = "gate_parts/renditions.rs"]
mod renditions;
#[path = "gate_parts/sealed.rs"]
mod sealed;
#[path = "gate_parts/stream.rs"]
mod stream;
#[path = "gate_parts/timeline.rs"]
mod timeline;
#[path = "support/ts.rs"]
mod ts;
#[path = "gate_parts/viewer.rs"]
mod viewer;
#[path = "gate_parts/warm.rs"]
mod warm;
#[path = "gate_parts/written.rs"]
mod written;

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use fault_proxy::FaultProxy;
use jinse_xuetang::{
    guide::lineup::MediaSource,
    player::{
        gate::{Gate, GatePolicy},
        types::SessionId,
    },
};

/// One family at a time: memory is measured for the whole process, and timings should not disturb each other.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
static NEXT: AtomicU64 = AtomicU64::new(1);

const MS: fn(u64) -> Duration = Duration::from_millis;
/// Nothing in these tests may take longer than this; reached only when something hangs.
const HANG: Duration = Duration::from_secs(40);
/// Cases that run side by side: enough to wait together, few enough that none waits for the processor.
const SIDE_BY_SIDE: usize = 24;

fn session() -> SessionId {
    SessionId(NEXT.fetch_add(1, Ordering::Relaxed))
}

fn source(url: impl Into<String>) -> MediaSource {
    MediaSource { url: url.into(), headers: Vec::new() }
}

/// The patience of a viewer of a second's length.
fn quick(proxy: &FaultProxy) -> GatePolicy {
    GatePolicy {
        operator_hosts: vec![("127.0.0.1".into(), proxy.address.port())],
        connect: MS(500),
        first_byte: MS(300),
        live_first_byte: MS(300),
        playlist_total: MS(900),
        reload_total: MS(300),
        playlist_retry: MS(400),
        rate_window: MS(400),
        live_missing_retry: MS(3_000),
        live_segment_retry: MS(3_000),
        on_demand_retry: MS(4_000),
        live_hold: MS(8_000),
        retry_waits: vec![MS(30), MS(60), MS(120)],
        ..GatePolicy::default()
    }
}

fn gate(policy: GatePolicy) -> Gate {
    Gate::start(tokio::runtime::Handle::current(), policy).unwrap()
}

fn client() -> reqwest::Client {
    jinse_xuetang::tls::init();
    reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

async fn get(client: &reqwest::Client, url: &str) -> Result<(u16, Vec<u8>), String> {
    let response = client.get(url).send().await.map_err(|e| e.to_string())?;
    let status = response.status().as_u16();
    Ok((status, response.bytes().await.map_err(|e| format!("{status}, then {e}"))?.to_vec()))
}

async fn bounded<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(HANG, what).await.expect("hangs")
}

async fn wait_for(what: &str, mut condition: impl FnMut() -> bool) -> Result<(), String> {
    let began = Instant::now();
    while !condition() {
        if began.elapsed() > HANG {
            return Err(format!("{what}: never"));
        }
        tokio::time::sleep(MS(2)).await;
    }
    Ok(())
}

type Case = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// Cases of one family, run side by side, and what came of them.
#[derive(Default)]
struct Family {
    cases: Vec<(String, Case)>,
    took: Vec<Duration>,
    failed: Vec<String>,
}

impl Family {
    fn add(&mut self, name: impl Into<String>, case: impl Future<Output = Result<(), String>> + Send + 'static) {
        self.cases.push((name.into(), Box::pin(case)));
    }

    fn count(&mut self, name: impl Into<String>, took: Duration, result: Result<(), String>) {
        self.took.push(took);
        if let Err(why) = result {
            self.failed.push(format!("{}: {why}", name.into()));
        }
    }

    async fn run(&mut self) {
        let places = Arc::new(tokio::sync::Semaphore::new(SIDE_BY_SIDE));
        let mut running = tokio::task::JoinSet::new();
        for (name, case) in self.cases.drain(..) {
            let place = Arc::clone(&places).acquire_owned().await.unwrap();
            running.spawn(async move {
                let began = Instant::now();
                let result = tokio::time::timeout(HANG, case).await.unwrap_or_else(|_| Err("hangs".into()));
                drop(place);
                (name, began.elapsed(), result)
            });
        }
        while let Some(case) = running.join_next().await {
            let (name, took, result) = case.unwrap();
            self.count(name, took, result);
        }
    }

    async fn finish(mut self, test: &str, at_least: usize) {
        self.run().await;
        self.took.sort();
        let n = self.took.len();
        let ms = |d: Option<&Duration>| d.map_or(0, Duration::as_millis) as u64;
        let p99 = self.took.get((n * 99).div_ceil(100).saturating_sub(1));
        let pass = n - self.failed.len();
        let line = serde_json::json!({
            "test": test, "n": n, "pass": pass, "worst": ms(self.took.last()), "p99": ms(p99),
        });
        println!("{line}");
        assert!(self.failed.is_empty(), "{:#?}", self.failed);
        assert!(n >= at_least, "only {n} cases");
    }
}
