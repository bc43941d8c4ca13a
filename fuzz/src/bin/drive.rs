//! The targets under random changes of their seeds, with a stable compiler: `drive SECONDS [TARGET]…`. Knows nothing of
//! coverage, as libFuzzer does; it shows that the targets run, and finds what is easily found. An input that fails is
//! kept in `fuzz/artifacts/TARGET/`.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// Pieces that the formats are made of.
const WORDS: [&str; 82] = [
    "#EXTM3U ",
    "#EXTINF:-1 ",
    "#EXTINF:",
    "#EXTGRP:",
    "#EXTVLCOPT:http-user-agent=",
    "#KODIPROP:",
    "#EXTHTTP:{\"a\":\"b\"}",
    "tvg-id=\"",
    "tvg-chno=\"",
    "group-title=\"",
    "catchup=\"",
    "catchup-source=\"",
    ",#genre#",
    "http://",
    "file:///",
    "rtp://239.1.1.1:5",
    "127.0.0.1",
    "|User-Agent=",
    "$",
    "#",
    "\"",
    "<tv>",
    "</tv>",
    "<programme start=\"",
    "\" stop=\"",
    "\" channel=\"c\">",
    "</programme>",
    "<title>",
    "</title>",
    "<channel id=\"",
    "<display-name>",
    "<![CDATA[",
    "]]>",
    "<!--",
    "&amp;",
    "&#x0;",
    "<!DOCTYPE tv [",
    "{\"channel_name\":\"",
    "\"epg_data\":[",
    "\"start\":\"",
    "\"date\":\"",
    "]}",
    "${(b)yyyyMMddHHmmss|UTC}",
    "{utc:YmdHMS}",
    "{duration:60}",
    "{catchup-id}",
    "\r\n",
    "\u{feff}",
    "{\"version\":1,\"providers\":[",
    "\"shards\":[",
    "\"courses\":[{\"id\":\"",
    "\"lessons\":[{\"id\":\"",
    "\"title\":\"",
    "\"band\":\"健康\"",
    "\"tier\":\"入门\"",
    "\"form\":\"微课\"",
    "\"duration_s\":",
    "\"media\":[{\"url\":\"",
    "\"quiz\":{\"questions\":[",
    "\"kind\":\"order\",\"items\":[",
    "\"options\":[{\"text\":\"",
    "\"right\":true",
    "\"part\":{\"from_s\":",
    "\"related\":[\"",
    "\"surveys\":[",
    "\"scale\":{\"low\":\"",
    "<rss><channel>",
    "<item><title>",
    "</item>",
    "<media:group>",
    "<media:content url=\"",
    "\" duration=\"",
    "<category>",
    "<guid>",
    "太极拳",
    "重阳",
    "tjq",
    "857",
    // Heads of a packet, of a unit in it, and of segments of subtitles.
    "G@\0\u{10}",
    "\0\0\u{1}",
    "\u{f}\u{10}\0\u{1}\0",
    "\u{f}\u{13}\0\u{1}\0",
];

struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap_or(0)
    }
}

fn main() {
    let mut args = std::env::args().skip(1);
    let seconds = args.next().and_then(|text| text.parse().ok()).unwrap_or(10);
    let wanted: Vec<String> = args.collect();
    let seed = SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |d| d.as_nanos() as u64) | 1;
    println!("seed {seed}");
    std::panic::set_hook(Box::new(|info| println!("{info}")));
    let mut failed = false;
    for (name, body) in jinse_fuzz::TARGETS {
        if wanted.is_empty() || wanted.iter().any(|w| w == name) {
            failed |= !target(name, body, seconds, &mut Chance(seed));
        }
    }
    std::process::exit(i32::from(failed));
}

fn target(name: &str, body: fn(&[u8]), seconds: u64, chance: &mut Chance) -> bool {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let seeds = fs::read_dir(folder.join("seeds").join(name)).expect("seeds");
    let mut pool: Vec<Vec<u8>> = seeds.map(|seed| fs::read(seed.expect("a seed").path()).expect("a seed")).collect();
    let given = pool.len();
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut runs = 0_u64;
    while Instant::now() < end {
        let at = chance.below(pool.len());
        let mut input = pool.get(at).cloned().unwrap_or_default();
        for _ in 0..=chance.below(8) {
            change(&mut input, &pool, chance);
        }
        input.truncate(64 * 1024);
        if std::panic::catch_unwind(|| body(&input)).is_err() {
            let kept: PathBuf = folder.join("artifacts").join(name);
            fs::create_dir_all(&kept).expect("a folder for what fails");
            let file = kept.join(format!("{runs}"));
            fs::write(&file, &input).expect("the failing input");
            println!("{name}: failed on {}", file.display());
            return false;
        }
        // Changes of changes reach further than changes of seeds.
        if chance.below(20) == 0 && input.len() < 16 * 1024 {
            if pool.len() < given + 200 {
                pool.push(input);
            } else if let Some(old) = pool.get_mut(given + chance.below(200)) {
                *old = input;
            }
        }
        runs += 1;
    }
    println!("{name}: {runs} inputs in {seconds} s, none failed");
    true
}

fn change(input: &mut Vec<u8>, pool: &[Vec<u8>], chance: &mut Chance) {
    let at = chance.below(input.len() + 1);
    let length = chance.below(32);
    match chance.below(8) {
        0 => {
            if let Some(byte) = input.get_mut(at) {
                *byte = chance.next() as u8;
            }
        }
        1 => input.insert(at, chance.next() as u8),
        2 => drop(input.drain(at..(at + length).min(input.len()))),
        3 => input.truncate(at),
        4 => {
            let piece = input.get(at..(at + length * 4).min(input.len())).unwrap_or_default().to_vec();
            input.splice(at..at, piece);
        }
        5 => {
            let other = pool.get(chance.below(pool.len())).cloned().unwrap_or_default();
            let from = chance.below(other.len() + 1);
            input.splice(at..at, other.into_iter().skip(from).take(length * 8));
        }
        _ => {
            let word = WORDS.get(chance.below(WORDS.len())).copied().unwrap_or_default();
            input.splice(at..at, word.bytes());
        }
    }
}
