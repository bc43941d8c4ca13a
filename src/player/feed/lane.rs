//! One playlist on its way to the outlets: what a lane is made of, its list kept fresh, its rendition changed. Walking
//! along it segment by segment is `walk`.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use super::{
    list::{Entry, List},
    master::Master,
    shared::{LiveSpan, Shared},
};
use crate::player::{
    demux::{Demux, Kind, Track},
    gate::{
        hls::Playlist,
        reader::{PieceAt, Reader, Text},
        rules::Place,
    },
    sounds::Sound,
    types::{MediaKind, Trouble},
};

/// Waits after a reload that failed; the last one repeats. A server that answers with an error is left in peace, one
/// that cannot be reached costs nothing by being tried.
const AGAIN: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(6)];
/// No list is asked for again sooner than this, whatever it says of itself.
const SOONEST: Duration = Duration::from_millis(400);
/// A list that has stood still for so many target durations counts anew or has ended without a word.
const STALE: u32 = 6;
/// A server whose numbers went back by more than this has begun to count anew; less is a copy that lags behind.
const LAG: u64 = 5;

/// What a lane delivers of what its segments hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Whole,
    Picture,
    Sound,
}

impl Part {
    pub fn takes(self, kind: Kind) -> bool {
        match self {
            Self::Whole => true,
            Self::Picture => kind == Kind::Video,
            Self::Sound => kind == Kind::Audio,
        }
    }
}

/// The master playlist that a lane may change its rendition by.
struct Choice {
    master: Arc<Master>,
    base: Place,
    now: usize,
    /// Complete lists do not change.
    lists: HashMap<usize, (Place, List)>,
}

/// What a lane has found its medium to be.
pub struct Found {
    pub picked: Vec<Track>,
    /// All sounds inside, and the one that was picked.
    pub sounds: (Vec<Sound>, usize),
}

pub struct Lane {
    pub(super) reader: Reader,
    pub(super) shared: Arc<Shared>,
    pub(super) part: Part,
    pub(super) kind: MediaKind,
    pub(super) place: Place,
    pub(super) list: List,
    /// Where the list begins on the one time line, where it is live.
    pub(super) origin_ns: i64,
    loaded: Instant,
    grew: Instant,
    choice: Option<Choice>,
    pub(super) demux: Demux,
    pub(super) map: Option<PieceAt>,
    pub(super) key: Option<(Place, [u8; 16])>,
    /// Which track is the picture and which the sound.
    pub(super) picked: Vec<Track>,
    /// Subtitles inside.
    pub(super) written: Vec<Track>,
    /// Which of several sounds inside is wished for.
    pub(super) wish: Option<Sound>,
    pub(super) tell: Option<oneshot::Sender<Result<Found, Trouble>>>,
    /// Something of this medium has been delivered before.
    pub(super) flowed: bool,
}

impl Lane {
    pub fn new(reader: &Reader, shared: &Arc<Shared>, place: Place, list: List, part: Part, kind: MediaKind) -> Self {
        let now = Instant::now();
        Self {
            reader: reader.clone(),
            shared: Arc::clone(shared),
            part,
            kind,
            place,
            list,
            origin_ns: 0,
            loaded: now,
            grew: now,
            choice: None,
            demux: Demux::new(),
            map: None,
            key: None,
            picked: Vec::new(),
            written: Vec::new(),
            wish: None,
            tell: None,
            flowed: false,
        }
    }

    pub async fn of_place(
        reader: &Reader,
        shared: &Arc<Shared>,
        place: &Place,
        part: Part,
        kind: MediaKind,
    ) -> Result<Self, Trouble> {
        let (place, list) = read(reader, reader.playlist(place).await?)?;
        Ok(Self::new(reader, shared, place, list, part, kind))
    }

    pub async fn of_master(
        reader: &Reader,
        shared: &Arc<Shared>,
        base: &Place,
        master: &Arc<Master>,
        first: usize,
        part: Part,
        kind: MediaKind,
    ) -> Result<Self, Trouble> {
        let uri = master.variants.get(first).map(|v| v.uri.as_str()).ok_or(Trouble::BrokenMedia)?;
        let place = reader.child(base, uri)?;
        let mut lane = Self::of_place(reader, shared, &place, part, kind).await?;
        lane.choice =
            Some(Choice { master: Arc::clone(master), base: base.clone(), now: first, lists: HashMap::new() });
        Ok(lane)
    }

    pub fn is_live(&self) -> bool {
        !self.list.ended
    }

    pub fn duration_ns(&self) -> Option<u64> {
        self.list.ended.then(|| self.list.length_ns().unsigned_abs())
    }

    pub fn starts_ns(&self) -> Vec<i64> {
        let complete = if self.list.ended { self.list.entries.as_slice() } else { &[] };
        complete.iter().map(|e| e.start_ns).collect()
    }

    /// Walks until the end, from each place that the viewer jumps to.
    pub async fn run(mut self, tell: oneshot::Sender<Result<Found, Trouble>>) {
        self.tell = Some(tell);
        let mut generations = self.shared.generations();
        loop {
            generations.mark_unchanged();
            let (generation, target_ns) = self.shared.target();
            let done = tokio::select! {
                done = self.walk(generation, target_ns) => done,
                changed = generations.changed() => match changed {
                    Ok(()) => continue,
                    Err(_) => return,
                },
            };
            if let Err(trouble) = done {
                self.reader.note(trouble);
                match self.tell.take() {
                    Some(tell) => {
                        let _ = tell.send(Err(trouble));
                        return;
                    }
                    None => self.shared.fail(generation, trouble),
                }
            }
            if generations.changed().await.is_err() {
                return;
            }
        }
    }

    /// Waits until the list holds something after `next`, or has ended. Says whether the place is lost: the list went
    /// on without us, or counts anew.
    pub(super) async fn grow(&mut self, next: u64) -> Result<Grown, Trouble> {
        let mut failures = 0;
        let mut failing_since: Option<Instant> = None;
        let mut changed = true;
        loop {
            let pace = if changed { self.list.target } else { self.list.target / 2 };
            tokio::time::sleep(pace.max(SOONEST).saturating_sub(self.loaded.elapsed())).await;
            let text = match self.reader.reload(&self.place).await.and_then(|text| read(&self.reader, text)) {
                Ok(read) => read,
                Err(trouble) => {
                    let since = *failing_since.get_or_insert_with(Instant::now);
                    if trouble == Trouble::Blocked || since.elapsed() > self.reader.live_hold() {
                        return Err(trouble);
                    }
                    let answered = !matches!(trouble, Trouble::ServerDown | Trouble::NoNetwork | Trouble::Dns);
                    let wait = if answered { AGAIN.get(failures).or(AGAIN.last()) } else { AGAIN.first() };
                    tokio::time::sleep(wait.copied().unwrap_or(SOONEST)).await;
                    failures += 1;
                    continue;
                }
            };
            (failures, failing_since) = (0, None);
            let (_, list) = text;
            self.loaded = Instant::now();
            changed = list.last_sequence() != self.list.last_sequence();
            if changed {
                self.grew = Instant::now();
            }
            if list.entries.is_empty() && !list.ended {
                continue;
            }
            self.take(list);
            let Some(last) = self.list.last_sequence() else { return Ok(Grown::On) };
            if self.list.of_sequence(next).is_some() {
                return Ok(Grown::On);
            }
            let first = self.list.entries.first().map_or(0, |e| e.sequence);
            let stale = self.grew.elapsed() > self.list.target * STALE;
            if next < first || last + LAG < next || (last + 1 < next && stale) {
                return Ok(Grown::Lost);
            }
            if self.list.ended {
                return Ok(Grown::On);
            }
        }
    }

    /// One look at a live list that may have gone on since; what fails stays as it was.
    pub(super) async fn refresh(&mut self) {
        if self.loaded.elapsed() < self.list.target / 2 {
            return;
        }
        if let Ok((_, list)) = self.reader.reload(&self.place).await.and_then(|text| read(&self.reader, text))
            && !list.entries.is_empty()
        {
            self.loaded = Instant::now();
            self.take(list);
        }
    }

    /// The list as it is now. Its beginning moves along the one time line by what has dropped out of it.
    fn take(&mut self, list: List) {
        let begins = |one: &List, other: &List| {
            let first = one.entries.first()?.sequence;
            Some(other.entries.get(other.of_sequence(first)?)?.start_ns)
        };
        let gone_on = match (begins(&list, &self.list), begins(&self.list, &list)) {
            (Some(dropped), _) => dropped,
            // A copy that lags behind has the older ones still.
            (None, Some(older)) => -older,
            // Nothing in common: as if it had followed at once.
            (None, None) => self.list.length_ns(),
        };
        self.origin_ns = self.origin_ns.saturating_add(gone_on);
        self.list = list;
        self.tell_span();
    }

    pub(super) fn tell_span(&self) {
        if self.is_live() && self.part != Part::Sound {
            let edge_ns = self.origin_ns.saturating_add(self.list.length_ns());
            self.shared.set_span(LiveSpan { from_ns: self.origin_ns, edge_ns });
        }
    }

    /// Another rendition where the line calls for it. Whether there was a change.
    pub(super) async fn adapt(&mut self, next: &Entry, ahead_s: f64) -> bool {
        let Some(choice) = &mut self.choice else { return false };
        let wanted = choice.master.choose(Some(choice.now), self.reader.line_bps(), ahead_s);
        if wanted == choice.now {
            return false;
        }
        let Some(variant) = choice.master.variants.get(wanted) else { return false };
        let (place, list) = match choice.lists.remove(&wanted) {
            Some(kept) => kept,
            None => {
                let Ok(place) = self.reader.child(&choice.base, &variant.uri) else { return false };
                match self.reader.reload(&place).await.and_then(|text| read(&self.reader, text)) {
                    Ok(read) => read,
                    Err(trouble) => {
                        tracing::debug!(?trouble, uri = variant.uri, "a rendition cannot be had");
                        return false;
                    }
                }
            }
        };
        // The same segment has to be there; where renditions do not keep in step the viewer stays with one.
        let there = list.of_sequence(next.sequence).and_then(|i| list.entries.get(i));
        let in_step = there.is_some_and(|e| {
            list.ended == self.list.ended
                && e.timeline == next.timeline
                && (!list.ended || e.start_ns.abs_diff(next.start_ns) < 500_000_000)
        });
        if !in_step {
            tracing::debug!(uri = variant.uri, "a rendition is out of step");
            return false;
        }
        tracing::debug!(from = choice.now, to = wanted, ahead_s, "another rendition");
        let before = (std::mem::replace(&mut self.place, place), std::mem::replace(&mut self.list, list));
        if let (false, Some(then), Some(now)) =
            (before.1.ended, before.1.of_sequence(next.sequence), self.list.of_sequence(next.sequence))
        {
            let start = |list: &List, i: usize| list.entries.get(i).map_or(0, |e| e.start_ns);
            self.origin_ns = self.origin_ns.saturating_add(start(&before.1, then) - start(&self.list, now));
        }
        if before.1.ended {
            choice.lists.insert(choice.now, before);
        }
        choice.now = wanted;
        (self.loaded, self.grew) = (Instant::now(), Instant::now());
        true
    }
}

/// How a live list went on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grown {
    On,
    Lost,
}

/// A media playlist, its children checked.
pub(super) fn read(reader: &Reader, text: Text) -> Result<(Place, List), Trouble> {
    let whole = String::from_utf8_lossy(&text.bytes);
    let playlist = Playlist::parse(&whole)?;
    if playlist.is_master {
        return Err(Trouble::BrokenMedia);
    }
    let list = List::new(&playlist, &|reference| reader.child(&text.place, reference))?;
    Ok((text.place, list))
}
