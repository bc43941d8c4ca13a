//! Which addresses a playlist may name, and what a relative one means. The decision is made on the text alone:
//! nothing is resolved or contacted. (The media gate decides again, after DNS, when a channel is opened.)

use std::path::{Path, PathBuf};

use url::{Host, Url};

use crate::address::is_own;

/// Where the playlist itself came from: that decides what it may name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Its address after redirects.
    Network(Url),
    /// The same, and the operator's configuration lets it name files and this machine.
    Trusted(Url),
    /// A person put it on this machine: it may name files and this machine too.
    File(PathBuf),
    Stdin,
}

/// Why an address was dropped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("not an address")]
    NotAnAddress,
    #[error("a relative address, and the playlist's own address is unknown")]
    NoBase,
    #[error("\"{0}:\" addresses are not played from here")]
    Scheme(String),
    #[error("{0} is this device itself or its own link; a playlist from the network may not name it")]
    OwnMachine(String),
    #[error("longer than {MAX_URL_BYTES} bytes")]
    TooLong,
}

pub const MAX_URL_BYTES: usize = 8 * 1024;

const MEDIA_SCHEMES: [&str; 5] = ["http", "https", "udp", "rtp", "rtsp"];
const DOCUMENT_SCHEMES: [&str; 2] = ["http", "https"];

impl Origin {
    /// The same place, and the operator trusts what it names.
    pub fn trusted(self) -> Self {
        match self {
            Self::Network(url) => Self::Trusted(url),
            other => other,
        }
    }

    /// A stream's address.
    pub fn media(&self, text: &str) -> Result<String, Refused> {
        self.resolve(text, &MEDIA_SCHEMES)
    }

    /// The address of a picture or a guide.
    pub fn document(&self, text: &str) -> Result<String, Refused> {
        self.resolve(text, &DOCUMENT_SCHEMES)
    }

    /// Catch-up templates may be a mere query or hold placeholders: only a whole address can be judged.
    pub fn template(&self, text: &str) -> Result<String, Refused> {
        if text.len() > MAX_URL_BYTES || text.chars().any(char::is_control) {
            return Err(Refused::TooLong);
        }
        match scheme(text) {
            Some(_) => self.resolve(text, &MEDIA_SCHEMES),
            None => Ok(text.to_owned()),
        }
    }

    fn is_network(&self) -> bool {
        matches!(self, Self::Network(_) | Self::Trusted(_))
    }

    fn base(&self) -> Option<Url> {
        match self {
            Self::Network(url) | Self::Trusted(url) => Some(url.clone()),
            Self::File(path) => Url::from_file_path(std::path::absolute(path).ok()?).ok(),
            Self::Stdin => None,
        }
    }

    fn resolve(&self, text: &str, schemes: &[&str]) -> Result<String, Refused> {
        let text = text.trim();
        if text.is_empty() || text.chars().any(char::is_control) {
            return Err(Refused::NotAnAddress);
        }
        if text.len() > MAX_URL_BYTES {
            return Err(Refused::TooLong);
        }
        let (url, absolute) = match Url::parse(text) {
            Ok(url) => (url, true),
            // In a file nothing says by which way: what stands in a page's place is asked for as pages are.
            Err(url::ParseError::RelativeUrlWithoutBase) if text.starts_with("//") && !self.is_network() => {
                (Url::parse(&format!("http:{text}")).map_err(|_| Refused::NotAnAddress)?, false)
            }
            Err(url::ParseError::RelativeUrlWithoutBase) => {
                let base = self.base().ok_or(Refused::NoBase)?;
                (base.join(text).map_err(|_| Refused::NotAnAddress)?, false)
            }
            Err(_) => return Err(Refused::NotAnAddress),
        };
        self.judge(&url, schemes)?;
        // A whole address stays as it was written: servers differ about what they let be re-encoded.
        Ok(if absolute && scheme(text).is_some() { text.to_owned() } else { url.into() })
    }

    fn judge(&self, url: &Url, schemes: &[&str]) -> Result<(), Refused> {
        if url.scheme() == "file" && !matches!(self, Self::Network(_)) {
            return Ok(());
        }
        if !schemes.contains(&url.scheme()) {
            return Err(Refused::Scheme(url.scheme().chars().take(20).collect()));
        }
        let host = normal_host(url).ok_or(Refused::NotAnAddress)?;
        if let Self::Network(own) = self {
            let same = DOCUMENT_SCHEMES.contains(&url.scheme())
                && url.host() == own.host()
                && url.port_or_known_default() == own.port_or_known_default();
            if !same && is_own(&host) {
                return Err(Refused::OwnMachine(host.to_string()));
            }
        }
        Ok(())
    }
}

/// The scheme of a text that begins with `scheme://`.
fn scheme(text: &str) -> Option<&str> {
    let (scheme, _) = text.split_once("://")?;
    let mut chars = scheme.chars();
    let starts = chars.next().is_some_and(|c| c.is_ascii_alphabetic());
    (starts && chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))).then_some(scheme)
}

/// True for a text that begins with a scheme, whether allowed or not.
pub fn looks_absolute(text: &str) -> bool {
    scheme(text.trim()).is_some()
}

/// Several addresses stand between blanks or commas; a comma may also be part of an address.
pub fn guide_addresses(list: &str) -> impl Iterator<Item = &str> {
    list.split_whitespace()
        .flat_map(|word| {
            let mut rest = Some(word.trim_matches([',', ';']));
            std::iter::from_fn(move || {
                let word = rest?;
                let whole = looks_absolute(word);
                let end = word.match_indices([',', ';']).map(|(at, _)| at).find(|at| {
                    // Behind a whole address only another whole address is certain to be a new one.
                    !whole || word.get(at + 1..).is_some_and(looks_absolute)
                });
                rest = end.and_then(|at| word.get(at + 1..));
                word.get(..end.unwrap_or(word.len()))
            })
        })
        .filter(|word| !word.is_empty())
}

/// The host in the one form that numbers in disguise (`0x7f.1`, `2130706433`) come down to.
fn normal_host(url: &Url) -> Option<Host<String>> {
    match url.host()? {
        Host::Domain("") => None,
        // Already in that form; one more look at each of 212,000 addresses would be felt.
        Host::Domain(name) if DOCUMENT_SCHEMES.contains(&url.scheme()) => Some(Host::Domain(name.to_owned())),
        // Outside http the parser leaves the host as written.
        Host::Domain(name) => match Url::parse(&format!("http://{name}/")).ok()?.host()? {
            Host::Domain(name) => Some(Host::Domain(name.to_owned())),
            Host::Ipv4(ip) => Some(Host::Ipv4(ip)),
            Host::Ipv6(ip) => Some(Host::Ipv6(ip)),
        },
        Host::Ipv4(ip) => Some(Host::Ipv4(ip)),
        Host::Ipv6(ip) => Some(Host::Ipv6(ip)),
    }
}

/// The last part of a path without its ending: a name for a stream that has none.
pub fn stem(url: &str) -> Option<String> {
    let path = url.split(['?', '#', '|']).next()?;
    let stem = Path::new(path).file_stem()?.to_str()?.trim();
    (!stem.is_empty()).then(|| stem.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network() -> Origin {
        Origin::Network(Url::parse("http://tv.example:8080/lists/all.m3u").unwrap())
    }

    #[test]
    fn relative_addresses_follow_the_playlist() {
        assert_eq!(network().media("a/b.m3u8?x=1").unwrap(), "http://tv.example:8080/lists/a/b.m3u8?x=1");
        assert_eq!(network().media("//cdn.example/b.ts").unwrap(), "http://cdn.example/b.ts");
        assert_eq!(Origin::File("/srv/tv/all.m3u".into()).media("b.ts").unwrap(), "file:///srv/tv/b.ts");
        assert_eq!(Origin::Stdin.media("b.ts"), Err(Refused::NoBase));
        for origin in [Origin::Stdin, Origin::File("/srv/tv/all.m3u".into())] {
            assert_eq!(origin.document("//cdn.example/l.png").unwrap(), "http://cdn.example/l.png");
        }
    }

    #[test]
    fn whole_addresses_stay_as_written() {
        for url in
            ["udp://@239.1.2.3:1234", "http://a.example/x y?c=中", "rtp://239.1.1.1:5000", "rtsp://10.0.0.1/live"]
        {
            assert_eq!(network().media(url).unwrap(), url);
        }
    }

    #[test]
    fn this_machine_is_refused_from_the_network() {
        for url in [
            "file:///etc/passwd",
            "file:/etc/passwd",
            "FILE:///etc/passwd",
            "http://127.0.0.1/x",
            "http://127.1/x",
            "http://0x7f.1/x",
            "http://2130706433/x",
            "http://017700000001/",
            "http://0.0.0.0/x",
            "http://localhost:8080/x",
            "http://LOCALHOST./x",
            "http://a.localhost/x",
            "http://[::1]/x",
            "http://[::]/x",
            "http://[::ffff:127.0.0.1]/x",
            "http://[fe80::1]/x",
            "http://169.254.169.254/latest",
            "http://user@127.0.0.1/x",
            "//127.0.0.1/x",
            "\\\\127.0.0.1\\x",
            "udp://@127.0.0.1:1234",
            "udp://127.1:1234",
            "rtsp://localhost/x",
            "rtp://[::1]:5000",
            "gopher://a.example/",
            "javascript:alert(1)",
            "data:text/plain,x",
            "http://",
            "udp://:1234",
        ] {
            assert!(network().media(url).is_err(), "{url} must be refused");
        }
    }

    #[test]
    fn the_playlists_own_server_may_be_on_this_machine() {
        let own = Origin::Network(Url::parse("http://127.0.0.1:4000/lineup.m3u").unwrap());
        assert_eq!(own.media("live/1.m3u8").unwrap(), "http://127.0.0.1:4000/live/1.m3u8");
        assert!(own.media("http://127.0.0.1:4000/x").is_ok());
        assert!(own.media("http://127.0.0.1:4001/x").is_err());
        assert!(own.media("http://localhost:4000/x").is_err());
        assert!(own.media("rtsp://127.0.0.1:4000/x").is_err());
    }

    #[test]
    fn an_operator_may_allow_this_machine() {
        let trusted = Origin::Trusted(Url::parse("http://tv.example/lists/all.m3u").unwrap());
        for url in ["http://127.0.0.1:4022/udp/239.1.1.1:5000", "http://169.254.1.1/x", "file:///srv/a.ts"] {
            assert!(trusted.media(url).is_ok(), "{url}");
        }
        assert_eq!(trusted.media("a.ts").unwrap(), "http://tv.example/lists/a.ts");
        assert!(trusted.media("gopher://x/").is_err());
    }

    #[test]
    fn a_persons_own_file_may_name_more() {
        let file = Origin::File("/srv/all.m3u".into());
        assert!(file.media("file:///srv/a.ts").is_ok());
        assert!(file.media("http://127.0.0.1/x").is_ok());
        assert!(file.media("gopher://x/").is_err());
    }

    #[test]
    fn templates() {
        assert_eq!(network().template("?utc={utc}").unwrap(), "?utc={utc}");
        assert!(network().template("http://a.example/{Y}/{utc}").is_ok());
        assert!(network().template("file:///etc/{utc}").is_err());
    }
}
