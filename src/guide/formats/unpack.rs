//! Packed documents by their first bytes, whatever their name says: gzip and xz are unpacked while they stream, within
//! bounds of size, ratio and memory.

use std::{
    cell::Cell,
    io::{self, BufReader, Read},
    rc::Rc,
};

use flate2::read::MultiGzDecoder;
use lzma_rust2::XzReader;

/// The largest guide seen in the field is about 1 GB of XML.
const MAX_TOTAL_BYTES: u64 = 4 * 1024 * 1024 * 1024;
/// Text of a guide packs 10 to 40 times by gzip, 20 to 80 times by xz; a bomb packs 1,000 to 7,000 times.
const MAX_RATIO: u64 = 300;
/// Below this a high ratio does no harm.
const RATIO_COUNTS_FROM_BYTES: u64 = 32 * 1024 * 1024;
/// A dictionary of 64 MiB, the largest that the usual levels of xz have, and what the decoder itself needs.
const XZ_MEMORY_KIB: u32 = 66 * 1024;
const BLOCK_BYTES: usize = 32 * 1024;

const GZIP: &[u8] = &[0x1F, 0x8B];
const XZ: &[u8] = b"\xFD7zXZ\0";
const ZIP: &[u8] = b"PK\x03\x04";

/// Gives the plain bytes of `reader`. Anything that exceeds the bounds ends in an error of kind `InvalidData`.
pub fn unpack<'a>(mut reader: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
    let mut head = Vec::with_capacity(6);
    reader.by_ref().take(6).read_to_end(&mut head)?;
    let (gzip, xz, zip) = (head.starts_with(GZIP), head.starts_with(XZ), head.starts_with(ZIP));
    let whole = io::Cursor::new(head).chain(reader);
    if zip {
        return Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "packed as zip; plain text, gzip and xz are understood",
        ));
    }
    if !gzip && !xz {
        return Ok(Box::new(Bounded { inner: whole, given: 0, packed: None }));
    }
    let packed = Rc::new(Cell::new(0));
    let counted = BufReader::with_capacity(BLOCK_BYTES, Counted { inner: whole, count: Rc::clone(&packed) });
    Ok(if gzip {
        Box::new(Bounded { inner: MultiGzDecoder::new(counted), given: 0, packed: Some(packed) })
    } else {
        let inner = XzReader::new_mem_limit(counted, true, XZ_MEMORY_KIB);
        Box::new(Bounded { inner, given: 0, packed: Some(packed) })
    })
}

struct Counted<R> {
    inner: R,
    count: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.count.set(self.count.get() + n as u64);
        Ok(n)
    }
}

struct Bounded<R> {
    inner: R,
    given: u64,
    packed: Option<Rc<Cell<u64>>>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.given += n as u64;
        if self.given > MAX_TOTAL_BYTES {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "larger than 4 GB"));
        }
        if let Some(packed) = &self.packed
            && self.given > RATIO_COUNTS_FROM_BYTES
            && self.given / packed.get().max(1) > MAX_RATIO
        {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "packed data that expands more than 300 times"));
        }
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gz(parts: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        parts.for_each(|part| encoder.write_all(&part).unwrap());
        encoder.finish().unwrap()
    }

    fn xz(parts: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
        let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).unwrap();
        parts.for_each(|part| encoder.write_all(&part).unwrap());
        encoder.finish().unwrap()
    }

    fn text(bytes: &[u8]) -> io::Result<String> {
        let mut text = String::new();
        unpack(bytes)?.read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn packed_and_plain_read_alike() {
        let hello = || std::iter::once(b"hello".to_vec());
        assert_eq!(text(&gz(hello())).unwrap(), "hello");
        assert_eq!(text(&xz(hello())).unwrap(), "hello");
        assert_eq!(text(b" world").unwrap(), " world");
        assert_eq!(text(b"").unwrap(), "");
        // Several members one after another are one document.
        assert_eq!(text(&[gz(hello()), gz(hello())].concat()).unwrap(), "hellohello");
        assert_eq!(text(&[xz(hello()), xz(hello())].concat()).unwrap(), "hellohello");
    }

    #[test]
    fn a_bomb_ends_in_words() {
        let spaces = || (0..64).map(|_| vec![b' '; 1024 * 1024]);
        for bomb in [gz(spaces()), xz(spaces())] {
            let e = io::copy(&mut unpack(bomb.as_slice()).unwrap(), &mut io::sink()).unwrap_err();
            assert!(e.to_string().contains("expands"), "{e}");
        }
    }

    #[test]
    fn half_of_it_is_an_error() {
        let numbers = || (0..500_u32).map(|n| format!("{n} {}", n.wrapping_mul(2_654_435_761)).into_bytes());
        for whole in [gz(numbers()), xz(numbers())] {
            let half = &whole[..whole.len() / 2];
            assert!(io::copy(&mut unpack(half).unwrap(), &mut io::sink()).is_err());
        }
        assert!(text(b"\xFD7zXZ\0rest").is_err());
        assert!(text(b"PK\x03\x04rest").unwrap_err().to_string().contains("zip"));
    }

    #[test]
    fn damage_is_found() {
        let mut whole = xz((0..5000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes().to_vec()));
        let middle = whole.len() / 2;
        whole[middle] ^= 0xFF;
        assert!(io::copy(&mut unpack(whole.as_slice()).unwrap(), &mut io::sink()).is_err());
    }
}
