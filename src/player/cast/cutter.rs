//! Whole packets out of bytes that come in pieces of any size. Takes any bytes; holds no more than the last piece and a
//! packet.

use super::packet::{PACKET_BYTES, SYNC, next_sync};

#[derive(Debug, Default)]
pub struct Cutter {
    held: Vec<u8>,
    /// So many of these were given out.
    gone: usize,
}

impl Cutter {
    pub fn put(&mut self, bytes: &[u8]) {
        self.held.drain(..self.gone.min(self.held.len()));
        self.gone = 0;
        self.held.extend_from_slice(bytes);
    }

    /// The next packets in a row, `most` of them at most; none where more has to come first.
    pub fn next(&mut self, most: usize) -> Option<&[u8]> {
        loop {
            let rest = self.held.get(self.gone..)?;
            let in_rhythm = rest.chunks_exact(PACKET_BYTES).take(most).take_while(|p| p.first() == Some(&SYNC));
            let length = in_rhythm.count() * PACKET_BYTES;
            if length > 0 {
                let from = self.gone;
                self.gone += length;
                return self.held.get(from..self.gone);
            }
            match rest.first() {
                None | Some(&SYNC) => return None,
                // Out of rhythm: where it seems to begin again.
                Some(_) => self.gone += next_sync(rest).unwrap_or(rest.len()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn packet(mark: u8) -> Vec<u8> {
        let mut packet = vec![SYNC, 0, 5, 0x10];
        packet.resize(PACKET_BYTES, mark);
        packet
    }

    fn marks(cutter: &mut Cutter, into: &mut Vec<u8>) {
        while let Some(packets) = cutter.next(2) {
            assert!(packets.len() <= 2 * PACKET_BYTES);
            into.extend(packets.chunks(PACKET_BYTES).map(|p| p[4]));
        }
    }

    proptest! {
        #[test]
        fn packets_come_out_whole_however_the_bytes_come(sizes in proptest::collection::vec(1usize..1000, 1..60)) {
            let bytes: Vec<u8> = (0..20).flat_map(packet).collect();
            let (mut cutter, mut seen, mut rest) = (Cutter::default(), Vec::new(), &bytes[..]);
            for size in sizes.into_iter().chain([bytes.len()]) {
                let (piece, after) = rest.split_at(size.min(rest.len()));
                cutter.put(piece);
                marks(&mut cutter, &mut seen);
                prop_assert!(cutter.held.len() < piece.len() + PACKET_BYTES);
                rest = after;
            }
            prop_assert_eq!(seen, (0..20).collect::<Vec<u8>>());
        }

        #[test]
        fn any_bytes_are_taken(pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..600), 0..20)) {
            let mut cutter = Cutter::default();
            for piece in pieces {
                cutter.put(&piece);
                while let Some(packets) = cutter.next(7) {
                    prop_assert!(packets.chunks(PACKET_BYTES).all(|p| p.len() == PACKET_BYTES && p[0] == SYNC));
                }
            }
        }
    }

    #[test]
    fn the_rhythm_is_found_again() {
        let bytes = [packet(1), vec![9; 100], packet(2), packet(3)].concat();
        let (mut cutter, mut seen) = (Cutter::default(), Vec::new());
        cutter.put(&bytes);
        marks(&mut cutter, &mut seen);
        assert_eq!(seen, [1, 2, 3]);
    }
}
