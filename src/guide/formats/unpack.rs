//! Packed documents by their first bytes, whatever their name says: gzip is unpacked while it streams, within bounds.

use std::{
    cell::Cell,
    io::{self, Read},
    rc::Rc,
};

use flate2::read::MultiGzDecoder;

/// The largest guide seen in the field is about 1 GB of XML.
const MAX_TOTAL_BYTES: u64 = 4 * 1024 * 1024 * 1024;
/// Text of a guide packs 10 to 40 times; deflate's own limit is 1,032.
const MAX_RATIO: u64 = 300;
/// Below this a high ratio does no harm.
const RATIO_COUNTS_FROM_BYTES: u64 = 32 * 1024 * 1024;

/// Gives the plain bytes of `reader`. Anything that exceeds the bounds ends in an error of kind `InvalidData`.
pub fn unpack<'a>(mut reader: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
    let mut head = Vec::with_capacity(6);
    reader.by_ref().take(6).read_to_end(&mut head)?;
    let kind = (head.starts_with(&[0x1F, 0x8B]), head.starts_with(b"\xFD7zXZ") || head.starts_with(b"PK\x03\x04"));
    let whole = io::Cursor::new(head).chain(reader);
    match kind {
        (true, _) => {
            let packed = Rc::new(Cell::new(0));
            let counted = Counted { inner: whole, count: Rc::clone(&packed) };
            Ok(Box::new(Bounded { inner: MultiGzDecoder::new(counted), given: 0, packed: Some(packed) }))
        }
        (_, true) => {
            Err(io::Error::new(io::ErrorKind::Unsupported, "packed as xz or zip; plain text and gzip are understood"))
        }
        _ => Ok(Box::new(Bounded { inner: whole, given: 0, packed: None })),
    }
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
            return Err(io::Error::new(io::ErrorKind::InvalidData, "gzip that expands more than 300 times"));
        }
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gz(parts: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        parts.for_each(|part| encoder.write_all(&part).unwrap());
        encoder.finish().unwrap()
    }

    #[test]
    fn gzip_and_plain_read_alike() {
        let mut text = String::new();
        unpack(gz(std::iter::once(b"hello".to_vec())).as_slice()).unwrap().read_to_string(&mut text).unwrap();
        unpack(b" world".as_slice()).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "hello world");
        assert_eq!(unpack(b"".as_slice()).unwrap().read(&mut [0; 4]).unwrap(), 0);
    }

    #[test]
    fn a_bomb_ends_in_words() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        (0..64).for_each(|_| encoder.write_all(&vec![b' '; 1024 * 1024]).unwrap());
        let bomb = encoder.finish().unwrap();
        let e = io::copy(&mut unpack(bomb.as_slice()).unwrap(), &mut io::sink()).unwrap_err();
        assert!(e.to_string().contains("expands"));
    }

    #[test]
    fn half_a_gzip_is_an_error() {
        let whole = gz((0..500_u32).map(|n| format!("{n} {}", n.wrapping_mul(2_654_435_761)).into_bytes()));
        let half = &whole[..whole.len() / 2];
        assert!(io::copy(&mut unpack(half).unwrap(), &mut io::sink()).is_err());
        assert!(unpack(b"\xFD7zXZ\0rest".as_slice()).is_err());
    }
}
