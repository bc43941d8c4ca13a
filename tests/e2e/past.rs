//! Time-shift where the stream itself keeps nothing: a transport stream that only runs on, and the operator's catch-up.

use std::{
    convert::Infallible,
    fs,
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Query, State},
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
    routing::get,
};
use futures_util::stream;
use serde_json::Value;
use tower_http::services::ServeDir;

use crate::support::{Rect, Tv, TvOptions, tv::SOON};

/// Above the banner, beside the words.
pub(crate) const PICTURE: Rect = [960, 0, 960, 300];
const SEGMENT_S: i64 = 2;
/// Of the stream, in seconds: more than the test lasts.
const LENGTH_S: usize = 300;
/// So much of it comes at once, as from a server that keeps a little.
const BURST_S: usize = 3;

fn ffmpeg(dir: &Path, args: &str) {
    let out =
        Command::new("ffmpeg").args("-v error -nostdin -y".split(' ')).args(args.split(' ')).current_dir(dir).output();
    let out = out.unwrap_or_else(|e| panic!("ffmpeg does not start ({e}); apt-get install ffmpeg"));
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}

/// The first recording that is asked for is as long as this, in segments: a server gives less than was asked.
const SHORT: i64 = 3;

#[derive(Clone)]
struct Operator {
    medium: Bytes,
    gave_short: Arc<AtomicBool>,
}

/// A stream as it goes out, at the speed of its time.
async fn on_air(State(Operator { medium, .. }): State<Operator>) -> Response {
    let part = medium.len() / LENGTH_S;
    let parts = stream::unfold((medium, 0), move |(mut rest, n)| async move {
        if n >= BURST_S {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        let now = rest.split_to(part.min(rest.len()));
        (!now.is_empty()).then_some((Ok::<_, Infallible>(now), (rest, n + 1)))
    });
    ([(CONTENT_TYPE, "video/mp2t")], Body::from_stream(parts)).into_response()
}

#[derive(serde::Deserialize)]
struct Span {
    from: i64,
    to: i64,
}

/// What was on the air, whatever it was: as long as what is asked for, but for the first.
async fn recorded(State(operator): State<Operator>, Query(span): Query<Span>) -> Response {
    let head = format!("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:{SEGMENT_S}\n#EXT-X-PLAYLIST-TYPE:VOD\n");
    let whole = (span.to - span.from) / SEGMENT_S;
    let count = if operator.gave_short.swap(true, Ordering::SeqCst) { whole } else { SHORT.min(whole) };
    let segments: String = (0..count).map(|n| format!("#EXTINF:{SEGMENT_S},\ns{n}.ts\n")).collect();
    let text = format!("{head}{segments}#EXT-X-ENDLIST\n");
    ([(CONTENT_TYPE, "application/vnd.apple.mpegurl")], text).into_response()
}

/// With the lineup that is made for its address.
pub(crate) fn operator(dir: &Path, lineup: impl Fn(&str) -> String) -> (tokio::runtime::Runtime, String) {
    let picture = format!("testsrc2=size=320x180:rate=10:duration={LENGTH_S}");
    ffmpeg(dir, &format!("-f lavfi -i {picture} -c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 20 live.ts"));
    ffmpeg(dir, "-i live.ts -c copy -f hls -hls_time 2 -hls_list_size 0 -hls_segment_filename s%d.ts all.m3u8");
    let medium = Bytes::from(fs::read(dir.join("live.ts")).unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    fs::write(dir.join("lineup.m3u"), lineup(&url)).unwrap();
    let app = Router::new()
        .route("/air", get(on_air))
        .route("/past.m3u8", get(recorded))
        .fallback_service(ServeDir::new(dir))
        .with_state(Operator { medium, gave_short: Arc::default() });
    runtime.spawn(async move { axum::serve(listener, app).await });
    (runtime, url)
}

/// What the lineup says of a channel whose operator keeps a day.
pub(crate) fn keeps_a_day(url: &str) -> String {
    format!("catchup=\"default\" catchup-days=\"1\" catchup-source=\"{url}past.m3u8?from={{utc}}&to={{utcend}}\"")
}

/// The seconds since 1970 from which catch-up was asked for.
pub(crate) fn asked_from(state: &Value) -> Option<i64> {
    state["player"]["url"].as_str()?.split_once("from=")?.1.split('&').next()?.parse().ok()
}

pub(crate) fn clock_s(state: &Value) -> i64 {
    state["clock"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_second()
}

/// A picture of catch-up that began about so many seconds ago.
pub(crate) fn until_past(tv: &mut Tv, ago: i64) -> Value {
    let state = tv.until(&format!("a picture of {ago} s ago"), SOON, |s| {
        asked_from(s).is_some_and(|from| (clock_s(s) - from - ago).abs() < 15)
            && s["player"]["has_frame"] == true
            && s["player"]["phase"] == "playing"
    });
    assert!(tv.region_changes(PICTURE, SOON), "what was on {ago} s ago stands still");
    state
}

fn until_edge(tv: &mut Tv, key: &str) {
    tv.press_until(key, "the edge", |s| {
        asked_from(s).is_none()
            && s["player"]["behind_ms"].is_null()
            && s["player"]["has_frame"] == true
            && s["words"] == ""
    });
}

#[test]
fn what_a_stream_does_not_keep_the_operator_has() {
    let dir = tempfile::tempdir().unwrap();
    let (_operator, url) = operator(dir.path(), |url| {
        format!(
            "#EXTM3U\n#EXTINF:-1 tvg-id=\"a\" tvg-chno=\"1\" {},能回看\n{url}air\n\
             #EXTINF:-1 tvg-id=\"b\" tvg-chno=\"2\",不能回看\n{url}air?2\n",
            keeps_a_day(url)
        )
    });
    let mut tv = Tv::start(TvOptions::operator(url));
    tv.until_playing();
    tv.press_until("l", "full-screen live", |s| s["screen"] == "live");

    // Back by steps, and by a key held down; forward as far as the edge.
    tv.press("Left");
    let state = until_past(&mut tv, 30);
    assert_eq!(state["words"], "已落后不到1分钟，按【看电视】回到直播");
    // A piece that is over is followed by the next.
    let first = asked_from(&state).unwrap();
    tv.until("the piece after it", SOON, |s| {
        asked_from(s) == Some(first + SHORT * SEGMENT_S) && s["player"]["has_frame"] == true
    });
    tv.hold("Left", 1_500);
    let state = tv.until("minutes ago", SOON, |s| s["player"]["behind_ms"].as_u64().is_some_and(|b| b > 100_000));
    assert!(state["words"].as_str().unwrap().starts_with("已落后"), "{state}");
    let ago = i64::try_from(state["player"]["behind_ms"].as_u64().unwrap() / 1_000).unwrap();
    until_past(&mut tv, ago);
    until_edge(&mut tv, "l");

    // A short pause goes on in the stream itself.
    let session = tv.state()["player"]["session"].clone();
    tv.press_until("space", "a pause", |s| s["player"]["phase"] == "paused");
    tv.press_until("Return", "playing on", |s| s["player"]["phase"] == "playing");
    assert_eq!(tv.state()["player"]["session"], session);

    // A pause as long as a telephone call: the picture stands, and goes on from there.
    let state = tv.press_until("space", "a pause", |s| s["player"]["intent"] == "pause");
    let paused = clock_s(&state);
    tv.advance_clock(190_000);
    let state = tv.until("the words", SOON, |s| s["words"] == "停住了，已落后3分钟，按【确认】接着看");
    assert_eq!((&state["player"]["phase"], &state["overlays"].as_array().unwrap().len()), (&"paused".into(), &0));
    assert!(!tv.region_changes(PICTURE, Duration::from_secs(2)), "the paused picture moves");
    tv.press("Return");
    let state = until_past(&mut tv, 190);
    assert!((asked_from(&state).unwrap() - paused).abs() <= 1, "it goes on where it stood: {state}");
    assert_eq!(state["words"], "已落后3分钟，按【看电视】回到直播");
    until_edge(&mut tv, "l");

    // Where the operator keeps nothing either, it is said.
    tv.press("Prior");
    tv.until("the other channel", SOON, |s| s["player"]["channel"]["number"] == 2 && s["player"]["has_frame"] == true);
    let state = tv.press_until("Left", "words", |s| s["toast"].is_string());
    assert_eq!(state["toast"], "这个频道不能往回看");
}
