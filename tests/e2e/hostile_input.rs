//! Lists and guides of hostile sizes through the real `check` commands: bounded memory, bounded time, and words with the
//! line where there is one. Each is made while it is sent.

use std::{
    fs,
    io::{self, Read, Write},
    process::{ChildStdin, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use serde_json::Value;

use crate::support;

const PROGRAM: &str = env!("CARGO_BIN_EXE_jinse-xuetang");
/// All that the program may take at its most, whatever it is sent.
const MOST_KB: u64 = 64 * 1024;
const LOOK_EVERY: Duration = Duration::from_millis(2);
const MB: usize = 1 << 20;

/// Runs `check KIND - --format json` over what `send` writes. Returns the exit code and what it printed.
fn check(kind: &str, send: impl FnOnce(&mut ChildStdin) -> io::Result<()>) -> (i32, Value) {
    let mut command = support::command(PROGRAM);
    command.args(["check", kind, "-", "--format", "json"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let mut child = command.spawn().unwrap_or_else(|e| panic!("setpriv: {e}"));
    let (most, ended) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let watch = std::thread::spawn({
        let (most, ended, status) = (most.clone(), ended.clone(), format!("/proc/{}/status", child.id()));
        move || {
            while !ended.load(Ordering::Relaxed) {
                most.fetch_max(high_water_kb(&status).unwrap_or(0), Ordering::Relaxed);
                std::thread::sleep(LOOK_EVERY);
            }
        }
    });
    let mut stdin = child.stdin.take().unwrap();
    // It may have seen enough before all is sent.
    let sent = send(&mut stdin);
    assert!(sent.is_ok() || sent.is_err_and(|e| e.kind() == io::ErrorKind::BrokenPipe));
    drop(stdin);
    let mut out = String::new();
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    let code = child.wait().unwrap().code().unwrap();
    ended.store(true, Ordering::Relaxed);
    watch.join().unwrap();
    let most = most.load(Ordering::Relaxed);
    assert!((1..=MOST_KB).contains(&most), "{kind}: {most} KB");
    (code, serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {out}")))
}

/// The most that a process has ever had in memory.
fn high_water_kb(status: &str) -> Option<u64> {
    let text = fs::read_to_string(status).ok()?;
    // Before it becomes the program it is `setpriv`, which is small.
    text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().trim_end_matches(" kB").parse().ok()
}

fn repeat(to: &mut impl Write, what: &[u8], bytes: usize) -> io::Result<()> {
    let block = what.repeat((MB / what.len()).max(1));
    (0..bytes.div_ceil(block.len())).try_for_each(|_| to.write_all(&block))
}

/// The lines and words of the warnings.
fn warnings(report: &Value) -> Vec<(Option<u64>, String)> {
    let list = report["warnings"].as_array().unwrap();
    list.iter().map(|w| (w["line"].as_u64(), w["what"].as_str().unwrap().to_owned())).collect()
}

#[test]
fn lists_of_hostile_sizes_end_in_words() {
    let (code, report) = check("lineup", |to| {
        to.write_all(b"#EXTM3U\n#EXTINF:-1,")?;
        repeat(to, b"x", 100 * MB)?;
        to.write_all("\nhttp://a/1\n#EXTINF:-1,甲\nhttp://a/2\n".as_bytes())
    });
    assert_eq!((code, report["channels"].as_array().unwrap().len()), (0, 1));
    let found = warnings(&report);
    assert!(found[0].0 == Some(2) && found[0].1.contains("longer than"), "{found:?}");

    let (code, report) = check("lineup", |to| {
        to.write_all("#EXTM3U\n#EXTINF:-1,甲\nhttp://a/2\n".as_bytes())?;
        (0..10).try_for_each(|_| to.write_all(&b"?? ?\n".repeat(100_000)))
    });
    assert_eq!((code, report["channels"].as_array().unwrap().len()), (0, 1));
    let found = warnings(&report);
    assert!(found.len() <= 1_001 && found.last().unwrap().1 == "and 999000 more warnings", "{:?}", found.last());

    for (page, line, says) in [
        ("<!DOCTYPE html>\n<title>login</title>\n", 1, "HTML"),
        ("\n\n<?xml version=\"1.0\"?><tv/>", 3, "XML"),
        ("{\"error\":\"no such user\"}", 1, "JSON"),
        ("#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\na.ts\n", 2, "HLS"),
    ] {
        let (code, report) = check("lineup", |to| to.write_all(page.as_bytes()));
        let found = warnings(&report);
        assert!(code == 1 && found[0].0 == Some(line) && found[0].1.contains(says), "{found:?}");
    }
}

#[test]
fn guides_of_hostile_sizes_end_in_words() {
    let good = "<programme start=\"20260501\" channel=\"c\"><title>好</title></programme>";
    let (code, report) = check("guide", |to| {
        write!(to, "<tv>\n<programme start=\"20260430\" channel=\"c\"><title>长</title><desc>")?;
        repeat(to, b"x", 100 * MB)?;
        write!(to, "</desc></programme>\n{good}</tv>")
    });
    assert_eq!((code, &report["programmes"]), (0, &2.into()));
    assert_eq!(warnings(&report), [(Some(2), "a text longer than 1 MB; ignored".to_owned())]);

    let (code, report) = check("guide", |to| {
        writeln!(to, "<tv>{good}")?;
        (0..10).try_for_each(|_| to.write_all(&b"<programme start=\"x\" channel=\"c\"/>\n".repeat(100_000)))?;
        write!(to, "</tv>")
    });
    assert_eq!((code, &report["programmes"]), (0, &1.into()));
    assert_eq!(warnings(&report).last().unwrap().1, "and 999000 more warnings");

    let (code, report) = check("guide", |to| {
        let mut packed = flate2::write::GzEncoder::new(to, flate2::Compression::best());
        write!(packed, "<tv>{good}")?;
        repeat(&mut packed, b" ", 200 * MB)?;
        packed.finish().map(drop)
    });
    let found = warnings(&report);
    assert_eq!((code, &report["programmes"]), (0, &1.into()), "what came before is used: {report}");
    assert!(found.iter().any(|(line, what)| line.is_some() && what.contains("expands")), "{found:?}");

    let laughs: String =
        (1..10).map(|n| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10))).collect();
    let (code, report) = check("guide", |to| {
        write!(to, "<?xml version=\"1.0\"?>\n<!DOCTYPE tv [<!ENTITY l0 \"lol\">{laughs}]>\n<tv>{good}")?;
        write!(to, "<programme start=\"20260502\" channel=\"c\"><title>&l9;</title></programme></tv>")
    });
    assert_eq!((code, report["last_title"].as_str()), (0, Some("&l9;")));
    assert_eq!(warnings(&report)[0].0, Some(3));

    for (text, line, says) in [
        ("<html>\n<body>", 1, "not an XMLTV guide"),
        ("[]", 1, "not a DIYP guide"),
        ("hello\n", 2, "not an XMLTV guide"),
    ] {
        let (code, report) = check("guide", |to| to.write_all(text.as_bytes()));
        let found = warnings(&report);
        assert!(code == 1 && found[0].0 == Some(line) && found[0].1.contains(says), "{text}: {found:?}");
    }
    let (code, report) = check("guide", |to| {
        writeln!(to, "<tv>")?;
        repeat(to, b"<a>\n", 8 * MB)
    });
    let found = warnings(&report);
    assert!(code == 1 && found[0].0 == Some(10_001) && found[0].1.contains("inside one another"), "{found:?}");
}
