//! 阶梯: the steps 入门 → 进阶 → 提高 that share a name, and which of them comes next. Pure questions to the model;
//! what is drawn of it is the course page's.

use crate::{
    app::{Model, screens::course},
    catalogue::types::{Course, CourseId, Tier},
};

/// Where a step stands seen from the course that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Done,
    Here,
    Ahead,
}

/// The steps of the course's ladder from the lowest, one a tier. Empty where it stands alone.
pub fn steps(model: &Model, course: &Course) -> Vec<(Tier, Standing)> {
    let all = ladder(model, course);
    if all.iter().all(|c| c.tier == course.tier) {
        return Vec::new();
    }
    let standing = |tier: Tier| {
        let mut of_tier = all.iter().filter(|c| c.tier == tier).peekable();
        of_tier.peek()?;
        Some(match tier == course.tier {
            true => Standing::Here,
            false if of_tier.any(|c| course::is_done(model, c)) => Standing::Done,
            // What lies below and was not taken is no debt: it is not spoken of as one.
            false => Standing::Ahead,
        })
    };
    Tier::ALL.into_iter().filter_map(|tier| Some((tier, standing(tier)?))).collect()
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

/// `入门 学完了 → 进阶 在这里 → 提高`; the tier alone where there is no ladder.
pub fn words(model: &Model, course: &Course) -> String {
    let steps = steps(model, course);
    if steps.is_empty() {
        return course.tier.name().into();
    }
    let step = |(tier, standing): &(Tier, Standing)| match standing {
        Standing::Done => format!("{} 学完了", tier.name()),
        Standing::Here => format!("{} 在这里", tier.name()),
        Standing::Ahead => tier.name().to_owned(),
    };
    steps.iter().map(step).collect::<Vec<_>>().join(" → ")
}
