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
        // A label of UTF-8 is often a habit of the generator: the bytes below decide then.
        if let Some(encoding) = declared(block).filter(|encoding| *encoding != UTF_8) {
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

/// Reads one line into `line`, keeping at most `MAX_LINE_BYTES` of it in memory.
pub fn next_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Line> {
    line.clear();
    let (mut any, mut too_long) = (false, false);
    loop {
        let block = reader.fill_buf()?;
        if block.is_empty() {
            break;
        }
        any = true;
        let end = block.iter().position(|b| *b == b'\n');
        let part = block.get(..end.unwrap_or(block.len())).unwrap_or_default();
        if line.len() + part.len() > MAX_LINE_BYTES {
            too_long = true;
            *line = Vec::new();
        } else if !too_long {
            line.extend_from_slice(part);
        }
        let used = part.len() + usize::from(end.is_some());
        reader.consume(used);
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoded(bytes: &[u8]) -> String {
        let mut text = String::new();
        Utf8Source::new(bytes).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn every_encoding_becomes_the_same_text() {
        let text = "#EXTM3U\n#EXTINF:-1,东方卫视\nhttp://a/b\n";
        assert_eq!(decoded(text.as_bytes()), text);
        assert_eq!(decoded(&[b"\xEF\xBB\xBF", text.as_bytes()].concat()), text);
        assert_eq!(decoded(&GB18030.encode(text).0), text);
        let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert_eq!(decoded(&utf16), text);
        assert_eq!(decoded(&utf16[2..]), text);
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decoded(&big), text);
    }

    #[test]
    fn a_long_ascii_head_does_not_decide() {
        let text = format!("{}\n金色学堂", "#x".repeat(100_000));
        assert_eq!(decoded(&GB18030.encode(&text).0), text);
        assert_eq!(decoded(text.as_bytes()), text);
    }

    #[test]
    fn one_broken_name_in_utf8_harms_only_itself() {
        let bytes = [b"\xE4\xB8\n".as_slice(), "新闻\n综合\n".as_bytes()].concat();
        assert!(decoded(&bytes).ends_with("新闻\n综合\n"));
    }

    #[test]
    fn one_bad_byte_in_a_text_of_one_line_harms_only_itself() {
        let label = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
        for head in [label, "", "\n\n"] {
            let bytes = [head.as_bytes(), "<a>东方卫视</a><b>新闻".as_bytes(), b"\xff</b>"].concat();
            let mut text = String::new();
            let mut source = Utf8Source::new(bytes.as_slice());
            source.read_to_string(&mut text).unwrap();
            assert_eq!(text, format!("{head}<a>东方卫视</a><b>新闻\u{fffd}</b>"));
            let line = 1 + head.matches('\n').count() as u64;
            assert_eq!(source.replaced_on(), Some(line));
            let mut warnings = Warnings::new("x");
            source.report(&mut warnings);
            assert_eq!(warnings.into_vec()[0].line, Some(line));
        }
        // The label is a habit: what is GB18030 is read as such.
        let text = format!("{label}<a>东方卫视</a><b>上海新闻综合</b>");
        assert_eq!(decoded(&GB18030.encode(&text).0), text);
        // Rare signs alone, of which many happen to be characters of UTF-8.
        assert_eq!(decoded(&GB18030.encode("懦殳井咦喡壺嗎涩").0), "懦殳井咦喡壺嗎涩");
        let mut source = Utf8Source::new(text.as_bytes());
        source.read_to_string(&mut String::new()).unwrap();
        assert_eq!(source.replaced_on(), None);
    }

    #[test]
    fn the_line_of_the_first_bad_byte_is_known_far_from_the_beginning() {
        let bytes =
            [vec![b'\n'; 3 * BLOCK_BYTES], "新闻".into(), vec![b'\n'; BLOCK_BYTES], b"x\xff\n\xff".into()].concat();
        let mut source = Utf8Source::new(bytes.as_slice());
        io::copy(&mut source, &mut io::sink()).unwrap();
        assert_eq!(source.replaced_on(), Some(4 * BLOCK_BYTES as u64 + 1));
        assert_eq!(line_ends(&bytes), 4 * BLOCK_BYTES as u64 + 1);
    }

    proptest! {
        #[test]
        fn a_text_of_hanzi_is_read_whatever_it_is_written_in(text in "[一-龥]{12,60}", bad in any::<bool>()) {
            prop_assert_eq!(decoded(&GB18030.encode(&text).0), text.clone());
            let (mut bytes, mut expected) = (text.clone().into_bytes(), text);
            if bad {
                bytes.push(0xFF);
                expected.push('\u{fffd}');
            }
            prop_assert_eq!(decoded(&bytes), expected);
        }
    }

    #[test]
    fn a_declared_label_is_heeded() {
        let text = "<?xml version=\"1.0\" encoding=\"GB2312\"?><tv>联通</tv>";
        assert_eq!(decoded(&GB18030.encode(text).0), text);
    }

    #[test]
    fn lines_are_bounded() {
        let bytes = [vec![b'a'; MAX_LINE_BYTES * 3], b"\nshort\r\n\nlast".to_vec()].concat();
        let mut reader = io::BufReader::new(bytes.as_slice());
        let mut line = Vec::new();
        assert_eq!(next_line(&mut reader, &mut line).unwrap(), Line::TooLong);
        assert_eq!(next_line(&mut reader, &mut line).unwrap(), Line::Whole);
        assert_eq!(line, b"short\r");
        assert_eq!(next_line(&mut reader, &mut line).unwrap(), Line::Whole);
        assert!(line.is_empty());
        assert_eq!(next_line(&mut reader, &mut line).unwrap(), Line::Whole);
        assert_eq!(line, b"last");
        assert_eq!(next_line(&mut reader, &mut line).unwrap(), Line::End);
    }
}
