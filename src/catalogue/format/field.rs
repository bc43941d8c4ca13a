//! Fields that several items share: addresses, headers, times, lists. Each is checked and reported here; what an item is
//! made of is known to `course`, `around` and `survey`.

use std::collections::HashSet;

use serde_json::Value;
use url::Url;

use super::{
    address::{self, Use},
    node::{Object, Path, Report},
};
use crate::time::UtcMs;

const MAX_HEADERS: usize = 16;

/// A text that may be left out.
pub(super) fn some_text(object: &Object<'_>, key: &str, max: usize, report: &mut Report<'_>) -> Option<String> {
    Some(object.optional_text(key, max, report)).filter(|text| !text.is_empty())
}

pub(super) fn instant(object: &Object<'_>, key: &str, report: &mut Report<'_>) -> Option<UtcMs> {
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

/// Request headers of a source. A bad one costs the source: asked without it, the server would only refuse.
pub(super) fn headers(object: &Object<'_>, report: &mut Report<'_>) -> Option<Vec<(String, String)>> {
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

pub(super) fn document(object: &Object<'_>, key: &str, base: &Url, report: &mut Report<'_>) -> Option<String> {
    url_field(object, key, base, Use::Document, report)
}

pub(super) fn url_field(
    object: &Object<'_>,
    key: &str,
    base: &Url,
    usage: Use,
    report: &mut Report<'_>,
) -> Option<String> {
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
pub(super) fn each<T>(
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
pub(super) fn unique<T>(
    object: &Object<'_>,
    key: &str,
    max: usize,
    report: &mut Report<'_>,
    mut read: impl FnMut(&Value, &Path<'_>, &mut Report<'_>) -> Option<T>,
    id: impl Fn(&T) -> &String,
) -> Vec<T> {
    let whole = if key == "questions" { "survey" } else { "course" };
    let mut seen = HashSet::new();
    each(object, key, max, report, |value, path, report| {
        let item = read(value, path, report)?;
        if seen.insert(id(&item).clone()) {
            return Some(item);
        }
        report.error(&Path::Key(path, "id"), format!("\"{}\" is used twice in this {whole}", id(&item)));
        None
    })
}
