//! What a hand does with its standing pipeline: obeys the player, hears the bus, looks at the position. Everything
//! here may wait for GStreamer; nobody waits for it.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use gstreamer::{self as gst, prelude::*};

use super::{Op, Report};
use crate::player::{
    captions::Caption,
    cast::{Programme, Signal},
    engine::{
        audio::AudioOut,
        cast::AirChain,
        errors,
        picture::{Curtain, Picture},
    },
    feed::{Feed, FeedEvent},
    subtitles::Cue,
    types::{LiveWindow, MediaKind, Trouble},
};

/// A seek that has not ended by then is taken as lost, and the next one goes through.
const SEEK_LOST: Duration = Duration::from_secs(2);
/// Seeks that follow each other faster than this are a key held down: they go to key frames, which is cheaper.
const SEEK_RUN: Duration = Duration::from_millis(400);
/// Closer to the edge of a live medium than this is at the edge.
const AT_EDGE_MS: u64 = 4_000;
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
    /// The words that were told last.
    pub(super) cues: Vec<Cue>,
    /// Of a group, once it is known what is on air.
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

    fn write(&mut self, caption: Option<&Caption>) {
        if let Some(feed) = &mut self.feed {
            feed.choose_caption(caption);
            let (all, chosen) = feed.captions();
            (self.report)(Report::Captions(all, chosen));
        }
        self.tell_cues();
    }

    /// The words around the present place, where they are others than before.
    fn tell_cues(&mut self) {
        let Some(feed) = self.feed.as_ref().filter(|feed| feed.captions().1.is_some() || !self.cues.is_empty()) else {
            return;
        };
        let going = self.pending.or(self.seeking.map(|_| self.target));
        let Some(place) = going.or_else(|| self.position()) else { return };
        let cues = feed.cues(place);
        if cues != self.cues {
            self.cues.clone_from(&cues);
            (self.report)(Report::Cues(cues));
        }
    }

    /// Seeks to where it stands or is going, so that a new speed or size takes hold.
    fn again(&mut self) {
        let going = self.pending.or(self.seeking.map(|_| self.target));
        if let (true, Some(at)) = (self.can_seek(), going.or_else(|| self.position())) {
            self.want(at);
        }
    }

    fn can_seek(&self) -> bool {
        (self.kind == MediaKind::OnDemand && !self.live) || self.window().is_some()
    }

    fn window(&self) -> Option<LiveWindow> {
        self.feed.as_ref().and_then(Feed::window)
    }

    /// On a live medium: into its window, and whether that leaves the edge.
    fn in_window(&self, to_ms: u64) -> u64 {
        let (Some(feed), Some(window)) = (&self.feed, self.window()) else { return to_ms };
        let to_ms = to_ms.clamp(window.from_ms, window.live_ms);
        feed.set_behind(window.live_ms.saturating_sub(to_ms) > AT_EDGE_MS);
        to_ms
    }

    fn want(&mut self, to_ms: u64) {
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

    fn seek(&mut self, to_ms: u64) {
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

    fn position(&self) -> Option<u64> {
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
            self.tell_cues();
        }
    }

    /// A seek has ended.
    fn settle(&mut self) {
        self.seeking = None;
        match self.pending.take() {
            Some(next) => self.seek(next),
            None => self.tell_position(),
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
                if let Some(chain) = &mut self.air {
                    chain.break_off();
                }
            }
            Signal::Unit { unit, present_ns, decode_ns } => {
                if let Some(chain) = &mut self.air {
                    chain.push(unit, present_ns, decode_ns);
                }
            }
            Signal::Still => {
                if let Some(chain) = &mut self.air {
                    chain.still();
                }
            }
            Signal::Failed(error) => self.fail(Trouble::NoNetwork, format!("the group cannot be joined: {error}")),
        }
    }

    fn tune_in(&mut self, programme: Programme) {
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
                tracing::warn!(%error, "the chain of a group is not built");
                self.refused_at = Some(Instant::now());
            }
        }
    }

    pub(super) fn hear(&mut self, message: &gst::Message) {
        match message.view() {
            gst::MessageView::Error(error) => self.hear_error(error),
            gst::MessageView::Warning(warning) => tracing::debug!(warning = %warning.error(), "from the pipeline"),
            gst::MessageView::Eos(_) => {
                // The last position before the end decides whether it is one.
                self.tell_position();
                (self.report)(Report::Eos);
            }
            gst::MessageView::AsyncDone(_) => self.hear_ready(),
            gst::MessageView::Buffering(buffering) => self.hear_buffering(buffering.percent()),
            gst::MessageView::Latency(_) => {
                let _ = self.pipeline.recalculate_latency();
            }
            gst::MessageView::ClockLost(_) if self.asked == Some(gst::State::Playing) => {
                let _ = self.pipeline.set_state(gst::State::Paused);
                self.asked = None;
                self.apply();
            }
            gst::MessageView::StreamCollection(found) => {
                let streams = found.stream_collection();
                let has = |kind| streams.iter().any(|s| s.stream_type().contains(kind));
                self.streams = Some((has(gst::StreamType::VIDEO), has(gst::StreamType::AUDIO)));
                self.check_worth();
            }
            gst::MessageView::Tag(tag) => self.hear_tags(&tag.tags()),
            gst::MessageView::Element(element) => {
                if let Some(structure) = element.structure()
                    && let Some((trouble, what)) = errors::missing(structure)
                {
                    tracing::warn!(what, "nothing on this machine plays this");
                    self.missing = Some(trouble);
                    if errors::is_video(structure) {
                        self.fail(trouble, format!("no decoder: {what}"));
                    }
                    self.check_worth();
                }
            }
            _ => {}
        }
    }

    /// A page or an archive is one stream of neither kind, after which the pipeline says nothing more.
    fn check_worth(&mut self) {
        if let (Some(trouble), Some((false, false))) = (self.missing, self.streams) {
            self.fail(trouble, "neither picture nor sound".into());
        }
    }

    fn hear_ready(&mut self) {
        if let Some(start) = self.start.take() {
            self.curtain.hidden.store(false, Ordering::Release);
            // What has no length has no place to go to either, whatever the request called it.
            if self.pipeline.query_duration::<gst::ClockTime>().is_some() {
                self.seek(start);
            }
        } else if self.seeking.is_some() {
            self.settle();
        } else if self.opened && !self.playing {
            // A pause that was still on its way may have passed for the end of a seek: this one is the true end.
            self.tell_position();
        }
        if self.streams == Some((false, true)) && self.seeking.is_none() {
            self.open();
        }
        self.apply();
    }

    pub(super) fn hear_feed(&mut self, event: FeedEvent) {
        match event {
            // Before the first picture nothing is gained by waiting.
            FeedEvent::Buffering(true) if !self.opened => {}
            FeedEvent::Buffering(buffering) => self.set_buffering(buffering),
            FeedEvent::Failed(trouble) => self.fail(trouble, "the medium goes no further".into()),
        }
    }

    fn hear_buffering(&mut self, percent: i32) {
        // A source that gives data in real time would be waited for without end.
        if !self.live {
            self.set_buffering(percent < 100);
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

    fn hear_tags(&mut self, tags: &gst::TagList) {
        let before = self.facts.clone();
        if let Some(codec) = tags.get::<gst::tags::VideoCodec>()
            && self.facts.0.is_none()
        {
            self.facts.0 = Some(codec.get().to_owned());
        }
        if let Some(codec) = tags.get::<gst::tags::AudioCodec>()
            && self.facts.1.is_none()
        {
            self.facts.1 = Some(codec.get().to_owned());
        }
        if self.opened && before != self.facts {
            self.tell_facts();
        }
    }

    fn hear_error(&mut self, error: &gst::message::Error) {
        let cause = error.error();
        let details = error.details();
        let class = error
            .src()
            .and_then(|s| s.downcast_ref::<gst::Element>())
            .and_then(gst::Element::factory)
            .and_then(|factory| factory.metadata("klass").map(str::to_owned))
            .unwrap_or_default();
        if class.contains("Sink") && class.contains("Audio") {
            self.audio.give_up();
        }
        let debug = error.debug().map(|d| d.lines().last().unwrap_or_default().to_owned()).unwrap_or_default();
        let trouble = match errors::of(&cause, details, self.missing) {
            // souphttpsrc says no more than this when nobody answers.
            Trouble::BrokenMedia if class.contains("Source") && debug.contains("(-5)") => Trouble::ServerDown,
            // And dashdemux2 no more than this when a live manifest or a segment stays away.
            Trouble::BrokenMedia if debug.contains("update playlist") || debug.contains("ownload") => {
                Trouble::ServerDown
            }
            trouble => trouble,
        };
        self.fail(trouble, format!("{cause} ({debug})"));
    }
}
