//! Between the text and the XML reader: bounds what one event may take, and knows the line.

use std::io::{self, BufRead, Read};

/// One tag, text, comment or declaration. A real description stays below 10 KB.
const MAX_EVENT_BYTES: usize = 1024 * 1024;

/// Bounds what one event may take, because the XML reader gathers a whole event in memory; and counts lines.
pub struct Guarded<R> {
    inner: R,
    left: usize,
    lines: u64,
}

impl<R> Guarded<R> {
    pub fn new(inner: R) -> Self {
        Self { inner, left: MAX_EVENT_BYTES, lines: 1 }
    }

    /// The allowance begins anew.
    pub fn next_event(&mut self) {
        self.left = MAX_EVENT_BYTES;
    }

    /// The line that the reader has come to.
    pub fn line(&self) -> u64 {
        self.lines
    }
}

impl<R: BufRead> BufRead for Guarded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a text or tag longer than 1 MB"));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        // The block is the one just handed out: asking again reads nothing.
        if let Ok(block) = self.inner.fill_buf() {
            let used = block.get(..amount).unwrap_or(block);
            self.lines += used.iter().map(|b| u64::from(*b == b'\n')).sum::<u64>();
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
