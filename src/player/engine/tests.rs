//! The engine against real media on a real server of this machine. Needs `ffmpeg` to make the media (once; kept
//! under `target/`). Every wait is for a condition, with a bound.

mod bench;
mod stream;

use std::{sync::atomic::Ordering, time::Instant};

use super::*;
use crate::{
    guide::lineup::MediaSource,
    player::types::{Phase, Speed, Trouble, Trust},
};
use bench::{BOUND, Bench, SECONDS};

#[test]
fn hls_and_mp4_show_their_first_picture_in_the_exact_place() {
    let mut b = Bench::start();
    for path in ["hls/i.m3u8", "a.mp4"] {
        let begun = Instant::now();
        b.open(path, 0);
        b.until_first_frame();
        println!("{path}: first frame after {} ms", begun.elapsed().as_millis());
        let frame = b.frame(|_| true);
        assert_eq!((frame.pixels.width(), frame.pixels.height()), (320, 320));
        let row = |y: usize| frame.pixels.as_bytes().chunks(320 * 3).nth(y).expect("row").iter().map(|b| u32::from(*b));
        assert!(row(10).sum::<u32>() < 320 * 3 * 24, "black above");
        assert!(row(160).sum::<u32>() > 320 * 3 * 60, "a picture in the middle");
        b.until_phase(&Phase::Playing);
        let duration = b.until("length", |event| match event {
            PlayerEvent::Position { duration_ms, .. } => *duration_ms,
            _ => None,
        });
        assert!(duration.abs_diff(SECONDS * 1000) < 500, "{duration}");
        assert!(b.player.facts().video.is_some_and(|v| v.contains("H.264") && v.contains("320x180")));
    }
    b.player.set_place((200, 100));
    b.frame(|f| (f.pixels.width(), f.pixels.height()) == (200, 100));
}

#[test]
fn a_medium_starts_where_it_was_left_and_seeks() {
    let mut b = Bench::start();
    for path in ["a.mp4", "hls/i.m3u8"] {
        b.open(path, 8_000);
        let first = b.frame(|_| true).position_ms.expect("position");
        assert!(first.abs_diff(8_000) <= 100, "{path}: nothing of the beginning is seen, {first}");
        b.until_position(|ms| ms >= 8_000);
        for to_ms in [2_000, 5_000, 3_000] {
            b.player.send(PlayerCommand::Seek { session: b.session, to_ms });
        }
        b.frame(|f| f.position_ms.is_some_and(|ms| (2_000..5_500).contains(&ms)));
        b.until_position(|ms| (2_000..5_500).contains(&ms));
    }
}

#[test]
fn a_paused_picture_stands_and_still_seeks() {
    let mut b = Bench::start();
    b.open("a.mp4", 0);
    b.until_position(|ms| ms > 0);
    b.player.send(PlayerCommand::Pause(b.session));
    b.until_phase(&Phase::Paused);
    b.player.send(PlayerCommand::Seek { session: b.session, to_ms: 6_000 });
    let at = b.frame(|f| f.position_ms.is_some_and(|ms| ms >= 5_900)).position_ms;
    assert!(at.is_some_and(|ms| ms <= 6_100), "{at:?}");
    assert_eq!(b.until_position(|ms| ms >= 5_900), 6_000);
    b.player.set_place((100, 100));
    let again = b.frame(|f| f.pixels.width() == 100);
    assert_eq!(again.position_ms, at, "the same picture in its new size");
    b.player.send(PlayerCommand::Resume(b.session));
    b.until_phase(&Phase::Playing);
    b.until_position(|ms| ms > 6_000);
}

/// The pause's own "done" may come when the seek has begun; the place that the seek reaches is told all the same.
#[test]
fn a_seek_right_after_a_pause_is_told() {
    let mut b = Bench::start();
    b.open("a.mp4", 0);
    b.until_first_frame();
    for to_ms in (1_000..11_000).step_by(500) {
        b.player.send(PlayerCommand::Resume(b.session));
        b.player.send(PlayerCommand::Pause(b.session));
        b.player.send(PlayerCommand::Seek { session: b.session, to_ms });
        b.until_position(|ms| ms.abs_diff(to_ms) <= 1_000);
        b.player.send(PlayerCommand::Resume(b.session));
        b.until_position(|ms| ms > to_ms);
        b.player.send(PlayerCommand::Pause(b.session));
        b.player.send(PlayerCommand::Seek { session: b.session, to_ms: 200 });
        b.until_position(|ms| ms <= 200);
    }
}

#[test]
fn speed_changes_while_playing() {
    let mut b = Bench::start();
    b.open("a.mp4", 2_000);
    b.until_position(|ms| ms >= 2_000);
    for speed in [Speed::Fast, Speed::Slow, Speed::Normal] {
        b.player.send(PlayerCommand::SetSpeed { session: b.session, speed });
        let here = b.until_position(|_| true);
        b.until_position(|ms| ms > here);
    }
}

#[test]
fn the_end_is_told() {
    let mut b = Bench::start();
    for path in ["a.mp4", "hls/i.m3u8"] {
        b.open(path, SECONDS * 1000 - 1_000);
        b.until_phase(&Phase::Ended);
    }
    b.player.send(PlayerCommand::Seek { session: b.session, to_ms: 1_000 });
    b.until_first_frame();
}

#[test]
fn sound_without_picture_plays() {
    let mut b = Bench::start();
    b.open("sound.mp4", 0);
    b.until_phase(&Phase::Playing);
    b.until_position(|ms| ms > 0);
}

#[test]
fn each_trouble_has_its_name() {
    let mut b = Bench::start();
    for (path, trouble) in
        [("nothing.mp4", Trouble::NotFound), ("page.mp4", Trouble::BrokenMedia), ("noise.mp4", Trouble::BrokenMedia)]
    {
        b.open(path, 0);
        assert_eq!(b.until_trouble(), trouble, "{path}");
    }
    let nobody = MediaSource { url: "http://127.0.0.1:9/a.mp4".into(), headers: Vec::new() };
    b.open_sources(vec![nobody], 0, Trust::Person);
    assert_eq!(b.until_trouble(), Trouble::ServerDown);
}

#[test]
fn it_plays_when_the_server_is_back() {
    let mut b = Bench::start();
    b.server.down.store(true, Ordering::Relaxed);
    b.open("a.mp4", 4_000);
    assert_eq!(b.until_trouble(), Trouble::ServerError);
    b.server.down.store(false, Ordering::Relaxed);
    b.until_first_frame();
    b.until_phase(&Phase::Playing);
    b.until_position(|ms| ms >= 4_000);
}

#[test]
fn a_bad_source_gives_way_to_a_good_one() {
    let mut b = Bench::start();
    let sources = ["file:///etc/hostname", "ftp://127.0.0.1/a", "x", &format!("{}/a.mp4", b.server.base)]
        .map(|url| MediaSource { url: url.into(), headers: Vec::new() });
    b.open_sources(sources.to_vec(), 0, Trust::Person);
    b.until_first_frame();
    b.until_phase(&Phase::Playing);
    b.open_sources(sources[..3].to_vec(), 0, Trust::Person);
    b.until_refused();
    let group = MediaSource { url: "udp://239.1.1.1:1234".into(), headers: Vec::new() };
    b.open_sources(vec![group], 0, Trust::Feed);
    b.until_refused();
}

#[test]
fn thirty_zaps_show_the_last_channel_alone() {
    let mut b = Bench::start();
    for n in 0..30 {
        b.open(if n % 2 == 0 { "hls/i.m3u8" } else { "a.mp4" }, 0);
    }
    let begun = Instant::now();
    let mut newest = SessionId(0);
    loop {
        let (session, event) = b.events.recv_timeout(BOUND).expect("an event");
        assert!(session >= newest, "an event of {session:?} after {newest:?}");
        newest = session;
        if session == b.session && event == PlayerEvent::FirstFrame {
            break;
        }
    }
    println!("after 30 zaps at once: picture {} ms later", begun.elapsed().as_millis());
    b.frame(|_| true);
    // From the mailbox come only pictures of the last session now, its curtain being the only open one.
    for _ in 0..5 {
        assert_eq!(b.frame(|_| true).session, b.session);
    }
    let mut times = Vec::new();
    for n in 0..8 {
        let begun = Instant::now();
        b.open(if n % 2 == 0 { "hls/i.m3u8" } else { "a.mp4" }, 0);
        b.until_first_frame();
        times.push(begun.elapsed().as_millis());
    }
    println!("zap, command to picture in the mailbox (hls, mp4 in turn): {times:?} ms");
}

#[test]
fn commands_of_an_earlier_session_do_nothing() {
    let mut b = Bench::start();
    b.open("a.mp4", 0);
    b.until_first_frame();
    let old = b.session;
    b.open("hls/i.m3u8", 0);
    b.player.send(PlayerCommand::Pause(old));
    b.until_phase(&Phase::Playing);
    b.until_position(|ms| ms > 0);
    b.player.send(PlayerCommand::Stop);
    b.until_phase(&Phase::Idle);
}
