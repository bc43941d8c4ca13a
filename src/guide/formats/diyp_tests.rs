//! Days as they are published, over midnight, in disorder, cut and random.

use std::convert::Infallible;

use proptest::prelude::*;

use super::super::{
    guide::{self, Reading as How},
    xmltv::GuideProgramme,
};
use super::*;

fn read_as(text: &[u8], diyp: Option<i32>) -> (Vec<GuideProgramme>, Ending, Vec<String>) {
    let mut warnings = Warnings::new("g");
    let mut programmes = Vec::new();
    let how = How { zone_offset_minutes: diyp, diyp_required: diyp.is_some() };
    let Ok(ending) = guide::read_guide::<Infallible>(text, how, &mut warnings, &mut |item| {
        if let Item::Programme(programme) = item {
            programmes.push(programme);
        }
        Ok(())
    });
    let warnings = warnings.into_vec().into_iter().map(|w| format!("{}: {}", w.line.unwrap_or(0), w.what)).collect();
    (programmes, ending, warnings)
}

fn read(text: &str) -> (Vec<GuideProgramme>, Ending, Vec<String>) {
    read_as(text.as_bytes(), None)
}

fn utc(at: crate::time::UtcMs) -> String {
    jiff::Timestamp::from_millisecond(at.0).unwrap().strftime("%d %H:%M").to_string()
}

/// `title start end`, in UTC.
fn told(programmes: &[GuideProgramme]) -> Vec<String> {
    let end = |p: &GuideProgramme| p.stop.map_or("–".to_owned(), utc);
    programmes.iter().map(|p| format!("{} {} {}", p.title, utc(p.start), end(p))).collect()
}

fn day(items: &[(&str, &str, &str)]) -> String {
    let items: Vec<_> = items
        .iter()
        .map(|(start, end, title)| serde_json::json!({ "start": start, "end": end, "title": title }))
        .collect();
    serde_json::json!({ "channel_name": "CCTV1", "date": "2026-05-01", "epg_data": items }).to_string()
}

#[test]
fn a_day_is_beijings() {
    let text = day(&[("00:00", "07:30", "早"), ("07:30", "23:10", "中"), ("23:10", "00:00", "晚")]);
    let (programmes, ending, warnings) = read(&text);
    assert_eq!((ending, warnings.len()), (Ending::Whole, 0));
    assert_eq!(told(&programmes), ["早 30 16:00 30 23:30", "中 30 23:30 01 15:10", "晚 01 15:10 01 16:00"]);
    assert_eq!(programmes[0].channel, "CCTV1");
    let (programmes, ..) = read_as(text.as_bytes(), Some(0));
    assert_eq!(told(&programmes)[0], "早 01 00:00 01 07:30");
}

#[test]
fn over_midnight() {
    let (programmes, ..) = read(&day(&[("22:00", "23:30", "a"), ("23:30", "00:30", "b"), ("00:30", "01:00", "c")]));
    assert_eq!(told(&programmes), ["a 01 14:00 01 15:30", "b 01 15:30 01 16:30", "c 01 16:30 01 17:00"]);
    let (programmes, ..) = read(&day(&[("23:50", "00:20", "a"), ("00:20", "12:00", "b"), ("12:00", "23:40", "c")]));
    assert_eq!(told(&programmes), ["a 30 15:50 30 16:20", "b 30 16:20 01 04:00", "c 01 04:00 01 15:40"]);
    let (programmes, ..) = read(&day(&[
        ("14:00", "15:00", "b"),
        ("08:00", "09:00", "a"),
        ("20:00", "21:00", "c"),
        ("19:00", "20:00", "d"),
    ]));
    assert_eq!(
        told(&programmes),
        ["b 01 06:00 01 07:00", "a 01 00:00 01 01:00", "c 01 12:00 01 13:00", "d 01 11:00 01 12:00"]
    );
    let (programmes, ..) = read(&day(&[("23:00", "24:00", "a")]));
    assert_eq!(told(&programmes), ["a 01 15:00 01 16:00"]);
    let (programmes, ..) = read(&day(&[("00:00", "00:00", "a"), ("12:00", "12:00", "b"), ("13:00", "", "c")]));
    assert_eq!(told(&programmes), ["a 30 16:00 01 16:00", "b 01 04:00 –", "c 01 05:00 –"]);
}

#[test]
fn shapes_of_a_document() {
    let one = day(&[("08:00", "09:00", "a")]);
    for text in [
        one.clone(),
        format!("[{one},{one}]"),
        format!("{one}\n{one}\r\n"),
        format!("\u{feff}  {one}"),
        format!("{{\"code\":200,\"data\":{one}}}"),
        format!("{{\"data\":[{one}],\"x\":null}}"),
        format!("[null,1,\"x\",[{one}]]"),
        one.replace("2026-05-01", "20260501"),
        one.replace("2026-05-01", "2026/5/1"),
        one.replace("2026-05-01", "2026年5月1日"),
        one.replace("08:00", "8:00").replace("09:00", "09:00:00"),
        one.replace("08:00", "2026-05-01 08:00").replace("09:00", "20260501090000"),
        one.replace("\"08:00\"", "1777593600"),
    ] {
        let (programmes, ending, warnings) = read(&text);
        assert_eq!((ending, warnings.len()), (Ending::Whole, 0), "{text}");
        assert!(told(&programmes).iter().all(|told| told == "a 01 00:00 01 01:00"), "{text} {programmes:?}");
        assert!(!programmes.is_empty());
    }
    let gb = encoding_rs::GB18030.encode("{\"channel_name\":\"东方卫视\",\"date\":\"2026-05-01\",\"epg_data\":[{\"start\":\"08:00\",\"end\":\"09:00\",\"title\":\"新闻\"}]}").0.into_owned();
    assert_eq!(read_as(&gb, None).0[0].channel, "东方卫视");
}

#[test]
fn faults_cost_only_their_programme() {
    let text = r#"[{"channel_name":"甲","date":"2026-05-01","epg_data":[
        {"start":"25:00","end":"26:00","title":"a"},
        {"start":"08:00","end":"x","title":"b"},
        {"start":"09:00","end":"10:00","title":" "},
        "noise", null,
        {"start":"10:00","end":"11:00","title":{"x":1}},
        {"start":"11:00","end":"12:00","title":"c","desc":"说\u0000明","more":[1,2]}]},
      {"date":"2026-05-01","epg_data":[{"start":"08:00","end":"09:00","title":"d"}]},
      {"channel_name":"乙","date":"soon","epg_data":[{"start":"08:00","end":"09:00","title":"e"}]},
      {"channel_name":"丙","date":"2026-05-01","epg_data":null}]"#;
    let (programmes, ending, warnings) = read(text);
    assert_eq!(ending, Ending::Whole);
    assert_eq!(told(&programmes), ["b 01 00:00 –", "c 01 03:00 01 04:00"]);
    assert_eq!(programmes[1].description.as_deref(), Some("说 明"));
    let lines: Vec<_> = warnings.iter().map(|w| w.split(':').next().unwrap()).collect();
    assert_eq!(lines, ["2", "3", "4", "5", "5", "6", "8", "9"], "{warnings:?}");
}

#[test]
fn other_documents_are_named() {
    for text in ["{}", "[]", "[1]", "{\"a\":[{\"b\":1}]}"] {
        assert!(matches!(read(text).1, Ending::Broken(why) if why.contains("not a DIYP guide")), "{text}");
    }
    assert!(matches!(read_as(b"<tv></tv>", Some(480)).1, Ending::Broken(why) if why.contains("no JSON")));
    assert!(matches!(read_as(b"", Some(480)).1, Ending::Broken(_)));
}

#[test]
fn cut_anywhere_it_says_so() {
    let one = day(&[("08:00", "09:00", "a"), ("09:00", "10:00", "b")]);
    let text = format!("[{one},{one}]");
    for cut in 0..text.len() {
        let (programmes, ending, _) = read(&text[..cut]);
        assert!(matches!(ending, Ending::Broken(_)), "{cut}");
        assert!(programmes.len() <= 4);
    }
}

#[test]
fn hostile_documents_end_in_words() {
    let deep = "[".repeat(100_000);
    let long = format!("{{\"channel_name\":\"{}", "x".repeat(3_000_000));
    let ignored = format!("{{\"other\":\"{}", "x".repeat(3_000_000));
    let many = format!("{{\"channel_name\":\"x\",\"date\":\"20260501\",\"epg_data\":[{}", "[[1,1],1],".repeat(200_000));
    for text in [deep, long, ignored, many] {
        assert!(matches!(read(&text).1, Ending::Broken(_)));
    }
}

#[test]
fn a_sink_that_refuses_stops_the_reading() {
    let mut warnings = Warnings::new("g");
    let text = day(&[("08:00", "09:00", "a")]);
    let stopped = guide::read_guide(text.as_bytes(), How::default(), &mut warnings, &mut |_| Err("full"));
    assert_eq!(stopped, Err("full"));
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..500), head in "(\\{|\\[|\\{\"epg_data\":\\[)") {
        let _ = read_as(&[head.as_bytes(), &bytes].concat(), None);
    }

    #[test]
    fn no_times_panic(
        date in ".{0,12}|[0-9年/-]{4,12}",
        items in proptest::collection::vec(("[0-9: -]{0,20}", "[0-9: -]{0,20}", ".{0,4}"), 0..12),
    ) {
        let items: Vec<_> = items.iter().map(|(s, e, t)| serde_json::json!({ "start": s, "end": e, "title": t })).collect();
        let text = serde_json::json!({ "channel_name": "x", "date": date, "epg_data": items }).to_string();
        let (programmes, ending, _) = read(&text);
        prop_assert_eq!(ending, Ending::Whole);
        prop_assert!(programmes.iter().all(|p| p.stop.is_none_or(|stop| stop > p.start)));
    }

    /// A day that is written from instants is read back as them.
    #[test]
    fn what_is_written_is_read(first in 0_i64..600, lengths in proptest::collection::vec(1_i64..180, 1..8)) {
        let base = 1_777_564_800; // 2026-05-01 00:00 in Beijing
        let clock = |minutes: i64| format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60);
        let (mut at, mut items, mut expected) = (first, vec![], vec![]);
        for length in lengths {
            items.push(serde_json::json!({ "start": clock(at), "end": clock(at + length), "title": "x" }));
            expected.push(((base + at * 60) * 1000, (base + (at + length) * 60) * 1000));
            at += length;
        }
        let text = serde_json::json!({ "epg_data": items, "date": "2026-05-01", "channel_name": "x" }).to_string();
        let found: Vec<_> = read(&text).0.iter().map(|p| (p.start.0, p.stop.unwrap().0)).collect();
        prop_assert_eq!(found, expected);
    }
}
