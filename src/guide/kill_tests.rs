//! A process that imports a guide is killed, as by a power cut: the guide before it stands, and the next import works.

use std::{
    io::Write as _,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use super::{
    db::{GuideDb, ImportOptions, Outcome},
    lineup::{Channel, ChannelId, ChannelNumber, Lineup},
};
use crate::time::UtcMs;

/// Where the child finds the database; only a child has it.
const DATABASE: &str = "GUIDE_KILL_TEST_DATABASE";
/// Long enough for a loaded machine; reached only when something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);
const CHANNELS: u32 = 50;
/// Of each channel: together several of the writer's batches.
const PROGRAMMES: u32 = 1_000;
const HALF_HOUR_S: u32 = 1_800;

/// One programme each half hour, titled by `mark`.
fn programme(mark: &str, n: u32) -> String {
    let (channel, slot) = (n % CHANNELS, n / CHANNELS);
    let at = |slot: u32| {
        let s = slot * HALF_HOUR_S;
        format!("197001{:02}{:02}{:02}00 +0000", 1 + s / 86_400, s / 3_600 % 24, s / 60 % 60)
    };
    format!(
        "<programme start=\"{}\" stop=\"{}\" channel=\"c{channel}\"><title>{mark}{slot}</title></programme>\n",
        at(slot),
        at(slot + 1)
    )
}

fn feed(mark: &str) -> String {
    let programmes: String = (0..CHANNELS * PROGRAMMES).map(|n| programme(mark, n)).collect();
    format!("<tv>\n{programmes}</tv>\n")
}

/// What the last channel shows in the ninth half hour.
fn title(db: &GuideDb) -> Option<String> {
    let channel = Channel {
        id: ChannelId("x".into()),
        number: ChannelNumber(1),
        name: String::new(),
        groups: vec![],
        logo: None,
        sources: vec![],
        catchup: None,
        epg_id: Some(format!("c{}", CHANNELS - 1)),
        epg_name: None,
        radio: false,
    };
    let lineup = Lineup { channels: vec![channel].into(), guides: vec![] };
    let found = db.match_lineup(&lineup).unwrap();
    let key = found.values().next()?.first()?.key;
    let at = UtcMs(i64::from(8 * HALF_HOUR_S) * 1_000);
    db.now_next(&[key], at).unwrap().pop()?.now.map(|p| p.title)
}

/// Not a test by itself: the process that is killed. It imports what its standard input gives.
#[test]
#[ignore = "the child of a test"]
fn child_that_imports() {
    let Some(path) = std::env::var_os(DATABASE) else { return };
    let mut db = GuideDb::open(Path::new(&path)).unwrap();
    let _ = db.import("g", 0, std::io::stdin(), &ImportOptions::default());
}

fn start_child(path: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "guide::kill_tests::child_that_imports", "--ignored", "--nocapture"])
        .env(DATABASE, path)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// How many rows of an import that is under way are on the disk.
fn rows_under_way(path: &Path, generation: i64) -> i64 {
    let read = || -> rusqlite::Result<i64> {
        let database = rusqlite::Connection::open(path)?;
        database.query_row(&format!("SELECT count(*) FROM programme_{generation}"), [], |row| row.get(0))
    };
    read().unwrap_or(0)
}

fn killed_when(at_least: i64, generation: i64, path: &Path) {
    let mut child = start_child(path);
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"<tv>\n").unwrap();
    let mut written = 0;
    let since = Instant::now();
    while rows_under_way(path, generation) < at_least {
        assert!(since.elapsed() < PATIENCE, "the child does not import");
        assert!(written < CHANNELS * PROGRAMMES, "the feed came to its end");
        let part: String = (written..written + 1_000).map(|n| programme("new", n)).collect();
        input.write_all(part.as_bytes()).unwrap();
        written += 1_000;
    }
    // SIGKILL: nothing in the child gets to run.
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn killed_in_the_middle_of_an_import_the_old_guide_stands() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("guide.db");
    let import = |mark: &str| {
        let mut db = GuideDb::open(&path).unwrap();
        let report = db.import("g", 0, feed(mark).as_bytes(), &ImportOptions::default()).unwrap();
        assert_eq!((report.outcome, report.programmes), (Outcome::Switched, u64::from(CHANNELS * PROGRAMMES)));
    };
    import("old");
    // Generations count on over kills. The first kill meets the table, the later ones committed batches.
    for (generation, at_least) in [(2, 1), (3, 10_000), (4, 30_000)] {
        killed_when(at_least, generation, &path);
        let mut db = GuideDb::open(&path).unwrap();
        assert_eq!(title(&db).as_deref(), Some("old8"));
        db.sweep().unwrap();
        assert_eq!(title(&db).as_deref(), Some("old8"));
        drop(db);
        let database = rusqlite::Connection::open(&path).unwrap();
        let check: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(check, "ok");
        let tables = "SELECT count(*) FROM sqlite_master WHERE type='table' AND name GLOB 'programme_*'";
        assert_eq!(database.query_row::<i64, _, _>(tables, [], |row| row.get(0)).unwrap(), 1);
    }
    import("new");
    assert_eq!(title(&GuideDb::open(&path).unwrap()).as_deref(), Some("new8"));
}
