//! What OK on a row does: where each kind of result leads, and what is remembered of it.

use super::{PAST, Row, SearchPage, Spot, Within, airing, change, rows::within, type_in};
use crate::{
    app::{
        Effect, Model,
        model::Page,
        screens::{self, course, course::CoursePage, live, programme::ProgrammePage},
    },
    catalogue::types::{CourseId, LessonId},
    guide::lineup::ChannelId,
    search::{Found, Kind, source::airing_of},
    store::types::{PastSearch, StoreCommand},
};

pub(super) fn choose(model: &mut Model, page: &SearchPage, row: &Row, at: usize, effects: &mut Vec<Effect>) {
    match row {
        Row::Past(past) => {
            change(model, |page| page.spot = Spot::Key(page.key));
            type_in(model, past.typed.clone(), effects);
        }
        Row::Course(id) => course::open(model, id.clone()),
        Row::Found(found) => {
            remember(model, &page.typed, &found.title, effects);
            open_found(model, found, at, effects);
        }
    }
}

fn open_found(model: &mut Model, found: &Found, at: usize, effects: &mut Vec<Effect>) {
    let gone = |model: &mut Model| screens::toast(model, "info", "这一样现在没有了");
    match found.kind {
        Kind::Course => course::open(model, CourseId(found.id.clone())),
        Kind::Lesson => {
            let id = found.parent.clone().map(CourseId);
            let course = id.as_ref().and_then(|id| model.catalogue.ready()?.course(id));
            let lesson = course.and_then(|c| c.lesson_index(&LessonId(found.id.clone())));
            match (id, lesson) {
                (Some(course), Some(i)) => {
                    screens::push(model, Page::Course(CoursePage { course, spot: course::Spot::Lesson(i) }));
                }
                _ => gone(model),
            }
        }
        Kind::Teacher | Kind::Provider => {
            let of = Within { kind: found.kind, name: found.id.clone(), from: at };
            let mut courses = within(model, &of).map(|c| c.id.clone());
            match (courses.next(), courses.next()) {
                (None, _) => {
                    drop(courses);
                    gone(model);
                }
                (Some(only), None) => {
                    drop(courses);
                    course::open(model, only);
                }
                _ => {
                    drop(courses);
                    change(model, |page| (page.within, page.spot) = (Some(of), Spot::Row(0)));
                }
            }
        }
        Kind::Channel => watch(model, ChannelId(found.id.clone()), effects),
        Kind::Programme => match airing(model, &found.id) {
            Some((channel, programme)) => {
                screens::push(model, Page::Programme(ProgrammePage { channel, programme, focus: 0 }));
            }
            None => match airing_of(&found.id) {
                Some((channel, _)) => watch(model, channel, effects),
                None => gone(model),
            },
        },
        Kind::Title => {}
    }
}

fn watch(model: &mut Model, id: ChannelId, effects: &mut Vec<Effect>) {
    if model.lineup.ready().is_some_and(|l| l.by_id(&id).is_some()) {
        live::switch(model, id, effects);
        screens::go_live(model);
    } else {
        screens::toast(model, "tv", "这个频道现在没有了");
    }
}

fn remember(model: &mut Model, typed: &str, title: &str, effects: &mut Vec<Effect>) {
    let past = &mut model.user.settings.searches;
    past.retain(|p| p.title != title);
    past.insert(0, PastSearch { typed: typed.to_owned(), title: title.to_owned() });
    past.truncate(PAST);
    effects.push(Effect::Store(StoreCommand::SaveSettings(model.user.settings.clone())));
}

pub fn forget(model: &mut Model, effects: &mut Vec<Effect>) {
    model.user.settings.searches.clear();
    effects.push(Effect::Store(StoreCommand::SaveSettings(model.user.settings.clone())));
}
