//! Writes transport streams for the tests.

use crate::player::demux::ts::checksum;

pub struct TsWriter {
    pub bytes: Vec<u8>,
    counters: [u8; 0x2000],
}

/// The fields of one PES packet.
#[derive(Clone, Default)]
pub struct Pes<'a> {
    pub pid: u16,
    pub id: u8,
    pub pts: Option<u64>,
    pub dts: Option<u64>,
    pub with_length: bool,
    pub random_access: bool,
    pub scrambled: bool,
    pub payload: &'a [u8],
}

impl TsWriter {
    pub fn new() -> Self {
        Self { bytes: Vec::new(), counters: [0; 0x2000] }
    }

    /// A packet with as much of `payload` as fits; says how much that is.
    pub fn packet(&mut self, pid: u16, start: bool, random_access: bool, scrambled: bool, payload: &[u8]) -> usize {
        let counter = self.counters[usize::from(pid)];
        self.counters[usize::from(pid)] = (counter + 1) & 0x0F;
        let flags = if start { 0x40 } else { 0 };
        let control = if scrambled { 0x80 } else { 0 };
        self.bytes.extend([0x47, flags | (pid >> 8) as u8, pid as u8]);
        let least_field = if random_access { 2 } else { 0 };
        let taken = payload.len().min(184 - least_field);
        let field = 184 - taken;
        if field == 0 {
            self.bytes.push(control | 0x10 | counter);
        } else {
            self.bytes.push(control | 0x30 | counter);
            self.bytes.push(field as u8 - 1);
            if field > 1 {
                self.bytes.push(if random_access { 0x40 } else { 0 });
                self.bytes.extend(std::iter::repeat_n(0xFF, field - 2));
            }
        }
        self.bytes.extend(&payload[..taken]);
        taken
    }

    /// Sections with their checksums, spread over as many packets as they need.
    pub fn section(&mut self, pid: u16, table: u8, number: u16, body: &[u8]) {
        let length = 5 + body.len() + 4;
        let mut section = vec![table, 0xB0 | (length >> 8) as u8, length as u8];
        section.extend(number.to_be_bytes());
        section.extend([0xC1, 0, 0]);
        section.extend(body);
        section.extend(checksum(&section).to_be_bytes());
        let mut payload = vec![0];
        payload.extend(section);
        let mut start = true;
        let mut rest = payload.as_slice();
        while !rest.is_empty() {
            if rest.len() < 184 {
                let mut last = rest.to_vec();
                last.resize(184, 0xFF);
                self.packet(pid, start, false, false, &last);
                break;
            }
            let taken = self.packet(pid, start, false, false, rest);
            rest = &rest[taken..];
            start = false;
        }
    }

    /// Programmes: number and PID of the PMT.
    pub fn pat(&mut self, programmes: &[(u16, u16)]) {
        let body: Vec<u8> = programmes
            .iter()
            .flat_map(|(number, pid)| [(number >> 8) as u8, *number as u8, 0xE0 | (pid >> 8) as u8, *pid as u8])
            .collect();
        self.section(0, 0x00, 1, &body);
    }

    /// Streams: type, PID and descriptors.
    pub fn pmt(&mut self, pid: u16, number: u16, streams: &[(u8, u16, &[u8])]) {
        let mut body = vec![0xE1, 0x00, 0xF0, 0x00];
        for (stream_type, pid, descriptors) in streams {
            body.extend([*stream_type, 0xE0 | (pid >> 8) as u8, *pid as u8]);
            body.extend([0xF0 | (descriptors.len() >> 8) as u8, descriptors.len() as u8]);
            body.extend(*descriptors);
        }
        self.section(pid, 0x02, number, &body);
    }

    /// H.264 at 0x100 and AAC at 0x101.
    pub fn usual_tables(&mut self) {
        self.pat(&[(1, 0x1000)]);
        self.pmt(0x1000, 1, &[(0x1B, 0x100, &[]), (0x0F, 0x101, &[0x0A, 4, b'z', b'h', b'o', 0])]);
    }

    pub fn pes(&mut self, pes: &Pes) {
        let mut fields = Vec::new();
        if let Some(pts) = pes.pts {
            fields.extend(timestamp(if pes.dts.is_some() { 3 } else { 2 }, pts));
        }
        if let Some(dts) = pes.dts {
            fields.extend(timestamp(1, dts));
        }
        let length = if pes.with_length { 3 + fields.len() + pes.payload.len() } else { 0 };
        let flags = match (pes.pts, pes.dts) {
            (None, _) => 0,
            (_, None) => 0x80,
            _ => 0xC0,
        };
        let control = if pes.scrambled { 0x20 } else { 0 };
        let mut bytes = vec![0, 0, 1, pes.id, (length >> 8) as u8, length as u8, 0x80 | control, flags];
        bytes.push(fields.len() as u8);
        bytes.extend(fields);
        bytes.extend(pes.payload);
        let mut rest = bytes.as_slice();
        let mut start = true;
        while !rest.is_empty() {
            let taken = self.packet(pes.pid, start, start && pes.random_access, false, rest);
            rest = &rest[taken..];
            start = false;
        }
    }

    pub fn video(&mut self, pts: u64, payload: &[u8]) {
        self.pes(&Pes { pid: 0x100, id: 0xE0, pts: Some(pts), payload, ..Pes::default() });
    }

    pub fn audio(&mut self, pts: u64, payload: &[u8]) {
        self.pes(&Pes { pid: 0x101, id: 0xC0, pts: Some(pts), payload, with_length: true, ..Pes::default() });
    }
}

fn timestamp(prefix: u8, ticks: u64) -> [u8; 5] {
    [
        prefix << 4 | ((ticks >> 30) as u8 & 7) << 1 | 1,
        (ticks >> 22) as u8,
        (ticks >> 14) as u8 | 1,
        (ticks >> 7) as u8,
        (ticks << 1) as u8 | 1,
    ]
}

/// A picture of `size` bytes: parameter sets and an IDR slice, or another slice.
pub fn picture(key: bool, size: usize) -> Vec<u8> {
    let mut bytes = vec![0, 0, 0, 1, 0x09, 0xF0];
    if key {
        bytes.extend([0, 0, 0, 1, 0x67, 0x4D, 0x40, 0x1F, 0, 0, 0, 1, 0x68, 0xEE, 0, 0, 1, 0x65, 0x88]);
    } else {
        bytes.extend([0, 0, 1, 0x41, 0x9A]);
    }
    let filled = bytes.len();
    bytes.extend((filled..size).map(|at| at as u8 | 1));
    bytes
}

/// The same packets with `before` bytes in front of each and `after` bytes behind.
pub fn widened(bytes: &[u8], before: usize, after: usize) -> Vec<u8> {
    let mut wide = Vec::new();
    for packet in bytes.chunks(188) {
        wide.extend(std::iter::repeat_n(0x11, before));
        wide.extend(packet);
        wide.extend(std::iter::repeat_n(0x22, after));
    }
    wide
}
