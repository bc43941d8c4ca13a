//! Media made once, a real server that gives them, and a player whose events can be waited for.

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

use crate::{
    guide::lineup::MediaSource,
    player::{
        Access,
        engine::{FrameSink, Player, PlayerCommand, PlayerEvent, SessionId},
        frames::Frame,
        gate::{Gate, GatePolicy},
        sounds::Sound,
        types::{MediaKind, MediaRequest, Phase, Speed, Trouble, Trust},
    },
};

pub(super) const BOUND: Duration = Duration::from_secs(30);
pub(super) const SECONDS: u64 = 12;

pub(super) fn ffmpeg(args: &[&str], dir: &Path) {
    let status = Command::new("ffmpeg").args(["-v", "error", "-y"]).args(args).current_dir(dir).status();
    assert!(status.expect("ffmpeg is needed for these tests").success());
}

/// Twelve seconds of test card as MP4 and as HLS, and what is no medium.
pub(super) fn media() -> &'static Path {
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

pub(super) struct Server {
    pub(super) base: String,
    pub(super) down: Arc<AtomicBool>,
    pub(super) runtime: tokio::runtime::Runtime,
}

impl Server {
    pub(super) fn start() -> Self {
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

    pub(super) fn source(&self, path: &str) -> MediaSource {
        MediaSource { url: format!("{}/{path}", self.base), headers: Vec::new() }
    }
}

pub(super) struct Bench {
    pub(super) player: Player,
    pub(super) frames: FrameSink,
    pub(super) events: Receiver<(SessionId, PlayerEvent)>,
    pub(super) server: Server,
    pub(super) session: SessionId,
}

impl Bench {
    pub(super) fn start() -> Self {
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

    fn request(&mut self, kind: MediaKind, sources: Vec<MediaSource>, trust: Trust) -> MediaRequest {
        self.session = SessionId(self.session.0 + 1);
        MediaRequest {
            session: self.session,
            kind,
            sources,
            start_ms: 0,
            speed: Speed::Normal,
            trust,
            neighbours: Vec::new(),
            sound: None,
            caption: None,
            behind_ms: 0,
        }
    }

    pub(super) fn open_sources(&mut self, sources: Vec<MediaSource>, start_ms: u64, trust: Trust) {
        let request = self.request(MediaKind::OnDemand, sources, trust);
        self.player.send(PlayerCommand::Open(MediaRequest { start_ms, ..request }));
    }

    pub(super) fn open_live(&mut self, url: String, sound: Option<Sound>) {
        let request = self.request(MediaKind::Live, vec![MediaSource { url, headers: Vec::new() }], Trust::Person);
        self.player.send(PlayerCommand::Open(MediaRequest { sound, ..request }));
    }

    pub(super) fn open(&mut self, path: &str, start_ms: u64) {
        let source = self.server.source(path);
        self.open_sources(vec![source], start_ms, Trust::Person);
    }

    /// Waits for an event of the present session for which `pick` has an answer.
    pub(super) fn until<T>(&self, what: &str, mut pick: impl FnMut(&PlayerEvent) -> Option<T>) -> T {
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

    pub(super) fn until_phase(&self, phase: &Phase) {
        self.until(&format!("{phase:?}"), |event| (*event == PlayerEvent::Phase(phase.clone())).then_some(()));
    }

    pub(super) fn until_first_frame(&self) {
        self.until("first frame", |event| (*event == PlayerEvent::FirstFrame).then_some(()));
    }

    pub(super) fn until_position(&self, fits: impl Fn(u64) -> bool) -> u64 {
        self.until("position", |event| match event {
            PlayerEvent::Position { position_ms, .. } if fits(*position_ms) => Some(*position_ms),
            _ => None,
        })
    }

    pub(super) fn until_refused(&self) {
        self.until("refused", |event| match event {
            PlayerEvent::Phase(Phase::Failed { trouble: Trouble::Blocked, next_try: Some(_) }) => Some(()),
            _ => None,
        });
    }

    pub(super) fn until_trouble(&self) -> Trouble {
        self.until("trouble", |event| match event {
            PlayerEvent::Phase(Phase::Reconnecting { trouble, .. } | Phase::Failed { trouble, .. }) => Some(*trouble),
            _ => None,
        })
    }

    pub(super) fn frame(&self, fits: impl Fn(&Frame) -> bool) -> Frame {
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
