use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use reqwest::{StatusCode, header};
use serde_json::json;
use tokio::runtime::Handle;

use super::*;
use crate::net;

const NOW: i64 = 1_772_344_800_000; // 2026-03-01T06:00:00Z

fn root() -> (tempfile::TempDir, DemoRoot) {
    let dir = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    put(
        "catalogue/index.json",
        json!({"version": 1, "providers": [{"id": "p", "name": "学校"}], "shards": ["courses-1.json"]})
            .to_string()
            .as_bytes(),
    );
    let course = json!({"id": "c", "title": "课", "band": "健康", "tier": "入门", "form": "网络直播课", "provider": "p",
        "lessons": [{"id": "l", "title": "一", "duration_s": 40, "media": [{"url": "../lessons/c/l/master.m3u8"}]}],
        "live": [{"id": "s", "title": "直播", "start_in_min": 20, "length_min": 30, "media": [{"url": "../live/jx1/index.m3u8"}]}]});
    put("catalogue/courses-1.json", json!({ "courses": [course] }).to_string().as_bytes());
    put("lessons/c/l/master.m3u8", b"#EXTM3U\n");
    put("lessons/c/l/zh.vtt", "WEBVTT\n".as_bytes());
    put("lessons/c/l/seg.ts", &[7; 1000]);
    put("logos/jx1.png", b"png");
    let channel = json!({"id": "jx1", "number": 1, "name": "金色一套", "group": "学习", "logo": "../logos/jx1.png",
        "loop": [{"uri": "jx1/a.ts", "duration": 2.0, "discontinuity": true}, {"uri": "../lessons/c/l/seg.ts", "duration": 4.0}]});
    put("live/channels.json", json!({ "channels": [channel] }).to_string().as_bytes());
    put(
        "live/programmes.json",
        json!({"channels": [{"id": "jx1", "programmes": [{"title": "早安课堂", "length_min": 30}]}]})
            .to_string()
            .as_bytes(),
    );
    put("live/jx1/a.ts", &[8; 1000]);
    let root = DemoRoot::at(dir.path().to_path_buf()).unwrap();
    (dir, root)
}

fn start(root: &DemoRoot) -> (DemoServer, Arc<AtomicI64>) {
    let now = Arc::new(AtomicI64::new(NOW));
    let clock = now.clone();
    let clock: Clock = Arc::new(move || clock.load(Ordering::Relaxed));
    let listen = "127.0.0.1:0".parse().unwrap();
    (DemoServer::start_with_clock(&Handle::current(), listen, root.clone(), clock).unwrap(), now)
}

async fn get(server: &DemoServer, path: &str, headers: &[(header::HeaderName, &str)]) -> reqwest::Response {
    let mut request = net::client([]).unwrap().get(format!("{}{path}", server.url()));
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    request.send().await.unwrap()
}

async fn text(server: &DemoServer, path: &str) -> String {
    get(server, path, &[]).await.text().await.unwrap()
}

#[tokio::test]
async fn it_serves_what_an_operator_serves_with_the_right_types() {
    let (_dir, root) = root();
    let (server, _) = start(&root);
    for (path, kind) in [
        ("lineup.m3u", "audio/x-mpegurl; charset=utf-8"),
        ("guide.xml", "application/xml; charset=utf-8"),
        ("live/jx1/index.m3u8", "application/vnd.apple.mpegurl"),
        ("live/jx1/a.ts", "video/mp2t"),
        ("lessons/c/l/master.m3u8", "application/vnd.apple.mpegurl"),
        ("lessons/c/l/zh.vtt", "text/vtt; charset=utf-8"),
        ("catalogue/index.json", "application/json"),
        ("logos/jx1.png", "image/png"),
    ] {
        let response = get(&server, path, &[]).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(response.headers()[header::CONTENT_TYPE], kind, "{path}");
        let etag = response.headers()[header::ETAG].to_str().unwrap().to_owned();
        let again = get(&server, path, &[(header::IF_NONE_MATCH, &etag)]).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{path}");
    }
    for path in [
        "nothing",
        "live/nothing/index.m3u8",
        "live/..%2f..%2fx/index.m3u8",
        "catalogue/..%2findex.json",
        "catalogue/.x",
        "..%2f..%2fetc/passwd",
    ] {
        assert_eq!(get(&server, path, &[]).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

/// On the air, from the past and as plain files: each list of words is cut like its picture.
#[tokio::test]
async fn a_channel_with_subtitles_names_a_list_for_its_picture_and_one_for_its_words() {
    let (dir, root) = root();
    let path = dir.path().join("live/channels.json");
    let mut channels: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let channel = &mut channels["channels"][0];
    channel["subtitles"] = json!({"name": "中文\"", "language": "zh"});
    for n in 0..2 {
        channel["loop"][n]["subtitle"] = format!("jx1/words-{n}.vtt").into();
    }
    std::fs::write(&path, channels.to_string()).unwrap();
    let (server, _) = start(&root);
    let exported = tempfile::tempdir().unwrap();
    export_static(&root, exported.path(), NOW).unwrap();
    let cut = |text: &str| -> Vec<String> {
        let marks =
            text.lines().filter(|l| l.starts_with("#EXTINF") || l.contains("DISCONTINUITY") || l.contains("SEQUENCE"));
        marks.map(str::to_owned).collect()
    };
    let archive = format!("archive.m3u8?utc={}&utcend={}", NOW / 1_000 - 600, NOW / 1_000 - 300);
    for list in ["index.m3u8", &archive, "exported"] {
        let file = |name: &str| std::fs::read_to_string(exported.path().join("live/jx1").join(name)).unwrap();
        let master = match list {
            "exported" => file("index.m3u8"),
            list => text(&server, &format!("live/jx1/{list}")).await,
        };
        assert!(master.contains("TYPE=SUBTITLES,GROUP-ID=\"words\",NAME=\"中文\",LANGUAGE=\"zh\""), "{master}");
        let words = master.split("URI=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let picture = master.lines().last().unwrap().to_owned();
        let [words, picture] = match list {
            "exported" => [file(&words), file(&picture)],
            _ => {
                [text(&server, &format!("live/jx1/{words}")).await, text(&server, &format!("live/jx1/{picture}")).await]
            }
        };
        assert!(words.contains("../jx1/words-1.vtt") && picture.contains("../jx1/a.ts"), "{words}{picture}");
        assert_eq!(cut(&words), cut(&picture), "{list}");
    }
    let future = format!("live/jx1/archive.m3u8?utc={}&utcend={}", NOW / 1_000 + 600, NOW / 1_000 + 900);
    assert_eq!(get(&server, &future, &[]).await.status(), StatusCode::NOT_FOUND);
    // A segment without words would shift all that follow.
    channels["channels"][0]["loop"][1]["subtitle"].take();
    std::fs::write(&path, channels.to_string()).unwrap();
    assert!(root.load().is_err());
}

#[tokio::test]
async fn ranges_are_answered() {
    let (_dir, root) = root();
    let (server, _) = start(&root);
    let response = get(&server, "lessons/c/l/seg.ts", &[(header::RANGE, "bytes=10-19")]).await;
    assert_eq!(response.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(response.headers()[header::CONTENT_RANGE], "bytes 10-19/1000");
    let whole = get(&server, "lessons/c/l/seg.ts", &[]).await;
    assert_eq!(response.headers()[header::ETAG], whole.headers()[header::ETAG]);
    assert_eq!(response.bytes().await.unwrap().len(), 10);
}

#[tokio::test]
async fn the_lineup_names_the_host_it_was_asked_at() {
    let (_dir, root) = root();
    let (server, _) = start(&root);
    let own = format!("http://{}/live/jx1/index.m3u8", server.address());
    assert!(text(&server, "lineup.m3u").await.contains(&own));
    let response = get(&server, "lineup.m3u", &[(header::HOST, "demo.example.org:8080")]).await.text().await.unwrap();
    assert!(response.contains("\nhttp://demo.example.org:8080/live/jx1/index.m3u8\n"), "{response}");
    let response = get(&server, "lineup.m3u", &[(header::HOST, "a\"b/")]).await;
    assert!(response.status() == StatusCode::BAD_REQUEST || response.text().await.unwrap().contains(&own));
}

#[tokio::test]
async fn a_channel_moves_with_the_clock() {
    let (_dir, root) = root();
    let (server, now) = start(&root);
    let first = text(&server, "live/jx1/index.m3u8").await;
    assert!(first.contains("\n../jx1/a.ts\n") && first.contains("\n../../lessons/c/l/seg.ts\n"), "{first}");
    assert_eq!(text(&server, "live/jx1/index.m3u8").await, first);
    now.fetch_add(4_000, Ordering::Relaxed);
    assert_ne!(text(&server, "live/jx1/index.m3u8").await, first);
}

#[tokio::test]
async fn its_catalogue_is_read_without_a_fault_by_the_client() {
    let (_dir, root) = root();
    let (server, _) = start(&root);
    let catalogue = first_refresh(&server.url()).await;
    let session = &catalogue.courses[0].live[0];
    assert_eq!(session.start.0, NOW + 20 * 60_000);
    assert_eq!(session.sources[0].url, format!("http://{}/live/jx1/index.m3u8", server.address()));
}

#[tokio::test]
async fn it_stops_when_dropped() {
    let (_dir, root) = root();
    let (server, _) = start(&root);
    let (address, client) = (server.address(), net::client([]).unwrap());
    let url = format!("http://{address}/guide.xml");
    assert!(client.get(&url).send().await.is_ok());
    drop(server);
    for _ in 0..1_000 {
        if client.get(&url).send().await.is_err() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("{address} still answers");
}

#[test]
fn what_is_missing_or_bad_is_said() {
    let empty = tempfile::tempdir().unwrap();
    let error = DemoRoot::at(empty.path().into()).unwrap_err().to_string();
    assert!(error.contains(&empty.path().display().to_string()) && error.contains("JINSE_DEMO_DIR"), "{error}");
    let (dir, root) = root();
    for (text, part) in [
        ("{", "EOF"),
        (r#"{"channels":[{"id":"a/b","number":1,"name":"x","loop":[]}]}"#, "an id is made of"),
        (r#"{"channels":[{"id":"a","number":1,"name":"x","loop":[]}]}"#, "no segments"),
    ] {
        std::fs::write(dir.path().join("live/channels.json"), text).unwrap();
        let error = root.load().unwrap_err().to_string();
        assert!(error.contains("channels.json") && error.contains(part), "{error}");
    }
}

#[test]
fn the_export_is_an_operator_of_plain_files() {
    let (_dir, root) = root();
    let target = tempfile::tempdir().unwrap();
    let www = target.path().join("www");
    export_static(&root, &www, NOW).unwrap();
    let read = |name: &str| std::fs::read_to_string(www.join(name)).unwrap();
    assert!(read("lineup.m3u").contains("\nlive/jx1/index.m3u8\n"));
    assert!(read("guide.xml").contains("早安课堂"));
    assert!(read("catalogue/courses-1.json").contains("2026-03-01T06:20:00Z"));
    let playlist = read("live/jx1/index.m3u8");
    assert!(playlist.ends_with("#EXT-X-ENDLIST\n"));
    for uri in playlist.lines().filter(|l| !l.starts_with('#')) {
        assert!(www.join("live/jx1").join(uri).is_file(), "{uri}");
    }
    export_static(&root, &www, NOW).unwrap();
    let other = target.path().join("other");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("precious"), "x").unwrap();
    assert!(matches!(export_static(&root, Path::new(&other), NOW), Err(DemoError::NotEmpty(_))));
}

/// Follows a relative address from a file of the root; query-free, as the demo's are.
fn beside(dir: &Path, file: &str, uri: &str) -> PathBuf {
    dir.join(file).parent().unwrap().join(uri)
}

#[tokio::test]
async fn the_shipped_demo_is_whole() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo/www");
    let Ok(root) = DemoRoot::at(dir.clone()) else {
        eprintln!("skipped: {} is not in this checkout", dir.display());
        return;
    };
    for channel in root.load().unwrap().channels {
        let written = channel.written.iter().flat_map(|w| w.looped.segments());
        for segment in channel.looped.segments().iter().chain(written) {
            let path = beside(&dir, "live/channels.json", &segment.uri);
            assert!(path.is_file(), "{}: {}", channel.id, path.display());
        }
        let logo = channel.logo.map(|logo| beside(&dir, "live/channels.json", &logo));
        assert!(logo.is_none_or(|logo| logo.is_file()), "{}", channel.id);
    }
    let (server, _) = start(&root);
    let (catalogue, prefix) = (first_refresh(&server.url()).await, server.url());
    let local = |url: &str| dir.join(url.strip_prefix(&prefix).unwrap());
    for course in &catalogue.courses {
        assert!(course.poster.iter().all(|url| local(url).is_file()), "{:?}", course.poster);
        for lesson in &course.lessons {
            let urls = lesson.sources.iter().map(|s| &s.url).chain(lesson.subtitles.iter().map(|s| &s.url));
            for url in urls {
                assert!(local(url).is_file(), "{url}");
            }
        }
    }
}

async fn first_refresh(root: &str) -> crate::catalogue::types::Catalogue {
    use crate::catalogue::client::{CatalogueClient, Refresh};
    let cache = tempfile::tempdir().unwrap();
    let url = format!("{root}catalogue/index.json").parse().unwrap();
    let client = CatalogueClient::new(net::client([]).unwrap(), cache.path().into(), url);
    let Refresh::Changed { catalogue, faults } = client.refresh().await.unwrap() else { panic!("a first refresh") };
    assert!(faults.is_empty(), "{faults:?}");
    assert!(matches!(client.refresh().await.unwrap(), Refresh::Unchanged), "every file is answered with 304");
    catalogue
}

/// Ends the server that the test started.
struct Nginx(std::process::Child);

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn the_export_behind_nginx_is_an_operator() {
    let (_dir, root) = root();
    let target = tempfile::tempdir().unwrap();
    let www = target.path().join("www");
    export_static(&root, &www, NOW).unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let base = target.path().display();
    let temps =
        ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(|t| format!("{t}_temp_path {base}/{t};")).concat();
    let config = format!(
        "daemon off; master_process off; pid {base}/pid; error_log {base}/error.log;\nevents {{}}\n\
         http {{ access_log off; gzip on; gzip_types application/json; types {{ application/json json; }} {temps}\n\
         server {{ listen 127.0.0.1:{port}; root {}; }} }}\n",
        www.display()
    );
    let conf = target.path().join("nginx.conf");
    std::fs::write(&conf, config).unwrap();
    let program = ["/usr/sbin/nginx", "/usr/bin/nginx"].into_iter().find(|p| Path::new(p).is_file());
    let Some(program) = program else {
        eprintln!("skipped: nginx is not installed");
        return;
    };
    let child = std::process::Command::new(program)
        .arg("-p")
        .arg(target.path())
        .arg("-c")
        .arg(&conf)
        .arg("-e")
        .arg(target.path().join("error.log"))
        .spawn();
    let _nginx = Nginx(child.unwrap());
    let url = format!("http://127.0.0.1:{port}/");
    let client = net::client([]).unwrap();
    for attempt in 0.. {
        if client.get(format!("{url}lineup.m3u")).send().await.is_ok() {
            break;
        }
        let log = std::fs::read_to_string(target.path().join("error.log")).unwrap_or_default();
        assert!(attempt < 1_000, "nginx does not answer: {log}");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let catalogue = first_refresh(&url).await;
    assert_eq!(catalogue.courses[0].lessons[0].sources[0].url, format!("{url}lessons/c/l/master.m3u8"));
    let lineup = net::get(&client, &format!("{url}lineup.m3u"), 1 << 20).await.unwrap();
    let lineup = String::from_utf8(lineup).unwrap();
    let path = lineup.lines().find(|l| !l.starts_with('#')).unwrap();
    let playlist = net::get(&client, &format!("{url}{path}"), 8 << 20).await.unwrap();
    assert!(playlist.starts_with(b"#EXTM3U"));
    let xml = net::get(&client, &format!("{url}guide.xml"), 8 << 20).await.unwrap();
    assert!(xml.starts_with(b"<?xml"));
}
