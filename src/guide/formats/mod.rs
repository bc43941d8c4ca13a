//! Readers of what operators and people publish. They stream, never recurse, never panic, and bound everything:
//! each problem is a warning with its line, and the good rest is used. Nothing here fetches.

pub mod address;
pub mod assemble;
mod attributes;
mod described;
mod diyp;
mod diyp_day;
pub mod guard;
pub mod guide;
pub(super) mod headers;
pub mod m3u;
mod options;
mod recognise;
pub mod text;
mod txt;
mod unpack;
pub mod xmltv;
mod xmltv_state;
pub mod xmltv_time;

pub use m3u::{LineupRead, ListRead, merge, read_lineup, read_list};
pub use unpack::unpack;

use crate::guide::lineup::Warning;

/// Warnings kept word by word; the rest is only counted, so that a million faults cost no memory.
pub const MAX_WARNINGS: usize = 1_000;

/// Collects warnings about one source.
#[derive(Debug)]
pub struct Warnings {
    source: String,
    kept: Vec<Warning>,
    ending: Option<Warning>,
    total: u64,
}

impl Warnings {
    pub fn new(source: &str) -> Self {
        Self { source: source.to_owned(), kept: Vec::new(), ending: None, total: 0 }
    }

    pub fn add(&mut self, line: u64, what: impl FnOnce() -> String) {
        self.push((line > 0).then_some(line), what);
    }

    /// One that concerns the source as a whole.
    pub fn add_general(&mut self, what: impl FnOnce() -> String) {
        self.push(None, what);
    }

    /// Why reading ended early: kept however many came before it.
    pub fn add_ending(&mut self, line: u64, what: &str) {
        self.total += 1;
        self.ending =
            Some(Warning { source: self.source.clone(), line: (line > 0).then_some(line), what: what.to_owned() });
    }

    fn push(&mut self, line: Option<u64>, what: impl FnOnce() -> String) {
        self.total += 1;
        if self.kept.len() < MAX_WARNINGS {
            self.kept.push(Warning { source: self.source.clone(), line, what: what() });
        }
    }

    pub fn total(&self) -> u64 {
        self.total
    }

    /// What was kept, closed by a line that says how many more there were.
    pub fn into_vec(mut self) -> Vec<Warning> {
        self.kept.extend(self.ending);
        let more = self.total.saturating_sub(self.kept.len() as u64);
        if more > 0 {
            self.kept.push(Warning { source: self.source, line: None, what: format!("and {more} more warnings") });
        }
        self.kept
    }
}

/// Cuts `text` to at most `max` characters.
pub(crate) fn clip(text: &str, max: usize) -> &str {
    match text.char_indices().nth(max) {
        Some((at, _)) => text.get(..at).unwrap_or(text),
        None => text,
    }
}

/// A name or an id without control characters, at most `max` characters long.
pub(crate) fn clean(text: &str, max: usize) -> String {
    let text = clip(text.trim(), max);
    if !text.contains(char::is_control) {
        return text.to_owned();
    }
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    text.trim().to_owned()
}

/// A piece of input made fit for a message: short and without control characters.
pub(crate) fn quote(text: &str) -> String {
    clip(text, 120).chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
