//! Where the viewer's data lies, for commands that look into it without running the program.

use std::path::{Path, PathBuf};

use super::Failure;
use crate::operator::config::{self, Config};

/// `data` if it is given, else what the configuration says, which is the file that is given or the usual one.
pub fn folder(data: Option<&Path>, config: Option<&Path>) -> Result<PathBuf, Failure> {
    if let Some(dir) = data {
        return Ok(dir.to_owned());
    }
    let usual = Path::new(config::DEFAULT_PATH);
    let config = match config.or_else(|| usual.exists().then_some(usual)) {
        Some(path) => Config::load(path).map_err(|e| Failure::Input(e.to_string()))?,
        None => Config::without_file(&|name| std::env::var_os(name)),
    };
    Ok(config.storage.dir)
}
