//! HLS read by ourselves: playlists, choice of rendition, segments in their order, taken apart into pictures and sound
//! on one time line. Fetching and its checks are the gate's, taking apart is `demux`, playing is the engine's; this
//! room decides what comes next. Nothing here knows GStreamer.

mod board;
mod crypt;
mod lane;
mod list;
mod master;
mod shared;
mod timeline;
mod vtt;
mod walk;
mod written;

use std::{sync::Arc, time::Duration};

use tokio::{sync::oneshot, task::AbortHandle};

pub(in crate::player) use master::Master;
pub use shared::{FeedEvent, Level, OnFeed, Outlet, Packet};

use super::{
    captions::{Caption, wished},
    demux::{Kind, Track},
    gate::{
        Gate, Parting,
        hls::Playlist,
        reader::{Reader, Root},
    },
    inband::Scene,
    sounds::Sound,
    stream::Stream,
    subtitles::Cue,
    types::{LiveWindow, MediaKind, SessionId, Trouble},
};
use crate::time::ns;
use lane::{Lane, Part};
use list::List;
use shared::Shared;
use written::Written;

/// How often it is looked whether anything is left to play.
const LOOK: Duration = Duration::from_millis(100);
/// With this much in hand playback goes on after it ran dry.
const ENOUGH_NS: u64 = 1_000_000_000;

/// The oldest part of a live window drops out while it is fetched.
const OLDEST_NS: i64 = 8_000_000_000;

/// What a look at a medium found.
pub enum Looked {
    /// Neither of the others: GStreamer's own source reads it through the local server.
    Plain,
    /// GStreamer's demuxer does, and has to be taken leave of.
    Dash(Parting),
    /// HLS.
    Feed(Box<Feed>),
    /// A live channel that is one transport stream without an end.
    Stream(Stream),
    Trouble(Trouble),
}

/// How a viewer wants a medium to begin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// Which of several sounds.
    pub sound: Option<Sound>,
    /// On a live medium: how far behind its edge.
    pub behind_ms: u64,
}

/// A running HLS medium. Ends when dropped.
pub struct Feed {
    /// At most one picture and one sound.
    pub tracks: Vec<Track>,
    /// None where it is live.
    pub duration_ns: Option<u64>,
    /// The sounds that the medium offers, and which of them it is.
    sounds: (Vec<Sound>, usize),
    written: Written,
    shared: Arc<Shared>,
    tasks: Vec<AbortHandle>,
    runtime: tokio::runtime::Handle,
}

impl Drop for Feed {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Takes the running tasks along when the look itself is given up.
struct Running(Vec<AbortHandle>);

impl Drop for Running {
    fn drop(&mut self) {
        for task in &self.0 {
            task.abort();
        }
    }
}

/// Looks what the medium of a session is, and where it is read here begins to fetch it: HLS from `start_ms` on.
pub async fn look(gate: Gate, session: SessionId, kind: MediaKind, start_ms: u64, wish: Wish) -> Looked {
    let Some(reader) = gate.reader(session) else { return Looked::Trouble(Trouble::ServerDown) };
    match open(&reader, gate.runtime().clone(), kind, start_ms, wish).await {
        Ok(looked) => looked,
        Err(trouble) => {
            reader.note(trouble);
            Looked::Trouble(trouble)
        }
    }
}

async fn open(
    reader: &Reader,
    runtime: tokio::runtime::Handle,
    kind: MediaKind,
    start_ms: u64,
    wish: Wish,
) -> Result<Looked, Trouble> {
    // What is kept of broadcasts comes faster than it plays.
    let root = match reader.root(kind == MediaKind::Live).await? {
        Root::Playlist(root) => root,
        Root::Stream(body) => return Ok(Looked::Stream(Stream::start(reader.clone(), body, wish.sound, &runtime))),
        Root::Other => return Ok(reader.parting().map_or(Looked::Plain, Looked::Dash)),
    };
    let target_ns = i64::try_from(start_ms.saturating_mul(1_000_000)).unwrap_or(0);
    let behind_ns = i64::try_from(wish.behind_ms.saturating_mul(1_000_000)).unwrap_or(0);
    let shared = Arc::new(Shared::new(target_ns, behind_ns));
    let text = String::from_utf8_lossy(&root.bytes);
    let playlist = Playlist::parse(&text)?;
    let mut offered = (Vec::new(), 0);
    let mut captions = None;
    let (mut main, sound) = if playlist.is_master {
        let master = Arc::new(Master::new(&playlist));
        let first = master.choose(None, reader.line_bps(), 0.0);
        let (sounds, chosen) = master.sounds_for(first, wish.sound.as_ref());
        let place = chosen.and_then(|at| sounds.get(at)?.uri.clone());
        offered = (sounds.iter().map(|s| s.sound()).collect(), chosen.unwrap_or(0));
        let part = if place.is_some() { Part::Picture } else { Part::Whole };
        let main = Lane::of_master(reader, &shared, &root.place, &master, first, part, kind).await?;
        let sound = match place {
            Some(uri) => {
                let place = reader.child(&root.place, &uri)?;
                Some(Lane::of_place(reader, &shared, &place, Part::Sound, kind).await?)
            }
            None => None,
        };
        captions = Some((master, first));
        (main, sound)
    } else {
        let list = List::new(&playlist, &|reference| reader.child(&root.place, reference))?;
        (Lane::new(reader, &shared, root.place.clone(), list, Part::Whole, kind), None)
    };
    if sound.is_none() && offered.0.len() < 2 {
        main.wish = wish.sound;
    }
    let captions = captions.as_ref().map(|(master, first)| (master.as_ref(), *first, &root.place));
    let written = Written::offered(captions, reader, &shared, runtime.clone());
    let duration_ns = main.duration_ns();
    shared.set_starts(main.starts_ns());
    let mut running = Running(Vec::new());
    let mut tracks = Vec::new();
    let mut found = Vec::new();
    for lane in [Some(main), sound].into_iter().flatten() {
        let (tell, told) = oneshot::channel();
        running.0.push(runtime.spawn(lane.run(tell)).abort_handle());
        found.push(told);
    }
    for told in found {
        let found = told.await.map_err(|_| Trouble::BrokenMedia)??;
        tracks.extend(found.picked);
        if offered.0.len() < 2 {
            offered = found.sounds;
        }
    }
    if tracks.is_empty() {
        return Err(Trouble::BrokenMedia);
    }
    let tasks = std::mem::take(&mut running.0);
    Ok(Looked::Feed(Box::new(Feed { tracks, duration_ns, sounds: offered, written, shared, tasks, runtime })))
}

impl Feed {
    pub fn track(&self, kind: Kind) -> Option<&Track> {
        self.tracks.iter().find(|t| t.kind() == kind)
    }

    /// The sounds that there are and the one that is heard, where there is a choice.
    pub fn several_sounds(&self) -> Option<(&[Sound], usize)> {
        let (all, chosen) = &self.sounds;
        (all.len() > 1).then_some((all, *chosen))
    }

    /// The subtitles that there are, and which of them are fetched.
    ///
    /// First those with playlists of their own, then those that come inside the segments of the picture.
    pub fn captions(&self) -> (Vec<Caption>, Option<usize>) {
        let mut all = self.written.all();
        let inband = self.shared.inband();
        let chosen = self.written.chosen().or(inband.chosen().map(|at| all.len() + at));
        all.extend(inband.all());
        (all, chosen)
    }

    /// Fetches or reads these subtitles from now on, or none.
    pub fn choose_caption(&mut self, wish: Option<&Caption>) {
        let (all, _) = self.captions();
        let met = wished(&all, wish).filter(|at| *at < self.written.all().len());
        self.written.choose(wish.filter(|_| met.is_some()));
        self.shared.inband().choose(wish.filter(|_| met.is_none()));
    }

    /// What of subtitles that are sent as pictures stands here.
    pub fn scene(&self, place_ms: u64) -> Option<Arc<Scene>> {
        self.shared.inband().at(ns(place_ms))
    }

    /// The viewer is here now: the words around, where there are subtitles, in the medium's own time.
    pub fn cues(&self, place_ms: u64) -> Vec<Cue> {
        self.written.near(place_ms)
    }

    /// What of a live medium can be gone back to, in milliseconds: the oldest place, and where the edge is now.
    pub fn window(&self) -> Option<LiveWindow> {
        let ms = |ns: i64| u64::try_from(ns / 1_000_000).unwrap_or(0);
        let (span, live) = (self.shared.span()?, self.shared.live_ns()?);
        // What is about to drop out is not offered.
        Some(LiveWindow { from_ms: ms(span.from_ns.saturating_add(OLDEST_NS).min(live)), live_ms: ms(live) })
    }

    /// Where the first picture to be shown lies; what comes before only leads to it.
    pub fn start_ms(&self) -> u64 {
        u64::try_from(self.shared.first_ns() / 1_000_000).unwrap_or(0)
    }

    /// Whether the viewer has left the live edge on purpose. Then nothing is left out for being late.
    pub fn set_behind(&self, behind: bool) {
        self.shared.set_behind(behind);
    }

    /// Hands everything that came and will come to these.
    pub fn connect(&mut self, video: Option<Arc<dyn Outlet>>, audio: Option<Arc<dyn Outlet>>, on_event: OnFeed) {
        self.shared.connect(video, audio, on_event);
        let watch = self.runtime.spawn(watch_level(Arc::clone(&self.shared)));
        self.tasks.push(watch.abort_handle());
    }

    /// Where a picture can be shown soonest, at or before this place: the beginning of its segment.
    pub fn quick_place(&self, at_ms: u64) -> u64 {
        let at_ns = ns(at_ms);
        self.shared.start_before(at_ns).map_or(at_ms, |ns| ns.unsigned_abs().div_ceil(1_000_000))
    }

    /// Begins to fetch from another place. Nothing reaches an outlet until `open`, so that what they hold can be
    /// thrown away meanwhile.
    pub fn jump(&self, to_ms: u64) {
        self.shared.jump(i64::try_from(to_ms.saturating_mul(1_000_000)).unwrap_or(0));
    }

    pub fn open(&self) {
        self.shared.open();
    }
}

/// Says when nothing is left to play, and when there is enough again.
async fn watch_level(shared: Arc<Shared>) {
    let (mut dry, mut dry_looks) = (false, 0_u32);
    loop {
        tokio::time::sleep(LOOK).await;
        if !shared.is_open() {
            continue;
        }
        let level = shared.level();
        if dry {
            if level.is_none_or(|l| l.ns >= ENOUGH_NS) {
                (dry, dry_looks) = (false, 0);
                shared.tell(FeedEvent::Buffering(false));
            }
            continue;
        }
        dry_looks = if level.is_some_and(|l| l.ns == 0) { dry_looks + 1 } else { 0 };
        if dry_looks >= 2 {
            dry = true;
            shared.tell(FeedEvent::Buffering(true));
        }
    }
}
