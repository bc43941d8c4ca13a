//! Posters at the size they are shown. What is not here yet is asked for once and drawn when it arrives; fetching
//! and decoding happen elsewhere.

use std::collections::{HashMap, VecDeque};

use slint::{Image, Rgba8Pixel, SharedPixelBuffer};

use crate::{player::types::Plate, time::MonoMs};

/// Pictures kept decoded: three pages of cards. A card's poster takes 240 KB.
const KEPT: usize = 24;
/// A picture that could not be had is asked for again after this, and after twice as long each further time: a server
/// that was away for a moment must not cost a poster for the evening, and one without posters not be asked for ever.
const AGAIN_AFTER_MS: u64 = 15_000;
const AGAIN_DOUBLINGS: u32 = 6;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PictureKey {
    pub url: String,
    pub width: u32,
    pub height: u32,
}

/// Decoded off the UI thread. `None`: it could not be had; a drawn placeholder stays.
pub struct Picture {
    pub key: PictureKey,
    pub pixels: Option<SharedPixelBuffer<Rgba8Pixel>>,
}

enum Known {
    Asked { failures: u32 },
    Here(Image),
    Failed { failures: u32, again_at: MonoMs },
}

thread_local! {
    static NOTHING: Image = Image::from_rgba8(SharedPixelBuffer::new(1, 1));
}

/// The picture, or one of nothing. Slint's own empty picture (`Image::default`) is equal to no other, not even to
/// itself: what bears it would be drawn again with each update.
pub fn or_nothing(picture: Option<Image>) -> Image {
    picture.unwrap_or_else(|| NOTHING.with(Image::clone))
}

#[derive(Default)]
pub struct Pictures {
    /// What time it is when pictures are drawn.
    pub now: MonoMs,
    known: HashMap<PictureKey, Known>,
    order: VecDeque<PictureKey>,
    missing: Vec<PictureKey>,
    /// The subtitles that were drawn last.
    plate: Option<(Plate, Image)>,
}

impl Pictures {
    /// The picture, where it is here.
    pub fn get(&mut self, url: Option<&String>, width: u32, height: u32) -> Option<Image> {
        let key = PictureKey { url: url?.clone(), width, height };
        let failures = match self.known.get(&key) {
            Some(Known::Here(image)) => return Some(image.clone()),
            Some(Known::Failed { failures, again_at }) if *again_at <= self.now => *failures,
            Some(Known::Asked { .. } | Known::Failed { .. }) => return None,
            None => {
                self.order.push_back(key.clone());
                0
            }
        };
        self.known.insert(key.clone(), Known::Asked { failures });
        self.missing.push(key);
        None
    }

    /// Subtitles as a picture: made once for as long as they stand.
    pub fn plate(&mut self, plate: &Plate) -> Image {
        if let Some((known, image)) = &self.plate
            && known == plate
        {
            return image.clone();
        }
        let mut pixels = SharedPixelBuffer::<Rgba8Pixel>::new(plate.width, plate.height);
        for (pixel, from) in pixels.make_mut_bytes().iter_mut().zip(plate.pixels.0.iter()) {
            *pixel = *from;
        }
        let image = Image::from_rgba8_premultiplied(pixels);
        self.plate = Some((plate.clone(), image.clone()));
        image
    }

    /// What was asked for and is not here, once.
    pub fn take_missing(&mut self) -> Vec<PictureKey> {
        std::mem::take(&mut self.missing)
    }

    /// When one that failed may be asked for again: the page has to be looked at then, though nothing else happens.
    pub fn next_retry(&self) -> Option<MonoMs> {
        let waits = self.known.values().filter_map(|known| match known {
            Known::Failed { again_at, .. } if *again_at > self.now => Some(*again_at),
            _ => None,
        });
        waits.min()
    }

    /// Whether something that was asked for is still on its way.
    pub fn is_waiting(&self) -> bool {
        self.known.values().any(|known| matches!(known, Known::Asked { .. }))
    }

    pub fn put(&mut self, picture: Picture) {
        let failures = match (self.known.get(&picture.key), &picture.pixels) {
            (Some(Known::Asked { failures }), _) => failures,
            // The disk's came first, and the server has a newer one.
            (Some(Known::Here(_)), Some(pixels)) => {
                self.known.insert(picture.key, Known::Here(Image::from_rgba8(pixels.clone())));
                return;
            }
            // One that is not asked for any more was let go while it was on its way.
            _ => return,
        };
        let known = match picture.pixels {
            Some(pixels) => Known::Here(Image::from_rgba8(pixels)),
            None => {
                let wait = AGAIN_AFTER_MS << failures.min(&AGAIN_DOUBLINGS);
                Known::Failed { failures: failures + 1, again_at: self.now.plus(wait) }
            }
        };
        self.known.insert(picture.key, known);
        while self.order.len() > KEPT {
            if let Some(old) = self.order.pop_front() {
                self.known.remove(&old);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url() -> String {
        "http://127.0.0.1/poster.jpg".into()
    }

    fn asks(pictures: &mut Pictures) -> Vec<PictureKey> {
        assert!(pictures.get(Some(&url()), 8, 8).is_none());
        pictures.take_missing()
    }

    #[test]
    fn a_picture_is_asked_for_once_and_again_when_it_failed_a_while_ago() {
        let mut pictures = Pictures::default();
        let key = asks(&mut pictures).remove(0);
        assert_eq!(asks(&mut pictures), []);
        assert!(pictures.is_waiting());
        pictures.put(Picture { key: key.clone(), pixels: None });
        assert!(!pictures.is_waiting(), "what failed is not on its way");
        assert_eq!(pictures.next_retry(), Some(MonoMs(AGAIN_AFTER_MS)));
        pictures.now = MonoMs(AGAIN_AFTER_MS - 1);
        assert_eq!(asks(&mut pictures), []);
        pictures.now = MonoMs(AGAIN_AFTER_MS);
        assert_eq!(asks(&mut pictures), std::slice::from_ref(&key));
        pictures.put(Picture { key: key.clone(), pixels: None });
        pictures.now = MonoMs(AGAIN_AFTER_MS * 2);
        assert_eq!(asks(&mut pictures), [], "the wait grows");
        pictures.now = MonoMs(AGAIN_AFTER_MS * 3);
        assert_eq!(asks(&mut pictures), std::slice::from_ref(&key));
        pictures.put(Picture { key: key.clone(), pixels: Some(SharedPixelBuffer::new(8, 8)) });
        assert!(pictures.get(Some(&url()), 8, 8).is_some());
        // A newer one takes its place; that there is none does not.
        pictures.put(Picture { key: key.clone(), pixels: Some(SharedPixelBuffer::new(9, 9)) });
        pictures.put(Picture { key, pixels: None });
        assert_eq!(pictures.get(Some(&url()), 8, 8).unwrap().size().width, 9);
    }

    #[test]
    fn pictures_long_out_of_sight_are_let_go() {
        let mut pictures = Pictures::default();
        for i in 0..3 * KEPT {
            let url = format!("http://127.0.0.1/{i}.jpg");
            assert!(pictures.get(Some(&url), 8, 8).is_none());
            let key = pictures.take_missing().remove(0);
            pictures.put(Picture { key, pixels: Some(SharedPixelBuffer::new(8, 8)) });
            assert!(pictures.known.len() <= KEPT);
        }
    }
}
