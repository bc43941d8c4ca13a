//! Courses and lessons. `types` is pure; `format` reads what operators publish; `client` fetches and caches it.

pub mod client;
pub mod format;
pub mod types;
