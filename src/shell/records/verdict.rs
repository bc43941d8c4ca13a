//! What an answer of a record store means for the batch that it answers. Pure.

use std::time::Duration;

use crate::{http, time::UtcMs};

/// Longer than this no store is waited for because it says so: a clock of theirs may be wrong.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(6 * 3600);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The store has all of them.
    Taken,
    /// Too large, or one of them is at fault: to be tried in halves.
    Split,
    /// This one alone was sent, and is refused with this status.
    Refused(u16),
    /// The store or the way to it is not ready. `after`: as long as it asks for.
    Later { after: Option<Duration>, why: String },
    /// What a person must mend: the address, the credentials.
    NotLetIn { status: u16 },
}

/// `sent`: how many statements the batch had, at least one.
pub fn judge(status: u16, sent: usize, retry_after: Option<&str>, now: UtcMs) -> Verdict {
    let alone = sent <= 1;
    match status {
        200..=299 => Verdict::Taken,
        // An id that is there already (xAPI 1.0.3, Communication 2.1.2): its first arrival was not acknowledged.
        409 if alone => Verdict::Taken,
        400 | 413 | 422 if alone => Verdict::Refused(status),
        400 | 409 | 413 | 422 => Verdict::Split,
        408 | 425 | 429 | 500..=599 => {
            Verdict::Later { after: retry_after.and_then(|v| wait_of(v, now)), why: format!("status {status}") }
        }
        _ => Verdict::NotLetIn { status },
    }
}

fn wait_of(written: &str, now: UtcMs) -> Option<Duration> {
    http::retry_after(written, Some(now)).map(|wait| wait.min(LONGEST_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UtcMs = UtcMs(1_767_225_600_000);

    #[test]
    fn each_answer_has_its_meaning() {
        let of = |status, sent| judge(status, sent, None, NOW);
        assert_eq!(of(200, 50), Verdict::Taken);
        assert_eq!(of(204, 1), Verdict::Taken);
        for status in [400, 409, 413] {
            assert_eq!(of(status, 2), Verdict::Split);
        }
        assert_eq!(of(409, 1), Verdict::Taken);
        assert_eq!(of(400, 1), Verdict::Refused(400));
        assert_eq!(of(413, 1), Verdict::Refused(413));
        for status in [301, 401, 403, 404, 405] {
            assert_eq!(of(status, 7), Verdict::NotLetIn { status });
        }
        for status in [408, 429, 500, 502, 503, 504] {
            assert!(matches!(of(status, 7), Verdict::Later { after: None, .. }));
        }
    }

    #[test]
    fn a_wait_that_is_asked_for_is_kept_within_reason() {
        let after = |written: &str| match judge(429, 1, Some(written), NOW) {
            Verdict::Later { after, .. } => after.map(|d| d.as_secs()),
            other => panic!("{other:?}"),
        };
        assert_eq!(after("120"), Some(120));
        assert_eq!(after("Thu, 01 Jan 2026 00:02:00 GMT"), Some(120));
        assert_eq!(after("99999999999"), Some(6 * 3600));
        assert_eq!(after("soon"), None);
    }
}
