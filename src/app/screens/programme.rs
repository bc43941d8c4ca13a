//! One programme: what it is, when it comes, and what can be done about it.

use crate::{
    app::{
        Effect, Model, civil,
        focus::{Way, along},
        model::Page,
        screens::replay,
        screens::{
            self, Focusable,
            guide::{self, Standing},
            menu,
        },
    },
    guide::{
        lineup::{Channel, ChannelId},
        programme::Programme,
    },
    remote::key::RemoteKey,
};

/// The programme is kept whole: a guide that comes meanwhile takes nothing from under the viewer's eyes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgrammePage {
    pub channel: ChannelId,
    pub programme: Programme,
    pub focus: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Button {
    Watch,
    Replay,
    Book,
    Unbook,
    Back,
}

impl Button {
    pub fn id(self) -> &'static str {
        match self {
            Self::Watch => "programme.watch",
            Self::Replay => "programme.replay",
            Self::Book => "programme.book",
            Self::Unbook => "programme.unbook",
            Self::Back => "programme.back",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Watch => "看直播",
            Self::Replay => "从头看",
            Self::Book => "预约",
            Self::Unbook => "取消预约",
            Self::Back => "回节目单",
        }
    }

    pub fn icon(self) -> &'static str {
        match self {
            Self::Watch => "tv",
            Self::Replay => "play",
            Self::Book | Self::Unbook => "bell",
            Self::Back => "list",
        }
    }
}

pub fn open(model: &mut Model, channel: ChannelId, programme: Programme) {
    screens::push(model, Page::Programme(ProgrammePage { channel, programme, focus: 0 }));
}

pub fn channel<'a>(model: &'a Model, page: &ProgrammePage) -> Option<&'a Channel> {
    model.lineup.ready()?.by_id(&page.channel)
}

/// What applies now, the main one first. Never empty.
pub fn buttons(model: &Model, page: &ProgrammePage) -> Vec<Button> {
    let mut all = Vec::new();
    if let Some(channel) = channel(model, page) {
        match guide::standing(model, channel, &page.programme) {
            Standing::Live => {
                all.push(Button::Watch);
                if guide::can_replay(model, channel, &page.programme) {
                    all.push(Button::Replay);
                }
            }
            Standing::Replay => all.push(Button::Replay),
            Standing::Bookable => all.push(Button::Book),
            Standing::Booked => all.push(Button::Unbook),
            Standing::Past => {}
        }
    }
    all.push(Button::Back);
    all
}

/// The focused button; the last one where some went away.
pub fn spot(page: &ProgrammePage, buttons: &[Button]) -> usize {
    page.focus.min(buttons.len().saturating_sub(1))
}

pub fn focusables(model: &Model, page: &ProgrammePage) -> Vec<Focusable> {
    let title = &page.programme.title;
    buttons(model, page).into_iter().map(|b| Focusable::new(b.id(), format!("{}，{title}", b.label()))).collect()
}

pub fn focus_id(model: &Model, page: &ProgrammePage) -> String {
    let all = buttons(model, page);
    all.get(spot(page, &all)).map_or("programme.back", |b| b.id()).into()
}

/// `今天 18:00—18:30　全长30分钟`
pub fn time_line(model: &Model, programme: &Programme) -> String {
    let day = guide::day_name(civil::day_number(programme.start, &model.zone), model);
    let long = u64::try_from(programme.end.since(programme.start)).unwrap_or(0);
    let (from, to) = (civil::time(programme.start, &model.zone), civil::time(programme.end, &model.zone));
    format!("{day} {from}—{to}　全长{}", civil::left(long))
}

pub fn key(model: &mut Model, page: ProgrammePage, key: RemoteKey, effects: &mut Vec<Effect>) {
    let all = buttons(model, &page);
    let at = spot(&page, &all);
    match key {
        RemoteKey::Back => screens::back(model),
        RemoteKey::Menu => menu::open(model),
        RemoteKey::Blue if all.contains(&Button::Replay) => {
            replay::open(model, &page.channel, &page.programme);
        }
        RemoteKey::Ok | RemoteKey::Play | RemoteKey::PlayPause => {
            screens::press(model);
            activate(model, &page, all.get(at).copied(), effects);
        }
        _ => match Way::from_key(key) {
            Some(way @ (Way::Up | Way::Down)) => match (along(at, all.len(), way == Way::Down), model.stack.last_mut())
            {
                (Some(next), Some(Page::Programme(top))) => top.focus = next,
                _ => screens::nudge(model, way),
            },
            Some(way) => screens::nudge(model, way),
            None => screens::useless_key(model),
        },
    }
}

fn activate(model: &mut Model, page: &ProgrammePage, button: Option<Button>, effects: &mut Vec<Effect>) {
    let channel = channel(model, page).cloned();
    match (button, channel) {
        (Some(Button::Replay), _) => replay::open(model, &page.channel, &page.programme),
        (Some(Button::Watch | Button::Book | Button::Unbook), Some(channel)) => {
            guide::act(model, &channel, &page.programme, effects);
        }
        _ => screens::back(model),
    }
}
