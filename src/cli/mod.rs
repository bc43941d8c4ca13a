//! The command line: one file a command, one place that decides the exit code (docs/cli.md).

/// A line for people on standard output, as `println!` takes it. The error is a `Failure`.
macro_rules! say {
    ($($words:tt)*) => {
        $crate::cli::print(format_args!("{}\n", format_args!($($words)*)))
    };
}
pub(crate) use say;

pub mod check_catalogue;
pub mod check_catchup;
pub mod check_config;
#[cfg(test)]
mod check_golden;
pub mod check_guide;
pub mod check_lineup;
pub mod check_search;
pub mod demo;
pub mod doctor;
pub mod export;
pub mod lock;
pub mod play;
pub mod replay;
mod storage;

use std::{
    fmt,
    io::{self, Write as _},
    process::ExitCode,
};

/// How a command ended when it did what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Fine,
    /// The input has errors; they were printed.
    InputErrors,
}

/// Why a command could not do its work: what, where, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("{0}")]
    Input(String),
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    MachineLacks(String),
}

/// Text for people or JSON for programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    #[default]
    Text,
    Json,
}

/// The only place where an outcome becomes a number: 0 fine, 1 input errors, 2 usage, 3 the machine lacks something.
pub fn exit_code(outcome: Result<Exit, Failure>) -> ExitCode {
    match outcome {
        Ok(Exit::Fine) => ExitCode::SUCCESS,
        Ok(Exit::InputErrors) => ExitCode::from(1),
        Err(failure) => {
            // Where nobody listens any more, the number still says it.
            let _ = writeln!(io::stderr(), "jinse-xuetang: {failure}");
            ExitCode::from(match failure {
                Failure::Input(_) => 1,
                Failure::Usage(_) => 2,
                Failure::MachineLacks(_) => 3,
            })
        }
    }
}

/// Prints a value as one line of JSON.
pub fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string(value).map_err(|e| Failure::Input(e.to_string()))?;
    say!("{text}")
}

/// All that commands say on standard output goes through here or `printed`.
pub(crate) fn print(words: fmt::Arguments<'_>) -> Result<(), Failure> {
    printed(io::stdout().write_fmt(words))
}

/// A reader that has seen enough (`… | head -1`) is no fault: the command goes on and ends as it would have.
pub(crate) fn printed(outcome: io::Result<()>) -> Result<(), Failure> {
    match outcome {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Input(format!("standard output: {e}"))),
        _ => Ok(()),
    }
}
