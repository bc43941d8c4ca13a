//! Programs that are started, looked at from outside, and ended again.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::{net::UnixStream, process::CommandExt as _},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::Outcome;

/// Ends its process when dropped.
pub struct Running {
    child: Child,
    /// Its children end with it.
    group: bool,
}

impl Running {
    pub fn start(command: &mut Command) -> Outcome<Self> {
        Self::spawn(command, false)
    }

    /// For a program whose start is a script.
    pub fn start_group(command: &mut Command) -> Outcome<Self> {
        Self::spawn(command.process_group(0), true)
    }

    /// With what it writes.
    pub fn start_piped(command: &mut Command) -> Outcome<(Self, ChildStdout)> {
        let mut running = Self::spawn_with(command, false, Stdio::piped())?;
        let written = running.child.stdout.take().ok_or("a program without its output")?;
        Ok((running, written))
    }

    fn spawn(command: &mut Command, group: bool) -> Outcome<Self> {
        Self::spawn_with(command, group, Stdio::null())
    }

    fn spawn_with(command: &mut Command, group: bool, written: Stdio) -> Outcome<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let quiet = command.stdin(Stdio::null()).stdout(written).stderr(Stdio::null());
        quiet.spawn().map(|child| Self { child, group }).map_err(|e| format!("{name}: {e}"))
    }

    /// Seconds of processor time so far, all threads together.
    pub fn cpu_seconds(&self) -> Outcome<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).map_err(|e| e.to_string())?;
        // The name in parentheses may hold spaces; utime and stime are the 12th and 13th after it.
        let after = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        let ticks: f64 = after.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok()).sum();
        // A tick is a hundredth of a second on every Linux that this runs on.
        Ok(ticks / 100.0)
    }

    /// How it ended, if it did.
    pub fn ended(&mut self) -> Option<String> {
        self.child.try_wait().ok().flatten().map(|status| format!("the program ended by itself ({status})"))
    }

    /// Processor seconds spent in the next `window`.
    pub fn cpu_during(&self, window: Duration) -> Outcome<f64> {
        let before = self.cpu_seconds()?;
        thread::sleep(window);
        Ok(self.cpu_seconds()? - before)
    }

    pub fn resident_mb(&self) -> Outcome<f64> {
        self.status_mb("VmRSS:")
    }

    /// The most that was resident since `forget_peak`, or since the start.
    pub fn peak_mb(&self) -> Outcome<f64> {
        self.status_mb("VmHWM:")
    }

    pub fn forget_peak(&self) -> Outcome<()> {
        // 5 is the kernel's word for it.
        fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5").map_err(|e| e.to_string())
    }

    fn status_mb(&self, name: &str) -> Outcome<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).map_err(|e| e.to_string())?;
        let line = status.lines().find_map(|l| l.strip_prefix(name)).ok_or("the process is gone")?;
        let kb: f64 = line.trim().trim_end_matches(" kB").parse().map_err(|_| format!("{name} is no number"))?;
        Ok(kb / 1000.0)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.group {
            let group = format!("-{}", self.child.id());
            let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks `look` until it gives something, at most for `bound`.
pub fn wait_for<T>(what: &str, bound: Duration, mut look: impl FnMut() -> Option<T>) -> Outcome<T> {
    let from = Instant::now();
    loop {
        if let Some(found) = look() {
            return Ok(found);
        }
        if from.elapsed() > bound {
            return Err(format!("{what} did not come within {} s", bound.as_secs()));
        }
        // Short beside every figure that is measured, long enough to leave the cores to what is measured.
        thread::sleep(Duration::from_millis(1));
    }
}

/// A socket that speaks JSON lines: the client's control socket, and mpv's.
pub struct Lines {
    write: UnixStream,
    read: BufReader<UnixStream>,
}

impl Lines {
    /// Connects to the socket of a program that has just been started.
    pub fn connect(path: &Path, of: &mut Running) -> Outcome<Self> {
        let write = wait_for("the socket", Duration::from_secs(15), || match UnixStream::connect(path) {
            Ok(stream) => Some(Ok(stream)),
            Err(_) => of.ended().map(Err),
        })??;
        write.set_read_timeout(Some(Duration::from_secs(15))).map_err(|e| e.to_string())?;
        let read = BufReader::new(write.try_clone().map_err(|e| e.to_string())?);
        Ok(Self { write, read })
    }

    pub fn send(&mut self, value: &serde_json::Value) -> Outcome<()> {
        self.write.write_all(format!("{value}\n").as_bytes()).map_err(|e| e.to_string())
    }

    /// The next line that `wanted` takes.
    pub fn until<T>(&mut self, wanted: impl Fn(&serde_json::Value) -> Option<T>) -> Outcome<T> {
        loop {
            let mut line = String::new();
            if self.read.read_line(&mut line).map_err(|e| e.to_string())? == 0 {
                return Err("the socket was closed".into());
            }
            if let Some(found) = serde_json::from_str(&line).ok().as_ref().and_then(&wanted) {
                return Ok(found);
            }
        }
    }
}
