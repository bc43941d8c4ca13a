//! Keeps the digits of the household's PIN from the moment they are pressed, and its seal. The core and the recording hear
//! that a digit was pressed and whether all four were right; which they were stays here, for as long as it is needed.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::Handle;

use super::inbox::Inbox;
use crate::{
    app::{
        Model, What,
        lock::{PinAnswer, PinOrder},
        screens::pin,
    },
    remote::{hands::Press, key::RemoteKey},
    store::PinSeal,
};

/// Overwritten when it is let go of.
#[derive(Default)]
struct Digits(Vec<u8>);

impl Drop for Digits {
    fn drop(&mut self) {
        self.0.fill(0);
        // Kept from being left out as a store that nobody reads.
        std::hint::black_box(&self.0);
    }
}

#[derive(Default)]
pub struct PinKeeper {
    seal: Option<PinSeal>,
    /// The digit just pressed, until the core has said whether it counts.
    pressed: Option<u8>,
    typed: Digits,
    aside: Digits,
    /// Made by a worker, and not yet the household's.
    made: Arc<Mutex<Option<PinSeal>>>,
}

impl PinKeeper {
    pub fn new(seal: Option<PinSeal>) -> Self {
        Self { seal, ..Self::default() }
    }

    /// What the core and the recording are told of a press: of a PIN's digit only that it was one.
    pub fn hide(&mut self, what: What, model: &Model) -> What {
        match what {
            What::Key(Press { key: RemoteKey::Digit(digit), .. }) if pin::takes_digits(model) => {
                self.pressed = Some(digit.get());
                What::PinDigit
            }
            other => other,
        }
    }

    /// Does what the core asks. What takes long is done on a worker, which answers by a message. A seal that is to be
    /// kept comes back.
    pub fn run(&mut self, order: PinOrder, workers: &Handle, inbox: &Inbox) -> Option<PinSeal> {
        match order {
            PinOrder::Take => self.typed.0.extend(self.pressed.take()),
            PinOrder::Forget => {
                self.typed = Digits::default();
                self.aside = Digits::default();
            }
            PinOrder::PutAside => self.aside = std::mem::take(&mut self.typed),
            PinOrder::Check(ask) => {
                let (typed, seal, inbox) = (std::mem::take(&mut self.typed), self.seal.clone(), inbox.clone());
                workers.spawn_blocking(move || {
                    let right = seal.is_some_and(|seal| seal.opens(&typed.0));
                    inbox.say(What::Pin(PinAnswer { ask, right }));
                });
            }
            PinOrder::Make(ask) => {
                let (typed, aside) = (std::mem::take(&mut self.typed), std::mem::take(&mut self.aside));
                let (made, inbox) = (self.made.clone(), inbox.clone());
                workers.spawn_blocking(move || {
                    let right = typed.0 == aside.0;
                    if right {
                        *made.lock().unwrap_or_else(PoisonError::into_inner) = Some(PinSeal::of(&typed.0));
                    }
                    inbox.say(What::Pin(PinAnswer { ask, right }));
                });
            }
            PinOrder::Keep => {
                let made = self.made.lock().unwrap_or_else(PoisonError::into_inner).take();
                if made.is_some() {
                    self.seal = made.clone();
                }
                return made;
            }
        }
        None
    }

    /// Whatever was pressed and did not count is let go of.
    pub fn settle(&mut self) {
        self.pressed = None;
    }
}

#[cfg(test)]
#[path = "pin_tests.rs"]
mod tests;
