//! The channel list over the running picture: groups on the left, their channels on the right.

use std::collections::HashSet;

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
    let mut seen: HashSet<&str> = HashSet::new();
    let mut named: Vec<&str> = Vec::new();
    for group in model.channels().iter().flat_map(|c| &c.groups) {
        // Neighbours in a lineup mostly share their group: one comparison in place of a hash.
        if named.last() != Some(&group.as_str()) && seen.insert(group) {
            named.push(group);
        }
    }
    let named = named.into_iter().map(|n| Group::Named(n.to_owned()));
    [Group::Favourites].into_iter().chain(named).chain([Group::All]).collect()
}

fn belongs(model: &Model, group: &Group, channel: &Channel) -> bool {
    match group {
        Group::Favourites => model.is_favourite(&channel.id),
        Group::Named(name) => channel.groups.contains(name),
        Group::All => true,
    }
}

pub fn members<'a>(model: &'a Model, group: &Group) -> Vec<&'a Channel> {
    model.channels().iter().filter(|c| belongs(model, group, c)).collect()
}

/// Where the focus stands among `members`; the first one where the remembered channel is gone.
pub fn position(list: &ChannelList, members: &[&Channel]) -> usize {
    members.iter().position(|c| Some(&c.id) == list.channel.as_ref()).unwrap_or(0)
}

/// The focus is on the groups where the group has no rows to be on.
pub fn column(model: &Model, list: &ChannelList) -> Column {
    if model.channels().iter().any(|c| belongs(model, &list.group, c)) { list.column } else { Column::Groups }
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
    let rows = members(model, &list.group).into_iter().map(row);
    groups(model).iter().map(label).chain(rows).collect()
}

/// What has the focus. Looks at no more than it must: the list may be ten thousand long.
pub fn focused(model: &Model, list: &ChannelList) -> Focusable {
    let members = members(model, &list.group);
    match (list.column, members.get(position(list, &members))) {
        (Column::Rows, Some(channel)) => row(channel),
        _ => label(&list.group),
    }
}

pub fn focus_id(model: &Model, list: &ChannelList) -> String {
    focused(model, list).id
}

fn label(group: &Group) -> Focusable {
    Focusable::new(format!("channels.group.{}", group.label()), group.label())
}

fn row(channel: &Channel) -> Focusable {
    Focusable::new(format!("channels.{}", channel.id.0), format!("{} {}", channel.number, channel.name))
}

/// The rows that one key can reach from the focus.
struct Near {
    len: usize,
    at: usize,
    here: Option<ChannelId>,
    /// The ends meet.
    above: Option<ChannelId>,
    below: Option<ChannelId>,
    page_above: Option<ChannelId>,
    page_below: Option<ChannelId>,
}

impl Near {
    fn of(model: &Model, list: &ChannelList) -> Self {
        let members = members(model, &list.group);
        let (len, at) = (members.len(), position(list, &members));
        let id = |i: usize| members.get(i).map(|c| c.id.clone());
        Self {
            len,
            at,
            here: id(at),
            above: id(around(at, len, false)),
            below: id(around(at, len, true)),
            page_above: id(at.saturating_sub(ROWS)),
            page_below: id((at + ROWS).min(len.saturating_sub(1))),
        }
    }
}

pub fn key(model: &mut Model, mut list: ChannelList, key: RemoteKey, effects: &mut Vec<Effect>) {
    // Only the rows that a key can reach are copied: ten thousand names at each press are felt on a small box.
    let rows = Near::of(model, &list);
    let in_rows = rows.len > 0 && list.column == Column::Rows;
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
            if let Some(id) = rows.here {
                live::switch(model, id, effects);
            }
            if !matches!(model.page(), Page::Live) {
                screens::go_live(model);
            }
            live::show_banner(model);
            return;
        }
        (RemoteKey::Ok | RemoteKey::Right, false) => {
            list.column = Column::Rows;
            if rows.len == 0 {
                screens::nudge(model, Way::Right);
            }
        }
        (RemoteKey::Yellow | RemoteKey::Favourite, true) => {
            if let Some(id) = &rows.here {
                live::toggle_favourite(model, id, effects);
            }
            if list.group == Group::Favourites {
                // The row has gone from under the focus: its neighbour takes it.
                let neighbour = if rows.at + 1 < rows.len { rows.below } else { rows.above };
                list.channel = neighbour.filter(|_| rows.len > 1);
            }
        }
        (RemoteKey::Up, true) => list.channel = rows.above,
        (RemoteKey::Down, true) => list.channel = rows.below,
        (RemoteKey::ChannelUp | RemoteKey::PageUp, true) => list.channel = rows.page_above,
        (RemoteKey::ChannelDown | RemoteKey::PageDown, true) => list.channel = rows.page_below,
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
