//! After `Stop` no pipeline is left: none of its threads runs, none of its descriptors is open. A file of its own, since
//! it looks at the whole process.

// Helpers of tests fail as loudly as tests.
#![allow(clippy::expect_used)]

use std::{
    path::Path,
    process::Command,
    sync::{Arc, mpsc::channel},
    time::{Duration, Instant},
};

use jinse_xuetang::{
    guide::lineup::MediaSource,
    player::{
        Access,
        engine::Player,
        frames::FrameSink,
        gate::{Gate, GatePolicy},
        types::{MediaKind, MediaRequest, PlayerCommand, PlayerEvent, SessionId, Speed, Trust},
    },
};

const BOUND: Duration = Duration::from_secs(30);
/// What libraries open once.
const SPARE: usize = 16;

/// Of DASH this piece never comes, so that each opening is left while downloads run, however quick the machine is.
const NEVER: &str = "-00003.m4s";

/// Media and how often each is opened: HLS is what is zapped through.
const OPENINGS: [(&str, usize); 3] = [("i.m3u8", 200), ("i.mp4", 40), ("i.mpd", 40)];
/// A leak of a fifth of a megabyte a zap would be twice as much.
const GROWTH_KB: usize = 20 << 10;

/// Threads of pipelines by name: our own, and those of elements (`multiqueue0:src`, `task1`).
fn pipeline_threads() -> Vec<String> {
    std::fs::read_dir("/proc/self/task")
        .into_iter()
        .flatten()
        .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok())
        .map(|name| name.trim().to_owned())
        .filter(|name| name.contains(':') || name.starts_with("task") || name.starts_with("media-"))
        // Libraries keep workers that bear the name of the thread that loaded them: whichever of these came first.
        .filter(|name| name != "media-warm" && name != "media-1")
        .collect()
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").into_iter().flatten().count()
}

fn status(name: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix(name)).unwrap_or_default();
    line.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(0)
}

fn threads() -> usize {
    status("Threads:")
}

fn resident_kb() -> usize {
    status("VmRSS:")
}

fn ffmpeg(dir: &Path, end: &str) {
    let made = Command::new("ffmpeg")
        .args("-v error -f lavfi -i testsrc=size=160x90:rate=25 -t 4 -c:v libx264 -preset ultrafast -g 25".split(' '))
        .args("-pix_fmt yuv420p".split(' '))
        .args(end.split(' '))
        .current_dir(dir)
        .status();
    assert!(made.expect("ffmpeg is needed for this test").success());
}

#[test]
fn stopping_leaves_no_thread_and_no_descriptor() {
    // GStreamer's threads rest in a pool of GLib before they end.
    glib::ThreadPool::set_max_idle_time(100);
    let dir = tempfile::tempdir().expect("directory");
    ffmpeg(dir.path(), "-f hls -hls_time 1 -hls_list_size 0 i.m3u8");
    ffmpeg(dir.path(), "-movflags +faststart i.mp4");
    ffmpeg(dir.path(), "-f dash -seg_duration 1 i.mpd");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("runtime");
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("port");
    let base = format!("http://{}", listener.local_addr().expect("address"));
    // Kept connections count twice here, at both of their ends, and on a busy machine there are more of them.
    let closing = axum::middleware::map_response(|mut answer: axum::response::Response| async {
        answer.headers_mut().insert("connection", axum::http::HeaderValue::from_static("close"));
        answer
    });
    let stalling = axum::middleware::from_fn(|request: axum::extract::Request, next: axum::middleware::Next| async {
        if request.uri().path().ends_with(NEVER) {
            std::future::pending::<()>().await;
        }
        next.run(request).await
    });
    let files = tower_http::services::ServeDir::new(dir.path());
    let app = axum::Router::new().fallback_service(files).layer(closing).layer(stalling);
    runtime.spawn(async move { axum::serve(listener, app).await });

    let (tell, events) = channel();
    let on_event = Box::new(move |session, event| {
        let _ = tell.send((session, event));
    });
    let gate = Gate::start(runtime.handle().clone(), GatePolicy::default()).expect("gate");
    let player = Player::start(Arc::new(Access::new(gate)), FrameSink::new(|| {}), on_event).expect("player");
    let mut session = SessionId(0);
    let mut zap = |name: &str| {
        session.0 += 1;
        player.send(PlayerCommand::Open(MediaRequest {
            session,
            kind: MediaKind::Live,
            sources: vec![MediaSource { url: format!("{base}/{name}"), headers: Vec::new() }],
            start_ms: 0,
            speed: Speed::Normal,
            trust: Trust::Person,
            neighbours: Vec::new(),
            sound: None,
            caption: None,
            behind_ms: 0,
        }));
        while events.recv_timeout(BOUND).expect("a picture") != (session, PlayerEvent::FirstFrame) {}
    };
    let stop = || {
        player.send(PlayerCommand::Stop);
        let end = Instant::now() + BOUND;
        while !pipeline_threads().is_empty() {
            assert!(Instant::now() < end, "{:?}", pipeline_threads());
            std::thread::yield_now();
        }
    };
    for name in ["i.m3u8", "i.mp4", "i.mpd"] {
        for _ in 0..4 {
            zap(name);
        }
    }
    assert!(!pipeline_threads().is_empty());
    stop();
    // What the first zaps fill once (pools, arenas of the allocator) is no leak.
    let mut settle = |name: &str, count: usize| {
        for _ in 0..count {
            zap(name);
        }
        stop();
        (descriptors(), threads(), resident_kb())
    };
    for (name, count) in OPENINGS {
        let before = settle(name, count / 2);
        let mut after = settle(name, count);
        // GLib's pools and closed connections let go of theirs a moment later, on a busy machine some moments.
        let end = Instant::now() + BOUND;
        while (after.0 > before.0 + SPARE || after.1 > before.1 + 1) && Instant::now() < end {
            std::thread::yield_now();
            (after.0, after.1) = (descriptors(), threads());
        }
        println!("{name}: descriptors, threads, KB resident {before:?}, and after {count} openings {after:?}");
        assert!(after.0 <= before.0 + SPARE, "{} descriptors left by {name}", after.0 - before.0);
        assert!(after.1 <= before.1 + 1, "{} threads left by {name}", after.1 - before.1);
        assert!(after.2 <= before.2 + GROWTH_KB, "{} KB left by {name}", after.2 - before.2);
    }
    drop(player);
}
