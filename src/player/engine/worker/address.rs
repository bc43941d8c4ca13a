//! What the player thread reads of an address: how it is fetched, and what of it a log may hold.

pub(super) fn scheme(url: &str) -> String {
    url.split_once("://").map(|(scheme, _)| scheme.trim().to_ascii_lowercase()).unwrap_or_default()
}

/// The gate fetches it.
pub(super) fn is_web(url: &str) -> bool {
    matches!(scheme(url).as_str(), "http" | "https")
}

/// An address without what may be secret in it: user, password, query.
pub(super) fn redact(url: &str) -> String {
    match url::Url::parse(url) {
        Ok(mut url) => {
            let _ = url.set_username("");
            let _ = url.set_password(None);
            url.set_query(None);
            url.to_string()
        }
        Err(_) => scheme(url),
    }
}
