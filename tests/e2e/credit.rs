//! Credit: a course whose last seconds are watched counts at once and for good, and its certificate is shown and kept.

use std::{path::Path, time::Duration};

use jinse_xuetang::{
    store::{Store, types::StoreCommand},
    time::UtcMs,
};

use crate::{
    big_text, keep, menu, open_learning, position,
    support::{Rect, Tv, TvOptions, screen, tv::SOON},
};

/// The middle of the sheet's upper edge, inside its frames.
const SHEET: Rect = [700, 82, 400, 12];

#[test]
fn the_last_seconds_of_a_course_earn_its_credit_and_a_certificate_that_can_be_kept() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    // Of 40 s the first 31 were watched an evening ago.
    keep(&data, |_| vec![StoreCommand::SaveHistory(big_text(31))]);
    let mut tv = Tv::start(TvOptions { data: Some(data.clone()), ..TvOptions::default() });
    let state = tv.until("the course in the catalogue", SOON, |s| s["courses"].as_u64() > Some(0));
    assert_eq!(state["credits"].as_array().map(Vec::len), Some(0));
    tv.press_to("Left", "home.window", 3);
    tv.press_to("Right", "home.card", 1);
    tv.press_until("Return", "the lesson", |s| s["screen"] == "player");
    let state = tv.until_playing();
    assert!(position(&state) >= 30_000, "resumed at {}", position(&state));
    let state =
        tv.until("the credit", Duration::from_secs(40), |s| s["credits"].as_array().is_some_and(|c| c.len() == 1));
    assert_eq!(state["credits"][0]["course"], "big-text");
    assert_eq!(state["credits"][0]["credits"], 0.2);

    open_learning(&mut tv);
    tv.press_to("Up", "learning.certificates", 3);
    let state = tv.press_until("Return", "the certificate", |s| s["screen"] == "paper");
    assert_eq!(state["focus"]["label"], "《手机字大看得清》结业证书");
    let pale = |p: &image::RgbImage| screen::mean(p, SHEET).iter().all(|c| *c > 200);
    tv.until_seen("a sheet of paper", SOON, pale);
    let state = tv.press_until("Return", "the kept picture", |s| s["paper"]["kept"].is_string());
    let file = Path::new(state["paper"]["kept"].as_str().unwrap()).to_owned();
    assert_eq!(file, data.join("certificates/证书-手机字大看得清.png"));
    let kept = image::open(&file).unwrap().to_rgb8();
    assert_eq!(kept.width() * 900, kept.height() * 1320, "the sheet and nothing else");
    tv.press_until("Escape", "我的学习", |s| s["screen"] == "learning");
    menu(&mut tv, "学习档案");
    let state = tv.until("the archive", SOON, |s| s["screen"] == "paper");
    assert!(state["focus"]["label"].as_str().unwrap().ends_with("学习档案"));

    // What was watched may be deleted; what was earned stays.
    tv.close();
    let (store, user, _) = Store::open(&data, UtcMs(1_795_515_120_000), Box::new(|_| {}));
    assert!(user.credits[0].proof.holds());
    store.send(StoreCommand::ClearLessons);
    assert!(store.flush(SOON));
    drop(store);
    tv.launch();
    let state = tv.until("the start", SOON, |s| s["courses"].as_u64() > Some(0));
    assert_eq!((state["history"].as_u64(), state["credits"].as_array().map(Vec::len)), (Some(0), Some(1)));
}
