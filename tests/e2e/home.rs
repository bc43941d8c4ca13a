//! From the start to the living picture, and between Home and full-screen live.

use std::time::Duration;

use crate::{
    from_home_to_live, open_lesson, overlay,
    support::{Rect, Tv, TvOptions, screen, tv::SOON},
};

/// The live window of Home (LOOK §8, 01).
pub const WINDOW: Rect = [108, 150, 1216, 684];

#[test]
fn the_start_ends_in_a_living_picture() {
    let mut tv = Tv::start(TvOptions::default());
    let state = tv.until_playing();
    assert_eq!(state["focus"]["id"], "home.window");
    let left = state["focus"]["rect"][0].as_i64().unwrap();
    assert!((90..=108).contains(&left), "the ring lies around the window: {state}");
    tv.until_seen("a picture brighter than the empty window", SOON, |p| {
        screen::mean(p, WINDOW).iter().sum::<u32>() > 90
    });
    for _ in 0..3 {
        assert!(tv.region_changes(WINDOW, SOON), "the picture stands still");
    }
}

#[test]
fn after_20_s_without_a_key_live_fills_the_screen() {
    let mut tv = Tv::start(TvOptions::default());
    tv.until_playing();
    let session = tv.state()["player"]["session"].clone();
    tv.advance_clock(15_000);
    tv.press_until("Right", "the focus on the card", |s| s["focus"]["id"] == "home.card");
    tv.advance_clock(15_000);
    assert_eq!(tv.state()["screen"], "home", "a key begins the 20 s anew");
    tv.advance_clock(6_000);
    let state = tv.until("full-screen live", SOON, |s| s["screen"] == "live");
    assert!(overlay(&state, "banner"), "{state}");
    assert_eq!(state["player"]["session"], session, "the same picture goes on");
    // Home's ground is dark to the right of the window; now the picture is there.
    tv.until_seen("the picture in the corner", SOON, |p| screen::mean(p, [1880, 300, 30, 30]).iter().sum::<u32>() > 90);
    assert!(tv.region_changes([960, 0, 960, 640], SOON), "the picture stands still");
}

#[test]
fn back_and_the_live_key_go_between_home_and_live() {
    let mut tv = Tv::start(TvOptions::default());
    let start = tv.until_playing();
    let state = from_home_to_live(&mut tv, "Escape");
    assert!(overlay(&state, "banner"), "{state}");
    tv.press_until("Escape", "Back hides the banner", |s| s["screen"] == "live" && !overlay(s, "banner"));
    tv.press_until("Escape", "Back again goes home", |s| s["screen"] == "home");
    let state = from_home_to_live(&mut tv, "Return");
    assert_eq!(state["player"]["session"], start["player"]["session"], "one picture all along");
    open_lesson(&mut tv);
    let state = tv.press_until("l", "看电视 from a lesson", |s| s["screen"] == "live");
    assert_eq!(state["player"]["channel"]["id"], start["player"]["channel"]["id"]);
    tv.until_playing();
    tv.press_until("Home", "主页", |s| s["screen"] == "home");
}

#[test]
fn a_key_that_is_held_counts_once() {
    let mut tv = Tv::start(TvOptions::default());
    tv.until_playing();
    // Longer than the X server and the program wait before they repeat.
    tv.hold("Return", 2_000);
    let state = tv.until("full-screen live", SOON, |s| s["screen"] == "live");
    assert!(!overlay(&state, "channels"), "the second OK would have opened the list: {state}");
    tv.stays("no list opens", Duration::from_secs(1), |s| !overlay(s, "channels"));
    tv.hold("Escape", 2_000);
    tv.stays("only the banner goes", Duration::from_secs(1), |s| s["screen"] == "live" && !overlay(s, "banner"));
    // An arrow runs.
    tv.press_until("Home", "Home", |s| s["screen"] == "home");
    tv.press_to("Right", "home.card", 1);
    tv.key_down("Down");
    tv.until("the focus runs to the last row", SOON, |s| s["focus"]["id"] == "home.learning");
    tv.key_up("Down");
}

#[test]
fn posters_come_to_the_cards() {
    let mut tv = Tv::start(TvOptions::default());
    tv.until_playing();
    crate::open_course(&mut tv);
    // The placeholder is a dark ground with a line drawing; a poster has colour all over.
    tv.until_seen("the poster of the course", SOON, |p| {
        screen::mean(p, [120, 170, 480, 240]).iter().sum::<u32>() > 180
    });
}
