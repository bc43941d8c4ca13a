//! Courses and lessons. `types`, `courses` and `lessons` are pure; `format` reads what operators publish; `client` fetches and caches it.

pub mod client;
pub mod courses;
pub mod enrolment;
pub mod feed;
pub mod format;
pub mod lessons;
pub mod types;
pub mod union;
