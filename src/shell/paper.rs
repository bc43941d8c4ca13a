//! The sheet of paper on the page as a picture: cut out of the window, and written into the viewer's folder.

use std::{
    io::{self, Cursor},
    path::{Path, PathBuf},
};

use image::{RgbImage, imageops};

use crate::{
    files::{self, Durable},
    view::SHEET,
};

/// Within the folder of the learner's data: `storage.dir` for the first.
pub const FOLDER: &str = "certificates";
/// The look's own size, which the window shows in its middle.
const LOOK: (f32, f32) = (1920.0, 1080.0);
/// A file name has 255 bytes at most on any disk that matters; a character has up to four.
const NAME_MAX_CHARS: usize = 60;

/// What the window shows, but the sheet alone.
pub fn sheet(window: &slint::Window) -> Result<RgbImage, String> {
    let shot = window.take_snapshot().map_err(|e| format!("no picture of the window: {e}"))?;
    let rgb: Vec<u8> = shot.as_slice().iter().flat_map(|p| [p.r, p.g, p.b]).collect();
    let page = RgbImage::from_raw(shot.width(), shot.height(), rgb).ok_or("the picture has no size")?;
    Ok(cut(&page, window.scale_factor()))
}

pub fn cut(page: &RgbImage, scale: f32) -> RgbImage {
    let [x, y, width, height] = SHEET.map(|length| length as f32);
    let left = (page.width() as f32 / scale - LOOK.0) / 2.0;
    let top = (page.height() as f32 / scale - LOOK.1) / 2.0;
    let pixels = |length: f32| (length * scale).round().max(0.0) as u32;
    imageops::crop_imm(page, pixels(left + x), pixels(top + y), pixels(width), pixels(height)).to_image()
}

/// Answers where it is.
pub fn write(sheet: &RgbImage, folder: &Path, name: &str) -> io::Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let file = folder.join(file_name(name));
    files::replace(&file, &png(sheet)?, Durable::Yes)?;
    Ok(file)
}

pub fn png(sheet: &RgbImage) -> io::Result<Vec<u8>> {
    let mut bytes = Cursor::new(Vec::new());
    sheet.write_to(&mut bytes, image::ImageFormat::Png).map_err(io::Error::other)?;
    Ok(bytes.into_inner())
}

/// Titles come from a catalogue: nothing of them may lead elsewhere, and every disk must take them.
fn file_name(name: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || c == '-' { c } else { '_' };
    let name: String = name.chars().map(plain).take(NAME_MAX_CHARS).collect();
    format!("{name}.png")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_never_leads_out_of_the_folder() {
        let dir = tempfile::tempdir().unwrap();
        let sheet = RgbImage::new(2, 2);
        let file = write(&sheet, &dir.path().join("new"), "证书-../../etc/x\0太极").unwrap();
        assert_eq!(file, dir.path().join("new/证书-______etc_x_太极.png"));
        assert!(image::open(&file).is_ok());
        assert!(file_name(&"长".repeat(900)).len() < 255);
    }

    #[test]
    fn the_sheet_is_cut_out_of_a_window_of_any_size() {
        assert_eq!(cut(&RgbImage::new(1920, 1080), 1.0).dimensions(), (1320, 900));
        assert_eq!(cut(&RgbImage::new(1280, 720), 2.0 / 3.0).dimensions(), (880, 600));
        assert!(cut(&RgbImage::new(10, 10), 1.0).width() <= 10, "too small for it, and nothing breaks");
    }
}
