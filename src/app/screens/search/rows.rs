//! What stands on the right of 找课程, and why: past searches and popular courses, what was found, all of one teacher or
//! institution. Where the focus is belongs to the page.

use std::collections::HashSet;

use super::{Heading, Row, SearchPage, Within};
use crate::{app::Model, catalogue::types::Course, search::Kind};

const POPULAR: usize = 6;
/// Offered where nothing was found (LOOK §8).
const POPULAR_WORDS: usize = 3;

/// The courses that most learners took, the catalogue's own order deciding between equals.
fn popular(model: &Model, most: usize) -> Vec<&Course> {
    let mut all: Vec<&Course> = model.catalogue.ready().map_or_else(Vec::new, |c| c.courses.iter().collect());
    if all.len() > most {
        // Only the few at the front have to be in order; stable, so that equals keep their places.
        let mut learners: Vec<u32> = all.iter().map(|c| c.learners).collect();
        let (_, least, _) = learners.select_nth_unstable_by(most.saturating_sub(1), |a, b| b.cmp(a));
        let least = *least;
        all.retain(|c| c.learners >= least);
    }
    all.sort_by_key(|c| std::cmp::Reverse(c.learners));
    all.truncate(most);
    all
}

pub(super) fn within<'a>(model: &'a Model, of: &'a Within) -> impl Iterator<Item = &'a Course> {
    let all = model.catalogue.ready().map_or(&[][..], |c| &c.courses);
    all.iter().filter(|c| of.name == if of.kind == Kind::Teacher { &c.teacher } else { &c.provider }.as_str())
}

pub fn heading(page: &SearchPage) -> Heading {
    match (&page.within, &page.answer) {
        (Some(_), _) => Heading::Within,
        _ if page.typed.is_empty() => Heading::Start,
        (None, None) => Heading::Waiting,
        (None, Some((_, answer))) if answer.results.is_empty() => Heading::Nothing,
        (None, Some((_, answer))) if answer.near => Heading::Near,
        (None, Some((_, answer))) => Heading::Found(answer.total),
    }
}

pub fn rows(model: &Model, page: &SearchPage) -> Vec<Row> {
    let courses = |most| popular(model, most).into_iter().map(|c| Row::Course(c.id.clone()));
    match heading(page) {
        Heading::Within => {
            let of = page.within.as_ref().into_iter();
            of.flat_map(|of| within(model, of)).map(|c| Row::Course(c.id.clone())).collect()
        }
        Heading::Start | Heading::Waiting => {
            let past = &model.user.settings.searches;
            let known: HashSet<&str> = past.iter().map(|p| p.title.as_str()).collect();
            let more = popular(model, POPULAR).into_iter().filter(|c| !known.contains(c.title.as_str()));
            past.iter().cloned().map(Row::Past).chain(more.map(|c| Row::Course(c.id.clone()))).collect()
        }
        Heading::Nothing => courses(POPULAR_WORDS).collect(),
        Heading::Near => page.answer.iter().flat_map(|(_, a)| &a.results).cloned().map(Row::Found).collect(),
        // What is only near has no place beside what was meant.
        Heading::Found(count) => {
            page.answer.iter().flat_map(|(_, a)| &a.results).take(count).cloned().map(Row::Found).collect()
        }
    }
}

pub fn label(model: &Model, row: &Row) -> String {
    match row {
        Row::Past(past) => past.title.clone(),
        Row::Found(found) => found.title.clone(),
        Row::Course(id) => {
            model.catalogue.ready().and_then(|c| c.course(id)).map_or_else(|| "课程".into(), |c| c.title.clone())
        }
    }
}

/// The characters that the best result has for what was typed, as far as they stand together.
pub fn meant(page: &SearchPage) -> String {
    let best =
        page.answer.as_ref().filter(|(_, a)| !a.near && !page.typed.is_empty()).and_then(|(_, a)| a.results.first());
    let Some((best, (from, to))) = best.and_then(|b| Some((b, *b.matched.first()?))) else { return String::new() };
    let count = usize::try_from(to.saturating_sub(from)).unwrap_or(0);
    best.title.chars().skip(from as usize).take(count).filter(|c| c.is_alphanumeric()).collect()
}
