//! Rest, trouble and what is said over a page; the longest words and the largest numbers.

use jinse_ui::{Page, PlayerBar};

use super::{Screen, channel_list, live, player, with};

pub const SCREENS: &[Screen] = &[
    ("21-standby", |b| b.set_page(Page::Standby)),
    ("22-menu", |b| {
        live(b);
        let mut menu = b.get_menu();
        menu.shown = true;
        b.set_menu(menu);
    }),
    ("23-dialog", |b| {
        b.set_page(Page::Course);
        let mut course = b.get_course();
        course.main_focused = false;
        b.set_course(course);
        let mut dialog = b.get_dialog();
        dialog.shown = true;
        b.set_dialog(dialog);
    }),
    ("15-trouble", |b| {
        player(b, |p| p.bar = PlayerBar::Hidden);
        let mut trouble = b.get_trouble();
        trouble.shown = true;
        b.set_trouble(trouble);
    }),
    ("24-toast", |b| {
        live(b);
        let mut toast = b.get_toast();
        toast.shown = true;
        b.set_toast(toast);
    }),
    // Words longer than the look foresees: nothing may overlap.
    ("30-long-number", |b| {
        live(b);
        let mut number = b.get_number();
        number.shown = true;
        number.digits = "1288".into();
        number.name = "上海教育电视台高清".into();
        b.set_number(number);
        b.set_nudge_x(1);
    }),
    ("30-long-channels", |b| {
        live(b);
        channel_list(b);
        b.set_channel_rows(with(b.get_channel_rows(), |k, channel| {
            channel.number = if k == 0 { "1024".into() } else { format!("{}", 100 + k).into() };
            channel.name = "上海教育电视台高清频道".into();
            channel.now = "金色年华：智能手机与日常生活".into();
            channel.favourite = true;
        }));
    }),
    ("30-long-cards", |b| {
        b.set_page(Page::Category);
        b.set_cards(with(b.get_cards(), |k, card| {
            card.title = "智能手机从入门到熟练：一步一步慢慢来".into();
            card.provider = "浦东新区社区学院东明路街道分校".into();
            card.words = "学到第12课，还剩8分钟".into();
            card.favourite = k % 2 == 1;
        }));
    }),
    ("30-long-course", |b| {
        b.set_page(Page::Course);
        let mut course = b.get_course();
        course.title = "智能手机从入门到熟练：一步一步慢慢来".into();
        course.line1 = "智能手机课　浦东新区社区学院东明路街道分校".into();
        course.main_label = "继续学第12课　剩128分钟".into();
        b.set_course(course);
        b.set_lessons(with(b.get_lessons(), |k, lesson| {
            lesson.number = format!("{}", 8 + k).into();
            lesson.title = "在家里用手机挂号、缴费、看报告，一步也不落下".into();
            lesson.available = k != 3;
        }));
        b.set_course_actions(with(b.get_course_actions(), |k, action| action.enabled = k == 0));
    }),
    ("30-long-player", |b| {
        player(b, |p| {
            p.course = "智能手机从入门到熟练：一步一步慢慢来".into();
            p.lesson = "第12课 在家里用手机挂号、缴费、看报告".into();
            p.next = "下一课：和孙辈视频聊天，怎样把画面放大".into();
            p.position = "1:02:33".into();
            p.duration = "1:45:00".into();
        })
    }),
    ("30-long-learning", |b| {
        b.set_page(Page::Learning);
        let mut learning = b.get_learning();
        learning.learner = "第一百二十八位学员".into();
        learning.credits = "128".into();
        learning.certificates = "1024".into();
        b.set_learning(learning);
        b.set_recent(with(b.get_recent(), |_, card| card.title = "智能手机从入门到熟练".into()));
    }),
    ("30-long-dialog", |b| {
        live(b);
        let mut dialog = b.get_dialog();
        dialog.shown = true;
        dialog.title = "要删掉学过的课吗？删了以后，在这台电视上就找不回来了".into();
        dialog.line = "您学过的九门课，会从这台电视上删掉。证书和学分不受影响，以后登录还能看到。".into();
        b.set_dialog(dialog);
        b.set_pressed(true);
    }),
];
