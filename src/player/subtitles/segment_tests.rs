//! Segments written here after ISO/IEC 14496-30: nothing at hand writes them.

use proptest::prelude::*;

use super::*;
use crate::player::demux::tests::mp4_writer::{TrackSpec, aac, boxed, full, moof, moov, traf, words as numbers};

/// General head of a sample entry.
const ENTRY: [u8; 8] = [0, 0, 0, 0, 0, 0, 0, 1];

fn init(description: Vec<u8>) -> Vec<u8> {
    let spec = TrackSpec { id: 7, timescale: 1000, language: b"zho", descriptions: vec![description], edits: &[] };
    moov(&[spec], &[[7, 1, 0, 0, 0]])
}

fn wvtt() -> Vec<u8> {
    init(boxed(b"wvtt", &[&ENTRY[..], &boxed(b"vttC", b"WEBVTT")].concat()))
}

fn stpp() -> Vec<u8> {
    init(boxed(b"stpp", &[&ENTRY[..], b"http://www.w3.org/ns/ttml\0\0\0"].concat()))
}

/// Samples with their lengths in milliseconds, one behind the other.
fn segment(start: u32, samples: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let write = |offset: u32| {
        let each = samples.iter().flat_map(|(length, bytes)| [*length, bytes.len() as u32]);
        let mut fields = numbers(&[samples.len() as u32, offset]);
        fields.extend(numbers(&each.collect::<Vec<_>>()));
        // Offset; lengths; sizes.
        moof(&[traf(full(b"tfhd", 0, 0x02_0000, &numbers(&[7])), start, &[full(b"trun", 0, 0x301, &fields)])])
    };
    let head = write(0).len() as u32;
    let data: Vec<u8> = samples.iter().flat_map(|(_, bytes)| bytes.clone()).collect();
    [write(head + 8), boxed(b"mdat", &data)].concat()
}

fn cue(text: &str) -> Vec<u8> {
    let inside = [boxed(b"iden", b"1"), boxed(b"sttg", b"line:90%"), boxed(b"payl", text.as_bytes())];
    boxed(b"vttc", &inside.concat())
}

fn nothing() -> Vec<u8> {
    boxed(b"vtte", &[])
}

fn told(cues: &[Cue]) -> Vec<(u64, u64, &str)> {
    cues.iter().map(|c| (c.start_ms, c.end_ms, c.text.as_str())).collect()
}

#[test]
fn webvtt_in_boxes_stands_as_long_as_its_samples() {
    let both = [cue("<v 老师>请看\n第二行</v>"), boxed(b"vtta", b"NOTE x"), cue("旁白")].concat();
    let samples =
        [(500, nothing()), (1_000, cue("请 &amp; 看")), (250, cue("请 &amp; 看")), (750, both), (1_500, nothing())];
    let cues = parse(&wvtt(), &segment(90_000, &samples), 4_000).expect("a segment");
    assert_eq!(told(&cues), [(90_500, 91_750, "请 & 看"), (91_750, 92_500, "请看\n第二行\n旁白")]);
    assert_eq!(parse(&wvtt(), &segment(0, &[(4_000, nothing())]), 4_000), Ok(vec![]));
}

#[test]
fn a_document_of_ttml_counts_the_mediums_time_and_its_sample_cuts_it() {
    let document = |first: &str, second: &str| {
        let p = |times: &str, text: &str| format!("<p {times}>{text}</p>");
        format!(
            "<tt xmlns='http://www.w3.org/ns/ttml'><body><div>{}{}</div></body></tt>",
            p(first, "早"),
            p(second, "晚")
        )
        .into_bytes()
    };
    let absolute = document("begin='00:00:59' end='00:01:01'", "begin='63s' dur='9s'");
    let cues = parse(&stpp(), &segment(60_000, &[(4_000, absolute)]), 4_000).expect("a segment");
    assert_eq!(told(&cues), [(60_000, 61_000, "早"), (63_000, 64_000, "晚")]);
    let relative = document("begin='0s' end='1s'", "begin='3s' end='9s'");
    let cues = parse(&stpp(), &segment(60_000, &[(4_000, relative)]), 4_000).expect("a segment");
    assert_eq!(told(&cues), [(60_000, 61_000, "早"), (63_000, 64_000, "晚")]);
    // A live one that knows of nothing but its sample.
    let live = b"<tt><body><div><p>\xe7\x8e\xb0\xe5\x9c\xa8</p></div></body></tt>".to_vec();
    let cues = parse(&stpp(), &segment(60_000, &[(2_000, live.clone()), (2_000, live)]), 4_000).expect("a segment");
    assert_eq!(told(&cues), [(60_000, 64_000, "现在")]);
}

/// Two that overlap come as a document of each sample in which they stand.
#[test]
fn texts_that_overlap_go_on_in_the_next_sample_each_by_itself() {
    let p = |times: [&str; 2], text: &str| format!("<p begin='{}' end='{}'>{text}</p>", times[0], times[1]);
    let both = [p(["59s", "63s"], "甲"), p(["61s", "64s"], "乙")].concat();
    let document = format!("<tt xmlns='http://www.w3.org/ns/ttml'><body><div>{both}</div></body></tt>").into_bytes();
    let cues = parse(&stpp(), &segment(60_000, &[(2_000, document.clone()), (2_000, document)]), 4_000).unwrap();
    assert_eq!(told(&cues), [(60_000, 63_000, "甲"), (61_000, 64_000, "乙")]);
}

#[test]
fn a_sample_that_does_not_say_how_long_it_stands_stands_as_long_as_its_segment() {
    let end = |length_ms| parse(&wvtt(), &segment(60_000, &[(0, cue("好"))]), length_ms).unwrap()[0].end_ms;
    assert_eq!((end(4_000), end(0), end(u64::MAX)), (64_000, 61_000, 120_000));
}

#[test]
fn what_holds_no_words_is_no_segment_of_subtitles() {
    let sound = [(1_000, vec![1; 8])];
    assert_eq!(parse(&init(aac()), &segment(0, &sound), 4_000), Err(Trouble::BrokenMedia));
    assert_eq!(parse(b"<html>", b"<html>", 4_000), Err(Trouble::BrokenMedia));
    assert_eq!(parse(&wvtt(), b"WEBVTT\n\n", 4_000), Err(Trouble::BrokenMedia));
}

proptest! {
    #[test]
    fn no_sample_harms(
        samples in prop::collection::vec((0u32..9_000, prop::collection::vec(any::<u8>(), 0..60)), 0..6),
        start in any::<u32>(), is_ttml in any::<bool>(), length_ms in any::<u64>(),
        set in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let mut samples = samples;
        samples.push((1_000, [cue("好"), vec![0, 0, 0, 99]].concat()));
        let mut bytes = segment(start, &samples);
        for (at, byte) in set {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(cues) = parse(&if is_ttml { stpp() } else { wvtt() }, &bytes, length_ms) {
            prop_assert!(cues.is_sorted_by_key(|c| c.start_ms));
            prop_assert!(cues.iter().all(|c| c.end_ms > c.start_ms && !c.text.is_empty()));
        }
    }
}
