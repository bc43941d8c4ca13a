//! 我的学习: what was learnt lately, this week's minutes, and the way to everything watched.

use std::collections::BTreeSet;

use crate::{
    app::{
        Model, civil,
        focus::{Way, along},
        model::Page,
        records,
        screens::{self, Focusable, category, course, history, menu, paper},
    },
    catalogue::types::{Course, CourseId},
    learning::credit,
    remote::key::RemoteKey,
    store::types::HistoryKey,
};

/// Cards at the bottom.
pub const RECENT: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LearningFocus {
    Recent(usize),
    /// Index into `ACTIONS`.
    Action(usize),
}

pub const ACTIONS: [(&str, &str, &str); 3] =
    [("certificates", "我的证书", "medal"), ("history", "看过的", "clock"), ("favourites", "我的收藏", "star")];
/// Where the focus is when there is no card: what was watched on live is there, too.
const HISTORY: usize = 1;

/// Courses by when they were last watched.
pub fn recent(model: &Model) -> Vec<&Course> {
    let Some(catalogue) = model.catalogue.ready() else { return Vec::new() };
    let mut seen: Vec<&Course> = Vec::new();
    for entry in &model.user.history {
        if let HistoryKey::Lesson { course, .. } = &entry.key
            && let Some(course) = catalogue.course(course).filter(|c| !seen.iter().any(|s| s.id == c.id))
        {
            seen.push(course);
        }
        if seen.len() == RECENT {
            break;
        }
    }
    seen
}

/// Courses under way: begun and not finished.
pub fn under_way(model: &Model) -> usize {
    let counted = |c: &Course| model.user.credits.iter().any(|e| e.course == c.id);
    begun(model).filter(|c| !counted(c) && !course::is_done(model, c)).count()
}

/// A few words about the learner's days: never a reproach.
pub fn line(model: &Model) -> String {
    let kept = if records::are_kept(model) { "学习记录送给学校" } else { "只记在这台电视上" };
    if model.clock_wrong {
        return kept.into();
    }
    let today = civil::day_number(model.now.utc, &model.zone);
    let row = credit::days_in_a_row(&model.user.days, today);
    let this_week = model.user.days.iter().any(|(d, s)| *s > 0 && (today - 6..=today).contains(d));
    match (row, model.user.days.is_empty()) {
        (2.., _) => format!("连着学了{row}天"),
        (_, true) => kept.into(),
        _ if this_week => "想学就学，不着急".into(),
        _ => "歇一歇也好".into(),
    }
}

/// Every course of which something was watched.
fn begun(model: &Model) -> impl Iterator<Item = &Course> {
    let ids: BTreeSet<&CourseId> = model.user.history.iter().filter_map(|e| e.key.course()).collect();
    ids.into_iter().filter_map(|id| model.catalogue.ready()?.course(id))
}

pub fn open(model: &mut Model) {
    screens::push(model, Page::Learning(LearningFocus::Recent(0)));
}

/// The focus as it can be drawn: on the buttons where nothing was learnt yet.
pub fn spot(model: &Model, focus: LearningFocus) -> LearningFocus {
    match focus {
        LearningFocus::Recent(i) => match recent(model).len() {
            0 => LearningFocus::Action(HISTORY),
            n => LearningFocus::Recent(i.min(n - 1)),
        },
        action => action,
    }
}

pub fn focusables(model: &Model) -> Vec<Focusable> {
    let actions = ACTIONS.iter().map(|(id, label, _)| Focusable::new(format!("learning.{id}"), *label));
    let recent = recent(model);
    let cards = recent.iter().enumerate().map(|(i, c)| Focusable::new(format!("learning.recent.{i}"), c.title.clone()));
    actions.chain(cards).collect()
}

pub fn focus_id(model: &Model, focus: LearningFocus) -> String {
    match spot(model, focus) {
        LearningFocus::Recent(i) => format!("learning.recent.{i}"),
        LearningFocus::Action(i) => format!("learning.{}", ACTIONS.get(i).map_or("", |a| a.0)),
    }
}

pub fn key(model: &mut Model, focus: LearningFocus, key: RemoteKey) {
    use LearningFocus::{Action, Recent};
    let focus = spot(model, focus);
    let count = recent(model).len();
    let next = match (focus, key) {
        (_, RemoteKey::Back) => return screens::back(model),
        (_, RemoteKey::Menu) => return menu::open(model),
        (Recent(i), RemoteKey::Ok | RemoteKey::Play) => {
            screens::press(model);
            let course: Option<CourseId> = recent(model).get(i).map(|c| c.id.clone());
            if let Some(course) = course {
                course::open(model, course);
            }
            return;
        }
        (Action(i), RemoteKey::Ok) => {
            screens::press(model);
            return match ACTIONS.get(i).map(|a| a.0) {
                Some("certificates") => paper::open_certificates(model),
                Some("history") => history::open(model),
                _ => category::open(model, category::Shelf::Favourites),
            };
        }
        (Recent(i), RemoteKey::Red) => {
            let course = recent(model).get(i).map(|c| c.id.clone());
            if let Some(course) = course {
                super::dialog::ask_forget_course(model, &course);
            }
            return;
        }
        (Recent(i), RemoteKey::Left) => i.checked_sub(1).map(Recent),
        (Recent(i), RemoteKey::Right) => (i + 1 < count).then_some(Recent(i + 1)),
        (Recent(_), RemoteKey::Up) => Some(Action(ACTIONS.len() - 1)),
        (Action(i), RemoteKey::Up) => along(i, ACTIONS.len(), false).map(Action),
        (Action(i), RemoteKey::Down) => {
            along(i, ACTIONS.len(), true).map(Action).or((count > 0).then_some(Recent(count.saturating_sub(1))))
        }
        _ if Way::from_key(key).is_some() => None,
        _ => return screens::useless_key(model),
    };
    match (next, Way::from_key(key)) {
        (Some(next), _) => {
            if let Some(Page::Learning(top)) = model.stack.last_mut() {
                *top = next;
            }
        }
        (None, Some(way)) => screens::nudge(model, way),
        (None, None) => {}
    }
}
