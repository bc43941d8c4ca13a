//! 到现场上课 and 报名: where a course is held, how to get there, and whether there is a seat.

use crate::{
    app::{
        Effect, Model, enrolment,
        focus::{Way, along},
        model::Page,
        screens::{self, Focusable, menu},
    },
    catalogue::{
        enrolment::{Mine, Wish},
        types::{Course, CourseId},
    },
    remote::key::RemoteKey,
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitPage {
    pub course: CourseId,
    pub focus: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Button {
    Enrol,
    /// Full: a place on the waiting list.
    Queue,
    Withdraw,
    Back,
}

impl Button {
    pub fn id(self) -> &'static str {
        match self {
            Self::Enrol => "visit.enrol",
            Self::Queue => "visit.queue",
            Self::Withdraw => "visit.withdraw",
            Self::Back => "visit.back",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Enrol => "报名",
            Self::Queue => "排候补",
            Self::Withdraw => "不报了",
            Self::Back => "回课程",
        }
    }

    pub fn icon(self) -> &'static str {
        match self {
            Self::Enrol | Self::Queue => "person",
            Self::Withdraw => "info",
            Self::Back => "book",
        }
    }
}

/// What the course's button that leads here says; none where there is nothing to say.
pub fn door(course: &Course) -> Option<&'static str> {
    match (&course.venue, &course.enrolment) {
        (Some(_), _) => Some("到现场上课"),
        (None, Some(_)) => Some("报名"),
        (None, None) => None,
    }
}

pub fn open(model: &mut Model, course: &CourseId, effects: &mut Vec<Effect>) {
    screens::push(model, Page::Visit(VisitPage { course: course.clone(), focus: 0 }));
    enrolment::forget_refusal(model, course);
    enrolment::ask(model, course, effects);
}

pub fn course<'a>(model: &'a Model, page: &VisitPage) -> Option<&'a Course> {
    model.catalogue.ready()?.course(&page.course)
}

/// What applies now. Never empty.
pub fn buttons(model: &Model, page: &VisitPage) -> Vec<Button> {
    let enrolment = course(model, page).and_then(|c| c.enrolment.as_ref());
    let known = model.enrolments.get(&page.course);
    let full = known.and_then(|k| k.seats).is_some_and(|s| s.left() == 0);
    let refused = known.is_some_and(|k| k.refused.is_some());
    match (enrolment, enrolment::mine(model, &page.course)) {
        (None, _) => vec![Button::Back],
        // The same answer would come again. Whoever comes back another day asks anew.
        (Some(_), Mine::None) if refused => vec![Button::Back],
        (Some(_), Mine::None) if full => vec![Button::Queue, Button::Back],
        (Some(_), Mine::None) => vec![Button::Enrol, Button::Back],
        // The safe answer first.
        (Some(_), Mine::Enrolled | Mine::Waiting) => vec![Button::Back, Button::Withdraw],
    }
}

pub fn spot(page: &VisitPage, buttons: &[Button]) -> usize {
    page.focus.min(buttons.len().saturating_sub(1))
}

pub fn focusables(model: &Model, page: &VisitPage) -> Vec<Focusable> {
    let words = words(model, page);
    buttons(model, page).into_iter().map(|b| Focusable::new(b.id(), format!("{}，{words}", b.label()))).collect()
}

pub fn focus_id(model: &Model, page: &VisitPage) -> String {
    let all = buttons(model, page);
    all.get(spot(page, &all)).map_or("visit.back", |b| b.id()).into()
}

/// How it stands with a seat: `还有2个位子`.
pub fn words(model: &Model, page: &VisitPage) -> String {
    let Some(course) = course(model, page) else { return "这门课现在没有了".into() };
    if course.enrolment.is_none() {
        return "不用报名，到时候去就行".into();
    }
    let known = model.enrolments.get(&page.course);
    if let Some(wish) = enrolment::wish(model, &page.course) {
        return match (wish, model.network_up) {
            (Wish::Enrol, true) => "正在替您报名".into(),
            (Wish::Withdraw, true) => "正在替您取消".into(),
            (Wish::Enrol, false) => "记下了，网络好了就替您报".into(),
            (Wish::Withdraw, false) => "记下了，网络好了就替您取消".into(),
        };
    }
    if let Some(refused) = known.and_then(|k| k.refused.as_ref()) {
        return format!("没报上：{refused}");
    }
    match known.and_then(|k| k.seats) {
        Some(s) if s.mine == Mine::Enrolled => "您报上名了".into(),
        Some(s) if s.mine == Mine::Waiting => "满了，您排在候补里".into(),
        Some(s) if s.left() > 0 => format!("还有{}个位子", s.left()),
        Some(s) if s.waiting > 0 => format!("满了，{}位在候补", s.waiting),
        Some(_) => "满了，可以排候补".into(),
        None if known.is_some_and(|k| k.asking) => "正在问还有没有位子".into(),
        None => "暂时问不到还有没有位子".into(),
    }
}

pub fn key(model: &mut Model, page: &VisitPage, key: RemoteKey, effects: &mut Vec<Effect>) {
    let all = buttons(model, page);
    let at = spot(page, &all);
    match key {
        RemoteKey::Back => screens::back(model),
        RemoteKey::Menu => menu::open(model),
        RemoteKey::Ok | RemoteKey::Play | RemoteKey::PlayPause => {
            screens::press(model);
            match all.get(at) {
                Some(Button::Enrol | Button::Queue) => enrolment::want(model, &page.course, Wish::Enrol, effects),
                Some(Button::Withdraw) => enrolment::want(model, &page.course, Wish::Withdraw, effects),
                Some(Button::Back) | None => return screens::back(model),
            }
            // What was chosen gives way to the safe answer.
            if let Some(Page::Visit(top)) = model.stack.last_mut() {
                top.focus = 0;
            }
        }
        _ => match Way::from_key(key) {
            Some(way @ (Way::Up | Way::Down)) => match (along(at, all.len(), way == Way::Down), model.stack.last_mut())
            {
                (Some(next), Some(Page::Visit(top))) => top.focus = next,
                _ => screens::nudge(model, way),
            },
            Some(way) => screens::nudge(model, way),
            None => screens::useless_key(model),
        },
    }
}
