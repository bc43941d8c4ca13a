//! 我的学习 and everything watched.

use jinse_ui::{Action, Bridge, DayBar, HistoryData, HistoryRow, LearningData, RecentCard, Tag, TagTone};

use super::{Lists, Pictures, category, pictures::or_nothing, share, text};
use crate::{
    app::{
        Model, civil, focus,
        screens::{
            course,
            history::{self, HistoryPage, ROWS},
            learning::{self, ACTIONS, LearningFocus},
        },
    },
    learning::credit,
    store::types::{HistoryEntry, HistoryKey},
};

const POSTER: (u32, u32) = (402, 196);

pub fn show(bridge: &Bridge, lists: &Lists, pictures: &mut Pictures, model: &Model, focus: LearningFocus) {
    let focus = model.overlay.is_none().then(|| learning::spot(model, focus));
    let minutes = week(lists, model);
    let recent = learning::recent(model);
    let earned = &model.user.credits;
    bridge.set_learning(LearningData {
        learner: text(model.learners.roster.now_name()),
        whose: text(whose(model)),
        learner_line: text(learning::line(model)),
        credits: text(credit::tenths(credit::credit_tenths(earned))),
        certificates: text(credit::certificates(earned).len().to_string()),
        courses: text(match (learning::under_way(model), earned.len()) {
            (0, 0) => String::new(),
            (under_way, 0) => format!("在学 {under_way} 门"),
            (0, done) => format!("学完 {done} 门"),
            (under_way, done) => format!("在学 {under_way} 门，学完 {done} 门"),
        }),
        week_total: text(minutes.to_string()),
        empty_words: text(if recent.is_empty() { "还没有学过的课，去挑一门吧" } else { "" }),
    });
    let cards = recent.iter().enumerate().map(|(i, course)| {
        let poster = pictures.get(course.poster.as_ref(), POSTER.0, POSTER.1);
        let (progress, side) = category::progress(model, course);
        RecentCard {
            title: text(&course.title),
            side: text(side),
            has_poster: poster.is_some(),
            poster: or_nothing(poster),
            progress: progress.unwrap_or(0.0),
            focused: focus == Some(LearningFocus::Recent(i)),
        }
    });
    lists.recent.show(cards.collect());
    let actions = ACTIONS.iter().enumerate().map(|(i, (id, label, icon))| Action {
        id: text(id),
        label: text(label),
        icon: text(icon),
        note: text(""),
        focused: focus == Some(LearningFocus::Action(i)),
        enabled: true,
    });
    lists.learning_actions.show(actions.collect());
}

/// Beside the page's title, where several learn here.
fn whose(model: &Model) -> String {
    let roster = &model.learners.roster;
    if roster.is_shared() { format!("现在是{}在学", roster.now_name()) } else { String::new() }
}

/// Seven days ending today; the minutes of all of them.
fn week(lists: &Lists, model: &Model) -> u32 {
    let today = civil::day_number(model.now.utc, &model.zone);
    let minutes = |day: i32| {
        let seconds = model.user.days.iter().find(|(d, _)| *d == day).map_or(0, |(_, s)| *s);
        seconds.div_ceil(60)
    };
    let days: Vec<(i32, u32)> = (today - 6..=today).map(|d| (d, minutes(d))).collect();
    let most = days.iter().map(|(_, m)| *m).max().unwrap_or(0).max(1);
    let bars = days.iter().map(|(day, m)| DayBar {
        label: text(if *day == today { "今天" } else { civil::weekday(*day) }),
        words: text(if *m == 0 { "歇".into() } else { m.to_string() }),
        height: share(i64::from(*m), i64::from(most)),
        today: *day == today,
    });
    lists.week.show(bars.collect());
    days.iter().map(|(_, m)| m).sum()
}

pub fn show_history(bridge: &Bridge, lists: &Lists, model: &Model, page: &HistoryPage) {
    let entries = &model.user.history;
    let at = history::spot(model, page);
    let top = focus::scroll(at.unwrap_or(0), entries.len(), ROWS);
    let free = model.overlay.is_none();
    let rows = entries.iter().enumerate().skip(top).take(ROWS).map(|(i, e)| row(model, e, free && at == Some(i)));
    lists.history.show(rows.collect());
    bridge.set_history(HistoryData {
        title: text("看过的"),
        summary: text(if entries.is_empty() { String::new() } else { format!("一共 {} 条", entries.len()) }),
        empty_words: text(if entries.is_empty() { "还没有看过的，去挑一门课吧" } else { "" }),
        more_above: top > 0,
        more_below: top + ROWS < entries.len(),
        empty_button: text(if entries.is_empty() { "去挑一门课" } else { "" }),
        empty_focused: entries.is_empty() && free,
    });
}

fn row(model: &Model, entry: &HistoryEntry, focused: bool) -> HistoryRow {
    let channel = matches!(entry.key, HistoryKey::Channel(_));
    let seconds = u32::try_from(entry.duration_ms / 1000).unwrap_or(u32::MAX);
    let state = if channel || entry.duration_ms == 0 {
        String::new()
    } else if entry.watched.is_done(seconds) {
        "学完了".into()
    } else if course::is_at_end(Some(entry.duration_ms.saturating_sub(entry.position_ms))) {
        "看到最后了".into()
    } else {
        format!("剩{}", civil::left(entry.duration_ms.saturating_sub(entry.position_ms)))
    };
    HistoryRow {
        title: text(&entry.title),
        detail: text(&entry.detail),
        time: text(civil::when(entry.at, model.now.utc, &model.zone)),
        state: text(state),
        tag: if channel {
            Tag { text: text("频道"), tone: TagTone::Bronze, dot: false }
        } else {
            Tag { text: text("课程"), tone: TagTone::Jade, dot: false }
        },
        focused,
    }
}
