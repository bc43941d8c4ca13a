//! The engine against real media on a real server of this machine. Needs `ffmpeg` to make the media (once; kept
//! under `target/`). Every wait is for a condition, with a bound.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, channel},
    },
    time::{Duration, Instant},
};

use super::*;
use crate::{
    guide::lineup::MediaSource,
    player::{
        Access,
        frames::Frame,
        gate::{Gate, GatePolicy},
        types::{MediaKind, MediaRequest, Phase, Speed, Trouble, Trust},
    },
};

const BOUND: Duration = Duration::from_secs(30);
const SECONDS: u64 = 12;

fn ffmpeg(args: &[&str], dir: &Path) {
    let status = Command::new("ffmpeg").args(["-v", "error", "-y"]).args(args).current_dir(dir).status();
    assert!(status.expect("ffmpeg is needed for these tests").success());
}

/// Twelve seconds of test card as MP4 and as HLS, and what is no medium.
fn media() -> &'static Path {
    static DIR: OnceLock<PathBuf> = OnceLock::new();
    DIR.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-media");
        let done = root.join("engine-1");
        if done.exists() {
            return done;
        }
        let making = root.join(format!("making-{}", std::process::id()));
        std::fs::create_dir_all(making.join("hls")).expect("directory");
        let length = SECONDS.to_string();
        ffmpeg(
            &[
                "-f",
                "lavfi",
                "-i",
                "testsrc=size=320x180:rate=25",
                "-f",
                "lavfi",
                "-i",
                "sine=440",
                "-t",
                &length,
                "-c:v",
                "libx264",
                "-preset",
                "ultrafast",
                "-g",
                "25",
                "-pix_fmt",
                "yuv420p",
                "-c:a",
                "aac",
                "a.mp4",
            ],
            &making,
        );
        ffmpeg(
            &[
                "-i",
                "a.mp4",
                "-c",
                "copy",
                "-hls_time",
                "2",
                "-hls_list_size",
                "0",
                "-hls_playlist_type",
                "vod",
                "hls/i.m3u8",
            ],
            &making,
        );
        ffmpeg(&["-i", "a.mp4", "-vn", "-c:a", "copy", "sound.mp4"], &making);
        std::fs::write(making.join("page.mp4"), "<!doctype html><title>no</title>".repeat(200)).expect("file");
        std::fs::write(
            making.join("noise.mp4"),
            (0..200_000u32).map(|n| (n.wrapping_mul(n) >> 7) as u8).collect::<Vec<_>>(),
        )
        .expect("file");
        // Another process may have been faster; its result is the same.
        if std::fs::rename(&making, &done).is_err() {
            let _ = std::fs::remove_dir_all(&making);
        }
        done
    })
}

struct Server {
    base: String,
    down: Arc<AtomicBool>,
    runtime: tokio::runtime::Runtime,
}

impl Server {
    fn start() -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("runtime");
        let down = Arc::new(AtomicBool::new(false));
        let files = tower_http::services::ServeDir::new(media());
        let off = down.clone();
        let app = axum::Router::new().fallback_service(files).layer(axum::middleware::from_fn(
            move |request: axum::extract::Request, next: axum::middleware::Next| {
                let off = off.load(Ordering::Relaxed);
                async move {
                    if off {
                        return axum::http::StatusCode::SERVICE_UNAVAILABLE.into_response();
                    }
                    next.run(request).await
                }
            },
        ));
        use axum::response::IntoResponse;
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("port");
        let base = format!("http://{}", listener.local_addr().expect("address"));
        runtime.spawn(async move { axum::serve(listener, app).await });
        Self { base, down, runtime }
    }

    fn source(&self, path: &str) -> MediaSource {
        MediaSource { url: format!("{}/{path}", self.base), headers: Vec::new() }
    }
}

struct Bench {
    player: Player,
    frames: FrameSink,
    events: Receiver<(SessionId, PlayerEvent)>,
    server: Server,
    session: SessionId,
}

impl Bench {
    fn start() -> Self {
        let (tell, events) = channel();
        let frames = FrameSink::new(|| {});
        let on_event = Box::new(move |session, event| {
            let _ = tell.send((session, event));
        });
        let server = Server::start();
        let gate = Gate::start(server.runtime.handle().clone(), GatePolicy::default()).expect("gate");
        let player = Player::start(Arc::new(Access::new(gate)), frames.clone(), on_event).expect("player");
        player.set_place((320, 320));
        Self { player, frames, events, server, session: SessionId(0) }
    }

    fn open_sources(&mut self, sources: Vec<MediaSource>, start_ms: u64, trust: Trust) {
        self.session = SessionId(self.session.0 + 1);
        self.player.send(PlayerCommand::Open(MediaRequest {
            session: self.session,
            kind: MediaKind::OnDemand,
            sources,
            start_ms,
            speed: Speed::Normal,
            trust,
            neighbours: Vec::new(),
            sound: None,
            caption: None,
            behind_ms: 0,
        }));
    }

    fn open(&mut self, path: &str, start_ms: u64) {
        let source = self.server.source(path);
        self.open_sources(vec![source], start_ms, Trust::Person);
    }

    /// Waits for an event of the present session for which `pick` has an answer.
    fn until<T>(&self, what: &str, mut pick: impl FnMut(&PlayerEvent) -> Option<T>) -> T {
        let end = Instant::now() + BOUND;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let (session, event) = self.events.recv_timeout(left).unwrap_or_else(|_| panic!("no {what} in time"));
            if session == self.session
                && let Some(found) = pick(&event)
            {
                return found;
            }
        }
    }

    fn until_phase(&self, phase: &Phase) {
        self.until(&format!("{phase:?}"), |event| (*event == PlayerEvent::Phase(phase.clone())).then_some(()));
    }

    fn until_first_frame(&self) {
        self.until("first frame", |event| (*event == PlayerEvent::FirstFrame).then_some(()));
    }

    fn until_position(&self, fits: impl Fn(u64) -> bool) -> u64 {
        self.until("position", |event| match event {
            PlayerEvent::Position { position_ms, .. } if fits(*position_ms) => Some(*position_ms),
            _ => None,
        })
    }

    fn until_refused(&self) {
        self.until("refused", |event| match event {
            PlayerEvent::Phase(Phase::Failed { trouble: Trouble::Blocked, next_try: Some(_) }) => Some(()),
            _ => None,
        });
    }

    fn until_trouble(&self) -> Trouble {
        self.until("trouble", |event| match event {
            PlayerEvent::Phase(Phase::Reconnecting { trouble, .. } | Phase::Failed { trouble, .. }) => Some(*trouble),
            _ => None,
        })
    }

    fn frame(&self, fits: impl Fn(&Frame) -> bool) -> Frame {
        let end = Instant::now() + BOUND;
        while Instant::now() < end {
            match self.frames.take() {
                Some(frame) if frame.session == self.session && fits(&frame) => return frame,
                _ => std::thread::yield_now(),
            }
        }
        panic!("no such frame in time");
    }
}

#[test]
fn hls_and_mp4_show_their_first_picture_in_the_exact_place() {
    let mut b = Bench::start();
    for path in ["hls/i.m3u8", "a.mp4"] {
        let begun = Instant::now();
        b.open(path, 0);
        b.until_first_frame();
        println!("{path}: first frame after {} ms", begun.elapsed().as_millis());
        let frame = b.frame(|_| true);
        assert_eq!((frame.pixels.width(), frame.pixels.height()), (320, 320));
        let row = |y: usize| frame.pixels.as_bytes().chunks(320 * 3).nth(y).expect("row").iter().map(|b| u32::from(*b));
        assert!(row(10).sum::<u32>() < 320 * 3 * 24, "black above");
        assert!(row(160).sum::<u32>() > 320 * 3 * 60, "a picture in the middle");
        b.until_phase(&Phase::Playing);
        let duration = b.until("length", |event| match event {
            PlayerEvent::Position { duration_ms, .. } => *duration_ms,
            _ => None,
        });
        assert!(duration.abs_diff(SECONDS * 1000) < 500, "{duration}");
        assert!(b.player.facts().video.is_some_and(|v| v.contains("H.264") && v.contains("320x180")));
    }
    b.player.set_place((200, 100));
    b.frame(|f| (f.pixels.width(), f.pixels.height()) == (200, 100));
}

#[test]
fn a_medium_starts_where_it_was_left_and_seeks() {
    let mut b = Bench::start();
    for path in ["a.mp4", "hls/i.m3u8"] {
        b.open(path, 8_000);
        let first = b.frame(|_| true).position_ms.expect("position");
        assert!(first.abs_diff(8_000) <= 100, "{path}: nothing of the beginning is seen, {first}");
        b.until_position(|ms| ms >= 8_000);
        for to_ms in [2_000, 5_000, 3_000] {
            b.player.send(PlayerCommand::Seek { session: b.session, to_ms });
        }
        b.frame(|f| f.position_ms.is_some_and(|ms| (2_000..5_500).contains(&ms)));
        b.until_position(|ms| (2_000..5_500).contains(&ms));
    }
}

#[test]
fn a_paused_picture_stands_and_still_seeks() {
    let mut b = Bench::start();
    b.open("a.mp4", 0);
    b.until_position(|ms| ms > 0);
    b.player.send(PlayerCommand::Pause(b.session));
    b.until_phase(&Phase::Paused);
    b.player.send(PlayerCommand::Seek { session: b.session, to_ms: 6_000 });
    let at = b.frame(|f| f.position_ms.is_some_and(|ms| ms >= 5_900)).position_ms;
    assert!(at.is_some_and(|ms| ms <= 6_100), "{at:?}");
    assert_eq!(b.until_position(|ms| ms >= 5_900), 6_000);
    b.player.set_place((100, 100));
    let again = b.frame(|f| f.pixels.width() == 100);
    assert_eq!(again.position_ms, at, "the same picture in its new size");
    b.player.send(PlayerCommand::Resume(b.session));
    b.until_phase(&Phase::Playing);
    b.until_position(|ms| ms > 6_000);
}

/// The pause's own "done" may come when the seek has begun; the place that the seek reaches is told all the same.
#[test]
fn a_seek_right_after_a_pause_is_told() {
    let mut b = Bench::start();
    b.open("a.mp4", 0);
    b.until_first_frame();
    for to_ms in (1_000..11_000).step_by(500) {
        b.player.send(PlayerCommand::Resume(b.session));
        b.player.send(PlayerCommand::Pause(b.session));
        b.player.send(PlayerCommand::Seek { session: b.session, to_ms });
        b.until_position(|ms| ms.abs_diff(to_ms) <= 1_000);
        b.player.send(PlayerCommand::Resume(b.session));
        b.until_position(|ms| ms > to_ms);
        b.player.send(PlayerCommand::Pause(b.session));
        b.player.send(PlayerCommand::Seek { session: b.session, to_ms: 200 });
        b.until_position(|ms| ms <= 200);
    }
}

#[test]
fn speed_changes_while_playing() {
    let mut b = Bench::start();
    b.open("a.mp4", 2_000);
    b.until_position(|ms| ms >= 2_000);
    for speed in [Speed::Fast, Speed::Slow, Speed::Normal] {
        b.player.send(PlayerCommand::SetSpeed { session: b.session, speed });
        let here = b.until_position(|_| true);
        b.until_position(|ms| ms > here);
    }
}

#[test]
fn the_end_is_told() {
    let mut b = Bench::start();
    for path in ["a.mp4", "hls/i.m3u8"] {
        b.open(path, SECONDS * 1000 - 1_000);
        b.until_phase(&Phase::Ended);
    }
    b.player.send(PlayerCommand::Seek { session: b.session, to_ms: 1_000 });
    b.until_first_frame();
}

#[test]
fn sound_without_picture_plays() {
    let mut b = Bench::start();
    b.open("sound.mp4", 0);
    b.until_phase(&Phase::Playing);
    b.until_position(|ms| ms > 0);
}

#[test]
fn each_trouble_has_its_name() {
    let mut b = Bench::start();
    for (path, trouble) in
        [("nothing.mp4", Trouble::NotFound), ("page.mp4", Trouble::BrokenMedia), ("noise.mp4", Trouble::BrokenMedia)]
    {
        b.open(path, 0);
        assert_eq!(b.until_trouble(), trouble, "{path}");
    }
    let nobody = MediaSource { url: "http://127.0.0.1:9/a.mp4".into(), headers: Vec::new() };
    b.open_sources(vec![nobody], 0, Trust::Person);
    assert_eq!(b.until_trouble(), Trouble::ServerDown);
}

#[test]
fn it_plays_when_the_server_is_back() {
    let mut b = Bench::start();
    b.server.down.store(true, Ordering::Relaxed);
    b.open("a.mp4", 4_000);
    assert_eq!(b.until_trouble(), Trouble::ServerError);
    b.server.down.store(false, Ordering::Relaxed);
    b.until_first_frame();
    b.until_phase(&Phase::Playing);
    b.until_position(|ms| ms >= 4_000);
}

#[test]
fn a_bad_source_gives_way_to_a_good_one() {
    let mut b = Bench::start();
    let sources = ["file:///etc/hostname", "ftp://127.0.0.1/a", "x", &format!("{}/a.mp4", b.server.base)]
        .map(|url| MediaSource { url: url.into(), headers: Vec::new() });
    b.open_sources(sources.to_vec(), 0, Trust::Person);
    b.until_first_frame();
    b.until_phase(&Phase::Playing);
    b.open_sources(sources[..3].to_vec(), 0, Trust::Person);
    b.until_refused();
    let group = MediaSource { url: "udp://239.1.1.1:1234".into(), headers: Vec::new() };
    b.open_sources(vec![group], 0, Trust::Feed);
    b.until_refused();
}

#[test]
fn thirty_zaps_show_the_last_channel_alone() {
    let mut b = Bench::start();
    for n in 0..30 {
        b.open(if n % 2 == 0 { "hls/i.m3u8" } else { "a.mp4" }, 0);
    }
    let begun = Instant::now();
    let mut newest = SessionId(0);
    loop {
        let (session, event) = b.events.recv_timeout(BOUND).expect("an event");
        assert!(session >= newest, "an event of {session:?} after {newest:?}");
        newest = session;
        if session == b.session && event == PlayerEvent::FirstFrame {
            break;
        }
    }
    println!("after 30 zaps at once: picture {} ms later", begun.elapsed().as_millis());
    b.frame(|_| true);
    // From the mailbox come only pictures of the last session now, its curtain being the only open one.
    for _ in 0..5 {
        assert_eq!(b.frame(|_| true).session, b.session);
    }
    let mut times = Vec::new();
    for n in 0..8 {
        let begun = Instant::now();
        b.open(if n % 2 == 0 { "hls/i.m3u8" } else { "a.mp4" }, 0);
        b.until_first_frame();
        times.push(begun.elapsed().as_millis());
    }
    println!("zap, command to picture in the mailbox (hls, mp4 in turn): {times:?} ms");
}

#[test]
fn commands_of_an_earlier_session_do_nothing() {
    let mut b = Bench::start();
    b.open("a.mp4", 0);
    b.until_first_frame();
    let old = b.session;
    b.open("hls/i.m3u8", 0);
    b.player.send(PlayerCommand::Pause(old));
    b.until_phase(&Phase::Playing);
    b.until_position(|ms| ms > 0);
    b.player.send(PlayerCommand::Stop);
    b.until_phase(&Phase::Idle);
}
