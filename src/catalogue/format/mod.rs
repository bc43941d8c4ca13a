//! Reads what operators publish: an index and its shards (docs/catalogue.md). Unknown fields are ignored, a bad item is
//! left out and reported with its path, the rest is used. Fetching and keeping the files is the work of `client`.

pub mod address;
mod around;
mod bounded;
mod course;
pub mod fault;
mod field;
mod node;
mod quiz;
mod survey;

/// The words and bounds of the format, for other ways in.
pub mod fields {
    pub use super::course::{
        BANDS, FORMS, ID_MAX_CHARS, LESSON_MAX_S, MAX_LESSONS, NAME_MAX_CHARS, SUMMARY_MAX_CHARS, TIERS,
        TITLE_MAX_CHARS,
    };
}
#[cfg(test)]
mod tests;

use std::collections::{HashMap, hash_map::Entry};

use url::Url;

use self::{
    bounded::List,
    fault::Faults,
    node::{Object, Path, Report},
};
use super::{
    feed::{self, FeedDefaults},
    lessons::Packer,
    types::{Catalogue, Course},
};
use crate::learning::survey::Survey;

/// The only version there is.
pub const VERSION: u64 = 1;
/// Room for a thousand shards and as many providers.
pub const INDEX_MAX_BYTES: u64 = 1 << 20;
/// About two thousand courses; a box reads it within a second, and a changed course costs only its shard.
pub const SHARD_MAX_BYTES: u64 = 8 << 20;
const MAX_SHARDS: usize = 1_000;
const MAX_PROVIDERS: usize = 5_000;
/// Well above the largest catalogue foreseen (20,000 courses).
const MAX_COURSES: usize = 50_000;
/// Lessons beyond these are packed: most catalogues stay below and are held as plain lists (about a megabyte).
pub(super) const PLAIN_LESSONS: usize = 2_000;
/// One is offered at a time, months apart.
const MAX_SURVEYS: usize = 100;

/// Why a file as a whole cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    #[error("{source_name}: not readable as JSON: {what}")]
    Json { source_name: String, what: String },
    #[error("{source_name}: {what}")]
    Shape { source_name: String, what: String },
    #[error("{source_name}: not readable as a feed: {what}")]
    Feed { source_name: String, what: String },
    #[error("{source_name}: version {found} of the catalogue format; this program reads version {VERSION}")]
    Version { source_name: String, found: String },
}

impl FormatError {
    /// The reason without the file's name.
    pub fn reason(&self) -> String {
        match self {
            FormatError::Json { what, .. } => format!("not readable as JSON: {what}"),
            FormatError::Feed { what, .. } => format!("not readable as a feed: {what}"),
            FormatError::Shape { what, .. } => what.clone(),
            FormatError::Version { found, .. } => {
                format!("version {found} of the catalogue format; this program reads version {VERSION}")
            }
        }
    }
}

/// The index: who offers courses, and where they are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
    pub title: String,
    /// Name by id.
    pub providers: HashMap<String, String>,
    pub shards: Vec<Url>,
    pub surveys: Vec<Survey>,
}

/// Reads an index that came from `base`. `source` is what its faults are reported under.
pub fn read_index(source: &str, bytes: &[u8], base: &Url, faults: &mut Faults) -> Result<Index, FormatError> {
    if bytes.len() as u64 > INDEX_MAX_BYTES {
        let what = format!("an index is at most {INDEX_MAX_BYTES} bytes");
        return Err(FormatError::Shape { source_name: source.into(), what });
    }
    let value = bounded::document(without_bom(bytes)).map_err(|e| json_error(source, &e))?;
    let report = &mut Report { source, faults };
    let shape = |what: &str| FormatError::Shape { source_name: source.into(), what: what.into() };
    let Some(object) = Object::of(&value, &Path::Root, &mut Report { source, faults: &mut Faults::default() }) else {
        return Err(shape("must be an object with version, providers and shards"));
    };
    match object.get("version") {
        None => return Err(shape("has no \"version\"; is it an index?")),
        Some(version) if version.as_u64() == Some(VERSION) => {}
        Some(other) => return Err(FormatError::Version { source_name: source.into(), found: node::shown(other) }),
    }
    if object.get("shards").is_none() {
        return Err(shape("has no \"shards\""));
    }
    let title = object.optional_text("title", 80, report);
    let mut providers = HashMap::new();
    let list = Path::Key(&Path::Root, "providers");
    for (i, value) in object.list("providers", MAX_PROVIDERS, report).iter().enumerate() {
        let path = Path::Index(&list, i);
        let Some((id, name)) = course::provider_entry(value, &path, report) else { continue };
        match providers.entry(id) {
            Entry::Vacant(free) => {
                free.insert(name);
            }
            Entry::Occupied(taken) => {
                report.error(&Path::Key(&path, "id"), format!("\"{}\" is used twice", taken.key()));
            }
        }
    }
    let mut shards: Vec<Url> = Vec::new();
    let list = Path::Key(&Path::Root, "shards");
    for (i, value) in object.list("shards", MAX_SHARDS, report).iter().enumerate() {
        let path = Path::Index(&list, i);
        let Some(url) = course::shard_entry(value, &path, base, report) else { continue };
        if shards.contains(&url) {
            report.error(&path, "is named twice");
        } else {
            shards.push(url);
        }
    }
    let mut surveys: Vec<Survey> = Vec::new();
    let list = Path::Key(&Path::Root, "surveys");
    for (i, value) in object.list("surveys", MAX_SURVEYS, report).iter().enumerate() {
        add_survey(&mut surveys, value, &Path::Index(&list, i), report);
    }
    Ok(Index { title, providers, shards, surveys })
}

/// Courses gathered from shards, one after another in the index's order.
#[derive(Debug, Default)]
pub struct Reading {
    pub catalogue: Catalogue,
    pub faults: Faults,
    providers: Option<HashMap<String, String>>,
    /// Where each course id was first seen.
    seen: HashMap<String, String>,
    /// The place of each course in its shard, in the order of `catalogue.courses`. Feeds name no other course.
    places: Vec<usize>,
    /// Lessons read so far that are held as plain lists.
    plain: usize,
    packer: Option<Packer>,
}

impl Reading {
    /// Without `providers` (a shard on its own) the ids of providers are taken as they are.
    pub fn new(providers: Option<HashMap<String, String>>, faults: Faults) -> Self {
        Self { providers, faults, ..Self::default() }
    }

    /// The beginning of a catalogue whose shards follow.
    pub fn of_index(index: Index, faults: Faults) -> Self {
        let mut reading = Self::new(Some(index.providers), faults);
        reading.catalogue.surveys = index.surveys;
        reading
    }

    /// Adds a shard that came from `base`; answers how many courses it gave. A file that is broken as a whole adds
    /// nothing, so that an earlier copy can be read in its place.
    pub fn shard(&mut self, source: &str, bytes: &[u8], base: &Url) -> Result<usize, FormatError> {
        let Catalogue { courses, surveys } = &mut self.catalogue;
        let courses: &mut Vec<Course> = courses;
        let (before, surveys_before) = (courses.len(), surveys.len());
        let (seen, places, providers) = (&mut self.seen, &mut self.places, self.providers.as_ref());
        let (plain, packer) = (&mut self.plain, &mut self.packer);
        let report = &mut Report { source, faults: &mut self.faults };
        let mut too_many = false;
        let read = bounded::each_item(without_bom(bytes), |list, i, value| {
            let parent = Path::Key(&Path::Root, list.key());
            let path = Path::Index(&parent, i);
            if list == List::Surveys {
                add_survey(surveys, value, &path, report);
                return;
            }
            if courses.len() >= MAX_COURSES {
                if !std::mem::replace(&mut too_many, true) {
                    report.error(
                        &path,
                        format!("the catalogue has more than {MAX_COURSES} courses; the rest is left out"),
                    );
                }
                return;
            }
            let Some(course) = course::course(value, &path, base, providers, report) else { return };
            if let Some(first) = seen.get(&course.id.0) {
                report.error(&Path::Key(&path, "id"), format!("\"{}\" is already used in {first}", course.id.0));
                return;
            }
            seen.insert(course.id.0.clone(), source.to_owned());
            places.push(i);
            courses.push(held(course, plain, packer));
        });
        let failure = match read {
            Ok(true) => return Ok(courses.len() - before),
            Ok(false) => FormatError::Shape { source_name: source.into(), what: "has no list \"courses\"".into() },
            Err(error) => json_error(source, &error),
        };
        surveys.truncate(surveys_before);
        places.truncate(before);
        for course in courses.drain(before..) {
            seen.remove(&course.id.0);
        }
        Err(failure)
    }

    /// Reports what names a course that is in none of the shards. For after the last of them: a box needs no such look,
    /// since it offers only what it has.
    pub fn check_related(&mut self) {
        for (course, place) in self.catalogue.courses.iter().zip(&self.places) {
            let Some(source) = self.seen.get(&course.id.0) else { continue };
            for id in course.related.iter().filter(|id| !self.seen.contains_key(&id.0)) {
                let path = format!("courses[{place}].related");
                self.faults.error(
                    source,
                    &path,
                    format!("\"{}\" is no course of this catalogue that can be used", id.0),
                );
            }
        }
    }

    /// Adds a feed that came from `base`; answers how many courses it gave.
    pub fn feed(
        &mut self,
        source: &str,
        bytes: &[u8],
        base: &Url,
        defaults: FeedDefaults,
    ) -> Result<usize, FormatError> {
        let read = feed::courses(source, bytes, base, defaults, &mut self.faults)
            .map_err(|what| FormatError::Feed { source_name: source.into(), what })?;
        let count = read.len();
        for course in read {
            self.catalogue.courses.push(held(course, &mut self.plain, &mut self.packer));
        }
        Ok(count)
    }
}

/// Lessons beyond the first thousands are packed.
fn held(mut course: Course, plain: &mut usize, packer: &mut Option<Packer>) -> Course {
    if *plain < PLAIN_LESSONS {
        *plain += course.lessons.len();
    } else {
        packer.get_or_insert_default().pack(&mut course.lessons);
    }
    course
}

/// Surveys are few: no index is needed to find one that is there already.
fn add_survey(surveys: &mut Vec<Survey>, value: &serde_json::Value, path: &Path<'_>, report: &mut Report<'_>) {
    let Some(survey) = survey::survey(value, path, report) else { return };
    if surveys.iter().any(|s| s.id == survey.id) {
        report.error(&Path::Key(path, "id"), format!("\"{}\" is used twice", survey.id.0));
    } else if surveys.len() >= MAX_SURVEYS {
        report.error(path, format!("the catalogue has more than {MAX_SURVEYS} surveys; the rest is left out"));
    } else {
        surveys.push(survey);
    }
}

fn json_error(source: &str, error: &serde_json::Error) -> FormatError {
    FormatError::Json { source_name: source.into(), what: error.to_string() }
}

fn without_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)
}
