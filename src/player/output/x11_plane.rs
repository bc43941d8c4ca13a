//! A picture in a child window of the interface's X11 window, drawn by the decoder's own thread through shared memory.
//! The child is shaped: it has holes where the interface lies over the picture, and takes no input, so keys and
//! pointer stay with the interface.

#[cfg(test)]
mod tests;

use std::sync::{Arc, Weak};

use x11rb::{
    connection::{Connection, RequestConnection},
    errors::{ConnectError, ConnectionError, ReplyError, ReplyOrIdError},
    protocol::{
        Event,
        shape::{self, ConnectionExt as _},
        shm::{self, ConnectionExt as _},
        xproto::{
            self, ChangeWindowAttributesAux, ClipOrdering, ColormapAlloc, ConfigureWindowAux, ConnectionExt as _,
            CreateGCAux, CreateWindowAux, ImageFormat, Rectangle, VisualClass, Visualid, WindowClass,
        },
    },
    rust_connection::RustConnection,
};

use super::{
    PxRect, Shown, VideoOutput, seen,
    shm::{Lent, SharedMemory},
};
use crate::player::frames::{Canvas, Filled, PixelFormat};

/// Slint's window has depth 32; a picture has no alpha.
const DEPTH: u8 = 24;
/// One is on the screen while the other is written.
const BUFFERS: usize = 2;
/// What X11 can name as a length.
const MAX_SIDE: u32 = 16_384;

#[derive(Debug, thiserror::Error)]
pub enum PlaneError {
    #[error("no X server: {0}")]
    Connect(#[from] ConnectError),
    #[error("the X server went away: {0}")]
    Connection(#[from] ConnectionError),
    #[error("the X server refuses: {0}")]
    Reply(#[from] ReplyError),
    #[error("the X server refuses: {0}")]
    Id(#[from] ReplyOrIdError),
    #[error("the X server has no {0}")]
    Lacks(&'static str),
    #[error("no shared memory: {0}")]
    Memory(#[from] std::io::Error),
}

struct Slot {
    /// Away while a picture is written into it.
    memory: Option<SharedMemory>,
    lent: Weak<()>,
    segment: shm::Seg,
    /// The server still reads from it.
    busy: bool,
}

impl Slot {
    /// The picture that was to be written into it has been given up, and its memory with it.
    fn is_lost(&self) -> bool {
        self.memory.is_none() && self.lent.strong_count() == 0
    }
}

struct Buffers {
    slots: Vec<Slot>,
    /// Bytes of one buffer.
    each: usize,
    number: u64,
}

/// What was drawn last, for drawing it again where it comes to light.
#[derive(Clone, Copy)]
struct Drawn {
    slot: usize,
    width: u16,
    height: u16,
}

pub struct X11Plane {
    conn: RustConnection,
    window: xproto::Window,
    colormap: xproto::Colormap,
    gc: xproto::Gcontext,
    place: PxRect,
    cut_outs: Vec<PxRect>,
    wanted: bool,
    mapped: bool,
    buffers: Option<Buffers>,
    /// Sets of buffers so far.
    sets: u64,
    drawn: Option<Drawn>,
    /// The connection broke: everything is in vain from then on, and said once.
    broken: bool,
}

impl X11Plane {
    /// Makes the child of the window `parent` on the display of `$DISPLAY`. Invisible until it has a place.
    pub fn new(parent: xproto::Window) -> Result<Self, PlaneError> {
        Self::on_display(None, parent)
    }

    pub fn on_display(display: Option<&str>, parent: xproto::Window) -> Result<Self, PlaneError> {
        let (conn, screen) = x11rb::connect(display)?;
        for (name, lack) in [(shm::X11_EXTENSION_NAME, "MIT-SHM"), (shape::X11_EXTENSION_NAME, "SHAPE")] {
            conn.extension_information(name)?.ok_or(PlaneError::Lacks(lack))?;
        }
        let version = conn.shm_query_version()?.reply()?;
        if (version.major_version, version.minor_version) < (1, 2) {
            return Err(PlaneError::Lacks("MIT-SHM 1.2"));
        }
        conn.shape_query_version()?.reply()?;
        let screen = conn.setup().roots.get(screen).ok_or(PlaneError::Lacks("screen"))?;
        let visual = true_colour(screen).ok_or(PlaneError::Lacks("true colour of depth 24"))?;
        let root = screen.root;
        let colormap = conn.generate_id()?;
        conn.create_colormap(ColormapAlloc::NONE, colormap, root, visual)?.check()?;
        // What the plane gives free keeps its pixels until the interface has drawn over them, instead of a black flash.
        let keep = ChangeWindowAttributesAux::new().background_pixmap(xproto::BackPixmap::NONE);
        conn.change_window_attributes(parent, &keep)?.check()?;
        let window = conn.generate_id()?;
        // Without a colormap and a border of its own a child of another depth is a BadMatch.
        let looks = CreateWindowAux::new().background_pixel(0).border_pixel(0).colormap(colormap);
        conn.create_window(DEPTH, window, parent, 0, 0, 1, 1, 0, WindowClass::INPUT_OUTPUT, visual, &looks)?.check()?;
        conn.shape_rectangles(shape::SO::SET, shape::SK::INPUT, ClipOrdering::UNSORTED, window, 0, 0, &[])?.check()?;
        let gc = conn.generate_id()?;
        conn.create_gc(gc, window, &CreateGCAux::new().graphics_exposures(0))?.check()?;
        Ok(Self {
            conn,
            window,
            colormap,
            gc,
            place: PxRect::default(),
            cut_outs: Vec::new(),
            wanted: true,
            mapped: false,
            buffers: None,
            sets: 0,
            drawn: None,
            broken: false,
        })
    }

    /// The child's own id.
    pub fn window(&self) -> xproto::Window {
        self.window
    }

    fn attempt(&mut self, what: impl FnOnce(&mut Self) -> Result<(), PlaneError>) -> bool {
        if self.broken {
            return false;
        }
        match what(self) {
            Ok(()) => true,
            Err(error) => {
                self.broken = true;
                tracing::warn!(%error, "the picture's window is lost");
                false
            }
        }
    }

    /// Brings position, shape and visibility to what is wished.
    fn arrange(&mut self) -> Result<(), PlaneError> {
        let parts: Vec<Rectangle> = seen(self.place, &self.cut_outs).into_iter().filter_map(rectangle).collect();
        let show = self.wanted && !parts.is_empty();
        if !show {
            if self.mapped {
                self.conn.unmap_window(self.window)?;
                self.mapped = false;
            }
            return self.settle();
        }
        let side = |n: u32| n.clamp(1, MAX_SIDE);
        self.conn.configure_window(
            self.window,
            &ConfigureWindowAux::new()
                .x(self.place.x)
                .y(self.place.y)
                .width(side(self.place.width))
                .height(side(self.place.height)),
        )?;
        let (set, bounding) = (shape::SO::SET, shape::SK::BOUNDING);
        self.conn.shape_rectangles(set, bounding, ClipOrdering::UNSORTED, self.window, 0, 0, &parts)?;
        if !self.mapped {
            self.conn.map_window(self.window)?;
            self.mapped = true;
        }
        // What comes to light would stay black until the next picture, which on a pause never comes.
        if let Some(drawn) = self.drawn {
            self.put(drawn)?;
        }
        self.settle()
    }

    /// Waits until the server has done it: what the interface draws next must not be clipped by the old shape.
    fn settle(&self) -> Result<(), PlaneError> {
        self.conn.get_input_focus()?.reply()?;
        Ok(())
    }

    fn put(&mut self, drawn: Drawn) -> Result<(), PlaneError> {
        let Drawn { slot, width, height } = drawn;
        let Some(slot) = self.buffers.as_mut().and_then(|b| b.slots.get_mut(slot)) else { return Ok(()) };
        let (window, gc, segment) = (self.window, self.gc, slot.segment);
        let format = u8::from(ImageFormat::Z_PIXMAP);
        self.conn
            .shm_put_image(window, gc, width, height, 0, 0, width, height, 0, 0, DEPTH, format, true, segment, 0)?;
        slot.busy = true;
        Ok(())
    }

    /// Takes in what the server says: finished buffers above all.
    fn listen(&mut self) -> Result<(), PlaneError> {
        while let Some(event) = self.conn.poll_for_event()? {
            match event {
                Event::ShmCompletion(done) => {
                    let mut slots = self.buffers.iter_mut().flat_map(|b| &mut b.slots);
                    if let Some(slot) = slots.find(|s| s.segment == done.shmseg) {
                        slot.busy = false;
                    }
                }
                Event::Error(error) => tracing::debug!(?error, "from the X server"),
                _ => {}
            }
        }
        Ok(())
    }

    /// Memory for pictures of `each` bytes.
    fn reserve(&mut self, each: usize) -> Result<(), PlaneError> {
        if self.buffers.as_ref().is_some_and(|b| b.each >= each && !b.slots.iter().any(Slot::is_lost)) {
            return Ok(());
        }
        self.drop_buffers()?;
        let mut slots = Vec::with_capacity(BUFFERS);
        for _ in 0..BUFFERS {
            let (memory, fd) = SharedMemory::new(each)?;
            let segment = self.conn.generate_id()?;
            self.conn.shm_attach_fd(segment, fd, true)?.check()?;
            slots.push(Slot { memory: Some(memory), lent: Weak::new(), segment, busy: false });
        }
        self.sets += 1;
        self.buffers = Some(Buffers { slots, each, number: self.sets });
        Ok(())
    }

    fn drop_buffers(&mut self) -> Result<(), PlaneError> {
        self.drawn = None;
        for slot in self.buffers.take().into_iter().flat_map(|b| b.slots) {
            self.conn.shm_detach(slot.segment)?;
        }
        Ok(())
    }

    /// A buffer that neither the screen nor another picture has. The one that was drawn last stays as it is: it is drawn
    /// again where the plane comes to light.
    fn lend(&mut self, width: u32, height: u32) -> Result<Option<Lent>, PlaneError> {
        self.listen()?;
        let side = |n: u32| usize::from(u16::try_from(n).unwrap_or(0));
        let each = side(width) * side(height) * PixelFormat::Bgrx.bytes();
        if each == 0 {
            return Ok(None);
        }
        self.reserve(each)?;
        let Some(buffers) = &mut self.buffers else { return Ok(None) };
        let drawn = self.drawn.map(|d| d.slot);
        let free = |(at, slot): &(usize, &mut Slot)| !slot.busy && slot.memory.is_some() && Some(*at) != drawn;
        let Some((at, slot)) = buffers.slots.iter_mut().enumerate().find(free) else { return Ok(None) };
        let Some(memory) = slot.memory.take() else { return Ok(None) };
        let token = Arc::new(());
        slot.lent = Arc::downgrade(&token);
        Ok(Some(Lent { memory, slot: at, set: buffers.number, _token: token }))
    }

    /// False where the buffer belongs to a size of before.
    fn draw(&mut self, picture: Filled) -> Result<bool, PlaneError> {
        let (Canvas::Shared(lent), Ok(width), Ok(height)) =
            (picture.canvas, u16::try_from(picture.width), u16::try_from(picture.height))
        else {
            return Ok(false);
        };
        let Some(buffers) = self.buffers.as_mut().filter(|b| b.number == lent.set) else { return Ok(false) };
        let Some(slot) = buffers.slots.get_mut(lent.slot) else { return Ok(false) };
        slot.memory = Some(lent.memory);
        let drawn = Drawn { slot: lent.slot, width, height };
        self.drawn = Some(drawn);
        if self.mapped {
            self.put(drawn)?;
            self.conn.flush()?;
        }
        Ok(true)
    }
}

impl VideoOutput for X11Plane {
    fn place(&mut self, rect: PxRect) {
        if rect != self.place {
            self.place = rect;
            self.attempt(Self::arrange);
        }
    }

    fn cut_out(&mut self, rects: &[PxRect]) {
        if rects != self.cut_outs {
            self.cut_outs = rects.to_vec();
            self.attempt(Self::arrange);
        }
    }

    fn visible(&mut self, on: bool) {
        if on != self.wanted {
            self.wanted = on;
            self.attempt(Self::arrange);
        }
    }

    fn canvas(&mut self, width: u32, height: u32) -> Option<Canvas> {
        let mut lent = None;
        self.attempt(|plane| {
            lent = plane.lend(width, height)?;
            Ok(())
        });
        lent.map(Canvas::Shared)
    }

    fn present(&mut self, picture: Filled) -> bool {
        let mut shown = false;
        self.attempt(|plane| {
            shown = plane.draw(picture)?;
            Ok(())
        });
        shown
    }

    fn shown(&mut self) -> Option<Shown> {
        if !self.mapped || self.broken {
            return None;
        }
        let (place, parts) = (self.place, seen(self.place, &self.cut_outs));
        let drawn = self.drawn.and_then(|drawn| {
            let slot = self.buffers.as_mut()?.slots.get_mut(drawn.slot)?;
            let (width, height) = (u32::from(drawn.width), u32::from(drawn.height));
            let length = width as usize * height as usize * PixelFormat::Bgrx.bytes();
            Some((width, height, slot.memory.as_mut()?.bytes().get(..length)?.to_vec()))
        });
        // Before the first picture the window is black.
        let (width, height, pixels) = drawn.unwrap_or_default();
        Some(Shown { place, parts, width, height, pixels })
    }
}

impl Drop for X11Plane {
    fn drop(&mut self) {
        // The server cleans up after a lost connection by itself.
        self.attempt(|plane| {
            plane.drop_buffers()?;
            plane.conn.free_gc(plane.gc)?;
            plane.conn.destroy_window(plane.window)?;
            plane.conn.free_colormap(plane.colormap)?;
            plane.conn.flush()?;
            Ok(())
        });
    }
}

/// X11 has 16 bits for a place.
fn rectangle(rect: PxRect) -> Option<Rectangle> {
    let side = |n: u32| u16::try_from(n).unwrap_or(u16::MAX);
    Some(Rectangle {
        x: i16::try_from(rect.x).ok()?,
        y: i16::try_from(rect.y).ok()?,
        width: side(rect.width),
        height: side(rect.height),
    })
}

/// Blue in the lowest byte, as the pictures come.
fn true_colour(screen: &xproto::Screen) -> Option<Visualid> {
    screen
        .allowed_depths
        .iter()
        .filter(|d| d.depth == DEPTH)
        .flat_map(|d| &d.visuals)
        .find(|v| {
            v.class == VisualClass::TRUE_COLOR && (v.red_mask, v.green_mask, v.blue_mask) == (0xff_0000, 0xff00, 0xff)
        })
        .map(|v| v.visual_id)
}
