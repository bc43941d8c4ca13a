//! 再看这一段: the part of a lesson that a question asks about. It plays by itself and leads back to the question.

use crate::{
    app::{
        Effect, Model,
        model::Page,
        playback::{self, Intent},
        screens::{
            self, Focusable,
            lesson::{Layer, LessonPage, Target},
            quiz::{self, QuizPage},
        },
    },
    learning::quiz::Part,
    remote::key::RemoteKey,
};

/// Seeking lands on a picture that may lie this much before the part.
const LANDS_BEFORE_MS: u64 = 10_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartPage {
    pub part: Part,
    /// The place was within the part: leaving it means that it was seen.
    pub reached: bool,
    /// The question to come back to.
    pub quiz: QuizPage,
}

/// The lesson that the part is of, as a page of its own.
pub fn lesson(page: &PartPage) -> LessonPage {
    LessonPage {
        course: Some(page.quiz.course.clone()),
        target: Target::Lesson(page.quiz.lesson.clone()),
        start_ms: page.part.from_ms(),
        layer: Layer::Picture,
    }
}

/// Takes the question's place until the part was seen.
pub fn open(model: &mut Model, quiz: QuizPage, effects: &mut Vec<Effect>) {
    let Some(part) = quiz.question().and_then(|q| q.part) else { return };
    let waits = quiz::waiting_lesson(&quiz).is_some();
    put(model, Page::Part(PartPage { part, reached: false, quiz }));
    if waits {
        // It is open already, and stands where it asked.
        let place = model.playback.place_ms();
        model.playback.keeps_place_ms.get_or_insert(place);
        playback::seek_to(model, part.from_ms(), effects);
        playback::set_intent(model, Intent::Play, effects);
    }
    screens::toast(model, "play", "看完这一段，再回到题目");
}

pub fn tick(model: &mut Model, effects: &mut Vec<Effect>) {
    let Page::Part(page) = model.page() else { return };
    if model.overlay.is_some() || model.playback.seek.is_some() || model.playback.what.is_none() {
        return;
    }
    let place = model.playback.position_ms;
    if page.reached && place >= page.part.to_ms() {
        return back_to_question(model, page.clone(), effects);
    }
    let within = (page.part.from_ms().saturating_sub(LANDS_BEFORE_MS)..page.part.to_ms()).contains(&place);
    if let (true, Some(Page::Part(top))) = (within, model.stack.last_mut()) {
        top.reached = true;
    }
}

/// The lesson ended within the part.
pub fn ended(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Page::Part(page) = model.page().clone() {
        back_to_question(model, page, effects);
    }
}

fn back_to_question(model: &mut Model, page: PartPage, effects: &mut Vec<Effect>) {
    if quiz::waiting_lesson(&page.quiz).is_some() {
        playback::set_intent(model, Intent::Pause, effects);
    }
    put(model, Page::Quiz(page.quiz.asked_again()));
}

fn put(model: &mut Model, page: Page) {
    if let Some(top) = model.stack.last_mut() {
        *top = page;
    }
}

pub fn focusables(page: &PartPage) -> Vec<Focusable> {
    vec![Focusable::new("player", page.quiz.question().map_or("再看这一段", |q| q.prompt.as_str()))]
}

/// Few keys do something: the part is short and leads back by itself.
pub fn key(model: &mut Model, page: PartPage, key: RemoteKey, effects: &mut Vec<Effect>) {
    match key {
        RemoteKey::Back | RemoteKey::Stop => back_to_question(model, page, effects),
        RemoteKey::Ok | RemoteKey::PlayPause => {
            let pauses = model.playback.intent == Intent::Play;
            playback::set_intent(model, if pauses { Intent::Pause } else { Intent::Play }, effects);
        }
        RemoteKey::Play => playback::set_intent(model, Intent::Play, effects),
        RemoteKey::Pause => playback::set_intent(model, Intent::Pause, effects),
        RemoteKey::Left | RemoteKey::Blue => playback::seek_to(model, page.part.from_ms(), effects),
        _ => screens::toast(model, "play", "看完这一段，就回到题目"),
    }
}
