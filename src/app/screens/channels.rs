//! The channel list over the running picture: groups on the left, their channels on the right.

use std::borrow::Cow;

use crate::{
    app::{
        Effect, Model,
        focus::{Way, along, around},
        lock,
        model::{Overlay, Page},
        screens::{self, Focusable, live, number},
    },
    guide::{
        channels::Channels,
        lineup::{Channel, ChannelId},
    },
    remote::key::RemoteKey,
    store::types::HistoryKey,
    time::MonoMs,
};

/// Rows in sight at once.
pub const ROWS: usize = 6;
/// The focus rests when it has stood this long.
pub const PREVIEW_AFTER_MS: u64 = 1_000;
/// A line that did not carry a channel is spared previews for so long.
const STRAINED_MS: u64 = 5 * 60_000;
/// "最近看的" holds no more: what was watched earlier is found in its own group sooner than at the end of a long list.
pub const RECENT: usize = 20;
/// "我常看的" and "最近看的" stand above the operator's groups.
const OWN_GROUPS: usize = 2;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Group {
    /// "我常看的"
    Favourites,
    /// "最近看的", newest first.
    Recent,
    Named(String),
    /// "全部"
    All,
}

impl Group {
    pub fn label(&self) -> &str {
        match self {
            Self::Favourites => "我常看的",
            Self::Recent => "最近看的",
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
    /// What the picture behind shows instead of the running channel. It ends with the list, by whatever key.
    pub preview: Option<ChannelId>,
}

/// The groups of the list from the top: what the viewer often watches and watched last, those of the operator,
/// everything.
pub struct Groups<'a>(Option<&'a Channels>);

impl Groups<'_> {
    pub fn of(model: &Model) -> Groups<'_> {
        Groups(model.lineup.ready().map(|l| &l.channels))
    }

    fn named(&self) -> usize {
        self.0.map_or(0, |c| c.groups().len())
    }

    pub fn len(&self) -> usize {
        self.named() + OWN_GROUPS + 1
    }

    pub fn is_empty(&self) -> bool {
        false
    }

    pub fn get(&self, at: usize) -> Option<Group> {
        match at.checked_sub(OWN_GROUPS) {
            None if at == 0 => Some(Group::Favourites),
            None => Some(Group::Recent),
            Some(at) if at == self.named() => Some(Group::All),
            Some(at) => Some(Group::Named(self.0?.groups().get(at)?.name.clone())),
        }
    }

    pub fn position(&self, group: &Group) -> Option<usize> {
        match group {
            Group::Favourites => Some(0),
            Group::Recent => Some(1),
            Group::Named(name) => self.0?.groups().iter().position(|g| g.name == *name).map(|at| at + OWN_GROUPS),
            Group::All => Some(self.named() + OWN_GROUPS),
        }
    }
}

pub fn groups(model: &Model) -> Vec<Group> {
    let groups = Groups::of(model);
    (0..groups.len()).filter_map(|at| groups.get(at)).collect()
}

/// The channels of one group, by their places in the lineup: looked up, never walked.
pub struct Members<'a> {
    channels: Option<&'a Channels>,
    /// `None` is every channel.
    places: Option<Cow<'a, [u32]>>,
    /// The places ascend. Those of "最近看的" do not, and are few.
    ascending: bool,
}

impl<'a> Members<'a> {
    pub fn len(&self) -> usize {
        self.places.as_ref().map_or_else(|| self.channels.map_or(0, |c| c.len()), |places| places.len())
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn get(&self, at: usize) -> Option<&'a Channel> {
        let place = match &self.places {
            Some(places) => usize::try_from(*places.get(at)?).ok()?,
            None => at,
        };
        self.channels?.get(place)
    }

    pub fn position(&self, id: &ChannelId) -> Option<usize> {
        let place = self.channels?.place(id)?;
        match &self.places {
            Some(places) => {
                let place = u32::try_from(place).ok()?;
                if self.ascending { places.binary_search(&place).ok() } else { places.iter().position(|p| *p == place) }
            }
            None => Some(place),
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = &'a Channel> {
        (0..self.len()).filter_map(|at| self.get(at))
    }
}

pub fn members<'a>(model: &'a Model, group: &Group) -> Members<'a> {
    let channels = model.lineup.ready().map(|l| &l.channels);
    let places = match group {
        Group::Favourites => {
            let known = model.user.favourite_channels.iter().filter_map(|id| channels?.place(id));
            let mut places: Vec<u32> = known.filter_map(|place| u32::try_from(place).ok()).collect();
            places.sort_unstable();
            places.dedup();
            Some(Cow::Owned(places))
        }
        Group::Recent => {
            let known =
                recent(model).filter_map(|id| channels?.place(id)).filter_map(|place| u32::try_from(place).ok());
            Some(Cow::Owned(known.take(RECENT).collect()))
        }
        Group::Named(name) => {
            let group = channels.and_then(|c| c.group(name));
            Some(Cow::Borrowed(group.map_or(&[][..], |g| &g.places)))
        }
        Group::All => None,
    };
    Members { channels, places, ascending: *group != Group::Recent }
}

/// The channels in the history, newest first.
pub fn recent(model: &Model) -> impl Iterator<Item = &ChannelId> {
    model.user.history.iter().filter_map(|entry| match &entry.key {
        HistoryKey::Channel(id) => Some(id),
        HistoryKey::Lesson { .. } => None,
    })
}

/// Where the focus stands among `members`; the first one where the remembered channel is gone.
pub fn position(list: &ChannelList, members: &Members<'_>) -> usize {
    list.channel.as_ref().and_then(|id| members.position(id)).unwrap_or(0)
}

/// The focus is on the groups where the group has no rows to be on.
pub fn column(model: &Model, list: &ChannelList) -> Column {
    if members(model, &list.group).is_empty() { Column::Groups } else { list.column }
}

/// Lands on the running channel: in the group left last where that has it, else in its own.
pub fn open(model: &mut Model) {
    let channel = model.channel.clone();
    let here = |group: &Group| channel.as_ref().is_some_and(|id| members(model, group).position(id).is_some());
    let own = || match model.current_channel().and_then(|c| c.groups.first()) {
        Some(name) => Group::Named(name.clone()),
        None => Group::All,
    };
    let group = model.list_group.clone().filter(here).unwrap_or_else(own);
    model.overlay = Some(Overlay::Channels(ChannelList { group, channel, column: Column::Rows, preview: None }));
}

/// What lies open goes on with the new lineup: a group that is gone becomes "全部", an offer that is gone closes.
pub fn lineup_changed(model: &mut Model) {
    let gone = |id: &ChannelId| model.lineup.ready().is_none_or(|l| l.by_id(id).is_none());
    let close = matches!(&model.overlay, Some(Overlay::NoNumber(no)) if no.near.iter().any(gone));
    let groups = Groups(model.lineup.ready().map(|l| &l.channels));
    match &mut model.overlay {
        Some(Overlay::Channels(list)) if groups.position(&list.group).is_none() => list.group = Group::All,
        _ if close => model.overlay = None,
        _ => {}
    }
}

/// The picture follows the focus where that rests. While it moves nothing is opened: every opening costs the operator.
/// And nothing where the line hardly carries what is watched: coming back would cost the viewer a wait.
pub fn tick(model: &mut Model) {
    let Some(Overlay::Channels(list)) = &model.overlay else { return };
    let strained = model.strained_at.is_some_and(|at| model.now.mono.since(at) < STRAINED_MS);
    let rests = matches!(model.page(), Page::Live) && model.now.mono >= preview_at(model);
    if !rests || strained || column(model, list) != Column::Rows {
        return;
    }
    let members = members(model, &list.group);
    let here = members.get(position(list, &members)).map(|c| c.id.clone());
    // One that is locked is not looked at in passing.
    let preview = here.filter(|id| Some(id) != model.channel.as_ref() && !lock::is_closed(model, id));
    if let Some(Overlay::Channels(list)) = &mut model.overlay {
        list.preview = preview;
    }
}

pub fn preview_at(model: &Model) -> MonoMs {
    model.last_key.plus(PREVIEW_AFTER_MS)
}

pub fn focusables(model: &Model, list: &ChannelList) -> Vec<Focusable> {
    groups(model).iter().map(label).chain(members(model, &list.group).iter().map(row)).collect()
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
    // An operator's group may bear the name of one of ours.
    let own = [Group::Favourites, Group::Recent, Group::All].iter().any(|g| g.label() == group.label());
    match group {
        Group::Named(name) if own => Focusable::new(format!("channels.operator-group.{name}"), name.as_str()),
        _ => Focusable::new(format!("channels.group.{}", group.label()), group.label()),
    }
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
            model.list_group = Some(list.group);
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
            model.list_group = Some(list.group);
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
            let groups = Groups::of(model);
            let at = groups.position(&list.group).unwrap_or(0);
            let down = key == RemoteKey::Down;
            match along(at, groups.len(), down).and_then(|i| groups.get(i)) {
                Some(group) => {
                    list.group = group;
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
