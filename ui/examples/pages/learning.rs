//! Learning: shelves, courses, lessons, questions, learners.

use jinse_ui::{Page, PlayerBar, QuizMark, QuizRow, QuizTone};
use slint::{Model as _, ModelRc, VecModel};

use super::{Screen, picture, player, with};

pub const SCREENS: &[Screen] = &[
    ("07-category", |b| {
        b.set_page(Page::Category);
        b.set_cards(with(b.get_cards(), |k, card| {
            card.poster = picture(324, 182);
            card.has_poster = k % 2 == 0;
            card.favourite = k == 2;
        }));
    }),
    ("07-category-tab", |b| {
        b.set_page(Page::Category);
        b.set_cards(with(b.get_cards(), |_, card| card.focused = false));
        b.set_tabs(with(b.get_tabs(), |k, tab| tab.focused = k == 0));
    }),
    ("07-category-loading", |b| {
        b.set_page(Page::Category);
        let mut category = b.get_category();
        category.loading = true;
        b.set_category(category);
        b.set_tabs(with(b.get_tabs(), |k, tab| tab.focused = k == 0));
    }),
    ("07-category-empty", |b| {
        b.set_page(Page::Category);
        let mut category = b.get_category();
        category.empty_words = "这一级的课正在准备，先看看入门吧".into();
        category.empty_button = "看看入门".into();
        category.empty_focused = true;
        b.set_category(category);
        b.set_cards(ModelRc::default());
    }),
    ("08-course", |b| {
        b.set_page(Page::Course);
        let mut course = b.get_course();
        course.poster = picture(512, 288);
        course.has_poster = true;
        b.set_course(course);
    }),
    ("08-course-lesson", |b| {
        b.set_page(Page::Course);
        let mut course = b.get_course();
        course.main_focused = false;
        course.title = "金色年华智能手机与电脑基础".into();
        course.more_above = "上面还有2课".into();
        b.set_course(course);
        b.set_lessons(with(b.get_lessons(), |k, lesson| lesson.focused = k == 1));
    }),
    ("09-player", |b| player(b, |_| {})),
    ("09-player-track", |b| {
        player(b, |p| {
            p.bar = PlayerBar::Track;
            p.track_focused = true;
            p.subtitle = "量之前，先静静坐上五分钟，两脚平放在地上，手臂放在桌面，和心口一样高。".into();
        });
        b.set_player_buttons(with(b.get_player_buttons(), |_, button| button.focused = false));
    }),
    ("09-player-plain", |b| {
        player(b, |p| {
            p.bar = PlayerBar::Hidden;
            p.centre = "往前 30 秒".into();
            p.words = "正在接上…".into();
        });
    }),
    ("09-player-end", |b| {
        player(b, |p| p.bar = PlayerBar::Hidden);
        let mut end = b.get_end();
        end.shown = true;
        b.set_end(end);
    }),
    ("10-quiz-wrong", |b| {
        b.set_page(Page::Quiz);
        let mut quiz = b.get_quiz();
        quiz.image = picture(648, 364);
        b.set_quiz(quiz);
    }),
    ("10b-quiz-right", |b| {
        b.set_page(Page::Quiz);
        let mut quiz = b.get_quiz();
        quiz.has_image = false;
        quiz.tone = QuizTone::Ok;
        quiz.title = "答对了，您记得真牢".into();
        quiz.text = "静坐五分钟，袖带齐心口，早晚各量两遍。\n后面还有1题。".into();
        b.set_quiz(quiz);
        b.set_quiz_rows(with(b.get_quiz_rows(), |k, row| {
            row.mark = if k == 1 { QuizMark::Right } else { QuizMark::None };
            row.note = if k == 1 { "答对了".into() } else { "".into() };
        }));
    }),
    ("10-quiz-multiple", |b| {
        b.set_page(Page::Quiz);
        let mut quiz = b.get_quiz();
        quiz.has_image = false;
        quiz.columns = 2;
        quiz.tone = QuizTone::Calm;
        quiz.prompt = "量血压之前的半个小时里，下面这些事情哪些是先不要做的？可以选几个".into();
        quiz.title = "不着急，慢慢想".into();
        quiz.text = "可以选几个。都选好了，再按“选好了”。".into();
        b.set_quiz(quiz);
        let texts =
            ["喝浓茶", "静静坐着，靠在椅背上，两只脚都平平地放在地上休息", "抽烟", "跳广场舞", "看手机", "说话"];
        let rows = texts.iter().enumerate().map(|(k, text)| QuizRow {
            number: format!("{}", k + 1).into(),
            text: (*text).into(),
            note: if k == 0 || k == 3 { "选了".into() } else { "".into() },
            mark: if k == 0 || k == 3 { QuizMark::Picked } else { QuizMark::None },
            focused: k == 1,
        });
        b.set_quiz_rows(ModelRc::new(VecModel::from(rows.collect::<Vec<_>>())));
        b.set_quiz_buttons(with(b.get_quiz_buttons(), |_, button| {
            button.label = "选好了".into();
            button.focused = false;
        }));
    }),
    ("10-quiz-done", |b| {
        b.set_page(Page::Quiz);
        let mut quiz = b.get_quiz();
        quiz.finished = true;
        quiz.has_image = false;
        quiz.count = "".into();
        quiz.tone = QuizTone::Ok;
        quiz.prompt = "这一课的题都答完了".into();
        quiz.title = "学得真用心".into();
        quiz.text = "这门课要答对3题，您已经做到了。".into();
        b.set_quiz(quiz);
        b.set_quiz_rows(ModelRc::default());
    }),
    ("12-learning", |b| {
        b.set_page(Page::Learning);
        b.set_recent(with(b.get_recent(), |k, card| {
            card.poster = picture(402, 196);
            card.has_poster = k < 2;
        }));
    }),
    ("12-learning-empty", |b| {
        b.set_page(Page::Learning);
        let mut learning = b.get_learning();
        learning.empty_words = "还没有学过的课，去挑一门吧".into();
        b.set_learning(learning);
        b.set_recent(ModelRc::default());
        b.set_learning_actions(with(b.get_learning_actions(), |k, action| action.focused = k == 0));
    }),
    ("20-history", |b| {
        b.set_page(Page::History);
        let first: Vec<_> = b.get_history_rows().iter().collect();
        let rows = first.iter().cycle().take(6).cloned().enumerate();
        let rows: Vec<_> = rows
            .map(|(k, mut line)| {
                line.focused = k == 2;
                line
            })
            .collect();
        b.set_history_rows(ModelRc::new(VecModel::from(rows)));
    }),
    ("20-history-empty", |b| {
        b.set_page(Page::History);
        b.set_history_rows(ModelRc::default());
        let mut history = b.get_history();
        history.empty_words = "这里还没有课，先去看看健康科普吧".into();
        history.summary = "".into();
        history.empty_button = "去看看健康科普".into();
        history.empty_focused = true;
        history.more_below = false;
        b.set_history(history);
    }),
    ("25-learners", |b| b.set_page(Page::Learners)),
    ("25-names", |b| b.set_page(Page::Names)),
];
