//! From a physical press to a `RemoteKey`. What a key does is for `app` to decide.

pub mod hands;
pub mod kernel_keys;
pub mod key;
pub mod keymap;
pub mod presses;
mod source_names;
pub mod windowing;
