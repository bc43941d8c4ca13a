//! 换人学, and the names to choose from.

use jinse_ui::{Action, Bridge, LearnerRow, NamesData};

use super::{Lists, text};
use crate::app::{
    Model,
    screens::{
        learners::{self, LearnersPage, Row},
        names::{self, NamesPage},
    },
};

pub fn show(lists: &Lists, model: &Model, page: &LearnersPage) {
    let rows = learners::rows(model);
    let at = learners::spot(page, rows.len());
    let free = model.overlay.is_none();
    let shown = rows.iter().enumerate().map(|(i, row)| {
        let name = learners::name(model, *row);
        LearnerRow {
            mark: text(match row {
                Row::Learner(_) => name.chars().next().map_or(String::new(), String::from),
                Row::Add => "+".into(),
            }),
            name: text(&name),
            note: text(learners::note(model, *row)),
            current: *row == Row::Learner(model.learners.roster.now()),
            focused: free && i == at,
        }
    });
    lists.learners.show(shown.collect());
}

pub fn show_names(bridge: &Bridge, lists: &Lists, model: &Model, page: &NamesPage) {
    let names = names::names(model);
    let at = names::spot(page, names.len());
    let free = model.overlay.is_none();
    let shown = names.iter().enumerate().map(|(i, name)| Action {
        id: text(""),
        label: text(name),
        icon: text(""),
        note: text(""),
        focused: free && i == at,
        enabled: true,
    });
    lists.names.show(shown.collect());
    bridge.set_names(NamesData { title: text(names::heading(model, page)), line: text(names::line(page)) });
}
