//! What an operator sets up and wants to know: configuration, provisioning, and the health of a machine.

pub mod health;
pub mod machine;
