//! Questions as publishers write them, right and wrong.

use proptest::prelude::*;
use serde_json::{Value, json};
use url::Url;

use super::*;
use crate::{
    catalogue::format::{
        fault::{Faults, Level},
        tests::mutate,
    },
    learning::quiz::Choice,
};

fn base() -> Url {
    Url::parse("https://xue.example.org/catalogue/courses-1.json").unwrap()
}

fn good() -> Value {
    json!({"questions": [
        {"id": "q1", "kind": "single", "prompt": "先静坐几分钟？", "image": "../quiz/x.png", "spoken": "量血压之前，先静坐几分钟？",
         "options": [{"text": "一分钟"}, {"text": "五分钟", "right": true}, {"text": "二十分钟", "right": false}],
         "hint": "心跳还没平稳。", "reason": "静坐五分钟。", "part": {"from_s": 18, "to_s": 28}},
        {"id": "q2", "kind": "multiple", "prompt": "哪些不能做？", "at_s": 17,
         "options": [{"text": "喝茶", "right": true}, {"text": "静坐"}, {"text": "抽烟", "right": true}, {"text": "放松"}]},
        {"id": "q3", "kind": "true_false", "prompt": "可以跷腿。", "right": false},
        {"id": "q4", "kind": "order", "prompt": "排一排", "items": ["静坐", "绑袖带", "按开始"]}
    ]})
}

/// The quiz of a lesson of 40 seconds, and its faults as `path: what`.
fn read(quiz: &Value) -> (Option<Quiz>, Vec<(Level, String)>) {
    let lesson = json!({ "quiz": quiz });
    let mut faults = Faults::default();
    let report = &mut Report { source: "s", faults: &mut faults };
    let object = Object::of(&lesson, &Path::Root, report).unwrap();
    let read = super::quiz(&object, Some(40), &base(), report).map(|q| *q);
    (read, faults.list.into_iter().map(|f| (f.level, format!("{}: {}", f.path, f.what))).collect())
}

fn after(pointer: &str, value: Value) -> (Option<Quiz>, Vec<(Level, String)>) {
    let mut quiz = good();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match quiz.pointer_mut(parent).unwrap() {
        Value::Object(fields) => drop(fields.insert(key.to_owned(), value)),
        Value::Array(items) => items[key.parse::<usize>().unwrap()] = value,
        _ => panic!("{pointer}"),
    }
    read(&quiz)
}

#[test]
fn good_questions_are_read_whole() {
    let (quiz, faults) = read(&good());
    assert_eq!(faults, []);
    let quiz = quiz.unwrap();
    let [one, several, truth, order] = quiz.questions() else { panic!("four questions") };
    assert!(one.answer.is_right(&Choice::One(1)) && !one.answer.is_right(&Choice::One(0)));
    assert_eq!(one.image.as_deref(), Some("https://xue.example.org/quiz/x.png"));
    assert_eq!(one.part.map(|p| (p.from_ms(), p.to_ms())), Some((18_000, 28_000)));
    assert_eq!((one.when, several.when), (When::AfterLesson, When::At { second: 17 }));
    assert!(several.answer.is_right(&Choice::Several([0, 2].into())));
    assert!(truth.answer.is_right(&Choice::One(1)));
    assert!(order.answer.is_right(&Choice::Sequence(vec![0, 1, 2])));
    assert_eq!(order.answer.words(1), "绑袖带");
}

#[test]
fn a_lesson_without_questions_is_none_and_no_fault() {
    assert_eq!(read(&Value::Null), (None, vec![]));
    let (quiz, faults) = read(&json!({"questions": []}));
    assert!(quiz.is_none());
    assert_eq!(faults, [(Level::Warning, "quiz: has no question that can be asked".into())]);
}

#[test]
fn what_cannot_be_answered_costs_its_question_and_is_reported_with_its_path() {
    let cases: [(&str, Value, &str); 16] = [
        ("/questions/0/id", Value::Null, "quiz.questions[0].id: is missing"),
        ("/questions/1/id", json!("q1"), "quiz.questions[1].id: \"q1\" is used twice in this lesson"),
        ("/questions/0/prompt", json!(" "), "quiz.questions[0].prompt: must not be empty"),
        (
            "/questions/0/kind",
            json!("one"),
            "quiz.questions[0].kind: must be one of single multiple true_false order, is \"one\"",
        ),
        ("/questions/0/options", json!([]), "quiz.questions[0].options: must have 2 to 6 options, has 0"),
        ("/questions/0/options", json!({}), "quiz.questions[0].options: must be a list, is an object"),
        (
            "/questions/0/options/0/right",
            json!(true),
            "quiz.questions[0].options: must have exactly one right option, has 2",
        ),
        (
            "/questions/0/options/1/right",
            json!(1),
            "quiz.questions[0].options[1].right: must be true or false, is a number",
        ),
        ("/questions/0/options/0/text", json!("五分钟"), "quiz.questions[0].options: offers \"五分钟\" twice"),
        ("/questions/0/options/0/text", json!(7), "quiz.questions[0].options[0].text: must be a text, is a number"),
        ("/questions/0/options/0", json!("一"), "quiz.questions[0].options[0]: must be an object, is a text"),
        (
            "/questions/1/options",
            json!([{"text": "一"}, {"text": "二"}]),
            "quiz.questions[1].options: must have at least one right option",
        ),
        ("/questions/2/right", json!("对"), "quiz.questions[2].right: must be true or false, is \"对\""),
        ("/questions/2/right", Value::Null, "quiz.questions[2].right: is missing"),
        ("/questions/3/items", json!(["一"]), "quiz.questions[3].items: must have 2 to 6 options, has 1"),
        ("/questions/3/items/1", json!("静坐"), "quiz.questions[3].items: offers \"静坐\" twice"),
    ];
    for (pointer, value, expected) in cases {
        let (quiz, faults) = after(pointer, value);
        assert_eq!(faults, [(Level::Error, expected.to_owned())], "{pointer}");
        assert_eq!(quiz.unwrap().questions().len(), 3, "{pointer}");
    }
}

#[test]
fn a_bad_detail_costs_only_itself() {
    let cases: [(&str, Value, &str); 6] = [
        (
            "/questions/1/at_s",
            json!(40),
            "quiz.questions[1].at_s: is not within the lesson's 40 seconds: asked at its end",
        ),
        ("/questions/1/at_s", json!("17"), "quiz.questions[1].at_s: must be a whole number from 1 to 86400, is \"17\""),
        (
            "/questions/0/part/to_s",
            json!(18),
            "quiz.questions[0].part: must begin before it ends, within the lesson's 40 seconds",
        ),
        (
            "/questions/0/part/to_s",
            json!(41),
            "quiz.questions[0].part: must begin before it ends, within the lesson's 40 seconds",
        ),
        ("/questions/0/hint", json!(3), "quiz.questions[0].hint: must be a text, is a number"),
        (
            "/questions/0/image",
            json!("file:///etc/passwd"),
            "quiz.questions[0].image: must not use the scheme \"file:\"",
        ),
    ];
    for (pointer, value, expected) in cases {
        let (quiz, faults) = after(pointer, value);
        assert_eq!(faults, [(Level::Error, expected.to_owned())], "{pointer}");
        assert_eq!(quiz.unwrap().questions().len(), 4, "{pointer}");
    }
}

#[test]
fn beside_many_options_a_picture_needs_short_ones() {
    let (quiz, faults) = after("/questions/1/image", json!("../quiz/y.png"));
    assert_eq!((quiz.unwrap().questions()[1].image.is_some(), faults), (true, Vec::new()));
    let mut long = good();
    long["questions"][1]["image"] = json!("../quiz/y.png");
    long["questions"][1]["options"][3]["text"] = json!("放".repeat(21));
    let (quiz, faults) = read(&long);
    let expected =
        "quiz.questions[1].image: is shown beside more than 3 options only where each has at most 20 characters";
    assert_eq!(faults, [(Level::Warning, expected.to_owned())]);
    assert_eq!(quiz.unwrap().questions()[1].image, None);
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (0u32..50).prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!([{"text": "一", "right": true}, {"text": "二"}])),
    ]
}

proptest! {
    #[test]
    fn whatever_is_written_a_question_that_is_asked_can_be_answered(
        changes in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..6), any_value()), 0..4),
    ) {
        let mut written = good();
        for (path, with) in &changes {
            mutate(&mut written, path, with);
        }
        let (quiz, faults) = read(&written);
        let asked = quiz.as_ref().map_or(0, |q| q.questions().len());
        prop_assert!(asked == 4 || !faults.is_empty() || written.is_null(), "{written}");
        for question in quiz.iter().flat_map(Quiz::questions) {
            prop_assert!(!question.prompt.is_empty());
            prop_assert!(OPTIONS.contains(&question.answer.len()));
            if let When::At { second } = question.when {
                prop_assert!(second < 40);
            }
            prop_assert!(question.part.is_none_or(|p| p.from_ms() < p.to_ms() && p.to_ms() <= 40_000));
            // It is written down and read back the same, as in a recording.
            let text = serde_json::to_string(question).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Question>(&text).unwrap(), question);
        }
    }
}
