//! The commands of the real binary: exit codes and the keys of their JSON (docs/cli.md), standard input, pipes that are
//! closed, a machine that lacks something.

use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::support::{self, Screen, Tv, TvOptions, tv::SOON};

const PROGRAM: &str = env!("CARGO_BIN_EXE_jinse-xuetang");
const LINEUP: &str = "#EXTM3U\n#EXTINF:-1 tvg-id=\"news\" group-title=\"新闻\",金色新闻\nhttp://tv.example/1.m3u8\n";
const GUIDE: &str = "<tv><channel id=\"news\"><display-name>金色新闻</display-name></channel>\
    <programme start=\"20260301190000 +0800\" stop=\"20260301193000 +0800\" channel=\"news\"><title>晚间新闻</title>\
    </programme></tv>";
const COURSES: &str = r#"{"courses":[{"id":"c","title":"太极拳","band":"健康","tier":"入门","form":"微课","provider":"p",
    "lessons":[{"id":"l","title":"一","duration_s":40,"media":[{"url":"https://tv.example/l.mp4"}]}]}]}"#;
const CONFIG: &str = "[operator]\nroot = 'https://tv.example/'\n";
/// The plugins of every element that is needed, but for `tsdemux`.
const PLUGINS: [&str; 13] = [
    "coreelements",
    "playback",
    "app",
    "videoconvertscale",
    "audioconvert",
    "audioresample",
    "soup",
    "isomp4",
    "audioparsers",
    "audiofx",
    "videoparsersbad",
    "libav",
    "typefindfunctions",
];

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(args).env("TZ", "Asia/Shanghai").stdin(Stdio::null());
    command
}

fn run(args: &[&str]) -> Output {
    command(args).output().unwrap()
}

/// A program that should end by itself; one that goes on is ended, and that is the failure.
fn ended(command: &mut Command) -> Output {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let since = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if since.elapsed() > SOON {
            let _ = child.kill();
            panic!("{command:?} goes on: {}", said(&child.wait_with_output().unwrap()));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    child.wait_with_output().unwrap()
}

/// With `input` on standard input.
fn fed(args: &[&str], input: &str) -> Output {
    let mut child = command(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn said(out: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr))
}

fn object(out: &Output) -> Value {
    serde_json::from_slice(&out.stdout).unwrap_or_else(|e| panic!("{e}: {}", said(out)))
}

fn assert_keys(value: &Value, expected: &str) {
    let found: BTreeSet<&str> =
        value.as_object().unwrap_or_else(|| panic!("{value}")).keys().map(String::as_str).collect();
    assert_eq!(found, expected.split(' ').collect(), "{value}");
}

#[test]
fn checks_read_standard_input_and_say_what_the_contract_says() {
    let dir = tempfile::tempdir().unwrap();
    let guide = dir.path().join("guide.xml");
    fs::write(&guide, GUIDE).unwrap();
    let guide = guide.to_str().unwrap();

    let at = "2026-03-01T11:10:00Z";
    let out = fed(&["check", "lineup", "-", "--epg", guide, "--at", at, "--format", "json"], LINEUP);
    let report = object(&out);
    assert_eq!(out.status.code(), Some(0));
    assert_keys(&report, "channels guide_urls guides matched warnings");
    let channel = &report["channels"][0];
    assert_keys(channel, "number id name groups logo sources catchup epg now next");
    assert_eq!(channel["epg"], json!({"id": "news", "matched_by": "id"}));
    let now = json!({"title": "晚间新闻", "start": "2026-03-01T11:00:00Z", "end": "2026-03-01T11:30:00Z"});
    assert_eq!((&channel["now"], &channel["sources"][0]["headers"]), (&now, &json!({})));

    let out = fed(&["check", "guide", "-", "--list", "news", "--format", "json"], GUIDE);
    assert_eq!(out.status.code(), Some(0));
    let report = object(&out);
    assert_keys(&report, "channels programmes first_start last_stop first_title last_title warnings list");
    assert_eq!(report["list"], json!([now]));

    let out = fed(&["check", "catalogue", "-", "--format", "json"], COURSES);
    assert_eq!(out.status.code(), Some(0), "{}", said(&out));
    assert_keys(&object(&out), "courses lessons live surveys faults faults_left_out");

    let out = fed(&["check", "search", "--catalogue", "-", "tjq", "--format", "json"], COURSES);
    assert_eq!(out.status.code(), Some(0));
    assert_keys(&object(&out), "results total near");
    assert_keys(&object(&out)["results"][0], "kind id title score matched");

    let out = fed(&["check", "config", "-", "--format", "json"], CONFIG);
    assert_eq!((out.status.code(), object(&out)), (Some(0), json!({"file": "-", "ok": true, "faults": []})));

    let mode = ["--mode", "shift", "--start", "2026-03-01T19:00:00+08:00", "--end", "2026-03-01T19:30:00+08:00"];
    let asked = ["check", "catchup", "--channel-url", "http://tv.example/1.m3u8", "--now", "2026-03-01T20:00:00+08:00"];
    let out = run(&[&asked[..], &mode, &["--format", "json"]].concat());
    let url = "http://tv.example/1.m3u8?utc=1772362800&lutc=1772366400";
    assert_eq!((out.status.code(), object(&out)), (Some(0), json!({"url": url, "headers": {}})));
}

#[test]
fn input_with_errors_ends_with_1_and_wrong_usage_with_2() {
    for (args, input, part) in [
        (&["check", "lineup", "-"][..], "#EXTM3U\n", "no usable channel"),
        (&["check", "guide", "-"], "<tv/>", ""),
        (&["check", "catalogue", "-"], r#"{"courses":[{"id":"c"}]}"#, "error: "),
        (&["check", "config", "-"], "[operator]\nrot = 1\n", "operator.rot"),
        (&["check", "search", "--catalogue", "/no/such", "x"], "", "/no/such"),
        (&["replay", "-"], "{\"at\":3}\n", "standard input, line 1"),
        (&["run", "--config", "-"], "[operator]\nrot = 1\n", "operator.rot"),
        (&["play", "http://127.0.0.1:9/none.m3u8", "--for", "500ms"], "", "no picture"),
    ] {
        let out = fed(args, input);
        assert_eq!(out.status.code(), Some(1), "{args:?}: {}", said(&out));
        assert!(said(&out).contains(part), "{args:?}: {}", said(&out));
    }
    for (args, part) in [
        (&["dance"][..], "unrecognized"),
        (&["check"], "Usage"),
        (&["check", "lineup"], "Usage"),
        (&["check", "guide", "x", "--offset", "noon"], "+08:00"),
        (&["demo"], "--listen"),
        (&["play", "http://x/", "--for", "ten"], "10s"),
        (&["run", "--window", "big"], "1280x720"),
        (&["run", "--operator", "localhost:8080"], "write http://localhost:8080/"),
        (&["run", "--operator", "192.168.1.10"], "write http://192.168.1.10/"),
        (&["run", "--operator", "ftp://tv.example"], "write http://tv.example/"),
        (&["run", "--operator", "file:///srv/tv"], "write an address like http://"),
    ] {
        let out = run(args);
        assert_eq!(out.status.code(), Some(2), "{args:?}: {}", said(&out));
        assert!(said(&out).contains(part), "{args:?}: {}", said(&out));
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_fault() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = dir.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (lineup, guide, config) = (file("a.m3u", LINEUP), file("a.xml", GUIDE), file("a.toml", "rot = 1\n"));
    let (courses, session) = (file("a.json", COURSES), file("a.jsonl", ""));
    let data = dir.path().to_str().unwrap();
    for (args, code) in [
        (&["check", "lineup", &lineup][..], 0),
        (&["check", "lineup", &lineup, "--format", "json"], 0),
        (&["check", "guide", &guide, "--list", "news"], 0),
        (&["check", "guide", &guide, "--format", "json"], 0),
        (&["check", "catalogue", &courses], 0),
        (&["check", "search", "--catalogue", &courses, "tjq"], 0),
        (&["check", "config", &config], 1),
        (&["replay", &session, "--print"], 0),
        (&["lock", "--data", data], 0),
        (&["play", "http://127.0.0.1:9/none.m3u8", "--for", "500ms"], 1),
        (&["doctor", "--bundle", "-"], 0),
        // Nobody reads its complaint either.
        (&["check", "catalogue", "/no/such"], 1),
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut child = command(args);
        child.stdout(writer.try_clone().unwrap()).stderr(Stdio::piped());
        if args.contains(&"/no/such") {
            child.stderr(writer);
        }
        let out = child.output().unwrap();
        let said = said(&out);
        assert_eq!(out.status.code(), Some(code), "{args:?}: {said}");
        assert!(!["panicked", "Broken pipe", "standard output"].iter().any(|w| said.contains(w)), "{args:?}: {said}");
    }
    // But a disk that is full is one.
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let out = command(&["check", "guide", &guide]).stdout(full).output().unwrap();
    assert!(out.status.code() == Some(1) && said(&out).contains("standard output"), "{}", said(&out));
}

/// A machine whose GStreamer has no `tsdemux`.
fn without_tsdemux(dir: &Path, command: &mut Command) {
    let asked = Command::new("pkg-config").args(["--variable=pluginsdir", "gstreamer-1.0"]).output();
    let plugins =
        String::from_utf8(asked.expect("pkg-config runs; packaging/install-deps installs it").stdout).unwrap();
    let kept = dir.join("plugins");
    fs::create_dir_all(&kept).unwrap();
    for name in PLUGINS.map(|name| format!("libgst{name}.so")) {
        let link = kept.join(&name);
        if !link.exists() {
            std::os::unix::fs::symlink(Path::new(plugins.trim()).join(name), link).unwrap();
        }
    }
    command.env("GST_PLUGIN_SYSTEM_PATH_1_0", kept).env_remove("GST_PLUGIN_PATH").env_remove("GST_PLUGIN_PATH_1_0");
    command.env("GST_REGISTRY", dir.join("registry.bin"));
}

#[test]
fn a_machine_that_lacks_something_is_told_by_name_and_ends_with_3() {
    let dir = tempfile::tempdir().unwrap();
    let screen = Screen::start();
    let doctor = |display: Option<&str>| {
        let mut doctor = command(&["doctor", "--format", "json"]);
        without_tsdemux(dir.path(), &mut doctor);
        doctor.env("HOME", dir.path()).env_remove("WAYLAND_DISPLAY").env_remove("DISPLAY");
        let out = doctor.envs(display.map(|d| ("DISPLAY", d))).output().unwrap();
        assert_eq!(out.status.code(), Some(3), "{}", said(&out));
        let report = object(&out);
        assert_keys(&report, "checks");
        let checks = report["checks"].as_array().unwrap().clone();
        checks.iter().for_each(|check| assert_keys(check, "name state what fix"));
        checks.into_iter().filter(|check| check["state"] == "missing").collect::<Vec<_>>()
    };
    let missing = doctor(Some(screen.display()));
    assert_eq!(missing.len(), 1, "{missing:?}");
    assert_eq!(missing[0]["name"], "element tsdemux");
    assert_eq!(missing[0]["fix"], "apt-get install gstreamer1.0-plugins-bad");
    // A machine with a screen of its own may go on to that.
    assert!(doctor(None).iter().any(|check| check["name"] == "display") || fs::exists("/dev/dri").unwrap());

    // The same list decides whether the television starts, and whether anything plays.
    for args in [&["run"][..], &["play", "http://127.0.0.1:9/a.m3u8"]] {
        let mut program = support::command(PROGRAM);
        program.args(args).env("HOME", dir.path()).env_remove("WAYLAND_DISPLAY").env("DISPLAY", screen.display());
        without_tsdemux(dir.path(), &mut program);
        let out = ended(&mut program);
        assert_eq!(out.status.code(), Some(3), "{args:?}: {}", said(&out));
        for part in ["tsdemux", "apt-get install gstreamer1.0-plugins-bad"] {
            assert!(said(&out).contains(part), "{args:?}: {}", said(&out));
        }
        assert!(!said(&out).contains("h264parse"), "{args:?}: {}", said(&out));
    }
}

#[test]
fn the_demo_operator_says_where_it_is_and_ends_when_asked() {
    let mut demo = support::command(PROGRAM).args(["demo", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).spawn();
    let demo = demo.as_mut().unwrap();
    let mut url = String::new();
    BufReader::new(demo.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let out = run(&["check", "lineup", &format!("{}lineup.m3u", url.trim()), "--local-addresses", "--format", "json"]);
    let ended = Command::new("kill").args(["-TERM", &demo.id().to_string()]).status().unwrap();
    assert!(ended.success() && demo.wait().unwrap().success());
    assert_eq!(object(&out)["channels"].as_array().map(Vec::len), Some(6), "{}", said(&out));
}

#[test]
fn a_recorded_session_ends_where_it_ended() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("session.jsonl");
    let mut tv = Tv::start(TvOptions {
        clock: Some("2026-11-24T10:12:00Z".into()),
        args: vec!["--record".into(), file.to_str().unwrap().into()],
        ..TvOptions::default()
    });
    tv.until_playing();
    crate::open_course(&mut tv);
    let ended = tv.press_until("Right", "the focus moves", |s| s["player"]["phase"] == "idle");
    tv.kill9();
    let again = |out: &Output| {
        assert_eq!(out.status.code(), Some(0), "{}", said(out));
        object(out)
    };
    // Where controls were drawn is nothing that messages tell.
    let without_rect = |mut state: Value| {
        state["focus"].as_object_mut().unwrap().remove("rect");
        state
    };
    let replayed = again(&run(&["replay", file.to_str().unwrap()]));
    assert_eq!(without_rect(replayed.clone()), without_rect(ended));
    assert_eq!(again(&fed(&["replay", "-"], &fs::read_to_string(&file).unwrap())), replayed);
    let printed = run(&["replay", file.to_str().unwrap(), "--print"]);
    assert!(said(&printed).contains("Key(Press { key: Right, repeat: false }) → course"), "{}", said(&printed));
}
