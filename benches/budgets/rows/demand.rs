//! Lessons: from the request to the first picture, and from Back to the page that the viewer came from.

use std::{
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::keysym::{ENTER, ESCAPE};
use crate::{
    Outcome,
    beside::Mpv,
    client::{BOUND, PROGRAM, Setup, ms},
    process::wait_for,
    screen::{Rect, Screen},
    streams::Streams,
    table::{Figures, Samples, Table, Unit},
};

const TURNS: usize = 7;
/// The heading of a course page.
const HEADING: Rect = ((100, 900), (60, 260));

pub fn demand(streams: &Streams, folder: &Path, table: &mut Table) {
    let clip = streams.clip();
    let ours = file(folder, &clip).and_then(Samples::new);
    let theirs = mpv(folder, &clip).and_then(Samples::new).map(|s| s.median());
    table.row(
        "on-demand first frame, 1080p MP4, loopback (ours in a fresh process, mpv running already)",
        "≤ 300 ms",
        Figures::spread(ours, Unit::Ms).mpv(theirs),
    );
    let (opened, left) = match lessons(folder) {
        Ok((opened, left)) => (Samples::new(opened), Samples::new(left)),
        Err(why) => (Err(why.clone()), Err(why)),
    };
    table.row("key → first frame of a lesson (demo operator)", "≤ 300 ms", Figures::spread(opened, Unit::Ms));
    table.row("Back → the course page", "≤ 200 ms", Figures::spread(left, Unit::Ms));
}

fn file(folder: &Path, clip: &str) -> Outcome<Vec<f64>> {
    let screen = Screen::open(folder)?;
    (0..TURNS)
        .map(|_| {
            let out = Command::new(PROGRAM)
                .args(["play", clip, "--for", "1s", "--format", "json"])
                .env("DISPLAY", &screen.display)
                .output()
                .map_err(|e| e.to_string())?;
            let said: Value = serde_json::from_slice(&out.stdout)
                .map_err(|_| format!("{}: {}", out.status, String::from_utf8_lossy(&out.stderr).trim()))?;
            said.get("first_frame_ms").and_then(Value::as_f64).ok_or_else(|| "no picture".into())
        })
        .collect()
}

fn mpv(folder: &Path, clip: &str) -> Outcome<Vec<f64>> {
    let mut mpv = Mpv::start(folder, &[])?;
    (0..TURNS)
        .map(|_| {
            let asked = Instant::now();
            mpv.lines.send(&json!({"command": ["loadfile", clip]}))?;
            mpv.until_frame()?;
            Ok(ms(asked))
        })
        .collect()
}

/// In and out of the lesson that Home suggests.
fn lessons(folder: &Path) -> Outcome<(Vec<f64>, Vec<f64>)> {
    let mut client = Setup::demo(folder).start()?;
    client.until_screen("home")?;
    client.until_playing()?;
    client.until("the courses", |s| s.get("courses").and_then(Value::as_u64) > Some(0))?;
    // The card right of the live window.
    client.key("right")?;
    client.key("ok")?;
    client.until_screen("course")?;
    let (mut opened, mut left) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        let page = client.screen.settle(HEADING.0, HEADING.1)?;
        // Two presses of OK within a third of a second are one: a thumb that trembles.
        thread::sleep(Duration::from_millis(500));
        let pressed = Instant::now();
        client.screen.press(ENTER)?;
        client.until_screen("player")?;
        client.until_playing()?;
        opened.push(ms(pressed));
        let screen = &client.screen;
        let pressed = Instant::now();
        screen.press(ESCAPE)?;
        let back = || (screen.sample(HEADING.0, HEADING.1) == page).then(|| ms(pressed));
        left.push(wait_for("the course page", BOUND, back)?);
        client.until_screen("course")?;
    }
    Ok((opened, left))
}
