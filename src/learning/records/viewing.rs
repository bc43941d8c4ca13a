//! One viewing of a lesson, from its first picture to leaving it, told by the video profile: what was played in which
//! order, and the statements that follow. Pure: it is told where the picture stands, whenever something happened.
//!
//! Promises: a viewing begins with `initialized` and ends with `terminated`, each once; `paused` only follows what
//! plays; segments are those that were shown, in their order, none of them reversed.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::statement::{Frame, Pen, Said, VIDEO_PROFILE, Verb, activity, course, duration, seconds};
use crate::{
    catalogue::types::{Course, CourseId, Lesson, LessonId},
    player::types::{SessionId, Speed},
};

const VIDEO: &str = "https://w3id.org/xapi/video/activity-type/video";
const EXTENSIONS: &str = "https://w3id.org/xapi/video/extensions/";
/// Positions come about four times a second; what lies further on was not seen.
const LONGEST_STEP_MS: u64 = 2_000;
/// Share of the lesson that makes it count (`WatchedSeconds::is_done`).
const COMPLETION_THRESHOLD: f64 = 0.9;

/// Where the picture of the lesson stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub at_ms: u64,
    /// The picture moves, or would at once if the line gave it.
    pub plays: bool,
    /// A jump is under way: the position that is told is the one from before.
    pub jumps: bool,
}

/// What can be said of a lesson at a moment.
pub struct About<'a> {
    pub course: &'a Course,
    pub lesson: &'a Lesson,
    pub opening: SessionId,
    pub length_ms: u64,
    /// Seconds of the lesson that were ever watched.
    pub watched_s: u32,
    pub speed: Speed,
    pub subtitles: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Resting,
    Playing {
        from_ms: u64,
    },
    /// Playing or not goes on behind a jump.
    Jumping {
        from_ms: u64,
        plays: bool,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewing {
    pub course: CourseId,
    pub lesson: LessonId,
    /// The opening of the medium that it belongs to.
    pub opening: SessionId,
    session: Uuid,
    /// Closed ones, in the order in which they were shown.
    segments: Vec<(u64, u64)>,
    state: State,
    at_ms: u64,
    counts: bool,
}

impl Viewing {
    /// The first picture of the lesson is there. `counts`: it was watched to the end before.
    pub fn begin(frame: &Frame<'_>, about: &About<'_>, at_ms: u64, counts: bool, pen: &mut Pen<'_>) -> Self {
        let viewing = Self {
            course: about.course.id.clone(),
            lesson: about.lesson.id.clone(),
            opening: about.opening,
            session: pen.ids.another(),
            segments: Vec::new(),
            state: State::Resting,
            at_ms,
            counts,
        };
        let more = [
            ("cc-enabled", json!(about.subtitles)),
            ("full-screen", json!(true)),
            ("speed", json!(format!("{}x", about.speed.factor()))),
        ];
        viewing.say(frame, about, Verb::Initialized, None, &more, pen);
        viewing
    }

    /// Something happened: a position was told, a key pressed. Says what follows from it.
    pub fn tell(&mut self, frame: &Frame<'_>, about: &About<'_>, place: Place, counts: bool, pen: &mut Pen<'_>) {
        self.move_to(frame, about, place, pen);
        match (self.state, place.plays) {
            (State::Resting, true) => {
                self.state = State::Playing { from_ms: self.at_ms };
                let result = json!({ "extensions": extensions(&[("time", json!(seconds(self.at_ms)))]) });
                self.say(frame, about, Verb::Played, Some(result), &[], pen);
            }
            (State::Playing { .. }, false) => {
                self.close();
                self.state = State::Resting;
                self.say_so_far(frame, about, Verb::Paused, pen);
            }
            (State::Jumping { from_ms, plays: true }, false) => {
                self.state = State::Jumping { from_ms, plays: false };
                self.say_so_far(frame, about, Verb::Paused, pen);
            }
            _ => {}
        }
        if counts && !self.counts {
            self.counts = true;
            let shown: u64 = self.shown().map(|(from, to)| to - from).sum();
            let result = json!({ "completion": true, "duration": duration(shown), "extensions": self.so_far(about) });
            self.say(frame, about, Verb::Completed, Some(result), &length(about), pen);
        }
    }

    /// Whether it has been watched to the end.
    pub fn counts(&self) -> bool {
        self.counts
    }

    /// The lesson is left, in whichever way.
    pub fn end(mut self, frame: &Frame<'_>, about: &About<'_>, pen: &mut Pen<'_>) {
        self.close();
        self.state = State::Resting;
        self.say_so_far(frame, about, Verb::Terminated, pen);
    }

    fn move_to(&mut self, frame: &Frame<'_>, about: &About<'_>, place: Place, pen: &mut Pen<'_>) {
        match self.state {
            State::Jumping { .. } if place.jumps => {}
            _ if place.jumps => {
                let plays = matches!(self.state, State::Playing { .. });
                self.close();
                self.state = State::Jumping { from_ms: self.at_ms, plays };
            }
            State::Jumping { from_ms, plays } => {
                let times = [("time-from", json!(seconds(from_ms))), ("time-to", json!(seconds(place.at_ms)))];
                let result = json!({ "extensions": extensions(&times) });
                self.say(frame, about, Verb::Seeked, Some(result), &[], pen);
                self.at_ms = place.at_ms;
                self.state = if plays { State::Playing { from_ms: place.at_ms } } else { State::Resting };
            }
            State::Playing { .. } => {
                let step = place.at_ms.checked_sub(self.at_ms);
                if step.is_none_or(|step| step > LONGEST_STEP_MS) {
                    // Nobody saw what lies between, whatever the reason.
                    self.close();
                    self.state = State::Playing { from_ms: place.at_ms };
                }
                self.at_ms = place.at_ms;
            }
            State::Resting => self.at_ms = place.at_ms,
        }
    }

    /// What plays up to here is a segment.
    fn close(&mut self) {
        if let Some(open) = self.open() {
            self.segments.push(open);
        }
        if let State::Playing { from_ms } = &mut self.state {
            *from_ms = self.at_ms;
        }
    }

    fn open(&self) -> Option<(u64, u64)> {
        match self.state {
            State::Playing { from_ms } if from_ms < self.at_ms => Some((from_ms, self.at_ms)),
            _ => None,
        }
    }

    fn shown(&self) -> impl Iterator<Item = (u64, u64)> {
        self.segments.iter().copied().chain(self.open())
    }

    fn say_so_far(&self, frame: &Frame<'_>, about: &About<'_>, verb: Verb, pen: &mut Pen<'_>) {
        let result = json!({ "extensions": self.so_far(about) });
        self.say(frame, about, verb, Some(result), &length(about), pen);
    }

    /// Place, segments and share, as `paused`, `completed` and `terminated` have them.
    fn so_far(&self, about: &About<'_>) -> Value {
        let segments = self.shown().map(|(from, to)| format!("{}[.]{}", seconds(from), seconds(to)));
        let segments: Vec<String> = segments.collect();
        let share = f64::from(about.watched_s) * 1000.0 / (about.length_ms.max(1) as f64);
        extensions(&[
            ("time", json!(seconds(self.at_ms))),
            ("played-segments", json!(segments.join("[,]"))),
            ("progress", json!((share.min(1.0) * 10_000.0).round() / 10_000.0)),
        ])
    }

    fn say(
        &self,
        frame: &Frame<'_>,
        about: &About<'_>,
        verb: Verb,
        result: Option<Value>,
        more: &[(&str, Value)],
        pen: &mut Pen<'_>,
    ) {
        let activities = frame.activities;
        let course_id = activities.course(&about.course.id);
        let mut context = vec![("session-id", json!(self.session))];
        if verb == Verb::Initialized {
            context.extend(length(about));
        }
        context.extend_from_slice(more);
        let said = Said {
            verb,
            object: activity(&activities.lesson(&about.course.id, &about.lesson.id), VIDEO, &about.lesson.title),
            result,
            within: course_id,
            parents: vec![course(activities, about.course)],
            categories: vec![VIDEO_PROFILE],
            extensions: Some(extensions(&context)),
        };
        pen.write(frame, said);
    }
}

fn length(about: &About<'_>) -> [(&'static str, Value); 2] {
    [("length", json!(seconds(about.length_ms))), ("completion-threshold", json!(COMPLETION_THRESHOLD))]
}

fn extensions(list: &[(&str, Value)]) -> Value {
    let named = list.iter().map(|(name, value)| (format!("{EXTENSIONS}{name}"), value.clone()));
    Value::Object(named.collect::<Map<_, _>>())
}

#[cfg(test)]
#[path = "viewing_tests.rs"]
mod tests;
