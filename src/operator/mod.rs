//! What the operator decides about a box and wants to know of it: `config` reads the configuration file, `health` and
//! `machine` look at what a machine has.

pub mod clock_note;
pub mod config;
pub mod health;
pub mod machine;
