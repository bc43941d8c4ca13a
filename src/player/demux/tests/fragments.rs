//! Fragmented MP4 written here, with the rarer turns that ffmpeg does not write.

use super::{
    mp4_writer::{TrackSpec, aac, avc, boxed, full, moof, moov, sound, traf, usual_moov, visual, wide, words},
    read, read_new, tracks, units,
};
use crate::player::demux::{Codec, Demux, DemuxError, Event, MediaNs, time::to_ns};

const MOOF_IS_BASE: u32 = 0x02_0000;
const DATA_OFFSET: u32 = 0x01;
const FIRST_FLAGS: u32 = 0x04;
const SIZES: u32 = 0x200;
const COMPOSITIONS: u32 = 0x800;

/// Pictures of 10, 20 and 30 bytes and two sounds of 5 and 6, in two `mdat` of which the second has a 64-bit size.
fn segment(start: u32) -> Vec<u8> {
    let write = |offset: u32| {
        let video = traf(
            full(b"tfhd", 0, MOOF_IS_BASE, &words(&[1])),
            start * 90,
            &[
                full(b"trun", 0, DATA_OFFSET | FIRST_FLAGS | SIZES, &words(&[2, offset, 0x0200_0000, 10, 20])),
                // Goes on where the run before ended.
                full(b"trun", 0, SIZES, &words(&[1, 30])),
            ],
        );
        let audio = traf(
            full(b"tfhd", 0, MOOF_IS_BASE | 0x08, &words(&[2, 480])),
            start * 48,
            &[full(b"trun", 0, DATA_OFFSET | SIZES, &words(&[2, offset + 60 + 16, 5, 6]))],
        );
        moof(&[video, audio])
    };
    let length = write(0).len() as u32;
    let first: Vec<u8> = (0..60).collect();
    let second: Vec<u8> = (100..111).collect();
    [write(length + 8), boxed(b"mdat", &first), wide(b"mdat", &second)].concat()
}

fn ms(ms: i64) -> Option<MediaNs> {
    Some(MediaNs(ms * 1_000_000))
}

#[test]
fn samples_come_with_their_times_and_keys() {
    let mut demux = Demux::new();
    let listed = tracks(&demux.init(&usual_moov()).unwrap());
    assert_eq!(listed[0].codec, Codec::Avc { config: vec![1, 0x4D, 0x40, 0x1F, 0xFF] });
    assert_eq!(listed[0].language.as_deref(), Some("zho"));
    assert_eq!(listed[1].codec, Codec::AacRaw { config: vec![0x11, 0x90], rate: 48_000, channels: 2 });
    demux.begin(false);
    let styp = boxed(b"styp", b"msdh\0\0\0\0");
    let bytes = [styp, segment(1000), segment(2000)].concat();
    let events = read(&mut demux, &bytes, 10_000).unwrap();
    let pictures = units(&events, 1);
    assert_eq!(pictures.len(), 6);
    assert_eq!(pictures.iter().map(|unit| unit.key).collect::<Vec<_>>(), [true, false, false, true, false, false]);
    assert_eq!(pictures.iter().map(|unit| unit.data.len()).collect::<Vec<_>>(), [10, 20, 30, 10, 20, 30]);
    assert_eq!((pictures[2].pts, pictures[4].pts), (ms(1080), ms(2040)));
    assert_eq!(pictures[2].data.as_ref(), (30..60).collect::<Vec<u8>>());
    let sounds = units(&events, 2);
    assert_eq!(sounds.iter().map(|unit| unit.pts).collect::<Vec<_>>(), [ms(1000), ms(1010), ms(2000), ms(2010)]);
    assert_eq!(sounds[1].data.as_ref(), (105..111).collect::<Vec<u8>>());
    for piece in [1, 3, 64] {
        demux.begin(false);
        assert!(read(&mut demux, &bytes, piece).unwrap() == events, "pieces of {piece}");
    }
}

#[test]
fn samples_come_out_before_the_segment_is_over() {
    let mut demux = Demux::new();
    demux.init(&usual_moov()).unwrap();
    demux.begin(false);
    let bytes = segment(0);
    let mut events = Vec::new();
    demux.push(&bytes[..bytes.len() - 27 - 30], &mut events).unwrap();
    assert_eq!(events.len(), 2);
}

#[test]
fn data_may_reach_to_the_end_and_its_place_may_be_left_unsaid() {
    let run = full(b"trun", 0, SIZES, &words(&[2, 4, 4]));
    let mut bytes = moof(&[traf(full(b"tfhd", 0, 0, &words(&[2])), 0, &[run])]);
    bytes.extend([0, 0, 0, 0]);
    bytes.extend(b"mdat12345678");
    let events = read_new(&[usual_moov(), bytes].concat()).unwrap();
    let sounds = units(&events, 2);
    assert_eq!(sounds.iter().map(|unit| unit.data.as_ref()).collect::<Vec<_>>(), [b"1234", b"5678"]);
}

#[test]
fn a_base_counted_in_the_whole_file_is_understood() {
    let write = |offset: u32| {
        let run = full(b"trun", 0, DATA_OFFSET | SIZES, &words(&[1, offset, 4]));
        let mut head = words(&[2, 0]);
        head.extend(123_456u32.to_be_bytes());
        moof(&[traf(full(b"tfhd", 0, 0x01, &head), 0, &[run])])
    };
    let length = write(0).len() as u32;
    let mut demux = Demux::new();
    demux.init(&usual_moov()).unwrap();
    demux.begin(false);
    let events = read(&mut demux, &[write(length + 8), boxed(b"mdat", b"1234")].concat(), 5).unwrap();
    assert_eq!(units(&events, 2)[0].data.as_ref(), b"1234");
}

#[test]
fn compositions_below_zero_and_edits_move_the_times() {
    let spec = TrackSpec {
        id: 1,
        timescale: 90_000,
        language: b"und",
        descriptions: vec![avc()],
        edits: &[(500, -1), (0, 9000)],
    };
    let header = moov(&[spec], &[[1, 1, 3600, 10, 0]]);
    let run = full(b"trun", 1, COMPOSITIONS, &words(&[3, 0, 7200, (-3600i32) as u32]));
    let bytes = [moof(&[traf(full(b"tfhd", 0, MOOF_IS_BASE, &words(&[1])), 0, &[run])]), boxed(b"mdat", &[0; 30])];
    let events = read_new(&[header, bytes.concat()].concat()).unwrap();
    assert_eq!(tracks(&events)[0].language, None);
    let times: Vec<_> = units(&events, 1).iter().map(|unit| (unit.pts, unit.dts)).collect();
    // Half a second later, a tenth of a second cut; decoding moves before what is shown first.
    assert_eq!(times, [(ms(400), ms(360)), (ms(520), ms(400)), (ms(440), ms(440))]);
}

#[test]
fn a_short_clock_overflows_and_a_missing_one_goes_on() {
    let write = |tfdt: u32| {
        let run = full(b"trun", 0, SIZES, &words(&[1, 4]));
        let bytes = moof(&[traf(full(b"tfhd", 0, MOOF_IS_BASE, &words(&[2])), tfdt, &[run])]);
        [bytes, boxed(b"mdat", b"1234")].concat()
    };
    let mut demux = Demux::new();
    demux.init(&usual_moov()).unwrap();
    demux.begin(false);
    read(&mut demux, &write(u32::MAX - 500), 1000).unwrap();
    demux.begin(true);
    let events = read(&mut demux, &write(523), 1000).unwrap();
    assert_eq!(units(&events, 2)[0].pts, Some(to_ns((1 << 32) + 523, 48_000)));
    let run = full(b"trun", 0, SIZES, &words(&[1, 4]));
    let head = full(b"tfhd", 0, MOOF_IS_BASE, &words(&[2]));
    let bytes = [moof(&[boxed(b"traf", &[head, run].concat())]), boxed(b"mdat", b"1234")].concat();
    demux.begin(true);
    let events = read(&mut demux, &bytes, 1000).unwrap();
    assert_eq!(units(&events, 2)[0].pts, Some(to_ns((1 << 32) + 523 + 1024, 48_000)));
    demux.begin(false);
    assert_eq!(units(&read(&mut demux, &bytes, 1000).unwrap(), 2)[0].pts, ms(0));
}

#[test]
fn another_description_is_told() {
    let other = visual(b"avc1", &boxed(b"avcC", b"other"));
    let spec = TrackSpec { id: 1, timescale: 1000, language: b"eng", descriptions: vec![avc(), other], edits: &[] };
    let header = moov(&[spec], &[[1, 1, 40, 4, 0]]);
    let write = |description: u32| {
        let head = full(b"tfhd", 0, MOOF_IS_BASE | 0x02, &words(&[1, description]));
        [moof(&[traf(head, 0, &[full(b"trun", 0, 0, &words(&[1]))])]), boxed(b"mdat", b"1234")].concat()
    };
    let events = read_new(&[header, write(1), write(2)].concat()).unwrap();
    let kinds: Vec<bool> = events.iter().map(|event| matches!(event, Event::Tracks(_))).collect();
    assert_eq!(kinds, [true, false, true, false]);
    assert_eq!(tracks(&events)[0].codec, Codec::Avc { config: b"other".to_vec() });
}

#[test]
fn what_cannot_be_played_says_why() {
    let one = |description: Vec<u8>| {
        let spec = TrackSpec { id: 1, timescale: 1000, language: b"und", descriptions: vec![description], edits: &[] };
        Demux::new().init(&moov(&[spec], &[]))
    };
    assert_eq!(one(visual(b"encv", &[])), Err(DemuxError::Scrambled));
    assert_eq!(one(sound(b"enca", &[])), Err(DemuxError::Scrambled));
    assert_eq!(one(visual(b"vp09", &[])), Err(DemuxError::Unsupported));
    assert!(one(aac()).is_ok());
    assert_eq!(read_new(&segment(0)), Err(DemuxError::NoInit));
    let mut huge = 0x4000_0000u32.to_be_bytes().to_vec();
    huge.extend(b"moov............");
    assert_eq!(read_new(&huge), Err(DemuxError::TooBig));
    let many =
        moof(&[traf(full(b"tfhd", 0, MOOF_IS_BASE, &words(&[1])), 0, &[full(b"trun", 0, 0, &words(&[u32::MAX]))])]);
    assert_eq!(read_new(&[usual_moov(), many].concat()), Err(DemuxError::TooBig));
}
