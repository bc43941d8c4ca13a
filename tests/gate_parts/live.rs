//! Live lists that move, stand still, lose segments, end and count anew: what plays goes on at its place or at the edge,
//! never back, and the time line only rises.

use std::time::Instant;

use jinse_xuetang::player::{
    gate::GatePolicy,
    types::{MediaKind, Trouble, Trust},
};

use crate::{
    ALONE, MS, bounded,
    fault_proxy::{Fault, FaultProxy},
    gate, quick, session, source,
    stream::{COUNT, lay, playlist, put_list, put_segments},
    viewer::{CALM, Viewer},
    wait_for,
};

async fn watch(gate: &jinse_xuetang::player::gate::Gate, url: &str) -> Viewer {
    Viewer::open(gate, url, MediaKind::Live).await.unwrap()
}

fn ones(segments: impl IntoIterator<Item = u32>) -> impl Iterator<Item = (u32, u32)> {
    segments.into_iter().map(|i| (1, i))
}

/// How much later one picture is shown than another.
fn after(viewer: &Viewer, one: (u32, u32), other: (u32, u32)) -> std::time::Duration {
    viewer.shown(other.0, other.1).unwrap() - viewer.shown(one.0, one.1).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_live_segment_is_a_hole_and_playback_goes_on() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(GatePolicy { live_missing_retry: MS(200), ..quick(&proxy) });
    let url = proxy.url("/l/list.m3u8");
    lay(&proxy, "/l", true);
    for lost in ["/l/s6.ts", "/l/s9.ts"] {
        proxy.fault(lost, 1_000, Fault::Status(404));
    }
    let viewer = watch(&gate, &url).await;
    put_list(&proxy, "/l", playlist(4, COUNT, false));
    bounded(viewer.until("the end of the window", |v| v.has(11))).await.unwrap();
    put_list(&proxy, "/l", playlist(4, COUNT, true));
    bounded(viewer.until_end()).await.unwrap();
    viewer.check(ones([5, 7, 8, 10, 11])).unwrap();
    viewer.is_calm().unwrap();
    // The hole keeps its length.
    assert_eq!(after(&viewer, (5, 0), (7, 0)), MS(2_000));
    assert_eq!(after(&viewer, (5, 0), (11, 9)), MS(6_900));
    // As long as nothing has played, a segment that cannot be had is said: another source may be better.
    proxy.fault("/l/s9.ts", 1_000, Fault::Status(404));
    put_list(&proxy, "/l", playlist(4, COUNT, false));
    assert_eq!(Viewer::open(&gate, &url, MediaKind::Live).await.err(), Some(Trouble::NotFound));
}

/// Six in a row are no hole any more.
#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_has_nothing_but_holes_is_said() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(GatePolicy { live_missing_retry: MS(50), ..quick(&proxy) });
    put_segments(&proxy, "/h", 1, 0..1);
    put_list(&proxy, "/h", playlist(0, 1, false));
    let pace = crate::viewer::Pace::Left(MS(0));
    let url = source(proxy.url("/h/list.m3u8"));
    let viewer = Viewer::open_as(&gate, session(), &url, Trust::Operator, MediaKind::Live, pace).await.unwrap();
    put_list(&proxy, "/h", playlist(0, 8, false));
    assert_eq!(bounded(viewer.until_failed()).await, Ok(Trouble::NotFound));
    viewer.check(ones([0])).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_window_never_goes_back_and_never_skips() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(quick(&proxy));
    lay(&proxy, "/v", true);
    put_segments(&proxy, "/v", 1, COUNT * 2..20);
    let viewer = watch(&gate, &proxy.url("/v/list.m3u8")).await;
    let (opened, edge) = (Instant::now(), viewer.feed().window().unwrap().live_ms);
    // Copies of one list that lag behind each other, as a farm of servers hands them out.
    for (first, count, until) in [(1, 8, 8), (2, 8, 9), (0, 8, 9), (5, 8, 12), (3, 8, 12), (6, 8, 13), (12, 8, 19)] {
        let before = proxy.requests_for("/v/list.m3u8");
        put_list(&proxy, "/v", playlist(first, count, false));
        bounded(wait_for("the list is read", || proxy.requests_for("/v/list.m3u8") > before)).await.unwrap();
        bounded(viewer.until("the newest", |v| v.has(until))).await.unwrap();
    }
    // The newest has come twelve segments on, whichever copies were read in between.
    let since_read = opened.elapsed().as_millis() as u64;
    let moved = viewer.feed().window().unwrap().live_ms - edge;
    assert!((11_000..12_000 + since_read).contains(&moved), "the edge has moved by {moved} ms");
    put_list(&proxy, "/v", playlist(12, 8, true));
    bounded(viewer.until_end()).await.unwrap();
    viewer.check(ones(5..20)).unwrap();
}

/// A server that counts anew, lower or much higher, is joined at its edge.
#[tokio::test(flavor = "multi_thread")]
async fn numbers_that_leap_are_followed_on_one_time_line() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(quick(&proxy));
    for (case, first) in [("/up", 10_008_u32), ("/down", 40)] {
        let begin = if case == "/down" { 1_000 } else { 0 };
        put_segments(&proxy, case, 1, begin..begin + COUNT);
        put_segments(&proxy, case, 1, first..first + COUNT);
        put_list(&proxy, case, playlist(begin, COUNT, false));
        let viewer = watch(&gate, &proxy.url(&format!("{case}/list.m3u8"))).await;
        bounded(viewer.until("the edge", |v| v.has(begin + 7))).await.unwrap();
        put_list(&proxy, case, playlist(first, 6, false));
        bounded(viewer.until("the new edge", |v| v.has(first + 5))).await.unwrap();
        put_list(&proxy, case, playlist(first, COUNT, false));
        bounded(viewer.until("what followed", |v| v.has(first + 7))).await.unwrap();
        viewer.check(ones((begin + 5..begin + 8).chain(first + 3..first + 8))).unwrap();
        // Three seconds of before, then the new ones, each at its place.
        assert_eq!(after(&viewer, (begin + 5, 0), (first + 3, 0)), MS(3_000), "{case}");
        assert_eq!(after(&viewer, (begin + 5, 0), (first + 7, 9)), MS(7_900), "{case}");
    }
}

/// A copy that lags is waited for; one that stays behind for good has begun anew.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_stands_still_is_waited_for_and_not_hammered() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(quick(&proxy));
    lay(&proxy, "/s", true);
    let viewer = watch(&gate, &proxy.url("/s/list.m3u8")).await;
    bounded(viewer.until("the edge", |v| v.has(7))).await.unwrap();
    let before = proxy.requests_for("/s/list.m3u8");
    let began = Instant::now();
    bounded(wait_for("reloads", || proxy.requests_for("/s/list.m3u8") >= before + 5)).await.unwrap();
    // Half a target duration between two of them.
    assert!(began.elapsed() >= MS(1_900), "hammered: five in {:?}", began.elapsed());
    assert_eq!(viewer.failed(), None);
    put_list(&proxy, "/s", playlist(1, COUNT, false));
    bounded(viewer.until("it moves again", |v| v.has(8))).await.unwrap();
    // Four numbers back, and there it stays.
    put_list(&proxy, "/s", playlist(0, 5, false));
    bounded(viewer.until("joined anew", |v| v.has(4))).await.unwrap();
    viewer.check(ones((5..9).chain(2..5))).unwrap();
}

/// The end is the end; that a programme goes on after it is for whoever opens anew.
#[tokio::test(flavor = "multi_thread")]
async fn an_ended_channel_is_not_asked_again() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(quick(&proxy));
    lay(&proxy, "/e", true);
    let url = proxy.url("/e/list.m3u8");
    let viewer = watch(&gate, &url).await;
    put_list(&proxy, "/e", playlist(0, COUNT, true));
    bounded(viewer.until_end()).await.unwrap();
    viewer.check(ones(5..8)).unwrap();
    let asked = proxy.requests_for("/e/list.m3u8");
    put_list(&proxy, "/e", playlist(2, COUNT, false));
    tokio::time::sleep(MS(1_500)).await;
    assert_eq!(proxy.requests_for("/e/list.m3u8"), asked);
    assert_eq!((viewer.failed(), viewer.audio.inside().ends), (None, 1));
    // Opened anew it plays from the edge.
    let viewer = watch(&gate, &url).await;
    bounded(viewer.until("the edge", |v| v.has(9))).await.unwrap();
    viewer.check(ones(7..10)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warm_neighbour_starts_without_asking_its_server() {
    let _alone = ALONE.lock().await;
    let mut proxy = FaultProxy::start().await;
    let gate = gate(quick(&proxy));
    lay(&proxy, "/w", true);
    let neighbour = source(proxy.url("/w/list.m3u8"));
    gate.warm(&[(neighbour.clone(), Trust::Operator)]);
    bounded(wait_for("all are fetched", || proxy.requests_for("/w/s7.ts") > 0)).await.unwrap();
    // The last segment is held as soon as it has arrived; until then it is asked for once more.
    loop {
        let before = proxy.requests_for("/w/s7.ts");
        let viewer = watch(&gate, &neighbour.url).await;
        bounded(viewer.until("the newest", |v| v.has(7))).await.unwrap();
        gate.close(viewer.id);
        if proxy.requests_for("/w/s7.ts") == before {
            break;
        }
    }
    // Nobody is there to be asked.
    proxy.stop();
    let id = session();
    let viewer = Viewer::open_as(&gate, id, &neighbour, Trust::Operator, MediaKind::Live, CALM).await.unwrap();
    bounded(viewer.until("the newest", |v| v.has(7))).await.unwrap();
    viewer.check(ones(5..8)).unwrap();
    gate.warm(&[]);
}
