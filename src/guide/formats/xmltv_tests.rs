//! Guides as they are published, cut, poisoned and random.

use std::{convert::Infallible, io};

use proptest::prelude::*;

use super::*;

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
    三]]></desc><category>x</category>
  </programme>
  <programme start="19700101080200 +0800" channel="c"><title>二</title><sub-title>s</sub-title></programme>
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
            programme("c", 120, None, "二", Some("s\n")),
        ]
    );
}

#[test]
fn a_series_stands_before_the_description() {
    let series = |inside: &str| {
        let text = format!(
            "<tv><programme start=\"19700101000100 +0000\" channel=\"c\"><title>剧</title>{inside}</programme></tv>"
        );
        match read(text.as_bytes()).0.remove(0) {
            Item::Programme(programme) => programme.description,
            other => panic!("{other:?}"),
        }
    };
    let ns = |numbers: &str| format!("<episode-num system=\"xmltv_ns\">{numbers}</episode-num>");
    let shown = |text: &str| format!("<episode-num system=\"onscreen\">{text}</episode-num>");
    assert_eq!(
        series(&format!("<sub-title>选医院</sub-title><desc>讲挂号</desc>{}", ns("0.2."))).unwrap(),
        "第3集 选医院\n讲挂号"
    );
    assert_eq!(series(&format!("{}{}", shown("S2E9"), ns("1.8.0/1"))).unwrap(), "第2季第9集\n");
    assert_eq!(series(&shown("S01E03")).unwrap(), "第3集\n");
    assert_eq!(series(&shown("大结局")).unwrap(), "大结局\n");
    for nothing in [ns(".."), ns("x.4294967295"), shown("finale"), shown(""), shown("99999999999")] {
        assert_eq!(series(&nothing), None, "{nothing}");
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
        let (items, ending, _) = read(&WHOLE.as_bytes()[..cut]);
        assert!(matches!(ending, Ending::Broken(_)), "{cut}");
        assert!(items.len() <= 3);
    }
}

#[test]
fn other_documents_are_named() {
    for text in ["", "hello", "<html><body>", "{\"a\":1}", "<!doctype html><html>"] {
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
        assert!(why.contains("1 MB") || why.contains("inside one another"), "{head}: {why}");
    }
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
