//! What each target does with its input, and what must hold afterwards. Run by libFuzzer (`fuzz_targets`) or by the
//! driver in `bin/drive.rs`.

#![allow(dead_code, reason = "the program uses more of its modules than the targets do")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is what a target reports")]

use std::{collections::HashSet, convert::Infallible};

#[path = "../../src/address.rs"]
pub mod address;
pub mod catalogue;
#[path = "../../src/files.rs"]
pub mod files;
pub mod guide;
#[path = "../../src/indexed.rs"]
pub mod indexed;
pub mod learning;
pub mod player;
#[path = "../../src/search/mod.rs"]
pub mod search;
#[path = "../../src/time.rs"]
pub mod time;
#[path = "../../src/xml.rs"]
pub mod xml;

use catalogue::{
    feed::FeedDefaults,
    format::{Reading as CatalogueReading, fault::Faults, read_index},
    types::{Catalogue, Course},
};
use guide::{
    catchup::{Asked, Offer},
    formats::{
        MAX_WARNINGS, Warnings,
        address::Origin,
        guide::{Reading, read_guide},
        read_lineup,
        xmltv::{Ending, Item},
    },
    matching::GuideIndex,
    names::normalise,
};
use player::{
    cast::channel::{Carrier, Channel, Out, Track},
    demux::{Demux, Event, TrackId},
    inband::{Coding, Inband, Service},
};
use serde_json::Value;
use time::{UtcMs, Zone};

pub const TARGETS: [(&str, fn(&[u8])); 11] = [
    ("m3u", m3u),
    ("txt", txt),
    ("xmltv", xmltv),
    ("diyp", diyp),
    ("catchup", catchup),
    ("catalogue", catalogue),
    ("mrss", mrss),
    ("search", search),
    ("ts", ts),
    ("cast", cast),
    ("dvb", dvb),
];

pub fn m3u(data: &[u8]) {
    lineup(data, &Origin::Network(url::Url::parse("http://tv.example/lists/all.m3u").unwrap()));
}

pub fn txt(data: &[u8]) {
    lineup(data, &Origin::File("/srv/tv/all.txt".into()));
}

fn lineup(data: &[u8], origin: &Origin) {
    let Ok(read) = read_lineup(data, origin, "fuzz") else { return };
    let channels = &read.lineup.channels;
    let ids: HashSet<_> = channels.iter().map(|c| &c.id).collect();
    let numbers: HashSet<_> = channels.iter().map(|c| c.number).collect();
    assert_eq!((ids.len(), numbers.len()), (channels.len(), channels.len()), "ids and numbers are unique");
    assert!(read.warnings.len() <= MAX_WARNINGS + 2);
    let mut index = GuideIndex::default();
    for (row, channel) in channels.iter().enumerate() {
        assert!(!channel.name.is_empty() && !channel.sources.is_empty());
        assert!(!channel.name.contains(char::is_control));
        for source in &channel.sources {
            let far = matches!(origin, Origin::Network(_));
            assert!(!far || !source.url.to_ascii_lowercase().starts_with("file:"), "{}", source.url);
            assert!(source.headers.iter().all(|(k, v)| !k.is_empty() && !v.contains(char::is_control)));
        }
        index.add(row as i64, &channel.id.0, [channel.name.as_str()].into_iter());
        let _ = normalise(&channel.name);
    }
    assert!(channels.iter().all(|channel| index.find(channel).is_some()), "what is there is found");
}

pub fn xmltv(data: &[u8]) {
    programmes(data, Reading::default());
}

pub fn diyp(data: &[u8]) {
    programmes(data, Reading { diyp_required: true, ..Reading::default() });
}

fn programmes(data: &[u8], reading: Reading) {
    let mut warnings = Warnings::new("fuzz");
    let Ok(ending) = read_guide::<Infallible>(data, reading, &mut warnings, &mut |item| {
        match item {
            Item::Channel(channel) => assert!(!channel.id.trim().is_empty()),
            Item::Programme(programme) => {
                assert!(!programme.title.is_empty() && !programme.channel.trim().is_empty());
                assert!(programme.stop.is_none_or(|stop| stop > programme.start));
            }
        }
        Ok(())
    });
    assert!(!matches!(ending, Ending::Broken(why) if why.is_empty()));
    assert!(warnings.into_vec().len() <= MAX_WARNINGS + 2);
}

/// Lines: address, mode, source, catch-up id; then sixteen bytes of times.
pub fn catchup(data: &[u8]) {
    let (times, text) = data.split_at(data.len().min(16));
    let number = |at: usize| times.get(at..at + 4).map_or(0, |b| i32::from_le_bytes(b.try_into().unwrap()));
    let text = String::from_utf8_lossy(text);
    let mut lines = text.split('\n');
    let (url, mode) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let (source, id) = (lines.next(), lines.next());
    let zone = Zone::fixed(8 * 3600);
    let start = i64::from(number(0)) * 1000;
    let asked = Asked {
        start: UtcMs(start),
        end: UtcMs(start + i64::from(number(4)) * 1000),
        now: UtcMs(start + i64::from(number(8)) * 1000),
        catchup_id: id,
        zone: &zone,
    };
    let days = u32::try_from(number(12)).ok();
    let offer = Offer { channel_url: url, mode, source, days, correction_ms: i64::from(number(12)), replace: id.map(|id| (id, mode)) };
    for made in [offer.source(&asked), offer.source_around(&asked)].into_iter().flatten() {
        assert!(made.url.contains("://") && !made.url.contains(char::is_control), "{made:?}");
    }
}

fn published() -> url::Url {
    url::Url::parse("https://xue.example/catalogue/index.json").unwrap()
}

/// A shard that can be read, to be spoilt: random bytes are hardly ever JSON.
const SHARD: &[u8] = include_bytes!("../seeds/catalogue/shard");
/// Edits of one run.
const MOST_EDITS: usize = 12;

/// The bytes as a catalogue, and as edits of one: each three say which value becomes what.
pub fn catalogue(data: &[u8]) {
    read_catalogue(data);
    let mut shard: Value = serde_json::from_slice(SHARD).unwrap();
    for edit in data.chunks_exact(3).take(MOST_EDITS) {
        let all = places(&shard);
        let at = usize::from(u16::from_le_bytes([edit[0], edit[1]])) % all.len();
        let same = shard.pointer(&all[at]).cloned().unwrap_or_default();
        let other = shard.pointer(&all[(at * 7 + usize::from(edit[2])) % all.len()]).cloned().unwrap_or_default();
        *shard.pointer_mut(&all[at]).unwrap() = match edit[2] % 12 {
            0 => Value::Null,
            1 => Value::from(edit[2] > 127),
            2 => Value::from(-1),
            3 => Value::from(f64::from(edit[1]) * 1e17),
            4 => Value::from(u32::from(edit[0])),
            5 => Value::from(""),
            6 => Value::from("长".repeat(usize::from(edit[0]))),
            7 => Value::from("file:///etc/passwd"),
            8 => Value::Array(vec![other; usize::from(edit[0] % 8)]),
            9 => Value::Object(serde_json::Map::new()),
            10 => match same {
                // Everything in it stands there twice.
                Value::Array(items) => Value::Array([items.clone(), items].concat()),
                same => same,
            },
            _ => other,
        };
    }
    read_catalogue(&serde_json::to_vec(&shard).unwrap());
}

/// JSON pointers to everything below the top.
fn places(value: &Value) -> Vec<String> {
    fn walk(value: &Value, at: &str, all: &mut Vec<String>) {
        let mut child = |key: &str, value: &Value| {
            let at = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
            walk(value, &at, all);
            all.push(at);
        };
        match value {
            Value::Object(fields) => fields.iter().for_each(|(key, value)| child(key, value)),
            Value::Array(items) => items.iter().enumerate().for_each(|(i, value)| child(&i.to_string(), value)),
            _ => {}
        }
    }
    let mut all = Vec::new();
    walk(value, "", &mut all);
    // The top itself where nothing lies below it any more.
    if all.is_empty() {
        all.push(String::new());
    }
    all
}

/// As an index, and the same bytes as its shard.
fn read_catalogue(data: &[u8]) {
    let mut faults = Faults::default();
    let index = read_index("index", data, &published(), &mut faults);
    let mut reading = match index {
        Ok(index) => {
            assert!(index.shards.iter().all(|s| matches!(s.scheme(), "http" | "https")), "{:?}", index.shards);
            CatalogueReading::of_index(index, faults)
        }
        Err(_) => CatalogueReading::new(None, faults),
    };
    let given = reading.shard("shard", data, &published());
    if let Ok(given) = given {
        assert_eq!(given, reading.catalogue.courses.len());
        assert!(reading.shard("again", data, &published()).is_ok_and(|more| more == 0), "every id is known already");
    }
    reading.check_related();
    sound(&reading.catalogue);
}

/// A Media RSS feed.
pub fn mrss(data: &[u8]) {
    let mut reading = CatalogueReading::new(None, Faults::default());
    if reading.feed("feed", data, &published(), FeedDefaults::default()).is_ok() {
        assert!(reading.catalogue.courses.iter().all(|c| !c.lessons.is_empty()));
        sound(&reading.catalogue);
    }
}

/// What every catalogue keeps, wherever it came from, and that keeping it on disk changes nothing.
fn sound(catalogue: &Catalogue) {
    let ids: HashSet<_> = catalogue.courses.iter().map(|c| &c.id).collect();
    assert_eq!(ids.len(), catalogue.courses.len(), "ids are unique");
    for course in &catalogue.courses {
        lessons(course);
        assert!(course.live.iter().all(|l| l.start < l.end));
        assert!(!course.related.contains(&course.id) && !course.title.is_empty());
    }
    let kept = serde_json::to_vec(catalogue).unwrap();
    assert!(*catalogue == serde_json::from_slice(&kept).unwrap(), "what is kept is read again");
}

fn lessons(course: &Course) {
    let ids: HashSet<_> = course.lessons.iter().map(|l| &l.id).collect();
    assert_eq!(ids.len(), course.lessons.len(), "ids are unique within a course");
    for lesson in course.lessons.iter() {
        assert!(!lesson.title.is_empty() && !lesson.title.contains(char::is_control));
        for url in lesson.sources.iter().map(|s| &s.url).chain(lesson.subtitles.iter().map(|s| &s.url)) {
            assert!(!url.to_ascii_lowercase().starts_with("file:"), "{url}");
        }
        let questions = lesson.quiz.iter().flat_map(|quiz| quiz.questions());
        assert!(questions.map(|q| &q.answer).all(|a| (2..=6).contains(&a.len()) && a.rows().len() == a.len()));
    }
}

/// The first line is typed, the others are titles.
pub fn search(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.lines();
    let typed = lines.next().unwrap_or_default();
    let mut index = search::Index::default();
    for (n, title) in lines.take(40).enumerate() {
        let (id, title) = (n.to_string(), title.chars().take(100).collect::<String>());
        index.add(search::Item { kind: search::Kind::Title, id: &id, parent: None, title: &title, weight: 0 }, None);
    }
    let index = index.finish();
    let answer = search::find(&[&index], typed, &search::Own::new(), 20);
    assert!(answer.results.len() <= 20);
    let mut seen = HashSet::new();
    for found in &answer.results {
        assert!(seen.insert(&found.id), "found twice");
        let length = u32::try_from(found.title.chars().count()).unwrap();
        let mut end = 0;
        for (from, to) in &found.matched {
            assert!(end <= *from && from < to && *to <= length, "{:?} in {}", found.matched, found.title);
            end = *to;
        }
    }
    assert!(answer.results.windows(2).all(|w| w[0].score >= w[1].score), "best first");
}

/// A transport stream as a server brings it, in pieces of the length that the first byte says; then the same once more, as
/// the segment that follows.
pub fn ts(data: &[u8]) {
    let Some((piece, stream)) = data.split_first() else { return };
    let read = |demux: &mut Demux, continues: bool, piece: usize| {
        let mut events = Vec::new();
        demux.begin(continues);
        let taken = stream.chunks(piece).all(|bytes| demux.push(bytes, &mut events).is_ok());
        demux.end(&mut events);
        assert!(taken || demux.trouble().is_some());
        events
    };
    let mut demux = Demux::new();
    let events = read(&mut demux, false, usize::from(*piece) * 8 + 1);
    let mut tracks: Vec<TrackId> = Vec::new();
    for event in &events {
        match event {
            Event::Tracks(all) => {
                tracks = all.iter().map(|track| track.id).collect();
                assert_eq!(tracks.iter().collect::<HashSet<_>>().len(), tracks.len(), "each track is told once");
            }
            Event::Unit(unit) => {
                assert!(tracks.contains(&unit.track) && !unit.data.is_empty(), "{:?}", unit.track);
                assert!(unit.data.len() <= stream.len(), "nothing comes of nothing");
            }
        }
    }
    assert!(events == read(&mut Demux::new(), false, stream.len().max(1)), "how it is cut does not matter");
    read(&mut demux, true, 188);
}

/// Datagrams, or pieces of a connection, of as many packets as the first byte says, behind a header of RTP or without; the
/// second byte says how many milliseconds lie between them.
pub fn cast(data: &[u8]) {
    const BOUND: usize = 32 << 10;
    let &[length, pause_ms, ref stream @ ..] = data else { return };
    let carrier = if length & 16 == 0 { Carrier::Datagrams } else { Carrier::Connection };
    let mut channel = Channel::new(BOUND, carrier);
    let mut out = Vec::new();
    let mut at_ns = 0;
    let bytes = usize::from(length % 8) * 188 + if length & 8 == 0 { 0 } else { 12 };
    for (n, datagram) in stream.chunks(bytes.max(64)).enumerate() {
        if n == 40 {
            channel.prefer(channel.programme().and_then(|p| p.choice().0.pop()));
        }
        channel.take(datagram, at_ns, &mut out);
        at_ns += i64::from(pause_ms) * 1_000_000;
        let kept: Vec<_> = channel.kept().collect();
        assert!(kept.iter().map(|unit| unit.data.len()).sum::<usize>() <= BOUND);
        assert!(kept.first().is_none_or(|first| first.begins), "what is kept begins where a decoder can");
    }
    let pictures = channel.kept().filter(|unit| unit.track == Track::Video).count();
    assert_eq!(pictures, channel.kept_pictures());
    let units = out.iter().filter(|out| matches!(out, Out::Unit(_))).count();
    assert!(units <= stream.len() / 188 * 2 + 2, "{units} units");
}

/// Units of subtitles: two bytes say how long each is, one how many tenths of a second after the one before it is due.
pub fn dvb(data: &[u8]) {
    const PID: TrackId = TrackId(7);
    const PLACE: (u32, u32) = (192, 108);
    let service = Service {
        language: Some("chi".into()),
        hard_of_hearing: false,
        coding: Coding::Dvb { composition: 1, ancillary: 1 },
    };
    let mut inband = Inband::default();
    inband.offer([(PID, &[service.clone()][..])].into_iter());
    inband.choose(Some(&service.caption()));
    assert_eq!(inband.chosen(), Some(0));
    let (mut rest, mut at_ns) = (data, 0_i64);
    while let &[high, low, tenths, ref after @ ..] = rest {
        let (unit, next) = after.split_at(usize::from(u16::from_be_bytes([high, low])).min(after.len()));
        inband.give(PID, at_ns, unit.to_vec().into());
        at_ns += i64::from(tenths) * 100_000_000;
        if let Some(plate) = inband.at(at_ns).and_then(|scene| scene.plate(PLACE, (0, 0, 192, 108))) {
            assert_eq!(plate.pixels.0.len(), plate.width as usize * plate.height as usize * 4);
            assert!(plate.x + plate.width <= PLACE.0 && plate.y + plate.height <= PLACE.1, "it lies in its place");
        }
        rest = next;
    }
}
