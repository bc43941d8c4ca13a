//! What a value of the configuration may be. Each check says in words what is wrong; where it stands is known elsewhere.

use std::path::PathBuf;

use url::Url;

use super::{PHONE_MAX_CHARS, VideoWay, section::closest};
use crate::{guide::formats::xmltv_time, net::Location};

pub(super) fn plain(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("must not be empty; leave the key out instead".into());
    }
    if text.chars().any(char::is_control) { Err("must not hold control characters".into()) } else { Ok(()) }
}

pub(super) fn short(text: &str, max: usize) -> Result<String, String> {
    let text = text.trim();
    let length = text.chars().count();
    if length > max { Err(format!("must be at most {max} characters, has {length}")) } else { Ok(text.into()) }
}

/// One of the catalogue's own words.
pub(super) fn one_of<T: Copy>(table: &[(&str, T)], text: &str) -> Result<T, String> {
    table.iter().find(|(name, _)| *name == text.trim()).map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<_> = table.iter().map(|(name, _)| *name).collect();
        format!("must be one of {}", names.join(" "))
    })
}

pub(super) fn phone(text: &str) -> Result<String, String> {
    let dialled = text.chars().all(|c| c.is_ascii_digit() || " +-()*#".contains(c));
    if !dialled || !text.chars().any(|c| c.is_ascii_digit()) {
        return Err("must be a telephone number".into());
    }
    short(text, PHONE_MAX_CHARS)
}

pub(super) fn directory(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path.is_absolute() { Ok(path) } else { Err("must be an absolute path".into()) }
}

pub(super) fn video(text: &str) -> Result<VideoWay, String> {
    match text {
        "auto" => Ok(VideoWay::Auto),
        "painted" => Ok(VideoWay::Painted),
        "x11" => Ok(VideoWay::X11),
        other => {
            let near = closest(other, ["auto", "painted", "x11"].into_iter());
            let near = near.map(|n| format!("; did you mean \"{n}\"?")).unwrap_or_default();
            Err(format!("must be \"auto\", \"painted\" or \"x11\"{near}"))
        }
    }
}

/// An address on the web that may stand in a log.
pub(super) fn web(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|e| format!("is not an address: {e}"))?;
    match url.scheme() {
        "http" | "https" => {}
        scheme => return Err(format!("must begin with https:// or http://, not with {scheme}:")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold a user name or a password: it would stand in logs".into());
    }
    Ok(url)
}

/// A zone, in minutes east of UTC.
pub(super) fn offset(text: &str) -> Result<i32, String> {
    let minutes = Some(text.trim()).filter(|t| !t.is_empty()).and_then(|t| xmltv_time::zone_minutes(t, 0));
    minutes.ok_or_else(|| "is no zone: it is written like \"+08:00\"".into())
}

/// An address, or a file on the box.
pub(super) fn location(text: &str) -> Result<Location, String> {
    if text.starts_with('/') {
        return Ok(Location::File(text.into()));
    }
    web(text).map(Location::Http).map_err(|what| format!("{what} (a file is written as an absolute path)"))
}

/// A time server: a name or an address, perhaps with a port.
pub(super) fn time_server(text: &str) -> Result<String, String> {
    let text = text.trim();
    // A port is a port everywhere, and what an address may have before its host and after its port is not for here.
    let url = Url::parse(&format!("ntp://{text}/")).map_err(|e| format!("is no name of a server: {e}"))?;
    let bare = url.username().is_empty() && url.password().is_none() && url.path() == "/";
    let bare =
        bare && url.query().is_none() && url.fragment().is_none() && url.host_str().is_some_and(|h| !h.is_empty());
    if bare { Ok(text.to_owned()) } else { Err("must be the name of a server, such as \"ntp.example.org\"".into()) }
}
