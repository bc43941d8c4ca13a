//! What the tests of the whole program share: a screen of its own, the real program on it, an operator's server.
//! Everything started here ends with the value that stands for it, by its process id.
#![allow(dead_code, unused_imports, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

pub mod groups;
pub mod line;
pub mod network;
pub mod nginx;
pub mod operator;
pub mod ralph;
pub mod screen;
pub mod sup;
pub mod tv;

pub use line::Line;
pub use operator::{Operator, serve};
pub use screen::{Key, Rect, Screen};
pub use tv::{Tv, TvOptions};

use std::process::Command;

/// What a fresh Debian or Ubuntu needs for these tests.
const PACKAGES: &str = "sudo apt-get install --no-install-recommends xvfb util-linux";

/// A command whose process ends with the thread that starts it, so that a test that is killed leaves nothing behind.
pub fn command(program: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "TERM", "--", program]);
    command
}

fn missing(what: &str, error: &dyn std::fmt::Display) -> String {
    format!("{what} does not start ({error}); this test needs it: {PACKAGES}")
}
