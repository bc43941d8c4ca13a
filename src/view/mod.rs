//! From the model to the interface's properties: one file a screen, no decisions. Only what is on the screen is
//! handed over, and only where it changed, so that nothing is drawn again without need.

mod bookings;
mod category;
mod course;
mod covers;
mod guide;
mod hints;
mod home;
mod interests;
mod learners;
mod learning;
mod lists;
mod live;
mod overlays;
mod paper;
mod pictures;
mod pin;
mod plate;
mod player;
mod quiz;
#[cfg(test)]
mod redraw_tests;
mod search;
mod settings;
mod survey;
#[cfg(test)]
mod toast_tests;
mod visit;

pub use covers::{covers, plane_shows};
pub use hints::hints;
#[cfg(test)]
pub use hints::tests::fit as hints_fit;
pub use lists::Lists;
pub use paper::{SHEET, show_archive_page};
pub use pictures::{Picture, PictureKey, Pictures};
pub use plate::shown as plate;

use jinse_ui::{AppWindow, Bridge, Clock, Page as UiPage};
use slint::{ComponentHandle, SharedString};

use crate::app::{
    Model, civil,
    model::{Overlay, Page, Power},
    screens::{
        guide::{Form, blank},
        lesson::Layer,
        part,
    },
};

/// Puts the model on the window.
pub fn show(window: &AppWindow, lists: &Lists, pictures: &mut Pictures, model: &Model) {
    let bridge = window.global::<Bridge>();
    bridge.set_page(page(model));
    let (utc, zone) = (model.now.utc, &model.zone);
    bridge.set_clock(if model.clock_wrong {
        Clock { time: "--:--".into(), date: "正在等时间".into(), lunar: "".into() }
    } else {
        Clock {
            time: civil::time(utc, zone).into(),
            date: civil::date(utc, zone).into(),
            lunar: civil::lunar(utc, zone).into(),
        }
    });
    let nudge = model.nudge.map_or((0, 0), |n| (i32::from(n.x), i32::from(n.y)));
    bridge.set_nudge_x(nudge.0);
    bridge.set_nudge_y(nudge.1);
    bridge.set_pressed(model.pressed_until.is_some());
    lists.hints.show(hints(model));
    bridge.set_focus_fills_screen(focus_fills_screen(model));
    bridge.set_video_dimmed(video_dimmed(model));

    match model.page() {
        Page::Home(focus) => home::show(&bridge, lists, model, *focus),
        Page::Live => {}
        Page::Category(page) => category::show(&bridge, lists, pictures, model, page),
        Page::Course(page) => course::show(&bridge, lists, pictures, model, page),
        Page::Lesson(page) => player::show(&bridge, lists, model, page),
        Page::Learning(focus) => learning::show(&bridge, lists, pictures, model, *focus),
        Page::History(page) => learning::show_history(&bridge, lists, model, page),
        Page::Guide(page) => guide::show(&bridge, lists, model, page),
        Page::Programme(page) => guide::show_programme(&bridge, lists, model, page),
        Page::Bookings(page) => bookings::show(&bridge, lists, model, page),
        Page::Quiz(page) => quiz::show(&bridge, lists, pictures, model, page),
        Page::Part(page) => player::show(&bridge, lists, model, &part::lesson(page)),
        Page::Search(page) => search::show(&bridge, lists, pictures, model, page),
        Page::Timetable(page) => visit::show_timetable(&bridge, lists, model, page),
        Page::Waiting(page) => visit::show_waiting(&bridge, lists, model, page),
        Page::Visit(page) => visit::show_visit(&bridge, lists, model, page),
        Page::Interests(page) => interests::show(&bridge, lists, model, page),
        Page::Learners(page) => learners::show(lists, model, page),
        Page::Names(page) => learners::show_names(&bridge, lists, model, page),
        Page::Survey(page) => survey::show(&bridge, lists, model, page),
        Page::Paper(page) => paper::show(&bridge, lists, model, page),
        Page::Settings(page) => settings::show(&bridge, lists, model, page),
    }
    live::show(&bridge, lists, model);
    plate::show(&bridge, pictures, model);
    overlays::show(&bridge, lists, model);
    pin::show(&bridge, model);
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
        (Power::On, Page::Guide(page)) => match (page.form, blank(model, page)) {
            (Form::Grid, None) => UiPage::Grid,
            (Form::Grid, Some(blank)) if !blank.has_no_days() => UiPage::Grid,
            _ => UiPage::Guide,
        },
        (Power::On, Page::Programme(_)) => UiPage::Programme,
        (Power::On, Page::Quiz(_)) => UiPage::Quiz,
        (Power::On, Page::Part(_)) => UiPage::Player,
        (Power::On, Page::Search(_)) => UiPage::Search,
        (Power::On, Page::Timetable(_) | Page::Bookings(_)) => UiPage::History,
        (Power::On, Page::Waiting(_) | Page::Visit(_)) => UiPage::Programme,
        (Power::On, Page::Interests(_)) => UiPage::Interests,
        (Power::On, Page::Learners(_)) => UiPage::Learners,
        (Power::On, Page::Names(_)) => UiPage::Names,
        // One question and its answers: drawn as the quiz is.
        (Power::On, Page::Survey(_)) => UiPage::Quiz,
        (Power::On, Page::Paper(_)) => UiPage::Paper,
        (Power::On, Page::Settings(_)) => UiPage::Settings,
    }
}

/// Whether the whole screen has the focus: no control is drawn that could hold it.
pub fn focus_fills_screen(model: &Model) -> bool {
    model.power != Power::On
        || match (&model.overlay, model.page()) {
            (Some(Overlay::Number(_)), _) => true,
            (Some(_), _) => false,
            (None, Page::Live | Page::Part(_) | Page::Paper(_)) => true,
            (None, Page::Lesson(page)) => page.layer == Layer::Picture,
            (None, _) => false,
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
        Page::Live | Page::Lesson(_) | Page::Part(_) => Some([0, 0, 1920, 1080]),
        _ => None,
    }
}

/// `0…1` of the way, as Slint takes it.
fn share(part: i64, whole: i64) -> f32 {
    if whole <= 0 { 0.0 } else { (part as f32 / whole as f32).clamp(0.0, 1.0) }
}

fn text(words: impl AsRef<str>) -> SharedString {
    words.as_ref().into()
}
