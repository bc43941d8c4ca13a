//! Reads WebVTT and SRT into plain cues for the interface to draw. Positions, colours and voices are left out: the
//! viewer's own text size holds. Anything that is no cue is skipped; nothing in a file can make it fail. The same of
//! segments of MP4 is in `segment`, documents of TTML in `ttml`.

pub mod segment;
mod ttml;

/// A lecture of three hours has about 4,000 cues; more than this is no subtitle file.
const MAX_CUES: usize = 50_000;
/// Longer text does not fit on a screen.
const MAX_TEXT_BYTES: usize = 2_000;
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

/// What stands at `ms`: of several, the one that began last.
pub fn cue_at(cues: &[Cue], ms: u64) -> Option<&Cue> {
    /// Cues that overlap further back than this are not looked for.
    const BACK: usize = 16;
    let after = cues.partition_point(|cue| cue.start_ms <= ms);
    cues.get(after.saturating_sub(BACK)..after)?.iter().rev().find(|cue| ms < cue.end_ms)
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
    fn the_cue_that_began_last_stands() {
        let cues = [cue(0, 10_000, "a"), cue(2000, 3000, "b"), cue(5000, 6000, "c")];
        let at = |ms| cue_at(&cues, ms).map(|c| c.text.as_str());
        assert_eq!(
            (at(0), at(2500), at(3000), at(5999), at(6000), at(10_000)),
            (Some("a"), Some("b"), Some("a"), Some("c"), Some("a"), None)
        );
        assert!(cue_at(&[], 5).is_none());
    }

    proptest! {
        #[test]
        fn no_input_harms(text in "(\\PC|\n|-->|[0-9:.,]|<|&|\\{){0,200}") {
            let cues = parse(&text);
            prop_assert!(cues.is_sorted_by_key(|c| c.start_ms));
            prop_assert!(cues.iter().all(|c| c.end_ms > c.start_ms && !c.text.is_empty()));
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
