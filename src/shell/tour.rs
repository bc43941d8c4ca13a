//! `tour`.
use crate::cli::{Exit, Failure};
use std::path::Path;
pub fn tour(_out: &Path) -> Result<Exit, Failure> {
    Err(Failure::Usage("soon".into()))
}
