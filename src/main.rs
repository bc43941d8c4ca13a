//! The command line's shape. Each command's work is in `cli` or `shell`.

use std::{io::IsTerminal, process::ExitCode};

use clap::{Parser, Subcommand};
use jinse_xuetang::{
    cli::{self, check_catalogue, check_catchup, check_config, check_guide, check_lineup, check_search},
    memory, shell,
};

/// 金色学堂: television and lessons for seniors
#[derive(Parser)]
#[command(name = "jinse-xuetang", version)]
struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// Say more in the log; twice for debugging
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    verbose: u8,
}

#[derive(Subcommand)]
enum Command {
    /// Start the client (the default)
    Run(Box<shell::RunArgs>),
    /// Serve the embedded demo operator alone
    Demo(cli::demo::Args),
    /// Check what an operator publishes
    #[command(subcommand)]
    Check(Check),
    /// Play one address without the interface
    Play(cli::play::Args),
    /// Draw every screen into picture files
    Tour(shell::TourArgs),
    /// Say what this machine has and lacks
    Doctor(cli::doctor::Args),
    /// Say whether channels are locked; clear a lock whose PIN is forgotten
    Lock(cli::lock::Args),
    /// Write a year's learning archive: a picture, a PDF page, or JSON
    Export(cli::export::Args),
    /// Play a recorded session again
    Replay(cli::replay::Args),
}

#[derive(Subcommand)]
enum Check {
    /// A lineup (M3U, TXT)
    Lineup(check_lineup::Args),
    /// A programme guide (XMLTV)
    Guide(check_guide::Args),
    /// A catalogue of courses
    Catalogue(check_catalogue::Args),
    /// The address that plays a programme of the past
    Catchup(check_catchup::Args),
    /// What a query finds in a catalogue or among titles
    Search(check_search::Args),
    /// A configuration file
    Config(check_config::Args),
}

fn main() -> ExitCode {
    memory::settle();
    let args = Args::parse();
    start_log(args.verbose);
    let outcome = match &args.command {
        // The same defaults that clap fills in for `run` itself.
        None => RunOnly::try_parse_from(["jinse-xuetang"])
            .map_err(|e| cli::Failure::Usage(e.to_string()))
            .and_then(|only| shell::run(&only.run)),
        Some(command) => dispatch(command),
    };
    cli::exit_code(outcome)
}

#[derive(Parser)]
struct RunOnly {
    #[command(flatten)]
    run: shell::RunArgs,
}

fn dispatch(command: &Command) -> Result<cli::Exit, cli::Failure> {
    match command {
        Command::Run(args) => shell::run(args),
        Command::Demo(args) => cli::demo::run(args),
        Command::Check(Check::Lineup(args)) => check_lineup::run(args),
        Command::Check(Check::Guide(args)) => check_guide::run(args),
        Command::Check(Check::Catalogue(args)) => check_catalogue::run(args),
        Command::Check(Check::Catchup(args)) => check_catchup::run(args),
        Command::Check(Check::Search(args)) => check_search::run(args),
        Command::Check(Check::Config(args)) => check_config::run(args),
        Command::Play(args) => cli::play::run(args),
        Command::Tour(args) => shell::tour(args),
        Command::Doctor(args) => cli::doctor::run(args),
        Command::Lock(args) => cli::lock::run(args),
        Command::Export(args) => cli::export::run(args),
        Command::Replay(args) => cli::replay::run(args),
    }
}

/// Standard error is the journal's on a box. `RUST_LOG` has the last word.
fn start_log(verbose: u8) {
    let level = ["jinse_xuetang=warn", "jinse_xuetang=info", "jinse_xuetang=debug"];
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| {
        level.get(usize::from(verbose)).unwrap_or(&"jinse_xuetang=trace").parse().unwrap_or_default()
    });
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    // Colours are for a terminal; in the journal they are noise.
    log.without_time().with_ansi(std::io::stderr().is_terminal()).init();
}
