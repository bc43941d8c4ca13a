//! Everything that can happen, as data that can be recorded and replayed. Times travel inside.

use serde::{Deserialize, Serialize};

use crate::{
    app::{lock::PinAnswer, records::Standing},
    catalogue::{
        enrolment::{Reply, Wish},
        types::{Catalogue, CourseId},
    },
    guide::{
        lineup::{ChannelId, Lineup},
        programme::{NowNext, Programme},
    },
    learning::{
        records::Source,
        roster::{LearnerId, Roster},
    },
    player::{
        subtitles::Cue,
        types::{PlayerEvent, SessionId},
    },
    remote::hands::Press,
    search::Answer,
    store::types::{StoreNotice, UserData},
    time::{Now, UtcMs, Zone},
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Msg {
    pub at: Now,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum What {
    /// The first message: what was known before any network answered.
    Boot(Box<Boot>),
    Key(Press),
    /// A digit of the household's PIN was pressed. Which one is not said: messages are recorded.
    PinDigit,
    Pin(PinAnswer),
    /// A wait that the model asked for (`Model::next_deadline`) is over.
    Tick,
    Lineup(Lineup),
    LineupFailed,
    Catalogue(Catalogue),
    CatalogueFailed,
    NowNext(Vec<(ChannelId, NowNext)>),
    /// The answer to `Effect::AskDay`.
    Day {
        channel: ChannelId,
        from: UtcMs,
        programmes: Vec<Programme>,
    },
    /// The answer to `Effect::Search`.
    Found {
        number: u64,
        answer: Answer,
    },
    /// The wall clock was wrong and is right from this message on.
    ClockSet,
    /// A newer guide is in place: what was asked before is worth asking again.
    GuideImported,
    Player(SessionId, PlayerEvent),
    Subtitles {
        session: SessionId,
        cues: Vec<Cue>,
    },
    Store(StoreNotice),
    /// The answer to `LearnerOrder::Read`: the learner's own things, none where the disk does not give them.
    LearnerRead {
        ask: u32,
        user: Option<Box<UserData>>,
        notices: Vec<StoreNotice>,
    },
    /// The answer to `LearnerOrder::Remove`; `gone`: nothing of it is left.
    LearnerRemoved {
        learner: LearnerId,
        gone: bool,
    },
    /// The answer to `Effect::Enrolment`.
    Enrolment {
        /// By what the operator knows whom it answers.
        #[serde(default)]
        learner: String,
        course: CourseId,
        wish: Option<Wish>,
        reply: Reply,
    },
    /// The answer to `Effect::SavePaper`: the file, none where it could not be written.
    PaperSaved(Option<String>),
    /// The answer to `Effect::Speak` on a television without a voice.
    CannotSpeak,
    /// How the sending of a learner's records goes.
    Records {
        learner: LearnerId,
        standing: Standing,
    },
    /// Whether the box has any way out.
    Network(bool),
    /// The window's close button.
    CloseWindow,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Boot {
    /// The household's things and those of whoever learns now.
    pub user: UserData,
    #[serde(default)]
    pub roster: Roster,
    pub notices: Vec<StoreNotice>,
    pub lineup: Option<Lineup>,
    pub catalogue: Option<Catalogue>,
    /// East of UTC.
    pub zone_offset_s: i32,
    /// Where the offset changes in the course of the year; without it it does not.
    #[serde(default)]
    pub zone: Option<Zone>,
    pub place: Place,
    /// The wall clock shows a time that cannot be: nothing that depends on it is shown until `ClockSet`.
    #[serde(default)]
    pub clock_wrong: bool,
    /// The operator's number for people who need help.
    pub service_phone: Option<String>,
    /// The operator takes learning records.
    #[serde(default)]
    pub records: Option<Source>,
}

/// What the program runs on: a desktop can be left, a box goes to standby.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    #[default]
    Desktop,
    SetTopBox,
}
