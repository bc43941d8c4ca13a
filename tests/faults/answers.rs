//! Servers that answer, but not with what was asked for: the calm page with the right sentence, bounded memory, and the
//! picture again once the answers are right.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    bench::{
        LESSON, Spoilt, ffmpeg, has_trouble, is_playing, picture, report, resident_kb, to_lesson, to_live, tune,
        until_back,
    },
    fault_proxy::Fault,
    support::{Tv, TvOptions, tv::SOON},
};

/// The program promises ten seconds; a loaded machine may take some more to draw them.
const WORDS_WITHIN: Duration = Duration::from_secs(15);
/// The longest wait between two tries, and the opening.
const CURED_WITHIN: Duration = Duration::from_secs(25);
/// What waiting hardly cures is looked at again after this.
const SELDOM_MS: u64 = 60_000;
const MORE_KB: u64 = 32 << 10;

const NOT_FOUND: &str = "这个节目暂时找不到";
const FORBIDDEN: &str = "这个节目暂时不让看";
const STOPPED: &str = "画面停了一下，正在接上";
const BROKEN: &str = "这个节目的画面坏了";
const BLOCKED: &str = "这个地址电视不能打开";
const NO_CODEC: &str = "这台电视放不了这个节目";

/// Waits for the page with this sentence and watches the memory meanwhile.
fn calm_page(tv: &mut Tv, what: &str, title: &str, before_kb: u64) -> Duration {
    let since = Instant::now();
    let mut most = before_kb;
    loop {
        let state = tv.state();
        most = most.max(resident_kb(tv));
        if state["trouble"]["title"] == title {
            break;
        }
        if since.elapsed() > WORDS_WITHIN {
            tv.fail(&format!("{what}: no page that says {title}"));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let took = since.elapsed();
    // What grows without bound grows on while the page is there.
    tv.stays(what, Duration::from_secs(2), |s| s["screen"] != "home");
    most = most.max(resident_kb(tv));
    let picture = picture(tv);
    println!("{what}: {} ms, +{} kB, {}", took.as_millis(), most - before_kb, picture);
    assert!(most <= before_kb + MORE_KB, "{what}: {before_kb} kB grew to {most} kB");
    took
}

fn playlist(segment: &str) -> String {
    format!("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:4.0,\n{segment}\n")
}

#[test]
fn a_channel_that_answers_wrongly_gets_a_calm_page_and_comes_back() {
    const CHANNEL: &str = "/live/sh3/index.m3u8";
    let operator = Spoilt::start();
    let proxy = &operator.proxy;
    let mut tv = Tv::start(TvOptions::operator(operator.url()));
    to_live(&mut tv);
    let endless = b"#EXTINF:4.0,\nsegment-that-never-ends.ts\n".to_vec();
    let drip = Fault::Drip(1, Duration::from_millis(200));
    let cases: [(&str, Fault, &str); 5] = [
        ("404", Fault::Status(404), NOT_FOUND),
        ("500", Fault::Status(500), STOPPED),
        ("a page for people", Fault::Page, BROKEN),
        ("a slow drip", drip, STOPPED),
        ("a playlist without end", Fault::Endless(endless), BROKEN),
    ];
    let (mut words, mut cured) = (Vec::new(), Vec::new());
    for (what, fault, title) in cases {
        tune(&mut tv, 1);
        tv.until("the good channel", SOON, |s| is_playing(s) && s["player"]["channel"]["number"] == 1);
        proxy.fault(CHANNEL, usize::MAX, fault);
        let before = resident_kb(&tv);
        tune(&mut tv, 3);
        tv.until("the bad channel", SOON, |s| s["player"]["channel"]["number"] == 3);
        words.push(calm_page(&mut tv, what, title, before));
        proxy.heal();
        let since = Instant::now();
        until_back(&mut tv, &format!("the picture after {what}"), CURED_WITHIN);
        cured.push(since.elapsed());
    }

    // Channel + leads away from a bad one.
    proxy.put(CHANNEL, "application/vnd.apple.mpegurl", playlist("file:///etc/passwd"));
    tune(&mut tv, 1);
    tv.until("the good channel", SOON, |s| is_playing(s) && s["player"]["channel"]["number"] == 1);
    let before = resident_kb(&tv);
    tune(&mut tv, 3);
    words.push(calm_page(&mut tv, "a segment that is a file of this machine", BLOCKED, before));
    proxy.take_away(CHANNEL);
    tv.press("Return");
    until_back(&mut tv, "the picture after 现在就试", CURED_WITHIN);
    report("bad-answers-live-words", &words);
    report("bad-answers-live-cured", &cured);
}

#[test]
fn a_lesson_that_answers_wrongly_gets_a_calm_page_and_comes_back() {
    let operator = Spoilt::start();
    let proxy = &operator.proxy;
    let mut tv = Tv::start(TvOptions::operator(operator.url()));
    let good = fs::read(Path::new(env!("CARGO_TARGET_TMPDIR")).join("long-lesson/index.m3u8")).unwrap();
    let hls = "application/vnd.apple.mpegurl";
    let garbage: Vec<u8> = (0..40_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let film = |name: &str, how: &str| {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        ffmpeg(&["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=10:duration=3"], how, &path);
        fs::read(&path).unwrap()
    };
    let vp9 = film("a.mp4", "-c:v libvpx-vp9 -deadline realtime");
    let matroska = film("a.mkv", "-c:v libx264 -preset ultrafast");
    // What lies where the lesson's medium should be, and what brings the picture back once it is right again.
    type Case<'a> = (&'a str, Option<(&'a str, Vec<u8>)>, &'a str, Cure);
    let cases: [Case; 5] = [
        ("403", None, FORBIDDEN, Cure::Waiting),
        ("garbage", Some((hls, garbage)), BROKEN, Cure::Waiting),
        ("segments of nonsense", Some((hls, ended(&playlist("nonsense.ts")))), BROKEN, Cure::Waiting),
        ("a codec that this machine must not play", Some(("video/mp4", vp9)), NO_CODEC, Cure::WaitingLong),
        ("a container that is not allowed", Some(("video/x-matroska", matroska)), NO_CODEC, Cure::Key),
    ];
    let nonsense: Vec<u8> = (0..200_000u32).map(|i| (i.wrapping_mul(2_246_822_519) >> 13) as u8).collect();
    proxy.put("/lessons/long/nonsense.ts", "video/mp2t", nonsense);
    let (mut words, mut cured) = (Vec::new(), Vec::new());
    for (what, content, title, cure) in cases {
        match content {
            Some((kind, bytes)) => proxy.put(LESSON, kind, bytes),
            None => proxy.fault(LESSON, usize::MAX, Fault::Status(403)),
        }
        let before = resident_kb(&tv);
        to_lesson(&mut tv);
        words.push(calm_page(&mut tv, what, title, before));
        proxy.heal();
        proxy.put(LESSON, hls, good.clone());
        let mut since = Instant::now();
        match cure {
            Cure::Waiting => {}
            Cure::Key => tv.press("Return"),
            Cure::WaitingLong => {
                let state = tv.state();
                let left = state["player"]["retry_in_ms"].as_u64().unwrap();
                assert!((SELDOM_MS / 2..SELDOM_MS).contains(&left), "{state}");
                assert!(state["trouble"]["countdown"].as_str().unwrap().ends_with(" 秒后自动再试一次"), "{state}");
                since += Duration::from_millis(left);
                tv.until("the next try", Duration::from_millis(left) + SOON, |s| !has_trouble(s));
            }
        }
        until_back(&mut tv, &format!("the lesson after {what}"), CURED_WITHIN);
        cured.push(since.elapsed());
        tv.press("Home");
        tv.until("home", SOON, |s: &Value| s["screen"] == "home" && is_playing(s) && !has_trouble(s));
    }
    report("bad-answers-lesson-words", &words);
    report("bad-answers-lesson-cured", &cured);
}

enum Cure {
    Waiting,
    /// For as long as the page says.
    WaitingLong,
    Key,
}

fn ended(playlist: &str) -> Vec<u8> {
    format!("{playlist}#EXT-X-ENDLIST\n").into_bytes()
}
