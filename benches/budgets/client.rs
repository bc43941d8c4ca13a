//! The client itself on a screen of its own, worked by keys and asked by its control socket.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    Outcome,
    process::{Lines, Running, wait_for},
    screen::Screen,
};

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_jinse-xuetang");
/// Everything that is waited for comes long before, or does not come.
pub const BOUND: Duration = Duration::from_secs(20);
/// The ways to show a picture that are measured apart.
pub const WAYS: [&str; 2] = ["painted", "x11"];

pub fn fresh(folder: &Path, name: &str) -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    folder.join(format!("{name}-{}", NEXT.fetch_add(1, Ordering::Relaxed)))
}

pub fn ms(from: Instant) -> f64 {
    from.elapsed().as_secs_f64() * 1000.0
}

/// How the client is to be started.
pub struct Setup<'a> {
    pub folder: &'a Path,
    /// Data, cache and configuration; the same again is a second start.
    pub home: PathBuf,
    /// Address of the lineup; none is the demo operator.
    pub lineup: Option<String>,
    pub guide: Option<String>,
    pub catalogue: Option<String>,
    /// A value of `playback.video`.
    pub way: &'a str,
    /// Whether the neighbouring channels are kept ready.
    pub neighbours: bool,
    /// Endpoint of a record store.
    pub records: Option<String>,
}

impl<'a> Setup<'a> {
    pub fn new(folder: &'a Path, lineup: String) -> Self {
        Self { lineup: Some(lineup), ..Self::demo(folder) }
    }

    pub fn demo(folder: &'a Path) -> Self {
        Self {
            folder,
            home: fresh(folder, "home"),
            lineup: None,
            guide: None,
            catalogue: None,
            way: "auto",
            neighbours: true,
            records: None,
        }
    }

    pub fn shown(self, way: &'a str) -> Self {
        Self { way, ..self }
    }

    /// Every channel is met cold.
    pub fn alone(self) -> Self {
        Self { neighbours: false, ..self }
    }

    fn command(&self, screen: &Screen) -> Outcome<Command> {
        fs::create_dir_all(&self.home).map_err(|e| e.to_string())?;
        let config = self.home.join("config.toml");
        let mut text = format!("[playback]\nvideo = \"{}\"\nneighbours = {}\n", self.way, self.neighbours);
        if let Some(lineup) = &self.lineup {
            let guides = self.guide.iter().map(|g| format!("{g:?}")).collect::<Vec<_>>().join(", ");
            let _ = write!(text, "[operator]\nlineup = {lineup:?}\nguides = [{guides}]\n");
            if let Some(catalogue) = &self.catalogue {
                let _ = writeln!(text, "catalogue = {catalogue:?}");
            }
        }
        if let Some(lrs) = &self.records {
            let _ = writeln!(text, "[records]\nlrs = {lrs:?}");
        }
        fs::write(&config, text).map_err(|e| e.to_string())?;
        let mut command = Command::new(PROGRAM);
        command.arg("run").arg("--config").arg(config);
        command.arg("--data").arg(self.home.join("data")).arg("--cache").arg(self.home.join("cache"));
        // GStreamer's list of plugins is shared, as it is on a box: reading them all anew belongs to its first start.
        command.env("DISPLAY", &screen.display).env_remove("WAYLAND_DISPLAY");
        Ok(command)
    }

    /// Without a control socket, as a viewer has it.
    pub fn start_plain(&self, screen: &Screen) -> Outcome<Running> {
        Running::start(&mut self.command(screen)?)
    }

    pub fn start(&self) -> Outcome<Client> {
        let screen = Screen::open(self.folder)?;
        let socket = fresh(self.folder, "control");
        let mut command = self.command(&screen)?;
        command.arg("--control").arg(&socket);
        let started = Instant::now();
        let mut running = Running::start(&mut command)?;
        let control = Lines::connect(&socket, &mut running)?;
        Ok(Client { running, control, started, screen })
    }
}

pub struct Client {
    pub running: Running,
    control: Lines,
    pub started: Instant,
    pub screen: Screen,
}

impl Client {
    pub fn state(&mut self) -> Outcome<Value> {
        self.control.send(&json!({"get": "state"}))?;
        self.control.until(|line| line.get("screen").map(|_| line.clone()))
    }

    /// Presses by the socket what is only a step on the way to what is measured.
    pub fn key(&mut self, name: &str) -> Outcome<()> {
        self.control.send(&json!({"key": name}))?;
        self.control.until(|line| line.get("ok").map(drop))
    }

    pub fn until(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Outcome<()> {
        wait_for(what, BOUND, || self.state().ok().filter(|s| wanted(s))).map(drop)
    }

    pub fn until_screen(&mut self, name: &str) -> Outcome<()> {
        self.until(&format!("the screen {name}"), |s| s.get("screen").and_then(Value::as_str) == Some(name))
    }

    pub fn until_playing(&mut self) -> Outcome<()> {
        self.until("the picture", |s| {
            s.pointer("/player/phase").and_then(Value::as_str) == Some("playing")
                && s.pointer("/player/has_frame").and_then(Value::as_bool) == Some(true)
        })
    }

    /// Full-screen live, playing, with nothing over the picture.
    pub fn watch(&mut self) -> Outcome<()> {
        self.until_screen("home")?;
        self.until_playing()?;
        self.key("live")?;
        self.until_screen("live")
    }
}
