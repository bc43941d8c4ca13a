//! Several renditions of one medium: which of them comes, on a line that changes, and that a change neither loses nor
//! doubles a picture.

use std::time::Duration;

use jinse_xuetang::player::{
    feed::{self, Looked, Wish},
    gate::Gate,
    sounds::Sound,
    types::{MediaKind, Trust},
};

use crate::{
    ALONE, bounded,
    fault_proxy::{Fault, FaultProxy},
    gate, quick, session, source,
    stream::{HLS, TS, playlist, put_list},
    ts::Segment,
    viewer::{Pace, Viewer},
};

const LENGTH: u32 = 40;
const LOW: u32 = 1;
const HIGH: u32 = 2;
/// Eight times as fast as a person watches, with five seconds in hand.
const FAST: Pace = Pace::Played { speed: 8.0, held: Duration::from_secs(5) };

/// Two renditions, the better one first: 0.2 and 3 Mbit/s.
fn lay_two(proxy: &FaultProxy, prefix: &str, live: bool) -> String {
    for (name, stream, bytes) in [("low", LOW, 2_000), ("high", HIGH, 37_000)] {
        for i in 0..LENGTH {
            let bytes = Segment { bytes, ..Segment::new(stream, i) }.write();
            proxy.put(&format!("{prefix}/{name}/s{i}.ts"), TS, bytes);
        }
        put_list(proxy, &format!("{prefix}/{name}"), playlist(0, LENGTH, !live));
    }
    let master = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=3000000\nhigh/list.m3u8\n\
                  #EXT-X-STREAM-INF:BANDWIDTH=200000\nlow/list.m3u8\n";
    proxy.put(&format!("{prefix}/master.m3u8"), HLS, master);
    proxy.url(&format!("{prefix}/master.m3u8"))
}

async fn watch(gate: &Gate, url: &str) -> Viewer {
    Viewer::open_as(gate, session(), &source(url), Trust::Operator, MediaKind::OnDemand, FAST).await.unwrap()
}

/// The rendition of each segment, every one of which came whole and once.
fn renditions(viewer: &Viewer) -> Vec<u32> {
    let mut of_segment: Vec<(u32, u32)> =
        viewer.video.inside().got.iter().map(|g| (g.mark.stream, g.mark.segment)).collect();
    of_segment.dedup();
    viewer.check(of_segment.clone()).unwrap();
    assert!(of_segment.iter().map(|(_, i)| *i).eq(0..LENGTH), "{}", viewer.summary());
    of_segment.into_iter().map(|(stream, _)| stream).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_line_gets_the_lesser_picture_and_a_fast_one_the_better_again() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(quick(&proxy));
    let viewer = watch(&gate, &lay_two(&proxy, "/m", false)).await;
    bounded(viewer.until("a good start", |v| v.has(4))).await.unwrap();
    proxy.throttle(Some(250_000));
    let low = |v: &Viewer| v.video.inside().got.iter().any(|g| g.mark.stream == LOW);
    bounded(viewer.until("the lesser one", low)).await.unwrap();
    proxy.throttle(None);
    bounded(viewer.until_end()).await.unwrap();
    let renditions = renditions(&viewer);
    let mut runs = renditions.clone();
    runs.dedup();
    assert_eq!(runs, [HIGH, LOW, HIGH], "{renditions:?}");
    viewer.is_calm().unwrap();
    // Another rendition is another form, told before its first picture.
    assert_eq!(viewer.video.inside().formats.len(), 2);
}

/// What the line gave last is known at the next opening.
#[tokio::test(flavor = "multi_thread")]
async fn the_next_medium_on_a_slow_line_begins_with_the_lesser_picture() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(quick(&proxy));
    proxy.throttle(Some(250_000));
    let first = watch(&gate, &lay_two(&proxy, "/n", false)).await;
    bounded(first.until("the lesser one", |v| v.video.inside().got.iter().any(|g| g.mark.stream == LOW)))
        .await
        .unwrap();
    drop(first);
    let next = watch(&gate, &lay_two(&proxy, "/o", false)).await;
    bounded(next.until("a segment", |v| v.has(1))).await.unwrap();
    assert_eq!(next.video.inside().got[0].mark.stream, LOW);
}

/// A rendition that cannot be had is no reason to stop: the viewer stays with the one that plays.
#[tokio::test(flavor = "multi_thread")]
async fn a_rendition_that_is_missing_or_out_of_step_is_left_alone() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(quick(&proxy));
    for case in ["missing", "out of step"] {
        let prefix = format!("/{}", case.replace(' ', "-"));
        let url = lay_two(&proxy, &prefix, false);
        match case {
            "missing" => proxy.fault(&format!("{prefix}/low/list.m3u8"), 1_000, Fault::Status(404)),
            _ => put_list(&proxy, &format!("{prefix}/low"), playlist(7, LENGTH, true)),
        }
        let viewer = watch(&gate, &url).await;
        bounded(viewer.until("a good start", |v| v.has(4))).await.unwrap();
        proxy.throttle(Some(400_000));
        bounded(viewer.until("more", |v| v.has(9))).await.unwrap();
        proxy.throttle(None);
        bounded(viewer.until_end()).await.unwrap();
        assert!(renditions(&viewer).iter().all(|r| *r == HIGH), "{}", viewer.summary());
    }
}

/// The sound wished for comes, and the publisher's where there is nothing like it.
#[tokio::test(flavor = "multi_thread")]
async fn of_several_sounds_the_one_wished_for_is_fetched() {
    const MASTER: &str = "#EXTM3U\n\
        #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"g\",NAME=\"普通话\",LANGUAGE=\"zh\",DEFAULT=YES,URI=\"zh/list.m3u8\"\n\
        #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"g\",NAME=\"沪语\",LANGUAGE=\"wuu\",URI=\"wuu/list.m3u8\"\n\
        #EXT-X-STREAM-INF:BANDWIDTH=200000,AUDIO=\"g\"\npicture/list.m3u8\n";
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(quick(&proxy));
    for (name, stream, video) in [("picture", 1, true), ("zh", 2, false), ("wuu", 3, false)] {
        for i in 0..4 {
            let segment = Segment { video, audio: !video, ..Segment::new(stream, i) };
            proxy.put(&format!("/w/{name}/s{i}.ts"), TS, segment.write());
        }
        put_list(&proxy, &format!("/w/{name}"), playlist(0, 4, true));
    }
    proxy.put("/w/master.m3u8", HLS, MASTER);
    let wish = |language: &str| Some(Sound { name: String::new(), language: Some(language.into()) });
    for (wish, stream, chosen) in [(wish("wuu"), 3, 1), (wish("zho"), 2, 0), (wish("en"), 2, 0), (None, 2, 0)] {
        let id = session();
        gate.open(id, &source(proxy.url("/w/master.m3u8")), Trust::Operator).unwrap();
        let wish = Wish { sound: wish, ..Wish::default() };
        let Looked::Feed(feed) = feed::look(gate.clone(), id, MediaKind::OnDemand, 0, wish).await else {
            panic!("no feed");
        };
        let (all, at) = feed.several_sounds().unwrap();
        assert_eq!((all.len(), at), (2, chosen));
        let viewer = Viewer::connect(&gate, id, *feed, FAST);
        let whole = |v: &Viewer| v.audio.inside().got.iter().any(|g| g.mark.segment == 3);
        bounded(viewer.until("the whole sound", whole)).await.unwrap();
        let heard: Vec<u32> = viewer.audio.inside().got.iter().map(|g| g.mark.stream).collect();
        assert!(!heard.is_empty() && heard.iter().all(|s| *s == stream), "{heard:?} in place of {stream}");
    }
}
