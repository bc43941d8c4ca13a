//! The bar over a lesson's picture: its buttons, what they say and do, and the settings that they change. When it
//! comes and goes is the page's.

use super::{Layer, LessonPage, RUN_MS, STEP_MS, Target, go, go_next, previous, put};
use crate::{
    app::{
        Effect, Model,
        focus::{Way, along},
        model::Page,
        playback::{self, Intent},
        screens::{self, live},
    },
    player::types::{PlayerCommand, Speed},
    remote::{hands::Press, key::RemoteKey},
    store::types::StoreCommand,
};

/// The bar stays this long after the last key (LOOK §5).
pub const BAR_MS: u64 = 15_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Button {
    Previous,
    Back10,
    Pause,
    Forward10,
    Next,
    Speed,
    Subtitles,
}

impl Button {
    pub const ALL: [Button; 7] =
        [Self::Previous, Self::Back10, Self::Pause, Self::Forward10, Self::Next, Self::Speed, Self::Subtitles];
    pub(super) const PAUSE: usize = 2;

    pub fn id(self) -> &'static str {
        match self {
            Self::Previous => "previous",
            Self::Back10 => "back10",
            Self::Pause => "pause",
            Self::Forward10 => "forward10",
            Self::Next => "next",
            Self::Speed => "speed",
            Self::Subtitles => "subtitles",
        }
    }

    pub fn icon(self, model: &Model) -> &'static str {
        match self {
            Self::Previous => "previous",
            Self::Back10 => "rewind",
            Self::Pause if model.playback.intent == Intent::Pause => "play",
            Self::Pause => "pause",
            Self::Forward10 => "forward",
            Self::Next => "next",
            Self::Speed => "speed",
            Self::Subtitles => "subtitles",
        }
    }

    pub fn label(self, model: &Model) -> &'static str {
        match self {
            Self::Previous if is_replay(model) => "上一个",
            Self::Previous => "上一课",
            Self::Back10 => "退10秒",
            Self::Pause if model.playback.intent == Intent::Pause => "播放",
            Self::Pause => "暂停",
            Self::Forward10 => "进10秒",
            Self::Next if is_replay(model) => "下一个",
            Self::Next => "下一课",
            Self::Speed => speed_name(model.user.settings.speed),
            Self::Subtitles if is_replay(model) && model.playback.captions.chosen.is_none() => "字幕 关",
            Self::Subtitles if is_replay(model) || model.user.settings.subtitles => "字幕 开",
            Self::Subtitles => "字幕 关",
        }
    }
}

pub(super) fn is_replay(model: &Model) -> bool {
    matches!(model.page(), Page::Lesson(LessonPage { target: Target::Replay(_), .. }))
}

pub fn speed_name(speed: Speed) -> &'static str {
    match speed {
        Speed::Slow => "0.75倍",
        Speed::Normal => "1倍",
        Speed::Fast => "1.25倍",
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BarFocus {
    Track,
    /// Index into `Button::ALL`.
    Button(usize),
}

pub(super) fn show_bar(model: &mut Model, mut page: LessonPage, focus: BarFocus) {
    page.layer = Layer::Bar { focus, until: model.now.mono.plus(BAR_MS) };
    put(model, page);
}

pub(super) fn bar_key(
    model: &mut Model,
    mut page: LessonPage,
    focus: BarFocus,
    press: Press,
    effects: &mut Vec<Effect>,
) {
    let step = if press.repeat { RUN_MS } else { STEP_MS };
    let next = match (focus, press.key) {
        (_, RemoteKey::Back) => {
            page.layer = Layer::Picture;
            return put(model, page);
        }
        (BarFocus::Track, RemoteKey::Left) => {
            playback::seek_by(model, -step, effects);
            focus
        }
        (BarFocus::Track, RemoteKey::Right) => {
            playback::seek_by(model, step, effects);
            focus
        }
        (BarFocus::Track, RemoteKey::Down) => BarFocus::Button(Button::PAUSE),
        (BarFocus::Track, RemoteKey::Ok) => {
            toggle_pause(model, effects);
            focus
        }
        (BarFocus::Button(_), RemoteKey::Up) => BarFocus::Track,
        (BarFocus::Button(i), RemoteKey::Left | RemoteKey::Right) => {
            let forward = press.key == RemoteKey::Right;
            match along(i, Button::ALL.len(), forward) {
                Some(next) => BarFocus::Button(next),
                None => {
                    screens::nudge(model, if forward { Way::Right } else { Way::Left });
                    focus
                }
            }
        }
        (BarFocus::Button(i), RemoteKey::Ok) => {
            screens::press(model);
            match Button::ALL.get(i) {
                Some(Button::Previous) => return go(model, page, previous),
                Some(Button::Next) => return go_next(model, page),
                Some(Button::Back10) => playback::seek_by(model, -STEP_MS, effects),
                Some(Button::Forward10) => playback::seek_by(model, STEP_MS, effects),
                Some(Button::Speed) => next_speed(model, effects),
                Some(Button::Subtitles) => toggle_subtitles(model, effects),
                Some(Button::Pause) | None => toggle_pause(model, effects),
            }
            focus
        }
        (_, RemoteKey::Down) => {
            screens::nudge(model, Way::Down);
            focus
        }
        (BarFocus::Track, RemoteKey::Up) => {
            screens::nudge(model, Way::Up);
            focus
        }
        _ => {
            screens::useless_key(model);
            focus
        }
    };
    show_bar(model, page, next);
}

pub(super) fn toggle_pause(model: &mut Model, effects: &mut Vec<Effect>) {
    let intent = match model.playback.intent {
        Intent::Play => Intent::Pause,
        Intent::Pause => Intent::Play,
    };
    playback::set_intent(model, intent, effects);
}

pub fn next_speed(model: &mut Model, effects: &mut Vec<Effect>) {
    let speed = match model.user.settings.speed {
        Speed::Normal => Speed::Fast,
        Speed::Fast => Speed::Slow,
        Speed::Slow => Speed::Normal,
    };
    set_speed(model, speed, effects);
}

pub fn set_speed(model: &mut Model, speed: Speed, effects: &mut Vec<Effect>) {
    model.user.settings.speed = speed;
    effects.push(Effect::Player(PlayerCommand::SetSpeed { session: model.playback.session, speed }));
    effects.push(Effect::Store(StoreCommand::SaveSettings(model.user.settings.clone())));
}

/// Subtitles on and off. Of a programme of the past they are its channel's.
pub fn toggle_subtitles(model: &mut Model, effects: &mut Vec<Effect>) {
    if is_replay(model) {
        return live::next_caption(model, effects);
    }
    model.user.settings.subtitles = !model.user.settings.subtitles;
    effects.push(Effect::Store(StoreCommand::SaveSettings(model.user.settings.clone())));
}
