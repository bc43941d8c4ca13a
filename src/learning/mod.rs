//! What was learnt. Pure rules only; keeping it is the store's work.

pub mod progress;
