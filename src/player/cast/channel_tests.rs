use proptest::prelude::*;

use super::*;
use crate::player::cast::{
    codec::AudioCodec,
    play::Play,
    writer::{Writer, pat_section, pmt_section, rtp},
};

const MS: i64 = 1_000_000;
const BOUND: usize = 1 << 20;

/// A sender with a picture each 40 ms and a key picture each second, and its reader.
struct Rig {
    writer: Writer,
    channel: Channel,
    out: Vec<Out>,
    at_ns: i64,
    ticks: u64,
    count: u64,
    picture_bytes: usize,
    video: u16,
    kind: u8,
    /// A sound in another language beside the first.
    second: bool,
    rtp: Option<u16>,
}

impl Rig {
    fn new() -> Self {
        Self {
            writer: Writer::default(),
            channel: Channel::new(BOUND, Carrier::Datagrams),
            out: Vec::new(),
            at_ns: 5_000 * MS,
            ticks: 900_000,
            count: 0,
            picture_bytes: 1_000,
            video: 0x101,
            kind: 0x1b,
            second: false,
            rtp: None,
        }
    }

    fn tables(&mut self) {
        self.writer.section(0, &pat_section(&[(1, 0x100)]));
        let mut streams = vec![(self.kind, self.video, &b""[..]), (0x0f, 0x202, b"")];
        if self.second {
            streams.push((0x0f, 0x203, b"\x0a\x04wuu\0"));
        }
        self.writer.section(0x100, &pmt_section(0, &streams));
    }

    fn send(&mut self) {
        let bytes = self.writer.take();
        for packets in bytes.chunks(7 * 188) {
            let datagram = match &mut self.rtp {
                Some(sequence) => {
                    *sequence = sequence.wrapping_add(1);
                    rtp(*sequence, packets)
                }
                None => packets.to_vec(),
            };
            self.channel.take(&datagram, self.at_ns, &mut self.out);
        }
    }

    /// One picture, a second early, and the sound of its time, of which the multiplexer is half a second early.
    fn picture(&mut self) {
        let key = self.count.is_multiple_of(25);
        if key {
            self.tables();
        }
        let head: &[u8] = if key { &[0, 0, 1, 0x67, 1, 0, 0, 1, 0x65, 0x88] } else { &[0, 0, 1, 0x41, 0b1001_1000] };
        let data = [head, &vec![0x55; self.picture_bytes]].concat();
        let (pts, dts) = (self.ticks + 90_000 + 7_200, self.ticks + 90_000);
        self.writer.pes(self.video, 0xe0, pts, Some(dts), &data, false);
        self.writer.pes(0x202, 0xc0, self.ticks + 45_000, None, &[0xff; 200], false);
        if self.second {
            self.writer.pes(0x203, 0xc0, self.ticks + 45_000, None, &[0xfe; 200], false);
        }
        self.send();
        self.ticks += 3_600;
        self.at_ns += 40 * MS;
        self.count += 1;
    }

    fn pictures(&mut self, count: u64) {
        for _ in 0..count {
            self.picture();
        }
    }

    fn begins(&self) -> usize {
        self.out.iter().filter(|o| matches!(o, Out::Unit(u) if u.begins)).count()
    }

    fn breaks(&self) -> usize {
        self.out.iter().filter(|o| **o == Out::Broken).count()
    }

    fn kept_pictures(&self) -> usize {
        self.channel.kept_pictures()
    }
}

#[test]
fn everything_since_the_last_key_picture_is_kept() {
    for sequence in [None, Some(65_000)] {
        let mut rig = Rig::new();
        rig.rtp = sequence;
        rig.pictures(60);
        // This sender fills up its packets at the ends of pictures only: the last one is whole.
        assert_eq!(rig.kept_pictures(), 10);
        let first = rig.channel.kept().next().expect("a unit");
        assert!(first.begins && first.track == Track::Video);
        assert!(rig.channel.kept().all(|u| u.track == Track::Video || u.present_ns >= first.present_ns));
        assert_eq!(rig.channel.counters().lost, 0);
        assert_eq!(rig.breaks(), 2, "the programme and the timeline begin");
        let programme = rig.channel.programme().expect("a programme");
        assert_eq!(
            (programme.video, programme.audio),
            (Some((0x101, VideoCodec::H264)), Some((0x202, AudioCodec::Adts)))
        );
    }
}

#[test]
fn another_sound_is_kept_when_it_is_wished_for_and_the_pictures_stay() {
    let mut rig = Rig { second: true, ..Rig::new() };
    let sounds = |rig: &Rig| -> Vec<u8> {
        let of_sound = rig.channel.kept().filter(|u| u.track == Track::Audio);
        let mut all: Vec<u8> = of_sound.filter_map(|u| u.data.first().copied()).collect();
        all.dedup();
        all
    };
    // The multiplexer is half a second late with the sound.
    rig.pictures(70);
    assert_eq!(sounds(&rig), [0xff]);
    let (pictures, breaks) = (rig.kept_pictures(), rig.breaks());
    let wish = Sound { name: String::new(), language: Some("wuu".into()) };
    rig.channel.prefer(Some(wish.clone()));
    assert_eq!((rig.kept_pictures(), sounds(&rig)), (pictures, vec![]));
    rig.pictures(4);
    assert_eq!((rig.kept_pictures(), sounds(&rig), rig.breaks()), (pictures + 4, vec![0xfe], breaks));
    // The tables come again: what was wished for holds. Without it the first one plays.
    rig.pictures(44);
    assert_eq!((sounds(&rig), rig.breaks()), (vec![0xfe], breaks));
    rig.second = false;
    rig.pictures(27);
    assert_eq!(sounds(&rig), [0xff]);
}

#[test]
fn what_came_before_the_map_is_not_lost() {
    let mut rig = Rig::new();
    rig.picture();
    rig.pictures(10);
    let whole = rig.kept_pictures();
    // The same without tables, which come at the end.
    let mut rig = Rig::new();
    rig.video = 0x101;
    let key = [&[0, 0, 1, 0x67, 1, 0, 0, 1, 0x65, 0x88][..], &[0x55; 1000]].concat();
    rig.writer.pes(0x101, 0xe0, rig.ticks + 97_200, Some(rig.ticks + 90_000), &key, false);
    rig.count = 1;
    rig.ticks += 3_600;
    rig.pictures(10);
    assert_eq!(rig.out, []);
    rig.tables();
    rig.send();
    assert_eq!(rig.kept_pictures(), whole);
    rig.pictures(1);
    assert_eq!((rig.kept_pictures(), rig.begins()), (whole + 1, 1));
    assert_eq!(rig.channel.counters().lost, 0);
}

#[test]
fn a_group_too_large_to_keep_is_not_kept() {
    let mut rig = Rig::new();
    rig.picture_bytes = BOUND / 10;
    rig.pictures(9);
    assert_eq!(rig.kept_pictures(), 9);
    rig.pictures(11);
    assert_eq!(rig.kept_pictures(), 0);
    assert!(rig.channel.kept_bytes() <= BOUND);
    rig.pictures(8);
    assert!(rig.kept_pictures() > 0, "the next one is");
}

#[test]
fn a_new_map_breaks_off_and_goes_on_with_its_own_streams() {
    let mut rig = Rig::new();
    rig.pictures(30);
    let (begins, breaks) = (rig.begins(), rig.breaks());
    rig.video = 0x111;
    rig.kind = 0x24;
    rig.count = 0;
    rig.picture();
    assert_eq!(rig.breaks(), breaks + 1);
    assert_eq!(rig.channel.programme().and_then(|p| p.video), Some((0x111, VideoCodec::H265)));
    assert_eq!(rig.kept_pictures(), 0);
    rig.kind = 0x1b;
    rig.count = 0;
    rig.pictures(5);
    assert_eq!(rig.begins(), begins + 1);
    assert_eq!(rig.kept_pictures(), 5);
}

#[test]
fn a_jump_of_the_senders_clock_and_its_wrap_do_no_harm() {
    let mut rig = Rig::new();
    rig.pictures(30);
    rig.ticks = (1 << 33) - 90_000 * 2;
    rig.count = 0;
    let breaks = rig.breaks();
    rig.pictures(30);
    assert_eq!(rig.breaks(), breaks + 1, "the jump");
    rig.pictures(60);
    assert_eq!(rig.breaks(), breaks + 1, "the wrap goes by unseen");
    let mut play = Play::default();
    let due: Vec<i64> = rig
        .channel
        .kept()
        .filter_map(|u| play.due(u, rig.channel.offset(), rig.at_ns).filter(|_| u.track == Track::Video))
        .map(|(present, _)| present)
        .collect();
    assert!(due.windows(2).all(|w| w[1] - w[0] == 40 * MS), "{due:?}");
}

#[test]
fn after_silence_it_begins_with_a_key_picture() {
    let mut rig = Rig::new();
    rig.pictures(30);
    rig.at_ns += 3_000 * MS;
    // The sender went on meanwhile.
    rig.ticks += 3 * 90_000;
    rig.picture();
    assert_eq!(rig.kept_pictures(), 0);
    rig.count = 0;
    rig.pictures(3);
    assert_eq!(rig.kept_pictures(), 3);
}

#[test]
fn loss_is_counted_and_a_torn_key_picture_is_no_place_to_begin() {
    let mut rig = Rig::new();
    rig.picture_bytes = 10_000;
    rig.pictures(25);
    let begins = rig.begins();
    rig.rtp = None;
    // The second half of the key picture's datagrams is lost.
    rig.tables();
    let data = [&[0, 0, 1, 0x67, 1, 0, 0, 1, 0x65, 0x88][..], &[0x55; 10_000]].concat();
    rig.writer.pes(rig.video, 0xe0, rig.ticks + 97_200, Some(rig.ticks + 90_000), &data, false);
    let bytes = rig.writer.take();
    let holed = [&bytes[..188 * 10], &bytes[188 * 30..]].concat();
    rig.channel.take(&holed, rig.at_ns, &mut rig.out);
    rig.count = 1;
    rig.ticks += 3_600;
    rig.pictures(5);
    assert_eq!(rig.channel.counters().lost, 1);
    assert_eq!(rig.begins(), begins);
    assert!(rig.kept_pictures() > 25, "the older place still serves");
}

#[test]
fn a_stream_without_a_place_to_begin_begins_anyway() {
    let mut rig = Rig::new();
    rig.tables();
    for _ in 0..150 {
        rig.count = 1;
        rig.picture();
    }
    assert_eq!(rig.begins(), 1);
    assert!(rig.kept_pictures() > 0);
}

#[test]
fn sound_alone_is_a_channel() {
    let mut channel = Channel::new(BOUND, Carrier::Datagrams);
    let mut writer = Writer::default();
    writer.section(0, &pat_section(&[(7, 0x20)]));
    writer.section(0x20, &pmt_section(0, &[(0x03, 0x21, b"")]));
    let mut out = Vec::new();
    for n in 0..500 {
        writer.pes(0x21, 0xc0, n * 2_160, None, &[0xff; 576], false);
        channel.take(&writer.take(), n as i64 * 24 * MS, &mut out);
    }
    assert!(channel.programme().is_some_and(Programme::is_known));
    let kept: Vec<_> = channel.kept().collect();
    assert!(kept[0].begins && (50..100).contains(&kept.len()), "two seconds of it: {}", kept.len());
}

#[test]
fn the_first_picture_is_due_at_once_and_nothing_before_it_comes() {
    let mut rig = Rig::new();
    rig.pictures(50);
    let mut play = Play::default();
    let due: Vec<_> = rig.channel.kept().map(|u| (u.track, play.due(u, rig.channel.offset(), rig.at_ns))).collect();
    let (track, first) = due[0];
    let (present, decode) = first.expect("due");
    assert_eq!(track, Track::Video);
    assert!(decode <= present);
    // The group is a second old; what was half a second late in the multiplex and the cushion are spent from it.
    assert!((0..=900 * MS).contains(&(present - rig.at_ns)), "{}", present - rig.at_ns);
    for later in due.iter().filter_map(|d| d.1) {
        assert!(later.0 >= present);
    }
    // Who comes late in the group is behind the others, and the first picture is due now.
    let mut late = Play::default();
    let first = rig.channel.kept().next().expect("a unit");
    let now = rig.at_ns + 5_000 * MS;
    assert_eq!(late.due(first, rig.channel.offset(), now).map(|d| d.0), Some(now));
    // After a break it waits for a place to begin, and catches up as far as it goes.
    late.break_off();
    rig.out.clear();
    rig.pictures(30);
    let mut begun = None;
    for out in &rig.out {
        if let Out::Unit(unit) = out {
            let at = late.due(unit, rig.channel.offset(), now + 1);
            assert!(begun.is_some() || at.is_none() || unit.begins);
            begun = begun.or(at);
        }
    }
    assert!(begun.expect("begun").0 > now);
}

fn any_stream() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 0..1400)
}

proptest! {
    #[test]
    fn any_datagrams_are_taken(datagrams in proptest::collection::vec(any_stream(), 0..20)) {
        let mut channel = Channel::new(BOUND, Carrier::Datagrams);
        let mut out = Vec::new();
        for (n, datagram) in datagrams.iter().enumerate() {
            channel.take(datagram, n as i64 * MS, &mut out);
        }
    }

    /// A good stream with bytes changed, packets lost, doubled and swapped: nothing panics, the bound holds, the first
    /// unit kept is a place to begin.
    #[test]
    fn a_stream_in_distress_keeps_the_promises(
        faults in proptest::collection::vec((0usize..40_000, any::<u8>(), 0u8..4), 0..60),
        times in proptest::collection::vec(0i64..3_000, 1..8),
    ) {
        let mut rig = Rig::new();
        rig.channel = Channel::new(60_000, Carrier::Datagrams);
        let mut bytes = Vec::new();
        for n in 0..80 {
            if n % 25 == 0 {
                rig.tables();
            }
            let head: &[u8] = if n % 25 == 0 { &[0, 0, 1, 0x67, 1, 0, 0, 1, 0x65, 0x88] } else { &[0, 0, 1, 0x41, 0x98] };
            rig.writer.pes(0x101, 0xe0, n * 3_600 + 7_200, Some(n * 3_600), &[head, &[3; 700]].concat(), false);
            bytes.extend(rig.writer.take());
        }
        for (at, with, how) in faults {
            let at = at % bytes.len();
            let packet = at / 188 * 188;
            match how {
                0 => bytes[at] = with,
                1 => drop(bytes.drain(packet..(packet + 188).min(bytes.len()))),
                2 => {
                    let copy = bytes[packet..(packet + 188).min(bytes.len())].to_vec();
                    bytes.splice(packet..packet, copy);
                }
                _ => bytes[packet.saturating_add(4) % 188] ^= with,
            }
        }
        let mut at_ns = 0;
        for (n, datagram) in bytes.chunks(1316).enumerate() {
            at_ns += times[n % times.len()] * MS;
            rig.channel.take(datagram, at_ns, &mut rig.out);
            prop_assert!(rig.channel.kept_bytes() <= 60_000);
            prop_assert!(rig.channel.kept().next().is_none_or(|u| u.begins));
        }
        let mut play = Play::default();
        let mut last = None;
        for out in &rig.out {
            match out {
                Out::Broken => play.break_off(),
                Out::Unit(unit) => {
                    if let Some((present, _)) = play.due(unit, 0, 0) {
                        if unit.begins && unit.track == Track::Video && last.is_none() {
                            last = Some(present);
                        }
                        prop_assert!(play.has_begun());
                    }
                }
                Out::Programme(_) | Out::Words { .. } => {}
            }
        }
    }
}
