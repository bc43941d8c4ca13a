//! Everything the viewer's side of the program knows. Only `update` changes it.
//!
//! A page that covers another keeps it below in `stack`, with its focus, so that coming back lands on the item
//! left. At most one overlay lies on top; what it needs to go on with is inside it.

use std::collections::HashMap;

use crate::{
    app::{
        enrolment::Known,
        learners::Learners,
        lock::Lock,
        msg::Place,
        playback::Playback,
        programmes::Programmes,
        records::Records,
        reminders::Call,
        screens::{
            bookings::BookingsPage,
            category::CategoryPage,
            channels::{ChannelList, Group},
            course::CoursePage,
            dialog::Dialog,
            guide::GuidePage,
            history::HistoryPage,
            home::HomeFocus,
            interests::InterestsPage,
            learners::LearnersPage,
            learning::LearningFocus,
            lesson::LessonPage,
            menu::Menu,
            names::NamesPage,
            number::{NoNumber, NumberEntry},
            paper::PaperPage,
            part::PartPage,
            past::Past,
            pin::PinCard,
            programme::ProgrammePage,
            quiz::QuizPage,
            search::SearchPage,
            settings::SettingsPage,
            survey::SurveyPage,
            timetable::TimetablePage,
            trouble::TroubleFocus,
            visit::VisitPage,
            waiting::WaitingPage,
        },
        speech::Voice,
    },
    catalogue::types::{Catalogue, CourseId},
    guide::{
        lineup::{Channel, ChannelId, Lineup},
        programme::NowNext,
    },
    learning::recommend::Pick,
    store::types::{Reminder, UserData},
    time::{MonoMs, Now, Zone},
};

/// Where the viewer is. `Home` is always at the bottom of the stack.
#[derive(Clone, Debug, PartialEq)]
pub enum Page {
    Home(HomeFocus),
    Live,
    Category(CategoryPage),
    Course(CoursePage),
    Lesson(LessonPage),
    Learning(LearningFocus),
    History(HistoryPage),
    Guide(GuidePage),
    Programme(ProgrammePage),
    /// 我的预约
    Bookings(BookingsPage),
    Quiz(QuizPage),
    /// A part of a lesson that a question sent the viewer back to.
    Part(PartPage),
    Search(SearchPage),
    /// 直播大课表
    Timetable(TimetablePage),
    /// Until a live lesson begins.
    Waiting(WaitingPage),
    /// 到现场上课 and 报名
    Visit(VisitPage),
    Interests(InterestsPage),
    /// 换人学
    Learners(LearnersPage),
    /// 怎么称呼
    Names(NamesPage),
    Survey(SurveyPage),
    /// A certificate or the learning archive, to look at and to keep.
    Paper(PaperPage),
    Settings(SettingsPage),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Overlay {
    Channels(ChannelList),
    Number(NumberEntry),
    NoNumber(NoNumber),
    Menu(Menu),
    Dialog(Dialog),
    Pin(PinCard),
    Trouble(TroubleFocus),
}

/// Whether the program can be used yet, and whether it sleeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// Until the first message.
    Starting,
    On,
    Standby,
}

/// A list that comes from the network and may come from the cache first.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Loadable<T> {
    #[default]
    Loading,
    Ready(T),
    Failed,
}

impl<T> Loadable<T> {
    pub fn ready(&self) -> Option<&T> {
        match self {
            Self::Ready(t) => Some(t),
            Self::Loading | Self::Failed => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Toast {
    pub icon: &'static str,
    pub text: String,
    pub until: MonoMs,
}

/// The focused plate leans 8 px towards an edge that it cannot cross.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nudge {
    pub x: i8,
    pub y: i8,
    pub until: MonoMs,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    pub now: Now,
    pub zone: Zone,
    pub power: Power,
    pub place: Place,
    pub service_phone: Option<String>,
    pub network_up: bool,
    /// The box does not know the time.
    pub clock_wrong: bool,

    pub lineup: Loadable<Lineup>,
    pub now_next: HashMap<ChannelId, NowNext>,
    /// Channels asked about and when, so that the guide is asked once a minute at most.
    pub guide_asked: HashMap<ChannelId, MonoMs>,
    pub programmes: Programmes,
    pub catalogue: Loadable<Catalogue>,
    /// The household's things and those of whoever learns now.
    pub user: UserData,
    pub learners: Learners,
    /// The channel that live shows, or would show.
    pub channel: Option<ChannelId>,
    /// The channel watched before that one.
    pub channel_before: Option<ChannelId>,
    /// The group in which the channel list was closed last.
    pub list_group: Option<Group>,
    /// When a typed number last went by itself.
    pub number_went: Option<MonoMs>,
    /// A held key runs on; if nothing more comes of it, until then.
    pub runs_until: Option<MonoMs>,

    pub stack: Vec<Page>,
    pub overlay: Option<Overlay>,
    /// The live banner shows until then.
    pub banner_until: Option<MonoMs>,
    pub toast: Option<Toast>,
    /// The call for something booked that is on the screen.
    pub call: Option<Call>,
    /// Called for since the start, and not over yet.
    pub called: Vec<Reminder>,
    /// Moved by the guide, and the viewer has not been told yet.
    pub moved: Vec<Reminder>,
    pub nudge: Option<Nudge>,
    pub pressed_until: Option<MonoMs>,
    pub last_key: MonoMs,
    pub playback: Playback,
    /// None at the edge, and where the stream itself has what is gone back to.
    pub past: Option<Past>,
    /// When the line last did not carry a channel.
    pub strained_at: Option<MonoMs>,
    pub lock: Lock,
    /// Watched while the clock was wrong, and not yet part of a day.
    pub undated_seconds: u32,
    /// How many queries were asked: their numbers.
    pub searches: u64,
    /// What the operator said about seats.
    pub enrolments: HashMap<CourseId, Known>,
    /// What to learn next, best first (`screens::picks`).
    pub picks: Vec<Pick>,
    /// None where the operator takes no learning records.
    pub records: Option<Records>,
    pub voice: Voice,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            now: Now::default(),
            zone: Zone::default(),
            power: Power::Starting,
            place: Place::Desktop,
            service_phone: None,
            network_up: true,
            clock_wrong: false,
            lineup: Loadable::Loading,
            now_next: HashMap::new(),
            guide_asked: HashMap::new(),
            programmes: Programmes::default(),
            catalogue: Loadable::Loading,
            user: UserData::default(),
            learners: Learners::default(),
            channel: None,
            channel_before: None,
            list_group: None,
            number_went: None,
            runs_until: None,
            stack: vec![Page::Home(HomeFocus::Window)],
            overlay: None,
            banner_until: None,
            toast: None,
            call: None,
            called: Vec::new(),
            moved: Vec::new(),
            strained_at: None,
            nudge: None,
            pressed_until: None,
            last_key: MonoMs(0),
            playback: Playback::default(),
            past: None,
            lock: Lock::default(),
            undated_seconds: 0,
            searches: 0,
            enrolments: HashMap::new(),
            picks: Vec::new(),
            records: None,
            voice: Voice::default(),
        }
    }
}

impl Model {
    pub fn page(&self) -> &Page {
        // The stack is never empty; were it, Home is what the viewer should see.
        const HOME: &Page = &Page::Home(HomeFocus::Window);
        self.stack.last().unwrap_or(HOME)
    }

    pub fn channels(&self) -> &[Channel] {
        self.lineup.ready().map_or(&[], |l| &l.channels)
    }

    pub fn current_channel(&self) -> Option<&Channel> {
        self.channel.as_ref().and_then(|id| self.lineup.ready()?.by_id(id))
    }

    /// What the guide says of a channel at this moment. An answer that has aged past its programme is none.
    pub fn now_next_of(&self, id: &ChannelId) -> NowNext {
        if self.clock_wrong {
            return NowNext::default();
        }
        let mut known = self.now_next.get(id).cloned().unwrap_or_default();
        let at = self.now.utc;
        if known.now.as_ref().is_some_and(|p| !p.is_on(at)) {
            known.now = None;
        }
        match &known.next {
            Some(next) if next.is_on(at) => known = NowNext { now: known.next.take(), next: None },
            Some(next) if next.end <= at => known.next = None,
            _ => {}
        }
        known
    }

    pub fn is_favourite(&self, id: &ChannelId) -> bool {
        self.user.favourite_channels.contains(id)
    }

    pub fn banner_shown(&self) -> bool {
        matches!(self.page(), Page::Live) && self.overlay.is_none() && self.banner_until.is_some()
    }
}
