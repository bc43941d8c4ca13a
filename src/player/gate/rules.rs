//! Which addresses may be asked at all, before anything is resolved, and what a document may name. The address behind
//! a name is checked where it is resolved (`resolver`), with the same `Reach`.

use std::net::{IpAddr, Ipv4Addr};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use url::{Host, Url};

use super::policy::{GatePolicy, URL_BYTES};
use crate::{
    address::{Reach, is_localhost},
    player::types::Trust,
};

/// The address is one that this program does not open, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("not an address: {0}")]
    Unreadable(String),
    #[error("scheme {0} is not http or https")]
    Scheme(String),
    #[error("user names and passwords in addresses are not accepted")]
    UserInfo,
    #[error("{0} is not a place that this address may name")]
    Forbidden(String),
    #[error("host {0} is not on the operator's list")]
    NotListed(String),
    #[error("the address is longer than {URL_BYTES} bytes")]
    TooLong,
    #[error("header {0} has a name or value that cannot be sent")]
    Header(String),
}

/// An address together with how far requests to it may reach.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    pub url: Url,
    pub reach: Reach,
}

impl Place {
    /// An address as a person, the operator or a feed named it.
    pub fn named(text: &str, trust: Trust, policy: &GatePolicy) -> Result<Self, Refusal> {
        // Url::parse drops tabs and line ends silently, which is how two readers come to see two addresses.
        if text.chars().any(char::is_control) {
            return Err(Refusal::Unreadable("control characters".into()));
        }
        if text.len() > URL_BYTES {
            return Err(Refusal::TooLong);
        }
        let url = Url::parse(text.trim()).map_err(|e| Refusal::Unreadable(e.to_string()))?;
        let reach = match trust {
            Trust::Person => Reach::Anywhere,
            Trust::Operator if policy.local_addresses || is_operator_host(&url, policy) => Reach::Anywhere,
            Trust::Operator => Reach::Private,
            Trust::Feed => Reach::Public,
        };
        check(&url, reach, policy)?;
        Ok(Self { url, reach })
    }

    /// What a document or a redirect that came from here names: the same host and port keeps its reach, everything
    /// else is public or nothing.
    pub fn child(&self, reference: &str, policy: &GatePolicy) -> Result<Self, Refusal> {
        if reference.chars().any(char::is_control) {
            return Err(Refusal::Unreadable("control characters".into()));
        }
        if reference.len() > URL_BYTES {
            return Err(Refusal::TooLong);
        }
        let url = self.url.join(reference.trim()).map_err(|e| Refusal::Unreadable(e.to_string()))?;
        let reach = if same_host(&self.url, &url) { self.reach } else { Reach::Public };
        check(&url, reach, policy)?;
        Ok(Self { url, reach })
    }
}

/// Same host and same port, whatever the scheme says.
pub fn same_host(a: &Url, b: &Url) -> bool {
    a.host().is_some() && a.host() == b.host() && a.port_or_known_default() == b.port_or_known_default()
}

fn is_operator_host(url: &Url, policy: &GatePolicy) -> bool {
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else { return false };
    policy.operator_hosts.iter().any(|(h, p)| *p == port && same_name(h, host))
}

/// Whether two spellings name the same host.
pub fn same_name(a: &str, b: &str) -> bool {
    let bare = |s: &str| s.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.').to_ascii_lowercase();
    bare(a) == bare(b)
}

fn is_listed(host: &str, list: &[String]) -> bool {
    list.iter().any(|entry| match entry.strip_prefix('.') {
        Some(domain) => {
            let host = host.trim_end_matches('.').to_ascii_lowercase();
            host.strip_suffix(&domain.to_ascii_lowercase()).is_some_and(|rest| rest.ends_with('.'))
        }
        None => same_name(entry, host),
    })
}

fn check(url: &Url, reach: Reach, policy: &GatePolicy) -> Result<(), Refusal> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Refusal::Scheme(url.scheme().into()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Refusal::UserInfo);
    }
    if url.as_str().len() > URL_BYTES {
        return Err(Refusal::TooLong);
    }
    let Some(host) = url.host() else { return Err(Refusal::Unreadable("no host".into())) };
    if let Some(list) = &policy.allowed_hosts
        && !is_operator_host(url, policy)
        && !is_listed(&host.to_string(), list)
    {
        return Err(Refusal::NotListed(host.to_string()));
    }
    // Literal addresses never pass the resolver: they are judged here. `Url` has already turned every spelling
    // (decimal, octal, hexadecimal, full-width digits) into one.
    let literal = match host {
        Host::Ipv4(v4) => Some(v4.into()),
        Host::Ipv6(v6) => Some(v6.into()),
        Host::Domain(name) if is_localhost(name) => Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        Host::Domain(_) => None,
    };
    match literal {
        Some(address) if !reach.allows(address) => Err(Refusal::Forbidden(address.to_string())),
        _ => Ok(()),
    }
}

/// Names that belong to the connection and not to a channel: never taken from a lineup.
const OURS: [&str; 15] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "upgrade",
    "te",
    "trailer",
    "range",
    "if-range",
    "if-match",
    "if-none-match",
    "if-modified-since",
    "accept-encoding",
    "expect",
];
/// Names that are told only to the host for which they were given.
const PERSONAL: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];

/// A channel's headers as they will be sent. A line end inside one is refused, whatever it was meant to do.
pub fn headers(given: &[(String, String)]) -> Result<HeaderMap, Refusal> {
    let mut map = HeaderMap::new();
    for (name, value) in given {
        let refused = || Refusal::Header(name.chars().filter(|c| !c.is_control()).take(40).collect());
        let key = HeaderName::from_bytes(name.trim().as_bytes()).map_err(|_| refused())?;
        let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| refused())?;
        if !OURS.contains(&key.as_str()) {
            map.insert(key, value);
        }
    }
    Ok(map)
}

/// The headers without those that only their own host may see.
pub fn for_strangers(headers: &HeaderMap) -> HeaderMap {
    let mut map = headers.clone();
    for name in PERSONAL {
        map.remove(name);
    }
    map
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> GatePolicy {
        GatePolicy { operator_hosts: vec![("127.0.0.1".into(), 8080)], ..Default::default() }
    }

    #[test]
    fn spellings_of_loopback_are_refused_from_a_feed() {
        for url in [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0177.0.0.1/",
            "http://0x7f.1/",
            "http://127.0.0.1./",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://0/",
            "http://１２７.0.0.1/",
            "http://①27.0.0.1/",
            "http:127.0.0.1",
            "http:\\\\127.0.0.1\\",
            "http://[::]/",
            "https://169.254.169.254/latest",
            "http://[64:ff9b::7f00:1]/",
            "http://10.0.0.1/",
            "http://localhost/",
            "http://LocalHost./",
            "http://a.localhost/",
            "http://192.168.1.1:80/",
        ] {
            assert!(Place::named(url, Trust::Feed, &policy()).is_err(), "{url}");
        }
    }

    #[test]
    fn schemes_and_user_info_are_refused_from_anyone() {
        for url in [
            "file:///etc/passwd",
            "FILE:///etc/passwd",
            "data:text/plain,x",
            "ftp://a/",
            "gopher://a/",
            "rtmp://a/",
            "concat:http://a/",
            "smb://a/",
            "javascript:1",
            "http://user@a.cn/",
            "http://u:p@a.cn/",
            "http://:p@a.cn/",
            "http://a.cn@127.0.0.1/",
            "",
            "x",
            "//a.cn/",
            "http://",
            "http://a b/",
            "http://a.cn/\r\nHost: b",
        ] {
            assert!(Place::named(url, Trust::Person, &policy()).is_err(), "{url}");
        }
    }

    #[test]
    fn an_operator_reaches_private_addresses_and_its_own_host_and_port_only() {
        let p = policy();
        assert_eq!(Place::named("http://10.0.0.1/a", Trust::Operator, &p).unwrap().reach, Reach::Private);
        assert_eq!(Place::named("http://127.0.0.1:8080/a", Trust::Operator, &p).unwrap().reach, Reach::Anywhere);
        assert!(Place::named("http://127.0.0.1:8081/a", Trust::Operator, &p).is_err());
        assert!(Place::named("http://[::1]:8080/a", Trust::Operator, &p).is_err());
        let allowing = GatePolicy { local_addresses: true, ..policy() };
        assert!(Place::named("http://127.0.0.1:8081/a", Trust::Operator, &allowing).is_ok());
        assert!(Place::named("http://127.0.0.1:8081/a", Trust::Feed, &allowing).is_err());
    }

    #[test]
    fn children_keep_the_reach_of_their_own_host_and_port() {
        let p = policy();
        let parent = Place::named("http://127.0.0.1:8080/live/a.m3u8", Trust::Operator, &p).unwrap();
        assert_eq!(parent.child("seg.ts", &p).unwrap().reach, Reach::Anywhere);
        assert_eq!(parent.child("/x/seg.ts", &p).unwrap().reach, Reach::Anywhere);
        for bad in
            ["http://127.0.0.1:22/", "https://127.0.0.1/", "//127.0.0.1/x", "file:///etc/passwd", "//u@127.0.0.1:8080/"]
        {
            assert!(parent.child(bad, &p).is_err(), "{bad}");
        }
        assert_eq!(parent.child("http://cdn.example/x", &p).unwrap().reach, Reach::Public);
    }

    #[test]
    fn the_allow_list_holds_for_everyone() {
        let p = GatePolicy { allowed_hosts: Some(vec!["a.cn".into(), ".b.cn".into()]), ..policy() };
        for (url, fine) in [
            ("http://a.cn/", true),
            ("http://A.CN./", true),
            ("http://x.a.cn/", false),
            ("http://x.b.cn/", true),
            ("http://b.cn/", false),
            ("http://evilb.cn/", false),
            ("http://c.cn/", false),
        ] {
            assert_eq!(Place::named(url, Trust::Person, &p).is_ok(), fine, "{url}");
        }
        assert!(Place::named("http://127.0.0.1:8080/", Trust::Operator, &p).is_ok());
    }

    #[test]
    fn headers_with_line_ends_are_refused_and_ours_are_left_out() {
        let h = |n: &str, v: &str| headers(&[(n.into(), v.into())]);
        assert!(h("X", "a\r\nHost: b").is_err());
        assert!(h("X\r\nY", "a").is_err());
        assert!(h("X", "a\0").is_err());
        assert!(h("Host", "other").unwrap().is_empty());
        assert_eq!(h("Referer", "http://a/").unwrap().len(), 1);
        assert!(for_strangers(&h("Cookie", "a=b").unwrap()).is_empty());
    }
}
