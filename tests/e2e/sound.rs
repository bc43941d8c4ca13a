//! Several sounds of a channel: chosen by the key, kept for the channel, heard again after a start; and beside them
//! subtitles that are sent as pictures.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Instant,
};

use axum::{
    Router,
    extract::{Path as UrlPath, State},
    http::header::CONTENT_TYPE,
    response::IntoResponse,
    routing::get,
};
use serde_json::Value;

use crate::{
    overlay,
    support::{Rect, Tv, TvOptions, screen, serve, sup, tv::SOON},
};

/// Channel 1 has its sounds in playlists of their own, channel 2 inside its stream, channel 3 has one.
const LINEUP: &str = "#EXTM3U\n\
    #EXTINF:-1 tvg-id=\"a\" tvg-chno=\"1\",两种声音\nmaster.m3u8\n\
    #EXTINF:-1 tvg-id=\"b\" tvg-chno=\"2\",两种在里面\ninside.m3u8\n\
    #EXTINF:-1 tvg-id=\"c\" tvg-chno=\"3\",一种声音\nplain.m3u8\n";
const MASTER: &str = "#EXTM3U\n\
    #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"普通话\",LANGUAGE=\"zh\",DEFAULT=YES,URI=\"zh.m3u8\"\n\
    #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"沪语\",LANGUAGE=\"wuu\",URI=\"wuu.m3u8\"\n\
    #EXT-X-STREAM-INF:BANDWIDTH=900000,AUDIO=\"a\"\npicture.m3u8\n";

fn ffmpeg(dir: &Path, how: &str) {
    let picture = "testsrc2=size=320x180:rate=15:duration=120";
    let sounds = ["sine=frequency=300:duration=120", "sine=frequency=900:duration=120"];
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-y"]);
    for input in [picture, sounds[0], sounds[1]] {
        command.args(["-f", "lavfi", "-i", input]);
    }
    let hls =
        "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 30 -c:a aac -b:a 48k -f hls -hls_time 2 -hls_list_size 0";
    let out = command.args(how.split(' ').take_while(|a| !a.ends_with(".m3u8"))).args(hls.split(' '));
    let out = out.arg(how.split(' ').next_back().unwrap()).current_dir(dir).output();
    let out = out.unwrap_or_else(|e| panic!("ffmpeg does not start ({e}); apt-get install ffmpeg"));
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}

/// The picture alone, with subtitles in it that are sent as pictures: in each four seconds they stand for three.
fn with_subtitles(dir: &Path) {
    let stripes = |n: u32| sup::Stripes { from_ms: n * 4_000, to_ms: n * 4_000 + 3_000, rect: [210, 450, 300, 60] };
    fs::write(dir.join("a.sup"), sup::write(&(0..30).map(stripes).collect::<Vec<_>>())).unwrap();
    let how = "-v error -nostdin -y -f lavfi -i testsrc2=size=320x180:rate=15:duration=120 -fix_sub_duration -i a.sup \
               -map 0:v -map 1:s -c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 30 -c:s dvbsub \
               -metadata:s:s:0 language=chi -f segment -segment_format mpegts -segment_time 2 \
               -segment_list picture.m3u8 picture%d.ts";
    let out = Command::new("ffmpeg").args(how.split_ascii_whitespace()).current_dir(dir).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}

pub fn heard(state: &Value, number: u64, sound: &str) -> bool {
    let player = &state["player"];
    player["channel"]["number"] == number && player["has_frame"] == true && player["sound"] == sound
}

#[test]
fn a_channels_sound_is_chosen_by_a_key_and_kept() {
    let place = tempfile::tempdir().unwrap();
    let www = place.path().join("www");
    fs::create_dir(&www).unwrap();
    ffmpeg(&www, "-map 0:v picture.m3u8");
    ffmpeg(&www, "-map 1:a zh.m3u8");
    ffmpeg(&www, "-map 2:a wuu.m3u8");
    ffmpeg(&www, "-map 0:v -map 1:a -map 2:a -metadata:s:a:0 language=chi -metadata:s:a:1 language=wuu inside.m3u8");
    ffmpeg(&www, "-map 0:v -map 1:a plain.m3u8");
    fs::write(www.join("master.m3u8"), MASTER).unwrap();
    fs::write(www.join("lineup.m3u"), LINEUP).unwrap();
    let (_server, url) = serve(&www);

    let mut tv = Tv::start(TvOptions { data: Some(place.path().join("data")), ..TvOptions::operator(url) });
    tv.until("the publisher's sound", SOON, |s| heard(s, 1, "普通话"));
    tv.press_until("l", "full-screen live", |s| s["screen"] == "live");
    let state = tv.press_until("a", "the other sound", |s| heard(s, 1, "沪语"));
    assert_eq!(state["toast"], "声音：沪语");
    tv.until_playing();
    // By the menu, inside the stream.
    tv.press("Prior");
    tv.until("the first sound inside", SOON, |s| heard(s, 2, "普通话"));
    tv.press_until("m", "the menu", |s| overlay(s, "menu"));
    for row in ["这个频道…", "声音：普通话"] {
        while tv.state()["focus"]["label"] != row {
            tv.press("Down");
        }
        tv.press("Return");
    }
    tv.until("the second sound inside", SOON, |s| heard(s, 2, "沪语") && s["focus"]["label"] == "声音：沪语");
    tv.press("Escape");
    tv.press("Prior");
    tv.until("the third channel", SOON, |s| s["player"]["channel"]["number"] == 3 && s["player"]["has_frame"] == true);
    assert!(tv.state()["player"]["sound"].is_null());
    let state = tv.press_until("a", "words", |s| s["toast"].is_string());
    assert_eq!(state["toast"], "这个频道只有一种声音");
    // What was chosen is heard again.
    tv.press("Next");
    tv.until("the chosen one", SOON, |s| heard(s, 2, "沪语"));
    tv.press("Next");
    tv.until("the chosen one", SOON, |s| heard(s, 1, "沪语"));
    tv.close();
    tv.launch();
    tv.until("the chosen one after a start", SOON, |s| heard(s, 1, "沪语"));
    tv.until_playing();
}

/// Above the banner, beside the words.
const PICTURE: Rect = [960, 0, 960, 300];
/// So many segments of two seconds are in the lists at the beginning; then one more every two seconds.
const ON_AIR: usize = 38;

/// What is on air of a recording: its list as far as it has gone out.
async fn on_air(State(air): State<Arc<(PathBuf, Instant)>>, UrlPath(name): UrlPath<String>) -> impl IntoResponse {
    let list = fs::read_to_string(air.0.join(&name)).unwrap_or_default();
    let newest = ON_AIR + usize::try_from(air.1.elapsed().as_secs() / 2).unwrap();
    let mut text = String::new();
    for line in list.lines().filter(|l| *l != "#EXT-X-ENDLIST" && !l.starts_with("#EXT-X-PLAYLIST-TYPE")) {
        if line.starts_with("#EXTINF") && text.matches("#EXTINF").count() == newest {
            break;
        }
        let prefix = if line.starts_with('#') { "" } else { "../" };
        text += &format!("{prefix}{line}\n");
    }
    ([(CONTENT_TYPE, "application/vnd.apple.mpegurl")], text)
}

fn behind(state: &Value) -> u64 {
    state["player"]["behind_ms"].as_u64().unwrap_or(0)
}

/// Where the subtitles stand on a screen of 1920×1080, with air around: the sender's screen has 720×576.
const WORDS: [i64; 4] = [560 - 11, 843 - 11, 800 + 22, 112 + 22];
/// The white line of them; its box at the left of it; the same above the banner.
pub const WHITE: Rect = [740, 850, 440, 30];
pub const BOX: Rect = [551, 880, 6, 20];
const WHITE_ABOVE: Rect = [740, 575, 440, 30];

pub fn is_white(picture: &image::RgbImage, place: Rect) -> bool {
    screen::mean(picture, place).iter().all(|level| *level > 200)
}

pub fn stand(state: &Value) -> bool {
    let rect: Vec<i64> = state["subtitle_picture"].as_array().into_iter().flatten().filter_map(Value::as_i64).collect();
    rect.len() == 4 && rect.iter().zip(WORDS).all(|(is, wanted)| is.abs_diff(wanted) <= 3)
}

#[test]
fn another_sound_behind_the_edge_leaves_the_viewer_there() {
    let dir = tempfile::tempdir().unwrap();
    let www = dir.path();
    with_subtitles(www);
    ffmpeg(www, "-map 1:a zh.m3u8");
    ffmpeg(www, "-map 2:a wuu.m3u8");
    fs::write(www.join("master.m3u8"), MASTER.replace("URI=\"", "URI=\"live/").replace("\npicture", "\nlive/picture"))
        .unwrap();
    fs::write(www.join("lineup.m3u"), "#EXTM3U\n#EXTINF:-1 tvg-id=\"a\" tvg-chno=\"1\",两种声音\nmaster.m3u8\n")
        .unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let app = Router::new()
        .route("/live/{name}", get(on_air))
        .fallback_service(tower_http::services::ServeDir::new(www))
        .with_state(Arc::new((www.to_owned(), Instant::now())));
    runtime.spawn(async move { axum::serve(listener, app).await });

    let mut tv = Tv::start(TvOptions::operator(url));
    tv.until("the publisher's sound", SOON, |s| heard(s, 1, "普通话"));
    tv.press_until("l", "full-screen live", |s| s["screen"] == "live");
    let state = tv.press_until("s", "its subtitles", |s| s["player"]["caption"] == "中文");
    assert_eq!((&state["toast"], &state["subtitle"]), (&"字幕：中文".into(), &"".into()));
    tv.press_until("i", "the banner", |s| overlay(s, "banner"));
    tv.until_seen("the words above the banner", SOON, |p| is_white(p, WHITE_ABOVE));
    tv.press_until("Escape", "no banner", |s| !overlay(s, "banner"));
    tv.until("a window to go back into", SOON, |s| s["player"]["position_ms"].as_u64().is_some_and(|at| at > 60_000));
    for _ in 0..4 {
        tv.press("Left");
    }
    let state = tv.until("being behind", SOON, |s| behind(s) > 35_000 && s["player"]["phase"] == "playing");
    let before = behind(&state);
    let session = state["player"]["session"].clone();
    tv.press("a");
    let state = tv.until("the other sound, playing", SOON, |s| {
        heard(s, 1, "沪语") && s["player"]["session"] != session && s["player"]["phase"] == "playing" && behind(s) > 0
    });
    assert!(behind(&state).abs_diff(before) < 1_500, "{before} ms behind, and then {}", behind(&state));
    assert!(state["words"].as_str().unwrap().contains("已落后"), "{state}");
    assert!(tv.region_changes(PICTURE, SOON), "the picture stands still");
    assert_eq!(state["player"]["caption"], "中文", "the subtitles stay");
    tv.until("the words there", SOON, stand);
    tv.until_seen("the words in their box", SOON, |p| {
        is_white(p, WHITE) && screen::mean(p, BOX).iter().sum::<u32>() < 100
    });
    tv.until("bare between two of them", SOON, |s| s["subtitle_picture"].is_null());
    tv.press_until("l", "the edge", |s| s["player"]["behind_ms"].is_null() && s["words"] == "");
    tv.until_playing();
    // After a start both are as they were left.
    tv.close();
    tv.launch();
    tv.press_until("l", "full-screen live", |s| s["screen"] == "live" && heard(s, 1, "沪语"));
    tv.until("the words after a start", SOON, |s| s["player"]["caption"] == "中文" && stand(s));
    tv.press_until("s", "none", |s| s["player"]["caption"].is_null() && s["subtitle_picture"].is_null());
}
