//! Generations: what is shown survives whatever a feed does.

use std::sync::atomic::Ordering;

use super::*;
use crate::guide::{
    formats::{address::Origin, read_lineup},
    lineup::Lineup,
};

const HOUR: i64 = 3_600_000;

/// A guide of `channels` × `hours` from `day` on, titled by `mark`.
fn feed(mark: &str, day: u32, channels: u32, hours: u32) -> String {
    let mut text = "<tv>\n".to_owned();
    for c in 0..channels {
        text += &format!("<channel id=\"c{c}\"><display-name>频道{c}</display-name></channel>\n");
    }
    for c in 0..channels {
        for h in 0..hours {
            let (start_day, start_hour) = (day + h / 24, h % 24);
            text += &format!(
                "<programme start=\"197001{start_day:02}{start_hour:02}0000\" channel=\"c{c}\"><title>{mark}{c}-{h}</title></programme>\n"
            );
        }
    }
    text + "</tv>\n"
}

fn import(db: &mut GuideDb, text: &str) -> ImportReport {
    db.import("g", 0, text.as_bytes(), &ImportOptions::default()).unwrap()
}

fn lineup() -> Lineup {
    let text = "#EXTM3U\n#EXTINF:-1 tvg-id=\"c0\",甲\nhttp://a/1\n#EXTINF:-1,频道1 高清\nhttp://a/2\n#EXTINF:-1,无\nhttp://a/3\n";
    read_lineup(text.as_bytes(), &Origin::Stdin, "l").unwrap().lineup
}

fn keys(db: &GuideDb) -> Vec<EpgKey> {
    let found = db.match_lineup(&lineup()).unwrap();
    lineup().channels.iter().flat_map(|c| found.get(&c.id).map(|m| m[0].key)).collect()
}

fn titles(db: &GuideDb, at: i64) -> Vec<(Option<String>, Option<String>)> {
    let title = |p: Option<Programme>| p.map(|p| p.title);
    db.now_next(&keys(db), UtcMs(at)).unwrap().into_iter().map(|n| (title(n.now), title(n.next))).collect()
}

fn tables(db: &GuideDb) -> i64 {
    let sql = "SELECT count(*) FROM sqlite_master WHERE name GLOB 'programme_[0-9]*' AND type='table'";
    db.connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

fn pair(now: &str, next: &str) -> (Option<String>, Option<String>) {
    (Some(now.to_owned()), Some(next.to_owned()))
}

#[test]
fn now_next_and_day() {
    let mut db = GuideDb::temporary().unwrap();
    let report = import(&mut db, &feed("a", 1, 3, 5));
    assert_eq!((report.channels, report.programmes, &report.outcome), (3, 15, &Outcome::Switched));
    assert_eq!(report.first.unwrap().title, "a0-0");
    assert_eq!(report.last.unwrap().title, "a2-4");
    assert_eq!(titles(&db, HOUR + 1), [pair("a0-1", "a0-2"), pair("a1-1", "a1-2")]);
    assert_eq!(titles(&db, 4 * HOUR), [(Some("a0-4".into()), None), (Some("a1-4".into()), None)]);
    // Nothing of another time is shown as now.
    assert_eq!(titles(&db, 5 * HOUR), [(None, None), (None, None)]);
    let day = db.day(&keys(&db)[0], UtcMs(HOUR + 1), UtcMs(3 * HOUR)).unwrap();
    assert_eq!(day.iter().map(|p| p.title.as_str()).collect::<Vec<_>>(), ["a0-1", "a0-2"]);
    assert!(day.iter().all(|p| p.end.since(p.start) == HOUR));
    let matches = db.match_lineup(&lineup()).unwrap();
    let by: Vec<_> = lineup().channels.iter().map(|c| matches.get(&c.id).map(|m| m[0].matched_by)).collect();
    assert_eq!(by, [Some(MatchedBy::Id), Some(MatchedBy::Normalised), None]);
}

#[test]
fn missing_ends_and_repeats() {
    let mut db = GuideDb::temporary().unwrap();
    let report = import(
        &mut db,
        r#"<tv><programme start="1970010103" channel="c0"><title>C</title></programme>
        <programme start="1970010100" channel="c0"><title>A</title></programme>
        <programme start="1970010100" stop="1970010101" channel="c0"><title>again</title></programme>
        <programme start="1970010112" channel="c0"><title>D</title></programme></tv>"#,
    );
    assert_eq!(report.programmes, 3);
    assert_eq!(report.warnings.len(), 1);
    let day = db.day(&keys(&db)[0], UtcMs(0), UtcMs(24 * HOUR)).unwrap();
    let hours: Vec<_> = day.iter().map(|p| (p.title.as_str(), p.start.0 / HOUR, p.end.0 / HOUR)).collect();
    assert_eq!(hours, [("A", 0, 1), ("C", 3, 4), ("D", 12, 13)]);
}

#[test]
fn a_failed_import_leaves_what_is_shown() {
    let mut db = GuideDb::temporary().unwrap();
    let whole = feed("a", 1, 3, 48);
    import(&mut db, &whole);
    let shown = titles(&db, HOUR);
    let next = feed("b", 1, 3, 48);
    let half = &next[..next.len() / 2];
    assert!(matches!(import(&mut db, half).outcome, Outcome::KeptOld(why) if why.contains("ends in the middle")));
    assert!(matches!(import(&mut db, "<html>busy</html>").outcome, Outcome::KeptOld(_)));
    assert!(matches!(import(&mut db, "<tv></tv>").outcome, Outcome::KeptOld(_)));
    let cancelled = ImportOptions::default();
    cancelled.cancel.store(true, Ordering::Relaxed);
    let big = feed("b", 1, 500, 48);
    assert!(matches!(db.import("g", 0, big.as_bytes(), &cancelled), Err(GuideError::Cancelled)));
    assert_eq!(titles(&db, HOUR), shown);
    assert_eq!(tables(&db), 1);
    assert_eq!(import(&mut db, &next).outcome, Outcome::Switched);
    assert_eq!(titles(&db, HOUR), [pair("b0-1", "b0-2"), pair("b1-1", "b1-2")]);
    assert_eq!(tables(&db), 1);
}

#[test]
fn a_shrunken_feed_must_come_twice() {
    let mut db = GuideDb::temporary().unwrap();
    import(&mut db, &feed("a", 1, 3, 48));
    let small = feed("b", 1, 1, 48);
    assert!(matches!(import(&mut db, &small).outcome, Outcome::KeptOld(why) if why.contains("held back")));
    assert_eq!(import(&mut db, &small).outcome, Outcome::Switched);
}

#[test]
fn half_a_feed_is_better_than_none_or_than_one_that_has_run_out() {
    let mut db = GuideDb::temporary().unwrap();
    let whole = feed("a", 1, 3, 24);
    assert_eq!(import(&mut db, &whole[..whole.len() / 2]).outcome, Outcome::Switched);
    let later = feed("b", 9, 3, 24);
    assert_eq!(import(&mut db, &later[..later.len() / 2]).outcome, Outcome::Switched);
}

#[test]
fn sources_are_kept_apart_and_in_order() {
    let mut db = GuideDb::temporary().unwrap();
    for (rank, url) in ["x", "y"].into_iter().enumerate() {
        db.import(url, rank, feed(url, 1, 1, 3).as_bytes(), &ImportOptions::default()).unwrap();
    }
    assert_eq!(titles(&db, 0), [pair("x0-0", "x0-1")]);
    db.retain(&["y".into(), "x".into()]).unwrap();
    assert_eq!(titles(&db, 0), [pair("y0-0", "y0-1")]);
    db.retain(&["not there yet".into()]).unwrap();
    assert_eq!(db.sources().unwrap().len(), 2);
    db.retain(&["x".into()]).unwrap();
    assert_eq!((titles(&db, 0), tables(&db)), (vec![pair("x0-0", "x0-1")], 1));
}

#[test]
fn damage_makes_the_cache_anew_and_leftovers_are_swept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("guide.db");
    let mut db = GuideDb::open(&path).unwrap();
    import(&mut db, &feed("a", 1, 1, 3));
    // As after a kill in the middle of an import.
    db.connection.execute_batch("CREATE TABLE programme_99(x); CREATE TABLE channel_99(x)").unwrap();
    drop(db);
    let mut db = GuideDb::open(&path).unwrap();
    db.sweep().unwrap();
    assert_eq!((db.sources().unwrap().len(), tables(&db)), (1, 1));
    drop(db);
    for damage in [b"not a database at all, but long enough to have a header of its own".repeat(9), Vec::new()] {
        std::fs::write(&path, &damage).unwrap();
        let _ = std::fs::remove_file(folder.path().join("guide.db-wal"));
        assert_eq!(GuideDb::open(&path).unwrap().sources().unwrap(), []);
    }
    let db = GuideDb::open(&path).unwrap();
    db.connection.execute_batch("PRAGMA user_version=77").unwrap();
    drop(db);
    assert_eq!(GuideDb::open(&path).unwrap().sources().unwrap(), []);
}

/// Calls `then` once, when the reading has come to the middle.
struct AtTheMiddle<'a> {
    text: &'a [u8],
    half: usize,
    then: Option<Box<dyn FnOnce() + 'a>>,
}

impl Read for AtTheMiddle<'_> {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        if self.text.len() < self.half
            && let Some(then) = self.then.take()
        {
            then();
        }
        let n = buf.len().min(4096);
        self.text.read(&mut buf[..n])
    }
}

#[test]
fn in_the_middle_of_an_import_the_old_guide_answers_and_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("guide.db");
    let mut db = GuideDb::open(&path).unwrap();
    import(&mut db, &feed("a", 1, 300, 100));
    let reading = GuideDb::open(&path).unwrap();
    let shown = titles(&reading, HOUR);
    let new = feed("b", 1, 300, 100);
    let killed = folder.path().join("killed.db");
    let middle = || {
        assert_eq!(titles(&reading, HOUR), shown);
        assert_eq!(tables(&reading), 2);
        // What a kill at this moment would leave on the disk.
        for end in ["", "-wal"] {
            let from = format!("{}{end}", path.display());
            std::fs::copy(from, format!("{}{end}", killed.display())).unwrap();
        }
    };
    let reader = AtTheMiddle { text: new.as_bytes(), half: new.len() / 2, then: Some(Box::new(middle)) };
    assert_eq!(db.import("g", 0, reader, &ImportOptions::default()).unwrap().outcome, Outcome::Switched);
    assert_eq!(titles(&reading, HOUR), [pair("b0-1", "b0-2"), pair("b1-1", "b1-2")]);
    let mut after = GuideDb::open(&killed).unwrap();
    assert_eq!(titles(&after, HOUR), shown);
    after.sweep().unwrap();
    assert_eq!((titles(&after, HOUR), tables(&after)), (shown.clone(), 1));
}

/// Prints how fast about 100 MB of XMLTV go in; `cargo test -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn measure_100_mb() {
    let mut text = String::from("<tv>\n");
    for c in 0..1000 {
        text += &format!("<channel id=\"c{c}\"><display-name>频道{c}</display-name></channel>\n");
    }
    for n in 0..200_000_i64 {
        let (c, minute) = (n % 1000, n / 1000 * 30);
        let stamp = |m: i64| format!("202401{:02}{:02}{:02}00 +0800", 1 + m / 1440, m / 60 % 24, m % 60);
        text += &format!(
            "<programme start=\"{}\" stop=\"{}\" channel=\"c{c}\"><title lang=\"zh\">节目{n}</title><desc lang=\"zh\">{}</desc></programme>\n",
            stamp(minute),
            stamp(minute + 30),
            "这是节目的介绍，".repeat(14)
        );
    }
    let folder = tempfile::tempdir().unwrap();
    let mut db = GuideDb::open(&folder.path().join("guide.db")).unwrap();
    let begun = std::time::Instant::now();
    let report = import(&mut db, &text);
    println!("{} bytes, {} programmes: {:?}", text.len(), report.programmes, begun.elapsed());
    let keys: Vec<_> = (1..=10).map(|channel| EpgKey { generation: 1, channel }).collect();
    let at = report.first.unwrap().start.plus(50 * HOUR);
    let begun = std::time::Instant::now();
    let found = db.now_next(&keys, at).unwrap();
    println!("now/next of {} channels: {:?}", found.iter().filter(|n| n.now.is_some()).count(), begun.elapsed());
    let begun = std::time::Instant::now();
    let day = db.day(&keys[0], at, at.plus(24 * HOUR)).unwrap();
    println!("a day of {}: {:?}", day.len(), begun.elapsed());
}

#[test]
fn what_the_archive_calls_a_programme_is_kept() {
    let mut db = GuideDb::temporary().unwrap();
    import(
        &mut db,
        r#"<tv><programme start="1970010100" stop="1970010101" channel="c0" catchup-id="v/7"><title>A</title></programme>
        <programme start="1970010101" stop="1970010102" channel="c0"><title>B</title></programme></tv>"#,
    );
    let day = db.day(&keys(&db)[0], UtcMs(0), UtcMs(24 * HOUR)).unwrap();
    let ids: Vec<_> = day.iter().map(|p| p.catchup_id.as_deref()).collect();
    assert_eq!(ids, [Some("v/7"), None]);
    assert_eq!(
        db.now_next(&keys(&db)[..1], UtcMs(1)).unwrap()[0].now.as_ref().unwrap().catchup_id.as_deref(),
        Some("v/7")
    );
}
