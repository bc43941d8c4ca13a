//! One course out of its JSON: which fields there are, what each may hold, and what becomes of a bad one. A required
//! field that is bad costs the item; an optional one costs only itself.

use std::collections::HashSet;

use serde_json::Value;
use url::Url;

use crate::{
    catalogue::types::{Band, Course, CourseId, Form, Lesson, LessonId, LiveSession, SubtitleTrack, Tier},
    guide::lineup::MediaSource,
};

use super::{
    address::Use,
    around,
    field::{document, each, headers, instant, some_text, unique, url_field},
    node::{Object, Path, Report, text},
};

pub const BANDS: [(&str, Band); 6] = [
    ("艺术", Band::Arts),
    ("文化", Band::Culture),
    ("健康", Band::Health),
    ("生活", Band::Life),
    ("智能", Band::Digital),
    ("防骗", Band::FraudSafety),
];
pub const TIERS: [(&str, Tier); 3] = [("入门", Tier::Beginner), ("进阶", Tier::Intermediate), ("提高", Tier::Advanced)];
pub const FORMS: [(&str, Form); 5] = [
    ("微课", Form::Micro),
    ("慕课", Form::Mooc),
    ("云视课堂", Form::CloudClass),
    ("网络直播课", Form::Live),
    ("短视频", Form::Short),
];

pub const ID_MAX_CHARS: usize = 128;
/// Two lines of the largest title type; more could not be read from the sofa.
pub const TITLE_MAX_CHARS: usize = 80;
pub const NAME_MAX_CHARS: usize = 60;
pub const SUMMARY_MAX_CHARS: usize = 2_000;
pub const MAX_LESSONS: usize = 2_000;
const MAX_LIVE: usize = 2_000;
const MAX_SOURCES: usize = 16;
const MAX_SUBTITLES: usize = 32;
/// A day: longer than any lesson, and a sign that milliseconds were written for seconds.
pub const LESSON_MAX_S: u32 = 86_400;
const LIVE_MAX_MS: i64 = 86_400_000;
const CREDIT_MAX: f64 = 100.0;
/// Hours of study: a course of a whole year, every day.
const HOURS_MAX: f64 = 1_000.0;
/// Nobody has more learners than a country has people.
const LEARNERS_MAX: u32 = 2_000_000_000;
/// The strongest few are what a page can offer.
const MAX_RELATED: usize = 24;
const CHAPTER_MAX_CHARS: usize = 40;

/// Who offers courses: the name for an id. Without a list (a shard read alone) an id stands for itself.
pub(super) type Providers<'a> = Option<&'a std::collections::HashMap<String, String>>;

/// Reads `courses[i]`. `None` when it cannot be used; why is in the report.
pub(super) fn course(
    value: &Value,
    path: &Path<'_>,
    base: &Url,
    providers: Providers<'_>,
    report: &mut Report<'_>,
) -> Option<Course> {
    let object = Object::of(value, path, report)?;
    // All required fields are looked at before the first missing one ends the reading, so that each is reported.
    let id = object.required_text("id", ID_MAX_CHARS, report);
    let title = object.required_text("title", TITLE_MAX_CHARS, report);
    let band = object.choice("band", &BANDS, report);
    let tier = object.choice("tier", &TIERS, report);
    let form = object.choice("form", &FORMS, report);
    let provider = provider(&object, providers, report);
    let teacher = object.optional_text("teacher", NAME_MAX_CHARS, report);
    let summary = object.optional_text("summary", SUMMARY_MAX_CHARS, report);
    let credit_tenths = object.tenths("credit", CREDIT_MAX, report);
    let hours_tenths = object.tenths("hours", HOURS_MAX, report);
    let poster = document(&object, "poster", base, report);
    let lessons = unique(&object, "lessons", MAX_LESSONS, report, |v, p, r| lesson(v, p, base, r), |l| &l.id.0);
    together(&lessons, &object, report);
    let known: HashSet<&str> = lessons.iter().map(|l| l.id.0.as_str()).collect();
    let live = unique(&object, "live", MAX_LIVE, report, |v, p, r| session(v, p, base, &known, r), |s| &s.id);
    let ladder = some_text(&object, "ladder", NAME_MAX_CHARS, report);
    let pass_percent = object.optional_whole("pass_percent", 1..=100, report).and_then(|p| u8::try_from(p).ok());
    let learners = object.optional_whole("learners", 0..=LEARNERS_MAX, report).unwrap_or(0);
    let related = related(&object, id.as_deref(), report);
    let venue = around::venue(&object, base, report);
    let enrolment = around::enrolment(&object, base, report);
    let course = Course {
        id: CourseId(id?),
        title: title?,
        band: band?,
        tier: tier?,
        form: form?,
        provider,
        teacher,
        summary,
        credit_tenths,
        poster,
        lessons: lessons.into(),
        live,
        hours_tenths,
        ladder,
        pass_percent,
        learners,
        related,
        venue,
        enrolment,
    };
    if course.lessons.is_empty() && course.live.is_empty() {
        report.warning(path, "has neither lessons nor live sessions that can be used");
    }
    Some(course)
}

fn provider(object: &Object<'_>, providers: Providers<'_>, report: &mut Report<'_>) -> String {
    let id = object.optional_text("provider", ID_MAX_CHARS, report);
    let Some(known) = providers.filter(|_| !id.is_empty()) else { return id };
    known.get(&id).cloned().unwrap_or_else(|| {
        // An id means nothing to a viewer: the course is shown without an institution.
        report.error(&Path::Key(object.path, "provider"), format!("\"{id}\" is not among the index's providers"));
        String::new()
    })
}

fn lesson(value: &Value, path: &Path<'_>, base: &Url, report: &mut Report<'_>) -> Option<Lesson> {
    let object = Object::of(value, path, report)?;
    let id = object.required_text("id", ID_MAX_CHARS, report);
    let title = object.required_text("title", TITLE_MAX_CHARS, report);
    let duration_s = object.whole("duration_s", 1..=LESSON_MAX_S, report);
    let sources = media(&object, base, report);
    let subtitles = each(&object, "subtitles", MAX_SUBTITLES, report, |v, p, r| subtitle(v, p, base, r));
    let chapter = some_text(&object, "chapter", CHAPTER_MAX_CHARS, report);
    let quiz = super::quiz::quiz(&object, duration_s, base, report);
    let lesson =
        Lesson { id: LessonId(id?), title: title?, duration_s: duration_s?, sources, subtitles, chapter, quiz };
    if lesson.sources.is_empty() {
        report.warning(path, "has no media that can be used: it is shown, and cannot be watched");
    }
    Some(lesson)
}

fn session(
    value: &Value,
    path: &Path<'_>,
    base: &Url,
    lessons: &HashSet<&str>,
    report: &mut Report<'_>,
) -> Option<LiveSession> {
    let object = Object::of(value, path, report)?;
    let id = object.required_text("id", ID_MAX_CHARS, report);
    let title = object.required_text("title", TITLE_MAX_CHARS, report);
    let start = instant(&object, "start", report);
    let end = instant(&object, "end", report);
    let sources = media(&object, base, report);
    let place = some_text(&object, "place", NAME_MAX_CHARS, report);
    let recording = some_text(&object, "recording", ID_MAX_CHARS, report).filter(|id| {
        let known = lessons.contains(id.as_str());
        if !known {
            let what = format!("\"{id}\" is not a lesson of this course that can be used");
            report.error(&Path::Key(path, "recording"), what);
        }
        known
    });
    let session = LiveSession {
        id: id?,
        title: title?,
        start: start?,
        end: end?,
        sources,
        place,
        recording: recording.map(LessonId),
    };
    let length = session.end.since(session.start);
    if !(1..=LIVE_MAX_MS).contains(&length) {
        report.error(&Path::Key(path, "end"), "must be after start, by at most 24 hours");
        return None;
    }
    if session.sources.is_empty() {
        report.warning(path, "has no media that can be used: it is announced, and cannot be watched");
    }
    Some(session)
}

/// A chapter is a heading over its lessons: one that comes back later would stand there twice.
fn together(lessons: &[Lesson], object: &Object<'_>, report: &mut Report<'_>) {
    let mut seen: HashSet<&str> = HashSet::new();
    let mut last = None;
    for chapter in lessons.iter().map(|l| l.chapter.as_deref()) {
        if chapter != last
            && let Some(name) = chapter
            && !seen.insert(name)
        {
            let what = format!("lessons of the chapter \"{name}\" do not stand together");
            report.warning(&Path::Key(object.path, "lessons"), what);
            return;
        }
        last = chapter;
    }
}

/// What those who took this course took besides. Whether there are such courses is known after the last shard
/// (`Reading::check_related`); one that is nowhere is merely not offered.
fn related(object: &Object<'_>, own: Option<&str>, report: &mut Report<'_>) -> Vec<CourseId> {
    let mut ids: Vec<CourseId> = Vec::new();
    for id in each(object, "related", MAX_RELATED, report, |v, p, r| text(v, ID_MAX_CHARS, p, r)) {
        let id = CourseId(id);
        if !id.0.is_empty() && Some(id.0.as_str()) != own && !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

fn media(object: &Object<'_>, base: &Url, report: &mut Report<'_>) -> Vec<MediaSource> {
    each(object, "media", MAX_SOURCES, report, |value, path, report| {
        let object = Object::of(value, path, report)?;
        let url = required_url(&object, base, Use::Media, report)?;
        Some(MediaSource { url, headers: headers(&object, report)? })
    })
}

fn subtitle(value: &Value, path: &Path<'_>, base: &Url, report: &mut Report<'_>) -> Option<SubtitleTrack> {
    let object = Object::of(value, path, report)?;
    let lang = object.optional_text("lang", 35, report);
    let label = object.optional_text("label", NAME_MAX_CHARS, report);
    let url = required_url(&object, base, Use::Document, report)?;
    let lang = if lang.is_empty() { "zh".to_owned() } else { lang };
    let label = if label.is_empty() { lang.clone() } else { label };
    Some(SubtitleTrack { lang, label, url })
}

fn required_url(object: &Object<'_>, base: &Url, usage: Use, report: &mut Report<'_>) -> Option<String> {
    if object.get("url").is_none() {
        report.error(&Path::Key(object.path, "url"), "is missing");
    }
    url_field(object, "url", base, usage, report)
}

/// A provider of the index: its id and name.
pub(super) fn provider_entry(value: &Value, path: &Path<'_>, report: &mut Report<'_>) -> Option<(String, String)> {
    let object = Object::of(value, path, report)?;
    let id = object.required_text("id", ID_MAX_CHARS, report);
    let name = object.required_text("name", NAME_MAX_CHARS, report);
    Some((id?, name?))
}

/// The address of a shard as the index writes it.
pub(super) fn shard_entry(value: &Value, path: &Path<'_>, base: &Url, report: &mut Report<'_>) -> Option<Url> {
    let written = text(value, 4_096, path, report)?;
    match super::address::resolve_shard(&written, base) {
        Ok(url) => Some(url),
        Err(what) => {
            report.error(path, what);
            None
        }
    }
}
