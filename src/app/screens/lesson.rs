//! The lesson's picture, its bar, and what comes when it has ended.

use serde::{Deserialize, Serialize};

use crate::{
    app::{
        Effect, Model,
        focus::{Way, along},
        model::Page,
        playback::{self, Intent},
        screens::{
            self, Focusable,
            course::{self, CoursePage, Spot},
            ladder, live, menu, picks, quiz,
            replay::{self, Replay},
            survey, timetable,
        },
    },
    catalogue::types::{Course, CourseId, Form, LessonId},
    player::types::{PlayerCommand, Speed},
    remote::{hands::Press, key::RemoteKey},
    store::types::StoreCommand,
    time::MonoMs,
};

/// The bar stays this long after the last key (LOOK §5).
pub const BAR_MS: u64 = 15_000;
/// The next lesson waits this long for a key.
pub const NEXT_MS: u64 = 10_000;
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
pub enum Button {
    Previous,
    Back10,
    Pause,
    Forward10,
    Next,
    Speed,
    Subtitles,
}

impl Button {
    pub const ALL: [Button; 7] =
        [Self::Previous, Self::Back10, Self::Pause, Self::Forward10, Self::Next, Self::Speed, Self::Subtitles];
    const PAUSE: usize = 2;

    pub fn id(self) -> &'static str {
        match self {
            Self::Previous => "previous",
            Self::Back10 => "back10",
            Self::Pause => "pause",
            Self::Forward10 => "forward10",
            Self::Next => "next",
            Self::Speed => "speed",
            Self::Subtitles => "subtitles",
        }
    }

    pub fn icon(self, model: &Model) -> &'static str {
        match self {
            Self::Previous => "previous",
            Self::Back10 => "rewind",
            Self::Pause if model.playback.intent == Intent::Pause => "play",
            Self::Pause => "pause",
            Self::Forward10 => "forward",
            Self::Next => "next",
            Self::Speed => "speed",
            Self::Subtitles => "subtitles",
        }
    }

    pub fn label(self, model: &Model) -> &'static str {
        match self {
            Self::Previous if is_replay(model) => "上一个",
            Self::Previous => "上一课",
            Self::Back10 => "退10秒",
            Self::Pause if model.playback.intent == Intent::Pause => "播放",
            Self::Pause => "暂停",
            Self::Forward10 => "进10秒",
            Self::Next if is_replay(model) => "下一个",
            Self::Next => "下一课",
            Self::Speed => speed_name(model.user.settings.speed),
            Self::Subtitles if is_replay(model) && model.playback.captions.chosen.is_none() => "字幕 关",
            Self::Subtitles if is_replay(model) || model.user.settings.subtitles => "字幕 开",
            Self::Subtitles => "字幕 关",
        }
    }
}

fn is_replay(model: &Model) -> bool {
    matches!(model.page(), Page::Lesson(LessonPage { target: Target::Replay(_), .. }))
}

pub fn speed_name(speed: Speed) -> &'static str {
    match speed {
        Speed::Slow => "0.75倍",
        Speed::Normal => "1倍",
        Speed::Fast => "1.25倍",
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BarFocus {
    Track,
    /// Index into `Button::ALL`.
    Button(usize),
}

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

/// 短视频 that follow one another like the pages of a book.
pub fn is_run(course: &Course) -> bool {
    course.form == Form::Short && course.lessons.iter().filter(|l| !l.sources.is_empty()).count() > 1
}

fn runs(model: &Model, page: &LessonPage) -> bool {
    course(model, page).is_some_and(is_run) && matches!(page.target, Target::Lesson(_))
}

/// `3/12　钥匙挂门后`, over the picture of a 短视频 that has others beside it.
pub fn count_words(model: &Model, page: &LessonPage) -> Option<String> {
    runs(model, page).then_some(())?;
    let (course, at) = (course(model, page)?, index(model, page)?);
    Some(format!("{}/{}　{}", at + 1, course.lessons.len(), course.lessons.get(at)?.title))
}

/// Whether a thin line at the lower edge says how far the 短视频 is. It stands there while the bar does not.
pub fn has_thin_bar(model: &Model, page: &LessonPage) -> bool {
    let knows = model.playback.has_frame && model.playback.duration_ms.is_some_and(|d| d > 0);
    model.overlay.is_none() && page.layer == Layer::Picture && runs(model, page) && knows
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
            let mut all = vec![Focusable::new("player.track", super::super::civil::clock(model.playback.place_ms()))];
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

fn show_bar(model: &mut Model, mut page: LessonPage, focus: BarFocus) {
    page.layer = Layer::Bar { focus, until: model.now.mono.plus(BAR_MS) };
    put(model, page);
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

/// To the 短视频 after this one, or before it.
fn turn(model: &mut Model, page: LessonPage, down: bool) {
    let to = if down { next } else { previous };
    match to(model, &page) {
        Some(_) => go(model, page, to),
        None => screens::toast(model, "info", if down { "这是最后一个了" } else { "这是头一个" }),
    }
}

fn bar_key(model: &mut Model, mut page: LessonPage, focus: BarFocus, press: Press, effects: &mut Vec<Effect>) {
    let step = if press.repeat { RUN_MS } else { STEP_MS };
    let next = match (focus, press.key) {
        (_, RemoteKey::Back) => {
            page.layer = Layer::Picture;
            return put(model, page);
        }
        (BarFocus::Track, RemoteKey::Left) => {
            playback::seek_by(model, -step, effects);
            focus
        }
        (BarFocus::Track, RemoteKey::Right) => {
            playback::seek_by(model, step, effects);
            focus
        }
        (BarFocus::Track, RemoteKey::Down) => BarFocus::Button(Button::PAUSE),
        (BarFocus::Track, RemoteKey::Ok) => {
            toggle_pause(model, effects);
            focus
        }
        (BarFocus::Button(_), RemoteKey::Up) => BarFocus::Track,
        (BarFocus::Button(i), RemoteKey::Left | RemoteKey::Right) => {
            let forward = press.key == RemoteKey::Right;
            match along(i, Button::ALL.len(), forward) {
                Some(next) => BarFocus::Button(next),
                None => {
                    screens::nudge(model, if forward { Way::Right } else { Way::Left });
                    focus
                }
            }
        }
        (BarFocus::Button(i), RemoteKey::Ok) => {
            screens::press(model);
            match Button::ALL.get(i) {
                Some(Button::Previous) => return go(model, page, previous),
                Some(Button::Next) => return go_next(model, page),
                Some(Button::Back10) => playback::seek_by(model, -STEP_MS, effects),
                Some(Button::Forward10) => playback::seek_by(model, STEP_MS, effects),
                Some(Button::Speed) => next_speed(model, effects),
                Some(Button::Subtitles) => toggle_subtitles(model, effects),
                Some(Button::Pause) | None => toggle_pause(model, effects),
            }
            focus
        }
        (_, RemoteKey::Down) => {
            screens::nudge(model, Way::Down);
            focus
        }
        (BarFocus::Track, RemoteKey::Up) => {
            screens::nudge(model, Way::Up);
            focus
        }
        _ => {
            screens::useless_key(model);
            focus
        }
    };
    show_bar(model, page, next);
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

fn end_key(
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

fn toggle_pause(model: &mut Model, effects: &mut Vec<Effect>) {
    let intent = match model.playback.intent {
        Intent::Play => Intent::Pause,
        Intent::Pause => Intent::Play,
    };
    playback::set_intent(model, intent, effects);
}

pub fn next_speed(model: &mut Model, effects: &mut Vec<Effect>) {
    let speed = match model.user.settings.speed {
        Speed::Normal => Speed::Fast,
        Speed::Fast => Speed::Slow,
        Speed::Slow => Speed::Normal,
    };
    set_speed(model, speed, effects);
}

pub fn set_speed(model: &mut Model, speed: Speed, effects: &mut Vec<Effect>) {
    model.user.settings.speed = speed;
    effects.push(Effect::Player(PlayerCommand::SetSpeed { session: model.playback.session, speed }));
    effects.push(Effect::Store(StoreCommand::SaveSettings(model.user.settings.clone())));
}

/// Subtitles on and off. Of a programme of the past they are its channel's.
pub fn toggle_subtitles(model: &mut Model, effects: &mut Vec<Effect>) {
    if is_replay(model) {
        return live::next_caption(model, effects);
    }
    model.user.settings.subtitles = !model.user.settings.subtitles;
    effects.push(Effect::Store(StoreCommand::SaveSettings(model.user.settings.clone())));
}
