//! `play URL`: plays without the interface and says how it went. For an operator who wants to know whether a stream
//! works on this box, and for measuring.

use std::{
    sync::{
        Arc,
        mpsc::{RecvTimeoutError, channel},
    },
    time::{Duration, Instant},
};

use serde::Serialize;

use super::{Exit, Failure, Format, print_json};
use crate::{
    guide::lineup::MediaSource,
    player::{
        Access,
        engine::{MediaAccess, Player, PlayerError},
        frames::FrameSink,
        gate::{Gate, GatePolicy},
        types::{MediaKind, MediaRequest, Phase, PlayerCommand, PlayerEvent, SessionId, Speed, Trouble, Trust},
    },
};

/// Nobody watches a test for longer, and the deadline stays far from overflow.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);

#[derive(Debug, clap::Args)]
pub struct Args {
    /// http(s), udp or rtp address of the stream.
    pub url: String,
    /// How long to play: 10s, 500ms, 2m.
    #[arg(long = "for", default_value = "10s", value_parser = parse_duration)]
    pub duration: Duration,
    /// Size of the picture in pixels.
    #[arg(long, default_value = "1280x720", value_parser = parse_size)]
    pub size: (u32, u32),
    /// Treat the stream as live: its end is trouble, and after trouble its edge is joined anew.
    #[arg(long)]
    pub live: bool,
    /// A request header, `Name: value`. May be given several times.
    #[arg(long = "header", value_parser = parse_header)]
    pub headers: Vec<(String, String)>,
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// What came of it; the JSON of docs/cli.md.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Outcome {
    pub first_frame_ms: Option<u64>,
    pub shown: u64,
    pub dropped: u64,
    pub stalls: u32,
    pub reconnects: u32,
    pub bytes: u64,
    pub video: Option<String>,
    pub audio: Option<String>,
    pub error: Option<Fault>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    pub code: u16,
    pub what: Trouble,
}

enum Heard {
    Event(PlayerEvent),
    Frame,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let lacks = |e: &dyn std::fmt::Display| Failure::MachineLacks(e.to_string());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.map_err(|e| lacks(&e))?;
    let gate = Gate::start(runtime.handle().clone(), GatePolicy::default()).map_err(|e| lacks(&e))?;
    run_with(args, Arc::new(Access::new(gate)))
}

/// The same with the way in given.
pub fn run_with(args: &Args, access: Arc<dyn MediaAccess>) -> Result<Exit, Failure> {
    let outcome = play(args, access).map_err(|e| Failure::MachineLacks(e.to_string()))?;
    match args.format {
        Format::Json => print_json(&outcome)?,
        Format::Text => print_text(&outcome)?,
    }
    // A picture came, or a sound where there is no picture.
    Ok(if outcome.first_frame_ms.is_some() { Exit::Fine } else { Exit::InputErrors })
}

pub fn play(args: &Args, access: Arc<dyn MediaAccess>) -> Result<Outcome, PlayerError> {
    const SESSION: SessionId = SessionId(1);
    let (tell, heard) = channel();
    let woken = tell.clone();
    let frames = FrameSink::new(move || {
        let _ = woken.send(Heard::Frame);
    });
    let on_event = Box::new(move |_, event| {
        let _ = tell.send(Heard::Event(event));
    });
    let player = Player::start(access, frames.clone(), on_event)?;
    player.set_place(args.size);
    let begun = Instant::now();
    player.send(PlayerCommand::Open(request(args, SESSION)));
    let until = begun + args.duration.min(LONGEST);
    let mut outcome = Outcome::default();
    let mut phase = Phase::Opening;
    loop {
        match heard.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(Heard::Frame) => {
                frames.take();
            }
            Ok(Heard::Event(PlayerEvent::FirstFrame)) => {
                let waited = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
                outcome.first_frame_ms.get_or_insert(waited);
            }
            Ok(Heard::Event(PlayerEvent::Phase(now))) => {
                match now {
                    Phase::Stalled { .. } => outcome.stalls += 1,
                    Phase::Reconnecting { .. } => outcome.reconnects += 1,
                    _ => {}
                }
                phase = now;
                if matches!(phase, Phase::Ended | Phase::Failed { .. }) {
                    break;
                }
            }
            Ok(Heard::Event(
                PlayerEvent::Position { .. }
                | PlayerEvent::Window(_)
                | PlayerEvent::Sounds { .. }
                | PlayerEvent::Captions { .. }
                | PlayerEvent::Cues(_)
                | PlayerEvent::Plate(_),
            )) => {}
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
        }
        // A stream of messages must not carry the test past its end.
        if Instant::now() >= until {
            break;
        }
    }
    let facts = player.facts();
    player.send(PlayerCommand::Stop);
    drop(player);
    frames.take();
    let counts = frames.counts();
    outcome.shown = counts.shown;
    outcome.dropped = counts.dropped;
    outcome.bytes = facts.bytes;
    outcome.video = facts.video;
    outcome.audio = facts.audio;
    outcome.error = fault(&phase, outcome.first_frame_ms.is_some());
    Ok(outcome)
}

fn request(args: &Args, session: SessionId) -> MediaRequest {
    let datagrams = ["udp://", "rtp://"].iter().any(|s| args.url.to_ascii_lowercase().starts_with(s));
    MediaRequest {
        session,
        kind: if args.live || datagrams { MediaKind::Live } else { MediaKind::OnDemand },
        sources: vec![MediaSource { url: args.url.clone(), headers: args.headers.clone() }],
        start_ms: 0,
        speed: Speed::Normal,
        trust: Trust::Person,
        neighbours: Vec::new(),
        sound: None,
        caption: None,
        behind_ms: 0,
    }
}

/// The trouble in which it ended.
fn fault(phase: &Phase, picture: bool) -> Option<Fault> {
    let what = match phase {
        Phase::Failed { trouble, .. } | Phase::Stalled { trouble, .. } | Phase::Reconnecting { trouble, .. } => {
            *trouble
        }
        Phase::Opening if !picture => Trouble::TooSlow,
        _ => return None,
    };
    Some(Fault { code: what.code(), what })
}

fn print_text(outcome: &Outcome) -> Result<(), Failure> {
    match outcome.first_frame_ms {
        Some(ms) => say!("first picture after {ms} ms")?,
        None => say!("no picture")?,
    }
    say!("shown {}, dropped {}", outcome.shown, outcome.dropped)?;
    say!("stalls {}, reconnects {}, {} bytes", outcome.stalls, outcome.reconnects, outcome.bytes)?;
    say!("video: {}", outcome.video.as_deref().unwrap_or("none"))?;
    say!("audio: {}", outcome.audio.as_deref().unwrap_or("none"))?;
    if let Some(fault) = outcome.error {
        say!("trouble {}: {:?}", fault.code, fault.what)?;
    }
    Ok(())
}

pub(super) fn parse_duration(text: &str) -> Result<Duration, String> {
    let hint = || format!("{text:?} is no length of time; write 10s, 500ms or 2m");
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: u64 = number.parse().map_err(|_| hint())?;
    let length = match unit {
        "ms" => Duration::from_millis(number),
        "" | "s" => Duration::from_secs(number),
        "m" | "min" => Duration::from_secs(number.saturating_mul(60)),
        _ => return Err(hint()),
    };
    Ok(length.min(LONGEST))
}

fn parse_size(text: &str) -> Result<(u32, u32), String> {
    let hint = || format!("{text:?} is no size; write 1280x720 (each side 16 to 8192)");
    let (width, height) = text.split_once(['x', 'X']).ok_or_else(hint)?;
    let side = |s: &str| s.parse::<u32>().ok().filter(|n| (16..=8192).contains(n)).ok_or_else(hint);
    Ok((side(width)?, side(height)?))
}

fn parse_header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or_else(|| format!("{text:?} is no header; write Name: value"))?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_sizes_are_read_or_refused_with_advice() {
        assert_eq!(parse_duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(parse_duration("10"), Ok(Duration::from_secs(10)));
        assert_eq!(parse_duration("2m"), Ok(Duration::from_secs(120)));
        assert!(parse_duration("ten").is_err() && parse_duration("1.5s").is_err() && parse_duration("").is_err());
        assert_eq!(parse_size("640x360"), Ok((640, 360)));
        assert!(parse_size("640").is_err() && parse_size("0x10").is_err() && parse_size("99999x10").is_err());
        assert_eq!(parse_header("Referer: http://a/"), Ok(("Referer".into(), "http://a/".into())));
    }

    #[test]
    fn the_json_has_the_keys_of_the_contract() {
        let outcome = Outcome {
            error: Some(Fault { code: Trouble::NotFound.code(), what: Trouble::NotFound }),
            ..Outcome::default()
        };
        let value = serde_json::to_value(outcome).expect("json");
        for key in ["first_frame_ms", "shown", "dropped", "stalls", "reconnects", "bytes", "video", "audio", "error"] {
            assert!(value.get(key).is_some(), "{key}");
        }
        assert_eq!(value["error"], serde_json::json!({"code": 2005, "what": "not-found"}));
    }
}
