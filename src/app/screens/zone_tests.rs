//! The clock on the wall is put back while the program runs.

use super::{guide, tests::Sofa};
use crate::{
    app::{Effect, civil, model::Page},
    remote::key::RemoteKey::*,
    time::{UtcMs, Zone},
};

const MINUTE_MS: u64 = 60_000;
/// Of 25 October 2026, at three o'clock in Berlin.
const CHANGE: UtcMs = UtcMs(1_792_890_000_000);

/// Berlin in the night to 25 October 2026, a quarter of an hour before three becomes two.
fn before_the_change() -> Sofa {
    let mut sofa = Sofa::new();
    sofa.model.zone = Zone { first_s: 7_200, changes: vec![(CHANGE, 3_600)] };
    sofa.now.utc = CHANGE.plus(-15 * 60_000);
    sofa.wait(0);
    sofa
}

fn clock(sofa: &Sofa) -> String {
    civil::time(sofa.model.now.utc, &sofa.model.zone)
}

#[test]
fn the_clock_on_the_screen_goes_back_with_the_one_on_the_wall() {
    let mut sofa = before_the_change();
    assert_eq!(clock(&sofa), "2:45");
    sofa.wait(14 * MINUTE_MS);
    assert_eq!(clock(&sofa), "2:59");
    sofa.wait(MINUTE_MS);
    assert_eq!(clock(&sofa), "2:00");
}

/// The days of the guide that were asked for last.
fn asked(sofa: &Sofa) -> Vec<(UtcMs, UtcMs)> {
    let days = sofa.effects.iter().filter_map(|effect| match effect {
        Effect::AskDay { from, to, .. } => Some((*from, *to)),
        _ => None,
    });
    days.collect()
}

#[test]
fn each_day_of_the_guide_is_asked_for_from_its_own_midnight_on() {
    const HOUR_MS: i64 = 3_600_000;
    let mut sofa = before_the_change();
    sofa.press(Live);
    sofa.press(ChannelUp);
    sofa.press(Guide);
    // It began at 22:00 of UTC, and has 25 hours.
    let midnight = CHANGE.plus(-3 * HOUR_MS);
    let next = midnight.plus(25 * HOUR_MS);
    assert_eq!(asked(&sofa), [(midnight, next)]);
    sofa.guide_answers();
    sofa.press(Right);
    assert_eq!(asked(&sofa), [(next, next.plus(24 * HOUR_MS))]);
    sofa.guide_answers();
    let Page::Guide(page) = sofa.model.page() else { panic!("{:?}", sofa.model.page()) };
    assert!(guide::focused(&sofa.model, page).is_some(), "the answer is taken for that day");
    assert_eq!(civil::time(page.at, &sofa.model.zone), "2:45", "the same time by the clock of that day");
}

#[test]
fn the_guide_stays_as_it_is_when_the_clock_goes_back() {
    let mut sofa = before_the_change();
    for key in [Live, ChannelUp, Guide] {
        sofa.press(key);
        sofa.guide_answers();
    }
    let rows = |sofa: &Sofa| {
        let Page::Guide(page) = sofa.model.page() else { panic!("{:?}", sofa.model.page()) };
        guide::rows(&sofa.model, page).map(<[_]>::to_vec)
    };
    let before = rows(&sofa);
    assert!(before.is_ok());
    sofa.wait(15 * MINUTE_MS);
    assert_eq!((clock(&sofa).as_str(), rows(&sofa)), ("2:00", before));
}
