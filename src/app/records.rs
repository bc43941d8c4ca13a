//! Learning records: which of what happens is told to the operator's record store, and whether at all. What is said is
//! the learning room's. Statements leave the core with the progress they speak of, in the effects of one message, so
//! that the store writes both or neither.
//!
//! Without the learner's word nothing is recorded; taken back, nothing waits any more.

use std::collections::BTreeMap;

use crate::{
    app::{
        Effect, Model,
        model::Power,
        playback::{self, Intent, Playing},
        screens::{self, lesson::Target},
    },
    catalogue::types::{CourseId, LessonId},
    learning::{
        credit::Earned,
        quiz::{Choice, Question},
        records::{self, About, Activities, Frame, Ids, Pen, Place, Source, Statement, Viewing},
        roster::LearnerId,
        standing::Questions,
        survey::{Survey, SurveyAnswer, SurveyQuestion},
    },
    player::types::Phase,
    store::types::{HistoryKey, StoreCommand},
};

/// What the model holds of it, where the operator takes records.
#[derive(Clone, Debug, PartialEq)]
pub struct Records {
    activities: Activities,
    ids: Ids,
    viewing: Option<Viewing>,
    /// What the sender of each learner told last.
    told: BTreeMap<LearnerId, Standing>,
}

/// How the sending goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Standing {
    /// Statements that have not arrived.
    pub waiting: u64,
}

impl Records {
    pub fn new(source: Source) -> Self {
        let Source { activities, seed } = source;
        Self { activities, ids: Ids::new(seed), viewing: None, told: BTreeMap::new() }
    }

    pub fn standing(&self, learner: LearnerId) -> Standing {
        self.told.get(&learner).copied().unwrap_or_default()
    }
}

/// Whether what happens now is recorded.
pub fn are_kept(model: &Model) -> bool {
    model.records.is_some() && model.user.settings.records_since.is_some()
}

/// "同意送出"
pub fn allow(model: &mut Model, effects: &mut Vec<Effect>) {
    // A date that is wrong would be no proof of anything; the day is then the first that is known.
    model.user.settings.records_since = Some(model.now.utc);
    effects.push(Effect::Store(StoreCommand::SaveSettings(model.user.settings.clone())));
    effects.push(Effect::SendRecords(true));
    screens::toast(model, "check", "好，从现在起送给学校");
}

/// "不再送了": at once, and what waits is deleted.
pub fn forbid(model: &mut Model, effects: &mut Vec<Effect>) {
    model.user.settings.records_since = None;
    if let Some(records) = &mut model.records {
        records.viewing = None;
        records.told.remove(&model.learners.roster.now());
    }
    effects.push(Effect::SendRecords(false));
    effects.push(Effect::Store(StoreCommand::ForgetRecords));
    effects.push(Effect::Store(StoreCommand::SaveSettings(model.user.settings.clone())));
    screens::toast(model, "check", "不再送了，没送的也删了");
}

pub fn told(model: &mut Model, learner: LearnerId, standing: Standing) {
    if let Some(records) = &mut model.records {
        records.told.insert(learner, standing);
    }
}

/// Another learner has come, with a word of their own.
pub fn learner_came(model: &Model, effects: &mut Vec<Effect>) {
    if model.records.is_some() {
        effects.push(Effect::SendRecords(are_kept(model)));
    }
}

/// Looks at what plays after a message and says what follows.
pub fn follow(model: &mut Model, effects: &mut Vec<Effect>) {
    if !are_kept(model) {
        return;
    }
    let Some(mut records) = model.records.take() else { return };
    let mut written = Vec::new();
    let playing = now_playing(model).filter(|_| model.power == Power::On && !effects.contains(&Effect::Quit));
    // Opened once more, it is another viewing.
    let goes_on = |v: &Viewing| playing.is_some() && v.opening == model.playback.session;
    let mut viewing = records.viewing.take();
    let activities = records.activities.clone();
    let frame = frame(model, &activities);
    let mut pen = Pen { ids: &mut records.ids, written: &mut written };
    if let Some(left) = viewing.take_if(|v| !goes_on(v)) {
        let (course, lesson) = (left.course.clone(), left.lesson.clone());
        about(model, &course, &lesson, |about, _| left.end(&frame, about, &mut pen));
    }
    let mut finished = false;
    if let Some((course, lesson)) = playing {
        about(model, &course, &lesson, |about, counts| {
            let seen = place(model);
            let viewing = viewing.get_or_insert_with(|| Viewing::begin(&frame, about, seen.at_ms, counts, &mut pen));
            let before = viewing.counts();
            viewing.tell(&frame, about, seen, counts, &mut pen);
            finished = viewing.counts() != before;
        });
    }
    records.viewing = viewing;
    model.records = Some(records);
    if finished && !effects.iter().any(|e| matches!(e, Effect::Store(StoreCommand::SaveHistory(_)))) {
        // That the lesson counts is on the disk with the statement that says so, not ten seconds later.
        playback::save(model, effects);
    }
    keep(written, effects);
}

/// One try at a question. `before`: how the lesson's questions stood, and how many of them were never tried.
pub fn answered(
    model: &mut Model,
    (course, lesson): (&CourseId, &LessonId),
    question: &Question,
    (choice, right): (&Choice, bool),
    before: Tried,
    effects: &mut Vec<Effect>,
) {
    let after = tried(model, course, lesson);
    write(model, effects, |model, frame, pen| {
        let Some(course) = model.catalogue.ready().and_then(|c| c.course(course)) else { return };
        records::answered(frame, course, lesson, question, choice, right, pen);
        let passes = after.questions.is_passed();
        let ended = after.untried == 0 && (before.untried > 0 || (passes && !before.questions.is_passed()));
        if ended {
            records::attempt_ended(frame, course, lesson, after.questions, pen);
        }
    });
}

/// How the questions of one lesson stand.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tried {
    questions: Questions,
    untried: usize,
}

pub fn tried(model: &Model, course: &CourseId, lesson: &LessonId) -> Tried {
    let course = model.catalogue.ready().and_then(|c| c.course(course));
    let Some((course, quiz)) = course.and_then(|c| Some((c, c.lessons.get(c.lesson_index(lesson)?)?.quiz.as_ref()?)))
    else {
        return Tried::default();
    };
    let mut tried = Tried::default();
    // A course without a mark is passed by whoever answers all of it.
    tried.questions.needed_percent = course.pass_percent.or(Some(100));
    for question in quiz.questions() {
        tried.questions.all += 1;
        match model.user.answers.iter().find(|a| a.is_about(&course.id, lesson, &question.id)) {
            Some(answer) => tried.questions.right += usize::from(answer.right),
            None => tried.untried += 1,
        }
    }
    tried
}

pub fn course_completed(model: &mut Model, earned: &Earned, effects: &mut Vec<Effect>) {
    write(model, effects, |_, frame, pen| records::course_completed(frame, earned, pen));
}

pub fn survey_answered(
    model: &mut Model,
    survey: &Survey,
    question: &SurveyQuestion,
    answer: &SurveyAnswer,
    effects: &mut Vec<Effect>,
) {
    write(model, effects, |_, frame, pen| records::survey_answered(frame, survey, question, answer, pen));
}

fn write(model: &mut Model, effects: &mut Vec<Effect>, say: impl FnOnce(&Model, &Frame<'_>, &mut Pen<'_>)) {
    if !are_kept(model) {
        return;
    }
    let Some(mut records) = model.records.take() else { return };
    let mut written = Vec::new();
    say(model, &frame(model, &records.activities.clone()), &mut Pen { ids: &mut records.ids, written: &mut written });
    model.records = Some(records);
    keep(written, effects);
}

fn keep(written: Vec<Statement>, effects: &mut Vec<Effect>) {
    effects.extend(written.into_iter().map(|s| Effect::Store(StoreCommand::Record(s))));
}

fn frame<'a>(model: &'a Model, activities: &'a Activities) -> Frame<'a> {
    let at = (!model.clock_wrong).then_some(model.now.utc);
    Frame { activities, learner: &model.user.settings.learner, at }
}

/// The lesson whose pictures are seen.
fn now_playing(model: &Model) -> Option<(CourseId, LessonId)> {
    match &model.playback.what {
        Some(Playing::Lesson { course, target: Target::Lesson(lesson) }) if model.playback.has_frame => {
            Some((course.clone(), lesson.clone()))
        }
        _ => None,
    }
}

fn place(model: &Model) -> Place {
    let playback = &model.playback;
    let runs = matches!(playback.phase, Phase::Playing | Phase::Stalled { .. } | Phase::Reconnecting { .. });
    Place {
        at_ms: playback.position_ms,
        plays: runs && playback.intent == Intent::Play,
        jumps: playback.seek.is_some(),
    }
}

/// Calls `f` with what is known of the lesson, and whether it counts.
fn about(model: &Model, course: &CourseId, lesson: &LessonId, f: impl FnOnce(&About<'_>, bool)) {
    let Some(course) = model.catalogue.ready().and_then(|c| c.course(course)) else { return };
    let Some(lesson) = course.lesson_index(lesson).and_then(|i| course.lessons.get(i)) else { return };
    let key = HistoryKey::Lesson { course: course.id.clone(), lesson: lesson.id.clone() };
    let entry = model.user.history.iter().find(|e| e.key == key);
    let length_ms = entry.map(|e| e.duration_ms).filter(|ms| *ms > 0).unwrap_or(u64::from(lesson.duration_s) * 1000);
    let length_s = u32::try_from(length_ms / 1000).unwrap_or(u32::MAX);
    let watched_s = entry.map_or(0, |e| e.watched.total_within(length_s));
    let about = About {
        course,
        lesson,
        opening: model.playback.session,
        length_ms,
        watched_s,
        speed: model.user.settings.speed,
        subtitles: model.user.settings.subtitles,
    };
    f(&about, entry.is_some_and(|e| e.watched.is_done(length_s)));
}
