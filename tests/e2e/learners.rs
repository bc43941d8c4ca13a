//! Two who learn at one television: each finds what they themselves watched, over switches, restarts and a power cut.

use jinse_xuetang::{
    store::{Store, types::HistoryKey},
    time::UtcMs,
};
use serde_json::Value;

use crate::{
    choose, menu, open_course, open_learning, open_lesson, overlay, position,
    support::{Tv, TvOptions, tv::SOON},
};

/// From anywhere to 换人学.
fn open_learners(tv: &mut Tv) -> Value {
    open_learning(tv);
    menu(tv, "设置");
    tv.until("设置", SOON, |s| s["screen"] == "settings");
    choose(tv, "换人学");
    tv.until("换人学", SOON, |s| s["screen"] == "learners")
}

fn switch(tv: &mut Tv, id: u32, key: &str) -> Value {
    open_learners(tv);
    tv.press_to(key, &format!("learners.{id}"), 1);
    tv.press_until("Return", "the other learner", |s| s["learner"]["id"] == id && s["screen"] == "home")
}

/// The newest line of 看过的.
fn newest(tv: &mut Tv) -> String {
    open_learning(tv);
    tv.press_to("Up", "learning.favourites", 1);
    tv.press_to("Up", "learning.history", 1);
    let state = tv.press_until("Return", "the history", |s| s["screen"] == "history");
    state["focus"]["label"].as_str().unwrap().to_owned()
}

fn some_of_it(tv: &mut Tv) {
    tv.until("some of the lesson", SOON, |s| s["player"]["phase"] == "playing" && position(s) > 3_000);
}

fn lessons(place: &std::path::Path) -> Vec<String> {
    let (_store, user, notices) = Store::open(place, UtcMs(1_795_515_120_000), Box::new(|_| {}));
    assert!(notices.is_empty(), "{notices:?}");
    let lesson = |key: &HistoryKey| match key {
        HistoryKey::Lesson { course, lesson } => Some(format!("{}/{}", course.0, lesson.0)),
        HistoryKey::Channel(_) => None,
    };
    user.history.iter().filter_map(|e| lesson(&e.key)).collect()
}

#[test]
fn two_learners_find_each_their_own_after_switches_and_restarts() {
    let mut tv = Tv::start(TvOptions::default());
    open_lesson(&mut tv);
    some_of_it(&mut tv);
    let first = newest(&mut tv);

    // 奶奶 comes, with an empty book of her own.
    open_learners(&mut tv);
    tv.press_to("Down", "learners.add", 1);
    tv.press_until("Return", "the names", |s| s["screen"] == "names");
    let state = tv.press_to("Right", "names.1", 1);
    assert_eq!(state["focus"]["label"], "奶奶");
    let state = tv.press_until("Return", "奶奶", |s| s["learner"]["name"] == "奶奶" && s["screen"] == "home");
    assert_eq!((&state["toast"], &state["history"]), (&"现在是奶奶在学".into(), &0.into()));
    assert_eq!(open_learning(&mut tv)["focus"]["id"], "learning.history", "nothing learnt yet");

    // She watches another course, and keeps the first one for herself.
    open_course(&mut tv);
    tv.press("y");
    tv.until("kept", SOON, |s| s["toast"].is_string());
    tv.press_until("Home", "Home", |s| s["screen"] == "home");
    tv.press_to("Left", "home.window", 3);
    tv.press_to("Right", "home.card", 1);
    tv.press_to("Down", "home.life", 2);
    tv.press_until("Return", "the shelf of daily life", |s| s["screen"] == "category");
    let state = tv.press_until("Return", "a course", |s| s["screen"] == "course" || s["screen"] == "player");
    if state["screen"] == "course" {
        tv.press_until("Return", "its first lesson", |s| s["screen"] == "player");
    }
    tv.until_playing();
    some_of_it(&mut tv);
    let second = newest(&mut tv);
    assert_ne!(first, second);
    let hers = open_learning(&mut tv)["focus"]["label"].clone();

    // To and fro.
    let state = switch(&mut tv, 1, "Up");
    assert_eq!(state["history"], 1);
    assert_eq!(newest(&mut tv), first);
    assert_ne!(open_learning(&mut tv)["focus"]["label"], hers);
    let state = switch(&mut tv, 2, "Down");
    assert_eq!((state["history"].as_u64(), newest(&mut tv)), (Some(1), second.clone()));

    // A start goes on with her, and asks nothing.
    assert!(tv.close().success());
    tv.launch();
    let state = tv.until("the start", SOON, |s| s["courses"].as_u64() > Some(0));
    assert_eq!((&state["learner"]["name"], &state["history"]), (&"奶奶".into(), &1.into()));
    assert_eq!(newest(&mut tv), second);
    assert_eq!(open_learning(&mut tv)["focus"]["label"], hers);

    // The power goes while the first learns something new.
    switch(&mut tv, 1, "Up");
    open_course(&mut tv);
    tv.press_until("Right", "the list", |s| s["focus"]["id"] == "course.lesson.0");
    tv.press_to("Down", "course.lesson.1", 1);
    tv.press_until("Return", "the second lesson", |s| s["screen"] == "player");
    tv.until("a place that is written", SOON, |s| s["player"]["phase"] == "playing" && position(s) > 12_000);
    tv.kill9();
    tv.launch();
    let state = tv.until("the start", SOON, |s| s["courses"].as_u64() > Some(0));
    assert_eq!((&state["learner"]["id"], &state["history"]), (&1.into(), &2.into()));
    let state = switch(&mut tv, 2, "Down");
    assert_eq!((state["history"].as_u64(), newest(&mut tv)), (Some(1), second));
    tv.close();

    let data = tv.data_dir();
    let (ours, hers) = (lessons(&data), lessons(&data.join("learners/2")));
    assert_eq!((ours.len(), hers.len()), (2, 1));
    assert!(ours.iter().all(|lesson| lesson.starts_with("baduanjin/")) && !hers[0].starts_with("baduanjin/"));
}

#[test]
fn a_learner_is_deleted_with_all_files_after_two_questions() {
    let mut tv = Tv::start(TvOptions::default());
    open_learners(&mut tv);
    tv.press_to("Down", "learners.add", 1);
    tv.press_until("Return", "the names", |s| s["screen"] == "names");
    tv.press_until("Return", "爷爷", |s| s["learner"]["name"] == "爷爷" && s["screen"] == "home");
    let folder = tv.data_dir().join("learners/2");
    assert!(folder.join("user.db").exists());
    switch(&mut tv, 1, "Up");
    open_learners(&mut tv);
    tv.press_to("Down", "learners.2", 1);
    let state = tv.press_until("r", "the question", |s| overlay(s, "dialog"));
    assert_eq!(state["focus"]["label"], "留着");
    tv.press_until("Right", "the other answer", |s| s["focus"]["label"] == "删掉");
    let state = tv.press_until("Return", "asked once more", |s| s["focus"]["label"] == "留着");
    assert!(overlay(&state, "dialog") && folder.exists());
    tv.press_until("Right", "the other answer", |s| s["focus"]["label"] == "真的删掉");
    let state = tv.press_until("Return", "one learner", |s| s["learners"].as_array().is_some_and(|l| l.len() == 1));
    assert_eq!(state["toast"], "删好了");
    assert!(!folder.exists());
    assert!(tv.close().success());
    tv.launch();
    assert_eq!(tv.state()["learners"].as_array().map(Vec::len), Some(1));
}
