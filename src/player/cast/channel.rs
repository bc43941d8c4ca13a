//! One channel as it comes in: datagrams go in, whole units come out, and everything since the last place where a
//! decoder can begin is kept, within a bound. No sockets, no clock, no decoder.

use std::{collections::VecDeque, sync::Arc};

use bytes::Bytes;

use super::{
    codec::{Entry, VideoCodec, entry},
    packet::{NULL_PID, Packet, packets, payload},
    pes::{Assembler, Pes},
    psi::{self, Programme, Sections},
    timeline::{Timeline, Verdict},
};
use crate::player::sounds::Sound;

const PAT_PID: u16 = 0;
/// A stream without a good place to begin for so long begins anywhere: a torn picture is better than none, and the
/// supervisor's patience is eight seconds.
const PATIENCE_NS: i64 = 4_000_000_000;
/// Sound kept while nothing else is: more than any multiplexer lets it run ahead.
const SOUND_NS: i64 = 2_000_000_000;
/// Kept until it is known what is on air: half a second of 16 Mbit/s, since maps come each tenth to half of a second. The
/// place to begin may be in it.
const EARLY_BYTES: usize = 1 << 20;
/// After so long without a datagram the picture that was being decoded has a hole in it.
const SILENCE_NS: i64 = 1_000_000_000;

/// What the packets come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// Nobody sends again what is lost.
    Datagrams,
    /// Nothing is lost, and after a silence all comes that was sent meanwhile.
    Connection,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Track {
    Video,
    Audio,
}

/// One coded picture or some frames of sound, with the sender's times in nanoseconds.
#[derive(Debug, PartialEq, Eq)]
pub struct Unit {
    pub track: Track,
    pub present_ns: i64,
    pub decode_ns: i64,
    /// A decoder can begin here.
    pub begins: bool,
    pub data: Vec<u8>,
}

/// What one datagram brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Out {
    /// Another programme is on air from here.
    Programme(Programme),
    /// What was before does not go on.
    Broken,
    Unit(Arc<Unit>),
    /// A piece of subtitles, with the sender's time at which it is due.
    Words {
        pid: u16,
        present_ns: i64,
        data: Bytes,
    },
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    pub bytes: u64,
    /// Holes seen in RTP's sequence or in the packets' own counters.
    pub lost: u64,
}

#[derive(Debug)]
pub struct Channel {
    carrier: Carrier,
    ring: Ring,
    association: Sections,
    map: Sections,
    map_pid: Option<u16>,
    programme: Option<Programme>,
    /// What came before the programme was known, with its time.
    early: Vec<(Vec<u8>, i64)>,
    early_bytes: usize,
    video: Assembler,
    audio: Assembler,
    /// Of each stream of subtitles.
    written: Vec<(u16, Assembler)>,
    timeline: Timeline,
    sequence: Option<u16>,
    counters: Counters,
    heard_at: Option<i64>,
    /// Since when pictures come without a place to begin.
    waiting_since: Option<i64>,
    /// Which of several sounds is kept.
    wish: Option<Sound>,
    /// A full place to begin was seen: bare ones are no use then.
    knows_full: bool,
}

impl Channel {
    /// `bound`: how many bytes may be kept.
    pub fn new(bound: usize, carrier: Carrier) -> Self {
        Self {
            carrier,
            ring: Ring { bound, ..Ring::default() },
            association: Sections::default(),
            map: Sections::default(),
            map_pid: None,
            programme: None,
            early: Vec::new(),
            early_bytes: 0,
            video: Assembler::default(),
            audio: Assembler::default(),
            written: Vec::new(),
            timeline: Timeline::default(),
            sequence: None,
            counters: Counters::default(),
            heard_at: None,
            waiting_since: None,
            wish: None,
            knows_full: false,
        }
    }

    pub fn programme(&self) -> Option<&Programme> {
        self.programme.as_ref()
    }

    /// Which of several sounds is kept from now on. The pictures that are kept stay.
    pub fn prefer(&mut self, wish: Option<Sound>) {
        self.wish = wish;
        let Some(programme) = &mut self.programme else { return };
        let before = programme.audio;
        programme.prefer(self.wish.as_ref());
        if programme.audio != before {
            self.audio.begin_anew();
            self.ring.forget_sound();
        }
    }

    pub fn counters(&self) -> Counters {
        Counters { lost: self.counters.lost + self.video.lost + self.audio.lost, ..self.counters }
    }

    /// What is kept, the place to begin first. Empty while there is none.
    pub fn kept(&self) -> impl Iterator<Item = &Arc<Unit>> {
        self.ring.begun.then(|| self.ring.units.iter()).into_iter().flatten()
    }

    #[cfg(test)]
    pub fn kept_bytes(&self) -> usize {
        self.ring.bytes
    }

    /// What has to be added to a unit's time to know when it is due by our clock.
    pub fn offset(&self) -> i64 {
        self.timeline.offset()
    }

    /// How much earlier than in time the newest picture came, or the newest sound where there is no picture.
    pub fn early_ns(&self, at_ns: i64) -> i64 {
        self.timeline.early_ns(at_ns)
    }

    /// Takes a datagram that came at `at_ns` of a clock that never goes back.
    pub fn take(&mut self, datagram: &[u8], at_ns: i64, out: &mut Vec<Out>) {
        let Some(payload) = payload(datagram) else { return };
        self.counters.bytes += payload.packets.len() as u64;
        if let Some(sequence) = payload.sequence {
            let before = self.sequence.replace(sequence);
            // Backwards is another order or another sender, not loss.
            let gap = before.map_or(0, |b| sequence.wrapping_sub(b).wrapping_sub(1));
            self.counters.lost += u64::from(if gap < 0x8000 { gap } else { 0 });
        }
        let before = self.heard_at.replace(at_ns).filter(|_| self.carrier == Carrier::Datagrams);
        if before.is_some_and(|before| at_ns.saturating_sub(before) > SILENCE_NS) {
            self.break_off(out);
        }
        if self.programme.is_some() {
            return self.packets(payload.packets, at_ns, out);
        }
        if self.early_bytes + payload.packets.len() > EARLY_BYTES {
            self.early.clear();
            self.early_bytes = 0;
        }
        self.early_bytes += payload.packets.len();
        self.early.push((payload.packets.to_vec(), at_ns));
        self.packets(payload.packets, at_ns, out);
        if self.programme.is_some() {
            self.early_bytes = 0;
            // The tables in it are read once more.
            self.association = Sections::default();
            self.map = Sections::default();
            self.video = Assembler::default();
            self.audio = Assembler::default();
            for (bytes, at_ns) in std::mem::take(&mut self.early) {
                self.packets(&bytes, at_ns, out);
            }
        }
    }

    fn packets(&mut self, bytes: &[u8], at_ns: i64, out: &mut Vec<Out>) {
        for packet in packets(bytes) {
            self.packet(&packet, at_ns, out);
        }
    }

    fn packet(&mut self, packet: &Packet<'_>, at_ns: i64, out: &mut Vec<Out>) {
        let plays = self.programme.as_ref();
        if packet.pid == NULL_PID {
        } else if let Some((_, codec)) = plays.and_then(|p| p.video).filter(|v| v.0 == packet.pid) {
            if let Some(pes) = self.video.take(packet) {
                self.picture(pes, codec, at_ns, out);
            }
        } else if plays.and_then(|p| p.audio).is_some_and(|a| a.0 == packet.pid) {
            if let Some(pes) = self.audio.take(packet) {
                self.sound(pes, at_ns, out);
            }
        } else if let Some((pid, assembler)) = self.written.iter_mut().find(|(pid, _)| *pid == packet.pid) {
            // Torn ones draw nonsense; the next one tells all again.
            if let Some(pes) = assembler.take(packet)
                && let (Some(pts), false) = (pes.pts, pes.damaged)
            {
                out.push(Out::Words { pid: *pid, present_ns: self.timeline.present(pts), data: pes.data.into() });
            }
        } else if packet.pid == PAT_PID {
            let mut pids = None;
            self.association.take(packet, |section| pids = psi::association(section).or(pids.take()));
            // The first programme: an operator sends one in a group.
            if let Some(pid) = pids.and_then(|pids| pids.first().copied())
                && self.map_pid != Some(pid)
            {
                self.map_pid = Some(pid);
                self.map = Sections::default();
            }
        } else if self.map_pid == Some(packet.pid) {
            let mut found = None;
            self.map.take(packet, |section| found = psi::map(section).or(found.take()));
            // Compared as a whole: a sender that was started anew may give the same version to another map.
            if let Some(mut programme) = found {
                programme.prefer(self.wish.as_ref());
                if self.programme.as_ref() != Some(&programme) {
                    self.switch(programme, out);
                }
            }
        }
    }

    fn switch(&mut self, programme: Programme, out: &mut Vec<Out>) {
        let pid = |p: Option<&Programme>| (p.and_then(|p| p.video), p.and_then(|p| p.audio), p.map(|p| p.strange));
        let (before, now) = (pid(self.programme.as_ref()), pid(Some(&programme)));
        if before.0 != now.0 {
            self.video.begin_anew();
            self.knows_full = false;
        }
        if before.1 != now.1 {
            self.audio.begin_anew();
        }
        let streams = programme.written.iter().map(|(pid, _)| (*pid, Assembler::default()));
        self.written = streams.collect();
        self.programme = Some(programme.clone());
        // Another sound that is not heard changes nothing.
        if before != now {
            self.break_off(out);
        }
        out.push(Out::Programme(programme));
    }

    fn break_off(&mut self, out: &mut Vec<Out>) {
        self.ring.clear();
        self.waiting_since = None;
        out.push(Out::Broken);
    }

    /// Whether the unit belongs to the timeline, and its times.
    fn times(&mut self, pes: &Pes, leads: bool, entry: bool, at_ns: i64, out: &mut Vec<Out>) -> Option<(i64, i64)> {
        let pts = pes.pts?;
        let decode_ns = match self.timeline.take(pes.dts.unwrap_or(pts), at_ns, leads, entry) {
            Verdict::Fits(time) => time,
            Verdict::Breaks(time) => {
                self.break_off(out);
                time
            }
            Verdict::Stranger => return None,
        };
        Some((self.timeline.present(pts), decode_ns))
    }

    fn picture(&mut self, pes: Pes, codec: VideoCodec, at_ns: i64, out: &mut Vec<Out>) {
        let entry = entry(codec, &pes.data, pes.flagged);
        self.knows_full |= entry == Entry::Full;
        let good = entry == Entry::Full || entry == Entry::Bare && !self.knows_full;
        // No place to begin, or none that is whole.
        let good = good && !pes.damaged;
        let Some((present_ns, decode_ns)) = self.times(&pes, true, good, at_ns, out) else { return };
        let begins = good || self.is_impatient(at_ns);
        if begins || self.ring.begun {
            self.waiting_since = None;
        }
        self.keep(Unit { track: Track::Video, present_ns, decode_ns, begins, data: pes.data }, out);
    }

    fn is_impatient(&mut self, at_ns: i64) -> bool {
        !self.ring.begun && at_ns.saturating_sub(*self.waiting_since.get_or_insert(at_ns)) > PATIENCE_NS
    }

    fn sound(&mut self, pes: Pes, at_ns: i64, out: &mut Vec<Out>) {
        // A torn frame crackles; a missing one is hidden by the decoder.
        if pes.damaged {
            return;
        }
        let alone = self.programme.as_ref().is_none_or(|p| p.video.is_none());
        let Some((present_ns, decode_ns)) = self.times(&pes, alone, alone, at_ns, out) else { return };
        self.keep(Unit { track: Track::Audio, present_ns, decode_ns, begins: alone, data: pes.data }, out);
    }

    fn keep(&mut self, unit: Unit, out: &mut Vec<Out>) {
        let unit = Arc::new(unit);
        self.ring.push(unit.clone());
        out.push(Out::Unit(unit));
    }
}

impl Channel {
    /// Pictures kept.
    pub fn kept_pictures(&self) -> usize {
        self.kept().filter(|u| u.track == Track::Video).count()
    }
}

/// Everything since the last place to begin. Without one, the newest sound alone.
#[derive(Debug, Default)]
struct Ring {
    units: VecDeque<Arc<Unit>>,
    bytes: usize,
    bound: usize,
    /// The first unit is a place to begin.
    begun: bool,
}

impl Ring {
    fn clear(&mut self) {
        self.units.clear();
        self.bytes = 0;
        self.begun = false;
    }

    fn forget_sound(&mut self) {
        self.units.retain(|u| u.track == Track::Video);
        self.bytes = self.units.iter().map(|u| u.data.len()).sum();
        self.begun &= !self.units.is_empty();
    }

    fn push(&mut self, unit: Arc<Unit>) {
        // A channel of sound alone could begin at each unit; a little of it spares the wait.
        let only_sound = unit.begins && unit.track == Track::Audio;
        if unit.begins && !only_sound {
            // Sound that belongs to it may have come before it.
            self.units.retain(|u| u.track == Track::Audio && u.present_ns >= unit.present_ns);
            self.units.push_front(unit);
            self.begun = true;
        } else if self.begun
            && self.units.front().is_some_and(|first| !only_sound && unit.present_ns < first.present_ns)
        {
            // Leading pictures, and sound of what came before: of no use to who begins there.
        } else if self.begun || unit.track == Track::Audio {
            self.begun |= only_sound;
            let oldest = unit.present_ns.saturating_sub(SOUND_NS);
            self.units.push_back(unit);
            if only_sound || !self.begun {
                self.units.retain(|u| u.present_ns >= oldest);
            }
        }
        self.bytes = self.units.iter().map(|u| u.data.len()).sum();
        if self.bytes > self.bound {
            // A piece of a group of pictures is no use.
            self.clear();
        }
    }
}

#[cfg(test)]
#[path = "channel_tests.rs"]
mod tests;
