//! Why a lineup or a guide could not be had. Each says what and where; what to show the viewer is decided elsewhere.

use crate::{guide::lineup::Warning, net::FetchError};

#[derive(Debug, thiserror::Error)]
pub enum GuideError {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error("{source_name}: {what}")]
    Format { source_name: String, line: Option<u64>, what: String },
    /// Everything in it was refused; the warnings say why.
    #[error("{source_name}: no usable channel ({} warnings)", warnings.len())]
    NothingUsable { source_name: String, warnings: Vec<Warning> },
    #[error("{0}: {1}")]
    Io(String, std::io::Error),
    #[error("the guide's database: {0}")]
    Database(#[from] rusqlite::Error),
    #[error("stopped before the end")]
    Cancelled,
    #[error("the guide's thread could not be started: {0}")]
    Thread(std::io::Error),
}

impl GuideError {
    /// True where only a new, empty database helps.
    pub fn is_damage(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        matches!(self, Self::Database(rusqlite::Error::SqliteFailure(e, _)) if matches!(e.code, DatabaseCorrupt | NotADatabase))
    }
}
