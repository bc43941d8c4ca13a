//! Plays media with GStreamer and obeys the supervisor. What is kept true: the caller never waits for a pipeline;
//! every event names its session, and none of an earlier session comes after a new one was opened; only the media
//! gate's addresses and, where a person or the operator named them, multicast groups are ever opened.

mod access;
mod audio;
mod build;
mod cast;
mod chain;
mod errors;
mod hand;
mod picture;
mod ranks;
mod scaler;
#[cfg(test)]
mod tests;
mod worker;

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    time::Duration,
};

use gstreamer as gst;

pub use access::{Guard, MediaAccess, Watch};
pub use ranks::missing;

use super::{
    cast::Limits,
    elements::{self, ELEMENTS, Need},
    frames::{FrameSink, Painter},
    types::{PlayerCommand, PlayerEvent, SessionId},
};

/// Longest time that dropping the player takes: the pipeline has 3 s to go down, and a little for the rest.
const JOIN: Duration = Duration::from_millis(3_500);

/// Why there can be no player on this machine.
#[derive(Debug, thiserror::Error)]
pub enum PlayerError {
    #[error("GStreamer does not start: {0}")]
    Init(#[from] glib::Error),
    #[error("{}", elements::told(.0))]
    Missing(Vec<&'static Need>),
    #[error("no thread for the player: {0}")]
    Thread(#[from] std::io::Error),
}

/// What is known of the medium that plays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MediaFacts {
    /// Codec and native size.
    pub video: Option<String>,
    pub audio: Option<String>,
    /// Bytes fetched for the session.
    pub bytes: u64,
}

pub type OnEvent = Box<dyn Fn(SessionId, PlayerEvent) + Send>;

/// The player. Dropping it takes the pipeline down, waiting for a bounded time.
pub struct Player {
    inbox: Sender<worker::Note>,
    facts: Arc<Mutex<MediaFacts>>,
    /// Answers when the player thread has ended.
    ended: Receiver<()>,
}

impl Player {
    /// Starts the player thread. Loads GStreamer's registry, so call it off the interface's thread where that
    /// matters. `on_event` is called on the player thread, never under a lock, and must not wait.
    pub fn start(access: Arc<dyn MediaAccess>, frames: FrameSink, on_event: OnEvent) -> Result<Self, PlayerError> {
        Self::start_with(access, Arc::new(frames), on_event)
    }

    /// The same with another way of showing pictures than the mailbox.
    pub fn start_with(
        access: Arc<dyn MediaAccess>,
        painter: Arc<dyn Painter>,
        on_event: OnEvent,
    ) -> Result<Self, PlayerError> {
        let lacking = missing()?;
        if !lacking.is_empty() {
            return Err(PlayerError::Missing(lacking));
        }
        ranks::apply();
        let (inbox, notes) = channel();
        let (end, ended) = channel();
        let facts = Arc::new(Mutex::new(MediaFacts::default()));
        let worker = worker::Worker::new(access, painter, on_event, inbox.clone(), facts.clone());
        std::thread::Builder::new().name("player".into()).spawn(move || {
            worker.run(&notes);
            let _ = end.send(());
        })?;
        Ok(Self { inbox, facts, ended })
    }

    /// Never waits. Commands for another session than the present one are dropped.
    pub fn send(&self, command: PlayerCommand) {
        let _ = self.inbox.send(worker::Note::Command(command));
    }

    /// Size in physical pixels of the place where the picture is shown; pictures come at exactly this size, with
    /// black bars where the shapes differ.
    pub fn set_place(&self, size: (u32, u32)) {
        let _ = self.inbox.send(worker::Note::Place(size));
    }

    /// What may be spent on keeping groups of the neighbouring channels ready. Holds for those joined from then on.
    pub fn limit_groups(&self, limits: Limits) {
        let _ = self.inbox.send(worker::Note::Groups(limits));
    }

    /// What is known of the medium so far.
    pub fn facts(&self) -> MediaFacts {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        let _ = self.inbox.send(worker::Note::Quit);
        if self.ended.recv_timeout(JOIN).is_err() {
            tracing::warn!("the player thread did not end in time; left behind");
        }
    }
}

/// Loads the plugins of ordinary streams, so that the first picture does not wait for the disk.
fn preload() {
    use gst::prelude::*;
    for need in ELEMENTS.iter().filter(|need| need.essential) {
        if let Some(factory) = gst::ElementFactory::find(need.name()) {
            let _ = factory.load();
        }
    }
}
