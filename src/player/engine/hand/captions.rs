//! Subtitles of a standing pipeline: which there are, which of them are read, and what of them stands at the present
//! place. Told four times a second, and only where it changed.

use std::sync::Arc;

use super::{Report, work::Work};
use crate::{
    player::{
        captions::Caption,
        cast::Programme,
        demux::TrackId,
        inband::{Inside, Scene},
        subtitles::Cue,
    },
    time::ns,
};

/// What was told last.
#[derive(Default)]
pub(super) struct Told {
    captions: (Vec<Caption>, Option<usize>),
    cues: Vec<Cue>,
    scene: Option<Arc<Scene>>,
    /// For which place of the picture, and which part of it.
    place: Option<((u32, u32), Inside)>,
}

impl Work<'_> {
    /// Other subtitles from now on, or none.
    pub(super) fn write(&mut self, caption: Option<&Caption>) {
        match &mut self.feed {
            Some(feed) => feed.choose_caption(caption),
            None => self.inband.choose(caption),
        }
        // Said even where it is what it was: whoever asked waits for it.
        let (all, chosen) = self.captions();
        (self.report)(Report::Captions(all, chosen));
        self.tell_subtitles();
    }

    fn captions(&self) -> (Vec<Caption>, Option<usize>) {
        match &self.feed {
            Some(feed) => feed.captions(),
            None => (self.inband.all().collect(), self.inband.chosen()),
        }
    }

    /// What a group or stream says that it carries.
    pub(super) fn offer_subtitles(&mut self, programme: &Programme) {
        let streams = programme.written.iter().map(|(pid, services)| (TrackId((*pid).into()), services.as_slice()));
        self.inband.offer(streams);
        self.tell_captions();
    }

    /// Which there are, and which are read.
    pub(super) fn tell_captions(&mut self) {
        let captions = self.captions();
        if captions != self.told.captions {
            self.told.captions.clone_from(&captions);
            (self.report)(Report::Captions(captions.0, captions.1));
        }
    }

    /// Whatever is other than it was told.
    pub(super) fn tell_subtitles(&mut self) {
        self.tell_captions();
        let offers_none = self.told.captions.0.is_empty();
        if offers_none && self.told.cues.is_empty() && self.told.scene.is_none() {
            return;
        }
        let Some(place_ms) = self.going().or_else(|| self.position()) else { return };
        if let Some(feed) = &self.feed {
            let cues = feed.cues(place_ms);
            if cues != self.told.cues {
                self.told.cues.clone_from(&cues);
                (self.report)(Report::Cues(cues));
            }
        }
        let scene = match &self.feed {
            Some(feed) => feed.scene(place_ms),
            None => self.inband.at(ns(place_ms)),
        };
        let place = self.picture.inside();
        let is_same = match (&scene, &self.told.scene) {
            (Some(now), Some(before)) => Arc::ptr_eq(now, before) && place == self.told.place,
            (None, None) => true,
            _ => false,
        };
        if !is_same {
            let plate = scene.as_ref().zip(place).and_then(|(scene, (place, inside))| scene.plate(place, inside));
            (self.told.scene, self.told.place) = (scene, place);
            (self.report)(Report::Plate(plate));
        }
    }
}
