//! Channels and programmes. `lineup` and `programme` are pure types; `formats` reads what operators publish;
//! `import`, `service` and `db` are the edge that fetches and keeps them.

mod brands;
pub mod cache;
pub mod catchup;
pub mod channels;
pub mod db;
pub mod error;
pub mod formats;
pub mod import;
#[cfg(test)]
mod kill_tests;
pub mod lineup;
pub mod lists;
pub mod matching;
mod names;
pub mod programme;
mod published;
mod series;
pub mod service;
mod settle;
mod writer;
