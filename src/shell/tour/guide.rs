//! The guide takes the route step by step, on the UI thread, between the turns of the event loop.

use std::{
    collections::VecDeque,
    path::PathBuf,
    time::{Duration, Instant},
};

use jinse_ui::Bridge;
use serde_json::{Value, json};
use slint::ComponentHandle as _;

use super::route::{NONE, Step, has_picture};
use crate::{
    app::{What, civil, msg::Boot, screens},
    catalogue::types::CourseId,
    cli::Failure,
    demo::DemoServer,
    learning::{
        progress::WatchedSeconds,
        quiz::{Choice, QuizAnswer},
    },
    remote::key::RemoteKey,
    shell::{
        desk::{self, Desk},
        run::Stage,
        screenshot::Shot,
        state::state,
    },
    store::types::{HistoryEntry, HistoryKey, StoreCommand},
    view,
};

/// What does not come within this will not come: a slow machine needs a tenth of it.
const PATIENCE: Duration = Duration::from_secs(60);
/// A calm hand: longer than the nudge and the pressed ring last, and than two presses of 确认 that count as one.
const PRESS_MS: u64 = 400;
/// Turns of the loop that the window gets to draw, and then its controls to report the focus.
const TURNS_TO_REPORT: u8 = 3;

pub(super) struct Guide {
    boot: Option<Box<Boot>>,
    /// The demo operator, until it goes away.
    demo: Option<DemoServer>,
    out: PathBuf,
    route: VecDeque<Step>,
    /// Since when the present step waits.
    since: Instant,
    /// Turns left before the picture is taken.
    posing: Option<u8>,
    pages: Vec<Value>,
}

impl Guide {
    pub(super) fn new(stage: &mut Stage, out: PathBuf, route: VecDeque<Step>) -> Self {
        Self {
            boot: stage.boot.take().map(Box::new),
            demo: stage.demo.take(),
            out,
            route,
            since: Instant::now(),
            posing: None,
            pages: Vec::new(),
        }
    }

    /// Takes the next step, where it can be taken now. `Some` at the end: how many pictures there are, or what went wrong.
    pub(super) fn go_on(&mut self) -> Option<Result<usize, Failure>> {
        let Some(step) = self.route.front().cloned() else { return Some(self.write_index()) };
        match desk::with(|desk| self.step(&step, desk)) {
            Some(Ok(true)) => {
                self.route.pop_front();
                self.since = Instant::now();
                // The loop turns between two presses, as it does between those of a hand.
                None
            }
            Some(Ok(false)) | None if self.since.elapsed() > PATIENCE => Some(Err(self.lost(&step))),
            Some(Ok(false)) | None => None,
            Some(Err(failure)) => Some(Err(failure)),
        }
    }

    /// Whether the step is done.
    fn step(&mut self, step: &Step, desk: &mut Desk) -> Result<bool, Failure> {
        match step {
            Step::Begin => {
                if let Some(boot) = self.boot.take() {
                    desk.message(What::Boot(boot));
                    desk.refresh();
                }
                Ok(true)
            }
            // The tour's clock goes many times as fast as the player's: presses would bring up the words about a long wait.
            Step::Press(_) | Step::Choose(_) if !self.is_settled(desk) => Ok(false),
            Step::Press(key) => {
                press(desk, *key);
                Ok(true)
            }
            Step::Choose(label) => {
                let here = screens::focused(&desk.model).label == *label;
                press(desk, if here { RemoteKey::Ok } else { RemoteKey::Down });
                Ok(here)
            }
            Step::Pass(ms) => {
                pass(desk, *ms);
                Ok(true)
            }
            Step::Until(_, holds) => Ok(holds(desk)),
            Step::Learnt(courses) => {
                learnt(desk, courses);
                Ok(true)
            }
            Step::Close => {
                self.demo = None;
                Ok(true)
            }
            Step::Picture(name) => self.picture(name, desk),
        }
    }

    fn picture(&mut self, name: &str, desk: &mut Desk) -> Result<bool, Failure> {
        match self.posing {
            None | Some(0) if !self.is_settled(desk) || desk.pictures.is_waiting() => {
                self.posing = None;
                Ok(false)
            }
            None => {
                desk.refresh();
                self.posing = Some(2 * TURNS_TO_REPORT);
                Ok(false)
            }
            Some(turns @ 1..) => {
                if turns == TURNS_TO_REPORT {
                    // New controls have said where they came up; now each is asked once.
                    desk.focus_reports.set(0);
                    let bridge = desk.window.global::<Bridge>();
                    bridge.set_focus_check(bridge.get_focus_check() + 1);
                }
                self.posing = Some(turns - 1);
                Ok(false)
            }
            Some(0) => {
                self.posing = None;
                let file = format!("{:02}-{name}.png", self.pages.len() + 1);
                let shot = Shot::of(desk.window.window()).map_err(Failure::Input)?;
                shot.save(&self.out.join(&file)).map_err(Failure::Input)?;
                self.pages.push(page(desk, &file));
                Ok(true)
            }
        }
    }

    /// Whether what plays has its picture. One that is on its way, or stands on a machine that has much else to do, would
    /// be said in one tour's pictures and not in the other's.
    fn is_settled(&self, desk: &Desk) -> bool {
        let nobody_sends = self.demo.is_none();
        nobody_sends || desk.model.playback.what.is_none() || has_picture(desk)
    }

    fn lost(&self, step: &Step) -> Failure {
        let state = desk::with(|desk| state(&desk.model, desk.focus_rect.get())).unwrap_or_default();
        let before = self.pages.last().and_then(|p| p.get("file")?.as_str()).unwrap_or(NONE).to_owned();
        Failure::Input(format!(
            "the tour waited {} s in vain for {step}, after picture {before}; the state is {state}",
            PATIENCE.as_secs()
        ))
    }

    fn write_index(&self) -> Result<usize, Failure> {
        let path = self.out.join("tour.json");
        let failed = |e: String| Failure::Input(format!("{}: {e}", path.display()));
        let text = serde_json::to_string_pretty(&self.pages).map_err(|e| failed(e.to_string()))?;
        std::fs::write(&path, text + "\n").map_err(|e| failed(e.to_string()))?;
        Ok(self.pages.len())
    }
}

/// What the store would hold after these evenings; that it earns something is the core's own finding.
fn learnt(desk: &mut Desk, courses: &[&str]) {
    let Some(catalogue) = desk.model.catalogue.ready().cloned() else { return };
    let today = civil::day_number(desk.model.now.utc, &desk.model.zone);
    for (back, minutes) in (0..7).zip([26, 36, 28, 0, 40, 24, 32]) {
        desk.model.user.apply(&StoreCommand::SaveDay { day: today - back, seconds: minutes * 60 });
    }
    // And one evening a year ago.
    desk.model.user.apply(&StoreCommand::SaveDay { day: today - 365, seconds: 25 * 60 });
    for id in courses {
        let id = CourseId((*id).into());
        let Some(course) = catalogue.course(&id) else { continue };
        for (index, lesson) in course.lessons.iter().enumerate() {
            desk.model.user.apply(&StoreCommand::SaveHistory(HistoryEntry {
                key: HistoryKey::Lesson { course: id.clone(), lesson: lesson.id.clone() },
                title: course.title.clone(),
                detail: format!("第{}课 {}", index + 1, lesson.title),
                poster: course.poster.clone(),
                position_ms: u64::from(lesson.duration_s) * 1000,
                duration_ms: u64::from(lesson.duration_s) * 1000,
                watched: WatchedSeconds::from_ranges([(0, lesson.duration_s)]),
                at: desk.model.now.utc,
            }));
            for question in lesson.quiz.iter().flat_map(|quiz| quiz.questions()) {
                desk.model.user.apply(&StoreCommand::SaveAnswer(QuizAnswer {
                    course: id.clone(),
                    lesson: lesson.id.clone(),
                    question: question.id.clone(),
                    choice: Choice::One(0),
                    right: true,
                    tries: 1,
                    at: desk.model.now.utc,
                }));
            }
        }
        // One after another, as they were finished.
        desk.message(What::Catalogue(catalogue.clone()));
    }
    desk.refresh();
}

fn press(desk: &mut Desk, key: RemoteKey) {
    desk.remote_down(key);
    desk.remote_up(key);
    pass(desk, PRESS_MS);
}

fn pass(desk: &mut Desk, ms: u64) {
    desk.clock.advance(ms);
    desk.tick();
}

/// One entry of tour.json. Its keys are a contract (docs/cli.md).
fn page(desk: &Desk, file: &str) -> Value {
    let state = state(&desk.model, desk.focus_rect.get());
    let hints: Vec<Value> =
        view::hints(&desk.model).iter().map(|h| json!({"cap": *h.cap, "label": *h.label})).collect();
    json!({
        "file": file,
        "screen": state.get("screen"),
        "overlays": state.get("overlays"),
        "focus": state.get("focus"),
        "focus_drawn": desk.focus_reports.get(),
        "hints": hints,
        "spoken": state.get("spoken"),
    })
}
