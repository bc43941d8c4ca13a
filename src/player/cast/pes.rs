//! Elementary streams from packets: the pieces of one PID put together to what was packed as one, with its times. Counts
//! what got lost.

use super::packet::Packet;

/// No coded picture of a broadcast is larger; a stream that never begins anew must not fill the memory.
const UNIT_BYTES: usize = 4 << 20;
/// So many units ended with a packet that was filled up, and none held one before its end: that is the sender's way.
const HABIT: u8 = 2;

/// One coded picture, or some frames of sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pes {
    /// Ticks of 90 kHz, 33 bits.
    pub pts: Option<u64>,
    pub dts: Option<u64>,
    pub data: Vec<u8>,
    /// The transport says that a decoder can begin here.
    pub flagged: bool,
    /// Some of it was lost.
    pub damaged: bool,
}

/// What a packet that is filled up tells. Only what begins anew is packed into a new packet, so the one before it is filled
/// up: of a sender that does so nowhere else, a picture is known to be whole a picture earlier. Some do it anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Filling {
    /// Units seen that ended so.
    Ends(u8),
    Anywhere,
}

impl Default for Filling {
    fn default() -> Self {
        Self::Ends(0)
    }
}

#[derive(Clone, Debug, Default)]
pub struct Assembler {
    held: Vec<u8>,
    open: bool,
    filling: Filling,
    /// The last packet was filled up.
    filled: bool,
    flagged: bool,
    damaged: bool,
    counter: Option<u8>,
    /// Holes in the counter.
    pub lost: u64,
}

impl Assembler {
    /// For another stream, the count going on.
    pub fn begin_anew(&mut self) {
        *self = Self { lost: self.lost, ..Self::default() };
    }

    /// Gives back what is complete now: by its own length, because its last packet is filled up, or because the next one
    /// begins.
    pub fn take(&mut self, packet: &Packet<'_>) -> Option<Pes> {
        if packet.payload.is_empty() {
            return None;
        }
        let before = self.counter.replace(packet.counter);
        if before == Some(packet.counter) && !packet.discontinuity {
            return None;
        }
        if before.is_some_and(|b| (b + 1) & 0x0f != packet.counter) && !packet.discontinuity {
            self.lost += 1;
            self.damaged = true;
            // What it began or ended with is unknown.
            self.filled = false;
        }
        if packet.scrambled {
            self.open = false;
            self.held.clear();
            return None;
        }
        self.learn(packet.starts, packet.filled);
        let mut done = None;
        if packet.starts {
            done = self.finish();
            self.open = packet.payload.starts_with(&[0, 0, 1]);
            self.flagged = packet.random_access;
            self.damaged = false;
        }
        if !self.open {
            return done;
        }
        if self.held.len() + packet.payload.len() > UNIT_BYTES {
            self.open = false;
            self.held = Vec::new();
            return done;
        }
        self.held.extend_from_slice(packet.payload);
        // Two at once would need a packet that both begins and completes one; the later one waits for its successor.
        if done.is_none() && self.is_whole() { self.finish() } else { done }
    }

    /// Takes note of how the sender fills its packets.
    fn learn(&mut self, starts: bool, filled: bool) {
        if std::mem::replace(&mut self.filled, filled)
            && let Filling::Ends(units) = self.filling
        {
            self.filling = if starts { Filling::Ends(units.saturating_add(1)) } else { Filling::Anywhere };
        }
    }

    fn is_whole(&self) -> bool {
        let Some(&[high, low]) = self.held.get(4..6) else { return false };
        match usize::from(u16::from_be_bytes([high, low])) {
            0 => self.filled && matches!(self.filling, Filling::Ends(HABIT..)),
            length => self.held.len() >= 6 + length,
        }
    }

    fn finish(&mut self) -> Option<Pes> {
        let whole = std::mem::take(&mut self.held);
        if !std::mem::take(&mut self.open) {
            return None;
        }
        // A stream of pictures has much the same size over and over.
        self.held.reserve((whole.len() / 2).min(64 << 10));
        read(whole, self.flagged, std::mem::take(&mut self.damaged))
    }
}

fn read(mut whole: Vec<u8>, flagged: bool, damaged: bool) -> Option<Pes> {
    let &[0, 0, 1, _, high, low, marks, flags, length, ref fields @ ..] = &whole[..] else { return None };
    if marks >> 6 != 2 {
        return None;
    }
    let pts = if flags & 0x80 != 0 { stamp(fields) } else { None };
    let dts = if flags & 0xc0 == 0xc0 { fields.get(5..).and_then(stamp) } else { None };
    let start = 9 + usize::from(length);
    let announced = usize::from(u16::from_be_bytes([high, low]));
    let damaged = damaged || (announced > 0 && whole.len() < 6 + announced);
    if announced > 0 {
        whole.truncate(6 + announced);
    }
    if start >= whole.len() {
        return None;
    }
    whole.drain(..start);
    Some(Pes { pts, dts, data: whole, flagged, damaged })
}

fn stamp(field: &[u8]) -> Option<u64> {
    let &[a, b, c, d, e, ..] = field else { return None };
    let part = |high: u8, low: u8| u64::from(u16::from_be_bytes([high, low]) >> 1);
    Some(u64::from(a >> 1 & 7) << 30 | part(b, c) << 15 | part(d, e))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::player::cast::{packet::packets, writer::Writer};

    fn assembled(bytes: &[u8]) -> (Vec<Pes>, u64) {
        let mut assembler = Assembler::default();
        let done = packets(bytes).filter_map(|p| assembler.take(&p)).collect();
        (done, assembler.lost)
    }

    #[test]
    fn a_picture_is_whole_when_the_next_begins_and_a_sound_by_its_length() {
        let mut writer = Writer::default();
        writer.pes(0x21, 0xe0, (1 << 33) - 1, Some(1234), &[7; 500], true);
        writer.pes(0x22, 0xc0, 90_000, None, &[8; 300], false);
        writer.pes(0x21, 0xe0, 5, None, &[9; 10], false);
        let (done, _) = assembled(&[]);
        assert!(done.is_empty());
        let mut video = Assembler::default();
        let mut audio = Assembler::default();
        let mut seen = Vec::new();
        for packet in packets(&writer.bytes) {
            let by = if packet.pid == 0x21 { &mut video } else { &mut audio };
            seen.extend(by.take(&packet));
        }
        assert_eq!(seen.len(), 2);
        assert_eq!((seen[0].pts, seen[0].dts, seen[0].data.len()), (Some(90_000), None, 300));
        assert_eq!((seen[1].pts, seen[1].dts, seen[1].data.len()), (Some((1 << 33) - 1), Some(1234), 500));
        assert!(seen[1].flagged && !seen[1].damaged);
    }

    #[test]
    fn a_lost_packet_marks_what_it_tore_and_nothing_else() {
        let mut writer = Writer::default();
        for n in 0..4 {
            writer.pes(0x21, 0xe0, n, None, &[n as u8; 900], false);
        }
        let mut bytes = writer.bytes.clone();
        // Five packets make one picture: the third of the second one goes.
        bytes.drain(188 * 7..188 * 8);
        let (done, lost) = assembled(&bytes);
        assert_eq!(done.iter().map(|p| p.damaged).collect::<Vec<_>>(), [false, true, false, false]);
        assert_eq!(lost, 1);
        // Sent twice is no loss.
        let twice: Vec<u8> = writer.bytes.chunks(188).flat_map(|p| [p, p].concat()).collect();
        let (done, lost) = assembled(&twice);
        assert_eq!((done.len(), lost), (4, 0));
        assert!(done.iter().all(|p| !p.damaged && p.data.len() == 900));
    }

    /// How many units are whole after each packet, and how long they are.
    fn known(bytes: &[u8]) -> Vec<(usize, usize)> {
        let mut assembler = Assembler::default();
        packets(bytes).enumerate().filter_map(|(n, p)| assembler.take(&p).map(|u| (n, u.data.len()))).collect()
    }

    #[test]
    fn a_sender_that_fills_up_at_the_ends_only_is_believed() {
        let mut writer = Writer::default();
        for n in 0..5 {
            // Three packets each.
            writer.pes(0x21, 0xe0, n, None, &[7; 500], false);
        }
        assert_eq!(known(&writer.bytes), [(3, 500), (6, 500), (8, 500), (11, 500), (14, 500)]);
    }

    #[test]
    fn one_that_fills_up_anywhere_is_not() {
        let mut writer = Writer::default();
        for n in 0..6 {
            writer.pes(0x21, 0xe0, n, None, &[7; 500], false);
        }
        // The second packet of the fourth loses its last byte of payload to the field.
        let at = 188 * 10;
        let packet = &mut writer.bytes[at..at + 188];
        packet[3] |= 0x20;
        packet.copy_within(4..187, 5);
        packet[4] = 0;
        let shown = known(&writer.bytes);
        // That one is torn, once; from then on each waits for its successor.
        assert_eq!(shown[..3], [(3, 500), (6, 500), (8, 500)]);
        assert_eq!(shown[3].0, 10);
        assert!(shown[3].1 < 500);
        assert_eq!(shown[4..], [(15, 500)]);
    }

    #[test]
    fn a_lost_packet_is_no_proof_of_filling_anywhere() {
        let mut writer = Writer::default();
        for n in 0..7 {
            writer.pes(0x21, 0xe0, n, None, &[7; 500], false);
        }
        // The first of the fourth.
        writer.bytes.drain(188 * 9..188 * 10);
        let last: Vec<usize> = known(&writer.bytes).iter().map(|(at, _)| *at).collect();
        assert_eq!(last.last(), Some(&19), "{last:?}");
    }

    proptest! {
        #[test]
        fn any_payloads_are_taken(payloads in proptest::collection::vec((any::<bool>(), any::<u8>(),
            proptest::collection::vec(0u8..3, 0..184)), 0..40)) {
            let mut assembler = Assembler::default();
            for (starts, bits, payload) in &payloads {
                let packet = Packet { pid: 1, starts: *starts, scrambled: bits & 16 != 0, counter: bits & 15,
                    discontinuity: bits & 32 != 0, random_access: false, filled: bits & 64 != 0,
                    payload };
                if let Some(pes) = assembler.take(&packet) {
                    prop_assert!(!pes.data.is_empty());
                }
            }
        }
    }
}
