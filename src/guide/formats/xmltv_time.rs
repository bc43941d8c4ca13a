//! XMLTV's times: `YYYYMMDDhhmmss ±hhmm`, shortened from the right, with or without a zone. Arithmetic only: no zone
//! database, because the format carries offsets, and the names that its definition allows beside them (its example is
//! `200007281733 BST`) mean fixed ones.

use crate::time::UtcMs;

const DAY_MS: i64 = 86_400_000;
/// The longest name of a zone, such as `America/Argentina/ComodRivadavia`, is shorter.
const MAX_ZONE_BYTES: usize = 40;

/// What names of zones mean, in minutes east of UTC; lower case. Where several countries have a name, CST is China's,
/// because this is a product of China, and the others are left out.
#[rustfmt::skip]
const ZONES: [(&str, i32); 44] = [
    ("z", 0), ("utc", 0), ("gmt", 0), ("ut", 0), ("wet", 0),
    ("cst", 480), ("bjt", 480), ("prc", 480), ("asia/shanghai", 480), ("hkt", 480), ("sgt", 480), ("awst", 480),
    ("bst", 60), ("west", 60), ("cet", 60), ("met", 60), ("mez", 60), ("cest", 120), ("mest", 120), ("mesz", 120),
    ("eet", 120), ("sast", 120), ("eest", 180), ("msk", 180), ("msd", 240), ("ict", 420), ("wib", 420),
    ("jst", 540), ("kst", 540), ("acst", 570), ("aest", 600), ("acdt", 630), ("aedt", 660), ("nzst", 720),
    ("nzdt", 780), ("est", -300), ("edt", -240), ("cdt", -300), ("mst", -420), ("mdt", -360), ("pst", -480),
    ("pdt", -420), ("akst", -540), ("hst", -600),
];

/// A time as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written<'t> {
    pub at: UtcMs,
    /// A name of a zone that is not known, and was taken for UTC.
    pub unknown_zone: Option<&'t str>,
}

/// `zone_offset_minutes` is meant where the text names no zone (UTC by the format's definition).
pub fn parse(text: &str, zone_offset_minutes: i32) -> Option<UtcMs> {
    Some(read(text, zone_offset_minutes)?.at)
}

/// As `parse`, and says what it took for UTC.
pub fn read(text: &str, zone_offset_minutes: i32) -> Option<Written<'_>> {
    let text = text.trim();
    if text.as_bytes().get(4) == Some(&b'-') {
        return iso(text, zone_offset_minutes);
    }
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, zone) = text.split_at(end);
    // Pairs after the year; half a pair is a broken time.
    if !(4..=14).contains(&digits.len()) || digits.len() % 2 != 0 {
        return None;
    }
    let part = |from: usize, to: usize, default: i64| match digits.get(from..to) {
        Some(part) => part.parse().ok(),
        None => Some(default),
    };
    let (year, month, day) = (part(0, 4, 0)?, part(4, 6, 1)?, part(6, 8, 1)?);
    let (hour, minute, second) = (part(8, 10, 0)?, part(10, 12, 0)?, part(12, 14, 0)?);
    let (offset, unknown_zone) = zone_of_time(zone.trim(), zone_offset_minutes)?;
    Some(Written { at: instant(year, month, day, hour, minute, second, offset)?, unknown_zone })
}

/// `2024-05-01T20:00:00+08:00`, which some generators write instead.
fn iso(text: &str, zone_offset_minutes: i32) -> Option<Written<'_>> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<u16>().ok().map(i64::from);
    let separators = text.as_bytes().get(7) == Some(&b'-') && text.as_bytes().get(13) == Some(&b':');
    if !separators {
        return None;
    }
    let seconds = if text.as_bytes().get(16) == Some(&b':') { number(17, 19)? } else { 0 };
    let zone =
        text.get(16..).unwrap_or_default().trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, ':' | '.'));
    let (offset, unknown_zone) = zone_of_time(zone.trim(), zone_offset_minutes)?;
    let at = instant(number(0, 4)?, number(5, 7)?, number(8, 10)?, number(11, 13)?, number(14, 16)?, seconds, offset)?;
    Some(Written { at, unknown_zone })
}

/// The offset of what follows a time, and the name where it is one that is not known.
fn zone_of_time(zone: &str, default: i32) -> Option<(i32, Option<&str>)> {
    if let Some(minutes) = zone_minutes(zone, default) {
        return Some((minutes, None));
    }
    let bare = zone.strip_prefix('(').and_then(|zone| zone.strip_suffix(')')).unwrap_or(zone);
    if let Some((_, minutes)) = ZONES.iter().find(|(name, _)| bare.eq_ignore_ascii_case(name)) {
        return Some((*minutes, None));
    }
    // Anything else than a name is a time that is broken.
    let is_name = bare.starts_with(|c: char| c.is_ascii_alphabetic())
        && bare.bytes().all(|b| b.is_ascii_alphabetic() || matches!(b, b'/' | b'_'))
        && bare.len() <= MAX_ZONE_BYTES;
    is_name.then_some((0, Some(bare)))
}

/// `+0800`, `+08:00`, `+08`, `Z`, `UTC`, `GMT`, `UTC+8`. Other names are ambiguous (CST) and therefore refused.
pub fn zone_minutes(zone: &str, default: i32) -> Option<i32> {
    if zone.is_empty() {
        return Some(default);
    }
    if ["z", "utc", "gmt"].iter().any(|name| zone.eq_ignore_ascii_case(name)) {
        return Some(0);
    }
    let after_name = zone
        .split_at_checked(3)
        .filter(|(name, _)| ["utc", "gmt"].iter().any(|known| name.eq_ignore_ascii_case(known)));
    let zone = after_name.map_or(zone, |(_, offset)| offset.trim_start());
    let (sign, rest) = match zone.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match rest.split_once(':') {
        Some(parts) => parts,
        None if rest.len() == 4 => rest.split_at_checked(2)?,
        None => (rest, "0"),
    };
    let plain = |part: &str| (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    if !plain(hours) || !plain(minutes) {
        return None;
    }
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours <= 18 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

fn instant(year: i64, month: i64, day: i64, hour: i64, minute: i64, second: i64, offset: i32) -> Option<UtcMs> {
    let midnight_after = hour == 24 && minute == 0 && second == 0;
    let valid = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day)
        && ((0..24).contains(&hour) || midnight_after)
        && (0..60).contains(&minute)
        && (0..=60).contains(&second);
    if !valid {
        return None;
    }
    let seconds = hour * 3600 + minute * 60 + second.min(59) - i64::from(offset) * 60;
    Some(UtcMs(days_from_epoch(year, month, day) * DAY_MS + seconds * 1000))
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Counts years from March, so that the leap day is the last one.
fn days_from_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn utc(text: &str) -> UtcMs {
        UtcMs(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    }

    #[test]
    fn shapes_of_one_instant() {
        let expected = utc("2024-05-01T12:00:00Z");
        for text in [
            "20240501200000 +0800",
            "20240501200000 +08:00",
            "20240501200000+0800",
            "202405012000 +0800",
            "2024050120 +08",
            "20240501120000",
            "20240501120000 UTC",
            "20240501120000Z",
            "20240501130000 BST",
            "202405011300 bst",
            "20240501200000 CST",
            "20240501200000 (CST)",
            "20240501200000 Asia/Shanghai",
            "20240501200000 UTC+8",
            "20240501200000 GMT+0800",
            "20240501140000 CEST",
            "20240501080000 EDT",
            "20240501050000 PDT",
            "2024-05-01T13:00:00 BST",
            " 20240501073000 -0430 ",
            "2024-05-01T20:00:00+08:00",
            "2024-05-01 12:00:00",
            "2024-05-01T12:00:00.000Z",
            "2024-05-01T12:00Z",
        ] {
            assert_eq!(parse(text, 0), Some(expected), "{text}");
        }
        assert_eq!(parse("20240501200000", 480), Some(expected));
        assert_eq!(parse("20240501", 0), Some(utc("2024-05-01T00:00:00Z")));
        assert_eq!(parse("2024", 0), Some(utc("2024-01-01T00:00:00Z")));
        assert_eq!(parse("20240430240000", 0), Some(utc("2024-05-01T00:00:00Z")));
    }

    #[test]
    fn broken_times_are_none() {
        for text in
            ["", "202", "2024050", "20240230", "20241301", "2024050125", "20240501T200000Z", "x", "20240501 +99"]
        {
            assert_eq!(parse(text, 0), None, "{text}");
        }
    }

    #[test]
    fn a_name_that_is_not_known_is_taken_for_utc_and_said() {
        let at = utc("2024-05-01T12:00:00Z");
        for (text, zone) in [("20240501120000 XYZT", "XYZT"), ("202405011200 Mars/Olympus", "Mars/Olympus")] {
            assert_eq!(read(text, 480), Some(Written { at, unknown_zone: Some(zone) }), "{text}");
        }
        assert_eq!(read("20240501200000 CST", 0), Some(Written { at, unknown_zone: None }));
        assert_eq!(zone_minutes("CST", 0), None, "no offset for a configuration");
    }

    proptest! {
        #[test]
        fn agrees_with_the_calendar(seconds in 0_i64..4_000_000_000) {
            let stamp = jiff::Timestamp::from_second(seconds).unwrap();
            let text = stamp.strftime("%Y%m%d%H%M%S +0000").to_string();
            prop_assert_eq!(parse(&text, 7), Some(UtcMs(seconds * 1000)));
        }

        #[test]
        fn no_text_panics(text in ".{0,30}", digits in "[0-9]{0,16} ?[+-]?[0-9:]{0,6}") {
            let _ = (parse(&text, 0), parse(&digits, 0), zone_minutes(&text, 0));
        }
    }
}
