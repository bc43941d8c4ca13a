//! Typing a channel's number. 3, 03 and 003 are the same; an unknown number is said by name and nothing changes.

use crate::{
    app::{
        Effect, Model,
        focus::{Way, along},
        model::{Overlay, Page},
        reminders,
        screens::{self, Focusable, guide, live},
    },
    guide::lineup::{Channel, ChannelId, ChannelNumber},
    remote::key::{Digit, RemoteKey},
    time::MonoMs,
};

/// How long the box waits for another digit (LOOK §5).
pub const WAIT_MS: u64 = 2_500;
/// "003" works in every lineup.
const LEAST_DIGITS: usize = 3;
/// How many channels are offered where the number has none.
const NEAR: usize = 2;
/// How many of those that more digits would reach are named in the box: one line's worth.
const NEXT: usize = 2;
/// 确认 this soon after a number has gone by itself is the end of the number, and no new wish.
const SETTLES_MS: u64 = 1_000;
/// Two names stand in that line.
const NEXT_NAME_CHARS: usize = 6;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberEntry {
    digits: Vec<Digit>,
    pub since: MonoMs,
}

impl NumberEntry {
    pub fn digits(&self) -> String {
        self.digits.iter().map(|d| char::from(b'0' + d.get())).collect()
    }

    pub fn value(&self) -> ChannelNumber {
        ChannelNumber(self.digits.iter().fold(0u32, |n, d| n.saturating_mul(10).saturating_add(u32::from(d.get()))))
    }

    /// 1 → 0 while the wait runs out.
    pub fn wait_left(&self, now: MonoMs) -> f32 {
        1.0 - (now.since(self.since) as f32 / WAIT_MS as f32).clamp(0.0, 1.0)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoNumber {
    pub number: ChannelNumber,
    /// At most two, the nearest below first.
    pub near: Vec<ChannelId>,
    pub focus: usize,
}

fn most_digits(model: &Model) -> usize {
    let last = model.lineup.ready().and_then(|l| l.channels.numbered(0..u64::MAX).next_back());
    last.map_or(0, |(number, _)| number.to_string().len()).max(LEAST_DIGITS)
}

pub fn matching<'a>(model: &'a Model, entry: &NumberEntry) -> Option<&'a Channel> {
    model.lineup.ready()?.by_number(entry.value())
}

/// Channels that more digits would reach, at most two.
pub fn longer<'a>(model: &'a Model, entry: &NumberEntry) -> Vec<&'a Channel> {
    let (Some(lineup), typed) = (model.lineup.ready(), u64::from(entry.value().0)) else { return Vec::new() };
    // 3 → 30 to 39, then 300 to 399: ranges of sorted numbers, however long the lineup is. Nothing begins with 0.
    let powers = std::iter::successors(Some(10_u64), |p| p.checked_mul(10)).take_while(|p| *p <= u64::from(u32::MAX));
    let ranges = powers.filter(|_| typed > 0).map(|p| typed.saturating_mul(p)..(typed + 1).saturating_mul(p));
    let found = ranges.flat_map(|range| lineup.channels.numbered(range).take(NEXT)).take(NEXT);
    found.filter_map(|(_, place)| lineup.channels.get(place)).collect()
}

/// What is typed and the channel that has it, if one has.
pub fn label(model: &Model, entry: &NumberEntry) -> String {
    matching(model, entry).map_or_else(|| entry.digits(), |c| format!("{} {}", c.number, c.name))
}

/// What the box says below the digits: where more digits lead, and where waiting does.
pub fn lines(model: &Model, entry: &NumberEntry) -> [String; 2] {
    let longer = longer(model, entry);
    let next: Vec<String> =
        longer.iter().map(|c| format!("{} {}", c.number, reminders::short(&c.name, NEXT_NAME_CHARS))).collect();
    let wait_ms = WAIT_MS.saturating_sub(model.now.mono.since(entry.since));
    [
        if next.is_empty() {
            "按【确认】马上去。".into()
        } else {
            format!("接着按：{}", next.join(" · "))
        },
        match matching(model, entry) {
            Some(c) => format!("不再按，{}秒后去 {} 频道", wait_ms.div_ceil(1000), c.number),
            None => format!("还没有 {} 频道，可以接着按", entry.value()),
        },
    ]
}

/// Where more digits lead, a line each: for numbers and names that one line has no room for.
pub fn next_lines(model: &Model, entry: &NumberEntry) -> Vec<String> {
    let ways = ["接着按", "或者按"].into_iter().zip(longer(model, entry));
    ways.map(|(way, c)| format!("{way}：{} {}", c.number, c.name)).collect()
}

/// What the box for a number that no channel has says.
pub fn no_lines(model: &Model, no: &NoNumber) -> [String; 2] {
    let stays = |c: &Channel| format!("您看的还是 {} {}，画面没有变。", c.number, c.name);
    [format!("没有 {} 频道", no.number), model.current_channel().map_or(String::new(), stays)]
}

pub fn start(model: &mut Model, digit: Digit) {
    if model.channels().is_empty() {
        screens::toast(model, "tv", "频道表正在路上，马上就好");
        return;
    }
    model.overlay = Some(Overlay::Number(NumberEntry { digits: vec![digit], since: model.now.mono }));
}

pub fn key(model: &mut Model, mut entry: NumberEntry, key: RemoteKey, effects: &mut Vec<Effect>) {
    match key {
        RemoteKey::Digit(d) => {
            entry.digits.push(d);
            entry.since = model.now.mono;
            if entry.digits.len() >= most_digits(model) {
                go_by_itself(model, &entry, effects)
            } else {
                model.overlay = Some(Overlay::Number(entry))
            }
        }
        RemoteKey::Ok => go(model, &entry, effects),
        RemoteKey::Back => model.overlay = None,
        RemoteKey::Left if entry.digits.len() > 1 => {
            entry.digits.pop();
            entry.since = model.now.mono;
            model.overlay = Some(Overlay::Number(entry));
        }
        RemoteKey::ChannelUp | RemoteKey::PageUp | RemoteKey::Up => step(model, true, effects),
        RemoteKey::ChannelDown | RemoteKey::PageDown | RemoteKey::Down => step(model, false, effects),
        _ => screens::useless_key(model),
    }
}

/// To the neighbour after all.
fn step(model: &mut Model, forward: bool, effects: &mut Vec<Effect>) {
    model.overlay = None;
    if matches!(model.page(), Page::Guide(_)) {
        guide::step_channel(model, forward);
    } else {
        live::zap(model, forward, effects);
    }
}

pub fn tick(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some(Overlay::Number(entry)) = &model.overlay
        && model.now.mono.since(entry.since) >= WAIT_MS
    {
        let entry = entry.clone();
        go_by_itself(model, &entry, effects);
    }
}

/// With its last digit, or when nobody pressed another.
fn go_by_itself(model: &mut Model, entry: &NumberEntry, effects: &mut Vec<Effect>) {
    model.number_went = Some(model.now.mono);
    go(model, entry, effects);
}

pub fn has_just_gone(model: &Model) -> bool {
    model.number_went.is_some_and(|at| model.now.mono.since(at) < SETTLES_MS)
}

fn go(model: &mut Model, entry: &NumberEntry, effects: &mut Vec<Effect>) {
    match matching(model, entry).map(|c| c.id.clone()) {
        Some(id) => watch(model, id, effects),
        None => {
            let number = entry.value();
            model.overlay = Some(Overlay::NoNumber(NoNumber { number, near: near(model, number), focus: 0 }));
        }
    }
}

fn watch(model: &mut Model, id: ChannelId, effects: &mut Vec<Effect>) {
    model.overlay = None;
    // On the guide a number chooses whose programmes are shown.
    if matches!(model.page(), Page::Guide(_)) {
        return guide::show_channel(model, id);
    }
    live::switch(model, id, effects);
    if !matches!(model.page(), Page::Live) {
        screens::go_live(model);
    }
    live::show_banner(model);
}

/// The nearest below, then the nearest above; at an end of the lineup the next one on the other side.
fn near(model: &Model, number: ChannelNumber) -> Vec<ChannelId> {
    let Some(lineup) = model.lineup.ready() else { return Vec::new() };
    let at = u64::from(number.0);
    let below = || lineup.channels.numbered(0..at).rev();
    let closest = below().take(1).chain(lineup.channels.numbered(at..u64::MAX)).chain(below().skip(1));
    closest.take(NEAR).filter_map(|(_, place)| Some(lineup.channels.get(place)?.id.clone())).collect()
}

pub fn focusables(model: &Model, no: &NoNumber) -> Vec<Focusable> {
    no.near
        .iter()
        .enumerate()
        .map(|(i, id)| {
            let label = model
                .lineup
                .ready()
                .and_then(|l| l.by_id(id))
                .map_or_else(String::new, |c| format!("{} {}", c.number, c.name));
            Focusable::new(format!("no-number.{i}"), label)
        })
        .collect()
}

pub fn focus_id(no: &NoNumber) -> String {
    format!("no-number.{}", no.focus)
}

pub fn no_number_key(model: &mut Model, mut no: NoNumber, key: RemoteKey, effects: &mut Vec<Effect>) {
    match key {
        // It was pressed for what was typed, and nobody has read yet what is offered in its place.
        RemoteKey::Ok if has_just_gone(model) => {}
        RemoteKey::Ok => {
            screens::press(model);
            if let Some(id) = no.near.get(no.focus).cloned() {
                watch(model, id, effects);
            }
        }
        RemoteKey::Back => model.overlay = None,
        RemoteKey::Digit(d) => start(model, d),
        _ => match Way::from_key(key) {
            Some(way @ (Way::Up | Way::Down)) => match along(no.focus, no.near.len(), way == Way::Down) {
                Some(next) => {
                    no.focus = next;
                    model.overlay = Some(Overlay::NoNumber(no));
                }
                None => screens::nudge(model, way),
            },
            Some(way) => screens::nudge(model, way),
            None => screens::useless_key(model),
        },
    }
}
