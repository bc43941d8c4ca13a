//! Live channels that are one transport stream without an end, as udpxy sends them: a connection each, at the pace of the
//! programme, or otherwise.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use super::bench::{BOUND, Bench, ffmpeg, media};
use crate::player::{
    engine::PlayerEvent,
    sounds::Sound,
    types::{Phase, Trouble},
};

/// Bytes of a second of the films: padded, so that all seconds have as many.
const SECOND_BYTES: usize = 250_000;
const MUX: &str = "2000k";
const H264: &str = "-c:v libx264 -preset ultrafast -g 25 -keyint_min 25 -bf 2 -b:v 900k -maxrate 900k -bufsize 200k";

/// Thirty seconds of test card.
fn film(how: &str) -> Arc<Vec<u8>> {
    let name = format!("live-{:x}.ts", how.bytes().fold(7_u64, |sum, b| sum.wrapping_mul(31).wrapping_add(b.into())));
    let done = media().join(&name);
    if !done.exists() {
        let making = format!("{}-{name}", std::process::id());
        let inputs = "-f lavfi -i testsrc2=s=320x180:r=25:d=30 -f lavfi -i sine=440:d=30 -pix_fmt yuv420p";
        let args = format!("{inputs} {how} -muxrate {MUX} -f mpegts {making}");
        ffmpeg(&args.split(' ').collect::<Vec<_>>(), media());
        fs::rename(media().join(making), &done).expect("film");
    }
    Arc::new(fs::read(done).expect("film"))
}

fn plain() -> Arc<Vec<u8>> {
    static FILM: OnceLock<Arc<Vec<u8>>> = OnceLock::new();
    FILM.get_or_init(|| film(&format!("{H264} -c:a aac"))).clone()
}

/// What is sent of the film, which begins anew for each connection.
#[derive(Clone, Copy)]
enum Sends {
    /// So many seconds at once, and all that follows in its time.
    Flow {
        at_once: usize,
    },
    /// As fast as it is taken.
    Flood,
    /// So many seconds, then the connection ends.
    Then(usize, End),
    Page,
}

#[derive(Clone, Copy, PartialEq)]
enum End {
    Close,
    /// Without the end that was announced.
    Tear,
    Silence,
}

struct Sender {
    url: String,
    asked: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Sender {
    /// The first request is sent `first`, each further one a plain flow; a page is there for all.
    fn start(film: Arc<Vec<u8>>, first: Sends) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("port");
        let at = listener.local_addr().expect("address");
        let (asked, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (count, stopped) = (asked.clone(), stop.clone());
        let thread = std::thread::spawn(move || {
            let mut sending = Vec::new();
            for stream in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    break;
                }
                let (film, count, stopped) = (film.clone(), count.clone(), stopped.clone());
                if let Ok(stream) = stream {
                    sending.push(std::thread::spawn(move || drop(answer(stream, &film, first, &count, &stopped))));
                }
            }
            for thread in sending {
                let _ = thread.join();
            }
        });
        Self { url: format!("http://{at}/udp/239.1.1.1:5000"), asked, stop, thread: Some(thread) }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.url.trim_start_matches("http://").trim_end_matches("/udp/239.1.1.1:5000"));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn answer(
    mut stream: TcpStream,
    film: &[u8],
    first: Sends,
    asked: &AtomicUsize,
    stop: &AtomicBool,
) -> std::io::Result<()> {
    // Nobody takes what is sent to whoever has gone.
    stream.set_write_timeout(Some(Duration::from_secs(1)))?;
    stream.set_read_timeout(Some(BOUND))?;
    let mut request = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    while request.read_line(&mut line)? > 2 && !line.ends_with("\r\n\r\n") {}
    // Whether the server is there is tried with a bare connection.
    if line.is_empty() {
        return Ok(());
    }
    let is_first = asked.fetch_add(1, Ordering::Relaxed) == 0;
    let sends = if is_first || matches!(first, Sends::Page) { first } else { Sends::Flow { at_once: 0 } };
    if let Sends::Page = sends {
        let page = "<!DOCTYPE html><html><body>请先登录</body></html>".repeat(40);
        return write!(stream, "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n{page}");
    }
    let (at_once, seconds, end) = match sends {
        Sends::Flow { at_once } => (at_once, usize::MAX, End::Close),
        Sends::Flood => (usize::MAX, usize::MAX, End::Close),
        Sends::Then(seconds, end) => (0, seconds, end),
        Sends::Page => (0, 0, End::Close),
    };
    // Chunks, where the end of the body is to be told from that of the connection.
    let chunked = end == End::Tear;
    let how = if chunked { "transfer-encoding: chunked" } else { "connection: close" };
    write!(stream, "HTTP/1.1 200 OK\r\ncontent-type: video/mp2t\r\n{how}\r\n\r\n")?;
    let since = Instant::now();
    let mut sent = 0_usize;
    for part in film.chunks(SECOND_BYTES / 40).cycle() {
        let (second, share) = (sent / SECOND_BYTES, (sent % SECOND_BYTES) as f64 / SECOND_BYTES as f64);
        if second >= seconds || stop.load(Ordering::Relaxed) {
            break;
        }
        if second >= at_once {
            let due = Duration::from_secs_f64((second - at_once) as f64 + share);
            std::thread::sleep(due.saturating_sub(since.elapsed()));
        }
        if chunked {
            write!(stream, "{:x}\r\n", part.len())?;
        }
        stream.write_all(part)?;
        if chunked {
            stream.write_all(b"\r\n")?;
        }
        sent += part.len();
    }
    while end == End::Silence && !stop.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

impl Bench {
    /// Waits for so many new pictures, in the order of their times.
    fn pictures(&self, count: usize) {
        let mut last = None;
        for _ in 0..count {
            let frame = self.frame(|_| true);
            assert!(frame.position_ms >= last, "{:?} after {last:?}", frame.position_ms);
            last = frame.position_ms;
        }
    }

    /// No trouble was told so far.
    fn assert_calm(&self) {
        while let Ok((_, event)) = self.events.try_recv() {
            let calm = !matches!(event, PlayerEvent::Phase(Phase::Stalled { .. } | Phase::Reconnecting { .. }));
            assert!(calm, "{event:?}");
        }
    }

    fn until_audio(&self, codec: &str) {
        let end = Instant::now() + BOUND;
        while self.player.facts().audio.is_none_or(|a| !a.contains(codec)) {
            assert!(Instant::now() < end, "never: {codec}, but {:?}", self.player.facts());
            std::thread::yield_now();
        }
    }
}

#[test]
fn of_several_sounds_in_an_endless_stream_the_one_wished_for_is_heard() {
    let two =
        "-map 0:v -map 1:a -map 1:a -c:a:0 aac -c:a:1 mp2 -metadata:s:a:0 language=chi -metadata:s:a:1 language=wuu";
    let sender = Sender::start(film(&format!("{H264} {two}")), Sends::Flow { at_once: 0 });
    let mut b = Bench::start();
    let sound = |language: &str| Sound { name: String::new(), language: Some(language.into()) };
    for (wish, at, codec) in [(None, 0, "AAC"), (Some(sound("wuu")), 1, "MP2")] {
        b.open_live(sender.url.clone(), wish);
        let offered = [sound("chi"), sound("wuu")];
        b.until("the sounds", |e| match e {
            PlayerEvent::Sounds { all, chosen } => (*all == offered && *chosen == at).then_some(()),
            _ => None,
        });
        b.until_first_frame();
        b.until_audio(codec);
        b.pictures(30);
        b.until_position(|ms| ms > 0);
    }
    assert!(b.player.facts().video.is_some_and(|v| v.contains("H.264") && v.contains("320x180")));
    assert!(b.player.facts().bytes > 0);
    assert_eq!(sender.asked(), 2, "one request for each opening");
}

#[test]
fn seconds_that_come_at_once_are_played_in_their_order() {
    let mut b = Bench::start();
    for first in [Sends::Flow { at_once: 6 }, Sends::Flood] {
        let sender = Sender::start(plain(), first);
        let since = Instant::now();
        b.open_live(sender.url.clone(), None);
        b.until_first_frame();
        b.pictures(200);
        b.assert_calm();
        assert_eq!(sender.asked(), 1);
        // No faster than it plays, once a few seconds are in hand.
        let bytes = b.player.facts().bytes as f64;
        assert!(bytes < (since.elapsed().as_secs_f64() + 6.0) * SECOND_BYTES as f64, "{bytes}");
    }
}

#[test]
fn an_endless_stream_that_ends_is_asked_for_again() {
    let mut b = Bench::start();
    for end in [End::Close, End::Tear] {
        let sender = Sender::start(plain(), Sends::Then(3, end));
        b.open_live(sender.url.clone(), None);
        b.until_first_frame();
        assert_eq!(b.until_trouble(), Trouble::ServerDown);
        b.until_first_frame();
        b.pictures(30);
        assert_eq!(sender.asked(), 2);
    }
}

#[test]
fn an_endless_stream_that_falls_silent_is_told_and_asked_for_again() {
    let mut b = Bench::start();
    let sender = Sender::start(plain(), Sends::Then(3, End::Silence));
    b.open_live(sender.url.clone(), None);
    b.until_first_frame();
    b.until("a stall", |e| matches!(e, PlayerEvent::Phase(Phase::Stalled { .. })).then_some(()));
    assert!(matches!(b.until_trouble(), Trouble::TooSlow | Trouble::Stalled));
    b.until_first_frame();
    b.pictures(30);
    assert_eq!(sender.asked(), 2);
}

#[test]
fn a_page_in_the_place_of_an_endless_stream_is_no_channel() {
    let mut b = Bench::start();
    let sender = Sender::start(plain(), Sends::Page);
    b.open_live(sender.url.clone(), None);
    assert_eq!(b.until_trouble(), Trouble::BrokenMedia);
}

/// MPEG-4 part 2, for which every decoder is switched off: only GStreamer's own chain can say so by name.
#[test]
fn what_is_not_known_in_an_endless_stream_is_left_to_the_other_chain() {
    let mut b = Bench::start();
    let sender = Sender::start(film("-c:v mpeg4 -g 25 -b:v 900k -c:a aac"), Sends::Flow { at_once: 0 });
    b.open_live(sender.url.clone(), None);
    b.until("missing codec", |e| match e {
        PlayerEvent::Phase(Phase::Failed { trouble: Trouble::MissingCodec, .. }) => Some(()),
        _ => None,
    });
    assert_eq!(sender.asked(), 2, "one look here, one there");
}
