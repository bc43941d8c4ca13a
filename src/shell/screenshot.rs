//! Pictures of the screen as PNG files: what the interface draws, and over it what a plane beside it shows.

use std::path::Path;

use image::{Rgb, RgbImage};

use crate::player::output::{PxRect, Shown};

/// The screen at one moment. Taken on the interface's thread, packed and written on any other.
pub struct Shot(RgbImage);

impl Shot {
    /// What the window itself shows now.
    pub fn of(window: &slint::Window) -> Result<Self, String> {
        let shot = window.take_snapshot().map_err(|e| format!("no picture of the window: {e}"))?;
        let rgb: Vec<u8> = shot.as_slice().iter().flat_map(|p| [p.r, p.g, p.b]).collect();
        RgbImage::from_raw(shot.width(), shot.height(), rgb).map(Self).ok_or_else(|| "the picture has no size".into())
    }

    /// With the picture of a plane where it is seen.
    pub fn with(mut self, shown: Option<Shown>) -> Self {
        for (part, shown) in shown.iter().flat_map(|shown| shown.parts.iter().map(move |part| (*part, shown))) {
            self.lay(part, shown);
        }
        self
    }

    fn lay(&mut self, part: PxRect, shown: &Shown) {
        let (width, height) = self.0.dimensions();
        let inside = |from: i32, by: i32, most: u32| u32::try_from(from.saturating_add(by)).ok().filter(|n| *n < most);
        for down in rows(part.y, part.height) {
            let Some(y) = inside(shown.place.y, down, height) else { continue };
            for across in rows(part.x, part.width) {
                let Some(x) = inside(shown.place.x, across, width) else { continue };
                self.0.put_pixel(x, y, Rgb(shown.pixel(across, down)));
            }
        }
    }

    pub fn save(&self, path: &Path) -> Result<(), String> {
        self.0.save_with_format(path, image::ImageFormat::Png).map_err(|e| format!("{}: {e}", path.display()))
    }
}

fn rows(from: i32, count: u32) -> std::ops::Range<i32> {
    from..from.saturating_add_unsigned(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_lies_over_the_window_but_for_what_is_cut_out() {
        let ground = Shot(RgbImage::from_pixel(6, 4, Rgb([9, 9, 9])));
        let place = PxRect { x: 1, y: 1, width: 4, height: 4 };
        // Two of three columns are seen, the last of which the picture does not reach; the last row is off the window.
        let parts = vec![PxRect { x: 0, y: 0, width: 1, height: 4 }, PxRect { x: 2, y: 0, width: 2, height: 4 }];
        let pixels = [[1, 2, 3, 0]; 12].concat();
        let shot = ground.with(Some(Shown { place, parts, width: 3, height: 4, pixels })).0;
        let row = |y: u32| (0..6).map(|x| shot.get_pixel(x, y).0[0]).collect::<Vec<_>>();
        assert_eq!(row(0), [9; 6]);
        for y in 1..4 {
            assert_eq!(row(y), [9, 3, 9, 3, 0, 9], "row {y}");
        }
        assert_eq!(shot.get_pixel(1, 1).0, [3, 2, 1], "blue lies first in a plane's memory");
    }
}
