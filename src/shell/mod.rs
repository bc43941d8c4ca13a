//! Start-up, the event loop, the effect runner, recording, the control socket: where the outside begins.

pub mod control;
mod control_request;
