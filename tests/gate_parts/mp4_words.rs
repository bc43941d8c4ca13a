//! Writes segments of MP4 with subtitles after ISO/IEC 14496-30, without the reader's code: ffmpeg and the packages of the
//! distribution write none in fragments.

fn boxed(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [&(content.len() as u32 + 8).to_be_bytes()[..], name, content].concat()
}

fn full(name: &[u8; 4], flags: u32, words: &[u32]) -> Vec<u8> {
    let words: Vec<u8> = [&[flags], words].concat().iter().flat_map(|word| word.to_be_bytes()).collect();
    boxed(name, &words)
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Written {
    WebVtt,
    Ttml,
}

impl Written {
    /// The initialisation section: one track of 90,000 ticks a second.
    pub fn init(self) -> Vec<u8> {
        let entry = match self {
            Self::WebVtt => boxed(b"wvtt", &[&[0, 0, 0, 0, 0, 0, 0, 1][..], &boxed(b"vttC", b"WEBVTT")].concat()),
            Self::Ttml => boxed(b"stpp", b"\0\0\0\0\0\0\0\x01http://www.w3.org/ns/ttml\0\0\0"),
        };
        let stsd = boxed(b"stsd", &[&[0, 0, 0, 0, 0, 0, 0, 1][..], &entry].concat());
        let minf = boxed(b"minf", &boxed(b"stbl", &[stsd, full(b"stsz", 0, &[0, 0])].concat()));
        let mdia = boxed(b"mdia", &[full(b"mdhd", 0, &[0, 0, 90_000, 0, 0]), minf].concat());
        let trak = boxed(b"trak", &[full(b"tkhd", 7, &[0, 0, 1, 0, 0]), mdia].concat());
        let mvex = boxed(b"mvex", &full(b"trex", 0, &[1, 1, 0, 0, 0]));
        let moov = boxed(b"moov", &[full(b"mvhd", 0, &[0, 0, 90_000, 0]), trak, mvex].concat());
        [boxed(b"ftyp", b"iso5\0\0\0\0"), moov].concat()
    }

    /// A second from `start` ticks on, with these words from its first to its third quarter.
    pub fn segment(self, start: u64, words: &str) -> Vec<u8> {
        let nothing = boxed(b"vtte", b"");
        let samples: Vec<(u32, Vec<u8>)> = match self {
            Self::WebVtt => vec![
                (22_500, nothing.clone()),
                (45_000, boxed(b"vttc", &boxed(b"payl", words.as_bytes()))),
                (22_500, nothing),
            ],
            Self::Ttml => {
                let (begin, end) = (start + 22_500, start + 67_500);
                let document = format!(
                    "<?xml version=\"1.0\"?><tt xmlns=\"http://www.w3.org/ns/ttml\" \
                     xmlns:ttp=\"http://www.w3.org/ns/ttml#parameter\" ttp:tickRate=\"90000\"><body><div>\
                     <p begin=\"{begin}t\" end=\"{end}t\">{words}</p></div></body></tt>"
                );
                vec![(90_000, document.into_bytes())]
            }
        };
        let moof = |offset: u32| {
            let mut run = vec![samples.len() as u32, offset];
            run.extend(samples.iter().flat_map(|(length, bytes)| [*length, bytes.len() as u32]));
            let tfdt = full(b"tfdt", 0x0100_0000, &[(start >> 32) as u32, start as u32]);
            let traf = boxed(b"traf", &[full(b"tfhd", 0x02_0000, &[1]), tfdt, full(b"trun", 0x301, &run)].concat());
            boxed(b"moof", &[full(b"mfhd", 0, &[1]), traf].concat())
        };
        let data: Vec<u8> = samples.iter().flat_map(|(_, bytes)| bytes.clone()).collect();
        [moof(moof(0).len() as u32 + 8), boxed(b"mdat", &data)].concat()
    }
}
