//! The local HTTP server, the only one that the pipeline sees: from a local path to an answer.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Request, State},
    http::{
        HeaderValue, Method, StatusCode,
        header::{ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE},
    },
    response::Response,
};
use bytes::Bytes;

use super::{
    Inner,
    asking::{ByteRange, Patience, Wanted},
    documents::{self, Opened},
    fetch::Fault,
    rules::Place,
    session::{DocKey, Session},
    token::{Role, Route},
    transfer::Transfer,
};
use crate::player::types::Trouble;

/// What a request asks for, with its address judged.
enum Target {
    MaybeDocument { key: DocKey, place: Place, role: Option<Role> },
    Piece { place: Place, role: Role, live: bool },
}

pub async fn answer(State(inner): State<Arc<Inner>>, request: Request) -> Response {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return plain(StatusCode::METHOD_NOT_ALLOWED);
    }
    let Some((serial, route)) = inner.tokens.read(request.uri().path()) else { return plain(StatusCode::NOT_FOUND) };
    let Some(session) = inner.by_serial(serial) else { return plain(StatusCode::GONE) };
    let asked = request.headers().get(RANGE).and_then(|v| v.to_str().ok());
    let range = asked.and_then(ByteRange::parse);
    let query = request.uri().query().map(str::to_owned);
    let closed = session.until_closed();
    tokio::select! {
        () = closed => plain(StatusCode::GONE),
        response = serve(&inner, &session, route, query, range) => response,
    }
}

async fn serve(
    inner: &Arc<Inner>,
    session: &Arc<Session>,
    route: Route,
    query: Option<String>,
    range: Option<ByteRange>,
) -> Response {
    let target = match target(inner, session, route, query) {
        Ok(target) => target,
        Err(fault) => return refused(session, &fault),
    };
    match target {
        Target::MaybeDocument { key, place, role } => {
            if key == DocKey::Root
                && range.is_none_or(|r| r.start == 0 && r.end.is_none())
                && let Some(transfer) = session.parked()
            {
                return media(*transfer);
            }
            match documents::open(inner, session, key, place, role, range).await {
                Ok(Opened::Document { body, content_type }) => document(body, content_type),
                Ok(Opened::Media(transfer)) => media(*transfer),
                Err(fault) => refused(session, &fault),
            }
        }
        Target::Piece { place, role, live } => piece(inner, session, place, role, live, range).await,
    }
}

fn target(inner: &Inner, session: &Session, route: Route, query: Option<String>) -> Result<Target, Fault> {
    let gone = || Fault::lasting(Trouble::NotFound);
    match route {
        Route::Root => Ok(Target::MaybeDocument { key: DocKey::Root, place: session.root.clone(), role: None }),
        Route::Child { doc, role, reference } => {
            let (parent, live) = session.doc_place(doc).ok_or_else(gone)?;
            let place = parent.child(&reference, &inner.policy)?;
            Ok(match role {
                Role::Playlist => {
                    Target::MaybeDocument { key: DocKey::Child { doc, reference }, place, role: Some(role) }
                }
                role => Target::Piece { place, role, live },
            })
        }
        Route::Below { doc, origin, path } => {
            let (mut place, live) = session.origin(doc, origin).ok_or_else(gone)?;
            place.url.set_path(&path);
            place.url.set_query(query.as_deref());
            Ok(Target::Piece { place, role: Role::Sealed, live })
        }
    }
}

async fn piece(
    inner: &Arc<Inner>,
    session: &Arc<Session>,
    place: Place,
    role: Role,
    live: bool,
    range: Option<ByteRange>,
) -> Response {
    if range.is_none()
        && let Some((bytes, content_type)) = inner.warm.segment(&place)
    {
        session.flowed(bytes.len() as u64, true);
        return whole(bytes, content_type);
    }
    let patience = if live { Patience::live(&inner.policy) } else { Patience::on_demand(&inner.policy) };
    let wanted =
        Wanted { inner: Arc::clone(inner), session: Arc::clone(session), place, role: Some(role), patience, range };
    match wanted.open().await {
        Ok(transfer) => media(transfer),
        Err(fault) if is_hole(session, &fault, role, live) => {
            session.note(fault.trouble);
            whole(Bytes::new(), None)
        }
        Err(fault) => refused(session, &fault),
    }
}

/// Whether a missing live segment is answered with nothing at all. hlsdemux2 takes an empty 200 as a gap and goes on
/// with the next segment; after a 404 or a filler packet it never moves again. Before any media has flowed an error
/// is better: the supervisor hears at once that this source is no good.
fn is_hole(session: &Session, fault: &Fault, role: Role, live: bool) -> bool {
    live && fault.trouble != Trouble::Blocked
        && matches!(role, Role::Segment | Role::Sealed)
        && session.stats().bytes > 0
}

fn refused(session: &Session, fault: &Fault) -> Response {
    session.note(fault.trouble);
    plain(match fault.trouble {
        Trouble::Blocked | Trouble::Forbidden => StatusCode::FORBIDDEN,
        Trouble::NotFound => StatusCode::NOT_FOUND,
        Trouble::TooSlow => StatusCode::GATEWAY_TIMEOUT,
        Trouble::ServerError | Trouble::ServerDown | Trouble::NoNetwork | Trouble::Dns => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        _ => StatusCode::BAD_GATEWAY,
    })
}

fn plain(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

fn document(body: String, content_type: &'static str) -> Response {
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn whole(bytes: Bytes, content_type: Option<HeaderValue>) -> Response {
    let mut response = Response::new(Body::from(bytes));
    if let Some(content_type) = content_type {
        response.headers_mut().insert(CONTENT_TYPE, content_type);
    }
    response
}

fn media(transfer: Transfer) -> Response {
    let mut response = plain(transfer.opening.status);
    let headers = response.headers_mut();
    if let Some(content_type) = transfer.opening.content_type.clone() {
        headers.insert(CONTENT_TYPE, content_type);
    }
    if transfer.opening.accepts_ranges {
        headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    }
    let number = |text: String| HeaderValue::from_str(&text).ok();
    if transfer.opening.status == StatusCode::RANGE_NOT_SATISFIABLE {
        if let Some(value) = number(format!("bytes */{}", transfer.opening.total.map_or("*".into(), |t| t.to_string())))
        {
            headers.insert(CONTENT_RANGE, value);
        }
        return response;
    }
    if let Some(end) = transfer.opening.end {
        let length = end.saturating_sub(transfer.opening.position);
        if let Some(value) = number(length.to_string()) {
            headers.insert(CONTENT_LENGTH, value);
        }
        let total = transfer.opening.total.map_or("*".into(), |t| t.to_string());
        let spread = format!("bytes {}-{}/{total}", transfer.opening.position, end.saturating_sub(1));
        if transfer.opening.status == StatusCode::PARTIAL_CONTENT
            && let Some(value) = number(spread)
        {
            headers.insert(CONTENT_RANGE, value);
        }
    }
    *response.body_mut() = Body::from_stream(transfer.into_stream());
    response
}
