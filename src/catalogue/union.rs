//! The catalogues of several providers as one (共建共享). Each has its own client, cache and schedule: one that fails takes
//! nothing away from the others. Ids of the operator's own catalogue stay as they are; those of each further one begin
//! with a mark that comes from its address, so that they never meet, whatever order the configuration names them in.

use std::{
    collections::HashSet,
    fs,
    path::Path,
    sync::{Mutex, PoisonError},
};

use url::Url;

use super::{
    client::{CatalogueClient, CatalogueError, Refresh},
    feed::FeedDefaults,
    format::fault::Faults,
    types::{Catalogue, Course},
};
use crate::{files::checksum, learning::survey::Survey};

/// The folder of the operator's own catalogue; those of others have their mark behind it.
const FOLDER: &str = "catalogue";

/// Which catalogues there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addresses {
    /// The operator's own.
    pub own: Option<Url>,
    pub others: Vec<Url>,
    pub feeds: FeedDefaults,
}

#[derive(Debug)]
pub struct Union {
    sources: Vec<Source>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct Source {
    client: CatalogueClient,
    name: String,
    /// Put before every id; empty for the operator's own.
    mark: String,
}

/// The catalogue that was given last, and how much of it came from each source.
#[derive(Debug, Default)]
struct State {
    merged: Catalogue,
    parts: Vec<Part>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Part {
    held: bool,
    courses: usize,
    surveys: usize,
}

/// What one source's refresh came to.
#[derive(Debug)]
pub enum News {
    Unchanged,
    /// The catalogue of all sources, one of them anew.
    Changed {
        catalogue: Catalogue,
        faults: Faults,
    },
    HeldBack {
        courses_found: usize,
        courses_kept: usize,
    },
}

fn mark(url: &Url) -> String {
    format!("{:08x}", checksum(url.as_str().as_bytes()))
}

impl Union {
    pub fn new(http: &reqwest::Client, cache_dir: &Path, addresses: &Addresses) -> Self {
        let mut sources: Vec<Source> = Vec::new();
        let all = addresses.own.iter().map(|url| (url, None));
        for (url, mark) in all.chain(addresses.others.iter().map(|url| (url, Some(mark(url))))) {
            if sources.iter().any(|s| s.name == url.as_str()) {
                continue;
            }
            let folder = mark.as_ref().map_or_else(|| FOLDER.to_owned(), |mark| format!("{FOLDER}-{mark}"));
            let client = CatalogueClient::new(http.clone(), cache_dir.join(folder), url.clone());
            let client = client.with_feed_defaults(addresses.feeds);
            let mark = mark.map_or_else(String::new, |mark| format!("@{mark}:"));
            sources.push(Source { client, name: url.to_string(), mark });
        }
        sweep(cache_dir, addresses);
        let parts = vec![Part::default(); sources.len()];
        Self { sources, state: Mutex::new(State { merged: Catalogue::default(), parts }) }
    }

    /// How many sources there are. They are named by their places.
    pub fn len(&self) -> usize {
        self.sources.len()
    }

    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    pub fn name(&self, source: usize) -> &str {
        self.sources.get(source).map_or("", |s| &s.name)
    }

    /// Whether there is something to show of this source.
    pub fn holds(&self, source: usize) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.parts.get(source).is_some_and(|part| part.held)
    }

    /// The last good catalogues, from disk. `None` where there is none at all. Reads files: not for the thread that
    /// draws.
    pub fn cached(&self) -> Option<Catalogue> {
        let mut any = None;
        for (place, source) in self.sources.iter().enumerate() {
            if let Some(catalogue) = source.client.cached() {
                any = Some(self.take(place, catalogue));
            }
        }
        any
    }

    /// What is known now, without a look at the disk.
    pub fn current(&self) -> Option<Catalogue> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.parts.iter().any(|part| part.held).then(|| state.merged.clone())
    }

    /// Asks one source for what has changed.
    pub async fn refresh(&self, place: usize) -> Result<News, CatalogueError> {
        let Some(source) = self.sources.get(place) else { return Ok(News::Unchanged) };
        Ok(match source.client.refresh().await? {
            Refresh::Unchanged => News::Unchanged,
            Refresh::HeldBack { courses_found, courses_kept, .. } => News::HeldBack { courses_found, courses_kept },
            Refresh::Changed { catalogue, faults } => News::Changed { catalogue: self.take(place, catalogue), faults },
        })
    }

    /// Puts a source's catalogue in the place of its earlier one.
    fn take(&self, place: usize, fresh: Catalogue) -> Catalogue {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(source) = self.sources.get(place) else { return state.merged.clone() };
        let part = Part { held: true, courses: fresh.courses.len(), surveys: fresh.surveys.len() };
        if self.sources.len() == 1 && source.mark.is_empty() {
            // The usual case: nothing is copied.
            *state = State { merged: fresh, parts: vec![part] };
            return state.merged.clone();
        }
        let before = state.parts.get(..place).unwrap_or_default();
        let (courses_from, surveys_from): (usize, usize) =
            (before.iter().map(|p| p.courses).sum(), before.iter().map(|p| p.surveys).sum());
        let old = state.parts.get(place).copied().unwrap_or_default();
        let Catalogue { mut courses, mut surveys } = state.merged.clone();
        let marked: Vec<Course> = fresh.courses.into_iter().map(|course| with_mark(course, &source.mark)).collect();
        courses.splice(courses_from..courses_from + old.courses, marked);
        let marked: Vec<Survey> =
            fresh.surveys.into_iter().map(|survey| survey_with_mark(survey, &source.mark)).collect();
        surveys.splice(surveys_from..surveys_from + old.surveys, marked);
        if let Some(slot) = state.parts.get_mut(place) {
            *slot = part;
        }
        say_collisions(&courses);
        courses.prepare();
        state.merged = Catalogue { courses, surveys };
        state.merged.clone()
    }
}

fn with_mark(mut course: Course, mark: &str) -> Course {
    if !mark.is_empty() {
        for id in std::iter::once(&mut course.id).chain(&mut course.related) {
            id.0.insert_str(0, mark);
        }
    }
    course
}

fn survey_with_mark(mut survey: Survey, mark: &str) -> Survey {
    survey.id.0.insert_str(0, mark);
    survey
}

/// An operator's own id would have to be written like a mark on purpose: then the first of both is found, and it is said.
fn say_collisions(courses: &[Course]) {
    let mut seen = HashSet::new();
    for course in courses.iter().filter(|c| c.id.0.starts_with('@')) {
        if !seen.insert(&course.id) {
            tracing::warn!(id = course.id.0, "two catalogues have a course of this id; the first one counts");
        }
    }
}

/// Removes the caches of providers that are configured no more.
fn sweep(cache_dir: &Path, addresses: &Addresses) {
    let known: Vec<String> = addresses.others.iter().map(|url| format!("{FOLDER}-{}", mark(url))).collect();
    for entry in fs::read_dir(cache_dir).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        let marked = name.strip_prefix(FOLDER).and_then(|rest| rest.strip_prefix('-'));
        let ours = marked.is_some_and(|m| m.len() == 8 && m.bytes().all(|b| b.is_ascii_hexdigit()));
        if ours && !known.iter().any(|k| k == name) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
#[path = "union_tests.rs"]
mod tests;
