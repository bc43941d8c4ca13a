//! 找课程 with real presses: typing, results, deleting, opening, what is kept.

use super::tests::{START, Sofa, catalogue};
use crate::{
    app::{
        Effect, What,
        model::{Overlay, Page},
        screens::{
            course,
            search::{self, Heading, Row, SearchPage},
        },
    },
    catalogue::types::*,
    guide::{
        lineup::ChannelId,
        programme::{NowNext, Programme},
    },
    remote::key::RemoteKey::{self, *},
    search::Answer,
    store::types::{PastSearch, StoreCommand},
};

fn courses() -> Catalogue {
    let mut all = catalogue();
    let mut name = |i: usize, title: &str, teacher: &str, learners: u32| {
        let course = &mut all.courses[i];
        course.title = title.into();
        course.teacher = teacher.into();
        course.learners = learners;
    };
    name(0, "太极拳入门", "钱老师", 10);
    name(1, "太极剑", "钱老师", 900);
    name(2, "重阳登高", "金老师", 50);
    name(3, "健康讲座", "金老师", 5_000);
    all.courses[9].lessons[4].title = "书法里的太极".into();
    all
}

fn sofa() -> Sofa {
    let mut sofa = Sofa::new();
    sofa.send(What::Catalogue(courses()));
    sofa.press(Search);
    sofa
}

fn digits(sofa: &mut Sofa, digits: &str) {
    for digit in digits.bytes() {
        sofa.press(RemoteKey::digit(digit - b'0').unwrap());
        sofa.search_answers();
    }
}

fn page(sofa: &Sofa) -> SearchPage {
    match sofa.model.page() {
        Page::Search(page) => page.clone(),
        other => panic!("{other:?}"),
    }
}

fn labels(sofa: &Sofa) -> Vec<String> {
    let rows = search::rows(&sofa.model, &page(sofa));
    rows.iter().map(|row| search::label(&sofa.model, row)).collect()
}

#[test]
fn it_opens_on_5_with_popular_courses() {
    let sofa = sofa();
    assert_eq!(sofa.focus(), "search.key.5");
    assert_eq!(labels(&sofa)[..3], ["健康讲座", "太极剑", "重阳登高"]);
    assert_eq!(search::heading(&page(&sofa)), Heading::Start);
}

#[test]
fn digits_of_the_remote_find_and_flash_their_key() {
    let mut sofa = sofa();
    digits(&mut sofa, "85");
    assert_eq!(sofa.focus(), "search.key.5");
    assert!(sofa.model.pressed_until.is_some());
    assert_eq!(labels(&sofa)[..2], ["太极剑", "太极拳入门"]);
    digits(&mut sofa, "7");
    assert_eq!(sofa.focus(), "search.key.7");
    assert_eq!(labels(&sofa)[0], "太极拳入门");
    assert_eq!(search::meant(&page(&sofa)), "太极拳");
}

#[test]
fn the_keypad_types_too_and_clears() {
    let mut sofa = sofa();
    for key in [Down, Ok, Left, Left] {
        sofa.press(key);
    }
    assert_eq!(sofa.focus(), "search.key.7");
    assert_eq!(page(&sofa).typed, "8");
    for key in [Down, Ok] {
        sofa.press(key);
    }
    assert_eq!((sofa.focus().as_str(), page(&sofa).typed.as_str()), ("search.key.clear", ""));
    digits(&mut sofa, "0");
    assert_eq!(sofa.focus(), "search.key.0");
    sofa.press(Right);
    sofa.press(Ok);
    assert_eq!(page(&sofa).typed, "");
}

#[test]
fn right_goes_to_the_results_and_left_back_to_the_key_left() {
    let mut sofa = sofa();
    digits(&mut sofa, "86");
    for key in [Up, Right] {
        sofa.press(key);
    }
    assert_eq!(sofa.focus(), "search.row.0");
    sofa.press(Left);
    assert_eq!(sofa.focus(), "search.key.3");
}

#[test]
fn back_deletes_one_and_then_leaves() {
    let mut sofa = sofa();
    digits(&mut sofa, "85");
    sofa.press(Right);
    sofa.press(Right);
    assert_eq!(sofa.focus(), "search.row.0");
    sofa.press(Back);
    assert_eq!((page(&sofa).typed.as_str(), sofa.focus().as_str()), ("8", "search.key.6"));
    sofa.press(Back);
    assert_eq!(search::heading(&page(&sofa)), Heading::Start);
    sofa.press(Back);
    assert!(matches!(sofa.model.page(), Page::Home(_)));
}

#[test]
fn an_answer_to_an_earlier_query_is_dropped() {
    let mut sofa = sofa();
    sofa.press(RemoteKey::digit(8).unwrap());
    let early = sofa.effects.clone();
    sofa.press(RemoteKey::digit(2).unwrap());
    sofa.search_answers();
    let shown = page(&sofa).answer;
    for effect in early {
        if let Effect::Search { number, .. } = effect {
            sofa.send(What::Found { number, answer: Answer::default() });
        }
    }
    assert_eq!(page(&sofa).answer, shown);
}

#[test]
fn the_answer_that_stays_for_a_while_is_none_to_what_is_typed_since() {
    let mut sofa = sofa();
    digits(&mut sofa, "8");
    assert!(page(&sofa).is_answered());
    sofa.press(RemoteKey::digit(5).unwrap());
    assert!(page(&sofa).answer.is_some() && !page(&sofa).is_answered());
    sofa.search_answers();
    assert!(page(&sofa).is_answered());
}

#[test]
fn a_result_opens_and_is_kept_and_chosen_again() {
    let mut sofa = sofa();
    digits(&mut sofa, "857");
    for key in [Right, Right, Right, Ok] {
        sofa.press(key);
    }
    let Page::Course(open) = sofa.model.page() else { panic!() };
    assert_eq!(open.course, CourseId("h0".into()));
    let kept = PastSearch { typed: "857".into(), title: "太极拳入门".into() };
    assert_eq!(sofa.model.user.settings.searches, std::slice::from_ref(&kept));
    sofa.press(Back);
    assert_eq!(sofa.focus(), "search.row.0");
    for key in [Home, Search, Up, Right, Right] {
        sofa.press(key);
    }
    assert_eq!(search::rows(&sofa.model, &page(&sofa))[0], Row::Past(kept));
    sofa.press(Ok);
    sofa.search_answers();
    assert_eq!(labels(&sofa)[0], "太极拳入门");
    for key in [Back, Back, Back, Right, Right, Right, Red] {
        sofa.press(key);
    }
    assert!(matches!(sofa.model.overlay, Some(Overlay::Dialog(_))), "{:?}", sofa.focus());
    for key in [Right, Ok] {
        sofa.press(key);
    }
    assert!(sofa.model.user.settings.searches.is_empty());
    assert!(matches!(&sofa.effects[..], [Effect::Store(StoreCommand::SaveSettings(s)), ..] if s.searches.is_empty()));
}

#[test]
fn a_lesson_opens_in_its_course() {
    let mut sofa = sofa();
    digits(&mut sofa, "735385");
    assert_eq!(labels(&sofa)[0], "书法里的太极");
    for key in [Right, Right, Right, Ok] {
        sofa.press(key);
    }
    let Page::Course(open) = sofa.model.page() else { panic!("{:?}", sofa.focus()) };
    assert_eq!(open.spot, course::Spot::Lesson(4));
}

#[test]
fn a_teacher_leads_to_the_courses_and_back() {
    let mut sofa = sofa();
    digits(&mut sofa, "757");
    assert_eq!(labels(&sofa), ["钱老师"]);
    for key in [Right, Right, Right, Ok] {
        sofa.press(key);
    }
    assert_eq!(search::heading(&page(&sofa)), Heading::Within);
    assert_eq!(labels(&sofa), ["太极拳入门", "太极剑"]);
    sofa.press(Down);
    sofa.press(Back);
    assert_eq!((sofa.focus().as_str(), page(&sofa).typed.as_str()), ("search.row.0", "757"));
}

#[test]
fn nothing_found_offers_popular_courses() {
    let mut sofa = sofa();
    digits(&mut sofa, "9999999");
    assert_eq!(search::heading(&page(&sofa)), Heading::Nothing);
    assert_eq!(labels(&sofa), ["健康讲座", "太极剑", "重阳登高"]);
}

#[test]
fn a_slip_offers_what_is_near() {
    let mut sofa = sofa();
    digits(&mut sofa, "85776");
    assert_eq!(search::heading(&page(&sofa)), Heading::Found(1));
    for _ in 0..5 {
        sofa.press(Back);
    }
    digits(&mut sofa, "85476");
    assert_eq!(search::heading(&page(&sofa)), Heading::Near);
    assert_eq!(labels(&sofa)[0], "太极拳入门");
}

#[test]
fn channels_and_what_is_on_are_found() {
    let mut sofa = sofa();
    let on = Programme {
        title: "太极拳公开课".into(),
        start: START.plus(-60_000),
        end: START.plus(600_000),
        description: None,
        catchup_id: None,
    };
    sofa.send(What::NowNext(vec![(ChannelId("c5".into()), NowNext { now: Some(on), next: None })]));
    sofa.search_answers();
    digits(&mut sofa, "857");
    let at = labels(&sofa).iter().position(|l| l == "太极拳公开课").unwrap();
    sofa.press(Right);
    sofa.press(Right);
    sofa.press(Right);
    for _ in 0..at {
        sofa.press(Down);
    }
    sofa.press(Ok);
    assert!(matches!(sofa.model.page(), Page::Programme(p) if p.channel.0 == "c5"));
    sofa.press(Back);
    for _ in 0..3 {
        sofa.press(Back);
    }
    // 戏曲频道
    digits(&mut sofa, "97");
    for key in [Right, Right, Right, Ok] {
        sofa.press(key);
    }
    assert_eq!(sofa.model.channel, Some(ChannelId("c5".into())));
    assert!(matches!(sofa.model.page(), Page::Live));
}

#[test]
fn key_1_explains() {
    let mut sofa = sofa();
    digits(&mut sofa, "8");
    sofa.press(RemoteKey::digit(1).unwrap());
    assert!(page(&sofa).help);
    sofa.press(Back);
    assert_eq!((page(&sofa).help, page(&sofa).typed.as_str()), (false, "8"));
}
