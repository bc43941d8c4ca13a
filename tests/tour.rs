//! Every screen of the real program against its reference picture. A change that is meant is accepted by
//! `UPDATE_REFERENCES=1 cargo test --test tour`; look at the new pictures before committing them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Child,
    time::{Duration, Instant},
};

use image::{Rgb, RgbImage, imageops::FilterType};
use serde_json::Value;
use support::Screen;

/// The tour takes a minute or two, and ten on a machine with very much else to do. It gives up by itself where it waits in
/// vain; this is for one that hangs.
const TOUR_WITHIN: Duration = Duration::from_secs(1_800);
/// References are kept at half the size with five bits a channel: a fifth of the bytes, and every word can be read.
const SIZE: (u32, u32) = (960, 540);
const STEP: u8 = 8;
/// A channel may be this far off, and this many pixels further: less than one character of the smallest words.
const CHANNEL_MAY_DIFFER: u8 = 3 * STEP;
const PIXELS_MAY_DIFFER: usize = 60;
/// The safe area of the look, across and down.
const SAFE_X: (i64, i64) = (96, 1824);
const SAFE_Y: (i64, i64) = (54, 1026);
/// What has the whole screen and draws no control that holds the focus.
const WHOLE_SCREEN: [&str; 6] = ["splash", "live", "number", "player", "standby", "paper"];
/// What depends on the moment and the machine: the countdown of the trouble page and whether there is a way out; the code
/// with the address of a server on any port.
const MOVING: [(&str, [u32; 4]); 2] = [("trouble", [140, 155, 680, 145]), ("visit", [702, 136, 190, 190])];

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Takes the tour into `out`.
fn tour(screen: &Screen, out: &Path) -> Vec<Value> {
    let child = support::command(env!("CARGO_BIN_EXE_jinse-xuetang"))
        .args(["tour", "--still", "--out"])
        .arg(out)
        .env("DISPLAY", screen.display())
        .env_remove("WAYLAND_DISPLAY")
        // Neither the machine's zone nor its language is anybody's business.
        .env("TZ", "America/Lima")
        .spawn()
        .expect("setpriv starts the program");
    let mut running = Running(child);
    let since = Instant::now();
    let status = loop {
        if let Some(status) = running.0.try_wait().unwrap() {
            break status;
        }
        assert!(since.elapsed() < TOUR_WITHIN, "the tour has not ended after {} s", TOUR_WITHIN.as_secs());
        std::thread::sleep(Duration::from_millis(100));
    };
    assert!(status.success(), "the tour ended with {status}");
    serde_json::from_slice(&fs::read(out.join("tour.json")).unwrap()).unwrap()
}

#[test]
fn every_screen_looks_as_it_should() {
    let dir = tempfile::tempdir().unwrap();
    let screen = Screen::start();
    let pages = tour(&screen, dir.path());
    let faults: Vec<String> = pages.iter().flat_map(faults).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    compare(dir.path(), &pages);
}

/// What is wrong with a screen, whatever it looks like.
fn faults(page: &Value) -> Vec<String> {
    let file = page["file"].as_str().unwrap();
    let mut faults = Vec::new();
    let mut fault = |what: String| faults.push(format!("{file}: {what}"));
    let id = page["focus"]["id"].as_str().unwrap();
    let drawn = page["focus_drawn"].as_u64().unwrap();
    let whole = WHOLE_SCREEN.contains(&id);
    if drawn != u64::from(!whole) {
        fault(format!("{drawn} controls draw the focus, which is {id}"));
    }
    let rect: Vec<i64> = page["focus"]["rect"].as_array().unwrap().iter().map(|v| v.as_i64().unwrap()).collect();
    let inside = |from: i64, length: i64, safe: (i64, i64)| length > 0 && from >= safe.0 && from + length <= safe.1;
    let safe = inside(rect[0], rect[2], SAFE_X) && inside(rect[1], rect[3], SAFE_Y);
    if !whole && !safe {
        fault(format!("the focus at {rect:?} leaves the safe area"));
    }
    let hints = page["hints"].as_array().unwrap();
    if hints.len() > 6 {
        fault(format!("{} hints", hints.len()));
    }
    let caps: Vec<&str> = hints.iter().map(|h| h["cap"].as_str().unwrap()).collect();
    if caps.iter().enumerate().any(|(i, cap)| caps[..i].contains(cap)) {
        fault(format!("a key has two meanings: {caps:?}"));
    }
    if page["spoken"].as_str().unwrap().is_empty() {
        fault("nothing to read aloud".into());
    }
    faults
}

fn references() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/references")
}

fn compare(out: &Path, pages: &[Value]) {
    let update = std::env::var_os("UPDATE_REFERENCES").is_some();
    let references = references();
    if update {
        let _ = fs::remove_dir_all(&references);
        fs::create_dir_all(&references).unwrap();
    }
    let differences = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tour");
    let _ = fs::remove_dir_all(&differences);
    fs::create_dir_all(&differences).unwrap();
    let mut faults = Vec::new();
    for page in pages {
        let file = page["file"].as_str().unwrap();
        let picture = image::open(out.join(file)).unwrap().into_rgb8();
        assert_eq!(picture.dimensions(), (1920, 1080), "{file}");
        let actual = reduce(&picture, name(file));
        // A screen more before it is no change of this one: references go by name.
        let reference = references.join(format!("{}.png", name(file)));
        if update {
            save(&actual, &reference);
            continue;
        }
        let expected = match image::open(&reference) {
            Ok(image) => image.into_rgb8(),
            Err(e) => {
                faults.push(format!("{}: {e}", reference.display()));
                save(&actual, &differences.join(format!("{}.actual.png", name(file))));
                continue;
            }
        };
        let (count, marked) = difference(&actual, &expected);
        if count > PIXELS_MAY_DIFFER {
            let path = |what: &str| differences.join(format!("{}.{what}.png", name(file)));
            save(&actual, &path("actual"));
            save(&marked, &path("difference"));
            faults.push(format!(
                "{file}: {count} pixels differ, see {} and {}",
                path("actual").display(),
                path("difference").display()
            ));
        }
    }
    faults.extend(forgotten(&references, pages));
    assert!(
        faults.is_empty(),
        "{}\nAccept what is meant with: UPDATE_REFERENCES=1 cargo test --test tour",
        faults.join("\n")
    );
}

/// References of screens that the tour no longer sees.
fn forgotten(references: &Path, pages: &[Value]) -> Vec<String> {
    let names: Vec<&str> = pages.iter().map(|p| name(p["file"].as_str().unwrap())).collect();
    let files = fs::read_dir(references).unwrap().map(|e| e.unwrap().path());
    let stems = files.map(|p| p.file_stem().unwrap().to_string_lossy().into_owned());
    stems.filter(|s| !names.contains(&s.as_str())).map(|s| format!("{s}: a reference without a screen")).collect()
}

/// `12-channels.png` → `channels`
fn name(file: &str) -> &str {
    file.split_once('-').and_then(|(_, rest)| rest.strip_suffix(".png")).unwrap()
}

fn reduce(picture: &RgbImage, name: &str) -> RgbImage {
    let mut small = image::imageops::resize(picture, SIZE.0, SIZE.1, FilterType::Triangle);
    for value in small.iter_mut() {
        *value -= *value % STEP;
    }
    for (_, [x, y, width, height]) in MOVING.iter().filter(|(of, _)| *of == name) {
        for column in *x..x + width {
            for row in *y..y + height {
                small.put_pixel(column, row, Rgb([0; 3]));
            }
        }
    }
    small
}

/// How many pixels differ, and a picture of where.
fn difference(actual: &RgbImage, expected: &RgbImage) -> (usize, RgbImage) {
    assert_eq!(actual.dimensions(), expected.dimensions());
    let mut count = 0;
    let mut marked = RgbImage::new(SIZE.0, SIZE.1);
    for (x, y, pixel) in actual.enumerate_pixels() {
        let other = expected.get_pixel(x, y);
        let differs = pixel.0.iter().zip(other.0).any(|(a, b)| a.abs_diff(b) > CHANNEL_MAY_DIFFER);
        count += usize::from(differs);
        let shade = if differs { Rgb([255, 0, 0]) } else { Rgb(pixel.0.map(|v| v / 3)) };
        marked.put_pixel(x, y, shade);
    }
    (count, marked)
}

fn save(picture: &RgbImage, path: &Path) {
    use image::{
        ExtendedColorType, ImageEncoder as _,
        codecs::png::{CompressionType, FilterType as Filter, PngEncoder},
    };
    let file = fs::File::create(path).unwrap();
    let encoder = PngEncoder::new_with_quality(file, CompressionType::Best, Filter::Adaptive);
    encoder.write_image(picture, SIZE.0, SIZE.1, ExtendedColorType::Rgb8).unwrap();
}
