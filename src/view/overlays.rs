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

fn show_trouble(bridge: &Bridge, lists: &Lists, model: &Model, focus: TroubleFocus) {
    let cause = trouble::shown(model).unwrap_or(Trouble::Stalled);
    let now = model.now.mono;
    let (countdown, wait) = match &model.playback.phase {
        Phase::Reconnecting { attempt, next_try, .. } if *next_try > now => {
            let left = next_try.since(now);
            // Fifteen seconds is the longest wait there is.
            (format!("{} 秒后自动再试一次（第{attempt}次）", left.div_ceil(1000)), 1.0 - share(left as i64, 15_000))
        }
        Phase::Reconnecting { attempt, .. } => (format!("正在试（第{attempt}次）"), 1.0),
        Phase::Failed { .. } => ("再试也是这样，先看看别的吧".into(), 0.0),
        _ => ("电视正在接，请等一等".into(), 0.0),
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
        countdown: text(countdown),
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
