//! One piece of media on its way through: taken up again where it broke off, never slower than the lowest rate. The
//! reader's pace is the server's pace: nothing is stored.

use std::{io, time::Duration};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream::BoxStream};
use reqwest::{
    StatusCode,
    header::{CONTENT_RANGE, ETAG, HeaderValue},
};
use tokio::time::{Instant, timeout};

use super::{
    asking::{ByteRange, Patience, Wanted, content_range},
    fetch::{Fault, fault_of_error},
    policy::{FLOWING_BYTES, SEGMENT_BYTES},
    probe,
    rules::Place,
    sniff::Content,
};
use crate::player::types::Trouble;

/// What is known of an answer when its body begins.
pub struct Opening {
    /// Where the answer came from in the end.
    pub place: Place,
    pub content: Content,
    pub status: StatusCode,
    pub content_type: Option<HeaderValue>,
    pub accepts_ranges: bool,
    pub total: Option<u64>,
    /// Absolute place in the resource of the first byte.
    pub position: u64,
    /// Absolute end, exclusive.
    pub end: Option<u64>,
}

impl Opening {
    /// Such a stream has no rest that could be asked for.
    pub fn is_endless(&self) -> bool {
        self.end.is_none() && !self.accepts_ranges
    }

    /// A transport stream that goes on without an end.
    pub fn is_stream(&self) -> bool {
        self.content == Content::Transport && self.position == 0 && self.is_endless()
    }
}

/// An opened transfer: its head is known, its body follows.
pub struct Transfer {
    wanted: Wanted,
    pub opening: Opening,
    body: BoxStream<'static, reqwest::Result<Bytes>>,
    head: Option<Bytes>,
    /// Absolute place in the resource of the next byte to hand on.
    position: u64,
    end: Option<u64>,
    /// Bytes of the body still to be left out: the server sent more than was asked for.
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

impl Transfer {
    pub fn new(
        wanted: Wanted,
        opening: Opening,
        body: BoxStream<'static, reqwest::Result<Bytes>>,
        head: Bytes,
        skip: u64,
        etag: Option<HeaderValue>,
    ) -> Self {
        Self {
            wanted,
            body,
            head: Some(head),
            position: opening.position,
            end: opening.end,
            opening,
            skip,
            etag,
            meter: Meter::default(),
            failing_since: None,
            tries: 0,
            since_resume: FLOWING_BYTES,
            received: 0,
            over: false,
        }
    }

    /// How long it is tried to take up again what broke off.
    pub fn set_patience(&mut self, patience: Patience) {
        self.wanted.patience = patience;
    }

    /// The whole body, for documents: bounded in size, and in time by the caller.
    pub async fn into_bytes(mut self, limit: usize) -> Result<Bytes, Fault> {
        let mut all: Vec<u8> = self.head.take().unwrap_or_default().into();
        while let Some(part) = self.body.next().await {
            let part = part.map_err(|e| fault_of_error(&e))?;
            if all.len() + part.len() > limit {
                return Err(Fault::lasting(Trouble::TooBig));
            }
            if all.capacity() - all.len() < part.len() {
                // Twice as much each time, but no more than it may become.
                all.reserve_exact(all.len().clamp(part.len(), limit - all.len()));
            }
            all.extend_from_slice(&part);
        }
        Ok(all.into())
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
        let policy = self.wanted.inner.policy.clone();
        if self.wanted.role.is_none() && self.end.is_none() && self.opening.is_endless() {
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
        let first_byte = self.wanted.patience.first_byte;
        let rest = rest.header();
        let got = self.wanted.inner.fetcher.get(&self.wanted.place, &headers, Some(&rest), first_byte).await?;
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
                if let (Some(old), Some(new)) = (self.opening.total, all)
                    && old != new
                {
                    return Err(Fault::lasting(Trouble::BrokenMedia));
                }
                0
            }
            // The whole once more: of another length it is another thing, a page for people for instance.
            (StatusCode::OK, _) if self.opening.total.is_none_or(|all| response.content_length() == Some(all)) => {
                self.position
            }
            // A body without a length broke off exactly at its end, or one was announced longer than it is.
            (StatusCode::RANGE_NOT_SATISFIABLE, _) if self.end.is_none() || length_is(&response, self.position) => {
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

/// Whether an answer to a range beyond the end says that the resource ends here.
fn length_is(response: &reqwest::Response, position: u64) -> bool {
    let said = response.headers().get(CONTENT_RANGE).and_then(|v| v.to_str().ok());
    said.and_then(|v| v.trim().strip_prefix("bytes")?.trim().strip_prefix("*/")?.trim().parse().ok()) == Some(position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_judged_by_whole_windows_of_waiting() {
        let (window, lowest) = (Duration::from_secs(6), 2_000);
        let mut meter = Meter::default();
        assert!(!meter.is_too_slow(Duration::from_secs(5), 10, window, lowest));
        assert!(meter.is_too_slow(Duration::from_secs(1), 10, window, lowest));
        assert!(!meter.is_too_slow(Duration::from_secs(6), 12_000, window, lowest));
    }
}
