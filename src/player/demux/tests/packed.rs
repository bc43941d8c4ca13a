//! Packed audio written here.

use super::{read, read_new, tracks, units};
use crate::player::demux::{Codec, Demux, DemuxError, MediaNs, time::to_ns};

const RATE: u32 = 48_000;

/// An ADTS frame of 48 kHz.
fn frame(bytes: usize, fill: u8) -> Vec<u8> {
    let mut frame =
        vec![0xFF, 0xF1, 0x4C, 0x80 | (bytes >> 11) as u8, (bytes >> 3) as u8, (bytes << 5) as u8 | 0x1F, 0xFC];
    frame.resize(bytes, fill);
    frame
}

fn tag(ticks: u64) -> Vec<u8> {
    let mut body = b"PRIV\0\0\0\x35\0\0com.apple.streaming.transportStreamTimestamp\0".to_vec();
    body.extend(ticks.to_be_bytes());
    other_tag(&body)
}

fn other_tag(body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut tag = b"ID3\x04\0\0".to_vec();
    tag.extend([0, 0, (length >> 7) as u8, length as u8 & 0x7F]);
    tag.extend(body);
    tag
}

fn frames(count: usize) -> Vec<u8> {
    (0..count).flat_map(|at| frame(100 + at, at as u8)).collect()
}

#[test]
fn frames_are_given_out_in_tenths_of_a_second() {
    let bytes = [tag(900_000), frames(12)].concat();
    let events = read_new(&bytes).unwrap();
    assert_eq!(tracks(&events)[0].codec, Codec::AacAdts);
    let units = units(&events, 1);
    // Five frames of 21.3 ms are the first that reach a tenth.
    assert_eq!(units.len(), 3);
    assert_eq!(units[0].data, frames(5));
    assert_eq!(units[0].pts, Some(MediaNs(10_000_000_000)));
    assert_eq!(units[1].pts, Some(MediaNs(10_000_000_000 + to_ns(5 * 1024, RATE).0)));
    for piece in [1, 9, 101, 1000] {
        let mut demux = Demux::new();
        demux.begin(false);
        assert!(read(&mut demux, &bytes, piece).unwrap() == events, "pieces of {piece}");
    }
}

#[test]
fn the_time_goes_on_without_a_tag_and_over_the_overflow_with_one() {
    let mut demux = Demux::new();
    demux.begin(false);
    assert_eq!(units(&read(&mut demux, &frames(47), 500).unwrap(), 1)[0].pts, Some(MediaNs(0)));
    demux.begin(true);
    let events = read(&mut demux, &frames(5), 500).unwrap();
    assert_eq!(units(&events, 1)[0].pts, Some(to_ns(47 * 1024, RATE)));
    demux.begin(false);
    assert_eq!(units(&read(&mut demux, &frames(5), 500).unwrap(), 1)[0].pts, Some(MediaNs(0)));
    demux.begin(false);
    read(&mut demux, &[tag((1 << 33) - 100), frames(3)].concat(), 500).unwrap();
    demux.begin(true);
    let events = read(&mut demux, &[tag(5660), frames(3)].concat(), 500).unwrap();
    assert_eq!(units(&events, 1)[0].pts, Some(to_ns((1 << 33) + 5660, 90_000)));
}

#[test]
fn tags_and_rubbish_between_frames_are_passed_over() {
    let bytes = [other_tag(&[7; 300]), tag(0), frames(2), other_tag(b"song"), frames(2), vec![0xFF; 77], frames(4)];
    let events = read_new(&bytes.concat()).unwrap();
    let data: Vec<u8> = units(&events, 1).iter().flat_map(|unit| unit.data.to_vec()).collect();
    assert_eq!(data, [frames(2), frames(2), frames(4)].concat());
}

#[test]
fn half_a_frame_at_the_end_is_left_out() {
    let mut bytes = frames(6);
    bytes.truncate(bytes.len() - 3);
    let events = read_new(&bytes).unwrap();
    let data: Vec<u8> = units(&events, 1).iter().flat_map(|unit| unit.data.to_vec()).collect();
    assert_eq!(data, frames(5));
}

#[test]
fn a_tag_without_end_is_refused() {
    let mut bytes = b"ID3\x04\0\0\x7F\x7F\x7F\x7F".to_vec();
    bytes.resize(100, 0);
    assert_eq!(read_new(&bytes), Err(DemuxError::TooBig));
}
