//! The archive of a year drawn without a window, for `export`: the same page that the viewer sees.

use std::rc::Rc;

use image::RgbImage;
use jinse_ui::{AppWindow, Bridge};
use slint::{
    ComponentHandle, PhysicalSize, PlatformError, Rgb8Pixel, SharedPixelBuffer,
    platform::{
        Platform, WindowAdapter,
        software_renderer::{MinimalSoftwareWindow, RepaintBufferType},
    },
};

use super::paper;
use crate::{
    learning::archive::Archive,
    view::{Lists, show_archive_page},
};

const WIDTH: u32 = 1920;
const HEIGHT: u32 = 1080;

struct Canvas(Rc<MinimalSoftwareWindow>);

impl Platform for Canvas {
    fn create_window_adapter(&self) -> Result<Rc<dyn WindowAdapter>, PlatformError> {
        Ok(self.0.clone())
    }
}

/// With the learner's name on it. Once in a process: it takes the place of any display.
pub fn draw(archive: &Archive, name: &str) -> Result<RgbImage, String> {
    let canvas = MinimalSoftwareWindow::new(RepaintBufferType::NewBuffer);
    slint::platform::set_platform(Box::new(Canvas(canvas.clone()))).map_err(|e| e.to_string())?;
    let window = AppWindow::new().map_err(|e| e.to_string())?;
    canvas.set_size(PhysicalSize::new(WIDTH, HEIGHT));
    let lists = Lists::attach(&window);
    show_archive_page(&window.global::<Bridge>(), &lists, archive, name);
    window.show().map_err(|e| e.to_string())?;
    let mut pixels = SharedPixelBuffer::<Rgb8Pixel>::new(WIDTH, HEIGHT);
    slint::platform::update_timers_and_animations();
    canvas.request_redraw();
    canvas.draw_if_needed(|renderer| {
        renderer.render(pixels.make_mut_slice(), WIDTH as usize);
    });
    let page = RgbImage::from_raw(WIDTH, HEIGHT, pixels.as_bytes().to_vec()).ok_or("the picture has no size")?;
    Ok(paper::cut(&page, 1.0))
}
