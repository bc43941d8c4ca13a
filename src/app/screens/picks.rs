//! What next: the picks of `learning::recommend` for this box, their reasons in words, 不感兴趣 and that taken back.

use std::collections::HashMap;

use crate::{
    app::{Effect, Model, screens, screens::course},
    catalogue::types::{Band, Course, CourseId},
    learning::recommend::{self, Past, Pick, Reason, Seen},
    store::types::{HistoryKey, StoreCommand},
};

/// Two pages of the shelf.
pub const PICKS: usize = 12;

/// What was watched of each course, in the order of the first meeting with the history, which is the newest first.
pub fn seen(model: &Model) -> Vec<Seen<'_>> {
    let mut all: Vec<Seen<'_>> = Vec::new();
    let mut places: HashMap<&CourseId, usize> = HashMap::new();
    for entry in &model.user.history {
        let HistoryKey::Lesson { course, .. } = &entry.key else { continue };
        let at = *places.entry(course).or_insert(all.len());
        match all.get_mut(at) {
            Some(known) => {
                known.seconds = known.seconds.saturating_add(entry.watched.total());
                known.at = known.at.max(entry.at);
            }
            None => {
                let finished =
                    model.catalogue.ready().and_then(|c| c.course(course)).is_some_and(|c| course::is_done(model, c));
                let right = model.user.answers.iter().filter(|a| a.right && a.course == *course).count();
                let right = u32::try_from(right).unwrap_or(u32::MAX);
                all.push(Seen { course, seconds: entry.watched.total(), finished, right, at: entry.at });
            }
        }
    }
    all
}

pub fn past<'a>(model: &'a Model, seen: &'a [Seen<'a>]) -> Past<'a> {
    Past {
        seen,
        favourites: &model.user.favourite_courses,
        taste: &model.user.taste,
        forgotten_at: model.user.settings.forgotten_at,
        now: model.now.utc,
    }
}

/// Chooses anew. Called where something has changed that the choice depends on: it looks through the whole catalogue.
pub fn refresh(model: &mut Model) {
    let picks = match model.catalogue.ready() {
        Some(catalogue) => {
            let seen = seen(model);
            let courses = &catalogue.courses;
            recommend::recommend(courses, |id| courses.place(id), &past(model, &seen), PICKS)
        }
        None => Vec::new(),
    };
    model.picks = picks;
}

fn course_at(model: &Model, place: usize) -> Option<&Course> {
    model.catalogue.ready()?.courses.get(place)
}

/// The picks as courses, best first.
pub fn courses(model: &Model) -> Vec<&Course> {
    model.picks.iter().filter_map(|p| course_at(model, p.place)).collect()
}

pub fn pick_of<'a>(model: &'a Model, id: &CourseId) -> Option<&'a Pick> {
    model.picks.iter().find(|p| course_at(model, p.place).is_some_and(|c| c.id == *id))
}

/// The best pick for which the learner's own past speaks.
pub fn best(model: &Model) -> Option<&Course> {
    let pick = model.picks.first()?;
    let known = !matches!(pick.reason, Reason::Popular | Reason::Fresh | Reason::GoOn);
    known.then(|| course_at(model, pick.place))?
}

/// What follows a finished course.
pub fn after<'a>(model: &'a Model, finished: &CourseId) -> Option<&'a Course> {
    let picks = model.picks.iter().filter(|p| p.reason != Reason::GoOn);
    picks.filter_map(|p| course_at(model, p.place)).find(|c| c.id != *finished)
}

pub fn band_name(band: Band) -> &'static str {
    match band {
        Band::Arts => "艺术",
        Band::Culture => "文化",
        Band::Health => "健康",
        Band::Life => "生活",
        Band::Digital => "智能",
        Band::FraudSafety => "防骗",
    }
}

/// Why a course is offered, in a sentence.
pub fn words(model: &Model, course: &CourseId) -> String {
    let Some(pick) = pick_of(model, course) else { return String::new() };
    let title = |place: usize| course_at(model, place).map_or("", |c| c.title.as_str());
    match (pick.reason, course_at(model, pick.place)) {
        (Reason::NextStep(from), _) => format!("因为您学完了《{}》", title(from)),
        (Reason::Neighbour(from), _) => format!("学《{}》的人也在学", title(from)),
        (Reason::SameTeacher, Some(course)) => format!("您听过{}的课", course.teacher),
        (Reason::SameBand, Some(course)) => format!("您爱看{}的课", band_name(course.band)),
        (Reason::Popular, _) => "很多人在学".into(),
        (Reason::GoOn, _) => "学到一半，可以接着学".into(),
        _ => "可以从这门学起".into(),
    }
}

/// The same where there is little room.
pub fn short_words(model: &Model, course: &CourseId) -> &'static str {
    match pick_of(model, course).map(|p| p.reason) {
        Some(Reason::NextStep(_)) => "您学完的课，再上一级",
        Some(Reason::Neighbour(_)) => "和您一样的人在学",
        Some(Reason::SameTeacher) => "您听过这位老师",
        Some(Reason::SameBand) => "您爱看的一类",
        Some(Reason::Popular) => "很多人在学",
        _ => "",
    }
}

/// 不感兴趣: at once, and until it is taken back.
pub fn decline(model: &mut Model, course: &CourseId, effects: &mut Vec<Effect>) {
    said(model, StoreCommand::SetDeclined { course: course.clone(), on: true }, effects);
    screens::toast(model, "check", "好，不再推荐这门课");
}

pub fn take_back(model: &mut Model, course: &CourseId, effects: &mut Vec<Effect>) {
    said(model, StoreCommand::SetDeclined { course: course.clone(), on: false }, effects);
    screens::toast(model, "check", "收回了，还会推荐它");
}

/// The learner has said something about tastes.
pub fn said(model: &mut Model, command: StoreCommand, effects: &mut Vec<Effect>) {
    model.user.apply(&command);
    effects.push(Effect::Store(command));
    refresh(model);
}
