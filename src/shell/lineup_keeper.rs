//! Keeps the operator's channels fresh: fetches each of its lists by its own schedule, makes one lineup of them, and tells
//! it to core, guide, search and cache. What a server that is away has published stays.

use std::{
    sync::{Arc, Mutex, PoisonError, mpsc},
    time::Duration,
};

use tokio::time::Instant;

use super::inbox::Inbox;
use crate::{
    app::What,
    guide::{
        cache::LineupCache,
        formats::LineupRead,
        import::fetch_list,
        lineup::{Lineup, Warning},
        lists::Lists,
        service::{GuideCommand, GuideService, GuideSource},
    },
    net::{self, Location},
    operator::config::Operator,
    player::gate::Gate,
    search::worker::Order,
};

/// Lists that are fetched together ask for the same guides once. Far below the time between two looks at one list.
const GUIDES_AGAIN: Duration = Duration::from_secs(10 * 60);
/// Warnings about one list that go to the log.
const LOGGED_WARNINGS: usize = 20;

pub struct Parts<'a> {
    pub operator: &'a Operator,
    pub http: reqwest::Client,
    pub gate: Gate,
    pub inbox: Inbox,
    pub search: mpsc::Sender<Order>,
    pub guide: Option<Arc<GuideService>>,
    pub cache: LineupCache,
    /// What core and guide were told at the start.
    pub cached: Option<Lineup>,
}

pub struct LineupKeeper {
    locations: Vec<Location>,
    /// All of them, as the cache names where its lineup came from.
    sources: String,
    /// What comes from a server may name files of this machine, for the configuration lets it.
    local_addresses: bool,
    guides: Vec<GuideSource>,
    zone_offset_minutes: Option<i32>,
    http: reqwest::Client,
    gate: Gate,
    inbox: Inbox,
    search: mpsc::Sender<Order>,
    guide: Option<Arc<GuideService>>,
    cache: LineupCache,
    /// Held while a new form of a list becomes what is shown, so that two lists do so one after the other.
    lists: Arc<tokio::sync::Mutex<Lists>>,
    /// What core and guide have: most fetches bring the same again.
    told: Mutex<Option<Lineup>>,
    imported: Mutex<Option<(Instant, Vec<GuideSource>)>>,
}

impl LineupKeeper {
    pub fn new(parts: Parts<'_>) -> Self {
        let Parts { operator, http, gate, inbox, search, guide, cache, cached } = parts;
        let lists = Lists::new(cache.folder(), operator.lineups.iter().map(Location::to_string).collect());
        let default = operator.guide_offset_minutes;
        let guides = operator.guides.iter().map(|guide| GuideSource {
            url: guide.location.to_string(),
            zone_offset_minutes: guide.offset_minutes.or(default),
        });
        Self {
            locations: operator.lineups.clone(),
            sources: operator.lineup_sources(),
            local_addresses: operator.local_addresses,
            guides: guides.collect(),
            zone_offset_minutes: default,
            http,
            gate,
            inbox,
            search,
            guide,
            cache,
            lists: Arc::new(tokio::sync::Mutex::new(lists)),
            told: Mutex::new(cached),
            imported: Mutex::default(),
        }
    }

    /// Fetches one list; whether that went well.
    pub async fn refresh(&self, place: usize) -> bool {
        let Some(location) = self.locations.get(place) else { return true };
        let fetched = fetch_list(&self.http, &location.to_string(), self.local_addresses).await;
        let mut lists = self.lists.clone().lock_owned().await;
        let (list, went_well) = match fetched {
            Ok(mut read) => {
                log(&read.warnings);
                let from_network = matches!(location, Location::Http(_));
                read.list.guides.retain(|guide| !from_network || self.gate.may_open(guide));
                (Some(read.list), true)
            }
            Err(e) => {
                tracing::warn!("lineup: {}", net::told(&e));
                (None, false)
            }
        };
        let nothing_shown = self.told.lock().unwrap_or_else(PoisonError::into_inner).is_none();
        let merging = tokio::task::spawn_blocking(move || {
            let read = match list {
                Some(list) => Some(lists.put(place, list)),
                None if nothing_shown => lists.held(),
                None => None,
            };
            if let Some(read) = &read {
                read.lineup.channels.prepare();
            }
            (read, lists)
        });
        match merging.await {
            Ok((Some(read), lists)) => {
                self.keep(read).await;
                drop(lists);
            }
            Ok((None, _)) => self.inbox.say(What::LineupFailed),
            Err(e) => tracing::error!("lineup: {e}"),
        }
        went_well
    }

    async fn keep(&self, mut read: LineupRead) {
        let changed = self.is_news(&mut read.lineup);
        if changed {
            // Before the core hears of it, so that what it asks next is answered over the new one.
            let _ = self.search.send(Order::Lineup(read.lineup.clone()));
            self.inbox.say(What::Lineup(read.lineup.clone()));
        }
        if let Some(guide) = &self.guide {
            if changed {
                guide.send(GuideCommand::SetLineup(Arc::new(read.lineup.clone())));
            }
            guide.send(GuideCommand::SetShifts(Arc::new(read.shifts.clone())));
            let guides = self.guides_with(&read.lineup);
            if self.is_due(&guides) {
                guide.send(GuideCommand::ImportFrom(guides));
            }
        }
        log(&read.warnings);
        let (cache, sources) = (self.cache.clone(), self.sources.clone());
        let saved = tokio::task::spawn_blocking(move || cache.save(&sources, &read)).await;
        if let Ok(Err(e)) = saved {
            tracing::warn!("lineup: not kept for the next start: {e}");
        }
    }

    /// The configured guides, the most trusted first, then those that the lists name.
    fn guides_with(&self, lineup: &Lineup) -> Vec<GuideSource> {
        let named = lineup.guides.iter().filter(|url| self.guides.iter().all(|guide| guide.url != **url));
        let named = named.map(|url| GuideSource { url: url.clone(), zone_offset_minutes: self.zone_offset_minutes });
        self.guides.iter().cloned().chain(named).collect()
    }

    /// Several lists that are fetched about the same time ask for the guides once.
    fn is_due(&self, guides: &[GuideSource]) -> bool {
        let mut imported = self.imported.lock().unwrap_or_else(PoisonError::into_inner);
        let again = imported.as_ref().is_some_and(|(at, known)| at.elapsed() < GUIDES_AGAIN && known == guides);
        if again && self.locations.len() > 1 {
            return false;
        }
        *imported = Some((Instant::now(), guides.to_vec()));
        true
    }

    /// Whether it is another lineup than the one that is known. One that is the same is let go of at once: two lists of
    /// 212,000 channels would stand in memory side by side, and stay there as holes.
    fn is_news(&self, lineup: &mut Lineup) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        match &*told {
            Some(known) if known == lineup => {
                *lineup = known.clone();
                false
            }
            _ => {
                *told = Some(lineup.clone());
                true
            }
        }
    }
}

fn log(warnings: &[Warning]) {
    for warning in warnings.iter().take(LOGGED_WARNINGS) {
        tracing::warn!("lineup: {}:{}: {}", warning.source, warning.line.unwrap_or(0), warning.what);
    }
}

#[cfg(test)]
#[path = "lineup_keeper_tests.rs"]
mod tests;
