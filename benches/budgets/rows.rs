//! The budgets one by one. Each row starts what it needs on a screen of its own and ends it again.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    Outcome,
    process::{Lines, Running, wait_for},
    screen::Screen,
    streams::{COLOURS, Streams},
    table::{Samples, Table},
};

type Row = fn(&Streams, &Path, &mut Table);

pub const ROWS: &[(&str, Row)] = &[
    ("start", start),
    ("focus", focus),
    ("on-demand", on_demand),
    ("zap", zap),
    ("play", full_hd),
    ("home", home),
    ("standby", standby),
];

const PROGRAM: &str = env!("CARGO_BIN_EXE_jinse-xuetang");

// Keysyms of X.
const RIGHT: u32 = 0xff53;
const UP: u32 = 0xff52;
const DOWN: u32 = 0xff54;
const PAGE_UP: u32 = 0xff55;
const PAGE_DOWN: u32 = 0xff56;
const ENTER: u32 = 0xff0d;
const NINE: u32 = '9' as u32;
const LIVE: u32 = 'l' as u32;
const POWER: u32 = 'p' as u32;
const MPV_NEXT: u32 = '>' as u32;
const MPV_PREVIOUS: u32 = '<' as u32;

/// A point of the picture that neither banner nor mark ever covers, at full screen.
const PICTURE: (u64, u64) = (960, 200);
/// Right of Home's live window, where the focus moves.
const TILES: ((u64, u64), (u64, u64)) = ((1345, 1824), (140, 945));
/// Everything that is waited for comes long before, or does not come.
const BOUND: Duration = Duration::from_secs(20);
/// The window in which processor time is counted; what a start costs is over when it begins.
const CPU_WINDOW: Duration = Duration::from_secs(10);
const WARM_UP: Duration = Duration::from_secs(5);

fn fresh(folder: &Path, name: &str) -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    folder.join(format!("{name}-{}", NEXT.fetch_add(1, Ordering::Relaxed)))
}

/// The client on a screen of its own, with its control socket.
struct Client {
    running: Running,
    control: Lines,
    started: Instant,
    screen: Screen,
}

impl Client {
    fn start(streams: &Streams, folder: &Path, data: &Path) -> Outcome<Self> {
        let screen = Screen::open(folder)?;
        let socket = fresh(folder, "control");
        let mut command = Command::new(PROGRAM);
        command.args(["run", "--operator", &streams.root, "--control"]).arg(&socket);
        command.env("DISPLAY", &screen.display).env_remove("WAYLAND_DISPLAY");
        for (name, sub) in [("HOME", "home"), ("XDG_DATA_HOME", "data"), ("XDG_CACHE_HOME", "cache")] {
            command.env(name, data.join(sub));
        }
        let started = Instant::now();
        let mut running = Running::start(&mut command)?;
        let control = Lines::connect(&socket, &mut running)?;
        Ok(Self { running, control, started, screen })
    }

    fn state(&mut self) -> Outcome<Value> {
        self.control.send(&json!({"get": "state"}))?;
        self.control.until(|line| line.get("screen").map(|_| line.clone()))
    }

    fn until_screen(&mut self, name: &str) -> Outcome<()> {
        wait_for(&format!("the screen {name}"), BOUND, || {
            self.state().ok().filter(|s| s.get("screen").and_then(Value::as_str) == Some(name))
        })
        .map(drop)
    }

    fn until_playing(&mut self) -> Outcome<()> {
        wait_for("the picture", BOUND, || {
            let state = self.state().ok()?;
            (state.pointer("/player/phase").and_then(Value::as_str) == Some("playing")).then_some(())
        })
    }
}

/// mpv on a screen of its own, full screen, as quiet as it can be.
struct Mpv {
    running: Running,
    lines: Lines,
    screen: Screen,
}

impl Mpv {
    fn start(folder: &Path, media: &[&str]) -> Outcome<Self> {
        let screen = Screen::open(folder)?;
        let socket = fresh(folder, "mpv");
        let mut command = Command::new("mpv");
        command
            .args(["--no-config", "--fs", "--vo=x11", "--ao=null", "--osc=no", "--osd-level=0", "--loop-playlist=inf"])
            .args(["--idle=yes", "--force-window=yes"])
            .arg(format!("--input-ipc-server={}", socket.display()))
            .args(media)
            .env("DISPLAY", &screen.display)
            .env_remove("WAYLAND_DISPLAY");
        let mut running = Running::start(&mut command)?;
        let lines = Lines::connect(&socket, &mut running)?;
        Ok(Self { running, lines, screen })
    }

    fn until_frame(&mut self) -> Outcome<()> {
        self.lines.until(|l| (l.get("event")?.as_str()? == "playback-restart").then_some(()))
    }
}

fn ms(from: Instant) -> f64 {
    from.elapsed().as_secs_f64() * 1000.0
}

fn near(a: [u8; 3], b: [u8; 3]) -> bool {
    // Encoding and colour conversion move a value by a few steps.
    a.iter().zip(b).all(|(a, b)| a.abs_diff(b) < 30)
}

fn colour(screen: &Screen) -> Option<usize> {
    let seen = screen.pixel(PICTURE.0, PICTURE.1)?;
    COLOURS.iter().position(|c| near(*c, seen))
}

fn start(streams: &Streams, folder: &Path, table: &mut Table) {
    let data = fresh(folder, "data");
    // The first start fills the cache and warms the disk; the second is the one that a viewer has every day.
    let run = || -> Outcome<(f64, f64)> {
        let mut client = Client::start(streams, folder, &data)?;
        let began = client.started;
        client.until_screen("home")?;
        Ok((ms(began), client.running.resident_mb()?))
    };
    // Seen from outside: the first pixel that is not the empty root window.
    let first = || -> Outcome<f64> {
        let screen = Screen::open(folder)?;
        let empty = screen.settle((0, 1920), (0, 1080))?;
        let mut command = Command::new(PROGRAM);
        command.args(["run", "--operator", &streams.root]).env("DISPLAY", &screen.display);
        command.env_remove("WAYLAND_DISPLAY").env("HOME", data.join("home"));
        command.env("XDG_DATA_HOME", data.join("data")).env("XDG_CACHE_HOME", data.join("cache"));
        let began = Instant::now();
        let _running = Running::start(&mut command)?;
        wait_for("the first frame", BOUND, || (screen.sample((0, 1920), (0, 1080)) != empty).then(|| ms(began)))
    };
    let usable = run().and_then(|_| run()).map(|(ms, _)| format!("{ms:.0} ms"));
    table.row("process start → first frame", "≤ 500 ms", first().map(|ms| format!("{ms:.0} ms")), None);
    table.row("process start → usable home", "≤ 1000 ms", usable, None);
}

fn focus(streams: &Streams, folder: &Path, table: &mut Table) {
    let measure = || -> Outcome<Samples> {
        let mut client = Client::start(streams, folder, &fresh(folder, "data"))?;
        client.until_screen("home")?;
        client.until_playing()?;
        let (x, y) = TILES;
        client.screen.press(RIGHT)?;
        let mut taken = Vec::new();
        for turn in 0..30 {
            let before = client.screen.settle(x, y)?;
            let pressed = Instant::now();
            client.screen.press(if turn % 2 == 0 { DOWN } else { UP })?;
            taken.push(wait_for("the focus", BOUND, || (client.screen.sample(x, y) != before).then(|| ms(pressed)))?);
        }
        Samples::new(taken)
    };
    let value = measure().map(|s| format!("p50 {:.0} ms, p95 {:.0} ms", s.median(), s.at(0.95)));
    table.row("key → focus on the screen, live window playing", "p95 ≤ 25 ms", value, None);
}

fn on_demand(streams: &Streams, folder: &Path, table: &mut Table) {
    let ours = || -> Outcome<f64> {
        let screen = Screen::open(folder)?;
        let mut taken = Vec::new();
        for _ in 0..7 {
            let out = Command::new(PROGRAM)
                .args(["play", &streams.clip(), "--for", "1s", "--format", "json"])
                .env("DISPLAY", &screen.display)
                .env("HOME", folder)
                .output()
                .map_err(|e| e.to_string())?;
            let said: Value = serde_json::from_slice(&out.stdout)
                .map_err(|_| format!("{}: {}", out.status, String::from_utf8_lossy(&out.stderr).trim()))?;
            taken.push(said.get("first_frame_ms").and_then(Value::as_f64).ok_or("no picture")?);
        }
        Samples::new(taken).map(|s| s.median())
    };
    let theirs = || -> Outcome<f64> {
        let mut mpv = Mpv::start(folder, &[])?;
        let mut taken = Vec::new();
        for _ in 0..7 {
            let asked = Instant::now();
            mpv.lines.send(&json!({"command": ["loadfile", streams.clip()]}))?;
            mpv.until_frame()?;
            taken.push(ms(asked));
        }
        Samples::new(taken).map(|s| s.median())
    };
    let (ours, theirs) = (ours(), theirs());
    let figure = *ours.as_ref().unwrap_or(&f64::NAN);
    let value = ours.map(|ms| format!("{ms:.0} ms"));
    table.row("on-demand first frame, 1080p MP4, loopback", "≤ 300 ms", value, Some((theirs, figure, "ms")));
}

/// Goes up and down through the four channels and takes the time of each step: the median of twelve. Both programs
/// start on the first channel and have their own keys.
fn zaps(screen: &Screen, up: u32, down: u32) -> Outcome<f64> {
    let mut now = wait_for("a channel", BOUND, || colour(screen))?;
    let mut going_up = true;
    let mut taken = Vec::new();
    for _ in 0..12 {
        // A viewer looks for a moment before going on.
        thread::sleep(Duration::from_secs(2));
        going_up = if now + 1 == COLOURS.len() { false } else { going_up || now == 0 };
        let next = if going_up { now + 1 } else { now - 1 };
        let pressed = Instant::now();
        screen.press(if going_up { up } else { down })?;
        taken.push(wait_for("the next channel", BOUND, || (colour(screen) == Some(next)).then(|| ms(pressed)))?);
        now = next;
    }
    Samples::new(taken).map(|s| s.median())
}

fn zap(streams: &Streams, folder: &Path, table: &mut Table) {
    let ours = || -> Outcome<f64> {
        let mut client = Client::start(streams, folder, &fresh(folder, "data"))?;
        client.until_screen("home")?;
        client.screen.press(LIVE)?;
        client.until_playing()?;
        zaps(&client.screen, PAGE_UP, PAGE_DOWN)
    };
    let theirs = || -> Outcome<f64> {
        let four: Vec<String> = (1..=COLOURS.len()).map(|c| streams.channel(&c.to_string())).collect();
        let four: Vec<&str> = four.iter().map(String::as_str).collect();
        let mpv = Mpv::start(folder, &four)?;
        zaps(&mpv.screen, MPV_NEXT, MPV_PREVIOUS)
    };
    let (ours, theirs) = (ours(), theirs());
    let figure = *ours.as_ref().unwrap_or(&f64::NAN);
    let value = ours.map(|ms| format!("{ms:.0} ms"));
    table.row("zap, key → new picture, HLS, loopback, median of 12", "≤ 80 ms", value, Some((theirs, figure, "ms")));
}

fn full_hd(streams: &Streams, folder: &Path, table: &mut Table) {
    let ours = || -> Outcome<(f64, f64)> {
        let mut client = Client::start(streams, folder, &fresh(folder, "data"))?;
        client.until_screen("home")?;
        client.screen.press(LIVE)?;
        client.until_playing()?;
        client.screen.press(NINE)?;
        client.screen.press(ENTER)?;
        wait_for("the 1080p channel", BOUND, || colour(&client.screen).is_none().then_some(()))?;
        thread::sleep(WARM_UP);
        client.until_playing()?;
        let cpu = client.running.cpu_during(CPU_WINDOW)?;
        Ok((cpu, client.running.resident_mb()?))
    };
    let theirs = || -> Outcome<(f64, f64)> {
        let mut mpv = Mpv::start(folder, &[&streams.channel("hd")])?;
        mpv.until_frame()?;
        thread::sleep(WARM_UP);
        let cpu = mpv.running.cpu_during(CPU_WINDOW)?;
        Ok((cpu, mpv.running.resident_mb()?))
    };
    let (ours, theirs) = (ours(), theirs());
    let (cpu, resident) = *ours.as_ref().unwrap_or(&(f64::NAN, f64::NAN));
    let value = ours.clone().map(|(cpu, _)| format!("{cpu:.1} s in 10 s"));
    // In hundredths, so that the whole numbers of the table keep their meaning.
    let beside = theirs.clone().map(|(cpu, _)| cpu * 100.0);
    let budget = "≤ 0.75 × mpv (painted ≤ 1.3 ×)";
    table.row("CPU for 1080p HLS, full screen", budget, value, Some((beside, cpu * 100.0, "cs in 10 s")));
    let value = ours.map(|(_, mb)| format!("{mb:.0} MB"));
    table.row("resident memory, 1080p playing", "≤ 200 MB", value, Some((theirs.map(|(_, mb)| mb), resident, "MB")));
}

fn home(streams: &Streams, folder: &Path, table: &mut Table) {
    let measure = || -> Outcome<(f64, f64)> {
        let mut client = Client::start(streams, folder, &fresh(folder, "data"))?;
        client.until_screen("home")?;
        client.until_playing()?;
        // Home goes to full screen after 20 s without a key, so the window is shorter here.
        thread::sleep(WARM_UP);
        let cpu = client.running.cpu_during(Duration::from_secs(5))? * 2.0;
        Ok((cpu, client.running.resident_mb()?))
    };
    let measured = measure();
    let value = measured.clone().map(|(_, mb)| format!("{mb:.0} MB"));
    table.row("resident memory, Home with its live window", "≤ 160 MB", value, None);
    table.row(
        "CPU, Home with its live window (720p)",
        "–",
        measured.map(|(cpu, _)| format!("{cpu:.1} s in 10 s")),
        None,
    );
}

fn standby(streams: &Streams, folder: &Path, table: &mut Table) {
    let measure = || -> Outcome<f64> {
        let mut client = Client::start(streams, folder, &fresh(folder, "data"))?;
        client.until_screen("home")?;
        client.screen.press(POWER)?;
        client.until_screen("standby")?;
        thread::sleep(WARM_UP);
        client.running.cpu_during(CPU_WINDOW)
    };
    let value = measure().map(|cpu| format!("{:.1} % of a core", cpu * 10.0));
    table.row("CPU without video (standby)", "≤ 0.5 % of a core", value, None);
}
