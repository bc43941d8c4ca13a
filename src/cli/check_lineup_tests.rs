//! What `check lineup` prints, and how it ends.

use super::*;
use crate::guide::formats::{address::Origin, read_lineup};

#[test]
fn the_keys_are_those_of_the_contract() {
    let runtime = runtime().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let guide = folder.path().join("guide.xml");
    let text = "<tv><channel id=\"cctv1\"><display-name>CCTV-1 综合</display-name></channel>\
        <programme start=\"20260501200000 +0800\" stop=\"20260501203000 +0800\" channel=\"cctv1\"><title>新闻</title></programme>\
        <programme start=\"20260501203000 +0800\" channel=\"cctv1\"><title>天气</title></programme></tv>";
    std::fs::write(&guide, text).unwrap();
    let mut db = GuideDb::temporary().unwrap();
    let options = ImportOptions::default();
    let guides = [read(&runtime, &mut db, &guide.display().to_string(), 0, &options).unwrap()];
    let lineup = "#EXTM3U x-tvg-url=\"http://e.example/guide.xml\"\n#EXTINF:-1 group-title=\"央视\" tvg-shift=\"1\" catchup=\"append\" catchup-days=\"7\" \
        catchup-source=\"?u={utc}\",央视一套\nhttp://a/1|Referer=r\n#EXTINF:-1,无\nhttp://a/2\nfile\tx\n";
    let lineup = read_lineup(lineup.as_bytes(), &Origin::Stdin, "l").unwrap();
    let at = UtcMs("2026-05-01T13:10:00Z".parse::<Timestamp>().unwrap().as_millisecond());
    let mut written = Vec::new();
    write_json(&mut written, "l", &db, lineup.clone(), &guides, at).unwrap();
    let report: Value = serde_json::from_slice(&written).unwrap();
    let expected = json!({
        "channels": [
            {
                "number": 1, "id": "央视一套", "name": "央视一套", "groups": ["央视"], "logo": null,
                "sources": [{ "url": "http://a/1", "headers": { "Referer": "r" } }],
                "catchup": { "mode": "append", "days": 7, "source": "?u={utc}" },
                "epg": { "id": "cctv1", "matched_by": "normalised" },
                "now": { "title": "新闻", "start": "2026-05-01T13:00:00Z", "end": "2026-05-01T13:30:00Z" },
                "next": { "title": "天气", "start": "2026-05-01T13:30:00Z", "end": "2026-05-01T14:30:00Z" },
            },
            {
                "number": 2, "id": "无", "name": "无", "groups": [], "logo": null,
                "sources": [{ "url": "http://a/2", "headers": {} }],
                "catchup": null, "epg": null, "now": null, "next": null,
            },
        ],
        "guide_urls": ["http://e.example/guide.xml"],
        "guides": [{
            "channels": 1, "programmes": 2, "first_start": "2026-05-01T12:00:00Z",
            "last_stop": "2026-05-01T13:30:00Z", "first_title": "新闻", "last_title": "天气", "warnings": [],
        }],
        "matched": { "id": 0, "name": 0, "normalised": 1, "none": 1 },
        "warnings": [{ "source": "l", "line": 6, "what": "\"file x\" is neither a tag nor an address" }],
    });
    assert_eq!(report, expected);
    let mut written = Vec::new();
    write_text(&mut written, "l", &db, lineup, &guides, at).unwrap();
    let text = String::from_utf8(written).unwrap();
    for line in [
        "names the guide http://e.example/guide.xml",
        "    1  央视一套  [央视]  1 source(s)",
        "       guide cctv1 (by normalised)  now: 新闻  next: 天气",
        "       no guide matches",
        "matched: 0 by id, 0 by name, 1 normalised; 1 without a guide",
        "without a guide: 无",
        "  warning: l:6: \"file x\" is neither a tag nor an address",
    ] {
        assert!(text.lines().any(|l| l == line), "{line}: {text}");
    }
}

#[test]
fn catch_up_that_cannot_be_asked_for_is_said_once() {
    let lineup = "#EXTM3U\n#EXTINF:-1 catchup=\"default\",甲\nhttp://a/1\n#EXTINF:-1 catchup=\"xc\",乙\nhttp://a/b/c/2.flv\n\
        #EXTINF:-1 catchup=\"append\",丙\nrtsp://a/PLTV/3\n#EXTINF:-1 catchup=\"vod\",丁\nhttp://a/4\n";
    let lineup = read_lineup(lineup.as_bytes(), &Origin::Stdin, "l").unwrap();
    let db = GuideDb::temporary().unwrap();
    let mut written = Vec::new();
    write_json(&mut written, "l", &db, lineup, &[], UtcMs(1_777_640_400_000)).unwrap();
    let report: Value = serde_json::from_slice(&written).unwrap();
    let what = "catch-up of 2 channels cannot be asked for, as of \"甲\": catch-up mode \"default\" needs a \
        catchup-source, and there is none";
    assert_eq!(report["warnings"], json!([{ "source": "l", "line": null, "what": what }]));
}

#[test]
fn outcomes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.m3u");
    let args = |at: Option<&str>| Args {
        location: file.display().to_string(),
        epg: vec![folder.path().join("none.xml").display().to_string()],
        offset: None,
        local_addresses: false,
        at: at.map(Into::into),
        format: Format::Json,
    };
    assert_eq!(run(&args(None)).unwrap(), Exit::InputErrors);
    std::fs::write(&file, "#EXTM3U\n").unwrap();
    assert_eq!(run(&args(None)).unwrap(), Exit::InputErrors);
    std::fs::write(&file, "#EXTM3U\n#EXTINF:-1,a\nhttp://a/\n").unwrap();
    assert_eq!(run(&args(None)).unwrap(), Exit::Fine);
    assert_eq!(run(&Args { offset: Some("+08:00".into()), ..args(None) }).unwrap(), Exit::Fine);
    assert!(matches!(run(&args(Some("noon"))), Err(Failure::Usage(_))));
    assert!(matches!(run(&Args { offset: Some("CST".into()), ..args(None) }), Err(Failure::Usage(_))));
}
