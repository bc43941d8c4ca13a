//! The household's PIN as it is kept: a salted, slow hash, never the digits. Shown to nobody: in logs, recordings and
//! messages a seal says only that there is one.

use std::{fmt, num::NonZeroU32};

use rand::Rng as _;
use ring::pbkdf2;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::IgnoredAny};

/// Ten thousand PINs are tried quickly whatever the hash; this makes it an hour on a box, which is as far as four digits
/// go. One try takes a quarter of a second on a small box.
const ROUNDS: u32 = 200_000;
/// A file that was tampered with must not make the box count for minutes.
const ROUNDS_MAX: u32 = 10 * ROUNDS;
const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;
const SCHEME: &str = "pbkdf2-sha256";

/// Empty where it only says that there is a PIN.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PinSeal(String);

impl PinSeal {
    /// Says that there is a PIN, and nothing about it.
    pub fn hidden() -> Self {
        Self::default()
    }

    /// Takes a while: not for the interface's thread.
    pub fn of(pin: &[u8]) -> Self {
        let mut salt = [0; SALT_BYTES];
        rand::rng().fill(&mut salt);
        Self::with(pin, &salt, ROUNDS)
    }

    fn with(pin: &[u8], salt: &[u8], rounds: u32) -> Self {
        let mut hash = [0; HASH_BYTES];
        let count = NonZeroU32::new(rounds).unwrap_or(NonZeroU32::MIN);
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, count, salt, pin, &mut hash);
        Self(format!("{SCHEME}${count}${}${}", hex(salt), hex(&hash)))
    }

    /// Whether this is the PIN. Takes as long as `of`.
    pub fn opens(&self, pin: &[u8]) -> bool {
        let Some((rounds, salt, hash)) = parts(&self.0) else { return false };
        pbkdf2::verify(pbkdf2::PBKDF2_HMAC_SHA256, rounds, &salt, pin, &hash).is_ok()
    }

    /// For the file alone.
    pub(super) fn text(&self) -> &str {
        &self.0
    }

    /// None where the text was not written by `text`: such a seal would open to nobody.
    pub(super) fn from_text(text: &str) -> Option<Self> {
        parts(text).map(|_| Self(text.to_owned()))
    }
}

fn parts(text: &str) -> Option<(NonZeroU32, Vec<u8>, Vec<u8>)> {
    let mut fields = text.split('$');
    let scheme = fields.next()?;
    let rounds: NonZeroU32 = fields.next()?.parse().ok()?;
    let (salt, hash) = (unhex(fields.next()?)?, unhex(fields.next()?)?);
    let fits = salt.len() == SALT_BYTES && hash.len() == HASH_BYTES && rounds.get() <= ROUNDS_MAX;
    (scheme == SCHEME && fits && fields.next().is_none()).then_some((rounds, salt, hash))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(text.get(i..i + 2)?, 16).ok()).collect()
}

impl fmt::Debug for PinSeal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PinSeal(…)")
    }
}

impl Serialize for PinSeal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("hidden")
    }
}

impl<'de> Deserialize<'de> for PinSeal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer)?;
        Ok(Self::hidden())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Quick, for tests that need many.
    pub(in crate::store) fn seal(pin: u8) -> PinSeal {
        PinSeal::with(&[pin], &[7; SALT_BYTES], 1)
    }

    #[test]
    fn only_its_own_pin_opens_it_and_each_has_a_salt_of_its_own() {
        let seal = PinSeal::of(b"2580");
        assert!(seal.opens(b"2580"));
        assert!(!seal.opens(b"2581") && !seal.opens(b"") && !PinSeal::hidden().opens(b""));
        assert_ne!(seal, PinSeal::of(b"2580"));
        let read = PinSeal::from_text(seal.text()).unwrap();
        assert!(read.opens(b"2580"));
    }

    #[test]
    fn nothing_that_is_written_elsewhere_tells_of_it() {
        let seal = PinSeal::of(b"2580");
        let hash = seal.text().rsplit('$').next().unwrap().to_owned();
        let json = serde_json::to_string(&seal).unwrap();
        for told in [format!("{seal:?}"), json.clone()] {
            assert!(!told.contains(&hash) && !told.contains("2580"), "{told}");
        }
        assert_eq!(serde_json::from_str::<PinSeal>(&json).unwrap(), PinSeal::hidden());
    }

    #[test]
    fn a_text_that_was_not_written_here_is_none() {
        let good = seal(1).text().to_owned();
        let long = good.replace("$1$", "$4000000000$");
        for text in ["", "1234", "md5$1$00$00", "pbkdf2-sha256$0$00$00", "pbkdf2-sha256$1$é0$00", &good[1..], &long] {
            assert_eq!(PinSeal::from_text(text), None, "{text}");
        }
        assert!(PinSeal::from_text(&good).unwrap().opens(&[1]));
    }
}
