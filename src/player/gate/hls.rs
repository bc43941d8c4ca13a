//! HLS playlists: read within limits, nothing decided. What is not understood is left out, and every address stays text
//! until whoever follows it has it checked.

use std::collections::HashMap;

use super::policy::{LINE_BYTES, PLAYLIST_SEGMENTS};
use crate::player::types::Trouble;

/// A segment longer than an hour, or a wait of that length between reloads, is a fault in the playlist.
const LONGEST_S: f64 = 3_600.0;
/// Sequence numbers beyond this do not fit the demuxer's arithmetic.
const HIGHEST_SEQUENCE: u64 = 1 << 53;

/// One piece of a media playlist. All text is borrowed from the playlist.
#[derive(Debug)]
pub struct Segment<'a> {
    pub sequence: u64,
    pub duration_s: f64,
    pub uri: &'a str,
    /// Length and offset.
    pub byte_range: Option<(u64, u64)>,
    pub discontinuity: bool,
    pub gap: bool,
    /// Index into `Playlist::keys`: which set of keys holds here.
    pub keys: usize,
    /// Attributes of the EXT-X-MAP that holds here.
    pub map: Option<&'a str>,
}

/// A playlist as it was read.
#[derive(Debug)]
pub struct Playlist<'a> {
    pub is_master: bool,
    pub ended: bool,
    pub target_s: u64,
    pub segments: Vec<Segment<'a>>,
    /// Attributes, tag and address of the lines of a master playlist that name a medium.
    pub master: Vec<(Vec<Attribute<'a>>, &'a str, Option<&'a str>)>,
    /// Attributes of EXT-X-KEY lines; several in one set are one key in several formats.
    pub keys: Vec<Vec<&'a str>>,
    pub discontinuity_sequence: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute<'a> {
    pub name: &'a str,
    pub value: &'a str,
}

impl<'a> Playlist<'a> {
    pub fn is_live(&self) -> bool {
        !self.is_master && !self.ended
    }

    /// References of those of the last `count` segments that are whole files, oldest first.
    pub fn last_files(&self, count: usize) -> Vec<&'a str> {
        let at = self.segments.len().saturating_sub(count);
        self.segments.get(at..).unwrap_or_default().iter().filter(|s| s.byte_range.is_none()).map(|s| s.uri).collect()
    }

    pub fn parse(text: &'a str) -> Result<Self, Trouble> {
        let mut reader = Reader::default();
        let mut lines = text.trim_start_matches('\u{feff}').split('\n').map(str::trim).filter(|l| !l.is_empty());
        match lines.next() {
            Some(first) if first == "#EXTM3U" || first.starts_with("#EXTM3U ") => {}
            _ => return Err(Trouble::BrokenMedia),
        }
        for line in lines {
            if line.len() > LINE_BYTES {
                return Err(Trouble::TooBig);
            }
            reader.line(line)?;
        }
        reader.finish()
    }
}

/// What is gathered line by line.
#[derive(Default)]
struct Reader<'a> {
    master: Vec<(Vec<Attribute<'a>>, &'a str, Option<&'a str>)>,
    segments: Vec<Segment<'a>>,
    keys: Vec<Vec<&'a str>>,
    map: Option<&'a str>,
    target_s: u64,
    sequence: u64,
    discontinuity_sequence: u64,
    ended: bool,
    // What the next address will take with it.
    stream_inf: Option<Vec<Attribute<'a>>>,
    extinf: Option<f64>,
    range: Option<(u64, Option<u64>)>,
    discontinuity: bool,
    gap: bool,
    key_before: bool,
    /// Where the last byte range of each file ended.
    range_ends: HashMap<&'a str, u64>,
}

impl<'a> Reader<'a> {
    fn line(&mut self, line: &'a str) -> Result<(), Trouble> {
        if !line.starts_with('#') {
            return self.address(line);
        }
        let (tag, rest) = split_tag(line);
        let key_before = std::mem::take(&mut self.key_before);
        match tag {
            "EXTINF" => {
                let number = rest.split(',').next().unwrap_or_default().trim();
                let length: f64 = number.parse().map_err(|_| Trouble::BrokenMedia)?;
                if !(0.0..=LONGEST_S * 24.0).contains(&length) {
                    return Err(Trouble::BrokenMedia);
                }
                self.extinf = Some(length);
            }
            "EXT-X-TARGETDURATION" => {
                let seconds: f64 = rest.parse().map_err(|_| Trouble::BrokenMedia)?;
                self.target_s = if (0.0..=LONGEST_S * 24.0).contains(&seconds) { seconds.ceil() as u64 } else { 0 };
            }
            // Belongs before the first segment; after it the numbers would no longer follow each other.
            "EXT-X-MEDIA-SEQUENCE" => {
                let number = sequence(rest)?;
                self.sequence = if self.segments.is_empty() { number } else { self.sequence };
            }
            "EXT-X-DISCONTINUITY-SEQUENCE" => self.discontinuity_sequence = sequence(rest)?,
            "EXT-X-PLAYLIST-TYPE" => self.ended |= rest == "VOD",
            "EXT-X-ENDLIST" => self.ended = true,
            "EXT-X-BYTERANGE" => self.range = Some(byte_range(rest)?),
            "EXT-X-DISCONTINUITY" => self.discontinuity = true,
            "EXT-X-GAP" => self.gap = true,
            "EXT-X-KEY" => {
                self.key_before = true;
                match self.keys.last_mut() {
                    // Several keys in a row are the same key in several formats.
                    Some(keys) if key_before => keys.push(rest),
                    _ => {
                        if self.keys.is_empty() {
                            self.keys.push(Vec::new());
                        }
                        self.keys.push(vec![rest]);
                    }
                }
            }
            "EXT-X-MAP" => self.map = Some(rest),
            "EXT-X-STREAM-INF" => self.stream_inf = Some(attributes(rest)),
            "EXT-X-MEDIA" => self.master.push((attributes(rest), tag, None)),
            _ => {}
        }
        if self.master.len() > PLAYLIST_SEGMENTS || self.keys.len() > PLAYLIST_SEGMENTS {
            return Err(Trouble::TooBig);
        }
        Ok(())
    }

    fn address(&mut self, uri: &'a str) -> Result<(), Trouble> {
        self.key_before = false;
        if let Some(attributes) = self.stream_inf.take() {
            self.master.push((attributes, "EXT-X-STREAM-INF", Some(uri)));
            return Ok(());
        }
        // An address without its length belongs to nothing.
        let Some(duration_s) = self.extinf.take() else { return Ok(()) };
        if self.segments.len() >= PLAYLIST_SEGMENTS {
            return Err(Trouble::TooBig);
        }
        let byte_range = self.range.take().map(|(length, offset)| {
            let offset = offset.unwrap_or_else(|| self.range_ends.get(uri).copied().unwrap_or(0));
            self.range_ends.insert(uri, offset.saturating_add(length));
            (length, offset)
        });
        self.segments.push(Segment {
            sequence: self.sequence.saturating_add(self.segments.len() as u64),
            duration_s,
            uri,
            byte_range,
            discontinuity: std::mem::take(&mut self.discontinuity),
            gap: std::mem::take(&mut self.gap),
            keys: self.keys.len().saturating_sub(1),
            map: self.map,
        });
        Ok(())
    }

    fn finish(mut self) -> Result<Playlist<'a>, Trouble> {
        let is_master = self.segments.is_empty() && self.master.iter().any(|(_, _, uri)| uri.is_some());
        if self.keys.is_empty() {
            self.keys.push(Vec::new());
        }
        let longest = self.segments.iter().map(|s| s.duration_s).fold(1.0, f64::max).round();
        if self.target_s == 0 || self.target_s as f64 > LONGEST_S * 24.0 {
            self.target_s = longest as u64;
        }
        Ok(Playlist {
            is_master,
            ended: self.ended,
            target_s: self.target_s,
            segments: self.segments,
            master: self.master,
            keys: self.keys,
            discontinuity_sequence: self.discontinuity_sequence,
        })
    }
}

fn split_tag(line: &str) -> (&str, &str) {
    let line = line.strip_prefix('#').unwrap_or(line);
    let (tag, rest) = line.split_once(':').unwrap_or((line, ""));
    (tag.trim(), rest.trim())
}

/// Text without control characters, which a reader of lines could see as an end of line.
fn plain(text: &str) -> Option<&str> {
    (!text.chars().any(char::is_control)).then_some(text)
}

fn sequence(text: &str) -> Result<u64, Trouble> {
    match text.parse() {
        Ok(n) if n <= HIGHEST_SEQUENCE => Ok(n),
        _ => Err(Trouble::BrokenMedia),
    }
}

pub fn byte_range(text: &str) -> Result<(u64, Option<u64>), Trouble> {
    let (length, offset) = match text.split_once('@') {
        Some((length, offset)) => (length, Some(offset.trim().parse().map_err(|_| Trouble::BrokenMedia)?)),
        None => (text, None),
    };
    let length: u64 = length.trim().parse().map_err(|_| Trouble::BrokenMedia)?;
    if length > HIGHEST_SEQUENCE || offset.is_some_and(|o| o > HIGHEST_SEQUENCE) {
        return Err(Trouble::BrokenMedia);
    }
    Ok((length, offset))
}

/// `NAME=VALUE` or `NAME="VALUE"`, separated by commas. What does not fit the form is left out.
pub fn attributes(text: &str) -> Vec<Attribute<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.trim_matches(|c: char| c == ',' || c.is_whitespace());
        let after = after.trim_start();
        let (value, quoted, next) = match after.strip_prefix('"') {
            Some(inside) => match inside.split_once('"') {
                Some((value, next)) => (value, true, next.split_once(',').map_or("", |(_, n)| n)),
                None => break,
            },
            None => {
                let (value, next) = after.split_once(',').unwrap_or((after, ""));
                (value.trim(), false, next)
            }
        };
        let well_named =
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-');
        // A value that looks like an attribute is a trick on readers that search instead of parse.
        let honest = plain(value).is_some() && !value.contains("URI=") && (quoted || !value.contains(['"', '=']));
        if well_named && honest {
            found.push(Attribute { name, value });
        }
        rest = next;
    }
    found
}

#[cfg(test)]
#[path = "hls_tests.rs"]
mod tests;
