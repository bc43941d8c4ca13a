//! The operator's server goes away in the middle and comes back: words, then the calm page, then the picture again with
//! no key pressed.

use std::time::{Duration, Instant};

use crate::{
    bench::{
        Spoilt, has_trouble, is_playing, keys, let_pass, picture, position, report, to_lesson, to_live, until_back,
    },
    support::{Operator, Tv, TvOptions, network, tv::SOON},
};

const OUTAGE: Duration = Duration::from_secs(15);
/// What was fetched ahead plays on first: up to half a minute of a lesson, twenty seconds of live.
const DRY_WITHIN: Duration = Duration::from_secs(75);
/// The waits between the tries would allow a quarter of a minute; the look-out makes it less than this.
const BACK_WITHIN: Duration = Duration::from_secs(10);

/// From the first words to the trouble page, with its picture saved.
fn words_then_page(tv: &mut Tv) {
    let words =
        tv.until("words over the standing picture", DRY_WITHIN, |s| s["words"] == "正在接上…" || has_trouble(s));
    assert!(!has_trouble(&words), "the page came without words before it: {words}");
    let page = tv.until("the trouble page", SOON, has_trouble);
    assert_eq!(page["trouble"]["title"], "画面停了一下，正在接上");
    assert_eq!((&page["trouble"]["number"], &page["player"]["error"]["code"]), (&3.into(), &2003.into()));
    assert_eq!(page["focus"]["id"], "trouble.retry");
    println!("trouble page: {}", picture(tv));
}

#[test]
fn live_comes_back_by_itself_after_an_outage() {
    let mut operator = Operator::start();
    let mut tv = Tv::start(TvOptions::operator(operator.url()));
    to_live(&mut tv);
    operator.stop();
    let since = Instant::now();
    words_then_page(&mut tv);
    let_pass(&mut tv, since, OUTAGE);
    operator.start_again();
    let back = Instant::now();
    tv.until("the picture again", BACK_WITHIN, |s| is_playing(s) && !has_trouble(s));
    let took = back.elapsed();
    until_back(&mut tv, "the picture again", BACK_WITHIN);
    report("outage-live", &[took]);
}

#[test]
fn a_cable_that_is_pulled_out_is_said_and_the_picture_comes_back() {
    if !network::inside("outage::a_cable_that_is_pulled_out_is_said_and_the_picture_comes_back") {
        return;
    }
    let operator = Operator::start_at(network::ADDRESS);
    let mut tv = Tv::start(TvOptions::operator(operator.url()));
    to_live(&mut tv);
    network::plug(false);
    // What was fetched ahead of this channel would play on for a while.
    keys(&mut tv, "Prior");
    let page = tv.until("the trouble page", SOON, |s| s["trouble"]["number"] == 1);
    assert_eq!(page["trouble"]["title"], "家里的网络断了一下");
    assert_eq!((&page["player"]["error"]["code"], &page["screen"]), (&2001.into(), &"live".into()));
    let counts = |s: &serde_json::Value| {
        s["player"]["retry_in_ms"].as_u64().is_some_and(|left| left > 0)
            && s["trouble"]["countdown"].as_str().is_some_and(|words| words.contains("秒后自动再试一次"))
    };
    tv.until("the countdown to the next try", SOON, counts);
    println!("no network: {}", picture(&mut tv));
    network::plug(true);
    let back = Instant::now();
    until_back(&mut tv, "the picture again", BACK_WITHIN);
    assert_eq!(tv.state()["player"]["channel"]["number"], 2);
    report("outage-network", &[back.elapsed()]);
}

#[test]
fn a_lesson_goes_on_where_it_stood_after_an_outage() {
    let mut operator = Spoilt::start();
    let mut tv = Tv::start(TvOptions::operator(operator.url()));
    to_lesson(&mut tv);
    tv.until("some of the lesson", SOON, |s| is_playing(s) && position(s) > 3_000);
    operator.stop();
    let since = Instant::now();
    words_then_page(&mut tv);
    let_pass(&mut tv, since, OUTAGE);
    let stood = position(&tv.state());
    operator.start_again();
    let back = Instant::now();
    let state = tv.until("the picture again", BACK_WITHIN, |s| is_playing(s) && !has_trouble(s));
    let took = back.elapsed();
    assert!(position(&state).abs_diff(stood) <= 1_000, "stood at {stood}, goes on at {state}");
    until_back(&mut tv, "the picture again", BACK_WITHIN);
    let on = position(&tv.state());
    assert!(on >= stood && on < stood + 20_000, "{stood} → {on}");

    // The viewer runs forward into what nobody sends.
    operator.stop();
    keys(&mut tv, "Right Right Right Right Right Right");
    let wished = position(&tv.state());
    assert!(wished >= on + 50_000, "{on} → {wished}");
    tv.until("the trouble page", SOON, has_trouble);
    assert_eq!(position(&tv.state()), wished, "the place asked for is kept");
    operator.start_again();
    let again = Instant::now();
    let state = tv.until("the picture at the place asked for", BACK_WITHIN, |s| is_playing(s) && !has_trouble(s));
    let took_again = again.elapsed();
    assert!(position(&state).abs_diff(wished) <= 1_500, "wished {wished}, goes on at {state}");
    until_back(&mut tv, "the picture at the place asked for", BACK_WITHIN);
    report("outage-lesson", &[took, took_again]);
}

#[test]
fn every_choice_of_the_trouble_page_does_what_it_says() {
    let mut operator = Spoilt::start();
    let mut tv = Tv::start(TvOptions::operator(operator.url()));
    tv.until("the lineup", SOON, |s| s["channels"].as_u64() > Some(3));
    to_lesson(&mut tv);
    tv.until("some of the lesson", SOON, |s| is_playing(s) && position(s) > 3_000);
    operator.stop();
    keys(&mut tv, "Right Right Right Right Right Right");
    tv.until("the trouble page", SOON, has_trouble);

    tv.press("Return");
    tv.until("an answer to 现在就试", SOON, |s| s["toast"] == "正在试，请等一等" && has_trouble(s));
    keys(&mut tv, "Right Right");
    tv.until("找人帮忙", SOON, |s| s["focus"]["id"] == "trouble.help");
    tv.press("Return");
    tv.until("a dialog with the number", SOON, |s| s["overlays"][0] == "dialog");
    println!("help: {}", picture(&mut tv));
    tv.press("Escape");
    tv.until("the page again", SOON, has_trouble);
    // Comes up afresh, on its first choice.
    keys(&mut tv, "Right");
    tv.until("先学别的课", SOON, |s| s["focus"]["id"] == "trouble.lessons");
    tv.press("Return");
    tv.until("the course", SOON, |s| s["screen"] == "course" && s["overlays"].as_array().unwrap().is_empty());

    // On live, with the server still away.
    tv.press("l");
    tv.until("live without a picture", SOON, |s| s["screen"] == "live" && has_trouble(s));
    tv.press("Escape");
    tv.until("home", SOON, |s| s["screen"] == "home" && s["overlays"].as_array().unwrap().is_empty());
    println!("home without a signal: {}", picture(&mut tv));
    operator.start_again();
    let back = Instant::now();
    tv.until("the picture in the window of Home", Duration::from_secs(25), is_playing);
    report("trouble-page-keys", &[back.elapsed()]);
}
