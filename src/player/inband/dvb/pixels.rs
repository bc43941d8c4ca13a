//! Strings of pixels (EN 300 743, 7.2.5.2): run lengths of two, four and eight bits, drawn into a region line by line of
//! one field.

use crate::player::demux::Bits;

/// Bits of a region's pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    Two,
    Four,
    Eight,
}

impl Depth {
    pub fn of(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Two),
            2 => Some(Self::Four),
            3 => Some(Self::Eight),
            _ => None,
        }
    }
}

/// What codes of fewer bits mean in a region of more (clause 10.4 to 10.6), until the string says otherwise.
struct Maps {
    two_to_four: [u8; 4],
    two_to_eight: [u8; 4],
    four_to_eight: [u8; 16],
}

impl Default for Maps {
    fn default() -> Self {
        Self {
            two_to_four: [0x0, 0x7, 0x8, 0xF],
            two_to_eight: [0x00, 0x77, 0x88, 0xFF],
            four_to_eight: std::array::from_fn(|at| (at as u8) << 4 | at as u8),
        }
    }
}

/// Draws one field of an object.
pub struct Brush<'r> {
    pixels: &'r mut [u8],
    size: (u32, u32),
    left: u32,
    x: u32,
    y: u32,
    depth: Depth,
    /// Code one leaves what is there.
    keeps_one: bool,
    maps: Maps,
}

impl<'r> Brush<'r> {
    pub fn new(pixels: &'r mut [u8], size: (u32, u32), at: (u32, u32), depth: Depth, keeps_one: bool) -> Self {
        Self { pixels, size, left: at.0, x: at.0, y: at.1, depth, keeps_one, maps: Maps::default() }
    }

    /// `left`: how many pixels may still be written; with none of them nothing more is drawn.
    pub fn draw(mut self, field: &[u8], left: &mut usize) {
        let mut rest = field;
        while let Some((kind, after)) = rest.split_first() {
            rest = match kind {
                0x10 => self.string(Depth::Two, after, left),
                0x11 => self.string(Depth::Four, after, left),
                0x12 => self.string(Depth::Eight, after, left),
                0x20 => table(after, |[a, b]| self.maps.two_to_four = [a >> 4, a & 0x0F, b >> 4, b & 0x0F]),
                0x21 => table(after, |codes| self.maps.two_to_eight = codes),
                0x22 => table(after, |codes| self.maps.four_to_eight = codes),
                0xF0 => {
                    // Of a field, every other line.
                    (self.x, self.y) = (self.left, self.y.saturating_add(2));
                    after
                }
                _ => return,
            };
            if *left == 0 || self.y >= self.size.1 {
                return;
            }
        }
    }

    /// Draws a string up to its end, and gives what is behind it.
    fn string<'d>(&mut self, bits: Depth, data: &'d [u8], left: &mut usize) -> &'d [u8] {
        let mut from = Bits::new(data);
        let next = match bits {
            Depth::Two => two,
            Depth::Four => four,
            Depth::Eight => eight,
        };
        loop {
            // FFmpeg's encoder writes half of the end of eight bits, and the end of the line at once behind it.
            let behind = data.get(from.bytes()..).unwrap_or_default();
            if bits == Depth::Eight && self.x >= self.size.0 && behind.starts_with(&[0x00, 0xF0]) {
                return behind.get(1..).unwrap_or_default();
            }
            let Some((run, code)) = next(&mut from) else { break };
            if run == 0 {
                return data.get(from.bytes()..).unwrap_or_default();
            }
            self.run(bits, run, code, left);
            if *left == 0 {
                break;
            }
        }
        &[]
    }

    fn run(&mut self, bits: Depth, run: u32, code: u8, left: &mut usize) {
        let end = self.x.saturating_add(run);
        let (width, height) = self.size;
        *left = left.saturating_sub(run as usize);
        let colour = match (bits, self.depth) {
            (Depth::Two, Depth::Four) => self.maps.two_to_four.get(usize::from(code)).copied(),
            (Depth::Two, Depth::Eight) => self.maps.two_to_eight.get(usize::from(code)).copied(),
            (Depth::Four, Depth::Eight) => self.maps.four_to_eight.get(usize::from(code)).copied(),
            // More bits than the region has are not allowed.
            (Depth::Four | Depth::Eight, Depth::Two) | (Depth::Eight, Depth::Four) => None,
            _ => Some(code),
        };
        if let Some(colour) = colour.filter(|_| self.y < height && !(self.keeps_one && code == 1)) {
            let line = self.y as usize * width as usize;
            let part = line + self.x.min(width) as usize..line + end.min(width) as usize;
            self.pixels.get_mut(part).unwrap_or_default().fill(colour);
        }
        self.x = end;
    }
}

/// Takes a table of so many bytes, and gives what is behind it.
fn table<const BYTES: usize>(data: &[u8], take: impl FnOnce([u8; BYTES])) -> &[u8] {
    let Some((codes, rest)) = data.split_first_chunk() else { return &[] };
    take(*codes);
    rest
}

type Run = Option<(u32, u8)>;

fn run(count: u32, code: Option<u32>) -> Run {
    Some((count, u8::try_from(code?).ok()?))
}

/// A run of zero pixels is the end of the string.
fn two(bits: &mut Bits<'_>) -> Run {
    let code = bits.bits(2)?;
    if code != 0 {
        return run(1, Some(code));
    }
    if bits.bit()? == 1 {
        let count = 3 + bits.bits(3)?;
        return run(count, bits.bits(2));
    }
    if bits.bit()? == 1 {
        return run(1, Some(0));
    }
    match bits.bits(2)? {
        0 => run(0, Some(0)),
        1 => run(2, Some(0)),
        2 => {
            let count = 12 + bits.bits(4)?;
            run(count, bits.bits(2))
        }
        _ => {
            let count = 29 + bits.bits(8)?;
            run(count, bits.bits(2))
        }
    }
}

fn four(bits: &mut Bits<'_>) -> Run {
    let code = bits.bits(4)?;
    if code != 0 {
        return run(1, Some(code));
    }
    if bits.bit()? == 0 {
        let count = bits.bits(3)?;
        return run(if count == 0 { 0 } else { count + 2 }, Some(0));
    }
    if bits.bit()? == 0 {
        let count = 4 + bits.bits(2)?;
        return run(count, bits.bits(4));
    }
    match bits.bits(2)? {
        0 => run(1, Some(0)),
        1 => run(2, Some(0)),
        2 => {
            let count = 9 + bits.bits(4)?;
            run(count, bits.bits(4))
        }
        _ => {
            let count = 25 + bits.bits(8)?;
            run(count, bits.bits(4))
        }
    }
}

fn eight(bits: &mut Bits<'_>) -> Run {
    let code = bits.bits(8)?;
    if code != 0 {
        return run(1, Some(code));
    }
    if bits.bit()? == 0 {
        let count = bits.bits(7)?;
        return run(count, Some(0));
    }
    let count = bits.bits(7)?;
    // A run of nothing would pass for the end.
    run(count.max(1), bits.bits(8))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(depth: Depth, keeps_one: bool, field: &[u8]) -> Vec<u8> {
        let mut pixels = vec![9; 8 * 3];
        let mut left = 1_000;
        Brush::new(&mut pixels, (8, 3), (0, 0), depth, keeps_one).draw(field, &mut left);
        pixels
    }

    #[test]
    fn strings_of_each_depth_are_drawn() {
        // 3 pixels of 2 (00 1 000 10), one of 1 (01), two of 0 (00 0 0 01), the end (00 0 0 00).
        let two = [0x10, 0b0010_0010, 0b0100_0001, 0b0000_0000];
        assert_eq!(drawn(Depth::Two, false, &two)[..8], [2, 2, 2, 1, 0, 0, 9, 9]);
        assert_eq!(drawn(Depth::Two, true, &two)[..8], [2, 2, 2, 9, 0, 0, 9, 9], "code one leaves what is there");
        assert_eq!(drawn(Depth::Four, false, &two)[..6], [8, 8, 8, 7, 0, 0], "through the standard's map");
        // 5 of colour 6 (0000 1 0 01 0110), 3 of nothing (0000 0 001), the end, padding.
        let four = [0x11, 0b0000_1001, 0b0110_0000, 0b0001_0000, 0b0000_0000];
        assert_eq!(drawn(Depth::Four, false, &four)[..8], [6, 6, 6, 6, 6, 0, 0, 0]);
        assert_eq!(drawn(Depth::Eight, false, &four)[0], 0x66);
        let eight = [0x12, 200, 0, 0x80 | 3, 7, 0, 2, 0, 0];
        assert_eq!(drawn(Depth::Eight, false, &eight)[..8], [200, 7, 7, 7, 0, 0, 9, 9]);
        assert_eq!(drawn(Depth::Two, false, &eight)[0], 9, "more bits than the region has");
        let halved = [0x12, 0, 0x88, 7, 0, 0xF0, 0x12, 0, 0x88, 5, 0, 0xF0];
        assert_eq!(drawn(Depth::Eight, false, &halved), [[7; 8], [9; 8], [5; 8]].concat(), "as FFmpeg ends a line");
    }

    #[test]
    fn lines_are_those_of_a_field_and_nothing_leaves_its_region() {
        let line = [0x12, 0, 0x80 | 100, 5, 0, 0, 0xF0];
        let pixels = drawn(Depth::Eight, false, &line.repeat(9));
        assert_eq!(pixels, [[5; 8], [9; 8], [5; 8]].concat());
        // A table of one's own.
        let mapped = [0x21, 1, 2, 3, 4, 0x10, 0b0110_1100, 0b0000_0000];
        assert_eq!(drawn(Depth::Eight, false, &mapped)[..3], [2, 3, 4]);
        let mut pixels = vec![0; 8];
        let mut left = 3;
        Brush::new(&mut pixels, (8, 1), (0, 0), Depth::Eight, false).draw(&[0x12, 1, 1, 1, 1, 1, 0, 0], &mut left);
        assert_eq!(pixels, [1, 1, 1, 0, 0, 0, 0, 0], "no more than may be written");
    }
}
