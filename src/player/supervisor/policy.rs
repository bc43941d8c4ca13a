//! The figures by which trouble is met, each with its reason. No logic beyond the length of a wait.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// A picture that stands this long gets words. A viewer who sees it stand wonders after two seconds; shorter
    /// would flicker at every hiccup of a home network.
    pub notice_after_ms: u64,
    /// A pipeline that stood this long is built anew: by then a demuxer that would have recovered has done so.
    pub rebuild_after_ms: u64,
    /// No picture this long after the start counts as trouble. A slow link shows one within 3 s; a viewer gives up
    /// soon after 8.
    pub first_frame_ms: u64,
    /// Longest waits before the tries. Growing, so that a server that comes back is not stormed; at most 15 s, so
    /// that a viewer who waits sees something happen.
    pub retry_ms: [u64; 5],
    /// Shortest wait: an answer of "refused" comes at once, and trying again at once would burn the processor.
    pub retry_floor_ms: u64,
    /// What no waiting cures (a codec, a forbidden address) may be cured by the operator: looked at again this seldom,
    /// so that a television left alone does not stand dark for the evening.
    pub failed_retry_ms: u64,
    /// Undisturbed play after which earlier failures are forgotten.
    pub calm_after_ms: u64,
    /// Containers give their length to within a segment; an end this near to it is the end.
    pub end_tolerance_ms: u64,
    /// An end that comes too early at the same place so many times is the end: the medium is shorter than it says.
    pub short_ends: u32,
    /// A pause on live up to this long goes on where it stood; after a longer one the edge is joined anew, since
    /// short playlists keep no more than three segments.
    pub live_rejoin_ms: u64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            notice_after_ms: 2_000,
            rebuild_after_ms: 8_000,
            first_frame_ms: 8_000,
            retry_ms: [1_000, 2_000, 4_000, 8_000, 15_000],
            retry_floor_ms: 200,
            failed_retry_ms: 60_000,
            calm_after_ms: 10_000,
            end_tolerance_ms: 3_000,
            short_ends: 3,
            live_rejoin_ms: 10_000,
        }
    }
}

impl Policy {
    /// Wait before try number `attempt` (from 1), with full jitter: a server that restarts does not meet all boxes
    /// of a city in the same second.
    pub fn wait_ms(&self, attempt: u32, roll: f64) -> u64 {
        let step = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX).min(self.retry_ms.len() - 1);
        let longest = self.retry_ms.get(step).copied().unwrap_or(0);
        let roll = if roll.is_finite() { roll.clamp(0.0, 1.0) } else { 1.0 };
        // Truncation is what is wanted: a wait is a whole number of milliseconds.
        ((longest as f64 * roll) as u64).clamp(self.retry_floor_ms.min(longest), longest)
    }
}
