//! The server itself: which address answers with what. Content comes from `feeds`, `live` and the files of the root.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use axum::{
    Router,
    body::Bytes,
    extract::{Path as UrlPath, Query, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::{net::TcpListener, runtime::Handle, sync::oneshot};
use tower_http::services::ServeDir;

use super::{
    DemoError, DemoRoot, enrol, feeds, live,
    root::{Station, Written},
};

/// Unix milliseconds. Handed in, so that tests say what time it is.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

const GUIDE_DAYS_AHEAD: i64 = 2;

/// Runs until it is dropped.
#[derive(Debug)]
pub struct DemoServer {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
}

struct Shared {
    dir: PathBuf,
    station: Station,
    address: SocketAddr,
    clock: Clock,
    started_ms: i64,
    office: enrol::Office,
}

impl DemoServer {
    /// Starts on `listen`; with port 0 the system chooses one.
    pub fn start(runtime: &Handle, listen: SocketAddr, root: DemoRoot) -> Result<Self, DemoError> {
        Self::start_with_clock(runtime, listen, root, Arc::new(wall_clock))
    }

    pub fn start_with_clock(
        runtime: &Handle,
        listen: SocketAddr,
        root: DemoRoot,
        clock: Clock,
    ) -> Result<Self, DemoError> {
        let station = root.load()?;
        let refused = |source| DemoError::Listen { address: listen, source };
        let listener = std::net::TcpListener::bind(listen).map_err(refused)?;
        listener.set_nonblocking(true).map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let _inside = runtime.enter();
        let listener = TcpListener::from_std(listener).map_err(refused)?;
        let started_ms = clock();
        let router = router(Arc::new(Shared {
            dir: root.dir,
            station,
            address,
            clock,
            started_ms,
            office: enrol::Office::default(),
        }));
        let (stop, stopped) = oneshot::channel();
        runtime.spawn(async move {
            let serving = axum::serve(listener, router).with_graceful_shutdown(async {
                // A sender that is gone without a word also means stop.
                let _ = stopped.await;
            });
            if let Err(error) = serving.await {
                tracing::warn!(%error, "the demo operator stopped");
            }
        });
        tracing::info!(%address, "the demo operator is on the air");
        Ok(Self { address, stop: Some(stop) })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The operator's root, as `run --operator` takes it.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }
}

impl Drop for DemoServer {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}

fn wall_clock() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
}

fn router(shared: Arc<Shared>) -> Router {
    let files = ServeDir::new(&shared.dir).append_index_html_on_directories(false);
    Router::new()
        .route("/lineup.m3u", get(lineup))
        .route("/guide.xml", get(guide))
        .route("/live/{id}/index.m3u8", get(channel))
        .route("/live/{id}/picture.m3u8", get(picture))
        .route("/live/{id}/words.m3u8", get(spoken))
        .route("/live/{id}/archive.m3u8", get(archive))
        .route("/live/{id}/archive-picture.m3u8", get(archived_picture))
        .route("/live/{id}/archive-words.m3u8", get(archived_words))
        .route("/catalogue/{file}", get(catalogue))
        .route("/enrol/{course}", get(seats).post(change_seat))
        .fallback_service(files)
        .layer(middleware::from_fn(finish))
        .with_state(shared)
}

const LEARNER: &str = "x-learner";

#[derive(serde::Deserialize)]
struct Action {
    action: String,
}

async fn seats(State(shared): State<Arc<Shared>>, UrlPath(course): UrlPath<String>, headers: HeaderMap) -> Response {
    answer_about_seats(&shared, &course, &headers, None)
}

async fn change_seat(
    State(shared): State<Arc<Shared>>,
    UrlPath(course): UrlPath<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Ok(wish) = serde_json::from_slice::<Action>(&body) else { return StatusCode::BAD_REQUEST.into_response() };
    answer_about_seats(&shared, &course, &headers, Some(&wish.action))
}

fn answer_about_seats(shared: &Shared, course: &str, headers: &HeaderMap, action: Option<&str>) -> Response {
    let learner = headers.get(LEARNER).and_then(|l| l.to_str().ok()).filter(|l| (1..=64).contains(&l.len()));
    let Some(learner) = learner else { return StatusCode::BAD_REQUEST.into_response() };
    match shared.office.answer(course, learner, action) {
        Some(answer) => {
            let headers = [(header::CACHE_CONTROL, "no-store"), (header::CONTENT_TYPE, "application/json")];
            (headers, answer.to_string()).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn lineup(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let host = headers.get(header::HOST).and_then(|h| h.to_str().ok()).filter(|h| is_host(h));
    let base = host.map_or_else(|| format!("http://{}", shared.address), |host| format!("http://{host}"));
    fresh(&headers, feeds::lineup(&shared.station, &base))
}

/// What may be written into a playlist: a name or an address with a port, nothing else.
fn is_host(text: &str) -> bool {
    !text.is_empty() && text.len() <= 255 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b))
}

async fn guide(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let (from, to) = feeds::guide_days((shared.clock)(), GUIDE_DAYS_AHEAD);
    fresh(&headers, feeds::guide(&shared.station, from, to))
}

async fn channel(State(shared): State<Arc<Shared>>, UrlPath(id): UrlPath<String>, headers: HeaderMap) -> Response {
    let found = shared.station.channels.iter().find(|c| c.id == id);
    match found.map(|c| (c, c.written.as_ref())) {
        Some((_, Some(Written { name, language, .. }))) => {
            fresh(&headers, live::master("picture.m3u8", "words.m3u8", name, language))
        }
        Some((channel, None)) => on_air(&shared, &headers, Some(&channel.looped)),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn picture(State(shared): State<Arc<Shared>>, UrlPath(id): UrlPath<String>, headers: HeaderMap) -> Response {
    on_air(&shared, &headers, shared.station.picture(&id))
}

async fn spoken(State(shared): State<Arc<Shared>>, UrlPath(id): UrlPath<String>, headers: HeaderMap) -> Response {
    on_air(&shared, &headers, shared.station.words(&id))
}

fn on_air(shared: &Shared, headers: &HeaderMap, looped: Option<&live::Loop>) -> Response {
    match looped {
        Some(looped) => fresh(headers, live::window(looped, (shared.clock)()).render("../")),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Seconds since 1970, as catch-up templates write them.
#[derive(serde::Deserialize)]
struct Span {
    utc: i64,
    utcend: i64,
}

async fn archive(
    State(shared): State<Arc<Shared>>,
    UrlPath(id): UrlPath<String>,
    Query(span): Query<Span>,
    headers: HeaderMap,
) -> Response {
    let written = shared.station.channels.iter().find(|c| c.id == id).and_then(|c| c.written.as_ref());
    let Some(Written { name, language, .. }) = written else {
        return on_record(&shared, &headers, shared.station.picture(&id), &span);
    };
    if on_record(&shared, &headers, shared.station.picture(&id), &span).status() == StatusCode::NOT_FOUND {
        return StatusCode::NOT_FOUND.into_response();
    }
    let list = |kind: &str| format!("archive-{kind}.m3u8?utc={}&utcend={}", span.utc, span.utcend);
    fresh(&headers, live::master(&list("picture"), &list("words"), name, language))
}

async fn archived_picture(
    State(shared): State<Arc<Shared>>,
    UrlPath(id): UrlPath<String>,
    Query(span): Query<Span>,
    headers: HeaderMap,
) -> Response {
    on_record(&shared, &headers, shared.station.picture(&id), &span)
}

async fn archived_words(
    State(shared): State<Arc<Shared>>,
    UrlPath(id): UrlPath<String>,
    Query(span): Query<Span>,
    headers: HeaderMap,
) -> Response {
    on_record(&shared, &headers, shared.station.words(&id), &span)
}

fn on_record(shared: &Shared, headers: &HeaderMap, looped: Option<&live::Loop>, span: &Span) -> Response {
    let ms = |s: i64| s.saturating_mul(1_000);
    let now_ms = (shared.clock)();
    let oldest = now_ms.saturating_sub(i64::from(feeds::CATCHUP_DAYS) * 86_400_000);
    let looped = looped.filter(|_| ms(span.utc) >= oldest);
    match looped.and_then(|looped| live::archive(looped, ms(span.utc), ms(span.utcend), now_ms)) {
        Some(playlist) => fresh(headers, playlist.render("../")),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn catalogue(State(shared): State<Arc<Shared>>, UrlPath(file): UrlPath<String>, headers: HeaderMap) -> Response {
    let plain = file.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b)) && !file.starts_with('.');
    let Some(text) = plain.then(|| shared.dir.join("catalogue").join(&file)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let Ok(bytes) = tokio::fs::read(&text).await else { return StatusCode::NOT_FOUND.into_response() };
    let Ok(mut json) = serde_json::from_slice::<serde_json::Value>(&bytes) else {
        tracing::warn!(file = %text.display(), "not readable as JSON");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    feeds::place_sessions(&mut json, shared.started_ms, (shared.clock)());
    fresh(&headers, json.to_string())
}

/// A text made just now, with an ETag of its content.
fn fresh(request: &HeaderMap, text: String) -> Response {
    let etag = tag(text.as_bytes());
    let headers = [(header::ETAG, etag.clone()), (header::CACHE_CONTROL, "no-cache".into())];
    if is_known(request, &etag) {
        (StatusCode::NOT_MODIFIED, headers).into_response()
    } else {
        (headers, text).into_response()
    }
}

fn tag(bytes: &[u8]) -> String {
    format!("\"{:08x}-{:x}\"", crate::files::checksum(bytes), bytes.len())
}

fn is_known(request: &HeaderMap, etag: &str) -> bool {
    let known = request.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok());
    known.is_some_and(|known| known.split(',').any(|k| k.trim().trim_start_matches("W/") == etag))
}

/// Gives every answer the type that players expect, and files an ETag of their time and size, as nginx does.
async fn finish(request: Request, next: Next) -> Response {
    let kind = media_type(request.uri().path());
    let asked = request.headers().clone();
    let mut response = next.run(request).await;
    let good = matches!(response.status(), StatusCode::OK | StatusCode::PARTIAL_CONTENT);
    if !good {
        return response;
    }
    if let Some(kind) = kind {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    if let Some(etag) = file_tag(response.headers()) {
        if response.status() == StatusCode::OK && is_known(&asked, &etag) {
            return (StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response();
        }
        if let Ok(etag) = HeaderValue::from_str(&etag) {
            response.headers_mut().insert(header::ETAG, etag);
        }
    }
    response
}

fn file_tag(headers: &HeaderMap) -> Option<String> {
    if headers.contains_key(header::ETAG) {
        return None;
    }
    let modified = headers.get(header::LAST_MODIFIED)?;
    let text = |name| headers.get(name).and_then(|v| v.to_str().ok());
    let size = text(header::CONTENT_RANGE).and_then(|r| r.rsplit('/').next()).or(text(header::CONTENT_LENGTH))?;
    Some(tag(&[modified.as_bytes(), b"/", size.as_bytes()].concat()))
}

fn media_type(path: &str) -> Option<&'static str> {
    Some(match Path::new(path).extension()?.to_str()? {
        "m3u8" => "application/vnd.apple.mpegurl",
        "m3u" => "audio/x-mpegurl; charset=utf-8",
        "ts" => "video/mp2t",
        "m4s" => "video/iso.segment",
        "mp4" => "video/mp4",
        "vtt" => "text/vtt; charset=utf-8",
        "json" => "application/json",
        "xml" => "application/xml; charset=utf-8",
        "png" => "image/png",
        "jpg" => "image/jpeg",
        _ => return None,
    })
}
