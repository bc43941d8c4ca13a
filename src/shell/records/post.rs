//! The sender of whoever learns now. Those who do not learn now send nothing: what they left waits for them.

use std::{
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use tokio::runtime::Handle;

use super::{Parts, RecordSender, RecordStore};
use crate::{
    app::What,
    schedule::Manner,
    shell::inbox::Inbox,
    store::{Household, Outbox},
};

pub struct RecordPost {
    on: Handle,
    http: reqwest::Client,
    to: RecordStore,
    manner: Manner,
    inbox: Inbox,
    sender: Mutex<Option<RecordSender>>,
}

impl RecordPost {
    /// `http`: one that follows no redirect.
    pub fn new(on: Handle, http: reqwest::Client, to: RecordStore, manner: Manner, inbox: Inbox) -> Self {
        Self { on, http, to, manner, inbox, sender: Mutex::default() }
    }

    /// Sends what waits in `folder` from now on, that of whoever learns in `household`, where it is `allowed`.
    pub fn turn_to(&self, folder: PathBuf, household: &Household, allowed: bool) {
        let Some(store) = household.sender() else { return };
        let parts = Parts {
            http: self.http.clone(),
            to: self.to.clone(),
            outbox: Outbox::of(&folder),
            store,
            manner: self.manner,
        };
        let told = self.inbox.clone();
        let sender = RecordSender::start(&self.on, parts, allowed, move |standing| told.say(What::Records(standing)));
        // The one before ends with this.
        *self.sender.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
    }

    pub fn more(&self) {
        self.tell(RecordSender::more);
    }

    pub fn let_out(&self, on: bool) {
        self.tell(|sender| sender.let_out(on));
    }

    fn tell(&self, what: impl FnOnce(&RecordSender)) {
        if let Some(sender) = &*self.sender.lock().unwrap_or_else(PoisonError::into_inner) {
            what(sender);
        }
    }
}
