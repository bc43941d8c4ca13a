//! A shelf of courses.

use jinse_ui::{Bridge, CategoryData, CourseCard, TabItem, Tag, TagTone};
use slint::Image;

use super::{Lists, Pictures, pictures::or_nothing, share, text};
use crate::{
    app::{
        Model, civil,
        model::Loadable,
        screens::{
            category::{self, CategoryPage, PER_PAGE, Spot, WhenEmpty},
            course::{self, LessonState},
            picks,
        },
    },
    catalogue::types::{Course, Form, Tier},
};

/// A card's poster, in the pixels it is drawn with.
const POSTER: (u32, u32) = (324, 182);

pub fn tag(form: Form) -> Tag {
    let tone = match form {
        Form::Live => TagTone::Red,
        Form::Mooc => TagTone::Jade,
        Form::CloudClass => TagTone::Indigo,
        Form::Micro => TagTone::Plum,
        Form::Short => TagTone::Bronze,
    };
    Tag { text: text(form.name()), tone, dot: form == Form::Live }
}

pub fn show(bridge: &Bridge, lists: &Lists, pictures: &mut Pictures, model: &Model, page: &CategoryPage) {
    let free = model.overlay.is_none();
    let timetable = page.shelf.has_timetable();
    let on_tabs = page.spot == Spot::Tabs && (page.shelf.has_tiers() || timetable);
    let tabs = Tier::ALL.map(|tier| TabItem {
        label: text(tier.name()),
        selected: tier == page.tier,
        focused: free && on_tabs && tier == page.tier,
    });
    lists.tabs.show(match page.shelf.has_tiers() {
        true => tabs.to_vec(),
        false if timetable => {
            vec![TabItem { label: text("直播大课表"), selected: false, focused: free && on_tabs }]
        }
        false => Vec::new(),
    });

    let courses = category::courses(model, page.shelf, page.tier);
    let at = category::position(page, &courses);
    let first = at / PER_PAGE * PER_PAGE;
    let cards = courses.iter().enumerate().skip(first).take(PER_PAGE).map(|(i, c)| {
        let poster = pictures.get(c.poster.as_ref(), POSTER.0, POSTER.1);
        let mut card = card(model, c, poster, free && !on_tabs && i == at);
        if page.shelf == category::Shelf::ForYou && !card.has_progress {
            card.words = text(picks::words(model, &c.id));
        }
        card
    });
    lists.cards.show(cards.collect());

    let empty = courses.is_empty();
    let words = match (empty, category::when_empty(model, page)) {
        (false, _) => "",
        (_, WhenEmpty::Loading) if model.catalogue == Loadable::Failed => "课程暂时取不到，电视会自己再试",
        (_, WhenEmpty::Loading) => "正在取课程",
        (_, WhenEmpty::LookAtBeginner) => "这一级的课正在准备，先看看入门吧",
        (_, WhenEmpty::GoHome) if page.shelf == category::Shelf::Favourites => "还没有收藏，看到喜欢的课按黄键",
        (_, WhenEmpty::GoHome) if page.shelf == category::Shelf::Later => "想留着学的课，按【菜单】放到这里",
        (_, WhenEmpty::GoHome) if page.shelf == category::Shelf::Declined => "没有不感兴趣的课",
        (_, WhenEmpty::GoHome) => "这里的课正在准备，先看看别的吧",
    };
    let pages = courses.len().div_ceil(PER_PAGE);
    let tier = if page.shelf.has_tiers() { page.tier.name() } else { "" };
    let summary = match (empty, pages) {
        (true, _) => String::new(),
        (_, 1) => format!("{tier} 共{}门课", courses.len()),
        _ => format!("{tier} 共{}门课　第{}页，共{pages}页", courses.len(), first / PER_PAGE + 1),
    };
    bridge.set_category(CategoryData {
        title: text(page.shelf.title()),
        summary: text(summary.trim()),
        empty_words: text(words),
        empty_button: if empty { text(category::empty_button(model, page)) } else { text("") },
        empty_focused: free && empty && !on_tabs,
        loading: empty && model.catalogue == Loadable::Loading,
    });
}

fn card(model: &Model, course: &Course, poster: Option<Image>, focused: bool) -> CourseCard {
    let (progress, words) = progress(model, course);
    CourseCard {
        id: text(&course.id.0),
        title: text(&course.title),
        tag: tag(course.form),
        provider: text(&course.provider),
        has_poster: poster.is_some(),
        poster: or_nothing(poster),
        has_progress: progress.is_some(),
        progress: progress.unwrap_or(0.0),
        words: text(words),
        focused,
        favourite: model.user.favourite_courses.contains(&course.id),
    }
}

/// How far the viewer is, and the same in words.
pub fn progress(model: &Model, course: &Course) -> (Option<f32>, String) {
    let now = model.now.utc;
    if let Some(on) = course.live.iter().find(|l| now < l.end) {
        let words = if on.start <= now { "正在上课".into() } else { civil::ahead(on.start, now, &model.zone) };
        return (None, words);
    }
    let count = course.lessons.len();
    if course::is_done(model, course) {
        return (Some(1.0), "学完了".into());
    }
    let begun = (0..count)
        .any(|i| matches!(course::lesson_state(model, course, i), LessonState::Started { .. } | LessonState::Done));
    match (begun, course::current(model, course)) {
        (true, Some(i)) => {
            let done = course::done_count(model, course);
            let part = match course::lesson_state(model, course, i) {
                LessonState::Started { position_ms, left_ms: Some(left_ms) } => {
                    share(position_ms as i64, position_ms.saturating_add(left_ms) as i64)
                }
                _ => 0.0,
            };
            (Some((done as f32 + part) / count.max(1) as f32), format!("学到第{}课", i + 1))
        }
        _ if count == 1 && course.lessons.first().is_some_and(|l| l.duration_s > 0) => {
            let ms = course.lessons.first().map_or(0, |l| u64::from(l.duration_s) * 1000);
            (None, civil::left(ms))
        }
        _ => (None, format!("共{count}课")),
    }
}
