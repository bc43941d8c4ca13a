//! Times and dates in the words the viewer reads. Pure: the zone, or its offset, is passed in.

use chinese_lunisolar_calendar::LunisolarDate;
use jiff::{Timestamp, civil::DateTime, tz::Offset};

use crate::time::{UtcMs, Zone};

const WEEKDAYS: [&str; 7] = ["一", "二", "三", "四", "五", "六", "日"];

/// Wall time at `offset_s` east of UTC. A value out of range shows as the epoch rather than as nothing.
pub fn local(at: UtcMs, offset_s: i32) -> DateTime {
    let offset = Offset::from_seconds(offset_s).unwrap_or(Offset::UTC);
    offset.to_datetime(Timestamp::from_millisecond(at.0).unwrap_or(Timestamp::UNIX_EPOCH))
}

/// Days since 1970-01-01 on the viewer's calendar.
pub fn day_number(at: UtcMs, offset_s: i32) -> i32 {
    let days = (at.0.saturating_add(i64::from(offset_s) * 1000)).div_euclid(86_400_000);
    i32::try_from(days).unwrap_or(0)
}

/// `18:05`
pub fn time(at: UtcMs, zone: &Zone) -> String {
    let t = local(at, zone.offset_s(at));
    format!("{}:{:02}", t.hour(), t.minute())
}

/// `11月24日 星期二`
pub fn date(at: UtcMs, zone: &Zone) -> String {
    let offset_s = zone.offset_s(at);
    let t = local(at, offset_s);
    format!("{}月{}日 星期{}", t.month(), t.day(), weekday(at, offset_s))
}

/// `二`
pub fn weekday(at: UtcMs, offset_s: i32) -> &'static str {
    let index = local(at, offset_s).weekday().to_monday_zero_offset();
    usize::try_from(index).ok().and_then(|i| WEEKDAYS.get(i)).copied().unwrap_or("")
}

/// `农历十月十六`; empty outside the years that the calendar's tables cover.
pub fn lunar(at: UtcMs, offset_s: i32) -> String {
    let t = local(at, offset_s);
    let date = u16::try_from(t.year()).ok().and_then(|y| {
        let (m, d) = (u8::try_from(t.month()).ok()?, u8::try_from(t.day()).ok()?);
        let solar = chinese_lunisolar_calendar::SolarDate::from_ymd(y, m, d).ok()?;
        LunisolarDate::from_solar_date(solar).ok()
    });
    date.map(|l| format!("农历{}{}", l.to_lunar_month(), l.to_lunar_day())).unwrap_or_default()
}

/// `6:20`, `1:02:03`
pub fn clock(ms: u64) -> String {
    let s = ms / 1000;
    let (h, m, s) = (s / 3600, s / 60 % 60, s % 60);
    if h > 0 { format!("{h}:{m:02}:{s:02}") } else { format!("{m}:{s:02}") }
}

/// `6分20秒`, `40秒`
pub fn spoken_length(ms: u64) -> String {
    let s = ms / 1000;
    match (s / 60, s % 60) {
        (0, s) => format!("{s}秒"),
        (m, 0) => format!("{m}分钟"),
        (m, s) => format!("{m}分{s}秒"),
    }
}

/// What is left, in the unit that a person would use: `8分钟`, `40秒`.
pub fn left(ms: u64) -> String {
    if ms < 60_000 { format!("{}秒", ms.div_ceil(1000)) } else { format!("{}分钟", ms.div_ceil(60_000)) }
}

/// `今天 9:10`, `昨天 18:00`, `11月2日`
pub fn when(at: UtcMs, now: UtcMs, zone: &Zone) -> String {
    let t = local(at, zone.offset_s(at));
    match days_between(at, now, zone) {
        0 => format!("今天 {}", time(at, zone)),
        1 => format!("昨天 {}", time(at, zone)),
        _ => format!("{}月{}日", t.month(), t.day()),
    }
}

/// `现在`-relative time of something ahead: `今天19:30`, `明天9:00`, `11月26日9:00`; evenings are said as such.
pub fn ahead(at: UtcMs, now: UtcMs, zone: &Zone) -> String {
    let t = local(at, zone.offset_s(at));
    let day = match days_between(now, at, zone) {
        0 if t.hour() >= 18 => "今晚".to_owned(),
        0 => "今天".to_owned(),
        1 => "明天".to_owned(),
        _ => format!("{}月{}日", t.month(), t.day()),
    };
    format!("{day}{}", time(at, zone))
}

fn days_between(from: UtcMs, to: UtcMs, zone: &Zone) -> i32 {
    day_number(to, zone.offset_s(to)) - day_number(from, zone.offset_s(from))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EAST_8: Zone = Zone::fixed(8 * 3600);
    /// 2026-11-24T10:12:00Z, 18:12 in Shanghai.
    const EVENING: UtcMs = UtcMs(1_795_515_120_000);

    #[test]
    fn a_tuesday_evening_in_shanghai() {
        assert_eq!(time(EVENING, &EAST_8), "18:12");
        assert_eq!(date(EVENING, &EAST_8), "11月24日 星期二");
        assert_eq!(lunar(EVENING, 8 * 3600), "农历十月十六");
    }

    #[test]
    fn lengths_as_people_say_them() {
        assert_eq!(clock(380_000), "6:20");
        assert_eq!(clock(3_723_000), "1:02:03");
        assert_eq!(spoken_length(380_000), "6分20秒");
        assert_eq!(left(479_000), "8分钟");
        assert_eq!(left(40_000), "40秒");
    }

    #[test]
    fn a_clock_that_makes_no_sense_still_shows_something() {
        assert_eq!(time(UtcMs(i64::MAX), &EAST_8), "8:00");
        assert_eq!(lunar(UtcMs(i64::MIN), 0), "农历冬月廿四");
    }

    #[test]
    fn yesterday_is_a_matter_of_the_calendar() {
        assert_eq!(when(EVENING.plus(-19 * 3_600_000), EVENING, &EAST_8), "昨天 23:12");
        assert_eq!(ahead(EVENING.plus(3_600_000), EVENING, &EAST_8), "今晚19:12");
    }

    #[test]
    fn each_time_is_by_the_clock_of_its_own_day() {
        // Berlin, in the evening before the clocks are put back at three.
        let change = UtcMs(1_792_890_000_000);
        let berlin = Zone { first_s: 7_200, changes: vec![(change, 3_600)] };
        let evening = change.plus(-4 * 3_600_000);
        assert_eq!(time(evening, &berlin), "23:00");
        assert_eq!(ahead(change.plus(7 * 3_600_000), evening, &berlin), "明天9:00");
        assert_eq!(when(evening, change.plus(7 * 3_600_000), &berlin), "昨天 23:00");
        assert_eq!(ahead(evening.plus(1_800_000), evening, &berlin), "今晚23:30");
    }
}
