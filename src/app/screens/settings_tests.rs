//! 设置 and the menus that lead to it.

use super::tests::{Sofa, records};
use crate::{
    app::{
        Effect,
        lock::PinAnswer,
        model::{Overlay, Page},
        msg::{Boot, Place},
        screens::{self, menu, settings, settings::Row},
    },
    catalogue::types::{CourseId, LessonId},
    player::types::{PlayerCommand, Speed},
    remote::key::RemoteKey::*,
    store::{
        PinSeal,
        types::{PastSearch, StoreCommand},
    },
};

fn to_row(sofa: &mut Sofa, row: &str) {
    screens::go_home(&mut sofa.model);
    settings::open(&mut sofa.model);
    for _ in 0..settings::rows(&sofa.model).len() {
        sofa.press(Up);
    }
    while sofa.focus() != row {
        let before = sofa.focus();
        sofa.press(Down);
        assert_ne!(sofa.focus(), before, "no row {row}");
    }
}

fn shown(sofa: &Sofa, row: Row) -> String {
    settings::value(&sofa.model, row)
}

/// A press of 确认 that is not the second of a trembling thumb is the desk's affair: here each counts.
#[test]
fn left_and_right_change_a_row_at_once_and_stop_at_its_ends() {
    let mut sofa = Sofa::new();
    to_row(&mut sofa, "settings.speed");
    assert_eq!(shown(&sofa, Row::Speed), "平常");
    sofa.press(Left);
    assert_eq!((shown(&sofa, Row::Speed).as_str(), sofa.model.user.settings.speed), ("慢一点", Speed::Slow));
    assert!(sofa.effects.contains(&Effect::Store(StoreCommand::SaveSettings(sofa.model.user.settings.clone()))));
    sofa.press(Left);
    assert!(sofa.model.nudge.is_some_and(|n| (n.x, n.y) == (-1, 0)), "it does not go round");
    assert_eq!(sofa.model.user.settings.speed, Speed::Slow);
    // 确认 goes round, for hands that only know this key.
    for speed in [Speed::Normal, Speed::Fast, Speed::Slow] {
        sofa.press(Ok);
        assert_eq!(sofa.model.user.settings.speed, speed);
    }
    to_row(&mut sofa, "settings.subtitles");
    sofa.press(Right);
    assert!(!sofa.model.user.settings.subtitles);
    assert_eq!(screens::focused(&sofa.model).label, "字幕 关");
    sofa.press(Right);
    assert!(!sofa.model.user.settings.subtitles, "the end is the end");
    sofa.press(Back);
    assert!(matches!(sofa.model.page(), Page::Home(_)));
    assert!(!sofa.model.user.settings.subtitles, "what was changed stays");
}

#[test]
fn every_row_does_something_and_says_so() {
    let mut sofa = Sofa::new();
    to_row(&mut sofa, "settings.interests");
    sofa.press(Left);
    assert!(sofa.model.nudge.is_some());
    sofa.press(Ok);
    assert!(matches!(sofa.model.page(), Page::Interests(_)));
    sofa.press(Back);
    assert_eq!(sofa.focus(), "settings.interests");

    to_row(&mut sofa, "settings.searches");
    sofa.press(Ok);
    assert_eq!(sofa.model.toast.as_ref().map(|t| t.text.as_str()), Some("还没有找过什么"));
    sofa.model.user.settings.searches.push(PastSearch { typed: "8".into(), title: "太极拳".into() });
    assert!(settings::words(&sofa.model, Row::Searches).ends_with("太极拳"));
    sofa.press(Ok);
    assert_eq!(screens::focused(&sofa.model).label, "留着", "the safe answer");
    sofa.press(Right);
    sofa.press(Ok);
    assert!(sofa.model.user.settings.searches.is_empty());

    to_row(&mut sofa, "settings.about");
    sofa.model.service_phone = Some("962200".into());
    sofa.press(Ok);
    let Some(Overlay::Dialog(told)) = &sofa.model.overlay else { panic!("{:?}", sofa.model.overlay) };
    assert!(told.title.starts_with("金色学堂 ") && told.line.contains("962200"), "{told:?}");
}

#[test]
fn the_lock_row_changes_the_pin_or_says_how_to_lock() {
    let mut sofa = Sofa::new();
    to_row(&mut sofa, "settings.lock");
    assert_eq!(shown(&sofa, Row::Lock), "没有锁");
    sofa.press(Ok);
    assert!(matches!(&sofa.model.overlay, Some(Overlay::Dialog(told)) if told.line.contains("上锁")));
    sofa.press(Ok);
    sofa.model.user.pin = Some(PinSeal::hidden());
    assert_eq!(shown(&sofa, Row::Lock), "换密码");
    sofa.press(Ok);
    assert_eq!(sofa.focus(), "pin");
    for _ in 0..4 {
        sofa.send(crate::app::What::PinDigit);
    }
    let ask = sofa.model.lock.asks;
    sofa.send(crate::app::What::Pin(PinAnswer { ask, right: true }));
    assert!(screens::focused(&sofa.model).label.contains("请想四位新密码"));
}

#[test]
fn learning_records_have_a_row_only_where_the_operator_takes_them() {
    let mut sofa = Sofa::new();
    settings::open(&mut sofa.model);
    sofa.model.records = None;
    assert!(!settings::rows(&sofa.model).contains(&Row::Records));
    let boot = Boot { records: Some(records()), ..Boot::default() };
    sofa.send(crate::app::What::Boot(Box::new(boot)));
    to_row(&mut sofa, "settings.records");
    sofa.press(Ok);
    assert_eq!(screens::focused(&sofa.model).label, "先不送");
}

#[test]
fn a_lesson_goes_on_where_it_was_left_for_the_settings() {
    let mut sofa = Sofa::new();
    screens::course::open(&mut sofa.model, CourseId("h1".into()));
    screens::lesson::start(&mut sofa.model, CourseId("h1".into()), LessonId("l0".into()), 0);
    sofa.wait(1);
    sofa.plays();
    sofa.watch(12);
    sofa.press(Menu);
    choose(&mut sofa, "设置");
    assert_eq!(screens::screen_name(&sofa.model), "settings");
    assert!(sofa.effects.contains(&Effect::Player(PlayerCommand::Stop)));
    sofa.press(Back);
    assert_eq!(screens::screen_name(&sofa.model), "player");
    let start = sofa.effects.iter().find_map(|e| match e {
        Effect::Player(PlayerCommand::Open(request)) => Some(request.start_ms),
        _ => None,
    });
    assert_eq!(start, Some(12_000));
}

#[test]
fn the_channel_goes_on_to_be_heard_below_the_settings() {
    let mut sofa = Sofa::new();
    sofa.press(Live);
    sofa.plays();
    sofa.press(Menu);
    choose(&mut sofa, "设置");
    assert!(sofa.model.playback.what.is_some());
    assert!(!sofa.effects.iter().any(|e| matches!(e, Effect::Player(_))), "{:?}", sofa.effects);
}

fn choose(sofa: &mut Sofa, label: &str) {
    while screens::focused(&sofa.model).label != label {
        let before = sofa.focus();
        sofa.press(Down);
        assert_ne!(sofa.focus(), before, "no row {label}");
    }
    sofa.press(Ok);
}

fn spoken(sofa: &Sofa) -> Option<&str> {
    sofa.effects.iter().find_map(|e| if let Effect::Speak { text, .. } = e { Some(text.as_str()) } else { None })
}

#[test]
fn a_page_is_read_until_it_is_left() {
    for leave in [Back, Home, Search] {
        let mut sofa = Sofa::new();
        screens::history::open(&mut sofa.model);
        sofa.press(Menu);
        sofa.press(Ok);
        assert_eq!(spoken(&sofa), Some("这是看过的。去挑一门课。"));
        sofa.press(Down);
        sofa.wait(1_000);
        assert!(!sofa.effects.contains(&Effect::Hush), "the page is still there");
        sofa.press(leave);
        assert_eq!(sofa.effects.iter().filter(|e| **e == Effect::Hush).count(), 1, "{leave}");
        sofa.press(Back);
        assert!(!sofa.effects.contains(&Effect::Hush), "once is enough");
    }
}

#[test]
fn a_page_says_what_it_is_what_has_the_focus_and_what_else_there_is() {
    let mut sofa = Sofa::new();
    to_row(&mut sofa, "settings.speed");
    sofa.press(Menu);
    sofa.press(Ok);
    let words = spoken(&sofa).unwrap();
    assert!(words.starts_with("这是设置。老师讲多快，就放多快。现在选的是：语速 平常。还有：字幕 开，"), "{words}");
    screens::course::open(&mut sofa.model, CourseId("h8".into()));
    sofa.model.user.settings.voice_speed = Speed::Slow;
    sofa.press(Menu);
    sofa.press(Ok);
    assert!(spoken(&sofa).unwrap().starts_with("这是一门课。课程h8。现在选的是：开始学"), "{:?}", sofa.effects);
    assert!(sofa.effects.iter().any(|e| matches!(e, Effect::Speak { speed: Speed::Slow, .. })));
}

#[test]
fn with_reading_on_whatever_gets_the_focus_is_said_once() {
    let mut sofa = Sofa::new();
    to_row(&mut sofa, "settings.voice");
    sofa.press(Down);
    assert_eq!(spoken(&sofa), None, "it is off until somebody wants it");
    sofa.press(Up);
    sofa.press(Left);
    assert!(spoken(&sofa).is_some_and(|w| w.starts_with("选到哪里，就读")), "{:?}", sofa.effects);
    sofa.press(Down);
    assert_eq!(spoken(&sofa), Some("朗读快慢 平常"));
    sofa.wait(5_000);
    assert_eq!(spoken(&sofa), None);
    sofa.press(Info);
    assert_eq!(spoken(&sofa), None, "it is said once");
    sofa.press(Right);
    assert_eq!(spoken(&sofa), Some("读得快一点。"), "it is heard at once");
    sofa.press(Back);
    assert!(spoken(&sofa).is_some_and(|w| w.contains("金色一套")), "{:?}", sofa.effects);
    sofa.press(Menu);
    assert_eq!(spoken(&sofa), Some("听这一页"));
}

#[test]
fn a_television_without_a_voice_says_so_and_is_asked_no_more() {
    let mut sofa = Sofa::new();
    to_row(&mut sofa, "settings.voice");
    sofa.press(Left);
    assert!(sofa.model.user.settings.reads_focus);
    sofa.send(crate::app::What::CannotSpeak);
    assert_eq!(sofa.model.toast.as_ref().map(|t| t.text.as_str()), Some("这台电视还不会读"));
    assert_eq!(shown(&sofa, Row::Voice), "关");
    sofa.press(Down);
    assert_eq!(spoken(&sofa), None);
}

/// A page's name and the way there.
type Visit = (&'static str, fn(&mut Sofa));

/// Every page that a menu can be called on, by how one gets there.
fn pages() -> Vec<Visit> {
    fn course(sofa: &mut Sofa, id: &str) {
        screens::course::open(&mut sofa.model, CourseId(id.into()));
    }
    vec![
        ("home", |_| {}),
        ("live", |s| s.press(Live)),
        ("live after zapping", |s| {
            s.press(Live);
            s.press(ChannelUp);
        }),
        ("course", |s| course(s, "h1")),
        ("course with questions", |s| course(s, "x")),
        ("course with a class", |s| course(s, "hall")),
        ("lesson", |s| {
            screens::lesson::start(&mut s.model, CourseId("h1".into()), LessonId("l0".into()), 0);
        }),
        ("learning", |s| screens::learning::open(&mut s.model)),
        ("history", |s| screens::history::open(&mut s.model)),
        ("interests", |s| screens::interests::open(&mut s.model)),
        ("guide", |s| {
            s.press(Guide);
            s.guide_answers();
        }),
        ("search", |s| s.press(Search)),
        ("timetable", |s| screens::timetable::open(&mut s.model)),
        ("bookings", |s| screens::bookings::open(&mut s.model)),
        ("settings", |s| settings::open(&mut s.model)),
    ]
}

#[test]
fn every_menu_has_two_to_five_rows_from_reading_aloud_to_the_settings() {
    for place in [Place::Desktop, Place::SetTopBox] {
        for (name, go) in pages() {
            let mut sofa = Sofa::new();
            sofa.model.place = place;
            go(&mut sofa);
            sofa.press(Menu);
            let Some(Overlay::Menu(open)) = &sofa.model.overlay else { panic!("no menu on {name}") };
            let labels: Vec<String> = open.choices.iter().map(|c| menu::label(&sofa.model, *c)).collect();
            assert!((2..=5).contains(&labels.len()), "{name}: {labels:?}");
            assert_eq!(labels.first().map(String::as_str), Some("听这一页"), "{name}: {labels:?}");
            assert_eq!(labels.last().map(String::as_str), Some("设置"), "{name}: {labels:?}");
            if let Some(exit) = labels.iter().position(|l| l == "退出" || l == "关机休息") {
                assert_eq!(exit + 2, labels.len(), "{name}: {labels:?}");
            } else {
                assert_ne!(name, "home");
            }
        }
    }
}
