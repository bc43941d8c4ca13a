//! Nothing is recorded without the learner's word; with it, what is learnt is told in the effects that keep it.

use serde_json::Value;

use super::tests::{Sofa, catalogue, lineup, records};
use crate::{
    app::{
        Effect, Model, What,
        model::{Overlay, Page},
        msg::Boot,
        screens::{self, dialog},
    },
    catalogue::types::{CourseId, LessonId},
    learning::survey::{Survey, SurveyId, SurveyKind, SurveyQuestion},
    player::types::{Phase, PlayerEvent},
    remote::key::{Digit, RemoteKey},
    store::types::StoreCommand,
    time::MonoMs,
};

/// A learner in front of a television whose operator takes records.
struct Learner {
    sofa: Sofa,
    /// Every statement so far, with whether progress was saved by the same message.
    said: Vec<(Value, bool)>,
}

impl Learner {
    fn new(consents: bool) -> Self {
        let mut sofa = Sofa::new();
        sofa.model = Model::default();
        let mut boot = Boot {
            lineup: Some(lineup()),
            catalogue: Some(catalogue()),
            zone_offset_s: 8 * 3600,
            records: Some(records()),
            ..Boot::default()
        };
        boot.user.settings.learner = "0123abcd".into();
        sofa.send(What::Boot(Box::new(boot)));
        let mut learner = Self { sofa, said: Vec::new() };
        if consents {
            dialog::about_records(&mut learner.sofa.model);
            learner.press(RemoteKey::Right);
            learner.press(RemoteKey::Ok);
            assert!(learner.sofa.effects.contains(&Effect::SendRecords(true)));
        }
        learner
    }

    fn send(&mut self, what: What) {
        self.sofa.send(what);
        self.listen();
    }

    fn press(&mut self, key: RemoteKey) {
        self.sofa.press(key);
        self.listen();
    }

    fn listen(&mut self) {
        let effects = &self.sofa.effects;
        let saves = effects
            .iter()
            .any(|e| matches!(e, Effect::Store(StoreCommand::SaveHistory(_) | StoreCommand::SaveAnswer(_))));
        for effect in effects {
            if let Effect::Store(StoreCommand::Record(statement)) = effect {
                self.said.push((serde_json::from_str(&statement.body).unwrap(), saves));
            }
        }
    }

    fn player(&mut self, event: PlayerEvent) {
        self.send(What::Player(self.sofa.model.playback.session, event));
    }

    /// Into the first lesson of `course`, with a picture.
    fn open(&mut self, course: &str) {
        screens::lesson::start(&mut self.sofa.model, CourseId(course.into()), LessonId("l0".into()), 0);
        self.send(What::Tick);
        self.player(PlayerEvent::FirstFrame);
        self.player(PlayerEvent::Phase(Phase::Playing));
        self.player(PlayerEvent::Position { position_ms: 0, duration_ms: Some(60_000) });
    }

    /// Plays on as a player does, four positions a second.
    fn watch(&mut self, seconds: u64) {
        let from = self.sofa.model.playback.position_ms;
        for quarter in 1..=seconds * 4 {
            self.sofa.now.utc = self.sofa.now.utc.plus(250);
            self.sofa.now.mono = MonoMs(self.sofa.now.mono.0 + 250);
            let position_ms = from + quarter * 250;
            self.player(PlayerEvent::Position { position_ms, duration_ms: Some(60_000) });
        }
    }

    fn verbs(&self) -> Vec<&str> {
        self.said.iter().map(|(s, _)| s["verb"]["id"].as_str().unwrap().rsplit('/').next().unwrap()).collect()
    }
}

#[test]
fn without_the_learners_word_nothing_is_recorded() {
    let mut learner = Learner::new(false);
    learner.open("h0");
    learner.watch(60);
    learner.press(RemoteKey::Home);
    assert_eq!(learner.verbs(), [""; 0]);
    assert!(learner.sofa.model.user.credits.len() == 1, "learning goes on without it");
}

#[test]
fn a_lesson_is_told_with_the_progress_that_it_speaks_of() {
    let mut learner = Learner::new(true);
    learner.open("h0");
    learner.watch(12);
    learner.press(RemoteKey::Ok);
    learner.player(PlayerEvent::Phase(Phase::Paused));
    learner.press(RemoteKey::Ok);
    learner.player(PlayerEvent::Phase(Phase::Playing));
    learner.watch(46);
    learner.press(RemoteKey::Home);
    let expected = ["initialized", "played", "paused", "played", "completed", "completed", "terminated"];
    assert_eq!(learner.verbs(), expected, "the lesson, and the course whose only one it is");
    for (statement, saved) in &learner.said {
        let verb = statement["verb"]["id"].as_str().unwrap();
        let progress = ["paused", "completed", "terminated"].iter().any(|v| verb.ends_with(v));
        assert!(*saved || !progress, "{verb} without its progress");
        assert_eq!(statement["actor"]["account"]["name"], "0123abcd");
        assert_eq!(statement["actor"]["account"]["homePage"], "https://school.example");
        assert!(statement["timestamp"].as_str().unwrap().ends_with('Z'));
    }
    let mut ids: Vec<&str> = learner.said.iter().map(|(s, _)| s["id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), expected.len());
    // Seen once more it is another viewing, and completes nothing.
    learner.said.clear();
    learner.open("h0");
    learner.watch(5);
    learner.send(What::CloseWindow);
    assert_eq!(learner.verbs(), ["initialized", "played", "terminated"]);
}

#[test]
fn a_jump_is_told_once_from_where_it_began_to_where_it_came() {
    let mut learner = Learner::new(true);
    learner.open("h0");
    learner.watch(3);
    learner.press(RemoteKey::Right);
    learner.press(RemoteKey::Right);
    learner.player(PlayerEvent::Position { position_ms: 23_000, duration_ms: Some(60_000) });
    learner.watch(2);
    learner.press(RemoteKey::Home);
    assert_eq!(learner.verbs(), ["initialized", "played", "seeked", "terminated"]);
    let of = |i: usize, name: &str| {
        learner.said[i].0["result"]["extensions"][format!("https://w3id.org/xapi/video/extensions/{name}")].clone()
    };
    assert_eq!((of(2, "time-from"), of(2, "time-to")), (3.0.into(), 23.0.into()));
    assert_eq!(of(3, "played-segments"), "0[.]3[,]23[.]25");
}

#[test]
fn answers_are_told_as_they_were_given_and_a_quiz_is_passed_once() {
    let mut learner = Learner::new(true);
    let (course, lesson) = (CourseId("x".into()), LessonId("l0".into()));
    let count = catalogue().course(&course).unwrap().lessons[0].quiz.as_ref().unwrap().questions().len();
    let mut rounds = 0;
    screens::quiz::open(&mut learner.sofa.model, &course, &lesson);
    // Every number in turn, until all is right; then 确认 leads on.
    while !matches!(learner.sofa.model.page(), Page::Quiz(page) if page.stage == screens::quiz::Stage::Done) {
        rounds += 1;
        assert!(rounds < 200);
        let Page::Quiz(page) = learner.sofa.model.page().clone() else { panic!("left the questions") };
        match page.stage {
            screens::quiz::Stage::Asking => answer_by_force(&mut learner),
            _ => learner.press(RemoteKey::Ok),
        }
        learner.sofa.now.mono = MonoMs(learner.sofa.now.mono.0 + 1_000);
    }
    let verbs = learner.verbs();
    assert!(verbs.iter().filter(|v| **v == "answered").count() >= count, "{verbs:?}");
    assert_eq!(verbs.iter().filter(|v| **v == "passed").count(), 1, "{verbs:?}");
    let passed = learner.said.iter().find(|(s, _)| s["verb"]["id"].as_str().unwrap().ends_with("passed")).unwrap();
    assert_eq!(passed.0["result"]["success"], true);
    assert_eq!(passed.0["result"]["score"]["max"], count);
    assert!(learner.said.iter().all(|(_, saved)| *saved));
}

/// Picks something: the right thing in the end, whatever kind of question it is.
fn answer_by_force(learner: &mut Learner) {
    use crate::learning::quiz::{Choice, Kind};
    let Page::Quiz(page) = learner.sofa.model.page().clone() else { return };
    let question = page.question().unwrap().clone();
    let rows = question.answer.rows();
    let digit = |row: usize| RemoteKey::Digit(Digit::new(u8::try_from(row + 1).unwrap()).unwrap());
    match question.answer.kind() {
        Kind::Single | Kind::TrueFalse => {
            let right = (0..rows.len()).find(|r| question.answer.is_right(&Choice::One(rows[*r]))).unwrap();
            // Wrong at first.
            let new = learner.sofa.model.user.answers.iter().all(|a| a.question != question.id);
            let row = if new { (right + 1) % rows.len() } else { right };
            learner.press(digit(row));
        }
        Kind::Multiple => {
            for (row, option) in rows.iter().enumerate() {
                if is_among_the_right(&question, *option) {
                    learner.press(digit(row));
                }
            }
            learner.press(RemoteKey::Down);
            while !screens::focused(&learner.sofa.model).id.ends_with("ready") {
                learner.press(RemoteKey::Down);
            }
            learner.press(RemoteKey::Ok);
        }
        Kind::Order => {
            for option in 0..rows.len() {
                let row = rows.iter().position(|r| *r == option).unwrap();
                learner.press(digit(row));
            }
            learner.press(RemoteKey::Ok);
        }
    }
}

/// Whether a right set holds the option.
fn is_among_the_right(question: &crate::learning::quiz::Question, option: usize) -> bool {
    use crate::learning::quiz::Choice;
    let count = question.answer.len();
    (0u32..1 << count).any(|bits| {
        let set = (0..count).filter(|i| bits >> i & 1 == 1).collect::<std::collections::BTreeSet<_>>();
        set.contains(&option) && question.answer.is_right(&Choice::Several(set))
    })
}

#[test]
fn a_survey_is_told_only_by_who_agreed() {
    for agrees in [true, false] {
        let mut learner = Learner::new(agrees);
        let survey = Survey {
            id: SurveyId("spring".into()),
            title: "春天想学什么".into(),
            questions: vec![SurveyQuestion {
                id: "pace".into(),
                prompt: "课讲得快不快？".into(),
                kind: SurveyKind::Scale { low: "太慢".into(), high: "太快".into() },
            }],
        };
        let mut catalogue = catalogue();
        catalogue.surveys = vec![survey.clone()];
        learner.send(What::Catalogue(catalogue));
        screens::survey::open(&mut learner.sofa.model, &survey.id);
        learner.press(RemoteKey::Digit(Digit::new(4).unwrap()));
        assert_eq!(learner.verbs().len(), usize::from(agrees));
        if agrees {
            let (said, _) = &learner.said[0];
            assert_eq!(said["object"]["definition"]["interactionType"], "likert");
            assert_eq!(said["result"]["response"], "4");
        }
    }
}

#[test]
fn consent_is_taken_back_with_one_press_and_nothing_waits_any_more() {
    let mut learner = Learner::new(true);
    learner.open("h0");
    learner.watch(5);
    assert_eq!(learner.verbs(), ["initialized", "played"]);
    learner.press(RemoteKey::Home);
    learner.said.clear();
    dialog::about_records(&mut learner.sofa.model);
    assert!(matches!(&learner.sofa.model.overlay, Some(Overlay::Dialog(d)) if d.focus == 0));
    learner.press(RemoteKey::Right);
    learner.press(RemoteKey::Ok);
    assert!(learner.sofa.effects.contains(&Effect::SendRecords(false)));
    assert!(learner.sofa.effects.contains(&Effect::Store(StoreCommand::ForgetRecords)));
    assert!(
        learner
            .sofa
            .effects
            .iter()
            .any(|e| { matches!(e, Effect::Store(StoreCommand::SaveSettings(s)) if s.records_since.is_none()) })
    );
    learner.open("h1");
    learner.watch(20);
    learner.press(RemoteKey::Home);
    assert_eq!(learner.verbs(), [""; 0]);
}
