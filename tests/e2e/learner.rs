//! What the box believes of its learner and what the school asks: 不感兴趣 and that taken back, 我的兴趣 corrected and
//! forgotten, a survey answered, put off and refused for good. What was said outlives the program.

use std::{path::Path, time::Duration};

use jinse_xuetang::store::types::{HistoryEntry, Settings, StoreCommand};
use serde_json::{Value, json};

use crate::{
    big_text, choose, keep, menu, now, open_learning, overlay,
    support::{Tv, TvOptions, tv::SOON},
};

/// Long enough for what must not come up to have come up.
const A_WHILE: Duration = Duration::from_secs(3);
const DAY_MS: i64 = 86_400_000;
/// The tests run in Shanghai's zone.
const ZONE_MS: i64 = 8 * 3_600_000;

/// Somebody who came five days ago and has finished 手机字大看得清.
fn somebody(data: &Path) {
    let day = i32::try_from((now().0 + ZONE_MS).div_euclid(DAY_MS)).unwrap() - 5;
    let entry = HistoryEntry { at: now(), ..big_text(40) };
    keep(data, |_| vec![StoreCommand::SaveDay { day, seconds: 600 }, StoreCommand::SaveHistory(entry)]);
}

/// The same without surveys, which are another test's matter.
fn somebody_in_peace(data: &Path) {
    somebody(data);
    let settings = Settings { surveys_refused: true, ..Settings::default() };
    keep(data, |_| vec![StoreCommand::SaveSettings(settings)]);
}

fn at_home(data: &Path) -> Tv {
    let mut tv = Tv::start(TvOptions { data: Some(data.to_owned()), ..TvOptions::default() });
    tv.until("the catalogue", SOON, |s| s["courses"].as_u64() > Some(0));
    tv
}

/// A row of the menu of 我的学习.
fn from_learning(tv: &mut Tv, row: &str, screen: &str) -> Value {
    open_learning(tv);
    menu(tv, row);
    tv.until(row, SOON, |s| s["screen"] == screen && !overlay(s, "menu"))
}

/// From anywhere to 我的兴趣.
fn open_interests(tv: &mut Tv) -> Value {
    from_learning(tv, "设置", "settings");
    choose(tv, "我的兴趣");
    tv.until("我的兴趣", SOON, |s| s["screen"] == "interests")
}

fn label(state: &Value) -> &str {
    state["focus"]["label"].as_str().unwrap_or("")
}

fn offers(state: &Value, course: &str) -> bool {
    state["picks"].as_array().is_some_and(|picks| picks.iter().any(|p| p["course"] == course))
}

#[test]
fn a_course_that_is_not_wanted_goes_at_once_and_can_be_taken_back() {
    let place = tempfile::tempdir().unwrap();
    somebody_in_peace(place.path());
    let mut tv = at_home(place.path());
    let state = from_learning(&mut tv, "为您推荐", "category");
    let course = state["picks"][0]["course"].as_str().expect("a pick").to_owned();
    assert_eq!(state["focus"]["id"], format!("category.{course}"), "the best one first");
    let card = format!("category.{course}");
    let state = tv.press_until("r", "another pick", |s| s["focus"]["id"] != card.as_str());
    assert_eq!(state["toast"], "好，不再推荐这门课");
    assert_eq!(state["taste"]["declined"], json!([course]));
    assert!(!offers(&state, &course), "{}", state["picks"]);

    tv.close();
    tv.launch();
    let state = tv.until("picks", SOON, |s| s["picks"].as_array().is_some_and(|p| !p.is_empty()));
    assert_eq!(state["taste"]["declined"], json!([course]), "it outlives the program");
    assert!(!offers(&state, &course));

    let mut state = open_interests(&mut tv);
    while !label(&state).starts_with("不感兴趣的课") {
        let before = state["focus"]["id"].clone();
        state = tv.press_until("Down", "the next row", |s| s["focus"]["id"] != before);
    }
    assert_eq!(label(&state), "不感兴趣的课 1门");
    tv.press_until("Return", "what was not wanted", |s| s["focus"]["id"] == card.as_str());
    let state = tv.press_until("r", "an empty shelf", |s| s["focus"]["id"] == "category.empty");
    assert_eq!(state["toast"], "收回了，还会推荐它");
    assert_eq!(state["taste"]["declined"], json!([]));
    assert!(offers(&state, &course), "{}", state["picks"]);
}

#[test]
fn what_the_box_believes_is_corrected_and_forgotten() {
    let place = tempfile::tempdir().unwrap();
    somebody_in_peace(place.path());
    let mut tv = at_home(place.path());
    let state = open_interests(&mut tv);
    assert_eq!(label(&state), "健康 还不知道");
    tv.press_until("Down", "what was learnt about", |s| label(s) == "智能 很喜欢");
    tv.press_until("Left", "less", |s| label(s) == "智能 您说：少一点");
    tv.press_until("Right", "what was watched", |s| label(s) == "智能 很喜欢");
    tv.press_until("Right", "more", |s| label(s) == "智能 您说：多一点");
    let state = tv.press_until("r", "none of it", |s| label(s) == "智能 您说：不要");
    assert_eq!(state["taste"]["likings"], json!([[{"band": "智能"}, "never"]]));
    assert!(["metro-code", "guahao", "phone-month"].iter().all(|c| !offers(&state, c)), "{}", state["picks"]);

    tv.close();
    tv.launch();
    tv.until("the catalogue", SOON, |s| s["courses"].as_u64() > Some(0));
    let mut state = open_interests(&mut tv);
    while !label(&state).starts_with("忘掉这些") {
        let before = state["focus"]["id"].clone();
        state = tv.press_until("Down", "the next row", |s| s["focus"]["id"] != before);
    }
    let history = state["history"].clone();
    let state = tv.press_until("Return", "the question", |s| overlay(s, "dialog"));
    assert_eq!(label(&state), "留着", "the safe answer has the focus");
    tv.press_until("Right", "the other answer", |s| label(s) == "忘掉");
    let state = tv.press_until("Return", "all forgotten", |s| s["taste"]["likings"] == json!([]));
    assert_eq!(state["history"], history, "what was learnt stays");
    tv.press_to("Up", "interests.1", 20);
    assert_eq!(label(&tv.state()), "智能 还不知道");

    tv.close();
    tv.launch();
    tv.until("the catalogue", SOON, |s| s["courses"].as_u64() > Some(0));
    open_interests(&mut tv);
    assert_eq!(label(&tv.press_to("Down", "interests.1", 1)), "智能 还不知道", "forgotten for good");
}

#[test]
fn a_survey_is_offered_where_it_is_quiet_and_its_answers_are_kept() {
    let place = tempfile::tempdir().unwrap();
    somebody(place.path());
    let mut tv = at_home(place.path());
    tv.stays("nothing is asked at the start", A_WHILE, |s| !overlay(s, "dialog"));
    open_learning(&mut tv);
    let state = tv.until("the offer", SOON, |s| overlay(s, "dialog"));
    assert_eq!(label(&state), "下次再说", "the safe answer has the focus");
    tv.press_until("Right", "the other answer", |s| label(s) == "答几题");
    let state = tv.press_until("Return", "the survey", |s| s["screen"] == "survey");
    assert_eq!(state["focus"]["id"], "survey.0");
    // By its number, by arrows, and by the last number of a scale.
    tv.press_until("2", "the second question", |s| s["surveys"]["answers"] == 1);
    tv.press_to("Down", "survey.1", 1);
    tv.press_until("Return", "the third question", |s| s["surveys"]["answers"] == 2);
    let state = tv.press_until("7", "kind words", |s| s["toast"].is_string());
    assert_eq!(state["toast"], "请按1到5里的一个");
    let state = tv.press_until("5", "thanks", |s| s["focus"]["id"] == "survey.done");
    assert_eq!(state["surveys"]["answers"], 3);
    tv.press_until("Return", "我的学习", |s| s["screen"] == "learning");

    tv.close();
    let mut kept = Vec::new();
    keep(place.path(), |user| {
        kept = user.survey_answers.iter().map(|a| (a.question.clone(), a.answer)).collect();
        Vec::new()
    });
    assert_eq!(kept, [("band".into(), 2), ("length".into(), 2), ("pace".into(), 5)]);
    tv.launch();
    tv.until("the catalogue", SOON, |s| s["courses"].as_u64() > Some(0));
    // A week, which is the most at once, and some more.
    tv.advance_clock(u64::try_from(7 * DAY_MS).unwrap());
    tv.advance_clock(u64::try_from(DAY_MS).unwrap());
    open_learning(&mut tv);
    tv.stays("nothing is offered twice", A_WHILE, |s| !overlay(s, "dialog"));
}

#[test]
fn surveys_are_refused_for_good_with_one_answer() {
    let place = tempfile::tempdir().unwrap();
    somebody(place.path());
    let mut tv = at_home(place.path());
    open_learning(&mut tv);
    tv.until("the offer", SOON, |s| overlay(s, "dialog"));
    tv.press_until("Right", "one answer", |s| label(s) == "答几题");
    tv.press_until("Right", "the last answer", |s| label(s) == "以后都不问");
    let state = tv.press_until("Return", "the refusal", |s| s["surveys"]["refused"] == true);
    assert_eq!(state["toast"], "好，以后都不问了");
    tv.close();
    // As if it had never been offered: only the refusal stands against it.
    keep(place.path(), |user| {
        let mut settings = user.settings.clone();
        assert_eq!(settings.surveys_offered.len(), 1);
        settings.surveys_offered.clear();
        vec![StoreCommand::SaveSettings(settings)]
    });
    tv.launch();
    tv.until("the catalogue", SOON, |s| s["courses"].as_u64() > Some(0));
    open_learning(&mut tv);
    tv.stays("nothing is asked any more", A_WHILE, |s| !overlay(s, "dialog"));
}
