//! `lock`: what the box's channel lock is like, and its end for a household that has forgotten the PIN. Whoever may read
//! and write the viewer's data may do this; nobody is told the PIN, since it is not kept.

use std::{path::PathBuf, time::Duration};

use serde::Serialize;

use super::{Exit, Failure, Format, print_json, storage};
use crate::{
    shell::clock,
    store::{
        self, Store,
        types::{StoreCommand, StoreNotice},
    },
};

/// A disk that takes longer than this has other troubles.
const WRITTEN_WITHIN: Duration = Duration::from_secs(10);

#[derive(clap::Args, Debug)]
pub struct Args {
    /// Forget the PIN and set every channel free
    #[arg(long)]
    clear: bool,
    /// Configuration file instead of /etc/jinse-xuetang/config.toml
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the viewer's data is kept, instead of where the configuration says
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Serialize)]
struct Report {
    pin: bool,
    locked: Vec<String>,
    cleared: bool,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let report = look(args)?;
    match args.format {
        Format::Json => print_json(&report)?,
        Format::Text if report.cleared => {
            say!("no PIN and nothing locked; a client that runs has to be started again")?;
        }
        Format::Text => {
            say!("{}", if report.pin { "there is a PIN" } else { "there is no PIN" })?;
            report.locked.iter().try_for_each(|id| say!("locked: {id}"))?;
        }
    }
    Ok(Exit::Fine)
}

fn look(args: &Args) -> Result<Report, Failure> {
    let dir = storage::folder(args.data.as_deref(), args.config.as_deref())?;
    if !dir.is_dir() {
        return Err(Failure::Input(format!("{}: there is no such folder", dir.display())));
    }
    // Where there is no data, nothing is locked, and none is made.
    if !store::is_there(&dir) {
        return Ok(Report { pin: false, locked: Vec::new(), cleared: args.clear });
    }
    let (store, user, notices) = Store::open(&dir, clock::wall(), Box::new(|_| {}));
    let unusable = |n: &&StoreNotice| matches!(n, StoreNotice::FromNewerVersion { .. } | StoreNotice::NotWritable);
    if let Some(notice) = notices.iter().find(unusable) {
        return Err(Failure::Input(format!("{}: {notice:?}", dir.display())));
    }
    if args.clear {
        store.send(StoreCommand::ClearLock);
        if !store.flush(WRITTEN_WITHIN) {
            return Err(Failure::Input(format!("{}: could not be written", dir.display())));
        }
        return Ok(Report { pin: false, locked: Vec::new(), cleared: true });
    }
    let locked = user.locked_channels.into_iter().map(|id| id.0).collect();
    Ok(Report { pin: user.pin.is_some(), locked, cleared: false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{guide::lineup::ChannelId, store::PinSeal};

    #[test]
    fn clearing_forgets_the_pin_and_every_lock_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let args = |clear| Args { clear, config: None, data: Some(dir.path().into()), format: Format::Text };
        assert!(!look(&args(true)).unwrap().pin);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "an empty folder stays empty");
        let (store, ..) = Store::open(dir.path(), clock::wall(), Box::new(|_| {}));
        let channel = ChannelId("c1".into());
        for command in [
            StoreCommand::SetLocked { channel: channel.clone(), on: true },
            StoreCommand::SavePin(PinSeal::of(b"2580")),
            StoreCommand::SaveLastChannel(channel),
        ] {
            store.send(command);
        }
        assert!(store.flush(WRITTEN_WITHIN));
        drop(store);
        let before = look(&args(false)).unwrap();
        assert_eq!((before.pin, before.locked.as_slice()), (true, &["c1".to_owned()][..]));
        assert!(look(&args(true)).unwrap().cleared);
        let after = look(&args(false)).unwrap();
        assert!(!after.pin && after.locked.is_empty());
        let (_store, user, _) = Store::open(dir.path(), clock::wall(), Box::new(|_| {}));
        assert!(user.last_channel.is_some());
        let nowhere = Args { data: Some(dir.path().join("none")), ..args(false) };
        assert!(look(&nowhere).is_err());
    }
}
