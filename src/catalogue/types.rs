//! Courses and lessons as the rest of the program sees them: checked, with absolute addresses. Pure types.

use serde::{Deserialize, Serialize};

use super::{courses::Courses, lessons::Lessons};
use crate::{
    guide::lineup::MediaSource,
    learning::{quiz::Quiz, survey::Survey},
    time::UtcMs,
};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CourseId(pub String);

/// Unique within its course.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LessonId(pub String);

/// The field of life a course belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Band {
    #[serde(rename = "艺术")]
    Arts,
    #[serde(rename = "文化")]
    Culture,
    #[serde(rename = "健康")]
    Health,
    #[serde(rename = "生活")]
    Life,
    #[serde(rename = "智能")]
    Digital,
    #[serde(rename = "防骗")]
    FraudSafety,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Tier {
    #[serde(rename = "入门")]
    Beginner,
    #[serde(rename = "进阶")]
    Intermediate,
    #[serde(rename = "提高")]
    Advanced,
}

impl Tier {
    pub const ALL: [Tier; 3] = [Tier::Beginner, Tier::Intermediate, Tier::Advanced];

    pub fn name(self) -> &'static str {
        match self {
            Tier::Beginner => "入门",
            Tier::Intermediate => "进阶",
            Tier::Advanced => "提高",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Form {
    #[serde(rename = "微课")]
    Micro,
    #[serde(rename = "慕课")]
    Mooc,
    #[serde(rename = "云视课堂")]
    CloudClass,
    #[serde(rename = "网络直播课")]
    Live,
    #[serde(rename = "短视频")]
    Short,
}

impl Form {
    pub fn name(self) -> &'static str {
        match self {
            Form::Micro => "微课",
            Form::Mooc => "慕课",
            Form::CloudClass => "云视课堂",
            Form::Live => "直播课",
            Form::Short => "短视频",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubtitleTrack {
    pub lang: String,
    pub label: String,
    /// WebVTT or SRT.
    pub url: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lesson {
    pub id: LessonId,
    pub title: String,
    pub duration_s: u32,
    /// Tried in order. Empty when the lesson cannot be watched for now ("这一课暂时看不了").
    pub sources: Vec<MediaSource>,
    pub subtitles: Vec<SubtitleTrack>,
    /// Week or chapter of a 慕课 ("第一周　认识手机"); lessons of one chapter stand together. None elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chapter: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiz: Option<Box<Quiz>>,
}

/// A live lesson (网络直播课) with its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveSession {
    pub id: String,
    pub title: String,
    pub start: UtcMs,
    pub end: UtcMs,
    pub sources: Vec<MediaSource>,
    /// Where it is held ("徐汇校区 301 教室"); none when only on the television.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// The lesson that holds its recording afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<LessonId>,
}

/// Where an offline course (线下) is held and how to get there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Venue {
    pub address: String,
    /// "地铁1号线衡山路站3号口，步行5分钟"
    pub transport: String,
    /// "每周二 9:00–10:30"
    pub times: String,
    /// Goes into a QR code, to go on with on a phone.
    pub page: Option<String>,
}

/// How to get a seat (报名). Asked of and told to `url` of the operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    pub url: String,
    pub seats: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    pub id: CourseId,
    pub title: String,
    pub band: Band,
    pub tier: Tier,
    pub form: Form,
    /// Name of the institution.
    pub provider: String,
    pub teacher: String,
    pub summary: String,
    /// Tenths of a credit (学分): 15 is 1.5.
    pub credit_tenths: u32,
    pub poster: Option<String>,
    pub lessons: Lessons,
    pub live: Vec<LiveSession>,
    /// Tenths of an hour of study (学时).
    #[serde(default)]
    pub hours_tenths: u32,
    /// Steps of one ladder (阶梯) share this name; the next tier's course with it is the next step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ladder: Option<String>,
    /// Share of right answers that the course asks for before it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pass_percent: Option<u8>,
    /// Learners so far, as the operator counts them.
    #[serde(default)]
    pub learners: u32,
    /// What those who took this course took besides, strongest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<CourseId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub venue: Option<Venue>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enrolment: Option<Enrolment>,
}

impl Course {
    /// One of which no more is known: without lessons and credit, and nobody has taken it.
    pub fn new(id: CourseId, title: String, band: Band, tier: Tier, form: Form) -> Self {
        Self {
            id,
            title,
            band,
            tier,
            form,
            provider: String::new(),
            teacher: String::new(),
            summary: String::new(),
            credit_tenths: 0,
            poster: None,
            lessons: Lessons::default(),
            live: Vec::new(),
            hours_tenths: 0,
            ladder: None,
            pass_percent: None,
            learners: 0,
            related: Vec::new(),
            venue: None,
            enrolment: None,
        }
    }

    pub fn lesson_index(&self, id: &LessonId) -> Option<usize> {
        self.lessons.iter().position(|l| &l.id == id)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalogue {
    pub courses: Courses,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub surveys: Vec<Survey>,
}

impl Catalogue {
    pub fn course(&self, id: &CourseId) -> Option<&Course> {
        self.courses.by_id(id)
    }
}
