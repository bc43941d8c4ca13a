//! Fetches posters and logos from the disk or the network, decodes them off the UI thread and brings them to the size
//! they are shown at, since the renderer scales by nearest neighbour.

use std::{path::Path, sync::Arc, time::Duration};

use image::{ImageReader, imageops::FilterType};
use slint::{Rgba8Pixel, SharedPixelBuffer};

use super::picture_cache::{CachePolicy, Kept, PictureCache};
use crate::{
    address::redact,
    player::gate::{Answer, Gate},
    time::UtcMs,
    view::{Picture, PictureKey},
};

/// A poster is at most a few hundred kilobytes; more is no poster.
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// A picture of 4,000×4,000 takes 64 MB decoded: the most that a box should be asked to hold for a moment.
const MAX_EDGE: u32 = 4_000;
const WHOLE_DEADLINE: Duration = Duration::from_secs(15);

type Pixels = SharedPixelBuffer<Rgba8Pixel>;

/// The pictures kept in the cache folder.
pub fn cache(cache_dir: &Path) -> Arc<PictureCache> {
    Arc::new(PictureCache::new(cache_dir.join("pictures"), CachePolicy::default(), MAX_BYTES))
}

/// Brings the picture: from the disk at once where it is there, and from the network where it is not or may have
/// changed. `deliver` is called with each; a picture without pixels could not be had for whatever reason, and a drawn
/// placeholder is what the viewer sees then.
pub async fn fetch(gate: Gate, cache: Arc<PictureCache>, key: PictureKey, now: UtcMs, deliver: impl Fn(Picture)) {
    let kept = match on_disk(&cache, &key).await {
        Some((kept, pixels)) => {
            deliver(Picture { key: key.clone(), pixels: Some(pixels) });
            if cache.is_fresh(&kept, now) {
                return;
            }
            Some(kept)
        }
        None => None,
    };
    let known = kept.as_ref().map(|k| k.validators.clone()).unwrap_or_default();
    let asking = gate.document_if_changed(&key.url, MAX_BYTES, &known);
    let pixels = match tokio::time::timeout(WHOLE_DEADLINE, asking).await {
        Ok(Ok(Answer::Unchanged)) => {
            if let Some(kept) = kept {
                let url = key.url.clone();
                off_thread(move || cache.put(&url, &kept.bytes, &kept.validators, now)).await;
            }
            return;
        }
        Ok(Ok(Answer::Content { bytes, validators })) => {
            let wanted = key.clone();
            off_thread(move || match decode(&bytes, wanted.width, wanted.height) {
                Ok(pixels) => {
                    cache.put(&wanted.url, &bytes, &validators, now);
                    Some(pixels)
                }
                Err(e) => {
                    tracing::warn!("{}: not a picture that can be shown ({e})", redact(&wanted.url));
                    None
                }
            })
            .await
            .flatten()
        }
        Ok(Err(trouble)) => {
            tracing::warn!("{}: no picture ({trouble:?})", redact(&key.url));
            None
        }
        Err(_) => {
            tracing::warn!("{}: not here after {} s", redact(&key.url), WHOLE_DEADLINE.as_secs());
            None
        }
    };
    // What the disk had stays where the network has nothing better.
    if pixels.is_some() || kept.is_none() {
        deliver(Picture { key, pixels });
    }
}

/// The picture as it was kept. One that cannot be drawn is let go.
async fn on_disk(cache: &Arc<PictureCache>, key: &PictureKey) -> Option<(Kept, Pixels)> {
    let (cache, key) = (cache.clone(), key.clone());
    off_thread(move || {
        let kept = cache.get(&key.url)?;
        match decode(&kept.bytes, key.width, key.height) {
            Ok(pixels) => Some((kept, pixels)),
            Err(_) => {
                cache.forget(&key.url);
                None
            }
        }
    })
    .await
    .flatten()
}

/// None where the work panicked or the program ends.
async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(work).await.ok()
}

fn decode(bytes: &[u8], width: u32, height: u32) -> image::ImageResult<Pixels> {
    let mut reader = ImageReader::new(std::io::Cursor::new(bytes)).with_guessed_format()?;
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(MAX_EDGE);
    limits.max_image_height = Some(MAX_EDGE);
    reader.limits(limits);
    let shown = reader.decode()?.resize_to_fill(width, height, FilterType::Triangle).into_rgba8();
    Ok(SharedPixelBuffer::clone_from_slice(shown.as_raw(), width, height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poster_comes_at_the_size_it_is_shown() {
        let mut png = Vec::new();
        let red = image::RgbImage::from_pixel(60, 40, image::Rgb([200, 0, 0]));
        red.write_to(&mut std::io::Cursor::new(&mut png), image::ImageFormat::Png).unwrap();
        let shown = decode(&png, 30, 10).unwrap();
        assert_eq!((shown.width(), shown.height()), (30, 10));
        assert_eq!(shown.as_slice()[0], Rgba8Pixel { r: 200, g: 0, b: 0, a: 255 });
        assert!(decode(b"<html>404</html>", 30, 10).is_err());
    }
}
