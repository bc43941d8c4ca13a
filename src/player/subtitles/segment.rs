//! The words of a segment of fragmented MP4 (ISO/IEC 14496-30), in the time of its medium. What does not end with its
//! sample goes on in the next one; a reader shows one as the other.

use super::{Cue, MAX_CUES, MOST_AT_ONCE, add_line, plain, ttml};
use crate::player::{
    demux::{Codec, Demux, DemuxError, Event, MediaNs, Unit, wvtt_words},
    types::Trouble,
};

/// How long a sample stands that does not say it: as long as its segment, within reason.
const OPEN_MS: std::ops::RangeInclusive<u64> = 1_000..=60_000;

/// Reads a segment behind the initialisation section that describes it; `length_ms` is what its list says of it. Sorted by
/// start.
///
/// Fails where the bytes are no such segment, or hold no subtitles that are known here.
pub fn parse(init: &[u8], segment: &[u8], length_ms: u64) -> Result<Vec<Cue>, Trouble> {
    let open_ms = length_ms.clamp(*OPEN_MS.start(), *OPEN_MS.end());
    let mut demux = Demux::new();
    let mut events = demux.init(init).map_err(broken)?;
    demux.begin(false);
    demux.push(segment, &mut events).map_err(broken)?;
    demux.end(&mut events);
    let mut track = None;
    let mut cues = Vec::new();
    for event in &events {
        match event {
            Event::Tracks(tracks) => {
                let known = |codec: &Codec| matches!(codec, Codec::WebVtt | Codec::Ttml);
                track = tracks.iter().find(|t| known(&t.codec));
            }
            Event::Unit(unit) if track.is_some_and(|t| t.id == unit.track) => {
                let is_ttml = track.is_some_and(|t| t.codec == Codec::Ttml);
                sample(unit, is_ttml, open_ms, &mut cues);
            }
            Event::Unit(_) => {}
        }
    }
    if track.is_none() {
        return Err(Trouble::BrokenMedia);
    }
    demux.trouble().map_or(Ok(()), |error| Err(broken(error)))?;
    cues.sort_by_key(|cue| (cue.start_ms, cue.end_ms));
    Ok(joined(cues))
}

fn broken(error: DemuxError) -> Trouble {
    tracing::debug!(%error, "a segment of subtitles cannot be taken apart");
    Trouble::BrokenMedia
}

fn sample(unit: &Unit, is_ttml: bool, open_ms: u64, cues: &mut Vec<Cue>) {
    let ms = |at: MediaNs| u64::try_from(at.0 / 1_000_000).unwrap_or(0);
    let Some(start_ms) = unit.pts.map(ms) else { return };
    // A length of zero is what writers put who do not know it.
    let end_ms = unit.until.map(ms).filter(|end| *end > start_ms).unwrap_or(start_ms.saturating_add(open_ms));
    let mut put = |cue: Cue| {
        if cue.end_ms > cue.start_ms && !cue.text.is_empty() && cues.len() < MAX_CUES {
            cues.push(cue);
        }
    };
    if !is_ttml {
        let mut text = String::new();
        for line in wvtt_words(&unit.data).flat_map(str::lines) {
            add_line(&mut text, &plain(line));
        }
        return put(Cue { start_ms, end_ms, text });
    }
    let said = ttml::parse(&unit.data);
    // Times in a document are the medium's (clause 5.4); some packagers count them from their sample.
    let is_absolute = said.iter().any(|cue| cue.start_ms < end_ms && cue.end_ms > start_ms);
    let begins_ms = if is_absolute { 0 } else { start_ms };
    for cue in said {
        put(Cue {
            start_ms: cue.start_ms.saturating_add(begins_ms).max(start_ms),
            end_ms: cue.end_ms.saturating_add(begins_ms).min(end_ms),
            text: cue.text,
        });
    }
}

/// Makes one of those that go on where one before ends: several may stand at once.
fn joined(cues: Vec<Cue>) -> Vec<Cue> {
    let mut all: Vec<Cue> = Vec::with_capacity(cues.len());
    for cue in cues {
        let goes_on = |before: &&mut Cue| before.end_ms == cue.start_ms && before.text == cue.text;
        match all.iter_mut().rev().take(MOST_AT_ONCE).find(goes_on) {
            Some(before) => before.end_ms = cue.end_ms,
            None => all.push(cue),
        }
    }
    all
}

#[cfg(test)]
#[path = "segment_tests.rs"]
mod tests;
