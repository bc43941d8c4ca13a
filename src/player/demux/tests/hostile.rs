//! Bytes that mean no good: nothing panics, nothing depends on how the bytes are cut, memory stays bounded.

use super::{
    mp4_writer::usual_moov,
    ts_writer::{Pes, TsWriter, picture},
};
use crate::player::demux::{Demux, DemuxError, Event};
use proptest::prelude::*;
use std::path::Path;

/// Several segments pushed in pieces of changing sizes; every error and event in order.
fn run(segments: &[(bool, &[u8])], pieces: &[usize]) -> (Vec<Event>, Vec<Option<DemuxError>>) {
    let mut demux = Demux::new();
    let mut events = Vec::new();
    let mut troubles = Vec::new();
    for (continues, bytes) in segments {
        demux.begin(*continues);
        let mut rest = *bytes;
        let mut sizes = pieces.iter().cycle();
        while !rest.is_empty() {
            let size = sizes.next().copied().unwrap_or(rest.len()).clamp(1, rest.len());
            let (part, after) = rest.split_at(size);
            rest = after;
            if demux.push(part, &mut events).is_err() {
                break;
            }
        }
        demux.end(&mut events);
        troubles.push(demux.trouble());
    }
    (events, troubles)
}

fn transport() -> Vec<u8> {
    let mut writer = TsWriter::new();
    writer.usual_tables();
    let subtitles = b"\x59\x08chi\x10\0\x01\0\x01";
    writer.pmt(0x1000, 1, &[(0x1B, 0x100, &[]), (0x0F, 0x101, &[]), (0x06, 0x102, subtitles)]);
    let words = Pes { pid: 0x102, id: 0xBD, pts: Some(9), with_length: true, payload: &[0x20; 300], ..Pes::default() };
    writer.pes(&words);
    for turn in 0..5 {
        writer.video(turn * 3600, &picture(turn == 0, 300 + turn as usize * 200));
        writer.audio(turn * 3600, &[0xFF; 250]);
    }
    writer.bytes
}

fn demo(path: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo/www/lessons").join(path)).unwrap()
}

/// Fragments with their header in front, packed audio, and a transport stream, of a size that is quick to read.
fn samples() -> Vec<Vec<u8>> {
    let folder = "blood-pressure/cuff/lo";
    let playlist = String::from_utf8(demo(&format!("{folder}/index.m3u8"))).unwrap();
    let map = playlist.lines().find_map(|line| line.strip_prefix("#EXT-X-MAP:URI=\"")?.split('"').next()).unwrap();
    let media = playlist.lines().find(|line| !line.starts_with('#') && !line.is_empty()).unwrap();
    let mut fragments = demo(&format!("{folder}/{map}"));
    let mut media = demo(&format!("{folder}/{media}"));
    media.truncate(30_000);
    fragments.extend(media);
    let mut packed = b"ID3\x04\0\0\0\0\0\x04abcd".to_vec();
    for at in 0..40u8 {
        packed.extend([0xFF, 0xF1, 0x4C, 0x80, 12, 0x9F, 0xFC]);
        packed.extend([at; 93]);
    }
    vec![transport(), fragments, packed, [usual_moov(), vec![0; 50]].concat()]
}

#[test]
fn the_samples_themselves_are_read() {
    for (sample, least) in samples().iter().zip([10, 50, 8, 1]) {
        let (events, _) = run(&[(false, sample)], &[]);
        assert!(events.len() >= least, "{} events", events.len());
    }
}

#[derive(Clone, Debug)]
enum Damage {
    Set(usize, u8),
    Cut(usize, usize),
    Double(usize, usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    // Heads stand at the front, so half the damage goes there.
    let at = prop_oneof![0usize..2000, any::<usize>()];
    prop_oneof![
        3 => (at.clone(), any::<u8>()).prop_map(|(at, byte)| Damage::Set(at, byte)),
        1 => (at.clone(), 1usize..300).prop_map(|(at, count)| Damage::Cut(at, count)),
        1 => (at, 1usize..300).prop_map(|(at, count)| Damage::Double(at, count)),
    ]
}

fn damaged(bytes: &[u8], damages: &[Damage]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for damage in damages {
        let length = bytes.len();
        match *damage {
            Damage::Set(at, byte) => bytes[at % length] = byte,
            Damage::Cut(at, count) if length > 400 => drop(bytes.drain(at % length..(at % length + count).min(length))),
            Damage::Double(at, count) => {
                let start = at % length;
                let part = bytes[start..(start + count).min(length)].to_vec();
                bytes.splice(start..start, part);
            }
            Damage::Cut(..) => {}
        }
    }
    bytes
}

/// What the kinds begin with.
const STARTS: &[&[u8]] = &[b"", b"\0\0\0\x18ftyp", b"ID3\x04\0\0\0\0\0\x02xx", b"\x47", b"\xFF\xF1\x4C\x80"];

proptest! {
    #[test]
    fn random_bytes_do_no_harm(
        start in proptest::sample::select(STARTS),
        bytes in proptest::collection::vec(any::<u8>(), 0..3000),
        pieces in proptest::collection::vec(1usize..400, 1..10),
    ) {
        let bytes = [start, &bytes].concat();
        prop_assert_eq!(run(&[(false, &bytes)], &[]), run(&[(false, &bytes)], &pieces));
    }

    #[test]
    fn random_packets_do_no_harm(
        heads in proptest::collection::vec((0u16..0x120, any::<[u8; 12]>()), 4..60),
        pieces in proptest::collection::vec(1usize..400, 1..10),
    ) {
        let mut bytes = transport();
        for (pid, head) in heads {
            let mut packet = [0x55; 188];
            packet[..3].copy_from_slice(&[0x47, (pid >> 8) as u8 | head[0] & 0xC0, pid as u8]);
            packet[3..15].copy_from_slice(&head);
            bytes.extend(packet);
        }
        prop_assert_eq!(run(&[(false, &bytes)], &[]), run(&[(false, &bytes)], &pieces));
    }

    #[test]
    fn damaged_segments_do_no_harm(
        which in 0usize..4,
        damages in proptest::collection::vec(damage(), 0..12),
        pieces in proptest::collection::vec(1usize..3000, 1..10),
        continues in any::<bool>(),
    ) {
        let samples = SAMPLES.with(Clone::clone);
        let sound = &samples[which];
        let broken = damaged(sound, &damages);
        let segments = [(false, broken.as_slice()), (continues, sound.as_slice())];
        let (events, troubles) = run(&segments, &[]);
        prop_assert!((&events, &troubles) == (&run(&segments, &pieces).0, &run(&segments, &pieces).1), "depends on the pieces");
        prop_assert_eq!(troubles[1], run(&[(false, sound)], &[]).1[0], "what came before does not spoil what follows");
    }
}

thread_local! {
    static SAMPLES: std::rc::Rc<Vec<Vec<u8>>> = std::rc::Rc::new(samples());
}
