//! One piece of media on its way through: opened with retries, checked by its first bytes, taken up again where it
//! broke off, never slower than the lowest rate. The reader's pace is the server's pace: nothing is stored.

use std::{io, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt, stream::BoxStream};
use reqwest::{
    StatusCode,
    header::{ACCEPT_RANGES, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderValue},
};
use tokio::time::{Instant, timeout};

use super::{
    Inner,
    fetch::{Fault, fault_of_error},
    policy::{FLOWING_BYTES, KEY_BYTES, SEGMENT_BYTES, SNIFF_BYTES},
    probe,
    rules::Place,
    session::Session,
    sniff::{self, Content},
    token::Role,
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
    /// How long failures are repeated.
    pub patience: Duration,
    pub range: Option<ByteRange>,
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

    fn header(self) -> String {
        match self.end {
            Some(end) => format!("bytes={}-{end}", self.start),
            None => format!("bytes={}-", self.start),
        }
    }
}

/// An opened transfer: its head is known, its body follows.
pub struct Transfer {
    wanted: Wanted,
    /// Where the answer came from in the end.
    pub place: Place,
    pub content: Content,
    pub status: StatusCode,
    pub content_type: Option<HeaderValue>,
    pub accepts_ranges: bool,
    pub total: Option<u64>,
    body: BoxStream<'static, reqwest::Result<Bytes>>,
    head: Option<Bytes>,
    /// Absolute place in the resource of the next byte to hand on.
    pub position: u64,
    /// Absolute end, exclusive.
    pub end: Option<u64>,
    skip: u64,
    etag: Option<HeaderValue>,
    meter: Meter,
    failing_since: Option<Instant>,
    tries: usize,
    since_resume: u64,
    received: u64,
    over: bool,
}

/// Judges the rate over time spent waiting for the server.
#[derive(Default)]
struct Meter {
    waited: Duration,
    bytes: u64,
    all_waited: Duration,
}

impl Meter {
    fn is_too_slow(&mut self, waited: Duration, bytes: u64, window: Duration, lowest: u64) -> bool {
        self.waited += waited;
        self.all_waited += waited;
        self.bytes += bytes;
        if self.waited < window {
            return false;
        }
        let slow = (self.bytes as f64) < lowest as f64 * self.waited.as_secs_f64();
        (self.waited, self.bytes) = (Duration::ZERO, 0);
        slow
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

    fn wait_before_next(&self, fault: &Fault, tries: usize, spent: Duration) -> Option<Duration> {
        if !fault.retry {
            return None;
        }
        let wait = self.inner.policy.retry_wait(tries).max(fault.after.unwrap_or_default());
        (spent + wait <= self.patience).then_some(wait)
    }

    async fn try_once(&self, again: bool) -> Result<Transfer, Fault> {
        let policy = &self.inner.policy;
        self.session.asked(again);
        let headers = self.session.headers_for(&self.place);
        let range = self.range.map(ByteRange::header);
        let got = self.inner.fetcher.get(&self.place, &headers, range.as_deref()).await?;
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
            return Err(Fault::lasting(Trouble::TooBig));
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
        Ok(Transfer {
            wanted: self.clone(),
            place: got.place,
            content,
            status,
            content_type,
            accepts_ranges,
            total,
            body,
            head: Some(head),
            position,
            end,
            skip,
            etag,
            meter: Meter::default(),
            failing_since: None,
            tries: 0,
            since_resume: FLOWING_BYTES,
            received: 0,
            over: false,
        })
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
fn content_range(text: &str) -> Option<(u64, u64, Option<u64>)> {
    let (range, total) = text.trim().strip_prefix("bytes")?.trim().split_once('/')?;
    let (first, last) = range.split_once('-')?;
    Some((first.trim().parse().ok()?, last.trim().parse().ok()?, total.trim().parse().ok()))
}

impl Transfer {
    /// How long it is tried to take up again what broke off.
    pub fn set_patience(&mut self, patience: Duration) {
        self.wanted.patience = patience;
    }

    /// The whole body, for documents: bounded in size, and in time by the caller.
    pub async fn into_bytes(mut self, limit: usize) -> Result<Bytes, Fault> {
        let mut all = BytesMut::from(self.head.take().unwrap_or_default());
        while let Some(part) = self.body.next().await {
            let part = part.map_err(|e| fault_of_error(&e))?;
            if all.len() + part.len() > limit {
                return Err(Fault::lasting(Trouble::TooBig));
            }
            all.extend_from_slice(&part);
        }
        Ok(all.freeze())
    }

    /// The body as it comes. Ends with an error when it cannot be had whole, so that the reader sees a broken
    /// connection and not a short file.
    pub fn into_stream(self) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        let closed = self.wanted.session.until_closed();
        futures_util::stream::unfold(self, |mut transfer| async move {
            let item = transfer.next().await?;
            Some((item, transfer))
        })
        .take_until(Box::pin(closed))
    }

    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        if self.over {
            return None;
        }
        loop {
            if self.end.is_some_and(|end| self.position >= end) {
                self.finish();
                return None;
            }
            let fault = match self.read().await {
                Ok(Some(part)) => match self.cut(part) {
                    Some(part) => return Some(self.hand_on(part)),
                    None => continue,
                },
                Ok(None) if self.end.is_none() => {
                    self.finish();
                    return None;
                }
                // Shorter than it said.
                Ok(None) => Fault::passing(Trouble::ServerDown),
                Err(fault) => fault,
            };
            self.wanted.session.note(fault.trouble);
            if let Err(fault) = self.resume(fault).await {
                self.over = true;
                self.wanted.session.note(fault.trouble);
                return Some(Err(io::Error::other(format!("{:?}", fault.trouble))));
            }
        }
    }

    fn finish(&mut self) {
        self.over = true;
        self.wanted.session.flowed(0, true);
        if self.received >= FLOWING_BYTES {
            self.wanted.session.measured(self.received, self.meter.all_waited);
        }
    }

    async fn read(&mut self) -> Result<Option<Bytes>, Fault> {
        if let Some(head) = self.head.take()
            && !head.is_empty()
        {
            return Ok(Some(head));
        }
        let policy = &self.wanted.inner.policy;
        loop {
            let began = Instant::now();
            let limit = policy.rate_window.saturating_sub(self.meter.waited).min(policy.first_byte);
            let part = timeout(limit, self.body.next()).await;
            let bytes = match &part {
                Ok(Some(Ok(part))) => part.len() as u64,
                _ => 0,
            };
            let slow = self.meter.is_too_slow(began.elapsed(), bytes, policy.rate_window, policy.lowest_bytes_per_s);
            match part {
                _ if slow => return Err(Fault::passing(Trouble::TooSlow)),
                Ok(Some(Ok(part))) => return Ok(Some(part)),
                Ok(Some(Err(e))) => return Err(fault_of_error(&e)),
                Ok(None) => return Ok(None),
                // Nothing for the whole of the longest silence.
                Err(_) if limit >= policy.first_byte => return Err(Fault::passing(Trouble::TooSlow)),
                Err(_) => {}
            }
        }
    }

    /// Leaves out what was handed on before and what lies beyond the end.
    fn cut(&mut self, mut part: Bytes) -> Option<Bytes> {
        let skipped = self.skip.min(part.len() as u64);
        self.skip -= skipped;
        let _ = part.split_to(skipped as usize);
        if let Some(end) = self.end {
            let left = end.saturating_sub(self.position);
            part.truncate(usize::try_from(left).unwrap_or(usize::MAX));
        }
        (!part.is_empty()).then_some(part)
    }

    fn hand_on(&mut self, part: Bytes) -> io::Result<Bytes> {
        let length = part.len() as u64;
        self.position += length;
        self.received += length;
        self.since_resume += length;
        if self.since_resume >= FLOWING_BYTES {
            (self.failing_since, self.tries) = (None, 0);
        }
        if self.wanted.role.is_some() && self.received > SEGMENT_BYTES {
            self.over = true;
            self.wanted.session.note(Trouble::TooBig);
            return Err(io::Error::other("larger than a segment may be"));
        }
        self.wanted.session.flowed(length, false);
        if self.received >= FLOWING_BYTES * 16 && self.wanted.role.is_none() {
            // A long file is measured on the way.
            self.wanted.session.measured(self.received, self.meter.all_waited);
            (self.received, self.meter.all_waited) = (0, Duration::ZERO);
        }
        if self.end.is_some_and(|end| self.position >= end) {
            // The server of the pipeline does not come back for the end of a body whose length it knows.
            self.finish();
        }
        Ok(part)
    }

    /// Asks for the rest. A stream without end has no rest: whoever plays it joins again.
    async fn resume(&mut self, mut fault: Fault) -> Result<(), Fault> {
        let policy = Arc::clone(&self.wanted.inner).policy.clone();
        if self.wanted.role.is_none() && self.end.is_none() && !self.accepts_ranges {
            return Err(fault);
        }
        let lost = if fault.trouble == Trouble::TooSlow { policy.rate_window } else { Duration::ZERO };
        let since =
            *self.failing_since.get_or_insert_with(|| Instant::now().checked_sub(lost).unwrap_or_else(Instant::now));
        loop {
            let Some(wait) = self.wanted.wait_before_next(&fault, self.tries, since.elapsed()) else {
                return Err(fault);
            };
            self.tries += 1;
            probe::pause(&self.wanted.inner, &self.wanted.place, &fault, wait).await;
            match self.take_up().await {
                Ok(()) => return Ok(()),
                Err(next) => {
                    self.wanted.session.note(next.trouble);
                    fault = next;
                }
            }
        }
    }

    async fn take_up(&mut self) -> Result<(), Fault> {
        self.wanted.session.asked(true);
        let headers = self.wanted.session.headers_for(&self.wanted.place);
        let rest = ByteRange { start: self.position, end: self.end.map(|e| e - 1) };
        let got = self.wanted.inner.fetcher.get(&self.wanted.place, &headers, Some(&rest.header())).await?;
        let response = got.response;
        let header = |name| response.headers().get(name).cloned();
        if let (Some(old), Some(new)) = (&self.etag, header(ETAG))
            && *old != new
        {
            // Another file by now: its rest does not belong to what was handed on.
            return Err(Fault::lasting(Trouble::BrokenMedia));
        }
        let spread = header(CONTENT_RANGE).as_ref().and_then(|v| v.to_str().ok()).and_then(content_range);
        self.skip = match (response.status(), spread) {
            (StatusCode::PARTIAL_CONTENT, Some((first, _, all))) if first == self.position => {
                if let (Some(old), Some(new)) = (self.total, all)
                    && old != new
                {
                    return Err(Fault::lasting(Trouble::BrokenMedia));
                }
                0
            }
            (StatusCode::OK, _) => self.position,
            // A body without a length broke off exactly at its end.
            (StatusCode::RANGE_NOT_SATISFIABLE, _) if self.end.is_none() => {
                self.end = Some(self.position);
                0
            }
            _ => return Err(Fault::passing(Trouble::BrokenMedia)),
        };
        self.body = response.bytes_stream().boxed();
        self.meter = Meter { all_waited: self.meter.all_waited, ..Meter::default() };
        self.since_resume = 0;
        Ok(())
    }
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

    #[test]
    fn the_rate_is_judged_by_whole_windows_of_waiting() {
        let (window, lowest) = (Duration::from_secs(6), 2_000);
        let mut meter = Meter::default();
        assert!(!meter.is_too_slow(Duration::from_secs(5), 10, window, lowest));
        assert!(meter.is_too_slow(Duration::from_secs(1), 10, window, lowest));
        assert!(!meter.is_too_slow(Duration::from_secs(6), 12_000, window, lowest));
    }
}
