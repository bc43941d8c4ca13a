//! Answers without end and answers that drip: both end in words, in time and in little memory. The real policy holds
//! here, not a shortened one.

use std::time::{Duration, Instant};

use jinse_xuetang::player::{
    gate::GatePolicy,
    types::{MediaKind, Trouble, Trust},
};

use crate::{
    ALONE, Family, MS, bounded,
    fault_proxy::{Fault, FaultProxy},
    gate, session, source,
    stream::{TS, lay, playlist, put_list},
    ts::Segment,
    viewer::{CALM, Pace, Viewer},
};

/// More than this above the start is a leak of the outside into the inside.
const MEMORY: usize = 32 << 20;
/// The promise is eight seconds; a busy machine gets two more.
const WORDS_WITHIN: Duration = Duration::from_secs(10);

fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

/// The most memory held while `what` runs.
async fn peak<T>(what: impl Future<Output = T>) -> (T, usize) {
    let mut most = resident();
    tokio::pin!(what);
    loop {
        tokio::select! {
            result = &mut what => return (result, most.max(resident())),
            () = tokio::time::sleep(Duration::from_millis(5)) => most = most.max(resident()),
        }
    }
}

fn real(proxy: &FaultProxy) -> GatePolicy {
    GatePolicy { operator_hosts: vec![("127.0.0.1".into(), proxy.address.port())], ..Default::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn endless_and_dripping_answers_end_in_words() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(real(&proxy));
    let drip = || Fault::Drip(1, MS(100));
    let endless = |pattern: &[u8]| Fault::Endless(pattern.to_vec());
    let cases = [
        ("endless list", "list.m3u8", endless(b"#EXTINF:4,\nseg.ts\n"), Trouble::TooBig),
        ("endless line", "list.m3u8", endless(b"a"), Trouble::TooBig),
        ("endless comments", "list.m3u8", endless(b"# \n"), Trouble::TooBig),
        ("endless parts", "list.m3u8", endless(b"#EXT-X-PART:URI=\"a\"\n"), Trouble::TooBig),
        ("endless keys", "list.m3u8", endless(b"#EXT-X-KEY:METHOD=AES-128,URI=\"a\"\n"), Trouble::TooBig),
        ("endless renditions", "list.m3u8", endless(b"#EXT-X-STREAM-INF:BANDWIDTH=1\na\n"), Trouble::TooBig),
        ("dripping list", "list.m3u8", drip(), Trouble::TooSlow),
        ("dripping segment", "s0.ts", drip(), Trouble::TooSlow),
        ("silent list", "list.m3u8", Fault::Silence, Trouble::ServerDown),
    ];
    let before = resident();
    let outcome = peak(async {
        let mut family = Family::default();
        for (n, (name, broken, fault, trouble)) in cases.into_iter().enumerate() {
            let prefix = format!("/e{n}");
            lay(&proxy, &prefix, false);
            // A box plays one stream: what pours without end is measured one by one, what only waits waits together.
            let pours = matches!(fault, Fault::Endless(_));
            proxy.fault(&format!("{prefix}/{broken}"), 1_000, fault);
            let (gate, url) = (gate.clone(), proxy.url(&format!("{prefix}/list.m3u8")));
            let case = async move {
                let (id, began) = (session(), Instant::now());
                let looking = tokio::spawn({
                    let gate = gate.clone();
                    async move {
                        let opened =
                            Viewer::open_as(&gate, id, &source(url), Trust::Operator, MediaKind::OnDemand, CALM).await;
                        opened.err()
                    }
                });
                while gate.trouble(id).is_none() && began.elapsed() < WORDS_WITHIN {
                    tokio::time::sleep(MS(10)).await;
                }
                let told = gate.trouble(id);
                gate.close(id);
                let _ = looking.await;
                if told == Some(trouble) { Ok(()) } else { Err(format!("{told:?}")) }
            };
            if pours {
                let began = Instant::now();
                let result = case.await;
                family.count(name, began.elapsed(), result);
            } else {
                family.add(name, case);
            }
        }
        family.run().await;
        family
    });
    let (mut family, most) = bounded(outcome).await;
    let grown = most.saturating_sub(before);
    let fits = if grown <= MEMORY { Ok(()) } else { Err(format!("{grown} bytes more")) };
    family.count("memory", Duration::ZERO, fits);
    family.finish("gate-limits", 10).await;
}

/// A list that was good and pours without end at its reload.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_becomes_endless_ends_in_words_and_little_memory() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(GatePolicy { live_hold: MS(500), ..real(&proxy) });
    lay(&proxy, "/x", true);
    let url = source(proxy.url("/x/list.m3u8"));
    let pace = Pace::Left(MS(0));
    let viewer = Viewer::open_as(&gate, session(), &url, Trust::Operator, MediaKind::Live, pace).await.unwrap();
    bounded(viewer.until("the edge", |v| v.has(7))).await.unwrap();
    let before = resident();
    proxy.fault("/x/list.m3u8", 1_000, Fault::Endless(b"#EXTINF:4,\nseg.ts\n".to_vec()));
    let (said, most) = peak(viewer.until_failed()).await;
    assert_eq!(said, Ok(Trouble::TooBig));
    assert!(most.saturating_sub(before) <= MEMORY, "{} bytes more", most.saturating_sub(before));
}

/// What nobody plays is not fetched: neither before the outlets are there nor when they are full.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_stays_within_its_bound() {
    /// 20 MB are held, the segment on its way comes whole.
    const HELD: u64 = 24 << 20;
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(real(&proxy));
    for i in 0..60 {
        let bytes = Segment { bytes: 100_000, ..Segment::new(1, i) }.write();
        proxy.put(&format!("/m/s{i}.ts"), TS, bytes);
    }
    put_list(&proxy, "/m", playlist(0, 60, true));
    let url = source(proxy.url("/m/list.m3u8"));
    let id = session();
    gate.open(id, &url, Trust::Operator).unwrap();
    let looked = jinse_xuetang::player::feed::look(gate.clone(), id, MediaKind::OnDemand, 0, Default::default()).await;
    still(&gate, id).await;
    assert!(gate.stats(id).bytes <= HELD, "{} before anybody plays", gate.stats(id).bytes);
    drop(looked);
    let viewer =
        Viewer::open_as(&gate, session(), &url, Trust::Operator, MediaKind::OnDemand, Pace::Kept).await.unwrap();
    still(&gate, viewer.id).await;
    assert!(gate.stats(viewer.id).bytes <= HELD, "{} while nobody plays", gate.stats(viewer.id).bytes);
    assert!(viewer.has(15), "{}", viewer.summary());
    viewer.pace(CALM);
    bounded(viewer.until_end()).await.unwrap();
    viewer.check((0..60).map(|i| (1, i))).unwrap();
}

/// Waits until nothing has come for half a second.
async fn still(gate: &jinse_xuetang::player::gate::Gate, id: jinse_xuetang::player::types::SessionId) {
    let (mut last, mut since) = (0, Instant::now());
    while since.elapsed() < MS(500) {
        let now = gate.stats(id).bytes;
        if now != last || now == 0 {
            (last, since) = (now, Instant::now());
        }
        tokio::time::sleep(MS(20)).await;
    }
}
