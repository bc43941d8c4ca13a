//! How far somebody is: in a course, in its questions, on a ladder of courses. Pure functions of what is kept.

use super::{progress::WatchedSeconds, quiz::QuizAnswer};
use crate::catalogue::types::{Course, LessonId, Tier};

/// Of one lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LessonWatched<'a> {
    /// 0 while nobody knows it.
    pub duration_s: u32,
    /// None where it was never opened.
    pub watched: Option<&'a WatchedSeconds>,
}

impl LessonWatched<'_> {
    pub fn is_done(self) -> bool {
        self.watched.is_some_and(|w| w.is_done(self.duration_s))
    }
}

/// Of the questions of a course.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Questions {
    pub all: usize,
    /// Answered right, at whichever try.
    pub right: usize,
    /// Share that the course asks for; none where it asks for none.
    pub needed_percent: Option<u8>,
}

impl Questions {
    /// How many must be right: rounded up, so that 60 % of four are three.
    pub fn needed(self) -> usize {
        let percent = usize::from(self.needed_percent.unwrap_or(0).min(100));
        self.all.saturating_mul(percent).div_ceil(100)
    }

    pub fn missing(self) -> usize {
        self.needed().saturating_sub(self.right)
    }

    pub fn is_passed(self) -> bool {
        self.missing() == 0
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CourseStanding {
    pub lessons: usize,
    /// Lessons that count.
    pub done: usize,
    /// Of all seconds of the course, 0…100.
    pub percent: u8,
    pub questions: Questions,
}

impl CourseStanding {
    pub fn is_watched(self) -> bool {
        self.lessons > 0 && self.done == self.lessons
    }

    /// Watched, and as many questions answered right as it asks for: now it counts.
    pub fn is_finished(self) -> bool {
        self.is_watched() && self.questions.is_passed()
    }

    pub fn is_begun(self) -> bool {
        self.percent > 0 || self.done > 0 || self.questions.right > 0
    }
}

/// `watched`: of each lesson of the course, in its order.
pub fn course<'a>(
    course: &Course,
    watched: impl Fn(usize) -> LessonWatched<'a>,
    answers: &[QuizAnswer],
) -> CourseStanding {
    let lessons: Vec<LessonWatched<'a>> = (0..course.lessons.len()).map(watched).collect();
    let (mut seen, mut whole, mut known) = (0u64, 0u64, 0u64);
    for lesson in lessons.iter().filter(|l| l.duration_s > 0) {
        seen += u64::from(lesson.watched.map_or(0, |w| w.total_within(lesson.duration_s)));
        whole += u64::from(lesson.duration_s);
        known += 1;
    }
    // A lesson whose length nobody knows yet is taken to be as long as the others: else the first one that was watched
    // would fill the bar.
    let unknown = lessons.len() as u64 - known;
    whole += (whole * unknown).checked_div(known).unwrap_or(0);
    CourseStanding {
        lessons: lessons.len(),
        done: lessons.iter().filter(|l| l.is_done()).count(),
        percent: (seen * 100).checked_div(whole).and_then(|p| u8::try_from(p).ok()).unwrap_or(0),
        questions: questions(course, answers),
    }
}

pub fn questions(course: &Course, answers: &[QuizAnswer]) -> Questions {
    let asked =
        course.lessons.iter().flat_map(|l| l.quiz.iter().flat_map(|quiz| quiz.questions()).map(|q| (&l.id, &q.id)));
    let (mut all, mut right) = (0, 0);
    for (lesson, question) in asked {
        all += 1;
        right += usize::from(answers.iter().any(|a| a.right && a.is_about(&course.id, lesson, question)));
    }
    Questions { all, right, needed_percent: course.pass_percent }
}

/// Questions of a lesson that were not answered right yet.
pub fn open_questions(course: &Course, lesson: &LessonId, answers: &[QuizAnswer]) -> usize {
    let Some(found) = course.lessons.iter().find(|l| l.id == *lesson) else { return 0 };
    let asked = found.quiz.iter().flat_map(|quiz| quiz.questions());
    asked.filter(|q| !answers.iter().any(|a| a.right && a.is_about(&course.id, lesson, &q.id))).count()
}

/// A step of a ladder (阶梯式): the courses of one tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// No course has it.
    Missing,
    Open,
    UnderWay,
    Finished,
}

/// The three steps. A step is finished when every course of its tier is.
pub fn ladder(courses: &[(Tier, CourseStanding)]) -> [(Tier, Step); 3] {
    Tier::ALL.map(|tier| {
        let of: Vec<CourseStanding> = courses.iter().filter(|(t, _)| *t == tier).map(|(_, s)| *s).collect();
        let step = if of.is_empty() {
            Step::Missing
        } else if of.iter().all(|s| s.is_finished()) {
            Step::Finished
        } else if of.iter().any(|s| s.is_begun()) {
            Step::UnderWay
        } else {
            Step::Open
        };
        (tier, step)
    })
}

/// The step to take next: the lowest that is there and not finished. None when the ladder is climbed.
pub fn next_step(courses: &[(Tier, CourseStanding)]) -> Option<Tier> {
    ladder(courses).into_iter().find(|(_, step)| matches!(step, Step::Open | Step::UnderWay)).map(|(tier, _)| tier)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(done: usize, lessons: usize) -> CourseStanding {
        let percent = u8::try_from(done * 100 / lessons).unwrap();
        CourseStanding { lessons, done, percent, questions: Questions::default() }
    }

    #[test]
    fn questions_are_rounded_up_and_a_course_without_a_demand_is_passed() {
        let of = |all, right, percent| Questions { all, right, needed_percent: percent };
        assert_eq!((of(4, 2, Some(60)).needed(), of(4, 2, Some(60)).missing()), (3, 1));
        assert!(of(5, 3, Some(60)).is_passed());
        assert!(of(5, 0, None).is_passed());
        assert!(of(0, 0, Some(60)).is_passed(), "nothing is asked, so nothing is missing");
        assert_eq!(of(3, 3, Some(255)).needed(), 3);
    }

    #[test]
    fn a_course_counts_when_it_is_watched_and_passed() {
        let mut half = standing(2, 2);
        assert!(half.is_finished());
        half.questions = Questions { all: 2, right: 1, needed_percent: Some(60) };
        assert!(half.is_watched() && !half.is_finished());
        assert!(!CourseStanding::default().is_finished(), "no lessons, nothing learnt");
    }

    #[test]
    fn the_ladder_is_climbed_from_below() {
        use Tier::{Advanced, Beginner, Intermediate};
        let courses = [(Beginner, standing(2, 2)), (Intermediate, standing(0, 3)), (Beginner, standing(1, 1))];
        let steps = ladder(&courses).map(|(_, s)| s);
        assert_eq!(steps, [Step::Finished, Step::Open, Step::Missing]);
        assert_eq!(next_step(&courses), Some(Intermediate));
        assert_eq!(next_step(&[(Beginner, standing(1, 2)), (Advanced, standing(0, 1))]), Some(Beginner));
        assert_eq!(next_step(&[(Beginner, standing(2, 2)), (Advanced, standing(1, 1))]), None);
    }
}
