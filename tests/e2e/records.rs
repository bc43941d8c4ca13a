//! Learning records with a real record store: nothing leaves before consent, what leaves is what was done and has the
//! form that the store's validator knows, and after the word is taken back nothing leaves any more.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::{
    choose, menu, open_lesson, overlay, position,
    support::{
        Tv, TvOptions,
        ralph::{PASSWORD, Ralph, USER},
        tv::SOON,
    },
};

/// From anywhere to the dialog about learning records.
fn open_records(tv: &mut Tv) {
    tv.press_until("Home", "Home", |s| s["screen"] == "home");
    menu(tv, "设置");
    tv.until("设置", SOON, |s| s["screen"] == "settings");
    choose(tv, "学习记录");
    tv.until("the dialog", SOON, |s| overlay(s, "dialog"));
}

fn verbs(statements: &[Value]) -> Vec<String> {
    statements.iter().map(|s| s["verb"]["id"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()).collect()
}

fn until_arrived(tv: &mut Tv, ralph: &Ralph, verb: &str) -> Vec<Value> {
    let since = Instant::now();
    loop {
        let all = ralph.statements();
        if verbs(&all).iter().any(|v| v == verb) {
            return all;
        }
        if since.elapsed() > SOON {
            tv.fail(&format!("no \"{verb}\" arrived: {:?}\n{}", verbs(&all), ralph.log()));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Watches some of the first lesson with a pause and a jump, and leaves it.
fn learn(tv: &mut Tv) {
    open_lesson(tv);
    tv.until("some of the lesson", SOON, |s| position(s) > 1_500);
    tv.press_until("Return", "the pause", |s| s["player"]["phase"] == "paused");
    tv.press_until("Return", "it goes on", |s| s["player"]["phase"] == "playing");
    tv.press_until("BackSpace", "the bar is gone", |s| s["screen"] == "player" && !overlay(s, "bar"));
    let at = position(&tv.state());
    tv.press_until("Right", "ten seconds on", |s| position(s) > at + 8_000);
    let at = position(&tv.state());
    tv.until("some more", SOON, |s| position(s) > at + 1_000);
    tv.press_until("Home", "Home", |s| s["screen"] == "home");
}

#[test]
fn records_leave_with_consent_and_none_without() {
    let ralph = Ralph::start();
    let place = tempfile::tempdir().unwrap();
    let (config, password) = (place.path().join("config.toml"), place.path().join("password"));
    std::fs::write(&password, format!("{PASSWORD}\n")).unwrap();
    let text = format!(
        "[records]\nlrs = \"{}\"\nuser = \"{USER}\"\npassword_file = \"{}\"\nactivities = \"https://school.example/\"\ngather_s = 1\n",
        ralph.endpoint(),
        password.display(),
    );
    std::fs::write(&config, text).unwrap();
    let args = vec!["--config".to_owned(), config.display().to_string()];
    let mut tv = Tv::start(TvOptions { args, ..TvOptions::default() });
    learn(&mut tv);

    open_records(&mut tv);
    assert_eq!(ralph.statements().len(), 0, "nothing leaves without the learner's word");
    let state = tv.state();
    assert_eq!(state["focus"]["label"], "先不送", "the safe answer");
    tv.press_until("Right", "the other answer", |s| s["focus"]["label"] == "同意送");
    tv.press_until("Return", "agreed", |s| !overlay(s, "dialog"));
    learn(&mut tv);
    let arrived = until_arrived(&mut tv, &ralph, "terminated");
    assert_eq!(
        verbs(&arrived),
        ["initialized", "played", "paused", "played", "seeked", "terminated"],
        "what was done, in its order"
    );
    ralph.validate().unwrap();
    let told = arrived.iter().map(|s| s["actor"]["account"]["name"].as_str().unwrap()).collect::<Vec<_>>();
    assert!(told.iter().all(|name| name.len() == 32 && name.bytes().all(|b| b.is_ascii_hexdigit())), "{told:?}");
    let log = tv.log();
    assert!(!log.contains(PASSWORD), "no secret in the log");

    // The word is taken back with one press.
    open_records(&mut tv);
    assert_eq!(tv.state()["focus"]["label"], "接着送");
    tv.press_until("Right", "the other answer", |s| s["focus"]["label"] == "不再送了");
    tv.press_until("Return", "taken back", |s| !overlay(s, "dialog"));
    let before = ralph.statements().len();
    learn(&mut tv);
    tv.stays("nothing leaves", Duration::from_secs(3), |_| ralph.statements().len() == before);
    let kept = rusqlite::Connection::open(tv.data_dir().join("user.db")).unwrap();
    assert_eq!(kept.query_row("SELECT count(*) FROM outbox", [], |r| r.get::<_, i64>(0)).unwrap(), 0);
}
