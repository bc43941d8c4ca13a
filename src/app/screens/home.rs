//! Home: live in a window, the card that goes on where you left off, six doors.

use std::collections::HashSet;

use crate::{
    app::{
        Effect, Model, civil,
        focus::Way,
        lock,
        model::Page,
        screens::{self, Focusable, category, category::Shelf, course, lesson, live, menu, number, picks, search},
    },
    catalogue::types::{Band, Course, CourseId, LessonId},
    remote::key::RemoteKey,
    store::types::HistoryKey,
};

/// Without a key for this long the picture fills the screen.
pub const IDLE_TO_LIVE_MS: u64 = 20_000;

/// Beside the card's own five characters.
const WHOSE_CHARS: usize = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HomeFocus {
    Window,
    Card,
    /// Index into `DOORS`.
    Door(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behind {
    Shelf(Shelf),
    Learning,
    Search,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Door {
    pub id: &'static str,
    pub label: &'static str,
    pub icon: &'static str,
    pub behind: Behind,
}

/// Two columns, three lines.
pub const DOORS: [Door; 6] = [
    Door { id: "classes", label: "直播课堂", icon: "live", behind: Behind::Shelf(Shelf::LiveClasses) },
    Door {
        id: "health",
        label: "健康科普",
        icon: "heart",
        behind: Behind::Shelf(Shelf::Bands("健康科普", &[Band::Health])),
    },
    Door {
        id: "life",
        label: "智慧生活",
        icon: "phone",
        behind: Behind::Shelf(Shelf::Bands("智慧生活", &[Band::Digital, Band::Life, Band::FraudSafety])),
    },
    Door {
        id: "culture",
        label: "文化娱乐",
        icon: "fan",
        behind: Behind::Shelf(Shelf::Bands("文化娱乐", &[Band::Arts, Band::Culture])),
    },
    Door { id: "learning", label: "我的学习", icon: "person", behind: Behind::Learning },
    Door { id: "search", label: "找课程", icon: "search", behind: Behind::Search },
];

/// What the card offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Card {
    /// "接着上次学"
    Continue { course: CourseId, lesson: LessonId, start_ms: u64 },
    /// "今天学什么"
    Suggest(CourseId),
    /// Nothing to offer yet.
    Empty,
}

/// The newest unfinished lesson, or the next one where the newest is finished, else one course to begin with.
pub fn card(model: &Model) -> Card {
    let Some(catalogue) = model.catalogue.ready() else { return Card::Empty };
    let last = model.user.history.iter().find_map(|e| match &e.key {
        HistoryKey::Lesson { course, lesson } => Some((catalogue.course(course)?, lesson)),
        HistoryKey::Channel(_) => None,
    });
    if let Some((course, lesson)) = last
        && let Some((lesson, start_ms)) = go_on(model, course, lesson)
    {
        return Card::Continue { course: course.id.clone(), lesson, start_ms };
    }
    let suggested = picks::best(model).or_else(|| suggestion(model, &catalogue.courses));
    suggested.map_or(Card::Empty, |c| Card::Suggest(c.id.clone()))
}

/// The lesson itself where it is unfinished, else the next one after it that is not finished and can be watched.
fn go_on(model: &Model, course: &Course, lesson: &LessonId) -> Option<(LessonId, u64)> {
    let index = course.lesson_index(lesson)?;
    let state = course::lesson_state(model, course, index);
    if let course::LessonState::Started { position_ms, left_ms } = state
        && !course::is_at_end(left_ms)
    {
        return Some((lesson.clone(), position_ms));
    }
    let open = |i: &usize| {
        let state = course::lesson_state(model, course, *i);
        matches!(state, course::LessonState::New | course::LessonState::Started { .. })
    };
    let next = (index + 1..course.lessons.len()).find(open)?;
    Some((course.lessons.get(next)?.id.clone(), course::resume_ms(model, course, next)))
}

/// While nothing is known of tastes: a different course each day, one that has not been finished.
fn suggestion<'a>(model: &Model, courses: &'a [Course]) -> Option<&'a Course> {
    let begun: HashSet<&CourseId> = model.user.history.iter().filter_map(|e| e.key.course()).collect();
    let declined = |c: &Course| model.user.taste.declined.contains(&c.id);
    let done = |c: &Course| begun.contains(&c.id) && course::is_done(model, c);
    let open: Vec<&Course> = courses.iter().filter(|c| !c.lessons.is_empty() && !declined(c) && !done(c)).collect();
    let day = civil::day_number(model.now.utc, &model.zone);
    let at = usize::try_from(day).unwrap_or(0).checked_rem(open.len())?;
    open.get(at).copied()
}

/// Today's next live lesson, as its door says it: a time, or that it is on. Empty: none today.
pub fn next_class(model: &Model) -> String {
    let (now, zone) = (model.now.utc, &model.zone);
    let courses = model.catalogue.ready().filter(|_| !model.clock_wrong).map_or(&[][..], |c| &c.courses);
    let next = courses.iter().flat_map(|c| &c.live).filter(|l| l.end > now).min_by_key(|l| l.start);
    match next {
        Some(class) if class.start <= now => "在上课".into(),
        Some(class) if civil::day_number(class.start, zone) == civil::day_number(now, zone) => {
            format!("{}开课", civil::time(class.start, zone))
        }
        _ => String::new(),
    }
}

pub fn focusables(model: &Model) -> Vec<Focusable> {
    let mut all =
        vec![Focusable::new("home.window", live::label(model)), Focusable::new("home.card", card_label(model))];
    all.extend(DOORS.iter().map(|d| Focusable::new(format!("home.{}", d.id), d.label)));
    all
}

pub fn card_label(model: &Model) -> String {
    match card(model) {
        Card::Continue { .. } => format!("{}接着上次学", whose(model)),
        Card::Suggest(_) => format!("{}今天学什么", whose(model)),
        Card::Empty => "正在取课程".into(),
    }
}

/// Where several learn here, whose card it is; nothing where the card has no room for the name.
fn whose(model: &Model) -> &str {
    let roster = &model.learners.roster;
    let name = roster.now_name();
    if roster.is_shared() && name.chars().count() <= WHOSE_CHARS { name } else { "" }
}

pub fn focus_id(focus: HomeFocus) -> String {
    match focus {
        HomeFocus::Window => "home.window".into(),
        HomeFocus::Card => "home.card".into(),
        HomeFocus::Door(i) => format!("home.{}", DOORS.get(i).map_or("", |d| d.id)),
    }
}

fn step(focus: HomeFocus, way: Way) -> Option<HomeFocus> {
    use HomeFocus::*;
    Some(match (focus, way) {
        (Window, Way::Right) => Card,
        (Window, _) => return None,
        (Card, Way::Left) => Window,
        (Card, Way::Down) => Door(0),
        (Card, _) => return None,
        (Door(i), way) => match crate::app::focus::in_grid(i, DOORS.len(), 2, way) {
            Some(next) => Door(next),
            None if way == Way::Left => Window,
            None if way == Way::Up => Card,
            None => return None,
        },
    })
}

pub fn key(model: &mut Model, key: RemoteKey, effects: &mut Vec<Effect>) {
    let Page::Home(focus) = *model.page() else { return };
    match key {
        RemoteKey::Ok => {
            screens::press(model);
            activate(model, focus, effects);
        }
        RemoteKey::Back => screens::go_live(model),
        RemoteKey::Menu => menu::open(model),
        RemoteKey::ChannelUp | RemoteKey::PageUp => live::zap(model, true, effects),
        RemoteKey::ChannelDown | RemoteKey::PageDown => live::zap(model, false, effects),
        RemoteKey::Digit(d) => number::start(model, d),
        RemoteKey::Red if focus == HomeFocus::Card => match card(model) {
            Card::Suggest(course) => picks::decline(model, &course, effects),
            Card::Continue { .. } | Card::Empty => screens::useless_key(model),
        },
        _ => match Way::from_key(key) {
            Some(way) => match step(focus, way) {
                Some(next) => set(model, next),
                None => screens::nudge(model, way),
            },
            None => screens::useless_key(model),
        },
    }
}

fn set(model: &mut Model, focus: HomeFocus) {
    if let Some(Page::Home(at)) = model.stack.last_mut() {
        *at = focus;
    }
}

fn activate(model: &mut Model, focus: HomeFocus, effects: &mut Vec<Effect>) {
    match focus {
        HomeFocus::Window => screens::go_live(model),
        HomeFocus::Card => match card(model) {
            Card::Continue { course, lesson, start_ms } => lesson::start(model, course, lesson, start_ms),
            Card::Suggest(course) => course::open(model, course),
            Card::Empty => screens::toast(model, "clock", "课程正在路上，马上就好"),
        },
        HomeFocus::Door(i) => match DOORS.get(i).map(|d| d.behind) {
            Some(Behind::Shelf(shelf)) => category::open(model, shelf),
            Some(Behind::Learning) => super::learning::open(model),
            Some(Behind::Search) => search::open(model, effects),
            None => {}
        },
    }
}

/// 20 s without a key: the picture fills the screen.
pub fn tick(model: &mut Model) {
    let idle = model.now.mono.since(model.last_key) >= IDLE_TO_LIVE_MS;
    let picture = model.current_channel().is_some_and(|c| !lock::is_closed(model, &c.id));
    if idle && picture && matches!(model.page(), Page::Home(_)) && model.overlay.is_none() {
        screens::go_live(model);
    }
}

/// Whether the focus is on a course that was not asked for.
pub fn suggests(model: &Model) -> bool {
    matches!(model.page(), Page::Home(HomeFocus::Card)) && matches!(card(model), Card::Suggest(_))
}
