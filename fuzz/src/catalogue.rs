//! The program's own modules, by their path.

#[path = "../../src/catalogue/courses.rs"]
pub mod courses;
#[path = "../../src/catalogue/feed/mod.rs"]
pub mod feed;
#[path = "../../src/catalogue/format/mod.rs"]
pub mod format;
#[path = "../../src/catalogue/lessons.rs"]
pub mod lessons;
#[path = "../../src/catalogue/types.rs"]
pub mod types;
