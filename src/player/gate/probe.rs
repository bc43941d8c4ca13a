//! Whether a server that could not be reached takes connections again. Connects and hangs up: no request is made, and
//! no address is tried that a request could not go to.

use std::{net::SocketAddr, time::Duration};

use tokio::{net::TcpStream, time::timeout};
use url::Host;

use super::{Inner, fetch::Fault, rules::Place};

/// How often a silent server is tried. A connection costs three small packets; half a second is lost in what a
/// picture takes to come anyway.
const EVERY: Duration = Duration::from_millis(500);
/// A server that is there answers a SYN sooner, one lost packet included.
const CONNECT: Duration = Duration::from_millis(1_500);
/// Addresses of one name that are tried.
const ADDRESSES: usize = 4;

/// Waits before the next try: as long as is due, but no longer than it takes an unreachable server to come back.
pub async fn pause(inner: &Inner, place: &Place, fault: &Fault, wait: Duration) {
    if !fault.unreached {
        return tokio::time::sleep(wait).await;
    }
    tokio::select! {
        () = tokio::time::sleep(wait) => {}
        () = back(inner, place) => {}
    }
}

/// Calls `on_back` whenever the server takes connections after it did not.
pub async fn watch(inner: &Inner, place: &Place, on_back: impl Fn()) {
    let mut silent = false;
    loop {
        let answers = answers(inner, place).await;
        if answers && silent {
            on_back();
        }
        silent = !answers;
        tokio::time::sleep(EVERY).await;
    }
}

async fn back(inner: &Inner, place: &Place) {
    loop {
        tokio::time::sleep(EVERY).await;
        if answers(inner, place).await {
            return;
        }
    }
}

async fn answers(inner: &Inner, place: &Place) -> bool {
    let Some(port) = place.url.port_or_known_default() else { return false };
    let addresses = match place.url.host() {
        // Judged when the place was named.
        Some(Host::Ipv4(v4)) => vec![v4.into()],
        Some(Host::Ipv6(v6)) => vec![v6.into()],
        Some(Host::Domain(name)) => match timeout(CONNECT, inner.look_up.look_up(name.to_owned())).await {
            Ok(Ok(found)) => found.into_iter().filter(|a| place.reach.allows(*a)).collect(),
            _ => return false,
        },
        None => return false,
    };
    for address in addresses.into_iter().take(ADDRESSES) {
        if let Ok(Ok(_)) = timeout(CONNECT, TcpStream::connect(SocketAddr::new(address, port))).await {
            return true;
        }
    }
    false
}
