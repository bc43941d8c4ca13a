//! The attribute syntax of `#EXTM3U` and `#EXTINF` as it is found in the field: quoted in either way or not at all,
//! commas inside quotes, a quote that never closes.

/// `key=value` pairs in order and, for `#EXTINF`, the name after the comma.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ExtInf<'a> {
    pub attributes: Vec<(&'a str, &'a str)>,
    pub name: &'a str,
    /// A quote was left open: the name was taken from behind the last comma.
    pub unbalanced: bool,
}

/// More than this on one line is not a channel's description.
const MAX_ATTRIBUTES: usize = 64;

/// Reads what follows `#EXTINF:`.
pub fn ext_inf(text: &str) -> ExtInf<'_> {
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

/// The first comma outside quotes. A single quote counts only right after `=`.
fn name_comma(text: &str) -> Result<Option<usize>, OpenQuote> {
    let mut open: Option<u8> = None;
    let mut before = 0_u8;
    for (at, byte) in text.bytes().enumerate() {
        match open {
            Some(quote) if byte == quote => open = None,
            Some(_) => {}
            None if byte == b'"' || (byte == b'\'' && before == b'=') => open = Some(byte),
            None if byte == b',' => return Ok(Some(at)),
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
        let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let before = before.trim_end();
        let key_at = before
            .rfind(|c: char| !is_key(c))
            .and_then(|at| before.get(at..)?.chars().next().map(|c| at + c.len_utf8()));
        let key = before.get(key_at.unwrap_or(0)..).unwrap_or_default();
        let after = after.trim_start();
        let value;
        (value, rest) = match after.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                let inner = after.get(1..).unwrap_or_default();
                inner.split_once(quote).unwrap_or((inner, ""))
            }
            _ => after.split_once(|c: char| c.is_whitespace()).unwrap_or((after, "")),
        };
        if !key.is_empty() {
            found.push((key, value.trim()));
        }
    }
    (found, rest)
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
    fn keys_compare_without_case() {
        assert_eq!(value(&attributes(r#"tvg-ID="CH1""#), &["tvg-id"]), Some("CH1"));
        assert_eq!(value(&attributes(r#"catchup="" catchup-type="xc""#), &["catchup", "catchup-type"]), Some("xc"));
    }
}
