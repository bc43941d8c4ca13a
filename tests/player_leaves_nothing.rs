//! After `Stop` no pipeline is left: none of its threads runs. A file of its own, since it looks at the whole process.
//! Descriptors are not counted: `hlsdemux2` of GStreamer 1.22 keeps about three for each opening that it is stopped in
//! the middle of a download, with every element freed.

use std::{
    process::Command,
    sync::{Arc, mpsc::channel},
    time::{Duration, Instant},
};

use jinse_xuetang::{
    guide::lineup::MediaSource,
    player::{
        engine::{Direct, Player},
        frames::FrameSink,
        types::{MediaKind, MediaRequest, PlayerCommand, PlayerEvent, SessionId, Speed, Trust},
    },
};

const BOUND: Duration = Duration::from_secs(30);

/// Threads of pipelines by name: our own, and those of elements (`multiqueue0:src`, `task1`).
fn pipeline_threads() -> Vec<String> {
    std::fs::read_dir("/proc/self/task")
        .into_iter()
        .flatten()
        .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok())
        .map(|name| name.trim().to_owned())
        // Libraries keep workers that bear the name of the thread that loaded them (`media-warm`).
        .filter(|name| name.contains(':') || name.starts_with("task") || name.starts_with("media-"))
        .filter(|name| name != "media-warm")
        .collect()
}

#[test]
fn stopping_leaves_no_thread() {
    // GStreamer's threads rest in a pool of GLib before they end.
    glib::ThreadPool::set_max_idle_time(100);
    let dir = tempfile::tempdir().expect("directory");
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", "testsrc=size=160x90:rate=25", "-t", "4", "-c:v", "libx264"])
        .args(["-preset", "ultrafast", "-g", "25", "-pix_fmt", "yuv420p", "-f", "hls", "-hls_time", "1"])
        .args(["-hls_list_size", "0", "i.m3u8"])
        .current_dir(dir.path())
        .status();
    assert!(made.expect("ffmpeg is needed for this test").success());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("runtime");
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("port");
    let url = format!("http://{}/i.m3u8", listener.local_addr().expect("address"));
    let app = axum::Router::new().fallback_service(tower_http::services::ServeDir::new(dir.path()));
    runtime.spawn(async move { axum::serve(listener, app).await });

    let (tell, events) = channel();
    let on_event = Box::new(move |session, event| {
        let _ = tell.send((session, event));
    });
    let player = Player::start(Arc::new(Direct), FrameSink::new(|| {}), on_event).expect("player");
    let mut session = SessionId(0);
    let mut zap = || {
        session.0 += 1;
        player.send(PlayerCommand::Open(MediaRequest {
            session,
            kind: MediaKind::Live,
            sources: vec![MediaSource { url: url.clone(), headers: Vec::new() }],
            start_ms: 0,
            speed: Speed::Normal,
            trust: Trust::Person,
            neighbours: Vec::new(),
        }));
        while events.recv_timeout(BOUND).expect("a picture") != (session, PlayerEvent::FirstFrame) {}
    };
    for _ in 0..10 {
        zap();
    }
    assert!(!pipeline_threads().is_empty());
    player.send(PlayerCommand::Stop);
    let end = Instant::now() + BOUND;
    while !pipeline_threads().is_empty() {
        assert!(Instant::now() < end, "{:?}", pipeline_threads());
        std::thread::yield_now();
    }
    drop(player);
}
