//! What to learn next, from the box's own history and the catalogue, with a reason. Nothing leaves the box.
//!
//! Promises: a finished, a declined or an unwanted course is never among the picks; the same past and the same catalogue
//! give the same picks; no band takes more than half of the places while another has something.

use std::collections::{HashMap, HashSet};

use super::taste::{Liking, Subject, Taste};
use crate::{
    catalogue::types::{Band, Course, CourseId, Tier},
    time::UtcMs,
};

/// What half an hour of watching says, is said: longer courses are not liked more for being long.
const WHOLE_INTEREST_S: f32 = 1_800.0;
/// After this long an interest says half as much.
const HALF_LIFE_DAYS: f32 = 90.0;
const DAY_MS: f32 = 86_400_000.0;
/// So many of a kind declined, and there is less of the kind.
const DECLINED_OF_A_KIND: usize = 3;
/// A teacher's name over so many bands is nobody's ("本课老师").
const NOBODYS_BANDS: usize = 3;
/// Kept of each band before the choice: enough for any page.
const POOL: usize = 32;

// What each ground weighs. The next step outweighs all others together: it is what the learner has worked for.
const NEXT_STEP: f32 = 4.0;
const NEIGHBOUR: f32 = 1.8;
const TEACHER: f32 = 1.2;
const BAND: f32 = 1.4;
const PROVIDER: f32 = 0.2;
const POPULAR: f32 = 0.6;
const MORE: f32 = 0.8;
const LESS: f32 = -1.6;
/// A begun course is gone on with elsewhere; here it stands behind all others.
const BEGUN: f32 = -8.0;
/// A step that was not prepared for.
const HIGHER_TIER: f32 = -0.25;
/// Another of a band, of a teacher, that is among the picks already.
const SAME_BAND: f32 = -0.45;
const SAME_TEACHER: f32 = -0.5;

/// What is known of one course of the past.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    pub course: &'a CourseId,
    /// Really watched.
    pub seconds: u32,
    pub finished: bool,
    /// Questions answered right.
    pub right: u32,
    /// When it was watched last.
    pub at: UtcMs,
}

#[derive(Clone, Copy, Debug)]
pub struct Past<'a> {
    /// One for each course.
    pub seen: &'a [Seen<'a>],
    pub favourites: &'a [CourseId],
    pub taste: &'a Taste,
    /// What was watched until then says nothing about interests: the learner had it forgotten.
    pub forgotten_at: Option<UtcMs>,
    pub now: UtcMs,
}

/// Why a course is offered. Courses by their place in the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The step after this one was finished.
    NextStep(usize),
    /// Those who took that one took this, too.
    Neighbour(usize),
    SameTeacher,
    SameBand,
    Popular,
    /// Nothing speaks for it but that it is there.
    Fresh,
    /// Begun and not finished.
    GoOn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pick {
    pub place: usize,
    pub reason: Reason,
}

/// What the past says about tastes: weights from 0 on.
#[derive(Clone, Debug, Default)]
pub struct Profile<'a> {
    pub bands: Vec<(Band, f32)>,
    pub teachers: HashMap<&'a str, f32>,
    providers: HashMap<&'a str, f32>,
    /// Place of a course of the past with its weight, in the order of `Past::seen`.
    courses: Vec<(usize, f32)>,
}

impl Profile<'_> {
    pub fn band(&self, band: Band) -> f32 {
        self.bands.iter().find(|(b, _)| *b == band).map_or(0.0, |(_, w)| *w)
    }
}

/// How much a course of the past says.
fn weight(seen: &Seen<'_>, past: &Past<'_>) -> f32 {
    if past.forgotten_at.is_some_and(|at| seen.at <= at) {
        return 0.0;
    }
    let watched = (seen.seconds as f32 / WHOLE_INTEREST_S).min(1.0);
    let finished = if seen.finished { 0.7 } else { 0.0 };
    let right = (seen.right as f32 * 0.1).min(0.3);
    // A clock that was set back makes nothing newer than now.
    let days = ((past.now.0.saturating_sub(seen.at.0)) as f32 / DAY_MS).max(0.0);
    (watched + finished + right) * (-days / HALF_LIFE_DAYS * std::f32::consts::LN_2).exp()
}

/// `find`: the place of a course by its id.
pub fn profile<'a>(courses: &'a [Course], find: impl Fn(&CourseId) -> Option<usize>, past: &Past<'_>) -> Profile<'a> {
    let mut profile = Profile::default();
    let seen = past.seen.iter().map(|s| (s.course, weight(s, past)));
    let liked = past.favourites.iter().map(|id| (id, 0.6));
    for (id, weight) in seen.chain(liked) {
        let Some((place, course)) = find(id).and_then(|place| Some((place, courses.get(place)?))) else { continue };
        if weight <= 0.0 {
            continue;
        }
        match profile.courses.iter_mut().find(|(p, _)| *p == place) {
            Some((_, known)) => *known += weight,
            None => profile.courses.push((place, weight)),
        }
        match profile.bands.iter_mut().find(|(b, _)| *b == course.band) {
            Some((_, known)) => *known += weight,
            None => profile.bands.push((course.band, weight)),
        }
        if !course.teacher.is_empty() {
            *profile.teachers.entry(&course.teacher).or_default() += weight;
        }
        *profile.providers.entry(&course.provider).or_default() += weight;
    }
    let mut bands: HashMap<&str, Vec<Band>> = profile.teachers.keys().map(|name| (*name, Vec::new())).collect();
    for course in courses {
        if let Some(of) = bands.get_mut(course.teacher.as_str()).filter(|of| !of.contains(&course.band)) {
            of.push(course.band);
        }
    }
    profile.teachers.retain(|name, _| bands.get(name).is_none_or(|of| of.len() < NOBODYS_BANDS));
    profile
}

struct Scorer<'a> {
    past: &'a Past<'a>,
    profile: Profile<'a>,
    band_most: f32,
    teacher_most: f32,
    provider_most: f32,
    learners_most: f32,
    neighbours: HashMap<usize, (f32, usize)>,
    /// The highest finished step of each ladder, with its place.
    climbed: HashMap<&'a str, (Tier, usize)>,
    finished_bands: HashSet<(Band, Tier)>,
    hidden: HashSet<usize>,
    begun: HashSet<usize>,
    /// Bands and teachers of which enough was declined.
    tired_bands: Vec<Band>,
    tired_teachers: HashSet<&'a str>,
}

impl<'a> Scorer<'a> {
    fn new(courses: &'a [Course], find: &impl Fn(&CourseId) -> Option<usize>, past: &'a Past<'a>) -> Self {
        let profile = profile(courses, find, past);
        let mut neighbours: HashMap<usize, (f32, usize)> = HashMap::new();
        for (place, weight) in &profile.courses {
            let related = courses.get(*place).map_or(&[][..], |c| &c.related);
            for (rank, other) in related.iter().enumerate().filter_map(|(rank, id)| Some((rank, find(id)?))) {
                let says = weight.min(1.5) / (1.0 + rank as f32 * 0.3);
                let known = neighbours.entry(other).or_insert((0.0, *place));
                known.0 += says;
            }
        }
        let (mut hidden, mut begun) = (HashSet::new(), HashSet::new());
        let mut climbed: HashMap<&str, (Tier, usize)> = HashMap::new();
        let mut finished_bands = HashSet::new();
        for seen in past.seen {
            let Some((place, course)) = find(seen.course).and_then(|p| Some((p, courses.get(p)?))) else { continue };
            if !seen.finished {
                begun.insert(place);
                continue;
            }
            hidden.insert(place);
            finished_bands.insert((course.band, course.tier));
            if let Some(ladder) = &course.ladder {
                let known = climbed.entry(ladder).or_insert((course.tier, place));
                if course.tier > known.0 {
                    *known = (course.tier, place);
                }
            }
        }
        let (mut bands, mut teachers): (Vec<(Band, usize)>, HashMap<&str, usize>) = (Vec::new(), HashMap::new());
        for (place, course) in
            past.taste.declined.iter().filter_map(|id| find(id).and_then(|p| Some((p, courses.get(p)?))))
        {
            hidden.insert(place);
            match bands.iter_mut().find(|(b, _)| *b == course.band) {
                Some((_, n)) => *n += 1,
                None => bands.push((course.band, 1)),
            }
            if !course.teacher.is_empty() {
                *teachers.entry(&course.teacher).or_default() += 1;
            }
        }
        let most = |weights: &mut dyn Iterator<Item = f32>| weights.fold(1.0_f32, f32::max);
        Self {
            past,
            band_most: most(&mut profile.bands.iter().map(|(_, w)| *w)),
            teacher_most: most(&mut profile.teachers.values().copied()),
            provider_most: most(&mut profile.providers.values().copied()),
            learners_most: (courses.iter().map(|c| c.learners).max().unwrap_or(0) as f32).ln_1p().max(1.0),
            profile,
            neighbours,
            climbed,
            finished_bands,
            hidden,
            begun,
            tired_bands: bands.into_iter().filter(|(_, n)| *n >= DECLINED_OF_A_KIND).map(|(b, _)| b).collect(),
            tired_teachers: teachers.into_iter().filter(|(_, n)| *n >= DECLINED_OF_A_KIND).map(|(t, _)| t).collect(),
        }
    }

    fn liking(&self, course: &Course) -> Option<f32> {
        let mut sum = 0.0;
        for (subject, liking) in &self.past.taste.likings {
            let about = match subject {
                Subject::Band(band) => *band == course.band,
                Subject::Teacher(name) => *name == course.teacher,
            };
            match liking {
                _ if !about => {}
                Liking::Never => return None,
                Liking::More => sum += MORE,
                Liking::Less => sum += LESS,
            }
        }
        Some(sum)
    }

    /// None for what must not be offered.
    fn score(&self, place: usize, course: &Course) -> Option<(f32, Reason)> {
        if course.lessons.is_empty() || self.hidden.contains(&place) {
            return None;
        }
        let said = self.liking(course)?;
        let step =
            course.ladder.as_deref().and_then(|l| self.climbed.get(l)).filter(|(tier, _)| is_next(*tier, course.tier));
        let neighbour = self.neighbours.get(&place);
        let near = neighbour.map_or(0.0, |(w, _)| NEIGHBOUR * w.min(1.0));
        let teacher =
            TEACHER * self.profile.teachers.get(course.teacher.as_str()).map_or(0.0, |w| w / self.teacher_most);
        let band = BAND * self.profile.band(course.band) / self.band_most;
        let provider =
            PROVIDER * self.profile.providers.get(course.provider.as_str()).map_or(0.0, |w| w / self.provider_most);
        let popular = POPULAR * (course.learners as f32).ln_1p() / self.learners_most;
        let tired = if self.tired_bands.contains(&course.band) || self.tired_teachers.contains(course.teacher.as_str())
        {
            LESS
        } else {
            0.0
        };
        let mut score = near + teacher + band + provider + popular + said + tired;
        if step.is_some() {
            score += NEXT_STEP;
        } else if !self.is_prepared(course) {
            score += HIGHER_TIER * f32::from(course.tier as u8);
        }
        let grounds = [(near, 0), (teacher, 1), (band, 2)];
        let (best, which) = grounds.into_iter().fold((0.15, 9), |most, next| if next.0 > most.0 { next } else { most });
        let reason = match (step, neighbour, which) {
            (Some((_, from)), ..) => Reason::NextStep(*from),
            (None, Some((_, from)), 0) => Reason::Neighbour(*from),
            (None, _, 1) if best > 0.0 => Reason::SameTeacher,
            (None, _, 2) => Reason::SameBand,
            _ if course.learners > 0 => Reason::Popular,
            _ => Reason::Fresh,
        };
        if self.begun.contains(&place) { Some((score + BEGUN, Reason::GoOn)) } else { Some((score, reason)) }
    }

    fn is_prepared(&self, course: &Course) -> bool {
        Tier::ALL.iter().any(|t| is_next(*t, course.tier) && self.finished_bands.contains(&(course.band, *t)))
    }
}

fn is_next(from: Tier, to: Tier) -> bool {
    matches!((from, to), (Tier::Beginner, Tier::Intermediate) | (Tier::Intermediate, Tier::Advanced))
}

/// Up to `n` courses, best first. `find`: the place of a course by its id (the catalogue's own index).
pub fn recommend(
    courses: &[Course],
    find: impl Fn(&CourseId) -> Option<usize>,
    past: &Past<'_>,
    n: usize,
) -> Vec<Pick> {
    let scorer = Scorer::new(courses, &find, past);
    // The best of each band: nothing else can come among the picks.
    let mut pools: Vec<(Band, Vec<(f32, Pick)>)> = Vec::new();
    for (place, course) in courses.iter().enumerate() {
        let Some((score, reason)) = scorer.score(place, course) else { continue };
        let candidate = (score, Pick { place, reason });
        match pools.iter_mut().find(|(b, _)| *b == course.band) {
            Some((_, pool)) => pool.push(candidate),
            None => pools.push((course.band, vec![candidate])),
        }
    }
    for (_, pool) in &mut pools {
        // The catalogue's order decides among equals.
        let order = |a: &(f32, Pick), b: &(f32, Pick)| b.0.total_cmp(&a.0).then(a.1.place.cmp(&b.1.place));
        let keep = POOL.max(n);
        if pool.len() > keep {
            pool.select_nth_unstable_by(keep, order);
            pool.truncate(keep);
        }
        pool.sort_unstable_by(order);
    }
    choose(courses, pools, n)
}

/// One after the other, each the best beside those that are chosen already.
fn choose(courses: &[Course], mut pools: Vec<(Band, Vec<(f32, Pick)>)>, n: usize) -> Vec<Pick> {
    let mut picks: Vec<Pick> = Vec::new();
    let mut of_band: Vec<usize> = vec![0; pools.len()];
    let mut teachers: Vec<&str> = Vec::new();
    let half = n.div_ceil(2).max(1);
    while picks.len() < n {
        // A course that is only begun does not make room for itself by being of another band.
        let others_have = |full: &[usize]| {
            pools.iter().zip(full).any(|((_, p), k)| *k < half && p.iter().any(|(s, _)| *s > BEGUN / 2.0))
        };
        let room_elsewhere = others_have(&of_band);
        let mut best: Option<(f32, usize, usize, Pick)> = None;
        for (band, ((_, pool), taken)) in pools.iter().zip(&of_band).enumerate() {
            if *taken >= half && room_elsewhere {
                continue;
            }
            for (at, (score, pick)) in pool.iter().enumerate() {
                let score = score + SAME_BAND * *taken as f32;
                if best.is_some_and(|(most, ..)| score <= most) {
                    // Sorted: nothing behind it is better, and a teacher's malus only lowers.
                    break;
                }
                let teacher = courses.get(pick.place).map_or("", |c| c.teacher.as_str());
                let again = teachers.iter().filter(|t| !teacher.is_empty() && **t == teacher).count();
                let score = score + SAME_TEACHER * again as f32;
                let better = |(most, _, _, other): (f32, usize, usize, Pick)| {
                    score > most || (score == most && pick.place < other.place)
                };
                if best.is_none_or(better) {
                    best = Some((score, band, at, *pick));
                }
            }
        }
        let Some((_, band, at, pick)) = best else { break };
        if let Some((_, pool)) = pools.get_mut(band) {
            pool.remove(at);
        }
        if let Some(taken) = of_band.get_mut(band) {
            *taken += 1;
        }
        teachers.extend(courses.get(pick.place).map(|c| c.teacher.as_str()));
        picks.push(pick);
    }
    picks
}

#[cfg(test)]
#[path = "recommend_tests.rs"]
mod tests;
