//! Subtitles of live channels: turned on by the key, drawn in their box, kept for the channel, there again after a start;
//! and a change of the sound that keeps the place. With the demo operator, whose channel 5 has subtitles, from the air
//! and from the past; and of texts that overlap in time, with an operator of their own.

use std::{fs, process::Command};

use serde_json::Value;

use crate::{
    overlay,
    support::{Rect, Tv, TvOptions, screen, serve, tv::SOON},
};

/// Inside the subtitle's box, at its lower edge, left of any text: without the banner, and above it.
const LOW: Rect = [735, 1010, 8, 8];
const ABOVE_BANNER: Rect = [735, 676, 8, 8];
/// The demo's words come with a lesson; between two of them its ident runs for eight seconds.
const NEXT_WORDS: std::time::Duration = SOON;

fn is_box(picture: &image::RgbImage, place: Rect) -> bool {
    screen::mean(picture, place).iter().sum::<u32>() < 100
}

fn on_channel(state: &Value, number: u64) -> bool {
    let player = &state["player"];
    player["channel"]["number"] == number && player["has_frame"] == true
}

fn captions(state: &Value) -> (&Value, &Value) {
    (&state["player"]["caption"], &state["player"]["captions"])
}

#[test]
fn subtitles_of_a_channel_are_turned_on_by_a_key_and_kept() {
    let mut tv = Tv::start(TvOptions::default());
    tv.until_playing();
    tv.press_until("l", "full-screen live", |s| s["screen"] == "live");
    // A channel without any says so.
    let state = tv.press_until("s", "words", |s| s["toast"].is_string());
    assert_eq!(state["toast"], "这个频道没有字幕");
    tv.press_until("5", "the number", |s| overlay(s, "number"));
    tv.press_until("Return", "channel 5", |s| on_channel(s, 5));
    let state = tv.until("what it offers", SOON, |s| s["player"]["captions"][0] == "中文");
    assert!(captions(&state).0.is_null() && state["subtitle"] == "", "nobody asked for words: {state}");
    let session = state["player"]["session"].clone();

    let state = tv.press_until("s", "subtitles", |s| s["player"]["caption"] == "中文");
    assert_eq!((&state["toast"], &state["player"]["session"]), (&"字幕：中文".into(), &session), "the picture goes on");
    tv.until("words", NEXT_WORDS, |s| s["subtitle"] != "");
    tv.press_until("i", "the banner", |s| overlay(s, "banner"));
    tv.until_seen("the box above the banner", NEXT_WORDS, |p| is_box(p, ABOVE_BANNER));
    tv.press_until("Escape", "no banner", |s| !overlay(s, "banner"));
    tv.until_seen("the box", NEXT_WORDS, |p| is_box(p, LOW));

    // Away and back again.
    tv.press_until("Next", "another channel", |s| on_channel(s, 3));
    assert_eq!(captions(&tv.state()), (&Value::Null, &Value::Array(vec![])));
    tv.press_until("Prior", "back again", |s| on_channel(s, 5));
    tv.until("words again", NEXT_WORDS, |s| s["player"]["caption"] == "中文" && s["subtitle"] != "");
    // And after a start.
    tv.close();
    tv.launch();
    tv.press_until("l", "full-screen live", |s| s["screen"] == "live" && on_channel(s, 5));
    tv.until("words after a start", NEXT_WORDS, |s| s["subtitle"] != "");
    tv.press_until("Escape", "no banner", |s| !overlay(s, "banner"));
    tv.until_seen("the box after a start", NEXT_WORDS, |p| is_box(p, LOW));

    // Off by the menu, where their row says what holds.
    tv.press_until("m", "the menu", |s| overlay(s, "menu"));
    for row in ["这个频道…", "字幕：中文"] {
        while tv.state()["focus"]["label"] != row {
            tv.press("Down");
        }
        tv.press("Return");
    }
    let state = tv.until("no subtitles", SOON, |s| s["focus"]["label"] == "字幕：关");
    assert!(captions(&state).0.is_null() && state["subtitle"] == "", "{state}");
    tv.press_until("Escape", "no menu", |s| !overlay(s, "menu"));
    tv.close();
    tv.launch();
    let state = tv.until("what it offers", SOON, |s| on_channel(s, 5) && s["player"]["captions"][0] == "中文");
    assert!(captions(&state).0.is_null());
}

/// Inside the box, beside the words, where it has two lines; above it where it has one.
const SECOND_LINE: Rect = [690, 860, 8, 8];
const WIDE_LOW: Rect = [690, 1000, 8, 8];
/// Through the box and the toast, beside the words of both.
const COLUMN: u32 = 690;
const OVERLAPPING: &str = "WEBVTT\n\n\
    00:00.000 --> 01:50.000\n老师：一起来\n\n\
    00:04.000 --> 01:50.000\n学生：好，我们开始\n\n\
    00:20.000 --> 01:50.000\n旁白一\n旁白二\n";

/// A recording of two minutes whose words overlap.
fn talk(www: &std::path::Path) {
    let how = "-v error -nostdin -f lavfi -i color=c=gray:size=320x180:rate=15:duration=120 -c:v libx264 \
               -preset ultrafast -pix_fmt yuv420p -g 30 -f hls -hls_time 2 -hls_list_size 0 picture.m3u8";
    let out = Command::new("ffmpeg").args(how.split_ascii_whitespace()).current_dir(www).output();
    let out = out.unwrap_or_else(|e| panic!("ffmpeg does not start ({e}); apt-get install ffmpeg"));
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let master = "#EXTM3U\n#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"s\",NAME=\"中文\",LANGUAGE=\"zh\",URI=\"words.m3u8\"\n\
                  #EXT-X-STREAM-INF:BANDWIDTH=900000,SUBTITLES=\"s\"\npicture.m3u8\n";
    let list = "#EXTM3U\n#EXT-X-TARGETDURATION:120\n#EXTINF:120,\nwords.vtt\n#EXT-X-ENDLIST\n";
    let lineup = "#EXTM3U\n#EXTINF:-1 tvg-id=\"a\" tvg-chno=\"1\",两人说话\nmaster.m3u8\n";
    for (name, text) in
        [("master.m3u8", master), ("words.m3u8", list), ("words.vtt", OVERLAPPING), ("lineup.m3u", lineup)]
    {
        fs::write(www.join(name), text).unwrap();
    }
}

#[test]
fn texts_that_overlap_stand_together_and_a_toast_stands_above_them() {
    let place = tempfile::tempdir().unwrap();
    talk(place.path());
    let (_server, url) = serve(place.path());
    let mut tv = Tv::start(TvOptions::operator(url));
    tv.until("the channel", SOON, |s| on_channel(s, 1) && s["player"]["captions"][0] == "中文");
    tv.press_until("l", "full-screen live", |s| s["screen"] == "live");
    tv.press_until("Escape", "no banner", |s| !overlay(s, "banner"));
    tv.until_seen("a picture without words", SOON, |p| !is_box(p, WIDE_LOW) && !is_box(p, SECOND_LINE));
    tv.press_until("s", "its subtitles", |s| s["player"]["caption"] == "中文");
    tv.until("two texts", SOON, |s| s["subtitle"] == "老师：一起来\n学生：好，我们开始");
    tv.until_seen("two lines in the box", SOON, |p| is_box(p, WIDE_LOW) && is_box(p, SECOND_LINE));
    let four = "老师：一起来\n学生：好，我们开始\n旁白一\n旁白二";
    tv.until("three texts, of four lines", SOON, |s| s["subtitle"] == four);
    let state = tv.press_until("a", "a toast", |s| s["toast"].is_string());
    assert_eq!(state["subtitle"], four);
    tv.until_seen("the whole box, grey above it, and above that the toast", SOON, |p| {
        if !is_box(p, WIDE_LOW) {
            return false;
        }
        let upwards = (0..WIDE_LOW[1]).rev().map(|y| p.get_pixel(COLUMN, y).0);
        let mut above = upwards.skip_while(|pixel| pixel.iter().all(|part| *part < 40));
        let is_grey = |[red, _, blue]: [u8; 3]| red.abs_diff(blue) < 30;
        above.next().is_some_and(is_grey) && above.any(|pixel| !is_grey(pixel))
    });
}
