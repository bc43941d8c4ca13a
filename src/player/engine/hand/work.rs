//! What a hand does with its standing pipeline: obeys the player, looks at the position, takes in what feeds and groups
//! bring. Everything here may wait for GStreamer; nobody waits for it. The bus is `bus`, going elsewhere `seek`.

mod bus;
mod seek;

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use gstreamer::{self as gst, prelude::*};

use super::{Op, Report, captions::Told};
use crate::player::{
    cast::{Programme, Signal},
    demux::TrackId,
    engine::{
        audio::AudioOut,
        cast::AirChain,
        picture::{Curtain, Picture},
    },
    feed::{Feed, FeedEvent},
    inband::Inband,
    types::{MediaKind, Trouble},
};
use seek::SEEK_LOST;

/// A refused change of state is followed by a message that says why; this long is waited for it.
const REASON_WAIT: Duration = Duration::from_millis(500);

pub(super) struct Work<'a> {
    pub(super) pipeline: gst::Pipeline,
    pub(super) picture: Picture,
    pub(super) audio: &'a AudioOut,
    pub(super) curtain: Arc<Curtain>,
    pub(super) report: &'a dyn Fn(Report),
    /// Where the medium comes from, unless GStreamer fetches it through the gate.
    pub(super) feed: Option<Feed>,
    pub(super) kind: MediaKind,
    /// The viewer's intent.
    pub(super) playing: bool,
    pub(super) rate: f64,
    /// Where to go once the pipeline can seek; nothing is shown before.
    pub(super) start: Option<u64>,
    /// The state last asked for.
    pub(super) asked: Option<gst::State>,
    /// The medium has no place to go to: it comes in real time.
    pub(super) live: bool,
    pub(super) buffering: bool,
    pub(super) opened: bool,
    pub(super) failed: bool,
    /// Whether there are pictures and sound, once known.
    pub(super) streams: Option<(bool, bool)>,
    pub(super) refused_at: Option<Instant>,
    pub(super) seeking: Option<Instant>,
    pub(super) last_seek: Option<Instant>,
    /// Where the last seek went.
    pub(super) target: u64,
    /// The newest place asked for while a seek was on its way.
    pub(super) pending: Option<u64>,
    pub(super) missing: Option<Trouble>,
    pub(super) facts: (Option<String>, Option<String>),
    /// What was told of subtitles.
    pub(super) told: Told,
    /// Those of a group or stream.
    pub(super) inband: Inband,
    /// Of a group or stream, once it is known what is on air.
    pub(super) air: Option<AirChain>,
    /// There is nothing in the pipeline yet that could be started.
    pub(super) unbuilt: bool,
}

impl Work<'_> {
    /// Brings the pipeline to the state that intent, start and buffer call for.
    pub(super) fn apply(&mut self) {
        let run = self.playing && self.start.is_none() && !self.buffering;
        let wanted = if run { gst::State::Playing } else { gst::State::Paused };
        if self.unbuilt || self.asked == Some(wanted) {
            return;
        }
        self.asked = Some(wanted);
        match self.pipeline.set_state(wanted) {
            Ok(gst::StateChangeSuccess::NoPreroll) if !self.live => {
                self.live = true;
                // A stream that comes in real time has no other place to start at.
                self.start = None;
                self.curtain.hidden.store(false, Ordering::Release);
                self.apply();
            }
            Ok(_) => {}
            Err(_) => self.refused_at = Some(Instant::now()),
        }
    }

    pub(super) fn obey(&mut self, op: Op) {
        match op {
            Op::SetPlaying(playing) => {
                self.playing = playing;
                if let (false, Some(feed)) = (playing, &self.feed) {
                    // Whoever pauses wants to go on where it stands.
                    feed.set_behind(true);
                }
                self.apply();
            }
            Op::Seek(to_ms) => self.want(to_ms),
            Op::Rate(rate) => {
                self.rate = rate;
                if self.opened {
                    self.again();
                }
            }
            Op::Place(place) => {
                self.picture.set_place(place);
                // A standing picture comes again in its new size only when it is asked for.
                if self.opened && !self.playing {
                    self.again();
                }
            }
            Op::Caption(caption) => self.write(caption.as_ref()),
            Op::Shutdown => {}
        }
    }

    /// The first picture is out, or the sound runs where there is no picture.
    pub(super) fn open(&mut self) {
        if self.opened {
            return;
        }
        self.opened = true;
        if let (Some((width, height)), Some(codec)) = (self.picture.native_size(), self.facts.0.clone()) {
            self.facts.0 = Some(format!("{codec} {width}x{height}"));
        } else if let Some((width, height)) = self.picture.native_size() {
            self.facts.0 = Some(format!("{width}x{height}"));
        }
        self.tell_facts();
        (self.report)(Report::Opened);
    }

    fn tell_facts(&self) {
        (self.report)(Report::Facts { video: self.facts.0.clone(), audio: self.facts.1.clone() });
    }

    pub(super) fn position(&self) -> Option<u64> {
        self.pipeline.query_position::<gst::ClockTime>().map(gst::ClockTime::mseconds)
    }

    fn tell_position(&self) {
        let duration_ms = match self.kind {
            MediaKind::Live => None,
            MediaKind::OnDemand => match &self.feed {
                Some(feed) => feed.duration_ns.map(|ns| ns / 1_000_000),
                None => self.pipeline.query_duration::<gst::ClockTime>().map(gst::ClockTime::mseconds),
            },
        };
        if let Some(window) = self.window() {
            (self.report)(Report::Window(window));
        }
        if let Some(position_ms) = self.position() {
            (self.report)(Report::Progress { position_ms, duration_ms });
        }
    }

    pub(super) fn look(&mut self) {
        self.picture.count_late();
        if self.seeking.is_some_and(|at| at.elapsed() > SEEK_LOST) {
            self.settle();
        }
        if self.refused_at.is_some_and(|at| at.elapsed() > REASON_WAIT) {
            self.fail(Trouble::BrokenMedia, "the pipeline refused to start".into());
        }
        if self.opened && self.playing && self.seeking.is_none() {
            self.tell_position();
        }
        if self.opened {
            self.tell_subtitles();
        }
    }

    fn fail(&mut self, trouble: Trouble, why: String) {
        self.refused_at = None;
        if !self.failed {
            self.failed = true;
            (self.report)(Report::Error(trouble, why));
        }
    }

    pub(super) fn hear_signal(&mut self, signal: Signal) {
        match signal {
            Signal::Programme(programme) => self.tune_in(programme),
            Signal::Broken => {
                self.inband.clear();
                if let Some(chain) = &mut self.air {
                    chain.break_off();
                }
            }
            Signal::Unit { unit, present_ns, decode_ns } => {
                if let Some(chain) = &mut self.air {
                    chain.push(unit, present_ns, decode_ns);
                }
            }
            Signal::Words { pid, present_ns, data } => self.inband.give(TrackId(pid.into()), present_ns, data),
            Signal::Still => {
                if let Some(chain) = &mut self.air {
                    chain.still();
                }
            }
            Signal::Failed(error) => self.fail(Trouble::NoNetwork, format!("the group cannot be joined: {error}")),
        }
    }

    pub(super) fn hear_over(&mut self, trouble: Option<Trouble>) {
        match (trouble, &self.air) {
            (Some(trouble), _) => self.fail(trouble, "the stream broke off".into()),
            // What is in hand is shown.
            (None, Some(chain)) => chain.end(),
            // Left to the other chain, or it could not be built, which is told.
            (None, None) if !self.unbuilt => {}
            (None, None) => self.fail(Trouble::BrokenMedia, "the stream ended before its programme was known".into()),
        }
    }

    fn tune_in(&mut self, programme: Programme) {
        self.offer_subtitles(&programme);
        if let Some(chain) = &self.air {
            if !chain.programme.same_codecs(&programme) {
                self.air = None;
                (self.report)(Report::Changed);
            }
            return;
        }
        if !self.unbuilt || self.failed {
            return;
        }
        if !programme.is_known() {
            self.unbuilt = false;
            (self.report)(Report::Strange);
            return;
        }
        match AirChain::build(&self.pipeline, programme, &self.picture, self.audio) {
            Ok(chain) => {
                let (sounds, chosen) = chain.programme.choice();
                if sounds.len() > 1 {
                    (self.report)(Report::Sounds(sounds, chosen));
                }
                self.streams = Some(chain.has());
                self.air = Some(chain);
                self.unbuilt = false;
                self.apply();
            }
            Err(error) => {
                self.unbuilt = false;
                // Of what no decoder is there for, the bus has told.
                tracing::warn!(%error, "the chain of a programme is not built");
                self.refused_at = Some(Instant::now());
            }
        }
    }

    pub(super) fn hear_feed(&mut self, event: FeedEvent) {
        match event {
            // Before the first picture nothing is gained by waiting.
            FeedEvent::Buffering(true) if !self.opened => {}
            FeedEvent::Buffering(buffering) => self.set_buffering(buffering),
            FeedEvent::Failed(trouble) => self.fail(trouble, "the medium goes no further".into()),
        }
    }

    /// Nothing is heard any more, and the sound device is free, while the rest of the pipeline still runs.
    pub(super) fn fall_silent(&self) {
        for sink in self.pipeline.iterate_sinks().into_iter().flatten() {
            sink.set_locked_state(true);
            if sink.set_state(gst::State::Null).is_err() {
                tracing::warn!(sink = %sink.name(), "the end of a pipeline did not go down");
            }
        }
    }

    fn set_buffering(&mut self, buffering: bool) {
        if buffering == self.buffering {
            return;
        }
        self.buffering = buffering;
        (self.report)(Report::Buffering(buffering));
        self.apply();
    }
}
