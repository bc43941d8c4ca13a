//! 换人学: who learns at this television. One row a learner, and a last one for somebody new while there is room.

use crate::{
    app::{
        Effect, Model,
        focus::{Way, along},
        learners,
        model::Page,
        screens::{self, Focusable, dialog, menu, names},
    },
    learning::roster::{LearnerId, MOST},
    remote::key::RemoteKey,
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LearnersPage {
    pub focus: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    Learner(LearnerId),
    /// 添一位学员
    Add,
}

pub fn open(model: &mut Model) {
    let roster = &model.learners.roster;
    let focus = roster.all().position(|(id, _)| id == roster.now()).unwrap_or(0);
    screens::push(model, Page::Learners(LearnersPage { focus }));
}

/// Never empty.
pub fn rows(model: &Model) -> Vec<Row> {
    let roster = &model.learners.roster;
    let add = roster.has_room().then_some(Row::Add);
    roster.all().map(|(id, _)| Row::Learner(id)).chain(add).collect()
}

pub fn name(model: &Model, row: Row) -> String {
    match row {
        Row::Learner(id) => model.learners.roster.name(id).unwrap_or_default().to_owned(),
        Row::Add => "添一位学员".into(),
    }
}

/// Beside the name.
pub fn note(model: &Model, row: Row) -> String {
    match row {
        Row::Learner(id) if id == model.learners.roster.now() => "现在在学".into(),
        Row::Learner(_) => String::new(),
        Row::Add => format!("还能添{}位", MOST.saturating_sub(model.learners.roster.count())),
    }
}

/// The focused row; the last one where rows went away.
pub fn spot(page: &LearnersPage, rows: usize) -> usize {
    page.focus.min(rows.saturating_sub(1))
}

pub fn focused(model: &Model, page: &LearnersPage) -> Row {
    let rows = rows(model);
    rows.get(spot(page, rows.len())).copied().unwrap_or(Row::Add)
}

fn id(row: Row) -> String {
    match row {
        Row::Learner(id) => format!("learners.{id}"),
        Row::Add => "learners.add".into(),
    }
}

pub fn focusables(model: &Model) -> Vec<Focusable> {
    let label = |row| format!("{} {}", name(model, row), note(model, row)).trim().to_owned();
    rows(model).into_iter().map(|row| Focusable::new(id(row), label(row))).collect()
}

pub fn focus_id(model: &Model, page: &LearnersPage) -> String {
    id(focused(model, page))
}

pub fn key(model: &mut Model, page: LearnersPage, key: RemoteKey, effects: &mut Vec<Effect>) {
    let count = rows(model).len();
    let at = spot(&page, count);
    let next = match (focused(model, &page), key) {
        (_, RemoteKey::Back) => return screens::back(model),
        (_, RemoteKey::Menu) => return menu::open(model),
        (Row::Add, RemoteKey::Ok) => {
            screens::press(model);
            return names::open(model, names::For::Somebody);
        }
        (Row::Learner(id), RemoteKey::Ok) => {
            screens::press(model);
            return learners::switch(model, id, effects);
        }
        (Row::Learner(id), RemoteKey::Red) => return ask_remove(model, id),
        (_, RemoteKey::Up) => along(at, count, false),
        (_, RemoteKey::Down) => along(at, count, true),
        _ if Way::from_key(key).is_some() => None,
        _ => return screens::useless_key(model),
    };
    match (next, Way::from_key(key)) {
        (Some(focus), _) => {
            if let Some(Page::Learners(top)) = model.stack.last_mut() {
                top.focus = focus;
            }
        }
        (None, Some(way)) => screens::nudge(model, way),
        (None, None) => {}
    }
}

/// Asks twice where it can be done, and says kindly why where it cannot.
pub fn ask_remove(model: &mut Model, id: LearnerId) {
    match learners::may_go(model, id) {
        Ok(()) => dialog::ask_remove_learner(model, id),
        Err(words) => screens::toast(model, "info", words),
    }
}
