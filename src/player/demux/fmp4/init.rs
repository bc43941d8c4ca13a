//! The initialisation section, `moov`: which tracks there are, how they are coded, and what their fragments leave
//! unsaid.

use super::{
    boxes::{self, child, children, full},
    codec::{self, Entry},
};
use crate::player::demux::{Codec, DemuxError, Kind, MAX_TRACKS, MediaNs, Track, TrackId, time::to_ns};

/// Descriptions of one track beyond these are not kept; real tracks have one or two.
const MAX_ENTRIES: usize = 8;

pub struct InitTrack {
    pub id: u32,
    pub kind: Kind,
    pub timescale: u32,
    pub language: Option<String>,
    /// One for each sample description; none where it is nothing for us.
    pub codecs: Vec<Option<Codec>>,
    /// Which of them is in force.
    pub current: usize,
    /// To be added to every time, from the edit list.
    pub shift: MediaNs,
    pub defaults: Defaults,
}

/// What `trex` says for all fragments.
#[derive(Clone, Copy, Debug, Default)]
pub struct Defaults {
    /// Counted from one; zero where nothing is said.
    pub description: u32,
    pub duration: u32,
    pub size: u32,
    pub flags: u32,
}

impl InitTrack {
    pub fn track(&self) -> Option<Track> {
        let codec = self.codecs.get(self.current)?.clone()?;
        Some(Track { id: TrackId(self.id), codec, language: self.language.clone() })
    }

    /// Puts the numbered sample description in force. Says whether that changes anything.
    pub fn describe(&mut self, number: u32) -> bool {
        let Some(at) = (number as usize).checked_sub(1) else { return false };
        let changes = at != self.current && matches!(self.codecs.get(at), Some(Some(_)));
        if changes {
            self.current = at;
        }
        changes
    }
}

/// The first video track, all audio tracks and all subtitles.
pub fn parse(moov: &[u8]) -> Result<Vec<InitTrack>, DemuxError> {
    let movie_scale = child(moov, b"mvhd").and_then(timescale).unwrap_or(0);
    let extends = child(moov, b"mvex");
    let mut tracks: Vec<InitTrack> = Vec::new();
    let mut has_tables = false;
    for (_, trak) in children(moov).filter(|(name, _)| name == b"trak") {
        let Some((track, is_filled)) = track(trak, movie_scale)? else { continue };
        has_tables |= is_filled;
        let is_second = tracks.iter().any(|known| known.id == track.id);
        let is_second_video = track.kind == Kind::Video && tracks.iter().any(|known| known.kind == Kind::Video);
        if !is_second && !is_second_video && tracks.len() < MAX_TRACKS {
            tracks.push(track);
        }
    }
    if extends.is_none() && has_tables {
        return Err(DemuxError::NotFragmented);
    }
    for (_, trex) in children(extends.unwrap_or_default()).filter(|(name, _)| name == b"trex") {
        let Some((id, defaults)) = defaults(trex) else { continue };
        if let Some(track) = tracks.iter_mut().find(|track| track.id == id) {
            track.defaults = defaults;
            track.describe(defaults.description);
        }
    }
    if tracks.is_empty() { Err(DemuxError::Unsupported) } else { Ok(tracks) }
}

fn defaults(trex: &[u8]) -> Option<(u32, Defaults)> {
    let (_, _, mut reader) = full(trex)?;
    let id = reader.u32()?;
    let [description, duration, size, flags] = [reader.u32()?, reader.u32()?, reader.u32()?, reader.u32()?];
    Some((id, Defaults { description, duration, size, flags }))
}

/// A track, and whether its sample tables hold samples; none if it is nothing for us.
fn track(trak: &[u8], movie_scale: u32) -> Result<Option<(InitTrack, bool)>, DemuxError> {
    let Some(id) = child(trak, b"tkhd").and_then(track_id) else { return Ok(None) };
    let Some(mdia) = child(trak, b"mdia") else { return Ok(None) };
    let Some((timescale, language)) = child(mdia, b"mdhd").and_then(media_head) else { return Ok(None) };
    let Some(stbl) = child(mdia, b"minf").and_then(|minf| child(minf, b"stbl")) else { return Ok(None) };
    let entries = child(stbl, b"stsd").map(descriptions).unwrap_or_default();
    if entries.iter().any(|entry| matches!(entry, Entry::Encrypted)) {
        return Err(DemuxError::Scrambled);
    }
    let codecs: Vec<Option<Codec>> = entries.into_iter().map(Entry::codec).collect();
    let Some(current) = codecs.iter().position(Option::is_some) else { return Ok(None) };
    let Some(kind) = codecs.get(current).and_then(|codec| codec.as_ref().map(Codec::kind)) else { return Ok(None) };
    let shift = child(trak, b"edts")
        .and_then(|edts| child(edts, b"elst"))
        .and_then(|elst| shift(elst, movie_scale, timescale))
        .unwrap_or(MediaNs(0));
    let defaults = Defaults::default();
    let track = InitTrack { id, kind, timescale, language, codecs, current, shift, defaults };
    Ok(Some((track, is_filled(stbl))))
}

fn descriptions(stsd: &[u8]) -> Vec<Entry> {
    let Some((_, _, mut reader)) = full(stsd) else { return Vec::new() };
    if reader.u32().is_none() {
        return Vec::new();
    }
    children(reader.rest()).take(MAX_ENTRIES).map(|(name, content)| codec::entry(&name, content)).collect()
}

fn is_filled(stbl: &[u8]) -> bool {
    let count = |name: &boxes::Name, skip: usize| {
        let (_, _, mut reader) = full(child(stbl, name)?)?;
        reader.skip(skip)?;
        reader.u32()
    };
    count(b"stsz", 4).is_some_and(|count| count > 0) || count(b"stz2", 4).is_some_and(|count| count > 0)
}

fn track_id(tkhd: &[u8]) -> Option<u32> {
    let (version, _, mut reader) = full(tkhd)?;
    reader.skip(if version == 1 { 16 } else { 8 })?;
    reader.u32()
}

/// The time scale of `mvhd` and `mdhd`.
fn timescale(head: &[u8]) -> Option<u32> {
    let (version, _, mut reader) = full(head)?;
    reader.skip(if version == 1 { 16 } else { 8 })?;
    reader.u32()
}

fn media_head(mdhd: &[u8]) -> Option<(u32, Option<String>)> {
    let scale = timescale(mdhd).filter(|scale| *scale > 0)?;
    let (version, _, mut reader) = full(mdhd)?;
    reader.skip(if version == 1 { 28 } else { 16 })?;
    let packed = reader.u16().unwrap_or(0);
    // Three letters of five bits each.
    let letters = [packed >> 10 & 31, packed >> 5 & 31, packed & 31];
    let is_language = letters.iter().all(|letter| (1..=26).contains(letter));
    let language: String = letters.iter().map(|letter| char::from(*letter as u8 + 0x60)).collect();
    Some((scale, (is_language && language != "und").then_some(language)))
}

/// Empty edits put the medium later, the first real edit says where in the medium the presentation begins.
fn shift(elst: &[u8], movie_scale: u32, media_scale: u32) -> Option<MediaNs> {
    let (version, _, mut reader) = full(elst)?;
    let count = reader.u32()?;
    let mut later = 0i64;
    for _ in 0..count {
        let (duration, start) = if version == 1 {
            (i64::try_from(reader.u64()?).unwrap_or(0), reader.u64()? as i64)
        } else {
            (i64::from(reader.u32()?), i64::from(reader.u32()? as i32))
        };
        reader.u32()?;
        if start >= 0 {
            return Some(MediaNs(to_ns(later, movie_scale).0.saturating_sub(to_ns(start, media_scale).0)));
        }
        later = later.saturating_add(duration);
    }
    Some(to_ns(later, movie_scale))
}
