//! The local paths under which the pipeline fetches: below a secret, so that nobody else on this machine can ask, and
//! with the session's own number, so that a pipeline of an earlier opening reaches nothing.

/// What a reference is for; decides what its answer may be and how it is retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// A rendition of a master playlist.
    Playlist,
    /// A piece of media whose first bytes are known by their form.
    Segment,
    /// A piece of media whose form is not known: encrypted, or named by a DASH manifest.
    Sealed,
    Map,
    Key,
}

/// What a local path asks for, inside a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// The medium itself.
    Root,
    /// Below its DASH manifest: which of its origins, and the path there as it was asked.
    Below { origin: usize, path: String },
}

/// Writes and reads local paths. One for each gate; its secret lives as long as the process.
pub struct Tokens {
    secret: String,
}

impl Tokens {
    pub fn new() -> Self {
        Self { secret: format!("{:032x}", rand::random::<u128>()) }
    }

    pub fn root(&self, serial: u64) -> String {
        format!("/{}/{serial}/r/media", self.secret)
    }

    pub fn below(&self, serial: u64, origin: usize) -> String {
        format!("/{}/{serial}/d/{origin}", self.secret)
    }

    /// The session's serial and what is asked. None for everything that this gate did not write.
    pub fn read(&self, path: &str) -> Option<(u64, Route)> {
        let rest = path.strip_prefix('/')?.strip_prefix(self.secret.as_str())?.strip_prefix('/')?;
        let (serial, rest) = rest.split_once('/')?;
        let serial = serial.parse().ok()?;
        let route = match rest.split_once('/')? {
            ("r", _) => Route::Root,
            ("d", rest) => {
                let (origin, path) = rest.split_once('/').unwrap_or((rest, ""));
                Route::Below { origin: origin.parse().ok()?, path: format!("/{path}") }
            }
            _ => return None,
        };
        Some((serial, route))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn paths_come_back_as_they_were(path in "[a-z0-9/.%-]{0,40}", serial in 0_u64.., origin in 0_usize..40) {
            let tokens = Tokens::new();
            prop_assert_eq!(tokens.read(&tokens.root(serial)), Some((serial, Route::Root)));
            let below = format!("{}/{path}", tokens.below(serial, origin));
            prop_assert_eq!(tokens.read(&below), Some((serial, Route::Below { origin, path: format!("/{path}") })));
            prop_assert_eq!(Tokens::new().read(&below), None);
        }

        #[test]
        fn strange_paths_are_nothing(path in ".{0,80}") {
            prop_assert_eq!(Tokens::new().read(&path), None);
        }
    }
}
