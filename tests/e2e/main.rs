//! The whole program as a viewer meets it: the real binary on a screen of its own, real key presses, pixels read back.
//! What the state says is checked against what the screen shows wherever a picture is concerned.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "../support/fault_proxy.rs"]
mod fault_proxy;
#[path = "../support/mod.rs"]
mod support;

mod ahead;
mod caption;
mod commands;
mod control;
mod credit;
mod feed;
mod forms;
mod groups;
mod guide;
mod history;
mod home;
mod hostile_input;
mod keys;
mod learner;
mod learners;
mod leaving;
mod lesson;
mod live;
mod lock;
mod many;
mod offline;
mod order;
mod past;
mod provider;
mod quiz;
mod records;
mod replay;
mod search;
mod secure;
mod settings;
mod shelves;
mod sound;
mod sources;
mod stream;

use std::{path::Path, time::Duration};

use jinse_xuetang::{
    catalogue::types::{CourseId, LessonId},
    learning::progress::WatchedSeconds,
    store::{
        Store,
        types::{HistoryEntry, HistoryKey, StoreCommand, UserData},
    },
    time::UtcMs,
};
use serde_json::Value;
use support::Tv;

fn now() -> UtcMs {
    UtcMs(jiff::Timestamp::now().as_millisecond())
}

/// What the viewer's data holds, and commands to it, while the program does not run.
fn keep(data: &Path, commands: impl FnOnce(&UserData) -> Vec<StoreCommand>) {
    std::fs::create_dir_all(data).unwrap();
    let (store, user, _) = Store::open(data, now(), Box::new(|_| {}));
    for command in commands(&user) {
        store.send(command);
    }
    assert!(store.flush(support::tv::SOON));
}

/// A lesson whose first `seconds` were watched an evening ago; nobody knows yet how long it is.
fn watched_lesson((course, lesson): (&str, &str), (title, detail): (&str, &str), seconds: u32) -> HistoryEntry {
    HistoryEntry {
        key: HistoryKey::Lesson { course: CourseId(course.into()), lesson: LessonId(lesson.into()) },
        title: title.into(),
        detail: detail.into(),
        poster: None,
        position_ms: u64::from(seconds) * 1000,
        duration_ms: 0,
        watched: WatchedSeconds::from_ranges([(0, seconds)]),
        at: UtcMs(1_795_515_120_000),
    }
}

/// The one lesson of 手机字大看得清, which lasts 40 s.
fn big_text(seconds: u32) -> HistoryEntry {
    let entry = watched_lesson(("big-text", "settings"), ("手机字大看得清", "第1课 三步把字调大"), seconds);
    HistoryEntry { duration_ms: 40_000, ..entry }
}

/// From anywhere to the first course behind 健康科普.
fn open_course(tv: &mut Tv) -> Value {
    tv.press_until("Home", "Home", |s| s["screen"] == "home");
    tv.press_to("Left", "home.window", 3);
    tv.press_to("Right", "home.card", 1);
    tv.press_to("Down", "home.classes", 1);
    tv.press_to("Right", "home.health", 1);
    tv.press_until("Return", "the shelf of health", |s| s["screen"] == "category" && s["courses"] == 17);
    tv.until("the first course", support::tv::SOON, |s| s["focus"]["id"] == "category.baduanjin");
    tv.press_until("Return", "the course", |s| s["screen"] == "course")
}

/// From anywhere into the first lesson of that course, playing. Answers a question with its first answer.
fn open_lesson(tv: &mut Tv) -> Value {
    open_course(tv);
    tv.press_until("Return", "the player", |s| s["screen"] == "player");
    tv.until_playing()
}

/// Down to the row that begins with `label`, and 确认.
fn choose(tv: &mut Tv, label: &str) {
    for _ in 0..9 {
        let state = tv.state();
        if state["focus"]["label"].as_str().is_some_and(|l| l.starts_with(label)) {
            tv.press("Return");
            return;
        }
        let before = state["focus"]["id"].clone();
        tv.press_until("Down", "the next row", |s| s["focus"]["id"] != before);
    }
    tv.fail(&format!("no row {label}"));
}

/// The menu, and in it the row that begins with `label`.
fn menu(tv: &mut Tv, label: &str) {
    tv.press_until("F1", "the menu", |s| overlay(s, "menu"));
    choose(tv, label);
}

/// From Home to the picture by this key. Home that is left alone goes there by itself after 20 s: what is there sooner the
/// key has brought about.
fn from_home_to_live(tv: &mut Tv, key: &str) -> Value {
    tv.press(key);
    tv.until("the picture by a key", Duration::from_secs(15), |s| s["screen"] == "live")
}

/// From anywhere to 我的学习.
fn open_learning(tv: &mut Tv) -> Value {
    tv.press_until("Home", "Home", |s| s["screen"] == "home");
    tv.press_to("Left", "home.window", 3);
    tv.press_to("Right", "home.card", 1);
    tv.press_to("Down", "home.learning", 4);
    tv.press_until("Return", "我的学习", |s| s["screen"] == "learning")
}

fn overlay(state: &Value, name: &str) -> bool {
    state["overlays"].as_array().is_some_and(|all| all.iter().any(|o| o == name))
}

fn position(state: &Value) -> u64 {
    state["player"]["position_ms"].as_u64().unwrap_or(0)
}
