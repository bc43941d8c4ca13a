//! One survey out of its JSON. A question that is bad is left out; a survey without any is none.

use serde_json::Value;

use super::{
    course::{ID_MAX_CHARS, TITLE_MAX_CHARS},
    field::{each, unique},
    node::{Object, Path, Report, text},
};
use crate::learning::survey::{MAX_QUESTIONS, Survey, SurveyId, SurveyKind, SurveyQuestion};

/// A question fills the upper half of a screen.
const PROMPT_MAX_CHARS: usize = 60;
/// A row of large type, or the word at the end of a scale.
const ANSWER_MAX_CHARS: usize = 24;
/// Each has a number key and a row.
const MAX_OPTIONS: usize = 6;

pub(super) fn survey(value: &Value, path: &Path<'_>, report: &mut Report<'_>) -> Option<Survey> {
    let object = Object::of(value, path, report)?;
    let id = object.required_text("id", ID_MAX_CHARS, report);
    let title = object.required_text("title", TITLE_MAX_CHARS, report);
    let questions = unique(&object, "questions", MAX_QUESTIONS, report, question, |q| &q.id);
    if questions.is_empty() {
        report.error(&Path::Key(path, "questions"), "holds no question that can be used");
        return None;
    }
    Some(Survey { id: SurveyId(id?), title: title?, questions })
}

fn question(value: &Value, path: &Path<'_>, report: &mut Report<'_>) -> Option<SurveyQuestion> {
    let object = Object::of(value, path, report)?;
    let id = object.required_text("id", ID_MAX_CHARS, report);
    let prompt = object.required_text("prompt", PROMPT_MAX_CHARS, report);
    let kind = match (object.get("scale"), object.get("choice")) {
        (Some(scale), None) => scale_of(scale, &Path::Key(path, "scale"), report),
        (None, Some(_)) => choice_of(&object, report),
        (None, None) => {
            report.error(path, "must have \"scale\" or \"choice\"");
            None
        }
        (Some(_), Some(_)) => {
            report.error(path, "must have either \"scale\" or \"choice\", not both");
            None
        }
    };
    Some(SurveyQuestion { id: id?, prompt: prompt?, kind: kind? })
}

fn scale_of(value: &Value, path: &Path<'_>, report: &mut Report<'_>) -> Option<SurveyKind> {
    let object = Object::of(value, path, report)?;
    let low = object.required_text("low", ANSWER_MAX_CHARS, report);
    let high = object.required_text("high", ANSWER_MAX_CHARS, report);
    Some(SurveyKind::Scale { low: low?, high: high? })
}

fn choice_of(object: &Object<'_>, report: &mut Report<'_>) -> Option<SurveyKind> {
    let mut options: Vec<String> = Vec::new();
    for option in each(object, "choice", MAX_OPTIONS, report, |v, p, r| text(v, ANSWER_MAX_CHARS, p, r)) {
        if !option.is_empty() && !options.contains(&option) {
            options.push(option);
        }
    }
    if options.len() < 2 {
        report.error(&Path::Key(object.path, "choice"), "must offer at least two different answers");
        return None;
    }
    Some(SurveyKind::Choice { options })
}
