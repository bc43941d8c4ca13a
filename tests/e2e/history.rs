//! What was watched, and that it outlives the program.

use crate::{
    menu, open_course, open_learning, open_lesson, overlay, position,
    support::{Tv, TvOptions, tv::SOON},
};

const FIRST_LESSON: &str = "八段锦入门 第1课 预备式 站稳";

/// The line of the history that has the focus.
fn open_history(tv: &mut Tv) -> String {
    open_learning(tv);
    tv.press_to("Up", "learning.history", 2);
    let state = tv.press_until("Return", "the history", |s| s["screen"] == "history");
    state["focus"]["label"].as_str().unwrap().to_owned()
}

/// Two lessons and a channel, in this order.
fn watch(tv: &mut Tv) {
    open_lesson(tv);
    tv.press("Right");
    tv.until("some of the lesson", SOON, |s| s["player"]["phase"] == "playing" && position(s) > 12_000);
    open_course(tv);
    tv.press_until("Right", "the list", |s| s["focus"]["id"] == "course.lesson.0");
    tv.press_to("Down", "course.lesson.1", 1);
    tv.press_until("Return", "the second lesson", |s| s["screen"] == "player");
    tv.until("some of the second lesson", SOON, |s| s["player"]["phase"] == "playing" && position(s) > 2_500);
    tv.press_until("l", "live", |s| s["screen"] == "live");
    tv.press_until("Prior", "another channel", |s| s["player"]["channel"]["number"] == 2);
    tv.until_playing();
    tv.advance_clock(31_000);
    tv.until("three lines", SOON, |s| s["history"] == 3);
}

#[test]
fn everything_watched_is_there_newest_first() {
    let mut tv = Tv::start(TvOptions::default());
    watch(&mut tv);
    assert_eq!(open_history(&mut tv), "健康频道");
    let labels: Vec<String> = (1..3)
        .map(|i| {
            let state = tv.press_to("Down", &format!("history.{i}"), 1);
            state["focus"]["label"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(labels, ["八段锦入门 第2课 第一式 双手托天", FIRST_LESSON]);
    // The oldest goes on where it was left.
    tv.press_until("Return", "the lesson", |s| s["screen"] == "player");
    let state = tv.until_playing();
    assert!(position(&state) > 6_000, "resumed at {}", position(&state));
    tv.press_until("Escape", "the history", |s| s["screen"] == "history");
    // It is the newest now.
    tv.press_to("Up", "history.0", 3);
    assert_eq!(tv.state()["focus"]["label"], FIRST_LESSON);
    // The channel opens as live.
    tv.press_to("Down", "history.1", 1);
    let state = tv.press_until("Return", "the channel", |s| s["screen"] == "live");
    assert_eq!(state["player"]["channel"]["number"], 2);
}

#[test]
fn lines_go_only_when_the_viewer_says_so() {
    let mut tv = Tv::start(TvOptions::default());
    watch(&mut tv);
    open_history(&mut tv);
    // Red asks; the safe answer has the focus.
    let state = tv.press_until("r", "the question", |s| overlay(s, "dialog"));
    assert_eq!(state["focus"]["label"], "留着");
    let state = tv.press_until("Return", "no question", |s| !overlay(s, "dialog"));
    assert_eq!(state["history"], 3);
    tv.press_until("r", "the question", |s| overlay(s, "dialog"));
    tv.press_until("Escape", "no question", |s| !overlay(s, "dialog"));
    assert_eq!(tv.state()["history"], 3);
    tv.press_until("r", "the question", |s| overlay(s, "dialog"));
    tv.press_until("Right", "the other answer", |s| s["focus"]["label"] == "删掉");
    let state = tv.press_until("Return", "one line less", |s| s["history"] == 2);
    assert_eq!(state["focus"]["label"], "八段锦入门 第2课 第一式 双手托天", "the channel is gone");
    // All of them, by the menu.
    menu(&mut tv, "全部删掉");
    let state = tv.until("the question", SOON, |s| overlay(s, "dialog"));
    assert_eq!((&state["focus"]["label"], &state["history"]), (&"留着".into(), &2.into()));
    tv.press_until("Right", "the other answer", |s| s["focus"]["label"] == "全部删掉");
    let state = tv.press_until("Return", "nothing left", |s| s["history"] == 0);
    assert_eq!(state["focus"]["id"], "history.empty");
    tv.close();
    tv.launch();
    assert_eq!(tv.state()["history"], 0, "what was deleted does not come back");
}

#[test]
fn a_restart_finds_everything_again() {
    let mut tv = Tv::start(TvOptions::default());
    watch(&mut tv);
    // Closed the first time, cut off the second.
    for (cut, top) in [(false, "健康频道"), (true, FIRST_LESSON)] {
        if cut {
            tv.kill9();
        } else {
            assert!(tv.close().success());
        }
        tv.launch();
        let state = tv.until_playing();
        assert_eq!(state["player"]["channel"]["number"], 2, "the last channel");
        assert_eq!(state["history"], 3);
        assert_eq!(open_history(&mut tv), top);
        for _ in 0..2 {
            if tv.state()["focus"]["label"] != FIRST_LESSON {
                let before = tv.state()["focus"]["id"].clone();
                tv.press_until("Down", "the next line", |s| s["focus"]["id"] != before);
            }
        }
        assert_eq!(tv.state()["focus"]["label"], FIRST_LESSON);
        tv.press_until("Return", "the lesson", |s| s["screen"] == "player");
        let from = position(&tv.until_playing());
        assert!(from > 6_000, "resumed at {from}");
        // Long enough for the place to be written without leaving.
        tv.until("some more", SOON, |s| s["player"]["phase"] == "playing" && position(s) > from + 11_000);
    }
}
