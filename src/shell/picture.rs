//! How pictures reach the screen: painted by Slint from the mailbox, or by a plane of the X server beside it. Chosen
//! once, when the window exists.

use std::{cell::RefCell, collections::HashMap, rc::Rc, sync::Arc};

use jinse_ui::{AppWindow, Bridge};
use slint::ComponentHandle;

use super::bare_x11;
use crate::{
    app::Model,
    operator::config::VideoWay,
    player::{
        frames::{FrameSink, Painter},
        output::{Plane, PxRect, Shown, x11_plane::X11Plane},
    },
    view,
};

/// Where each cover (`jinse_ui::Cover` as a number) was drawn last, in the 1920×1080 of the look.
pub type CoverRects = Rc<RefCell<HashMap<usize, [f32; 4]>>>;

/// The way that pictures take.
pub enum Way {
    Painted,
    Plane { plane: Arc<Plane>, told: Option<Told> },
}

/// What the plane was told last.
#[derive(PartialEq)]
pub struct Told {
    place: PxRect,
    covers: Vec<PxRect>,
    shows: bool,
}

/// Chooses by the operator's wish and what the machine has; the painted way works everywhere.
pub fn choose(window: &AppWindow, wish: VideoWay, frames: &FrameSink) -> (Way, Arc<dyn Painter>) {
    let painted = || (Way::Painted, Arc::new(frames.clone()) as Arc<dyn Painter>);
    if wish == VideoWay::Painted {
        return painted();
    }
    match bare_x11::window_id(window.window()).map(X11Plane::new) {
        Some(Ok(plane)) => {
            tracing::info!("pictures go to a plane of the X server");
            let plane = Arc::new(Plane::new(Box::new(plane)));
            (Way::Plane { plane: plane.clone(), told: None }, plane)
        }
        Some(Err(e)) => {
            tracing::warn!("no plane for pictures ({e}); they are painted");
            painted()
        }
        None => {
            if wish == VideoWay::X11 {
                tracing::warn!("no X11 window for a plane; pictures are painted");
            }
            painted()
        }
    }
}

impl Way {
    /// What is on the screen beside the interface.
    pub fn shown(&self) -> Option<Shown> {
        match self {
            Self::Painted => None,
            Self::Plane { plane, .. } => plane.output().shown(),
        }
    }

    /// Moves the plane to where the page has its picture and frees what lies over it. True where anything changed.
    pub fn arrange(&mut self, window: &AppWindow, model: &Model, rects: &CoverRects) -> bool {
        let Self::Plane { plane, told } = self else { return false };
        let shows = view::plane_shows(model);
        let scale = window.window().scale_factor();
        let size = window.window().size();
        let stage = Stage::of(scale, size.width as f32, size.height as f32);
        let Some(place) = view::video_place(model) else {
            let showed = told.as_ref().is_none_or(|t| t.shows);
            if showed {
                plane.output().visible(false);
                *told = Some(Told { place: PxRect::default(), covers: Vec::new(), shows: false });
                repaint(window);
            }
            return showed;
        };
        let place = stage.pixels(place.map(|n| n as f32));
        let rects = rects.borrow();
        let covers = view::covers(model)
            .into_iter()
            .filter_map(|c| rects.get(&(c as usize)))
            .map(|r| absolute(*r, scale))
            .collect();
        let next = Told { place, covers, shows };
        let moved = told.as_ref() != Some(&next);
        if moved {
            let mut output = plane.output();
            output.place(next.place);
            output.cut_out(&next.covers);
            output.visible(next.shows);
            drop(output);
            *told = Some(next);
            repaint(window);
        }
        moved
    }
}

/// Slint draws only what changed, and knows nothing of what the plane has given free.
fn repaint(window: &AppWindow) {
    let bridge = window.global::<Bridge>();
    bridge.set_repaint(bridge.get_repaint().wrapping_add(1));
}

/// Reported positions count from the window's corner already.
fn absolute([x, y, width, height]: [f32; 4], scale: f32) -> PxRect {
    let (left, top) = ((x * scale).floor(), (y * scale).floor());
    let (right, bottom) = (((x + width) * scale).ceil(), ((y + height) * scale).ceil());
    PxRect {
        x: left as i32,
        y: top as i32,
        width: (right - left).max(0.0) as u32,
        height: (bottom - top).max(0.0) as u32,
    }
}

/// The page in the middle of the window.
struct Stage {
    scale: f32,
    left: f32,
    top: f32,
}

impl Stage {
    fn of(scale: f32, width: f32, height: f32) -> Self {
        Self { scale, left: (width - 1920.0 * scale) / 2.0, top: (height - 1080.0 * scale) / 2.0 }
    }

    fn pixels(&self, [x, y, width, height]: [f32; 4]) -> PxRect {
        let pixels = |n: f32| (n * self.scale).round();
        PxRect {
            x: (self.left + pixels(x)) as i32,
            y: (self.top + pixels(y)) as i32,
            width: pixels(width).max(2.0) as u32,
            height: pixels(height).max(2.0) as u32,
        }
    }
}
