//! A small HTTP/1.1 server for tests that answers from memory or a directory, and goes wrong on command. It speaks
//! raw bytes, because a well-behaved library could not reset, lie about lengths or stay silent. Loopback only.
#![allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing)]

use std::{
    collections::HashMap,
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinSet},
};

/// What goes wrong with one answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    Status(u16),
    /// A status with `Retry-After` in seconds.
    Busy(u16, u64),
    /// The request is read, nothing is answered.
    Silence,
    /// The connection is reset instead of an answer.
    Reset,
    /// Right length announced, half of the body sent, then closed.
    ShortBody,
    /// Half of the body, then nothing more, the connection stays open.
    Stall,
    /// More announced than there is.
    WrongLength,
    /// Right length, other bytes.
    Garbage,
    /// A page for people with status 200.
    Page,
    /// 200 and nothing in it.
    Empty,
    /// The right body, these bytes at a time with this pause.
    Drip(usize, Duration),
    /// This pattern without end.
    Endless(Vec<u8>),
    Redirect(String),
    /// The answer comes, but late.
    Late(Duration),
    /// The whole with status 200, whatever range was asked for.
    NoRanges,
    /// The right body with no length said, so many bytes a second, again and again; see `tear_flows` and `hush_flows`.
    Flow(u64),
}

#[derive(Clone)]
struct File {
    bytes: Arc<Vec<u8>>,
    content_type: String,
}

struct Rule {
    path: String,
    left: usize,
    fault: Fault,
}

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    pub path: String,
    pub headers: Vec<(String, String)>,
}

#[derive(Default)]
struct Shared {
    files: Mutex<HashMap<String, File>>,
    root: Mutex<Option<PathBuf>>,
    upstream: Mutex<Option<SocketAddr>>,
    rules: Mutex<Vec<Rule>>,
    seen: Mutex<Vec<Seen>>,
    connections: AtomicUsize,
    abandoned: AtomicUsize,
    /// Bytes a second of one answer; zero is as fast as can be.
    rate: AtomicU64,
    /// Flows of an earlier count than this end.
    torn: AtomicUsize,
    hushed: AtomicBool,
}

/// The server. Dropping it ends it.
pub struct FaultProxy {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    running: Option<AbortHandle>,
}

impl FaultProxy {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let running = Some(serve(listener, Arc::clone(&shared)));
        Self { address, shared, running }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Stops listening and breaks every connection.
    pub fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.abort();
        }
    }

    pub fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Listens on the same port again.
    pub async fn restart(&mut self) {
        self.stop();
        // The old socket goes away with its task; the port is free as soon as that has happened.
        let listener = loop {
            match TcpListener::bind(self.address).await {
                Ok(listener) => break listener,
                Err(_) => tokio::task::yield_now().await,
            }
        };
        self.running = Some(serve(listener, Arc::clone(&self.shared)));
    }

    pub fn put(&self, path: &str, content_type: &str, bytes: impl Into<Vec<u8>>) {
        let file = File { bytes: Arc::new(bytes.into()), content_type: content_type.into() };
        self.shared.files.lock().unwrap().insert(path.into(), file);
    }

    /// Files that are not in memory come from here.
    pub fn serve_directory(&self, root: impl Into<PathBuf>) {
        *self.shared.root.lock().unwrap() = Some(root.into());
    }

    /// What is served here is served by whatever stands behind again.
    pub fn take_away(&self, path: &str) {
        self.shared.files.lock().unwrap().remove(path);
    }

    /// What is neither in memory nor in the directory comes from this server, asked in the name of this one.
    pub fn stand_before(&self, upstream: SocketAddr) {
        *self.shared.upstream.lock().unwrap() = Some(upstream);
    }

    /// The next `times` answers for `path` (with its query) go wrong in this way.
    pub fn fault(&self, path: &str, times: usize, fault: Fault) {
        self.shared.rules.lock().unwrap().push(Rule { path: path.into(), left: times, fault });
    }

    pub fn heal(&self) {
        self.shared.rules.lock().unwrap().clear();
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().clone()
    }

    pub fn requests_for(&self, path: &str) -> usize {
        self.shared.seen.lock().unwrap().iter().filter(|s| s.path == path).count()
    }

    /// How many answers that hung were hung up on.
    pub fn abandoned(&self) -> usize {
        self.shared.abandoned.load(Ordering::SeqCst)
    }

    /// A line that gives so many bytes a second; none is as fast as can be.
    pub fn throttle(&self, bytes_per_s: Option<u64>) {
        self.shared.rate.store(bytes_per_s.unwrap_or(0), Ordering::SeqCst);
    }

    /// Ends what flows now. Whoever asks again is answered.
    pub fn tear_flows(&self) {
        self.shared.torn.fetch_add(1, Ordering::SeqCst);
    }

    /// What flows stands still, its connections open, until it may go on.
    pub fn hush_flows(&self, hushed: bool) {
        self.shared.hushed.store(hushed, Ordering::SeqCst);
    }

    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.stop();
    }
}

fn serve(listener: TcpListener, shared: Arc<Shared>) -> AbortHandle {
    tokio::spawn(async move {
        // Aborting this task drops the set, and with it every connection.
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                    shared.connections.fetch_add(1, Ordering::SeqCst);
                    connections.spawn(connection(stream, Arc::clone(&shared)));
                },
                Some(_) = connections.join_next() => {}
            }
        }
    })
    .abort_handle()
}

async fn connection(mut stream: TcpStream, shared: Arc<Shared>) {
    let _ = stream.set_nodelay(true);
    let mut buffer = Vec::new();
    while let Some(request) = read_request(&mut stream, &mut buffer).await {
        shared.seen.lock().unwrap().push(request.clone());
        if answer(&mut stream, &shared, &request).await.is_none() {
            return;
        }
    }
}

async fn read_request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Seen> {
    let end = loop {
        if let Some(at) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
            break at + 4;
        }
        let mut part = [0_u8; 4096];
        match stream.read(&mut part).await {
            Ok(n) if n > 0 => buffer.extend_from_slice(&part[..n]),
            _ => return None,
        }
    };
    let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
    buffer.drain(..end);
    let mut lines = head.split("\r\n");
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    let headers = lines
        .filter_map(|l| l.split_once(':'))
        .map(|(n, v)| (n.trim().to_ascii_lowercase(), v.trim().to_owned()))
        .collect();
    Some(Seen { path, headers })
}

impl Shared {
    fn take_fault(&self, path: &str) -> Option<Fault> {
        let mut rules = self.rules.lock().unwrap();
        let rule = rules.iter_mut().find(|r| r.path == path && r.left > 0)?;
        rule.left -= 1;
        Some(rule.fault.clone())
    }

    fn file(&self, path: &str) -> Option<File> {
        let path = path.split('?').next().unwrap_or_default();
        if let Some(file) = self.files.lock().unwrap().get(path) {
            return Some(file.clone());
        }
        let root = self.root.lock().unwrap().clone()?;
        if path.contains("..") {
            return None;
        }
        let bytes = std::fs::read(root.join(path.trim_start_matches('/'))).ok()?;
        let content_type = match path.rsplit('.').next() {
            Some("m3u8") => "application/vnd.apple.mpegurl",
            Some("mpd") => "application/dash+xml",
            Some("ts") => "video/mp2t",
            Some("mp4" | "m4s") => "video/mp4",
            _ => "application/octet-stream",
        };
        Some(File { bytes: Arc::new(bytes), content_type: content_type.into() })
    }
}

impl Shared {
    async fn forwarded(&self, request: &Seen) -> Option<File> {
        let upstream = (*self.upstream.lock().unwrap())?;
        let host = request.headers.iter().find(|(n, _)| n == "host").map_or("", |(_, v)| v);
        let mut stream = TcpStream::connect(upstream).await.ok()?;
        // The older version: its answers end with the connection and are never in chunks.
        let head = format!("GET {} HTTP/1.0\r\nhost: {host}\r\n\r\n", request.path);
        stream.write_all(head.as_bytes()).await.ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.ok()?;
        let end = answer.windows(4).position(|w| w == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        let mut lines = head.split("\r\n");
        if lines.next()?.split(' ').nth(1)? != "200" {
            return None;
        }
        let content_type = lines
            .filter_map(|l| l.split_once(':'))
            .find(|(n, _)| n.eq_ignore_ascii_case("content-type"))
            .map_or("application/octet-stream", |(_, v)| v.trim());
        Some(File { bytes: Arc::new(answer[end + 4..].to_vec()), content_type: content_type.into() })
    }
}

/// None ends the connection.
async fn answer(stream: &mut TcpStream, shared: &Shared, request: &Seen) -> Option<()> {
    let file = match shared.file(&request.path) {
        Some(file) => Some(file),
        None => shared.forwarded(request).await,
    };
    let range = request.headers.iter().find(|(n, _)| n == "range").map(|(_, v)| v.as_str());
    let fault = shared.take_fault(&request.path);
    match fault {
        Some(Fault::Status(status)) => return say(stream, status, &[("content-type", "text/plain")], b"no").await,
        Some(Fault::Busy(status, after)) => {
            return say(stream, status, &[("retry-after", &after.to_string())], b"busy").await;
        }
        Some(Fault::Silence) => return hang(stream, shared).await,
        Some(Fault::Reset) => {
            let _ = stream.set_zero_linger();
            return None;
        }
        Some(Fault::Page) => {
            // Longer than the segments: its end must not pass for the rest of one.
            let page = format!("<!DOCTYPE html><html>Please log in{}</html>", " ".repeat(64 << 10));
            return say(stream, 200, &[("content-type", "text/html")], page.as_bytes()).await;
        }
        Some(Fault::Empty) => return say(stream, 200, &[("content-type", "video/mp2t")], b"").await,
        Some(Fault::Redirect(to)) => return say(stream, 302, &[("location", &to)], b"").await,
        Some(Fault::Endless(pattern)) => {
            let head =
                "HTTP/1.1 200 OK\r\ncontent-type: application/vnd.apple.mpegurl\r\nconnection: close\r\n\r\n#EXTM3U\n";
            stream.write_all(head.as_bytes()).await.ok()?;
            let block = pattern.repeat(65_536 / pattern.len().max(1) + 1);
            while stream.write_all(&block).await.is_ok() {}
            return None;
        }
        Some(Fault::Late(pause)) => tokio::time::sleep(pause).await,
        _ => {}
    }
    let Some(file) = file else { return say(stream, 404, &[], b"not here").await };
    let all = file.bytes.len();
    let range = range.filter(|_| fault != Some(Fault::NoRanges));
    let (start, end) = match range.and_then(|r| bounds(r, all)) {
        Some((start, _)) if start >= all => {
            return say(stream, 416, &[("content-range", &format!("bytes */{all}"))], b"").await;
        }
        Some(bounds) => bounds,
        None => (0, all),
    };
    let mut body = file.bytes[start..end].to_vec();
    let mut head = match range {
        Some(_) => format!("HTTP/1.1 206 Partial Content\r\ncontent-range: bytes {start}-{}/{all}\r\n", end - 1),
        None => "HTTP/1.1 200 OK\r\n".to_owned(),
    };
    let announced = if fault == Some(Fault::WrongLength) { body.len() + 5_000 } else { body.len() };
    head +=
        &format!("content-type: {}\r\naccept-ranges: bytes\r\ncontent-length: {announced}\r\n\r\n", file.content_type);
    match fault {
        Some(Fault::Garbage) => body.iter_mut().enumerate().for_each(|(i, b)| *b = (i * 7 + 13) as u8 ^ *b ^ 0x5a),
        Some(Fault::ShortBody | Fault::Stall) => body.truncate(body.len() / 2),
        _ => {}
    }
    if let Some(Fault::Flow(rate)) = fault {
        return flow(stream, shared, &file, rate).await;
    }
    stream.write_all(head.as_bytes()).await.ok()?;
    if let Some(Fault::Drip(size, pause)) = fault {
        for part in body.chunks(size) {
            stream.write_all(part).await.ok()?;
            tokio::time::sleep(pause).await;
        }
        return Some(());
    }
    pour(stream, shared, &body).await?;
    match fault {
        Some(Fault::ShortBody | Fault::WrongLength) => None,
        Some(Fault::Stall) => hang(stream, shared).await,
        _ => Some(()),
    }
}

/// Says nothing until the other side hangs up.
async fn hang(stream: &mut TcpStream, shared: &Shared) -> Option<()> {
    let mut part = [0_u8; 256];
    while matches!(stream.read(&mut part).await, Ok(n) if n > 0) {}
    shared.abandoned.fetch_add(1, Ordering::SeqCst);
    None
}

async fn flow(stream: &mut TcpStream, shared: &Shared, file: &File, bytes_per_s: u64) -> Option<()> {
    let torn = shared.torn.load(Ordering::SeqCst);
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {}\r\nconnection: close\r\n\r\n", file.content_type);
    stream.write_all(head.as_bytes()).await.ok()?;
    let part = usize::try_from(bytes_per_s / 20).unwrap().max(1);
    let mut due = tokio::time::Instant::now();
    for part in file.bytes.chunks(part).cycle() {
        while shared.hushed.load(Ordering::SeqCst) {
            due = tokio::time::Instant::now();
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        if shared.torn.load(Ordering::SeqCst) != torn {
            return None;
        }
        stream.write_all(part).await.ok()?;
        due += Duration::from_millis(50);
        tokio::time::sleep_until(due).await;
    }
    None
}

async fn pour(stream: &mut TcpStream, shared: &Shared, body: &[u8]) -> Option<()> {
    let mut rest = body;
    while !rest.is_empty() {
        let rate = shared.rate.load(Ordering::SeqCst);
        let (part, after) = rest.split_at(if rate == 0 { rest.len() } else { rest.len().min(4_096) });
        stream.write_all(part).await.ok()?;
        if rate > 0 {
            tokio::time::sleep(Duration::from_secs_f64(part.len() as f64 / rate as f64)).await;
        }
        rest = after;
    }
    Some(())
}

fn bounds(range: &str, all: usize) -> Option<(usize, usize)> {
    let (start, end) = range.strip_prefix("bytes=")?.split_once('-')?;
    let start = start.parse().ok()?;
    let end = end.parse().map_or(all, |e: usize| (e + 1).min(all));
    Some((start, end))
}

async fn say(stream: &mut TcpStream, status: u16, headers: &[(&str, &str)], body: &[u8]) -> Option<()> {
    let mut head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += "\r\n";
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(body).await.ok()
}
