//! Renders every page and overlay with the bridge's sample data into PNG files, to look at them without a box:
//! `cargo run -p jinse-ui --example pages -- FOLDER [NAME…]`; a name picks the screens that contain it.
//! Each PNG is one entry of a `SCREENS`. No logic of the product is here.

mod extremes;
mod learning;
mod watching;

use std::cell::RefCell;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use jinse_ui::{AppWindow, Bridge, Page};
use slint::platform::software_renderer::{MinimalSoftwareWindow, RepaintBufferType};
use slint::platform::{Platform, WindowAdapter};
use slint::{ComponentHandle, Image, Model, ModelRc, PhysicalSize, Rgb8Pixel, SharedPixelBuffer, VecModel};

const WIDTH: u32 = 1920;
const HEIGHT: u32 = 1080;
/// Of the live window on the home page.
const WINDOW: (u32, u32) = (1216, 684);
/// The look is checked again at a third of the size, as from far away.
const SMALL: u32 = 3;

type Failure = Box<dyn std::error::Error>;

struct Stage {
    window: Rc<MinimalSoftwareWindow>,
}

impl Platform for Stage {
    fn create_window_adapter(&self) -> Result<Rc<dyn WindowAdapter>, slint::PlatformError> {
        Ok(self.window.clone())
    }
}

/// One screen: the file's name and what makes it show. Every screen starts from a fresh window.
type Screen = (&'static str, fn(&Bridge));

fn with<T: Clone + 'static>(model: ModelRc<T>, change: impl Fn(usize, &mut T)) -> ModelRc<T> {
    let rows: Vec<T> = model
        .iter()
        .enumerate()
        .map(|(k, mut value)| {
            change(k, &mut value);
            value
        })
        .collect();
    ModelRc::new(VecModel::from(rows))
}

fn home(b: &Bridge, change: impl Fn(&mut jinse_ui::HomeData)) {
    b.set_page(Page::Home);
    b.set_video(picture(WINDOW.0, WINDOW.1));
    let mut data = b.get_home();
    change(&mut data);
    b.set_home(data);
}

fn live(b: &Bridge) {
    b.set_page(Page::Live);
    b.set_video(picture(WIDTH, HEIGHT));
}

fn player(b: &Bridge, change: impl Fn(&mut jinse_ui::PlayerData)) {
    b.set_page(Page::Player);
    b.set_video(picture(WIDTH, HEIGHT));
    let mut data = b.get_player();
    change(&mut data);
    b.set_player(data);
}

fn banner(b: &Bridge, change: impl Fn(&mut jinse_ui::BannerData)) {
    let mut data = b.get_banner();
    change(&mut data);
    b.set_banner(data);
}

fn channel_list(b: &Bridge) {
    let mut channels = b.get_channels();
    channels.shown = true;
    b.set_channels(channels);
}

/// A stand-in for a picture: sky over a field.
fn picture(width: u32, height: u32) -> Image {
    let mut buffer = SharedPixelBuffer::<Rgb8Pixel>::new(width, height);
    for (k, pixel) in buffer.make_mut_slice().iter_mut().enumerate() {
        let y = k as u32 / width.max(1) * 255 / height.max(1);
        let shade = u8::try_from(y).unwrap_or(u8::MAX);
        *pixel = if y < 150 {
            Rgb8Pixel::new(190, 205, 200 - shade / 4)
        } else {
            Rgb8Pixel::new(150 - shade / 4, 170 - shade / 4, 100)
        };
    }
    Image::from_rgb8(buffer)
}

fn save(path: &Path, width: u32, height: u32, pixels: &[u8]) -> Result<(), Failure> {
    let mut encoder = png::Encoder::new(BufWriter::new(File::create(path)?), width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    encoder.write_header()?.write_image_data(pixels)?;
    Ok(())
}

/// Averages blocks of `SMALL` × `SMALL` pixels.
fn shrink(pixels: &[Rgb8Pixel]) -> Vec<u8> {
    let mut out = Vec::with_capacity(pixels.len() / 3);
    for y in 0..HEIGHT / SMALL {
        for x in 0..WIDTH / SMALL {
            let mut sum = [0u32; 3];
            for dy in 0..SMALL {
                for dx in 0..SMALL {
                    let at = (y * SMALL + dy) * WIDTH + x * SMALL + dx;
                    if let Some(p) = pixels.get(at as usize) {
                        sum = [sum[0] + u32::from(p.r), sum[1] + u32::from(p.g), sum[2] + u32::from(p.b)];
                    }
                }
            }
            out.extend(sum.map(|v| u8::try_from(v / (SMALL * SMALL)).unwrap_or(u8::MAX)));
        }
    }
    out
}

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("give a folder")?);
    let wanted: Vec<String> = arguments.collect();
    std::fs::create_dir_all(folder.join("small"))?;

    let window = MinimalSoftwareWindow::new(RepaintBufferType::NewBuffer);
    slint::platform::set_platform(Box::new(Stage { window: window.clone() }))?;
    let mut pixels = vec![Rgb8Pixel::default(); (WIDTH * HEIGHT) as usize];
    for contrast in [false, true] {
        for (name, set) in watching::SCREENS.iter().chain(learning::SCREENS).chain(extremes::SCREENS) {
            if !wanted.is_empty() && !wanted.iter().any(|part| name.contains(part.as_str())) {
                continue;
            }
            let app = AppWindow::new()?;
            let bridge = app.global::<Bridge>();
            let plates = Rc::new(RefCell::new(Vec::new()));
            bridge.on_focus_drawn({
                let plates = plates.clone();
                move |x, y, width, height| plates.borrow_mut().push((x, y, width, height))
            });
            bridge.set_video_painted(true);
            bridge.set_high_contrast(contrast);
            set(&bridge);
            window.set_size(PhysicalSize::new(WIDTH, HEIGHT));
            app.show()?;
            slint::platform::update_timers_and_animations();
            let started = std::time::Instant::now();
            window.draw_if_needed(|renderer| {
                renderer.render(&mut pixels, WIDTH as usize);
            });
            let drawn = started.elapsed();
            // Ask every plate again: exactly those that are drawn answer.
            plates.borrow_mut().clear();
            bridge.set_focus_check(1);
            slint::platform::update_timers_and_animations();
            if plates.borrow().len() > 1 {
                return Err(format!("{name}: more than one control is drawn in focus").into());
            }
            let file = if contrast { format!("{name}-contrast.png") } else { format!("{name}.png") };
            println!("{file}: {} ms, plates {:?}", drawn.as_millis(), plates.borrow());
            let bytes: Vec<u8> = pixels.iter().flat_map(|p| [p.r, p.g, p.b]).collect();
            save(&folder.join(&file), WIDTH, HEIGHT, &bytes)?;
            save(&folder.join("small").join(&file), WIDTH / SMALL, HEIGHT / SMALL, &shrink(&pixels))?;
            app.hide()?;
        }
    }
    Ok(())
}
