//! `replay FILE [--print]`: plays a recorded session without a window and says where it ends.

use std::path::PathBuf;

use super::{Exit, Failure};
use crate::shell::{record, state};

#[derive(clap::Args)]
pub struct Args {
    /// A file written by `run --record`; "-" is standard input
    file: PathBuf,
    /// One line for each message as well
    #[arg(long)]
    print: bool,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let mut printed = Ok(());
    let model = record::replay(&args.file, |msg, model, effects| {
        if args.print && printed.is_ok() {
            printed = say!("{} {:?} → {} {effects:?}", msg.at.mono.0, msg.what, record::summary(model));
        }
    })
    .map_err(|e| Failure::Input(e.to_string()))?;
    printed?;
    super::print_json(&state(&model, [0; 4]))?;
    Ok(Exit::Fine)
}
