//! From a key to the focus at its new place on the screen.

use std::{fs::File, io::Write as _, path::Path, time::Instant};

use super::keysym::{DOWN, ENTER, UP};
use crate::{
    Outcome,
    client::{BOUND, Client, Setup, WAYS, ms},
    process::wait_for,
    screen::Rect,
    streams::{MANY, Streams},
    table::{Figures, Samples, Table, Unit},
};

/// Home's doors, and the rows of the channel list: the focus moves in them and the picture never reaches them.
const DOORS: Rect = ((1400, 1440), (300, 940));
const ROWS: Rect = ((440, 480), (150, 940));
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
fn moves(client: &Client, (x, y): Rect) -> Outcome<Samples> {
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

/// Ten thousand channels with a week of programmes each: keys in their list while they are imported, then memory.
pub fn many(streams: &Streams, folder: &Path, table: &mut Table) {
    let measure = || -> Outcome<(Samples, f64)> {
        let guide = folder.join("www").join("many.xml");
        write_guide(&guide).map_err(|e| e.to_string())?;
        let mut setup = Setup::new(folder, streams.lineup("many"));
        setup.guide = Some(format!("{}/many.xml", streams.root));
        let mut client = setup.start()?;
        client.watch()?;
        client.screen.press(ENTER)?;
        client.until("the list", |s| s.pointer("/overlays/0").is_some_and(|o| o == "channels"))?;
        let keys = moves(&client, ROWS)?;
        // The import is over when the database stops growing.
        let cache = setup.home.join("cache");
        let size = || -> u64 {
            let files = std::fs::read_dir(&cache).into_iter().flatten().flatten();
            files.filter_map(|f| f.metadata().ok()).map(|m| m.len()).sum()
        };
        let mut last = (size(), Instant::now());
        wait_for("the end of the import", BOUND * 30, || {
            std::thread::sleep(std::time::Duration::from_millis(500));
            let now = size();
            if now != last.0 {
                last = (now, Instant::now());
            }
            (last.1.elapsed().as_secs() > 8).then_some(())
        })?;
        Ok((keys, client.running.resident_mb()?))
    };
    let (keys, memory) = match measure() {
        Ok((keys, memory)) => (Ok(keys), Ok(memory)),
        Err(why) => (Err(why.clone()), Err(why)),
    };
    let what = format!("key → focus, list of {MANY} channels while their guide is imported");
    table.row(&what, "p95 ≤ 33 ms", Figures::slowest(keys, Unit::Ms));
    let what = format!("resident memory, {MANY} channels × 7 days, 720p playing");
    table.row(&what, "≤ 220 MB", Figures::ours(memory, Unit::Mb));
}

/// Two-hour programmes for a week from yesterday on: 840,000 of them.
fn write_guide(path: &Path) -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(File::create(path)?);
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<tv>")?;
    let first = jiff::Timestamp::now().as_second() / 86_400 * 86_400 - 86_400;
    let time = |s: i64| jiff::Timestamp::from_second(s).map(|t| t.strftime("%Y%m%d%H%M%S +0000").to_string());
    let slots = (0..7 * 12)
        .map(|slot| Ok::<_, jiff::Error>((time(first + slot * 7_200)?, time(first + (slot + 1) * 7_200)?)))
        .collect::<Result<Vec<_>, _>>()
        .map_err(std::io::Error::other)?;
    for channel in 0..MANY {
        for (number, (start, stop)) in slots.iter().enumerate() {
            writeln!(
                out,
                "<programme start=\"{start}\" stop=\"{stop}\" channel=\"c{channel}\"><title lang=\"zh\">第{number}讲：健康与养生</title><desc lang=\"zh\">今天老师讲怎样安全用药，怎样看懂说明书。</desc></programme>"
            )?;
        }
    }
    writeln!(out, "</tv>")?;
    out.flush()
}
