//! What was learnt and what is asked of learners. Pure rules only; keeping it is the store's work.

pub mod archive;
pub mod credit;
pub mod evaluate;
pub mod progress;
pub mod quiz;
pub mod recommend;
pub mod records;
pub mod roster;
pub mod standing;
pub mod survey;
pub mod taste;
pub mod watching;
