//! The program's own modules, by their path.

#[path = "../../src/guide/brands.rs"]
mod brands;
#[path = "../../src/guide/catchup/mod.rs"]
pub mod catchup;
#[path = "../../src/guide/channels.rs"]
pub mod channels;
#[path = "../../src/guide/formats/mod.rs"]
pub mod formats;
#[path = "../../src/guide/lineup.rs"]
pub mod lineup;
#[path = "../../src/guide/matching.rs"]
pub mod matching;
#[path = "../../src/guide/names.rs"]
pub mod names;
