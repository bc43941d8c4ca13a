//! From the model to the interface's properties: one file a screen, no decisions. Only what is on the screen is
//! handed over, and only where it changed, so that nothing is drawn again without need.

mod category;
mod course;
mod home;
mod learning;
mod lists;
mod live;
mod overlays;
mod pictures;
mod player;

pub use lists::Lists;
pub use pictures::{Picture, PictureKey, Pictures};

use jinse_ui::{AppWindow, Bridge, Clock, Hint, Page as UiPage};
use slint::{ComponentHandle, SharedString};

use crate::app::{
    Model, civil,
    model::{Overlay, Page, Power},
    screens,
};

/// Puts the model on the window.
pub fn show(window: &AppWindow, lists: &Lists, pictures: &mut Pictures, model: &Model) {
    let bridge = window.global::<Bridge>();
    bridge.set_page(page(model));
    let (utc, offset) = (model.now.utc, model.zone_offset_s);
    bridge.set_clock(Clock {
        time: civil::time(utc, offset).into(),
        date: civil::date(utc, offset).into(),
        lunar: civil::lunar(utc, offset).into(),
    });
    let nudge = model.nudge.map_or((0, 0), |n| (i32::from(n.x), i32::from(n.y)));
    bridge.set_nudge_x(nudge.0);
    bridge.set_nudge_y(nudge.1);
    bridge.set_pressed(model.pressed_until.is_some());
    lists.hints.show(hints(model));
    bridge.set_side_hint(Hint::default());
    bridge.set_video_dimmed(video_dimmed(model));

    match model.page() {
        Page::Home(focus) => home::show(&bridge, lists, model, *focus),
        Page::Live => {}
        Page::Category(page) => category::show(&bridge, lists, pictures, model, page),
        Page::Course(page) => course::show(&bridge, lists, pictures, model, page),
        Page::Lesson(page) => player::show(&bridge, lists, model, page),
        Page::Learning(focus) => learning::show(&bridge, lists, pictures, model, *focus),
        Page::History(page) => learning::show_history(&bridge, lists, model, page),
    }
    live::show(&bridge, lists, model);
    overlays::show(&bridge, lists, model);
}

fn page(model: &Model) -> UiPage {
    match (model.power, model.page()) {
        (Power::Starting, _) => UiPage::Splash,
        (Power::Standby, _) => UiPage::Standby,
        (Power::On, Page::Home(_)) => UiPage::Home,
        (Power::On, Page::Live) => UiPage::Live,
        (Power::On, Page::Category(_)) => UiPage::Category,
        (Power::On, Page::Course(_)) => UiPage::Course,
        (Power::On, Page::Lesson(_)) => UiPage::Player,
        (Power::On, Page::Learning(_)) => UiPage::Learning,
        (Power::On, Page::History(_)) => UiPage::History,
    }
}

/// The last frame stays, darker, while nothing new comes.
fn video_dimmed(model: &Model) -> bool {
    model.playback.what.is_some() && !model.playback.is_moving()
}

/// Where the picture belongs on the page, in the 1920×1080 of the look; none where no picture shows.
pub fn video_place(model: &Model) -> Option<[i32; 4]> {
    if model.power != Power::On {
        return None;
    }
    match model.page() {
        Page::Home(_) => Some([108, 150, 1216, 684]),
        Page::Live | Page::Lesson(_) => Some([0, 0, 1920, 1080]),
        _ => None,
    }
}

/// What each key does here, for the bottom line: at most six pairs, only keys that work now.
pub fn hints(model: &Model) -> Vec<Hint> {
    use jinse_ui::CapTone::{Blue, Plain, Red, Yellow};
    let pairs: &[(&str, &str, jinse_ui::CapTone)] = match &model.overlay {
        Some(Overlay::Channels(list)) => match screens::channels::column(model, list) {
            screens::channels::Column::Rows => &[
                ("上下", "选频道", Plain),
                ("左", "选分组", Plain),
                ("确认", "观看", Plain),
                ("黄键", if favourite_in_focus(model, list) { "从我常看的拿掉" } else { "加到我常看的" }, Yellow),
                ("返回", "收起", Plain),
            ],
            screens::channels::Column::Groups => {
                &[("上下", "选分组", Plain), ("右", "选频道", Plain), ("返回", "收起", Plain)]
            }
        },
        Some(Overlay::Trouble(_)) => &[("左右", "选择", Plain), ("确认", "就这样做", Plain), ("返回", "回主页", Plain)],
        Some(Overlay::Menu(_)) => &[("上下", "选择", Plain), ("确认", "就这样做", Plain), ("返回", "收起", Plain)],
        Some(Overlay::Dialog(_)) => &[("左右", "选择", Plain), ("确认", "就这样做", Plain), ("返回", "收起", Plain)],
        _ => match model.page() {
            Page::Home(_) => &[
                ("方向键", "选择", Plain),
                ("确认", "打开", Plain),
                ("频道+/−", "换台", Plain),
                ("菜单", "更多", Plain),
                ("返回", "回到电视", Plain),
            ],
            Page::Live => &[
                ("频道+/−", "换台", Plain),
                ("数字键", "直接去", Plain),
                ("确认", "频道列表", Plain),
                ("黄键", "我常看的", Yellow),
                ("返回", "收起", Plain),
            ],
            Page::Category(page) => match (page.spot, page.shelf.has_tiers()) {
                (screens::category::Spot::Tabs, _) => {
                    &[("左右", "选难易", Plain), ("下", "选课程", Plain), ("返回", "上一页", Plain)]
                }
                (_, true) => &[
                    ("方向键", "选课程", Plain),
                    ("确认", "打开", Plain),
                    ("频道+/−", "翻页", Plain),
                    ("黄键", "收藏", Yellow),
                    ("返回", "上一页", Plain),
                ],
                (_, false) => &[
                    ("方向键", "选课程", Plain),
                    ("确认", "打开", Plain),
                    ("黄键", "收藏", Yellow),
                    ("返回", "上一页", Plain),
                ],
            },
            Page::Course(page) => match screens::course::spot(model, page) {
                screens::course::Spot::Lesson(_) => &[
                    ("上下", "选课", Plain),
                    ("确认", "开始学", Plain),
                    ("左", "回左边", Plain),
                    ("黄键", "收藏", Yellow),
                    ("返回", "上一页", Plain),
                ],
                _ => &[
                    ("确认", "就这样做", Plain),
                    ("右", "选别的课", Plain),
                    ("下", "更多按钮", Plain),
                    ("黄键", "收藏", Yellow),
                    ("返回", "上一页", Plain),
                ],
            },
            Page::Lesson(page) => match page.layer {
                screens::lesson::Layer::Bar { focus: screens::lesson::BarFocus::Track, .. } => &[
                    ("左右", "前后走", Plain),
                    ("下", "选按钮", Plain),
                    ("蓝键", "从头看", Blue),
                    ("返回", "收起", Plain),
                ],
                screens::lesson::Layer::End { .. } => {
                    &[("左右", "选择", Plain), ("确认", "就这样做", Plain), ("返回", "留在这里", Plain)]
                }
                _ => &[
                    ("左右", "选按钮", Plain),
                    ("确认", "按下", Plain),
                    ("上", "进度条", Plain),
                    ("蓝键", "从头看", Blue),
                    ("返回", "收起", Plain),
                ],
            },
            Page::Learning(_) => &[
                ("方向键", "选择", Plain),
                ("确认", "接着学", Plain),
                ("红键", "删这门课", Red),
                ("返回", "上一页", Plain),
            ],
            Page::History(_) if model.user.history.is_empty() => {
                &[("确认", "去挑课", Plain), ("返回", "上一页", Plain)]
            }
            Page::History(_) => &[
                ("上下", "选择", Plain),
                ("确认", "接着看", Plain),
                ("红键", "删这一条", Red),
                ("菜单", "全部删掉", Plain),
                ("返回", "上一页", Plain),
            ],
        },
    };
    pairs.iter().map(|(cap, label, tone)| Hint { cap: (*cap).into(), label: (*label).into(), tone: *tone }).collect()
}

fn favourite_in_focus(model: &Model, list: &screens::channels::ChannelList) -> bool {
    list.channel.as_ref().is_some_and(|id| model.is_favourite(id))
}

/// `0…1` of the way, as Slint takes it.
fn share(part: i64, whole: i64) -> f32 {
    if whole <= 0 { 0.0 } else { (part as f32 / whole as f32).clamp(0.0, 1.0) }
}

fn text(words: impl AsRef<str>) -> SharedString {
    words.as_ref().into()
}
