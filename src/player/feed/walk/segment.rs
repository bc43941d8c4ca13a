//! One segment: fetched, decrypted, taken apart, put on the one time line and handed on. Which one is next, and what
//! happens when one cannot be had, is the walk's.

use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;

use super::{AHEAD_BYTES, ROOM, Walk};
use crate::player::{
    demux::{Codec, DemuxError, Event, Kind, MediaNs, Track, Unit},
    feed::{
        crypt::Crypt,
        lane::{Found, Lane, Part},
        list::Entry,
        shared::{Item, Packet},
    },
    gate::{
        reader::{PieceAt, Sort},
        rules::Place,
    },
    sounds::{Sound, wished},
    types::Trouble,
};

/// Sound by itself waits this long for the picture's clock.
const CLOCK: Duration = Duration::from_secs(5);
/// No initialisation section is larger.
const MAP_BYTES: usize = 8 << 20;

/// Units by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    video: u32,
    audio: u32,
    text: u32,
}

impl Count {
    fn of(&mut self, kind: Kind) -> &mut u32 {
        match kind {
            Kind::Video => &mut self.video,
            Kind::Audio => &mut self.audio,
            Kind::Text => &mut self.text,
        }
    }
}

/// What one segment brought.
struct Taken {
    walk_expected: i64,
    entry_timeline: u64,
    offset: Option<i64>,
    /// Units that came before the first picture, which fixes the clock.
    held: Vec<Unit>,
    any: bool,
}

impl Lane {
    pub(super) async fn segment(&mut self, walk: &mut Walk, entry: &Entry) -> Result<(), Trouble> {
        let mut events = Vec::new();
        if entry.map != self.map {
            if let Some(map) = &entry.map {
                events = self.initialise(map, entry).await?;
            }
            self.map = entry.map.clone();
        }
        let mut crypt = match &entry.key {
            Some(key) => {
                let secret = self.secret(&key.place).await?;
                Some(Crypt::new(secret, key.iv_for(entry.sequence)))
            }
            None => None,
        };
        let sort = if crypt.is_some() { Sort::Sealed } else { Sort::Segment };
        let mut taken = Taken {
            walk_expected: walk.expected_ns,
            entry_timeline: entry.timeline,
            offset: None,
            held: Vec::new(),
            any: false,
        };
        let mut body = self.reader.piece(&entry.at, sort, self.is_live()).await?;
        self.demux.begin(walk.timeline == Some(entry.timeline));
        let mut bytes = 0;
        while let Some(part) = body.next().await {
            let part = part.map_err(|_| self.reader.trouble().unwrap_or(Trouble::ServerDown))?;
            bytes += part.len() as u64;
            match &mut crypt {
                Some(crypt) => self.demux.push(&crypt.push(&part), &mut events),
                None => self.demux.push(&part, &mut events),
            }
            .map_err(broken)?;
            self.deliver(walk, &mut taken, &mut events).await?;
            // A segment may be larger than what is held.
            while self.shared.level().is_some_and(|l| l.bytes > 2 * AHEAD_BYTES) {
                tokio::time::sleep(ROOM).await;
            }
        }
        if let Some(crypt) = crypt {
            self.demux.push(&crypt.end(), &mut events).map_err(broken)?;
        }
        self.demux.end(&mut events);
        self.deliver(walk, &mut taken, &mut events).await?;
        self.flush(walk, &mut taken).await;
        if !taken.any {
            return Err(Trouble::BrokenMedia);
        }
        if self.part != Part::Sound {
            self.reader.took(bytes, Duration::from_nanos(u64::try_from(entry.duration_ns).unwrap_or(0)));
        }
        walk.timeline = Some(entry.timeline);
        Ok(())
    }

    async fn deliver(&mut self, walk: &mut Walk, taken: &mut Taken, events: &mut Vec<Event>) -> Result<(), Trouble> {
        for event in events.drain(..) {
            match event {
                Event::Tracks(tracks) => self.pick(walk, tracks)?,
                Event::Unit(unit) => {
                    let Some(kind) = self.kind_of(&unit) else { continue };
                    taken.any |= kind != Kind::Text;
                    if taken.offset.is_none() {
                        if let Some(first) = self.fixes_clock(kind, &unit) {
                            self.fix_clock(walk, taken, first).await;
                        } else {
                            taken.held.push(unit);
                            continue;
                        }
                        self.flush(walk, taken).await;
                    }
                    self.give(walk, taken, kind, unit);
                }
            }
        }
        Ok(())
    }

    /// The first picture fixes the clock of a segment; where there is no picture, the first sound does.
    fn fixes_clock(&self, kind: Kind, unit: &Unit) -> Option<MediaNs> {
        let has_picture = self.picked.iter().any(|t| t.kind() == Kind::Video);
        (kind == Kind::Video || !has_picture && kind == Kind::Audio).then_some(unit.pts).flatten()
    }

    async fn fix_clock(&self, walk: &mut Walk, taken: &mut Taken, first: MediaNs) {
        let offset = self.clock(walk, taken, first).await;
        taken.offset = Some(offset);
        // Lengths in lists are rounded, and what follows a discontinuity follows what was really there.
        walk.expected_ns = first.0.saturating_add(offset);
    }

    async fn clock(&self, walk: &Walk, taken: &Taken, first: MediaNs) -> i64 {
        if self.part == Part::Sound {
            let patience = tokio::time::Instant::now() + CLOCK;
            while self.shared.timeline().known(taken.entry_timeline).is_none() && tokio::time::Instant::now() < patience
            {
                tokio::time::sleep(ROOM / 10).await;
            }
        }
        let mut timeline = self.shared.timeline();
        // Where its first segment lies, sound knows from the picture alone: the two lists need not begin together.
        if let (Part::Sound, None, Some(known)) = (self.part, walk.timeline, timeline.known(taken.entry_timeline)) {
            return known;
        }
        timeline.offset(taken.entry_timeline, taken.walk_expected, first.0)
    }

    /// Hands on what waited for the clock.
    async fn flush(&mut self, walk: &mut Walk, taken: &mut Taken) {
        if taken.held.is_empty() {
            return;
        }
        if taken.offset.is_none() {
            let media = taken.held.iter().filter(|u| self.kind_of(u) != Some(Kind::Text));
            let Some(first) = media.filter_map(|u| u.pts).next() else { return };
            self.fix_clock(walk, taken, first).await;
        }
        for unit in std::mem::take(&mut taken.held) {
            if let Some(kind) = self.kind_of(&unit) {
                self.give(walk, taken, kind, unit);
            }
        }
    }

    fn give(&mut self, walk: &mut Walk, taken: &Taken, kind: Kind, unit: Unit) {
        let came = walk.came.of(kind);
        *came += 1;
        if *came <= *walk.known.of(kind) {
            return;
        }
        if kind == Kind::Video && walk.await_key > 0 {
            walk.await_key = if unit.key { 0 } else { walk.await_key - 1 };
            if walk.await_key > 0 {
                return;
            }
        }
        let offset = taken.offset.unwrap_or(0);
        if kind == Kind::Text {
            if let Some(at) = unit.pts {
                self.shared.words(walk.generation, unit.track, at.0.saturating_add(offset), unit.data);
            }
            return;
        }
        let on_line = |at: Option<MediaNs>| at.and_then(|at| u64::try_from(at.0.saturating_add(offset)).ok());
        let pts = on_line(unit.pts);
        if unit.pts.is_some() && pts.is_none() && kind == Kind::Audio {
            // Sound from before the beginning.
            return;
        }
        self.flowed = true;
        let packet =
            Packet { pts: pts.or(unit.pts.map(|_| 0)), dts: on_line(unit.dts), key: unit.key, data: unit.data };
        self.shared.give(walk.generation, kind, Item::Packet(packet));
    }

    fn kind_of(&self, unit: &Unit) -> Option<Kind> {
        self.picked.iter().chain(&self.written).find(|t| t.id == unit.track).map(Track::kind)
    }

    /// One picture and one sound of what is there: the first of each, or the sound wished for. Told once at the start,
    /// and to the outlets when the form changes.
    fn pick(&mut self, walk: &Walk, tracks: Vec<Track>) -> Result<(), Trouble> {
        let takes = |kind| self.part.takes(kind);
        let audio: Vec<&Track> = tracks.iter().filter(|t| t.kind() == Kind::Audio && takes(Kind::Audio)).collect();
        let languages: Vec<Option<String>> = audio.iter().map(|t| t.language.clone()).collect();
        let sounds = Sound::of_languages(&languages);
        let heard = wished(&sounds, self.wish.as_ref()).unwrap_or(0);
        let picture = tracks.iter().find(|t| t.kind() == Kind::Video && takes(Kind::Video));
        let picked: Vec<Track> = picture.into_iter().chain(audio.get(heard).copied()).cloned().collect();
        if picked.is_empty() {
            return Err(Trouble::MissingCodec);
        }
        self.picked = picked;
        self.offer_written(tracks);
        match self.tell.take() {
            Some(tell) => {
                for track in &self.picked {
                    self.shared.has(track.kind());
                }
                let _ = tell.send(Ok(Found { picked: self.picked.clone(), sounds: (sounds, heard) }));
            }
            None => {
                for track in &self.picked {
                    self.shared.give(walk.generation, track.kind(), Item::Format(track.clone()));
                }
            }
        }
        Ok(())
    }

    /// What comes beside a sound of its own is the picture's affair.
    fn offer_written(&mut self, tracks: Vec<Track>) {
        if self.part == Part::Sound {
            return;
        }
        self.written = tracks.into_iter().filter(|t| matches!(t.codec, Codec::Inband { .. })).collect();
        let streams = self.written.iter().filter_map(|t| match &t.codec {
            Codec::Inband { services } => Some((t.id, services.as_slice())),
            _ => None,
        });
        self.shared.inband().offer(streams);
    }

    /// An initialisation under a key may be encrypted like its segments (RFC 8216, 4.3.2.5) or, with some publishers,
    /// not: what can be read as it is, is taken as it is.
    async fn initialise(&mut self, map: &PieceAt, entry: &Entry) -> Result<Vec<Event>, Trouble> {
        let Some(key) = &entry.key else {
            let bytes = self.whole(map, Sort::Map).await?;
            return self.demux.init(&bytes).map_err(broken);
        };
        let bytes = self.whole(map, Sort::Sealed).await?;
        if let Ok(events) = self.demux.init(&bytes) {
            return Ok(events);
        }
        let secret = self.secret(&key.place).await?;
        let clear = Crypt::new(secret, key.iv_for(entry.sequence)).whole(&bytes);
        self.demux.init(&clear).map_err(broken)
    }

    async fn secret(&mut self, place: &Place) -> Result<[u8; 16], Trouble> {
        if let Some((known, secret)) = &self.key
            && known == place
        {
            return Ok(*secret);
        }
        let secret = self.reader.key(place, self.is_live()).await?;
        self.key = Some((place.clone(), secret));
        Ok(secret)
    }

    async fn whole(&self, at: &PieceAt, sort: Sort) -> Result<Bytes, Trouble> {
        let mut body = self.reader.piece(at, sort, self.is_live()).await?;
        let mut bytes = Vec::new();
        while let Some(part) = body.next().await {
            let part = part.map_err(|_| self.reader.trouble().unwrap_or(Trouble::ServerDown))?;
            if bytes.len() + part.len() > MAP_BYTES {
                return Err(Trouble::TooBig);
            }
            bytes.extend_from_slice(&part);
        }
        Ok(bytes.into())
    }
}

impl Walk {
    /// A try has failed: the next one brings what it brought once more.
    pub(super) fn keep_count(&mut self) {
        self.known.video = self.known.video.max(self.came.video);
        self.known.audio = self.known.audio.max(self.came.audio);
        self.known.text = self.known.text.max(self.came.text);
        self.came = Count::default();
    }
}

fn broken(error: DemuxError) -> Trouble {
    tracing::debug!(%error, "a segment cannot be taken apart");
    match error {
        DemuxError::Scrambled => Trouble::MissingCodec,
        DemuxError::TooBig => Trouble::TooBig,
        _ => Trouble::BrokenMedia,
    }
}
