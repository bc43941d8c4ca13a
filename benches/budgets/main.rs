//! `make bench`: the budgets, measured on this machine beside mpv and gst-play, in one run, on the same streams, with
//! the real binary, real key presses and pixels read from the screen. Prints a table for docs/performance.md; a
//! figure is never a test, so nothing fails here but a measurement that could not be made, and that is said in its row.

mod beside;
mod client;
mod guide_source;
mod polls_model;
mod process;
mod proxy;
mod rows;
mod screen;
mod streams;
mod table;

use std::{path::Path, process::Command};

/// What went wrong, for the row that could not be measured.
type Outcome<T> = Result<T, String>;

/// Sent by the bench to itself: measure what needs multicast, in a network of our own.
const APART: &str = "--apart";

fn main() {
    if let Err(why) = measure() {
        eprintln!("bench: {why}");
        std::process::exit(3);
    }
}

fn measure() -> Outcome<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let Some(folder) = args.iter().position(|a| a == APART).and_then(|at| args.get(at + 1)) {
        let streams = streams::Streams::serve(Path::new(folder))?;
        let mut table = table::Table::default();
        rows::multicast::zap(&streams, Path::new(folder), &mut table);
        print!("{}", table.lines());
        return Ok(());
    }
    // `cargo bench -- WORD` measures only the rows whose name has the word; cargo adds `--bench` by itself.
    let wanted: Vec<&String> = args.iter().filter(|a| !a.starts_with("--")).collect();
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    eprintln!("making streams (one to two minutes on two cores) …");
    let streams = streams::Streams::serve(folder.path())?;
    let mut table = table::Table::default();
    for (name, row) in rows::ROWS {
        if wanted.is_empty() || wanted.iter().any(|w| name.contains(w.as_str())) {
            eprintln!("measuring: {name} …");
            row(&streams, folder.path(), &mut table);
        }
    }
    println!("{}", table.markdown());
    Ok(())
}

/// Runs the multicast rows in a network of their own, so that no packet can leave this machine whatever its routes say.
fn apart(folder: &Path, table: &mut table::Table) {
    const NETWORK: &str =
        "ip link set lo up && ip link set lo multicast on && ip route add 239.0.0.0/8 dev lo && exec \"$@\"";
    let run = || -> Outcome<String> {
        let own = std::env::current_exe().map_err(|e| e.to_string())?;
        let out = Command::new("unshare")
            // A user without rights gets them over the new network only.
            .args(["--user", "--map-root-user", "--net", "sh", "-c", NETWORK, "sh"])
            .arg(own)
            .arg(APART)
            .arg(folder)
            .stderr(std::process::Stdio::inherit())
            .output()
            .map_err(|e| format!("unshare: {e}"))?;
        if out.status.success() {
            Ok(String::from_utf8_lossy(&out.stdout).into_owned())
        } else {
            Err("no network of its own for the multicast streams (see above)".into())
        }
    };
    match run() {
        Ok(lines) => table.take(&lines),
        Err(why) => table.row("zap, multicast", "≤ 650 ms", table::Figures::ours(Err(why), table::Unit::Ms)),
    }
}
