//! Texts in every encoding and with every end of a line.

use proptest::prelude::*;

use super::*;

fn decoded(bytes: &[u8]) -> String {
    let mut text = String::new();
    Utf8Source::new(bytes).read_to_string(&mut text).unwrap();
    text
}

#[test]
fn every_encoding_becomes_the_same_text() {
    let text = "#EXTM3U\n#EXTINF:-1,东方卫视\nhttp://a/b\n";
    assert_eq!(decoded(text.as_bytes()), text);
    assert_eq!(decoded(&[b"\xEF\xBB\xBF", text.as_bytes()].concat()), text);
    assert_eq!(decoded(&GB18030.encode(text).0), text);
    let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_eq!(decoded(&utf16), text);
    assert_eq!(decoded(&utf16[2..]), text);
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(decoded(&big), text);
}

#[test]
fn a_long_ascii_head_does_not_decide() {
    let text = format!("{}\n金色学堂", "#x".repeat(100_000));
    assert_eq!(decoded(&GB18030.encode(&text).0), text);
    assert_eq!(decoded(text.as_bytes()), text);
}

#[test]
fn one_broken_name_in_utf8_harms_only_itself() {
    let bytes = [b"\xE4\xB8\n".as_slice(), "新闻\n综合\n".as_bytes()].concat();
    assert!(decoded(&bytes).ends_with("新闻\n综合\n"));
}

#[test]
fn one_bad_byte_in_a_text_of_one_line_harms_only_itself() {
    let label = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
    for head in [label, "", "\n\n"] {
        let bytes = [head.as_bytes(), "<a>东方卫视</a><b>新闻".as_bytes(), b"\xff</b>"].concat();
        let mut text = String::new();
        let mut source = Utf8Source::new(bytes.as_slice());
        source.read_to_string(&mut text).unwrap();
        assert_eq!(text, format!("{head}<a>东方卫视</a><b>新闻\u{fffd}</b>"));
        let line = 1 + head.matches('\n').count() as u64;
        assert_eq!(source.replaced_on(), Some(line));
        let mut warnings = Warnings::new("x");
        source.report(&mut warnings);
        assert_eq!(warnings.into_vec()[0].line, Some(line));
    }
    // The label is a habit: what is GB18030 is read as such.
    let text = format!("{label}<a>东方卫视</a><b>上海新闻综合</b>");
    assert_eq!(decoded(&GB18030.encode(&text).0), text);
    // Rare signs alone, of which many happen to be characters of UTF-8.
    assert_eq!(decoded(&GB18030.encode("懦殳井咦喡壺嗎涩").0), "懦殳井咦喡壺嗎涩");
    let mut source = Utf8Source::new(text.as_bytes());
    source.read_to_string(&mut String::new()).unwrap();
    assert_eq!(source.replaced_on(), None);
}

#[test]
fn the_line_of_the_first_bad_byte_is_known_far_from_the_beginning() {
    let bytes = [vec![b'\n'; 3 * BLOCK_BYTES], "新闻".into(), vec![b'\n'; BLOCK_BYTES], b"x\xff\n\xff".into()].concat();
    let mut source = Utf8Source::new(bytes.as_slice());
    io::copy(&mut source, &mut io::sink()).unwrap();
    assert_eq!(source.replaced_on(), Some(4 * BLOCK_BYTES as u64 + 1));
    assert_eq!(line_ends(&bytes), 4 * BLOCK_BYTES as u64 + 1);
}

proptest! {
    #[test]
    fn a_text_of_hanzi_is_read_whatever_it_is_written_in(text in "[一-龥]{12,60}", bad in any::<bool>()) {
        prop_assert_eq!(decoded(&GB18030.encode(&text).0), text.clone());
        let (mut bytes, mut expected) = (text.clone().into_bytes(), text);
        if bad {
            bytes.push(0xFF);
            expected.push('\u{fffd}');
        }
        prop_assert_eq!(decoded(&bytes), expected);
    }
}

#[test]
fn a_declared_label_is_heeded() {
    let text = "<?xml version=\"1.0\" encoding=\"GB2312\"?><tv>联通</tv>";
    assert_eq!(decoded(&GB18030.encode(text).0), text);
}

#[test]
fn a_label_of_gb_on_a_text_of_utf8_is_a_habit_too() {
    let text = "<?xml version=\"1.0\" encoding=\"GB2312\"?><tv>东方卫视</tv>";
    assert_eq!(decoded(text.as_bytes()), text);
    assert_eq!(decoded(&GB18030.encode(text).0), text);
}

#[test]
fn lines_end_in_each_of_three_ways() {
    // A buffer of one byte parts what belongs together.
    for size in [1, 2, 64] {
        let text = b"a\r\rb\r\nc\n\nd\r";
        let mut reader = io::BufReader::with_capacity(size, text.as_slice());
        let (mut line, mut lines) = (Vec::new(), Vec::new());
        while next_line(&mut reader, &mut line).unwrap() == Line::Whole {
            lines.push(String::from_utf8(line.clone()).unwrap());
        }
        assert_eq!(lines, ["a", "", "b", "c", "", "d"]);
    }
}

#[test]
fn lines_are_bounded() {
    let bytes = [vec![b'a'; MAX_LINE_BYTES * 3], b"\nshort\r\n\nlast".to_vec()].concat();
    let mut reader = io::BufReader::new(bytes.as_slice());
    let mut line = Vec::new();
    assert_eq!(next_line(&mut reader, &mut line).unwrap(), Line::TooLong);
    assert_eq!(next_line(&mut reader, &mut line).unwrap(), Line::Whole);
    assert_eq!(line, b"short");
    assert_eq!(next_line(&mut reader, &mut line).unwrap(), Line::Whole);
    assert!(line.is_empty());
    assert_eq!(next_line(&mut reader, &mut line).unwrap(), Line::Whole);
    assert_eq!(line, b"last");
    assert_eq!(next_line(&mut reader, &mut line).unwrap(), Line::End);
}
