//! A survey's question, drawn as a question of a lesson is.

use jinse_ui::{Action, Bridge, QuizData, QuizMark, QuizRow, QuizTone};

use super::{Lists, pictures::or_nothing, text};
use crate::app::{
    Model, records,
    screens::{quiz, survey::SurveyPage},
};

pub fn show(bridge: &Bridge, lists: &Lists, model: &Model, page: &SurveyPage) {
    let free = model.overlay.is_none();
    let options = page.options();
    let question = page.question();
    let heading = text(&page.survey.title);
    let goes = if records::are_kept(model) {
        "答案会送给学校，不带姓名。"
    } else {
        "答案只记在这台电视上。"
    };
    bridge.set_quiz(match question {
        Some(question) => QuizData {
            heading,
            count: text(format!("第{}题，共{}题", page.at + 1, page.survey.questions.len())),
            prompt: text(&question.prompt),
            columns: i32::try_from(quiz::columns(options.len())).unwrap_or(1),
            tone: QuizTone::Calm,
            title: text("怎么选都好"),
            text: text(format!("按数字键选，或者用方向键选好，再按【确认】。\n{goes}")),
            image: or_nothing(None),
            ..QuizData::default()
        },
        None => QuizData {
            heading,
            prompt: text("都答完了，谢谢您"),
            tone: QuizTone::Ok,
            title: text("您的想法记下了"),
            text: text(goes),
            finished: true,
            image: or_nothing(None),
            ..QuizData::default()
        },
    });
    let rows = options.iter().enumerate().map(|(i, option)| QuizRow {
        number: text((i + 1).to_string()),
        // On a scale the number stands before the words already.
        text: text(option.trim_start_matches(&(i + 1).to_string()).trim_start_matches('　')),
        note: text(""),
        mark: QuizMark::None,
        focused: free && i == page.focus,
    });
    lists.quiz_rows.show(rows.collect());
    let done = question.is_none().then(|| Action {
        id: text("survey.done"),
        label: text("好的"),
        icon: text(""),
        note: text(""),
        focused: free,
        enabled: true,
    });
    lists.quiz_buttons.show(done.into_iter().collect());
}
