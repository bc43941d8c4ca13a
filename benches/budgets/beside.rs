//! The players that stand beside the client, each on a screen of its own, as quiet as they can be.

use std::{path::Path, process::Command};

use crate::{
    Outcome,
    client::fresh,
    process::{Lines, Running},
    screen::Screen,
};

pub struct Mpv {
    pub running: Running,
    pub lines: Lines,
    pub screen: Screen,
}

impl Mpv {
    pub fn start(folder: &Path, media: &[&str]) -> Outcome<Self> {
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

    pub fn until_frame(&mut self) -> Outcome<()> {
        self.lines.until(|l| (l.get("event")?.as_str()? == "playback-restart").then_some(()))
    }
}

pub struct GstPlay {
    pub running: Running,
    pub screen: Screen,
}

impl GstPlay {
    pub fn start(folder: &Path, media: &str) -> Outcome<Self> {
        let screen = Screen::open(folder)?;
        let mut command = Command::new("gst-play-1.0");
        command
            .args(["--no-interactive", "--quiet", "--use-playbin3"])
            .args(["--videosink=ximagesink", "--audiosink=fakesink sync=true", media])
            .env("DISPLAY", &screen.display)
            .env_remove("WAYLAND_DISPLAY");
        Ok(Self { running: Running::start(&mut command)?, screen })
    }
}
