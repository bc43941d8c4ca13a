//! Where a channel's picture comes from: its own request headers, the next of its sources where one is dead, a stream
//! without an end, and the channels of yesterday where the lineup has become a page for people.

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    fault_proxy::Fault,
    provider::{Provider, header},
    support::{Tv, TvOptions, tv::SOON},
};

const LINEUP: &str = "#EXTM3U\n\
    #EXTINF:-1 tvg-id=\"a\" tvg-chno=\"1\",带头的\n\
    #EXTVLCOPT:http-user-agent=Box/1.0\n#EXTVLCOPT:http-referrer=http://xue.example/tv\nlive/jx1/index.m3u8?n=1\n\
    #EXTINF:-1 tvg-id=\"b\" tvg-chno=\"2\",竖线后面带头的\nlive/jk2/index.m3u8?n=2|User-Agent=Bar%2F2.0&X-Key=k1\n\
    #EXTINF:-1 tvg-id=\"c\" tvg-chno=\"3\",头一个地址坏了\ndead/index.m3u8\n\
    #EXTINF:-1 tvg-id=\"c\" tvg-chno=\"3\",头一个地址坏了\nlive/sh3/index.m3u8?n=3\n\
    #EXTINF:-1 tvg-id=\"d\" tvg-chno=\"4\",没有尽头的\nudp/239.0.0.1:5000\n";
/// From the key to the picture of the second source: the first answers at once, and the wait is at most a second.
const SECOND_WITHIN: Duration = Duration::from_secs(8);

/// Half a minute as a transport stream, and how many bytes of it make a second.
fn film() -> (Vec<u8>, u64) {
    const SECONDS: usize = 30;
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("film.ts");
    let picture = format!("testsrc2=size=320x180:rate=25:duration={SECONDS}");
    let sound = format!("sine=frequency=300:duration={SECONDS}");
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-f", "lavfi", "-i", &picture, "-f", "lavfi", "-i", &sound]);
    let how = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 25 -b:v 600k -maxrate 600k -bufsize 300k -c:a aac";
    let out = command.args(how.split(' ')).args(["-f", "mpegts"]).arg::<&Path>(&file).output();
    let out = out.unwrap_or_else(|e| panic!("ffmpeg does not start ({e}); apt-get install ffmpeg"));
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let bytes = std::fs::read(file).unwrap();
    let rate = u64::try_from(bytes.len() / SECONDS).unwrap();
    (bytes, rate)
}

fn plays(state: &Value, number: u64) -> bool {
    let player = &state["player"];
    player["channel"]["number"] == number && player["has_frame"] == true && player["phase"] == "playing"
}

fn tune(tv: &mut Tv, number: u64) {
    tv.press(&number.to_string());
    tv.press("Return");
    tv.until(&format!("channel {number}"), SOON, |s| plays(s, number));
}

#[test]
fn headers_second_sources_and_endless_streams_reach_the_picture() {
    let provider = Provider::start(LINEUP);
    let (bytes, rate) = film();
    provider.proxy.put("/udp/239.0.0.1:5000", "video/mp2t", bytes);
    provider.proxy.fault("/udp/239.0.0.1:5000", usize::MAX, Fault::Flow(rate));
    let mut tv = Tv::start(TvOptions::operator(provider.url()));
    tv.until("channel 1", SOON, |s| plays(s, 1));
    assert_eq!(tv.state()["channels"], 4, "two entries of one name are one channel");
    tv.press_until("l", "full-screen live", |s| s["screen"] == "live");

    let list = provider.asked("/live/jx1/index.m3u8?n=1").unwrap();
    assert_eq!((header(&list, "user-agent"), header(&list, "referer")), ("Box/1.0", "http://xue.example/tv"));
    let of_box = |s: &&crate::fault_proxy::Seen| header(s, "user-agent") == "Box/1.0" && s.path.ends_with(".ts");
    assert!(provider.proxy.seen().iter().any(|s| of_box(&s)), "its segments are asked for in the same way");
    tune(&mut tv, 2);
    let list = provider.asked("/live/jk2/index.m3u8?n=2").unwrap();
    assert_eq!((header(&list, "user-agent"), header(&list, "x-key")), ("Bar/2.0", "k1"));
    assert!(provider.proxy.seen().iter().all(|s| !s.path.contains('|')));

    tv.press("3");
    let since = Instant::now();
    tv.press("Return");
    tv.until("the second source", SECOND_WITHIN, |s| plays(s, 3));
    println!("the second source after {:?}", since.elapsed());
    assert!(provider.proxy.requests_for("/dead/index.m3u8") > 0);
    let other = provider.asked("/live/sh3/index.m3u8?n=3").unwrap();
    assert!(!["Box/1.0", "Bar/2.0"].contains(&header(&other, "user-agent")), "{other:?}");

    tune(&mut tv, 4);
    assert!(tv.region_changes([200, 200, 1400, 400], SOON), "the endless stream stands still");
    tv.stays("the endless stream", Duration::from_secs(3), |s| plays(s, 4));

    // The portal of a hotel answers in the operator's place.
    assert!(tv.close().success());
    provider.proxy.put("/lineup.m3u", "text/html", "<!DOCTYPE html><html><body>请先登录</body></html>");
    let asked = provider.proxy.requests_for("/lineup.m3u");
    tv.launch();
    tv.until("the lineup to be asked for", SOON, |_| provider.proxy.requests_for("/lineup.m3u") > asked);
    tv.stays("the channels of before", Duration::from_secs(1), |s| s["channels"] == 4);
    tv.until("channel 4 again", SOON, |s| plays(s, 4));
}
