//! 学习档案: what was learnt in one year, with the records behind it. Drawing and writing it happens elsewhere.
//!
//! Promise: the same records give the same archive, byte for byte.

use serde::Serialize;

use super::credit::{self, Earned};
use crate::{
    store::types::{HistoryKey, UserData},
    time::UtcMs,
};

/// Of the JSON's form. A change that readers would stumble over raises it.
pub const VERSION: u32 = 1;

/// One year of the viewer's calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Archive {
    pub version: u32,
    pub year: i16,
    /// East of UTC; decides which day, and so which year, a moment belongs to.
    pub zone_offset_s: i32,
    /// Days on which something was watched.
    pub days_learnt: usize,
    /// Of all these days.
    pub seconds: u64,
    /// January first.
    pub month_seconds: [u64; 12],
    /// Tenths, earned within the year.
    pub credit_tenths: u32,
    pub hours_tenths: u32,
    /// Finished within the year, in that order.
    pub courses: Vec<CourseRecord>,
    /// Lessons that were last watched within the year, by course and lesson.
    pub lessons: Vec<LessonRecord>,
    pub days: Vec<DayRecord>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CourseRecord {
    pub earned_at: String,
    /// Whether `earned.proof` leads to it, computed anew.
    pub proved: bool,
    #[serde(flatten)]
    pub earned: Earned,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LessonRecord {
    pub course: String,
    pub lesson: String,
    pub title: String,
    pub detail: String,
    pub last_at: String,
    pub duration_s: u64,
    pub watched_s: u32,
    /// `[from, to)` in seconds of the lesson.
    pub watched: Vec<(u32, u32)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DayRecord {
    pub date: String,
    pub seconds: u32,
}

impl Archive {
    pub fn of(user: &UserData, year: i16, zone_offset_s: i32) -> Self {
        let offset = jiff::tz::Offset::from_seconds(zone_offset_s).unwrap_or(jiff::tz::Offset::UTC);
        let within = |at: UtcMs| {
            let moment = jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
            offset.to_datetime(moment).year() == year
        };
        let mut month_seconds = [0u64; 12];
        let mut days = Vec::new();
        for (date, seconds) in user.days.iter().filter_map(|(d, s)| Some((date(*d)?, *s))) {
            if date.year() != year || seconds == 0 {
                continue;
            }
            if let Some(month) = usize::try_from(date.month() - 1).ok().and_then(|m| month_seconds.get_mut(m)) {
                *month += u64::from(seconds);
            }
            days.push(DayRecord { date: date.to_string(), seconds });
        }
        let earned: Vec<Earned> = user.credits.iter().filter(|e| within(e.at)).cloned().collect();
        let mut lessons: Vec<LessonRecord> = Vec::new();
        for entry in user.history.iter().filter(|e| within(e.at)) {
            let HistoryKey::Lesson { course, lesson } = &entry.key else { continue };
            lessons.push(LessonRecord {
                course: course.0.clone(),
                lesson: lesson.0.clone(),
                title: entry.title.clone(),
                detail: entry.detail.clone(),
                last_at: rfc3339(entry.at),
                duration_s: entry.duration_ms / 1000,
                watched_s: entry.watched.total(),
                watched: entry.watched.ranges().to_vec(),
            });
        }
        lessons.sort_by(|a, b| (&a.course, &a.lesson).cmp(&(&b.course, &b.lesson)));
        Self {
            version: VERSION,
            year,
            zone_offset_s,
            days_learnt: days.len(),
            seconds: month_seconds.iter().sum(),
            month_seconds,
            credit_tenths: credit::credit_tenths(&earned),
            hours_tenths: credit::hours_tenths(&earned),
            courses: earned
                .into_iter()
                .map(|earned| CourseRecord { earned_at: rfc3339(earned.at), proved: earned.proof.holds(), earned })
                .collect(),
            lessons,
            days,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.days.is_empty() && self.courses.is_empty()
    }
}

/// A year has one archive, summer time or not: the offset in its middle holds for all of it.
pub fn middle(year: i16) -> Result<UtcMs, jiff::Error> {
    let date = jiff::civil::Date::new(year, 7, 1)?;
    Ok(UtcMs(jiff::tz::Offset::UTC.to_timestamp(date.at(0, 0, 0, 0))?.as_millisecond()))
}

/// By days since 1970-01-01.
pub fn date(day: i32) -> Option<jiff::civil::Date> {
    jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().try_days(day).ok()?).ok()
}

fn rfc3339(at: UtcMs) -> String {
    jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_string()
}

#[cfg(test)]
#[path = "archive_tests.rs"]
mod tests;
