//! An institution with a Media RSS feed in place of a catalogue: what the feed does not say is learnt from the player.

use std::{fs, path::Path, time::Duration};

use jinse_xuetang::store::types::StoreCommand;

use crate::{
    keep, overlay, position,
    support::{Tv, TvOptions, serve, tv::SOON},
    watched_lesson,
};

const FEED: &str = "<rss version='2.0'><channel><title>区图书馆</title>\
    <item><guid>l1</guid><title>把字调大</title><enclosure url='/lesson.mp4' type='video/mp4'/></item>\
    </channel></rss>";

#[test]
fn a_lesson_of_unknown_length_is_resumed_measured_and_counts() {
    let place = tempfile::tempdir().unwrap();
    let www = place.path().join("www");
    fs::create_dir_all(www.join("catalogue")).unwrap();
    fs::write(www.join("catalogue/index.json"), FEED).unwrap();
    let medium = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo/www/lessons/big-text/settings/lesson.mp4");
    fs::copy(medium, www.join("lesson.mp4")).unwrap();
    let (_server, url) = serve(&www);
    let data = place.path().join("data");
    // The first 31 of 40 s were watched an evening ago, when nobody knew the length.
    let begun = watched_lesson(("feed", "l1"), ("区图书馆", "第1课 把字调大"), 31);
    keep(&data, |_| vec![StoreCommand::SaveHistory(begun)]);
    let mut tv = Tv::start(TvOptions { data: Some(data), ..TvOptions::operator(url) });
    tv.until("the feed's course", SOON, |s| s["courses"] == 1);
    tv.press_to("Left", "home.window", 3);
    let state = tv.press_to("Right", "home.card", 1);
    assert_eq!(state["focus"]["label"], "接着上次学");
    tv.press_until("Return", "the lesson", |s| s["screen"] == "player");
    let state = tv.until_playing();
    assert!(position(&state) >= 30_000, "resumed at {}", position(&state));
    let state = tv.until("its length", SOON, |s| s["player"]["duration_ms"].is_u64());
    let length = state["player"]["duration_ms"].as_u64().unwrap();
    assert!((39_000..41_500).contains(&length), "{length}");
    // At nine tenths it counts; a feed gives no credits for it.
    let one = |s: &serde_json::Value| s["credits"].as_array().is_some_and(|c| c.len() == 1);
    let state = tv.until("the course to count", Duration::from_secs(40), one);
    assert_eq!(
        (state["credits"][0]["course"].as_str(), state["credits"][0]["credits"].as_f64()),
        (Some("feed"), Some(0.0))
    );
    tv.until("the card at the end", SOON, |s| overlay(s, "end"));
}
