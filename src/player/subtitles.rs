//! Reads WebVTT and SRT into plain cues for the interface to draw. Positions, colours and voices are left out: the
//! viewer's own text size holds. Anything that is no cue is skipped; nothing in a file can make it fail. The same of
//! segments of MP4 is in `segment`, documents of TTML in `ttml`.

pub mod segment;
mod ttml;

/// A lecture of three hours has about 4,000 cues; more than this is no subtitle file.
const MAX_CUES: usize = 50_000;
/// Longer text does not fit on a screen.
const MAX_TEXT_BYTES: usize = 2_000;
/// Two people who say two lines each. More would hide the picture; a text that is longer by itself is shown whole.
const MOST_LINES: usize = 4;
/// Cues that overlap further back than this are not looked for.
const MOST_AT_ONCE: usize = 16;
/// What a line of the box holds, in halves of a Chinese character.
const LINE_HALVES: usize = 48;
/// Texts that overlap by less than this follow each other: their times were written by hand or by ear.
const SLIP_MS: u64 = 300;
/// The largest file that is looked at.
pub const MAX_FILE_BYTES: usize = 4 * 1024 * 1024;

/// One text and when it stands. Lines are separated by a line feed.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Cue {
    pub start_ms: u64,
    pub end_ms: u64,
    pub text: String,
}

/// Reads either format; they differ only where it does not matter here. Sorted by start.
pub fn parse(text: &str) -> Vec<Cue> {
    let mut cues = Vec::new();
    let mut lines = text.trim_start_matches('\u{feff}').lines().map(str::trim_end);
    let mut read = 0;
    while let Some(line) = lines.next() {
        read += line.len() + 1;
        if read > MAX_FILE_BYTES || cues.len() >= MAX_CUES {
            break;
        }
        if starts_block(line, "NOTE") || starts_block(line, "STYLE") || starts_block(line, "REGION") {
            for skipped in lines.by_ref() {
                read += skipped.len() + 1;
                if skipped.is_empty() {
                    break;
                }
            }
            continue;
        }
        let Some((start_ms, end_ms)) = times(line) else { continue };
        let mut words = String::new();
        for said in lines.by_ref() {
            read += said.len() + 1;
            if said.is_empty() {
                break;
            }
            add_line(&mut words, &plain(said));
        }
        if !words.is_empty() && end_ms > start_ms {
            cues.push(Cue { start_ms, end_ms, text: words });
        }
    }
    cues.sort_by_key(|cue| (cue.start_ms, cue.end_ms));
    cues
}

/// One more line below those before.
fn add_line(words: &mut String, line: &str) {
    if !line.is_empty() && words.len() + line.len() < MAX_TEXT_BYTES {
        if !words.is_empty() {
            words.push('\n');
        }
        words.push_str(line);
    }
}

/// Reads a file in UTF-8, or in GB18030 where it is not.
pub fn parse_bytes(bytes: &[u8]) -> Vec<Cue> {
    let bytes = bytes.get(..MAX_FILE_BYTES).unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => parse(text),
        // The cut at the limit may fall into a character.
        Err(error) if error.error_len().is_none() => {
            parse(std::str::from_utf8(bytes.get(..error.valid_up_to()).unwrap_or_default()).unwrap_or_default())
        }
        Err(_) => parse(&encoding_rs::GB18030.decode(bytes).0),
    }
}

/// The words that stand at `ms`. Of several texts all that fit, the oldest above: who began to speak first is read first.
pub fn words_at(cues: &[Cue], ms: u64) -> String {
    let after = cues.partition_point(|cue| cue.start_ms <= ms);
    let newest_first = cues.get(after.saturating_sub(MOST_AT_ONCE)..after).unwrap_or_default().iter().rev();
    let mut lines: Vec<&str> = Vec::new();
    let mut next_ms = None;
    for cue in newest_first.filter(|cue| ms < cue.end_ms) {
        if next_ms.is_some_and(|next_ms: u64| cue.end_ms < next_ms.saturating_add(SLIP_MS)) {
            continue;
        }
        let more = above(&cue.text, &lines);
        if !lines.is_empty() && more.iter().map(|line| height(line)).sum::<usize>() > MOST_LINES {
            break;
        }
        (lines, next_ms) = (more, Some(cue.start_ms));
    }
    lines.join("\n")
}

/// Puts an older text above; where words roll up, its last lines are the newer one's first.
fn above<'t>(older: &'t str, newer: &[&'t str]) -> Vec<&'t str> {
    let mut lines: Vec<&str> = older.lines().collect();
    let again = (0..=lines.len()).rev().filter_map(|count| newer.get(..count)).find(|head| lines.ends_with(head));
    lines.extend(newer.iter().skip(again.map_or(0, <[_]>::len)));
    lines
}

/// How many lines of the screen one takes.
fn height(line: &str) -> usize {
    let width = |c: char| if c.is_ascii() { 1 } else { 2 };
    line.chars().map(width).sum::<usize>().div_ceil(LINE_HALVES).max(1)
}

fn starts_block(line: &str, word: &str) -> bool {
    line.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
}

/// `00:01:02.345 --> 00:01:04.000 line:90%`; hours may lack, the comma of SRT is a point.
fn times(line: &str) -> Option<(u64, u64)> {
    let (start, rest) = line.split_once("-->")?;
    Some((instant(start)?, instant(rest.split_whitespace().next()?)?))
}

pub(super) fn instant(text: &str) -> Option<u64> {
    let text = text.trim();
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, "0"));
    let mut seconds = 0u64;
    let mut parts = 0;
    for part in whole.split(':') {
        parts += 1;
        if parts > 3 || part.is_empty() || part.len() > 6 || !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        seconds = seconds.checked_mul(60)?.checked_add(part.parse().ok()?)?;
    }
    if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let millis: u64 = format!("{:0<3}", fraction.get(..3).unwrap_or(fraction)).parse().ok()?;
    (parts >= 2).then(|| seconds.saturating_mul(1000).saturating_add(millis))
}

/// The words of a line without tags, override blocks and character references.
fn plain(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(['<', '{', '&']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let (taken, text) = special(from);
        out.push_str(text);
        rest = from.get(taken..).unwrap_or_default();
    }
    out.push_str(rest);
    out.trim().to_owned()
}

/// How many bytes the special thing at the start of `from` takes, and what stands for it.
fn special(from: &str) -> (usize, &str) {
    const REFERENCES: [(&str, &str); 7] = [
        ("&amp;", "&"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&nbsp;", "\u{a0}"),
        ("&lrm;", ""),
        ("&rlm;", ""),
        ("&quot;", "\""),
    ];
    if let Some((name, text)) = REFERENCES.iter().find(|(name, _)| from.starts_with(name)) {
        return (name.len(), text);
    }
    let close = match from.as_bytes() {
        // `<b>`, `</i>`, `<v 老师>`, `<00:01.000>`; a lone "<" in a sum stays.
        [b'<', next, ..] if next.is_ascii_alphanumeric() || *next == b'/' => from.find('>'),
        // `{\an8}`, `{b}` of SRT files made from other formats.
        [b'{', b'\\', ..] => from.find('}'),
        _ => None,
    };
    match close {
        Some(end) => (end + 1, ""),
        None => (1, from.get(..1).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cue(start_ms: u64, end_ms: u64, text: &str) -> Cue {
        Cue { start_ms, end_ms, text: text.into() }
    }

    #[test]
    fn webvtt_with_its_ornaments() {
        let text = "\u{feff}WEBVTT - 课程\r\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\r\n\r\nSTYLE\r\n::cue { color: red }\r\n\r\nNOTE\r\n00:09.000 --> 00:10.000\r\n\r\n2\r\n00:05.000 --> 00:07.500 line:90% align:center\r\n<v 老师>请看&nbsp;屏幕</v>\r\n第二行 &lt;3 & 4\r\n\r\n1\r\n01:00:00.000 --> 01:00:01.000\r\n<c.yellow><b>晚</b>些</c>\r\n\r\n00:00.5 --> 00:02.000\r\n开始";
        assert_eq!(
            parse(text),
            [
                cue(500, 2000, "开始"),
                cue(5000, 7500, "请看\u{a0}屏幕\n第二行 <3 & 4"),
                cue(3_600_000, 3_601_000, "晚些"),
            ]
        );
    }

    #[test]
    fn srt_in_gb18030() {
        let text = "1\n00:00:01,000 --> 00:00:02,500\n{\\an8}<i>你好</i>\n\n2\n00:00:03,000 --> 00:00:02,000\n倒着\n";
        let bytes = encoding_rs::GB18030.encode(text).0;
        assert_eq!(parse_bytes(&bytes), [cue(1000, 2500, "你好")]);
    }

    #[test]
    fn texts_that_overlap_all_stand_the_oldest_above() {
        let cues =
            [cue(0, 10_000, "甲"), cue(2_000, 3_000, "乙"), cue(5_000, 8_000, "丙\n丁"), cue(6_000, 7_000, "戊")];
        let at = |ms| words_at(&cues, ms);
        assert_eq!([at(0), at(2_500), at(3_000)], ["甲", "甲\n乙", "甲"]);
        assert_eq!([at(5_999), at(6_999), at(7_000)], ["甲\n丙\n丁", "甲\n丙\n丁\n戊", "甲\n丙\n丁"]);
        assert_eq!([at(8_000), at(10_000)], ["甲", ""]);
        assert!(words_at(&[], 5).is_empty());
    }

    #[test]
    fn of_texts_that_overlap_the_newest_stand_as_far_as_they_fit() {
        let long = "字".repeat(25);
        let cues = [cue(0, 9_000, &long), cue(1_000, 9_000, "乙"), cue(2_000, 9_000, &long), cue(3_000, 9_000, "丁")];
        assert_eq!(words_at(&cues, 1_500), format!("{long}\n乙"));
        assert_eq!(words_at(&cues, 2_500), format!("乙\n{long}"));
        assert_eq!(words_at(&cues, 3_500), format!("乙\n{long}\n丁"));
        let speech = ["一行"; 9].join("\n");
        assert_eq!(words_at(&[cue(0, 9_000, "甲"), cue(1_000, 9_000, &speech)], 2_000), speech, "one text is whole");
    }

    #[test]
    fn what_only_slips_into_the_next_text_or_is_said_again_by_it_gives_way() {
        let cues = [cue(0, 2_200, "甲"), cue(2_000, 5_000, "乙"), cue(4_000, 7_000, "乙\n丙"), cue(6_000, 9_000, "丙")];
        let at = |ms| words_at(&cues, ms);
        assert_eq!([at(1_999), at(2_100), at(4_500), at(6_500)], ["甲", "乙", "乙\n丙", "乙\n丙"]);
    }

    proptest! {
        #[test]
        fn no_input_harms(text in "(\\PC|\n|-->|[0-9:.,]|<|&|\\{){0,200}") {
            let cues = parse(&text);
            prop_assert!(cues.is_sorted_by_key(|c| c.start_ms));
            prop_assert!(cues.iter().all(|c| c.end_ms > c.start_ms && !c.text.is_empty()));
            for at in cues.iter().take(9).map(|c| c.start_ms) {
                prop_assert!(!words_at(&cues, at).is_empty());
            }
        }

        #[test]
        fn no_bytes_harm(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            parse_bytes(&bytes);
        }

        #[test]
        fn what_is_written_is_read(cues in prop::collection::vec((0u64..90_000_000, 1u64..10_000, "[a-z一-龥]{1,20}"), 0..20)) {
            let stamp = |ms: u64| format!("{:02}:{:02}:{:02}.{:03}", ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000);
            let mut text = String::from("WEBVTT\n\n");
            for (start, length, words) in &cues {
                text += &format!("{} --> {}\n{words}\n\n", stamp(*start), stamp(start + length));
            }
            let read = parse(&text);
            prop_assert_eq!(read.len(), cues.len());
            for (start, length, words) in &cues {
                prop_assert!(read.contains(&cue(*start, start + length, words)));
            }
        }
    }
}
