//! The control socket (DESIGN §9): JSON lines on a Unix socket that only its owner can open, for an operator's test
//! bench and our own tests. Knows nothing of the interface: requests go to a handler, answers may come later.
//!
//! Promises: nobody but the owner ever reaches it, not even between making and guarding it; a client that sends
//! nonsense is told so and kept; a client that does not read is dropped and never waited for.

use std::{
    collections::HashMap,
    fs, io,
    os::unix::fs::{DirBuilderExt as _, FileTypeExt as _, MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufRead, AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{UnixListener, UnixStream, unix::OwnedWriteHalf},
    runtime::Handle,
    sync::{Notify, Semaphore, mpsc, oneshot},
    task::JoinHandle,
};

pub use super::control_request::ControlRequest;

/// The longest request is a path; anything near this is a mistake.
const LINE_MAX_BYTES: usize = 64 * 1024;
/// A test bench needs two; more is a leak in it.
const CONNECTIONS_MAX: usize = 16;
/// Lines that may wait for a client; a state is about 1 KB.
const UNREAD_MAX_LINES: usize = 256;
/// A screenshot on a slow box takes a second or two; beyond this the interface hangs and the bench should hear of it.
const ANSWER_LIMIT: Duration = Duration::from_secs(15);
/// After a failed accept (no file descriptors left), so as not to spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    #[error("{path} exists and is no socket; remove it or choose another path for --control")]
    NotASocket { path: PathBuf },
    #[error("another program listens on {path}; end it or choose another path for --control")]
    InUse { path: PathBuf },
    #[error("the control socket {path} cannot be made: {error}")]
    Io { path: PathBuf, error: io::Error },
}

/// Where the answer to one request goes. Dropped unanswered, it says so.
#[derive(Debug)]
pub struct ReplyTo(oneshot::Sender<Value>);

impl ReplyTo {
    pub fn send(self, answer: Value) {
        // A client that has left needs no answer.
        let _ = self.0.send(answer);
    }

    pub fn ok(self) {
        self.send(json!({"ok": true}));
    }

    pub fn error(self, what: &str) {
        self.send(error_line(what));
    }
}

/// Called on a thread of the runtime; must not block.
pub type Handler = Arc<dyn Fn(ControlRequest, ReplyTo) + Send + Sync>;

/// The listening socket. Dropping it ends every connection and removes the file.
pub struct ControlServer {
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
    path: PathBuf,
    /// Device and inode, so that a successor's socket is not removed.
    identity: Option<(u64, u64)>,
}

struct Shared {
    handler: Handler,
    seats: Arc<Semaphore>,
    clients: Mutex<Clients>,
    next_id: AtomicU64,
}

#[derive(Default)]
struct Clients {
    /// The state published last.
    last: Option<Arc<str>>,
    subscribers: HashMap<u64, Client>,
    /// Every open connection.
    open: HashMap<u64, Arc<Notify>>,
    ended: bool,
}

/// One connection's outgoing side.
#[derive(Clone)]
struct Client {
    lines: mpsc::Sender<Arc<str>>,
    /// Told when the client reads too slowly, or the server ends.
    drop_it: Arc<Notify>,
}

impl ControlServer {
    pub fn start(path: &Path, runtime: &Handle, handler: Handler) -> Result<Self, ControlError> {
        let failed = |error| ControlError::Io { path: path.to_owned(), error };
        // A longer path could be moved into place, but nobody could connect to it.
        std::os::unix::net::SocketAddr::from_pathname(path).map_err(failed)?;
        make_way(path)?;
        let listener = bind_privately(path).map_err(failed)?;
        let identity = fs::symlink_metadata(path).map(|m| (m.dev(), m.ino())).ok();
        let listener = {
            let _inside = runtime.enter();
            UnixListener::from_std(listener).map_err(failed)?
        };
        let shared = Arc::new(Shared {
            handler,
            seats: Arc::new(Semaphore::new(CONNECTIONS_MAX)),
            clients: Mutex::default(),
            next_id: AtomicU64::new(0),
        });
        let accepting = runtime.spawn(accept(listener, Arc::clone(&shared)));
        Ok(Self { shared, accepting, path: path.to_owned(), identity })
    }

    /// Sends the state to every subscriber when it differs from the last one. Never waits.
    pub fn publish(&self, state: &Value) {
        let line: Arc<str> = format!("{state}\n").into();
        let mut clients = self.shared.clients();
        if clients.last.as_ref() == Some(&line) {
            return;
        }
        clients.subscribers.retain(|_, client| {
            let taken = client.lines.try_send(Arc::clone(&line)).is_ok();
            if !taken {
                client.drop_it.notify_one();
            }
            taken
        });
        clients.last = Some(line);
    }
}

impl Drop for ControlServer {
    fn drop(&mut self) {
        self.accepting.abort();
        let mut clients = self.shared.clients();
        clients.ended = true;
        clients.open.values().for_each(|drop_it| drop_it.notify_one());
        drop(clients);
        if fs::symlink_metadata(&self.path).is_ok_and(|m| Some((m.dev(), m.ino())) == self.identity) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl Shared {
    fn clients(&self) -> MutexGuard<'_, Clients> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn ask(&self, request: ControlRequest) -> Value {
        let held = match request {
            ControlRequest::Hold { ms, .. } => Duration::from_millis(ms),
            _ => Duration::ZERO,
        };
        let (to, answer) = oneshot::channel();
        (self.handler)(request, ReplyTo(to));
        match tokio::time::timeout(ANSWER_LIMIT + held, answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => error_line("the program gave no answer"),
            Err(_) => error_line("the interface did not answer in time"),
        }
    }
}

fn error_line(what: &str) -> Value {
    json!({"error": what})
}

/// Refuses what must not be replaced and removes what a dead program left behind.
fn make_way(path: &Path) -> Result<(), ControlError> {
    let failed = |error| ControlError::Io { path: path.to_owned(), error };
    match fs::symlink_metadata(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(failed(e)),
        Ok(found) if !found.file_type().is_socket() => return Err(ControlError::NotASocket { path: path.to_owned() }),
        Ok(_) => {}
    }
    match std::os::unix::net::UnixStream::connect(path) {
        Ok(_) => Err(ControlError::InUse { path: path.to_owned() }),
        Err(e) if e.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path).map_err(failed),
        Err(e) => Err(failed(e)),
    }
}

/// Makes the socket in a folder that only the owner can enter, restricts it there and only then moves it into place:
/// at no moment can anybody else connect, and no process-wide umask is touched.
fn bind_privately(path: &Path) -> io::Result<std::os::unix::net::UnixListener> {
    let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let private = private_folder(parent)?;
    let inside = private.join("s");
    let made = (|| {
        let listener = std::os::unix::net::UnixListener::bind(&inside)?;
        fs::set_permissions(&inside, fs::Permissions::from_mode(0o600))?;
        listener.set_nonblocking(true)?;
        fs::rename(&inside, path)?;
        Ok(listener)
    })();
    let _ = fs::remove_dir_all(&private);
    made
}

/// A name as short as can be, since the path of a socket may have 107 bytes only.
fn private_folder(parent: &Path) -> io::Result<PathBuf> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    loop {
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = parent.join(format!(".c{}-{n}", std::process::id()));
        match fs::DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => return Ok(folder),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(e),
        }
    }
}

async fn accept(listener: UnixListener, shared: Arc<Shared>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(admit(stream, Arc::clone(&shared)));
            }
            Err(error) => {
                tracing::warn!(%error, "control socket");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn admit(mut stream: UnixStream, shared: Arc<Shared>) {
    let Ok(_seat) = Arc::clone(&shared.seats).try_acquire_owned() else {
        let full = error_line(&format!("{CONNECTIONS_MAX} connections are open; close one first"));
        let _ = tokio::time::timeout(ANSWER_LIMIT, stream.write_all(format!("{full}\n").as_bytes())).await;
        return;
    };
    let id = shared.next_id.fetch_add(1, Ordering::Relaxed);
    let (read, write) = stream.into_split();
    let (lines, outgoing) = mpsc::channel(UNREAD_MAX_LINES);
    let client = Client { lines, drop_it: Arc::default() };
    let dropped = Arc::clone(&client.drop_it);
    {
        let mut clients = shared.clients();
        if clients.ended {
            return;
        }
        clients.open.insert(id, Arc::clone(&dropped));
    }
    let mut writing = tokio::spawn(send_lines(write, outgoing));

    tokio::select! {
        // Ends with the client's last line; what is still to be sent is then sent.
        () = serve(BufReader::new(read), &shared, id, &client) => {
            drop(client);
            // A subscriber may close its sending side and go on listening (`… | nc -U`).
            tokio::select! {
                _ = &mut writing => {}
                () = dropped.notified() => {}
            }
        }
        _ = &mut writing => {}
        () = dropped.notified() => tracing::debug!(id, "control client dropped"),
    }
    let mut clients = shared.clients();
    clients.subscribers.remove(&id);
    clients.open.remove(&id);
    drop(clients);
    writing.abort();
}

async fn send_lines(mut write: OwnedWriteHalf, mut lines: mpsc::Receiver<Arc<str>>) {
    while let Some(line) = lines.recv().await {
        if write.write_all(line.as_bytes()).await.is_err() {
            break;
        }
    }
}

async fn serve(mut read: impl AsyncBufRead + Unpin, shared: &Shared, id: u64, client: &Client) {
    let mut line = Vec::new();
    loop {
        let answer = match next_line(&mut read, &mut line).await {
            Ok(Line::End) | Err(_) => return,
            Ok(Line::TooLong) => error_line(&format!("the line is longer than {LINE_MAX_BYTES} bytes; it was ignored")),
            Ok(Line::Whole) => match std::str::from_utf8(&line).map(str::trim) {
                Ok("") => continue,
                Ok(text) => match ControlRequest::parse(text) {
                    Ok(ControlRequest::Subscribe(true)) => {
                        subscribe(shared, id, client).await;
                        continue;
                    }
                    Ok(ControlRequest::Subscribe(false)) => {
                        shared.clients().subscribers.remove(&id);
                        json!({"ok": true})
                    }
                    Ok(request) => shared.ask(request).await,
                    Err(what) => error_line(&what),
                },
                Err(_) => error_line("the line is not UTF-8"),
            },
        };
        if client.lines.send(format!("{answer}\n").into()).await.is_err() {
            return;
        }
    }
}

/// The answer is the present state, so that a subscriber knows it from the first line on. What is published while it
/// is asked for follows it, so that the newest state is always the last line.
async fn subscribe(shared: &Shared, id: u64, client: &Client) {
    let before = shared.clients().last.clone();
    let state: Arc<str> = format!("{}\n", shared.ask(ControlRequest::GetState).await).into();
    let mut clients = shared.clients();
    let since = clients.last.clone().filter(|last| Some(last) != before.as_ref() && *last != state);
    for line in [Some(state), since].into_iter().flatten() {
        if client.lines.try_send(line).is_err() {
            client.drop_it.notify_one();
            return;
        }
    }
    clients.subscribers.insert(id, client.clone());
}

enum Line {
    Whole,
    TooLong,
    End,
}

/// Reads to the end of a line, keeping no more than the limit of it. A last line without its end counts.
async fn next_line(read: &mut (impl AsyncBufRead + Unpin), line: &mut Vec<u8>) -> io::Result<Line> {
    line.clear();
    let mut too_long = false;
    loop {
        let chunk = read.fill_buf().await?;
        let end = chunk.iter().position(|&b| b == b'\n');
        let (part, used) = match end {
            Some(at) => (chunk.get(..at).unwrap_or_default(), at + 1),
            None => (chunk, chunk.len()),
        };
        let at_end = chunk.is_empty();
        too_long |= line.len() + part.len() > LINE_MAX_BYTES;
        if !too_long {
            line.extend_from_slice(part);
        }
        read.consume(used);
        if end.is_some() || at_end {
            return Ok(match (too_long, at_end && line.is_empty()) {
                (true, _) => Line::TooLong,
                (_, true) => Line::End,
                _ => Line::Whole,
            });
        }
    }
}

#[cfg(test)]
#[path = "control_tests.rs"]
mod tests;
