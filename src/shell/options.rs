//! What `run` and `tour` were asked for on the command line, and what that comes to together with the configuration.

use std::{net::SocketAddr, path::PathBuf};

use url::Url;

use crate::{
    cli::Failure,
    operator::config::{self, Config, VideoWay},
    time::UtcMs,
};

/// `jinse-xuetang run`
#[derive(Clone, Debug, clap::Args)]
pub struct RunArgs {
    /// The operator's root address; /lineup.m3u, /guide.xml (or .gz) and /catalogue/index.json are looked for below it
    #[arg(long, value_name = "URL", value_parser = config::operator_root)]
    pub operator: Option<Url>,
    /// Configuration file instead of /etc/jinse-xuetang/config.toml
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Take commands as JSON lines on this Unix socket
    #[arg(long, value_name = "SOCKET")]
    pub control: Option<PathBuf>,
    /// Write every message of the session to this file, for `replay`
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// Where the viewer's data is kept
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Where what can be fetched again is kept
    #[arg(long, value_name = "DIR")]
    pub cache: Option<PathBuf>,
    /// Show a window of this size instead of the whole screen
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = parse_size)]
    pub window: Option<(u32, u32)>,
    /// How pictures reach the screen
    #[arg(long, value_enum)]
    pub video: Option<VideoWay>,
    /// Lay these keys over the shipped keymaps
    #[arg(long, value_name = "FILE")]
    pub keymap: Option<PathBuf>,
    /// Behave as on a set-top box: standby instead of leaving
    #[arg(long)]
    pub set_top_box: bool,
    /// Where the embedded demo operator listens
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub demo_listen: SocketAddr,
    /// A standing wall clock (RFC 3339), for pictures that are compared
    #[arg(long, value_name = "TIME", value_parser = parse_time, hide = true)]
    pub clock: Option<UtcMs>,
    /// A system clock that is off by so many seconds, for tests
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, hide = true)]
    pub clock_off: Option<i64>,
    /// Everything as on the tour: the demo operator whatever the machine is configured for, and no time but the tour's
    #[arg(skip)]
    pub tour: Option<TourTime>,
}

/// When and where the tour takes place.
#[derive(Clone, Copy, Debug)]
pub struct TourTime {
    pub utc: UtcMs,
    pub zone_offset_s: i32,
}

pub fn parse_size(text: &str) -> Result<(u32, u32), String> {
    let size = text.split_once('x').and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    size.filter(|(w, h)| (320..=7680).contains(w) && (180..=4320).contains(h))
        .ok_or_else(|| format!("\"{text}\" is no size; write for example 1280x720"))
}

fn parse_time(text: &str) -> Result<UtcMs, String> {
    text.parse::<jiff::Timestamp>()
        .map(|t| UtcMs(t.as_millisecond()))
        .map_err(|e| format!("{e}; write for example 2026-11-24T10:12:00Z"))
}

/// The configuration with what the command line says laid over it.
pub fn resolve(args: &RunArgs) -> Result<Config, Failure> {
    let environment = |name: &str| std::env::var_os(name);
    let default = PathBuf::from(config::DEFAULT_PATH);
    let configured = args.tour.is_none() && default.exists();
    let file = args.config.clone().or_else(|| configured.then_some(default));
    let mut config = match file {
        Some(path) => Config::load(&path).map_err(|e| Failure::Input(e.to_string()))?,
        None => Config::without_file(&environment),
    };
    if let Some(root) = &args.operator {
        config = config.with_operator(config::from_operator_root(root));
    }
    if let Some(video) = args.video {
        config.playback.video = video;
    }
    if let Some(dir) = &args.data {
        config.storage.dir = dir.clone();
    }
    if let Some(dir) = &args.cache {
        config.storage.cache_dir = dir.clone();
    }
    Ok(config)
}
