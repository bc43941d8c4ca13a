//! When a course counts: right after the second or the answer that finishes it, and once more when the catalogue or the
//! time is new. The rules are the learning room's.

use std::collections::BTreeSet;

use crate::{
    app::{
        Effect, Model,
        model::Page,
        records,
        screens::{self, course},
    },
    catalogue::types::CourseId,
    learning::credit,
    store::types::{HistoryKey, StoreCommand},
};

/// Looks at the courses that these effects are about; `all`: at every one that was begun.
pub fn settle(model: &mut Model, all: bool, effects: &mut Vec<Effect>) {
    // A certificate bears a date.
    if model.clock_wrong || model.catalogue.ready().is_none() {
        return;
    }
    let mut courses: BTreeSet<CourseId> = BTreeSet::new();
    for effect in effects.iter() {
        match effect {
            Effect::Store(StoreCommand::SaveHistory(entry)) => courses.extend(entry.key.course().cloned()),
            Effect::Store(StoreCommand::SaveAnswer(answer)) => {
                courses.insert(answer.course.clone());
            }
            _ => {}
        }
    }
    if all {
        let lessons = model.user.history.iter().filter_map(|e| match &e.key {
            HistoryKey::Lesson { course, .. } => Some(course.clone()),
            HistoryKey::Channel(_) => None,
        });
        courses.extend(lessons);
    }
    for id in courses {
        count(model, &id, !all, effects);
    }
}

fn count(model: &mut Model, id: &CourseId, said: bool, effects: &mut Vec<Effect>) {
    let Some(catalogue) = model.catalogue.ready() else { return };
    // Known first: the lessons of a course that is counted need not be unpacked again.
    if model.user.credits.iter().any(|e| e.course == *id) {
        return;
    }
    let Some(found) = catalogue.course(id) else { return };
    let watched = |i: usize| course::watched(model, found, i);
    let earned = credit::earn(found, watched, &model.user.answers, &model.user.credits, model.now.utc);
    let Some(mut earned) = earned else { return };
    earned.climbed = credit::climbed(found, catalogue.courses.iter(), &model.user.credits);
    let words = match earned.credit_tenths {
        0 => "学完一门课了".into(),
        n => format!("学完了，得{}学分", credit::tenths(n)),
    };
    records::course_completed(model, &earned, effects);
    let save = StoreCommand::SaveCredit(Box::new(earned));
    model.user.apply(&save);
    effects.push(Effect::Store(save));
    if said && !matches!(model.page(), Page::Live) {
        screens::toast(model, "medal", words);
    }
}
