//! Documents: fetched whole within limits. A playlist goes to whoever reads it here; a DASH manifest is kept and written
//! again with local addresses. A live manifest whose server falls silent is answered from the last good one for a
//! while, because the demuxer gives up for good after three failed reloads; what is the matter is told through the
//! session's trouble meanwhile.

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
    policy::PLAYLIST_BYTES,
    probe,
    rules::Place,
    session::{Manifest, Session},
    sniff::Content,
    transfer::Transfer,
};
use crate::player::types::Trouble;

/// What the pipeline gets when it asks for the medium itself.
pub enum Opened {
    /// A manifest, as the demuxer gets it.
    Manifest(String),
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

/// Opens the medium for the pipeline: a reload of a known manifest, or a first look.
pub async fn open(inner: &Arc<Inner>, session: &Arc<Session>, range: Option<ByteRange>) -> Result<Opened, Fault> {
    let wanted = Wanted {
        inner: Arc::clone(inner),
        session: Arc::clone(session),
        place: session.root.clone(),
        role: None,
        patience: Patience::none(&inner.policy),
        range,
    };
    if let Some(known) = session.manifest() {
        return reload(Wanted { range: None, ..wanted }, known).await.map(Opened::Manifest);
    }
    match first_load(&wanted, |raw| take_in(inner, session, raw)).await? {
        First::Media(transfer) => Ok(Opened::Media(transfer)),
        First::Document(manifest) => Ok(Opened::Manifest(manifest.body)),
    }
}

/// What a first look at an address found.
pub enum First<T> {
    Document(T),
    Media(Box<Transfer>),
}

/// Tries until a document comes that `accept` takes, or media; a little more patient than one request.
pub async fn first_load<T>(wanted: &Wanted, accept: impl Fn(&Raw) -> Result<T, Fault>) -> Result<First<T>, Fault> {
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
                Err(fault) => fault,
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

async fn reload(wanted: Wanted, known: Manifest) -> Result<String, Fault> {
    // What is complete does not change.
    if !known.live {
        return Ok(known.body);
    }
    let (inner, session) = (Arc::clone(&wanted.inner), Arc::clone(&wanted.session));
    let fault = match fetch(wanted, inner.policy.reload_total).await {
        Ok(Got::Raw(raw)) => match take_in(&inner, &session, &raw) {
            Ok(manifest) => return Ok(manifest.body),
            Err(fault) => fault,
        },
        Ok(Got::Media(_)) => Fault::passing(Trouble::BrokenMedia),
        Err(fault) => fault,
    };
    session.note(fault.trouble);
    if fault.trouble != Trouble::Blocked && known.at.elapsed() < inner.policy.live_hold {
        return Ok(known.body);
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

/// Reads a manifest, writes it for the demuxer and keeps it. A playlist is none of the demuxer's affairs: a medium that
/// has become one since it was looked at has to be opened anew.
pub fn take_in(inner: &Inner, session: &Session, raw: &Raw) -> Result<Manifest, Fault> {
    if raw.content != Content::DashManifest {
        return Err(Fault::lasting(Trouble::BrokenMedia));
    }
    let text = String::from_utf8_lossy(&raw.bytes);
    let below = |origin| format!("{}{}", inner.base, inner.tokens.below(session.serial, origin));
    let turned = dash::rewrite(&text, &raw.place, &inner.policy, &below).map_err(fault_of)?;
    let manifest = Manifest { live: turned.live, body: turned.body, at: Instant::now(), origins: turned.origins };
    session.keep(&manifest);
    Ok(manifest)
}

/// A document that is broken may be whole at the next try; one that is too big or leads astray will not.
pub fn fault_of(trouble: Trouble) -> Fault {
    if trouble == Trouble::BrokenMedia { Fault::passing(trouble) } else { Fault::lasting(trouble) }
}
