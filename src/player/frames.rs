//! From the decoder to whoever draws: one slot in which the newest picture wins, and a ring of three reusable
//! buffers. Nothing here knows GStreamer or the interface. Two locks; nobody is called under either, or holds both.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use slint::{Rgb8Pixel, SharedPixelBuffer};

use crate::player::{output::Lent, types::SessionId};

/// Enough that one is shown, one waits in the slot and one is written.
const RING: usize = 3;
/// Larger than any picture that a decoder of ours gives (8K), so that broken sizes end here.
const MAX_SIDE: u32 = 8192;

/// How the pixels of a picture lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PixelFormat {
    /// Three bytes a pixel, as Slint takes them.
    Rgb8,
    /// Four bytes a pixel, as an X server of depth 24 takes them.
    Bgrx,
}

impl PixelFormat {
    pub fn bytes(self) -> usize {
        match self {
            Self::Rgb8 => 3,
            Self::Bgrx => 4,
        }
    }
}

/// Memory for one picture, rows without padding: lent by the painter, written by the decoder's thread, handed back full.
/// Nobody else looks at it meanwhile.
pub enum Canvas {
    Pixels { pixels: SharedPixelBuffer<Rgb8Pixel>, at: usize },
    Shared(Lent),
}

impl AsMut<[u8]> for Canvas {
    fn as_mut(&mut self) -> &mut [u8] {
        match self {
            // Copies the old pixels only when the interface still holds this buffer, three pictures later.
            Self::Pixels { pixels, .. } => pixels.make_mut_bytes(),
            Self::Shared(lent) => lent.bytes(),
        }
    }
}

/// A decoded picture on a canvas of the painter's.
pub struct Filled {
    pub session: SessionId,
    pub width: u32,
    pub height: u32,
    pub canvas: Canvas,
    /// Place in the medium.
    pub position_ms: Option<u64>,
}

/// Where the engine puts pictures: called on a decoder's thread, must be quick.
pub trait Painter: Send + Sync {
    fn format(&self) -> PixelFormat;
    /// Memory for a picture of this size. None where there is no room at present: the picture is left out, and counted.
    fn canvas(&self, width: u32, height: u32) -> Option<Canvas>;
    fn show(&self, picture: Filled);
    /// Pictures that were thrown away before they came here, since they were late.
    fn late(&self, _count: u64) {}
}

/// A picture for the interface. `session` tells of which opening.
#[derive(Clone)]
pub struct Frame {
    pub session: SessionId,
    pub pixels: SharedPixelBuffer<Rgb8Pixel>,
    pub position_ms: Option<u64>,
}

/// Pictures since the start of the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrameCounts {
    /// Put into the slot.
    pub arrived: u64,
    /// Taken by whoever draws.
    pub shown: u64,
    /// Replaced in the slot before they were taken, or late and never painted.
    pub dropped: u64,
}

struct Shared {
    ring: Mutex<Ring>,
    slot: Mutex<Option<Frame>>,
    wake: Box<dyn Fn() + Send + Sync>,
    /// A wake call is on its way and has not been answered by `take`.
    woken: AtomicBool,
    arrived: AtomicU64,
    shown: AtomicU64,
    dropped: AtomicU64,
}

#[derive(Default)]
struct Ring {
    buffers: [Option<SharedPixelBuffer<Rgb8Pixel>>; RING],
    next: usize,
}

/// The mailbox. Clones are the same mailbox.
#[derive(Clone)]
pub struct FrameSink(Arc<Shared>);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere leaves at worst a half-painted picture behind.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl FrameSink {
    /// `wake` is called from a decoder's thread when a picture waits; not again before `take`.
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(Shared {
            ring: Mutex::default(),
            slot: Mutex::default(),
            wake: Box::new(wake),
            woken: AtomicBool::new(false),
            arrived: AtomicU64::new(0),
            shown: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
        }))
    }

    /// The newest picture, if one came since the last call.
    pub fn take(&self) -> Option<Frame> {
        // First the flag, then the slot: a picture that comes in between wakes once too often, never too seldom.
        self.0.woken.store(false, Ordering::Release);
        let frame = lock(&self.0.slot).take();
        if frame.is_some() {
            self.0.shown.fetch_add(1, Ordering::Relaxed);
        }
        frame
    }

    /// Throws away a picture that nobody took.
    pub fn clear(&self) {
        *lock(&self.0.slot) = None;
    }

    pub fn counts(&self) -> FrameCounts {
        FrameCounts {
            arrived: self.0.arrived.load(Ordering::Relaxed),
            shown: self.0.shown.load(Ordering::Relaxed),
            dropped: self.0.dropped.load(Ordering::Relaxed),
        }
    }
}

impl Ring {
    /// The oldest buffer, in the asked size.
    fn buffer(&mut self, width: u32, height: u32) -> Option<(usize, SharedPixelBuffer<Rgb8Pixel>)> {
        let at = self.next;
        self.next = (self.next + 1) % RING;
        let kept = self.buffers.get_mut(at)?.take().filter(|b| b.width() == width && b.height() == height);
        Some((at, kept.unwrap_or_else(|| SharedPixelBuffer::new(width, height))))
    }
}

impl Painter for FrameSink {
    fn format(&self) -> PixelFormat {
        PixelFormat::Rgb8
    }

    fn canvas(&self, width: u32, height: u32) -> Option<Canvas> {
        if width == 0 || height == 0 || width > MAX_SIDE || height > MAX_SIDE {
            return None;
        }
        let (at, pixels) = lock(&self.0.ring).buffer(width, height)?;
        Some(Canvas::Pixels { pixels, at })
    }

    fn show(&self, picture: Filled) {
        let Canvas::Pixels { pixels, at } = picture.canvas else { return };
        if let Some(slot) = lock(&self.0.ring).buffers.get_mut(at) {
            *slot = Some(pixels.clone());
        }
        let frame = Frame { session: picture.session, pixels, position_ms: picture.position_ms };
        if lock(&self.0.slot).replace(frame).is_some() {
            self.0.dropped.fetch_add(1, Ordering::Relaxed);
        }
        self.0.arrived.fetch_add(1, Ordering::Relaxed);
        if !self.0.woken.swap(true, Ordering::AcqRel) {
            (self.0.wake)();
        }
    }

    fn late(&self, count: u64) {
        self.0.dropped.fetch_add(count, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paint(sink: &FrameSink, value: u8) {
        let mut canvas = sink.canvas(2, 2).expect("a canvas");
        canvas.as_mut().fill(value);
        let session = SessionId(value.into());
        sink.show(Filled { session, width: 2, height: 2, canvas, position_ms: Some(value.into()) });
    }

    #[test]
    fn the_newest_frame_wins_and_wakes_once() {
        let wakes = Arc::new(AtomicU64::new(0));
        let seen = wakes.clone();
        let sink = FrameSink::new(move || {
            seen.fetch_add(1, Ordering::Relaxed);
        });
        paint(&sink, 1);
        paint(&sink, 2);
        assert_eq!(wakes.load(Ordering::Relaxed), 1);
        let frame = sink.take().expect("a frame");
        assert_eq!(frame.session, SessionId(2));
        assert_eq!(frame.pixels.as_bytes(), [2; 12]);
        assert!(sink.take().is_none());
        paint(&sink, 3);
        assert_eq!(wakes.load(Ordering::Relaxed), 2);
        assert_eq!(sink.counts(), FrameCounts { arrived: 3, shown: 1, dropped: 1 });
    }

    #[test]
    fn a_frame_in_hand_is_never_written_over() {
        let sink = FrameSink::new(|| {});
        let held: Vec<Frame> = (0..8u8)
            .filter_map(|n| {
                paint(&sink, n);
                sink.take()
            })
            .collect();
        for (n, frame) in held.iter().enumerate() {
            assert!(frame.pixels.as_bytes().iter().all(|b| usize::from(*b) == n));
        }
    }

    #[test]
    fn a_canvas_that_does_not_come_back_is_replaced() {
        let sink = FrameSink::new(|| {});
        for _ in 0..10 {
            drop(sink.canvas(2, 2).expect("a canvas"));
        }
        paint(&sink, 7);
        assert!(sink.take().is_some());
    }

    #[test]
    fn sizes_that_no_screen_has_are_refused() {
        let sink = FrameSink::new(|| {});
        assert!(sink.canvas(0, 16).is_none() && sink.canvas(16, 0).is_none());
        assert!(sink.canvas(u32::MAX, u32::MAX).is_none());
    }
}
