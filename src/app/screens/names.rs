//! 怎么称呼: a learner's name, chosen from what families call their elders, so that nobody types.

use crate::{
    app::{
        Effect, Model,
        focus::{Way, in_grid},
        learners,
        model::Page,
        screens::{self, Focusable, menu},
    },
    learning::roster::LearnerId,
    remote::key::RemoteKey,
};

pub const COLUMNS: usize = 4;

/// Whose name is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    /// Who is new here.
    Somebody,
    Learner(LearnerId),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamesPage {
    pub of: For,
    pub focus: usize,
}

pub fn open(model: &mut Model, of: For) {
    screens::push(model, Page::Names(NamesPage { of, focus: 0 }));
}

/// Never empty: there are twice as many names as learners.
pub fn names(model: &Model) -> Vec<&'static str> {
    model.learners.roster.free_names()
}

pub fn heading(model: &Model, page: &NamesPage) -> String {
    match page.of {
        For::Somebody => "添一位学员".into(),
        For::Learner(id) => format!("{}改称呼", model.learners.roster.name(id).unwrap_or_default()),
    }
}

pub fn line(page: &NamesPage) -> &'static str {
    match page.of {
        For::Somebody => "家里人怎么称呼新来的这位？",
        For::Learner(_) => "换个称呼，学过的都还在。",
    }
}

/// The focused name; the last one where names went away.
pub fn spot(page: &NamesPage, names: usize) -> usize {
    page.focus.min(names.saturating_sub(1))
}

pub fn focusables(model: &Model) -> Vec<Focusable> {
    names(model).iter().enumerate().map(|(i, name)| Focusable::new(format!("names.{i}"), *name)).collect()
}

pub fn focus_id(model: &Model, page: &NamesPage) -> String {
    format!("names.{}", spot(page, names(model).len()))
}

pub fn key(model: &mut Model, page: NamesPage, key: RemoteKey, effects: &mut Vec<Effect>) {
    let names = names(model);
    let at = spot(&page, names.len());
    match (key, names.get(at)) {
        (RemoteKey::Back, _) | (RemoteKey::Ok, None) => screens::back(model),
        (RemoteKey::Menu, _) => menu::open(model),
        (RemoteKey::Ok, Some(name)) => {
            screens::press(model);
            screens::back(model);
            match page.of {
                For::Somebody => learners::add(model, name, effects),
                For::Learner(id) => learners::rename(model, id, name, effects),
            }
        }
        _ => match Way::from_key(key) {
            Some(way) => match in_grid(at, names.len(), COLUMNS, way) {
                Some(focus) => {
                    if let Some(Page::Names(top)) = model.stack.last_mut() {
                        top.focus = focus;
                    }
                }
                None => screens::nudge(model, way),
            },
            None => screens::useless_key(model),
        },
    }
}
