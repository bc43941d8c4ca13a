//! Catch-up: which address plays a programme that is over. Pure: the times, the zone and the channel come from outside.
//! The modes and specifiers are those that Kodi's IPTV Simple documents, and the `${(b)…}` ones of Chinese lists.

mod grid;
mod servers;
mod template;

#[cfg(test)]
mod tests;

pub use grid::Grid;
use url::Url;

use crate::{
    guide::{
        formats::{
            address::looks_absolute,
            headers::{Headers, split_address},
        },
        lineup::{Catchup, MediaSource},
    },
    time::{UtcMs, Zone},
};

const DAY_MS: i64 = 86_400_000;
/// An address that grows beyond this is no address of a stream.
const MAX_URL_BYTES: usize = 8 * 1024;
/// What players append where a list of an operator's time-shift server (`PLTV`, `TVOD` in its path) names nothing.
const PLAYSEEK: &str = "?playseek=${(b)yyyyMMddHHmmss}-${(e)yyyyMMddHHmmss}";

/// By the names that playlists use.
const MODES: [&str; 13] = [
    "default",
    "append",
    "shift",
    "timeshift",
    "flussonic",
    "flussonic-hls",
    "flussonic-ts",
    "fs",
    "xc",
    "xtream",
    "xtream-codes",
    "xtreamcodes",
    "vod",
];

/// What a channel offers: its address, and what its playlist says about catch-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer<'a> {
    pub channel_url: &'a str,
    pub mode: &'a str,
    pub source: Option<&'a str>,
    /// How far back the server keeps programmes; `None` where nobody said.
    pub days: Option<u32>,
    /// `catchup-correction`: how much later the playlist's clock runs than the server's.
    pub correction_ms: i64,
    /// `catchup-replace`: what of the channel's address is something else for the past (`/PLTV/`, `/TVOD/`).
    pub replace: Option<(&'a str, &'a str)>,
}

/// A programme and the moment at which it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub start: UtcMs,
    pub end: UtcMs,
    pub now: UtcMs,
    /// The programme's own id in the guide (`catchup-id`), where it has one.
    pub catchup_id: Option<&'a str>,
    /// The box's zone: specifiers of civil time are in it.
    pub zone: &'a Zone,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CatchupError {
    #[error("the programme ends before it begins")]
    EndBeforeStart,
    #[error("the programme has not begun yet")]
    NotBegun,
    #[error("the programme began more than {days} days ago: it is no longer kept")]
    TooOld { days: u32 },
    #[error("catch-up mode \"{0}\" is not known")]
    UnknownMode(String),
    #[error("catch-up mode \"{0}\" needs a catchup-source, and there is none")]
    NoSource(String),
    #[error("catch-up mode \"{mode}\" cannot be made from the address {url}")]
    Shape { mode: String, url: String },
    #[error("the guide gives this programme no catchup-id, which the address needs")]
    NoCatchupId,
    #[error("the result is no address that can be played")]
    NotAnAddress,
    #[error("a time out of range")]
    TimeOutOfRange,
}

impl<'a> Offer<'a> {
    pub fn of(channel_url: &'a str, catchup: &'a Catchup) -> Self {
        Self {
            channel_url,
            mode: &catchup.mode,
            source: catchup.source.as_deref(),
            days: Some(catchup.days),
            correction_ms: i64::from(catchup.correction_minutes) * 60_000,
            replace: catchup.replace.as_deref().map(|(old, new)| (old.as_str(), new.as_str())),
        }
    }

    /// Whether a programme that begins at `start` can be asked for at `now`.
    pub fn covers(&self, start: UtcMs, now: UtcMs) -> Result<(), CatchupError> {
        if start >= now {
            return Err(CatchupError::NotBegun);
        }
        match self.days {
            Some(days) if now.since(start) > i64::from(days) * DAY_MS => Err(CatchupError::TooOld { days }),
            _ => Ok(()),
        }
    }

    /// What plays the programme: the address, and the request headers that are written behind a bar. One that is still
    /// running ends at `now`.
    pub fn source(&self, asked: &Asked<'_>) -> Result<MediaSource, CatchupError> {
        self.made(asked, (asked.start, asked.end.min(asked.now)))
    }

    /// The same for a server that counts in minutes: nothing of the programme is cut off by what its address cannot say,
    /// at the price of some seconds around it.
    pub fn source_around(&self, asked: &Asked<'_>) -> Result<MediaSource, CatchupError> {
        let end = asked.end.min(asked.now);
        let Some(grid) = self.grid(asked.now, asked.zone) else { return self.made(asked, (asked.start, end)) };
        let start = grid.floor(asked.start);
        let units = end.since(start).max(1).saturating_add(grid.unit_ms - 1) / grid.unit_ms;
        self.made(asked, (start, start.plus(units.saturating_mul(grid.unit_ms))))
    }

    /// The beginnings that the server can be asked for; `None` where any second is one.
    pub fn grid(&self, now: UtcMs, zone: &Zone) -> Option<Grid> {
        let (channel_url, _) = split_address(self.channel_url.trim());
        let fineness = template::fineness(&self.template(channel_url).ok()?);
        let (unit_s, origin) = match (fineness.named_s, fineness.ago_s) {
            (Some(1), _) | (_, Some(1)) | (None, None) => return None,
            (Some(unit_s), _) => {
                (unit_s, UtcMs(self.correction_ms).plus(i64::from(zone.offset_s(now)).saturating_mul(-1_000)))
            }
            (None, Some(unit_s)) => (unit_s, now.plus(self.correction_ms)),
        };
        Some(Grid { unit_ms: unit_s.saturating_mul(1_000), origin })
    }

    fn made(&self, asked: &Asked<'_>, span: (UtcMs, UtcMs)) -> Result<MediaSource, CatchupError> {
        if asked.end <= asked.start {
            return Err(CatchupError::EndBeforeStart);
        }
        self.covers(asked.start, asked.now)?;
        let (channel_url, channel_options) = split_address(self.channel_url.trim());
        let written = template::fill(&self.template(channel_url)?, &self.moment(asked, span))?;
        let (url, own_options) = split_address(&written);
        let fit = looks_absolute(url)
            && url.len() <= MAX_URL_BYTES
            && !url.chars().any(|c| c.is_control() || c == '\u{2028}' || c == '\u{2029}');
        if !fit {
            return Err(CatchupError::NotAnAddress);
        }
        let mut headers = Headers::default();
        for pairs in [channel_options, own_options].into_iter().flatten() {
            // One that is not fit to be sent is left out: the server may do without it.
            headers.set_pairs(pairs);
        }
        Ok(MediaSource { url: url.to_owned(), headers: headers.into_vec() })
    }

    fn moment<'b>(&self, asked: &Asked<'b>, (start, end): (UtcMs, UtcMs)) -> template::Moment<'b> {
        template::Moment {
            start_s: start.plus(self.correction_ms.saturating_neg()).0.div_euclid(1000),
            end_s: end.plus(self.correction_ms.saturating_neg()).0.div_euclid(1000),
            now_s: asked.now.0.div_euclid(1000),
            catchup_id: asked.catchup_id,
            zone: asked.zone,
        }
    }

    /// The address with its specifiers still in it.
    fn template(&self, url: &str) -> Result<String, CatchupError> {
        let replaced = self.replace.map(|(old, new)| url.replace(old, new));
        let url = replaced.as_deref().unwrap_or(url);
        let mode = self.mode.trim().to_ascii_lowercase();
        let source = self.source.map(str::trim).filter(|source| !source.is_empty());
        let shape = || CatchupError::Shape { mode: mode.clone(), url: url.to_owned() };
        match mode.as_str() {
            "default" | "append" => {
                let usual = ["/PLTV/", "/TVOD/"].iter().any(|part| url.contains(part)).then_some(PLAYSEEK);
                let source = source.or(usual).ok_or_else(|| CatchupError::NoSource(mode.clone()))?;
                joined(url, source, mode == "append")
            }
            "shift" | "timeshift" => Ok(servers::shift(url)),
            "flussonic" | "flussonic-hls" => servers::flussonic(url, false).ok_or_else(shape),
            "flussonic-ts" | "fs" => servers::flussonic(url, true).ok_or_else(shape),
            "xc" | "xtream" | "xtream-codes" | "xtreamcodes" => servers::xtream(url).ok_or_else(shape),
            "vod" => Ok(source.unwrap_or("{catchup-id}").to_owned()),
            _ => Err(CatchupError::UnknownMode(mode)),
        }
    }
}

/// Whether a mode of this name can be asked for, however it is written.
pub fn knows_mode(mode: &str) -> bool {
    MODES.iter().any(|known| mode.trim().eq_ignore_ascii_case(known))
}

/// Whether only a programme with an id of its own can be asked for.
pub fn needs_id(catchup: &Catchup) -> bool {
    match &catchup.source {
        Some(source) if !source.trim().is_empty() => source.contains("{catchup-id}"),
        _ => catchup.mode.trim().eq_ignore_ascii_case("vod"),
    }
}

/// `append` puts the source behind the channel's address, `default` takes it instead. Lists confuse the two: a mere
/// query can only be appended, and a whole address only stand for itself.
fn joined(url: &str, source: &str, append: bool) -> Result<String, CatchupError> {
    if looks_absolute(source) || (!append && source.starts_with("{catchup-id}")) {
        return Ok(source.to_owned());
    }
    if append || source.starts_with(['?', '&']) {
        // A second question mark would end up inside a value.
        return Ok(match source.strip_prefix('?') {
            Some(rest) if url.ends_with(['?', '&']) => format!("{url}{rest}"),
            Some(rest) if url.contains('?') => format!("{url}&{rest}"),
            _ => format!("{url}{source}"),
        });
    }
    relative(url, source).ok_or(CatchupError::NotAnAddress)
}

/// A path beside the channel's own. Joined by hand: a parser would escape the specifiers' braces.
fn relative(url: &str, source: &str) -> Option<String> {
    let base = Url::parse(url).ok()?;
    let root = url.get(..url.find("://")? + 3)?;
    let rest = url.get(root.len()..)?;
    let path_at = rest.find('/').map_or(url.len(), |at| root.len() + at);
    let host = url.get(..path_at)?;
    if let Some(with_host) = source.strip_prefix("//") {
        return Some(format!("{}://{with_host}", base.scheme()));
    }
    if source.starts_with('/') {
        return Some(format!("{host}{source}"));
    }
    let path = url.get(path_at..)?.split(['?', '#']).next()?;
    let folder = path.get(..path.rfind('/').map_or(0, |at| at + 1))?;
    Some(format!("{host}{}{source}", if folder.is_empty() { "/" } else { folder }))
}
