//! Multicast channels, sent by ffmpeg with a key frame each second, in a network that ends on this machine.

use std::path::Path;

use super::zap::{COLD_ZAPS, by, kodi, mpv, ours};
use crate::{
    client::Setup,
    streams::{COLOURS, Streams},
    table::{Figures, Table, Unit},
};

pub fn zap(streams: &Streams, folder: &Path, table: &mut Table) {
    let senders = match streams.multicast() {
        Ok(senders) => senders,
        Err(why) => return table.row("zap, multicast", "≤ 650 ms", Figures::ours(Err(why), Unit::Ms)),
    };
    let groups: Vec<String> = (1..=COLOURS.len()).map(Streams::group).collect();
    let theirs = mpv(folder, &groups);
    let lineup = streams.lineup("m1-m2-m3-m4");
    let kodi = kodi(folder, &lineup);
    let warm = Figures::spread(ours(folder, lineup.clone(), "auto"), Unit::Ms);
    let warm = warm.mpv(theirs.clone()).kodi(kodi.clone());
    table.row("zap, multicast, neighbours warm, median of 12", "≤ 80 ms", warm);
    let cold = by(&Setup::new(folder, lineup).alone(), COLD_ZAPS);
    let figures = Figures::spread(cold, Unit::Ms).mpv(theirs).kodi(kodi);
    let name = format!("zap, multicast (cold), key frame each second, median of {COLD_ZAPS}");
    table.row(&name, "≤ 650 ms", figures);
    drop(senders);
}
