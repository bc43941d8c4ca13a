//! The largest catalogue foreseen: 20,000 courses with 200,000 lessons, beside one of twenty courses.

use std::{fmt::Write as _, fs, path::Path, thread};

use serde_json::{Value, json};

use super::WARM_UP;
use crate::{
    Outcome,
    client::{BOUND, Setup, ms},
    process::wait_for,
    streams::Streams,
    table::{Figures, Table, Unit},
};

const LARGE: usize = 20_000;
const SMALL: usize = 20;
const LESSONS: usize = 10;
const IN_A_SHARD: usize = 200;

struct Found {
    from_server_ms: f64,
    from_cache_ms: f64,
    resident_mb: f64,
}

pub fn school(streams: &Streams, folder: &Path, table: &mut Table) {
    let small = measure(streams, folder, SMALL);
    let large = measure(streams, folder, LARGE);
    let part = |of: fn(&Found) -> f64| large.as_ref().map(of).map_err(Clone::clone);
    let size = format!("{LARGE} courses, {} lessons", LARGE * LESSONS);
    let what = format!("process start → {size} there, from the server");
    table.row(&what, "–", Figures::ours(part(|f| f.from_server_ms), Unit::Ms));
    let what = format!("process start → {size} there, from the cache");
    table.row(&what, "–", Figures::ours(part(|f| f.from_cache_ms), Unit::Ms));
    let later = match (&small, &large) {
        (Ok(small), Ok(large)) => Ok(large.from_cache_ms - small.from_cache_ms),
        (Err(why), _) | (_, Err(why)) => Err(why.clone()),
    };
    table.row(&format!("the same beside {SMALL} courses: how much later"), "≤ 300 ms", Figures::ours(later, Unit::Ms));
    let above = match (&small, &large) {
        (Ok(small), Ok(large)) => Ok(large.resident_mb - small.resident_mb),
        (Err(why), _) | (_, Err(why)) => Err(why.clone()),
    };
    table.row(&format!("resident memory above that with {SMALL} courses"), "≤ 60 MB", Figures::ours(above, Unit::Mb));
}

fn measure(streams: &Streams, folder: &Path, courses: usize) -> Outcome<Found> {
    let (at, address) = streams.shelf(&format!("school-{courses}"));
    publish(&at, courses).map_err(|e| e.to_string())?;
    let mut setup = Setup::new(folder, streams.lineup("1-2-3-4"));
    setup.catalogue = Some(format!("{address}/index.json"));
    let there = |s: &Value| s.get("courses").and_then(Value::as_u64) == Some(courses as u64);
    let from_server_ms = {
        let mut client = setup.start()?;
        client.until("the courses", there)?;
        let taken = ms(client.started);
        let cached = || setup.home.join("cache/catalogue/manifest.json").exists().then_some(());
        wait_for("the cached catalogue", BOUND, cached)?;
        taken
    };
    let mut client = setup.start()?;
    client.until("the courses", there)?;
    let from_cache_ms = ms(client.started);
    client.until_playing()?;
    thread::sleep(WARM_UP);
    let resident_mb = client.running.resident_mb()?;
    let _ = fs::remove_dir_all(&at);
    Ok(Found { from_server_ms, from_cache_ms, resident_mb })
}

/// Texts as long as real ones, so that their bytes count as they would.
fn publish(at: &Path, courses: usize) -> std::io::Result<()> {
    const BANDS: [&str; 6] = ["艺术", "文化", "健康", "生活", "智能", "防骗"];
    const TIERS: [&str; 3] = ["入门", "进阶", "提高"];
    fs::create_dir_all(at)?;
    let mut shards = Vec::new();
    for (number, from) in (0..courses).step_by(IN_A_SHARD).enumerate() {
        let list: Vec<Value> = (from..courses.min(from + IN_A_SHARD))
            .map(|c| {
                let mut summary = String::new();
                for part in 0..8 {
                    let _ = write!(summary, "第{part}部分讲怎样一步一步学会第{c}门课里的本领。");
                }
                let lessons: Vec<Value> = (0..LESSONS)
                    .map(|l| {
                        json!({"id": format!("l{l}"), "title": format!("第{l}课　跟着老师学第{c}门课"), "duration_s": 600 + l,
                            "media": [{"url": format!("../lessons/course-{c}/lesson-{l}/master.m3u8")}],
                            "subtitles": [{"lang": "zh", "label": "中文", "url": format!("../lessons/course-{c}/lesson-{l}/zh.vtt")}]})
                    })
                    .collect();
                json!({"id": format!("course-{c}"), "title": format!("第{c}门课：天天学一点"), "provider": format!("p{}", c % 50),
                    "band": BANDS.get(c % 6), "tier": TIERS.get(c % 3), "form": "慕课", "teacher": "本课老师",
                    "summary": summary, "credit": 1, "hours": 2, "learners": c, "ladder": format!("阶梯{}", c / 3),
                    "related": [format!("course-{}", c / 2), format!("course-{}", c / 3)],
                    "poster": format!("../posters/course-{c}.png"), "lessons": lessons})
            })
            .collect();
        let name = format!("courses-{number}.json");
        fs::write(at.join(&name), json!({ "courses": list }).to_string())?;
        shards.push(name);
    }
    let providers: Vec<Value> =
        (0..50).map(|p| json!({"id": format!("p{p}"), "name": format!("第{p}老年大学")})).collect();
    fs::write(at.join("index.json"), json!({"version": 1, "providers": providers, "shards": shards}).to_string())
}
