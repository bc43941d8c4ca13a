//! What is said of questions, surveys and finished courses: the verbs of cmi5 with the interactions of xAPI 1.0.3
//! (Data, appendix C).

use serde_json::{Value, json};

use super::statement::{COURSE, Frame, Pen, Said, Verb, activity, course, duration};
use crate::{
    catalogue::types::{Course, LessonId},
    learning::{
        credit::Earned,
        quiz::{Choice, Kind, Question},
        standing::Questions,
        survey::{Survey, SurveyAnswer, SurveyKind, SurveyQuestion},
    },
};

const INTERACTION: &str = "http://adlnet.gov/expapi/activities/cmi.interaction";
const ASSESSMENT: &str = "http://adlnet.gov/expapi/activities/assessment";
const SURVEY: &str = "http://id.tincanapi.com/activitytype/survey";
/// Of a course, in whole credits and tenths.
const CREDIT: &str = "credit";
const SEPARATOR: &str = "[,]";

/// One try at a question.
pub fn answered(
    frame: &Frame<'_>,
    of: &Course,
    lesson: &LessonId,
    question: &Question,
    choice: &Choice,
    right: bool,
    pen: &mut Pen<'_>,
) {
    let activities = frame.activities;
    let quiz = activities.quiz(&of.id, lesson);
    let mut object = activity(&activities.question(&of.id, lesson, &question.id), INTERACTION, &question.prompt);
    let options = || -> Vec<Value> {
        let words = (0..question.answer.len()).map(|i| (i, question.answer.words(i)));
        words.map(|(i, words)| json!({ "id": i.to_string(), "description": { "zh-CN": words } })).collect()
    };
    let more = match question.answer.kind() {
        Kind::TrueFalse => json!({ "interactionType": "true-false" }),
        Kind::Single | Kind::Multiple => json!({ "interactionType": "choice", "choices": options() }),
        Kind::Order => json!({ "interactionType": "sequencing", "choices": options() }),
    };
    define(&mut object, more);
    let response = match (question.answer.kind(), choice) {
        (Kind::TrueFalse, Choice::One(chosen)) => (*chosen == 0).to_string(),
        (_, Choice::One(chosen)) => chosen.to_string(),
        (_, Choice::Several(chosen)) => joined(chosen),
        (_, Choice::Sequence(chosen)) => joined(chosen),
    };
    pen.write(
        frame,
        Said {
            verb: Verb::Answered,
            object,
            result: Some(json!({ "success": right, "response": response })),
            within: activities.course(&of.id),
            parents: vec![activity(&quiz, ASSESSMENT, &quiz_name(of, lesson))],
            categories: Vec::new(),
            extensions: None,
        },
    );
}

/// All questions of a lesson were answered: passed, or not yet. `standing`: of these questions.
pub fn attempt_ended(frame: &Frame<'_>, of: &Course, lesson: &LessonId, standing: Questions, pen: &mut Pen<'_>) {
    let activities = frame.activities;
    let passed = standing.is_passed();
    let scaled = standing.right as f64 / standing.all.max(1) as f64;
    pen.write(
        frame,
        Said {
            verb: if passed { Verb::Passed } else { Verb::Failed },
            object: activity(&activities.quiz(&of.id, lesson), ASSESSMENT, &quiz_name(of, lesson)),
            result: Some(json!({
                "success": passed,
                "score": {
                    "scaled": (scaled * 10_000.0).round() / 10_000.0,
                    "raw": standing.right,
                    "min": 0,
                    "max": standing.all,
                },
            })),
            within: activities.course(&of.id),
            parents: vec![course(activities, of)],
            categories: Vec::new(),
            extensions: None,
        },
    );
}

/// A course counts from now on.
pub fn course_completed(frame: &Frame<'_>, earned: &Earned, pen: &mut Pen<'_>) {
    let id = frame.activities.course(&earned.course);
    let seconds = u64::from(earned.proof.watched_s());
    // The learner's own records prove it; the extension is named below the operator's address.
    let credit = frame.activities.extension(CREDIT);
    pen.write(
        frame,
        Said {
            verb: Verb::Completed,
            object: activity(&id, COURSE, &earned.title),
            result: Some(json!({
                "completion": true,
                "success": true,
                "duration": duration(seconds.saturating_mul(1000)),
                "extensions": { credit: f64::from(earned.credit_tenths) / 10.0 },
            })),
            within: id,
            parents: Vec::new(),
            categories: Vec::new(),
            extensions: None,
        },
    );
}

/// One answer to a survey.
pub fn survey_answered(
    frame: &Frame<'_>,
    survey: &Survey,
    question: &SurveyQuestion,
    answer: &SurveyAnswer,
    pen: &mut Pen<'_>,
) {
    let activities = frame.activities;
    let whole = activities.survey(&survey.id);
    let mut object = activity(&activities.survey_question(&survey.id, &question.id), INTERACTION, &question.prompt);
    let options: Vec<Value> = question
        .options()
        .iter()
        .zip(1..)
        .map(|(words, n)| json!({ "id": format!("{n}"), "description": { "zh-CN": words } }))
        .collect();
    define(
        &mut object,
        match question.kind {
            SurveyKind::Scale { .. } => json!({ "interactionType": "likert", "scale": options }),
            SurveyKind::Choice { .. } => json!({ "interactionType": "choice", "choices": options }),
        },
    );
    pen.write(
        frame,
        Said {
            verb: Verb::Answered,
            object,
            result: Some(json!({ "response": answer.answer.to_string() })),
            within: whole.clone(),
            parents: vec![activity(&whole, SURVEY, &survey.title)],
            categories: Vec::new(),
            extensions: None,
        },
    );
}

fn quiz_name(of: &Course, lesson: &LessonId) -> String {
    let title = of.lessons.iter().find(|l| l.id == *lesson).map_or("", |l| &l.title);
    format!("{title} 想一想")
}

fn joined<'a>(chosen: impl IntoIterator<Item = &'a usize>) -> String {
    let chosen: Vec<String> = chosen.into_iter().map(ToString::to_string).collect();
    chosen.join(SEPARATOR)
}

fn define(object: &mut Value, more: Value) {
    if let (Some(Value::Object(definition)), Value::Object(more)) = (object.get_mut("definition"), more) {
        definition.extend(more);
    }
}
