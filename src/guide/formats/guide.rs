//! A guide of whichever format: its first sign tells XMLTV from DIYP's JSON.

use std::io::{BufRead, Read};

use super::{
    Warnings, clip, diyp,
    text::Utf8Source,
    unpack,
    xmltv::{self, Ending, Item},
};

/// DIYP guides are of China and name no zone.
pub const BEIJING_MINUTES: i32 = 8 * 60;
const MAX_ID_CHARS: usize = 256;

/// How a guide is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// For times that name no zone. Without it UTC, as XMLTV says, and Beijing for DIYP.
    pub zone_offset_minutes: Option<i32>,
    /// It must be DIYP's JSON. Otherwise that is recognised by its first sign.
    pub diyp_required: bool,
}

/// Reads a guide, plain, gzip or xz, handing each item to `sink` as soon as it is whole. An error of `sink` stops it.
/// Where the guide breaks off, the last warning says so.
pub fn read_guide<E>(
    reader: impl Read,
    reading: Reading,
    warnings: &mut Warnings,
    sink: &mut dyn FnMut(Item) -> Result<(), E>,
) -> Result<Ending, E> {
    let plain = match unpack(reader) {
        Ok(plain) => plain,
        Err(e) => return Ok(broken(0, e.to_string(), warnings)),
    };
    let mut text = Utf8Source::new(plain);
    let is_json = match first_sign(&mut text) {
        Ok(sign) => matches!(sign, Some(b'{' | b'[')),
        Err(e) => return Ok(broken(0, e.to_string(), warnings)),
    };
    let ending = if is_json {
        diyp::read(&mut text, reading.zone_offset_minutes.unwrap_or(BEIJING_MINUTES), warnings, sink)
    } else if reading.diyp_required {
        return Ok(broken(1, "this is no JSON, so no DIYP guide".to_owned(), warnings));
    } else {
        xmltv::read(&mut text, reading.zone_offset_minutes.unwrap_or(0), warnings, sink)
    };
    text.report(warnings);
    ending
}

/// Says it where the reader of warnings sees it.
pub(super) fn broken(line: u64, why: String, warnings: &mut Warnings) -> Ending {
    warnings.add_ending(line, &why);
    Ending::Broken(why)
}

/// Passes over blanks.
fn first_sign(text: &mut impl BufRead) -> std::io::Result<Option<u8>> {
    let block = text.fill_buf()?;
    Ok(block.iter().copied().find(|b| !b.is_ascii_whitespace() && *b != 0))
}

/// True for what can be a channel's id.
pub(super) fn fit(id: &str) -> bool {
    !id.trim().is_empty() && id.chars().take(MAX_ID_CHARS + 1).count() <= MAX_ID_CHARS
}

/// One space for each run of blanks and control characters, at most `max` characters.
pub(super) fn tidy(text: &str, max: usize) -> String {
    let mut out = String::with_capacity(text.len().min(max * 4));
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    let kept = clip(&out, max).len();
    out.truncate(kept);
    out
}
