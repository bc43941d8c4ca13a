//! Writes transport streams for the tests, without the reader's code.

use super::psi::checksum;

pub(crate) fn rtp(sequence: u16, packets: &[u8]) -> Vec<u8> {
    let [high, low] = sequence.to_be_bytes();
    [&[0x80, 33, high, low, 0, 0, 0, 0, 1, 2, 3, 4], packets].concat()
}

fn section(table: u8, version: u8, body: &[u8]) -> Vec<u8> {
    let length = (body.len() + 9) as u16;
    let [high, low] = (0xb000 | length).to_be_bytes();
    let mut bytes = vec![table, high, low, 0, 1, 0xc1 | version << 1, 0, 0];
    bytes.extend(body);
    let sum = checksum(&bytes);
    bytes.extend(sum.to_be_bytes());
    bytes
}

pub(crate) fn pat_section(programmes: &[(u16, u16)]) -> Vec<u8> {
    let entry = |(number, pid): &(u16, u16)| [number.to_be_bytes(), (0xe000 | pid).to_be_bytes()].concat();
    section(0, 0, &programmes.iter().flat_map(entry).collect::<Vec<u8>>())
}

/// Stream type, PID and descriptors of each stream.
pub(crate) fn pmt_section(version: u8, streams: &[(u8, u16, &[u8])]) -> Vec<u8> {
    let mut body = vec![0xff, 0xff, 0xf0, 0];
    for (kind, pid, descriptors) in streams {
        body.push(*kind);
        body.extend((0xe000 | pid).to_be_bytes());
        body.extend((0xf000 | descriptors.len() as u16).to_be_bytes());
        body.extend(*descriptors);
    }
    section(2, version, &body)
}

fn stamp(mark: u8, ticks: u64) -> [u8; 5] {
    let ticks = ticks % (1 << 33);
    let low = |part: u64| ((part as u16) << 1 | 1).to_be_bytes();
    let ([b, c], [d, e]) = (low(ticks >> 15 & 0x7fff), low(ticks & 0x7fff));
    [mark << 4 | ((ticks >> 30) as u8) << 1 | 1, b, c, d, e]
}

#[derive(Default)]
pub(crate) struct Writer {
    pub(crate) bytes: Vec<u8>,
    counters: std::collections::HashMap<u16, u8>,
}

impl Writer {
    pub(crate) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    fn packets(&mut self, pid: u16, payload: &[u8], flagged: bool) {
        let counter = self.counters.entry(pid).or_default();
        let mut rest = payload;
        let mut first = true;
        while !rest.is_empty() {
            let room = if first && flagged { 182 } else { 184 };
            let (now, after) = rest.split_at(rest.len().min(room));
            let mut field = Vec::new();
            if now.len() < 184 {
                field.push((183 - now.len()) as u8);
                if now.len() < 183 {
                    field.push(if first && flagged { 0x40 } else { 0 });
                }
                field.resize(184 - now.len(), 0xff);
            }
            let [high, low] = pid.to_be_bytes();
            let head =
                [0x47, if first { 0x40 } else { 0 } | high, low, if field.is_empty() { 0x10 } else { 0x30 } | *counter];
            *counter = (*counter + 1) & 15;
            self.bytes.extend([&head[..], &field, now].concat());
            (rest, first) = (after, false);
        }
    }

    pub(crate) fn section(&mut self, pid: u16, section: &[u8]) {
        self.packets(pid, &[&[0], section].concat(), false);
    }

    /// Pictures (`0xe0`) leave their length open, as all do; sound names it.
    pub(crate) fn pes(&mut self, pid: u16, id: u8, pts: u64, dts: Option<u64>, data: &[u8], flagged: bool) {
        let mut fields = stamp(if dts.is_some() { 3 } else { 2 }, pts).to_vec();
        fields.extend(dts.iter().flat_map(|dts| stamp(1, *dts)));
        let length = if id == 0xe0 { 0 } else { (3 + fields.len() + data.len()) as u16 };
        let [high, low] = length.to_be_bytes();
        let head = [0, 0, 1, id, high, low, 0x80, if dts.is_some() { 0xc0 } else { 0x80 }, fields.len() as u8];
        self.packets(pid, &[&head[..], &fields, data].concat(), flagged);
    }
}
