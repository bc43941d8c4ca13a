//! Subtitles that are sent as pictures, on whichever page has the moving picture.

use jinse_ui::{Bridge, PlateData};

use super::{Pictures, live, pictures::or_nothing};
use crate::{
    app::{
        Model,
        model::{Overlay, Page},
        playback,
        screens::lesson::Layer,
    },
    player::types::Plate,
};

/// What is shown now. The card at an end and the page for trouble take its place.
pub fn shown(model: &Model) -> Option<&Plate> {
    match model.page() {
        Page::Live => live::plate(model),
        Page::Lesson(page) if matches!(page.layer, Layer::End { .. }) => None,
        Page::Lesson(_) | Page::Part(_) => {
            playback::plate(model).filter(|_| !matches!(model.overlay, Some(Overlay::Trouble(_))))
        }
        _ => None,
    }
}

pub fn show(bridge: &Bridge, pictures: &mut Pictures, model: &Model) {
    let Some(plate) = shown(model) else {
        bridge.set_plate(PlateData { source: or_nothing(None), ..PlateData::default() });
        return;
    };
    let share = |part: u32, whole: u32| part as f32 / whole.max(1) as f32;
    bridge.set_plate(PlateData {
        shown: true,
        x: share(plate.x, plate.place.0),
        y: share(plate.y, plate.place.1),
        width: share(plate.width, plate.place.0),
        height: share(plate.height, plate.place.1),
        source: pictures.plate(plate),
    });
}
