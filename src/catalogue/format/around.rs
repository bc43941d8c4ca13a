//! What stands around a course: where an offline one is held, and how to get a seat. A venue or an enrolment that is bad
//! costs only itself.

use url::Url;

use super::{
    address,
    field::document,
    node::{Object, Path, Report},
};
use crate::catalogue::types::{Enrolment, Venue};

/// Two lines below a heading.
const ADDRESS_MAX_CHARS: usize = 80;
const TRANSPORT_MAX_CHARS: usize = 120;
const TIMES_MAX_CHARS: usize = 80;
/// More seats than any hall has: a sign that something else was written here.
const SEATS_MAX: u32 = 1_000_000;

pub(super) fn venue(course: &Object<'_>, base: &Url, report: &mut Report<'_>) -> Option<Venue> {
    let value = course.get("venue")?;
    let path = Path::Key(course.path, "venue");
    let object = Object::of(value, &path, report)?;
    let address = object.required_text("address", ADDRESS_MAX_CHARS, report);
    let transport = object.optional_text("transport", TRANSPORT_MAX_CHARS, report);
    let times = object.optional_text("times", TIMES_MAX_CHARS, report);
    let page = document(&object, "page", base, report);
    Some(Venue { address: address?, transport, times, page })
}

pub(super) fn enrolment(course: &Object<'_>, base: &Url, report: &mut Report<'_>) -> Option<Enrolment> {
    let value = course.get("enrolment")?;
    let path = Path::Key(course.path, "enrolment");
    let object = Object::of(value, &path, report)?;
    let seats = object.whole("seats", 1..=SEATS_MAX, report);
    let url = place_to_ask(&object, base, report);
    Some(Enrolment { url: url?, seats: seats? })
}

/// Who learns what is said there: it is never less protected than the catalogue itself.
fn place_to_ask(object: &Object<'_>, base: &Url, report: &mut Report<'_>) -> Option<String> {
    let written = object.required_text("url", 4_096, report)?;
    match address::resolve_shard(&written, base) {
        Ok(url) => Some(url.into()),
        Err(what) => {
            report.error(&Path::Key(object.path, "url"), what.replace("the index", "the catalogue"));
            None
        }
    }
}
