//! What counts as watched: only what a player that answers late has really shown, and of the day that it was.

use proptest::prelude::*;

use super::tests::{START, Sofa, catalogue};
use crate::{
    app::{Effect, Model, Msg, What, msg::Boot, screens::lesson, update},
    catalogue::types::*,
    player::types::*,
    remote::key::RemoteKey,
    store::types::*,
    time::{MonoMs, Now},
};

/// A player that answers commands late and tells its position four times a second.
struct Player {
    place: u64,
    playing: bool,
    orders: Vec<(u64, PlayerCommand)>,
    shown: std::collections::BTreeSet<u64>,
}

const TICK_MS: u64 = 50;
const LENGTH_MS: u64 = 60_000;

/// Plays on for `ms`; commands take effect `late_ms` after they were given.
fn play_on(sofa: &mut Sofa, player: &mut Player, msgs: &mut Vec<Msg>, ms: u64) {
    for n in 0..ms / TICK_MS {
        sofa.now.mono = sofa.now.mono.plus(TICK_MS);
        sofa.now.utc = sofa.now.utc.plus(TICK_MS as i64);
        let now = sofa.now.mono.0;
        while player.orders.first().is_some_and(|(at, _)| *at <= now) {
            match player.orders.remove(0).1 {
                PlayerCommand::Open(request) => (player.place, player.playing) = (request.start_ms, true),
                PlayerCommand::Seek { to_ms, .. } => {
                    player.place = to_ms;
                    say(sofa, msgs, Position(player.place));
                }
                PlayerCommand::Pause(_) => {
                    player.playing = false;
                    say(sofa, msgs, Is(Phase::Paused));
                }
                PlayerCommand::Resume(_) => {
                    player.playing = true;
                    say(sofa, msgs, Is(Phase::Playing));
                }
                _ => {}
            }
        }
        if player.playing && player.place < LENGTH_MS {
            player.shown.insert(player.place / TICK_MS);
            player.place += TICK_MS;
            if n % 5 == 4 {
                say(sofa, msgs, Position(player.place));
            }
        }
    }
}

enum Said {
    Position(u64),
    Is(Phase),
}
use Said::{Is, Position};

fn say(sofa: &mut Sofa, msgs: &mut Vec<Msg>, said: Said) {
    let event = match said {
        Position(position_ms) => PlayerEvent::Position { position_ms, duration_ms: Some(LENGTH_MS) },
        Is(phase) => PlayerEvent::Phase(phase),
    };
    give(sofa, msgs, What::Player(sofa.model.playback.session, event));
}

fn give(sofa: &mut Sofa, msgs: &mut Vec<Msg>, what: What) {
    msgs.push(Msg { at: sofa.now, what: what.clone() });
    sofa.send(what);
}

#[derive(Clone, Debug)]
enum Hand {
    Key(RemoteKey),
    Wait(u64),
    /// The wall clock is set by so many hours.
    Clock(i64),
}

fn hands() -> impl Strategy<Value = Vec<Hand>> {
    use RemoteKey::{Blue, Forward, Left, Ok, PlayPause, Rewind, Right};
    let one = prop_oneof![
        4 => prop::sample::select(vec![Left, Right, PlayPause, Forward, Rewind, Blue, Ok]).prop_map(Hand::Key),
        4 => (100u64..9_000).prop_map(Hand::Wait),
        1 => (-30i64..30).prop_map(Hand::Clock),
    ];
    prop::collection::vec(one, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_keys_earn_what_was_not_shown_and_a_recording_gives_the_same_figure(hands in hands(), late_ms in 0u64..900) {
        let mut sofa = Sofa::new();
        // Another course, of one lesson that asks nothing.
        let (course, lesson) = (CourseId("h0".into()), LessonId("l0".into()));
        sofa.send(What::Tick);
        let mut replayed = sofa.model.clone();
        lesson::start(&mut replayed, course.clone(), lesson.clone(), 0);
        sofa.model = replayed.clone();
        let mut msgs = Vec::new();
        let mut player = Player { place: 0, playing: false, orders: vec![], shown: Default::default() };
        give(&mut sofa, &mut msgs, What::Tick);
        for hand in hands.into_iter().map(Some).chain([None]) {
            let orders = std::mem::take(&mut sofa.effects).into_iter().filter_map(|e| match e {
                Effect::Player(order) => Some((sofa.now.mono.0 + late_ms, order)),
                _ => None,
            });
            let orders: Vec<_> = orders.collect();
            if orders.iter().any(|(_, o)| matches!(o, PlayerCommand::Open(_))) {
                player.orders = orders;
                play_on(&mut sofa, &mut player, &mut msgs, late_ms + TICK_MS);
                let session = sofa.model.playback.session;
                give(&mut sofa, &mut msgs, What::Player(session, PlayerEvent::FirstFrame));
                say(&mut sofa, &mut msgs, Is(Phase::Playing));
            } else {
                player.orders.extend(orders);
            }
            match hand {
                Some(Hand::Key(key)) => {
                    give(&mut sofa, &mut msgs, What::Key(crate::remote::hands::Press { key, repeat: false }));
                }
                Some(Hand::Wait(ms)) => play_on(&mut sofa, &mut player, &mut msgs, ms),
                Some(Hand::Clock(hours)) => {
                    sofa.now.utc = sofa.now.utc.plus(hours * 3_600_000);
                    give(&mut sofa, &mut msgs, What::ClockSet);
                }
                None => {}
            }
            let key = HistoryKey::Lesson { course: course.clone(), lesson: lesson.clone() };
            let watched = sofa.model.user.history.iter().find(|e| e.key == key).map(|e| e.watched.clone());
            for (from, to) in watched.iter().flat_map(|w| w.ranges().iter().copied()) {
                for second in from..to {
                    let ticks = u64::from(second) * 1000 / TICK_MS..u64::from(second + 1) * 1000 / TICK_MS;
                    let seen = player.shown.range(ticks).count() as u64 * TICK_MS;
                    prop_assert!(seen >= 600, "{} ms of second {} were shown", seen, second);
                }
            }
            let days: u32 = sofa.model.user.days.iter().map(|(_, s)| s).sum();
            prop_assert_eq!(days + sofa.model.undated_seconds, watched.map_or(0, |w| w.total()), "each second is of one day");
        }
        for msg in msgs {
            let text = serde_json::to_string(&msg).unwrap();
            update(&mut replayed, serde_json::from_str(&text).unwrap());
        }
        prop_assert_eq!(&replayed.user, &sofa.model.user);
    }
}

#[test]
fn what_a_wrong_clock_counts_belongs_to_the_day_that_it_was() {
    let mut sofa =
        Sofa { model: Model::default(), now: Now { utc: crate::time::UtcMs(0), mono: MonoMs(1) }, effects: vec![] };
    sofa.send(What::Boot(Box::new(Boot { catalogue: Some(catalogue()), clock_wrong: true, ..Boot::default() })));
    lesson::start(&mut sofa.model, CourseId("h5".into()), LessonId("l1".into()), 0);
    sofa.send(What::Tick);
    sofa.plays();
    sofa.watch(20);
    assert_eq!((sofa.model.user.days.len(), sofa.model.undated_seconds), (0, 20));
    sofa.now.utc = START;
    sofa.send(What::ClockSet);
    let [(day, 20)] = sofa.model.user.days[..] else { panic!("{:?}", sofa.model.user.days) };
    assert!(sofa.effects.contains(&Effect::Store(StoreCommand::SaveDay { day, seconds: 20 })));
}
