//! Pictures of the window as PNG files.

use std::path::Path;

/// Saves what the window shows now.
pub fn save(window: &slint::Window, path: &Path) -> Result<(), String> {
    let shot = window.take_snapshot().map_err(|e| format!("no picture of the window: {e}"))?;
    let (width, height) = (shot.width(), shot.height());
    let rgb: Vec<u8> = shot.as_slice().iter().flat_map(|p| [p.r, p.g, p.b]).collect();
    let image = image::RgbImage::from_raw(width, height, rgb).ok_or("the picture has no size")?;
    image.save_with_format(path, image::ImageFormat::Png).map_err(|e| format!("{}: {e}", path.display()))
}
