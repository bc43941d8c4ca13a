//! The compiled interface. Rust sees only what `bridge.slint` exports and the window.
#![allow(clippy::all, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, unsafe_code)]

slint::include_modules!();
