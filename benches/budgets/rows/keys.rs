//! From a key to the focus at its new place on the screen.

use std::{path::Path, time::Instant};

use super::keysym::{DOWN, UP};
use crate::{
    Outcome,
    client::{BOUND, Client, Setup, WAYS, ms},
    process::wait_for,
    screen::Rect,
    streams::Streams,
    table::{Figures, Samples, Table, Unit},
};

/// Home's doors, and the rows of the channel list: the focus moves in them and the picture never reaches them.
const DOORS: Rect = ((1400, 1440), (300, 940));
pub const ROWS: Rect = ((440, 480), (150, 940));
const PRESSES: usize = 40;

pub fn keys(streams: &Streams, folder: &Path, table: &mut Table) {
    let idle = idle(streams, folder);
    table.row("key → focus, menu over a page without a picture", "p95 ≤ 20 ms", Figures::slowest(idle, Unit::Ms));
    let home = || -> Outcome<Samples> {
        let mut client = Setup::new(folder, streams.lineup("hd-1-2")).start()?;
        client.until_screen("home")?;
        client.until_playing()?;
        client.key("right")?;
        moves(&client, DOORS)
    };
    let what = "key → focus, Home with 1080p in its window";
    table.row(what, "p95 ≤ 25 ms", Figures::slowest(home(), Unit::Ms));
    for way in WAYS {
        let list = || -> Outcome<Samples> {
            let mut client = Setup::new(folder, streams.lineup("hd-1-2-3-4")).shown(way).start()?;
            client.watch()?;
            client.key("ok")?;
            moves(&client, ROWS)
        };
        let what = format!("key → focus, channel list over 1080p full screen ({way})");
        table.row(&what, "p95 ≤ 25 ms", Figures::slowest(list(), Unit::Ms));
    }
}

/// A page of lessons has no picture; its menu is a column that Up and Down go along.
fn idle(streams: &Streams, folder: &Path) -> Outcome<Samples> {
    let mut client = Setup::new(folder, streams.lineup("1-2")).start()?;
    client.until_screen("home")?;
    for key in ["right", "down", "down", "down", "right", "ok"] {
        client.key(key)?;
    }
    client.until("a page", |s| s.get("screen").and_then(|s| s.as_str()) != Some("home"))?;
    client.key("menu")?;
    moves(&client, ((1240, 1280), (150, 940)))
}

/// Up and down in turn, each from a screen that stands still.
pub fn moves(client: &Client, (x, y): Rect) -> Outcome<Samples> {
    let screen = &client.screen;
    let mut taken = Vec::new();
    for turn in 0..PRESSES {
        let before = screen.settle(x, y)?;
        let pressed = Instant::now();
        screen.press(if turn % 2 == 0 { DOWN } else { UP })?;
        taken.push(wait_for("the focus", BOUND, || (screen.sample(x, y) != before).then(|| ms(pressed)))?);
    }
    Samples::new(taken)
}
