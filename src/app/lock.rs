//! The channel lock (频道锁): which channels ask for the household's PIN now, and for how long one that was opened stays
//! open. The PIN itself never comes here: digits reach the core without their value, and whoever keeps the PIN
//! (`shell/pin.rs`) says whether they were right.

use serde::{Deserialize, Serialize};

use crate::{
    app::{
        Effect, Model,
        model::{Page, Power},
        playback::Playing,
    },
    guide::lineup::ChannelId,
    store::{PinSeal, types::StoreCommand},
    time::MonoMs,
};

/// A PIN has so many digits.
pub const DIGITS: u8 = 4;
/// A channel that was opened asks again when it has been left for so long: a look at another programme costs nothing,
/// and what was opened in the evening is not open the next day.
pub const STAYS_OPEN_MS: u64 = 30 * 60_000;
/// After so many wrong ones in a row no more are taken for a while.
const TRIES: u8 = 5;
/// How long, the first time, the second, and from then on: all ten thousand PINs would take three weeks.
const WAITS_MS: [u64; 3] = [60_000, 5 * 60_000, 15 * 60_000];

/// What the keeper of the PIN is asked to do with the digits typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PinOrder {
    /// The digit that was just pressed counts.
    Take,
    /// Lets go of all digits.
    Forget,
    /// Are they the PIN? Answered by `PinAnswer`, with the same number.
    Check(u32),
    /// Puts them aside, to be compared with those that follow.
    PutAside,
    /// Where they are those put aside, they are the new PIN from `Keep` on. Answered like `Check`.
    Make(u32),
    /// The PIN just made is the household's.
    Keep,
}

/// The answer to `PinOrder::Check` and `Make`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinAnswer {
    pub ask: u32,
    pub right: bool,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lock {
    /// Channels opened by the PIN, and when each was last on.
    open: Vec<(ChannelId, MonoMs)>,
    /// Questions asked so far; an answer to an earlier one than the last is dropped.
    pub asks: u32,
    wrong: u8,
    rounds: usize,
    /// No digits are taken before.
    wait_until: Option<MonoMs>,
}

impl Lock {
    pub fn next_ask(&mut self) -> u32 {
        self.asks = self.asks.wrapping_add(1);
        self.asks
    }

    pub fn was_right(&mut self) {
        (self.wrong, self.rounds, self.wait_until) = (0, 0, None);
    }

    pub fn was_wrong(&mut self, now: MonoMs) {
        self.wrong += 1;
        if self.wrong >= TRIES {
            let wait = WAITS_MS.get(self.rounds).or(WAITS_MS.last()).copied().unwrap_or_default();
            self.wrong = 0;
            self.rounds += 1;
            self.wait_until = Some(now.plus(wait));
        }
    }

    /// How long no digits are taken yet.
    pub fn wait_ms(&self, now: MonoMs) -> Option<u64> {
        self.wait_until.map(|until| until.since(now)).filter(|ms| *ms > 0)
    }

    pub fn open(&mut self, channel: &ChannelId, now: MonoMs) {
        self.close(channel);
        self.open.push((channel.clone(), now));
    }

    pub fn close(&mut self, channel: &ChannelId) {
        self.open.retain(|(id, _)| id != channel);
    }
}

/// Without a PIN (a damaged record, say) nothing is locked: nobody could open it again.
pub fn is_locked(model: &Model, channel: &ChannelId) -> bool {
    model.user.pin.is_some() && model.user.locked_channels.contains(channel)
}

/// Locked, and not opened: neither picture nor sound of it.
pub fn is_closed(model: &Model, channel: &ChannelId) -> bool {
    is_locked(model, channel) && !model.lock.open.iter().any(|(id, _)| id == channel)
}

/// Locks or sets free for good. Whoever does it knows the PIN, so the channel is open for now.
pub fn set(model: &mut Model, channel: &ChannelId, on: bool, effects: &mut Vec<Effect>) {
    let command = StoreCommand::SetLocked { channel: channel.clone(), on };
    model.user.apply(&command);
    effects.push(Effect::Store(command));
    if on {
        model.lock.open(channel, model.now.mono);
    } else {
        model.lock.close(channel);
    }
}

/// The PIN just made is the household's.
pub fn keep_pin(model: &mut Model, effects: &mut Vec<Effect>) {
    model.user.pin = Some(PinSeal::hidden());
    effects.push(Effect::Pin(PinOrder::Keep));
}

/// What is on stays open; what was left long ago closes, and at rest everything does.
pub fn tick(model: &mut Model) {
    if model.power != Power::On {
        model.lock.open.clear();
        return;
    }
    let now = model.now.mono;
    let on = match &model.playback.what {
        Some(Playing::Channel(id) | Playing::Past { channel: id, .. }) => Some(id),
        Some(Playing::Replay(replay)) => Some(&replay.channel),
        _ => None,
    };
    for (id, last) in &mut model.lock.open {
        if Some(&*id) == on {
            *last = now;
        }
    }
    model.lock.open.retain(|(_, last)| now.since(*last) < STAYS_OPEN_MS);
    // A channel that cannot be seen is nothing to come back to.
    let closed = model.channel.as_ref().is_some_and(|id| is_closed(model, id));
    if closed && !matches!(model.page(), Page::Live) {
        model.stack.retain(|page| !matches!(page, Page::Live));
    }
}
