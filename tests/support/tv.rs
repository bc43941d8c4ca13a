//! The real program on a screen of its own, driven as a viewer drives it and asked what it thinks it shows.

use std::{
    fs::{self, File},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, ExitStatus},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use image::RgbImage;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    line::Line,
    screen::{Key, Rect, Screen},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_jinse-xuetang");
/// Bounds are for a machine that has much else to do; a test that passes is far below them.
const START_WITHIN: Duration = Duration::from_secs(60);
const ANSWER_WITHIN: Duration = Duration::from_secs(20);
pub const SOON: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// A short press: longer than a bouncing contact, shorter than what the program takes for holding.
const PRESS: Duration = Duration::from_millis(40);
/// What lies between two presses of a calm hand. Nearer together the program takes them for a contact that bounces,
/// and two of 确认 for a thumb that trembles.
const BETWEEN: Duration = Duration::from_millis(60);
const BETWEEN_OK: Duration = Duration::from_millis(350);

/// Pictures are decoded and drawn without hardware; two programs at once on two cores only get in each other's way.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

#[derive(Default)]
pub struct TvOptions {
    /// The root of an operator's server; without one the program starts its own.
    pub operator: Option<String>,
    /// Where the viewer's data lies; a new empty place without it.
    pub data: Option<PathBuf>,
    pub cache: Option<PathBuf>,
    /// A standing wall clock, RFC 3339.
    pub clock: Option<String>,
    pub args: Vec<String>,
    pub env: Vec<(String, String)>,
}

impl TvOptions {
    pub fn operator(url: impl Into<String>) -> Self {
        Self { operator: Some(url.into()), ..Self::default() }
    }
}

pub struct Tv {
    options: TvOptions,
    place: TempDir,
    program: Option<Child>,
    control: Option<Line>,
    pub screen: Screen,
    last_press: Option<(String, Instant)>,
    _alone: MutexGuard<'static, ()>,
}

impl Tv {
    /// Starts the program and waits until Home is on the screen.
    pub fn start(options: TvOptions) -> Self {
        let alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let place = tempfile::tempdir().unwrap();
        let screen = Screen::start();
        let mut tv = Self { options, place, program: None, control: None, screen, last_press: None, _alone: alone };
        tv.launch();
        tv
    }

    pub fn data_dir(&self) -> PathBuf {
        self.options.data.clone().unwrap_or_else(|| self.place.path().join("data"))
    }

    pub fn cache_dir(&self) -> PathBuf {
        self.options.cache.clone().unwrap_or_else(|| self.place.path().join("cache"))
    }

    /// Where the program listens.
    pub fn socket(&self) -> PathBuf {
        self.place.path().join("control")
    }

    fn log_path(&self) -> PathBuf {
        self.place.path().join("log")
    }

    /// The wall clock of the next start.
    pub fn set_clock(&mut self, time: &str) {
        self.options.clock = Some(time.to_owned());
    }

    /// Starts the program again after it has ended, on the same screen with the same data.
    pub fn launch(&mut self) {
        assert!(self.program.is_none(), "the program still runs");
        let socket = self.socket();
        let mut command = super::command(PROGRAM);
        command.args(["-v", "run", "--control"]).arg(&socket);
        command.arg("--data").arg(self.data_dir()).arg("--cache").arg(self.cache_dir());
        if let Some(url) = &self.options.operator {
            command.args(["--operator", url]);
        }
        if let Some(time) = &self.options.clock {
            command.args(["--clock", time]);
        }
        command.args(&self.options.args);
        let log = File::options().create(true).append(true).open(self.log_path()).unwrap();
        command.stdout(log.try_clone().unwrap()).stderr(log);
        command.env_remove("WAYLAND_DISPLAY").env("DISPLAY", self.screen.display());
        command.env("HOME", self.place.path()).env("TZ", "Asia/Shanghai");
        // Looking through all plugins takes seconds; the outcome is shared by the tests.
        command.env("GST_REGISTRY", Path::new(env!("CARGO_TARGET_TMPDIR")).join("gstreamer-registry.bin"));
        command.envs(self.options.env.iter().map(|(k, v)| (k, v)));
        self.program = Some(command.spawn().unwrap_or_else(|e| panic!("{}", super::missing("setpriv", &e))));
        let since = Instant::now();
        let stream = loop {
            if let Ok(stream) = UnixStream::connect(&socket) {
                break stream;
            }
            self.check_alive();
            assert!(since.elapsed() < START_WITHIN, "no control socket in time\n{}", self.log_tail());
            std::thread::sleep(LOOK_EVERY);
        };
        self.control = Some(Line::new(stream, ANSWER_WITHIN));
        self.until("Home after the start", START_WITHIN, |s| s["screen"] == "home");
        let since = Instant::now();
        while !self.screen.focus_program() {
            assert!(since.elapsed() < START_WITHIN, "no window in time\n{}", self.log_tail());
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// Presses and releases a key of the keyboard, by its X name.
    pub fn press(&mut self, key: &str) {
        self.hold(key, u64::try_from(PRESS.as_millis()).unwrap());
    }

    /// Keys one after the other.
    pub fn type_keys(&mut self, keys: &str) {
        for key in keys.split_whitespace() {
            self.press(key);
        }
    }

    pub fn hold(&mut self, key: &str, ms: u64) {
        self.key_down(key);
        std::thread::sleep(Duration::from_millis(ms));
        self.key_up(key);
    }

    /// Presses a key and waits for what it brings about.
    pub fn press_until(&mut self, key: &str, what: &str, reached: impl Fn(&Value) -> bool) -> Value {
        self.press(key);
        self.until(what, SOON, reached)
    }

    /// Presses a key until the focus is there, at most `times` times.
    pub fn press_to(&mut self, key: &str, focus: &str, times: usize) -> Value {
        for _ in 0..times {
            let before = self.state();
            if before["focus"]["id"] == focus {
                return before;
            }
            self.press_until(key, "the focus moves", |s| s["focus"]["id"] != before["focus"]["id"]);
        }
        self.until(&format!("the focus on {focus}"), SOON, |s| s["focus"]["id"] == focus)
    }

    /// Waits for a picture that plays.
    pub fn until_playing(&mut self) -> Value {
        self.until("a picture that plays", SOON, |s| {
            s["player"]["has_frame"] == true && s["player"]["phase"] == "playing"
        })
    }

    pub fn key_down(&mut self, key: &str) {
        if let Some((last, at)) = &self.last_press {
            let both_ok = key == "Return" && last == "Return";
            let gap = if both_ok { BETWEEN_OK } else { BETWEEN };
            std::thread::sleep(gap.saturating_sub(at.elapsed()));
        }
        self.last_press = Some((key.to_owned(), Instant::now()));
        self.screen.focus_program();
        self.screen.key(Key::named(key), true);
    }

    pub fn key_up(&mut self, key: &str) {
        self.last_press = Some((key.to_owned(), Instant::now()));
        self.screen.key(Key::named(key), false);
    }

    /// One request on the control socket and its answer.
    pub fn ask(&mut self, request: &Value) -> Value {
        match self.try_ask(request) {
            Ok(answer) => answer,
            Err(e) => {
                // A program that dies closes its socket before it can be waited for.
                std::thread::sleep(Duration::from_secs(1));
                self.check_alive();
                panic!("no answer to {request}: {e}\n{}", self.log_tail());
            }
        }
    }

    fn try_ask(&mut self, request: &Value) -> Result<Value, std::io::Error> {
        let control = self.control.as_mut().expect("the program runs");
        control.send(format!("{request}\n").as_bytes())?;
        control.receive()
    }

    pub fn state(&mut self) -> Value {
        self.ask(&json!({"get": "state"}))
    }

    /// Moves the program's clock forward: every wait that ends in between is over.
    pub fn advance_clock(&mut self, ms: u64) {
        let answer = self.ask(&json!({"clock": {"advance_ms": ms}}));
        assert_eq!(answer["ok"], true, "{answer}");
    }

    /// Waits until the state is as described. Fails with all that helps to see why it did not come.
    pub fn until(&mut self, what: &str, bound: Duration, reached: impl Fn(&Value) -> bool) -> Value {
        let since = Instant::now();
        loop {
            let state = self.state();
            if reached(&state) {
                return state;
            }
            if since.elapsed() > bound {
                self.fail(&format!("not within {bound:?}: {what}"));
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// Waits for what the pixels say.
    pub fn until_seen(&mut self, what: &str, bound: Duration, seen: impl Fn(&RgbImage) -> bool) -> RgbImage {
        let since = Instant::now();
        loop {
            let picture = self.screen.picture();
            if seen(&picture) {
                return picture;
            }
            if since.elapsed() > bound {
                self.fail(&format!("not seen within {bound:?}: {what}"));
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// Waits until the log has `text` in so many lines.
    pub fn until_logged(&mut self, text: &str, times: usize, bound: Duration) {
        let since = Instant::now();
        while self.log().lines().filter(|line| line.contains(text)).count() < times {
            if since.elapsed() > bound {
                self.fail(&format!("not {times} times in the log within {bound:?}: {text}"));
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// The state holds as described for `time`: for what must not happen.
    pub fn stays(&mut self, what: &str, time: Duration, holds: impl Fn(&Value) -> bool) {
        let since = Instant::now();
        while since.elapsed() < time {
            let state = self.state();
            if !holds(&state) {
                self.fail(&format!("did not stay: {what}"));
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// Ends the test with the state, the log and the place of a picture of the screen.
    pub fn fail(&mut self, what: &str) -> ! {
        self.check_alive();
        let picture = self.save_screen();
        let state = self.try_ask(&json!({"get": "state"})).unwrap_or_default();
        let state = serde_json::to_string_pretty(&state).unwrap();
        panic!("{what}\nstate: {state}\nscreen: {}\nlog:\n{}", picture.display(), self.log_tail());
    }

    /// Saves what is on the screen below target/tmp and says where.
    pub fn save_screen(&self) -> PathBuf {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("screens");
        fs::create_dir_all(&dir).unwrap();
        let test = std::thread::current().name().unwrap_or("test").replace("::", "-");
        let path = dir.join(format!("{test}-{}.png", NUMBER.fetch_add(1, Ordering::Relaxed)));
        self.screen.picture().save(&path).unwrap();
        path
    }

    pub fn picture(&self) -> RgbImage {
        self.screen.picture()
    }

    pub fn region_changes(&self, rect: Rect, bound: Duration) -> bool {
        self.screen.changes(rect, bound)
    }

    pub fn log_tail(&self) -> String {
        let log = fs::read_to_string(self.log_path()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(60)..].join("\n")
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    pub fn pid(&self) -> u32 {
        self.program.as_ref().expect("the program runs").id()
    }

    fn check_alive(&mut self) {
        if let Some(status) = self.program.as_mut().and_then(|p| p.try_wait().unwrap()) {
            panic!("the program ended: {status}\n{}", self.log_tail());
        }
    }

    /// Waits for the program to end by itself.
    pub fn ended(&mut self, bound: Duration) -> ExitStatus {
        let since = Instant::now();
        loop {
            if let Some(status) = self.program.as_mut().expect("the program was started").try_wait().unwrap() {
                self.program = None;
                self.control = None;
                return status;
            }
            if since.elapsed() > bound {
                self.fail(&format!("the program did not end within {bound:?}"));
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// What a power cut does to the program.
    pub fn kill9(&mut self) {
        if let Some(mut program) = self.program.take() {
            let _ = program.kill();
            let _ = program.wait();
        }
        self.control = None;
    }

    /// Ends the program the way a viewer on a desktop does, with the window's close button.
    pub fn close(&mut self) -> ExitStatus {
        self.screen.ask_to_close();
        self.ended(SOON)
    }
}

impl Drop for Tv {
    fn drop(&mut self) {
        self.kill9();
    }
}
