//! Looking at this machine: GStreamer's registry, sockets, device files, folders. Facts only; verdicts are `health`'s.
//! Nothing here reaches beyond this machine, and nothing waits longer than it must.

use std::{
    fs, io,
    os::unix::{ffi::OsStrExt, fs::PermissionsExt, net::UnixStream},
    path::{Path, PathBuf},
    process::Command,
    sync::mpsc,
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::{
    clock_note::ClockNote,
    health::{Folder, Probe, Screen, Sound},
};
use crate::time::UtcMs;

/// A display server on the same machine answers in milliseconds; a hung one never does.
const DISPLAY_ANSWERS_WITHIN: Duration = Duration::from_secs(3);

/// The machine that the program runs on.
pub struct ThisMachine {
    /// Where data would be kept, when it is not the usual place.
    pub data: Option<PathBuf>,
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|v| !v.is_empty())
}

/// The folder for the viewer's data: systemd's, else the user's own.
pub fn usual_data_folder() -> Option<PathBuf> {
    if let Some(given) = variable("STATE_DIRECTORY") {
        // systemd separates several by colons; the unit names one.
        return given.split(':').next().map(PathBuf::from);
    }
    let base = variable("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or_else(|| variable("HOME").map(|home| Path::new(&home).join(".local/share")))?;
    Some(base.join("jinse-xuetang"))
}

fn is_program(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

impl Probe for ThisMachine {
    fn gstreamer(&self) -> Result<(u32, u32, u32), String> {
        gstreamer::init().map_err(|e| e.to_string())?;
        let (major, minor, micro, _) = gstreamer::version();
        Ok((major, minor, micro))
    }

    fn has_element(&self, name: &str) -> bool {
        // Loading the plugin too: a registry may still name one whose file is gone.
        gstreamer::ElementFactory::find(name).is_some_and(|factory| {
            use gstreamer::prelude::PluginFeatureExtManual;
            factory.load().is_ok()
        })
    }

    fn has_program(&self, name: &str) -> bool {
        let paths = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&paths).any(|dir| is_program(&dir.join(name)))
    }

    fn screens(&self) -> Vec<Screen> {
        let mut screens = Vec::new();
        screens.extend(variable("WAYLAND_DISPLAY").map(|name| wayland(&name)));
        screens.extend(variable("DISPLAY").map(|name| x11(&name)));
        screens.extend(graphics_cards(Path::new("/sys/class/drm"), Path::new("/dev/dri")));
        screens
    }

    fn sounds(&self) -> Vec<Sound> {
        let runtime = variable("XDG_RUNTIME_DIR").map(PathBuf::from);
        let answers = |name: &str| runtime.as_ref().is_some_and(|r| UnixStream::connect(r.join(name)).is_ok());
        let mut ways = Vec::new();
        if answers("pipewire-0") {
            ways.push(Sound::PipeWire);
        }
        if answers("pulse/native") || variable("PULSE_SERVER").is_some() {
            ways.push(Sound::PulseAudio);
        }
        if has_playback_device(Path::new("/dev/snd")) {
            ways.push(Sound::Alsa);
        }
        ways
    }

    fn chinese_font(&self) -> Result<Option<String>, String> {
        let out = Command::new("fc-list")
            .args([":lang=zh-cn", "family"])
            .output()
            .map_err(|e| format!("fc-list does not run ({e})"))?;
        let families = String::from_utf8_lossy(&out.stdout);
        // "Family,Translated name,…" a line. One made for simplified characters first, then the plainest name.
        Ok(families
            .lines()
            .filter_map(|line| line.split(',').next())
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .min_by_key(|name| (!name.ends_with(" SC"), name.len(), name.to_string()))
            .map(str::to_owned))
    }

    fn data_folder(&self) -> Result<Folder, String> {
        let path = self
            .data
            .clone()
            .or_else(usual_data_folder)
            .ok_or("no folder for data: neither HOME nor XDG_DATA_HOME is set")?;
        let place = nearest_existing(&path);
        let refused = write_probe(&place).err().map(|e| e.to_string());
        Ok(Folder { refused, free_mb: free_mb(&place), path })
    }

    fn now(&self) -> UtcMs {
        let ms = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
        };
        UtcMs(ms)
    }

    fn clock_note(&self) -> Option<ClockNote> {
        ClockNote::load(&self.data.clone().or_else(usual_data_folder)?)
    }
}

fn wayland(name: &str) -> Screen {
    let path = match variable("XDG_RUNTIME_DIR") {
        _ if name.starts_with('/') => PathBuf::from(name),
        Some(runtime) => Path::new(&runtime).join(name),
        None => {
            return Screen::Refuses {
                why: format!("WAYLAND_DISPLAY is {name}, but XDG_RUNTIME_DIR is not set"),
                fix: "start it from a session of the desktop".into(),
            };
        }
    };
    match UnixStream::connect(&path) {
        Ok(_) => Screen::Answers(format!("Wayland {name}")),
        Err(e) => Screen::Refuses {
            why: format!("WAYLAND_DISPLAY is {name}, but {} does not answer ({e})", path.display()),
            fix: "start it from a session of the desktop, or unset WAYLAND_DISPLAY".into(),
        },
    }
}

/// The number of a display on this machine; none for one that is elsewhere.
fn local_display(name: &str) -> Option<u32> {
    let (host, rest) = name.rsplit_once(':')?;
    matches!(host, "" | "unix").then(|| rest.split('.').next()?.parse().ok()).flatten()
}

fn x11(name: &str) -> Screen {
    if local_display(name).is_none() {
        // Asking another machine is for whoever set the variable to decide.
        return Screen::Answers(format!("X11 {name} (on another machine, not tried)"));
    }
    let (send, receive) = mpsc::channel();
    let asked = name.to_owned();
    // A thread, since a server that hangs would hold the caller for ever. It ends with the process.
    thread::spawn(move || {
        use x11rb::connection::Connection;
        let answer = x11rb::connect(Some(&asked)).map_err(|e| e.to_string()).and_then(|(connection, screen)| {
            let screen = connection.setup().roots.get(screen).ok_or("it has no screen")?;
            Ok(format!("{}×{}", screen.width_in_pixels, screen.height_in_pixels))
        });
        // Nobody listens any more when it took too long.
        let _ = send.send(answer);
    });
    match receive.recv_timeout(DISPLAY_ANSWERS_WITHIN) {
        Ok(Ok(size)) => Screen::Answers(format!("X11 {name}, {size}")),
        Ok(Err(why)) => Screen::Refuses {
            why: format!("DISPLAY is {name}, but it cannot be used ({why})"),
            fix: "start an X server there, or unset DISPLAY".into(),
        },
        Err(_) => Screen::Refuses {
            why: format!("DISPLAY is {name}, but it does not answer within 3 s"),
            fix: "start that X server again".into(),
        },
    }
}

/// Screens that are plugged into graphics cards, for starting without a desktop.
fn graphics_cards(sys: &Path, dev: &Path) -> Vec<Screen> {
    let Ok(entries) = fs::read_dir(sys) else { return Vec::new() };
    let mut connectors: Vec<_> = entries.flatten().map(|e| e.path()).collect();
    connectors.sort();
    let mut screens = Vec::new();
    for connector in connectors {
        let plugged = fs::read_to_string(connector.join("status")).is_ok_and(|s| s.trim() == "connected");
        let Some((card, socket)) = connector.file_name().and_then(|n| n.to_str()).and_then(|n| n.split_once('-'))
        else {
            continue;
        };
        if !plugged {
            continue;
        }
        let device = dev.join(card);
        screens.push(match fs::OpenOptions::new().read(true).write(true).open(&device) {
            Ok(_) => Screen::Answers(format!("screen {socket} at {}", device.display())),
            Err(e) => Screen::Refuses {
                why: format!("screen {socket} is plugged into {}, which cannot be opened ({e})", device.display()),
                fix: "usermod -aG video,input $(id -un), then log in again".into(),
            },
        });
    }
    screens
}

/// ALSA names playback devices `pcmC0D0p`.
fn has_playback_device(dir: &Path) -> bool {
    fs::read_dir(dir).is_ok_and(|entries| {
        entries.flatten().any(|e| {
            let name = e.file_name();
            name.as_bytes().starts_with(b"pcm") && name.as_bytes().ends_with(b"p")
        })
    })
}

/// The folder itself, or the nearest one above it that is there: looking must not create anything that stays.
fn nearest_existing(path: &Path) -> PathBuf {
    path.ancestors().find(|p| p.exists()).map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// Writes a file and removes it: permission bits alone do not show a read-only or full file system.
fn write_probe(dir: &Path) -> io::Result<()> {
    let path = dir.join(format!(".jinse-xuetang-doctor-{}", std::process::id()));
    let written = fs::write(&path, b"may be removed");
    let removed = fs::remove_file(&path);
    written.and(removed)
}

fn free_mb(dir: &Path) -> Option<u64> {
    let path = std::ffi::CString::new(dir.as_os_str().as_bytes()).ok()?;
    let mut stat = std::mem::MaybeUninit::<libc::statvfs>::uninit();
    // SAFETY: `path` ends with a zero byte and lives through the call; `stat` is large enough for what is written.
    #[allow(unsafe_code)]
    let stat = unsafe {
        if libc::statvfs(path.as_ptr(), stat.as_mut_ptr()) != 0 {
            return None;
        }
        stat.assume_init()
    };
    // The types differ between systems.
    #[allow(clippy::useless_conversion, clippy::unnecessary_cast)]
    let bytes = (stat.f_bavail as u64).saturating_mul(stat.f_frsize as u64);
    Some(bytes / 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_display_elsewhere_is_told_from_one_here() {
        assert_eq!(local_display(":0"), Some(0));
        assert_eq!(local_display("unix:12.1"), Some(12));
        assert_eq!(local_display("somewhere:0"), None);
        assert_eq!(local_display(""), None);
        assert_eq!(local_display(":x"), None);
    }

    #[test]
    fn only_a_plugged_screen_counts() {
        let root = tempfile::tempdir().unwrap();
        let (sys, dev) = (root.path().join("sys"), root.path().join("dev"));
        for (name, status) in [("card0-HDMI-A-1", "connected\n"), ("card0-DP-1", "disconnected\n")] {
            fs::create_dir_all(sys.join(name)).unwrap();
            fs::write(sys.join(name).join("status"), status).unwrap();
        }
        fs::create_dir_all(sys.join("card0")).unwrap();
        fs::create_dir_all(&dev).unwrap();
        let refused = graphics_cards(&sys, &dev);
        assert!(matches!(refused.as_slice(), [Screen::Refuses { .. }]), "{refused:?}");
        fs::write(dev.join("card0"), "").unwrap();
        let found = graphics_cards(&sys, &dev);
        assert!(matches!(found.as_slice(), [Screen::Answers(what)] if what.contains("HDMI-A-1")), "{found:?}");
        assert!(graphics_cards(&root.path().join("nothing"), &dev).is_empty());
    }

    #[test]
    fn looking_at_a_folder_leaves_nothing_behind() {
        let root = tempfile::tempdir().unwrap();
        let machine = ThisMachine { data: Some(root.path().join("not/there/yet")) };
        let folder = machine.data_folder().unwrap();
        assert_eq!(folder.refused, None);
        assert!(folder.free_mb.is_some());
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
        let machine = ThisMachine { data: Some("/proc/jinse-xuetang".into()) };
        assert!(machine.data_folder().unwrap().refused.is_some());
    }

    #[test]
    fn recording_devices_make_no_sound() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("pcmC0D0c"), "").unwrap();
        fs::write(dir.path().join("controlC0"), "").unwrap();
        assert!(!has_playback_device(dir.path()));
        fs::write(dir.path().join("pcmC0D0p"), "").unwrap();
        assert!(has_playback_device(dir.path()));
    }
}
