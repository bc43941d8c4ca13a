//! What each target does with its input, and what must hold afterwards. Run by libFuzzer (`fuzz_targets`) or by the
//! driver in `bin/drive.rs`.

#![allow(dead_code, reason = "the program uses more of its modules than the targets do")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is what a target reports")]

use std::{collections::HashSet, convert::Infallible};

#[path = "../../src/address.rs"]
pub mod address;
pub mod guide;
#[path = "../../src/time.rs"]
pub mod time;

use guide::{
    catchup::{Asked, Offer},
    formats::{
        MAX_WARNINGS, Warnings,
        address::Origin,
        guide::{Diyp, Reading, read_guide},
        read_lineup,
        xmltv::{Ending, Item},
    },
    matching::{GuideIndex, normalise},
};
use time::UtcMs;

pub const TARGETS: [(&str, fn(&[u8])); 5] =
    [("m3u", m3u), ("txt", txt), ("xmltv", xmltv), ("diyp", diyp), ("catchup", catchup)];

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
    programmes(data, Reading { diyp: Diyp { required: true, zone_offset_minutes: None }, ..Reading::default() });
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
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
    let start = i64::from(number(0)) * 1000;
    let asked = Asked {
        start: UtcMs(start),
        end: UtcMs(start + i64::from(number(4)) * 1000),
        now: UtcMs(start + i64::from(number(8)) * 1000),
        catchup_id: id,
        zone: &zone,
    };
    let days = u32::try_from(number(12)).ok();
    let offer = Offer { channel_url: url, mode, source, days, correction_ms: i64::from(number(12)) };
    if let Ok(made) = offer.address(&asked) {
        assert!(made.contains("://") && !made.contains(char::is_control), "{made}");
    }
}
