//! Tells documents that are no lineup from lineups with an odd line in them: a server's page is refused in words, while
//! a list that merely begins badly is used.

use super::{clip, txt};

/// Tags of a media playlist count as such only near its beginning.
const HLS_SHOWS_WITHIN_LINES: u64 = 400;
const HLS_TAGS: [&str; 4] = ["#EXT-X-TARGETDURATION", "#EXT-X-STREAM-INF", "#EXT-X-MEDIA-SEQUENCE", "#EXT-X-MEDIA:"];

/// What a document is that is no lineup at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Other {
    #[error("this is an HTML page, not a playlist: perhaps a login or an error page of the server")]
    Html,
    #[error("this is an XML document, not a playlist: is it the guide?")]
    Xml,
    #[error("this is the HLS playlist of one stream, not a list of channels")]
    Hls,
    #[error("this is a JSON document, not a playlist: perhaps an error message of the server")]
    Json,
}

/// Why a document is no lineup, and the line that shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct NotALineup {
    pub line: u64,
    pub what: Other,
}

/// Looks at each line that is not empty.
#[derive(Default)]
pub struct Recogniser {
    seen: u64,
    suspected: Option<NotALineup>,
    /// Something was there that only lists of channels have.
    is_list: bool,
}

impl Recogniser {
    /// Refuses what can be nothing else; what only looks odd is remembered.
    pub fn look(&mut self, line: u64, text: &str) -> Result<(), NotALineup> {
        self.seen += 1;
        let mut suspect = |what| {
            self.suspected.get_or_insert(NotALineup { line, what });
        };
        if self.seen == 1 {
            let lower = clip(text, 64).to_ascii_lowercase();
            let begins = |any: &[&str]| any.iter().any(|tag| lower.starts_with(tag));
            if begins(&["<?xml", "<tv", "<!doctype tv"]) {
                return Err(NotALineup { line, what: Other::Xml });
            }
            if begins(&["<!doctype", "<html"]) {
                return Err(NotALineup { line, what: Other::Html });
            }
            match text.chars().next() {
                Some('<') => suspect(Other::Html),
                Some('{' | '[') => suspect(Other::Json),
                _ => {}
            }
        }
        if self.seen <= HLS_SHOWS_WITHIN_LINES && HLS_TAGS.iter().any(|tag| text.starts_with(tag)) {
            suspect(Other::Hls);
        }
        self.is_list |= !self.is_list && of_a_list(text);
        Ok(())
    }

    /// What the document was after all, once it has been read.
    pub fn verdict(&self, has_channels: bool) -> Option<NotALineup> {
        self.suspected.filter(|found| match found.what {
            // The segments of a stream read like channels.
            Other::Hls => !self.is_list,
            _ => !has_channels,
        })
    }
}

/// The segments of a stream last longer than nothing and have no attributes.
fn of_a_list(text: &str) -> bool {
    match text.split_once(':') {
        Some((tag, rest)) if tag.eq_ignore_ascii_case("#EXTINF") => {
            let rest = rest.trim_start();
            let length = rest.split([',', ' ']).next().unwrap_or_default();
            length.parse::<f64>().is_ok_and(|seconds| seconds <= 0.0) || rest.contains("=\"")
        }
        _ => !text.starts_with('#') && (txt::genre(text).is_some() || txt::channel(text).is_some()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guide::formats::{address::Origin, read_lineup};

    fn names(text: &str) -> Result<Vec<String>, (u64, Other)> {
        let read = read_lineup(text.as_bytes(), &Origin::Stdin, "l").map_err(|e| (e.line, e.what))?;
        Ok(read.lineup.channels.iter().map(|c| c.name.clone()).collect())
    }

    #[test]
    fn other_documents_are_refused_with_the_line_that_shows_it() {
        for (text, refused) in [
            ("\n <!DOCTYPE html><html>", (2, Other::Html)),
            ("<html>\n甲,http://a/1", (1, Other::Html)),
            ("<div>login</div>\n<p>x", (1, Other::Html)),
            ("<?xml version=\"1.0\"?><tv/>", (1, Other::Xml)),
            ("{\"error\":\"no such user\"}", (1, Other::Json)),
            ("[\n{\"url\": \"http://a/1\"}\n]", (1, Other::Json)),
            ("#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\na.ts\n#EXTINF:6,no title\nb.ts", (2, Other::Hls)),
            ("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nhttp://a/a.m3u8\n", (2, Other::Hls)),
        ] {
            assert_eq!(names(text), Err(refused), "{text}");
        }
    }

    #[test]
    fn a_list_with_an_odd_line_is_a_list() {
        for odd in ["<b>我的频道</b>", "[{更新 2026-11-01}]", "{}", "[央视]"] {
            assert_eq!(names(&format!("{odd}\n甲,http://a/1\n")).unwrap(), ["甲"], "{odd}");
            assert_eq!(names(&format!("{odd}\n#EXTINF:-1,甲\nhttp://a/1\n")).unwrap(), ["甲"], "{odd}");
        }
        for list in [
            "#EXTM3U\n#EXTINF:-1,甲\n#EXT-X-STREAM-INF:BANDWIDTH=1\nhttp://a/1\n",
            "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n#EXTINF:0,甲\nhttp://a/1\n",
            "#EXTM3U\n#EXTINF:10 tvg-id=\"1\",甲\n#EXT-X-MEDIA-SEQUENCE:1\nhttp://a/1\n",
            "#EXT-X-MEDIA-SEQUENCE:1\n央视,#genre#\n甲,http://a/1\n",
        ] {
            assert_eq!(names(list).unwrap(), ["甲"], "{list}");
        }
    }
}
