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
    while let Some((before, inner)) = rest.split_once('{') {
        let specifier = braced(inner);
        match specifier.map(|(name, _)| value(name, moment)).transpose()?.flatten() {
            Some(text) => {
                out.push_str(before.strip_suffix('$').unwrap_or(before));
                out.push_str(&text);
                rest = specifier.map_or("", |(_, after)| after);
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

/// What stands up to the brace that closes, and what follows it.
fn braced(inner: &str) -> Option<(&str, &str)> {
    let close = inner.as_bytes().iter().take(MAX_SPECIFIER_BYTES).position(|b| matches!(b, b'}' | b'{'))?;
    Some((inner.get(..close)?, inner.get(close..)?.strip_prefix('}')?))
}

/// How finely an address says when something began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Fineness {
    /// The smallest unit of a time that is written out, in seconds.
    pub named_s: Option<i64>,
    /// The unit in which the time since then is counted, in seconds.
    pub ago_s: Option<i64>,
}

pub(super) fn fineness(template: &str) -> Fineness {
    let mut found = Fineness::default();
    let mut rest = template;
    while let Some((_, inner)) = rest.split_once('{') {
        let Some((name, after)) = braced(inner) else {
            rest = inner;
            continue;
        };
        rest = after;
        let finer = |known: Option<i64>, unit: Option<i64>| known.into_iter().chain(unit).min();
        match name.split_once(':').unwrap_or((name, "")) {
            ("offset", unit) => {
                found.ago_s = finer(found.ago_s, Some(unit.parse().unwrap_or(1)).filter(|unit| *unit > 0))
            }
            ("utc" | "start", "") => found.named_s = Some(1),
            ("utc" | "start", pattern) => found.named_s = finer(found.named_s, smallest(pattern)),
            ("S" | "M" | "H" | "d", "") => found.named_s = finer(found.named_s, smallest(name)),
            _ => {
                let pattern = name.strip_prefix("(b)").map(|pattern| without_utc(pattern).unwrap_or(pattern));
                found.named_s =
                    finer(found.named_s, pattern.and_then(|p| if is_seconds(p) { Some(1) } else { smallest(p) }));
            }
        }
    }
    found
}

/// The smallest unit among a pattern's letters: Kodi's `YmdHMS` or Java's `yyyyMMddHHmmss`.
fn smallest(pattern: &str) -> Option<i64> {
    let java = is_java(pattern);
    let units = if java {
        [('s', 1), ('m', 60), ('H', 3_600), ('d', 86_400)]
    } else {
        [('S', 1), ('M', 60), ('H', 3_600), ('d', 86_400)]
    };
    units.into_iter().find(|(letter, _)| pattern.contains(*letter)).map(|(_, unit)| unit)
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
        // What has begun within the unit is one of it: a server that is asked for nothing sends nothing.
        ("duration", _) => Ok(units(end.saturating_sub(start), argument).map(|n| n.max(1).to_string())),
        ("offset", _) => Ok(units(now.saturating_sub(start), argument).map(|n| n.to_string())),
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
        return Ok(Some(seconds.to_string()));
    };
    if is_java(pattern) {
        let zone = if matches!(name, "utc" | "utcend" | "lutc") { &UTC } else { zone };
        return java(seconds, pattern, zone);
    }
    Ok(Some(letters(&civil(seconds, zone)?, pattern)))
}

/// Java's letters stand in pairs.
fn is_java(pattern: &str) -> bool {
    pattern.as_bytes().windows(2).any(|pair| matches!(pair, b"yy" | b"MM" | b"dd" | b"HH" | b"mm" | b"ss"))
}

fn is_seconds(pattern: &str) -> bool {
    matches!(pattern, "timestamp" | "unix" | "utc" | "timestampms" | "timestamp_ms")
}

/// A length in units of so many seconds; never negative.
fn units(seconds: i64, argument: Option<&str>) -> Option<i64> {
    let divider: i64 = match argument {
        None => 1,
        Some(text) => text.parse().ok().filter(|divider| *divider > 0)?,
    };
    Some(seconds.max(0) / divider)
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
    let (pattern, zone) = match without_utc(pattern) {
        Some(pattern) => (pattern, &UTC),
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

/// A pattern without the mark that asks for UTC.
fn without_utc(pattern: &str) -> Option<&str> {
    let (pattern, mark) = pattern.split_at_checked(pattern.len().checked_sub(4)?)?;
    (mark.eq_ignore_ascii_case("|utc") || mark.eq_ignore_ascii_case(":utc")).then_some(pattern)
}
