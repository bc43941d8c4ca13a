//! What GStreamer reads by itself goes through the local server: files with their ranges, and nothing else.

use jinse_xuetang::player::{
    feed::{self, Looked},
    gate::GatePolicy,
    types::{MediaKind, Trouble, Trust},
};

use crate::{
    ALONE, HANG, bounded, client,
    fault_proxy::{Fault, FaultProxy},
    gate, get, quick, session, source,
    stream::{HLS, playlist},
    ts::Segment,
    wait_for,
};

fn film() -> Vec<u8> {
    let mut film = b"\0\0\0\x18ftypisom".to_vec();
    film.extend((0..200_000_u32).map(|i| (i % 251) as u8));
    film
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_passed_on_with_their_ranges() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(quick(&proxy));
    let film = film();
    proxy.put("/film.mp4", "video/mp4", film.clone());
    let url = gate.open(session(), &source(proxy.url("/film.mp4")), Trust::Operator).unwrap().url;
    let client = client();
    let response = client.get(&url).send().await.unwrap();
    assert_eq!(response.headers()["accept-ranges"], "bytes");
    assert_eq!(response.content_length(), Some(film.len() as u64));
    assert_eq!(response.bytes().await.unwrap(), film);
    let response = client.get(&url).header("range", "bytes=1000-1999").send().await.unwrap();
    assert_eq!(response.status(), 206);
    assert_eq!(response.headers()["content-range"], format!("bytes 1000-1999/{}", film.len()));
    assert_eq!(response.bytes().await.unwrap(), film[1000..2000]);
    let response = client.get(&url).header("range", "bytes=9999999-").send().await.unwrap();
    assert_eq!(response.status(), 416);
    // Broken off in the middle of a range: taken up where it stopped.
    proxy.fault("/film.mp4", 1, Fault::ShortBody);
    let response = client.get(&url).header("range", "bytes=100-").send().await.unwrap();
    assert_eq!(response.bytes().await.unwrap(), film[100..]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_looked_at_is_not_asked_for_twice() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(quick(&proxy));
    proxy.put("/film.mp4", "video/mp4", film());
    let id = session();
    let url = gate.open(id, &source(proxy.url("/film.mp4")), Trust::Operator).unwrap().url;
    assert!(matches!(feed::look(gate.clone(), id, MediaKind::OnDemand, 0, feed::Wish::default()).await, Looked::Plain));
    assert_eq!(get(&client(), &url).await.unwrap(), (200, film()));
    assert_eq!(proxy.requests_for("/film.mp4"), 1);
}

/// What is read here is a live transport stream that cannot be asked for by parts; all else is as it was.
#[tokio::test(flavor = "multi_thread")]
async fn only_a_live_transport_stream_without_an_end_is_taken_for_one() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(quick(&proxy));
    let packets = Segment { bytes: 60_000, ..Segment::new(1, 1) }.write();
    proxy.put("/flows", "application/octet-stream", packets.clone());
    proxy.put("/ends.ts", "video/mp2t", packets);
    proxy.put("/noise", "video/mp2t", film());
    proxy.put("/page", "video/mp2t", "<!DOCTYPE html><p>请先登录</p>".repeat(100));
    for path in ["/flows", "/noise", "/page"] {
        proxy.fault(path, usize::MAX, Fault::Flow(200_000));
    }
    let look = async |path: &str, kind: MediaKind| {
        let id = session();
        gate.open(id, &source(proxy.url(path)), Trust::Operator).unwrap();
        let found = feed::look(gate.clone(), id, kind, 0, feed::Wish::default()).await;
        gate.close(id);
        match found {
            Looked::Stream(_) => Ok("stream"),
            Looked::Plain => Ok("plain"),
            Looked::Dash(_) => Ok("dash"),
            Looked::Feed(_) => Ok("feed"),
            Looked::Trouble(trouble) => Err(trouble),
        }
    };
    assert_eq!(look("/flows", MediaKind::Live).await, Ok("stream"));
    assert_eq!(look("/flows", MediaKind::OnDemand).await, Ok("plain"));
    assert_eq!(look("/ends.ts", MediaKind::Live).await, Ok("plain"));
    assert_eq!(look("/noise", MediaKind::Live).await, Ok("plain"));
    assert_eq!(look("/page", MediaKind::Live).await, Err(Trouble::BrokenMedia));
}

/// HLS has its own reader: the local server never hands a list to GStreamer, however it comes about.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_not_passed_on() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(quick(&proxy));
    let id = session();
    let url = gate.open(id, &source(proxy.url("/turns")), Trust::Operator).unwrap().url;
    proxy.put("/turns", HLS, playlist(0, 3, true));
    assert_eq!(get(&client(), &url).await.unwrap(), (502, vec![]));
    assert_eq!(gate.trouble(id), Some(Trouble::BrokenMedia));
    // What it is by now decides, not what it was.
    assert!(!matches!(
        feed::look(gate.clone(), id, MediaKind::OnDemand, 0, feed::Wish::default()).await,
        Looked::Plain
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_session_ends_its_transfers() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(GatePolicy { first_byte: HANG, rate_window: HANG, ..quick(&proxy) });
    proxy.put("/endless.ts", "video/mp2t", Segment { bytes: 60_000, ..Segment::new(1, 1) }.write());
    proxy.fault("/endless.ts", 1, Fault::Stall);
    let id = session();
    let url = gate.open(id, &source(proxy.url("/endless.ts")), Trust::Operator).unwrap().url;
    let client = client();
    let mut response = client.get(&url).send().await.unwrap();
    assert!(response.chunk().await.unwrap().is_some());
    gate.close(id);
    bounded(async { while let Ok(Some(_)) = response.chunk().await {} }).await;
    assert_eq!(get(&client, &url).await.unwrap().0, 410);
}

/// A demuxer that is stopped while it downloads never frees that: it is taken leave of first.
#[tokio::test(flavor = "multi_thread")]
async fn a_demuxer_of_an_ended_session_is_made_to_give_up() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(GatePolicy { first_byte: HANG, rate_window: HANG, ..quick(&proxy) });
    proxy.put("/i.mpd", "application/dash+xml", "<MPD type='dynamic'></MPD>");
    proxy.put("/1.m4s", "video/mp4", film());
    let id = session();
    let url = gate.open(id, &source(proxy.url("/i.mpd")), Trust::Operator).unwrap().url;
    let looked = feed::look(gate.clone(), id, MediaKind::Live, 0, feed::Wish::default()).await;
    let Looked::Dash(parting) = looked else { panic!("a manifest is read by GStreamer's demuxer") };
    let client = client();
    let manifest = String::from_utf8(get(&client, &url).await.unwrap().1).unwrap();
    let (_, rest) = manifest.split_once("<BaseURL>").unwrap();
    let piece = format!("{}1.m4s", rest.split_once('<').unwrap().0);
    assert_eq!(get(&client, &piece).await.unwrap(), (200, film()));
    proxy.fault("/1.m4s", 1, Fault::Stall);
    let asked = tokio::spawn({
        let (client, piece) = (client.clone(), piece.clone());
        async move { get(&client, &piece).await }
    });
    wait_for("the piece is asked for", || proxy.requests_for("/1.m4s") == 2).await.unwrap();
    gate.close(id);
    // Any status, and nothing at all, would have a live demuxer ask on.
    assert!(bounded(asked).await.unwrap().is_err());
    assert!(get(&client, &piece).await.is_err());
    assert_eq!(get(&client, &url).await.unwrap().0, 410);
    let leaving = tokio::task::spawn_blocking(move || parting.end());
    bounded(leaving).await.unwrap();
    // Nobody is known to ask any more.
    assert_eq!(get(&client, &piece).await.unwrap().0, 410);
    assert_eq!(proxy.requests_for("/1.m4s"), 2);
}
