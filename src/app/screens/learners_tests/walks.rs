//! Random hands of several learners: nobody gets what another one has watched.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::House;
use crate::{
    app::{What, model::Power, screens},
    learning::roster::LearnerId,
    player::types::{Phase, PlayerEvent},
    remote::key::RemoteKey,
    store::types::UserData,
};

#[derive(Clone, Debug)]
enum Hand {
    Key(RemoteKey),
    /// From its beginning, before a question, or before its end.
    Lesson(u8, u32, u64),
    Watch(u8),
    Call(u8),
    Answer(bool),
    Pass(u16),
    Clock(bool),
    Ended,
}

fn hand() -> impl Strategy<Value = Hand> {
    use RemoteKey::*;
    let keys = vec![Up, Down, Left, Right, Ok, Ok, Back, Menu, Red, Yellow, Home, Power];
    prop_oneof![
        20 => prop::sample::select(keys).prop_map(Hand::Key),
        3 => (0u8..6, 0u32..3, prop::sample::select(vec![0, 8_000, 55_000]))
            .prop_map(|(course, lesson, at_ms)| Hand::Lesson(course, lesson, at_ms)),
        4 => (1u8..25).prop_map(Hand::Watch),
        3 => (0u8..6).prop_map(Hand::Call),
        4 => prop::bool::weighted(0.8).prop_map(Hand::Answer),
        2 => (0u16..30_000).prop_map(Hand::Pass),
        1 => any::<bool>().prop_map(Hand::Clock),
        1 => Just(Hand::Ended),
    ]
}

/// What the model shows of the learner is what is in the file of the one who learns; all other files stand still.
fn verify(house: &House, before: &BTreeMap<LearnerId, UserData>) -> Result<(), TestCaseError> {
    let model = house.model();
    let now = model.learners.roster.now();
    prop_assert_eq!(now, house.now, "core and store think of different learners");
    let (shown, kept) = (model.user.clone().learners_own(), house.files[&now].clone().learners_own());
    let keys = |user: &UserData| user.history.iter().map(|e| e.key.clone()).collect::<Vec<_>>();
    prop_assert_eq!(keys(&shown), keys(&kept));
    prop_assert_eq!(&shown.settings, &kept.settings);
    prop_assert_eq!(&shown.favourite_courses, &kept.favourite_courses);
    prop_assert_eq!((&shown.answers, &shown.taste, &shown.credits), (&kept.answers, &kept.taste, &kept.credits));
    for (entry, known) in shown.history.iter().zip(&kept.history) {
        prop_assert!(entry.watched.holds(&known.watched), "the file has seconds that nobody is shown");
    }
    for (id, file) in &house.files {
        if let Some(earlier) = before.get(id).filter(|_| *id != now) {
            prop_assert_eq!(&earlier.clone().learners_own(), &file.clone().learners_own(), "{} learnt asleep", id);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, max_shrink_iters: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_course_of_events_mixes_two_learners(hands in prop::collection::vec(hand(), 1..100)) {
        let mut house = House::new();
        let ids = [LearnerId::FIRST, house.add("奶奶"), house.add("爷爷")];
        for hand in hands {
            let (before, learnt) = (house.files.clone(), house.now);
            match hand {
                Hand::Key(key) => house.press(key),
                Hand::Lesson(course, lesson, at_ms) if house.model().power == Power::On => {
                    let course = ["h0", "h1", "h2", "h5", "x", "hall"][usize::from(course)];
                    house.start_at(course, lesson, at_ms);
                }
                Hand::Watch(seconds) => house.watch(u64::from(seconds)),
                Hand::Call(n) => match n {
                    0..3 => {
                        let id = ids[usize::from(n)];
                        if house.model().learners.roster.holds(id) {
                            house.order(id);
                        }
                    }
                    _ => {
                        screens::go_home(&mut house.sofa.model);
                        screens::learners::open(&mut house.sofa.model);
                        house.send(What::Tick);
                    }
                },
                Hand::Answer(good) => house.answer(good),
                Hand::Pass(ms) => {
                    house.pass(u64::from(ms));
                    house.send(What::Tick);
                }
                Hand::Clock(true) => house.send(What::ClockSet),
                Hand::Clock(false) => house.sofa.model.clock_wrong = true,
                Hand::Ended => house.player(PlayerEvent::Phase(Phase::Ended)),
                Hand::Lesson(..) => {}
            }
            // Whoever has just left wrote down the last seconds.
            let mut standing = before;
            standing.remove(&learnt);
            verify(&house, &standing)?;
        }
    }
}
