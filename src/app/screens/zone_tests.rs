//! The clock on the wall is put back while the program runs.

use super::{guide, tests::Sofa};
use crate::{
    app::{Effect, civil, model::Page, programmes::day_begins},
    remote::key::RemoteKey::{self, *},
    time::{UtcMs, Zone},
};

const MINUTE_MS: u64 = 60_000;

/// Berlin in the night to 25 October 2026, a quarter of an hour before three becomes two.
fn before_the_change() -> Sofa {
    let mut sofa = Sofa::new();
    let change = UtcMs(1_792_890_000_000);
    sofa.model.zone = Zone { first_s: 7_200, changes: vec![(change, 3_600)] };
    sofa.now.utc = change.plus(-15 * 60_000);
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

#[test]
fn days_of_the_guide_begin_at_the_new_midnight() {
    let mut sofa = before_the_change();
    let keys: [RemoteKey; 3] = [Live, ChannelUp, Guide];
    for key in keys {
        sofa.press(key);
        sofa.guide_answers();
    }
    let today = guide::today(&sofa.model);
    sofa.wait(15 * MINUTE_MS);
    let asked = sofa.effects.iter().find_map(|effect| match effect {
        Effect::AskDay { from, .. } => Some(*from),
        _ => None,
    });
    assert_eq!(asked, Some(day_begins(today, 3_600)));
    sofa.guide_answers();
    let Page::Guide(page) = sofa.model.page() else { panic!("{:?}", sofa.model.page()) };
    assert!(guide::focused(&sofa.model, page).is_some(), "the page has rows again");
}
