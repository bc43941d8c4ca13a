//! What is kept about the viewer, as plain data. SQL lives in `db`.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::seal::PinSeal;
use crate::{
    catalogue::{
        enrolment::Wish,
        types::{CourseId, LessonId},
    },
    guide::lineup::ChannelId,
    learning::{
        credit::Earned,
        progress::WatchedSeconds,
        quiz::QuizAnswer,
        records::Statement,
        survey::{SurveyAnswer, SurveyId},
        taste::{Liking, Subject, Taste},
    },
    player::{captions::Caption, sounds::Sound, types::Speed},
    time::UtcMs,
};

/// What a line of the history is about. One line for each; watching again moves it to the top.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum HistoryKey {
    Lesson { course: CourseId, lesson: LessonId },
    Channel(ChannelId),
}

impl HistoryKey {
    /// The course that a lesson belongs to.
    pub fn course(&self) -> Option<&CourseId> {
        match self {
            HistoryKey::Lesson { course, .. } => Some(course),
            HistoryKey::Channel(_) => None,
        }
    }
}

/// Something that was watched. Titles are kept so that the page still reads when the catalogue has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    pub key: HistoryKey,
    /// Course title or channel name.
    pub title: String,
    /// Lesson title; empty for a channel.
    pub detail: String,
    pub poster: Option<String>,
    pub position_ms: u64,
    /// 0 for a channel, or while unknown.
    pub duration_ms: u64,
    pub watched: WatchedSeconds,
    pub at: UtcMs,
}

/// What somebody wants to be called for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ReminderOf {
    Programme(ChannelId),
    /// A live lesson (网络直播课) by its course and session.
    Class {
        course: CourseId,
        session: String,
    },
}

/// A booked programme or live lesson. What it is of, with its start, names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reminder {
    pub of: ReminderOf,
    pub start: UtcMs,
    pub end: UtcMs,
    pub title: String,
    /// The channel's or the course's name, kept for when the lineup or the catalogue has changed.
    pub place: String,
}

impl Reminder {
    pub fn is(&self, of: &ReminderOf, start: UtcMs) -> bool {
        self.of == *of && self.start == start
    }
}

/// Where a programme of the past was left. Channel and start name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayPlace {
    pub channel: ChannelId,
    pub start: UtcMs,
    pub at_ms: u64,
}

impl ReplayPlace {
    pub fn is(&self, channel: &ChannelId, start: UtcMs) -> bool {
        self.channel == *channel && self.start == start
    }
}

/// Something that was looked for and found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastSearch {
    /// The digits.
    pub typed: String,
    /// What was opened.
    pub title: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub subtitles: bool,
    pub speed: Speed,
    /// Newest first.
    pub searches: Vec<PastSearch>,
    /// 稍后学, newest first.
    pub later: Vec<CourseId>,
    /// 报名: what the operator has not been told yet.
    pub enrolments: Vec<(CourseId, Wish)>,
    /// By what an operator knows this learner when they enrol: random, made once.
    pub learner: String,
    /// What was watched until then says nothing of tastes: the learner had that forgotten.
    pub forgotten_at: Option<UtcMs>,
    /// Since when the learner lets learning records be sent; none: nothing is recorded.
    pub records_since: Option<UtcMs>,
    /// "以后都不问"
    pub surveys_refused: bool,
    /// Surveys that were offered and when, in that order. None is offered twice.
    pub surveys_offered: Vec<(SurveyId, UtcMs)>,
    /// 朗读: whatever comes under the focus is read aloud.
    pub reads_focus: bool,
    pub voice_speed: Speed,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            subtitles: true,
            speed: Speed::Normal,
            searches: Vec::new(),
            later: Vec::new(),
            enrolments: Vec::new(),
            learner: String::new(),
            forgotten_at: None,
            records_since: None,
            surveys_refused: false,
            surveys_offered: Vec::new(),
            reads_focus: false,
            voice_speed: Speed::Normal,
        }
    }
}

/// Everything the store knows of the household and of the learner who learns now, read once at start (`whose` says which
/// of it is whose).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserData {
    /// Newest first.
    pub history: Vec<HistoryEntry>,
    pub favourite_channels: Vec<ChannelId>,
    pub favourite_courses: Vec<CourseId>,
    pub last_channel: Option<ChannelId>,
    pub settings: Settings,
    /// Seconds really watched on each day, by days since 1970-01-01 on the viewer's calendar; oldest first.
    #[serde(default)]
    pub days: Vec<(i32, u32)>,
    /// In the order in which they were booked.
    #[serde(default)]
    pub reminders: Vec<Reminder>,
    /// Channels that ask for the household's PIN, in the order in which they were locked.
    #[serde(default)]
    pub locked_channels: Vec<ChannelId>,
    /// Outside the store only whether there is one.
    #[serde(default)]
    pub pin: Option<PinSeal>,
    /// Programmes of the past that were left in the middle, newest first.
    #[serde(default)]
    pub replay_places: Vec<ReplayPlace>,
    /// Which of a channel's sounds the viewer has chosen.
    #[serde(default)]
    pub sounds: Vec<(ChannelId, Sound)>,
    /// Which of a channel's subtitles the viewer has turned on.
    #[serde(default)]
    pub captions: Vec<(ChannelId, Caption)>,
    /// One for each question that was ever answered, in the order of the last answers.
    #[serde(default)]
    pub answers: Vec<QuizAnswer>,
    #[serde(default)]
    pub taste: Taste,
    /// One for each question of a survey that was answered, in the order of the answers.
    #[serde(default)]
    pub survey_answers: Vec<SurveyAnswer>,
    /// Finished courses in the order in which they were finished; never taken back.
    #[serde(default)]
    pub credits: Vec<Earned>,
}

impl UserData {
    pub fn sound_of(&self, channel: &ChannelId) -> Option<&Sound> {
        self.sounds.iter().find(|(id, _)| id == channel).map(|(_, sound)| sound)
    }

    pub fn caption_of(&self, channel: &ChannelId) -> Option<&Caption> {
        self.captions.iter().find(|(id, _)| id == channel).map(|(_, caption)| caption)
    }

    /// Adds to a day's figure and says the new one.
    pub fn add_seconds(&mut self, day: i32, seconds: u32) -> u32 {
        let at = self.days.partition_point(|(d, _)| *d < day);
        match self.days.get_mut(at) {
            Some((d, total)) if *d == day => {
                *total = total.saturating_add(seconds);
                *total
            }
            _ => {
                self.days.insert(at, (day, seconds));
                seconds
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StoreCommand {
    /// Replaces a day's seconds.
    SaveDay {
        day: i32,
        seconds: u32,
    },
    /// Insert or replace by key.
    SaveHistory(HistoryEntry),
    RemoveHistory(HistoryKey),
    /// Every lesson's line and what its log says.
    ClearLessons,
    /// Every channel's line.
    ClearChannels,
    SetFavouriteChannel {
        channel: ChannelId,
        on: bool,
    },
    SetFavouriteCourse {
        course: CourseId,
        on: bool,
    },
    SaveLastChannel(ChannelId),
    SaveSettings(Settings),
    /// Insert or replace by what it is of and its start.
    SaveReminder(Reminder),
    RemoveReminder {
        of: ReminderOf,
        start: UtcMs,
    },
    SetLocked {
        channel: ChannelId,
        on: bool,
    },
    SavePin(PinSeal),
    /// No PIN and nothing locked.
    ClearLock,
    /// Insert or replace by channel and start.
    SaveReplayPlace(ReplayPlace),
    RemoveReplayPlace {
        channel: ChannelId,
        start: UtcMs,
    },
    /// Insert or replace by channel.
    SaveSound {
        channel: ChannelId,
        sound: Sound,
    },
    /// Insert or replace by channel; none turns them off.
    SaveCaption {
        channel: ChannelId,
        caption: Option<Caption>,
    },
    /// Insert or replace by course, lesson and question.
    SaveAnswer(QuizAnswer),
    /// Of one course, or all.
    RemoveAnswers(Option<CourseId>),
    /// 不感兴趣, or that taken back.
    SetDeclined {
        course: CourseId,
        on: bool,
    },
    SetLiking {
        subject: Subject,
        liking: Option<Liking>,
    },
    /// Everything that the learner said about tastes.
    ForgetTaste,
    /// Insert or replace by survey and question.
    SaveSurveyAnswer(SurveyAnswer),
    /// Counted once: a course that has its line keeps it.
    SaveCredit(Box<Earned>),
    /// Puts a statement into the outbox; one whose id is there already changes nothing.
    Record(Statement),
    /// The record store has these.
    RecordsArrived(Vec<Uuid>),
    /// The record store refused this one for itself, with this HTTP status: kept, and not sent again.
    RecordRefused {
        id: Uuid,
        status: u16,
    },
    /// Everything in the outbox.
    ForgetRecords,
}

/// Something the viewer should be told once, in calm words. Codes are in the band 5xxx.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StoreNotice {
    /// The file was damaged, was set aside, and the backup of `backup_at` took its place.
    Restored {
        backup_at: UtcMs,
    },
    /// The file was damaged, was set aside, and no good backup existed.
    StartedAfresh,
    /// The file belongs to a newer version of the program and was left untouched; nothing is kept this time.
    FromNewerVersion {
        found: u32,
        known: u32,
    },
    /// The place is read-only or cannot be opened; nothing is kept this time.
    NotWritable,
    DiskFull,
}
