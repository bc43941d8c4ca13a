//! The viewer's calendar, and times and dates in the words they read. Pure: the zone is passed in, and each moment is by
//! the offset of its own day.

use chinese_lunisolar_calendar::LunisolarDate;
use jiff::{Timestamp, civil::DateTime, tz::Offset};

use crate::time::{UtcMs, Zone};

const WEEKDAYS: [&str; 7] = ["一", "二", "三", "四", "五", "六", "日"];

/// Of most days; one on which the clocks are changed is longer or shorter.
pub const DAY_MS: i64 = 86_400_000;

/// What the clock on the wall shows. A value out of range shows as the epoch rather than as nothing.
pub fn local(at: UtcMs, zone: &Zone) -> DateTime {
    let offset = Offset::from_seconds(zone.offset_s(at)).unwrap_or(Offset::UTC);
    offset.to_datetime(Timestamp::from_millisecond(at.0).unwrap_or(Timestamp::UNIX_EPOCH))
}

/// Days since 1970-01-01 on the viewer's calendar.
pub fn day_number(at: UtcMs, zone: &Zone) -> i32 {
    i32::try_from(on_the_wall(at, zone).div_euclid(DAY_MS)).unwrap_or(0)
}

/// When the viewer's calendar day begins: at midnight, or where the clocks leave that out, when they are put forward.
pub fn day_begins(day: i32, zone: &Zone) -> UtcMs {
    first_at(i64::from(day) * DAY_MS, zone)
}

/// The same time by the clock of another day.
pub fn days_later(at: UtcMs, days: i32, zone: &Zone) -> UtcMs {
    first_at(on_the_wall(at, zone).saturating_add(i64::from(days) * DAY_MS), zone)
}

/// What the clock on the wall shows, as if it were UTC.
fn on_the_wall(at: UtcMs, zone: &Zone) -> i64 {
    at.plus(i64::from(zone.offset_s(at)) * 1000).0
}

/// The first moment at which the clock on the wall shows this, or more where it leaves this out.
fn first_at(wall_ms: i64, zone: &Zone) -> UtcMs {
    // One of the offsets within a day of it holds then, however far from UTC the zone is.
    let moment = |around_ms: i64| {
        let offset_s = zone.offset_s(UtcMs(wall_ms.saturating_add(around_ms)));
        UtcMs(wall_ms).plus(i64::from(offset_s) * -1000)
    };
    let [before, amid, after] = [-DAY_MS, 0, DAY_MS].map(moment);
    let possible = [before, amid, after].into_iter().filter(|at| on_the_wall(*at, zone) >= wall_ms);
    possible.min().unwrap_or(amid)
}

/// `18:05`
pub fn time(at: UtcMs, zone: &Zone) -> String {
    let t = local(at, zone);
    format!("{}:{:02}", t.hour(), t.minute())
}

/// `11月24日 星期二`
pub fn date(at: UtcMs, zone: &Zone) -> String {
    let t = local(at, zone);
    format!("{}月{}日 星期{}", t.month(), t.day(), weekday(day_number(at, zone)))
}

/// `二`
pub fn weekday(day: i32) -> &'static str {
    // The first one was a Thursday.
    usize::try_from(day.saturating_add(3).rem_euclid(7)).ok().and_then(|i| WEEKDAYS.get(i)).copied().unwrap_or("")
}

/// `农历十月十六`; empty outside the years that the calendar's tables cover.
pub fn lunar(at: UtcMs, zone: &Zone) -> String {
    let t = local(at, zone);
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
    let t = local(at, zone);
    match days_between(at, now, zone) {
        0 => format!("今天 {}", time(at, zone)),
        1 => format!("昨天 {}", time(at, zone)),
        _ => format!("{}月{}日", t.month(), t.day()),
    }
}

/// `现在`-relative time of something ahead: `今天19:30`, `明天9:00`, `11月26日9:00`; evenings are said as such.
pub fn ahead(at: UtcMs, now: UtcMs, zone: &Zone) -> String {
    let t = local(at, zone);
    let day = match days_between(now, at, zone) {
        0 if t.hour() >= 18 => "今晚".to_owned(),
        0 => "今天".to_owned(),
        1 => "明天".to_owned(),
        _ => format!("{}月{}日", t.month(), t.day()),
    };
    format!("{day}{}", time(at, zone))
}

fn days_between(from: UtcMs, to: UtcMs, zone: &Zone) -> i32 {
    day_number(to, zone).saturating_sub(day_number(from, zone))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::UTC;

    const EAST_8: Zone = Zone::fixed(8 * 3600);
    /// 2026-11-24T10:12:00Z, 18:12 in Shanghai.
    const EVENING: UtcMs = UtcMs(1_795_515_120_000);

    #[test]
    fn a_tuesday_evening_in_shanghai() {
        assert_eq!(time(EVENING, &EAST_8), "18:12");
        assert_eq!(date(EVENING, &EAST_8), "11月24日 星期二");
        assert_eq!(lunar(EVENING, &EAST_8), "农历十月十六");
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
        assert_eq!(lunar(UtcMs(i64::MIN), &UTC), "农历冬月廿四");
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

    const HOUR_MS: i64 = 3_600_000;

    /// Two changes, and the offsets before, between and after them in hours.
    fn zone(changes: [i64; 2], hours: [i32; 3]) -> Zone {
        let [before, between, after] = hours.map(|h| h * 3_600);
        Zone { first_s: before, changes: vec![(UtcMs(changes[0]), between), (UtcMs(changes[1]), after)] }
    }

    /// Berlin changes in the small hours of 25 October 2026 and 28 March 2027; the others at their midnight before.
    fn zones() -> [(&'static str, Zone); 3] {
        [
            ("Berlin", zone([1_792_890_000_000, 1_806_195_600_000], [2, 1, 2])),
            // Midnight of the 25th comes twice; that of the 28th is left out.
            ("Beirut", zone([1_792_875_600_000, 1_806_184_800_000], [3, 2, 3])),
            ("the Azores", zone([1_792_890_000_000, 1_806_195_600_000], [0, -1, 0])),
        ]
    }

    #[test]
    fn each_day_begins_at_its_own_midnight() {
        let [(_, berlin), ..] = zones();
        let utc = |text: &str| UtcMs(text.parse::<Timestamp>().unwrap().as_millisecond());
        for (noon, begins, hours) in [
            ("2026-10-24T10:00:00Z", "2026-10-23T22:00:00Z", 24),
            ("2026-10-25T11:00:00Z", "2026-10-24T22:00:00Z", 25),
            ("2026-10-26T11:00:00Z", "2026-10-25T23:00:00Z", 24),
            ("2027-03-28T10:00:00Z", "2027-03-27T23:00:00Z", 23),
            ("2027-03-29T10:00:00Z", "2027-03-28T22:00:00Z", 24),
        ] {
            let day = day_number(utc(noon), &berlin);
            let length = day_begins(day + 1, &berlin).since(day_begins(day, &berlin));
            assert_eq!((day_begins(day, &berlin), length), (utc(begins), hours * HOUR_MS), "{noon}");
        }
    }

    #[test]
    fn days_follow_each_other_without_a_hole_and_the_same_time_of_each_is_reached() {
        for (name, zone) in zones() {
            let first = day_number(UtcMs(1_792_000_000_000), &zone);
            for day in first..first + 200 {
                let begins = day_begins(day, &zone);
                assert_eq!(day_number(begins, &zone), day, "{name}");
                assert_eq!(day_number(begins.plus(-1), &zone), day - 1, "{name}");
                for hour in 0..24 {
                    let at = begins.plus(hour * HOUR_MS + HOUR_MS / 2);
                    let next = days_later(at, 1, &zone);
                    assert_eq!(day_number(next, &zone), day_number(at, &zone) + 1, "{name}, {hour}");
                    assert_eq!(
                        day_number(days_later(at, -1, &zone), &zone),
                        day_number(at, &zone) - 1,
                        "{name}, {hour}"
                    );
                    let (from, to) = (time(at, &zone), time(next, &zone));
                    let is_left_out =
                        zone.changes.iter().any(|(change, _)| (0..2 * HOUR_MS).contains(&next.since(*change)));
                    assert!(from == to || is_left_out, "{name}: {from}, {to}");
                }
            }
        }
    }

    #[test]
    fn a_day_has_its_name() {
        let day = day_number(EVENING, &EAST_8);
        assert_eq!([weekday(day), weekday(day + 5), weekday(0), weekday(-4)], ["二", "日", "四", "日"]);
    }
}
