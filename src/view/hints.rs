//! The bottom line: what each key does here and now. At most six pairs, and only keys that do something.

use jinse_ui::{CapTone, Hint};

use crate::app::{
    Model,
    model::{Overlay, Page, Power},
    screens::{
        bookings,
        category::{self, CategoryPage, PER_PAGE},
        channels::{self, ChannelList, Column},
        course::{self, CoursePage, LessonState},
        grid,
        guide::{self, Blank, Form, GuidePage},
        home,
        interests::{self, InterestsPage},
        learners::{self, LearnersPage},
        learning::{self, LearningFocus},
        lesson::{BarFocus, Layer, LessonPage, Target},
        live,
        paper::{self, Paper, PaperPage},
        pin,
        programme::{self, Button, ProgrammePage},
        quiz::{self, Item, QuizPage, Stage},
        search::{self, Row, SearchPage},
        settings::{self, SettingsPage},
        shift, timetable, visit, waiting,
    },
};

struct Line(Vec<Hint>);

impl Line {
    fn tone(mut self, works: bool, cap: &str, label: impl Into<String>, tone: CapTone) -> Self {
        if works {
            self.0.push(Hint { cap: cap.into(), label: label.into().into(), tone });
        }
        self
    }

    fn key(self, cap: &str, label: impl Into<String>) -> Self {
        self.tone(true, cap, label, CapTone::Plain)
    }

    fn when(self, works: bool, cap: &str, label: impl Into<String>) -> Self {
        self.tone(works, cap, label, CapTone::Plain)
    }
}

pub fn hints(model: &Model) -> Vec<Hint> {
    let mut line = keys(model);
    // The call for something booked has these two keys while it is there.
    if model.call.is_some() && !line.is_empty() {
        for hint in &mut line {
            match hint.cap.as_str() {
                "确认" => hint.label = "去看".into(),
                "返回" => hint.label = "先不看".into(),
                _ => {}
            }
        }
    }
    line
}

fn keys(model: &Model) -> Vec<Hint> {
    let line = Line(Vec::new());
    if model.power != Power::On {
        return line.0;
    }
    let line = match &model.overlay {
        Some(Overlay::Channels(list)) => channel_list(line, model, list),
        Some(Overlay::Number(_)) => line.key("确认", "马上去").key("返回", "不换了"),
        Some(Overlay::NoNumber(_)) => {
            let back = model.current_channel().map_or_else(|| "收起".into(), |c| format!("接着看 {} 频道", c.number));
            line.key("数字键", "重新按").key("返回", back)
        }
        Some(Overlay::Trouble(_)) => line
            .key("左右", "选择")
            .key("确认", "就这样做")
            .when(matches!(model.page(), Page::Live), "频道+/−", "换台")
            .key("返回", "回主页"),
        Some(Overlay::Menu(menu)) => {
            line.when(menu.choices.len() > 1, "上下", "选择").key("确认", "就这样做").key("返回", "收起")
        }
        Some(Overlay::Dialog(dialog)) => {
            let several = dialog.answers.len() > 1;
            let label = if several { "就这样做" } else { "知道了" };
            line.when(several, "左右", "选择").key("确认", label).key("返回", "收起")
        }
        Some(Overlay::Pin(card)) => line
            .key("数字键", "按密码")
            .when(card.typed > 0, "左", "重按")
            .when(card.is_instead() && matches!(model.page(), Page::Live), "频道+/−", "换台")
            .key("返回", pin::back_label(model, card)),
        None => page(line, model),
    };
    line.0
}

fn paper_page(line: Line, model: &Model, page: &PaperPage) -> Line {
    let blank = paper::is_blank(model, page);
    let turn = if matches!(page.paper, Paper::Archive { .. }) { "换一年" } else { "换一张" };
    line.when(paper::place(model, page).1 > 1, "左右", turn).when(!blank, "确认", "存成图片").key("返回", "上一页")
}

fn page(line: Line, model: &Model) -> Line {
    match model.page() {
        Page::Home(_) => line
            .key("方向键", "选择")
            .key("确认", "打开")
            .when(!model.channels().is_empty(), "频道+/−", "换台")
            .key("菜单", "更多")
            .tone(home::suggests(model), "红键", "不感兴趣", CapTone::Red)
            .key("返回", "回到电视"),
        // The bare picture has no bottom line.
        Page::Live if !model.banner_shown() => line,
        Page::Live => {
            let kept = model.current_channel().is_some_and(|c| model.is_favourite(&c.id));
            let from_start = live::replayable(model).is_some();
            line.key("频道+/−", "换台")
                .key("数字键", "直接去")
                .key("确认", if shift::is_paused(model) { shift::play_label(model) } else { "频道列表" })
                .tone(from_start, "蓝键", "从头看", CapTone::Blue)
                .tone(!from_start, "黄键", if kept { "不再常看" } else { "我常看的" }, CapTone::Yellow)
                .key("节目单", "看节目")
                .key("返回", "收起")
        }
        Page::Category(page) => category(line, model, page),
        Page::Course(page) => course(line, model, page),
        Page::Lesson(page) => lesson(line, page),
        Page::Learning(focus) => match learning::spot(model, *focus) {
            LearningFocus::Recent(_) => line
                .key("方向键", "选择")
                .key("确认", "打开")
                .tone(true, "红键", "删这门课", CapTone::Red)
                .key("菜单", "更多")
                .key("返回", "上一页"),
            LearningFocus::Action(_) => {
                line.key("方向键", "选择").key("确认", "打开").key("菜单", "更多").key("返回", "上一页")
            }
        },
        Page::Guide(page) => guide_page(line, model, page),
        Page::Programme(page) => programme_page(line, model, page),
        Page::Bookings(page) => {
            let rows = bookings::rows(model);
            let Some(row) = rows.get(bookings::spot(page, &rows)) else {
                return line.key("确认", "看节目单").key("返回", "上一页");
            };
            line.when(rows.len() > 1, "上下", "选择")
                .key("确认", bookings::action(model, row))
                .tone(bookings::is_on(model, row), "红键", "取消预约", CapTone::Red)
                .when(rows.len() > bookings::ROWS, "频道+/−", "翻页")
                .key("返回", "上一页")
        }
        Page::Quiz(page) => quiz_page(line, model, page),
        // The bare picture has no bottom line.
        Page::Part(_) => line,
        Page::Search(page) => search_page(line, model, page),
        Page::Timetable(page) => {
            let rows = timetable::rows(model);
            let Some((course, session)) = rows.get(timetable::spot(model, page, &rows)) else {
                return line.key("确认", "回上一页").key("返回", "上一页");
            };
            let action = timetable::standing(model, course, session).action();
            line.when(rows.len() > 1, "上下", "选课")
                .key("确认", action)
                .when(rows.len() > timetable::ROWS, "频道+/−", "翻页")
                .key("返回", "上一页")
        }
        Page::Waiting(page) => {
            let all = waiting::buttons(model, page);
            let label = all.get(waiting::spot(page, &all)).map_or("", |b| b.label());
            line.when(all.len() > 1, "上下", "选择").key("确认", label).key("返回", "上一页")
        }
        Page::Visit(page) => {
            let all = visit::buttons(model, page);
            let label = all.get(visit::spot(page, &all)).map_or("", |b| b.label());
            line.when(all.len() > 1, "上下", "选择").key("确认", label).key("返回", "上一页")
        }
        Page::Interests(page) => interests_page(line, model, page),
        Page::Learners(page) => learners_page(line, model, page),
        Page::Names(_) => line.key("方向键", "选择").key("确认", "就叫这个").key("返回", "上一页"),
        Page::Survey(page) if page.question().is_none() => line.key("确认", "好的").key("返回", "上一页"),
        Page::Survey(_) => {
            line.key("方向键", "选择").key("数字键", "直接选").key("确认", "就选它").key("返回", "不答了")
        }
        Page::Paper(page) => paper_page(line, model, page),
        Page::Settings(page) => settings_page(line, model, page),
        Page::History(_) => match model.user.history.len() {
            0 => line.key("确认", "去挑课").key("返回", "上一页"),
            n => line
                .when(n > 1, "上下", "选择")
                .key("确认", "接着看")
                .tone(true, "红键", "删这一条", CapTone::Red)
                .key("菜单", "全部删掉")
                .key("返回", "上一页"),
        },
    }
}

fn search_page(line: Line, model: &Model, page: &SearchPage) -> Line {
    let rows = search::rows(model, page);
    let back = match (page.help, page.within.is_some(), page.typed.is_empty()) {
        (true, ..) => "收起",
        (_, true, _) => "回到找到的",
        (_, _, true) => "上一页",
        _ => "删一个，删完回上一页",
    };
    match search::spot(page, rows.len()) {
        search::Spot::Key(_) => line
            .key("数字键", "输入")
            .key("确认", "按这个键")
            .when(!rows.is_empty() && !page.help, "右", "去选结果")
            .key("返回", back),
        search::Spot::Row(i) => {
            let past = matches!(rows.get(i), Some(Row::Past(_)));
            line.when(rows.len() > 1, "上下", "选择")
                .key("确认", if past { "再找一次" } else { "打开" })
                .tone(past, "红键", "删掉找过的", CapTone::Red)
                .key("左", "回去按字")
                .key("返回", back)
        }
    }
}

fn channel_list(line: Line, model: &Model, list: &ChannelList) -> Line {
    let members = channels::members(model, &list.group);
    match channels::column(model, list) {
        Column::Rows => {
            let at = members.get(channels::position(list, &members));
            let kept = at.is_some_and(|c| model.is_favourite(&c.id));
            line.when(members.len() > 1, "上下", "选频道")
                .when(members.len() > channels::ROWS, "频道+/−", "翻页")
                .key("左", "选分组")
                .key("确认", "观看")
                .tone(true, "黄键", if kept { "从我常看的拿掉" } else { "加到我常看的" }, CapTone::Yellow)
                .key("返回", "收起")
        }
        Column::Groups => line.key("上下", "选分组").when(!members.is_empty(), "右", "选频道").key("返回", "收起"),
    }
}

fn keep(kept: bool) -> &'static str {
    if kept { "不再收藏" } else { "收藏" }
}

fn category(line: Line, model: &Model, page: &CategoryPage) -> Line {
    let courses = category::courses(model, page.shelf, page.tier);
    if page.spot == category::Spot::Tabs && page.shelf.has_timetable() {
        return line.key("确认", "打开课表").key("下", "选课程").key("返回", "上一页");
    }
    if page.spot == category::Spot::Tabs && page.shelf.has_tiers() {
        let below = if courses.is_empty() { "选按钮" } else { "选课程" };
        return line.key("左右", "选难易").key("下", below).key("返回", "上一页");
    }
    let Some(course) = courses.get(category::position(page, &courses)) else {
        return line
            .when(page.shelf.has_tiers(), "上", "选难易")
            .key("确认", category::empty_button(model, page))
            .key("返回", "上一页");
    };
    let kept = model.user.favourite_courses.contains(&course.id);
    line.when(courses.len() > 1 || page.shelf.has_tiers(), "方向键", "选课程")
        .key("确认", "打开")
        .when(courses.len() > PER_PAGE, "频道+/−", "翻页")
        .tone(true, "黄键", keep(kept), CapTone::Yellow)
        .tone(page.shelf == category::Shelf::ForYou, "红键", "不感兴趣", CapTone::Red)
        .tone(page.shelf == category::Shelf::Declined, "红键", "收回", CapTone::Red)
        .key("返回", "上一页")
}

fn interests_page(line: Line, model: &Model, page: &InterestsPage) -> Line {
    let rows = interests::rows(model);
    let line = line.key("上下", "选择");
    match rows.get(interests::spot(page, rows.len())) {
        Some(interests::Row::Subject { .. }) => {
            line.key("左", "少一点").key("右", "多一点").tone(true, "红键", "不要", CapTone::Red)
        }
        Some(interests::Row::Declined(_)) => line.key("确认", "看看"),
        _ => line.key("确认", "忘掉"),
    }
    .key("返回", "上一页")
}

fn learners_page(line: Line, model: &Model, page: &LearnersPage) -> Line {
    let line = line.when(learners::rows(model).len() > 1, "上下", "选择");
    match learners::focused(model, page) {
        learners::Row::Learner(id) => {
            let may_go = crate::app::learners::may_go(model, id).is_ok();
            line.when(id != model.learners.roster.now(), "确认", "换这位学")
                .tone(may_go, "红键", "删掉这位", CapTone::Red)
                .key("菜单", "改称呼")
        }
        learners::Row::Add => line.key("确认", "添一位"),
    }
    .key("返回", "上一页")
}

fn settings_page(line: Line, model: &Model, page: &SettingsPage) -> Line {
    let row = settings::spot(model, page);
    line.when(!settings::options(row).is_empty(), "左右", "换一个")
        .key("上下", "选别的")
        .key("确认", settings::action(model, row))
        .key("返回", "上一页")
}

fn course(line: Line, model: &Model, page: &CoursePage) -> Line {
    let Some(course) = model.catalogue.ready().and_then(|c| c.course(&page.course)) else {
        return line.key("确认", "回上一页").key("返回", "上一页");
    };
    let line = match course::spot(model, page) {
        course::Spot::Main => {
            line.key("确认", "就这样做").when(!course.lessons.is_empty(), "右", "选别的课").key("下", "更多按钮")
        }
        course::Spot::Restart | course::Spot::Favourite => line.key("方向键", "选择").key("确认", "就这样做"),
        course::Spot::Lesson(i) => {
            let state = course::lesson_state(model, course, i);
            let watch = if matches!(state, LessonState::Started { .. }) { "接着学" } else { "开始学" };
            line.when(course.lessons.len() > 1, "上下", "选课")
                .when(state != LessonState::Unavailable, "确认", watch)
                .key("左", "回左边")
        }
    };
    let kept = model.user.favourite_courses.contains(&course.id);
    let booked = course::class_is_booked(model, &course.id);
    line.tone(true, "黄键", keep(kept), CapTone::Yellow)
        .when(booked.is_some(), "菜单", if booked == Some(true) { "取消预约" } else { "预约直播" })
        .key("返回", "上一页")
}

fn guide_page(line: Line, model: &Model, page: &GuidePage) -> Line {
    let blank = guide::blank(model, page);
    if blank.is_some_and(Blank::has_no_days) {
        return line.key("确认", "看电视").key("返回", "上一页");
    }
    let action = guide::focused(model, page).map(|(c, p)| guide::action(guide::standing(model, c, p)));
    let channels = model.channels().len();
    let line = match page.form {
        Form::List => line
            .key("左右", "换一天")
            .when(blank.is_none(), "上下", "选节目")
            .when(action.is_some(), "确认", action.unwrap_or_default())
            .when(channels > 1, "频道+/−", "换频道"),
        Form::Grid => line
            .key("方向键", "选节目")
            .when(action.is_some(), "确认", action.unwrap_or_default())
            .when(channels > grid::ROWS, "频道+/−", "翻频道")
            .key("翻页", "换一天"),
    };
    // Page keys go by days in both; in the list left and right do as well.
    let other = if page.form == Form::List { "几个频道" } else { "一个频道" };
    let away = !guide::is_now(model, page);
    line.tone(away, "绿键", "看现在", CapTone::Green).when(!away, "节目单", other).key("返回", "上一页")
}

fn programme_page(line: Line, model: &Model, page: &ProgrammePage) -> Line {
    let all = programme::buttons(model, page);
    let label = all.get(programme::spot(page, &all)).map_or("", |b| b.label());
    line.when(all.len() > 1, "上下", "选择")
        .key("确认", label)
        .tone(all.contains(&Button::Replay), "蓝键", "从头看", CapTone::Blue)
        .key("返回", "上一页")
}

fn quiz_page(line: Line, model: &Model, page: &QuizPage) -> Line {
    let focused = quiz::focused(model, page);
    let rows = page.question().map_or(0, |q| q.answer.len());
    let digits = if rows < 4 {
        (1..=rows).map(|n| n.to_string()).collect::<Vec<_>>().join("、")
    } else {
        format!("1到{rows}")
    };
    let back = if quiz::waiting_lesson(page).is_some() { "先看下去" } else { "以后再答" };
    let label = match focused {
        Item::Row(_) => "选这个".into(),
        item => quiz::label(page, item),
    };
    let choosing = matches!(page.stage, Stage::Asking | Stage::Wrong);
    line.when(page.stage == Stage::Asking, "方向键", "选择")
        .key("确认", label)
        .when(page.stage != Stage::Asking && quiz::items(model, page).len() > 1, "上下", "选按钮")
        .when(choosing, "数字键", format!("直接选{digits}"))
        .when(quiz::can_skip(page), "菜单", "先答下一题")
        .key("返回", if page.stage == Stage::Done { "上一页" } else { back })
}

fn lesson(line: Line, page: &LessonPage) -> Line {
    match (&page.layer, &page.target) {
        // The bare picture has no bottom line.
        (Layer::Picture, _) | (Layer::Bar { .. }, Target::Class(_)) => line,
        (Layer::Bar { focus: BarFocus::Track, .. }, _) => line
            .key("左右", "前后走")
            .key("下", "选按钮")
            .tone(true, "蓝键", "从头看", CapTone::Blue)
            .key("返回", "收起"),
        (Layer::Bar { focus: BarFocus::Button(_), .. }, _) => line
            .key("左右", "选按钮")
            .key("确认", "按下")
            .key("上", "进度条")
            .tone(true, "蓝键", "从头看", CapTone::Blue)
            .key("返回", "收起"),
        (Layer::End { next_at, .. }, _) => {
            let back = if next_at.is_some() { "留在这里" } else { "回课程" };
            line.key("左右", "选择").key("确认", "就这样做").key("返回", back)
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::app::screens::{history, home::HomeFocus};

    /// Whether they stand between the safe edges, by the sizes of ui/theme.slint.
    pub fn fit(hints: &[Hint]) -> bool {
        // Latin letters, digits and signs are about half as wide as characters.
        let em = |text: &str| text.chars().map(|c| if c.is_ascii() || c == '−' { 0.56 } else { 1.0 }).sum::<f32>();
        let pairs: f32 = hints.iter().map(|h| em(&h.cap) * 34.0 + 2.0 * 19.0 + 15.0 + em(&h.label) * 36.0).sum();
        pairs + 44.0 * (hints.len().max(1) - 1) as f32 <= 1824.0 - 96.0
    }

    #[test]
    fn a_sleeping_box_and_a_bare_picture_have_no_bottom_line() {
        let mut model = Model { power: Power::Standby, ..Model::default() };
        assert!(hints(&model).is_empty());
        model.power = Power::On;
        model.stack = vec![Page::Home(HomeFocus::Window), Page::Live];
        assert!(hints(&model).is_empty());
        model.banner_until = Some(model.now.mono.plus(live::BANNER_MS));
        assert_eq!(hints(&model).len(), 6);
    }

    #[test]
    fn a_page_says_nothing_of_keys_that_do_nothing() {
        let mut model = Model { power: Power::On, ..Model::default() };
        let caps = |model: &Model| hints(model).iter().map(|h| h.cap.to_string()).collect::<Vec<_>>();
        assert!(!caps(&model).contains(&"频道+/−".into()), "there is no channel to change to");
        learning::open(&mut model);
        assert!(!caps(&model).contains(&"红键".into()), "there is no course to delete");
        history::open(&mut model);
        assert_eq!(caps(&model), ["确认", "返回"]);
    }
}
