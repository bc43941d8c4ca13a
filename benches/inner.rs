//! The hot inner parts by themselves: `cargo bench --bench inner`. One message through the core, the model put on the
//! window, one frame drawn, lineups and guides read. Whole programs are measured by `budgets`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::{cell::RefCell, rc::Rc, time::Duration};

use divan::{Bencher, counter::ItemsCount};
use jinse_ui::AppWindow;
use jinse_xuetang::{
    app::{
        Model, Msg, What,
        msg::{Boot, Place},
        update,
    },
    catalogue::{courses::Courses, types::CourseId},
    guide::{
        db::{GuideDb, ImportOptions},
        formats::{address::Origin, read_lineup},
        lineup::{Channel, ChannelId, ChannelNumber, Lineup, MediaSource},
    },
    learning::{
        evaluate,
        recommend::{Past, Seen, recommend},
        taste::Taste,
    },
    player::types::{Phase, PlayerEvent},
    remote::{
        hands::Press,
        key::{Digit, RemoteKey},
    },
    search::{Index, Item, Kind, Own, find},
    time::{MonoMs, Now, UtcMs},
    view::{self, Lists, Pictures},
};
use slint::{
    ComponentHandle, PhysicalSize, PlatformError,
    platform::{
        Platform, WindowAdapter,
        software_renderer::{MinimalSoftwareWindow, PremultipliedRgbaColor, RepaintBufferType},
    },
};

const START: UtcMs = UtcMs(1_795_515_120_000);
const MANY: u32 = 10_000;
/// Channels of the largest playlist in public use.
const HUGE: u32 = 212_000;
const GUIDE_CHANNELS: usize = 500;
const GUIDE_PROGRAMMES: usize = 84;

fn main() {
    divan::main();
}

fn lineup(channels: u32) -> Lineup {
    let channel = |number: u32| Channel {
        id: ChannelId(format!("channel-{number}.example")),
        number: ChannelNumber(number),
        name: format!("频道{number}"),
        // A hundred groups, as the large public lists have them.
        groups: vec![format!("分组{}", number % 100)],
        logo: None,
        sources: vec![MediaSource { url: format!("http://op.example/{number}.m3u8"), headers: vec![] }],
        catchup: None,
        epg_id: None,
        epg_name: None,
        radio: false,
    };
    Lineup { channels: (1..=channels).map(channel).collect(), guides: vec![] }
}

/// A model under way, with a clock that each message moves on a little.
struct Session {
    model: Model,
    now: Now,
}

impl Session {
    fn new(channels: u32) -> Self {
        let now = Now { utc: START, mono: MonoMs(1_000) };
        let mut session = Self { model: Model::default(), now };
        let boot = Boot { lineup: Some(lineup(channels)), zone_offset_s: 8 * 3600, ..Boot::default() };
        session.say(What::Boot(Box::new(Boot { place: Place::SetTopBox, ..boot })));
        session.player(PlayerEvent::FirstFrame);
        session.player(PlayerEvent::Phase(Phase::Playing));
        session
    }

    fn say(&mut self, what: What) {
        self.now.mono = self.now.mono.plus(10);
        divan::black_box(update(&mut self.model, Msg { at: self.now, what }));
    }

    fn key(&mut self, key: RemoteKey) {
        self.say(What::Key(Press { key, repeat: false }));
    }

    fn player(&mut self, event: PlayerEvent) {
        self.say(What::Player(self.model.playback.session, event));
    }

    /// Full-screen live with the list of all channels open.
    fn in_the_list(channels: u32) -> Self {
        let mut session = Self::new(channels);
        session.key(RemoteKey::Live);
        session.key(RemoteKey::Ok);
        session.key(RemoteKey::Left);
        // "全部" is the last of the groups.
        for _ in 0..200 {
            session.key(RemoteKey::Down);
        }
        session.key(RemoteKey::Right);
        session
    }
}

#[divan::bench]
fn update_key_on_home(bencher: Bencher) {
    let mut session = Session::new(20);
    session.key(RemoteKey::Right);
    let mut down = false;
    bencher.bench_local(|| {
        down = !down;
        session.key(if down { RemoteKey::Down } else { RemoteKey::Up });
    });
}

#[divan::bench(args = [20, MANY, HUGE])]
fn update_key_in_the_channel_list(bencher: Bencher, channels: u32) {
    let mut session = Session::in_the_list(channels);
    bencher.bench_local(|| session.key(RemoteKey::Down));
}

/// Five digits, put on the window after each, and taken back.
#[divan::bench(args = [20, MANY, HUGE])]
fn view_of_five_digits(bencher: Bencher, channels: u32) {
    let (mut stage, mut session) = (Stage::new(), Session::new(channels));
    session.key(RemoteKey::Live);
    let digits: Vec<_> = [1, 0, 9, 9, 9].into_iter().filter_map(Digit::new).map(RemoteKey::Digit).collect();
    bencher.bench_local(|| {
        for digit in &digits {
            session.key(*digit);
            stage.show(&session.model);
        }
        session.key(RemoteKey::Back);
    });
}

#[divan::bench(args = [20, MANY, HUGE])]
fn update_zap(bencher: Bencher, channels: u32) {
    let mut session = Session::new(channels);
    session.key(RemoteKey::Live);
    bencher.bench_local(|| session.key(RemoteKey::ChannelUp));
}

#[divan::bench]
fn update_position_of_the_player(bencher: Bencher) {
    let mut session = Session::new(20);
    let mut position_ms = 0;
    bencher.bench_local(|| {
        position_ms += 250;
        session.player(PlayerEvent::Position { position_ms, duration_ms: None });
    });
}

/// A window in memory at the size of the look.
struct Stage {
    adapter: Rc<MinimalSoftwareWindow>,
    window: AppWindow,
    lists: Lists,
    pictures: Pictures,
    pixels: Vec<PremultipliedRgbaColor>,
}

const WIDTH: u32 = 1920;
const HEIGHT: u32 = 1080;

thread_local! {
    static ADAPTER: RefCell<Option<Rc<MinimalSoftwareWindow>>> = const { RefCell::new(None) };
}

struct Headless;

impl Platform for Headless {
    fn create_window_adapter(&self) -> Result<Rc<dyn WindowAdapter>, PlatformError> {
        let adapter = MinimalSoftwareWindow::new(RepaintBufferType::ReusedBuffer);
        ADAPTER.with(|slot| *slot.borrow_mut() = Some(adapter.clone()));
        Ok(adapter)
    }

    /// Stands, so that no animation of the interface is in the figures.
    fn duration_since_start(&self) -> Duration {
        Duration::from_secs(10)
    }
}

impl Stage {
    fn new() -> Self {
        // Already set by the benchmark before this one.
        let _ = slint::platform::set_platform(Box::new(Headless));
        let window = AppWindow::new().expect("a window in memory");
        let adapter = ADAPTER.with(|slot| slot.borrow_mut().take()).expect("the window asked for its adapter");
        window.show().expect("shown");
        adapter.set_size(PhysicalSize::new(WIDTH, HEIGHT));
        let pixels = vec![PremultipliedRgbaColor::default(); (WIDTH * HEIGHT) as usize];
        Self { adapter, lists: Lists::attach(&window), window, pictures: Pictures::default(), pixels }
    }

    fn show(&mut self, model: &Model) {
        view::show(&self.window, &self.lists, &mut self.pictures, model);
    }

    /// Whether anything had to be drawn.
    fn draw(&mut self) -> bool {
        slint::platform::update_timers_and_animations();
        let pixels = &mut self.pixels;
        self.adapter.draw_if_needed(|renderer| {
            renderer.render(pixels, WIDTH as usize);
        })
    }
}

#[divan::bench]
fn view_position_of_the_player_on_home(bencher: Bencher) {
    let (mut stage, mut session) = (Stage::new(), Session::new(20));
    stage.show(&session.model);
    stage.draw();
    let mut position_ms = 0;
    bencher.bench_local(|| {
        position_ms += 250;
        session.player(PlayerEvent::Position { position_ms, duration_ms: None });
        stage.show(&session.model);
        assert!(!stage.draw(), "nothing on the screen has changed");
    });
}

#[divan::bench(sample_count = 20)]
fn view_and_draw_a_key_on_home(bencher: Bencher) {
    let (mut stage, mut session) = (Stage::new(), Session::new(20));
    session.key(RemoteKey::Right);
    stage.show(&session.model);
    stage.draw();
    let mut down = false;
    bencher.bench_local(|| {
        down = !down;
        session.key(if down { RemoteKey::Down } else { RemoteKey::Up });
        stage.show(&session.model);
        assert!(stage.draw(), "the focus has moved");
    });
}

#[divan::bench(args = [20, MANY, HUGE])]
fn view_of_the_channel_list(bencher: Bencher, channels: u32) {
    let (mut stage, mut session) = (Stage::new(), Session::in_the_list(channels));
    bencher.bench_local(|| {
        session.key(RemoteKey::Down);
        stage.show(&session.model);
    });
}

#[divan::bench(sample_count = 20, args = [20, MANY, HUGE])]
fn view_and_draw_a_key_in_the_channel_list(bencher: Bencher, channels: u32) {
    let (mut stage, mut session) = (Stage::new(), Session::in_the_list(channels));
    stage.show(&session.model);
    stage.draw();
    bencher.bench_local(|| {
        session.key(RemoteKey::Down);
        stage.show(&session.model);
        stage.draw();
    });
}

#[divan::bench(sample_count = 10)]
fn read_a_playlist_of_212_000_channels(bencher: Bencher) {
    let mut text = "#EXTM3U\n".to_owned();
    for number in 0..HUGE {
        text += &format!(
            "#EXTINF:-1 tvg-id=\"c{number}.example\" tvg-logo=\"https://op.example/{number}.png\" group-title=\"分组{}\",频道{number}\nhttps://op.example/live/{number}/index.m3u8\n",
            number % 100
        );
    }
    let origin = Origin::Network("https://op.example/all.m3u".parse().expect("an address"));
    bencher
        .counter(ItemsCount::new(HUGE))
        .bench_local(|| read_lineup(text.as_bytes(), &origin, "all.m3u").expect("a lineup").lineup.channels.len());
}

fn guide() -> String {
    let time = |s: i64| jiff::Timestamp::from_second(s).expect("in range").strftime("%Y%m%d%H%M%S +0000").to_string();
    let start = START.0 / 1000 / 3600 * 3600;
    let mut text = "<?xml version=\"1.0\"?>\n<tv>\n".to_owned();
    for channel in 0..GUIDE_CHANNELS {
        text += &format!("<channel id=\"c{channel}\"><display-name>频道{channel}</display-name></channel>\n");
    }
    for channel in 0..GUIDE_CHANNELS {
        for slot in 0..GUIDE_PROGRAMMES as i64 {
            text += &format!(
                "<programme start=\"{}\" stop=\"{}\" channel=\"c{channel}\"><title lang=\"zh\">第{slot}讲：健康与养生</title><desc lang=\"zh\">今天老师讲怎样安全用药，怎样看懂说明书。</desc></programme>\n",
                time(start + slot * 7200),
                time(start + (slot + 1) * 7200)
            );
        }
    }
    text + "</tv>\n"
}

#[divan::bench(sample_count = 5)]
fn import_42_000_programmes(bencher: Bencher) {
    let text = guide();
    bencher.counter(ItemsCount::new(GUIDE_CHANNELS * GUIDE_PROGRAMMES)).bench_local(|| {
        let mut db = GuideDb::temporary().expect("a database");
        let report = db.import("guide.xml", 0, text.as_bytes(), &ImportOptions::default()).expect("imported");
        assert_eq!(report.programmes as usize, GUIDE_CHANNELS * GUIDE_PROGRAMMES);
    });
}

/// What a channel list asks for: now and next of a dozen rows.
#[divan::bench]
fn now_and_next_of_twelve_channels(bencher: Bencher) {
    let mut db = GuideDb::temporary().expect("a database");
    db.import("guide.xml", 0, guide().as_bytes(), &ImportOptions::default()).expect("imported");
    let keys: Vec<_> =
        (0..12).map(|n| db.find(&format!("频道{}", n * 37)).expect("asked").expect("known").key).collect();
    bencher.bench_local(|| db.now_next(&keys, START).expect("answered"));
}

/// Lessons of the largest catalogue, with the channels of a usual lineup left out: titles are what costs.
const LESSONS: usize = 200_000;

fn titles() -> Index {
    let what = ["太极拳", "八段锦", "智能手机", "防诈骗", "高血压饮食", "书法", "国画山水", "沪剧", "合唱", "二胡"];
    let how = ["入门", "二十四式", "第一课", "与健康", "基础", "提高班", "名家讲解", "每天十分钟", "要点", "练习"];
    let mut index = Index::default();
    for place in 0..LESSONS {
        let title = format!(
            "{}{}{}",
            what[place % what.len()],
            how[place / what.len() % how.len()],
            place / (what.len() * how.len())
        );
        let id = place.to_string();
        index.add(Item { kind: Kind::Lesson, id: &id, parent: None, title: &title, weight: 0 }, None);
    }
    index.finish()
}

/// Everything that one key asks for: digits, initials, spelled, characters, another of the same sound, a slip.
#[divan::bench(args = ["8", "85", "857", "tjq", "taijiquan", "太极拳", "太级拳", "tjx", "qqqq", "taijiquna"], sample_count = 20)]
fn search_in_200_000_lessons(bencher: Bencher, query: &str) {
    let index = titles();
    bencher.bench_local(|| find(&[&index], query, &Own::default(), 40));
}

/// Twenty courses of the past, twenty thousand to choose from.
#[divan::bench]
fn recommend_from_20_000_courses(bencher: Bencher) {
    let courses: Courses = evaluate::catalogue(20_000, 7).into();
    courses.prepare();
    let past: Vec<CourseId> = (0..20).map(|n| CourseId(format!("c{}", n * 331))).collect();
    let seen: Vec<Seen<'_>> =
        past.iter().map(|course| Seen { course, seconds: 900, finished: true, right: 0, at: START }).collect();
    let taste = Taste::default();
    let past = Past { seen: &seen, favourites: &[], taste: &taste, forgotten_at: None, now: START };
    bencher.bench_local(|| recommend(&courses, |id| courses.place(id), &past, 12));
}
