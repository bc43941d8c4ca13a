//! What is wrong in a published catalogue, where it stands, and what came of it. No reading happens here.

use std::fmt;

use serde::Serialize;

/// A publisher mends a catalogue a page at a time; more than this would only fill a log.
const MAX_FAULTS: usize = 1_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The item or the field was left out.
    Error,
    /// Used as it stands, though the publisher hardly meant it so.
    Warning,
}

/// One fault: the file, the JSON path in it (`courses[3].lessons[0].duration_s`), and the reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    pub level: Level,
    /// File or URL.
    pub source: String,
    /// Empty where the whole file is meant.
    pub path: String,
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = if self.level == Level::Error { "error" } else { "warning" };
        if self.path.is_empty() {
            write!(f, "{level}: {}: {}", self.source, self.what)
        } else {
            write!(f, "{level}: {}: {}: {}", self.source, self.path, self.what)
        }
    }
}

/// The faults of a reading, bounded in number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    pub list: Vec<Fault>,
    /// How many more there were.
    pub left_out: usize,
}

impl Faults {
    pub fn push(&mut self, fault: Fault) {
        if self.list.len() < MAX_FAULTS {
            self.list.push(fault);
        } else {
            self.left_out += 1;
        }
    }

    pub fn error(&mut self, source: &str, path: &impl ToString, what: impl Into<String>) {
        self.push(Fault { level: Level::Error, source: source.into(), path: path.to_string(), what: what.into() });
    }

    pub fn warning(&mut self, source: &str, path: &impl ToString, what: impl Into<String>) {
        self.push(Fault { level: Level::Warning, source: source.into(), path: path.to_string(), what: what.into() });
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether anything was left out (as against merely remarked on).
    pub fn any_error(&self) -> bool {
        self.left_out > 0 || self.list.iter().any(|f| f.level == Level::Error)
    }
}
