//! 节目单 and 预约: programmes of any day, what each row does, and the call a minute ahead, also after a restart.

use serde_json::Value;

use crate::{
    overlay,
    support::{Operator, Tv, TvOptions, tv::SOON},
};

const MINUTE_MS: u64 = 60_000;

fn on_guide(tv: &mut Tv) -> Value {
    tv.press_until("l", "full-screen live", |s| s["screen"] == "live");
    tv.press_until("F2", "the guide", |s| s["screen"] == "guide");
    tv.until("its rows", SOON, |s| s["guide"]["programme"]["title"].is_string())
}

fn ms(time: &Value) -> u64 {
    let time: jiff::Timestamp = time.as_str().unwrap().parse().unwrap();
    u64::try_from(time.as_millisecond()).unwrap()
}

/// How long until the focused programme begins.
fn wait_ms(state: &Value) -> u64 {
    ms(&state["guide"]["programme"]["start"]) - ms(&state["clock"])
}

/// Goes down until a programme begins at least `minutes` from now, and books it.
fn book_ahead(tv: &mut Tv, minutes: u64) -> Value {
    for _ in 0..20 {
        let state = tv.state();
        let ahead = ms(&state["guide"]["programme"]["start"]) > ms(&state["clock"]) + minutes * MINUTE_MS;
        if ahead {
            assert_eq!(state["guide"]["programme"]["tag"], "可预约");
            return tv
                .press_until("Return", "it is booked", |s| s["reminders"].as_array().is_some_and(|r| !r.is_empty()));
        }
        let focus = state["focus"]["id"].clone();
        let day = state["guide"]["day"].clone();
        tv.press("Down");
        let moved = tv.until("an answer", SOON, |s| s["focus"]["id"] != focus || s["guide"]["day"] == day);
        if moved["focus"]["id"] == focus {
            // The last one of today.
            tv.press_until("Right", "tomorrow", |s| {
                s["guide"]["programme"]["title"].is_string() && s["guide"]["day"] != day
            });
        }
    }
    tv.fail("no programme ahead")
}

#[test]
fn the_guide_opens_on_what_is_on_and_goes_through_days_and_channels() {
    let mut tv = Tv::start(TvOptions::default());
    tv.until_playing();
    let state = on_guide(&mut tv);
    assert_eq!(state["guide"]["programme"]["tag"], "直播中");
    assert_eq!((&state["guide"]["day"], &state["guide"]["channel"]["number"]), (&0.into(), &1.into()));
    assert_eq!(state["player"]["phase"], "playing", "what runs goes on to be heard");
    let now = state["focus"]["id"].clone();
    let state =
        tv.press_until("Next", "tomorrow", |s| s["guide"]["day"] == 1 && s["guide"]["programme"]["title"].is_string());
    assert_eq!(state["guide"]["programme"]["tag"], "可预约");
    tv.press_until("g", "back to now", |s| s["focus"]["id"] == now);
    let state = tv
        .press_until("Prior", "yesterday", |s| s["guide"]["day"] == -1 && s["guide"]["programme"]["title"].is_string());
    assert_ne!(state["guide"]["programme"]["tag"], "直播中");
    tv.press_until("g", "back to now", |s| s["focus"]["id"] == now);
    for _ in 0..5 {
        let day = tv.state()["guide"]["day"].as_i64().unwrap();
        tv.press_until("Right", "the next day", |s| s["guide"]["day"] == day + 1);
    }
    let state = tv.until("the words", SOON, |s| s["focus"]["id"] == "guide.day");
    assert_eq!(state["guide"]["words"], "这一天的节目单还没有来");
    tv.press_until("g", "back to now", |s| s["focus"]["id"] == now);
    // Another channel, in the grid, and there it is watched.
    tv.press_until("]", "the next channel", |s| s["guide"]["channel"]["number"] == 2);
    tv.press_until("F2", "the grid", |s| s["guide"]["form"] == "grid");
    tv.press_until("Down", "the channel below", |s| s["guide"]["channel"]["number"] == 3);
    let state = tv.until("its programme", SOON, |s| s["guide"]["programme"]["tag"] == "直播中");
    assert_eq!(state["player"]["channel"]["number"], 1, "looking changes nothing");
    tv.press_until("Return", "live", |s| s["screen"] == "live" && s["player"]["channel"]["number"] == 3);
    tv.until_playing();
}

#[test]
fn a_programme_has_a_page_of_its_own() {
    let mut tv = Tv::start(TvOptions::default());
    let title = on_guide(&mut tv)["guide"]["programme"]["title"].clone();
    let state = tv.press_until("i", "the page", |s| s["screen"] == "programme");
    assert_eq!(state["focus"]["id"], "programme.watch");
    assert!(state["spoken"].as_str().unwrap().contains(title.as_str().unwrap()), "{state}");
    tv.press_to("Down", "programme.back", 2);
    tv.press_until("Return", "the guide", |s| s["screen"] == "guide");
    tv.press_until("i", "the page", |s| s["screen"] == "programme");
    tv.press_until("Return", "live", |s| s["screen"] == "live");
}

#[test]
fn what_is_booked_is_called_for_a_minute_ahead_and_ok_goes_there() {
    let mut tv = Tv::start(TvOptions::default());
    tv.until_playing();
    on_guide(&mut tv);
    tv.press_until("]", "the next channel", |s| {
        s["guide"]["channel"]["number"] == 2 && s["guide"]["programme"]["title"].is_string()
    });
    let booked = book_ahead(&mut tv, 3);
    assert_eq!(booked["guide"]["programme"]["tag"], "已预约");
    assert_eq!(booked["toast"], "约好了，到时候叫您");
    // It asks before it takes that back, and the safe answer has the focus.
    let state = tv.press_until("Return", "the question", |s| overlay(s, "dialog"));
    assert_eq!(state["focus"]["label"], "留着");
    tv.press_until("Escape", "no question", |s| !overlay(s, "dialog"));
    tv.press_until("l", "live", |s| s["screen"] == "live");
    let left = wait_ms(&booked) - MINUTE_MS;
    tv.advance_clock(left - 30_000);
    tv.stays("nobody calls yet", std::time::Duration::from_millis(500), |s| !overlay(s, "reminder"));
    tv.advance_clock(31_000);
    let state = tv.until("the call", SOON, |s| overlay(s, "reminder"));
    assert!(state["toast"].as_str().unwrap().ends_with("快开始了，按【确认】去看"), "{state}");
    assert_eq!(state["reminders"].as_array().unwrap().len(), 1, "kept until somebody answers");
    // Other keys do what they always do.
    tv.press_until("Prior", "another channel", |s| s["player"]["channel"]["number"] == 2);
    tv.press_until("Prior", "another channel", |s| s["player"]["channel"]["number"] == 3);
    std::thread::sleep(std::time::Duration::from_millis(700));
    assert!(overlay(&tv.state(), "reminder"));
    let state = tv.press_until("Return", "there", |s| s["player"]["channel"]["number"] == 2);
    assert!(!overlay(&state, "reminder") && state["screen"] == "live");
    tv.until_playing();
}

#[test]
fn a_reminder_outlives_the_program_and_a_missed_one_is_said() {
    let mut tv = Tv::start(TvOptions::default());
    on_guide(&mut tv);
    let state = book_ahead(&mut tv, 3);
    let booked = state["reminders"].clone();
    tv.kill9();
    tv.launch();
    assert_eq!(tv.state()["reminders"], booked, "not even a power cut loses it");
    tv.press_until("l", "live", |s| s["screen"] == "live");
    let left = ms(&booked[0]["start"]) - ms(&tv.state()["clock"]) - MINUTE_MS;
    tv.advance_clock(left + 1_000);
    tv.until("the call", SOON, |s| overlay(s, "reminder"));

    // The power goes in the middle of the call: it comes again, and goes by itself after half a minute.
    let start: jiff::Timestamp = booked[0]["start"].as_str().unwrap().parse().unwrap();
    tv.set_clock(&(start - jiff::SignedDuration::from_secs(59)).to_string());
    tv.kill9();
    tv.launch();
    tv.until("the call again", SOON, |s| overlay(s, "reminder"));
    // Up since the start already: five seconds are for a machine that is slow with it.
    tv.advance_clock(25_000);
    tv.stays("the call", std::time::Duration::from_millis(300), |s| overlay(s, "reminder"));
    tv.advance_clock(5_500);
    let state = tv.until("the call goes", SOON, |s| !overlay(s, "reminder"));
    assert_eq!(state["reminders"], booked, "nobody has answered");
    tv.kill9();
    tv.launch();
    tv.press_until("l", "live", |s| s["screen"] == "live" && overlay(s, "reminder"));
    // A press this soon after the call came up belongs to what lay there before.
    tv.stays("the call", std::time::Duration::from_millis(700), |s| overlay(s, "reminder"));
    let state = tv.press_until("Escape", "the call goes", |s| !overlay(s, "reminder"));
    assert_eq!(state["reminders"], Value::Array(vec![]));
    assert_eq!(state["screen"], "live", "Back dismissed it and did nothing else");

    // The next one passes while the box is off.
    on_guide(&mut tv);
    let state = book_ahead(&mut tv, 3);
    let end: jiff::Timestamp = state["reminders"][0]["end"].as_str().unwrap().parse().unwrap();
    assert!(tv.close().success());
    tv.set_clock(&(end + jiff::SignedDuration::from_mins(5)).to_string());
    tv.launch();
    let state = tv.until("what was missed", SOON, |s| overlay(s, "dialog"));
    assert_eq!((&state["focus"]["label"], &state["reminders"]), (&"知道了".into(), &Value::Array(vec![])));
    tv.press_until("Return", "Home", |s| !overlay(s, "dialog"));
    assert!(tv.close().success());
    tv.launch();
    tv.until_playing();
    assert!(!overlay(&tv.state(), "dialog"), "it is said once");
}

#[test]
fn a_clash_is_said_when_it_is_booked() {
    let mut tv = Tv::start(TvOptions::default());
    on_guide(&mut tv);
    // So far ahead that what runs then on the other channel has not begun yet, whatever the hour.
    book_ahead(&mut tv, 120);
    tv.press_until("]", "the next channel", |s| {
        s["guide"]["channel"]["number"] == 2 && s["guide"]["programme"]["tag"] == "可预约"
    });
    let state = tv.press_until("Return", "the clash", |s| overlay(s, "dialog"));
    assert_eq!((&state["focus"]["label"], state["reminders"].as_array().unwrap().len()), (&"两个都留着".into(), 2));
    tv.press_until("Right", "the other answer", |s| s["focus"]["label"] == "不约这个了");
    tv.press_until("Return", "one is left", |s| s["reminders"].as_array().is_some_and(|r| r.len() == 1));

    // Everything booked stands on a page of its own, and can be taken back there.
    crate::menu(&mut tv, "我的预约");
    let state = tv.until("what is booked", SOON, |s| s["screen"] == "bookings");
    let title = state["reminders"][0]["title"].as_str().unwrap();
    assert!(state["focus"]["label"].as_str().unwrap().contains(title), "{state}");
    assert_eq!(state["player"]["phase"], "playing", "what runs goes on to be heard");
    let state = tv.press_until("Return", "the question", |s| overlay(s, "dialog"));
    assert_eq!(state["focus"]["label"], "留着");
    tv.press_until("Right", "the other answer", |s| s["focus"]["label"] == "取消预约");
    let state = tv.press_until("Return", "nothing booked", |s| s["focus"]["id"] == "bookings.empty");
    assert_eq!((&state["toast"], &state["reminders"]), (&"预约取消了".into(), &Value::Array(vec![])));
    tv.press_until("Return", "the guide", |s| s["screen"] == "guide");
}

#[test]
fn a_box_without_the_time_waits_for_it_and_says_so() {
    let mut operator = Operator::start();
    operator.stop();
    let clock = Some("1970-01-01T00:10:00Z".into());
    let mut tv = Tv::start(TvOptions { clock, ..TvOptions::operator(operator.url()) });
    tv.press_until("F2", "the guide", |s| s["screen"] == "guide");
    let state = tv.state();
    assert_eq!(state["guide"]["words"], "电视还不知道现在几点，正在等时间");
    assert_eq!((&state["focus"]["id"], &state["clock"]), (&"guide.back".into(), &Value::Null));
    operator.start_again();
    let state = tv.until("programmes", SOON, |s| s["guide"]["programme"]["title"].is_string());
    assert_eq!(state["guide"]["programme"]["tag"], "直播中");
    let real = u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap();
    assert!(ms(&state["clock"]).abs_diff(real) < 2 * MINUTE_MS, "{}", state["clock"]);
}

#[test]
fn a_clock_that_is_hours_off_shows_the_operators_time() {
    let operator = Operator::start();
    let args = vec!["--clock-off".into(), "-10800".into()];
    let mut tv = Tv::start(TvOptions { args, ..TvOptions::operator(operator.url()) });
    let real = || u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap();
    tv.until("the operator's time", SOON, |s| ms(&s["clock"]).abs_diff(real()) < 2 * MINUTE_MS);
    tv.press_until("F2", "the guide", |s| s["screen"] == "guide");
    let state = tv.until("programmes", SOON, |s| s["guide"]["programme"]["tag"] == "直播中");
    let programme = &state["guide"]["programme"];
    let now = i64::try_from(real()).unwrap();
    assert!(i64::try_from(ms(&programme["start"])).unwrap() <= now, "{programme}");
}

#[test]
fn what_was_on_the_air_can_be_seen_again() {
    let mut tv = Tv::start(TvOptions::default());
    on_guide(&mut tv);
    // All of yesterday is over, whatever the hour.
    tv.press_until("Left", "yesterday", |s| s["guide"]["programme"]["tag"] == "可回看");
    tv.press_until("Return", "a programme of yesterday", |s| s["screen"] == "player");
    let state =
        tv.until("a picture of it", SOON, |s| s["player"]["phase"] == "playing" && s["player"]["has_frame"] == true);
    assert!(state["player"]["url"].as_str().unwrap().contains("/archive.m3u8?utc="), "{state}");
    tv.until("its first seconds", SOON, |s| crate::position(s) > 500);
    tv.press("Right");
    tv.until("ten seconds on", SOON, |s| crate::position(s) > 10_000);
    tv.press_until("Escape", "the guide again", |s| s["screen"] == "guide");
    tv.press_until("Return", "the same programme", |s| s["screen"] == "player");
    let state = tv.until("the place where it was left", SOON, |s| crate::position(s) > 9_000);
    assert!(crate::position(&state) < 60_000, "{state}");
}
