//! Multicast channels through the engine, in a network of their own that ends with the test: ready neighbours, codecs,
//! silence, loss, splices, and what two hundred changes leave behind.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/groups.rs"]
mod groups;
#[path = "multicast_parts/rig.rs"]
mod rig;
#[path = "support/sup.rs"]
mod sup;

use std::{net::UdpSocket, process::Command, time::Instant};

use groups::{Sender, joined};
use jinse_xuetang::{
    guide::lineup::MediaSource,
    player::{
        captions::Caption,
        sounds::Sound,
        types::{MediaKind, MediaRequest, Phase, PlayerCommand, PlayerEvent, Speed, Trouble, Trust},
    },
};
use rig::{H264, Rig, SHORT, Weather, film, group, inside, wait};

fn failed(event: &PlayerEvent, with: Trouble) -> bool {
    matches!(event, PlayerEvent::Phase(Phase::Failed { trouble, .. }) if *trouble == with)
}

/// Operators send with multicat: with RTP and without.
#[test]
fn what_multicat_sends() {
    if !inside("what_multicat_sends") {
        return;
    }
    let dir = tempfile::tempdir().expect("directory");
    let film = film(dir.path(), "a.ts", "320x180", H264);
    // It paces by the clock that `ingests` has noted beside the film; ffmpeg puts it on the first stream's packets.
    let noted = Command::new("ingests").args(["-p", "256"]).arg(&film).status();
    assert!(noted.expect("multicat is needed for these tests").success());
    let mut rig = Rig::start();
    for (scheme, port, bare) in [("rtp", 5041, false), ("udp", 5042, true)] {
        let host = format!("239.9.41.1:{port}");
        let sender =
            Command::new("multicat").args(["-t", "0"]).args(bare.then_some("-U")).arg(&film).arg(&host).spawn();
        let sender = Sender(sender.expect("multicat is needed for these tests"));
        rig.open(&format!("{scheme}://{host}"), &[]);
        rig.until_picture();
        rig.pictures(10);
        drop(sender);
    }
}

/// Two sounds in one programme, told apart by their codecs: what is wished for is heard, in the group that is there.
#[test]
fn of_several_sounds_the_one_wished_for_is_heard() {
    if !inside("of_several_sounds_the_one_wished_for_is_heard") {
        return;
    }
    let dir = tempfile::tempdir().expect("directory");
    let two = "-map 0:v -map 1:a -map 1:a -c:a:1 mp2 -metadata:s:a:0 language=chi -metadata:s:a:1 language=wuu";
    let film = film(dir.path(), "a.ts", "320x180", &format!("{H264} {two}"));
    let group = group(43);
    let _sender = Sender::start(&film, &group);
    let mut rig = Rig::start();
    let sound = |language: &str| Sound { name: String::new(), language: Some(language.into()) };
    for (wish, at, codec) in [(None, 0, "AAC"), (Some(sound("wuu")), 1, "MP2"), (Some(sound("zh")), 0, "AAC")] {
        rig.open_with(&group, &[], wish);
        let offered = [sound("chi"), sound("wuu")];
        rig.until(
            "the sounds",
            |e| matches!(e, PlayerEvent::Sounds { all, chosen } if *all == offered && *chosen == at),
        );
        rig.until_picture();
        wait(codec, || rig.player.facts().audio.is_some_and(|a| a.contains(codec)));
        rig.pictures(5);
    }
}

/// Subtitles as operators have them: pictures in the stream. Named by their language, read where they are wished for,
/// and drawn where the sender has them.
#[test]
fn subtitles_of_a_broadcast_come_in_their_place_and_go_again() {
    if !inside("subtitles_of_a_broadcast_come_in_their_place_and_go_again") {
        return;
    }
    let dir = tempfile::tempdir().expect("directory");
    let stripes = |n: u32| sup::Stripes { from_ms: n * 2_000, to_ms: n * 2_000 + 1_000, rect: [180, 432, 360, 72] };
    std::fs::write(dir.path().join("a.sup"), sup::write(&(0..6).map(stripes).collect::<Vec<_>>())).expect("file");
    let made = Command::new("ffmpeg")
        .args(
            "-v error -y -f lavfi -i testsrc2=s=320x180:r=25:d=12 -fix_sub_duration -i a.sup -map 0:v -map 1:s"
                .split(' '),
        )
        .args("-c:v libx264 -preset ultrafast -g 25 -pix_fmt yuv420p -c:s dvbsub".split(' '))
        .args(["-metadata:s:s:0", "language=chi", "-f", "mpegts", "a.ts"])
        .current_dir(dir.path())
        .status();
    assert!(made.expect("ffmpeg is needed for these tests").success());
    let _sender = Sender::start(&dir.path().join("a.ts"), &group(44));
    let mut rig = Rig::start();
    rig.open(&group(44), &[]);
    let chinese = Caption { name: String::new(), language: Some("chi".into()) };
    let offered = |chosen: Option<usize>| {
        let all = vec![chinese.clone()];
        move |e: &PlayerEvent| *e == PlayerEvent::Captions { all: all.clone(), chosen }
    };
    rig.until("what it offers", offered(None));
    rig.until_picture();
    let session = rig.session;
    // Wished for by the language that the channel was left with, in other letters.
    let wish = Some(Caption { language: Some("zh".into()), ..Caption::default() });
    rig.player.send(PlayerCommand::SetCaption { session, caption: wish });
    rig.until("the choice", offered(Some(0)));
    for _ in 0..2 {
        // A place of 320×180: from a quarter across and three down, half as wide, and air around.
        rig.until("the words", |e| {
            let PlayerEvent::Plate(Some(plate)) = e else { return false };
            let place = [plate.x, plate.y, plate.width, plate.height];
            let wanted = [80 - 1, 135 - 1, 160 + 2, 22 + 2];
            assert!(
                plate.place == (320, 180) && place.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= 1),
                "{place:?}"
            );
            let middle = ((plate.height / 4 * plate.width + plate.width / 2) * 4) as usize;
            assert_eq!(plate.pixels.0[middle..middle + 4], [255; 4]);
            true
        });
        rig.until("a bare picture", |e| *e == PlayerEvent::Plate(None));
    }
    rig.until("the words", |e| matches!(e, PlayerEvent::Plate(Some(_))));
    rig.player.send(PlayerCommand::SetCaption { session, caption: None });
    rig.until("none at once", |e| *e == PlayerEvent::Plate(None));
    rig.pictures(5);
}

#[test]
fn two_hundred_changes_leave_nothing() {
    if !inside("two_hundred_changes_leave_nothing") {
        return;
    }
    glib::ThreadPool::set_max_idle_time(100);
    let dir = tempfile::tempdir().expect("directory");
    let film = film(dir.path(), "a.ts", "320x180", SHORT);
    let groups: Vec<String> = (1..=4).map(group).collect();
    let _senders: Vec<Sender> = groups.iter().map(|g| Sender::start(&film, g)).collect();
    let mut rig = Rig::start();
    let mut times = Vec::new();
    let mut before = None;
    for n in 0..220 {
        let at = n % 4;
        let near = [groups[(at + 1) % 4].as_str(), groups[(at + 3) % 4].as_str()];
        let begun = Instant::now();
        rig.open(&groups[at], &near);
        rig.until_picture();
        times.push(begun.elapsed().as_millis());
        if n == 20 {
            before = Some((descriptors(), threads(), resident_kb()));
        }
        if n == 0 {
            wait("three groups", || joined() == 3);
        }
    }
    times.drain(..20);
    times.sort_unstable();
    println!("median {} ms, p95 {} ms, last {} ms", times[100], times[190], times[199]);
    let (descriptors_before, threads_before, kb_before) = before.expect("measured");
    wait("descriptors as before", || descriptors() <= descriptors_before + 2);
    wait("threads as before", || threads() <= threads_before + 2);
    let kb = resident_kb();
    println!("resident {kb_before} kB after 20 changes, {kb} kB after 220");
    assert!(kb < kb_before + 16_000, "resident memory grew from {kb_before} kB to {kb} kB");
    rig.player.send(PlayerCommand::Stop);
    wait("every group left", || joined() == 0);
}

#[test]
fn a_neighbour_shows_its_picture_at_once() {
    if !inside("a_neighbour_shows_its_picture_at_once") {
        return;
    }
    let dir = tempfile::tempdir().expect("directory");
    let film = film(dir.path(), "a.ts", "1280x720", H264);
    let groups: Vec<String> = (1..=3).map(group).collect();
    let mut senders: Vec<Sender> = groups.iter().map(|g| Sender::start(&film, g)).collect();
    let mut rig = Rig::start();
    rig.open(&groups[0], &[&groups[1], &groups[2]]);
    rig.until_picture();
    let mut times = Vec::new();
    for n in 1..10 {
        // Long enough for a key picture of each neighbour.
        rig.frames.take();
        rig.pictures(35);
        let at = n % 3;
        let begun = Instant::now();
        rig.open(&groups[at], &[&groups[(at + 1) % 3], &groups[(at + 2) % 3]]);
        rig.until_picture();
        times.push(begun.elapsed().as_millis());
    }
    println!("first picture of a ready neighbour after {times:?} ms");
    rig.frames.take();
    rig.pictures(35);
    // Nothing is sent any more on the neighbour: what shows was there before.
    senders.remove(1);
    rig.open(&groups[1], &[]);
    rig.until_picture();
    wait("the others left", || joined() == 1);
}

#[test]
fn the_first_key_picture_shows_at_once() {
    if !inside("the_first_key_picture_shows_at_once") {
        return;
    }
    let dir = tempfile::tempdir().expect("directory");
    // One key picture, and a decoder that would wait for others to put it in order.
    let still = "-frames:v 1 -an -c:v libx264 -bf 3 -g 25 -pix_fmt yuv420p";
    let film = film(dir.path(), "a.ts", "320x180", still);
    let outlet = UdpSocket::bind("0.0.0.0:0").expect("port");
    outlet.set_multicast_ttl_v4(0).expect("ttl");
    let mut rig = Rig::start();
    rig.open(&group(1), &[]);
    wait("the group", || joined() == 1);
    let bytes = std::fs::read(film).expect("film");
    let stuffing = [&[0x47, 0x1f, 0xff, 0x10][..], &[0xff; 184]].concat();
    for datagram in bytes.chunks(1316) {
        outlet.send_to(datagram, "239.9.1.1:5001").expect("sent");
    }
    outlet.send_to(&stuffing, "239.9.1.1:5001").expect("sent");
    // Its end shows only when something follows on the same PID.
    let start = bytes.chunks(188).rposition(|p| p[1] & 0x40 != 0 && p[4..].windows(4).any(|w| w == [0, 0, 1, 0xe0]));
    let start = start.expect("a picture") * 188;
    let mut next = bytes[start..start + 188].to_vec();
    let last = bytes.chunks(188).rfind(|p| p[1] & 0x1f == next[1] & 0x1f && p[2] == next[2]).expect("a packet");
    next[3] = next[3] & 0xf0 | (last[3] + 1) & 0x0f;
    outlet.send_to(&next, "239.9.1.1:5001").expect("sent");
    rig.until_picture();
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").expect("proc").count()
}

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").expect("proc").count()
}

fn resident_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("proc");
    let line = status.lines().find(|l| l.starts_with("VmRSS")).expect("VmRSS");
    line.split_whitespace().nth(1).expect("figure").parse().expect("number")
}

#[test]
fn every_codec_of_operators_plays() {
    if !inside("every_codec_of_operators_plays") {
        return;
    }
    let dir = tempfile::tempdir().expect("directory");
    let mut rig = Rig::start();
    let films = [
        ("H.264", "AAC", H264),
        (
            "H.265",
            "MP2",
            "-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=25 -pix_fmt yuv420p -c:a mp2",
        ),
        ("MPEG-2", "AC-3", "-c:v mpeg2video -g 25 -c:a ac3"),
        ("H.264", "E-AC-3", "-c:v libx264 -preset ultrafast -g 25 -flags +ilme+ildct -pix_fmt yuv420p -c:a eac3"),
        ("H.264", "", "-c:v libx264 -preset ultrafast -g 25 -x264-params open-gop=1:keyint=25 -pix_fmt yuv420p -an"),
    ];
    for (n, (video, audio, how)) in films.iter().enumerate() {
        let film = film(dir.path(), "a.ts", "320x180", how);
        // Both kinds of datagrams, under each other's names too.
        let to = group(n);
        let sent = if n % 2 == 0 { to.clone() } else { to.replace("udp", "rtp") };
        let asked = if n % 3 == 0 { to } else { to.replace("udp", "rtp") };
        let _sender = Sender::start(&film, &sent);
        rig.open(&asked, &[]);
        rig.until_picture();
        rig.pictures(30);
        rig.until_video(video);
        wait(audio, || rig.player.facts().audio.unwrap_or_default().contains(audio));
    }
    let film = film(dir.path(), "a.ts", "320x180", "-map 1:a -c:a mp2");
    let _sender = Sender::start(&film, &group(20));
    rig.open(&group(20), &[]);
    rig.until("sound alone", |e| matches!(e, PlayerEvent::Position { position_ms, .. } if *position_ms > 0));
}

#[test]
fn what_is_not_known_here_is_left_to_the_other_chain() {
    if !inside("what_is_not_known_here_is_left_to_the_other_chain") {
        return;
    }
    let dir = tempfile::tempdir().expect("directory");
    // MPEG-4 part 2, for which every decoder is switched off: only the demuxer's chain can say so by name.
    let film = film(dir.path(), "a.ts", "320x180", "-c:v mpeg4 -g 25 -c:a aac");
    let _sender = Sender::start(&film, &group(1));
    let mut rig = Rig::start();
    rig.open(&group(1), &[]);
    rig.until("missing codec", |e| failed(e, Trouble::MissingCodec));
}

#[test]
fn silence_is_told_and_ends_with_the_source() {
    if !inside("silence_is_told_and_ends_with_the_source") {
        return;
    }
    let dir = tempfile::tempdir().expect("directory");
    let film = film(dir.path(), "a.ts", "320x180", H264);
    let mut rig = Rig::start();
    let sender = Sender::start(&film, &group(1));
    rig.open(&group(1), &[]);
    rig.until_picture();
    rig.pictures(20);
    drop(sender);
    rig.until("a stall", |e| matches!(e, PlayerEvent::Phase(Phase::Stalled { trouble: Trouble::Stalled, .. })));
    // Back before the pipeline is built anew, from the film's beginning: another timeline.
    let sender = Sender::start(&film, &group(1));
    rig.until("play", |e| *e == PlayerEvent::Phase(Phase::Playing));
    rig.frames.take();
    rig.pictures(60);
    drop(sender);
    rig.until("a new try", |e| matches!(e, PlayerEvent::Phase(Phase::Reconnecting { .. })));
    let _sender = Sender::start(&film, &group(1));
    rig.until("play", |e| *e == PlayerEvent::Phase(Phase::Playing));
    rig.frames.take();
    rig.pictures(20);
}

#[test]
fn another_programme_on_the_same_group_plays() {
    if !inside("another_programme_on_the_same_group_plays") {
        return;
    }
    let dir = tempfile::tempdir().expect("directory");
    let first = film(dir.path(), "a.ts", "320x180", H264);
    let hevc = "-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=25 -pix_fmt yuv420p -c:a mp2";
    let second = film(dir.path(), "b.ts", "640x360", hevc);
    // The same codecs on other PIDs, and another picture size.
    let third = film(dir.path(), "c.ts", "480x270", &format!("{hevc} -mpegts_start_pid 0x300"));
    let mut rig = Rig::start();
    let sender = Sender::start(&first, &group(1));
    rig.open(&group(1), &[]);
    rig.until_picture();
    rig.until_video("H.264");
    drop(sender);
    let sender = Sender::start(&second, &group(1));
    rig.until_video("H.265");
    rig.frames.take();
    rig.pictures(30);
    drop(sender);
    rig.frames.take();
    let _sender = Sender::start(&third, &group(1));
    rig.pictures(60);
}

#[test]
fn loss_and_disorder_do_not_end_it() {
    if !inside("loss_and_disorder_do_not_end_it") {
        return;
    }
    let dir = tempfile::tempdir().expect("directory");
    let film = film(dir.path(), "a.ts", "640x360", H264);
    let _weather = Weather::start(4_000, "239.9.1.1:5001");
    let _sender = Sender::start(&film, "udp://127.0.0.1:4000");
    let mut rig = Rig::start();
    rig.open("udp://239.9.1.1:5001", &[]);
    rig.until_picture();
    // Longer than the film: its loop is a jump of the clock as well.
    rig.pictures(250);
    while let Ok((_, event)) = rig.events.try_recv() {
        assert!(!matches!(event, PlayerEvent::Phase(Phase::Reconnecting { .. } | Phase::Failed { .. })), "{event:?}");
    }
}

#[test]
fn a_feed_cannot_make_the_box_join() {
    if !inside("a_feed_cannot_make_the_box_join") {
        return;
    }
    let mut rig = Rig::start();
    let source = MediaSource { url: group(1), headers: Vec::new() };
    rig.session.0 += 1;
    rig.player.send(PlayerCommand::Open(MediaRequest {
        session: rig.session,
        kind: MediaKind::Live,
        sources: vec![source.clone()],
        start_ms: 0,
        speed: Speed::Normal,
        trust: Trust::Feed,
        neighbours: vec![source],
        sound: None,
        caption: None,
        behind_ms: 0,
    }));
    rig.until("refused", |e| failed(e, Trouble::Blocked));
    assert_eq!(joined(), 0);
}
