//! The viewer's own data in `user.db`. `types` is plain data; one writer thread (`writer`) owns the file.
//!
//! Three promises: a row that `Store::flush` has acknowledged survives a kill; a file that cannot be understood is set
//! aside, never deleted and never written to; whatever the disk does, watching goes on with the data in memory.

mod answers;
mod apply;
mod backup;
mod credits;
mod files;
mod header;
mod open;
mod queue;
mod recover;
mod rows;
mod schema;
mod seal;
mod taste;
mod trouble;
pub mod types;
mod watch_log;
mod writer;

pub use seal::PinSeal;
pub use writer::Store;

/// Whether the viewer's data lies there, or a backup of it. Opening a store where there is none makes one.
pub fn is_there(dir: &std::path::Path) -> bool {
    files::database(dir).exists() || backup::newest_good(dir).is_some()
}
