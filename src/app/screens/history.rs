//! Everything watched, newest first.

use crate::{
    app::{
        Effect, Model,
        focus::{Way, along},
        model::Page,
        screens::{self, Focusable, course, dialog, lesson, live, menu},
    },
    remote::key::RemoteKey,
    store::types::{HistoryKey, StoreCommand},
};

/// Rows in sight at once.
pub const ROWS: usize = 6;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryPage {
    pub focus: usize,
}

pub fn open(model: &mut Model) {
    screens::push(model, Page::History(HistoryPage { focus: 0 }));
}

/// The focused row; the last one where rows went away.
pub fn spot(model: &Model, page: &HistoryPage) -> Option<usize> {
    model.user.history.len().checked_sub(1).map(|last| page.focus.min(last))
}

pub fn focusables(model: &Model, page: &HistoryPage) -> Vec<Focusable> {
    let Some(focus) = spot(model, page) else { return vec![Focusable::new("history.empty", "去挑一门课")] };
    let first = crate::app::focus::scroll(focus, model.user.history.len(), ROWS);
    let rows = model.user.history.iter().enumerate().skip(first).take(ROWS);
    rows.map(|(i, e)| Focusable::new(format!("history.{i}"), format!("{} {}", e.title, e.detail).trim().to_owned()))
        .collect()
}

pub fn focus_id(model: &Model, page: &HistoryPage) -> String {
    spot(model, page).map_or_else(|| "history.empty".into(), |i| format!("history.{i}"))
}

pub fn key(model: &mut Model, page: HistoryPage, key: RemoteKey, effects: &mut Vec<Effect>) {
    let len = model.user.history.len();
    let at = spot(model, &page);
    let next = match (at, key) {
        (_, RemoteKey::Back) => return screens::back(model),
        (_, RemoteKey::Menu) => return menu::open(model),
        (None, RemoteKey::Ok) => return screens::go_home(model),
        (Some(i), RemoteKey::Ok | RemoteKey::Play | RemoteKey::PlayPause) => {
            screens::press(model);
            return resume(model, i, effects);
        }
        (Some(i), RemoteKey::Red) => return ask_remove(model, i),
        (Some(i), RemoteKey::Up) => along(i, len, false),
        (Some(i), RemoteKey::Down) => along(i, len, true),
        (Some(i), RemoteKey::PageUp | RemoteKey::ChannelUp) => Some(i.saturating_sub(ROWS)),
        (Some(i), RemoteKey::PageDown | RemoteKey::ChannelDown) => Some((i + ROWS).min(len - 1)),
        _ if Way::from_key(key).is_some() => None,
        _ => return screens::useless_key(model),
    };
    match (next, Way::from_key(key)) {
        (Some(focus), _) => {
            if let Some(Page::History(top)) = model.stack.last_mut() {
                top.focus = focus;
            }
        }
        (None, Some(way)) => screens::nudge(model, way),
        (None, None) => {}
    }
}

pub fn ask_remove(model: &mut Model, index: usize) {
    if let Some(key) = model.user.history.get(index).map(|e| e.key.clone()) {
        dialog::ask_remove(model, key);
    }
}

pub fn remove(model: &mut Model, key: &HistoryKey, effects: &mut Vec<Effect>) {
    model.user.history.retain(|e| &e.key != key);
    effects.push(Effect::Store(StoreCommand::RemoveHistory(key.clone())));
}

pub fn clear(model: &mut Model, effects: &mut Vec<Effect>) {
    model.user.history.clear();
    effects.extend([StoreCommand::ClearLessons, StoreCommand::ClearChannels].map(Effect::Store));
}

fn resume(model: &mut Model, index: usize, effects: &mut Vec<Effect>) {
    let Some(key) = model.user.history.get(index).map(|e| e.key.clone()) else { return };
    match key {
        HistoryKey::Channel(id) => {
            if model.lineup.ready().is_some_and(|l| l.by_id(&id).is_some()) {
                live::switch(model, id, effects);
                screens::go_live(model);
            } else {
                screens::toast(model, "tv", "这个频道现在没有了");
            }
        }
        HistoryKey::Lesson { course, lesson } => {
            let found = model.catalogue.ready().and_then(|c| c.course(&course));
            let at = found.and_then(|c| {
                let index = c.lesson_index(&lesson)?;
                c.lessons.get(index).filter(|l| !l.sources.is_empty())?;
                Some(course::resume_ms(model, c, index))
            });
            match at {
                Some(start_ms) => lesson::start(model, course, lesson, start_ms),
                None => screens::toast(model, "clock", "这一课暂时看不了"),
            }
        }
    }
}
