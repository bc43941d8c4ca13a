//! A lineup of several hundred channels and no guide, gone through with real keys.

use std::fmt::Write as _;

use serde_json::Value;

use crate::{
    overlay,
    provider::Provider,
    support::{Rect, Tv, TvOptions, screen, tv::SOON},
};

const FIRST: u32 = 10_001;
const GROUPS: [&str; 3] = ["央视", "上海", "卫视"];
const IN_A_GROUP: u32 = 100;
/// Of the list's first row: what lies between a number of five digits and the name.
const GAP: Rect = [594, 196, 14, 44];

fn lineup() -> String {
    let mut text = "#EXTM3U\n".to_owned();
    for (group, from) in GROUPS.iter().zip((FIRST..).step_by(IN_A_GROUP as usize)) {
        for number in from..from + IN_A_GROUP {
            let _ = write!(
                text,
                "#EXTINF:-1 tvg-id=\"c{number}\" tvg-chno=\"{number}\" group-title=\"{group}\",频道{number}\n\
                 live/jx1/index.m3u8\n"
            );
        }
    }
    text
}

fn on_row(state: &Value, number: u32) -> bool {
    state["focus"]["id"] == format!("channels.c{number}")
}

fn to_row(tv: &mut Tv, key: &str, number: u32) -> Value {
    tv.press_until(key, &format!("the row {number}"), |s| on_row(s, number))
}

/// Waits until the focus is drawn this high on the screen.
fn until_drawn_at(tv: &mut Tv, y: &Value) {
    tv.until("the focus in its place", SOON, |s| s["focus"]["rect"][1] == *y);
}

fn watched(state: &Value, number: u32, history: u32) -> bool {
    state["player"]["channel"]["number"] == number
        && state["player"]["has_frame"] == true
        && state["history"] == history
}

#[test]
fn three_hundred_channels_are_reached_by_pages_numbers_and_what_was_watched() {
    let provider = Provider::start(lineup()).without_a_guide();
    let mut tv = Tv::start(TvOptions::operator(provider.url()));
    tv.until_playing();
    assert_eq!(tv.state()["channels"], 300);
    tv.press_until("F2", "the guide", |s| s["screen"] == "guide");
    tv.until("that there is none", SOON, |s| s["guide"]["words"] == "暂时没有节目单");
    tv.press_until("l", "full-screen live", |s| s["screen"] == "live");

    // All five digits, one after the other; then it goes there at once.
    tv.type_keys("1 0 2 5");
    tv.until("the box with four digits", SOON, |s| overlay(s, "number"));
    tv.press("0");
    tv.until("channel 10250", SOON, |s| watched(s, 10_250, 0));
    tv.advance_clock(31_000);
    tv.until("a line in the history", SOON, |s| watched(s, 10_250, 1));

    // The list lands on it, and scrolls under a focus that stays in the middle.
    let state = tv.press_until("Return", "the list", |s| overlay(s, "channels") && on_row(s, 10_250));
    let middle = state["focus"]["rect"][1].clone();
    to_row(&mut tv, "Down", 10_251);
    for (key, number) in [("]", 10_245), ("Prior", 10_239), ("[", 10_245), ("Next", 10_251), ("Next", 10_257)] {
        to_row(&mut tv, key, number);
        until_drawn_at(&mut tv, &middle);
    }
    // The longest numbers and the names stand apart.
    tv.until_seen("room between them", SOON, |p| screen::mean(p, GAP).iter().sum::<u32>() < 80);
    // The last page ends at the group's last row, which is drawn lower; the ends meet.
    for number in [10_263, 10_269, 10_275, 10_281, 10_287, 10_293, 10_299, 10_300] {
        to_row(&mut tv, "Next", number);
    }
    let at = |s: &Value| s["focus"]["rect"][1].as_i64().unwrap();
    let middle = middle.as_i64().unwrap();
    tv.until("the last row at the bottom", SOON, |s| at(s) > middle);
    to_row(&mut tv, "Down", 10_201);
    tv.until("the first row at the top", SOON, |s| at(s) < middle);
    to_row(&mut tv, "Up", 10_300);
    tv.press_until("Return", "the list closes", |s| !overlay(s, "channels"));
    tv.until("channel 10300", SOON, |s| watched(s, 10_300, 1));
    tv.advance_clock(31_000);
    tv.until("a second line in the history", SOON, |s| watched(s, 10_300, 2));

    // 最近看的 has both, the newest first.
    tv.press_until("Return", "the list", |s| overlay(s, "channels") && on_row(s, 10_300));
    tv.press_to("Left", "channels.group.卫视", 2);
    tv.press_to("Up", "channels.group.最近看的", 6);
    tv.press_until("Right", "the newest", |s| on_row(s, 10_300));
    to_row(&mut tv, "Down", 10_250);
    tv.press_until("Return", "the one before", |s| !overlay(s, "channels"));
    tv.until("channel 10250", SOON, |s| watched(s, 10_250, 2));
}
