//! Zapping without end, as `make soak` does it: twenty channels, random steps and digits, and a server that goes wrong in
//! one step of twenty. Every step ends in a picture or in words, nothing crashes, nothing grows. Takes most of half an
//! hour, so `make test` leaves it out. SOAK_ZAPS and SOAK_SEED shorten and repeat it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/fault_proxy.rs"]
mod fault_proxy;
#[path = "support/mod.rs"]
mod support;

use std::{
    fs,
    net::SocketAddr,
    time::{Duration, Instant},
};

use fault_proxy::{Fault, FaultProxy};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use serde_json::Value;
use support::{Operator, Tv, TvOptions, tv::SOON};

const CHANNELS: usize = 20;
const ZAPS: usize = 2_000;
/// Within this there is a picture, or words say why there is none.
const ANSWERED_WITHIN: Duration = Duration::from_secs(5);
/// What the last quarter may hold more than the first.
const GROWTH_PERCENT: u64 = 5;

#[test]
#[ignore = "takes most of half an hour: make soak"]
fn two_thousand_zaps() {
    let number = |name: &str, usual: u64| std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(usual);
    let zaps = usize::try_from(number("SOAK_ZAPS", ZAPS as u64)).unwrap();
    let seed = number("SOAK_SEED", 1);
    println!("{zaps} zaps, SOAK_SEED={seed}");
    let mut rng = StdRng::seed_from_u64(seed);

    jinse_xuetang::tls::init();
    let operator = Operator::start();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let mut proxy = runtime.block_on(FaultProxy::start());
    proxy.stand_before(SocketAddr::from(([127, 0, 0, 1], operator.port())));
    let lineup = twenty(&runtime.block_on(text(&format!("{}lineup.m3u", operator.url()))));
    let playlists: Vec<String> = lineup.iter().map(|(_, path)| path.clone()).collect();
    proxy.put("/lineup.m3u", "audio/x-mpegurl", m3u(&lineup));

    let mut tv = Tv::start(TvOptions::operator(proxy.url("/")));
    tv.until("all channels", SOON, |s| s["channels"] == CHANNELS);
    tv.until_playing();
    tv.press("Return");
    tv.until("live", SOON, |s| s["screen"] == "live");

    let mut run = Run::default();
    for zap in 0..zaps {
        let before = tv.state()["player"]["channel"]["number"].as_u64().unwrap_or(1) as usize;
        let (keys, wanted) = step(&mut rng, before);
        proxy.heal();
        if rng.random_ratio(1, 20) {
            run.faults += 1;
            if rng.random_ratio(1, 10) {
                proxy.stop();
            } else {
                proxy.fault(&playlists[wanted - 1], rng.random_range(1..4), any_fault(&mut rng));
            }
        }
        let pressed = Instant::now();
        tv.type_keys(&keys);
        let state = tv.until(&format!("zap {zap} to {wanted}"), ANSWERED_WITHIN, |s| answered(s, wanted));
        run.times.push(pressed.elapsed());
        run.words += usize::from(!has_picture(&state, wanted));
        if !proxy.is_running() {
            runtime.block_on(proxy.restart());
        }
        // A viewer looks before the next step, mostly.
        std::thread::sleep(Duration::from_millis(rng.random_range(0..400)));
        run.look(&tv, zap, zaps);
    }
    run.judge(&mut tv);
}

#[derive(Default)]
struct Run {
    times: Vec<Duration>,
    faults: usize,
    /// Steps that ended in words.
    words: usize,
    /// Resident kilobytes, open descriptors, threads; with the number of the step.
    seen: Vec<(usize, [u64; 3])>,
}

impl Run {
    fn look(&mut self, tv: &Tv, zap: usize, zaps: usize) {
        self.seen.push((zap, [resident_kb(tv), descriptors(tv), threads(tv)]));
        if (zap + 1).is_multiple_of((zaps / 20).max(1)) {
            println!("{}: {:?}", zap + 1, self.seen[self.seen.len() - 1].1);
        }
    }

    fn judge(mut self, tv: &mut Tv) {
        let quarter = self.seen.len() / 4;
        let mean = |part: &[(usize, [u64; 3])], what: usize| {
            part.iter().map(|(_, seen)| seen[what]).sum::<u64>() / part.len().max(1) as u64
        };
        let [first, last] = [&self.seen[..quarter], &self.seen[self.seen.len() - quarter..]];
        self.times.sort_unstable();
        let n = self.times.len();
        println!(
            "{{\"test\":\"soak\",\"n\":{n},\"faults\":{},\"words\":{},\"median_ms\":{},\"p99_ms\":{},\"worst_ms\":{},\
             \"rss_first_kb\":{},\"rss_last_kb\":{},\"fds\":[{},{}],\"threads\":[{},{}]}}",
            self.faults,
            self.words,
            self.times[n / 2].as_millis(),
            self.times[(n * 99 / 100).min(n - 1)].as_millis(),
            self.times[n - 1].as_millis(),
            mean(first, 0),
            mean(last, 0),
            mean(first, 1),
            mean(last, 1),
            mean(first, 2),
            mean(last, 2),
        );
        tv.until("the picture at the end", SOON, |s| s["player"]["phase"] == "playing");
        assert!(mean(last, 0) * 100 <= mean(first, 0) * (100 + GROWTH_PERCENT), "memory grew");
        assert!(mean(last, 1) <= mean(first, 1) + 2, "descriptors grew");
        assert!(mean(last, 2) <= mean(first, 2) + 1, "threads grew");
    }
}

/// One channel on or back, or the digits of any.
fn step(rng: &mut StdRng, from: usize) -> (String, usize) {
    match rng.random_range(0..10) {
        0..4 => ("Up".into(), from % CHANNELS + 1),
        4..7 => ("Down".into(), (from + CHANNELS - 2) % CHANNELS + 1),
        _ => {
            let to = rng.random_range(1..=CHANNELS);
            let digits: Vec<String> = to.to_string().chars().map(String::from).collect();
            (format!("{} Return", digits.join(" ")), to)
        }
    }
}

fn any_fault(rng: &mut StdRng) -> Fault {
    match rng.random_range(0..8) {
        0 => Fault::Status(404),
        1 => Fault::Status(500),
        2 => Fault::Silence,
        3 => Fault::Reset,
        4 => Fault::Page,
        5 => Fault::Garbage,
        6 => Fault::Busy(503, 2),
        _ => Fault::Late(Duration::from_millis(1_500)),
    }
}

fn has_picture(state: &Value, wanted: usize) -> bool {
    let player = &state["player"];
    player["channel"]["number"] == wanted && player["phase"] == "playing" && player["has_frame"] == true
}

fn answered(state: &Value, wanted: usize) -> bool {
    let player = &state["player"];
    let there = player["channel"]["number"] == wanted;
    has_picture(state, wanted) || (there && state["words"].as_str().is_some_and(|w| !w.is_empty()) && is_late(state))
}

/// Words count once it is clear that no picture is about to come: the player has met trouble, or says that it waits.
fn is_late(state: &Value) -> bool {
    !state["player"]["error"].is_null() || !state["trouble"].is_null() || state["words"] == "还在打开，请等一等"
}

async fn text(url: &str) -> String {
    reqwest::get(url).await.unwrap().text().await.unwrap()
}

/// Twenty channels over the streams of a lineup; the query tells them apart.
fn twenty(text: &str) -> Vec<(String, String)> {
    let streams: Vec<String> = text
        .lines()
        .filter(|l| !l.starts_with('#') && l.contains("/live/"))
        .map(|l| format!("/live/{}", l.split("/live/").nth(1).unwrap()))
        .collect();
    (0..CHANNELS).map(|i| (format!("频道{}", i + 1), format!("{}?ch={}", streams[i % streams.len()], i + 1))).collect()
}

fn m3u(lineup: &[(String, String)]) -> String {
    let mut text = "#EXTM3U\n".to_owned();
    for (i, (name, path)) in lineup.iter().enumerate() {
        text += &format!("#EXTINF:-1 tvg-chno=\"{}\",{name}\n{path}\n", i + 1);
    }
    text
}

fn status(tv: &Tv, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", tv.pid())).unwrap();
    let line = status.lines().find_map(|l| l.strip_prefix(name)).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

fn resident_kb(tv: &Tv) -> u64 {
    status(tv, "VmRSS:")
}

fn threads(tv: &Tv) -> u64 {
    status(tv, "Threads:")
}

fn descriptors(tv: &Tv) -> u64 {
    fs::read_dir(format!("/proc/{}/fd", tv.pid())).unwrap().count() as u64
}
