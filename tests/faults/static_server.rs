//! The demo operator's files in a folder behind nginx are an operator's server.

use std::{fs, process::Command, time::Instant};

use crate::{
    bench::{is_playing, keys, ok, picture, report, until_back},
    support::{Tv, TvOptions, nginx::Nginx, tv::SOON},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_jinse-xuetang");

#[test]
fn the_same_files_behind_nginx_are_an_operator() {
    let place = tempfile::tempdir().unwrap();
    let (root, own) = (place.path().join("www"), place.path().join("nginx"));
    fs::create_dir(&own).unwrap();
    let exported = Command::new(PROGRAM).args(["demo", "--export"]).arg(&root).status().unwrap();
    assert!(exported.success());
    // Workers that are not root must be able to read it.
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let nginx = Nginx::start(&own, |port| {
        format!(
            "include /etc/nginx/mime.types; types {{ application/vnd.apple.mpegurl m3u8; video/mp2t ts; }}\n\
             server {{ listen 127.0.0.1:{port}; root {}; }}",
            root.display()
        )
    });

    let mut tv = Tv::start(TvOptions::operator(format!("http://127.0.0.1:{}/", nginx.port)));
    let since = Instant::now();
    tv.until("six channels and the catalogue", SOON, |s| {
        s["channels"].as_u64() >= Some(6) && s["courses"].as_u64() >= Some(8)
    });
    tv.until("live in the window", SOON, is_playing);
    let took = since.elapsed();
    tv.press("Return");
    until_back(&mut tv, "live on the whole screen", SOON);
    println!("live from nginx: {}", picture(&mut tv));
    tv.press("Home");
    tv.until("home", SOON, |s| s["screen"] == "home");
    keys(&mut tv, "Right Return");
    tv.until("a course", SOON, |s| s["screen"] == "course");
    ok(&mut tv);
    tv.until("a lesson", SOON, |s| s["screen"] == "player");
    until_back(&mut tv, "the lesson", SOON);
    println!("lesson from nginx: {}", picture(&mut tv));
    report("nginx", &[took]);
}
