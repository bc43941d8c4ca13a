//! A box whose clock was never set, and an operator who speaks https only: by such a clock no certificate is valid yet, so
//! it waits for a time server, says so, and needs no key once that has answered.

use std::{
    fs,
    net::UdpSocket,
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::Value;

use crate::support::{Operator, Tv, TvOptions, nginx::Nginx, tv::SOON};

const LINEUP: &str = "#EXTM3U x-tvg-url=\"guide.xml\"\n\
    #EXTINF:-1 tvg-id=\"jx1\" tvg-chno=\"1\",金色一套\nlive/jx1/index.m3u8\n";
/// From 1900, where a time server counts from, to 1970.
const EPOCH_S: u64 = 2_208_988_800;

fn openssl(dir: &Path, args: &str) {
    let out = Command::new("openssl").args(args.split(' ')).current_dir(dir).output();
    let out = out.unwrap_or_else(|e| panic!("openssl does not start ({e}); apt-get install openssl"));
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}

/// An authority of this test alone, and a certificate of it for this machine.
fn certificates(dir: &Path) {
    fs::write(dir.join("san"), "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n").unwrap();
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(dir, &format!("req -x509 {key} -keyout ca.key -out ca.pem -days 30 -subj /CN=authority"));
    openssl(dir, &format!("req {key} -keyout own.key -out own.csr -subj /CN=operator"));
    openssl(dir, "x509 -req -in own.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile san -out own.pem");
}

/// nginx in front of the operator: nobody gets there without TLS.
fn tls(dir: &Path, upstream: u16) -> Nginx {
    fs::write(dir.join("lineup.m3u"), LINEUP).unwrap();
    let own = dir.display();
    Nginx::start(dir, |port| {
        format!(
            "server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {own}/own.pem; ssl_certificate_key {own}/own.key;\n\
             location = /lineup.m3u {{ root {own}; }}\n\
             location / {{ proxy_pass http://127.0.0.1:{upstream}; proxy_set_header Host $http_host; }} }}"
        )
    })
}

/// A time server that is silent until it is told to answer.
struct TimeServer {
    port: u16,
    asked: Arc<AtomicUsize>,
    answers: Arc<AtomicBool>,
}

impl TimeServer {
    fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let server = Self { port: socket.local_addr().unwrap().port(), asked: Arc::default(), answers: Arc::default() };
        let (asked, answers) = (server.asked.clone(), server.answers.clone());
        // It ends with the test's process.
        std::thread::spawn(move || {
            let mut packet = [0_u8; 512];
            while let Ok((length, from)) = socket.recv_from(&mut packet) {
                asked.fetch_add(1, Ordering::SeqCst);
                if length >= 48 && answers.load(Ordering::SeqCst) {
                    let _ = socket.send_to(&answer(&packet), from);
                }
            }
        });
        server
    }
}

/// Version 4, a server of the second stratum; the stamp of the question goes back.
fn answer(question: &[u8]) -> [u8; 48] {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let stamp = (now.as_secs() + EPOCH_S) << 32;
    let mut packet = [0; 48];
    packet[..2].copy_from_slice(&[0b00_100_100, 2]);
    packet[24..32].copy_from_slice(&question[40..48]);
    packet[32..40].copy_from_slice(&stamp.to_be_bytes());
    packet[40..48].copy_from_slice(&stamp.to_be_bytes());
    packet
}

#[test]
fn a_box_of_1970_reaches_an_operator_of_https_once_a_time_server_answers() {
    let place = tempfile::tempdir().unwrap();
    certificates(place.path());
    let operator = Operator::start();
    let tls = tls(place.path(), operator.port());
    let time = TimeServer::start();
    let config = place.path().join("config.toml");
    let text = format!("[operator]\nroot = \"https://127.0.0.1:{}/\"\nntp = \"127.0.0.1:{}\"\n", tls.port, time.port);
    fs::write(&config, text).unwrap();
    let mut tv = Tv::start(TvOptions {
        clock: Some("1970-01-01T00:10:00Z".into()),
        args: vec!["--config".into(), config.display().to_string()],
        env: vec![("SSL_CERT_FILE".into(), place.path().join("ca.pem").display().to_string())],
        ..TvOptions::default()
    });

    // It asks, shows no hour and no channel, and says what it waits for.
    let asked = time.asked.load(Ordering::SeqCst);
    tv.until("the time to be asked for again", SOON, |_| time.asked.load(Ordering::SeqCst) > asked + 1);
    let state = tv.press_until("F2", "the guide", |s| s["screen"] == "guide");
    assert_eq!(state["guide"]["words"], "电视还不知道现在几点，正在等时间");
    assert_eq!((&state["clock"], &state["channels"]), (&Value::Null, &0.into()));
    tv.until_logged("certificate not valid yet", 1, SOON);
    // By itself it looks more and more seldom: after so many looks in vain not for longer than is waited for below.
    tv.until_logged("WARN lineup: ", 5, 3 * SOON);

    // No key is needed from here on, and nobody waits for the next look.
    time.answers.store(true, Ordering::SeqCst);
    let state = tv.until("the time, and the channels", SOON, |s| s["clock"].is_string() && s["channels"] == 1);
    let shown: jiff::Timestamp = state["clock"].as_str().unwrap().parse().unwrap();
    assert!(shown.duration_since(jiff::Timestamp::now()).as_secs().abs() < 120, "{shown}");
    tv.until("what is on now", SOON, |s| s["guide"]["programme"]["tag"] == "直播中");
    tv.press_until("l", "full-screen live", |s| s["screen"] == "live");
    let state = tv.until_playing();
    assert!(state["player"]["url"].as_str().unwrap().starts_with("https://"), "{state}");
}
