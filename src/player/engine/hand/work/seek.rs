//! Going to another place of the medium: one seek at a time, and the newest place asked for after it.

use std::time::{Duration, Instant};

use gstreamer::{self as gst, prelude::*};

use super::Work;
use crate::player::{
    feed::Feed,
    types::{LiveWindow, MediaKind},
};

/// A seek that has not ended by then is taken as lost, and the next one goes through.
pub(super) const SEEK_LOST: Duration = Duration::from_secs(2);
/// Seeks that follow each other faster than this are a key held down: they go to key frames, which is cheaper.
const SEEK_RUN: Duration = Duration::from_millis(400);
/// Closer to the edge of a live medium than this is at the edge.
const AT_EDGE_MS: u64 = 4_000;

impl Work<'_> {
    /// Seeks to where it stands or is going, so that a new speed or size takes hold.
    pub(super) fn again(&mut self) {
        if let (true, Some(at)) = (self.can_seek(), self.going().or_else(|| self.position())) {
            self.want(at);
        }
    }

    /// Where a seek that is under way leads to.
    pub(in crate::player::engine::hand) fn going(&self) -> Option<u64> {
        self.pending.or(self.seeking.map(|_| self.target))
    }

    fn can_seek(&self) -> bool {
        (self.kind == MediaKind::OnDemand && !self.live) || self.window().is_some()
    }

    pub(super) fn window(&self) -> Option<LiveWindow> {
        self.feed.as_ref().and_then(Feed::window)
    }

    /// On a live medium: into its window, and whether that leaves the edge.
    fn in_window(&self, to_ms: u64) -> u64 {
        let (Some(feed), Some(window)) = (&self.feed, self.window()) else { return to_ms };
        let to_ms = to_ms.clamp(window.from_ms, window.live_ms);
        feed.set_behind(window.live_ms.saturating_sub(to_ms) > AT_EDGE_MS);
        to_ms
    }

    pub(super) fn want(&mut self, to_ms: u64) {
        if !self.can_seek() {
            return;
        }
        if self.start.is_some() {
            self.start = Some(to_ms);
        } else if self.seeking.is_some() {
            self.pending = Some(to_ms);
        } else {
            self.seek(to_ms);
        }
    }

    pub(super) fn seek(&mut self, to_ms: u64) {
        let now = Instant::now();
        let running = self.last_seek.is_some_and(|at| now.duration_since(at) < SEEK_RUN);
        let to_ms = self.in_window(to_ms);
        let to_ms = match &self.feed {
            Some(feed) if running => feed.quick_place(to_ms),
            _ => to_ms,
        };
        self.last_seek = Some(now);
        self.seeking = Some(now);
        self.target = to_ms;
        // Never towards the nearest or the next: behind the last key picture there is none.
        let quick = gst::SeekFlags::KEY_UNIT | gst::SeekFlags::SNAP_BEFORE;
        let flush = |how| {
            self.pipeline.seek(
                self.rate,
                gst::SeekFlags::FLUSH | how,
                gst::SeekType::Set,
                gst::ClockTime::from_mseconds(to_ms),
                gst::SeekType::None,
                gst::ClockTime::NONE,
            )
        };
        if let Some(feed) = &self.feed {
            feed.jump(to_ms);
        }
        let first = flush(if running { quick } else { gst::SeekFlags::ACCURATE });
        let done = first.or_else(|_| flush(gst::SeekFlags::ACCURATE));
        if let Some(feed) = &self.feed {
            feed.open();
        }
        if let Err(error) = done {
            tracing::warn!(to_ms, %error, "the medium does not seek");
            self.seeking = None;
            self.tell_position();
        }
    }

    /// A seek has ended.
    pub(super) fn settle(&mut self) {
        self.seeking = None;
        match self.pending.take() {
            Some(next) => self.seek(next),
            None => self.tell_position(),
        }
    }
}
