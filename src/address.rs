//! What kind of address something is, in whatever spelling it came, how far a request may reach, and what of it a log may
//! hold. Pure decisions; nothing here resolves or connects.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::Host;

/// Where an address lies, as far as trust is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressClass {
    Public,
    /// Private networks, carrier-grade NAT, unique local, benchmarking.
    Private,
    Multicast,
    Loopback,
    LinkLocal,
    /// 0.0.0.0/8 and `::`, which systems read as "this machine".
    Unspecified,
    /// Documentation, broadcast, future use: no server lives there.
    Reserved,
}

/// How far one request may go. Decided from who named the address and where the naming document came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reach {
    /// The public internet only.
    Public,
    /// Private and multicast addresses as well.
    Private,
    /// A host and port that a person or the configuration named.
    Anywhere,
}

impl Reach {
    pub fn allows(self, address: IpAddr) -> bool {
        matches!(
            (self, classify(address)),
            (Self::Anywhere, _)
                | (_, AddressClass::Public)
                | (Self::Private, AddressClass::Private | AddressClass::Multicast)
        )
    }
}

/// An address without what may be secret in it: user, password, query. Of what is none, its scheme.
pub fn redact(url: &str) -> String {
    match url::Url::parse(url) {
        Ok(mut url) => {
            let _ = url.set_username("");
            let _ = url.set_password(None);
            url.set_query(None);
            url.set_fragment(None);
            url.to_string()
        }
        Err(_) => scheme(url),
    }
}

/// What stands before `://`, in small letters; nothing where that is not there.
pub fn scheme(url: &str) -> String {
    url.split_once("://").map(|(scheme, _)| scheme.trim().to_ascii_lowercase()).unwrap_or_default()
}

/// A host that is this machine or something on its very link, whatever a resolver says.
pub fn is_own(host: &Host<impl AsRef<str>>) -> bool {
    let address = match host {
        Host::Domain(name) => return is_localhost(name.as_ref()),
        Host::Ipv4(v4) => IpAddr::V4(*v4),
        Host::Ipv6(v6) => IpAddr::V6(*v6),
    };
    matches!(classify(address), AddressClass::Loopback | AddressClass::LinkLocal | AddressClass::Unspecified)
}

/// RFC 6761: means this machine whatever a resolver says, and is not to be looked up. The last one is what
/// /etc/hosts has had for decades.
pub fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost") || name == "localhost.localdomain"
}

pub fn classify(address: IpAddr) -> AddressClass {
    match address {
        IpAddr::V4(v4) => classify_v4(v4),
        IpAddr::V6(v6) => classify_v6(v6),
    }
}

fn classify_v4(a: Ipv4Addr) -> AddressClass {
    match a.octets() {
        [0, ..] => AddressClass::Unspecified,
        [127, ..] => AddressClass::Loopback,
        [169, 254, ..] => AddressClass::LinkLocal,
        [10, ..] | [192, 168, ..] => AddressClass::Private,
        [172, b, ..] if (16..32).contains(&b) => AddressClass::Private,
        [100, b, ..] if (64..128).contains(&b) => AddressClass::Private,
        [198, 18 | 19, ..] => AddressClass::Private,
        [192, 0, 0 | 2, _] | [198, 51, 100, _] | [203, 0, 113, _] | [192, 88, 99, _] => AddressClass::Reserved,
        [b, ..] if (224..240).contains(&b) => AddressClass::Multicast,
        [b, ..] if b >= 240 => AddressClass::Reserved,
        _ => AddressClass::Public,
    }
}

fn classify_v6(a: Ipv6Addr) -> AddressClass {
    if a.is_unspecified() {
        return AddressClass::Unspecified;
    }
    if a.is_loopback() {
        return AddressClass::Loopback;
    }
    // An IPv4 address in disguise is what it disguises.
    if let Some(v4) = embedded_v4(a) {
        return classify_v4(v4);
    }
    match a.segments() {
        [0xfe80..=0xfebf, ..] => AddressClass::LinkLocal,
        [0xfc00..=0xfdff, ..] | [0xfec0..=0xfeff, ..] => AddressClass::Private,
        [0xff00..=0xffff, ..] => AddressClass::Multicast,
        [0x2001, 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..] | [0x0100, 0, 0, 0, ..] | [0x5f00, ..] => {
            AddressClass::Reserved
        }
        // Only 2000::/3 is given out as global unicast.
        [0x2000..=0x3fff, ..] => AddressClass::Public,
        _ => AddressClass::Reserved,
    }
}

/// The IPv4 address inside mapped, compatible, translated, NAT64, 6to4 and Teredo addresses.
fn embedded_v4(a: Ipv6Addr) -> Option<Ipv4Addr> {
    let s = a.segments();
    let join = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        Ipv4Addr::new(a, b, c, d)
    };
    match s {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] => Some(join(high, low)),
        [0, 0, 0, 0, 0xffff, 0, high, low] => Some(join(high, low)),
        // NAT64, the well-known and the local prefix.
        [0x0064, 0xff9b, 0, 0, 0, 0, high, low] => Some(join(high, low)),
        [0x0064, 0xff9b, 1, _, _, _, high, low] => Some(join(high, low)),
        [0x2002, high, low, ..] => Some(join(high, low)),
        // Teredo hides the client's address with its bits turned round.
        [0x2001, 0, _, _, _, _, high, low] => Some(join(!high, !low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(text: &str) -> AddressClass {
        classify(text.parse().unwrap())
    }

    #[test]
    fn every_disguise_of_loopback_is_loopback() {
        for text in [
            "127.0.0.1",
            "127.255.255.254",
            "::1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "::ffff:0:127.0.0.1",
            "64:ff9b::127.0.0.1",
            "64:ff9b:1::7f00:1",
            "2002:7f00:1::",
            "2001:0:1:2:3:4:80ff:fffe",
        ] {
            assert_eq!(class(text), AddressClass::Loopback, "{text}");
        }
    }

    #[test]
    fn classes_at_their_edges() {
        for (text, want) in [
            ("0.0.0.0", AddressClass::Unspecified),
            ("0.1.2.3", AddressClass::Unspecified),
            ("::", AddressClass::Unspecified),
            ("9.255.255.255", AddressClass::Public),
            ("10.0.0.0", AddressClass::Private),
            ("11.0.0.0", AddressClass::Public),
            ("172.15.255.255", AddressClass::Public),
            ("172.16.0.0", AddressClass::Private),
            ("172.31.255.255", AddressClass::Private),
            ("172.32.0.0", AddressClass::Public),
            ("100.63.255.255", AddressClass::Public),
            ("100.64.0.0", AddressClass::Private),
            ("100.127.255.255", AddressClass::Private),
            ("100.128.0.0", AddressClass::Public),
            ("169.254.169.254", AddressClass::LinkLocal),
            ("224.0.0.1", AddressClass::Multicast),
            ("239.255.255.255", AddressClass::Multicast),
            ("240.0.0.1", AddressClass::Reserved),
            ("255.255.255.255", AddressClass::Reserved),
            ("fe80::1", AddressClass::LinkLocal),
            ("febf::1", AddressClass::LinkLocal),
            ("fd00::1", AddressClass::Private),
            ("ff02::1", AddressClass::Multicast),
            ("2001:db8::1", AddressClass::Reserved),
            ("2606:4700::1", AddressClass::Public),
            ("4000::1", AddressClass::Reserved),
        ] {
            assert_eq!(class(text), want, "{text}");
        }
    }

    #[test]
    fn private_reach_never_includes_this_machine() {
        for text in ["127.0.0.1", "0.0.0.0", "169.254.1.1", "::1", "fe80::1", "::ffff:169.254.169.254"] {
            assert!(!Reach::Private.allows(text.parse().unwrap()), "{text}");
            assert!(!Reach::Public.allows(text.parse().unwrap()), "{text}");
        }
        assert!(Reach::Private.allows("10.1.2.3".parse().unwrap()));
        assert!(!Reach::Public.allows("10.1.2.3".parse().unwrap()));
    }
}
