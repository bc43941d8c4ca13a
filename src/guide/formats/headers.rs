//! Request headers of a channel, from the five places that playlists put them. A header that could smuggle
//! another one (control characters, a broken name) is dropped.

const MAX_HEADERS: usize = 32;
const MAX_VALUE_BYTES: usize = 4 * 1024;
/// These belong to the connection, not to the channel.
const FORBIDDEN: [&str; 5] = ["host", "content-length", "transfer-encoding", "connection", "upgrade"];

/// What Kodi takes behind the bar and is no header: it tells its own client how to ask.
const CLIENT_OPTIONS: [&str; 12] = [
    "verifypeer",
    "seekable",
    "auth",
    "noshout",
    "failonerror",
    "redirect-limit",
    "sslcipherlist",
    "connection-timeout",
    "active-remote",
    "customrequest",
    "postdata",
    "acceptencoding",
];

/// Header names compare without case; a later value replaces an earlier one.
#[derive(Clone, Debug, Default)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// False when the header was not fit to be sent.
    pub fn set(&mut self, name: &str, value: &str) -> bool {
        let value = unquote(value.trim());
        let Some(name) = canonical(name.trim()) else { return false };
        if value.is_empty() || value.len() > MAX_VALUE_BYTES || value.chars().any(char::is_control) {
            return false;
        }
        if let Some(known) = self.0.iter_mut().find(|(n, _)| n.eq_ignore_ascii_case(&name)) {
            known.1 = value.to_owned();
            return true;
        }
        if self.0.len() >= MAX_HEADERS {
            return false;
        }
        self.0.push((name, value.to_owned()));
        true
    }

    /// `A=v&B=w`, percent-encoded; Kodi wants a `!` in front of a header that it does not know. Returns the names that
    /// were refused.
    pub fn set_pairs(&mut self, text: &str) -> Vec<String> {
        let mut refused = Vec::new();
        for pair in text.split('&').filter(|pair| !pair.trim().is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            if CLIENT_OPTIONS.iter().any(|option| name.trim().eq_ignore_ascii_case(option)) {
                continue;
            }
            let name = name.strip_prefix('!').unwrap_or(name);
            if !self.set(&percent_decoded(name), &percent_decoded(value)) {
                refused.push(name.to_owned());
            }
        }
        refused
    }

    /// Those of `later` win.
    pub fn merge(&mut self, later: Self) {
        for (name, value) in later.0 {
            self.set(&name, &value);
        }
    }

    /// The attributes of `#EXTINF` and `#EXTM3U` that are headers.
    pub fn set_attributes<'t>(&mut self, get: &dyn Fn(&[&str]) -> Option<&'t str>) {
        for (name, keys) in [
            ("User-Agent", ["user-agent", "http-user-agent"].as_slice()),
            ("Referer", &["http-referrer", "http-referer", "referrer", "referer"]),
            ("Origin", &["http-origin", "origin"]),
        ] {
            if let Some(text) = get(keys) {
                self.set(name, text);
            }
        }
    }

    pub fn into_vec(self) -> Vec<(String, String)> {
        self.0
    }
}

/// The header that an option of VLC's name stands for.
pub fn of_option(key: &str) -> Option<&'static str> {
    Some(match key.trim().to_ascii_lowercase().as_str() {
        "http-user-agent" | "user-agent" => "User-Agent",
        "http-referrer" | "http-referer" | "referrer" | "referer" => "Referer",
        "http-origin" | "origin" => "Origin",
        "http-cookie" | "http-cookies" | "cookie" => "Cookie",
        _ => return None,
    })
}

/// The usual spelling of the usual names; `None` for what is no header name.
fn canonical(name: &str) -> Option<String> {
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || name.len() > 128 || !name.chars().all(token) {
        return None;
    }
    let lower = name.to_ascii_lowercase();
    if FORBIDDEN.contains(&lower.as_str()) {
        return None;
    }
    Some(match lower.as_str() {
        "user-agent" | "useragent" => "User-Agent".to_owned(),
        "referer" | "referrer" => "Referer".to_owned(),
        "origin" => "Origin".to_owned(),
        "cookie" => "Cookie".to_owned(),
        _ => name.to_owned(),
    })
}

fn unquote(text: &str) -> &str {
    ['"', '\''].iter().find_map(|q| text.strip_prefix(*q)?.strip_suffix(*q)).unwrap_or(text)
}

/// Splits `URL|Header=v&…`. A `|` that no header follows belongs to the address.
pub fn split_address(text: &str) -> (&str, Option<&str>) {
    for (at, _) in text.match_indices('|') {
        let after = text.get(at + 1..).unwrap_or_default();
        let name = after.split(['=', '&']).next().unwrap_or_default();
        let is_name =
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '!'));
        if is_name && after.contains('=') {
            return (text.get(..at).unwrap_or(text), Some(after));
        }
    }
    (text, None)
}

/// `%41` becomes `A`; a broken escape stays as it is, bytes that are no UTF-8 become U+FFFD.
pub fn percent_decoded(text: &str) -> String {
    let hex = |b: Option<&u8>| b.and_then(|b| char::from(*b).to_digit(16)).and_then(|d| u8::try_from(d).ok());
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match (byte, hex(bytes.get(at + 1)), hex(bytes.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                out.push(high << 4 | low);
                at += 3;
            }
            _ => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_decoded_and_later_ones_win() {
        let mut headers = Headers::default();
        assert!(headers.set("user-agent", "\"old\""));
        assert!(headers.set_pairs("User-Agent=New%20One/1.0&referrer=http://a/b?c=d&X-Key=%E4%B8%AD").is_empty());
        let expected = [("User-Agent", "New One/1.0"), ("Referer", "http://a/b?c=d"), ("X-Key", "中")];
        assert_eq!(headers.into_vec(), expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
    }

    #[test]
    fn what_only_kodis_client_understands_is_no_header() {
        let mut headers = Headers::default();
        assert!(headers.set_pairs("verifypeer=false&!X-Token=abc&seekable=0&User-Agent=x").is_empty());
        let expected = [("X-Token", "abc"), ("User-Agent", "x")];
        assert_eq!(headers.into_vec(), expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
    }

    #[test]
    fn nothing_is_smuggled() {
        let mut headers = Headers::default();
        assert_eq!(headers.set_pairs("X=a%0D%0AEvil: 1&Host=evil&A B=c&=x&Y=ok"), ["X", "Host", "A B", ""]);
        assert_eq!(headers.into_vec(), [("Y".to_owned(), "ok".to_owned())]);
    }

    #[test]
    fn the_bar_is_found() {
        assert_eq!(split_address("http://a/b|User-Agent=x"), ("http://a/b", Some("User-Agent=x")));
        assert_eq!(split_address("http://a/b|c/d.ts"), ("http://a/b|c/d.ts", None));
        assert_eq!(split_address("http://a/b|"), ("http://a/b|", None));
        assert_eq!(percent_decoded("100%&%4"), "100%&%4");
    }
}
