//! A lesson's questions out of its JSON. A question that cannot be answered is left out and reported; a bad detail (a
//! picture, a second beyond the lesson) costs only itself.

use std::collections::BTreeSet;

use serde_json::Value;
use url::Url;

use crate::learning::quiz::{Answer, AnswerFault, Kind, OPTIONS, Part, Question, QuestionId, Quiz, When};

use super::{
    course::LESSON_MAX_S,
    field::document,
    node::{Object, Path, Report, kind, shown, text},
};

const KINDS: [(&str, Kind); 4] =
    [("single", Kind::Single), ("multiple", Kind::Multiple), ("true_false", Kind::TrueFalse), ("order", Kind::Order)];

/// More would be an examination; a lesson lasts a quarter of an hour.
const MAX_QUESTIONS: usize = 20;
const ID_MAX_CHARS: usize = 128;
/// One line of the smallest running text across the screen.
const PROMPT_MAX_CHARS: usize = 40;
/// Two lines on a row of half the screen's width.
const OPTION_MAX_CHARS: usize = 28;
/// Two lines beside the buttons.
const WORDS_MAX_CHARS: usize = 50;
const SPOKEN_MAX_CHARS: usize = 300;
/// More options than these stand in two columns, narrower where a picture is beside them: two lines of this many
/// characters in all.
const OPTIONS_IN_ONE_COLUMN: usize = 3;
const NARROW_OPTION_MAX_CHARS: usize = 20;

/// Reads `quiz` of a lesson that lasts `duration_s`.
pub(super) fn quiz(
    lesson: &Object<'_>,
    duration_s: Option<u32>,
    base: &Url,
    report: &mut Report<'_>,
) -> Option<Box<Quiz>> {
    let path = Path::Key(lesson.path, "quiz");
    let object = Object::of(lesson.get("quiz")?, &path, report)?;
    let list = Path::Key(&path, "questions");
    let mut questions: Vec<Question> = Vec::new();
    for (i, value) in object.list("questions", MAX_QUESTIONS, report).iter().enumerate() {
        let path = Path::Index(&list, i);
        let Some(question) = question(value, &path, duration_s, base, report) else { continue };
        if questions.iter().any(|q| q.id == question.id) {
            report.error(&Path::Key(&path, "id"), format!("\"{}\" is used twice in this lesson", question.id.0));
        } else {
            questions.push(question);
        }
    }
    let quiz = Quiz::new(questions);
    if quiz.is_err() {
        report.warning(&path, "has no question that can be asked");
    }
    quiz.ok().map(Box::new)
}

fn question(
    value: &Value,
    path: &Path<'_>,
    duration_s: Option<u32>,
    base: &Url,
    report: &mut Report<'_>,
) -> Option<Question> {
    let object = Object::of(value, path, report)?;
    let id = object.required_text("id", ID_MAX_CHARS, report);
    let prompt = object.required_text("prompt", PROMPT_MAX_CHARS, report);
    let answer = object.choice("kind", &KINDS, report).and_then(|kind| answer(kind, &object, report));
    let lasts_s = duration_s.unwrap_or(LESSON_MAX_S);
    let mut image = document(&object, "image", base, report);
    if image.is_some() && answer.as_ref().is_some_and(leaves_no_room) {
        let what = format!(
            "is shown beside more than {OPTIONS_IN_ONE_COLUMN} options only where each has at most \
             {NARROW_OPTION_MAX_CHARS} characters"
        );
        report.warning(&Path::Key(path, "image"), what);
        image = None;
    }
    let spoken = Some(object.optional_text("spoken", SPOKEN_MAX_CHARS, report)).filter(|s| !s.is_empty());
    let hint = object.optional_text("hint", WORDS_MAX_CHARS, report);
    let reason = object.optional_text("reason", WORDS_MAX_CHARS, report);
    let when = when(&object, lasts_s, report);
    let part = part(&object, lasts_s, report);
    Some(Question { id: QuestionId(id?), when, prompt: prompt?, image, spoken, answer: answer?, hint, reason, part })
}

/// For a picture beside the options.
fn leaves_no_room(answer: &Answer) -> bool {
    let long = |option| answer.words(option).chars().count() > NARROW_OPTION_MAX_CHARS;
    answer.len() > OPTIONS_IN_ONE_COLUMN && (0..answer.len()).any(long)
}

fn when(object: &Object<'_>, lasts_s: u32, report: &mut Report<'_>) -> When {
    let second = object.get("at_s").and_then(|_| object.whole("at_s", 1..=LESSON_MAX_S, report));
    match second {
        Some(second) if second < lasts_s => When::At { second },
        Some(_) => {
            let what = format!("is not within the lesson's {lasts_s} seconds: asked at its end");
            report.error(&Path::Key(object.path, "at_s"), what);
            When::AfterLesson
        }
        None => When::AfterLesson,
    }
}

fn part(object: &Object<'_>, lasts_s: u32, report: &mut Report<'_>) -> Option<Part> {
    let path = Path::Key(object.path, "part");
    let part = Object::of(object.get("part")?, &path, report)?;
    let from_s = part.whole("from_s", 0..=LESSON_MAX_S, report);
    let to_s = part.whole("to_s", 1..=LESSON_MAX_S, report);
    let (from_s, to_s) = (from_s?, to_s?);
    let found = Part::new(from_s, to_s).filter(|_| to_s <= lasts_s);
    if found.is_none() {
        report.error(&path, format!("must begin before it ends, within the lesson's {lasts_s} seconds"));
    }
    found
}

fn answer(kind: Kind, object: &Object<'_>, report: &mut Report<'_>) -> Option<Answer> {
    let (key, made) = match kind {
        Kind::Single | Kind::Multiple => {
            let (options, right) = options(object, report)?;
            let made =
                if kind == Kind::Single { Answer::single(options, &right) } else { Answer::multiple(options, right) };
            ("options", made)
        }
        Kind::TrueFalse => return truth(object, report).map(Answer::true_false),
        Kind::Order => ("items", Answer::order(items(object, report)?)),
    };
    made.map_err(|fault: AnswerFault| report.error(&Path::Key(object.path, key), fault.to_string())).ok()
}

fn truth(object: &Object<'_>, report: &mut Report<'_>) -> Option<bool> {
    let path = Path::Key(object.path, "right");
    match object.get("right") {
        Some(Value::Bool(right)) => Some(*right),
        Some(other) => {
            report.error(&path, format!("must be true or false, is {}", shown(other)));
            None
        }
        None => {
            report.error(&path, "is missing");
            None
        }
    }
}

/// The words of each option and which of them are right. One that cannot be read costs the question: without it the
/// question would be another one.
fn options(object: &Object<'_>, report: &mut Report<'_>) -> Option<(Vec<String>, BTreeSet<usize>)> {
    let list = Path::Key(object.path, "options");
    let (mut words, mut right) = (Vec::new(), BTreeSet::new());
    let values = whole_list(object, "options", report)?;
    for (i, value) in values.iter().enumerate() {
        let path = Path::Index(&list, i);
        let option = Object::of(value, &path, report)?;
        words.push(option.required_text("text", OPTION_MAX_CHARS, report)?);
        match option.get("right") {
            None | Some(Value::Bool(false)) => {}
            Some(Value::Bool(true)) => {
                right.insert(i);
            }
            Some(other) => {
                report.error(&Path::Key(&path, "right"), format!("must be true or false, is {}", kind(other)));
                return None;
            }
        }
    }
    Some((words, right))
}

fn items(object: &Object<'_>, report: &mut Report<'_>) -> Option<Vec<String>> {
    let list = Path::Key(object.path, "items");
    let values = whole_list(object, "items", report)?.iter().enumerate();
    values.map(|(i, value)| text(value, OPTION_MAX_CHARS, &Path::Index(&list, i), report)).collect()
}

/// A list of which nothing may be cut off: what is right could be among it.
fn whole_list<'a>(object: &Object<'a>, key: &str, report: &mut Report<'_>) -> Option<&'a [Value]> {
    let path = Path::Key(object.path, key);
    let Some(value) = object.get(key) else {
        report.error(&path, "is missing");
        return None;
    };
    let Some(items) = value.as_array() else {
        report.error(&path, format!("must be a list, is {}", kind(value)));
        return None;
    };
    if !OPTIONS.contains(&items.len()) {
        report.error(&path, AnswerFault::Count(items.len()).to_string());
        return None;
    }
    Some(items)
}

#[cfg(test)]
#[path = "quiz_tests.rs"]
mod tests;
