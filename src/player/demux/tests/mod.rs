//! The demuxer as a whole: streams written here, the demonstration's own lessons, and streams made by ffmpeg.

mod demo;
mod ffmpeg;
mod fragments;
mod hostile;
pub(in crate::player) mod mp4_writer;
mod packed;
mod transport;
mod ts_writer;

use super::{Demux, DemuxError, Event, Track, Unit};

/// Everything that one segment gives, pushed in pieces of `piece` bytes.
fn read(demux: &mut Demux, bytes: &[u8], piece: usize) -> Result<Vec<Event>, DemuxError> {
    let mut events = Vec::new();
    for part in bytes.chunks(piece.max(1)) {
        demux.push(part, &mut events)?;
    }
    demux.end(&mut events);
    demux.trouble().map_or(Ok(events), Err)
}

/// One segment of a new medium.
fn read_new(bytes: &[u8]) -> Result<Vec<Event>, DemuxError> {
    let mut demux = Demux::new();
    demux.begin(false);
    read(&mut demux, bytes, usize::MAX)
}

fn tracks(events: &[Event]) -> Vec<Track> {
    let lists = events.iter().filter_map(|event| match event {
        Event::Tracks(tracks) => Some(tracks.clone()),
        Event::Unit(_) => None,
    });
    lists.last().unwrap_or_default()
}

fn units(events: &[Event], track: u32) -> Vec<&Unit> {
    let units = events.iter().filter_map(|event| match event {
        Event::Unit(unit) => Some(unit),
        Event::Tracks(_) => None,
    });
    units.filter(|unit| unit.track.0 == track).collect()
}
