//! What the control socket asks of the desk. An answer tells of what is on the screen: where the focused control is drawn
//! is known only once Slint has drawn it, so a state with another focus is told after that drawing, and not before.

use std::{path::PathBuf, time::Duration};

use slint::{ComponentHandle, Timer, TimerMode};

use super::{
    control::ReplyTo,
    control_request::ControlRequest,
    desk::{self, Desk},
    screen,
    screenshot::Shot,
    state::state,
};
use crate::{
    app::{Model, What, screens},
    view,
};

/// A window that is asked to draw does so at once, unless it lies where nobody sees it.
const DRAWN_WITHIN: Duration = Duration::from_secs(2);
/// Where nobody tells when it has drawn (without a desktop), it has after a few frames.
const DRAWN_BLINDLY: Duration = Duration::from_millis(50);

/// Who waits for the next drawing.
#[derive(Default)]
pub struct Drawing {
    /// What the window was told last, as far as it moves the focus.
    told: Option<Told>,
    awaited: Option<Awaited>,
    number: u64,
    answers: Vec<Answer>,
    bound: Timer,
}

/// A drawing that is waited for. Those under way before it do not count.
#[derive(Clone, Copy)]
struct Awaited {
    number: u64,
    until: Until,
}

#[derive(Clone, Copy)]
enum Until {
    /// The window has drawn what it was told.
    Drawn,
    /// The server shows it: the drawing after that begins by waiting until the last one has been taken.
    Shown,
}

#[derive(PartialEq)]
struct Told {
    screen: &'static str,
    focus: String,
    overlays: Vec<&'static str>,
    /// No control is drawn that could report where.
    fills_screen: bool,
}

impl Told {
    fn of(model: &Model) -> Self {
        Self {
            screen: screens::screen_name(model),
            focus: screens::focus_id(model),
            overlays: screens::overlay_names(model),
            fills_screen: view::focus_fills_screen(model),
        }
    }
}

pub enum Answer {
    Done(ReplyTo),
    State(ReplyTo),
}

impl Desk {
    pub fn request(&mut self, request: ControlRequest, reply: ReplyTo) {
        match request {
            ControlRequest::Key(key) => {
                self.remote_down(key);
                self.remote_up(key);
                self.answer(Answer::Done(reply));
            }
            ControlRequest::Hold { key, ms } => {
                self.remote_down(key);
                Timer::single_shot(Duration::from_millis(ms), move || {
                    desk::with(|desk| {
                        desk.remote_up(key);
                        desk.answer(Answer::Done(reply));
                    });
                });
            }
            ControlRequest::GetState | ControlRequest::Subscribe(_) => {
                self.refresh();
                self.answer(Answer::State(reply));
            }
            ControlRequest::Screenshot(path) => self.screenshot(path, reply),
            ControlRequest::AdvanceClock { ms } => {
                self.clock.advance(ms);
                self.message(What::Tick);
                self.refresh();
                self.answer(Answer::Done(reply));
            }
        }
    }

    /// Packing and writing take their time, and this thread never waits for a disk.
    fn screenshot(&self, path: PathBuf, reply: ReplyTo) {
        match Shot::of(self.window.window()) {
            Ok(shot) => {
                let shot = shot.with(self.way.shown());
                self.services.runtime.spawn_blocking(move || match shot.save(&path) {
                    Ok(()) => reply.ok(),
                    Err(e) => reply.error(&e),
                });
            }
            Err(e) => reply.error(&e),
        }
    }

    /// The window has been told something: whoever listens hears of it, after the drawing where the focus is elsewhere.
    pub fn tell(&mut self) {
        if self.control.is_none() {
            return;
        }
        let told = Told::of(&self.model);
        if self.drawing.told.as_ref() != Some(&told) {
            let waits = !told.fills_screen;
            self.drawing.told = Some(told);
            if waits {
                self.await_drawing(Until::Drawn);
            }
        }
        self.publish();
    }

    fn await_drawing(&mut self, until: Until) {
        let number = self.drawing.number.wrapping_add(1);
        self.drawing.number = number;
        self.drawing.awaited = Some(Awaited { number, until });
        let within = if screen::draw_soon(&self.window) { DRAWN_WITHIN } else { DRAWN_BLINDLY };
        self.drawing.bound.start(TimerMode::SingleShot, within, move || {
            desk::with(|desk| desk.drawn(number));
        });
    }

    /// The number of the drawing that is waited for.
    pub fn awaited_drawing(&self) -> Option<u64> {
        self.drawing.awaited.map(|awaited| awaited.number)
    }

    /// Sends the state where it differs from the one before; what is not drawn yet comes when it is.
    pub fn publish(&self) {
        if let Some(control) = self.control.as_ref().filter(|_| self.drawing.awaited.is_none()) {
            control.publish(&state(&self.model, self.focus_rect.get()));
        }
    }

    /// A drawing is over. When all is on the screen, whoever waits is answered.
    pub fn drawn(&mut self, number: u64) {
        let Some(awaited) = self.drawing.awaited.filter(|awaited| awaited.number == number) else { return };
        // What lies over a plane's picture has said where: it is given free, and drawn once more to be seen.
        let moved = self.arrange_picture();
        match awaited.until {
            _ if moved => return self.await_drawing(Until::Drawn),
            Until::Drawn => return self.await_drawing(Until::Shown),
            Until::Shown => {}
        }
        self.drawing.awaited = None;
        self.drawing.bound.stop();
        self.publish();
        for answer in std::mem::take(&mut self.drawing.answers) {
            self.give(answer);
        }
    }

    fn answer(&mut self, answer: Answer) {
        // A program that ends draws no more.
        if self.drawing.awaited.is_some() && !self.quitting {
            self.drawing.answers.push(answer)
        } else {
            self.give(answer)
        }
    }

    fn give(&self, answer: Answer) {
        match answer {
            Answer::Done(reply) => reply.ok(),
            Answer::State(reply) => reply.send(state(&self.model, self.focus_rect.get())),
        }
    }
}
