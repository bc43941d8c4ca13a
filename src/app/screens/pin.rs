//! The card that asks for the household's PIN: over a locked channel, and to lock, to set free or to change the PIN. It
//! knows how many digits were typed, never which.

use crate::{
    app::{
        Effect, Model,
        lock::{self, DIGITS, PinAnswer, PinOrder},
        model::{Overlay, Page, Power},
        screens::{self, Focusable, lesson::Target, live, menu},
    },
    guide::lineup::{Channel, ChannelId},
    remote::key::RemoteKey,
};

/// What the PIN is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// A locked channel is to be seen.
    Open(ChannelId),
    /// A channel's lock is to be taken off.
    SetFree(ChannelId),
    /// The PIN is to be another one: the present one first.
    Change,
    /// A new PIN; for a channel that is locked with it.
    New { lock: Option<ChannelId>, again: bool },
}

/// What was said about the last four digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    Nothing,
    Wrong,
    /// The second time they were others.
    Differs,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinCard {
    pub why: Why,
    /// Digits typed so far.
    pub typed: u8,
    /// The question that is under way: no digits are taken meanwhile.
    pub asked: Option<u32>,
    pub said: Said,
}

impl PinCard {
    fn new(why: Why) -> Self {
        Self { why, typed: 0, asked: None, said: Said::Nothing }
    }

    /// Whether there is no picture behind it.
    pub fn is_instead(&self) -> bool {
        matches!(self.why, Why::Open(_))
    }
}

/// The channel of the page where that is closed.
fn closed_here(model: &Model) -> Option<ChannelId> {
    let id = match model.page() {
        Page::Live => &model.current_channel()?.id,
        Page::Lesson(page) => match &page.target {
            Target::Replay(replay) => &replay.channel,
            Target::Lesson(_) | Target::Class(_) => return None,
        },
        _ => return None,
    };
    lock::is_closed(model, id).then(|| id.clone())
}

/// Comes by itself wherever a closed channel would be seen, by whatever way one got there, and leaves with it.
pub fn tick(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.power != Power::On {
        return;
    }
    let here = closed_here(model);
    match (&model.overlay, here) {
        (Some(Overlay::Pin(PinCard { why: Why::Open(id), .. })), Some(here)) if *id == here => {}
        (Some(Overlay::Pin(PinCard { why: Why::Open(_), .. })) | None, Some(here)) => {
            effects.push(Effect::Pin(PinOrder::Forget));
            model.overlay = Some(Overlay::Pin(PinCard::new(Why::Open(here))));
        }
        (Some(Overlay::Pin(PinCard { why: Why::Open(_), .. })), None) => close(model, effects),
        _ => {}
    }
}

/// Locks the channel; the first time of all a PIN is chosen.
pub fn ask_lock(model: &mut Model, channel: &ChannelId, effects: &mut Vec<Effect>) {
    if model.user.pin.is_some() {
        lock::set(model, channel, true, effects);
        return screens::toast(model, "shield", "锁好了，下次看要按密码");
    }
    show(model, Why::New { lock: Some(channel.clone()), again: false }, effects);
}

pub fn ask_set_free(model: &mut Model, channel: &ChannelId, effects: &mut Vec<Effect>) {
    show(model, Why::SetFree(channel.clone()), effects);
}

pub fn ask_change(model: &mut Model, effects: &mut Vec<Effect>) {
    show(model, Why::Change, effects);
}

fn show(model: &mut Model, why: Why, effects: &mut Vec<Effect>) {
    effects.push(Effect::Pin(PinOrder::Forget));
    model.overlay = Some(Overlay::Pin(PinCard::new(why)));
}

fn close(model: &mut Model, effects: &mut Vec<Effect>) {
    effects.push(Effect::Pin(PinOrder::Forget));
    model.overlay = None;
}

/// Whether a digit pressed now is one of the PIN, so that its value is nobody's business.
pub fn takes_digits(model: &Model) -> bool {
    model.power == Power::On && matches!(model.overlay, Some(Overlay::Pin(_)))
}

/// A digit was pressed. Which one, the keeper of the PIN knows.
pub fn digit(model: &mut Model, effects: &mut Vec<Effect>) {
    let now = model.now.mono;
    let waits = model.lock.wait_ms(now).is_some();
    let Some(Overlay::Pin(card)) = &mut model.overlay else { return };
    let asks_old = !matches!(card.why, Why::New { .. });
    if card.asked.is_some() || (waits && asks_old) {
        return;
    }
    card.said = Said::Nothing;
    card.typed += 1;
    effects.push(Effect::Pin(PinOrder::Take));
    if card.typed < DIGITS {
        return;
    }
    match &mut card.why {
        Why::New { again: again @ false, .. } => {
            *again = true;
            card.typed = 0;
            effects.push(Effect::Pin(PinOrder::PutAside));
        }
        why => {
            let ask = model.lock.next_ask();
            card.asked = Some(ask);
            let order = if matches!(why, Why::New { .. }) { PinOrder::Make(ask) } else { PinOrder::Check(ask) };
            effects.push(Effect::Pin(order));
        }
    }
}

/// The keeper of the PIN has answered.
pub fn answered(model: &mut Model, answer: PinAnswer, effects: &mut Vec<Effect>) {
    let Some(Overlay::Pin(card)) = &mut model.overlay else { return };
    if card.asked != Some(answer.ask) {
        return;
    }
    card.asked = None;
    card.typed = 0;
    let why = card.why.clone();
    match (why, answer.right) {
        (Why::New { lock, .. }, false) => {
            card.why = Why::New { lock, again: false };
            card.said = Said::Differs;
        }
        (_, false) => {
            card.said = Said::Wrong;
            model.lock.was_wrong(model.now.mono);
        }
        (Why::New { lock, .. }, true) => {
            model.overlay = None;
            lock::keep_pin(model, effects);
            match lock {
                Some(channel) => {
                    lock::set(model, &channel, true, effects);
                    screens::toast(model, "shield", "锁好了，下次看要按密码");
                }
                None => screens::toast(model, "check", "密码换好了"),
            }
        }
        (Why::Change, true) => {
            model.lock.was_right();
            show(model, Why::New { lock: None, again: false }, effects);
        }
        (Why::SetFree(channel), true) => {
            model.lock.was_right();
            model.overlay = None;
            lock::set(model, &channel, false, effects);
            screens::toast(model, "check", "锁拿掉了，谁都能看");
        }
        (Why::Open(channel), true) => {
            model.lock.was_right();
            model.overlay = None;
            model.lock.open(&channel, model.now.mono);
            if matches!(model.page(), Page::Live) {
                live::show_banner(model);
            }
        }
    }
}

pub fn key(model: &mut Model, card: PinCard, key: RemoteKey, effects: &mut Vec<Effect>) {
    let zaps = card.is_instead() && matches!(model.page(), Page::Live);
    match key {
        RemoteKey::Digit(_) => digit(model, effects),
        RemoteKey::Left if card.typed > 0 && card.asked.is_none() => {
            effects.push(Effect::Pin(PinOrder::Forget));
            let again = PinCard { typed: 0, why: from_the_first(card.why), ..card };
            model.overlay = Some(Overlay::Pin(again));
        }
        RemoteKey::Back => {
            close(model, effects);
            if card.is_instead() {
                leave(model, effects);
            }
        }
        RemoteKey::Up | RemoteKey::ChannelUp | RemoteKey::PageUp if zaps => live::zap(model, true, effects),
        RemoteKey::Down | RemoteKey::ChannelDown | RemoteKey::PageDown if zaps => live::zap(model, false, effects),
        RemoteKey::Previous if zaps => live::to_channel_before(model, effects),
        RemoteKey::Menu if zaps => menu::open(model),
        RemoteKey::Ok => screens::toast(model, "info", "密码是四位数字，按数字键"),
        _ => screens::useless_key(model),
    }
}

/// What was put aside is gone with the digits: both times are typed again.
fn from_the_first(why: Why) -> Why {
    match why {
        Why::New { lock, .. } => Why::New { lock, again: false },
        other => other,
    }
}

/// Away from a channel that was not opened: to what was watched before it.
fn leave(model: &mut Model, effects: &mut Vec<Effect>) {
    if !matches!(model.page(), Page::Live) {
        return screens::back(model);
    }
    match before(model).cloned() {
        Some(id) => live::switch(model, id, effects),
        None => screens::go_home(model),
    }
}

fn before(model: &Model) -> Option<&ChannelId> {
    live::channel_before(model).filter(|id| !lock::is_closed(model, id))
}

/// What 返回 does, in words.
pub fn back_label(model: &Model, card: &PinCard) -> &'static str {
    match (card.is_instead(), model.page()) {
        (false, _) => "不改了",
        (true, Page::Live) if before(model).is_some() => "回刚才的频道",
        (true, Page::Live) => "回主页",
        (true, _) => "上一页",
    }
}

fn channel<'a>(model: &'a Model, card: &PinCard) -> Option<&'a Channel> {
    let id = match &card.why {
        Why::Open(id) | Why::SetFree(id) | Why::New { lock: Some(id), .. } => id,
        Why::Change | Why::New { lock: None, .. } => return None,
    };
    model.lineup.ready()?.by_id(id)
}

/// `3 沪语频道`
pub fn title(model: &Model, card: &PinCard) -> String {
    channel(model, card).map_or_else(|| "频道锁".into(), |c| format!("{} {}", c.number, c.name))
}

pub fn line(card: &PinCard) -> &'static str {
    match &card.why {
        Why::Open(_) => "这个频道上了锁，请按四位密码",
        Why::SetFree(_) => "要拿掉这个频道的锁，请按密码",
        Why::Change => "要换密码，请先按现在的密码",
        Why::New { again: false, lock: Some(_) } => "给频道上锁，请想四位密码，按数字键",
        Why::New { again: false, lock: None } => "请想四位新密码，按数字键",
        Why::New { again: true, .. } => "请再按一遍刚才的密码",
    }
}

/// What was said about the last digits, and what is waited for.
pub fn said(model: &Model, card: &PinCard) -> String {
    match (card.said, model.lock.wait_ms(model.now.mono)) {
        (Said::Differs, _) => "两遍不一样，请从头再来".into(),
        (said, Some(ms)) if !matches!(card.why, Why::New { .. }) => {
            let wait = if ms > 60_000 {
                format!("{}分钟", ms.div_ceil(60_000))
            } else {
                format!("{}秒", ms.div_ceil(1_000))
            };
            if said == Said::Wrong {
                format!("密码不对，请等{wait}再试")
            } else {
                format!("错了几次，请等{wait}再试")
            }
        }
        (Said::Wrong, _) => "密码不对，再试一次".into(),
        (Said::Nothing, _) if card.asked.is_some() => "正在看对不对".into(),
        (Said::Nothing, _) => String::new(),
    }
}

/// What helps a household that has forgotten it.
pub fn help(model: &Model, card: &PinCard) -> String {
    match (&card.why, &model.service_phone) {
        (Why::New { .. }, _) => "请记好这四位数字，开锁要用".into(),
        (_, Some(phone)) => format!("忘了密码，请打 {phone}"),
        (_, None) => "忘了密码，请找装电视的人帮忙".into(),
    }
}

pub fn focusable(model: &Model, card: &PinCard) -> Focusable {
    let said = said(model, card);
    let words = if said.is_empty() { line(card).to_owned() } else { said };
    Focusable::new("pin", format!("{}，{words}", title(model, card)))
}
