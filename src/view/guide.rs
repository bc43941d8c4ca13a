//! The guide in both its forms, and a programme's page.

use jinse_ui::{
    Action, Bridge, GridCell, GridChannel, GridData, GuideData, GuideRow, GuideTab, ProgrammeData, Tag, TagTone,
};

use super::{Lists, live::span, pictures::or_nothing, text};
use crate::{
    app::{
        Model, civil, focus,
        screens::{
            grid,
            guide::{self, Blank, DAYS_EACH_WAY, Form, GuidePage, ROWS, Standing, TABS},
            programme::{self, ProgrammePage},
        },
    },
    guide::{lineup::Channel, programme::Programme},
    time::UtcMs,
};

/// The tag, or the plain words that stand in its place: what can only be wished for has no colour yet.
fn tag(standing: Standing) -> (Tag, &'static str) {
    let words = guide::tag(standing);
    let tone = match standing {
        Standing::Past | Standing::Bookable => return (Tag::default(), words),
        Standing::Replay => TagTone::Jade,
        Standing::Live => TagTone::Red,
        Standing::Booked => TagTone::Indigo,
    };
    (Tag { text: text(words), tone, dot: standing == Standing::Live }, "")
}

pub fn show(bridge: &Bridge, lists: &Lists, model: &Model, page: &GuidePage) {
    if page.form == Form::Grid && !guide::blank(model, page).is_some_and(Blank::has_no_days) {
        show_grid(bridge, lists, model, page);
    } else {
        show_list(bridge, lists, model, page);
    }
}

fn show_list(bridge: &Bridge, lists: &Lists, model: &Model, page: &GuidePage) {
    let free = model.overlay.is_none();
    let channel = guide::channel(model, page);
    let mut data = GuideData {
        number: text(channel.map_or(String::new(), |c| c.number.to_string())),
        name: text(channel.map_or("", |c| &c.name)),
        ..GuideData::default()
    };
    match (guide::rows(model, page), channel) {
        (Ok(rows), Some(channel)) => {
            let at = guide::position(page, rows);
            let top = focus::scroll(at, rows.len(), ROWS);
            let shown = rows.iter().enumerate().skip(top).take(ROWS);
            lists.guide_rows.show(shown.map(|(i, p)| row(model, channel, p, free && i == at)).collect());
            data.more_above = top > 0;
            data.more_below = top + ROWS < rows.len();
            if let Some(programme) = rows.get(at) {
                panel(&mut data, model, programme);
            }
        }
        (Err(Blank::Waiting), _) => {
            let waiting = GuideRow { title: text(Blank::Waiting.words()), focused: free, ..GuideRow::default() };
            lists.guide_rows.show(vec![waiting]);
        }
        (other, _) => {
            lists.guide_rows.show(Vec::new());
            let blank = other.err().unwrap_or(Blank::NoGuide);
            data.words = text(blank.words());
            if blank.has_no_days() {
                data.button = text("回去看电视");
                data.waiting = free;
            }
        }
    }
    tabs(lists, model, page, free);
    bridge.set_guide(data);
}

fn row(model: &Model, channel: &Channel, programme: &Programme, focused: bool) -> GuideRow {
    let standing = guide::standing(model, channel, programme);
    let (tag, side) = tag(standing);
    GuideRow {
        time: text(civil::time(programme.start, &model.zone)),
        title: text(&programme.title),
        tag,
        side: text(side),
        focused,
        past: standing == Standing::Past,
    }
}

fn panel(data: &mut GuideData, model: &Model, programme: &Programme) {
    let long = u64::try_from(programme.end.since(programme.start)).unwrap_or(0);
    let begins = civil::time(programme.start, &model.zone);
    data.title = text(&programme.title);
    data.series = text(programme.series().unwrap_or(""));
    data.about = text(programme.about().unwrap_or(""));
    data.facts = text(format!("{begins}播出　全长{}", civil::left(long)));
}

/// The days around the one in focus. Without rows the day itself holds the focus.
fn tabs(lists: &Lists, model: &Model, page: &GuidePage, free: bool) {
    let blank = guide::blank(model, page);
    if blank.is_some_and(Blank::has_no_days) {
        return lists.guide_tabs.show(Vec::new());
    }
    let (day, today) = (guide::day(model, page), guide::today(model));
    let on_day = free && matches!(blank, Some(Blank::NoGuide | Blank::NoDay));
    let first = (day - TABS / 2).clamp(today - DAYS_EACH_WAY, today + DAYS_EACH_WAY + 1 - TABS);
    let tabs = (first..first + TABS).map(|d| GuideTab {
        name: text(guide::day_name(d, model)),
        date: text(guide::day_date(d, model)),
        selected: d == day,
        focused: on_day && d == day,
    });
    lists.guide_tabs.show(tabs.collect());
}

fn show_grid(bridge: &Bridge, lists: &Lists, model: &Model, page: &GuidePage) {
    let free = model.overlay.is_none();
    let from = grid::from(page);
    let part = |at: UtcMs| (at.since(from) as f32 / grid::WINDOW_MS as f32).clamp(0.0, 1.0);
    let slots = (0..grid::WINDOW_MS / grid::SLOT_MS).map(|n| from.plus(n * grid::SLOT_MS));
    lists.grid_times.show(slots.map(|at| text(civil::time(at, &model.zone))).collect());
    let focus = grid::focus_id(model, page);
    let mut cells = Vec::new();
    let mut channels = Vec::new();
    for (row, channel) in (0..).zip(grid::channels(model, page)) {
        channels.push(GridChannel {
            number: text(channel.number.to_string()),
            name: text(&channel.name),
            current: Some(&channel.id) == model.channel.as_ref(),
        });
        for cell in grid::cells(model, &channel.id, from) {
            let standing = cell.programme.map(|p| guide::standing(model, channel, p));
            cells.push(GridCell {
                row,
                left: part(cell.start),
                width: part(cell.end) - part(cell.start),
                title: text(
                    cell.programme.map_or_else(|| grid::gap_words(model, &channel.id, cell.start), |p| &p.title),
                ),
                live: standing == Some(Standing::Live),
                booked: standing == Some(Standing::Booked),
                past: standing == Some(Standing::Past),
                gap: cell.programme.is_none(),
                after: cell.end >= from.plus(grid::WINDOW_MS),
                focused: free && grid::id(&channel.id, &cell) == focus,
            });
        }
    }
    lists.grid_channels.show(channels);
    lists.grid_cells.show(cells);
    let day = guide::day(model, page);
    let mut data = GridData {
        day: text(format!("{} {}", guide::day_name(day, model), guide::day_date(day, model))),
        now: model.now.utc.since(from) as f32 / grid::WINDOW_MS as f32,
        ..GridData::default()
    };
    if let Some(channel) = guide::channel(model, page) {
        let name = format!("{} {}", channel.number, channel.name);
        match grid::focused(model, page) {
            Some(programme) => {
                let (tag, side) = tag(guide::standing(model, channel, programme));
                data.title = text(&programme.title);
                data.facts = text(format!("{name}　{}", span(programme, model)));
                (data.tag, data.side) = (tag, text(side));
            }
            None => {
                data.title = text(grid::gap_words(model, &channel.id, page.at));
                data.facts = text(name);
            }
        }
    }
    bridge.set_grid(data);
}

pub fn show_programme(bridge: &Bridge, lists: &Lists, model: &Model, page: &ProgrammePage) {
    let channel = programme::channel(model, page);
    let (tag, side) = channel.map_or_else(Default::default, |c| tag(guide::standing(model, c, &page.programme)));
    bridge.set_programme(ProgrammeData {
        heading: text("节目介绍"),
        channel: text(channel.map_or_else(|| "这个频道现在没有了".into(), |c| format!("{}　{}", c.number, c.name))),
        title: text(&page.programme.title),
        series: text(page.programme.series().unwrap_or("")),
        time: text(programme::time_line(model, &page.programme)),
        about: text(page.programme.about().unwrap_or("这个节目没有介绍。")),
        tag,
        side: text(side),
        qr: or_nothing(None),
        ..ProgrammeData::default()
    });
    let buttons = programme::buttons(model, page);
    let at = programme::spot(page, &buttons);
    let actions = buttons.iter().enumerate().map(|(i, b)| Action {
        id: text(b.id()),
        label: text(b.label()),
        icon: text(b.icon()),
        note: text(""),
        focused: model.overlay.is_none() && i == at,
        enabled: true,
    });
    lists.programme_buttons.show(actions.collect());
}
