//! The channel lock by real keys: nobody sees a locked channel without the PIN, over restarts, and the PIN is nowhere to
//! be read.

use std::{fs, path::Path, time::Duration};

use serde_json::Value;

use crate::{
    choose, overlay,
    support::{Tv, TvOptions, tv::SOON},
};

const PIN: &str = "7 0 9 6";

fn nothing_plays(s: &Value) -> bool {
    overlay(s, "pin")
        && s["player"]["phase"] == "idle"
        && s["player"]["url"].is_null()
        && s["player"]["has_frame"] == false
}

fn until_channel(tv: &mut Tv, number: u64) -> Value {
    tv.until("the channel", SOON, |s| s["player"]["channel"]["number"] == number && s["player"]["has_frame"] == true)
}

#[test]
fn a_locked_channel_asks_for_the_pin_and_opens_for_it() {
    let place = tempfile::tempdir().unwrap();
    let recording = place.path().join("session.jsonl");
    let mut tv = Tv::start(TvOptions {
        data: Some(place.path().join("data")),
        args: vec!["--record".into(), recording.display().to_string()],
        ..TvOptions::default()
    });
    tv.until_playing();
    tv.press_until("l", "full-screen live", |s| s["screen"] == "live");
    tv.press_until("3", "the number", |s| overlay(s, "number"));
    tv.press("Return");
    until_channel(&mut tv, 3);
    // 菜单 → 这个频道… → 给这个频道上锁, and a PIN twice.
    tv.press_until("m", "the menu", |s| overlay(s, "menu"));
    choose(&mut tv, "这个频道…");
    tv.until("the second level", SOON, |s| s["focus"]["label"] == "加到我常看的");
    choose(&mut tv, "给这个频道上锁");
    tv.until("the card", SOON, |s| overlay(s, "pin"));
    assert_eq!(tv.state()["player"]["channel"]["number"], 3, "the picture goes on meanwhile");
    tv.type_keys(PIN);
    tv.until("the second time", SOON, |s| s["spoken"].as_str().unwrap().contains("再按一遍"));
    tv.type_keys(PIN);
    tv.until("the lock", SOON, |s| !overlay(s, "pin") && s["toast"] == "锁好了，下次看要按密码");
    until_channel(&mut tv, 3);

    // After a start it is the last channel, and shows nothing.
    tv.close();
    check_recording(&recording);
    tv.launch();
    let state = tv.until("Home without a picture", SOON, |s| s["player"]["phase"] == "idle" && s["channels"] == 6);
    assert!(state["player"]["url"].is_null());
    tv.press_until("Return", "the card", nothing_plays);
    tv.type_keys("7 0 9 5");
    let state = tv.until("kind words", SOON, |s| s["spoken"].as_str().unwrap().contains("密码不对"));
    assert!(nothing_plays(&state), "{state}");
    // Zapping passes by.
    tv.press("Prior");
    until_channel(&mut tv, 5);
    tv.press_until("Next", "the card again", nothing_plays);
    tv.press("Escape");
    until_channel(&mut tv, 5);
    // In the list neither a rest on the row nor its choice shows it.
    tv.press_until("Next", "the card again", nothing_plays);
    tv.stays("nothing plays", Duration::from_secs(2), nothing_plays);
    tv.type_keys(PIN);
    until_channel(&mut tv, 3);
    assert!(!overlay(&tv.state(), "pin"));
    // Back from another channel it is still open.
    tv.press("Prior");
    until_channel(&mut tv, 5);
    tv.press("Next");
    until_channel(&mut tv, 3);
    tv.close();
    check_recording(&recording);
    let kept = |file: &str| fs::read(tv.data_dir().join(file)).unwrap_or_default();
    let seal = b"pbkdf2-sha256$";
    assert!(kept("user.db").windows(seal.len()).any(|w| w == seal), "the PIN is kept as a slow hash");
}

fn check_recording(path: &Path) {
    let recorded = fs::read_to_string(path).unwrap();
    assert!(recorded.contains("PinDigit"));
    assert!(
        !recorded.contains("{\"digit\":7}") && !recorded.contains("{\"digit\":9}"),
        "digits of the PIN are recorded"
    );
    assert!(!recorded.contains("pbkdf2"));
}
