//! The store against what happens to a box in a living room: power cuts, broken flash, full and read-only disks.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use jinse_xuetang::{
    catalogue::types::{CourseId, LessonId},
    guide::lineup::ChannelId,
    learning::progress::WatchedSeconds,
    store::{
        Store,
        types::{HistoryEntry, HistoryKey, Settings, StoreCommand, StoreNotice, UserData},
    },
    time::UtcMs,
};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use rusqlite::Connection;
use tempfile::TempDir;

const NOW: UtcMs = UtcMs(1_783_339_200_000); // 2026-07-06T12:00:00Z
/// Long enough for a machine under load; nothing waits for it when all goes well.
const LONG: Duration = Duration::from_secs(30);

mod damage;
mod disk;

type Notices = Arc<Mutex<Vec<StoreNotice>>>;

fn open(dir: &Path) -> (Store, UserData, Vec<StoreNotice>, Notices) {
    let later = Notices::default();
    let sink = Arc::clone(&later);
    let (store, data, first) = Store::open(dir, NOW, Box::new(move |n| sink.lock().unwrap().push(n)));
    (store, data, first, later)
}

fn lesson(n: u32, position_ms: u64) -> HistoryEntry {
    let mut watched = WatchedSeconds::default();
    watched.add(0, 1 + n);
    HistoryEntry {
        key: HistoryKey::Lesson { course: CourseId("course".into()), lesson: LessonId(format!("lesson-{n}")) },
        title: "手机支付与防骗常识".repeat(6),
        detail: format!("第{n}课"),
        poster: Some(format!("https://operator.example/poster/{n}.jpg")),
        position_ms,
        duration_ms: 90_000,
        watched,
        at: NOW.plus(i64::from(n) - 100_000),
    }
}

/// Eighty lessons and one of everything else.
fn fill(store: &Store) {
    for n in 0..80 {
        store.send(StoreCommand::SaveHistory(lesson(n, u64::from(n) * 1000)));
    }
    store.send(StoreCommand::SetFavouriteChannel { channel: ChannelId("dragon".into()), on: true });
    store.send(StoreCommand::SetFavouriteCourse { course: CourseId("course".into()), on: true });
    store.send(StoreCommand::SaveLastChannel(ChannelId("dragon".into())));
    store.send(StoreCommand::SaveDay { day: 20_640, seconds: 1_800 });
    store.send(StoreCommand::SaveSettings(Settings { subtitles: false, ..Settings::default() }));
}

fn integrity(dir: &Path) -> String {
    let conn = Connection::open(dir.join("user.db")).unwrap();
    conn.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap()
}

/// Every file below `dir` with its bytes.
fn contents(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(contents(&path));
        } else {
            let bytes = fs::read(&path).unwrap();
            found.insert(path, bytes);
        }
    }
    found
}

fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_dir(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

fn wait_for(what: &str, mut ready: impl FnMut() -> bool) {
    let until = std::time::Instant::now() + LONG;
    while !ready() {
        assert!(std::time::Instant::now() < until, "never came: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn backup_of_today(dir: &Path) -> PathBuf {
    dir.join("backups/user-20260706.db")
}

#[test]
fn what_was_kept_is_there_at_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().join("new/place with space/数据?#");
    let (store, data, notices, _) = open(&place);
    assert_eq!((data, notices), (UserData::default(), vec![]));
    let mut plain = UserData::default();
    fill(&store);
    assert!(store.flush(LONG));
    for n in [3, 7] {
        let command = StoreCommand::RemoveHistory(lesson(n, 0).key);
        store.send(command);
    }
    drop(store);

    for n in 0..80 {
        plain.apply(&StoreCommand::SaveHistory(lesson(n, u64::from(n) * 1000)));
    }
    plain.history.retain(|h| h.key != lesson(3, 0).key && h.key != lesson(7, 0).key);
    let (_store, data, notices, _) = open(&place);
    assert_eq!(notices, vec![]);
    assert_eq!(data.history, plain.history);
    assert_eq!(data.last_channel, Some(ChannelId("dragon".into())));
    assert_eq!(data.days, [(20_640, 1_800)]);
    assert!(!data.settings.subtitles);
    assert_eq!(integrity(&place), "ok");
}

#[test]
fn random_commands_end_where_plain_data_ends() {
    let seed = rand::rng().random();
    println!("seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let dir = tempfile::tempdir().unwrap();
    let mut plain = UserData::default();
    for _ in 0..12 {
        let (store, data, notices, later) = open(dir.path());
        assert_eq!(notices, vec![]);
        assert_eq!(data, plain, "seed {seed}");
        for _ in 0..rng.random_range(0..120) {
            let n = rng.random_range(0..6);
            let channel = ChannelId(format!("channel-{n}"));
            let on = rng.random();
            let command = match rng.random_range(0..20) {
                0 => StoreCommand::ClearLessons,
                1..=3 => StoreCommand::RemoveHistory(lesson(n, 0).key),
                4..=6 => StoreCommand::SetFavouriteChannel { channel, on },
                7..=8 => StoreCommand::SetFavouriteCourse { course: CourseId(format!("c{n}")), on },
                9 => StoreCommand::SaveLastChannel(channel),
                10 => StoreCommand::SaveDay { day: 20_000 + n as i32, seconds: rng.random_range(0..80_000) },
                11 => StoreCommand::SaveSettings(Settings { subtitles: on, ..Settings::default() }),
                _ => StoreCommand::SaveHistory(lesson(n, rng.random_range(0..90_000))),
            };
            plain.apply(&command);
            store.send(command);
            if rng.random_ratio(1, 30) {
                assert!(store.flush(LONG));
            }
        }
        drop(store);
        assert!(later.lock().unwrap().is_empty());
    }
    assert_eq!(integrity(dir.path()), "ok");
}

#[test]
fn the_first_write_of_a_day_makes_a_backup_and_three_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    for day in 0..5 {
        let now = NOW.plus(day * 86_400_000);
        let (store, ..) = Store::open(dir.path(), now, Box::new(|_| ()));
        store.send(StoreCommand::SaveHistory(lesson(day as u32, 1)));
        let name = format!("user-202607{:02}.db", 6 + day);
        wait_for(&name, || dir.path().join("backups").join(&name).exists());
    }
    let left: Vec<_> = contents(&dir.path().join("backups")).into_keys().collect();
    let names: Vec<_> = left.iter().map(|p| p.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["user-20260708.db", "user-20260709.db", "user-20260710.db"]);
    let newest = Connection::open(&left[2]).unwrap();
    let rows: i64 = newest.query_row("SELECT count(*) FROM history", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 5);
}

/// Not a test of its own: what the killed process does.
#[test]
fn child_that_watches_until_it_is_killed() {
    let Ok(dir) = std::env::var("STORE_TEST_CHILD_DIR") else { return };
    let (store, data, ..) = open(Path::new(&dir));
    let mut position = data.history.first().map_or(0, |h| h.position_ms);
    loop {
        position += 50;
        store.send(StoreCommand::SaveHistory(lesson(1, position)));
        store.send(StoreCommand::SaveHistory(lesson((position / 50 % 40) as u32 + 2, 5)));
        store.send(StoreCommand::SaveHistory(lesson(1, position)));
        assert!(store.flush(LONG));
        let mut out = std::io::stdout().lock();
        writeln!(out, "\nACK {position}").unwrap();
        out.flush().unwrap();
        drop(out);
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn ten_kills_lose_no_acknowledged_row() {
    let seed: u64 = rand::rng().random();
    println!("seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let dir = tempfile::tempdir().unwrap();
    let mut last = 0;
    for round in 0..10 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child_that_watches_until_it_is_killed", "--nocapture"])
            .env("STORE_TEST_CHILD_DIR", dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let wanted = rng.random_range(1..8);
        let mut acks = lines.by_ref().map_while(Result::ok).filter_map(|l| l.strip_prefix("ACK ")?.parse::<u64>().ok());
        for _ in 0..wanted {
            last = acks.next().expect("the child ended by itself");
        }
        std::thread::sleep(Duration::from_micros(rng.random_range(0..60_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        // What it said between the last line read and its death counts as well.
        if let Some(more) = acks.last() {
            last = more;
        }

        let (store, data, notices, later) = open(dir.path());
        assert_eq!(notices, vec![], "round {round}, seed {seed}");
        let found = data.history.iter().find(|h| h.key == lesson(1, 0).key).expect("the lesson").position_ms;
        assert!(found >= last && found <= last + 10_000, "round {round}: {found} after {last} was acknowledged");
        assert!(later.lock().unwrap().is_empty());
        drop(store);
        assert_eq!(integrity(dir.path()), "ok");
        last = found;
    }
}
