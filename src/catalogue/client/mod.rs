//! Fetches a catalogue and keeps the last good one. `cached` answers at once and without a network; `refresh` asks for
//! what has changed. A file that cannot be had or read never takes away what its earlier copy showed, and a catalogue
//! that loses more than half of itself is believed only after it was seen again twice.

mod cache;
mod fetch;
mod quick;
#[cfg(test)]
pub(in crate::catalogue) mod tests;

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use url::Url;

use self::{
    cache::{Cache, Entry, Manifest, Quick},
    fetch::{Body, Slot},
};
use super::{
    feed::{FeedDefaults, looks_like_xml},
    format::{self, FormatError, Index, PLAIN_LESSONS, Reading, fault::Faults},
    types::Catalogue,
};
use crate::{address::redact, net::FetchError};

/// How often a catalogue shrunk by more than half must be seen again before it is used. A half-finished upload on the
/// operator's server is gone by then; a catalogue that really shrank arrives two refreshes late.
const SHRINK_CONFIRMATIONS: u8 = 2;

/// What a refresh found.
#[derive(Debug)]
pub enum Refresh {
    /// What was given last (by `cached` or `Changed`) is still right.
    Unchanged,
    Changed {
        catalogue: Catalogue,
        faults: Faults,
    },
    /// The published catalogue has shrunk by more than half; what was given last stays.
    HeldBack {
        courses_found: usize,
        courses_kept: usize,
        confirmations_left: u8,
    },
}

#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error(transparent)]
    Format(#[from] FormatError),
    #[error("{index}: none of its {shards} files of courses could be read; the first reason: {first}")]
    NoShard { index: String, shards: usize, first: String },
    #[error("{0}: leads to an address that a catalogue may not have: {1}")]
    Address(String, String),
    #[error("the work was given up: {0}")]
    Abandoned(String),
}

/// One operator's catalogue.
#[derive(Debug)]
pub struct CatalogueClient {
    http: reqwest::Client,
    cache: Cache,
    index_url: Url,
    feeds: FeedDefaults,
    /// Whether whoever asks already holds a catalogue from here.
    given: AtomicBool,
    /// Two refreshes at once would write the same files.
    busy: tokio::sync::Mutex<()>,
}

impl CatalogueClient {
    /// `cache_dir` belongs to this client alone.
    pub fn new(http: reqwest::Client, cache_dir: PathBuf, index_url: Url) -> Self {
        Self {
            http,
            cache: Cache::new(cache_dir),
            index_url,
            feeds: FeedDefaults::default(),
            given: AtomicBool::new(false),
            busy: tokio::sync::Mutex::new(()),
        }
    }

    /// What courses are where the address turns out to be a feed that does not say.
    pub fn with_feed_defaults(self, feeds: FeedDefaults) -> Self {
        Self { feeds, ..self }
    }

    /// The last good catalogue, from disk. A damaged or foreign cache counts as none. Reads files: not for the thread
    /// that draws.
    pub fn cached(&self) -> Option<Catalogue> {
        let manifest = self.cache.manifest(&self.index_url)?;
        let quick = manifest.quick.as_ref().and_then(|quick| quick::read(&self.cache.read_quick(quick)?));
        let catalogue = match quick {
            Some(catalogue) => catalogue,
            None => read_kept(&self.cache, &manifest, self.feeds)?.catalogue,
        };
        catalogue.courses.prepare();
        self.given.store(true, Ordering::Relaxed);
        Some(catalogue)
    }

    /// Asks for what has changed. One answer of 304 for each file when nothing has.
    pub async fn refresh(&self) -> Result<Refresh, CatalogueError> {
        let _one_at_a_time = self.busy.lock().await;
        let old = self.whole_manifest().await?;
        let generation = old.as_ref().map_or(1, |m| m.generation.wrapping_add(1));
        let index = self.fetch_index(old.as_ref(), generation).await?;
        let mut faults = Faults::default();
        let published = self.parse(&index, &mut faults).await?;
        let slots = match &published {
            Published::Index(parsed) => self.fetch_shards(parsed, old.as_ref(), generation, &mut faults).await?,
            Published::Feed { .. } => Vec::new(),
        };

        let given = self.given.load(Ordering::Relaxed);
        if let Some(old) = old.as_ref().filter(|old| given && is_same(old, &index, &slots)) {
            let mut manifest = Manifest { index: index.entry, shards: entries(&slots), ..old.clone() };
            manifest.shrunk_seen = 0;
            if manifest != *old {
                self.commit(manifest).await;
            }
            return Ok(Refresh::Unchanged);
        }
        let assembled = self.assemble(published, slots, faults).await?;
        if let Some(old) = old.as_ref().filter(|old| given && index.entry.same_content(&old.index)) {
            // New content that was broken as a whole, and gave way to the earlier copies.
            if assembled.used.iter().map(|b| &b.entry).eq(&old.shards) {
                for fault in &assembled.reading.faults.list {
                    tracing::warn!(%fault, "catalogue");
                }
                return Ok(Refresh::Unchanged);
            }
        }
        self.decide(old, index, assembled, generation).await
    }

    /// The manifest of the cache, if all that it names is there: only then may the server answer "unchanged".
    async fn whole_manifest(&self) -> Result<Option<Manifest>, CatalogueError> {
        let (cache, url) = (self.cache.clone(), self.index_url.clone());
        blocking(move || cache.manifest(&url).filter(|m| cache.is_whole(m))).await
    }

    async fn parse(&self, index: &Body, faults: &mut Faults) -> Result<Published, CatalogueError> {
        let bytes = fetch::content(&self.cache, index).await?;
        let base = fetch::base(&index.entry)?;
        if looks_like_xml(&bytes) {
            return Ok(Published::Feed { bytes, base });
        }
        Ok(Published::Index(format::read_index(&redact(&index.entry.url), &bytes, &base, faults)?))
    }

    /// Reads all shards in order. A shard that is broken as a whole gives way to its earlier copy.
    async fn assemble(
        &self,
        published: Published,
        slots: Vec<Slot>,
        faults: Faults,
    ) -> Result<Assembled, CatalogueError> {
        let cache = self.cache.clone();
        let index_url = redact(self.index_url.as_str());
        let feeds = self.feeds;
        blocking(move || {
            let index = match published {
                Published::Index(index) => index,
                Published::Feed { bytes, base } => {
                    let mut reading = Reading::new(None, faults);
                    reading.feed(&index_url, &bytes, &base, feeds)?;
                    reading.catalogue.courses.prepare();
                    return Ok(Assembled { reading, used: Vec::new() });
                }
            };
            let shards = index.shards.len();
            let mut reading = Reading::of_index(index, faults);
            let (mut used, mut first) = (Vec::new(), None);
            for slot in slots {
                let mut candidates = slot.fresh.into_iter().chain(slot.kept.map(Body::kept));
                let good = candidates.find(|body| match read_shard(&cache, body, &mut reading) {
                    Ok(()) => true,
                    Err(reason) => {
                        reading.faults.error(&redact(&body.entry.url), &"", &reason);
                        first.get_or_insert(reason);
                        false
                    }
                });
                used.extend(good);
            }
            if used.is_empty() && shards > 0 {
                let named = reading.faults.list.iter().find(|f| f.path.is_empty()).map(|f| f.what.clone());
                let first = first.or(named).unwrap_or_else(|| "no reason is known".into());
                return Err(CatalogueError::NoShard { index: index_url, shards, first });
            }
            reading.catalogue.courses.prepare();
            Ok(Assembled { reading, used })
        })
        .await?
    }

    /// Takes the assembled catalogue, or holds it back when it has lost too much.
    async fn decide(
        &self,
        old: Option<Manifest>,
        index: Body,
        assembled: Assembled,
        generation: u32,
    ) -> Result<Refresh, CatalogueError> {
        let Assembled { reading, used } = assembled;
        let courses = reading.catalogue.courses.len();
        let lessons = reading.catalogue.courses.iter().map(|c| c.lessons.len() + c.live.len()).sum();
        let shrunk = |old: &Manifest| courses < old.courses.div_ceil(2) || lessons < old.lessons.div_ceil(2);
        if let Some(old) = old.filter(|old| shrunk(old) && old.shrunk_seen < SHRINK_CONFIRMATIONS) {
            let confirmations_left = SHRINK_CONFIRMATIONS - old.shrunk_seen;
            let courses_kept = old.courses;
            self.commit(Manifest { shrunk_seen: old.shrunk_seen + 1, ..old }).await;
            tracing::warn!(
                url = redact(self.index_url.as_str()),
                courses,
                courses_kept,
                "the catalogue shrank by more than half: held back"
            );
            return Ok(Refresh::HeldBack { courses_found: courses, courses_kept, confirmations_left });
        }
        // What could not be written is fetched again next time: a manifest must never name a missing file.
        if index.is_on_disk() && used.iter().all(Body::is_on_disk) {
            let shards = used.into_iter().map(|body| body.entry).collect();
            let quick = self.write_quick(&reading.catalogue, lessons, generation).await?;
            let manifest = Manifest::new(&self.index_url, generation, index.entry, shards);
            self.commit(Manifest { courses, lessons, quick, ..manifest }).await;
        }
        self.given.store(true, Ordering::Relaxed);
        Ok(Refresh::Changed { catalogue: reading.catalogue, faults: reading.faults })
    }

    /// A small catalogue is read from its published files quickly enough.
    async fn write_quick(
        &self,
        catalogue: &Catalogue,
        lessons: usize,
        generation: u32,
    ) -> Result<Option<Quick>, CatalogueError> {
        if lessons <= PLAIN_LESSONS {
            return Ok(None);
        }
        let (cache, catalogue) = (self.cache.clone(), catalogue.clone());
        blocking(move || cache.write_quick(generation, &quick::write(&catalogue)?)).await
    }

    /// A cache that cannot be written costs speed at the next start and nothing else.
    async fn commit(&self, manifest: Manifest) {
        let cache = self.cache.clone();
        let done = blocking(move || cache.commit(&manifest)).await;
        if let Ok(Err(error)) = done {
            tracing::warn!(%error, "the catalogue cache cannot be written");
        }
    }
}

/// What the configured address turned out to be.
enum Published {
    Index(Index),
    Feed { bytes: Vec<u8>, base: Url },
}

struct Assembled {
    reading: Reading,
    used: Vec<Body>,
}

fn read_shard(cache: &Cache, body: &Body, reading: &mut Reading) -> Result<(), String> {
    let bytes = body.read(cache).ok_or("the copy on disk is damaged")?;
    let base = fetch::base(&body.entry).map_err(|e| e.to_string())?;
    reading.shard(&redact(&body.entry.url), &bytes, &base).map_err(|e| e.reason())?;
    Ok(())
}

/// Everything out of the cache, or nothing: half a catalogue would look like a loss.
fn read_kept(cache: &Cache, manifest: &Manifest, feeds: FeedDefaults) -> Option<Reading> {
    let mut faults = Faults::default();
    let index_bytes = cache.read(&manifest.index)?;
    let base = fetch::base(&manifest.index).ok()?;
    if looks_like_xml(&index_bytes) {
        let mut reading = Reading::new(None, faults);
        reading.feed(&redact(&manifest.index.url), &index_bytes, &base, feeds).ok()?;
        return Some(reading);
    }
    let index = format::read_index(&redact(&manifest.index.url), &index_bytes, &base, &mut faults).ok()?;
    let mut reading = Reading::of_index(index, faults);
    for entry in &manifest.shards {
        read_shard(cache, &Body::kept(entry.clone()), &mut reading).ok()?;
    }
    Some(reading)
}

/// Whether the published files are, one for one, those of the manifest.
fn is_same(old: &Manifest, index: &Body, slots: &[Slot]) -> bool {
    let kept: Vec<_> = slots.iter().filter_map(|slot| slot.kept.as_ref()).collect();
    index.entry.same_content(&old.index)
        && slots.iter().all(|slot| slot.fresh.is_none())
        && kept.len() == old.shards.len()
        && kept.iter().zip(&old.shards).all(|(a, b)| a.url == b.url && a.same_content(b))
}

fn entries(slots: &[Slot]) -> Vec<Entry> {
    slots.iter().filter_map(|slot| slot.kept.clone()).collect()
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, CatalogueError> {
    tokio::task::spawn_blocking(work).await.map_err(|e| CatalogueError::Abandoned(e.to_string()))
}

/// Bytes shared between the reader and the writer of a fetched file.
type Shared = Arc<[u8]>;
