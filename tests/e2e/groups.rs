//! A pause of multicast, which nobody can hold up: the picture stands, nothing is received meanwhile, and it goes on at the
//! edge, or in the operator's catch-up where there is some.

use std::time::Duration;

use crate::{
    past::{self, PICTURE, asked_from, clock_s, until_past},
    support::{
        Tv, TvOptions,
        groups::{Sender, joined},
        network, screen,
        tv::SOON,
    },
};

const STANDS: &str = "停住了，按【确认】看直播";

fn until_live(tv: &mut Tv, number: u64) {
    let state = tv.until(&format!("channel {number} at its edge"), SOON, |s| {
        s["player"]["channel"]["number"] == number
            && s["player"]["has_frame"] == true
            && s["player"]["phase"] == "playing"
            && s["words"] == ""
    });
    assert!(state["player"]["url"].as_str().unwrap().starts_with("udp://"), "{state}");
    assert!(tv.region_changes(PICTURE, SOON), "channel {number} stands still");
}

/// Bright parts are there, and none of them moves.
fn picture_stands(tv: &Tv) {
    let picture = screen::mean(&tv.picture(), PICTURE);
    assert!(picture.iter().sum::<u32>() > 150, "no picture stands but {picture:?}; {}", tv.save_screen().display());
    assert!(!tv.region_changes(PICTURE, Duration::from_secs(1)), "the paused picture moves");
}

#[test]
fn a_group_that_is_paused_stands_and_goes_on_at_its_edge_or_by_catchup() {
    if !network::inside_with_groups("groups::a_group_that_is_paused_stands_and_goes_on_at_its_edge_or_by_catchup") {
        return;
    }
    const GROUPS: [&str; 2] = ["udp://239.9.1.1:5001", "udp://239.9.2.1:5002"];
    let dir = tempfile::tempdir().unwrap();
    let (_operator, url) = past::operator(dir.path(), |url| {
        format!(
            "#EXTM3U\n#EXTINF:-1 tvg-id=\"a\" tvg-chno=\"1\",不留的\n{}\n\
             #EXTINF:-1 tvg-id=\"b\" tvg-chno=\"2\" {},留一天的\n{}\n",
            GROUPS[0],
            past::keeps_a_day(url),
            GROUPS[1]
        )
    });
    let _senders = GROUPS.map(|group| Sender::start(&dir.path().join("live.ts"), group));
    let mut tv = Tv::start(TvOptions::operator(url));
    tv.press_until("l", "full-screen live", |s| s["screen"] == "live");
    until_live(&mut tv, 1);
    tv.until("the neighbour's group", SOON, |_| joined() == 2);

    // Nothing is kept: it is quiet, and that is said.
    let state = tv.press_until("space", "words", |s| s["words"] == STANDS);
    assert_eq!(state["toast"], "停着时播的节目，不能补看");
    tv.until("no group", SOON, |_| joined() == 0);
    picture_stands(&tv);
    tv.advance_clock(190_000);
    let state = tv.press_until("Left", "words", |s| s["toast"] == "这个频道不能往回看");
    assert_eq!(state["words"], STANDS);
    tv.press("Return");
    until_live(&mut tv, 1);
    assert!(joined() > 0);
    // Another key leads there, too, and changing the channel is no different from ever.
    tv.press_until("space", "words", |s| s["words"] == STANDS);
    tv.press("l");
    until_live(&mut tv, 1);
    tv.press_until("space", "words", |s| s["words"] == STANDS);
    tv.press("Prior");
    until_live(&mut tv, 2);

    // Its operator has what was on meanwhile.
    let paused = clock_s(&tv.press_until("space", "words", |s| s["words"] == "停住了，按【确认】接着看"));
    tv.until("no group", SOON, |_| joined() == 0);
    tv.advance_clock(190_000);
    tv.until("the words", SOON, |s| s["words"] == "停住了，已落后3分钟，按【确认】接着看");
    picture_stands(&tv);
    tv.press("Return");
    let state = until_past(&mut tv, 190);
    assert!((asked_from(&state).unwrap() - paused).abs() <= 1, "it goes on where it stood: {state}");
    tv.press("l");
    until_live(&mut tv, 2);
    tv.press("Next");
    until_live(&mut tv, 1);
}
