//! The budgets one by one. Each row starts what it needs on a screen of its own and ends it again.

mod demand;
mod keys;
pub mod multicast;
mod polls;
mod records;
mod rest;
mod scale;
mod school;
mod shift;
mod start;
mod taste;
mod watch;
mod zap;

use std::path::Path;

use crate::{streams::Streams, table::Table};

type Row = fn(&Streams, &Path, &mut Table);

/// Name for the command line, and what measures it.
pub const ROWS: &[(&str, Row)] = &[
    ("start", start::start),
    ("keys", keys::keys),
    ("demand", demand::demand),
    ("zap", zap::zap),
    ("far", zap::far),
    ("udpxy", zap::udpxy),
    ("multicast", |_, folder, table| crate::apart(folder, table)),
    ("shift", shift::shift),
    ("play", watch::full_hd),
    ("home", watch::home),
    ("rest", rest::rest),
    ("guide", scale::guide),
    ("huge", scale::huge),
    ("school", school::school),
    ("polls", polls::polls),
    ("records", records::records),
    ("taste", taste::taste),
];

/// Keysyms of X.
pub mod keysym {
    pub const ESCAPE: u32 = 0xff1b;
    pub const UP: u32 = 0xff52;
    pub const DOWN: u32 = 0xff54;
    pub const PAGE_UP: u32 = 0xff55;
    pub const PAGE_DOWN: u32 = 0xff56;
    pub const ENTER: u32 = 0xff0d;
    pub const LEFT: u32 = 0xff51;
    /// 看电视, and play or pause, on the keyboard.
    pub const LIVE: u32 = 'l' as u32;
    pub const PAUSE: u32 = ' ' as u32;
    /// mpv's keys for the next and the previous entry.
    pub const MPV_NEXT: u32 = '>' as u32;
    pub const MPV_PREVIOUS: u32 = '<' as u32;
}

/// What a start costs is over when processor time begins to be counted.
const WARM_UP: std::time::Duration = std::time::Duration::from_secs(6);
