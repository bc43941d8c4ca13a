//! The promises of `recommend`, and how well it hits: leave-last-out on generated learners with known tastes.

use proptest::prelude::*;

use super::*;
use crate::catalogue::{courses::Courses, types::Form};

pub(super) const BANDS: [Band; 6] =
    [Band::Arts, Band::Culture, Band::Health, Band::Life, Band::Digital, Band::FraudSafety];
const NOW: UtcMs = UtcMs(1_795_515_120_000);

fn course(n: usize, band: usize, tier: usize, teacher: usize) -> Course {
    let (band, tier) = (BANDS[band % 6], Tier::ALL[tier % 3]);
    Course {
        provider: format!("学校{}", n % 3),
        teacher: format!("老师{teacher}"),
        lessons: vec![lesson()].into(),
        ..Course::new(CourseId(format!("c{n}")), format!("课{n}"), band, tier, Form::Micro)
    }
}

fn lesson() -> crate::catalogue::types::Lesson {
    crate::catalogue::types::Lesson {
        id: crate::catalogue::types::LessonId("l".into()),
        title: String::new(),
        duration_s: 600,
        sources: Vec::new(),
        subtitles: Vec::new(),
        chapter: None,
        quiz: None,
    }
}

fn id(n: usize) -> CourseId {
    CourseId(format!("c{n}"))
}

fn picks(courses: &Courses, seen: &[(usize, bool)], taste: &Taste, n: usize) -> Vec<Pick> {
    let ids: Vec<CourseId> = seen.iter().map(|(n, _)| id(*n)).collect();
    let seen: Vec<Seen<'_>> = ids
        .iter()
        .zip(seen)
        .map(|(course, (_, finished))| Seen { course, seconds: 900, finished: *finished, right: 0, at: NOW })
        .collect();
    let past = Past { seen: &seen, favourites: &[], taste, forgotten_at: None, now: NOW };
    recommend(courses, |id| courses.place(id), &past, n)
}

#[test]
fn the_next_step_comes_first_and_says_why() {
    let mut list: Vec<Course> = (0..30).map(|n| course(n, n, 0, n)).collect();
    for (n, tier) in [(3, 0), (7, 1), (9, 2)] {
        list[n].ladder = Some("八段锦".into());
        list[n].tier = Tier::ALL[tier];
    }
    list[20].learners = 1_000_000;
    let courses = Courses::from(list);
    let taste = Taste::default();
    assert_eq!(picks(&courses, &[(3, true)], &taste, 6)[0], Pick { place: 7, reason: Reason::NextStep(3) });
    assert_eq!(picks(&courses, &[(3, true), (7, true)], &taste, 6)[0].reason, Reason::NextStep(7));
    let begun = picks(&courses, &[(3, false)], &taste, 6);
    assert!(begun.iter().all(|p| p.place != 3 && !matches!(p.reason, Reason::NextStep(_))), "{begun:?}");
}

#[test]
fn popular_to_begin_with() {
    let mut list: Vec<Course> = (0..12).map(|n| course(n, n, 0, n)).collect();
    list[5].learners = 90;
    let courses = Courses::from(list);
    let picks = picks(&courses, &[], &Taste::default(), 6);
    assert_eq!(picks[0], Pick { place: 5, reason: Reason::Popular });
    assert_eq!(picks[1].reason, Reason::Fresh);
}

#[test]
fn neighbours_lead_on() {
    let mut list: Vec<Course> = (0..12).map(|n| course(n, n, 0, n)).collect();
    list[1].related = vec![id(8)];
    let courses = Courses::from(list);
    assert_eq!(
        picks(&courses, &[(1, false)], &Taste::default(), 3)[0],
        Pick { place: 8, reason: Reason::Neighbour(1) }
    );
}

#[test]
fn after_three_of_a_kind_there_is_less_of_it() {
    let courses: Courses = (0..24).map(|n| course(n, n % 2, 0, n)).collect();
    let mut taste = Taste { declined: vec![id(0), id(2)], likings: vec![] };
    let of_band =
        |taste: &Taste| picks(&courses, &[], taste, 6).iter().filter(|p| courses[p.place].band == BANDS[0]).count();
    assert_eq!(of_band(&taste), 3);
    taste.declined.push(id(4));
    let first = picks(&courses, &[], &taste, 3);
    assert!(first.iter().take(2).all(|p| courses[p.place].band == BANDS[1]), "{first:?}");
    taste.declined.pop();
    assert_eq!(of_band(&taste), 3, "taken back, all is as before");
}

#[test]
fn what_was_forgotten_says_nothing_and_stays_finished() {
    let courses: Courses = (0..24).map(|n| course(n, n, 0, n)).collect();
    let (a, taste) = (id(2), Taste::default());
    let seen = [Seen { course: &a, seconds: 9_000, finished: true, right: 3, at: NOW }];
    let past = Past { seen: &seen, favourites: &[], taste: &taste, forgotten_at: Some(NOW), now: NOW };
    assert!(profile(&courses, |id| courses.place(id), &past).bands.is_empty());
    let picks = recommend(&courses, |id| courses.place(id), &past, 24);
    assert!(picks.len() == 23 && picks.iter().all(|p| p.place != 2));
}

fn liking() -> impl Strategy<Value = (Subject, Liking)> {
    let subject = prop_oneof![
        (0usize..6).prop_map(|b| Subject::Band(BANDS[b])),
        (0usize..5).prop_map(|t| Subject::Teacher(format!("老师{t}"))),
    ];
    (subject, prop_oneof![Just(Liking::More), Just(Liking::Less), Just(Liking::Never)])
}

proptest! {
    /// Whatever the past: nothing finished, declined or unwanted, nothing twice, always the same, never one band alone.
    #[test]
    fn the_promises_hold(
        of in prop::collection::vec((0usize..6, 0usize..3, 0usize..5, 0u32..9_000, prop::option::of(0usize..3)), 0..60),
        seen in prop::collection::btree_map(0usize..60, any::<bool>(), 0..12),
        declined in prop::collection::btree_set(0usize..60, 0..12),
        likings in prop::collection::vec(liking(), 0..3),
        n in 0usize..10,
    ) {
        let courses: Courses = of.iter().enumerate().map(|(i, (band, tier, teacher, learners, ladder))| Course {
            learners: *learners,
            ladder: ladder.map(|l| format!("阶梯{l}")),
            related: vec![id((i * 7 + 3) % 60)],
            ..course(i, *band, *tier, *teacher)
        }).collect();
        let seen: Vec<(usize, bool)> = seen.into_iter().collect();
        let mut taste = Taste::default();
        for (subject, liking) in &likings {
            taste.set(subject, Some(*liking));
        }
        taste.declined = declined.iter().map(|n| id(*n)).collect();
        let got = picks(&courses, &seen, &taste, n);
        prop_assert_eq!(&got, &picks(&courses, &seen, &taste, n));
        prop_assert!(got.len() <= n);
        let mut places: Vec<usize> = got.iter().map(|p| p.place).collect();
        places.sort_unstable();
        places.dedup();
        prop_assert_eq!(places.len(), got.len());
        for pick in &got {
            let course = &courses[pick.place];
            prop_assert!(!seen.contains(&(pick.place, true)));
            prop_assert!(!declined.contains(&pick.place));
            prop_assert!(taste.liking(&Subject::Band(course.band)) != Some(Liking::Never));
            prop_assert!(taste.liking(&Subject::Teacher(course.teacher.clone())) != Some(Liking::Never));
        }
        // Not interested is respected at once.
        if let Some(first) = got.first() {
            taste.declined.push(courses[first.place].id.clone());
            prop_assert!(picks(&courses, &seen, &taste, n).iter().all(|p| p.place != first.place));
        }
        let fresh = |p: &&Pick| p.reason != Reason::GoOn;
        for band in BANDS {
            let of = got.iter().filter(fresh).filter(|p| courses[p.place].band == band).count();
            let all_others_used_up = courses.iter().enumerate().all(|(i, c)| {
                c.band == band || got.iter().any(|p| p.place == i) || seen.iter().any(|(s, _)| *s == i)
                    || declined.contains(&i) || n.div_ceil(2) <= got.iter().filter(|p| courses[p.place].band == c.band).count()
                    || likings.iter().any(|_| true)
            });
            prop_assert!(of <= n.div_ceil(2).max(1) || all_others_used_up, "{:?} of {:?}", got, band);
        }
    }
}
