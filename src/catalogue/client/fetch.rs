//! Asking for the files of a catalogue, each with what is known of its last copy, and putting new content on disk.
//! Which of them make up a catalogue is decided in the parent.

use std::time::Duration;

use futures_util::StreamExt;
use reqwest::{StatusCode, header};
use url::Url;

use super::{
    CatalogueClient, CatalogueError, Shared, blocking,
    cache::{self, Cache, Entry, Manifest, TOTAL_MAX_BYTES},
};
use crate::{
    address::redact,
    catalogue::format::{Index, SHARD_MAX_BYTES, address, fault::Faults},
    files::checksum,
    net::{self, FetchError},
};

/// The largest shard at 1 Mbit/s; slower than that, the earlier copy serves for today.
const FILE_DEADLINE: Duration = Duration::from_secs(70);
/// Files asked for at once: enough to hide the round trips, too few to trouble a small server.
const AT_ONCE: usize = 4;
/// A validator longer than this is not worth keeping.
const VALIDATOR_MAX_BYTES: usize = 512;

/// A file of the catalogue: what is known of it, and its content where that is not on disk.
#[derive(Debug)]
pub(super) struct Body {
    pub entry: Entry,
    memory: Option<Shared>,
}

impl Body {
    pub(super) fn kept(entry: Entry) -> Self {
        Self { entry, memory: None }
    }

    pub(super) fn is_on_disk(&self) -> bool {
        self.memory.is_none()
    }

    pub(super) fn read(&self, cache: &Cache) -> Option<Vec<u8>> {
        match &self.memory {
            Some(bytes) => Some(bytes.to_vec()),
            None => cache.read(&self.entry),
        }
    }
}

/// One shard: new content, and the copy that was there before.
#[derive(Debug, Default)]
pub(super) struct Slot {
    pub fresh: Option<Body>,
    pub kept: Option<Entry>,
}

enum Answer {
    NotModified,
    Content { bytes: Vec<u8>, entry: Entry },
}

pub(super) fn base(entry: &Entry) -> Result<Url, CatalogueError> {
    Url::parse(&entry.base).map_err(|e| CatalogueError::Address(redact(&entry.base), e.to_string()))
}

pub(super) async fn content(cache: &Cache, body: &Body) -> Result<Vec<u8>, CatalogueError> {
    if let Some(bytes) = &body.memory {
        return Ok(bytes.to_vec());
    }
    let (cache, entry) = (cache.clone(), body.entry.clone());
    let name = redact(&entry.url);
    blocking(move || cache.read(&entry))
        .await?
        .ok_or_else(|| CatalogueError::Abandoned(format!("the copy of {name} on disk vanished meanwhile")))
}

impl CatalogueClient {
    /// A feed has all courses in this one file; how large an index may be is known when it is read.
    pub(super) async fn fetch_index(&self, old: Option<&Manifest>, generation: u32) -> Result<Body, CatalogueError> {
        let known = old.map(|m| &m.index);
        match (self.ask(&self.index_url, known, SHARD_MAX_BYTES).await?, known) {
            (Answer::NotModified, Some(known)) => Ok(Body::kept(known.clone())),
            (Answer::Content { bytes, entry }, Some(known)) if entry.same_content(known) => {
                drop(bytes);
                Ok(Body::kept(Entry { file: known.file.clone(), ..entry }))
            }
            (Answer::Content { bytes, entry }, _) => self.put(bytes, entry, generation, 0).await,
            // `ask` lets "not modified" pass only where something was known.
            (Answer::NotModified, None) => Err(unasked_304(&self.index_url).into()),
        }
    }

    /// All shards in the index's order. One that cannot be had is reported, and its earlier copy stands in.
    pub(super) async fn fetch_shards(
        &self,
        index: &Index,
        old: Option<&Manifest>,
        generation: u32,
        faults: &mut Faults,
    ) -> Result<Vec<Slot>, CatalogueError> {
        // Owned values, since a closure over borrowed ones cannot be sent to another thread as a future.
        let jobs = index.shards.clone().into_iter().map(|url| {
            let known = old.and_then(|m| m.shard(&url)).cloned();
            async move {
                let answer = self.ask(&url, known.as_ref(), SHARD_MAX_BYTES).await;
                (url, known, answer)
            }
        });
        let mut answers = futures_util::stream::iter(jobs).buffered(AT_ONCE);
        let mut slots = Vec::with_capacity(index.shards.len());
        let mut total: u64 = 0;
        while let Some((url, known, answer)) = answers.next().await {
            let number = slots.len() + 1;
            let kept = known.clone();
            let slot = match answer {
                Ok(Answer::NotModified) => Slot { fresh: None, kept },
                Ok(Answer::Content { bytes, entry }) => match kept.filter(|known| entry.same_content(known)) {
                    Some(known) => Slot { fresh: None, kept: Some(Entry { file: known.file, ..entry }) },
                    None => Slot { fresh: Some(self.put(bytes, entry, generation, number).await?), kept: known },
                },
                Err(error) => {
                    let then = if kept.is_some() { "; its earlier copy is used" } else { "" };
                    faults.error(
                        &redact(url.as_str()),
                        &"",
                        format!("could not be fetched: {}{then}", net::told(&error)),
                    );
                    Slot { fresh: None, kept }
                }
            };
            let size = slot.fresh.as_ref().map(|b| b.entry.bytes).or(slot.kept.as_ref().map(|e| e.bytes));
            total = total.saturating_add(size.unwrap_or(0));
            if total > TOTAL_MAX_BYTES {
                faults.error(
                    &redact(url.as_str()),
                    &"",
                    format!("the catalogue is larger than {TOTAL_MAX_BYTES} bytes; the rest is left out"),
                );
                break;
            }
            slots.push(slot);
        }
        Ok(slots)
    }

    /// One conditional request.
    async fn ask(&self, url: &Url, known: Option<&Entry>, limit: u64) -> Result<Answer, CatalogueError> {
        let mut request = self.http.get(url.clone()).timeout(FILE_DEADLINE);
        if let Some(etag) = known.and_then(|k| k.etag.as_ref()) {
            request = request.header(header::IF_NONE_MATCH, etag);
        }
        if let Some(since) = known.and_then(|k| k.last_modified.as_ref()) {
            request = request.header(header::IF_MODIFIED_SINCE, since);
        }
        let response = request.send().await.map_err(|source| FetchError::http(url.as_str(), source))?;
        let conditional = known.is_some_and(|k| k.etag.is_some() || k.last_modified.is_some());
        match response.status() {
            StatusCode::NOT_MODIFIED if conditional => return Ok(Answer::NotModified),
            status if status.is_success() => {}
            status => return Err(FetchError::status(url.as_str(), status).into()),
        }
        let came_from = response.url().clone();
        if came_from != *url {
            // Held against the configured index: a redirect leads to no place that a catalogue could not name.
            address::resolve_shard(came_from.as_str(), &self.index_url)
                .map_err(|why| CatalogueError::Address(redact(url.as_str()), why))?;
        }
        let validator = |name| {
            let value = response.headers().get(name).and_then(|v| v.to_str().ok());
            value.filter(|v| v.len() <= VALIDATOR_MAX_BYTES).map(str::to_owned)
        };
        let (etag, last_modified) = (validator(header::ETAG), validator(header::LAST_MODIFIED));
        let bytes = net::body(response, limit).await?;
        let entry = Entry {
            url: url.to_string(),
            base: came_from.to_string(),
            file: String::new(),
            bytes: bytes.len() as u64,
            crc: checksum(&bytes),
            etag,
            last_modified,
        };
        Ok(Answer::Content { bytes, entry })
    }

    /// Puts new content on disk at once, so that memory holds one file at a time. Where the disk refuses, memory serves.
    async fn put(&self, bytes: Vec<u8>, entry: Entry, generation: u32, number: usize) -> Result<Body, CatalogueError> {
        let cache = self.cache.clone();
        let file = cache::content_name(generation, number);
        let entry = Entry { file: file.clone(), ..entry };
        let (written, bytes) = blocking(move || (cache.write(&file, &bytes), bytes)).await?;
        let memory = written.err().map(|error| {
            tracing::warn!(%error, "the catalogue cache cannot be written");
            Shared::from(bytes)
        });
        Ok(Body { entry, memory })
    }
}

fn unasked_304(url: &Url) -> FetchError {
    FetchError::status(url.as_str(), StatusCode::NOT_MODIFIED)
}
