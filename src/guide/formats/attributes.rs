//! The attribute syntax of `#EXTM3U` and `#EXTINF` as it is found in the field: quoted in either way or not at all,
//! commas inside quotes and between attributes, attributes behind the name, a quote that never closes.

/// `key=value` pairs in order and, for `#EXTINF`, the name after the comma.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ExtInf<'a> {
    pub attributes: Vec<(&'a str, &'a str)>,
    pub name: &'a str,
    /// A quote was left open: the name was taken from behind the last comma.
    pub unbalanced: bool,
}

impl<'a> ExtInf<'a> {
    /// More attributes, and what is left of the name without them.
    fn take(&mut self, attributes: Vec<(&'a str, &'a str)>, name: &'a str) {
        self.attributes.extend(attributes);
        self.attributes.truncate(MAX_ATTRIBUTES);
        self.name = name.trim();
    }
}

/// More than this on one line is not a channel's description.
const MAX_ATTRIBUTES: usize = 64;

/// How the keys of playlists begin: a `key=` of these is an attribute wherever it stands, and never part of a name.
const KEYS: [&str; 13] = [
    "tvg-",
    "x-tvg-",
    "url-tvg",
    "group-title",
    "catchup",
    "timeshift",
    "http-",
    "user-agent",
    "radio",
    "channel-number",
    "channel-id",
    "parent-code",
    "provider",
];

/// Reads what follows `#EXTINF:`.
pub fn ext_inf(text: &str) -> ExtInf<'_> {
    let mut read = first_comma(text);
    // Lists put commas between the attributes, or one right behind the length.
    for _ in 0..MAX_ATTRIBUTES {
        if known_key(read.name) != Some(0) {
            break;
        }
        let Ok(Some(at)) = name_comma(read.name) else {
            let (attributes, name) = attributes_and_rest(read.name);
            read.take(attributes, name);
            break;
        };
        let (head, name) = read.name.split_at_checked(at).unwrap_or((read.name, ""));
        read.take(attributes(head), name.get(1..).unwrap_or_default());
    }
    if let Some((name, behind)) = known_key(read.name).and_then(|at| read.name.split_at_checked(at)) {
        let name = name.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';'));
        read.take(attributes(behind), name);
    }
    read
}

/// Where the first attribute of a well-known key begins.
fn known_key(text: &str) -> Option<usize> {
    text.match_indices('=').find_map(|(at, _)| {
        let before = text.get(..at)?.trim_end();
        let (at, key) = last_key(before);
        let apart = before.get(..at)?.chars().next_back().is_none_or(|c| !c.is_alphanumeric());
        (apart && is_known(key)).then_some(at)
    })
}

fn is_known(key: &str) -> bool {
    KEYS.iter().any(|known| key.get(..known.len()).is_some_and(|head| head.eq_ignore_ascii_case(known)))
}

/// The key that a text ends with, and where it begins.
fn last_key(text: &str) -> (usize, &str) {
    let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let at = text.char_indices().rfind(|(_, c)| !is_key(*c)).map_or(0, |(at, c)| at + c.len_utf8());
    (at, text.get(at..).unwrap_or_default())
}

fn first_comma(text: &str) -> ExtInf<'_> {
    let (at, unbalanced) = match name_comma(text) {
        Ok(at) => (at, false),
        // An open quote swallows the comma; closed ones only hold others.
        Err(OpenQuote) => (text.rfind(','), true),
    };
    match at {
        Some(at) => {
            let (head, name) = (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default());
            ExtInf { attributes: attributes(head), name: name.trim(), unbalanced }
        }
        // Without the comma the name is what no attribute and no duration has taken.
        None => {
            let (attributes, rest) = attributes_and_rest(without_duration(text));
            ExtInf { attributes, name: rest.trim(), unbalanced }
        }
    }
}

fn without_duration(text: &str) -> &str {
    let text = text.trim_start();
    let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    if first.parse::<f64>().is_ok() { rest } else { text }
}

struct OpenQuote;

/// Quotes of a Chinese keyboard, which stand around values that were typed.
const TYPED_OPEN: char = '“';
const TYPED_CLOSE: char = '”';

/// The first comma outside quotes. Quotes other than `"` count only right after `=`.
fn name_comma(text: &str) -> Result<Option<usize>, OpenQuote> {
    let mut open: Option<u8> = None;
    let mut before = 0_u8;
    let mut passed = 0;
    for (at, byte) in text.bytes().enumerate() {
        match open {
            _ if at < passed => {}
            Some(quote) if byte == quote => open = None,
            Some(_) => {}
            None if byte == b'"' || (byte == b'\'' && before == b'=') => open = Some(byte),
            None if byte == b',' => return Ok(Some(at)),
            None if before == b'=' && !byte.is_ascii() => {
                let rest = text.get(at..).filter(|rest| rest.starts_with(TYPED_OPEN)).unwrap_or_default();
                passed = rest.find(TYPED_CLOSE).map_or(0, |close| at + close);
            }
            None => {}
        }
        before = byte;
    }
    if open.is_some() { Err(OpenQuote) } else { Ok(None) }
}

/// Reads `key="value"`, `key='value'` and `key=value` anywhere in `text`; other words are passed over.
pub fn attributes(text: &str) -> Vec<(&str, &str)> {
    attributes_and_rest(text).0
}

/// Also what follows the last one.
fn attributes_and_rest(text: &str) -> (Vec<(&str, &str)>, &str) {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('=') {
        if found.len() >= MAX_ATTRIBUTES {
            break;
        }
        let (_, key) = last_key(before.trim_end());
        let after = after.trim_start();
        let value;
        (value, rest) = match after.chars().next() {
            Some(quote @ ('"' | '\'')) => quoted(after.get(1..).unwrap_or_default(), quote),
            Some(TYPED_OPEN) => quoted(after.get(TYPED_OPEN.len_utf8()..).unwrap_or_default(), TYPED_CLOSE),
            _ => after.split_once(|c: char| c.is_whitespace()).unwrap_or((after, "")),
        };
        if !key.is_empty() {
            found.push((key, value.trim()));
        }
    }
    (found, rest)
}

/// A value up to the quote that closes it, and what follows. Where the quote was left open, the next one is that of
/// another attribute: `tvg-id="a group-title="b"`.
fn quoted(text: &str, quote: char) -> (&str, &str) {
    let (value, rest) = text.split_once(quote).unwrap_or((text, ""));
    let next = value.trim_end().strip_suffix('=').map(|before| last_key(before.trim_end()));
    match next {
        Some((at, key)) if is_known(key) && value.get(..at).is_some_and(|own| own.ends_with(char::is_whitespace)) => {
            text.split_at_checked(at).unwrap_or((value, rest))
        }
        _ => (value, rest),
    }
}

/// The value of the first of `keys` that is there and not empty; keys compare without case.
pub fn value<'a>(attributes: &[(&'a str, &'a str)], keys: &[&str]) -> Option<&'a str> {
    keys.iter().find_map(|key| {
        attributes.iter().find(|(k, v)| k.eq_ignore_ascii_case(key) && !v.is_empty()).map(|(_, value)| *value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_quotes_and_bare_values() {
        let read = ext_inf(r#"-1 tvg-id="a" tvg-name="The Good, the Bad",The Good, the Bad"#);
        assert_eq!(read.attributes, [("tvg-id", "a"), ("tvg-name", "The Good, the Bad")]);
        assert_eq!(read.name, "The Good, the Bad");
        assert_eq!(ext_inf(" -1, name,with comma").name, "name,with comma");
        let read = ext_inf("-1 tvg-chno=3 group-title='央视,高清' x= y=2,CCTV-1");
        assert_eq!(read.attributes, [("tvg-chno", "3"), ("group-title", "央视,高清"), ("x", "y=2")]);
        assert_eq!(read.name, "CCTV-1");
        let read = ext_inf("-1 tvg-logo=\"http://a/?b=c&d=e\" tvg-id = \"x\",It's 5 o'clock");
        assert_eq!(read.attributes, [("tvg-logo", "http://a/?b=c&d=e"), ("tvg-id", "x")]);
        assert_eq!(read.name, "It's 5 o'clock");
    }

    #[test]
    fn an_open_quote_costs_only_its_line() {
        let read = ext_inf("-1 tvg-id=\"a group-title=\"x,名字");
        assert_eq!(read.name, "名字");
        let read = ext_inf("-1 tvg-id=\"a,名字");
        assert_eq!((read.name, read.unbalanced), ("名字", true));
        let read = ext_inf("-1 tvg-id='a,名字");
        assert_eq!((read.name, read.unbalanced), ("名字", true));
        assert_eq!(ext_inf("-1").name, "");
        assert_eq!(ext_inf("-1 东方 卫视").name, "东方 卫视");
        assert_eq!(ext_inf("-1 tvg-id=\"a\" 东方 卫视").name, "东方 卫视");
        assert_eq!(ext_inf("-1 tvg-id=\"a\"").name, "");
        assert_eq!(ext_inf("-1 tvg-id=\"a,b\" 名字").name, "名字");
        assert_eq!(ext_inf("").name, "");
    }

    #[test]
    fn commas_between_attributes_are_no_name() {
        let expected = [("tvg-id", "c1"), ("group-title", "央视,高清")];
        for text in [
            r#"-1,tvg-id="c1" group-title="央视,高清",CCTV-1, 综合"#,
            r#"-1 tvg-id="c1", group-title="央视,高清", CCTV-1, 综合"#,
            r#"-1, tvg-id="c1", group-title="央视,高清" , CCTV-1, 综合"#,
        ] {
            let read = ext_inf(text);
            assert_eq!((read.attributes.as_slice(), read.name), (expected.as_slice(), "CCTV-1, 综合"), "{text}");
        }
        assert_eq!(ext_inf(r#"-1,tvg-id="c1""#).attributes, [("tvg-id", "c1")]);
    }

    #[test]
    fn attributes_behind_the_name_are_attributes() {
        let read = ext_inf(r#"-1,CCTV-2, 财经 tvg-id="c2" group-title="央视""#);
        assert_eq!(
            (read.attributes.as_slice(), read.name),
            ([("tvg-id", "c2"), ("group-title", "央视")].as_slice(), "CCTV-2, 财经")
        );
        let read = ext_inf("-1 tvg-id=\"c2\",CCTV-2 group-title=央视");
        assert_eq!(
            (read.attributes.as_slice(), read.name),
            ([("tvg-id", "c2"), ("group-title", "央视")].as_slice(), "CCTV-2")
        );
        for name in ["1+1=2", "E=mc²", "x=\"y\"", "看电视group-title", "nottvg-id=1"] {
            assert_eq!(ext_inf(&format!("-1,{name}")).name, name);
        }
    }

    #[test]
    fn a_quote_left_open_ends_before_the_next_attribute() {
        let read = ext_inf("-1 tvg-id=\"c3 group-title=\"央视\",CCTV-3");
        assert_eq!(
            (read.attributes.as_slice(), read.name),
            ([("tvg-id", "c3"), ("group-title", "央视")].as_slice(), "CCTV-3")
        );
        // As Kodi's own description of the format has it.
        let header = attributes("x-tvg-url=\"http://a.example/guide.xml catchup-correction=\"-2.5\"");
        assert_eq!(header, [("x-tvg-url", "http://a.example/guide.xml"), ("catchup-correction", "-2.5")]);
        assert_eq!(
            attributes("tvg-logo=\"http://a/?x=\" tvg-id=\"y\""),
            [("tvg-logo", "http://a/?x="), ("tvg-id", "y")]
        );
    }

    #[test]
    fn quotes_of_a_chinese_keyboard_are_quotes() {
        let read = ext_inf("-1 tvg-id=“c4” group-title=“央视,高清”,说“中文”");
        assert_eq!(
            (read.attributes.as_slice(), read.name),
            ([("tvg-id", "c4"), ("group-title", "央视,高清")].as_slice(), "说“中文”")
        );
        assert_eq!(ext_inf("-1 tvg-id=“c4,名字").name, "名字");
    }

    #[test]
    fn keys_compare_without_case() {
        assert_eq!(value(&attributes(r#"tvg-ID="CH1""#), &["tvg-id"]), Some("CH1"));
        assert_eq!(value(&attributes(r#"catchup="" catchup-type="xc""#), &["catchup", "catchup-type"]), Some("xc"));
    }
}
