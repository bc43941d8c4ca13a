//! Programmes of a channel and what is on now. Pure types and rules.

use serde::{Deserialize, Serialize};

use crate::time::UtcMs;

/// One programme. `start < end` always holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Programme {
    pub title: String,
    pub start: UtcMs,
    pub end: UtcMs,
    /// What it is about. Where the guide names a series, its line comes first, before a line break.
    #[serde(default)]
    pub description: Option<String>,
    /// By which the operator's archive knows it (`catchup-id`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catchup_id: Option<String>,
}

impl Programme {
    /// Which part of a series it is, as the guide says: `第3集 选医院`.
    pub fn series(&self) -> Option<&str> {
        self.description.as_deref()?.split_once('\n').map(|(series, _)| series).filter(|s| !s.is_empty())
    }

    /// What it is about, without the line of the series.
    pub fn about(&self) -> Option<&str> {
        let all = self.description.as_deref()?;
        let about = all.split_once('\n').map_or(all, |(_, about)| about);
        (!about.is_empty()).then_some(about)
    }

    pub fn is_on(&self, at: UtcMs) -> bool {
        self.start <= at && at < self.end
    }
}

/// What runs now and what follows. A programme of another time is never shown as now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NowNext {
    pub now: Option<Programme>,
    pub next: Option<Programme>,
}

/// Picks from programmes sorted by start.
pub fn now_next(programmes: &[Programme], at: UtcMs) -> NowNext {
    NowNext {
        now: programmes.iter().rev().find(|p| p.is_on(at)).cloned(),
        next: programmes.iter().find(|p| p.start > at).cloned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_series_is_the_line_before_the_break() {
        let of = |description: Option<&str>| Programme {
            title: "剧".into(),
            start: UtcMs(0),
            end: UtcMs(1),
            description: description.map(Into::into),
            catchup_id: None,
        };
        let told = |p: &Programme| (p.series().map(str::to_owned), p.about().map(str::to_owned));
        assert_eq!(told(&of(Some("第3集\n讲挂号"))), (Some("第3集".into()), Some("讲挂号".into())));
        assert_eq!(told(&of(Some("第3集\n"))), (Some("第3集".into()), None));
        assert_eq!(told(&of(Some("讲挂号"))), (None, Some("讲挂号".into())));
        assert_eq!(told(&of(None)), (None, None));
    }
}
