//! 阶梯: the steps 入门 → 进阶 → 提高 that share a name, and which of them comes next. Pure questions to the model; they
//! are drawn on the course page and on the card at a course's end.

use crate::{
    app::{Model, screens::course},
    catalogue::types::{Course, CourseId, Tier},
};

/// A step seen from the course that is open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step<'a> {
    pub tier: Tier,
    /// The course is of this tier.
    pub here: bool,
    pub done: bool,
    /// The course to go on with, on the step that comes next.
    pub next: Option<&'a Course>,
}

impl Step<'_> {
    /// `学完了`, `在这里`, the title of what comes next. What lies below and was not taken is no debt: nothing is said of
    /// it.
    pub fn words(&self) -> &str {
        match (self.done, self.here, self.next) {
            (true, ..) => "学完了",
            (false, true, _) => "在这里",
            (false, false, next) => next.map_or("", |c| &c.title),
        }
    }
}

/// The steps of the course's ladder from the lowest, one a tier. Empty where it stands alone.
pub fn steps<'a>(model: &'a Model, course: &Course) -> Vec<Step<'a>> {
    let all = ladder(model, course);
    if all.iter().all(|c| c.tier == course.tier) {
        return Vec::new();
    }
    let next = next(model, course);
    let of = |tier: Tier| all.iter().filter(move |c| c.tier == tier);
    let step = |tier: Tier| {
        let here = tier == course.tier;
        let done = if here { course::is_done(model, course) } else { of(tier).any(|c| course::is_done(model, c)) };
        Step { tier, here, done, next: next.filter(|c| c.tier == tier) }
    };
    Tier::ALL.into_iter().filter(|tier| of(*tier).next().is_some()).map(step).collect()
}

/// The course to go on with: of the next tier that the ladder has, the first that is not finished.
pub fn next<'a>(model: &'a Model, course: &Course) -> Option<&'a Course> {
    let mut above: Vec<&Course> = ladder(model, course).into_iter().filter(|c| c.tier > course.tier).collect();
    above.retain(|c| !course::is_done(model, c));
    above.into_iter().min_by_key(|c| c.tier)
}

/// The next step of a course that is finished.
pub fn next_of_finished(model: &Model, course: &Course) -> Option<CourseId> {
    course.ladder.as_ref()?;
    course::is_done(model, course).then(|| next(model, course).map(|c| c.id.clone()))?
}

fn ladder<'a>(model: &'a Model, course: &Course) -> Vec<&'a Course> {
    let (Some(name), Some(catalogue)) = (&course.ladder, model.catalogue.ready()) else { return Vec::new() };
    catalogue.courses.iter().filter(|c| c.ladder.as_ref() == Some(name)).collect()
}

/// `下一级：写意画竹 提高`
pub fn label(course: &Course) -> String {
    format!("下一级：{} {}", course.title, course.tier.name())
}
