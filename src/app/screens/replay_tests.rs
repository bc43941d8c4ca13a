//! 回看 from the viewer's chair: where a programme of the past comes from, and what follows it.

use super::{
    replay::{Replay, next, open, sources},
    tests::{START, Sofa, lineup, source},
};
use crate::{
    app::{
        Effect, What,
        model::Page,
        screens::lesson::{LessonPage, Target},
    },
    guide::{
        lineup::{Catchup, ChannelId, Lineup, MediaSource},
        programme::{NowNext, Programme},
    },
    remote::key::RemoteKey,
    time::{UtcMs, Zone},
};

const MINUTE: i64 = 60_000;

/// Channel 2 of the usual lineup with two sources and this template.
fn with_template(mode: &str, template: Option<&str>) -> Lineup {
    let mut all = lineup();
    let channel = &mut all.channels[1];
    channel.sources = vec![
        MediaSource { headers: vec![("User-Agent".into(), "tv".into())], ..source("http://a.example/2.m3u8") },
        source("http://b.example/2.m3u8"),
    ];
    let source = template.map(str::to_owned);
    channel.catchup = Some(Catchup { mode: mode.into(), days: 2, source, ..Catchup::default() });
    all
}

fn programme(title: &str, from_min: i64, to_min: i64) -> Programme {
    let (start, end) = (START.plus(from_min * MINUTE), START.plus(to_min * MINUTE));
    Programme { title: title.into(), start, end, ..Programme::default() }
}

fn id() -> ChannelId {
    ChannelId("c2".into())
}

fn asked(sofa: &Sofa) -> Vec<(UtcMs, UtcMs)> {
    let day = |e: &Effect| match e {
        Effect::AskDay { channel, from, to } if *channel == id() => Some((*from, *to)),
        _ => None,
    };
    sofa.effects.iter().filter_map(day).collect()
}

/// On live of channel 2, where `now` is on.
fn on_live(now: &Programme) -> Sofa {
    let mut sofa = Sofa::new();
    sofa.send(What::Lineup(with_template("shift", None)));
    sofa.press(RemoteKey::Live);
    sofa.press(RemoteKey::ChannelUp);
    sofa.send(What::NowNext(vec![(id(), NowNext { now: Some(now.clone()), next: None })]));
    sofa
}

fn running(sofa: &Sofa) -> Replay {
    match sofa.model.page() {
        Page::Lesson(LessonPage { target: Target::Replay(replay), .. }) => replay.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn after_blue_on_live_the_guide_says_what_follows() {
    let now = programme("越剧", -20, 10);
    let mut sofa = on_live(&now);
    sofa.press(RemoteKey::Blue);
    let days = asked(&sofa);
    assert_eq!(days.len(), 2, "nothing is known of today yet, nor of tomorrow: {days:?}");
    let today = days[0];
    assert!(today.0 <= now.end && now.end < today.1);
    let programmes = vec![now.clone(), programme("沪剧", 10, 40)];
    sofa.send(What::Day { channel: id(), from: today.0, programmes });
    let replay = running(&sofa);
    assert_eq!(next(&sofa.model, &replay), None, "it has not begun");
    sofa.wait(10 * 60_000);
    assert_eq!(next(&sofa.model, &replay).unwrap().programme.title, "沪剧");
    assert_eq!(asked(&sofa).len(), 1, "a minute later the day is asked for again, and that day alone");
}

#[test]
fn what_follows_after_midnight_follows() {
    // 23:00 to 23:50 in Shanghai, and five past midnight.
    let last = programme("晚间书场", 288, 338);
    let mut sofa = on_live(&programme("越剧", -20, 10));
    sofa.wait(360 * 60_000);
    open(&mut sofa.model, &id(), &last);
    sofa.wait(0);
    let days = asked(&sofa);
    assert_eq!(days.len(), 2, "{days:?}");
    sofa.send(What::Day { channel: id(), from: days[0].0, programmes: vec![last] });
    sofa.send(What::Day { channel: id(), from: days[1].0, programmes: vec![programme("子夜", 353, 380)] });
    assert_eq!(next(&sofa.model, &running(&sofa)).unwrap().programme.title, "子夜");
}

#[test]
fn each_source_of_the_channel_is_tried_with_the_headers_of_both() {
    let mut sofa = Sofa::new();
    let replay = Replay { channel: id(), programme: programme("越剧", -120, -60) };
    let from = START.plus(-120 * MINUTE).0 / 1000;
    let agent = ("User-Agent".to_owned(), "tv".to_owned());
    sofa.send(What::Lineup(with_template("append", Some("?from={utc}|Referer=http://c.example"))));
    let referer = ("Referer".to_owned(), "http://c.example".to_owned());
    let made = |host: &str, headers: Vec<(String, String)>| MediaSource {
        url: format!("http://{host}.example/2.m3u8?from={from}"),
        headers,
    };
    let both = [made("a", vec![agent.clone(), referer.clone()]), made("b", vec![referer])];
    assert_eq!(sources(&sofa.model, &replay), both);
    // A template with an address of its own makes one of them.
    sofa.send(What::Lineup(with_template("default", Some("http://c.example/{utc}|user-agent=box"))));
    let headers = vec![("User-Agent".to_owned(), "box".to_owned())];
    assert_eq!(sources(&sofa.model, &replay), [MediaSource { url: format!("http://c.example/{from}"), headers }]);
}

#[test]
fn civil_times_of_a_template_heed_summer_time() {
    let mut sofa = Sofa::new();
    sofa.send(What::Lineup(with_template("default", Some("http://c.example/{H}"))));
    // The clocks went back an hour and a half ago.
    sofa.model.zone = Zone { first_s: 7200, changes: vec![(START.plus(-90 * MINUTE), 3600)] };
    let hour = |from_min| {
        let replay = Replay { channel: id(), programme: programme("越剧", from_min, from_min + 30) };
        sources(&sofa.model, &replay)[0].url.clone()
    };
    assert_eq!(hour(-120), "http://c.example/10");
    assert_eq!(hour(-60), "http://c.example/10");
}
