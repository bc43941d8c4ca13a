//! A question with at most three answers. The safe answer has the focus; a destructive one never has it first.

use crate::{
    app::{
        Effect, Model, civil,
        focus::{Way, along},
        learners,
        model::Overlay,
        records, reminders,
        screens::{self, Focusable, history, interests, lesson, search, survey},
    },
    catalogue::types::{Course, CourseId, LessonId},
    learning::{roster::LearnerId, survey::SurveyId},
    remote::key::RemoteKey,
    store::types::{HistoryKey, Reminder, ReminderOf, StoreCommand},
    time::UtcMs,
};

/// Of a title in a question about it.
const TITLE_CHARS: usize = 14;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Close,
    Play {
        course: CourseId,
        lesson: LessonId,
        start_ms: u64,
    },
    Remove(HistoryKey),
    ForgetCourse(CourseId),
    Clear,
    ClearSearches,
    Unbook {
        of: ReminderOf,
        start: UtcMs,
    },
    ForgetTaste,
    AnswerSurvey(SurveyId),
    RefuseSurveys,
    SendRecords,
    KeepRecords,
    /// Asks once more.
    AskLearnerAgain(LearnerId),
    RemoveLearner(LearnerId),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialog {
    pub title: String,
    pub line: String,
    /// Never empty.
    pub answers: Vec<(String, Answer)>,
    pub focus: usize,
}

fn show(model: &mut Model, title: impl Into<String>, line: impl Into<String>, answers: Vec<(&str, Answer)>) {
    let answers = answers.into_iter().map(|(label, a)| (label.to_owned(), a)).collect();
    model.overlay = Some(Overlay::Dialog(Dialog { title: title.into(), line: line.into(), answers, focus: 0 }));
}

/// "接着看 / 从头看"
pub fn ask_resume(model: &mut Model, course: &Course, index: usize, at_ms: u64) {
    let Some(lesson) = course.lessons.get(index) else { return };
    let play = |start_ms| Answer::Play { course: course.id.clone(), lesson: lesson.id.clone(), start_ms };
    let line = format!("上次看到{}。", civil::spoken_length(at_ms));
    show(model, "要不要接着看？", line, vec![("接着看", play(at_ms)), ("从头看", play(0))]);
}

pub fn ask_remove(model: &mut Model, key: HistoryKey) {
    let title = model.user.history.iter().find(|e| e.key == key).map_or_else(String::new, |e| e.title.clone());
    let answers = vec![("留着", Answer::Close), ("删掉", Answer::Remove(key))];
    show(model, "要删掉这一条吗？", format!("《{title}》看到的地方也会删掉。"), answers);
}

pub fn ask_forget_course(model: &mut Model, course: &CourseId) {
    let title = model.catalogue.ready().and_then(|c| c.course(course)).map_or_else(String::new, |c| c.title.clone());
    let answers = vec![("留着", Answer::Close), ("删掉", Answer::ForgetCourse(course.clone()))];
    show(model, "要删掉这门课的记录吗？", format!("《{title}》学到的地方也会删掉。"), answers);
}

pub fn ask_clear(model: &mut Model) {
    let line = format!("一共 {} 条，删了找不回来。", model.user.history.len());
    show(model, "要删掉看过的全部吗？", line, vec![("留着", Answer::Close), ("全部删掉", Answer::Clear)]);
}

pub fn ask_forget_taste(model: &mut Model) {
    let answers = vec![("留着", Answer::Close), ("忘掉", Answer::ForgetTaste)];
    show(model, "要忘掉您的兴趣吗？", "学过的课和学分都还在。", answers);
}

pub fn offer_survey(model: &mut Model, survey: SurveyId, questions: usize) {
    let answers = vec![
        ("下次再说", Answer::Close),
        ("答几题", Answer::AnswerSurvey(survey)),
        ("以后都不问", Answer::RefuseSurveys),
    ];
    show(model, "学校想听听您的想法", format!("一共{questions}题，选一选就好。"), answers);
}

/// Asked only when the learner looks for it. Taking it back needs no second question.
pub fn about_records(model: &mut Model) {
    let waiting = model.records.as_ref().map_or(0, |r| r.standing(model.learners.roster.now()).waiting);
    let Some(since) = model.user.settings.records_since else {
        let answers = vec![("先不送", Answer::Close), ("同意送", Answer::SendRecords)];
        return show(model, "要把学习记录送给学校吗？", "只送学了什么，不送姓名。随时可以收回。", answers);
    };
    let day = civil::date(since, &model.zone);
    let line = match waiting {
        0 => format!("{day}起在送，都送到了。"),
        n => format!("{day}起在送，还有{n}条没送到。"),
    };
    show(model, "学习记录正送给学校", line, vec![("接着送", Answer::Close), ("不再送了", Answer::KeepRecords)]);
}

pub fn ask_clear_searches(model: &mut Model) {
    let answers = vec![("留着", Answer::Close), ("删掉", Answer::ClearSearches)];
    show(model, "要删掉找过的吗？", "找过什么都会删掉，课还在。", answers);
}

pub fn ask_unbook(model: &mut Model, reminder: &Reminder) {
    let when = civil::ahead(reminder.start, model.now.utc, &model.zone);
    let unbook = Answer::Unbook { of: reminder.of.clone(), start: reminder.start };
    let line = format!("《{}》{when}开始。", reminders::short(&reminder.title, TITLE_CHARS));
    show(model, "要取消预约吗？", line, vec![("留着", Answer::Close), ("取消预约", unbook)]);
}

/// Both stay booked unless the viewer says otherwise: which one to watch is theirs to decide when the time comes.
pub fn tell_clash(model: &mut Model, new: &Reminder, other: &Reminder) {
    let said =
        |r: &Reminder| format!("《{}》{}", reminders::short(&r.title, TITLE_CHARS), civil::time(r.start, &model.zone));
    let line = format!("和约好的{}撞在一起了。", said(other));
    let unbook = Answer::Unbook { of: new.of.clone(), start: new.start };
    show(model, "约好了，时间有点撞", line, vec![("两个都留着", Answer::Close), ("不约这个了", unbook)]);
}

pub fn ask_remove_learner(model: &mut Model, learner: LearnerId) {
    let name = model.learners.roster.name(learner).unwrap_or_default().to_owned();
    let answers = vec![("留着", Answer::Close), ("删掉", Answer::AskLearnerAgain(learner))];
    show(model, format!("要删掉{name}的学习吗？"), "学过的、学分和证书都会删掉。", answers);
}

fn ask_remove_learner_again(model: &mut Model, learner: LearnerId) {
    let name = model.learners.roster.name(learner).unwrap_or_default().to_owned();
    let answers = vec![("留着", Answer::Close), ("真的删掉", Answer::RemoveLearner(learner))];
    show(model, format!("真的要删掉{name}吗？"), "删了找不回来。别人的记录不会动。", answers);
}

/// One answer: said and understood.
pub fn tell(model: &mut Model, title: &str, line: impl Into<String>) {
    show(model, title, line, vec![("知道了", Answer::Close)]);
}

pub fn focusables(dialog: &Dialog) -> Vec<Focusable> {
    dialog
        .answers
        .iter()
        .enumerate()
        .map(|(i, (label, _))| Focusable::new(format!("dialog.{i}"), label.clone()))
        .collect()
}

pub fn key(model: &mut Model, mut dialog: Dialog, key: RemoteKey, effects: &mut Vec<Effect>) {
    match key {
        RemoteKey::Back => model.overlay = None,
        RemoteKey::Ok => {
            screens::press(model);
            model.overlay = None;
            if let Some((_, answer)) = dialog.answers.get(dialog.focus).cloned() {
                give(model, answer, effects);
            }
        }
        _ => match Way::from_key(key) {
            Some(way @ (Way::Left | Way::Right)) => {
                match along(dialog.focus, dialog.answers.len(), way == Way::Right) {
                    Some(next) => {
                        dialog.focus = next;
                        model.overlay = Some(Overlay::Dialog(dialog));
                    }
                    None => screens::nudge(model, way),
                }
            }
            Some(way) => screens::nudge(model, way),
            None => screens::useless_key(model),
        },
    }
}

fn give(model: &mut Model, answer: Answer, effects: &mut Vec<Effect>) {
    match answer {
        Answer::Close => {}
        Answer::Play { course, lesson, start_ms } => lesson::start(model, course, lesson, start_ms),
        Answer::Remove(key) => {
            history::remove(model, &key, effects);
            screens::toast(model, "check", "删好了");
        }
        Answer::ForgetCourse(course) => {
            let keys: Vec<HistoryKey> = model.user.history.iter().map(|e| e.key.clone()).collect();
            for key in keys.iter().filter(|k| matches!(k, HistoryKey::Lesson { course: c, .. } if *c == course)) {
                history::remove(model, key, effects);
            }
            forget_answers(model, Some(course), effects);
            screens::toast(model, "check", "删好了");
        }
        Answer::Unbook { of, start } => reminders::unbook(model, &of, start, effects),
        Answer::ForgetTaste => interests::forget(model, effects),
        Answer::AnswerSurvey(id) => survey::open(model, &id),
        Answer::SendRecords => records::allow(model, effects),
        Answer::KeepRecords => records::forbid(model, effects),
        Answer::RefuseSurveys => survey::refuse(model, effects),
        Answer::AskLearnerAgain(learner) => ask_remove_learner_again(model, learner),
        Answer::RemoveLearner(learner) => learners::remove(model, learner, effects),
        Answer::ClearSearches => {
            search::forget(model, effects);
            screens::toast(model, "check", "删好了");
        }
        Answer::Clear => {
            history::clear(model, effects);
            forget_answers(model, None, effects);
            screens::toast(model, "check", "全部删好了");
        }
    }
}

/// What was answered goes with what was watched.
fn forget_answers(model: &mut Model, course: Option<CourseId>, effects: &mut Vec<Effect>) {
    let remove = StoreCommand::RemoveAnswers(course);
    model.user.apply(&remove);
    effects.push(Effect::Store(remove));
}
