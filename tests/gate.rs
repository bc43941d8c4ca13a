//! The media gate against servers that misbehave: every fault, outage and hostile address ends either in the right
//! bytes or in a named trouble, within bounds. One JSON line for each family.

// Helpers of tests fail as loudly as tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

#[path = "support/fault_proxy.rs"]
mod fault_proxy;
#[path = "gate_parts/hostile.rs"]
mod hostile;
#[path = "gate_parts/limits.rs"]
mod limits;

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use fault_proxy::{Fault, FaultProxy};
use jinse_xuetang::{
    guide::lineup::MediaSource,
    player::{
        gate::{Gate, GatePolicy},
        types::{SessionId, Trouble, Trust},
    },
};

/// One family at a time: memory is measured for the whole process, and timings should not disturb each other.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
static NEXT: AtomicU64 = AtomicU64::new(1);

const MS: fn(u64) -> Duration = Duration::from_millis;
/// Nothing in these tests may take longer than this; reached only when something hangs.
const HANG: Duration = Duration::from_secs(20);

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
        live_missing_retry: MS(2_000),
        live_segment_retry: MS(2_000),
        on_demand_retry: MS(3_000),
        live_hold: MS(5_000),
        retry_waits: vec![MS(30), MS(60), MS(120)],
        ..GatePolicy::default()
    }
}

fn gate(policy: GatePolicy) -> Gate {
    Gate::start(tokio::runtime::Handle::current(), policy).unwrap()
}

fn client() -> reqwest::Client {
    jinse_xuetang::net::init_tls();
    reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// Transport packets with recognisable content.
fn segment(seed: usize, packets: usize) -> Vec<u8> {
    (0..packets)
        .flat_map(|p| (0..188).map(move |i| if i == 0 { 0x47 } else { (seed * 31 + p * 7 + i) as u8 }))
        .collect()
}

/// What came of many cases of one family.
#[derive(Default)]
struct Tally {
    n: usize,
    pass: usize,
    took: Vec<Duration>,
    failed: Vec<String>,
}

impl Tally {
    fn add(&mut self, name: impl Into<String>, took: Duration, result: Result<(), String>) {
        self.n += 1;
        self.took.push(took);
        match result {
            Ok(()) => self.pass += 1,
            Err(why) => self.failed.push(format!("{}: {why}", name.into())),
        }
    }

    fn finish(mut self, test: &str, at_least: usize) {
        self.took.sort();
        let ms = |d: Option<&Duration>| d.map_or(0, Duration::as_millis) as u64;
        let p99 = self.took.get((self.took.len() * 99).div_ceil(100).saturating_sub(1));
        let line = serde_json::json!({
            "test": test, "n": self.n, "pass": self.pass, "worst": ms(self.took.last()), "p99": ms(p99),
        });
        println!("{line}");
        assert!(self.failed.is_empty(), "{:#?}", self.failed);
        assert!(self.n >= at_least, "only {} cases", self.n);
    }
}

async fn bounded<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(HANG, what).await.expect("hangs")
}

async fn get(client: &reqwest::Client, url: &str) -> Result<(u16, Vec<u8>), String> {
    let response = client.get(url).send().await.map_err(|e| e.to_string())?;
    let status = response.status().as_u16();
    Ok((status, response.bytes().await.map_err(|e| format!("{status}, then {e}"))?.to_vec()))
}

/// Like the demuxer: a piece that breaks off or is refused is asked for again, three times in all.
async fn get_as_demuxer(client: &reqwest::Client, url: &str) -> Result<Vec<u8>, String> {
    let mut last = String::new();
    for _ in 0..3 {
        match get(client, url).await {
            Ok((200 | 206, body)) => return Ok(body),
            Ok((status, _)) => last = format!("status {status}"),
            Err(e) => last = e,
        }
    }
    Err(last)
}

/// Addresses in a playlist of the gate, joined to where it came from.
fn children(base: &str, body: &[u8]) -> Vec<String> {
    let base = url::Url::parse(base).unwrap();
    let text = String::from_utf8(body.to_vec()).unwrap();
    text.lines().filter(|l| !l.is_empty() && !l.starts_with('#')).map(|l| base.join(l).unwrap().into()).collect()
}

fn playlist(first: usize, count: usize, ended: bool) -> String {
    let mut text = format!("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:{first}\n");
    for i in first..first + count {
        text += &format!("#EXTINF:2.0,\ns{i}.ts\n");
    }
    if ended {
        text += "#EXT-X-ENDLIST\n";
    }
    text
}

const COUNT: usize = 8;
const PACKETS: usize = 200;

/// Lays a small stream under `prefix`; live streams begin with a window of `COUNT` and move on by `move_on`.
fn lay(proxy: &FaultProxy, prefix: &str, live: bool) {
    for i in 0..COUNT * 2 {
        proxy.put(&format!("{prefix}/s{i}.ts"), "video/mp2t", segment(i, PACKETS));
    }
    proxy.put(&format!("{prefix}/list.m3u8"), "application/vnd.apple.mpegurl", playlist(0, COUNT, !live));
}

fn move_on(proxy: &FaultProxy, prefix: &str) {
    proxy.put(&format!("{prefix}/list.m3u8"), "application/vnd.apple.mpegurl", playlist(4, COUNT, false));
}

/// Plays a stream to its end and compares every byte. On live the window moves on once.
async fn play(
    client: &reqwest::Client,
    proxy: &FaultProxy,
    gate: &Gate,
    id: SessionId,
    prefix: &str,
    live: bool,
) -> Result<(), String> {
    let opened = gate.open(id, &source(proxy.url(&format!("{prefix}/list.m3u8"))), Trust::Operator);
    let url = opened.map_err(|t| format!("{t:?}"))?.url;
    let mut got = Vec::new();
    let rounds = if live { 2 } else { 1 };
    let mut seen = Vec::new();
    for round in 0..rounds {
        let body = get_as_demuxer(client, &url).await?;
        for child in children(&url, &body) {
            if !seen.contains(&child) {
                got.extend(get_as_demuxer(client, &child).await?);
                seen.push(child);
            }
        }
        if live && round == 0 {
            move_on(proxy, prefix);
        }
    }
    // The last three of the first window, then what came after.
    let wanted: Vec<u8> = if live { 5..12 } else { 0..COUNT }.flat_map(|i| segment(i, PACKETS)).collect();
    if got != wanted {
        return Err(format!("{} bytes of {} or others", got.len(), wanted.len()));
    }
    match gate.trouble(id) {
        None => Ok(()),
        Some(t) => Err(format!("still {t:?}")),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn segment_faults_end_in_the_right_bytes() {
    let _alone = ALONE.lock().await;
    let proxy = Arc::new(FaultProxy::start().await);
    let gate = gate(quick(&proxy));
    let faults = [
        Fault::Status(403),
        Fault::Status(404),
        Fault::Status(410),
        Fault::Status(429),
        Fault::Status(500),
        Fault::Status(503),
        Fault::Silence,
        Fault::Reset,
        Fault::ShortBody,
        Fault::Stall,
        Fault::WrongLength,
        Fault::Garbage,
        Fault::Page,
        Fault::Empty,
        Fault::Drip(20, MS(20)),
    ];
    let (mut cases, client) = (tokio::task::JoinSet::new(), client());
    let mut number = 0;
    for fault in &faults {
        for (place, on_demand, on_live) in [
            ("first", vec![0], vec![5]),
            ("middle", vec![4], vec![8]),
            ("last", vec![7], vec![11]),
            ("every 4th", vec![0, 4], vec![5, 9]),
        ] {
            for live in [false, true] {
                number += 1;
                let prefix = format!("/f{number}");
                lay(&proxy, &prefix, live);
                for i in if live { &on_live } else { &on_demand } {
                    proxy.fault(&format!("{prefix}/s{i}.ts"), 2, fault.clone());
                }
                let (client, proxy, gate, fault) = (client.clone(), Arc::clone(&proxy), gate.clone(), fault.clone());
                cases.spawn(async move {
                    let began = Instant::now();
                    let result = bounded(play(&client, &proxy, &gate, session(), &prefix, live)).await;
                    (format!("{fault:?} {place} live={live}"), began.elapsed(), result)
                });
            }
        }
    }
    let mut tally = Tally::default();
    while let Some(case) = cases.join_next().await {
        let (name, took, result) = case.unwrap();
        tally.add(name, took, result);
    }
    tally.finish("gate-segment-faults", 80);
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_that_stay_are_named() {
    let _alone = ALONE.lock().await;
    let proxy = Arc::new(FaultProxy::start().await);
    let policy = GatePolicy {
        live_missing_retry: MS(600),
        live_segment_retry: MS(600),
        on_demand_retry: MS(900),
        ..quick(&proxy)
    };
    let gate = gate(policy);
    let (mut cases, client) = (tokio::task::JoinSet::new(), client());
    let always = 1_000;
    for (number, (fault, trouble)) in [
        (Fault::Status(403), Trouble::Forbidden),
        (Fault::Status(404), Trouble::NotFound),
        (Fault::Status(410), Trouble::NotFound),
        (Fault::Status(500), Trouble::ServerError),
        (Fault::Busy(503, 600), Trouble::ServerError),
        (Fault::Silence, Trouble::ServerDown),
        (Fault::Reset, Trouble::ServerDown),
        (Fault::Garbage, Trouble::BrokenMedia),
        (Fault::Page, Trouble::BrokenMedia),
        (Fault::Empty, Trouble::BrokenMedia),
        (Fault::Drip(2, MS(20)), Trouble::TooSlow),
        (Fault::Redirect("/loop".into()), Trouble::BrokenMedia),
    ]
    .into_iter()
    .enumerate()
    {
        proxy.fault("/loop", 100_000, Fault::Redirect("/loop".into()));
        for what in ["playlist", "segment"] {
            for live in [false, true] {
                let prefix = format!("/n{number}-{what}-{live}");
                lay(&proxy, &prefix, live);
                let broken = if what == "playlist" { "list.m3u8" } else { "s5.ts" };
                proxy.fault(&format!("{prefix}/{broken}"), always, fault.clone());
                let (client, proxy, gate, fault) = (client.clone(), Arc::clone(&proxy), gate.clone(), fault.clone());
                cases.spawn(async move {
                    let id = session();
                    let began = Instant::now();
                    let result = bounded(play(&client, &proxy, &gate, id, &prefix, live)).await;
                    let told = gate.trouble(id);
                    let result = match (result, told) {
                        (Err(_), Some(t)) if t == trouble => Ok(()),
                        (result, told) => Err(format!("{result:?}, said {told:?}, not {trouble:?}")),
                    };
                    (format!("{fault:?} {what} live={live}"), began.elapsed(), result)
                });
            }
        }
    }
    let mut tally = Tally::default();
    while let Some(case) = cases.join_next().await {
        let (name, took, result) = case.unwrap();
        tally.add(name, took, result);
    }
    tally.finish("gate-lasting-faults", 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn outages_pass_without_the_demuxer_noticing() {
    let _alone = ALONE.lock().await;
    let mut proxy = FaultProxy::start().await;
    let gate = gate(GatePolicy { live_segment_retry: MS(6_000), on_demand_retry: MS(6_000), ..quick(&proxy) });
    let client = client();
    let mut tally = Tally::default();
    for n in 0..20 {
        let (live, prefix) = (n % 2 == 0, format!("/o{n}"));
        lay(&proxy, &prefix, live);
        let began = Instant::now();
        let id = session();
        let url = gate.open(id, &source(proxy.url(&format!("{prefix}/list.m3u8"))), Trust::Operator).unwrap().url;
        let outcome = async {
            let body = get(&client, &url).await?.1;
            let pieces = children(&url, &body);
            let first = if live { 5 } else { 0 };
            if get(&client, &pieces[0]).await?.1 != segment(first, PACKETS) {
                return Err("first segment".to_owned());
            }
            proxy.stop();
            // The playlist is still answered, and the trouble is told meanwhile.
            let (status, again) = get(&client, &url).await?;
            if status != 200 || again != body {
                return Err(format!("playlist in the outage: {status}"));
            }
            let piece = tokio::spawn({
                let (client, url) = (client.clone(), pieces[1].clone());
                async move { get(&client, &url).await }
            });
            wait_for(|| gate.trouble(id) == Some(Trouble::ServerDown)).await?;
            tokio::time::sleep(MS(20 * n)).await;
            proxy.restart().await;
            let (status, bytes) = piece.await.unwrap()?;
            if status != 200 || bytes != segment(first + 1, PACKETS) {
                return Err(format!("segment after the outage: {status}, {} bytes", bytes.len()));
            }
            wait_for(|| gate.trouble(id).is_none()).await
        };
        let result = bounded(outcome).await;
        tally.add(format!("outage {n} live={live}"), began.elapsed(), result);
        gate.close(id);
    }
    tally.finish("gate-outages", 20);
}

async fn wait_for(mut condition: impl FnMut() -> bool) -> Result<(), String> {
    let began = Instant::now();
    while !condition() {
        if began.elapsed() > HANG {
            return Err("condition never came true".into());
        }
        tokio::time::sleep(MS(2)).await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_passed_on_with_their_ranges() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(quick(&proxy));
    let mut film = b"\0\0\0\x18ftypisom".to_vec();
    film.extend((0..200_000_u32).map(|i| (i % 251) as u8));
    proxy.put("/film.mp4", "video/mp4", film.clone());
    let url = gate.open(session(), &source(proxy.url("/film.mp4")), Trust::Operator).unwrap().url;
    let client = client();
    let response = client.get(&url).send().await.unwrap();
    assert_eq!(response.headers()["accept-ranges"], "bytes");
    assert_eq!(response.content_length(), Some(film.len() as u64));
    assert_eq!(response.bytes().await.unwrap(), film);
    let response = client.get(&url).header("range", "bytes=1000-1999").send().await.unwrap();
    assert_eq!(response.status(), 206);
    assert_eq!(response.headers()["content-range"], format!("bytes 1000-1999/{}", film.len()));
    assert_eq!(response.bytes().await.unwrap(), film[1000..2000]);
    let response = client.get(&url).header("range", "bytes=9999999-").send().await.unwrap();
    assert_eq!(response.status(), 416);
    // Broken off in the middle of a range: taken up where it stopped.
    proxy.fault("/film.mp4", 1, Fault::ShortBody);
    let response = client.get(&url).header("range", "bytes=100-").send().await.unwrap();
    assert_eq!(response.bytes().await.unwrap(), film[100..]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_session_ends_its_transfers() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(GatePolicy { first_byte: HANG, rate_window: HANG, ..quick(&proxy) });
    proxy.put("/endless.ts", "video/mp2t", segment(1, 1_000));
    proxy.fault("/endless.ts", 1, Fault::Stall);
    let id = session();
    let url = gate.open(id, &source(proxy.url("/endless.ts")), Trust::Operator).unwrap().url;
    let client = client();
    let mut response = client.get(&url).send().await.unwrap();
    assert!(response.chunk().await.unwrap().is_some());
    gate.close(id);
    bounded(async { while let Ok(Some(_)) = response.chunk().await {} }).await;
    assert_eq!(get(&client, &url).await.unwrap().0, 410);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warm_neighbour_starts_without_asking_its_server() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(quick(&proxy));
    lay(&proxy, "/w", true);
    let neighbour = source(proxy.url("/w/list.m3u8"));
    gate.warm(&[(neighbour.clone(), Trust::Operator)]);
    bounded(wait_for(|| proxy.requests_for("/w/s7.ts") > 0)).await.unwrap();
    let client = client();
    let url = gate.open(session(), &neighbour, Trust::Operator).unwrap().url;
    // The last segment is held as soon as it has arrived; until then it is asked for once more.
    let result = bounded(async {
        loop {
            let before = proxy.requests_for("/w/s7.ts");
            let body = get(&client, &url).await?.1;
            for (piece, i) in children(&url, &body).iter().zip(5..) {
                if get(&client, piece).await?.1 != segment(i, PACKETS) {
                    return Err(format!("segment {i}"));
                }
            }
            if proxy.requests_for("/w/s7.ts") == before {
                return Ok(());
            }
        }
    });
    result.await.unwrap();
    gate.warm(&[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_server_is_left_alone_as_long_as_it_asks() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(quick(&proxy));
    lay(&proxy, "/b", false);
    proxy.fault("/b/s0.ts", 1, Fault::Busy(503, 1));
    let began = Instant::now();
    bounded(play(&client(), &proxy, &gate, session(), "/b", false)).await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(1), "asked again too soon");
    assert_eq!(proxy.requests_for("/b/s0.ts"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_live_segment_becomes_a_hole_and_not_an_error() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(GatePolicy { live_missing_retry: MS(200), ..quick(&proxy) });
    let (client, id) = (client(), session());
    lay(&proxy, "/l", true);
    for lost in ["/l/s5.ts", "/l/s6.ts"] {
        proxy.fault(lost, 1_000, Fault::Status(404));
    }
    let url = gate.open(id, &source(proxy.url("/l/list.m3u8")), Trust::Operator).unwrap().url;
    let pieces = children(&url, &get(&client, &url).await.unwrap().1);
    // As long as nothing has played, the demuxer is told.
    assert_eq!(get(&client, &pieces[0]).await.unwrap(), (404, vec![]));
    assert_eq!(get(&client, &pieces[2]).await.unwrap(), (200, segment(7, PACKETS)));
    assert_eq!(gate.trouble(id), None);
    assert_eq!(get(&client, &pieces[1]).await.unwrap(), (200, vec![]));
    assert_eq!(gate.trouble(id), Some(Trouble::NotFound));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_window_never_goes_back_and_never_skips() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(quick(&proxy));
    let client = client();
    lay(&proxy, "/v", true);
    let url = gate.open(session(), &source(proxy.url("/v/list.m3u8")), Trust::Operator).unwrap().url;
    let window = |body: &[u8]| {
        let text = String::from_utf8_lossy(body).into_owned();
        let first = text.split("MEDIA-SEQUENCE:").nth(1).unwrap().lines().next().unwrap().parse::<usize>().unwrap();
        (first, children(&url, body).len())
    };
    assert_eq!(window(&get(&client, &url).await.unwrap().1), (5, 3));
    let steps = [(1, 8), (2, 8), (5, 8), (6, 8)];
    let expected = [(5, 4), (5, 5), (5, 8), (6, 8)];
    for ((first, count), want) in steps.into_iter().zip(expected) {
        proxy.put("/v/list.m3u8", "application/vnd.apple.mpegurl", playlist(first, count, false));
        assert_eq!(window(&get(&client, &url).await.unwrap().1), want);
    }
    // The server counts anew: what it has now is handed on, from its edge.
    proxy.put("/v/list.m3u8", "application/vnd.apple.mpegurl", playlist(0, 5, false));
    assert_eq!(window(&get(&client, &url).await.unwrap().1), (2, 3));
}
