//! What the player thread reads of an address: how it is fetched.

pub(super) use crate::address::scheme;

/// The gate fetches it.
pub(super) fn is_web(url: &str) -> bool {
    matches!(scheme(url).as_str(), "http" | "https")
}
