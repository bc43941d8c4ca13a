//! An X server without a monitor: real key presses go in, the pixels that a viewer would see come out.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use image::RgbImage;
use x11rb::{
    connection::Connection,
    protocol::{
        xproto::{
            ClientMessageEvent, ConnectionExt as _, EventMask, ImageFormat, InputFocus, KEY_PRESS_EVENT,
            KEY_RELEASE_EVENT, MapState, Window,
        },
        xtest::ConnectionExt as _,
    },
    rust_connection::RustConnection,
};

pub const WIDTH: u16 = 1920;
pub const HEIGHT: u16 = 1080;

/// x, y, width, height in pixels.
pub type Rect = [u32; 4];

/// Keys by the names of X (`xev` says them), as far as the tests press them. Single characters stand for themselves.
#[derive(Clone, Copy)]
pub struct Key(u32);

impl Key {
    pub fn named(name: &str) -> Self {
        let named = match name {
            "BackSpace" => 0xff08,
            "Return" => 0xff0d,
            "Escape" => 0xff1b,
            "Home" => 0xff50,
            "Left" => 0xff51,
            "Up" => 0xff52,
            "Right" => 0xff53,
            "Down" => 0xff54,
            "Prior" => 0xff55,
            "Next" => 0xff56,
            "End" => 0xff57,
            "space" => 0x20,
            "F1" => 0xffbe,
            "F2" => 0xffbf,
            "Tab" => 0xff09,
            _ => match name.as_bytes() {
                [character @ 0x21..=0x7e] => u32::from(*character),
                _ => panic!("no key named {name:?}"),
            },
        };
        Self(named)
    }
}

pub struct Screen {
    server: Child,
    /// Kept open, so that the server is never stopped by a closed pipe.
    _announcements: BufReader<std::process::ChildStdout>,
    display: String,
    connection: RustConnection,
    root: Window,
}

impl Screen {
    /// A server on the first display number that is free.
    pub fn start() -> Self {
        let size = format!("{WIDTH}x{HEIGHT}x24");
        let mut server = super::command("Xvfb")
            // Ends by itself when its last client has gone, should the test be killed.
            .args(["-displayfd", "1", "-screen", "0", &size, "-nolisten", "tcp", "-terminate"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|e| panic!("{}", super::missing("setpriv", &e)));
        let mut announcements = BufReader::new(server.stdout.take().unwrap());
        let mut number = String::new();
        announcements.read_line(&mut number).unwrap();
        let Ok(number) = number.trim().parse::<u32>() else {
            let status = server.wait().unwrap();
            panic!("{}", super::missing("Xvfb", &status));
        };
        let display = format!(":{number}");
        let (connection, index) = x11rb::connect(Some(&display)).expect("the X server has just said it is ready");
        let root = connection.setup().roots[index].root;
        Self { server, _announcements: announcements, display, connection, root }
    }

    pub fn display(&self) -> &str {
        &self.display
    }

    /// The window of the only program on this screen, once it is shown.
    fn window(&self) -> Option<Window> {
        let children = self.connection.query_tree(self.root).ok()?.reply().ok()?.children;
        let shown = |w: &Window| {
            let attributes = self.connection.get_window_attributes(*w).ok().and_then(|c| c.reply().ok());
            let size = self.connection.get_geometry(*w).ok().and_then(|c| c.reply().ok());
            attributes.is_some_and(|a| a.map_state == MapState::VIEWABLE && !a.override_redirect)
                && size.is_some_and(|s| s.width > 100)
        };
        children.into_iter().rev().find(shown)
    }

    /// Gives the program the keys, as a window manager would.
    pub fn focus_program(&self) -> bool {
        let Some(window) = self.window() else { return false };
        let set = self.connection.set_input_focus(InputFocus::PARENT, window, x11rb::CURRENT_TIME);
        set.is_ok_and(|c| c.check().is_ok())
    }

    /// Whether keys go to the program.
    pub fn program_has_keys(&self) -> bool {
        let focus = self.connection.get_input_focus().ok().and_then(|c| c.reply().ok()).map(|f| f.focus);
        self.window().is_some_and(|window| focus == Some(window))
    }

    pub fn key(&self, key: Key, down: bool) {
        let setup = self.connection.setup();
        let (first, last) = (setup.min_keycode, setup.max_keycode);
        let map = self.connection.get_keyboard_mapping(first, last - first + 1).unwrap().reply().unwrap();
        let per = usize::from(map.keysyms_per_keycode);
        let at = map.keysyms.chunks(per).position(|symbols| symbols[0] == key.0).expect("the key is on the keyboard");
        let code = first + u8::try_from(at).unwrap();
        let kind = if down { KEY_PRESS_EVENT } else { KEY_RELEASE_EVENT };
        self.connection.xtest_fake_input(kind, code, 0, self.root, 0, 0, 0).unwrap().check().unwrap();
    }

    /// What a window manager sends when the viewer clicks the window's close button.
    pub fn ask_to_close(&self) {
        let atom = |name: &str| self.connection.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom;
        let window = self.window().expect("the program has a window");
        let data = [atom("WM_DELETE_WINDOW"), x11rb::CURRENT_TIME, 0, 0, 0];
        let event = ClientMessageEvent::new(32, window, atom("WM_PROTOCOLS"), data);
        self.connection.send_event(false, window, EventMask::NO_EVENT, event).unwrap().check().unwrap();
    }

    /// The pixels on the screen.
    pub fn picture(&self) -> RgbImage {
        self.part([0, 0, WIDTH.into(), HEIGHT.into()])
    }

    /// The pixels of a part of the screen.
    pub fn part(&self, [x, y, width, height]: Rect) -> RgbImage {
        let [left, top] = [x, y].map(|v| i16::try_from(v).unwrap());
        let [w, h] = [width, height].map(|v| u16::try_from(v).unwrap());
        let asked = self.connection.get_image(ImageFormat::Z_PIXMAP, self.root, left, top, w, h, !0).unwrap();
        let pixels = asked.reply().expect("the picture of the screen").data;
        // Depth 24 on a little-endian server: blue, green, red, nothing.
        let rgb = pixels.as_chunks::<4>().0.iter().flat_map(|&[b, g, r, _]| [r, g, b]).collect();
        RgbImage::from_raw(width, height, rgb).expect("four bytes a pixel")
    }

    /// Whether the pixels there become others within `bound`.
    pub fn changes(&self, rect: Rect, bound: Duration) -> bool {
        let before = self.part(rect);
        let since = Instant::now();
        loop {
            if self.part(rect) != before {
                return true;
            }
            if since.elapsed() > bound {
                return false;
            }
            std::thread::sleep(Duration::from_millis(40));
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The mean of the pixels of a part of a picture.
pub fn mean(picture: &RgbImage, [x, y, width, height]: Rect) -> [u32; 3] {
    let mut sum = [0_u64; 3];
    for row in y..y + height {
        for column in x..x + width {
            let pixel = picture.get_pixel(column, row).0;
            for (total, value) in sum.iter_mut().zip(pixel) {
                *total += u64::from(value);
            }
        }
    }
    sum.map(|total| u32::try_from(total / u64::from(width * height)).unwrap())
}

/// How many in a hundred pixels of two pictures differ by more than what a redraw may change.
pub fn difference_percent(a: &RgbImage, b: &RgbImage) -> u32 {
    assert_eq!(a.dimensions(), b.dimensions());
    let differ = |(a, b): &(&image::Rgb<u8>, &image::Rgb<u8>)| a.0.iter().zip(b.0).any(|(a, b)| a.abs_diff(b) > 12);
    let count = a.pixels().zip(b.pixels()).filter(differ).count();
    u32::try_from(count * 100 / (a.width() * a.height()) as usize).unwrap()
}
