//! What the viewer sees and does. Everything that happens is a `Msg`, only `update` changes the `Model`, and what
//! the outside is asked for is an `Effect`. Nothing here reads a clock, a file, a socket or a toolkit, so a
//! recorded list of messages replays a session exactly.
//!
//! Two promises, held by `screens::tests`: exactly one thing is focused and drawn in every reachable state, and at
//! most six presses of Back reach Home.

pub mod civil;
pub mod credit;
pub mod effect;
pub mod enrolment;
pub mod focus;
pub mod learners;
pub mod lock;
pub mod model;
pub mod msg;
pub mod playback;
pub mod programmes;
pub mod records;
pub mod reminders;
pub mod screens;
pub mod speech;
pub mod update;
pub mod words;

pub use effect::Effect;
pub use model::Model;
pub use msg::{Msg, What};
pub use update::update;
