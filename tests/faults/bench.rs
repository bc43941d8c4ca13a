//! An operator whose answers can be spoilt, and how a test speaks about what came of it.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::{
    fault_proxy::FaultProxy,
    support::{Operator, Rect, Tv, tv::SOON},
};

/// The whole picture without its edges, where a caption may stand.
pub const PICTURE: Rect = [240, 100, 1440, 600];
/// Where the lesson of `Spoilt` has its medium.
pub const LESSON: &str = "/lessons/long/index.m3u8";

/// The demo operator behind a server that goes wrong on command, with one course of one long lesson.
pub struct Spoilt {
    pub proxy: FaultProxy,
    runtime: Runtime,
    _operator: Operator,
}

impl Spoilt {
    pub fn start() -> Self {
        let operator = Operator::start();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let proxy = runtime.block_on(FaultProxy::start());
        proxy.stand_before(SocketAddr::from(([127, 0, 0, 1], operator.port())));
        for entry in fs::read_dir(long_lesson()).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            let kind = if name.ends_with("m3u8") { "application/vnd.apple.mpegurl" } else { "video/mp2t" };
            proxy.put(&format!("/lessons/long/{name}"), kind, fs::read(&path).unwrap());
        }
        let spoilt = Self { proxy, runtime, _operator: operator };
        spoilt.lesson_at(LESSON);
        spoilt
    }

    /// The only lesson has its medium here.
    pub fn lesson_at(&self, medium: &str) {
        self.lesson_with(medium, "/posters/baduanjin.png", "/lessons/baduanjin/prepare/zh.vtt");
    }

    /// The same with a poster and subtitles from elsewhere.
    pub fn lesson_with(&self, medium: &str, poster: &str, subtitles: &str) {
        let lesson = json!({
            "id": "long", "title": "看钟表", "duration_s": LESSON_S, "media": [{ "url": medium }],
            "subtitles": [{ "lang": "zh", "label": "中文", "url": subtitles }],
        });
        let course = json!({
            "id": "clock", "title": "看钟表", "band": "生活", "tier": "入门", "form": "微课", "provider": "school",
            "teacher": "本课老师", "summary": "看一个走着的钟。", "credit": 0.5, "poster": poster, "lessons": [lesson],
        });
        let index = json!({
            "version": 1, "title": "学校", "providers": [{ "id": "school", "name": "学校" }], "shards": ["all.json"],
        });
        let shard = json!({ "courses": [course] });
        self.proxy.put("/catalogue/index.json", "application/json", index.to_string());
        self.proxy.put("/catalogue/all.json", "application/json", shard.to_string());
    }

    pub fn url(&self) -> String {
        self.proxy.url("/")
    }

    pub fn stop(&mut self) {
        self.proxy.stop();
    }

    pub fn start_again(&mut self) {
        let Self { runtime, proxy, .. } = self;
        runtime.block_on(proxy.restart());
    }
}

pub const LESSON_S: u32 = 150;

/// A clock that runs for two and a half minutes, as HLS; made once.
fn long_lesson() -> &'static Path {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    MADE.get_or_init(|| {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("long-lesson");
        if dir.join("index.m3u8").is_file() {
            return dir;
        }
        let making = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap().keep();
        let picture = format!("testsrc2=size=640x360:rate=15:duration={LESSON_S}");
        let sound = format!("sine=frequency=300:duration={LESSON_S}");
        ffmpeg(
            &["-f", "lavfi", "-i", &picture, "-f", "lavfi", "-i", &sound],
            "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 30 -c:a aac -b:a 48k -f hls -hls_time 4 -hls_list_size 0",
            &making.join("index.m3u8"),
        );
        // Another run may have been quicker.
        if fs::rename(&making, &dir).is_err() {
            let _ = fs::remove_dir_all(&making);
        }
        dir
    })
}

pub fn ffmpeg(inputs: &[&str], how: &str, to: &Path) {
    let out = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-y"])
        .args(inputs)
        .args(how.split(' '))
        .arg(to)
        .output()
        .unwrap_or_else(|e| panic!("ffmpeg does not start ({e}); apt-get install ffmpeg"));
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}

pub fn is_playing(state: &Value) -> bool {
    state["player"]["phase"] == "playing" && state["player"]["has_frame"] == true
}

pub fn has_trouble(state: &Value) -> bool {
    state["overlays"].as_array().unwrap().iter().any(|o| o == "trouble")
}

pub fn position(state: &Value) -> u64 {
    state["player"]["position_ms"].as_u64().unwrap()
}

/// From Home into full-screen live with a picture.
pub fn to_live(tv: &mut Tv) {
    tv.until("a picture at home", SOON, is_playing);
    tv.press("Return");
    tv.until("live", SOON, |s| s["screen"] == "live" && is_playing(s));
}

/// From Home through the card and the course into the only lesson.
pub fn to_lesson(tv: &mut Tv) {
    tv.until("the catalogue", SOON, |s| s["courses"] == 1);
    tv.press("Right");
    tv.until("the card", SOON, |s| s["focus"]["id"] == "home.card");
    tv.press("Return");
    let state = tv.until("the course or the lesson", SOON, |s| s["screen"] == "course" || s["screen"] == "player");
    if state["screen"] == "course" {
        ok(tv);
    }
    tv.until("the lesson", SOON, |s| s["screen"] == "player");
}

/// 确认, long enough after an earlier one to count as a press of its own.
pub fn ok(tv: &mut Tv) {
    std::thread::sleep(Duration::from_millis(350));
    tv.press("Return");
}

/// One key after the other at the pace of a hand: what follows sooner may be the same press, bouncing.
pub fn keys(tv: &mut Tv, keys: &str) {
    for key in keys.split_whitespace() {
        tv.press(key);
        std::thread::sleep(Duration::from_millis(350));
    }
}

/// Channel `number` by its digits.
pub fn tune(tv: &mut Tv, number: usize) {
    for digit in number.to_string().chars() {
        tv.press(&digit.to_string());
    }
    ok(tv);
}

/// Playing, nothing lies on the picture, and it moves.
pub fn until_back(tv: &mut Tv, what: &str, bound: Duration) -> Value {
    let state = tv.until(what, bound, |s| is_playing(s) && !has_trouble(s));
    assert!(tv.region_changes(PICTURE, Duration::from_secs(10)), "{what}: the picture stands still");
    state
}

/// Saves the screen once what the state speaks of is drawn, and says where.
pub fn picture(tv: &mut Tv) -> String {
    tv.stays("what is drawn", Duration::from_millis(900), |_| true);
    tv.save_screen().display().to_string()
}

/// Resident memory of the program, in kilobytes.
pub fn resident_kb(tv: &Tv) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", tv.pid())).unwrap();
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// The scorecard's line: `worst` and `p99` in milliseconds.
pub fn report(test: &str, times: &[Duration]) {
    let mut ms: Vec<u128> = times.iter().map(Duration::as_millis).collect();
    ms.sort_unstable();
    let worst = ms.last().copied().unwrap_or(0);
    let p99 = ms.get((ms.len() * 99).div_ceil(100).saturating_sub(1)).copied().unwrap_or(0);
    println!("{}", json!({ "test": test, "n": ms.len(), "pass": ms.len(), "worst": worst, "p99": p99 }));
}

/// Waits out what is left of `time` since `since`, looking on.
pub fn let_pass(tv: &mut Tv, since: Instant, time: Duration) {
    tv.stays("waiting", time.saturating_sub(since.elapsed()), |_| true);
}
