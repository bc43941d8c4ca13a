//! The demo operator's files in a folder behind nginx are an operator's server.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::{
    bench::{is_playing, keys, ok, picture, report, until_back},
    support::{Tv, TvOptions, tv::SOON},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_jinse-xuetang");

struct Nginx(Child);

impl Nginx {
    fn start(root: &Path, own: &Path, port: u16) -> Self {
        let (root, own_text) = (root.display(), own.display());
        let config = format!(
            "daemon off; master_process off; pid {own_text}/pid; error_log {own_text}/error.log;\n\
             events {{}}\n\
             http {{ access_log off; include /etc/nginx/mime.types; types {{ application/vnd.apple.mpegurl m3u8; \
             video/mp2t ts; }}\n\
             client_body_temp_path {own_text}/a; proxy_temp_path {own_text}/b; fastcgi_temp_path {own_text}/c;\n\
             uwsgi_temp_path {own_text}/d; scgi_temp_path {own_text}/e;\n\
             server {{ listen 127.0.0.1:{port}; root {root}; }} }}\n"
        );
        let path = own.join("nginx.conf");
        fs::write(&path, config).unwrap();
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "TERM", "--", "nginx", "-e"])
            .arg(own.join("error.log"))
            .arg("-c")
            .arg(&path)
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|e| panic!("nginx does not start ({e}); apt-get install nginx-light"));
        let mut nginx = Self(child);
        let since = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let log = || fs::read_to_string(own.join("error.log")).unwrap_or_default();
            assert!(nginx.0.try_wait().unwrap().is_none(), "nginx ended: {}", log());
            assert!(since.elapsed() < SOON, "nginx does not answer: {}", log());
            std::thread::sleep(Duration::from_millis(50));
        }
        nginx
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

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
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let _nginx = Nginx::start(&root, &own, port);

    let mut tv = Tv::start(TvOptions::operator(format!("http://127.0.0.1:{port}/")));
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
