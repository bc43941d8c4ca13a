//! What becomes of a call that nobody answers: the power fails, or the viewer is elsewhere.

use super::{
    guide_tests::{reminder, with_reminders},
    tests::{START, Sofa, lineup},
};
use crate::{
    app::{Effect, Model, What, model::Overlay, msg::Boot},
    remote::key::RemoteKey::*,
    store::types::{StoreCommand, UserData},
    time::{MonoMs, Now},
};

const MINUTE: i64 = 60_000;

pub(super) fn is_forgotten(sofa: &Sofa) -> bool {
    let removes = |e: &Effect| matches!(e, Effect::Store(StoreCommand::RemoveReminder { .. }));
    sofa.model.user.reminders.is_empty() && sofa.effects.iter().any(removes)
}

#[test]
fn a_call_that_the_power_cuts_short_comes_again_or_is_said_to_be_missed() {
    let mut sofa = with_reminders(vec![reminder(3, 10, 20)]);
    sofa.wait(9 * 60_000);
    assert!(sofa.model.call.is_some());
    let kept = sofa.model.user.reminders.clone();
    let start_at = |min: i64| {
        let now = Now { utc: START.plus(min * MINUTE), mono: MonoMs(1_000) };
        let mut sofa = Sofa { model: Model::default(), now, effects: vec![] };
        let user = UserData { reminders: kept.clone(), ..UserData::default() };
        sofa.send(What::Boot(Box::new(Boot { lineup: Some(lineup()), user, ..Boot::default() })));
        sofa
    };
    assert!(start_at(12).model.call.is_some());
    let late = start_at(25);
    assert!(matches!(&late.model.overlay, Some(Overlay::Dialog(d)) if d.title == "您约的节目播过了"));
    assert!(is_forgotten(&late));
}

#[test]
fn a_call_that_nobody_answers_is_forgotten_at_the_end_without_a_word() {
    let mut sofa = with_reminders(vec![reminder(3, 10, 20)]);
    sofa.press(Live);
    sofa.wait(9 * 60_000);
    sofa.wait(10 * 60_000);
    assert_eq!((&sofa.model.call, sofa.model.user.reminders.len()), (&None, 1));
    sofa.wait(60_000);
    assert!(sofa.model.call.is_none() && is_forgotten(&sofa));
    assert!(!matches!(sofa.model.overlay, Some(Overlay::Dialog(_))));
}

#[test]
fn whoever_found_the_channel_without_the_call_has_not_missed_it() {
    let mut sofa = with_reminders(vec![reminder(2, 10, 20)]);
    sofa.press(Live);
    sofa.wait(9 * 60_000);
    sofa.press(ChannelUp);
    assert_eq!(sofa.model.user.reminders.len(), 1, "it has not begun");
    sofa.wait(60_000);
    assert!(is_forgotten(&sofa));
}
