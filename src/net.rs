//! Fetching small documents (playlists of channels, guides, catalogues, pictures) with bounds on size and time.
//! Media never comes this way: that is the work of `player::gate`.

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use futures_util::StreamExt;
use url::Url;

use crate::{
    address::{Reach, is_localhost, redact},
    opening,
    player::gate::{Checked, LookUp, SystemLookUp, is_forbidden, same_host},
    tls,
};

const USER_AGENT: &str = concat!("jinse-xuetang/", env!("CARGO_PKG_VERSION"));
/// Connecting takes at most this long: a home router that is up answers in well under a second.
const CONNECT: Duration = Duration::from_secs(5);
/// No byte for this long means that the server is gone.
const READ: Duration = Duration::from_secs(10);

/// Why a document could not be had. Each says what and where; the caller adds what to do. An address is named without what
/// may be secret in it, since all of this ends up in logs; the causes are the sources, which `told` tells.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("{0}: not an address or a file that can be read ({1})")]
    Unreadable(String, std::io::Error),
    #[error("{url}: {source}")]
    Http { url: String, source: reqwest::Error },
    #[error("{url}: leads to this machine or its link, which nobody named who may")]
    Refused { url: String },
    #[error("{url}: the server answered {status}")]
    Status { url: String, status: u16 },
    #[error("{what}: larger than the limit of {limit} bytes")]
    TooBig { what: String, limit: u64 },
    #[error("the HTTP client could not be built: {0}")]
    Client(reqwest::Error),
}

impl FetchError {
    /// What became of the request for `url`.
    pub fn http(url: &str, source: reqwest::Error) -> Self {
        let url = redact(url);
        if is_forbidden(&source) { Self::Refused { url } } else { Self::Http { url, source: source.without_url() } }
    }

    /// The server answered that.
    pub fn status(url: &str, status: reqwest::StatusCode) -> Self {
        Self::Status { url: redact(url), status: status.as_u16() }
    }
}

/// The whole story of an error in one line: each cause that the text does not hold already follows it.
pub fn told(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(e) = cause {
        let what = e.to_string();
        if !text.contains(&what) {
            text = format!("{text}: {what}");
        }
        cause = e.source();
    }
    text
}

/// A client for documents: follows at most five redirects, honours no proxy of the environment. `named` are the
/// addresses that a person or the configuration gave: their hosts may be anywhere. Every other name, whoever writes it
/// and in whatever redirect, leads to no address of this machine or its link.
pub fn client<'a>(named: impl IntoIterator<Item = &'a Url>) -> Result<reqwest::Client, FetchError> {
    client_with(named, Arc::new(SystemLookUp))
}

/// The same with a resolver of one's own.
fn client_with<'a>(
    named: impl IntoIterator<Item = &'a Url>,
    look_up: Arc<dyn LookUp>,
) -> Result<reqwest::Client, FetchError> {
    let named = named.into_iter().filter_map(|url| url.host_str().map(str::to_owned)).collect();
    tls::client()
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECT)
        .read_timeout(READ)
        .redirect(reqwest::redirect::Policy::custom(follow))
        .no_proxy()
        .dns_resolver(Arc::new(Checked { look_up, reach: Reach::Private, named }))
        .build()
        .map_err(FetchError::Client)
}

/// Of one request that hands something in, its answer included: a server may take its time to store it.
const HAND_IN: Duration = Duration::from_secs(60);

/// A client for handing things in at `named`. Follows no redirect: what was to be stored would be asked for instead.
pub fn poster(named: &Url) -> Result<reqwest::Client, FetchError> {
    let named = named.host_str().map(str::to_owned).into_iter().collect();
    tls::client()
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECT)
        .timeout(HAND_IN)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .dns_resolver(Arc::new(Checked { look_up: Arc::new(SystemLookUp), reach: Reach::Private, named }))
        .build()
        .map_err(FetchError::Client)
}

/// More redirects than this are a loop.
const REDIRECTS: usize = 5;

/// A redirect may lead to another server, but never to this machine or its link, unless it stays on the very host and
/// port that it comes from. What a name leads to is for the resolver to judge.
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
    let allowed = |host: url::Host<&str>| match host {
        url::Host::Ipv4(a) => Reach::Private.allows(a.into()),
        url::Host::Ipv6(a) => Reach::Private.allows(a.into()),
        url::Host::Domain(name) => !is_localhost(name),
    };
    matches!(url.scheme(), "http" | "https") && url.host().is_some_and(allowed)
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

    pub fn url(&self) -> Option<&Url> {
        match self {
            Self::Http(url) => Some(url),
            Self::File(_) | Self::Stdin => None,
        }
    }
}

/// What of it a log may hold.
pub fn name(location: &str) -> String {
    match Location::parse(location) {
        Location::Http(url) => redact(url.as_str()),
        Location::File(_) | Location::Stdin => location.to_owned(),
    }
}

/// As `parse` reads it.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(url) => url.fmt(f),
            Self::File(path) => path.display().fmt(f),
            Self::Stdin => f.write_str("-"),
        }
    }
}

/// Reads a whole answer of at most `limit` bytes.
pub async fn body(response: reqwest::Response, limit: u64) -> Result<Vec<u8>, FetchError> {
    let url = response.url().to_string();
    let mut bytes = Vec::new();
    let mut stream = response.bytes_stream();
    while let Some(part) = stream.next().await {
        let part = part.map_err(|source| FetchError::http(&url, source))?;
        if bytes.len() as u64 + part.len() as u64 > limit {
            return Err(FetchError::TooBig { what: redact(&url), limit });
        }
        bytes.extend_from_slice(&part);
    }
    Ok(bytes)
}

/// Gets `url` and insists on a 2xx answer.
pub async fn get(client: &reqwest::Client, url: &str, limit: u64) -> Result<Vec<u8>, FetchError> {
    let response = client.get(url).send().await.map_err(|source| FetchError::http(url, source))?;
    let status = response.status();
    if !status.is_success() {
        return Err(FetchError::status(url, status));
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
            let path = path.clone();
            let opened = tokio::task::spawn_blocking(move || opening::open_document(&path));
            let read = async {
                let mut bytes = Vec::new();
                let file = tokio::fs::File::from_std(opened.await.map_err(std::io::Error::other)??);
                file.take(limit + 1).read_to_end(&mut bytes).await?;
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
    use axum::{Router, response::Redirect, routing::get as route};

    use super::*;
    use crate::player::gate::Looking;

    /// Leads every name where its first label says.
    struct Scripted;

    impl LookUp for Scripted {
        fn look_up(&self, host: String) -> Looking {
            let address = match host.split('.').next() {
                Some("box" | "feed") => "127.0.0.1",
                Some("six") => "::1",
                Some("mapped") => "::ffff:127.0.0.1",
                Some("link") => "169.254.169.254",
                Some("zero") => "0.0.0.0",
                other => panic!("nobody asks for {other:?}"),
            };
            Box::pin(async move { Ok(vec![address.parse().unwrap()]) })
        }
    }

    #[tokio::test]
    async fn a_name_leads_to_this_machine_only_where_a_person_or_the_configuration_gave_it() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let onward = format!("http://feed.example:{port}/here");
        let app = Router::new()
            .route("/here", route(|| async { "here" }))
            .route("/onward", route(move || async move { Redirect::temporary(&onward) }));
        tokio::spawn(async move { axum::serve(listener, app).await });
        let named = Url::parse(&format!("http://Box.Example:{port}/lineup.m3u")).unwrap();
        let client = client_with([&named], Arc::new(Scripted)).unwrap();
        let ask = async |host: &str, path: &str| get(&client, &format!("http://{host}:{port}/{path}"), 100).await;

        assert_eq!(ask("box.example", "here").await.unwrap(), b"here");
        for (host, path) in [
            ("feed.example", "here"),
            ("six.example", "here"),
            ("mapped.example", "here"),
            ("link.example", "here"),
            ("zero.example", "here"),
            ("box.example", "onward"),
        ] {
            let error = ask(host, path).await.unwrap_err();
            assert!(matches!(error, FetchError::Refused { .. }), "{host}/{path}: {error}");
        }
    }

    #[tokio::test]
    async fn an_error_tells_its_cause_and_no_secret() {
        // Nobody listens where somebody just stopped.
        let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let url = format!("http://anna:geheim@127.0.0.1:{gone}/lineup.m3u?token=sesam#sesam");
        let named = Url::parse(&url).unwrap();
        let client = client([&named]).unwrap();
        let error = get(&client, &url, 100).await.unwrap_err();
        let told = told(&error);
        assert!(told.starts_with(&format!("http://127.0.0.1:{gone}/lineup.m3u: ")), "{told}");
        assert!(told.to_lowercase().contains("connection refused"), "{told}");
        for secret in ["anna", "geheim", "sesam"] {
            assert!(!told.contains(secret) && !format!("{error:?}").contains(secret), "{told}");
        }
    }

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
        for text in ["-", "a/b.m3u", "http://op.example/x"] {
            assert_eq!(Location::parse(text).to_string(), text);
        }
    }
}
