//! The edge that fetches lineups and guides: a document becomes a plain `Read` that streams from a file, standard
//! input or the network with little in memory, so that the parsers know nothing of sockets.

use std::{
    io::{self, Read},
    time::Duration,
};

use bytes::{Buf, Bytes};
use futures_util::StreamExt;
use tokio::{runtime::Handle, sync::mpsc};

use super::{
    error::GuideError,
    formats::{LineupRead, ListRead, address::Origin, read_lineup, read_list},
};
use crate::{
    address::redact,
    net::{FetchError, Location},
    opening,
};

/// A lineup of 212,000 channels is about 50 MB.
pub const LINEUP_LIMITS: Limits = Limits { max_bytes: 256 * 1024 * 1024, total: Duration::from_secs(60) };
/// The largest guide known is about 1 GB unpacked; a slow line needs its time, and nobody waits for it.
pub const GUIDE_LIMITS: Limits = Limits { max_bytes: 4 * 1024 * 1024 * 1024, total: Duration::from_secs(30 * 60) };
/// Parts on their way between the network and the parser.
const PARTS_IN_FLIGHT: usize = 8;

/// What one download may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub max_bytes: u64,
    pub total: Duration,
}

/// A document that is being read.
pub struct Document {
    pub reader: Box<dyn Read + Send>,
    pub origin: Origin,
    /// For messages: the file, the address, or "standard input".
    pub name: String,
}

/// Opens a document. Blocks, so it belongs on a thread of its own, never on one that drives `runtime`.
pub fn open(
    runtime: &Handle,
    client: &reqwest::Client,
    location: &str,
    limits: Limits,
) -> Result<Document, GuideError> {
    match Location::parse(location) {
        Location::Stdin => {
            Ok(Document { reader: Box::new(io::stdin()), origin: Origin::Stdin, name: "standard input".to_owned() })
        }
        Location::File(path) => {
            let name = path.display().to_string();
            let file = opening::open_document(&path).map_err(|e| FetchError::Unreadable(name.clone(), e))?;
            Ok(Document { reader: Box::new(file), origin: Origin::File(path), name })
        }
        Location::Http(url) => {
            let name = redact(url.as_str());
            // Built inside, because the request needs the runtime's timers from its first moment.
            let asked = runtime.block_on(async { tokio::time::timeout(limits.total, client.get(url).send()).await });
            let response = match asked {
                Ok(answer) => answer.map_err(|source| FetchError::http(&name, source))?,
                Err(_) => return Err(GuideError::Io(name, io::ErrorKind::TimedOut.into())),
            };
            if !response.status().is_success() {
                return Err(FetchError::status(&name, response.status()).into());
            }
            let origin = Origin::Network(response.url().clone());
            let (sender, receiver) = mpsc::channel(PARTS_IN_FLIGHT);
            runtime.spawn(pump(response, sender, limits));
            Ok(Document { reader: Box::new(Parts { receiver, part: Bytes::new() }), origin, name })
        }
    }
}

/// Passes the body on as the reader takes it. Ends when the reader is gone.
async fn pump(response: reqwest::Response, sender: mpsc::Sender<io::Result<Bytes>>, limits: Limits) {
    let pass_on = async {
        let mut left = limits.max_bytes;
        let mut body = response.bytes_stream();
        while let Some(part) = body.next().await {
            let part = part.map_err(io::Error::other).and_then(|part| {
                left = left.checked_sub(part.len() as u64).ok_or_else(|| {
                    io::Error::new(io::ErrorKind::InvalidData, format!("larger than {} bytes", limits.max_bytes))
                })?;
                Ok(part)
            });
            let failed = part.is_err();
            if sender.send(part).await.is_err() || failed {
                break;
            }
        }
    };
    if tokio::time::timeout(limits.total, pass_on).await.is_err() {
        let late = io::Error::new(io::ErrorKind::TimedOut, format!("not complete after {} s", limits.total.as_secs()));
        let _ = sender.send(Err(late)).await;
    }
}

struct Parts {
    receiver: mpsc::Receiver<io::Result<Bytes>>,
    part: Bytes,
}

impl Read for Parts {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.part.is_empty() {
            match self.receiver.blocking_recv() {
                Some(part) => self.part = part?,
                None => return Ok(0),
            }
        }
        let n = buf.len().min(self.part.len());
        self.part.copy_to_slice(buf.get_mut(..n).unwrap_or_default());
        Ok(n)
    }
}

/// Reads a lineup that has been opened. One without any channel is an error that carries the warnings.
pub fn read_document(document: Document) -> Result<LineupRead, GuideError> {
    let Document { reader, origin, name } = document;
    let read = read_lineup(reader, &origin, &name).map_err(|e| GuideError::Format {
        source_name: name.clone(),
        line: Some(e.line),
        what: e.to_string(),
    })?;
    if read.lineup.channels.is_empty() {
        return Err(GuideError::NothingUsable { source_name: name, warnings: read.warnings });
    }
    Ok(read)
}

/// Fetches and reads one of an operator's lists: a file's path, `-` or an http(s) address. Half a list is an error: what
/// was shown before is better. `local_addresses` lets a list from the network name files and this machine.
pub async fn fetch_list(
    client: &reqwest::Client,
    location: &str,
    local_addresses: bool,
) -> Result<ListRead, GuideError> {
    let (runtime, client, place) = (Handle::current(), client.clone(), location.to_owned());
    let work = move || {
        let Document { reader, origin, name } = open(&runtime, &client, &place, LINEUP_LIMITS)?;
        let origin = if local_addresses { origin.trusted() } else { origin };
        let read = read_list(reader, &origin, &name).map_err(|e| GuideError::Format {
            source_name: name.clone(),
            line: Some(e.line),
            what: e.to_string(),
        })?;
        match read {
            ListRead { list, warnings, .. } if list.is_empty() => {
                Err(GuideError::NothingUsable { source_name: name, warnings })
            }
            ListRead { cut: Some(why), .. } => {
                Err(GuideError::Format { source_name: name, line: None, what: format!("cut short: {why}") })
            }
            whole => Ok(whole),
        }
    };
    tokio::task::spawn_blocking(work).await.map_err(|e| GuideError::Io(location.to_owned(), io::Error::other(e)))?
}
