//! Subtitles as broadcasts send them, from the choice to the picture: written here after the standard, and by ffmpeg.

use std::{path::Path, process::Command};

use proptest::prelude::*;

use super::*;
use crate::player::demux::{Codec, Demux, Event};

#[path = "../../../tests/support/sup.rs"]
mod sup;

const S: i64 = 1_000_000_000;
const PID: TrackId = TrackId(0x101);

fn segment(kind: u8, page: u16, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x0F, kind];
    bytes.extend(page.to_be_bytes());
    bytes.extend((body.len() as u16).to_be_bytes());
    bytes.extend(body);
    bytes
}

fn packet(segments: &[Vec<u8>]) -> Bytes {
    let mut bytes = vec![0x20, 0x00];
    bytes.extend(segments.concat());
    bytes.extend(segment(0x80, 1, &[]));
    bytes.push(0xFF);
    bytes.into()
}

/// Shows these regions, each at its place; `state` 2 begins an epoch.
fn page(stands_s: u8, state: u8, regions: &[(u8, u16, u16)]) -> Vec<u8> {
    let mut body = vec![stands_s, state << 2];
    for (id, x, y) in regions {
        body.extend([*id, 0]);
        body.extend(x.to_be_bytes());
        body.extend(y.to_be_bytes());
    }
    segment(0x10, 1, &body)
}

/// A region of sixteen colours with one object in its corner, filled with nothing.
fn region(id: u8, width: u16, height: u16, clut: u8, object: u16) -> Vec<u8> {
    let mut body = vec![id, 0x08];
    body.extend([width.to_be_bytes(), height.to_be_bytes()].concat());
    body.extend([2 << 2, clut, 0, 0]);
    body.extend([object.to_be_bytes(), [0, 0], [0, 0]].concat());
    segment(0x11, 1, &body)
}

/// Two lines of four pixels of one colour, the same in both fields.
fn object(id: u16, colour: u8) -> Vec<u8> {
    let line = [0x11, colour << 4 | colour, colour << 4 | colour, 0x00, 0xF0];
    let mut body = id.to_be_bytes().to_vec();
    body.extend([0, 0, line.len() as u8, 0, 0]);
    body.extend(line);
    segment(0x13, 1, &body)
}

fn service(language: &str, composition: u16, ancillary: u16) -> Service {
    Service { language: Some(language.into()), hard_of_hearing: false, coding: Coding::Dvb { composition, ancillary } }
}

fn wish(language: &str) -> Caption {
    Caption { name: String::new(), language: Some(language.into()) }
}

fn reading() -> Inband {
    let mut inband = Inband::default();
    inband.offer([(PID, [service("chi", 1, 2)].as_slice())].into_iter());
    inband.choose(Some(&wish("zh")));
    inband
}

fn first(scene: Option<Arc<Scene>>) -> Option<[u8; 4]> {
    scene.map(|scene| scene.pixel(0, 0))
}

#[test]
fn a_page_stands_until_the_next_one_or_its_time_is_over() {
    let mut inband = reading();
    let shown = |stands, colour| packet(&[page(stands, 2, &[(0, 100, 400)]), region(0, 8, 2, 0, 7), object(7, colour)]);
    inband.give(PID, S, shown(30, 1));
    inband.give(PID, 3 * S, packet(&[page(30, 0, &[])]));
    inband.give(PID, 5 * S, shown(2, 2));
    let (red, green) = ([255, 0, 0, 255], [0, 255, 0, 255]);
    let mut at = |ms: i64| first(inband.at(ms * 1_000_000));
    assert_eq!([at(900), at(1_000), at(2_999), at(3_000)], [None, Some(red), Some(red), None]);
    assert_eq!([at(5_000), at(6_999), at(7_000)], [Some(green), Some(green), None]);
    // A step back finds what stood there.
    assert_eq!([at(2_000), at(6_000)], [Some(red), Some(green)]);
    inband.choose(None);
    assert_eq!(inband.at(6 * S), None);
    inband.choose(Some(&wish("chi")));
    assert_eq!(first(inband.at(6 * S)), Some(green), "what is turned on stands at once");
    inband.clear();
    assert_eq!(inband.at(6 * S), None);
}

#[test]
fn windows_palettes_of_both_pages_and_updates_are_understood() {
    let mut inband = reading();
    // High definition, with a window from 240, 100 on.
    let mut display = vec![0x08];
    display.extend([1919u16, 1079, 240, 1679, 100, 979].map(u16::to_be_bytes).concat());
    // Colour 3 of palette 9: white, from the page that is shared; another service's says black.
    let white = segment(0x12, 2, &[9, 0, 3, 0x41, 235, 128, 128, 0]);
    let black = segment(0x12, 5, &[9, 0, 3, 0x41, 16, 128, 128, 0]);
    let whole = [
        segment(0x14, 1, &display),
        page(30, 2, &[(0, 10, 700), (1, 10, 710)]),
        region(0, 4, 2, 9, 7),
        region(1, 4, 2, 0, 8),
        white,
        black,
        object(7, 3),
        object(8, 1),
    ];
    inband.give(PID, S, packet(&whole));
    let scene = inband.at(S).expect("a scene");
    assert_eq!((scene.rect(), scene.screen()), ([250, 800, 4, 12], (1920, 1080)));
    assert_eq!((scene.pixel(0, 0), scene.pixel(3, 11), scene.pixel(0, 5)), ([255; 4], [255, 0, 0, 255], [0; 4]));
    // Only one of them goes on, in another colour.
    inband.give(PID, 2 * S, packet(&[page(30, 0, &[(1, 10, 710)]), object(8, 2)]));
    let scene = inband.at(2 * S).expect("a scene");
    assert_eq!((scene.rect(), scene.pixel(0, 0)), ([250, 810, 4, 2], [0, 255, 0, 255]));
    // A new epoch knows nothing of them.
    inband.give(PID, 3 * S, packet(&[page(30, 2, &[(1, 10, 710)])]));
    assert_eq!(inband.at(3 * S), None);
}

#[test]
fn each_service_is_a_choice_and_a_wish_waits_for_what_is_not_there_yet() {
    let mut inband = Inband::default();
    inband.choose(Some(&wish("wuu")));
    assert_eq!(inband.chosen(), None);
    let [chinese, same, shanghai] = [service("chi", 1, 1), service("chi", 2, 2), service("wuu", 3, 3)];
    inband.offer([(PID, [chinese, same].as_slice()), (TrackId(9), [shanghai].as_slice())].into_iter());
    let names: Vec<_> = inband.all().map(|c| (c.name, c.language.unwrap_or_default())).collect();
    let named = |name: &str, language: &str| (name.to_owned(), language.to_owned());
    assert_eq!(names, [named("", "chi"), named("第2种", "chi"), named("", "wuu")]);
    assert_eq!(inband.chosen(), Some(2));
    let second = inband.all().nth(1);
    inband.choose(second.as_ref());
    assert_eq!(inband.chosen(), Some(1));
    // Of a stream that was not told of nothing is kept.
    inband.give(TrackId(77), 0, packet(&[]));
    assert_eq!((inband.units.len(), inband.bytes), (0, 0));
}

/// A list that reaches hours back begins hours from zero, and a group is joined hours after the start.
#[test]
fn what_comes_before_anybody_asked_for_a_place_is_kept_and_nonsense_holds_nothing_up() {
    let mut inband = reading();
    let shown = |colour| packet(&[page(9, 2, &[(0, 100, 400)]), region(0, 8, 2, 0, 7), object(7, colour)]);
    inband.give(PID, i64::MAX, shown(2));
    inband.give(PID, 7_200 * S, shown(1));
    assert_eq!(first(inband.at(7_201 * S)), Some([255, 0, 0, 255]));
}

#[test]
fn what_is_kept_is_bounded() {
    let mut inband = reading();
    for n in 0..10_000i64 {
        inband.give(PID, n * 1_000_000, Bytes::from(vec![0; if n % 2 == 0 { 1 } else { 60_000 }]));
        assert!(inband.bytes <= MOST_BYTES && inband.units.len() <= MOST_UNITS);
    }
    inband.choose(None);
    inband.at(100 * S);
    assert_eq!((inband.units.len(), inband.bytes), (0, 0), "let go even where nobody reads them");
}

fn ffmpeg(dir: &Path, arguments: &str) -> Vec<u8> {
    let mut command = Command::new("ffmpeg");
    let made = command.current_dir(dir).args(["-v", "error", "-nostdin", "-y"]).args(arguments.split(' ')).output();
    let made = made.expect("ffmpeg is needed for this test");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    made.stdout
}

/// Through a transport stream that ffmpeg makes, pixel by pixel beside what ffmpeg shows of it.
#[test]
fn what_ffmpeg_writes_is_read_as_ffmpeg_reads_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let stripes = [([100, 450, 200, 60], 0), ([361, 31, 301, 42], 1_000), ([4, 500, 700, 66], 2_000)];
    let all = stripes.map(|(rect, from_ms)| sup::Stripes { from_ms, to_ms: from_ms + 600, rect });
    std::fs::write(dir.path().join("a.sup"), sup::write(&all)).expect("a file");
    ffmpeg(
        dir.path(),
        "-f lavfi -i color=black:s=720x576:r=25:d=4 -fix_sub_duration -i a.sup -map 0:v -map 1:s -c:v mpeg2video -q:v 2 \
         -c:s dvbsub -metadata:s:s:0 language=chi -f mpegts a.ts",
    );
    let mut demux = Demux::new();
    let mut events = Vec::new();
    demux.begin(false);
    demux.push(&std::fs::read(dir.path().join("a.ts")).expect("a stream"), &mut events).expect("a sound stream");
    demux.end(&mut events);
    let mut inband = Inband::default();
    let mut begins_ns = None;
    for event in events {
        match event {
            Event::Tracks(tracks) => {
                let services = tracks.iter().filter_map(|t| match &t.codec {
                    Codec::Inband { services } => Some((t.id, services.as_slice())),
                    _ => None,
                });
                inband.offer(services);
                inband.choose(Some(&wish("zho")));
            }
            Event::Unit(unit) => {
                begins_ns = begins_ns.or(unit.pts.map(|at| at.0));
                inband.give(unit.track, unit.pts.map_or(0, |at| at.0), unit.data);
            }
        }
    }
    assert_eq!(inband.chosen(), Some(0));
    for (rect, from_ms) in stripes {
        let middle_ms = from_ms + 300;
        let shown = ffmpeg(
            dir.path(),
            &format!(
                "-i a.ts -filter_complex [0:v][0:s]overlay -ss {}ms -frames:v 1 -f rawvideo -pix_fmt rgb24 -",
                middle_ms
            ),
        );
        let scene = inband.at(begins_ns.unwrap_or(0) + i64::from(middle_ms) * 1_000_000);
        let scene = scene.unwrap_or_else(|| {
            panic!(
                "nothing at {middle_ms} of {:?}",
                inband.units.iter().map(|u| (u.at_ns, u.data.len())).collect::<Vec<_>>()
            )
        });
        let [x, y, width, height] = scene.rect();
        assert_eq!(([x, y, width, height], scene.screen()), (rect.map(u32::from), (720, 576)));
        for (dx, dy) in (0..width).flat_map(|dx| (0..height).map(move |dy| (dx, dy))) {
            let at = (((y + dy) * 720 + x + dx) * 3) as usize;
            let (ours, theirs) = (scene.pixel(dx, dy), &shown[at..at + 3]);
            let off = ours.iter().zip(theirs).map(|(a, b)| a.abs_diff(*b)).max();
            // Colours are halved across and down on their way through ffmpeg's picture.
            let at_edge = dx < 4 || dy < 4 || dx + 4 >= width || dy + 4 >= height || dy.abs_diff(height / 2) < 4;
            assert!(off < Some(12) || at_edge, "{dx}, {dy}: {ours:?} {theirs:?}");
        }
    }
    assert_eq!(inband.at(begins_ns.unwrap_or(0) + 3_000_000_000), None, "bare at the end");
}

/// A valid stream, damaged.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let whole = [
        segment(0x14, 1, &[0x08, 2, 0xCF, 2, 0x3F, 0, 9, 2, 9, 0, 9, 2, 9]),
        page(9, 2, &[(0, 100, 400), (1, 0, 0)]),
        region(0, 80, 20, 0, 7),
        region(1, 200, 60, 0, 7),
        segment(0x12, 1, &[0, 0, 1, 0xE1, 9, 9, 9, 9, 2, 0x40, 9, 9]),
        object(7, 1),
        segment(0x13, 1, &[0, 7, 2, 0, 6, 0, 6, 0x12, 0, 0xFF, 1, 0, 0, 0x10, 0x0F, 0xFF, 0xFF, 0xF0, 0x22]),
    ];
    let bytes = packet(&whole).to_vec();
    prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12).prop_map(move |damage| {
        let mut bytes = bytes.clone();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes
    })
}

proptest! {
    #[test]
    fn whatever_is_sent_stays_within_its_screen(
        units in prop::collection::vec((damaged(), 0i64..9), 0..6),
        loose in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut inband = reading();
        for (bytes, at_s) in units {
            inband.give(PID, at_s * S, bytes.into());
        }
        inband.give(PID, 9 * S, [&[0x20, 0, 0x0F, 0x13, 0, 1][..], &loose].concat().into());
        for at_s in [0, 4, 12, 3] {
            if let Some(scene) = inband.at(at_s * S) {
                let ([x, y, width, height], (across, down)) = (scene.rect(), scene.screen());
                prop_assert!(x + width <= across && y + height <= down && width > 0 && height > 0);
                let place = (320, 180);
                if let Some(plate) = scene.plate(place, (0, 0, 320, 180)) {
                    prop_assert_eq!(plate.pixels.0.len(), (plate.width * plate.height * 4) as usize);
                }
            }
        }
    }
}
