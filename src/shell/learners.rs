//! The thread that reads and keeps what belongs to learners, one order after the other: each may wait for the disk. Who
//! learns is changed by the desk itself, in the order of the core's effects.

use std::{
    path::PathBuf,
    sync::{Arc, mpsc},
    time::Duration,
};

use super::{clock, enrol, inbox::Inbox};
use crate::{
    app::{What, learners::LearnerOrder},
    learning::roster::LearnerId,
    store::{Household, household, types::StoreCommand},
};

/// At the end an order that the disk holds up is waited for no longer than this.
const LEAVE_LIMIT: Duration = Duration::from_secs(3);

pub struct LearnerKeeper {
    household: Arc<Household>,
    dir: PathBuf,
    orders: Option<mpsc::Sender<LearnerOrder>>,
    ended: mpsc::Receiver<()>,
}

impl LearnerKeeper {
    pub fn start(household: Arc<Household>, dir: PathBuf, inbox: Inbox) -> std::io::Result<Self> {
        let (orders, taken) = mpsc::channel();
        let (end, ended) = mpsc::channel();
        let works = Arc::clone(&household);
        std::thread::Builder::new().name("learners".into()).spawn(move || {
            for order in taken {
                run(&works, &inbox, order);
            }
            drop(works);
            drop(end);
        })?;
        Ok(Self { household, dir, orders: Some(orders), ended })
    }

    pub fn run(&self, order: LearnerOrder) {
        match order {
            LearnerOrder::Enter(learner) => self.household.enter(learner),
            order => {
                // The thread takes orders for as long as this lives.
                if let Some(orders) = &self.orders {
                    let _ = orders.send(order);
                }
            }
        }
    }

    /// The folder of whoever learns now.
    pub fn folder(&self) -> PathBuf {
        household::folder(&self.dir, self.household.now())
    }
}

impl Drop for LearnerKeeper {
    fn drop(&mut self) {
        self.orders = None;
        // Nothing is ever sent: it ends by the thread's end, or this waits no longer.
        if self.ended.recv_timeout(LEAVE_LIMIT) == Err(mpsc::RecvTimeoutError::Timeout) {
            tracing::error!("the disk does not answer; the list of learners may be the earlier one");
        }
    }
}

fn run(household: &Household, inbox: &Inbox, order: LearnerOrder) {
    match order {
        LearnerOrder::Read { learner, ask } => inbox.say(read(household, learner, ask)),
        LearnerOrder::Keep(roster) => household.keep(&roster),
        LearnerOrder::Remove(learner) => {
            inbox.say(What::LearnerRemoved { learner, gone: household.remove(learner) });
        }
        LearnerOrder::Enter(_) => {}
    }
}

fn read(household: &Household, learner: LearnerId, ask: u32) -> What {
    let Some((mut user, notices)) = household.read(learner, clock::wall()) else {
        tracing::warn!(%learner, "the disk does not give this learner's data");
        return What::LearnerRead { ask, user: None, notices: Vec::new() };
    };
    if user.settings.learner.is_empty() {
        user.settings.learner = enrol::new_learner();
        household.send_to(learner, StoreCommand::SaveSettings(user.settings.clone()));
    }
    What::LearnerRead { ask, user: Some(Box::new(user)), notices }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{shell::inbox::Arrival, store::types::UserData};

    /// Answered in the order in which it was asked.
    fn answers(inbox: &Inbox, called: &mpsc::Receiver<()>, count: usize) -> Vec<What> {
        let mut all = Vec::new();
        while all.len() < count {
            called.recv_timeout(Duration::from_secs(30)).unwrap();
            all.extend(
                inbox.take().into_iter().filter_map(|a| if let Arrival::What(what) = a { Some(what) } else { None }),
            );
        }
        all
    }

    fn learner(what: &What) -> (u32, String) {
        let What::LearnerRead { ask, user: Some(user), notices } = what else { panic!("{what:?}") };
        assert!(notices.is_empty());
        assert_eq!(UserData { settings: Default::default(), ..(**user).clone() }, UserData::default());
        (*ask, user.settings.learner.clone())
    }

    #[test]
    fn each_learner_is_known_to_the_operator_by_a_name_made_once_and_has_a_folder() {
        let dir = tempfile::tempdir().unwrap();
        let (call, called) = mpsc::channel();
        let inbox = Inbox::new(move || {
            let _ = call.send(());
        });
        let (household, found) = Household::open(dir.path(), clock::wall(), |_| {});
        let mut roster = found.roster;
        let ids = ["奶奶", "爷爷"].map(|name| roster.add(name).unwrap());
        let keeper = LearnerKeeper::start(Arc::new(household), dir.path().into(), inbox.clone()).unwrap();
        assert_eq!(keeper.folder(), dir.path());
        for (ask, learner) in (1..).zip([ids[0], ids[1], ids[0]]) {
            keeper.run(LearnerOrder::Read { learner, ask });
        }
        let said = answers(&inbox, &called, 3);
        let [(1, grandma), (2, grandpa), (3, again)] = [&said[0], &said[1], &said[2]].map(learner) else {
            panic!("{said:?}")
        };
        assert_eq!((grandma.len(), &grandma), (32, &again));
        assert_ne!(grandma, grandpa);
        keeper.run(LearnerOrder::Enter(ids[0]));
        assert_eq!(keeper.folder(), dir.path().join("learners/2"));
        keeper.run(LearnerOrder::Remove(ids[1]));
        assert_eq!(answers(&inbox, &called, 1), [What::LearnerRemoved { learner: ids[1], gone: true }]);
        roster.remove(ids[1]);
        // What was ordered last is done before the end.
        keeper.run(LearnerOrder::Keep(roster.clone()));
        drop(keeper);
        assert_eq!(household::roster(dir.path()), roster);
    }
}
