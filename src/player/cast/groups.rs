//! The thread that receives: joins and leaves groups, reads their sockets, hands units to who watches. Callers only
//! send it commands, so they never wait. Nothing is received while nobody watches and nothing is kept ready.

mod ear;

use std::{
    io::{self, Write},
    net::SocketAddr,
    os::unix::net::UnixStream,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{Sender, channel},
    },
    time::Instant,
};

use bytes::Bytes;

use super::{channel::Unit, psi::Programme};
use crate::player::sounds::Sound;
use ear::Ear;

/// What may be spent on being ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Groups joined at a time, the one that plays among them.
    pub groups: usize,
    /// Kept of each.
    pub ring_bytes: usize,
}

impl Default for Limits {
    /// The running channel, the previous and the next; four seconds of 8 Mbit/s of each.
    fn default() -> Self {
        Self { groups: 3, ring_bytes: 4 << 20 }
    }
}

/// What a watcher gets. Times are nanoseconds since `Cast::origin`.
#[derive(Debug)]
pub enum Signal {
    Programme(Programme),
    /// What comes next does not continue what was before.
    Broken,
    Unit {
        unit: Arc<Unit>,
        present_ns: i64,
        decode_ns: i64,
    },
    /// A piece of subtitles, of this stream of the programme.
    Words {
        pid: u16,
        present_ns: i64,
        data: Bytes,
    },
    /// Show what came so far before anything else comes; what comes next does not need it.
    Still,
    /// The group cannot be joined.
    Failed(io::Error),
}

/// Called on the receiving thread; must not wait.
pub type Sink = Box<dyn FnMut(Signal) + Send>;

enum Command {
    Watch { id: u64, at: SocketAddr, sound: Option<Sound>, bytes: Arc<AtomicU64>, sink: Sink },
    Unwatch(u64),
    Keep { groups: Vec<SocketAddr>, join: bool },
    Limit(Limits),
    Quit,
}

struct Mouth {
    commands: Sender<Command>,
    bell: UnixStream,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// All groups. The thread starts with the first command and ends with this.
pub struct Cast {
    origin: Instant,
    mouth: Arc<Mutex<Option<Mouth>>>,
    next: AtomicU64,
}

impl Default for Cast {
    fn default() -> Self {
        Self { origin: Instant::now(), mouth: Arc::default(), next: AtomicU64::new(0) }
    }
}

/// Watches a group until it is dropped.
pub struct Watch {
    id: u64,
    bytes: Arc<AtomicU64>,
    mouth: Arc<Mutex<Option<Mouth>>>,
}

impl Watch {
    /// Received of this group since the watch began.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        say(&self.mouth, Command::Unwatch(self.id));
    }
}

fn say(mouth: &Mutex<Option<Mouth>>, command: Command) {
    let guard = mouth.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(mouth) = &*guard
        && mouth.commands.send(command).is_ok()
    {
        // A full bell has been rung already.
        let _ = (&mouth.bell).write(&[1]);
    }
}

impl Cast {
    /// The zero of all times in `Signal`.
    pub fn origin(&self) -> Instant {
        self.origin
    }

    /// `sound`: which of several is wished for.
    pub fn watch(&self, at: SocketAddr, sound: Option<Sound>, mut sink: Sink) -> Watch {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let bytes = Arc::new(AtomicU64::new(0));
        match self.start() {
            Ok(()) => say(&self.mouth, Command::Watch { id, at, sound, bytes: bytes.clone(), sink }),
            Err(error) => sink(Signal::Failed(error)),
        }
        Watch { id, bytes, mouth: self.mouth.clone() }
    }

    /// Leaves every group that is not watched and not among these. With `join` those that are missing are joined, as far
    /// as the limits go.
    pub fn keep(&self, groups: Vec<SocketAddr>, join: bool) {
        if !groups.is_empty() && join && self.start().is_err() {
            return;
        }
        say(&self.mouth, Command::Keep { groups, join });
    }

    pub fn limit(&self, limits: Limits) {
        if self.start().is_ok() {
            say(&self.mouth, Command::Limit(limits));
        }
    }

    fn start(&self) -> io::Result<()> {
        let mut guard = self.mouth.lock().unwrap_or_else(PoisonError::into_inner);
        if guard.is_some() {
            return Ok(());
        }
        let (bell, ring) = UnixStream::pair()?;
        bell.set_nonblocking(true)?;
        ring.set_nonblocking(true)?;
        let (commands, inbox) = channel();
        let mut ear = Ear::new(self.origin, inbox, ring);
        let thread = std::thread::Builder::new().name("cast".into()).spawn(move || ear.run())?;
        *guard = Some(Mouth { commands, bell, thread: Some(thread) });
        Ok(())
    }
}

impl Drop for Cast {
    fn drop(&mut self) {
        say(&self.mouth, Command::Quit);
        let mouth = self.mouth.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = mouth.and_then(|mut m| m.thread.take()) {
            let _ = thread.join();
        }
    }
}
