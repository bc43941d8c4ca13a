//! The channel list over the running picture: groups on the left, their channels on the right.

use crate::{
    app::{
        Effect, Model,
        focus::{Way, along, around},
        model::{Overlay, Page},
        screens::{self, Focusable, live, number},
    },
    guide::lineup::{Channel, ChannelId},
    remote::key::RemoteKey,
};

/// Rows in sight at once.
pub const ROWS: usize = 6;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Group {
    /// "我常看的"
    Favourites,
    Named(String),
    /// "全部"
    All,
}

impl Group {
    pub fn label(&self) -> &str {
        match self {
            Self::Favourites => "我常看的",
            Self::Named(name) => name,
            Self::All => "全部",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Groups,
    Rows,
}

/// The focused channel is kept by its id, so that a lineup arriving meanwhile does not move the focus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelList {
    pub group: Group,
    pub channel: Option<ChannelId>,
    pub column: Column,
}

pub fn groups(model: &Model) -> Vec<Group> {
    let mut named: Vec<&str> = Vec::new();
    for group in model.channels().iter().flat_map(|c| &c.groups) {
        if !named.contains(&group.as_str()) {
            named.push(group);
        }
    }
    let named = named.into_iter().map(|n| Group::Named(n.to_owned()));
    [Group::Favourites].into_iter().chain(named).chain([Group::All]).collect()
}

pub fn members<'a>(model: &'a Model, group: &Group) -> Vec<&'a Channel> {
    let belongs = |c: &&Channel| match group {
        Group::Favourites => model.is_favourite(&c.id),
        Group::Named(name) => c.groups.contains(name),
        Group::All => true,
    };
    model.channels().iter().filter(belongs).collect()
}

/// Where the focus stands among `members`; the first one where the remembered channel is gone.
pub fn position(list: &ChannelList, members: &[&Channel]) -> usize {
    members.iter().position(|c| Some(&c.id) == list.channel.as_ref()).unwrap_or(0)
}

/// The focus is on the groups where the group has no rows to be on.
pub fn column(model: &Model, list: &ChannelList) -> Column {
    if members(model, &list.group).is_empty() { Column::Groups } else { list.column }
}

/// Lands on the running channel, in its own group.
pub fn open(model: &mut Model) {
    let group = match model.current_channel().and_then(|c| c.groups.first()) {
        Some(name) => Group::Named(name.clone()),
        None => Group::All,
    };
    let channel = model.channel.clone();
    model.overlay = Some(Overlay::Channels(ChannelList { group, channel, column: Column::Rows }));
}

/// What lies open goes on with the new lineup: a group that is gone becomes "全部", an offer that is gone closes.
pub fn lineup_changed(model: &mut Model) {
    let groups = groups(model);
    let gone = |id: &ChannelId| model.lineup.ready().is_none_or(|l| l.by_id(id).is_none());
    let close = matches!(&model.overlay, Some(Overlay::NoNumber(no)) if no.near.iter().any(gone));
    match &mut model.overlay {
        Some(Overlay::Channels(list)) if !groups.contains(&list.group) => list.group = Group::All,
        _ if close => model.overlay = None,
        _ => {}
    }
}

pub fn focusables(model: &Model, list: &ChannelList) -> Vec<Focusable> {
    let groups = groups(model).into_iter().map(|g| Focusable::new(format!("channels.group.{}", g.label()), g.label()));
    let rows = members(model, &list.group)
        .into_iter()
        .map(|c| Focusable::new(format!("channels.{}", c.id.0), format!("{} {}", c.number, c.name)));
    groups.chain(rows).collect()
}

pub fn focus_id(model: &Model, list: &ChannelList) -> String {
    let members = members(model, &list.group);
    match (column(model, list), members.get(position(list, &members))) {
        (Column::Rows, Some(channel)) => format!("channels.{}", channel.id.0),
        _ => format!("channels.group.{}", list.group.label()),
    }
}

pub fn key(model: &mut Model, mut list: ChannelList, key: RemoteKey, effects: &mut Vec<Effect>) {
    let rows: Vec<ChannelId> = members(model, &list.group).iter().map(|c| c.id.clone()).collect();
    let at = rows.iter().position(|id| Some(id) == list.channel.as_ref()).unwrap_or(0);
    let in_rows = column(model, &list) == Column::Rows;
    match (key, in_rows) {
        (RemoteKey::Back, _) => {
            model.overlay = None;
            live::show_banner(model);
            return;
        }
        (RemoteKey::Digit(d), _) => {
            number::start(model, d);
            return;
        }
        (RemoteKey::Ok, true) => {
            screens::press(model);
            model.overlay = None;
            if let Some(id) = rows.get(at) {
                live::switch(model, id.clone(), effects);
            }
            if !matches!(model.page(), Page::Live) {
                screens::go_live(model);
            }
            live::show_banner(model);
            return;
        }
        (RemoteKey::Ok | RemoteKey::Right, false) => {
            list.column = Column::Rows;
            if rows.is_empty() {
                screens::nudge(model, Way::Right);
            }
        }
        (RemoteKey::Yellow | RemoteKey::Favourite, true) => {
            if let Some(id) = rows.get(at) {
                live::toggle_favourite(model, id, effects);
            }
            if list.group == Group::Favourites {
                // The row has gone from under the focus: its neighbour takes it.
                list.channel = rows.get(at + 1).or_else(|| rows.get(at.wrapping_sub(1))).cloned();
            }
        }
        (RemoteKey::Up | RemoteKey::Down, true) => {
            list.channel = rows.get(around(at, rows.len(), key == RemoteKey::Down)).cloned();
        }
        (RemoteKey::ChannelUp | RemoteKey::PageUp, true) => {
            list.channel = rows.get(at.saturating_sub(ROWS)).cloned();
        }
        (RemoteKey::ChannelDown | RemoteKey::PageDown, true) => {
            list.channel = rows.get((at + ROWS).min(rows.len().saturating_sub(1))).cloned();
        }
        (RemoteKey::Left, true) => list.column = Column::Groups,
        (RemoteKey::Up | RemoteKey::Down, false) => {
            let groups = groups(model);
            let at = groups.iter().position(|g| *g == list.group).unwrap_or(0);
            let down = key == RemoteKey::Down;
            match along(at, groups.len(), down).and_then(|i| groups.get(i)) {
                Some(group) => {
                    list.group = group.clone();
                    list.column = Column::Groups;
                }
                None => screens::nudge(model, if down { Way::Down } else { Way::Up }),
            }
        }
        (RemoteKey::Left, false) => screens::nudge(model, Way::Left),
        (RemoteKey::Right, true) => screens::nudge(model, Way::Right),
        (RemoteKey::Menu, _) => {
            super::menu::open(model);
            return;
        }
        _ => screens::useless_key(model),
    }
    model.overlay = Some(Overlay::Channels(list));
}
