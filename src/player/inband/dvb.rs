//! DVB subtitles (ETSI EN 300 743): the segments of a display set, the page, its regions and their palettes, and the
//! picture that they make. Takes any bytes; what makes no sense is passed over. Strings of pixels are `pixels`, colours
//! `clut`. Characters (coding method 1) and zipped objects (method 2), which no sender at hand uses, are left out.

mod clut;
mod pixels;

use std::collections::BTreeMap;

use super::scene::{Colour, Layer, Scene};
use crate::player::demux::Bits;
use clut::Clut;
use pixels::{Brush, Depth};

/// Of a television; a larger one is no subtitle's.
const WIDEST: u32 = 1_920;
const HIGHEST: u32 = 1_088;
/// Regions of an epoch may hold so much altogether, about twice what the standard gives them room for.
const MOST_PIXELS: usize = 4 << 20;
const MOST_OBJECTS: usize = 256;
/// Pixels written for one display set: strings of a few bytes may say thousands.
const MOST_WRITTEN: usize = 32 << 20;
const SYNC: u8 = 0x0F;

/// What is shown from the time of its unit on.
pub struct Page {
    /// A sender that has gone away leaves nothing standing for longer.
    pub stands_ns: i64,
    /// None where the screen is to be bare.
    pub scene: Option<Scene>,
}

/// Where the regions are placed: the whole screen, or a window in it.
#[derive(Clone, Copy)]
struct Display {
    size: (u32, u32),
    corner: (u32, u32),
}

impl Default for Display {
    fn default() -> Self {
        // Without a word of it, a screen of standard definition (clause 5.1.3).
        Self { size: (720, 576), corner: (0, 0) }
    }
}

struct Region {
    width: u32,
    height: u32,
    depth: Depth,
    clut: u8,
    pixels: Vec<u8>,
    objects: Vec<Placed>,
}

struct Placed {
    object: u16,
    x: u32,
    y: u32,
}

/// Follows one service from its first display set on.
pub struct Decoder {
    composition: u16,
    ancillary: u16,
    display: Display,
    regions: BTreeMap<u8, Region>,
    cluts: BTreeMap<u8, Clut>,
    /// What the page shows: region, and where.
    placed: Vec<(u8, u32, u32)>,
    stands_s: u8,
    left: usize,
}

impl Decoder {
    pub fn new(composition: u16, ancillary: u16) -> Self {
        Self {
            composition,
            ancillary,
            display: Display::default(),
            regions: BTreeMap::new(),
            cluts: BTreeMap::new(),
            placed: Vec::new(),
            stands_s: 0,
            left: 0,
        }
    }

    /// Takes what one PES packet carries. Gives the page that holds from its time on, where it tells of one.
    pub fn take(&mut self, data: &[u8]) -> Option<Page> {
        let mut rest = data.strip_prefix(&[0x20, 0x00])?;
        self.left = MOST_WRITTEN;
        let mut told = false;
        while let &[SYNC, kind, ph, pl, lh, ll, ref after @ ..] = rest {
            let Some((body, next)) = after.split_at_checked(usize::from(u16::from_be_bytes([lh, ll]))) else { break };
            rest = next;
            let page = u16::from_be_bytes([ph, pl]);
            let mine = page == self.composition;
            if !mine && page != self.ancillary {
                continue;
            }
            match kind {
                0x10 if mine => told |= self.page(body).is_some(),
                0x11 => drop(self.region(body)),
                0x12 => drop(self.clut(body)),
                0x13 => drop(self.object(body)),
                0x14 => drop(self.definition(body)),
                _ => {}
            }
        }
        told.then(|| Page { stands_ns: i64::from(self.stands_s.max(1)) * 1_000_000_000, scene: self.scene() })
    }

    fn page(&mut self, body: &[u8]) -> Option<()> {
        let &[stands_s, state, ref regions @ ..] = body else { return None };
        // An acquisition point tells everything anew, a mode change is everything anew.
        if matches!(state >> 2 & 3, 1 | 2) {
            self.regions.clear();
            self.cluts.clear();
        }
        self.stands_s = stands_s;
        self.placed.clear();
        for region in regions.chunks_exact(6) {
            if let &[id, _, xh, xl, yh, yl] = region {
                self.placed.push((id, u16::from_be_bytes([xh, xl]).into(), u16::from_be_bytes([yh, yl]).into()));
            }
        }
        Some(())
    }

    fn region(&mut self, body: &[u8]) -> Option<()> {
        let &[id, flags, wh, wl, hh, hl, depth, clut, full, rest_fill, ref objects @ ..] = body else { return None };
        let (width, height) = (u32::from(u16::from_be_bytes([wh, wl])), u32::from(u16::from_be_bytes([hh, hl])));
        let depth = Depth::of(depth >> 2 & 7)?;
        let before = self.regions.remove(&id);
        if !(1..=WIDEST).contains(&width) || !(1..=HIGHEST).contains(&height) {
            return None;
        }
        let size = (width * height) as usize;
        let held: usize = self.regions.values().map(|region| region.pixels.len()).sum();
        if held + size > MOST_PIXELS {
            return None;
        }
        let is_same = |region: &Region| (region.width, region.height, region.depth) == (width, height, depth);
        let kept = before.filter(|region| flags & 0x08 == 0 && is_same(region)).map(|region| region.pixels);
        let fill = match depth {
            Depth::Two => rest_fill >> 2 & 3,
            Depth::Four => rest_fill >> 4,
            Depth::Eight => full,
        };
        let pixels = kept.unwrap_or_else(|| vec![fill; size]);
        let objects = placed(objects);
        self.regions.insert(id, Region { width, height, depth, clut, pixels, objects });
        Some(())
    }

    fn clut(&mut self, body: &[u8]) -> Option<()> {
        let &[id, _, ref entries @ ..] = body else { return None };
        self.cluts.entry(id).or_default().define(entries);
        Some(())
    }

    /// Objects are drawn as they come: all regions that show one are known by then.
    fn object(&mut self, body: &[u8]) -> Option<()> {
        let &[ih, il, flags, th, tl, bh, bl, ref data @ ..] = body else { return None };
        if flags >> 2 & 3 != 0 {
            return None;
        }
        let id = u16::from_be_bytes([ih, il]);
        let keeps_one = flags & 0x02 != 0;
        let (top, after) = data.split_at_checked(u16::from_be_bytes([th, tl]).into())?;
        let bottom = after.get(..usize::from(u16::from_be_bytes([bh, bl])))?;
        // Where both fields are the same, the second one is left out.
        let bottom = if bottom.is_empty() { top } else { bottom };
        for region in self.regions.values_mut() {
            let size = (region.width, region.height);
            for at in region.objects.iter().filter(|placed| placed.object == id) {
                for (field, y) in [(top, at.y), (bottom, at.y + 1)] {
                    let brush = Brush::new(&mut region.pixels, size, (at.x, y), region.depth, keeps_one);
                    brush.draw(field, &mut self.left);
                }
            }
        }
        Some(())
    }

    fn definition(&mut self, body: &[u8]) -> Option<()> {
        let mut bits = Bits::new(body);
        bits.bits(4)?;
        let has_window = bits.bit()? == 1;
        bits.bits(3)?;
        let size = (bits.bits(16)? + 1, bits.bits(16)? + 1);
        if size.0 > WIDEST || size.1 > HIGHEST {
            return None;
        }
        let mut corner = (0, 0);
        if has_window {
            let [left, _, top, _] = [bits.bits(16)?, bits.bits(16)?, bits.bits(16)?, bits.bits(16)?];
            corner = (left, top);
        }
        self.display = Display { size, corner };
        Some(())
    }

    fn scene(&self) -> Option<Scene> {
        let standard = Clut::default();
        let layers = self.placed.iter().filter_map(|(id, x, y)| {
            let region = self.regions.get(id)?;
            let palette: &[Colour] = self.cluts.get(&region.clut).unwrap_or(&standard).of(region.depth);
            Some(Layer {
                x: x + self.display.corner.0,
                y: y + self.display.corner.1,
                width: region.width,
                pixels: &region.pixels,
                palette,
            })
        });
        // A page may name a region as often as it likes.
        let layers: Vec<Layer<'_>> = layers.take(usize::from(u8::MAX)).collect();
        Scene::of(self.display.size, &layers)
    }
}

fn placed(mut rest: &[u8]) -> Vec<Placed> {
    let mut all = Vec::new();
    while let &[ih, il, xh, xl, yh, yl, ref after @ ..] = rest {
        let place = |high: u8, low: u8| u32::from(u16::from_be_bytes([high & 0x0F, low]));
        if all.len() < MOST_OBJECTS {
            all.push(Placed { object: u16::from_be_bytes([ih, il]), x: place(xh, xl), y: place(yh, yl) });
        }
        // Characters name their colours behind that.
        let colours = if matches!(xh >> 6, 1 | 2) { 2 } else { 0 };
        rest = after.get(colours..).unwrap_or_default();
    }
    all
}
