//! Palettes of DVB subtitles (EN 300 743, 7.2.4), and those that hold where none is sent (clause 10).

use super::pixels::Depth;
use crate::player::inband::scene::Colour;

const CLEAR: Colour = Colour([0; 4]);

/// One palette for each depth.
pub struct Clut {
    four: [Colour; 4],
    sixteen: [Colour; 16],
    all: [Colour; 256],
}

impl Default for Clut {
    fn default() -> Self {
        let opaque = |r: u8, g: u8, b: u8| Colour([r, g, b, 255]);
        Self {
            four: [CLEAR, opaque(255, 255, 255), opaque(0, 0, 0), opaque(127, 127, 127)],
            sixteen: std::array::from_fn(|at| {
                let level = if at < 8 { 255 } else { 127 };
                let part = |bit: usize| if at & bit != 0 { level } else { 0 };
                if at == 0 { CLEAR } else { opaque(part(1), part(2), part(4)) }
            }),
            all: std::array::from_fn(standard),
        }
    }
}

/// The standard's palette of 256 colours: two bits for each of red, green and blue, and two for the kind.
fn standard(at: usize) -> Colour {
    let part = |low: usize, high: usize, [base, small, large]: [u8; 3]| {
        base + if at & low != 0 { small } else { 0 } + if at & high != 0 { large } else { 0 }
    };
    let colour = |levels: [u8; 3], alpha: u8| {
        Colour([part(1, 0x10, levels), part(2, 0x20, levels), part(4, 0x40, levels), alpha])
    };
    match at {
        0 => CLEAR,
        1..8 => Colour([part(1, 0, [0, 255, 0]), part(2, 0, [0, 255, 0]), part(4, 0, [0, 255, 0]), 64]),
        _ => match at & 0x88 {
            0x00 => colour([0, 85, 170], 255),
            0x08 => colour([0, 85, 170], 128),
            0x80 => colour([127, 43, 85], 255),
            _ => colour([0, 43, 85], 255),
        },
    }
}

impl Clut {
    pub fn of(&self, depth: Depth) -> &[Colour] {
        match depth {
            Depth::Two => &self.four,
            Depth::Four => &self.sixteen,
            Depth::Eight => &self.all,
        }
    }

    /// Takes the entries of a segment; one that is cut short ends it.
    pub fn define(&mut self, entries: &[u8]) {
        let mut rest = entries;
        while let &[id, flags, ref after @ ..] = rest {
            let (colour, next) = if flags & 1 == 1 {
                let &[y, cr, cb, t, ref next @ ..] = after else { return };
                (colour(y, cr, cb, t), next)
            } else {
                let &[a, b, ref next @ ..] = after else { return };
                (colour(a & 0xFC, (a << 6 | b >> 2) & 0xF0, b << 2 & 0xF0, b << 6), next)
            };
            let id = usize::from(id);
            let tables =
                [(0x80, self.four.get_mut(id)), (0x40, self.sixteen.get_mut(id)), (0x20, self.all.get_mut(id))];
            for (flag, entry) in tables {
                if let Some(entry) = entry.filter(|_| flags & flag != 0) {
                    *entry = colour;
                }
            }
            rest = next;
        }
    }
}

/// Full range of luminance and colour as ITU-R BT.601 writes them, and transparency. No luminance is no colour at all.
fn colour(y: u8, cr: u8, cb: u8, t: u8) -> Colour {
    if y == 0 {
        return CLEAR;
    }
    let (luma, red, blue) = (298 * (i32::from(y) - 16), i32::from(cr) - 128, i32::from(cb) - 128);
    let level = |sum: i32| u8::try_from(((sum + 128) >> 8).clamp(0, 255)).unwrap_or(u8::MAX);
    Colour([level(luma + 409 * red), level(luma - 100 * blue - 208 * red), level(luma + 516 * blue), 255 - t])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_in_both_ranges_and_the_standards_hold_otherwise() {
        let mut clut = Clut::default();
        // White, half transparent, in all three; then a short black with two bits of transparency; a clear one; a cut one.
        clut.define(&[1, 0xE1, 235, 128, 128, 127, 2, 0x40, 0x10 | 2, 0x20, 3, 0x41, 0, 9, 9, 9, 4, 0x41, 1]);
        assert_eq!(clut.of(Depth::Two).get(1), Some(&Colour([255, 255, 255, 128])));
        assert_eq!(clut.of(Depth::Eight).get(1), Some(&Colour([255, 255, 255, 128])));
        assert_eq!(clut.of(Depth::Four).get(2), Some(&Colour([0, 0, 0, 255])));
        assert_eq!(clut.of(Depth::Four).get(3), Some(&CLEAR));
        assert_eq!(clut.of(Depth::Four).get(4), Some(&Colour([0, 0, 255, 255])));
        assert_eq!(clut.of(Depth::Two).get(3), Some(&Colour([127, 127, 127, 255])));
        let standard = Clut::default();
        assert_eq!(standard.of(Depth::Eight).get(0x11), Some(&Colour([255, 0, 0, 255])));
        assert_eq!(standard.of(Depth::Eight).get(0xF7), Some(&Colour([255, 255, 255, 255])));
    }
}
