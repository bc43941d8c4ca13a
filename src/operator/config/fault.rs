//! What can be wrong with a configuration, in words for whoever wrote it. Codes are in the band 6xxx and stay.

use std::{fmt, ops::Range, path::PathBuf};

use serde::Serialize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    Syntax,
    UnknownKey,
    WrongType,
    BadValue,
    Unreadable,
}

impl FaultKind {
    pub fn code(self) -> u32 {
        match self {
            FaultKind::Syntax => 6001,
            FaultKind::UnknownKey => 6002,
            FaultKind::WrongType => 6003,
            FaultKind::BadValue => 6004,
            FaultKind::Unreadable => 6005,
        }
    }
}

/// One fault with its place in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConfigFault {
    pub code: u32,
    pub kind: FaultKind,
    /// One-based; 0 where no line is to blame.
    pub line: usize,
    /// One-based, in characters; 0 where no line is to blame.
    pub column: usize,
    /// `operator.root`; empty for a fault of syntax.
    pub key: String,
    pub what: String,
    /// What to write instead.
    pub hint: Option<String>,
}

impl ConfigFault {
    pub(super) fn at(text: &str, span: Range<usize>, kind: FaultKind, key: &str, what: impl Into<String>) -> Self {
        let before = text.get(..span.start).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Self { code: kind.code(), kind, line, column, key: key.into(), what: what.into(), hint: None }
    }

    pub(super) fn plain(key: &str, what: &str) -> Self {
        Self::whole(FaultKind::BadValue, key, what)
    }

    fn whole(kind: FaultKind, key: &str, what: &str) -> Self {
        Self { code: kind.code(), kind, line: 0, column: 0, key: key.into(), what: what.into(), hint: None }
    }

    pub(super) fn with_hint(self, hint: Option<String>) -> Self {
        Self { hint, ..self }
    }
}

impl fmt::Display for ConfigFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}, column {}: ", self.line, self.column)?;
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        write!(f, "{}", self.what)?;
        if let Some(hint) = &self.hint {
            write!(f, "; {hint}")?;
        }
        Ok(())
    }
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{}: {what}", .path.display())]
    Unreadable { path: PathBuf, what: String },
    #[error("{}: {}", .path.display(), lines(.faults))]
    Faults { path: PathBuf, faults: Vec<ConfigFault> },
}

impl ConfigError {
    /// All that is wrong, for a report.
    pub fn faults(&self) -> Vec<ConfigFault> {
        match self {
            ConfigError::Unreadable { what, .. } => vec![ConfigFault::whole(FaultKind::Unreadable, "", what)],
            ConfigError::Faults { faults, .. } => faults.clone(),
        }
    }
}

fn lines(faults: &[ConfigFault]) -> String {
    let lines: Vec<_> = faults.iter().map(ToString::to_string).collect();
    lines.join("\n  ")
}
