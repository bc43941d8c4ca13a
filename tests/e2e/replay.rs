//! 回看 against a server that writes down what it is asked: each kind of template, the page of a programme, what comes
//! next, and the place after a start.

use std::{fmt::Write as _, time::Instant};

use serde_json::Value;

use crate::{
    overlay, position,
    provider::{Provider, header},
    support::{Tv, TvOptions, tv::SOON},
};

/// 18:12 in Shanghai.
const NOW: &str = "2026-11-24T10:12:00Z";
/// Of the programme before the one that is on: 17:30 to 18:00 there.
const START_S: i64 = 1_795_512_600;
const END_S: i64 = 1_795_514_400;

/// One channel for each way in which operators keep their recordings.
const LINEUP: &str = "#EXTM3U\n\
    #EXTINF:-1 tvg-id=\"c1\" tvg-chno=\"1\" catchup=\"default\" catchup-days=\"2\" \
    catchup-source=\"/rec/default.m3u8?from={utc}&to={utcend}|X-Key=rec\",按地址\nlive/jx1/index.m3u8\n\
    #EXTINF:-1 tvg-id=\"c2\" tvg-chno=\"2\" catchup=\"append\" catchup-days=\"2\" \
    catchup-source=\"?playseek=${(b)yyyyMMddHHmmss}-${(e)yyyyMMddHHmmss}\",接在后面\nlive/jk2/index.m3u8\n\
    #EXTINF:-1 tvg-id=\"c3\" tvg-chno=\"3\" catchup=\"shift\" catchup-days=\"2\",移时\nlive/sh3/index.m3u8?x=1\n\
    #EXTINF:-1 tvg-id=\"c4\" tvg-chno=\"4\" catchup=\"flussonic\" catchup-days=\"2\",弗鲁\nfl/ch/index.m3u8\n\
    #EXTINF:-1 tvg-id=\"c5\" tvg-chno=\"5\" catchup=\"xc\" catchup-days=\"2\",账号\nlive/user/word/55.m3u8\n";

fn guide() -> String {
    let mut text = "<tv>".to_owned();
    for channel in 1..=5 {
        for (from, to, title) in [
            ("1630", "1730", "越剧"),
            ("1730", "1800", "沪剧"),
            ("1800", "1830", "新闻"),
            ("1830", "1900", "评弹"),
            ("1900", "2000", "滑稽"),
        ] {
            let _ = write!(
                text,
                "<programme channel=\"c{channel}\" start=\"20261124{from}00 +0800\" stop=\"20261124{to}00 +0800\">\
                 <title>{title}</title></programme>"
            );
        }
    }
    text + "</tv>"
}

/// Twenty seconds of a lesson, as a recording that is shorter than its programme.
fn recording() -> String {
    let segment = |n| format!("#EXTINF:4.0,\n/lessons/baduanjin/form1/lo/seg-{n:03}.ts\n");
    let segments: String = (0..5).map(segment).collect();
    format!("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:8\n{segments}#EXT-X-ENDLIST\n")
}

fn on_programme(state: &Value, channel: u64, title: &str) -> bool {
    state["guide"]["channel"]["number"] == channel && state["guide"]["programme"]["title"] == title
}

fn plays(state: &Value, title: &str) -> bool {
    let player = &state["player"];
    state["focus"]["label"] == title && player["has_frame"] == true && player["phase"] == "playing"
}

fn on_guide(tv: &mut Tv) {
    tv.press_until("l", "full-screen live", |s| s["screen"] == "live");
    tv.press_until("F2", "the guide", |s| s["screen"] == "guide");
    tv.until("what is on", SOON, |s| on_programme(s, 1, "新闻"));
}

#[test]
fn recordings_are_asked_for_by_every_template_and_lead_on() {
    let provider = Provider::start(LINEUP);
    provider.guide(guide());
    provider.proxy.put("/rec/default.m3u8", "application/vnd.apple.mpegurl", recording());
    let mut tv = Tv::start(TvOptions { clock: Some(NOW.into()), ..TvOptions::operator(provider.url()) });
    tv.until_playing();
    on_guide(&mut tv);

    // The page of a programme that is over offers 回看; that of one ahead 预约.
    let state = tv.press_until("Up", "the one before", |s| on_programme(s, 1, "沪剧"));
    assert_eq!(state["guide"]["programme"]["tag"], "可回看");
    let state = tv.press_until("i", "its page", |s| s["screen"] == "programme");
    assert_eq!(state["focus"]["id"], "programme.replay");
    tv.press_until("Return", "the player", |s| s["screen"] == "player");
    let state = tv.until("its picture", SOON, |s| plays(s, "沪剧"));
    let path = format!("/rec/default.m3u8?from={START_S}&to={END_S}");
    assert!(state["player"]["url"].as_str().unwrap().ends_with(&path), "{state}");
    assert_eq!(header(&provider.asked(&path).unwrap(), "x-key"), "rec");

    // At its end the next one is offered, and that one still runs.
    tv.until("the length of the recording", SOON, |s| s["player"]["duration_ms"].as_u64().is_some_and(|d| d < 30_000));
    tv.type_keys("Right Right");
    tv.until("the card at the end", SOON, |s| overlay(s, "end") && s["focus"]["label"] == "下一个节目");
    tv.press("Return");
    tv.until("the next one", SOON, |s| plays(s, "新闻") && position(s) > 6_000);
    let path = format!("/rec/default.m3u8?from={END_S}&to={}", END_S + 12 * 60);
    assert!(provider.asked(&path).is_some(), "it ends at the moment of asking");

    // Its place outlives the program. From live, where nobody has looked at the guide, it is found again.
    tv.press_until("Escape", "where it came from", |s| s["screen"] != "player");
    tv.kill9();
    tv.launch();
    tv.press_until("l", "full-screen live", |s| s["screen"] == "live");
    // Until it is known what is on, there is nothing to begin again.
    let since = Instant::now();
    while tv.press_until("b", "an answer", |s| s["toast"].is_string())["screen"] == "live" {
        assert!(since.elapsed() < SOON, "nothing to begin again");
    }
    let state = tv.until("its picture", SOON, |s| plays(s, "新闻"));
    assert!((5_000..20_000).contains(&position(&state)), "{state}");
    tv.advance_clock(19 * 60_000);
    tv.until("its picture", SOON, |s| plays(s, "新闻"));
    tv.type_keys("Right Right");
    tv.until("the card at the end", SOON, |s| overlay(s, "end") && s["focus"]["label"] == "下一个节目");
    tv.press("Return");
    tv.until("what follows", SOON, |s| plays(s, "评弹"));
    tv.press_until("Escape", "live", |s| s["screen"] == "live");

    tv.press_until("F2", "the guide", |s| s["screen"] == "guide");
    tv.until("what is on", SOON, |s| on_programme(s, 1, "评弹"));
    tv.press_until("Down", "the one ahead", |s| on_programme(s, 1, "滑稽"));
    let state = tv.press_until("i", "its page", |s| s["screen"] == "programme");
    assert_eq!(state["focus"]["id"], "programme.book");
    tv.press_until("Return", "it is booked", |s| s["reminders"].as_array().is_some_and(|r| r.len() == 1));
    tv.press_until("Escape", "the guide", |s| s["guide"]["programme"]["tag"] == "已预约");
    tv.press_until("g", "back to now", |s| on_programme(s, 1, "评弹"));
    tv.press_until("Up", "the one before", |s| on_programme(s, 1, "新闻"));

    // The other kinds of servers.
    let (from, ago) = (END_S, 31 * 60);
    for (channel, path) in [
        (2, "/live/jk2/index.m3u8?playseek=20261124180000-20261124183000".to_owned()),
        (3, format!("/live/sh3/index.m3u8?x=1&utc={from}&lutc={}", from + ago)),
        (4, format!("/fl/ch/timeshift_rel-{ago}.m3u8")),
        (5, "/timeshift/user/word/30/2026-11-24:18-00/55.m3u8".to_owned()),
    ] {
        tv.press_until("]", "the next channel", |s| on_programme(s, channel, "新闻"));
        tv.press_until("Return", "the player", |s| s["screen"] == "player");
        tv.until(&format!("a request for {path}"), SOON, |_| provider.asked(&path).is_some());
        tv.press_until("Escape", "the guide", |s| s["screen"] == "guide");
    }
}
