//! One file a screen: its state, its keys, what can be focused on it. What is drawn where is `view`'s.

pub mod bookings;
pub mod category;
pub mod channels;
pub mod course;
pub mod dialog;
pub mod grid;
pub mod guide;
pub mod history;
pub mod home;
pub mod interests;
pub mod ladder;
pub mod learners;
pub mod learning;
pub mod lesson;
pub mod live;
pub mod menu;
pub mod names;
pub mod number;
pub mod paper;
pub mod part;
pub mod past;
pub mod picks;
pub mod pin;
pub mod programme;
pub mod quiz;
pub mod replay;
pub mod search;
pub mod settings;
pub mod shift;
pub mod survey;
pub mod timetable;
pub mod trouble;
pub mod visit;
pub mod waiting;

#[cfg(test)]
mod channels_tests;
#[cfg(test)]
mod credit_tests;
#[cfg(test)]
mod earning_tests;
#[cfg(test)]
mod forms_tests;
#[cfg(test)]
mod guide_tests;
#[cfg(test)]
mod learners_tests;
#[cfg(test)]
mod lock_tests;
#[cfg(test)]
mod order_tests;
#[cfg(test)]
mod past_tests;
#[cfg(test)]
mod picks_tests;
#[cfg(test)]
mod quiz_tests;
#[cfg(test)]
mod records_tests;
#[cfg(test)]
mod reminder_tests;
#[cfg(test)]
mod replay_tests;
#[cfg(test)]
mod search_tests;
#[cfg(test)]
mod settings_tests;
#[cfg(test)]
pub(crate) mod tests;
#[cfg(test)]
mod tracks_tests;
#[cfg(test)]
mod zone_tests;

use crate::app::{
    Model,
    focus::Way,
    model::{Nudge, Overlay, Page, Power, Toast},
};

/// How long an edge nudge and a pressed ring last.
const NUDGE_MS: u64 = 120;
/// A toast stays this long (LOOK §5).
const TOAST_MS: u64 = 8_000;

/// Something that can have the focus, by a name that stays the same while data arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Focusable {
    pub id: String,
    pub label: String,
}

impl Focusable {
    pub fn new(id: impl Into<String>, label: impl Into<String>) -> Self {
        Self { id: id.into(), label: label.into() }
    }
}

/// Everything on the topmost layer that can have the focus, in reading order.
pub fn focusables(model: &Model) -> Vec<Focusable> {
    match model.power {
        Power::Starting => return vec![Focusable::new("splash", "金色学堂")],
        Power::Standby => return vec![Focusable::new("standby", "按任意键打开")],
        Power::On => {}
    }
    match &model.overlay {
        Some(Overlay::Channels(list)) => channels::focusables(model, list),
        Some(Overlay::Number(entry)) => vec![Focusable::new("number", number::label(model, entry))],
        Some(Overlay::NoNumber(no)) => number::focusables(model, no),
        Some(Overlay::Menu(menu)) => menu::focusables(model, menu),
        Some(Overlay::Dialog(dialog)) => dialog::focusables(dialog),
        Some(Overlay::Pin(card)) => vec![pin::focusable(model, card)],
        Some(Overlay::Trouble(_)) => trouble::focusables(),
        None => match model.page() {
            Page::Home(_) => home::focusables(model),
            Page::Live => vec![Focusable::new("live", live::label(model))],
            Page::Category(page) => category::focusables(model, page),
            Page::Course(page) => course::focusables(model, page),
            Page::Lesson(page) => lesson::focusables(model, page),
            Page::Learning(_) => learning::focusables(model),
            Page::History(page) => history::focusables(model, page),
            Page::Guide(page) => guide::focusables(model, page),
            Page::Programme(page) => programme::focusables(model, page),
            Page::Bookings(page) => bookings::focusables(model, page),
            Page::Quiz(page) => quiz::focusables(model, page),
            Page::Part(page) => part::focusables(page),
            Page::Search(page) => search::focusables(model, page),
            Page::Timetable(page) => timetable::focusables(model, page),
            Page::Waiting(page) => waiting::focusables(model, page),
            Page::Visit(page) => visit::focusables(model, page),
            Page::Interests(page) => interests::focusables(model, page),
            Page::Learners(_) => learners::focusables(model),
            Page::Names(_) => names::focusables(model),
            Page::Survey(page) => survey::focusables(page),
            Page::Paper(page) => vec![paper::focusable(model, page)],
            Page::Settings(page) => settings::focusables(model, page),
        },
    }
}

/// What has the focus, by name and words.
pub fn focused(model: &Model) -> Focusable {
    if let (Power::On, Some(Overlay::Channels(list))) = (model.power, &model.overlay) {
        return channels::focused(model, list);
    }
    let id = focus_id(model);
    let label = focusables(model).into_iter().find(|f| f.id == id).map_or(String::new(), |f| f.label);
    Focusable { id, label }
}

/// The name of what has the focus.
pub fn focus_id(model: &Model) -> String {
    match model.power {
        Power::Starting => return "splash".into(),
        Power::Standby => return "standby".into(),
        Power::On => {}
    }
    match &model.overlay {
        Some(Overlay::Channels(list)) => channels::focus_id(model, list),
        Some(Overlay::Number(_)) => "number".into(),
        Some(Overlay::NoNumber(no)) => number::focus_id(no),
        Some(Overlay::Menu(menu)) => format!("menu.{}", menu.focus),
        Some(Overlay::Dialog(dialog)) => format!("dialog.{}", dialog.focus),
        Some(Overlay::Pin(_)) => "pin".into(),
        Some(Overlay::Trouble(focus)) => trouble::focus_id(*focus),
        None => match model.page() {
            Page::Home(focus) => home::focus_id(*focus),
            Page::Live => "live".into(),
            Page::Category(page) => category::focus_id(model, page),
            Page::Course(page) => course::focus_id(model, page),
            Page::Lesson(page) => lesson::focus_id(model, page),
            Page::Learning(focus) => learning::focus_id(model, *focus),
            Page::History(page) => history::focus_id(model, page),
            Page::Guide(page) => guide::focus_id(model, page),
            Page::Programme(page) => programme::focus_id(model, page),
            Page::Bookings(page) => bookings::focus_id(model, page),
            Page::Quiz(page) => quiz::focus_id(model, page),
            Page::Part(_) => "player".into(),
            Page::Search(page) => search::focus_id(model, page),
            Page::Timetable(page) => timetable::focus_id(model, page),
            Page::Waiting(page) => waiting::focus_id(model, page),
            Page::Visit(page) => visit::focus_id(model, page),
            Page::Interests(page) => interests::focus_id(model, page),
            Page::Learners(page) => learners::focus_id(model, page),
            Page::Names(page) => names::focus_id(model, page),
            Page::Survey(page) => survey::focus_id(page),
            Page::Paper(_) => "paper".into(),
            Page::Settings(page) => settings::focus_id(model, page),
        },
    }
}

/// The screen's name for the control socket and the tour.
pub fn screen_name(model: &Model) -> &'static str {
    match model.power {
        Power::Starting => return "splash",
        Power::Standby => return "standby",
        Power::On => {}
    }
    match model.page() {
        Page::Home(_) => "home",
        Page::Live => "live",
        Page::Category(_) => "category",
        Page::Course(_) => "course",
        Page::Lesson(_) => "player",
        Page::Learning(_) => "learning",
        Page::History(_) => "history",
        Page::Guide(_) => "guide",
        Page::Programme(_) => "programme",
        Page::Bookings(_) => "bookings",
        Page::Quiz(_) => "quiz",
        Page::Part(_) => "player",
        Page::Search(_) => "search",
        Page::Timetable(_) => "timetable",
        Page::Waiting(_) => "waiting",
        Page::Visit(_) => "visit",
        Page::Interests(_) => "interests",
        Page::Learners(_) => "learners",
        Page::Names(_) => "names",
        Page::Survey(_) => "survey",
        Page::Paper(_) => "paper",
        Page::Settings(_) => "settings",
    }
}

/// What lies on top of the page, lowest first.
pub fn overlay_names(model: &Model) -> Vec<&'static str> {
    let mut names = Vec::new();
    if model.power != Power::On {
        return names;
    }
    if model.banner_shown() {
        names.push("banner");
    }
    if let (Page::Lesson(page), None) = (model.page(), &model.overlay) {
        match page.layer {
            lesson::Layer::Picture => {}
            lesson::Layer::Bar { .. } => names.push("player-bar"),
            lesson::Layer::End { .. } => names.push("end"),
        }
    }
    if let Page::Part(_) = model.page() {
        names.push("part");
    }
    names.extend(match &model.overlay {
        Some(Overlay::Channels(_)) => Some("channels"),
        Some(Overlay::Number(_)) => Some("number"),
        Some(Overlay::NoNumber(_)) => Some("no-number"),
        Some(Overlay::Menu(_)) => Some("menu"),
        Some(Overlay::Dialog(_)) => Some("dialog"),
        Some(Overlay::Pin(_)) => Some("pin"),
        Some(Overlay::Trouble(_)) => Some("trouble"),
        None => None,
    });
    if model.call.is_some() {
        names.push("reminder");
    }
    if model.toast.is_some() {
        names.push("toast");
    }
    names
}

pub fn toast(model: &mut Model, icon: &'static str, text: impl Into<String>) {
    model.toast = Some(Toast { icon, text: text.into(), until: model.now.mono.plus(TOAST_MS) });
}

/// A key without a task on this screen is answered, never ignored.
pub fn useless_key(model: &mut Model) {
    toast(model, "info", "这个键在这里用不上");
}

pub fn nudge(model: &mut Model, way: Way) {
    let (x, y) = way.step();
    model.nudge = Some(Nudge { x, y, until: model.now.mono.plus(NUDGE_MS) });
}

pub fn press(model: &mut Model) {
    model.pressed_until = Some(model.now.mono.plus(NUDGE_MS));
}

/// Goes one page back. Home stays.
pub fn back(model: &mut Model) {
    if model.stack.len() > 1 {
        model.stack.pop();
    }
}

/// Home with the focus it had, whatever lay above it.
pub fn go_home(model: &mut Model) {
    model.stack.truncate(1);
    model.overlay = None;
}

/// Full-screen live with its banner, Home below it.
pub fn go_live(model: &mut Model) {
    go_home(model);
    model.stack.push(Page::Live);
    live::show_banner(model);
}

pub fn push(model: &mut Model, page: Page) {
    model.overlay = None;
    model.stack.push(page);
}
