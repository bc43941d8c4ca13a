//! Reads what operators publish: an index and its shards (docs/catalogue.md). Unknown fields are ignored, a bad item is
//! left out and reported with its path, the rest is used. Fetching and keeping the files is the work of `client`.

pub mod address;
mod bounded;
mod course;
pub mod fault;
mod node;
mod quiz;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, hash_map::Entry};

use url::Url;

use self::{
    fault::Faults,
    node::{Object, Path, Report},
};
use super::types::Catalogue;

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

/// Why a file as a whole cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    #[error("{source_name}: not readable as JSON: {what}")]
    Json { source_name: String, what: String },
    #[error("{source_name}: {what}")]
    Shape { source_name: String, what: String },
    #[error("{source_name}: version {found} of the catalogue format; this program reads version {VERSION}")]
    Version { source_name: String, found: String },
}

impl FormatError {
    /// The reason without the file's name.
    pub fn reason(&self) -> String {
        match self {
            FormatError::Json { what, .. } => format!("not readable as JSON: {what}"),
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
}

/// Reads an index that came from `base`. `source` is what its faults are reported under.
pub fn read_index(source: &str, bytes: &[u8], base: &Url, faults: &mut Faults) -> Result<Index, FormatError> {
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
    Ok(Index { title, providers, shards })
}

/// Courses gathered from shards, one after another in the index's order.
#[derive(Debug, Default)]
pub struct Reading {
    pub catalogue: Catalogue,
    pub faults: Faults,
    providers: Option<HashMap<String, String>>,
    /// Where each course id was first seen.
    seen: HashMap<String, String>,
}

impl Reading {
    /// Without `providers` (a shard on its own) the ids of providers are taken as they are.
    pub fn new(providers: Option<HashMap<String, String>>, faults: Faults) -> Self {
        Self { providers, faults, ..Self::default() }
    }

    /// Adds a shard that came from `base`; answers how many courses it gave. A file that is broken as a whole adds
    /// nothing, so that an earlier copy can be read in its place.
    pub fn shard(&mut self, source: &str, bytes: &[u8], base: &Url) -> Result<usize, FormatError> {
        let before = self.catalogue.courses.len();
        let (courses, seen, providers) = (&mut self.catalogue.courses, &mut self.seen, self.providers.as_ref());
        let report = &mut Report { source, faults: &mut self.faults };
        let mut too_many = false;
        let read = bounded::each_course(without_bom(bytes), |i, value| {
            let list = Path::Key(&Path::Root, "courses");
            let path = Path::Index(&list, i);
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
            courses.push(course);
        });
        let failure = match read {
            Ok(true) => return Ok(courses.len() - before),
            Ok(false) => FormatError::Shape { source_name: source.into(), what: "has no list \"courses\"".into() },
            Err(error) => json_error(source, &error),
        };
        for course in courses.drain(before..) {
            seen.remove(&course.id.0);
        }
        Err(failure)
    }
}

fn json_error(source: &str, error: &serde_json::Error) -> FormatError {
    FormatError::Json { source_name: source.into(), what: error.to_string() }
}

fn without_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)
}
