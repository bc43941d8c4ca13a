//! Bytes of unknown encoding become UTF-8 text, block by block: UTF-8 with or without BOM, UTF-16 with BOM, an XML
//! declaration's label, else GB18030. The output is always valid UTF-8; what cannot be decoded becomes U+FFFD.

use std::io::{self, BufRead, Read};

use encoding_rs::{Decoder, Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

use super::Warnings;

const BLOCK_BYTES: usize = 64 * 1024;

/// A line longer than this carries no channel: real ones stay below 4 KB.
pub const MAX_LINE_BYTES: usize = 1024 * 1024;

/// Decides on the first block that holds a byte above ASCII; until then the bytes pass as they are.
pub struct Utf8Source<R> {
    inner: R,
    decoder: Option<Decoder>,
    started: bool,
    raw: Vec<u8>,
    out: Vec<u8>,
    taken: usize,
    failure: Option<io::Error>,
    ended: bool,
    /// Lines given out so far, counted until something had to be replaced.
    lines: u64,
    replaced_on: Option<u64>,
}

impl<R: Read> Utf8Source<R> {
    pub fn new(inner: R) -> Self {
        Self {
            inner,
            decoder: None,
            started: false,
            raw: vec![0; BLOCK_BYTES],
            out: Vec::new(),
            taken: 0,
            failure: None,
            ended: false,
            lines: 1,
            replaced_on: None,
        }
    }

    /// The line with the first bytes that the encoding does not know, where some were met.
    pub fn replaced_on(&self) -> Option<u64> {
        self.replaced_on
    }

    /// Says it, once for the whole document.
    pub fn report(&self, warnings: &mut Warnings) {
        if let Some(line) = self.replaced_on {
            let encoding = self.decoder.as_ref().map_or(UTF_8, Decoder::encoding).name();
            warnings.add(line, || format!("from here on some bytes are no {encoding}; \u{fffd} stands for each"));
        }
    }

    /// Fills the raw block as far as possible, so that the decision sees enough. Returns its length.
    fn read_block(&mut self) -> usize {
        let mut filled = 0;
        while let Some(room) = self.raw.get_mut(filled..).filter(|room| !room.is_empty()) {
            match self.inner.read(room) {
                Ok(0) => {
                    self.ended = true;
                    break;
                }
                Ok(n) => filled += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => {
                    self.failure = Some(e);
                    break;
                }
            }
            if self.decoder.is_some() {
                break;
            }
        }
        filled
    }

    fn decode_block(&mut self, filled: usize) {
        let block = self.raw.get(..filled).unwrap_or_default();
        self.out.clear();
        self.taken = 0;
        if self.decoder.is_none() {
            let first = !std::mem::replace(&mut self.started, true);
            match decide(block, first) {
                Some(encoding) => self.decoder = Some(encoding.new_decoder_with_bom_removal()),
                None => {
                    self.out.extend_from_slice(block);
                    self.count_lines(false);
                    return;
                }
            }
        }
        let Some(decoder) = self.decoder.as_mut() else { return };
        // A failure is an end too: what the decoder still holds is given out before the error.
        let last = self.ended || self.failure.is_some();
        let room = decoder.max_utf8_buffer_length(block.len()).unwrap_or(BLOCK_BYTES * 3 + 16);
        self.out.resize(room, 0);
        let (_, _, written, replaced) = decoder.decode_to_utf8(block, &mut self.out, last);
        self.out.truncate(written);
        self.count_lines(replaced);
    }

    /// Keeps the line of the first replacement.
    fn count_lines(&mut self, replaced: bool) {
        if self.replaced_on.is_some() {
            return;
        }
        let sign = "\u{fffd}".as_bytes();
        let first = replaced.then(|| self.out.windows(sign.len()).position(|part| part == sign)).flatten();
        let before = self.out.get(..first.unwrap_or(self.out.len())).unwrap_or_default();
        self.lines += line_ends(before);
        self.replaced_on = replaced.then_some(self.lines);
    }
}

/// `None` while every byte is ASCII.
fn decide(block: &[u8], first: bool) -> Option<&'static Encoding> {
    if first {
        if let Some((encoding, _)) = Encoding::for_bom(block) {
            return Some(encoding);
        }
        if let Some(encoding) = utf16_without_bom(block) {
            return Some(encoding);
        }
        // A label of UTF-8 is often a habit of the generator: the bytes below decide then. One of GB may be left from before
        // the file was made UTF-8.
        let label = declared(block).filter(|encoding| *encoding != UTF_8);
        if let Some(encoding) = label.filter(|encoding| *encoding != GB18030 || !is_chinese_utf8(block)) {
            return Some(encoding);
        }
    }
    if block.is_ascii() {
        return None;
    }
    match std::str::from_utf8(block) {
        Ok(_) => Some(UTF_8),
        Err(e) if e.error_len().is_none() => Some(UTF_8),
        // One broken name in a UTF-8 file must not turn all others into nonsense: the characters vote.
        Err(_) => Some(if mostly_utf8(block) { UTF_8 } else { GB18030 }),
    }
}

/// UTF-8 throughout, and Chinese: what GB18030 hardly ever is by chance.
fn is_chinese_utf8(block: &[u8]) -> bool {
    let valid = match std::str::from_utf8(block) {
        Ok(text) => text,
        Err(e) if e.error_len().is_none() => {
            block.get(..e.valid_up_to()).and_then(|valid| std::str::from_utf8(valid).ok()).unwrap_or_default()
        }
        Err(_) => return false,
    };
    valid.contains(|c| matches!(c, '\u{4e00}'..='\u{9fff}'))
}

/// What a sequence that is no UTF-8 weighs against those that are. Of eight signs in GB18030 at random, written alone in
/// a file, fewer than one in ten thousand passes for UTF-8 by it, and of twelve none that was tried.
const BROKEN_WEIGHS: usize = 4;

/// Whether what is above ASCII is UTF-8 for the most part. Bytes of GB18030 are by chance a character of UTF-8 about once
/// in six, but then hardly ever a Chinese one, so these weigh more.
fn mostly_utf8(block: &[u8]) -> bool {
    let weight = |c: char| match c {
        '\0'..='\x7f' => 0,
        '\u{3000}'..='\u{9fff}' | '\u{ff00}'..='\u{ffef}' => 3,
        _ => 1,
    };
    let (mut good, mut broken) = (0_usize, 0_usize);
    for chunk in block.utf8_chunks() {
        good += chunk.valid().chars().map(weight).sum::<usize>();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    good > broken * BROKEN_WEIGHS
}

/// Four ASCII characters in pairs with a zero: no other text begins like that.
fn utf16_without_bom(block: &[u8]) -> Option<&'static Encoding> {
    let ascii = |b: u8| matches!(b, b'\t' | b'\n' | b'\r' | b' '..=b'~');
    match *block.first_chunk::<8>()? {
        [a, 0, b, 0, c, 0, d, 0] if [a, b, c, d].into_iter().all(ascii) => Some(UTF_16LE),
        [0, a, 0, b, 0, c, 0, d] if [a, b, c, d].into_iter().all(ascii) => Some(UTF_16BE),
        _ => None,
    }
}

/// The label in `<?xml … encoding="…"?>`.
fn declared(block: &[u8]) -> Option<&'static Encoding> {
    let head = block.get(..block.len().min(256))?;
    let head = String::from_utf8_lossy(head);
    let declaration = head.trim_start().strip_prefix("<?xml")?;
    let declaration = declaration.get(..declaration.find("?>")?)?;
    let (_, rest) = declaration.split_once("encoding")?;
    let rest = rest.trim_start().strip_prefix('=')?.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let label = rest.get(1..)?.split(quote).next()?;
    let encoding = Encoding::for_label(label.trim().as_bytes())?;
    // The label was read as ASCII, so the text is no UTF-16, whatever it says. A GB label is read as GB18030, which
    // holds the others.
    if encoding == UTF_16LE || encoding == UTF_16BE {
        return None;
    }
    Some(if matches!(encoding.name(), "GBK") { GB18030 } else { encoding })
}

impl<R: Read> BufRead for Utf8Source<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.taken >= self.out.len() {
            if let Some(e) = self.failure.take() {
                self.ended = true;
                return Err(e);
            }
            if self.ended {
                return Ok(&[]);
            }
            let filled = self.read_block();
            self.decode_block(filled);
        }
        Ok(self.out.get(self.taken..).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        self.taken = (self.taken + amount).min(self.out.len());
    }
}

impl<R: Read> Read for Utf8Source<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut available = self.fill_buf()?;
        let n = available.read(buf)?;
        self.consume(n);
        Ok(n)
    }
}

/// How many lines end in `bytes`. Counted in single bytes first, which the processor does many at a time: a guide of a
/// gigabyte is counted through.
pub(super) fn line_ends(bytes: &[u8]) -> u64 {
    let few = |few: &[u8]| few.iter().map(|b| u8::from(*b == b'\n')).sum::<u8>();
    bytes.chunks(usize::from(u8::MAX)).map(|part| u64::from(few(part))).sum()
}

/// What `next_line` found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// In the buffer, without its end.
    Whole,
    /// Over the limit; its bytes were let go.
    TooLong,
    End,
}

/// Reads one line into `line`, keeping at most `MAX_LINE_BYTES` of it in memory. It ends with `\n`, `\r\n` or `\r`.
pub fn next_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Line> {
    line.clear();
    let (mut any, mut too_long) = (false, false);
    loop {
        let block = reader.fill_buf()?;
        if block.is_empty() {
            break;
        }
        any = true;
        let end = block.iter().position(|b| matches!(*b, b'\n' | b'\r'));
        let is_half = end.is_some_and(|at| block.get(at) == Some(&b'\r'));
        let part = block.get(..end.unwrap_or(block.len())).unwrap_or_default();
        if line.len() + part.len() > MAX_LINE_BYTES {
            too_long = true;
            *line = Vec::new();
        } else if !too_long {
            line.extend_from_slice(part);
        }
        let used = part.len() + usize::from(end.is_some());
        reader.consume(used);
        if is_half && reader.fill_buf()?.first() == Some(&b'\n') {
            reader.consume(1);
        }
        if end.is_some() {
            break;
        }
    }
    Ok(match (any, too_long) {
        (false, _) => Line::End,
        (true, true) => Line::TooLong,
        (true, false) => Line::Whole,
    })
}

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;
