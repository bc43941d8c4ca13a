//! The whole program as a viewer meets it: the real binary on a screen of its own, real key presses, pixels read back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;

mod home;
