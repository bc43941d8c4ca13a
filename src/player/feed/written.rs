//! The subtitles of a medium, fetched beside it: no more than the viewer needs next, and only while somebody wants them.
//! What fails here is left out or tried again later; it is never the medium's failure, and picture and sound do not
//! wait for it. What the words say and where they stand is `vtt`, what is kept `board`.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::task::AbortHandle;

use super::{
    board::Board,
    crypt::Crypt,
    lane::read,
    list::{Entry, List},
    master::Master,
    shared::Shared,
    vtt::{Due, Piece},
};
use crate::{
    player::{
        captions::{Caption, wished},
        gate::{
            reader::{PieceAt, Reader},
            rules::Place,
        },
        subtitles::{Cue, MAX_FILE_BYTES},
        types::Trouble,
    },
    time::ns,
};

/// How far ahead of the viewer's place words are fetched: a few segments.
const AHEAD_NS: i64 = 30_000_000_000;
/// And how far behind it: the place of a live list is known to some segments only.
const BACK_NS: i64 = 20_000_000_000;
/// How often it is looked whether the viewer's place calls for more.
const LOOK: Duration = Duration::from_millis(250);
/// Between two segments: with lists cut ever so small no server is stormed.
const PAUSE: Duration = Duration::from_millis(50);
/// A segment of live subtitles has some hundred bytes; this much is none.
const LIVE_BYTES: usize = 256 << 10;
/// An initialisation section that says no more than that words follow has less than a thousand.
const MAP_BYTES: usize = 256 << 10;
/// Waits after a list that could not be had; the last one repeats.
const LIST_AGAIN: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(8), Duration::from_secs(20)];
/// Between two tries of one segment.
const PIECE_AGAIN: Duration = Duration::from_secs(2);
/// Then it is left out.
const PIECE_TRIES: u32 = 3;
/// No list is asked for again sooner than this.
const SOONEST: Duration = Duration::from_secs(1);
/// A server whose numbers went back by more than this has begun to count anew.
const LAG: u64 = 5;

/// What a medium offers, and which of it is fetched.
pub struct Written {
    offered: Vec<(Caption, Place)>,
    chosen: Option<usize>,
    board: Arc<Board>,
    task: Option<AbortHandle>,
    reader: Reader,
    shared: Arc<Shared>,
    runtime: tokio::runtime::Handle,
}

impl Drop for Written {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Written {
    /// The subtitles that go with a rendition of `master`, none of them fetched yet. One whose address may not be
    /// opened is left out.
    pub fn offered(
        master: Option<(&Master, usize, &Place)>,
        reader: &Reader,
        shared: &Arc<Shared>,
        runtime: tokio::runtime::Handle,
    ) -> Self {
        let offered = master.map(|(master, variant, base)| {
            let all = master.captions_for(variant);
            all.filter_map(|r| Some((r.caption(), reader.child(base, r.uri.as_deref()?).ok()?))).collect()
        });
        Self {
            offered: offered.unwrap_or_default(),
            chosen: None,
            board: Arc::default(),
            task: None,
            // What is noted of subtitles is nothing that the player may take for the medium's trouble.
            reader: reader.beside(),
            shared: Arc::clone(shared),
            runtime,
        }
    }

    pub fn all(&self) -> Vec<Caption> {
        self.offered.iter().map(|(caption, _)| caption.clone()).collect()
    }

    pub fn chosen(&self) -> Option<usize> {
        self.chosen
    }

    fn stop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }

    /// Fetches these from now on in place of those before; none where the wish is none or cannot be met.
    pub fn choose(&mut self, wish: Option<&Caption>) {
        let chosen = wished(&self.all(), wish);
        if chosen == self.chosen {
            return;
        }
        self.stop();
        self.chosen = chosen;
        // Before the first picture nobody has said where the viewer is.
        let place_ns = Some(self.board.place_ns()).filter(|at| *at > 0).unwrap_or(self.shared.first_ns());
        self.board = Arc::new(Board::at(place_ns));
        if let Some((_, place)) = chosen.and_then(|at| self.offered.get(at)) {
            let follower = Follower {
                reader: self.reader.clone(),
                shared: Arc::clone(&self.shared),
                board: Arc::clone(&self.board),
                place: place.clone(),
                list: None,
                key: None,
                map: None,
                failed: HashMap::new(),
            };
            self.task = Some(self.runtime.spawn(follower.run()).abort_handle());
        }
    }

    /// The words around the viewer's place, in the medium's own time. Takes the time line's lock, then the board's.
    pub fn near(&self, place_ms: u64) -> Vec<Cue> {
        self.board.near(ns(place_ms), &self.shared.timeline())
    }
}

/// A list as it was read.
struct Known {
    list: List,
    /// Where it begins on the one time line.
    origin_ns: i64,
    at: Instant,
    grew: bool,
}

impl Known {
    fn due(&self, entry: &Entry) -> Due {
        let start_ns = self.origin_ns.saturating_add(entry.start_ns);
        Due { start_ns, end_ns: start_ns.saturating_add(entry.duration_ns) }
    }

    fn is_old(&self) -> bool {
        let pace = if self.grew { self.list.target } else { self.list.target / 2 };
        !self.list.ended && self.at.elapsed() >= pace.max(SOONEST)
    }
}

/// Follows one rendition.
struct Follower {
    reader: Reader,
    shared: Arc<Shared>,
    board: Arc<Board>,
    place: Place,
    list: Option<Known>,
    key: Option<(Place, [u8; 16])>,
    /// The initialisation section that was read last.
    map: Option<(PieceAt, Vec<u8>)>,
    /// Segments that could not be had: how often they were tried, and when last.
    failed: HashMap<u64, (u32, Instant)>,
}

impl Follower {
    async fn run(mut self) {
        let mut failures = 0;
        let mut asked: Option<Instant> = None;
        loop {
            let wait = LIST_AGAIN.get(failures).or(LIST_AGAIN.last()).copied().unwrap_or(SOONEST);
            let may_ask = failures == 0 || asked.is_none_or(|at| at.elapsed() >= wait);
            if may_ask && self.list.as_ref().is_none_or(Known::is_old) {
                asked = Some(Instant::now());
                match self.reader.reload(&self.place).await.and_then(|text| read(&self.reader, text)) {
                    Ok((_, list)) => {
                        self.take(list);
                        failures = 0;
                    }
                    Err(trouble) => {
                        tracing::debug!(?trouble, "a list of subtitles cannot be had");
                        failures += 1;
                    }
                }
            }
            let Some((entry, due, ended)) = self.next() else {
                tokio::time::sleep(LOOK).await;
                continue;
            };
            match self.fetch(&entry, due, ended).await {
                Ok(piece) => {
                    self.failed.remove(&entry.sequence);
                    self.board.put(entry.sequence, piece);
                }
                Err(trouble) => {
                    tracing::debug!(?trouble, sequence = entry.sequence, "a segment of subtitles is missing");
                    // Any sixteen bytes pass for a key; this one may have been none.
                    self.key = None;
                    self.map = None;
                    let tries = self.failed.get(&entry.sequence).map_or(0, |(tries, _)| *tries);
                    self.failed.insert(entry.sequence, (tries + 1, Instant::now()));
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn take(&mut self, list: List) {
        // A live list ends where the picture's does, give or take what one of them is late.
        let edge_ns = self.shared.span().filter(|_| !list.ended).map(|span| span.edge_ns);
        let origin_ns = edge_ns.map_or(0, |edge| edge.saturating_sub(list.length_ns()));
        let before = self.list.as_ref().and_then(|known| known.list.last_sequence());
        let last = list.last_sequence();
        if before.zip(last).is_some_and(|(before, last)| last.saturating_add(LAG) < before) {
            self.board.clear();
            self.failed.clear();
        }
        self.failed.retain(|sequence, _| list.of_sequence(*sequence).is_some());
        self.list = Some(Known { origin_ns, at: Instant::now(), grew: last != before, list });
    }

    /// The first segment around the viewer's place that is not there yet.
    fn next(&self) -> Option<(Entry, Due, bool)> {
        let known = self.list.as_ref()?;
        if !self.board.has_room() {
            return None;
        }
        let place_ns = self.board.place_ns();
        let first = known.list.at_time(place_ns.saturating_sub(BACK_NS).saturating_sub(known.origin_ns));
        let tried = |sequence| {
            self.failed.get(&sequence).is_some_and(|(tries, at)| *tries >= PIECE_TRIES || at.elapsed() < PIECE_AGAIN)
        };
        let around = known.list.entries.get(first..)?.iter().map(|entry| (entry, known.due(entry)));
        around
            .take_while(|(_, due)| due.start_ns < place_ns.saturating_add(AHEAD_NS))
            .find(|(entry, _)| !entry.gap && !self.board.has(entry.sequence) && !tried(entry.sequence))
            .map(|(entry, due)| (entry.clone(), due, known.list.ended))
    }

    async fn fetch(&mut self, entry: &Entry, due: Due, ended: bool) -> Result<Piece, Trouble> {
        if let Some(map) = &entry.map
            && self.map.as_ref().is_none_or(|(known, _)| known != map)
        {
            let bytes = self.reader.small(map, entry.key.is_some(), MAP_BYTES).await?;
            // Some publishers leave it clear under a key; the first bytes tell.
            let is_clear = bytes.get(4..8).is_some_and(|name| name == b"ftyp" || name == b"moov");
            let bytes = if is_clear { bytes } else { self.clear(entry, ended, bytes).await? };
            self.map = Some((map.clone(), bytes));
        }
        let most = if ended { MAX_FILE_BYTES } else { LIVE_BYTES };
        let bytes = self.reader.small(&entry.at, entry.key.is_some(), most).await?;
        let bytes = self.clear(entry, ended, bytes).await?;
        let init = entry.map.as_ref().and(self.map.as_ref()).map(|(_, bytes)| bytes.as_slice());
        Piece::read(init, &bytes, entry.timeline, due, ended)
    }

    /// Takes the key off, where there is one.
    async fn clear(&mut self, entry: &Entry, ended: bool, bytes: Vec<u8>) -> Result<Vec<u8>, Trouble> {
        let Some(key) = &entry.key else { return Ok(bytes) };
        let secret = match &self.key {
            Some((place, secret)) if *place == key.place => *secret,
            _ => self.reader.key(&key.place, !ended).await?,
        };
        self.key = Some((key.place.clone(), secret));
        Ok(Crypt::new(secret, key.iv_for(entry.sequence)).whole(&bytes))
    }
}
