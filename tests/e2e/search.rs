//! 找课程 with the digits of the remote: typing, choosing, what is kept for the next start.

use serde_json::Value;

use crate::support::{Tv, TvOptions, tv::SOON};

fn open(tv: &mut Tv) {
    tv.until("the courses", SOON, |s| s["courses"] == 17);
    tv.press_until("/", "找课程", |s| s["screen"] == "search" && s["focus"]["id"] == "search.key.5");
}

fn first(state: &Value) -> &str {
    state["search"]["rows"][0].as_str().unwrap_or_default()
}

#[test]
fn digits_find_courses_and_back_deletes_them() {
    let mut tv = Tv::start(TvOptions::default());
    tv.until_playing();
    open(&mut tv);
    for (digit, typed) in [("2", "2"), ("3", "23"), ("5", "235"), ("7", "2357"), ("6", "23576")] {
        tv.press_until(digit, "a digit", |s| {
            s["search"]["typed"] == typed && s["focus"]["id"] == format!("search.key.{digit}")
        });
    }
    tv.until("八段锦入门", SOON, |s| first(s) == "八段锦入门" && s["search"]["heading"] == "found");
    tv.press_until("Escape", "one less", |s| s["search"]["typed"] == "2357");
    tv.press_until("6", "again", |s| s["search"]["typed"] == "23576" && first(s) == "八段锦入门");
    tv.press_until("Right", "the results", |s| s["focus"]["id"] == "search.row.0");
    tv.press_until("Return", "its page", |s| s["screen"] == "course");
    tv.press_until("Escape", "back to what was found", |s| s["focus"]["id"] == "search.row.0");
    // Nothing has it, but one key less is near; and then nothing at all.
    for _ in 0..5 {
        tv.press("Escape");
    }
    tv.until("nothing typed, and what was found", SOON, |s| {
        s["search"]["typed"] == "" && first(s) == "八段锦入门" && s["search"]["heading"] == "start"
    });
    for digit in ["9"; 9] {
        tv.press(digit);
    }
    tv.until("nothing found, popular courses", SOON, |s| {
        s["search"]["heading"] == "nothing" && s["search"]["rows"].as_array().is_some_and(|r| r.len() == 3)
    });
}

#[test]
fn what_was_found_is_kept_and_can_be_forgotten() {
    let mut tv = Tv::start(TvOptions::default());
    tv.until_playing();
    open(&mut tv);
    // 学说上海话
    for digit in ["9", "7", "7", "4", "4"] {
        tv.press(digit);
    }
    tv.until("学说上海话", SOON, |s| first(s) == "学说上海话");
    tv.press_to("Right", "search.key.6", 2);
    tv.press_to("Right", "search.row.0", 1);
    tv.press_until("Return", "its page", |s| s["screen"] == "course");
    tv.press_until("Home", "Home", |s| s["screen"] == "home");
    tv.press_until("/", "找课程 again", |s| first(s) == "学说上海话" && s["search"]["heading"] == "start");
    tv.press_to("Right", "search.key.6", 1);
    tv.press_to("Right", "search.row.0", 1);
    tv.press_until("r", "the red key asks", |s| s["focus"]["id"] == "dialog.0");
    tv.press_to("Right", "dialog.1", 1);
    tv.press_until("Return", "forgotten", |s| s["screen"] == "search" && first(s) != "学说上海话");
}
