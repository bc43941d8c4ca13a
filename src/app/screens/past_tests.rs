//! Time-shift by catch-up: what is asked for, what is said, and random hands that never get before what is kept or
//! beyond the edge.

use proptest::prelude::*;

use super::{
    past::{NEAREST_MS, goes_on},
    shift::{behind_ms, is_paused, words},
    tests::Sofa,
};
use crate::{
    app::{Effect, What, model::Page, playback::Intent},
    guide::lineup::{Catchup, ChannelId},
    player::types::*,
    remote::{hands::Press, key::RemoteKey},
    time::MonoMs,
};

const DAYS_MS: i64 = 2 * 86_400_000;

/// On channel 3, whose operator keeps two days and whose stream has no window.
fn on_live() -> Sofa {
    let mut sofa = Sofa::new();
    sofa.press(RemoteKey::Live);
    for key in [RemoteKey::ChannelUp, RemoteKey::ChannelUp] {
        sofa.press(key);
    }
    assert_eq!(sofa.model.channel, Some(ChannelId("c3".into())));
    sofa.plays();
    sofa.player(PlayerEvent::Position { position_ms: 4_000, duration_ms: None });
    sofa
}

fn opened(sofa: &Sofa) -> Vec<&MediaRequest> {
    let requests = sofa.effects.iter().filter_map(|e| match e {
        Effect::Player(PlayerCommand::Open(request)) => Some(request),
        _ => None,
    });
    requests.collect()
}

/// How long ago what was just opened begins, in seconds; none for the live stream.
fn asked(sofa: &Sofa) -> Vec<Option<i64>> {
    let ago = |r: &MediaRequest| {
        let (_, utc) = r.sources[0].url.split_once("?utc=")?;
        let start: i64 = utc.split('&').next()?.parse().ok()?;
        Some(sofa.now.utc.0 / 1_000 - start)
    };
    opened(sofa).into_iter().map(ago).collect()
}

fn toast(sofa: &Sofa) -> Option<&str> {
    sofa.model.toast.as_ref().map(|t| t.text.as_str())
}

fn at(sofa: &mut Sofa, position_ms: u64) {
    sofa.player(PlayerEvent::Position { position_ms, duration_ms: None });
}

#[test]
fn left_asks_for_what_was_on_and_right_comes_back_to_the_edge() {
    let mut sofa = on_live();
    sofa.press(RemoteKey::Right);
    assert_eq!(toast(&sofa), Some("已经是直播了"));
    sofa.press(RemoteKey::Left);
    assert_eq!(asked(&sofa), [Some(30)], "what is newer may not be filed yet");
    assert_eq!((opened(&sofa)[0].kind, opened(&sofa)[0].speed), (MediaKind::OnDemand, Speed::Normal));
    assert_eq!(words(&sofa.model).as_deref(), Some("已落后不到1分钟，按【看电视】回到直播"));
    for ago in [40, 50, 60, 70] {
        sofa.press(RemoteKey::Left);
        assert_eq!(asked(&sofa), [Some(ago)]);
    }
    sofa.plays();
    sofa.wait(5_000);
    at(&mut sofa, 5_000);
    assert_eq!(words(&sofa.model).as_deref(), Some("已落后1分钟，按【看电视】回到直播"));
    sofa.press(RemoteKey::Right);
    assert_eq!(asked(&sofa), [Some(60)]);
    for _ in 0..3 {
        sofa.press(RemoteKey::Right);
    }
    assert_eq!(asked(&sofa), [Some(30)]);
    sofa.press(RemoteKey::Right);
    assert_eq!((asked(&sofa), toast(&sofa)), (vec![None], Some("回到直播了")));
    assert_eq!((behind_ms(&sofa.model), words(&sofa.model)), (None, None));
}

#[test]
fn a_held_key_runs_and_asks_once_it_rests() {
    let mut sofa = on_live();
    sofa.press(RemoteKey::Left);
    for _ in 0..4 {
        sofa.send(What::Key(Press { key: RemoteKey::Left, repeat: true }));
        assert!(opened(&sofa).is_empty());
    }
    assert_eq!(behind_ms(&sofa.model), Some(150_000), "it is said at once");
    sofa.wait(400);
    assert_eq!(asked(&sofa), [Some(150)]);
}

#[test]
fn one_key_leads_back_to_the_edge() {
    let mut sofa = on_live();
    sofa.press(RemoteKey::Left);
    sofa.plays();
    sofa.press(RemoteKey::Live);
    assert_eq!(asked(&sofa), [None]);
    assert_eq!(behind_ms(&sofa.model), None);
    assert!(matches!(sofa.model.page(), Page::Live));
}

#[test]
fn a_short_pause_goes_on_in_the_stream_and_a_long_one_from_where_it_stood() {
    let mut sofa = on_live();
    sofa.press(RemoteKey::Pause);
    let paused = |e: &Effect| matches!(e, Effect::Player(PlayerCommand::Pause(_)));
    assert!(sofa.effects.iter().any(paused), "{:?}", sofa.effects);
    sofa.player(PlayerEvent::Phase(Phase::Paused));
    assert_eq!(words(&sofa.model).as_deref(), Some("停住了，按【确认】接着看"));
    sofa.wait(6_000);
    sofa.press(RemoteKey::Ok);
    assert!(matches!(sofa.effects.as_slice(), [Effect::Player(PlayerCommand::Resume(_))]), "{:?}", sofa.effects);
    assert_eq!((words(&sofa.model), is_paused(&sofa.model)), (None, false));

    sofa.press(RemoteKey::PlayPause);
    sofa.wait(10_000);
    assert!(sofa.effects.contains(&Effect::Player(PlayerCommand::Stop)), "no connection is kept for a long pause");
    // Whatever the stream has still to say, the picture stands.
    sofa.player(PlayerEvent::Phase(Phase::Idle));
    sofa.wait(115_000);
    assert!(sofa.model.playback.is_moving() && sofa.model.overlay.is_none());
    assert_eq!(words(&sofa.model).as_deref(), Some("停住了，已落后2分钟，按【确认】接着看"));
    sofa.press(RemoteKey::PlayPause);
    assert_eq!(asked(&sofa), [Some(125)]);
    assert_eq!(sofa.model.playback.intent, Intent::Play);
    assert_eq!(words(&sofa.model).as_deref(), Some("已落后2分钟，按【看电视】回到直播"));
}

#[test]
fn a_group_is_left_as_soon_as_its_picture_stands() {
    let mut sofa = on_live();
    let mut lineup = sofa.model.lineup.ready().cloned().unwrap();
    lineup.channels[2].sources[0].url = "udp://239.1.1.1:5000".into();
    lineup.channels[2].catchup = Some(Catchup {
        mode: "default".into(),
        days: 1,
        source: Some("http://op.example/past?utc={utc}".into()),
        ..Catchup::default()
    });
    sofa.send(What::Lineup(lineup));
    sofa.press(RemoteKey::Pause);
    assert!(sofa.effects.contains(&Effect::Player(PlayerCommand::Stop)), "{:?}", sofa.effects);
    sofa.wait(5_000);
    assert_eq!(words(&sofa.model).as_deref(), Some("停住了，按【确认】接着看"));
    sofa.press(RemoteKey::Ok);
    assert_eq!(asked(&sofa), [Some(30)], "nothing is missed");
}

#[test]
fn a_channel_that_keeps_nothing_stands_and_goes_on_at_its_edge() {
    let on_first = |url: &str| {
        let mut sofa = on_live();
        let mut lineup = sofa.model.lineup.ready().cloned().unwrap();
        lineup.channels[0].sources[0].url = url.into();
        sofa.send(What::Lineup(lineup));
        sofa.press(RemoteKey::ChannelDown);
        sofa.press(RemoteKey::ChannelDown);
        sofa.press(RemoteKey::Pause);
        assert_eq!(toast(&sofa), Some("画面还没有来，请等一等"));
        sofa.plays();
        sofa.press(RemoteKey::Pause);
        assert_eq!(toast(&sofa), Some("停着时播的节目，不能补看"));
        sofa.player(PlayerEvent::Phase(Phase::Paused));
        sofa
    };
    let paused = on_first("udp://239.1.1.1:5000");
    assert!(paused.model.playback.has_frame && paused.model.playback.is_moving(), "the picture stands");
    assert_eq!(words(&paused.model).as_deref(), Some("停住了，按【确认】看直播"));
    type Key<'a> = (&'a str, &'a dyn Fn(&mut Sofa));
    let keys: [Key<'_>; 5] = [
        ("ok", &|s| s.press(RemoteKey::Ok)),
        ("live", &|s| s.press(RemoteKey::Live)),
        ("pause again", &|s| s.press(RemoteKey::PlayPause)),
        ("right", &|s| s.press(RemoteKey::Right)),
        ("zap", &|s| s.press(RemoteKey::ChannelUp)),
    ];
    for (key, press) in keys {
        let mut sofa = Sofa { model: paused.model.clone(), now: paused.now, effects: vec![] };
        sofa.wait(4 * 60_000);
        sofa.press(RemoteKey::Left);
        assert_eq!(toast(&sofa), Some("这个频道不能往回看"));
        assert_eq!(words(&sofa.model).as_deref(), Some("停住了，按【确认】看直播"), "{key}");
        press(&mut sofa);
        assert_eq!((asked(&sofa), sofa.model.playback.intent), (vec![None], Intent::Play), "{key}");
        assert!(sofa.model.past.is_none() && sofa.model.overlay.is_none(), "{key}");
    }
    // A stream that waits a little goes on where it stood, if that is soon.
    let mut sofa = on_first("http://op.example/udp/239.1.1.1:5000");
    assert_eq!(words(&sofa.model).as_deref(), Some("停住了，按【确认】接着看"));
    sofa.press(RemoteKey::Ok);
    assert!(matches!(sofa.effects.as_slice(), [Effect::Player(PlayerCommand::Resume(_))]), "{:?}", sofa.effects);
    sofa.press(RemoteKey::Pause);
    sofa.wait(11_000);
    assert_eq!(words(&sofa.model).as_deref(), Some("停住了，按【确认】看直播"));
    sofa.press(RemoteKey::Ok);
    assert_eq!(asked(&sofa), [None]);
}

#[test]
fn a_pause_that_outlasts_what_is_kept_ends_at_the_edge() {
    let mut sofa = on_live();
    sofa.press(RemoteKey::Pause);
    sofa.player(PlayerEvent::Phase(Phase::Paused));
    sofa.wait(u64::try_from(DAYS_MS).unwrap() + 3_600_000);
    assert_eq!(words(&sofa.model).as_deref(), Some("停住了，按【确认】看直播"));
    sofa.press(RemoteKey::Ok);
    assert_eq!(asked(&sofa), [None]);
}

#[test]
fn a_pause_of_catchup_falls_behind() {
    let mut sofa = on_live();
    sofa.press(RemoteKey::Left);
    sofa.plays();
    at(&mut sofa, 2_000);
    sofa.press(RemoteKey::Pause);
    sofa.player(PlayerEvent::Phase(Phase::Paused));
    sofa.wait(92_000);
    assert_eq!(words(&sofa.model).as_deref(), Some("停住了，已落后2分钟，按【确认】接着看"));
    sofa.press(RemoteKey::Ok);
    assert!(matches!(sofa.effects.as_slice(), [Effect::Player(PlayerCommand::Resume(_))]), "{:?}", sofa.effects);
}

#[test]
fn the_next_piece_follows_the_one_that_was_asked_for() {
    let mut sofa = on_live();
    sofa.press(RemoteKey::Left);
    sofa.plays();
    sofa.wait(30_000);
    sofa.player(PlayerEvent::Position { position_ms: 29_800, duration_ms: Some(30_000) });
    sofa.player(PlayerEvent::Phase(Phase::Ended));
    assert_eq!(asked(&sofa), [Some(30)]);
    assert_eq!(behind_ms(&sofa.model), Some(30_000));
    assert_eq!(sofa.model.user.history, [], "what is gone back in is no lesson");
    // One in which there is nothing is none.
    sofa.plays();
    sofa.player(PlayerEvent::Phase(Phase::Ended));
    assert_eq!((asked(&sofa), toast(&sofa)), (vec![None], Some("这一段看不了，回到直播了")));
}

#[test]
fn what_the_operator_does_not_have_leads_back_to_the_edge() {
    let trouble = |trouble| Phase::Reconnecting { attempt: 1, since: MonoMs(0), next_try: MonoMs(0), trouble };
    let mut sofa = on_live();
    sofa.press(RemoteKey::Left);
    sofa.player(PlayerEvent::Phase(trouble(Trouble::ServerDown)));
    assert!(opened(&sofa).is_empty(), "a server that is away is waited for");
    sofa.player(PlayerEvent::Phase(trouble(Trouble::NotFound)));
    assert_eq!((asked(&sofa), toast(&sofa)), (vec![None], Some("这一段看不了，回到直播了")));
}

#[test]
fn a_window_that_is_too_short_is_left_to_catchup_and_a_long_one_is_gone_beyond() {
    let mut sofa = on_live();
    sofa.player(PlayerEvent::Window(LiveWindow { from_ms: 0, live_ms: 6_000 }));
    sofa.player(PlayerEvent::Position { position_ms: 6_000, duration_ms: None });
    sofa.press(RemoteKey::Left);
    assert_eq!(asked(&sofa), [Some(30)]);

    let mut sofa = on_live();
    sofa.player(PlayerEvent::Window(LiveWindow { from_ms: 0, live_ms: 90_000 }));
    sofa.player(PlayerEvent::Position { position_ms: 12_000, duration_ms: None });
    sofa.press(RemoteKey::Left);
    assert!(opened(&sofa).is_empty(), "within the window nothing else is needed");
    sofa.press(RemoteKey::Left);
    assert_eq!(asked(&sofa), [Some(98)]);
}

#[test]
fn elsewhere_it_is_what_is_on_now() {
    let mut sofa = on_live();
    sofa.press(RemoteKey::Left);
    sofa.press(RemoteKey::Home);
    assert_eq!((asked(&sofa), sofa.model.past.is_none()), (vec![None], true));
    let mut sofa = on_live();
    sofa.press(RemoteKey::Pause);
    sofa.press(RemoteKey::ChannelUp);
    assert_eq!((asked(&sofa), sofa.model.playback.intent), (vec![None], Intent::Play));
}

#[derive(Clone, Debug)]
enum Op {
    Key(Press),
    Wait(u32),
    Plays,
    /// A second of play.
    Moves,
    Ends,
    Fails,
}

fn any_op() -> impl Strategy<Value = Op> {
    use RemoteKey::*;
    let keys = prop::sample::select(vec![Left, Left, Left, Right, Pause, Play, Ok, Stop, Info, Live]);
    prop_oneof![
        8 => (keys, any::<bool>()).prop_map(|(key, r)| Op::Key(Press { key, repeat: r && key.repeats() })),
        3 => (0u32..40_000).prop_map(Op::Wait),
        1 => (3_000_000u32..90_000_000).prop_map(Op::Wait),
        4 => Just(Op::Plays),
        6 => Just(Op::Moves),
        1 => Just(Op::Ends),
        1 => Just(Op::Fails),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nobody_gets_before_what_is_kept_or_beyond_the_edge(ops in prop::collection::vec(any_op(), 80)) {
        let mut sofa = on_live();
        for op in ops {
            match op {
                Op::Key(press) => sofa.send(What::Key(press)),
                Op::Wait(ms) => sofa.wait(u64::from(ms)),
                Op::Plays => sofa.plays(),
                Op::Moves => {
                    let (session, from_ms) = (sofa.model.playback.session, sofa.model.playback.position_ms);
                    sofa.wait(1_000);
                    sofa.send(What::Player(session, PlayerEvent::Position {
                        position_ms: from_ms + 1_000,
                        duration_ms: None,
                    }));
                }
                Op::Ends => sofa.player(PlayerEvent::Phase(Phase::Ended)),
                Op::Fails => sofa.player(PlayerEvent::Phase(Phase::Failed { trouble: Trouble::Forbidden, next_try: None })),
            }
            for ago in asked(&sofa).into_iter().flatten() {
                prop_assert!(ago >= NEAREST_MS / 1_000 && ago * 1_000 <= DAYS_MS, "{ago} s ago");
            }
            if let Some(behind) = behind_ms(&sofa.model).filter(|_| goes_on(&sofa.model)) {
                prop_assert!(i64::try_from(behind).unwrap() <= DAYS_MS);
                prop_assert!(words(&sofa.model).is_some_and(|w| w.contains("已落后")));
            }
            let bare = matches!(sofa.model.page(), Page::Live);
            prop_assert!(!bare || sofa.model.playback.what.is_some(), "something is always on");
            if let Some(at) = sofa.model.next_deadline() {
                prop_assert!(at > sofa.now.mono, "a deadline in the past would spin");
            }
        }
        // From wherever it is, one key leads to the edge.
        if !matches!(sofa.model.page(), Page::Live) || sofa.model.overlay.is_some() {
            sofa.press(RemoteKey::Live);
        }
        sofa.press(RemoteKey::Live);
        prop_assert!(sofa.model.past.is_none() && !is_paused(&sofa.model));
    }
}

/// The same, where the server counts in minutes.
fn on_live_by_the_minute() -> Sofa {
    let mut sofa = on_live();
    let mut lineup = sofa.model.lineup.ready().cloned().unwrap();
    lineup.channels[2].sources[0].url = "http://op.example/u/p/3".into();
    lineup.channels[2].catchup = Some(Catchup { mode: "xc".into(), days: 2, source: None, ..Catchup::default() });
    sofa.send(What::Lineup(lineup));
    sofa
}

/// The length in minutes and the time on the wall of what was just opened.
fn asked_by_the_minute(sofa: &Sofa) -> Option<(u32, String)> {
    let request = *opened(sofa).last()?;
    let mut parts = request.sources[0].url.strip_prefix("http://op.example/timeshift/u/p/")?.split('/');
    Some((parts.next()?.parse().unwrap(), parts.next()?.to_owned()))
}

/// What the words say that the picture is of.
fn said(sofa: &Sofa) -> String {
    let at = sofa.now.utc.plus(-i64::try_from(behind_ms(&sofa.model).unwrap()).unwrap());
    assert_eq!(at.0 % 60_000, 0, "the server begins with a minute");
    let time = crate::app::civil::local(at, &crate::time::Zone::fixed(8 * 3_600));
    format!("{}-{:02}-{:02}:{:02}-{:02}", time.year(), time.month(), time.day(), time.hour(), time.minute())
}

#[test]
fn a_server_that_counts_in_minutes_is_asked_for_the_minute_that_is_said() {
    let mut sofa = on_live_by_the_minute();
    sofa.wait(47_000);
    sofa.press(RemoteKey::Left);
    let (length, time) = asked_by_the_minute(&sofa).unwrap();
    assert_eq!((time, length >= 1), (said(&sofa), true));
    // Each step back gets further back, each forward further on.
    for key in [RemoteKey::Left, RemoteKey::Left, RemoteKey::Right] {
        let before = behind_ms(&sofa.model);
        sofa.press(key);
        assert_eq!(asked_by_the_minute(&sofa).unwrap().1, said(&sofa));
        assert_eq!(behind_ms(&sofa.model) > before, key == RemoteKey::Left, "{key:?}");
    }
    // The next piece follows this one, whole minutes or nearly so.
    for (length_ms, minutes) in [(120_000, 2), (179_400, 3), (150_000, 2)] {
        let from = sofa.now.utc.plus(-i64::try_from(behind_ms(&sofa.model).unwrap()).unwrap());
        sofa.plays();
        sofa.wait(length_ms);
        sofa.player(PlayerEvent::Position { position_ms: length_ms, duration_ms: Some(length_ms) });
        sofa.player(PlayerEvent::Phase(Phase::Ended));
        let next = sofa.now.utc.plus(-i64::try_from(behind_ms(&sofa.model).unwrap()).unwrap());
        assert_eq!((next.since(from), asked_by_the_minute(&sofa).unwrap().1), (minutes * 60_000, said(&sofa)));
    }
    while sofa.model.past.is_some() {
        sofa.press(RemoteKey::Right);
    }
    assert_eq!(toast(&sofa), Some("回到直播了"));
}

#[test]
fn a_long_pause_goes_on_at_the_beginning_of_its_minute() {
    let mut sofa = on_live_by_the_minute();
    sofa.wait(20_000);
    sofa.press(RemoteKey::Pause);
    sofa.wait(95_000);
    sofa.press(RemoteKey::Ok);
    assert_eq!(asked_by_the_minute(&sofa).unwrap().1, said(&sofa));
    assert!(behind_ms(&sofa.model).unwrap() < 155_000);
}

#[test]
fn a_server_that_counts_in_hours_is_not_gone_back_in() {
    let mut sofa = on_live();
    let mut lineup = sofa.model.lineup.ready().cloned().unwrap();
    let source = Some("http://op.example/{Y}{m}{d}{H}.ts".into());
    lineup.channels[2].catchup = Some(Catchup { mode: "default".into(), days: 2, source, ..Catchup::default() });
    sofa.send(What::Lineup(lineup));
    sofa.press(RemoteKey::Left);
    assert_eq!(toast(&sofa), Some("这个频道不能往回看"));
}
