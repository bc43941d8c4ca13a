//! The whole program while something is wrong: servers that are gone or answer nonsense, addresses that lead where they
//! must not, a disk or a database that fails. Seen from the sofa: words, the calm page, and the picture again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "../support/fault_proxy.rs"]
mod fault_proxy;
#[path = "../support/mod.rs"]
mod support;

mod answers;
mod bench;
mod hostile;
mod outage;
mod records;
mod static_server;
