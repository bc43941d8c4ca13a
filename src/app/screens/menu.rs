//! 菜单: two to five rows for the screen it was called on.

use crate::{
    app::{
        Effect, Model,
        focus::{Way, along},
        lock,
        model::{Overlay, Page, Power},
        msg::Place,
        screens::{
            self, Focusable, bookings, category, channels, course, dialog, guide, history, learners, lesson, live,
            names, paper, pin, quiz, search, settings,
        },
        speech,
    },
    catalogue::types::{CourseId, LessonId},
    remote::key::RemoteKey,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// 听这一页
    Listen,
    Channels,
    /// 节目单
    Guide,
    /// The guide's other form.
    GuideForm,
    GuideNow,
    /// The page of the programme in focus.
    About,
    /// 我的预约
    Bookings,
    /// Books the course's next live lesson, or takes that back.
    BookClass,
    /// The channel watched before.
    ChannelBefore,
    /// 这个频道…: the second level, about the running channel.
    ThisChannel,
    FavouriteChannel,
    Lock,
    SetFree,
    ChangePin,
    /// The next of the channel's sounds.
    Sound,
    /// The channel's next subtitles, or none.
    Captions,
    /// 稍后学
    Later,
    Learning,
    /// 找课程
    Search,
    ClearSearches,
    History,
    Home,
    Speed,
    Subtitles,
    BackToCourse,
    /// The questions of a lesson of this course.
    Quiz,
    /// Goes on to the next question unanswered.
    NextQuestion,
    LeaveQuiz,
    /// 为您推荐
    ForYou,
    /// What was put aside with 稍后学.
    LaterShelf,
    /// 学习档案
    Archive,
    RemoveThis,
    ClearAll,
    Rename,
    RemoveLearner,
    Exit,
    Standby,
    /// 设置
    Settings,
}

/// More rows than this are not taken in at a glance (LOOK §7).
const ROWS: usize = 5;
/// What a key, a button or another page does as well, the first to go where there are too many rows. The way out of the
/// program stays in the menu of Home, which is one key away.
const SPARE: [Choice; 7] = [
    Choice::Home,
    Choice::Exit,
    Choice::Standby,
    Choice::History,
    Choice::Learning,
    Choice::Channels,
    Choice::GuideNow,
];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Menu {
    /// Never empty.
    pub choices: Vec<Choice>,
    pub focus: usize,
}

pub fn open(model: &mut Model) {
    let mut choices = match model.page() {
        Page::Home(_) => vec![Choice::Channels, Choice::Learning, Choice::History, Choice::Guide],
        Page::Live if live::channel_before(model).is_some() => {
            vec![Choice::Channels, Choice::ChannelBefore, Choice::Guide, Choice::ThisChannel]
        }
        Page::Live => vec![Choice::Channels, Choice::Guide, Choice::ThisChannel, Choice::Home],
        Page::Category(_) => vec![Choice::Search, Choice::Learning, Choice::Home],
        Page::Course(page) if course::next_class(model, &page.course).is_some() => {
            vec![Choice::Later, Choice::BookClass, Choice::Learning, Choice::Home]
        }
        Page::Course(_) => vec![Choice::Later, Choice::Learning, Choice::Home],
        Page::Guide(page) if guide::blank(model, page).is_some_and(guide::Blank::has_no_days) => {
            vec![Choice::Bookings, Choice::Home]
        }
        Page::Guide(page) => {
            let about = guide::focused(model, page).map(|_| Choice::About);
            let rest = [Choice::Bookings, Choice::GuideForm, Choice::GuideNow, Choice::Home];
            about.into_iter().chain(rest).collect()
        }
        Page::Timetable(_) => vec![Choice::Bookings, Choice::Home],
        Page::Programme(_) | Page::Bookings(_) | Page::Waiting(_) | Page::Visit(_) => vec![Choice::Home],
        Page::Quiz(page) => {
            let next = quiz::can_skip(page).then_some(Choice::NextQuestion);
            next.into_iter().chain([Choice::LeaveQuiz, Choice::Home]).collect()
        }
        Page::Part(_) | Page::Paper(_) => vec![Choice::Home],
        Page::Lesson(page) => match page.target {
            lesson::Target::Lesson(_) => vec![Choice::Speed, Choice::Subtitles, Choice::BackToCourse, Choice::Home],
            lesson::Target::Class(_) if !model.playback.captions.all.is_empty() => {
                vec![Choice::Subtitles, Choice::BackToCourse, Choice::Home]
            }
            lesson::Target::Class(_) => vec![Choice::BackToCourse, Choice::Home],
            lesson::Target::Replay(_) => {
                let mut choices = vec![Choice::Speed];
                choices.extend(live::sound_label(model).map(|_| Choice::Sound));
                choices.extend(live::caption_label(model).map(|_| Choice::Captions));
                choices.push(Choice::Home);
                choices
            }
        },
        // What has no button on the page.
        Page::Learning(_) => vec![Choice::Archive, Choice::ForYou, Choice::LaterShelf],
        Page::Learners(page) => match learners::focused(model, page) {
            learners::Row::Learner(_) => vec![Choice::Rename, Choice::RemoveLearner, Choice::Home],
            learners::Row::Add => vec![Choice::Home],
        },
        Page::Names(_) => vec![Choice::Home],
        Page::Search(_) if model.user.settings.searches.is_empty() => vec![Choice::Learning, Choice::Home],
        Page::Search(_) => vec![Choice::ClearSearches, Choice::Learning, Choice::Home],
        Page::Interests(_) | Page::Survey(_) => vec![Choice::Learning, Choice::Home],
        Page::History(_) if model.user.history.is_empty() => vec![Choice::Home],
        Page::History(_) => vec![Choice::RemoveThis, Choice::ClearAll, Choice::Home],
        Page::Settings(_) => vec![Choice::Home],
    };
    if let Page::Course(page) = model.page()
        && quiz_of(model, &page.course).is_some()
    {
        choices.insert(0, Choice::Quiz);
    }
    choices.push(match model.place {
        Place::Desktop => Choice::Exit,
        Place::SetTopBox => Choice::Standby,
    });
    choices.insert(0, Choice::Listen);
    choices.push(Choice::Settings);
    let keeps_exit = matches!(model.page(), Page::Home(_));
    for spare in SPARE {
        if choices.len() > ROWS && !(keeps_exit && matches!(spare, Choice::Exit | Choice::Standby)) {
            choices.retain(|c| *c != spare);
        }
    }
    model.overlay = Some(Overlay::Menu(Menu { choices, focus: 0 }));
}

/// 这个频道…
fn open_channel(model: &mut Model) {
    let Some(id) = model.channel.clone() else {
        return screens::toast(model, "tv", "频道表正在路上，马上就好");
    };
    let mut choices = vec![Choice::FavouriteChannel];
    choices.push(if lock::is_locked(model, &id) { Choice::SetFree } else { Choice::Lock });
    choices.extend(live::sound_label(model).map(|_| Choice::Sound));
    choices.extend(live::caption_label(model).map(|_| Choice::Captions));
    choices.extend(model.user.pin.is_some().then_some(Choice::ChangePin));
    model.overlay = Some(Overlay::Menu(Menu { choices, focus: 0 }));
}

/// The lesson whose questions wait.
fn quiz_of(model: &Model, course: &CourseId) -> Option<LessonId> {
    quiz::lesson_to_ask(model, model.catalogue.ready()?.course(course)?)
}

pub fn label(model: &Model, choice: Choice) -> String {
    let favourite = model.channel.as_ref().is_some_and(|id| model.is_favourite(id));
    match choice {
        Choice::Listen => "听这一页".into(),
        Choice::Channels => "频道列表".into(),
        Choice::Guide => "节目单".into(),
        Choice::GuideForm => match model.page() {
            Page::Guide(page) if page.form == guide::Form::Grid => "只看一个频道".into(),
            _ => "几个频道一起看".into(),
        },
        Choice::GuideNow => "回到现在".into(),
        Choice::About => "节目介绍".into(),
        Choice::Bookings => "我的预约".into(),
        Choice::BookClass => match model.page() {
            Page::Course(page) if course::class_is_booked(model, &page.course) == Some(true) => "取消直播课预约".into(),
            _ => "预约直播课".into(),
        },
        Choice::ChannelBefore => "回到上一个频道".into(),
        Choice::FavouriteChannel if favourite => "从我常看的拿掉".into(),
        Choice::FavouriteChannel => "加到我常看的".into(),
        Choice::ThisChannel => "这个频道…".into(),
        Choice::Lock => "给这个频道上锁".into(),
        Choice::SetFree => "拿掉这个频道的锁".into(),
        Choice::ChangePin => "换频道锁的密码".into(),
        Choice::Sound => live::sound_label(model).unwrap_or_else(|| "声音".into()),
        Choice::Captions => live::caption_label(model).unwrap_or_else(|| "字幕".into()),
        Choice::Later => match model.page() {
            Page::Course(page) if category::is_later(model, &page.course) => "从稍后学里拿掉".into(),
            _ => "稍后再学".into(),
        },
        Choice::Learning => "我的学习".into(),
        Choice::Search => "找课程".into(),
        Choice::ClearSearches => "删掉找过的".into(),
        Choice::History => "看过的".into(),
        Choice::Home => "回主页".into(),
        Choice::Speed => format!("语速：{}", lesson::speed_name(model.user.settings.speed)),
        Choice::Subtitles if model.user.settings.subtitles => "字幕：开".into(),
        Choice::Subtitles => "字幕：关".into(),
        Choice::BackToCourse => "回课程".into(),
        Choice::Quiz => "答几道题".into(),
        Choice::NextQuestion => "先答下一题".into(),
        Choice::LeaveQuiz => match model.page() {
            Page::Quiz(page) if quiz::waiting_lesson(page).is_some() => "先看下去".into(),
            _ => "以后再答".into(),
        },
        Choice::ForYou => "为您推荐".into(),
        Choice::LaterShelf => "稍后学".into(),
        Choice::Archive => "学习档案".into(),
        Choice::RemoveThis => "只删这一条".into(),
        Choice::ClearAll => "全部删掉".into(),
        Choice::Rename => "改称呼".into(),
        Choice::RemoveLearner => "删掉这一位".into(),
        Choice::Exit => "退出".into(),
        Choice::Standby => "关机休息".into(),
        Choice::Settings => "设置".into(),
    }
}

pub fn focusables(model: &Model, menu: &Menu) -> Vec<Focusable> {
    let rows = menu.choices.iter().enumerate();
    rows.map(|(i, choice)| Focusable::new(format!("menu.{i}"), label(model, *choice))).collect()
}

pub fn key(model: &mut Model, mut menu: Menu, key: RemoteKey, effects: &mut Vec<Effect>) {
    match key {
        RemoteKey::Back | RemoteKey::Menu => model.overlay = None,
        RemoteKey::Ok => {
            screens::press(model);
            if let Some(choice) = menu.choices.get(menu.focus).copied() {
                choose(model, choice, effects);
            }
        }
        _ => match Way::from_key(key) {
            Some(way @ (Way::Up | Way::Down)) => match along(menu.focus, menu.choices.len(), way == Way::Down) {
                Some(next) => {
                    menu.focus = next;
                    model.overlay = Some(Overlay::Menu(menu));
                }
                None => screens::nudge(model, way),
            },
            Some(way) => screens::nudge(model, way),
            None => screens::useless_key(model),
        },
    }
}

fn choose(model: &mut Model, choice: Choice, effects: &mut Vec<Effect>) {
    // Speed, subtitles and sound are tried out where they are; every other choice closes the menu.
    match choice {
        Choice::Speed => return lesson::next_speed(model, effects),
        Choice::Subtitles => return lesson::toggle_subtitles(model, effects),
        Choice::Sound => return live::next_sound(model, effects),
        Choice::Captions => return live::next_caption(model, effects),
        _ => model.overlay = None,
    }
    match choice {
        Choice::Listen => speech::read_page(model, effects),
        Choice::Channels => {
            if !matches!(model.page(), Page::Live) {
                screens::go_live(model);
            }
            channels::open(model);
        }
        Choice::Guide => guide::open(model),
        Choice::GuideForm => guide::change_form(model),
        Choice::GuideNow => guide::to_now(model),
        Choice::About => guide::about(model),
        Choice::Bookings => bookings::open(model),
        Choice::BookClass => {
            if let Page::Course(page) = model.page() {
                let id = page.course.clone();
                course::book_class(model, &id, effects);
            }
        }
        Choice::ChannelBefore => live::to_channel_before(model, effects),
        Choice::FavouriteChannel => {
            if let Some(id) = model.channel.clone() {
                live::toggle_favourite(model, &id, effects);
            }
        }
        Choice::ThisChannel => open_channel(model),
        Choice::Lock => {
            if let Some(id) = model.channel.clone() {
                pin::ask_lock(model, &id, effects);
            }
        }
        Choice::SetFree => {
            if let Some(id) = model.channel.clone() {
                pin::ask_set_free(model, &id, effects);
            }
        }
        Choice::ChangePin => pin::ask_change(model, effects),
        Choice::Later => {
            if let Page::Course(page) = model.page() {
                let id = page.course.clone();
                category::toggle_later(model, &id, effects);
            }
        }
        // From the bottom, so that however the viewer wanders, few presses of Back reach Home.
        Choice::Learning => {
            screens::go_home(model);
            super::learning::open(model);
        }
        Choice::History => {
            screens::go_home(model);
            super::learning::open(model);
            history::open(model);
        }
        Choice::ForYou => category::open(model, category::Shelf::ForYou),
        Choice::LaterShelf => category::open(model, category::Shelf::Later),
        Choice::Search => search::open(model, effects),
        Choice::ClearSearches => dialog::ask_clear_searches(model),
        Choice::Home => screens::go_home(model),
        Choice::BackToCourse => screens::back(model),
        Choice::Quiz => {
            if let Page::Course(page) = model.page().clone()
                && let Some(lesson) = quiz_of(model, &page.course)
            {
                quiz::open(model, &page.course, &lesson);
            }
        }
        Choice::NextQuestion => quiz::skip(model, effects),
        Choice::LeaveQuiz => {
            if let Page::Quiz(page) = model.page().clone() {
                quiz::leave(model, page, effects);
            }
        }
        Choice::Archive => paper::open_archive(model),
        Choice::RemoveThis => {
            if let Page::History(page) = model.page().clone()
                && let Some(i) = history::spot(model, &page)
            {
                history::ask_remove(model, i);
            }
        }
        Choice::ClearAll => dialog::ask_clear(model),
        Choice::Rename | Choice::RemoveLearner => {
            if let Page::Learners(page) = model.page().clone()
                && let learners::Row::Learner(id) = learners::focused(model, &page)
            {
                match choice {
                    Choice::Rename => names::open(model, names::For::Learner(id)),
                    _ => learners::ask_remove(model, id),
                }
            }
        }
        Choice::Exit => effects.push(Effect::Quit),
        Choice::Standby => model.power = Power::Standby,
        Choice::Settings => settings::open(model),
        Choice::Speed | Choice::Subtitles | Choice::Sound | Choice::Captions => {}
    }
}
