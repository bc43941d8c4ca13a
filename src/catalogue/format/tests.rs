//! Catalogues as publishers write them, right and wrong; as the documentation has them. Spoiled ones are in `spoiled`.

mod spoiled;

use serde_json::{Value, json};

use super::{fault::Level, *};
use crate::{
    catalogue::types::{Band, Course, CourseId, Enrolment, LessonId, Tier, Venue},
    learning::survey::SurveyKind,
};

pub(super) use spoiled::mutate;

fn base() -> Url {
    Url::parse("https://xue.example.org/catalogue/courses-1.json").unwrap()
}

fn course(id: &str) -> Value {
    json!({
        "id": id, "title": "八段锦", "band": "健康", "tier": "入门", "form": "微课", "provider": "p1",
        "teacher": "本课老师", "summary": "第一式", "credit": 1.5, "poster": "../posters/x.png",
        "hours": 2.5, "ladder": "养生", "pass_percent": 60, "learners": 1200, "related": ["c7", id, "c7", "c8"],
        "venue": {"address": "一楼", "transport": "步行", "times": "每周二", "page": "../pages/x.html"},
        "enrolment": {"url": "../enrol/c", "seats": 30},
        "lessons": [{
            "id": "l1", "title": "第一式", "duration_s": 52, "chapter": "第一周",
            "media": [{"url": "../lessons/a/master.m3u8", "headers": {"Referer": "https://xue.example.org/"}}],
            "subtitles": [{"lang": "zh", "label": "中文", "url": "../lessons/a/zh.vtt"}]
        }],
        "live": [{"id": "s1", "title": "直播", "start": "2026-03-01T14:00:00+08:00",
                  "end": "2026-03-01T06:40:00Z", "media": [{"url": "udp://239.1.1.1:5000"}],
                  "place": "203 教室", "recording": "l1"}],
        "quiz": {"later": true}
    })
}

fn read(shard: &Value) -> (Vec<Course>, Faults) {
    let mut reading = Reading::new(Some(HashMap::from([("p1".into(), "市老年大学".into())])), Faults::default());
    reading.shard("courses-1.json", shard.to_string().as_bytes(), &base()).unwrap();
    (reading.catalogue.courses.to_vec(), reading.faults)
}

/// The faults after one change to a good course, as `path: what`, and whether the course survived.
fn after(change: impl FnOnce(&mut Value)) -> (Vec<String>, Option<Course>) {
    let mut one = course("c1");
    change(&mut one);
    let (courses, faults) = read(&json!({"courses": [course("c0"), one]}));
    assert_eq!(courses[0].id.0, "c0", "the neighbour is untouched");
    (faults.list.iter().map(|f| format!("{}: {}", f.path, f.what)).collect(), courses.into_iter().nth(1))
}

#[test]
fn a_good_course_is_read_whole() {
    let (faults, course) = after(|_| ());
    assert_eq!(faults, Vec::<String>::new());
    let course = course.unwrap();
    assert_eq!((course.band, course.tier, course.credit_tenths), (Band::Health, Tier::Beginner, 15));
    assert_eq!(course.provider, "市老年大学");
    assert_eq!(course.poster.as_deref(), Some("https://xue.example.org/posters/x.png"));
    assert_eq!(course.lessons[0].sources[0].url, "https://xue.example.org/lessons/a/master.m3u8");
    assert_eq!(course.lessons[0].sources[0].headers, [("Referer".into(), "https://xue.example.org/".into())]);
    assert_eq!(course.live[0].end.since(course.live[0].start), 40 * 60_000);
    assert_eq!(course.live[0].place.as_deref(), Some("203 教室"));
    assert_eq!(course.live[0].recording, Some(LessonId("l1".into())));
    assert_eq!((course.hours_tenths, course.pass_percent, course.learners), (25, Some(60), 1200));
    assert_eq!(course.ladder.as_deref(), Some("养生"));
    assert_eq!(course.lessons[0].chapter.as_deref(), Some("第一周"));
    assert_eq!(course.related, ["c7", "c8"].map(|id| CourseId(id.into())), "not itself, and each once");
    let page = Some("https://xue.example.org/pages/x.html".into());
    let venue = Venue { address: "一楼".into(), transport: "步行".into(), times: "每周二".into(), page };
    assert_eq!(course.venue, Some(venue));
    assert_eq!(course.enrolment, Some(Enrolment { url: "https://xue.example.org/enrol/c".into(), seats: 30 }));
}

#[test]
fn what_stands_around_a_course_costs_only_itself() {
    let cases: [(&str, Value, &str); 14] = [
        ("/hours", json!(1001), "courses[1].hours: must be a number from 0 to 1000, is 1001"),
        ("/ladder", json!(["x"]), "courses[1].ladder: must be a text, is a list"),
        ("/pass_percent", json!(0), "courses[1].pass_percent: must be a whole number from 1 to 100, is 0"),
        ("/learners", json!(-3), "courses[1].learners: must be a whole number from 0 to 2000000000, is -3"),
        ("/related/0", json!(7), "courses[1].related[0]: must be a text, is a number"),
        ("/venue", json!("一楼"), "courses[1].venue: must be an object, is a text"),
        ("/venue/address", Value::Null, "courses[1].venue.address: is missing"),
        ("/venue/page", json!("javascript:x"), "courses[1].venue.page: must not use the scheme \"javascript:\""),
        (
            "/enrolment/url",
            json!("http://xue.example.org/e"),
            "courses[1].enrolment.url: must use https, as the catalogue does",
        ),
        ("/enrolment/url", Value::Null, "courses[1].enrolment.url: is missing"),
        (
            "/enrolment/seats",
            json!("many"),
            "courses[1].enrolment.seats: must be a whole number from 1 to 1000000, is \"many\"",
        ),
        ("/live/0/place", json!(203), "courses[1].live[0].place: must be a text, is a number"),
        (
            "/live/0/recording",
            json!("l9"),
            "courses[1].live[0].recording: \"l9\" is not a lesson of this course that can be used",
        ),
        ("/lessons/0/chapter", json!(1), "courses[1].lessons[0].chapter: must be a text, is a number"),
    ];
    for (pointer, value, expected) in cases {
        let (faults, course) = after(|c| *c.pointer_mut(pointer).unwrap() = value);
        assert_eq!(faults, [expected], "{pointer}");
        let course = course.unwrap();
        assert_eq!((course.lessons.len(), course.live.len()), (1, 1), "{pointer}");
    }
}

#[test]
fn chapters_that_come_back_are_remarked_on() {
    let (faults, course) = after(|c| {
        let lesson = |id: &str, chapter: &str| json!({"id": id, "title": id, "duration_s": 9, "chapter": chapter, "media": [{"url": "a.mp4"}]});
        c["lessons"] = json!([lesson("l1", "甲"), lesson("l2", "甲"), lesson("l3", "乙"), lesson("l4", "甲")]);
    });
    assert_eq!(faults, ["courses[1].lessons: lessons of the chapter \"甲\" do not stand together"]);
    assert_eq!(course.unwrap().lessons.len(), 4);
}

fn survey() -> Value {
    json!({"id": "s", "title": "您还想学什么", "questions": [
        {"id": "a", "prompt": "哪一类？", "choice": ["健康", "艺术"]},
        {"id": "b", "prompt": "快不快？", "scale": {"low": "太快", "high": "太慢"}},
    ]})
}

#[test]
fn surveys_stand_in_the_index_and_in_shards() {
    let mut faults = Faults::default();
    let index = json!({"version": 1, "shards": [], "surveys": [survey()]}).to_string();
    let index = read_index("index.json", index.as_bytes(), &base(), &mut faults).unwrap();
    let mut reading = Reading::of_index(index, faults);
    let mut other = survey();
    other["id"] = json!("t");
    let shard = json!({"surveys": [survey(), other]}).to_string();
    assert_eq!(reading.shard("one.json", shard.as_bytes(), &base()), Ok(0));
    let ids: Vec<_> = reading.catalogue.surveys.iter().map(|s| s.id.0.as_str()).collect();
    assert_eq!(ids, ["s", "t"]);
    assert_eq!(reading.faults.list[0].to_string(), "error: one.json: surveys[0].id: \"s\" is used twice");
    assert_eq!(reading.faults.list.len(), 1);
    let scale = SurveyKind::Scale { low: "太快".into(), high: "太慢".into() };
    assert_eq!(reading.catalogue.surveys[0].questions[1].kind, scale);
    let cut = shard.replace("\"t\"", "\"u\"");
    assert!(reading.shard("two.json", &cut.as_bytes()[..cut.len() - 1], &base()).is_err());
    assert_eq!(reading.catalogue.surveys.len(), 2, "a broken shard leaves nothing");
}

#[test]
fn a_bad_question_is_left_out_and_reported() {
    let many: Vec<_> = (0..6).map(|i| json!({"id": i.to_string(), "prompt": "?", "choice": ["是", "否"]})).collect();
    let cases: [(&str, Value, &str, Option<usize>); 9] = [
        ("/title", Value::Null, "surveys[0].title: is missing", None),
        ("/questions", json!([]), "surveys[0].questions: holds no question that can be used", None),
        ("/questions", Value::from(many), "surveys[0].questions: has 6 items; only the first 5 are used", Some(5)),
        (
            "/questions/0/choice",
            json!(["一样", "一样"]),
            "surveys[0].questions[0].choice: must offer at least two different answers",
            Some(1),
        ),
        ("/questions/0/choice", Value::Null, "surveys[0].questions[0]: must have \"scale\" or \"choice\"", Some(1)),
        (
            "/questions/0/scale",
            json!({}),
            "surveys[0].questions[0]: must have either \"scale\" or \"choice\", not both",
            Some(1),
        ),
        ("/questions/1/scale/high", Value::Null, "surveys[0].questions[1].scale.high: is missing", Some(1)),
        ("/questions/1/scale", json!([1]), "surveys[0].questions[1].scale: must be an object, is a list", Some(1)),
        ("/questions/1/id", json!("a"), "surveys[0].questions[1].id: \"a\" is used twice in this survey", Some(1)),
    ];
    for (pointer, value, expected, left) in cases {
        let mut one = survey();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        one.pointer_mut(parent).unwrap().as_object_mut().unwrap().insert(key.into(), value);
        let mut reading = Reading::new(None, Faults::default());
        let shard = json!({"courses": [], "surveys": [one]}).to_string();
        reading.shard("s", shard.as_bytes(), &base()).unwrap();
        let found: Vec<_> = reading.faults.list.iter().map(|f| format!("{}: {}", f.path, f.what)).collect();
        assert_eq!(found, [expected], "{pointer}");
        assert_eq!(reading.catalogue.surveys.first().map(|s| s.questions.len()), left, "{pointer}");
    }
}

#[test]
fn a_bad_required_field_costs_the_item_and_is_reported_with_its_path() {
    let cases: [(&str, Value, &str); 9] = [
        ("/id", Value::Null, "courses[1].id: is missing"),
        ("/title", json!(7), "courses[1].title: must be a text, is a number"),
        ("/title", json!("  "), "courses[1].title: must not be empty"),
        ("/band", json!("健身"), "courses[1].band: must be one of 艺术 文化 健康 生活 智能 防骗, is \"健身\""),
        (
            "/lessons/0/duration_s",
            json!(-1),
            "courses[1].lessons[0].duration_s: must be a whole number from 1 to 86400, is -1",
        ),
        (
            "/lessons/0/duration_s",
            json!("52"),
            "courses[1].lessons[0].duration_s: must be a whole number from 1 to 86400, is \"52\"",
        ),
        ("/lessons/0", json!([]), "courses[1].lessons[0]: must be an object, is a list"),
        (
            "/live/0/start",
            json!("today"),
            "courses[1].live[0].start: must be a time like 2026-03-01T14:00:00+08:00, is \"today\"",
        ),
        (
            "/live/0/end",
            json!("2026-03-01T05:00:00Z"),
            "courses[1].live[0].end: must be after start, by at most 24 hours",
        ),
    ];
    for (pointer, value, expected) in cases {
        let (faults, course) = after(|c| *c.pointer_mut(pointer).unwrap() = value);
        assert!(faults.contains(&expected.to_owned()), "{pointer}: {faults:?}");
        match pointer {
            p if p.starts_with("/lessons") => assert!(course.unwrap().lessons.is_empty()),
            p if p.starts_with("/live") => assert!(course.unwrap().live.is_empty()),
            _ => assert!(course.is_none()),
        }
    }
}

#[test]
fn a_bad_optional_field_costs_only_itself() {
    let cases: [(&str, Value, &str); 8] = [
        ("/poster", json!("file:///etc/passwd"), "courses[1].poster: must not use the scheme \"file:\""),
        ("/poster", json!({}), "courses[1].poster: must be a text"),
        ("/credit", json!(-1), "courses[1].credit: must be a number from 0 to 100, is -1"),
        ("/credit", json!(1.55), "courses[1].credit: is counted in tenths: 1.55 becomes 1.6"),
        ("/provider", json!("p9"), "courses[1].provider: \"p9\" is not among the index's providers"),
        ("/lessons/0/subtitles/0/url", json!(""), "courses[1].lessons[0].subtitles[0].url: must not be empty"),
        (
            "/lessons/0/media/0/url",
            json!("http://127.0.0.1/x"),
            "courses[1].lessons[0].media[0].url: must not name this machine or a link-local address",
        ),
        (
            "/lessons/0/media/0/headers",
            json!({"A b": "x"}),
            "courses[1].lessons[0].media[0].headers.A b: is not a header that can be sent",
        ),
    ];
    for (pointer, value, expected) in cases {
        let (faults, course) = after(|c| *c.pointer_mut(pointer).unwrap() = value);
        assert!(faults.contains(&expected.to_owned()), "{pointer}: {faults:?}");
        assert_eq!(course.unwrap().lessons.len(), 1, "{pointer}");
    }
}

#[test]
fn every_fault_of_a_course_is_reported_at_once() {
    let (courses, faults) = read(&json!({"courses": [{"lessons": [{}]}]}));
    assert!(courses.is_empty());
    let paths: Vec<_> = faults.list.iter().map(|f| f.path.as_str()).collect();
    for field in ["id", "title", "band", "tier", "form", "lessons[0].id", "lessons[0].title", "lessons[0].duration_s"] {
        assert!(paths.contains(&format!("courses[0].{field}").as_str()), "{field}: {paths:?}");
    }
}

#[test]
fn ids_used_twice_are_reported_within_and_across_shards() {
    let mut reading = Reading::new(None, Faults::default());
    let shard = json!({"courses": [course("c1"), course("c1")]}).to_string();
    assert_eq!(reading.shard("one.json", shard.as_bytes(), &base()), Ok(1));
    let mut twice = course("c2");
    let lesson = twice["lessons"][0].clone();
    twice["lessons"].as_array_mut().unwrap().push(lesson);
    let shard = json!({"courses": [course("c1"), twice]}).to_string();
    assert_eq!(reading.shard("two.json", shard.as_bytes(), &base()), Ok(1));
    let what: Vec<_> = reading.faults.list.iter().map(ToString::to_string).collect();
    assert_eq!(
        what,
        [
            "error: one.json: courses[1].id: \"c1\" is already used in one.json",
            "error: two.json: courses[0].id: \"c1\" is already used in one.json",
            "error: two.json: courses[1].lessons[1].id: \"l1\" is used twice in this course",
        ]
    );
}

#[test]
fn a_shard_that_is_broken_as_a_whole_adds_nothing() {
    let mut reading = Reading::new(None, Faults::default());
    let good = json!({"courses": [course("c1"), course("c2")]}).to_string();
    let cut = &good[..good.len() - 4];
    assert!(matches!(reading.shard("s.json", cut.as_bytes(), &base()), Err(FormatError::Json { .. })));
    assert!(reading.catalogue.courses.is_empty());
    assert_eq!(reading.shard("s.json", good.as_bytes(), &base()), Ok(2), "its ids are free again");
    for text in ["", "null", "[]", "{\"courses\": {}}", "{}", "\u{feff}", "{\"courses\":[]} x"] {
        assert!(reading.shard("s.json", text.as_bytes(), &base()).is_err(), "{text}");
    }
    assert_eq!(reading.shard("s.json", "\u{feff}{\"courses\":[]}".as_bytes(), &base()), Ok(0));
}

#[test]
fn bombs_are_refused_before_they_fill_memory() {
    let mut reading = Reading::new(None, Faults::default());
    let zeros = format!("{{\"courses\":[[{}0]]}}", "0,".repeat(1_000_000));
    let failure = reading.shard("s.json", zeros.as_bytes(), &base()).unwrap_err();
    assert!(failure.to_string().contains("more than 100000 values"), "{failure}");
    let deep = format!("{{\"courses\":[{}", "[".repeat(100_000));
    assert!(reading.shard("s.json", deep.as_bytes(), &base()).is_err());
    let elsewhere = format!("{{\"x\":[{}0],\"courses\":[]}}", "0,".repeat(1_000_000));
    assert_eq!(reading.shard("s.json", elsewhere.as_bytes(), &base()), Ok(0), "an unknown field costs nothing");
    let many = format!("{{\"courses\":[{}0]}}", "0,".repeat(5_000));
    reading.shard("s.json", many.as_bytes(), &base()).unwrap();
    assert_eq!((reading.faults.list.len(), reading.faults.left_out), (1_000, 4_001));
}

#[test]
fn an_index_names_providers_and_shards() {
    let mut faults = Faults::default();
    let index = json!({
        "version": 1, "title": "金色学堂", "later": [],
        "providers": [{"id": "p1", "name": "市老年大学"}, {"id": "p1", "name": "又一个"}, {"id": "p2"}],
        "shards": ["courses-1.json", "courses-1.json", "http://xue.example.org/2.json", 7, "https://cdn.example.org/3.json"]
    });
    let index = read_index("index.json", index.to_string().as_bytes(), &base(), &mut faults).unwrap();
    let shards: Vec<_> = index.shards.iter().map(Url::as_str).collect();
    assert_eq!(shards, ["https://xue.example.org/catalogue/courses-1.json", "https://cdn.example.org/3.json"]);
    assert_eq!(index.providers, HashMap::from([("p1".into(), "市老年大学".into())]));
    let what: Vec<_> = faults.list.iter().map(|f| format!("{}: {}", f.path, f.what)).collect();
    assert_eq!(
        what,
        [
            "providers[1].id: \"p1\" is used twice",
            "providers[2].name: is missing",
            "shards[1]: is named twice",
            "shards[2]: must use https, as the index does",
            "shards[3]: must be a text, is a number",
        ]
    );
}

#[test]
fn an_index_of_another_version_is_refused_in_words() {
    let failure = read_index("i", br#"{"version":2,"shards":[]}"#, &base(), &mut Faults::default()).unwrap_err();
    assert_eq!(failure.to_string(), "i: version 2 of the catalogue format; this program reads version 1");
    for text in ["{}", "{\"version\":1}", "[]", "x"] {
        assert!(read_index("i", text.as_bytes(), &base(), &mut Faults::default()).is_err(), "{text}");
    }
}

#[test]
fn a_lesson_without_media_is_kept_with_a_warning() {
    let (faults, course) = after(|c| c["lessons"][0]["media"] = json!([]));
    assert!(faults[0].contains("cannot be watched"), "{faults:?}");
    assert!(course.unwrap().lessons[0].sources.is_empty());
    let (_, faults) =
        read(&json!({"courses": [{"id": "x", "title": "x", "band": "生活", "tier": "提高", "form": "慕课"}]}));
    assert_eq!(faults.list[0].level, Level::Warning);
    assert!(!faults.any_error());
}

fn document(name: &str) -> String {
    std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name)).unwrap()
}

#[test]
fn the_examples_in_the_documentation_are_read_without_a_fault() {
    let text = document("catalogue.md");
    let blocks: Vec<_> = text.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let [index, shard] = blocks.as_slice() else { panic!("{} examples", blocks.len()) };
    let mut faults = Faults::default();
    let index = read_index("index.json", index.as_bytes(), &base(), &mut faults).unwrap();
    let mut reading = Reading::new(Some(index.providers), faults);
    assert_eq!(reading.shard("courses-1.json", shard.as_bytes(), &base()), Ok(1));
    assert!(reading.faults.is_empty(), "{:?}", reading.faults);
}

#[test]
fn the_schema_demands_what_the_reader_demands() {
    let schema: Value = serde_json::from_str(&document("catalogue.schema.json")).unwrap();
    let course_schema = &schema["$defs"]["course"];
    for (field, def) in [("band", "course"), ("tier", "course"), ("form", "course")] {
        for word in schema["$defs"][def]["properties"][field]["enum"].as_array().unwrap() {
            let (faults, _) = after(|c| c[field] = word.clone());
            assert!(faults.is_empty(), "{field} {word}: {faults:?}");
        }
    }
    let places = [
        ("", "course"),
        ("/lessons/0", "lesson"),
        ("/live/0", "session"),
        ("/venue", "venue"),
        ("/enrolment", "enrolment"),
    ];
    for (pointer, def) in places {
        for (field, _) in schema["$defs"][def]["properties"].as_object().unwrap() {
            let required = schema["$defs"][def]["required"].as_array().unwrap().contains(&field.as_str().into());
            let (faults, _) = after(|c| {
                c.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove(field);
            });
            let missing = faults.iter().any(|f| f.ends_with(&format!("{field}: is missing")));
            assert_eq!(missing, required, "{def}.{field}: {faults:?}");
        }
    }
    assert_eq!(course_schema["properties"]["lessons"]["items"]["$ref"], "#/$defs/lesson");
}
