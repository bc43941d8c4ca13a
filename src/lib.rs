//! The map of the house: one line for each room.

/// Where an address lies, and how far a request may reach.
pub mod address;
/// What the viewer sees and does: model, messages, update. Pure.
pub mod app;
/// Courses and lessons.
pub mod catalogue;
/// The command line: one file a command.
pub mod cli;
/// The embedded demo operator.
pub mod demo;
/// Files that are whole or not there.
pub mod files;
/// Channels and programmes.
pub mod guide;
/// What HTTP says of time.
pub mod http;
/// Long lists, shared and indexed.
pub mod indexed;
/// What was learnt.
pub mod learning;
/// How the process asks the system for memory.
pub mod memory;
/// Fetching documents with bounds.
pub mod net;
/// Opening what somebody named, without waiting for ever.
pub mod opening;
/// What the operator configures.
pub mod operator;
/// Playback.
pub mod player;
/// From a physical press to a remote key.
pub mod remote;
/// When what is published is asked for again.
pub mod schedule;
/// Finding by pinyin, over everything that has a title.
pub mod search;
/// Start-up, event loop, effects, recording, control socket.
pub mod shell;
/// The voice that reads aloud.
pub mod speech;
/// The viewer's own data.
pub mod store;
/// Instants and lengths.
pub mod time;
/// How https is spoken.
pub mod tls;
/// From the model to the interface's properties.
pub mod view;
/// What readers of XML share.
pub mod xml;
