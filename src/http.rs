//! What HTTP's headers say of time. No clock is read here: whoever has one brings it.

use std::time::Duration;

use crate::time::UtcMs;

/// A date as every web server writes it.
pub fn date(text: &str) -> Option<UtcMs> {
    jiff::fmt::rfc2822::parse(text).ok().map(|date| UtcMs(date.timestamp().as_millisecond()))
}

/// How long `Retry-After` asks to be left alone: seconds, or a date (RFC 9110 §10.2.3). Without `now` a date says
/// nothing. Unbounded: what is reasonable is the caller's to know.
pub fn retry_after(written: &str, now: Option<UtcMs>) -> Option<Duration> {
    let written = written.trim();
    match written.parse::<u64>() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => Some(Duration::from_millis(u64::try_from(date(written)?.since(now?)).unwrap_or(0))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UtcMs = UtcMs(1_767_225_600_000);

    #[test]
    fn a_wait_is_seconds_or_a_date_for_those_who_know_the_time() {
        let date = "Thu, 01 Jan 2026 00:02:00 GMT";
        let two_minutes = Some(Duration::from_secs(120));
        assert_eq!(retry_after(" 120 ", None), two_minutes);
        assert_eq!(retry_after(date, Some(NOW)), two_minutes);
        assert_eq!(retry_after(date, None), None);
        assert_eq!(retry_after("Thu, 01 Jan 2015 00:02:00 GMT", Some(NOW)), Some(Duration::ZERO));
        for nonsense in ["soon", "", "-1", "1.5"] {
            assert_eq!(retry_after(nonsense, Some(NOW)), None, "{nonsense}");
        }
    }

    #[test]
    fn a_date_that_is_none_is_no_date() {
        assert_eq!(date("Tue, 24 Nov 2026 10:12:00 GMT"), Some(UtcMs(1_795_515_120_000)));
        assert_eq!(date("tomorrow"), None);
    }
}
