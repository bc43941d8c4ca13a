//! What lies over live television: banner, channel list, number boxes.

use jinse_ui::{BannerData, Bridge, ChannelListData, ChannelRow, GroupRow, NearRow, NoNumberData, NumberData};

use super::{Lists, share, text};
use crate::{
    app::{
        Model, civil, focus, lock,
        model::{Overlay, Page},
        playback::{self, Playing},
        screens::{
            channels::{self, ChannelList, Column, Group, Groups},
            live,
            number::{self, NoNumber, NumberEntry},
            shift,
        },
    },
    guide::programme::{NowNext, Programme},
    player::types::Plate,
};

pub fn span(programme: &Programme, model: &Model) -> String {
    let time = |at| civil::time(at, &model.zone);
    format!("{}—{}", time(programme.start), time(programme.end))
}

/// The words under the picture of live television. The channel list and the page for trouble take their place.
pub fn subtitle(model: &Model) -> String {
    if is_open(model) { playback::subtitle(model) } else { String::new() }
}

/// The same for subtitles that are pictures.
pub fn plate(model: &Model) -> Option<&Plate> {
    playback::plate(model).filter(|_| is_open(model))
}

fn is_open(model: &Model) -> bool {
    let covered = matches!(model.overlay, Some(Overlay::Channels(_) | Overlay::Trouble(_)));
    let on_air = matches!(model.playback.what, Some(Playing::Channel(_) | Playing::Past { .. }));
    on_air && !covered
}

fn left(programme: &Programme, model: &Model) -> String {
    let ms = u64::try_from(programme.end.since(model.now.utc)).unwrap_or(0);
    format!("还有{}", civil::left(ms))
}

fn progress(programme: &Programme, model: &Model) -> f32 {
    share(model.now.utc.since(programme.start), programme.end.since(programme.start))
}

pub fn show(bridge: &Bridge, lists: &Lists, model: &Model) {
    let on_live = matches!(model.page(), Page::Live);
    let quiet = model.overlay.is_none() || matches!(model.overlay, Some(Overlay::Number(_)));
    bridge.set_live_words(text(match &model.overlay {
        // What is looked at from the list says so, too, where it does not come.
        Some(Overlay::Channels(_)) if on_live => live::words(model).to_owned(),
        _ if on_live && quiet => live::over(model),
        _ => String::new(),
    }));
    bridge.set_live_subtitle(text(subtitle(model)));
    bridge.set_subtitled(playback::is_subtitled(model));
    bridge.set_banner(if model.banner_shown() { banner(model) } else { BannerData::default() });
    match &model.overlay {
        Some(Overlay::Channels(list)) => channel_list(bridge, lists, model, list),
        _ => bridge.set_channels(ChannelListData::default()),
    }
    bridge.set_number(match &model.overlay {
        Some(Overlay::Number(entry)) => number_box(model, entry),
        _ => NumberData::default(),
    });
    match &model.overlay {
        Some(Overlay::NoNumber(no)) => no_number(bridge, lists, model, no),
        _ => bridge.set_no_number(NoNumberData::default()),
    }
}

fn banner(model: &Model) -> BannerData {
    let Some(channel) = model.current_channel() else { return BannerData::default() };
    let NowNext { now, next } = model.now_next_of(&channel.id);
    let time = |at| text(civil::time(at, &model.zone));
    let mut data = BannerData {
        shown: true,
        number: text(channel.number.to_string()),
        name: text(&channel.name),
        favourite: model.is_favourite(&channel.id),
        ..BannerData::default()
    };
    match now {
        Some(on) => {
            // The picture is of an earlier programme perhaps; this one is on at the edge.
            data.tag = text(if shift::behind_ms(model).is_some() { "直播中" } else { "正在播" });
            data.title = text(&on.title);
            data.from = time(on.start);
            data.to = time(on.end);
            data.left = text(left(&on, model));
            data.progress = progress(&on, model);
        }
        None => data.words = text("暂时没有节目单"),
    }
    if let Some(next) = next {
        data.next_time = time(next.start);
        data.next_title = text(&next.title);
    }
    data
}

fn channel_list(bridge: &Bridge, lists: &Lists, model: &Model, list: &ChannelList) {
    let members = channels::members(model, &list.group);
    let at = channels::position(list, &members);
    let in_rows = channels::column(model, list) == Column::Rows;
    let top = focus::scroll(at, members.len(), channels::ROWS);
    let in_sight = (top..top + channels::ROWS).filter_map(|i| Some((i, members.get(i)?)));
    let rows = in_sight.map(|(i, c)| {
        let now = model.now_next_of(&c.id).now;
        ChannelRow {
            number: text(c.number.to_string()),
            name: text(&c.name),
            has_programme: now.is_some(),
            progress: now.as_ref().map_or(0.0, |p| progress(p, model)),
            now: text(now.map_or(String::new(), |p| p.title)),
            favourite: model.is_favourite(&c.id),
            locked: lock::is_locked(model, &c.id),
            focused: in_rows && i == at,
            current: Some(&c.id) == model.channel.as_ref(),
        }
    });
    lists.channels.show(rows.collect());
    let groups = Groups::of(model);
    let group_at = groups.position(&list.group).unwrap_or(0);
    let group_top = focus::scroll(group_at, groups.len(), channels::ROWS);
    let in_sight = (group_top..group_top + channels::ROWS).filter_map(|i| Some((i, groups.get(i)?)));
    let rows = in_sight.map(|(i, g)| GroupRow {
        name: text(g.label()),
        selected: i == group_at,
        focused: !in_rows && i == group_at,
    });
    lists.groups.show(rows.collect());
    let mut data = ChannelListData {
        shown: true,
        more_above: top > 0,
        more_below: top + channels::ROWS < members.len(),
        number_digits: longest_number(model),
        ..ChannelListData::default()
    };
    match members.get(at) {
        None if model.channels().is_empty() => data.empty_words = text(live::no_channel(model)),
        None if list.group == Group::Recent => data.empty_words = text("看过的频道会排在这里，最近的在最上面"),
        None => data.empty_words = text("这里还没有频道，按黄键可以把爱看的放进来"),
        Some(channel) => {
            data.name = text(&channel.name);
            let NowNext { now, next } = model.now_next_of(&channel.id);
            match now {
                Some(on) => {
                    data.has_programme = true;
                    data.title = text(&on.title);
                    data.left = text(left(&on, model));
                    data.progress = progress(&on, model);
                }
                None => data.title = text("暂时没有节目单"),
            }
            if let Some(next) = next {
                data.next_time = text(civil::time(next.start, &model.zone));
                data.next_title = text(next.title);
            }
        }
    }
    bridge.set_channels(data);
}

/// In digits.
fn longest_number(model: &Model) -> i32 {
    let last = model.lineup.ready().and_then(|l| l.channels.numbered(0..u64::MAX).next_back());
    last.map_or(0, |(number, _)| number.to_string().len().try_into().unwrap_or(0))
}

fn number_box(model: &Model, entry: &NumberEntry) -> NumberData {
    let hit = number::matching(model, entry);
    let [line1, line2] = number::lines(model, entry);
    let mut next = number::next_lines(model, entry).into_iter();
    NumberData {
        shown: true,
        digits: text(entry.digits()),
        name: text(hit.map_or("", |c| &c.name)),
        programme: text(hit.and_then(|c| model.now_next_of(&c.id).now).map_or(String::new(), |p| p.title)),
        wait: entry.wait_left(model.now.mono),
        line1: text(line1),
        first: text(next.next().unwrap_or_default()),
        second: text(next.next().unwrap_or_default()),
        line2: text(line2),
    }
}

fn no_number(bridge: &Bridge, lists: &Lists, model: &Model, no: &NoNumber) {
    let [_, line] = number::no_lines(model, no);
    bridge.set_no_number(NoNumberData { shown: true, number: text(no.number.to_string()), line: text(line) });
    let near = no.near.iter().enumerate().filter_map(|(i, id)| {
        let channel = model.lineup.ready()?.by_id(id)?;
        Some(NearRow { number: text(channel.number.to_string()), name: text(&channel.name), focused: i == no.focus })
    });
    lists.near.show(near.collect());
}
