//! A lesson from the shelf to its end: pausing, seeking, speed, subtitles, leaving and coming back.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::{
    open_course, open_lesson, overlay, position,
    support::{Rect, Tv, TvOptions, screen, tv::SOON},
};

/// Above the bar and the subtitle.
const PICTURE: Rect = [0, 0, 1920, 560];
/// Inside the subtitle's box, at its lower edge, left of any text.
const SUBTITLE: Rect = [735, 1010, 8, 8];

fn lesson() -> Tv {
    let mut tv = Tv::start(TvOptions::default());
    open_lesson(&mut tv);
    tv
}

fn moving_from(tv: &mut Tv, from: u64) -> Value {
    tv.until("the place moves on", SOON, |s| s["player"]["phase"] == "playing" && position(s) > from)
}

/// Runs to the end of the lesson, as a viewer does who has seen enough.
fn run_to_the_end(tv: &mut Tv) -> Value {
    tv.key_down("Right");
    let state = tv.until("the end", SOON, |s| overlay(s, "end") || position(s) + 3_000 > duration(s));
    tv.key_up("Right");
    if overlay(&state, "end") { state } else { tv.until("the card at the end", SOON, |s| overlay(s, "end")) }
}

fn duration(state: &Value) -> u64 {
    state["player"]["duration_ms"].as_u64().unwrap_or(u64::MAX / 2)
}

#[test]
fn pause_stands_and_play_goes_on() {
    let mut tv = lesson();
    moving_from(&mut tv, 1_000);
    assert!(tv.region_changes(PICTURE, SOON), "the lesson stands still");
    tv.press_until("Return", "the pause", |s| s["player"]["phase"] == "paused" && overlay(s, "player-bar"));
    let place = position(&tv.state());
    let stands = tv.screen.part(PICTURE);
    assert!(!tv.region_changes(PICTURE, Duration::from_secs(3)), "the picture moves during the pause");
    assert_eq!(position(&tv.state()).abs_diff(place) / 500, 0, "the place moves during the pause");
    tv.advance_clock(20_000);
    assert!(overlay(&tv.state(), "player-bar"), "the bar says why the picture stands");
    // A seek during the pause shows the new place and stays paused.
    tv.press_until("Up", "the track", |s| s["focus"]["id"] == "player.track");
    tv.press_until("Right", "ten seconds on", |s| position(s).abs_diff(place + 10_000) < 1_500);
    tv.until_seen("the picture of the new place", SOON, |p| {
        let [x, y, w, h] = PICTURE;
        screen::difference_percent(&image::imageops::crop_imm(p, x, y, w, h).to_image(), &stands) > 0
    });
    tv.stays("paused", Duration::from_secs(2), |s| {
        s["player"]["intent"] == "pause" && position(s).abs_diff(place + 10_000) < 1_500
    });
    tv.press_until("Return", "playing again", |s| s["player"]["phase"] == "playing");
    moving_from(&mut tv, place + 11_000);
    assert!(tv.region_changes(PICTURE, SOON), "the lesson stands still after the pause");
    tv.advance_clock(16_000);
    tv.until("the bar goes", SOON, |s| !overlay(s, "player-bar"));
}

#[test]
fn arrows_seek_and_run() {
    let mut tv = lesson();
    let before = position(&moving_from(&mut tv, 1_000));
    let since = Instant::now();
    tv.press_until("Right", "ten seconds on", |s| position(s) >= before + 10_000);
    let state = moving_from(&mut tv, before + 13_000);
    let most = before + 10_000 + since.elapsed().as_millis() as u64 + 1_000;
    assert!(position(&state) <= most, "a step is ten seconds: {} of {most}", position(&state));
    let before = position(&state);
    tv.press_until("Left", "ten seconds back", |s| position(s) <= before - 8_000);
    let state = tv.until_playing();
    moving_from(&mut tv, position(&state) + 2_500);
    tv.type_keys("Right Right");
    tv.until("steps add up", SOON, |s| position(s) > before + 8_000);
    tv.until_playing();
    tv.key_down("Left");
    tv.until("a held arrow runs back", SOON, |s| position(s) < 4_000);
    tv.key_up("Left");
    let state = moving_from(&mut tv, 0);
    assert!(position(&state) < 15_000);
    assert!(tv.region_changes(PICTURE, SOON), "the lesson stands still after the run");
}

#[test]
fn the_speed_changes_and_is_kept() {
    let mut tv = lesson();
    let mut rates = Vec::new();
    for speed in [1.0, 1.25, 0.75] {
        tv.until("the speed", SOON, |s| s["player"]["speed"] == speed);
        let start = tv.until_playing();
        let from = position(&moving_from(&mut tv, position(&start) + 800));
        let since = Instant::now();
        let to = position(&moving_from(&mut tv, from + 4_000));
        rates.push((to - from) as f64 / since.elapsed().as_millis() as f64);
        tv.press_until("Up", "the bar", |s| overlay(s, "player-bar"));
        tv.press_to("Right", "player.speed", 4);
        tv.press_until("Return", "another speed", |s| s["player"]["speed"] != speed);
        tv.press_until("Escape", "no bar", |s| !overlay(s, "player-bar"));
    }
    let [normal, fast, slow] = rates[..] else { panic!("three speeds") };
    assert!(slow < normal * 0.9 && normal * 1.1 < fast, "slow {slow:.2}, normal {normal:.2}, fast {fast:.2}");
    // The speed is the viewer's: the next lesson has it, too.
    tv.press_until("Up", "the bar", |s| overlay(s, "player-bar"));
    tv.press_to("Right", "player.speed", 4);
    tv.press_until("Return", "1.25", |s| s["player"]["speed"] == 1.25);
    tv.close();
    tv.launch();
    assert_eq!(tv.state()["player"]["speed"], 1.25);
}

#[test]
fn subtitles_are_drawn_and_can_be_turned_off() {
    let mut tv = lesson();
    let dark = |p: &image::RgbImage| screen::mean(p, SUBTITLE).iter().sum::<u32>() < 100;
    tv.until("a subtitle", SOON, |s| s["subtitle"] != "");
    tv.until_seen("the subtitle's box", SOON, dark);
    tv.press_until("s", "no subtitle", |s| s["subtitle"] == "");
    tv.until_seen("the picture without a box", SOON, |p| !dark(p));
    let at = position(&tv.state());
    moving_from(&mut tv, at + 2_000);
    assert_eq!(tv.state()["subtitle"], "");
    tv.press("s");
    tv.until("a subtitle again", SOON, |s| s["subtitle"] != "");
    tv.until_seen("the subtitle's box", SOON, dark);
}

#[test]
fn leaving_keeps_the_place() {
    let mut tv = lesson();
    moving_from(&mut tv, 500);
    tv.press("Right");
    let state = moving_from(&mut tv, 12_500);
    let place = position(&state);
    let near = move |s: &Value| position(s) + 10_000 > place && position(s) < place + 10_000;
    let state = tv.press_until("Escape", "the course", |s| s["screen"] == "course");
    let label = state["focus"]["label"].as_str().unwrap().to_owned();
    assert!(label.starts_with("继续学第1课"), "{label}");
    assert_eq!(state["player"]["phase"], "idle", "nothing plays under the course");
    // The main button goes on without a question.
    tv.press_until("Return", "the lesson", |s| s["screen"] == "player");
    let state = tv.until_playing();
    assert!(near(&state), "{} is not near {place}", position(&state));
    tv.press_until("Escape", "the course", |s| s["screen"] == "course");
    // A row of the list asks.
    tv.press_until("Right", "the list", |s| s["focus"]["id"] == "course.lesson.0");
    let state = tv.press_until("Return", "the question", |s| overlay(s, "dialog"));
    assert_eq!(state["focus"]["label"], "接着看");
    tv.press_until("Return", "the lesson", |s| s["screen"] == "player");
    let state = tv.until_playing();
    assert!(near(&state), "{} is not near {place}", position(&state));
    // Home offers it first.
    tv.press_until("Home", "Home", |s| s["screen"] == "home");
    tv.press_to("Left", "home.window", 3);
    let state = tv.press_to("Right", "home.card", 1);
    assert_eq!(state["focus"]["label"], "接着上次学");
    tv.press_until("Return", "the lesson", |s| s["screen"] == "player");
    let state = tv.until_playing();
    assert!(near(&state), "{} is not near {place}", position(&state));
    // From the beginning, when asked for.
    tv.press_until("Escape", "one step back", |s| s["screen"] != "player");
    open_course(&mut tv);
    tv.press_until("Right", "the list", |s| s["focus"]["id"] == "course.lesson.0");
    tv.press_until("Return", "the question", |s| overlay(s, "dialog"));
    tv.press_until("Right", "the other answer", |s| s["focus"]["label"] == "从头看");
    tv.press_until("Return", "the lesson", |s| s["screen"] == "player");
    let state = tv.until_playing();
    assert!(position(&state) < 6_000, "{} is not the beginning", position(&state));
}

/// Answers the questions of 预备式 站稳, which stand in the way of what follows.
fn answer_all(tv: &mut Tv) {
    for (question, keys) in [("feet", "2"), ("knees", "2")] {
        tv.until(question, SOON, |s| s["quiz"]["question"] == question);
        tv.press_until(keys, "right", |s| s["quiz"]["stage"] == "right");
        tv.press("Return");
    }
    // Three steps, in one of six orders.
    for order in ["1 2 3", "1 3 2", "2 1 3", "2 3 1", "3 1 2", "3 2 1"] {
        tv.until("the steps", SOON, |s| s["quiz"]["question"] == "steps");
        for (n, key) in order.split(' ').enumerate() {
            tv.press_until(key, "one more", |s| s["quiz"]["picked"].as_array().is_some_and(|p| p.len() == n + 1));
        }
        let state = tv.press_until("Return", "the answer", |s| s["quiz"]["stage"] != "asking");
        if state["quiz"]["stage"] == "right" {
            tv.press_until("Return", "all answered", |s| s["quiz"]["stage"] == "done");
            return;
        }
    }
    tv.fail("no order is right");
}

#[test]
fn the_next_lesson_follows() {
    let mut tv = lesson();
    let first = tv.state()["player"]["url"].clone();
    moving_from(&mut tv, 500);
    // Where questions wait, nothing hurries on.
    let state = run_to_the_end(&mut tv);
    assert_eq!(state["focus"]["label"], "答几道题");
    tv.advance_clock(15_000);
    tv.stays("the card", Duration::from_secs(1), |s| overlay(s, "end") && s["player"]["url"] == first);
    tv.press_until("Return", "the questions", |s| s["screen"] == "quiz");
    answer_all(&mut tv);
    // From there to the next lesson, and by the bar back to the first.
    assert_eq!(tv.state()["focus"]["label"], "学下一课");
    tv.press_until("Return", "the next lesson", |s| s["screen"] == "player");
    let state = tv.until_playing();
    assert_ne!(state["player"]["url"], first);
    tv.press_until("Up", "the bar", |s| overlay(s, "player-bar"));
    tv.press_to("Left", "player.previous", 3);
    tv.press_until("Return", "the first lesson", |s| s["player"]["url"] == first);
    let state = tv.until_playing();
    assert!(position(&state) < 10_000, "a lesson that was watched to the end begins anew");
    // Back only stops the countdown.
    let state = run_to_the_end(&mut tv);
    assert_eq!(state["focus"]["label"], "下一课");
    tv.press("Escape");
    tv.advance_clock(15_000);
    tv.stays("the card", Duration::from_secs(1), |s| overlay(s, "end") && s["player"]["url"] == first);
    tv.press_until("Right", "another choice", |s| s["focus"]["label"] == "再看一遍");
    tv.press_until("Return", "the lesson once more", |s| !overlay(s, "end"));
    let state = tv.until_playing();
    assert!(position(&state) < 10_000);
    // Left alone, the next one begins by itself.
    run_to_the_end(&mut tv);
    tv.advance_clock(5_000);
    assert!(overlay(&tv.state(), "end"), "ten seconds are ten seconds");
    tv.advance_clock(5_500);
    tv.until("the next lesson by itself", SOON, |s| s["player"]["url"] != first && !overlay(s, "end"));
    tv.until_playing();
    // The last one ends without a next.
    run_to_the_end(&mut tv);
    let labels: Vec<String> = (0..3)
        .map(|i| tv.press_to("Right", &format!("end.{i}"), 2)["focus"]["label"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(labels, ["答几道题", "再看一遍", "回课程"]);
    tv.press_until("Return", "the course", |s| s["screen"] == "course");
}

#[test]
fn the_next_key_changes_the_lesson_with_the_bar_and_without() {
    let mut tv = lesson();
    let first = tv.state()["player"]["url"].clone();
    tv.press_until("Up", "the bar", |s| overlay(s, "player-bar"));
    tv.press_until("n", "the next lesson", |s| s["player"]["url"] != first);
    tv.until_playing();
    let second = tv.state()["player"]["url"].clone();
    let state = tv.press_until("n", "words", |s| s["toast"].is_string());
    assert_eq!(state["toast"], "后面没有课了");
    assert_eq!(state["player"]["url"], second);
}
