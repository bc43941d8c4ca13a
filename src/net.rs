//! Fetching small documents (playlists of channels, guides, catalogues, pictures) with bounds on size and time.
//! Media never comes this way: that is the work of `player::gate`.

use std::{net::IpAddr, path::PathBuf, sync::Once, time::Duration};

use futures_util::StreamExt;
use url::Url;

use crate::player::gate::{Reach, same_host};

/// Connecting takes at most this long: a home router that is up answers in well under a second.
const CONNECT: Duration = Duration::from_secs(5);
/// No byte for this long means that the server is gone.
const READ: Duration = Duration::from_secs(10);

/// Why a document could not be had. Each says what and where; the caller adds what to do.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("{0}: not an address or a file that can be read ({1})")]
    Unreadable(String, std::io::Error),
    #[error("{url}: {source}")]
    Http { url: String, source: reqwest::Error },
    #[error("{url}: the server answered {status}")]
    Status { url: String, status: u16 },
    #[error("{what}: larger than the limit of {limit} bytes")]
    TooBig { what: String, limit: u64 },
    #[error("the HTTP client could not be built: {0}")]
    Client(reqwest::Error),
}

/// Picks the cryptography that rustls uses. Harmless to call again.
pub fn init_tls() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // An error only says that one is installed already, which is what is wanted.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

/// A client for documents: follows at most five redirects, honours no proxy of the environment.
pub fn client() -> Result<reqwest::Client, FetchError> {
    init_tls();
    reqwest::Client::builder()
        .user_agent(concat!("jinse-xuetang/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT)
        .read_timeout(READ)
        .redirect(reqwest::redirect::Policy::custom(follow))
        .no_proxy()
        .build()
        .map_err(FetchError::Client)
}

/// More redirects than this are a loop.
const REDIRECTS: usize = 5;

/// A redirect may lead to another server, but never to this machine or its link, unless it stays on the very host and
/// port that it comes from.
fn follow(attempt: reqwest::redirect::Attempt<'_>) -> reqwest::redirect::Action {
    if attempt.previous().len() > REDIRECTS {
        return attempt.error("too many redirects");
    }
    let same = attempt.previous().last().is_some_and(|from| same_host(from, attempt.url()));
    if same || may_be_named(attempt.url()) {
        attempt.follow()
    } else {
        attempt.error("a redirect to this machine or its link")
    }
}

fn may_be_named(url: &Url) -> bool {
    let allowed = |address: IpAddr| Reach::Private.allows(address);
    matches!(url.scheme(), "http" | "https")
        && match url.host() {
            Some(url::Host::Ipv4(a)) => allowed(a.into()),
            Some(url::Host::Ipv6(a)) => allowed(a.into()),
            Some(url::Host::Domain(name)) => {
                let name = name.trim_end_matches('.').to_ascii_lowercase();
                name != "localhost" && !name.ends_with(".localhost")
            }
            None => false,
        }
}

/// Where a document is: on the network, in a file, or on standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    Http(Url),
    File(PathBuf),
    Stdin,
}

impl Location {
    /// `-` is standard input, `http(s)://` the network, everything else a path.
    pub fn parse(text: &str) -> Self {
        if text == "-" {
            return Self::Stdin;
        }
        match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Self::Http(url),
            Ok(url) if url.scheme() == "file" => Self::File(url.to_file_path().unwrap_or_else(|()| text.into())),
            _ => Self::File(text.into()),
        }
    }
}

/// Reads a whole answer of at most `limit` bytes.
pub async fn body(response: reqwest::Response, limit: u64) -> Result<Vec<u8>, FetchError> {
    let url = response.url().to_string();
    let mut bytes = Vec::new();
    let mut stream = response.bytes_stream();
    while let Some(part) = stream.next().await {
        let part = part.map_err(|source| FetchError::Http { url: url.clone(), source })?;
        if bytes.len() as u64 + part.len() as u64 > limit {
            return Err(FetchError::TooBig { what: url, limit });
        }
        bytes.extend_from_slice(&part);
    }
    Ok(bytes)
}

/// Gets `url` and insists on a 2xx answer.
pub async fn get(client: &reqwest::Client, url: &str, limit: u64) -> Result<Vec<u8>, FetchError> {
    let response = client.get(url).send().await.map_err(|source| FetchError::Http { url: url.into(), source })?;
    let status = response.status();
    if !status.is_success() {
        return Err(FetchError::Status { url: url.into(), status: status.as_u16() });
    }
    body(response, limit).await
}

/// Reads a document of at most `limit` bytes from wherever it is.
pub async fn load(client: &reqwest::Client, location: &Location, limit: u64) -> Result<Vec<u8>, FetchError> {
    use tokio::io::AsyncReadExt;
    let (name, bytes) = match location {
        Location::Http(url) => return get(client, url.as_str(), limit).await,
        Location::Stdin => {
            let mut bytes = Vec::new();
            let read = tokio::io::stdin().take(limit + 1).read_to_end(&mut bytes).await;
            ("standard input".to_owned(), read.map(|_| bytes))
        }
        Location::File(path) => {
            let name = path.display().to_string();
            let read = async {
                let mut bytes = Vec::new();
                tokio::fs::File::open(path).await?.take(limit + 1).read_to_end(&mut bytes).await?;
                Ok(bytes)
            };
            (name, read.await)
        }
    };
    let bytes = bytes.map_err(|e| FetchError::Unreadable(name.clone(), e))?;
    if bytes.len() as u64 > limit {
        return Err(FetchError::TooBig { what: name, limit });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_never_leads_to_this_machine() {
        for (url, may) in [
            ("http://cdn.example/a", true),
            ("https://203.0.113.9/a", false),
            ("http://8.8.8.8/a", true),
            ("http://192.168.1.2/a", true),
            ("http://127.0.0.1/a", false),
            ("http://0x7f.1/a", false),
            ("http://[::1]/a", false),
            ("http://169.254.169.254/latest", false),
            ("http://LOCALHOST./a", false),
            ("ftp://cdn.example/a", false),
        ] {
            assert_eq!(may_be_named(&Url::parse(url).unwrap()), may, "{url}");
        }
    }

    #[test]
    fn locations_are_told_apart() {
        assert_eq!(Location::parse("-"), Location::Stdin);
        assert_eq!(Location::parse("a/b.m3u"), Location::File("a/b.m3u".into()));
        assert!(matches!(Location::parse("http://op.example/x"), Location::Http(_)));
        assert_eq!(Location::parse("file:///tmp/x"), Location::File("/tmp/x".into()));
    }
}
