//! Answers that are wrong for a while, or for good, and servers that go away: with a feed that reads through the gate.

use std::{sync::Arc, time::Instant};

use jinse_xuetang::player::{
    gate::{Gate, GatePolicy},
    types::{MediaKind, Trouble, Trust},
};

use crate::{
    ALONE, Family, MS, bounded,
    fault_proxy::{Fault, FaultProxy},
    gate, quick, session, source,
    stream::{COUNT, Part, lay, lay_with, list_with, playlist, put_list},
    viewer::{CALM, Pace, Viewer},
    wait_for,
};

/// What plays of the small stream: all of it, or the last three of the first window and what came after.
fn whole(live: bool) -> Vec<(u32, u32)> {
    if live { 5..12 } else { 0..COUNT }.map(|i| (1, i)).collect()
}

fn kind(live: bool) -> MediaKind {
    if live { MediaKind::Live } else { MediaKind::OnDemand }
}

/// Plays a stream to its end. A live one moves on once, and then is over.
async fn play(proxy: &FaultProxy, gate: &Gate, prefix: &str, part: Option<Part>, live: bool) -> Result<(), String> {
    let url = proxy.url(&format!("{prefix}/list.m3u8"));
    let list = |first, ended| part.map_or_else(|| playlist(first, COUNT, ended), |p| list_with(p, first, ended));
    let viewer = Viewer::open(gate, &url, kind(live)).await.map_err(|t| format!("looked: {t:?}"))?;
    if live {
        put_list(proxy, prefix, list(4, false));
        viewer.until("the last live segment", |v| v.has(11)).await?;
        put_list(proxy, prefix, list(4, true));
    }
    viewer.until_end().await?;
    viewer.check(whole(live))?;
    viewer.is_calm()
}

const PLACES: [(&str, &[u32], &[u32]); 4] =
    [("first", &[0], &[5]), ("middle", &[4], &[8]), ("last", &[7], &[11]), ("every 4th", &[0, 4], &[5, 9])];

#[tokio::test(flavor = "multi_thread")]
async fn segment_faults_end_in_the_right_pictures() {
    let _alone = ALONE.lock().await;
    let proxy = Arc::new(FaultProxy::start().await);
    let gate = gate(quick(&proxy));
    let faults = [
        Fault::Status(403),
        Fault::Status(404),
        Fault::Status(410),
        Fault::Status(429),
        Fault::Status(500),
        Fault::Status(503),
        Fault::Silence,
        Fault::Reset,
        Fault::ShortBody,
        Fault::Stall,
        Fault::WrongLength,
        Fault::Garbage,
        Fault::Page,
        Fault::Empty,
        Fault::Drip(20, MS(20)),
    ];
    let mut family = Family::default();
    for (number, fault) in faults.iter().enumerate() {
        for (place, on_demand, on_live) in PLACES {
            for live in [false, true] {
                let prefix = format!("/f{number}-{}-{live}", place.replace(' ', "-"));
                lay(&proxy, &prefix, live);
                for i in if live { on_live } else { on_demand } {
                    proxy.fault(&format!("{prefix}/s{i}.ts"), 2, fault.clone());
                }
                let (proxy, gate) = (Arc::clone(&proxy), gate.clone());
                family.add(format!("{fault:?} {place} live={live}"), async move {
                    play(&proxy, &gate, &prefix, None, live).await
                });
            }
        }
    }
    family.finish("gate-segment-faults", 80).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_keys_and_initialisations_end_in_the_right_pictures() {
    let _alone = ALONE.lock().await;
    let proxy = Arc::new(FaultProxy::start().await);
    let gate = gate(quick(&proxy));
    let mut family = Family::default();
    for part in [Part::Key, Part::Init] {
        for (number, fault) in [
            Fault::Status(403),
            Fault::Status(404),
            Fault::Status(429),
            Fault::Status(500),
            Fault::Silence,
            Fault::Reset,
            Fault::ShortBody,
            Fault::Stall,
            Fault::WrongLength,
            Fault::Page,
            Fault::Empty,
            Fault::Garbage,
        ]
        .iter()
        .enumerate()
        {
            for (place, on_demand, on_live) in PLACES {
                for live in [false, true] {
                    if (part, fault) == (Part::Key, &Fault::Garbage) {
                        // Any sixteen bytes are a key.
                        continue;
                    }
                    let prefix = format!("/{part:?}{number}-{}-{live}", place.replace(' ', "-"));
                    lay_with(&proxy, &prefix, part, live);
                    for i in if live { on_live } else { on_demand } {
                        let name = if part == Part::Key { format!("k{i}") } else { format!("i{i}.ts") };
                        proxy.fault(&format!("{prefix}/{name}"), 2, fault.clone());
                    }
                    let (proxy, gate) = (Arc::clone(&proxy), gate.clone());
                    family.add(format!("{part:?} {fault:?} {place} live={live}"), async move {
                        play(&proxy, &gate, &prefix, Some(part), live).await
                    });
                }
            }
        }
    }
    family.finish("gate-key-and-init-faults", 150).await;
}

/// What a lasting fault leads to.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Verdict {
    /// Said before anything is shown.
    Looked(Trouble),
    /// Said after what came before has been shown.
    Failed(Trouble),
    /// Left out.
    Hole,
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_that_stay_are_named() {
    let _alone = ALONE.lock().await;
    let proxy = Arc::new(FaultProxy::start().await);
    let policy = GatePolicy {
        live_missing_retry: MS(600),
        live_segment_retry: MS(600),
        on_demand_retry: MS(900),
        live_hold: MS(500),
        // Longer than a silence is waited for, so that it is told from slowness.
        reload_total: MS(600),
        ..quick(&proxy)
    };
    let gate = gate(policy);
    proxy.fault("/loop", 1_000_000, Fault::Redirect("/loop".into()));
    let mut family = Family::default();
    for (number, (fault, trouble)) in [
        (Fault::Status(403), Trouble::Forbidden),
        (Fault::Status(404), Trouble::NotFound),
        (Fault::Status(410), Trouble::NotFound),
        (Fault::Status(500), Trouble::ServerError),
        (Fault::Busy(503, 600), Trouble::ServerError),
        (Fault::Silence, Trouble::ServerDown),
        (Fault::Reset, Trouble::ServerDown),
        (Fault::Garbage, Trouble::BrokenMedia),
        (Fault::Page, Trouble::BrokenMedia),
        (Fault::Empty, Trouble::BrokenMedia),
        (Fault::Drip(2, MS(20)), Trouble::TooSlow),
        (Fault::Redirect("/loop".into()), Trouble::BrokenMedia),
    ]
    .into_iter()
    .enumerate()
    {
        for what in ["list", "first segment", "later segment", "later list"] {
            for live in [false, true] {
                let gone = matches!(trouble, Trouble::Forbidden | Trouble::NotFound | Trouble::BrokenMedia);
                let verdict = match what {
                    "list" | "first segment" => Verdict::Looked(trouble),
                    "later list" if !live => continue,
                    "later segment" if live || gone => Verdict::Hole,
                    _ => Verdict::Failed(trouble),
                };
                let prefix = format!("/n{number}-{}-{live}", what.replace(' ', "-"));
                lay(&proxy, &prefix, live);
                let broken = match (what, live) {
                    ("list" | "later list", _) => "list.m3u8",
                    ("first segment", false) => "s0.ts",
                    ("first segment", true) => "s5.ts",
                    _ => "s6.ts",
                };
                let path = format!("{prefix}/{broken}");
                if what != "later list" {
                    proxy.fault(&path, 1_000, fault.clone());
                }
                let (proxy, gate, fault) = (Arc::clone(&proxy), gate.clone(), fault.clone());
                family.add(format!("{fault:?} {what} live={live}"), async move {
                    let id = session();
                    let url = source(proxy.url(&format!("{prefix}/list.m3u8")));
                    let nothing_left = Pace::Left(MS(0));
                    let opened = Viewer::open_as(&gate, id, &url, Trust::Operator, kind(live), nothing_left).await;
                    let said = match opened {
                        Err(trouble) => Verdict::Looked(trouble),
                        Ok(viewer) if verdict == Verdict::Hole => {
                            if live {
                                put_list(&proxy, &prefix, playlist(0, COUNT, true));
                            }
                            viewer.until_end().await?;
                            let all = if live { 5..COUNT } else { 0..COUNT };
                            // A drip gives a part of its segment before it is given up.
                            let in_part = matches!(fault, Fault::Drip(..));
                            if !in_part {
                                viewer.check(all.filter(|i| *i != 6).map(|i| (1, i)))?;
                            }
                            viewer.is_calm()?;
                            Verdict::Hole
                        }
                        Ok(viewer) => {
                            if what == "later list" {
                                proxy.fault(&path, 1_000, fault.clone());
                            }
                            Verdict::Failed(viewer.until_failed().await?)
                        }
                    };
                    match gate.trouble(id) {
                        _ if said != verdict => Err(format!("{said:?}, not {verdict:?}")),
                        told if verdict != Verdict::Hole && told != Some(trouble) => {
                            Err(format!("the gate says {told:?}"))
                        }
                        _ => Ok(()),
                    }
                });
            }
        }
    }
    family.finish("gate-lasting-faults", 80).await;
}

/// The server goes away with half a segment sent, before a segment, or at the edge of a live list.
#[tokio::test(flavor = "multi_thread")]
async fn outages_pass_and_nothing_is_lost_or_doubled() {
    let _alone = ALONE.lock().await;
    let mut proxy = FaultProxy::start().await;
    let gate = gate(GatePolicy { live_segment_retry: MS(8_000), on_demand_retry: MS(8_000), ..quick(&proxy) });
    let mut family = Family::default();
    for n in 0..24_u64 {
        let (live, prefix) = (n.is_multiple_of(2), format!("/o{n}"));
        lay(&proxy, &prefix, live);
        let began = Instant::now();
        let result = bounded(outage(&mut proxy, &gate, &prefix, live, n)).await;
        family.count(format!("outage {n} live={live}"), began.elapsed(), result);
        proxy.heal();
    }
    family.finish("gate-outages", 20).await;
}

async fn outage(proxy: &mut FaultProxy, gate: &Gate, prefix: &str, live: bool, n: u64) -> Result<(), String> {
    let at_the_edge = live && n.is_multiple_of(3);
    let next = if live { 6 } else { 1 };
    let path = format!("{prefix}/s{next}.ts");
    let hang = if n % 4 < 2 { Fault::Stall } else { Fault::Silence };
    if !at_the_edge {
        proxy.fault(&path, 1_000, hang);
    }
    let url = source(proxy.url(&format!("{prefix}/list.m3u8")));
    let viewer = Viewer::open_as(gate, session(), &url, Trust::Operator, kind(live), CALM).await;
    let viewer = viewer.map_err(|t| format!("looked: {t:?}"))?;
    if at_the_edge {
        viewer.until("the edge", |v| v.has(7)).await?;
    } else {
        wait_for("the segment is asked for", || proxy.requests_for(&path) > 0).await?;
    }
    proxy.stop();
    proxy.heal();
    wait_for("words", || gate.trouble(viewer.id) == Some(Trouble::ServerDown)).await?;
    tokio::time::sleep(MS(20 * n)).await;
    if live {
        put_list(proxy, prefix, playlist(4, COUNT, true));
    }
    proxy.restart().await;
    viewer.until_end().await?;
    viewer.check(whole(live))?;
    viewer.is_calm()
}

/// A page for people in place of the rest of a segment is no rest of a segment.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_in_the_middle_of_a_segment_is_not_spliced_in() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(quick(&proxy));
    lay(&proxy, "/p", false);
    proxy.fault("/p/s3.ts", 1, Fault::ShortBody);
    proxy.fault("/p/s3.ts", 1, Fault::Page);
    bounded(play(&proxy, &gate, "/p", None, false)).await.unwrap();
    assert_eq!(proxy.requests_for("/p/s3.ts"), 3);
}

/// A segment that had to be asked for anew from its beginning brings only what has not been shown.
#[tokio::test(flavor = "multi_thread")]
async fn a_lesson_whose_server_was_away_for_long_goes_on_where_it_stood() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(GatePolicy { on_demand_retry: MS(200), ..quick(&proxy) });
    lay(&proxy, "/w", false);
    // Half a segment, and then nothing for longer than the gate waits.
    proxy.fault("/w/s3.ts", 1, Fault::ShortBody);
    proxy.fault("/w/s3.ts", 8, Fault::Reset);
    bounded(play(&proxy, &gate, "/w", None, false)).await.unwrap();
    assert!(proxy.requests_for("/w/s3.ts") > 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_server_is_left_alone_as_long_as_it_asks() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(quick(&proxy));
    lay(&proxy, "/b", false);
    proxy.fault("/b/s0.ts", 1, Fault::Busy(503, 1));
    let began = Instant::now();
    bounded(play(&proxy, &gate, "/b", None, false)).await.unwrap();
    assert!(began.elapsed().as_secs() >= 1, "asked again too soon");
    assert_eq!(proxy.requests_for("/b/s0.ts"), 2);
}
