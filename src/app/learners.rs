//! Who learns (换人学): how one learner goes and another comes. Their pages are `screens::learners` and `screens::names`;
//! reading and keeping their data is an effect.
//!
//! Promise: whatever was watched or answered is written down for the one who did it, before `LearnerOrder::Enter`; every
//! record asked to be kept after it is of the one who has come.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    app::{Effect, Model, credit, playback, records, screens},
    learning::roster::{LearnerId, Roster},
    store::types::{StoreNotice, UserData},
};

/// What the keeper of the learners' data is asked to do. Done in this order, one after the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LearnerOrder {
    /// Answered by `What::LearnerRead`, with the same number.
    Read { learner: LearnerId, ask: u32 },
    /// The learner's own records after this one are of this learner, who was read.
    Enter(LearnerId),
    /// Writes the list.
    Keep(Roster),
    /// Deletes everything of this learner. Answered by `What::LearnerRemoved`.
    Remove(LearnerId),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Learners {
    pub roster: Roster,
    /// What was ordered and not answered yet.
    pub busy: Option<Busy>,
    /// Questions asked so far; an answer to an earlier one than the last may have grown old.
    asks: u32,
    /// Of those who do not learn now: watched while the clock was wrong, and not yet part of a day.
    undated: BTreeMap<LearnerId, u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Busy {
    Coming { learner: LearnerId, ask: u32 },
    Leaving(LearnerId),
}

/// Asks for the other learner, who is there when the answer is. The last wish counts; whoever learns now just stays.
pub fn switch(model: &mut Model, learner: LearnerId, effects: &mut Vec<Effect>) {
    if is_leaving(model) {
        return;
    }
    if learner == model.learners.roster.now() {
        model.learners.busy = None;
        let words = format!("现在就是{}在学", model.learners.roster.now_name());
        return screens::toast(model, "person", words);
    }
    let ask = model.learners.asks.wrapping_add(1);
    model.learners.asks = ask;
    model.learners.busy = Some(Busy::Coming { learner, ask });
    effects.push(Effect::Learners(LearnerOrder::Read { learner, ask }));
    screens::toast(model, "clock", "马上就好");
}

/// A new learner, who learns at once.
pub fn add(model: &mut Model, name: &str, effects: &mut Vec<Effect>) {
    if is_leaving(model) {
        return;
    }
    match model.learners.roster.add(name) {
        Some(learner) => {
            keep(model, effects);
            switch(model, learner, effects);
        }
        None => screens::toast(model, "info", "这台电视记满六位了"),
    }
}

pub fn rename(model: &mut Model, learner: LearnerId, name: &str, effects: &mut Vec<Effect>) {
    model.learners.roster.rename(learner, name);
    keep(model, effects);
    screens::toast(model, "check", format!("好，叫{name}"));
}

/// Whether this learner can be deleted, and why not, in words.
pub fn may_go(model: &Model, learner: LearnerId) -> Result<(), &'static str> {
    let coming = matches!(model.learners.busy, Some(Busy::Coming { learner: coming, .. }) if coming == learner);
    if learner == LearnerId::FIRST {
        Err("这位删不掉，可以改称呼")
    } else if coming || !model.learners.roster.may_go(learner) {
        Err("正在学的先不删，换一位再删")
    } else {
        Ok(())
    }
}

pub fn remove(model: &mut Model, learner: LearnerId, effects: &mut Vec<Effect>) {
    if model.learners.busy.is_some() {
        return screens::toast(model, "clock", "马上就好");
    }
    if let Err(words) = may_go(model, learner) {
        return screens::toast(model, "info", words);
    }
    model.learners.busy = Some(Busy::Leaving(learner));
    effects.push(Effect::Learners(LearnerOrder::Remove(learner)));
}

/// The list loses a learner only when the data is gone.
pub fn removed(model: &mut Model, learner: LearnerId, gone: bool, effects: &mut Vec<Effect>) {
    if model.learners.busy != Some(Busy::Leaving(learner)) {
        return;
    }
    model.learners.busy = None;
    if gone {
        model.learners.roster.remove(learner);
        model.learners.undated.remove(&learner);
        keep(model, effects);
        screens::toast(model, "check", "删好了");
    } else {
        screens::toast(model, "info", "没有删成，过一会儿再试");
    }
}

/// The other learner's data is here; none where the disk does not give it.
pub fn read(
    model: &mut Model,
    answered: u32,
    user: Option<UserData>,
    notices: &[StoreNotice],
    effects: &mut Vec<Effect>,
) {
    let Some(Busy::Coming { learner, ask }) = model.learners.busy else { return };
    if ask != answered {
        return;
    }
    model.learners.busy = None;
    let Some(user) = user.filter(|_| model.learners.roster.holds(learner)) else {
        return screens::toast(model, "info", "一时换不了，过一会儿再试");
    };
    leave(model, effects);
    effects.push(Effect::Learners(LearnerOrder::Enter(learner)));
    model.learners.roster.enter(learner);
    keep(model, effects);
    come(model, learner, user, effects);
    let said = match notices.first() {
        Some(notice) => super::words::store_notice(notice).to_owned(),
        None => format!("现在是{}在学", model.learners.roster.now_name()),
    };
    screens::toast(model, "person", said);
}

/// Everything of the one who learns now is written down.
fn leave(model: &mut Model, effects: &mut Vec<Effect>) {
    playback::put_down(model, effects);
    // What the last seconds have earned, and what is told of them.
    credit::settle(model, false, effects);
    records::follow(model, effects);
    let undated = std::mem::take(&mut model.undated_seconds);
    if undated > 0 {
        model.learners.undated.insert(model.learners.roster.now(), undated);
    }
}

/// Nothing of the one before is left on any page. The household's things stay: channels, programmes, the lock, what is
/// booked.
fn come(model: &mut Model, learner: LearnerId, user: UserData, effects: &mut Vec<Effect>) {
    model.user.take_learner(user);
    records::learner_came(model, effects);
    model.enrolments.clear();
    model.picks.clear();
    model.undated_seconds = model.learners.undated.remove(&learner).unwrap_or(0);
    if !model.clock_wrong {
        playback::clock_set(model, effects);
    }
    screens::go_home(model);
    // Whoever has come looks at Home first: its picture fills the screen a while after this.
    model.last_key = model.now.mono;
}

fn keep(model: &Model, effects: &mut Vec<Effect>) {
    effects.push(Effect::Learners(LearnerOrder::Keep(model.learners.roster.clone())));
}

fn is_leaving(model: &mut Model) -> bool {
    let leaving = matches!(model.learners.busy, Some(Busy::Leaving(_)));
    if leaving {
        screens::toast(model, "clock", "马上就好");
    }
    leaving
}
