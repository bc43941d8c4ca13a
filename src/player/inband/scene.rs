//! The picture that subtitles make: of the regions' pixels only what can be seen, brought together where it stands; and
//! that picture in the pixels of the screen. Nothing here knows how subtitles are sent.

use std::collections::BTreeMap;

use crate::player::types::{Pixels, Plate};

/// Empty lines between two pieces that stay: what is further apart is moved together, the lowest keeping its place. A box
/// around a title at the top and words at the bottom would hide what is between.
const MOST_EMPTY: u32 = 16;
/// Air around the words, in lines of the scene.
const AIR: u32 = 6;

/// Red, green, blue and how opaque.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour(pub [u8; 4]);

impl Colour {
    fn is_seen(self) -> bool {
        self.0[3] > 0
    }

    /// As much of each as is seen.
    fn premultiplied(self) -> [u8; 4] {
        let [r, g, b, a] = self.0;
        let part = |level: u8| u8::try_from((u16::from(level) * u16::from(a) + 127) / 255).unwrap_or(u8::MAX);
        [part(r), part(g), part(b), a]
    }
}

/// A region on its screen; later ones lie over those before.
pub struct Layer<'a> {
    pub x: u32,
    pub y: u32,
    /// Of each line of `pixels`.
    pub width: u32,
    pub pixels: &'a [u8],
    pub palette: &'a [Colour],
}

/// Where in the pixels of its place the moving picture is: x, y, width, height. The rest of the place is black.
pub type Inside = (i32, i32, i32, i32);

/// What is seen, in the pixels of the screen that the sender has in mind.
#[derive(Debug, PartialEq, Eq)]
pub struct Scene {
    screen: (u32, u32),
    x: u32,
    y: u32,
    width: u32,
    height: u32,
    /// Premultiplied, line by line.
    pixels: Vec<[u8; 4]>,
}

/// What of a line is seen: where it begins, and its pixels.
type Line = BTreeMap<u32, (u32, u32)>;

impl Scene {
    /// None where nothing can be seen.
    pub fn of(screen: (u32, u32), layers: &[Layer<'_>]) -> Option<Self> {
        let mut lines = Line::new();
        for layer in layers {
            for (n, codes) in layer.rows(screen) {
                let seen = |code: &u8| layer.colour(*code).is_some_and(Colour::is_seen);
                let (Some(first), Some(last)) = (codes.iter().position(seen), codes.iter().rposition(seen)) else {
                    continue;
                };
                let (left, right) = (layer.x + first as u32, layer.x + last as u32 + 1);
                let line = lines.entry(layer.y + n).or_insert((left, right));
                *line = (line.0.min(left), line.1.max(right));
            }
        }
        let left = lines.values().map(|(left, _)| *left).min()?;
        let right = lines.values().map(|(_, right)| *right).max()?;
        let bottom = *lines.last_key_value()?.0 + 1;
        // Where each line comes to lie, counted from the first.
        let mut places = BTreeMap::new();
        let (mut at, mut before) = (0, None::<u32>);
        for y in lines.keys() {
            let step = before.map_or(0, |before| (y - before).min(MOST_EMPTY + 1));
            at += step;
            before = Some(*y);
            places.insert(*y, at);
        }
        let (width, height) = (right - left, at + 1);
        let mut pixels = vec![[0; 4]; (width * height) as usize];
        for layer in layers {
            for (n, codes) in layer.rows(screen) {
                let Some(line) = places.get(&(layer.y + n)) else { continue };
                let skipped = left.saturating_sub(layer.x) as usize;
                let from = (line * width + layer.x.saturating_sub(left)) as usize;
                let room = width.saturating_sub(layer.x.saturating_sub(left)) as usize;
                let target = pixels.get_mut(from..from + room).unwrap_or_default();
                for (pixel, code) in target.iter_mut().zip(codes.iter().skip(skipped)) {
                    if let Some(colour) = layer.colour(*code).filter(|colour| colour.is_seen()) {
                        *pixel = colour.premultiplied();
                    }
                }
            }
        }
        Some(Self { screen, x: left, y: bottom - height, width, height, pixels })
    }

    #[cfg(test)]
    pub fn screen(&self) -> (u32, u32) {
        self.screen
    }

    #[cfg(test)]
    pub fn rect(&self) -> [u32; 4] {
        [self.x, self.y, self.width, self.height]
    }

    #[cfg(test)]
    pub fn pixel(&self, x: u32, y: u32) -> [u8; 4] {
        self.pixels[(y * self.width + x) as usize]
    }

    /// The picture as it is drawn over a moving picture that is `inside` a place of this size.
    pub fn plate(&self, place: (u32, u32), inside: Inside) -> Option<Plate> {
        let part = |length: i32| u32::try_from(length).ok().filter(|l| *l > 0);
        let (across, down) = (part(inside.2)?, part(inside.3)?);
        let scale = |n: u32, of: u32, from: u32| u64::from(n) * u64::from(of) / u64::from(from.max(1));
        let left = scale(self.x, across, self.screen.0) + u64::try_from(inside.0).unwrap_or(0);
        let top = scale(self.y, down, self.screen.1) + u64::try_from(inside.1).unwrap_or(0);
        let air = scale(AIR, down, self.screen.1);
        let inner = (
            scale(self.width, across, self.screen.0).clamp(1, place.0.into()),
            scale(self.height, down, self.screen.1).clamp(1, place.1.into()),
        );
        let small = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        let (width, height) = (inner.0 + 2 * air, inner.1 + 2 * air);
        let x = left.saturating_sub(air).min(u64::from(place.0).saturating_sub(width));
        let y = top.saturating_sub(air).min(u64::from(place.1).saturating_sub(height));
        let pixels = self.scaled((small(inner.0), small(inner.1)), small(air));
        let [x, y, width, height] = [x, y, width, height].map(small);
        Some(Plate { place, x, y, width, height, pixels: Pixels(pixels.into()) })
    }

    /// In another size, with a margin of nothing around. Between two pixels their mean: letters of a few lines would have
    /// stairs otherwise.
    fn scaled(&self, (width, height): (u32, u32), air: u32) -> Vec<u8> {
        let whole = (width + 2 * air) as usize;
        let mut out = vec![0; whole * (height + 2 * air) as usize * 4];
        let columns: Vec<Between> = (0..width).map(|x| Between::of(x, width, self.width)).collect();
        let rows = out.chunks_exact_mut(whole.max(1) * 4).skip(air as usize).take(height as usize);
        for (row, y) in rows.zip(0..) {
            let down = Between::of(y, height, self.height);
            let line = |y: usize| {
                let start = y * self.width as usize;
                self.pixels.get(start..start + self.width as usize).unwrap_or_default()
            };
            let (upper, lower) = (line(down.first), line(down.second));
            let target = row.chunks_exact_mut(4).skip(air as usize);
            for (pixel, across) in target.zip(&columns) {
                let at = |line: &[[u8; 4]], x: usize| line.get(x).copied().unwrap_or_default();
                let above = across.mean(at(upper, across.first), at(upper, across.second));
                let below = across.mean(at(lower, across.first), at(lower, across.second));
                pixel.copy_from_slice(&down.mean(above, below));
            }
        }
        out
    }
}

impl Layer<'_> {
    fn colour(&self, code: u8) -> Option<Colour> {
        self.palette.get(usize::from(code)).copied()
    }

    /// Its lines with their numbers, as far as they are on the screen.
    fn rows(&self, (width, height): (u32, u32)) -> impl Iterator<Item = (u32, &[u8])> {
        let across = width.saturating_sub(self.x) as usize;
        let down = height.saturating_sub(self.y);
        let rows = self.pixels.chunks_exact(self.width.max(1) as usize);
        (0..down).zip(rows.map(move |row| row.get(..across.min(row.len())).unwrap_or_default()))
    }
}

/// A place between two pixels, and how near it is to the second, in parts of 256.
struct Between {
    first: usize,
    second: usize,
    near: u16,
}

impl Between {
    fn of(at: u32, of: u32, from: u32) -> Self {
        // The middle of a pixel is where it counts.
        let middle = (u64::from(at) * 2 + 1) * u64::from(from) * 128 / u64::from(of.max(1));
        let place = middle.saturating_sub(128).min(u64::from(from.saturating_sub(1)) * 256);
        let first = place / 256;
        let second = (first + 1).min(u64::from(from.saturating_sub(1)));
        Self { first: first as usize, second: second as usize, near: (place % 256) as u16 }
    }

    fn mean(&self, first: [u8; 4], second: [u8; 4]) -> [u8; 4] {
        let mut mean = [0; 4];
        for (mean, (first, second)) in mean.iter_mut().zip(first.into_iter().zip(second)) {
            let sum = u32::from(first) * u32::from(256 - self.near) + u32::from(second) * u32::from(self.near);
            *mean = (sum >> 8) as u8;
        }
        mean
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PALETTE: [Colour; 3] = [Colour([9, 9, 9, 0]), Colour([255, 255, 255, 255]), Colour([200, 0, 0, 51])];

    fn layer(x: u32, y: u32, width: u32, pixels: &[u8]) -> Layer<'_> {
        Layer { x, y, width, pixels, palette: &PALETTE }
    }

    #[test]
    fn only_what_is_seen_is_kept_and_pieces_far_apart_come_together() {
        let high = layer(10, 5, 4, &[0, 1, 0, 0, 0, 2, 1, 0]);
        let low = layer(8, 90, 3, &[0, 0, 0, 0, 0, 0, 1, 0, 0]);
        let scene = Scene::of((100, 100), &[high, low]).expect("a scene");
        // Lines 5, 6 and 92; columns 8 to 12.
        assert_eq!((scene.x, scene.width, scene.height, scene.y), (8, 5, 2 + MOST_EMPTY + 1, 93 - 19));
        let line = |y: usize| &scene.pixels[y * 5..y * 5 + 5];
        let (none, white, red) = ([0; 4], [255; 4], [40, 0, 0, 51]);
        assert_eq!(line(0), [none, none, none, white, none]);
        assert_eq!(line(1), [none, none, none, red, white]);
        assert_eq!(line(18), [white, none, none, none, none]);
        assert!(Scene::of((100, 100), &[layer(0, 0, 2, &[0, 0])]).is_none());
        assert!(Scene::of((100, 100), &[layer(100, 0, 2, &[1, 1]), layer(0, 100, 2, &[1, 1])]).is_none());
    }

    #[test]
    fn a_plate_stands_where_its_scene_does_in_the_moving_picture() {
        let white = vec![1; 72 * 58];
        let scene = Scene::of((720, 576), &[layer(360, 460, 72, &white)]).expect("a scene");
        // A picture of 4:3 in the middle of a wide place.
        let plate = scene.plate((1920, 1080), (240, 0, 1440, 1080)).expect("a plate");
        let air = 11;
        assert_eq!((plate.x, plate.y), (240 + 720 - air, 862 - air));
        assert_eq!((plate.width, plate.height), (144 + 2 * air, 108 + 2 * air));
        let pixels = &plate.pixels.0;
        assert_eq!(pixels.len(), (plate.width * plate.height * 4) as usize);
        let middle = ((plate.height / 2 * plate.width + plate.width / 2) * 4) as usize;
        assert_eq!((&pixels[..4], &pixels[middle..middle + 4]), (&[0; 4][..], &[255; 4][..]));
        // Whatever the place, nothing stands outside of it.
        for place in [(2, 2), (64, 36), (1280, 720)] {
            let all = (0, 0, place.0 as i32, place.1 as i32);
            let plate = scene.plate(place, all).expect("a plate");
            assert!(plate.pixels.0.len() == (plate.width * plate.height * 4) as usize);
        }
        assert!(scene.plate((64, 36), (0, 0, 0, 36)).is_none());
    }
}
