//! Start-up, the event loop, running effects, recording, the control socket. The only room that knows all others.

pub mod archive_page;
mod bare_x11;
pub mod clock;
pub mod control;
pub mod control_request;
mod desk;
mod enrol;
mod images;
pub mod inbox;
pub mod keys;
mod learners;
mod lineup_keeper;
pub mod options;
pub mod paper;
mod picture;
mod picture_cache;
mod pin;
pub mod record;
pub mod records;
mod requests;
mod run;
mod screen;
mod screenshot;
mod services;
mod sntp;
mod state;
mod time_keeper;
mod tour;

pub use options::RunArgs;
pub use run::run;
pub use state::state;
pub use tour::{TourArgs, tour};
