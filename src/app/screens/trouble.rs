//! No picture for a while: what happened, what the television is doing about it, what the viewer can do.

use crate::{
    app::{
        Effect, Model,
        focus::{Way, along},
        model::{Overlay, Page, Power},
        screens::{self, Focusable, dialog},
        words,
    },
    player::types::{Phase, PlayerCommand, Trouble},
    remote::key::RemoteKey,
};

/// Standing still shorter than this is only "正在接上…".
pub const AFTER_MS: u64 = 5_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TroubleFocus {
    Retry,
    OtherLessons,
    Help,
}

const ALL: [(TroubleFocus, &str); 3] =
    [(TroubleFocus::Retry, "现在就试"), (TroubleFocus::OtherLessons, "先学别的课"), (TroubleFocus::Help, "找人帮忙")];

/// What stands in the way, where something does.
pub fn cause(model: &Model) -> Option<Trouble> {
    match &model.playback.phase {
        Phase::Stalled { trouble, .. } | Phase::Reconnecting { trouble, .. } | Phase::Failed { trouble, .. } => {
            Some(*trouble)
        }
        // Nothing was said yet and nothing moved: from the viewer's chair that is a standstill, too.
        Phase::Opening => Some(Trouble::Stalled),
        Phase::Idle | Phase::Playing | Phase::Paused | Phase::Ended => None,
    }
}

/// How long until the television tries again by itself; none where it is trying now, or never will.
pub fn retry_in_ms(model: &Model) -> Option<u64> {
    let next_try = match model.playback.phase {
        Phase::Reconnecting { next_try, .. } => Some(next_try),
        Phase::Failed { next_try, .. } => next_try,
        _ => None,
    };
    next_try.map(|at| at.since(model.now.mono)).filter(|left| *left > 0)
}

/// What the television does about it, and when.
pub fn countdown(model: &Model) -> String {
    let seconds = retry_in_ms(model).map(|left| left.div_ceil(1000));
    match (&model.playback.phase, seconds) {
        (Phase::Reconnecting { attempt, .. }, Some(s)) => format!("{s} 秒后自动再试一次（第{attempt}次）"),
        (Phase::Reconnecting { attempt, .. }, None) => format!("正在试（第{attempt}次）"),
        (Phase::Failed { .. }, Some(s)) => format!("{s} 秒后自动再试一次"),
        (Phase::Failed { .. }, None) => "再试也是这样，先看看别的吧".into(),
        _ => "电视正在接，请等一等".into(),
    }
}

/// What the trouble page speaks of, where it lies open.
pub fn shown(model: &Model) -> Option<Trouble> {
    matches!(model.overlay, Some(Overlay::Trouble(_))).then(|| cause(model).unwrap_or(Trouble::Stalled))
}

/// Whether the page with a whole picture has stood still long enough to say so.
pub fn is_due(model: &Model) -> bool {
    let on_picture = matches!(model.page(), Page::Live | Page::Lesson(_) | Page::Part(_));
    let at_once = matches!(model.playback.phase, Phase::Failed { .. });
    model.power == Power::On
        && on_picture
        && model.playback.what.is_some()
        && cause(model).is_some()
        && (at_once || model.now.mono.since(model.playback.moved_at) >= AFTER_MS)
}

/// Comes by itself over the bare picture and leaves by itself when the picture is back.
pub fn tick(model: &mut Model) {
    match (&model.overlay, is_due(model)) {
        (None, true) => model.overlay = Some(Overlay::Trouble(TroubleFocus::Retry)),
        (Some(Overlay::Trouble(_)), false) => model.overlay = None,
        _ => {}
    }
}

pub fn labels() -> [(TroubleFocus, &'static str); 3] {
    ALL
}

pub fn focusables() -> Vec<Focusable> {
    ALL.iter().map(|(f, label)| Focusable::new(focus_id(*f), *label)).collect()
}

pub fn focus_id(focus: TroubleFocus) -> String {
    match focus {
        TroubleFocus::Retry => "trouble.retry",
        TroubleFocus::OtherLessons => "trouble.lessons",
        TroubleFocus::Help => "trouble.help",
    }
    .into()
}

pub fn key(model: &mut Model, focus: TroubleFocus, key: RemoteKey, effects: &mut Vec<Effect>) {
    let at = ALL.iter().position(|(f, _)| *f == focus).unwrap_or(0);
    match key {
        RemoteKey::Back => screens::go_home(model),
        RemoteKey::Ok => {
            screens::press(model);
            match focus {
                TroubleFocus::Retry => {
                    effects.push(Effect::Player(PlayerCommand::RetryNow(model.playback.session)));
                    screens::toast(model, "wifi", "正在试，请等一等");
                }
                TroubleFocus::OtherLessons => other_lessons(model),
                TroubleFocus::Help => {
                    let number = cause(model).map_or(0, words::number);
                    let line = match &model.service_phone {
                        Some(phone) => format!("请打服务电话 {phone}。接通了说“画面停住 {number} 号”。"),
                        None => format!("请家里人看看路由器。告诉他“画面停住 {number} 号”。"),
                    };
                    dialog::tell(model, "找人帮忙", line);
                }
            }
        }
        // Another channel may well have a picture.
        RemoteKey::ChannelUp | RemoteKey::PageUp | RemoteKey::Up if matches!(model.page(), Page::Live) => {
            model.overlay = None;
            super::live::zap(model, true, effects);
        }
        RemoteKey::ChannelDown | RemoteKey::PageDown | RemoteKey::Down if matches!(model.page(), Page::Live) => {
            model.overlay = None;
            super::live::zap(model, false, effects);
        }
        RemoteKey::Digit(d) if matches!(model.page(), Page::Live) => super::number::start(model, d),
        RemoteKey::Menu => super::menu::open(model),
        _ => match Way::from_key(key) {
            Some(way @ (Way::Left | Way::Right)) => {
                match along(at, ALL.len(), way == Way::Right).and_then(|i| ALL.get(i)) {
                    Some((next, _)) => model.overlay = Some(Overlay::Trouble(*next)),
                    None => screens::nudge(model, way),
                }
            }
            Some(way) => screens::nudge(model, way),
            None => screens::useless_key(model),
        },
    }
}

/// From a lesson to its course's list, from live to Home's first door.
fn other_lessons(model: &mut Model) {
    match model.page() {
        Page::Lesson(_) | Page::Part(_) => {
            model.overlay = None;
            screens::back(model);
        }
        _ => {
            screens::go_home(model);
            if let Some(Page::Home(focus)) = model.stack.last_mut() {
                *focus = super::home::HomeFocus::Door(1);
            }
        }
    }
}
