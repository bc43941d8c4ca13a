//! Writes subtitles as a Blu-ray has them: pictures with a time, which ffmpeg makes DVB subtitles of. Two stripes of
//! colour stand for two lines of words. ffmpeg counts the time from the first one on.

/// One picture on a screen of 720×576: from when to when, in milliseconds; x, y, width and height.
pub struct Stripes {
    pub from_ms: u32,
    pub to_ms: u32,
    pub rect: [u16; 4],
}

fn segment(at_ms: u32, kind: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = b"PG".to_vec();
    bytes.extend((at_ms * 90).to_be_bytes());
    bytes.extend([0; 4]);
    bytes.push(kind);
    bytes.extend((body.len() as u16).to_be_bytes());
    bytes.extend(body);
    bytes
}

fn numbers(all: &[u16]) -> Vec<u8> {
    all.iter().flat_map(|n| n.to_be_bytes()).collect()
}

/// White above, red below.
pub fn write(all: &[Stripes]) -> Vec<u8> {
    let mut out = Vec::new();
    for (number, stripes) in (0..).zip(all) {
        let [x, y, width, height] = stripes.rect;
        let screen = |state: u8, objects: u8| {
            let [high, low] = (2 * number + u16::from(state == 0)).to_be_bytes();
            [numbers(&[720, 576]), vec![0x10, high, low, state, 0, 0, objects]].concat()
        };
        // Each with its number, luminance, red, blue, and how opaque.
        let palette =
            [[0, 0].as_slice(), &[0, 16, 128, 128, 0], &[1, 235, 128, 128, 255], &[2, 81, 240, 90, 255]].concat();
        let line = |colour: u8| [0, 0xC0 | (width >> 8) as u8, width as u8, colour, 0, 0];
        let runs: Vec<u8> = (0..height).flat_map(|y| line(if y < height / 2 { 1 } else { 2 })).collect();
        let length = (runs.len() as u32 + 4).to_be_bytes();
        let object = [&[0, 0, 0, 0xC0][..], &length[1..], &numbers(&[width, height]), &runs].concat();
        let at = |kind, body: &[u8]| segment(stripes.from_ms, kind, body);
        out.extend(at(0x16, &[screen(0x80, 1), vec![0, 0, 0, 0], numbers(&[x, y])].concat()));
        out.extend(at(0x17, &[vec![1, 0], numbers(&stripes.rect)].concat()));
        out.extend(at(0x14, &palette));
        out.extend(at(0x15, &object));
        out.extend(at(0x80, &[]));
        for (kind, body) in [(0x16, screen(0, 0)), (0x17, vec![0]), (0x80, vec![])] {
            out.extend(segment(stripes.to_ms, kind, &body));
        }
    }
    out
}
