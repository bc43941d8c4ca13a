//! Addresses that must never be opened, from every place that can name one, with sentinels listening on loopback.
//! Nothing here can leave the machine, even with the guard removed: an address is loopback, or is only given to
//! `Gate::open`, which connects to nothing.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use jinse_xuetang::{
    guide::lineup::MediaSource,
    player::{
        gate::{Gate, GatePolicy, LookUp, Looking},
        types::{MediaKind, Trouble, Trust},
    },
};
use tokio::net::TcpListener;

use crate::{
    ALONE, Family, MS,
    addresses::{loopbacks, other_schemes, refused_at_once},
    bounded, client,
    fault_proxy::{Fault, FaultProxy},
    gate, get, quick, session, source,
    stream::{HLS, lay},
    viewer::{CALM, Pace, Viewer},
};

/// Listens on one port of every loopback address that tests can bind, and counts whoever connects.
struct Sentinel {
    port: u16,
    hits: Arc<AtomicUsize>,
}

impl Sentinel {
    async fn start() -> Self {
        let hits = Arc::new(AtomicUsize::new(0));
        // 0.0.0.0 covers 127.0.0.0/8; ::1 has a listener of its own where the machine has IPv6.
        let v4 = TcpListener::bind("0.0.0.0:0").await.unwrap();
        let port = v4.local_addr().unwrap().port();
        let v6 = TcpListener::bind(SocketAddr::new("::1".parse().unwrap(), port)).await.ok();
        for listener in [Some(v4), v6].into_iter().flatten() {
            let hits = Arc::clone(&hits);
            tokio::spawn(async move {
                while listener.accept().await.is_ok() {
                    hits.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        Self { port, hits }
    }

    fn check(&self) -> Result<(), String> {
        match self.hits.load(Ordering::SeqCst) {
            0 => Ok(()),
            n => Err(format!("{n} connections to a sentinel")),
        }
    }
}

/// Where in a stream a hostile address stands.
const CONTEXTS: [&str; 13] = [
    "segment",
    "key",
    "map",
    "variant",
    "audio",
    "redirect of segment",
    "redirect of list",
    "redirect of key",
    "redirect of map",
    "redirect of variant",
    "later segment",
    "later list",
    "part",
];

/// Lays a stream that names `evil` and hands back the address to open first.
fn lay_trap(proxy: &FaultProxy, prefix: &str, context: &str, evil: &str) -> String {
    lay(proxy, prefix, false);
    let head = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n";
    let redirect = |name: &str| proxy.fault(&format!("{prefix}/{name}"), 1_000, Fault::Redirect(evil.into()));
    let key = |uri: &str| format!("{head}#EXT-X-KEY:METHOD=AES-128,URI=\"{uri}\"\n#EXTINF:1,\ns0.ts\n#EXT-X-ENDLIST\n");
    let map = |uri: &str| format!("{head}#EXT-X-MAP:URI=\"{uri}\"\n#EXTINF:1,\ns0.ts\n#EXT-X-ENDLIST\n");
    let text = match context {
        "segment" => format!("{head}#EXTINF:1,\n{evil}\n#EXT-X-ENDLIST\n"),
        "later segment" => format!("{head}#EXTINF:1,\ns0.ts\n#EXTINF:1,\n{evil}\n#EXT-X-ENDLIST\n"),
        "key" => key(evil),
        "map" => map(evil),
        "part" => format!("{head}#EXT-X-PART:DURATION=1,URI=\"{evil}\"\n#EXTINF:1,\ns0.ts\n#EXT-X-ENDLIST\n"),
        "variant" => format!("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{evil}\n"),
        "audio" => format!(
            "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"a\",URI=\"{evil}\"\n\
             #EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO=\"a\"\nlist.m3u8\n"
        ),
        "redirect of segment" => {
            redirect("s0.ts");
            format!("{head}#EXTINF:1,\ns0.ts\n#EXT-X-ENDLIST\n")
        }
        "redirect of key" => {
            redirect("k");
            key("k")
        }
        "redirect of map" => {
            redirect("m");
            map("m")
        }
        "redirect of variant" => {
            redirect("v.m3u8");
            "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv.m3u8\n".to_owned()
        }
        "later list" => format!("{head}#EXTINF:1,\ns0.ts\n"),
        _ => {
            redirect("trap.m3u8");
            String::new()
        }
    };
    proxy.put(&format!("{prefix}/trap.m3u8"), HLS, text);
    proxy.url(&format!("{prefix}/trap.m3u8"))
}

/// Plays a trap as far as it goes. What it names is refused in so many words, and its other half plays.
async fn spring(
    proxy: &FaultProxy,
    gate: &Gate,
    sentinel: &Sentinel,
    url: String,
    context: &str,
    evil: &str,
) -> Result<(), String> {
    let (id, pace) = (session(), Pace::Left(MS(0)));
    let opened = Viewer::open_as(gate, id, &source(&url), Trust::Operator, MediaKind::Live, pace).await;
    let said = match opened {
        Err(trouble) => Some(trouble),
        Ok(viewer) => {
            if context == "later list" {
                let path = url.strip_prefix(&proxy.url("")).unwrap();
                let text = format!("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\ns0.ts\n#EXTINF:1,\n{evil}\n");
                proxy.put(path, HLS, text);
            }
            match viewer.until_failed().await {
                Ok(trouble) => Some(trouble),
                Err(why) if context == "part" => {
                    viewer.check([(1, 0)]).map_err(|e| format!("{why}; {e}")).map(|()| None)?
                }
                Err(why) => return Err(why),
            }
        }
    };
    sentinel.check()?;
    let told = gate.trouble(id);
    gate.close(id);
    match (said, told) {
        // Nobody reads parts.
        (None, None) if context == "part" => Ok(()),
        (Some(said @ (Trouble::Blocked | Trouble::BrokenMedia)), Some(told)) if said == told => Ok(()),
        other => Err(format!("{other:?}")),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_addresses_reach_nobody() {
    let _alone = ALONE.lock().await;
    let (sentinel, proxy) = (Arc::new(Sentinel::start().await), Arc::new(FaultProxy::start().await));
    let gate = gate(GatePolicy {
        on_demand_retry: MS(100),
        live_missing_retry: MS(100),
        live_segment_retry: MS(100),
        ..quick(&proxy)
    });
    let mut family = Family::default();
    // Named by a feed or a lineup.
    for url in loopbacks(sentinel.port).into_iter().chain(refused_at_once(sentinel.port)) {
        let began = Instant::now();
        let result = match gate.open(session(), &source(url.clone()), Trust::Feed) {
            Err(Trouble::Blocked) => sentinel.check(),
            other => Err(format!("{other:?}")),
        };
        family.count(format!("feed {url}"), began.elapsed(), result);
    }
    // Named inside a stream.
    let inside = loopbacks(sentinel.port);
    let mut number = 0;
    for context in CONTEXTS {
        for evil in inside.iter().cloned().chain(other_schemes(sentinel.port)) {
            // A relative path on the proxy itself, or two lines, is no trap.
            let same_place =
                !evil.contains("://") && !evil.contains("127.0.0.1") || evil.contains(['\n', '\r', '\0', '\u{1}']);
            if same_place && !evil.starts_with("file") && !evil.starts_with("data") {
                continue;
            }
            // `http:x` and `http:/x` are relative to a parent of the same scheme.
            if evil.starts_with("http:127") || evil.starts_with("http:/127") {
                continue;
            }
            number += 1;
            let url = lay_trap(&proxy, &format!("/h{number}"), context, &evil);
            let (proxy, gate, sentinel) = (Arc::clone(&proxy), gate.clone(), Arc::clone(&sentinel));
            family.add(format!("{context} {evil}"), async move {
                spring(&proxy, &gate, &sentinel, url, context, &evil).await
            });
        }
    }
    family.finish("gate-hostile-addresses", 500).await;
}

/// Answers with the next of a list of addresses at every look-up, and remembers that it was asked.
struct Turning {
    answers: Mutex<Vec<IpAddr>>,
    asked: AtomicUsize,
}

impl LookUp for Turning {
    fn look_up(&self, _: String) -> Looking {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.len() > 1 { answers.remove(0) } else { answers[0] };
        Box::pin(async move { Ok(vec![answer]) })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_turn_to_loopback_reach_nobody() {
    let _alone = ALONE.lock().await;
    let (sentinel, proxy) = (Sentinel::start().await, FaultProxy::start().await);
    let mut family = Family::default();
    let looked = async |gate: &Gate, url: String, trust| {
        let id = session();
        let opened = Viewer::open_as(gate, id, &source(url), trust, MediaKind::Live, CALM).await;
        (opened.err(), gate.trouble(id))
    };
    let blocked = (Some(Trouble::Blocked), Some(Trouble::Blocked));
    // Loopback only, so that even a broken gate stays on this machine; the rest is judged in `address`.
    let forbidden = ["127.0.0.1", "::1", "0.0.0.0", "127.9.9.9", "127.255.255.254", "::ffff:127.0.0.1", "::"];
    for address in forbidden {
        for trust in [Trust::Feed, Trust::Operator] {
            let began = Instant::now();
            let turning = Turning { answers: Mutex::new(vec![address.parse().unwrap()]), asked: AtomicUsize::new(0) };
            let look_up = Arc::new(turning);
            let runtime = tokio::runtime::Handle::current();
            let gate = Gate::start_with(runtime, quick(&proxy), look_up.clone()).unwrap();
            let url = format!("http://rebind.example:{}/x", sentinel.port);
            let said = bounded(looked(&gate, url, trust)).await;
            let asked = look_up.asked.load(Ordering::SeqCst);
            let result = if said == blocked && asked > 0 { sentinel.check() } else { Err(format!("{said:?}")) };
            family.count(format!("{address} {trust:?}"), began.elapsed(), result);
        }
    }
    // A name that a person typed serves a playlist, which names the same name at the sentinel's port.
    for context in CONTEXTS.into_iter().filter(|c| !matches!(*c, "part" | "later list")) {
        let turning = Turning { answers: Mutex::new(vec![Ipv4Addr::LOCALHOST.into()]), asked: AtomicUsize::new(0) };
        let gate = Gate::start_with(tokio::runtime::Handle::current(), quick(&proxy), Arc::new(turning)).unwrap();
        let prefix = format!("/r-{}", context.replace(' ', "-"));
        lay_trap(&proxy, &prefix, context, &format!("http://typed.example:{}/x", sentinel.port));
        let began = Instant::now();
        let typed = format!("http://typed.example:{}{prefix}/trap.m3u8", proxy.address.port());
        let id = session();
        let pace = Pace::Left(MS(0));
        let opened = Viewer::open_as(&gate, id, &source(typed), Trust::Person, MediaKind::Live, pace).await;
        let said = match opened {
            Err(trouble) => Ok(trouble),
            Ok(viewer) => bounded(viewer.until_failed()).await,
        };
        let result = if said == Ok(Trouble::Blocked) { sentinel.check() } else { Err(format!("{said:?}")) };
        family.count(format!("other port of a typed name: {context}"), began.elapsed(), result);
    }
    // A name that a person typed may hand over to another name, but not to this machine.
    let turning = Turning { answers: Mutex::new(vec![Ipv4Addr::LOCALHOST.into()]), asked: AtomicUsize::new(0) };
    let gate = Gate::start_with(tokio::runtime::Handle::current(), quick(&proxy), Arc::new(turning)).unwrap();
    let began = Instant::now();
    let evil = format!("http://other.example:{}/list.m3u8", sentinel.port);
    proxy.fault("/t/trap.m3u8", 1_000, Fault::Redirect(evil));
    let typed = format!("http://typed.example:{}/t/trap.m3u8", proxy.address.port());
    let said = bounded(looked(&gate, typed, Trust::Person)).await;
    let result = if said == blocked { sentinel.check() } else { Err(format!("{said:?}")) };
    family.count("a redirect to another name", began.elapsed(), result);
    family.finish("gate-rebinding", 25).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_redirects_and_made_up_paths() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(quick(&proxy));
    lay(&proxy, "/a", false);
    for (name, value) in
        [("X-A", "b\r\nX-B: c"), ("X-A\r\nX-B", "c"), ("X-A", "b\nc"), ("X A", "b"), ("", "b"), ("X", "\0")]
    {
        let source = MediaSource { url: proxy.url("/a/list.m3u8"), headers: vec![(name.into(), value.into())] };
        assert_eq!(gate.open(session(), &source, Trust::Operator), Err(Trouble::Blocked), "{name:?}: {value:?}");
    }
    assert_eq!(proxy.connections(), 0);

    // Twenty redirects: five are followed.
    for i in 0..20 {
        proxy.fault(&format!("/hop{i}"), 100, Fault::Redirect(format!("/hop{}", i + 1)));
    }
    let id = session();
    let hop = source(proxy.url("/hop0"));
    let opened = Viewer::open_as(&gate, id, &hop, Trust::Operator, MediaKind::Live, CALM).await;
    assert_eq!((opened.err(), gate.trouble(id)), (Some(Trouble::BrokenMedia), Some(Trouble::BrokenMedia)));
    assert_eq!((proxy.requests_for("/hop5"), proxy.requests_for("/hop6")), (1, 0));

    // Without the secret, or with a path that the gate did not write, there is nothing.
    let local = gate.open(session(), &source(proxy.url("/a/list.m3u8")), Trust::Operator).unwrap().url;
    let port_only = local.split('/').take(3).collect::<Vec<_>>().join("/");
    for path in ["/", "/x", "/00000000000000000000000000000000/1/r/media"] {
        assert_eq!(get(&client(), &format!("{port_only}{path}")).await.unwrap().0, 404, "{path}");
    }
    for path in ["/c/0/s/0000000000000000/aHR0cDovLzEyNy4wLjAuMS8", "/d/0/0/etc/passwd", "/d/0", "/x"] {
        assert_eq!(get(&client(), &local.replace("/r/media", path)).await.unwrap().0, 404, "{path}");
    }
}

#[test]
fn the_policy_of_a_default_gate_names_nobody() {
    let policy = GatePolicy::default();
    assert!(policy.operator_hosts.is_empty() && policy.allowed_hosts.is_none());
}
