//! From the key to a picture of the new channel on the screen.

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use super::keysym::{MPV_NEXT, MPV_PREVIOUS, PAGE_DOWN, PAGE_UP};
use crate::{
    Outcome,
    beside::{Kodi, Mpv},
    client::{BOUND, Setup, WAYS, ms},
    process::wait_for,
    screen::Screen,
    streams::{COLOURS, Streams},
    table::{Figures, Samples, Table, Unit},
};

/// A point of the picture that neither banner nor mark ever covers, at full screen.
const PICTURE: (u64, u64) = (960, 200);
/// A viewer looks for a moment before going on, and a neighbour gets warm meanwhile.
const LOOKS: Duration = Duration::from_secs(3);
const ZAPS: usize = 12;

pub fn near(a: [u8; 3], b: [u8; 3]) -> bool {
    // Encoding and colour conversion move a value by a few steps.
    a.iter().zip(b).all(|(a, b)| a.abs_diff(b) < 30)
}

fn colour(screen: &Screen) -> Option<usize> {
    let seen = screen.pixel(PICTURE.0, PICTURE.1)?;
    COLOURS.iter().position(|c| near(*c, seen))
}

/// Goes up and down through the four channels and takes the time of each step. Both programs start on the first
/// channel and have their own keys.
fn zaps(screen: &Screen, up: u32, down: u32, turns: usize) -> Outcome<Samples> {
    let mut now = wait_for("a channel", BOUND, || colour(screen))?;
    let mut going_up = true;
    let mut taken = Vec::new();
    for turn in 0..turns {
        // Spread over a second: a picture comes with a key frame, so even waits would meet the next one at the same
        // distance every time.
        thread::sleep(LOOKS + Duration::from_millis(turn as u64 * 370 % 1000));
        going_up = if now + 1 == COLOURS.len() { false } else { going_up || now == 0 };
        let next = if going_up { now + 1 } else { now - 1 };
        let pressed = Instant::now();
        screen.press(if going_up { up } else { down })?;
        taken.push(wait_for("the next channel", BOUND, || (colour(screen) == Some(next)).then(|| ms(pressed)))?);
        now = next;
    }
    Samples::new(taken)
}

pub fn ours(folder: &Path, lineup: String, way: &str) -> Outcome<Samples> {
    by(&Setup::new(folder, lineup).shown(way), ZAPS)
}

pub fn by(setup: &Setup<'_>, turns: usize) -> Outcome<Samples> {
    let mut client = setup.start()?;
    client.watch()?;
    zaps(&client.screen, PAGE_UP, PAGE_DOWN, turns)
}

pub fn mpv(folder: &Path, channels: &[String]) -> Outcome<f64> {
    let four: Vec<&str> = channels.iter().map(String::as_str).collect();
    let mpv = Mpv::start(folder, &four)?;
    zaps(&mpv.screen, MPV_NEXT, MPV_PREVIOUS, ZAPS).map(|s| s.median())
}

/// Kodi shows its busy wheel over the middle; the point that is read lies above it.
pub fn kodi(folder: &Path, lineup: &str) -> Outcome<f64> {
    let kodi = Kodi::start(folder, lineup)?;
    zaps(&kodi.screen, PAGE_UP, PAGE_DOWN, ZAPS).map(|s| s.median())
}

/// Up to a second of each is the wait for a key frame: the median of a dozen moves by a tenth of a second.
pub const COLD_ZAPS: usize = 36;

/// Multicast as a box makes HTTP of it: joined wherever it is, so that half a second of each is the wait for a key frame.
pub fn udpxy(streams: &Streams, folder: &Path, table: &mut Table) {
    let senders = match streams.udpxy() {
        Ok(senders) => senders,
        Err(why) => return table.row("zap, endless HTTP TS", "≤ 650 ms", Figures::ours(Err(why), Unit::Ms)),
    };
    let channels: Vec<String> = (1..=COLOURS.len()).map(|channel| streams.endless(channel)).collect();
    let theirs = mpv(folder, &channels);
    let lineup = streams.lineup("u1-u2-u3-u4");
    let kodi = kodi(folder, &lineup);
    let figures = Figures::spread(by(&Setup::new(folder, lineup), COLD_ZAPS), Unit::Ms).mpv(theirs).kodi(kodi);
    let name = format!("zap, endless HTTP TS (udpxy), key frame each second, median of {COLD_ZAPS}");
    table.row(&name, "≤ 650 ms", figures);
    drop(senders);
}

fn names(root: &str) -> Vec<String> {
    (1..=COLOURS.len()).map(|c| format!("{root}/live/{c}/index.m3u8")).collect()
}

pub fn zap(streams: &Streams, folder: &Path, table: &mut Table) {
    let lineup = streams.lineup("1-2-3-4");
    let theirs = mpv(folder, &names(&streams.root));
    let kodi = kodi(folder, &lineup);
    for way in WAYS {
        let figures = Figures::spread(ours(folder, lineup.clone(), way), Unit::Ms);
        let figures = figures.mpv(theirs.clone()).kodi(kodi.clone());
        table.row(&format!("zap, HLS on loopback, median of {ZAPS} ({way})"), "≤ 80 ms", figures);
    }
}

pub fn far(streams: &Streams, folder: &Path, table: &mut Table) {
    let root = match streams.far(Duration::from_millis(80)) {
        Ok(root) => root,
        Err(why) => return table.row("zap, HLS with 80 ms", "≤ 100 ms", Figures::ours(Err(why), Unit::Ms)),
    };
    let theirs = mpv(folder, &names(&root));
    let kodi = kodi(folder, &format!("{root}/lineup/1-2-3-4"));
    let figures = Figures::spread(ours(folder, format!("{root}/lineup/1-2-3-4"), "auto"), Unit::Ms);
    let figures = figures.mpv(theirs).kodi(kodi);
    table.row(&format!("zap, HLS with 80 ms round trip, neighbours warm, median of {ZAPS}"), "≤ 100 ms", figures);
}
