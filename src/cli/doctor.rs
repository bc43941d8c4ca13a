//! `doctor`: says whether this machine can show the program, and what to install where it cannot. The judging is
//! `operator::health`, the looking `operator::machine`; here it becomes text, JSON, or a file to send to somebody.
//! `doctor keys` watches the remote instead (`shell::keys`).

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Serialize;

use super::{Exit, Failure, Format, play::parse_duration, print, print_json};
use crate::{
    operator::{
        health::{self, Probe, Report, State},
        machine::ThisMachine,
    },
    shell,
    time::UtcMs,
};

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    instead: Option<Instead>,
    /// Text for people or JSON for programs
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Write everything that helps from afar into FILE (JSON, no secrets); "-" is standard output
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
    /// Where the viewer's data is kept, when it is not the usual place
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
enum Instead {
    /// Show what each press of the remote is
    Keys(KeysArgs),
}

#[derive(Debug, clap::Args)]
struct KeysArgs {
    /// Text for people or JSON lines for programs
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// End after this long: 500ms, 30s, 2m
    #[arg(long = "for", value_name = "DURATION", value_parser = parse_duration)]
    length: Option<Duration>,
    /// Lay these keys over the shipped keymaps
    #[arg(long, value_name = "FILE")]
    keymap: Option<PathBuf>,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    if let Some(Instead::Keys(keys)) = &args.instead {
        return shell::keys::watch(keys.keymap.as_deref(), keys.length, keys.format);
    }
    let machine = ThisMachine { data: args.data.clone() };
    let report = health::examine(&machine);
    match (&args.bundle, args.format) {
        // Its work is to write, and it did; what is missing stands in the file.
        (Some(file), _) => return write_bundle(file, &bundle(&report, &machine)).map(|()| Exit::Fine),
        (None, Format::Json) => print_json(&report)?,
        (None, Format::Text) => print(format_args!("{}", text(&report)))?,
    }
    let missing = report.missing();
    if missing.is_empty() {
        return Ok(Exit::Fine);
    }
    Err(Failure::MachineLacks(format!("this machine lacks: {}", missing.join(", "))))
}

/// One line a check, and below it what to do.
fn text(report: &Report) -> String {
    let width = report.checks.iter().map(|c| c.name.chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    for check in &report.checks {
        let state = match check.state {
            State::Ok => "ok     ",
            State::Warn => "warning",
            State::Missing => "MISSING",
        };
        out += &format!("{state}  {:width$}  {}\n", check.name, check.what);
        if let Some(fix) = &check.fix {
            out += &format!("{:7}  {:width$}  → {fix}\n", "", "");
        }
    }
    let count = |state| report.checks.iter().filter(|c| c.state == state).count();
    let (ok, warn, missing) = (count(State::Ok), count(State::Warn), count(State::Missing));
    out += &format!("\n{ok} ok, {warn} to know about, {missing} missing\n");
    out
}

/// Variables that change how the program behaves. A list of what is taken, not of what is left out: so no secret of
/// anybody's can slip in.
const VARIABLES: &[&str] = &[
    "DISPLAY",
    "GST_DEBUG",
    "GST_PLUGIN_PATH",
    "GST_PLUGIN_SYSTEM_PATH",
    "GST_REGISTRY",
    "LANG",
    "LC_ALL",
    "LIBSEAT_BACKEND",
    "RUST_LOG",
    "SLINT_BACKEND",
    "SLINT_SCALE_FACTOR",
    "STATE_DIRECTORY",
    "TZ",
    "WAYLAND_DISPLAY",
    "XDG_CURRENT_DESKTOP",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
    "XDG_SESSION_TYPE",
];

#[derive(Serialize)]
struct Bundle<'a> {
    /// Grows when a reader would have to read differently.
    version: u32,
    made_at: String,
    program: Program,
    system: BTreeMap<&'static str, String>,
    environment: BTreeMap<&'static str, String>,
    checks: &'a [health::Check],
}

#[derive(Serialize)]
struct Program {
    name: &'static str,
    version: &'static str,
    target: String,
}

fn bundle<'a>(report: &'a Report, machine: &ThisMachine) -> Bundle<'a> {
    Bundle {
        version: 1,
        made_at: rfc3339(machine.now()),
        program: Program {
            name: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
            target: format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS),
        },
        system: system(),
        environment: environment(VARIABLES, |name| std::env::var(name).ok()),
        checks: &report.checks,
    }
}

fn rfc3339(at: UtcMs) -> String {
    jiff::Timestamp::from_millisecond(at.0).map_or_else(|_| String::new(), |t| t.to_string())
}

fn environment(names: &[&'static str], read: impl Fn(&str) -> Option<String>) -> BTreeMap<&'static str, String> {
    names.iter().filter_map(|name| Some((*name, read(name)?))).collect()
}

/// The same text with the home folder as `~`: its name is often a person's.
fn without_home(text: String, home: Option<String>) -> String {
    match home.filter(|h| h.len() > 1) {
        Some(home) => text.replace(&home, "~"),
        None => text,
    }
}

fn system() -> BTreeMap<&'static str, String> {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let line = |text: &str, start: &str| {
        text.lines().find_map(|l| l.strip_prefix(start)).map(|v| v.trim().trim_matches('"').to_owned())
    };
    let os = line(&read("/etc/os-release"), "PRETTY_NAME=");
    let kernel = Some(read("/proc/sys/kernel/osrelease").trim().to_owned()).filter(|k| !k.is_empty());
    let cpu = read("/proc/cpuinfo").lines().find(|l| l.starts_with("model name")).and_then(|l| {
        let (_, name) = l.split_once(':')?;
        Some(name.trim().to_owned())
    });
    let memory = line(&read("/proc/meminfo"), "MemTotal:");
    let cores = std::thread::available_parallelism().ok().map(|n| n.to_string());
    [("os", os), ("kernel", kernel), ("cpu", cpu), ("cores", cores), ("memory", memory)]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

fn write_bundle(file: &Path, bundle: &Bundle<'_>) -> Result<(), Failure> {
    let json = serde_json::to_string_pretty(bundle).map_err(|e| Failure::Input(e.to_string()))?;
    let json = without_home(json, std::env::var("HOME").ok()) + "\n";
    let failed = |e: io::Error| {
        let hint = if e.kind() == io::ErrorKind::AlreadyExists { "; name a file that is not there yet" } else { "" };
        Failure::Input(format!("{}: {e}{hint}", file.display()))
    };
    if file == Path::new("-") {
        return print(format_args!("{json}"));
    }
    // Never over a file that is there, and for its owner alone.
    let mut out = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).map_err(failed)?;
    out.write_all(json.as_bytes()).map_err(failed)?;
    // Only a word on top of the work that is done.
    let _ =
        writeln!(io::stderr(), "{} is written; it holds no passwords and no addresses of channels.", file.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let check = |name: &str, state, fix: Option<&str>| health::Check {
            name: name.into(),
            state,
            what: format!("about {name}"),
            fix: fix.map(str::to_owned),
        };
        Report {
            checks: vec![
                check("clock", State::Ok, None),
                check("audio device", State::Warn, Some("connect one")),
                check("element tsdemux", State::Missing, Some("apt-get install it")),
            ],
        }
    }

    #[test]
    fn text_says_what_to_do_below_what_is_wrong() {
        let text = text(&report());
        assert!(text.starts_with("ok       clock            about clock\n"), "{text}");
        assert!(text.contains("MISSING  element tsdemux  about element tsdemux\n"), "{text}");
        assert!(text.contains("→ apt-get install it\n"), "{text}");
        assert!(text.ends_with("\n1 ok, 1 to know about, 1 missing\n"), "{text}");
    }

    #[test]
    fn only_listed_variables_are_taken() {
        let read = |name: &str| match name {
            "DISPLAY" => Some(":0".to_owned()),
            "API_TOKEN" => Some("secret".to_owned()),
            _ => None,
        };
        assert_eq!(environment(VARIABLES, read), BTreeMap::from([("DISPLAY", ":0".to_owned())]));
    }

    #[test]
    fn the_name_of_a_home_folder_stays_at_home() {
        let text = r#"{"what":"/home/somebody/.local can be written"}"#.to_owned();
        let kept = without_home(text.clone(), Some("/home/somebody".into()));
        assert_eq!(kept, r#"{"what":"~/.local can be written"}"#);
        assert_eq!(without_home(text.clone(), Some("/".into())), text);
        assert_eq!(without_home(text.clone(), None), text);
    }

    #[test]
    fn a_bundle_never_replaces_a_file() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("bundle.json");
        let report = report();
        let bundle = bundle(&report, &ThisMachine { data: Some(dir.path().into()) });
        write_bundle(&file, &bundle).unwrap();
        let read: serde_json::Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        assert_eq!(read["version"], 1);
        assert_eq!(read["checks"][2]["state"], "missing");
        let again = write_bundle(&file, &bundle).unwrap_err().to_string();
        assert!(again.contains("name a file that is not there yet"), "{again}");
    }
}
