//! The lesson's picture and what keys mean over it. Its bar is `bar`, what comes when it has ended `end`.

mod bar;
mod end;
mod run;

use serde::{Deserialize, Serialize};

use crate::{
    app::{
        Effect, Model, civil,
        model::Page,
        playback::{self, Intent},
        screens::{
            self, Focusable, course, live, menu,
            replay::{self, Replay},
            timetable,
        },
    },
    catalogue::types::{Course, CourseId, LessonId},
    remote::{hands::Press, key::RemoteKey},
    time::MonoMs,
};
pub use bar::{BAR_MS, BarFocus, Button, next_speed, set_speed, speed_name, toggle_subtitles};
use bar::{bar_key, is_replay, show_bar, toggle_pause};
use end::end_key;
pub use end::{EndChoice, NEXT_MS, end_choices, end_label, ended, ends_course, next_course, next_step, open_questions};
pub use run::{count_words, has_thin_bar, is_run};
use run::{runs, turn};

const STEP_MS: i64 = 10_000;
/// A held arrow runs in larger steps.
const RUN_MS: i64 = 30_000;

/// What of the course is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    Lesson(LessonId),
    /// A live session (网络直播课) by its id.
    Class(String),
    /// A programme that was on the air.
    Replay(Replay),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    Picture,
    Bar {
        focus: BarFocus,
        until: MonoMs,
    },
    /// "学完了". `next_at`: when the next lesson begins by itself.
    End {
        focus: usize,
        next_at: Option<MonoMs>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LessonPage {
    /// None for a programme that was on the air.
    pub course: Option<CourseId>,
    pub target: Target,
    pub start_ms: u64,
    pub layer: Layer,
}

pub fn start(model: &mut Model, course: CourseId, lesson: LessonId, start_ms: u64) {
    let page = LessonPage { course: Some(course), target: Target::Lesson(lesson), start_ms, layer: Layer::Picture };
    screens::push(model, Page::Lesson(page));
}

pub fn join(model: &mut Model, course: &Course, session: usize) {
    if let Some(session) = course.live.get(session) {
        let page = LessonPage {
            course: Some(course.id.clone()),
            target: Target::Class(session.id.clone()),
            start_ms: 0,
            layer: Layer::Picture,
        };
        screens::push(model, Page::Lesson(page));
    }
}

pub fn course<'a>(model: &'a Model, page: &LessonPage) -> Option<&'a Course> {
    model.catalogue.ready()?.course(page.course.as_ref()?)
}

pub fn index(model: &Model, page: &LessonPage) -> Option<usize> {
    match &page.target {
        Target::Lesson(id) => course(model, page)?.lesson_index(id),
        Target::Class(_) | Target::Replay(_) => None,
    }
}

/// The next lesson that can be watched.
pub fn next(model: &Model, page: &LessonPage) -> Option<usize> {
    let course = course(model, page)?;
    let from = index(model, page)? + 1;
    (from..course.lessons.len()).find(|i| course.lessons.get(*i).is_some_and(|l| !l.sources.is_empty()))
}

fn previous(model: &Model, page: &LessonPage) -> Option<usize> {
    let course = course(model, page)?;
    let before = index(model, page)?;
    (0..before).rev().find(|i| course.lessons.get(*i).is_some_and(|l| !l.sources.is_empty()))
}

/// Whether something follows that can be gone on with.
pub fn has_next(model: &Model, page: &LessonPage) -> bool {
    match &page.target {
        Target::Replay(replay) => replay::next(model, replay).is_some(),
        _ => next(model, page).is_some(),
    }
}

pub fn focusables(model: &Model, page: &LessonPage) -> Vec<Focusable> {
    match page.layer {
        Layer::Picture => {
            let label = match &page.target {
                Target::Replay(replay) => replay.programme.title.as_str(),
                _ => course(model, page).map_or("这一课", |c| &c.title),
            };
            vec![Focusable::new("player", label)]
        }
        Layer::Bar { .. } => {
            let mut all = vec![Focusable::new("player.track", civil::clock(model.playback.place_ms()))];
            all.extend(Button::ALL.map(|b| Focusable::new(format!("player.{}", b.id()), b.label(model))));
            all
        }
        Layer::End { .. } => end_choices(model, page)
            .into_iter()
            .enumerate()
            .map(|(i, c)| Focusable::new(format!("end.{i}"), end_label(model, page, c)))
            .collect(),
    }
}

/// The layer as it can be drawn: a refreshed catalogue may have taken the next lesson away.
pub fn layer(model: &Model, page: &LessonPage) -> Layer {
    match page.layer {
        Layer::End { focus, next_at } => {
            let last = end_choices(model, page).len().saturating_sub(1);
            Layer::End { focus: focus.min(last), next_at }
        }
        other => other,
    }
}

pub fn focus_id(model: &Model, page: &LessonPage) -> String {
    match layer(model, page) {
        Layer::Picture => "player".into(),
        Layer::Bar { focus: BarFocus::Track, .. } => "player.track".into(),
        Layer::Bar { focus: BarFocus::Button(i), .. } => {
            format!("player.{}", Button::ALL.get(i).map_or("", |b| b.id()))
        }
        Layer::End { focus, .. } => format!("end.{focus}"),
    }
}

/// What was taught live goes on as its recording; without one, back to where the viewer came from.
fn class_over(model: &mut Model) {
    let Page::Lesson(page) = model.page().clone() else { return };
    let Target::Class(id) = &page.target else { return };
    let recording = course(model, &page).and_then(|c| {
        let index = timetable::recording(c, c.live.iter().find(|s| &s.id == id)?)?;
        c.lessons.get(index).map(|l| l.id.clone())
    });
    match recording {
        Some(lesson) => {
            put(model, LessonPage { target: Target::Lesson(lesson), start_ms: 0, layer: Layer::Picture, ..page });
            screens::toast(model, "info", "直播课上完了，这是录像");
        }
        None => {
            screens::back(model);
            screens::toast(model, "info", "直播课上完了");
        }
    }
}

pub fn tick(model: &mut Model) {
    let now = model.now.mono;
    let Page::Lesson(page) = model.page() else { return };
    let mut page = page.clone();
    if let Target::Class(id) = &page.target {
        let session = course(model, &page).and_then(|c| c.live.iter().find(|s| &s.id == id));
        // A lesson that runs over its time is not cut off.
        let over = session.is_some_and(|s| s.end <= model.now.utc) && !model.clock_wrong;
        if over && !model.playback.is_moving() {
            class_over(model);
        }
        return;
    }
    match page.layer {
        // While the lesson stands still by the viewer's will, the bar is what says so.
        Layer::Bar { until, .. } if now >= until && model.playback.intent == Intent::Play => {
            page.layer = Layer::Picture
        }
        Layer::End { next_at: Some(at), .. } if now >= at => return go_next(model, page),
        _ => return,
    }
    put(model, page);
}

fn put(model: &mut Model, page: LessonPage) {
    if let Some(Page::Lesson(top)) = model.stack.last_mut() {
        *top = page;
    }
}

/// Another lesson of the course takes this one's place on the stack.
fn go(model: &mut Model, page: LessonPage, to: fn(&Model, &LessonPage) -> Option<usize>) {
    let target = to(model, &page).and_then(|i| {
        let course = course(model, &page)?;
        Some((course.lessons.get(i)?.id.clone(), course::resume_ms(model, course, i)))
    });
    match target {
        Some((lesson, start_ms)) => {
            put(model, LessonPage { target: Target::Lesson(lesson), start_ms, layer: Layer::Picture, ..page });
        }
        None => screens::toast(model, "info", "已经是头一课了"),
    }
}

pub fn key(model: &mut Model, page: LessonPage, press: Press, effects: &mut Vec<Effect>) {
    if let Target::Class(_) = page.target {
        return class_key(model, press.key);
    }
    match layer(model, &page) {
        Layer::End { focus, next_at } => end_key(model, page, focus, next_at, press.key, effects),
        Layer::Picture => {
            if !common_key(model, &page, press, effects) {
                picture_key(model, page, press, effects);
            }
        }
        Layer::Bar { focus, .. } => {
            if common_key(model, &page, press, effects) {
                // The key may have led to another lesson or away; the bar stays only where it was.
                if let Page::Lesson(now) = model.page().clone()
                    && now == page
                {
                    show_bar(model, now, focus);
                }
            } else {
                bar_key(model, page, focus, press, effects);
            }
        }
    }
}

/// A live lesson has no place to go to but the course.
fn class_key(model: &mut Model, key: RemoteKey) {
    match key {
        RemoteKey::Back => screens::back(model),
        RemoteKey::Menu => menu::open(model),
        _ => screens::toast(model, "live", "正在上直播课，按【返回】离开"),
    }
}

/// Keys of their own on the remote: they mean the same with the bar and without.
fn common_key(model: &mut Model, page: &LessonPage, press: Press, effects: &mut Vec<Effect>) -> bool {
    let step = if press.repeat { RUN_MS } else { STEP_MS };
    match press.key {
        RemoteKey::PlayPause => toggle_pause(model, effects),
        RemoteKey::Play => playback::set_intent(model, Intent::Play, effects),
        RemoteKey::Pause => playback::set_intent(model, Intent::Pause, effects),
        RemoteKey::Forward => playback::seek_by(model, step, effects),
        RemoteKey::Rewind => playback::seek_by(model, -step, effects),
        RemoteKey::Next => go_next(model, page.clone()),
        RemoteKey::Previous => go(model, page.clone(), previous),
        RemoteKey::Subtitle => toggle_subtitles(model, effects),
        RemoteKey::Audio if is_replay(model) => live::next_sound(model, effects),
        RemoteKey::Stop => screens::back(model),
        RemoteKey::Blue => playback::seek_to(model, 0, effects),
        RemoteKey::Menu => menu::open(model),
        _ => return false,
    }
    // A pause without a bar would look like a frozen picture.
    if model.playback.intent == Intent::Pause
        && model.overlay.is_none()
        && let Page::Lesson(now) = model.page().clone()
        && now.layer == Layer::Picture
        && now == *page
    {
        show_bar(model, now, BarFocus::Button(Button::PAUSE));
    }
    true
}

fn picture_key(model: &mut Model, page: LessonPage, press: Press, effects: &mut Vec<Effect>) {
    let step = if press.repeat { RUN_MS } else { STEP_MS };
    match press.key {
        RemoteKey::Left => playback::seek_by(model, -step, effects),
        RemoteKey::Right => playback::seek_by(model, step, effects),
        RemoteKey::Ok => {
            toggle_pause(model, effects);
            show_bar(model, page, BarFocus::Button(Button::PAUSE));
        }
        RemoteKey::Down | RemoteKey::Up if runs(model, &page) => turn(model, page, press.key == RemoteKey::Down),
        RemoteKey::Up | RemoteKey::Down | RemoteKey::Info => show_bar(model, page, BarFocus::Button(Button::PAUSE)),
        RemoteKey::Back => screens::back(model),
        _ => screens::useless_key(model),
    }
}

fn go_next(model: &mut Model, page: LessonPage) {
    if let Target::Replay(replay) = &page.target {
        return match replay::next(model, replay) {
            Some(next) => {
                let target = Target::Replay(next);
                put(model, LessonPage { target, start_ms: 0, layer: Layer::Picture, ..page });
            }
            None => screens::toast(model, "info", "后面的节目还不能看"),
        };
    }
    if next(model, &page).is_some() {
        go(model, page, next);
    } else {
        screens::toast(model, "info", "后面没有课了");
    }
}
