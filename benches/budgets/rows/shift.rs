//! Going back in live: how long until the picture of another time is on the screen, and until a paused one stands.

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use super::{
    keysym::{LEFT, LIVE, PAUSE},
    zap::near,
};
use crate::{
    Outcome,
    client::{BOUND, Client, Setup, ms},
    process::wait_for,
    screen::{Rect, Screen},
    streams::{SPANS, Streams},
    table::{Figures, Samples, Table, Unit},
};

/// A point of the picture that neither banner nor words ever cover.
const PICTURE: (u64, u64) = (960, 200);
/// Where the mark runs.
const MARK: Rect = ((0, 1920), (940, 1060));
const ROUNDS: usize = 5;
/// A picture that has not changed for so long stands: the mark moves with each frame.
const STANDS: Duration = Duration::from_millis(600);
/// Between two presses of a viewer who looks.
const LOOKS: Duration = Duration::from_millis(1_200);

fn span(screen: &Screen) -> Option<usize> {
    let seen = screen.pixel(PICTURE.0, PICTURE.1)?;
    SPANS.iter().position(|c| near(*c, seen))
}

/// The picture changes its colour every ten seconds of broadcast: waits until it has just done so, so that a step of ten
/// seconds leads into another colour.
fn aligned(screen: &Screen) -> Outcome<()> {
    let before = wait_for("a colour", BOUND, || span(screen))?;
    wait_for("the next colour", BOUND, || span(screen).filter(|now| *now != before))?;
    thread::sleep(LOOKS);
    Ok(())
}

/// Presses, and waits for a picture that does not follow the one before.
fn jump(screen: &Screen, key: u32) -> Outcome<f64> {
    let before = wait_for("a colour", BOUND, || span(screen))?;
    let follows = (before + 1) % SPANS.len();
    let pressed = Instant::now();
    screen.press(key)?;
    wait_for("another time", BOUND, || {
        span(screen).filter(|now| *now != before && *now != follows).map(|_| ms(pressed))
    })
}

/// From the press to the last change of the picture.
fn stands(screen: &Screen) -> Outcome<f64> {
    let pressed = Instant::now();
    screen.press(PAUSE)?;
    let (mut last, mut changed) = (screen.sample(MARK.0, MARK.1), pressed);
    wait_for("a standing picture", BOUND, || {
        let now = screen.sample(MARK.0, MARK.1);
        if now != last {
            (last, changed) = (now, Instant::now());
        }
        (changed.elapsed() > STANDS).then_some(changed.duration_since(pressed).as_secs_f64() * 1000.0)
    })
}

/// On full-screen live without a banner, with something to go back to.
fn watching(setup: &Setup<'_>) -> Outcome<Client> {
    let mut client = setup.start()?;
    client.watch()?;
    client.key("back")?;
    client.until_playing()?;
    Ok(client)
}

type Found = (Vec<f64>, Vec<f64>, Vec<f64>);

/// Within the window of a playlist: back by steps, to the edge, and a pause.
fn window(folder: &Path, lineup: String) -> Outcome<Found> {
    let mut client = watching(&Setup::new(folder, lineup))?;
    let (mut back, mut edge, mut paused) = Found::default();
    for _ in 0..ROUNDS {
        aligned(&client.screen)?;
        for _ in 0..3 {
            back.push(jump(&client.screen, LEFT)?);
            thread::sleep(LOOKS);
        }
        edge.push(jump(&client.screen, LIVE)?);
        client.key("back")?;
        thread::sleep(LOOKS);
        paused.push(stands(&client.screen)?);
        client.key("play")?;
        client.key("live")?;
        client.key("back")?;
        client.until_playing()?;
    }
    Ok((back, edge, paused))
}

/// Where the playlist keeps next to nothing, by the operator's catch-up.
fn catchup(folder: &Path, lineup: String) -> Outcome<Found> {
    let client = watching(&Setup::new(folder, lineup))?;
    let (mut back, mut edge, paused) = Found::default();
    for _ in 0..ROUNDS {
        aligned(&client.screen)?;
        back.push(jump(&client.screen, LEFT)?);
        thread::sleep(LOOKS);
        edge.push(jump(&client.screen, LIVE)?);
    }
    Ok((back, edge, paused))
}

pub fn shift(streams: &Streams, folder: &Path, table: &mut Table) {
    let mut rows = |what: &str, found: Outcome<Vec<f64>>| {
        let samples = found.and_then(Samples::new);
        table.row(what, "≤ 2000 ms", Figures::slowest(samples, Unit::Ms));
    };
    let found = window(folder, streams.lineup("back"));
    let part = |of: fn(&Found) -> &Vec<f64>| found.as_ref().map(|f| of(f).clone()).map_err(Clone::clone);
    rows("Left → picture of ten seconds before, in the playlist's window", part(|f| &f.0));
    rows("看电视 → picture at the edge, from half a minute behind", part(|f| &f.1));
    rows("pause of live → the picture stands", part(|f| &f.2));
    let found = catchup(folder, streams.lineup("kept"));
    let part = |of: fn(&Found) -> &Vec<f64>| found.as_ref().map(|f| of(f).clone()).map_err(Clone::clone);
    rows("Left → picture of half a minute ago, by catch-up", part(|f| &f.0));
    rows("看电视 → picture at the edge, from catch-up", part(|f| &f.1));
}
