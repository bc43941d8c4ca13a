//! 我的兴趣 (数字画像): what this box believes, in words and bars. Each can be corrected, and all of it forgotten.

use crate::{
    app::{
        Effect, Model, civil,
        focus::{Way, along, scroll},
        model::Page,
        screens::{self, Focusable, category, dialog, menu, picks},
    },
    catalogue::types::Band,
    learning::{
        recommend,
        taste::{Liking, Subject},
    },
    remote::key::RemoteKey,
    store::types::{HistoryKey, StoreCommand},
};

/// Rows in sight at once.
pub const ROWS: usize = 6;
/// Teachers listened to most.
const TEACHERS: usize = 3;
/// So many lessons before the box says when somebody learns.
const HABIT_LESSONS: usize = 3;
const BANDS: [Band; 6] = [Band::Health, Band::Digital, Band::Culture, Band::Arts, Band::Life, Band::FraudSafety];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterestsPage {
    pub focus: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Row {
    Subject {
        subject: Subject,
        /// Of the strongest, 0…1.
        share: f32,
        said: Option<Liking>,
    },
    /// 不感兴趣的课, how many.
    Declined(usize),
    /// 忘掉这些
    Forget,
}

pub fn open(model: &mut Model) {
    screens::push(model, Page::Interests(InterestsPage { focus: 0 }));
}

pub fn rows(model: &Model) -> Vec<Row> {
    let seen = picks::seen(model);
    let past = picks::past(model, &seen);
    let taste = &model.user.taste;
    let mut rows = Vec::new();
    let mut add = |subject: Subject, weight: f32, most: f32| {
        let said = taste.liking(&subject);
        rows.push(Row::Subject { subject, share: if most > 0.0 { weight / most } else { 0.0 }, said });
    };
    let profile = model.catalogue.ready().map(|c| recommend::profile(&c.courses, |id| c.courses.place(id), &past));
    let profile = profile.unwrap_or_default();
    let most = profile.bands.iter().map(|(_, w)| *w).fold(0.0, f32::max);
    for band in BANDS {
        add(Subject::Band(band), profile.band(band), most);
    }
    let mut teachers: Vec<(&str, f32)> = profile.teachers.iter().map(|(t, w)| (*t, *w)).collect();
    teachers.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    let most = teachers.first().map_or(0.0, |(_, w)| *w);
    teachers.truncate(TEACHERS);
    for (subject, _) in &taste.likings {
        if let Subject::Teacher(name) = subject
            && !teachers.iter().any(|(t, _)| t == name)
        {
            teachers.push((name, profile.teachers.get(name.as_str()).copied().unwrap_or(0.0)));
        }
    }
    for (name, weight) in teachers {
        add(Subject::Teacher(name.to_owned()), weight, most);
    }
    rows.push(Row::Declined(taste.declined.len()));
    rows.push(Row::Forget);
    rows
}

pub fn name(row: &Row) -> String {
    match row {
        Row::Subject { subject: Subject::Band(band), .. } => picks::band_name(*band).into(),
        Row::Subject { subject: Subject::Teacher(name), .. } => name.clone(),
        Row::Declined(_) => "不感兴趣的课".into(),
        Row::Forget => "忘掉这些".into(),
    }
}

/// What the box believes, or what the learner has said.
pub fn words(row: &Row) -> String {
    match row {
        Row::Subject { said: Some(said), .. } => match said {
            Liking::More => "您说：多一点",
            Liking::Less => "您说：少一点",
            Liking::Never => "您说：不要",
        }
        .into(),
        Row::Subject { share, .. } if *share >= 0.6 => "很喜欢".into(),
        Row::Subject { share, .. } if *share >= 0.25 => "喜欢".into(),
        Row::Subject { share, .. } if *share > 0.0 => "看过一点".into(),
        Row::Subject { .. } => "还不知道".into(),
        Row::Declined(0) => "没有".into(),
        Row::Declined(n) => format!("{n}门"),
        Row::Forget => "重新认识您".into(),
    }
}

/// "常在晚上学"; empty while too little is known.
pub fn habit(model: &Model) -> &'static str {
    const PARTS: [&str; 4] = ["您常在早上学", "您常在上午学", "您常在下午学", "您常在晚上学"];
    let forgotten = model.user.settings.forgotten_at;
    let mut counts = [0_usize; 4];
    for entry in &model.user.history {
        if matches!(entry.key, HistoryKey::Channel(_)) || forgotten.is_some_and(|at| entry.at <= at) {
            continue;
        }
        let part = match civil::local(entry.at, &model.zone).hour() {
            4..=8 => 0,
            9..=11 => 1,
            12..=17 => 2,
            _ => 3,
        };
        if let Some(count) = counts.get_mut(part) {
            *count += 1;
        }
    }
    let most = counts.iter().copied().max().unwrap_or(0);
    if most < HABIT_LESSONS {
        return "";
    }
    counts.iter().zip(PARTS).find(|(n, _)| **n == most).map_or("", |(_, words)| words)
}

/// The focused row; the last one where rows went away.
pub fn spot(page: &InterestsPage, rows: usize) -> usize {
    page.focus.min(rows.saturating_sub(1))
}

pub fn focusables(model: &Model, page: &InterestsPage) -> Vec<Focusable> {
    let rows = rows(model);
    let first = scroll(spot(page, rows.len()), rows.len(), ROWS);
    let in_sight = rows.iter().enumerate().skip(first).take(ROWS);
    in_sight.map(|(i, row)| Focusable::new(format!("interests.{i}"), format!("{} {}", name(row), words(row)))).collect()
}

pub fn focus_id(model: &Model, page: &InterestsPage) -> String {
    format!("interests.{}", spot(page, rows(model).len()))
}

pub fn key(model: &mut Model, page: InterestsPage, key: RemoteKey, effects: &mut Vec<Effect>) {
    let rows = rows(model);
    let at = spot(&page, rows.len());
    let Some(row) = rows.get(at) else { return screens::back(model) };
    let next = match (row, key) {
        (_, RemoteKey::Back) => return screens::back(model),
        (_, RemoteKey::Menu) => return menu::open(model),
        (_, RemoteKey::Up) => along(at, rows.len(), false),
        (_, RemoteKey::Down) => along(at, rows.len(), true),
        (_, RemoteKey::PageUp | RemoteKey::ChannelUp) => Some(at.saturating_sub(ROWS)),
        (_, RemoteKey::PageDown | RemoteKey::ChannelDown) => Some((at + ROWS).min(rows.len().saturating_sub(1))),
        (Row::Subject { subject, said, .. }, RemoteKey::Left | RemoteKey::Right) => {
            match Liking::step(*said, key == RemoteKey::Right) {
                Some(liking) => return like(model, subject, liking, effects),
                None => None,
            }
        }
        // 确认 goes round, for hands that only know this key.
        (Row::Subject { subject, said, .. }, RemoteKey::Ok) => {
            screens::press(model);
            let liking = Liking::step(*said, true).unwrap_or(Some(Liking::Never));
            return like(model, subject, liking, effects);
        }
        (Row::Subject { subject, .. }, RemoteKey::Red) => return like(model, subject, Some(Liking::Never), effects),
        (Row::Declined(0), RemoteKey::Ok) => return screens::toast(model, "info", "还没有不感兴趣的课"),
        (Row::Declined(_), RemoteKey::Ok) => {
            screens::press(model);
            return category::open(model, category::Shelf::Declined);
        }
        (Row::Forget, RemoteKey::Ok) => {
            screens::press(model);
            return dialog::ask_forget_taste(model);
        }
        _ if Way::from_key(key).is_some() => None,
        _ => return screens::useless_key(model),
    };
    match (next, Way::from_key(key)) {
        (Some(focus), _) => {
            if let Some(Page::Interests(top)) = model.stack.last_mut() {
                top.focus = focus;
            }
        }
        (None, Some(way)) => screens::nudge(model, way),
        (None, None) => {}
    }
}

fn like(model: &mut Model, subject: &Subject, liking: Option<Liking>, effects: &mut Vec<Effect>) {
    picks::said(model, StoreCommand::SetLiking { subject: subject.clone(), liking }, effects);
}

/// The history stays, and says nothing of tastes any more.
pub fn forget(model: &mut Model, effects: &mut Vec<Effect>) {
    model.user.settings.forgotten_at = Some(model.now.utc);
    effects.push(Effect::Store(StoreCommand::SaveSettings(model.user.settings.clone())));
    picks::said(model, StoreCommand::ForgetTaste, effects);
    screens::toast(model, "check", "都忘掉了");
}
