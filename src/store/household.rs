//! The stores of one television: the household's, which is the first learner's too, and one for each other learner who has
//! learnt since the start. Who learns is changed on the caller's thread and never waits; opening, reading and removing may
//! wait for the disk.
//!
//! Promise: a command reaches the file of whoever learns at the moment of `send`, or, being the household's, the first
//! file; where the right file is not there it reaches none.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{
    learner_list,
    trouble::Trouble,
    types::{StoreCommand, StoreNotice, UserData},
    whose::Whose,
    writer::{Store, StoreSender},
};
use crate::{
    learning::roster::{LearnerId, Roster},
    time::UtcMs,
};

/// For a writer to say what it holds. It holds it in memory; only a disk that hangs keeps it from answering.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

type OnNotice = Arc<dyn Fn(StoreNotice) + Send + Sync>;

/// Where two locks are held, this one is taken before a store's own.
pub struct Household {
    dir: PathBuf,
    first: Arc<Store>,
    state: Mutex<State>,
    on_notice: OnNotice,
}

struct State {
    now: LearnerId,
    /// Without the first.
    others: BTreeMap<LearnerId, Arc<Store>>,
}

/// What was found at the start.
pub struct Found {
    pub roster: Roster,
    /// The household's things and those of whoever learns now.
    pub user: UserData,
    pub notices: Vec<StoreNotice>,
}

/// Where the data of a learner lies in the household's folder `dir`.
pub fn folder(dir: &Path, learner: LearnerId) -> PathBuf {
    learner_list::folder(dir, learner)
}

/// Who learns here, without touching anything.
pub fn roster(dir: &Path) -> Roster {
    learner_list::look(dir)
}

impl Household {
    /// Never fails, as `Store::open` does not. Later notices come through `on_notice`, on the threads of the stores.
    pub fn open(dir: &Path, now: UtcMs, on_notice: impl Fn(StoreNotice) + Send + Sync + 'static) -> (Self, Found) {
        let on_notice: OnNotice = Arc::new(on_notice);
        let (first, mut user, mut notices) = open_store(dir, now, &on_notice);
        let roster = learner_list::open(dir);
        let mut others = BTreeMap::new();
        let learner = roster.now();
        if learner != LearnerId::FIRST {
            let (store, own, more) = open_store(&learner_list::folder(dir, learner), now, &on_notice);
            user.take_learner(own);
            notices.extend(more.into_iter().filter(|n| !notices.contains(n)).collect::<Vec<_>>());
            others.insert(learner, store);
        }
        let state = Mutex::new(State { now: learner, others });
        (Self { dir: dir.to_owned(), first, state, on_notice }, Found { roster, user, notices })
    }

    /// Takes the command and returns at once.
    pub fn send(&self, command: StoreCommand) {
        self.send_all([command]);
    }

    /// The same with commands that belong together: for each file one transaction writes its part.
    pub fn send_all(&self, commands: impl IntoIterator<Item = StoreCommand>) {
        let state = self.lock();
        if state.now == LearnerId::FIRST {
            return self.first.send_all(commands);
        }
        let (shared, own): (Vec<_>, Vec<_>) = commands.into_iter().partition(|c| c.whose() == Whose::Household);
        self.first.send_all(shared);
        match self.of(&state, state.now) {
            Some(store) => store.send_all(own),
            None if own.is_empty() => {}
            None => tracing::error!(learner = %state.now, "this learner's store is not open; records are lost"),
        }
    }

    /// From now on `learner`'s own commands are meant, which `read` has opened.
    pub fn enter(&self, learner: LearnerId) {
        self.lock().now = learner;
    }

    /// Whoever learns now.
    pub fn now(&self) -> LearnerId {
        self.lock().now
    }

    /// A learner's own things as they are or will be on the disk. None where the disk does not answer. Waits.
    pub fn read(&self, learner: LearnerId, now: UtcMs) -> Option<(UserData, Vec<StoreNotice>)> {
        let known = self.of(&self.lock(), learner).cloned();
        if let Some(store) = known {
            return Some((store.data(ANSWER_LIMIT)?.learners_own(), Vec::new()));
        }
        let (store, own, notices) = open_store(&learner_list::folder(&self.dir, learner), now, &self.on_notice);
        self.lock().others.insert(learner, store);
        Some((own.learners_own(), notices))
    }

    /// Sends a learner's own command, whoever learns now, where `read` has opened the store.
    pub fn send_to(&self, learner: LearnerId, command: StoreCommand) {
        if let Some(store) = self.of(&self.lock(), learner) {
            store.send(command);
        }
    }

    /// A way into the learner's own store for those who work on other threads, where `read` has opened it.
    pub fn sender(&self, learner: LearnerId) -> Option<StoreSender> {
        self.of(&self.lock(), learner).map(|store| store.sender())
    }

    /// Writes the list of learners. Waits.
    pub fn keep(&self, roster: &Roster) {
        if let Err(error) = learner_list::write(&self.dir, roster) {
            tracing::warn!(%error, "the list of learners was not written");
            (self.on_notice)(match Trouble::of_io(&error) {
                Trouble::DiskFull(_) => StoreNotice::DiskFull,
                _ => StoreNotice::NotWritable,
            });
        }
    }

    /// Deletes everything of a learner who is neither the first nor learns now; false where it is still there. Waits.
    pub fn remove(&self, learner: LearnerId) -> bool {
        let mut state = self.lock();
        if learner == LearnerId::FIRST || learner == state.now {
            tracing::error!(%learner, "the first learner and whoever learns now cannot be removed");
            return false;
        }
        let store = state.others.remove(&learner);
        drop(state);
        // Its writer must have ended, or it would make its folder again.
        drop(store);
        let removed = learner_list::remove(&self.dir, learner);
        removed.inspect_err(|error| tracing::warn!(%error, %learner, "a learner's folder cannot be removed")).is_ok()
    }

    /// Waits until everything sent so far is on the disk. False when that has failed or takes longer than `timeout`.
    pub fn flush(&self, timeout: Duration) -> bool {
        let until = Instant::now() + timeout;
        let others: Vec<Arc<Store>> = self.lock().others.values().cloned().collect();
        let mut all = true;
        for store in others.iter().chain([&self.first]) {
            all &= store.flush(until.saturating_duration_since(Instant::now()));
        }
        all
    }

    fn of<'a>(&'a self, state: &'a State, learner: LearnerId) -> Option<&'a Arc<Store>> {
        if learner == LearnerId::FIRST { Some(&self.first) } else { state.others.get(&learner) }
    }

    /// Nothing under this lock can leave the state half changed.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn open_store(dir: &Path, now: UtcMs, on_notice: &OnNotice) -> (Arc<Store>, UserData, Vec<StoreNotice>) {
    let to = Arc::clone(on_notice);
    let (store, data, notices) = Store::open(dir, now, Box::new(move |notice| to(notice)));
    (Arc::new(store), data, notices)
}

#[cfg(test)]
#[path = "household_tests.rs"]
mod tests;
