//! The guide of the running program: one thread answers from `guide.db`, another imports into it, so that a question
//! never waits for a download. Answers go out by one callback, from the answering thread only.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread::JoinHandle,
};

use tokio::runtime::Handle;

use super::{
    db::{EpgKey, GuideDb, ImportOptions, ImportReport},
    error::GuideError,
    import::{GUIDE_LIMITS, open},
    lineup::{ChannelId, Lineup},
    programme::{NowNext, Programme},
    published::Published,
};
use crate::{net, time::UtcMs};

/// More in one day are no programmes: one every three minutes.
const MOST_IN_A_DAY: usize = 480;

/// What the guide is asked for.
#[derive(Clone, Debug)]
pub enum GuideCommand {
    /// The channels that questions are about.
    SetLineup(Arc<Lineup>),
    /// `tvg-shift` of those channels, in milliseconds (`LineupRead::shifts`).
    SetShifts(Arc<BTreeMap<ChannelId, i64>>),
    /// All guides in order of trust; others are forgotten as soon as one of these is there.
    ImportFrom(Vec<GuideSource>),
    Query {
        channels: Vec<ChannelId>,
        at: UtcMs,
    },
    Day {
        channel: ChannelId,
        from: UtcMs,
        to: UtcMs,
    },
}

/// A guide to import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuideSource {
    pub url: String,
    /// For its times that name no zone; without it what the guide's format says.
    pub zone_offset_minutes: Option<i32>,
}

/// What it says.
#[derive(Clone, Debug, PartialEq)]
pub enum GuideAnswer {
    /// In the order of the question.
    NowNext(Vec<(ChannelId, NowNext)>),
    Day {
        channel: ChannelId,
        from: UtcMs,
        programmes: Vec<Programme>,
    },
    /// One guide is done; `outcome` says whether it is shown.
    Imported(Box<ImportReport>),
    /// One guide, or the database, failed: what and where. What was shown stays.
    Failed(String),
}

enum Inner {
    Command(GuideCommand),
    Imported(Result<Box<ImportReport>, String>),
    /// The database turned out damaged: the importer has let go of it.
    Damaged,
    Stop,
}

/// Stops answering when dropped; an import that is under way ends at its next batch and leaves what was there.
pub struct GuideService {
    sender: mpsc::Sender<Inner>,
    cancel: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl GuideService {
    pub fn start(
        path: &Path,
        runtime: Handle,
        client: reqwest::Client,
        on_answer: impl Fn(GuideAnswer) + Send + 'static,
    ) -> Result<Self, GuideError> {
        let db = GuideDb::open(path)?;
        let cancel = Arc::new(AtomicBool::new(false));
        let (sender, receiver) = mpsc::channel();
        let (jobs, job_receiver) = mpsc::channel();
        let importer = Importer {
            path: path.to_owned(),
            runtime,
            client,
            published: Published::default(),
            answers: sender.clone(),
            cancel: Arc::clone(&cancel),
        };
        let spawn = |name: &str, work: Box<dyn FnOnce() + Send>| {
            std::thread::Builder::new().name(name.to_owned()).spawn(work).map_err(GuideError::Thread)
        };
        // It ends when `jobs` is dropped with the answering thread.
        drop(spawn("guide-import", Box::new(move || importer.run(&job_receiver)))?);
        let answering = Answering {
            db,
            path: path.to_owned(),
            lineup: Arc::default(),
            shifts: Arc::default(),
            keys: HashMap::new(),
            matched: Vec::new(),
            jobs,
            on_answer: Box::new(on_answer),
        };
        let thread = spawn("guide", Box::new(move || answering.run(&receiver)))?;
        Ok(Self { sender, cancel, thread: Some(thread) })
    }

    /// Never blocks.
    pub fn send(&self, command: GuideCommand) {
        if self.sender.send(Inner::Command(command)).is_err() {
            tracing::error!("the guide's thread is gone");
        }
    }
}

impl Drop for GuideService {
    fn drop(&mut self) {
        self.cancel.store(true, Ordering::Relaxed);
        let _ = self.sender.send(Inner::Stop);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the guide's thread panicked");
        }
    }
}

struct Answering {
    db: GuideDb,
    path: PathBuf,
    lineup: Arc<Lineup>,
    shifts: Arc<BTreeMap<ChannelId, i64>>,
    /// Every guide channel of a channel, the most trusted first.
    keys: HashMap<ChannelId, Vec<EpgKey>>,
    /// The generations that `keys` were found in.
    matched: Vec<(String, i64)>,
    jobs: mpsc::Sender<Vec<GuideSource>>,
    on_answer: Box<dyn Fn(GuideAnswer) + Send>,
}

impl Answering {
    fn run(mut self, receiver: &mpsc::Receiver<Inner>) {
        while let Ok(message) = receiver.recv() {
            match message {
                Inner::Stop => break,
                Inner::Damaged => self.start_anew(),
                Inner::Imported(result) => {
                    (self.on_answer)(match result {
                        Ok(report) => GuideAnswer::Imported(report),
                        Err(what) => GuideAnswer::Failed(what),
                    });
                }
                Inner::Command(command) => self.obey(command),
            }
        }
    }

    fn obey(&mut self, command: GuideCommand) {
        let answer = match command {
            GuideCommand::SetLineup(lineup) => {
                self.lineup = lineup;
                self.match_again();
                return;
            }
            GuideCommand::SetShifts(shifts) => {
                self.shifts = shifts;
                return;
            }
            GuideCommand::ImportFrom(guides) => {
                if self.jobs.send(guides).is_err() {
                    (self.on_answer)(GuideAnswer::Failed("the guide's import thread is gone".to_owned()));
                }
                return;
            }
            GuideCommand::Query { channels, at } => {
                self.match_if_switched();
                let answers: Result<Vec<_>, GuideError> =
                    channels.into_iter().map(|id| self.now_next(&id, at).map(|found| (id, found))).collect();
                answers.map(GuideAnswer::NowNext)
            }
            GuideCommand::Day { channel, from, to } => {
                self.match_if_switched();
                self.day(&channel, from, to).map(|mut programmes| {
                    programmes.truncate(MOST_IN_A_DAY);
                    GuideAnswer::Day { channel, from, programmes }
                })
            }
        };
        match answer {
            Ok(answer) => (self.on_answer)(answer),
            Err(e) => self.failed(&e),
        }
    }

    fn shift(&self, id: &ChannelId) -> i64 {
        self.shifts.get(id).copied().unwrap_or_default()
    }

    /// The most trusted guide that has anything to say.
    fn now_next(&self, id: &ChannelId, at: UtcMs) -> Result<NowNext, GuideError> {
        let shift = self.shift(id);
        let mut best = NowNext::default();
        for found in self.db.now_next(self.keys.get(id).map_or(&[], Vec::as_slice), at.plus(-shift))? {
            if found.now.is_some() {
                best = found;
                break;
            }
            if best.next.is_none() {
                best = found;
            }
        }
        let moved = |programme: Option<Programme>| programme.map(|p| shifted(p, shift));
        Ok(NowNext { now: moved(best.now), next: moved(best.next) })
    }

    fn day(&self, id: &ChannelId, from: UtcMs, to: UtcMs) -> Result<Vec<Programme>, GuideError> {
        let shift = self.shift(id);
        for key in self.keys.get(id).into_iter().flatten() {
            let programmes = self.db.day(key, from.plus(-shift), to.plus(-shift))?;
            if !programmes.is_empty() {
                return Ok(programmes.into_iter().map(|p| shifted(p, shift)).collect());
            }
        }
        Ok(Vec::new())
    }

    /// An import that ended a moment ago is heeded by the very next question.
    fn match_if_switched(&mut self) {
        if self.db.sources().is_ok_and(|sources| sources != self.matched) {
            self.match_again();
        }
    }

    fn match_again(&mut self) {
        let found = self.db.sources().and_then(|sources| Ok((sources, self.db.keys(&self.lineup)?)));
        match found {
            Ok((sources, keys)) => {
                self.matched = sources;
                self.keys = keys;
            }
            Err(e) => self.failed(&e),
        }
    }

    fn failed(&mut self, e: &GuideError) {
        tracing::warn!("{e}");
        (self.on_answer)(GuideAnswer::Failed(e.to_string()));
        if e.is_damage() {
            self.start_anew();
        }
    }

    fn start_anew(&mut self) {
        self.keys.clear();
        self.matched.clear();
        match GuideDb::anew(&self.path) {
            Ok(db) => self.db = db,
            Err(e) => (self.on_answer)(GuideAnswer::Failed(e.to_string())),
        }
    }
}

fn naming(url: &str, e: &GuideError) -> String {
    let (told, name) = (net::told(e), net::name(url));
    if told.starts_with(&name) { told } else { format!("{name}: {told}") }
}

/// The same programme, `ms` later.
pub fn shifted(programme: Programme, ms: i64) -> Programme {
    Programme { start: programme.start.plus(ms), end: programme.end.plus(ms), ..programme }
}

/// Where cores are few, keys and pictures come before the guide. Concerns the calling thread alone.
#[allow(unsafe_code)]
fn step_back() {
    /// A third of the share that other threads of the program get.
    const NICE: libc::c_int = 5;
    // SAFETY: a plain system call without pointers; on Linux 0 is the calling thread. Refused, nothing is lost.
    unsafe {
        libc::setpriority(libc::PRIO_PROCESS, 0, NICE);
    }
}

struct Importer {
    path: PathBuf,
    runtime: Handle,
    client: reqwest::Client,
    published: Published,
    answers: mpsc::Sender<Inner>,
    cancel: Arc<AtomicBool>,
}

impl Importer {
    fn run(mut self, jobs: &mpsc::Receiver<Vec<GuideSource>>) {
        step_back();
        // What a killed import has left may be a gigabyte: it is cleared here, where nobody waits.
        if let Err(e) = GuideDb::open(&self.path).and_then(|mut db| db.sweep()) {
            tracing::warn!("guide: leftovers not cleared: {e}");
        }
        while let Ok(mut job) = jobs.recv() {
            // Several requests while one ran come down to the newest.
            while let Ok(newer) = jobs.try_recv() {
                job = newer;
            }
            // Opened for each job: the file may have been made anew.
            let urls: Vec<String> = job.iter().map(|guide| guide.url.clone()).collect();
            let prepared = GuideDb::open(&self.path).and_then(|mut db| db.retain(&urls).map(|()| db));
            let mut db = match prepared {
                Ok(db) => db,
                Err(e) => {
                    self.tell(Err(e.to_string()));
                    continue;
                }
            };
            for (rank, guide) in job.iter().enumerate() {
                let url = &guide.url;
                if self.cancel.load(Ordering::Relaxed) {
                    return;
                }
                match self.import(&mut db, guide, rank) {
                    Err(GuideError::Cancelled) => return,
                    Err(e) if e.is_damage() => {
                        drop(db);
                        let _ = self.answers.send(Inner::Damaged);
                        self.tell(Err(naming(url, &e)));
                        break;
                    }
                    result => {
                        if let Err(e) = db.retain(&urls) {
                            tracing::warn!("{}: older guides not cleared: {e}", net::name(url));
                        }
                        self.tell(result.map_err(|e| naming(url, &e)));
                    }
                }
            }
        }
    }

    fn import(&mut self, db: &mut GuideDb, guide: &GuideSource, rank: usize) -> Result<ImportReport, GuideError> {
        let document = self.published.open(&guide.url, |url| open(&self.runtime, &self.client, url, GUIDE_LIMITS))?;
        let options = ImportOptions {
            zone_offset_minutes: guide.zone_offset_minutes,
            cancel: Arc::clone(&self.cancel),
            ..ImportOptions::default()
        };
        db.import(&guide.url, rank, document.reader, &options)
    }

    fn tell(&self, result: Result<ImportReport, String>) {
        let _ = self.answers.send(Inner::Imported(result.map(Box::new)));
    }
}

#[cfg(test)]
#[path = "service_tests.rs"]
mod tests;
