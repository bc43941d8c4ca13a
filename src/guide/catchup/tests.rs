//! Every mode and specifier, with the addresses that servers expect written out.

use proptest::prelude::*;

use super::*;

const BASE: &str = "http://tv.example:8080/live/ch.m3u8";

fn utc(text: &str) -> UtcMs {
    UtcMs(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

fn shanghai() -> Zone {
    Zone::fixed(8 * 3600)
}

/// A programme of ninety minutes two days ago: 20:05:09 to 21:35:09 in Shanghai, asked for at noon of the third day.
fn asked(zone: &Zone) -> Asked<'_> {
    Asked {
        start: utc("2026-04-30T12:05:09Z"),
        end: utc("2026-04-30T13:35:09Z"),
        now: utc("2026-05-02T04:00:00Z"),
        catchup_id: None,
        zone,
    }
}

fn offer<'a>(url: &'a str, mode: &'a str, source: Option<&'a str>) -> Offer<'a> {
    Offer { channel_url: url, mode, source, days: Some(7), correction_ms: 0, replace: None }
}

fn made(url: &str, mode: &str, source: &str) -> String {
    let zone = shanghai();
    offer(url, mode, Some(source).filter(|s| !s.is_empty())).source(&asked(&zone)).unwrap().url
}

fn failed(url: &str, mode: &str, source: Option<&str>) -> CatchupError {
    let zone = shanghai();
    offer(url, mode, source).source(&asked(&zone)).unwrap_err()
}

/// What one specifier becomes.
fn filled(specifier: &str) -> String {
    let made = made(BASE, "default", &format!("http://c.example/x?{specifier}"));
    made.strip_prefix("http://c.example/x?").unwrap().to_owned()
}

#[test]
fn seconds_and_lengths() {
    for (specifier, expected) in [
        ("{utc}", "1777550709"),
        ("${utc}", "1777550709"),
        ("${start}", "1777550709"),
        ("{start}", "1777550709"),
        ("{utcend}", "1777556109"),
        ("${end}", "1777556109"),
        ("{lutc}", "1777694400"),
        ("${now}", "1777694400"),
        ("${timestamp}", "1777694400"),
        ("{duration}", "5400"),
        ("${duration}", "5400"),
        ("{duration:60}", "90"),
        ("{duration:3600}", "1"),
        ("${offset}", "143691"),
        ("{offset:1}", "143691"),
        ("{offset:60}", "2394"),
        ("{utc:}-${utcend:}", "1777550709-1777556109"),
        ("{utc}-{utc}", "1777550709-1777550709"),
    ] {
        assert_eq!(filled(specifier), expected, "{specifier}");
    }
}

#[test]
fn civil_times_are_of_the_boxs_zone() {
    for (specifier, expected) in [
        ("{Y}{m}{d}{H}{M}{S}", "20260430200509"),
        ("{Y}-{m}-{d}T{H}:{M}:{S}", "2026-04-30T20:05:09"),
        ("{utc:YmdHMS}", "20260430200509"),
        ("{start:YmdHMS}", "20260430200509"),
        ("${start:Ymd-H-M}", "20260430-20-05"),
        ("{utcend:YmdHM}", "202604302135"),
        ("${end:YmdHMS}", "20260430213509"),
        ("{lutc:Y-m-d_H}", "2026-05-02_12"),
        ("${now:YmdHMS}", "20260502120000"),
        ("${timestamp:H}", "12"),
        ("${(b)yyyyMMddHHmmss}", "20260430200509"),
        ("${(e)yyyyMMddHHmmss}", "20260430213509"),
        ("{(b)yyyy-MM-dd'T'HH:mm:ss}", "2026-04-30T20:05:09"),
        ("${(b)yyMd}", "26430"),
        ("${start:yyyyMMddHHmmss}", "20260430200509"),
    ] {
        assert_eq!(filled(specifier), expected, "{specifier}");
    }
}

#[test]
fn civil_times_in_utc_where_asked_for() {
    for (specifier, expected) in [
        ("${(b)yyyyMMddHHmmss|UTC}", "20260430120509"),
        ("${(e)yyyyMMddHHmmss|UTC}", "20260430133509"),
        ("${(b)yyyyMMddHHmmss:utc}", "20260430120509"),
        ("${(e)yyyyMMdd'T'HHmmss:utc}", "20260430T133509"),
        ("${utc:yyyyMMddHHmmss}", "20260430120509"),
        ("${utcend:yyyyMMddHHmmss}", "20260430133509"),
        ("${(b)timestamp}", "1777550709"),
        ("${(e)timestamp}", "1777556109"),
    ] {
        assert_eq!(filled(specifier), expected, "{specifier}");
    }
}

#[test]
fn what_is_no_specifier_stays() {
    for text in [
        "{}",
        "${}",
        "{x}",
        "{utc",
        "utc}",
        "{duration:0}",
        "{duration:-1}",
        "{duration:1.5}",
        "{duration:x}",
        "{Y:4}",
        "{(x)yyyy}",
        "{(b)}",
        "{(b)-}",
        "$5",
        "{中文}",
        "{{}}",
        "a{bcdefgh",
    ] {
        assert_eq!(filled(text), text, "{text}");
    }
    assert_eq!(filled("{{utc}}"), "{1777550709}");
    assert_eq!(filled("{a{utc}"), "{a1777550709");
    assert_eq!(filled("$${utc}"), "$1777550709");
    assert_eq!(filled(&format!("{{{}}}", "x".repeat(500))).len(), 502);
}

#[test]
fn default_and_append() {
    let whole = "http://c.example/{utc}-{duration}.m3u8";
    assert_eq!(made(BASE, "default", whole), "http://c.example/1777550709-5400.m3u8");
    assert_eq!(made(BASE, "append", "?utc={utc}"), format!("{BASE}?utc=1777550709"));
    assert_eq!(made(BASE, "append", "&cutv={H}"), format!("{BASE}&cutv=20"));
    assert_eq!(made(BASE, "append", "/{utc}.ts"), format!("{BASE}/1777550709.ts"));
    // A second question mark would end up inside a value.
    let query = "http://a.example/b?token=1";
    assert_eq!(made(query, "append", "?utc={utc}"), "http://a.example/b?token=1&utc=1777550709");
    assert_eq!(made(query, "append", "&utc={utc}"), "http://a.example/b?token=1&utc=1777550709");
    assert_eq!(made("http://a.example/b?", "append", "?utc={utc}"), "http://a.example/b?utc=1777550709");
    // Lists confuse the two.
    assert_eq!(made(BASE, "append", whole), "http://c.example/1777550709-5400.m3u8");
    assert_eq!(made(BASE, "default", "?utc={utc}"), format!("{BASE}?utc=1777550709"));
    assert_eq!(made(BASE, "default", "arc/{utc}.ts"), "http://tv.example:8080/live/arc/1777550709.ts");
    assert_eq!(made(BASE, "default", "/arc/{utc}.ts"), "http://tv.example:8080/arc/1777550709.ts");
    assert_eq!(made(BASE, "DEFAULT", whole), "http://c.example/1777550709-5400.m3u8");
    assert_eq!(failed(BASE, "default", None), CatchupError::NoSource("default".into()));
    assert_eq!(failed(BASE, "append", Some(" ")), CatchupError::NoSource("append".into()));
}

#[test]
fn an_operators_time_shift_server_has_a_usual_query() {
    let url = "rtsp://10.0.0.1/PLTV/88888888/224/3221225804/1.smil";
    let expected = format!("{url}?playseek=20260430200509-20260430213509");
    assert_eq!(made(url, "append", ""), expected);
    assert_eq!(made(url, "default", ""), expected);
}

#[test]
fn an_address_may_be_another_for_the_past() {
    let zone = shanghai();
    let url = "http://10.0.0.1/PLTV/8/224/1.m3u8?x=/PLTV/";
    let offer = Offer { replace: Some(("/PLTV/", "/TVOD/")), ..offer(url, "append", Some("&t={utc}")) };
    assert_eq!(offer.source(&asked(&zone)).unwrap().url, "http://10.0.0.1/TVOD/8/224/1.m3u8?x=/TVOD/&t=1777550709");
}

#[test]
fn shift() {
    let tail = "utc=1777550709&lutc=1777694400";
    for mode in ["shift", "timeshift"] {
        assert_eq!(made(BASE, mode, ""), format!("{BASE}?{tail}"));
        assert_eq!(made("http://a.example/b?c=d", mode, "ignored"), format!("http://a.example/b?c=d&{tail}"));
    }
}

#[test]
fn flussonic() {
    for (url, mode, expected) in [
        (
            "http://h.example/151/mpegts?token=t",
            "flussonic",
            "http://h.example/151/timeshift_abs-1777550709.ts?token=t",
        ),
        (
            "http://h.example:8888/325/index.m3u8?token=s",
            "flussonic",
            "http://h.example:8888/325/timeshift_rel-143691.m3u8?token=s",
        ),
        (
            "http://h.example:8888/325/mono.m3u8?token=s",
            "fs",
            "http://h.example:8888/325/mono-timeshift_rel-143691.m3u8?token=s",
        ),
        ("https://h.example/a/b/video.m3u8", "flussonic-hls", "https://h.example/a/b/video-timeshift_rel-143691.m3u8"),
        ("http://h.example/325/index.m3u8", "flussonic-ts", "http://h.example/325/timeshift_rel-143691.m3u8"),
        (
            "http://h.example/325/live?token=s",
            "flussonic-ts",
            "http://h.example/325/timeshift_abs-1777550709.ts?token=s",
        ),
        ("http://h.example/325/live", "fs", "http://h.example/325/timeshift_abs-1777550709.ts"),
        ("http://h.example/325/live", "flussonic", "http://h.example/325/timeshift_rel-143691.m3u8"),
        ("http://h.example/325/live", "flussonic-hls", "http://h.example/325/timeshift_rel-143691.m3u8"),
        ("http://h.example/325/", "flussonic", "http://h.example/325/timeshift_rel-143691.m3u8"),
    ] {
        assert_eq!(made(url, mode, ""), expected, "{url} {mode}");
    }
    for url in ["udp://@239.1.1.1:5", "http://h.example", "http://h.example/x", "http:///a/b", "x"] {
        assert!(matches!(failed(url, "flussonic", None), CatchupError::Shape { .. }), "{url}");
    }
}

#[test]
fn xtream_codes() {
    let time = "90/2026-04-30:20-05";
    for (url, end) in [
        ("http://l.example:8080/my@account.xc/word/1477", "1477.ts"),
        ("http://l.example:8080/live/my@account.xc/word/1477.m3u8", "1477.m3u8"),
        ("http://l.example:8080/live/my@account.xc/word/1477.ts", "1477.ts"),
        ("http://l.example:8080/my@account.xc/word/1477.ts", "1477.ts"),
        ("http://l.example:8080/my@account.xc/word/1477.m3u", "1477.m3u"),
    ] {
        let expected = format!("http://l.example:8080/timeshift/my@account.xc/word/{time}/{end}");
        assert_eq!(made(url, "xc", ""), expected, "{url}");
    }
    for url in
        ["http://l.example/a/b", "http://l.example/a/b/c/d", "http://l.example/a/b/c.flv", "http://l.example/a//c"]
    {
        assert!(matches!(failed(url, "xc", None), CatchupError::Shape { .. }), "{url}");
    }
}

#[test]
fn vod() {
    let zone = shanghai();
    let with_id = Asked { catchup_id: Some("http://v.example/7.m3u8"), ..asked(&zone) };
    assert_eq!(offer(BASE, "vod", None).source(&with_id).unwrap().url, "http://v.example/7.m3u8");
    let with_id = Asked { catchup_id: Some("7"), ..asked(&zone) };
    let source = Some("http://v.example/{catchup-id}?t={utc}");
    assert_eq!(offer(BASE, "vod", source).source(&with_id).unwrap().url, "http://v.example/7?t=1777550709");
    assert_eq!(offer(BASE, "default", source).source(&with_id).unwrap().url, "http://v.example/7?t=1777550709");
    assert_eq!(failed(BASE, "vod", None), CatchupError::NoCatchupId);
    let with_id = Asked { catchup_id: Some("7"), ..asked(&zone) };
    assert_eq!(offer(BASE, "vod", None).source(&with_id), Err(CatchupError::NotAnAddress));
}

#[test]
fn headers_behind_a_bar_are_sent_and_are_no_part_of_the_address() {
    let zone = shanghai();
    let made = |mode: &str, source: &str| {
        let url = "http://a.example/b?c=d|User-Agent=x&Referer=y";
        let made = offer(url, mode, Some(source)).source(&asked(&zone)).unwrap();
        let headers: Vec<String> = made.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        (made.url, headers.join(", "))
    };
    for (mode, source, url, headers) in [
        ("append", "&u={utc}", "http://a.example/b?c=d&u=1777550709", "User-Agent: x, Referer: y"),
        (
            "append",
            "&u={utc}|X-Key=1%202",
            "http://a.example/b?c=d&u=1777550709",
            "User-Agent: x, Referer: y, X-Key: 1 2",
        ),
        ("default", "http://e.example/{utc}", "http://e.example/1777550709", "User-Agent: x, Referer: y"),
        ("default", "http://e.example/{utc}|referer=z", "http://e.example/1777550709", "User-Agent: x, Referer: z"),
        // A bar that no header follows belongs to the address.
        ("default", "http://e.example/${(b)yyyy|UTC}|a", "http://e.example/2026|a", "User-Agent: x, Referer: y"),
    ] {
        assert_eq!(made(mode, source), (url.to_owned(), headers.to_owned()), "{mode} {source}");
    }
}

#[test]
fn the_window() {
    let zone = shanghai();
    let ask = |start: &str, days: Option<u32>| {
        let asked = Asked { start: utc(start), ..asked(&zone) };
        Offer { days, ..offer(BASE, "shift", None) }.source(&asked)
    };
    assert!(ask("2026-04-30T04:00:00Z", Some(2)).is_ok());
    assert_eq!(ask("2026-04-30T03:59:59Z", Some(2)), Err(CatchupError::TooOld { days: 2 }));
    assert!(ask("2020-01-01T00:00:00Z", None).is_ok());
    assert_eq!(ask("2026-04-30T13:35:09Z", Some(2)), Err(CatchupError::EndBeforeStart));
    let future = Asked { start: utc("2026-05-02T04:00:00Z"), end: utc("2026-05-02T05:00:00Z"), ..asked(&zone) };
    assert_eq!(offer(BASE, "shift", None).source(&future), Err(CatchupError::NotBegun));
    assert_eq!(failed(BASE, "magic", None), CatchupError::UnknownMode("magic".into()));
}

#[test]
fn a_running_programme_ends_now() {
    let zone = shanghai();
    let running = Asked { start: utc("2026-05-02T03:30:00Z"), end: utc("2026-05-02T05:00:00Z"), ..asked(&zone) };
    let source = Some("?s={utc}&e={utcend}&d={duration:60}");
    let made = offer(BASE, "append", source).source(&running).unwrap().url;
    assert_eq!(made, format!("{BASE}?s=1777692600&e=1777694400&d=30"));
}

#[test]
fn what_has_just_begun_is_one_unit_long() {
    let zone = shanghai();
    let running = Asked { start: utc("2026-05-02T03:59:30Z"), end: utc("2026-05-02T05:00:00Z"), ..asked(&zone) };
    let made = offer(BASE, "append", Some("?d={duration:60}&s={duration}")).source(&running).unwrap().url;
    assert_eq!(made, format!("{BASE}?d=1&s=30"));
}

#[test]
fn which_beginnings_an_address_can_name() {
    let zone = shanghai();
    let grid = |mode: &str, source: &str| {
        let url = "http://l.example/u/p/1477";
        let grid = offer(url, mode, Some(source)).grid(asked(&zone).now.plus(7_000), &zone)?;
        let at = utc("2026-04-30T12:05:09Z");
        Some((grid.unit_ms, at.since(grid.floor(at)), grid.ceil(at).since(at)))
    };
    let minute = Some((60_000, 9_000, 51_000));
    for (mode, source, expected) in [
        ("xc", "", minute),
        ("append", "?t={Y}{m}{d}{H}{M}", minute),
        ("append", "?t={utc:YmdHM}", minute),
        ("append", "?t=${(b)yyyyMMddHHmm}&e=${(e)yyyyMMddHHmmss}", minute),
        ("append", "?t=${(b)yyyyMMddHHmm:utc}", minute),
        // From seven seconds after a minute.
        ("append", "?ago={offset:60}", Some((60_000, 2_000, 58_000))),
        ("append", "?h={H}&d={d}", Some((3_600_000, 309_000, 3_291_000))),
        ("shift", "", None),
        ("append", "?t={utc}", None),
        ("append", "?t={utc:}", None),
        ("append", "?t={H}{M}&u={start}", None),
        ("append", "?t={Y}{m}{d}{H}{M}{S}", None),
        ("append", "?t={utc:YmdHMS}", None),
        ("append", "?t=${(b)yyyyMMddHHmmss|UTC}", None),
        ("append", "?t=${(b)timestamp}", None),
        ("append", "?ago={offset:1}", None),
        ("append", "?ago=${offset}", None),
        ("vod", "{catchup-id}", None),
        ("append", "?{x{utc}", None),
    ] {
        assert_eq!(grid(mode, source), expected, "{mode} {source}");
    }
}

#[test]
fn a_server_that_counts_in_minutes_is_asked_for_all_of_a_programme() {
    let zone = shanghai();
    let made = |start: &str, end: &str| {
        let asked = Asked { start: utc(start), end: utc(end), ..asked(&zone) };
        offer("http://l.example/u/p/7", "xc", None).source_around(&asked).unwrap().url
    };
    let of = |length: u32, time: &str| format!("http://l.example/timeshift/u/p/{length}/2026-04-30:{time}/7.ts");
    assert_eq!(made("2026-04-30T12:05:50Z", "2026-04-30T12:35:10Z"), of(31, "20-05"));
    assert_eq!(made("2026-04-30T12:05:00Z", "2026-04-30T12:35:00Z"), of(30, "20-05"));
    // By the second nothing changes.
    let exact = offer(BASE, "append", Some("?s={utc}&e={utcend}"));
    assert_eq!(exact.source_around(&asked(&zone)), exact.source(&asked(&zone)));
}

#[test]
fn a_correction_moves_the_programme_and_not_the_present() {
    let zone = shanghai();
    let source = Some("?s={utc}&e={utcend}&n={lutc}&d={duration}&h={H}");
    let offer = Offer { correction_ms: -5_400_000, ..offer(BASE, "append", source) };
    let made = offer.source(&asked(&zone)).unwrap().url;
    assert_eq!(made, format!("{BASE}?s=1777556109&e=1777561509&n=1777694400&d=5400&h=21"));
}

#[test]
fn summer_time_is_heeded() {
    let zone =
        Zone { first_s: 3600, changes: vec![(utc("2026-03-29T01:00:00Z"), 7200), (utc("2026-10-25T01:00:00Z"), 3600)] };
    let source = Some("http://c.example/{Y}{m}{d}{H}{M}");
    let made = |start: &str, end: &str| {
        let asked =
            Asked { start: utc(start), end: utc(end), now: utc("2026-11-01T00:00:00Z"), catchup_id: None, zone: &zone };
        Offer { days: None, ..offer(BASE, "default", source) }.source(&asked).unwrap().url
    };
    assert_eq!(made("2026-10-24T22:30:00Z", "2026-10-25T02:00:00Z"), "http://c.example/202610250030");
    assert_eq!(made("2026-10-25T01:30:00Z", "2026-10-25T02:00:00Z"), "http://c.example/202610250230");
}

#[test]
fn nothing_is_smuggled() {
    let zone = shanghai();
    let with_id = Asked { catchup_id: Some("7\r\nX: y"), ..asked(&zone) };
    assert_eq!(
        offer(BASE, "vod", Some("http://v.example/{catchup-id}")).source(&with_id),
        Err(CatchupError::NotAnAddress)
    );
    let with_id = Asked { catchup_id: Some("{utc}"), ..asked(&zone) };
    assert_eq!(
        offer(BASE, "vod", Some("http://v.example/{catchup-id}")).source(&with_id).unwrap().url,
        "http://v.example/{utc}"
    );
    let long = format!("http://v.example/{}", "{utc}".repeat(2000));
    assert_eq!(failed(BASE, "default", Some(&long)), CatchupError::NotAnAddress);
}

proptest! {
    #[test]
    fn no_template_panics(
        url in "(http://h\\.example/)?[ -~中]{0,40}",
        mode in "(default|append|shift|flussonic|flussonic-ts|xc|vod|[a-z]{0,4})",
        source in "([ -~中]{0,10}|\\$?\\{(utc|start|end|utcend|lutc|now|duration|offset|\\(b\\)|\\(e\\)|catchup-id|[YmdHMS])(:|\\||)[a-zA-Z0-9:|' -]{0,20}\\}){0,6}",
        start in any::<i64>(), length in any::<i64>(), now in any::<i64>(), correction in any::<i64>(),
        days in proptest::option::of(any::<u32>()),
    ) {
        let zone = shanghai();
        let offer = Offer { channel_url: &url, mode: &mode, source: Some(&source), days, correction_ms: correction, replace: Some(("h", "")) };
        let asked = Asked {
            start: UtcMs(start), end: UtcMs(start.saturating_add(length)), now: UtcMs(now), catchup_id: Some("7"), zone: &zone,
        };
        for made in [offer.source(&asked), offer.source_around(&asked)].into_iter().flatten() {
            prop_assert!(looks_absolute(&made.url) && !made.url.chars().any(char::is_control));
            prop_assert!(made.headers.iter().all(|(_, value)| !value.chars().any(char::is_control)));
        }
    }

    #[test]
    fn what_was_filled_in_reads_back(start in 0_i64..4_000_000_000, length in 1_i64..40_000, ago in 40_000_i64..200_000) {
        let zone = shanghai();
        let source = "http://c.example/{utc}/{utcend}/{lutc}/{duration}/{offset:1}/${(b)yyyyMMddHHmmss|UTC}";
        let asked = Asked {
            start: UtcMs(start * 1000), end: UtcMs((start + length) * 1000), now: UtcMs((start + ago) * 1000),
            catchup_id: None, zone: &zone,
        };
        let made = offer(BASE, "default", Some(source)).source(&asked).unwrap().url;
        let parts: Vec<i64> = made.split('/').skip(3).map(|part| part.parse().unwrap()).collect();
        prop_assert_eq!(&parts[..5], &[start, start + length, start + ago, length, ago]);
        let civil = jiff::Timestamp::from_second(start).unwrap().strftime("%Y%m%d%H%M%S").to_string();
        prop_assert_eq!(parts[5].to_string(), civil);
    }
}
