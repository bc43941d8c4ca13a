//! How far the viewer is in a course and its lessons, and where to go on. What the page offers for it is the page's.

use crate::{
    app::Model,
    catalogue::types::Course,
    learning::standing::{self, CourseStanding, LessonWatched},
    store::types::{HistoryEntry, HistoryKey},
};

/// Closer than this to either end, there is no place worth going back to.
const WORTH_RESUMING_MS: u64 = 5_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LessonState {
    New,
    Started {
        position_ms: u64,
        /// None while nobody knows how long the lesson is.
        left_ms: Option<u64>,
    },
    Done,
    Unavailable,
}

pub fn entry<'a>(model: &'a Model, course: &Course, index: usize) -> Option<&'a HistoryEntry> {
    let lesson = course.lessons.get(index)?;
    model
        .user
        .history
        .iter()
        .find(|e| matches!(&e.key, HistoryKey::Lesson { course: c, lesson: l } if c == &course.id && l == &lesson.id))
}

pub fn lesson_state(model: &Model, course: &Course, index: usize) -> LessonState {
    let Some(lesson) = course.lessons.get(index) else { return LessonState::Unavailable };
    if lesson.sources.is_empty() {
        return LessonState::Unavailable;
    }
    let Some(entry) = entry(model, course, index) else { return LessonState::New };
    let duration_ms = if entry.duration_ms > 0 { entry.duration_ms } else { u64::from(lesson.duration_s) * 1000 };
    let seconds = u32::try_from(duration_ms / 1000).unwrap_or(u32::MAX);
    if entry.watched.is_done(seconds) {
        return LessonState::Done;
    }
    let left_ms = (duration_ms > 0).then(|| duration_ms.saturating_sub(entry.position_ms));
    LessonState::Started { position_ms: entry.position_ms, left_ms }
}

/// So close to the end that going on from there would only show the end again.
pub fn is_at_end(left_ms: Option<u64>) -> bool {
    left_ms.is_some_and(|left| left < WORTH_RESUMING_MS)
}

/// Whether anything of the course was ever watched. Asked first where many courses are looked through: the lessons of
/// all others need not be unpacked.
pub fn is_begun(model: &Model, course: &Course) -> bool {
    model.user.history.iter().any(|e| matches!(&e.key, HistoryKey::Lesson { course: c, .. } if c == &course.id))
}

/// How far the viewer is: lessons, seconds and questions.
pub fn standing(model: &Model, course: &Course) -> CourseStanding {
    standing::course(course, |i| watched(model, course, i), &model.user.answers)
}

/// What was seen of a lesson, by its place in the course. Its length is the player's where that was heard, else the
/// catalogue's; 0 where neither knows it, as in a feed that does not say.
pub fn watched<'a>(model: &'a Model, course: &Course, index: usize) -> LessonWatched<'a> {
    let entry = entry(model, course, index);
    let told = course.lessons.get(index).map_or(0, |l| l.duration_s);
    let measured = entry.map_or(0, |e| u32::try_from(e.duration_ms / 1000).unwrap_or(u32::MAX));
    let duration_s = if measured > 0 { measured } else { told };
    LessonWatched { duration_s, watched: entry.map(|e| &e.watched) }
}

/// Watched, and passed where the course asks for that.
pub fn is_done(model: &Model, course: &Course) -> bool {
    is_begun(model, course) && standing(model, course).is_finished()
}

pub fn done_count(model: &Model, course: &Course) -> usize {
    if is_begun(model, course) { standing(model, course).done } else { 0 }
}

/// The place to resume a lesson at; its beginning where there is none worth it.
pub fn resume_ms(model: &Model, course: &Course, index: usize) -> u64 {
    let Some(entry) = entry(model, course, index) else { return 0 };
    let near_end = entry.duration_ms > 0 && entry.position_ms.saturating_add(WORTH_RESUMING_MS) > entry.duration_ms;
    // From the whole second, so that the one in which the viewer left can still count.
    if entry.position_ms < WORTH_RESUMING_MS || near_end { 0 } else { entry.position_ms / 1000 * 1000 }
}

/// The lesson to go on with: the newest unfinished one, else the first that is new.
pub fn current(model: &Model, course: &Course) -> Option<usize> {
    let newest = model.user.history.iter().find_map(|e| match &e.key {
        HistoryKey::Lesson { course: c, lesson } if c == &course.id => course.lesson_index(lesson),
        _ => None,
    });
    if let Some(i) = newest
        && matches!(lesson_state(model, course, i), LessonState::Started { left_ms, .. } if !is_at_end(left_ms))
    {
        return Some(i);
    }
    let open = |i: &usize| matches!(lesson_state(model, course, *i), LessonState::New | LessonState::Started { .. });
    let after = newest.map_or(0, |i| i + 1);
    (after..course.lessons.len()).find(open).or_else(|| (0..course.lessons.len()).find(open))
}
