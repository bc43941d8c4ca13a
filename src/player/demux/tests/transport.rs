//! Transport streams written here, whole and damaged.

use super::{
    read, read_new, tracks,
    ts_writer::{Pes, TsWriter, picture, widened},
    units,
};
use crate::player::demux::{Codec, Demux, DemuxError, Event, Kind, MediaNs, TrackId, time::to_ns};

const SECOND: u64 = 90_000;

fn ns(ticks: i64) -> MediaNs {
    to_ns(ticks, 90_000)
}

/// Six pictures and six sounds, one of the pictures longer than its packets' length fields could say.
fn segment(start: u64) -> TsWriter {
    let mut writer = TsWriter::new();
    writer.usual_tables();
    for turn in 0..6 {
        let size = if turn == 0 { 90_000 } else { 700 + turn * 13 };
        writer.video(start + turn as u64 * 3600, &picture(turn == 0, size));
        writer.audio(start + turn as u64 * 3600, &vec![0xA0 + turn as u8; 300 + turn]);
    }
    writer
}

#[test]
fn pictures_and_sounds_come_out_with_their_times() {
    let events = read_new(&segment(SECOND).bytes).unwrap();
    let tracks = tracks(&events);
    assert_eq!(tracks.len(), 2);
    assert_eq!((tracks[0].id, &tracks[0].codec, tracks[0].kind()), (TrackId(0x100), &Codec::H264, Kind::Video));
    assert_eq!((tracks[1].id, &tracks[1].codec, tracks[1].kind()), (TrackId(0x101), &Codec::AacAdts, Kind::Audio));
    assert_eq!(tracks[1].language.as_deref(), Some("zho"));
    let pictures = units(&events, 0x100);
    assert_eq!(pictures.len(), 6);
    assert_eq!(pictures[0].data.len(), 90_000);
    assert_eq!(pictures[3].data, picture(false, 739));
    assert_eq!(pictures[3].pts, Some(ns(90_000 + 3 * 3600)));
    assert_eq!(pictures.iter().map(|unit| unit.key).collect::<Vec<_>>(), [true, false, false, false, false, false]);
    let sounds = units(&events, 0x101);
    assert_eq!(sounds.len(), 6);
    assert!(sounds.iter().all(|unit| unit.key && unit.dts == unit.pts));
    assert_eq!(sounds[5].data.as_ref(), vec![0xA5; 305]);
}

#[test]
fn it_does_not_matter_how_the_bytes_are_cut() {
    let bytes = segment(SECOND).bytes;
    let whole = read_new(&bytes).unwrap();
    for piece in [1, 7, 187, 188, 189, 1000, 4099] {
        let mut demux = Demux::new();
        demux.begin(false);
        assert_eq!(read(&mut demux, &bytes, piece).unwrap(), whole, "pieces of {piece}");
    }
}

#[test]
fn wide_packets_and_rubbish_in_front_are_read_too() {
    let bytes = segment(SECOND).bytes;
    let whole = read_new(&bytes).unwrap();
    assert_eq!(read_new(&widened(&bytes, 4, 0)).unwrap(), whole);
    assert_eq!(read_new(&widened(&bytes, 0, 16)).unwrap(), whole);
    let mut late = vec![0x33; 201];
    late.extend(&bytes);
    assert_eq!(read_new(&late).unwrap(), whole);
}

#[test]
fn lost_bytes_cost_the_unit_they_were_in_and_no_more() {
    let bytes = segment(SECOND).bytes;
    let whole = read_new(&bytes).unwrap();
    let mut damaged = bytes.clone();
    damaged.drain(10 * 188 + 50..10 * 188 + 90);
    let events = read_new(&damaged).unwrap();
    assert_eq!(units(&events, 0x100), units(&whole, 0x100)[1..]);
    assert_eq!(units(&events, 0x101), units(&whole, 0x101));
    // A whole packet missing.
    let mut damaged = bytes.clone();
    damaged.drain(20 * 188..21 * 188);
    let events = read_new(&damaged).unwrap();
    assert_eq!(units(&events, 0x100), units(&whole, 0x100)[1..]);
    assert_eq!(units(&events, 0x101), units(&whole, 0x101));
}

#[test]
fn a_packet_that_comes_twice_counts_once() {
    let bytes = segment(SECOND).bytes;
    let doubled: Vec<u8> = bytes.chunks(188).flat_map(|packet| [packet, packet].concat()).collect();
    assert_eq!(read_new(&doubled).unwrap(), read_new(&bytes).unwrap());
}

#[test]
fn the_clock_runs_over_its_overflow_only_where_the_time_line_goes_on() {
    let wrap = 1u64 << 33;
    let mut demux = Demux::new();
    demux.begin(false);
    read(&mut demux, &segment(wrap - 40_000).bytes, 500).unwrap();
    demux.begin(true);
    let events = read(&mut demux, &segment(1000).bytes, 500).unwrap();
    assert!(tracks(&events).is_empty(), "nothing changed");
    assert_eq!(units(&events, 0x101)[0].pts, Some(ns((1i64 << 33) + 1000)));
    demux.begin(false);
    let events = read(&mut demux, &segment(1000).bytes, 500).unwrap();
    assert_eq!(units(&events, 0x101)[0].pts, Some(ns(1000)));
    demux.begin(false);
    demux.near(ns((1i64 << 33) - 5));
    let events = read(&mut demux, &segment(1000).bytes, 500).unwrap();
    assert_eq!(units(&events, 0x101)[0].pts, Some(ns((1i64 << 33) + 1000)));
}

#[test]
fn a_decoding_time_just_before_the_overflow_stays_before_its_picture() {
    let mut writer = TsWriter::new();
    writer.usual_tables();
    let payload = picture(true, 400);
    let dts = Some((1 << 33) - 3600);
    writer.pes(&Pes { pid: 0x100, id: 0xE0, pts: Some(3600), dts, payload: &payload, ..Pes::default() });
    let events = read_new(&writer.bytes).unwrap();
    let unit = units(&events, 0x100)[0];
    assert_eq!(unit.pts.unwrap().0 - unit.dts.unwrap().0, ns(7200).0);
}

#[test]
fn tables_may_come_as_an_initialisation_section() {
    let mut tables = TsWriter::new();
    tables.usual_tables();
    let mut media = TsWriter::new();
    for turn in 0..3 {
        media.video(turn * 3600, &picture(turn == 0, 500));
    }
    let mut demux = Demux::new();
    demux.begin(false);
    assert_eq!(tracks(&demux.init(&tables.bytes).unwrap()).len(), 2);
    assert_eq!(units(&read(&mut demux, &media.bytes, 100).unwrap(), 0x100).len(), 3);
}

#[test]
fn a_long_table_goes_over_several_packets_and_must_be_sound() {
    let filler = [vec![0x52, 200], vec![7; 200]].concat();
    let write = || {
        let mut writer = TsWriter::new();
        writer.pat(&[(1, 0x1000)]);
        writer.pmt(0x1000, 1, &[(0x1B, 0x100, &filler), (0x0F, 0x101, &filler)]);
        writer.video(0, &picture(true, 5000));
        writer
    };
    assert_eq!(tracks(&read_new(&write().bytes).unwrap()).len(), 2);
    let mut damaged = write().bytes;
    damaged[2 * 188 + 60] ^= 1;
    assert!(read_new(&damaged).unwrap().is_empty());
}

#[test]
fn the_first_programme_with_media_is_followed() {
    let mut writer = TsWriter::new();
    writer.pat(&[(0, 0x10), (1, 0x1000), (2, 0x1001), (3, 0x1002)]);
    writer.pmt(0x1000, 1, &[(0x05, 0x300, &[])]);
    writer.pmt(0x1001, 2, &[(0x0F, 0x101, &[]), (0x02, 0x100, &[]), (0x1B, 0x104, &[]), (0x03, 0x105, &[])]);
    writer.pmt(0x1002, 3, &[(0x1B, 0x200, &[])]);
    writer.audio(0, &[1; 40]);
    let listed: Vec<u32> = tracks(&read_new(&writer.bytes).unwrap()).iter().map(|track| track.id.0).collect();
    assert_eq!(listed, [0x101, 0x100, 0x105], "one picture, all sounds");
}

#[test]
fn private_streams_are_known_by_their_descriptors() {
    let mut writer = TsWriter::new();
    writer.pat(&[(1, 0x1000)]);
    let opus = [0x05, 4, b'O', b'p', b'u', b's', 0x7F, 2, 0x80, 1];
    writer.pmt(
        0x1000,
        1,
        &[(0x06, 0x101, &[0x6A, 1, 0]), (0x06, 0x102, &[0x7A, 0]), (0x06, 0x103, &opus), (0x06, 0x104, &[0x59, 0])],
    );
    // Two packets of 20 ms each behind their control headers.
    let payload = [0x7F, 0xE0, 3, 0xF8, 1, 2, 0x7F, 0xF0, 2, 9, 9, 0xF8, 3];
    writer.pes(&Pes { pid: 0x103, id: 0xBD, pts: Some(9000), with_length: true, payload: &payload, ..Pes::default() });
    let events = read_new(&writer.bytes).unwrap();
    let codecs: Vec<Codec> = tracks(&events).into_iter().map(|track| track.codec).collect();
    let head = b"OpusHead\x01\x01\0\0\x80\xBB\0\0\0\0\0".to_vec();
    assert_eq!(codecs, [Codec::Ac3, Codec::Eac3, Codec::Opus { head }]);
    let packets = units(&events, 0x103);
    assert_eq!(packets.len(), 2);
    assert_eq!((packets[0].pts, packets[1].pts), (Some(MediaNs(100_000_000)), Some(MediaNs(120_000_000))));
    assert_eq!(packets[1].data.as_ref(), [0xF8, 3]);
}

#[test]
fn scrambled_streams_are_called_so_when_nothing_clear_comes() {
    let mut writer = TsWriter::new();
    writer.usual_tables();
    for _ in 0..30 {
        writer.packet(0x100, true, false, true, &[1; 184]);
    }
    assert_eq!(read_new(&writer.bytes), Err(DemuxError::Scrambled));
    writer.audio(0, &[1; 40]);
    assert_eq!(units(&read_new(&writer.bytes).unwrap(), 0x101).len(), 1, "the sound is clear");
    // Without waiting for the end of an endless segment.
    let mut demux = Demux::new();
    let mut long = TsWriter::new();
    long.usual_tables();
    for _ in 0..3000 {
        long.packet(0x100, false, false, true, &[1; 184]);
    }
    assert_eq!(demux.push(&long.bytes, &mut Vec::new()), Err(DemuxError::Scrambled));
    // Marked in the PES header, and by Sample-AES's stream types.
    let mut writer = TsWriter::new();
    writer.usual_tables();
    writer.pes(&Pes { pid: 0x100, id: 0xE0, scrambled: true, payload: &[1; 500], ..Pes::default() });
    assert_eq!(read_new(&writer.bytes), Err(DemuxError::Scrambled));
    let mut writer = TsWriter::new();
    writer.pat(&[(1, 0x1000)]);
    writer.pmt(0x1000, 1, &[(0xDB, 0x100, &[]), (0xCF, 0x101, &[])]);
    assert_eq!(read_new(&writer.bytes), Err(DemuxError::Scrambled));
}

#[test]
fn subtitles_of_a_broadcast_come_whole_and_are_nobodys_trouble() {
    let descriptor = b"\x59\x08chi\x10\0\x01\0\x01";
    let tables = || {
        let mut writer = TsWriter::new();
        writer.pat(&[(1, 0x1000)]);
        writer.pmt(0x1000, 1, &[(0x1B, 0x100, &[]), (0x03, 0x101, &[]), (0x06, 0x102, descriptor)]);
        writer
    };
    let words = |writer: &mut TsWriter, pts: u64, bytes: usize| {
        let payload = [&[0x20, 0][..], &vec![0x0F; bytes]].concat();
        let pes = Pes { pid: 0x102, id: 0xBD, pts: Some(pts), with_length: true, payload: &payload, ..Pes::default() };
        writer.pes(&pes);
    };
    let mut writer = tables();
    words(&mut writer, SECOND, 500);
    // Half a turn of the clock away: the picture's goes on as it was.
    words(&mut writer, (1 << 32) + SECOND, 10);
    writer.video(SECOND, &picture(true, 300));
    writer.video(SECOND + 3600, &picture(false, 300));
    let events = read_new(&writer.bytes).unwrap();
    let listed = tracks(&events);
    assert_eq!(listed.iter().map(|t| t.kind()).collect::<Vec<_>>(), [Kind::Video, Kind::Audio, Kind::Text]);
    let Codec::Inband { services } = &listed[2].codec else { panic!("{listed:?}") };
    assert_eq!(services[0].language.as_deref(), Some("chi"));
    let said = units(&events, 0x102);
    assert_eq!(said.iter().map(|unit| unit.data.len()).collect::<Vec<_>>(), [502, 12]);
    assert_eq!((said[0].pts, units(&events, 0x100)[0].pts), (units(&events, 0x100)[0].pts, said[0].pts));
    // In the clear beside a scrambled picture, and the other way round; without an end; and alone.
    let mut writer = tables();
    words(&mut writer, 0, 100);
    writer.packet(0x100, true, false, true, &[1; 184]);
    assert_eq!(read_new(&writer.bytes), Err(DemuxError::Scrambled));
    let mut writer = tables();
    writer.packet(0x102, true, false, true, &[1; 184]);
    writer.packet(0x102, true, false, false, &[0, 0, 1, 0xBD, 0, 0, 0x80, 0, 0, 7]);
    (0..1000).for_each(|_| _ = writer.packet(0x102, false, false, false, &[7; 184]));
    writer.audio(0, &[1; 40]);
    let events = read_new(&writer.bytes).unwrap();
    assert_eq!((units(&events, 0x101).len(), units(&events, 0x102).len()), (1, 0));
    let mut writer = TsWriter::new();
    writer.pat(&[(1, 0x1000)]);
    writer.pmt(0x1000, 1, &[(0x06, 0x102, descriptor)]);
    assert_eq!(read_new(&writer.bytes), Err(DemuxError::Unsupported));
}

#[test]
fn what_is_no_media_is_refused() {
    assert_eq!(read_new(b"<!DOCTYPE html><html><body>404</body></html>"), Err(DemuxError::NotMedia));
    assert_eq!(read_new(b"{}"), Err(DemuxError::NotMedia));
    assert_eq!(read_new(&[0; 9000]), Err(DemuxError::NotMedia));
    assert_eq!(read_new(&[]), Ok(Vec::new()));
    let mut demux = Demux::new();
    assert_eq!(demux.push(&[0; 9000], &mut Vec::new()), Err(DemuxError::NotMedia));
    assert_eq!(demux.push(&segment(0).bytes, &mut Vec::new()), Err(DemuxError::NotMedia), "until a new segment");
    demux.begin(false);
    assert!(demux.push(&segment(0).bytes, &mut Vec::new()).is_ok());
}

#[test]
fn a_picture_without_end_is_refused() {
    let mut demux = Demux::new();
    let mut writer = TsWriter::new();
    writer.usual_tables();
    writer.video(0, &picture(true, 1000));
    let mut result = demux.push(&writer.bytes, &mut Vec::new());
    for _ in 0..200 {
        writer.bytes.clear();
        (0..600).for_each(|_| _ = writer.packet(0x100, false, false, false, &[7; 184]));
        result = result.and_then(|()| demux.push(&writer.bytes, &mut Vec::new()));
    }
    assert_eq!(result, Err(DemuxError::TooBig));
}

#[test]
fn a_table_that_changes_is_told_and_keeps_what_stays() {
    let mut writer = segment(0);
    writer.pmt(0x1000, 1, &[(0x1B, 0x100, &[]), (0x03, 0x101, &[])]);
    writer.video(SECOND, &picture(true, 600));
    writer.audio(SECOND, &[0xFF; 100]);
    let events = read_new(&writer.bytes).unwrap();
    let lists = events.iter().filter(|event| matches!(event, Event::Tracks(_))).count();
    assert_eq!(lists, 2);
    assert_eq!(tracks(&events)[1].codec, Codec::MpegAudio);
    assert_eq!((units(&events, 0x100).len(), units(&events, 0x101).len()), (7, 7));
}
