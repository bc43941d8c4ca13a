//! Everything outside that effects reach: player, store, guide, catalogue, network. Each answers by a message; none
//! is waited for on the UI thread.

use std::{
    cell::RefCell,
    path::PathBuf,
    sync::{Arc, mpsc},
    time::Duration,
};

use futures_util::FutureExt as _;
use rand::Rng as _;
use tokio::{runtime::Runtime, sync::Notify, time::Instant};

use super::{
    clock::Clock,
    enrol, images,
    inbox::{Arrival, Inbox},
    learners::LearnerKeeper,
    lineup_keeper::{self, LineupKeeper},
    picture_cache::PictureCache,
    records::{RecordSenders, RecordStore},
    time_keeper::{Server, TimeKeeper},
};
use crate::{
    app::{Effect, What, learners::LearnerOrder},
    catalogue::union::{News, Union},
    guide::{
        cache::LineupCache,
        lineup::Lineup,
        service::{GuideAnswer, GuideCommand, GuideService},
    },
    net::Location,
    operator::config::Operator,
    player::{
        Access,
        cast::Limits,
        elements,
        engine::{Player, missing},
        frames::Painter,
        gate::Gate,
        subtitles,
        types::{Phase, PlayerCommand, PlayerEvent, SessionId, Trouble},
    },
    schedule::{Manner, Schedule},
    search::{
        source,
        worker::{Order, Searcher},
    },
    speech::{EspeakNg, Voice},
    store::{Household, types::StoreCommand},
    time::UtcMs,
    view::PictureKey,
};

/// Waits for subtitles that are not there: quick at first, since the lesson runs.
const RETRY_WAITS: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(8),
    Duration::from_secs(20),
    Duration::from_secs(60),
];
/// How often the way out is looked at.
const NETWORK_WATCH: Duration = Duration::from_secs(1);
/// Subtitles that come later than this are of no use any more.
const SUBTITLE_DEADLINE: Duration = Duration::from_secs(15);

/// What the player's own thread is told.
enum PlayerOrder {
    Command(PlayerCommand),
    Place(u32, u32),
    /// Where pictures go. The player starts with it, and orders before it wait.
    Paint(Arc<dyn Painter>),
}

pub struct Services {
    pub runtime: Runtime,
    gate: Gate,
    inbox: Inbox,
    player: mpsc::Sender<PlayerOrder>,
    player_thread: Option<std::thread::JoinHandle<()>>,
    household: Arc<Household>,
    learners: LearnerKeeper,
    guide: Option<Arc<GuideService>>,
    pictures: Arc<PictureCache>,
    search: Searcher,
    /// None where its thread did not start, which was said.
    voice: Option<Voice>,
    /// One for each lineup.
    lineups_wanted: Vec<Arc<Notify>>,
    /// One for each catalogue.
    catalogues_wanted: Vec<Arc<Notify>>,
    keeps_neighbours: bool,
    http: reqwest::Client,
    /// Where the operator takes learning records.
    records: Option<RecordSenders>,
}

pub struct Parts {
    pub runtime: Runtime,
    pub http: reqwest::Client,
    pub inbox: Inbox,
    pub household: Household,
    /// Where the household's data lies.
    pub data_dir: PathBuf,
    pub gate: Gate,
    pub operator: Operator,
    pub cache_dir: PathBuf,
    pub catalogues: Arc<Union>,
    /// Whether this is one of very many boxes.
    pub manner: Manner,
    pub lineup_cache: LineupCache,
    pub cached_lineup: Option<Lineup>,
    pub clock: Arc<Clock>,
    /// Where learning records go, and by which client.
    pub records: Option<(RecordStore, reqwest::Client)>,
    /// Whether whoever learns now lets them.
    pub records_allowed: bool,
    /// Whether the streams beside the running channel are kept warm.
    pub neighbours: bool,
    /// What may be spent on multicast groups.
    pub groups: Limits,
}

impl Services {
    pub fn start(parts: Parts) -> std::io::Result<Self> {
        let Parts { runtime, http, inbox, gate, operator, .. } = parts;
        let household = Arc::new(parts.household);
        let learners = LearnerKeeper::start(household.clone(), parts.data_dir.clone(), inbox.clone())?;
        let handle = runtime.handle().clone();
        let (player, orders) = mpsc::channel();
        let player_thread = start_player(gate.clone(), inbox.clone(), orders, parts.groups)?;

        let to = inbox.clone();
        let voice = Voice::start(EspeakNg::default(), move || to.say(What::CannotSpeak))
            .inspect_err(|e| tracing::warn!("nothing will be read aloud: {e}"))
            .ok();
        let to = inbox.clone();
        let answer = Box::new(move |answer: GuideAnswer| match answer {
            GuideAnswer::NowNext(rows) => to.say(What::NowNext(rows)),
            GuideAnswer::Imported(report) => {
                tracing::info!("guide: {report:?}");
                to.say(What::GuideImported);
            }
            GuideAnswer::Failed(what) => tracing::warn!("guide: {what}"),
            GuideAnswer::Day { channel, from, programmes } => to.say(What::Day { channel, from, programmes }),
        });
        let guide = match GuideService::start(&parts.cache_dir.join("guide.db"), handle.clone(), http.clone(), answer) {
            Ok(guide) => Some(Arc::new(guide)),
            Err(e) => {
                tracing::warn!("guide: {e}; channels are shown without programmes");
                None
            }
        };
        if let (Some(guide), Some(lineup)) = (&guide, parts.cached_lineup.clone()) {
            guide.send(GuideCommand::SetLineup(Arc::new(lineup)));
        }

        let (kept, to) = (parts.catalogues.clone(), inbox.clone());
        let load = move || kept.current().map(|catalogue| source::of_catalogue(&catalogue));
        let search = Searcher::start(load, move |number, answer| to.say(What::Found { number, answer }))?;
        if let Some(lineup) = parts.cached_lineup.clone() {
            search.send(Order::Lineup(lineup));
        }

        let held_lineup = parts.cached_lineup.is_some();
        let keeper = Arc::new(LineupKeeper::new(lineup_keeper::Parts {
            operator: &operator,
            http: http.clone(),
            gate: gate.clone(),
            inbox: inbox.clone(),
            search: search.orders(),
            guide: guide.clone(),
            cache: parts.lineup_cache,
            cached: parts.cached_lineup,
        }));
        let mut lineups_wanted = Vec::new();
        for place in 0..operator.lineups.len() {
            let wanted = Arc::new(Notify::new());
            lineups_wanted.push(wanted.clone());
            let (keeper, schedule) = (keeper.clone(), Schedule::new(parts.manner, held_lineup));
            handle.spawn(keep_fresh(wanted, schedule, move || {
                let keeper = keeper.clone();
                async move { keeper.refresh(place).await }
            }));
        }
        let mut catalogues_wanted = Vec::new();
        for place in 0..parts.catalogues.len() {
            let wanted = Arc::new(Notify::new());
            catalogues_wanted.push(wanted.clone());
            let schedule = Schedule::new(parts.manner, parts.catalogues.holds(place));
            let (catalogues, to, search) = (parts.catalogues.clone(), inbox.clone(), search.orders());
            let refresh = move || refresh_catalogue(catalogues.clone(), place, to.clone(), search.clone());
            handle.spawn(keep_fresh(wanted, schedule, refresh));
        }
        handle.spawn(watch_network(gate.clone(), inbox.clone()));
        let records = parts.records.map(|(to, http)| {
            let senders = RecordSenders {
                on: handle.clone(),
                to,
                http,
                manner: parts.manner,
                household: household.clone(),
                dir: parts.data_dir.clone(),
                inbox: inbox.clone(),
                senders: RefCell::default(),
            };
            senders.let_out(parts.records_allowed);
            senders
        });
        if parts.clock.follows_time() {
            let to = inbox.clone();
            let keeper = TimeKeeper {
                clock: parts.clock,
                http: http.clone(),
                servers: time_servers(&operator),
                data_dir: parts.data_dir.clone(),
                changed: Box::new(move || to.say(What::ClockSet)),
            };
            handle.spawn(keeper.run());
        }
        Ok(Self {
            runtime,
            gate,
            inbox,
            player,
            player_thread: Some(player_thread),
            household,
            learners,
            guide,
            pictures: images::cache(&parts.cache_dir),
            search,
            voice,
            lineups_wanted,
            catalogues_wanted,
            keeps_neighbours: parts.neighbours,
            http,
            records,
        })
    }

    /// Writes what belongs together.
    pub fn keep(&self, commands: Vec<StoreCommand>) {
        if commands.is_empty() {
            return;
        }
        let records = commands.iter().any(|c| matches!(c, StoreCommand::Record(_)));
        self.household.send_all(commands);
        if let Some(senders) = self.records.as_ref().filter(|_| records) {
            senders.more();
        }
    }

    /// Runs one effect. `Quit`, `Pin` and `SavePaper` are the desk's own, what is to be kept comes by `keep`.
    pub fn run(&self, effect: Effect) {
        match effect {
            Effect::Player(PlayerCommand::Open(mut request)) => {
                if !self.keeps_neighbours {
                    request.neighbours.clear();
                }
                self.tell_player(PlayerOrder::Command(PlayerCommand::Open(request)));
            }
            Effect::Player(command) => self.tell_player(PlayerOrder::Command(command)),
            Effect::Learners(order) => self.run_learners(order),
            Effect::LoadSubtitles { session, url } => {
                self.runtime.spawn(load_subtitles(self.gate.clone(), self.inbox.clone(), session, url));
            }
            Effect::AskGuide { channels, at } => self.tell_guide(GuideCommand::Query { channels, at }),
            Effect::AskDay { channel, from, to } => self.tell_guide(GuideCommand::Day { channel, from, to }),
            Effect::Search { number, query, own } => self.search.send(Order::Query { number, text: query, own }),
            Effect::Enrolment { learner, course, url, wish } => {
                let asked = enrol::ask(self.http.clone(), learner, course, url, wish);
                let to = self.inbox.clone();
                self.runtime.spawn(async move { to.say(asked.await) });
            }
            Effect::SearchAirings(airings) => self.search.send(Order::Airings(airings)),
            Effect::Speak { text, speed } => match &self.voice {
                Some(voice) => voice.say(&text, speed),
                None => self.inbox.say(What::CannotSpeak),
            },
            Effect::Hush => {
                if let Some(voice) = &self.voice {
                    voice.hush();
                }
            }
            Effect::RefreshLineup => self.lineups_wanted.iter().for_each(|wanted| wanted.notify_one()),
            Effect::RefreshCatalogue => self.catalogues_wanted.iter().for_each(|wanted| wanted.notify_one()),
            Effect::SendRecords(on) => {
                if let Some(senders) = &self.records {
                    senders.let_out(on);
                }
            }
            Effect::Quit | Effect::Pin(_) | Effect::SavePaper { .. } | Effect::Store(_) => {}
        }
    }

    fn run_learners(&self, order: LearnerOrder) {
        if let (LearnerOrder::Remove(learner), Some(senders)) = (&order, &self.records) {
            senders.remove(*learner);
        }
        self.learners.run(order);
    }

    fn tell_guide(&self, command: GuideCommand) {
        if let Some(guide) = &self.guide {
            guide.send(command);
        }
    }

    /// The size in physical pixels at which pictures are wanted.
    pub fn place(&self, width: u32, height: u32) {
        self.tell_player(PlayerOrder::Place(width, height));
    }

    /// The folder of whoever learns now.
    pub fn learners_folder(&self) -> PathBuf {
        self.learners.folder()
    }

    /// Where pictures go; the player starts with it.
    pub fn paint(&self, painter: Arc<dyn Painter>) {
        self.tell_player(PlayerOrder::Paint(painter));
    }

    fn tell_player(&self, order: PlayerOrder) {
        // Its thread has ended only when GStreamer is missing, which was said.
        let _ = self.player.send(order);
    }

    pub fn fetch_picture(&self, key: PictureKey, now: UtcMs) {
        let (gate, cache, inbox) = (self.gate.clone(), self.pictures.clone(), self.inbox.clone());
        let deliver = move |picture| inbox.put(Arrival::Picture(picture));
        self.runtime.spawn(images::fetch(gate, cache, key, now, deliver));
    }

    /// Writes what is on its way to the disk; then ends every thread of ours, waiting for a bounded time.
    pub fn shut_down(mut self, last: Vec<StoreCommand>) {
        self.household.send_all(last);
        if !self.household.flush(Duration::from_secs(3)) {
            tracing::warn!("the store did not finish in time");
        }
        let (closed, _) = mpsc::channel();
        self.player = closed;
        if let Some(thread) = self.player_thread.take() {
            let _ = thread.join();
        }
        drop(self.guide.take());
        // What the thread was told to keep; then the files are closed.
        drop(self.records);
        drop(self.learners);
        drop(self.household);
        drop(self.voice);
        self.runtime.shutdown_timeout(Duration::from_secs(1));
    }
}

/// GStreamer's registry takes a while to load: on a thread of its own, so that the first screen does not wait.
fn start_player(
    gate: Gate,
    inbox: Inbox,
    orders: mpsc::Receiver<PlayerOrder>,
    groups: Limits,
) -> std::io::Result<std::thread::JoinHandle<()>> {
    std::thread::Builder::new().name("player-orders".into()).spawn(move || {
        // Known before there is a window to paint on.
        let lacks = match missing() {
            Ok(lacking) if lacking.is_empty() => None,
            Ok(lacking) => Some(elements::told(&lacking)),
            Err(e) => Some(format!("GStreamer does not start: {e}")),
        };
        if let Some(lacks) = lacks {
            inbox.put(Arrival::Unfit(format!("{lacks}; \"jinse-xuetang doctor\" looks at everything")));
            return;
        }
        let mut early = Vec::new();
        let painter = loop {
            match orders.recv() {
                Ok(PlayerOrder::Paint(painter)) => break painter,
                Ok(order) => early.push(order),
                Err(_) => return,
            }
        };
        let to = inbox.clone();
        let on_event = Box::new(move |session, event| to.say(What::Player(session, event)));
        let player = Player::start_with(Arc::new(Access::new(gate)), painter, on_event);
        if let Ok(player) = &player {
            player.limit_groups(groups);
        }
        if let Err(e) = &player {
            tracing::error!("{e}; run \"jinse-xuetang doctor\"");
        }
        for order in early.into_iter().chain(orders) {
            match (&player, order) {
                (Ok(player), PlayerOrder::Command(command)) => player.send(command),
                (Ok(player), PlayerOrder::Place(width, height)) => player.set_place((width, height)),
                (Err(_), PlayerOrder::Command(PlayerCommand::Open(request))) => say_missing(&inbox, request.session),
                _ => {}
            }
        }
    })
}

fn say_missing(inbox: &Inbox, session: SessionId) {
    let phase = Phase::Failed { trouble: Trouble::MissingPlugin, next_try: None };
    inbox.say(What::Player(session, PlayerEvent::Phase(phase)));
}

/// Calls `refresh` at the moments that the schedule names, after it was wanted first.
async fn keep_fresh<F, R>(wanted: Arc<Notify>, mut schedule: Schedule, refresh: F)
where
    F: Fn() -> R,
    R: Future<Output = bool>,
{
    let chance = || rand::rng().random_range(0.0..1.0);
    wanted.notified().await;
    let mut due = Instant::now() + schedule.wanted(chance());
    loop {
        tokio::select! {
            // Never later than it was due anyway.
            () = wanted.notified() => due = due.min(Instant::now() + schedule.wanted(chance())),
            () = tokio::time::sleep_until(due) => {
                let wait = if refresh().await { schedule.succeeded(chance()) } else { schedule.failed(chance()) };
                // Asked for while it was under way: that is done with this.
                let _ = wanted.notified().now_or_never();
                due = Instant::now() + wait;
            }
        }
    }
}

async fn refresh_catalogue(catalogues: Arc<Union>, place: usize, inbox: Inbox, search: mpsc::Sender<Order>) -> bool {
    match catalogues.refresh(place).await {
        Ok(News::Changed { catalogue, faults }) => {
            for fault in faults.list.iter().take(20) {
                tracing::warn!("catalogue: {fault}");
            }
            let indexed = tokio::task::spawn_blocking(move || (source::of_catalogue(&catalogue), catalogue)).await;
            if let Ok((index, catalogue)) = indexed {
                let _ = search.send(Order::Courses(index));
                inbox.say(What::Catalogue(catalogue));
            }
            true
        }
        Ok(News::Unchanged) => true,
        Ok(other) => {
            tracing::warn!("catalogue: {}: held back: {other:?}", catalogues.name(place));
            true
        }
        Err(e) => {
            tracing::warn!("catalogue: {e}");
            inbox.say(What::CatalogueFailed);
            false
        }
    }
}

/// The operator's web servers first, whose time the guide is made for.
fn time_servers(operator: &Operator) -> Vec<Server> {
    let lineups = operator.lineups.iter().filter_map(Location::url);
    let web = lineups.chain(&operator.catalogue).chain(&operator.catalogues).map(|url| Server::Web(url.to_string()));
    web.chain(operator.ntp.iter().cloned().map(Server::Ntp)).collect()
}

async fn watch_network(gate: Gate, inbox: Inbox) {
    let mut known = true;
    loop {
        let looking = gate.clone();
        let up = tokio::task::spawn_blocking(move || looking.way_out()).await.unwrap_or(known);
        if up != known {
            known = up;
            inbox.say(What::Network(up));
        }
        tokio::time::sleep(NETWORK_WATCH).await;
    }
}

/// A lesson's subtitles come even where the server was away when it began.
async fn load_subtitles(gate: Gate, inbox: Inbox, session: SessionId, url: String) {
    for wait in RETRY_WAITS {
        match tokio::time::timeout(SUBTITLE_DEADLINE, gate.document(&url, subtitles::MAX_FILE_BYTES)).await {
            Ok(Ok(bytes)) => {
                let cues = subtitles::parse(&String::from_utf8_lossy(&bytes));
                inbox.say(What::Subtitles { session, cues });
                return;
            }
            Ok(Err(trouble)) => tracing::warn!("subtitles: {url}: {trouble:?}"),
            Err(_) => tracing::warn!("subtitles: {url}: not here after {} s", SUBTITLE_DEADLINE.as_secs()),
        }
        tokio::time::sleep(wait).await;
    }
}
