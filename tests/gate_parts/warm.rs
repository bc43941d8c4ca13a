//! Neighbours kept ready on lines that have no room for them, and within their budgets.

use std::time::Duration;

use jinse_xuetang::{
    guide::lineup::MediaSource,
    player::{
        feed::{self, Looked},
        gate::{Gate, GatePolicy},
        types::{MediaKind, Trust},
    },
};

use crate::{
    ALONE, MS, bounded,
    fault_proxy::{Fault, FaultProxy},
    gate, quick, session, source,
    stream::{COUNT, lay, playlist, put_list, put_segments},
    viewer::Viewer,
    wait_for,
};

/// Of the neighbours, whatever it is.
fn asked(proxy: &FaultProxy) -> usize {
    proxy.seen().iter().filter(|s| s.path.starts_with("/n")).count()
}

fn neighbours(proxy: &FaultProxy) -> Vec<(MediaSource, Trust)> {
    ["/n1", "/n2"].map(|n| (source(proxy.url(&format!("{n}/list.m3u8"))), Trust::Operator)).to_vec()
}

fn lay_all(proxy: &FaultProxy) {
    for prefix in ["/n1", "/n2", "/r"] {
        lay(proxy, prefix, true);
    }
    put_segments(proxy, "/r", 1, COUNT * 2..COUNT * 8);
}

/// The running channel moves on by some segments, and they come.
async fn runs_on(proxy: &FaultProxy, viewer: &Viewer, newest: &mut u32, by: u32) {
    *newest += by;
    put_list(proxy, "/r", playlist(*newest + 1 - COUNT, COUNT, false));
    bounded(viewer.until("the newest segment", |v| v.has(*newest))).await.unwrap();
}

async fn watch(gate: &Gate, proxy: &FaultProxy) -> Viewer {
    Viewer::open(gate, &proxy.url("/r/list.m3u8"), MediaKind::Live).await.unwrap()
}

/// Bits a second of the test's streams, as they are on the line.
fn rate() -> u64 {
    let bytes = crate::ts::Segment::new(1, 0).write().len() as u64;
    bytes * 8
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_thin_line_nothing_of_a_neighbour_is_asked_for_until_it_has_room() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(GatePolicy { warm_rest: MS(300), warm_grace: Duration::from_secs(20), ..quick(&proxy) });
    lay_all(&proxy);
    // Three times what plays: enough for it, too little for two more.
    proxy.throttle(Some(3 * rate() / 8));
    let viewer = watch(&gate, &proxy).await;
    gate.warm(&neighbours(&proxy));
    let mut newest = COUNT - 1;
    runs_on(&proxy, &viewer, &mut newest, 3).await;
    assert_eq!(asked(&proxy), 0, "{:?}", proxy.seen());
    // A line that has room is seen after a while, and used.
    proxy.throttle(None);
    while asked(&proxy) < 6 {
        assert!(newest < COUNT * 6, "never");
        runs_on(&proxy, &viewer, &mut newest, 4).await;
    }
    // And left again.
    proxy.throttle(Some(2 * rate() / 8));
    runs_on(&proxy, &viewer, &mut newest, 4).await;
    let before = asked(&proxy);
    runs_on(&proxy, &viewer, &mut newest, 3).await;
    assert_eq!(asked(&proxy), before);
    bounded(wait_for("nothing held", || gate.held_ahead() == 0)).await.unwrap();
    viewer.is_calm().unwrap();
    gate.warm(&[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn neighbours_stay_within_their_memory_and_their_pace() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let segment = crate::ts::Segment::new(1, 0).write().len();
    // Room for three of the six segments.
    let narrow = GatePolicy { warm_bytes: segment * 7 / 2, warm_grace: MS(1), ..quick(&proxy) };
    let tight = gate(narrow);
    lay_all(&proxy);
    let segments = || proxy.seen().iter().filter(|s| s.path.starts_with("/n") && s.path.ends_with(".ts")).count();
    let polls = || proxy.requests_for("/n1/list.m3u8") + proxy.requests_for("/n2/list.m3u8");
    tight.warm(&neighbours(&proxy));
    bounded(wait_for("three polls of each", || polls() >= 6)).await.unwrap();
    assert!(tight.held_ahead() <= segment * 7 / 2, "{} bytes", tight.held_ahead());
    assert!(tight.held_ahead() >= segment * 3);
    tight.warm(&[]);
    bounded(wait_for("nothing held", || tight.held_ahead() == 0)).await.unwrap();

    let before = segments();
    // One segment in five seconds: after the first, the second of them waits.
    let slow = gate(GatePolicy { warm_bps: Some(segment as u64 * 8 / 5), warm_grace: MS(1), ..quick(&proxy) });
    slow.warm(&neighbours(&proxy));
    bounded(wait_for("the first", || segments() > before)).await.unwrap();
    tokio::time::sleep(MS(1_500)).await;
    // Both set out before either had been counted.
    assert!(segments() - before <= 2, "{}", segments() - before);
    slow.warm(&[]);
}

/// Boxes that make HTTP of multicast serve a few at a time, and what comes from them cannot be held in pieces.
#[tokio::test(flavor = "multi_thread")]
async fn an_endless_neighbour_is_asked_once_for_what_it_is_and_no_more() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(GatePolicy { warm_grace: MS(1), ..quick(&proxy) });
    lay_all(&proxy);
    for path in ["/watched", "/beside"] {
        proxy.put(path, "video/mp2t", crate::ts::Segment { bytes: 60_000, ..crate::ts::Segment::new(1, 1) }.write());
        proxy.fault(path, usize::MAX, Fault::Flow(200_000));
    }
    let id = session();
    gate.open(id, &source(proxy.url("/watched")), Trust::Operator).unwrap();
    let looked = feed::look(gate.clone(), id, MediaKind::Live, 0, feed::Wish::default()).await;
    assert!(matches!(looked, Looked::Stream(_)));
    gate.close(id);
    let polls = || proxy.requests_for("/n1/list.m3u8");
    for _ in 0..3 {
        let all = ["/watched", "/beside", "/n1/list.m3u8"].map(|path| (source(proxy.url(path)), Trust::Operator));
        let before = polls();
        gate.warm(&all);
        bounded(wait_for("three polls of a playlist beside", || polls() >= before + 3)).await.unwrap();
        gate.warm(&[]);
    }
    assert_eq!((proxy.requests_for("/watched"), proxy.requests_for("/beside")), (1, 1));
}
