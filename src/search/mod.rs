//! Finding by pinyin: over courses, lessons, teachers, providers, channels and programmes, with digits (one press for
//! each character), initials, spelled pinyin and the characters themselves, in any mixture. Pure but for `worker`, which
//! keeps the indexes and searches on a thread of its own. How results look is for the view.

mod find;
mod index;
mod matching;
mod query;
mod readings;
mod scan;
pub mod source;
#[cfg(test)]
mod tests;
mod units;
pub mod worker;

pub use find::{Answer, Found, Own, find};
pub use index::{Index, Item, Kind, MOST_WEIGHT};
pub use query::KEY_LETTERS;
