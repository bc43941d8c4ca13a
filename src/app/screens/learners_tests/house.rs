//! A sofa and what the store would hold of everybody who sits on it.

use std::collections::BTreeMap;

use crate::{
    app::{
        Effect, Model, What,
        learners::{Busy, LearnerOrder},
        screens::{self, lesson, tests::Sofa},
    },
    catalogue::types::{CourseId, LessonId},
    learning::roster::{LearnerId, Roster},
    player::types::{Phase, PlayerEvent},
    remote::{hands::Press, key::RemoteKey},
    store::{
        Whose,
        types::{HistoryKey, UserData},
    },
};

pub(super) struct House {
    pub(super) sofa: Sofa,
    pub(super) files: BTreeMap<LearnerId, UserData>,
    pub(super) now: LearnerId,
    pub(super) kept: Roster,
}

impl House {
    pub(super) fn new() -> Self {
        let files = BTreeMap::from([(LearnerId::FIRST, UserData::default())]);
        Self { sofa: Sofa::new(), files, now: LearnerId::FIRST, kept: Roster::default() }
    }

    /// Two learners, the second of whom, 奶奶, has come.
    pub(super) fn of_two() -> (Self, LearnerId) {
        let mut house = Self::new();
        let id = house.add("奶奶");
        (house, id)
    }

    pub(super) fn add(&mut self, name: &str) -> LearnerId {
        let mut effects = Vec::new();
        crate::app::learners::add(&mut self.sofa.model, name, &mut effects);
        self.take(&effects);
        self.answer(true);
        self.sofa.model.learners.roster.now()
    }

    pub(super) fn order(&mut self, id: LearnerId) {
        let mut effects = Vec::new();
        crate::app::learners::switch(&mut self.sofa.model, id, &mut effects);
        self.take(&effects);
    }

    pub(super) fn switch(&mut self, id: LearnerId) {
        self.order(id);
        self.answer(true);
    }

    pub(super) fn take(&mut self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Store(command) => {
                    let whose = if command.whose() == Whose::Household { LearnerId::FIRST } else { self.now };
                    self.files.entry(whose).or_default().apply(command);
                }
                Effect::Learners(LearnerOrder::Enter(id)) => self.now = *id,
                Effect::Learners(LearnerOrder::Keep(roster)) => self.kept = roster.clone(),
                _ => {}
            }
        }
    }

    pub(super) fn send(&mut self, what: What) {
        self.sofa.send(what);
        let effects = self.sofa.effects.clone();
        self.take(&effects);
    }

    pub(super) fn press(&mut self, key: RemoteKey) {
        self.send(What::Key(Press { key, repeat: false }));
    }

    /// The keeper does what was ordered, or says that it could not.
    pub(super) fn answer(&mut self, good: bool) {
        match self.sofa.model.learners.busy {
            Some(Busy::Coming { learner, ask }) => {
                let user = good.then(|| Box::new(self.files.entry(learner).or_default().clone().learners_own()));
                self.send(What::LearnerRead { ask, user, notices: vec![] });
            }
            Some(Busy::Leaving(learner)) => {
                if good {
                    self.files.remove(&learner);
                }
                self.send(What::LearnerRemoved { learner, gone: good });
            }
            None => {}
        }
    }

    pub(super) fn start(&mut self, course: &str, lesson: u32) {
        self.start_at(course, lesson, 0);
    }

    pub(super) fn start_at(&mut self, course: &str, lesson: u32, at_ms: u64) {
        screens::go_home(&mut self.sofa.model);
        lesson::start(&mut self.sofa.model, CourseId(course.into()), LessonId(format!("l{lesson}")), at_ms);
        self.send(What::Tick);
    }

    pub(super) fn player(&mut self, event: PlayerEvent) {
        self.send(What::Player(self.sofa.model.playback.session, event));
    }

    pub(super) fn watch(&mut self, seconds: u64) {
        self.player(PlayerEvent::FirstFrame);
        self.player(PlayerEvent::Phase(Phase::Playing));
        for _ in 0..seconds * 4 {
            self.pass(250);
            let position_ms = self.sofa.model.playback.position_ms.saturating_add(250);
            self.player(PlayerEvent::Position { position_ms, duration_ms: Some(60_000) });
        }
    }

    pub(super) fn pass(&mut self, ms: u64) {
        self.sofa.now.mono = self.sofa.now.mono.plus(ms);
        self.sofa.now.utc = self.sofa.now.utc.plus(i64::try_from(ms).unwrap());
    }

    pub(super) fn model(&self) -> &Model {
        &self.sofa.model
    }

    pub(super) fn toast(&self) -> &str {
        self.model().toast.as_ref().map_or("", |t| &t.text)
    }

    /// Lessons with their seconds, as a file has them.
    pub(super) fn watched(&self, id: LearnerId) -> Vec<(String, u32)> {
        self.files.get(&id).map_or_else(Vec::new, watched)
    }
}

pub(super) fn watched(user: &UserData) -> Vec<(String, u32)> {
    let lesson = |key: &HistoryKey| match key {
        HistoryKey::Lesson { course, lesson } => Some(format!("{}/{}", course.0, lesson.0)),
        HistoryKey::Channel(_) => None,
    };
    let mut all: Vec<_> = user.history.iter().filter_map(|e| Some((lesson(&e.key)?, e.watched.total()))).collect();
    all.sort();
    all
}
