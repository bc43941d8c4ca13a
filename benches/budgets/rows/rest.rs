//! What the client costs when nothing moves.

use std::{path::Path, thread, time::Duration};

use super::WARM_UP;
use crate::{
    Outcome,
    client::Setup,
    streams::Streams,
    table::{Figures, Table, Unit},
};

/// Longer than a minute's tick, so that the clock's redrawing is in it.
const WINDOW: Duration = Duration::from_secs(60);

pub fn rest(streams: &Streams, folder: &Path, table: &mut Table) {
    let measure = |keys: &[&str]| -> Outcome<f64> {
        let mut client = Setup::new(folder, streams.lineup("1-2-3-4")).start()?;
        client.until_screen("home")?;
        client.until_playing()?;
        for key in keys {
            client.key(key)?;
        }
        thread::sleep(WARM_UP);
        Ok(client.running.cpu_during(WINDOW)? / WINDOW.as_secs_f64() * 100.0)
    };
    // The last of Home's doors is "我的学习".
    let page = measure(&["right", "down", "down", "down", "right", "ok", "menu"]);
    table.row("CPU, a page with its menu and no video", "≤ 0.5 % of a core", Figures::ours(page, Unit::Core));
    let standby = measure(&["power"]);
    table.row("CPU, standby", "≤ 0.5 % of a core", Figures::ours(standby, Unit::Core));
}
