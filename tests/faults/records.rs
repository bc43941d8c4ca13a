//! What the viewer's records survive while the program really runs.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use rusqlite::Connection;
use serde_json::Value;

use crate::{
    bench::{PICTURE, Spoilt, is_playing, keys, picture, position, report, to_lesson, to_live},
    support::{Tv, TvOptions, tv::SOON},
};

fn database(tv: &Tv) -> PathBuf {
    tv.data_dir().join("user.db")
}

fn integrity(path: &Path) -> String {
    Connection::open(path).unwrap().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap()
}

#[test]
fn a_lesson_is_found_again_after_ten_power_cuts() {
    let operator = Spoilt::start();
    let mut tv = Tv::start(TvOptions::operator(operator.url()));
    to_lesson(&mut tv);
    tv.until("enough to be worth resuming", SOON, |s| is_playing(s) && position(s) > 7_000);
    let mut lost = Vec::new();
    // One of the rounds lasts longer than the time between two savings.
    for play_ms in [300, 1_000, 900, 2_100, 1_500, 11_200, 600, 3_300, 1_200, 2_700] {
        let from = position(&tv.state());
        let before = tv.until("some more of the lesson", SOON, |s| is_playing(s) && position(s) >= from + play_ms);
        let place = position(&before);
        tv.kill9();
        assert_eq!(integrity(&database(&tv)), "ok");
        tv.launch();
        assert_eq!(tv.state()["toast"], Value::Null, "a power cut is nothing to speak of");
        tv.until("the history", SOON, |s| s["history"].as_u64() > Some(0));
        to_lesson(&mut tv);
        let state = tv.until("the lesson again", SOON, is_playing);
        let resumed = position(&state);
        assert!(resumed <= place + 2_000 && resumed + 10_000 >= place, "was at {place}, resumed at {resumed}");
        lost.push(Duration::from_millis(place.saturating_sub(resumed)));
    }
    report("kill-9-while-watching", &lost);
}

/// Starts once, so that there is a database with something in it, and ends.
fn with_a_past(operator: &Spoilt) -> Tv {
    let mut tv = Tv::start(TvOptions::operator(operator.url()));
    to_lesson(&mut tv);
    tv.until("a line in the history", SOON, |s| s["history"] == 1);
    tv.press("Home");
    tv.until("home", SOON, |s| s["screen"] == "home");
    assert!(tv.close().success());
    tv
}

#[test]
fn damaged_and_foreign_records_are_said_and_home_is_there() {
    let operator = Spoilt::start();
    let mut tv = with_a_past(&operator);
    let path = database(&tv);
    let bytes = fs::read(&path).unwrap();
    let mut times = Vec::new();

    // Nonsense in the middle of the header: the backup or a fresh start, and a word about it.
    let mut file = fs::File::options().write(true).open(&path).unwrap();
    file.write_all(&[0x5a; 600]).unwrap();
    drop(file);
    let since = Instant::now();
    tv.launch();
    times.push(since.elapsed());
    let state = tv.until("a word about the damage", SOON, |s| s["toast"].is_string());
    let said = state["toast"].as_str().unwrap();
    assert!(said.starts_with("学习记录"), "{said}");
    println!("damaged: {said}, {}", picture(&mut tv));
    let aside = fs::read_dir(tv.data_dir()).unwrap().flatten().any(|e| {
        let name = e.file_name().into_string().unwrap();
        name.starts_with("user.db.damaged-")
    });
    assert!(aside, "the damaged file is gone");
    tv.until("a picture", SOON, is_playing);
    assert!(tv.close().success());
    assert_eq!(integrity(&path), "ok");

    // One from a newer program.
    for companion in ["user.db-wal", "user.db-shm"] {
        let _ = fs::remove_file(tv.data_dir().join(companion));
    }
    fs::write(&path, bytes).unwrap();
    let newer = Connection::open(&path).unwrap();
    newer.pragma_update(None, "journal_mode", "delete").unwrap();
    newer.pragma_update(None, "user_version", 9_999).unwrap();
    drop(newer);
    let before = fs::read(&path).unwrap();
    let since = Instant::now();
    tv.launch();
    times.push(since.elapsed());
    tv.until("a word about the newer records", SOON, |s| s["toast"] == "记录是新版的，这次先不记");
    println!("from the future: {}", picture(&mut tv));
    to_lesson(&mut tv);
    tv.until("the lesson plays", SOON, is_playing);
    tv.stays("playing", Duration::from_secs(3), |s| s["screen"] == "player");
    tv.kill9();
    assert!(fs::read(&path).unwrap() == before, "the newer file was touched");
    report("bad-records-home", &times);
}

struct SmallDisk(tempfile::TempDir);

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

impl SmallDisk {
    /// None where this machine allows no mounting.
    fn mounted(size: &str) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let options = format!("size={size}");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(dir.path()).output();
        if !mounted.is_ok_and(|out| out.status.success()) {
            println!("SKIPPED: a small disk needs root and mount(8)");
            return None;
        }
        Some(Self(dir))
    }

    fn becomes_read_only(&self) {
        let out = Command::new("mount").args(["-o", "remount,ro"]).arg(self.0.path()).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_said_and_watching_goes_on() {
    let Some(disk) = SmallDisk::mounted("4m") else { return };
    let operator = Spoilt::start();
    let data = disk.0.path().join("data");
    let mut tv = Tv::start(TvOptions { data: Some(data.clone()), ..TvOptions::operator(operator.url()) });
    to_lesson(&mut tv);
    tv.until("a line in the history", SOON, |s| s["history"] == 1);
    assert!(tv.close().success());
    disk.becomes_read_only();
    let before = fs::read(data.join("user.db")).unwrap();
    tv.launch();
    tv.until("a word about it", SOON, |s| s["toast"] == "电视存不了东西，这次先不记");
    println!("read-only: {}", picture(&mut tv));
    to_live(&mut tv);
    for number in [2, 3] {
        keys(&mut tv, "Prior");
        tv.until("another channel", SOON, |s| is_playing(s) && s["player"]["channel"]["number"] == number);
    }
    keys(&mut tv, "Home");
    to_lesson(&mut tv);
    let from = position(&tv.until("the lesson", SOON, is_playing));
    tv.until("more of the lesson", SOON, |s| is_playing(s) && position(s) > from + 1_500);
    assert!(tv.close().success());
    assert!(fs::read(data.join("user.db")).unwrap() == before);
}

#[test]
fn a_full_disk_does_not_stop_the_picture() {
    let Some(disk) = SmallDisk::mounted("400k") else { return };
    let operator = Spoilt::start();
    let data = disk.0.path().join("data");
    let mut tv = Tv::start(TvOptions { data: Some(data), ..TvOptions::operator(operator.url()) });
    to_lesson(&mut tv);
    tv.until("the lesson", SOON, |s| is_playing(s) && position(s) > 1_000);
    let mut stuffing = fs::File::create(disk.0.path().join("stuffing")).unwrap();
    for size in [4096usize, 512, 1] {
        while stuffing.write_all(&vec![1; size]).is_ok() {}
    }
    // Play is written down every ten seconds; a key would take the words away.
    tv.until("a word about the full disk", SOON, |s| s["toast"] == "电视存满了，照样能看");
    println!("full: {}", picture(&mut tv));
    let from = position(&tv.until("play", SOON, is_playing));
    tv.until("more of the lesson", SOON, |s| is_playing(s) && position(s) > from + 3_000);
    assert!(tv.region_changes(PICTURE, Duration::from_secs(10)));
    report("full-disk", &[Duration::ZERO]);
}
