//! Home.

use jinse_ui::{Action, Bridge, HomeData};

use super::{Lists, live::span, text};
use crate::app::{
    Model, civil, lock,
    screens::{
        category::Shelf,
        course,
        home::{self, Behind, Card, DOORS, HomeFocus},
        live, picks,
    },
};

pub fn show(bridge: &Bridge, lists: &Lists, model: &Model, focus: HomeFocus) {
    let focus = if model.overlay.is_some() { None } else { Some(focus) };
    let channel = model.current_channel();
    let on = channel.and_then(|c| model.now_next_of(&c.id).now);
    let mut data = HomeData {
        window_focused: focus == Some(HomeFocus::Window),
        number: text(channel.map_or(String::new(), |c| c.number.to_string())),
        name: text(channel.map_or("看电视", |c| &c.name)),
        programme: text(on.as_ref().map_or("", |p| &p.title)),
        span: text(on.as_ref().map_or(String::new(), |p| span(p, model))),
        window_words: text(window_words(model)),
        card_focused: focus == Some(HomeFocus::Card),
        card_title: text(home::card_label(model)),
        ..HomeData::default()
    };
    card(&mut data, model);
    bridge.set_home(data);
    let doors = DOORS.iter().enumerate().map(|(i, door)| Action {
        id: text(door.id),
        label: text(door.label),
        icon: text(door.icon),
        note: text(if door.behind == Behind::Shelf(Shelf::LiveClasses) {
            home::next_class(model)
        } else {
            String::new()
        }),
        focused: focus == Some(HomeFocus::Door(i)),
        enabled: true,
    });
    lists.home_tiles.show(doors.collect());
}

fn window_words(model: &Model) -> &'static str {
    if model.playback.has_frame && model.playback.is_moving() {
        return "";
    }
    if model.current_channel().is_some_and(|c| lock::is_closed(model, &c.id)) {
        return "这个频道上了锁，按【确认】去开";
    }
    match (model.current_channel(), live::words(model)) {
        (None, _) => "电视信号正在接上",
        (Some(_), "") if model.playback.has_frame => "",
        (Some(_), "暂时看不了") => "这个频道暂时看不了",
        (Some(_), _) => "电视信号正在接上",
    }
}

fn card(data: &mut HomeData, model: &Model) {
    let catalogue = model.catalogue.ready();
    match home::card(model) {
        Card::Continue { course: id, lesson, start_ms } => {
            let Some(course) = catalogue.and_then(|c| c.course(&id)) else { return };
            let index = course.lesson_index(&lesson).unwrap_or(0);
            data.card_line = text(format!("{} · 第{}课", course.title, index + 1));
            match (start_ms, u64::from(course::watched(model, course, index).duration_s) * 1000) {
                (0, _) => data.card_side = text("还没学过"),
                // Nobody knows how long it is.
                (_, 0) => data.card_side = text("看过一些"),
                (_, length_ms) => {
                    data.card_has_progress = true;
                    data.card_progress = super::share(start_ms as i64, length_ms as i64);
                    data.card_side = text(format!("还剩{}", civil::left(length_ms.saturating_sub(start_ms))));
                }
            }
        }
        Card::Suggest(id) => {
            let Some(course) = catalogue.and_then(|c| c.course(&id)) else { return };
            data.card_line = text(&course.title);
            let why = picks::best(model).filter(|c| c.id == id).map_or("", |_| picks::short_words(model, &id));
            data.card_side = if why.is_empty() { text(format!("共{}课", course.lessons.len())) } else { text(why) };
        }
        Card::Empty => data.card_line = text("马上就好"),
    }
}
