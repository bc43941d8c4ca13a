//! The channel list, the numbers and the way back to the channel before, from the sofa.

use super::tests::*;
use crate::{
    app::{
        Effect, What,
        model::Overlay,
        screens::{self, channels, live, menu, number},
    },
    guide::lineup::{ChannelId, Lineup},
    player::types::{Phase, PlayerCommand, PlayerEvent, Trouble},
    remote::key::RemoteKey,
    store::types::StoreCommand,
};

fn id(n: u32) -> Option<ChannelId> {
    Some(ChannelId(format!("c{n}")))
}

fn type_number(sofa: &mut Sofa, digits: &[u8]) {
    for d in digits {
        sofa.press(RemoteKey::digit(*d).unwrap());
    }
    sofa.press(RemoteKey::Ok);
}

/// Long enough for a line in the history.
fn stay(sofa: &mut Sofa) {
    sofa.plays();
    sofa.wait(31_000);
    sofa.player(PlayerEvent::Position { position_ms: 31_000, duration_ms: None });
}

fn opened(sofa: &Sofa) -> Option<String> {
    sofa.effects.iter().rev().find_map(|e| match e {
        Effect::Player(PlayerCommand::Open(r)) => r.sources.first().map(|s| s.url.clone()),
        _ => None,
    })
}

#[test]
fn what_was_watched_last_stands_in_a_group_of_its_own_newest_first() {
    let mut sofa = Sofa::on_live();
    for n in [1, 35, 3] {
        if n != 1 {
            type_number(&mut sofa, if n == 3 { &[3] } else { &[3, 5] });
        }
        stay(&mut sofa);
    }
    let rows = channels::members(&sofa.model, &channels::Group::Recent);
    assert_eq!(rows.iter().map(|c| c.number.0).collect::<Vec<_>>(), [3, 35, 1]);
    sofa.press(RemoteKey::Ok);
    for key in [RemoteKey::Left, RemoteKey::Up, RemoteKey::Up] {
        sofa.press(key);
    }
    assert_eq!(sofa.focus(), "channels.group.最近看的");
    for (key, focus) in
        [(RemoteKey::Right, "channels.c3"), (RemoteKey::Down, "channels.c35"), (RemoteKey::Down, "channels.c1")]
    {
        sofa.press(key);
        assert_eq!(sofa.focus(), focus);
    }
    sofa.press(RemoteKey::Ok);
    assert_eq!(sofa.model.channel, id(1));
}

#[test]
fn no_more_than_twenty_are_recent() {
    let mut sofa = Sofa::on_live();
    let all: Vec<_> = (1..=30).map(|n| channel(n, &format!("台{n}"), "全")).collect();
    sofa.send(What::Lineup(Lineup { channels: all.into(), guides: vec![] }));
    for _ in 0..25 {
        sofa.press(RemoteKey::ChannelUp);
        stay(&mut sofa);
    }
    let rows = channels::members(&sofa.model, &channels::Group::Recent);
    assert_eq!(rows.len(), channels::RECENT);
    assert_eq!(rows.get(0).map(|c| c.number.0), Some(26));
}

#[test]
fn the_list_opens_in_the_group_left_last_where_that_has_the_channel() {
    let mut sofa = Sofa::on_live();
    sofa.press(RemoteKey::Ok);
    sofa.press(RemoteKey::Left);
    for _ in 0..4 {
        sofa.press(RemoteKey::Down);
    }
    assert_eq!(sofa.focus(), "channels.group.全部");
    sofa.press(RemoteKey::Back);
    sofa.press(RemoteKey::Ok);
    assert_eq!(sofa.focus(), "channels.c1");
    sofa.press(RemoteKey::Left);
    assert_eq!(sofa.focus(), "channels.group.全部");
    // A group without the running channel is not where the list lands.
    sofa.press(RemoteKey::Up);
    sofa.press(RemoteKey::Back);
    sofa.press(RemoteKey::Ok);
    assert_eq!(sofa.focus(), "channels.c1");
    sofa.press(RemoteKey::Left);
    assert_eq!(sofa.focus(), "channels.group.学习课堂");
}

#[test]
fn one_key_goes_to_the_channel_before_and_back() {
    let mut sofa = Sofa::on_live();
    sofa.press(RemoteKey::Previous);
    assert_eq!(sofa.model.channel, id(1));
    assert!(sofa.model.toast.is_some(), "there is none yet, and that is said");
    type_number(&mut sofa, &[3, 5]);
    for n in [1, 35, 1] {
        sofa.press(RemoteKey::Previous);
        assert_eq!(sofa.model.channel, id(n));
        assert!(sofa.model.banner_shown());
        assert!(opened(&sofa).unwrap().ends_with(&format!("/{n}.m3u8")));
    }
    sofa.press(RemoteKey::Menu);
    let Some(Overlay::Menu(open)) = &sofa.model.overlay else { panic!("{:?}", sofa.model.overlay) };
    assert!(open.choices.len() <= 5);
    let at = open.choices.iter().position(|c| *c == menu::Choice::ChannelBefore).unwrap();
    for _ in 0..at {
        sofa.press(RemoteKey::Down);
    }
    sofa.press(RemoteKey::Ok);
    assert_eq!(sofa.model.channel, id(35));
}

#[test]
fn after_a_start_the_history_knows_the_channel_before() {
    let mut sofa = Sofa::on_live();
    stay(&mut sofa);
    type_number(&mut sofa, &[5]);
    stay(&mut sofa);
    sofa.model.channel_before = None;
    assert_eq!(live::channel_before(&sofa.model), id(1).as_ref());
    // One that the operator took away is not offered.
    let mut all = lineup();
    all.channels = all.channels.iter().skip(1).cloned().collect::<Vec<_>>().into();
    sofa.send(What::Lineup(all));
    assert_eq!(live::channel_before(&sofa.model), None);
}

#[test]
fn the_box_names_what_more_digits_would_reach() {
    let mut sofa = Sofa::on_live();
    sofa.press(RemoteKey::digit(3).unwrap());
    let Some(Overlay::Number(entry)) = &sofa.model.overlay else { panic!("{:?}", sofa.model.overlay) };
    assert_eq!(number::matching(&sofa.model, entry).unwrap().name, "沪语频道");
    let next: Vec<_> = number::longer(&sofa.model, entry).iter().map(|c| c.name.as_str()).collect();
    assert_eq!(next, ["茶频道", "书画频道"]);
    // What the box says is what a test bench and the voice are told.
    assert_eq!(number::lines(&sofa.model, entry), ["接着按：35 茶频道 · 38 书画频道", "不再按，3秒后去 3 频道"]);
    assert_eq!(number::next_lines(&sofa.model, entry), ["接着按：35 茶频道", "或者按：38 书画频道"]);
    assert_eq!(screens::focused(&sofa.model).label, "3 沪语频道");
    sofa.press(RemoteKey::digit(4).unwrap());
    sofa.press(RemoteKey::Ok);
    let Some(Overlay::NoNumber(no)) = &sofa.model.overlay else { panic!("{:?}", sofa.model.overlay) };
    let [title, stays] = number::no_lines(&sofa.model, no);
    assert!(title == "没有 34 频道" && stays.starts_with("您看的还是"), "{title} {stays}");
}

#[test]
fn as_many_digits_as_the_lineup_needs() {
    let mut sofa = Sofa::on_live();
    let all = vec![channel(1, "一", "全"), channel(20_188, "远", "全")];
    sofa.send(What::Lineup(Lineup { channels: all.into(), guides: vec![] }));
    for d in [2, 0, 1, 8] {
        sofa.press(RemoteKey::digit(d).unwrap());
        assert!(matches!(sofa.model.overlay, Some(Overlay::Number(_))), "more are awaited");
    }
    sofa.press(RemoteKey::digit(8).unwrap());
    assert_eq!((&sofa.model.overlay, sofa.model.channel.clone()), (&None, id(20_188)), "the last one needs no wait");
}

#[test]
fn a_rest_on_a_row_shows_its_picture_behind_the_list() {
    let mut sofa = Sofa::on_live();
    let before = sofa.model.channel_before.clone();
    sofa.press(RemoteKey::Ok);
    sofa.press(RemoteKey::Down);
    sofa.wait(900);
    assert_eq!(opened(&sofa), None, "the focus may move on");
    let due = sofa.model.next_deadline().unwrap();
    assert!(due.since(sofa.now.mono) <= 100, "the list wakes by itself");
    sofa.wait(100);
    assert!(opened(&sofa).unwrap().ends_with("/2.m3u8"));
    assert_eq!(sofa.focus(), "channels.c2");
    assert!(matches!(sofa.model.overlay, Some(Overlay::Channels(_))));
    // Looking is not choosing: nothing is kept.
    stay(&mut sofa);
    assert_eq!((sofa.model.channel.clone(), sofa.model.user.last_channel.clone()), (id(1), None));
    assert!(sofa.model.user.history.is_empty());
    sofa.press(RemoteKey::Back);
    assert!(opened(&sofa).unwrap().ends_with("/1.m3u8"), "Back returns to what was watched");
    assert_eq!((sofa.model.overlay.clone(), sofa.model.channel_before.clone()), (None, before));
}

#[test]
fn ok_keeps_the_preview_without_opening_it_again() {
    let mut sofa = Sofa::on_live();
    sofa.press(RemoteKey::Ok);
    sofa.press(RemoteKey::Down);
    sofa.wait(1_000);
    sofa.plays();
    sofa.press(RemoteKey::Ok);
    assert_eq!(opened(&sofa), None, "the picture goes on");
    assert_eq!((sofa.model.channel.clone(), sofa.model.channel_before.clone()), (id(2), id(1)));
    assert!(sofa.effects.contains(&Effect::Store(StoreCommand::SaveLastChannel(ChannelId("c2".into())))));
}

#[test]
fn every_way_out_of_the_list_ends_the_preview() {
    for key in [RemoteKey::Home, RemoteKey::Live, RemoteKey::Menu, RemoteKey::digit(3).unwrap()] {
        let mut sofa = Sofa::on_live();
        sofa.press(RemoteKey::Ok);
        sofa.press(RemoteKey::Down);
        sofa.wait(1_000);
        sofa.press(key);
        assert!(opened(&sofa).unwrap().ends_with("/1.m3u8"), "{key}");
    }
}

#[test]
fn an_operators_group_may_bear_the_name_of_ours() {
    let mut sofa = Sofa::on_live();
    let all = ["最近看的", "我常看的", "全部"].iter().zip(1..).map(|(group, n)| channel(n, "台", group));
    sofa.send(What::Lineup(Lineup { channels: all.collect::<Vec<_>>().into(), guides: vec![] }));
    sofa.press(RemoteKey::Ok);
    sofa.press(RemoteKey::Left);
    assert_eq!(sofa.focus(), "channels.operator-group.最近看的");
    sofa.press(RemoteKey::Up);
    assert_eq!(sofa.focus(), "channels.group.最近看的");
    let mut ids: Vec<String> = screens::focusables(&sofa.model).into_iter().map(|f| f.id).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
}

#[test]
fn a_line_that_hardly_bears_what_is_watched_is_spared_previews() {
    let mut sofa = Sofa::on_live();
    let since = sofa.now.mono;
    sofa.player(PlayerEvent::Phase(Phase::Stalled { since, trouble: Trouble::TooSlow }));
    sofa.player(PlayerEvent::Phase(Phase::Playing));
    sofa.press(RemoteKey::Ok);
    sofa.press(RemoteKey::Down);
    sofa.wait(2_000);
    assert_eq!(opened(&sofa), None);
    sofa.wait(5 * 60_000);
    assert!(opened(&sofa).unwrap().ends_with("/2.m3u8"), "after a while it is tried again");
    // One that cannot be had says so.
    sofa.player(PlayerEvent::Phase(Phase::Failed { trouble: Trouble::NotFound, next_try: None }));
    assert_eq!(live::words(&sofa.model), "暂时看不了");
    assert!(matches!(sofa.model.overlay, Some(Overlay::Channels(_))), "the list stays");
}
