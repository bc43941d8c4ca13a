//! 想一想: the questions of a lesson, one at a time. Nobody is hurried, a wrong answer is met with a hint and never with
//! the right one, and whoever leaves finds everything as it was.
//!
//! A lesson that stopped to ask waits inside the page (`After::Lesson`) with its player paused, and goes on after it.

use crate::{
    app::{
        Effect, Model,
        focus::{Way, along, in_grid},
        model::Page,
        playback::{self, Intent, Playing},
        records,
        screens::{
            self, Focusable, course, ladder,
            lesson::{self, Layer, LessonPage, Target},
            menu, part, survey,
        },
    },
    catalogue::types::{Course, CourseId, Lesson, LessonId},
    learning::{
        quiz::{Choice, Kind, Question, QuizAnswer},
        standing::{self, Questions},
    },
    player::types::Phase,
    remote::key::RemoteKey,
    store::types::StoreCommand,
};

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

pub fn key(model: &mut Model, mut page: QuizPage, key: RemoteKey, effects: &mut Vec<Effect>) {
    let all = items(model, &page);
    let item = focused(model, &page);
    page.focus = all.iter().position(|i| *i == item).unwrap_or(0);
    match key {
        RemoteKey::Back => leave(model, page, effects),
        RemoteKey::Menu => menu::open(model),
        RemoteKey::Ok | RemoteKey::Play | RemoteKey::PlayPause => {
            screens::press(model);
            activate(model, page, item, effects);
        }
        RemoteKey::Digit(digit) => {
            let rows = page.question().map_or(0, |q| q.answer.len());
            let row = usize::from(digit.get()).checked_sub(1).filter(|row| *row < rows);
            match (page.stage, row) {
                (Stage::Asking | Stage::Wrong, Some(row)) => {
                    let page = if page.stage == Stage::Wrong { page.asked_again() } else { page };
                    choose(model, page, row, effects);
                }
                (Stage::Asking | Stage::Wrong, None) => {
                    screens::toast(model, "info", format!("请按1到{rows}里的一个"));
                }
                _ => screens::useless_key(model),
            }
        }
        _ => match Way::from_key(key) {
            Some(way) => match step(&page, &all, way) {
                Some(focus) => {
                    page.focus = focus;
                    put(model, Page::Quiz(page));
                }
                None => screens::nudge(model, way),
            },
            None => screens::useless_key(model),
        },
    }
}

/// Rows are a grid, what stands below them is a column.
fn step(page: &QuizPage, all: &[Item], way: Way) -> Option<usize> {
    let rows = all.iter().filter(|i| matches!(i, Item::Row(_))).count();
    if page.focus < rows {
        let columns = columns(rows);
        let next = in_grid(page.focus, rows, columns, way);
        return match (next, way) {
            (None, Way::Down | Way::Right) if rows < all.len() => Some(rows),
            (next, _) => next,
        };
    }
    match way {
        Way::Up | Way::Down => along(page.focus, all.len(), way == Way::Down),
        Way::Left if page.focus == rows => rows.checked_sub(1),
        Way::Left | Way::Right => None,
    }
}

/// Columns in which so many rows stand.
pub fn columns(rows: usize) -> usize {
    if rows > ONE_COLUMN { 2 } else { 1 }
}

fn activate(model: &mut Model, page: QuizPage, item: Item, effects: &mut Vec<Effect>) {
    match item {
        Item::Row(row) => choose(model, page, row, effects),
        Item::Ready => ready(model, page, effects),
        Item::Again => put(model, Page::Quiz(page.asked_again())),
        Item::WatchPart => part::open(model, page, effects),
        Item::Next => next(model, page, effects),
        Item::NextLesson => {
            let next = next_lesson(model, &page).and_then(|i| {
                let course = model.catalogue.ready()?.course(&page.course)?;
                Some((course.lessons.get(i)?.id.clone(), course::resume_ms(model, course, i)))
            });
            screens::back(model);
            if let Some((lesson, start_ms)) = next {
                lesson::start(model, page.course, lesson, start_ms);
            }
        }
        Item::Step => {
            if let Some(step) = next_step(model, &page) {
                course::climb(model, step);
            }
        }
        Item::Leave => leave(model, page, effects),
    }
}

/// A row is chosen, by its number or by 确认.
fn choose(model: &mut Model, mut page: QuizPage, row: usize, effects: &mut Vec<Effect>) {
    let Some(question) = page.question().cloned() else { return };
    let Some(option) = question.answer.rows().get(row).copied() else { return };
    page.focus = row;
    let at = page.picked.iter().position(|p| *p == option);
    match (question.answer.kind(), at) {
        (Kind::Single | Kind::TrueFalse, _) => {
            page.picked = vec![option];
            return judge(model, page, Choice::One(option), effects);
        }
        (Kind::Multiple, Some(at)) => drop(page.picked.remove(at)),
        // Taking one back takes back what was put after it.
        (Kind::Order, Some(at)) => page.picked.truncate(at),
        (Kind::Multiple | Kind::Order, None) => page.picked.push(option),
    }
    // When everything has its place, only "选好了" is left to do.
    if question.answer.kind() == Kind::Order && page.picked.len() == question.answer.len() {
        page.focus = question.answer.len();
    }
    put(model, Page::Quiz(page));
}

fn ready(model: &mut Model, page: QuizPage, effects: &mut Vec<Effect>) {
    let Some(question) = page.question() else { return };
    match question.answer.kind() {
        Kind::Order if page.picked.len() < question.answer.len() => {
            screens::toast(model, "info", "还有没排的，接着选");
        }
        Kind::Order => {
            let choice = Choice::Sequence(page.picked.clone());
            judge(model, page, choice, effects);
        }
        _ if page.picked.is_empty() => screens::toast(model, "info", "先选一个，可以选几个"),
        _ => {
            let choice = Choice::Several(page.picked.iter().copied().collect());
            judge(model, page, choice, effects);
        }
    }
}

fn judge(model: &mut Model, mut page: QuizPage, choice: Choice, effects: &mut Vec<Effect>) {
    let Some(question) = page.question() else { return };
    let right = question.answer.is_right(&choice);
    let question = question.clone();
    let stood = records::tried(model, &page.course, &page.lesson);
    let before = model.user.answers.iter().find(|a| a.is_about(&page.course, &page.lesson, &question.id));
    let answer = QuizAnswer {
        course: page.course.clone(),
        lesson: page.lesson.clone(),
        question: question.id.clone(),
        choice: choice.clone(),
        right,
        tries: 1,
        at: model.now.utc,
    };
    let save = StoreCommand::SaveAnswer(answer.again(before));
    model.user.apply(&save);
    effects.push(Effect::Store(save));
    records::answered(model, (&page.course, &page.lesson), &question, (&choice, right), stood, effects);
    page.stage = if right { Stage::Right } else { Stage::Wrong };
    page.focus = 0;
    put(model, Page::Quiz(page));
}

fn next(model: &mut Model, page: QuizPage, effects: &mut Vec<Effect>) {
    if !page.is_last() {
        let at = page.at + 1;
        return put(model, Page::Quiz(QuizPage { at, ..page.asked_again() }));
    }
    match page.after {
        After::Below => put(model, Page::Quiz(QuizPage { stage: Stage::Done, focus: 0, ..page })),
        After::Lesson(_) => leave(model, page, effects),
    }
}

/// Whether there is another question to go on with unanswered.
pub fn can_skip(page: &QuizPage) -> bool {
    matches!(page.stage, Stage::Asking | Stage::Wrong) && !page.is_last()
}

/// "先答下一题"
pub fn skip(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Page::Quiz(page) = model.page().clone()
        && can_skip(&page)
    {
        next(model, page, effects);
    }
}

/// "以后再答": what was answered is kept, and the lesson that waits goes on.
pub fn leave(model: &mut Model, page: QuizPage, effects: &mut Vec<Effect>) {
    let After::Lesson(waits) = page.after else {
        screens::back(model);
        if page.stage == Stage::Done {
            survey::after_lesson(model, effects);
        }
        return;
    };
    let mut waits = *waits;
    let place = model.playback.keeps_place_ms.take();
    let ended = model.playback.phase == Phase::Ended;
    if let (Some(place), true) = (place, ended) {
        // The part that was looked at once more went to the very end.
        waits.start_ms = place;
        put(model, Page::Lesson(waits));
        return playback::restart(model, effects);
    }
    put(model, Page::Lesson(waits));
    if let Some(place) = place {
        playback::seek_to(model, place, effects);
    }
    if ended {
        lesson::ended(model);
    } else {
        playback::set_intent(model, Intent::Play, effects);
    }
}
