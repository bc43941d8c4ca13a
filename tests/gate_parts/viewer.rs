//! One who watches through a real feed: keeps what arrives, says how much of it is still to be played, and compares it
//! with what should have come.

use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use jinse_xuetang::{
    guide::lineup::MediaSource,
    player::{
        demux::{Kind, Track},
        feed::{self, Feed, FeedEvent, Level, Looked, Outlet, Packet},
        gate::Gate,
        types::{MediaKind, SessionId, Trouble, Trust},
    },
};

use crate::{HANG, MS, session, source, ts::Mark};

/// How what arrived is played.
#[derive(Clone, Copy, Debug)]
pub enum Pace {
    /// There is always this much left.
    Left(Duration),
    /// From its first picture on, so many times as fast as a person watches. More than `held` is not taken.
    Played { speed: f64, held: Duration },
    /// Nothing is played and everything is kept.
    Kept,
}

#[derive(Clone, Copy, Debug)]
pub struct Got {
    pub mark: Mark,
    pub pts: u64,
    pub key: bool,
}

#[derive(Default)]
pub struct Inside {
    pub got: Vec<Got>,
    pub strange: usize,
    pub bytes: u64,
    pub ends: usize,
    pub formats: Vec<Track>,
    since: Option<Instant>,
}

pub struct Sink {
    inside: Mutex<Inside>,
    pace: Mutex<Pace>,
}

impl Sink {
    fn new(pace: Pace) -> Arc<Self> {
        Arc::new(Self { inside: Mutex::default(), pace: Mutex::new(pace) })
    }

    pub fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap()
    }
}

impl Outlet for Sink {
    fn format(&self, track: &Track) {
        self.inside().formats.push(track.clone());
    }

    fn push(&self, packet: Packet) {
        let mut inside = self.inside();
        inside.bytes += packet.data.len() as u64;
        inside.since.get_or_insert_with(Instant::now);
        match (Mark::read(&packet.data), packet.pts) {
            (Some(mark), Some(pts)) => inside.got.push(Got { mark, pts, key: packet.key }),
            _ => inside.strange += 1,
        }
    }

    fn end(&self) {
        self.inside().ends += 1;
    }

    fn level(&self) -> Level {
        let inside = self.inside();
        match *self.pace.lock().unwrap() {
            Pace::Left(left) => Level { bytes: 0, ns: left.as_nanos() as u64 },
            Pace::Kept => Level { bytes: inside.bytes, ns: 1_000_000_000 },
            Pace::Played { speed, held } => {
                let (Some(first), Some(last), Some(since)) = (inside.got.first(), inside.got.last(), inside.since)
                else {
                    return Level::default();
                };
                let played = (since.elapsed().as_secs_f64() * speed * 1e9) as u64;
                let left = last.pts.saturating_sub(first.pts).saturating_sub(played);
                // Beyond what any feed goes ahead.
                let ns = if left > held.as_nanos() as u64 { 60_000_000_000 } else { left };
                Level { bytes: 0, ns }
            }
        }
    }
}

pub struct Viewer {
    pub id: SessionId,
    pub gate: Gate,
    /// None once it is left.
    pub feed: Option<Feed>,
    pub video: Arc<Sink>,
    pub audio: Arc<Sink>,
    pub events: Arc<Mutex<Vec<FeedEvent>>>,
}

/// Never dry, never in want of another rendition.
pub const CALM: Pace = Pace::Left(Duration::from_secs(2));

impl Viewer {
    /// Looks and connects. Leaves the session open where that fails, for its trouble.
    pub async fn open(gate: &Gate, url: &str, kind: MediaKind) -> Result<Self, Trouble> {
        Self::open_as(gate, session(), &source(url), Trust::Operator, kind, CALM).await
    }

    pub async fn open_as(
        gate: &Gate,
        id: SessionId,
        source: &MediaSource,
        trust: Trust,
        kind: MediaKind,
        pace: Pace,
    ) -> Result<Self, Trouble> {
        gate.open(id, source, trust)?;
        match feed::look(gate.clone(), id, kind, 0, feed::Wish::default()).await {
            Looked::Feed(feed) => Ok(Self::connect(gate, id, *feed, pace)),
            Looked::Plain | Looked::Dash(_) | Looked::Stream(_) => panic!("no HLS"),
            Looked::Trouble(trouble) => Err(trouble),
        }
    }

    pub fn connect(gate: &Gate, id: SessionId, mut feed: Feed, pace: Pace) -> Self {
        let (video, audio, events) = (Sink::new(pace), Sink::new(pace), Arc::new(Mutex::new(Vec::new())));
        let outlet = |kind, sink: &Arc<Sink>| feed.track(kind).map(|_| Arc::clone(sink) as Arc<dyn Outlet>);
        let (to_video, to_audio) = (outlet(Kind::Video, &video), outlet(Kind::Audio, &audio));
        let heard = Arc::clone(&events);
        feed.connect(to_video, to_audio, Box::new(move |event| heard.lock().unwrap().push(event)));
        Self { id, gate: gate.clone(), feed: Some(feed), video, audio, events }
    }

    pub fn feed(&self) -> &Feed {
        self.feed.as_ref().unwrap()
    }

    pub fn failed(&self) -> Option<Trouble> {
        self.events.lock().unwrap().iter().find_map(|event| match event {
            FeedEvent::Failed(trouble) => Some(*trouble),
            FeedEvent::Buffering(_) => None,
        })
    }

    pub fn pace(&self, pace: Pace) {
        *self.video.pace.lock().unwrap() = pace;
        *self.audio.pace.lock().unwrap() = pace;
    }

    pub fn has(&self, segment: u32) -> bool {
        self.video.inside().got.iter().any(|g| g.mark.segment == segment)
    }

    pub fn ended(&self) -> bool {
        self.video.inside().ends > 0
    }

    /// Waits for something; a feed that fails meanwhile is an error.
    pub async fn until(&self, what: &str, mut condition: impl FnMut(&Self) -> bool) -> Result<(), String> {
        let began = Instant::now();
        while !condition(self) {
            if let Some(trouble) = self.failed() {
                return Err(format!("{what}: {trouble:?}, has {}", self.summary()));
            }
            if began.elapsed() > HANG {
                return Err(format!("{what}: never, has {}, trouble {:?}", self.summary(), self.gate.trouble(self.id)));
            }
            tokio::time::sleep(MS(5)).await;
        }
        Ok(())
    }

    pub async fn until_end(&self) -> Result<(), String> {
        self.until("end", Self::ended).await
    }

    pub async fn until_failed(&self) -> Result<Trouble, String> {
        let began = Instant::now();
        loop {
            match self.failed() {
                Some(trouble) => return Ok(trouble),
                None if began.elapsed() > HANG || self.ended() => return Err(format!("plays on: {}", self.summary())),
                None => tokio::time::sleep(MS(5)).await,
            }
        }
    }

    /// Stream and segment of what came, and how many pictures of it in a row.
    pub fn summary(&self) -> String {
        let mut runs: Vec<(u32, u32, u32)> = Vec::new();
        for got in &self.video.inside().got {
            match runs.last_mut() {
                Some((s, n, count)) if (*s, *n) == (got.mark.stream, got.mark.segment) => *count += 1,
                _ => runs.push((got.mark.stream, got.mark.segment, 1)),
            }
        }
        format!("{runs:?}")
    }

    /// Exactly these segments (stream, number), whole, in this order, once, on a rising time line; picture and sound.
    pub fn check(&self, wanted: impl IntoIterator<Item = (u32, u32)>) -> Result<(), String> {
        let wanted: Vec<Mark> = wanted
            .into_iter()
            .flat_map(|(stream, segment)| (0..10).map(move |index| Mark { stream, segment, index }))
            .collect();
        for (name, sink) in [("picture", &self.video), ("sound", &self.audio)] {
            let inside = sink.inside();
            let got: Vec<Mark> = inside.got.iter().map(|g| g.mark).collect();
            if let Some(at) = (0..got.len().max(wanted.len())).find(|i| got.get(*i) != wanted.get(*i)) {
                let (has, want) = (got.get(at), wanted.get(at));
                drop(inside);
                return Err(format!("{name} {at}: {has:?}, not {want:?}; {}", self.summary()));
            }
            if let Some(pair) = inside.got.windows(2).find(|pair| pair[1].pts <= pair[0].pts) {
                return Err(format!("{name}: time goes back: {pair:?}"));
            }
            if let Some(wrong) = inside.got.iter().find(|g| g.key != (name == "sound" || g.mark.index == 0)) {
                return Err(format!("{name}: {wrong:?}"));
            }
            if inside.strange > 0 || inside.ends > 1 {
                return Err(format!("{name}: {} strange units, {} ends", inside.strange, inside.ends));
            }
        }
        Ok(())
    }

    pub fn is_calm(&self) -> Result<(), String> {
        self.gate.trouble(self.id).map_or(Ok(()), |trouble| Err(format!("still {trouble:?}")))
    }

    /// When the picture of each wanted mark is shown.
    pub fn shown(&self, segment: u32, index: u32) -> Option<Duration> {
        let inside = self.video.inside();
        let got = inside.got.iter().find(|g| (g.mark.segment, g.mark.index) == (segment, index))?;
        Some(Duration::from_nanos(got.pts))
    }
}
