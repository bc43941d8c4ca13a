//! Ways of showing pictures beside the interface rather than through it. A way owns its window or plane; it does not
//! scale (pictures come in the size of their place) and knows nothing of pipelines.

mod shm;
pub mod x11_plane;

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

pub use shm::Lent;

use super::frames::{Canvas, Filled, FrameCounts, Painter, PixelFormat};

/// A rectangle in physical pixels of the interface's window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PxRect {
    pub x: i32,
    pub y: i32,
    pub width: u32,
    pub height: u32,
}

impl PxRect {
    fn right(self) -> i64 {
        i64::from(self.x) + i64::from(self.width)
    }

    fn bottom(self) -> i64 {
        i64::from(self.y) + i64::from(self.height)
    }

    /// From edges; none where nothing is between them.
    fn between(left: i64, top: i64, right: i64, bottom: i64) -> Option<Self> {
        let rect = Self {
            x: i32::try_from(left).ok()?,
            y: i32::try_from(top).ok()?,
            width: u32::try_from(right - left).ok()?,
            height: u32::try_from(bottom - top).ok()?,
        };
        (rect.width > 0 && rect.height > 0).then_some(rect)
    }

    /// What is left of `self` outside `hole`: at most four rectangles that do not overlap.
    fn minus(self, hole: Self) -> impl Iterator<Item = Self> {
        let (x, y) = (i64::from(self.x), i64::from(self.y));
        let left = i64::from(hole.x).clamp(x, self.right());
        let right = hole.right().clamp(x, self.right());
        let top = i64::from(hole.y).clamp(y, self.bottom());
        let bottom = hole.bottom().clamp(y, self.bottom());
        let parts = if left < right && top < bottom {
            [
                Self::between(x, y, self.right(), top),
                Self::between(x, top, left, bottom),
                Self::between(right, top, self.right(), bottom),
                Self::between(x, bottom, self.right(), self.bottom()),
            ]
        } else {
            [Some(self), None, None, None]
        };
        parts.into_iter().flatten()
    }
}

/// The parts of `place` where the picture is seen, in coordinates of the place itself.
pub fn seen(place: PxRect, cut_outs: &[PxRect]) -> Vec<PxRect> {
    let mut parts: Vec<PxRect> = Some(place).filter(|p| p.width > 0 && p.height > 0).into_iter().collect();
    for hole in cut_outs {
        parts = parts.into_iter().flat_map(|part| part.minus(*hole)).collect();
    }
    for part in &mut parts {
        part.x = part.x.saturating_sub(place.x);
        part.y = part.y.saturating_sub(place.y);
    }
    parts
}

/// What is on the screen beside the interface.
pub struct Shown {
    /// Where, in the interface's window.
    pub place: PxRect,
    /// What is seen of the place, in its own coordinates; elsewhere the interface lies over it.
    pub parts: Vec<PxRect>,
    /// The picture, from the corner of the place on.
    pub width: u32,
    pub height: u32,
    /// BGRx, rows without padding.
    pub pixels: Vec<u8>,
}

impl Shown {
    /// Red, green and blue at a point of the place; black where the picture does not reach.
    pub fn pixel(&self, x: i32, y: i32) -> [u8; 3] {
        let side = |n: i32, most: u32| u32::try_from(n).ok().filter(|n| *n < most).map(|n| n as usize);
        let at = || {
            let (x, y) = (side(x, self.width)?, side(y, self.height)?);
            let from = (y * self.width as usize + x) * PixelFormat::Bgrx.bytes();
            let [b, g, r, ..] = *self.pixels.get(from..)? else { return None };
            Some([r, g, b])
        };
        at().unwrap_or_default()
    }
}

/// One way of showing pictures. The newest picture wins; nothing here waits for the screen.
pub trait VideoOutput: Send {
    /// Where the picture stands in the interface's window.
    fn place(&mut self, rect: PxRect);
    /// Where the interface is to be seen through the picture, in coordinates of the window.
    fn cut_out(&mut self, rects: &[PxRect]);
    fn visible(&mut self, on: bool);
    /// Memory for a picture in BGRx; none while all of it is with the screen.
    fn canvas(&mut self, width: u32, height: u32) -> Option<Canvas>;
    /// Shows a picture on a canvas of its own. False when it was thrown away.
    fn present(&mut self, picture: Filled) -> bool;
    /// A copy of what is to be seen now; none where nothing is.
    fn shown(&mut self) -> Option<Shown>;
}

/// Lets the engine paint onto an output while the interface moves it. No lock is held while a picture is written.
pub struct Plane {
    output: Mutex<Box<dyn VideoOutput>>,
    shown: AtomicU64,
    dropped: AtomicU64,
}

impl Plane {
    pub fn new(output: Box<dyn VideoOutput>) -> Self {
        Self { output: Mutex::new(output), shown: AtomicU64::new(0), dropped: AtomicU64::new(0) }
    }

    /// For placing and cutting out.
    pub fn output(&self) -> MutexGuard<'_, Box<dyn VideoOutput>> {
        self.output.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn counts(&self) -> FrameCounts {
        let shown = self.shown.load(Ordering::Relaxed);
        let dropped = self.dropped.load(Ordering::Relaxed);
        FrameCounts { arrived: shown + dropped, shown, dropped }
    }
}

impl Painter for Plane {
    fn format(&self) -> PixelFormat {
        PixelFormat::Bgrx
    }

    fn canvas(&self, width: u32, height: u32) -> Option<Canvas> {
        let canvas = self.output().canvas(width, height);
        if canvas.is_none() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        canvas
    }

    fn show(&self, picture: Filled) {
        let count = if self.output().present(picture) { &self.shown } else { &self.dropped };
        count.fetch_add(1, Ordering::Relaxed);
    }

    fn late(&self, count: u64) {
        self.dropped.fetch_add(count, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rect() -> impl Strategy<Value = PxRect> {
        (-20i32..40, -20i32..40, 0u32..40, 0u32..40).prop_map(|(x, y, width, height)| PxRect { x, y, width, height })
    }

    fn holds(rect: PxRect, x: i32, y: i32) -> bool {
        (i64::from(rect.x)..rect.right()).contains(&i64::from(x))
            && (i64::from(rect.y)..rect.bottom()).contains(&i64::from(y))
    }

    proptest! {
        #[test]
        fn each_pixel_is_seen_once_or_cut_out(place in rect(), holes in prop::collection::vec(rect(), 0..5)) {
            let parts = seen(place, &holes);
            for y in -20..80 {
                for x in -20..80 {
                    let wanted = holds(place, x, y) && !holes.iter().any(|h| holds(*h, x, y));
                    let found = parts.iter().filter(|p| holds(**p, x - place.x, y - place.y)).count();
                    prop_assert_eq!(found, usize::from(wanted), "at {},{}", x, y);
                }
            }
        }
    }

    #[test]
    fn edges_of_the_number_range_do_no_harm() {
        let all = PxRect { x: i32::MIN, y: i32::MIN, width: u32::MAX, height: u32::MAX };
        assert!(seen(PxRect { x: 5, y: 5, width: 10, height: 10 }, &[all]).is_empty());
        seen(all, &[PxRect { x: i32::MAX, y: i32::MAX, width: u32::MAX, height: u32::MAX }]);
    }
}
