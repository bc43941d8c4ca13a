//! From the start to the living picture, and from Home to full-screen live.

use std::time::Duration;

use crate::support::{Rect, Tv, TvOptions, screen, tv::SOON};

/// The live window of Home (LOOK §8, 01).
const WINDOW: Rect = [108, 150, 1216, 684];

#[test]
fn the_start_ends_in_a_living_picture() {
    let mut tv = Tv::start(TvOptions::default());
    let state = tv.until("a picture", SOON, |s| s["player"]["has_frame"] == true && s["player"]["phase"] == "playing");
    assert_eq!(state["focus"]["id"], "home.window");
    assert!(tv.region_changes(WINDOW, Duration::from_secs(10)), "the picture stands still");
    let [r, g, b] = screen::mean(&tv.picture(), WINDOW);
    assert!(r + g + b > 60, "the window is dark: {r} {g} {b}");
    tv.press("Right");
    tv.until("the focus on a tile", SOON, |s| s["focus"]["id"] != "home.window");
}
