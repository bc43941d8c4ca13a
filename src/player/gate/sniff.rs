//! What an answer is, told by its bytes. The ending of its address says nothing, and its declared type only decides
//! where the bytes leave a doubt.

use super::token::Role;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    HlsPlaylist,
    DashManifest,
    /// A page for people: a captive portal, an error page sent with 200.
    Page,
    Empty,
    /// Packets of an MPEG transport stream.
    Transport,
    /// Bytes of another form that media has.
    Media,
    /// None of these.
    Unknown,
}

/// Judges the first bytes of an answer.
pub fn judge(head: &[u8], declared: &str) -> Content {
    if head.is_empty() {
        return Content::Empty;
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let starts = |what: &[u8]| text.get(..what.len()).is_some_and(|t| t.eq_ignore_ascii_case(what));
    if starts(b"#EXTM3U") {
        return Content::HlsPlaylist;
    }
    let holds = |what: &[u8]| head.windows(what.len()).any(|w| w.eq_ignore_ascii_case(what));
    if starts(b"<") {
        if holds(b"<MPD") || (starts(b"<?xml") && declared.contains("dash+xml")) {
            return Content::DashManifest;
        }
        if starts(b"<!doctype") || starts(b"<?xml") || holds(b"<html") || declared.contains("html") {
            return Content::Page;
        }
    }
    if is_transport(head) {
        return Content::Transport;
    }
    if is_media(head) {
        return Content::Media;
    }
    if declared.contains("html") || declared.contains("json") || declared.contains("mpegurl") {
        return Content::Page;
    }
    Content::Unknown
}

/// Whether an answer of this content may stand for a reference of this role.
pub fn fits(content: Content, role: Role) -> bool {
    match role {
        Role::Playlist => content == Content::HlsPlaylist,
        Role::Segment | Role::Map => matches!(content, Content::Media | Content::Transport),
        // Cipher text may look like anything, but it is no page and it is not nothing.
        Role::Sealed | Role::Key => !matches!(content, Content::Page | Content::Empty | Content::HlsPlaylist),
    }
}

fn is_transport(head: &[u8]) -> bool {
    head.first() == Some(&0x47) && head.get(188).is_none_or(|next| *next == 0x47)
}

/// The other forms in which HLS and DASH carry media, and those that play as plain files.
fn is_media(head: &[u8]) -> bool {
    const BOXES: [&[u8; 4]; 14] = [
        b"ftyp", b"styp", b"moof", b"moov", b"sidx", b"ssix", b"emsg", b"prft", b"free", b"skip", b"mdat", b"uuid",
        b"wide", b"pnot",
    ];
    let starts = |what: &[u8]| head.starts_with(what);
    head.get(4..8).is_some_and(|kind| BOXES.iter().any(|b| kind == b.as_slice()))
        // Packed audio: ID3, ADTS and MPEG audio frames, AC-3, Ogg, FLAC, RIFF; Matroska and WebM.
        || starts(b"ID3")
        || matches!(head, [0xff, second, ..] if second & 0xe0 == 0xe0)
        || starts(b"\x0b\x77")
        || starts(b"OggS")
        || starts(b"fLaC")
        || starts(b"RIFF")
        || starts(b"\x1a\x45\xdf\xa3")
        || head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).starts_with(b"WEBVTT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_decide_before_the_declared_type() {
        assert_eq!(judge(b"\xef\xbb\xbf\r\n#EXTM3U\n", "text/html"), Content::HlsPlaylist);
        assert_eq!(judge(b"<?xml version='1.0'?><MPD xmlns='x'>", "text/plain"), Content::DashManifest);
        assert_eq!(judge(b" <!DOCTYPE html><p>", "video/mp2t"), Content::Page);
        assert_eq!(judge(b"\0\0\0\x18ftypisom", "text/html"), Content::Media);
        assert_eq!(judge(b"{\"error\":1}", "application/json"), Content::Page);
        assert_eq!(judge(b"not a list", "application/vnd.apple.mpegurl"), Content::Page);
        assert_eq!(judge(b"", "video/mp2t"), Content::Empty);
        assert_eq!(judge(&[0x47; 400], ""), Content::Transport);
        let mut torn = [0x47_u8; 400];
        torn[188] = 0;
        assert_eq!(judge(&torn, ""), Content::Unknown);
    }

    #[test]
    fn cipher_text_passes_where_it_is_expected_only() {
        assert!(fits(judge(b"\x01\x02garbage", ""), Role::Sealed));
        assert!(!fits(judge(b"\x01\x02garbage", ""), Role::Segment));
        assert!(fits(judge(&[0x47; 400], ""), Role::Segment));
        assert!(!fits(judge(b"<html>", "text/html"), Role::Key));
    }
}
