//! The one thread that writes `user.db`, and the handle through which the rest of the program speaks to it.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc},
    thread::JoinHandle,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use rusqlite::Connection;

use super::{
    backup,
    open::{self, Home, Opened},
    queue::Queue,
    recover, rows,
    trouble::Trouble,
    types::{StoreCommand, StoreNotice, UserData},
};
use crate::time::UtcMs;

/// A full disk or a read-only place is tried again this often: soon enough that a freed disk is used the same
/// evening, rare enough to cost nothing.
const RETRY_EVERY: Duration = Duration::from_secs(30);
/// After a backup that failed, for the same reason.
const BACKUP_RETRY_EVERY: Duration = Duration::from_secs(3600);
/// At the end the program waits this long for the last rows, then leaves: a hung disk must not keep the box from
/// going to standby.
const LEAVE_LIMIT: Duration = Duration::from_secs(3);

type OnNotice = Box<dyn Fn(StoreNotice) + Send>;

/// The viewer's data on its way to the disk. Dropping it writes what is left, with a bound.
pub struct Store {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    queue: Queue,
    /// Commands accepted so far, and how many of them are on the disk.
    sent: u64,
    written: u64,
    /// Attempts to write that failed; a flush that sees one more knows that waiting is of no use.
    failures: u64,
    /// Someone waits in `flush` or `data`: try now.
    hurry: bool,
    /// Those who wait in `data`.
    asking: Vec<mpsc::Sender<UserData>>,
    stop: bool,
    stopped: bool,
}

impl Shared {
    /// No code under this lock can leave the state half changed, so a poisoned one is as good as any.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All at once, so that the writer takes all or none.
    fn send(&self, commands: impl IntoIterator<Item = StoreCommand>) {
        let mut state = self.lock();
        for command in commands {
            state.queue.push(command);
            state.sent += 1;
        }
        drop(state);
        self.changed.notify_all();
    }

    fn wait(&self, until: Option<Instant>, ready: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let mut state = self.lock();
        while !ready(&state) {
            state = match until.map(|u| u.saturating_duration_since(Instant::now())) {
                Some(Duration::ZERO) => break,
                Some(left) => self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0,
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
        state
    }
}

/// A way into the store for those who work on other threads. After its end what is sent is lost.
#[derive(Clone)]
pub struct StoreSender(Arc<Shared>);

impl StoreSender {
    pub fn send(&self, command: StoreCommand) {
        self.0.send([command]);
    }
}

impl Store {
    /// Opens or makes the database in `dir` and reads all of it. Never fails: where nothing can be kept, the data
    /// lives in memory and the notices say why. Later notices come through `on_notice`, on the writer's thread.
    pub fn open(
        dir: &Path,
        now: UtcMs,
        on_notice: Box<dyn Fn(StoreNotice) + Send>,
    ) -> (Self, UserData, Vec<StoreNotice>) {
        let Opened { home, data, notices } = open::open(dir, now);
        let shared = Arc::new(Shared::default());
        let writer = Writer {
            dir: dir.to_owned(),
            shared: Arc::clone(&shared),
            home,
            mirror: data.clone(),
            told: notices.clone(),
            on_notice,
            clock_offset_ms: now.since(system_now()),
            backup_not_before: None,
        };
        let thread = std::thread::Builder::new().name("store".into()).spawn(move || writer.run());
        let thread = thread.inspect_err(|e| tracing::error!(%e, "no thread for the store; nothing is kept")).ok();
        if thread.is_none() {
            shared.lock().stopped = true;
        }
        (Self { shared, thread }, data, notices)
    }

    /// Takes the command and returns at once.
    pub fn send(&self, command: StoreCommand) {
        self.shared.send([command]);
    }

    /// The same with commands that belong together: one transaction writes them.
    pub fn send_all(&self, commands: impl IntoIterator<Item = StoreCommand>) {
        self.shared.send(commands);
    }

    /// What can send, too, and does not keep the store open.
    pub fn sender(&self) -> StoreSender {
        StoreSender(Arc::clone(&self.shared))
    }

    /// Waits until everything sent so far is on the disk. False when that has failed or takes longer than `timeout`.
    pub fn flush(&self, timeout: Duration) -> bool {
        let mut state = self.shared.lock();
        let (target, failures) = (state.sent, state.failures);
        state.hurry = true;
        drop(state);
        self.shared.changed.notify_all();
        let over = |s: &State| s.written >= target || s.failures > failures || s.stopped;
        self.shared.wait(Some(Instant::now() + timeout), over).written >= target
    }

    /// What the file says, or will say once it can be written. None when the writer does not answer within `timeout`.
    pub fn data(&self, timeout: Duration) -> Option<UserData> {
        let (asking, answer) = mpsc::channel();
        let mut state = self.shared.lock();
        if state.stopped {
            return None;
        }
        state.hurry = true;
        state.asking.push(asking);
        drop(state);
        self.shared.changed.notify_all();
        answer.recv_timeout(timeout).ok()
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.shared.lock().stop = true;
        self.shared.changed.notify_all();
        let stopped = self.shared.wait(Some(Instant::now() + LEAVE_LIMIT), |s| s.stopped).stopped;
        match self.thread.take() {
            Some(thread) if stopped => {
                let _ = thread.join();
            }
            Some(_) => tracing::error!("the disk does not answer; the last rows may be lost"),
            None => {}
        }
    }
}

struct Writer {
    dir: PathBuf,
    shared: Arc<Shared>,
    home: Home,
    /// What the file says or will say: a file that turns out damaged is written anew from here.
    mirror: UserData,
    told: Vec<StoreNotice>,
    on_notice: OnNotice,
    /// What the caller's clock shows beyond the system's.
    clock_offset_ms: i64,
    backup_not_before: Option<Instant>,
}

impl Writer {
    fn run(mut self) {
        let mut retry_at = None;
        loop {
            let wake = retry_at.filter(|_| !matches!(self.home, Home::Refused));
            let mut state =
                self.shared.wait(wake, |s| s.stop || s.hurry || (retry_at.is_none() && !s.queue.is_empty()));
            let (batch, count, stop) = (state.queue.take(), state.sent, state.stop);
            let asking = std::mem::take(&mut state.asking);
            state.hurry = false;
            drop(state);

            let written = self.write(&batch);
            for asked in asking {
                // Whoever has stopped waiting needs no answer.
                let _ = asked.send(self.mirror.clone());
            }
            let mut state = self.shared.lock();
            if written {
                state.written = count;
            } else {
                state.failures += 1;
                if !matches!(self.home, Home::Refused) {
                    state.queue.put_back(batch);
                }
            }
            drop(state);
            retry_at = (!written).then(|| Instant::now() + RETRY_EVERY);
            self.shared.changed.notify_all();
            if stop {
                break;
            }
            if written && self.shared.lock().queue.is_empty() {
                self.back_up();
            }
        }
        // Closing folds the log into the file; only then is the end announced.
        self.home = Home::Later;
        let mut state = self.shared.lock();
        state.stopped = true;
        state.asking.clear();
        drop(state);
        self.shared.changed.notify_all();
    }

    /// One transaction for the whole batch. An empty batch is written when the file is there.
    fn write(&mut self, batch: &[StoreCommand]) -> bool {
        if matches!(self.home, Home::Later) {
            self.try_home_again();
        }
        batch.iter().for_each(|command| self.mirror.apply(command));
        let Home::Open(conn) = &mut self.home else { return false };
        if batch.is_empty() {
            return true;
        }
        match commit(conn, batch).map_err(|e| Trouble::of_sql(&e, &self.dir)) {
            Ok(()) => true,
            Err(trouble) => self.after(trouble),
        }
    }

    /// True when the batch is on the disk after all.
    fn after(&mut self, trouble: Trouble) -> bool {
        match trouble {
            Trouble::DiskFull(_) => self.tell(StoreNotice::DiskFull, &trouble),
            Trouble::Busy(_) => tracing::warn!(%trouble, "writing is tried again"),
            Trouble::Damaged(_) => {
                tracing::warn!(%trouble, "the user database is written anew from memory");
                // Closed before its files are moved.
                self.home = Home::Later;
                match recover::rebuild(&self.dir, self.now(), &self.mirror) {
                    Ok(conn) => {
                        self.home = Home::Open(conn);
                        return true;
                    }
                    Err(trouble @ Trouble::DiskFull(_)) => self.tell(StoreNotice::DiskFull, &trouble),
                    Err(trouble) => self.tell(StoreNotice::NotWritable, &trouble),
                }
            }
            Trouble::NotWritable(_) | Trouble::Newer { .. } => {
                self.home = Home::Later;
                self.tell(StoreNotice::NotWritable, &trouble);
            }
        }
        false
    }

    fn try_home_again(&mut self) {
        let opened = open::open(&self.dir, self.now());
        if let Home::Open(_) = opened.home {
            tracing::info!("the user database can be written again");
            // What was sent meanwhile is in the queue and comes on top of what the file says.
            self.mirror = opened.data;
        }
        self.home = opened.home;
        for notice in opened.notices {
            if !self.told.contains(&notice) {
                self.told.push(notice.clone());
                (self.on_notice)(notice);
            }
        }
    }

    fn tell(&mut self, notice: StoreNotice, trouble: &Trouble) {
        if self.told.contains(&notice) {
            tracing::debug!(%trouble, "still not written");
            return;
        }
        tracing::warn!(%trouble, "the viewer's data is kept in memory until it can be written");
        self.told.push(notice.clone());
        (self.on_notice)(notice);
    }

    fn back_up(&mut self) {
        let Home::Open(conn) = &self.home else { return };
        let now = self.now();
        if self.backup_not_before.is_some_and(|at| Instant::now() < at) || backup::path_for(&self.dir, now).exists() {
            return;
        }
        match backup::make(conn, &self.dir, now) {
            Ok(path) => tracing::info!(path = %path.display(), "user database backed up"),
            Err(trouble) => {
                tracing::warn!(%trouble, "no backup of the user database today");
                self.backup_not_before = Some(Instant::now() + BACKUP_RETRY_EVERY);
            }
        }
    }

    fn now(&self) -> UtcMs {
        system_now().plus(self.clock_offset_ms)
    }
}

fn commit(conn: &mut Connection, batch: &[StoreCommand]) -> rusqlite::Result<()> {
    let tx = conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for command in batch {
        rows::execute(&tx, command)?;
    }
    tx.commit()
}

fn system_now() -> UtcMs {
    let ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis());
    UtcMs(ms.try_into().unwrap_or(i64::MAX))
}
