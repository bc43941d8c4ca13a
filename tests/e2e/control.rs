//! The control socket of the real program, line by line as docs/cli.md has it: what a test bench may rely on.

use std::{
    collections::BTreeSet,
    fs,
    io::Write as _,
    os::unix::{fs::PermissionsExt, net::UnixStream},
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use image::RgbImage;
use serde_json::{Value, json};

use crate::{
    home::WINDOW,
    overlay,
    support::{Line, Tv, TvOptions, screen, serve, tv::SOON},
};

/// A connection of one's own.
fn line_to(tv: &Tv) -> Line {
    Line::new(UnixStream::connect(tv.socket()).unwrap(), SOON)
}

/// Asks for the state until it is so.
fn until(line: &mut Line, what: &str, reached: impl Fn(&Value) -> bool) -> Value {
    let since = Instant::now();
    loop {
        let state = line.ask(r#"{"get":"state"}"#);
        if reached(&state) {
            return state;
        }
        assert!(since.elapsed() < SOON, "not in time: {what}: {state}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap_or_else(|| panic!("an object: {value}")).keys().map(String::as_str).collect()
}

/// The state as docs/cli.md shows it.
fn documented() -> Value {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cli.md")).unwrap();
    let (_, after) = text.split_once("The state:\n\n```json\n").unwrap();
    serde_json::from_str(after.split_once("```").unwrap().0).unwrap()
}

fn is_gold(pixel: image::Rgb<u8>) -> bool {
    let [r, g, b] = pixel.0;
    r > 200 && (150..=235).contains(&g) && b < 170
}

/// Where the brass plate around the middle of `rect` ends on each side, as x, y, width, height.
fn plate(picture: &RgbImage, [x, y, w, h]: [i64; 4]) -> [i64; 4] {
    let at = |x: i64, y: i64| match (u32::try_from(x), u32::try_from(y)) {
        (Ok(x), Ok(y)) if x < picture.width() && y < picture.height() => is_gold(*picture.get_pixel(x, y)),
        _ => false,
    };
    let (cx, cy) = (x + w / 2, y + h / 2);
    let first = |from: i64, to: i64, gold: &dyn Fn(i64) -> bool| (from..to).find(|n| gold(*n)).unwrap_or(i64::MAX);
    let last = |from: i64, to: i64, gold: &dyn Fn(i64) -> bool| (from..to).rfind(|n| gold(*n)).unwrap_or(i64::MIN);
    let across = |n: i64| at(n, cy);
    let down = |n: i64| at(cx, n);
    let (left, right) = (first(x - 12, cx, &across), last(cx, x + w + 12, &across));
    let (top, bottom) = (first(y - 12, cy, &down), last(cy, y + h + 12, &down));
    [left, top, right.saturating_sub(left) + 1, bottom.saturating_sub(top) + 1]
}

fn rect(state: &Value) -> [i64; 4] {
    let rect = state["focus"]["rect"].as_array().unwrap();
    std::array::from_fn(|n| rect[n].as_i64().unwrap())
}

fn assert_framed(tv: &Tv, state: &Value) {
    let wanted = rect(state);
    let seen = plate(&tv.picture(), wanted);
    let near = wanted.iter().zip(seen).all(|(a, b)| a.abs_diff(b) <= 2);
    assert!(near, "{}: the state says {wanted:?}, on the screen it is {seen:?}", state["focus"]);
}

/// The demo operator's files behind a plain web server, the guide in its packed form alone.
fn packed_root(dir: &Path) -> (tokio::runtime::Runtime, String) {
    let root = dir.join("root");
    let export = Command::new(env!("CARGO_BIN_EXE_jinse-xuetang")).arg("demo").arg("--export").arg(&root).output();
    assert!(export.unwrap().status.success());
    let guide = root.join("guide.xml");
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(&fs::read(&guide).unwrap()).unwrap();
    fs::write(root.join("guide.xml.gz"), gz.finish().unwrap()).unwrap();
    fs::remove_file(guide).unwrap();
    serve(&root)
}

#[test]
fn the_whole_contract_on_one_socket() {
    let dir = tempfile::tempdir().unwrap();
    let (_server, url) = packed_root(dir.path());
    let mut tv = Tv::start(TvOptions::operator(url));
    tv.until("the catalogue", SOON, |s| s["courses"] == 17);
    tv.until_playing();
    assert_eq!(fs::metadata(tv.socket()).unwrap().permissions().mode() & 0o777, 0o600);
    let mut line = line_to(&tv);

    mistakes_are_named_and_the_connection_goes_on(&mut line);

    // The keys are those of the page that documents them; more may come, none may go.
    let (state, page) = (line.ask(r#"{"get":"state"}"#), documented());
    assert_eq!(keys(&state), keys(&page));
    for part in ["focus", "player", "learner", "taste", "surveys"] {
        assert_eq!(keys(&state[part]), keys(&page[part]), "{part}");
    }
    assert_eq!(keys(&state["player"]["channel"]), keys(&page["player"]["channel"]));

    // A key and the question after it in one go: what is answered is on the screen.
    line.say(b"{\"key\":\"right\"}\n{\"get\":\"state\"}\n");
    assert_eq!(line.hear(), json!({"ok": true}));
    let card = line.hear();
    assert_eq!((&card["focus"]["id"], &card["focus"]["rect"]), (&"home.card".into(), &page["focus"]["rect"]), "{card}");
    assert_framed(&tv, &card);

    a_subscriber_hears_of_each_move_where_it_is_drawn(&mut tv, &mut line);

    line.ask(r#"{"key":"left"}"#);
    let since = Instant::now();
    assert_eq!(line.ask(r#"{"hold":"down","ms":1600}"#), json!({"ok": true}));
    assert!(since.elapsed() >= Duration::from_millis(1600));
    let state = line.ask(r#"{"get":"state"}"#);
    assert_eq!(state["focus"]["id"], "home.learning", "an arrow that is held runs on");
    assert_framed(&tv, &state);

    // The guide of a root that has it packed only.
    line.ask(r#"{"key":"guide"}"#);
    until(&mut line, "what is on", |s| s["screen"] == "guide" && s["guide"]["programme"]["tag"] == "直播中");

    digits(&mut tv, &mut line);
    screenshots(&mut tv, &mut line, dir.path());
}

fn mistakes_are_named_and_the_connection_goes_on(line: &mut Line) {
    for (bad, part) in [
        (&b"ok\n"[..], "not JSON"),
        (b"{}\n", "an empty request"),
        (b"{\"kez\":\"ok\"}\n", "did you mean \"key\"?"),
        (b"{\"key\":\"okay\"}\n", "did you mean \"ok\"?"),
        (b"{\"key\":\"digit\",\"value\":12}\n", "0 to 9, not 12"),
        (b"{\"hold\":\"right\"}\n", "needs \"ms\""),
        (b"{\"get\":\"weather\"}\n", "knows \"state\" alone"),
        (b"{\"subscribe\":1}\n", "true or false"),
        (b"{\"screenshot\":\"\"}\n", "path of a PNG"),
        (b"{\"screenshot\":\"/no/such/folder/a.png\"}\n", "/no/such/folder/a.png"),
        (b"{\"key\":\"\xff\"}\n", "not UTF-8"),
    ] {
        line.say(bad);
        let answer = line.hear();
        assert_eq!(keys(&answer), BTreeSet::from(["error"]), "{answer}");
        assert!(answer["error"].as_str().unwrap().contains(part), "{}: {answer}", String::from_utf8_lossy(bad));
    }
    line.say(&[b'x'; 100_000]);
    line.say(b"\n");
    assert!(line.hear()["error"].as_str().unwrap().contains("longer than"));
    assert_eq!(line.ask(r#"{"get":"state"}"#)["focus"]["id"], "home.window", "nothing of it did anything");
}

fn a_subscriber_hears_of_each_move_where_it_is_drawn(tv: &mut Tv, line: &mut Line) {
    let mut listening = line_to(tv);
    assert_eq!(listening.ask(r#"{"subscribe":true}"#)["focus"]["id"], "home.card", "the present state comes first");
    for focus in ["home.classes", "home.health"] {
        tv.press(if focus == "home.classes" { "Down" } else { "Right" });
        let heard = loop {
            let state = listening.hear();
            if state["focus"]["id"] == focus {
                break state;
            }
        };
        assert_framed(tv, &heard);
        let told = until(line, "the same", |s| s["focus"]["id"] == focus);
        assert_eq!(told["focus"], heard["focus"], "the first word of it is the last");
    }
    listening.say(b"{\"subscribe\":false}\n");
    // What was on its way comes before the answer.
    while listening.hear() != json!({"ok": true}) {}
}

fn digits(tv: &mut Tv, line: &mut Line) {
    line.ask(r#"{"key":"live"}"#);
    until(line, "live", |s| s["screen"] == "live");
    assert_eq!(line.ask(r#"{"key":"digit","value":3}"#), json!({"ok": true}));
    let typed = line.ask(r#"{"get":"state"}"#);
    assert!(overlay(&typed, "number"), "{typed}");
    let three = &typed["number"]["channel"];
    assert_eq!((&typed["number"]["typed"], &three["number"]), (&"3".into(), &3.into()), "{typed}");
    assert_eq!(typed["focus"]["label"], format!("3 {}", three["name"].as_str().unwrap()));
    assert_eq!(typed["focus"]["rect"], json!([0, 0, 1920, 1080]));
    line.ask(r#"{"key":"digit-6"}"#);
    assert_eq!(line.ask(r#"{"clock":{"advance_ms":3000}}"#), json!({"ok": true}));
    let none = until(line, "no such channel", |s| overlay(s, "no-number"));
    assert_eq!(
        (&none["number"]["typed"], &none["number"]["words"][0]),
        (&"36".into(), &"没有 36 频道".into()),
        "{none}"
    );
    assert_framed(tv, &none);
    line.ask(r#"{"key":"back"}"#);
    assert_eq!(line.ask(r#"{"get":"state"}"#)["number"], Value::Null);
}

/// Pictures beside the interface (a plane of the X server) are in a screenshot as they are on the screen.
fn screenshots(tv: &mut Tv, line: &mut Line, dir: &Path) {
    let path = dir.join("screen.png");
    // Until a screenshot and the screen itself agree: frames are lost on a busy machine, and the picture moves.
    let agree = |tv: &mut Tv, line: &mut Line, what: &str, holds: &dyn Fn(&RgbImage, &RgbImage) -> bool| {
        let since = Instant::now();
        loop {
            assert_eq!(line.ask(&json!({"screenshot": path}).to_string()), json!({"ok": true}));
            let (kept, seen) = (image::open(&path).unwrap().to_rgb8(), tv.picture());
            if holds(&kept, &seen) {
                return;
            }
            if since.elapsed() > SOON {
                kept.save(tv.save_screen().with_extension("shot.png")).unwrap();
                tv.fail(&format!("the screenshot is not the screen: {what}"));
            }
        }
    };
    assert!(tv.log().contains("plane of the X server"), "this test is about the plane");
    // A picture that stands still: the same everywhere, with what lies over it.
    crate::open_lesson(tv);
    line.ask(r#"{"key":"play-pause"}"#);
    until(line, "a pause", |s| s["player"]["phase"] == "paused" && overlay(s, "player-bar"));
    agree(tv, line, "a pause", &|kept, seen| {
        let bright = screen::mean(kept, [400, 200, 1100, 400]).iter().sum::<u32>() > 60;
        bright && screen::difference_percent(kept, seen) == 0
    });
    // One that moves in Home's window: near to what is seen about then.
    line.ask(r#"{"key":"home"}"#);
    tv.until_playing();
    agree(tv, line, "Home", &|kept, seen| {
        let (kept, seen) = (screen::mean(kept, WINDOW), screen::mean(seen, WINDOW));
        kept.iter().sum::<u32>() > 90 && kept.iter().zip(seen).all(|(a, b)| a.abs_diff(b) < 20)
    });
}
