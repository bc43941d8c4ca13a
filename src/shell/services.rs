//! Everything outside that effects reach: player, store, guide, catalogue, network. Each answers by a message; none
//! is waited for on the UI thread.

mod player;
mod upkeep;

use std::{
    cell::RefCell,
    path::PathBuf,
    sync::{Arc, mpsc},
    time::Duration,
};

use tokio::{runtime::Runtime, sync::Notify};

use super::{
    clock::Clock,
    enrol, images,
    inbox::{Arrival, Inbox},
    learners::LearnerKeeper,
    lineup_keeper::{self, LineupKeeper},
    picture_cache::PictureCache,
    records::{RecordSenders, RecordStore},
    time_keeper::TimeKeeper,
};
use crate::{
    app::{Effect, What, learners::LearnerOrder},
    catalogue::union::Union,
    guide::{
        cache::LineupCache,
        lineup::Lineup,
        service::{GuideAnswer, GuideCommand, GuideService},
    },
    operator::config::Operator,
    player::{cast::Limits, frames::Painter, gate::Gate, types::PlayerCommand},
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
use player::{PlayerOrder, start_player};
use upkeep::{keep_fresh, load_subtitles, refresh_catalogue, time_servers, watch_network};

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
