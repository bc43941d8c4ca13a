//! Every kind of stream that the player promises, through the real binary's `play`: the gate before GStreamer, real
//! media made on the spot, a real server on loopback, multicast in a network of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/fault_proxy.rs"]
mod fault_proxy;

use std::{
    path::Path,
    process::{Command, Output},
};

use fault_proxy::FaultProxy;
use serde_json::Value;

const BINARY: &str = env!("CARGO_BIN_EXE_jinse-xuetang");
const PICTURE: &str = "testsrc2=s=640x360:r=25:d=10";
const SECOND: &str = "testsrc2=s=320x180:r=25:d=10";

fn ffmpeg(dir: &Path, arguments: &str) {
    let made = Command::new("ffmpeg")
        .current_dir(dir)
        .args(["-v", "error", "-y", "-f", "lavfi", "-i", PICTURE, "-f", "lavfi", "-i", "sine=440:d=10"])
        .args("-c:v libx264 -preset ultrafast -g 50 -pix_fmt yuv420p -c:a aac -ac 1".split(' '))
        .args(arguments.split(' '))
        .output()
        .expect("ffmpeg runs; packaging/install-deps test installs it");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

fn report(out: &Output) -> Value {
    let text = String::from_utf8_lossy(&out.stdout);
    let line = text.lines().find(|l| l.starts_with('{')).unwrap_or_default();
    serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {text}{}", String::from_utf8_lossy(&out.stderr)))
}

fn play(url: &str) -> Value {
    let out =
        Command::new(BINARY).args(["play", url, "--for", "2s", "--format", "json"]).output().expect("binary runs");
    let report = report(&out);
    assert!(out.status.success(), "{url}: {report}");
    report
}

fn assert_plays(url: &str, video: &str) {
    let report = play(url);
    assert!(report["shown"].as_u64().unwrap_or(0) > 10, "{url}: {report}");
    assert!(report["video"].as_str().unwrap_or("").contains(video), "{url}: {report}");
    assert!(report["error"].is_null(), "{url}: {report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_stream_plays() {
    let dir = tempfile::tempdir().expect("directory");
    let at = dir.path();
    ffmpeg(at, "-f hls -hls_time 2 -hls_playlist_type vod ts.m3u8");
    ffmpeg(
        at,
        "-f hls -hls_time 2 -hls_playlist_type vod -hls_segment_type fmp4 -hls_fmp4_init_filename i.mp4 fmp4.m3u8",
    );
    ffmpeg(at, "-movflags +faststart film.mp4");
    ffmpeg(at, "-f mpegts film.ts");
    ffmpeg(at, "-f dash -seg_duration 2 film.mpd");
    let small = ["-f", "lavfi", "-i", SECOND, "-c:v", "libx264", "-preset", "ultrafast", "-g", "50", "-f", "hls"];
    let small = Command::new("ffmpeg")
        .current_dir(at)
        .args(["-v", "error", "-y"])
        .args(small)
        .args(["-hls_time", "2", "-hls_playlist_type", "vod", "small.m3u8"])
        .status();
    assert!(small.expect("ffmpeg runs").success());
    let master = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=300000,RESOLUTION=320x180\nsmall.m3u8\n\
                  #EXT-X-STREAM-INF:BANDWIDTH=2500000,RESOLUTION=640x360\nts.m3u8\n";
    std::fs::write(at.join("master.m3u8"), master).expect("master playlist");

    let origin = FaultProxy::start().await;
    origin.serve_directory(at);
    for name in ["ts.m3u8", "fmp4.m3u8", "master.m3u8", "film.mp4", "film.ts", "film.mpd"] {
        let url = origin.url(&format!("/{name}"));
        tokio::task::spawn_blocking(move || assert_plays(&url, "H.264")).await.expect(name);
    }
    let ranged = origin.seen().iter().any(|s| s.path.contains("film.mp4"));
    assert!(ranged, "the film came through the gate");
}

#[test]
fn multicast_plays() {
    let dir = tempfile::tempdir().expect("directory");
    ffmpeg(dir.path(), "-f mpegts film.ts");
    // The sender lives inside the same throw-away network and ends with it.
    let script = format!(
        "ip link set lo up multicast on && ip route add 239.0.0.0/8 dev lo && \
         {{ ffmpeg -v error -re -stream_loop -1 -i {film} -c copy -f mpegts 'udp://239.1.1.1:5000?ttl=0&pkt_size=1316' & \
         sender=$!; trap 'kill $sender' EXIT; {BINARY} play udp://239.1.1.1:5000 --for 3s --format json; }}",
        film = dir.path().join("film.ts").display(),
    );
    let out = Command::new("unshare").args(["-rn", "bash", "-c", &script]).output().expect("unshare runs");
    let said = String::from_utf8_lossy(&out.stderr);
    if said.contains("unshare failed") {
        eprintln!("SKIPPED multicast_plays: this machine allows no network namespace ({})", said.trim());
        return;
    }
    let report = report(&out);
    assert!(report["shown"].as_u64().unwrap_or(0) > 10, "{report}");
}

#[test]
fn what_is_not_media_ends_in_words() {
    for url in ["file:///etc/passwd", "gopher://127.0.0.1/", "rtmp://127.0.0.1/live"] {
        let out =
            Command::new(BINARY).args(["play", url, "--for", "2s", "--format", "json"]).output().expect("binary runs");
        let report = report(&out);
        assert_eq!(out.status.code(), Some(1), "{url}: {report}");
        assert_eq!(report["error"]["code"], 2010, "{url}: {report}");
    }
}
