//! The local HTTP server, the only one that the pipeline sees: from a local path to an answer.

use std::{io, sync::Arc};

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
use futures_util::stream;

use super::{
    Inner,
    asking::{ByteRange, Patience, Wanted},
    documents::{self, Opened},
    fetch::Fault,
    rules::Place,
    session::Session,
    token::{Role, Route},
    transfer::Transfer,
};
use crate::player::types::Trouble;

const DASH_TYPE: &str = "application/dash+xml";

pub async fn answer(State(inner): State<Arc<Inner>>, request: Request) -> Response {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return plain(StatusCode::METHOD_NOT_ALLOWED);
    }
    let Some((serial, route)) = inner.tokens.read(request.uri().path()) else { return plain(StatusCode::NOT_FOUND) };
    let Some(session) = inner.by_serial(serial) else { return plain(StatusCode::GONE) };
    session.asks();
    let asked = request.headers().get(RANGE).and_then(|v| v.to_str().ok());
    let range = asked.and_then(ByteRange::parse);
    let query = request.uri().query().map(str::to_owned);
    let closed = session.until_closed();
    let is_piece = matches!(route, Route::Below { .. });
    tokio::select! {
        biased;
        () = closed => if is_piece { broken_off() } else { plain(StatusCode::GONE) },
        response = serve(&inner, &session, route, query, range) => response,
    }
}

/// What the demuxer counts as a failure, which a live one does not with any status.
fn broken_off() -> Response {
    let over = io::Error::other("the session is over");
    Response::new(Body::from_stream(stream::iter([Err::<Bytes, _>(over)])))
}

async fn serve(
    inner: &Arc<Inner>,
    session: &Arc<Session>,
    route: Route,
    query: Option<String>,
    range: Option<ByteRange>,
) -> Response {
    let answered = match route {
        Route::Root => root(inner, session, range).await,
        Route::Below { origin, path } => match session.origin(origin) {
            Some((mut place, live)) => {
                place.url.set_path(&path);
                place.url.set_query(query.as_deref());
                piece(inner, session, place, live, range).await
            }
            None => Err(Fault::lasting(Trouble::NotFound)),
        },
    };
    answered.unwrap_or_else(|fault| refused(session, &fault))
}

async fn root(inner: &Arc<Inner>, session: &Arc<Session>, range: Option<ByteRange>) -> Result<Response, Fault> {
    if range.is_none_or(|r| r.start == 0 && r.end.is_none())
        && let Some(transfer) = session.parked()
    {
        return Ok(media(*transfer));
    }
    Ok(match documents::open(inner, session, range).await? {
        Opened::Manifest(body) => manifest(body),
        Opened::Media(transfer) => media(*transfer),
    })
}

/// A piece of what a manifest names. A live one that is missing once something has played is answered with nothing at
/// all, which is a gap: after an error the demuxer does not move again. Before anything has played an error is better,
/// for the supervisor hears at once that this source is no good.
async fn piece(
    inner: &Arc<Inner>,
    session: &Arc<Session>,
    place: Place,
    live: bool,
    range: Option<ByteRange>,
) -> Result<Response, Fault> {
    let patience = if live { Patience::live(&inner.policy) } else { Patience::on_demand(&inner.policy) };
    let (inner, role) = (Arc::clone(inner), Some(Role::Sealed));
    let wanted = Wanted { inner, session: Arc::clone(session), place, role, patience, range };
    match wanted.open().await {
        Ok(transfer) => Ok(media(transfer)),
        Err(fault) if live && fault.trouble != Trouble::Blocked && session.stats().bytes > 0 => {
            session.note(fault.trouble);
            Ok(plain(StatusCode::OK))
        }
        Err(fault) => Err(fault),
    }
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

fn manifest(body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(DASH_TYPE));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
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
