//! Compares the box's clock with what the operator's servers say (the `Date` of an HTTP answer) and, where one is
//! configured, a time server. A clock that was never set takes the first answer; one that was is put right for all that
//! is shown only after two answers that agree. The system's own clock is left alone.

use std::{path::PathBuf, sync::Arc, time::Duration};

use rand::Rng as _;
use reqwest::header::{AGE, DATE};
use tokio::time::Instant;

use super::{clock::Clock, sntp};
use crate::{http, operator::clock_note::ClockNote, time::UtcMs};

/// A clock this far off shows the same programmes.
const TOLERATED_MS: i64 = 2 * 60_000;
/// Two answers that lie no further apart speak of one time.
const AGREE_MS: i64 = 30_000;
/// How long an answer of a web server is waited for.
const DEADLINE: Duration = Duration::from_secs(10);
/// How often a box without the time asks for it.
const WITHOUT_TIME: Duration = Duration::from_secs(3);
/// Until the second answer: the viewer sees a wrong hour meanwhile.
const IN_DOUBT: Duration = Duration::from_millis(300);
/// A clock that was found right is looked at again after this on average, each box at a moment of its own.
const AGAIN: Duration = Duration::from_secs(6 * 3600);
const AGAIN_JITTER: f64 = 0.25;
/// Where nobody answered: a million boxes must not knock on a server that recovers.
const UNANSWERED: [Duration; 4] =
    [Duration::from_secs(5), Duration::from_secs(30), Duration::from_secs(120), Duration::from_secs(900)];
/// How often it is looked whether the system's clock was set.
const LOOK: Duration = Duration::from_secs(30);

/// Who can be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Server {
    /// An address whose answers bear a `Date`.
    Web(String),
    /// A name or an address, perhaps with a port.
    Ntp(String),
}

pub struct TimeKeeper {
    pub clock: Arc<Clock>,
    pub http: reqwest::Client,
    /// Asked one after the other until one answers.
    pub servers: Vec<Server>,
    /// Where it is noted for `doctor` that the clock is off.
    pub data_dir: PathBuf,
    /// Told when another time is shown than before.
    pub changed: Box<dyn Fn() + Send + Sync>,
}

/// What an answer makes of a clock that was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Right,
    /// Off, by one answer.
    Doubtful,
    Wrong,
}

/// Remembers an answer that nobody has confirmed yet.
#[derive(Default)]
struct Judge {
    doubt: Option<i64>,
}

impl Judge {
    /// `off_ms`: by how much the answer is ahead of the clock.
    fn hear(&mut self, off_ms: i64) -> Verdict {
        let before = self.doubt.take();
        if off_ms.saturating_abs() <= TOLERATED_MS {
            return Verdict::Right;
        }
        if before.is_some_and(|before| before.saturating_sub(off_ms).saturating_abs() <= AGREE_MS) {
            return Verdict::Wrong;
        }
        self.doubt = Some(off_ms);
        Verdict::Doubtful
    }
}

impl TimeKeeper {
    /// Never ends.
    pub async fn run(self) {
        let mut judge = Judge::default();
        let mut known = self.clock.is_right();
        let (mut place, mut unanswered) = (0_usize, 0_usize);
        if !known {
            tracing::warn!(
                "the clock shows a time before this program was made; the operator's server is asked for it"
            );
        }
        loop {
            let right = self.clock.is_right();
            if right && !known {
                (self.changed)();
            }
            known = right;
            let server = self.servers.get(place % self.servers.len().max(1));
            let said = match server {
                Some(server) => self.ask(server).await,
                None => None,
            };
            let (Some(server), Some(said)) = (server, said) else {
                judge = Judge::default();
                place = place.wrapping_add(1);
                if !place.is_multiple_of(self.servers.len().max(1)) {
                    continue;
                }
                let wait = UNANSWERED.get(unanswered).or(UNANSWERED.last()).copied().unwrap_or(AGAIN);
                unanswered = unanswered.saturating_add(1);
                self.wait(if known { varied(wait) } else { WITHOUT_TIME }).await;
                continue;
            };
            unanswered = 0;
            let off_ms = self.clock.off_by(said);
            let verdict = if known { judge.hear(off_ms) } else { Verdict::Wrong };
            match verdict {
                Verdict::Right => {
                    if self.clock.correction_ms() == 0 {
                        self.note(None).await;
                    }
                    self.wait(varied(AGAIN)).await;
                }
                Verdict::Doubtful => self.wait(IN_DOUBT).await,
                Verdict::Wrong if self.clock.set(said) => {
                    if known {
                        tracing::warn!("the clock is off by {} s", off_ms / 1000);
                    }
                    known = true;
                    tracing::info!("the time is that of {}", server.name());
                    (self.changed)();
                    let off_s = self.clock.correction_ms() / 1000;
                    self.note(Some(ClockNote { off_s, by: server.name().to_owned() })).await;
                    self.wait(varied(AGAIN)).await;
                }
                // A server may not know the time itself.
                Verdict::Wrong => {
                    place = place.wrapping_add(1);
                    self.wait(if known { varied(AGAIN) } else { WITHOUT_TIME }).await;
                }
            }
        }
    }

    /// Until then, or until somebody sets the system's clock.
    async fn wait(&self, wait: Duration) {
        let (until, stride) = (Instant::now() + wait, self.clock.stride_ms());
        loop {
            let now = Instant::now();
            if now >= until || self.clock.was_set_since(stride) {
                return;
            }
            tokio::time::sleep((until - now).min(LOOK)).await;
        }
    }

    async fn note(&self, note: Option<ClockNote>) {
        let folder = self.data_dir.clone();
        let noting = tokio::task::spawn_blocking(move || match note {
            Some(note) => note.save(&folder),
            None => {
                ClockNote::clear(&folder);
                Ok(())
            }
        });
        if let Ok(Err(e)) = noting.await {
            tracing::warn!("{}: {e}; doctor will not know of the clock", self.data_dir.display());
        }
    }

    async fn ask(&self, server: &Server) -> Option<UtcMs> {
        match server {
            Server::Web(url) => self.ask_web(url).await,
            Server::Ntp(name) => sntp::ask(name).await.inspect_err(|e| tracing::info!("time: {name}: {e}")).ok(),
        }
    }

    /// The head of an answer is enough.
    async fn ask_web(&self, url: &str) -> Option<UtcMs> {
        let sent = Instant::now();
        let answer = tokio::time::timeout(DEADLINE, self.http.head(url).send()).await.ok()?.ok()?;
        let took = i64::try_from(sent.elapsed().as_millis()).unwrap_or(i64::MAX);
        let header = |name| answer.headers().get(name).and_then(|text| text.to_str().ok());
        // An answer out of a cache was made so many seconds ago.
        let age_s: i64 = header(AGE).and_then(|age| age.trim().parse::<u32>().ok()).map_or(0, i64::from);
        // The date leaves out what of a second has passed, and some of the way came after it.
        Some(http::date(header(DATE)?)?.plus(age_s * 1000 + 500 + took / 2))
    }
}

impl Server {
    fn name(&self) -> &str {
        match self {
            Self::Web(name) | Self::Ntp(name) => name,
        }
    }
}

fn varied(wait: Duration) -> Duration {
    wait.mul_f64(rand::rng().random_range(1.0 - AGAIN_JITTER..1.0 + AGAIN_JITTER))
}

#[cfg(test)]
mod tests {
    use std::{
        path::Path,
        sync::atomic::{AtomicI64, AtomicUsize, Ordering},
    };

    use axum::{Router, http::HeaderMap, routing::get};

    use super::*;

    const NOON: UtcMs = UtcMs(1_795_521_600_000);
    const HOUR_MS: i64 = 3_600_000;

    #[test]
    fn two_answers_that_agree_overrule_a_clock() {
        let mut judge = Judge::default();
        for (off_ms, verdict) in [
            (0, Verdict::Right),
            (-120_000, Verdict::Right),
            (3 * HOUR_MS, Verdict::Doubtful),
            (3 * HOUR_MS + 1_000, Verdict::Wrong),
            (3 * HOUR_MS, Verdict::Doubtful),
            (10, Verdict::Right),
            (3 * HOUR_MS, Verdict::Doubtful),
            (-3 * HOUR_MS, Verdict::Doubtful),
            (-3 * HOUR_MS - 20_000, Verdict::Wrong),
            (i64::MAX, Verdict::Doubtful),
            (i64::MIN, Verdict::Doubtful),
        ] {
            assert_eq!(judge.hear(off_ms), verdict, "{off_ms}");
        }
    }

    fn rfc9110(at: UtcMs) -> String {
        let at = jiff::Timestamp::from_millisecond(at.0).unwrap();
        jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&at).unwrap()
    }

    /// Says that it is noon, `off_ms` later, with an answer from a cache.
    async fn web(off_ms: &'static AtomicI64, asked: &'static AtomicUsize) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/lineup.m3u", listener.local_addr().unwrap());
        let answer = move || async move {
            asked.fetch_add(1, Ordering::Relaxed);
            let made = NOON.plus(off_ms.load(Ordering::Relaxed) - 600_000);
            let mut headers = HeaderMap::new();
            headers.insert(DATE, rfc9110(made).parse().unwrap());
            headers.insert(AGE, "600".parse().unwrap());
            headers
        };
        let app = Router::new().route("/lineup.m3u", get(answer));
        tokio::spawn(async move { axum::serve(listener, app).await });
        url
    }

    /// Waits, with a bound, until the clock shows about `at`.
    async fn shows(clock: &Clock, at: UtcMs) {
        let since = Instant::now();
        while clock.now().utc.since(at).abs() > 60_000 {
            assert!(since.elapsed() < Duration::from_secs(30), "{:?}", clock.now());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn keep(clock: &Arc<Clock>, servers: Vec<Server>, folder: &Path, changes: &'static AtomicUsize) {
        let keeper = TimeKeeper {
            clock: clock.clone(),
            http: crate::net::client([]).unwrap(),
            servers,
            data_dir: folder.to_owned(),
            changed: Box::new(|| {
                changes.fetch_add(1, Ordering::Relaxed);
            }),
        };
        tokio::spawn(keeper.run());
    }

    #[tokio::test]
    async fn a_clock_three_hours_off_shows_the_operators_time() {
        static OFF: AtomicI64 = AtomicI64::new(0);
        static ASKED: AtomicUsize = AtomicUsize::new(0);
        static CHANGES: AtomicUsize = AtomicUsize::new(0);
        let url = web(&OFF, &ASKED).await;
        let clock = Arc::new(Clock::new(Some(NOON.plus(-3 * HOUR_MS))));
        let folder = tempfile::tempdir().unwrap();
        keep(
            &clock,
            vec![Server::Web("http://127.0.0.1:1/".into()), Server::Web(url.clone())],
            folder.path(),
            &CHANGES,
        );
        shows(&clock, NOON).await;
        let since = Instant::now();
        let note = loop {
            if let Some(note) = ClockNote::load(folder.path()) {
                break note;
            }
            assert!(since.elapsed() < Duration::from_secs(30));
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        assert!((note.off_s - 3 * 3600).abs() < 60 && note.by == url, "{note:?}");
        assert_eq!((ASKED.load(Ordering::Relaxed), CHANGES.load(Ordering::Relaxed)), (2, 1));
    }

    #[tokio::test]
    async fn a_clock_that_is_right_is_left_alone() {
        static OFF: AtomicI64 = AtomicI64::new(90_000);
        static ASKED: AtomicUsize = AtomicUsize::new(0);
        static CHANGES: AtomicUsize = AtomicUsize::new(0);
        let url = web(&OFF, &ASKED).await;
        let clock = Arc::new(Clock::new(Some(NOON)));
        let folder = tempfile::tempdir().unwrap();
        ClockNote { off_s: 1, by: "before".into() }.save(folder.path()).unwrap();
        keep(&clock, vec![Server::Web(url)], folder.path(), &CHANGES);
        let since = Instant::now();
        while ASKED.load(Ordering::Relaxed) == 0 || ClockNote::load(folder.path()).is_some() {
            assert!(since.elapsed() < Duration::from_secs(30));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!((clock.now().utc, CHANGES.load(Ordering::Relaxed)), (NOON, 0));
    }

    #[tokio::test]
    async fn a_box_of_1970_takes_the_first_answer_and_no_other_server_is_waited_for() {
        static OFF: AtomicI64 = AtomicI64::new(0);
        static ASKED: AtomicUsize = AtomicUsize::new(0);
        static CHANGES: AtomicUsize = AtomicUsize::new(0);
        let url = web(&OFF, &ASKED).await;
        let clock = Arc::new(Clock::new(Some(UtcMs(600_000))));
        let folder = tempfile::tempdir().unwrap();
        keep(&clock, vec![Server::Ntp("127.0.0.1:1".into()), Server::Web(url)], folder.path(), &CHANGES);
        shows(&clock, NOON).await;
        assert!(clock.is_right());
        assert_eq!((ASKED.load(Ordering::Relaxed), CHANGES.load(Ordering::Relaxed)), (1, 1));
    }
}
