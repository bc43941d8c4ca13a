//! Keys in an order that nobody thought of: held down, too early, once too often. Whatever hands do, the picture becomes
//! that of the channel which is named, and the way back is short.

use serde_json::Value;

use crate::{
    from_home_to_live, overlay,
    support::{Tv, TvOptions, tv::SOON},
};

/// Longer than the time after which a release counts as lost.
const HOLD_MS: u64 = 11_000;

/// The channel that the interface names, and its picture. Which one that is the focus tells.
fn until_what_is_named_plays(tv: &mut Tv) -> Value {
    tv.until("the picture of the channel that is named", SOON, |s| {
        let named = s["focus"]["label"].as_str().unwrap_or_default();
        let number = s["player"]["channel"]["number"].as_u64().map(|n| n.to_string());
        number.is_some_and(|n| named.split(' ').next() == Some(n.as_str()))
            && s["player"]["has_frame"] == true
            && s["player"]["phase"] == "playing"
    })
}

fn session(state: &Value) -> u64 {
    state["player"]["session"].as_u64().unwrap()
}

#[test]
fn hands_in_any_order_end_at_the_channel_that_is_named() {
    let mut tv = Tv::start(TvOptions::default());
    tv.until_playing();
    tv.press_until("l", "full-screen live", |s| s["screen"] == "live");

    // A channel key that is leant on runs through the names; only where it rests a channel is opened.
    let before = session(&tv.state());
    tv.key_down("Prior");
    tv.until("the second step", SOON, |s| s["focus"]["label"].as_str().unwrap().starts_with("3 "));
    std::thread::sleep(std::time::Duration::from_millis(HOLD_MS));
    tv.key_up("Prior");
    let rests = until_what_is_named_plays(&mut tv);
    let opened = session(&rests) - before;
    assert!(opened <= 3, "{opened} channels were opened on the way");
    let named = rests["focus"]["label"].clone();
    tv.stays("the channel", std::time::Duration::from_secs(1), |s| s["focus"]["label"] == named);

    // Digits, and then not after all. Digits in the open list are a number.
    tv.press_until("9", "the box", |s| overlay(s, "number"));
    tv.press_until("Escape", "no box", |s| !overlay(s, "number"));
    assert_eq!(tv.state()["focus"]["label"], named);
    tv.press_until("Return", "the list", |s| overlay(s, "channels"));
    tv.press("Down");
    tv.press_until("5", "the box", |s| overlay(s, "number") && !overlay(s, "channels"));
    let state = tv.press_until("Return", "channel 5", |s| s["player"]["channel"]["number"] == 5);
    assert_eq!(state["overlays"], serde_json::json!(["banner"]));
    until_what_is_named_plays(&mut tv);

    // All digits of a number, and 确认 because one always presses it: no list, nothing chosen unread.
    tv.type_keys("0 0 3 Return");
    until_what_is_named_plays(&mut tv);
    assert_eq!(tv.state()["overlays"], serde_json::json!(["banner"]));
    tv.type_keys("0 3 6 Return");
    let state = tv.until("the words", SOON, |s| overlay(s, "no-number"));
    assert_eq!(state["player"]["channel"]["number"], 3);
    tv.press_until("Escape", "no words", |s| !overlay(s, "no-number"));

    // Back, layer by layer: what lies on top, the banner, Home, and from there to the picture; never out.
    tv.press_until("F1", "the menu", |s| overlay(s, "menu"));
    tv.press_until("Escape", "no menu", |s| !overlay(s, "menu"));
    let state = tv.state();
    if overlay(&state, "banner") {
        tv.press_until("Escape", "no banner", |s| !overlay(s, "banner"));
    }
    tv.press_until("Escape", "Home", |s| s["screen"] == "home");
    from_home_to_live(&mut tv, "Escape");
    tv.press_until("Escape", "no banner", |s| !overlay(s, "banner"));
    tv.press_until("Escape", "Home", |s| s["screen"] == "home");
    assert_eq!(tv.state()["player"]["channel"]["number"], 3);
}
