//! The demo operator: a real HTTP server with real lessons and live channels, in exactly the formats that any operator
//! publishes. Whoever can use it can use an operator's server; nothing in the program knows the difference.

mod enrol;
mod export;
mod feeds;
pub mod live;
mod root;
mod server;
#[cfg(test)]
mod tests;

use std::{io, net::SocketAddr, path::PathBuf};

pub use export::export_static;
pub use root::DemoRoot;
pub use server::{Clock, DemoServer};

/// Why the demo operator cannot run.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error("the demo's lessons and channels are not here; looked in {}. Set JINSE_DEMO_DIR to where they are", list(.looked))]
    Missing { looked: Vec<PathBuf> },
    #[error("{}: {what}", .file.display())]
    Bad { file: PathBuf, what: String },
    #[error("cannot listen on {address}: {source}")]
    Listen { address: SocketAddr, source: io::Error },
    #[error("{}: {source}", .path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("{} holds other files; choose an empty directory", .0.display())]
    NotEmpty(PathBuf),
}

fn list(paths: &[PathBuf]) -> String {
    let names: Vec<_> = paths.iter().map(|p| p.display().to_string()).collect();
    names.join(", ")
}
