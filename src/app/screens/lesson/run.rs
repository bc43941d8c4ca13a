//! 短视频 that follow one another like the pages of a book: what is said of them over the picture, and turning them.

use super::{Layer, LessonPage, Target, course, go, index, next, previous};
use crate::{
    app::{Model, screens},
    catalogue::types::{Course, Form},
};

/// 短视频 that follow one another like the pages of a book.
pub fn is_run(course: &Course) -> bool {
    course.form == Form::Short && course.lessons.iter().filter(|l| !l.sources.is_empty()).count() > 1
}

pub(super) fn runs(model: &Model, page: &LessonPage) -> bool {
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

/// To the 短视频 after this one, or before it.
pub(super) fn turn(model: &mut Model, page: LessonPage, down: bool) {
    let to = if down { next } else { previous };
    match to(model, &page) {
        Some(_) => go(model, page, to),
        None => screens::toast(model, "info", if down { "这是最后一个了" } else { "这是头一个" }),
    }
}
