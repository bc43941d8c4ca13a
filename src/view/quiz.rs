//! 想一想: a question and what came of the answer.

use jinse_ui::{Action, Bridge, QuizData, QuizMark, QuizRow, QuizTone};

use super::{Lists, Pictures, pictures::or_nothing, text};
use crate::{
    app::{
        Model,
        screens::{
            ladder,
            quiz::{self, Item, QuizPage, Stage, waiting_lesson},
        },
    },
    learning::{
        quiz::{Kind, Question},
        standing::Questions,
    },
};

/// Beside one column of answers, and beside two.
const IMAGE: (u32, u32) = (648, 364);
const IMAGE_SMALL: (u32, u32) = (432, 243);

pub fn show(bridge: &Bridge, lists: &Lists, pictures: &mut Pictures, model: &Model, page: &QuizPage) {
    let Some(question) = page.question() else { return };
    let focus = model.overlay.is_none().then(|| quiz::focused(model, page));
    let finished = page.stage == Stage::Done;
    let image = question.image.as_ref().filter(|_| !finished);
    let words = words(model, page, question);
    let columns = quiz::columns(question.answer.len());
    let (width, height) = if columns > 1 { IMAGE_SMALL } else { IMAGE };
    bridge.set_quiz(QuizData {
        heading: text("想一想"),
        count: text(if finished {
            String::new()
        } else {
            format!("第{}题，共{}题", page.at + 1, page.questions.len())
        }),
        prompt: text(if finished { "这一课的题都答完了" } else { question.prompt.as_str() }),
        columns: i32::try_from(columns).unwrap_or(1),
        has_image: image.is_some(),
        image: or_nothing(image.and_then(|url| pictures.get(Some(url), width, height))),
        tone: words.tone,
        title: text(words.title),
        text: text(words.lines.join("\n")),
        finished,
    });
    lists.quiz_rows.show(if finished { Vec::new() } else { rows(page, question, focus) });
    let buttons = quiz::items(model, page).into_iter().filter(|item| !matches!(item, Item::Row(_)));
    let buttons = buttons.map(|item| Action {
        id: text(item.id()),
        label: text(quiz::label(page, item)),
        icon: text(""),
        note: text(""),
        focused: focus == Some(item),
        enabled: true,
    });
    lists.quiz_buttons.show(buttons.collect());
}

fn rows(page: &QuizPage, question: &Question, focus: Option<Item>) -> Vec<QuizRow> {
    let ordered = question.answer.kind() == Kind::Order;
    let row = |(i, option): (usize, usize)| {
        let place = page.picked.iter().position(|p| *p == option);
        let mark = match (place, page.stage) {
            (None, _) => QuizMark::None,
            (Some(_), Stage::Asking) => QuizMark::Picked,
            (Some(_), Stage::Wrong) => QuizMark::Wrong,
            (Some(_), Stage::Right | Stage::Done) => QuizMark::Right,
        };
        QuizRow {
            number: text((i + 1).to_string()),
            text: text(question.answer.words(option)),
            note: text(match (mark, place) {
                (QuizMark::None, _) | (_, None) => String::new(),
                (_, Some(place)) if ordered => format!("第{}步", place + 1),
                (QuizMark::Right, _) => "答对了".into(),
                (QuizMark::Wrong, _) => "您选的".into(),
                (_, _) => "选了".into(),
            }),
            mark,
            focused: focus == Some(Item::Row(i)),
        }
    };
    question.answer.rows().into_iter().enumerate().map(row).collect()
}

struct Said {
    tone: QuizTone,
    title: &'static str,
    lines: Vec<String>,
}

fn words(model: &Model, page: &QuizPage, question: &Question) -> Said {
    let (tone, title, lines) = match page.stage {
        Stage::Asking => (QuizTone::Calm, "不着急，慢慢想", vec![how(question).to_owned()]),
        Stage::Wrong => {
            let hint = if question.hint.is_empty() { "再想一想，换一个试试。" } else { &question.hint };
            let more = if quiz::items(model, page).contains(&Item::WatchPart) {
                "想不起来也不要紧，可以再看一遍这一段。"
            } else {
                "不要紧，没有时间限制。"
            };
            (QuizTone::Warn, "差一点，没关系", vec![hint.to_owned(), more.to_owned()])
        }
        Stage::Right => {
            let left = page.questions.len().saturating_sub(page.at + 1);
            let more = match (left, waiting_lesson(page).is_some()) {
                (0, true) => "我们接着往下看。".to_owned(),
                (0, false) => "这是最后一题。".to_owned(),
                (n, _) => format!("后面还有{n}题。"),
            };
            let reason = Some(question.reason.clone()).filter(|r| !r.is_empty());
            (QuizTone::Ok, "答对了，您记得真牢", reason.into_iter().chain([more]).collect())
        }
        Stage::Done => {
            let next = quiz::next_step(model, page).and_then(|id| model.catalogue.ready()?.course(&id));
            let more = next.map(|course| format!("这门课学完了。{}", ladder::label(course)));
            let lines = [passed(quiz::course_questions(model, page))].into_iter().chain(more).collect();
            (QuizTone::Ok, "学得真用心", lines)
        }
    };
    Said { tone, title, lines }
}

fn how(question: &Question) -> &'static str {
    match question.answer.kind() {
        Kind::Single | Kind::TrueFalse => "按数字键选，或者用方向键选好，再按【确认】。",
        Kind::Multiple => "可以选几个。都选好了，再按“选好了”。",
        Kind::Order => "先做哪一步，就先选哪一个。选错了，再按一下就拿掉。",
    }
}

/// Whether the course's questions are passed, in words.
fn passed(questions: Questions) -> String {
    match (questions.needed_percent, questions.needed(), questions.missing()) {
        (None, ..) | (_, 0, _) => "答过的都记下了，什么时候都能再来。".into(),
        (_, needed, 0) => format!("这门课要答对{needed}题，您已经做到了。"),
        (_, needed, missing) => format!("这门课要答对{needed}题，再答对{missing}题就够了。"),
    }
}
