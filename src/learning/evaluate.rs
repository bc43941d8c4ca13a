//! How well `recommend` hits: leave-last-out on generated learners with known tastes. A protocol of its own, the same for
//! every way of choosing: the last course of each history is hidden, six courses are offered, and it is among them or not.
//!
//! The generator is fixed by its seed. A learner likes two bands and a teacher of each; each next course is, by chance,
//! the next step of a finished ladder (25 of 100), one of a liked teacher (35), a popular one of a liked band (25), or any
//! popular one (15). `related` is counted from the histories without their last courses.

use std::collections::HashMap;

use super::{
    recommend::{Past, Seen, recommend},
    taste::Taste,
};
use crate::{
    catalogue::{
        courses::Courses,
        types::{Band, Course, CourseId, Form, Lesson, LessonId, Tier},
    },
    time::UtcMs,
};

/// Places on a page.
pub const OFFERED: usize = 6;
const BANDS: [Band; 6] = [Band::Arts, Band::Culture, Band::Health, Band::Life, Band::Digital, Band::FraudSafety];
const TEACHERS_OF_A_BAND: usize = 12;
const NEIGHBOURS: usize = 8;
const NOW: UtcMs = UtcMs(1_795_515_120_000);
const DAY_MS: i64 = 86_400_000;

/// Of 1000 hidden courses, how many were offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recall {
    pub learners: usize,
    pub ours: usize,
    pub popular: usize,
    pub random: usize,
}

/// SplitMix64: the same everywhere.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % (n.max(1) as u64)).unwrap_or(0)
    }

    /// The front is likelier: the least of three throws.
    fn front(&mut self, n: usize) -> usize {
        (0..3).map(|_| self.below(n)).min().unwrap_or(0)
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.front(of.len()))
    }
}

/// A catalogue without media: bands, teachers and ladders in a regular pattern, learners by chance.
pub fn catalogue(count: usize, seed: u64) -> Vec<Course> {
    let mut dice = Dice(seed);
    let course = |n: usize| {
        let (ladder, step) = (n / 3, n % 3);
        let band = ladder % BANDS.len();
        let teacher = ladder / BANDS.len() % TEACHERS_OF_A_BAND;
        let place = dice.below(count) + 1;
        let tier = Tier::ALL.get(step).copied().unwrap_or(Tier::Beginner);
        let (id, title) = (CourseId(format!("c{n}")), format!("课{n}"));
        Course {
            provider: format!("学校{}", teacher % 5),
            teacher: format!("老师{band}-{teacher}"),
            credit_tenths: 10,
            lessons: vec![Lesson {
                id: LessonId("l".into()),
                title: String::new(),
                duration_s: 900,
                sources: Vec::new(),
                subtitles: Vec::new(),
                chapter: None,
                quiz: None,
            }]
            .into(),
            ladder: Some(format!("阶梯{ladder}")),
            // Few are popular.
            learners: u32::try_from(100_000 / place).unwrap_or(0),
            ..Course::new(id, title, BANDS.get(band).copied().unwrap_or(Band::Health), tier, Form::Micro)
        }
    };
    (0..count).map(course).collect()
}

struct World {
    courses: Courses,
    /// Places, the most popular first.
    popular: Vec<usize>,
}

impl World {
    /// Popular first.
    fn of(&self, holds: impl Fn(&Course) -> bool, history: &[usize]) -> Vec<usize> {
        let fits = |p: &&usize| !history.contains(p) && self.courses.get(**p).is_some_and(&holds);
        self.popular.iter().filter(fits).copied().collect()
    }

    fn history(&self, dice: &mut Dice) -> Vec<usize> {
        let liked = [dice.below(BANDS.len()), dice.below(BANDS.len())];
        let teachers = liked.map(|band| format!("老师{band}-{}", dice.below(TEACHERS_OF_A_BAND)));
        let length = 5 + dice.below(8);
        let mut history: Vec<usize> = Vec::new();
        while history.len() < length {
            let which = dice.below(2);
            let next_steps = || history.iter().map(|p| p + 1).filter(|p| p % 3 != 0 && !history.contains(p));
            let from = match dice.below(100) {
                0..25 => next_steps().filter(|p| *p < self.courses.len()).collect(),
                25..60 => self.of(|c| teachers.get(which) == Some(&c.teacher), &history),
                60..85 => self.of(|c| liked.get(which).and_then(|b| BANDS.get(*b)) == Some(&c.band), &history),
                _ => self.of(|_| true, &history),
            };
            if let Some(next) = dice.pick(&from).copied() {
                history.push(next);
            }
        }
        history
    }
}

/// Runs the protocol.
pub fn recall(courses: usize, learners: usize, seed: u64) -> Recall {
    let mut list = catalogue(courses, seed);
    let mut popular: Vec<usize> = (0..list.len()).collect();
    popular.sort_by_key(|p| list.get(*p).map_or(0, |c| u32::MAX - c.learners));
    let world = World { courses: list.clone().into(), popular };
    let mut dice = Dice(seed ^ 0xA5A5);
    let histories: Vec<Vec<usize>> = (0..learners).map(|_| world.history(&mut dice)).collect();
    relate(&mut list, &histories);
    let world = World { courses: list.into(), ..world };
    let (mut ours, mut by_popularity, mut by_chance) = (0, 0, 0);
    for history in &histories {
        let Some((hidden, known)) = history.split_last() else { continue };
        ours += usize::from(offered(&world, known).contains(hidden));
        by_popularity += usize::from(world.of(|_| true, known).iter().take(OFFERED).any(|p| p == hidden));
        let open = world.of(|_| true, known);
        by_chance += usize::from((0..OFFERED).any(|_| open.get(dice.below(open.len())) == Some(hidden)));
    }
    let of_1000 = |hits: usize| (hits * 1000).checked_div(histories.len()).unwrap_or(0);
    Recall { learners, ours: of_1000(ours), popular: of_1000(by_popularity), random: of_1000(by_chance) }
}

/// What was learnt together, strongest first.
fn relate(list: &mut [Course], histories: &[Vec<usize>]) {
    let mut together: HashMap<usize, HashMap<usize, usize>> = HashMap::new();
    for known in histories.iter().filter_map(|h| h.split_last().map(|(_, known)| known)) {
        for a in known {
            for b in known.iter().filter(|b| *b != a) {
                *together.entry(*a).or_default().entry(*b).or_default() += 1;
            }
        }
    }
    for (place, others) in together {
        let mut others: Vec<(usize, usize)> = others.into_iter().filter(|(_, n)| *n > 1).collect();
        others.sort_by_key(|(p, n)| (usize::MAX - n, *p));
        if let Some(course) = list.get_mut(place) {
            course.related = others.iter().take(NEIGHBOURS).map(|(p, _)| CourseId(format!("c{p}"))).collect();
        }
    }
}

fn offered(world: &World, known: &[usize]) -> Vec<usize> {
    let days = |i: usize| NOW.plus(-i64::try_from(known.len() - i).unwrap_or(0) * 10 * DAY_MS);
    let seen: Vec<Seen<'_>> = known
        .iter()
        .enumerate()
        .filter_map(|(i, p)| {
            let course = &world.courses.get(*p)?.id;
            Some(Seen { course, seconds: 900, finished: true, right: 0, at: days(i) })
        })
        .collect();
    let taste = Taste::default();
    let past = Past { seen: &seen, favourites: &[], taste: &taste, forgotten_at: None, now: NOW };
    let picks = recommend(&world.courses, |id| world.courses.place(id), &past, OFFERED);
    picks.into_iter().map(|p| p.place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tastes_are_found_better_than_by_popularity_and_by_chance() {
        let found = recall(360, 200, 7);
        println!("{found:?}");
        assert_eq!(found, recall(360, 200, 7), "fixed by its seed");
        assert!(found.ours > 2 * found.popular && found.popular >= found.random, "{found:?}");
    }
}
