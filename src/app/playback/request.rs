//! What the player is asked for: sources, place, sound and words of one medium. That it is asked is `reconcile`'s.

use super::Playing;
use crate::{
    app::{
        Model, focus, lock,
        model::Page,
        screens::{course, lesson::Target, past, replay},
    },
    catalogue::types::{CourseId, LessonId},
    player::{
        captions::Caption,
        types::{MediaKind, MediaRequest, SessionId, Speed, Trust},
    },
};

/// Before the player has said it. A feed may leave it out; then it is what the player said the last time.
pub(super) fn known_length_ms(model: &Model, course: &CourseId, lesson: &LessonId) -> Option<u64> {
    let course = model.catalogue.ready()?.course(course)?;
    let seconds = course::watched(model, course, course.lesson_index(lesson)?).duration_s;
    (seconds > 0).then_some(u64::from(seconds) * 1000)
}

pub(super) fn subtitle_url(model: &Model, what: &Playing) -> Option<String> {
    let Playing::Lesson { course, target: Target::Lesson(lesson) } = what else { return None };
    let course = model.catalogue.ready()?.course(course)?;
    let lesson = course.lessons.iter().find(|l| &l.id == lesson)?;
    lesson.subtitles.first().map(|s| s.url.clone())
}

pub(super) fn request(model: &Model, what: &Playing) -> Option<MediaRequest> {
    let mut request = MediaRequest {
        session: SessionId::default(),
        kind: MediaKind::Live,
        sources: Vec::new(),
        start_ms: 0,
        speed: Speed::Normal,
        trust: Trust::Operator,
        neighbours: Vec::new(),
        sound: None,
        caption: None,
        behind_ms: 0,
    };
    match what {
        Playing::Channel(id) => {
            let channels = model.channels();
            let at = model.lineup.ready()?.index_of(id)?;
            request.sources = channels.get(at)?.sources.clone();
            for forward in [true, false] {
                let near = channels.get(focus::around(at, channels.len(), forward));
                // Nothing of a locked one is fetched ahead, not even while it is open.
                let near = near.filter(|c| &c.id != id && !lock::is_locked(model, &c.id));
                request.neighbours.extend(near.and_then(|c| c.sources.first()).cloned());
            }
            request.neighbours.dedup();
            request.sound = model.user.sound_of(id).cloned();
            request.caption = model.user.caption_of(id).cloned();
        }
        Playing::Replay(replay) => {
            request.kind = MediaKind::OnDemand;
            request.sources = replay::sources(model, replay);
            request.sound = model.user.sound_of(&replay.channel).cloned();
            request.caption = model.user.caption_of(&replay.channel).cloned();
            request.speed = model.user.settings.speed;
            if let Page::Lesson(page) = model.page() {
                request.start_ms = page.start_ms;
            }
        }
        Playing::Past { channel, from } => {
            request.kind = MediaKind::OnDemand;
            request.sources = past::sources(model, channel, *from);
            request.sound = model.user.sound_of(channel).cloned();
            request.caption = model.user.caption_of(channel).cloned();
        }
        Playing::Lesson { course, target } => {
            let course = model.catalogue.ready()?.course(course)?;
            match target {
                Target::Lesson(id) => {
                    request.kind = MediaKind::OnDemand;
                    let lesson = course.lessons.iter().find(|l| &l.id == id)?;
                    request.sources = lesson.sources.clone();
                    request.caption = lesson.subtitles.is_empty().then(Caption::own_language);
                    request.speed = model.user.settings.speed;
                    match model.page() {
                        Page::Lesson(page) => request.start_ms = page.start_ms,
                        Page::Part(page) => request.start_ms = page.part.from_ms(),
                        _ => {}
                    }
                }
                Target::Class(id) => {
                    request.sources = course.live.iter().find(|l| &l.id == id)?.sources.clone();
                    request.caption = Some(Caption::own_language());
                }
                Target::Replay(_) => return None,
            }
        }
    }
    (!request.sources.is_empty()).then_some(request)
}
