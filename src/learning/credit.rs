//! Credits (学分) and hours (学时) that were earned, each with the records that it was computed from, so that it can be
//! proved again. Nothing here looks at a clock or a file.
//!
//! Promises: a course counts once, whatever is watched or deleted later; what was earned stays when the catalogue
//! changes or drops the course; only seconds really watched and answers really given lead to it.

use serde::{Deserialize, Serialize};

use super::{
    progress::WatchedSeconds,
    quiz::{QuestionId, QuizAnswer},
    standing::{self, LessonWatched},
};
use crate::{
    catalogue::types::{Course, CourseId, LessonId},
    time::UtcMs,
};

/// A course that is finished. Everything is as it was at that moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earned {
    pub course: CourseId,
    pub title: String,
    /// Name of the institution that gave the course.
    pub provider: String,
    /// Tenths of a credit.
    pub credit_tenths: u32,
    /// Tenths of an hour of study.
    pub hours_tenths: u32,
    pub at: UtcMs,
    pub proof: Proof,
    /// The ladder (阶梯) of which this was the last step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub climbed: Option<String>,
}

/// What a course was finished by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// Share of right answers that the course asked for.
    pub pass_percent: Option<u8>,
    pub lessons: Vec<LessonProof>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LessonProof {
    pub lesson: LessonId,
    pub title: String,
    pub duration_s: u32,
    pub watched: WatchedSeconds,
    /// Every question of the lesson, answered or not.
    pub answers: Vec<AnswerProof>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerProof {
    pub question: QuestionId,
    pub right: bool,
    /// 0: never answered.
    pub tries: u32,
}

impl Proof {
    /// Of a course as it stands now. `watched`: of each lesson, in the course's order.
    pub fn of<'a>(course: &Course, watched: impl Fn(usize) -> LessonWatched<'a>, answers: &[QuizAnswer]) -> Self {
        let lessons = course.lessons.iter().enumerate().map(|(i, lesson)| {
            let seen = watched(i);
            let asked = lesson.quiz.iter().flat_map(|quiz| quiz.questions());
            let given = asked.map(|q| {
                let answer = answers.iter().find(|a| a.is_about(&course.id, &lesson.id, &q.id));
                AnswerProof {
                    question: q.id.clone(),
                    right: answer.is_some_and(|a| a.right),
                    tries: answer.map_or(0, |a| a.tries),
                }
            });
            LessonProof {
                lesson: lesson.id.clone(),
                title: lesson.title.clone(),
                duration_s: seen.duration_s,
                watched: seen.watched.cloned().unwrap_or_default(),
                answers: given.collect(),
            }
        });
        Self { pass_percent: course.pass_percent, lessons: lessons.collect() }
    }

    /// Whether these records finish a course: computed from them alone.
    pub fn holds(&self) -> bool {
        let answers = || self.lessons.iter().flat_map(|l| &l.answers);
        let questions = standing::Questions {
            all: answers().count(),
            right: answers().filter(|a| a.right).count(),
            needed_percent: self.pass_percent,
        };
        !self.lessons.is_empty()
            && self.lessons.iter().all(|l| l.watched.is_done(l.duration_s))
            && questions.is_passed()
    }

    pub fn watched_s(&self) -> u32 {
        self.lessons.iter().map(|l| l.watched.total_within(l.duration_s)).fold(0, u32::saturating_add)
    }
}

/// What is earned by a course just now; none where it is not finished, or counted before.
pub fn earn<'a>(
    course: &Course,
    watched: impl Fn(usize) -> LessonWatched<'a>,
    answers: &[QuizAnswer],
    before: &[Earned],
    at: UtcMs,
) -> Option<Earned> {
    if before.iter().any(|e| e.course == course.id) {
        return None;
    }
    let proof = Proof::of(course, watched, answers);
    proof.holds().then(|| Earned {
        course: course.id.clone(),
        title: course.title.clone(),
        provider: course.provider.clone(),
        credit_tenths: course.credit_tenths,
        hours_tenths: course.hours_tenths,
        at,
        proof,
        climbed: None,
    })
}

/// The ladder that is climbed with `course`: several steps, and every other one counted before.
pub fn climbed<'a>(course: &Course, all: impl Iterator<Item = &'a Course>, before: &[Earned]) -> Option<String> {
    let name = course.ladder.as_ref()?;
    let mut steps = 1;
    for step in all.filter(|c| c.ladder.as_ref() == Some(name) && c.id != course.id) {
        if !before.iter().any(|e| e.course == step.id) {
            return None;
        }
        steps += 1;
    }
    (steps > 1).then(|| name.clone())
}

pub fn credit_tenths(earned: &[Earned]) -> u32 {
    earned.iter().map(|e| e.credit_tenths).fold(0, u32::saturating_add)
}

pub fn hours_tenths(earned: &[Earned]) -> u32 {
    earned.iter().map(|e| e.hours_tenths).fold(0, u32::saturating_add)
}

/// `12`, `1.5`
pub fn tenths(n: u32) -> String {
    if n.is_multiple_of(10) { (n / 10).to_string() } else { format!("{}.{}", n / 10, n % 10) }
}

/// What one certificate is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certificate<'a> {
    Course(&'a Earned),
    /// A ladder by its name, climbed with that course.
    Ladder(&'a str, &'a Earned),
}

/// Newest first; a ladder's before that of its last step.
pub fn certificates(earned: &[Earned]) -> Vec<Certificate<'_>> {
    let mut all = Vec::new();
    for e in earned.iter().rev() {
        all.extend(e.climbed.as_deref().map(|name| Certificate::Ladder(name, e)));
        all.push(Certificate::Course(e));
    }
    all
}

/// On how many days in a row something was watched, up to today, or up to yesterday while today is still young.
pub fn days_in_a_row(days: &[(i32, u32)], today: i32) -> u32 {
    let watched = |day: i32| days.iter().any(|(d, s)| *d == day && *s > 0);
    let last = if watched(today) { today } else { today.saturating_sub(1) };
    let mut count = 0;
    while watched(last.saturating_sub(count)) {
        count += 1;
    }
    count.unsigned_abs()
}

#[cfg(test)]
#[path = "credit_tests.rs"]
pub(super) mod tests;
