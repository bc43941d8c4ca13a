//! A channel and whoever watches it: each gets what the channel brings with the times at which it is due, and first all
//! that is kept, so that a picture stands at once. Where the channel's bytes come from is not known here.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use super::{
    channel::{Channel, Counters, Out, Track, Unit},
    groups::{Signal, Sink},
    play::Play,
};
use crate::player::sounds::Sound;

/// With fewer pictures than this behind it, a decoder holds the first one back until more have come: it is asked for it.
const REORDERED: usize = 6;

struct Watcher {
    id: u64,
    play: Play,
    bytes: Arc<AtomicU64>,
    bytes_before: u64,
    sink: Sink,
}

pub(super) struct Audience {
    channel: Channel,
    watchers: Vec<Watcher>,
    out: Vec<Out>,
}

impl Audience {
    pub(super) fn new(channel: Channel) -> Self {
        Self { channel, watchers: Vec::new(), out: Vec::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.watchers.is_empty()
    }

    pub(super) fn counters(&self) -> Counters {
        self.channel.counters()
    }

    /// How much earlier than in time the newest picture came.
    pub(super) fn early_ns(&self, now_ns: i64) -> i64 {
        self.channel.early_ns(now_ns)
    }

    /// Which of several sounds is kept from now on.
    pub(super) fn prefer(&mut self, sound: Option<Sound>) {
        self.channel.prefer(sound);
    }

    /// `bytes`: where it is counted what came since.
    pub(super) fn admit(&mut self, id: u64, bytes: Arc<AtomicU64>, mut sink: Sink, now_ns: i64) {
        if let Some(programme) = self.channel.programme() {
            sink(Signal::Programme(programme.clone()));
        }
        let bytes_before = self.channel.counters().bytes;
        let mut watcher = Watcher { id, play: Play::default(), bytes, bytes_before, sink };
        watcher.catch_up(&self.channel, now_ns);
        self.watchers.push(watcher);
    }

    pub(super) fn dismiss(&mut self, id: u64) {
        self.watchers.retain(|w| w.id != id);
    }

    /// Packets, with RTP or without, that came at `now_ns`.
    pub(super) fn take(&mut self, datagram: &[u8], now_ns: i64) {
        self.channel.take(datagram, now_ns, &mut self.out);
        if !self.out.is_empty() {
            self.hand_out(now_ns);
        }
    }

    pub(super) fn count(&self) {
        let bytes = self.channel.counters().bytes;
        for watcher in &self.watchers {
            watcher.bytes.store(bytes - watcher.bytes_before, Ordering::Relaxed);
        }
    }

    fn hand_out(&mut self, now_ns: i64) {
        let offset = self.channel.offset();
        for watcher in &mut self.watchers {
            for event in &self.out {
                match event {
                    Out::Programme(programme) => (watcher.sink)(Signal::Programme(programme.clone())),
                    Out::Broken => {
                        watcher.play.break_off();
                        (watcher.sink)(Signal::Broken);
                    }
                    Out::Unit(unit) if watcher.play.has_begun() => watcher.give(unit, offset, now_ns),
                    Out::Words { pid, present_ns, data } => {
                        if let Some(present_ns) = watcher.play.due_beside(*present_ns, offset) {
                            (watcher.sink)(Signal::Words { pid: *pid, present_ns, data: data.clone() });
                        }
                    }
                    // Comes with all that is kept.
                    Out::Unit(_) => {}
                }
            }
            if !watcher.play.has_begun() {
                watcher.catch_up(&self.channel, now_ns);
            }
        }
        self.out.clear();
    }
}

impl Watcher {
    fn give(&mut self, unit: &Arc<Unit>, offset_ns: i64, now_ns: i64) {
        if let Some((present_ns, decode_ns)) = self.play.due(unit, offset_ns, now_ns) {
            (self.sink)(Signal::Unit { unit: unit.clone(), present_ns, decode_ns });
        }
    }

    fn catch_up(&mut self, channel: &Channel, now_ns: i64) {
        let first = channel.kept().next().filter(|first| first.track == Track::Video);
        if let Some(first) = first.filter(|_| channel.kept_pictures() < REORDERED) {
            self.give(first, channel.offset(), now_ns);
            (self.sink)(Signal::Still);
        }
        for unit in channel.kept() {
            self.give(unit, channel.offset(), now_ns);
        }
    }
}
