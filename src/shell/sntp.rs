//! Asks a time server what time it is: SNTP (RFC 4330, in the packets of RFC 5905), one datagram each way. What an answer
//! must be like to be believed is here; what becomes of the time is `time_keeper`.

use std::{io, time::Duration};

use tokio::{
    net::{UdpSocket, lookup_host},
    time::Instant,
};

use crate::time::UtcMs;

const PORT: u16 = 123;
/// A server that is there answers at once; a lost datagram is asked for again by the next look.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);
/// Of a name.
const MAX_ADDRESSES: usize = 4;
const PACKET_BYTES: usize = 48;
/// Version 4, a client.
const REQUEST: u8 = 0b00_100_011;
/// From 1900, where the seconds are counted from, to 1970.
const EPOCH_S: i64 = 2_208_988_800;
/// Seconds are counted in 32 bits, which begin anew in 2036 (RFC 4330, section 3).
const ERA_S: i64 = 1 << 32;
/// A server that is further from a real clock by its own account is not believed (RFC 5905, MAXDISP).
const MAX_DISTANCE_S: f64 = 16.0;

/// Why an answer is not believed.
#[derive(Debug, thiserror::Error)]
pub enum NoTime {
    #[error("no address")]
    NoAddress,
    #[error("no answer within {} s", ANSWER_WITHIN.as_secs())]
    Late,
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("{0}")]
    Bad(&'static str),
}

/// The time at the moment of return, by `server` (`host` or `host:port`).
pub async fn ask(server: &str) -> Result<UtcMs, NoTime> {
    let mut failed = NoTime::NoAddress;
    let addresses: Vec<_> = match has_port(server) {
        true => lookup_host(server).await?.take(MAX_ADDRESSES).collect(),
        false => lookup_host((server.trim_matches(['[', ']']), PORT)).await?.take(MAX_ADDRESSES).collect(),
    };
    for address in addresses {
        let any = if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
        let asked = async {
            let socket = UdpSocket::bind(any).await?;
            // Datagrams from anybody else do not come through.
            socket.connect(address).await?;
            let nonce: u64 = rand::random();
            let sent = Instant::now();
            socket.send(&request(nonce)).await?;
            let mut answer = [0; 512];
            let length = socket.recv(&mut answer).await?;
            read(answer.get(..length).unwrap_or_default(), nonce, sent.elapsed())
        };
        match tokio::time::timeout(ANSWER_WITHIN, asked).await {
            Ok(Ok(at)) => return Ok(at),
            Ok(Err(e)) => failed = e,
            Err(_) => failed = NoTime::Late,
        }
    }
    Err(failed)
}

fn has_port(server: &str) -> bool {
    match server.rsplit_once(':') {
        Some((host, port)) => {
            !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) && (host.ends_with(']') || !host.contains(':'))
        }
        None => false,
    }
}

/// The nonce stands where the client's time would: a server gives it back, and nobody learns what the box believes.
fn request(nonce: u64) -> [u8; PACKET_BYTES] {
    let mut packet = [0; PACKET_BYTES];
    let [first, .., a, b, c, d, e, f, g, h] = &mut packet;
    *first = REQUEST;
    [*a, *b, *c, *d, *e, *f, *g, *h] = nonce.to_be_bytes();
    packet
}

/// The time when the answer arrived, `took` after the question left.
fn read(packet: &[u8], nonce: u64, took: Duration) -> Result<UtcMs, NoTime> {
    let word = |at: usize| packet.get(at..at + 4).and_then(|w| w.try_into().ok()).map(u32::from_be_bytes);
    let short = NoTime::Bad("shorter than a packet of NTP");
    let (Some(head), Some(delay), Some(dispersion)) = (word(0), word(4), word(8)) else { return Err(short) };
    let stamp = |at: usize| Some(u64::from(word(at)?) << 32 | u64::from(word(at + 4)?));
    let (Some(given_back), Some(received), Some(sent)) = (stamp(24), stamp(32), stamp(40)) else { return Err(short) };
    let (leap, version, mode, stratum) = (head >> 30, head >> 27 & 7, head >> 24 & 7, head >> 16 & 0xFF);
    // Both are fixed-point numbers with sixteen bits behind the point.
    let distance = (f64::from(delay) / 2.0 + f64::from(dispersion)) / 65_536.0;
    if given_back != nonce {
        Err(NoTime::Bad("an answer to another question"))
    } else if mode != 4 || !(1..=4).contains(&version) {
        Err(NoTime::Bad("no answer of a server"))
    } else if stratum == 0 {
        Err(NoTime::Bad("the server asks not to be asked"))
    } else if leap == 3 || stratum > 15 {
        Err(NoTime::Bad("the server does not know the time itself"))
    } else if received == 0 || sent == 0 || sent < received {
        Err(NoTime::Bad("no time in it"))
    } else if distance >= MAX_DISTANCE_S {
        Err(NoTime::Bad("the server is far from a real clock"))
    } else {
        // What the server took for itself was not spent on the way.
        let on_the_way = i64::try_from(took.as_millis()).unwrap_or(i64::MAX).saturating_sub(ms(sent - received));
        Ok(utc(sent).plus(on_the_way.max(0) / 2))
    }
}

/// Of a length in seconds and fractions.
fn ms(stamp: u64) -> i64 {
    let seconds = i64::try_from(stamp >> 32).unwrap_or(0);
    let fraction = i64::try_from(((stamp & u64::from(u32::MAX)) * 1000) >> 32).unwrap_or(0);
    seconds * 1000 + fraction
}

fn utc(stamp: u64) -> UtcMs {
    // Before 1968 nobody is: without its highest bit a time is one of the next era.
    let era = if stamp >> 63 == 1 { 0 } else { ERA_S };
    UtcMs(ms(stamp) + (era - EPOCH_S) * 1000)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Noon of 2026-11-24 and a half second.
    const NOON: u64 = (1_795_521_600 + 2_208_988_800) << 32 | 1 << 31;
    const NOON_MS: i64 = 1_795_521_600_500;

    fn answer(nonce: u64, received: u64, sent: u64) -> Vec<u8> {
        let mut packet = vec![0b00_100_100, 2, 6, 0xE8];
        packet.extend([0, 0, 0x10, 0, 0, 0, 0x10, 0, 10, 0, 0, 1]);
        for stamp in [received, nonce, received, sent] {
            packet.extend(stamp.to_be_bytes());
        }
        packet
    }

    #[test]
    fn half_of_the_way_is_added() {
        let second = 1 << 32;
        let read = |sent, took| read(&answer(7, NOON, sent), 7, Duration::from_millis(took)).unwrap();
        assert_eq!(read(NOON, 0), UtcMs(NOON_MS));
        assert_eq!(read(NOON, 600), UtcMs(NOON_MS + 300));
        // A second of it the server took for itself.
        assert_eq!(read(NOON + second, 1600), UtcMs(NOON_MS + 1300));
        assert_eq!(read(NOON + second, 200), UtcMs(NOON_MS + 1000));
        // After the count has begun anew in 2036.
        assert_eq!(utc(0), UtcMs(2_085_978_496_000));
    }

    #[test]
    fn what_is_no_answer_is_not_believed() {
        let good = answer(7, NOON, NOON);
        let with = |at: usize, byte: u8| {
            let mut packet = good.clone();
            packet[at] = byte;
            packet
        };
        for (packet, why) in [
            (good[..47].to_vec(), "shorter"),
            (answer(8, NOON, NOON), "another question"),
            (with(0, 0b00_100_011), "no answer of a server"),
            (with(0, 0b11_100_100), "does not know"),
            (with(1, 0), "not to be asked"),
            (with(1, 16), "does not know"),
            (answer(7, 0, NOON), "no time"),
            (answer(7, NOON, NOON - 1), "no time"),
            (with(8, 1), "far from"),
        ] {
            let refused = read(&packet, 7, Duration::ZERO).unwrap_err();
            assert!(refused.to_string().contains(why), "{why}: {refused}");
        }
    }

    #[tokio::test]
    async fn a_server_is_asked() {
        let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = server.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            let mut packet = [0; 512];
            while let Ok((length, from)) = server.recv_from(&mut packet).await {
                assert_eq!((length, packet[0]), (PACKET_BYTES, REQUEST));
                let nonce = u64::from_be_bytes(packet[40..48].try_into().unwrap());
                server.send_to(&answer(nonce, NOON, NOON), from).await.unwrap();
            }
        });
        let at = ask(&address).await.unwrap();
        assert!((0..30_000).contains(&at.since(UtcMs(NOON_MS))), "{at:?}");
        for (server, port) in
            [("a.example", false), ("a.example:124", true), ("[::1]:123", true), ("::1", false), ("[::1]", false)]
        {
            assert_eq!(has_port(server), port, "{server}");
        }
    }

    proptest! {
        #[test]
        fn no_datagram_panics(bytes in proptest::collection::vec(any::<u8>(), 0..80), took in any::<u64>()) {
            let nonce = bytes.get(24..32).map_or(0, |b| u64::from_be_bytes(b.try_into().unwrap()));
            let _ = read(&bytes, nonce, Duration::from_millis(took));
        }
    }
}
