//! Fetches posters and logos, decodes them off the UI thread and brings them to the size they are shown at, since
//! the renderer scales by nearest neighbour.

use std::time::Duration;

use image::{ImageReader, imageops::FilterType};
use slint::{Rgba8Pixel, SharedPixelBuffer};

use crate::{
    player::gate::Gate,
    view::{Picture, PictureKey},
};

/// A poster is at most a few hundred kilobytes; more is no poster.
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// A picture of 4,000×4,000 takes 64 MB decoded: the most that a box should be asked to hold for a moment.
const MAX_EDGE: u32 = 4_000;
const WHOLE_DEADLINE: Duration = Duration::from_secs(15);

/// The picture, or none for whatever reason: a drawn placeholder is what the viewer sees then.
pub async fn fetch(gate: Gate, key: PictureKey) -> Picture {
    let got = tokio::time::timeout(WHOLE_DEADLINE, gate.document(&key.url, MAX_BYTES)).await;
    let pixels = match got {
        Ok(Ok(bytes)) => {
            let (width, height) = (key.width, key.height);
            match tokio::task::spawn_blocking(move || decode(&bytes, width, height)).await {
                Ok(Ok(pixels)) => Some(pixels),
                Ok(Err(e)) => {
                    tracing::warn!("{}: not a picture that can be shown ({e})", key.url);
                    None
                }
                Err(_) => None,
            }
        }
        Ok(Err(trouble)) => {
            tracing::warn!("{}: no picture ({trouble:?})", key.url);
            None
        }
        Err(_) => {
            tracing::warn!("{}: not here after {} s", key.url, WHOLE_DEADLINE.as_secs());
            None
        }
    };
    Picture { key, pixels }
}

fn decode(bytes: &[u8], width: u32, height: u32) -> image::ImageResult<SharedPixelBuffer<Rgba8Pixel>> {
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
