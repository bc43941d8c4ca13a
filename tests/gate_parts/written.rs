//! Subtitles beside a picture: they stand where the picture's clock says, come only when somebody wants them, stay within
//! bounds, and whatever is wrong with them the picture does not notice.

use std::{sync::Arc, time::Instant};

use jinse_xuetang::player::{
    captions::Caption,
    feed::{self, Looked, Wish},
    gate::Gate,
    types::{MediaKind, Trust},
};

use crate::{
    ALONE, Family, HANG, MS, bounded,
    fault_proxy::{Fault, FaultProxy},
    gate,
    mp4_words::Written,
    quick, session, source,
    stream::{COUNT, HLS, TS, iv_of, key, list, playlist, put_list, seal},
    ts::Segment,
    viewer::{CALM, Viewer},
};

const VTT: &str = "text/vtt";
const MP4: &str = "application/mp4";
const MASTER: &str = "#EXTM3U\n\
    #EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"w\",NAME=\"中文\",LANGUAGE=\"zh\",URI=\"words/list.m3u8\"\n\
    #EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"w\",NAME=\"English\",LANGUAGE=\"en\",URI=\"en/list.m3u8\"\n\
    #EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"w\",NAME=\"signs\",LANGUAGE=\"zh\",FORCED=YES,URI=\"en/list.m3u8\"\n\
    #EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"other\",NAME=\"日本語\",LANGUAGE=\"ja\",URI=\"ja/list.m3u8\"\n\
    #EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"w\",NAME=\"secrets\",URI=\"file:///etc/passwd\"\n\
    #EXT-X-STREAM-INF:BANDWIDTH=200000,SUBTITLES=\"w\"\npicture/list.m3u8\n";

/// The clock of segment `i`.
fn clock(case: &str, i: u32) -> u64 {
    let usual = 900_000 + u64::from(i) * 90_000;
    match case {
        "over the end of 33 bits" => ((1 << 33) - 3 * 90_000 + u64::from(i) * 90_000) % (1 << 33),
        "anew in the middle" if i >= 4 => 4_500_000_000 + u64::from(i) * 90_000,
        _ => usual,
    }
}

/// The words of segment `i`, from a quarter of its second to three, on a clock of their own.
fn words(case: &str, i: u32) -> String {
    format!(
        "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:{},LOCAL:01:00:00.000\n\n01:00:00.250 --> 01:00:00.750\n第{i}句\n",
        clock(case, i)
    )
}

fn lines(case: &str, ending: &str, numbers: impl Iterator<Item = u32>) -> String {
    let line = |i: u32| {
        let leaps = if i == 4 && case == "anew in the middle" { "#EXT-X-DISCONTINUITY\n" } else { "" };
        format!("{leaps}#EXTINF:1.0,\ns{i}.{ending}\n")
    };
    numbers.map(line).collect()
}

/// A picture with words under `prefix`.
fn lay_out(proxy: &FaultProxy, prefix: &str, case: &str, live: bool) -> String {
    for i in 0..COUNT {
        let bytes = Segment { start: clock(case, i), ..Segment::new(1, i) }.write();
        proxy.put(&format!("{prefix}/picture/s{i}.ts"), TS, bytes);
        proxy.put(&format!("{prefix}/words/s{i}.vtt"), VTT, words(case, i));
    }
    put_list(proxy, &format!("{prefix}/picture"), list(0, &lines(case, "ts", 0..COUNT), !live));
    put_list(proxy, &format!("{prefix}/words"), list(0, &lines(case, "vtt", 0..COUNT), !live));
    proxy.put(&format!("{prefix}/master.m3u8"), HLS, MASTER);
    proxy.url(&format!("{prefix}/master.m3u8"))
}

/// The words of `lay_out` in fragments; under a key the initialisation stays clear.
fn in_mp4(proxy: &FaultProxy, at: &str, written: Written, live: bool, sealed: bool) {
    proxy.put(&format!("{at}/init.mp4"), MP4, written.init());
    proxy.put(&format!("{at}/k"), "application/octet-stream", key(0));
    for i in 0..COUNT {
        let clear = written.segment(clock("even", i), &format!("第{i}句"));
        let bytes = if sealed { seal(&clear, key(0), iv_of(u128::from(i))) } else { clear };
        proxy.put(&format!("{at}/s{i}.m4s"), MP4, bytes);
    }
    let head = if sealed { "#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\n" } else { "" };
    let map = "#EXT-X-MAP:URI=\"init.mp4\"\n";
    put_list(proxy, at, list(0, &format!("{head}{map}{}", lines("even", "m4s", 0..COUNT)), !live));
}

fn chinese() -> Option<Caption> {
    Some(Caption { name: String::new(), language: Some("zho".into()) })
}

async fn watch(gate: &Gate, url: &str, kind: MediaKind) -> Result<Viewer, String> {
    let id = session();
    gate.open(id, &source(url), Trust::Operator).map_err(|t| format!("{t:?}"))?;
    match feed::look(gate.clone(), id, kind, 0, Wish::default()).await {
        Looked::Feed(feed) => Ok(Viewer::connect(gate, id, *feed, CALM)),
        Looked::Plain | Looked::Dash(_) | Looked::Stream(_) => Err("no HLS".into()),
        Looked::Trouble(trouble) => Err(format!("{trouble:?}")),
    }
}

/// Where each sentence stands, asked at each second as one who watches does.
async fn said(viewer: &Viewer, wanted: usize) -> Result<Vec<(String, u64, u64)>, String> {
    let began = Instant::now();
    loop {
        let mut all: Vec<(String, u64, u64)> = Vec::new();
        for second in 0..u64::from(COUNT) {
            all.extend(viewer.feed().cues(second * 1_000).into_iter().map(|c| (c.text, c.start_ms, c.end_ms)));
        }
        all.sort_by_key(|(_, start, _)| *start);
        all.dedup();
        if all.len() >= wanted {
            return Ok(all);
        }
        if began.elapsed() > HANG {
            return Err(format!("not {wanted} sentences: {all:?}"));
        }
        tokio::time::sleep(MS(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn words_stand_with_their_picture_whatever_the_clock_does() {
    let _alone = ALONE.lock().await;
    let proxy = Arc::new(FaultProxy::start().await);
    let gate = gate(quick(&proxy));
    let mut family = Family::default();
    let cases = [
        "even",
        "over the end of 33 bits",
        "anew in the middle",
        "encrypted",
        "in one file",
        "without numbers",
        "WebVTT in MP4",
        "TTML in MP4",
        "TTML in MP4, encrypted",
    ];
    for case in cases {
        for live in [false, true] {
            let prefix = format!("/{}-{live}", case.replace([' ', ','], "-"));
            let url = lay_out(&proxy, &prefix, case, live);
            let words_at = format!("{prefix}/words");
            match case {
                "encrypted" => {
                    proxy.put(&format!("{words_at}/k"), "application/octet-stream", key(0));
                    for i in 0..COUNT {
                        let sealed = seal(words(case, i).as_bytes(), key(0), iv_of(u128::from(i)));
                        proxy.put(&format!("{words_at}/s{i}.vtt"), VTT, sealed);
                    }
                    let all = format!("#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\n{}", lines(case, "vtt", 0..COUNT));
                    put_list(&proxy, &words_at, list(0, &all, !live));
                }
                // As tools write it that leave the clock out: times from the beginning.
                "in one file" if !live => {
                    let cue = |i| format!("00:00:0{i}.250 --> 00:00:0{i}.750\n第{i}句\n\n");
                    let whole: String = (0..COUNT).map(cue).collect();
                    proxy.put(&format!("{words_at}/s0.vtt"), VTT, format!("WEBVTT\n\n{whole}"));
                    put_list(&proxy, &words_at, list(0, "#EXTINF:8.0,\ns0.vtt\n", true));
                }
                "WebVTT in MP4" => in_mp4(&proxy, &words_at, Written::WebVtt, live, false),
                "TTML in MP4" => in_mp4(&proxy, &words_at, Written::Ttml, live, false),
                "TTML in MP4, encrypted" => in_mp4(&proxy, &words_at, Written::Ttml, live, true),
                // A list of words that does not know of the picture's discontinuities.
                "without numbers" => {
                    let picture = lines("anew in the middle", "ts", 0..COUNT);
                    let all = format!("#EXT-X-DISCONTINUITY-SEQUENCE:9\n{picture}");
                    put_list(&proxy, &format!("{prefix}/picture"), list(0, &all, !live));
                }
                _ => {}
            }
            let gate = gate.clone();
            family.add(format!("{case} live={live}"), async move {
                // A list that grows is watched from its beginning, too.
                let mut viewer = watch(&gate, &url, MediaKind::OnDemand).await?;
                viewer.until("the whole picture", |v| v.has(COUNT - 1)).await?;
                viewer.feed.as_mut().unwrap().choose_caption(chinese().as_ref());
                for (i, (text, start, end)) in said(&viewer, COUNT as usize).await?.into_iter().enumerate() {
                    let of_picture = viewer.shown(i as u32, 0).ok_or("no such picture")?.as_millis() as u64;
                    let wanted = (format!("第{i}句"), of_picture + 250, of_picture + 750);
                    let off = start.abs_diff(wanted.1).max(end.abs_diff(wanted.2));
                    if text != wanted.0 || off > 20 {
                        return Err(format!("{text} {start}–{end}, not {wanted:?}"));
                    }
                }
                viewer.is_calm()
            });
        }
    }
    family.finish("feed-words-in-time", 18).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn words_come_only_when_wished_for_and_change_in_the_running_medium() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(quick(&proxy));
    let url = lay_out(&proxy, "/c", "even", false);
    proxy.put("/c/en/s0.vtt", VTT, words("even", 0).replace("第0句", "one"));
    put_list(&proxy, "/c/en", list(0, "#EXTINF:8.0,\ns0.vtt\n", true));
    let mut viewer = watch(&gate, &url, MediaKind::OnDemand).await.unwrap();
    bounded(viewer.until_end()).await.unwrap();
    let names =
        |(all, chosen): (Vec<Caption>, Option<usize>)| (all.into_iter().map(|c| c.name).collect::<Vec<_>>(), chosen);
    // Neither what translates signs, nor what goes with other pictures, nor what may not be opened.
    assert_eq!(names(viewer.feed().captions()), (vec!["中文".into(), "English".into()], None));
    assert_eq!(viewer.feed().cues(500), []);
    assert!(!proxy.seen().iter().any(|s| s.path.contains("/words/") || s.path.contains("/en/")), "nobody asked");
    viewer.feed.as_mut().unwrap().choose_caption(chinese().as_ref());
    assert_eq!(viewer.feed().captions().1, Some(0));
    bounded(said(&viewer, COUNT as usize)).await.unwrap();
    let english = Caption { name: "English".into(), language: None };
    viewer.feed.as_mut().unwrap().choose_caption(Some(&Caption { language: Some("en".into()), ..english }));
    assert_eq!(bounded(said(&viewer, 1)).await.unwrap()[0].0, "one", "and nothing of those before");
    viewer.feed.as_mut().unwrap().choose_caption(None);
    assert_eq!((viewer.feed().cues(500), viewer.feed().captions().1), (vec![], None));
    viewer.check((0..COUNT).map(|i| (1, i))).unwrap();
    assert_eq!(proxy.requests_for("/c/picture/s0.ts"), 1, "the picture went on");
}

/// Live words follow the list, and what has not been said yet comes.
#[tokio::test(flavor = "multi_thread")]
async fn live_words_follow_the_list() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(quick(&proxy));
    let url = lay_out(&proxy, "/f", "even", true);
    let mut viewer = watch(&gate, &url, MediaKind::Live).await.unwrap();
    viewer.feed.as_mut().unwrap().choose_caption(chinese().as_ref());
    bounded(viewer.until("the window", |v| v.has(COUNT - 1))).await.unwrap();
    for i in COUNT..COUNT + 4 {
        proxy.put(&format!("/f/picture/s{i}.ts"), TS, Segment::new(1, i).write());
        proxy.put(&format!("/f/words/s{i}.vtt"), VTT, words("even", i));
        put_list(&proxy, "/f/picture", list(i - 7, &lines("even", "ts", i - 7..i + 1), false));
        put_list(&proxy, "/f/words", list(i - 7, &lines("even", "vtt", i - 7..i + 1), false));
        bounded(viewer.until("the newest", |v| v.has(i))).await.unwrap();
        let at = viewer.shown(i, 0).unwrap().as_millis() as u64;
        let text = format!("第{i}句");
        let stands =
            |v: &Viewer| v.feed().cues(at).iter().any(|c| c.text == text && c.start_ms.abs_diff(at + 250) < 20);
        bounded(viewer.until("its words", stands)).await.unwrap();
    }
    viewer.is_calm().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_wrong_with_the_words_the_picture_does_not_notice() {
    let _alone = ALONE.lock().await;
    let proxy = Arc::new(FaultProxy::start().await);
    let gate = gate(quick(&proxy));
    let mut family = Family::default();
    let endless = |pattern: &str| Fault::Endless(pattern.as_bytes().to_vec());
    let cases = [
        ("no list", "list.m3u8", Fault::Status(404)),
        ("no access", "list.m3u8", Fault::Status(403)),
        ("a list in trouble", "list.m3u8", Fault::Status(503)),
        ("a silent list", "list.m3u8", Fault::Silence),
        ("a list without end", "list.m3u8", endless("#EXTINF:1,\ns0.vtt\n")),
        ("no words", "s1.vtt", Fault::Status(404)),
        ("words in trouble", "s1.vtt", Fault::Status(500)),
        ("silent words", "s1.vtt", Fault::Silence),
        ("dripping words", "s1.vtt", Fault::Drip(1, MS(50))),
        ("words without end", "s1.vtt", endless("WEBVTT\n\n00:00.000 --> 00:01.000\nx\n\n")),
    ];
    for (n, (name, broken, fault)) in cases.into_iter().enumerate() {
        let prefix = format!("/n{n}");
        let url = lay_out(&proxy, &prefix, "even", false);
        let (broken, gate, proxy) = (format!("{prefix}/words/{broken}"), gate.clone(), Arc::clone(&proxy));
        proxy.fault(&broken, 1_000, fault);
        family.add(name, async move {
            let mut viewer = watch(&gate, &url, MediaKind::OnDemand).await?;
            viewer.feed.as_mut().unwrap().choose_caption(chinese().as_ref());
            viewer.until_end().await?;
            viewer.check((0..COUNT).map(|i| (1, i)))?;
            // Words around the broken ones are said nevertheless.
            if !broken.ends_with("m3u8") {
                said(&viewer, COUNT as usize - 1).await?;
            }
            // By the second time the first failure is known; none of it may pass for the picture's trouble.
            crate::wait_for("the broken one is asked for again", || proxy.requests_for(&broken) > 1).await?;
            let since = Instant::now();
            while since.elapsed() < MS(700) {
                viewer.is_calm()?;
                tokio::time::sleep(MS(5)).await;
            }
            Ok(())
        });
    }
    for (n, text) in
        ["", "<html><p>login", "WEBVTT", "1\n00:00.000 --> 00:01.000\nx\n", "WEBVTT\n\n-->\n"].iter().enumerate()
    {
        let prefix = format!("/m{n}");
        let url = lay_out(&proxy, &prefix, "even", false);
        proxy.put(&format!("{prefix}/words/s3.vtt"), VTT, *text);
        let gate = gate.clone();
        family.add(format!("malformed {n}"), async move {
            let mut viewer = watch(&gate, &url, MediaKind::OnDemand).await?;
            viewer.feed.as_mut().unwrap().choose_caption(chinese().as_ref());
            viewer.until_end().await?;
            viewer.check((0..COUNT).map(|i| (1, i)))?;
            said(&viewer, COUNT as usize - 1).await?;
            viewer.is_calm()
        });
    }
    family.finish("feed-words-broken", 15).await;
}

/// A viewer who has gone back and changes the sound is where they were, and not at the edge.
#[tokio::test(flavor = "multi_thread")]
async fn a_live_medium_can_begin_behind_its_edge() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(quick(&proxy));
    crate::stream::put_segments(&proxy, "/b", 1, 0..30);
    put_list(&proxy, "/b", playlist(0, 30, false));
    for (behind_ms, first) in [(0, 27_000), (5_000, 22_000), (5_400, 21_600), (3_600_000, 1_000)] {
        let id = session();
        gate.open(id, &source(proxy.url("/b/list.m3u8")), Trust::Operator).unwrap();
        let wish = Wish { behind_ms, ..Wish::default() };
        let Looked::Feed(feed) = feed::look(gate.clone(), id, MediaKind::Live, 0, wish).await else {
            panic!("no feed")
        };
        let window = feed.window().unwrap();
        assert!(window.live_ms.abs_diff(27_000) < 2_000, "{behind_ms}: {window:?}");
        assert_eq!(feed.start_ms(), first, "{behind_ms}");
        let viewer = Viewer::connect(&gate, id, *feed, CALM);
        bounded(viewer.until("the newest", |v| v.has(29))).await.unwrap();
        // The rest of the segment comes with it; what lies before the place is decoded and not shown.
        let segment = u32::try_from(first / 1_000).unwrap();
        viewer.check((segment..30).map(|i| (1, i))).unwrap();
    }
}
