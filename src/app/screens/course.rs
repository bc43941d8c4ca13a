//! One course: go on with it, or choose a lesson. How far the viewer is in it is `progress`'s.

mod progress;

use crate::{
    app::{
        Effect, Model, civil,
        focus::{Way, along},
        model::Page,
        reminders,
        screens::{self, Focusable, category, dialog, ladder, lesson, menu, quiz, visit, waiting},
    },
    catalogue::types::{Course, CourseId, LiveSession},
    remote::key::RemoteKey,
};
pub use progress::{
    LessonState, current, done_count, entry, is_at_end, is_begun, is_done, lesson_state, resume_ms, standing, watched,
};

/// Rows of the list in sight at once.
pub const ROWS: usize = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    Main,
    Restart,
    Favourite,
    Lesson(usize),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoursePage {
    pub course: CourseId,
    pub spot: Spot,
}

/// What 确认 on the main button does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Main {
    /// A live lesson is on: join it.
    Join(usize),
    Begin(usize),
    GoOn {
        lesson: usize,
        left_ms: Option<u64>,
    },
    /// Seen to the end with gaps: once more from its beginning.
    Repeat(usize),
    Again,
    /// Everything was watched, and questions that the course asks for are open.
    Quiz(usize),
    /// Finished, and the ladder goes on.
    NextStep(CourseId),
    /// Nothing to watch before a live lesson: 预约 it.
    Book(usize),
    Booked(usize),
    Nothing,
}

pub fn main_action(model: &Model, course: &Course) -> Main {
    if let Some(on) =
        course.live.iter().position(|l| l.start <= model.now.utc && model.now.utc < l.end && !l.sources.is_empty())
    {
        return Main::Join(on);
    }
    match current(model, course) {
        Some(i) => match lesson_state(model, course, i) {
            LessonState::Started { left_ms, .. } if !is_at_end(left_ms) => Main::GoOn { lesson: i, left_ms },
            LessonState::Started { .. } => Main::Repeat(i),
            _ => Main::Begin(i),
        },
        None if is_done(model, course) => ladder::next_of_finished(model, course).map_or(Main::Again, Main::NextStep),
        None if standing(model, course).is_watched() => first_open(model, course).map_or(Main::Again, Main::Quiz),
        None => match next_session(model, course) {
            Some((i, session)) if !model.clock_wrong => {
                let of = reminders::of_class(course, session).of;
                if reminders::is_booked(model, &of, session.start) { Main::Booked(i) } else { Main::Book(i) }
            }
            _ => Main::Nothing,
        },
    }
}

/// The first lesson with a question that waits.
fn first_open(model: &Model, course: &Course) -> Option<usize> {
    course.lessons.iter().position(|l| quiz::open_count(model, &course.id, &l.id) > 0)
}

fn next_session<'a>(model: &Model, course: &'a Course) -> Option<(usize, &'a LiveSession)> {
    let ahead = course.live.iter().enumerate().filter(|(_, s)| s.start > model.now.utc);
    ahead.min_by_key(|(_, s)| s.start)
}

/// The course with its next live lesson, where one is ahead.
pub fn next_class<'a>(model: &'a Model, course: &CourseId) -> Option<(&'a Course, &'a LiveSession)> {
    let course = model.catalogue.ready()?.course(course).filter(|_| !model.clock_wrong)?;
    next_session(model, course).map(|(_, session)| (course, session))
}

/// Whether the next live lesson is booked; none where none is ahead.
pub fn class_is_booked(model: &Model, course: &CourseId) -> Option<bool> {
    let reminder = next_class(model, course).map(|(c, s)| reminders::of_class(c, s))?;
    Some(reminders::is_booked(model, &reminder.of, reminder.start))
}

/// Books the next live lesson; asks whether it is booked already.
pub fn book_class(model: &mut Model, course: &CourseId, effects: &mut Vec<Effect>) {
    let Some(reminder) = next_class(model, course).map(|(c, s)| reminders::of_class(c, s)) else { return };
    if reminders::is_booked(model, &reminder.of, reminder.start) {
        dialog::ask_unbook(model, &reminder);
    } else {
        reminders::book(model, reminder, effects);
    }
}

/// A course of several 短视频 opens straight into the picture, with its page below.
pub fn open(model: &mut Model, course: CourseId) {
    let first = model.catalogue.ready().and_then(|c| c.course(&course)).filter(|c| lesson::is_run(c)).and_then(|c| {
        let index = current(model, c).or_else(|| c.lessons.iter().position(|l| !l.sources.is_empty()))?;
        Some((c.lessons.get(index)?.id.clone(), resume_ms(model, c, index)))
    });
    screens::push(model, Page::Course(CoursePage { course: course.clone(), spot: Spot::Main }));
    if let Some((lesson, start_ms)) = first {
        lesson::start(model, course, lesson, start_ms);
    }
}

/// The next step takes this one's place on the stack: however high the ladder, few presses of Back lead home.
pub fn to_step(model: &mut Model, course: CourseId) {
    screens::back(model);
    open(model, course);
}

/// The same from what lies over a course's page, or over another from which the course was begun.
pub fn climb(model: &mut Model, step: CourseId) {
    screens::back(model);
    match model.page() {
        Page::Course(_) => to_step(model, step),
        _ => open(model, step),
    }
}

/// Where the chapter begins that comes after the one of `lesson`, or before it.
fn chapter_beside(course: &Course, lesson: usize, down: bool) -> Option<usize> {
    let begins = |i: usize| {
        let chapter = |i: usize| course.lessons.get(i).map(|l| &l.chapter);
        i == 0 || chapter(i) != chapter(i - 1)
    };
    if down {
        return (lesson + 1..course.lessons.len()).find(|i| begins(*i));
    }
    // Inside a chapter the first press leads to its beginning.
    (0..lesson).rev().find(|i| begins(*i))
}

pub fn has_chapters(course: &Course) -> bool {
    course.lessons.iter().any(|l| l.chapter.is_some())
}

pub fn main_label(model: &Model, course: &Course) -> String {
    match main_action(model, course) {
        Main::Join(_) => "进直播课堂".into(),
        Main::Begin(i) => format!("开始学第{}课", i + 1),
        Main::GoOn { lesson, left_ms } => {
            let left = left_ms.map_or_else(String::new, |ms| format!("　剩{}", civil::left(ms)));
            format!("继续学第{}课{left}", lesson + 1)
        }
        Main::Repeat(i) => format!("再学第{}课", i + 1),
        Main::Again => "再学一遍".into(),
        Main::NextStep(next) => {
            let next = model.catalogue.ready().and_then(|c| c.course(&next));
            next.map_or_else(|| "再学一遍".into(), ladder::label)
        }
        Main::Quiz(i) => format!("答第{}课的题", i + 1),
        Main::Book(i) => format!("预约　{}", begins(model, course, i)),
        Main::Booked(i) => format!("已预约　{}", begins(model, course, i)),
        Main::Nothing => "这门课暂时看不了".into(),
    }
}

/// `今晚19:30开课`
fn begins(model: &Model, course: &Course, session: usize) -> String {
    let start = course.live.get(session).map_or(model.now.utc, |s| s.start);
    format!("{}开课", civil::ahead(start, model.now.utc, &model.zone))
}

/// Where a course is held matters more than its beginning, which the list has, too.
pub fn second_label(course: &Course) -> &'static str {
    visit::door(course).unwrap_or("从头学起")
}

pub fn favourite_label(model: &Model, id: &CourseId) -> &'static str {
    if model.user.favourite_courses.contains(id) { "已收藏" } else { "收藏" }
}

pub fn focusables(model: &Model, page: &CoursePage) -> Vec<Focusable> {
    let Some(course) = model.catalogue.ready().and_then(|c| c.course(&page.course)) else {
        return vec![Focusable::new("course.main", "回上一页")];
    };
    let mut all = vec![
        Focusable::new("course.main", main_label(model, course)),
        Focusable::new("course.restart", second_label(course)),
        Focusable::new("course.favourite", favourite_label(model, &course.id)),
    ];
    all.extend(
        course.lessons.iter().enumerate().map(|(i, l)| Focusable::new(format!("course.lesson.{i}"), l.title.clone())),
    );
    all
}

/// The spot as it can be drawn: a course that lost lessons in a refresh still has a focus.
pub fn spot(model: &Model, page: &CoursePage) -> Spot {
    match (page.spot, model.catalogue.ready().and_then(|c| c.course(&page.course))) {
        (_, None) => Spot::Main,
        (Spot::Lesson(i), Some(course)) if course.lessons.is_empty() || i >= course.lessons.len() => Spot::Main,
        (spot, Some(_)) => spot,
    }
}

pub fn focus_id(model: &Model, page: &CoursePage) -> String {
    match spot(model, page) {
        Spot::Main => "course.main".into(),
        Spot::Restart => "course.restart".into(),
        Spot::Favourite => "course.favourite".into(),
        Spot::Lesson(i) => format!("course.lesson.{i}"),
    }
}

pub fn key(model: &mut Model, mut page: CoursePage, key: RemoteKey, effects: &mut Vec<Effect>) {
    page.spot = spot(model, &page);
    let found = model.catalogue.ready().and_then(|c| c.course(&page.course)).cloned();
    let Some(course) = found else {
        return match key {
            RemoteKey::Back | RemoteKey::Ok => screens::back(model),
            _ => screens::useless_key(model),
        };
    };
    let count = course.lessons.len();
    match key {
        RemoteKey::Back => return screens::back(model),
        RemoteKey::Menu => return menu::open(model),
        RemoteKey::Yellow | RemoteKey::Favourite => category::toggle_favourite(model, &course.id, effects),
        RemoteKey::Ok | RemoteKey::Play | RemoteKey::PlayPause => {
            screens::press(model);
            put(model, page.clone());
            return activate(model, &course, page.spot, effects);
        }
        RemoteKey::ChannelUp | RemoteKey::PageUp | RemoteKey::ChannelDown | RemoteKey::PageDown => {
            let down = matches!(key, RemoteKey::ChannelDown | RemoteKey::PageDown);
            match page.spot {
                Spot::Lesson(i) if has_chapters(&course) => match chapter_beside(&course, i, down) {
                    Some(to) => page.spot = Spot::Lesson(to),
                    None => screens::nudge(model, if down { Way::Down } else { Way::Up }),
                },
                Spot::Lesson(i) if down => page.spot = Spot::Lesson((i + ROWS).min(count.saturating_sub(1))),
                Spot::Lesson(i) => page.spot = Spot::Lesson(i.saturating_sub(ROWS)),
                _ => screens::nudge(model, if down { Way::Down } else { Way::Up }),
            }
        }
        _ => match Way::from_key(key) {
            Some(way) => {
                let into_list = || (count > 0).then(|| Spot::Lesson(current(model, &course).unwrap_or(0)));
                let next = match (page.spot, way) {
                    (Spot::Main, Way::Down) => Some(Spot::Restart),
                    (Spot::Restart | Spot::Favourite, Way::Up) => Some(Spot::Main),
                    (Spot::Restart, Way::Right) => Some(Spot::Favourite),
                    (Spot::Favourite, Way::Left) => Some(Spot::Restart),
                    (Spot::Main | Spot::Favourite, Way::Right) => into_list(),
                    (Spot::Lesson(_), Way::Left) => Some(Spot::Main),
                    (Spot::Lesson(i), Way::Up | Way::Down) => along(i, count, way == Way::Down).map(Spot::Lesson),
                    _ => None,
                };
                match next {
                    Some(spot) => page.spot = spot,
                    None => screens::nudge(model, way),
                }
            }
            None => screens::useless_key(model),
        },
    }
    put(model, page);
}

fn put(model: &mut Model, page: CoursePage) {
    if let Some(Page::Course(top)) = model.stack.last_mut() {
        *top = page;
    }
}

fn activate(model: &mut Model, course: &Course, spot: Spot, effects: &mut Vec<Effect>) {
    match spot {
        Spot::Main => match main_action(model, course) {
            Main::Join(i) => lesson::join(model, course, i),
            Main::Begin(i) | Main::Repeat(i) => begin(model, course, i, 0),
            Main::GoOn { lesson, .. } => begin(model, course, lesson, resume_ms(model, course, lesson)),
            Main::Again => begin(model, course, 0, 0),
            Main::NextStep(next) => to_step(model, next),
            Main::Quiz(i) => {
                if let Some(lesson) = course.lessons.get(i) {
                    quiz::open(model, &course.id, &lesson.id);
                }
            }
            Main::Book(_) => book_class(model, &course.id, effects),
            Main::Booked(i) => {
                if let Some(session) = course.live.get(i) {
                    waiting::open(model, &course.id, &session.id);
                }
            }
            Main::Nothing => screens::toast(model, "clock", "还没有到时间，到点再来"),
        },
        Spot::Restart if visit::door(course).is_some() => visit::open(model, &course.id, effects),
        Spot::Restart => begin(model, course, 0, 0),
        Spot::Favourite => category::toggle_favourite(model, &course.id, effects),
        Spot::Lesson(i) => match (lesson_state(model, course, i), resume_ms(model, course, i)) {
            (LessonState::Started { .. } | LessonState::Done, at) if at > 0 => dialog::ask_resume(model, course, i, at),
            _ => begin(model, course, i, 0),
        },
    }
}

fn begin(model: &mut Model, course: &Course, index: usize, start_ms: u64) {
    match course.lessons.get(index) {
        Some(lesson) if !lesson.sources.is_empty() => {
            lesson::start(model, course.id.clone(), lesson.id.clone(), start_ms)
        }
        _ => screens::toast(model, "clock", "这一课暂时看不了"),
    }
}
