//! Random hands on real screens: one focus, six presses of Back to Home, never stuck, never a panic.

use proptest::prelude::*;

use super::*;
use crate::{
    app::{
        learners::Busy,
        lock::PinAnswer,
        model::Power,
        screens::{forms_tests, quiz_tests},
    },
    learning::survey::{Survey, SurveyId, SurveyKind, SurveyQuestion},
    remote::hands::Press,
    store::PinSeal,
};

#[derive(Clone, Debug)]
enum Op {
    Key(Press),
    Wait(u16),
    Player(u8),
    Watch(u8),
    NewLineup(u8),
    NewCatalogue(u8),
    Network(bool),
    GuideAnswers,
    GuideImported,
    ClockSet,
    Book(u8),
    Lock(u8),
    Pin(bool),
    /// A lesson with questions runs towards one.
    Ask(u8),
    /// Days ago somebody began here, and the school has a question.
    Settled,
    SearchAnswers,
    /// The operator answers about a seat.
    Seats(u8),
    /// The keeper of the learners' data answers.
    Learner(bool),
    CannotSpeak,
    /// To a page that few hands find by themselves.
    Open(u8),
}

fn any_key() -> impl Strategy<Value = RemoteKey> {
    let named: Vec<RemoteKey> = RemoteKey::NAMED.iter().map(|(_, k)| *k).collect();
    use RemoteKey::*;
    // Home, live and power would end most walks early: they come rarely.
    let walking: Vec<RemoteKey> =
        vec![Up, Down, Left, Right, Ok, Back, Menu, ChannelUp, ChannelDown, Red, Yellow, Green, Guide, Info];
    prop_oneof![
        12 => prop::sample::select(walking),
        1 => prop::sample::select(named),
        2 => (0u8..10).prop_filter_map("digit", RemoteKey::digit),
        1 => Just(Search),
    ]
}

fn any_op() -> impl Strategy<Value = Op> {
    prop_oneof![
        40 => (any_key(), any::<bool>()).prop_map(|(key, r)| Op::Key(Press { key, repeat: r && key.repeats() })),
        3 => (0u16..30_000).prop_map(Op::Wait),
        4 => (0u8..9).prop_map(Op::Player),
        2 => (1u8..70).prop_map(Op::Watch),
        1 => (0u8..7).prop_map(Op::NewLineup),
        1 => (0u8..15).prop_map(Op::NewCatalogue),
        1 => any::<bool>().prop_map(Op::Network),
        6 => Just(Op::GuideAnswers),
        1 => Just(Op::GuideImported),
        1 => Just(Op::ClockSet),
        2 => any::<u8>().prop_map(Op::Book),
        1 => any::<u8>().prop_map(Op::Lock),
        4 => any::<bool>().prop_map(Op::Pin),
        2 => any::<u8>().prop_map(Op::Ask),
        6 => Just(Op::SearchAnswers),
        4 => any::<u8>().prop_map(Op::Seats),
        4 => any::<bool>().prop_map(Op::Learner),
        2 => any::<u8>().prop_map(Op::Open),
        1 => Just(Op::Settled),
        1 => Just(Op::CannotSpeak),
    ]
}

fn apply(sofa: &mut Sofa, op: Op) {
    let trouble = Trouble::ServerDown;
    let at = sofa.now.mono;
    match op {
        Op::Key(press) => sofa.send(What::Key(press)),
        Op::Wait(ms) => sofa.wait(u64::from(ms)),
        Op::Watch(s) => sofa.watch(u64::from(s) / 8),
        Op::Player(n) => sofa.player(match n {
            0 => PlayerEvent::FirstFrame,
            1 => PlayerEvent::Phase(Phase::Playing),
            2 => PlayerEvent::Phase(Phase::Stalled { since: at, trouble }),
            3 => PlayerEvent::Phase(Phase::Reconnecting { attempt: 2, since: at, next_try: at.plus(4000), trouble }),
            4 => PlayerEvent::Phase(Phase::Failed { trouble: Trouble::MissingCodec, next_try: Some(at.plus(60_000)) }),
            5 => PlayerEvent::Phase(Phase::Ended),
            6 => PlayerEvent::Phase(Phase::Paused),
            7 => PlayerEvent::Position { position_ms: u64::MAX, duration_ms: Some(0) },
            _ => PlayerEvent::Phase(Phase::Opening),
        }),
        Op::NewLineup(keep) => {
            let mut all = lineup();
            all.channels.truncate(usize::from(keep));
            sofa.send(What::Lineup(all));
        }
        Op::NewCatalogue(keep) => {
            let mut all = catalogue();
            all.courses.truncate(usize::from(keep));
            all.courses.iter_mut().for_each(|c| c.lessons.truncate(usize::from(keep)));
            sofa.send(What::Catalogue(all));
        }
        Op::Network(up) => sofa.send(What::Network(up)),
        Op::GuideAnswers => sofa.guide_answers(),
        Op::SearchAnswers => sofa.searcher_says_something(),
        Op::Settled => {
            let kind = SurveyKind::Choice { options: (0..5).map(|n| format!("第{n}样")).collect() };
            let question = SurveyQuestion { id: "q".into(), prompt: "？".into(), kind };
            let survey = Survey { id: SurveyId("s".into()), title: "问问".into(), questions: vec![question; 2] };
            let catalogue = Catalogue { surveys: vec![survey], ..catalogue() };
            sofa.model.user.add_seconds(0, 60);
            sofa.send(What::Catalogue(catalogue));
        }
        Op::GuideImported => sofa.send(What::GuideImported),
        Op::ClockSet => sofa.send(What::ClockSet),
        Op::CannotSpeak => sofa.send(What::CannotSpeak),
        Op::Lock(n) => {
            let channel = ChannelId(format!("c{}", [0, 1, 2, 3, 38][usize::from(n % 5)]));
            sofa.model.user.pin = Some(PinSeal::hidden());
            sofa.model.user.apply(&StoreCommand::SetLocked { channel, on: n < 200 });
            sofa.send(What::Tick);
        }
        Op::Pin(right) => {
            for _ in 0..4 {
                sofa.send(What::PinDigit);
            }
            let ask = sofa.model.lock.asks;
            sofa.send(What::Pin(PinAnswer { ask, right }));
        }
        Op::Ask(n) => quiz_tests::runs_towards_a_question(sofa, n),
        Op::Seats(n) => forms_tests::office_says(sofa, n),
        Op::Learner(good) => match sofa.model.learners.busy {
            Some(Busy::Coming { learner, ask }) => {
                let settings = Settings { learner: learner.to_string(), ..Settings::default() };
                let user = good.then(|| Box::new(UserData { settings, ..UserData::default() }));
                sofa.send(What::LearnerRead { ask, user, notices: vec![] });
            }
            Some(Busy::Leaving(learner)) => sofa.send(What::LearnerRemoved { learner, gone: good }),
            None => {}
        },
        Op::Open(n) if sofa.model.power == Power::On => {
            screens::go_home(&mut sofa.model);
            let hall = CourseId("hall".into());
            match n % 5 {
                0 => screens::timetable::open(&mut sofa.model),
                1 if n > 127 => screens::bookings::open(&mut sofa.model),
                1 => screens::waiting::open(&mut sofa.model, &hall, ["a", "b", "c", "gone"][usize::from(n / 5 % 4)]),
                2 => screens::visit::open(&mut sofa.model, &hall, &mut sofa.effects),
                3 if n > 127 => screens::learners::open(&mut sofa.model),
                3 => screens::settings::open(&mut sofa.model),
                _ => screens::course::open(&mut sofa.model, hall),
            }
            sofa.send(What::Tick);
        }
        Op::Open(_) => {}
        Op::Book(n) => {
            let start = sofa.now.utc.plus(i64::from(n) * 20_000 - 1_000_000);
            let of = ReminderOf::Programme(ChannelId(format!("c{}", n % 7)));
            let reminder = Reminder { of, start, end: start.plus(600_000), title: "约".into(), place: "台".into() };
            let mut effects = Vec::new();
            crate::app::reminders::book(&mut sofa.model, reminder, &mut effects);
        }
    }
}

const WALKS: u32 = 10_000;

proptest! {
    #![proptest_config(ProptestConfig { cases: WALKS, max_shrink_iters: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_keys_gets_stuck(keys in prop::collection::vec(any_key(), 200)) {
        let mut sofa = Sofa::new();
        for (i, key) in keys.into_iter().enumerate() {
            sofa.press(key);
            sofa.verify();
            if i % 3 == 0 {
                match sofa.model.page() {
                    Page::Search(_) => sofa.searcher_says_something(),
                    _ => sofa.guide_answers(),
                }
                sofa.verify();
            }
            if i % 20 == 19 {
                sofa.back_reaches_home();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, max_shrink_iters: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_course_of_events_gets_stuck(ops in prop::collection::vec(any_op(), 120)) {
        let mut sofa = Sofa::new();
        for op in ops {
            apply(&mut sofa, op);
            sofa.verify();
            sofa.back_reaches_home();
        }
    }
}

#[test]
fn a_box_without_any_data_still_has_one_focus_everywhere() {
    let mut sofa = Sofa { model: Model::default(), now: Now { utc: START, mono: MonoMs(1) }, effects: vec![] };
    sofa.verify();
    sofa.send(What::Boot(Box::default()));
    for door in
        [RemoteKey::Ok, RemoteKey::Back, RemoteKey::Right, RemoteKey::Ok, RemoteKey::Down, RemoteKey::Ok, RemoteKey::Ok]
    {
        sofa.press(door);
        sofa.verify();
        sofa.back_reaches_home();
    }
}
