//! A session's way to the outside for a reader inside this program: playlists whole, segments as they come, keys. The
//! same checks, bounds and patience as for what goes through the local server; nothing is written again.

use std::{
    io,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, stream::BoxStream};

use super::{
    Inner, Parting,
    asking::{ByteRange, Patience, Wanted},
    documents::{self, First, Got, Raw},
    fetch::Fault,
    policy::KEY_BYTES,
    rules::Place,
    session::Session,
    sniff::Content,
    token::Role,
};
use crate::player::types::Trouble;

/// A playlist as it came, and where from in the end.
pub struct Text {
    pub place: Place,
    pub bytes: Bytes,
}

pub enum Root {
    Playlist(Text),
    /// A transport stream that has no end, as it comes. Where it breaks off there is no rest to be asked for.
    Stream(BoxStream<'static, io::Result<Bytes>>),
    /// A file, another stream or a DASH manifest: the local server has it ready.
    Other,
}

/// What a piece of media is, which decides how its first bytes are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    Segment,
    /// Encrypted: any bytes may be right.
    Sealed,
    Map,
}

/// Where a piece lies: its address and, where it is a part of a file, offset and length.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PieceAt {
    pub place: Place,
    pub range: Option<(u64, u64)>,
}

impl PieceAt {
    fn byte_range(&self) -> Option<ByteRange> {
        let (offset, length) = self.range?;
        Some(ByteRange { start: offset, end: Some(offset.checked_add(length)?.checked_sub(1)?) })
    }
}

#[derive(Clone)]
pub struct Reader {
    inner: Arc<Inner>,
    session: Arc<Session>,
}

impl Reader {
    pub(super) fn new(inner: Arc<Inner>, session: Arc<Session>) -> Self {
        Self { inner, session }
    }

    /// For what belongs to the medium and may fail without it: the same address and headers, and notes of its own, so
    /// that nothing of its trouble, its bytes and its rate is taken for the medium's.
    pub fn beside(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), session: Arc::new(self.session.beside()) }
    }

    /// None where no demuxer fetches by itself.
    pub fn parting(&self) -> Option<Parting> {
        Parting::from(&self.session)
    }

    /// Looks what the medium is. `streams`: one without an end is read here.
    pub async fn root(&self, streams: bool) -> Result<Root, Trouble> {
        let wanted = self.wanted(self.session.root.clone(), None, Patience::none(&self.inner.policy), None);
        let accept = |raw: &Raw| match raw.content {
            Content::HlsPlaylist => Ok(Some(Text { place: raw.place.clone(), bytes: raw.bytes.clone() })),
            _ => documents::take_in(&self.inner, &self.session, raw).map(|_| None),
        };
        match self.until_closed(documents::first_load(&wanted, accept)).await? {
            First::Document(Some(text)) => {
                self.inner.warm.note(&self.session.root, false);
                Ok(Root::Playlist(text))
            }
            First::Document(None) => Ok(Root::Other),
            First::Media(transfer) if streams && transfer.opening.is_stream() => {
                self.inner.warm.note(&self.session.root, true);
                Ok(Root::Stream(transfer.into_stream().boxed()))
            }
            First::Media(transfer) => {
                self.session.park(transfer);
                Ok(Root::Other)
            }
        }
    }

    /// A playlist that another one names, tried for a while.
    pub async fn playlist(&self, place: &Place) -> Result<Text, Trouble> {
        let patience = Patience::none(&self.inner.policy);
        let wanted = self.wanted(place.clone(), Some(Role::Playlist), patience, None);
        let accept = |raw: &Raw| Ok(Text { place: raw.place.clone(), bytes: raw.bytes.clone() });
        match self.until_closed(documents::first_load(&wanted, accept)).await? {
            First::Document(text) => Ok(text),
            First::Media(_) => Err(Trouble::BrokenMedia),
        }
    }

    /// A playlist that is known and may have grown: one try.
    pub async fn reload(&self, place: &Place) -> Result<Text, Trouble> {
        let wanted = self.wanted(place.clone(), Some(Role::Playlist), Patience::none(&self.inner.policy), None);
        match self.until_closed(documents::fetch(wanted, self.inner.policy.reload_total)).await {
            Ok(Got::Raw(raw)) => Ok(Text { place: raw.place, bytes: raw.bytes }),
            Ok(Got::Media(_)) => Err(Trouble::BrokenMedia),
            Err(trouble) => Err(trouble),
        }
    }

    /// A piece of media, as it comes. An error in the middle means that the rest cannot be had.
    pub async fn piece(
        &self,
        at: &PieceAt,
        sort: Sort,
        live: bool,
    ) -> Result<BoxStream<'static, io::Result<Bytes>>, Trouble> {
        if at.range.is_none()
            && let Some(bytes) = self.inner.warm.segment(&at.place)
        {
            self.session.flowed(bytes.len() as u64, true);
            return Ok(futures_util::stream::once(async { Ok(bytes) }).boxed());
        }
        let role = match sort {
            Sort::Segment => Role::Segment,
            Sort::Sealed => Role::Sealed,
            Sort::Map => Role::Map,
        };
        let policy = &self.inner.policy;
        let patience = if live { Patience::live(policy) } else { Patience::on_demand(policy) };
        let range = at.byte_range();
        let wanted = self.wanted(at.place.clone(), Some(role), patience, range);
        Ok(self.until_closed(wanted.open()).await?.into_stream().boxed())
    }

    /// A small piece whole: one try, bounded in time and in size.
    pub async fn small(&self, at: &PieceAt, sealed: bool, most: usize) -> Result<Vec<u8>, Trouble> {
        let policy = &self.inner.policy;
        let role = if sealed { Role::Sealed } else { Role::Segment };
        let range = at.byte_range();
        let wanted = self.wanted(at.place.clone(), Some(role), Patience::none(policy), range);
        let reading = async {
            let mut body = wanted.open().await?.into_stream().boxed();
            let mut bytes = Vec::new();
            while let Some(part) = body.next().await {
                let part = part.map_err(|_| Fault::passing(Trouble::ServerDown))?;
                if bytes.len() + part.len() > most {
                    return Err(Fault::lasting(Trouble::TooBig));
                }
                bytes.extend_from_slice(&part);
            }
            Ok(bytes)
        };
        let bounded = async {
            tokio::time::timeout(policy.playlist_total, reading).await.unwrap_or(Err(Fault::passing(Trouble::TooSlow)))
        };
        self.until_closed(bounded).await
    }

    /// Sixteen bytes of AES-128.
    pub async fn key(&self, place: &Place, live: bool) -> Result<[u8; 16], Trouble> {
        let policy = &self.inner.policy;
        let patience = if live { Patience::live(policy) } else { Patience::on_demand(policy) };
        let wanted = self.wanted(place.clone(), Some(Role::Key), patience, None);
        let transfer = self.until_closed(wanted.open()).await?;
        let reading = async {
            let whole = tokio::time::timeout(policy.playlist_total, transfer.into_bytes(KEY_BYTES as usize));
            whole.await.unwrap_or(Err(Fault::passing(Trouble::TooSlow)))
        };
        let bytes = self.until_closed(reading).await?;
        bytes.as_ref().try_into().map_err(|_| Trouble::BrokenMedia)
    }

    /// An address as a document at `base` names it.
    pub fn child(&self, base: &Place, reference: &str) -> Result<Place, Trouble> {
        base.child(reference, &self.inner.policy).map_err(|refusal| {
            tracing::warn!(%refusal, "address refused");
            Trouble::Blocked
        })
    }

    pub fn note(&self, trouble: Trouble) {
        self.session.note(trouble);
    }

    pub fn trouble(&self) -> Option<Trouble> {
        self.session.trouble()
    }

    /// What the line gives, in bits a second, from this session or the last; none before anything was measured.
    pub fn line_bps(&self) -> Option<u64> {
        let mine = self.session.stats().throughput_bps;
        if mine > 0 {
            self.inner.line_bps.store(mine, Ordering::Relaxed);
        }
        Some(self.inner.line_bps.load(Ordering::Relaxed)).filter(|bps| *bps > 0)
    }

    /// A piece of what plays has come: so many bytes for so long a time.
    pub fn took(&self, bytes: u64, length: Duration) {
        if let Some(line_bps) = self.line_bps() {
            self.inner.warm.measured(line_bps, bytes, length);
        }
    }

    /// How long a live playlist that cannot be had any more is lived with.
    pub fn live_hold(&self) -> Duration {
        self.inner.policy.live_hold
    }

    fn wanted(&self, place: Place, role: Option<Role>, patience: Patience, range: Option<ByteRange>) -> Wanted {
        let (inner, session) = (Arc::clone(&self.inner), Arc::clone(&self.session));
        Wanted { inner, session, place, role, patience, range }
    }

    /// The session may be closed while somebody waits for a server.
    async fn until_closed<T>(&self, work: impl Future<Output = Result<T, Fault>>) -> Result<T, Trouble> {
        tokio::select! {
            () = self.session.until_closed() => Err(Trouble::ServerDown),
            done = work.map(|r| r.map_err(|fault| { self.session.note(fault.trouble); fault.trouble })) => done,
        }
    }
}
