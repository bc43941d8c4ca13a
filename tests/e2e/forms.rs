//! Courses in all their forms, with real keys: a seat that is asked for while the operator is away, a live lesson from the
//! timetable to the picture, short videos one after another.

use std::time::Duration;

use image::RgbImage;
use serde_json::Value;

use crate::{
    overlay, position,
    support::{Operator, Rect, Tv, TvOptions, screen, tv::SOON},
};

/// Longer than the first wait before an operator is asked again.
const AFTER_A_WAIT: Duration = Duration::from_secs(30);

fn visit(state: &Value) -> &str {
    state["visit"].as_str().unwrap_or("")
}

fn ms(time: &Value) -> i64 {
    time.as_str().and_then(|t| t.parse::<jiff::Timestamp>().ok()).expect("a time").as_millisecond()
}

/// From Home to the door.
fn open_door(tv: &mut Tv, door: &str) {
    tv.press_to("Left", "home.window", 3);
    tv.press_to("Right", "home.card", 1);
    match door {
        "classes" => tv.press_to("Down", "home.classes", 1),
        "life" => tv.press_to("Down", "home.life", 2),
        _ => {
            tv.press_to("Down", "home.life", 2);
            tv.press_to("Right", "home.culture", 1)
        }
    };
    tv.press_until("Return", "the shelf", |s| s["screen"] == "category" && s["courses"] == 17);
}

#[test]
fn a_seat_asked_for_while_the_operator_is_away_is_taken_when_it_is_back() {
    let mut operator = Operator::start();
    let mut tv = Tv::start(TvOptions::operator(operator.url()));
    open_door(&mut tv, "culture");
    tv.press_to("Up", "category.tab.入门", 1);
    tv.press_to("Right", "category.tab.提高", 2);
    tv.press_to("Down", "category.bamboo", 1);
    tv.press_to("Right", "category.shikumen", 1);
    tv.press_until("Return", "the course", |s| s["screen"] == "course");
    tv.press_to("Down", "course.restart", 1);
    let state = tv.press_until("Return", "the page of the hall", |s| s["screen"] == "visit");
    assert_eq!(state["focus"]["id"], "visit.enrol");
    tv.until("the seats", SOON, |s| visit(s) == "还有2个位子");
    operator.stop();
    tv.press_until("Return", "the wish", |s| s["enrolments"][0]["wish"] == "enrol");
    operator.start_again();
    let state = tv.until("a seat", AFTER_A_WAIT, |s| visit(s) == "您报上名了");
    assert_eq!(state["enrolments"].as_array().map(Vec::len), Some(0));
    tv.press_to("Down", "visit.withdraw", 1);
    tv.press_until("Return", "the seat given back", |s| visit(s) == "还有2个位子");
}

/// Books the class in focus in the timetable and waits for it: at its time it is on the screen.
fn begins_by_itself(tv: &mut Tv) {
    let state = tv.press_until("Return", "a reminder", |s| s["reminders"].as_array().is_some_and(|r| r.len() == 1));
    let start = ms(&state["reminders"][0]["start"]);
    // Two presses within 300 ms are one.
    tv.until("the booked row", SOON, |s| s["focus"]["label"].as_str().is_some_and(|l| l.ends_with("已预约")));
    let state = tv.press_until("Return", "the wait", |s| s["screen"] == "waiting");
    assert!(state["waiting"].as_str().is_some_and(|w| w.starts_with("还有")), "{}", state["waiting"]);
    let ahead = start - ms(&tv.state()["clock"]);
    tv.advance_clock(u64::try_from(ahead - 2_500).expect("it is ahead"));
    let state = tv.until("the lesson to begin by itself", SOON, |s| s["screen"] == "player");
    assert!(ms(&state["clock"]) >= start, "{}", state["clock"]);
    tv.until_playing();
}

#[test]
fn a_live_lesson_is_booked_in_the_timetable_and_begins_by_itself() {
    let mut tv = Tv::start(TvOptions::default());
    open_door(&mut tv, "classes");
    tv.press_to("Up", "category.timetable", 2);
    tv.press_until("Return", "the timetable", |s| s["screen"] == "timetable");
    begins_by_itself(&mut tv);
}

/// 云视课堂: held in a room elsewhere, and seen from here as a viewer.
#[test]
fn a_class_held_elsewhere_is_joined_as_a_viewer() {
    let mut tv = Tv::start(TvOptions::default());
    open_door(&mut tv, "classes");
    tv.press_to("Up", "category.timetable", 2);
    let mut state = tv.press_until("Return", "the timetable", |s| s["screen"] == "timetable");
    while !state["focus"]["label"].as_str().is_some_and(|l| l.contains("写意画竹")) {
        let before = state["focus"]["id"].clone();
        state = tv.press_until("Down", "the next class", |s| s["focus"]["id"] != before);
    }
    begins_by_itself(&mut tv);
    tv.press_until("BackSpace", "away from it", |s| s["screen"] != "player");
}

#[test]
fn short_videos_follow_up_and_down() {
    let mut tv = Tv::start(TvOptions::default());
    open_door(&mut tv, "life");
    tv.press_to("Down", "category.phone-month", 2);
    tv.press_to("Right", "category.one-minute", 1);
    tv.press_until("Return", "straight into the picture", |s| s["screen"] == "player");
    let first = tv.until_playing()["player"]["url"].clone();
    tv.until("the count", SOON, |s| s["words"].as_str().is_some_and(|w| w.starts_with("1/5")));
    tv.press_until("Down", "the second", |s| s["words"].as_str().is_some_and(|w| w.starts_with("2/5")));
    assert_ne!(tv.until_playing()["player"]["url"], first);
    tv.press_until("Up", "the first again", |s| s["player"]["url"] == first);
    tv.until_playing();
    // It asks something at its end, and waits for the answer.
    tv.key_down("Right");
    let near = |s: &Value| position(s) + 3_000 > s["player"]["duration_ms"].as_u64().unwrap_or(u64::MAX / 2);
    tv.until("the end", SOON, |s| overlay(s, "end") || near(s));
    tv.key_up("Right");
    let state = tv.until("the card at the end", SOON, |s| overlay(s, "end"));
    assert_eq!(state["focus"]["label"], "答几道题");
    tv.advance_clock(60_000);
    assert!(overlay(&tv.state(), "end"), "nothing hurries on");
    tv.press_until("Down", "the second without an answer", |s| s["screen"] == "player" && s["player"]["url"] != first);
    tv.until_playing();
}

/// The middle of the thin bar's line, at its left end and at its right end.
const BAR_LEFT: Rect = [110, 1012, 20, 4];
const BAR_RIGHT: Rect = [1780, 1012, 20, 4];

#[test]
fn a_thin_bar_says_how_far_a_short_video_is() {
    let mut tv = Tv::start(TvOptions::default());
    open_door(&mut tv, "life");
    tv.press_to("Down", "category.phone-month", 2);
    tv.press_to("Right", "category.one-minute", 1);
    tv.press_until("Return", "straight into the picture", |s| s["screen"] == "player");
    tv.until_playing();
    let gold = |p: &RgbImage, at: Rect| {
        let [r, g, b] = screen::mean(p, at);
        r > 200 && g > 150 && b < 190
    };
    let state = tv.press_until("Right", "ten seconds on", |s| position(s) >= 10_000);
    assert_eq!(state["focus"]["id"], "player", "the bar is nothing to press");
    tv.until_seen("a line that has begun", SOON, |p| gold(p, BAR_LEFT) && !gold(p, BAR_RIGHT));
    // It gives way to the bar with the buttons.
    tv.press_until("Return", "the bar", |s| overlay(s, "player-bar"));
    tv.until_seen("no line", SOON, |p| !gold(p, BAR_LEFT));
}
