//! The channel lock from the sofa: by every way to a locked channel, with right and wrong PINs.

use super::tests::*;
use crate::{
    app::{
        Effect, What,
        lock::{self, PinAnswer, PinOrder, STAYS_OPEN_MS},
        model::{Overlay, Page},
        playback::Playing,
        reminders,
        screens::{guide, pin},
    },
    guide::lineup::{Catchup, ChannelId},
    player::types::PlayerCommand,
    remote::key::RemoteKey,
    store::{
        PinSeal,
        types::{Reminder, ReminderOf, StoreCommand},
    },
};

type Way<'a> = &'a dyn Fn(&mut Sofa);

fn id(n: u32) -> ChannelId {
    ChannelId(format!("c{n}"))
}

/// On live, on channel 1, with these locked by a PIN that nobody has typed yet.
fn with_locked(channels: &[u32]) -> Sofa {
    let mut sofa = Sofa::new();
    sofa.model.user.pin = Some(PinSeal::hidden());
    sofa.model.user.locked_channels = channels.iter().map(|n| id(*n)).collect();
    sofa.press(RemoteKey::Live);
    if !channels.contains(&1) {
        sofa.plays();
    }
    sofa
}

fn orders(sofa: &Sofa) -> Vec<PinOrder> {
    sofa.effects.iter().filter_map(|e| if let Effect::Pin(order) = e { Some(*order) } else { None }).collect()
}

/// Four digits, and what the keeper of the PIN says to them.
fn type_pin(sofa: &mut Sofa, right: bool) {
    for _ in 0..4 {
        sofa.send(What::PinDigit);
    }
    let ask = sofa.model.lock.asks;
    assert!(
        matches!(orders(sofa).last(), Some(PinOrder::Check(a) | PinOrder::Make(a)) if *a == ask),
        "{:?}",
        sofa.effects
    );
    sofa.send(What::Pin(PinAnswer { ask, right }));
}

fn card(sofa: &Sofa) -> &pin::PinCard {
    match &sofa.model.overlay {
        Some(Overlay::Pin(card)) => card,
        other => panic!("no card but {other:?}"),
    }
}

fn asks_for(sofa: &Sofa, n: u32) {
    assert_eq!(card(sofa).why, pin::Why::Open(id(n)));
    assert_eq!(sofa.model.playback.what, None, "neither picture nor sound");
    assert_eq!(sofa.focus(), "pin");
}

fn opened(sofa: &Sofa) -> Vec<&str> {
    let url = |e: &'_ Effect| matches!(e, Effect::Player(PlayerCommand::Open(_)));
    let requests = sofa.effects.iter().filter(|e| url(e)).filter_map(|e| match e {
        Effect::Player(PlayerCommand::Open(r)) => Some(r),
        _ => None,
    });
    requests.flat_map(|r| r.sources.iter().chain(&r.neighbours)).map(|s| s.url.as_str()).collect()
}

fn toast(sofa: &Sofa) -> &str {
    sofa.model.toast.as_ref().map_or("", |t| &t.text)
}

#[test]
fn every_way_to_a_locked_channel_ends_at_the_card() {
    let number = |sofa: &mut Sofa| {
        sofa.press(RemoteKey::digit(3).unwrap());
        sofa.press(RemoteKey::Ok);
    };
    let list = |sofa: &mut Sofa| {
        for key in [RemoteKey::Ok, RemoteKey::Left, RemoteKey::Down, RemoteKey::Right, RemoteKey::Ok] {
            sofa.press(key);
        }
    };
    let zap = |sofa: &mut Sofa| {
        sofa.press(RemoteKey::ChannelUp);
        sofa.press(RemoteKey::ChannelUp);
    };
    let watch = |sofa: &mut Sofa| {
        sofa.press(RemoteKey::Guide);
        sofa.press(RemoteKey::ChannelUp);
        sofa.press(RemoteKey::ChannelUp);
        sofa.guide_answers();
        sofa.press(RemoteKey::Green);
        sofa.press(RemoteKey::Ok);
    };
    let call = |sofa: &mut Sofa| {
        let start = sofa.now.utc.plus(61_000);
        let of = ReminderOf::Programme(id(3));
        let reminder = Reminder { of, start, end: start.plus(60_000), title: "约".into(), place: "台".into() };
        reminders::book(&mut sofa.model, reminder, &mut Vec::new());
        sofa.wait(2_000);
        sofa.wait(1_000);
        sofa.press(RemoteKey::Ok);
    };
    let home = |sofa: &mut Sofa| {
        number(sofa);
        sofa.press(RemoteKey::Home);
        assert_eq!((sofa.model.overlay.is_none(), sofa.model.playback.what.clone()), (true, None));
        sofa.wait(60_000);
        assert!(matches!(sofa.model.page(), Page::Home(_)), "a closed channel does not fill the screen by itself");
        sofa.press(RemoteKey::Ok);
    };
    let ways: [(&str, Way<'_>); 6] =
        [("number", &number), ("list", &list), ("zap", &zap), ("guide", &watch), ("reminder", &call), ("home", &home)];
    for (way, go) in ways {
        let mut sofa = with_locked(&[3]);
        go(&mut sofa);
        assert!(matches!(sofa.model.page(), Page::Live), "{way}");
        asks_for(&sofa, 3);
        assert!(opened(&sofa).iter().all(|url| !url.ends_with("/3.m3u8")), "{way}: {:?}", sofa.effects);
    }
}

#[test]
fn the_last_channel_at_the_start_and_the_past_of_a_locked_one_ask_too() {
    let mut sofa = with_locked(&[1]);
    asks_for(&sofa, 1);
    type_pin(&mut sofa, true);
    assert_eq!(sofa.model.playback.what, Some(Playing::Channel(id(1))));

    let mut sofa = with_locked(&[2]);
    let mut all = lineup();
    let source = Some("?at={utc}".into());
    all.channels[1].catchup = Some(Catchup { mode: "append".into(), days: 2, source, ..Catchup::default() });
    sofa.send(What::Lineup(all));
    sofa.press(RemoteKey::Guide);
    sofa.press(RemoteKey::ChannelUp);
    sofa.guide_answers();
    sofa.press(RemoteKey::Up);
    sofa.press(RemoteKey::Ok);
    assert!(matches!(sofa.model.page(), Page::Lesson(_)), "{:?}", sofa.model.page());
    asks_for(&sofa, 2);
    let mut away = Sofa { model: sofa.model.clone(), now: sofa.now, effects: vec![] };
    away.press(RemoteKey::Back);
    assert!(matches!(away.model.page(), Page::Guide(_)));
    type_pin(&mut sofa, true);
    assert!(matches!(sofa.model.playback.what, Some(Playing::Replay(_))));
}

#[test]
fn digits_are_dots_and_the_right_ones_open() {
    let mut sofa = with_locked(&[2]);
    sofa.press(RemoteKey::ChannelUp);
    asks_for(&sofa, 2);
    for n in 1..=3 {
        sofa.press(RemoteKey::digit(7).unwrap());
        assert_eq!(card(&sofa).typed, n);
        assert_eq!(orders(&sofa), [PinOrder::Take]);
    }
    sofa.press(RemoteKey::Left);
    assert_eq!((card(&sofa).typed, orders(&sofa)), (0, vec![PinOrder::Forget]));
    for _ in 0..4 {
        sofa.send(What::PinDigit);
    }
    let ask = sofa.model.lock.asks;
    sofa.send(What::PinDigit);
    assert!(orders(&sofa).is_empty(), "none is taken while the four are looked at");
    sofa.send(What::Pin(PinAnswer { ask: ask.wrapping_sub(1), right: true }));
    asks_for(&sofa, 2);
    sofa.send(What::Pin(PinAnswer { ask, right: true }));
    assert_eq!((sofa.model.overlay.clone(), sofa.model.playback.what.clone()), (None, Some(Playing::Channel(id(2)))));
    assert!(sofa.model.banner_shown());
}

#[test]
fn back_goes_to_what_was_watched_before() {
    let mut sofa = with_locked(&[2, 3]);
    sofa.press(RemoteKey::ChannelUp);
    asks_for(&sofa, 2);
    sofa.press(RemoteKey::ChannelUp);
    asks_for(&sofa, 3);
    assert_eq!(pin::back_label(&sofa.model, card(&sofa)), "回刚才的频道");
    sofa.press(RemoteKey::Back);
    assert_eq!((sofa.model.overlay.clone(), sofa.model.channel.clone()), (None, Some(id(1))));
    assert!(opened(&sofa)[0].ends_with("/1.m3u8"));
    // Without one there is Home.
    let mut sofa = with_locked(&[1]);
    sofa.press(RemoteKey::Back);
    assert!(matches!(sofa.model.page(), Page::Home(_)));
    assert_eq!(sofa.model.playback.what, None);
}

#[test]
fn without_a_pin_nobody_is_locked_out() {
    let mut sofa = with_locked(&[2]);
    sofa.model.user.pin = None;
    sofa.press(RemoteKey::ChannelUp);
    assert_eq!(sofa.model.playback.what, Some(Playing::Channel(id(2))));
}

#[test]
fn zapping_passes_through() {
    let mut sofa = with_locked(&[2]);
    sofa.press(RemoteKey::Up);
    asks_for(&sofa, 2);
    sofa.send(What::PinDigit);
    sofa.press(RemoteKey::Up);
    assert_eq!(sofa.model.playback.what, Some(Playing::Channel(id(3))));
    sofa.press(RemoteKey::Down);
    asks_for(&sofa, 2);
    assert_eq!(card(&sofa).typed, 0, "what was typed for an earlier card is gone");
}

#[test]
fn wrong_ones_are_met_kindly_and_after_five_there_is_a_wait() {
    let mut sofa = with_locked(&[2]);
    sofa.press(RemoteKey::ChannelUp);
    for _ in 0..4 {
        type_pin(&mut sofa, false);
        assert_eq!(pin::said(&sofa.model, card(&sofa)), "密码不对，再试一次");
    }
    type_pin(&mut sofa, false);
    assert_eq!(pin::said(&sofa.model, card(&sofa)), "密码不对，请等60秒再试");
    // Leaving and coming back shortens nothing.
    sofa.press(RemoteKey::Up);
    sofa.press(RemoteKey::Down);
    sofa.send(What::PinDigit);
    assert_eq!((card(&sofa).typed, orders(&sofa)), (0, vec![]));
    assert_eq!(pin::said(&sofa.model, card(&sofa)), "错了几次，请等60秒再试");
    let next = sofa.model.next_deadline().unwrap();
    assert!(next.since(sofa.now.mono) <= 1_000, "the seconds run");
    sofa.wait(60_000);
    assert_eq!(pin::said(&sofa.model, card(&sofa)), "");
    for _ in 0..5 {
        type_pin(&mut sofa, false);
    }
    assert_eq!(pin::said(&sofa.model, card(&sofa)), "密码不对，请等5分钟再试");
    sofa.wait(5 * 60_000);
    type_pin(&mut sofa, true);
    assert_eq!(sofa.model.playback.what, Some(Playing::Channel(id(2))));
}

#[test]
fn what_was_opened_stays_so_until_it_is_left_for_long_or_the_box_rests() {
    let mut sofa = with_locked(&[2]);
    sofa.press(RemoteKey::ChannelUp);
    type_pin(&mut sofa, true);
    sofa.plays();
    sofa.wait(3 * STAYS_OPEN_MS);
    assert!(!lock::is_closed(&sofa.model, &id(2)), "it is being watched");
    sofa.press(RemoteKey::ChannelUp);
    sofa.plays();
    sofa.wait(STAYS_OPEN_MS - 1);
    sofa.press(RemoteKey::Previous);
    assert_eq!(sofa.model.playback.what, Some(Playing::Channel(id(2))));
    sofa.press(RemoteKey::ChannelUp);
    sofa.plays();
    sofa.wait(STAYS_OPEN_MS);
    sofa.press(RemoteKey::Previous);
    asks_for(&sofa, 2);
    type_pin(&mut sofa, true);
    sofa.press(RemoteKey::Power);
    sofa.press(RemoteKey::Ok);
    assert_eq!(sofa.model.playback.what, None);
    sofa.press(RemoteKey::Live);
    asks_for(&sofa, 2);
}

#[test]
fn nothing_of_a_locked_channel_is_fetched_ahead_or_looked_at() {
    let mut sofa = with_locked(&[2, 38]);
    sofa.press(RemoteKey::digit(3).unwrap());
    sofa.press(RemoteKey::Ok);
    assert_eq!(opened(&sofa).iter().filter(|u| u.ends_with("/2.m3u8")).count(), 0, "{:?}", opened(&sofa));
    sofa.plays();
    sofa.press(RemoteKey::Ok);
    sofa.press(RemoteKey::Left);
    for _ in 0..4 {
        sofa.press(RemoteKey::Down);
    }
    sofa.press(RemoteKey::Right);
    sofa.press(RemoteKey::Up);
    assert_eq!(sofa.focus(), "channels.c2");
    sofa.wait(5_000);
    assert!(opened(&sofa).is_empty());
    assert_eq!(sofa.model.playback.what, Some(Playing::Channel(id(3))));
}

fn choose(sofa: &mut Sofa, label: &str) {
    for _ in 0..5 {
        if crate::app::screens::focused(&sofa.model).label == label {
            return sofa.press(RemoteKey::Ok);
        }
        sofa.press(RemoteKey::Down);
    }
    panic!("no row {label} in {:?}", sofa.model.overlay);
}

fn from_the_menu(sofa: &mut Sofa, label: &str) {
    sofa.press(RemoteKey::Menu);
    choose(sofa, "这个频道…");
    choose(sofa, label);
}

#[test]
fn the_first_lock_chooses_a_pin_twice_and_goes_on_showing_the_channel() {
    let mut sofa = Sofa::new();
    sofa.press(RemoteKey::Live);
    sofa.plays();
    from_the_menu(&mut sofa, "给这个频道上锁");
    for _ in 0..4 {
        sofa.send(What::PinDigit);
    }
    assert_eq!(orders(&sofa), [PinOrder::Take, PinOrder::PutAside]);
    assert_eq!(pin::line(card(&sofa)), "请再按一遍刚才的密码");
    type_pin(&mut sofa, false);
    assert_eq!(pin::said(&sofa.model, card(&sofa)), "两遍不一样，请从头再来");
    assert!(sofa.model.lock.wait_ms(sofa.now.mono).is_none() && sofa.model.user.locked_channels.is_empty());
    for _ in 0..4 {
        sofa.send(What::PinDigit);
    }
    type_pin(&mut sofa, true);
    assert_eq!(orders(&sofa), [PinOrder::Keep]);
    let locks = Effect::Store(StoreCommand::SetLocked { channel: id(1), on: true });
    assert!(sofa.effects.contains(&locks));
    assert_eq!((sofa.model.overlay.clone(), toast(&sofa)), (None, "锁好了，下次看要按密码"));
    assert_eq!(sofa.model.playback.what, Some(Playing::Channel(id(1))));
    // The second channel needs no PIN of its own.
    sofa.press(RemoteKey::ChannelUp);
    from_the_menu(&mut sofa, "给这个频道上锁");
    assert_eq!(sofa.model.user.locked_channels, [id(1), id(2)]);
}

#[test]
fn taking_the_lock_off_and_changing_the_pin_ask_for_it() {
    let mut sofa = with_locked(&[2]);
    sofa.press(RemoteKey::ChannelUp);
    type_pin(&mut sofa, true);
    from_the_menu(&mut sofa, "换频道锁的密码");
    type_pin(&mut sofa, true);
    assert_eq!(pin::line(card(&sofa)), "请想四位新密码，按数字键");
    for _ in 0..4 {
        sofa.send(What::PinDigit);
    }
    type_pin(&mut sofa, true);
    assert_eq!((orders(&sofa), toast(&sofa)), (vec![PinOrder::Keep], "密码换好了"));
    from_the_menu(&mut sofa, "拿掉这个频道的锁");
    type_pin(&mut sofa, false);
    assert!(lock::is_locked(&sofa.model, &id(2)));
    type_pin(&mut sofa, true);
    assert!(!lock::is_locked(&sofa.model, &id(2)));
    assert!(sofa.effects.contains(&Effect::Store(StoreCommand::SetLocked { channel: id(2), on: false })));
    // A closed channel's lock is not taken off by the menu without the PIN either.
    let mut sofa = with_locked(&[1]);
    from_the_menu(&mut sofa, "拿掉这个频道的锁");
    assert_eq!(sofa.model.user.locked_channels, [id(1)]);
    sofa.press(RemoteKey::Back);
    asks_for(&sofa, 1);
}

#[test]
fn the_programmes_of_a_locked_channel_can_be_read() {
    let mut sofa = with_locked(&[2]);
    sofa.press(RemoteKey::ChannelUp);
    sofa.press(RemoteKey::Guide);
    sofa.guide_answers();
    let Page::Guide(page) = sofa.model.page().clone() else { panic!("{:?}", sofa.model.page()) };
    assert_eq!(guide::channel(&sofa.model, &page).map(|c| c.number.0), Some(2));
    assert!(guide::focused(&sofa.model, &page).is_some());
    assert_eq!(sofa.model.playback.what, None);
    sofa.press(RemoteKey::Back);
    assert!(matches!(sofa.model.page(), Page::Home(_)), "not to a card that nobody asked for");
}
