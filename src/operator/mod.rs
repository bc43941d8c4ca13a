//! What the operator decides about a box. `config` reads the configuration file.

pub mod config;
