//! What is fetched before anybody asks for it: the channels beside the one that runs, and nothing on a line that is paid
//! for by its amount.

use std::fs;

use crate::{
    provider::Provider,
    support::{Tv, TvOptions, tv::SOON},
};

/// Beside the first channel lie the second and the last.
const LINEUP: &str = "#EXTM3U\n\
    #EXTINF:-1 tvg-id=\"a\" tvg-chno=\"1\",在看的\nlive/jx1/index.m3u8\n\
    #EXTINF:-1 tvg-id=\"b\" tvg-chno=\"2\",上面的\nlive/jk2/index.m3u8\n\
    #EXTINF:-1 tvg-id=\"c\" tvg-chno=\"3\",远的\nlive/sh3/index.m3u8\n\
    #EXTINF:-1 tvg-id=\"d\" tvg-chno=\"4\",下面的\nlive/xq8/index.m3u8\n";
const BESIDE: [&str; 2] = ["jk2", "xq8"];
/// Of the running channel's list, while it is watched whether others are asked for.
const LISTS: usize = 4;

/// How often a channel's list, or one of its own segments, was asked for.
fn asked(provider: &Provider, channel: &str) -> usize {
    let begins = format!("/live/{channel}/");
    provider.proxy.seen().iter().filter(|s| s.path.starts_with(&begins)).count()
}

#[test]
fn neighbours_are_fetched_ahead_and_nothing_is_where_traffic_is_paid_for() {
    let place = tempfile::tempdir().unwrap();
    let config = place.path().join("config.toml");
    let provider = Provider::start(LINEUP);
    fs::write(&config, "").unwrap();
    let args = vec!["--config".to_owned(), config.display().to_string()];
    let mut tv = Tv::start(TvOptions { args, ..TvOptions::operator(provider.url()) });
    tv.until_playing();
    tv.until("both neighbours", SOON, |_| BESIDE.iter().all(|n| asked(&provider, n) > 1));
    assert_eq!(asked(&provider, "sh3"), 0, "only what one key reaches");
    assert!(tv.close().success());

    fs::write(&config, "[playback]\nmetered = true\n").unwrap();
    let (before, running) = (BESIDE.map(|n| asked(&provider, n)), asked(&provider, "jx1"));
    tv.launch();
    tv.until_playing();
    tv.until("the channel to run on", 2 * SOON, |_| asked(&provider, "jx1") >= running + LISTS);
    assert_eq!(BESIDE.map(|n| asked(&provider, n)), before, "a neighbour was asked for");
    // What is asked for by a key comes all the same.
    tv.press_until("l", "full-screen live", |s| s["screen"] == "live");
    tv.press_until("Prior", "the next channel", |s| {
        s["player"]["channel"]["number"] == 2 && s["player"]["has_frame"] == true
    });
    assert_eq!(asked(&provider, "sh3"), 0);
}
