//! A JSON object that knows where it stands, and the checks that every field goes through. A field that fails is
//! reported with its path; whether the item can live without it is for the caller to say.

use std::{fmt, ops::RangeInclusive};

use serde_json::{Map, Value};

use super::fault::Faults;

/// A place in the document. Borrowed link by link, so that a path costs nothing until it is printed.
#[derive(Clone, Copy)]
pub(super) enum Path<'a> {
    Root,
    Key(&'a Path<'a>, &'a str),
    Index(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root => Ok(()),
            Path::Key(Path::Root, key) => f.write_str(key),
            Path::Key(parent, key) => write!(f, "{parent}.{key}"),
            Path::Index(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

/// Where faults go while one file is read.
pub(super) struct Report<'a> {
    pub source: &'a str,
    pub faults: &'a mut Faults,
}

impl Report<'_> {
    pub(super) fn error(&mut self, path: &Path<'_>, what: impl Into<String>) {
        self.faults.error(self.source, path, what);
    }

    pub(super) fn warning(&mut self, path: &Path<'_>, what: impl Into<String>) {
        self.faults.warning(self.source, path, what);
    }
}

#[derive(Clone, Copy)]
pub(super) struct Object<'a> {
    fields: &'a Map<String, Value>,
    pub path: &'a Path<'a>,
}

impl<'a> Object<'a> {
    pub(super) fn of(value: &'a Value, path: &'a Path<'a>, report: &mut Report<'_>) -> Option<Self> {
        let fields = value.as_object();
        if fields.is_none() {
            report.error(path, format!("must be an object, is {}", kind(value)));
        }
        fields.map(|fields| Self { fields, path })
    }

    /// The field unless it is absent or null.
    pub(super) fn get(&self, key: &str) -> Option<&'a Value> {
        self.fields.get(key).filter(|v| !v.is_null())
    }

    /// A text that must be there and say something.
    pub(super) fn required_text(&self, key: &str, max: usize, report: &mut Report<'_>) -> Option<String> {
        let path = Path::Key(self.path, key);
        match self.get(key) {
            None => {
                report.error(&path, "is missing");
                None
            }
            Some(value) => text(value, max, &path, report).filter(|text| {
                if text.is_empty() {
                    report.error(&path, "must not be empty");
                }
                !text.is_empty()
            }),
        }
    }

    /// A text that may be left out. One that cannot be used counts as left out.
    pub(super) fn optional_text(&self, key: &str, max: usize, report: &mut Report<'_>) -> String {
        let path = Path::Key(self.path, key);
        self.get(key).and_then(|value| text(value, max, &path, report)).unwrap_or_default()
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(&self, key: &str, table: &[(&str, T)], report: &mut Report<'_>) -> Option<T> {
        let word = self.required_text(key, 20, report)?;
        let found = table.iter().find(|(name, _)| *name == word).map(|(_, value)| *value);
        if found.is_none() {
            let names: Vec<_> = table.iter().map(|(name, _)| *name).collect();
            report.error(&Path::Key(self.path, key), format!("must be one of {}, is \"{word}\"", names.join(" ")));
        }
        found
    }

    pub(super) fn whole(&self, key: &str, range: RangeInclusive<u32>, report: &mut Report<'_>) -> Option<u32> {
        if self.get(key).is_none() {
            report.error(&Path::Key(self.path, key), "is missing");
        }
        self.optional_whole(key, range, report)
    }

    /// A whole number that may be left out. One that cannot be used counts as left out.
    pub(super) fn optional_whole(&self, key: &str, range: RangeInclusive<u32>, report: &mut Report<'_>) -> Option<u32> {
        let value = self.get(key)?;
        // Generators often write 52.0; it is the same number.
        let number = value.as_f64().filter(|n| n.fract() == 0.0);
        let found = number.filter(|n| (f64::from(*range.start())..=f64::from(*range.end())).contains(n));
        if found.is_none() {
            let (low, high) = (range.start(), range.end());
            let what = format!("must be a whole number from {low} to {high}, is {}", shown(value));
            report.error(&Path::Key(self.path, key), what);
        }
        found.map(|n| n as u32)
    }

    /// A number from 0 to `max`, counted in tenths. One that cannot be used, or none, is 0.
    pub(super) fn tenths(&self, key: &str, max: f64, report: &mut Report<'_>) -> u32 {
        let Some(value) = self.get(key) else { return 0 };
        let path = Path::Key(self.path, key);
        let Some(number) = value.as_f64().filter(|n| (0.0..=max).contains(n)) else {
            report.error(&path, format!("must be a number from 0 to {max}, is {}", shown(value)));
            return 0;
        };
        let tenths = (number * 10.0).round();
        if (number * 10.0 - tenths).abs() > 1e-6 {
            report.warning(&path, format!("is counted in tenths: {number} becomes {}", tenths / 10.0));
        }
        tenths as u32
    }

    /// A list that may be absent. More than `max` items are cut off and reported.
    pub(super) fn list(&self, key: &str, max: usize, report: &mut Report<'_>) -> &'a [Value] {
        let path = Path::Key(self.path, key);
        match self.get(key) {
            None => &[],
            Some(Value::Array(items)) => {
                if items.len() > max {
                    report.error(&path, format!("has {} items; only the first {max} are used", items.len()));
                }
                items.get(..max).unwrap_or(items)
            }
            Some(other) => {
                report.error(&path, format!("must be a list, is {}", kind(other)));
                &[]
            }
        }
    }
}

/// A text of at most `max` characters, trimmed, with control characters turned into spaces.
pub(super) fn text(value: &Value, max: usize, path: &Path<'_>, report: &mut Report<'_>) -> Option<String> {
    let Some(raw) = value.as_str() else {
        report.error(path, format!("must be a text, is {}", kind(value)));
        return None;
    };
    let length = raw.chars().count();
    if length > max {
        report.error(path, format!("must be at most {max} characters, has {length}"));
        return None;
    }
    let clean: String = raw.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    Some(clean.trim().to_owned())
}

/// A value as a person would name it.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// A short value as it was written, a long one by its kind.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Array(_) | Value::Object(_) => kind(value).to_owned(),
        Value::String(s) if s.chars().count() > 60 => kind(value).to_owned(),
        other => other.to_string(),
    }
}
