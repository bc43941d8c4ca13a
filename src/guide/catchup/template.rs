//! Fills in the specifiers of a catch-up address. What is no specifier stays as it is written.

use std::fmt::Write as _;

use jiff::{Timestamp, civil::DateTime, tz::Offset};

use super::CatchupError;
use crate::time::{UTC, UtcMs, Zone};

/// The longest specifier is some 40 bytes; a brace that closes later belongs to the address.
const MAX_SPECIFIER_BYTES: usize = 96;

/// Seconds since 1970, and what else a specifier may ask for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment<'a> {
    pub start_s: i64,
    pub end_s: i64,
    pub now_s: i64,
    pub catchup_id: Option<&'a str>,
    pub zone: &'a Zone,
}

/// Replaces `{…}` and `${…}`.
pub(super) fn fill(template: &str, moment: &Moment<'_>) -> Result<String, CatchupError> {
    let mut out = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let (before, from) = rest.split_at_checked(open).unwrap_or((rest, ""));
        let inner = from.get(1..).unwrap_or_default();
        let close = inner.as_bytes().iter().take(MAX_SPECIFIER_BYTES).position(|b| matches!(b, b'}' | b'{'));
        let specifier = close.and_then(|at| inner.get(at..)?.starts_with('}').then(|| inner.get(..at))?);
        match specifier.map(|name| value(name, moment)).transpose()?.flatten() {
            Some(text) => {
                out.push_str(before.strip_suffix('$').unwrap_or(before));
                out.push_str(&text);
                rest = inner.get(close.unwrap_or(0) + 1..).unwrap_or_default();
            }
            None => {
                out.push_str(before);
                out.push('{');
                rest = inner;
            }
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// `None` for what is no specifier.
fn value(name: &str, moment: &Moment<'_>) -> Result<Option<String>, CatchupError> {
    if let Some((seconds, pattern)) = bracketed(name, moment) {
        return java(seconds, pattern, moment.zone);
    }
    let (name, argument) = match name.split_once(':') {
        Some((name, argument)) => (name, Some(argument)),
        None => (name, None),
    };
    let (start, end, now) = (moment.start_s, moment.end_s, moment.now_s);
    match (name, argument) {
        ("catchup-id", None) => moment.catchup_id.map(|id| Some(id.to_owned())).ok_or(CatchupError::NoCatchupId),
        ("utc" | "start", _) => time(start, name, argument, moment.zone),
        ("utcend" | "end", _) => time(end, name, argument, moment.zone),
        ("lutc" | "now" | "timestamp", _) => time(now, name, argument, moment.zone),
        ("duration", _) => Ok(units(end.saturating_sub(start), argument)),
        ("offset", _) => Ok(units(now.saturating_sub(start), argument)),
        ("Y" | "m" | "d" | "H" | "M" | "S", None) => Ok(Some(letters(&civil(start, moment.zone)?, name))),
        _ => Ok(None),
    }
}

/// `(b)…` is the beginning, `(e)…` the end.
fn bracketed<'n>(name: &'n str, moment: &Moment<'_>) -> Option<(i64, &'n str)> {
    let (which, pattern) = name.strip_prefix('(')?.split_once(')')?;
    match which {
        "b" => Some((moment.start_s, pattern)),
        "e" => Some((moment.end_s, pattern)),
        _ => None,
    }
}

/// Seconds, or a civil time by the letters of the argument. `{utc:yyyy…}`, in the letters that Chinese lists use, is
/// UTC as it says; by Kodi's letters (`{utc:YmdHMS}`) every one of them is in the box's zone.
fn time(seconds: i64, name: &str, argument: Option<&str>, zone: &Zone) -> Result<Option<String>, CatchupError> {
    let Some(pattern) = argument.filter(|pattern| !pattern.is_empty()) else {
        return Ok(argument.is_none().then(|| seconds.to_string()));
    };
    let pairs = pattern.as_bytes().windows(2).any(|pair| matches!(pair, b"yy" | b"MM" | b"dd" | b"HH" | b"mm" | b"ss"));
    if pairs {
        let zone = if matches!(name, "utc" | "utcend" | "lutc") { &UTC } else { zone };
        return java(seconds, pattern, zone);
    }
    Ok(Some(letters(&civil(seconds, zone)?, pattern)))
}

/// A length in units of so many seconds; never negative.
fn units(seconds: i64, argument: Option<&str>) -> Option<String> {
    let divider: i64 = match argument {
        None => 1,
        Some(text) => text.parse().ok().filter(|divider| *divider > 0)?,
    };
    Some((seconds.max(0) / divider).to_string())
}

fn civil(seconds: i64, zone: &Zone) -> Result<DateTime, CatchupError> {
    let stamp = Timestamp::from_second(seconds).map_err(|_| CatchupError::TimeOutOfRange)?;
    let offset_s = zone.offset_s(UtcMs(seconds.saturating_mul(1000)));
    Ok(Offset::from_seconds(offset_s).map_err(|_| CatchupError::TimeOutOfRange)?.to_datetime(stamp))
}

/// Kodi's letters: each stands alone, everything else is itself.
fn letters(at: &DateTime, pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() * 2 + 2);
    for letter in pattern.chars() {
        // Writing into a String does not fail.
        let _ = match letter {
            'Y' => write!(out, "{:04}", at.year()),
            'm' => write!(out, "{:02}", at.month()),
            'd' => write!(out, "{:02}", at.day()),
            'H' => write!(out, "{:02}", at.hour()),
            'M' => write!(out, "{:02}", at.minute()),
            'S' => write!(out, "{:02}", at.second()),
            other => write!(out, "{other}"),
        };
    }
    out
}

/// The letters of Java's date patterns, repeated for the width. `|UTC` or `:utc` behind them asks for UTC,
/// `timestamp` for seconds. `None` for a pattern without any of them.
fn java(seconds: i64, pattern: &str, zone: &Zone) -> Result<Option<String>, CatchupError> {
    let marked = |p: &str| {
        let at = p.len().checked_sub(4)?;
        let mark = p.get(at..)?;
        (mark.eq_ignore_ascii_case("|utc") || mark.eq_ignore_ascii_case(":utc")).then_some(at)
    };
    let (pattern, zone) = match marked(pattern) {
        Some(at) => (pattern.get(..at).unwrap_or_default(), &UTC),
        None => (pattern, zone),
    };
    match pattern {
        "timestamp" | "unix" | "utc" => return Ok(Some(seconds.to_string())),
        "timestampms" | "timestamp_ms" => return Ok(Some(format!("{seconds}000"))),
        _ => {}
    }
    let at = civil(seconds, zone)?;
    let (mut out, mut any, mut quoted) = (String::new(), false, false);
    let mut rest = pattern.chars().peekable();
    while let Some(letter) = rest.next() {
        if letter == '\'' {
            quoted = !quoted;
            continue;
        }
        if quoted || !letter.is_ascii_alphabetic() {
            out.push(letter);
            continue;
        }
        let mut width = 1;
        while rest.next_if_eq(&letter).is_some() {
            width += 1;
        }
        let number = match letter {
            'y' if width == 2 => i64::from(at.year()).rem_euclid(100),
            'y' => i64::from(at.year()),
            'M' => at.month().into(),
            'd' => at.day().into(),
            'H' => at.hour().into(),
            'm' => at.minute().into(),
            's' => at.second().into(),
            'S' => 0,
            _ => {
                out.extend(std::iter::repeat_n(letter, width));
                continue;
            }
        };
        any = true;
        let _ = write!(out, "{number:0width$}");
    }
    Ok(any.then_some(out))
}
