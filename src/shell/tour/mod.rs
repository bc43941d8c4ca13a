//! `tour`: walks through every screen with presses of the remote, as a viewer would, and keeps a picture of each. The
//! real program runs behind it: window, desk, player, store, the demo operator over HTTP.
//!
//! Promise: two tours of one build show the same, whatever the machine's speed, clock and zone. Time is the tour's own
//! (`Clock::standing`), waits are for states, and with `--still` a plain picture stands in for the moving one.

mod guide;
mod route;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use slint::{ComponentHandle as _, Image, Rgb8Pixel, SharedPixelBuffer, Timer, TimerMode};

use super::{
    desk,
    options::{RunArgs, TourTime, parse_size},
    run::Stage,
};
use crate::{
    cli::{Exit, Failure, say},
    operator::config::VideoWay,
    time::UtcMs,
};
use guide::Guide;

/// A Tuesday evening in Shanghai: 2026-11-24 18:12, the time of the look's own pictures.
const TIME: TourTime = TourTime { utc: UtcMs(1_795_515_120_000), zone_offset_s: 8 * 3600 };
/// How often the guide looks whether it can go on.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// The still picture: dusk over a river, as plain as can be.
const STILL_RGB: [u8; 3] = [0x3A, 0x4A, 0x55];

/// `jinse-xuetang tour`
#[derive(Clone, Debug, clap::Args)]
pub struct TourArgs {
    /// Folder for the pictures and tour.json
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Size of the window, and so of the pictures
    #[arg(long, value_name = "WIDTHxHEIGHT", default_value = "1920x1080", value_parser = parse_size)]
    pub size: (u32, u32),
    /// Show one plain colour wherever moving pictures are, so that pictures can be compared
    #[arg(long)]
    pub still: bool,
}

pub fn tour(args: &TourArgs) -> Result<Exit, Failure> {
    std::fs::create_dir_all(&args.out).map_err(|e| Failure::Input(format!("{}: {e}", args.out.display())))?;
    let home = Home::make()?;
    let mut stage = Stage::set(&run_args(args, &home.0))?;
    if args.still {
        desk::with(|desk| desk.still = Some(still()));
    }
    let lacks = |e: slint::PlatformError| Failure::MachineLacks(e.to_string());
    let window = stage.window.clone_strong();
    let mut guide = Guide::new(&mut stage, args.out.clone(), route::route());
    let timer = Timer::default();
    let (done, outcome) = std::sync::mpsc::channel();
    // The timer owns the guide, and with it the stage's demo operator.
    timer.start(TimerMode::Repeated, LOOK_EVERY, move || {
        if let Some(end) = guide.go_on() {
            let _ = done.send(end);
            let _ = slint::quit_event_loop();
        }
    });
    window.run().map_err(lacks)?;
    timer.stop();
    drop(timer);
    stage.strike()?;
    let pictures =
        outcome.try_recv().map_err(|_| Failure::Input("the window was closed before the tour's end".into()))??;
    say!("{pictures} pictures and tour.json in {}", args.out.display())?;
    Ok(Exit::Fine)
}

fn still() -> Image {
    let mut pixels = SharedPixelBuffer::<Rgb8Pixel>::new(2, 2);
    let [r, g, b] = STILL_RGB;
    pixels.make_mut_slice().fill(Rgb8Pixel { r, g, b });
    Image::from_rgb8(pixels)
}

fn run_args(args: &TourArgs, home: &Path) -> RunArgs {
    RunArgs {
        operator: None,
        config: None,
        control: None,
        record: None,
        data: Some(home.join("data")),
        cache: Some(home.join("cache")),
        window: Some(args.size),
        // The pictures are taken of what the interface itself draws.
        video: Some(VideoWay::Painted),
        keymap: None,
        set_top_box: false,
        demo_listen: ([127, 0, 0, 1], 0).into(),
        clock: None,
        clock_off: None,
        tour: Some(TIME),
    }
}

/// Data and cache of a viewer who is new here. Gone when dropped.
struct Home(PathBuf);

impl Home {
    fn make() -> Result<Self, Failure> {
        let base = std::env::temp_dir();
        let failed = |dir: &Path, e| Failure::MachineLacks(format!("{}: {e}", dir.display()));
        for n in 0..1_000u32 {
            let dir = base.join(format!("jinse-xuetang-tour-{}-{n}", std::process::id()));
            match std::fs::create_dir(&dir) {
                Ok(()) => return Ok(Self(dir)),
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(failed(&dir, e)),
            }
        }
        Err(failed(&base, std::io::ErrorKind::AlreadyExists.into()))
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Err(e) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!("{}: {e}", self.0.display());
        }
    }
}
