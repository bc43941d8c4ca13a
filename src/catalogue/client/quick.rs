//! A large catalogue as it stands in memory, in one file beside the published ones: reading it at start takes a fraction
//! of what reading all the JSON takes, and the first screen waits for it. It only ever repeats what the published files
//! say, and where it is missing or damaged they are read.

use crate::{
    catalogue::{
        lessons::{Lessons, Packer},
        types::{Catalogue, Course},
    },
    learning::survey::Survey,
};

/// Another layout, or other types, begin otherwise.
const MAGIC: &[u8; 8] = b"JXKC0001";

/// The file's content. `None` where a course cannot be written, and then there is no such file.
pub(super) fn write(catalogue: &Catalogue) -> Option<Vec<u8>> {
    let mut packer = Packer::default();
    let mut bytes = MAGIC.to_vec();
    put(&mut bytes, &serde_json::to_vec(&catalogue.surveys).ok()?)?;
    bytes.extend_from_slice(&u32::try_from(catalogue.courses.len()).ok()?.to_le_bytes());
    for course in &catalogue.courses {
        let (count, lessons) = packer.packed_of(&course.lessons)?;
        let bare = Course { lessons: Lessons::default(), ..course.clone() };
        put(&mut bytes, &serde_json::to_vec(&bare).ok()?)?;
        bytes.extend_from_slice(&count.to_le_bytes());
        put(&mut bytes, &lessons)?;
    }
    Some(bytes)
}

fn put(bytes: &mut Vec<u8>, block: &[u8]) -> Option<()> {
    bytes.extend_from_slice(&u32::try_from(block.len()).ok()?.to_le_bytes());
    bytes.extend_from_slice(block);
    Some(())
}

pub(super) fn read(bytes: &[u8]) -> Option<Catalogue> {
    let mut rest = bytes.strip_prefix(MAGIC)?;
    let surveys: Vec<Survey> = serde_json::from_slice(block(&mut rest)?).ok()?;
    let count = number(&mut rest)?;
    // Each course takes more bytes than this: a wrong number reserves no memory.
    let mut courses: Vec<Course> = Vec::with_capacity((count as usize).min(rest.len() / 64));
    for _ in 0..count {
        let mut course: Course = serde_json::from_slice(block(&mut rest)?).ok()?;
        let lessons = number(&mut rest)?;
        course.lessons = Lessons::of_packed(lessons, block(&mut rest)?.into());
        courses.push(course);
    }
    rest.is_empty().then(|| Catalogue { courses: courses.into(), surveys })
}

fn number(rest: &mut &[u8]) -> Option<u32> {
    let (number, after) = rest.split_first_chunk::<4>()?;
    *rest = after;
    Some(u32::from_le_bytes(*number))
}

fn block<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = number(rest)? as usize;
    let (block, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(block)
}
