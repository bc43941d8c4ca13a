//! Whether this box has any way out, read from the kernel's tables. Sends nothing.

use std::fs;

/// IPv6 scope of link-local addresses in `/proc/net/if_inet6`.
const SCOPE_LINK: &str = "20";

/// An interface other than loopback is up and has an address.
pub fn way_out() -> bool {
    let is_up = |name: &str| {
        // Interfaces without a notion of a carrier (tunnels) say "unknown".
        fs::read_to_string(format!("/sys/class/net/{name}/operstate")).is_ok_and(|s| s.trim() != "down")
    };
    let routes = fs::read_to_string("/proc/net/route").unwrap_or_default();
    let addresses = fs::read_to_string("/proc/net/if_inet6").unwrap_or_default();
    with_ipv4(&routes).chain(with_ipv6(&addresses)).any(is_up)
}

/// Interfaces with an IPv4 route: the kernel writes one for every address of an interface that is up.
fn with_ipv4(routes: &str) -> impl Iterator<Item = &str> {
    routes.lines().skip(1).filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "lo")
}

/// Interfaces with an IPv6 address that reaches beyond the link.
fn with_ipv6(addresses: &str) -> impl Iterator<Item = &str> {
    addresses.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        match fields.as_slice() {
            [_, _, _, scope, _, name] if *scope != SCOPE_LINK && *name != "lo" => Some(*name),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_and_link_local_are_no_way_out() {
        let routes = "Iface\tDestination\nlo\t0000007F\n";
        assert_eq!(with_ipv4(routes).count(), 0);
        assert_eq!(with_ipv4("Iface\tDestination\neth0\t00000000\t0102\n").collect::<Vec<_>>(), ["eth0"]);
        let v6 = "00000000000000000000000000000001 01 80 10 80       lo\nfe800000000000000000000000000001 02 40 20 80     eth0\n";
        assert_eq!(with_ipv6(v6).count(), 0);
        assert_eq!(with_ipv6("fd000000000000000000000000000002 02 40 00 80     eth0\n").collect::<Vec<_>>(), ["eth0"]);
    }
}
