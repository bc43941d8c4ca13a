//! A lineup from the network that names what it must not: the channel says so, and nothing is connected to or read.

use std::{net::TcpListener, time::Duration};

use crate::{
    bench::{LESSON, Spoilt, has_trouble, is_playing, ok, picture, report, to_lesson, tune, until_back},
    support::{Tv, TvOptions, tv::SOON},
};

#[test]
fn a_lineup_leads_nowhere_on_this_machine() {
    let sentinel = TcpListener::bind("127.0.0.1:0").unwrap();
    sentinel.set_nonblocking(true).unwrap();
    let port = sentinel.local_addr().unwrap().port();
    let operator = Spoilt::start();
    // Spellings of this machine only: should a guard be missing, nothing leaves it.
    let hostile = [
        "file:///etc/passwd".to_owned(),
        format!("http://127.0.0.1:{port}/a.m3u8"),
        format!("http://localhost:{port}/a.m3u8"),
        format!("http://2130706433:{port}/a.m3u8"),
        format!("http://0x7f.1:{port}/a.m3u8"),
        format!("http://[::ffff:127.0.0.1]:{port}/a.m3u8"),
        format!("http://0.0.0.0:{port}/a.m3u8"),
        format!("http://user@127.0.0.1:{port}/a.m3u8"),
        operator.proxy.url("/redirect.m3u8"),
        operator.proxy.url("/nested.m3u8"),
    ];
    let good = operator.proxy.url("/live/jx1/index.m3u8");
    let redirect = crate::fault_proxy::Fault::Redirect(format!("http://127.0.0.1:{port}/b.m3u8"));
    operator.proxy.fault("/redirect.m3u8", usize::MAX, redirect);
    let nested = format!(
        "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MAP:URI=\"http://127.0.0.1:{port}/m\"\n\
         #EXT-X-KEY:METHOD=AES-128,URI=\"http://127.0.0.1:{port}/k\"\n#EXTINF:4,\nhttp://127.0.0.1:{port}/s.ts\n"
    );
    let elsewhere = |what: &str| crate::fault_proxy::Fault::Redirect(format!("http://127.0.0.1:{port}/{what}"));
    operator.proxy.fault("/posters/elsewhere.png", usize::MAX, elsewhere("poster.png"));
    operator.proxy.fault("/elsewhere.vtt", usize::MAX, elsewhere("zh.vtt"));
    operator.lesson_with(LESSON, "/posters/elsewhere.png", "/elsewhere.vtt");
    operator.proxy.put("/nested.m3u8", "application/vnd.apple.mpegurl", nested);
    let mut lineup = format!("#EXTM3U x-tvg-url=\"http://127.0.0.1:{port}/guide.xml,file:///etc/passwd\"\n");
    lineup += &format!("#EXTINF:-1 tvg-chno=\"1\" tvg-logo=\"http://127.0.0.1:{port}/logo.png\",好频道\n{good}\n");
    for (n, url) in hostile.iter().enumerate() {
        let logo = format!("http://127.0.0.1:{port}/logo{n}.png");
        lineup += &format!("#EXTINF:-1 tvg-chno=\"{}\" tvg-logo=\"{logo}\",坏频道{n}\n{url}\n", n + 20);
    }
    operator.proxy.put("/lineup.m3u", "audio/x-mpegurl", lineup);

    let mut tv = Tv::start(TvOptions::operator(operator.url()));
    tv.until("the good channel", SOON, is_playing);
    tv.press("l");
    tv.until("live", SOON, |s| s["screen"] == "live");
    let mut verdicts = Vec::new();
    for (n, url) in hostile.iter().enumerate() {
        let number = n + 20;
        tune(&mut tv, number);
        let since = std::time::Instant::now();
        let state = tv.until(&format!("a verdict on {url}"), SOON, |s| {
            s["overlays"].as_array().unwrap().iter().any(|o| o == "no-number")
                || (has_trouble(s) && s["player"]["channel"]["number"] == number)
        });
        if has_trouble(&state) {
            let page = tv.until(&format!("the sentence on {url}"), SOON, |s| s["trouble"]["number"] == 10);
            assert_eq!(page["trouble"]["title"], "这个地址电视不能打开");
        } else {
            // The lineup's reader has left it out.
            println!("no such channel: {url}");
            tv.press("Escape");
        }
        verdicts.push(since.elapsed());
    }
    println!("blocked: {}", picture(&mut tv));
    // The list shows every logo that could be fetched.
    tv.press("Home");
    tv.until("home", SOON, |s| s["screen"] == "home");
    tv.press("l");
    tune(&mut tv, 1);
    until_back(&mut tv, "the good channel", SOON);
    ok(&mut tv);
    tv.until("the channel list", SOON, |s| s["overlays"][0] == "channels");
    tv.stays("a while in the list", Duration::from_secs(2), |_| true);
    // A lesson whose poster and subtitles lead there.
    tv.press("Escape");
    tv.press("Home");
    tv.until("home", SOON, |s| s["screen"] == "home");
    to_lesson(&mut tv);
    tv.until("the lesson", SOON, is_playing);
    assert!(operator.proxy.requests_for("/posters/elsewhere.png") > 0, "the poster was not asked for");
    assert!(operator.proxy.requests_for("/elsewhere.vtt") > 0, "the subtitles were not asked for");
    tv.stays("a while in the lesson", Duration::from_secs(1), |_| true);
    assert!(sentinel.accept().is_err(), "something connected to the sentinel\n{}", tv.log_tail());
    report("hostile-lineup", &verdicts);
}
