//! Every figure that the gate holds itself to, with its reason. Durations are fields of `GatePolicy`, so that tests
//! can shorten them; nothing here decides anything.

use std::time::Duration;

/// A home router or an operator's edge answers a SYN well under a second; three leaves room for two lost packets.
pub const CONNECT: Duration = Duration::from_secs(3);
/// A server that says nothing for six seconds is gone as far as a viewer is concerned (hls.js waits ten).
pub const FIRST_BYTE: Duration = Duration::from_secs(6);
/// The same for a live segment: while one server is silent the six seconds in hand run out, so a second try on a new
/// connection has to come while there is still something to show.
pub const LIVE_FIRST_BYTE: Duration = Duration::from_secs(3);
/// A whole playlist, redirects included. Together with one second of our own it keeps the promise of eight seconds.
pub const PLAYLIST_TOTAL: Duration = Duration::from_millis(7_000);
/// A reload of a live playlist: what is in hand runs out meanwhile, and a second try may be quicker.
pub const RELOAD_TOTAL: Duration = Duration::from_secs(3);
/// How long failing first loads of a playlist are retried; what lasts longer is the supervisor's business.
pub const PLAYLIST_RETRY: Duration = Duration::from_millis(2_500);
/// Over this span the lowest rate is judged. Only time spent waiting for the server counts.
pub const RATE_WINDOW: Duration = Duration::from_secs(6);
/// Below 2 kB/s not even a speech-only stream (16 kbit/s) can play.
pub const LOWEST_BYTES_PER_S: u64 = 2_000;
/// A live segment that a living server does not have: shorter than what is in hand at the edge (two to three segments
/// of 2 s), so that the hole that follows is the only thing that the viewer sees.
pub const LIVE_MISSING_RETRY: Duration = Duration::from_secs(3);
/// A live segment while nothing answers at all. The next segment would not come either, so waiting costs nothing;
/// beyond ten seconds the supervisor has built a new pipeline.
pub const LIVE_SEGMENT_RETRY: Duration = Duration::from_secs(10);
/// A lesson can wait: outages below half a minute end without an error page.
pub const ON_DEMAND_RETRY: Duration = Duration::from_secs(30);
/// How long a live playlist that cannot be had any more is lived without. Beyond half a minute of nothing new the
/// supervisor has rebuilt the pipeline several times anyway.
pub const LIVE_HOLD: Duration = Duration::from_secs(30);
/// Waits between tries; the last one repeats. Each is spread by ±30 % so that a town's boxes do not march in step.
pub const RETRY_WAITS_MS: [u64; 4] = [300, 1_000, 2_000, 4_000];
/// Share by which a wait may be longer or shorter.
pub const RETRY_JITTER: f64 = 0.3;

/// A day of two-second segments with long signed addresses is about 6 MB.
pub const PLAYLIST_BYTES: usize = 8 << 20;
/// What a manifest may grow to by rewriting its addresses.
pub const REWRITTEN_BYTES: usize = 16 << 20;
/// A day of two-second segments is 43,200.
pub const PLAYLIST_SEGMENTS: usize = 50_000;
/// Signed addresses reach a few kilobytes; nothing honest reaches 64 KiB.
pub const LINE_BYTES: usize = 64 << 10;
/// Longest address that is asked for; servers refuse longer ones.
pub const URL_BYTES: usize = 16 << 10;
/// Ten seconds of 100 Mbit/s.
pub const SEGMENT_BYTES: u64 = 128 << 20;
/// A key has 16 bytes; some servers wrap it a little.
pub const KEY_BYTES: u64 = 64 << 10;
/// CDN, login and edge hand over two or three times at most.
pub const REDIRECTS: usize = 5;
/// Bytes looked at to tell what an answer is: two transport packets and the head of any page.
pub const SNIFF_BYTES: usize = 512;
/// Segments from the end of a live playlist at which playback begins: 6 to 8 s behind the edge, which is what the next
/// reload and a slow segment need.
pub const LIVE_WINDOW: usize = 3;
/// After this much media the trouble of before is over. A drip does not count as flowing.
pub const FLOWING_BYTES: u64 = 16 << 10;
/// Two neighbours of 8 Mbit/s with three four-second segments each.
pub const WARM_BYTES: usize = 24 << 20;
/// Neighbours kept warm: previous and next, and the last channel watched.
pub const WARM_SOURCES: usize = 4;
/// Where nothing that plays is measured (it is no HLS, or has just begun), neighbours wait so long and no longer: the
/// first segments of a medium that is there come within it.
pub const WARM_GRACE: Duration = Duration::from_secs(1);
/// A line that was too thin for neighbours is left alone for so long. Trying it costs what plays a few seconds of line.
pub const WARM_REST: Duration = Duration::from_secs(60);
/// Idle connections stay this long: longer than the longest pause between two playlist polls.
pub const POOL_IDLE: Duration = Duration::from_secs(60);
/// Idle connections kept for one host: a demuxer fetches video, sound and playlist side by side.
pub const POOL_PER_HOST: usize = 6;
/// A server that asks for a longer pause is taken at its word only up to here, then the supervisor decides.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(120);

/// A server that restarts is back within this; until then it is tried as often as the retries go.
pub const MANNERS_FREE: Duration = Duration::from_secs(15);
/// One in trouble for longer is asked no more than twelve times a minute by everything in this program together, and
/// less where chance spreads a town's boxes.
pub const MANNERS_SPACING: Duration = Duration::from_secs(5);
/// Share by which the spacing may be longer.
pub const MANNERS_JITTER: f64 = 0.6;
/// Servers in trouble that are remembered. A lineup has a handful.
pub const MANNERS_HOSTS: usize = 64;

/// What the gate allows and how patient it is.
#[derive(Clone, Debug)]
pub struct GatePolicy {
    /// Host and port that the configuration names; may be anywhere, loopback too (the demo operator).
    pub operator_hosts: Vec<(String, u16)>,
    /// The operator's lineup may name this machine and its link as well, because the configuration says so.
    pub local_addresses: bool,
    /// Where set, nothing but these hosts (and `operator_hosts`) is asked. `.example.cn` means every host below it.
    pub allowed_hosts: Option<Vec<String>>,
    pub connect: Duration,
    pub first_byte: Duration,
    pub live_first_byte: Duration,
    pub playlist_total: Duration,
    pub reload_total: Duration,
    pub playlist_retry: Duration,
    pub rate_window: Duration,
    pub lowest_bytes_per_s: u64,
    pub live_missing_retry: Duration,
    pub live_segment_retry: Duration,
    pub on_demand_retry: Duration,
    pub live_hold: Duration,
    pub retry_waits: Vec<Duration>,
    pub warm_bytes: usize,
    /// What neighbours may take from the line, in bits a second, all together; none: what it gives.
    pub warm_bps: Option<u64>,
    pub warm_grace: Duration,
    pub warm_rest: Duration,
}

impl Default for GatePolicy {
    fn default() -> Self {
        Self {
            operator_hosts: Vec::new(),
            local_addresses: false,
            allowed_hosts: None,
            connect: CONNECT,
            first_byte: FIRST_BYTE,
            live_first_byte: LIVE_FIRST_BYTE,
            playlist_total: PLAYLIST_TOTAL,
            reload_total: RELOAD_TOTAL,
            playlist_retry: PLAYLIST_RETRY,
            rate_window: RATE_WINDOW,
            lowest_bytes_per_s: LOWEST_BYTES_PER_S,
            live_missing_retry: LIVE_MISSING_RETRY,
            live_segment_retry: LIVE_SEGMENT_RETRY,
            on_demand_retry: ON_DEMAND_RETRY,
            live_hold: LIVE_HOLD,
            retry_waits: RETRY_WAITS_MS.iter().map(|&ms| Duration::from_millis(ms)).collect(),
            warm_bytes: WARM_BYTES,
            warm_bps: None,
            warm_grace: WARM_GRACE,
            warm_rest: WARM_REST,
        }
    }
}

impl GatePolicy {
    /// How long to wait before try number `attempt` (from 0) is repeated, where that still lies within `patience`.
    /// `after` is the pause that the server asks for.
    pub(super) fn next_wait(
        &self,
        attempt: usize,
        after: Option<Duration>,
        spent: Duration,
        patience: Duration,
    ) -> Option<Duration> {
        let wait = self.retry_wait(attempt).max(after.unwrap_or_default());
        (spent + wait <= patience).then_some(wait)
    }

    /// The wait before try number `attempt` (from 0) is repeated, spread by chance.
    pub(super) fn retry_wait(&self, attempt: usize) -> Duration {
        let wait = self.retry_waits.get(attempt).or(self.retry_waits.last()).copied().unwrap_or(Duration::from_secs(1));
        let spread = 1.0 + RETRY_JITTER * (rand::random::<f64>() * 2.0 - 1.0);
        wait.mul_f64(spread)
    }
}
