//! 设置: the rows, and beside them what the one in focus does.

use jinse_ui::{Bridge, SettingRow, SettingsData, TabItem};

use super::{Lists, text};
use crate::app::{
    Model,
    screens::settings::{self, ROWS, Row, SettingsPage},
};

/// Words as a lesson has them.
const SAMPLE: &str = "早上一杯茶，暖胃又提神";

pub fn show(bridge: &Bridge, lists: &Lists, model: &Model, page: &SettingsPage) {
    let focus = settings::spot(model, page);
    let free = model.overlay.is_none();
    let (above, rows) = settings::in_sight(model, page);
    let shown = rows.into_iter().map(|row| SettingRow {
        icon: text(row.icon()),
        name: text(row.name()),
        value: text(settings::value(model, row)),
        changes: !settings::options(row).is_empty(),
        focused: free && row == focus,
    });
    lists.settings.show(shown.collect());
    let chosen = settings::chosen(model, focus);
    let options = settings::options(focus).iter().enumerate();
    let options =
        options.map(|(at, label)| TabItem { label: text(label), selected: chosen == Some(at), focused: false });
    lists.setting_options.show(options.collect());
    let has_sample = focus == Row::Subtitles;
    let subtitles = model.user.settings.subtitles;
    bridge.set_settings(SettingsData {
        title: text(if has_sample { "选好以后就是这个样子：" } else { focus.name() }),
        words: text(settings::words(model, focus)),
        has_sample,
        sample: text(if has_sample && subtitles { SAMPLE } else { "" }),
        more_above: above > 0,
        more_below: above + ROWS < settings::rows(model).len(),
    });
}
