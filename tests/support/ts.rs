//! Small transport streams whose pictures and sounds say what they are, so that a test can tell which of them arrived,
//! in which order and how often.
#![allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing)]

/// What a unit says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark {
    /// Which rendition or programme.
    pub stream: u32,
    pub segment: u32,
    pub index: u32,
}

impl Mark {
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let at = bytes.windows(5).position(|w| w == b"MARK ")?;
        let end = bytes[at..].iter().position(|b| *b == b';')?;
        let text = std::str::from_utf8(&bytes[at + 5..at + end]).ok()?;
        let mut numbers = text.split(' ').map(|n| n.parse().ok());
        Some(Self { stream: numbers.next()??, segment: numbers.next()??, index: numbers.next()?? })
    }

    fn bytes(self) -> Vec<u8> {
        format!("MARK {} {} {};", self.stream, self.segment, self.index).into_bytes()
    }
}

/// One segment to be written. Its pictures are a tenth of a second apart, the first one is a key picture.
#[derive(Clone, Copy, Debug)]
pub struct Segment {
    pub stream: u32,
    pub number: u32,
    /// Of the first picture, in ticks of 90 kHz.
    pub start: u64,
    pub units: u32,
    /// Of one picture.
    pub bytes: usize,
    pub video: bool,
    pub audio: bool,
    pub tables: bool,
}

pub const STEP: u64 = 9_000;

impl Segment {
    /// A second of picture and sound at its place on a clock that began long ago.
    pub fn new(stream: u32, number: u32) -> Self {
        let start = 900_000 + u64::from(number) * 10 * STEP;
        Self { stream, number, start, units: 10, bytes: 3_000, video: true, audio: true, tables: true }
    }

    pub fn write(self) -> Vec<u8> {
        let mut out = Writer::default();
        if self.tables {
            out.tables(self.video, self.audio);
        }
        for index in 0..self.units {
            let mark = Mark { stream: self.stream, segment: self.number, index }.bytes();
            let pts = self.start + u64::from(index) * STEP;
            if self.video {
                let mut picture = vec![0, 0, 0, 1, 0x09, 0xF0];
                picture.extend(match index {
                    0 => &[0, 0, 0, 1, 0x67, 0x4D, 0x40, 0x1F, 0, 0, 0, 1, 0x68, 0xEE, 0, 0, 1, 0x65, 0x88][..],
                    _ => &[0, 0, 1, 0x41, 0x9A][..],
                });
                picture.extend(&mark);
                picture.resize(self.bytes.max(picture.len()), 0x55);
                out.pes(0x100, 0xE0, pts, &picture, false);
            }
            if self.audio {
                let mut sound = vec![0xFF, 0xF1, 0x50, 0x80];
                sound.extend(&mark);
                sound.resize(200, 0x55);
                out.pes(0x101, 0xC0, pts, &sound, true);
            }
        }
        out.bytes
    }
}

/// PAT and PMT alone: an initialisation section.
pub fn tables() -> Vec<u8> {
    let mut out = Writer::default();
    out.tables(true, true);
    out.bytes
}

#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
    counters: std::collections::HashMap<u16, u8>,
}

impl Writer {
    fn packet(&mut self, pid: u16, start: bool, payload: &[u8]) -> usize {
        let counter = self.counters.entry(pid).or_default();
        let (now, taken) = (*counter, payload.len().min(184));
        *counter = (now + 1) & 15;
        self.bytes.extend([0x47, if start { 0x40 } else { 0 } | (pid >> 8) as u8, pid as u8]);
        let field = 184 - taken;
        self.bytes.push(if field == 0 { 0x10 } else { 0x30 } | now);
        if field > 0 {
            self.bytes.push(field as u8 - 1);
        }
        if field > 1 {
            self.bytes.push(0);
            self.bytes.extend(std::iter::repeat_n(0xFF, field - 2));
        }
        self.bytes.extend(&payload[..taken]);
        taken
    }

    fn section(&mut self, pid: u16, table: u8, body: &[u8]) {
        let mut section = vec![table, 0xB0, (5 + body.len() + 4) as u8, 0, 1, 0xC1, 0, 0];
        section.extend(body);
        section.extend(checksum(&section).to_be_bytes());
        section.insert(0, 0);
        section.resize(184, 0xFF);
        self.packet(pid, true, &section);
    }

    fn tables(&mut self, video: bool, audio: bool) {
        self.section(0, 0, &[0, 1, 0xF0, 0x00]);
        let mut body = vec![0xE1, 0x00, 0xF0, 0x00];
        if video {
            body.extend([0x1B, 0xE1, 0x00, 0xF0, 0]);
        }
        if audio {
            body.extend([0x0F, 0xE1, 0x01, 0xF0, 0]);
        }
        self.section(0x1000, 2, &body);
    }

    fn pes(&mut self, pid: u16, id: u8, pts: u64, payload: &[u8], with_length: bool) {
        let length = if with_length { 8 + payload.len() } else { 0 };
        let mut bytes = vec![0, 0, 1, id, (length >> 8) as u8, length as u8, 0x80, 0x80, 5];
        let byte = |shift: u32| (pts >> shift) as u8;
        bytes.extend([0x21 | (byte(30) & 7) << 1, byte(22), byte(14) | 1, byte(7), byte(0) << 1 | 1]);
        bytes.extend(payload);
        let (mut rest, mut start) = (bytes.as_slice(), true);
        while !rest.is_empty() {
            let taken = self.packet(pid, start, rest);
            (rest, start) = (&rest[taken..], false);
        }
    }
}

/// CRC-32 of MPEG.
fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(
            sum ^ u32::from(*byte) << 24,
            |sum, _| {
                if sum & 1 << 31 == 0 { sum << 1 } else { sum << 1 ^ 0x04C1_1DB7 }
            },
        )
    })
}
