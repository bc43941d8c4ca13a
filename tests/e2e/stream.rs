//! A channel as udpxy and its like send it, one transport stream without an end over HTTP: its sounds and its subtitles are
//! there as those of a group are, and what goes wrong with it is said and got over.

use std::{fs, path::Path, process::Command, time::Duration};

use serde_json::Value;

use crate::{
    fault_proxy::Fault,
    provider::Provider,
    sound::{BOX, WHITE, heard, is_white, stand},
    support::{Rect, Tv, TvOptions, screen, sup, tv::SOON},
};

const STREAM: &str = "/udp/239.0.0.1:5000";
const LINEUP: &str = "#EXTM3U\n\
    #EXTINF:-1 tvg-id=\"a\" tvg-chno=\"1\",组播转来的\nudp/239.0.0.1:5000\n\
    #EXTINF:-1 tvg-id=\"b\" tvg-chno=\"2\",别的\nlive/jk2/index.m3u8\n";
/// Padded to so many bytes a second, so that each second of it takes a second.
const BYTES_PER_S: u64 = 125_000;
/// Above the subtitles and the banner.
const PICTURE: Rect = [200, 100, 1500, 400];

/// A minute of picture with two sounds, and subtitles that are sent as pictures: in each four seconds they stand for three.
fn film() -> Vec<u8> {
    let place = tempfile::tempdir().unwrap();
    let stripes = |n: u32| sup::Stripes { from_ms: n * 4_000, to_ms: n * 4_000 + 3_000, rect: [210, 450, 300, 60] };
    fs::write(place.path().join("a.sup"), sup::write(&(0..15).map(stripes).collect::<Vec<_>>())).unwrap();
    let how = "-v error -nostdin -y -f lavfi -i testsrc2=size=320x180:rate=15:duration=60 \
               -f lavfi -i sine=frequency=300:duration=60 -f lavfi -i sine=frequency=900:duration=60 \
               -fix_sub_duration -i a.sup -map 0:v -map 1:a -map 2:a -map 3:s \
               -c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 15 -b:v 500k -maxrate 500k -bufsize 100k \
               -c:a aac -b:a 48k -c:s dvbsub -metadata:s:a:0 language=chi -metadata:s:a:1 language=wuu \
               -metadata:s:s:0 language=chi -muxrate 1000k -f mpegts film.ts";
    let out = Command::new("ffmpeg").args(how.split_ascii_whitespace()).current_dir(place.path()).output();
    let out = out.unwrap_or_else(|e| panic!("ffmpeg does not start ({e}); apt-get install ffmpeg"));
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    fs::read::<&Path>(&place.path().join("film.ts")).unwrap()
}

fn plays(state: &Value, number: u64) -> bool {
    let player = &state["player"];
    player["channel"]["number"] == number && player["has_frame"] == true && player["phase"] == "playing"
}

#[test]
fn an_endless_stream_over_http_has_its_sounds_and_subtitles_and_gets_over_trouble() {
    let provider = Provider::start(LINEUP);
    let proxy = &provider.proxy;
    proxy.put(STREAM, "video/mp2t", film());
    proxy.fault(STREAM, usize::MAX, Fault::Flow(BYTES_PER_S));
    let mut tv = Tv::start(TvOptions::operator(provider.url()));
    tv.until("the first sound", SOON, |s| heard(s, 1, "普通话"));
    tv.press_until("l", "full-screen live", |s| s["screen"] == "live");
    let state = tv.press_until("a", "the other sound", |s| heard(s, 1, "沪语"));
    assert_eq!(state["toast"], "声音：沪语");
    tv.until_playing();
    let state = tv.press_until("s", "its subtitles", |s| s["player"]["caption"] == "中文");
    assert_eq!(state["toast"], "字幕：中文");
    tv.until("the words in their place", SOON, stand);
    tv.until_seen("the words in their box", SOON, |p| {
        is_white(p, WHITE) && screen::mean(p, BOX).iter().sum::<u32>() < 100
    });
    tv.until("bare between two of them", SOON, |s| s["subtitle_picture"].is_null());
    assert!(tv.region_changes(PICTURE, SOON), "the picture stands still");

    // Another channel and back: what was chosen is kept for the channel.
    tv.press("Prior");
    tv.until("the other channel", SOON, |s| plays(s, 2));
    tv.press("Next");
    tv.until("what was chosen", SOON, |s| heard(s, 1, "沪语") && s["player"]["caption"] == "中文");
    tv.until_playing();

    // The connection breaks in the middle.
    let asked = proxy.requests_for(STREAM);
    proxy.tear_flows();
    tv.until("the end to be seen", SOON, |s| s["player"]["phase"] != "playing");
    tv.until("the picture again", SOON, |s| plays(s, 1));
    assert!(proxy.requests_for(STREAM) > asked);
    assert!(tv.region_changes(PICTURE, SOON), "the picture stands still after the break");

    // It falls silent.
    proxy.hush_flows(true);
    tv.until("the silence to be seen", SOON, |s| s["player"]["phase"] != "playing");
    proxy.hush_flows(false);
    tv.until("the picture again", SOON, |s| plays(s, 1));
    assert!(tv.region_changes(PICTURE, SOON), "the picture stands still after the silence");
    tv.until("the words after all that", SOON, stand);

    // A page for people comes in its place.
    proxy.heal();
    proxy.fault(STREAM, usize::MAX, Fault::Page);
    proxy.tear_flows();
    tv.until("the page about it", SOON, |s| s["trouble"]["title"] == "这个节目的画面坏了");
    proxy.heal();
    proxy.fault(STREAM, usize::MAX, Fault::Flow(BYTES_PER_S));
    tv.until("the picture again", Duration::from_secs(60), |s| plays(s, 1));
}
