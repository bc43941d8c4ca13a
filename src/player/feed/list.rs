//! A media playlist as the feeder walks along it: every segment with its place, length, key and initialisation. Reading
//! the text, and its limits, is `gate::hls`.

use std::time::Duration;

use crate::player::{
    gate::{
        hls::{self, Playlist},
        reader::PieceAt,
        rules::Place,
    },
    types::Trouble,
};

/// How a segment is encrypted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    pub place: Place,
    /// As the playlist gives it; else the sequence number stands for it (RFC 8216, 5.2).
    pub iv: Option<[u8; 16]>,
}

impl Key {
    pub fn iv_for(&self, sequence: u64) -> [u8; 16] {
        self.iv.unwrap_or_else(|| u128::from(sequence).to_be_bytes())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub sequence: u64,
    pub duration_ns: i64,
    /// From the beginning of the list as it was read.
    pub start_ns: i64,
    pub at: PieceAt,
    /// Time lines are numbered; the number is the same in all renditions.
    pub timeline: u64,
    pub gap: bool,
    pub key: Option<Key>,
    pub map: Option<PieceAt>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct List {
    pub entries: Vec<Entry>,
    /// Nothing more will come.
    pub ended: bool,
    pub target: Duration,
}

/// Names children of the playlist, checked.
type Child<'a> = &'a dyn Fn(&str) -> Result<Place, Trouble>;

impl List {
    /// Takes a parsed media playlist over. A segment whose address may not be opened fails the whole: nothing else in
    /// such a list is to be trusted either.
    pub fn new(playlist: &Playlist, child: Child) -> Result<Self, Trouble> {
        let mut entries = Vec::with_capacity(playlist.segments.len());
        let (mut start_ns, mut timeline) = (0_i64, playlist.discontinuity_sequence);
        for segment in &playlist.segments {
            timeline = timeline.saturating_add(u64::from(segment.discontinuity));
            let duration_ns = (segment.duration_s * 1e9) as i64;
            let keys = playlist.keys.get(segment.keys).map(Vec::as_slice).unwrap_or_default();
            entries.push(Entry {
                sequence: segment.sequence,
                duration_ns,
                start_ns,
                at: PieceAt {
                    place: child(segment.uri)?,
                    range: segment.byte_range.map(|(length, offset)| (offset, length)),
                },
                timeline,
                gap: segment.gap,
                key: key(keys, child)?,
                map: segment.map.map(|line| map(line, child)).transpose()?,
            });
            start_ns = start_ns.saturating_add(duration_ns);
        }
        Ok(Self { entries, ended: playlist.ended, target: Duration::from_secs(playlist.target_s.max(1)) })
    }

    pub fn length_ns(&self) -> i64 {
        self.entries.last().map_or(0, |e| e.start_ns + e.duration_ns)
    }

    /// The segment that holds this time; the last one beyond the end.
    pub fn at_time(&self, at_ns: i64) -> usize {
        let after = self.entries.partition_point(|e| e.start_ns <= at_ns);
        after.saturating_sub(1)
    }

    pub fn of_sequence(&self, sequence: u64) -> Option<usize> {
        let first = self.entries.first()?.sequence;
        let index = usize::try_from(sequence.checked_sub(first)?).ok()?;
        (index < self.entries.len()).then_some(index)
    }

    pub fn last_sequence(&self) -> Option<u64> {
        self.entries.last().map(|e| e.sequence)
    }
}

fn value<'a>(attributes: &[hls::Attribute<'a>], name: &str) -> Option<&'a str> {
    attributes.iter().find(|a| a.name == name).map(|a| a.value)
}

fn map(line: &str, child: Child) -> Result<PieceAt, Trouble> {
    let attributes = hls::attributes(line);
    let place = child(value(&attributes, "URI").ok_or(Trouble::BrokenMedia)?)?;
    let range = match value(&attributes, "BYTERANGE") {
        Some(text) => hls::byte_range(text).map(|(length, offset)| Some((offset.unwrap_or(0), length)))?,
        None => None,
    };
    Ok(PieceAt { place, range })
}

/// Of several formats of one key the plain one is taken. Where there is none, the media is under a protection that
/// no part of this program can lift.
fn key(lines: &[&str], child: Child) -> Result<Option<Key>, Trouble> {
    if lines.is_empty() {
        return Ok(None);
    }
    for line in lines {
        let attributes = hls::attributes(line);
        match value(&attributes, "METHOD") {
            Some("NONE") => return Ok(None),
            Some("AES-128") if value(&attributes, "KEYFORMAT").is_none_or(|f| f == "identity") => {
                let place = child(value(&attributes, "URI").ok_or(Trouble::BrokenMedia)?)?;
                let iv = value(&attributes, "IV").map(|text| iv(text).ok_or(Trouble::BrokenMedia)).transpose()?;
                return Ok(Some(Key { place, iv }));
            }
            _ => {}
        }
    }
    Err(Trouble::MissingCodec)
}

fn iv(text: &str) -> Option<[u8; 16]> {
    let digits = text.strip_prefix("0x").or(text.strip_prefix("0X"))?;
    (digits.len() <= 32).then(|| u128::from_str_radix(digits, 16).ok()).flatten().map(u128::to_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::player::{gate::GatePolicy, types::Trust};

    fn list(text: &str) -> Result<List, Trouble> {
        let policy = GatePolicy::default();
        let base = Place::named("http://tv.example/live/a.m3u8", Trust::Person, &policy).expect("base");
        let playlist = Playlist::parse(text).expect("playlist");
        List::new(&playlist, &|reference| base.child(reference, &policy).map_err(|_| Trouble::Blocked))
    }

    #[test]
    fn segments_carry_time_line_key_map_and_range() {
        let read = list(
            "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:7\n#EXT-X-DISCONTINUITY-SEQUENCE:2\n\
             #EXT-X-MAP:URI=\"init.mp4\",BYTERANGE=\"10@5\"\n#EXT-X-KEY:METHOD=AES-128,URI=\"k\",IV=0x0f\n\
             #EXTINF:4,\n#EXT-X-BYTERANGE:100@20\na.mp4\n#EXT-X-DISCONTINUITY\n#EXT-X-KEY:METHOD=NONE\n#EXTINF:2.5,\nb.mp4\n",
        )
        .expect("list");
        let [a, b] = read.entries.as_slice() else { panic!("{read:?}") };
        assert_eq!((a.sequence, a.timeline, a.start_ns, a.at.range), (7, 2, 0, Some((20, 100))));
        assert_eq!(a.key.as_ref().and_then(|k| k.iv).map(u128::from_be_bytes), Some(15));
        assert_eq!(
            a.map.as_ref().map(|m| (m.place.url.path().to_owned(), m.range)),
            Some(("/live/init.mp4".into(), Some((5, 10))))
        );
        assert_eq!((b.timeline, b.start_ns, b.key.is_none()), (3, 4_000_000_000, true));
        assert_eq!((read.at_time(-1), read.at_time(3_999_999_999), read.at_time(4_000_000_000)), (0, 0, 1));
        assert_eq!((read.at_time(i64::MAX), read.length_ns(), read.ended), (1, 6_500_000_000, false));
        assert_eq!((read.of_sequence(6), read.of_sequence(8), read.of_sequence(9)), (None, Some(1), None));
    }

    #[test]
    fn a_protection_that_cannot_be_lifted_is_said_and_a_forbidden_address_fails() {
        let head = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n";
        assert_eq!(
            list(&format!("{head}#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"k\"\n#EXTINF:4,\na.ts\n")),
            Err(Trouble::MissingCodec)
        );
        assert_eq!(list(&format!("{head}#EXTINF:4,\nfile:///etc/passwd\n")), Err(Trouble::Blocked));
    }
}
