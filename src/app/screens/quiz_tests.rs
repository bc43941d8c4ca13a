//! Questions under real keys: asked, answered wrong and right, left and taken up again.

use super::tests::{START, Sofa, catalogue};
use crate::{
    app::{
        Effect, What,
        model::Page,
        playback::Intent,
        screens::{self, course, lesson, quiz},
    },
    catalogue::types::*,
    learning::{progress::WatchedSeconds, quiz::*},
    player::types::*,
    remote::key::RemoteKey,
    store::types::*,
};

fn question(id: &str, when: When, answer: Answer) -> Question {
    Question {
        id: QuestionId(id.into()),
        when,
        prompt: format!("问{id}？"),
        image: None,
        spoken: None,
        answer,
        hint: "看看老师的手。".into(),
        reason: "老师说过。".into(),
        part: Part::new(4, 8),
    }
}

fn of(words: &[&str]) -> Vec<String> {
    words.iter().map(|w| (*w).to_owned()).collect()
}

/// Every lesson of it stops at 10 s and has three questions at its end; the course asks for half of them.
pub(super) fn with_questions(mut course: Course) -> Course {
    course.pass_percent = Some(50);
    for lesson in course.lessons.iter_mut() {
        let questions = vec![
            question("stop", When::At { second: 10 }, Answer::true_false(true)),
            question("one", When::AfterLesson, Answer::single(of(&["甲", "乙", "丙"]), &[1].into()).unwrap()),
            question(
                "some",
                When::AfterLesson,
                Answer::multiple(of(&["子", "丑", "寅", "卯"]), [0, 2].into()).unwrap(),
            ),
            question("line", When::AfterLesson, Answer::order(of(&["先", "中", "后"])).unwrap()),
        ];
        lesson.quiz = Some(Box::new(Quiz::new(questions).unwrap()));
    }
    course
}

const COURSE: &str = "x";

fn begin(sofa: &mut Sofa, lesson: &str, start_ms: u64) {
    screens::go_home(&mut sofa.model);
    course::open(&mut sofa.model, CourseId(COURSE.into()));
    lesson::start(&mut sofa.model, CourseId(COURSE.into()), LessonId(lesson.into()), start_ms);
    sofa.send(What::Tick);
    sofa.plays();
}

/// For the random walk.
pub(super) fn runs_towards_a_question(sofa: &mut Sofa, n: u8) {
    if !matches!(sofa.model.page(), Page::Home(_)) || sofa.model.overlay.is_some() {
        return;
    }
    let start = if n.is_multiple_of(2) { 9_000 } else { 58_000 };
    begin(sofa, &format!("l{}", n % 3), start);
    sofa.watch(2);
    if !n.is_multiple_of(2) {
        sofa.player(PlayerEvent::Phase(Phase::Ended));
    }
}

fn at_the_checkpoint() -> Sofa {
    let mut sofa = Sofa::new();
    begin(&mut sofa, "l0", 8_000);
    sofa.watch(1);
    assert!(matches!(sofa.model.page(), Page::Lesson(_)));
    sofa.watch(1);
    assert_eq!(sofa.focus(), "quiz.row.0");
    sofa
}

fn at_the_end() -> Sofa {
    let mut sofa = Sofa::new();
    begin(&mut sofa, "l0", 12_000);
    sofa.watch(47);
    sofa.player(PlayerEvent::Phase(Phase::Ended));
    sofa
}

fn digit(n: u8) -> RemoteKey {
    RemoteKey::digit(n).unwrap()
}

fn stage(sofa: &Sofa) -> quiz::Stage {
    match sofa.model.page() {
        Page::Quiz(page) => page.stage,
        other => panic!("{other:?}"),
    }
}

fn page(sofa: &Sofa) -> quiz::QuizPage {
    match sofa.model.page() {
        Page::Quiz(page) => page.clone(),
        other => panic!("{other:?}"),
    }
}

fn asked(sofa: &Sofa) -> String {
    page(sofa).question().unwrap().id.0.clone()
}

fn seeks(sofa: &Sofa) -> Vec<u64> {
    let seek = |e: &Effect| match e {
        Effect::Player(PlayerCommand::Seek { to_ms, .. }) => Some(*to_ms),
        _ => None,
    };
    sofa.effects.iter().filter_map(seek).collect()
}

fn kept(sofa: &Sofa, id: &str) -> Option<QuizAnswer> {
    sofa.model.user.answers.iter().find(|a| a.question.0 == id).cloned()
}

#[test]
fn a_lesson_stops_to_ask_and_goes_on_after_the_answer() {
    let mut sofa = at_the_checkpoint();
    assert_eq!(sofa.model.playback.intent, Intent::Pause);
    let session = sofa.model.playback.session;
    sofa.press(digit(2));
    assert_eq!((sofa.focus().as_str(), stage(&sofa)), ("quiz.again", quiz::Stage::Wrong));
    sofa.press(RemoteKey::Ok);
    assert_eq!(sofa.focus(), "quiz.row.0");
    sofa.press(RemoteKey::Ok);
    assert_eq!((sofa.focus().as_str(), stage(&sofa)), ("quiz.next", quiz::Stage::Right));
    let answer = kept(&sofa, "stop").unwrap();
    assert_eq!((answer.right, answer.tries, answer.choice), (true, 2, Choice::One(0)));
    sofa.press(RemoteKey::Ok);
    assert!(matches!(sofa.model.page(), Page::Lesson(_)));
    assert_eq!((sofa.model.playback.intent, sofa.model.playback.session), (Intent::Play, session));
    sofa.watch(3);
    assert!(matches!(sofa.model.page(), Page::Lesson(_)), "what was answered is not asked again");
}

#[test]
fn back_from_a_checkpoint_goes_on_with_the_lesson() {
    let mut sofa = at_the_checkpoint();
    sofa.press(RemoteKey::Back);
    assert!(matches!(sofa.model.page(), Page::Lesson(_)));
    assert_eq!(sofa.model.playback.intent, Intent::Play);
    sofa.watch(5);
    assert!(matches!(sofa.model.page(), Page::Lesson(_)), "it asks once");
    assert_eq!(kept(&sofa, "stop"), None);
    sofa.press(RemoteKey::Back);
    assert!(matches!(sofa.model.page(), Page::Course(_)));
}

#[test]
fn what_was_jumped_over_asks_nothing() {
    let mut sofa = Sofa::new();
    begin(&mut sofa, "l0", 5_000);
    sofa.watch(2);
    sofa.press(RemoteKey::Right);
    sofa.player(PlayerEvent::Position { position_ms: 17_000, duration_ms: Some(60_000) });
    sofa.watch(3);
    assert!(matches!(sofa.model.page(), Page::Lesson(_)));
}

#[test]
fn a_menu_only_puts_the_question_off() {
    let mut sofa = Sofa::new();
    begin(&mut sofa, "l0", 8_000);
    sofa.press(RemoteKey::Menu);
    sofa.watch(4);
    assert_eq!(sofa.focus(), "menu.0");
    sofa.press(RemoteKey::Back);
    assert_eq!(sofa.focus(), "quiz.row.0");
}

#[test]
fn the_part_is_shown_once_more_and_leads_back_to_the_question() {
    let mut sofa = at_the_checkpoint();
    let place = sofa.model.playback.position_ms;
    sofa.press(digit(2));
    sofa.press(RemoteKey::Down);
    assert_eq!(sofa.focus(), "quiz.part");
    sofa.press(RemoteKey::Ok);
    assert_eq!(seeks(&sofa), [4_000]);
    assert_eq!(sofa.focus(), "player");
    // A position from before the jump ends nothing.
    sofa.player(PlayerEvent::Position { position_ms: place, duration_ms: Some(60_000) });
    assert!(matches!(sofa.model.page(), Page::Part(_)));
    sofa.player(PlayerEvent::Position { position_ms: 4_000, duration_ms: Some(60_000) });
    sofa.watch(3);
    assert!(matches!(sofa.model.page(), Page::Part(_)));
    sofa.watch(1);
    assert_eq!((stage(&sofa), sofa.focus().as_str()), (quiz::Stage::Asking, "quiz.row.0"));
    assert_eq!(sofa.model.playback.intent, Intent::Pause);
    let entry = &sofa.model.user.history[0];
    assert_eq!(entry.position_ms, place, "the lesson's own place is kept");
    sofa.press(digit(1));
    sofa.press(RemoteKey::Ok);
    assert_eq!(seeks(&sofa), [place], "and gone back to");
    assert!(matches!(sofa.model.page(), Page::Lesson(_)));
}

#[test]
fn the_end_offers_questions_without_hurry() {
    let mut sofa = at_the_end();
    assert_eq!(screens::focused(&sofa.model).label, "答几道题");
    sofa.wait(60_000);
    assert_eq!(sofa.focus(), "end.0");
    sofa.press(RemoteKey::Ok);
    // The one that was jumped over is asked now.
    assert_eq!((asked(&sofa).as_str(), page(&sofa).questions.len()), ("stop", 4));
    assert_eq!(sofa.model.playback.what, None, "nothing plays under the questions");
    sofa.press(digit(1));
    sofa.press(RemoteKey::Ok);
    assert_eq!(asked(&sofa), "one");
    sofa.press(digit(9));
    assert!(sofa.model.toast.is_some());
    sofa.press(RemoteKey::Down);
    sofa.press(RemoteKey::Ok);
    assert_eq!(stage(&sofa), quiz::Stage::Right);
    sofa.press(RemoteKey::Ok);

    // Several: toggled by digits and by 确认, judged by 选好了.
    assert_eq!(asked(&sofa), "some");
    sofa.press(digit(3));
    sofa.press(digit(4));
    sofa.press(RemoteKey::Ok);
    sofa.press(digit(1));
    assert_eq!(page(&sofa).picked, [2, 0]);
    sofa.press(RemoteKey::Down);
    sofa.press(RemoteKey::Down);
    assert_eq!(sofa.focus(), "quiz.ready");
    sofa.press(RemoteKey::Ok);
    assert_eq!(stage(&sofa), quiz::Stage::Right);
    sofa.press(RemoteKey::Ok);

    // In order: taking one back takes back what was put after it.
    assert_eq!(asked(&sofa), "line");
    let rows = page(&sofa).question().unwrap().answer.rows();
    let key_of = |option: usize| digit(u8::try_from(rows.iter().position(|o| *o == option).unwrap() + 1).unwrap());
    sofa.press(key_of(1));
    sofa.press(key_of(2));
    sofa.press(key_of(1));
    assert_eq!(page(&sofa).picked, Vec::<usize>::new());
    for option in [0, 1, 2] {
        sofa.press(key_of(option));
    }
    assert_eq!(sofa.focus(), "quiz.ready");
    sofa.press(RemoteKey::Ok);
    assert_eq!(stage(&sofa), quiz::Stage::Right);
    sofa.press(RemoteKey::Ok);
    assert_eq!((stage(&sofa), sofa.focus().as_str()), (quiz::Stage::Done, "quiz.lesson"));
    sofa.press(RemoteKey::Ok);
    let opened =
        |e: &Effect| matches!(e, Effect::Player(PlayerCommand::Open(r)) if r.sources[0].url.ends_with("x/1.m3u8"));
    assert!(sofa.effects.iter().any(opened), "{:?}", sofa.effects);
    sofa.press(RemoteKey::Back);
    assert!(matches!(sofa.model.page(), Page::Course(_)));
}

#[test]
fn whoever_leaves_finds_the_open_questions_again() {
    let mut sofa = at_the_end();
    sofa.press(RemoteKey::Ok);
    sofa.press(digit(1));
    sofa.press(RemoteKey::Back);
    assert!(matches!(sofa.model.page(), Page::Course(_)));
    sofa.press(RemoteKey::Menu);
    sofa.press(RemoteKey::Down);
    assert_eq!(screens::focused(&sofa.model).label, "答几道题");
    sofa.press(RemoteKey::Ok);
    assert_eq!((asked(&sofa).as_str(), page(&sofa).questions.len()), ("one", 3));
    sofa.press(RemoteKey::Menu);
    sofa.press(RemoteKey::Down);
    assert_eq!(screens::focused(&sofa.model).label, "先答下一题");
    sofa.press(RemoteKey::Ok);
    assert_eq!(asked(&sofa), "some");
    sofa.press(RemoteKey::Home);
    assert!(kept(&sofa, "stop").is_some_and(|a| a.right));
}

#[test]
fn a_part_from_the_course_page_opens_the_lesson_and_keeps_its_place() {
    let mut sofa = at_the_end();
    sofa.press(RemoteKey::Ok);
    sofa.press(digit(2));
    sofa.press(RemoteKey::Down);
    sofa.press(RemoteKey::Ok);
    let opened = |e: &Effect| matches!(e, Effect::Player(PlayerCommand::Open(r)) if r.start_ms == 4_000);
    assert!(sofa.effects.iter().any(opened), "{:?}", sofa.effects);
    sofa.plays();
    sofa.watch(2);
    sofa.press(RemoteKey::Back);
    assert_eq!(stage(&sofa), quiz::Stage::Asking);
    assert_eq!(sofa.model.user.history[0].position_ms, 60_000);
    assert!(sofa.effects.contains(&Effect::Player(PlayerCommand::Stop)));
}

#[test]
fn a_course_counts_when_its_questions_are_passed() {
    let mut sofa = Sofa::new();
    let course = catalogue().courses.into_iter().find(|c| c.id.0 == COURSE).unwrap();
    let id = CourseId("h1".into());
    let mut small = Course { id: id.clone(), ..course };
    small.lessons.truncate(1);
    sofa.send(What::Catalogue(Catalogue { courses: vec![small.clone()].into(), ..Catalogue::default() }));
    let key = HistoryKey::Lesson { course: id.clone(), lesson: small.lessons[0].id.clone() };
    sofa.model.user.history.push(HistoryEntry {
        key,
        title: String::new(),
        detail: String::new(),
        poster: None,
        position_ms: 60_000,
        duration_ms: 60_000,
        watched: WatchedSeconds::from_ranges([(0, 60)]),
        at: START,
    });
    assert_eq!(course::main_action(&sofa.model, &small), course::Main::Quiz(0));
    assert!(!course::is_done(&sofa.model, &small));
    for question in ["one", "some"] {
        let answer = QuizAnswer {
            course: id.clone(),
            lesson: small.lessons[0].id.clone(),
            question: QuestionId(question.into()),
            choice: Choice::One(0),
            right: true,
            tries: 1,
            at: START,
        };
        sofa.model.user.apply(&StoreCommand::SaveAnswer(answer));
    }
    assert!(course::is_done(&sofa.model, &small));
    assert_eq!(course::main_action(&sofa.model, &small), course::Main::Again);
    // What was answered goes with what was watched.
    course::open(&mut sofa.model, id.clone());
    screens::dialog::ask_forget_course(&mut sofa.model, &id);
    sofa.press(RemoteKey::Right);
    sofa.press(RemoteKey::Ok);
    assert!(sofa.model.user.answers.is_empty() && sofa.model.user.history.is_empty());
}
