//! A sample of WebVTT in MP4 (ISO/IEC 14496-30, clause 6): boxes, one for each cue that stands while the sample lasts.

use super::boxes::{child, children};

/// Cues that stand at once beyond these are no subtitles.
const MOST_CUES: usize = 16;

/// The words of each cue of a sample, as WebVTT writes them. Nothing stands where there are none.
pub fn words(sample: &[u8]) -> impl Iterator<Item = &str> {
    children(sample)
        .filter(|(name, _)| name == b"vttc")
        .filter_map(|(_, cue)| std::str::from_utf8(child(cue, b"payl")?).ok())
        .take(MOST_CUES)
}
