//! 找课程: a keypad on the left, what it finds on the right. One press of a digit for each character; the searching is
//! done elsewhere, and its answers come by number, so that a late one is dropped.

mod airings;
mod chosen;
mod rows;

pub use airings::{airing, airings, asked};
pub use chosen::forget;
pub use rows::{heading, label, meant, rows};

use crate::{
    app::{
        Effect, Model,
        focus::{Way, along, in_grid, scroll},
        model::Page,
        screens::{self, Focusable, dialog, menu},
    },
    catalogue::types::CourseId,
    remote::key::{Digit, RemoteKey},
    search::{Answer, Found, Kind},
    store::types::{HistoryKey, PastSearch},
};

/// Results in sight at once.
pub const ROWS: usize = 4;
/// More than the longest title that anybody spells.
const MOST_DIGITS: usize = 12;
/// 最近找过: one screen of them, and a few of the suggestions below.
pub const PAST: usize = 6;
/// Of what was watched, the newest: what ranks above its like.
const OWN: usize = 60;
pub const COLUMNS: usize = 3;
/// Keys 1 to 9, then these.
pub const KEYS: usize = 12;
const CLEAR: usize = 9;
const ZERO: usize = 10;
const DELETE: usize = 11;
/// 5: in the middle, so that every key is near.
const FIRST: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    Key(usize),
    Row(usize),
}

/// All courses of one teacher or one institution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Within {
    pub kind: Kind,
    pub name: String,
    /// The row that led here.
    pub from: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub struct SearchPage {
    /// Digits 0 and 2 to 9.
    pub typed: String,
    pub spot: Spot,
    /// The key that the focus comes back to.
    pub key: usize,
    /// Of the newest query.
    pub number: u64,
    /// The newest answer that has come, with its query's number; until the next one is there it stays.
    pub answer: Option<(u64, Answer)>,
    pub within: Option<Within>,
    /// 怎么用
    pub help: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Row {
    Past(PastSearch),
    Found(Found),
    Course(CourseId),
}

/// Why the rows are there, for the words above them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heading {
    /// Nothing typed: what was looked for lately, and popular courses.
    Start,
    Found(usize),
    /// Nothing has what was typed; what is near to it.
    Near,
    /// Nothing at all; popular courses.
    Nothing,
    Within,
    /// The answer is on its way, and what was there before stays.
    Waiting,
}

pub fn open(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Page::Search(_) = model.page() {
        model.overlay = None;
        return change(model, |page| page.spot = Spot::Key(page.key));
    }
    screens::go_home(model);
    let page = SearchPage {
        typed: String::new(),
        spot: Spot::Key(FIRST),
        key: FIRST,
        number: model.searches,
        answer: None,
        within: None,
        help: false,
    };
    screens::push(model, Page::Search(page));
    effects.push(Effect::SearchAirings(airings(model)));
}

fn change(model: &mut Model, with: impl FnOnce(&mut SearchPage)) {
    if let Some(Page::Search(page)) = model.stack.last_mut() {
        with(page);
    }
}

impl SearchPage {
    /// Whether the answer is that to what is typed now.
    pub fn is_answered(&self) -> bool {
        self.answer.as_ref().is_some_and(|(number, _)| *number == self.number)
    }
}

/// What a key says: its digit or sign, and what it does.
pub fn key_words(key: usize) -> (String, &'static str) {
    match key {
        0 => ("1".into(), "怎么用"),
        CLEAR => ("×".into(), "清空"),
        ZERO => ("0".into(), "数字0"),
        DELETE => ("←".into(), "删一个"),
        _ => {
            const ON: [&str; 8] = ["ABC", "DEF", "GHI", "JKL", "MNO", "PQRS", "TUV", "WXYZ"];
            ((key + 1).to_string(), ON.get(key.wrapping_sub(1)).copied().unwrap_or_default())
        }
    }
}

fn key_id(key: usize) -> String {
    match key {
        CLEAR => "search.key.clear".into(),
        ZERO => "search.key.0".into(),
        DELETE => "search.key.delete".into(),
        _ => format!("search.key.{}", key + 1),
    }
}

/// The focus as it can be drawn: rows may have gone.
pub fn spot(page: &SearchPage, rows: usize) -> Spot {
    match page.spot {
        Spot::Row(_) if rows == 0 => Spot::Key(page.key),
        Spot::Row(i) => Spot::Row(i.min(rows - 1)),
        key @ Spot::Key(_) => key,
    }
}

/// The first row in sight.
pub fn first(page: &SearchPage, rows: usize) -> usize {
    match spot(page, rows) {
        Spot::Row(i) => scroll(i, rows, ROWS),
        Spot::Key(_) => 0,
    }
}

fn row_id(i: usize) -> String {
    format!("search.row.{i}")
}

pub fn focusables(model: &Model, page: &SearchPage) -> Vec<Focusable> {
    let keys = (0..KEYS).map(|key| {
        let (sign, words) = key_words(key);
        Focusable::new(key_id(key), format!("{sign} {words}"))
    });
    let rows = rows(model, page);
    let from = first(page, rows.len());
    let shown = rows.iter().enumerate().skip(from).take(ROWS);
    // A title from the outside may be anything, even nothing.
    let said = |row: &Row| Some(label(model, row)).filter(|l| !l.is_empty()).unwrap_or_else(|| "没有名字".into());
    keys.chain(shown.map(|(i, row)| Focusable::new(row_id(i), said(row)))).collect()
}

pub fn focus_id(model: &Model, page: &SearchPage) -> String {
    match spot(page, rows(model, page).len()) {
        Spot::Key(key) => key_id(key),
        Spot::Row(i) => row_id(i),
    }
}

pub fn key(model: &mut Model, page: SearchPage, key: RemoteKey, effects: &mut Vec<Effect>) {
    let rows = rows(model, &page);
    let at = spot(&page, rows.len());
    match (at, key) {
        (_, RemoteKey::Digit(digit)) => {
            let on = key_of(digit);
            change(model, |page| (page.spot, page.key) = (Spot::Key(on), on));
            screens::press(model);
            push_key(model, on, effects);
        }
        (_, RemoteKey::Back) => back(model, &page, effects),
        (_, RemoteKey::Menu) => menu::open(model),
        (Spot::Key(on), RemoteKey::Ok) => {
            screens::press(model);
            push_key(model, on, effects);
        }
        (Spot::Row(i), RemoteKey::Ok | RemoteKey::Play | RemoteKey::PlayPause) => {
            screens::press(model);
            if let Some(row) = rows.get(i) {
                chosen::choose(model, &page, row, i, effects);
            }
        }
        (Spot::Row(i), RemoteKey::Red) if matches!(rows.get(i), Some(Row::Past(_))) => {
            dialog::ask_clear_searches(model)
        }
        (Spot::Row(i), RemoteKey::PageUp | RemoteKey::ChannelUp) => {
            to_row(model, Some(i.saturating_sub(ROWS)).filter(|to| *to != i), Way::Up);
        }
        (Spot::Row(i), RemoteKey::PageDown | RemoteKey::ChannelDown) => {
            to_row(model, Some((i + ROWS).min(rows.len().saturating_sub(1))).filter(|to| *to != i), Way::Down);
        }
        (Spot::Row(i), RemoteKey::Up) => to_row(model, along(i, rows.len(), false), Way::Up),
        (Spot::Row(i), RemoteKey::Down) => to_row(model, along(i, rows.len(), true), Way::Down),
        (Spot::Row(_), RemoteKey::Left) => change(model, |page| page.spot = Spot::Key(page.key)),
        (Spot::Key(on), _) => match Way::from_key(key) {
            Some(way) => match in_grid(on, KEYS, COLUMNS, way) {
                Some(next) => change(model, |page| (page.spot, page.key) = (Spot::Key(next), next)),
                None if way == Way::Right && !rows.is_empty() && !page.help => {
                    change(model, |page| page.spot = Spot::Row(0));
                }
                None => screens::nudge(model, way),
            },
            None => screens::useless_key(model),
        },
        (Spot::Row(_), _) => match Way::from_key(key) {
            Some(way) => screens::nudge(model, way),
            None => screens::useless_key(model),
        },
    }
}

fn to_row(model: &mut Model, to: Option<usize>, way: Way) {
    match to {
        Some(to) => change(model, |page| page.spot = Spot::Row(to)),
        None => screens::nudge(model, way),
    }
}

fn key_of(digit: Digit) -> usize {
    match digit.get() {
        0 => ZERO,
        n => usize::from(n) - 1,
    }
}

/// What the key does, pressed here or on the remote.
fn push_key(model: &mut Model, key: usize, effects: &mut Vec<Effect>) {
    let Page::Search(page) = model.page() else { return };
    let mut typed = page.typed.clone();
    match key {
        0 => return change(model, |page| page.help = !page.help),
        CLEAR => typed.clear(),
        DELETE => {
            typed.pop();
        }
        _ if typed.len() >= MOST_DIGITS => return screens::toast(model, "info", "够长了，按确认先看看"),
        ZERO => typed.push('0'),
        _ => typed.extend(u32::try_from(key + 1).ok().and_then(|n| char::from_digit(n, 10))),
    }
    type_in(model, typed, effects);
}

fn type_in(model: &mut Model, typed: String, effects: &mut Vec<Effect>) {
    change(model, |page| {
        page.help = false;
        page.within = None;
        if typed.is_empty() || page.typed.is_empty() {
            page.answer = None;
        }
        page.typed = typed;
    });
    ask(model, effects);
}

/// Searches for what is typed, by a number of its own.
fn ask(model: &mut Model, effects: &mut Vec<Effect>) {
    model.searches += 1;
    let (number, own) = (model.searches, own(model));
    let Some(Page::Search(page)) = model.stack.last_mut() else { return };
    page.number = number;
    if !page.typed.is_empty() {
        effects.push(Effect::Search { number, query: page.typed.clone(), own });
    }
}

fn own(model: &Model) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for entry in &model.user.history {
        let id = match &entry.key {
            HistoryKey::Lesson { course, .. } => &course.0,
            HistoryKey::Channel(channel) => &channel.0,
        };
        if !ids.contains(id) {
            ids.push(id.clone());
        }
        if ids.len() == OWN {
            break;
        }
    }
    ids
}

pub fn found(model: &mut Model, number: u64, answer: Answer) {
    for page in &mut model.stack {
        if let Page::Search(page) = page
            && page.number == number
            && !page.typed.is_empty()
        {
            page.answer = Some((number, answer));
            return;
        }
    }
}

/// What can be found has changed while the page is open.
pub fn world_changed(model: &mut Model, effects: &mut Vec<Effect>) {
    if matches!(model.page(), Page::Search(_)) {
        effects.push(Effect::SearchAirings(airings(model)));
        ask(model, effects);
    }
}

/// Deletes one, then leaves.
fn back(model: &mut Model, page: &SearchPage, effects: &mut Vec<Effect>) {
    if page.help {
        change(model, |page| page.help = false);
    } else if let Some(of) = &page.within {
        let from = of.from;
        change(model, |page| (page.within, page.spot) = (None, Spot::Row(from)));
    } else if page.typed.is_empty() {
        screens::back(model);
    } else {
        let mut typed = page.typed.clone();
        typed.pop();
        change(model, |page| page.spot = Spot::Key(page.key));
        type_in(model, typed, effects);
    }
}
