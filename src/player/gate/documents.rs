//! Playlists and manifests: fetched whole within limits, kept, written again with local addresses. A live playlist
//! whose server falls silent is answered from the last good one for a while, because the demuxer gives up for good
//! after three failed reloads; what is the matter is told through the session's trouble meanwhile.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;

use super::{
    Inner,
    asking::{ByteRange, Patience, Wanted},
    dash,
    fetch::Fault,
    hls::Playlist,
    policy::{PLAYLIST_BYTES, START_SPAN},
    probe,
    rules::Place,
    session::{Doc, DocKey, Session},
    sniff::Content,
    token::Role,
    transfer::Transfer,
};
use crate::player::types::Trouble;

pub const HLS_TYPE: &str = "application/vnd.apple.mpegurl";
pub const DASH_TYPE: &str = "application/dash+xml";

/// What an address turned out to be.
pub enum Opened {
    Document { body: String, content_type: &'static str },
    Media(Box<Transfer>),
}

/// A document's text as it came.
pub struct Raw {
    pub place: Place,
    pub content: Content,
    pub bytes: Bytes,
}

pub enum Got {
    Raw(Raw),
    Media(Box<Transfer>),
}

/// Opens something that may be a playlist: a reload of a known document, or a first look.
pub async fn open(
    inner: &Arc<Inner>,
    session: &Arc<Session>,
    key: DocKey,
    place: Place,
    role: Option<Role>,
    range: Option<ByteRange>,
) -> Result<Opened, Fault> {
    if let Some(known) = session.doc_id(&key).and_then(|id| session.doc(id)) {
        return reload(inner, session, key, place, role, known).await;
    }
    let wanted = Wanted {
        inner: Arc::clone(inner),
        session: Arc::clone(session),
        place,
        role,
        patience: Patience::none(&inner.policy),
        range,
    };
    match first_load(&wanted, |raw| take_in(inner, session, key.clone(), raw, None)).await? {
        First::Media(transfer) => Ok(Opened::Media(transfer)),
        First::Document(doc) => Ok(Opened::Document { body: doc.body, content_type: doc.content_type }),
    }
}

/// What a first look at an address found.
pub enum First<T> {
    Document(T),
    Media(Box<Transfer>),
}

/// Tries until a document comes that `accept` takes, or media; a little more patient than one request.
pub async fn first_load<T>(wanted: &Wanted, accept: impl Fn(&Raw) -> Result<T, Trouble>) -> Result<First<T>, Fault> {
    let inner = &wanted.inner;
    let began = Instant::now();
    let mut tries = 0;
    loop {
        let got = match inner.warm.playlist(&wanted.place) {
            Some((place, bytes)) if tries == 0 => Ok(Got::Raw(Raw { place, content: Content::HlsPlaylist, bytes })),
            _ => fetch(wanted.clone(), inner.policy.playlist_total).await,
        };
        let fault = match got {
            Ok(Got::Media(mut transfer)) => {
                // A plain file: its opening is tried again by the supervisor, its rest by the transfer.
                transfer.set_patience(Patience::on_demand(&inner.policy));
                return Ok(First::Media(transfer));
            }
            Ok(Got::Raw(raw)) => match accept(&raw) {
                Ok(document) => return Ok(First::Document(document)),
                Err(trouble) => Fault { retry: trouble == Trouble::BrokenMedia, ..Fault::passing(trouble) },
            },
            Err(fault) => fault,
        };
        wanted.session.note(fault.trouble);
        let wait = inner.policy.next_wait(tries, fault.after, began.elapsed(), inner.policy.playlist_retry);
        let Some(wait) = wait.filter(|_| fault.retry) else { return Err(fault) };
        probe::pause(inner, &wanted.place, &fault, wait).await;
        tries += 1;
    }
}

async fn reload(
    inner: &Arc<Inner>,
    session: &Arc<Session>,
    key: DocKey,
    place: Place,
    role: Option<Role>,
    known: Doc,
) -> Result<Opened, Fault> {
    // What is complete does not change.
    if !known.live {
        return Ok(Opened::Document { body: known.body, content_type: known.content_type });
    }
    let wanted = Wanted {
        inner: Arc::clone(inner),
        session: Arc::clone(session),
        place,
        role,
        patience: Patience::none(&inner.policy),
        range: None,
    };
    let fault = match fetch(wanted, inner.policy.reload_total).await {
        Ok(Got::Raw(raw)) => match take_in(inner, session, key, &raw, Some(&known)) {
            Ok(doc) => return Ok(Opened::Document { body: doc.body, content_type: doc.content_type }),
            Err(trouble) => Fault::passing(trouble),
        },
        Ok(Got::Media(_)) => Fault::passing(Trouble::BrokenMedia),
        Err(fault) => fault,
    };
    session.note(fault.trouble);
    if fault.trouble != Trouble::Blocked && known.at.elapsed() < inner.policy.live_hold {
        return Ok(Opened::Document { body: known.body, content_type: known.content_type });
    }
    Err(fault)
}

/// One try, playlists read to their end, all within `limit`.
pub async fn fetch(wanted: Wanted, limit: Duration) -> Result<Got, Fault> {
    let reading = async {
        let transfer = wanted.open().await?;
        match transfer.opening.content {
            Content::HlsPlaylist | Content::DashManifest if transfer.opening.position == 0 => {
                let (place, content) = (transfer.opening.place.clone(), transfer.opening.content);
                Ok(Got::Raw(Raw { place, content, bytes: transfer.into_bytes(PLAYLIST_BYTES).await? }))
            }
            _ => Ok(Got::Media(Box::new(transfer))),
        }
    };
    match tokio::time::timeout(limit, reading).await {
        Ok(result) => result,
        Err(_) => Err(Fault::passing(Trouble::TooSlow)),
    }
}

/// Reads a document, writes it for the demuxer and keeps it.
pub fn take_in(
    inner: &Arc<Inner>,
    session: &Arc<Session>,
    key: DocKey,
    raw: &Raw,
    known: Option<&Doc>,
) -> Result<Doc, Trouble> {
    let text = String::from_utf8_lossy(&raw.bytes);
    if raw.content == Content::DashManifest {
        return session.keep(key, |id| {
            let below = |origin| format!("{}{}", inner.base, inner.tokens.below(session.serial, id, origin));
            let manifest = dash::rewrite(&text, &raw.place, &inner.policy, &below)?;
            Ok(Doc {
                place: raw.place.clone(),
                live: manifest.live,
                first: 0,
                body: manifest.body,
                content_type: DASH_TYPE,
                at: Instant::now(),
                origins: manifest.origins,
            })
        });
    }
    let list = Playlist::parse(&text)?;
    if !list.is_master && list.segments.is_empty() {
        // The demuxer takes an empty list for a broken one.
        return Err(Trouble::BrokenMedia);
    }
    let first = first_sequence(inner, session, &list, known);
    session.keep(key, |id| {
        let body = list.write(first, &mut |role, uri| inner.tokens.child(session.serial, id, role, uri))?;
        Ok(Doc {
            place: raw.place.clone(),
            live: list.is_live(),
            first,
            body,
            content_type: HLS_TYPE,
            at: Instant::now(),
            origins: Vec::new(),
        })
    })
}

/// Where the window handed out begins. It only ever moves with the server's own window, except when the server
/// itself has started to count anew.
fn first_sequence(inner: &Inner, session: &Session, list: &Playlist, known: Option<&Doc>) -> u64 {
    if !list.is_live() || inner.policy.live_window == 0 {
        return known.map_or(0, |doc| if list.last_sequence() < Some(doc.first) { 0 } else { doc.first });
    }
    let newest = list.first_of_last(inner.policy.live_window);
    match known {
        Some(doc) if list.last_sequence() >= Some(doc.first) => doc.first,
        Some(_) => newest,
        None if !list.event && session.is_starting(START_SPAN) => newest,
        None => 0,
    }
}
