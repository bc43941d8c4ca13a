//! The voice: words in, sound out, on a thread of its own. The newest words end those before; nothing is queued. What is
//! said, and when, is the core's (`app/speech`).

mod espeak;

use std::{io, sync::mpsc, thread::JoinHandle, time::Duration};

pub use espeak::{EspeakNg, PROGRAM};

use crate::player::types::Speed;

/// A pipe takes 64 KiB without anybody reading: so many bytes are written without waiting for the program.
pub const MAX_BYTES: usize = 8 * 1024;
/// How often a voice that speaks is asked whether it has come to the end.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Plain words of at most `MAX_BYTES`: nothing in them that a terminal or a synthesizer would take for an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words(String);

impl Words {
    pub fn new(text: &str) -> Self {
        let mut plain = String::new();
        for c in text.chars() {
            let c = if c.is_control() { ' ' } else { c };
            if plain.len() + c.len_utf8() > MAX_BYTES {
                break;
            }
            plain.push(c);
        }
        Self(plain)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[derive(Debug, thiserror::Error)]
pub enum SpeechError {
    #[error("{0} is not installed")]
    Missing(&'static str),
    #[error("{0} does not run: {1}")]
    DoesNotRun(&'static str, io::Error),
}

/// Something that can read words aloud. Dropped, it is silent.
pub trait Speaker {
    /// Ends what it says and says this.
    fn say(&mut self, words: &Words, speed: Speed) -> Result<(), SpeechError>;
    fn hush(&mut self);
    fn is_speaking(&mut self) -> bool;
}

enum Order {
    Say(Words, Speed),
    Hush,
}

/// The handle. Dropped, it hushes and ends the thread.
pub struct Voice {
    orders: Option<mpsc::Sender<Order>>,
    thread: Option<JoinHandle<()>>,
}

impl Voice {
    /// `cannot` is called for words that nobody said.
    pub fn start<S>(speaker: S, cannot: impl Fn() + Send + 'static) -> io::Result<Self>
    where
        S: Speaker + Send + 'static,
    {
        let (orders, taken) = mpsc::channel();
        let thread = std::thread::Builder::new().name("speech".into()).spawn(move || run(speaker, &taken, &cannot))?;
        Ok(Self { orders: Some(orders), thread: Some(thread) })
    }

    pub fn say(&self, text: &str, speed: Speed) {
        self.order(Order::Say(Words::new(text), speed));
    }

    pub fn hush(&self) {
        self.order(Order::Hush);
    }

    fn order(&self, order: Order) {
        // The thread ends with this handle and not before.
        let _ = self.orders.as_ref().map(|orders| orders.send(order));
    }
}

impl Drop for Voice {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(mut speaker: impl Speaker, orders: &mpsc::Receiver<Order>, cannot: &dyn Fn()) {
    loop {
        let order = if speaker.is_speaking() {
            orders.recv_timeout(LOOK_EVERY)
        } else {
            orders.recv().map_err(|mpsc::RecvError| mpsc::RecvTimeoutError::Disconnected)
        };
        let order = match order {
            // Of several that wait only the newest counts.
            Ok(first) => orders.try_iter().last().unwrap_or(first),
            Err(mpsc::RecvTimeoutError::Timeout) => continue,
            Err(mpsc::RecvTimeoutError::Disconnected) => return,
        };
        match order {
            Order::Hush => speaker.hush(),
            Order::Say(words, speed) => {
                if let Err(e) = speaker.say(&words, speed) {
                    tracing::warn!("reading aloud: {e}");
                    cannot();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
