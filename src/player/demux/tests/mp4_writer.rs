//! Writes fragmented MP4 for the tests.

pub fn boxed(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut bytes = (content.len() as u32 + 8).to_be_bytes().to_vec();
    bytes.extend(name);
    bytes.extend(content);
    bytes
}

/// With a 64-bit size.
pub fn wide(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut bytes = 1u32.to_be_bytes().to_vec();
    bytes.extend(name);
    bytes.extend((content.len() as u64 + 16).to_be_bytes());
    bytes.extend(content);
    bytes
}

pub fn full(name: &[u8; 4], version: u8, flags: u32, content: &[u8]) -> Vec<u8> {
    let mut bytes = (u32::from(version) << 24 | flags).to_be_bytes().to_vec();
    bytes.extend(content);
    boxed(name, &bytes)
}

pub fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

pub fn visual(name: &[u8; 4], children: &[u8]) -> Vec<u8> {
    boxed(name, &[&[0; 78], children].concat())
}

/// 48 kHz, two channels.
pub fn sound(name: &[u8; 4], children: &[u8]) -> Vec<u8> {
    let mut content = vec![0; 16];
    content.extend([0, 2, 0, 16, 0, 0, 0, 0]);
    content.extend((48_000u32 << 16).to_be_bytes());
    content.extend(children);
    boxed(name, &content)
}

pub fn avc() -> Vec<u8> {
    visual(b"avc1", &boxed(b"avcC", &[1, 0x4D, 0x40, 0x1F, 0xFF]))
}

pub fn aac() -> Vec<u8> {
    let config = [0x05, 2, 0x11, 0x90];
    let decoder = [&[0x04, 17, 0x40, 0x15][..], &[0; 11], &config].concat();
    let stream = [&[0x03, 3 + 19, 0, 1, 0][..], &decoder].concat();
    sound(b"mp4a", &full(b"esds", 0, 0, &stream))
}

pub struct TrackSpec<'a> {
    pub id: u32,
    pub timescale: u32,
    pub language: &'a [u8; 3],
    pub descriptions: Vec<Vec<u8>>,
    /// Duration and start of each edit.
    pub edits: &'a [(u32, i32)],
}

pub fn moov(tracks: &[TrackSpec], defaults: &[[u32; 5]]) -> Vec<u8> {
    let mut content = full(b"mvhd", 0, 0, &words(&[0, 0, 1000, 0]));
    for track in tracks {
        content.extend(trak(track));
    }
    let trex: Vec<u8> = defaults.iter().flat_map(|fields| full(b"trex", 0, 0, &words(fields))).collect();
    content.extend(boxed(b"mvex", &trex));
    boxed(b"moov", &content)
}

fn trak(track: &TrackSpec) -> Vec<u8> {
    let tkhd = full(b"tkhd", 0, 7, &words(&[0, 0, track.id, 0, 0]));
    let packed = track.language.iter().fold(0u32, |sum, letter| sum << 5 | u32::from(letter - 0x60));
    let mdhd = full(b"mdhd", 0, 0, &words(&[0, 0, track.timescale, 0, packed << 16]));
    let count = track.descriptions.len() as u32;
    let stsd = full(b"stsd", 0, 0, &[words(&[count]), track.descriptions.concat()].concat());
    let stbl = boxed(b"stbl", &[stsd, full(b"stsz", 0, 0, &words(&[0, 0]))].concat());
    let mdia = boxed(b"mdia", &[mdhd, boxed(b"minf", &stbl)].concat());
    let mut content = tkhd;
    if !track.edits.is_empty() {
        let mut edits = words(&[track.edits.len() as u32]);
        for (duration, start) in track.edits {
            edits.extend(words(&[*duration, *start as u32, 0x0001_0000]));
        }
        content.extend(boxed(b"edts", &full(b"elst", 0, 0, &edits)));
    }
    content.extend(mdia);
    boxed(b"trak", &content)
}

/// A video track 1 of 90 kHz and a sound track 2 of 48 kHz.
pub fn usual_moov() -> Vec<u8> {
    let spec = |id, timescale, description| TrackSpec {
        id,
        timescale,
        language: b"zho",
        descriptions: vec![description],
        edits: &[],
    };
    moov(&[spec(1, 90_000, avc()), spec(2, 48_000, aac())], &[[1, 1, 3600, 0, 0x0101_0000], [2, 1, 1024, 0, 0]])
}

pub fn moof(trafs: &[Vec<u8>]) -> Vec<u8> {
    let content = [full(b"mfhd", 0, 0, &words(&[1])), trafs.concat()].concat();
    boxed(b"moof", &content)
}

pub fn traf(tfhd: Vec<u8>, tfdt: u32, truns: &[Vec<u8>]) -> Vec<u8> {
    boxed(b"traf", &[tfhd, full(b"tfdt", 0, 0, &words(&[tfdt])), truns.concat()].concat())
}
