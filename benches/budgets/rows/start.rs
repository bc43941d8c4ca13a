//! From the start of the process to a picture of the interface, with the demo operator, as a fresh machine has it.

use std::{path::Path, time::Instant};

use crate::{
    Outcome,
    client::{BOUND, Setup, ms},
    process::wait_for,
    screen::{Rect, Screen},
    streams::Streams,
    table::{Figures, Samples, Table, Unit},
};

const TURNS: usize = 7;

/// The doors are Home's alone: a splash has nothing here.
const DOORS: Rect = ((1400, 1800), (300, 600));

pub fn start(_: &Streams, folder: &Path, table: &mut Table) {
    let setup = Setup::demo(folder);
    // The first start fills the cache and warms the disk; the others are what a viewer has every day.
    let first = setup.start().and_then(|mut client| {
        client.until_screen("home")?;
        client.until_playing()
    });
    let seen = first.and_then(|()| {
        let mut frames = Vec::new();
        let mut homes = Vec::new();
        for _ in 0..TURNS {
            let (frame, home) = once(&setup)?;
            frames.push(frame);
            homes.push(home);
        }
        Ok((frames, homes))
    });
    let frames = seen.clone().and_then(|(frames, _)| Samples::new(frames));
    let homes = seen.and_then(|(_, homes)| Samples::new(homes));
    table.row("process start → first frame", "≤ 500 ms", Figures::spread(frames, Unit::Ms));
    table.row("process start → Home on the screen", "≤ 1000 ms", Figures::spread(homes, Unit::Ms));
    let picture = (0..TURNS).map(|_| to_picture(&setup)).collect::<Outcome<Vec<f64>>>().and_then(Samples::new);
    table.row("process start → live picture in Home's window", "–", Figures::spread(picture, Unit::Ms));
}

/// The upper third of the screen: the pointer, which the window brings with it before it has drawn, stands in the middle.
const UPPER: Rect = ((0, 1920), (0, 360));

/// Seen from outside: the first pixels that are not the black root window, and the doors drawn.
pub(super) fn once(setup: &Setup) -> Outcome<(f64, f64)> {
    let screen = Screen::open(setup.folder)?;
    screen.settle(UPPER.0, UPPER.1)?;
    let began = Instant::now();
    let _running = setup.start_plain(&screen)?;
    let frame = wait_for("the first frame", BOUND, || {
        let upper = screen.sample(UPPER.0, UPPER.1);
        upper.chunks_exact(4).any(|p| p.iter().take(3).any(|v| *v > 8)).then(|| ms(began))
    })?;
    let home = wait_for("Home", BOUND, || {
        let doors = screen.sample(DOORS.0, DOORS.1);
        // Letters of the doors are the only bright pixels there.
        doors.chunks_exact(4).any(|p| p.iter().take(3).all(|v| *v > 180)).then(|| ms(began))
    })?;
    Ok((frame, home))
}

fn to_picture(setup: &Setup) -> Outcome<f64> {
    let mut client = setup.start()?;
    client.until_playing()?;
    Ok(ms(client.started))
}
