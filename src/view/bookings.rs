//! 我的预约, drawn as what was watched is: a line each, with when it begins and where.

use jinse_ui::{Bridge, HistoryData, HistoryRow, Tag, TagTone};

use super::{Lists, text};
use crate::{
    app::{
        Model, civil, focus,
        screens::bookings::{self, BookingsPage, ROWS},
    },
    store::types::{Reminder, ReminderOf},
};

pub fn show(bridge: &Bridge, lists: &Lists, model: &Model, page: &BookingsPage) {
    let rows = bookings::rows(model);
    let at = bookings::spot(page, &rows);
    let top = focus::scroll(at, rows.len(), ROWS);
    let free = model.overlay.is_none();
    let lines = rows.iter().enumerate().skip(top).take(ROWS).map(|(i, reminder)| HistoryRow {
        title: text(&reminder.title),
        detail: text(&reminder.place),
        time: text(civil::ahead(reminder.start, model.now.utc, &model.zone)),
        state: text(""),
        tag: tag(model, reminder),
        focused: free && i == at,
    });
    lists.history.show(lines.collect());
    let empty = rows.is_empty();
    bridge.set_history(HistoryData {
        title: text("我的预约"),
        summary: text(if empty { String::new() } else { format!("一共{}个", rows.len()) }),
        empty_words: text(if empty { "还没有预约，在节目单里按【确认】就能约" } else { "" }),
        empty_button: text(if empty { "去看节目单" } else { "" }),
        empty_focused: empty && free,
        more_above: top > 0,
        more_below: top + ROWS < rows.len(),
    });
}

fn tag(model: &Model, reminder: &Reminder) -> Tag {
    let (words, tone, dot) = match &reminder.of {
        _ if bookings::is_on(model, reminder) => ("直播中", TagTone::Red, true),
        ReminderOf::Class { .. } => ("直播课", TagTone::Red, true),
        ReminderOf::Programme(_) => ("节目", TagTone::Bronze, false),
    };
    Tag { text: text(words), tone, dot }
}
