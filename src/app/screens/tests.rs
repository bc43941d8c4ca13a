//! Random hands on real screens: one focus, six presses of Back to Home, never stuck, never a panic.

use proptest::prelude::*;
use uuid::Uuid;

use crate::{
    app::{
        Effect, Model, Msg, What,
        learners::Busy,
        lock::{self, PinAnswer},
        model::{Overlay, Page, Power},
        msg::{Boot, Place},
        screens, update,
    },
    catalogue::types::*,
    guide::{lineup::*, programme::Programme},
    learning::{
        records::{Activities, Source},
        roster::LearnerId,
        survey::{Survey, SurveyId, SurveyKind, SurveyQuestion},
    },
    player::types::*,
    remote::{hands::Press, key::RemoteKey},
    search,
    store::{PinSeal, types::*},
    time::{MonoMs, Now, UtcMs},
};

pub(crate) const START: UtcMs = UtcMs(1_795_515_120_000);

pub(crate) fn source(url: &str) -> MediaSource {
    MediaSource { url: url.into(), headers: vec![] }
}

pub(crate) fn channel(number: u32, name: &str, group: &str) -> Channel {
    Channel {
        id: ChannelId(format!("c{number}")),
        number: ChannelNumber(number),
        name: name.into(),
        groups: vec![group.into()],
        logo: None,
        sources: vec![source(&format!("http://op.example/{number}.m3u8"))],
        catchup: None,
        epg_id: None,
        epg_name: None,
        radio: false,
    }
}

pub(crate) fn lineup() -> Lineup {
    let channels = vec![
        channel(1, "金色一套", "学习课堂"),
        Channel {
            catchup: Some(Catchup { mode: "default".into(), days: 2, source: None, correction_minutes: 0 }),
            ..channel(2, "健康频道", "学习课堂")
        },
        Channel {
            catchup: Some(Catchup { mode: "shift".into(), days: 2, source: None, correction_minutes: 0 }),
            ..channel(3, "沪语频道", "上海本地")
        },
        channel(5, "戏曲频道", "戏曲音乐"),
        channel(35, "茶频道", "生活"),
        Channel {
            catchup: Some(Catchup { mode: "vod".into(), days: 2, source: None, correction_minutes: 0 }),
            ..channel(38, "书画频道", "生活")
        },
    ];
    Lineup { channels: channels.into(), guides: vec![] }
}

/// What the guide has: programmes of unequal length that begin at odd times and run over midnight, a gap in each day,
/// nothing for channel 5, nothing more than two days ahead.
pub(crate) fn programmes(channel: &ChannelId, from: UtcMs, to: UtcMs) -> Vec<Programme> {
    const MINUTE: i64 = 60_000;
    const LENGTHS: [i64; 7] = [25, 30, 5, 45, 200, 10, 60];
    let cycle: i64 = LENGTHS.iter().sum::<i64>() * MINUTE;
    let last = START.plus(2 * 86_400_000);
    let mut found = Vec::new();
    let first = from.0.div_euclid(cycle) - 1;
    let mut start = UtcMs(first * cycle + 7 * MINUTE);
    for (n, length) in (first * 7..).zip(LENGTHS.into_iter().cycle()) {
        if start >= to || start > last || channel.0 == "c5" {
            break;
        }
        let end = start.plus(length * MINUTE);
        if end > from && n % 11 != 10 {
            let description = (n % 2 == 0).then(|| format!("第{n}集\n讲讲第{n}件事"));
            let catchup_id = Some(format!("http://vod.example/{n}.m3u8"));
            found.push(Programme { title: format!("节目{n}"), start, end, description, catchup_id });
        }
        start = end;
    }
    found
}

fn course(id: &str, band: Band, tier: Tier, lessons: u32) -> Course {
    Course {
        id: CourseId(id.into()),
        title: format!("课程{id}"),
        band,
        tier,
        form: Form::Mooc,
        provider: "社区学院".into(),
        teacher: "本课老师".into(),
        summary: String::new(),
        credit_tenths: 10,
        poster: None,
        lessons: (0..lessons)
            .map(|i| Lesson {
                id: LessonId(format!("l{i}")),
                title: format!("第{i}讲"),
                duration_s: 60,
                sources: if i == 3 { vec![] } else { vec![source(&format!("http://op.example/{id}/{i}.m3u8"))] },
                subtitles: vec![],
                chapter: None,
                quiz: None,
            })
            .collect(),
        live: vec![],
        hours_tenths: 10,
        ladder: None,
        pass_percent: None,
        learners: 0,
        related: vec![],
        venue: None,
        enrolment: None,
    }
}

pub(crate) fn catalogue() -> Catalogue {
    let mut courses: Vec<Course> =
        (0..9).map(|i| course(&format!("h{i}"), Band::Health, Tier::Beginner, i + 1)).collect();
    courses.push(super::quiz_tests::with_questions(course("x", Band::Arts, Tier::Advanced, 8)));
    let mut class = course("live", Band::Life, Tier::Intermediate, 0);
    class.form = Form::Live;
    class.live.push(LiveSession {
        id: "s".into(),
        title: "今晚课".into(),
        start: START.plus(-60_000),
        end: START.plus(3_600_000),
        sources: vec![source("http://op.example/live.m3u8")],
        place: None,
        recording: None,
    });
    courses.push(class);
    let mut hall = course("hall", Band::Culture, Tier::Beginner, 3);
    hall.form = Form::Short;
    hall.ladder = Some("讲".into());
    let session = |id: &str, from_min: i64| LiveSession {
        id: id.into(),
        title: format!("课{id}"),
        start: START.plus(from_min * 60_000),
        end: START.plus((from_min + 5) * 60_000),
        sources: if id == "c" { vec![] } else { vec![source("http://op.example/hall.m3u8")] },
        place: Some("二楼".into()),
        recording: (id == "a").then(|| LessonId("l1".into())),
    };
    hall.live =
        vec![session("a", -10), session("b", 2), session("c", 20), session("d", 2 * 1440), session("e", 9 * 1440)];
    hall.venue = Some(Venue {
        address: "学院路1号".into(),
        transport: "地铁1号线".into(),
        times: "每周三".into(),
        page: Some("https://op.example/p".into()),
    });
    hall.enrolment = Some(Enrolment { url: "http://op.example/enrol/hall".into(), seats: 3 });
    courses.push(hall);
    let mut step = course("step", Band::Culture, Tier::Advanced, 2);
    step.ladder = Some("讲".into());
    for (i, lesson) in step.lessons.iter_mut().enumerate() {
        lesson.chapter = Some(format!("第{i}周"));
    }
    courses.push(step);
    Catalogue { courses: courses.into(), surveys: vec![] }
}

/// The operator takes learning records; whether the learner agrees is for the hands to find.
pub(crate) fn records() -> Source {
    Source { activities: Activities("https://school.example/".parse().unwrap()), seed: Uuid::from_u128(5) }
}

/// A session under test: time moves only by `wait`, the player answers as told.
pub(crate) struct Sofa {
    pub model: Model,
    pub now: Now,
    pub effects: Vec<Effect>,
}

impl Sofa {
    pub fn new() -> Self {
        let mut sofa = Self { model: Model::default(), now: Now { utc: START, mono: MonoMs(1_000) }, effects: vec![] };
        let boot = Boot {
            lineup: Some(lineup()),
            catalogue: Some(catalogue()),
            zone_offset_s: 8 * 3600,
            place: Place::Desktop,
            records: Some(records()),
            ..Boot::default()
        };
        sofa.send(What::Boot(Box::new(boot)));
        sofa
    }

    pub fn send(&mut self, what: What) {
        self.effects = update(&mut self.model, Msg { at: self.now, what });
    }

    /// The guide answers what was asked of it.
    pub fn guide_answers(&mut self) {
        for effect in std::mem::take(&mut self.effects) {
            if let Effect::AskDay { channel, from, to } = effect {
                let programmes = programmes(&channel, from, to);
                self.send(What::Day { channel, from, programmes });
            }
        }
    }

    /// The searcher answers what was asked of it.
    pub fn search_answers(&mut self) {
        for effect in std::mem::take(&mut self.effects) {
            if let Effect::Search { number, query, own } = effect {
                let courses = self.model.catalogue.ready().map(search::source::of_catalogue).unwrap_or_default();
                let channels = self.model.lineup.ready().map(search::source::of_lineup).unwrap_or_default();
                let airings = search::source::of_airings(&screens::search::airings(&self.model));
                let own = own.iter().map(String::as_str).collect();
                let answer = search::find(&[&courses, &channels, &airings], &query, &own, 60);
                self.send(What::Found { number, answer });
            }
        }
    }

    /// Any answer, of every kind and of none, in place of a search: a walk asks tens of thousands of times.
    fn searcher_says_something(&mut self) {
        use search::{Answer, Found, Kind};
        let Some(number) = self.effects.iter().find_map(|e| match e {
            Effect::Search { number, .. } => Some(*number),
            _ => None,
        }) else {
            return;
        };
        let found = |kind, id: &str, parent: Option<&str>| Found {
            kind,
            id: id.into(),
            parent: parent.map(Into::into),
            title: id.into(),
            matched: vec![(0, 1)],
            score: 1.0,
        };
        let mut results = vec![
            found(Kind::Course, "h2", None),
            found(Kind::Lesson, "l1", Some("x")),
            found(Kind::Teacher, "本课老师", None),
            found(Kind::Provider, "社区学院", None),
            found(Kind::Channel, "c3", None),
            found(Kind::Programme, &search::source::airing_id(&ChannelId("c2".into()), START), None),
            found(Kind::Lesson, "gone", Some("gone")),
            found(Kind::Course, "gone", None),
        ];
        results.truncate(usize::try_from(number % 9).unwrap());
        results.reverse();
        let answer = Answer { total: results.len(), near: number % 2 == 0, results };
        self.send(What::Found { number, answer });
    }

    pub fn press(&mut self, key: RemoteKey) {
        self.send(What::Key(Press { key, repeat: false }));
    }

    pub fn wait(&mut self, ms: u64) {
        self.now.mono = self.now.mono.plus(ms);
        self.now.utc = self.now.utc.plus(ms as i64);
        self.send(What::Tick);
    }

    pub fn player(&mut self, event: PlayerEvent) {
        self.send(What::Player(self.model.playback.session, event));
    }

    pub fn plays(&mut self) {
        self.player(PlayerEvent::FirstFrame);
        self.player(PlayerEvent::Phase(Phase::Playing));
    }

    /// The running lesson plays on for `seconds`.
    pub fn watch(&mut self, seconds: u64) {
        for _ in 0..seconds * 4 {
            self.now.mono = self.now.mono.plus(250);
            self.now.utc = self.now.utc.plus(250);
            let position_ms = self.model.playback.position_ms.saturating_add(250);
            self.player(PlayerEvent::Position { position_ms, duration_ms: Some(60_000) });
        }
    }

    pub fn focus(&self) -> String {
        screens::focus_id(&self.model)
    }

    fn verify(&self) {
        let focus = self.focus();
        let all = screens::focusables(&self.model);
        assert!(crate::view::hints(&self.model).len() <= 6, "{:?}", self.model.page());
        assert!(!screens::focused(&self.model).label.is_empty(), "{focus} says nothing");
        let hits = all.iter().filter(|f| f.id == focus).count();
        assert_eq!(hits, 1, "{focus} among {all:?} on {:?} {:?}", self.model.page(), self.model.overlay);
        let mut ids: Vec<&str> = all.iter().map(|f| f.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all.len(), "names are unique: {all:?}");
        assert!(matches!(self.model.stack.first(), Some(Page::Home(_))));
        if let Some(id) = self.model.playback.channel() {
            assert!(!lock::is_closed(&self.model, id), "a locked channel plays");
        }
        assert!(self.model.past.is_none() || !matches!(self.model.page(), Page::Home(_)), "Home shows what is on now");
        let (of, now) = (&self.model.user.settings.learner, self.model.learners.roster.now());
        let nobody_came_yet = now == LearnerId::FIRST && of.is_empty();
        assert!(nobody_came_yet || *of == now.to_string(), "{now} has what is of {of}");
        if let Some(at) = self.model.next_deadline() {
            assert!(at > self.now.mono, "a deadline in the past would spin");
        }
    }

    fn back_reaches_home(&self) {
        let mut other = Sofa { model: self.model.clone(), now: self.now, effects: vec![] };
        if other.model.power == Power::Standby {
            other.press(RemoteKey::Back);
        }
        let at_home = |s: &Sofa| matches!(s.model.page(), Page::Home(_)) && s.model.overlay.is_none();
        // What was typed for a search is deleted one by one.
        let typed = self.model.stack.iter().map(|p| if let Page::Search(page) = p { page.typed.len() } else { 0 });
        for _ in 0..6 + typed.sum::<usize>() {
            if at_home(&other) {
                return;
            }
            other.press(RemoteKey::Back);
        }
        assert!(
            at_home(&other),
            "six times Back from {:?} {:?} ends on {:?}",
            self.model.stack,
            self.model.overlay,
            other.model.stack
        );
    }
}

#[derive(Clone, Debug)]
enum Op {
    Key(Press),
    Wait(u16),
    Player(u8),
    Watch(u8),
    NewLineup(u8),
    NewCatalogue(u8),
    Network(bool),
    GuideAnswers,
    GuideImported,
    ClockSet,
    Book(u8),
    Lock(u8),
    Pin(bool),
    /// A lesson with questions runs towards one.
    Ask(u8),
    /// Days ago somebody began here, and the school has a question.
    Settled,
    SearchAnswers,
    /// The operator answers about a seat.
    Seats(u8),
    /// The keeper of the learners' data answers.
    Learner(bool),
    CannotSpeak,
    /// To a page that few hands find by themselves.
    Open(u8),
}

fn any_key() -> impl Strategy<Value = RemoteKey> {
    let named: Vec<RemoteKey> = RemoteKey::NAMED.iter().map(|(_, k)| *k).collect();
    use RemoteKey::*;
    // Home, live and power would end most walks early: they come rarely.
    let walking: Vec<RemoteKey> =
        vec![Up, Down, Left, Right, Ok, Back, Menu, ChannelUp, ChannelDown, Red, Yellow, Green, Guide, Info];
    prop_oneof![
        12 => prop::sample::select(walking),
        1 => prop::sample::select(named),
        2 => (0u8..10).prop_filter_map("digit", RemoteKey::digit),
        1 => Just(Search),
    ]
}

fn any_op() -> impl Strategy<Value = Op> {
    prop_oneof![
        40 => (any_key(), any::<bool>()).prop_map(|(key, r)| Op::Key(Press { key, repeat: r && key.repeats() })),
        3 => (0u16..30_000).prop_map(Op::Wait),
        4 => (0u8..9).prop_map(Op::Player),
        2 => (1u8..70).prop_map(Op::Watch),
        1 => (0u8..7).prop_map(Op::NewLineup),
        1 => (0u8..15).prop_map(Op::NewCatalogue),
        1 => any::<bool>().prop_map(Op::Network),
        6 => Just(Op::GuideAnswers),
        1 => Just(Op::GuideImported),
        1 => Just(Op::ClockSet),
        2 => any::<u8>().prop_map(Op::Book),
        1 => any::<u8>().prop_map(Op::Lock),
        4 => any::<bool>().prop_map(Op::Pin),
        2 => any::<u8>().prop_map(Op::Ask),
        6 => Just(Op::SearchAnswers),
        4 => any::<u8>().prop_map(Op::Seats),
        4 => any::<bool>().prop_map(Op::Learner),
        2 => any::<u8>().prop_map(Op::Open),
        1 => Just(Op::Settled),
        1 => Just(Op::CannotSpeak),
    ]
}

fn apply(sofa: &mut Sofa, op: Op) {
    let trouble = Trouble::ServerDown;
    let at = sofa.now.mono;
    match op {
        Op::Key(press) => sofa.send(What::Key(press)),
        Op::Wait(ms) => sofa.wait(u64::from(ms)),
        Op::Watch(s) => sofa.watch(u64::from(s) / 8),
        Op::Player(n) => sofa.player(match n {
            0 => PlayerEvent::FirstFrame,
            1 => PlayerEvent::Phase(Phase::Playing),
            2 => PlayerEvent::Phase(Phase::Stalled { since: at, trouble }),
            3 => PlayerEvent::Phase(Phase::Reconnecting { attempt: 2, since: at, next_try: at.plus(4000), trouble }),
            4 => PlayerEvent::Phase(Phase::Failed { trouble: Trouble::MissingCodec, next_try: Some(at.plus(60_000)) }),
            5 => PlayerEvent::Phase(Phase::Ended),
            6 => PlayerEvent::Phase(Phase::Paused),
            7 => PlayerEvent::Position { position_ms: u64::MAX, duration_ms: Some(0) },
            _ => PlayerEvent::Phase(Phase::Opening),
        }),
        Op::NewLineup(keep) => {
            let mut all = lineup();
            all.channels.truncate(usize::from(keep));
            sofa.send(What::Lineup(all));
        }
        Op::NewCatalogue(keep) => {
            let mut all = catalogue();
            all.courses.truncate(usize::from(keep));
            all.courses.iter_mut().for_each(|c| c.lessons.truncate(usize::from(keep)));
            sofa.send(What::Catalogue(all));
        }
        Op::Network(up) => sofa.send(What::Network(up)),
        Op::GuideAnswers => sofa.guide_answers(),
        Op::SearchAnswers => sofa.searcher_says_something(),
        Op::Settled => {
            let kind = SurveyKind::Choice { options: (0..5).map(|n| format!("第{n}样")).collect() };
            let question = SurveyQuestion { id: "q".into(), prompt: "？".into(), kind };
            let survey = Survey { id: SurveyId("s".into()), title: "问问".into(), questions: vec![question; 2] };
            let catalogue = Catalogue { surveys: vec![survey], ..catalogue() };
            sofa.model.user.add_seconds(0, 60);
            sofa.send(What::Catalogue(catalogue));
        }
        Op::GuideImported => sofa.send(What::GuideImported),
        Op::ClockSet => sofa.send(What::ClockSet),
        Op::CannotSpeak => sofa.send(What::CannotSpeak),
        Op::Lock(n) => {
            let channel = ChannelId(format!("c{}", [0, 1, 2, 3, 38][usize::from(n % 5)]));
            sofa.model.user.pin = Some(PinSeal::hidden());
            sofa.model.user.apply(&StoreCommand::SetLocked { channel, on: n < 200 });
            sofa.send(What::Tick);
        }
        Op::Pin(right) => {
            for _ in 0..4 {
                sofa.send(What::PinDigit);
            }
            let ask = sofa.model.lock.asks;
            sofa.send(What::Pin(PinAnswer { ask, right }));
        }
        Op::Ask(n) => super::quiz_tests::runs_towards_a_question(sofa, n),
        Op::Seats(n) => super::forms_tests::office_says(sofa, n),
        Op::Learner(good) => match sofa.model.learners.busy {
            Some(Busy::Coming { learner, ask }) => {
                let settings = Settings { learner: learner.to_string(), ..Settings::default() };
                let user = good.then(|| Box::new(UserData { settings, ..UserData::default() }));
                sofa.send(What::LearnerRead { ask, user, notices: vec![] });
            }
            Some(Busy::Leaving(learner)) => sofa.send(What::LearnerRemoved { learner, gone: good }),
            None => {}
        },
        Op::Open(n) if sofa.model.power == Power::On => {
            screens::go_home(&mut sofa.model);
            let hall = CourseId("hall".into());
            match n % 5 {
                0 => screens::timetable::open(&mut sofa.model),
                1 => screens::waiting::open(&mut sofa.model, &hall, ["a", "b", "c", "gone"][usize::from(n / 5 % 4)]),
                2 => screens::visit::open(&mut sofa.model, &hall, &mut sofa.effects),
                3 if n > 127 => screens::learners::open(&mut sofa.model),
                3 => screens::settings::open(&mut sofa.model),
                _ => screens::course::open(&mut sofa.model, hall),
            }
            sofa.send(What::Tick);
        }
        Op::Open(_) => {}
        Op::Book(n) => {
            let start = sofa.now.utc.plus(i64::from(n) * 20_000 - 1_000_000);
            let of = ReminderOf::Programme(ChannelId(format!("c{}", n % 7)));
            let reminder = Reminder { of, start, end: start.plus(600_000), title: "约".into(), place: "台".into() };
            let mut effects = Vec::new();
            crate::app::reminders::book(&mut sofa.model, reminder, &mut effects);
        }
    }
}

const WALKS: u32 = 10_000;

proptest! {
    #![proptest_config(ProptestConfig { cases: WALKS, max_shrink_iters: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_keys_gets_stuck(keys in prop::collection::vec(any_key(), 200)) {
        let mut sofa = Sofa::new();
        for (i, key) in keys.into_iter().enumerate() {
            sofa.press(key);
            sofa.verify();
            if i % 3 == 0 {
                match sofa.model.page() {
                    Page::Search(_) => sofa.searcher_says_something(),
                    _ => sofa.guide_answers(),
                }
                sofa.verify();
            }
            if i % 20 == 19 {
                sofa.back_reaches_home();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, max_shrink_iters: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_course_of_events_gets_stuck(ops in prop::collection::vec(any_op(), 120)) {
        let mut sofa = Sofa::new();
        for op in ops {
            apply(&mut sofa, op);
            sofa.verify();
            sofa.back_reaches_home();
        }
    }
}

#[test]
fn a_box_without_any_data_still_has_one_focus_everywhere() {
    let mut sofa = Sofa { model: Model::default(), now: Now { utc: START, mono: MonoMs(1) }, effects: vec![] };
    sofa.verify();
    sofa.send(What::Boot(Box::default()));
    for door in
        [RemoteKey::Ok, RemoteKey::Back, RemoteKey::Right, RemoteKey::Ok, RemoteKey::Down, RemoteKey::Ok, RemoteKey::Ok]
    {
        sofa.press(door);
        sofa.verify();
        sofa.back_reaches_home();
    }
}

#[test]
fn home_begins_on_the_window_and_fills_the_screen_after_20_seconds() {
    let mut sofa = Sofa::new();
    assert_eq!(sofa.focus(), "home.window");
    assert!(
        sofa.effects
            .iter()
            .any(|e| matches!(e, Effect::Player(PlayerCommand::Open(r)) if r.sources[0].url.ends_with("/1.m3u8")))
    );
    sofa.plays();
    sofa.wait(19_000);
    assert!(matches!(sofa.model.page(), Page::Home(_)));
    sofa.wait(1_000);
    assert!(matches!(sofa.model.page(), Page::Live));
    assert!(sofa.model.banner_shown());
    assert!(sofa.effects.is_empty(), "the picture goes on, nothing is opened again: {:?}", sofa.effects);
}

#[test]
fn three_and_03_and_003_are_one_channel() {
    for digits in [vec![3], vec![0, 3], vec![0, 0, 3]] {
        let mut sofa = Sofa::new();
        sofa.press(RemoteKey::Live);
        for d in digits {
            sofa.press(RemoteKey::digit(d).unwrap());
        }
        sofa.wait(2_500);
        assert_eq!(sofa.model.channel, Some(ChannelId("c3".into())));
        assert_eq!(sofa.model.overlay, None);
    }
}

#[test]
fn an_unknown_number_is_said_and_the_channel_stays() {
    let mut sofa = Sofa::new();
    sofa.press(RemoteKey::Live);
    sofa.press(RemoteKey::digit(3).unwrap());
    sofa.press(RemoteKey::digit(6).unwrap());
    sofa.press(RemoteKey::Ok);
    let Some(Overlay::NoNumber(no)) = &sofa.model.overlay else { panic!("{:?}", sofa.model.overlay) };
    assert_eq!(no.number, ChannelNumber(36));
    assert_eq!(no.near, vec![ChannelId("c35".into()), ChannelId("c38".into())]);
    assert_eq!(sofa.model.channel, Some(ChannelId("c1".into())));
    assert_eq!(sofa.focus(), "no-number.0");
}

#[test]
fn channels_wrap_and_the_last_one_is_kept() {
    let mut sofa = Sofa::new();
    sofa.press(RemoteKey::Live);
    sofa.press(RemoteKey::ChannelDown);
    assert_eq!(sofa.model.channel, Some(ChannelId("c38".into())));
    assert!(sofa.effects.contains(&Effect::Store(StoreCommand::SaveLastChannel(ChannelId("c38".into())))));
    sofa.press(RemoteKey::Up);
    assert_eq!(sofa.model.channel, Some(ChannelId("c1".into())));
}

#[test]
fn an_event_of_an_earlier_channel_is_dropped() {
    let mut sofa = Sofa::new();
    let old = sofa.model.playback.session;
    sofa.press(RemoteKey::ChannelUp);
    sofa.send(What::Player(old, PlayerEvent::Phase(Phase::Failed { trouble: Trouble::NotFound, next_try: None })));
    assert_eq!(sofa.model.playback.phase, Phase::Opening);
}

fn open_first_health_course(sofa: &mut Sofa) {
    for key in [RemoteKey::Right, RemoteKey::Down, RemoteKey::Right, RemoteKey::Ok] {
        sofa.press(key);
    }
    assert_eq!(sofa.focus(), "category.h0");
}

#[test]
fn a_lesson_is_found_again_where_it_was_left() {
    let mut sofa = Sofa::new();
    open_first_health_course(&mut sofa);
    sofa.press(RemoteKey::Right);
    sofa.press(RemoteKey::Ok);
    sofa.press(RemoteKey::Ok);
    assert_eq!(sofa.focus(), "player");
    sofa.plays();
    sofa.watch(25);
    sofa.press(RemoteKey::Back);
    assert_eq!(sofa.focus(), "course.main");
    let entry = &sofa.model.user.history[0];
    assert_eq!((entry.position_ms, entry.watched.total()), (25_000, 25));
    sofa.press(RemoteKey::Home);
    sofa.press(RemoteKey::Up);
    assert_eq!(sofa.focus(), "home.card");
    sofa.press(RemoteKey::Ok);
    assert!(
        sofa.effects.iter().any(|e| matches!(e, Effect::Player(PlayerCommand::Open(r)) if r.start_ms == 25_000)),
        "{:?}",
        sofa.effects
    );
}

#[test]
fn skipping_forward_earns_nothing() {
    let mut sofa = Sofa::new();
    open_first_health_course(&mut sofa);
    sofa.press(RemoteKey::Ok);
    sofa.press(RemoteKey::Ok);
    sofa.plays();
    sofa.watch(5);
    for _ in 0..4 {
        sofa.press(RemoteKey::Right);
    }
    assert_eq!(sofa.model.playback.place_ms(), 45_000);
    sofa.player(PlayerEvent::Position { position_ms: 45_000, duration_ms: Some(60_000) });
    sofa.watch(3);
    assert_eq!(sofa.model.user.history[0].watched.total(), 8);
}

#[test]
fn the_next_lesson_follows_unless_the_viewer_stays() {
    let mut sofa = Sofa::new();
    open_first_health_course(&mut sofa);
    sofa.press(RemoteKey::Right);
    sofa.press(RemoteKey::Ok);
    sofa.press(RemoteKey::Ok);
    sofa.plays();
    sofa.watch(59);
    sofa.player(PlayerEvent::Phase(Phase::Ended));
    assert_eq!(sofa.focus(), "end.0");
    let mut stays = Sofa { model: sofa.model.clone(), now: sofa.now, effects: vec![] };
    sofa.wait(10_000);
    assert!(
        sofa.effects
            .iter()
            .any(|e| matches!(e, Effect::Player(PlayerCommand::Open(r)) if r.sources[0].url.ends_with("h1/1.m3u8")))
    );
    stays.press(RemoteKey::Back);
    stays.wait(20_000);
    assert_eq!(stays.focus(), "end.0");
}

#[test]
fn trouble_waits_five_seconds_and_leaves_by_itself() {
    let mut sofa = Sofa::new();
    sofa.press(RemoteKey::Live);
    sofa.plays();
    sofa.wait(1_000);
    let since = sofa.now.mono;
    sofa.player(PlayerEvent::Phase(Phase::Stalled { since, trouble: Trouble::ServerDown }));
    assert_eq!(sofa.model.overlay, None);
    sofa.wait(5_000);
    assert_eq!(sofa.focus(), "trouble.retry");
    sofa.player(PlayerEvent::Phase(Phase::Playing));
    assert_eq!(sofa.model.overlay, None);
}

#[test]
fn what_waiting_hardly_cures_counts_down_to_the_next_look() {
    let mut sofa = Sofa::new();
    sofa.press(RemoteKey::Live);
    let next_try = Some(sofa.now.mono.plus(60_000));
    sofa.player(PlayerEvent::Phase(Phase::Failed { trouble: Trouble::MissingCodec, next_try }));
    assert_eq!(sofa.focus(), "trouble.retry");
    sofa.wait(7_500);
    assert_eq!(screens::trouble::countdown(&sofa.model), "53 秒后自动再试一次");
    assert_eq!(screens::trouble::retry_in_ms(&sofa.model), Some(52_500));
    // Where nothing will be tried, nothing is promised.
    sofa.player(PlayerEvent::Phase(Phase::Failed { trouble: Trouble::MissingPlugin, next_try: None }));
    assert_eq!(screens::trouble::countdown(&sofa.model), "再试也是这样，先看看别的吧");
}

#[test]
fn a_keyboards_page_keys_change_the_channel_wherever_channel_keys_do() {
    for (there, back) in [(RemoteKey::PageUp, RemoteKey::PageDown), (RemoteKey::ChannelUp, RemoteKey::ChannelDown)] {
        let mut sofa = Sofa::new();
        let zaps = |sofa: &mut Sofa| {
            let before = sofa.model.channel.clone();
            sofa.press(there);
            assert_ne!(sofa.model.channel, before, "{there:?} on {:?}", sofa.model.page());
            sofa.press(back);
            assert_eq!(sofa.model.channel, before, "{back:?} on {:?}", sofa.model.page());
        };
        zaps(&mut sofa);
        sofa.press(RemoteKey::Live);
        zaps(&mut sofa);
        // A digit that was begun, and the page for trouble, give way.
        sofa.press(RemoteKey::Digit(crate::remote::key::Digit::new(3).unwrap()));
        zaps(&mut sofa);
        sofa.wait(6_000);
        assert_eq!(sofa.focus(), "trouble.retry");
        zaps(&mut sofa);
    }
}

#[test]
fn whatever_the_player_says_a_viewer_knows_in_four_seconds() {
    let (trouble, at) = (Trouble::Stalled, MonoMs(0));
    let phases = [
        None,
        Some(Phase::Opening),
        Some(Phase::Stalled { since: at, trouble }),
        Some(Phase::Reconnecting { attempt: 1, since: at, next_try: at, trouble }),
        Some(Phase::Failed { trouble, next_try: None }),
    ];
    for phase in phases {
        let mut sofa = Sofa::new();
        sofa.press(RemoteKey::Live);
        sofa.plays();
        sofa.press(RemoteKey::ChannelUp);
        if let Some(phase) = phase.clone() {
            sofa.player(PlayerEvent::Phase(phase));
        }
        let zapped = sofa.now.mono;
        while let Some(next) = sofa.model.next_deadline().filter(|at| at.since(zapped) <= 4_000) {
            sofa.wait(next.since(sofa.now.mono));
        }
        let words = screens::live::words(&sofa.model);
        assert!(!words.is_empty() && words != "正在打开", "{phase:?}: {words}");
    }
}

#[test]
fn standby_stops_the_pipeline_and_any_key_wakes() {
    let mut sofa = Sofa::new();
    sofa.press(RemoteKey::Power);
    assert!(sofa.effects.contains(&Effect::Player(PlayerCommand::Stop)));
    sofa.press(RemoteKey::VolumeUp);
    assert_eq!(sofa.focus(), "home.window");
    assert!(sofa.effects.iter().any(|e| matches!(e, Effect::Player(PlayerCommand::Open(_)))));
}

#[test]
fn a_channel_that_moved_is_opened_at_its_new_address() {
    let mut sofa = Sofa::new();
    let mut moved = lineup();
    moved.channels[0].sources = vec![source("http://op.example/new/1.m3u8")];
    sofa.send(What::Lineup(moved));
    let opens = |e: &Effect| matches!(e, Effect::Player(PlayerCommand::Open(r)) if r.sources[0].url.contains("/new/"));
    assert!(sofa.effects.iter().any(opens), "{:?}", sofa.effects);
}

#[test]
fn a_lineup_that_is_quicker_than_the_start_is_played() {
    let mut sofa = Sofa { model: Model::default(), now: Now { utc: START, mono: MonoMs(1_000) }, effects: vec![] };
    sofa.send(What::Lineup(lineup()));
    sofa.send(What::Catalogue(catalogue()));
    let stale = Catalogue::default();
    sofa.send(What::Boot(Box::new(Boot { catalogue: Some(stale), ..Boot::default() })));
    assert!(sofa.effects.iter().any(|e| matches!(e, Effect::Player(PlayerCommand::Open(_)))), "{:?}", sofa.effects);
    assert!(!sofa.model.catalogue.ready().unwrap().courses.is_empty());
}
