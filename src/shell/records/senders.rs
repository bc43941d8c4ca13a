//! A sender for each learner who has learnt since the start: outbox and consent are a learner's own, and what waits for one
//! who has left goes on its way behind the next.

use std::{cell::RefCell, collections::BTreeMap, path::PathBuf, sync::Arc};

use tokio::runtime::Handle;

use super::{Parts, RecordSender, RecordStore};
use crate::{
    app::What,
    learning::roster::LearnerId,
    schedule::Manner,
    shell::inbox::Inbox,
    store::{Household, Outbox, household},
};

pub struct RecordSenders {
    pub on: Handle,
    pub to: RecordStore,
    pub http: reqwest::Client,
    pub manner: Manner,
    pub household: Arc<Household>,
    /// Where the household's data lies.
    pub dir: PathBuf,
    pub inbox: Inbox,
    pub senders: RefCell<BTreeMap<LearnerId, RecordSender>>,
}

impl RecordSenders {
    /// Whether the records of whoever learns now may leave.
    pub fn let_out(&self, on: bool) {
        self.with_now(|sender| sender.let_out(on));
    }

    /// Something was put into the outbox of whoever learns now.
    pub fn more(&self) {
        self.with_now(RecordSender::more);
    }

    /// Before everything of the learner is deleted.
    pub fn remove(&self, learner: LearnerId) {
        self.senders.borrow_mut().remove(&learner);
    }

    fn with_now(&self, f: impl FnOnce(&RecordSender)) {
        let learner = self.household.now();
        let mut senders = self.senders.borrow_mut();
        if !senders.contains_key(&learner)
            && let Some(sender) = self.start(learner)
        {
            senders.insert(learner, sender);
        }
        if let Some(sender) = senders.get(&learner) {
            f(sender);
        }
    }

    /// Nothing leaves before it is let.
    fn start(&self, learner: LearnerId) -> Option<RecordSender> {
        let told = self.inbox.clone();
        let parts = Parts {
            http: self.http.clone(),
            to: self.to.clone(),
            outbox: Outbox::of(&household::folder(&self.dir, learner)),
            store: self.household.sender(learner)?,
            manner: self.manner,
        };
        let tell = move |standing| told.say(What::Records { learner, standing });
        Some(RecordSender::start(&self.on, parts, false, tell))
    }
}
