//! One day of a DIYP guide: clock times become instants. A clock knows no date, so midnight is found in the order of the
//! programmes.

use super::{
    Warnings,
    guide::{fit, tidy},
    quote,
    xmltv::{GuideProgramme, Item, MAX_DESCRIPTION_CHARS, MAX_PROGRAMME_MS, MAX_TITLE_CHARS},
    xmltv_time,
};
use crate::time::UtcMs;

const DAY_S: i64 = 86_400;
const NOON_S: i64 = DAY_S / 2;
const EVENING_S: i64 = 18 * 3600;

/// A day as it was written.
#[derive(Debug, Default)]
pub(super) struct RawDay {
    pub line: u64,
    pub channel: Option<String>,
    pub date: Option<String>,
    pub items: Vec<RawItem>,
}

#[derive(Debug, Default)]
pub(super) struct RawItem {
    pub line: u64,
    pub start: Option<String>,
    pub end: Option<String>,
    pub title: Option<String>,
    pub description: Option<String>,
}

/// When something is: on the day's clock, or with a date of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    Clock(i64),
    Instant(UtcMs),
}

/// The programmes of a day, in its order.
pub(super) fn programmes(day: RawDay, zone_offset_minutes: i32, warnings: &mut Warnings) -> Vec<Item> {
    let RawDay { line, channel, date, items } = day;
    let channel = tidy(&channel.unwrap_or_default(), MAX_TITLE_CHARS);
    if !fit(&channel) {
        warnings.add(line, || "a day without a usable channel_name; ignored".to_owned());
        return Vec::new();
    }
    let date = date.unwrap_or_default();
    let midnight = midnight(&date, zone_offset_minutes);
    if midnight.is_none() && items.iter().any(|item| matches!(when(item.start.as_deref(), 0), Some(When::Clock(_)))) {
        warnings.add(line, || format!("\"{}\": date \"{}\" is not a date; ignored", quote(&channel), quote(&date)));
        return Vec::new();
    }
    let midnight = midnight.unwrap_or_default();
    let starts: Vec<Option<When>> = items.iter().map(|item| when(item.start.as_deref(), zone_offset_minutes)).collect();
    let clocks: Vec<i64> =
        starts.iter().filter_map(|when| if let Some(When::Clock(s)) = when { Some(*s) } else { None }).collect();
    let mut turn = Turn::of(&clocks);
    let mut out = Vec::with_capacity(items.len());
    for (item, start) in items.into_iter().zip(starts) {
        let RawItem { line, start: start_text, end, title, description } = item;
        let Some(start) = start else {
            let text = start_text.unwrap_or_default();
            warnings.add(line, || format!("start \"{}\" is not a time; programme ignored", quote(&text)));
            continue;
        };
        let start = match start {
            When::Instant(at) => at,
            When::Clock(seconds) => midnight.plus((turn.day_of_next() * DAY_S + seconds) * 1000),
        };
        let title = tidy(&title.unwrap_or_default(), MAX_TITLE_CHARS);
        if title.is_empty() {
            warnings.add(line, || format!("a programme of \"{}\" without a title; ignored", quote(&channel)));
            continue;
        }
        let stop = match end.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            None => None,
            Some(text) => match when(Some(text), zone_offset_minutes) {
                None => {
                    warnings.add(line, || format!("end \"{}\" is not a time; taken as missing", quote(text)));
                    None
                }
                Some(When::Instant(at)) => Some(at),
                Some(When::Clock(seconds)) => end_after(start, midnight, seconds),
            },
        };
        if let Some(stop) = stop
            && (stop <= start || stop.since(start) > MAX_PROGRAMME_MS)
        {
            warnings.add(line, || format!("\"{}\" ends before it begins, or lasts a week; ignored", quote(&title)));
            continue;
        }
        let description = tidy(&description.unwrap_or_default(), MAX_DESCRIPTION_CHARS);
        out.push(Item::Programme(GuideProgramme {
            channel: channel.clone(),
            start,
            stop,
            title,
            description: Some(description).filter(|text| !text.is_empty()),
            ..GuideProgramme::default()
        }));
    }
    out
}

/// The first time after `start` at which the day's clock shows `seconds`. The whole day where both are midnight;
/// otherwise a programme without length has no known end.
fn end_after(start: UtcMs, midnight: UtcMs, seconds: i64) -> Option<UtcMs> {
    let of_day = start.since(midnight).rem_euclid(DAY_S * 1000);
    let length = seconds * 1000 - of_day;
    match length {
        1.. => Some(start.plus(length)),
        0 if of_day != 0 => None,
        _ => Some(start.plus(length + DAY_S * 1000)),
    }
}

/// Where the clock goes back: everything after it is the next day's. Where the list then runs past noon, it is one day
/// with the end of the evening before in front. A clock that goes back twice is a list in disorder, of one day.
struct Turn {
    at: usize,
    before: i64,
    after: i64,
    next: usize,
}

impl Turn {
    fn of(clocks: &[i64]) -> Self {
        let mut turns =
            clocks.windows(2).enumerate().filter(|(_, pair)| pair.first() > pair.last()).map(|(at, _)| at + 1);
        let none = Self { at: usize::MAX, before: 0, after: 0, next: 0 };
        let (Some(at), None) = (turns.next(), turns.next()) else { return none };
        let past_noon = clocks.last().is_some_and(|last| *last >= NOON_S);
        let from_evening = clocks.first().is_some_and(|first| *first >= EVENING_S);
        match (past_noon, from_evening) {
            (false, _) => Self { at, before: 0, after: 1, next: 0 },
            (true, true) => Self { at, before: -1, after: 0, next: 0 },
            (true, false) => none,
        }
    }

    fn day_of_next(&mut self) -> i64 {
        let day = if self.next < self.at { self.before } else { self.after };
        self.next += 1;
        day
    }
}

/// `2026-05-01`, `2026/5/1`, `2026年5月1日`, `20260501`.
fn midnight(date: &str, zone_offset_minutes: i32) -> Option<UtcMs> {
    let date = date.split([' ', 'T']).next()?.trim_end_matches('日');
    let parts: Vec<&str> = date.split(['-', '/', '.', '年', '月']).collect();
    let digits = match parts[..] {
        [whole] if whole.len() == 8 => whole.to_owned(),
        [year, month, day] if year.len() == 4 && (1..=2).contains(&month.len()) && (1..=2).contains(&day.len()) => {
            format!("{year}{month:0>2}{day:0>2}")
        }
        _ => return None,
    };
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| xmltv_time::parse(&digits, zone_offset_minutes))?
}

/// `20:00`, `8:05`, `20:00:30`, `24:00`; a whole date and time; or seconds since 1970.
fn when(text: Option<&str>, zone_offset_minutes: i32) -> Option<When> {
    let text = text?.trim();
    let number = |part: &str| -> Option<i64> {
        ((1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse().ok())?
    };
    if text.len() <= 8 && text.contains([':', '：']) {
        let parts: Vec<&str> = text.split([':', '：']).collect();
        let (hour, minute, second) = match parts[..] {
            [hour, minute] => (number(hour)?, number(minute)?, 0),
            [hour, minute, second] => (number(hour)?, number(minute)?, number(second)?),
            _ => return None,
        };
        let seconds = hour * 3600 + minute * 60 + second;
        let valid = minute < 60 && second < 60 && (hour < 24 || seconds == DAY_S);
        return valid.then_some(When::Clock(seconds));
    }
    if (9..=10).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse::<i64>().ok().map(|seconds| When::Instant(UtcMs(seconds * 1000)));
    }
    if text.len() < 12 {
        return None;
    }
    xmltv_time::parse(text, zone_offset_minutes).map(When::Instant)
}
