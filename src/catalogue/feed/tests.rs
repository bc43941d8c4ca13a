use proptest::prelude::*;

use super::*;
use crate::catalogue::format::fault::Level;

const FEED: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">
<channel>
  <title>区图书馆视频</title>
  <image><title>标志</title><url>/logo.png</url></image>
  <description><![CDATA[<p>每周一讲，<b>免费</b>收看。</p>]]></description>
  <itunes:author>区图书馆</itunes:author>
  <item>
    <guid>v3</guid>
    <title>第二讲 &amp; 练习</title>
    <pubDate>Mon, 09 Mar 2026 08:00:00 +0800</pubDate>
    <media:category scheme="urn:example:course">书法入门</media:category>
    <media:content url="v3.mp4" type="video/mp4" height="720" duration="754.2"/>
  </item>
  <item>
    <guid>v2</guid>
    <title>第一讲</title>
    <pubDate>Mon, 02 Mar 2026 08:00:00 +0800</pubDate>
    <media:category scheme="urn:example:course">书法入门</media:category>
    <category>慕课</category>
    <media:group>
      <media:content url="v2-1080.mp4" type="video/mp4" height="1080"/>
      <media:content url="v2-2160.mp4" type="video/mp4" height="2160"/>
      <media:content url="v2/index.m3u8" type="application/vnd.apple.mpegurl"/>
      <media:content url="v2-trailer.mp4" type="video/mp4" expression="sample"/>
      <media:content url="v2.jpg" medium="image"/>
      <media:title>不是这个</media:title>
      <media:thumbnail url="v2.png"/>
      <media:credit role="Teacher" scheme="urn:ebu">本课老师</media:credit>
      <media:description>从一横写起。</media:description>
      <media:subTitle type="text/vtt" lang="zh" href="v2.vtt"/>
      <media:subTitle type="application/ttml+xml" lang="zh" href="v2.ttml"/>
    </media:group>
    <itunes:duration>0:12:34</itunes:duration>
  </item>
  <item>
    <title>怎样量血压</title>
    <category>健康</category>
    <enclosure url="bp.mp4" type="video/mp4" length="1"/>
  </item>
</channel>
</rss>"#;

fn base() -> Url {
    Url::parse("https://video.example.org/feeds/all.xml").unwrap()
}

fn read(text: &str) -> (Vec<Course>, Vec<String>) {
    let mut faults = Faults::default();
    let courses = courses("f", text.as_bytes(), &base(), FeedDefaults::default(), &mut faults).unwrap();
    (courses, faults.list.iter().map(|f| format!("{}: {}", f.path, f.what)).collect())
}

fn item(inside: &str) -> String {
    format!("<rss><channel><title>台</title><item>{inside}</item></channel></rss>")
}

#[test]
fn a_feed_becomes_courses() {
    let (courses, faults) = read(FEED);
    assert_eq!(
        faults,
        [
            "item[1] (line 15).subTitle: is neither WebVTT nor SRT; left out",
            "item[2] (line 36): has no duration: it is known when it is first watched",
        ]
    );
    let [brush, own] = courses.as_slice() else { panic!("{courses:?}") };
    assert_eq!((brush.id.0.as_str(), brush.title.as_str()), ("feed/书法入门", "书法入门"));
    assert_eq!((brush.band, brush.tier, brush.form), (Band::Arts, Tier::Beginner, Form::Mooc));
    assert_eq!((brush.provider.as_str(), brush.teacher.as_str()), ("区图书馆", "本课老师"));
    assert_eq!(brush.poster.as_deref(), Some("https://video.example.org/feeds/v2.png"));
    let lessons: Vec<_> = brush.lessons.iter().map(|l| (l.id.0.as_str(), l.title.as_str(), l.duration_s)).collect();
    assert_eq!(lessons, [("v2", "第一讲", 754), ("v3", "第二讲 & 练习", 754)], "oldest first");
    let urls: Vec<_> = brush.lessons[0].sources.iter().map(|s| s.url.rsplit_once("/feeds/").unwrap().1).collect();
    assert_eq!(urls, ["v2/index.m3u8", "v2-1080.mp4", "v2-2160.mp4"]);
    assert_eq!(brush.lessons[0].subtitles.len(), 1);
    assert_eq!((own.id.0.as_str(), own.title.as_str(), own.band), ("feed", "区图书馆视频", Band::Health));
    assert_eq!(own.summary, "每周一讲， 免费 收看。");
    assert_eq!(own.poster.as_deref(), Some("https://video.example.org/logo.png"));
    assert_eq!(own.lessons[0].id.0, "https://video.example.org/feeds/bp.mp4", "without a guid, the address");
}

#[test]
fn an_item_that_cannot_be_used_is_left_out_and_reported() {
    for (inside, expected) in [
        ("<title>x</title>", "item[0] (line 1): has no video or sound that can be used"),
        ("<enclosure url='a.mp4'/>", "item[0] (line 1): has no title"),
        ("<title>x</title><enclosure url='a.pdf' type='application/pdf'/>", "has no video or sound that can be used"),
        ("<title>x</title><enclosure url='file:///etc/passwd'/>", "must not use the scheme \"file:\""),
        (
            "<title>x</title><enclosure url='http://127.0.0.1/a.mp4'/>",
            "must not name this machine or a link-local address",
        ),
    ] {
        let (courses, faults) = read(&item(inside));
        assert!(courses.is_empty() && faults[0].contains(expected), "{inside}: {faults:?}");
    }
    let twice = "<item><guid>g</guid><title>a</title><enclosure url='a.mp4'/></item>".repeat(2);
    let (courses, faults) = read(&format!("<rss><channel><title>台</title>{twice}</channel></rss>"));
    assert_eq!(courses[0].lessons.len(), 1);
    assert!(faults.iter().any(|f| f == "item[1] (line 1): its guid \"g\" is used twice"), "{faults:?}");
}

#[test]
fn prefixes_are_what_the_feed_says_and_durations_are_written_in_many_ways() {
    let feed = |prefix: &str, duration: &str| {
        format!(
            "<rss xmlns:{prefix}='http://search.yahoo.com/mrss/'><channel><title>台</title><item><title>x</title>\
             <{prefix}:content url='a.mp4' duration='{duration}'/></item></channel></rss>"
        )
    };
    for (duration, expected) in [
        ("61", 61),
        ("61.4", 61),
        ("1:01", 61),
        ("01:00:01", 3601),
        ("", 0),
        ("x", 0),
        ("-5", 0),
        ("1:1:1:1", 0),
        ("NaN", 0),
        ("9e99", 0),
    ] {
        assert_eq!(read(&feed("m", duration)).0[0].lessons[0].duration_s, expected, "{duration}");
    }
    let other = feed("media", "5").replace("http://search.yahoo.com/mrss/", "urn:other");
    assert!(read(&other).0.is_empty(), "another vocabulary's content is none");
}

#[test]
fn what_is_no_feed_or_half_a_feed_is_refused() {
    let half = &FEED[..FEED.find("</channel>").unwrap()];
    let deep = format!("<rss>{}", "<a>".repeat(5_000));
    let long = format!("<rss><channel><title>{}</title></channel></rss>", "x".repeat(2 << 20));
    for (text, expected) in [
        ("", "no feed"),
        ("<html><body>404</body></html>", "<html> where <rss> was expected"),
        ("<feed xmlns='http://www.w3.org/2005/Atom'/>", "<feed> where <rss>"),
        (half, "the document ends before </rss>"),
        ("<rss><channel></rss>", "line 1"),
        (deep.as_str(), "more than 1000 elements"),
        (long.as_str(), "longer than 1 MB"),
    ] {
        let failure =
            courses("f", text.as_bytes(), &base(), FeedDefaults::default(), &mut Faults::default()).unwrap_err();
        assert!(failure.contains(expected), "{failure}");
    }
}

#[test]
fn no_entity_is_expanded() {
    let bomb = "<!DOCTYPE rss [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>";
    let (courses, _) = read(&format!("{bomb}{}", item("<title>x&b;y&#20108;</title><enclosure url='a.mp4'/>")));
    assert_eq!(courses[0].lessons[0].title, "xy二");
}

#[test]
fn other_encodings_are_read() {
    let text = item("<title>太极拳</title><enclosure url='a.mp4'/>");
    let (bytes, ..) = encoding_rs::GB18030.encode(&text);
    let read = courses("f", &bytes, &base(), FeedDefaults::default(), &mut Faults::default()).unwrap();
    assert_eq!(read[0].lessons[0].title, "太极拳");
    assert!(looks_like_xml(&bytes) && !looks_like_xml(b" {\"version\":1}"));
}

#[test]
fn a_channel_tells_what_its_courses_are_and_defaults_fill_the_rest() {
    let defaults = FeedDefaults { band: Band::Culture, tier: Tier::Advanced, form: Form::Short };
    let of = |text: &str| courses("f", text.as_bytes(), &base(), defaults, &mut Faults::default()).unwrap().remove(0);
    let plain = of(&item("<title>x</title><enclosure url='a.mp4'/>"));
    assert_eq!((plain.band, plain.tier, plain.form), (Band::Culture, Tier::Advanced, Form::Short));
    let told = of(&item("<title>x</title><category>防骗</category><category>进阶</category><enclosure url='a.mp4'/>"));
    assert_eq!((told.band, told.tier, told.id.0.as_str()), (Band::FraudSafety, Tier::Intermediate, "feed"));
    let guessed = of(&item("<title>x</title><category>手机摄影提高班</category><enclosure url='a.mp4'/>"));
    assert_eq!((guessed.band, guessed.tier), (Band::Digital, Tier::Advanced));
    assert_eq!(guessed.id.0, "feed/手机摄影提高班");
}

fn element() -> impl Strategy<Value = String> {
    prop_oneof![
        "<(item|title|guid|media:group|media:content|category|image|pubDate|itunes:duration)( url='[a-z./:]{0,12}')?( duration='[0-9:.]{0,8}')?/?>",
        "</(item|title|guid|media:group|category|image|pubDate|channel|itunes:duration)>",
        "[^<]{0,12}",
        ".{0,6}",
    ]
}

proptest! {
    #[test]
    fn no_feed_makes_the_reader_panic(parts in proptest::collection::vec(element(), 0..40)) {
        let text = format!("<rss><channel>{}</channel></rss>", parts.concat());
        let mut faults = Faults::default();
        if let Ok(courses) = courses("f", text.as_bytes(), &base(), FeedDefaults::default(), &mut faults) {
            for course in courses {
                prop_assert!(!course.title.is_empty() && !course.lessons.is_empty());
                prop_assert!(course.lessons.iter().all(|l| !l.sources.is_empty() && !l.title.is_empty()));
            }
        }
        prop_assert!(faults.list.iter().all(|f| f.level == Level::Error || f.level == Level::Warning));
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = courses("f", &bytes, &base(), FeedDefaults::default(), &mut Faults::default());
    }
}
