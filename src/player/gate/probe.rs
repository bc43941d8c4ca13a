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

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, sync::mpsc::channel};

    use super::super::{Gate, GatePolicy};
    use super::*;
    use crate::{guide::lineup::MediaSource, player::types::Trust};

    fn source(address: SocketAddr) -> MediaSource {
        MediaSource { url: format!("http://{address}/a.m3u8"), headers: vec![] }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_return_of_a_silent_server_is_told_and_only_that() {
        let gate = Gate::start(tokio::runtime::Handle::current(), GatePolicy::default()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (told, back) = channel();
        let watch = gate.watch(&source(address), Trust::Person, move || told.send(()).unwrap());
        assert!(watch.is_some());
        // It is there from the start: it was connected to, and nothing is told.
        tokio::task::spawn_blocking(move || {
            listener.accept().unwrap();
            listener.accept().unwrap();
        })
        .await
        .unwrap();
        assert!(back.try_recv().is_err());
        let listener = tokio::task::spawn_blocking(move || {
            // Silent for longer than the watch blinks.
            std::thread::sleep(EVERY * 2);
            TcpListener::bind(address).unwrap()
        });
        let listener = listener.await.unwrap();
        let told = tokio::task::spawn_blocking(move || back.recv_timeout(Duration::from_secs(30))).await.unwrap();
        assert_eq!(told, Ok(()));
        drop((watch, listener));
    }

    #[tokio::test]
    async fn what_may_not_be_opened_is_not_watched_either() {
        let gate = Gate::start(tokio::runtime::Handle::current(), GatePolicy::default()).unwrap();
        let sentinel = TcpListener::bind("127.0.0.1:0").unwrap();
        assert!(gate.watch(&source(sentinel.local_addr().unwrap()), Trust::Operator, || {}).is_none());
        assert!(!gate.may_open("file:///etc/passwd"));
        let url = source(sentinel.local_addr().unwrap()).url;
        assert_eq!(gate.document(&url, 1_000).await, Err(crate::player::types::Trouble::Blocked));
        sentinel.set_nonblocking(true).unwrap();
        assert!(sentinel.accept().is_err());
    }
}
