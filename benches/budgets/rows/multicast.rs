//! Multicast channels, sent by ffmpeg with a key frame each second, in a network that ends on this machine.

use std::path::Path;

use super::zap::{mpv, ours};
use crate::{
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
    let figures = Figures::spread(ours(folder, streams.lineup("m1-m2-m3-m4"), "auto"), Unit::Ms).mpv(theirs);
    table.row("zap, multicast (cold), key frame each second, median of 12", "≤ 650 ms", figures);
    drop(senders);
}
