//! One course.

use jinse_ui::{Action, Bridge, CourseData, LadderStep, LessonRow};

use super::{Lists, Pictures, category, pictures::or_nothing, share, text};
use crate::{
    app::{
        Model, civil, focus,
        screens::{
            course::{self, CoursePage, LessonState, ROWS, Spot},
            ladder::{self, Step},
        },
    },
    catalogue::types::{Band, Course},
    learning::standing::CourseStanding,
};

const POSTER: (u32, u32) = (512, 288);

fn band(band: Band) -> &'static str {
    match band {
        Band::Arts | Band::Culture => "文化娱乐",
        Band::Health => "健康科普",
        Band::Life | Band::Digital => "智慧生活",
        Band::FraudSafety => "防骗课堂",
    }
}

pub fn show(bridge: &Bridge, lists: &Lists, pictures: &mut Pictures, model: &Model, page: &CoursePage) {
    let spot = model.overlay.is_none().then(|| course::spot(model, page));
    let Some(course) = model.catalogue.ready().and_then(|c| c.course(&page.course)) else {
        bridge.set_course(CourseData {
            title: text("这门课现在没有了"),
            main_label: text("回上一页"),
            main_focused: spot.is_some(),
            poster: or_nothing(None),
            ..CourseData::default()
        });
        lists.lessons.show(Vec::new());
        lists.ladder.show(Vec::new());
        lists.course_actions.show(Vec::new());
        return;
    };
    let poster = pictures.get(course.poster.as_ref(), POSTER.0, POSTER.1);
    let action = |id: &str, label: &str, icon: &str, at| Action {
        id: text(id),
        label: text(label),
        icon: text(icon),
        note: text(""),
        focused: spot == Some(at),
        enabled: true,
    };
    lists.course_actions.show(vec![
        action("restart", course::second_label(course), "", Spot::Restart),
        action("favourite", course::favourite_label(model, &course.id), "star", Spot::Favourite),
    ]);

    let count = course.lessons.len();
    let current = course::current(model, course);
    let focused = match spot {
        Some(Spot::Lesson(i)) => Some(i),
        _ => None,
    };
    let lines = lines(course);
    let at = lines.iter().position(|l| *l == Line::Lesson(focused.or(current).unwrap_or(0))).unwrap_or(0);
    let top = focus::scroll(at, lines.len(), ROWS);
    let rows = lines.iter().skip(top).take(ROWS).filter_map(|line| match line {
        Line::Chapter(name) => Some(LessonRow { title: text(name), heading: true, ..LessonRow::default() }),
        Line::Lesson(i) => {
            let (i, lesson) = (*i, course.lessons.get(*i)?);
            let state = course::lesson_state(model, course, i);
            Some(LessonRow {
                number: text((i + 1).to_string()),
                title: text(&lesson.title),
                state: text(state_words(state, u64::from(lesson.duration_s) * 1000)),
                done: state == LessonState::Done,
                current: current == Some(i) && matches!(state, LessonState::Started { .. }),
                focused: focused == Some(i),
                available: state != LessonState::Unavailable,
                heading: false,
            })
        }
    });
    lists.lessons.show(rows.collect());

    let steps = steps(model, course);
    lists.ladder.show(steps.clone());
    let standing = course::standing(model, course);
    let lessons = |lines: &[Line]| lines.iter().filter(|l| matches!(l, Line::Lesson(_))).count();
    let below = lessons(lines.get(top + ROWS..).unwrap_or_default());
    let above = lessons(lines.get(..top).unwrap_or_default());
    bridge.set_course(CourseData {
        band: text(band(course.band)),
        // The steps of a ladder say it better.
        tier: text(if steps.is_empty() { course.tier.name() } else { "" }),
        title: text(&course.title),
        tag: category::tag(course.form),
        line1: text(format!("{}　{}", course.teacher, course.provider)),
        line2: text(facts(model, course)),
        has_poster: poster.is_some(),
        poster: or_nothing(poster),
        main_label: text(course::main_label(model, course)),
        main_focused: spot == Some(Spot::Main),
        list_title: text("课程目录"),
        list_summary: text(summary(standing)),
        // In tenths: a bar that creeps says less than one that has moved.
        progress: share(i64::from(standing.percent / 10), 10),
        has_progress: count > 0,
        more_below: if below > 0 { text(format!("下面还有{below}课")) } else { text("") },
        more_above: if above > 0 { text(format!("上面还有{above}课")) } else { text("") },
    });
}

/// The ladder that the course is a step of.
pub(super) fn steps(model: &Model, course: &Course) -> Vec<LadderStep> {
    let step =
        |s: &Step<'_>| LadderStep { name: text(s.tier.name()), words: text(s.words()), done: s.done, here: s.here };
    ladder::steps(model, course).iter().map(step).collect()
}

/// A line of the list: chapters stand as headings over their lessons.
#[derive(Debug, PartialEq)]
enum Line {
    Chapter(String),
    Lesson(usize),
}

fn lines(course: &Course) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut before = None;
    for (i, lesson) in course.lessons.iter().enumerate() {
        if lesson.chapter != before {
            lines.extend(lesson.chapter.clone().map(Line::Chapter));
            before.clone_from(&lesson.chapter);
        }
        lines.push(Line::Lesson(i));
    }
    lines
}

/// `学完2课，共8课　题还差1道`
fn summary(standing: CourseStanding) -> String {
    let lessons = match standing.done {
        0 => format!("共{}课", standing.lessons),
        done => format!("学完{done}课，共{}课", standing.lessons),
    };
    // What is asked at the end is no greeting.
    let is_near = standing.done > 0 || standing.questions.right > 0;
    match (standing.questions.needed(), standing.questions.missing()) {
        (0, _) => lessons,
        _ if !is_near => lessons,
        (_, 0) => format!("{lessons}　题通过了"),
        (_, missing) => format!("{lessons}　题还差{missing}道"),
    }
}

/// `共8课　每课约15分钟　学完得2学分`; a live lesson ahead is what matters: `今晚19:30开课　学完得2学分`
fn facts(model: &Model, course: &Course) -> String {
    let count = course.lessons.len();
    let mut facts = Vec::new();
    let ahead = course.live.iter().map(|l| l.start).filter(|start| *start > model.now.utc).min();
    if let Some(start) = ahead {
        facts.push(format!("{}开课", civil::ahead(start, model.now.utc, &model.zone)));
    }
    if ahead.is_none() && count > 0 {
        facts.push(format!("共{count}课"));
        // A feed may leave lengths out; one that was watched is known nevertheless.
        let known = || (0..count).map(|i| u64::from(course::watched(model, course, i).duration_s)).filter(|s| *s > 0);
        let mean = known().sum::<u64>().checked_div(known().count() as u64);
        facts.extend(mean.map(|seconds| format!("每课约{}", civil::left(seconds * 1000))));
    }
    match (course.credit_tenths / 10, course.credit_tenths % 10) {
        (0, 0) => {}
        (whole, 0) => facts.push(format!("学完得{whole}学分")),
        (whole, tenth) => facts.push(format!("学完得{whole}.{tenth}学分")),
    }
    facts.join("　")
}

/// `length_ms`: as the catalogue says it; 0 where it does not.
fn state_words(state: LessonState, length_ms: u64) -> String {
    match state {
        LessonState::Done => "学完了".into(),
        LessonState::Unavailable => "暂时看不了".into(),
        LessonState::New if length_ms == 0 => String::new(),
        LessonState::New => civil::left(length_ms),
        LessonState::Started { left_ms, .. } if course::is_at_end(left_ms) => "看到最后了".into(),
        LessonState::Started { left_ms: None, .. } => "看过一些".into(),
        LessonState::Started { position_ms, left_ms: Some(left_ms) } => {
            let percent = position_ms.saturating_mul(100) / position_ms.saturating_add(left_ms).max(1);
            match percent {
                0..=34 => "刚开了头".into(),
                35..=65 => "学到一半".into(),
                _ => format!("还剩{}", civil::left(left_ms)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_that_nobody_knows_is_not_said() {
        assert_eq!(state_words(LessonState::New, 0), "");
        assert_eq!(state_words(LessonState::New, 40_000), "40秒");
        let started = |left_ms| LessonState::Started { position_ms: 10_000, left_ms };
        assert_eq!(state_words(started(None), 0), "看过一些");
        assert_eq!(state_words(started(Some(90_000)), 0), "刚开了头");
    }
}
