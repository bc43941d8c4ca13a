//! The viewers' own data in `user.db`, one file a learner. `types` is plain data; one writer thread (`writer`) owns a
//! file; `household` knows which learner's is meant.
//!
//! Four promises: a row that `Store::flush` has acknowledged survives a kill; a file that cannot be understood is set
//! aside, never deleted and never written to; whatever the disk does, watching goes on with the data in memory; what one
//! learner does is never in another's file.

mod answers;
mod apply;
mod backup;
mod credits;
mod files;
mod header;
pub mod household;
mod learner_list;
mod open;
mod outbox;
mod queue;
mod recover;
mod rows;
mod schema;
mod seal;
mod taste;
mod trouble;
pub mod types;
mod watch_log;
mod whose;
mod writer;

pub use household::Household;
pub use outbox::{Outbox, Waiting};
pub use seal::PinSeal;
pub use whose::Whose;
pub use writer::{Store, StoreSender};

/// Whether the viewer's data lies there, or a backup of it. Opening a store where there is none makes one.
pub fn is_there(dir: &std::path::Path) -> bool {
    files::database(dir).exists() || backup::newest_good(dir).is_some()
}
