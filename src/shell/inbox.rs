//! How other threads reach the UI thread: one queue, and at most one queued call of the event loop at a time, so that
//! a burst of events costs one update.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use super::{control::ReplyTo, control_request::ControlRequest};
use crate::{app::What, view::Picture};

/// What arrives on the UI thread.
pub enum Arrival {
    What(What),
    Picture(Picture),
    Control(ControlRequest, ReplyTo),
    /// A new frame waits in the mailbox.
    Frame,
    /// The machine lacks what nothing plays without: what, and what to install.
    Unfit(String),
}

#[derive(Clone)]
pub struct Inbox(Arc<Shared>);

struct Shared {
    waiting: Mutex<Vec<Arrival>>,
    called: AtomicBool,
    call: Box<dyn Fn() + Send + Sync>,
}

impl Inbox {
    /// `call` must make the UI thread `take` soon; it is not called again before that.
    pub fn new(call: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(Shared { waiting: Mutex::default(), called: AtomicBool::new(false), call: Box::new(call) }))
    }

    pub fn put(&self, arrival: Arrival) {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(arrival);
        if !self.0.called.swap(true, Ordering::AcqRel) {
            (self.0.call)();
        }
    }

    pub fn say(&self, what: What) {
        self.put(Arrival::What(what));
    }

    pub fn take(&self) -> Vec<Arrival> {
        self.0.called.store(false, Ordering::Release);
        std::mem::take(&mut *self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
