//! One course out of its JSON: which fields there are, what each may hold, and what becomes of a bad one. A required
//! field that is bad costs the item; an optional one costs only itself.

use std::collections::HashSet;

use serde_json::Value;
use url::Url;

use crate::{
    catalogue::types::{Band, Course, CourseId, Form, Lesson, LessonId, LiveSession, SubtitleTrack, Tier},
    guide::lineup::MediaSource,
    time::UtcMs,
};

use super::{
    address::{self, Use},
    node::{Object, Path, Report, shown, text},
};

const BANDS: [(&str, Band); 6] = [
    ("艺术", Band::Arts),
    ("文化", Band::Culture),
    ("健康", Band::Health),
    ("生活", Band::Life),
    ("智能", Band::Digital),
    ("防骗", Band::FraudSafety),
];
const TIERS: [(&str, Tier); 3] = [("入门", Tier::Beginner), ("进阶", Tier::Intermediate), ("提高", Tier::Advanced)];
const FORMS: [(&str, Form); 5] = [
    ("微课", Form::Micro),
    ("慕课", Form::Mooc),
    ("云视课堂", Form::CloudClass),
    ("网络直播课", Form::Live),
    ("短视频", Form::Short),
];

const ID_MAX_CHARS: usize = 128;
/// Two lines of the largest title type; more could not be read from the sofa.
const TITLE_MAX_CHARS: usize = 80;
const NAME_MAX_CHARS: usize = 60;
const SUMMARY_MAX_CHARS: usize = 2_000;
const MAX_LESSONS: usize = 2_000;
const MAX_LIVE: usize = 2_000;
const MAX_SOURCES: usize = 16;
const MAX_SUBTITLES: usize = 32;
const MAX_HEADERS: usize = 16;
/// A day: longer than any lesson, and a sign that milliseconds were written for seconds.
const LESSON_MAX_S: u32 = 86_400;
const LIVE_MAX_MS: i64 = 86_400_000;
const CREDIT_MAX: f64 = 100.0;

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
    let credit_tenths = credit(&object, report);
    let poster = document(&object, "poster", base, report);
    let lessons = unique(&object, "lessons", MAX_LESSONS, report, |v, p, r| lesson(v, p, base, r), |l| &l.id.0);
    let live = unique(&object, "live", MAX_LIVE, report, |v, p, r| session(v, p, base, r), |s| &s.id);
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
        lessons,
        live,
        hours_tenths: 0,
        ladder: None,
        pass_percent: None,
        learners: 0,
        related: Vec::new(),
        venue: None,
        enrolment: None,
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

fn credit(object: &Object<'_>, report: &mut Report<'_>) -> u32 {
    let Some(value) = object.get("credit") else { return 0 };
    match value.as_f64().filter(|c| (0.0..=CREDIT_MAX).contains(c)) {
        Some(credit) => {
            let tenths = (credit * 10.0).round();
            if (credit * 10.0 - tenths).abs() > 1e-6 {
                let path = Path::Key(object.path, "credit");
                report.warning(&path, format!("is counted in tenths: {credit} becomes {}", tenths / 10.0));
            }
            tenths as u32
        }
        None => {
            let path = Path::Key(object.path, "credit");
            report.error(&path, format!("must be a number from 0 to {CREDIT_MAX}, is {}", shown(value)));
            0
        }
    }
}

fn lesson(value: &Value, path: &Path<'_>, base: &Url, report: &mut Report<'_>) -> Option<Lesson> {
    let object = Object::of(value, path, report)?;
    let id = object.required_text("id", ID_MAX_CHARS, report);
    let title = object.required_text("title", TITLE_MAX_CHARS, report);
    let duration_s = object.whole("duration_s", 1..=LESSON_MAX_S, report);
    let sources = media(&object, base, report);
    let subtitles = each(&object, "subtitles", MAX_SUBTITLES, report, |v, p, r| subtitle(v, p, base, r));
    let lesson = Lesson {
        id: LessonId(id?),
        title: title?,
        duration_s: duration_s?,
        sources,
        subtitles,
        chapter: None,
        quiz: None,
    };
    if lesson.sources.is_empty() {
        report.warning(path, "has no media that can be used: it is shown, and cannot be watched");
    }
    Some(lesson)
}

fn session(value: &Value, path: &Path<'_>, base: &Url, report: &mut Report<'_>) -> Option<LiveSession> {
    let object = Object::of(value, path, report)?;
    let id = object.required_text("id", ID_MAX_CHARS, report);
    let title = object.required_text("title", TITLE_MAX_CHARS, report);
    let start = instant(&object, "start", report);
    let end = instant(&object, "end", report);
    let sources = media(&object, base, report);
    let session =
        LiveSession { id: id?, title: title?, start: start?, end: end?, sources, place: None, recording: None };
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

fn instant(object: &Object<'_>, key: &str, report: &mut Report<'_>) -> Option<UtcMs> {
    let written = object.required_text(key, 40, report)?;
    match written.parse::<jiff::Timestamp>() {
        Ok(time) => Some(UtcMs(time.as_millisecond())),
        Err(_) => {
            let what = format!("must be a time like 2026-03-01T14:00:00+08:00, is \"{written}\"");
            report.error(&Path::Key(object.path, key), what);
            None
        }
    }
}

fn media(object: &Object<'_>, base: &Url, report: &mut Report<'_>) -> Vec<MediaSource> {
    each(object, "media", MAX_SOURCES, report, |value, path, report| {
        let object = Object::of(value, path, report)?;
        let url = required_url(&object, base, Use::Media, report)?;
        Some(MediaSource { url, headers: headers(&object, report)? })
    })
}

/// Request headers of a source. A bad one costs the source: asked without it, the server would only refuse.
fn headers(object: &Object<'_>, report: &mut Report<'_>) -> Option<Vec<(String, String)>> {
    let Some(value) = object.get("headers") else { return Some(Vec::new()) };
    let path = Path::Key(object.path, "headers");
    let Some(fields) = value.as_object() else {
        report.error(&path, "must be an object of names and values");
        return None;
    };
    if fields.len() > MAX_HEADERS {
        report.error(&path, format!("must have at most {MAX_HEADERS} entries"));
        return None;
    }
    let mut list = Vec::new();
    for (name, value) in fields {
        let path = Path::Key(&path, name);
        let value = value.as_str().filter(|v| reqwest::header::HeaderValue::from_str(v).is_ok());
        match value {
            Some(value) if reqwest::header::HeaderName::from_bytes(name.as_bytes()).is_ok() => {
                list.push((name.clone(), value.to_owned()));
            }
            _ => {
                report.error(&path, "is not a header that can be sent");
                return None;
            }
        }
    }
    Some(list)
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

fn document(object: &Object<'_>, key: &str, base: &Url, report: &mut Report<'_>) -> Option<String> {
    url_field(object, key, base, Use::Document, report)
}

fn url_field(object: &Object<'_>, key: &str, base: &Url, usage: Use, report: &mut Report<'_>) -> Option<String> {
    let path = Path::Key(object.path, key);
    let Some(written) = object.get(key)?.as_str() else {
        report.error(&path, "must be a text");
        return None;
    };
    match address::resolve(written, base, usage) {
        Ok(url) => Some(url.into()),
        Err(what) => {
            report.error(&path, what);
            None
        }
    }
}

/// The items of a list that can be used.
fn each<T>(
    object: &Object<'_>,
    key: &str,
    max: usize,
    report: &mut Report<'_>,
    mut read: impl FnMut(&Value, &Path<'_>, &mut Report<'_>) -> Option<T>,
) -> Vec<T> {
    let list = Path::Key(object.path, key);
    let items = object.list(key, max, report).iter().enumerate();
    items.filter_map(|(index, value)| read(value, &Path::Index(&list, index), report)).collect()
}

/// As `each`, and the first of several with one id wins.
fn unique<T>(
    object: &Object<'_>,
    key: &str,
    max: usize,
    report: &mut Report<'_>,
    mut read: impl FnMut(&Value, &Path<'_>, &mut Report<'_>) -> Option<T>,
    id: impl Fn(&T) -> &String,
) -> Vec<T> {
    let mut seen = HashSet::new();
    each(object, key, max, report, |value, path, report| {
        let item = read(value, path, report)?;
        if seen.insert(id(&item).clone()) {
            return Some(item);
        }
        report.error(&Path::Key(path, "id"), format!("\"{}\" is used twice in this course", id(&item)));
        None
    })
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
    match address::resolve_shard(&written, base) {
        Ok(url) => Some(url),
        Err(what) => {
            report.error(path, what);
            None
        }
    }
}
