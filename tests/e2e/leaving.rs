//! Standby and the ways out.

use std::time::Duration;

use crate::{
    menu, open_lesson, position,
    support::{Tv, TvOptions, screen, tv::SOON},
};

#[test]
fn power_darkens_the_screen_and_any_key_wakes_it() {
    let mut tv = Tv::start(TvOptions::default());
    open_lesson(&mut tv);
    tv.press_until("p", "standby", |s| s["screen"] == "standby" && s["player"]["phase"] == "idle");
    let whole = [0, 0, 1920, 1080];
    let picture = tv.until_seen("a dark screen", SOON, |p| screen::mean(p, whole).iter().sum::<u32>() < 40);
    assert!(picture.pixels().any(|p| p.0.iter().all(|v| *v > 60)), "the clock shows");
    assert!(!tv.region_changes([0, 0, 1920, 200], Duration::from_secs(2)), "nothing plays");
    tv.press_until("Left", "Home", |s| s["screen"] == "home");
    tv.until_playing();
    assert_eq!(tv.state()["focus"]["id"], "home.health", "the key that wakes does nothing else");
    assert_eq!(tv.state()["history"], 1, "the lesson was kept");
}

#[test]
fn a_box_goes_to_standby_from_its_menu() {
    let mut tv = Tv::start(TvOptions { args: vec!["--set-top-box".into()], ..TvOptions::default() });
    tv.until_playing();
    menu(&mut tv, "关机休息");
    tv.until("standby", SOON, |s| s["screen"] == "standby" && s["player"]["phase"] == "idle");
    tv.press_until("Return", "Home", |s| s["screen"] == "home");
}

#[test]
fn the_menu_ends_the_program() {
    let mut tv = Tv::start(TvOptions::default());
    tv.until_playing();
    menu(&mut tv, "退出");
    assert_eq!(tv.ended(SOON).code(), Some(0));
}

#[test]
fn the_close_button_ends_the_program() {
    let mut tv = Tv::start(TvOptions::default());
    open_lesson(&mut tv);
    assert_eq!(tv.close().code(), Some(0));
    tv.launch();
    assert_eq!(tv.state()["history"], 1, "the lesson was kept");
}

#[test]
fn a_shutdown_keeps_the_place() {
    let mut tv = Tv::start(TvOptions::default());
    open_lesson(&mut tv);
    tv.press("Right");
    let state = tv.until("the place", SOON, |s| s["player"]["phase"] == "playing" && position(s) > 11_000);
    let place = position(&state);
    let pid = tv.pid().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert_eq!(tv.ended(SOON).code(), Some(0));
    tv.launch();
    tv.press_to("Right", "home.card", 1);
    // The demo operator is another one now, at an address of its own: its courses have to come first.
    tv.until("the courses", SOON, |s| s["focus"]["label"] == "接着上次学");
    tv.press_until("Return", "the lesson", |s| s["screen"] == "player");
    let at = position(&tv.until_playing());
    assert!(at + 2_000 > place, "resumed at {at}, left at {place} or later");
}
