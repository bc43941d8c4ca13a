//! 节目单: a channel's programmes, days across and programmes down. Its second form, channels × time, is `grid`; both
//! keep one place, a channel and a moment, so that changing the form keeps the focus.

use crate::{
    app::{
        Effect, Model,
        civil::{self, DAY_MS, day_begins},
        focus,
        focus::Way,
        model::{Overlay, Page},
        programmes::Known,
        reminders,
        screens::replay,
        screens::{self, Focusable, dialog, grid, live, menu, number, programme},
    },
    guide::{
        catchup,
        lineup::{Channel, ChannelId},
        programme::Programme,
    },
    remote::key::RemoteKey,
    store::types::ReminderOf,
    time::UtcMs,
};

/// Programmes and days in sight at once.
pub const ROWS: usize = 5;
pub const TABS: i32 = 5;
/// How far one can go from today, each way: what guides reach and recordings are kept.
pub const DAYS_EACH_WAY: i32 = 7;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    List,
    Grid,
}

/// The focus is on the programme that runs at `at`, so that programmes arriving late do not move it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuidePage {
    pub channel: Option<ChannelId>,
    pub at: UtcMs,
    pub form: Form,
    /// The grid's left edge.
    pub from: UtcMs,
}

/// What a programme is to the viewer now: what its tag says, and so what 确认 does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Past,
    Replay,
    Live,
    Bookable,
    Booked,
}

/// Why there are no rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blank {
    /// The box does not know the time.
    Clock,
    /// There is no channel yet.
    Lineup,
    Waiting,
    /// Nothing for today, so the guide is missing or late.
    NoGuide,
    /// Nothing for this day.
    NoDay,
}

impl Blank {
    pub fn words(self) -> &'static str {
        match self {
            Self::Clock => "电视还不知道现在几点，正在等时间",
            Self::Lineup => "频道表正在路上，马上就好",
            Self::Waiting => "正在取节目单",
            Self::NoGuide => "暂时没有节目单",
            Self::NoDay => "这一天的节目单还没有来",
        }
    }

    /// Nothing can be chosen: one button leads on.
    pub fn has_no_days(self) -> bool {
        matches!(self, Self::Clock | Self::Lineup)
    }
}

pub fn open(model: &mut Model) {
    let chosen = match &model.overlay {
        Some(Overlay::Channels(list)) => list.channel.clone(),
        _ => None,
    };
    if !matches!(model.page(), Page::Home(_) | Page::Live) {
        screens::go_home(model);
    }
    let channel = chosen.or_else(|| model.channel.clone());
    let at = model.now.utc;
    screens::push(model, Page::Guide(GuidePage { channel, at, form: Form::List, from: grid::edge(at) }));
}

/// The channel shown: the chosen one, or the running one where that is gone.
pub fn channel<'a>(model: &'a Model, page: &GuidePage) -> Option<&'a Channel> {
    let chosen = page.channel.as_ref().and_then(|id| model.lineup.ready()?.by_id(id));
    chosen.or_else(|| model.current_channel()).or_else(|| model.channels().first())
}

pub fn today(model: &Model) -> i32 {
    civil::day_number(model.now.utc, &model.zone)
}

pub fn day(model: &Model, page: &GuidePage) -> i32 {
    civil::day_number(page.at, &model.zone)
}

/// `今天`, `周四`
pub fn day_name(day: i32, model: &Model) -> String {
    match day.saturating_sub(today(model)) {
        -1 => "昨天".into(),
        0 => "今天".into(),
        1 => "明天".into(),
        _ => format!("周{}", civil::weekday(day)),
    }
}

/// `24日`
pub fn day_date(day: i32, model: &Model) -> String {
    format!("{}日", civil::local(day_begins(day, &model.zone), &model.zone).day())
}

/// The programmes of the day in focus, or why there are none.
pub fn rows<'a>(model: &'a Model, page: &GuidePage) -> Result<&'a [Programme], Blank> {
    if model.clock_wrong {
        return Err(Blank::Clock);
    }
    let id = &channel(model, page).ok_or(Blank::Lineup)?.id;
    let now = model.now.mono;
    match model.programmes.known(id, day(model, page), now) {
        Known::Day(rows) if !rows.is_empty() => Ok(rows),
        Known::Waiting => Err(Blank::Waiting),
        Known::Unknown => Err(Blank::NoGuide),
        Known::Day(_) => match model.programmes.known(id, today(model), now) {
            Known::Day(rows) if !rows.is_empty() => Err(Blank::NoDay),
            _ => Err(Blank::NoGuide),
        },
    }
}

/// Where the focus stands among `rows`.
pub fn position(page: &GuidePage, rows: &[Programme]) -> usize {
    rows.partition_point(|p| p.start <= page.at).saturating_sub(1)
}

/// The programme in focus, in either form.
pub fn focused<'a>(model: &'a Model, page: &GuidePage) -> Option<(&'a Channel, &'a Programme)> {
    let channel = channel(model, page)?;
    match page.form {
        Form::List => {
            let rows = rows(model, page).ok()?;
            Some((channel, rows.get(position(page, rows))?))
        }
        Form::Grid => Some((channel, grid::focused(model, page)?)),
    }
}

pub fn standing(model: &Model, channel: &Channel, programme: &Programme) -> Standing {
    if programme.is_on(model.now.utc) {
        Standing::Live
    } else if programme.start > model.now.utc {
        let of = ReminderOf::Programme(channel.id.clone());
        if reminders::is_booked(model, &of, programme.start) { Standing::Booked } else { Standing::Bookable }
    } else if can_replay(model, channel, programme) {
        Standing::Replay
    } else {
        Standing::Past
    }
}

/// Whether the operator still keeps it: it has begun, within the days that the lineup names, and the guide says by what
/// its archive knows it, where that is asked for.
pub fn can_replay(model: &Model, channel: &Channel, programme: &Programme) -> bool {
    let age = model.now.utc.since(programme.start);
    channel.catchup.as_ref().is_some_and(|c| {
        let named = programme.catchup_id.is_some() || !catchup::needs_id(c);
        named && age >= 0 && age <= i64::from(c.days) * DAY_MS
    })
}

/// What 确认 does on a programme, in words.
pub fn action(standing: Standing) -> &'static str {
    match standing {
        Standing::Past => "看介绍",
        Standing::Replay => "从头看",
        Standing::Live => "观看",
        Standing::Bookable => "预约",
        Standing::Booked => "取消预约",
    }
}

/// What the tag says; empty where there is nothing to say.
pub fn tag(standing: Standing) -> &'static str {
    match standing {
        Standing::Past => "",
        Standing::Replay => "可回看",
        Standing::Live => "直播中",
        Standing::Bookable => "可预约",
        Standing::Booked => "已预约",
    }
}

/// Does what the tag says.
pub fn act(model: &mut Model, channel: &Channel, programme: &Programme, effects: &mut Vec<Effect>) {
    match standing(model, channel, programme) {
        Standing::Live => {
            live::switch(model, channel.id.clone(), effects);
            screens::go_live(model);
        }
        Standing::Replay => replay::open(model, &channel.id, programme),
        Standing::Bookable => reminders::book(model, reminders::of_programme(channel, programme), effects),
        Standing::Booked => dialog::ask_unbook(model, &reminders::of_programme(channel, programme)),
        Standing::Past => programme::open(model, channel.id.clone(), programme.clone()),
    }
}

pub fn focusables(model: &Model, page: &GuidePage) -> Vec<Focusable> {
    if page.form == Form::Grid && !blank(model, page).is_some_and(Blank::has_no_days) {
        return grid::focusables(model, page);
    }
    match (rows(model, page), channel(model, page)) {
        (Ok(rows), Some(channel)) => {
            let top = focus::scroll(position(page, rows), rows.len(), ROWS);
            rows.iter().skip(top).take(ROWS).map(|p| row(model, channel, p)).collect()
        }
        (Err(blank), _) if blank.has_no_days() => {
            vec![Focusable::new("guide.back", format!("{}，回去看电视", blank.words()))]
        }
        (Err(Blank::Waiting), _) => vec![Focusable::new("guide.waiting", Blank::Waiting.words())],
        (other, _) => {
            let words = other.err().map_or("", Blank::words);
            let day = day(model, page);
            vec![Focusable::new("guide.day", format!("{} {}，{words}", day_name(day, model), day_date(day, model)))]
        }
    }
}

/// A programme's name and words; the state goes with it, since no eye sees the tag.
fn row(model: &Model, channel: &Channel, programme: &Programme) -> Focusable {
    let time = civil::time(programme.start, &model.zone);
    let tag = tag(standing(model, channel, programme));
    Focusable::new(format!("guide.{}", programme.start.0), format!("{time} {} {tag}", programme.title).trim_end())
}

pub fn focus_id(model: &Model, page: &GuidePage) -> String {
    match (page.form, blank(model, page)) {
        (_, Some(blank)) if blank.has_no_days() => "guide.back".into(),
        (Form::Grid, _) => grid::focus_id(model, page),
        (Form::List, Some(Blank::Waiting)) => "guide.waiting".into(),
        (Form::List, Some(_)) => "guide.day".into(),
        (Form::List, None) => focused(model, page).map_or_else(String::new, |(_, p)| format!("guide.{}", p.start.0)),
    }
}

pub fn blank(model: &Model, page: &GuidePage) -> Option<Blank> {
    rows(model, page).err()
}

/// Whether the focus is on what is on now, so that going there would change nothing.
pub fn is_now(model: &Model, page: &GuidePage) -> bool {
    match focused(model, page) {
        Some((_, programme)) => programme.is_on(model.now.utc),
        None if page.form == Form::Grid => {
            let from = grid::from(page);
            from <= model.now.utc && model.now.utc < from.plus(grid::WINDOW_MS)
        }
        None => day(model, page) == today(model),
    }
}

pub fn key(model: &mut Model, page: GuidePage, key: RemoteKey, effects: &mut Vec<Effect>) {
    match key {
        RemoteKey::Back => screens::back(model),
        RemoteKey::Menu => menu::open(model),
        _ if blank(model, &page).is_some_and(Blank::has_no_days) => match key {
            RemoteKey::Ok => {
                screens::press(model);
                screens::go_live(model);
            }
            _ => match Way::from_key(key) {
                Some(way) => screens::nudge(model, way),
                None => screens::useless_key(model),
            },
        },
        RemoteKey::Guide => change_form(model),
        RemoteKey::Green => to_now(model),
        RemoteKey::Info => about(model),
        RemoteKey::Digit(digit) => number::start(model, digit),
        RemoteKey::Ok if number::has_just_gone(model) => {}
        RemoteKey::Ok | RemoteKey::Play | RemoteKey::PlayPause => {
            screens::press(model);
            let found = focused(model, &page).map(|(c, p)| (c.clone(), p.clone()));
            match found {
                Some((channel, programme)) => act(model, &channel, &programme, effects),
                None => screens::toast(model, "clock", "节目单还没有来，先看电视吧"),
            }
        }
        RemoteKey::Blue => {
            let found = focused(model, &page).map(|(c, p)| (c.clone(), p.clone()));
            match found {
                Some((channel, programme)) if can_replay(model, &channel, &programme) => {
                    replay::open(model, &channel.id, &programme);
                }
                _ => screens::useless_key(model),
            }
        }
        RemoteKey::PageUp => step_day(model, &page, -1),
        RemoteKey::PageDown => step_day(model, &page, 1),
        _ if page.form == Form::Grid => grid::key(model, page, key),
        RemoteKey::ChannelUp | RemoteKey::ChannelDown => step_channel(model, key == RemoteKey::ChannelUp),
        RemoteKey::Left => step_day(model, &page, -1),
        RemoteKey::Right => step_day(model, &page, 1),
        RemoteKey::Up | RemoteKey::Down => step_row(model, &page, key == RemoteKey::Down),
        _ => screens::useless_key(model),
    }
}

pub fn put(model: &mut Model, page: GuidePage) {
    if let Some(Page::Guide(top)) = model.stack.last_mut() {
        *top = page;
    }
}

fn step_row(model: &mut Model, page: &GuidePage, down: bool) {
    let next = match rows(model, page) {
        Ok(rows) => focus::along(position(page, rows), rows.len(), down).and_then(|i| rows.get(i)).map(|p| p.start),
        Err(_) => None,
    };
    match next {
        // What began the day before is in this day's list from midnight on.
        Some(start) => {
            let at = start.max(day_begins(day(model, page), &model.zone));
            put(model, GuidePage { at, ..page.clone() });
        }
        None => screens::nudge(model, if down { Way::Down } else { Way::Up }),
    }
}

/// The same time of another day.
pub fn step_day(model: &mut Model, page: &GuidePage, days: i32) {
    let at = civil::days_later(page.at, days, &model.zone);
    if within_reach(model, at) {
        put(model, GuidePage { at, from: page.from.plus(at.since(page.at)), ..page.clone() });
    } else {
        screens::nudge(model, if days < 0 { Way::Left } else { Way::Right });
    }
}

pub fn within_reach(model: &Model, at: UtcMs) -> bool {
    let day = civil::day_number(at, &model.zone);
    (day.saturating_sub(today(model))).abs() <= DAYS_EACH_WAY
}

/// The neighbour in the lineup at the same time; the ends meet.
pub fn step_channel(model: &mut Model, forward: bool) {
    let Page::Guide(page) = model.page().clone() else { return };
    let Some(at) = channel(model, &page).and_then(|c| model.lineup.ready()?.index_of(&c.id)) else { return };
    let next = focus::around(at, model.channels().len(), forward);
    if let Some(id) = model.channels().get(next).map(|c| c.id.clone()) {
        show_channel(model, id);
    }
}

pub fn show_channel(model: &mut Model, id: ChannelId) {
    if let Some(Page::Guide(page)) = model.stack.last_mut() {
        page.channel = Some(id);
    }
}

pub fn to_now(model: &mut Model) {
    let now = model.now.utc;
    if let Some(Page::Guide(page)) = model.stack.last_mut() {
        page.at = now;
        page.from = grid::edge(now);
    }
}

pub fn change_form(model: &mut Model) {
    if let Some(Page::Guide(page)) = model.stack.last_mut() {
        page.form = match page.form {
            Form::List => Form::Grid,
            Form::Grid => Form::List,
        };
        page.from = grid::edge(page.at);
    }
}

/// The page of the programme in focus.
pub fn about(model: &mut Model) {
    let Page::Guide(page) = model.page().clone() else { return };
    let found = focused(model, &page).map(|(c, p)| (c.id.clone(), p.clone()));
    match found {
        Some((channel, found)) => programme::open(model, channel, found),
        None => screens::toast(model, "clock", "节目单还没有来，先看电视吧"),
    }
}

/// The time is right from now on: what lies open begins at the present.
pub fn clock_set(model: &mut Model) {
    let now = model.now.utc;
    for page in &mut model.stack {
        if let Page::Guide(page) = page {
            page.at = now;
            page.from = grid::edge(now);
        }
    }
}

/// The channels and days that the page needs.
pub fn wanted(model: &Model, page: &GuidePage) -> Vec<(ChannelId, i32)> {
    if model.clock_wrong {
        return Vec::new();
    }
    let Some(shown) = channel(model, page) else { return Vec::new() };
    let (day, today) = (day(model, page), today(model));
    let mut wanted = vec![(shown.id.clone(), day), (shown.id.clone(), today)];
    wanted.dedup();
    if page.form == Form::Grid {
        for more in grid::wanted(model, page) {
            if !wanted.contains(&more) {
                wanted.push(more);
            }
        }
    }
    wanted
}

/// Channels of the grid, or the one of the list, stay in the lineup's order.
pub fn channel_index(model: &Model, page: &GuidePage) -> usize {
    channel(model, page).and_then(|c| model.lineup.ready()?.index_of(&c.id)).unwrap_or(0)
}
