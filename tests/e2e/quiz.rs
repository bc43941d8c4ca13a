//! Questions: a lesson that stops to ask, answers wrong and right, and that what was answered outlives the program.

use serde_json::Value;

use crate::{
    menu, overlay, position,
    support::{Rect, Tv, TvOptions, screen, tv::SOON},
};

/// The second at which the lesson of Shanghai words stops.
const STOPS_MS: u64 = 18_000;
/// The frame of the answers' second row and of the panel below.
const SECOND_ROW: Rect = [130, 396, 20, 100];
const PANEL_EDGE: Rect = [400, 660, 600, 3];

/// From Home to the page of 学说上海话.
fn open_talk(tv: &mut Tv) {
    tv.press_to("Left", "home.window", 3);
    tv.press_to("Right", "home.card", 1);
    tv.press_to("Down", "home.life", 2);
    tv.press_to("Right", "home.culture", 1);
    tv.press_until("Return", "the shelf of culture", |s| s["screen"] == "category" && s["courses"] == 17);
    tv.until("the course", SOON, |s| s["focus"]["id"] == "category.shanghai-talk");
    tv.press_until("Return", "the course", |s| s["screen"] == "course");
}

fn stage(state: &Value) -> &str {
    state["quiz"]["stage"].as_str().unwrap_or("")
}

#[test]
fn a_lesson_stops_to_ask_and_its_answers_outlive_the_program() {
    let mut tv = Tv::start(TvOptions::default());
    open_talk(&mut tv);
    tv.press_until("Return", "the player", |s| s["screen"] == "player");
    tv.until_playing();
    tv.until("some of the lesson", SOON, |s| position(s) > 800);
    // Not over the question: what is jumped over asks nothing.
    tv.press("Right");
    let state = tv.until("the question", SOON, |s| s["screen"] == "quiz");
    assert_eq!((state["quiz"]["question"].as_str(), stage(&state)), (Some("you"), "asking"));
    assert_eq!(state["focus"]["id"], "quiz.row.0");
    tv.until("the lesson stands", SOON, |s| s["player"]["phase"] == "paused");
    let at = position(&tv.state());
    assert!((STOPS_MS..STOPS_MS + 1_500).contains(&at), "stopped at {at}");

    // Wrong is met kindly and without the answer.
    let state = tv.press_until("2", "a hint", |s| stage(s) == "wrong");
    assert_eq!(state["focus"]["label"], "再选一次");
    let orange = |p: &image::RgbImage| {
        let [r, g, b] = screen::mean(p, PANEL_EDGE);
        r > 220 && (150..230).contains(&g) && b < 190
    };
    tv.until_seen("an orange frame", SOON, orange);
    let right_row = screen::mean(&tv.picture(), SECOND_ROW);
    assert!(right_row[1] < 150, "the answer is not given away");

    // The part once more, and back to the question.
    tv.press_until("Down", "the part's button", |s| s["focus"]["id"] == "quiz.part");
    tv.press_until("Return", "the part", |s| overlay(s, "part"));
    tv.until("the part plays", SOON, |s| s["player"]["phase"] == "playing" && position(s) < STOPS_MS - 2_000);
    let state = tv.until("the question again", SOON, |s| stage(s) == "asking");
    assert_eq!(state["focus"]["id"], "quiz.row.0");
    assert_eq!(state["player"]["intent"], "pause");

    // Right goes on where the lesson stopped.
    let state = tv.press_until("1", "the praise", |s| stage(s) == "right");
    assert_eq!(state["focus"]["label"], "接着看");
    let session = state["player"]["session"].clone();
    tv.press_until("Return", "the lesson", |s| s["screen"] == "player");
    let state = tv.until("it goes on", SOON, |s| s["player"]["phase"] == "playing" && position(s) > at + 500);
    assert_eq!(state["player"]["session"], session, "it was open all the while");

    // To the end, where the other questions wait without a countdown.
    tv.key_down("Right");
    tv.until("the end", SOON, |s| {
        overlay(s, "end") || position(s) + 3_000 > s["player"]["duration_ms"].as_u64().unwrap()
    });
    tv.key_up("Right");
    let state = tv.until("the card at the end", SOON, |s| overlay(s, "end"));
    assert_eq!(state["focus"]["label"], "答几道题");
    tv.advance_clock(60_000);
    assert!(overlay(&tv.state(), "end"), "nothing hurries on");
    let state = tv.press_until("Return", "the questions", |s| s["screen"] == "quiz");
    assert_eq!((state["quiz"]["of"].as_u64(), state["player"]["phase"].as_str()), (Some(2), Some("idle")));
    tv.press_to("Down", "quiz.row.1", 1);
    tv.press_until("Return", "right", |s| stage(s) == "right");
    tv.press_until("Return", "the last question", |s| s["quiz"]["number"] == 2);
    // 以后再答: nothing is lost, over a power cut too.
    tv.press_until("Escape", "the course", |s| s["screen"] == "course");
    tv.until("both answers", SOON, |s| s["answers"].as_array().is_some_and(|a| a.len() == 2));
    tv.close();
    tv.launch();
    let answers = tv.state()["answers"].clone();
    assert_eq!(
        answers[0],
        serde_json::json!({
            "course": "shanghai-talk", "lesson": "greet", "question": "you", "right": true, "tries": 2,
        })
    );
    assert_eq!(answers[1]["question"], "thanks");
    open_talk(&mut tv);
    menu(&mut tv, "答几道题");
    let state = tv.until("what is left", SOON, |s| s["screen"] == "quiz");
    assert_eq!((state["quiz"]["question"].as_str(), state["quiz"]["of"].as_u64()), (Some("bye"), Some(1)));
    tv.press_until("1", "right", |s| stage(s) == "right");
    tv.press_until("Return", "the end of the questions", |s| stage(s) == "done");
    tv.press_until("Return", "the course", |s| s["screen"] == "course");
}
