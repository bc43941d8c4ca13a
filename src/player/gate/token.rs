//! The local paths that stand for addresses. A path carries the reference as the playlist wrote it and a keyed tag
//! over it, so that the same segment has the same local address at every reload, nothing has to be remembered, and
//! a document cannot make up an address of its own.

use std::hash::{BuildHasher, RandomState};

/// What a reference is for; decides what its answer may be and how it is retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// A rendition of a master playlist.
    Playlist,
    /// A piece of media whose first bytes are known by their form.
    Segment,
    /// A piece of media that is encrypted: any bytes may be right.
    Sealed,
    Map,
    Key,
}

impl Role {
    fn letter(self) -> char {
        match self {
            Self::Playlist => 'p',
            Self::Segment => 's',
            Self::Sealed => 'e',
            Self::Map => 'm',
            Self::Key => 'k',
        }
    }

    fn from_letter(text: &str) -> Option<Self> {
        Some(match text {
            "p" => Self::Playlist,
            "s" => Self::Segment,
            "e" => Self::Sealed,
            "m" => Self::Map,
            "k" => Self::Key,
            _ => return None,
        })
    }
}

/// What a local path asks for, inside a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    Root,
    Child {
        doc: u32,
        role: Role,
        reference: String,
    },
    /// Below a DASH document: which of its origins, and the path there as it was asked.
    Below {
        doc: u32,
        origin: usize,
        path: String,
    },
}

/// Writes and reads local paths. One for each gate; its secret and its keys live as long as the process.
pub struct Tokens {
    secret: String,
    keys: RandomState,
}

impl Tokens {
    pub fn new() -> Self {
        Self { secret: format!("{:032x}", rand::random::<u128>()), keys: RandomState::new() }
    }

    pub fn root(&self, serial: u64) -> String {
        format!("/{}/{serial}/r/media", self.secret)
    }

    pub fn child(&self, serial: u64, doc: u32, role: Role, reference: &str) -> String {
        let tag = self.tag(serial, doc, role, reference);
        format!(
            "/{}/{serial}/c/{doc}/{}/{tag:016x}/{}{}",
            self.secret,
            role.letter(),
            encode(reference),
            ending(reference)
        )
    }

    pub fn below(&self, serial: u64, doc: u32, origin: usize) -> String {
        format!("/{}/{serial}/d/{doc}/{origin}", self.secret)
    }

    /// The session's serial and what is asked. None for everything that this gate did not write.
    pub fn read(&self, path: &str) -> Option<(u64, Route)> {
        let rest = path.strip_prefix('/')?.strip_prefix(self.secret.as_str())?.strip_prefix('/')?;
        let (serial, rest) = rest.split_once('/')?;
        let serial = serial.parse().ok()?;
        let (kind, rest) = rest.split_once('/')?;
        let route = match kind {
            "r" => Route::Root,
            "c" => {
                let mut parts = rest.splitn(4, '/');
                let doc = parts.next()?.parse().ok()?;
                let role = Role::from_letter(parts.next()?)?;
                let tag = u64::from_str_radix(parts.next()?, 16).ok()?;
                let name = parts.next()?;
                let reference = decode(name.split('.').next()?)?;
                if tag != self.tag(serial, doc, role, &reference) {
                    return None;
                }
                Route::Child { doc, role, reference }
            }
            "d" => {
                let mut parts = rest.splitn(3, '/');
                let doc = parts.next()?.parse().ok()?;
                let origin = parts.next()?.parse().ok()?;
                Route::Below { doc, origin, path: format!("/{}", parts.next().unwrap_or_default()) }
            }
            _ => return None,
        };
        Some((serial, route))
    }

    fn tag(&self, serial: u64, doc: u32, role: Role, reference: &str) -> u64 {
        self.keys.hash_one((serial, doc, role, reference))
    }
}

/// The file ending of a reference where it is a plain one: demuxers and people like to see it.
fn ending(reference: &str) -> String {
    let path = reference.split(['?', '#']).next().unwrap_or_default();
    match path.rsplit('/').next().and_then(|name| name.rsplit_once('.')) {
        Some((_, end)) if (1..=5).contains(&end.len()) && end.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            format!(".{}", end.to_ascii_lowercase())
        }
        _ => String::new(),
    }
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Base64 for addresses, without padding.
fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 4 / 3 + 3);
    for chunk in text.as_bytes().chunks(3) {
        let mut word = [0_u8; 3];
        for (to, from) in word.iter_mut().zip(chunk) {
            *to = *from;
        }
        let [a, b, c] = word;
        let bits = u32::from_be_bytes([0, a, b, c]);
        for i in 0..=chunk.len() {
            let index = (bits >> (18 - 6 * i)) & 63;
            out.push(char::from(ALPHABET.get(index as usize).copied().unwrap_or(b'A')));
        }
    }
    out
}

fn decode(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    for chunk in text.as_bytes().chunks(4) {
        if chunk.len() == 1 {
            return None;
        }
        let mut bits = 0_u32;
        for i in 0..4 {
            let value = match chunk.get(i) {
                Some(byte) => ALPHABET.iter().position(|a| a == byte)? as u32,
                None => 0,
            };
            bits = (bits << 6) | value;
        }
        let [_, a, b, c] = bits.to_be_bytes();
        out.extend([a, b, c].iter().take(chunk.len() - 1));
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn references_come_back_as_they_were(reference in ".{0,80}", serial in 0_u64.., doc in 0_u32..) {
            let tokens = Tokens::new();
            let path = tokens.child(serial, doc, Role::Key, &reference);
            prop_assert_eq!(tokens.read(&path), Some((serial, Route::Child { doc, role: Role::Key, reference })));
        }

        #[test]
        fn strange_paths_are_nothing(path in ".{0,80}") {
            let tokens = Tokens::new();
            prop_assert_eq!(tokens.read(&path), None);
            let below = format!("{}/{path}", tokens.root(1).trim_end_matches("/r/media"));
            if let Some((_, Route::Child { .. })) = tokens.read(&below) {
                prop_assert!(false, "made up");
            }
        }
    }

    #[test]
    fn a_changed_path_is_refused() {
        let tokens = Tokens::new();
        let path = tokens.child(1, 2, Role::Segment, "a.ts");
        assert!(path.ends_with(".ts"));
        assert!(tokens.read(&path).is_some());
        assert!(tokens.read(&path.replace("/1/c/", "/2/c/")).is_none());
        assert!(tokens.read(&path.replace("/s/", "/k/")).is_none());
        assert!(Tokens::new().read(&path).is_none());
    }
}
