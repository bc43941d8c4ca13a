//! `check config FILE`: every fault of a configuration with its line. What is right is for `operator::config` to know.

use std::path::PathBuf;

use serde::Serialize;

use super::{Exit, Failure, Format, print_json};
use crate::operator::config::{Config, ConfigFault};

#[derive(clap::Args, Debug)]
pub struct Args {
    /// The configuration, such as /etc/jinse-xuetang/config.toml; "-" is standard input
    file: PathBuf,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Serialize)]
struct Report<'a> {
    file: String,
    ok: bool,
    faults: &'a [ConfigFault],
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let faults = Config::load(&args.file).err().map(|error| error.faults()).unwrap_or_default();
    let ok = faults.is_empty();
    let file = args.file.display().to_string();
    match args.format {
        Format::Json => print_json(&Report { file, ok, faults: &faults })?,
        Format::Text if ok => say!("{file}: fine")?,
        Format::Text => {
            for fault in &faults {
                say!("{file}: {fault}")?;
            }
        }
    }
    Ok(if ok { Exit::Fine } else { Exit::InputErrors })
}
