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

const NOW: UtcMs = UtcMs(1_783_339_200_000); // 2026-07-06T12:00:00Z
/// Long enough for a machine under load; nothing waits for it when all goes well.
const LONG: Duration = Duration::from_secs(30);

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
                0 => StoreCommand::ClearHistory,
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

#[test]
fn a_file_broken_in_150_ways_always_opens_and_gives_the_rows_back() {
    let seed = rand::rng().random();
    println!("seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let whole = tempfile::tempdir().unwrap();
    let (store, ..) = open(whole.path());
    fill(&store);
    assert!(store.flush(LONG));
    wait_for("backup", || backup_of_today(whole.path()).exists());
    drop(store);
    // One lesson more than the backup has.
    let (store, ..) = open(whole.path());
    store.send(StoreCommand::SaveHistory(lesson(99, 99)));
    drop(store);
    let good = fs::read(whole.path().join("user.db")).unwrap();

    let mut restored = 0;
    for round in 0..150 {
        let dir = tempfile::tempdir().unwrap();
        copy_dir(whole.path(), dir.path());
        let path = dir.path().join("user.db");
        let mut bytes = good.clone();
        match round % 3 {
            0 => bytes.truncate(if round == 0 { 0 } else { rng.random_range(0..good.len()) }),
            1 => {
                // Half of them in the header and the schema, where they hurt most.
                let end = if round % 2 == 0 { good.len() } else { 4096 };
                let bit = rng.random_range(0..end * 8);
                bytes[bit / 8] ^= 1 << (bit % 8);
            }
            _ => {
                let at = rng.random_range(0..good.len() - 64);
                let length = rng.random_range(1..64);
                rng.fill(&mut bytes[at..at + length]);
            }
        }
        fs::write(&path, &bytes).unwrap();

        let (store, data, notices, _) = open(dir.path());
        let context = format!("round {round}, seed {seed}: {notices:?}");
        match notices.as_slice() {
            [] => assert!(data.history.len() >= 75, "{} rows, {context}", data.history.len()),
            [StoreNotice::Restored { backup_at }] => {
                restored += 1;
                assert!(backup_at.since(NOW).abs() < 600_000, "{context}");
                for n in 0..80 {
                    assert!(data.history.iter().any(|h| h.key == lesson(n, 0).key), "lesson {n}, {context}");
                }
                assert_eq!(data.last_channel, Some(ChannelId("dragon".into())), "{context}");
                let aside = contents(dir.path()).into_iter().find(|(p, b)| {
                    p.file_name().unwrap().to_str().unwrap().starts_with("user.db.damaged-") && *b == bytes
                });
                assert!(aside.is_some(), "not set aside as it was, {context}");
            }
            [StoreNotice::FromNewerVersion { .. }] => {
                assert_ne!(bytes[60..64], good[60..64], "{context}");
                drop(store);
                assert_eq!(fs::read(&path).unwrap(), bytes, "{context}");
                continue;
            }
            other => panic!("{other:?}, {context}"),
        }
        store.send(StoreCommand::SaveHistory(lesson(200, 7)));
        assert!(store.flush(LONG), "{context}");
        drop(store);
        let (_store, data, notices, _) = open(dir.path());
        assert_eq!(notices, vec![], "second start, {context}");
        assert_eq!(data.history[0], lesson(200, 7), "{context}");
        assert_eq!(integrity(dir.path()), "ok", "{context}");
    }
    assert!(restored >= 60, "only {restored} were found out");
}

#[test]
fn a_backup_that_is_broken_too_gives_way_to_an_older_one() {
    let dir = tempfile::tempdir().unwrap();
    let (store, ..) = open(dir.path());
    fill(&store);
    assert!(store.flush(LONG));
    wait_for("backup", || backup_of_today(dir.path()).exists());
    drop(store);
    fs::copy(backup_of_today(dir.path()), dir.path().join("backups/user-20260701.db")).unwrap();
    fs::write(backup_of_today(dir.path()), "torn").unwrap();
    fs::write(dir.path().join("user.db"), "torn").unwrap();
    let (_store, data, notices, _) = open(dir.path());
    assert!(matches!(notices.as_slice(), [StoreNotice::Restored { .. }]), "{notices:?}");
    assert_eq!(data.history.len(), 80);
}

#[test]
fn without_a_backup_the_readable_rows_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let (store, ..) = open(dir.path());
    fill(&store);
    assert!(store.flush(LONG));
    wait_for("backup", || backup_of_today(dir.path()).exists());
    drop(store);
    fs::remove_dir_all(dir.path().join("backups")).unwrap();
    let path = dir.path().join("user.db");
    // One leaf of the history is overwritten: what lies before and behind it is still there.
    let mut bytes = fs::read(&path).unwrap();
    let page = bytes.chunks(4096).rposition(|p| p[0] == 0x0d && p.windows(6).any(|w| w == "防骗".as_bytes())).unwrap();
    bytes[page * 4096..page * 4096 + 2000].fill(0xA5);
    fs::write(&path, bytes).unwrap();
    let (_store, data, notices, _) = open(dir.path());
    assert_eq!(notices, [StoreNotice::StartedAfresh]);
    assert!(data.history.len() >= 40, "{} rows", data.history.len());
    assert_eq!(data.last_channel, Some(ChannelId("dragon".into())));
    assert_eq!(data.days, [(20_640, 1_800)]);
}

#[test]
fn a_recovery_that_was_cut_off_is_finished_at_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    let (store, ..) = open(dir.path());
    fill(&store);
    assert!(store.flush(LONG));
    wait_for("backup", || backup_of_today(dir.path()).exists());
    drop(store);
    fs::rename(dir.path().join("user.db"), dir.path().join("user.db.damaged-20260706T110000Z")).unwrap();
    fs::write(dir.path().join("user.db-wal"), "what was left of the log").unwrap();
    fs::write(dir.path().join("user.db.new"), "half").unwrap();
    let (_store, data, notices, _) = open(dir.path());
    assert!(matches!(notices.as_slice(), [StoreNotice::Restored { .. }]), "{notices:?}");
    assert_eq!(data.history.len(), 80);
}

#[test]
fn damage_that_shows_while_running_costs_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (store, ..) = open(dir.path());
    fill(&store);
    assert!(store.flush(LONG));
    wait_for("backup", || backup_of_today(dir.path()).exists());
    // Somebody drops a table under the running program.
    let vandal = Connection::open(dir.path().join("user.db")).unwrap();
    vandal.execute_batch("DROP TABLE history").unwrap();
    drop(vandal);
    store.send(StoreCommand::SaveHistory(lesson(100, 1)));
    assert!(store.flush(LONG));
    drop(store);
    let (_store, data, notices, _) = open(dir.path());
    assert_eq!(notices, vec![]);
    assert_eq!(data.history.len(), 81);
}

#[test]
fn a_database_from_the_future_is_not_touched() {
    for in_the_log in [false, true] {
        let made = tempfile::tempdir().unwrap();
        let (store, ..) = open(made.path());
        fill(&store);
        drop(store);
        let conn = Connection::open(made.path().join("user.db")).unwrap();
        conn.execute_batch("PRAGMA user_version = 7; CREATE TABLE of_the_future (a);").unwrap();
        let dir = tempfile::tempdir().unwrap();
        if in_the_log {
            // As a killed process leaves it: the new version stands in the log alone.
            copy_dir(made.path(), dir.path());
            assert!(fs::metadata(dir.path().join("user.db-wal")).unwrap().len() > 0);
            let _ = fs::remove_file(dir.path().join("user.db-shm"));
        } else {
            drop(conn);
            copy_dir(made.path(), dir.path());
        }
        let before = contents(dir.path());
        let (store, data, notices, later) = open(dir.path());
        assert_eq!(notices, [StoreNotice::FromNewerVersion { found: 7, known: 1 }]);
        assert_eq!(data, UserData::default());
        store.send(StoreCommand::ClearHistory);
        assert!(!store.flush(LONG));
        drop(store);
        assert!(later.lock().unwrap().is_empty());
        assert!(contents(dir.path()) == before, "files changed (log: {in_the_log})");
    }
}

#[test]
fn a_place_that_cannot_exist_keeps_the_program_going() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), "").unwrap();
    let (store, data, notices, later) = open(&dir.path().join("file/below"));
    assert_eq!((data, notices), (UserData::default(), vec![StoreNotice::NotWritable]));
    store.send(StoreCommand::SaveHistory(lesson(1, 1)));
    assert!(!store.flush(LONG));
    assert!(later.lock().unwrap().is_empty(), "said twice");
    // The obstacle goes away: what was kept in memory gets to the disk.
    fs::remove_file(dir.path().join("file")).unwrap();
    assert!(store.flush(LONG));
    drop(store);
    let (_store, data, notices, _) = open(&dir.path().join("file/below"));
    assert_eq!((data.history, notices), (vec![lesson(1, 1)], vec![]));
}

/// A small file system of its own; unmounted at the end.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn new(options: &str) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(dir.path()).output();
        match mounted {
            Ok(out) if out.status.success() => Some(Self(dir)),
            Ok(out) => {
                eprintln!("SKIPPED: a small disk needs the right to mount: {}", String::from_utf8_lossy(&out.stderr));
                None
            }
            Err(e) => {
                eprintln!("SKIPPED: a small disk needs mount(8): {e}");
                None
            }
        }
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        assert!(Command::new("mount").args(["-o", &options]).arg(self.path()).status().unwrap().success());
    }

    /// Fills what is left to the last byte.
    fn stuff(&self) -> PathBuf {
        let path = self.path().join("stuffing");
        let mut file = fs::File::create(&path).unwrap();
        for size in [4096usize, 512, 1] {
            while file.write_all(&vec![1; size]).is_ok() {}
        }
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

#[test]
fn a_full_disk_is_said_once_and_used_again_when_there_is_room() {
    let Some(disk) = SmallDisk::new("size=400k") else { return };
    let dir = disk.path().join("data");
    let (store, _, notices, later) = open(&dir);
    assert_eq!(notices, vec![]);
    store.send(StoreCommand::SaveHistory(lesson(0, 1)));
    assert!(store.flush(LONG));
    wait_for("backup", || backup_of_today(&dir).exists());
    let stuffing = disk.stuff();
    let mut failed = 0;
    for n in 0..300u32 {
        store.send(StoreCommand::SaveHistory(lesson(n % 40, u64::from(n))));
        store.send(StoreCommand::SaveDay { day: 20_640, seconds: n });
        failed += u32::from(!store.flush(LONG));
    }
    assert!(failed > 0, "the disk was never full");
    assert_eq!(*later.lock().unwrap(), [StoreNotice::DiskFull]);
    fs::remove_file(stuffing).unwrap();
    assert!(store.flush(LONG));
    drop(store);
    let (_store, data, notices, _) = open(&dir);
    assert_eq!(notices, vec![]);
    assert_eq!(data.history.len(), 40);
    assert_eq!(data.history[0].position_ms, 299);
    assert_eq!(data.days, [(20_640, 299)]);
    assert_eq!(integrity(&dir), "ok");
}

#[test]
fn a_disk_that_is_full_at_the_start_is_used_when_there_is_room() {
    let Some(disk) = SmallDisk::new("size=400k") else { return };
    let dir = disk.path().join("data");
    fs::create_dir(&dir).unwrap();
    let stuffing = disk.stuff();
    let (store, _, notices, later) = open(&dir);
    assert_eq!(notices, [StoreNotice::DiskFull]);
    store.send(StoreCommand::SaveHistory(lesson(5, 5)));
    assert!(!store.flush(LONG));
    fs::remove_file(stuffing).unwrap();
    assert!(store.flush(LONG));
    assert!(later.lock().unwrap().is_empty(), "said twice");
    drop(store);
    assert_eq!(open(&dir).1.history, [lesson(5, 5)]);
}

#[test]
fn a_read_only_place_is_read_left_alone_and_used_when_it_can_be_written() {
    let Some(disk) = SmallDisk::new("size=4m") else { return };
    let (store, ..) = open(disk.path());
    fill(&store);
    assert!(store.flush(LONG));
    wait_for("backup", || backup_of_today(disk.path()).exists());
    drop(store);
    disk.remount("ro");
    let before = contents(disk.path());
    let (store, data, notices, _) = open(disk.path());
    assert_eq!(notices, [StoreNotice::NotWritable]);
    assert_eq!(data.history.len(), 80, "what is there can still be read");
    store.send(StoreCommand::SaveHistory(lesson(90, 1)));
    assert!(!store.flush(LONG));
    assert!(contents(disk.path()) == before);
    disk.remount("rw");
    assert!(store.flush(LONG));
    drop(store);
    assert_eq!(open(disk.path()).1.history.len(), 81);
}
