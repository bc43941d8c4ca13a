//! What the pipeline says on its bus: errors and what they mean, readiness, buffering, tags.

use std::sync::atomic::Ordering;

use gstreamer::{self as gst, prelude::*};

use super::{Report, Work};
use crate::player::{engine::errors, types::Trouble};

impl Work<'_> {
    pub(in crate::player::engine::hand) fn hear(&mut self, message: &gst::Message) {
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

    fn hear_buffering(&mut self, percent: i32) {
        // A source that gives data in real time would be waited for without end.
        if !self.live {
            self.set_buffering(percent < 100);
        }
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
