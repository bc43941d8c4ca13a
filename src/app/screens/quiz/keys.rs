//! What keys do to a question: moving, choosing, judging, going on and leaving.

use super::{After, Item, QuizPage, Stage, columns, focused, items, next_lesson, next_step, put};
use crate::{
    app::{
        Effect, Model,
        focus::{Way, along, in_grid},
        model::Page,
        playback::{self, Intent},
        records,
        screens::{self, course, lesson, menu, part, survey},
    },
    learning::quiz::{Choice, Kind, QuizAnswer},
    player::types::Phase,
    remote::key::RemoteKey,
    store::types::StoreCommand,
};

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
