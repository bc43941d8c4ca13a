//! Streams made by ffmpeg while the tests run, compared with what ffprobe reads in them. Passed over on machines
//! that have neither.

use super::{read, tracks};
use crate::player::demux::{Codec, Demux, DemuxError, Event, Kind, MediaNs, Unit, h26x};
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

const PICTURES: &[&str] = &["-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25"];
const SOUND: &[&str] = &["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"];

fn has(encoders: &[&str]) -> bool {
    static LIST: OnceLock<String> = OnceLock::new();
    let list = LIST.get_or_init(|| {
        let probe = Command::new("ffprobe").arg("-version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        let list = Command::new("ffmpeg").args(["-hide_banner", "-encoders"]).stderr(Stdio::null()).output();
        let (Ok(_), Ok(list)) = (probe, list) else { return String::new() };
        String::from_utf8_lossy(&list.stdout).into_owned()
    });
    encoders.iter().all(|encoder| list.lines().any(|line| line.split(' ').any(|word| word == *encoder)))
}

/// Runs ffmpeg in `folder`.
fn make(folder: &Path, inputs: &[&[&str]], rest: &str) {
    let mut command = Command::new("ffmpeg");
    command.current_dir(folder).args(["-hide_banner", "-loglevel", "error", "-nostdin", "-y"]);
    command.args(inputs.concat()).args(rest.split_ascii_whitespace());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A packet as ffprobe reads it.
#[derive(Debug, PartialEq)]
struct Packet {
    pts: Option<f64>,
    dts: Option<f64>,
    bytes: usize,
    key: bool,
}

fn probe(file: &Path, stream: &str) -> Vec<Packet> {
    let fields = "packet=pts_time,dts_time,size,flags";
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-select_streams", stream, "-show_entries", fields, "-of", "compact=p=0"])
        .arg(file)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let packets = text.lines().filter(|line| line.contains("size=")).map(|line| {
        let value = |name: &str| line.split('|').find_map(|field| field.strip_prefix(name));
        Packet {
            pts: value("pts_time=").and_then(|time| time.parse().ok()),
            dts: value("dts_time=").and_then(|time| time.parse().ok()),
            bytes: value("size=").unwrap().parse().unwrap(),
            key: value("flags=").unwrap().starts_with('K'),
        }
    });
    packets.collect()
}

fn packets(units: &[Unit]) -> Vec<Packet> {
    let seconds = |time: Option<MediaNs>| time.map(|time| time.0 as f64 / 1e9);
    let packets = units.iter().map(|unit| Packet {
        pts: seconds(unit.pts),
        dts: seconds(unit.dts),
        bytes: unit.data.len(),
        key: unit.key,
    });
    packets.collect()
}

fn assert_same(ours: &[Packet], theirs: &[Packet]) {
    assert!(!theirs.is_empty());
    assert_eq!(ours.len(), theirs.len());
    let near = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() < 0.000_02,
        (a, b) => a.is_none() && b.is_none(),
    };
    for (at, (our, their)) in ours.iter().zip(theirs).enumerate() {
        // ffprobe counts the zero in front of a start code to the packet before.
        let is_same = our.bytes.abs_diff(their.bytes) <= 1 && our.key == their.key;
        assert!(is_same && near(our.pts, their.pts) && near(our.dts, their.dts), "packet {at}: {our:?}, {their:?}");
    }
}

fn of_kind(events: &[Event], kind: Kind) -> (Codec, Vec<Unit>) {
    let track = tracks(events).into_iter().find(|track| track.kind() == kind).unwrap();
    let units = events.iter().filter_map(|event| match event {
        Event::Unit(unit) if unit.track == track.id => Some(unit.clone()),
        _ => None,
    });
    (track.codec, units.collect())
}

/// Reads the whole file twice, the second time in odd pieces.
fn read_file(file: &Path) -> Vec<Event> {
    let bytes = std::fs::read(file).unwrap();
    let mut demux = Demux::new();
    demux.begin(false);
    let whole = read(&mut demux, &bytes, usize::MAX).unwrap();
    let mut demux = Demux::new();
    demux.begin(false);
    let pieces = read(&mut demux, &bytes, 977).unwrap();
    assert!(whole == pieces, "depends on how the bytes are cut");
    whole
}

fn pictures_match(file: &Path) -> Codec {
    let (codec, units) = of_kind(&read_file(file), Kind::Video);
    let theirs = probe(file, "v:0");
    assert_same(&packets(&units), &theirs);
    // Without the multiplexer's hint too.
    let keys: Vec<bool> = units.iter().map(|unit| h26x::is_key(&codec, &unit.data)).collect();
    assert_eq!(keys, theirs.iter().map(|packet| packet.key).collect::<Vec<_>>());
    codec
}

/// Sound comes in larger pieces than ffprobe cuts: the bytes and the times of the first are compared.
fn sounds_match(file: &Path) -> Codec {
    let (codec, units) = of_kind(&read_file(file), Kind::Audio);
    let theirs = probe(file, "a:0");
    let ours = packets(&units);
    let total = |packets: &[Packet]| packets.iter().map(|packet| packet.bytes).sum::<usize>();
    assert_eq!(total(&ours), total(&theirs));
    // Each unit begins where one of their packets begins, at the same time.
    let mut begins = std::collections::HashMap::new();
    theirs.iter().fold(0, |at, packet| {
        begins.insert(at, packet.pts.unwrap());
        at + packet.bytes
    });
    ours.iter().fold(0, |at, packet| {
        let their = begins[&at];
        let our = packet.pts.unwrap();
        assert!((our - their).abs() < 0.000_05, "at byte {at}: {our}, {their}");
        at + packet.bytes
    });
    codec
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn segments(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|found| found == extension));
    files.sort();
    files
}

#[test]
fn transport_streams_with_h264_and_aac() {
    if !has(&["libx264", "aac"]) {
        return;
    }
    let folder = folder();
    let rest = "-t 4 -c:v libx264 -preset ultrafast -bf 2 -g 25 -c:a aac -f mpegts out.ts";
    make(folder.path(), &[PICTURES, SOUND], rest);
    let file = folder.path().join("out.ts");
    assert_eq!(pictures_match(&file), Codec::H264);
    assert_eq!(sounds_match(&file), Codec::AacAdts);
    // Entry points that are no IDR pictures.
    let rest = "-t 4 -c:v libx264 -preset faster -x264-params open-gop=1 -g 20 -bf 2 -f mpegts open.ts";
    make(folder.path(), &[PICTURES], rest);
    assert_eq!(pictures_match(&folder.path().join("open.ts")), Codec::H264);
}

#[test]
fn segments_of_a_transport_stream_make_the_whole() {
    if !has(&["libx264", "aac"]) {
        return;
    }
    let folder = folder();
    let rest = "-t 6 -c:v libx264 -preset ultrafast -bf 2 -g 25 -c:a aac -f hls -hls_time 1 -hls_segment_filename %d.ts \
                out.m3u8";
    make(folder.path(), &[PICTURES, SOUND], rest);
    let mut demux = Demux::new();
    let mut events = Vec::new();
    let mut theirs = Vec::new();
    for (at, file) in segments(folder.path(), "ts").iter().enumerate() {
        demux.begin(at > 0);
        let part = read(&mut demux, &std::fs::read(file).unwrap(), 1000).unwrap();
        assert!(of_kind(&[events.as_slice(), &part].concat(), Kind::Video).1.iter().any(|unit| unit.key));
        theirs.extend(probe(file, "v:0"));
        events.extend(part);
    }
    assert_eq!(tracks(&events).len(), 2);
    let (_, units) = of_kind(&events, Kind::Video);
    assert_eq!(units.len(), 150);
    assert_same(&packets(&units), &theirs);
}

#[test]
fn the_clock_overflows_inside_a_segment() {
    if !has(&["libx264", "aac"]) {
        return;
    }
    let folder = folder();
    let rest = "-t 4 -c:v libx264 -preset ultrafast -bf 2 -g 25 -c:a aac -output_ts_offset 95440 -f mpegts out.ts";
    make(folder.path(), &[PICTURES, SOUND], rest);
    let (_, units) = of_kind(&read_file(&folder.path().join("out.ts")), Kind::Video);
    let times: Vec<i64> = units.iter().map(|unit| unit.dts.unwrap().0).collect();
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] == 40_000_000 || (pair[1] - pair[0] - 40_000_000).abs() < 9));
    assert!(times[99] > (1i64 << 33) * 100_000 / 9);
}

#[test]
fn transport_streams_with_other_codings() {
    let cases = [
        ("mpeg2video", "mp2", Codec::Mpeg2Video, Codec::MpegAudio),
        ("mpeg2video", "ac3", Codec::Mpeg2Video, Codec::Ac3),
        ("libx265", "eac3", Codec::H265, Codec::Eac3),
    ];
    for (video, audio, picture, sound) in cases {
        if !has(&[video, audio]) {
            continue;
        }
        let folder = folder();
        let extra = if video == "libx265" { "-preset ultrafast -x265-params log-level=none" } else { "" };
        let rest = format!("-t 3 -c:v {video} {extra} -bf 2 -g 25 -c:a {audio} -f mpegts out.ts");
        make(folder.path(), &[PICTURES, SOUND], &rest);
        let file = folder.path().join("out.ts");
        assert_eq!(pictures_match(&file), picture);
        assert_eq!(sounds_match(&file), sound);
    }
}

#[test]
fn transport_streams_with_wide_packets_or_latm() {
    if !has(&["libx264", "aac"]) {
        return;
    }
    let folder = folder();
    let rest = "-t 2 -c:v libx264 -preset ultrafast -c:a aac -mpegts_m2ts_mode 1 -f mpegts out.m2ts";
    make(folder.path(), &[PICTURES, SOUND], rest);
    assert_eq!(pictures_match(&folder.path().join("out.m2ts")), Codec::H264);
    let rest = "-t 2 -c:a aac -mpegts_flags latm -f mpegts latm.ts";
    make(folder.path(), &[SOUND], rest);
    let (codec, units) = of_kind(&read_file(&folder.path().join("latm.ts")), Kind::Audio);
    assert_eq!(codec, Codec::AacLatm);
    assert!(!units.is_empty());
}

#[test]
fn opus_in_a_transport_stream() {
    if !has(&["libopus"]) {
        return;
    }
    let folder = folder();
    make(folder.path(), &[SOUND], "-t 2 -c:a libopus -f mpegts out.ts");
    let file = folder.path().join("out.ts");
    let (codec, units) = of_kind(&read_file(&file), Kind::Audio);
    assert!(matches!(codec, Codec::Opus { .. }));
    let ours = packets(&units);
    let theirs = probe(&file, "a:0");
    assert_eq!(ours.len(), theirs.len());
    assert!((ours[9].pts.unwrap() - theirs[9].pts.unwrap()).abs() < 0.001);
}

#[test]
fn fragments_in_one_file() {
    if !has(&["libx264", "aac"]) {
        return;
    }
    let folder = folder();
    let rest = "-t 4 -c:v libx264 -preset ultrafast -bf 2 -g 25 -c:a aac -f mp4 source.mp4";
    make(folder.path(), &[PICTURES, SOUND], rest);
    for flags in [
        "+frag_keyframe+empty_moov+default_base_moof",
        "+frag_keyframe+empty_moov",
        "+frag_keyframe+empty_moov+default_base_moof+delay_moov",
        "+frag_every_frame+empty_moov+separate_moof+default_base_moof",
        "+dash+cmaf+delay_moov",
        "+frag_keyframe+empty_moov+omit_tfhd_offset",
    ] {
        make(folder.path(), &[&["-i", "source.mp4"]], &format!("-c copy -movflags {flags} -f mp4 out.mp4"));
        let file = folder.path().join("out.mp4");
        let events = read_file(&file);
        let (codec, units) = of_kind(&events, Kind::Video);
        assert!(matches!(codec, Codec::Avc { .. }));
        let mut theirs = probe(&file, "v:0");
        if flags.contains("cmaf") {
            // Times below zero are moved up by ffprobe, which parts the pictures from the sound. They stay here.
            theirs.iter_mut().flat_map(|packet| [&mut packet.pts, &mut packet.dts]).flatten().for_each(|s| *s -= 0.04);
        }
        assert_same(&packets(&units), &theirs);
        let (codec, units) = of_kind(&events, Kind::Audio);
        let Codec::AacRaw { rate, channels, .. } = codec else { panic!("{codec:?}") };
        assert_eq!((rate, channels), (48_000, 1));
        assert_same(&packets(&units), &probe(&file, "a:0"));
    }
}

#[test]
fn fragments_in_segments_with_an_initialisation_section() {
    if !has(&["libx265", "aac"]) {
        return;
    }
    let folder = folder();
    let rest = "-t 4 -c:v libx265 -preset ultrafast -x265-params log-level=none -g 25 -c:a aac -f hls -hls_time 1 \
                -hls_segment_type fmp4 -hls_fmp4_init_filename init.mp4 -hls_segment_filename %d.m4s out.m3u8";
    make(folder.path(), &[PICTURES, SOUND], rest);
    let init = std::fs::read(folder.path().join("init.mp4")).unwrap();
    let mut demux = Demux::new();
    let mut events = demux.init(&init).unwrap();
    let mut whole = init.clone();
    for (at, file) in segments(folder.path(), "m4s").iter().enumerate() {
        let bytes = std::fs::read(file).unwrap();
        whole.extend(&bytes);
        demux.begin(at > 0);
        events.extend(read(&mut demux, &bytes, 3000).unwrap());
    }
    let file = folder.path().join("whole.mp4");
    std::fs::write(&file, whole).unwrap();
    let (codec, units) = of_kind(&events, Kind::Video);
    assert!(matches!(codec, Codec::Hevc { .. }));
    assert_same(&packets(&units), &probe(&file, "v:0"));
    let (_, units) = of_kind(&events, Kind::Audio);
    assert_same(&packets(&units), &probe(&file, "a:0"));
}

#[test]
fn other_sounds_in_fragments() {
    for (encoder, expected) in [
        ("libmp3lame", Some(Codec::MpegAudio)),
        ("ac3", Some(Codec::Ac3)),
        ("eac3", Some(Codec::Eac3)),
        ("libopus", None),
    ] {
        if !has(&[encoder]) {
            continue;
        }
        let folder = folder();
        let rest = format!("-t 2 -c:a {encoder} -movflags +empty_moov+default_base_moof+delay_moov -f mp4 out.mp4");
        make(folder.path(), &[SOUND], &rest);
        let file = folder.path().join("out.mp4");
        let (codec, units) = of_kind(&read_file(&file), Kind::Audio);
        assert_same(&packets(&units), &probe(&file, "a:0"));
        match (codec, expected) {
            (Codec::Opus { head }, None) => assert!(head.starts_with(b"OpusHead\x01\x01")),
            (codec, expected) => assert_eq!(Some(codec), expected),
        }
    }
}

#[test]
fn a_file_that_is_not_fragmented_says_so() {
    if !has(&["libx264"]) {
        return;
    }
    let folder = folder();
    make(folder.path(), &[PICTURES], "-t 1 -c:v libx264 -preset ultrafast -movflags +faststart -f mp4 out.mp4");
    let bytes = std::fs::read(folder.path().join("out.mp4")).unwrap();
    assert_eq!(super::read_new(&bytes), Err(DemuxError::NotFragmented));
}

#[test]
fn packed_sound() {
    for (encoder, format, expected) in [
        ("aac", "adts", Codec::AacAdts),
        ("libmp3lame", "mp3", Codec::MpegAudio),
        ("mp2", "mp2", Codec::MpegAudio),
        ("ac3", "ac3", Codec::Ac3),
        ("eac3", "eac3", Codec::Eac3),
    ] {
        if !has(&[encoder]) {
            continue;
        }
        let folder = folder();
        make(folder.path(), &[SOUND], &format!("-t 3 -c:a {encoder} -write_xing 0 -f {format} out.{format}"));
        let file = folder.path().join(format!("out.{format}"));
        let (codec, units) = of_kind(&read_file(&file), Kind::Audio);
        assert_eq!(codec, expected);
        assert!(units.len() > 20 && units.len() < 40, "{format}: {}", units.len());
        let theirs = probe(&file, "a:0");
        let total = |packets: &[Packet]| packets.iter().map(|packet| packet.bytes).sum::<usize>();
        assert_eq!(total(&packets(&units)), total(&theirs), "{format}");
        let length = units.last().unwrap().pts.unwrap().0 as f64 / 1e9;
        assert!((2.8..3.1).contains(&length), "{format}: {length}");
    }
}
