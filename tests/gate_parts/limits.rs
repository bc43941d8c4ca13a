//! Answers without end and answers that drip: both end in words, in time and in little memory. The real policy holds
//! here, not a shortened one.

use std::time::{Duration, Instant};

use jinse_xuetang::player::{
    gate::GatePolicy,
    types::{Trouble, Trust},
};

use crate::{
    ALONE, Tally, bounded, children, client,
    fault_proxy::{Fault, FaultProxy},
    gate, get, lay, session, source,
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

#[tokio::test(flavor = "multi_thread")]
async fn endless_and_dripping_answers_end_in_words() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let policy = GatePolicy { operator_hosts: vec![("127.0.0.1".into(), proxy.address.port())], ..Default::default() };
    let gate = gate(policy);
    let client = client();
    let drip = || Fault::Drip(1, Duration::from_millis(100));
    let cases = [
        ("endless list", "list.m3u8", Fault::Endless(b"#EXTINF:4,\nseg.ts\n".to_vec()), Trouble::TooBig),
        ("endless line", "list.m3u8", Fault::Endless(b"a".to_vec()), Trouble::TooBig),
        ("endless comments", "list.m3u8", Fault::Endless(b"# \n".to_vec()), Trouble::TooBig),
        ("endless tags", "list.m3u8", Fault::Endless(b"#EXT-X-PART:URI=\"a\"\n".to_vec()), Trouble::TooBig),
        ("dripping list", "list.m3u8", drip(), Trouble::TooSlow),
        ("dripping segment", "s0.ts", drip(), Trouble::TooSlow),
        ("silent list", "list.m3u8", Fault::Silence, Trouble::ServerDown),
    ];
    let before = resident();
    let outcome = peak(async {
        let mut tally = Tally::default();
        let mut running = tokio::task::JoinSet::new();
        for (n, (name, broken, fault, trouble)) in cases.into_iter().enumerate() {
            let prefix = format!("/e{n}");
            lay(&proxy, &prefix, false);
            // A box plays one stream: what pours without end is measured one by one, what only waits waits together.
            let pours = matches!(fault, Fault::Endless(_));
            proxy.fault(&format!("{prefix}/{broken}"), 1_000, fault);
            let (gate, client, url) = (gate.clone(), client.clone(), proxy.url(&format!("{prefix}/list.m3u8")));
            let case = async move {
                let id = session();
                let local = gate.open(id, &source(url), Trust::Operator).unwrap().url;
                let began = Instant::now();
                let asking = tokio::spawn(async move {
                    let body = get(&client, &local).await.map(|(_, b)| b).unwrap_or_default();
                    if let Some(first) = children(&local, &body).first() {
                        let _ = get(&client, first).await;
                    }
                });
                while gate.trouble(id).is_none() && began.elapsed() < WORDS_WITHIN {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                let took = began.elapsed();
                let told = gate.trouble(id);
                gate.close(id);
                let _ = asking.await;
                (name, took, if told == Some(trouble) { Ok(()) } else { Err(format!("{told:?}")) })
            };
            if pours {
                let (name, took, result) = case.await;
                tally.add(name, took, result);
            } else {
                running.spawn(case);
            }
        }
        while let Some(case) = running.join_next().await {
            let (name, took, result) = case.unwrap();
            tally.add(name, took, result);
        }
        tally
    });
    let (mut tally, most) = bounded(outcome).await;
    let grown = most.saturating_sub(before);
    let fits = if grown <= MEMORY { Ok(()) } else { Err(format!("{grown} bytes more")) };
    tally.add("memory", Duration::ZERO, fits);
    tally.finish("gate-limits", 8);
}
