//! What is asked of a server, how patiently, and what its first answer is: a range taken at its word or cut out here,
//! limits held, the first bytes judged. What flows afterwards is `transfer`.

use std::{sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream::BoxStream};
use reqwest::{
    StatusCode,
    header::{ACCEPT_RANGES, CONTENT_RANGE, CONTENT_TYPE, ETAG},
};
use tokio::time::{Instant, timeout};

use super::{
    Inner,
    fetch::{Fault, fault_of_error},
    policy::{GatePolicy, KEY_BYTES, SEGMENT_BYTES, SNIFF_BYTES},
    probe,
    rules::Place,
    session::Session,
    sniff::{self, Content},
    token::Role,
    transfer::{Opening, Transfer},
};
use crate::player::types::Trouble;

/// What is asked for, and how patiently.
#[derive(Clone)]
pub struct Wanted {
    pub inner: Arc<Inner>,
    pub session: Arc<Session>,
    pub place: Place,
    /// None for the medium itself, whose content is not known beforehand.
    pub role: Option<Role>,
    pub patience: Patience,
    pub range: Option<ByteRange>,
}

/// How long failing tries are repeated.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// While the server answers, but not with the piece.
    answered: Duration,
    /// While nothing answers.
    silent: Duration,
    /// Silence longer than this counts as nothing.
    pub first_byte: Duration,
}

impl Patience {
    /// One try.
    pub fn none(policy: &GatePolicy) -> Self {
        Self { answered: Duration::ZERO, silent: Duration::ZERO, first_byte: policy.first_byte }
    }

    pub fn on_demand(policy: &GatePolicy) -> Self {
        let retry = policy.on_demand_retry;
        Self { answered: retry, silent: retry, first_byte: policy.first_byte }
    }

    pub fn live(policy: &GatePolicy) -> Self {
        Self {
            answered: policy.live_missing_retry,
            silent: policy.live_segment_retry,
            first_byte: policy.live_first_byte,
        }
    }

    fn after(self, trouble: Trouble) -> Duration {
        match trouble {
            Trouble::NotFound | Trouble::Forbidden | Trouble::ServerError | Trouble::BrokenMedia => self.answered,
            _ => self.silent,
        }
    }
}

/// `bytes=start-end`, as far as it can be taken up again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteRange {
    pub start: u64,
    /// Inclusive.
    pub end: Option<u64>,
}

impl ByteRange {
    pub fn parse(text: &str) -> Option<Self> {
        let (start, end) = text.trim().strip_prefix("bytes=")?.split_once('-')?;
        let start = start.trim().parse().ok()?;
        let end = match end.trim() {
            "" => None,
            text => Some(text.parse().ok()?),
        };
        (end.is_none_or(|e| e >= start)).then_some(Self { start, end })
    }

    pub fn header(self) -> String {
        match self.end {
            Some(end) => format!("bytes={}-{end}", self.start),
            None => format!("bytes={}-", self.start),
        }
    }
}

impl Wanted {
    /// Tries until something usable comes, within this one's patience.
    pub async fn open(self) -> Result<Transfer, Fault> {
        let began = Instant::now();
        let mut tries = 0;
        loop {
            let fault = match self.try_once(tries > 0).await {
                Ok(transfer) => return Ok(transfer),
                Err(fault) => fault,
            };
            self.session.note(fault.trouble);
            let Some(wait) = self.wait_before_next(&fault, tries, began.elapsed()) else { return Err(fault) };
            probe::pause(&self.inner, &self.place, &fault, wait).await;
            tries += 1;
        }
    }

    pub fn wait_before_next(&self, fault: &Fault, tries: usize, spent: Duration) -> Option<Duration> {
        if !fault.retry {
            return None;
        }
        self.inner.policy.next_wait(tries, fault.after, spent, self.patience.after(fault.trouble))
    }

    async fn try_once(&self, again: bool) -> Result<Transfer, Fault> {
        let policy = &self.inner.policy;
        self.session.asked(again);
        let headers = self.session.headers_for(&self.place);
        let range = self.range.map(ByteRange::header);
        let got = self.inner.fetcher.get(&self.place, &headers, range.as_deref(), self.patience.first_byte).await?;
        let response = got.response;
        let header = |name| response.headers().get(name).cloned();
        let mut status = response.status();
        let (content_type, etag) = (header(CONTENT_TYPE), header(ETAG));
        let declared = content_type.as_ref().and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        let spread = header(CONTENT_RANGE).as_ref().and_then(|v| v.to_str().ok()).and_then(content_range);
        let length = response.content_length();
        let accepts_ranges =
            header(ACCEPT_RANGES).is_some_and(|v| v == "bytes") || status == StatusCode::PARTIAL_CONTENT;

        let (mut position, mut end, mut skip) = (0, length, 0);
        let mut total = length;
        if status == StatusCode::PARTIAL_CONTENT {
            let Some((first, last, all)) = spread else { return Err(Fault::passing(Trouble::BrokenMedia)) };
            if first != self.range.map_or(0, |r| r.start) || last < first {
                return Err(Fault::passing(Trouble::BrokenMedia));
            }
            (position, end, total) = (first, Some(last + 1), all);
        } else if let (StatusCode::OK, Some(range), Some(_)) = (status, self.range, self.role) {
            // A server without ranges: the piece is cut out here, for a demuxer takes 200 as the whole.
            end = range.end.map(|e| e + 1).or(length);
            if end.is_none() || length.is_some_and(|l| end.is_some_and(|e| e > l)) {
                return Err(Fault::lasting(Trouble::BrokenMedia));
            }
            (position, skip, status) = (range.start, range.start, StatusCode::PARTIAL_CONTENT);
        }
        let limit = match self.role {
            Some(Role::Key) => KEY_BYTES,
            Some(_) => SEGMENT_BYTES,
            None => u64::MAX,
        };
        if end.is_some_and(|e| e.saturating_sub(position) > limit) {
            // What is far too long for a key is a page for people.
            let fault = if self.role == Some(Role::Key) {
                Fault::passing(Trouble::BrokenMedia)
            } else {
                Fault::lasting(Trouble::TooBig)
            };
            return Err(fault);
        }

        let mut body = response.bytes_stream().boxed();
        let head = match timeout(policy.rate_window, read_head(&mut body)).await {
            Ok(head) => head?,
            Err(_) => return Err(Fault::passing(Trouble::TooSlow)),
        };
        let content = if position > 0 && skip == 0 { Content::Media } else { sniff::judge(&head, &declared) };
        match self.role {
            _ if status == StatusCode::RANGE_NOT_SATISFIABLE => {}
            Some(role) if !sniff::fits(content, role) => return Err(Fault::passing(Trouble::BrokenMedia)),
            None if matches!(content, Content::Page | Content::Empty) => {
                return Err(Fault::passing(Trouble::BrokenMedia));
            }
            _ => {}
        }
        Ok(Transfer::new(
            self.clone(),
            Opening { place: got.place, content, status, content_type, accepts_ranges, total, position, end },
            body,
            head,
            skip,
            etag,
        ))
    }
}

/// The first bytes, enough to judge by, or everything where there is less.
async fn read_head(body: &mut BoxStream<'static, reqwest::Result<Bytes>>) -> Result<Bytes, Fault> {
    let mut head = BytesMut::new();
    while head.len() < SNIFF_BYTES {
        match body.next().await {
            Some(Ok(part)) if head.is_empty() && part.len() >= SNIFF_BYTES => return Ok(part),
            Some(Ok(part)) => head.extend_from_slice(&part),
            Some(Err(e)) => return Err(fault_of_error(&e)),
            None => break,
        }
    }
    Ok(head.freeze())
}

/// `bytes first-last/total`.
pub fn content_range(text: &str) -> Option<(u64, u64, Option<u64>)> {
    let (range, total) = text.trim().strip_prefix("bytes")?.trim().split_once('/')?;
    let (first, last) = range.split_once('-')?;
    Some((first.trim().parse().ok()?, last.trim().parse().ok()?, total.trim().parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_they_are_written() {
        assert_eq!(ByteRange::parse("bytes=5-9"), Some(ByteRange { start: 5, end: Some(9) }));
        assert_eq!(ByteRange::parse("bytes=5-"), Some(ByteRange { start: 5, end: None }));
        for bad in ["bytes=-5", "bytes=9-5", "bytes=1-2,4-5", "items=1-2", "bytes=a-b"] {
            assert_eq!(ByteRange::parse(bad), None, "{bad}");
        }
        assert_eq!(content_range("bytes 5-9/100"), Some((5, 9, Some(100))));
        assert_eq!(content_range("bytes 5-9/*"), Some((5, 9, None)));
        assert_eq!(content_range("bytes */100"), None);
    }
}
