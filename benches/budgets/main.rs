//! `make bench`: the budgets, measured on this machine beside mpv, in one run, on the same streams, with the real
//! binary, real key presses and pixels read from the screen. Prints a table for docs/performance.md; a figure is
//! never a test, so nothing fails here but a measurement that could not be made, and that is said in its row.

mod process;
mod rows;
mod screen;
mod streams;
mod table;

/// What went wrong, for the row that could not be measured.
type Outcome<T> = Result<T, String>;

fn main() {
    if let Err(why) = measure() {
        eprintln!("bench: {why}");
        std::process::exit(3);
    }
}

fn measure() -> Outcome<()> {
    // `cargo bench -- WORD` measures only the rows whose name has the word; cargo adds `--bench` by itself.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    eprintln!("making streams (about a minute on two cores) …");
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
