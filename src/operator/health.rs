//! Whether a machine can show the program, and what to install where it cannot. Only judging: what there is to see
//! arrives as plain `Findings`, so that every verdict is tested without the machine. Looking is `machine`.

use std::path::PathBuf;

use serde::Serialize;

use super::clock_note::ClockNote;
use crate::{
    player::elements::{ELEMENTS, Need},
    speech,
    time::{EARLIEST, UtcMs},
};

/// The version that the pipelines are written for and measured with.
const GSTREAMER_NEEDED: (u32, u32) = (1, 22);
/// History, its three backups and the guide's cache together need about half of this on a busy box.
const FREE_MB_WANTED: u64 = 200;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Ok,
    /// The program runs, with less.
    Warn,
    /// The program cannot do its work.
    Missing,
}

/// One line of the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    pub name: String,
    pub state: State,
    /// What was found.
    pub what: String,
    /// What to do about it; none when all is well.
    pub fix: Option<String>,
}

impl Check {
    fn ok(name: &str, what: impl Into<String>) -> Self {
        Self { name: name.into(), state: State::Ok, what: what.into(), fix: None }
    }

    fn warn(name: &str, what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { name: name.into(), state: State::Warn, what: what.into(), fix: Some(fix.into()) }
    }

    fn missing(name: &str, what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { name: name.into(), state: State::Missing, what: what.into(), fix: Some(fix.into()) }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    pub checks: Vec<Check>,
}

impl Report {
    /// The names of what is missing.
    pub fn missing(&self) -> Vec<&str> {
        self.checks.iter().filter(|c| c.state == State::Missing).map(|c| c.name.as_str()).collect()
    }
}

/// What a way to the screen answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Screen {
    /// It answers; the words say which it is.
    Answers(String),
    /// It is named (by the environment, by the kernel), but cannot be used: why, and what helps.
    Refuses { why: String, fix: String },
}

/// Where data is kept, what is in the way of writing there, and how much room is left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    pub path: PathBuf,
    pub refused: Option<String>,
    pub free_mb: Option<u64>,
}

/// Ways for sound to leave the machine, with the GStreamer element that leads there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sound {
    PipeWire,
    PulseAudio,
    Alsa,
}

impl Sound {
    fn name(self) -> &'static str {
        match self {
            Self::PipeWire => "PipeWire",
            Self::PulseAudio => "PulseAudio",
            Self::Alsa => "ALSA",
        }
    }

    /// Elements that lead there, with the package of the first.
    fn sinks(self) -> (&'static [&'static str], &'static str) {
        match self {
            Self::PipeWire => (&["pipewiresink", "pulsesink"], "gstreamer1.0-pipewire"),
            Self::PulseAudio => (&["pulsesink"], "gstreamer1.0-plugins-good"),
            Self::Alsa => (&["alsasink"], "gstreamer1.0-alsa"),
        }
    }
}

/// A machine to be asked. The real one is `machine::ThisMachine`; tests have their own.
pub trait Probe {
    /// The version of the GStreamer that is loaded, or why it does not start.
    fn gstreamer(&self) -> Result<(u32, u32, u32), String>;
    fn has_element(&self, name: &str) -> bool;
    /// Whether a program of this name is on PATH.
    fn has_program(&self, name: &str) -> bool;
    /// Every way to a screen that is named, best first.
    fn screens(&self) -> Vec<Screen>;
    fn sounds(&self) -> Vec<Sound>;
    /// A family with Chinese characters that fontconfig knows; an error when fontconfig cannot be asked.
    fn chinese_font(&self) -> Result<Option<String>, String>;
    fn data_folder(&self) -> Result<Folder, String>;
    fn now(&self) -> UtcMs;
    /// What the running program found out about the clock.
    fn clock_note(&self) -> Option<ClockNote>;
}

/// Looks at everything and says what was found.
pub fn examine(machine: &impl Probe) -> Report {
    let mut checks = gstreamer(machine);
    checks.push(display(&machine.screens()));
    checks.push(sound(machine));
    checks.push(voice(machine));
    checks.push(font(machine));
    checks.extend(data(machine));
    checks.push(clock(machine.now(), machine.clock_note().as_ref()));
    Report { checks }
}

fn install(package: &str) -> String {
    format!("apt-get install {package}")
}

fn gstreamer(machine: &impl Probe) -> Vec<Check> {
    let (major, minor, micro) = match machine.gstreamer() {
        Ok(version) => version,
        // Nothing can be said about elements then.
        Err(why) => {
            let what = format!("GStreamer does not start: {why}");
            return vec![Check::missing("gstreamer", what, install("libgstreamer1.0-0"))];
        }
    };
    let (want_major, want_minor) = GSTREAMER_NEEDED;
    let found = format!("GStreamer {major}.{minor}.{micro}");
    let mut checks = vec![if (major, minor) < GSTREAMER_NEEDED {
        let what = format!("{found} is older than {want_major}.{want_minor}");
        Check::missing("gstreamer", what, "use Debian 12 or newer, which brings it")
    } else {
        Check::ok("gstreamer", found)
    }];
    checks.extend(ELEMENTS.iter().map(|n| element(machine, n)));
    checks
}

fn element(machine: &impl Probe, need: &Need) -> Check {
    let wanted = need.name();
    let name = format!("element {wanted}");
    match need.any_of.iter().find(|e| machine.has_element(e)) {
        Some(found) if *found == wanted => Check::ok(&name, need.purpose),
        Some(found) => Check::ok(&name, format!("{} ({found})", need.purpose)),
        None => {
            let what = format!("{} is not installed; it {}", need.any_of.join(" or "), need.purpose);
            let make: fn(&str, String, String) -> Check = if need.essential { Check::missing } else { Check::warn };
            make(&name, what, install(need.package))
        }
    }
}

fn display(screens: &[Screen]) -> Check {
    const NAME: &str = "display";
    let answering: Vec<&str> =
        screens.iter().filter_map(|s| if let Screen::Answers(what) = s { Some(what.as_str()) } else { None }).collect();
    if !answering.is_empty() {
        return Check::ok(NAME, answering.join(", "));
    }
    let refusals = |pick: fn(&Screen) -> Option<&str>| screens.iter().filter_map(pick).collect::<Vec<_>>().join("; ");
    if screens.is_empty() {
        return Check::missing(
            NAME,
            "neither WAYLAND_DISPLAY nor DISPLAY is set, and no graphics card has a screen plugged in",
            "start it from a desktop, plug a screen in, or see it on a screen in memory: apt-get install xvfb, then \
             xvfb-run -s '-screen 0 1920x1080x24' jinse-xuetang tour --out DIR",
        );
    }
    Check::missing(
        NAME,
        refusals(|s| if let Screen::Refuses { why, .. } = s { Some(why) } else { None }),
        refusals(|s| if let Screen::Refuses { fix, .. } = s { Some(fix) } else { None }),
    )
}

fn sound(machine: &impl Probe) -> Check {
    const NAME: &str = "audio device";
    let ways = machine.sounds();
    let Some(first) = ways.first() else {
        return Check::warn(
            NAME,
            "no sound device: neither /dev/snd nor PulseAudio nor PipeWire; everything plays without sound",
            "connect a sound device, or start PipeWire or PulseAudio (apt-get install pipewire-audio)",
        );
    };
    match ways.iter().find(|w| w.sinks().0.iter().any(|s| machine.has_element(s))) {
        Some(way) => Check::ok(NAME, way.name()),
        None => {
            let (sinks, package) = first.sinks();
            let what = format!("{} is there, but no element for it ({})", first.name(), sinks.join(" or "));
            Check::warn(NAME, what, install(package))
        }
    }
}

fn voice(machine: &impl Probe) -> Check {
    const NAME: &str = "voice";
    if machine.has_program(speech::PROGRAM) {
        return Check::ok(NAME, format!("{} reads pages aloud", speech::PROGRAM));
    }
    let what = format!("{} is not installed; pages cannot be read aloud", speech::PROGRAM);
    Check::warn(NAME, what, install(speech::PROGRAM))
}

fn font(machine: &impl Probe) -> Check {
    const NAME: &str = "font";
    const BUNDLED: &str = "everyday Chinese characters are in the program";
    match machine.chinese_font() {
        Ok(Some(family)) => Check::ok(NAME, format!("{BUNDLED}; rare ones come from {family}")),
        Ok(None) => Check::warn(
            NAME,
            format!("{BUNDLED}, but no installed font has the rare ones (some names of people and places)"),
            install("fonts-noto-cjk"),
        ),
        Err(why) => {
            Check::warn(NAME, format!("{BUNDLED}; the system's could not be listed: {why}"), install("fontconfig"))
        }
    }
}

fn data(machine: &impl Probe) -> Vec<Check> {
    const NAME: &str = "data folder";
    let folder = match machine.data_folder() {
        Ok(folder) => folder,
        Err(why) => return vec![Check::warn(NAME, why, "set HOME or XDG_DATA_HOME to a folder of this user")],
    };
    let path = folder.path.display();
    let mut checks = vec![match &folder.refused {
        None => Check::ok(NAME, format!("{path} can be written")),
        Some(why) => Check::warn(
            NAME,
            format!("{path} cannot be written ({why}): programmes play, but nothing is remembered"),
            format!("make it a folder of this user: mkdir -p {path} && chown $(id -un) {path}"),
        ),
    }];
    match folder.free_mb {
        Some(free) if free < FREE_MB_WANTED => checks.push(Check::warn(
            "disk space",
            format!("{free} MB free at {path}; {FREE_MB_WANTED} MB are wanted"),
            "make room: apt-get clean, journalctl --vacuum-size=100M",
        )),
        Some(free) => checks.push(Check::ok("disk space", format!("{free} MB free at {path}"))),
        None => {}
    }
    checks
}

fn clock(now: UtcMs, note: Option<&ClockNote>) -> Check {
    const NAME: &str = "clock";
    let shown = jiff::Timestamp::from_millisecond(now.0).ok().map(|t| t.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    match shown {
        Some(shown) if now >= EARLIEST => match note {
            None => Check::ok(NAME, shown),
            Some(note) => {
                let what = format!("the clock says {shown}, {}, whose time is shown", note.in_words());
                Check::warn(NAME, what, "set the time: timedatectl set-ntp true")
            }
        },
        shown => {
            let shown = shown.unwrap_or_else(|| "a time beyond all calendars".into());
            let what = format!("the clock says {shown}, which cannot be: no secure address will open");
            Check::warn(NAME, what, "set the time: timedatectl set-ntp true")
        }
    }
}

#[cfg(test)]
mod tests;
