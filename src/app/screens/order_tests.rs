//! Hands that do things in an order nobody thought of: a channel key held down, digits in the wrong place, 确认 once too
//! often, a call in the middle of a lesson. Nothing is lost, and the picture is the one that is named.

use super::{guide_tests::reminder, number, tests::*};
use crate::{
    app::{
        Effect, What,
        model::{Overlay, Page},
        playback::Playing,
        reminders, screens,
        screens::lesson,
    },
    catalogue::types::{CourseId, LessonId},
    guide::lineup::ChannelId,
    player::types::{LiveWindow, PlayerCommand, PlayerEvent},
    remote::{hands::Press, key::RemoteKey},
    store::{PinSeal, types::HistoryKey},
};

fn id(n: u32) -> Option<ChannelId> {
    Some(ChannelId(format!("c{n}")))
}

fn digits(sofa: &mut Sofa, all: &[u8]) {
    for d in all {
        sofa.press(RemoteKey::digit(*d).unwrap());
    }
}

fn opened(sofa: &Sofa) -> Vec<&str> {
    let url = |e: &'_ Effect| matches!(e, Effect::Player(PlayerCommand::Open(_)));
    let requests = sofa.effects.iter().filter(|e| url(e)).filter_map(|e| match e {
        Effect::Player(PlayerCommand::Open(request)) => Some(request.sources[0].url.as_str()),
        _ => None,
    });
    requests.collect()
}

fn toast(sofa: &Sofa) -> &str {
    sofa.model.toast.as_ref().map_or("", |t| &t.text)
}

fn plays_what_is_named(sofa: &Sofa) {
    assert_eq!(sofa.model.playback.what, sofa.model.channel.clone().map(Playing::Channel));
}

#[test]
fn a_held_channel_key_runs_through_the_names_and_the_picture_comes_where_it_rests() {
    for page in [RemoteKey::Live, RemoteKey::Home] {
        let mut sofa = Sofa::on_live();
        sofa.press(page);
        sofa.press(RemoteKey::ChannelUp);
        assert!(opened(&sofa)[0].ends_with("/2.m3u8"), "a single press is answered at once");
        sofa.plays();
        sofa.wait(500);
        for n in 0..97 {
            let before = sofa.model.channel.clone();
            sofa.send(What::Key(Press { key: RemoteKey::ChannelUp, repeat: true }));
            assert_ne!(sofa.model.channel, before);
            assert!(opened(&sofa).is_empty(), "step {n}");
            sofa.wait(200);
            assert!(opened(&sofa).is_empty(), "step {n}");
        }
        assert_eq!(sofa.model.playback.what, id(2).map(Playing::Channel), "what was there goes on meanwhile");
        let due = sofa.model.next_deadline().unwrap().since(sofa.now.mono);
        assert!(due <= 100, "the picture comes by itself, in {due} ms");
        sofa.wait(due);
        assert_eq!(opened(&sofa).len(), 1);
        plays_what_is_named(&sofa);
    }
}

#[test]
fn a_run_passes_by_a_locked_channel() {
    let mut sofa = Sofa::on_live();
    sofa.model.user.pin = Some(PinSeal::hidden());
    sofa.model.user.locked_channels = id(3).into_iter().collect();
    let run = Press { key: RemoteKey::ChannelUp, repeat: true };
    sofa.send(What::Key(run));
    sofa.send(What::Key(run));
    assert!(matches!(sofa.model.overlay, Some(Overlay::Pin(_))));
    assert_eq!(sofa.model.playback.what, None, "nothing of an open channel is heard under the card");
    sofa.send(What::Key(run));
    assert_eq!(sofa.model.channel, id(5));
    plays_what_is_named(&sofa);
}

#[test]
fn digits_and_then_back_change_nothing() {
    let mut sofa = Sofa::on_live();
    digits(&mut sofa, &[3]);
    sofa.press(RemoteKey::Back);
    sofa.wait(60_000);
    assert_eq!((&sofa.model.overlay, &sofa.model.channel), (&None, &id(1)));
    plays_what_is_named(&sofa);
    assert!(matches!(sofa.model.page(), Page::Live), "Back took back the digits and nothing else");
}

#[test]
fn digits_in_the_open_list_are_a_number_and_its_end_is_live() {
    let mut sofa = Sofa::on_live();
    sofa.press(RemoteKey::Ok);
    sofa.press(RemoteKey::Down);
    sofa.wait(1_000);
    assert_eq!(sofa.model.playback.what, id(2).map(Playing::Channel), "it is looked at");
    digits(&mut sofa, &[5]);
    assert!(matches!(sofa.model.overlay, Some(Overlay::Number(_))));
    plays_what_is_named(&sofa);
    sofa.wait(number::WAIT_MS);
    assert_eq!((&sofa.model.overlay, &sofa.model.channel), (&None, &id(5)));
    plays_what_is_named(&sofa);
}

#[test]
fn ok_right_after_a_number_has_gone_is_its_end_and_no_new_wish() {
    // Three digits need no wait; many hands press 确认 all the same.
    let mut sofa = Sofa::on_live();
    digits(&mut sofa, &[0, 0, 3]);
    assert_eq!(sofa.model.channel, id(3));
    sofa.wait(600);
    sofa.press(RemoteKey::Ok);
    assert_eq!(sofa.model.overlay, None, "no list");
    sofa.wait(1_000);
    sofa.press(RemoteKey::Ok);
    assert!(matches!(sofa.model.overlay, Some(Overlay::Channels(_))));
    // What is offered in place of a number that is not there is read first.
    let mut sofa = Sofa::on_live();
    digits(&mut sofa, &[0, 3, 6]);
    sofa.wait(600);
    sofa.press(RemoteKey::Ok);
    assert!(matches!(sofa.model.overlay, Some(Overlay::NoNumber(_))), "{:?}", sofa.model.overlay);
    assert_eq!(sofa.model.channel, id(1));
    sofa.wait(1_000);
    sofa.press(RemoteKey::Ok);
    assert_eq!(sofa.model.channel, id(35));
    // On the guide the row that has come under the focus is not booked.
    let mut sofa = Sofa::on_live();
    sofa.press(RemoteKey::Guide);
    sofa.guide_answers();
    sofa.press(RemoteKey::Down);
    digits(&mut sofa, &[0, 0, 3]);
    sofa.guide_answers();
    sofa.press(RemoteKey::Ok);
    assert!(sofa.model.user.reminders.is_empty() && matches!(sofa.model.page(), Page::Guide(_)));
    sofa.wait(1_000);
    sofa.press(RemoteKey::Ok);
    assert_eq!(sofa.model.user.reminders.len(), 1);
    // A box that waits for more does not count: 确认 is what it waits for.
    let mut sofa = Sofa::on_live();
    digits(&mut sofa, &[3]);
    sofa.press(RemoteKey::Ok);
    sofa.press(RemoteKey::Ok);
    assert!(matches!(sofa.model.overlay, Some(Overlay::Channels(_))));
}

#[test]
fn ok_twice_closes_the_list_it_opened_and_the_picture_goes_on() {
    let mut sofa = Sofa::on_live();
    let session = sofa.model.playback.session;
    sofa.press(RemoteKey::Ok);
    sofa.press(RemoteKey::Ok);
    assert_eq!((&sofa.model.overlay, sofa.model.playback.session), (&None, session));
    assert!(sofa.model.banner_shown());
}

#[test]
fn time_shift_then_a_zap_then_back_is_at_the_edge() {
    let mut sofa = Sofa::on_live();
    sofa.player(PlayerEvent::Window(LiveWindow { from_ms: 0, live_ms: 300_000 }));
    sofa.player(PlayerEvent::Position { position_ms: 300_000, duration_ms: None });
    for _ in 0..6 {
        sofa.press(RemoteKey::Left);
    }
    sofa.press(RemoteKey::Pause);
    sofa.press(RemoteKey::ChannelUp);
    sofa.plays();
    sofa.press(RemoteKey::Previous);
    sofa.plays();
    plays_what_is_named(&sofa);
    assert_eq!((sofa.model.channel.clone(), screens::live::over(&sofa.model)), (id(1), String::new()));
    assert!(!screens::shift::is_paused(&sofa.model));
}

#[test]
fn colour_keys_mean_the_same_while_words_stand() {
    let mut sofa = Sofa::on_live();
    sofa.press(RemoteKey::Yellow);
    assert_eq!((toast(&sofa), sofa.model.user.favourite_channels.len()), ("已加到“我常看的”", 1));
    sofa.press(RemoteKey::Red);
    assert_eq!(toast(&sofa), "这个键在这里用不上");
    sofa.press(RemoteKey::Yellow);
    assert_eq!((toast(&sofa), sofa.model.user.favourite_channels.len()), ("已从“我常看的”拿掉", 0));
    sofa.press(RemoteKey::Blue);
    assert_eq!(toast(&sofa), "这个节目不能从头看");
    sofa.press(RemoteKey::Green);
    assert_eq!((toast(&sofa), sofa.model.channel.clone()), ("这个键在这里用不上", id(1)));
}

#[test]
fn a_call_in_a_lesson_is_followed_and_the_lesson_is_found_again() {
    let mut sofa = Sofa::new();
    sofa.press(RemoteKey::Live);
    reminders::book(&mut sofa.model, reminder(3, 2, 30), &mut Vec::new());
    sofa.model.toast = None;
    let (course, first) = (CourseId("h1".into()), LessonId("l0".into()));
    screens::go_home(&mut sofa.model);
    screens::course::open(&mut sofa.model, course.clone());
    lesson::start(&mut sofa.model, course.clone(), first.clone(), 0);
    sofa.send(What::Tick);
    sofa.plays();
    sofa.watch(25);
    sofa.now.utc = sofa.now.utc.plus(40_000);
    sofa.send(What::Tick);
    assert!(sofa.model.call.is_some());
    sofa.wait(1_000);
    // Other keys are the lesson's.
    sofa.press(RemoteKey::Left);
    let seeks = |e: &Effect| matches!(e, Effect::Player(PlayerCommand::Seek { .. }));
    assert!(sofa.model.call.is_some() && sofa.effects.iter().any(seeks), "{:?}", sofa.effects);
    let place_ms = sofa.model.playback.place_ms();
    sofa.press(RemoteKey::Ok);
    assert!(matches!(sofa.model.page(), Page::Live) && sofa.model.call.is_none());
    assert_eq!(sofa.model.channel, id(3));
    plays_what_is_named(&sofa);
    let key = HistoryKey::Lesson { course, lesson: first };
    let kept = sofa.model.user.history.iter().find(|e| e.key == key).map(|e| e.position_ms);
    assert_eq!(kept, Some(place_ms));
    sofa.press(RemoteKey::Back);
    sofa.press(RemoteKey::Back);
    assert!(matches!(sofa.model.page(), Page::Home(_)), "the lesson does not lie below");
}

#[test]
fn the_channel_before_may_be_one_that_was_locked_since() {
    let mut sofa = Sofa::on_live();
    sofa.press(RemoteKey::ChannelUp);
    sofa.plays();
    sofa.press(RemoteKey::ChannelUp);
    sofa.plays();
    sofa.model.user.pin = Some(PinSeal::hidden());
    sofa.model.user.locked_channels = id(2).into_iter().collect();
    sofa.press(RemoteKey::Previous);
    assert!(matches!(sofa.model.overlay, Some(Overlay::Pin(_))), "{:?}", sofa.model.overlay);
    assert_eq!((sofa.model.channel.clone(), sofa.model.playback.what.clone()), (id(2), None));
    sofa.press(RemoteKey::Back);
    assert_eq!(sofa.model.channel, id(3));
    plays_what_is_named(&sofa);
}

#[test]
fn live_without_any_channel_is_never_a_black_screen_without_a_word() {
    let mut sofa = Sofa::new();
    sofa.model.lineup = crate::app::model::Loadable::Loading;
    sofa.press(RemoteKey::Live);
    assert_eq!(screens::live::over(&sofa.model), "频道表正在路上，马上就好");
    sofa.send(What::LineupFailed);
    assert_eq!(screens::live::over(&sofa.model), "频道表还没有来，电视正在再取");
    sofa.send(What::Lineup(lineup()));
    assert_eq!(screens::live::over(&sofa.model), "");
}
