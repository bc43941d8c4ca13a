//! Courses in all their forms from the sofa: ladder, chapters, short videos, the timetable, seats.

use super::tests::{START, Sofa, catalogue};
use crate::{
    app::{
        Effect, What, enrolment,
        model::Page,
        screens::{
            self, category,
            lesson::{LessonPage, Target},
            timetable::{self, Standing},
        },
    },
    catalogue::{
        enrolment::{Mine, Reply, Seats, Wish},
        types::{CourseId, Form, LessonId},
    },
    learning::quiz::Quiz,
    player::types::{Phase, PlayerEvent},
    remote::key::RemoteKey::{self, *},
    store::types::StoreCommand,
};

fn hall() -> CourseId {
    CourseId("hall".into())
}

fn seats(taken: u32, waiting: u32, mine: Mine) -> Reply {
    Reply::Seats(Seats { seats: 3, taken, waiting, mine })
}

/// Any answer, in place of the operator.
pub(super) fn office_says(sofa: &mut Sofa, n: u8) {
    let asked = sofa.effects.iter().find_map(|e| match e {
        Effect::Enrolment { learner, course, wish, .. } => Some((learner.clone(), course.clone(), *wish)),
        _ => None,
    });
    let learner = sofa.model.user.settings.learner.clone();
    let (learner, course, wish) =
        asked.unwrap_or_else(|| (learner, hall(), [None, Some(Wish::Enrol), Some(Wish::Withdraw)][usize::from(n % 3)]));
    let mine = [Mine::None, Mine::Enrolled, Mine::Waiting][usize::from(n / 3 % 3)];
    let reply = match n % 5 {
        0 => Reply::Unreachable,
        1 => Reply::Refused("下一期再来".into()),
        _ => seats(u32::from(n % 4), u32::from(n / 64), mine),
    };
    sofa.send(What::Enrolment { learner, course, wish, reply });
}

fn told(sofa: &Sofa) -> Vec<Option<Wish>> {
    let wish = |e: &Effect| if let Effect::Enrolment { wish, .. } = e { Some(*wish) } else { None };
    sofa.effects.iter().filter_map(wish).collect()
}

fn toast(sofa: &Sofa) -> &str {
    sofa.model.toast.as_ref().map_or("", |t| t.text.as_str())
}

fn lesson(sofa: &Sofa) -> Option<&LessonId> {
    match sofa.model.page() {
        Page::Lesson(LessonPage { target: Target::Lesson(id), .. }) => Some(id),
        _ => None,
    }
}

/// Watches the lesson to its end.
fn watch_whole(sofa: &mut Sofa) {
    sofa.plays();
    sofa.watch(60);
    sofa.player(PlayerEvent::Phase(Phase::Ended));
}

#[test]
fn short_videos_follow_one_another_and_the_ladder_goes_on() {
    let mut all = catalogue();
    all.courses.iter_mut().for_each(|c| c.live.clear());
    let mut sofa = Sofa::new();
    sofa.send(What::Catalogue(all));
    screens::course::open(&mut sofa.model, hall());
    sofa.send(What::Tick);
    assert_eq!(lesson(&sofa), Some(&LessonId("l0".into())), "straight into the picture");
    sofa.plays();
    assert_eq!(screens::live::over(&sofa.model), "1/3　第0讲");
    sofa.press(Up);
    assert_eq!(toast(&sofa), "这是头一个");
    sofa.press(Down);
    assert_eq!(lesson(&sofa), Some(&LessonId("l1".into())));
    sofa.press(Up);
    watch_whole(&mut sofa);
    assert_eq!(lesson(&sofa), Some(&LessonId("l1".into())), "the end goes to the next by itself");
    watch_whole(&mut sofa);
    watch_whole(&mut sofa);
    assert_eq!(sofa.focus(), "end.0");
    assert_eq!(screens::focused(&sofa.model).label, "学下一级");
    sofa.press(Ok);
    assert!(matches!(sofa.model.page(), Page::Course(page) if page.course.0 == "step"));
    assert_eq!(sofa.model.stack.len(), 2, "the next step takes the place of the one before");
    // And from the page of the finished one.
    screens::go_home(&mut sofa.model);
    screens::push(
        &mut sofa.model,
        Page::Course(screens::course::CoursePage { course: hall(), spot: screens::course::Spot::Main }),
    );
    assert_eq!(screens::focused(&sofa.model).label, "下一级：课程step 提高");
    let course = sofa.model.catalogue.ready().unwrap().course(&CourseId("step".into())).unwrap();
    let steps = screens::ladder::steps(&sofa.model, course);
    let said: Vec<_> = steps.iter().map(|s| (s.tier.name(), s.here, s.words())).collect();
    assert_eq!(said, [("入门", false, "学完了"), ("提高", true, "在这里")]);
    let below = sofa.model.catalogue.ready().unwrap().course(&hall()).unwrap();
    let steps = screens::ladder::steps(&sofa.model, below);
    let said: Vec<_> = steps.iter().map(|s| (s.tier.name(), s.here, s.words())).collect();
    assert_eq!(said, [("入门", true, "学完了"), ("提高", false, "课程step")], "the next one by its name");
}

#[test]
fn a_short_video_stops_for_its_questions_and_says_how_far_it_is() {
    let mut all = catalogue();
    all.courses.iter_mut().for_each(|c| c.live.clear());
    let at = all.courses.iter().position(|c| c.id == hall()).unwrap();
    let mut asking = super::quiz_tests::with_questions(all.courses[at].clone());
    // The last one asks nothing.
    asking.lessons.iter_mut().next_back().unwrap().quiz = None;
    all.courses[at] = asking;
    let mut sofa = Sofa::new();
    sofa.send(What::Catalogue(all));
    screens::course::open(&mut sofa.model, hall());
    sofa.send(What::Tick);
    let bar = |sofa: &Sofa| match sofa.model.page() {
        Page::Lesson(page) => screens::lesson::has_thin_bar(&sofa.model, page),
        _ => false,
    };
    assert!(!bar(&sofa), "there is no picture yet");
    sofa.plays();
    sofa.watch(9);
    assert!(bar(&sofa));
    sofa.watch(2);
    assert!(matches!(sofa.model.page(), Page::Quiz(_)), "the video stops to ask");
    sofa.press(Back);
    assert_eq!(lesson(&sofa), Some(&LessonId("l0".into())), "and goes on afterwards");
    sofa.press(Ok);
    assert!(!bar(&sofa), "the bar says it better");
    sofa.press(Back);
    sofa.player(PlayerEvent::Phase(Phase::Ended));
    assert_eq!(screens::focused(&sofa.model).label, "答几道题", "what it asks at its end is not passed over");
    assert!(!bar(&sofa));
    sofa.press(Right);
    assert_eq!(screens::focused(&sofa.model).label, "下一个");
    sofa.press(Down);
    assert_eq!(lesson(&sofa), Some(&LessonId("l1".into())), "the keys of the picture lead on from the card");
    sofa.press(Down);
    assert_eq!(lesson(&sofa), Some(&LessonId("l2".into())));
    sofa.plays();
    sofa.press(Down);
    assert_eq!(toast(&sofa), "这是最后一个了");
}

#[test]
fn a_course_that_is_finished_by_its_answers_leads_up_its_ladder() {
    let mut all = catalogue();
    let at = all.courses.iter().position(|c| c.id == hall()).unwrap();
    let mut asking = super::quiz_tests::with_questions(all.courses[at].clone());
    (asking.form, asking.pass_percent) = (Form::Micro, Some(100));
    asking.live.clear();
    asking.lessons.truncate(1);
    for lesson in asking.lessons.iter_mut() {
        let one = lesson.quiz.iter().flat_map(|quiz| quiz.questions()).find(|q| q.id.0 == "one").cloned();
        lesson.quiz = Some(Box::new(Quiz::new(one.into_iter().collect()).unwrap()));
    }
    all.courses[at] = asking;
    let mut sofa = Sofa::new();
    sofa.send(What::Catalogue(all));
    screens::course::open(&mut sofa.model, hall());
    sofa.press(Ok);
    watch_whole(&mut sofa);
    assert_eq!(screens::focused(&sofa.model).label, "答几道题");
    sofa.press(Ok);
    sofa.press(RemoteKey::digit(2).unwrap());
    sofa.press(Ok);
    assert_eq!(screens::focused(&sofa.model).label, "学下一级");
    sofa.press(Ok);
    assert!(matches!(sofa.model.page(), Page::Course(page) if page.course.0 == "step"), "{:?}", sofa.model.page());
    assert_eq!(sofa.model.stack.len(), 2);
}

#[test]
fn channel_keys_jump_by_chapter() {
    let mut all = catalogue();
    let step = all.courses.iter_mut().find(|c| c.id.0 == "h8").unwrap();
    for (i, lesson) in step.lessons.iter_mut().enumerate() {
        lesson.chapter = Some(format!("第{}周", i / 3));
    }
    let mut sofa = Sofa::new();
    sofa.send(What::Catalogue(all));
    screens::course::open(&mut sofa.model, CourseId("h8".into()));
    sofa.press(Right);
    assert_eq!(sofa.focus(), "course.lesson.0");
    for (key, at) in [
        (ChannelDown, 3),
        (Down, 4),
        (ChannelUp, 3),
        (ChannelUp, 0),
        (ChannelDown, 3),
        (ChannelDown, 6),
        (ChannelDown, 6),
    ] {
        sofa.press(key);
        assert_eq!(sofa.focus(), format!("course.lesson.{at}"), "{key:?}");
    }
}

#[test]
fn a_live_lesson_is_booked_in_the_timetable_waited_for_and_becomes_its_recording() {
    let mut sofa = Sofa::new();
    category::open(&mut sofa.model, category::Shelf::LiveClasses);
    sofa.press(Up);
    assert_eq!(sofa.focus(), "category.timetable");
    sofa.press(Ok);
    let rows = timetable::rows(&sofa.model);
    let names: Vec<_> = rows.iter().map(|(c, s)| (c.id.0.as_str(), s.id.as_str())).collect();
    assert_eq!(
        names,
        [("hall", "a"), ("live", "s"), ("hall", "b"), ("hall", "c"), ("hall", "d")],
        "a week, and no more"
    );
    let tags: Vec<_> = rows.iter().map(|(c, s)| timetable::standing(&sofa.model, c, s)).collect();
    assert_eq!(tags[..3], [Standing::Recorded, Standing::Live, Standing::Bookable]);
    assert_eq!(sofa.focus(), "timetable.live/s", "what is over is not where one begins");
    sofa.press(Down);
    sofa.press(Ok);
    assert_eq!(sofa.model.user.reminders.len(), 1);
    sofa.press(Ok);
    assert!(matches!(sofa.model.page(), Page::Waiting(_)));
    assert!(screens::focused(&sofa.model).label.contains("还有2分"), "{:?}", screens::focused(&sofa.model));
    sofa.wait(119_000);
    assert!(screens::focused(&sofa.model).label.contains("还有1秒"), "{:?}", screens::focused(&sofa.model));
    assert_eq!(screens::focusables(&sofa.model).len(), 2, "still booked");
    assert!(matches!(sofa.model.page(), Page::Waiting(_)));
    assert!(sofa.model.call.is_none(), "whoever waits for it needs no call");
    sofa.wait(1_000);
    assert!(matches!(sofa.model.page(), Page::Lesson(page) if page.target == Target::Class("b".into())));
    sofa.plays();
    // It has no recording: back to the timetable.
    sofa.player(PlayerEvent::Phase(Phase::Ended));
    assert!(matches!(sofa.model.page(), Page::Timetable(_)));
    // The one that has.
    sofa.press(Up);
    sofa.press(Up);
    sofa.press(Ok);
    assert_eq!(lesson(&sofa), Some(&LessonId("l1".into())));
}

#[test]
fn a_live_lesson_that_ends_on_the_screen_goes_on_as_its_recording() {
    let mut all = catalogue();
    let session = &mut all.courses.iter_mut().find(|c| c.id.0 == "hall").unwrap().live[0];
    (session.start, session.end) = (START.plus(-60_000), START.plus(60_000));
    let mut sofa = Sofa::new();
    sofa.send(What::Catalogue(all));
    let course = sofa.model.catalogue.ready().unwrap().course(&hall()).unwrap().clone();
    screens::lesson::join(&mut sofa.model, &course, 0);
    sofa.send(What::Tick);
    sofa.plays();
    sofa.wait(120_000);
    assert_eq!(lesson(&sofa), None, "what runs over its time is not cut off");
    sofa.player(PlayerEvent::Phase(Phase::Ended));
    assert_eq!(lesson(&sofa), Some(&LessonId("l1".into())));
    assert_eq!(toast(&sofa), "直播课上完了，这是录像");
}

fn visit(sofa: &mut Sofa) {
    screens::push(
        &mut sofa.model,
        Page::Course(screens::course::CoursePage { course: hall(), spot: screens::course::Spot::Restart }),
    );
    sofa.press(Ok);
    assert_eq!(sofa.focus(), "visit.enrol");
    assert_eq!(told(sofa), [None]);
}

#[test]
fn a_seat_is_taken_and_given_back() {
    let mut sofa = Sofa::new();
    visit(&mut sofa);
    sofa.send(What::Enrolment { learner: String::new(), course: hall(), wish: None, reply: seats(2, 0, Mine::None) });
    assert!(screens::focused(&sofa.model).label.contains("还有1个位子"));
    sofa.press(Ok);
    assert_eq!(told(&sofa), [Some(Wish::Enrol)]);
    sofa.send(What::Enrolment {
        learner: String::new(),
        course: hall(),
        wish: Some(Wish::Enrol),
        reply: seats(3, 0, Mine::Enrolled),
    });
    assert!(screens::focused(&sofa.model).label.contains("您报上名了"));
    assert_eq!(toast(&sofa), "", "the page says it");
    assert!(sofa.model.user.settings.enrolments.is_empty());
    assert_eq!(sofa.focus(), "visit.back", "the safe answer has the focus");
    sofa.press(Down);
    sofa.press(Ok);
    assert_eq!(told(&sofa), [Some(Wish::Withdraw)]);
    sofa.send(What::Enrolment {
        learner: String::new(),
        course: hall(),
        wish: Some(Wish::Withdraw),
        reply: seats(3, 0, Mine::None),
    });
    assert_eq!(sofa.focus(), "visit.queue", "somebody else was quicker");
    sofa.press(Ok);
    // Elsewhere by then, the viewer is told.
    sofa.press(Back);
    sofa.send(What::Enrolment {
        learner: String::new(),
        course: hall(),
        wish: Some(Wish::Enrol),
        reply: seats(3, 2, Mine::Waiting),
    });
    assert!(toast(&sofa).contains("候补"));
}

#[test]
fn a_wish_without_a_network_is_kept_sent_later_and_its_refusal_said() {
    let mut sofa = Sofa::new();
    visit(&mut sofa);
    sofa.send(What::Network(false));
    sofa.send(What::Enrolment { learner: String::new(), course: hall(), wish: None, reply: Reply::Unreachable });
    sofa.press(Ok);
    assert_eq!(told(&sofa), []);
    let saved = |e: &Effect| matches!(e, Effect::Store(StoreCommand::SaveSettings(s)) if s.enrolments == [(hall(), Wish::Enrol)]);
    assert!(sofa.effects.iter().any(saved));
    // The next start knows of it.
    let user = sofa.model.user.clone();
    let mut next = Sofa::new();
    next.send(What::Network(false));
    next.model.user = user;
    next.wait(60_000);
    assert_eq!(told(&next), []);
    next.send(What::Network(true));
    assert_eq!(told(&next), [Some(Wish::Enrol)]);
    next.send(What::Enrolment {
        learner: String::new(),
        course: hall(),
        wish: Some(Wish::Enrol),
        reply: Reply::Unreachable,
    });
    assert_eq!(told(&next), []);
    next.wait(4_000);
    assert_eq!(told(&next), [], "it waits");
    next.wait(1_000);
    assert_eq!(told(&next), [Some(Wish::Enrol)]);
    let refusal = Reply::Refused("候补也满了".into());
    next.send(What::Enrolment { learner: String::new(), course: hall(), wish: Some(Wish::Enrol), reply: refusal });
    assert!(toast(&next).contains("候补也满了"));
    assert_eq!(enrolment::wish(&next.model, &hall()), None);
    next.wait(3_600_000);
    assert_eq!(told(&next), [], "a refusal is not asked again");
}

#[test]
fn what_was_refused_is_not_offered_again_until_one_comes_back() {
    let mut sofa = Sofa::new();
    let says = |sofa: &mut Sofa, wish: Option<Wish>, reply: Reply| {
        sofa.send(What::Enrolment { learner: String::new(), course: hall(), wish, reply });
    };
    visit(&mut sofa);
    says(&mut sofa, None, seats(3, 0, Mine::None));
    assert_eq!(sofa.focus(), "visit.queue");
    sofa.press(Ok);
    says(&mut sofa, Some(Wish::Enrol), Reply::Refused("候补也满了".into()));
    let labels: Vec<String> = screens::focusables(&sofa.model).into_iter().map(|f| f.label).collect();
    assert_eq!(labels, ["回课程，没报上：候补也满了"]);
    sofa.press(Back);
    sofa.press(Ok);
    says(&mut sofa, None, seats(3, 0, Mine::None));
    assert_eq!(sofa.focus(), "visit.queue", "another day it may be otherwise");
}

#[test]
fn a_change_of_mind_on_the_way_is_told_after_the_answer() {
    let mut sofa = Sofa::new();
    visit(&mut sofa);
    sofa.send(What::Enrolment { learner: String::new(), course: hall(), wish: None, reply: seats(1, 0, Mine::None) });
    sofa.press(Ok);
    sofa.press(Down);
    sofa.wait(400);
    sofa.press(Ok);
    assert_eq!(told(&sofa), [], "one question at a time");
    sofa.send(What::Enrolment {
        learner: String::new(),
        course: hall(),
        wish: Some(Wish::Enrol),
        reply: seats(2, 0, Mine::Enrolled),
    });
    assert_eq!(told(&sofa), [Some(Wish::Withdraw)]);
    assert_eq!(enrolment::mine(&sofa.model, &hall()), Mine::None);
}

#[test]
fn what_is_kept_for_later_stands_on_its_shelf() {
    let mut sofa = Sofa::new();
    screens::push(
        &mut sofa.model,
        Page::Course(screens::course::CoursePage { course: CourseId("h1".into()), spot: screens::course::Spot::Main }),
    );
    sofa.press(Menu);
    sofa.press(Down);
    assert_eq!(screens::focused(&sofa.model).label, "稍后再学");
    sofa.press(Ok);
    assert_eq!(sofa.model.user.settings.later, [CourseId("h1".into())]);
    screens::go_home(&mut sofa.model);
    category::open(&mut sofa.model, category::Shelf::Later);
    assert_eq!(sofa.focus(), "category.h1");
    let mut effects = Vec::new();
    category::toggle_later(&mut sofa.model, &CourseId("h1".into()), &mut effects);
    assert_eq!(sofa.focus(), "category.empty");
}

#[test]
fn going_on_means_the_next_lesson_that_is_not_finished() {
    let mut sofa = Sofa::new();
    let course = CourseId("h8".into());
    // The third is done already, the fourth cannot be watched.
    for lesson in ["l2", "l1"] {
        screens::go_home(&mut sofa.model);
        screens::lesson::start(&mut sofa.model, course.clone(), LessonId(lesson.into()), 0);
        sofa.send(What::Tick);
        watch_whole(&mut sofa);
    }
    screens::go_home(&mut sofa.model);
    let next = screens::home::Card::Continue { course, lesson: LessonId("l4".into()), start_ms: 0 };
    assert_eq!(screens::home::card(&sofa.model), next);
}
