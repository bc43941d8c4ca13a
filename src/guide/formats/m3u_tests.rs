//! Lineups in every shape that the parser promises to understand, and bytes of no shape at all.

use proptest::prelude::*;
use url::Url;

use super::*;
use crate::guide::lineup::{Catchup, Channel, ChannelNumber};

fn network() -> Origin {
    Origin::Network(Url::parse("http://tv.example/lists/all.m3u").unwrap())
}

fn read(text: &str) -> LineupRead {
    read_lineup(text.as_bytes(), &network(), "all.m3u").unwrap()
}

fn whats(read: &LineupRead) -> Vec<(Option<u64>, &str)> {
    read.warnings.iter().map(|w| (w.line, w.what.as_str())).collect()
}

fn source(url: &str, headers: &[(&str, &str)]) -> MediaSource {
    let headers = headers.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    MediaSource { url: url.to_owned(), headers }
}

#[test]
fn every_attribute_arrives() {
    let read = read(concat!(
        "\u{feff}#EXTM3U x-tvg-url=\"http://e.example/1.xml.gz, guide.xml\" catchup-days=\"3\"\r\n",
        "#EXTINF:-1 tvg-id=\"cctv1\" tvg-name=\"CCTV1\" tvg-logo=\"logos/1.png\" tvg-chno=\"8\" tvg-shift=\"-4.5\" ",
        "group-title=\"央视;高清\" catchup=\"append\" catchup-source=\"?utc={utc}\",CCTV-1 综合\r\n",
        "#EXTGRP:常看\r\n",
        "#EXTVLCOPT:http-user-agent=\"Box/1\"\r\n",
        "#EXTVLCOPT:http-referrer=http://r.example/\r\n",
        "#KODIPROP:inputstream.adaptive.stream_headers=X-A=%E4%B8%AD&Origin=http://o.example\r\n",
        "#EXTHTTP:{\"Cookie\":\"a=b\",\"X-N\":1}\r\n",
        "live/1.m3u8|User-Agent=Box%2F2&X-B=c\r\n",
        "\r\n",
        "#EXTINF:-1 tvg-id=\"ss\" catchup-type=\"XC\" tvg-rec=\"2\",上视\r\n",
        "udp://@239.1.1.1:5000\r\n",
        "rtp://239.1.1.2:5000\r\n",
    ));
    assert_eq!(whats(&read), []);
    let first = Channel {
        id: ChannelId("cctv1".into()),
        number: ChannelNumber(8),
        name: "CCTV-1 综合".into(),
        groups: vec!["央视".into(), "高清".into(), "常看".into()],
        logo: Some("http://tv.example/lists/logos/1.png".into()),
        sources: vec![source(
            "http://tv.example/lists/live/1.m3u8",
            &[
                ("User-Agent", "Box/2"),
                ("Referer", "http://r.example/"),
                ("X-A", "中"),
                ("Origin", "http://o.example"),
                ("Cookie", "a=b"),
                ("X-N", "1"),
                ("X-B", "c"),
            ],
        )],
        catchup: Some(Catchup {
            mode: "append".into(),
            days: 3,
            source: Some("?utc={utc}".into()),
            ..Catchup::default()
        }),
        epg_id: Some("cctv1".into()),
        epg_name: Some("CCTV1".into()),
        radio: false,
    };
    let second = Channel {
        id: ChannelId("ss".into()),
        number: ChannelNumber(2),
        name: "上视".into(),
        groups: vec![],
        logo: None,
        sources: vec![source("udp://@239.1.1.1:5000", &[]), source("rtp://239.1.1.2:5000", &[])],
        catchup: Some(Catchup { mode: "xc".into(), days: 2, ..Catchup::default() }),
        epg_id: Some("ss".into()),
        epg_name: None,
        radio: false,
    };
    assert_eq!(read.lineup.channels, [first, second]);
    assert_eq!(read.lineup.guides, ["http://e.example/1.xml.gz", "http://tv.example/lists/guide.xml"]);
    assert_eq!(read.shifts, BTreeMap::from([(ChannelId("cctv1".into()), -4 * 3_600_000 - 1_800_000)]));
}

#[test]
fn same_names_in_a_group_become_one_channel() {
    let read = read(concat!(
        "#EXTM3U\n#EXTINF:-1 group-title=\"甲\",新闻\nhttp://a/1\n#EXTINF:-1 group-title=\"乙\",新闻\nhttp://a/2\n",
        "#EXTINF:-1 group-title=\"甲\" tvg-logo=\"http://a/l.png\",新闻\nhttp://a/3\n",
        "#EXTINF:-1 group-title=\"甲\",新闻\nhttp://a/3\n",
    ));
    let found: Vec<_> = read.lineup.channels.iter().map(|c| (c.id.0.as_str(), c.number.0, c.sources.len())).collect();
    assert_eq!(found, [("新闻", 1, 2), ("新闻#2", 2, 1)]);
    assert_eq!(read.lineup.channels[0].logo.as_deref(), Some("http://a/l.png"));
    assert_eq!(whats(&read), [(Some(9), "\"新闻\" with the same address again; ignored")]);
}

#[test]
fn numbers_are_unique_and_explicit_ones_win() {
    let read = read(concat!(
        "#EXTM3U\n#EXTINF:-1,a\nhttp://a/1\n#EXTINF:-1 tvg-chno=\"1\",b\nhttp://a/2\n",
        "#EXTINF:-1 tvg-chno=\"1\",c\nhttp://a/3\n#EXTINF:-1 tvg-chno=\"x\",d\nhttp://a/4\n",
    ));
    let numbers: Vec<_> = read.lineup.channels.iter().map(|c| c.number.0).collect();
    assert_eq!(numbers, [3, 1, 2, 4]);
    assert_eq!(
        whats(&read),
        [
            (Some(8), "tvg-chno \"x\" is no channel number; the position is used"),
            (Some(7), "number 1 is taken; \"c\" becomes 2"),
        ]
    );
}

#[test]
fn what_the_network_may_not_name_is_dropped_and_said() {
    let read = read(concat!(
        "#EXTM3U x-tvg-url=\"file:///etc/passwd\"\n#EXTINF:-1 tvg-logo=\"file:///x.png\",甲\nfile:///etc/passwd\n",
        "#EXTINF:-1,乙\nhttp://127.0.0.1:9/x\n#EXTINF:-1,丙\nhttp://10.0.0.1/x\n",
        "#EXTINF:-1 catchup-source=\"file:///{utc}\",丁\nhttp://10.0.0.2/x\n",
    ));
    let names: Vec<_> = read.lineup.channels.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["丙", "丁"]);
    assert_eq!(read.lineup.channels[1].catchup, None);
    assert_eq!(read.warnings.iter().filter_map(|w| w.line).collect::<Vec<_>>(), [1, 2, 3, 5, 8]);
}

#[test]
fn odd_lines_cost_only_themselves() {
    let long =
        format!("#EXTM3U\n#EXTINF:-1 tvg-name=\"{}\",x\n#EXTINF:-1,甲\nhttp://a/1\n", "y".repeat(MAX_LINE_BYTES));
    let found = read(&long);
    assert_eq!(found.lineup.channels.len(), 1);
    assert_eq!(found.warnings[0].line, Some(2));
    let long =
        format!("#EXTM3U\n#EXTINF:-1,甲\nhttp://a/1\n#EXTINF:-1 {},乙\nhttp://a/2\n", "y".repeat(MAX_LINE_BYTES));
    let found = read(&long);
    assert_eq!(found.lineup.channels.iter().map(|c| c.sources.len()).collect::<Vec<_>>(), [1]);
    assert_eq!(whats(&found).iter().filter_map(|w| w.0).collect::<Vec<_>>(), [4, 5]);
    let found = read("====sudan====\n#EXTINF:-1,空\n#EXTINF:-1,甲\n--- x ---\nlive.ts\nhttp://b/2.ts\n");
    assert_eq!(found.lineup.channels.len(), 1);
    assert_eq!(found.lineup.channels[0].sources.len(), 2);
    assert_eq!(whats(&found).iter().filter_map(|w| w.0).collect::<Vec<_>>(), [1, 2, 4]);
    let found = read("http://a.example/live/news.m3u8?x=1\n#EXTINF:-1 tvg-name=\"备用\",\nhttp://a/2\n");
    let names: Vec<_> = found.lineup.channels.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["news", "备用"]);
    assert_eq!((&found.lineup.channels[1].epg_id, &found.lineup.channels[1].epg_name), (&None, &None));
}

#[test]
fn a_million_warnings_are_counted() {
    let found = read(&format!("#EXTM3U\n{}#EXTINF:-1,甲\nhttp://a/1\n", "== junk\n".repeat(200_000)));
    assert_eq!(found.warnings.len(), super::super::MAX_WARNINGS + 1);
    assert_eq!(found.warnings.last().unwrap().what, "and 199000 more warnings");
    assert_eq!(found.lineup.channels.len(), 1);
}

#[test]
fn other_documents_are_named() {
    let kind = |text: &str| read_lineup(text.as_bytes(), &network(), "x").map_err(|e| e.to_string());
    assert!(kind("\n <!DOCTYPE html><html>").unwrap_err().contains("HTML"));
    assert!(kind("<?xml version=\"1.0\"?><tv/>").unwrap_err().contains("guide"));
    assert!(kind("#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\na.ts\n").unwrap_err().contains("HLS"));
    assert!(kind("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8\n").unwrap_err().contains("HLS"));
}

#[test]
fn gb18030_and_gzip() {
    let text = "#EXTM3U\n#EXTINF:-1 group-title=\"上海\",东方卫视\nhttp://a/1\n";
    let gb = encoding_rs::GB18030.encode(text).0;
    let mut packed = flate2::read::GzEncoder::new(&*gb, flate2::Compression::fast());
    let mut gz = Vec::new();
    packed.read_to_end(&mut gz).unwrap();
    for bytes in [gb.to_vec(), gz] {
        let found = read_lineup(bytes.as_slice(), &network(), "x").unwrap();
        assert_eq!(found.lineup.channels[0].name, "东方卫视");
        assert_eq!(found.lineup.channels[0].groups, ["上海"]);
    }
}

#[test]
fn txt_lineups() {
    let found = read(
        "央视,#genre#\nCCTV1,http://a/1$高清#http://a/2\nCCTV2,http://a/3\n上海,#genre#\n东方卫视,rtp://239.1.1.1:5\n",
    );
    let got: Vec<_> =
        found.lineup.channels.iter().map(|c| (c.name.as_str(), c.groups[0].as_str(), c.sources.len())).collect();
    assert_eq!(got, [("CCTV1", "央视", 2), ("CCTV2", "央视", 1), ("东方卫视", "上海", 1)]);
    assert_eq!(whats(&found), []);
}

/// Writes what `read_lineup` must give back.
fn written(lineup: &Lineup) -> String {
    let mut text = "#EXTM3U\n".to_owned();
    for c in &lineup.channels {
        for s in &c.sources {
            text += &format!("#EXTINF:-1 tvg-chno=\"{}\" tvg-id=\"{}\"", c.number, c.id.0);
            text += &format!(" group-title=\"{}\",{}\n", c.groups.join(";"), c.name);
            for (name, value) in &s.headers {
                text += &format!("#EXTHTTP:{}\n", serde_json::json!({ name: value }));
            }
            text += &format!("{}\n", s.url);
        }
    }
    text
}

fn any_lineup() -> impl Strategy<Value = Lineup> {
    let name = "[一-龥A-Za-z0-9+]([一-龥A-Za-z0-9 ,\"'=+-]{0,12}[一-龥A-Za-z0-9])?";
    let headers = proptest::collection::vec(("X-[A-Z]", "[!-~一-龥]([ -~一-龥]{0,8}[A-Za-z0-9])?"), 0..3);
    let channel = (name, proptest::collection::vec("[一-龥a-z]{1,4}", 1..3), 1_usize..4, headers);
    proptest::collection::vec(channel, 0..20).prop_map(|list| {
        let channels = list.into_iter().enumerate().map(|(i, (name, mut groups, count, mut headers))| {
            groups.dedup();
            headers.sort();
            headers.dedup_by(|a, b| a.0 == b.0);
            headers.retain(|(_, v)| !v.starts_with(['"', '\'']));
            let sources =
                (0..count).map(|n| MediaSource { url: format!("http://h{i}.example/{n}"), headers: headers.clone() });
            Channel {
                id: ChannelId(format!("id{i}")),
                number: ChannelNumber(1000 - i as u32),
                name: format!("{name}{i}"),
                groups,
                logo: None,
                sources: sources.collect(),
                catchup: None,
                epg_id: Some(format!("id{i}")),
                epg_name: None,
                radio: false,
            }
        });
        Lineup { channels: channels.collect(), guides: Vec::new() }
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(lineup in any_lineup()) {
        // A name repeats only for one id here, so merging restores each channel.
        let read = read(&written(&lineup));
        prop_assert_eq!(read.lineup, lineup);
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let _ = read_lineup(bytes.as_slice(), &network(), "x");
    }

    #[test]
    fn no_lines_panic(lines in proptest::collection::vec(
        "(#EXTINF:|#EXTM3U |#EXTVLCOPT:|#EXTHTTP:|#KODIPROP:|#EXTGRP:|)[ -~中\u{a0}\t]{0,60}", 0..40)
    ) {
        let read = read_lineup(lines.join("\n").as_bytes(), &network(), "x");
        if let Ok(read) = read {
            let mut numbers: Vec<_> = read.lineup.channels.iter().map(|c| c.number).collect();
            let mut ids: Vec<_> = read.lineup.channels.iter().map(|c| c.id.clone()).collect();
            let all = numbers.len();
            numbers.sort();
            numbers.dedup();
            ids.sort();
            ids.dedup();
            prop_assert_eq!((numbers.len(), ids.len()), (all, all));
            prop_assert!(read.lineup.channels.iter().all(|c| !c.sources.is_empty() && !c.name.is_empty()));
        }
    }
}

/// Prints how long a list of the largest known size takes; `cargo test -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn measure_212_000_channels() {
    let mut text = "#EXTM3U\n".to_owned();
    for i in 0..212_000 {
        text += &format!(
            "#EXTINF:-1 tvg-id=\"id{i}\" tvg-name=\"频道 {i}\" tvg-logo=\"http://logo.example/{i}.png\" \
             group-title=\"组 {}\",频道 {i}\nhttp://s.example/live/{i}/index.m3u8\n",
            i % 300
        );
    }
    let begun = std::time::Instant::now();
    let found = read(&text);
    println!("{} channels, {} bytes: {:?}", found.lineup.channels.len(), text.len(), begun.elapsed());
}

#[test]
fn guides_between_commas_and_blanks() {
    let of = |list: &str| read(&format!("#EXTM3U x-tvg-url=\"{list}\"\n#EXTINF:-1,a\nhttp://a/1\n")).lineup.guides;
    let two = ["http://e.example/1.xml", "https://f.example/2.xml.gz"];
    for list in [
        "http://e.example/1.xml,https://f.example/2.xml.gz",
        "http://e.example/1.xml, https://f.example/2.xml.gz",
        "http://e.example/1.xml https://f.example/2.xml.gz",
        " http://e.example/1.xml ,, https://f.example/2.xml.gz;",
        "http://e.example/1.xml;https://f.example/2.xml.gz",
    ] {
        assert_eq!(of(list), two, "{list}");
    }
    assert_eq!(of("http://e.example/?a=1,2"), ["http://e.example/?a=1,2"]);
    assert_eq!(of("1.xml,2.xml"), ["http://tv.example/lists/1.xml", "http://tv.example/lists/2.xml"]);
    let both = read(
        "#EXTM3U url-tvg='http://e.example/1.xml' x-tvg-url=\"http://e.example/2.xml\"\n#EXTM3U url-tvg=http://e.example/3.xml\n#EXTINF:-1,a\nhttp://a/1\n",
    );
    assert_eq!(both.lineup.guides, ["http://e.example/1.xml", "http://e.example/2.xml", "http://e.example/3.xml"]);
}

#[test]
fn tags_in_any_order() {
    let read = read(concat!(
        "#EXTM3U http-user-agent=\"All/1\"\n",
        "#EXTVLCOPT:http-referrer=http://r.example/\n#EXTGRP:甲\n#EXTINF:-1,一\n#EXTVLCOPT--http-user-agent=One/1\nhttp://a/1\n",
        "#KODIPROP:http-user-agent=Two/1\n#EXTHTTP:{\"headers\":{\"X-A\":\"b\"},\"X-C\":null}\n#EXTINF:-1,二\nhttp://a/2\n",
        "#EXTINF:-1,三\n#EXTVLCOPT:http-header=X-D: e\n#EXTVLCOPT:program=7\n#KODIPROP:inputstream=x\nhttp://a/3\n",
    ));
    let headers: Vec<_> = read.lineup.channels.iter().map(|c| c.sources[0].clone()).collect();
    assert_eq!(
        headers,
        [
            source("http://a/1", &[("User-Agent", "One/1"), ("Referer", "http://r.example/")]),
            source("http://a/2", &[("User-Agent", "Two/1"), ("X-A", "b")]),
            source("http://a/3", &[("User-Agent", "All/1"), ("X-D", "e")]),
        ]
    );
    assert!(read.lineup.channels.iter().all(|c| c.groups == ["甲"]));
    assert_eq!(whats(&read), [(Some(8), "header \"X-C\" has no text; ignored")]);
}

#[test]
fn catch_up_as_playlists_write_it() {
    let of = |header: &str, attributes: &str| {
        let text = format!("#EXTM3U {header}\n#EXTINF:-1 {attributes},a\nhttp://a/1\n");
        let read = read(&text);
        read.lineup.channels[0].catchup.clone().map(|c| (c.mode, c.days, c.source, c.correction_minutes))
    };
    let some =
        |mode: &str, days: u32, source: Option<&str>| Some((mode.to_owned(), days, source.map(str::to_owned), 0));
    assert_eq!(of("", ""), None);
    assert_eq!(of("", "timeshift=\"3\""), some("shift", 3, None));
    assert_eq!(of("", "tvg-rec=\"4\""), some("shift", 4, None));
    assert_eq!(of("", "tvg-rec=\"0\""), None);
    assert_eq!(of("", "catchup=\"FS\" catchup-days=\"7 days\""), some("fs", 7, None));
    assert_eq!(of("", "catchup-type=\"flussonic\" tvg-rec=\"2\" timeshift=\"0\""), some("flussonic", 2, None));
    assert_eq!(of("", "catchup=\"default\" catchup-days=\"0\""), None);
    assert_eq!(of("", "catchup-source=\"?a={utc}\""), some("default", 5, Some("?a={utc}")));
    let header =
        "catchup=\"append\" catchup-source=\"?playseek=${(b)yyyyMMddHHmmss}-${(e)yyyyMMddHHmmss}\" catchup-days=\"6\"";
    let source = Some("?playseek=${(b)yyyyMMddHHmmss}-${(e)yyyyMMddHHmmss}");
    assert_eq!(of(header, ""), some("append", 6, source));
    assert_eq!(of(header, "catchup-days=\"2\""), some("append", 2, source));
    assert_eq!(
        of(header, "catchup=\"default\" catchup-source=\"http://c/{utc}\""),
        some("default", 6, Some("http://c/{utc}"))
    );
    assert_eq!(of(header, "catchup=\"none\""), None);
    assert_eq!(of(header, "catchup=\"xc\""), some("xc", 6, None));
    assert_eq!(of("", "catchup=\"magic\""), None);
    assert_eq!(of("", "catchup=\"magic\" timeshift=\"2\""), some("shift", 2, None));
    assert_eq!(of("catchup-correction=\"-2.5\"", "catchup=\"xc\""), Some(("xc".to_owned(), 5, None, -150)));
    assert_eq!(
        of("catchup-correction=\"-2.5\"", "catchup=\"xc\" catchup-correction=\"8\""),
        Some(("xc".to_owned(), 5, None, 480))
    );
}

#[test]
fn what_of_an_address_is_another_for_the_past() {
    let of = |header: &str, attributes: &str| {
        let text = format!("#EXTM3U {header}\n#EXTINF:-1 catchup=\"append\" {attributes},a\nhttp://a/1\n");
        let replace = read(&text).lineup.channels[0].catchup.clone().unwrap().replace?;
        Some(format!("{} > {}", replace.0, replace.1))
    };
    assert_eq!(of("catchup-replace=\"/PLTV/,/TVOD/\"", "").as_deref(), Some("/PLTV/ > /TVOD/"));
    assert_eq!(of("catchup-replace=\"/PLTV/,/TVOD/\"", "catchup-replace=\"live,\"").as_deref(), Some("live > "));
    assert_eq!(of("", "catchup-replace=\"/PLTV/\""), None);
}

#[test]
fn names_numbers_and_sound() {
    let read = read(concat!(
        "#EXTM3U\n#EXTINF:-1 tvg-chno=\"5.1\" radio=\"true\",上海人民广播\nhttp://a/1\n",
        "#EXTINF:-1 tvg-id=\"x\" 没有逗号\nhttp://a/2\n#EXTINF:-1 也没有\nhttp://a/3\n",
        "#EXTINF:-1 tvg-id=\"y\" tvg-name=\"别名\" group-title=\" 央视 ；高清;;央视\",有\u{0}控制\u{7}符\nhttp://a/4\n",
        "#EXTINF -1,空格\nhttp://a/5\n",
    ));
    assert_eq!(whats(&read), []);
    let names: Vec<_> = read.lineup.channels.iter().map(|c| (c.name.as_str(), c.number.0, c.radio)).collect();
    assert_eq!(
        names,
        [
            ("上海人民广播", 5, true),
            ("没有逗号", 2, false),
            ("也没有", 3, false),
            ("有 控制 符", 4, false),
            ("空格", 6, false)
        ]
    );
    assert_eq!(read.lineup.channels[3].groups, ["央视", "高清"]);
    assert_eq!(read.lineup.channels[3].epg_name.as_deref(), Some("别名"));
}

#[test]
fn no_name_holds_control_characters() {
    let read = read("http://a.example/x\u{1}y\u{7f}.ts\n#EXTINF:-1,\nb\u{2}c\n组,#genre#\n\u{3},http://a.example/1\n");
    assert!(read.lineup.channels.iter().all(|c| !c.name.is_empty() && !c.name.contains(char::is_control)));
    assert_eq!(read.lineup.channels.last().map(|c| c.name.as_str()), Some("频道"));
}

#[test]
fn a_refused_address_leaves_the_channels_others() {
    let read =
        read("央视,#genre#\nCCTV1,http://127.0.0.1:5140/rtp/239.1.1.1:5000#file:///etc/passwd#http://a/1$备用\n");
    assert_eq!(read.lineup.channels[0].sources, [source("http://a/1", &[])]);
    assert_eq!(whats(&read).iter().filter_map(|w| w.0).collect::<Vec<_>>(), [2, 2]);
    let kind = |text: &str| read_lineup(text.as_bytes(), &network(), "x").map_err(|e| e.to_string());
    assert!(kind("{\"error\":\"no\"}").unwrap_err().contains("JSON"));
}

#[test]
fn a_description_that_was_taken_out_takes_its_address_along() {
    let read = read(concat!(
        "#EXTM3U\n#EXTINF:-1,甲\nhttp://a/1\n##EXTINF:-1,乙\nhttp://a/2\n# EXTINF:-1 tvg-id=\"c\",丙\nhttp://a/3\n",
        "#EXTINF:-1,丁\n# #EXTINF:-1,旧\nhttp://a/4$HD\n",
    ));
    let found: Vec<_> = read
        .lineup
        .channels
        .iter()
        .map(|c| (c.name.as_str(), c.sources.iter().map(|s| s.url.as_str()).collect()))
        .collect();
    assert_eq!(found, [("甲", vec!["http://a/1"]), ("丙", vec!["http://a/3"]), ("丁", vec!["http://a/4"])]);
    assert_eq!(whats(&read), [(Some(5), "\"http://a/2\" has lost its description; ignored")]);
}
