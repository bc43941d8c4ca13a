//! Which addresses a catalogue may name. Relative ones are read against the file that names them. What a name resolves
//! to is not looked up here: fetching checks that again.

use url::Url;

use crate::address::is_own;

/// Longer addresses are mistakes or attacks.
const MAX_CHARS: usize = 4_096;

/// What an address is for decides which schemes it may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Posters, subtitles, further files of the catalogue.
    Document,
    /// Streams, which may also come by multicast.
    Media,
}

/// The absolute address, or the reason why it cannot be used.
pub fn resolve(text: &str, base: &Url, usage: Use) -> Result<Url, String> {
    if text.is_empty() {
        return Err("must not be empty".into());
    }
    if text.chars().count() > MAX_CHARS {
        return Err(format!("must be at most {MAX_CHARS} characters"));
    }
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err("must not hold spaces or control characters (write them as %20)".into());
    }
    let url = base.join(text).map_err(|e| format!("is not an address: {e}"))?;
    let allowed = match url.scheme() {
        "http" | "https" => true,
        "udp" | "rtp" => usage == Use::Media,
        // A catalogue that is checked on disk names its neighbours on disk; one from a server can never do so.
        "file" => base.scheme() == "file",
        _ => false,
    };
    if !allowed {
        return Err(format!("must not use the scheme \"{}:\"", url.scheme()));
    }
    if url.host().is_some_and(|host| is_own(&host)) && !same_server(&url, base) {
        return Err("must not name this machine or a link-local address".into());
    }
    Ok(url)
}

/// A further file of the catalogue: as `resolve`, and never less protected than the file that names it.
pub fn resolve_shard(text: &str, index: &Url) -> Result<Url, String> {
    let url = resolve(text, index, Use::Document)?;
    match (index.scheme(), url.scheme()) {
        ("https", "http") => Err("must use https, as the index does".into()),
        _ => Ok(url),
    }
}

/// Whether two addresses have scheme, host and port in common.
fn same_server(a: &Url, b: &Url) -> bool {
    a.scheme() == b.scheme() && a.host() == b.host() && a.port_or_known_default() == b.port_or_known_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Url {
        Url::parse("https://xue.example.org/catalogue/index.json").unwrap()
    }

    #[test]
    fn relative_addresses_are_read_against_the_file() {
        let url = resolve("../posters/x.png", &base(), Use::Document).unwrap();
        assert_eq!(url.as_str(), "https://xue.example.org/posters/x.png");
        assert_eq!(resolve("//cdn.example.org/x", &base(), Use::Media).unwrap().scheme(), "https");
    }

    #[test]
    fn addresses_that_reach_into_the_box_are_refused() {
        for text in [
            "file:///etc/passwd",
            "data:text/plain,x",
            "javascript:1",
            "ftp://example.org/x",
            "udp://239.0.0.1:1234",
            "http://127.0.0.1/x",
            "http://2130706433/x",
            "http://0x7f.1/x",
            "http://0/x",
            "http://localhost./x",
            "http://a.localhost/x",
            "http://[::1]/x",
            "http://[::ffff:127.0.0.1]/x",
            "http://169.254.169.254/latest",
            "http://[fe80::1]/x",
            "http://a b/",
            "http://a/\r\nX: y",
            "",
        ] {
            assert!(resolve(text, &base(), Use::Document).is_err(), "{text}");
        }
        assert!(resolve("udp://239.0.0.1:1234", &base(), Use::Media).is_ok());
        assert!(resolve("http://10.0.0.8/x", &base(), Use::Media).is_ok(), "an operator's own network");
    }

    #[test]
    fn a_server_on_loopback_may_name_itself_and_nothing_beside_it() {
        let base = Url::parse("http://127.0.0.1:8080/catalogue/index.json").unwrap();
        assert!(resolve("../x", &base, Use::Media).is_ok());
        assert!(resolve("http://127.0.0.1:8081/x", &base, Use::Media).is_err());
    }

    #[test]
    fn shards_are_never_less_protected_than_the_index() {
        assert!(resolve_shard("http://xue.example.org/courses-1.json", &base()).is_err());
        assert!(resolve_shard("https://cdn.example.org/courses-1.json", &base()).is_ok());
        let plain = Url::parse("http://xue.example.org/i.json").unwrap();
        assert!(resolve_shard("http://cdn.example.org/courses-1.json", &plain).is_ok());
    }
}
