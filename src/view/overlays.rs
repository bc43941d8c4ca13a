//! Menu, dialog, trouble and toast: what may lie on any page.

use jinse_ui::{Action, Bridge, CheckState, DialogData, MenuData, ToastData, TroubleData, TroubleLine};

use super::{Lists, share, text};
use crate::{
    app::{
        Model, civil,
        model::{Overlay, Page},
        playback::Playing,
        screens::{
            lesson::Target,
            menu,
            trouble::{self, TroubleFocus},
        },
        words,
    },
    player::types::{Phase, Trouble},
};

fn button(label: impl AsRef<str>, focused: bool) -> Action {
    Action { id: text(""), label: text(label), icon: text(""), note: text(""), focused, enabled: true }
}

pub fn show(bridge: &Bridge, lists: &Lists, model: &Model) {
    match &model.overlay {
        Some(Overlay::Menu(open)) => {
            bridge.set_menu(MenuData { shown: true, title: text("菜单") });
            let rows = open.choices.iter().enumerate();
            lists.menu.show(rows.map(|(i, c)| button(menu::label(model, *c), i == open.focus)).collect());
        }
        _ => bridge.set_menu(MenuData::default()),
    }
    match &model.overlay {
        Some(Overlay::Dialog(open)) => {
            bridge.set_dialog(DialogData { shown: true, title: text(&open.title), line: text(&open.line) });
            let answers = open.answers.iter().enumerate();
            lists.dialog.show(answers.map(|(i, (label, _))| button(label, i == open.focus)).collect());
        }
        _ => bridge.set_dialog(DialogData::default()),
    }
    match &model.overlay {
        Some(Overlay::Trouble(focus)) => show_trouble(bridge, lists, model, *focus),
        _ => bridge.set_trouble(TroubleData::default()),
    }
    let call = model.call.as_ref().map(|c| ToastData { shown: true, icon: text("bell"), text: text(c.words(model)) });
    bridge.set_toast(match (call, &model.toast) {
        (Some(call), _) => call,
        (None, Some(toast)) => ToastData { shown: true, icon: text(toast.icon), text: text(&toast.text) },
        (None, None) => ToastData::default(),
    });
}

/// The longest wait before a try, and the one for what waiting hardly cures (`player/supervisor/policy`).
const LONGEST_WAIT_MS: u64 = 15_000;
const SELDOM_MS: u64 = 60_000;

/// How much of a wait is over.
fn gone(left_ms: u64, of_ms: u64) -> f32 {
    1.0 - share(i64::try_from(left_ms).unwrap_or(i64::MAX), i64::try_from(of_ms).unwrap_or(i64::MAX))
}

fn show_trouble(bridge: &Bridge, lists: &Lists, model: &Model, focus: TroubleFocus) {
    let cause = trouble::shown(model).unwrap_or(Trouble::Stalled);
    let wait = match (&model.playback.phase, trouble::retry_in_ms(model)) {
        (Phase::Reconnecting { .. }, Some(left)) => gone(left, LONGEST_WAIT_MS),
        (Phase::Reconnecting { .. }, None) => 1.0,
        (Phase::Failed { .. }, Some(left)) => gone(left, SELDOM_MS),
        _ => 0.0,
    };
    let (network, up) = words::network_line(cause, model.network_up);
    let mut lines =
        vec![TroubleLine { text: text(network), state: if up { CheckState::Done } else { CheckState::Waiting } }];
    lines.push(TroubleLine { text: text(place_line(model)), state: CheckState::Done });
    lists.trouble_lines.show(lines);
    lists.trouble_buttons.show(trouble::labels().iter().map(|(f, label)| button(label, *f == focus)).collect());
    let number = words::number(cause);
    bridge.set_trouble(TroubleData {
        shown: true,
        title: text(words::title(cause)),
        line: text(words::line(cause)),
        countdown: text(trouble::countdown(model)),
        wait,
        help: text(match &model.service_phone {
            Some(phone) => format!("一直不好，请打 {phone}，报“画面停住 {number} 号”。"),
            None => format!("一直不好，请人帮忙，说“画面停住 {number} 号”。"),
        }),
        veil: true,
    });
}

/// A place nearer to the start than this is no place to speak of.
const WORTH_SAYING_MS: u64 = 5_000;

fn place_line(model: &Model) -> String {
    match (&model.playback.what, model.page()) {
        (Some(Playing::Lesson { .. }), Page::Lesson(_)) if model.playback.place_ms() < WORTH_SAYING_MS => {
            "课没有变，不用重新找".into()
        }
        (Some(Playing::Lesson { target: Target::Lesson(_), .. }), Page::Lesson(_)) => {
            format!("您看到的地方记住了：{}", civil::spoken_length(model.playback.place_ms()))
        }
        (Some(Playing::Replay(_)), Page::Lesson(_)) => "节目没有变，一接上就接着看".into(),
        _ => match model.current_channel() {
            Some(c) => format!("频道没有变，还是 {} {}", c.number, c.name),
            None => "频道没有变".into(),
        },
    }
}
