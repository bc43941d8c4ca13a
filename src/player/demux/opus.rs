//! Opus as a transport stream carries it: the `OpusHead` made from its descriptor, and the packets of a PES payload.

/// What decoders skip at the start of an Opus stream when nothing says more: 80 ms at 48 kHz would be usual for
/// files; inside a running broadcast nothing needs to be skipped.
const PRE_SKIP: u16 = 0;
const RATE: u32 = 48_000;
pub const TICKS_PER_SECOND: u32 = 48_000;

/// `channel_config_code` of the descriptor: 0 is two languages in two channels, 1 to 8 the Vorbis order.
pub fn head(channel_config: u8) -> Option<Vec<u8>> {
    let (channels, mapping): (u8, &[u8]) = match channel_config {
        0 => (2, &[2, 0, 0, 1]),
        1 => (1, &[]),
        2 => (2, &[]),
        3 => (3, &[2, 1, 0, 2, 1]),
        4 => (4, &[2, 2, 0, 1, 2, 3]),
        5 => (5, &[3, 2, 0, 4, 1, 2, 3]),
        6 => (6, &[4, 2, 0, 4, 1, 2, 3, 5]),
        7 => (7, &[4, 3, 0, 4, 1, 2, 3, 5, 6]),
        8 => (8, &[5, 3, 0, 6, 1, 2, 3, 4, 5, 7]),
        _ => return None,
    };
    let family = match channel_config {
        0 => 255,
        1 | 2 => 0,
        _ => 1,
    };
    Some(head_of(channels, PRE_SKIP, RATE, 0, family, mapping))
}

pub fn head_of(channels: u8, pre_skip: u16, rate: u32, gain: u16, family: u8, mapping: &[u8]) -> Vec<u8> {
    let mut head = b"OpusHead\x01".to_vec();
    head.push(channels);
    head.extend(pre_skip.to_le_bytes());
    head.extend(rate.to_le_bytes());
    head.extend(gain.to_le_bytes());
    head.push(family);
    head.extend(mapping);
    head
}

/// The packets of one PES payload, each behind its control header.
pub fn packets(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (packet, rest) = packet(bytes)?;
        bytes = rest;
        Some(packet)
    })
}

fn packet(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&[first, flags], mut rest) = bytes.split_first_chunk::<2>()?;
    if first != 0x7F || flags & 0xE0 != 0xE0 {
        return None;
    }
    let mut size = 0usize;
    loop {
        let (byte, after) = rest.split_first()?;
        rest = after;
        size += usize::from(*byte);
        if *byte != 0xFF {
            break;
        }
    }
    let trims = usize::from(flags >> 4 & 1) * 2 + usize::from(flags >> 3 & 1) * 2;
    rest = rest.get(trims..)?;
    if flags & 0x04 != 0 {
        let (length, after) = rest.split_first()?;
        rest = after.get(usize::from(*length)..)?;
    }
    (size > 0).then(|| rest.split_at_checked(size)).flatten()
}

/// How long a packet sounds, in ticks of 48 kHz, by its first bytes.
pub fn duration(packet: &[u8]) -> u32 {
    let Some(toc) = packet.first() else { return 0 };
    let frame = match toc >> 3 {
        config @ 0..12 => [480, 960, 1920, 2880].get(usize::from(config & 3)).copied().unwrap_or(0),
        config @ 12..16 => [480, 960].get(usize::from(config & 1)).copied().unwrap_or(0),
        config => [120, 240, 480, 960].get(usize::from(config & 3)).copied().unwrap_or(0),
    };
    let frames = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u32::from(packet.get(1).copied().unwrap_or(0) & 0x3F),
    };
    frame * frames
}
