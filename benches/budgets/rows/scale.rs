//! The sizes of the largest operators: a gigabyte of guide while keys are pressed, and a lineup of 212,000 channels.

use std::{
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use jinse_xuetang::{
    guide::{
        db::{EpgKey, GuideDb},
        lineup::{Channel, ChannelId, ChannelNumber, Lineup},
    },
    time::UtcMs,
};
use serde_json::Value;

use super::{
    WARM_UP,
    keys::{ROWS, moves},
    keysym::{DOWN, ENTER, LEFT},
};
use crate::{
    Outcome,
    client::{BOUND, Client, Setup, ms},
    guide_source::{GIGABYTE, LENGTH_S},
    process::wait_for,
    screen::Rect,
    streams::{HUGE, MANY, Streams},
    table::{Figures, Samples, Table, Unit},
};

const DAY_S: i64 = 86_400;
/// Rows of a channel list that are in sight, with room.
const IN_SIGHT: usize = 10;

struct Imported {
    seconds: f64,
    above_mb: f64,
    keys: Samples,
    resident_mb: f64,
}

/// A gigabyte of XMLTV over HTTP into the running client, with the channel list open and a picture behind it.
pub fn guide(streams: &Streams, folder: &Path, table: &mut Table) {
    let first_s = jiff::Timestamp::now().as_second().div_euclid(DAY_S) * DAY_S - DAY_S;
    let file = streams.guide_file();
    let mut setup = Setup::new(folder, streams.lineup("many"));
    setup.guide = Some(streams.held_guide());
    let written = GIGABYTE.write(&file, first_s).map_err(|e| e.to_string());
    let found = written.clone().and_then(|()| import(streams, &setup));
    let theirs = written.and_then(|()| iterparse(&file));
    let _ = std::fs::remove_file(&file);
    let part = |of: fn(&Imported) -> f64| found.as_ref().map(of).map_err(Clone::clone);
    let size = format!("{} programmes of {MANY} channels, 1 GB", GIGABYTE.channels * GIGABYTE.programmes);
    let note = match &theirs {
        Ok(s) => format!("; python's iterparse, which only counts: {s:.0} s"),
        Err(why) => format!("; python's iterparse: not measured: {why}"),
    };
    let seconds = Figures::ours(part(|i| i.seconds), Unit::Seconds);
    table.row(&format!("XMLTV import, {size}, keys pressed meanwhile{note}"), "≤ 45 s", seconds);
    let above = Figures::ours(part(|i| i.above_mb), Unit::Mb);
    table.row("memory above idle at the import's highest", "≤ 64 MB", above);
    let keys = found.as_ref().map(|i| i.keys.clone()).map_err(Clone::clone);
    let what = format!("key → focus, list of {MANY} channels, all while that import runs");
    table.row(&what, "p95 ≤ 33 ms", Figures::slowest(keys, Unit::Ms));
    let what = format!("resident memory after it, {MANY} channels × 7 days, 720p playing");
    table.row(&what, "≤ 220 MB", Figures::ours(part(|i| i.resident_mb), Unit::Mb));
    let asked = found.and_then(|_| ask(&setup.home.join("cache/guide.db"), first_s));
    let (now, day) = match asked {
        Ok((now, day)) => (Samples::new(now), Samples::new(day)),
        Err(why) => (Err(why.clone()), Err(why)),
    };
    table.row("now and next of ten channels anywhere in it", "≤ 2 ms", Figures::slowest(now, Unit::Fine));
    table.row("a channel's day", "≤ 20 ms", Figures::slowest(day, Unit::Fine));
}

fn import(streams: &Streams, setup: &Setup) -> Outcome<Imported> {
    let mut client = setup.start()?;
    client.watch()?;
    client.until("the channels", |s| s.get("channels").and_then(Value::as_u64) == Some(MANY as u64))?;
    open_list(&mut client)?;
    thread::sleep(WARM_UP);
    let idle = client.running.resident_mb()?;
    client.running.forget_peak()?;
    let began = Instant::now();
    streams.let_guide_flow();
    let keys = moves(&client, ROWS)?;
    let database = rusqlite::Connection::open(setup.home.join("cache/guide.db")).map_err(|e| e.to_string())?;
    let shown = || database.query_row("SELECT programmes FROM source", [], |row| row.get::<_, i64>(0)).ok();
    if shown().is_some() {
        return Err("the import was over before the last key".into());
    }
    let programmes = wait_for("the end of the import", BOUND * 30, || {
        thread::sleep(Duration::from_millis(20));
        shown()
    })?;
    let seconds = began.elapsed().as_secs_f64();
    if programmes != (GIGABYTE.channels * GIGABYTE.programmes) as i64 {
        return Err(format!("{programmes} programmes were imported"));
    }
    thread::sleep(WARM_UP);
    let above_mb = client.running.peak_mb()? - idle;
    Ok(Imported { seconds, above_mb, keys, resident_mb: client.running.resident_mb()? })
}

fn open_list(client: &mut Client) -> Outcome<()> {
    client.screen.press(ENTER)?;
    client.until("the list", |s| s.pointer("/overlays/0").is_some_and(|o| o == "channels"))
}

/// The usual way to read a large XML file with a little program, doing nothing with what it reads.
fn iterparse(file: &Path) -> Outcome<f64> {
    const COUNT: &str = "import sys, xml.etree.ElementTree as E
n = 0
for _, e in E.iterparse(sys.argv[1]):
    if e.tag == 'programme':
        n += 1
        e.clear()
print(n)";
    let began = Instant::now();
    let out = Command::new("python3").arg("-c").arg(COUNT).arg(file).output().map_err(|e| format!("python3: {e}"))?;
    if out.status.success() { Ok(began.elapsed().as_secs_f64()) } else { Err("python3 failed".into()) }
}

fn channel(number: usize) -> Channel {
    Channel {
        id: ChannelId(format!("c{number}")),
        number: ChannelNumber(number as u32),
        name: String::new(),
        groups: Vec::new(),
        logo: None,
        sources: Vec::new(),
        catchup: None,
        epg_id: Some(format!("c{number}")),
        epg_name: None,
        radio: false,
    }
}

/// Questions to the database that the client has left, as the client's own thread asks them.
fn ask(path: &Path, first_s: i64) -> Outcome<(Vec<f64>, Vec<f64>)> {
    let db = GuideDb::open(path).map_err(|e| e.to_string())?;
    let lineup = Lineup { channels: (0..GIGABYTE.channels).map(channel).collect(), guides: Vec::new() };
    let found = db.match_lineup(&lineup).map_err(|e| e.to_string())?;
    let keys: Vec<EpgKey> = lineup.channels.iter().filter_map(|c| Some(found.get(&c.id)?.first()?.key)).collect();
    if keys.len() != GIGABYTE.channels {
        return Err(format!("{} channels have a guide", keys.len()));
    }
    let at = UtcMs((first_s + 100 * LENGTH_S) * 1000 + 1);
    let (mut now, mut day) = (Vec::new(), Vec::new());
    for turn in 0..200_usize {
        // Far apart, so that no page is there from the question before.
        let ten: Vec<EpgKey> =
            (0..IN_SIGHT).filter_map(|row| keys.get((turn * 4_999 + row) % keys.len()).copied()).collect();
        let began = Instant::now();
        let found = db.now_next(&ten, at).map_err(|e| e.to_string())?;
        now.push(ms(began));
        if found.len() != IN_SIGHT || found.iter().any(|n| n.now.is_none() || n.next.is_none()) {
            return Err("a channel without now and next".into());
        }
        let key = keys.get((turn * 7_919 + 17) % keys.len()).ok_or("no channel")?;
        let began = Instant::now();
        let found = db.day(key, at, at.plus(DAY_S * 1000)).map_err(|e| e.to_string())?;
        day.push(ms(began));
        if found.len() < 28 {
            return Err("a day that is not full".into());
        }
    }
    Ok((now, day))
}

/// The digits in the box of a number that is typed. The bar of the wait, which moves by itself, lies below.
const NUMBER: Rect = ((1160, 1780), (150, 290));
/// Numbers and names of the rows: the focus stands in the middle and they move.
const NAMES: Rect = ((440, 900), (150, 940));
const PRESSES: usize = 120;
/// Full key repeat.
const BEAT: Duration = Duration::from_millis(33);

/// Of 找课程: what was typed, and what is found.
const TYPED: Rect = ((116, 730), (160, 260));
const RESULTS: Rect = ((800, 1800), (160, 930));

struct Huge {
    from_cache_ms: f64,
    resident_mb: f64,
    digits: Samples,
    typed: Samples,
    results: Samples,
    scrolled: Samples,
}

pub fn huge(streams: &Streams, folder: &Path, table: &mut Table) {
    let setup = Setup::new(folder, streams.lineup("huge"));
    let loaded = |client: &mut Client| -> Outcome<f64> {
        client.until("the channels", |s| s.get("channels").and_then(Value::as_u64) == Some(HUGE as u64))?;
        Ok(ms(client.started))
    };
    let first = setup.start().and_then(|mut client| {
        let taken = loaded(&mut client)?;
        // Until it is in the cache for the next start.
        let cached = || setup.home.join("cache/lineup.json").exists().then_some(());
        wait_for("the cached lineup", BOUND, cached)?;
        Ok(taken)
    });
    let what = format!("process start → {HUGE} channels there, from the server");
    table.row(&what, "≤ 1500 ms", Figures::ours(first, Unit::Ms));
    let measure = || -> Outcome<Huge> {
        let mut client = setup.start()?;
        let from_cache_ms = loaded(&mut client)?;
        client.watch()?;
        thread::sleep(WARM_UP);
        let resident_mb = client.running.resident_mb()?;
        let digits = digits(&mut client)?;
        let (typed, results) = search(&mut client)?;
        client.key("live")?;
        client.until_screen("live")?;
        open_list(&mut client)?;
        // The last of the groups has every channel; the ends of the column do not meet.
        client.screen.press(LEFT)?;
        for _ in 0..110 {
            client.key("down")?;
        }
        client.key("right")?;
        Ok(Huge { from_cache_ms, resident_mb, digits, typed, results, scrolled: scroll(&client)? })
    };
    let found = measure();
    let part = |of: fn(&Huge) -> f64| found.as_ref().map(of).map_err(Clone::clone);
    let what = format!("process start → {HUGE} channels there, from the cache");
    table.row(&what, "≤ 1500 ms", Figures::ours(part(|f| f.from_cache_ms), Unit::Ms));
    let resident = Figures::ours(part(|f| f.resident_mb), Unit::Mb);
    table.row(&format!("resident memory, {HUGE} channels, 720p playing"), "–", resident);
    let mut keys = |what: &str, budget: &str, of: fn(&Huge) -> &Samples| {
        let samples = found.as_ref().map(|f| of(f).clone()).map_err(Clone::clone);
        table.row(what, budget, Figures::slowest(samples, Unit::Ms));
    };
    keys(&format!("digit → its box on the screen, {HUGE} channels"), "p95 ≤ 16 ms", |f| &f.digits);
    keys(&format!("digit in 找课程 → typed on the screen, {HUGE} channels"), "p95 ≤ 16 ms", |f| &f.typed);
    keys("digit in 找课程 → what is found among them on the screen", "–", |f| &f.results);
    let what = format!("key → list on the screen, a key each 33 ms through {HUGE} channels");
    keys(&what, "p95 ≤ 33 ms", |f| &f.scrolled);
}

/// The initials of what every channel is called, one digit and then the other, from an empty box each time.
fn search(client: &mut Client) -> Outcome<(Samples, Samples)> {
    client.key("search")?;
    client.until_screen("search")?;
    let (mut typed, mut results) = (Vec::new(), Vec::new());
    for _ in 0..15 {
        for digit in ['2', '7'] {
            let screen = &client.screen;
            let before = (screen.settle(TYPED.0, TYPED.1)?, screen.settle(RESULTS.0, RESULTS.1)?);
            let pressed = Instant::now();
            screen.press(digit as u32)?;
            let mut seen = None;
            let found = wait_for("what is found", BOUND, || {
                if seen.is_none() && screen.sample(TYPED.0, TYPED.1) != before.0 {
                    seen = Some(ms(pressed));
                }
                (screen.sample(RESULTS.0, RESULTS.1) != before.1).then(|| ms(pressed))
            })?;
            results.push(found);
            typed.push(seen.unwrap_or(found));
        }
        for _ in 0..2 {
            client.key("back")?;
        }
    }
    Ok((Samples::new(typed)?, Samples::new(results)?))
}

/// Digits of numbers that exist, the box taken away again each time. No digit twice in a row: so soon after itself it
/// would be taken for a contact that bounces.
fn digits(client: &mut Client) -> Outcome<Samples> {
    let mut taken = Vec::new();
    for number in ["12345", "20983", "197", "84069"] {
        client.key("info")?;
        client.key("back")?;
        for digit in number.chars() {
            let screen = &client.screen;
            let before = screen.settle(NUMBER.0, NUMBER.1)?;
            let pressed = Instant::now();
            screen.press(digit as u32)?;
            let seen = || (screen.sample(NUMBER.0, NUMBER.1) != before).then(|| ms(pressed));
            taken.push(wait_for("the box", BOUND, seen)?);
        }
        client.key("back")?;
    }
    Samples::new(taken)
}

fn scroll(client: &Client) -> Outcome<Samples> {
    let screen = &client.screen;
    screen.settle(NAMES.0, NAMES.1)?;
    let mut taken = Vec::new();
    for _ in 0..PRESSES {
        let before = screen.sample(NAMES.0, NAMES.1);
        let pressed = Instant::now();
        screen.press(DOWN)?;
        let seen = || (screen.sample(NAMES.0, NAMES.1) != before).then(|| ms(pressed));
        taken.push(wait_for("the next row", BOUND, seen)?);
        thread::sleep(BEAT.saturating_sub(pressed.elapsed()));
    }
    Samples::new(taken)
}
