//! Subtitles of live channels: turned on by the key, drawn in their box, kept for the channel, there again after a start;
//! and a change of the sound that keeps the place. With the demo operator, whose channel 5 has subtitles, from the air
//! and from the past.

use serde_json::Value;

use crate::{
    overlay,
    support::{Rect, Tv, TvOptions, screen, tv::SOON},
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
