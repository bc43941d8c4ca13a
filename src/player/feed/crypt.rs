//! AES-128 in CBC mode with PKCS#7 padding, as HLS encrypts whole segments (RFC 8216, 4.3.2.4), undone while the bytes
//! come in.

use aes::cipher::{BlockModeDecrypt, KeyIvInit, array::Array};

const BLOCK: usize = 16;

pub struct Crypt {
    cipher: cbc::Decryptor<aes::Aes128>,
    /// Less than two blocks: the last one is kept back, for its padding is only known at the end.
    kept: Vec<u8>,
}

impl Crypt {
    pub fn new(key: [u8; 16], iv: [u8; 16]) -> Self {
        Self { cipher: cbc::Decryptor::new(&key.into(), &iv.into()), kept: Vec::new() }
    }

    /// All of something at once.
    pub fn whole(mut self, bytes: &[u8]) -> Vec<u8> {
        let mut clear = self.push(bytes);
        clear.extend(self.end());
        clear
    }

    pub fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.kept.extend_from_slice(bytes);
        let whole = self.kept.len().saturating_sub(1) / BLOCK * BLOCK;
        let mut out: Vec<u8> = self.kept.drain(..whole).collect();
        self.decrypt(&mut out);
        out
    }

    /// The last block without its padding. A padding that cannot be right is left in place: the demuxer copes with a
    /// few bytes too many better than a viewer with a lost segment.
    pub fn end(mut self) -> Vec<u8> {
        let mut out = std::mem::take(&mut self.kept);
        if out.len() != BLOCK {
            return Vec::new();
        }
        self.decrypt(&mut out);
        if let Some(padding) = out.last().map(|b| usize::from(*b)).filter(|p| (1..=BLOCK).contains(p)) {
            out.truncate(BLOCK - padding);
        }
        out
    }

    fn decrypt(&mut self, bytes: &mut [u8]) {
        for block in bytes.chunks_exact_mut(BLOCK) {
            if let Ok(block) = <&mut Array<u8, _>>::try_from(block) {
                self.cipher.decrypt_block(block);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// NIST SP 800-38A, F.2.1: CBC-AES128, the first two blocks. The second ends in no padding.
    #[test]
    fn a_known_text_comes_out_in_any_chunking() {
        let hex = |text: &str| -> Vec<u8> {
            (0..text.len() / 2).map(|i| u8::from_str_radix(&text[i * 2..i * 2 + 2], 16).expect("hex")).collect()
        };
        let key: [u8; 16] = hex("2b7e151628aed2a6abf7158809cf4f3c").try_into().expect("key");
        let iv: [u8; 16] = hex("000102030405060708090a0b0c0d0e0f").try_into().expect("iv");
        let sealed = hex("7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2");
        let plain = hex("6bc1bee22e409f96e93d7e117393172a");
        for size in [1, 5, 16, 17, 32] {
            let mut crypt = Crypt::new(key, iv);
            let out: Vec<u8> = sealed.chunks(size).flat_map(|c| crypt.push(c)).collect();
            assert_eq!(out, plain, "chunks of {size}");
            assert_eq!(crypt.end(), hex("ae2d8a571e03ac9c9eb76fac45af8e51"));
        }
        assert!(Crypt::new(key, iv).end().is_empty());
    }
}
