//! The guide's second form: channels down, time across. Left and right go by programme, up and down by channel at the
//! same time. Only what is in sight is made.

use crate::{
    app::{
        Model, civil, focus,
        focus::Way,
        programmes::Known,
        screens::{
            self, Focusable,
            guide::{self, GuidePage},
        },
    },
    guide::{
        lineup::{Channel, ChannelId},
        programme::Programme,
    },
    remote::key::RemoteKey,
    time::UtcMs,
};

/// Channels in sight at once.
pub const ROWS: usize = 5;
/// The ruler's step, and how much of it is in sight.
pub const SLOT_MS: i64 = 30 * 60_000;
pub const WINDOW_MS: i64 = 4 * SLOT_MS;
/// What one press moves the window by where a programme reaches beyond it.
const SCROLL_MS: i64 = 2 * SLOT_MS;

/// A stretch of a channel's row: a programme, or a gap between two.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell<'a> {
    /// May lie outside the window.
    pub start: UtcMs,
    pub end: UtcMs,
    pub programme: Option<&'a Programme>,
}

/// The half hour that `at` is in.
pub fn edge(at: UtcMs) -> UtcMs {
    UtcMs(at.0.div_euclid(SLOT_MS).saturating_mul(SLOT_MS))
}

/// The window's left edge: where it was left, or where the focus needs it.
pub fn from(page: &GuidePage) -> UtcMs {
    let inside = page.from <= page.at && page.at < page.from.plus(WINDOW_MS);
    if inside { page.from } else { edge(page.at) }
}

/// The channels in sight.
pub fn channels<'a>(model: &'a Model, page: &GuidePage) -> &'a [Channel] {
    let all = model.channels();
    let top = focus::scroll(guide::channel_index(model, page), all.len(), ROWS);
    all.get(top..(top + ROWS).min(all.len())).unwrap_or_default()
}

/// A row without holes: what no programme fills is a gap.
pub fn cells<'a>(model: &'a Model, channel: &ChannelId, from: UtcMs) -> Vec<Cell<'a>> {
    let to = from.plus(WINDOW_MS);
    let mut cells = Vec::new();
    let mut filled = from;
    for programme in model.programmes.between(channel, from, to, &model.zone) {
        if programme.start > filled {
            cells.push(Cell { start: filled, end: programme.start, programme: None });
        }
        cells.push(Cell { start: programme.start, end: programme.end, programme: Some(programme) });
        filled = programme.end;
    }
    if filled < to {
        cells.push(Cell { start: filled, end: to, programme: None });
    }
    cells
}

fn cell<'a>(model: &'a Model, page: &GuidePage) -> Option<Cell<'a>> {
    let channel = guide::channel(model, page)?;
    cells(model, &channel.id, from(page)).into_iter().find(|c| c.start <= page.at && page.at < c.end)
}

pub fn focused<'a>(model: &'a Model, page: &GuidePage) -> Option<&'a Programme> {
    cell(model, page)?.programme
}

pub fn id(channel: &ChannelId, cell: &Cell<'_>) -> String {
    let kind = if cell.programme.is_some() { "" } else { "gap." };
    format!("grid.{}.{kind}{}", channel.0, cell.start.0)
}

pub fn focus_id(model: &Model, page: &GuidePage) -> String {
    match (guide::channel(model, page), cell(model, page)) {
        (Some(channel), Some(cell)) => id(&channel.id, &cell),
        _ => String::new(),
    }
}

/// What stands in a gap.
pub fn gap_words(model: &Model, channel: &ChannelId, at: UtcMs) -> &'static str {
    let day = civil::day_number(at, &model.zone);
    match model.programmes.known(channel, day, model.now.mono) {
        Known::Waiting => "正在取节目单",
        Known::Unknown | Known::Day(_) => "暂时没有节目单",
    }
}

pub fn focusables(model: &Model, page: &GuidePage) -> Vec<Focusable> {
    let from = from(page);
    let mut all = Vec::new();
    for channel in channels(model, page) {
        for cell in cells(model, &channel.id, from) {
            let words = match cell.programme {
                Some(p) => {
                    let time = civil::time(p.start, &model.zone);
                    let tag = guide::tag(guide::standing(model, channel, p));
                    format!("{} {} {time} {} {tag}", channel.number, channel.name, p.title)
                }
                None => {
                    let words = gap_words(model, &channel.id, cell.start);
                    format!("{} {} {words}", channel.number, channel.name)
                }
            };
            all.push(Focusable::new(id(&channel.id, &cell), words.trim_end()));
        }
    }
    all
}

pub fn key(model: &mut Model, page: GuidePage, key: RemoteKey) {
    match key {
        RemoteKey::Left => step_time(model, page, false),
        RemoteKey::Right => step_time(model, page, true),
        RemoteKey::Up | RemoteKey::Down => step_row(model, page, 1, key == RemoteKey::Down),
        RemoteKey::ChannelUp => step_row(model, page, ROWS, false),
        RemoteKey::ChannelDown => step_row(model, page, ROWS, true),
        _ => screens::useless_key(model),
    }
}

/// Another channel, `by` rows away, at the same time. A page that is not whole ends at the last row.
fn step_row(model: &mut Model, mut page: GuidePage, by: usize, down: bool) {
    let at = guide::channel_index(model, &page);
    let last = model.channels().len().saturating_sub(1);
    let next = if down { (at + by).min(last) } else { at.saturating_sub(by) };
    match model.channels().get(next).filter(|_| next != at) {
        Some(channel) => {
            page.channel = Some(channel.id.clone());
            guide::put(model, page);
        }
        None => screens::nudge(model, if down { Way::Down } else { Way::Up }),
    }
}

/// The programme before or after. One that reaches far beyond the window is followed an hour a press.
fn step_time(model: &mut Model, mut page: GuidePage, forward: bool) {
    let (left, way) = (from(&page), if forward { Way::Right } else { Way::Left });
    let Some(cell) = cell(model, &page) else { return screens::nudge(model, way) };
    let beyond = if forward { cell.end >= left.plus(WINDOW_MS) } else { cell.start <= left };
    let left = match (beyond, forward) {
        (false, _) => left,
        (true, true) => left.plus(SCROLL_MS),
        (true, false) => left.plus(-SCROLL_MS),
    };
    let at = if forward {
        // A gap's end is the window's: what lies there is not known before the window has moved.
        let ends_in_sight = cell.end < left.plus(WINDOW_MS) && !(beyond && cell.programme.is_none());
        if ends_in_sight { cell.end } else { page.at.max(left) }
    } else if cell.start > left {
        beginning_of(model, &page, cell.start.plus(-1), left).max(left)
    } else {
        left
    };
    if !guide::within_reach(model, at) {
        return screens::nudge(model, way);
    }
    page.at = at;
    page.from = left;
    guide::put(model, page);
}

/// Where the cell that holds `at` begins, in the window from `left` on.
fn beginning_of(model: &Model, page: &GuidePage, at: UtcMs, left: UtcMs) -> UtcMs {
    let Some(channel) = guide::channel(model, page) else { return left };
    cells(model, &channel.id, left).iter().find(|c| c.start <= at && at < c.end).map_or(left, |c| c.start)
}

/// The channels and days in sight.
pub fn wanted(model: &Model, page: &GuidePage) -> Vec<(ChannelId, i32)> {
    let day = |at| civil::day_number(at, &model.zone);
    let (first, last) = (day(from(page)), day(from(page).plus(WINDOW_MS - 1)));
    channels(model, page).iter().flat_map(|c| (first..=last).map(|day| (c.id.clone(), day))).collect()
}
