//! The plane on a real X server without a screen. Left out, and said so, where `Xvfb` is not installed.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use super::*;
use crate::player::{output::Plane, types::SessionId};

struct Server {
    child: Child,
    display: String,
}

impl Server {
    fn start() -> Option<Self> {
        let spawned = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "400x300x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut child) = spawned else {
            eprintln!("left out: Xvfb is not installed");
            return None;
        };
        let mut number = String::new();
        BufReader::new(child.stdout.take()?).read_line(&mut number).ok()?;
        Some(Self { child, display: format!(":{}", number.trim()) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Desk {
    conn: RustConnection,
    root: xproto::Window,
    parent: xproto::Window,
}

impl Desk {
    /// A green parent window over the whole screen.
    fn new(display: &str) -> Self {
        let (conn, screen) = x11rb::connect(Some(display)).expect("connection");
        let screen = conn.setup().roots[screen].clone();
        let parent = conn.generate_id().expect("id");
        let looks = CreateWindowAux::new().background_pixel(0x00_ff00);
        let class = WindowClass::INPUT_OUTPUT;
        conn.create_window(24, parent, screen.root, 0, 0, 400, 300, 0, class, screen.root_visual, &looks)
            .expect("window");
        conn.map_window(parent).expect("map");
        conn.sync();
        Self { conn, root: screen.root, parent }
    }

    fn pixel(&self, x: i16, y: i16) -> u32 {
        let image = self.conn.get_image(ImageFormat::Z_PIXMAP, self.root, x, y, 1, 1, !0).expect("image");
        let data = image.reply().expect("image").data;
        u32::from_le_bytes([data[0], data[1], data[2], 0])
    }

    /// What the plane gives free is the interface's to draw.
    fn draw(&self) {
        let gc = self.conn.generate_id().expect("id");
        self.conn.create_gc(gc, self.parent, &CreateGCAux::new().foreground(GREEN)).expect("gc");
        let all = Rectangle { x: 0, y: 0, width: 400, height: 300 };
        self.conn.poly_fill_rectangle(self.parent, gc, &[all]).expect("fill");
        self.conn.free_gc(gc).expect("gc");
        self.conn.sync();
    }

    fn until(&self, x: i16, y: i16, colour: u32) {
        let end = Instant::now() + Duration::from_secs(10);
        while self.pixel(x, y) != colour {
            self.draw();
            assert!(Instant::now() < end, "{:06x} instead of {colour:06x} at {x},{y}", self.pixel(x, y));
            std::thread::yield_now();
        }
    }
}

trait Sync {
    fn sync(&self);
}

impl Sync for RustConnection {
    fn sync(&self) {
        self.get_input_focus().expect("request").reply().expect("reply");
    }
}

const RED: u32 = 0xff_0000;
const GREEN: u32 = 0x00_ff00;

/// A red picture, as the engine would write it.
fn red(canvas: Canvas, width: u32, height: u32) -> Filled {
    let mut filled = Filled { session: SessionId(1), width, height, canvas, position_ms: None };
    let bytes = [0, 0, 0xff, 0].repeat((width * height) as usize);
    filled.canvas.as_mut()[..bytes.len()].copy_from_slice(&bytes);
    filled
}

/// Both buffers may be on their way; the newest picture comes through in the end.
fn show(plane: &mut X11Plane, width: u32, height: u32) {
    let end = Instant::now() + Duration::from_secs(10);
    loop {
        if let Some(canvas) = plane.canvas(width, height) {
            return assert!(plane.present(red(canvas, width, height)));
        }
        assert!(Instant::now() < end, "no buffer comes back");
    }
}

#[test]
fn a_picture_fills_its_place_and_leaves_the_interface_free() {
    let Some(server) = Server::start() else { return };
    let desk = Desk::new(&server.display);
    let mut plane = X11Plane::on_display(Some(&server.display), desk.parent).expect("plane");
    desk.until(60, 60, GREEN);
    plane.place(PxRect { x: 50, y: 40, width: 100, height: 80 });
    show(&mut plane, 100, 80);
    desk.until(60, 60, RED);
    assert_eq!((desk.pixel(49, 60), desk.pixel(149, 119), desk.pixel(150, 119)), (GREEN, RED, GREEN));

    plane.cut_out(&[PxRect { x: 0, y: 100, width: 400, height: 200 }]);
    desk.until(60, 110, GREEN);
    assert_eq!(desk.pixel(60, 99), RED);
    plane.cut_out(&[]);
    desk.until(60, 110, RED);

    plane.visible(false);
    desk.until(60, 60, GREEN);
    plane.visible(true);
    desk.until(60, 60, RED);

    plane.place(PxRect { x: 0, y: 0, width: 20, height: 20 });
    desk.until(60, 60, GREEN);
    show(&mut plane, 20, 20);
    desk.until(19, 19, RED);

    let input =
        desk.conn.shape_get_rectangles(plane.window(), shape::SK::INPUT).expect("request").reply().expect("reply");
    assert!(input.rectangles.is_empty(), "keys and pointer stay with the interface");
    drop(plane);
    desk.until(5, 5, GREEN);
}

#[test]
fn a_lost_server_is_no_panic() {
    let Some(server) = Server::start() else { return };
    let desk = Desk::new(&server.display);
    let output = X11Plane::on_display(Some(&server.display), desk.parent).expect("plane");
    let plane = Plane::new(Box::new(output));
    drop(server);
    plane.output().place(PxRect { x: 0, y: 0, width: 10, height: 10 });
    use crate::player::frames::Painter;
    for _ in 0..5 {
        if let Some(canvas) = plane.canvas(10, 10) {
            plane.show(red(canvas, 10, 10));
        }
    }
    assert_eq!(plane.counts().shown, 0);
    assert!(X11Plane::on_display(Some("not a display"), 1).is_err());
}

#[test]
fn a_buffer_that_was_given_up_is_made_anew_and_one_of_another_size_is_not_shown() {
    let Some(server) = Server::start() else { return };
    let desk = Desk::new(&server.display);
    let mut plane = X11Plane::on_display(Some(&server.display), desk.parent).expect("plane");
    plane.place(PxRect { x: 0, y: 0, width: 20, height: 20 });
    for _ in 0..5 {
        drop(plane.canvas(20, 20).expect("a buffer"));
    }
    show(&mut plane, 20, 20);
    desk.until(10, 10, RED);
    let small = plane.canvas(10, 10).or_else(|| plane.canvas(10, 10));
    let large = plane.canvas(40, 40).expect("a buffer");
    if let Some(small) = small {
        assert!(!plane.present(red(small, 10, 10)), "its set of buffers is gone");
    }
    assert!(plane.present(red(large, 40, 40)));
    assert!(plane.canvas(0, 10).is_none() && plane.canvas(70_000, 10).is_none());
}
