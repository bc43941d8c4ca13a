//! M3U and M3U8 lineups, and TXT lines among them. One pass, one line in memory at a time. A playlist decides about
//! its own channels only: what it may name depends on where it came from (`address`).

use std::{
    collections::BTreeMap,
    io::{self, BufRead, Read},
    mem,
};

use super::{
    Warnings,
    address::{self, Origin, guide_addresses},
    assemble::{self, Assembler, Entry, List, MAX_CHANNELS, Place},
    attributes::{attributes, value},
    clean,
    described::{Defaults, MAX_GROUPS, MAX_NAME_CHARS, Pending, described, groups},
    headers::{Headers, split_address},
    options, quote,
    recognise::{NotALineup, Recogniser},
    text::{Line, MAX_LINE_BYTES, Utf8Source, next_line},
    txt, unpack,
};
use crate::guide::lineup::{ChannelId, Lineup, MediaSource, Warning};

/// A lineup with what could not be used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineupRead {
    pub lineup: Lineup,
    /// `tvg-shift`: how much later than the guide says a channel runs, in milliseconds.
    pub shifts: BTreeMap<ChannelId, i64>,
    pub warnings: Vec<Warning>,
    /// The input failed before its end: there may have been more channels.
    pub cut: Option<String>,
}

/// One of several lists, not yet a lineup by itself: `merge` makes one of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListRead {
    pub list: List,
    pub warnings: Vec<Warning>,
    /// The input failed before its end: there may have been more channels.
    pub cut: Option<String>,
}

/// Reads a lineup, plain, gzip or xz. What was read before an input error is used; the error becomes a warning.
pub fn read_lineup(reader: impl Read, origin: &Origin, source_name: &str) -> Result<LineupRead, NotALineup> {
    let mut warnings = Warnings::new(source_name);
    let (list, cut) = read(reader, origin, &mut warnings)?;
    let (lineup, shifts) = list.finish(&mut warnings);
    Ok(LineupRead { lineup, shifts, warnings: warnings.into_vec(), cut })
}

/// Reads one of several lists.
pub fn read_list(reader: impl Read, origin: &Origin, source_name: &str) -> Result<ListRead, NotALineup> {
    let mut warnings = Warnings::new(source_name);
    let (list, cut) = read(reader, origin, &mut warnings)?;
    Ok(ListRead { list, warnings: warnings.into_vec(), cut })
}

/// One lineup of several lists, in their order: the same as if their lines stood in one file.
pub fn merge(mut lists: Vec<List>, source_name: &str) -> LineupRead {
    let mut warnings = Warnings::new(source_name);
    let list = match (lists.pop(), lists.is_empty()) {
        (Some(only), true) => only,
        (last, _) => assemble::merge(lists.into_iter().chain(last), &mut warnings),
    };
    let (lineup, shifts) = list.finish(&mut warnings);
    LineupRead { lineup, shifts, warnings: warnings.into_vec(), cut: None }
}

fn read(reader: impl Read, origin: &Origin, warnings: &mut Warnings) -> Result<(List, Option<String>), NotALineup> {
    let mut parser = Parser::new(origin);
    let mut cut = None;
    match unpack(reader) {
        Ok(plain) => {
            let mut text = Utf8Source::new(plain);
            if let Err(e) = parser.run(&mut text, warnings)? {
                warnings.add_ending(parser.line, &format!("the input ends in an error: {e}"));
                cut = Some(e.to_string());
            }
            text.report(warnings);
        }
        Err(e) => {
            warnings.add_ending(0, &e.to_string());
            cut = Some(e.to_string());
        }
    }
    parser.drop_pending(warnings);
    match parser.recogniser.verdict(!parser.assembler.is_empty()) {
        Some(other) => Err(other),
        None => Ok((parser.assembler.into_list(), cut)),
    }
}

/// The last channel described by `#EXTINF`: a second address line right after it is its second source.
enum Described {
    /// It is in the list: the place and the headers are all that the next address needs.
    Listed(Place, Headers),
    /// Its address could not be used, so the next one may be its first.
    Waiting(Box<Pending>),
}

struct Parser<'a> {
    origin: &'a Origin,
    assembler: Assembler,
    defaults: Defaults,
    pending: Option<Pending>,
    /// Headers that stand before the channel they belong to.
    early: Headers,
    last: Option<Described>,
    txt_group: Vec<String>,
    txt_headers: Headers,
    /// The description of the next address was lost: the address belongs to no known channel.
    lost: bool,
    line: u64,
    recogniser: Recogniser,
    full: bool,
}

impl<'a> Parser<'a> {
    fn new(origin: &'a Origin) -> Self {
        Self {
            origin,
            assembler: Assembler::default(),
            defaults: Defaults::default(),
            pending: None,
            early: Headers::default(),
            last: None,
            txt_group: Vec::new(),
            txt_headers: Headers::default(),
            lost: false,
            line: 0,
            recogniser: Recogniser::default(),
            full: false,
        }
    }

    fn run(&mut self, text: &mut impl BufRead, warnings: &mut Warnings) -> Result<io::Result<()>, NotALineup> {
        let mut bytes = Vec::new();
        loop {
            self.line += 1;
            match next_line(text, &mut bytes) {
                Err(e) => return Ok(Err(e)),
                Ok(Line::End) => return Ok(Ok(())),
                Ok(Line::TooLong) => {
                    warnings.add(self.line, || format!("a line longer than {MAX_LINE_BYTES} bytes; ignored"));
                    self.last = None;
                    // It was the address of the channel before it, or the description of the next.
                    self.lost = self.pending.is_none();
                    self.drop_pending(warnings);
                }
                Ok(Line::Whole) => {
                    // The source gives only valid UTF-8.
                    let line = std::str::from_utf8(&bytes).unwrap_or_default().trim_matches(is_blank);
                    if line.is_empty() {
                        continue;
                    }
                    self.recogniser.look(self.line, line)?;
                    self.take(line, warnings);
                    if self.full {
                        warnings.add(self.line, || format!("more than {MAX_CHANNELS} channels; the rest is ignored"));
                        return Ok(Ok(()));
                    }
                }
            }
        }
    }

    fn take(&mut self, line: &str, warnings: &mut Warnings) {
        if let Some(rest) = ["#EXTINF:", "#EXTINF：", "#EXTINF ", "# EXTINF:"].iter().find_map(|name| tag(line, name))
        {
            self.drop_pending(warnings);
            self.last = None;
            self.lost = false;
            let headers = self.early();
            self.pending = Some(described(rest, headers, self.origin, &self.defaults, self.line, warnings));
        } else if let Some(rest) = tag(line, "#EXTM3U") {
            self.header(rest, warnings);
        } else if let Some(rest) = tag(line, "#EXTGRP:") {
            self.group(rest);
        } else if let Some(option) = options::option(line) {
            // In a TXT list it holds for the rest of its group.
            let headers = match &mut self.pending {
                Some(pending) => &mut pending.headers,
                None if line.starts_with('#') => &mut self.early,
                None => &mut self.txt_headers,
            };
            option.take(headers, self.line, warnings);
        } else if line.starts_with('#') {
            // A comment; perhaps a description that somebody took out, and its address is not the channel's before it.
            if line.trim_start_matches(['#', ' ']).starts_with("EXTINF") {
                self.lost = self.pending.is_none();
                self.last = None;
            }
        } else if let Some(group) = txt::genre(line) {
            self.txt_group = groups(group);
            self.txt_headers = Headers::default();
        } else if let (None, Some((name, urls))) = (&self.pending, txt::channel(line)) {
            let mut headers = self.early();
            headers.merge(self.txt_headers.clone());
            for url in urls {
                let entry = Entry {
                    name: or_any(clean(name, MAX_NAME_CHARS)),
                    groups: self.txt_group.clone(),
                    ..Entry::default()
                };
                self.address(url, entry, &headers, warnings);
            }
        } else {
            self.address_line(line, warnings);
        }
    }

    fn header(&mut self, rest: &str, warnings: &mut Warnings) {
        let found = attributes(rest);
        for (key, list) in &found {
            if ["x-tvg-url", "url-tvg", "tvg-url", "x-tvg-urls"].iter().any(|k| key.eq_ignore_ascii_case(k)) {
                for url in guide_addresses(list) {
                    match self.origin.document(url) {
                        Ok(url) => self.assembler.guide(url),
                        Err(why) => warnings.add(self.line, || format!("guide address \"{}\": {why}", quote(url))),
                    }
                }
            }
        }
        let set = |slot: &mut Option<String>, keys: &[&str]| {
            if let Some(text) = value(&found, keys) {
                *slot = Some(text.to_owned());
            }
        };
        set(&mut self.defaults.catchup_mode, &["catchup", "catchup-type"]);
        set(&mut self.defaults.catchup_days, &["catchup-days"]);
        set(&mut self.defaults.catchup_source, &["catchup-source"]);
        set(&mut self.defaults.catchup_correction, &["catchup-correction"]);
        set(&mut self.defaults.catchup_replace, &["catchup-replace"]);
        set(&mut self.defaults.shift, &["tvg-shift"]);
        self.defaults.headers.set_attributes(&|keys| value(&found, keys));
    }

    /// What the header line gives to all, then what stands before a channel's own line.
    fn early(&mut self) -> Headers {
        let mut headers = self.defaults.headers.clone();
        headers.merge(mem::take(&mut self.early));
        headers
    }

    /// After `#EXTINF` it adds to that channel; elsewhere it opens a group for the channels without one.
    fn group(&mut self, rest: &str) {
        let found = groups(rest);
        match &mut self.pending {
            Some(pending) => {
                for group in found {
                    if !pending.entry.groups.contains(&group) && pending.entry.groups.len() < MAX_GROUPS {
                        pending.entry.groups.push(group);
                    }
                }
            }
            None => self.defaults.group = found,
        }
    }

    fn address_line(&mut self, line: &str, warnings: &mut Warnings) {
        let line = txt::without_quality(line);
        let absolute = address::looks_absolute(line);
        let junk = !absolute && (line.starts_with(['=', '-', '*', '<', '{', '[']) || line.contains(is_blank));
        let junk = junk || (!absolute && self.pending.is_none());
        if junk {
            warnings.add(self.line, || format!("\"{}\" is neither a tag nor an address", quote(line)));
            return;
        }
        if let Some(Pending { mut entry, headers }) = self.pending.take() {
            if entry.groups.is_empty() {
                entry.groups = self.defaults.group.clone();
            }
            if entry.name.is_empty() {
                entry.name = named_by(line);
                let name = entry.name.clone();
                warnings.add(entry.line, || format!("a channel without a name; called \"{}\"", quote(&name)));
            }
            self.described_address(line, entry, headers, warnings);
        } else if let Some(last) = self.last.take() {
            match last {
                Described::Listed(place, headers) => {
                    if let Some(source) = self.source(line, &headers, self.assembler.name(place), warnings) {
                        self.assembler.add_source(place, source, self.line, warnings);
                    }
                    self.last = Some(Described::Listed(place, headers));
                }
                Described::Waiting(pending) => self.described_address(line, pending.entry, pending.headers, warnings),
            }
        } else if self.lost {
            warnings.add(self.line, || format!("\"{}\" has lost its description; ignored", quote(line)));
        } else {
            let name = named_by(line);
            warnings.add(self.line, || format!("an address without #EXTINF; called \"{}\"", quote(&name)));
            let entry = Entry { name, groups: self.defaults.group.clone(), ..Entry::default() };
            let headers = self.early();
            self.address(line, entry, &headers, warnings);
        }
    }

    fn described_address(&mut self, text: &str, entry: Entry, headers: Headers, warnings: &mut Warnings) {
        self.last = Some(match self.source(text, &headers, &entry.name, warnings) {
            Some(source) => Described::Listed(self.push(entry, source, warnings), headers),
            None => Described::Waiting(Box::new(Pending { entry, headers })),
        });
    }

    fn address(&mut self, text: &str, entry: Entry, headers: &Headers, warnings: &mut Warnings) {
        if let Some(source) = self.source(text, headers, &entry.name, warnings) {
            self.push(entry, source, warnings);
        }
    }

    /// An address with what it takes along; none where it may not be used, which is said.
    fn source(&self, text: &str, headers: &Headers, name: &str, warnings: &mut Warnings) -> Option<MediaSource> {
        let (url, pairs) = split_address(text);
        let mut headers = headers.clone();
        for name in pairs.map(|pairs| headers.set_pairs(pairs)).unwrap_or_default() {
            warnings.add(self.line, || format!("header \"{}\" cannot be sent; ignored", quote(&name)));
        }
        match self.origin.media(url) {
            Ok(url) => Some(MediaSource { url, headers: headers.into_vec() }),
            Err(why) => {
                warnings.add(self.line, || format!("\"{}\": address \"{}\": {why}", quote(name), quote(url)));
                None
            }
        }
    }

    fn push(&mut self, mut entry: Entry, source: MediaSource, warnings: &mut Warnings) -> Place {
        entry.line = self.line;
        entry.source = source;
        let place = self.assembler.push(entry, warnings);
        self.full = self.assembler.is_full();
        place
    }

    fn drop_pending(&mut self, warnings: &mut Warnings) {
        if let Some(pending) = self.pending.take() {
            warnings.add(pending.entry.line, || format!("\"{}\" has no address", quote(&pending.entry.name)));
        }
    }
}

/// A name for a channel that has none: the last part of its address.
fn named_by(address: &str) -> String {
    or_any(clean(&address::stem(address).unwrap_or_default(), MAX_NAME_CHARS))
}

fn or_any(name: String) -> String {
    if name.is_empty() { "频道".to_owned() } else { name }
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}' || c == '\0'
}

/// What follows a tag; tags compare without case.
pub(super) fn tag<'t>(line: &'t str, name: &str) -> Option<&'t str> {
    let head = line.get(..name.len())?;
    head.eq_ignore_ascii_case(name).then(|| line.get(name.len()..).unwrap_or_default())
}

#[cfg(test)]
#[path = "m3u_tests.rs"]
mod tests;
