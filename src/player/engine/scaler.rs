//! One picture from the decoder's form to the painter's, in one pass: the size of the place, black bars where the
//! shapes differ, the painter's colours. The way through an element of its own costs one more copy of every picture.

use gstreamer as gst;
use gstreamer_video as gst_video;

use crate::player::frames::{Canvas, PixelFormat};

/// For pictures of one form and one place.
pub struct Scaler {
    pub caps: gst::Caps,
    pub place: (u32, u32),
    from: gst_video::VideoInfo,
    to: gst_video::VideoInfo,
    converter: gst_video::VideoConverter,
}

impl Scaler {
    /// None where nothing can be made of such pictures.
    pub fn new(caps: &gst::CapsRef, place: (u32, u32), format: PixelFormat) -> Option<Self> {
        let made = Self::make(caps, place, format);
        if let Err(error) = &made {
            tracing::warn!(%error, %caps, "pictures of this form cannot be shown");
        }
        made.ok()
    }

    fn make(caps: &gst::CapsRef, place: (u32, u32), format: PixelFormat) -> Result<Self, glib::BoolError> {
        let from = gst_video::VideoInfo::from_caps(caps)?;
        let (width, height) = place;
        let row = usize::try_from(width).unwrap_or(0) * format.bytes();
        let stride = i32::try_from(row).map_err(|_| glib::bool_error!("too wide"))?;
        let form = match format {
            PixelFormat::Rgb8 => gst_video::VideoFormat::Rgb,
            PixelFormat::Bgrx => gst_video::VideoFormat::Bgrx,
        };
        let to = gst_video::VideoInfo::builder(form, width, height)
            .interlace_mode(from.interlace_mode())
            .fps(from.fps())
            .stride(&[stride])
            .size(row * usize::try_from(height).unwrap_or(0))
            .build()?;
        let inside = fit(&from, place);
        let mut config = gst_video::VideoConverterConfig::new();
        // Finer ways cost more than a television at three metres shows of them.
        config.set_resampler_method(gst_video::VideoResamplerMethod::Linear);
        config.set_dest_x(inside.0);
        config.set_dest_y(inside.1);
        config.set_dest_width(Some(inside.2));
        config.set_dest_height(Some(inside.3));
        let converter = gst_video::VideoConverter::new(&from, &to, Some(config))?;
        Ok(Self { caps: caps.to_owned(), place, from, to, converter })
    }

    /// Writes the picture and gives the canvas back.
    pub fn paint(&self, picture: &gst::BufferRef, canvas: Canvas) -> Option<Canvas> {
        let from = gst_video::VideoFrameRef::from_buffer_ref_readable(picture, &self.from).ok()?;
        let mut out = gst::Buffer::from_mut_slice(canvas);
        {
            let mut to = gst_video::VideoFrameRef::from_buffer_ref_writable(out.get_mut()?, &self.to).ok()?;
            self.converter.frame_ref(&from, &mut to);
        }
        out.try_into_inner::<Canvas>().ok()
    }
}

/// The largest rectangle of the picture's shape in the middle of the place: x, y, width, height.
pub fn fit(from: &gst_video::VideoInfo, (width, height): (u32, u32)) -> (i32, i32, i32, i32) {
    let par = from.par();
    let wide = u64::from(from.width()) * u64::try_from(par.numer().max(1)).unwrap_or(1);
    let high = u64::from(from.height()) * u64::try_from(par.denom().max(1)).unwrap_or(1);
    let (width, height) = (u64::from(width), u64::from(height));
    let (inner_width, inner_height) = if wide * height > width * high {
        (width, (width * high).div_ceil(wide.max(1)))
    } else {
        ((height * wide).div_ceil(high.max(1)), height)
    };
    let (inner_width, inner_height) = (inner_width.clamp(1, width.max(1)), inner_height.clamp(1, height.max(1)));
    let int = |n: u64| i32::try_from(n).unwrap_or(i32::MAX);
    (
        int(width.saturating_sub(inner_width) / 2),
        int(height.saturating_sub(inner_height) / 2),
        int(inner_width),
        int(inner_height),
    )
}

#[cfg(test)]
mod tests {
    use slint::SharedPixelBuffer;

    use super::*;

    fn info(width: u32, height: u32, par: (i32, i32)) -> gst_video::VideoInfo {
        gst::init().expect("gstreamer");
        let form = gst_video::VideoFormat::I420;
        gst_video::VideoInfo::builder(form, width, height).par(gst::Fraction::new(par.0, par.1)).build().expect("info")
    }

    #[test]
    fn a_picture_keeps_its_shape() {
        assert_eq!(fit(&info(1280, 720, (1, 1)), (1920, 1080)), (0, 0, 1920, 1080));
        assert_eq!(fit(&info(1920, 1080, (1, 1)), (1216, 684)), (0, 0, 1216, 684));
        // The old television of 4:3, square pixels and not.
        assert_eq!(fit(&info(640, 480, (1, 1)), (1920, 1080)), (240, 0, 1440, 1080));
        assert_eq!(fit(&info(720, 576, (16, 15)), (1920, 1080)), (240, 0, 1440, 1080));
        assert_eq!(fit(&info(2048, 858, (1, 1)), (1920, 1080)), (0, 137, 1920, 805));
    }

    #[test]
    fn colours_and_bars_arrive_in_the_memory_that_was_lent() {
        let from = info(4, 4, (1, 1));
        let caps = from.to_caps().expect("caps");
        for (place, padded) in [((8, 4), true), ((4, 4), false), ((6, 6), false)] {
            let scaler = Scaler::new(&caps, place, PixelFormat::Rgb8).expect("a scaler");
            // White: full luma, no chroma.
            let mut white = vec![235u8; from.size()];
            let chroma = from.offset()[1];
            white[chroma..].fill(128);
            let picture = gst::Buffer::from_mut_slice(white);
            let canvas = Canvas::Pixels { pixels: SharedPixelBuffer::new(place.0, place.1), at: 1 };
            let Some(Canvas::Pixels { pixels, at: 1 }) = scaler.paint(&picture, canvas) else { panic!("no canvas") };
            let at = |x: u32, y: u32| {
                let p = pixels.as_slice()[(y * place.0 + x) as usize];
                [p.r, p.g, p.b]
            };
            assert!(at(place.0 / 2, place.1 / 2).iter().all(|v| *v > 250), "{place:?}");
            assert_eq!(at(0, 0) == [0, 0, 0], padded, "{place:?}");
        }
    }
}
