//! Full-screen live: changing channels by every way there is.

use std::time::Duration;

use crate::{
    overlay,
    support::{Rect, Tv, TvOptions, screen, tv::SOON},
};

/// A part of the picture's edge where nothing is drawn over it.
const EDGE: Rect = [8, 300, 20, 20];
/// Above the banner and beside every box.
const PICTURE: Rect = [960, 0, 960, 640];

/// The ground colours of what the demo's channels show, by number.
const COLOURS: [(u64, [[u8; 3]; 3]); 6] = [
    (1, [[0xc9, 0x8a, 0x1b], [0x1f, 0x44, 0x69], [0xdb, 0xe8, 0xd5]]),
    (2, [[0x20, 0x7a, 0x55], [0xdb, 0xe8, 0xd5], [0xce, 0xe3, 0xe5]]),
    (3, [[0x8e, 0x2b, 0x1f], [0x6e, 0x4a, 0x2b], [0xf6, 0xeb, 0xd0]]),
    (5, [[0x1f, 0x4e, 0x8c], [0x53, 0x30, 0x5a], [0x24, 0x51, 0x40]]),
    (8, [[0x7a, 0x2f, 0x7e], [0xf6, 0xeb, 0xd0], [0x53, 0x30, 0x5a]]),
    (12, [[0x2e, 0x9a, 0xa5], [0xce, 0xe3, 0xe5], [0x7e, 0x2a, 0x20]]),
];
/// What a decoder's rounding and the way of colour conversion may change.
const COLOUR_TOLERANCE: u32 = 12;

fn live(options: TvOptions) -> Tv {
    let mut tv = Tv::start(options);
    tv.until_playing();
    tv.press_until("l", "full-screen live", |s| s["screen"] == "live");
    tv
}

/// Waits until the state names the channel and the screen shows it.
fn until_channel(tv: &mut Tv, number: u64) {
    let state = tv.until(&format!("channel {number}"), SOON, |s| {
        s["player"]["channel"]["number"] == number
            && s["player"]["has_frame"] == true
            && s["player"]["phase"] == "playing"
    });
    assert_eq!(state["screen"], "live");
    let own = COLOURS.iter().find(|(n, _)| *n == number).unwrap().1;
    tv.until_seen(&format!("the colours of channel {number}"), SOON, |picture| {
        let seen = screen::mean(picture, EDGE);
        own.iter().any(|c| c.iter().zip(seen).all(|(c, s)| u32::from(*c).abs_diff(s) <= COLOUR_TOLERANCE))
    });
}

#[test]
fn channel_keys_zap_and_wrap() {
    let mut tv = live(TvOptions::default());
    until_channel(&mut tv, 1);
    for number in [2, 3, 5] {
        let state = tv.press_until("Prior", "the next channel", |s| s["player"]["channel"]["number"] == number);
        assert!(overlay(&state, "banner"));
        until_channel(&mut tv, number);
        assert!(tv.region_changes(PICTURE, SOON), "channel {number} stands still");
    }
    for number in [3, 2, 1, 12] {
        tv.press("Next");
        until_channel(&mut tv, number);
    }
    tv.press("Up");
    until_channel(&mut tv, 1);
    tv.press("Down");
    until_channel(&mut tv, 12);
}

#[test]
fn fast_zapping_ends_at_the_last_channel() {
    let mut tv = live(TvOptions::default());
    tv.type_keys("Prior Prior Prior Prior Prior Prior Prior Prior");
    until_channel(&mut tv, 3);
    tv.stays("no earlier channel comes back", Duration::from_secs(2), |s| s["player"]["channel"]["number"] == 3);
    until_channel(&mut tv, 3);
}

#[test]
fn digits_choose_a_channel() {
    let mut tv = live(TvOptions::default());
    for digits in ["3", "0 3", "0 0 3"] {
        tv.press_to_channel_one();
        for digit in digits.split(' ') {
            tv.press(digit);
        }
        if digits.len() < 5 {
            tv.until("the box with the number", SOON, |s| overlay(s, "number"));
        }
        until_channel(&mut tv, 3);
        assert!(!overlay(&tv.state(), "number"));
    }
    // OK does not wait.
    tv.press("1");
    tv.press("2");
    tv.press("Return");
    until_channel(&mut tv, 12);
    // Back takes it back.
    tv.press_until("5", "the box", |s| overlay(s, "number"));
    tv.press_until("Escape", "no box", |s| !overlay(s, "number"));
    tv.stays("the channel", Duration::from_secs(3), |s| s["player"]["channel"]["number"] == 12);
}

#[test]
fn an_unknown_number_is_said_and_changes_nothing() {
    let mut tv = live(TvOptions::default());
    tv.press("3");
    until_channel(&mut tv, 3);
    let before = tv.state()["player"]["session"].clone();
    tv.press("3");
    tv.press("6");
    let state = tv.until("the words", SOON, |s| overlay(s, "no-number"));
    assert_eq!(state["player"]["channel"]["number"], 3);
    assert_eq!(state["player"]["session"], before, "the picture goes on undisturbed");
    assert_eq!(state["focus"]["label"], "12 智慧生活", "the nearest below is offered first");
    assert!(tv.region_changes([0, 0, 1920, 200], SOON), "the picture stands still");
    tv.press_until("Escape", "the words go", |s| !overlay(s, "no-number"));
    assert_eq!(tv.state()["player"]["session"], before);
    until_channel(&mut tv, 3);
    // From Home, too, and this time the offer is taken.
    tv.press_until("Home", "Home", |s| s["screen"] == "home");
    tv.press("9");
    tv.press("9");
    tv.until("the words", SOON, |s| overlay(s, "no-number"));
    // As long as it takes to read them.
    tv.advance_clock(1_500);
    tv.press("Return");
    until_channel(&mut tv, 12);
}

#[test]
fn the_channel_list_chooses_and_keeps_favourites() {
    let mut tv = live(TvOptions::default());
    until_channel(&mut tv, 1);
    let state = tv.press_until("Return", "the list", |s| overlay(s, "channels"));
    assert_eq!(state["focus"]["id"], "channels.jx1");
    tv.press_until("Left", "the groups", |s| s["focus"]["id"] == "channels.group.学习课堂");
    tv.press_to("Down", "channels.group.生活", 6);
    tv.press_until("Right", "the rows", |s| s["focus"]["id"] == "channels.jk2");
    tv.press_to("Down", "channels.zh12", 6);
    let state = tv.press_until("y", "the favourite is confirmed", |s| s["toast"].is_string());
    assert_eq!(state["focus"]["id"], "channels.zh12");
    tv.press_until("Left", "the groups", |s| s["focus"]["id"] == "channels.group.生活");
    tv.press_to("Up", "channels.group.我常看的", 6);
    tv.press_until("Right", "the only favourite", |s| s["focus"]["id"] == "channels.zh12");
    let state = tv.until("the picture of the row at rest", SOON, |s| s["player"]["channel"]["number"] == 12);
    assert!(overlay(&state, "channels"), "the list stays");
    tv.press_until("Return", "the list closes", |s| !overlay(s, "channels"));
    until_channel(&mut tv, 12);
    // Back closes it and leaves the channel, whatever was looked at.
    tv.press_until("Return", "the list", |s| overlay(s, "channels"));
    tv.press_to("Left", "channels.group.我常看的", 2);
    tv.press_to("Down", "channels.group.全部", 8);
    tv.press_until("Right", "the rows", |s| s["focus"]["id"] == "channels.zh12" || s["focus"]["id"] == "channels.jx1");
    tv.press("Down");
    tv.until("another picture behind the list", SOON, |s| {
        overlay(s, "channels") && s["player"]["channel"]["number"] != 12 && s["player"]["has_frame"] == true
    });
    tv.press_until("Escape", "the list closes", |s| !overlay(s, "channels"));
    until_channel(&mut tv, 12);
}

impl Tv {
    fn press_to_channel_one(&mut self) {
        self.press("1");
        self.press("Return");
        until_channel(self, 1);
    }
}

#[test]
fn live_can_be_paused_gone_back_in_and_returned_to() {
    let mut tv = live(TvOptions::default());
    until_channel(&mut tv, 1);
    // The demo offers minutes to go back into, and the place says so.
    tv.until("a window to go back into", SOON, |s| {
        s["player"]["behind_ms"].is_null() && s["player"]["position_ms"].as_u64().is_some_and(|at| at > 60_000)
    });
    for _ in 0..3 {
        tv.press("Left");
    }
    let state = tv.until("being behind", SOON, |s| s["player"]["behind_ms"].as_u64().is_some_and(|b| b > 20_000));
    assert!(state["words"].as_str().unwrap().contains("已落后"), "{state}");
    assert!(tv.region_changes(PICTURE, SOON), "what was on half a minute ago stands still");
    tv.press_until("space", "a pause", |s| s["player"]["phase"] == "paused" && s["player"]["intent"] == "pause");
    let stood = tv.state()["player"]["position_ms"].as_u64().unwrap();
    tv.stays("the paused place", Duration::from_secs(2), |s| {
        s["player"]["position_ms"].as_u64().unwrap().abs_diff(stood) < 500
    });
    tv.press_until("Return", "playing on", |s| s["player"]["phase"] == "playing");
    tv.until("the place moves on", SOON, |s| s["player"]["position_ms"].as_u64().unwrap() > stood + 500);
    tv.press_until("l", "the edge", |s| s["player"]["behind_ms"].is_null() && s["words"] == "");
    until_channel(&mut tv, 1);
}

#[test]
fn one_key_goes_to_the_channel_before_and_back() {
    let mut tv = live(TvOptions::default());
    until_channel(&mut tv, 1);
    let state = tv.press_until("o", "words", |s| s["toast"].is_string());
    assert_eq!(state["toast"], "还没有换过频道");
    tv.press("3");
    tv.press("Return");
    until_channel(&mut tv, 3);
    for number in [1, 3, 1] {
        let state = tv.press_until("o", "the channel before", |s| s["player"]["channel"]["number"] == number);
        assert!(overlay(&state, "banner"));
        until_channel(&mut tv, number);
    }
}
