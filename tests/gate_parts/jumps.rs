//! Jumps and goodbyes: what comes after one, and that nothing of before does; what is left on the line.

use std::sync::Arc;

use jinse_xuetang::player::{
    gate::{Gate, GatePolicy},
    types::{MediaKind, Trust},
};
use proptest::prelude::*;

use crate::{
    ALONE, Family, HANG, MS, bounded,
    fault_proxy::{Fault, FaultProxy},
    gate, quick, session, source,
    stream::{COUNT, lay, playlist, put_list, put_segments},
    viewer::{CALM, Viewer},
    wait_for,
};

const LONG: u32 = 60;

fn lay_long(proxy: &FaultProxy, prefix: &str) -> String {
    put_segments(proxy, prefix, 1, 0..LONG);
    put_list(proxy, prefix, playlist(0, LONG, true));
    proxy.url(&format!("{prefix}/list.m3u8"))
}

/// Jumps, and hands back how much had come until then.
fn jump(viewer: &Viewer, to_ms: u64) {
    viewer.feed().jump(to_ms);
    // What the outlets hold is thrown away between the two.
    for sink in [&viewer.video, &viewer.audio] {
        sink.inside().got.clear();
        sink.inside().ends = 0;
    }
    viewer.feed().open();
}

async fn lands(gate: &Gate, url: &str, places: &[u64]) -> Result<(), String> {
    let viewer = Viewer::open(gate, url, MediaKind::OnDemand).await.map_err(|t| format!("{t:?}"))?;
    let mut last = 0;
    for place in places {
        jump(&viewer, *place);
        last = (*place / 1_000).min(u64::from(LONG) - 1) as u32;
        if place.is_multiple_of(2) {
            // Every second jump is made before anything has come of the one before.
            viewer.until("the place", |v| v.has(last)).await?;
        }
    }
    viewer.until_end().await?;
    viewer.check((last..LONG).map(|i| (1, i)))?;
    let shown = viewer.shown(last, 0).unwrap();
    if shown.as_secs() != u64::from(last) {
        return Err(format!("segment {last} at {shown:?}"));
    }
    viewer.is_calm()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_jump_lands_in_its_segment_and_brings_nothing_older() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(quick(&proxy));
    let url = lay_long(&proxy, "/j");
    let mut family = Family::default();
    let places: [&[u64]; 12] = [
        &[30_000],
        &[59_900],
        &[1_000_000],
        &[0],
        &[999],
        &[1_000],
        &[30_500, 10_500],
        &[50_000, 49_000, 48_000],
        &[20_001, 30_001, 40_001, 50_001],
        &[59_999, 1, 58_999, 10_001, 57_999],
        &[10_000, 10_001, 10_002],
        &[u64::MAX, 45_000],
    ];
    for place in places {
        for round in 0..3 {
            let (gate, url) = (gate.clone(), url.clone());
            family.add(format!("{place:?} {round}"), async move { lands(&gate, &url, place).await });
        }
    }
    family.finish("feed-jumps", 30).await;
}

/// A transfer that hangs holds no jump up, and is given up by it.
#[tokio::test(flavor = "multi_thread")]
async fn a_jump_away_from_a_hanging_segment_is_made_at_once() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(GatePolicy { first_byte: HANG, rate_window: HANG, ..quick(&proxy) });
    let url = lay_long(&proxy, "/s");
    proxy.fault("/s/s4.ts", 1_000, Fault::Stall);
    let viewer = Viewer::open(&gate, &url, MediaKind::OnDemand).await.unwrap();
    wait_for("segment 4", || proxy.requests_for("/s/s4.ts") > 0).await.unwrap();
    jump(&viewer, 50_000);
    viewer.until_end().await.unwrap();
    viewer.check((50..LONG).map(|i| (1, i))).unwrap();
    wait_for("the other transfer", || proxy.abandoned() == 1).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_arrives_between_a_jump_and_its_opening_and_the_end_is_none() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(quick(&proxy));
    let url = lay_long(&proxy, "/n");
    let viewer = Viewer::open(&gate, &url, MediaKind::OnDemand).await.unwrap();
    viewer.until_end().await.unwrap();
    let before = proxy.requests_for("/n/s59.ts");
    viewer.feed().jump(58_000);
    for sink in [&viewer.video, &viewer.audio] {
        let mut inside = sink.inside();
        inside.got.clear();
        inside.ends = 0;
    }
    wait_for("it is fetched", || proxy.requests_for("/n/s59.ts") > before).await.unwrap();
    assert_eq!(viewer.video.inside().got.len() + viewer.audio.inside().got.len(), 0);
    viewer.feed().open();
    viewer.until_end().await.unwrap();
    viewer.check([(1, 58), (1, 59)]).unwrap();
}

/// Both ways of leaving end what runs, before and after the first picture.
#[tokio::test(flavor = "multi_thread")]
async fn leaving_ends_every_transfer() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(GatePolicy {
        first_byte: HANG,
        live_first_byte: HANG,
        rate_window: HANG,
        playlist_total: HANG,
        ..quick(&proxy)
    });
    let mut left = 0;
    for fault in [Fault::Stall, Fault::Silence] {
        for live in [false, true] {
            for close in [false, true] {
                let prefix = format!("/l{left}");
                lay(&proxy, &prefix, live);
                let path = format!("{prefix}/s{}.ts", if live { 6 } else { 1 });
                proxy.fault(&path, 1_000, fault.clone());
                let kind = if live { MediaKind::Live } else { MediaKind::OnDemand };
                let viewer = Viewer::open(&gate, &proxy.url(&format!("{prefix}/list.m3u8")), kind).await;
                let mut viewer = viewer.unwrap();
                wait_for("the segment", || proxy.requests_for(&path) > 0).await.unwrap();
                if close {
                    gate.close(viewer.id)
                } else {
                    viewer.feed = None
                }
                left += 1;
                wait_for("the transfer's end", || proxy.abandoned() == left).await.unwrap();
                assert_eq!(proxy.requests_for(&path), 1, "asked again after the end");
            }
        }
    }
    // Given up while it is looked at.
    for broken in ["list.m3u8", "s0.ts"] {
        let prefix = format!("/g-{broken}");
        lay(&proxy, &prefix, false);
        let path = format!("{prefix}/{broken}");
        proxy.fault(&path, 1_000, Fault::Silence);
        let (gate, url) = (gate.clone(), proxy.url(&format!("{prefix}/list.m3u8")));
        let looking = tokio::spawn(async move { Viewer::open(&gate, &url, MediaKind::OnDemand).await.is_ok() });
        wait_for("the request", || proxy.requests_for(&path) > 0).await.unwrap();
        looking.abort();
        left += 1;
        wait_for("its end", || proxy.abandoned() == left).await.unwrap();
    }
}

/// One segment's fault: which, how often.
fn passing() -> impl Strategy<Value = (u32, usize, Fault)> {
    let fault = prop_oneof![
        Just(Fault::Status(404)),
        Just(Fault::Status(503)),
        Just(Fault::Silence),
        Just(Fault::Reset),
        Just(Fault::ShortBody),
        Just(Fault::Stall),
        Just(Fault::WrongLength),
        Just(Fault::Garbage),
        Just(Fault::Page),
        Just(Fault::Empty),
    ];
    (0..COUNT, 1..4_usize, fault)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, max_shrink_iters: 12, failure_persistence: None, ..Default::default() })]

    /// Whatever goes wrong for a while, whatever is gone for good, wherever the viewer jumps: what can be had comes
    /// whole, in order and once.
    #[test]
    fn any_pattern_of_faults_leaves_order(
        faults in proptest::collection::btree_map(0..COUNT, passing(), 0..4),
        gone in proptest::collection::btree_set(1..COUNT, 0..3),
        jump_to in proptest::option::of(0..u64::from(COUNT)),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let result = runtime.block_on(async {
            let _alone = ALONE.lock().await;
            let proxy = Arc::new(FaultProxy::start().await);
            let policy = GatePolicy { on_demand_retry: MS(1_500), ..quick(&proxy) };
            let gate = gate(policy);
            lay(&proxy, "/r", false);
            for (segment, (_, times, fault)) in &faults {
                // The first one has no second chance: without it nothing is known of the medium.
                let times = if *segment == 0 { 1 } else { *times };
                proxy.fault(&format!("/r/s{segment}.ts"), times, fault.clone());
            }
            // What breaks off and is gone then comes in part.
            let gone: Vec<u32> = gone.iter().copied().filter(|i| !faults.contains_key(i)).collect();
            for segment in &gone {
                proxy.fault(&format!("/r/s{segment}.ts"), 100_000, Fault::Status(404));
            }
            let url = source(proxy.url("/r/list.m3u8"));
            let viewer = Viewer::open_as(&gate, session(), &url, Trust::Operator, MediaKind::OnDemand, CALM).await;
            let viewer = viewer.map_err(|t| format!("{t:?}"))?;
            let mut from = 0;
            if let Some(segment) = jump_to {
                jump(&viewer, segment * 1_000);
                from = segment as u32;
            }
            bounded(viewer.until_end()).await?;
            viewer.check((from..COUNT).filter(|i| !gone.contains(i)).map(|i| (1, i)))
        });
        prop_assert!(result.is_ok(), "{:?}", result);
    }
}
