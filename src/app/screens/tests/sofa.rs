//! The sofa that tests sit on, and what must hold of whatever is seen from it.

use super::data::{START, catalogue, lineup, programmes, records};
use crate::{
    app::{
        Effect, Model, Msg, What, lock,
        model::{Page, Power},
        msg::{Boot, Place},
        screens, update,
    },
    guide::lineup::ChannelId,
    learning::roster::LearnerId,
    player::types::{Phase, PlayerEvent},
    remote::{hands::Press, key::RemoteKey},
    search,
    time::{MonoMs, Now},
};

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

    /// Full-screen live, with a picture.
    pub fn on_live() -> Self {
        let mut sofa = Self::new();
        sofa.press(RemoteKey::Live);
        sofa.plays();
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
    pub(super) fn searcher_says_something(&mut self) {
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

    pub(super) fn verify(&self) {
        let focus = self.focus();
        let all = screens::focusables(&self.model);
        let hints = crate::view::hints(&self.model);
        assert!(hints.len() <= 6, "{:?}", self.model.page());
        assert!(crate::view::hints_fit(&hints), "{hints:?} on {:?} {:?}", self.model.page(), self.model.overlay);
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

    pub(super) fn back_reaches_home(&self) {
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
