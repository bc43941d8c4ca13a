//! From a datagram to transport packets: the RTP header is taken off, packets are found and their headers read. Takes
//! any bytes; what is no packet is passed over.

/// Length of a transport packet.
pub const PACKET_BYTES: usize = 188;
pub const SYNC: u8 = 0x47;
/// Stuffing; carries nothing.
pub const NULL_PID: u16 = 0x1fff;
const RTP_HEADER_BYTES: usize = 12;

/// What one datagram carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payload<'a> {
    /// Of RTP, for counting what got lost.
    pub sequence: Option<u16>,
    pub packets: &'a [u8],
}

/// Both kinds are told apart by their bytes alone: operators put RTP behind `udp://` addresses and the other way round.
/// None for what is neither.
pub fn payload(datagram: &[u8]) -> Option<Payload<'_>> {
    if datagram.first() == Some(&SYNC) {
        return Some(Payload { sequence: None, packets: datagram });
    }
    let header = datagram.get(..RTP_HEADER_BYTES)?;
    let &[first, _, high, low, ..] = header else { return None };
    if first >> 6 != 2 {
        return None;
    }
    let mut at = RTP_HEADER_BYTES + usize::from(first & 0x0f) * 4;
    if first & 0x10 != 0 {
        let &[_, _, high, low] = datagram.get(at..at + 4)? else { return None };
        at += 4 + usize::from(u16::from_be_bytes([high, low])) * 4;
    }
    let padding = if first & 0x20 != 0 { usize::from(*datagram.last()?) } else { 0 };
    let end = datagram.len().checked_sub(padding)?;
    let packets = datagram.get(at..end).filter(|p| p.first() == Some(&SYNC))?;
    Some(Payload { sequence: Some(u16::from_be_bytes([high, low])), packets })
}

/// The whole packets in `bytes`. Where the rhythm is lost, the next place is taken where it begins again.
pub fn packets(bytes: &[u8]) -> impl Iterator<Item = Packet<'_>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        loop {
            let (packet, after) = rest.split_at_checked(PACKET_BYTES)?;
            if packet.first() == Some(&SYNC) {
                rest = after;
                if let Some(packet) = Packet::read(packet) {
                    return Some(packet);
                }
                continue;
            }
            rest = rest.get(next_sync(rest)?..)?;
        }
    })
}

/// Where, behind the first byte, the rhythm seems to begin again.
pub fn next_sync(bytes: &[u8]) -> Option<usize> {
    (1..bytes.len())
        .find(|at| bytes.get(*at) == Some(&SYNC) && bytes.get(at + PACKET_BYTES).is_none_or(|byte| *byte == SYNC))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    pub pid: u16,
    /// A section or a PES packet begins in it.
    pub starts: bool,
    pub scrambled: bool,
    /// Counts packets with payload, modulo 16.
    pub counter: u8,
    /// The counter may jump here.
    pub discontinuity: bool,
    pub random_access: bool,
    /// Bytes that carry nothing fill it up: there was no more payload for it.
    pub filled: bool,
    /// Empty where there is none; then the counter stands still.
    pub payload: &'a [u8],
}

impl<'a> Packet<'a> {
    /// None for a packet that was damaged on its way or makes no sense.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let &[SYNC, high, low, flags, ref body @ ..] = bytes else { return None };
        if high & 0x80 != 0 {
            return None;
        }
        let mut packet = Self {
            pid: u16::from_be_bytes([high & 0x1f, low]),
            starts: high & 0x40 != 0,
            scrambled: flags & 0xc0 != 0,
            counter: flags & 0x0f,
            discontinuity: false,
            random_access: false,
            filled: false,
            payload: body,
        };
        if flags & 0x20 != 0 {
            let (&length, after) = body.split_first()?;
            let (field, payload) = after.split_at_checked(usize::from(length))?;
            if let Some(bits) = field.first() {
                packet.discontinuity = bits & 0x80 != 0;
                packet.random_access = bits & 0x40 != 0;
            }
            packet.filled = is_filled(field);
            packet.payload = payload;
        }
        if flags & 0x10 == 0 {
            packet.payload = &[];
        }
        Some(packet)
    }
}

/// Whether an adaptation field is longer than what it says needs (ISO/IEC 13818-1, 2.4.3.5).
fn is_filled(field: &[u8]) -> bool {
    let Some((&bits, fields)) = field.split_first() else { return true };
    if bits == 0 {
        return true;
    }
    let clock = |bit: u8| if bits & bit != 0 { 6 } else { 0 };
    let mut needed = clock(0x10) + clock(0x08) + usize::from(bits & 0x04 != 0);
    // Private bytes and the extension come with their own lengths.
    for bit in [0x02, 0x01] {
        if bits & bit != 0 {
            needed += 1 + fields.get(needed).copied().map_or(0, usize::from);
        }
    }
    fields.len() > needed
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::player::cast::writer::rtp;

    fn raw(pid: u16) -> Vec<u8> {
        let [high, low] = pid.to_be_bytes();
        let mut packet = vec![0x47, 0x40 | high, low, 0x13];
        packet.resize(PACKET_BYTES, 0xaa);
        packet
    }

    #[test]
    fn a_datagram_is_read_with_and_without_rtp() {
        let bytes = [raw(5), raw(6)].concat();
        let plain = payload(&bytes).expect("packets");
        assert_eq!((plain.sequence, plain.packets.len()), (None, 376));
        let wrapped = rtp(777, &bytes);
        let stripped = payload(&wrapped).expect("packets");
        assert_eq!((stripped.sequence, stripped.packets), (Some(777), &bytes[..]));
        // One contributor, an extension of one word, four bytes of padding.
        let mut odd = wrapped[..12].to_vec();
        odd[0] = 0b1011_0001;
        odd.extend([0; 4]);
        odd.extend([0xbe, 0xde, 0, 1, 9, 9, 9, 9]);
        odd.extend(&bytes);
        odd.extend([0, 0, 0, 4]);
        assert_eq!(payload(&odd).expect("packets").packets, &bytes[..]);
        assert_eq!(payload(b"GET / HTTP/1.1"), payload(b"GET / HTTP/1.1"));
        assert_eq!(payload(b"M-SEARCH * HTTP/1.1\r\n"), None);
    }

    #[test]
    fn the_rhythm_is_found_again() {
        let bytes = [vec![1, 2, 0x47], raw(5), vec![0; 30], raw(6), raw(7)].concat();
        // The stray sync byte has no second one behind it.
        let pids: Vec<u16> = packets(&bytes).map(|p| p.pid).collect();
        assert_eq!(pids.last(), Some(&7));
        assert!(pids.contains(&6), "{pids:?}");
    }

    #[test]
    fn header_and_adaptation_field_are_read() {
        let mut bytes = raw(0x1abc);
        bytes[3] = 0x3f;
        bytes[4] = 7;
        bytes[5] = 0xc0;
        let packet = Packet::read(&bytes).expect("packet");
        assert_eq!((packet.pid, packet.counter, packet.starts), (0x1abc, 15, true));
        assert!(packet.discontinuity && packet.random_access);
        assert_eq!(packet.payload.len(), PACKET_BYTES - 4 - 8);
        assert!(packet.filled, "six bytes that no bit announces");
        bytes[4] = 184;
        assert_eq!(Packet::read(&bytes), None, "the field is longer than the packet");
        bytes[1] |= 0x80;
        assert_eq!(Packet::read(&bytes), None, "marked as damaged");
    }

    #[test]
    fn a_field_that_is_longer_than_it_says_fills_up() {
        for (field, filled) in [
            (&[][..], true),
            (&[0], true),
            (&[0x40], false),
            (&[0x40, 0xff], true),
            (&[0x10, 1, 2, 3, 4, 5, 6], false),
            (&[0x10, 1, 2, 3, 4, 5, 6, 0xff], true),
            (&[0x1c, 1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6, 9], false),
            (&[0x02, 2, 8, 8], false),
            (&[0x03, 1, 8, 2, 0, 0], false),
            (&[0x03, 1, 8, 2, 0, 0, 0xff], true),
            // Cut short: not for more.
            (&[0x02, 9], false),
            (&[0x10, 1], false),
        ] {
            let mut bytes = raw(5);
            bytes[3] = 0x33;
            bytes[4] = field.len() as u8;
            bytes[5..5 + field.len()].copy_from_slice(field);
            assert_eq!(Packet::read(&bytes).map(|p| p.filled), Some(filled), "{field:x?}");
        }
        assert_eq!(Packet::read(&raw(5)).map(|p| p.filled), Some(false));
    }

    proptest! {
        #[test]
        fn any_bytes_are_taken(bytes in proptest::collection::vec(any::<u8>(), 0..1500)) {
            if let Some(found) = payload(&bytes) {
                let length: usize = packets(found.packets).map(|p| p.payload.len()).sum();
                prop_assert!(length <= bytes.len());
            }
            let _ = packets(&bytes).count();
        }

        #[test]
        fn almost_packets_are_taken(mut bytes in proptest::collection::vec(any::<u8>(), 188..1316)) {
            for at in (0..bytes.len()).step_by(PACKET_BYTES) {
                bytes[at] = 0x47;
            }
            prop_assert!(packets(&bytes).count() <= bytes.len() / PACKET_BYTES);
        }
    }
}
