//! A network, films, senders and a player to watch them with.

use std::{
    net::UdpSocket,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, channel},
    },
    thread,
    time::{Duration, Instant},
};

use jinse_xuetang::{
    guide::lineup::MediaSource,
    player::{
        Access,
        engine::Player,
        frames::{Frame, FrameSink},
        gate::{Gate, GatePolicy},
        sounds::Sound,
        types::{MediaKind, MediaRequest, PlayerCommand, PlayerEvent, SessionId, Speed, Trust},
    },
};

pub const BOUND: Duration = Duration::from_secs(30);
/// Set in the process that runs inside the network.
const INSIDE: &str = "MULTICAST_TEST_INSIDE";

/// Whether this is the process inside. If not, the named test has been run there by now, or cannot be.
pub fn inside(test: &str) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    let network = "ip link set lo up multicast on && ip route add 239.0.0.0/8 dev lo && exec \"$@\"";
    let out = Command::new("unshare")
        .args(["-rn", "sh", "-c", network, "sh"])
        .arg(std::env::current_exe().expect("this program"))
        .args(["--exact", test, "--nocapture"])
        .env(INSIDE, "1")
        .output()
        .expect("unshare runs");
    let said = String::from_utf8_lossy(&out.stderr);
    if said.contains("unshare failed") {
        eprintln!("SKIPPED {test}: this machine allows no network namespace ({})", said.trim());
    } else {
        let printed = String::from_utf8_lossy(&out.stdout);
        assert!(out.status.success(), "{printed}{said}");
        println!("{printed}");
    }
    false
}

pub const H264: &str = "-c:v libx264 -preset ultrafast -g 25 -keyint_min 25 -bf 2 -pix_fmt yuv420p -c:a aac";

/// A key picture five times a second, so that many changes take little time.
pub const SHORT: &str = "-c:v libx264 -preset ultrafast -g 5 -keyint_min 5 -bf 2 -pix_fmt yuv420p -c:a aac";

/// Twelve seconds of test card as a transport stream.
pub fn film(dir: &Path, name: &str, size: &str, how: &str) -> PathBuf {
    let file = dir.join(name);
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-f", "lavfi", "-i", &format!("testsrc2=s={size}:r=25:d=12")])
        .args(["-f", "lavfi", "-i", "sine=440:d=12"])
        .args(how.split(' '))
        .args(["-f", "mpegts"])
        .arg(&file)
        .status();
    assert!(made.expect("ffmpeg is needed for these tests").success());
    file
}

pub struct Rig {
    pub player: Player,
    pub frames: FrameSink,
    pub events: Receiver<(SessionId, PlayerEvent)>,
    pub session: SessionId,
    _runtime: tokio::runtime::Runtime,
}

impl Rig {
    pub fn start() -> Self {
        let (tell, events) = channel();
        let frames = FrameSink::new(|| {});
        let on_event = Box::new(move |session, event| {
            let _ = tell.send((session, event));
        });
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("runtime");
        let gate = Gate::start(runtime.handle().clone(), GatePolicy::default()).expect("gate");
        let player = Player::start(Arc::new(Access::new(gate)), frames.clone(), on_event).expect("player");
        player.set_place((320, 180));
        Self { player, frames, events, session: SessionId(0), _runtime: runtime }
    }

    pub fn open(&mut self, url: &str, neighbours: &[&str]) {
        self.open_with(url, neighbours, None);
    }

    pub fn open_with(&mut self, url: &str, neighbours: &[&str], sound: Option<Sound>) {
        let source = |url: &str| MediaSource { url: url.into(), headers: Vec::new() };
        self.session.0 += 1;
        self.player.send(PlayerCommand::Open(MediaRequest {
            session: self.session,
            kind: MediaKind::Live,
            sources: vec![source(url)],
            start_ms: 0,
            speed: Speed::Normal,
            trust: Trust::Operator,
            neighbours: neighbours.iter().map(|u| source(u)).collect(),
            sound,
            caption: None,
            behind_ms: 0,
        }));
    }

    pub fn until(&self, what: &str, wanted: impl Fn(&PlayerEvent) -> bool) {
        let end = Instant::now() + BOUND;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let (session, event) = self.events.recv_timeout(left).unwrap_or_else(|_| panic!("never: {what}"));
            if session == self.session && wanted(&event) {
                return;
            }
        }
    }

    pub fn until_picture(&self) {
        self.until("a picture", |e| *e == PlayerEvent::FirstFrame);
    }

    /// Waits for so many new pictures.
    pub fn pictures(&self, count: usize) -> Frame {
        let end = Instant::now() + BOUND;
        let mut seen = 0;
        loop {
            if let Some(frame) = self.frames.take() {
                seen += 1;
                if seen >= count {
                    return frame;
                }
            }
            assert!(Instant::now() < end, "{seen} of {count} pictures");
            thread::yield_now();
        }
    }

    pub fn until_video(&self, wanted: &str) {
        wait(wanted, || self.player.facts().video.is_some_and(|v| v.contains(wanted)));
    }
}

pub fn wait(what: &str, holds: impl Fn() -> bool) {
    let end = Instant::now() + BOUND;
    while !holds() {
        assert!(Instant::now() < end, "never: {what}");
        thread::yield_now();
    }
}

pub fn group(number: usize) -> String {
    format!("udp://239.9.{number}.1:{}", 5000 + number)
}

/// Passes a group on to another, with loss, disorder, doubles and broken bytes.
pub struct Weather {
    stop: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<u64>>,
}

impl Weather {
    pub fn start(from: u16, to: &'static str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let inlet = UdpSocket::bind(("127.0.0.1", from)).expect("port");
        inlet.set_read_timeout(Some(Duration::from_millis(100))).expect("timeout");
        let outlet = UdpSocket::bind("0.0.0.0:0").expect("port");
        outlet.set_multicast_ttl_v4(0).expect("ttl");
        let thread = thread::spawn(move || {
            let mut buffer = [0; 2000];
            let mut seed = 1u32;
            let mut passed = 0;
            let mut held: Option<Vec<u8>> = None;
            while !stopped.load(Ordering::Relaxed) {
                let Ok(length) = inlet.recv(&mut buffer) else { continue };
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let roll = seed >> 16;
                let datagram = &mut buffer[..length];
                match roll % 100 {
                    0..=2 => continue,
                    3 => held = Some(datagram.to_vec()),
                    4 => datagram[roll as usize % length] ^= 0x5a,
                    5 => drop(outlet.send_to(datagram, to)),
                    _ => {}
                }
                if roll % 100 != 3 {
                    let _ = outlet.send_to(datagram, to);
                    if let Some(late) = held.take() {
                        let _ = outlet.send_to(&late, to);
                    }
                    passed += 1;
                }
            }
            passed
        });
        Self { stop, thread: Some(thread) }
    }
}

impl Drop for Weather {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            assert!(thread.join().expect("weather") > 0);
        }
    }
}
