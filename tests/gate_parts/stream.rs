//! Streams as servers have them: lists, segments, keys, initialisations.

use aes::cipher::{BlockModeEncrypt, KeyIvInit, array::Array};

use crate::{
    fault_proxy::FaultProxy,
    ts::{Segment, tables},
};

pub const HLS: &str = "application/vnd.apple.mpegurl";
pub const TS: &str = "video/mp2t";
pub const COUNT: u32 = 8;

/// Segments of a second, `s0.ts` and on.
pub fn playlist(first: u32, count: u32, ended: bool) -> String {
    let lines: String = (first..first + count).map(|i| format!("#EXTINF:1.0,\ns{i}.ts\n")).collect();
    list(first, &lines, ended)
}

pub fn list(first: u32, lines: &str, ended: bool) -> String {
    let end = if ended { "#EXT-X-ENDLIST\n" } else { "" };
    format!("#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:{first}\n{lines}{end}")
}

pub fn put_list(proxy: &FaultProxy, prefix: &str, text: impl Into<Vec<u8>>) {
    proxy.put(&format!("{prefix}/list.m3u8"), HLS, text);
}

pub fn put_segments(proxy: &FaultProxy, prefix: &str, stream: u32, numbers: impl IntoIterator<Item = u32>) {
    for i in numbers {
        proxy.put(&format!("{prefix}/s{i}.ts"), TS, Segment::new(stream, i).write());
    }
}

/// Lays a small stream under `prefix`; live ones begin with a window of `COUNT`.
pub fn lay(proxy: &FaultProxy, prefix: &str, live: bool) {
    put_segments(proxy, prefix, 1, 0..COUNT * 2);
    put_list(proxy, prefix, playlist(0, COUNT, !live));
}

/// The same with a key (of AES-128) or an initialisation of its own for each segment.
pub fn lay_with(proxy: &FaultProxy, prefix: &str, part: Part, live: bool) {
    for i in 0..COUNT * 2 {
        let clear = Segment { tables: part != Part::Init, ..Segment::new(1, i) }.write();
        let bytes = match part {
            Part::Key => seal(&clear, key(i), iv_of(u128::from(i))),
            Part::Init => clear,
        };
        proxy.put(&format!("{prefix}/s{i}.ts"), TS, bytes);
        match part {
            Part::Key => proxy.put(&format!("{prefix}/k{i}"), "application/octet-stream", key(i)),
            Part::Init => proxy.put(&format!("{prefix}/i{i}.ts"), TS, tables()),
        }
    }
    put_list(proxy, prefix, list_with(part, 0, !live));
}

pub fn list_with(part: Part, first: u32, ended: bool) -> String {
    let before = |i: u32| match part {
        Part::Key => format!("#EXT-X-KEY:METHOD=AES-128,URI=\"k{i}\"\n"),
        Part::Init => format!("#EXT-X-MAP:URI=\"i{i}.ts\"\n"),
    };
    let lines: String = (first..first + COUNT).map(|i| format!("{}#EXTINF:1.0,\ns{i}.ts\n", before(i))).collect();
    list(first, &lines, ended)
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Part {
    Key,
    Init,
}

pub fn key(number: u32) -> [u8; 16] {
    (0..16).map(|i| (number * 31 + i * 7 + 3) as u8).collect::<Vec<_>>().try_into().unwrap()
}

pub fn iv_of(number: u128) -> [u8; 16] {
    number.to_be_bytes()
}

/// AES-128 in CBC mode with PKCS#7 padding.
pub fn seal(clear: &[u8], key: [u8; 16], iv: [u8; 16]) -> Vec<u8> {
    let mut cipher = cbc::Encryptor::<aes::Aes128>::new(&key.into(), &iv.into());
    let padding = 16 - clear.len() % 16;
    let mut bytes = clear.to_vec();
    bytes.resize(clear.len() + padding, padding as u8);
    for block in bytes.chunks_exact_mut(16) {
        cipher.encrypt_block(<&mut Array<u8, _>>::try_from(block).unwrap());
    }
    bytes
}
