//! A screen in memory: real key presses go in by XTEST, pixels come out of the frame buffer's file.

use std::{
    fs::File,
    io::{BufRead, BufReader, IoSlice},
    os::unix::fs::FileExt,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use x11rb::{
    connection::{Connection, RequestConnection},
    protocol::xproto::{ConnectionExt as _, KEY_PRESS_EVENT, KEY_RELEASE_EVENT},
    rust_connection::RustConnection,
};

use crate::{
    Outcome,
    process::{Running, wait_for},
};

const WIDTH: u64 = 1920;
/// From and to, of columns and of lines.
pub type Rect = ((u64, u64), (u64, u64));
pub const ALL: Rect = ((0, WIDTH), (0, 1080));

pub struct Screen {
    xvfb: Child,
    pub display: String,
    _manager: Running,
    connection: RustConnection,
    pixels: File,
    /// The number of the extension that presses keys.
    xtest: u8,
    /// Where the first pixel lies in the file, and how long a line is.
    start: u64,
    stride: u64,
}

impl Screen {
    pub fn open(folder: &Path) -> Outcome<Self> {
        let buffer = tempfile::tempdir_in(folder).map_err(|e| e.to_string())?.keep();
        let mut xvfb = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1920x1080x24", "-nolisten", "tcp", "-fbdir"])
            .arg(&buffer)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| format!("Xvfb: {e}"))?;
        let mut number = String::new();
        let told = xvfb.stdout.take().ok_or("Xvfb has no output")?;
        BufReader::new(told).read_line(&mut number).map_err(|e| e.to_string())?;
        let display = format!(":{}", number.trim());
        // Keys go to the window that has the focus, and somebody must give it.
        let mut manager = Command::new("matchbox-window-manager");
        manager.args(["-use_titlebar", "no"]).env("DISPLAY", &display);
        let manager = Running::start(&mut manager)?;
        let (connection, _) = x11rb::connect(Some(&display)).map_err(|e| e.to_string())?;
        let xtest = connection.extension_information("XTEST").map_err(|e| e.to_string())?;
        let xtest = xtest.ok_or("this X server has no XTEST")?.major_opcode;
        let pixels = File::open(buffer.join("Xvfb_screen0")).map_err(|e| e.to_string())?;
        // XWD: big-endian words; the header's length, …, bytes a line (12), …, colours (19) of 12 bytes each.
        let word = |index: u64| {
            let mut bytes = [0; 4];
            pixels.read_exact_at(&mut bytes, index * 4).map(|()| u64::from(u32::from_be_bytes(bytes)))
        };
        let read = || Ok::<_, std::io::Error>((word(0)? + word(19)? * 12, word(12)?));
        let (start, stride) = read().map_err(|e| e.to_string())?;
        Ok(Self { xvfb, display, _manager: manager, connection, pixels, xtest, start, stride })
    }

    /// Blue, green, red.
    pub fn pixel(&self, x: u64, y: u64) -> Option<[u8; 3]> {
        let mut bgrx = [0; 4];
        self.pixels.read_exact_at(&mut bgrx, self.start + y * self.stride + x * 4).ok()?;
        let [b, g, r, _] = bgrx;
        Some([b, g, r])
    }

    /// Every eighth line of a rectangle, to see whether anything in it changed.
    pub fn sample(&self, x: (u64, u64), y: (u64, u64)) -> Vec<u8> {
        let width = (x.1.min(WIDTH) - x.0) * 4;
        let mut all = Vec::new();
        for line in (y.0..y.1).step_by(8) {
            let mut bytes = vec![0; width as usize];
            if self.pixels.read_exact_at(&mut bytes, self.start + line * self.stride + x.0 * 4).is_ok() {
                all.extend(bytes);
            }
        }
        all
    }

    /// Waits until a rectangle stays the same for 120 ms (three of the interface's longest fades end before).
    pub fn settle(&self, x: (u64, u64), y: (u64, u64)) -> Outcome<Vec<u8>> {
        let mut last = self.sample(x, y);
        let mut since = Instant::now();
        wait_for("a still picture", Duration::from_secs(10), || {
            let now = self.sample(x, y);
            if now != last {
                last = now;
                since = Instant::now();
            }
            (since.elapsed() > Duration::from_millis(120)).then(|| last.clone())
        })
    }

    /// Presses and lets go. The keysym is that of X: letters and digits are their ASCII codes.
    pub fn press(&self, keysym: u32) -> Outcome<()> {
        let setup = self.connection.setup();
        let (first, last) = (setup.min_keycode, setup.max_keycode);
        let map = self
            .connection
            .get_keyboard_mapping(first, last - first + 1)
            .map_err(|e| e.to_string())?
            .reply()
            .map_err(|e| e.to_string())?;
        let per_code = usize::from(map.keysyms_per_keycode).max(1);
        let mut codes = map.keysyms.chunks(per_code).zip(first..=last);
        // The plain and the shifted level are the first two.
        let (shifted, code) = codes
            .find_map(|(syms, code)| {
                let level = syms.iter().take(2).position(|s| *s == keysym)?;
                Some((level == 1, code))
            })
            .ok_or("no key bears this symbol")?;
        let shift = map.keysyms.chunks(per_code).zip(first..=last).find(|(s, _)| s.contains(&0xffe1)).map(|(_, c)| c);
        let send = |kind: u8, code: u8| -> Outcome<()> {
            let request = fake_input(self.xtest, kind, code);
            // The cookie would only bring an error back, and a key that does nothing shows soon enough.
            self.connection
                .send_request_without_reply(&[IoSlice::new(&request)], Vec::new())
                .map(drop)
                .map_err(|e| e.to_string())
        };
        if let (true, Some(shift)) = (shifted, shift) {
            send(KEY_PRESS_EVENT, shift)?;
        }
        send(KEY_PRESS_EVENT, code)?;
        send(KEY_RELEASE_EVENT, code)?;
        if let (true, Some(shift)) = (shifted, shift) {
            send(KEY_RELEASE_EVENT, shift)?;
        }
        self.connection.flush().map_err(|e| e.to_string())
    }
}

/// XTEST's FakeInput by hand: x11rb's own needs a feature that would have half of the dependencies compiled twice,
/// once for the program and once for the benchmarks.
fn fake_input(extension: u8, kind: u8, code: u8) -> [u8; 36] {
    let [words_low, words_high] = 9_u16.to_ne_bytes();
    let mut request = [0; 36];
    let head = [extension, 2, words_low, words_high, kind, code];
    request.iter_mut().zip(head).for_each(|(byte, value)| *byte = value);
    request
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.xvfb.kill();
        let _ = self.xvfb.wait();
    }
}
