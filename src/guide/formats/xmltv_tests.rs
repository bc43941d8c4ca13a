//! Guides as they are published, cut, poisoned and random.

use std::{
    convert::Infallible,
    io::{self, Read},
};

use proptest::prelude::*;

use super::{
    super::guide::{self, Reading},
    *,
};

/// As the program reads: packed or not, in whatever encoding.
fn read_guide<E>(
    reader: impl Read,
    zone_offset_minutes: i32,
    warnings: &mut Warnings,
    sink: &mut dyn FnMut(Item) -> Result<(), E>,
) -> Result<Ending, E> {
    guide::read_guide(
        reader,
        Reading { zone_offset_minutes: Some(zone_offset_minutes), ..Reading::default() },
        warnings,
        sink,
    )
}

fn read(text: &[u8]) -> (Vec<Item>, Ending, Vec<String>) {
    let mut warnings = Warnings::new("g");
    let mut items = Vec::new();
    let ending = read_guide::<Infallible>(text, 0, &mut warnings, &mut |item| {
        items.push(item);
        Ok(())
    });
    let Ok(ending) = ending;
    (items, ending, warnings.into_vec().into_iter().map(|w| format!("{}: {}", w.line.unwrap_or(0), w.what)).collect())
}

fn programme(channel: &str, start: i64, stop: Option<i64>, title: &str, description: Option<&str>) -> Item {
    Item::Programme(GuideProgramme {
        channel: channel.into(),
        start: UtcMs(start * 1000),
        stop: stop.map(|s| UtcMs(s * 1000)),
        title: title.into(),
        description: description.map(Into::into),
        ..GuideProgramme::default()
    })
}

const WHOLE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE tv SYSTEM "xmltv.dtd">
<tv generator-info-name="x">
  <channel id="a&amp;b"><display-name lang="zh">东方 卫视</display-name><display-name>Dragon</display-name>
    <icon src="http://l.example/1.png"/></channel>
  <!-- a comment <programme> -->
  <programme start="19700101000100 +0000" stop="19700101000200 +0000" channel="a&amp;b">
    <title lang="en">News</title><title lang="zh">新闻 &amp; 天气 &#x1F4FA;</title>
    <desc><![CDATA[一 < 二
    三]]></desc>
  </programme>
  <programme start="19700101080200 +0800" channel="c"><title>二</title></programme>
</tv>
"#;

#[test]
fn a_whole_guide() {
    let (items, ending, warnings) = read(WHOLE.as_bytes());
    assert_eq!(ending, Ending::Whole);
    assert_eq!(warnings, [""; 0]);
    let channel = GuideChannel {
        id: "a&b".into(),
        names: vec!["东方 卫视".into(), "Dragon".into()],
        icon: Some("http://l.example/1.png".into()),
    };
    assert_eq!(
        items,
        [
            Item::Channel(channel),
            programme("a&b", 60, Some(120), "新闻 & 天气 📺", Some("一 < 二 三")),
            programme("c", 120, None, "二", None),
        ]
    );
}

#[test]
fn what_else_a_programme_says() {
    let (items, ..) = read(
        r#"<tv><programme start="19700101000100" channel="c" catchup-id="x&amp;7">
        <title lang="zh_CN">红楼梦</title><sub-title lang="zh">第三回</sub-title><sub-title lang="en">Three</sub-title>
        <category lang="zh">电视剧</category><category>Drama</category><category>Drama</category><category/>
        <icon src="http://p.example/1.png"/><icon src="http://p.example/2.png"/>
        <episode-num system="xmltv_ns">0.2.0/1</episode-num><episode-num system="onscreen">第3集</episode-num>
        <credits><actor>甲</actor></credits><desc>  一  &#x7C;
        二 </desc></programme></tv>"#
            .as_bytes(),
    );
    let expected = GuideProgramme {
        channel: "c".into(),
        start: UtcMs(60_000),
        stop: None,
        title: "红楼梦".into(),
        description: Some("一 | 二".into()),
        subtitle: Some("第三回".into()),
        categories: vec!["电视剧".into(), "Drama".into()],
        episode: Some("第3集".into()),
        icon: Some("http://p.example/1.png".into()),
        catchup_id: Some("x&7".into()),
    };
    assert_eq!(items, [Item::Programme(expected)]);
}

#[test]
fn encodings_and_packings() {
    let text = WHOLE.replace('\n', "\r\n");
    let utf16: Vec<u8> = text.replace("UTF-8", "UTF-16").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut xz = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(6)).unwrap();
    io::Write::write_all(&mut gz, text.as_bytes()).unwrap();
    io::Write::write_all(&mut xz, text.as_bytes()).unwrap();
    let (expected, ..) = read(WHOLE.as_bytes());
    for bytes in [
        text.as_bytes().to_vec(),
        [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
        [b"\xFF\xFE".as_slice(), &utf16].concat(),
        utf16,
        gz.finish().unwrap(),
        xz.finish().unwrap(),
    ] {
        let (items, ending, warnings) = read(&bytes);
        assert_eq!((ending, warnings.len()), (Ending::Whole, 0));
        assert_eq!(items, expected);
    }
}

#[test]
fn gb18030_declared_or_not() {
    for text in [WHOLE.replace("UTF-8", "GB2312"), WHOLE.to_owned()] {
        let text = text.replace("&#x1F4FA;", "");
        let (items, ending, _) = read(&encoding_rs::GB18030.encode(&text).0);
        assert_eq!((items.len(), ending), (3, Ending::Whole));
        assert_eq!(items[1], programme("a&b", 60, Some(120), "新闻 & 天气", Some("一 < 二 三")));
    }
}

#[test]
fn faults_cost_only_their_programme() {
    let (items, ending, warnings) = read(
        br#"<tv>
<programme start="x" channel="c"><title>1</title></programme>
<programme start="19700101000200" stop="19700101000200" channel="c"><title>2</title></programme>
<programme start="19700101000200" stop="soon" channel="c"><title>3</title></programme>
<programme start="19700101000200"><title>4</title></programme>
<programme start="19700101000300" channel="c"><title></title></programme>
<programme start="19700101000400" channel="c"><title>A & B &nbsp; C</title><br><b>x</programme>
<programme start="19700101000500" channel="c"><title>never closed
<programme start="19700101000600" channel="c"><title>7</title></oops></programme>
<programme start="19700101000600" stop="19710101000600" channel="c"><title>8</title></programme>
</tv>"#,
    );
    assert_eq!(ending, Ending::Whole);
    assert_eq!(
        items,
        [
            programme("c", 120, None, "3", None),
            programme("c", 240, None, "A & B &nbsp; C", None),
            programme("c", 300, None, "never closed", None),
            programme("c", 360, None, "7", None),
        ]
    );
    let lines: Vec<_> = warnings.iter().map(|w| w.split(':').next().unwrap()).collect();
    assert_eq!(lines, ["2", "3", "4", "5", "6", "7", "10"]);
}

#[test]
fn cut_anywhere_it_says_so() {
    let end = WHOLE.rfind("</tv>").unwrap();
    for cut in 0..end {
        let (items, ending, warnings) = read(&WHOLE.as_bytes()[..cut]);
        let Ending::Broken(why) = ending else { panic!("{cut}") };
        assert!(warnings.last().unwrap().ends_with(&why), "{cut}: {warnings:?}");
        assert!(items.len() <= 3);
    }
}

#[test]
fn other_documents_are_named() {
    for text in ["", "hello", "<html><body>", "<!doctype html><html>"] {
        assert!(matches!(read(text.as_bytes()).1, Ending::Broken(why) if why.contains("not an XMLTV guide")), "{text}");
    }
}

#[test]
fn entities_do_not_multiply() {
    let laughs = r#"<?xml version="1.0"?><!DOCTYPE tv [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">]>
<tv><programme start="19700101000100" channel="c"><title>&b;&x;</title></programme></tv>"#;
    let (items, ending, warnings) = read(laughs.as_bytes());
    assert_eq!(ending, Ending::Whole);
    assert_eq!(items, [programme("c", 60, None, "&b;&x;", None)]);
    assert_eq!(warnings.len(), 2);
}

/// Gives `head`, then `body` again and again.
fn endless<'a>(head: &'a str, body: &'a [u8], times: usize) -> impl Read + 'a {
    struct Repeat<'a>(&'a [u8], usize, usize);
    impl Read for Repeat<'_> {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            if self.1 == 0 {
                return Ok(0);
            }
            let n = (&self.0[self.2..]).read(buf)?;
            self.2 = (self.2 + n) % self.0.len();
            self.1 -= usize::from(self.2 == 0);
            Ok(n)
        }
    }
    head.as_bytes().chain(Repeat(body, times, 0))
}

#[test]
fn endless_texts_tags_comments_and_depths_end_in_words() {
    let title = "<tv><programme start=\"19700101000100\" channel=\"c\"><title>";
    for (head, body) in [
        (title, &[b'x'; 4096][..]),
        ("<tv><!--", &[b'<'; 4096][..]),
        ("<tv><a ", &[b'b'; 4096][..]),
        ("<!DOCTYPE tv [", &b"<!ENTITY a \"b\">".repeat(200)[..]),
        ("<tv>", &b"<a>".repeat(1000)[..]),
    ] {
        let mut warnings = Warnings::new("g");
        let ending = read_guide::<Infallible>(endless(head, body, 2000), 0, &mut warnings, &mut |_| Ok(()));
        let Ok(Ending::Broken(why)) = ending else { panic!("{head}") };
        let warnings = warnings.into_vec();
        let said = |what: &str| warnings.iter().any(|w| w.what.contains(what));
        assert!(said("1 MB") || said("inside one another"), "{head}: {why} {warnings:?}");
    }
}

#[test]
fn what_is_too_long_costs_only_itself() {
    let long = "x".repeat(3 << 20);
    let program = |at: u32, inside: &str| {
        format!("<programme start=\"19700101{at:02}0000\" channel=\"c\">{inside}<title>第{at}</title></programme>\n")
    };
    let parts = [
        program(1, &format!("<desc>{long} &amp; {long}</desc>")),
        program(2, &format!("<desc><![CDATA[{long}<title>no</title>{long}]]></desc>")),
        program(3, &format!("<icon src=\"data:{long}\"/>")),
        format!("<!-- {long}<programme start=\"1970\" channel=\"c\"><title>no</title></programme>{long} -->\n"),
        format!("<?x {long}<programme>{long} ?>\n"),
        format!("<programme start=\"19700101040000\" {long} channel=\"c\"><title>no</title></programme>\n"),
        format!("<desc>{long}\n{long}</desc>\n"),
        program(5, ""),
    ];
    let (items, ending, warnings) = read(format!("<tv>\n{}</tv>", parts.concat()).as_bytes());
    assert_eq!(ending, Ending::Whole);
    let titles: Vec<_> = items
        .iter()
        .map(|item| match item {
            Item::Programme(p) => (p.title.as_str(), p.description.as_deref()),
            Item::Channel(channel) => panic!("{channel:?}"),
        })
        .collect();
    assert_eq!(titles, [("第1", None), ("第2", None), ("第3", None), ("第5", None)]);
    let long = |line: u32, what: &str| format!("{line}: {what} longer than 1 MB; ignored");
    assert_eq!(
        warnings,
        [
            long(2, "a text"),
            long(3, "a text"),
            long(4, "a tag"),
            long(5, "a comment"),
            long(6, "a declaration"),
            long(7, "a tag"),
            long(8, "a text"),
        ]
    );
}

#[test]
fn one_bad_byte_in_a_guide_of_one_line_harms_only_its_title() {
    let start = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><tv><channel id=\"1\"><display-name>东方卫视</display-name></channel>\
        <programme start=\"20260501\" channel=\"1\"><title>新闻";
    let (items, ending, warnings) = read(&[start.as_bytes(), b"\xff</title></programme></tv>"].concat());
    assert_eq!(ending, Ending::Whole);
    let Item::Channel(channel) = &items[0] else { panic!("{items:?}") };
    assert_eq!(channel.names, ["东方卫视"]);
    assert!(matches!(&items[1], Item::Programme(p) if p.title == "新闻\u{fffd}"));
    assert_eq!(warnings, ["1: from here on some bytes are no UTF-8; \u{fffd} stands for each"]);
}

#[test]
fn zones_have_names() {
    let of = |zone: &str| {
        format!(
            "<programme start=\"19700102120000 {zone}\" stop=\"19700102130000 {zone}\" channel=\"c\"><title>一</title></programme>\n"
        )
    };
    let text = format!("<tv>\n{}</tv>", ["BST", "CST", "XYZT", "XYZT", "CEST"].map(of).concat());
    let (items, ending, warnings) = read(text.as_bytes());
    assert_eq!(ending, Ending::Whole);
    let noon = 36 * 3600;
    let at = [noon - 3600, noon - 8 * 3600, noon, noon, noon - 2 * 3600];
    assert_eq!(items, at.map(|at| programme("c", at, Some(at + 3600), "一", None)));
    assert_eq!(warnings, ["4: \"XYZT\" is no zone that is known; read as UTC"]);
}

#[test]
fn where_it_breaks_off_is_said_however_many_warnings_came_before() {
    let many = "<programme start=\"x\" channel=\"c\"/>\n".repeat(3000);
    let (.., warnings) = read(format!("<tv>\n{many}<programme").as_bytes());
    assert_eq!(warnings.len(), super::super::MAX_WARNINGS + 2);
    assert!(warnings[super::super::MAX_WARNINGS].starts_with("3002: "), "{:?}", warnings[super::super::MAX_WARNINGS]);
    assert_eq!(warnings.last().unwrap(), "0: and 2000 more warnings");
}

#[test]
fn a_sink_that_refuses_stops_the_reading() {
    let mut warnings = Warnings::new("g");
    let stopped = read_guide(WHOLE.as_bytes(), 0, &mut warnings, &mut |_| Err("full"));
    assert_eq!(stopped, Err("full"));
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let _ = read(&bytes);
        let _ = read(&[b"<tv>", bytes.as_slice()].concat());
    }

    #[test]
    fn no_markup_panics(parts in proptest::collection::vec(
        "(<tv>|</tv>|<programme start=\"2024\" channel=\"c\">|</programme>|<title lang=\"zh\">|</title>|<channel id=\"|\">|<!--|-->|<!\\[CDATA\\[|\\]\\]>|&|;|<|>|中|<!DOCTYPE|=|/)", 0..60)
    ) {
        let _ = read(parts.concat().as_bytes());
    }
}
