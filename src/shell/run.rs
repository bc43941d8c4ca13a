//! Start-up and the event loop. What is needed for the first picture is read first; everything slow comes after the
//! window is up.

use std::{
    cell::Cell,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use i_slint_backend_winit::WinitWindowAccessor;
use jinse_ui::{AppWindow, Bridge};
use slint::{ComponentHandle, Timer};
use tokio::runtime::Runtime;
use url::Url;
use uuid::Uuid;

use super::{
    bare_x11,
    clock::{self, Clock},
    control::ControlServer,
    desk::{self, Desk},
    enrol,
    inbox::{Arrival, Inbox},
    options::{RunArgs, resolve},
    picture::{self, CoverRects, Way},
    pin::PinKeeper,
    record::Recorder,
    records::RecordStore,
    requests::Drawing,
    screen::{self, Backend},
    services::{Parts, Services},
};
use crate::{
    app::{
        Model, What,
        msg::{Boot, Place},
    },
    catalogue::union::{Addresses, Union},
    cli::{Exit, Failure},
    demo::{DemoRoot, DemoServer},
    guide::cache::LineupCache,
    learning::records::{Activities, Source},
    net::{self, Location},
    operator::config::{self, Operator, Playback, VideoWay},
    player::{
        cast::Limits,
        frames::FrameSink,
        gate::{Gate, GatePolicy},
    },
    remote::{hands::Hands, keymap::Keymap},
    schedule::Manner,
    store::{Household, PinSeal, household::Found, types::StoreCommand},
    view::{Lists, Pictures},
};

fn input(e: impl std::fmt::Display) -> Failure {
    Failure::Input(e.to_string())
}

fn lacks(e: impl std::fmt::Display) -> Failure {
    Failure::MachineLacks(e.to_string())
}

/// `jinse-xuetang run`
pub fn run(args: &RunArgs) -> Result<Exit, Failure> {
    let mut stage = Stage::set(args)?;
    stage.begin();
    desk::with(|desk| leave_on_signals(&desk.services.runtime, &desk.inbox));
    stage.window.run().map_err(lacks)?;
    stage.strike()?;
    Ok(Exit::Fine)
}

/// A window with everything behind it, ready for the event loop.
pub struct Stage {
    pub window: AppWindow,
    pub demo: Option<DemoServer>,
    inbox: Inbox,
    pub boot: Option<Boot>,
}

impl Stage {
    pub fn set(args: &RunArgs) -> Result<Self, Failure> {
        let config = resolve(args)?;
        let recorder = args.record.as_deref().map(Recorder::create).transpose().map_err(input)?;
        let mut keymap = Keymap::shipped();
        if let Some(path) = &args.keymap {
            keymap.load_over(path).map_err(input)?;
        }
        let backend = screen::choose_backend(|key| desk::with(|desk| desk.kernel_key(key)).unwrap_or(false))?;
        let clock = match args.tour {
            Some(tour) => Clock::standing(tour.utc),
            None => Clock::new(args.clock).off_by_s(args.clock_off.unwrap_or(0)),
        };
        // Such a box believes no certificate either.
        if let Some(never_set) = args.clock.filter(|at| *at < crate::time::EARLIEST) {
            crate::tls::stand_at(never_set);
        }
        let clock = Arc::new(clock);
        let inbox = Inbox::new(|| {
            // Only fails when the loop has ended, and then there is nothing left to tell.
            let _ = slint::invoke_from_event_loop(|| {
                desk::with(Desk::take_arrivals);
            });
        });

        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|e| lacks(format!("no threads for the network: {e}")))?;
        let (operator, demo) = operator(&runtime, config.operator, args)?;
        // Whoever names an operator on the command line waits for what comes.
        let manner = if demo.is_some() || args.operator.is_some() { Manner::Eager } else { Manner::Fleet };
        let http = net::client(named(&operator)).map_err(lacks)?;
        let records = config.records.as_ref().map(|r| record_store(r, &operator)).transpose()?;
        let gate = Gate::start(runtime.handle().clone(), gate_policy(&operator, &config.playback)).map_err(lacks)?;

        if let Err(e) = std::fs::create_dir_all(&config.storage.cache_dir) {
            tracing::warn!("{}: {e}; nothing is kept for the next start", config.storage.cache_dir.display());
        }
        let now = clock.now();
        let to = inbox.clone();
        let on_notice = move |notice| to.say(What::Store(notice));
        let (household, found) = Household::open(&config.storage.dir, clock::wall(), on_notice);
        let Found { roster, mut user, notices } = found;
        // What the core is told is recorded: there it is enough that there is a PIN.
        let pin = user.pin.take();
        user.pin = pin.as_ref().map(|_| PinSeal::hidden());
        let lineup_cache = LineupCache::new(config.storage.cache_dir.join("lineup.json"));
        // A cache of another operator's channels is no help.
        let own = operator.lineup_sources();
        let cached = lineup_cache.load().filter(|c| c.source == own);
        let addresses =
            Addresses { own: operator.catalogue.clone(), others: operator.catalogues.clone(), feeds: operator.feeds };
        let catalogues = Arc::new(Union::new(&http, &config.storage.cache_dir, &addresses));
        let zone_offset_s = args.tour.map_or_else(|| clock::zone_offset_s(now.utc), |tour| tour.zone_offset_s);
        if user.settings.learner.is_empty() {
            user.settings.learner = enrol::new_learner();
            household.send(StoreCommand::SaveSettings(user.settings.clone()));
        }
        let boot = Boot {
            user,
            roster,
            notices,
            lineup: cached.map(|c| c.lineup),
            catalogue: catalogues.cached(),
            zone_offset_s,
            zone: args.tour.is_none().then(|| clock::zone(now.utc)),
            clock_wrong: !clock.is_right(),
            place: if args.set_top_box || backend == Backend::Kms { Place::SetTopBox } else { Place::Desktop },
            service_phone: config.branding.service_phone.clone(),
            records: records.as_ref().map(|(source, ..)| source.clone()),
        };
        let records_allowed = boot.user.settings.records_since.is_some();

        let window = AppWindow::new().map_err(|e| lacks(format!("no window: {e}; run \"jinse-xuetang doctor\"")))?;
        screen::fit(&window, args.window);
        let to = inbox.clone();
        let frames = FrameSink::new(move || to.put(Arrival::Frame));
        let services = Services::start(Parts {
            runtime,
            http,
            inbox: inbox.clone(),
            household,
            data_dir: config.storage.dir,
            gate,
            operator,
            cache_dir: config.storage.cache_dir,
            catalogues,
            manner,
            lineup_cache,
            cached_lineup: boot.lineup.clone(),
            clock: clock.clone(),
            records: records.map(|(_, to, http)| (to, http)),
            records_allowed,
            neighbours: config.playback.fetches_ahead(),
            groups: Limits { groups: config.playback.multicast_groups, ring_bytes: config.playback.multicast_mb << 20 },
        })
        .map_err(|e| lacks(format!("no thread for the player: {e}")))?;
        let control = match &args.control {
            Some(path) => Some(control(path, &services, &inbox)?),
            None => None,
        };
        let desk = Desk {
            lists: Lists::attach(&window),
            window: window.clone_strong(),
            model: Model::default(),
            pictures: Pictures::default(),
            clock,
            inbox: inbox.clone(),
            frames,
            way: Way::Painted,
            covers: CoverRects::default(),
            services,
            hands: Hands::default(),
            keymap,
            pin: PinKeeper::new(pin),
            recorder,
            control,
            drawing: Drawing::default(),
            focus_rect: Rc::new(Cell::new([0; 4])),
            focus_reports: Rc::default(),
            still: None,
            timer: Timer::default(),
            place: None,
            keeps_paper: None,
            quitting: false,
            unfit: None,
        };
        wire(&window, &desk);
        desk::open(desk);
        choose_way(&window, config.playback.video);
        // Until the first message has been worked on, the splash is what there is to see.
        desk::with(Desk::refresh);
        Ok(Self { window, demo, inbox, boot: Some(boot) })
    }

    /// Says the first message, with which everything begins.
    pub fn begin(&mut self) {
        if let Some(boot) = self.boot.take() {
            self.inbox.say(What::Boot(Box::new(boot)));
        }
    }

    /// Saves, stops and joins everything. Fails where the machine turned out to lack something.
    pub fn strike(self) -> Result<(), Failure> {
        let _ = self.window.hide();
        let mut unfit = None;
        if let Some(mut desk) = desk::close() {
            let last = desk.last_words();
            desk.timer.stop();
            unfit = desk.unfit.take();
            desk.services.shut_down(last);
        }
        drop(self.demo);
        unfit.map_or(Ok(()), |lacks| Err(Failure::MachineLacks(lacks)))
    }
}

/// The configured operator, or the demo operator started for the occasion.
fn operator(
    runtime: &Runtime,
    configured: Option<Operator>,
    args: &RunArgs,
) -> Result<(Operator, Option<DemoServer>), Failure> {
    if let Some(operator) = configured {
        return Ok((operator, None));
    }
    let root = DemoRoot::find().map_err(lacks)?;
    let demo = match args.tour.map(|t| t.utc).or(args.clock) {
        // Its live channels need a clock that moves, its guide one that shows our time.
        Some(utc) => {
            let since = Instant::now();
            let clock = move || utc.plus(i64::try_from(since.elapsed().as_millis()).unwrap_or(i64::MAX)).0;
            DemoServer::start_with_clock(runtime.handle(), args.demo_listen, root, Arc::new(clock))
        }
        None => DemoServer::start(runtime.handle(), args.demo_listen, root),
    }
    .map_err(lacks)?;
    tracing::info!("no operator is configured; the demo operator serves at {}", demo.url());
    let root = Url::parse(&demo.url()).map_err(input)?;
    Ok((config::from_operator_root(&root), Some(demo)))
}

/// A system that shuts down and Ctrl-C in a terminal keep the place as the close button does.
fn leave_on_signals(runtime: &Runtime, inbox: &Inbox) {
    use tokio::signal::unix::{SignalKind, signal};
    let _inside = runtime.enter();
    for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
        match signal(kind) {
            Ok(mut signals) => {
                let to = inbox.clone();
                runtime.spawn(async move {
                    signals.recv().await;
                    to.say(What::CloseWindow);
                });
            }
            Err(e) => tracing::warn!("signals end the program at once: {e}"),
        }
    }
}

/// What the configuration names: these hosts may be anywhere, this machine included.
fn named(operator: &Operator) -> impl Iterator<Item = &Url> {
    let locations = operator.lineups.iter().chain(operator.guides.iter().map(|guide| &guide.location));
    locations.filter_map(Location::url).chain(&operator.catalogue).chain(&operator.catalogues)
}

/// What the core needs to write records down, and where and how they are sent.
fn record_store(
    configured: &config::Records,
    operator: &Operator,
) -> Result<(Source, RecordStore, reqwest::Client), Failure> {
    let http = net::poster(&configured.statements).map_err(lacks)?;
    let credentials = match &configured.credentials {
        Some(config::Credentials { user, password_file }) => {
            let password = std::fs::read_to_string(password_file)
                .map_err(|e| input(format!("records.password_file: {}: {e}", password_file.display())))?;
            Some((user.clone(), password.trim_end_matches(['\r', '\n']).to_owned()))
        }
        None => None,
    };
    let activities = configured.activities.clone().or_else(|| operator.catalogue.as_ref()?.join("/").ok());
    let activities = Activities(activities.unwrap_or_else(|| configured.statements.clone()));
    let source = Source { activities, seed: Uuid::from_u128(rand::random()) };
    let to = RecordStore { statements: configured.statements.clone(), credentials, gather: configured.gather };
    Ok((source, to, http))
}

fn gate_policy(operator: &Operator, playback: &Playback) -> GatePolicy {
    let hosts = named(operator).filter_map(|url| Some((url.host_str()?.to_owned(), url.port_or_known_default()?)));
    GatePolicy {
        operator_hosts: hosts.collect(),
        local_addresses: operator.local_addresses,
        warm_bytes: playback.neighbour_mb << 20,
        warm_bps: playback.neighbour_kbps.map(|kbps| kbps as u64 * 1_000),
        ..GatePolicy::default()
    }
}

fn control(path: &std::path::Path, services: &Services, inbox: &Inbox) -> Result<ControlServer, Failure> {
    let to = inbox.clone();
    let handler = Arc::new(move |request, reply| to.put(Arrival::Control(request, reply)));
    ControlServer::start(path, services.runtime.handle(), handler).map_err(input)
}

/// A plane needs the window itself, which exists once the event loop runs.
fn choose_way(window: &AppWindow, wish: VideoWay) {
    let window = window.clone_strong();
    let chosen = slint::spawn_local(async move {
        // On KMS there is no such window, and pictures are painted.
        let _ = window.window().winit_window().await;
        screen::scale_to_window(&window);
        bare_x11::take_keys(window.window());
        desk::with(|desk| {
            let (way, painter) = picture::choose(&window, wish, &desk.frames);
            desk.way = way;
            desk.services.paint(painter);
            desk.refresh();
        });
    });
    if let Err(e) = chosen {
        tracing::error!("no way for pictures: {e}");
    }
}

/// Connects what Slint reports with the desk.
fn wire(window: &AppWindow, desk: &Desk) {
    let bridge = window.global::<Bridge>();
    bridge.on_key_down(|text| {
        desk::with(|desk| desk.key_down(&text));
        true
    });
    bridge.on_key_up(|text| {
        desk::with(|desk| desk.key_up(&text));
        true
    });
    let (rect, reports) = (desk.focus_rect.clone(), desk.focus_reports.clone());
    bridge.on_focus_drawn(move |x, y, width, height| {
        reports.set(reports.get() + 1);
        let new = [x, y, width, height].map(|length| length.round() as i32);
        if rect.replace(new) != new {
            Timer::single_shot(Duration::ZERO, || {
                desk::with(|desk| desk.publish());
            });
        }
    });
    let covers = desk.covers.clone();
    bridge.on_cover_drawn(move |cover, x, y, width, height| {
        let rect = [x, y, width, height];
        let known = covers.borrow_mut().insert(cover as usize, rect);
        if known != Some(rect) {
            // Reports come while Slint draws; the plane follows right after.
            Timer::single_shot(Duration::ZERO, || {
                desk::with(Desk::arrange_picture);
            });
        }
    });
    window.window().on_close_requested(|| {
        desk::with(|desk| desk.message(What::CloseWindow));
        slint::CloseRequestResponse::KeepWindowShown
    });
    screen::follow_window(window);
}
