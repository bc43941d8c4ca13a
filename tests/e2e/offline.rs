//! The operator's server is gone when the program starts.

use crate::{
    home::WINDOW,
    support::{Operator, Tv, TvOptions, screen, tv::SOON},
};

#[test]
fn home_comes_from_the_cache_and_recovers_by_itself() {
    let mut operator = Operator::start();
    let mut tv = Tv::start(TvOptions::operator(operator.url()));
    tv.until_playing();
    tv.until("the catalogue", SOON, |s| s["courses"] == 17);
    crate::open_course(&mut tv);
    tv.close();

    operator.stop();
    tv.launch();
    let state = tv.state();
    assert_eq!((&state["courses"], &state["channels"]), (&17.into(), &6.into()), "from the cache");
    // The window says so in words: bright letters on a dark ground.
    tv.until_seen("words in the window", SOON, |p| {
        let [x, y, w, h] = WINDOW;
        let window = image::imageops::crop_imm(p, x, y, w, h).to_image();
        let bright = window.pixels().filter(|p| p.0.iter().all(|v| *v > 150)).count();
        screen::mean(p, WINDOW).iter().sum::<u32>() < 90 && bright > 500
    });
    // Everything else can be used.
    let course = crate::open_course(&mut tv);
    assert!(course["focus"]["label"].as_str().unwrap().starts_with("开始学"), "{course}");
    tv.press_until("Home", "Home", |s| s["screen"] == "home");

    operator.start_again();
    tv.until("the picture is back, no key pressed", 2 * SOON, |s| {
        s["player"]["has_frame"] == true && s["player"]["phase"] == "playing"
    });
    assert!(tv.region_changes(WINDOW, SOON), "the picture stands still");
    crate::open_course(&mut tv);
    tv.until_seen("the poster of the course", 2 * SOON, |p| {
        screen::mean(p, [120, 170, 480, 240]).iter().sum::<u32>() > 180
    });
}

#[test]
fn posters_come_from_the_disk_when_the_operator_is_gone() {
    const POSTER: screen::Rect = [120, 170, 480, 240];
    let mut operator = Operator::start();
    let mut tv = Tv::start(TvOptions::operator(operator.url()));
    tv.until("the catalogue", SOON, |s| s["courses"] == 17);
    crate::open_course(&mut tv);
    tv.until_seen("the poster of the course", SOON, |p| screen::mean(p, POSTER).iter().sum::<u32>() > 180);
    let pictures = tv.cache_dir().join("pictures");
    let kept = || std::fs::read_dir(&pictures).map_or(0, Iterator::count);
    tv.until("posters on the disk", SOON, |_| kept() > 0);
    let online = tv.screen.part(POSTER);
    tv.close();

    operator.stop();
    tv.launch();
    crate::open_course(&mut tv);
    tv.until_seen("the same poster", SOON, |p| {
        let [x, y, w, h] = POSTER;
        screen::difference_percent(&image::imageops::crop_imm(p, x, y, w, h).to_image(), &online) < 2
    });
    tv.close();

    let all = kept();
    // What is damaged is let go, and the page stands without it.
    for file in std::fs::read_dir(&pictures).unwrap() {
        std::fs::write(file.unwrap().path(), "torn").unwrap();
    }
    tv.launch();
    crate::open_course(&mut tv);
    tv.until("the torn poster let go", SOON, |_| kept() < all);
    assert!(screen::mean(&tv.screen.picture(), POSTER).iter().sum::<u32>() < 180, "a poster from nowhere");
}

#[test]
fn the_very_first_start_without_a_network_waits_and_recovers() {
    let mut operator = Operator::start();
    operator.stop();
    let mut tv = Tv::start(TvOptions::operator(operator.url()));
    let state = tv.state();
    assert_eq!((&state["courses"], &state["channels"]), (&0.into(), &0.into()));
    tv.press_until("l", "live answers", |s| s["screen"] == "live");
    tv.press_until("Home", "Home", |s| s["screen"] == "home");
    operator.start_again();
    tv.until("courses and a picture, no key pressed", 3 * SOON, |s| {
        s["courses"] == 17 && s["channels"] == 6 && s["player"]["has_frame"] == true
    });
}
