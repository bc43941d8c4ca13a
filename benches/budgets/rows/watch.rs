//! What watching costs: processor and memory, beside the players that do nothing else.

use std::{path::Path, thread, time::Duration};

use super::WARM_UP;
use crate::{
    Outcome,
    beside::{GstPlay, Mpv},
    client::{Setup, WAYS},
    process::Running,
    screen::{ALL, Screen},
    streams::Streams,
    table::{Figures, Table, Unit},
};

const WINDOW: Duration = Duration::from_secs(10);

/// Processor seconds in ten seconds, and megabytes at their end.
fn costs(running: &Running, screen: &Screen) -> Outcome<(f64, f64)> {
    let before = screen.sample(ALL.0, ALL.1);
    let cpu = running.cpu_during(WINDOW)?;
    if screen.sample(ALL.0, ALL.1) == before {
        return Err("the picture stood still".into());
    }
    Ok((cpu, running.resident_mb()?))
}

pub fn full_hd(streams: &Streams, folder: &Path, table: &mut Table) {
    let ours = |way: &str| -> Outcome<(f64, f64)> {
        let mut client = Setup::new(folder, streams.lineup("hd-1-2")).shown(way).start()?;
        client.watch()?;
        client.key("back")?;
        thread::sleep(WARM_UP);
        client.until_playing()?;
        costs(&client.running, &client.screen)
    };
    let media = streams.channel("hd");
    let mpv = || -> Outcome<(f64, f64)> {
        let mut mpv = Mpv::start(folder, &[&media])?;
        mpv.until_frame()?;
        thread::sleep(WARM_UP);
        costs(&mpv.running, &mpv.screen)
    };
    let gst_play = || -> Outcome<(f64, f64)> {
        let play = GstPlay::start(folder, &media)?;
        thread::sleep(WARM_UP);
        costs(&play.running, &play.screen)
    };
    let (mpv, gst_play) = (mpv(), gst_play());
    let cpu = |of: &Outcome<(f64, f64)>| of.clone().map(|(cpu, _)| cpu);
    let mb = |of: &Outcome<(f64, f64)>| of.clone().map(|(_, mb)| mb);
    let found: Vec<_> = WAYS.iter().map(|way| (*way, ours(way))).collect();
    for (way, ours) in &found {
        let budget = if *way == "painted" { "≤ 1.3 × mpv" } else { "≤ 0.75 × mpv" };
        let figures = Figures::ours(cpu(ours), Unit::Cpu).mpv(cpu(&mpv)).gst_play(cpu(&gst_play));
        table.row(&format!("CPU, 1080p H.264 over HLS, full screen ({way})"), budget, figures);
    }
    for (way, ours) in &found {
        let figures = Figures::ours(mb(ours), Unit::Mb).mpv(mb(&mpv)).gst_play(mb(&gst_play));
        table.row(&format!("resident memory, 1080p full screen ({way})"), "≤ 200 MB", figures);
    }
}

pub fn home(_: &Streams, folder: &Path, table: &mut Table) {
    for way in WAYS {
        let measure = || -> Outcome<(f64, f64)> {
            let mut client = Setup::demo(folder).shown(way).start()?;
            client.until_screen("home")?;
            client.until_playing()?;
            // Home goes to full screen after 20 s without a key.
            client.key("right")?;
            thread::sleep(WARM_UP);
            let found = costs(&client.running, &client.screen)?;
            client.until_screen("home")?;
            Ok(found)
        };
        let found = measure();
        let memory = Figures::ours(found.clone().map(|(_, mb)| mb), Unit::Mb);
        table.row(&format!("resident memory, Home with its live window, demo operator ({way})"), "≤ 160 MB", memory);
        let cpu = Figures::ours(found.map(|(cpu, _)| cpu), Unit::Cpu);
        table.row(&format!("CPU, Home with its live window, demo operator ({way})"), "–", cpu);
    }
}
