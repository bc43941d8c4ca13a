//! Which groups may be joined, and what is fetched ahead of a zap. When that is, the pipeline's first picture says.

use std::net::SocketAddr;

use super::{Worker, address::is_web};
use crate::{
    address::redact,
    guide::lineup::MediaSource,
    player::{engine::build::parse_datagrams, types::Trust},
};

impl Worker {
    /// Neighbours are fetched only once the present picture is there: it goes first on a thin line. A lesson has none,
    /// and those of the channel before it are let go.
    pub(super) fn warm(&self) {
        let Some(current) = &self.current else { return };
        let trust = current.request.trust;
        let sources: Vec<_> =
            current.request.neighbours.iter().filter(|s| is_web(&s.url)).map(|s| (s.clone(), trust)).collect();
        self.access.warm(&sources);
        let (watched, near) = (self.source().into_iter(), &current.request.neighbours);
        self.cast.keep(self.groups(watched.chain(near), trust), true);
    }

    /// Leaves what plays to GStreamer's own chain.
    pub(super) fn find_strange(&mut self) {
        let Some(url) = self.source().map(|s| s.url.clone()) else { return };
        tracing::info!(url = %redact(&url), "it carries more than is read here: GStreamer's own chain plays it");
        match parse_datagrams(&url) {
            Some((at, _)) => drop(self.strange.groups.insert(at)),
            None => drop(self.strange.streams.insert(url)),
        }
    }

    /// The groups among these sources that may be opened, without those that another chain receives.
    pub(super) fn groups<'s>(&self, sources: impl Iterator<Item = &'s MediaSource>, trust: Trust) -> Vec<SocketAddr> {
        if !may_join(trust) {
            return Vec::new();
        }
        sources
            .filter_map(|s| parse_datagrams(&s.url))
            .map(|(at, _)| at)
            .filter(|at| !self.strange.groups.contains(at))
            .collect()
    }
}

/// Only a person or the operator names groups: anything else could make a box join what floods its line.
pub(super) fn may_join(trust: Trust) -> bool {
    matches!(trust, Trust::Person | Trust::Operator)
}
