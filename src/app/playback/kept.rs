//! What of playing is written down: places, watched seconds, days, channels in the history. When it is time to, the
//! events say.

use super::Playing;
use crate::{
    app::{
        Effect, Model, civil,
        model::Page,
        screens::{lesson::Target, replay},
    },
    store::types::{HistoryEntry, HistoryKey, StoreCommand},
};

/// A channel watched this long gets a line in the history.
const CHANNEL_COUNTS_AFTER_MS: u64 = 30_000;

/// Puts the running lesson's place on top of the history, a programme's of the past among those, and into the store.
pub fn save(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some(Playing::Replay(replay)) = model.playback.what.clone() {
        model.playback.saved_at = model.now.mono;
        // Before its first picture it has no place of its own yet.
        if model.playback.has_frame {
            replay::keep_place(model, &replay, model.playback.place_ms(), effects);
        }
        return;
    }
    let Some(Playing::Lesson { course, target: Target::Lesson(lesson) }) = model.playback.what.clone() else { return };
    let Some(found) = model.catalogue.ready().and_then(|c| c.course(&course)) else { return };
    let Some(index) = found.lesson_index(&lesson) else { return };
    let Some(info) = found.lessons.get(index) else { return };
    let key = HistoryKey::Lesson { course, lesson };
    let known = model.user.history.iter().find(|e| e.key == key);
    let entry = HistoryEntry {
        key,
        title: found.title.clone(),
        detail: format!("第{}课 {}", index + 1, info.title),
        poster: found.poster.clone(),
        position_ms: model.playback.keeps_place_ms.unwrap_or(model.playback.place_ms()),
        // 0 while nobody knows it.
        duration_ms: model.playback.duration_ms.unwrap_or(u64::from(info.duration_s) * 1000),
        watched: known.map(|e| e.watched.clone()).unwrap_or_default(),
        at: model.now.utc,
    };
    model.playback.saved_at = model.now.mono;
    put_history(model, entry, effects);
    save_day(model, effects);
}

fn save_day(model: &Model, effects: &mut Vec<Effect>) {
    let day = civil::day_number(model.now.utc, &model.zone);
    if let Some((day, seconds)) = model.user.days.iter().find(|(d, _)| *d == day).copied() {
        effects.push(Effect::Store(StoreCommand::SaveDay { day, seconds }));
    }
}

/// What was watched by a clock that was wrong belongs to the day that it turned out to be.
pub fn clock_set(model: &mut Model, effects: &mut Vec<Effect>) {
    let seconds = std::mem::take(&mut model.undated_seconds);
    if seconds > 0 {
        let day = civil::day_number(model.now.utc, &model.zone);
        model.user.add_seconds(day, seconds);
        save_day(model, effects);
    }
}

/// The place of a lesson that is opened for a part of it only.
pub(super) fn place_kept_for_part(model: &Model, what: &Playing) -> Option<u64> {
    let (Playing::Lesson { course, target: Target::Lesson(lesson) }, Page::Part(_)) = (what, model.page()) else {
        return None;
    };
    let key = HistoryKey::Lesson { course: course.clone(), lesson: lesson.clone() };
    Some(model.user.history.iter().find(|e| e.key == key).map_or(0, |e| e.position_ms))
}

fn put_history(model: &mut Model, entry: HistoryEntry, effects: &mut Vec<Effect>) {
    model.user.history.retain(|e| e.key != entry.key);
    effects.push(Effect::Store(StoreCommand::SaveHistory(entry.clone())));
    model.user.history.insert(0, entry);
}

/// Seconds `[from, to)` that were shown whole.
pub(super) fn count_watched(model: &mut Model, (from, to): (u32, u32), effects: &mut Vec<Effect>) {
    let Some(Playing::Lesson { course, target: Target::Lesson(lesson) }) = &model.playback.what else { return };
    let key = HistoryKey::Lesson { course: course.clone(), lesson: lesson.clone() };
    if !model.user.history.iter().any(|e| e.key == key) {
        // The line is written at once, so that even ten seconds of a new lesson are found again.
        save(model, effects);
    }
    if let Some(entry) = model.user.history.iter_mut().find(|e| e.key == key) {
        let before = entry.watched.total();
        entry.watched.add(from, to);
        let gained = entry.watched.total() - before;
        if model.clock_wrong {
            // Nobody knows which day it is: they are added when it is known.
            model.undated_seconds = model.undated_seconds.saturating_add(gained);
        } else {
            let day = civil::day_number(model.now.utc, &model.zone);
            model.user.add_seconds(day, gained);
        }
    }
}

pub(super) fn note_channel(model: &mut Model, effects: &mut Vec<Effect>) {
    let long_enough = model.now.mono.since(model.playback.opened_at) >= CHANNEL_COUNTS_AFTER_MS;
    if model.playback.channel_noted || !long_enough || !matches!(model.page(), Page::Live) {
        return;
    }
    // A channel that is only looked at from the list counts when it is chosen.
    let Some(channel) = model.current_channel().filter(|c| model.playback.what == Some(Playing::Channel(c.id.clone())))
    else {
        return;
    };
    let entry = HistoryEntry {
        key: HistoryKey::Channel(channel.id.clone()),
        title: channel.name.clone(),
        detail: String::new(),
        poster: None,
        position_ms: 0,
        duration_ms: 0,
        watched: Default::default(),
        at: model.now.utc,
    };
    model.playback.channel_noted = true;
    put_history(model, entry, effects);
}
