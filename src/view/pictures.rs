//! Posters at the size they are shown. What is not here yet is asked for once and drawn when it arrives; fetching
//! and decoding happen elsewhere.

use std::collections::{HashMap, VecDeque};

use slint::{Image, Rgba8Pixel, SharedPixelBuffer};

/// Pictures kept decoded: three pages of cards. A card's poster takes 240 KB.
const KEPT: usize = 24;

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

#[derive(Default)]
pub struct Pictures {
    known: HashMap<PictureKey, Option<Image>>,
    order: VecDeque<PictureKey>,
    missing: Vec<PictureKey>,
}

impl Pictures {
    /// The picture, where it is here.
    pub fn get(&mut self, url: Option<&String>, width: u32, height: u32) -> Option<Image> {
        let key = PictureKey { url: url?.clone(), width, height };
        if let Some(image) = self.known.get(&key) {
            return image.clone();
        }
        if !self.order.contains(&key) {
            self.order.push_back(key.clone());
            self.missing.push(key);
        }
        None
    }

    /// What was asked for and is not here, once.
    pub fn take_missing(&mut self) -> Vec<PictureKey> {
        std::mem::take(&mut self.missing)
    }

    /// Whether something that was asked for is still on its way.
    pub fn is_waiting(&self) -> bool {
        self.order.iter().any(|key| !self.known.contains_key(key))
    }

    pub fn put(&mut self, picture: Picture) {
        self.known.insert(picture.key, picture.pixels.map(Image::from_rgba8));
        while self.order.len() > KEPT {
            if let Some(old) = self.order.pop_front() {
                self.known.remove(&old);
            }
        }
    }
}
