//! What the player thread reads of an address: how it is fetched.

pub(super) fn scheme(url: &str) -> String {
    url.split_once("://").map(|(scheme, _)| scheme.trim().to_ascii_lowercase()).unwrap_or_default()
}

/// The gate fetches it.
pub(super) fn is_web(url: &str) -> bool {
    matches!(scheme(url).as_str(), "http" | "https")
}
