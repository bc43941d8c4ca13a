//! Places that cannot be written, or not now.

use super::*;

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
struct SmallDisk(TempDir);

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

    // The same with something already there: it is read, and added to later.
    let stuffing = disk.stuff();
    let (store, data, notices, _) = open(&dir);
    assert_eq!((data.history, notices), (vec![lesson(5, 5)], vec![StoreNotice::DiskFull]));
    store.send(StoreCommand::SaveHistory(lesson(6, 6)));
    assert!(!store.flush(LONG));
    fs::remove_file(stuffing).unwrap();
    assert!(store.flush(LONG));
    drop(store);
    assert_eq!(open(&dir).1.history, [lesson(6, 6), lesson(5, 5)]);
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
