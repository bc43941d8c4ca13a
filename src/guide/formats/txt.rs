//! The TXT lineups that Chinese lists use: `组名,#genre#` opens a group, `频道,url1#url2$label` is a channel.

use super::address::looks_absolute;

/// The group that a line opens.
pub fn genre(line: &str) -> Option<&str> {
    let (name, mark) = line.rsplit_once([',', '，'])?;
    mark.trim().eq_ignore_ascii_case("#genre#").then(|| name.trim())
}

/// The name and addresses of a channel's line.
pub fn channel(line: &str) -> Option<(&str, impl Iterator<Item = &str>)> {
    // The name may hold commas of its own: the addresses begin behind the last one before the first `://`.
    let head = line.get(..line.find("://")?)?;
    let (comma, sign) = head.char_indices().rfind(|(_, c)| matches!(c, ',' | '，'))?;
    let (name, urls) = (line.get(..comma)?.trim(), line.get(comma + sign.len_utf8()..)?.trim());
    if name.is_empty() || !looks_absolute(urls) {
        return None;
    }
    Some((name, Addresses { rest: urls }))
}

/// Splits at a `#` that begins another address only: a fragment may hold one too.
struct Addresses<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Addresses<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        let next = self
            .rest
            .match_indices('#')
            .map(|(at, _)| at)
            .find(|at| self.rest.get(at + 1..).is_some_and(looks_absolute));
        let (url, rest) = match next {
            Some(at) => (self.rest.get(..at)?, self.rest.get(at + 1..)?),
            None => (self.rest, ""),
        };
        self.rest = rest;
        // A label for people follows the last `$`, unless it is part of the address.
        let url = match url.rsplit_once('$') {
            Some((url, label)) if is_label(label) => url.trim_end_matches('$'),
            _ => url,
        };
        Some(url.trim())
    }
}

/// `线路1/2` and `高清` are for people; `{start}/index.m3u8` and `a=b` go on with the address.
fn is_label(text: &str) -> bool {
    !text.contains(['?', '&', '=', '.', '{', '}']) && (!text.is_ascii() || !text.contains('/'))
}

/// What labels of an M3U's addresses say in Latin letters.
const QUALITIES: [&str; 16] =
    ["uhd", "fhd", "hd", "sd", "4k", "8k", "hdr", "hevc", "h264", "h265", "ipv4", "ipv6", "lr", "fps", "p", "i"];

/// An address of an M3U without the label that lists of the TXT kind put behind it: `http://a/1$高清`, `…$UHD`,
/// `…$1080p 50fps`. Fewer texts are labels here, for the `$` is as often part of the address.
pub fn without_quality(url: &str) -> &str {
    let Some((address, label)) = url.rsplit_once('$').filter(|(_, label)| is_label(label)) else { return url };
    let quality = |word: &str| {
        let lower = word.to_ascii_lowercase();
        let unit = lower.trim_start_matches(|c: char| c.is_ascii_digit());
        [lower.as_str(), unit].iter().any(|word| QUALITIES.contains(word))
    };
    let spoken = !label.is_ascii() || label.split_whitespace().all(quality) && !label.trim().is_empty();
    if spoken { address.trim_end_matches('$').trim_end() } else { url }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::guide::formats::{address::Origin, read_lineup};

    proptest! {
        /// Groups, channels, addresses, labels.
        #[test]
        fn what_is_written_is_read(
            groups in proptest::collection::vec(
                (
                    "[一-龥a-zA-Z]{1,6}",
                    proptest::collection::vec(
                        (
                            "[一-龥a-zA-Z0-9+]([一-龥a-zA-Z0-9 ,，+-]{0,8}[一-龥a-zA-Z0-9])?",
                            proptest::collection::vec(
                                ("https?://[a-z]{1,5}\\.example(:[1-9][0-9]{1,3})?/[a-z0-9$/.?=&_-]{0,10}[a-z0-9](#[a-z]{1,4})?", "(\\$(高清|线路[0-9]/[0-9]|HD))?"),
                                1..4,
                            ),
                        ),
                        1..5,
                    ),
                ),
                0..4,
            ),
        ) {
            let (mut text, mut expected) = (String::new(), Vec::new());
            for (place, (group, channels)) in groups.iter().enumerate() {
                let group = format!("{group}{place}");
                text += &format!("{group},#genre#\n");
                for (number, (name, urls)) in channels.iter().enumerate() {
                    let name = format!("{name}{number}");
                    let mut urls = urls.clone();
                    urls.dedup_by(|a, b| a.0 == b.0);
                    urls.sort();
                    urls.dedup_by(|a, b| a.0 == b.0);
                    // Without a label the last `$` of the address would begin one.
                    let written: Vec<_> = urls.iter().map(|(url, label)| {
                        let label = if label.is_empty() && url.contains('$') { "$高清" } else { label };
                        format!("{url}{label}")
                    }).collect();
                    text += &format!("{name},{}\n", written.join("#"));
                    expected.push((group.clone(), name, urls.into_iter().map(|(url, _)| url).collect::<Vec<_>>()));
                }
            }
            let read = read_lineup(text.as_bytes(), &Origin::File("/srv/all.txt".into()), "l").unwrap();
            let found: Vec<_> = read
                .lineup
                .channels
                .iter()
                .map(|c| (c.groups.concat(), c.name.clone(), c.sources.iter().map(|s| s.url.clone()).collect::<Vec<_>>()))
                .collect();
            prop_assert_eq!(found, expected, "{}", text);
        }
    }

    #[test]
    fn groups_and_channels() {
        assert_eq!(genre("央视频道,#genre#"), Some("央视频道"));
        assert_eq!(genre("CCTV1,http://a/"), None);
        let (name, urls) = channel("CCTV1,http://a/1.m3u8$高清#http://b/2#frag#rtp://239.1.1.1:5").unwrap();
        assert_eq!(name, "CCTV1");
        assert_eq!(urls.collect::<Vec<_>>(), ["http://a/1.m3u8", "http://b/2#frag", "rtp://239.1.1.1:5"]);
        let urls = channel("x,http://a/1$线路1/2#http://b/$d/频道.m3u8#http://c/a$b/c").unwrap().1;
        assert_eq!(urls.collect::<Vec<_>>(), ["http://a/1", "http://b/$d/频道.m3u8", "http://c/a$b/c"]);
        let urls = channel("x,http://a/1$$蓝光#http://a/b$c.m3u8#http://a/2$50fps [1920x1080]").unwrap().1;
        assert_eq!(urls.collect::<Vec<_>>(), ["http://a/1", "http://a/b$c.m3u8", "http://a/2"]);
        assert!(channel("http://a/b,c://d").is_none());
        assert!(channel("只有名字,").is_none());
        assert_eq!(channel("CCTV1,高清, http://a/1").unwrap().0, "CCTV1,高清");
        assert_eq!(channel("东方卫视，http://a/1").unwrap().0, "东方卫视");
        assert_eq!(genre("卫视，#genre#"), Some("卫视"));
    }

    #[test]
    fn addresses_of_an_m3u_lose_labels_of_quality_only() {
        for (url, expected) in [
            ("rtp://239.1.1.1:5140/?fcc=10.0.0.1:15970$UHD", "rtp://239.1.1.1:5140/?fcc=10.0.0.1:15970"),
            ("http://a/1.m3u8$LR•IPV6『线路1』", "http://a/1.m3u8"),
            ("http://a/1$高清", "http://a/1"),
            ("http://a/1$1080p 50fps", "http://a/1"),
            ("http://a/1?token=ab$cd", "http://a/1?token=ab$cd"),
            ("http://a/b$c.m3u8", "http://a/b$c.m3u8"),
            ("http://a/${start}", "http://a/${start}"),
            ("http://a/1$", "http://a/1$"),
        ] {
            assert_eq!(without_quality(url), expected, "{url}");
        }
    }
}
