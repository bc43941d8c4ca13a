//! Watching, zapping and learning from the sofa, one story a test. Random hands are `walks`; what other tests of screens
//! stand on is `sofa` and `data`.

mod data;
mod sofa;
mod walks;

use crate::{
    app::{
        Effect, Model, What,
        model::{Overlay, Page},
        msg::Boot,
        screens,
    },
    catalogue::types::*,
    guide::lineup::*,
    player::types::*,
    remote::key::RemoteKey,
    store::types::*,
    time::{MonoMs, Now},
};
pub(crate) use data::{START, catalogue, channel, lineup, programmes, records, source};
pub(crate) use sofa::Sofa;

#[test]
fn home_begins_on_the_window_and_fills_the_screen_after_20_seconds() {
    let mut sofa = Sofa::new();
    assert_eq!(sofa.focus(), "home.window");
    assert!(
        sofa.effects
            .iter()
            .any(|e| matches!(e, Effect::Player(PlayerCommand::Open(r)) if r.sources[0].url.ends_with("/1.m3u8")))
    );
    sofa.plays();
    sofa.wait(19_000);
    assert!(matches!(sofa.model.page(), Page::Home(_)));
    sofa.wait(1_000);
    assert!(matches!(sofa.model.page(), Page::Live));
    assert!(sofa.model.banner_shown());
    assert!(sofa.effects.is_empty(), "the picture goes on, nothing is opened again: {:?}", sofa.effects);
}

#[test]
fn three_and_03_and_003_are_one_channel() {
    for digits in [vec![3], vec![0, 3], vec![0, 0, 3]] {
        let mut sofa = Sofa::new();
        sofa.press(RemoteKey::Live);
        for d in digits {
            sofa.press(RemoteKey::digit(d).unwrap());
        }
        sofa.wait(2_500);
        assert_eq!(sofa.model.channel, Some(ChannelId("c3".into())));
        assert_eq!(sofa.model.overlay, None);
    }
}

#[test]
fn an_unknown_number_is_said_and_the_channel_stays() {
    let mut sofa = Sofa::new();
    sofa.press(RemoteKey::Live);
    sofa.press(RemoteKey::digit(3).unwrap());
    sofa.press(RemoteKey::digit(6).unwrap());
    sofa.press(RemoteKey::Ok);
    let Some(Overlay::NoNumber(no)) = &sofa.model.overlay else { panic!("{:?}", sofa.model.overlay) };
    assert_eq!(no.number, ChannelNumber(36));
    assert_eq!(no.near, vec![ChannelId("c35".into()), ChannelId("c38".into())]);
    assert_eq!(sofa.model.channel, Some(ChannelId("c1".into())));
    assert_eq!(sofa.focus(), "no-number.0");
}

#[test]
fn channels_wrap_and_the_last_one_is_kept() {
    let mut sofa = Sofa::new();
    sofa.press(RemoteKey::Live);
    sofa.press(RemoteKey::ChannelDown);
    assert_eq!(sofa.model.channel, Some(ChannelId("c38".into())));
    assert!(sofa.effects.contains(&Effect::Store(StoreCommand::SaveLastChannel(ChannelId("c38".into())))));
    sofa.press(RemoteKey::Up);
    assert_eq!(sofa.model.channel, Some(ChannelId("c1".into())));
}

#[test]
fn an_event_of_an_earlier_channel_is_dropped() {
    let mut sofa = Sofa::new();
    let old = sofa.model.playback.session;
    sofa.press(RemoteKey::ChannelUp);
    sofa.send(What::Player(old, PlayerEvent::Phase(Phase::Failed { trouble: Trouble::NotFound, next_try: None })));
    assert_eq!(sofa.model.playback.phase, Phase::Opening);
}

fn open_first_health_course(sofa: &mut Sofa) {
    for key in [RemoteKey::Right, RemoteKey::Down, RemoteKey::Right, RemoteKey::Ok] {
        sofa.press(key);
    }
    assert_eq!(sofa.focus(), "category.h0");
}

#[test]
fn a_lesson_is_found_again_where_it_was_left() {
    let mut sofa = Sofa::new();
    open_first_health_course(&mut sofa);
    sofa.press(RemoteKey::Right);
    sofa.press(RemoteKey::Ok);
    sofa.press(RemoteKey::Ok);
    assert_eq!(sofa.focus(), "player");
    sofa.plays();
    sofa.watch(25);
    sofa.press(RemoteKey::Back);
    assert_eq!(sofa.focus(), "course.main");
    let entry = &sofa.model.user.history[0];
    assert_eq!((entry.position_ms, entry.watched.total()), (25_000, 25));
    sofa.press(RemoteKey::Home);
    sofa.press(RemoteKey::Up);
    assert_eq!(sofa.focus(), "home.card");
    sofa.press(RemoteKey::Ok);
    assert!(
        sofa.effects.iter().any(|e| matches!(e, Effect::Player(PlayerCommand::Open(r)) if r.start_ms == 25_000)),
        "{:?}",
        sofa.effects
    );
}

#[test]
fn skipping_forward_earns_nothing() {
    let mut sofa = Sofa::new();
    open_first_health_course(&mut sofa);
    sofa.press(RemoteKey::Ok);
    sofa.press(RemoteKey::Ok);
    sofa.plays();
    sofa.watch(5);
    for _ in 0..4 {
        sofa.press(RemoteKey::Right);
    }
    assert_eq!(sofa.model.playback.place_ms(), 45_000);
    sofa.player(PlayerEvent::Position { position_ms: 45_000, duration_ms: Some(60_000) });
    sofa.watch(3);
    assert_eq!(sofa.model.user.history[0].watched.total(), 8);
}

#[test]
fn the_next_lesson_follows_unless_the_viewer_stays() {
    let mut sofa = Sofa::new();
    open_first_health_course(&mut sofa);
    sofa.press(RemoteKey::Right);
    sofa.press(RemoteKey::Ok);
    sofa.press(RemoteKey::Ok);
    sofa.plays();
    sofa.watch(59);
    sofa.player(PlayerEvent::Phase(Phase::Ended));
    assert_eq!(sofa.focus(), "end.0");
    let mut stays = Sofa { model: sofa.model.clone(), now: sofa.now, effects: vec![] };
    sofa.wait(10_000);
    assert!(
        sofa.effects
            .iter()
            .any(|e| matches!(e, Effect::Player(PlayerCommand::Open(r)) if r.sources[0].url.ends_with("h1/1.m3u8")))
    );
    stays.press(RemoteKey::Back);
    stays.wait(20_000);
    assert_eq!(stays.focus(), "end.0");
}

#[test]
fn trouble_waits_five_seconds_and_leaves_by_itself() {
    let mut sofa = Sofa::new();
    sofa.press(RemoteKey::Live);
    sofa.plays();
    sofa.wait(1_000);
    let since = sofa.now.mono;
    sofa.player(PlayerEvent::Phase(Phase::Stalled { since, trouble: Trouble::ServerDown }));
    assert_eq!(sofa.model.overlay, None);
    sofa.wait(5_000);
    assert_eq!(sofa.focus(), "trouble.retry");
    sofa.player(PlayerEvent::Phase(Phase::Playing));
    assert_eq!(sofa.model.overlay, None);
}

#[test]
fn what_waiting_hardly_cures_counts_down_to_the_next_look() {
    let mut sofa = Sofa::new();
    sofa.press(RemoteKey::Live);
    let next_try = Some(sofa.now.mono.plus(60_000));
    sofa.player(PlayerEvent::Phase(Phase::Failed { trouble: Trouble::MissingCodec, next_try }));
    assert_eq!(sofa.focus(), "trouble.retry");
    sofa.wait(7_500);
    assert_eq!(screens::trouble::countdown(&sofa.model), "53 秒后自动再试一次");
    assert_eq!(screens::trouble::retry_in_ms(&sofa.model), Some(52_500));
    // Where nothing will be tried, nothing is promised.
    sofa.player(PlayerEvent::Phase(Phase::Failed { trouble: Trouble::MissingPlugin, next_try: None }));
    assert_eq!(screens::trouble::countdown(&sofa.model), "再试也是这样，先看看别的吧");
}

#[test]
fn a_keyboards_page_keys_change_the_channel_wherever_channel_keys_do() {
    for (there, back) in [(RemoteKey::PageUp, RemoteKey::PageDown), (RemoteKey::ChannelUp, RemoteKey::ChannelDown)] {
        let mut sofa = Sofa::new();
        let zaps = |sofa: &mut Sofa| {
            let before = sofa.model.channel.clone();
            sofa.press(there);
            assert_ne!(sofa.model.channel, before, "{there:?} on {:?}", sofa.model.page());
            sofa.press(back);
            assert_eq!(sofa.model.channel, before, "{back:?} on {:?}", sofa.model.page());
        };
        zaps(&mut sofa);
        sofa.press(RemoteKey::Live);
        zaps(&mut sofa);
        // A digit that was begun, and the page for trouble, give way.
        sofa.press(RemoteKey::Digit(crate::remote::key::Digit::new(3).unwrap()));
        zaps(&mut sofa);
        sofa.wait(6_000);
        assert_eq!(sofa.focus(), "trouble.retry");
        zaps(&mut sofa);
    }
}

#[test]
fn whatever_the_player_says_a_viewer_knows_in_four_seconds() {
    let (trouble, at) = (Trouble::Stalled, MonoMs(0));
    let phases = [
        None,
        Some(Phase::Opening),
        Some(Phase::Stalled { since: at, trouble }),
        Some(Phase::Reconnecting { attempt: 1, since: at, next_try: at, trouble }),
        Some(Phase::Failed { trouble, next_try: None }),
    ];
    for phase in phases {
        let mut sofa = Sofa::new();
        sofa.press(RemoteKey::Live);
        sofa.plays();
        sofa.press(RemoteKey::ChannelUp);
        if let Some(phase) = phase.clone() {
            sofa.player(PlayerEvent::Phase(phase));
        }
        let zapped = sofa.now.mono;
        while let Some(next) = sofa.model.next_deadline().filter(|at| at.since(zapped) <= 4_000) {
            sofa.wait(next.since(sofa.now.mono));
        }
        let words = screens::live::words(&sofa.model);
        assert!(!words.is_empty() && words != "正在打开", "{phase:?}: {words}");
    }
}

#[test]
fn standby_stops_the_pipeline_and_any_key_wakes() {
    let mut sofa = Sofa::new();
    sofa.press(RemoteKey::Power);
    assert!(sofa.effects.contains(&Effect::Player(PlayerCommand::Stop)));
    sofa.press(RemoteKey::VolumeUp);
    assert_eq!(sofa.focus(), "home.window");
    assert!(sofa.effects.iter().any(|e| matches!(e, Effect::Player(PlayerCommand::Open(_)))));
}

#[test]
fn a_channel_that_moved_is_opened_at_its_new_address() {
    let mut sofa = Sofa::new();
    let mut moved = lineup();
    moved.channels[0].sources = vec![source("http://op.example/new/1.m3u8")];
    sofa.send(What::Lineup(moved));
    let opens = |e: &Effect| matches!(e, Effect::Player(PlayerCommand::Open(r)) if r.sources[0].url.contains("/new/"));
    assert!(sofa.effects.iter().any(opens), "{:?}", sofa.effects);
}

#[test]
fn a_lineup_that_is_quicker_than_the_start_is_played() {
    let mut sofa = Sofa { model: Model::default(), now: Now { utc: START, mono: MonoMs(1_000) }, effects: vec![] };
    sofa.send(What::Lineup(lineup()));
    sofa.send(What::Catalogue(catalogue()));
    let stale = Catalogue::default();
    sofa.send(What::Boot(Box::new(Boot { catalogue: Some(stale), ..Boot::default() })));
    assert!(sofa.effects.iter().any(|e| matches!(e, Effect::Player(PlayerCommand::Open(_)))), "{:?}", sofa.effects);
    assert!(!sofa.model.catalogue.ready().unwrap().courses.is_empty());
}
