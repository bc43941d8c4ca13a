//! 想一想: the questions of a lesson, one at a time. Nobody is hurried, a wrong answer is met with a hint and never with
//! the right one, and whoever leaves finds everything as it was.
//!
//! A lesson that stopped to ask waits inside the page (`After::Lesson`) with its player paused, and goes on after it.
//! What keys do is `keys`.

mod keys;

use crate::{
    app::{
        Effect, Model,
        model::Page,
        playback::{self, Intent, Playing},
        screens::{
            self, Focusable, course, ladder,
            lesson::{self, Layer, LessonPage, Target},
        },
    },
    catalogue::types::{Course, CourseId, Lesson, LessonId},
    learning::{
        quiz::{Kind, Question},
        standing::{self, Questions},
    },
    player::types::Phase,
};
pub use keys::{can_skip, key, leave, skip};

/// A checkpoint that could not be asked on its second (a menu lay open) is still asked this much later.
const LATE_MS: u64 = 10_000;
/// Up to this many options stand one below the other, more in two columns.
pub const ONE_COLUMN: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Asking,
    Wrong,
    Right,
    /// Every question of this sitting was answered.
    Done,
}

/// What comes when the questions are left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum After {
    /// The page below.
    Below,
    /// The lesson that stopped to ask.
    Lesson(Box<LessonPage>),
}

/// The questions are kept whole: a catalogue that comes meanwhile takes nothing from under the viewer's eyes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuizPage {
    pub course: CourseId,
    pub lesson: LessonId,
    /// Of this sitting; never empty.
    pub questions: Vec<Question>,
    pub at: usize,
    pub stage: Stage,
    /// Options by their place in the catalogue, in the order in which they were picked.
    pub picked: Vec<usize>,
    /// Index into `items`.
    pub focus: usize,
    pub after: After,
}

/// What can have the focus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    Row(usize),
    /// "选好了"
    Ready,
    Again,
    WatchPart,
    Next,
    NextLesson,
    /// The course is finished with these answers: the next step of its ladder.
    Step,
    Leave,
}

impl Item {
    pub fn id(self) -> String {
        match self {
            Self::Row(row) => return format!("quiz.row.{row}"),
            Self::Ready => "quiz.ready",
            Self::Again => "quiz.again",
            Self::WatchPart => "quiz.part",
            Self::Next => "quiz.next",
            Self::NextLesson => "quiz.lesson",
            Self::Step => "quiz.step",
            Self::Leave => "quiz.leave",
        }
        .into()
    }
}

impl QuizPage {
    fn new(course: CourseId, lesson: LessonId, questions: Vec<Question>, after: After) -> Option<Self> {
        let (stage, picked) = (Stage::Asking, Vec::new());
        (!questions.is_empty()).then_some(Self { course, lesson, questions, at: 0, stage, picked, focus: 0, after })
    }

    pub fn question(&self) -> Option<&Question> {
        self.questions.get(self.at)
    }

    fn is_last(&self) -> bool {
        self.at + 1 >= self.questions.len()
    }

    /// The same question from its beginning.
    pub fn asked_again(self) -> Self {
        Self { stage: Stage::Asking, picked: Vec::new(), focus: 0, ..self }
    }
}

/// The lesson that waits for the answer.
pub fn waiting_lesson(page: &QuizPage) -> Option<&LessonPage> {
    match &page.after {
        After::Lesson(lesson) => Some(lesson),
        After::Below => None,
    }
}

fn find<'a>(model: &'a Model, course: &CourseId, lesson: &LessonId) -> Option<(&'a Course, &'a Lesson)> {
    let course = model.catalogue.ready()?.course(course)?;
    Some((course, course.lessons.get(course.lesson_index(lesson)?)?))
}

fn is_answered(model: &Model, course: &CourseId, lesson: &LessonId, question: &Question) -> bool {
    model.user.answers.iter().any(|a| a.right && a.is_about(course, lesson, &question.id))
}

/// Questions of a lesson that wait to be answered right.
pub fn open_count(model: &Model, course: &CourseId, lesson: &LessonId) -> usize {
    find(model, course, lesson).map_or(0, |(c, l)| standing::open_questions(c, &l.id, &model.user.answers))
}

/// The first lesson that was begun and has open questions.
pub fn lesson_to_ask(model: &Model, course: &Course) -> Option<LessonId> {
    let begun = course.lessons.iter().enumerate().filter(|(i, _)| course::entry(model, course, *i).is_some());
    begun.map(|(_, l)| &l.id).find(|id| open_count(model, &course.id, id) > 0).cloned()
}

/// Asks what is open of a lesson, or everything once more. From the card at the lesson's end it takes the lesson's place.
pub fn open(model: &mut Model, course: &CourseId, lesson: &LessonId) {
    let Some(all) = find(model, course, lesson).and_then(|(_, l)| l.quiz.as_ref()).map(|q| q.questions().to_vec())
    else {
        return screens::toast(model, "info", "这一课没有题目");
    };
    let open: Vec<Question> = all.iter().filter(|q| !is_answered(model, course, lesson, q)).cloned().collect();
    let questions = if open.is_empty() { all } else { open };
    if let Some(page) = QuizPage::new(course.clone(), lesson.clone(), questions, After::Below) {
        if matches!(model.page(), Page::Lesson(_)) {
            put(model, Page::Quiz(page));
        } else {
            screens::push(model, Page::Quiz(page));
        }
    }
}

/// Stops the lesson where it has something to ask. What was jumped over asks nothing, and nothing asks twice.
pub fn tick(model: &mut Model, effects: &mut Vec<Effect>) {
    let Page::Lesson(page) = model.page() else { return };
    let (Target::Lesson(id), Some(course)) = (&page.target, &page.course) else { return };
    let playback = &model.playback;
    let runs = playback.phase == Phase::Playing && playback.intent == Intent::Play && playback.seek.is_none();
    let of_page =
        matches!(&playback.what, Some(Playing::Lesson { course: c, target }) if c == course && *target == page.target);
    let Some(since) = playback.steady_since_ms().filter(|_| runs && of_page && model.overlay.is_none()) else { return };
    let Some(quiz) = find(model, course, id).and_then(|(_, l)| l.quiz.as_ref()) else { return };
    let place = playback.position_ms;
    let mut due: Vec<(u32, &Question)> = quiz
        .checkpoints()
        .filter(|(second, q)| {
            let at = u64::from(*second) * 1000;
            since <= at && at <= place && place - at <= LATE_MS && !playback.asked.contains(&q.id)
        })
        .filter(|(_, q)| !is_answered(model, course, id, q))
        .collect();
    due.sort_by_key(|(second, _)| *second);
    let questions: Vec<Question> = due.into_iter().map(|(_, q)| q.clone()).collect();
    let waits = LessonPage { start_ms: place, layer: Layer::Picture, ..page.clone() };
    let after = After::Lesson(Box::new(waits));
    let Some(page) = QuizPage::new(course.clone(), id.clone(), questions, after) else { return };
    model.playback.asked.extend(page.questions.iter().map(|q| q.id.clone()));
    playback::set_intent(model, Intent::Pause, effects);
    put(model, Page::Quiz(page));
}

/// Everything that can have the focus, in reading order. Never empty.
pub fn items(model: &Model, page: &QuizPage) -> Vec<Item> {
    let Some(question) = page.question() else { return vec![Item::Leave] };
    match page.stage {
        Stage::Asking => {
            let ready = needs_ready(question).then_some(Item::Ready);
            (0..question.answer.len()).map(Item::Row).chain(ready).collect()
        }
        Stage::Wrong => {
            let part = question.part.filter(|_| can_watch(model, page)).map(|_| Item::WatchPart);
            [Item::Again].into_iter().chain(part).collect()
        }
        Stage::Right => vec![Item::Next, Item::Leave],
        Stage::Done => {
            let next = next_lesson(model, page).map(|_| Item::NextLesson);
            let next = next.or_else(|| next_step(model, page).map(|_| Item::Step));
            next.into_iter().chain([Item::Leave]).collect()
        }
    }
}

fn needs_ready(question: &Question) -> bool {
    matches!(question.answer.kind(), Kind::Multiple | Kind::Order)
}

fn can_watch(model: &Model, page: &QuizPage) -> bool {
    find(model, &page.course, &page.lesson).is_some_and(|(_, l)| !l.sources.is_empty())
}

fn next_lesson(model: &Model, page: &QuizPage) -> Option<usize> {
    let target = Target::Lesson(page.lesson.clone());
    let of = LessonPage { course: Some(page.course.clone()), target, start_ms: 0, layer: Layer::Picture };
    lesson::next(model, &of)
}

/// What follows a course that is finished.
pub fn next_step(model: &Model, page: &QuizPage) -> Option<CourseId> {
    find(model, &page.course, &page.lesson).and_then(|(course, _)| ladder::next_of_finished(model, course))
}

pub fn label(page: &QuizPage, item: Item) -> String {
    let waits = waiting_lesson(page).is_some();
    match item {
        Item::Row(row) => {
            let Some(question) = page.question() else { return String::new() };
            let option = question.answer.rows().get(row).copied().unwrap_or(0);
            return format!("{} {}", row + 1, question.answer.words(option));
        }
        Item::Ready => "选好了",
        Item::Again => "再选一次",
        Item::WatchPart => "再看这一段",
        Item::Next if !page.is_last() => "下一题",
        Item::Next if waits => "接着看",
        Item::Next => "答完了",
        Item::NextLesson => "学下一课",
        Item::Step => "学下一级",
        Item::Leave if page.stage == Stage::Done => "今天先到这里",
        Item::Leave if waits => "先看下去",
        Item::Leave => "今天先到这里",
    }
    .into()
}

/// The focused item; the last one where some went away.
pub fn focused(model: &Model, page: &QuizPage) -> Item {
    let all = items(model, page);
    all.get(page.focus).or(all.last()).copied().unwrap_or(Item::Leave)
}

pub fn focusables(model: &Model, page: &QuizPage) -> Vec<Focusable> {
    items(model, page).into_iter().map(|item| Focusable::new(item.id(), label(page, item))).collect()
}

pub fn focus_id(model: &Model, page: &QuizPage) -> String {
    focused(model, page).id()
}

/// How the course stands with its questions.
pub fn course_questions(model: &Model, page: &QuizPage) -> Questions {
    find(model, &page.course, &page.lesson)
        .map_or_else(Questions::default, |(course, _)| standing::questions(course, &model.user.answers))
}

fn put(model: &mut Model, page: Page) {
    if let Some(top) = model.stack.last_mut() {
        *top = page;
    }
}

/// Columns in which so many rows stand.
pub fn columns(rows: usize) -> usize {
    if rows > ONE_COLUMN { 2 } else { 1 }
}
