//! The card at a lesson's end: when it comes, what it offers, where each answer leads.

use super::{
    Layer, LessonPage, Target, class_over, course, go_next, has_next, put,
    run::{runs, turn},
};
use crate::{
    app::{
        Effect, Model,
        focus::{Way, along},
        model::Page,
        playback,
        screens::{
            self,
            course::{CoursePage, Spot},
            ladder, menu, picks, quiz, survey,
        },
    },
    catalogue::types::{Course, CourseId},
    remote::key::RemoteKey,
    time::MonoMs,
};

/// The next lesson waits this long for a key.
pub const NEXT_MS: u64 = 10_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndChoice {
    /// "答几道题"
    Quiz,
    Next,
    /// The course is finished: the next step of its ladder.
    Step,
    Again,
    Course,
    /// 下一门: what suits after a finished course.
    NextCourse,
}

pub fn end_choices(model: &Model, page: &LessonPage) -> Vec<EndChoice> {
    let next = has_next(model, page).then_some(EndChoice::Next);
    if open_questions(model, page) == 0 {
        let step = next_step(model, page).map(|_| EndChoice::Step);
        let next = next.or(step).or_else(|| next_course(model, page).map(|_| EndChoice::NextCourse));
        return next.into_iter().chain([EndChoice::Again, EndChoice::Course]).collect();
    }
    // Three answers are enough: looking again gives way to what comes next.
    vec![EndChoice::Quiz, next.unwrap_or(EndChoice::Again), EndChoice::Course]
}

/// Whether nothing of a finished course is left to be watched or answered from the card at the end.
pub fn ends_course(model: &Model, page: &LessonPage) -> bool {
    let finished = course(model, page).is_some_and(|c| course::is_done(model, c));
    finished && matches!(page.target, Target::Lesson(_)) && !has_next(model, page) && open_questions(model, page) == 0
}

/// The next step of the ladder, after the last lesson of a finished course.
pub fn next_step(model: &Model, page: &LessonPage) -> Option<CourseId> {
    matches!(page.target, Target::Lesson(_)).then_some(())?;
    ladder::next_of_finished(model, course(model, page)?)
}

/// The course that suits after this one, once it is finished.
pub fn next_course<'a>(model: &'a Model, page: &LessonPage) -> Option<&'a Course> {
    let course = course(model, page).filter(|_| matches!(page.target, Target::Lesson(_)))?;
    if course::is_done(model, course) { picks::after(model, &course.id) } else { None }
}

/// Questions of the lesson that wait to be answered right.
pub fn open_questions(model: &Model, page: &LessonPage) -> usize {
    match (&page.course, &page.target) {
        (Some(course), Target::Lesson(lesson)) => quiz::open_count(model, course, lesson),
        _ => 0,
    }
}

pub fn end_label(model: &Model, page: &LessonPage, choice: EndChoice) -> &'static str {
    let replay = matches!(page.target, Target::Replay(_));
    match choice {
        EndChoice::Next if replay => "下一个节目",
        EndChoice::Next if runs(model, page) => "下一个",
        EndChoice::Course if replay => "回去",
        EndChoice::Quiz => "答几道题",
        EndChoice::Next => "下一课",
        EndChoice::Step => "学下一级",
        EndChoice::NextCourse => "下一门",
        EndChoice::Again => "再看一遍",
        EndChoice::Course => "回课程",
    }
}

/// Puts the end card up. Called when the medium has ended.
pub fn ended(model: &mut Model) {
    picks::refresh(model);
    let now = model.now.mono;
    // Where questions wait, nothing hurries on.
    if let Page::Lesson(LessonPage { target: Target::Class(_), .. }) = model.page() {
        return class_over(model);
    }
    // Of 短视频 the next begins at once, unless this one has something to ask.
    if let Page::Lesson(page) = model.page().clone()
        && runs(model, &page)
        && has_next(model, &page)
        && open_questions(model, &page) == 0
    {
        return go_next(model, page);
    }
    let has_next = match model.page() {
        Page::Lesson(page) => has_next(model, page) && open_questions(model, page) == 0,
        _ => return,
    };
    if let Some(Page::Lesson(page)) = model.stack.last_mut() {
        page.layer = Layer::End { focus: 0, next_at: has_next.then(|| now.plus(NEXT_MS)) };
    }
}

pub(super) fn end_key(
    model: &mut Model,
    mut page: LessonPage,
    focus: usize,
    next_at: Option<MonoMs>,
    key: RemoteKey,
    effects: &mut Vec<Effect>,
) {
    let choices = end_choices(model, &page);
    match key {
        RemoteKey::Ok | RemoteKey::Play | RemoteKey::PlayPause => match choices.get(focus) {
            Some(EndChoice::Quiz) => {
                screens::press(model);
                if let (Some(course), Target::Lesson(lesson)) = (&page.course, &page.target) {
                    quiz::open(model, course, lesson);
                }
                return;
            }
            Some(EndChoice::Next) => return go_next(model, page),
            Some(EndChoice::Step) => {
                screens::press(model);
                if let Some(step) = next_step(model, &page) {
                    course::climb(model, step);
                }
                return;
            }
            Some(EndChoice::NextCourse) => {
                screens::press(model);
                let next = next_course(model, &page).map(|c| c.id.clone());
                screens::back(model);
                // It takes the place of the finished course, so that 返回 leads where it led.
                match (next, model.stack.last_mut()) {
                    (Some(next), Some(Page::Course(below))) => *below = CoursePage { course: next, spot: Spot::Main },
                    (Some(next), _) => course::open(model, next),
                    (None, _) => {}
                }
                return;
            }
            Some(EndChoice::Again) => {
                page.start_ms = 0;
                page.layer = Layer::Picture;
                put(model, page);
                return playback::restart(model, effects);
            }
            Some(EndChoice::Course) | None => return leave_end(model, effects),
        },
        // The first Back only stops the countdown: the viewer stays.
        RemoteKey::Back if next_at.is_some() => page.layer = Layer::End { focus, next_at: None },
        RemoteKey::Back => return leave_end(model, effects),
        RemoteKey::Next => return go_next(model, page),
        RemoteKey::Menu => return menu::open(model),
        _ => match Way::from_key(key) {
            Some(way @ (Way::Left | Way::Right)) => match along(focus, choices.len(), way == Way::Right) {
                Some(focus) => page.layer = Layer::End { focus, next_at },
                None => screens::nudge(model, way),
            },
            // They lead on from the card as they do from the picture.
            Some(way) if runs(model, &page) => return turn(model, page, way == Way::Down),
            Some(way) => screens::nudge(model, way),
            None => screens::useless_key(model),
        },
    }
    put(model, page);
}

fn leave_end(model: &mut Model, effects: &mut Vec<Effect>) {
    screens::back(model);
    survey::after_lesson(model, effects);
}
