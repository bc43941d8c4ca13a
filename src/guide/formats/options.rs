//! Lines that say how the next address is asked for: VLC's options, Kodi's properties, JSON of headers, and the plain
//! `ua=` and `referer=` of Chinese players. Only headers are taken from them; what a header may be is `headers`'.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    Warnings,
    headers::{Headers, of_option},
    m3u::tag,
    quote,
};

/// A line of options, and what follows its tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line<'t> {
    Vlc(&'t str),
    Kodi(&'t str),
    Json(&'t str),
    /// A header of this name.
    Plain(&'static str, &'t str),
    /// Something that only other players do.
    Foreign,
}

/// `None` for a line of another kind.
pub(super) fn option(line: &str) -> Option<Line<'_>> {
    if line.starts_with('#') {
        let vlc = || tag(line, "#EXTVLCOPT:").or_else(|| tag(line, "#EXTVLCOPT--")).map(Line::Vlc);
        let json = || tag(line, "#EXTHTTP:").map(Line::Json);
        return vlc().or_else(json).or_else(|| tag(line, "#KODIPROP:").map(Line::Kodi));
    }
    let (key, text) = line.split_once('=')?;
    match key.trim_end() {
        "ua" => Some(Line::Plain("User-Agent", text)),
        key @ ("user-agent" | "referer" | "referrer" | "origin" | "cookie") => {
            of_option(key).map(|name| Line::Plain(name, text))
        }
        "header" => Some(Line::Json(text)),
        "format" | "parse" | "click" | "forceKey" => Some(Line::Foreign),
        _ => None,
    }
}

impl Line<'_> {
    pub(super) fn take(self, headers: &mut Headers, line: u64, warnings: &mut Warnings) {
        match self {
            Line::Vlc(rest) => vlc(rest, headers, line, warnings),
            Line::Kodi(rest) => kodi(rest, headers, line, warnings),
            Line::Json(rest) => json(rest, headers, line, warnings),
            Line::Plain(name, text) => set(headers, name, text, line, warnings),
            Line::Foreign => {}
        }
    }
}

fn vlc(rest: &str, headers: &mut Headers, line: u64, warnings: &mut Warnings) {
    let Some((key, text)) = rest.split_once('=') else { return };
    if let Some(name) = of_option(key) {
        set(headers, name, text, line, warnings);
    } else if key.trim().eq_ignore_ascii_case("http-header")
        && let Some((name, text)) = text.split_once([':', '='])
    {
        set(headers, name, text, line, warnings);
    }
}

fn kodi(rest: &str, headers: &mut Headers, line: u64, warnings: &mut Warnings) {
    let Some((key, text)) = rest.split_once('=') else { return };
    let key = key.trim().to_ascii_lowercase();
    if ["stream_headers", "manifest_headers", "common_headers"].iter().any(|end| key.ends_with(end)) {
        for name in headers.set_pairs(text.trim()) {
            warnings.add(line, || format!("header \"{}\" cannot be sent; ignored", quote(&name)));
        }
    } else if let Some(name) = of_option(&key) {
        set(headers, name, text, line, warnings);
    }
}

fn json(rest: &str, headers: &mut Headers, line: u64, warnings: &mut Warnings) {
    match serde_json::from_str::<BTreeMap<String, Value>>(rest.trim()) {
        Ok(map) => {
            for (name, value) in map {
                match value {
                    Value::Object(inner) if name.eq_ignore_ascii_case("headers") => {
                        for (name, value) in inner {
                            json_header(headers, &name, &value, line, warnings);
                        }
                    }
                    value => json_header(headers, &name, &value, line, warnings),
                }
            }
        }
        Err(e) => warnings.add(line, || format!("headers that are no JSON object: {e}")),
    }
}

fn json_header(headers: &mut Headers, name: &str, value: &Value, line: u64, warnings: &mut Warnings) {
    match value {
        Value::String(text) => set(headers, name, text, line, warnings),
        Value::Number(number) => set(headers, name, &number.to_string(), line, warnings),
        _ => warnings.add(line, || format!("header \"{}\" has no text; ignored", quote(name))),
    }
}

fn set(headers: &mut Headers, name: &str, text: &str, line: u64, warnings: &mut Warnings) {
    if !headers.set(name, text) {
        warnings.add(line, || format!("header \"{}\" cannot be sent; ignored", quote(name)));
    }
}

#[cfg(test)]
mod tests {
    use crate::guide::formats::{address::Origin, read_lineup};

    /// Each channel's name and the headers of its first address.
    fn headers(text: &str) -> Vec<(String, String)> {
        let read = read_lineup(text.as_bytes(), &Origin::File("/srv/all.m3u".into()), "l").unwrap();
        assert_eq!(read.warnings, []);
        let of = |pairs: &[(String, String)]| {
            pairs.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join(", ")
        };
        read.lineup.channels.iter().map(|c| (c.name.clone(), of(&c.sources[0].headers))).collect()
    }

    #[test]
    fn plain_options_hold_for_a_txt_group() {
        let found = headers(
            "体育,#genre#\nua=Mozilla/5.0 (X11)\nreferer=https://s.example/\nparse=1\n甲,http://a/1\n乙,http://a/2|User-Agent=own\n\
             电影,#genre#\nheader={\"X-Token\":\"abc\"}\n丙,http://a/3\n",
        );
        let sport = "User-Agent: Mozilla/5.0 (X11), Referer: https://s.example/";
        let expected = [("甲", sport), ("乙", "User-Agent: own, Referer: https://s.example/"), ("丙", "X-Token: abc")];
        assert_eq!(found, expected.map(|(name, headers)| (name.to_owned(), headers.to_owned())));
    }

    #[test]
    fn plain_options_hold_for_one_channel_of_an_m3u() {
        let found = headers(
            "#EXTM3U\n#EXTINF:-1,甲\nreferrer=https://s.example/\nformat=mpd\nhttp://a/1\n#EXTINF:-1,乙\nhttp://a/2\n",
        );
        let expected = [("甲", "Referer: https://s.example/"), ("乙", "")];
        assert_eq!(found, expected.map(|(name, headers)| (name.to_owned(), headers.to_owned())));
    }
}
