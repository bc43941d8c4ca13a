//! 直播大课表: the live lessons of today and of the week to come, and what can be done about each.

use crate::{
    app::{
        Effect, Model,
        civil::{self, day_begins},
        focus::{Way, along},
        model::Page,
        reminders,
        screens::{self, Focusable, lesson, menu, waiting},
    },
    catalogue::types::{Course, CourseId, LiveSession},
    remote::key::RemoteKey,
};

/// Rows in sight at once.
pub const ROWS: usize = 6;
/// Today and the six days after it.
const DAYS: i32 = 7;

/// The row is kept by its lesson, so that a refreshed catalogue does not move the focus.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimetablePage {
    pub focus: Option<(CourseId, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Live,
    Bookable,
    Booked,
    /// Over, and its recording can be watched.
    Recorded,
    Over,
}

impl Standing {
    pub fn tag(self) -> &'static str {
        match self {
            Self::Live => "直播中",
            Self::Bookable => "可预约",
            Self::Booked => "已预约",
            Self::Recorded => "可回看",
            Self::Over => "已结束",
        }
    }

    /// What 确认 does.
    pub fn action(self) -> &'static str {
        match self {
            Self::Live => "进直播课堂",
            Self::Bookable => "预约",
            Self::Booked => "看还有多久",
            Self::Recorded => "看录像",
            Self::Over => "上完了",
        }
    }
}

pub fn standing(model: &Model, course: &Course, session: &LiveSession) -> Standing {
    let now = model.now.utc;
    if session.end <= now {
        return if recording(course, session).is_some() { Standing::Recorded } else { Standing::Over };
    }
    if session.start <= now {
        return Standing::Live;
    }
    let of = reminders::of_class(course, session).of;
    if reminders::is_booked(model, &of, session.start) { Standing::Booked } else { Standing::Bookable }
}

/// The lesson that holds what was taught live.
pub fn recording(course: &Course, session: &LiveSession) -> Option<usize> {
    let index = course.lesson_index(session.recording.as_ref()?)?;
    course.lessons.get(index).filter(|l| !l.sources.is_empty()).map(|_| index)
}

/// By their beginning. None while the box does not know the time.
pub fn rows(model: &Model) -> Vec<(&Course, &LiveSession)> {
    let Some(catalogue) = model.catalogue.ready().filter(|_| !model.clock_wrong) else { return Vec::new() };
    let today = civil::day_number(model.now.utc, &model.zone);
    let from = day_begins(today, &model.zone);
    let to = day_begins(today.saturating_add(DAYS), &model.zone);
    let all = catalogue.courses.iter().flat_map(|c| c.live.iter().map(move |s| (c, s)));
    let mut rows: Vec<_> = all.filter(|(_, s)| s.end > from && s.start < to).collect();
    rows.sort_by_key(|(c, s)| (s.start, &c.id));
    rows
}

pub fn of_today(model: &Model, session: &LiveSession) -> bool {
    let today = civil::day_number(model.now.utc, &model.zone);
    session.start < day_begins(today.saturating_add(1), &model.zone)
}

pub fn open(model: &mut Model) {
    screens::push(model, Page::Timetable(TimetablePage::default()));
}

/// The row in focus: the one left, else the first that is not over.
pub fn spot(model: &Model, page: &TimetablePage, rows: &[(&Course, &LiveSession)]) -> usize {
    let left = page.focus.as_ref();
    let kept = left.and_then(|(course, id)| rows.iter().position(|(c, s)| &c.id == course && &s.id == id));
    kept.or_else(|| rows.iter().position(|(_, s)| s.end > model.now.utc)).unwrap_or(0)
}

fn id(course: &Course, session: &LiveSession) -> String {
    format!("timetable.{}/{}", course.id.0, session.id)
}

pub fn focusables(model: &Model, page: &TimetablePage) -> Vec<Focusable> {
    let rows = rows(model);
    if rows.is_empty() {
        return vec![Focusable::new("timetable.empty", "回上一页")];
    }
    let first = crate::app::focus::scroll(spot(model, page, &rows), rows.len(), ROWS);
    let label = |c: &Course, s: &LiveSession| {
        let when = civil::ahead(s.start, model.now.utc, &model.zone);
        format!("{when} {} {}", s.title, standing(model, c, s).tag())
    };
    rows.iter().skip(first).take(ROWS).map(|(c, s)| Focusable::new(id(c, s), label(c, s))).collect()
}

pub fn focus_id(model: &Model, page: &TimetablePage) -> String {
    let rows = rows(model);
    rows.get(spot(model, page, &rows)).map_or_else(|| "timetable.empty".into(), |(c, s)| id(c, s))
}

pub fn key(model: &mut Model, page: &TimetablePage, key: RemoteKey, effects: &mut Vec<Effect>) {
    let rows = rows(model);
    let at = spot(model, page, &rows);
    let name = |i: usize| rows.get(i).map(|(c, s)| (c.id.clone(), s.id.clone()));
    let next = match key {
        RemoteKey::Back => return screens::back(model),
        RemoteKey::Menu => return menu::open(model),
        RemoteKey::Ok | RemoteKey::Play | RemoteKey::PlayPause => {
            let Some((course, session)) = rows.get(at).map(|(c, s)| ((*c).clone(), (*s).clone())) else {
                return screens::back(model);
            };
            put(model, Some((course.id.clone(), session.id.clone())));
            screens::press(model);
            return act(model, &course, &session, effects);
        }
        RemoteKey::PageUp | RemoteKey::ChannelUp if !rows.is_empty() => name(at.saturating_sub(ROWS)),
        RemoteKey::PageDown | RemoteKey::ChannelDown if !rows.is_empty() => name((at + ROWS).min(rows.len() - 1)),
        _ => match Way::from_key(key) {
            Some(way @ (Way::Up | Way::Down)) => along(at, rows.len(), way == Way::Down).and_then(name),
            Some(_) => None,
            None => return screens::useless_key(model),
        },
    };
    match (next, Way::from_key(key)) {
        (Some(name), _) => put(model, Some(name)),
        (None, Some(way)) => screens::nudge(model, way),
        (None, None) => {}
    }
}

fn put(model: &mut Model, focus: Option<(CourseId, String)>) {
    if let Some(Page::Timetable(top)) = model.stack.last_mut() {
        top.focus = focus;
    }
}

/// Does what the tag says.
fn act(model: &mut Model, course: &Course, session: &LiveSession, effects: &mut Vec<Effect>) {
    match standing(model, course, session) {
        Standing::Bookable => reminders::book(model, reminders::of_class(course, session), effects),
        Standing::Live if !session.sources.is_empty() => {
            if let Some(i) = course.live.iter().position(|s| s.id == session.id) {
                lesson::join(model, course, i);
            }
        }
        // Held elsewhere, with no picture on the television: the page says where.
        Standing::Booked | Standing::Live => waiting::open(model, &course.id, &session.id),
        Standing::Recorded => play_recording(model, course, session),
        Standing::Over => screens::toast(model, "info", "这节课上完了，还没有录像"),
    }
}

pub fn play_recording(model: &mut Model, course: &Course, session: &LiveSession) {
    let lesson = recording(course, session).and_then(|i| course.lessons.get(i)).map(|l| l.id.clone());
    if let Some(lesson) = lesson {
        lesson::start(model, course.id.clone(), lesson, 0);
    }
}
