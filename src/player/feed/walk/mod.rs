//! Along a list, one segment after the other: which one is next, how far ahead, and what becomes of one that cannot be
//! had: it is waited for, left out or said. What is in a segment is `segment`'s.

mod segment;

use std::time::Duration;

use super::{
    lane::{Grown, Lane, Part},
    list::Entry,
    shared::Item,
};
use crate::player::{
    demux::{Demux, Kind},
    gate::LIVE_WINDOW,
    types::{MediaKind, Trouble},
};
use segment::Count;

/// How far ahead of the picture is fetched: bears an outage of most of a minute's third.
const AHEAD_NS: u64 = 20_000_000_000;
/// And how much memory that may take: 20 s of 8 Mbit/s.
const AHEAD_BYTES: u64 = 20 << 20;
/// How often it is looked whether there is room again.
const ROOM: Duration = Duration::from_millis(100);
/// With less than this left to play, what failed is not tried again here: the supervisor takes over.
const DRY_NS: u64 = 300_000_000;
/// Segments in a row that may be missing before the medium counts as broken.
const HOLES: u32 = 6;
/// Between two tries of a segment while there is something left to play.
const AGAIN: Duration = Duration::from_secs(1);
/// A live list that has run ahead by so many segments while nothing was left to play is joined anew.
const BEHIND: u64 = 8;
/// Pictures that may come before the first one that can stand alone, before they are taken as they are.
const KEY_PATIENCE: u32 = 250;

/// Where a walk stands.
struct Walk {
    generation: u64,
    next: u64,
    /// Where the next segment begins on the one time line.
    expected_ns: i64,
    timeline: Option<u64>,
    holes: u32,
    await_key: u32,
    /// What the running try of this segment has brought, and what earlier ones have: a segment that broke off is
    /// fetched anew from its beginning, and nothing is handed on twice.
    came: Count,
    known: Count,
}

impl Lane {
    pub(super) async fn walk(&mut self, generation: u64, target_ns: i64) -> Result<(), Trouble> {
        let first = self.first(generation, target_ns).await;
        let Some(entry) = self.list.entries.get(first) else { return Err(Trouble::BrokenMedia) };
        let mut walk = Walk {
            generation,
            next: entry.sequence,
            expected_ns: self.origin_ns.saturating_add(entry.start_ns),
            timeline: None,
            holes: 0,
            await_key: KEY_PATIENCE,
            came: Count::default(),
            known: Count::default(),
        };
        if generation == 0 && self.part != Part::Sound {
            let edge_ns = self.list.entries.get(self.edge()).map_or(0, |e| e.start_ns);
            // Whoever comes behind the edge goes on where they were, which is somewhere in the segment.
            let place_ns = self.origin_ns.saturating_add(edge_ns.saturating_sub(self.shared.behind_ns));
            let lag_ns = self.list.length_ns().saturating_sub(edge_ns);
            self.shared.set_first(place_ns.max(walk.expected_ns), lag_ns);
        }
        self.anew();
        let mut begun = false;
        loop {
            let Some(entry) = self.list.of_sequence(walk.next).and_then(|i| self.list.entries.get(i)).cloned() else {
                if self.list.ended {
                    self.finish(generation);
                    return Ok(());
                }
                if self.grow(walk.next).await? == Grown::Lost {
                    self.rejoin(&mut walk);
                }
                continue;
            };
            self.room().await;
            let level = self.shared.level().unwrap_or_default();
            if self.is_live()
                && level.ns < DRY_NS
                && begun
                && !self.shared.is_behind()
                && self.list.last_sequence().is_some_and(|last| last >= walk.next + BEHIND)
            {
                self.rejoin(&mut walk);
                continue;
            }
            // The rest of a segment is in no other rendition.
            let whole = walk.known == Count::default();
            let changed = begun && whole && self.adapt(&entry, level.ns as f64 / 1e9).await;
            if changed {
                // Another rendition has its own tracks; its clock is the same.
                self.anew();
                walk.await_key = KEY_PATIENCE;
                continue;
            }
            if entry.gap {
                walk.pass(&entry);
                continue;
            }
            match self.segment(&mut walk, &entry).await {
                Ok(()) => {
                    (begun, walk.holes) = (true, 0);
                    walk.pass(&entry);
                }
                Err(trouble) => {
                    tracing::debug!(?trouble, sequence = entry.sequence, "a segment is missing");
                    if trouble == Trouble::BrokenMedia {
                        // Any sixteen bytes pass for a key; this one may have been none.
                        self.key = None;
                    }
                    walk.keep_count();
                    self.bear(&mut walk, &entry, trouble).await?;
                }
            }
        }
    }

    /// Where a walk begins: at the place asked for, and the first one of a live medium at its edge.
    async fn first(&mut self, generation: u64, target_ns: i64) -> usize {
        if !self.is_live() {
            return self.list.at_time(target_ns);
        }
        if generation == 0 {
            self.tell_span();
            let edge = self.edge();
            let edge_ns = self.list.entries.get(edge).map_or(0, |e| e.start_ns);
            let index = self.list.at_time(edge_ns.saturating_sub(self.shared.behind_ns)).min(edge);
            return if self.shared.behind_ns > 0 { index.max(1.min(edge)) } else { edge };
        }
        self.refresh().await;
        let edge = self.list.entries.len().saturating_sub(LIVE_WINDOW);
        // The oldest one may drop out before it is asked for.
        self.list.at_time(target_ns.saturating_sub(self.origin_ns)).clamp(1.min(edge), edge)
    }

    /// Where a viewer begins who comes without a wish.
    fn edge(&self) -> usize {
        if self.kind == MediaKind::OnDemand { 0 } else { self.list.entries.len().saturating_sub(LIVE_WINDOW) }
    }

    fn anew(&mut self) {
        self.demux = Demux::new();
        self.map = None;
        self.picked.clear();
        self.written.clear();
    }

    /// The live list went on without us: from its edge, or where the viewer is behind on purpose from the oldest that
    /// is left; on the same time line.
    fn rejoin(&mut self, walk: &mut Walk) {
        let edge = self.list.entries.len().saturating_sub(LIVE_WINDOW);
        let index = if self.shared.is_behind() { 1.min(edge) } else { edge };
        if let Some(entry) = self.list.entries.get(index) {
            tracing::info!(from = walk.next, to = entry.sequence, "the live medium is joined anew");
            walk.next = entry.sequence;
            self.origin_ns = walk.expected_ns.saturating_sub(entry.start_ns);
            self.tell_span();
        }
        (walk.came, walk.known) = (Count::default(), Count::default());
        walk.timeline = None;
        walk.await_key = KEY_PATIENCE;
        if self.part != Part::Sound {
            self.shared.timeline().clear();
        }
    }

    fn finish(&self, generation: u64) {
        for kind in [Kind::Video, Kind::Audio] {
            if self.part.takes(kind) {
                self.shared.give(generation, kind, Item::End);
            }
        }
    }

    /// Waits until there is room for more.
    async fn room(&self) {
        while self.shared.level().is_some_and(|l| l.ns > AHEAD_NS || l.bytes > AHEAD_BYTES) {
            tokio::time::sleep(ROOM).await;
        }
    }

    /// A segment cannot be had. As long as there is something left to play it is tried again, or left out where it is
    /// gone for good; then it is said.
    async fn bear(&self, walk: &mut Walk, entry: &Entry, trouble: Trouble) -> Result<(), Trouble> {
        if trouble == Trouble::Blocked || !self.flowed {
            return Err(trouble);
        }
        let gone = self.is_live()
            || matches!(trouble, Trouble::NotFound | Trouble::Forbidden | Trouble::BrokenMedia | Trouble::TooBig);
        if gone && walk.holes < HOLES {
            walk.holes += 1;
            walk.pass(entry);
            walk.await_key = KEY_PATIENCE;
            return Ok(());
        }
        tokio::time::sleep(AGAIN).await;
        if self.shared.level().is_some_and(|l| l.ns > DRY_NS) { Ok(()) } else { Err(trouble) }
    }
}

impl Walk {
    fn pass(&mut self, entry: &Entry) {
        self.next = entry.sequence.saturating_add(1);
        self.expected_ns = self.expected_ns.saturating_add(entry.duration_ns);
        (self.came, self.known) = (Count::default(), Count::default());
    }
}
