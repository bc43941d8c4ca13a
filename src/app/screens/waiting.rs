//! Before a live lesson: how long it is until then. It begins by itself, and is a recording afterwards.

use crate::{
    app::{
        Effect, Model, civil,
        focus::{Way, along},
        model::Page,
        reminders,
        screens::{
            self, Focusable, lesson, menu,
            timetable::{self, Standing},
        },
    },
    catalogue::types::{Course, CourseId, LiveSession},
    remote::key::RemoteKey,
    time::MonoMs,
};

/// Nearer than this the wait is told by the second; before, a look at the clock once a minute is calm enough.
const BY_THE_SECOND_MS: i64 = 60 * 60_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingPage {
    pub course: CourseId,
    pub session: String,
    pub focus: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Button {
    Join,
    Book,
    Unbook,
    Recording,
    Back,
}

impl Button {
    pub fn id(self) -> &'static str {
        match self {
            Self::Join => "waiting.join",
            Self::Book => "waiting.book",
            Self::Unbook => "waiting.unbook",
            Self::Recording => "waiting.recording",
            Self::Back => "waiting.back",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Join => "进课堂看",
            Self::Book => "到时候叫我",
            Self::Unbook => "取消预约",
            Self::Recording => "看录像",
            Self::Back => "先做别的",
        }
    }

    pub fn icon(self) -> &'static str {
        match self {
            Self::Join => "live",
            Self::Book | Self::Unbook => "bell",
            Self::Recording => "play",
            Self::Back => "home",
        }
    }
}

pub fn open(model: &mut Model, course: &CourseId, session: &str) {
    let (course, session) = (course.clone(), session.to_owned());
    screens::push(model, Page::Waiting(WaitingPage { course, session, focus: 0 }));
}

pub fn of<'a>(model: &'a Model, page: &WaitingPage) -> Option<(&'a Course, &'a LiveSession)> {
    let course = model.catalogue.ready()?.course(&page.course)?;
    Some((course, course.live.iter().find(|s| s.id == page.session)?))
}

/// What applies now; the safe one first. Never empty.
pub fn buttons(model: &Model, page: &WaitingPage) -> Vec<Button> {
    let Some((course, session)) = of(model, page) else { return vec![Button::Back] };
    match timetable::standing(model, course, session) {
        Standing::Bookable => vec![Button::Book, Button::Back],
        Standing::Booked => vec![Button::Back, Button::Unbook],
        Standing::Live if !session.sources.is_empty() => vec![Button::Join, Button::Back],
        Standing::Recorded => vec![Button::Recording, Button::Back],
        Standing::Live | Standing::Over => vec![Button::Back],
    }
}

pub fn spot(page: &WaitingPage, buttons: &[Button]) -> usize {
    page.focus.min(buttons.len().saturating_sub(1))
}

pub fn focusables(model: &Model, page: &WaitingPage) -> Vec<Focusable> {
    let all = buttons(model, page);
    all.into_iter().map(|b| Focusable::new(b.id(), format!("{}，{}", b.label(), words(model, page)))).collect()
}

pub fn focus_id(model: &Model, page: &WaitingPage) -> String {
    let all = buttons(model, page);
    all.get(spot(page, &all)).map_or("waiting.back", |b| b.id()).into()
}

/// `还有12分30秒，到点自动开始`
pub fn words(model: &Model, page: &WaitingPage) -> String {
    let Some((course, session)) = of(model, page) else { return "这节课现在没有了".into() };
    let ahead = session.start.since(model.now.utc);
    match timetable::standing(model, course, session) {
        Standing::Bookable | Standing::Booked => {
            let left = if ahead <= BY_THE_SECOND_MS {
                civil::spoken_length(u64::try_from(ahead).unwrap_or(0).div_ceil(1000) * 1000)
            } else {
                civil::left(u64::try_from(ahead).unwrap_or(0))
            };
            let begins = if session.sources.is_empty() { "开课" } else { "到点自动开始" };
            format!("还有{left}，{begins}")
        }
        Standing::Live if session.sources.is_empty() => "正在现场上课，电视上没有画面".into(),
        Standing::Live => "已经开始了".into(),
        Standing::Recorded => "上完了，可以看录像".into(),
        Standing::Over => "上完了，录像还没有来".into(),
    }
}

/// Begins by itself.
pub fn tick(model: &mut Model) {
    let Page::Waiting(page) = model.page() else { return };
    if model.clock_wrong || model.overlay.is_some() {
        return;
    }
    let Some((course, session)) = of(model, page) else { return };
    let is_on = session.start <= model.now.utc && model.now.utc < session.end && !session.sources.is_empty();
    if is_on && let Some(i) = course.live.iter().position(|s| s.id == page.session) {
        let course = course.clone();
        screens::back(model);
        lesson::join(model, &course, i);
    }
}

/// The next second, where the wait is told by the second; none where the minute is enough.
pub fn next_deadline(model: &Model, page: &WaitingPage) -> Option<MonoMs> {
    let (_, session) = of(model, page)?;
    let ahead = session.start.since(model.now.utc);
    let left = u64::try_from(ahead).ok().filter(|_| (1..=BY_THE_SECOND_MS + 60_000).contains(&ahead))?;
    let into = left % 1_000;
    Some(model.now.mono.plus(if into == 0 { 1_000 } else { into }))
}

pub fn key(model: &mut Model, page: &WaitingPage, key: RemoteKey, effects: &mut Vec<Effect>) {
    let all = buttons(model, page);
    let at = spot(page, &all);
    match key {
        RemoteKey::Back => screens::back(model),
        RemoteKey::Menu => menu::open(model),
        RemoteKey::Ok | RemoteKey::Play | RemoteKey::PlayPause => {
            screens::press(model);
            activate(model, page, all.get(at).copied(), effects);
        }
        _ => match Way::from_key(key) {
            Some(way @ (Way::Up | Way::Down)) => match (along(at, all.len(), way == Way::Down), model.stack.last_mut())
            {
                (Some(next), Some(Page::Waiting(top))) => top.focus = next,
                _ => screens::nudge(model, way),
            },
            Some(way) => screens::nudge(model, way),
            None => screens::useless_key(model),
        },
    }
}

fn activate(model: &mut Model, page: &WaitingPage, button: Option<Button>, effects: &mut Vec<Effect>) {
    let Some((course, session)) = of(model, page).map(|(c, s)| (c.clone(), s.clone())) else {
        return screens::back(model);
    };
    let reminder = reminders::of_class(&course, &session);
    match button {
        Some(Button::Book) => reminders::book(model, reminder, effects),
        Some(Button::Unbook) => reminders::unbook(model, &reminder.of, reminder.start, effects),
        Some(Button::Recording) => timetable::play_recording(model, &course, &session),
        Some(Button::Join) => {
            if let Some(i) = course.live.iter().position(|s| s.id == session.id) {
                lesson::join(model, &course, i);
            }
        }
        Some(Button::Back) | None => screens::back(model),
    }
}
