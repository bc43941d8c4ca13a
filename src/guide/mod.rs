//! Channels and programmes. `lineup` and `programme` are pure types; `formats` reads what operators publish;
//! `import` and `db` are the edge that fetches and keeps them.

pub mod lineup;
pub mod programme;
