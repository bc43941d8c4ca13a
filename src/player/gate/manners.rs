//! What is owed to a server that says it is in trouble (408, 429, 5xx): a pause that it asks for is kept, and one that
//! fails for longer is asked seldom, by everything in this program together. Pure; the clock comes in with each call.
//! Retrying itself, and a server that takes no connection at all, are the business of others (`asking`, `probe`).

use std::{collections::HashMap, time::Duration};

use url::Url;

use super::policy::{MANNERS_FREE, MANNERS_HOSTS, MANNERS_JITTER, MANNERS_SPACING};

/// Time since the gate began.
pub type At = Duration;

#[derive(Default)]
pub struct Manners {
    hosts: HashMap<(String, u16), Host>,
    /// Addresses whose server asked to be left alone, and until when.
    resources: HashMap<Url, At>,
}

struct Host {
    /// Nothing but failures since.
    since: At,
    /// Not to be asked before.
    next: At,
    /// By the server's own word.
    asked_for: bool,
}

impl Manners {
    /// Whether `url` may be asked now; how long it has to be left alone where not. What may be asked counts as asked.
    pub fn ask(&mut self, url: &Url, at: At, roll: f64) -> Result<(), Duration> {
        if let Some(until) = self.resources.get(url)
            && *until > at
        {
            return Err(*until - at);
        }
        let Some(host) = key(url).and_then(|key| self.hosts.get_mut(&key)) else { return Ok(()) };
        if host.next > at && (host.asked_for || at.saturating_sub(host.since) >= MANNERS_FREE) {
            return Err(host.next - at);
        }
        host.next = at + MANNERS_SPACING.mul_f64(1.0 + MANNERS_JITTER * roll.clamp(0.0, 1.0));
        host.asked_for = false;
        Ok(())
    }

    /// The server is in trouble. `after` is the pause that it asks for, for all that it has where it says that this
    /// program asks too much (429), for this address alone otherwise.
    pub fn failed(&mut self, url: &Url, after: Option<Duration>, asks_too_much: bool, at: At) {
        let Some(key) = key(url) else { return };
        self.forget(at);
        let host = self.hosts.entry(key).or_insert(Host { since: at, next: at, asked_for: false });
        match after {
            Some(after) if asks_too_much => (host.next, host.asked_for) = (host.next.max(at + after), true),
            Some(after) => {
                self.resources.insert(url.clone(), at + after);
            }
            None => {}
        }
    }

    /// The server gave an answer.
    pub fn answered(&mut self, url: &Url) {
        if let Some(key) = key(url) {
            self.hosts.remove(&key);
        }
        self.resources.remove(url);
    }

    /// Keeps what is remembered small: a feed may name any number of servers.
    fn forget(&mut self, at: At) {
        if self.hosts.len() >= MANNERS_HOSTS {
            self.hosts.retain(|_, host| host.next > at);
        }
        if self.resources.len() >= MANNERS_HOSTS {
            self.resources.retain(|_, until| *until > at);
        }
        if self.hosts.len() >= MANNERS_HOSTS {
            self.hosts.clear();
        }
        if self.resources.len() >= MANNERS_HOSTS {
            self.resources.clear();
        }
    }
}

fn key(url: &Url) -> Option<(String, u16)> {
    Some((url.host_str()?.to_owned(), url.port_or_known_default()?))
}

#[cfg(test)]
mod tests {
    use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

    use super::*;
    use crate::{
        player::{
            gate::GatePolicy,
            supervisor::{Action, Input, Policy, Supervisor},
            types::{MediaKind, Trouble},
        },
        time::MonoMs,
    };

    const OUTAGE_MS: u64 = 600_000;
    const TICK_MS: u64 = 100;

    fn url(path: &str) -> Url {
        Url::parse(&format!("http://tv.example/{path}")).unwrap()
    }

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_pause_that_was_asked_for_is_kept() {
        let mut manners = Manners::default();
        let (one, other) = (url("1.m3u8"), url("2.m3u8"));
        assert_eq!(manners.ask(&one, s(0), 0.0), Ok(()));
        manners.failed(&one, Some(s(60)), false, s(0));
        assert_eq!(manners.ask(&one, s(20), 0.0), Err(s(40)));
        assert_eq!(manners.ask(&other, s(1), 0.0), Ok(()), "503 is about one address");
        manners.failed(&other, Some(s(60)), true, s(1));
        assert_eq!(manners.ask(&url("3.m3u8"), s(2), 0.0), Err(s(59)), "429 is about all of them");
        assert_eq!(manners.ask(&Url::parse("http://cdn.example/1.m3u8").unwrap(), s(2), 0.0), Ok(()));
        assert_eq!(manners.ask(&one, s(61), 0.0), Ok(()));
    }

    #[test]
    fn a_short_trouble_is_met_at_full_pace_and_an_answer_ends_it() {
        let mut manners = Manners::default();
        let one = url("1.m3u8");
        for at in 0..MANNERS_FREE.as_secs() {
            assert_eq!(manners.ask(&one, s(at), 0.5), Ok(()));
            manners.failed(&one, None, false, s(at));
        }
        assert_eq!(manners.ask(&one, MANNERS_FREE, 0.0).map_err(|wait| wait > s(1)), Err(true));
        manners.answered(&url("other.ts"));
        assert_eq!(manners.ask(&one, MANNERS_FREE, 0.0), Ok(()));
    }

    #[test]
    fn any_number_of_servers_is_remembered_in_little() {
        let mut manners = Manners::default();
        for n in 0..5 * MANNERS_HOSTS {
            let url = Url::parse(&format!("http://h{n}.example/")).unwrap();
            manners.failed(&url, Some(s(100)), n % 2 == 0, s(0));
            assert!(manners.hosts.len() <= MANNERS_HOSTS && manners.resources.len() <= MANNERS_HOSTS);
        }
    }

    /// One box that watches a live channel while its origin is in trouble: the supervisor and the gate's own retries
    /// (as `documents::open` makes them), and a neighbour that is kept warm, on a clock of their own.
    struct Client {
        gate: GatePolicy,
        manners: Manners,
        supervisor: Supervisor,
        rng: StdRng,
        /// When the pipeline's opening began, its tries so far, and when it tries next.
        opening: Option<(u64, usize, u64)>,
        neighbour_at: u64,
        neighbour_failures: u32,
        asked_at: Vec<u64>,
        back_at: Option<u64>,
    }

    impl Client {
        fn new(seed: u64) -> Self {
            let (supervisor, step) = Supervisor::open(Policy::default(), MediaKind::Live, 1, 0, MonoMs(0));
            assert!(matches!(step.actions.as_slice(), [Action::Build { .. }]));
            Self {
                gate: GatePolicy::default(),
                manners: Manners::default(),
                supervisor,
                rng: StdRng::seed_from_u64(seed),
                opening: Some((0, 0, 0)),
                neighbour_at: 0,
                neighbour_failures: 0,
                asked_at: Vec::new(),
                back_at: None,
            }
        }

        /// One request, if manners allow it.
        fn ask(&mut self, path: &str, at: u64, after: Option<Duration>) -> Result<(), Option<Duration>> {
            let (url, now) = (url(path), Duration::from_millis(at));
            self.manners.ask(&url, now, self.rng.random()).map_err(Some)?;
            self.asked_at.push(at);
            if at >= OUTAGE_MS {
                self.manners.answered(&url);
                return Ok(());
            }
            self.manners.failed(&url, after, false, now);
            Err(after)
        }

        fn step(&mut self, at: u64, input: Input) {
            let step = self.supervisor.step(MonoMs(at), input, self.rng.random());
            for action in step.actions {
                match action {
                    Action::Build { .. } => self.opening = Some((at, 0, at)),
                    Action::Teardown => self.opening = None,
                    other => panic!("{other:?}"),
                }
            }
        }

        fn run(mut self, after: Option<Duration>) -> Self {
            for at in (0..OUTAGE_MS + 120_000).step_by(TICK_MS as usize) {
                if self.neighbour_at <= at {
                    let asked = self.ask("2.m3u8", at, after);
                    self.neighbour_failures = if asked.is_ok() { 0 } else { self.neighbour_failures + 1 };
                    let rest = super::super::warm::rest(self.neighbour_failures, self.rng.random());
                    self.neighbour_at = at + u64::try_from(rest.as_millis()).unwrap();
                }
                if let Some((began, tries, next)) = self.opening.filter(|(_, _, next)| *next <= at) {
                    debug_assert!(next <= at);
                    match self.ask("1.m3u8", at, after) {
                        Ok(()) => {
                            self.opening = None;
                            self.back_at = Some(at);
                            return self;
                        }
                        Err(after) => {
                            let spent = Duration::from_millis(at - began);
                            match self.gate.next_wait(tries, after, spent, self.gate.playlist_retry) {
                                Some(wait) => {
                                    let next = at + u64::try_from(wait.as_millis()).unwrap();
                                    self.opening = Some((began, tries + 1, next));
                                }
                                None => self.step(at, Input::PipelineError(Trouble::ServerError)),
                            }
                        }
                    }
                }
                self.step(at, Input::Tick { upstream: Some(Trouble::ServerError) });
            }
            self
        }

        /// The most requests in any minute after the first.
        fn busiest_minute(&self) -> usize {
            let later = |from: &&u64| (60_000..OUTAGE_MS).contains(*from);
            let within = |from: &u64| self.asked_at.iter().filter(|at| (*from..from + 60_000).contains(*at)).count();
            self.asked_at.iter().filter(later).map(within).max().unwrap_or(0)
        }
    }

    #[test]
    fn two_hundred_boxes_leave_a_server_in_trouble_in_peace_and_all_come_back() {
        let clients: Vec<_> = (0..200).map(|seed| Client::new(seed).run(None)).collect();
        let busiest = clients.iter().map(Client::busiest_minute).max().unwrap();
        assert!(busiest <= 12, "{busiest} requests in a minute");
        let back = clients.iter().map(|c| c.back_at.expect("it comes back") - OUTAGE_MS).max().unwrap();
        assert!(back <= 30_000, "the last is back after {back} ms");
        let mut seconds = HashMap::<u64, usize>::new();
        for at in clients.iter().flat_map(|c| &c.asked_at).filter(|at| (60_000..OUTAGE_MS).contains(*at)) {
            *seconds.entry(at / 1_000).or_default() += 1;
        }
        let mean = seconds.values().sum::<usize>() / 540;
        let most = seconds.values().max().unwrap();
        assert!(*most <= 3 * mean, "{most} in the busiest second, {mean} in the mean one");
    }

    #[test]
    fn no_box_asks_earlier_than_the_server_wishes() {
        for seed in 0..50 {
            let client = Client::new(seed).run(Some(s(45)));
            // Two addresses: the channel watched and its neighbour.
            for pair in client.asked_at.windows(3) {
                assert!(pair[2] >= OUTAGE_MS || pair[2] - pair[0] >= 45_000, "{pair:?}");
            }
            assert!(client.back_at.is_some());
        }
    }
}
