//! What lies over the moving picture now, for a native plane that must leave it free. Where each stands is reported
//! by the interface itself; which of them are up follows from the model.

use jinse_ui::Cover;

use crate::app::{
    Model,
    model::{Overlay, Page},
    playback,
    screens::{
        lesson::{self, Layer, LessonPage, Target},
        live, part,
    },
};

/// Whether a native plane may show its picture. A veil, or words in place of the picture, need it gone.
pub fn plane_shows(model: &Model) -> bool {
    let playback = &model.playback;
    let over = matches!(model.overlay, Some(Overlay::Trouble(_)));
    match model.page() {
        Page::Home(_) => playback.is_moving(),
        Page::Live => playback.has_frame && !over,
        Page::Lesson(page) => playback.has_frame && !over && !matches!(page.layer, Layer::End { .. }),
        Page::Part(_) => playback.has_frame && !over,
        _ => false,
    }
}

pub fn covers(model: &Model) -> Vec<Cover> {
    let mut up = Vec::new();
    let free = model.overlay.is_none();
    match model.page() {
        Page::Home(_) => up.push(Cover::Tag),
        Page::Live => {
            if !super::live::subtitle(model).is_empty() || super::live::plate(model).is_some() {
                up.push(Cover::Subtitle);
            }
            let quiet = free || matches!(model.overlay, Some(Overlay::Number(_)));
            if quiet && !live::over(model).is_empty() {
                up.push(Cover::Words);
            }
            if model.banner_shown() {
                up.push(Cover::Banner);
            }
        }
        Page::Lesson(page) => over_lesson(model, page, &mut up),
        Page::Part(page) => over_lesson(model, &part::lesson(page), &mut up),
        _ => {}
    }
    match &model.overlay {
        Some(Overlay::Channels(_)) => {
            if !live::words(model).is_empty() {
                up.push(Cover::Words);
            }
            up.extend([Cover::Channels, Cover::ChannelsClock, Cover::ChannelsPanel, Cover::Foot]);
        }
        Some(Overlay::Number(_)) => up.push(Cover::Number),
        Some(Overlay::NoNumber(_)) => up.push(Cover::NoNumber),
        Some(Overlay::Menu(_)) => up.extend([Cover::Menu, Cover::Foot]),
        Some(Overlay::Dialog(_)) => up.extend([Cover::Dialog, Cover::Foot]),
        Some(Overlay::Pin(_)) => up.extend([Cover::Pin, Cover::Foot]),
        Some(Overlay::Trouble(_)) | None => {}
    }
    if model.toast.is_some() || model.call.is_some() {
        up.push(Cover::Toast);
    }
    up
}

fn over_lesson(model: &Model, page: &LessonPage, up: &mut Vec<Cover>) {
    let free = model.overlay.is_none();
    if free && !live::over(model).is_empty() {
        up.push(Cover::Words);
    }
    if matches!(model.page(), Page::Lesson(_)) && lesson::has_thin_bar(model, page) {
        up.push(Cover::ThinBar);
    }
    if !playback::subtitle(model).is_empty() || playback::plate(model).is_some() {
        up.push(Cover::Subtitle);
    }
    let bar = free && matches!((&page.layer, &page.target), (Layer::Bar { .. }, Target::Lesson(_) | Target::Replay(_)));
    if bar {
        up.push(Cover::Bar);
    } else if !super::player::centre(model).is_empty() {
        up.push(Cover::Centre);
    }
}
