//! 报名: what the viewer wishes, kept until the operator has answered. A wish made without a network is sent when it is
//! back. Asking itself is an effect.

use crate::{
    app::{Effect, Model, model::Page, screens},
    catalogue::{
        enrolment::{Mine, Reply, Seats, Wish},
        types::CourseId,
    },
    store::types::StoreCommand,
    time::MonoMs,
};

/// An operator that does not answer is asked again after these, the last one for ever: patience for a box that may be
/// one of very many.
const WAITS_MS: [u64; 4] = [5_000, 30_000, 120_000, 600_000];
/// Wishes kept at once: more is no plan.
const MOST: usize = 20;

/// What is known of a course's seats since the program started.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    pub seats: Option<Seats>,
    /// The operator's words for not doing the last wish.
    pub refused: Option<String>,
    /// Asked and not answered yet.
    pub asking: bool,
    failures: usize,
    retry_at: Option<MonoMs>,
}

pub fn wish(model: &Model, course: &CourseId) -> Option<Wish> {
    model.user.settings.enrolments.iter().find(|(id, _)| id == course).map(|(_, wish)| *wish)
}

/// Where the viewer stands once the operator has heard everything.
pub fn mine(model: &Model, course: &CourseId) -> Mine {
    let known = model.enrolments.get(course).and_then(|k| k.seats).map_or(Mine::None, |s| s.mine);
    match (wish(model, course), known) {
        (Some(Wish::Withdraw), _) => Mine::None,
        (Some(Wish::Enrol), Mine::None) => Mine::Enrolled,
        (_, known) => known,
    }
}

/// What the operator did not want the last time may be welcome now.
pub fn forget_refusal(model: &mut Model, course: &CourseId) {
    if let Some(known) = model.enrolments.get_mut(course) {
        known.refused = None;
    }
}

/// Asks how many seats there are.
pub fn ask(model: &mut Model, course: &CourseId, effects: &mut Vec<Effect>) {
    send(model, course, effects);
}

pub fn want(model: &mut Model, course: &CourseId, wish: Wish, effects: &mut Vec<Effect>) {
    let wishes = &mut model.user.settings.enrolments;
    wishes.retain(|(id, _)| id != course);
    if wishes.len() >= MOST {
        return screens::toast(model, "clock", "记下的太多了，等网络好了再报");
    }
    wishes.push((course.clone(), wish));
    effects.push(Effect::Store(StoreCommand::SaveSettings(model.user.settings.clone())));
    let known = model.enrolments.entry(course.clone()).or_default();
    (known.refused, known.failures, known.retry_at) = (None, 0, None);
    if model.network_up {
        screens::toast(model, "clock", "正在告诉学校");
        send(model, course, effects);
    } else {
        screens::toast(model, "check", "记下了，网络好了就替您报");
    }
}

/// One question at a time for each course; the answer to it brings the next.
fn send(model: &mut Model, course: &CourseId, effects: &mut Vec<Effect>) {
    let url = model.catalogue.ready().and_then(|c| c.course(course)?.enrolment.as_ref()).map(|e| e.url.clone());
    let wish = wish(model, course);
    let known = model.enrolments.entry(course.clone()).or_default();
    if let (Some(url), false) = (url, known.asking) {
        known.asking = true;
        known.retry_at = None;
        let learner = model.user.settings.learner.clone();
        effects.push(Effect::Enrolment { learner, course: course.clone(), url, wish });
    }
}

pub fn answered(model: &mut Model, course: &CourseId, told: Option<Wish>, reply: Reply, effects: &mut Vec<Effect>) {
    let now = model.now.mono;
    let open = wish(model, course);
    let title = model.catalogue.ready().and_then(|c| c.course(course)).map_or("", |c| c.title.as_str());
    let title = crate::app::reminders::short(title, 8);
    let known = model.enrolments.entry(course.clone()).or_default();
    known.asking = false;
    let done = told.is_some() && told == open;
    let words = match reply {
        Reply::Unreachable => {
            let wait = WAITS_MS.get(known.failures).or(WAITS_MS.last()).copied().unwrap_or(600_000);
            known.failures = known.failures.saturating_add(1);
            known.retry_at = open.map(|_| now.plus(wait));
            return;
        }
        Reply::Seats(seats) => {
            (known.failures, known.seats) = (0, Some(seats));
            match (done, told, seats.mine) {
                (false, ..) | (_, None, _) => None,
                (_, Some(Wish::Enrol), Mine::Enrolled) => Some(format!("《{title}》报上名了")),
                (_, Some(Wish::Enrol), Mine::Waiting) => Some(format!("《{title}》满了，替您排着候补")),
                (_, Some(Wish::Enrol), Mine::None) => Some(format!("《{title}》没有报上")),
                (_, Some(Wish::Withdraw), _) => Some(format!("《{title}》不报了")),
            }
        }
        Reply::Refused(words) => {
            known.failures = 0;
            let said = if words.is_empty() { "学校没有收".to_owned() } else { words };
            known.refused = Some(said.clone());
            done.then(|| format!("《{title}》没报上：{said}"))
        }
    };
    if done {
        model.user.settings.enrolments.retain(|(id, _)| id != course);
        effects.push(Effect::Store(StoreCommand::SaveSettings(model.user.settings.clone())));
    } else if open.is_some() {
        // Another wish came meanwhile, or what was kept from before is still to be told.
        send(model, course, effects);
    }
    match words {
        // The course's own page says it.
        Some(_) if matches!(model.page(), Page::Visit(page) if page.course == *course) => model.toast = None,
        Some(words) => screens::toast(model, "bell", words),
        None => {}
    }
}

/// The network is back: nothing waits any longer.
pub fn network_back(model: &mut Model) {
    for known in model.enrolments.values_mut() {
        (known.failures, known.retry_at) = (0, None);
    }
}

/// Sends what is due, also what an earlier start left behind.
pub fn tick(model: &mut Model, effects: &mut Vec<Effect>) {
    if !model.network_up || model.user.settings.enrolments.is_empty() {
        return;
    }
    let due = |course: &CourseId| {
        let known = model.enrolments.get(course);
        known.is_none_or(|k| !k.asking && k.retry_at.is_none_or(|at| model.now.mono >= at))
    };
    let wishes = &model.user.settings.enrolments;
    let due: Vec<CourseId> = wishes.iter().map(|(id, _)| id).filter(|id| due(id)).cloned().collect();
    for course in due {
        send(model, &course, effects);
    }
}

pub fn next_deadline(model: &Model) -> Option<MonoMs> {
    model.enrolments.values().filter(|k| !k.asking).filter_map(|k| k.retry_at).min()
}
