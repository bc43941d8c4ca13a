//! Subtitles that come inside the stream of their picture, as broadcasts have them: what there is to choose from, what
//! was sent around the viewer's place, and what stands on the screen there. Pure. Reading what was sent is `dvb`,
//! drawing it `scene`.

mod dvb;
pub(in crate::player) mod scene;
mod service;

use std::{collections::VecDeque, sync::Arc};

use bytes::Bytes;

pub use scene::{Inside, Scene};
pub use service::{Coding, Service, services};

use super::{
    captions::{Caption, wished},
    demux::TrackId,
};

/// Nobody goes through more subtitles than these with one key.
const MOST_OFFERS: usize = 24;
/// What was sent this long before the viewer's place is kept, so that what is turned on stands at once.
const KEPT_BEFORE_NS: i64 = 30_000_000_000;
/// What is due this long after it is passed over: nobody sends so early, and what follows must not wait for it.
const FAR_NS: i64 = 120_000_000_000;
/// More than a minute of the bitrate that the standard allows one service (EN 300 743, clause 5).
const MOST_BYTES: usize = 2 << 20;
const MOST_UNITS: usize = 4_096;

/// One of the subtitles, and where it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Offer {
    caption: Caption,
    track: TrackId,
    coding: Coding,
}

/// What was sent as one, with the time at which it is due.
struct Unit {
    track: TrackId,
    at_ns: i64,
    data: Bytes,
}

/// What stands from its time on, until then or until something else does.
struct Standing {
    until_ns: i64,
    scene: Option<Arc<Scene>>,
}

/// The subtitles that are read.
struct Reading {
    chosen: usize,
    decoder: dvb::Decoder,
    /// The first unit that was not looked at yet.
    next: usize,
    /// When the last one that was read is due.
    read_ns: i64,
    standing: Option<Standing>,
}

#[derive(Default)]
pub struct Inband {
    offers: Vec<Offer>,
    wish: Option<Caption>,
    units: VecDeque<Unit>,
    bytes: usize,
    reading: Option<Reading>,
}

impl Inband {
    /// What the medium says that it carries, in place of what it said before.
    pub fn offer<'s>(&mut self, streams: impl Iterator<Item = (TrackId, &'s [Service])>) {
        let mut offers: Vec<Offer> = Vec::new();
        for (track, service) in streams.flat_map(|(track, services)| services.iter().map(move |s| (track, s))) {
            let mut caption = service.caption();
            // Two that nothing tells apart could not be chosen one after the other.
            if offers.iter().any(|offer| offer.caption == caption) {
                caption.name = format!("第{}种", offers.len() + 1);
            }
            if offers.len() < MOST_OFFERS {
                offers.push(Offer { caption, track, coding: service.coding });
            }
        }
        if offers != self.offers {
            self.offers = offers;
            self.reading = None;
            let wish = self.wish.take();
            self.choose(wish.as_ref());
        }
    }

    pub fn all(&self) -> impl Iterator<Item = Caption> {
        self.offers.iter().map(|offer| offer.caption.clone())
    }

    pub fn chosen(&self) -> Option<usize> {
        self.reading.as_ref().map(|reading| reading.chosen)
    }

    /// Reads these from now on in place of those before; none where the wish is none or cannot be met. A wish that cannot
    /// be met yet is, when the medium turns out to carry it.
    pub fn choose(&mut self, wish: Option<&Caption>) {
        self.wish = wish.cloned();
        let all: Vec<Caption> = self.all().collect();
        let chosen = wished(&all, wish);
        if chosen == self.chosen() {
            return;
        }
        self.reading = chosen.and_then(|chosen| Some(Reading::new(chosen, self.offers.get(chosen)?)));
    }

    /// Takes what a stream of the medium brought, due at this time of the line by which the viewer's place is told.
    pub fn give(&mut self, track: TrackId, at_ns: i64, data: Bytes) {
        if !self.offers.iter().any(|offer| offer.track == track) {
            return;
        }
        while self.bytes + data.len() > MOST_BYTES || self.units.len() >= MOST_UNITS {
            if !self.drop_first() {
                return;
            }
        }
        self.bytes += data.len();
        self.units.push_back(Unit { track, at_ns, data });
    }

    fn drop_first(&mut self) -> bool {
        let Some(gone) = self.units.pop_front() else { return false };
        self.bytes -= gone.data.len();
        if let Some(reading) = &mut self.reading {
            reading.next = reading.next.saturating_sub(1);
        }
        true
    }

    /// What comes next does not continue what was sent before.
    pub fn clear(&mut self) {
        self.units.clear();
        self.bytes = 0;
        if let Some(reading) = &mut self.reading
            && let Some(offer) = self.offers.get(reading.chosen)
        {
            *reading = Reading::new(reading.chosen, offer);
        }
    }

    /// What stands at the viewer's place; none where nothing does, or nothing is wished for.
    pub fn at(&mut self, place_ns: i64) -> Option<Arc<Scene>> {
        while self.units.front().is_some_and(|unit| unit.at_ns < place_ns.saturating_sub(KEPT_BEFORE_NS)) {
            self.drop_first();
        }
        let reading = self.reading.as_mut()?;
        let offer = self.offers.get(reading.chosen)?;
        if place_ns < reading.read_ns {
            *reading = Reading::new(reading.chosen, offer);
        }
        reading.go_on(offer.track, &self.units, place_ns);
        reading.standing.as_ref().filter(|standing| standing.until_ns > place_ns)?.scene.clone()
    }
}

impl Reading {
    fn new(chosen: usize, offer: &Offer) -> Self {
        let Coding::Dvb { composition, ancillary } = offer.coding;
        let decoder = dvb::Decoder::new(composition, ancillary);
        Self { chosen, decoder, next: 0, read_ns: i64::MIN, standing: None }
    }

    /// Reads on to the viewer's place.
    fn go_on(&mut self, track: TrackId, units: &VecDeque<Unit>, place_ns: i64) {
        let is_due = |at_ns: i64| at_ns <= place_ns || at_ns > place_ns.saturating_add(FAR_NS);
        while let Some(unit) = units.get(self.next).filter(|unit| is_due(unit.at_ns)) {
            self.next += 1;
            if unit.track != track || unit.at_ns > place_ns {
                continue;
            }
            self.read_ns = self.read_ns.max(unit.at_ns);
            if let Some(page) = self.decoder.take(&unit.data) {
                let until_ns = unit.at_ns.saturating_add(page.stands_ns);
                self.standing = Some(Standing { until_ns, scene: page.scene.map(Arc::new) });
            }
        }
    }
}

#[cfg(test)]
mod tests;
