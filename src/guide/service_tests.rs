//! The service against a real server on loopback: answers while it imports, and what a broken server leaves.

use std::{
    io::{Read, Write},
    net::TcpListener,
    time::Duration,
};

use super::*;
use crate::guide::{formats::address::Origin, formats::merge, formats::read_lineup, import::fetch_list};

/// Long enough for a loaded machine; reached only when something is wrong.
const PATIENCE: Duration = Duration::from_secs(30);

/// Answers each request by its path, from a thread that ends with the test process.
fn server(answer: impl Fn(&str) -> (u16, Vec<u8>, bool) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut request = Vec::new();
            let mut part = [0; 1024];
            while !request.windows(4).any(|w| w == b"\r\n\r\n") {
                match stream.read(&mut part) {
                    Ok(n) if n > 0 => request.extend_from_slice(&part[..n]),
                    _ => break,
                }
            }
            let text = String::from_utf8_lossy(&request).into_owned();
            let path = text.split(' ').nth(1).unwrap_or("/").to_owned();
            let (status, body, cut) = answer(&path);
            let sent = if cut { &body[..body.len() / 2] } else { &body[..] };
            let _ =
                write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(sent);
        }
    });
    format!("http://{address}")
}

fn guide(mark: &str) -> Vec<u8> {
    let mut text = "<tv><channel id=\"c\"><display-name>甲</display-name></channel>".to_owned();
    for h in 0..20 {
        text += &format!("<programme start=\"19700101{h:02}\" channel=\"c\"><title>{mark}{h}</title></programme>");
    }
    (text + "</tv>").into_bytes()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(bytes).unwrap();
    gz.finish().unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

#[test]
fn imports_answers_and_survives_a_broken_server() {
    let base = server(|path| match path {
        "/a.xml" => (200, guide("a"), false),
        "/cut.xml" => (200, guide("b"), true),
        "/packed.xml.gz" => (200, packed(&guide("p")), false),
        _ => (404, Vec::new(), false),
    });
    let folder = tempfile::tempdir().unwrap();
    let runtime = runtime();
    let (sender, answers) = mpsc::channel();
    let start = || {
        let sender = sender.clone();
        GuideService::start(
            &folder.path().join("guide.db"),
            runtime.handle().clone(),
            net::client([]).unwrap(),
            move |answer| drop(sender.send(answer)),
        )
        .unwrap()
    };
    let service = start();
    let lineup = read_lineup("#EXTINF:-1,甲\nhttp://a/1\n".as_bytes(), &Origin::Stdin, "l").unwrap().lineup;
    let id = lineup.channels[0].id.clone();
    let lineup = Arc::new(lineup);
    let ask = |service: &GuideService, hour: i64| {
        service.send(GuideCommand::Query { channels: vec![id.clone()], at: UtcMs(hour * 3_600_000) });
        match answers.recv_timeout(PATIENCE).unwrap() {
            GuideAnswer::NowNext(list) => list[0].1.now.as_ref().map(|p| p.title.clone()),
            other => panic!("{other:?}"),
        }
    };
    service.send(GuideCommand::SetLineup(Arc::clone(&lineup)));
    assert_eq!(ask(&service, 1), None);
    let import = |service: &GuideService, path: &str| {
        let guide = GuideSource { url: format!("{base}{path}"), zone_offset_minutes: None };
        service.send(GuideCommand::ImportFrom(vec![guide]));
        answers.recv_timeout(PATIENCE).unwrap()
    };
    assert!(matches!(import(&service, "/a.xml"), GuideAnswer::Imported(r) if r.programmes == 20));
    assert_eq!(ask(&service, 1).as_deref(), Some("a1"));
    assert!(matches!(import(&service, "/none.xml"), GuideAnswer::Failed(what) if what.contains("404")));
    assert_eq!(ask(&service, 1).as_deref(), Some("a1"));
    // A root that has its guide packed only.
    assert!(matches!(import(&service, "/packed.xml"), GuideAnswer::Imported(r) if r.programmes == 20));
    assert_eq!(ask(&service, 1).as_deref(), Some("p1"));
    assert!(matches!(import(&service, "/a.xml"), GuideAnswer::Imported(r) if r.programmes == 20));
    service.send(GuideCommand::SetShifts(Arc::new(BTreeMap::from([(id.clone(), 3_600_000)]))));
    assert_eq!(ask(&service, 2).as_deref(), Some("a1"));
    service.send(GuideCommand::Day { channel: id.clone(), from: UtcMs(0), to: UtcMs(3 * 3_600_000) });
    match answers.recv_timeout(PATIENCE).unwrap() {
        GuideAnswer::Day { programmes, .. } => assert_eq!(programmes.len(), 2),
        other => panic!("{other:?}"),
    }
    drop(service);
    // The next start has the guide without any network.
    let service = start();
    service.send(GuideCommand::SetLineup(lineup));
    assert_eq!(ask(&service, 1).as_deref(), Some("a1"));
    assert!(matches!(import(&service, "/cut.xml"), GuideAnswer::Imported(r) if !r.warnings.is_empty()));
}

#[test]
fn a_lineup_over_http_names_its_own_server_only() {
    let base = server(|path| match path {
        "/tv/all.m3u" => {
            let text = "#EXTM3U\n#EXTINF:-1,甲\n../live/1.m3u8\n#EXTINF:-1,乙\nhttp://127.0.0.1:1/x\n";
            (200, text.into(), false)
        }
        "/page" => (200, b"<html>login</html>".to_vec(), false),
        "/cut.m3u" => (200, "#EXTM3U\n#EXTINF:-1,甲\nx.ts\n".repeat(9).into(), true),
        "/empty" => (200, b"#EXTM3U\n".to_vec(), false),
        _ => (500, Vec::new(), false),
    });
    let runtime = runtime();
    let client = net::client([]).unwrap();
    let fetch = |path: &str| runtime.block_on(fetch_list(&client, &format!("{base}{path}"), false));
    let read = fetch("/tv/all.m3u").unwrap();
    let lineup = merge(vec![read.list], "l").lineup;
    assert_eq!(lineup.channels.len(), 1);
    assert_eq!(lineup.channels[0].sources[0].url, format!("{base}/live/1.m3u8"));
    assert_eq!(read.warnings[0].line, Some(5));
    assert!(fetch("/page").unwrap_err().to_string().contains("HTML"));
    assert!(matches!(fetch("/empty"), Err(GuideError::NothingUsable { .. })));
    assert!(fetch("/cut.m3u").unwrap_err().to_string().contains("cut short"));
    assert!(fetch("/x").unwrap_err().to_string().contains("500"));
}

/// Beside one another: XMLTV with an offset of its own, DIYP with the same, and both without.
#[test]
fn each_guide_has_its_own_zone() {
    let base = server(|path| match path {
        "/xml" | "/xml8" => {
            let text = "<tv><programme start=\"197001020900\" channel=\"c\"><title>早</title></programme></tv>";
            (200, text.into(), false)
        }
        _ => {
            let text =
                r#"{"channel_name":"c","date":"1970-01-02","epg_data":[{"start":"09:00","end":"10:00","title":"早"}]}"#;
            (200, text.into(), false)
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let runtime = runtime();
    let (sender, answers) = mpsc::channel();
    let service = GuideService::start(
        &folder.path().join("guide.db"),
        runtime.handle().clone(),
        net::client([]).unwrap(),
        move |answer| drop(sender.send(answer)),
    )
    .unwrap();
    let of = |path: &str, zone_offset_minutes| GuideSource { url: format!("{base}{path}"), zone_offset_minutes };
    service.send(GuideCommand::ImportFrom(vec![
        of("/xml", None),
        of("/xml8", Some(480)),
        of("/json", None),
        of("/json3", Some(180)),
    ]));
    let hour = |answer| match answer {
        GuideAnswer::Imported(report) => report.first.unwrap().start.0 / 3_600_000 - 24,
        other => panic!("{other:?}"),
    };
    let starts: Vec<_> = (0..4).map(|_| hour(answers.recv_timeout(PATIENCE).unwrap())).collect();
    assert_eq!(starts, [9, 1, 1, 6]);
}
