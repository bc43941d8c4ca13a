//! What a learner puts aside: 收藏 by one key and 稍后学 by the menu. Both are found again, also after a restart, and taken
//! off again where they were put.

use serde_json::Value;

use crate::{
    choose, menu, open_course, open_learning, overlay,
    support::{Tv, TvOptions, tv::SOON},
};

/// From anywhere to 我的收藏.
fn open_favourites(tv: &mut Tv) -> Value {
    open_learning(tv);
    // Of the buttons at the right, the last.
    for _ in 0..4 {
        let state = tv.state();
        let focus = state["focus"]["id"].as_str().unwrap_or("").to_owned();
        let key = match focus.as_str() {
            "learning.favourites" => break,
            "learning.certificates" | "learning.history" => "Down",
            _ => "Up",
        };
        tv.press_until(key, "the focus moves", |s| s["focus"]["id"] != focus.as_str());
    }
    tv.press_until("Return", "the shelf", |s| s["screen"] == "category")
}

/// From anywhere to the shelf 稍后学.
fn open_later(tv: &mut Tv) -> Value {
    open_learning(tv);
    menu(tv, "稍后学");
    tv.until("the shelf", SOON, |s| s["screen"] == "category" && !overlay(s, "menu"))
}

fn holds(tv: &mut Tv) -> bool {
    tv.state()["focus"]["id"] == "category.baduanjin"
}

#[test]
fn a_course_is_put_aside_in_two_ways_and_found_again() {
    let mut tv = Tv::start(TvOptions::default());
    open_favourites(&mut tv);
    assert!(!holds(&mut tv), "an empty shelf");
    open_course(&mut tv);
    tv.press_until("y", "a favourite", |s| s["toast"].as_str().is_some_and(|t| t.contains("收藏好了")));
    menu(&mut tv, "稍后再学");
    tv.until("put aside", SOON, |s| !overlay(s, "menu"));
    open_favourites(&mut tv);
    assert!(holds(&mut tv), "{}", tv.state());
    open_later(&mut tv);
    assert!(holds(&mut tv), "{}", tv.state());

    menu_exit(&mut tv);
    tv.launch();
    open_later(&mut tv);
    assert!(holds(&mut tv), "{}", tv.state());
    open_favourites(&mut tv);
    assert!(holds(&mut tv), "{}", tv.state());
    // Taken off where it stands, and on the course's own menu.
    tv.press_until("y", "no favourite", |s| s["toast"].as_str().is_some_and(|t| t.contains("不再收藏")));
    open_course(&mut tv);
    menu(&mut tv, "从稍后学里拿掉");
    tv.until("taken off", SOON, |s| !overlay(s, "menu"));
    open_later(&mut tv);
    assert!(!holds(&mut tv));
    open_favourites(&mut tv);
    assert!(!holds(&mut tv));
}

/// The program ends as a viewer of a desktop ends it.
fn menu_exit(tv: &mut Tv) {
    tv.press_until("Home", "Home", |s| s["screen"] == "home");
    tv.press_until("F1", "the menu", |s| overlay(s, "menu"));
    choose(tv, "退出");
    assert!(tv.ended(SOON).success());
}
