//! Between the text and the XML reader: bounds what one event may take, passes over one that takes more, and knows the
//! line.

use std::io::{self, BufRead, Read};

use super::text::line_ends;

/// One tag, text, comment or declaration. A real description stays below 10 KB.
const MAX_EVENT_BYTES: usize = 1024 * 1024;
/// As many bytes tell what kind of event it is: `<![CDATA[`.
const HEAD_BYTES: usize = 9;

/// Bounds what one event may take, because the XML reader gathers a whole event in memory; and counts lines.
pub struct Guarded<R> {
    inner: R,
    left: usize,
    lines: u64,
    /// How the event begins.
    head: Vec<u8>,
    /// The last three bytes that were taken.
    tail: u32,
}

impl<R> Guarded<R> {
    pub fn new(inner: R) -> Self {
        Self { inner, left: MAX_EVENT_BYTES, lines: 1, head: Vec::with_capacity(HEAD_BYTES), tail: 0 }
    }

    /// The allowance begins anew.
    pub fn next_event(&mut self) {
        self.left = MAX_EVENT_BYTES;
        self.head.clear();
    }

    /// The line that the reader has come to.
    pub fn line(&self) -> u64 {
        self.lines
    }

    /// Whether the event has taken all that it may.
    pub fn is_spent(&self) -> bool {
        self.left == 0
    }

    /// What the event is, for a message.
    pub fn event(&self) -> &'static str {
        match self.head.as_slice() {
            [b'<', b'!', b'-', ..] => "a comment",
            [b'<', b'!', b'[', ..] => "a text",
            [b'<', b'!' | b'?', ..] => "a declaration",
            [b'<', ..] => "a tag",
            _ => "a text",
        }
    }

    /// What the event ends with.
    fn end(&self) -> &'static [u8] {
        match self.head.as_slice() {
            [b'<', b'!', b'-', ..] => b"-->",
            [b'<', b'!', b'[', ..] => b"]]>",
            [b'<', b'?', ..] => b"?>",
            [b'<', ..] => b">",
            _ => b"<",
        }
    }
}

impl<R: BufRead> Guarded<R> {
    /// Goes to where the event ends, or to the end of the input. A text ends before the tag that follows it.
    pub fn pass_over(&mut self) -> io::Result<()> {
        let end = self.end();
        let sought = end.iter().fold(0, |word, byte| word << 8 | u32::from(*byte));
        let mask = u32::MAX >> (32 - 8 * end.len());
        let excluded = usize::from(end == b"<");
        loop {
            let block = self.inner.fill_buf()?;
            if block.is_empty() {
                return Ok(());
            }
            let mut word = self.tail;
            let found = block.iter().position(|byte| {
                word = word << 8 | u32::from(*byte);
                word & mask == sought
            });
            let used = found.map_or(block.len(), |at| at + 1 - excluded);
            self.consume(used);
            if found.is_some() {
                return Ok(());
            }
        }
    }
}

impl<R: BufRead> BufRead for Guarded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("{} longer than 1 MB", self.event())));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        // The block is the one just handed out: asking again reads nothing.
        if let Ok(block) = self.inner.fill_buf() {
            let used = block.get(..amount).unwrap_or(block);
            self.lines += line_ends(used);
            let wanted = HEAD_BYTES - self.head.len();
            self.head.extend(used.iter().take(wanted));
            let last = used.get(used.len().saturating_sub(3)..).unwrap_or_default();
            self.tail = last.iter().fold(self.tail, |word, byte| word << 8 | u32::from(*byte));
        }
        self.left = self.left.saturating_sub(amount);
        self.inner.consume(amount);
    }
}

impl<R: BufRead> Read for Guarded<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut available = self.fill_buf()?;
        let n = available.read(buf)?;
        self.consume(n);
        Ok(n)
    }
}
